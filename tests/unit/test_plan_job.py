"""A job: what its hash covers, how it names its files, what its script is told."""

import shutil
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

from test_plan_jobs import ROOT, TASKS, changed, planned

from mneme.plan import code
from mneme.plan.job import LINEAGE, File, Job, code_of
from mneme.plan.jobs import base, evaluate, import_base, prepare, table, train
from mneme.plan.plan import Plan
from mneme.spec import spec_hash


@dataclass(frozen=True)
class Spec:
    seed: int
    settings: dict


def job(seed: int = 0, code: str = "c", inputs: dict | None = None, **more) -> Job:
    made = {"checkpoint": "a/checkpoint.pt", LINEAGE: "a/train.lineage.json"}
    return Job("train", Spec(seed, {"lr": 0.1}), inputs or {}, made, code, **more)


def own(path: str, digest: str = "sha256:1") -> File:
    return File(path, None, digest)


# ---- the hash --------------------------------------------------------------------------------------------------------


def test_spec_code_and_inputs_stand_in_one_text_and_its_hash_names_the_job():
    before = job()
    after = job(inputs={"previous": before.file("checkpoint"), "references": {1: before.file("checkpoint")}})
    expected = {"job": "train", "code": "c", "seed": 0, "settings": {"lr": 0.1}}
    assert before.hash == spec_hash(expected)
    assert after.hash == spec_hash({**expected, "previous": before.hash, "references": {"1": before.hash}})


def test_the_hash_covers_spec_code_and_inputs():
    read = {"previous": job(seed=1).file("checkpoint")}
    edited = {"previous": job(seed=1, code="d").file("checkpoint")}
    jobs = [job(), job(seed=1), job(code="d"), job(inputs=read), job(inputs=edited)]
    assert len({one.hash for one in jobs}) == len(jobs)


def test_a_change_below_is_a_change_above():
    def third(**first) -> str:
        chain = job(**first)
        for _ in range(2):
            chain = job(inputs={"previous": chain.file("checkpoint")})
        return chain.hash

    assert third() == third() and len({third(), third(seed=1), third(code="d")}) == 3


def test_paths_and_what_decides_on_no_result_do_not_count():
    moved = Job("train", Spec(0, {"lr": 0.1}), {}, {"checkpoint": "b/c.pt", LINEAGE: "b/l.json"}, "c", {"mirror": "m"})
    assert moved.hash == job().hash


def test_a_users_own_file_counts_by_content():
    one, moved, other = (job(inputs={"source": own(*file)}) for file in (("a",), ("b",), ("a", "sha256:2")))
    assert one.hash == moved.hash != other.hash
    assert one.arguments != moved.arguments and not one.needs


def test_code_is_that_of_a_script_and_of_the_modules_that_it_finds_by_name(tmp_path):
    for folder in ("src", "workflow"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    plan = Plan({"experiments": ["gan_memory_digits"]}, tmp_path)
    method = code.method_file("finetune", plan.source)

    def hashes() -> tuple[str, str]:
        for cached in (code.tree, code.meaning, code.imports, code.code_hash):
            cached.cache_clear()
        return code_of(plan, "train"), code_of(plan, "train", method)

    script, whole = hashes()
    method.write_text(method.read_text(encoding="utf-8") + "\nEDITED = True\n", encoding="utf-8")
    assert hashes()[0] == script and hashes()[1] != whole
    path = tmp_path / "workflow/scripts/train.py"
    path.write_text(path.read_text(encoding="utf-8") + "\nEDITED = True\n", encoding="utf-8")
    assert hashes()[0] != script


def test_every_job_says_which_job_made_its_files():
    plan = planned()
    jobs = [base.of_stream(plan, "s", 0), train.job(plan, "s", "finetune", 0, 1), table.job(plan, "e")]
    jobs += [prepare.job(plan, "digits", 16), evaluate.job(plan, "s", "joint", 0, 2)]
    for one in jobs:
        assert one.outputs[LINEAGE].endswith(".lineage.json") and f'"job":"{one.rule}"' in one.text
        assert {Path(path).parent for path in one.outputs.values()} == {Path(one.outputs[LINEAGE]).parent}


# ---- renamed, moved --------------------------------------------------------------------------------------------------


def renamed() -> list[dict]:
    tasks = deepcopy(TASKS)
    tasks[0]["name"] = "another_word"
    return tasks


def test_a_renamed_task_trains_nothing_again():
    assert changed(planned(), planned(tasks=renamed())) == set()
    named = [evaluate.job(plan, "s", "finetune", 0, 1).hash for plan in (planned(), planned(tasks=renamed()))]
    assert named[0] != named[1]  # its name stands in the tables


def test_a_moved_copy_of_weights_is_the_same_base(tmp_path):
    hashes = set()
    for name in ("a.pt", "b.pt"):
        (tmp_path / name).write_bytes(b"weights")
        own = {"bases": {"published": {"own": str(tmp_path / name)}}}
        plan = Plan({"experiments": ["gan_memory_flowers"], "catalogue": own}, ROOT)
        found = import_base.job(plan, "published")
        assert found.inputs["weights"].path == str(tmp_path / name)
        hashes.add(found.hash)
    assert len(hashes) == 1


# ---- what a script is told -------------------------------------------------------------------------------------------


def test_inputs_as_snakemake_and_as_a_script_take_them():
    inputs = {
        "base": own("a b.pt"),
        "inception_references": {1: own("x.pt"), 2: own("y.pt")},
        "curves": [],
        "samples": {"m": {1: own("z")}},
    }
    flat = {"base": ["a b.pt"], "inception_references": ["x.pt", "y.pt"], "curves": [], "samples": ["z"]}
    asked = job(inputs=inputs)
    assert {name: [file.path for file in asked.files(name)] for name in inputs} == flat
    del inputs["samples"]
    made = "--checkpoint a/checkpoint.pt --lineage a/train.lineage.json"
    expected = f"--base 'a b.pt' --inception-references 1=x.pt 2=y.pt {made}"
    assert job(inputs=inputs).arguments == expected
    assert job(inputs=inputs, options={"mirrors": ["u", "v"]}).arguments == f"{expected} --mirrors u v"


def test_nested_inputs_go_in_one_option():
    nested = job(inputs={"samples": {"m": {1: own("z")}}}, nested=True).arguments
    assert nested.startswith("""--files '{"samples":{"m":{"1":"z"}}}' --checkpoint""")


def test_needs_are_the_jobs_whose_files_are_read():
    first, second = job(), job(seed=1)
    files = {"previous": first.file("checkpoint"), "rows": [second.file("checkpoint"), own("mine")]}
    assert job(inputs=files).needs == {first, second}
