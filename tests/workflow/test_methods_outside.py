"""A method in a folder outside the checkout: run with the others, and remade when it is edited, and only then."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from flow import CONFIG, Folder
from small import AGGREGATES, chain, train

OWN = Path(__file__).parents[1] / "own_methods"
MADE = chain("leash", 1, 2) | {"sizes"} | AGGREGATES
LOAD = """
import mneme

model = mneme.load("results/smoke/small/leash/seed0/task2", methods="{methods}")
print(type(model.method).__name__, tuple(model.sample(task=2, n=3).shape))
"""


def python(folder: Folder, *words: str) -> str:
    environment = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "PYTHONPATH": str(folder / "src")}
    command = [sys.executable, *words]
    done = subprocess.run(command, cwd=folder.path, env=environment, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = Path(shutil.copytree(OWN, tmp_path / "my methods"))
    (folder / "mine.yaml").write_text("tier: smoke\n")  # no method: it has no module beside it
    return folder


def test_a_method_outside_the_checkout(fresh: Folder, own: Path, tmp_path: Path):
    def add(config):
        config["catalogue"]["experiments"]["small"]["methods"].append("leash")
        config["method_folders"] = ["../my methods"]

    fresh.configure(add)
    assert fresh.plan() == MADE
    told = python(fresh, "workflow/scripts/plan.py", "--configfile", CONFIG)
    assert "2 train" in told and "MB of results" in told
    run = fresh.run()
    assert run.status == 0 and run.jobs == MADE, run.text
    assert fresh.plan() == set()

    (own / "leashes/notes.py").write_text("VALUE = 1\n")
    pull = own / "leashes/pull.py"
    pull.write_text(f"# Words.\n{pull.read_text()}")
    assert fresh.plan() == set()
    moved = own.rename(tmp_path / "elsewhere")
    fresh.configure(lambda config: config.update(method_folders=[str(moved)]))
    assert fresh.plan() == set()
    assert python(fresh, "-c", LOAD.format(methods=moved)) == "Leash (3, 1, 8, 8)\n"

    before = fresh.lasting("results/smoke/small/finetune/**/*", "results/smoke/bases/**/*")
    weights = fresh / "results/smoke/small/leash/seed0/task2/checkpoint.pt"
    old = weights.read_bytes()
    pull = moved / "leashes/pull.py"
    pull.write_text(pull.read_text().replace(", share)\n", ", 2 * share)\n"))
    commands = python(fresh, "workflow/scripts/plan.py", "--configfile", CONFIG, "--commands")
    assert f"@MNEME_METHODS={moved} python workflow/scripts/train.py" in commands
    assert fresh.plan() == MADE
    run = fresh.run("results/smoke/small/leash/seed0/task2/checkpoint.pt")
    assert run.status == 0 and run.jobs == train("leash", 1, 2), run.text
    assert weights.read_bytes() != old
    assert fresh.lasting("results/smoke/small/finetune/**/*", "results/smoke/bases/**/*") == before
