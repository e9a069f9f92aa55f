"""What is kept of a half-trained task: every kind of part, and what is refused."""

import io

import pytest
import torch

from mneme.method import Method
from mneme.state import packed, unpacked


class Consolidated(Method):
    """Two networks with an optimiser each, an importance a weight, a count and a running mean."""

    PROGRESS = ("networks", "optimisers", "importance", "count", "means")
    noise = 2

    def begin(self, previous, data):
        torch.manual_seed(1)
        self.networks = [torch.nn.Linear(2, 2), torch.nn.Linear(2, 1)]
        self.optimisers = tuple(torch.optim.Adam(network.parameters(), lr=0.1) for network in self.networks)
        self.importance = {"weight": torch.zeros(2, 2), "bias": torch.zeros(2)}
        self.count, self.means = 0, [0.0, {"last": None}]
        self.teacher = torch.nn.Linear(2, 2)

    def step(self, batch):
        loss = self.networks[1](self.networks[0](batch["x"])).square().mean()
        for optimiser in self.optimisers:
            optimiser.zero_grad()
        loss.backward()
        for optimiser in self.optimisers:
            optimiser.step()
        for name, parameter in self.networks[0].named_parameters():
            self.importance[name] += parameter.grad.square()
        self.count += 1
        self.means = [self.means[0] + loss.item(), {"last": loss.item()}]
        return {"loss": loss.detach()}

    def state(self):
        return {"weight": self.networks[0].weight.detach(), "importance": self.importance, "means": self.means}

    restore = sample = None


Consolidated.__abstractmethods__ = frozenset()


def begun(cls=Consolidated):
    method = cls(None, (), 8, 1, torch.device("cpu"), None)
    method.begin(None, {})
    return method


def steps(method, first, last):
    for step in range(first, last):
        torch.manual_seed(step)
        method.step({"x": torch.randn(4, 2)})
    return method


def written(value):
    file = io.BytesIO()
    torch.save(value, file)
    return file.getvalue()


def test_a_list_of_optimisers_and_importance_weights_survive():
    """Interrupted after any step; the file of progress is plain data, and holds no teacher."""
    whole = written(steps(begun(), 0, 6).state())
    for stop in range(1, 6):
        progress = torch.load(io.BytesIO(written(steps(begun(), 0, stop).progress())), weights_only=True)
        assert set(progress) == set(Consolidated.PROGRESS)
        resumed = begun()
        held = resumed.importance["weight"]
        resumed.resume(progress)
        assert resumed.importance["weight"] is held and resumed.count == stop
        assert isinstance(resumed.optimisers, tuple)
        assert written(steps(resumed, stop, 6).state()) == whole


def test_parameters_stay_those_that_the_optimiser_holds():
    weight = torch.nn.Parameter(torch.zeros(3))
    adam = torch.optim.Adam([weight], lr=0.1)
    found = unpacked({"weight": weight}, packed({"weight": torch.ones(3)}, "m"), "m")["weight"]
    assert found is weight and weight.requires_grad and weight.tolist() == [1, 1, 1]
    assert adam.param_groups[0]["params"][0] is weight


def test_an_attribute_of_another_kind_is_refused():
    class Odd(Consolidated):
        PROGRESS = ("networks", "sampler")
        sampler = object()

    with pytest.raises(TypeError, match=r"Odd\.sampler: a object is no tensor or number"):
        begun(Odd).progress()
    with pytest.raises(TypeError, match=r"m\.bank\.0: a set is no tensor"):
        packed({"bank": [{1, 2}]}, "m")


def test_a_name_that_is_no_attribute_is_refused():
    class Forgetful(Consolidated):
        PROGRESS = ("networks", "weights")

    with pytest.raises(AttributeError, match="weights"):
        begun(Forgetful).progress()


@pytest.mark.parametrize(
    ("saved", "said"),
    [
        ({"count": 1}, r"m: saved were \['count'\], not \['count', 'means', 'omega'\]"),
        ({"count": 1, "means": {0: 1.0}, "omega": torch.ones(2)}, r"m\.means: saved were \['0'\], not \['0', '1'\]"),
        ({"count": 1, "means": {0: 1.0, 1: 2.0}, "omega": torch.ones(3)}, r"m\.omega: saved was tensor"),
        ({"count": torch.ones(1), "means": {0: 1.0, 1: 2.0}, "omega": torch.ones(2)}, r"m\.count: "),
    ],
)
def test_progress_of_another_shape_is_refused(saved, said):
    with pytest.raises(ValueError, match=said):
        unpacked({"count": 0, "means": [0.0, 0.0], "omega": torch.zeros(2)}, saved, "m")
