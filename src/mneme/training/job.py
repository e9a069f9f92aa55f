"""One training job, from its spec and files to its checkpoint."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from mneme.data.load import load as load_task
from mneme.data.stream import Task
from mneme.errors import UserError
from mneme.files import load, save, sha256, write_bytes, write_json
from mneme.method import Method
from mneme.script import Output, Varying
from mneme.spec import derive_seed, spec_hash
from mneme.state import finite, numbers
from mneme.training.loop import collapse, train
from mneme.training.restore import build, load_checkpoint, restore
from mneme.training.resume import Resume


def learn(
    spec: dict[str, Any],
    *,
    data: dict[str, Path],
    base: Path | None = None,
    previous: Path | None = None,
    resnet18_weights: Path | None = None,
    replayed_base: Path | None = None,
    replayed: dict[int, Path] | None = None,
    device: torch.device,
    checkpoint: Output,
    snapshots: Output,
    losses: Output,
    timing: Varying | None = None,
) -> None:
    """Train one task of one method, or a base GAN: one process, one checkpoint.

    The last task of the spec is learned. If it would start from a diverged checkpoint it is not trained: its own
    checkpoint says why, and the tables lack its values.

    Args:
        data: prepared file of each dataset; of earlier tasks a method that gives predictions alone reads test images.
        base: checkpoint of the base GAN that the method is built on.
        previous: checkpoint to start from.
        resnet18_weights: published weights that the first task starts from.
        replayed_base, replayed: of the generator that is replayed (:func:`mneme.training.restore.restore`).
        timing: seconds a step, along the way; the one output that is no function of the spec.

    Raises:
        UserError: a checkpoint that the task starts from is not given, or weights are not the published ones.
    """
    others = [*filter(None, (base, previous, resnet18_weights, replayed_base)), *(replayed or {}).values()]
    resume = Resume.of_job(checkpoint, spec, [*data.values(), *others])
    for name, given in (("base", base), ("previous", previous)):
        if spec.get(name) and given is None:
            index = spec["tasks"][-1]["index"]
            raise UserError(
                f"task {index} starts from the checkpoint {spec[name]}, which is not given; add --{name} FILE"
            )
    word = spec["module"].rpartition(".")[2]  # not its family: a method that moves draws the same numbers
    seed = (spec["seed"], spec["stream"], word, spec["tasks"][-1]["index"])
    generator, statuses = restore(spec["chain"], replayed_base, replayed, device) if replayed else (None, {})
    torch.manual_seed(derive_seed(*seed, "begin"))
    method = build(spec, base, device, generator)
    before = load_checkpoint(previous) if previous else None
    starts = [before] if before else [] if base is None else [load_checkpoint(base)]
    if reason := why_not(starts, statuses):
        status = {"state": "diverged", "step": 0, "reason": reason}
        state, parameters = starts[0]["state"] if starts else {}, 0
    else:
        tasks = method.tasks if method.SEES == "all" else (method.task,)
        real = resident(training_images(tasks, data, spec["channels"]), device)
        if "images" not in method.GIVES:
            method.tests = {task.index: load_task(task, "test", data, spec["channels"]) for task in method.tasks}
        if resnet18_weights:
            method.pretrained = published(resnet18_weights, spec["weights"])
        steps = spec["steps"]
        method.begin(before["state"] if before else None, real)
        status = train(
            method, real, steps=steps, batch=method.images_a_step, seed=seed, snapshots=spec["snapshots"], resume=resume
        )
        method.end(real)
        state = method.state()
        parameters = numbers(method.snapshot() if "images" in method.GIVES else state)
        if status["state"] == "ok" and not finite(state):
            status = {"state": "diverged", "step": steps, "reason": f"the model is not finite at step {steps}"}
        if status["state"] == "ok" and (reason := why_collapsed(build(spec, base, device), state, seed, real)):
            status = {"state": "collapsed", "step": steps, "reason": reason}

    if status["state"] != "ok":
        print(f"{status['state']}: {status['reason']}")
    name = spec_hash(spec)
    kept = {step: load(path) for step in spec["snapshots"] if (path := resume.snapshot_path(step)).exists()}
    save(snapshots, {"spec": name, "steps": kept})
    write_bytes(losses, resume.losses())
    if timing:
        write_json(timing, {"spec": name, "device": device.type, "stretches": resume.timing()})
    save(checkpoint, {"spec": name, "status": status, "parameters": parameters, "state": state})
    resume.done()


def why_not(starts: Sequence[dict[str, Any]], replayed: dict[int, dict[str, Any]]) -> str:
    """Why a task cannot be learned, or ``""``.

    Args:
        starts: the checkpoint that it starts from.
        replayed: task index -> status of the generator that is replayed.
    """
    if any(checkpoint["status"]["state"] == "diverged" for checkpoint in starts):
        return "the checkpoint it starts from has diverged"
    broken = [index for index, status in replayed.items() if status["state"] == "diverged"]
    return f"the generator whose samples it would replay has diverged in task {broken[0]}" if broken else ""


def published(path: Path, checksum: str) -> dict[str, Any]:
    """Published weights of a network, after a look at their hash.

    Args:
        checksum: ``sha256:...`` of the file.

    Raises:
        UserError: the file is missing or another one.
    """
    if not path.is_file():
        raise UserError(f"{path}: no such file; set resnet18_weights: download, or null to train from scratch")
    if (found := f"sha256:{sha256(path)}") != checksum:
        raise UserError(f"{path}: its hash is {found}, not {checksum} of the published ResNet-18; get it again")
    return load(path)


def training_images(tasks: Sequence[Task], files: dict[str, Path], channels: int) -> dict[str, torch.Tensor]:
    """Training images of some tasks: x uint8 [N, C, S, S], y int64 [N], and flip bool [N], the dataset's choice.

    Of tasks that translate also a, uint8 [N, C, S, S] where they are paired; else [M, C, S, S] with flip_a bool [M],
    the images of each given dataset once.
    """
    parts, givens = [], {}
    for task in tasks:
        part = load_task(task, "train", files, channels)
        part["flip"] = torch.full_like(part["y"], task.flip, dtype=torch.bool)
        if task.kind == "unpaired":
            a = part.pop("a")
            givens[task.given] = {"a": a, "flip_a": torch.full((len(a),), task.flip)}
        parts.append(part)
    joined = {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
    return joined | {name: torch.cat([one[name] for one in givens.values()]) for name in ("a", "flip_a") if givens}


def resident(data: dict[str, torch.Tensor], device: torch.device) -> dict[str, torch.Tensor]:
    """The data on the GPU where it takes at most half of the free memory, else as it is."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        if sum(tensor.nbytes for tensor in data.values()) < free / 2:
            return {name: tensor.to(device) for name, tensor in data.items()}
    return data


def why_collapsed(
    method: Method, state: dict[str, Any], seed: tuple[object, ...], data: dict[str, torch.Tensor]
) -> str:
    """Sample the task just learned and look for collapse: of different noise, one class at a time where classes can be
    asked for, or of different given images."""
    if "images" not in method.GIVES:
        return ""
    method.restore({method.task.index: state})
    generator = torch.Generator().manual_seed(derive_seed(*seed, "collapse"))
    if method.task.kind != "label":
        a = data["a"] if method.task.kind == "unpaired" else data["a"][data["y"] >= min(method.task.labels)]
        chosen = a[torch.randperm(len(a), generator=generator)[:64].to(a.device)]
        cut = chosen[..., : method.size, : method.size].to(method.device)
        return collapse(method.sample(method.task, cut, torch.randn(1, method.noise, generator=generator)).cpu())
    for label in method.task.labels if method.CONDITIONAL else method.task.labels[:1]:
        z = torch.randn(64, method.noise, generator=generator)
        if reason := collapse(method.sample(method.task, torch.full((64,), label), z).cpu()):
            return reason
    return ""
