"""Fine-tuning: all parameters go on from the previous task (GAN Memory, appendix B; SFT in MeRGAN).

Unconditional, with no device against forgetting: after task t the generator makes task t, whatever it is asked for.
"""

from mneme.methods.base.whole import WholeGan


class Finetune(WholeGan):
    SEES, CHAINED, BASE = "current", True, "start"
