"""The table of what failed, for the end of a run: which job, how its log ends, and what probably was wrong."""

import re
from dataclasses import dataclass
from pathlib import Path

BLOCK = re.compile(r"^(?:\[.*\]\n)?Error in (?:local)?rule (\w+):\n((?: {4}.*\n)+)", re.MULTILINE)
COMMAND = re.compile(r"^Command '((?:.*\n)*?.*)' returned non-zero exit status (\d+)", re.MULTILINE)
KILLED = "killed from outside, often because memory ran out: run the same command again, training goes on"
CRASHED = "crashed, often because memory ran out: run the same command again, training goes on"
ENDED = "ended from outside, by a scheduler or a guard of memory: run the same command again, training goes on"
STOPPED = "stopped from outside: run the same command again, training goes on"
MAPPED = "a file that it read was cut, or a disk is full, often /dev/shm: free space and run the same command again"
SIGNALS = {"130": STOPPED, "134": CRASHED, "135": MAPPED, "137": KILLED, "139": CRASHED, "143": ENDED}
"""Exit status 128 + SIGINT, SIGABRT, SIGBUS, SIGKILL, SIGSEGV, SIGTERM -> likely cause."""
SILENT, UNKNOWN = "no word of its own: killed (often out of memory), or the machine went down", "unknown"
GROUP = re.compile(r"^ {4}jobs:\n((?: {8}.*\n)+)", re.MULTILINE)
CAUSES = (
    (r"^error: (.+)", r"\1"),
    (r"CUDA out of memory|OutOfMemoryError", "the GPU's memory is too small: fewer gpu_slots, or a smaller batch"),
    (
        r"oom-kill|Out Of Memory|MemoryError|Cannot allocate memory|DefaultCPUAllocator|bad_alloc",
        "out of memory: raise mem_mb",
    ),
    (r"No space left on device|Disk quota exceeded", "the disk is full: free space and run the same command again"),
    (r"Read-only file system|Permission denied", "a folder cannot be written: fix its permissions"),
    (r"DUE TO TIME LIMIT|TIMEOUT", "out of time: raise runtime; training goes on where it was saved"),
    (
        r"CANCELLED|^stopped (after step|by)",
        STOPPED,
    ),
    (r"DeadKernelError", KILLED),
    (r"No module named '(\w+)'", r"\1 is not installed in the environment that ran it"),
    (r"^(\w+(?:\.\w+)*(?:Error|Exception): .+)", r"\1"),
)
"""Pattern in the log -> likely cause, the first that fits; ``error:`` is a sentence of ours and says it all."""


@dataclass(frozen=True)
class Failure:
    """One failed job: its rule, its first output, its log and how that ends."""

    rule: str
    output: str
    log: str
    lines: list[str]
    cause: str


def failures(text: str, tail: int = 5) -> list[Failure]:
    """All failed jobs in what Snakemake logged, each once however often it was tried, and none that ended well then.

    Args:
        tail: lines to keep of each job's own log.
    """
    found: dict[tuple[str, str], Failure] = {}
    numbers: dict[tuple[str, str], set[str]] = {}
    ended = [(command, SIGNALS[status]) for command, status in COMMAND.findall(text) if status in SIGNALS]
    for block in BLOCK.finditer(text):
        rule, body = block.groups()
        fields = dict(re.findall(r"^ {4}(\w+): (.*)$", body, re.MULTILINE))
        output = fields.get("output", "").split(", ")[0]
        log = fields.get("log", "").partition(" (")[0].split(", ")[0]
        lines = read(log)
        why = next((words for command, words in ended if log and log in command), None) or cause(lines, body)
        found[rule, output] = Failure(rule, output, log, lines[-tail:], why)
        numbers.setdefault((rule, output), set()).add(fields.get("jobid", ""))
        if any(f"Finished jobid: {n} (Rule: {rule})" in text[block.end() :] for n in numbers[rule, output]):
            del found[rule, output]
    for body in GROUP.findall(text):  # a group fails as a whole: those that only shared a submission are no failures
        outputs = re.findall(r"^ {12}output: ([^,\n]*)", body, re.MULTILINE)
        members = [key for key in found if key[1] in outputs]
        guilty = [key for key in members if found[key].cause not in (SILENT, UNKNOWN)]
        for key in members if guilty else []:
            if key not in guilty:
                del found[key]
    return list(found.values())


def read(log: str) -> list[str]:
    """Lines of a job's log that are not empty; none where it is absent."""
    path = Path(log)
    text = path.read_text(encoding="utf-8", errors="replace") if log and path.is_file() else ""
    return [line.rstrip() for line in text.splitlines() if line.strip()]


def cause(lines: list[str], said: str = "") -> str:
    """What probably was wrong, from the end of a job's log and from what Snakemake said of it."""
    text = "\n".join([*lines[-40:], said])
    for pattern, words in CAUSES:
        if hits := list(re.finditer(pattern, text, re.MULTILINE)):
            return hits[-1].expand(words)
    return UNKNOWN if lines else SILENT


def table(found: list[Failure]) -> str:
    """The table as text, jobs of the same cause together."""
    if not found:
        return ""
    lines = [f"{len(found)} failed job{'s' if len(found) > 1 else ''}:"]
    for reason in dict.fromkeys(failure.cause for failure in found):
        lines += ["", f"  likely cause: {reason}"]
        for failure in (failure for failure in found if failure.cause == reason):
            lines.append(f"    {failure.rule}  {failure.output or '(no output)'}  log: {failure.log or 'none'}")
            lines += [f"      | {line[:160]}" for line in failure.lines]
    return "\n".join(lines)
