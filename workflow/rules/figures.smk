"""Figures: one notebook per table or figure of a paper, run by papermill.

REQUIRES  notebooks/<artefact>.ipynb, and of the tables, samples and real images those that the notebook's parameters name
PRODUCES  <results>/figures/<experiment>/<artefact>.png, .pdf   the figure
          <results>/figures/<experiment>/<artefact>.csv, .tex   its numbers
          <results>/figures/<experiment>/<artefact>.json        which data, with hashes, it was made from
          <results>/figures/<experiment>/<artefact>.ipynb       the notebook as it ran
"""

from mneme.plan.jobs import figure

# Each artefact is a rule of its own name; they differ in the notebook and in the caption.
for artefact in plan.artefacts:
    OUTPUTS = {name: path.replace("{artefact}", artefact) for name, path in figure.OUTPUTS.items()}
    for name, kind in (("png", "figure"), ("csv", "numbers")):
        OUTPUTS[name] = report(
            OUTPUTS[name],
            caption=f"../report/{artefact}.rst",
            category="{experiment}",
            labels={"artefact": artefact, "kind": kind},
        )

    rule:
        name:
            f"figure_{artefact}"
        input:
            read(figure, artefact=artefact),
        output:
            **OUTPUTS,
        log:
            text=f"<logs>/figures/{{experiment}}/{artefact}.log",
            notebook=f"<logs>/figures/{{experiment}}/{artefact}.ipynb",  # kept when a cell fails
        priority: 9
        localrule: True
        conda:
            env_file("figures")
        params:
            **run(figure, artefact=artefact),
        shell:
            "{params.run} --spec {params.spec:q} >{log.text:q} 2>&1"
