"""The evaluator: a small classifier of real images, whose last hidden layer also serves as feature space.

MeRGAN evaluates its samples by a classifier of real images; Lesort et al. (2019) and van de Ven et al. (2020) take
their Fréchet distances in such a one's features. It needs no download and no hour of Inception on a CPU. A deviation:
one strided CNN serves every stream, where MeRGAN's code has an MLP for MNIST and VGG-like networks for SVHN and LSUN.
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from mneme import files
from mneme.errors import UserError
from mneme.networks.strided import StridedClassifier
from mneme.spec import derive_seed

BATCH = 250


def fresh(shape: dict[str, int], seed: int) -> StridedClassifier:
    """An untrained classifier of a shape (arguments of its class); the global generator is left alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return StridedClassifier(**shape)


def train(
    classifier: StridedClassifier,
    images: Tensor,
    labels: Tensor,
    *,
    steps: int,
    batch: int,
    lr: float,
    seed: int,
    device: torch.device,
) -> Iterator[tuple[int, float]]:
    """Train on real images with Adam and cross entropy; the learning rate falls linearly to zero.

    Args:
        images: uint8 [N, C, S, S], left where they are; batches are drawn from them with replacement.
        labels: int64 [N], the classifier's own numbers of the classes.

    Yields:
        (step, loss) ten times along the way, the last time when training is done.

    Raises:
        UserError: the loss is not finite.
    """
    classifier.to(device).train()
    generator = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.Adam(classifier.parameters(), lr=lr)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: 1 - step / steps)
    for step in range(1, steps + 1):
        drawn = torch.randint(len(images), (batch,), generator=generator)
        logits = classifier(images[drawn].to(device)).logits
        loss = F.cross_entropy(logits, labels[drawn].to(device))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        schedule.step()
        if step == steps or step % max(1, steps // 10) == 0:
            value = loss.item()
            if not torch.isfinite(loss):
                raise UserError(f"the classifier's loss is {value} at step {step}; lower classifier.settings.lr")
            yield step, value


def learn(
    images: Tensor,
    labels: Tensor,
    classes: int,
    spec: Mapping[str, Any],
    seed: tuple[object, ...],
    device: torch.device,
) -> StridedClassifier:
    """A classifier trained on real or generated images; the losses go to stderr.

    Args:
        images: uint8 [N, C, S, S].
        labels: int64 [N], in 0 to ``classes`` - 1.
        spec: of the job: ``size``, ``channels`` and ``settings`` (width, features, steps, batch, lr).
        seed: words that name the use.

    Raises:
        UserError: the loss is not finite.
    """
    settings = spec["settings"]
    shape = {name: settings[name] for name in ("width", "features")}
    shape |= {"size": spec["size"], "channels": spec["channels"], "classes": classes}
    network = fresh(shape, derive_seed(*seed, "weights"))
    schedule = {name: settings[name] for name in ("steps", "batch", "lr")}
    for step, loss in train(network, images, labels, **schedule, seed=derive_seed(*seed, "batches"), device=device):
        print(f"step {step}/{settings['steps']}  loss {loss:.4f}", file=sys.stderr, flush=True)
    return network


@torch.no_grad()
def calibrate(classifier: StridedClassifier, images: Tensor, device: torch.device) -> None:
    """Scale the features so that their mean square over real images [N, C, S, S] is 1; no logit changes.

    Cross entropy leaves the scale of the hidden layer open, while an FID grows with its square and a KID with up
    to its sixth power. Multiplying a leaky ReLU layer by a positive number is undone exactly in the layer above.
    """
    classifier.eval()
    square = torch.cat([classifier(x.to(device)).features.double().square().mean(1) for x in images.split(BATCH)])
    scale = square.mean().sqrt().float()
    layer = classifier.body[-2]
    layer.weight /= scale
    layer.bias /= scale
    classifier.head.weight *= scale


@torch.no_grad()
def accuracy(classifier: StridedClassifier, images: Tensor, labels: Tensor, device: torch.device) -> float:
    """Share of the images uint8 [N, C, S, S], 0 to 1, that the classifier gives their label [N]."""
    classifier.eval()
    batches = zip(images.split(BATCH), labels.split(BATCH), strict=True)
    right = sum((classifier(x.to(device)).logits.argmax(1).cpu() == y).sum().item() for x, y in batches)
    return right / len(images)


def to_record(classifier: StridedClassifier, **more: Any) -> dict[str, Any]:
    """The classifier as plain tensors and numbers, with whatever else belongs beside it in its file."""
    weights = {name: value.detach().cpu() for name, value in classifier.state_dict().items()}
    return {"shape": classifier.shape, "weights": weights, **more}


def load(path: Path) -> StridedClassifier:
    """Read a classifier, on the CPU, ready to predict.

    Raises:
        UserError: the file is missing, damaged or no classifier.
    """
    record = files.load(path, "shape", "weights")
    try:
        classifier = StridedClassifier(**record["shape"])
        classifier.load_state_dict(record["weights"])
    except (KeyError, TypeError, RuntimeError) as error:
        raise UserError(f"{path}: holds no classifier; delete it and run again to train it") from error
    return classifier.eval().requires_grad_(False)
