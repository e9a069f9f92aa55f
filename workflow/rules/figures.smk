"""Figures: one notebook per table or figure of a paper, run by papermill.

REQUIRES  notebooks/<artefact>.ipynb, and of the tables, samples and real images those that the notebook's parameters name
PRODUCES  <results>/figures/<experiment>/<artefact>.png, .pdf   the figure
          <results>/figures/<experiment>/<artefact>.csv         its numbers
          <results>/figures/<experiment>/<artefact>.tex         the same for LaTeX, with booktabs
          <results>/figures/<experiment>/<artefact>.json        which data, with hashes, it was made from
          <results>/figures/<experiment>/<artefact>.ipynb       the notebook as it ran
"""

import json

# Each artefact is a rule of its own name; they differ in the notebook and in the caption.
for artefact in plan.artefacts:

    rule:
        name:
            f"figure_{artefact}"
        input:
            unpack(lambda wildcards, artefact=artefact: files(plan.figure_inputs(wildcards.experiment, artefact))),
            notebook=here("notebooks", f"{artefact}.ipynb"),
        output:
            png=report(
                f"<results>/figures/{{experiment}}/{artefact}.png",
                caption=f"../report/{artefact}.rst",
                category="{experiment}",
                labels={"artefact": artefact, "kind": "figure"},
            ),
            pdf=f"<results>/figures/{{experiment}}/{artefact}.pdf",
            csv=report(
                f"<results>/figures/{{experiment}}/{artefact}.csv",
                caption=f"../report/{artefact}.rst",
                category="{experiment}",
                labels={"artefact": artefact, "kind": "numbers"},
            ),
            tex=f"<results>/figures/{{experiment}}/{artefact}.tex",
            sidecar=f"<results>/figures/{{experiment}}/{artefact}.json",
            notebook=f"<results>/figures/{{experiment}}/{artefact}.ipynb",
        log:
            text=f"<logs>/figures/{{experiment}}/{artefact}.log",
            notebook=f"<logs>/figures/{{experiment}}/{artefact}.ipynb",  # kept when a cell fails
        priority: 9
        localrule: True
        conda:
            env_file("figures")
        params:
            values=lambda wildcards, artefact=artefact: json.dumps(plan.figure_values(wildcards.experiment, artefact)),
            code=lambda wildcards, artefact=artefact: plan.code("figure", notebook=artefact),
        shell:
            """
            papermill {input.notebook:q} {log.notebook:q} \
                --parameters_yaml {params.values:q} \
                --kernel python3 \
                --log-output \
                --no-progress-bar \
                --cwd . \
                >{log.text:q} 2>&1
            cp {log.notebook:q} {output.notebook:q}
            """
