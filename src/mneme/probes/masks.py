"""How the masks of a task come about: their values at every snapshot of its training (DGM, Figure 3b).

A method that offers this probe keeps ``plasticity`` in its snapshots: the scale s and, of every masked layer, the
embeddings e, so that the layer's mask is sigmoid(s e) (Ostapenko et al., CVPR 2019, equation 2).
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mneme import files
from mneme.data.stream import Task
from mneme.evaluation.job import identity, pin_threads, row
from mneme.machine.device import choose_device
from mneme.method import State
from mneme.script import Output
from mneme.spec import spec_hash

OCCUPATION, DECIDED = "mask_occupation", "mask_decided"
NEAR = 0.05  # [GAP] a mask so near to 0 or 1 counts as binary
SHOWN = 100  # trajectories that are kept of a layer, evenly spaced over its entries


def measure_masks(spec: dict[str, Any], *, snapshots: Path, rows: Output, masks: Output) -> None:
    """Read the masks of a task at every snapshot that its training kept.

    Args:
        rows: rows of the curve table, JSON: ``mask_occupation`` and ``mask_decided`` of all layers together.
        masks: ``seed``; ``steps`` int64 [S]; ``layers``: of each layer, counted from 1, ``values`` float [S, N] of up
            to 100 entries, ``occupation`` float [S] of all of them, and ``entries``, their number.
    """
    pin_threads(spec["threads"])
    device = choose_device("cpu", spec["threads"])
    kept = files.load(snapshots, "steps", mmap=True)["steps"]
    found = {step: values(kept[step]) for step in spec["chain"]["snapshots"] if step in kept}
    task, origin, table = Task.from_dict(spec["task"]), identity(spec, device), []
    for step in spec["chain"]["snapshots"]:
        layers = found.get(step)
        entries = sum(map(len, layers or [])) or sum(map(len, next(iter(found.values()), [])))
        status = "diverged" if layers is None else "ok"
        for metric, measure in ((OCCUPATION, occupation), (DECIDED, decided)):
            value = None if layers is None else measure(layers)
            table.append(row(task, metric, value, entries, status, origin | {"step": step}))
        if layers is not None:
            print(f"step {step}: {occupation(layers):.2%} occupied", file=sys.stderr, flush=True)
    files.save(
        masks,
        {"spec": spec_hash(spec), "seed": spec["seed"], "steps": torch.tensor(list(found)), "layers": courses(found)},
    )
    files.write_json(rows, table)


def values(state: State) -> list[Tensor]:
    """The masks of a snapshot, float [entries] in [0, 1], one a layer."""
    inside = state["plasticity"]
    return [torch.sigmoid(inside["scale"] * e.flatten().double()) for e in inside["embeddings"]]


def occupation(layers: Sequence[Tensor]) -> float:
    """Mean mask value over all entries, 0 to 1."""
    return torch.cat(list(layers)).mean().item()


def decided(layers: Sequence[Tensor]) -> float:
    """Share of all entries, 0 to 1, whose mask is within 0.05 of 0 or 1."""
    return ((torch.cat(list(layers)) - 0.5).abs() >= 0.5 - NEAR).double().mean().item()


def courses(found: dict[int, list[Tensor]]) -> dict[str, dict[str, Any]]:
    """What is kept of each layer, see :func:`measure_masks`; empty without a snapshot."""
    kept = {}
    for number, layer in enumerate(zip(*found.values(), strict=True), start=1):
        whole = torch.stack(layer)
        chosen = torch.linspace(0, whole.shape[1] - 1, min(SHOWN, whole.shape[1])).round().long()
        kept[str(number)] = {
            "values": whole[:, chosen].float(), "occupation": whole.mean(1).float(), "entries": whole.shape[1],
        }  # fmt: skip
    return kept
