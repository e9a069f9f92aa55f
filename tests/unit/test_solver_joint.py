"""DGM's joint bound: its discriminator's class head, on real images of all tasks."""

import pytest
import torch
from dgm_toys import CATALOGUE, CPU, PAIRS, images
from torch.nn.functional import cross_entropy

from mneme.data.pixels import to_unit
from mneme.methods.dgm.solver_joint import SolverJoint
from mneme.settings import Settings
from mneme.training.job import why_collapsed

OPTIONS = {"critic_width": 6, "batch": 16, "steps": 160}


def made(**overrides):
    settings = {**CATALOGUE.method("solver_joint", "tests").settings, **OPTIONS, **overrides}
    return SolverJoint(Settings(settings), PAIRS, 8, 1, CPU, None)


def both():
    parts = [images(task) for task in PAIRS]
    return {name: torch.cat([part[name] for part in parts]) for name in ("x", "y")}


@pytest.mark.parametrize("critic", ["strided", "residual", "resnet18"])
def test_it_learns_all_tasks_at_once(critic):
    method, data = made(critic=critic), both()
    torch.manual_seed(1)
    method.begin(None, data)
    score = method.network.score.weight.clone()
    for step in range(method.settings.steps):
        torch.manual_seed(step)
        chosen = torch.randint(len(data["y"]), (16,))
        losses = method.step({name: part[chosen] for name, part in data.items()})
    assert torch.equal(method.network.score.weight, score) and losses["loss"].isfinite()
    again = made(critic=critic)
    again.restore({2: method.state()})
    scores = again.predict(data["x"])
    assert torch.equal(scores, method.predict(data["x"])) and scores.shape == (48, 4)
    assert (scores.argmax(1) == data["y"]).float().mean() >= 0.9
    assert why_collapsed(again, method.state(), (), data) == ""


def test_a_step_is_the_cross_entropy_of_the_class_head():
    method, data = made(), both()
    torch.manual_seed(1)
    method.begin(None, data)
    expected = cross_entropy(method.network.train()(to_unit(data["x"]))[1], data["y"])
    torch.manual_seed(1)
    method.begin(None, data)
    assert method.step(data)["loss"].item() == pytest.approx(expected.item(), rel=1e-6)


def test_its_settings_are_those_of_dgm_where_they_share_a_name():
    joint, dgm = (CATALOGUE.method(name, "tests") for name in ("solver_joint", "dgm_w"))
    assert joint.choices["critic"] == dgm.choices["critic"]
    for name in ("critic", "critic_width", "steps", "batch", "lr_d"):
        assert joint.settings[name] == dgm.settings[name], name
