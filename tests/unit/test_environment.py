"""The lock, the conda environments and the imports of the jobs say the same."""

import ast
import importlib.metadata
import re
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version

from mneme.plan.code import closure, tree

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"
ROLES = ("data", "train", "evaluate", "figures")
DISTRIBUTIONS = {"PIL": "pillow", "sklearn": "scikit-learn", "yaml": "pyyaml"}
# What a role needs without importing it; envs/<role>.yaml says beside the pin what for.
UNIMPORTED = {
    "data": set(),
    "train": {"numpy"},
    "evaluate": set(),
    "figures": {"ipykernel", "papermill", "pyarrow"},
}
METHODS = [*SOURCE.glob("mneme/methods/*/*.py")]
MEASURES = ("evaluate", "curve", "evolution", "reverse", "confusion", "best_step", "styles", "sizes")
# Kind of job -> the modules that its script finds by name.
BY_NAME = {
    **dict.fromkeys(("base", "train", "capacity", *MEASURES), METHODS),
    "prepare": [*SOURCE.glob("mneme/data/formats/*.py")],
    "figure": [*(ROOT / "notebooks").glob("*.ipynb")],
}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def entries() -> list[str]:
    """The entries of the lock, each with its hashes on one line."""
    return (ROOT / "requirements.txt").read_text().replace("\\\n", " ").strip().splitlines()


def locked(python: str, platform: str = sys.platform) -> dict[str, Version]:
    """Distribution -> its version in the lock, for a Python such as ``3.11.9``."""
    system = {"linux": "Linux", "darwin": "Darwin", "win32": "Windows"}.get(platform, platform)
    where = {"python_full_version": python, "python_version": python.rpartition(".")[0]}
    where |= {"sys_platform": platform, "platform_system": system}
    pins = {}
    for entry in entries():
        requirement = Requirement(entry.partition("--hash")[0])
        if requirement.marker is None or requirement.marker.evaluate(where):
            (pin,) = requirement.specifier
            pins[normal(requirement.name)] = Version(pin.version)
    return pins


def env(role: str) -> dict:
    return yaml.safe_load((ROOT / "envs" / f"{role}.yaml").read_text())


def pip_section(role: str) -> list[str]:
    (section,) = (entry["pip"] for entry in env(role)["dependencies"] if isinstance(entry, dict))
    return section


def pins_of(role: str) -> dict[str, Version]:
    return {normal(text.partition("==")[0]): Version(text.partition("==")[2]) for text in pip_section(role)}


def rules() -> dict[str, str]:
    """The text of every rule with a command, by its file and place."""
    found = {}
    for path in sorted((ROOT / "workflow/rules").glob("*.smk")):
        parts = re.split(r"^ *rule(?: (\w+))?:$", path.read_text(), flags=re.MULTILINE)
        for place, (name, text) in enumerate(zip(parts[1::2], parts[2::2], strict=True)):
            if "shell:" in text:  # a target has no command, so no environment
                found[f"{path.name}:{name or place}"] = text
    return found


def scripts(role: str) -> set[Path]:
    """Everything that a role's rules may start: scripts, notebooks, and the modules found by name."""
    texts = "".join(text for text in rules().values() if f'env_file("{role}")' in text)
    kinds = re.findall(r"\*\*run\((\w+)", texts)
    return {file for kind in kinds for file in (ROOT / f"workflow/scripts/{kind}.py", *BY_NAME.get(kind, []))}


def imported(files: list[Path]) -> set[str]:
    """Distributions that some files import, here or there."""
    modules: set[str] = set()
    for path in files:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Import):
                modules |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules.add(node.module)
    tops = {module.partition(".")[0] for module in modules} - sys.stdlib_module_names - {"mneme"}
    return {normal(DISTRIBUTIONS.get(top, top)) for top in tops}


# ---- the lock ----------------------------------------------------------------------------------------------------


def test_every_entry_of_the_lock_is_one_version_with_hashes():
    for entry in entries():
        requirement, *hashes = entry.split("--hash=")
        assert re.fullmatch(r"[a-z0-9.-]+==[\w.+]+( ; .+)?", requirement.strip()), requirement
        assert hashes, f"{requirement} has no hash"
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", text.strip()) for text in hashes), requirement


def test_the_lock_names_no_place_to_download_from():
    place = r"://|(?<!-no-emit)-index-url|find-links|(?<!\w)/(root|work|home)/"
    for path in (ROOT / "requirements.txt", ROOT / "Makefile", ROOT / ".ci/run", *(ROOT / "envs").glob("*.yaml")):
        assert not re.search(place, path.read_text()), path


@pytest.mark.parametrize("python", ["3.11.0", "3.12.9", "3.13.5"])
@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_the_lock_covers_what_pyproject_asks_for(python, platform):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    pins = locked(python, platform)
    for text in project["project"]["dependencies"] + project["dependency-groups"]["dev"]:
        requirement = Requirement(text)
        assert pins[normal(requirement.name)] in requirement.specifier, f"{text}; run make lock"


def test_the_running_environment_is_the_locked_one():
    """A CPU build of torch, ``2.15.0+cpu``, is the same version."""
    running = ".".join(map(str, sys.version_info[:3]))
    pins = locked(running)
    for name in sorted(set().union(*(map(normal, pins_of(role)) for role in ROLES)) | {"snakemake", "pytest"}):
        found = Version(importlib.metadata.version(name)).public
        assert found == pins[name].public, f"{name} {found} is installed, {pins[name]} is locked; run make env"


# ---- the conda environments --------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ROLES)
def test_an_environment_is_a_python_and_pins(role):
    content = env(role)
    assert set(content) == {"name", "channels", "dependencies"}
    assert content["name"] == f"mneme-{role}"
    python, pip, section = content["dependencies"]
    assert (python, pip, list(section)) == ("python =3.11", "pip", ["pip"])
    assert list(pins_of(role)) == sorted(pins_of(role))
    assert all(re.fullmatch(r"[a-z0-9-]+==[\w.]+", text) for text in section["pip"])


@pytest.mark.parametrize("role", ROLES)
def test_an_environment_has_the_versions_of_the_lock(role):
    pins = locked("3.11.9", "linux")
    stale = [f"{name}=={pins.get(name)}" for name, version in pins_of(role).items() if pins.get(name) != version]
    assert not stale, f"envs/{role}.yaml: the lock says {', '.join(stale)}"


@pytest.mark.parametrize("role", ROLES)
def test_an_environment_holds_what_its_jobs_import_and_nothing_else(role):
    files = closure(scripts(role), SOURCE)
    assert set(pins_of(role)) == imported(files) | UNIMPORTED[role]


def test_the_lock_holds_all_that_is_imported_anywhere():
    files = [path for folder in ("src", "workflow", "notebooks", "tests") for path in (ROOT / folder).rglob("*.py")]
    files += (ROOT / "notebooks").glob("*.ipynb")
    local = {normal(path.stem) for path in (ROOT / "tests").rglob("*.py")}
    assert imported(files) - local <= set(locked("3.11.9", "linux"))


def test_a_training_job_imports_nothing_but_torch():
    """Classifiers may augment images and be a ResNet-18, which torchvision has; they ask for it where they need it."""
    classifiers = {path for path in METHODS if path.parent.name == "classifiers" or path.stem == "solver_joint"}
    assert imported(closure(scripts("train") - classifiers, SOURCE)) == {"torch"}
    covered = closure(scripts("train"), SOURCE)
    assert imported(covered) == {"torch", "torchvision"}
    at_the_top = {
        path.name
        for path in covered
        for node in tree(path).body
        if isinstance(node, ast.Import | ast.ImportFrom) and "torchvision" in ast.unparse(node)
    }
    assert at_the_top == set()


# ---- the rules ---------------------------------------------------------------------------------------------------


def test_every_rule_with_a_command_names_an_environment_that_is_there():
    """And its script."""
    named = {rule: re.findall(r'env_file\("(\w+)"\)', text) for rule, text in rules().items()}
    assert all(len(names) == 1 for names in named.values()), named
    assert all(len(re.findall(r"\*\*run\(\w+", rules()[rule])) == 1 for rule in named)
    assert {name for names in named.values() for name in names} == set(ROLES)
    assert {path.stem for path in (ROOT / "envs").glob("*.yaml")} == set(ROLES)


def test_whose_modules_are_found_by_name_is_known():
    """Jobs whose code hash covers more than a script; base and train plan it together."""
    kinds = {path.stem for path in (SOURCE / "mneme/plan/jobs").glob("*.py") if more_than_a_script(path)}
    assert kinds - {"training"} == set(BY_NAME) - {"base", "train"} and "training" in kinds


def more_than_a_script(path: Path) -> bool:
    calls = [node for node in ast.walk(tree(path)) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    hashes = [call for call in calls if call.func.id == "code_of"]
    return any(len(call.args) > 2 for call in hashes) or any(call.func.id == "code_hash" for call in calls)


def test_every_script_belongs_to_a_role():
    started = {path for role in ROLES for path in scripts(role)}
    people = {
        ROOT / f"workflow/scripts/{name}.py" for name in ("plan", "compare")
    }  # started by people, in the environment of Snakemake itself
    assert set((ROOT / "workflow/scripts").glob("*.py")) - people <= started
    assert set((ROOT / "notebooks").glob("*.ipynb")) <= started


# ---- one version -------------------------------------------------------------------------------------------------


def test_the_version_is_the_same_everywhere():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text())["version"] == version
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text()
