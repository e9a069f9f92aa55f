"""Killed at any moment, the same command goes on and ends with the bytes of an undisturbed run."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from flow import CONFIG, Folder, wait_for

TABLE = "results/smoke/tables/killed/quality.csv"
CHAIN = "results/smoke/small/finetune/seed0"
RESULTS = ("results/smoke/bases/**/*", "results/smoke/small/finetune/**/*", "results/smoke/tables/killed/*.csv")
INVERTED = """

class Base(Base):
    def step(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        return super().step({**batch, "x": 255 - batch["x"]})
"""
BASE_LOG = "logs/smoke/bases/digits-0_1-8px/seed0.log"


@pytest.fixture
def folder(fresh: Folder) -> Folder:
    """The finished run, with a second experiment that shows its fine-tuning only; saves at every step."""

    def change(config):
        experiment = config["catalogue"]["experiments"]["small"]
        alone = {"methods": ["finetune"], "probes": {}, "artefacts": [], "paper": None}
        config["catalogue"]["experiments"]["killed"] = {**experiment, **alone}
        config.update(experiments=["killed"], save_every=0.001)

    fresh.configure(change)
    return fresh


def lines(folder: Folder, name: str) -> list[str]:
    path = folder / name
    return path.read_text().splitlines() if path.exists() else []


def kill_when(folder: Folder, log: str, number: int, target: str = TABLE) -> None:
    """SIGKILL for Snakemake and its jobs once a job has logged so many lines."""
    (folder / log).unlink(missing_ok=True)
    process = folder.start(target)
    wait_for(lambda: len(lines(folder, log)) >= number, process)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    survivors = [other for other in psutil.process_iter(["cwd"]) if other.info["cwd"] == str(folder.path)]
    assert not psutil.wait_procs(survivors, timeout=5)[1]


def test_killed_in_base_task_and_evaluation(folder: Folder):
    assert folder.run(TABLE).jobs == {"table"}
    undisturbed = folder.lasting(*RESULTS)
    assert {Path(name).name for name in undisturbed} >= {
        "checkpoint.pt", "snapshots.pt", "losses.jsonl", "evaluation.json", "samples.pt", "quality.csv",
    }  # fmt: skip
    for name in undisturbed:
        (folder / name).unlink()

    kill_when(folder, BASE_LOG, 5)
    assert not list(folder.path.glob("results/smoke/bases/**/checkpoint.pt"))

    kill_when(folder, "logs/smoke/small/finetune/seed0/task2.log", 5)
    assert (folder / f"{CHAIN}/task1/checkpoint.pt").exists() and not (folder / f"{CHAIN}/task2/checkpoint.pt").exists()

    evaluation = "logs/smoke/small/finetune/seed0/task2.evaluation.log"
    kill_when(folder, evaluation, 1)
    assert (
        lines(folder, evaluation)[0].startswith("task 1") and not (folder / f"{CHAIN}/task2/evaluation.json").exists()
    )

    last = folder.run(TABLE)
    assert last.status == 0, last.text
    for log in (BASE_LOG, "logs/smoke/small/finetune/seed0/task2.log"):
        assert any(line.startswith("going on after step") for line in lines(folder, log)), log
    assert folder.lasting(*RESULTS) == undisturbed
    assert not list(folder.path.glob("results/**/.resume-*"))


def terminate_the_job(process: subprocess.Popen) -> None:
    """What a cluster does before it takes a machine back."""
    children = psutil.Process(process.pid).children(recursive=True)
    next(child for child in children if child.cmdline()[1:2] == ["workflow/scripts/train.py"]).terminate()


def interrupt_everything(process: subprocess.Popen) -> None:
    """Ctrl-C."""
    os.killpg(process.pid, signal.SIGINT)


@pytest.mark.parametrize("stop", [terminate_the_job, interrupt_everything])
def test_asked_to_stop_no_step_is_lost(folder: Folder, stop: Callable[[subprocess.Popen], None]):
    log, target = "logs/smoke/small/finetune/seed0/task2.log", f"{CHAIN}/task2/checkpoint.pt"
    undisturbed = folder.lasting(f"{CHAIN}/task2/*")
    (folder / log).unlink()
    (folder / target).unlink()
    folder.configure(lambda config: config.update(save_every=1000.0))
    process = folder.start(target)
    wait_for(lambda: len(lines(folder, log)) >= 5, process)
    stop(process)
    text = process.communicate(timeout=60)[0]
    stopped = lines(folder, log)[-1]
    assert process.returncode != 0 and stopped.startswith("stopped after step"), text
    assert not (folder / target).exists() and list(folder.path.glob(f"{CHAIN}/task2/.resume-*/state.pt"))

    again = folder.run(target)
    assert again.status == 0 and again.jobs == {"train finetune/0/2"}, again.text
    step = stopped.split(";")[0].removeprefix("stopped after step ")
    assert lines(folder, log)[0] == f"going on after step {step}"
    assert folder.lasting(f"{CHAIN}/task2/*") == undisturbed
    assert not list(folder.path.glob(f"{CHAIN}/task2/.resume-*"))


def leftovers(folder: Folder, target: str) -> str:
    command = [sys.executable, "workflow/scripts/plan.py", "--leftovers", target, "--configfile", CONFIG]
    return subprocess.run(command, cwd=folder.path, capture_output=True, text=True, check=True).stdout


def test_a_state_is_not_gone_on_from_where_what_it_began_with_has_changed(folder: Folder):
    """Killed in task 1, then code edited that trains the base GAN: no spec of task 1, and no code of it, is another."""
    log, checkpoint = "logs/smoke/small/finetune/seed0/task1.log", f"{CHAIN}/task1/checkpoint.pt"
    (folder / checkpoint).unlink()
    kill_when(folder, log, 5, checkpoint)
    assert list(folder.path.glob(f"{CHAIN}/task1/.resume-*/state.pt"))
    assert leftovers(folder, checkpoint) == "No resume folder is left over.\n"
    folder.append("src/mneme/methods/base/base.py", INVERTED)
    run = folder.run(checkpoint)
    assert run.status == 0 and run.jobs == {"base 0", "train finetune/0/1"}, run.text
    assert not any(line.startswith("going on") for line in lines(folder, log))
    (left,) = folder.path.glob(f"{CHAIN}/task1/.resume-*/")
    assert f"rm -r {left.relative_to(folder.path)}\n" in leftovers(folder, checkpoint)
    trained = folder.hashes(checkpoint)
    (folder / checkpoint).unlink()
    assert folder.run(checkpoint).status == 0 and folder.hashes(checkpoint) == trained
