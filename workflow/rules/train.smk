"""Training: one job per base GAN, one per task of every chain.

REQUIRES  data/prepared/<dataset>-<size>px.pt; of a published base GAN, its file of data.smk
PRODUCES  <results>/bases/<source>/seed<k>/            the base GAN of a stream's source
          <results>/bases/<name>/checkpoint.pt         one that others trained (config/bases.yaml)
          <results>/<stream>/<method>/seed<k>/task<t>/  task t of a chain
              checkpoint.pt   what the method keeps; spec hash and status in it
              snapshots.pt    generators along the way, where the method's settings ask for them
              losses.jsonl
              timing.json     seconds a step; the others are the same bytes in every run
READ BY   all rules but those of data.smk

A job that is killed leaves its state in a folder .resume-<hash> beside its outputs and goes on from it.
"""

from mneme.plan.jobs import base, import_base, train


rule base:
    """Train the base GAN on {wildcards.source}, seed {wildcards.seed}."""
    input:
        read(base),
    output:
        **base.OUTPUTS,
    log:
        "<logs>/bases/{source}/seed{seed}.log",
    cache: True
    priority: 9
    conda:
        env_file("train")
    threads: lambda wildcards: job_of(base, wildcards).spec.threads
    resources:
        gpu=GPUS,
        mem_mb=16000,
        runtime=2880,
    params:
        **run(base),
    shell:
        RUN


rule import_base:
    """Turn the published weights {wildcards.base} into a base GAN."""
    input:
        read(import_base),
    output:
        **import_base.OUTPUTS,
    log:
        "<logs>/bases/{base}.log",
    wildcard_constraints:
        base="[a-z0-9_]+",
    priority: 9
    conda:
        env_file("train")
    resources:
        mem_mb=8000,
        runtime=60,
    params:
        **run(import_base),
    shell:
        RUN


rule train:
    """Learn task {wildcards.task} of {wildcards.stream} with {wildcards.method}, seed {wildcards.seed}."""
    input:
        read(train),
    output:
        **train.OUTPUTS,
    log:
        "<logs>/{stream}/{method}/seed{seed}/task{task}.log",
    benchmark:
        "<benchmarks>/{stream}/{method}/seed{seed}/task{task}.jsonl"
    conda:
        env_file("train")
    threads: lambda wildcards: job_of(train, wildcards).spec.threads
    resources:
        gpu=GPUS,
        mem_mb=16000,
        runtime=2880,
    params:
        **run(train),
    shell:
        RUN
