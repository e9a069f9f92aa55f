"""DGM as it trains: its steps against slow computations, what is kept of a task, and that it learns."""

import copy

import pytest
import torch
from dgm_toys import (
    PAIRS,
    TASKS,
    batch,
    begun,
    chain,
    copied,
    images,
    in_third,
    learned,
    quadrant,
    restored,
    run,
    shown,
)  # fmt: skip
from torch.nn.functional import cross_entropy

from mneme.data.pixels import to_unit
from mneme.errors import UserError
from mneme.losses.wasserstein import gradient_penalty
from mneme.methods.dgm.plasticity import compensation, regulariser

NAMES = ["dgm_w", "dgm_a"]


@pytest.fixture(scope="module", params=NAMES)
def third(request):
    """The name, and what :func:`in_third` gives."""
    return request.param, *in_third(request.param)


# ---- a step ----------------------------------------------------------------------------------------------------------


def test_a_step_takes_a_solver_batch_for_each_class_and_one_critic_batch(third):
    _, before, method = third
    method = copied(method, before)
    count = next(iter(method.optimisers["critic"].state.values()))["step"].item()
    run(method, first=3, steps=1)
    state = method.optimisers["critic"].state
    convolution = state[method.critic.convs[0].weight]
    assert convolution["step"].item() == count + 3 + 1
    assert state[method.critic.classes.weight]["step"].item() - state[method.critic.score.weight]["step"].item() == 8


@pytest.mark.parametrize("fakes", [0.0, 0.5])
def test_a_solver_mixture_has_as_many_of_each_class(third, fakes):
    name, before, _ = third
    method = begun(name, TASKS[:3], before, solver_fakes=fakes)
    data = batch(method, 0)
    x, fake = to_unit(data["x"]), torch.full((4, 1, 8, 8), 7.0)
    mixed = method.mixed(x, data["y"], fake)
    assert [len(part) for part, _ in mixed] == [4, 4, 4]
    pixels, labels = (torch.cat(parts) for parts in zip(*mixed, strict=True))
    assert labels.sort().values.tolist() == [0] * 4 + [1] * 4 + [2] * 4
    assert (pixels.amax((1, 2, 3)) == 7).sum() == 4 * fakes
    for label, (past, _) in enumerate(method.replays):
        known = {tuple(row) for row in to_unit(past).flatten(1).tolist()}
        assert {tuple(row) for row in pixels[labels == label].flatten(1).tolist()} <= known


def test_past_tasks_may_count_as_one_class_each():
    before = learned("dgm_w", PAIRS[:1]).state()
    by_class, by_task = (begun("dgm_w", PAIRS, before, replay_by=word) for word in ("class", "task"))
    assert [len(x) for x, _ in by_class.replays] == [12, 12]
    assert [len(x) for x, _ in by_task.replays] == [24]
    assert len(by_task.mixed(*(torch.zeros(4, 1, 8, 8), torch.full((4,), 2)), torch.zeros(4, 1, 8, 8))) == 2


@pytest.mark.parametrize("class_loss", [False, True])
def test_a_generator_step_by_hand(third, class_loss):
    """Loss, gradients of reserved weights and embeddings, clipping; against ``backward`` and a plain Adam."""
    name, before, _ = third
    method = begun(name, TASKS[:3], before, class_loss=class_loss, clip=0.5, reserve=3.0)
    run(method, steps=1)
    twin = copied(method, before, class_loss=class_loss, clip=0.5, reserve=3.0)
    s, top = method.scale()
    y = torch.full((4,), 2)
    torch.manual_seed(9)
    found = method.generator_step(y, s, top)
    torch.manual_seed(9)
    scores, logits = twin.critic(twin.fake(y, s))
    masks = [torch.sigmoid(s * e) for e in twin.embeddings]
    grown = sum(twin.wide) / 12
    loss = -scores.mean() + 3.0 * grown * regulariser(masks, twin.reserved)
    if class_loss:
        loss = loss + cross_entropy(logits, y)
    assert twin.alpha == grown and found.item() == pytest.approx(loss.item(), rel=1e-5)
    trained = [*twin.weights, *twin.embeddings, *twin.own.parameters()]
    for parameter in trained:
        parameter.grad = None
    loss.backward()
    for weight, frozen in zip(twin.weights, twin.frozen, strict=True):
        weight.grad *= 1 - frozen.float()
    for e in twin.embeddings:
        e.grad *= compensation(e.detach(), s, top)
    norm = torch.stack([p.grad.norm() for p in trained]).norm()
    for parameter in trained:
        parameter.grad *= min(1.0, 0.5 / (norm.item() + 1e-6))
    twin.optimisers["generator"].step()
    for mine, other in zip([*method.weights, *method.embeddings, *method.own.parameters()], trained, strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-4, atol=1e-6)


def test_a_critic_step_by_hand(third):
    method = copied(third[2], third[1])
    x, fake = torch.rand(4, 1, 8, 8), torch.rand(4, 1, 8, 8)
    twin = copy.deepcopy(method.critic)
    torch.manual_seed(3)
    found = method.critic_step(x, fake)
    torch.manual_seed(3)
    expected = twin(fake)[0].mean() - twin(x)[0].mean() + gradient_penalty(twin, x, fake)
    assert found.item() == pytest.approx(expected.item(), rel=1e-5)


def test_no_optimiser_moves_a_reserved_weight(third):
    """Not even one with moments from before: the trap of a gradient that is 0."""
    name, before, _ = third
    method = begun(name, TASKS[:3], before)
    start = [weight.detach().clone() for weight in method.weights]
    for weight in method.weights:
        state = {"step": torch.tensor(1.0), "exp_avg": torch.ones_like(weight), "exp_avg_sq": torch.ones_like(weight)}
        method.optimisers["generator"].state[weight] = state
    run(method, steps=2)
    for weight, frozen, first in zip(method.weights, method.frozen, start, strict=True):
        frozen = frozen.expand_as(weight)
        assert torch.equal(weight[frozen], first[frozen])
        assert not torch.equal(weight[~frozen], first[~frozen])
    assert any(frozen.any() for frozen in method.frozen)


# ---- what is given ---------------------------------------------------------------------------------------------------


def test_classes_not_yet_seen_have_no_score():
    task = [TASKS[2], TASKS[0]]  # labels 2 and 0: class 1 is not seen
    method = restored("dgm_w", task, chain("dgm_w", task)[-1].state())
    scores = method.predict(images(TASKS[0])["x"])
    assert scores.shape == (12, 3) and scores.isfinite().all(0).tolist() == [True, False, True]
    logits = method.critic(to_unit(images(TASKS[0])["x"]))[1]
    assert torch.equal(scores[:, [2, 0]], logits)


def test_a_task_not_learned_is_refused():
    with pytest.raises(UserError, match=f"task 2, '{TASKS[1].name}', was never learned"):
        shown(restored("dgm_w", TASKS[:1], learned("dgm_w", TASKS[:1]).state()), TASKS[1])


# ---- learning --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "tasks"), [("dgm_w", TASKS[:2]), ("dgm_a", TASKS[:2]), ("dgm_w", PAIRS[:1])])
def test_it_learns_toy_classes(name, tasks):
    """Told apart by where they are bright: images obey their label, and predictions of real images are right."""
    fast = {"steps": 60, "cycle": 12, "batch": 12, "width": 6, "critic_width": 6, "s_max": 1000.0, "noise": 16}
    fast |= {"class_loss": len(tasks[0].labels) > 1, "solver_fakes": 0.5, "size": 16}
    if name == "dgm_a":  # whose masks of activations need more of everything
        fast |= {"steps": 80, "batch": 20, "width": 10, "class_loss": True}
    method = restored(name, tasks, chain(name, tasks, **fast)[-1].state(), **fast)
    for task in tasks:
        y = torch.tensor(task.labels).repeat(16)
        made = method.sample(task, y, torch.randn(len(y), method.noise, generator=torch.Generator().manual_seed(0)))
        for label in task.labels:
            light = [quadrant(made[y == label], place).float().mean().item() for place in range(4)]
            assert light.pop(label) > 1.1 * max(light), (task.index, label, light)
        real = images(task, size=16)
        right = (method.predict(real["x"]).argmax(1) == real["y"]).float().mean().item()
        assert right >= 0.8, (task.index, right)
