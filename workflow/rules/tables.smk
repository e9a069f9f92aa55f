"""Tables: what figures and claims read, one set for each experiment.

REQUIRES  the measurements of evaluate.smk and probes.smk, the rows of solve.smk, the checkpoints of train.smk
PRODUCES  <results>/tables/<experiment>/{quality,summary,curve,classification}.{csv,parquet}
                                        parameters.json   what is kept of a task, counted
                                        storage.json      what is kept of a task, in bytes, and its seconds
READ BY   figures.smk, report.smk
"""


rule table:
    """Gather all measurements of {wildcards.experiment}."""
    input:
        unpack(lambda wildcards: files(plan.table_inputs(wildcards.experiment))),
    output:
        quality_csv="<results>/tables/{experiment}/quality.csv",
        quality_parquet="<results>/tables/{experiment}/quality.parquet",
        summary_csv="<results>/tables/{experiment}/summary.csv",
        summary_parquet="<results>/tables/{experiment}/summary.parquet",
        curve_csv="<results>/tables/{experiment}/curve.csv",
        curve_parquet="<results>/tables/{experiment}/curve.parquet",
        classification_csv="<results>/tables/{experiment}/classification.csv",
        classification_parquet="<results>/tables/{experiment}/classification.parquet",
    log:
        "<logs>/tables/{experiment}.log",
    conda:
        env_file("figures")
    params:
        spec=lambda wildcards: plan.spec("table", wildcards.experiment),
        code=lambda wildcards: plan.code("table"),
        options=lambda wildcards: options(plan.table_inputs(wildcards.experiment)),
        script=script_path("table"),
    shell:
        """
        python {params.script:q} \
            --spec {params.spec:q} \
            {params.options} \
            --quality-csv {output.quality_csv:q} \
            --quality-parquet {output.quality_parquet:q} \
            --summary-csv {output.summary_csv:q} \
            --summary-parquet {output.summary_parquet:q} \
            --curve-csv {output.curve_csv:q} \
            --curve-parquet {output.curve_parquet:q} \
            --classification-csv {output.classification_csv:q} \
            --classification-parquet {output.classification_parquet:q} \
            >{log:q} 2>&1
        """


rule parameters:
    """Count what each method of {wildcards.experiment} keeps of a task."""
    input:
        unpack(lambda wildcards: files(plan.parameters_inputs(wildcards.experiment))),
    output:
        "<results>/tables/{experiment}/parameters.json",
    log:
        "<logs>/tables/{experiment}.parameters.log",
    conda:
        env_file("train")
    params:
        spec=lambda wildcards: plan.spec("parameters", wildcards.experiment),
        code=lambda wildcards: plan.code("parameters"),
        options=lambda wildcards: options(plan.parameters_inputs(wildcards.experiment)),
        script=script_path("parameters"),
    shell:
        """
        python {params.script:q} \
            --spec {params.spec:q} \
            {params.options} \
            --output {output:q} \
            >{log:q} 2>&1
        """


rule storage:
    """Weigh what each method of {wildcards.experiment} keeps, task by task."""
    input:
        unpack(lambda wildcards: files(plan.storage_inputs(wildcards.experiment))),
    output:
        "<results>/tables/{experiment}/storage.json",
    log:
        "<logs>/tables/{experiment}.storage.log",
    conda:
        env_file("train")
    params:
        spec=lambda wildcards: plan.spec("storage", wildcards.experiment),
        code=lambda wildcards: plan.code("storage"),
        options=lambda wildcards: options(plan.storage_inputs(wildcards.experiment)),
        benchmarks=f"logs/benchmarks/{plan.tier}",  # no input: a file that was removed shall train nothing again
        script=script_path("storage"),
    shell:
        """
        python {params.script:q} \
            --spec {params.spec:q} \
            {params.options} \
            --benchmarks {params.benchmarks:q} \
            --output {output:q} \
            >{log:q} 2>&1
        """
