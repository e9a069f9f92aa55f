"""Helpers that several rule files share."""

import os
import shlex

from mneme.spec import dumps

# Jobs find the python that runs Snakemake, also where its environment is not activated; --use-conda puts its own first.
os.environ["PATH"] = os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]


def here(*parts):
    """A file of the workflow, as seen from the working directory: a moved checkout keeps its results."""
    return os.path.relpath(os.path.join(workflow.basedir, *parts))


def script_path(name):
    return here("workflow", "scripts", f"{name}.py")


def env_file(name):
    return os.path.join(workflow.basedir, "envs", f"{name}.yaml")


def untracked(value):
    """A param that decides on no rerun: Snakemake compares no param that is made with ``output``."""
    return lambda wildcards, output: value


def job_of(wildcards):
    """stream, method, seed, task of a job, as ``Plan`` takes them."""
    return wildcards.stream, wildcards.method, int(wildcards.seed), int(wildcards.task)


def gpus_of_a_job():
    """GPUs a training or evaluating job reserves: none where it will run on the CPU."""
    if plan.config.device == "auto":
        visible = os.environ.get("CUDA_VISIBLE_DEVICES", "all")
        return int(visible not in ("", "-1") and os.path.exists("/dev/nvidia0"))
    return int(plan.config.device != "cpu")


def experiment_results(experiments):
    """Everything some experiments show: figures, tables, ledger. A list: of a generator, Snakemake loses the first."""
    results = []
    for name, experiment in experiments.items():
        results += [f"<results>/figures/{name}/{artefact}.png" for artefact in experiment.artefacts]
        results += [f"<results>/tables/{name}/quality.csv"]
        results += [f"<results>/claims/{name}.html"] if experiment.claims else []
    return results


# Each job waits for a GPU of its own (mneme.training.lease); a budget keeps the waiting ones from filling the memory.
os.environ["MNEME_GPU_SLOTS"] = str(plan.config.gpu_slots)
if gpus_of_a_job() and workflow.local_exec and workflow.is_main_process and "gpu" not in workflow.global_resources:
    raise WorkflowError(
        "jobs would use the GPU, but no number of GPUs is given: add --resources gpu=1 (GPUs x gpu_slots), "
        "use profiles/default, or set device: cpu"
    )
