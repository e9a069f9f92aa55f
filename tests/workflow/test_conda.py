"""``--use-conda`` through a stand-in: each rule's own environment file, and jobs that run in what was made of it."""

import os
import re
import sys
from pathlib import Path

import pytest
import small
import stand_in_conda
import yaml
from flow import CHECKOUT, Folder, Run

# Scripts of experiments that show more than the small one.
ELSEWHERE = {"capacity", "import_base", "ceiling", "reverse", "evolution", "styles", "best_step", "confusion", "masks"}
PYTHON = "python =3.11"  # what the environments have; their pins are those of the lock for it
ENVIRONMENTS = {path.stem for path in (CHECKOUT / "envs").glob("*.yaml")}


def role_of_each_script() -> dict[str, str]:
    """Script -> environment, as the rules say, which are called like their script."""
    roles = {}
    for path in (CHECKOUT / "workflow/rules").glob("*.smk"):
        parts = re.split(r"^ *rule(?: (\w+))?:$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        for name, text in zip(parts[1::2], parts[2::2], strict=True):
            if "shell:" in text:
                roles[name or "figure"] = re.search(r'env_file\("(\w+)"\)', text)[1]
    return roles


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("conda")


@pytest.fixture(scope="module")
def ran(home, tmp_path_factory) -> tuple[Folder, Run]:
    """One method, one task, one figure: the least that has a job of every kind."""
    if f"python ={sys.version_info[0]}.{sys.version_info[1]}" != PYTHON:
        pytest.skip(f"the stand-in makes environments of the Python that runs the tests, and envs/ asks for {PYTHON}")
    folder = small.write(Folder.from_checkout(tmp_path_factory.mktemp("with_conda") / "mneme"))
    stand_in_conda.install(home)
    least = {"methods": ["gan_memory"], "probes": {"curve": ["gan_memory"]}, "artefacts": ["samples"]}
    folder.configure(lambda config: config["catalogue"]["experiments"]["small"].update(least))
    folder.configure(lambda config: config["catalogue"]["streams"]["small"]["tasks"].pop(0))
    folder.configure(lambda config: config["catalogue"]["streams"]["small"]["tiers"]["smoke"]["base"].update(steps=4))
    return folder, with_conda(folder, home)


def with_conda(folder: Folder, home: Path, *arguments: str) -> Run:
    return folder.run("--use-conda", *arguments, PATH=f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}")


def environments(home: Path) -> dict[str, str]:
    """Prefix -> role, of what the stand-in was asked to make."""
    lines = (home / "conda-environments.txt").read_text().splitlines()
    assert len(lines) == len(ENVIRONMENTS), "each environment is made once"
    return {prefix: name.removeprefix("mneme-") for name, _, prefix in (line.partition(" ") for line in lines)}


def test_every_job_ends_well_with_nothing_installed_but_the_pins(ran, home):
    folder, run = ran
    assert run.status == 0, run.text
    assert (folder / "results/smoke/figures/small/samples.png").exists()
    assert (folder / "results/smoke/claims/small.html").exists()


def test_the_files_are_those_of_the_roles(ran, home):
    made = environments(home)
    assert set(made.values()) == ENVIRONMENTS
    for prefix, role in made.items():
        received = yaml.safe_load(Path(f"{prefix}.yaml").read_text())
        assert received == yaml.safe_load((CHECKOUT / f"envs/{role}.yaml").read_text())


def test_each_job_ran_in_the_environment_of_its_rule(ran, home):
    made, roles = environments(home), role_of_each_script()
    seen = {(Path(script).stem, made[prefix]) for prefix, script in _jobs(home)}
    assert {script for script, _ in seen} >= set(roles) - ELSEWHERE
    assert {(script, role) for script, role in seen if script in roles} == {
        (s, roles[s]) for s, _ in seen if s in roles
    }


def test_an_environment_holds_no_more_than_it_says(ran, home):
    """A training job's has torch, and neither what draws nor what plans."""
    (prefix,) = (prefix for prefix, role in environments(home).items() if role == "train")
    packages = {path.name for path in Path(prefix).glob("lib/python*/site-packages/*")}
    assert {"torch", "numpy"} <= packages and not packages & {"mneme", "pandas", "matplotlib", "snakemake", "pydantic"}


def test_an_edit_of_an_environment_reruns_its_rules(ran, home):
    folder, _ = ran
    assert with_conda(folder, home, "--dry-run").jobs == set()
    before = (folder / "envs/figures.yaml").read_text()
    folder.append("envs/figures.yaml", "# other pins\n")
    edited = with_conda(folder, home, "--dry-run")
    (folder / "envs/figures.yaml").write_text(before)
    assert edited.jobs == {"table", "claims", "figure_samples"}, edited.text


def test_to_leave_the_environments_reruns_everything(ran):
    folder, run = ran
    assert folder.plan() == run.jobs


def _jobs(home: Path) -> list[list[str]]:
    return [line.split(" ", 1) for line in (home / "conda-jobs.txt").read_text().splitlines()]
