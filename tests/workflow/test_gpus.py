"""GPUs in the workflow: counted, leased, and never flooded."""

import importlib
import inspect
import re
from pathlib import Path

import pytest
import small
import yaml
from flow import Folder

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path) -> Folder:
    return small.write(Folder.from_checkout(tmp_path / "mneme"))


def test_without_a_number_of_gpus_nothing_starts(folder):
    folder.configure(lambda config: config.update(device="cuda"))
    environment = {"CUDA_VISIBLE_DEVICES": "0"}
    run = folder.run("--dry-run", "--workflow-profile", "none", **environment)
    assert run.status == 1
    assert "add --resources gpu=1" in run.text
    assert "Traceback" not in run.text
    assert folder.run("--dry-run", "--workflow-profile", "none", "--resources", "gpu=1", **environment).status == 0
    assert folder.run("--dry-run", **environment).status == 0  # the default profile has one


def test_cuda_on_a_machine_without_a_gpu_is_refused_before_any_job(folder):
    folder.configure(lambda config: config.update(device="cuda:1"))
    run = folder.run("--cores", "1", CUDA_VISIBLE_DEVICES="")
    assert run.status == 1 and not run.jobs and "Traceback" not in run.text
    assert "device: cuda:1: no GPU is seen on this machine; set device: auto or cpu" in run.text


def test_the_cpu_needs_no_number_of_gpus(folder):
    assert folder.run("--dry-run", "--workflow-profile", "none").status == 0


NOWHERE = "device: auto: no GPU is seen here, yet {} are budgeted"


def test_gpus_that_nobody_sees_are_refused(folder):
    folder.configure(lambda config: config.update(device="auto"))
    environment = {"CUDA_VISIBLE_DEVICES": ""}
    run = folder.run("--dry-run", "--resources", "gpu=4", **environment)
    assert run.status == 1 and run.text.count(NOWHERE.format(4)) == 1 and "Traceback" not in run.text
    assert "--config device=cuda" in run.text
    assert folder.run("--dry-run", **environment).status == 0  # the default profile's one is no wish
    assert folder.run("--dry-run", "--resources", "gpu=4", CUDA_VISIBLE_DEVICES="0,1").status == 0
    assert folder.run("--dry-run", "--resources", "gpu=4", "--config", "device=cpu", **environment).status == 0


def test_a_config_on_the_command_line_does_not_hide_the_device_of_the_cluster(folder):
    """It replaces the whole list of the profile, ``device=cuda`` with it; the profile here without its plugin."""
    for line in ("executor: slurm\n", "slurm-status-command: squeue\n"):
        folder.replace("profiles/slurm/config.yaml", line, "")
    folder.configure(lambda config: config.pop("device"))
    command = ["--dry-run", "--workflow-profile", "profiles/slurm", "--config", "tier=smoke"]
    run = folder.run(*command, CUDA_VISIBLE_DEVICES="")
    assert run.status == 1 and NOWHERE.format(100) in run.text
    run = folder.run(*command, "device=cuda", CUDA_VISIBLE_DEVICES="0")
    assert run.status == 0 and "gpu=1" in run.text, run.text


def written() -> dict[str, str]:
    """Rule -> its text."""
    files = sorted((ROOT / "workflow/rules").glob("*.smk"))
    return dict(
        part
        for file in files
        for part in re.findall(r"^rule (\w+):\n(.*?)(?=^rule |\Z)", file.read_text(), re.M | re.S)
    )


def test_a_rule_asks_for_a_gpu_where_its_script_leases_one():
    """A job leases a device where its function has the keyword ``device`` (mneme.script)."""
    leased = set()
    for path in (ROOT / "workflow/scripts").glob("*.py"):
        text = path.read_text()
        for name in re.findall(r"^    run\((\w+)\)", text, re.M):
            module = importlib.import_module(re.search(rf"^from (\S+) import {name}$", text, re.M)[1])
            if "device" in inspect.signature(getattr(module, name)).parameters:
                leased.add(path.stem)
    assert leased == {name for name, text in written().items() if "gpu=GPUS" in text}


def test_the_cluster_profile_knows_every_rule_that_is_submitted():
    """A rule that asks for a GPU goes to its partition, and all but training shares submissions."""
    rules = written()
    submitted = {name for name, text in rules.items() if "localrule: True" not in text}
    profile = yaml.safe_load((ROOT / "profiles/slurm/config.yaml").read_text())
    at_gpus = {name for name, asked in profile["set-resources"].items() if asked.get("slurm_partition") == "gpu"}
    assert at_gpus == {name for name in submitted if "gpu=GPUS" in rules[name]}
    assert {*profile["groups"]} == submitted - {"base", "train"}


def test_the_rules_of_a_group_go_to_one_partition():
    """Snakemake submits a group as one job, and refuses two partitions for it."""
    profile = yaml.safe_load((ROOT / "profiles/slurm/config.yaml").read_text())
    default, partitions = profile["default-resources"]["slurm_partition"], {}
    for rule, group in profile["groups"].items():
        asked = profile["set-resources"][rule].get("slurm_partition", default)
        partitions.setdefault(group, set()).add(asked)
    assert {group for group, found in partitions.items() if len(found) > 1} == set()
