"""What trained styles do: views, mixtures, singular values and truncation (GAN Memory, figures 2, 3b, 4, 7 to 10, 14).

Nothing is trained here: every picture and number comes from the style sets that a chain kept. It is for methods whose
tasks are styles of one frozen generator; of such a method it calls ``formed(task, style)``, ``render(generator, task,
labels, z)`` and ``styled_generator(task)``, whose ``source()`` is the style that others are differences from.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor

from mneme import files
from mneme.data.stream import Task
from mneme.evaluation import evaluators
from mneme.evaluation.job import Row, identity, pin_threads
from mneme.evaluation.quality import Evaluator, line, measure_task
from mneme.evaluation.samples import Generative, balanced, noise
from mneme.method import Method
from mneme.networks import style_sets
from mneme.networks.lowrank import truncate
from mneme.networks.style_sets import Style
from mneme.script import Output
from mneme.spec import spec_hash
from mneme.training.restore import restore


def restyled(method: Method, task: Task, style: Style) -> Generative:
    """A method whose images of every task are made by one given style: what evaluation samples."""
    generator = method.formed(task, style)
    return SimpleNamespace(
        noise=method.noise,
        CONDITIONAL=method.CONDITIONAL,
        sample=lambda task, labels, z: method.render(generator, task, labels, z),
    )


def view_styles(style: Style) -> dict[str, Style]:
    """The columns of figure 2: name -> style.

    ``none``, ``scale``, ``shift``, ``bias``, ``all`` are 2(a); ``unbiased`` beside ``all`` is 2(b); ``to_FC``,
    ``to_B0``, ... are 2(c), each with the parts before it.
    """
    parts = style_sets.parts(style)
    return {
        "none": style_sets.only(style, ()),
        **{group: style_sets.only(style, (group,)) for group in style_sets.GROUPS},
        "unbiased": style_sets.only(style, ("scale", "shift")),
        **{f"to_{part}": style_sets.only(style, within=parts[: k + 1]) for k, part in enumerate(parts)},
        "all": style,
    }


def pictures(method: Method, task: Task, styles: Sequence[Style], count: int, origin: Row) -> list[Tensor]:
    """uint8 [count, C, S, S] for each style, all from the noise that evaluation samples with first."""
    labels, z = balanced(task, count), noise(origin["stream"], origin["seed"], (count, method.noise))
    return [method.render(method.formed(task, style), task, labels, z).cpu() for style in styles]


def singular_values(method: Method, styles: Mapping[int, Style]) -> list[Row]:
    """Singular values of Gamma = S + scale and B = M + shift of every convolution (figures 4a and 14), task by task;
    as task 0 those of the source's own S and M, of which a rank may come rather than of the styles."""
    tasks = [task for task in method.tasks if task.index in styles]
    if not tasks:
        return []
    source = method.styled_generator(tasks[0]).source()
    own = {0: {name: torch.zeros_like(value) for name, value in styles[tasks[0].index].items()}}
    rows = []
    for index, style in {**own, **styles}.items():
        for name in style_sets.matrices(style):
            values = torch.linalg.svdvals(source[name] + style[name])
            place = {"task": index, "layer": style_sets.layer_label(name), "group": style_sets.group_of(name)}
            rows += [{**place, "index": j, "value": value} for j, value in enumerate(values.tolist())]
    return rows


def truncated(method: Method, task: Task, style: Style, part: str, energy: float) -> Style:
    """The style with Gamma and B of one block cut to a share of their energy (figure 4b)."""
    source = method.styled_generator(task).source()
    chosen = [name for name in style_sets.matrices(style) if style_sets.part_of(name) == part]
    return {**style, **{name: truncate(source[name] + style[name], energy) - source[name] for name in chosen}}


def truncated_quality(
    method: Method,
    task: Task,
    style: Style,
    energies: Sequence[float],
    panel: Sequence[Evaluator],
    origin: Row,
    device: torch.device,
) -> Iterator[list[Row]]:
    """FID of a task with one block at a time cut to each share of its energy, in (0, 1]: the rows of one cut after
    another, with ``block`` and ``energy`` in each."""
    for part in style_sets.parts(style)[1:]:
        for energy in energies:
            cut = restyled(method, task, truncated(method, task, style, part, energy))
            rows, _ = measure_task(
                cut, task, "ok", panel, {**origin, "block": part, "energy": energy}, device=device, only=("fid",)
            )
            yield rows


def tensors(method: Method, styles: dict[int, Style], rows: int, columns: int, origin: Row) -> dict[str, Any]:
    """Images of all views of every task, and of the way from each task to the next, the source first.

    Returns:
        ``{"views": {task: {view: uint8 [rows, C, S, S]}}, "ways": {"0-1": uint8 [rows, columns, C, S, S], ...}}``.
    """
    shown: dict[str, Any] = {"views": {}, "ways": {}}
    tasks = [task for task in method.tasks if task.index in styles]
    for task in tasks:
        named = view_styles(styles[task.index])
        images = pictures(method, task, list(named.values()), rows, origin)
        shown["views"][str(task.index)] = dict(zip(named, images, strict=True))
    if not tasks or method.CONDITIONAL:
        return shown  # class biases of two tasks stand for different classes: there is no way between them
    ends = [(0, style_sets.only(styles[tasks[0].index], ()))] + [(task.index, styles[task.index]) for task in tasks]
    for (first, start), (last, end) in pairwise(ends):
        way = pictures(method, tasks[0], style_sets.interpolation(start, end, columns), rows, origin)
        shown["ways"][f"{first}-{last}"] = torch.stack(way, 1)
    return shown


def measure_styles(
    spec: dict[str, Any],
    *,
    classifier: Path,
    references: dict[int, Path],
    inception_weights: Path | None = None,
    inception_references: dict[int, Path] | None = None,
    base: Path,
    checkpoints: dict[int, Path],
    device: torch.device,
    images: Output,
    singular: Output,
    truncation: Output,
) -> None:
    """Look into the style sets of a chain.

    Args:
        images: views and interpolations, tensors.
        singular: singular values, JSON rows.
        truncation: FID against kept energy, JSON rows.

    Raises:
        UserError: a file is damaged, or the references of the evaluators hold different numbers of images.
    """
    pin_threads(spec["threads"])
    panel = evaluators.read(device, classifier, references, inception_weights, inception_references)
    method, statuses = restore(spec["chain"], base, checkpoints, device)
    styles = {i: state["styles"] for i, state in method.states.items() if statuses[i]["state"] != "diverged"}
    styles = {i: {name: value.to(device) for name, value in style.items()} for i, style in styles.items()}
    origin, task = identity(spec, device), Task.from_dict(spec["task"])

    shown = tensors(method, styles, spec["rows"], spec["columns"], origin)
    files.save(images, {"spec": spec_hash(spec), "seed": spec["seed"], **shown})
    found = singular_values(method, styles)
    files.write_json(singular, [{**row, "seed": spec["seed"], "spec": spec_hash(spec)} for row in found])
    measured = []
    if task.index in styles:
        style = styles[task.index]
        for found in truncated_quality(method, task, style, spec["energies"], panel, origin, device):
            measured += found
            print(f"{found[0]['block']} at {found[0]['energy']:.0%}: {line(found)}", file=sys.stderr, flush=True)
    files.write_json(truncation, measured)
