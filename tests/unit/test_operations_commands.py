"""The makefile of a plan: jobs in order of what they read, what is done is done, what was interrupted is run again."""

import json
import shutil
import subprocess
from pathlib import Path

from mneme.operations.commands import makefile
from mneme.operations.dry_run import jobs

BLOCK = """
[Sun Nov 29 20:16:06 2026]
rule {rule}:
    input: {inputs}
    output: {output}, {output}.lineage.json
    log: logs/{rule}/{name}.log
    jobid: 8
    reason: Missing output files: {output}
    resources: tmpdir=/tmp
Shell command: {command}

"""


def job(name: str, inputs: str, work: str = "", rule: str = "train") -> str:
    """A job that copies its inputs, with a spec of its own that says $HOME."""
    output = f"results/{name}.pt"
    spec = json.dumps({"job": rule, "name": name, "text": "a $HOME b"}, sort_keys=True)
    command = f"{work or f'cat {inputs} > {output} && echo {name} >> order'} # --spec '{spec}'"
    return BLOCK.format(rule=rule, name=name, inputs=inputs, output=output, command=command)


def make(folder, *words: str) -> subprocess.CompletedProcess:
    return subprocess.run(["make", "-k", *words, "-f", "jobs.mk"], cwd=folder, capture_output=True, text=True)


def test_jobs_run_after_those_they_read_and_once(tmp_path):
    (tmp_path / "data").write_text("x")
    text = job("c", "results/a.pt, results/b.pt", "cat results/a.pt results/b.pt > results/c.pt; echo c >> order")
    text += job("b", "results/a.pt") + job("a", "data")
    planned = jobs(text)
    assert [one.inputs for one in planned] == [("results/a.pt", "results/b.pt"), ("results/a.pt",), ("data",)]
    (tmp_path / "jobs.mk").write_text(makefile(planned))
    done = make(tmp_path, "-j", "3")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "order").read_text().split() == ["a", "b", "c"]
    assert (tmp_path / "results/c.pt").read_text() == "xx"
    assert (tmp_path / "logs/train").is_dir()
    make(tmp_path)
    assert (tmp_path / "order").read_text().split() == ["a", "b", "c"]


def test_a_job_that_failed_is_run_again_and_holds_up_only_what_reads_it(tmp_path):
    (tmp_path / "data").write_text("x")
    text = job("a", "data", "test -e mended && cp data results/a.pt") + job("b", "results/a.pt") + job("c", "data")
    (tmp_path / "jobs.mk").write_text(makefile(jobs(text)))
    assert make(tmp_path).returncode != 0
    assert sorted(path.name for path in (tmp_path / "results").iterdir()) == ["c.pt"]
    (tmp_path / "mended").touch()
    assert make(tmp_path).returncode == 0
    assert sorted(path.name for path in (tmp_path / "results").iterdir()) == ["a.pt", "b.pt", "c.pt"]


def test_other_settings_are_another_job(tmp_path):
    (tmp_path / "data").write_text("x")
    first, second = (jobs(job("a", "data").replace("a $HOME b", text)) for text in ("one", "two"))
    for planned in (first, second):
        (tmp_path / "jobs.mk").write_text(makefile(planned))
        make(tmp_path)
    assert (tmp_path / "order").read_text().split() == ["a", "a"]


def test_the_script_for_a_gpu_machine_stops_in_time_and_goes_on(tmp_path):
    """Two jobs at a time for 1.2 seconds: what was finished stays, the other is run again by the next call."""
    text = job("a", "data") + job("b", "data", "test -e mended || sleep 60; cp data results/b.pt; echo b >> order")
    (tmp_path / "data").write_text("x")
    (tmp_path / "jobs.mk").write_text(makefile(jobs(text)))
    script = Path(__file__).parents[2] / "benchmarks/gpu.sh"
    (tmp_path / "benchmarks").mkdir()
    copy = shutil.copy(script, tmp_path / "benchmarks")  # it works in the folder above its own
    command = ["bash", str(copy), "jobs.mk", "2", "0.02"]
    assert subprocess.run(command, capture_output=True, timeout=30).returncode == 124
    assert (tmp_path / "order").read_text().split() == ["a"]
    (tmp_path / "mended").touch()
    assert subprocess.run([*command[:-1], "1"], capture_output=True, timeout=30).returncode == 0
    assert (tmp_path / "order").read_text().split() == ["a", "b"]
