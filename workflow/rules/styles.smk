"""Styles: a look into what GAN Memory keeps of each task, without training anything.

REQUIRES  the checkpoints of a chain of gan_memory, its base GAN, the classifier and the reference of task 1
PRODUCES  <results>/<stream>/<method>/seed<k>/styles/images.pt        views and interpolations
                                                     singular.json    singular values of every scale and shift
                                                     truncation.json  FID against the energy kept in one block
READ BY   figures.smk, report.smk
"""

from mneme.plan import styles


rule styles:
    """Look into the style sets of {wildcards.method} on {wildcards.stream}, seed {wildcards.seed}."""
    input:
        unpack(lambda wildcards: files(styles.inputs(*styles_of(wildcards)))),
    output:
        images="<results>/{stream}/{method}/seed{seed}/styles/images.pt",
        singular="<results>/{stream}/{method}/seed{seed}/styles/singular.json",
        truncation="<results>/{stream}/{method}/seed{seed}/styles/truncation.json",
    log:
        "<logs>/{stream}/{method}/seed{seed}/styles.log",
    benchmark:
        "<benchmarks>/{stream}/{method}/seed{seed}/styles.jsonl"
    priority: 8
    conda:
        env_file("evaluate")
    threads: plan.tiered("samples")["threads"]
    resources:
        gpu=GPUS,
        mem_mb=16000,
        runtime=480,
    params:
        spec=lambda wildcards: dumps(styles.spec(*styles_of(wildcards))),
        code=lambda wildcards: plan.code("styles", method=wildcards.method),
        options=lambda wildcards: options(styles.inputs(*styles_of(wildcards))),
        script=script_path("styles"),
    shell:
        """
        python {params.script:q} \
            --spec {params.spec:q} \
            {params.options} \
            --images {output.images:q} \
            --singular {output.singular:q} \
            --truncation {output.truncation:q} \
            >{log:q} 2>&1
        """
