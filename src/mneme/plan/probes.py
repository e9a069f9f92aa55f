"""Jobs that look further into checkpoints: reverse accuracy, and what a later task does to the first."""

from typing import Any

from mneme.plan.inputs import Inputs
from mneme.plan.solving import SolverJobs

OLD = 1  # the task whose evolution is watched: the first, as in MeRGAN's figure 5


class ProbeJobs(SolverJobs):
    """``ceiling``, ``reverse`` and ``evolution``."""

    def reversed_tasks(self, stream: str) -> list[int]:
        """The checkpoints whose reverse accuracy is taken: those that settings name, and the last."""
        last = len(self.stream(stream))
        return sorted({task for task in self.tiered("reverse")["after"] if 1 < task <= last} | {last})

    def ceiling_spec(self, stream: str, task: int) -> dict[str, Any]:
        """Of the classifier that learns from real images of tasks 1 to t."""
        shape, settings = self.stream(stream), self.tiered("reverse")
        tasks = self.tasks(stream, task)
        network = {name: self.tiered("classifier")[name] for name in ("width", "features")}
        return {
            "job": "ceiling",
            "stream": stream,
            "tasks": [one.to_dict() for one in tasks],
            "size": shape.size,
            "channels": shape.channels,
            "settings": {**network, **{name: settings[name] for name in ("n", "steps", "batch", "lr")}},
            "threads": settings["threads"],
            "data": self.data_hashes(self.data_of(tasks, shape.size), shape.size),
        }

    def ceiling(self, stream: str, task: int) -> str:
        return f"{self.R}/{stream}/real/task{task}/reverse.json"

    def ceiling_inputs(self, stream: str, task: int) -> Inputs:
        return {"data": self.data_of(self.tasks(stream, task), self.stream(stream).size)}

    def reverse_spec(self, stream: str, method: str, seed: int, task: int) -> dict[str, Any]:
        return {
            **self.ceiling_spec(stream, task),
            "job": "reverse",
            "method": method,
            "seed": seed,
            "checkpoint": task,
            "chain": self.train_spec(stream, method, seed, task),
            "checkpoints": self.model_spec(stream, method, seed, task),
            "ceiling": self.hash_of("ceiling", stream, task),
        }

    def reverse_inputs(self, stream: str, method: str, seed: int, task: int) -> Inputs:
        return {
            **self.ceiling_inputs(stream, task),
            **self.model_inputs(stream, method, seed, task),
            "ceiling": self.ceiling(stream, task),
        }

    def evolution_tasks(self, stream: str) -> list[int]:
        return [task for task in self.tiered("evolution")["tasks"] if OLD < task <= len(self.stream(stream))]

    def evolution_spec(self, stream: str, method: str, seed: int, task: int) -> dict[str, Any]:
        watched = {"task": self.task(stream, OLD).to_dict(), "measures": ["class_accuracy", "task_accuracy"]}
        return {
            "job": "evolution",
            **self.judging(stream, method, seed, task, [OLD]),
            **watched,
            "n": self.tiered("evolution")["n"],
        }

    def evolution_inputs(self, stream: str, method: str, seed: int, task: int) -> Inputs:
        return {
            **self.judge_inputs(stream, [OLD]),
            **self.frozen_base(stream, method, seed),
            "snapshots": self.trained(stream, method, seed, task, "snapshots.pt"),
        }
