"""Methods in a folder outside the checkout: their contents count, where they lie does not."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mneme.errors import UserError
from mneme.plan import code
from mneme.plan.check import checked_plan
from mneme.plan.jobs import evaluate, sizes, train

ROOT = Path(__file__).parents[2]
OWN = ROOT / "tests/own_methods"
LEASH, PULL, SETTINGS = ((OWN / "leashes" / name).read_text() for name in ("leash.py", "pull.py", "leash.yaml"))


def write(folder: Path, **files: str) -> Path:
    """``leashes__pull`` is ``leashes/pull.py``; a name that ends in ``_yaml`` is a YAML file."""
    for name, text in files.items():
        name, suffix = (name.removesuffix("_yaml"), ".yaml") if name.endswith("_yaml") else (name, ".py")
        path = folder / f"{name.replace('__', '/')}{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """One method in a folder for its family, with a helper beside it."""
    return Path(shutil.copytree(OWN, tmp_path / "own"))


def planned(*folders: Path, method: str = "leash", more: dict | None = None):
    for cached in (code.tree, code.meaning, code.module_file, code.method_file, code.imports, code.code_hash):
        cached.cache_clear()
    experiment = {"methods": ["finetune", method], "artefacts": ["heatmaps"], "probes": {}, "paper": None}
    catalogue = {"experiments": {"gan_memory_digits": experiment}, **(more or {})}
    config = {"experiments": ["gan_memory_digits"], "tier": "smoke", "catalogue": catalogue}
    return checked_plan({**config, "method_folders": [str(folder) for folder in folders]}, ROOT)


def hashes(*folders: Path, method: str = "leash") -> list[str]:
    """Of a method's second task, of measuring it, of counting all methods, and of another method's task."""
    plan = planned(*folders, method=method)
    jobs = [kind.job(plan, "digits", method, 0, 2) for kind in (train, evaluate)]
    jobs += [sizes.job(plan, "gan_memory_digits"), train.job(plan, "digits", "finetune", 0, 2)]
    return [job.hash for job in jobs]


def test_its_module_counts_as_lying_with_the_other_methods(own):
    job = train.job(planned(own), "digits", "leash", 0, 1)
    assert job.spec.module == "mneme.methods.leashes.leash" and job.spec.settings["pull"] == 0.001
    assert str(own) not in job.text and str(own.parent) not in job.text
    flat = write(own.parent / "flat", leash=LEASH, leash_yaml=SETTINGS, leashes__pull=PULL)
    assert train.job(planned(flat), "digits", "leash", 0, 1).spec.module == "mneme.methods.leash"


def test_a_folder_that_moved_changes_nothing(own):
    before = hashes(own)
    shutil.copytree(own, own.parent / "zz/elsewhere")
    assert hashes(own.parent / "zz/elsewhere") == before
    shutil.copytree(own, own.parent / "0")
    assert hashes(own.parent / "0") == before
    other = write(own.parent / "other", third=LEASH.replace("Leash", "Third"), third_yaml=SETTINGS)
    assert hashes(other, own) == hashes(own, other) == before


def test_a_method_that_moved_into_the_checkout_changes_nothing(own, tmp_path):
    """Its job is the same, wherever it lies among the files that the job runs."""
    source = tmp_path / "src"
    shutil.copytree(ROOT / "src", source)
    entries = (ROOT / "workflow/scripts/train.py", own / "leashes/leash.py")
    before = code.code_hash(entries, source, (own,))
    shutil.copytree(own / "leashes", source / "mneme/methods/leashes")
    code.module_file.cache_clear()
    assert code.code_hash((entries[0], source / "mneme/methods/leashes/leash.py"), source) == before


@pytest.mark.parametrize("edited", ["leashes/leash.py", "leashes/pull.py"])
def test_an_edit_changes_its_jobs_and_no_others(own, edited):
    before = hashes(own)
    path = own / edited
    path.write_text("# a comment\n" + path.read_text().replace('"""', '"""Other words. ', 1))
    assert hashes(own) == before
    path.write_text(path.read_text() + "\nEDITED = True\n")
    after = hashes(own)
    assert all(old != new for old, new in zip(before[:3], after[:3], strict=True)) and after[3] == before[3]


def test_what_it_does_not_import_does_not_count(own):
    before = hashes(own)
    write(own, leashes__other="VALUE = 1\n", leashes___hidden="(", mine_yaml="tier: smoke\n")
    write(own / ".ipynb_checkpoints", leash_yaml="{")
    assert hashes(own) == before


def test_settings_and_a_package_on_the_way_count(own):
    before = hashes(own)
    write(own, leashes__leash_yaml=SETTINGS.replace("0.001", "0.01"))
    assert hashes(own)[0] != before[0]
    write(own, leashes__leash_yaml=SETTINGS)
    assert hashes(own) == before
    (own / "leashes/__init__.py").write_text("VALUE = 1\n")
    assert hashes(own)[0] != before[0]


BAD = {
    "no module": (
        {"leashes__leash": None},
        "catalogue.experiments.gan_memory_digits of your config: methods: {own}/leashes/leash.yaml has no module; "
        "write it in {own}/leashes/leash.py",
    ),
    "no settings": (
        {"leashes__leash_yaml": None},
        "methods: {own}/leashes/leash.py has no settings; write them in {own}/leashes/leash.yaml",
    ),
    "a method's name": (
        {"ewc": "", "ewc_yaml": ""},
        "{own}/ewc.yaml: a method 'ewc' stands in {root}/config/methods/mergan/ewc.yaml already; rename one of the two",
    ),
    "two of one name": (
        {"other__leash": LEASH, "other__leash_yaml": SETTINGS},
        "{own}/other/leash.yaml: a method 'leash' stands in {own}/leashes/leash.yaml already; rename one of the two",
    ),
    "a family's name": (
        {"mergan__mine": LEASH},
        "{own}/mergan/mine.py: 'mergan' is the name of src/mneme/methods/mergan too; rename the folder or file",
    ),
    "a file and a folder": (
        {"leashes": ""},
        "{own}/leashes/leash.py: would be imported as {own}/leashes.py is; rename one of the two",
    ),
    "no Python": ({"leashes__leash": "class Leash(\n"}, "{own}/leashes/leash.py: cannot be read as .py ('(' was never"),
    "a helper that is no Python": ({"leashes__pull": "def f("}, "{own}/leashes/pull.py: cannot be read as .py ('("),
    "no such class": (
        {"leashes__leash": "class Lesh:\n    pass\n"},
        "{own}/leashes/leash.py: holds no class Leash that is a Method; see src/mneme/method.py",
    ),
    "a setting that decides what it gives": (
        {"leashes__leash": LEASH + '    GIVES = setting("network")\n'},
        "{own}/leashes/leash.py: GIVES of a method is one for all its settings; write it out",
    ),
    "no such module": (
        {"leashes__pull": f"from mneme.methods.leashes import pul\n{PULL}"},
        "{own}/leashes/pull.py: imports mneme.methods.leashes.pul, which is not there; correct the name",
    ),
    "no such name": (
        {"leashes__leash": "from mneme.methods.base.whole import HoleGan\n"},
        "{own}/leashes/leash.py: imports 'HoleGan' from mneme.methods.base.whole, which has none; correct the name",
    ),
    "no such package": (
        {"leashes__leash": f"import torhc\n{LEASH}"},
        "{own}/leashes/leash.py: imports 'torhc', which is not installed; install it, or correct the name",
    ),
    "a file beside": (
        {"parts": "", "leashes__leash": f"import parts\n{LEASH}"},
        "{own}/leashes/leash.py: imports 'parts', which is {own}/parts.py; import it as mneme.methods.parts",
    ),
    "a relative import": (
        {"leashes__leash": f"from .pull import pulled\n{LEASH}"},
        "{own}/leashes/leash.py: imports relatively, which planning does not follow; write 'from mneme.methods.leashes."
        "MODULE import NAME'",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_said_while_planning(own, case):
    files, sentence = BAD[case]
    write(own, **{name: text for name, text in files.items() if text is not None})
    for name in (name for name, text in files.items() if text is None):
        (own / f"{name.removesuffix('_yaml').replace('__', '/')}.{'yaml' if name.endswith('_yaml') else 'py'}").unlink()
    with pytest.raises(UserError) as said:
        planned(own)
    assert sentence.format(own=own, root=ROOT) in str(said.value) and "\n" not in str(said.value)


def test_a_folder_that_is_not_there_or_comes_twice(own, tmp_path):
    with pytest.raises(UserError, match=r"^config.yaml: method_folders: .*/nowhere: no such folder; correct the path"):
        planned(tmp_path / "nowhere")
    with pytest.raises(UserError, match=r"^config.yaml: 'method_folders: .*' lists .* twice$"):
        planned(own, own)
    copy = shutil.copytree(own, tmp_path / "copy")
    (copy / "leashes/leash.yaml").unlink()
    with pytest.raises(UserError, match=r"leash.py: would be imported as .*/own/leashes/leash.py is; rename one"):
        planned(own, copy)


def test_what_may_be_absent_is_not_missed(own):
    text = "try:\n    import torhc\nexcept ImportError:\n    torhc = None\n"
    write(own, leashes__leash=LEASH.replace("\nfrom", f"\nimport json\n{text}from", 1))
    assert planned(own)


def test_a_method_without_a_module_is_looked_for_there_too(own):
    with pytest.raises(UserError) as said:
        planned(own, method="leesh", more={"methods": {"leesh": {"of": "leash"}}})
    assert str(said.value) == (
        f"catalogue.methods.leesh of your config: no module 'leesh' in src/mneme/methods/ or {own} "
        "(did you mean 'leash'?)"
    )


@pytest.mark.parametrize("named", [True, False])
def test_a_job_finds_it_by_its_environment(own, named):
    """In a process of its own, as jobs run."""
    job = train.job(planned(own), "digits", "leash", 0, 1)
    program = (
        "import json, sys, torch\n"
        "from mneme import errors\n"
        "from mneme.training.restore import create\n"
        "errors.run(lambda: print(create(json.loads(sys.argv[1]), None, torch.device('cpu')).settings.pull))\n"
    )
    environment = {"PYTHONPATH": str(ROOT / "src"), "MNEME_METHODS": str(own) if named else ""}
    done = subprocess.run(
        [sys.executable, "-c", program, job.text], env=environment, capture_output=True, encoding="utf-8"
    )
    if named:
        assert done.stdout == "0.001\n", done.stderr
    else:
        assert done.returncode == 1 and done.stderr == (
            "error: no method mneme.methods.leashes.leash here; name the folder outside the checkout that it is in: "
            "MNEME_METHODS=FOLDER, or mneme.load(..., methods=FOLDER)\n"
        )
