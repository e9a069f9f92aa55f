"""One job that trains the classifier of a stream's real images."""

import sys
from pathlib import Path
from typing import Any

import torch

from mneme import files
from mneme.data.load import load_many
from mneme.data.stream import Task
from mneme.evaluation import classifier
from mneme.evaluation.job import pin_threads
from mneme.script import Output
from mneme.spec import spec_hash


def fit(spec: dict[str, Any], *, data: dict[str, Path], device: torch.device, output: Output) -> None:
    """Train the classifier of a stream's real images: all classes of all its datasets.

    Args:
        data: prepared file of each dataset.
        output: the classifier (:func:`mneme.evaluation.classifier.to_record`), and its ``accuracy``, 0 to 1, on
            ``n_test`` test images.

    Raises:
        UserError: a file is damaged, or the loss is not finite.
    """
    pin_threads(spec["threads"])
    tasks = []  # each dataset as one task that holds all its classes, numbered as the classifier does
    for name in spec["datasets"]:
        classes = range(len(spec["classes"][name]))
        tasks.append(Task(0, name, name, tuple(classes), tuple(spec["offsets"][name] + index for index in classes)))
    real, test = (load_many(tasks, split, data, spec["channels"]) for split in ("train", "test"))

    classes, seed = sum(len(task.classes) for task in tasks), (spec["seed"], "classifier")
    network = classifier.learn(real["x"], real["y"], classes, spec, seed, device)
    classifier.calibrate(network, test["x"], device)
    n, right = len(test["x"]), classifier.accuracy(network, test["x"], test["y"], device)
    print(f"accuracy on {n} test images: {right:.2%}", file=sys.stderr)
    files.save(output, classifier.to_record(network, spec=spec_hash(spec), accuracy=right, n_test=n))
