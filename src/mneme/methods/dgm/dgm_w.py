"""DGMw: masks on the weights of the generator's layers (Ostapenko et al., CVPR 2019, sections 3.1 and 3.2)."""

from collections.abc import Sequence

from torch import Tensor

from mneme.methods.dgm.dgm import Dgm
from mneme.methods.dgm.plasticity import widths_by_weight
from mneme.networks.masked_dcgan import normal, shapes, xavier


class DgmW(Dgm):
    LOCAL = True
    INITIAL, ADDED = xavier, normal

    def mask_shapes(self, wide: Sequence[int]) -> list[tuple[int, ...]]:
        return shapes(self.noise, wide)

    def widths_after(self, wide: Sequence[int], newly: Sequence[int]) -> list[int]:
        return widths_by_weight(wide, newly, self.noise)

    def protected(self, reserved: Sequence[Tensor]) -> list[Tensor]:
        return list(reserved)
