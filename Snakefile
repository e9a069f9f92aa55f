# Mneme: generative models that learn one task after another without forgetting.
# What is made is said in config.yaml; what can be made, in config/; how, in the rules below, in the order they run.

import os
import sys
from pathlib import Path

from snakemake.utils import min_version

min_version("9.20")
sys.path.insert(0, str(Path(workflow.basedir, "src")))

from mneme.catalogue import plain_yaml
from mneme.errors import UserError
from mneme.operations import failures, haste, manifest, place
from mneme.plan.inputs import files, options
from mneme.plan.jobs import Plan

haste.collect_seldom(workflow.output_settings.dryrun)
haste.format_once(workflow.output_settings.dryrun)


# Before Snakemake reads config.yaml: it takes a key twice, and runs what stands in a template. What --configfile names it
# has read already.
try:
    for path in filter(os.path.exists, [*workflow.configfiles, "config.yaml"]):
        plain_yaml.read_mapping(path)
except UserError as error:
    raise WorkflowError(f"{error}") from None


configfile: "config.yaml"


try:
    plan = Plan(config, Path(workflow.basedir))
except UserError as error:
    raise WorkflowError(f"{error}") from None

if workflow.is_main_process and not workflow.output_settings.dryrun:
    own = [Path(workflow.basedir, name) for name in ("notebooks", "config")]
    place.before_jobs(workflow, written=["data", "logs", plan.R], read=["data", plan.R, *own])


pathvars:
    results=plan.R,
    logs=f"logs/{plan.tier}",
    benchmarks=f"logs/benchmarks/{plan.tier}",


wildcard_constraints:
    dataset="[a-z0-9_]+",
    stream="[a-z0-9_]+",
    method="[a-z0-9_]+(-[a-z0-9_]+)?",
    solver="[a-z0-9_]+(-[a-z0-9_]+){0,2}",
    seed="[0-9]+",
    task="[0-9]+",
    experiment="[a-z0-9_]+",
    artefact="[a-z0-9_]+",


include: "workflow/rules/common.smk"


# Seconds each: on a cluster they are not submitted.
localrules:
    table,
    parameters,
    storage,
    claims,


rule all:
    default_target: True
    input:
        experiment_results(plan.chosen(plan.config.experiments)),


include: "workflow/rules/data.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/solve.smk"
include: "workflow/rules/evaluate.smk"
include: "workflow/rules/probes.smk"
include: "workflow/rules/styles.smk"
include: "workflow/rules/tables.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/report.smk"


haste.answer_once(workflow.rules)


onerror:
    said = "".join(Path(path).read_text(encoding="utf-8", errors="replace") for path in ([log] if isinstance(log, str) else log))
    print(failures.table(failures.failures(said)), file=sys.stderr)


onsuccess:
    if workflow.is_main_process:
        manifest.write(plan.config.model_dump(mode="json"), plan.root, Path(plan.R))
