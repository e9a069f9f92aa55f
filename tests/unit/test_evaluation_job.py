import os
import subprocess
import sys
from pathlib import Path

import pytest
import threadpoolctl
import torch

from mneme.errors import UserError
from mneme.evaluation.job import identity
from mneme.machine.device import choose_device
from mneme.spec import spec_hash


@pytest.fixture(autouse=True)
def as_before():
    threads = torch.get_num_threads()
    with threadpoolctl.threadpool_limits():
        yield
    torch.use_deterministic_algorithms(False)
    torch.set_num_threads(threads)


POOLS = """
import sys, threadpoolctl, torch
from mneme.evaluation.job import pin_threads
from mneme.machine.device import choose_device
threads = int(sys.argv[1])
assert choose_device("cpu", threads) == torch.device("cpu")
pin_threads(threads)
pools = [pool for pool in threadpoolctl.threadpool_info() if pool["user_api"] in ("blas", "openmp")]
assert pools and {pool["num_threads"] for pool in pools} == {threads}, pools
assert torch.get_num_threads() == threads
"""


@pytest.mark.parametrize("threads", ["2", "1"])
def test_every_pool_of_threads_is_pinned(threads):
    """In a process of its own: this one holds the pools of libraries that no job loads."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    subprocess.run([sys.executable, "-c", POOLS, threads], env=environment, check=True)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_cuda_that_is_absent_is_a_sentence():
    with pytest.raises(UserError, match="CUDA"):
        choose_device("cuda", 1)


def test_identity_signs_with_the_hash_of_the_whole_spec():
    spec = {"stream": "s", "method": "m", "seed": 0, "checkpoint": 3, "more": [1]}
    row = identity(spec, torch.device("cpu"))
    assert row["spec"] == spec_hash(spec) != spec_hash({**spec, "more": [2]})
    assert (row["checkpoint"], row["device"], row["torch"]) == (3, "cpu", torch.__version__)
    assert row["torch_fidelity"] == "0.4.0" and "more" not in row
