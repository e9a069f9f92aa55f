"""Small DGM chains for tests: toy classes told apart by where they are bright, one a task unless told otherwise.

Not by how bright they are: the published critic has batch norm, and sees real images and fakes in batches of their own,
so it is blind to the brightness of a whole batch.
"""

import copy
from pathlib import Path

import torch

from mneme.catalogue.catalogue import Catalogue
from mneme.data.stream import Task
from mneme.machine.device import choose_device
from mneme.methods.dgm.dgm_a import DgmA
from mneme.methods.dgm.dgm_w import DgmW
from mneme.settings import Settings

CATALOGUE = Catalogue({"experiments": ["x"]}, Path(__file__).parents[2] / "config")
CPU = choose_device("cpu", 1)  # more threads wait for each other on networks this small
TASKS = [Task(i, str(i), "toy", (i - 1,), (i - 1,)) for i in (1, 2, 3, 4)]
PAIRS = [Task(1, "1", "toy", (0, 1), (0, 1)), Task(2, "2", "toy", (2, 3), (2, 3))]
FORMS = {"dgm_w": DgmW, "dgm_a": DgmA}
TINY = {"width": 3, "critic_width": 2, "noise": 8, "classes": 5, "batch": 4, "steps": 6, "cycle": 3}


def settings(name, variant=None, **overrides):
    entry = CATALOGUE.method(name, "tests")
    return Settings({**entry.settings, **TINY, **(entry.variants[variant] if variant else {}), **overrides})


def images(task, each=12, size=8):
    """x uint8 [N, 1, S, S] and y of a task's classes: class k is bright in the quadrant k, dark elsewhere."""
    generator = torch.Generator().manual_seed(task.index)
    y = torch.tensor(task.labels).repeat_interleave(each)
    x = torch.randint(0, 40, (len(y), 1, size, size), generator=generator)
    for image, label in zip(x, y.tolist(), strict=True):
        quadrant(image, label).add_(200)
    return {"x": x.to(torch.uint8), "y": y}


def quadrant(image, label):
    """A quarter of images [..., S, S]: top left, top right, bottom left, bottom right."""
    half = image.shape[-1] // 2
    rows, columns = (slice(half * place, half * (place + 1)) for place in divmod(label, 2))
    return image[..., rows, columns]


def make(name, tasks, variant=None, size=8, **overrides):
    return FORMS[name](settings(name, variant, **overrides), tasks, size, 1, CPU, None)


def begun(name, tasks, previous=None, variant=None, **overrides):
    method = make(name, tasks, variant, **overrides)
    torch.manual_seed(len(tasks))
    method.begin(previous, images(tasks[-1], size=method.size))
    return method


def copied(method, previous, variant=None, **overrides):
    """A second method in the same place of the same task."""
    name = next(name for name, form in FORMS.items() if isinstance(method, form))
    other = begun(name, method.tasks, previous, variant, **overrides)
    other.resume(copy.deepcopy(method.progress()))
    return other


def batch(method, step):
    data = images(method.task, size=method.size)
    chosen = torch.randint(len(data["y"]), (method.images_a_step,), generator=torch.Generator().manual_seed(step))
    return {key: value[chosen] for key, value in data.items()}


def run(method, first=0, steps=None):
    for step in range(first, method.settings.steps if steps is None else first + steps):
        torch.manual_seed(100 * method.task.index + step)
        method.step(batch(method, step))
    return method


def learned(name, tasks, previous=None, variant=None, **overrides):
    """The method at the end of the last of its tasks."""
    method = run(begun(name, tasks, previous, variant, **overrides))
    method.end(images(method.task, size=method.size))
    return method


def chain(name, tasks, variant=None, **overrides):
    """The methods at the end of each task."""
    methods, previous = [], None
    for t in range(1, len(tasks) + 1):
        methods.append(learned(name, tasks[:t], previous, variant, **overrides))
        previous = methods[-1].state()
    return methods


def in_third(name):
    """The state after two tasks, and a method in the middle of its third."""
    before = chain(name, TASKS[:2])[-1].state()
    return before, run(begun(name, TASKS[:3], before), steps=3)


def restored(name, tasks, state, variant=None, **overrides):
    method = make(name, tasks, variant, **overrides)
    method.restore({tasks[-1].index: state})
    return method


def shown(method, task, n=16):
    """Images of a task at fixed noise and labels."""
    z = torch.randn(n, method.noise, generator=torch.Generator().manual_seed(task.index))
    return method.sample(task, torch.tensor(task.labels).repeat(n)[:n], z)
