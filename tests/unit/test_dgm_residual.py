"""DGM's residual networks: published counts, layers against plain modules, and chains that stay equal to the bit."""

import math

import pytest
import torch
from dgm_toys import TASKS, begun, chain, images, learned, restored, run, shown
from torch import nn
from torch.nn import functional as F

from mneme.methods.dgm.plasticity import widths_by_weight_residual
from mneme.networks import masked_residual as network
from mneme.networks.masked import xavier
from mneme.networks.residual_critic import ResidualCritic
from mneme.networks.resnet18_critic import ResNet18Critic

RESIDUAL = {"network": "residual", "critic": "residual", "width": 3, "critic_width": 8}
WIDE = [3, 2, 4, 4, 4]  # the first block has a convolution for a shortcut, the second the identity


def count(module):
    return sum(p.numel() for p in module.parameters())


def test_counts_of_the_published_pair():
    """FC 128 -> 4 x 4 x 64 without bias, three blocks of two 3 x 3 convolutions, their 1 x 1 shortcuts."""
    shapes = network.shapes(128, network.widths(32, 64))
    assert shapes[0] == (128, 64, 4, 4) and len(shapes) == 10
    counts = [math.prod(shape) for shape in shapes]
    assert counts[0] == 128 * 16 * 64 == 131_072
    assert counts[1::3] == counts[2::3] == [64 * 64 * 9] * 3 and counts[3::3] == [64 * 64] * 3
    assert sum(counts) == 364_544
    own = network.Own(network.widths(32, 64), 3, range(10), first=True)
    assert count(own.heads) == 10 * (3 * 64 * 9 + 3) and len(own.norms) == 7


def test_the_resnet18_critic_is_torchvisions_with_another_stem_and_heads():
    from torchvision.models import resnet18

    theirs = resnet18(num_classes=1)
    body = count(theirs) - count(theirs.fc) - count(theirs.conv1) + 64 * 3 * 9
    critic = ResNet18Critic(size=32, channels=3, width=64, labels=50)
    assert count(critic.body) == body
    assert count(critic) == body + (512 * 2048 + 2048) + 2 * 2048 + (2048 + 1) + 50 * 2048 == 12_328_001
    assert critic.norm.momentum == 0.01 and critic.classes.bias is None


@pytest.mark.parametrize("critic", [ResidualCritic, ResNet18Critic])
@pytest.mark.parametrize("size", [8, 32])
def test_critics_judge_images_of_any_size(critic, size):
    torch.manual_seed(0)
    judge = critic(size=size, channels=3, width=2, labels=4)
    x = torch.rand(5, 3, size, size)
    scores, logits = judge(x)
    assert scores.shape == (5,) and logits.shape == (5, 4) and judge.features(x).ndim == 2
    gradient = judge.gradient(x)
    assert gradient.shape == x.shape and gradient.requires_grad
    gradient.square().sum().backward()
    assert judge.score.weight.grad.abs().sum() > 0


def made_weights(noise=8):
    torch.manual_seed(0)
    return [xavier(torch.empty(*shape)) for shape in network.shapes(noise, WIDE)]


def conv(weight, **options):
    """A plain convolution with weights [in, out, side, side]."""
    layer = nn.Conv2d(weight.shape[0], weight.shape[1], weight.shape[2], bias=False, **options)
    with torch.no_grad():
        layer.weight.copy_(weight.transpose(0, 1))
    return layer


@pytest.mark.parametrize("eval_mode", [False, True])
def test_the_generator_against_plain_modules(eval_mode):
    weights = made_weights()
    own = network.Own(WIDE, 2, (4, 7), first=True).train(not eval_mode)
    z, y = torch.randn(6, 8), torch.tensor([4, 7, 7, 4, 4, 7])
    found = network.generate(weights, [torch.ones_like(w) for w in weights], own, z, y)
    assert found.shape == (6, 2, 16, 16)
    norms = own.norms
    h = F.linear(z, weights[0].flatten(1).T).view(6, 3, 4, 4)
    inner = conv(weights[1], padding=1)(F.interpolate(F.relu(norms[0](h)), scale_factor=2))
    inner = conv(weights[2], padding=1)(F.relu(norms[1](inner)))
    h = inner + conv(weights[3])(F.interpolate(h, scale_factor=2))
    inner = conv(weights[4], padding=1)(F.interpolate(F.relu(norms[2](h)), scale_factor=2))
    h = F.interpolate(h, scale_factor=2) + conv(weights[5], padding=1)(F.relu(norms[3](inner)))
    h = F.relu(norms[4](h))
    rows = [torch.tanh(own.heads[str(int(label))](row[None]))[0] for row, label in zip(h, y, strict=True)]
    torch.testing.assert_close(found, torch.stack(rows), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("after", [False, True])
def test_an_unused_channel_reaches_nothing_but_as_a_constant(after):
    """Its own weights do not matter to the image, whatever they are."""
    own = network.Own(WIDE, 1, (0,), first=True).eval()
    z, y = torch.randn(4, 8), torch.zeros(4, dtype=torch.long)
    for place, width in enumerate(WIDE):
        weights, masks = made_weights(), [torch.ones(count) for count in WIDE]
        masks[place][width - 1] = 0
        before = network.generate(weights, masks, own, z, y, after)
        for weight, (_, made) in zip(weights, network.units(len(WIDE)), strict=True):
            if made == place:
                weight[:, width - 1] = torch.randn_like(weight[:, width - 1])
        assert torch.equal(before, network.generate(weights, masks, own, z, y, after)), place


def test_an_older_task_takes_the_first_channels():
    own = network.Own(WIDE, 1, (0,), first=True).eval()
    z, y = torch.randn(4, 8), torch.zeros(4, dtype=torch.long)
    weights = made_weights()
    masks = [(torch.rand_like(w) < 0.7).float() for w in weights]
    before = network.generate(weights, masks, own, z, y)
    wider = []
    for weight, shape in zip(weights, network.shapes(8, [5, 4, 6, 7, 8]), strict=True):
        wider.append(torch.randn(*shape))
        wider[-1][: weight.shape[0], : weight.shape[1]] = weight
    assert torch.equal(before, network.generate(wider, masks, own, z, y))


def test_expansion_by_hand():
    """z of 8 and widths 4, so 512 weights of the projection, 144 of a convolution, 16 of a shortcut."""
    wide = [4, 4, 4]
    assert widths_by_weight_residual(wide, [0, 0, 0, 16], 8) == wide
    assert widths_by_weight_residual(wide, [129, 0, 0, 0], 8) == [6, 4, 4]  # two columns of 128
    # two new inputs bring 72 weights; 37 more are a column of the four old inputs and one of a second
    assert widths_by_weight_residual(wide, [129, 109, 0, 0], 8) == [6, 6, 4]
    assert widths_by_weight_residual(wide, [129, 109, 72, 0], 8) == [6, 6, 4]
    assert widths_by_weight_residual(wide, [129, 109, 73, 0], 8) == [6, 6, 5]


# ---- chains ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("critic", ["residual", "resnet18"])
@pytest.mark.parametrize(("name", "order"), [("dgm_w", None), ("dgm_a", "before"), ("dgm_a", "after")])
def test_images_of_old_tasks_stay_equal_to_the_bit(name, order, critic):
    options = {
        **RESIDUAL,
        "critic": critic,
        "size": 16,
        "lr_g": 0.02,
        "reserve": 0.0,
        **({"order": order} if order else {}),
    }
    first, methods = {}, chain(name, TASKS[:3], **options)
    for t, method in enumerate(methods, start=1):
        after = restored(name, TASKS[:t], method.state(), **options)
        for task in TASKS[:t]:
            assert torch.equal(shown(after, task), first.setdefault(task.index, shown(after, task))), (t, task.index)
    assert methods[-1].wide != methods[0].wide
    moved = False
    for old, new, frozen in zip(methods[1].weights, methods[2].weights, methods[2].frozen, strict=True):
        changed = new[: old.shape[0], : old.shape[1]] != old
        assert not changed[frozen.expand_as(new)[: old.shape[0], : old.shape[1]]].any()
        moved |= bool(changed.any())
    assert moved and any(frozen.any() for frozen in methods[2].frozen)


def test_the_leak_of_a_constant_is_there_too_unless_closed():
    changed = {}
    for closed in (False, True):
        options = {**RESIDUAL, "size": 16, "closed": closed}
        method = run(begun("dgm_a", TASKS[:1], **options))
        with torch.no_grad():
            for e in method.embeddings:
                e.copy_(torch.where(torch.arange(len(e)) < 2, 1.0, -1.0))
            for norm in method.own.norms:
                norm.bias[-1], norm.running_mean[-1] = 0.5, 0.0
        method.end(images(TASKS[0], size=16))
        before = shown(restored("dgm_a", TASKS[:1], method.state(), **options), TASKS[0])
        later = learned("dgm_a", TASKS[:2], method.state(), **{**options, "lr_g": 0.05})
        after = shown(restored("dgm_a", TASKS[:2], later.state(), **options), TASKS[0])
        changed[closed] = not torch.equal(before, after)
    assert changed == {False: True, True: False}


def test_a_discriminator_that_goes_on_keeps_the_outputs_of_past_classes():
    options = {**RESIDUAL, "critic": "resnet18", "reinit": False}
    before = learned("dgm_w", TASKS[:1], **options).state()
    method = begun("dgm_w", TASKS[:2], before, **options)
    assert torch.equal(method.critic.classes.weight[:1], before["critic"]["classes.weight"])
    assert torch.equal(method.critic.body.conv.weight, before["critic"]["body.conv.weight"])
    assert not torch.equal(method.critic.score.weight, before["critic"]["score.weight"])
    anew = begun("dgm_w", TASKS[:2], before, **{**options, "reinit": True})
    assert not torch.equal(anew.critic.body.conv.weight, before["critic"]["body.conv.weight"])


@pytest.mark.parametrize("rule", ["widths", "weights", "free"])
def test_alpha_by_each_rule(rule):
    before = learned("dgm_w", TASKS[:1]).state()
    method = begun("dgm_w", TASKS[:2], before, alpha=rule)
    first, now = 12, method.wide[0]
    assert now > first
    entries, reserved = (now * 8 * 16, int((method.reserved[0]).sum()))
    expected = {"widths": now / first, "weights": now / first, "free": entries / (entries - reserved)}
    assert method.alpha == pytest.approx(expected[rule])


def test_embeddings_may_start_above_0_from_the_second_task_on():
    first = learned("dgm_w", TASKS[:1], start=6.0)
    assert (begun("dgm_w", TASKS[:1], start=6.0).embeddings[0] == 0).all()
    second = begun("dgm_w", TASKS[:2], first.state(), start=6.0)
    assert second.embeddings[0].unique().tolist() == pytest.approx([6e-4])
    rows = second.counted()["layers"][-1]
    assert rows["used"] == rows["entries"] and rows["idle_newly"] == rows["newly"]
