"""Data: published files to uint8 tensors of one size.

REQUIRES  config/datasets.yaml (or a user's own folder or archive of images), and the network or a mirror.
PRODUCES  data/downloads/<path>                    the published file, checksum verified
          data/prepared/<dataset>-<size>px.pt      all images and labels of both splits
READ BY   train.smk, solve.smk, evaluate.smk, probes.smk

Rules with cache: True share their results between working directories under --cache (SNAKEMAKE_OUTPUT_CACHE=<folder>).
The key is the shell command with all params: the spec holds every wildcard and option, the code hash every module. They
can have no benchmark:.
"""


localrules:
    download,


rule download:
    """Fetch data/downloads/{wildcards.path} and verify its checksum."""
    output:
        "data/downloads/{path}",
    log:
        "logs/download/{path}.log",
    cache: True
    conda:
        env_file("data")
    params:
        # What the file is decides on a rerun, not where it comes from: a param made with `output` is never compared.
        checksum=lambda wildcards: plan.download_spec(wildcards.path)["checksum"],
        spec=lambda wildcards, output: plan.spec("download", wildcards.path),
        mirror=lambda wildcards, output: f"--mirror {shlex.quote(plan.config.mirror)}" if plan.config.mirror else "",
        code=lambda wildcards: plan.code("download"),
        script=script_path("download"),
    shell:
        """
        python {params.script:q} \
            --spec {params.spec:q} \
            {params.mirror} \
            --output {output:q} \
            >{log:q} 2>&1
        """


rule prepare:
    """Bring dataset {wildcards.dataset} to {wildcards.size} x {wildcards.size} uint8 tensors."""
    input:
        unpack(lambda wildcards: files(plan.prepare_inputs(wildcards.dataset))),
    output:
        "data/prepared/{dataset}-{size}px.pt",
    log:
        "logs/prepare/{dataset}-{size}px.log",
    cache: True
    conda:
        env_file("data")
    resources:
        mem_mb=8000,
        runtime=60,
    params:
        spec=lambda wildcards: plan.spec("prepare", wildcards.dataset, int(wildcards.size)),
        code=lambda wildcards: plan.code("prepare", dataset=wildcards.dataset),
        options=lambda wildcards: options(plan.user_source(wildcards.dataset) or plan.prepare_inputs(wildcards.dataset)),
        script=script_path("prepare"),
    shell:
        """
        python {params.script:q} \
            --spec {params.spec:q} \
            {params.options} \
            --output {output:q} \
            >{log:q} 2>&1
        """
