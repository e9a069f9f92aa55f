"""A published GP-GAN checkpoint as a base GAN of this project (Mescheder et al., 2018; released code, "resnet4").

The file holds state dicts ``generator``, ``discriminator`` and ``generator_test``, the generator's moving average. Both
networks were saved inside ``DataParallel``, so names start with ``module.``; names without it are accepted too.
"""

import re
import sys
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from mneme import files
from mneme.errors import UserError
from mneme.method import State
from mneme.networks.gp_gan import Discriminator, Generator, discriminator_shape
from mneme.script import Output
from mneme.spec import spec_hash
from mneme.state import numbers

PLAYERS = {"generator": "generator", "discriminator": "discriminator", "average": "generator_test"}
NAMES = (
    (r"^module\.", ""),
    (r"^resnet_(\d)_0\.", r"blocks.\1."),
    (r"\.conv_s\.", ".shortcut."),
    (r"^conv_img\.", "image."),
)


def tensors(path: Path) -> dict[str, State]:
    """Load the file as plain data; its format is older than the zip files that ``mneme.files`` reads.

    Raises:
        UserError: the file is missing, or holds anything but a dict of plain data.
    """
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; correct the path") from None
    except MemoryError:
        raise
    except Exception as error:  # bytes of no torch file make the unpickler raise anything
        raise UserError(f"{path}: not a file of plain tensors; put the published checkpoint there") from error
    if not isinstance(found, dict):
        raise UserError(f"{path}: holds {type(found).__name__}, not state dicts; put the published checkpoint there")
    return found


def our_name(name: str) -> str:
    """Translate a parameter's name: ``module.resnet_2_0.conv_s.weight`` -> ``blocks.2.shortcut.weight``."""
    for theirs, ours in NAMES:
        name = re.sub(theirs, ours, name)
    return name


def read(path: Path, size: int, channels: int) -> State:
    """Read the published file as the state of a base GAN: shape, raw and averaged generator, discriminator.

    Args:
        path: the published file. Only plain tensors are read from it.
        size, channels: of the images that its generator makes.

    Raises:
        UserError: the file is no GP-GAN checkpoint, or its networks have another shape.
    """
    found = tensors(path)
    if missing := sorted(set(PLAYERS.values()) - set(found)):
        raise UserError(f"{path}: holds no '{missing[0]}', so it is no GP-GAN checkpoint with its average; correct it")
    states = {
        ours: {our_name(name): value for name, value in found[theirs].items()} for ours, theirs in PLAYERS.items()
    }
    fc, image = (states["generator"].get(f"{layer}.weight", torch.empty(0, 0)) for layer in ("fc", "image"))
    shape = {"size": size, "channels": channels, "width": image.shape[1], "noise": fc.shape[1] - 1, "labels": None}
    if shape["width"] < 1 or shape["noise"] < 1:
        raise UserError(f"{path}: its generator has no layers 'fc' and 'conv_img'; give a GP-GAN of type resnet4")
    networks = {"generator": Generator(**shape), "discriminator": Discriminator(**discriminator_shape(shape))}
    networks["average"] = networks["generator"]
    for player, state in states.items():
        check(networks[player], state, f"{path}: {PLAYERS[player]}", size)
    return {"shape": shape, **states}


def check(network: nn.Module, state: dict[str, Tensor], location: str, size: int) -> None:
    """Check that a state dict has the names and shapes of a network's.

    Args:
        location: where it was read, for the error: file and key.

    Raises:
        UserError: the first name that is missing, unknown or of another shape.
    """
    wanted = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    given = {name: tuple(value.shape) for name, value in state.items()}
    for name in sorted(wanted | given):
        if wanted.get(name) != given.get(name):
            raise UserError(
                f"{location}: '{name}' is {given.get(name, 'absent')}, but GP-GAN at {size} px with one label has "
                f"{wanted.get(name, 'no such layer')}; give the checkpoint of such a network"
            )


def import_base(spec: dict[str, Any], *, weights: Path, checkpoint: Output) -> None:
    """Turn a published GP-GAN checkpoint into a base GAN: the same file that training one leaves.

    Args:
        weights: the published file.
    """
    found, wanted = f"sha256:{files.sha256(weights)}", spec["checksum"]
    if not found.startswith(wanted):
        raise UserError(f"{weights}: has {found}, but {wanted} is asked for; put the published file there")
    state = read(weights, spec["size"], spec["channels"])
    status = {"state": "ok", "step": 0, "reason": ""}
    parameters = numbers({"average": state["average"]})
    files.save(checkpoint, {"spec": spec_hash(spec), "status": status, "parameters": parameters, "state": state})
    print(f"{found}: {parameters:,} parameters in the generator, width {state['shape']['width']}", file=sys.stderr)
