"""One run of the whole workflow, shared: tests take copies of it, edit them, and ask Snakemake what it would do."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import small
from flow import Folder, Run

HOOK = '''
"""Every job of the workflow leaves behind which modules it had loaded when it ended."""
import atexit, json, os, sys

def record():
    name, main = sys.argv[0], sys.modules["__main__"]
    if "ipykernel" in name and hasattr(main, "output"):  # a notebook; its parameters are the kernel's variables
        name = f"notebooks/{os.path.basename(main.output)}.ipynb"
    if name.startswith(("workflow/scripts/", "notebooks/")):
        modules = {key: getattr(module, "__file__", None) for key, module in list(sys.modules.items())}
        record = {"script": name, "arguments": sys.argv[1:], "modules": modules}
        with open(os.path.join(os.path.dirname(__file__), f"{os.getpid()}.json"), "w") as file:
            json.dump(record, file)

atexit.register(record)
'''


@pytest.fixture(scope="session")
def first(tmp_path_factory) -> tuple[Folder, Run]:
    """A copy of the checkout in which the small experiment was run from nothing, and what that run printed."""
    folder = small.write(Folder.from_checkout(tmp_path_factory.mktemp("finished") / "mneme"))
    hook = folder / "hook"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(HOOK, encoding="utf-8")
    run = folder.run(PYTHONPATH=str(hook))
    assert run.status == 0, run.text
    return folder, run


@pytest.fixture(scope="session")
def finished(first: tuple[Folder, Run]) -> Folder:
    """The folder of the finished run; not to be changed."""
    return first[0]


@pytest.fixture(scope="session")
def loaded(finished: Folder) -> list[dict]:
    """Of every job of that run: ``script``, ``arguments`` and ``modules``, name -> file."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted((finished / "hook").glob("*.json"))]


@pytest.fixture(scope="session")
def classified(finished: Folder, tmp_path_factory) -> tuple[Folder, Run]:
    """The finished run, in which a second experiment with classifiers was run on the chain of joint training."""
    folder = finished.clone(tmp_path_factory.mktemp("classified") / "mneme")
    folder.configure(small.add_classifiers)
    for record in (folder / "hook").glob("*.json"):
        record.unlink()
    run = folder.run(PYTHONPATH=str(folder / "hook"))
    assert run.status == 0, run.text
    return folder, run


@pytest.fixture
def fresh(finished: Folder, tmp_path: Path) -> Iterator[Folder]:
    """A copy of the finished run, to be changed at will."""
    folder = finished.clone(tmp_path / "mneme")
    yield folder
    shutil.rmtree(folder.path)


@pytest.fixture(scope="session")
def finished_short(finished: Folder, tmp_path_factory) -> Folder:
    """The finished run, and in it a second experiment: fine-tuning only, and one figure; saves at every step."""
    folder = finished.clone(tmp_path_factory.mktemp("short") / "mneme")

    def change(config):
        experiment = config["catalogue"]["experiments"]["small"]
        alone = {"methods": ["finetune"], "probes": {}, "artefacts": ["heatmaps"], "paper": None}
        config["catalogue"]["experiments"]["short"] = {**experiment, **alone}
        config.update(experiments=["short"], save_every=0.001)

    folder.configure(change)
    run = folder.run()
    assert run.status == 0 and run.jobs == {"table", "sizes", "figure_heatmaps"}, run.text
    return folder


@pytest.fixture
def short(finished_short: Folder, tmp_path: Path) -> Iterator[Folder]:
    """A copy of the finished short run, to be disturbed at will."""
    folder = finished_short.clone(tmp_path / "short")
    yield folder
    shutil.rmtree(folder.path)
