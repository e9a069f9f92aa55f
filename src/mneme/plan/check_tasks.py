"""Whether a method can learn the tasks of a stream."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Any

from mneme.data.stream import Stream
from mneme.errors import UserError, near_miss

ASKED = {
    "label": "asked for by a label",
    "paired": "asked for by a given image of a pair",
    "unpaired": "asked for by a given image",
}


def check_tasks(
    known: dict[str, Any], method: str, stream: Stream, where: str, networks: Iterable[str | None] = ()
) -> None:
    """Kinds of the tasks, and size of the images.

    Args:
        known: the contract of the method.
        networks: words of its setting ``network`` that are asked for.

    Raises:
        UserError: the method cannot learn a kind of task of the stream, or its networks do not make such images.
    """
    odd = [task for task in stream if task.kind not in known["TAKES"]]
    if odd:
        taken = " or ".join(ASKED[kind] for kind in known["TAKES"])
        raise UserError(
            f"{where}: {method} learns images that are {taken}, but those of task '{odd[0].name}' of stream "
            f"'{stream.name}' are {ASKED[odd[0].kind]}; leave the method out, or choose another stream"
        )
    sizes = known["SIZES"]
    asked = {f" with 'network: {word}'": sizes[word] for word in networks} if isinstance(sizes, dict) else {"": sizes}
    for network, able in asked.items():
        if able and stream.size not in able:
            raise UserError(
                f"{where}: the networks of {method}{network} make images of {', '.join(map(str, able))} px, not of "
                f"{stream.size} px as stream '{stream.name}' asks; change its 'size:', or leave the method out"
            )


def check_same(known: dict[str, Any], method: str, tasks: Sequence[Mapping[str, Any]], where: str) -> None:
    """Settings that all tasks of a chain have in common.

    Args:
        known: the contract of the method.
        tasks: settings of each task, in order.

    Raises:
        UserError: a task has another value than the first, or there is no such setting.
    """
    if unknown := [name for name in known["SAME"] if name not in tasks[0]]:
        word = unknown[0]
        raise UserError(
            f"method {method}: SAME: '{word}' is none of its settings{near_miss(word, tasks[0])}; correct it"
        )
    for (index, settings), name in product(enumerate(tasks), known["SAME"]):
        if settings[name] != (first := tasks[0][name]):
            raise UserError(
                f"{where}: tasks.{index}.settings: '{name}: {settings[name]}', but {method} goes on with the networks "
                f"of the tasks before, which have '{name}: {first}'; set it for the whole stream, under 'settings:'"
            )
