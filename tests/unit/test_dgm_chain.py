"""What stays of DGM's tasks: images equal to the bit, a killed task resumed, what a checkpoint holds and counts."""

import copy
import io

import pytest
import torch
from dgm_toys import (
    TASKS,
    begun,
    chain,
    copied,
    images,
    in_third,
    learned,
    make,
    restored,
    run,
    shown,
)  # fmt: skip

NAMES = ["dgm_w", "dgm_a"]


@pytest.fixture(scope="module", params=NAMES)
def third(request):
    """The name, and what :func:`in_third` gives."""
    return request.param, *in_third(request.param)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("steps", [6, 30])
def test_images_of_old_tasks_stay_equal_to_the_bit(name, steps):
    first = {}
    for t, method in enumerate(chain(name, TASKS, steps=steps), start=1):
        after = restored(name, TASKS[:t], method.state(), steps=steps)
        for task in TASKS[:t]:
            assert torch.equal(shown(after, task), first.setdefault(task.index, shown(after, task))), (t, task.index)


@pytest.mark.parametrize("closed", [False, True])
def test_the_leak_of_dgma_is_a_constant_behind_the_batch_norm(closed):
    """A channel that task 1 does not use, with an offset above 0 in its batch norm: another task may change its
    weights, unless such channels count as reserved inputs."""
    method = begun("dgm_a", TASKS[:1], size=16, closed=closed)
    run(method)
    with torch.no_grad():
        for e in method.embeddings:
            e.copy_(torch.where(torch.arange(len(e)) < len(e) // 2, 1.0, -1.0))
        for norm in method.own.norms:
            norm.bias[-1] = 0.5
    method.end(images(TASKS[0], size=16))
    before = shown(restored("dgm_a", TASKS[:1], method.state(), size=16), TASKS[0])
    later = learned("dgm_a", TASKS[:2], method.state(), size=16, closed=closed, lr_g=0.05)
    after = shown(restored("dgm_a", TASKS[:2], later.state(), size=16), TASKS[0])
    assert torch.equal(before, after) == closed


def test_a_resumed_third_task_has_the_bytes_of_an_undisturbed_one(third):
    name, before, half = third
    undisturbed = run(begun(name, TASKS[:3], before))
    resumed = begun(name, TASKS[:3], before)
    kept = io.BytesIO()
    torch.save(half.progress(), kept)
    kept.seek(0)
    resumed.resume(torch.load(kept, weights_only=True))
    run(resumed, first=3, steps=3)
    files = []
    for method in (undisturbed, resumed):
        method.end(images(TASKS[2]))
        file = io.BytesIO()
        torch.save(method.state(), file)
        files.append(file.getvalue())
    assert files[0] == files[1]


def test_a_checkpoint_has_no_bytes_of_the_real_samples_that_were_dropped():
    state = chain("dgm_w", TASKS[:3], memory=6, keeps=True)[-1].state()
    files = [io.BytesIO(), io.BytesIO()]
    torch.save(state["kept"], files[0])
    torch.save({label: images.clone() for label, images in state["kept"].items()}, files[1])
    assert {len(images) for images in state["kept"].values()} == {2}
    assert len(files[0].getvalue()) == len(files[1].getvalue())


def test_replays_are_drawn_again_and_not_saved(third):
    name, before, method = third
    again = begun(name, TASKS[:3], before)
    assert all(torch.equal(a, b) for a, b in zip(method.replays[0], again.replays[0], strict=True))
    assert "replays" not in method.progress()


@pytest.mark.parametrize("name", NAMES)
def test_a_released_checkpoint_keeps_embeddings_and_running_statistics(name):
    method = learned(name, TASKS[:1], variant="released")
    assert "embeddings" in method.state()["tasks"]["1"]
    running = copy.deepcopy(method.critic.state_dict())
    method.end(images(TASKS[0]))
    assert all(torch.equal(value, running[key]) for key, value in method.critic.state_dict().items())
    hard = learned(name, TASKS[:1])
    assert all(words.dtype == torch.int32 for words in hard.state()["tasks"]["1"]["masks"])
    assert not torch.equal(hard.critic.norms[0].running_mean, method.critic.norms[0].running_mean)


def test_statistics_are_estimated_without_a_trace(third):
    _, _, method = third
    before, critic = torch.get_rng_state(), copy.deepcopy(method.critic.state_dict())
    mean = method.settled().norms[0].running_mean
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(value, critic[key]) for key, value in method.critic.state_dict().items())
    assert torch.equal(mean, method.settled().norms[0].running_mean)


def test_a_snapshot_holds_the_course_of_the_masks(third):
    _, before, method = third
    inside = method.snapshot()["plasticity"]
    assert inside["scale"] == method.scale()[0]
    assert [e.shape for e in inside["embeddings"]] == [e.shape for e in method.embeddings]
    done = copied(method, before)
    done.end(images(TASKS[2]))
    assert "plasticity" not in done.snapshot()


@pytest.mark.parametrize("name", NAMES)
def test_growth_adds_up(name):
    states = [method.state() for method in chain(name, TASKS[:3])]
    growth = make(name, TASKS).growth(states[-1])
    sizes = [sum(weight.numel() for weight in state["weights"]) for state in states]
    assert [row["weights"] for row in growth["tasks"]] == sizes
    assert [row["expanded"] for row in growth["tasks"]][:-1] == sizes[1:]
    for row in growth["layers"]:
        assert row["used"] == row["newly"] + row["reused"] and row["idle_newly"] <= row["newly"]
        assert row["reused"] == 0 or row["task"] > 1
    assert states[-1]["growth"]["layers"][: len(states[1]["growth"]["layers"])] == states[1]["growth"]["layers"]
    fixed = chain(name, TASKS[:2], variant="fixed")[-1]
    assert {row["weights"] for row in fixed.growth(fixed.state())["tasks"]} == {sizes[0]}


@pytest.mark.parametrize("network", ["dcgan", "residual"])
def test_with_constant_room_as_much_is_free_before_every_task(network):
    options = {"network": network, "room": "constant", "size": 16, "reserve": 1.0, "lr_g": 0.01}
    methods = chain("dgm_w", TASKS, **options)
    first = [weight.numel() for weight in methods[0].weights]
    images_then = shown(restored("dgm_w", TASKS[:1], methods[0].state(), **options), TASKS[0])
    assert torch.equal(images_then, shown(restored("dgm_w", TASKS, methods[-1].state(), **options), TASKS[0]))
    grew = 0
    for method in methods[1:]:
        for place, (reserved, weight) in enumerate(zip(method.reserved, method.weights, strict=True)):
            if weight.shape[2] > 1:
                spare = int((~reserved).sum()) - first[place]
                column = weight[:, 0].numel()
                assert spare >= 0 and (spare < column or weight.shape[1] == methods[0].weights[place].shape[1])
                grew += weight.numel() - first[place]
    assert grew > 0
