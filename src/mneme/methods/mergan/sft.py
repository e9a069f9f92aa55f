"""Sequential fine-tuning (SFT; Wu et al., 2018, section 3.1): training continues on the images of the next task.

This is the default of the released script, which is why its users report near-zero accuracies.
"""

from mneme.methods.mergan.acgan import AcGan


class Sft(AcGan):
    SEES, CHAINED, BASE = "current", True, "none"
