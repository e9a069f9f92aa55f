"""Derived image sets, pixel by pixel and against SciPy."""

from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import torch
import yaml
from data_files import pixels, spec, write_idx
from scipy import ndimage

from mneme.catalogue import fields
from mneme.catalogue.catalogue import Catalogue
from mneme.data import derive as module
from mneme.data.derive import derive
from mneme.data.prepare import prepare
from mneme.errors import UserError

CONFIG = Path(__file__).parents[2] / "config"
X = torch.from_numpy(pixels(5, 3, 8, 8))


def test_the_negative_and_the_quarter_turn_pixel_by_pixel():
    negative, turned = derive(X, ["inverted"]), derive(X, ["rotated"])
    for n, c, i, j in np.ndindex(*X.shape):
        assert negative[n, c, i, j] == 255 - int(X[n, c, i, j])
        assert turned[n, c, i, j] == X[n, c, j, 7 - i]
    assert torch.equal(derive(X, ["rotated"] * 4), X) and torch.equal(derive(X, ["inverted"] * 2), X)


def test_edges_are_sobels_magnitude():
    made = derive(X, ["edges"])
    assert made.dtype == torch.uint8
    for n, c in np.ndindex(5, 3):
        image = X[n, c].numpy().astype(float)
        gradient = [ndimage.sobel(image, axis, mode="nearest") for axis in (0, 1)]
        expected = np.minimum(np.rint(np.hypot(*gradient) / 4), 255)
        assert np.abs(made[n, c].numpy() - expected).max() <= 1e-6


def test_a_step_is_as_bright_as_it_is_high_and_a_plain_is_black():
    step = torch.zeros(1, 1, 4, 6, dtype=torch.uint8)
    step[..., 3:] = 200
    assert derive(step, ["edges"])[0, 0].tolist() == [[0, 0, 200, 200, 0, 0]] * 4
    assert not derive(torch.full((2, 1, 4, 4), 77, dtype=torch.uint8), ["edges"]).any()


def test_ways_are_taken_in_order_and_chunks_do_not_show(monkeypatch):
    chained = derive(X, ["edges", "inverted"])
    assert torch.equal(chained, 255 - derive(X, ["edges"]))
    monkeypatch.setattr(module, "CHUNK", 2)
    assert torch.equal(derive(X, ["edges", "inverted"]), chained)


def test_a_dataset_is_derived_after_it_was_brought_to_size(tmp_path):
    labels = np.arange(8, dtype=np.uint8) % 2
    files = write_idx(tmp_path, (pixels(8, 14, 14), labels), (pixels(4, 14, 14, seed=1), labels[:4]))
    job = spec(format="idx", dataset="mini", fit="pad", size=8, classes=["a", "b"], min_images=3)
    plain, made = prepare(job, files), prepare({**job, "derive": ["edges", "inverted"]}, files)
    for split in ("x_train", "x_test"):
        assert torch.equal(made[split], derive(plain[split], ["edges", "inverted"]))
    assert torch.equal(made["y_train"], plain["y_train"]) and made["spec"] != plain["spec"]


def catalogue(**datasets) -> Catalogue:
    return Catalogue({"experiments": ["x"], "catalogue": {"datasets": datasets}}, CONFIG)


def test_a_derived_dataset_is_the_other_one_but_for_what_it_says():
    found = catalogue(d={"of": "scenes", "derive": ["edges"], "flip": False}).dataset("d", "here")
    scenes = catalogue().dataset("scenes", "here")
    assert (found.format, found.files, found.classes, found.fit) == (
        scenes.format, scenes.files, scenes.classes, scenes.fit)  # fmt: skip
    assert found.derive == ["edges"] and not found.flip and scenes.flip


def test_a_derivation_of_a_derivation_takes_both_ways():
    made = catalogue(a={"of": "digits", "derive": ["edges"]}, b={"of": "a", "derive": ["inverted"]})
    assert made.dataset("b", "here").derive == ["edges", "inverted"]


@pytest.mark.parametrize(
    "datasets, sentence",
    [
        ({"d": {"of": "scens", "derive": ["edges"]}}, "'of: scens' is no dataset (did you mean 'scenes'?)"),
        ({"d": {"of": "d", "derive": ["edges"]}}, "'of: d' leads back to itself; name another dataset"),
        ({"d": {"of": "scenes", "derive": ["edge"]}}, "'derive.0: edge' must be one of"),
    ],
)
def test_what_a_derived_dataset_may_not_say(datasets, sentence):
    with pytest.raises(UserError) as caught:
        catalogue(**datasets).dataset("d", "here")
    assert sentence in str(caught.value) and "catalogue.datasets.d of your config" in str(caught.value)


def test_the_schema_knows_the_ways_there_are():
    assert set(get_args(fields.Derivation)) == set(module.DERIVATIONS)


def test_derived_sets_of_the_registry_have_a_title_and_an_origin():
    datasets = yaml.safe_load((CONFIG / "datasets.yaml").read_text())
    derived = {name: entry for name, entry in datasets.items() if "of" in entry}
    assert derived and all(entry["title"] and entry["of"] in datasets for entry in derived.values())
