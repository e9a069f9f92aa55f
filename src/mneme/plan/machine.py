"""What the machine that runs Snakemake gives to the jobs it starts."""

import os
import sys
from pathlib import Path

from mneme.training.lease import SLOTS, devices


def hand_down(gpu_slots: int) -> None:
    """Set the environment of all jobs.

    They find the python that runs Snakemake, also where its environment is not activated (--use-conda puts its own
    first), and they know how many of them may share a GPU.
    """
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    os.environ[SLOTS] = str(gpu_slots)


def gpus_of_a_job(device: str) -> int:
    """GPUs that a training or measuring job reserves: none where it will run on the CPU."""
    return int(bool(devices()) if device == "auto" else device != "cpu")
