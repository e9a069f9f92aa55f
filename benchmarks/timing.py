"""What the benchmarks of a step share: two implementations in turn, and the ratio of their times."""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mneme.machine.memory import keep_freed

Step = Callable[[dict[str, Tensor]], dict[str, Tensor]]


def timed(step: Step, batch: dict[str, Tensor]) -> float:
    """Seconds of a step, with all that it left to the device done."""
    started = time.perf_counter()
    step(batch)
    if batch["x"].is_cuda:
        torch.cuda.synchronize()
    return time.perf_counter() - started


def check_equal(mneme: Step, plain: Step, batch: dict[str, Tensor], seed: int = 1) -> None:
    """One step of both from the same random numbers; their losses have to agree."""
    losses = []
    for step in (mneme, plain):
        torch.manual_seed(seed)
        losses.append(step(batch))
    assert losses[0].keys() == losses[1].keys()
    for key in losses[0]:
        torch.testing.assert_close(losses[0][key], losses[1][key], rtol=1e-2, atol=1e-2)


def in_turn(
    a: Step, b: Step, batch: dict[str, Tensor], rounds: int, before: Callable[[], None] = lambda: None,
    names: tuple[str, str] = ("mneme", "plain"),
) -> dict[str, Any]:  # fmt: skip
    """Median milliseconds of two steps, their ratio a / b, and the quartiles of the rounds' ratios.

    Args:
        before: called at the start of every round.
        names: of both in the result.
    """
    seconds: tuple[list[float], list[float]] = [], []
    a(batch), b(batch)  # warm up
    for _ in range(rounds):
        before()
        for step, times in zip((a, b), seconds, strict=True):
            times.append(timed(step, batch))
    medians = [statistics.median(times) for times in seconds]
    quartiles = statistics.quantiles([x / y for x, y in zip(*seconds, strict=True)], n=4)
    named = {f"{name}_ms": 1000 * median for name, median in zip(names, medians, strict=True)}
    return {**named, "ratio": medians[0] / medians[1], "quartiles": quartiles[::2]}


def peak(device: torch.device) -> float:
    """Floating-point operations a second of a product of two large matrices."""
    n = 8192 if device.type == "cuda" else 1024
    a = torch.randn(n, n, device=device)
    return 2 * n**3 / statistics.median(timed(lambda batch: {"x": batch["x"] @ a}, {"x": a}) for _ in range(9))


def options(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """What the command line says, with the options that every benchmark of a step has; from then on both versions have
    one number of threads and the environment of a job, for which Python starts anew."""
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--output", type=Path, help="where to keep the result, JSON")
    args = parser.parse_args()
    if keep_freed():
        os.execv(sys.executable, [sys.executable, *sys.argv])
    torch.set_num_threads(args.threads)
    return args


def show(result: dict[str, Any], output: Path | None) -> None:
    """Print the result as JSON, and keep it where asked."""
    text = json.dumps(result, indent=1)
    print(text)
    if output:
        output.write_text(text + "\n", encoding="utf-8")
