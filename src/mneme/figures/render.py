"""One job of a figure: its notebook, executed with the files and values that its parameters cell names."""

import json
import logging
import os
import shutil
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from threading import Thread
from typing import Any

from mneme import lineage
from mneme.script import Output, Varying

STARTS = 3  # of a kernel: two that start at once may choose the same ports, and then one of them dies


def render(
    spec: dict[str, Any],
    *,
    template: str,
    files: str = "{}",
    log_notebook: str,
    png: Output,
    pdf: Output,
    csv: Output,
    tex: Output,
    sidecar: Output,
    notebook: Varying,
) -> None:
    """Draw a table or figure of a paper.

    Args:
        template: the notebook.
        files: JSON, parameter -> path, or a dict or list of these; held against the spec.
        log_notebook: where the notebook is executed; it stays there when a cell fails.
        notebook: the executed notebook. It holds times, so it is not the same in every run.

    Raises:
        UserError: a file is of another job, or was edited.
    """
    import papermill

    given = json.loads(files)
    for name, value in given.items():
        _check(value, spec[name])
    source = Path(__file__).parents[2]
    values = {**spec["values"], **given, "src": os.path.relpath(source), "output": str(png.with_suffix(""))}
    values |= {"methods": dict(values["methods"])} if "methods" in values else {}
    named = [name for name in values if name in spec["named"]]
    logging.basicConfig(level=logging.INFO, format="%(message)s")  # what cells print goes into the job's log
    Path(log_notebook).parent.mkdir(parents=True, exist_ok=True)
    parameters = {name: values[name] for name in named}
    options = {"kernel_name": "python3", "log_output": True, "progress_bar": False, "cwd": "."}
    for left in reversed(range(STARTS)):
        try:
            beside(lambda: papermill.execute_notebook(template, log_notebook, parameters=parameters, **options))
            break
        except RuntimeError as error:
            if "before replying" not in str(error) or not left:
                raise
    shutil.copyfile(log_notebook, notebook)


def beside(work: Callable[[], Any]) -> None:
    """Call a function in a thread, and leave at once if this process is stopped (:mod:`mneme.stop`).

    In the main thread, papermill would take signals for itself and end with a traceback. The kernel ends by itself when
    this process does.
    """
    done: Future[None] = Future()

    def target() -> None:
        try:
            work()
            done.set_result(None)
        except BaseException as error:
            done.set_exception(error)

    Thread(target=target, daemon=True).start()
    try:
        done.result()
    except SystemExit as stopped:
        os._exit(stopped.code)  # not by way of papermill's clean-up, which would wait for the thread


def _check(value: Any, expected: Any) -> None:
    if isinstance(value, str):
        lineage.check(Path(value), expected)
    else:
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, part in pairs:
            _check(part, expected[key])
