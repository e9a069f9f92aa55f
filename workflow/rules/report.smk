"""Report: the ledger of claims, a page of results, and a target for each paper.

REQUIRES  the tables of tables.smk, the samples of evaluate.smk, the looks of probes.smk, config/papers/<paper>.yaml
PRODUCES  <results>/claims/<experiment>.json, .html     each claim of the paper with its verdict
          results/index.html                            pictures, claims and costs of the chosen experiments
          results/<paper>.html                          the same of a paper's
"""

from mneme.plan.jobs import claims, index


report: os.path.join(workflow.basedir, "workflow", "report", "workflow.rst")


LEDGER = report(
    claims.OUTPUTS["output_html"],
    caption="../report/claims.rst",
    category="{experiment}",
    labels={"artefact": "claims", "kind": "ledger"},
)


rule claims:
    """Hold the claims of {wildcards.experiment}'s paper against what was measured."""
    input:
        read(claims),
    output:
        **claims.OUTPUTS | {"output_html": LEDGER},
    log:
        "<logs>/claims/{experiment}.log",
    localrule: True
    conda:
        env_file("figures")
    params:
        **run(claims),
    shell:
        RUN


rule index:
    """Write the page of results {wildcards.page}.html."""
    input:
        read(index),
    output:
        **index.OUTPUTS,
    log:
        "<logs>/{page}.log",
    wildcard_constraints:
        page="|".join([index.CHOSEN, *plan.config.papers]),
    localrule: True
    conda:
        env_file("figures")
    params:
        **run(index),
    shell:
        RUN


# snakemake gan_memory: everything that the paper shows, in the experiments that the config names for it.
for paper, names in plan.config.papers.items():
    if workflow.is_rule(paper):
        raise WorkflowError(f"config.yaml: papers: '{paper}' is the name of a rule already; choose another word")

    rule:
        name:
            paper
        input:
            experiment_results(names),
            f"results/{paper}.html",
