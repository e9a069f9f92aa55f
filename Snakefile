# Mneme: generative models that learn one task after another without forgetting.
# What is made is said in config.yaml; what can be made, in config/; how, in the rules below, in the order they run.

import sys
from pathlib import Path

from snakemake.utils import min_version

min_version("9.20")
sys.path.insert(0, str(Path(workflow.basedir, "src")))

from mneme.operations import manifest, start
from mneme.plan.changed import marks
from mneme.plan.check import checked_plan

start.collect_seldom(workflow.output_settings.dryrun)

# Before Snakemake reads config.yaml: it takes a key twice, and runs what stands in a template.
with start.refusing(WorkflowError):
    start.check_config_files([*workflow.configfiles, "config.yaml"])


configfile: "config.yaml"


with start.refusing(WorkflowError):
    plan = checked_plan(config, Path(workflow.basedir))

start.hand_over(plan.config)


pathvars:
    results=plan.results,
    logs=f"logs/{plan.tier}",
    benchmarks=f"logs/benchmarks/{plan.tier}",


wildcard_constraints:
    dataset="[a-z0-9_]+",
    stream="[a-z0-9_]+",
    method="[a-z0-9_]+(-[a-z0-9_]+){0,2}",
    seed="[0-9]+",
    task="[0-9]+",
    experiment="[a-z0-9_]+",


include: "workflow/rules/common.smk"


rule all:
    default_target: True
    input:
        experiment_results(plan.config.experiments),
        "results/index.html",


for room in ("data", "train", "evaluate", "probes", "tables", "figures", "report"):

    include: f"workflow/rules/{room}.smk"


onstart:
    with start.refusing(WorkflowError):
        start.prepare(WRITTEN, [marks()])


onsuccess:
    manifest.write(plan.config.model_dump(mode="json"), plan.root, Path(plan.results))


onerror:
    start.explain(log)
