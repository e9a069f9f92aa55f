"""Piggyback GAN (Zhai et al., 2020; as compared with in Zhai et al., 2021, section 4): earlier filters are frozen, and
a later task has new ones, ``share`` of them free, the others combinations of all free filters before.

Nothing of an earlier task is trained, so that it is kept to the bit.
"""

from mneme.data.stream import Task
from mneme.methods.hyper.translation import Translation
from mneme.networks.piggyback_translator import PiggybackTranslator


class PiggybackGan(Translation):
    SEES, CHAINED, BASE = "current", True, "none"
    LATER = ("share",)

    def slot(self, task: Task) -> str:
        return str(task.index)

    def network(self, slots: list[str]) -> PiggybackTranslator:
        shape = {"channels": self.channels, "width": self.settings.width, "blocks": self.settings.blocks}
        return PiggybackTranslator(slots, **shape, share=self.settings.share)

    def freeze(self) -> None:
        for translator in self.translators.values():
            translator.train_last()
