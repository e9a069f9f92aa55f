"""Training: one job per base GAN, one per task of every chain.

REQUIRES  data/prepared/<dataset>-<size>px.pt
PRODUCES  <results>/bases/<source>/seed<k>/            the base GAN of a stream's source
          <results>/bases/<name>/checkpoint.pt         one that others trained (config/bases.yaml)
          <results>/<stream>/<method>/seed<k>/task<t>/  task t of a chain
              checkpoint.pt   what the method keeps; spec hash and status in it
              snapshots.pt    generators along the way, where the method's settings ask for them
              losses.jsonl
READ BY   evaluate.smk

A job that is killed leaves its state in a folder .resume-<hash> beside its outputs and goes on from it.
"""

TRAIN = """
        python {params.script:q} \
            --spec {params.spec:q} \
            --code {params.code} \
            --device {params.device} \
            --save-every {params.save_every} \
            {params.options} \
            --checkpoint {output.checkpoint:q} \
            --snapshots {output.snapshots:q} \
            --losses {output.losses:q} \
            > {log:q} 2>&1
"""


def train_options(inputs, datasets):
    """Command line of the named inputs of a train job."""
    words = ["--data", *(f"{dataset}={path}" for dataset, path in zip(datasets, inputs["data"]))]
    for name in ("base", "previous"):
        words += [f"--{name}", inputs[name]] if name in inputs else []
    return " ".join(map(shlex.quote, words))


def base_stream(wildcards):
    return plan.stream_of_base(wildcards.source)


def base_data(wildcards):
    shape = plan.stream(base_stream(wildcards))
    return plan.data_of([shape.source], shape.size)


rule base:
    """Train the base GAN on {wildcards.source}, seed {wildcards.seed}."""
    input:
        data=lambda wildcards: list(base_data(wildcards).values()),
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
    threads: lambda wildcards: plan.base_spec(base_stream(wildcards), int(wildcards.seed))["threads"]
    resources:
        gpu=GPUS,
        mem_mb=16000,
        runtime=2880,
    params:
        spec=lambda wildcards: dumps(plan.base_spec(base_stream(wildcards), int(wildcards.seed))),
        code=lambda wildcards: plan.code("train", method="base"),
        options=lambda wildcards: train_options({"data": list(base_data(wildcards).values())}, base_data(wildcards)),
        script=script_path("train"),
        device=untracked(plan.config.device),
        save_every=untracked(plan.config.save_every),
    shell:
        TRAIN


rule import_base:
    """Turn the published weights {wildcards.base} into a base GAN."""
    input:
        unpack(lambda wildcards: plan.import_inputs(wildcards.base)),
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
        spec=lambda wildcards: dumps(plan.import_spec(wildcards.base)),
        code=lambda wildcards: plan.code("import_base"),
        script=script_path("import_base"),
    shell:
        """
        python {params.script:q} \
            --spec {params.spec:q} \
            --weights {input.weights:q} \
            --checkpoint {output:q} \
            >{log:q} 2>&1
        """


def spec_of(wildcards):
    return plan.train_spec(*job_of(wildcards))


rule train:
    """Learn task {wildcards.task} of {wildcards.stream} with {wildcards.method}, seed {wildcards.seed}."""
    input:
        unpack(lambda wildcards: plan.train_inputs(*job_of(wildcards))),
    output:
        checkpoint="<results>/{stream}/{method}/seed{seed}/task{task}/checkpoint.pt",
        snapshots="<results>/{stream}/{method}/seed{seed}/task{task}/snapshots.pt",
        losses="<results>/{stream}/{method}/seed{seed}/task{task}/losses.jsonl",
    log:
        "<logs>/{stream}/{method}/seed{seed}/task{task}.log",
    benchmark:
        "<benchmarks>/{stream}/{method}/seed{seed}/task{task}.jsonl"
    conda:
        env_file("train")
    threads: lambda wildcards: spec_of(wildcards)["threads"]
    resources:
        gpu=GPUS,
        mem_mb=16000,
        runtime=2880,
    params:
        spec=lambda wildcards: dumps(spec_of(wildcards)),
        code=lambda wildcards: plan.code("train", method=wildcards.method),
        options=lambda wildcards: train_options(plan.train_inputs(*job_of(wildcards)), spec_of(wildcards)["data"]),
        script=script_path("train"),
        device=untracked(plan.config.device),
        save_every=untracked(plan.config.save_every),
    shell:
        TRAIN
