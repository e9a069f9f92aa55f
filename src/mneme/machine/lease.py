"""A lease on a GPU: jobs that Snakemake starts side by side each get a device, and none gets one too many.

Snakemake counts GPUs but hands out none. Each device has as many slots as jobs may share it, each slot is a file, and a
job locks one for as long as its process lives: the kernel frees it at the death of the process, SIGKILL included.
"""

import fcntl
import itertools
import os
import random
import sys
import tempfile
import time
from pathlib import Path

from mneme.errors import UserError

DEVICE, SLOTS, LOCKS = "MNEME_DEVICE", "MNEME_GPU_SLOTS", "MNEME_GPU_LOCKS"


def devices() -> list[str]:
    """What this process may use, as ``CUDA_VISIBLE_DEVICES`` spells it; asks no driver, which would take a second.

    Returns:
        The words of ``CUDA_VISIBLE_DEVICES`` up to the first that is no device, as CUDA reads it; where it is not set,
        one number for each ``/dev/nvidia<n>``.
    """
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is None:
        return [str(index) for index, _ in enumerate(Path("/dev").glob("nvidia[0-9]*"))]
    words = (word.strip() for word in visible.split(","))
    return list(itertools.takewhile(lambda word: word not in ("", "-1"), words))


def slots() -> int:
    """Jobs that may share a device, from the environment: the workflow sets it to ``gpu_slots`` of the config.

    Raises:
        UserError: it is not a whole number above zero.
    """
    text = os.environ.get(SLOTS, "1")
    if not text.isdigit() or int(text) < 1:
        raise UserError(f"{SLOTS}={text}: must be a whole number above zero; unset it or set gpu_slots in the config")
    return int(text)


def folder() -> Path:
    """Where the slots of this machine and user are; nobody else may write there.

    Raises:
        UserError: the folder is somebody else's.
    """
    path = Path(os.environ.get(LOCKS) or Path(tempfile.gettempdir(), f"mneme-gpus-{os.getuid()}"))
    if job := os.environ.get("SLURM_JOB_ID"):  # each allocation may call its own first device 0
        path = path.with_name(f"{path.name}-{job}")
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.stat().st_uid != os.getuid():
        raise UserError(f"{path}: belongs to another user; remove it or set {LOCKS} to a folder of your own")
    return path


def lease(device: str | None, poll: float = 0.2) -> str:
    """Wait for a slot of a device, keep it until this process ends, and make CUDA see this device only.

    Has to be called before anything starts CUDA. Does nothing for the CPU, where there is no GPU, and in a SLURM job
    that was given one; in one with several, the jobs of a Snakemake inside it share them as on any machine.

    Args:
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:<n>``, the n-th of those visible; None is what the workflow handed
            down in the environment, or ``auto``.
        poll: mean seconds between two looks at a machine that is full.

    Returns:
        The device to ask torch for: ``device``, or ``cuda`` where a slot was taken.

    Raises:
        UserError: there is no n-th device.
    """
    device, found = device or os.environ.get(DEVICE, "auto"), devices()
    if device == "cpu" or not found or (len(found) == 1 and "SLURM_JOB_ID" in os.environ):
        return device
    if device.startswith("cuda:"):
        index = int(device.removeprefix("cuda:"))
        if index >= len(found):
            raise UserError(f"device: {device}, but the devices here are {', '.join(found)}; choose cuda:0 or auto")
        found = [found[index]]
    for attempt in itertools.count():
        if chosen := free_slot(found, slots(), folder()):
            os.environ["CUDA_VISIBLE_DEVICES"] = chosen
            return "cuda"
        if not attempt:
            print(f"waiting for a GPU: {', '.join(found)} taken by other jobs", file=sys.stderr, flush=True)
        time.sleep(poll * random.uniform(0.5, 1.5))
    raise AssertionError


def free_slot(found: list[str], count: int, locks: Path) -> str | None:
    """Lock a slot, the first of every device before the second of any; the lock goes with the process."""
    for slot, device in itertools.product(range(count), found):
        file = os.open(locks / f"{device.replace('/', '_')}.{slot}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
        else:
            return device  # and the file stays open
    return None
