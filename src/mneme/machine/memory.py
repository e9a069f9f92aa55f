"""How a job's C library deals with freed memory."""

import os
from collections.abc import MutableMapping

# Of glibc (mallopt(3)): blocks up to 32 MiB, its highest limit, come from the heap, which keeps up to 1 GiB of what is
# freed. By default the tensors of a step go back to the system when they are freed, and the next step gets their pages
# one by one: a tenth to a fifth of a step's time on a CPU. Other C libraries do not know these names.
KEEP_FREED = {"MALLOC_MMAP_THRESHOLD_": str(32 * 2**20), "MALLOC_TRIM_THRESHOLD_": str(2**30)}


def keep_freed(environment: MutableMapping[str, str] = os.environ) -> bool:
    """Have processes that start with this environment keep the memory they free; what it says already stands.

    Returns:
        Whether this changed the environment.
    """
    missing = {name: value for name, value in KEEP_FREED.items() if name not in environment}
    environment.update(missing)
    return bool(missing)
