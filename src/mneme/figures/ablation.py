"""What normalisation and biases are good for (GAN Memory, Figure 3a)."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from mneme.figures import efficiency
from mneme.figures.artefact import Drawing

VARIANTS = ("gan_memory", *efficiency.ABLATIONS)


def draw(curve: pd.DataFrame, tasks: Sequence[dict[str, Any]], *, tier: str, experiment: str, title: str) -> Drawing:
    """One panel per task: FID while it is being learned, of GAN Memory, NoNorm and NoBias."""
    chosen = curve[curve["method"].isin(VARIANTS)]
    return efficiency.draw(chosen, tasks, tier=tier, experiment=experiment, title=f"{title}, ablation", leave_out=())
