"""A small experiment in the tables' exact format: what figures and claims are tested on.

Three tasks of digits. ``joint`` and ``gan_memory`` keep what they learn, ``finetune`` loses it; one job of
``gan_memory-conditional`` (seed 1, task 2) has diverged.
"""

import csv
import hashlib
import json
from pathlib import Path

import numpy as np

TASKS = [
    {"index": 1, "name": "five_six", "dataset": "digits", "classes": [5, 6], "labels": [0, 1]},
    {"index": 2, "name": "seven", "dataset": "digits", "classes": [7], "labels": [2]},
    {"index": 3, "name": "eight_nine", "dataset": "digits", "classes": [8, 9], "labels": [3, 4]},
]
LEARNED = {"joint": 4.0, "finetune": 9.0, "gan_memory": 6.0, "gan_memory-conditional": 5.0, "transfer": 8.0}
KEEPS = ("joint", "gan_memory", "gan_memory-conditional")
METHODS = ("joint", "finetune", "gan_memory", "gan_memory-conditional")
METRICS = ("fid_clf", "kid_clf", "precision_clf", "recall_clf", "task_accuracy", "class_accuracy", "diversity_clf")
LOWER = ("fid_clf", "kid_clf")
REAL = {
    "fid_clf": 1.5,
    "kid_clf": 0.002,
    "precision_clf": 0.95,
    "recall_clf": 0.94,
    "task_accuracy": 0.985,
    "class_accuracy": 0.98,
    "diversity_clf": 8.1,
}
VERSIONS = {"device": "cpu", "torch": "2.9.0", "torch_fidelity": "0.4.0"}


def digest(*words: object) -> str:
    return hashlib.sha256(repr(words).encode()).hexdigest()


def fid(method: str, seed: int, t: int, i: int) -> float:
    """FID_clf: drifts up after learning for a method that forgets."""
    value = LEARNED.get(method, 12.0) + 0.6 * i + 1.5 * seed
    return value if method in KEEPS else value + 55.0 * (t - i)


def value(metric: str, method: str, seed: int, t: int, i: int) -> float:
    quality = fid(method, seed, t, i)
    values = {
        "fid_clf": quality,
        "kid_clf": quality / 900,
        "precision_clf": max(0.05, 0.97 - quality / 90),
        "recall_clf": max(0.02, 0.9 - quality / 80),
        "task_accuracy": max(0.04, 1.02 - quality / 60) if t > i and method not in KEEPS else 0.99 - quality / 400,
        "class_accuracy": 0.98 - quality / 400,
        "diversity_clf": 8.0 - quality / 50,
    }
    return values[metric]


def quality_rows(methods=METHODS, seeds=(0, 1), tasks=3, diverged=True) -> list[dict]:
    rows = []
    for method in methods:
        for seed in seeds:
            for t in range(1, tasks + 1):
                for i in range(1, t + 1):
                    missing = diverged and method == "gan_memory-conditional" and seed == 1 and i == 2
                    sample = (
                        ("joint", seed, t, i) if method == "joint" else (method, seed, i if method in KEEPS else t, i)
                    )
                    for metric in METRICS:
                        if metric == "class_accuracy" and "conditional" not in method:
                            continue
                        rows.append(
                            {
                                "stream": "digits",
                                "method": method,
                                "seed": seed,
                                "checkpoint": t,
                                "task": i,
                                "task_name": TASKS[i - 1]["name"] if i <= 3 else f"task_{i}",
                                "metric": metric,
                                "value": "" if missing else value(metric, method, seed, t, i),
                                "std": 0.001 if metric == "kid_clf" and not missing else "",
                                "real": REAL[metric],
                                "n": 90 + 10 * i,
                                "extractor": "classifier",
                                "samples_sha256": "" if missing else digest("samples", *sample),
                                "status": "diverged" if missing else "ok",
                                "spec": digest("evaluate", method, seed, t)[:16],
                                **VERSIONS,
                                "tier": "demo",
                                "experiment": "gan_memory_digits",
                            }
                        )
    return rows


def summary_rows(rows: list[dict]) -> list[dict]:
    """The simplest computation: loops over the cells of each method, seed and metric."""
    out = []
    for method, seed, metric in sorted({(r["method"], r["seed"], r["metric"]) for r in rows}):
        cells = {
            (r["checkpoint"], r["task"]): r
            for r in rows
            if (r["method"], r["seed"], r["metric"]) == (method, seed, metric)
        }
        last = max(t for t, _ in cells)
        row = {"stream": "digits", "method": method, "seed": seed, "metric": metric, "n_tasks": last, "tier": "demo"}
        status = next((r["status"] for r in cells.values() if r["status"] != "ok"), "ok")
        row |= {"experiment": "gan_memory_digits", "status": status, **VERSIONS}
        newest = [r for (t, _), r in cells.items() if t == last]
        row |= {"n": min(r["n"] for r in newest), "real_mean": sum(r["real"] or 0 for r in newest) / len(newest)}
        row |= {"final_mean": "", "forgetting": "", "backward_transfer": ""}
        if status == "ok":
            R = {cell: r["value"] for cell, r in cells.items()}
            row["final_mean"] = sum(R[last, i] for i in range(1, last + 1)) / last
            if last > 1:
                best = min if metric in LOWER else max
                sign = -1 if metric in LOWER else 1
                lost = [sign * (best(R[t, i] for t in range(i, last)) - R[last, i]) for i in range(1, last)]
                row["forgetting"] = sum(lost) / (last - 1)
                row["backward_transfer"] = sum(sign * (R[last, i] - R[i, i]) for i in range(1, last)) / (last - 1)
        out.append(row)
    return out


def curve_rows(methods=("gan_memory", "transfer"), seeds=(0, 1), steps=(0, 75, 150, 225, 300, 375, 450)) -> list[dict]:
    """FID_clf against step; GAN Memory falls faster and further."""
    rows = []
    for method in methods:
        speed = 70.0 if method == "gan_memory" else 150.0
        for seed in seeds:
            for i in (1, 2, 3):
                for step in steps:
                    end = fid(method, seed, i, i)
                    rows.append(
                        {
                            "stream": "digits",
                            "method": method,
                            "seed": seed,
                            "checkpoint": i,
                            "task": i,
                            "task_name": TASKS[i - 1]["name"],
                            "step": step,
                            "metric": "fid_clf",
                            "value": end + (80 + 10 * i + 25 * seed) * float(np.exp(-step / speed)),
                            "std": "",
                            "real": REAL["fid_clf"],
                            "n": 90 + 10 * i,
                            "extractor": "classifier",
                            "samples_sha256": "",
                            "status": "ok",
                            "spec": digest("curve", method, seed, i)[:16],
                            **VERSIONS,
                            "tier": "demo",
                            "experiment": "gan_memory_digits",
                        }
                    )
    return rows


WATCHED = ("finetune", "gan_memory-conditional")


def evolution_rows(seeds=(0, 1), steps=(1, 21, 450)) -> list[dict]:
    """Class accuracy of task 1 inside tasks 2 and 3; fine-tuning loses it."""
    rows = {(r["method"], r["seed"]): r for r in quality_rows(WATCHED, seeds, 1, False) if r["task"] == 1}
    return [
        {
            **{name: row[name] for name in row if name != "samples_sha256"},
            "checkpoint": t,
            "metric": "class_accuracy",
            "step": step,
            "value": 0.9 if method != "finetune" else 0.8 / step,
            "std": "",
            "n": 25,
            "samples_sha256": "",
            "spec": digest("evolution", method, seed, t)[:16],
        }
        for (method, seed), row in rows.items() for t in (2, 3) for step in steps
    ]  # fmt: skip


def reverse_rows(methods, seeds) -> list[dict]:
    """Reverse accuracy after the last task."""
    last = [r for r in quality_rows(methods, seeds) if r["checkpoint"] == 3 and r["metric"] == "task_accuracy"]
    extra = {"metric": "reverse_accuracy", "real": 0.97, "n": 30, "samples_sha256": ""}
    return [{**r, **extra, "value": r["value"] and 0.9 * r["value"]} for r in last]


def features(seed: int, apart: float, count: int = 40):
    """float32 [count, 6] around a point."""
    import torch

    return torch.randn(count, 6, generator=torch.Generator().manual_seed(seed)) + apart


CLASSIFIERS = ("classifier_joint", "classifier_finetune", "classifier_ewc", "replay-gan_memory-conditional")
LEFT = {"classifier_joint": 1.0, "classifier_finetune": 0.0, "classifier_ewc": 0.2}
"""What a later task leaves of an accuracy."""


def counted_rows(classifiers=CLASSIFIERS, seeds=(0, 1), steps=40) -> list[dict]:
    """Test accuracies every 10 steps of the curve table; the replay of seed 1 diverges in its second task."""
    rows = []
    for method in classifiers:
        for seed in seeds:
            for t in (1, 2, 3):
                missing = method.startswith("replay") and seed == 1 and t > 1
                for step in range(10, steps + 1, 10):
                    for i in range(1, t + 1):
                        kept = LEFT.get(method, 0.97)
                        value = 0.95 * step / steps if i == t else 0.95 * kept ** (t - i) - 0.01 * seed * kept
                        rows.append(
                            {
                                "stream": "digits",
                                "method": method,
                                "seed": seed,
                                "checkpoint": t,
                                "task": i,
                                "task_name": TASKS[i - 1]["name"],
                                "step": step,
                                "metric": "test_accuracy",
                                "value": "" if missing else value,
                                "std": "",
                                "real": "",
                                "n": 30 + 10 * i,
                                "extractor": "method",
                                "samples_sha256": "",
                                "status": "diverged" if missing else "ok",
                                "spec": digest("curve", method, seed, t)[:16],
                                **VERSIONS,
                                "tier": "demo",
                                "experiment": "gan_memory_digits",
                            }
                        )
    return rows


def predicted_rows(classifiers=CLASSIFIERS, seeds=(0, 1), steps=40) -> list[dict]:
    """Test accuracies of the quality table: those at the ends of tasks."""
    ends = [row for row in counted_rows(classifiers, seeds, steps) if row["step"] == steps]
    return [{name: value for name, value in row.items() if name != "step"} for row in ends]


def base_rows(seed: int = 0) -> list[dict]:
    """The base GAN's ``evaluation.json``: method ``base``, checkpoint and task 0."""
    rows = quality_rows(("joint",), (seed,), 1)
    spec = digest("evaluate", "base", 0, 0)[:16]
    source = {"method": "base", "checkpoint": 0, "task": 0, "task_name": "source", "spec": spec}
    return [{**row, **source, "std": row["std"] or None} for row in rows]


def write_csv(path: Path, rows: list[dict]) -> Path:
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def digit_images(classes: list[int], count: int, noise: float, seed: int):
    """uint8 [count, 1, 16, 16]: scikit-learn's digits, enlarged; noise in 0..1 makes them look generated."""
    import torch
    from sklearn.datasets import load_digits

    digits = load_digits()
    chosen = digits.images[np.isin(digits.target, classes)]
    random = np.random.default_rng(seed)
    images = torch.from_numpy(chosen[random.integers(len(chosen), size=count)] / 16.0)[:, None]
    images = torch.nn.functional.interpolate(images, size=16, mode="bilinear")
    images = images + noise * torch.from_numpy(random.normal(size=images.shape))
    return (images.clamp(0, 1) * 255).round().to(torch.uint8)


def write_styles(folder: Path, seed: int, rows: int = 3, columns: int = 4) -> dict[str, str]:
    """What the styles job makes of a chain: pictures, singular values, scores under truncation."""
    import torch

    from mneme.files import save, write_json
    from mneme.methods.gan_memory.gan_memory_compressed import GanMemoryCompressed

    spec = digest("styles")[:16]
    names = ["none", "scale", "shift", "bias", "unbiased", "to_FC", "to_B0", "to_B1", "to_B2", "all"]
    made = {str(t["index"]): {n: digit_images(t["classes"], rows, 0.1, t["index"]) for n in names} for t in TASKS}
    ways = {}
    for t in TASKS:
        flat = digit_images(t["classes"], rows * columns, 0.1, t["index"])
        ways[f"{t['index'] - 1}-{t['index']}"] = flat.unflatten(0, (rows, columns))
    save(folder / "images.pt", {"spec": spec, "seed": seed, "views": made, "ways": ways})
    origin = {"seed": seed, "spec": spec}
    singular = [
        {"task": t["index"], "layer": f"B{b}L{c}", "group": g, "index": j, "value": 2.0 ** -(j + b), **origin}
        for t in [{"index": 0}, *TASKS] for b in (0, 1, 2) for c in (0, 1) for g in ("scale", "shift") for j in range(6)
    ]  # fmt: skip
    rows_of = {r["metric"]: r for r in quality_rows(("gan_memory",), (0,), 1)}
    truncation = [
        {**rows_of["fid_clf"], "block": f"B{b}", "energy": e, "value": 5 + (3 - b) * (1 - e), **origin}
        for b in (0, 1, 2) for e in (0.3, 0.6, 1.0)
    ]  # fmt: skip
    task = {"styles": {"fc.scale": torch.zeros(9)}}
    state = {
        "bases": {f"blocks.{b}.conv_{c}.{g}": {"left": torch.zeros(6, 4), "right": torch.zeros(5, 4)}
                  for b in (0, 1) for c in (0, 1) for g in ("scale", "shift")},
    }  # fmt: skip
    state["tasks"] = {
        str(t["index"]): {**task, "coefficients": dict.fromkeys(state["bases"], torch.zeros(t["index"] + 1))}
        for t in TASKS
    }
    kept = {"per_task": 9, "generator": 100}
    grown = {"gan_memory_compressed": {**kept, **GanMemoryCompressed.growth(state)}, "dgm_w": {**kept, **growth()}}
    grown |= {"dgm_a": {**kept, **growth(by_unit=True)}, "gan_memory-conditional": kept}
    write_json(folder / "parameters.json", grown)
    storage = [
        {"method": m, "seed": seed, "task": t, "added": a, "counted": a - 9, "bytes": a * t, "base": 0, "real": 0,
         "seconds": 2.0, "cpu_seconds": 1.0 + t, "spec": spec}
        for m, a in {**dict(zip(METHODS, (4000, 4000, 900, 900), strict=True)), "dgm_w": 5000, "dgm_a": 6000}.items()
        for t in (1, 2, 3)
    ]  # fmt: skip
    write_json(folder / "storage.json", storage)
    counted = {"width": 8, "after": [1000 + 10 * task for task in range(20)], "layers": [8, 8]}
    whole = {"width": 64, "after": [7_841_408 * task for task in range(1, 21)], "layers": []}
    known = {method: {"here": counted, "published": whole} for method in METHODS}
    write_json(folder / "capacity.json", {"spec": digest("capacity")[:16], "seed": 0, "methods": known})
    write_json(folder / "singular.json", singular)
    write_json(folder / "truncation.json", truncation)
    return {
        "parameters": str(folder / "parameters.json"),
        "storage": str(folder / "storage.json"),
        "capacity": str(folder / "capacity.json"),
        "styles_images": str(folder / "images.pt"),
        "styles_singular": str(folder / "singular.json"),
        "styles_truncation": str(folder / "truncation.json"),
    }


def growth(by_unit: bool = False) -> dict[str, list[dict]]:
    """Three tasks of two layers; each uses half of its entries, and more and more of them again. Entries are weights,
    or with ``by_unit`` other things."""
    tasks, layers = [], []
    for t in (1, 2, 3):
        size = 1000 + 300 * t
        tasks.append({"task": t, "units": 10 * t, "weights": size, "expanded": size + 300, "norms": 40, "heads": 9})
        for layer in (1, 2):
            used, reused = size // 4, (t - 1) * size // 16
            counts = {"entries": size // 2 - by_unit, "used": used, "newly": used - reused, "reused": reused}
            idle = {"idle_newly": 0, "idle_reused": reused // 4, "free": size // 4}
            layers.append({"task": t, "layer": layer, **counts, **idle})
    return {"tasks": tasks, "layers": layers}


def write_masks(folder: Path, seed: int) -> dict[str, dict[str, str]]:
    """Two tasks of two layers: masks fall from a half, and every third one comes up again."""
    import torch

    from mneme.files import save

    steps, made = torch.arange(0, 60, 10), {}
    for method in ("dgm_a", "dgm_w"):
        for t in (1, 3):
            layers = {}
            for layer in (1, 2):
                ends = (torch.arange(12 * layer) % 3 == 0).float()
                way = (steps / 50)[:, None]
                values = 0.5 * (1 - way) ** 2 + ends * way**2
                layers[str(layer)] = {"values": values, "occupation": values.mean(1), "entries": 12 * layer}
            path = folder / f"masks-{method}-{t}.pt"
            save(path, {"spec": digest("masks", method, seed, t)[:16], "seed": seed, "steps": steps, "layers": layers})
            made.setdefault(method, {})[str(t)] = str(path)
    return made


def write_timings(folder: Path, methods, seeds) -> dict:
    """Steps of 10 ms, and 2 ms more with every task of fine-tuning; one stretch in which the machine paused."""
    made: dict = {}
    for method in methods:
        for seed in seeds:
            for task in (1, 2, 3):
                path = folder / f"timing-{method}-{seed}-{task}.json"
                seconds = 0.01 + 0.002 * task * (method == "finetune") + 0.001 * seed
                stretches = [{"step": 10 * k, "seconds": 9.0 if k == 2 else seconds} for k in (1, 2, 3)]
                record = {"spec": digest("train", method, seed, task)[:16], "device": "cpu", "stretches": stretches}
                path.write_text(json.dumps(record))
                made.setdefault(method, {}).setdefault(str(seed), {})[str(task)] = str(path)
    return made


def write_experiment(folder: Path, methods=METHODS, seeds=(0, 1)) -> dict:
    """All tables and tensors of the experiment; returns the parameters of its notebooks."""
    from mneme.files import save

    folder.mkdir(parents=True, exist_ok=True)
    rows, predicted, counted = quality_rows(methods, seeds), predicted_rows(seeds=seeds), counted_rows(seeds=seeds)
    samples: dict = {}
    evolutions: dict = {}
    for method in WATCHED:
        for t in (2, 3):
            path = folder / f"evolution-{method}-{t}.pt"
            made = {str(step): digit_images([5, 6], 8, 0.05 * step**0.3, step) for step in (1, 21, 450)}
            save(path, {"spec": digest("evolution", method, seeds[0], t)[:16], **made})
            evolutions.setdefault(method, {})[str(t)] = str(path)
    for method in methods:
        for t in (1, 2, 3):
            path = folder / f"{method}-{t}.pt"
            made, known = {}, {}
            for i in range(1, t + 1):
                kept = method in KEEPS or t == i
                seen = TASKS[(i if kept else t) - 1]["classes"]
                made[str(i)] = digit_images(seen, 64, 0.03 if method == "joint" else 0.09, 10 * i)
                known[str(i)] = features(10 * i + t, 0.0 if kept else 6.0)
            save(path, {"spec": digest("evaluate", method, seeds[0], t)[:16], **made, "features": known})
            samples.setdefault(method, {})[str(t)] = str(path)
    references = {}
    for i, classes in enumerate([[0, 1, 2, 3, 4], [5, 6], [7], [8, 9]]):
        path = folder / f"reference-{i}.pt"
        shown = {"images": digit_images(classes, 64, 0.0, i), "features": features(i, 0.0, 100)}
        shown |= {"given": digit_images(classes, 64, 0.5, i), "targets": digit_images(classes, 64, 0.0, i)}
        save(path, {"spec": digest("reference", i)[:16], "n": 100, **shown})
        references[str(i)] = str(path)
    base_reference = references.pop("0")
    base, scores = folder / "base-samples.pt", folder / "base-evaluation.json"
    save(base, {"spec": digest("evaluate", "base", 0, 0)[:16], "0": digit_images([0, 1, 2, 3, 4], 64, 0.08, 5)})
    scores.write_text(json.dumps(base_rows(seeds[0])))
    styles = write_styles(folder, seeds[0])
    return {
        **styles,
        "src": str(Path(__file__).parents[2] / "src"),
        "quality": str(write_csv(folder / "quality.csv", rows + reverse_rows(methods, seeds) + predicted)),
        "summary": str(write_csv(folder / "summary.csv", summary_rows(rows + predicted))),
        "curve": str(write_csv(folder / "curve.csv", curve_rows(seeds=seeds) + evolution_rows(seeds) + counted)),
        "evolutions": evolutions,
        "classifiers": list(CLASSIFIERS),
        "replays": {"gan_memory-conditional": samples["gan_memory-conditional"]["3"]},
        "samples": samples,
        "extra": [["gan_memory", "digits_edges"]],
        "timings": write_timings(folder, methods, seeds),
        "masks": write_masks(folder, seeds[0]),
        "references": references,
        "base_samples": str(base),
        "base_reference": base_reference,
        "base_evaluation": str(scores),
        "tasks": json.loads(json.dumps(TASKS)),
        "tier": "demo",
        "experiment": "gan_memory_digits",
    }
