"""Probes: what a classifier learns from generated images, and what becomes of task 1 while later ones are learned.

REQUIRES  data/prepared/<dataset>-<size>px.pt, the checkpoints and snapshots of train.smk, the judges of evaluate.smk
PRODUCES  <results>/<stream>/real/task<t>/reverse.json                     real images as teachers of tasks 1 to t
          <results>/<stream>/<method>/seed<k>/task<t>/reverse.json         generated ones
          <results>/<stream>/<method>/seed<k>/task<t>/evolution.json, .pt  task 1 at every snapshot of task t
READ BY   tables.smk, figures.smk
"""


rule ceiling:
    """Train a classifier on real images of tasks 1 to {wildcards.task} of {wildcards.stream}: the ceiling of reverse accuracy."""
    input:
        unpack(lambda wildcards: files(plan.ceiling_inputs(wildcards.stream, int(wildcards.task)))),
    output:
        "<results>/{stream}/real/task{task}/reverse.json",
    log:
        "<logs>/{stream}/real/task{task}/reverse.log",
    priority: 8
    conda:
        env_file("evaluate")
    threads: plan.tiered("reverse")["threads"]
    resources:
        gpu=GPUS,
        mem_mb=8000,
        runtime=120,
    params:
        spec=lambda wildcards: plan.spec("ceiling", wildcards.stream, int(wildcards.task)),
        code=lambda wildcards: plan.code("reverse"),
        options=lambda wildcards: options(plan.ceiling_inputs(wildcards.stream, int(wildcards.task))),
        script=script_path("reverse"),
    shell:
        """
        python {params.script:q} \
            --spec {params.spec:q} \
            {params.options} \
            --output {output:q} \
            >{log:q} 2>&1
        """


rule reverse:
    """Train a classifier on images that {wildcards.method} makes of tasks 1 to {wildcards.task}, seed {wildcards.seed}."""
    input:
        unpack(lambda wildcards: files(plan.reverse_inputs(*job_of(wildcards)))),
    output:
        "<results>/{stream}/{method}/seed{seed}/task{task}/reverse.json",
    log:
        "<logs>/{stream}/{method}/seed{seed}/task{task}.reverse.log",
    benchmark:
        "<benchmarks>/{stream}/{method}/seed{seed}/task{task}.reverse.jsonl"
    priority: 8
    conda:
        env_file("evaluate")
    threads: plan.tiered("reverse")["threads"]
    resources:
        gpu=GPUS,
        mem_mb=16000,
        runtime=240,
    params:
        spec=lambda wildcards: plan.spec("reverse", *job_of(wildcards)),
        code=lambda wildcards: plan.code("reverse", method=learner_of(wildcards)),
        options=lambda wildcards: options(plan.reverse_inputs(*job_of(wildcards))),
        script=script_path("reverse"),
    shell:
        """
        python {params.script:q} \
            --spec {params.spec:q} \
            {params.options} \
            --output {output:q} \
            >{log:q} 2>&1
        """


rule evolution:
    """Sample task 1 at every snapshot of {wildcards.method}'s task {wildcards.task}, seed {wildcards.seed}."""
    input:
        unpack(lambda wildcards: files(plan.evolution_inputs(*job_of(wildcards)))),
    output:
        rows="<results>/{stream}/{method}/seed{seed}/task{task}/evolution.json",
        samples="<results>/{stream}/{method}/seed{seed}/task{task}/evolution.pt",
    log:
        "<logs>/{stream}/{method}/seed{seed}/task{task}.evolution.log",
    benchmark:
        "<benchmarks>/{stream}/{method}/seed{seed}/task{task}.evolution.jsonl"
    priority: 8
    conda:
        env_file("evaluate")
    threads: plan.tiered("samples")["threads"]
    resources:
        gpu=GPUS,
        mem_mb=16000,
        runtime=240,
    params:
        spec=lambda wildcards: plan.spec("evolution", *job_of(wildcards)),
        code=lambda wildcards: plan.code("curve", method=learner_of(wildcards)),
        options=lambda wildcards: options(plan.evolution_inputs(*job_of(wildcards))),
        script=script_path("curve"),
    shell:
        """
        python {params.script:q} \
            --spec {params.spec:q} \
            {params.options} \
            --output {output.rows:q} \
            --samples {output.samples:q} \
            >{log:q} 2>&1
        """
