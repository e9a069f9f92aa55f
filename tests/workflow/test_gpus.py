"""GPUs in the workflow: counted, leased, and never flooded."""

import pytest
import small
from flow import Folder


@pytest.fixture
def folder(tmp_path) -> Folder:
    return small.write(Folder.from_checkout(tmp_path / "mneme"))


def test_without_a_number_of_gpus_nothing_starts(folder):
    folder.configure(lambda config: config.update(device="cuda"))
    run = folder.run("--dry-run", "--workflow-profile", "none")
    assert run.status == 1
    assert "add --resources gpu=1" in run.text
    assert "Traceback" not in run.text
    assert folder.run("--dry-run", "--workflow-profile", "none", "--resources", "gpu=1").status == 0
    assert folder.run("--dry-run").status == 0  # the default profile has one


def test_the_cpu_needs_no_number_of_gpus(folder):
    assert folder.run("--dry-run", "--workflow-profile", "none").status == 0
