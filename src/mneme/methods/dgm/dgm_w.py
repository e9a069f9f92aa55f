"""DGMw: masks on the weights of the generator's layers (Ostapenko et al., CVPR 2019, sections 3.1 and 3.2)."""

from collections.abc import Sequence

from torch import Tensor

from mneme.methods.dgm.dgm import Dgm
from mneme.methods.dgm.plasticity import widths_by_weight, widths_by_weight_residual, widths_of_constant_room
from mneme.networks.masked import normal, xavier


class DgmW(Dgm):
    LOCAL = True
    INITIAL, ADDED = xavier, normal

    def mask_shapes(self, wide: Sequence[int]) -> list[tuple[int, ...]]:
        return self.shapes(wide)

    def widths_after(self, wide: Sequence[int], newly: Sequence[Sequence[int]]) -> list[int]:
        if self.settings.room == "constant":
            first = self.shapes(self.network.widths(self.size, self.settings.width))
            reserved = [sum(counts) for counts in zip(*newly, strict=True)]
            return widths_of_constant_room(wide, reserved, first, self.network.units(len(wide)))
        rule = widths_by_weight_residual if self.settings.network == "residual" else widths_by_weight
        return rule(wide, newly[-1], self.noise)

    def protected(self, reserved: Sequence[Tensor]) -> list[Tensor]:
        return list(reserved)
