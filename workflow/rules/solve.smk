"""Solvers: classifiers that learn the stream's tasks one after another, some on replays of a generator.

REQUIRES  data/prepared/<dataset>-<size>px.pt; of a solver replay-<method>, the method's checkpoints of train.smk
PRODUCES  <results>/<stream>/solvers/<solver>/seed<k>/task<t>/
              checkpoint.pt   the classifier after task t, and what its solver keeps
              rows.json       accuracy on the test images of tasks 1 to t, along task t
              losses.jsonl
READ BY   tables.smk, figures.smk

A job that is killed leaves its state in a folder .resume-<hash> beside its outputs and goes on from it.
"""

from mneme.plan.jobs import solve


rule solve:
    """Classify task {wildcards.task} of {wildcards.stream} and those before with {wildcards.solver}, seed {wildcards.seed}."""
    input:
        read(solve),
    output:
        **solve.OUTPUTS,
    log:
        "<logs>/{stream}/solvers/{solver}/seed{seed}/task{task}.log",
    benchmark:
        "<benchmarks>/{stream}/solvers/{solver}/seed{seed}/task{task}.jsonl"
    priority: 8
    conda:
        env_file("evaluate")
    threads: lambda wildcards: job_of(solve, wildcards).spec.threads
    resources:
        gpu=GPUS,
        mem_mb=16000,
        runtime=480,
    params:
        **run(solve),
    shell:
        RUN
