"""Probes: what looks into a chain, one rule a probe; an experiment names the methods under probes:.

REQUIRES  data/prepared/<dataset>-<size>px.pt, the checkpoints and snapshots of train.smk, the evaluators of evaluate.smk
PRODUCES  <results>/<stream>/<method>/seed<k>/task<t>/curve.json           quality along the task
          <results>/<stream>/<method>/seed<k>/task<t>/evolution.json, .pt  task 1 at every snapshot of task t
          <results>/<stream>/real/task<t>/reverse.json                     real images as teachers of tasks 1 to t
          <results>/<stream>/<method>/seed<k>/task<t>/reverse.json         generated ones
          <results>/<stream>/<method>/seed<k>/styles/                      views, singular values, truncation of styles
          <results>/<stream>/<method>/seed<k>/task<t>/confusion.json       earlier tasks taken for the last one
          <results>/<stream>/<method>/seed<k>/task<t>/best_step.json       the step that real validation images choose
          <results>/<stream>/<method>/seed<k>/task<t>/masks.json, .pt      masks at every snapshot of task t
READ BY   tables.smk, figures.smk, report.smk
"""

from mneme.plan.jobs import best_step, ceiling, confusion, curve, evolution, masks, reverse, styles


rule curve:
    """Measure {wildcards.method} along its training on task {wildcards.task} of {wildcards.stream}, seed {wildcards.seed}."""
    input:
        read(curve),
    output:
        **curve.OUTPUTS,
    log:
        "<logs>/{stream}/{method}/seed{seed}/task{task}.curve.log",
    benchmark:
        "<benchmarks>/{stream}/{method}/seed{seed}/task{task}.curve.jsonl"
    conda:
        env_file("evaluate")
    threads: evaluation_settings(plan, "samples")["threads"]
    resources:
        gpu=GPUS,
        mem_mb=16000,
        runtime=480,
    params:
        **run(curve),
    shell:
        RUN


rule evolution:
    """Sample task 1 of {wildcards.stream} while {wildcards.method} learns task {wildcards.task}, seed {wildcards.seed}."""
    input:
        read(evolution),
    output:
        **evolution.OUTPUTS,
    log:
        "<logs>/{stream}/{method}/seed{seed}/task{task}.evolution.log",
    benchmark:
        "<benchmarks>/{stream}/{method}/seed{seed}/task{task}.evolution.jsonl"
    priority: 8
    conda:
        env_file("evaluate")
    threads: evaluation_settings(plan, "samples")["threads"]
    resources:
        gpu=GPUS,
        mem_mb=16000,
        runtime=240,
    params:
        **run(evolution),
    shell:
        RUN


rule ceiling:
    """Train a classifier on real images of tasks 1 to {wildcards.task} of {wildcards.stream}: the bound of reverse accuracy."""
    input:
        read(ceiling),
    output:
        **ceiling.OUTPUTS,
    log:
        "<logs>/{stream}/real/task{task}/reverse.log",
    priority: 8
    conda:
        env_file("evaluate")
    threads: evaluation_settings(plan, "reverse")["threads"]
    resources:
        gpu=GPUS,
        mem_mb=8000,
        runtime=120,
    params:
        **run(ceiling),
    shell:
        RUN


rule reverse:
    """Train a classifier on {wildcards.method}'s images of tasks 1 to {wildcards.task} of {wildcards.stream}, seed {wildcards.seed}."""
    input:
        read(reverse),
    output:
        **reverse.OUTPUTS,
    log:
        "<logs>/{stream}/{method}/seed{seed}/task{task}.reverse.log",
    benchmark:
        "<benchmarks>/{stream}/{method}/seed{seed}/task{task}.reverse.jsonl"
    priority: 8
    conda:
        env_file("evaluate")
    threads: evaluation_settings(plan, "reverse")["threads"]
    resources:
        gpu=GPUS,
        mem_mb=16000,
        runtime=480,
    params:
        **run(reverse),
    shell:
        RUN


rule styles:
    """Look into the style sets of {wildcards.method} on {wildcards.stream}, seed {wildcards.seed}."""
    input:
        read(styles),
    output:
        **styles.OUTPUTS,
    log:
        "<logs>/{stream}/{method}/seed{seed}/styles.log",
    benchmark:
        "<benchmarks>/{stream}/{method}/seed{seed}/styles.jsonl"
    priority: 8
    conda:
        env_file("evaluate")
    threads: evaluation_settings(plan, "samples")["threads"]
    resources:
        gpu=GPUS,
        mem_mb=16000,
        runtime=480,
    params:
        **run(styles),
    shell:
        RUN


rule confusion:
    """Ask {wildcards.method} after task {wildcards.task} of {wildcards.stream} about earlier ones, seed {wildcards.seed}."""
    input:
        read(confusion),
    output:
        **confusion.OUTPUTS,
    log:
        "<logs>/{stream}/{method}/seed{seed}/task{task}.confusion.log",
    benchmark:
        "<benchmarks>/{stream}/{method}/seed{seed}/task{task}.confusion.jsonl"
    priority: 8
    conda:
        env_file("evaluate")
    threads: evaluation_settings(plan, "samples")["threads"]
    resources:
        gpu=GPUS,
        mem_mb=16000,
        runtime=240,
    params:
        **run(confusion),
    shell:
        RUN


rule best_step:
    """Test the best step of {wildcards.method}, task {wildcards.task} of {wildcards.stream}, seed {wildcards.seed}."""
    input:
        read(best_step),
    output:
        **best_step.OUTPUTS,
    log:
        "<logs>/{stream}/{method}/seed{seed}/task{task}.best_step.log",
    benchmark:
        "<benchmarks>/{stream}/{method}/seed{seed}/task{task}.best_step.jsonl"
    priority: 8
    conda:
        env_file("evaluate")
    threads: evaluation_settings(plan, "samples")["threads"]
    resources:
        gpu=GPUS,
        mem_mb=16000,
        runtime=240,
    params:
        **run(best_step),
    shell:
        RUN


rule masks:
    """Read the masks of {wildcards.method} inside task {wildcards.task} of {wildcards.stream}, seed {wildcards.seed}."""
    input:
        read(masks),
    output:
        **masks.OUTPUTS,
    log:
        "<logs>/{stream}/{method}/seed{seed}/task{task}.masks.log",
    benchmark:
        "<benchmarks>/{stream}/{method}/seed{seed}/task{task}.masks.jsonl"
    priority: 8
    conda:
        env_file("evaluate")
    threads: evaluation_settings(plan, "samples")["threads"]
    resources:
        mem_mb=8000,
        runtime=240,
    params:
        **run(masks),
    shell:
        RUN
