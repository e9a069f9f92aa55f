"""Solvers: classifiers that learn the stream's tasks one after another, some on replays of a generator.

REQUIRES  data/prepared/<dataset>-<size>px.pt; of a solver replay-<method>, the method's checkpoints of train.smk
PRODUCES  <results>/<stream>/solvers/<solver>/seed<k>/task<t>/
              checkpoint.pt   the classifier after task t, and what its solver keeps
              rows.json       accuracy on the test images of tasks 1 to t, along task t
              losses.jsonl
READ BY   tables.smk, figures.smk

A job that is killed leaves its state in a folder .resume-<hash> beside its outputs and goes on from it.
"""


rule solve:
    """Classify task {wildcards.task} of {wildcards.stream} and those before with {wildcards.solver}, seed {wildcards.seed}."""
    input:
        unpack(lambda wildcards: files(plan.solve_inputs(*solve_of(wildcards)))),
    output:
        checkpoint="<results>/{stream}/solvers/{solver}/seed{seed}/task{task}/checkpoint.pt",
        rows="<results>/{stream}/solvers/{solver}/seed{seed}/task{task}/rows.json",
        losses="<results>/{stream}/solvers/{solver}/seed{seed}/task{task}/losses.jsonl",
    log:
        "<logs>/{stream}/solvers/{solver}/seed{seed}/task{task}.log",
    benchmark:
        "<benchmarks>/{stream}/solvers/{solver}/seed{seed}/task{task}.jsonl"
    priority: 8
    conda:
        env_file("evaluate")
    threads: lambda wildcards: plan.solver_settings(wildcards.solver)["threads"]
    resources:
        gpu=GPUS,
        mem_mb=16000,
        runtime=480,
    params:
        spec=lambda wildcards: plan.spec("solve", *solve_of(wildcards)),
        code=lambda wildcards: plan.solve_code(wildcards.stream, wildcards.solver, int(wildcards.task)),
        options=lambda wildcards: options(plan.solve_inputs(*solve_of(wildcards))),
        script=script_path("solve"),
    shell:
        """
        python {params.script:q} \
            --spec {params.spec:q} \
            --code {params.code} \
            {params.options} \
            --checkpoint {output.checkpoint:q} \
            --rows {output.rows:q} \
            --losses {output.losses:q} \
            >{log:q} 2>&1
        """
