"""Whatever is wrong with a config: one sentence that names the place and the fix, from planning alone.

That Snakemake says it once, fails and runs nothing is shown in ``tests/workflow/test_bad_input.py``.
"""

from pathlib import Path
from typing import Any

import pytest
import yaml

from mneme.catalogue.catalogue import merge
from mneme.errors import UserError
from mneme.plan.check import checked_plan

ROOT = Path(__file__).parents[2]
CASES = yaml.safe_load(Path(__file__).with_name("refused_configs.yaml").read_text(encoding="utf-8"))
CONFIG = {
    "tier": "smoke",
    "experiments": ["small"],
    "device": "cpu",
    "mirror": "mirror",
    "catalogue": {
        "datasets": {
            "shapes": {
                "format": "image_folder",
                "classes": ["bar", "cross"],
                "channels": 1,
                "files": {"images": {"path": "shapes/shapes.tar", "checksum": f"sha256:{'0' * 64}"}},
            }
        },
        "streams": {
            "small": {
                "size": 8,
                "source": {"dataset": "digits", "classes": [0, 1]},
                "tasks": [
                    {"name": "two", "dataset": "digits", "classes": [2]},
                    {"name": "shapes", "dataset": "shapes"},
                ],
            }
        },
        "experiments": {
            "small": {
                "title": "A small experiment",
                "stream": "small",
                "methods": ["joint", "finetune", "gan_memory"],
                "probes": {"curve": ["gan_memory"]},
                "artefacts": ["base", "samples", "heatmaps", "methods"],
                "paper": "gan_memory",
            }
        },
    },
}


def test_the_config_that_the_others_are_laid_over_is_sound():
    assert checked_plan(CONFIG, ROOT).experiments.keys() == {"small"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_refused_while_planning(case: dict[str, Any]):
    with pytest.raises(UserError) as caught:
        checked_plan(merge(CONFIG, case["config"]), ROOT)
    said = str(caught.value)
    assert case["says"] in said and "\n" not in said
