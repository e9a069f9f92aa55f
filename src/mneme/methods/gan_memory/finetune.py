"""Fine-tuning: all parameters go on from the previous task (GAN Memory, appendix B; SFT in MeRGAN).

Unconditional, and nothing prevents forgetting: after task t the generator makes images of task t, whichever task is
asked for.
"""

from mneme.methods.base.whole import WholeGan


class Finetune(WholeGan):
    SEES, CHAINED, BASE = "current", True, "start"
