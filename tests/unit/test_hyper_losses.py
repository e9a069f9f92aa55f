"""pix2pix and CycleGAN against slow, obvious computations."""

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from mneme.losses.cyclegan import CycleGan, ImagePool, least_squares
from mneme.losses.decaying_adam import DecayingAdam, decay
from mneme.losses.descend import descend
from mneme.losses.pix2pix import Pix2pix
from mneme.networks.patch_discriminator import PatchDiscriminator
from mneme.state import packed, unpacked

SCHEDULE = {"steps": 10, "constant": 0.5}


def images(n=3):
    return torch.rand(n, 2, 8, 8) * 2 - 1


def translator():
    return nn.Conv2d(2, 2, 3, padding=1)


def judge(channels):
    return PatchDiscriminator(size=8, channels=channels, width=2, depth=1)


def plain_adam(*networks, lr):
    parameters = [parameter for network in networks for parameter in network.parameters()]
    return torch.optim.Adam(parameters, lr=lr, betas=(0.5, 0.999), foreach=False)


def step(adam, loss):
    adam.zero_grad()
    loss.backward()
    adam.step()


def assert_same(mine, theirs):
    for a, b in zip(mine.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-6)


# ---- the learning rate -----------------------------------------------------------------------------------------------


def test_the_learning_rate_is_constant_and_falls_to_zero():
    assert [decay(step, 10, 0.5) for step in range(10)] == pytest.approx([1] * 6 + [0.8, 0.6, 0.4, 0.2])
    assert [decay(step, 4, 1.0) for step in range(4)] == [1] * 4
    assert [decay(step, 4, 0.0) for step in range(4)] == [1, 0.75, 0.5, 0.25]


def test_adam_takes_steps_of_that_rate():
    network = nn.Linear(1, 1, bias=False)
    adam = DecayingAdam(network.parameters(), lr=0.1, **SCHEDULE)
    sizes = []
    for _ in range(10):
        before = network.weight.item()
        adam.descend(network.weight.sum())
        sizes.append(before - network.weight.item())
    assert sizes == pytest.approx([0.1] * 6 + [0.08, 0.06, 0.04, 0.02], rel=1e-3)


def test_rates_and_weights_are_those_of_the_rule_to_the_bit_also_after_a_restart(tmp_path):
    """Every step by an Adam whose rate is set by hand; after the seventh the optimiser is made anew and resumed."""

    def made():
        torch.manual_seed(0)
        network = nn.Linear(3, 3)
        return network, DecayingAdam(network.parameters(), lr=0.0002, steps=11, constant=0.3)

    def loss(network, step):
        x = torch.randn(4, 3, generator=torch.Generator().manual_seed(step))
        return network(x).square().mean()

    (network, mine), (slow, by_hand) = made(), made()
    for step in range(11):
        for group in by_hand.adam.param_groups:
            group["lr"] = 0.0002 * decay(step, 11, 0.3)
        assert mine.adam.param_groups[0]["lr"] == by_hand.adam.param_groups[0]["lr"]
        mine.descend(loss(network, step))
        descend(by_hand.adam, loss(slow, step))
        assert all(map(torch.equal, network.parameters(), slow.parameters()))
        if step == 6:
            torch.save({"network": network.state_dict(), "mine": packed(mine, "mine")}, tmp_path / "progress.pt")
            kept = torch.load(tmp_path / "progress.pt", weights_only=True)
            network, mine = made()
            network.load_state_dict(kept["network"])
            unpacked(mine, kept["mine"], "mine")


def test_adam_leaves_what_is_frozen():
    network = nn.Linear(2, 2)
    network.bias.requires_grad_(False)
    adam = DecayingAdam(network.parameters(), lr=0.1, **SCHEDULE)
    assert [parameter is network.weight for group in adam.adam.param_groups for parameter in group["params"]] == [True]


# ---- pix2pix ---------------------------------------------------------------------------------------------------------


def test_pix2pix_is_the_papers():
    """Discriminator first, its loss halved; binary cross entropy; L1 times 100; three rounds."""
    torch.manual_seed(0)
    forward, discriminator = translator(), judge(4)
    slow_forward, slow_discriminator = copy.deepcopy(forward), copy.deepcopy(discriminator)
    players = [
        DecayingAdam(network.parameters(), lr=0.01, steps=10, constant=1.0) for network in (forward, discriminator)
    ]
    game = Pix2pix(discriminator, *players, l1=100.0)
    adam_g, adam_d = plain_adam(slow_forward, lr=0.01), plain_adam(slow_discriminator, lr=0.01)
    for _ in range(3):
        a, b = images(), images()
        found = game.play(a, b, forward, forward.weight.sum())

        fake = slow_forward(a)
        real_scores, fake_scores = slow_discriminator(a, b), slow_discriminator(a, fake.detach())
        bce = F.binary_cross_entropy_with_logits
        loss_d = 0.5 * (
            bce(real_scores, torch.ones_like(real_scores)) + bce(fake_scores, torch.zeros_like(fake_scores))
        )
        step(adam_d, loss_d)
        scores = slow_discriminator(a, fake)
        loss_g, l1 = bce(scores, torch.ones_like(scores)), (fake - b).abs().mean()
        step(adam_g, loss_g + 100 * l1 + slow_forward.weight.sum())
        for name, value in {"loss_d": loss_d, "loss_g": loss_g, "l1": l1}.items():
            torch.testing.assert_close(found[name], value.detach(), rtol=1e-4, atol=1e-5)
        assert_same(forward, slow_forward)
        assert_same(discriminator, slow_discriminator)


# ---- CycleGAN --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("identity", [0.5, 0.0])
def test_cyclegan_is_the_papers(identity):
    torch.manual_seed(0)
    networks = {"ab": translator(), "ba": translator(), "a": judge(2), "b": judge(2)}
    slow = copy.deepcopy(networks)
    both = [[networks["ab"], networks["ba"]], [networks["a"], networks["b"]]]
    players = [
        DecayingAdam([p for network in pair for p in network.parameters()], lr=0.01, steps=10, constant=1.0)
        for pair in both
    ]
    judges = {"a": networks["a"], "b": networks["b"]}
    game = CycleGan(judges, *players, cycle=10.0, identity=identity, pool=0)
    adam_g, adam_d = plain_adam(slow["ab"], slow["ba"], lr=0.01), plain_adam(slow["a"], slow["b"], lr=0.01)
    for _ in range(3):
        a, b = images(), images()
        found = game.play(a, b, networks["ab"], networks["ba"], networks["ba"].weight.sum())

        fake_b, fake_a = slow["ab"](a), slow["ba"](b)
        loss_g = ((slow["b"](fake_b) - 1) ** 2).mean() + ((slow["a"](fake_a) - 1) ** 2).mean()
        cycle = (slow["ba"](fake_b) - a).abs().mean() + (slow["ab"](fake_a) - b).abs().mean()
        same = (slow["ab"](b) - b).abs().mean() + (slow["ba"](a) - a).abs().mean()
        step(adam_g, loss_g + 10 * cycle + 10 * identity * same + slow["ba"].weight.sum())
        loss_d = sum(
            0.5 * ((slow[side](real) - 1) ** 2).mean() + 0.5 * (slow[side](fake.detach()) ** 2).mean()
            for side, real, fake in (("a", a, fake_a), ("b", b, fake_b))
        )
        step(adam_d, loss_d)
        expected = {"loss_g": loss_g, "cycle": cycle, "loss_d": loss_d, "identity": same if identity else 0 * same}
        for name, value in expected.items():
            torch.testing.assert_close(found[name], value.detach(), rtol=1e-4, atol=1e-5)
        for name in networks:
            assert_same(networks[name], slow[name])


def test_least_squares():
    scores = torch.tensor([[2.0, -1.0]])
    assert least_squares(scores, True).item() == (1 + 4) / 2
    assert least_squares(scores, False).item() == (4 + 1) / 2


# ---- the pool --------------------------------------------------------------------------------------------------------


def numbered(*values):
    return torch.tensor(values, dtype=torch.float).view(-1, 1, 1, 1)


def test_a_pool_gives_images_back_while_it_has_room():
    pool = ImagePool(3)
    assert torch.equal(pool.exchange(numbered(1, 2)), numbered(1, 2))
    assert [image.item() for image in pool.images] == [1, 2]


def test_a_full_pool_exchanges_every_second_image_for_an_older_one():
    torch.manual_seed(0)
    pool, given = ImagePool(4), []
    for value in range(400):
        given.append(pool.exchange(numbered(value)).item())
    older = [value != i for i, value in enumerate(given)]
    assert not any(older[:4]) and 0.4 < sum(older[4:]) / 396 < 0.6
    assert len(pool.images) == 4 and len(set(given)) > 200
    kept = [image.item() for image in pool.images]
    assert set(given) | set(kept) == set(range(400)) and len(given) + len(kept) >= 400, "nothing is lost"


def test_a_pool_of_none_gives_images_back():
    assert torch.equal(ImagePool(0).exchange(numbered(1, 2)), numbered(1, 2))


def test_a_pool_is_kept_and_taken_up():
    torch.manual_seed(0)
    pool, other = ImagePool(2), ImagePool(2)
    pool.exchange(numbered(1, 2, 3, 4))
    other.load_state_dict(pool.state_dict())
    torch.manual_seed(1)
    first = pool.exchange(numbered(5, 6, 7, 8))
    torch.manual_seed(1)
    assert torch.equal(first, other.exchange(numbered(5, 6, 7, 8)))


def test_what_is_pooled_is_no_view_of_a_batch():
    pool = ImagePool(2)
    batch = numbered(1, 2)
    pool.exchange(batch)
    batch.zero_()
    assert [image.item() for image in pool.images] == [1, 2]
