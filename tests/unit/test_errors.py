"""What becomes of an error in a script: a sentence, or the traceback that it deserves."""

import errno
import os
import resource
import subprocess
import sys

import pytest

from mneme.errors import UserError, run


def said(error: Exception) -> str:
    def main() -> None:
        raise error

    with pytest.raises(SystemExit) as ended:
        run(main)
    return str(ended.value)


def test_an_error_of_the_user_is_one_sentence():
    assert said(UserError("a: no such file; make it")) == "error: a: no such file; make it"


def test_a_full_disk_names_the_file():
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "results/a")
    assert (
        said(full) == "error: results/a: cannot be written (No space left on device); free space or fix the permissions"
    )


def test_memory_that_the_kernel_refuses():
    """Of Python and of torch, each in a process that may have 8 GB of address space."""
    for words in ("bytearray(1 << 40)", "__import__('torch').empty(1 << 40)"):
        done = subprocess.run(
            [sys.executable, "-c", f"from mneme.errors import run; run(lambda: {words})"],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30)),
            capture_output=True,
            text=True,
        )
        assert done.returncode == 1 and done.stderr.startswith("error: out of memory; "), done.stderr


@pytest.mark.parametrize("words", ["std::bad_alloc", "could not create a primitive\nlater lines"])
def test_memory_that_libraries_were_refused(words):
    assert said(RuntimeError(words)).startswith("error: out of memory; ")


@pytest.mark.parametrize("error", [FileNotFoundError(errno.ENOENT, "none", "a"), RuntimeError("shapes differ")])
def test_a_bug_keeps_its_traceback(error):
    with pytest.raises(type(error)):
        run(lambda: (_ for _ in ()).throw(error))
