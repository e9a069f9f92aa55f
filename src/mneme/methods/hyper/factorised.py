"""The factorised network as a method's (Zhai et al., 2021, section 3.1), mixed into a translation.

One z makes the filters of all layers for all images of a step, and it is drawn anew in every step: "many more sets of
base filters could be sampled". [GAP] The paper does not say what z a test has; here z is the evaluation's, one for all
images that are asked for together. ``z: fixed`` has one for good instead, drawn before task 1: the filters are then
those of one low-rank network.
"""

from typing import Any

import torch
from torch import Tensor

from mneme.data.stream import Task
from mneme.method import State
from mneme.networks.hyper_translator import HyperTranslator
from mneme.settings import Settings


class Factorised:
    """Mixed into a :class:`mneme.methods.hyper.translation.Translation` whose filters are generated."""

    SAME = ("width", "blocks", "k", "noise", "hidden", "bias", "coefficients", "z")

    settings: Settings
    channels: int
    device: torch.device

    @property
    def noise(self) -> int:
        return 0 if self.settings.z == "fixed" else self.settings.noise

    @property
    def specific(self) -> bool:
        """Whether each slot has filter generators of its own."""
        return True

    def network(self, slots: list[str]) -> HyperTranslator:
        names = ("width", "blocks", "k", "noise", "hidden", "bias", "coefficients")
        shape = {name: getattr(self.settings, name) for name in names}
        return HyperTranslator(slots, channels=self.channels, **shape, specific=self.specific)

    def begin(self, previous: State | None, data: dict[str, Tensor]) -> None:
        super().begin(previous, data)  # type: ignore[misc]
        if self.settings.z == "fixed":
            drawn = torch.randn(1, self.settings.noise, device=self.device)
            self.fixed = drawn if previous is None else previous["z"].to(self.device)

    def z(self) -> Tensor:
        return self.fixed if self.settings.z == "fixed" else super().z()  # type: ignore[misc]

    def snapshot(self) -> dict[str, Any]:
        kept = {"z": self.fixed} if self.settings.z == "fixed" else {}
        return {**super().snapshot(), **kept}  # type: ignore[misc]

    def sample(self, task: Task, condition: Tensor, z: Tensor) -> Tensor:
        """As of :class:`mneme.method.Method`.

        Raises:
            ValueError: z is zero, which makes every filter zero where their generators have no biases.
        """
        if self.noise and not self.settings.bias and not z.any():
            raise ValueError("z is zero: without biases all filters are zero too, and every image grey; draw it")
        z = self.state_of(task)["z"] if self.settings.z == "fixed" else z
        return super().sample(task, condition, z)  # type: ignore[misc]
