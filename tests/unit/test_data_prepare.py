"""Prepared datasets: shapes, labels, errors, the registry, and the script by hand."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from data_files import by_class, coloured, pixels, spec, write_folder, write_idx, write_tar

from mneme import files
from mneme.data import prepare as module
from mneme.data.prepare import prepare, read, resize_all
from mneme.data.resize import resize
from mneme.errors import UserError
from mneme.spec import spec_hash

ROOT = Path(__file__).resolve().parents[2]


def run(script: str, *arguments: object) -> subprocess.CompletedProcess:
    command = [sys.executable, ROOT / "workflow" / "scripts" / script, *arguments]
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=120)


def idx_spec(**options):
    return spec(format="idx", dataset="mini", fit="pad", size=8, classes=["a", "b"], min_images=3, **options)


@pytest.fixture
def idx_files(tmp_path):
    labels = np.arange(8, dtype=np.uint8) % 2
    return write_idx(tmp_path, (pixels(8, 14, 14), labels), (pixels(4, 14, 14, seed=1), labels[:4]))


def test_prepared_is_what_the_contract_says(idx_files):
    job = idx_spec()
    prepared = prepare(job, idx_files)
    assert sorted(prepared) == ["classes", "spec", "x_test", "x_train", "y_test", "y_train"]
    assert prepared["classes"] == ["a", "b"]
    assert prepared["spec"] == spec_hash(job)
    assert prepared["y_train"].tolist() == [0, 1] * 4
    assert prepared["y_train"].dtype == torch.int64
    assert prepared["x_train"].dtype == torch.uint8
    assert torch.equal(prepared["x_train"], resize(torch.tensor(pixels(8, 14, 14)[:, None]), 8, "pad"))
    assert torch.equal(prepared["x_test"], resize(torch.tensor(pixels(4, 14, 14, seed=1)[:, None]), 8, "pad"))


def test_chunks_do_not_show(monkeypatch):
    x = pixels(10, 3, 9, 9)
    at_once = resize_all(x, 6, "squash")
    monkeypatch.setattr(module, "CHUNK", 3)
    assert torch.equal(resize_all(x, 6, "squash"), at_once)


def test_strides_and_empty_splits_do_not_show():
    x = pixels(9, 9, 3, 10).transpose(3, 2, 0, 1)
    for size in (9, 6):
        fitted = resize_all(x, size, "crop")
        assert fitted.is_contiguous()
        assert torch.equal(fitted, resize(torch.tensor(x.copy()), size, "crop"))
        assert resize_all(x[:0], size, "crop").shape == (0, 3, size, size)


def test_grey_is_repeated_and_colour_is_not_dropped(tmp_path, idx_files):
    x = prepare(idx_spec(channels=3), idx_files)["x_train"]
    assert x.shape == (8, 3, 8, 8)
    assert torch.equal(x[:, 0], x[:, 2])
    source = write_tar(tmp_path / "set.tar", {f"{i}.png": content for i, content in enumerate(coloured(5))})
    assert prepare(spec(channels=1), source)["x_train"].shape == (4, 1, 8, 8)  # image files convert when asked


def test_digits_need_no_file():
    job = spec(dataset="digits", format="digits", size=16, classes=list("0123456789"), min_images=8)
    prepared = prepare(job, {})
    assert prepared["x_train"].shape == (1442, 1, 16, 16)
    assert prepared["x_test"].shape == (355, 1, 16, 16)
    assert torch.bincount(prepared["y_train"]).min() == 140


def test_a_small_class_is_refused(idx_files):
    with pytest.raises(UserError, match="dataset mini, class a: 4 training images, fewer than min_images: 5"):
        prepare({**idx_spec(), "min_images": 5}, idx_files)
    with pytest.raises(UserError, match="label 1, but only 1 classes"):
        prepare({**idx_spec(), "classes": ["a"]}, idx_files)


def test_a_class_without_test_or_validation_images_is_refused(tmp_path):
    pictures = by_class(5, prefix="train/") | by_class(5, prefix="test/")
    source = write_folder(tmp_path, {name: x for name, x in pictures.items() if "test/bee" not in name})
    fix = "image; add images, leave the class out, or raise"
    with pytest.raises(UserError, match=f"^dataset animals, class bee: no test {fix} test_fraction$"):
        prepare(spec(), source)
    write_folder(source, pictures)
    with pytest.raises(UserError, match=f"^dataset animals, class ape: no validation {fix} validation_fraction$"):
        prepare(spec(validation_fraction=0.15), source)
    assert prepare(spec(validation_fraction=0.2), source)["y_val"].tolist() == [0, 1]


def test_given_images_of_which_none_is_for_testing_are_refused(tmp_path):
    sides = {f"{side}/{i}.png": content for side, n in (("a", 4), ("b", 5)) for i, content in enumerate(coloured(n))}
    with pytest.raises(UserError, match="dataset animals: no given test image; add images, or raise test_fraction"):
        prepare(spec(given=["a"], target=["b"]), write_folder(tmp_path, sides))


def test_a_missing_role_is_named(idx_files):
    idx_files["test_label"] = idx_files.pop("test_labels")
    with pytest.raises(UserError, match=r"needs a file with the role test_labels \(did you mean 'test_label'"):
        read(idx_spec(), idx_files)


def registry() -> dict[str, dict]:
    """What stands in config/datasets.yaml, but for derived sets, which are others."""
    datasets = yaml.safe_load((ROOT / "config" / "datasets.yaml").read_text(encoding="utf-8"))
    return {name: dataset for name, dataset in datasets.items() if "of" not in dataset}


def test_the_registry_is_complete_and_sound():
    assert {"digits", "mnist", "fashion_mnist", "svhn", "cifar10", "scenes", "flowers", "imagenet"} <= set(registry())
    paths = [file["path"] for dataset in registry().values() for file in dataset.get("files", {}).values()]
    assert len(paths) == len(set(paths))
    lengths = {"sha256": 64, "md5": 32}
    for name, dataset in registry().items():
        assert {"format", "title", "licence", "homepage", "channels"} <= set(dataset), name
        assert ("files" in dataset) != ("obtain" in dataset), name
        assert ("classes" in dataset) != dataset.get("one_class", False), name
        for file in dataset.get("files", {}).values():
            assert set(file) <= {"path", "bytes", "checksum", "checksum_of", "mirrors"}
            algorithm, digest = file["checksum"].split(":")
            assert len(digest) == lengths[algorithm]
            assert file["checksum_of"] == "file" or file["path"].endswith(".gz")
            assert isinstance(file["mirrors"], list)


def test_the_registry_names_the_roles_of_its_formats():
    from importlib import import_module

    for dataset in registry().values():
        roles = import_module(f"mneme.data.formats.{dataset['format']}").ROLES
        if dataset["format"] == "lsun":
            roles = tuple(f"{name}_{split}" for name in dataset["classes"] for split in ("train", "val"))
        assert tuple(dataset.get("files", roles)) == roles


def test_the_script_by_hand_twice_gives_the_same_bytes(tmp_path):
    source = write_folder(tmp_path / "set", by_class(5, size=12))
    job = json.dumps(spec())
    for name in ("a.pt", "b.pt"):
        done = run("prepare.py", "--spec", job, "--source", source, "--output", tmp_path / name)
        assert done.returncode == 0, done.stderr
    assert "train: [8, 3, 8, 8] (ape 4, bee 4)" in done.stdout
    assert (tmp_path / "a.pt").read_bytes() == (tmp_path / "b.pt").read_bytes()
    assert files.load(tmp_path / "a.pt")["classes"] == ["ape", "bee"]


def test_the_script_says_one_sentence_and_writes_nothing(tmp_path, idx_files):
    idx_files["train_images"].write_bytes(b"cut")
    roles = [f"{role}={path}" for role, path in idx_files.items()]
    done = run("prepare.py", "--spec", json.dumps(idx_spec()), "--files", *roles, "--output", tmp_path / "out.pt")
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out.pt").exists()
