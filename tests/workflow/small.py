"""The small experiment that all workflow tests start from, and its jobs.

Two tasks from two datasets, one of which is an archive that is downloaded from a folder; three methods that differ in
what a job sees and starts from; all figures, tables and claims.
"""

import hashlib
import io
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from flow import CONFIG, Folder
from PIL import Image

ARCHIVE = "shapes/shapes.tar"
ARTEFACTS = ("base", "samples", "stream_quality", "heatmaps", "efficiency", "methods")
CURVES = ("gan_memory",)


def write_archive(path: Path) -> str:
    """40 grey pictures of bars and crosses each, the same bytes every time; returns their checksum."""
    path.parent.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(0)
    with tarfile.open(path, "w") as archive:
        for label in ("bar", "cross"):
            for number in range(40):
                image = random.integers(0, 60, (8, 8), dtype=np.uint8)
                image[:, number % 8] = 255
                if label == "cross":
                    image[(number // 8) % 8] = 255
                buffer = io.BytesIO()
                Image.fromarray(image).save(buffer, "PNG")
                member = tarfile.TarInfo(f"{label}/{number:02d}.png")
                member.size = buffer.tell()
                archive.addfile(member, io.BytesIO(buffer.getvalue()))
    return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()


def config(checksum: str) -> dict[str, Any]:
    """The user's config file."""
    shapes = {
        "format": "image_folder",
        "title": "Shapes",
        "licence": "CC0",
        "classes": ["bar", "cross"],
        "channels": 1,
        "files": {"images": {"path": ARCHIVE, "checksum": checksum, "mirrors": []}},
    }
    stream = {
        "size": 8,
        "source": {"dataset": "digits", "classes": [0, 1]},
        "tasks": [
            {"name": "two", "dataset": "digits", "classes": [2]},
            {"name": "shapes", "dataset": "shapes"},
        ],
        "tiers": {"smoke": {"base": {"steps": 60}, "finetune": {"steps": 60}}},  # long enough to be killed on the way
    }
    experiment = {
        "title": "A small experiment",
        "stream": "small",
        "methods": ["joint", "finetune", "gan_memory"],
        "probes": {"curve": [*CURVES]},
        "artefacts": [*ARTEFACTS],
        "paper": "gan_memory",
    }
    return {
        "tier": "smoke",
        "experiments": ["small"],
        "papers": {name: ["small"] for name in PAPERS},
        "device": "cpu",
        "mirror": "mirror",
        "catalogue": {
            "datasets": {"shapes": shapes},
            "streams": {"small": stream},
            "experiments": {"small": experiment},
            "evaluation": {"classifier": {"tiers": {"smoke": {"steps": 20}}}},
        },
    }


PAPERS = ("across", "gan_memory", "mergan", "dgm", "hyper_lifelong_gan")  # all that config.yaml names
CLASSIFIERS = ("classifier_ewc", "replay-joint")
CLASSIFIED_ARTEFACTS = ("classification", "classification_tasks", "replays")


def add_classifiers(config: dict[str, Any]) -> None:
    """A second experiment in place of the first: the same stream, one of its methods, and classifiers."""
    other = {"methods": ["joint", *CLASSIFIERS], "probes": {"curve": [*CLASSIFIERS]}}
    other |= {"artefacts": [*CLASSIFIED_ARTEFACTS]}
    experiments = config["catalogue"]["experiments"]
    experiments["classified"] = {**experiments["small"], **other}
    config["experiments"] = ["classified"]


def write(folder: Folder) -> Folder:
    """Put the experiment into a copy of the checkout."""
    checksum = write_archive(folder / f"mirror/{ARCHIVE}")
    (folder / CONFIG).write_text(yaml.safe_dump(config(checksum), sort_keys=False), encoding="utf-8")
    return folder


def every_rule(folder: Folder) -> Folder:
    """The smallest experiments that together have a job of every rule: styles; MeRGAN and a classifier."""
    write(folder)
    common = {"stream": "small"}
    every = {
        "styles": {
            **common,
            "title": "All that is made of styles",
            "methods": ["finetune", "gan_memory", "gan_memory_compressed"],
            "probes": {"curve": ["gan_memory"], "styles": ["gan_memory"]},
            "artefacts": [
                *ARTEFACTS,
                "views",
                "ablation",
                "interpolation",
                "singular_values",
                "truncation",
                "compression",
            ],
            "paper": "gan_memory",
        },
        "replay": {
            **common,
            "title": "A network of its own, with replays",
            "methods": ["mergan_ra", "replay-mergan_ra"],
            "probes": {
                "reverse": ["mergan_ra"],
                "evolution": ["mergan_ra"],
                "curve": ["replay-mergan_ra"],
                "confusion": ["replay-mergan_ra"],
            },
            "artefacts": ["accuracy_table", "classification"],
            "paper": "mergan",
        },
    }

    def change(values: dict[str, Any]) -> None:
        values["catalogue"]["experiments"] = every
        values["experiments"] = [*every]
        values["papers"] = {name: [*every] for name in PAPERS}

    folder.configure(change)
    return folder


# ---- its jobs, as ``flow.Run.jobs`` names them ---------------------------------------------------------------------

METHODS = ("joint", "finetune", "gan_memory")
REFERENCES = {"reference 0", "reference 1", "reference 2"}
BASE_FIGURE = {"evaluate base/0/0", "figure_base"}
AGGREGATES = {"table", "claims", *(f"figure_{name}" for name in ARTEFACTS if name != "base")}
"""What is made of all measurements together; the figure of the base GAN needs those of the base GAN only."""


def train(method: str, *tasks: int, seed: int = 0) -> set[str]:
    return {f"train {method}/{seed}/{task}" for task in tasks}


def evaluate(method: str, *tasks: int, seed: int = 0) -> set[str]:
    return {f"evaluate {method}/{seed}/{task}" for task in tasks}


def curve(method: str, *tasks: int, seed: int = 0) -> set[str]:
    return {f"curve {method}/{seed}/{task}" for task in tasks if method in CURVES}


def chain(method: str, *tasks: int, seed: int = 0) -> set[str]:
    """Some tasks of a method, trained and measured."""
    return train(method, *tasks, seed=seed) | evaluate(method, *tasks, seed=seed) | curve(method, *tasks, seed=seed)


def chains(*tasks: int, seed: int = 0) -> set[str]:
    """Some tasks of all methods, trained and measured."""
    return set().union(*(chain(method, *tasks, seed=seed) for method in METHODS))


def classify(method: str, *tasks: int, seed: int = 0) -> set[str]:
    """Some tasks of a classifier, trained and measured; one that replays shares its first with fine-tuning."""
    shared = "classifier_finetune" if method.startswith("replay-") else method
    found = {f"train {shared if task == 1 else method}/{seed}/{task}" for task in tasks}
    return found | {f"{kind} {method}/{seed}/{task}" for kind in ("evaluate", "curve") for task in tasks}


SHOWN = {"table", "claims", "sizes", *(f"figure_{name}" for name in CLASSIFIED_ARTEFACTS)}
"""What is made of all measurements of the experiment with classifiers."""

MEASURED = {job for job in chains(1, 2) if not job.startswith("train")} | BASE_FIGURE | AGGREGATES
TRAINED = {"base 0", "sizes"} | chains(1, 2) | MEASURED
EVERYTHING = {f"download {ARCHIVE}", "prepare digits", "prepare shapes", "classifier"} | REFERENCES | TRAINED
