"""Training: one job per base GAN, one per task of every chain.

REQUIRES  data/prepared/<dataset>-<size>px.pt; of a published base GAN, its file of data.smk
PRODUCES  <results>/bases/<source>/seed<k>/            the base GAN of a stream's source
          <results>/bases/<name>/checkpoint.pt         one that others trained (config/bases.yaml)
          <results>/<stream>/<method>/seed<k>/task<t>/  task t of a chain
              checkpoint.pt   what the method keeps; spec hash and status in it
              snapshots.pt    generators along the way, where the method's settings ask for them
              losses.jsonl
          <results>/timing/<stream>/<method>/seed<k>/task<t>.json
              seconds a step; apart from the others, which are the same bytes in every run
READ BY   all rules but those of data.smk

A job that is killed leaves its state in a folder .resume-<hash> beside its outputs and goes on from it.
"""

TRAIN = """
        python {params.script:q} \
            --spec {params.spec:q} \
            --code {params.code} \
            {params.options} \
            --checkpoint {output.checkpoint:q} \
            --snapshots {output.snapshots:q} \
            --losses {output.losses:q} \
            {params.timing} \
            > {log:q} 2>&1
"""


rule base:
    """Train the base GAN on {wildcards.source}, seed {wildcards.seed}."""
    input:
        unpack(lambda wildcards: files(plan.base_inputs(plan.stream_of_base(wildcards.source)))),
    output:
        checkpoint="<results>/bases/{source}/seed{seed}/checkpoint.pt",
        snapshots="<results>/bases/{source}/seed{seed}/snapshots.pt",
        losses="<results>/bases/{source}/seed{seed}/losses.jsonl",
    log:
        "<logs>/bases/{source}/seed{seed}.log",
    cache: True
    priority: 9
    conda:
        env_file("train")
    threads: lambda wildcards: plan.base_spec(*base_of(wildcards))["threads"]
    resources:
        gpu=GPUS,
        mem_mb=16000,
        runtime=2880,
    params:
        spec=lambda wildcards: plan.spec("base", *base_of(wildcards)),
        code=lambda wildcards: plan.code("train", method="base"),
        options=lambda wildcards: options(plan.base_inputs(plan.stream_of_base(wildcards.source))),
        timing="",
        script=script_path("train"),
    shell:
        TRAIN


rule import_base:
    """Turn the published weights {wildcards.base} into a base GAN."""
    input:
        unpack(lambda wildcards: files(plan.import_inputs(wildcards.base))),
    output:
        "<results>/bases/{base}/checkpoint.pt",
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
        spec=lambda wildcards: plan.spec("import", wildcards.base),
        code=lambda wildcards: plan.code("import_base"),
        options=lambda wildcards: options(plan.import_inputs(wildcards.base)),
        script=script_path("import_base"),
    shell:
        """
        python {params.script:q} \
            --spec {params.spec:q} \
            {params.options} \
            --checkpoint {output:q} \
            >{log:q} 2>&1
        """


rule train:
    """Learn task {wildcards.task} of {wildcards.stream} with {wildcards.method}, seed {wildcards.seed}."""
    input:
        unpack(lambda wildcards: files(plan.train_inputs(*job_of(wildcards)))),
    output:
        checkpoint="<results>/{stream}/{method}/seed{seed}/task{task}/checkpoint.pt",
        snapshots="<results>/{stream}/{method}/seed{seed}/task{task}/snapshots.pt",
        losses="<results>/{stream}/{method}/seed{seed}/task{task}/losses.jsonl",
        timing="<results>/timing/{stream}/{method}/seed{seed}/task{task}.json",
    log:
        "<logs>/{stream}/{method}/seed{seed}/task{task}.log",
    benchmark:
        "<benchmarks>/{stream}/{method}/seed{seed}/task{task}.jsonl"
    conda:
        env_file("train")
    threads: lambda wildcards: plan.train_spec(*job_of(wildcards))["threads"]
    resources:
        gpu=GPUS,
        mem_mb=16000,
        runtime=2880,
    params:
        spec=lambda wildcards: plan.spec("train", *job_of(wildcards)),
        code=lambda wildcards: plan.code("train", method=learner_of(wildcards)),
        options=lambda wildcards: options(plan.train_inputs(*job_of(wildcards))),
        timing=lambda wildcards, output: shlex.join(["--timing", output.timing]),
        script=script_path("train"),
    shell:
        TRAIN
