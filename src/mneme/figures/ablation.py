"""What parts of a method are good for (GAN Memory, Figure 3a): curves of a method and of its variants."""

import pandas as pd

from mneme.figures import efficiency
from mneme.figures.kit.drawing import Context, Drawing


def draw(context: Context, curve: pd.DataFrame) -> Drawing:
    """One panel per task: FID while it is being learned; upper bounds have no variants and are left out."""
    return efficiency.panels(
        context, curve[~curve["method"].isin(context.looks.bounds())], f"{context.title}, ablation"
    )
