"""Ctrl-C and SIGTERM end a script in one sentence and with exit status 130 or 143, from the import of this module on.

Scripts import it first, for what they import next takes seconds to load. What the job has made is complete or absent,
for files are written whole (:mod:`mneme.files`). Training listens on its own, so that it saves its state before.
"""

import os
import signal
from types import FrameType

NAMES = {signal.SIGINT: "Ctrl-C", signal.SIGTERM: "SIGTERM"}


def stop(number: int, frame: FrameType | None) -> None:
    """Say so and leave, through every ``finally`` on the way, which no second signal cuts short.

    Raises:
        SystemExit: always, with 128 + the number of the signal.
    """
    for other in NAMES:
        signal.signal(other, signal.SIG_IGN)
    said = f"stopped by {NAMES[signal.Signals(number)]}; run the same command to go on\n"
    os.write(2, said.encode())  # a print may be what the signal came into
    raise SystemExit(128 + number)


for number in NAMES:
    if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
        signal.signal(number, stop)
