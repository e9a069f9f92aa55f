from pathlib import Path

import pytest
import torch
import yaml
from evaluation_fakes import CPU, images, save_classifier
from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

from mneme import files
from mneme.errors import UserError
from mneme.evaluation import classifier, extractor


def test_the_classifier_extracts_its_own_features_and_logits(tmp_path):
    weights, x = save_classifier(tmp_path / "classifier.pt"), images(3 * extractor.BATCH + 5, seed=0)
    outputs = extractor.extract(extractor.create("classifier", weights, CPU), x, CPU)
    network = classifier.load(weights)
    expected = [network(batch) for batch in x.split(extractor.BATCH)]
    assert torch.equal(outputs["features"], torch.cat([one.features for one in expected]))
    assert torch.equal(outputs["logits"], torch.cat([one.logits for one in expected]))


def test_registering_twice_is_no_error():
    extractor.register()
    extractor.register()


class Bomb:
    def __reduce__(self):
        return (pytest.fail, ("the file was unpickled",))


def test_other_inception_weights_are_refused_before_they_are_opened(tmp_path):
    torch.save(Bomb(), tmp_path / "weights.pth")
    with pytest.raises(UserError, match=r"weights.pth: SHA-256 is .* not 6726825d"):
        extractor.create("inception", tmp_path / "weights.pth", CPU)


def test_missing_inception_weights_say_where_to_get_them(tmp_path):
    with pytest.raises(UserError, match="get the Inception weights from https://"):
        extractor.create("inception", tmp_path / "none.pth", CPU)


def test_the_weights_that_are_fetched_are_those_that_are_opened():
    fetched = yaml.safe_load((Path(__file__).parents[2] / "config/evaluation.yaml").read_text())["inception"]
    assert fetched["checksum"] == f"sha256:{extractor.INCEPTION_SHA256}"
    assert [mirror + Path(fetched["path"]).name for mirror in fetched["mirrors"]] == [extractor.URL_INCEPTION_V3]


def test_inception_takes_grey_images_as_three_equal_channels(tmp_path, monkeypatch):
    """With random weights in place of the published ones, which tests cannot fetch."""
    (tmp_path / "weights.pth").write_bytes(b"stand-in")
    monkeypatch.setattr(extractor, "INCEPTION_SHA256", files.sha256(tmp_path / "weights.pth"))
    monkeypatch.setattr(torch, "load", lambda *_, **__: {})
    monkeypatch.setattr(FeatureExtractorInceptionV3, "load_state_dict", lambda *_: None)
    inception = extractor.create("inception", tmp_path / "weights.pth", CPU)
    grey = images(2, seed=0)
    outputs = extractor.extract(inception, grey, CPU)
    assert list(outputs) == ["features"] and outputs["features"].shape == (2, 2048)
    coloured = extractor.extract(inception, grey.repeat(1, 3, 1, 1), CPU)
    torch.testing.assert_close(outputs["features"], coloured["features"])  # other strides may take other kernels
