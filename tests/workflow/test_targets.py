"""A target that nobody can make: Snakemake's error holds one sentence that names it and the fix."""

import pytest
import small
from flow import Folder

TASKS = "stream 'small' has tasks 1 to 2; correct the target"
CHOSEN = "experiment 'smal' is not chosen (did you mean 'small'?); add it to experiments: in your config"
ADD = "correct the target, or add an experiment to experiments: in your config"
TARGETS = {
    "small/joint/seed0/task9/checkpoint.pt": f"results/smoke/small/.../task9: {TASKS}",
    "small/joint/seed0/task0/checkpoint.pt": f"results/smoke/small/.../task0: {TASKS}",
    "small/gan_memory/seed0/task7/curve.json": f"results/smoke/small/.../task7: {TASKS}",
    "small/real/task9/classifier.pt": f"results/smoke/small/.../task9: {TASKS}",
    "small/real/task9/reverse.json": f"results/smoke/small/.../task9: {TASKS}",
    "small/classifier_ewc/seed0/task3/checkpoint.pt": f"results/smoke/small/.../task3: {TASKS}",
    "digits_10/real/task0/classifier.pt": "digits_10/.../task0: stream 'digits_10' has tasks 1 to 10; correct",
    "bases/digits-0_2-8px/seed0/checkpoint.pt": f"of no chosen experiment (did you mean 'digits-0_1-8px'?); {ADD}",
    "classifiers/mnist.pt": f"classifiers/mnist: of no chosen experiment (known: digits+shapes-8px-1ch); {ADD}",
    "tables/smal/quality.csv": CHOSEN,
    "figures/smal/heatmaps.png": CHOSEN,
    "claims/smal.html": CHOSEN,
    "small/fintune/seed0/task1/checkpoint.pt": "unknown method 'fintune' (did you mean 'finetune'?)",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Folder:
    return small.write(Folder.from_checkout(tmp_path_factory.mktemp("targets") / "mneme"))


@pytest.mark.parametrize("target", TARGETS)
def test_said_in_one_sentence(folder: Folder, target: str):
    run = folder.fork(f"results/smoke/{target}", "--dry-run")
    assert run.status == 1 and run.text.count(TARGETS[target]) == 1, run.text


def test_said_of_a_parameter_too(folder: Folder):
    run = folder.fork("data/downloads/nobody.gz", "--dry-run")
    assert run.status == 1 and "data/downloads/nobody.gz: nothing in config/datasets.yaml" in run.text
