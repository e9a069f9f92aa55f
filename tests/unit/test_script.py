"""The command line of a job: options from a signature, inputs checked before and lineage written after."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from mneme import lineage
from mneme.errors import UserError
from mneme.script import Output, Varying, call, named_paths
from mneme.spec import spec_hash

MADE = {"job": "prepare", "dataset": "toy"}
SPEC = {"job": "train", "seed": 0, "threads": 1}
calls: list[dict[str, Any]] = []


def work(
    spec: dict[str, Any],
    *,
    data: dict[str, Path],
    references: dict[int, Path] | None = None,
    base_gan: Path | None = None,
    rows: list[Path] | None = None,
    mirrors: list[str] | None = None,
    licence: str = "none",
    output: Output,
    timing: Varying | None = None,
) -> None:
    """Do the work."""
    calls.append({**locals()})
    for path in filter(None, (output, timing)):
        path.write_text("[]\n", encoding="utf-8")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch) -> Path:
    """A folder with an input that another job made."""
    monkeypatch.chdir(tmp_path)
    lineage.records.cache_clear()
    calls.clear()
    (tmp_path / "in").mkdir()
    for name in ("a", "b"):
        (tmp_path / "in" / f"{name}.pt").write_text(name, encoding="utf-8")
    lineage.write(tmp_path / "in/made.lineage.json", MADE, [tmp_path / "in/a.pt", tmp_path / "in/b.pt"])
    return tmp_path


def ask(words: str, spec: dict[str, Any] = SPEC) -> dict[str, Any]:
    call(work, ["--spec", json.dumps(spec), *shlex.split(words)])
    return calls[-1]


def test_options_are_those_of_the_signature():
    words = "--data d=in/a.pt e=in/b.pt --references 1=in/a.pt 10=in/b.pt --base-gan in/a.pt --rows in/a.pt in/b.pt"
    given = ask(f"{words} --mirrors x y --licence MIT --output out.json --timing time.json")
    a, b = Path("in/a.pt"), Path("in/b.pt")
    assert given == {
        "spec": SPEC, "data": {"d": a, "e": b}, "references": {1: a, 10: b}, "base_gan": a, "rows": [a, b],
        "mirrors": ["x", "y"], "licence": "MIT", "output": Path("out.json"), "timing": Path("time.json"),
    }  # fmt: skip


def test_what_has_a_default_may_be_left_out():
    given = ask("--data d=in/a.pt --output out.json")
    assert given["references"] is given["base_gan"] is given["timing"] is None and given["licence"] == "none"


@pytest.mark.parametrize("words", ["--output o", "--data d=in/a.pt", "--data d=in/a.pt --output o --dta x", "x"])
def test_options_that_lack_or_are_unknown_are_refused(words, capsys):
    with pytest.raises(SystemExit):
        ask(words)
    assert "error:" in capsys.readouterr().err and not calls


def test_help_is_the_functions_own(capsys):
    with pytest.raises(SystemExit):
        call(work, ["--help"])
    text = capsys.readouterr().out
    assert "Do the work." in text and "--base-gan" in text and "--lineage" in text


def test_named_paths():
    assert named_paths(["2=a/b.pt", "1=c=d.pt"], "--x", int) == {2: Path("a/b.pt"), 1: Path("c=d.pt")}
    assert named_paths(["mnist=x.pt"], "--data") == {"mnist": Path("x.pt")}


@pytest.mark.parametrize("word", ["x.pt", "one=x.pt", "1="])
def test_other_words_are_refused(word):
    with pytest.raises(UserError, match=f"--x {word}: write NAME=PATH"):
        named_paths([word], "--x", int)
    with pytest.raises(UserError, match=f"--references {word}: write NAME=PATH"):
        ask(f"--data d=in/a.pt --references {word} --output o")


def test_a_name_stands_once():
    with pytest.raises(UserError, match="'1' stands twice"):
        named_paths(["1=a", "1=b"], "--x", int)


@pytest.mark.parametrize(
    ("name", "words", "expected"),
    [
        ("data", "", {"d": "{}"}),
        ("references", "--references 1=in/b.pt", {"1": "{}"}),
        ("base_gan", "--base-gan in/b.pt", "{}"),
        ("rows", "--rows in/a.pt in/b.pt", ["{}", "{}"]),
    ],
)
def test_inputs_are_held_against_the_spec(name, words, expected):
    def spec(hashed: str) -> dict:
        return {**SPEC, name: json.loads(json.dumps(expected).replace("{}", hashed))}

    words = f"--data d=in/a.pt {words} --output out.json"
    assert ask(words, spec(spec_hash(MADE)))
    calls.clear()
    with pytest.raises(UserError, match=f"made from spec {spec_hash(MADE)}, but this job needs spec {'0' * 16}"):
        ask(words, spec("0" * 16))
    assert not calls


def test_an_edited_input_is_refused_before_any_work(folder):
    (folder / "in/a.pt").write_text("edited", encoding="utf-8")
    with pytest.raises(UserError, match=r"in/a\.pt: not as its job left it"):
        ask("--data d=in/a.pt --output out.json", {**SPEC, "data": {"d": spec_hash(MADE)}})
    assert not calls


def test_lineage_is_written_after_the_work(folder):
    ask("--data d=in/a.pt --output out.json --timing time.json --lineage out.lineage.json")
    record = json.loads((folder / "out.lineage.json").read_text(encoding="utf-8"))
    assert record["spec"] == SPEC and record["hash"] == spec_hash(SPEC)
    assert set(record["outputs"]) == {"out.json", "time.json"} and record["outputs"]["time.json"] is None
    lineage.check(Path("out.json"), spec_hash(SPEC))


def test_work_that_failed_leaves_no_lineage(folder):
    def fails(spec: dict[str, Any], *, output: Output) -> None:
        raise UserError("no")

    with pytest.raises(UserError, match="no"):
        call(fails, ["--spec", json.dumps(SPEC), "--output", "o", "--lineage", "o.lineage.json"])
    assert not (folder / "o.lineage.json").exists()


def test_a_device_is_leased_where_one_is_asked_for(monkeypatch):
    import torch

    def on(spec: dict[str, Any], *, device: torch.device, output: Output) -> None:
        calls.append({"device": device})

    monkeypatch.setenv("MNEME_DEVICE", "cpu")
    threads = torch.get_num_threads()
    try:
        call(on, ["--spec", json.dumps(SPEC), "--output", "o"])
    finally:
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(False)
    assert calls == [{"device": torch.device("cpu")}]
