"""What a job takes in time and disk, told from what ran before."""

import base64
import binascii
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any, NamedTuple

from mneme.operations.dry_run import TRAINING, Job

DRAWN = {".png": 166_000, ".pdf": 80_000, ".ipynb": 249_000}  # bytes of a figure never drawn: the demo's


@dataclass(frozen=True)
class Record:
    """One output that was made before; ``work``: of the training job that made it (:func:`work`)."""

    rule: str
    output: str
    seconds: float
    bytes: int
    work: float | None = None


def work(spec: Mapping[str, Any] | None) -> float | None:
    """Pixels that a training job sends through its networks: steps x images a step x pixels; None of other jobs."""
    if not spec or "batch" not in spec.get("settings", {}) or "steps" not in spec:
        return None
    return float(spec["steps"] * spec["settings"]["batch"] * spec["size"] ** 2)


def records(folder: Path, root: Path = Path()) -> list[Record]:
    """Snakemake's own records of finished jobs (``.snakemake/metadata``), of every rule, with the outputs' sizes."""
    found = []
    for path in folder.rglob("*"):
        try:
            name = base64.urlsafe_b64decode("".join(path.relative_to(folder).parts).replace("@", "")).decode()
            record = json.loads(path.read_text(encoding="utf-8"))
            seconds = record["endtime"] - record["starttime"]
        except (OSError, ValueError, KeyError, TypeError, binascii.Error):
            continue
        size = (root / name).stat().st_size if (root / name).is_file() else 0
        spec = None
        if record["rule"] in TRAINING:
            with suppress(OSError, ValueError, KeyError):
                spec = json.loads((root / name).with_name("train.lineage.json").read_text(encoding="utf-8"))["spec"]
        found.append(Record(record["rule"], name, seconds, size, work(spec)))
    return found


def tier_of(path: str) -> str:
    """``<tier>`` of ``results/<tier>/...``; empty of other files, which all tiers share."""
    parts = Path(path).parts
    return parts[1] if len(parts) > 2 and parts[0] == "results" else ""


def method_of(path: str) -> str:
    """The folder of the method in ``results/<tier>/<stream>/<method>/seed<k>/...``, or ``""``."""
    found = re.search(r"/([^/]+)/seed\d+/", path)
    return found[1] if found else ""


class Price(NamedTuple):
    """What a job takes.

    Attributes:
        seconds: None if nothing like it ever ran.
        scaled: the seconds come from jobs of another tier.
    """

    seconds: float | None
    bytes: int
    scaled: bool = False


def price(job: Job, before: Iterable[Record], predicted: Mapping[str, int] | None = None) -> Price:
    """What a job takes: what it took itself the last time, or the mean of its like.

    Its like are the jobs of the same rule, method and tier. Where there are none, jobs that train are told by those of
    the method at other tiers, scaled by steps, images, pixels and the bytes of their checkpoint, which stand for the
    cost of a pixel. That is rough: larger matrices run faster, and MeRGAN-RA took a quarter of what tier demo told of
    tier night. What is left is told by other methods at the same tier.

    Args:
        predicted: bytes by output, told from the job's spec; they go before what was written with other settings.
    """
    predicted = predicted or {}
    alike = [record for record in before if record.rule == job.rule]
    near = [record for record in alike if method_of(record.output) == method_of(job.outputs[0])] or alike
    seconds = _of_this_tier(job, near)
    scaled = [] if seconds else _of_other_tiers(job, near, predicted)
    times = seconds or scaled or _of_this_tier(job, alike)
    return Price(mean(times) if times else None, _size(job, near, predicted), bool(scaled))


def _of_this_tier(job: Job, near: Sequence[Record]) -> list[float]:
    """Seconds of the job's like of the same tier, scaled by their work: its own where there are some."""
    own = [record for record in near if record.output in job.outputs]
    here = [record for record in own or near if tier_of(record.output) == tier_of(job.outputs[0])]
    mine = work(job.spec)
    return [record.seconds * (mine / record.work if mine and record.work else 1) for record in here]


def _of_other_tiers(job: Job, near: Sequence[Record], predicted: Mapping[str, int]) -> list[float]:
    """Seconds by steps, images, pixels and bytes of the checkpoint; none if a number of these is not known."""
    mine = work(job.spec)
    bytes_now = next((predicted[path] for path in job.outputs if path in predicted and _is_checkpoint(path)), None)
    bytes_then = {tier_of(record.output): record.bytes for record in near if _is_checkpoint(record.output)}
    told = [(record, bytes_then.get(tier_of(record.output))) for record in near]
    known = [(record, then) for record, then in told if record.work and then]
    return [record.seconds * mine / record.work * bytes_now / then for record, then in known if mine and bytes_now]


def _size(job: Job, near: Sequence[Record], predicted: Mapping[str, int]) -> int:
    """Bytes of all outputs: each as predicted, else as it was, else the mean of those called like it."""
    known = {**{record.output: record.bytes for record in near if record.output in job.outputs}, **predicted}
    like: dict[str, list[int]] = defaultdict(list)
    for record in near:
        like[Path(record.output).name].append(record.bytes)

    def guess(output: str) -> int:
        sizes = like.get(Path(output).name)
        return round(mean(sizes)) if sizes else DRAWN.get(Path(output).suffix, 0)

    return sum(known[output] if output in known else guess(output) for output in job.outputs)


def _is_checkpoint(path: str) -> bool:
    return Path(path).name == "checkpoint.pt"
