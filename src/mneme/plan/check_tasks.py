"""Whether a method can learn the tasks of a stream."""

from typing import Any

from mneme.data.stream import Stream
from mneme.errors import UserError

ASKED = {
    "label": "asked for by a label",
    "paired": "asked for by a given image of a pair",
    "unpaired": "asked for by a given image",
}


def check_tasks(known: dict[str, Any], method: str, stream: Stream, where: str) -> None:
    """Kinds of the tasks, and size of the images.

    Args:
        known: the contract of the method.

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
    if known["SIZES"] and stream.size not in known["SIZES"]:
        sizes = ", ".join(map(str, known["SIZES"]))
        raise UserError(
            f"{where}: the networks of {method} make images of {sizes} px, not of {stream.size} px as stream "
            f"'{stream.name}' asks; change its 'size:', or leave the method out"
        )
