"""From prepared data to rows of the quality table: the jobs of streams that translate, one after another."""

import json
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
import torch
from data_files import picture, pixels, write_folder

from mneme import files
from mneme.data.prepare import prepare
from mneme.evaluation.evaluate import evaluate
from mneme.evaluation.fit import fit
from mneme.evaluation.reference import make_reference
from mneme.operations.sizes import Sizes
from mneme.plan.jobs import classifier, reference, train
from mneme.plan.jobs import evaluate as evaluation
from mneme.plan.jobs import prepare as preparation
from mneme.plan.plan import Plan
from mneme.training.job import learn
from mneme.training.resume import Resume

ROOT, CPU = Path(__file__).parents[2], torch.device("cpu")


def streams(folder: Path) -> dict[str, dict]:
    """Pairs of a picture and its negative, cut out; two sets of pictures of their own number; outlines of digits."""
    images = pixels(40, 2, 2).repeat(10, axis=1).repeat(10, axis=2)
    pairs = {f"{i:02}.png": picture(np.concatenate([255 - x, x], axis=1)) for i, x in enumerate(images)}
    write_folder(folder / "pairs", pairs)
    write_folder(folder / "sets", {f"{side}/{i:02}.png": picture(x) for side, n in (("dark", 40), ("light", 30))
                                   for i, x in enumerate(images[:n])})  # fmt: skip
    own = {"format": "image_folder", "channels": 1, "flip": True}
    datasets = {
        "pairs": {**own, "path": str(folder / "pairs"), "direction": "left_to_right"},
        "sets": {**own, "path": str(folder / "sets"), "given": "dark", "target": "light"},
    }
    cut = {"size": 12, "load_size": 16}
    made = {name: {**cut, "dataset": name, "tasks": [{"name": "a"}]} for name in datasets}
    return {"datasets": datasets, "streams": made}


@pytest.mark.parametrize("stream", ["pairs", "sets", "outlines"])
def test_from_data_to_rows(tmp_path, stream, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.set_num_threads(1)
    plan = Plan({"tier": "smoke", "experiments": ["mergan_digits"], "catalogue": streams(tmp_path)}, ROOT)
    method = train.of_chain(plan, stream, "sft", 0, 1)
    spec = json.loads(method.text) | {"module": "toy_translator", "steps": 60, "snapshots": [60]}
    spec["settings"] = {"steps": 60, "batch": 16, "snapshots": 1}
    dataset = spec["tasks"][0]["dataset"]

    data = {}
    for size in {
        preparation.size_of(spec["size"]),
        Path(method.inputs["data"][dataset].path).stem.partition("-")[2][:-2],
    }:
        job = preparation.job(plan, dataset, size)
        config = plan.catalogue.dataset(dataset, "test")
        data[size] = tmp_path / f"{dataset}-{size}.pt"
        files.save(data[size], prepare(json.loads(job.text), Path(config.path) if config.path else {}))
    training = next((path for size, path in data.items() if "to" in size), data[str(spec["size"])])

    with patch.object(Resume, "of_job", return_value=Resume(tmp_path / "resume", "a", 1e9)):
        paths = {name: tmp_path / name for name in ("checkpoint", "snapshots", "losses")}
        learn(spec, data={dataset: training}, device=CPU, **paths)
    trained = files.load(paths["checkpoint"], "status", "state")
    assert trained["status"] == {"state": "ok", "step": 60, "reason": ""}
    losses = [json.loads(line)["loss"] for line in paths["losses"].read_text().splitlines()]
    assert stream == "sets" or losses[-1] < 0.7 * losses[0]

    tests = {dataset: data[str(spec["size"])]}
    known, made = tmp_path / "classifier.pt", tmp_path / "reference.pt"
    fit(json.loads(classifier.of_stream(plan, stream).text), data=tests, device=CPU, output=known)
    of_reference = json.loads(reference.job(plan, stream, 1, "classifier").text)
    make_reference(of_reference, data=tests, classifier=known, device=CPU, output=made)
    whole = files.load(made, "given")
    assert ("targets" in whole) == (stream != "sets") and whole["n"] <= len(whole["given"])

    asked = json.loads(evaluation.job(plan, stream, "sft", 0, 1).text)
    asked["chain"] = spec
    evaluate(asked, classifier=known, references={1: made}, checkpoints={1: paths["checkpoint"]}, device=CPU,
             rows=tmp_path / "rows.json", samples=tmp_path / "samples.pt")  # fmt: skip
    rows = {row["metric"]: row for row in files.read_json(tmp_path / "rows.json")}
    shown = files.load(tmp_path / "samples.pt", "1")["1"]
    assert shown.shape[1:] == whole["given"].shape[1:] and "class_accuracy" not in rows
    assert rows["task_accuracy"]["n"] == len(whole["given"])
    if stream != "sets":
        untouched = (whole["given"].double() - whole["targets"]).abs().mean().item() / 2.55
        assert rows["l1"]["value"] < 0.8 * untouched and rows["luminance_correlation"]["value"] > 0.5
        difference = (shown.double() - whole["targets"][: len(shown)]).abs().mean().item() / 2.55
        assert difference == pytest.approx(rows["l1"]["value"], rel=0.5), "the first row of noise, in order"


def test_sizes_of_files_are_told_beforehand(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan = Plan({"tier": "smoke", "experiments": ["mergan_digits"], "catalogue": streams(tmp_path)}, ROOT)
    spec = json.loads(preparation.job(plan, "pairs", "16to12").text)
    files.save(tmp_path / "made.pt", prepare(spec, tmp_path / "pairs"))
    predicted = Sizes({}, {}, {"pairs": (40, 1)}).of(spec)[""]
    assert predicted == pytest.approx((tmp_path / "made.pt").stat().st_size, rel=0.25)
