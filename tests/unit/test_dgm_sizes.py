"""What a DGM chain weighs: bytes of masks against tensors, files against counts, and the paper's numbers."""

import pandas as pd
import pytest
import torch
from dgm_toys import TASKS, chain, learned

from mneme.evaluation import mask_bytes
from mneme.figures.kit import grown
from mneme.files import save
from mneme.networks.bits import pack, unpack
from mneme.networks.masked_dcgan import shapes, widths
from mneme.probes.sizes import rows
from mneme.state import numbers

PAPER = {"width": 6, "critic_width": 32, "noise": 128, "classes": 10, "steps": 1}


def stored_masks(state, task, by_unit):
    part = state["tasks"][str(task)]
    return [
        unpack(words, (out,) if by_unit else shape)
        for words, out, shape in zip(part["masks"], part["widths"], shapes(8, part["widths"]), strict=True)
    ]


@pytest.mark.parametrize("name", ["dgm_w", "dgm_a"])
def test_bytes_of_masks_are_those_of_packed_words_and_of_sparse_tensors(name):
    states = [method.state() for method in chain(name, TASKS[:3], size=16)]
    growth = states[-1]["growth"]
    found = grown.on_disk(pd.DataFrame(growth["tasks"]), pd.DataFrame(growth["layers"]))
    packed = sparse = 0
    for task, disk in zip((1, 2, 3), found.itertuples(), strict=True):
        for mask in stored_masks(states[-1], task, name == "dgm_a"):
            packed += pack(mask).nbytes
            coordinates = mask.float().to_sparse()
            sparse += coordinates.indices().nbytes + coordinates.values().nbytes
        assert (disk.packed, disk.sparse) == (packed, sparse) and sparse > 0
        own = [part["own"] for part in list(states[-1]["tasks"].values())[:task]]
        learnt = [value for one in own for key, value in one.items() if "running" not in key and "num" not in key]
        assert disk.weights == sum(value.nbytes for value in [*states[task - 1]["weights"], *learnt])


def test_a_mask_fills_whole_words():
    assert mask_bytes.packed([{"entries": 32}, {"entries": 33}]) == 4 + 8
    assert mask_bytes.sparse([{"used": 3}, {"used": 2}], 4) == 5 * 36


def test_the_generator_has_the_published_number_of_parameters():
    """5.58e4 in Table 3; of three channels, and of DGMa, by their layers."""
    for width, channels, expected in ((6, 1, 55_872), (6, 3, 57_792), (20, 1, 227_840 + 3_200)):
        wide = widths(32, width)
        weights = sum(torch.Size(shape).numel() for shape in shapes(128, wide))
        row = {"units": sum(wide), "weights": weights, "expanded": weights, "norms": 0, "heads": width * 16 * channels}
        tasks = pd.DataFrame([{"task": t, **row} for t in range(1, 11)])
        assert grown.generator(tasks)["parameters"].tolist() == [expected] * 10


def test_last_convolutions_to_come_are_counted_as_large_as_the_tasks_own():
    tasks = pd.DataFrame(
        {"task": [1, 2, 3], "weights": [100, 200, 300], "expanded": [200, 300, 400], "heads": [1, 2, 4]}
    )
    found = grown.generator(tasks)
    assert found["parameters"].tolist() == [100 + 1 * 3, 200 + 1 + 2 * 2, 300 + 1 + 2 + 4]
    assert found["expanded"].tolist() == [203, 305, 407]


@pytest.mark.parametrize("name", ["dgm_w", "dgm_a"])
def test_a_file_of_a_task_weighs_what_it_counts(name, tmp_path):
    """At 32 px and the paper's widths, as a training job writes it: within 2 % of four bytes a number."""
    wide = {**PAPER, "width": 20} if name == "dgm_a" else PAPER
    previous, found = None, {}
    for t in (1, 2, 3):
        method = learned(name, TASKS[:t], previous, size=32, **wide)
        previous, count = method.state(), numbers(method.snapshot())
        found[t], status = tmp_path / f"{t}.pt", {"state": "ok", "step": 1, "reason": ""}
        save(found[t], {"spec": "0" * 16, "status": status, "parameters": count, "state": previous})
    for row in rows("m", found, [tmp_path / "gone"] * 3, False):
        assert 1 <= row["bytes"] / row["counted"] < 1.02
