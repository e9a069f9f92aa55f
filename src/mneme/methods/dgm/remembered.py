"""A DGM chain apart from its training: checkpoints of the generator and solver of all tasks so far, sampling, and
prediction."""

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn

from mneme.data.pixels import to_uint8, to_unit
from mneme.data.stream import Task
from mneme.method import State
from mneme.methods.dgm import parts
from mneme.networks import masked_dcgan, masked_residual, strided_critic
from mneme.networks.layout import layout
from mneme.networks.masked import one_hot_first
from mneme.networks.residual_critic import ResidualCritic
from mneme.networks.resnet18_critic import ResNet18Critic
from mneme.settings import Settings

NETWORKS: dict[str, ModuleType] = {"dcgan": masked_dcgan, "residual": masked_residual}
CRITICS: dict[str, Callable[..., nn.Module]] = {
    "strided": strided_critic.Critic, "residual": ResidualCritic, "resnet18": ResNet18Critic,
}  # fmt: skip


class Remembered:
    """Mixed into a :class:`mneme.method.Method` whose checkpoints hold the ``weights`` and ``critic`` of all tasks, and
    the masks and own layers of each (:func:`mneme.methods.dgm.parts.stored`)."""

    after = False  # whether masks act behind batch norm and ReLU

    @property
    def network(self) -> ModuleType:
        """The module of the generator: its ``widths``, ``shapes``, ``units``, ``Own`` and ``generate``."""
        return NETWORKS[self.settings.network]

    @property
    def noise(self) -> int:
        return self.settings.noise

    def shapes(self, wide: Sequence[int]) -> list[tuple[int, int, int, int]]:
        """Shapes of the masked layers' weights at these widths."""
        return self.network.shapes(self.noise, wide)

    def mask_shapes(self, wide: Sequence[int]) -> list[tuple[int, ...]]:
        """Shapes of the masks of layers of these widths."""
        raise NotImplementedError

    @classmethod
    def growth(cls, state: State) -> dict[str, list[dict[str, Any]]]:
        return state["growth"]

    def restore(self, states: dict[int, State]) -> None:
        state = states[self.task.index]
        self.load(state)
        labels = len(state["critic"]["classes.weight"])  # fewer than seen after a task that was not trained
        self.critic = self.built_critic(labels)
        self.critic.load_state_dict(state["critic"])
        self.critic.eval()

    def load(self, state: State) -> None:
        """Load the shared weights, and each task's masks and own layers, for sampling."""
        self.states, self.rows = state["tasks"], state["growth"]
        self.kept = {int(label): images for label, images in state.get("kept", {}).items()}
        self.weights = [weight.to(self.device) for weight in state["weights"]]
        known = {str(task.index): task for task in self.tasks}
        self.past = {known[index].index: self.loaded(known[index], part) for index, part in self.states.items()}
        self.hard = [parts.hard(part, self.mask_shapes(part["widths"]), self.device) for part in self.states.values()]

    def loaded(self, task: Task, part: State) -> tuple[list[Tensor], nn.Module]:
        """Masks and own layers of a stored task, for sampling."""
        own = self.network.Own(part["widths"], self.channels, task.labels, first=False)
        own.load_state_dict(part["own"])
        masks = parts.masks(part, self.mask_shapes(part["widths"]), self.settings.s_max, self.device)
        return masks, own.to(self.device).eval().requires_grad_(False)

    def images(self, masks: Sequence[Tensor], own: nn.Module, z: Tensor, y: Tensor) -> Tensor:
        """Images float [B, C, S, S] in [-1, 1] of classes ``y`` int64 [B] of one task."""
        z = one_hot_first(z, y, self.settings.classes)
        return self.network.generate(self.weights, masks, own, z, y, self.after)

    @torch.no_grad()
    def sample(self, task: Task, condition: Tensor, z: Tensor) -> Tensor:
        self.require(task)
        return to_uint8(self.images(*self.past[task.index], z.to(self.device), condition.to(self.device)))

    def draw(self, task: Task, label: int, n: int) -> Tensor:
        """n replays of a class of a past task, uint8 [n, C, S, S]."""
        y = torch.full((n,), label, device=self.device)
        return self.sample(task, y, torch.randn(n, self.noise, device=self.device))

    @torch.no_grad()
    def predict(self, images: Tensor) -> Tensor:
        return scores(self.critic(to_unit(images.to(self.device)))[1], self.seen)

    @torch.no_grad()
    def features(self, images: Tensor) -> Tensor:
        """Inputs of the solver's heads for images uint8 [N, C, S, S]: float [N, D]."""
        return torch.cat([self.critic.features(to_unit(part.to(self.device))) for part in images.split(256)])

    def built_critic(self, labels: int) -> nn.Module:
        return solver(self.settings, self.size, self.channels, labels, self.device)


def solver(settings: Settings, size: int, channels: int, labels: int, device: torch.device) -> nn.Module:
    """A fresh discriminator on the device, on a CPU in channels-last layout.

    Args:
        settings: that name the ``critic`` and its ``critic_width``.
        labels: number of classes so far.
    """
    shape = {"size": size, "channels": channels, "width": settings.critic_width, "labels": labels}
    return CRITICS[settings.critic](**shape).to(device, memory_format=layout(device))


def scores(logits: Tensor, seen: Sequence[int]) -> Tensor:
    """Scores of every stream label from the class head's outputs, minus infinity for those not ``seen``."""
    all_labels = torch.full((len(logits), max(seen) + 1), -torch.inf, device=logits.device)
    all_labels[:, list(seen)] = logits
    return all_labels
