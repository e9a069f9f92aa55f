"""DGMa: masks on the output channels of the generator's layers (Ostapenko et al., CVPR 2019, sections 3.1 and 3.2).

A weight is reserved if both its input and its output channel are. As released, a mask acts before the batch norm
(``order: before``), which turns the 0 of an unused channel into a constant again. Where ReLU lets that constant pass,
it reaches the next layer by weights that are not reserved, and the images of past tasks change: a leak, which
``closed: false`` has as released. ``closed: true`` counts such a channel as a reserved input.
``order: after`` masks behind batch norm and ReLU, where there is no constant.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from mneme.methods.dgm.dgm import Dgm
from mneme.methods.dgm.plasticity import cumulated, widths_by_unit
from mneme.networks.masked import constants, normal, xavier


class DgmA(Dgm):
    LOCAL = False
    INITIAL, ADDED = normal, xavier

    @property
    def after(self) -> bool:
        return self.settings.order == "after"

    def mask_shapes(self, wide: Sequence[int]) -> list[tuple[int, ...]]:
        return [(out,) for out in wide]

    def widths_after(self, wide: Sequence[int], newly: Sequence[Sequence[int]]) -> list[int]:
        return widths_by_unit(wide, newly[-1])

    def protected(self, reserved: Sequence[Tensor]) -> list[Tensor]:
        heard = reserved
        if self.settings.closed and not self.after:
            heard = cumulated(self.heard(), [tuple(part.shape) for part in reserved], self.device)
        noise = torch.ones(self.noise, dtype=torch.bool, device=self.device)
        return [
            (noise if given is None else heard[given])[:, None, None, None] & reserved[made][None, :, None, None]
            for given, made in self.network.units(len(reserved))
        ]

    def heard(self) -> list[list[Tensor]]:
        """Channels of each layer that the next one hears something from, of each past task, bool."""
        return [
            [mask | (constant > 0) for mask, constant in zip(masks, constants(own), strict=True)]
            for masks, (_, own) in zip(self.hard, self.past.values(), strict=True)
        ]
