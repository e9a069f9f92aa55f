"""The cluster, and what ran without one: the results that every run on it has to end with."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

import cluster as slurm
import small
from flow import Folder

BASE = "results/smoke/bases/digits-0_1-8px/seed0/checkpoint.pt"
EVALUATION = "results/smoke/small/base/seed0/task0/evaluation.json"


def pytest_collection_modifyitems(items):
    """Minutes of computing are left out unless asked for."""
    if os.environ.get("MNEME_SLURM") != "all":
        skip = pytest.mark.skip(reason="minutes on a cluster of one node; MNEME_SLURM=all runs it")
        for item in items:
            if item.get_closest_marker("slow"):
                item.add_marker(skip)


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    if reason := slurm.missing():
        pytest.skip(reason)
    with slurm.Cluster(tmp_path_factory.mktemp("slurm")) as running:
        yield running


def saving(folder: Folder) -> Folder:
    """A base GAN that trains for some seconds and saves at every step."""

    def change(config):
        config["save_every"] = 0.001
        config["catalogue"]["streams"]["small"]["tiers"]["smoke"]["base"]["steps"] = 200

    folder.configure(change)
    return folder


@pytest.fixture(scope="session")
def undisturbed(cluster, tmp_path_factory) -> Folder:
    """The base GAN and its measurement as one machine makes them: nothing in its way, and no SLURM."""
    folder = saving(small.write(Folder.from_checkout(tmp_path_factory.mktemp("undisturbed") / "mneme")))
    run = folder.run(EVALUATION)
    assert run.status == 0, run.text
    return folder


@pytest.fixture
def folder(undisturbed, tmp_path) -> Folder:
    """The same with data, classifier and reference, but without the base GAN."""
    folder = undisturbed.clone(tmp_path / "mneme")
    for path in [*folder.path.glob("results/smoke/bases/**/*"), *folder.path.glob("results/smoke/small/base/**/*")]:
        if path.is_file():
            path.unlink()
    for path in folder.path.glob("logs/smoke/bases/**/*.log"):
        path.unlink()
    return folder
