"""Evaluation: one job per checkpoint, over all tasks learned so far.

REQUIRES  data/prepared/<dataset>-<size>px.pt, the checkpoints of train.smk
PRODUCES  <results>/classifiers/<datasets>.pt                 a classifier of real images, the evaluator
          <results>/<stream>/real/task<i>/<extractor>.pt      features of real images, and the real-vs-real baseline
          <results>/<stream>/<method>/seed<k>/task<t>/evaluation.json, samples.pt
READ BY   probes.smk (classifiers and references), tables.smk, figures.smk, report.smk (samples)

What is measured and drawn goes before what is trained (priority), so that a long run shows something early.
"""

from mneme.plan.jobs import classifier, evaluate, reference
from mneme.plan.methods import evaluation_settings


rule classifier:
    """Train the classifier of real images {wildcards.name}."""
    input:
        read(classifier),
    output:
        **classifier.OUTPUTS,
    log:
        "<logs>/classifiers/{name}.log",
    benchmark:
        "<benchmarks>/classifiers/{name}.jsonl"
    priority: 9
    conda:
        env_file("evaluate")
    threads: evaluation_settings(plan, "classifier")["threads"]
    resources:
        gpu=GPUS,
        mem_mb=8000,
        runtime=120,
    params:
        **run(classifier),
    shell:
        RUN


rule reference:
    """Features of real images of task {wildcards.task} of {wildcards.stream}, by the {wildcards.extractor}."""
    input:
        read(reference),
    output:
        **reference.OUTPUTS,
    log:
        "<logs>/{stream}/real/task{task}/{extractor}.log",
    wildcard_constraints:
        extractor="classifier|inception",
    cache: True
    priority: 8
    conda:
        env_file("evaluate")
    threads: evaluation_settings(plan, "samples")["threads"]
    resources:
        gpu=GPUS,
        mem_mb=8000,
        runtime=240,
    params:
        **run(reference),
    shell:
        RUN


rule evaluate:
    """Measure {wildcards.method} on every task of {wildcards.stream} up to {wildcards.task}, seed {wildcards.seed}."""
    input:
        read(evaluate),
    output:
        **evaluate.OUTPUTS,
    log:
        "<logs>/{stream}/{method}/seed{seed}/task{task}.evaluation.log",
    benchmark:
        "<benchmarks>/{stream}/{method}/seed{seed}/task{task}.evaluation.jsonl"
    priority: 8
    conda:
        env_file("evaluate")
    threads: evaluation_settings(plan, "samples")["threads"]
    resources:
        gpu=GPUS,
        mem_mb=16000,
        runtime=480,
    params:
        **run(evaluate),
    shell:
        RUN
