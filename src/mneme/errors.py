"""The one exception a user is meant to read."""

import sys
from collections.abc import Callable, Iterable
from difflib import get_close_matches


class UserError(Exception):
    """Something the user can mend: one sentence naming the place and the fix, shown without a traceback."""


def near_miss(word: object, known: Iterable[object]) -> str:
    """A trailing hint, ``" (did you mean 'x'?)"`` or ``" (known: a, b)"``, for a word not among the known ones."""
    names = [str(name) for name in known]
    close = get_close_matches(str(word), names, n=1)
    if close:
        return f" (did you mean '{close[0]}'?)"
    return f" (known: {', '.join(sorted(names))})" if names else ""


def run(main: Callable[[], None]) -> None:
    """Run a command-line script; a :class:`UserError` becomes one line on stderr and exit status 1."""
    try:
        main()
    except UserError as error:
        sys.exit(f"error: {error}")
