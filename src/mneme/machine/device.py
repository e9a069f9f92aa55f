"""Which device a job runs on, and the switches that make the same device give the same bytes."""

import os

from mneme.errors import UserError


def choose_device(name: str, threads: int):
    """``auto`` (CUDA when present), ``cpu``, ``cuda`` or ``cuda:<n>`` -> torch.device, with determinism switched on.

    Args:
        threads: CPU threads; part of a job's identity, for one and two threads round differently.

    Raises:
        UserError: CUDA was asked for and there is none; raised before anything is loaded.
    """
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # read when CUDA starts
    import torch

    if name.startswith("cuda") and not torch.cuda.is_available():
        raise UserError(
            f"device: {name}, but torch {torch.__version__} sees no CUDA device here; set device: auto or cpu"
        )
    torch.set_num_threads(threads)
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name != "cpu":  # on the CPU bytes repeat without it, and it imports a compiler for a second
        torch.use_deterministic_algorithms(True)
        torch.backends.cudnn.benchmark = False
        torch.backends.cudnn.allow_tf32 = False
        torch.backends.cuda.matmul.allow_tf32 = False
    return torch.device(name)


def describe(device) -> str:
    """The device's name for tables: ``cpu`` or the GPU's model."""
    import torch

    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
