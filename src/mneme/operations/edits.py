"""What changed of a job since its result was made."""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

from mneme.files import read_json
from mneme.lineage import SUFFIX
from mneme.operations.dry_run import Job
from mneme.operations.manifest import sources
from mneme.plan.changed import differences
from mneme.plan.code import closure


def edits(root: Path) -> Callable[[Job], set[str]]:
    """What changed of a job: its settings, or of the sources that it would run those that the last manifest has not.

    Args:
        root: folder of the Snakefile.
    """
    manifests = sorted(Path("results").glob("*/manifest.json"), key=os.path.getmtime)
    old, new = read_json(manifests[-1]).get("sources", {}) if manifests else {}, sources(root)
    differ = {name for name in new if old and old.get(name) != new[name]}

    @cache
    def used(*entries: Path) -> set[str]:
        return {str(path.relative_to(root)) for path in closure(filter(Path.exists, entries), root / "src")}

    def changed(job: Job) -> set[str]:
        spec = job.spec or {}
        if job.mark == "settings":
            record = next(path for path in job.outputs if path.endswith(SUFFIX))
            return set(differences(Path(record), spec))
        modules = [one["module"] for one in (spec, spec.get("chain") or {}) if "module" in one]
        modules += [*spec.get("modules", {}).values(), f"mneme.data.formats.{spec.get('format')}"]
        entries = [root / "src" / f"{name.replace('.', '/')}.py" for name in modules]
        entries += [root / f"workflow/scripts/{spec.get('job')}.py", root / f"notebooks/{spec.get('artefact')}.ipynb"]
        return differ & used(*entries) if job.mark == "code" else set()

    return changed
