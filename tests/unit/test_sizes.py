"""Bytes on disk against numbers counted."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import torch

from mneme.data.stream import Task
from mneme.figures.kit.drawing import Context, Looks
from mneme.figures.storage import draw
from mneme.files import save
from mneme.methods.gan_memory.gan_memory import GanMemory
from mneme.networks.gp_gan import Discriminator, Generator
from mneme.probes.sizes import rows
from mneme.settings import Settings
from mneme.state import numbers

SCRIPT = Path(__file__).parents[2] / "workflow/scripts/sizes.py"
NAMES = {
    "gan_memory": {"label": "GAN Memory", "colour": "#0072B2", "marker": "o"},
    "gan_memory_compressed": {"label": "GAN Memory (compressed)", "colour": "#8C6BB1", "marker": "<"},
}
CPU = torch.device("cpu")
SETTINGS = {"normalise": True, "bias": True, "discriminator": "raw", "source": "raw", "conditional": False}
SETTINGS |= {"lr": 1e-4, "r1": 10.0, "ema": 0.999}


def test_a_file_of_gan_memory_weighs_what_it_counts(tmp_path):
    """At 64 px and the paper's width, as a training job writes it: within 2 % of four bytes a number."""
    shape = {"size": 64, "channels": 3, "width": 64, "noise": 256, "labels": None}
    generator = Generator(**shape)
    state = {"shape": shape, "generator": generator.state_dict()}
    state["discriminator"] = Discriminator(size=64, channels=3, width=64).state_dict()
    method = GanMemory(Settings(SETTINGS), [Task(1, "a", "toy", (0,), (0,))], 64, 3, CPU, state)
    method.begin(None, {})
    count = numbers(method.snapshot())
    styles = sum(
        w.shape[0] * w.shape[1] * 2 + w.shape[0] if w.dim() == 4 else w.shape[0] * 3
        for name, w in generator.state_dict().items()
        if name == "fc.weight" or w.shape[2:] == (3, 3)
    )
    assert count == styles > 1_000_000
    path, status = tmp_path / "checkpoint.pt", {"state": "ok", "step": 60000, "reason": ""}
    save(path, {"spec": "0" * 16, "status": status, "parameters": count, "state": method.state()})
    assert 1 < path.stat().st_size / (4 * count) < 1.02
    (row,) = rows("gan_memory", {1: path}, [tmp_path / "gone"], True)
    assert (row["bytes"], row["added"], row["counted"]) == (path.stat().st_size, path.stat().st_size, 4 * count)
    assert row["seconds"] is None


@pytest.fixture
def chain(tmp_path):
    checkpoints, benchmarks = {}, []
    for task, size in enumerate((1000, 1500, 1700), start=1):
        checkpoints[task] = tmp_path / f"{task}.pt"
        save(checkpoints[task], {"parameters": 10 * task, "state": {"x": torch.zeros(size)}})
        benchmarks.append(tmp_path / f"{task}.jsonl")
        benchmarks[-1].write_text('{"s": 1}\n' + json.dumps({"s": 2.0 * task, "cpu_time": 1.5 * task}) + "\n")
    return checkpoints, benchmarks


def test_files_that_belong_together_add_up_and_one_for_all_replaces_the_last(chain):
    sizes = [path.stat().st_size for path in chain[0].values()]
    apart, together = (rows("m", *chain, flag) for flag in (False, True))
    assert [row["bytes"] for row in apart] == sizes
    assert [row["added"] for row in apart] == [sizes[0], sizes[1] - sizes[0], sizes[2] - sizes[1]]
    assert [row["bytes"] for row in together] == [sizes[0], sizes[0] + sizes[1], sum(sizes)]
    assert [row["added"] for row in together] == sizes
    assert [(row["seconds"], row["cpu_seconds"]) for row in apart] == [(2.0, 1.5), (4.0, 3.0), (6.0, 4.5)]
    assert [row["counted"] for row in apart] == [40, 80, 120]


def test_a_bound_has_rows_of_the_tasks_after_which_it_was_trained(chain):
    checkpoints, benchmarks = chain
    found = rows("m", {task: checkpoints[task] for task in (1, 3)}, [benchmarks[0], benchmarks[2]], False)
    assert [(row["task"], row["counted"]) for row in found] == [(1, 40), (3, 120)]


def test_a_shared_first_task_has_the_time_of_the_job_that_learned_it(tmp_path):
    jobs = ["sft/seed0/task1", "ewc/seed0/task2"]
    for seconds, job in enumerate(jobs, start=3):
        save(tmp_path / f"results/digits/{job}/checkpoint.pt", {"parameters": 1, "state": {}})
        benchmark = tmp_path / f"benchmarks/digits/{job}.jsonl"
        benchmark.parent.mkdir(parents=True)
        benchmark.write_text(json.dumps({"s": seconds}))
    files = [f"ewc/{task}={tmp_path}/results/digits/{job}/checkpoint.pt" for task, job in enumerate(jobs, start=1)]
    modules = {"ewc": "mneme.methods.mergan.ewc"}
    spec = json.dumps({"job": "sizes", "stream": "digits", "seed": 0, "together": [], "modules": modules})
    words = [
        "--parameters",
        tmp_path / "parameters.json",
        "--spec",
        spec,
        "--checkpoints",
        *files,
        "--benchmarks",
        tmp_path / "benchmarks",
    ]
    subprocess.run([sys.executable, SCRIPT, *words, "--storage", tmp_path / "storage.json"], check=True)
    assert [row["seconds"] for row in json.loads((tmp_path / "storage.json").read_text())] == [3, 4]
    assert json.loads((tmp_path / "parameters.json").read_text()) == {"ewc": {"per_task": 1, "generator": None}}


def test_the_figure_shows_every_method(chain, tmp_path):
    found = rows("gan_memory", *chain, True) + rows("gan_memory_compressed", *chain, False)
    path = tmp_path / "storage.json"
    path.write_text(json.dumps([{**row, "seed": 0, "spec": "s"} for row in found]))
    drawing = draw(Context("demo", "e", "T", looks=Looks(NAMES)), path)
    assert drawing.specs == ["s"] and len(drawing.table) == 6
    lines = {line.get_label() for line in drawing.figure.axes[0].lines}
    assert {"GAN Memory", "GAN Memory (compressed)"} <= lines
    assert isinstance(drawing.table, pd.DataFrame) and drawing.table["bytes"].notna().all()
