"""What people are told: the plan before a run, the manifest after it, the table of what failed."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time

import pytest
import small
from flow import CONFIG, Folder

BASE = "results/smoke/bases/digits-0_1-8px/seed0/checkpoint.pt"
SHAPES = "data/prepared/shapes-8px.pt"
STYLES = [f"results/smoke/small/gan_memory/seed0/task{task}/checkpoint.pt" for task in (1, 2)]
MADE = (BASE, SHAPES, *STYLES)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Folder:
    """A base GAN, a dataset and two tasks of GAN Memory were made."""
    folder = small.write(Folder.from_checkout(tmp_path_factory.mktemp("telling") / "mneme"))
    run = folder.run(*MADE)
    assert run.status == 0, run.text
    return folder


def plan(folder: Folder, *targets: str) -> str:
    command = [sys.executable, "workflow/scripts/plan.py", *targets, "--cores", "2", "--configfile", CONFIG]
    found = subprocess.run(command, cwd=folder.path, capture_output=True, text=True)
    assert found.returncode == 0, found.stderr
    return found.stdout


@pytest.fixture(scope="module")
def whole(folder) -> str:
    """The plan of everything."""
    return plan(folder)


def test_the_plan_says_what_why_and_how_long(folder, whole, tmp_path):
    assert plan(folder, BASE, SHAPES).startswith("Nothing to be done")
    assert "train" in whole and "not made yet" in whole
    changed = folder.clone(tmp_path / "changed")
    changed.append("src/mneme/methods/base/base.py", "\nCHANGED = 1\n")
    text = plan(changed, BASE, SHAPES)
    assert text.startswith("1 job:\n  1 base: src/mneme/methods/base/base.py changed\n"), text
    assert "forecast: 0:00:" in text and "none ever ran" not in text
    changed.replace("src/mneme/methods/base/base.py", "\nCHANGED = 1\n", "")
    changed.configure(lambda c: c["catalogue"]["streams"]["small"]["tiers"]["smoke"]["base"].update(steps=31))
    assert "1 base: its settings changed" in plan(changed, BASE, SHAPES)


def test_the_plan_of_a_refused_config_is_the_sentence_alone(folder):
    command = [sys.executable, "workflow/scripts/plan.py", "--configfile", CONFIG, "--config", "tier=demoo"]
    found = subprocess.run(command, cwd=folder.path, capture_output=True, text=True)
    said = "'tier: demoo' must be one of smoke, demo, night, paper (did you mean 'demo'?)"
    assert found.returncode == 1 and re.fullmatch(rf"error: [^\n]*{re.escape(said)}\n", found.stderr), found.stderr


def test_the_plan_of_a_cluster_has_the_jobs_that_share_a_submission(folder, whole):
    jobs = re.search(r"\d+ jobs:\n", whole)[0]
    assert plan(folder, "--groups", "evaluate=measure", "reference=judge", "prepare=data").startswith(jobs)


def test_a_dry_run_changes_nothing(folder, tmp_path):
    fresh = small.write(Folder.from_checkout(tmp_path / "fresh"))
    assert fresh.plan()
    assert not [name for name in ("data", "logs", "results", ".snakemake/mneme.lock") if (fresh / name).exists()]
    made = folder.clone(tmp_path / "made")
    tomorrow = time.time() + 86400
    os.utime(made / BASE, (tomorrow, tomorrow))
    for command in ("--dry-run", "--summary", "--list-rules"):
        assert made.fork(command).status == 0
        assert (made / BASE).stat().st_mtime == pytest.approx(tomorrow)


def test_jobs_are_grouped_by_the_file_that_changed(folder, tmp_path):
    changed = folder.clone(tmp_path / "changed")
    changed.append("src/mneme/methods/gan_memory/gan_memory.py", "\nCHANGED = 1\n")
    assert plan(changed, *MADE).startswith("2 jobs:\n  2 train: src/mneme/methods/gan_memory/gan_memory.py changed\n")
    changed.append("src/mneme/methods/base/base.py", "\nCHANGED = 1\n")
    text = plan(changed, *MADE)
    assert "  1 base: src/mneme/methods/base/base.py changed\n" in text and text.startswith("3 jobs:\n"), text


def test_the_forecast_of_disk_needs_no_earlier_run(folder, tmp_path):
    """Told from specs alone, against what the very same jobs wrote."""
    anew = folder.clone(tmp_path / "anew")
    shutil.rmtree(anew / ".snakemake/metadata")
    text = plan(anew, *MADE, "--forceall")
    told = float(re.search(r"([\d.,]+) MB of results", text)[1]) * 1e6
    assert "time not in the forecast" in text
    wrote = sum(
        path.stat().st_size
        for name in ("data", "results")
        for path in (anew / name).rglob("*.[pj][ts]*")
        if not path.name.endswith(".lineage.json")
    )
    assert told == pytest.approx(wrote, rel=0.25)


def test_the_manifest_holds_config_versions_hardware_and_hashes(folder):
    manifest = json.loads((folder / "results/smoke/manifest.json").read_text())
    assert manifest["config"]["experiments"] == ["small"]
    assert {"snakemake", "torch"} <= set(manifest["packages"])
    assert manifest["hardware"]["cores"] >= 1
    name = BASE.removeprefix("results/smoke/")
    assert manifest["outputs"][name]["sha256"] == hashlib.sha256((folder / BASE).read_bytes()).hexdigest()
    assert "src/mneme/methods/base/base.py" in manifest["sources"]


def test_a_failure_is_shown_with_its_log_and_likely_cause(folder, tmp_path):
    broken = folder.clone(tmp_path / "broken")
    broken.configure(lambda config: config["catalogue"]["datasets"]["shapes"].update(min_images=30, classes=["bar"]))
    run = broken.run(SHAPES)
    assert run.status == 1
    told = run.text[run.text.index("1 failed job:") :]
    assert "likely cause: " in told and f"prepare  {SHAPES}  log: logs/prepare/shapes-8px.log" in told
    assert "unknown" not in told.split("\n")[2]
