"""A translator of two convolutions, for tests of the jobs around it."""

import torch
import torch.nn.functional as F
from torch import nn

from mneme.data.pixels import to_uint8, to_unit
from mneme.method import Method


class ToyTranslator(Method):
    SEES, CHAINED, BASE = "current", True, "none"
    TAKES = ("paired", "unpaired")
    PROGRESS = ("network", "optimiser")

    @property
    def noise(self) -> int:
        return 2

    def begin(self, previous, data):
        assert data["a"].shape[1:] == data["x"].shape[1:]
        self.built(previous["network"] if previous else None)
        self.optimiser = torch.optim.Adam(self.network.parameters(), 0.01)

    def built(self, weights):
        torch.manual_seed(0)
        self.network = nn.Sequential(
            nn.Conv2d(self.channels + self.noise, 8, 5, padding=2), nn.ReLU(), nn.Conv2d(8, self.channels, 5, padding=2)
        ).to(self.device)
        if weights:
            self.network.load_state_dict(weights)

    def made(self, given, z):
        spread = 0.1 * z[:, :, None, None].expand(len(given), -1, *given.shape[2:])
        return self.network(torch.cat([to_unit(given), spread], 1))

    def step(self, batch):
        loss = F.l1_loss(self.made(batch["a"], torch.randn(1, self.noise)), to_unit(batch["x"]))
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        return {"loss": loss.detach()}

    def state(self):
        return {"network": self.network.state_dict()}

    def restore(self, states):
        self.built(states[self.task.index]["network"])

    @torch.no_grad()
    def sample(self, task, given, z):
        return to_uint8(self.made(given, z))
