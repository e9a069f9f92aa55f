"""From a stream's YAML to its tasks, with class names replaced by the datasets' class indices."""

from mneme.catalogue import schema
from mneme.catalogue.catalogue import Catalogue
from mneme.data.stream import Kind, Stream, Task
from mneme.errors import UserError, near_miss


def class_indices(wanted: list[int | str] | None, names: list[str], location: str) -> tuple[int, ...]:
    """The indices of classes given by name or index.

    Args:
        wanted: names or indices; None for all classes.
        names: the dataset's class names, in order.
        location: where they are written, for messages.

    Raises:
        UserError: the dataset has no such class, or one is listed twice.
    """
    if wanted is None:
        return tuple(range(len(names)))
    indices = [names.index(entry) if entry in names else entry for entry in wanted]
    for index in indices:
        if index not in range(len(names)):
            hint = near_miss(index, names) if isinstance(index, str) else f" (it has classes 0 to {len(names) - 1})"
            raise UserError(f"{location}: the dataset has no class {index!r}{hint}")
    if repeated := [index for index in indices if indices.count(index) > 1]:
        raise UserError(f"{location}: class {repeated[0]}, '{names[repeated[0]]}', is listed twice; name it once")
    return tuple(indices)


def build_stream(name: str, config: schema.Stream, catalogue: Catalogue, classes: dict[str, list[str]]) -> Stream:
    """The stream that a YAML file describes; labels count on from task to task.

    Args:
        classes: dataset -> its class names, for all datasets of the stream.

    Raises:
        UserError: a dataset has no such class, a class comes twice, two tasks have the same name, a grey stream has
            colour images, tasks that translate stand beside tasks that do not or beside a source, ``load_size`` is
            below ``size``, or ``hold_out: false`` stands beside ``load_size`` or a task that translates test images.
    """
    location = catalogue.location("streams", name)
    if config.load_size and config.load_size < config.size:
        raise UserError(
            f"{location}: load_size: {config.load_size} is less than size: {config.size}, which is cut out of it; "
            "change one of the two"
        )

    if config.load_size and not config.hold_out:
        raise UserError(
            f"{location}: hold_out: false trains on test images, which have no margin to cut as load_size: "
            f"{config.load_size} asks; leave one out"
        )

    def task(index: int, word: str, part: schema.Source, first_label: int, where: str) -> Task:
        dataset = part.dataset or config.dataset
        indices = class_indices(part.classes, classes[dataset], f"{location}: {where}.classes")
        labels = tuple(range(first_label, first_label + len(indices)))
        kind, given, flip = given_images(catalogue, dataset, getattr(part, "given", None), f"{location}: {where}")
        return Task(index, word, dataset, indices, labels, flip, kind, given, config.hold_out)

    source = task(0, "source", config.source, 0, "source") if config.source else None
    tasks: list[Task] = []
    for index, part in enumerate(config.tasks, start=1):
        if part.name in (known.name for known in tasks):
            raise UserError(f"{location}: two tasks are called '{part.name}'; rename one")
        first_label = sum(len(known.labels) for known in tasks)
        tasks.append(task(index, part.name, part, first_label, f"tasks.{index - 1}"))

    check_kinds(tasks, source, location)
    if not config.hold_out and tasks[0].kind != "label":
        raise UserError(
            f"{location}: hold_out: false trains on test images, which task '{tasks[0].name}' is asked to translate; "
            "leave it out"
        )
    check_once(tasks, classes, location)
    used = dict.fromkeys([*datasets_of(config, location), *(task.given for task in tasks if task.given)])
    native = {dataset: catalogue.dataset(dataset, location).channels or 3 for dataset in used}
    channels = config.channels or max(native.values())
    if channels == 1 and (colour := [dataset for dataset, count in native.items() if count == 3]):
        raise UserError(f"{location}: channels: 1, but {', '.join(colour)} has colour images; set channels: 3")
    return Stream(name, config.size, channels, tuple(tasks), source, config.load_size)


def given_images(catalogue: Catalogue, dataset: str, given: str | None, where: str) -> tuple[Kind, str, bool]:
    """Kind of a task on a dataset, the dataset that its given images come from, and whether all may be mirrored.

    Args:
        given: what the task says.

    Raises:
        UserError: the dataset has given images of its own and the task names others, or names the dataset itself.
    """
    own = catalogue.dataset(dataset, where)
    if given is None:
        return own.kind, "" if own.kind == "label" else dataset, own.flip
    if given == dataset:
        raise UserError(f"{where}: given: {given} is the dataset of the targets too; name another, or one of pairs")
    if own.kind != "label":
        raise UserError(f"{where}: given: {given}, but dataset {dataset} has given images of its own; leave one out")
    return "unpaired", given, catalogue.dataset(given, f"{where}: given").flip and own.flip


def check_kinds(tasks: list[Task], source: Task | None, location: str) -> None:
    """All tasks of a stream translate given images, or none does; a base GAN is for those that do not.

    Raises:
        UserError: they do not.
    """
    translators = [task for task in ([source] if source else []) + tasks if task.kind != "label"]
    if translators and source:
        raise UserError(
            f"{location}: 'source:' trains a base GAN, which cannot translate given images as task "
            f"'{translators[-1].name}' asks; leave the source out"
        )
    if other := next((task for task in tasks if task.kind == "label"), None) if translators else None:
        raise UserError(
            f"{location}: task '{translators[0].name}' translates given images and task '{other.name}' does not; put "
            "them into two streams"
        )


def check_once(tasks: list[Task], classes: dict[str, list[str]], location: str) -> None:
    """No class comes in two tasks: it would have two labels, and no classifier could tell them apart.

    Raises:
        UserError: one does.
    """
    found: dict[tuple[str, int], Task] = {}
    for task in tasks:
        for index in task.classes if task.kind == "label" else ():
            first = found.setdefault((task.dataset, index), task)
            if first is not task:
                raise UserError(
                    f"{location}: class {index}, '{classes[task.dataset][index]}', of {task.dataset} is in task "
                    f"'{first.name}' and again in task '{task.name}'; name it once"
                )


def datasets_of(config: schema.Stream, location: str) -> list[str]:
    """Names of the datasets that a stream's targets come from, the source's first, each once.

    Raises:
        UserError: a task names no dataset, and neither does the stream.
    """
    parts = {"source": config.source} if config.source else {}
    parts |= {f"tasks.{index}": part for index, part in enumerate(config.tasks)}
    names = {where: part.dataset or config.dataset for where, part in parts.items()}
    if missing := [where for where, dataset in names.items() if dataset is None]:
        raise UserError(f"{location}: {missing[0]} names no dataset; add 'dataset:' there or at the top of the file")
    return list(dict.fromkeys(names.values()))
