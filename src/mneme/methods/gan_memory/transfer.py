"""Fine-tuning the base GAN on each task separately: the baseline of GAN Memory's figure 1(b).

One whole model a task, so nothing is forgotten and nothing is shared; compare ``finetune``, which goes on from task
to task.
"""

from mneme.methods.base.whole import WholeGan


class Transfer(WholeGan):
    SEES, CHAINED, BASE = "current", False, "start"
