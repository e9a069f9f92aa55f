"""What the machine that runs Snakemake gives to the jobs it starts."""

import os
import sys
from pathlib import Path

from mneme.catalogue.schema import Config
from mneme.errors import UserError
from mneme.machine.lease import DEVICE, SLOTS, devices
from mneme.machine.memory import keep_freed


def hand_down(config: Config) -> None:
    """Set the environment of all jobs: what decides on no result is none of their params, so it reruns nothing.

    They find the python that runs Snakemake, also where its environment is not activated (--use-conda puts its own
    first), they know the device, how many of them may share a GPU, and the seconds between two saves, and they keep the
    memory they free.
    """
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    os.environ[SLOTS] = str(config.gpu_slots)
    os.environ[DEVICE] = config.device
    os.environ["MNEME_SAVE_EVERY"] = str(config.save_every)
    keep_freed()


def gpus_of_a_job(device: str) -> int:
    """GPUs that a training or measuring job reserves: none where it will run on the CPU."""
    return int(bool(devices()) if device == "auto" else device != "cpu")


def check_budget(device: str, gpus: int, budget: int | None, elsewhere: bool = False) -> None:
    """Refuse a number of GPUs that cannot be meant.

    Args:
        gpus: of a job (:func:`gpus_of_a_job`).
        budget: ``--resources gpu``; None where it is not given.
        elsewhere: jobs run on other machines, whose GPUs are not seen from here.

    Raises:
        UserError: CUDA where no GPU is seen, jobs that use the GPU without a budget, or more than one
            GPU is budgeted where none is seen.
    """
    if device.startswith("cuda") and not elsewhere and not devices():
        raise UserError(f"device: {device}: no GPU is seen on this machine; set device: auto or cpu")
    if gpus and budget is None:
        raise UserError(
            "jobs would use the GPU, but no number of GPUs is given: add --resources gpu=1 (GPUs x gpu_slots), use "
            "profiles/default, or set device: cpu"
        )
    # The default profile's one GPU says nothing: it is there on machines without. More than one, somebody asked for.
    if device == "auto" and not gpus and (budget or 0) > 1:
        raise UserError(
            f"device: auto: no GPU is seen here, yet {budget} are budgeted (resources: gpu); say --config device=cuda "
            "for jobs that run elsewhere, or device=cpu"
        )
