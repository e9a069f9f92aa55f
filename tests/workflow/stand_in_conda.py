"""A stand-in for ``conda``: what Snakemake asks of it, without a channel.

It makes an environment out of what is installed here: the packages that the file pins, at the pinned versions, with
what they depend on, and nothing else. Each job that ends there leaves its environment and script in ``conda-jobs.txt``.
"""

import importlib.metadata as metadata
import json
import os
import sys
import sysconfig
import venv
from pathlib import Path

import yaml
from packaging.requirements import Requirement

HOME = Path(os.environ.get("STAND_IN_CONDA", ""))
ACTIVATE = """
export CONDA_PREFIX="$1" PATH="$1/bin:$PATH"
unset PYTHONPATH PYTHONHOME
"""
HOOK = """
import atexit, os, sys
atexit.register(lambda: print(os.path.realpath(sys.prefix), sys.argv[0], file=open({log!r}, "a")))
"""


def create(file: Path, prefix: Path) -> None:
    content = yaml.safe_load(file.read_text())
    venv.create(prefix, symlinks=True, with_pip=False)
    target = Path(sysconfig.get_path("purelib", "venv", {"base": str(prefix), "platbase": str(prefix)}))
    pins = next(part["pip"] for part in content["dependencies"] if isinstance(part, dict))
    for name in with_dependencies([Requirement(pin) for pin in pins]):
        link(metadata.distribution(name), target, prefix / "bin")
    (target / "sitecustomize.py").write_text(HOOK.format(log=str(HOME / "conda-jobs.txt")))
    with open(HOME / "conda-environments.txt", "a") as log:
        print(content["name"], prefix.resolve(), file=log)


def with_dependencies(wanted: list[Requirement]) -> set[str]:
    """Names of the distributions; a pin that is not what is installed is an error, as no channel would have it."""
    found: set[str] = set()
    while wanted:
        requirement = wanted.pop()
        installed = metadata.version(requirement.name)
        if not requirement.specifier.contains(installed, prereleases=True):
            sys.exit(f"{requirement}: only {installed} is to be had")
        if requirement.name not in found:
            found.add(requirement.name)
            needs = [Requirement(text) for text in metadata.requires(requirement.name) or []]
            wanted += [need for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})]
    return found


def link(distribution: metadata.Distribution, target: Path, scripts: Path) -> None:
    """Links to the top-level files of a distribution, and its commands."""
    source = Path(distribution.locate_file(""))
    for top in {file.parts[0] for file in distribution.files or []} - {"..", "__pycache__"}:
        if not (target / top).exists():
            (target / top).symlink_to(source / top)
    for entry in distribution.entry_points:
        if entry.group == "console_scripts":
            text = (
                f"#!{scripts}/python\nimport sys\nfrom {entry.module} import {entry.attr}\nsys.exit({entry.attr}())\n"
            )
            (scripts / entry.name).write_text(text)
            (scripts / entry.name).chmod(0o755)


def main() -> None:
    words = sys.argv[1:]
    if words == ["info", "--json"]:
        print(json.dumps({"conda_prefix": str(HOME), "platform": "linux-64"}))
    elif words == ["--version"]:
        print("conda 25.5.1")
    elif words[:2] == ["config", "--get"]:
        print(json.dumps({"get": {"channel_priority": "strict"}}))
    elif words[:2] == ["env", "create"]:
        create(*(Path(words[words.index(option) + 1]) for option in ("--file", "--prefix")))
    elif words[:1] != ["clean"]:
        sys.exit(f"the stand-in knows no 'conda {' '.join(words)}'")


def install(home: Path) -> Path:
    """Put the command and the script that Snakemake sources before each job into a folder; returns that of commands."""
    commands = home / "bin"
    commands.mkdir(parents=True)
    (commands / "activate").write_text(ACTIVATE)
    (commands / "conda").write_text(f'#!/bin/sh\nSTAND_IN_CONDA="{home}" exec "{sys.executable}" "{__file__}" "$@"\n')
    (commands / "conda").chmod(0o755)
    return commands


if __name__ == "__main__":
    main()
