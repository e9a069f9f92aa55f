"""A planned training job, as a dry run says it."""

import json

from mneme.operations.dry_run import Job


def training(
    steps: int, batch: int, size: int = 16, tier: str = "demo", module: str = "mneme.methods.mergan.ewc"
) -> Job:
    spec = {"job": "train", "stream": "s", "module": module, "size": size, "steps": steps}
    spec["settings"] = {"steps": steps, "batch": batch}
    command = f"python train.py --spec '{json.dumps(spec)}'"
    return Job("train", (f"results/{tier}/s/ewc/seed1/task1/checkpoint.pt",), "", False, command)
