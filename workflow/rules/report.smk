"""Report: the ledger of claims, and a target for each paper.

REQUIRES  the tables of tables.smk, the samples of evaluate.smk, the looks of styles.smk, config/papers/<paper>.yaml
PRODUCES  <results>/claims/<experiment>.json, .html     each claim of the paper with its verdict
"""


report: os.path.join(workflow.basedir, "workflow", "report", "workflow.rst")


rule claims:
    """Hold the claims of {wildcards.experiment}'s paper against what was measured."""
    input:
        unpack(lambda wildcards: files(plan.claims_inputs(wildcards.experiment))),
    output:
        json="<results>/claims/{experiment}.json",
        html=report(
            "<results>/claims/{experiment}.html",
            caption="../report/claims.rst",
            category="{experiment}",
            labels={"artefact": "claims", "kind": "ledger"},
        ),
    log:
        "<logs>/claims/{experiment}.log",
    conda:
        env_file("figures")
    params:
        spec=lambda wildcards: plan.spec("claims", wildcards.experiment),
        code=lambda wildcards: plan.code("claims"),
        options=lambda wildcards: options(plan.claims_inputs(wildcards.experiment)),
        script=script_path("claims"),
    shell:
        """
        python {params.script:q} \
            --spec {params.spec:q} \
            {params.options} \
            --output-json {output.json:q} \
            --output-html {output.html:q} \
            >{log:q} 2>&1
        """


# snakemake gan_memory: everything that the paper shows, in the experiments that the config names for it.
for paper, names in plan.config.papers.items():
    if workflow.is_rule(paper):
        raise WorkflowError(f"config.yaml: papers: '{paper}' is the name of a rule already; choose another word")

    rule:
        name:
            paper
        input:
            experiment_results(plan.chosen(names)),
