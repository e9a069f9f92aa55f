"""Tables: what figures and claims read, one set for each experiment.

REQUIRES  the measurements of evaluate.smk and probes.smk, the checkpoints of train.smk
PRODUCES  <results>/tables/<experiment>/{quality,summary,curve}.{csv,parquet}
                                        parameters.json   what is kept of a task, counted
                                        storage.json      what is kept of a task, in bytes, and its seconds
READ BY   figures.smk, report.smk
"""

from mneme.plan.jobs import capacity, sizes, table


rule table:
    """Gather all measurements of {wildcards.experiment}."""
    input:
        read(table),
    output:
        **table.OUTPUTS,
    log:
        "<logs>/tables/{experiment}.log",
    localrule: True
    conda:
        env_file("figures")
    params:
        **run(table),
    shell:
        RUN


rule sizes:
    """Count what each method of {wildcards.experiment} keeps of a task, in parameters, bytes and seconds."""
    input:
        read(sizes),
    output:
        **sizes.OUTPUTS,
    log:
        "<logs>/tables/{experiment}.sizes.log",
    localrule: True
    conda:
        env_file("train")
    params:
        **run(sizes),
    shell:
        RUN


rule capacity:
    """Count the numbers of the models of {wildcards.experiment}, task after task."""
    input:
        read(capacity),
    output:
        **capacity.OUTPUTS,
    log:
        "<logs>/tables/{experiment}.capacity.log",
    localrule: True
    conda:
        env_file("train")
    params:
        **run(capacity),
    shell:
        RUN
