"""Small stand-ins for the evaluation's tests: a task, a classifier on disk, a method that needs no training."""

from pathlib import Path

import torch
from torch import Tensor

from mneme import files, lineage
from mneme.data.stream import Task
from mneme.evaluation import classifier

CPU = torch.device("cpu")
SHAPE = {"size": 8, "channels": 1, "width": 4, "features": 6, "classes": 5}
TASK = Task(index=2, name="pair", dataset="toy", classes=(3, 1), labels=(4, 5))
CLASSES = [3, 1]  # the classifier's numbers of TASK.labels


def images(n: int, seed: int, size: int = 8, channels: int = 1) -> Tensor:
    """Random uint8 images [n, channels, size, size]."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (n, channels, size, size), dtype=torch.uint8, generator=generator)


def gaussian(n: int, dims: int, seed: int, mean: float = 0.0, scale: float = 1.0) -> Tensor:
    """Normal features float32 [n, dims]."""
    return mean + scale * torch.randn(n, dims, generator=torch.Generator().manual_seed(seed))


def save_classifier(path, spec: str = "evaluator"):
    """An untrained classifier in its file."""
    files.save(path, classifier.to_record(classifier.fresh(SHAPE, seed=0), spec=spec, accuracy=0.2, n_test=5))
    return path


def signed(path: Path, made: str) -> Path:
    """Say beside a file that the job with the hash ``made`` made it."""
    record = {"hash": made, "spec": {}, "outputs": {path.name: lineage.digest(path)}}
    files.write_json(path.with_name(f"{path.name}{lineage.SUFFIX}"), record)
    lineage.records.cache_clear()
    return path


class Painter:
    """A method whose samples are a function of noise and label: grey levels around a level of the label's own."""

    missed: int | None = None

    def __init__(self, conditional: bool = True, noise: int = 64) -> None:
        self.CONDITIONAL, self.noise = conditional, noise
        self.batches: list[int] = []

    def sample(self, task: Task, labels: Tensor, z: Tensor) -> Tensor:
        self.batches.append(len(z))
        level = 40.0 * (labels % 5)[:, None]
        return (level + 60 * z.abs()).clamp(0, 255).to(torch.uint8).view(-1, 1, 8, 8)
