"""Turn published weights into a base GAN."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mneme.plan.job import LINEAGE, File, Job, code_of, outputs
from mneme.plan.jobs import download
from mneme.plan.plan import Plan
from mneme.plan.tasks import user_file

OUTPUTS = {
    "checkpoint": "<results>/bases/{base}/checkpoint.pt",
    LINEAGE: "<results>/bases/{base}/import.lineage.json",
}


@dataclass(frozen=True)
class Spec:
    """What file it is; the same for all streams and seeds."""

    checksum: str
    size: int
    channels: int


@cache
def job(plan: Plan, base: str) -> Job:
    config = plan.catalogue.base(base, "config")
    checksum = f"sha256:{user_file(config.own)}" if config.own else config.file.checksum
    own = File(str(Path(config.own).expanduser()), None, checksum) if config.own else None
    inputs = {"weights": own or download.file(plan, config.file.path)}
    spec = Spec(checksum, config.size, config.channels)
    return Job("import_base", spec, inputs, outputs(OUTPUTS, plan, base=base), code_of(plan, "import_base"))
