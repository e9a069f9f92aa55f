"""A file of another job, or an edited one, is refused by name before a job that reads it begins."""

import json
from pathlib import Path

import pytest
import torch
from evaluation_fakes import signed

from mneme import files, lineage
from mneme.errors import UserError
from mneme.evaluation.fit import fit
from mneme.probes.styles import measure_styles
from mneme.script import Output, Varying, call
from mneme.spec import spec_hash
from mneme.training.job import learn

SPEC = {"threads": 1, "data": {"toy": "prepared"}, "base": "base", "previous": "before", "checkpoints": {"1": "one"}}
OUTPUTS = {
    learn: ("checkpoint", "snapshots", "losses"),
    measure_styles: ("images", "singular", "truncation"),
    fit: ("output",),
}


@pytest.fixture
def inputs(tmp_path: Path) -> dict[str, Path]:
    """A file of each kind, made by the jobs that SPEC names."""
    made = {"toy": "prepared", "base": "base", "previous": "before", "one": "one"}
    for name, job in made.items():
        files.save(tmp_path / f"{name}.pt", {"x": torch.zeros(3)})
        signed(tmp_path / f"{name}.pt", job)
    return {name: tmp_path / f"{name}.pt" for name in made}


def run(function, spec: dict, folder: Path, *options: object) -> None:
    lineage.records.cache_clear()
    outputs = [word for name in OUTPUTS[function] for word in (f"--{name}", folder / "out" / name)]
    call(function, ["--spec", json.dumps(spec), *map(str, (*options, *outputs)), "--device", "cpu"])


@pytest.mark.parametrize(
    ("function", "options", "changed", "name"),
    [
        (learn, {"data": "toy={toy}"}, {"data": {"toy": "other"}}, "toy"),
        (learn, {"data": "toy={toy}", "base": "{base}"}, {"base": "other"}, "base"),
        (learn, {"data": "toy={toy}", "previous": "{previous}"}, {"previous": "other"}, "previous"),
        (learn, {"data": "toy={toy}", "replayed": "1={one}"}, {"replayed": {"1": "other"}}, "one"),
        (learn, {"data": "toy={toy}", "replayed-base": "{one}"}, {"replayed_base": "other"}, "one"),
        (learn, {"data": "toy={toy}", "resnet18-weights": "{one}"}, {"resnet18_weights": "other"}, "one"),
        (fit, {"data": "toy={toy}"}, {"data": {"toy": "other"}}, "toy"),
        (
            measure_styles,
            {"classifier": "{one}", "references": "1={one}", "base": "{base}", "checkpoints": "1={one}"},
            {"base": "other"},
            "base",
        ),
    ],
)
def test_a_file_of_another_spec_is_refused_by_name(function, options, changed, name, inputs, tmp_path):
    words = [word for key, value in options.items() for word in (f"--{key}", value.format(**inputs))]
    made = json.loads((tmp_path / f"{name}.pt.lineage.json").read_text())["hash"]
    with pytest.raises(UserError, match=rf"/{name}\.pt: made from spec {made}, but this job needs spec other"):
        run(function, {**SPEC, **changed}, tmp_path, *words)
    assert not (tmp_path / "out").exists()


def test_an_edited_file_is_refused_by_name(inputs, tmp_path):
    files.save(inputs["toy"], {"x": torch.ones(3)})
    with pytest.raises(UserError, match=r"/toy\.pt: not as its job left it: edited or damaged"):
        run(fit, SPEC, tmp_path, "--data", f"toy={inputs['toy']}")


def test_a_file_that_nothing_is_known_of_is_refused_by_name(inputs, tmp_path):
    (tmp_path / "toy.pt.lineage.json").unlink()
    with pytest.raises(UserError, match=r"/toy\.pt: nothing says which job made it"):
        run(fit, SPEC, tmp_path, "--data", f"toy={inputs['toy']}")
    (tmp_path / "toy.pt.lineage.json").write_text("{")
    with pytest.raises(UserError, match=r"/toy\.pt: nothing says which job made it"):
        run(fit, SPEC, tmp_path, "--data", f"toy={inputs['toy']}")


def test_a_users_own_file_is_known_by_its_checksum(tmp_path):
    path = tmp_path / "own.pt"
    path.write_bytes(b"weights")
    lineage.check(path, f"sha256:{files.sha256(path)}")
    lineage.check(path, f"sha256:{files.sha256(path)[:8]}")
    with pytest.raises(UserError, match=r"own\.pt: has sha256:\w+, but sha256:0000 is asked for; correct the file"):
        lineage.check(path, "sha256:0000")


def copy(spec: dict, *, given: Path, mode: str = "", copied: Output, log: Varying) -> None:
    """Copy a file.

    Args:
        given: what is copied.
    """
    copied.write_bytes(given.read_bytes())
    log.write_text(mode)


def test_what_a_job_writes_is_what_the_next_one_accepts(inputs, tmp_path):
    spec, record = {"given": "one"}, tmp_path / "copy.lineage.json"
    words = ["--given", str(inputs["one"]), "--copied", str(tmp_path / "copied"), "--log", str(tmp_path / "log")]
    call(copy, ["--spec", json.dumps(spec), "--lineage", str(record), *words, "--mode", "fast"])
    assert files.read_json(record) == {
        "hash": spec_hash(spec),
        "spec": spec,
        "outputs": {"copied": files.sha256(tmp_path / "copied"), "log": None},
    }
    lineage.records.cache_clear()
    for name in ("copied", "log"):
        lineage.check(tmp_path / name, spec_hash(spec))
        with pytest.raises(UserError, match=f"{name}: made from spec {spec_hash(spec)}, but"):
            lineage.check(tmp_path / name, "other")
    (tmp_path / "log").write_text("of another run")
    lineage.check(tmp_path / "log", spec_hash(spec))
    (tmp_path / "copied").write_text("edited")
    with pytest.raises(UserError, match="copied: not as its job left it"):
        lineage.check(tmp_path / "copied", spec_hash(spec))


def test_options_are_the_keywords_of_the_function(inputs, capsys):
    with pytest.raises(SystemExit):
        call(copy, ["--help"])
    said = capsys.readouterr().out
    assert "Copy a file." in said and all(f"--{name}" in said for name in ("given", "mode", "copied", "log", "lineage"))
    with pytest.raises(SystemExit):
        call(copy, ["--spec", "{}", "--given", str(inputs["one"])])
    assert "the following arguments are required: --copied, --log" in capsys.readouterr().err
