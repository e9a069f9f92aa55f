"""Evaluation: one job per checkpoint, over all tasks learned so far.

REQUIRES  data/prepared/<dataset>-<size>px.pt, the checkpoints of train.smk
PRODUCES  <results>/classifiers/<datasets>.pt                 the judge: a classifier of real images
          <results>/<stream>/real/task<i>/<extractor>.pt      features of real images, and the real-vs-real floor
          <results>/<stream>/<method>/seed<k>/task<t>/evaluation.json, samples.pt
          <results>/<stream>/<method>/seed<k>/task<t>/curve.json    quality along the task
          <results>/tables/<experiment>/{quality,summary,curve}.{csv,parquet}, parameters.json, storage.json
READ BY   figures.smk, report.smk

What is measured and drawn goes before what is trained (priority), so that a long run shows something early.
"""


def judge_options(tasks, inputs):
    """Command line of the named inputs of an evaluate or curve job."""
    words = ["--classifier", inputs["classifier"]]
    for kind, option in {"classifier": "--references", "inception": "--inception-references"}.items():
        paths = inputs.get(f"{kind}_references", [])
        words += [option, *(f"{i}={path}" for i, path in zip(tasks, paths))] if paths else []
    words += ["--inception-weights", inputs["inception"]] if "inception" in inputs else []
    words += ["--base", inputs["base"]] if "base" in inputs else []
    return " ".join(map(shlex.quote, words))


def reference_inputs(wildcards):
    task = plan.task(wildcards.stream, int(wildcards.task))
    inputs = {"data": plan.prepared(task.dataset, plan.stream(wildcards.stream).size)}
    return {**inputs, "classifier": plan.classifier(wildcards.stream), **inception_of(wildcards.extractor)}


def inception_of(extractor):
    return plan.inception if extractor == "inception" else {}


def evaluate_options(wildcards):
    stream, method, seed, task = job_of(wildcards)
    inputs = plan.evaluate_inputs(stream, method, seed, task)
    pairs = (f"{k}={path}" for k, path in zip(plan.memory(method, task), inputs["checkpoints"]))
    own = " ".join(["--checkpoints", *map(shlex.quote, pairs)])
    return f"{own} {judge_options(plan.evaluated_tasks(method, task), inputs)}"


def judged_stream(wildcards):
    return plan.stream_of_classifier(wildcards.name)


rule classifier:
    """Train the classifier of real images {wildcards.name}."""
    input:
        lambda wildcards: [
            plan.prepared(d, plan.stream(judged_stream(wildcards)).size) for d in plan.judged(judged_stream(wildcards))
        ],
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
        spec=lambda wildcards: dumps(plan.classifier_spec(judged_stream(wildcards))),
        code=lambda wildcards: plan.code("classifier"),
        data=lambda wildcards, input: [f"{d}={path}" for d, path in zip(plan.judged(judged_stream(wildcards)), input)],
        script=script_path("classifier"),
        device=untracked(plan.config.device),
    shell:
        """
        python {params.script:q} \
            --spec {params.spec:q} \
            --data {params.data:q} \
            --device {params.device} \
            --output {output:q} \
            >{log:q} 2>&1
        """


rule reference:
    """Features of real images of task {wildcards.task} of {wildcards.stream}, by the {wildcards.extractor}."""
    input:
        unpack(reference_inputs),
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
        spec=lambda wildcards: dumps(plan.reference_spec(wildcards.stream, int(wildcards.task), wildcards.extractor)),
        code=lambda wildcards: plan.code("reference"),
        dataset=lambda wildcards: plan.task(wildcards.stream, int(wildcards.task)).dataset,
        inception=lambda wildcards: " ".join(
            f"--inception-weights {shlex.quote(path)}" for path in inception_of(wildcards.extractor).values()
        ),
        script=script_path("reference"),
        device=untracked(plan.config.device),
    shell:
        """
        python {params.script:q} \
            --spec {params.spec:q} \
            --data {params.dataset}={input.data:q} \
            --classifier {input.classifier:q} \
            {params.inception} \
            --device {params.device} \
            --output {output:q} \
            >{log:q} 2>&1
        """


rule evaluate:
    """Measure {wildcards.method} on every task of {wildcards.stream} up to {wildcards.task}, seed {wildcards.seed}."""
    input:
        unpack(lambda wildcards: plan.evaluate_inputs(*job_of(wildcards))),
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
        spec=lambda wildcards: dumps(plan.evaluate_spec(*job_of(wildcards))),
        code=lambda wildcards: plan.code("evaluate", method=wildcards.method),
        options=evaluate_options,
        script=script_path("evaluate"),
        device=untracked(plan.config.device),
    shell:
        """
        python {params.script:q} \
            --spec {params.spec:q} \
            {params.options} \
            --device {params.device} \
            --output {output.rows:q} \
            --samples {output.samples:q} \
            >{log:q} 2>&1
        """


rule curve:
    """Measure {wildcards.method} along its training on task {wildcards.task} of {wildcards.stream}, seed {wildcards.seed}."""
    input:
        unpack(lambda wildcards: plan.curve_inputs(*job_of(wildcards))),
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
        spec=lambda wildcards: dumps(plan.curve_spec(*job_of(wildcards))),
        code=lambda wildcards: plan.code("curve", method=wildcards.method),
        options=lambda wildcards: judge_options([int(wildcards.task)], plan.curve_inputs(*job_of(wildcards))),
        script=script_path("curve"),
        device=untracked(plan.config.device),
    shell:
        """
        python {params.script:q} \
            --spec {params.spec:q} \
            {params.options} \
            --snapshots {input.snapshots:q} \
            --device {params.device} \
            --output {output:q} \
            >{log:q} 2>&1
        """


rule table:
    """Gather all measurements of {wildcards.experiment}."""
    input:
        unpack(lambda wildcards: plan.table_inputs(wildcards.experiment)),
    output:
        quality_csv="<results>/tables/{experiment}/quality.csv",
        quality_parquet="<results>/tables/{experiment}/quality.parquet",
        summary_csv="<results>/tables/{experiment}/summary.csv",
        summary_parquet="<results>/tables/{experiment}/summary.parquet",
        curve_csv="<results>/tables/{experiment}/curve.csv",
        curve_parquet="<results>/tables/{experiment}/curve.parquet",
    log:
        "<logs>/tables/{experiment}.log",
    conda:
        env_file("figures")
    params:
        spec=lambda wildcards: dumps(plan.table_spec(wildcards.experiment)),
        code=lambda wildcards: plan.code("table"),
        script=script_path("table"),
    shell:
        """
        python {params.script:q} \
            --spec {params.spec:q} \
            --evaluations {input.evaluations:q} \
            --curves {input.curves:q} \
            --quality-csv {output.quality_csv:q} \
            --quality-parquet {output.quality_parquet:q} \
            --summary-csv {output.summary_csv:q} \
            --summary-parquet {output.summary_parquet:q} \
            --curve-csv {output.curve_csv:q} \
            --curve-parquet {output.curve_parquet:q} \
            >{log:q} 2>&1
        """


rule parameters:
    """Count what each method of {wildcards.experiment} keeps of a task."""
    input:
        unpack(lambda wildcards: plan.parameters_inputs(wildcards.experiment)),
    output:
        "<results>/tables/{experiment}/parameters.json",
    log:
        "<logs>/tables/{experiment}.parameters.log",
    conda:
        env_file("train")
    params:
        spec=lambda wildcards: dumps(plan.parameters_spec(wildcards.experiment)),
        code=lambda wildcards: plan.code("parameters"),
        pairs=lambda wildcards, input: [
            f"{method}={path}"
            for method, path in zip(plan.experiments[wildcards.experiment].methods, input.checkpoints)
        ],
        script=script_path("parameters"),
    shell:
        """
        python {params.script:q} \
            --spec {params.spec:q} \
            --checkpoints {params.pairs:q} \
            --base {input.base:q} \
            --output {output:q} \
            >{log:q} 2>&1
        """


rule storage:
    """Weigh what each method of {wildcards.experiment} keeps, task by task."""
    input:
        lambda wildcards: [
            path for chain in plan.storage_chains(wildcards.experiment).values() for path in chain["checkpoints"]
        ],
    output:
        "<results>/tables/{experiment}/storage.json",
    log:
        "<logs>/tables/{experiment}.storage.log",
    conda:
        env_file("train")
    params:
        spec=lambda wildcards: dumps(plan.storage_spec(wildcards.experiment)),
        code=lambda wildcards: plan.code("storage"),
        chains=lambda wildcards: dumps(plan.storage_chains(wildcards.experiment)),
        script=script_path("storage"),
    shell:
        """
        python {params.script:q} \
            --spec {params.spec:q} \
            --chains {params.chains:q} \
            --output {output:q} \
            >{log:q} 2>&1
        """
