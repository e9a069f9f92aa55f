"""The formats of the published datasets, read from small files in the true format."""

import gzip
import resource
import tarfile

import lmdb
import numpy as np
import pytest
from data_files import idx_bytes, pixels, spec, write_cifar, write_idx, write_lsun, write_svhn, write_tar, write_zip

from mneme.data.formats import cifar10, digits, idx, lsun, svhn
from mneme.errors import UserError


@pytest.fixture
def idx_files(tmp_path):
    labels = np.arange(6, dtype=np.uint8) % 2
    return write_idx(tmp_path, (pixels(6, 5, 4), labels), (pixels(2, 5, 4, seed=1), labels[:2]))


def test_idx_reads_what_was_written(idx_files):
    splits = idx.read(idx_files, {})
    assert np.array_equal(splits.x_train, pixels(6, 5, 4)[:, None])
    assert np.array_equal(splits.x_test, pixels(2, 5, 4, seed=1)[:, None])
    assert splits.y_train.tolist() == [0, 1, 0, 1, 0, 1]
    assert not splits.x_train.flags.owndata  # a view of the file's bytes


def test_idx_reads_a_plain_file(tmp_path, idx_files):
    plain = tmp_path / "images"
    plain.write_bytes(gzip.decompress(idx_files["train_images"].read_bytes()))
    assert np.array_equal(idx.array(plain, axes=3), pixels(6, 5, 4))


BROKEN_IDX = {
    "truncated gzip": lambda whole: whole[: len(whole) // 2],
    "no gzip": lambda whole: b"<html>not found</html>",
    "empty": lambda whole: b"",
    "damaged": lambda whole: whole[:40] + bytes([whole[40] ^ 255]) + whole[41:],
    "short content": lambda whole: gzip.compress(gzip.decompress(whole)[:-1]),
    "long content": lambda whole: gzip.compress(gzip.decompress(whole) + b"x"),
    "other axes": lambda whole: gzip.compress(idx_bytes(pixels(6, 20))),
    "header only": lambda whole: gzip.compress(gzip.decompress(whole)[:4]),
}


@pytest.mark.parametrize("how", BROKEN_IDX)
def test_a_broken_idx_file_is_named(idx_files, how):
    path = idx_files["train_images"]
    path.write_bytes(BROKEN_IDX[how](path.read_bytes()))
    with pytest.raises(UserError, match=rf"{path.name}: truncated or corrupt .*delete it and run again") as error:
        idx.read(idx_files, {})
    assert "\n" not in str(error.value)


def test_a_missing_file_is_named(idx_files):
    idx_files["test_labels"].unlink()
    with pytest.raises(UserError, match=r"test-labels.gz: no such file"):
        idx.read(idx_files, {})


def test_images_without_their_labels_are_refused(idx_files):
    idx_files["train_labels"].write_bytes(gzip.compress(idx_bytes(np.zeros(5, np.uint8))))
    with pytest.raises(UserError, match="5 labels for 6 images"):
        idx.read(idx_files, {})


def test_svhn_calls_ten_zero(tmp_path):
    x, y = pixels(4, 3, 32, 32), np.array([0, 9, 1, 0])
    files = {"train": write_svhn(tmp_path / "train.mat", x, y), "test": write_svhn(tmp_path / "test.mat", x[:1], y[:1])}
    splits = svhn.read(files, {})
    assert np.array_equal(splits.x_train, x)
    assert splits.y_train.tolist() == y.tolist()
    assert splits.x_test.shape == (1, 3, 32, 32)


@pytest.mark.parametrize("keep", [0, 100, 0.5, -1])
def test_a_truncated_mat_file_is_named(tmp_path, keep):
    path = write_svhn(tmp_path / "train.mat", pixels(4, 3, 32, 32), np.arange(4))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * keep) if isinstance(keep, float) else keep])
    with pytest.raises(UserError, match=r"train.mat: truncated or corrupt") as error:
        svhn.read({"train": path, "test": path}, {})
    assert "\n" not in str(error.value)


def test_a_mat_file_of_something_else_is_refused(tmp_path):
    from scipy.io import savemat

    path = tmp_path / "train.mat"
    savemat(path, {"Z": np.zeros(3)})
    with pytest.raises(UserError, match="without the arrays X and y"):
        svhn.read({"train": path, "test": path}, {})
    savemat(path, {"X": np.zeros((32, 32, 3, 2)), "y": np.zeros((2, 1))})
    with pytest.raises(UserError, match="X is float64"):
        svhn.read({"train": path, "test": path}, {})


def test_cifar_joins_the_batches_in_order(tmp_path):
    def batch(number):
        return np.full(2, number, np.uint8), pixels(2, 3, 32, 32, seed=number)

    stored = {"data_batch_2.bin": batch(2), "test_batch.bin": batch(9), "data_batch_1.bin": batch(1)}
    path = write_cifar(tmp_path / "c.tar.gz", {f"cifar-10-batches-bin/{name}": both for name, both in stored.items()})
    splits = cifar10.read({"archive": path}, {})
    assert splits.y_train.tolist() == [1, 1, 2, 2]
    assert np.array_equal(splits.x_train, np.concatenate([batch(1)[1], batch(2)[1]]))
    assert splits.y_test.tolist() == [9, 9]
    assert np.array_equal(splits.x_test, batch(9)[1])


def long_attributes() -> tarfile.TarInfo:
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 2_000_000_000
    return info


@pytest.mark.parametrize(
    ("damage", "match"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:3000]), "truncated or corrupt"),
        (lambda path: path.write_bytes(b"<html>" * 200), "truncated or corrupt"),
        (lambda path: write_tar(path, {"data_batch_1": b"a pickle"}, mode="w:gz"), "is it the binary version"),
        (lambda path: write_tar(path, {"data_batch_1.bin": b"12", "test_batch.bin": b"1"}, mode="w:gz"), "no multiple"),
        (lambda path: write_tar(path, {}, long_attributes(), mode="w:gz"), "a header of 2000000000 bytes"),
    ],
)
def test_a_broken_cifar_archive_is_named(tmp_path, damage, match):
    path = write_cifar(tmp_path / "c.tar.gz", {"data_batch_1.bin": (np.zeros(3, np.uint8), pixels(3, 3, 32, 32))})
    damage(path)
    with pytest.raises(UserError, match=rf"c.tar.gz: .*{match}") as error:
        cifar10.read({"archive": path}, {})
    assert "\n" not in str(error.value)


LSUN = spec(dataset="lsun", format="lsun", classes=["bedroom", "tower"], channels=3, fit="squash", max_images=3)


@pytest.fixture
def lsun_files(tmp_path):
    counts = {"bedroom_train": 5, "bedroom_val": 2, "tower_train": 2, "tower_val": 1}
    files = {}
    for seed, (role, n) in enumerate(counts.items()):
        shown = {f"{n - i:040x}".encode(): picture for i, picture in enumerate(pixels(n, 8, 8, 3, seed=seed))}
        files[role] = write_lsun(tmp_path / f"{role}_lmdb.zip", shown)
    return files


def test_lsun_reads_the_first_pictures_by_key(tmp_path, lsun_files):
    splits = lsun.read(lsun_files, LSUN)
    assert splits.classes == ("bedroom", "tower")
    assert splits.y_train.tolist() == [0, 0, 0, 1, 1] and splits.y_test.tolist() == [0, 0, 1]
    by_key = pixels(5, 8, 8, 3, seed=0)[::-1].transpose(0, 3, 1, 2)  # the keys were counted down
    assert np.array_equal(splits.x_train[:3], by_key[:3])
    assert np.array_equal(splits.x_test[2], pixels(1, 8, 8, 3, seed=3)[0].transpose(2, 0, 1))
    assert len(lsun.read(lsun_files, {**LSUN, "max_images": None}).x_train) == 7
    assert sorted(tmp_path.iterdir()) == sorted(lsun_files.values())  # what was unpacked is gone


def test_a_broken_lsun_file_is_named(tmp_path, lsun_files):
    whole = lsun_files["tower_train"].read_bytes()
    for bad, match in ((whole[: len(whole) // 2], "truncated or corrupt"), (b"<html>", "truncated or corrupt")):
        lsun_files["tower_train"].write_bytes(bad)
        with pytest.raises(UserError, match=match):
            lsun.read(lsun_files, LSUN)
    write_zip(lsun_files["tower_train"], {"tower_train_lmdb/data.mdb": b"x" * 10_000})
    with pytest.raises(UserError, match=r"tower_train_lmdb\.zip: truncated or corrupt"):
        lsun.read(lsun_files, LSUN)
    write_zip(lsun_files["tower_train"], {"readme.txt": b""})
    with pytest.raises(UserError, match=r"0 files called data\.mdb"):
        lsun.read(lsun_files, LSUN)


def test_a_kill_leaves_nothing_of_an_unpacked_lsun_file(tmp_path, lsun_files):
    with lsun._database(lsun_files["bedroom_train"]) as database:
        assert database.stat()["entries"] == 5
        assert sorted(tmp_path.iterdir()) == sorted(lsun_files.values())


def test_no_room_to_unpack_an_lsun_file_is_not_the_files_fault(tmp_path, lsun_files, monkeypatch):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(UserError, match=rf"^{tmp_path}: cannot be written \(File too large\); free space"):
            lsun.read(lsun_files, LSUN)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    def refuse(dir):
        raise PermissionError(13, "Permission denied", f"{dir}/tmp_a1b2")

    monkeypatch.setattr(lsun, "TemporaryFile", refuse)
    with pytest.raises(UserError, match=rf"^{tmp_path}: cannot be written \(Permission denied\); free space or fix"):
        lsun.read(lsun_files, LSUN)


def test_no_memory_to_map_an_lsun_file_is_not_the_files_fault(lsun_files, monkeypatch):
    def refuse(*_, **__):
        raise lmdb.MemoryError("/dev/fd/3: Cannot allocate memory")

    monkeypatch.setattr(lmdb, "open", refuse)
    with pytest.raises(MemoryError, match="Cannot allocate memory"):
        lsun.read(lsun_files, LSUN)


def test_a_missing_lsun_file_or_class_is_said(lsun_files):
    with pytest.raises(UserError, match="needs a file with the role tower_val"):
        lsun.read({role: path for role, path in lsun_files.items() if role != "tower_val"}, LSUN)
    with pytest.raises(UserError, match="add 'classes:'"):
        lsun.read(lsun_files, {**LSUN, "classes": None})
    with pytest.raises(UserError, match=r"tower: 2 training images, fewer than min_images: 3"):
        lsun.read(lsun_files, {**LSUN, "min_images": 3})


def test_digits_are_scikit_learns():
    from sklearn.datasets import load_digits

    splits = digits.read({}, {"test_fraction": 0.2})
    both = np.concatenate([splits.x_train, splits.x_test])
    assert both.shape == (1797, 1, 8, 8)
    assert both.max() == 255
    assert sorted(np.rint(both / 255 * 16).reshape(1797, -1).sum(1)) == sorted(load_digits().data.sum(1))
    of_threes = (splits.y_test == 3).sum(), (splits.y_train == 3).sum()
    assert of_threes == (36, 147)  # floor(183 / 5) held out
