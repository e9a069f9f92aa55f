"""Fine-tuning the base GAN on each task separately: the baseline of GAN Memory's figure 1(b).

One complete model for each task, so nothing is forgotten and nothing is shared. Compare ``finetune``, which continues
from task to task.
"""

from mneme.methods.base.whole import WholeGan


class Transfer(WholeGan):
    SEES, CHAINED, BASE = "current", False, "start"
