"""The code that a job's hash covers is the code that the job ran; what a job must not load, it did not load."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from flow import CHECKOUT, Folder
from small import ARTEFACTS

from mneme.networks.gp_gan import Generator
from mneme.networks.styles import modulated_layers
from mneme.plan.code import ASIDE, closure

STREAM = "results/smoke/small"
UNWANTED = ["torchvision", "torch_fidelity", "pandas", "matplotlib", "sklearn", "snakemake", "pydantic", "yaml"]
# no job's; no jobs of the small experiment
ELSEWHERE = {"import_base.py", "plan.py", "ceiling.py", "reverse.py", "evolution.py", "styles.py"} | {
    "best_step.py",
    "confusion.py",
    "masks.py",
    "capacity.py",
    "compare.py",
}
SCRIPTS = [path for path in (CHECKOUT / "workflow" / "scripts").glob("*.py") if path.name not in ELSEWHERE]

# Runs notebooks as the figure rules do, one after another, and says which modules of ours each has loaded.
RUN_NOTEBOOKS = """
import json, sys
found = {}
for path in sys.argv[1:]:
    for name in [name for name in sys.modules if name.partition(".")[0] == "mneme"]:
        del sys.modules[name]
    variables = {"__name__": "__main__"}
    for cell in json.load(open(path))["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), variables)
    found[path] = [module.__file__ for name, module in sys.modules.items() if name.partition(".")[0] == "mneme"]
print(json.dumps(found))
"""


def option(record: dict[str, Any], name: str) -> Any:
    return json.loads(record["arguments"][record["arguments"].index(name) + 1])


def chosen_modules(record: dict[str, Any]) -> list[str]:
    """The modules that the job's spec names, which no import statement does."""
    spec = option(record, "--spec")
    if spec["job"] == "prepare":
        return [f"data/formats/{spec['format']}.py"]
    named = spec.get("modules", {}).values() or [one.get("module") for one in (spec, spec.get("chain") or {})]
    return [f"{module.removeprefix('mneme.').replace('.', '/')}.py" for module in named if module]


def ours(modules: dict[str, str | None]) -> set[Path]:
    """Files of the package that a job loaded, but for those that count as no part of its code."""
    loaded = {name: file for name, file in modules.items() if name.partition(".")[0] == "mneme" and name != ASIDE}
    return {Path(file).resolve() for file in loaded.values()}


def test_every_job_ran_the_code_that_its_hash_covers(finished: Folder, loaded: list[dict]):
    source = (finished / "src").resolve()
    assert {record["script"] for record in loaded} == {f"workflow/scripts/{file.name}" for file in SCRIPTS}
    for record in loaded:
        script = (finished / record["script"]).resolve()
        entries = [script, *(source / "mneme" / module for module in chosen_modules(record))]
        covered, ran = set(closure(entries, source)), ours(record["modules"]) | {script}
        names = lambda files: sorted(str(file.relative_to(source.parent)) for file in files)  # noqa: E731
        assert covered == ran, f"{record['script']}: not run {names(covered - ran)}, not covered {names(ran - covered)}"


def test_every_notebook_ran_the_code_that_its_hash_covers(fresh: Folder):
    source = (fresh / "src").resolve()
    notebooks = [f"results/smoke/figures/small/{name}.ipynb" for name in ARTEFACTS]
    command = [sys.executable, "-c", RUN_NOTEBOOKS, *notebooks]
    run = subprocess.run(command, cwd=fresh.path, capture_output=True, text=True, check=True)
    for path, files in json.loads(run.stdout.splitlines()[-1]).items():
        notebook = fresh / "notebooks" / Path(path).name
        assert set(closure([notebook], source)) == {Path(file).resolve() for file in files} | {notebook}, path


@pytest.mark.parametrize("name", UNWANTED)
def test_a_training_job_does_not_load(loaded: list[dict], name: str):
    trained = [record for record in loaded if record["script"].endswith(("/train.py", "/base.py"))]
    assert len(trained) == 7 and not any(name in record["modules"] for record in trained)


# ---- what a checkpoint holds -----------------------------------------------------------------------------------------


def tensors(state: Any) -> list[torch.Tensor]:
    if isinstance(state, torch.Tensor):
        return [state]
    return [tensor for value in state.values() for tensor in tensors(value)] if isinstance(state, dict) else []


def test_every_tensor_file_is_plain_data(finished: Folder):
    files = [*finished.path.glob("results/**/*.pt"), *finished.path.glob("data/**/*.pt")]
    assert {path.name for path in files} >= {"checkpoint.pt", "snapshots.pt", "samples.pt", "classifier.pt"}
    for path in files:
        assert torch.load(path, weights_only=True).keys(), path


def test_a_task_of_gan_memory_keeps_its_styles_only(finished: Folder):
    """Gamma, beta and bias style of each modulated layer, nothing of the network they modulate."""
    base = torch.load(next(finished.path.glob("results/smoke/bases/*/seed0/checkpoint.pt")), weights_only=True)["state"]
    generator = Generator(**base["shape"])
    layers = modulated_layers(generator)
    for task in (1, 2):
        state = torch.load(finished / f"{STREAM}/gan_memory/seed0/task{task}/checkpoint.pt", weights_only=True)["state"]
        assert list(state) == ["styles"]
        assert len(tensors(state)) == 3 * len(layers)
        weights = sum(generator.get_parameter(f"{name}.weight").numel() for name in layers)
        assert sum(tensor.numel() for tensor in tensors(state)) < weights
