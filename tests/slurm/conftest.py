"""The cluster, and a small experiment that ran on it once."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

import cluster as slurm
import small
from flow import Folder


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    if reason := slurm.missing():
        pytest.skip(reason)
    with slurm.Cluster(tmp_path_factory.mktemp("slurm")) as running:
        yield running


def prepare(path: Path) -> Folder:
    """Fine-tuning on two tasks, measured: each kind of job that is submitted."""
    folder = small.write(Folder.from_checkout(path))

    def change(config):
        alone = {"methods": ["finetune"], "curves": [], "artefacts": [], "claims": None}
        config["catalogue"]["experiments"]["small"].update(alone)
        config["save_every"] = 0.001

    folder.configure(change)
    return folder


@pytest.fixture(scope="session")
def undisturbed(cluster, tmp_path_factory) -> Folder:
    """Run to its end on the cluster, nothing in its way."""
    folder = prepare(tmp_path_factory.mktemp("undisturbed") / "mneme")
    folder.first = folder.run(*slurm.OPTIONS, "--config", "device=cpu", **slurm.PLUGIN)
    assert folder.first.status == 0, folder.first.text
    return folder


@pytest.fixture
def folder(cluster, tmp_path) -> Folder:
    return prepare(tmp_path / "mneme")
