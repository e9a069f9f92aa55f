"""Evaluation: one job per checkpoint, over all tasks learned so far.

REQUIRES  data/prepared/<dataset>-<size>px.pt, the checkpoints and snapshots of train.smk
PRODUCES  <results>/classifiers/<datasets>.pt                 the judge: a classifier of real images
          <results>/<stream>/real/task<i>/<extractor>.pt      features of real images, and the real-vs-real floor
          <results>/<stream>/<method>/seed<k>/task<t>/evaluation.json, samples.pt
          <results>/<stream>/<method>/seed<k>/task<t>/curve.json    quality along the task
READ BY   probes.smk and styles.smk (classifiers and references), tables.smk, figures.smk, report.smk (samples)

What is measured and drawn goes before what is trained (priority), so that a long run shows something early.
"""


rule classifier:
    """Train the classifier of real images {wildcards.name}."""
    input:
        unpack(lambda wildcards: files(plan.classifier_inputs(plan.stream_of_classifier(wildcards.name)))),
    output:
        "<results>/classifiers/{name}.pt",
    log:
        "<logs>/classifiers/{name}.log",
    benchmark:
        "<benchmarks>/classifiers/{name}.jsonl"
    priority: 9
    conda:
        env_file("evaluate")
    threads: plan.tiered("classifier")["threads"]
    resources:
        gpu=GPUS,
        mem_mb=8000,
        runtime=120,
    params:
        spec=lambda wildcards: plan.spec("classifier", plan.stream_of_classifier(wildcards.name)),
        code=lambda wildcards: plan.code("classifier"),
        options=lambda wildcards: options(plan.classifier_inputs(plan.stream_of_classifier(wildcards.name))),
        script=script_path("classifier"),
    shell:
        """
        python {params.script:q} \
            --spec {params.spec:q} \
            {params.options} \
            --output {output:q} \
            >{log:q} 2>&1
        """


rule reference:
    """Features of real images of task {wildcards.task} of {wildcards.stream}, by the {wildcards.extractor}."""
    input:
        unpack(lambda wildcards: files(plan.reference_inputs(*reference_of(wildcards)))),
    output:
        "<results>/{stream}/real/task{task}/{extractor}.pt",
    log:
        "<logs>/{stream}/real/task{task}/{extractor}.log",
    wildcard_constraints:
        extractor="classifier|inception",
    cache: True
    priority: 8
    conda:
        env_file("evaluate")
    threads: plan.tiered("samples")["threads"]
    resources:
        gpu=GPUS,
        mem_mb=8000,
        runtime=240,
    params:
        spec=lambda wildcards: plan.spec("reference", *reference_of(wildcards)),
        code=lambda wildcards: plan.code("reference"),
        options=lambda wildcards: options(plan.reference_inputs(*reference_of(wildcards))),
        script=script_path("reference"),
    shell:
        """
        python {params.script:q} \
            --spec {params.spec:q} \
            {params.options} \
            --output {output:q} \
            >{log:q} 2>&1
        """


rule evaluate:
    """Measure {wildcards.method} on every task of {wildcards.stream} up to {wildcards.task}, seed {wildcards.seed}."""
    input:
        unpack(lambda wildcards: files(plan.evaluate_inputs(*job_of(wildcards)))),
    output:
        rows="<results>/{stream}/{method}/seed{seed}/task{task}/evaluation.json",
        samples="<results>/{stream}/{method}/seed{seed}/task{task}/samples.pt",
    log:
        "<logs>/{stream}/{method}/seed{seed}/task{task}.evaluation.log",
    benchmark:
        "<benchmarks>/{stream}/{method}/seed{seed}/task{task}.evaluation.jsonl"
    priority: 8
    conda:
        env_file("evaluate")
    threads: plan.tiered("samples")["threads"]
    resources:
        gpu=GPUS,
        mem_mb=16000,
        runtime=480,
    params:
        spec=lambda wildcards: plan.spec("evaluate", *job_of(wildcards)),
        code=lambda wildcards: plan.code("evaluate", method=learner_of(wildcards)),
        options=lambda wildcards: options(plan.evaluate_inputs(*job_of(wildcards))),
        script=script_path("evaluate"),
    shell:
        """
        python {params.script:q} \
            --spec {params.spec:q} \
            {params.options} \
            --output {output.rows:q} \
            --samples {output.samples:q} \
            >{log:q} 2>&1
        """


rule curve:
    """Measure {wildcards.method} along its training on task {wildcards.task} of {wildcards.stream}, seed {wildcards.seed}."""
    input:
        unpack(lambda wildcards: files(plan.curve_inputs(*job_of(wildcards)))),
    output:
        "<results>/{stream}/{method}/seed{seed}/task{task}/curve.json",
    log:
        "<logs>/{stream}/{method}/seed{seed}/task{task}.curve.log",
    benchmark:
        "<benchmarks>/{stream}/{method}/seed{seed}/task{task}.curve.jsonl"
    conda:
        env_file("evaluate")
    threads: plan.tiered("samples")["threads"]
    resources:
        gpu=GPUS,
        mem_mb=16000,
        runtime=480,
    params:
        spec=lambda wildcards: plan.spec("curve", *job_of(wildcards)),
        code=lambda wildcards: plan.code("curve", method=learner_of(wildcards)),
        options=lambda wildcards: options(plan.curve_inputs(*job_of(wildcards))),
        script=script_path("curve"),
    shell:
        """
        python {params.script:q} \
            --spec {params.spec:q} \
            {params.options} \
            --output {output:q} \
            >{log:q} 2>&1
        """
