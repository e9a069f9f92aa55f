"""Full (Zhai et al., 2021, section 4): a translator of its own for each task, with ordinary filters.

It is pix2pix and CycleGAN on ResNet-6, the bound of LifelongGAN++ and Piggyback GAN.
"""

from mneme.methods.hyper.translation import Translation
from mneme.networks.resnet_translator import PlainTranslator


class Full(Translation):
    SEES, CHAINED, BASE = "current", False, "none"

    def network(self, slots: list[str]) -> PlainTranslator:
        shape = {"channels": self.channels, "width": self.settings.width, "blocks": self.settings.blocks}
        return PlainTranslator(slots, **shape)
