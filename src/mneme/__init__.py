"""Mneme: generative models that learn one task after another without forgetting.

Nothing is imported here: a training job must not pay for the imports of a figure, and the set of
modules a job imports is part of that job's identity (``mneme.plan.code``). ``mneme.load(folder)``, a trained model for
use in a notebook, is imported when it is asked for.
"""

import importlib
from typing import Any

__all__ = ["load"]


def __getattr__(name: str) -> Any:
    if name == "load":
        return importlib.import_module("mneme.training.trained").load
    raise AttributeError(f"module 'mneme' has no attribute '{name}'")
