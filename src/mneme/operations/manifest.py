"""The manifest of a run: what was asked for, what it ran on, and the hash of every result."""

import hashlib
import os
import platform
import subprocess
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from mneme.errors import UserError
from mneme.files import read_json, sha256, write_json
from mneme.plan.code import meaning

PACKAGES = (
    "snakemake",
    "torch",
    "torchvision",
    "torch-fidelity",
    "numpy",
    "scipy",
    "scikit-learn",
    "pandas",
    "papermill",
)


def write(config: dict[str, Any], root: Path, results: Path) -> Path:
    """Write ``<results>/manifest.json``; only files that changed since the last one are read.

    Args:
        config: the merged and checked config.
        root: folder of the Snakefile.
        results: folder of one tier.
    """
    path = results / "manifest.json"
    before = {}
    with suppress(UserError, KeyError, TypeError):  # none yet, or a broken one: all is read
        before = read_json(path)["outputs"]
    manifest = {
        "config": config,
        "python": platform.python_version(),
        "packages": versions(),
        "hardware": hardware(),
        "sources": sources(root),
        "outputs": outputs(results, before),
    }
    write_json(path, manifest)
    return path


def versions() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def hardware() -> dict[str, Any]:
    """Of the machine that Snakemake ran on: platform, processor, cores, GPUs."""
    gpus = ""
    with suppress(OSError, subprocess.SubprocessError):
        query = ["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"]
        gpus = subprocess.run(query, capture_output=True, encoding="utf-8", timeout=20, check=True).stdout
    return {
        "platform": platform.platform(),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "gpus": gpus.splitlines(),
    }


def sources(root: Path) -> dict[str, str]:
    """File -> hash of what it does, for all code: comments and layout do not count."""
    files = [*root.glob("src/**/*.py"), *root.glob("workflow/scripts/*.py"), *root.glob("notebooks/*.ipynb")]
    return {str(path.relative_to(root)): hashlib.sha256(meaning(path)).hexdigest()[:16] for path in sorted(files)}


def outputs(results: Path, before: dict[str, Any]) -> dict[str, Any]:
    """File -> size, time stamp and SHA-256 of all results; hashes of files that did not change are taken over."""
    found = {}
    for path in sorted(results.rglob("*")):
        name = str(path.relative_to(results))
        if not path.is_file() or name == "manifest.json" or any(part.startswith(".") for part in Path(name).parts):
            continue
        stamp = {"bytes": path.stat().st_size, "mtime_ns": path.stat().st_mtime_ns}
        old = before.get(name, {})
        same = old and {key: old[key] for key in stamp} == stamp
        found[name] = {**stamp, "sha256": old["sha256"] if same else sha256(path)}
    return found
