import pytest
import torch
from evaluation_fakes import CPU, SHAPE, images, save_classifier

from mneme import files
from mneme.errors import UserError
from mneme.evaluation import classifier

SETTINGS = {"steps": 60, "batch": 16, "lr": 5e-3, "seed": 1, "device": CPU}


def striped(n: int, seed: int):
    """Noise with a bright half: above (class 0), left (1) or none (2)."""
    x, y = images(n, seed) // 2, torch.arange(n) % 3
    x[y == 0, :, :4] += 120
    x[y == 1, :, :, :4] += 120
    return x, y


def trained(**changed):
    network = classifier.fresh({**SHAPE, "classes": 3}, seed=0)
    losses = list(classifier.train(network, *striped(300, seed=0), **SETTINGS | changed))
    return network, losses


def test_learns_what_can_be_seen():
    network, losses = trained()
    assert [step for step, _ in losses] == [6, 12, 18, 24, 30, 36, 42, 48, 54, 60]
    assert losses[-1][1] < losses[0][1]
    assert classifier.accuracy(network, *striped(90, seed=9), CPU) > 0.9


def test_the_same_seed_gives_the_same_bytes_whatever_ran_before():
    first, _ = trained()
    torch.rand(7)
    second, _ = trained()
    other, _ = trained(seed=2)
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(first.parameters(), other.parameters(), strict=True))


def test_calibration_sets_the_scale_of_features_and_no_logit():
    network, _ = trained()
    x, _ = striped(60, seed=5)
    with torch.no_grad():
        before = network(x)
        classifier.calibrate(network, x, CPU)
        after = network(x)
    assert after.features.square().mean().item() == pytest.approx(1, rel=1e-4)
    assert before.features.square().mean().item() != pytest.approx(1, rel=1e-2)
    torch.testing.assert_close(after.logits, before.logits)


def test_a_prediction_depends_on_its_own_image_only():
    network, x = classifier.fresh(SHAPE, seed=0), images(5, seed=0)
    with torch.no_grad():
        torch.testing.assert_close(network(x).features[3], network(x[3:4]).features[0])


@pytest.mark.parametrize("size", [8, 16, 64])
def test_convolves_down_to_four_by_four(size):
    network = classifier.fresh({**SHAPE, "size": size}, seed=0)
    features, logits = network(images(2, seed=0, size=size))
    assert features.shape == (2, 6) and logits.shape == (2, 5)
    convolved = network.body[:-3](torch.zeros(1, 1, size, size))
    assert convolved.shape[2:] == (4, 4) and convolved.shape[1] <= 8 * SHAPE["width"]


def test_a_file_rebuilds_the_classifier(tmp_path):
    path, x = save_classifier(tmp_path / "classifier.pt", spec="abc"), images(4, seed=0)
    assert torch.equal(classifier.load(path)(x).logits, classifier.fresh(SHAPE, seed=0)(x).logits)


def test_a_file_of_something_else_is_refused(tmp_path):
    files.save(tmp_path / "other.pt", {"spec": "abc", "x": torch.zeros(3)})
    with pytest.raises(UserError, match=r"other.pt: lacks shape; delete it"):
        classifier.load(tmp_path / "other.pt")


def test_a_loss_that_is_not_finite_names_the_setting():
    with pytest.raises(UserError, match=r"classifier\.settings\.lr"):
        trained(lr=float("inf"))
