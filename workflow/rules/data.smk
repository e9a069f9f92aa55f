"""Data: published files to uint8 tensors of one size.

REQUIRES  config/datasets.yaml (or a user's own folder or archive of images), and the network or a mirror.
PRODUCES  data/downloads/<path>                    the published file, checksum verified
          data/prepared/<dataset>-<size>px.pt      all images and labels of both splits
READ BY   train.smk, evaluate.smk, probes.smk

Rules with cache: True share their results between working directories under --cache (SNAKEMAKE_OUTPUT_CACHE=<folder>).
The key is the shell command with the spec, which holds the hash of the code and of everything that the job reads. They
can have no benchmark:.
"""

from mneme.plan.jobs import download, prepare


rule download:
    """Fetch data/downloads/{wildcards.path} and verify its checksum."""
    input:
        read(download),
    output:
        **download.OUTPUTS,
    log:
        "logs/download/{path}.log",
    cache: True
    localrule: True
    conda:
        env_file("data")
    params:
        **run(download),
    shell:
        RUN


rule prepare:
    """Bring dataset {wildcards.dataset} to square uint8 tensors of {wildcards.size} px."""
    input:
        read(prepare),
    output:
        **prepare.OUTPUTS,
    log:
        "logs/prepare/{dataset}-{size}px.log",
    cache: True
    conda:
        env_file("data")
    resources:
        mem_mb=8000,
        runtime=60,
    params:
        **run(prepare),
    shell:
        RUN
