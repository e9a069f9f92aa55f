"""Sequential fine-tuning (SFT; Wu et al., 2018, section 3.1): the conditional GAN goes on to the next task's images.

The released script does this when it is given no flag, which is why its users report near-zero accuracies.
"""

from mneme.methods.mergan.acgan import AcGan


class Sft(AcGan):
    SEES, CHAINED, BASE = "current", True, "none"
