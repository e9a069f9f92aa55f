"""LifelongGAN++ (Zhai et al., 2021, section 4): ordinary filters for all tasks, instance norms of each, distillation.

[GAP] The paper says no more of it. What it shares with Hyper-LifelongGAN it has from there: targets as the input of
distillation, beta 100.
"""

from mneme.data.stream import Task
from mneme.methods.hyper.distilled import Distilled
from mneme.methods.hyper.translation import Translation
from mneme.networks.resnet_translator import PlainTranslator


class LifelongGanPp(Distilled, Translation):
    SEES, CHAINED, BASE = "current", True, "none"
    LATER = ("beta", "distillation", "past")

    def slot(self, task: Task) -> str:
        return str(task.index)

    def network(self, slots: list[str]) -> PlainTranslator:
        shape = {"channels": self.channels, "width": self.settings.width, "blocks": self.settings.blocks}
        return PlainTranslator(slots, **shape)
