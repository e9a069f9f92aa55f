"""The one exception a user is meant to read."""

import errno
import sys
from collections.abc import Callable, Iterable
from difflib import get_close_matches

NO_PLACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}
NO_MEMORY = ("allocate memory", "bad_alloc", "could not create a primitive")  # torch, C++, oneDNN, which says no more


class UserError(Exception):
    """Something the user can mend: one sentence naming the place and the fix, shown without a traceback."""


def near_miss(word: object, known: Iterable[object]) -> str:
    """A trailing hint, ``" (did you mean 'x'?)"`` or ``" (known: a, b)"``, for a word not among the known ones."""
    names = [str(name) for name in known]
    close = get_close_matches(str(word), names, n=1)
    if close:
        return f" (did you mean '{close[0]}'?)"
    return f" (known: {', '.join(sorted(names))})" if names else ""


def unwritable(path: object, error: OSError) -> UserError:
    """What to say of a file that the system did not let us write."""
    return UserError(f"{path}: cannot be written ({error.strerror}); free space or fix the permissions")


def scarce(error: BaseException) -> str:
    """A sentence for a machine that ran out of something, or ``""``."""
    said = str(error).partition("\n")[0]
    if isinstance(error, OSError) and error.errno in NO_PLACE:
        return str(unwritable(error.filename or "a file", error))
    if "CUDA out of memory" in said:
        return "the GPU's memory is too small; lower gpu_slots, or the batch"
    if isinstance(error, MemoryError) or any(words in said for words in NO_MEMORY):
        return "out of memory; run fewer jobs at once (--cores), or on a cluster raise mem_mb of this rule"
    return ""


def run(main: Callable[[], None]) -> None:
    """Run a command-line script; what a user can mend becomes one line on stderr and exit status 1."""
    try:
        main()
    except UserError as error:
        sys.exit(f"error: {error}")
    except (OSError, MemoryError, RuntimeError) as error:
        if sentence := scarce(error):
            sys.exit(f"error: {sentence}")
        raise
