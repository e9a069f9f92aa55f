"""Helpers that several rule files share."""

import os
import shlex

from mneme.operations import machine
from mneme.spec import dumps


def here(*parts):
    """A file of the workflow, as seen from the working directory: a moved checkout keeps its results."""
    return os.path.relpath(os.path.join(workflow.basedir, *parts))


def script_path(name):
    return here("workflow", "scripts", f"{name}.py")


def env_file(name):
    return os.path.join(workflow.basedir, "envs", f"{name}.yaml")


def job_of(wildcards):
    """stream, method, seed, task of a job, as ``Plan`` takes them."""
    return wildcards.stream, wildcards.method, int(wildcards.seed), int(wildcards.task)


def learner_of(wildcards):
    """The method whose module a checkpoint is of: task 1 may be shared."""
    return plan.learner(wildcards.stream, wildcards.method, int(wildcards.task))


def solve_of(wildcards):
    """stream, solver, seed, task of a solver's job."""
    return wildcards.stream, wildcards.solver, int(wildcards.seed), int(wildcards.task)


def base_of(wildcards):
    """stream, seed of a base GAN."""
    return plan.stream_of_base(wildcards.source), int(wildcards.seed)


def reference_of(wildcards):
    """stream, task, extractor of real images' features."""
    return wildcards.stream, int(wildcards.task), wildcards.extractor


def styles_of(wildcards):
    """plan, stream, method, seed of a chain of styles."""
    return plan, wildcards.stream, wildcards.method, int(wildcards.seed)


def experiment_results(experiments):
    """Everything some experiments show: figures, tables, ledger. A list: of a generator, Snakemake loses the first."""
    results = []
    for name, experiment in experiments.items():
        results += [f"<results>/figures/{name}/{artefact}.png" for artefact in experiment.artefacts]
        results += [f"<results>/tables/{name}/quality.csv"]
        results += [f"<results>/claims/{name}.html"] if experiment.paper else []
    return results


GPUS = machine.gpus_of_a_job(plan.config.device)
machine.hand_down(plan.config)

# Each job waits for a GPU of its own (mneme.machine.lease); a budget keeps the waiting ones from filling the memory.
if GPUS and workflow.is_main_process and "gpu" not in workflow.global_resources:
    raise WorkflowError(
        "jobs would use the GPU, but no number of GPUs is given: add --resources gpu=1 (GPUs x gpu_slots), "
        "use profiles/default, or set device: cpu"
    )

# The default profile's one GPU says nothing: it is there on machines without. More than one was asked for by somebody.
if plan.config.device == "auto" and not GPUS and workflow.is_main_process and "gpu" in workflow.global_resources:
    budget = workflow.global_resources["gpu"].value
    if budget > 1:
        raise WorkflowError(
            f"device: auto: no GPU is seen here, yet {budget} are budgeted (resources: gpu); say --config device=cuda for jobs "
            "that run elsewhere, or device=cpu"
        )
