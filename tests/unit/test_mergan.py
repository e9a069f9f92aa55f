"""The losses of MeRGAN and its rivals against slow, obvious computations."""

from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

from mneme.catalogue.catalogue import Catalogue
from mneme.data.stream import Task
from mneme.errors import UserError
from mneme.losses.wasserstein import critic_loss, generator_loss, gradient_penalty
from mneme.methods.mergan.acgan import TOGETHER
from mneme.methods.mergan.dgr import Dgr
from mneme.methods.mergan.ewc import Ewc
from mneme.methods.mergan.jt import Jt
from mneme.methods.mergan.mergan_jtr import MerganJtr
from mneme.methods.mergan.mergan_ra import MerganRa
from mneme.methods.mergan.sft import Sft
from mneme.networks import acgan, residual_acgan
from mneme.settings import Settings

CATALOGUE = Catalogue({"experiments": ["x"]}, Path(__file__).parents[2] / "config")
CPU = torch.device("cpu")
TASKS = [Task(i, str(i), "toy", (i - 1,), (i - 1,)) for i in (1, 2, 3)]
TINY = {"width": 2, "noise": 4, "batch": 8, "critic_steps": 2}


def make(cls, tasks, previous=None, **settings):
    name = "".join(f"_{c.lower()}" if c.isupper() else c for c in cls.__name__).strip("_")
    published = CATALOGUE.method(name, "tests").settings
    method = cls(Settings({**published, **TINY, **settings}), tasks, 8, 1, CPU, None)
    torch.manual_seed(1)
    method.begin(previous, {})
    return method


def disturbed(cls, **settings):
    """The method in task 3, its generator moved away from the old one."""
    torch.manual_seed(0)
    method = make(cls, TASKS, make(cls, TASKS[:2], **settings).state(), **settings)
    with torch.no_grad():
        for parameter in method.generator.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return method


# ---- networks --------------------------------------------------------------------------------------------------------


def test_the_published_generator_has_518_944_weights():
    generator = acgan.Generator(size=32, channels=1, width=32, noise=128, labels=10)
    layers = [m for m in generator.modules() if isinstance(m, (torch.nn.Linear, torch.nn.ConvTranspose2d))]
    assert sum(layer.weight.numel() for layer in layers) == 518_944
    assert generator(torch.randn(3, 128), torch.tensor([0, 1, 9])).shape == (3, 1, 32, 32)


def test_the_residual_pair_has_the_published_channels():
    generator = residual_acgan.Generator(size=64, channels=3, width=64, noise=128, labels=10)
    assert generator.fc.weight.shape == (512 * 16, 138)
    assert [block.conv_0.weight.shape[:2] for block in generator.blocks] == [
        (512, 512), (256, 512), (128, 256), (64, 128)
    ]  # fmt: skip
    critic = residual_acgan.Critic(size=64, channels=3, width=64, labels=10)
    assert [block.conv_1.weight.shape[:2] for block in critic.blocks] == [
        (128, 64), (256, 128), (512, 256), (512, 512)
    ]  # fmt: skip
    assert critic.score.in_features == 8192


def test_the_residual_pair_makes_and_judges_images():
    generator = residual_acgan.Generator(size=64, channels=3, width=2, noise=4, labels=3)
    critic = residual_acgan.Critic(size=64, channels=3, width=2, labels=3)
    images = generator(torch.randn(2, 4), torch.tensor([0, 2]))
    assert images.shape == (2, 3, 64, 64)
    scores, logits = critic(images)
    assert (scores.shape, logits.shape) == ((2,), (2, 3))
    with pytest.raises(UserError, match="64 pixels"):
        residual_acgan.Generator(size=32, channels=3, width=2, noise=4, labels=3)


@pytest.mark.parametrize(("module", "size"), [(acgan, 16), (residual_acgan, 64)])
def test_groups_are_normalised_as_in_calls_apart(module, size):
    torch.manual_seed(0)
    generator = module.Generator(size=size, channels=1, width=2, noise=4, labels=3)
    z, y = torch.randn(12, 4), torch.arange(3).repeat_interleave(4)
    apart = torch.cat([generator(z[part], y[part]) for part in (slice(0, 4), slice(4, 8), slice(8, 12))])
    torch.testing.assert_close(generator(z, y, 3), apart, rtol=1e-4, atol=1e-5)
    assert not torch.allclose(generator(z, y), apart, atol=1e-3)


def test_the_class_enters_through_the_tables_only():
    generator = acgan.Generator(size=8, channels=1, width=2, noise=4, labels=3)
    z = torch.randn(5, 4)
    zero, one = torch.zeros(5, dtype=torch.long), torch.ones(5, dtype=torch.long)
    assert torch.equal(generator(z, zero), generator(z, one))
    with torch.no_grad():
        generator.norms[0].offset[1] += 1
    assert not torch.equal(generator(z, zero), generator(z, one))


# ---- the game --------------------------------------------------------------------------------------------------------


def test_gradient_penalty_of_a_linear_critic():
    weight = torch.tensor([3.0, 0.0, 4.0, 0.0]).view(1, 1, 2, 2)

    class Linear(torch.nn.Module):
        def gradient(self, x):
            return weight.expand_as(x)

    real, fake = torch.randn(2, 6, 1, 2, 2)
    assert gradient_penalty(Linear(), real, fake).item() == pytest.approx((5 - 1) ** 2)


@pytest.mark.parametrize(("module", "size"), [(acgan, 8), (acgan, 32), (residual_acgan, 64)])
def test_a_critics_gradient_is_that_of_autograd(module, size):
    torch.manual_seed(0)
    critic = module.Critic(size=size, channels=3, width=3, labels=2)
    with torch.no_grad():
        for parameter in critic.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    x = torch.randn(4, 3, size, size, requires_grad=True)
    expected = torch.stack([torch.autograd.grad(critic(x)[0][i], x, create_graph=True)[0][i] for i in range(4)])
    found = critic.gradient(x.detach())
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-6)
    weights = [parameter for name, parameter in critic.named_parameters() if name.endswith("weight")]
    pairs = zip(
        torch.autograd.grad(found.norm(), weights, allow_unused=True),
        torch.autograd.grad(expected.norm(), weights, allow_unused=True),
        strict=True,
    )
    for mine, theirs in pairs:
        torch.testing.assert_close(mine, theirs, rtol=1e-3, atol=1e-5)


def test_losses_by_hand():
    class Critic(torch.nn.Module):
        def forward(self, x):
            x = x.flatten(1)
            return x[:, 0], x[:, 1:]

    critic = Critic()
    real, fake = torch.randn(2, 5, 4)
    y = torch.tensor([0, 1, 2, 1, 0])

    def entropy(x):
        return sum(-(x[i, 1 + y[i]] - x[i, 1:].exp().sum().log()) for i in range(5)) / 5

    expected = sum(fake[:, 0]) / 5 - sum(real[:, 0]) / 5 + entropy(real)
    torch.testing.assert_close(critic_loss(critic, real, y, fake), expected)
    torch.testing.assert_close(generator_loss(critic, fake, y), entropy(fake) - sum(fake[:, 0]) / 5)
    torch.testing.assert_close(generator_loss(critic, fake, None), -sum(fake[:, 0]) / 5)


def test_an_iteration_is_one_generator_step_and_then_the_critic_steps_but_the_first_has_none():
    method = make(Sft, TASKS[:1])
    assert method.images_a_step == 16
    batch = {"x": torch.randint(0, 255, (16, 1, 8, 8)).to(torch.uint8), "y": torch.zeros(16, dtype=torch.long)}
    before = [p.clone() for p in method.generator.parameters()]
    assert "loss_g" not in method.step(batch)
    assert all(torch.equal(a, b) for a, b in zip(before, method.generator.parameters(), strict=True))
    assert "loss_g" in method.step(batch)
    assert not torch.equal(before[0], method.generator.fc.weight)
    assert method.optimisers["critic"].state_dict()["state"][0]["step"] == 4
    assert method.optimisers["generator"].state_dict()["state"][0]["step"] == 1


# ---- replay ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("split", "average"), [(True, True), (True, False), (False, False)])
def test_replay_alignment_is_half_the_sum_of_squares(split, average):
    method = disturbed(MerganRa, split_batch=split, average=average, alignment=0.5)
    torch.manual_seed(5)
    total = method.generator_objective(8).item()
    torch.manual_seed(5)
    current = super(MerganRa, method).generator_objective(8).item()
    each = 4 if split else 8
    z, expected = method.z(2 * each), 0.0
    for k in (0, 1):
        part, y = z[k * each : (k + 1) * each], torch.full((each,), k)
        expected += 0.5 * ((method.generator(part, y) - method.old(part, y)) ** 2).sum().item()
    assert total - current == pytest.approx(0.5 * expected / (2 if average else 1), rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("average", [False, True])
def test_joint_retraining_adds_a_term_for_every_past_class(average):
    method = disturbed(MerganJtr, average=average)
    x, y = torch.rand(8, 1, 8, 8) * 2 - 1, torch.full((8,), 2)
    weight = 0.5 if average else 1.0

    torch.manual_seed(5)
    total_g = method.generator_objective(8).item()
    torch.manual_seed(5)
    current, expected = super(MerganJtr, method).generator_objective(8).item(), 0.0
    z = method.z(8)
    for k, part in enumerate(z.split(4)):
        scores, logits = method.critic(method.generator(part, torch.full((4,), k)))
        expected += (F.cross_entropy(logits, torch.full((4,), k)) - scores.mean()).item()
    assert total_g - current == pytest.approx(weight * expected, rel=1e-4, abs=1e-5)

    torch.manual_seed(5)
    total_d = method.critic_objective(x, y).item()
    torch.manual_seed(5)
    current, expected = super(MerganJtr, method).critic_objective(x, y).item(), 0.0
    z = method.z(8)
    for k, part in enumerate(z.split(4)):
        labels = torch.full((4,), k)
        new, (old, logits) = (
            method.critic(method.generator(part, labels))[0],
            method.critic(method.old(part, labels)),
        )
        expected += (new.mean() - old.mean() + F.cross_entropy(logits, labels)).item()
    assert total_d - current == pytest.approx(weight * expected, rel=1e-4, abs=1e-5)


def test_alignment_without_classification_is_the_papers_reading():
    method = disturbed(MerganRa, classify=False)
    x, y = torch.rand(8, 1, 8, 8) * 2 - 1, torch.full((8,), 2)
    torch.manual_seed(5)
    total = method.critic_objective(x, y).item()
    torch.manual_seed(5)
    z, asked = method.z(8), method.asked(8)
    fake = method.generator(z, asked)
    penalty = gradient_penalty(method.critic, x, fake)
    expected = method.critic(fake)[0].mean() - method.critic(x)[0].mean() + 10 * penalty
    assert total == pytest.approx(expected.item(), rel=1e-4)
    first = make(MerganRa, TASKS[:1], classify=False)
    assert first.classified and not method.classified  # task 1 is the same for all methods


def test_the_extended_dataset_holds_every_class_equally_often():
    method = disturbed(MerganJtr, extended=True)
    x, y = torch.rand(9, 1, 8, 8) * 2 - 1, torch.full((9,), 2)
    torch.manual_seed(5)
    images, labels = method.extend(x, y)
    torch.manual_seed(5)
    past = torch.tensor([0, 1])[torch.randint(2, (6,))]
    assert labels.tolist() == [2, 2, 2, *past.tolist()]
    assert torch.equal(images[:3], x[6:]) and torch.equal(images[3:], method.old(method.z(6), past))
    torch.manual_seed(5)
    total = method.critic_objective(x, y).item()
    torch.manual_seed(5)
    mixed = method.extend(x, y)
    assert total == pytest.approx(super(MerganJtr, method).critic_objective(*mixed).item(), rel=1e-4)
    assert {int(label) for label in method.asked(200)} == {0, 1, 2} == set(method.batch_labels(1))


def test_a_real_image_is_left_beside_many_past_classes():
    tasks = [Task(1, "1", "toy", tuple(range(7)), tuple(range(7))), Task(2, "2", "toy", (7,), (7,))]
    method = make(MerganJtr, tasks, make(MerganJtr, tasks[:1]).state(), extended=True)
    images, labels = method.extend(torch.zeros(4, 1, 8, 8), torch.full((4,), 7))
    assert len(images) == 4 and labels.tolist().count(7) == 1


def test_the_old_generator_is_a_copy_that_stays():
    method = make(MerganRa, TASKS, make(MerganRa, TASKS[:2]).state())
    old = [p.clone() for p in method.old.parameters()]
    z, y, classes = method.replay()
    assert torch.equal(method.generator(z, y, classes), method.old(z, y, classes))
    batch = {"x": torch.zeros(16, 1, 8, 8, dtype=torch.uint8), "y": torch.full((16,), 2)}
    for _ in range(3):
        method.step(batch)
    assert all(torch.equal(a, b) for a, b in zip(old, method.old.parameters(), strict=True))
    assert not torch.equal(method.generator.fc.weight, method.old.fc.weight)


@pytest.mark.parametrize("cls", [Ewc, MerganJtr, MerganRa])
def test_task_1_is_that_of_fine_tuning(cls):
    """What the constant FIRST promises: the plan trains one for all of them."""
    batch = {"x": torch.randint(0, 255, (16, 1, 8, 8)).to(torch.uint8), "y": torch.zeros(16, dtype=torch.long)}
    states = []
    for one in (cls, Sft):
        method = make(one, TASKS[:1])
        for step in range(3):
            torch.manual_seed(step)
            method.step(batch)
        method.end({})
        states.append(method.state())
    assert cls.FIRST == "sft"
    for part in ("generator", "critic"):
        assert all(torch.equal(states[0][part][name], value) for name, value in states[1][part].items())
    assert make(cls, TASKS[:2], states[1]).old is not None


# ---- rivals ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("log_d", ["score", "sigmoid"])
def test_fisher_is_the_mean_of_single_samples_squared_gradients(log_d):
    method = make(Ewc, TASKS[:2], make(Sft, TASKS[:1]).state(), fisher_samples=8, log_d=log_d)
    torch.manual_seed(5)
    found = method.information()
    torch.manual_seed(5)
    z, expected = method.z(8), {name: 0.0 for name in found}
    for i in range(8):
        method.generator.zero_grad()
        score = method.critic(method.generator(z, torch.zeros(8, dtype=torch.long)))[0][i]
        (score.sigmoid().log() if log_d == "sigmoid" else score).backward()
        for name, value in method.generator.named_parameters():
            expected[name] = expected[name] + value.grad**2 / 8
    for name in found:
        torch.testing.assert_close(found[name], expected[name], rtol=1e-3, atol=1e-7)


@pytest.mark.parametrize("half", [True, False])
def test_the_pull_of_ewc_by_hand(half):
    settings = {"fisher_samples": 8, "half": half, "strength": 3.0}
    method = make(Ewc, TASKS[:2], make(Sft, TASKS[:1]).state(), **settings)
    with torch.no_grad():
        method.generator.fc.weight += 0.5
    torch.manual_seed(5)
    total = method.generator_objective(8).item()
    torch.manual_seed(5)
    current = super(Ewc, method).generator_objective(8).item()
    pull = (method.fisher["fc.weight"] * 0.25).sum().item() * 3.0 * (0.5 if half else 1)
    assert total - current == pytest.approx(pull, rel=1e-3, abs=1e-6)
    third = make(Ewc, TASKS, method.state(), **settings)
    torch.manual_seed(1)
    third.build()  # as begin does, so that the noise is the same
    third.build()
    added = third.information()["fc.weight"]
    torch.testing.assert_close(third.fisher["fc.weight"], method.fisher["fc.weight"] + added)


def test_replays_of_dgr_are_labelled_by_its_old_solver():
    method = disturbed(Dgr)
    torch.manual_seed(5)
    images, labels = method.replay(8)
    torch.manual_seed(5)
    assert torch.equal(images, method.old(method.z(8), torch.zeros(8, dtype=torch.long)))
    assert torch.equal(labels, method.old_solver(images)[1].argmax(1))
    x, y = torch.rand(8, 1, 8, 8), torch.full((8,), 2)
    for mix, share in (("constant", 0.4), ("tasks", 1 / 3)):
        method.settings = Settings({**method.settings, "mix": mix})
        torch.manual_seed(5)
        loss = method.solver_objective(x, y)
        expected = share * F.cross_entropy(method.solver(x)[1], y)
        expected += (1 - share) * F.cross_entropy(method.solver(images)[1], labels)
        torch.testing.assert_close(loss, expected)


def test_dgr_draws_until_its_solver_says_the_class():
    method = make(Dgr, TASKS[:1])
    method.restore({1: method.state()})
    z = torch.randn(64, 4)
    said = method.decided(method.of_class(0, z))
    wanted = int(said.mode().values)
    assert (said == wanted).float().mean() < 0.9
    images = method.sample(TASKS[0], torch.full((64,), wanted), z)
    assert (method.decided(images.float() / 127.5 - 1) == wanted).float().mean() > 0.9
    assert torch.equal(images, method.sample(TASKS[0], torch.full((64,), wanted), z))


SHARES = torch.tensor([0.7, 0.25, 0.05, 0.0])
"""Of all draws of the toy scholar, those that show each class."""
SCHOLAR = [Task(1, "", "toy", (7, 8, 5, 9), (0, 1, 2, 3))]


def scholar(monkeypatch, tasks=SCHOLAR, **settings) -> tuple[Dgr, list[torch.Tensor]]:
    """A scholar whose images are their noise and show the class whose share of a standard normal the first entry is in;
    and a list of all noise that it draws, which grows."""
    method = make(Dgr, tasks, **settings)
    method.restore({1: method.state()})
    drawn, edges = [], torch.special.ndtri(SHARES.cumsum(0)[:-1])
    monkeypatch.setattr(method, "generator", lambda z, y, groups=1: drawn.append(z) or z.view(-1, 1, 2, 2).tanh())
    monkeypatch.setattr(method, "decided", lambda x: torch.bucketize(x[:, 0, 0, 0].atanh().contiguous(), edges))
    return method, drawn


def test_dgr_draws_anew_in_every_call(monkeypatch):
    """Two calls that redraw nearly all of their images share none of them."""
    method, drawn = scholar(monkeypatch)
    for _ in range(2):
        method.sample(SCHOLAR[0], torch.full((64,), 2), torch.randn(64, 4))
    drawn = torch.cat(drawn)
    assert len(drawn) > 2000 and len(drawn.unique(dim=0)) == len(drawn)


def test_dgr_gives_every_class_that_it_can_draw(monkeypatch, capsys):
    """Images of a class are spread as all draws of it are, and no image costs more draws than its class needs."""
    method, drawn = scholar(monkeypatch)
    monkeypatch.setattr("mneme.methods.mergan.dgr.to_uint8", torch.clone)
    torch.manual_seed(0)
    labels, z = torch.arange(3).repeat_interleave(400), torch.randn(1200, 4)
    images = method.sample(SCHOLAR[0], labels, z)
    assert torch.equal(method.decided(images), labels)
    share = torch.special.ndtr(images[:, 0, 0, 0].atanh())  # uniform between the limits of the class
    for label, (low, high) in enumerate([(0.0, 0.7), (0.7, 0.95), (0.95, 1.0)]):
        mine = (share[labels == label].sort().values - low) / (high - low)
        assert (mine - (torch.arange(400) + 0.5) / 400).abs().max() < 0.09  # Kolmogorov and Smirnov at 0.3 %
    kept = method.decided(z.view(-1, 1, 2, 2).tanh()) == labels
    assert torch.equal(images[kept], z[kept].view(-1, 1, 2, 2).tanh())
    assert sum(map(len, drawn)) < 1.3 * 400 / 0.05
    assert not method.undrawn and not capsys.readouterr().err


def test_a_class_that_dgr_never_draws_is_given_up_and_said_once(monkeypatch, capsys):
    method, drawn = scholar(monkeypatch, tries=100)
    labels, z = torch.tensor([3] * 90 + [0] * 30 + [2] * 10), torch.randn(130, 4)
    images = method.sample(SCHOLAR[0], labels, z)
    shown = method.decided((images.float() / 127.5 - 1).clamp(-0.9999, 0.9999))
    assert method.undrawn == {3: 90} and 3 not in shown[90:]
    assert (shown == labels)[90:].float().mean() > 0.9  # the others are not held up by it
    assert sum(map(len, drawn)) <= 192 + 4 * 100 + 192
    said = capsys.readouterr().err
    assert "warning: dgr: 90 images of class 9 of toy were not drawn" in said and said.count("\n") == 1
    method.sample(SCHOLAR[0], labels, torch.randn(130, 4))
    assert method.undrawn == {3: 180} and not capsys.readouterr().err


@pytest.mark.parametrize(("mix", "share"), [("constant", 0.4), ("tasks", 1 / 3)])
def test_the_critic_of_dgr_by_hand(mix, share):
    """r (D(fake) - D(real) + 10 penalty) + (1 - r) (D(fake) - D(replay) + 10 penalty), of the same fakes."""
    method = disturbed(Dgr)
    method.settings = Settings({**method.settings, "mix": mix, "penalty": 10.0})
    x, y = torch.rand(8, 1, 8, 8), torch.full((8,), 2)
    torch.manual_seed(5)
    loss = method.critic_objective(x, y)
    torch.manual_seed(5)
    row = torch.zeros(8, dtype=torch.long)
    fake = method.generator(method.z(8), row).detach()

    def score(images):
        return method.critic(images)[0].mean()

    def penalty(real):
        weight = torch.rand(8, 1, 1, 1)
        between = (weight * fake + (1 - weight) * real).requires_grad_()
        (slope,) = torch.autograd.grad(method.critic(between)[0].sum(), between)
        return ((slope.flatten(1).norm(dim=1) - 1) ** 2).mean()

    expected = share * (score(fake) - score(x) + 10 * penalty(x))
    replay = method.old(method.z(8), row)
    expected += (1 - share) * (score(fake) - score(replay) + 10 * penalty(replay))
    torch.testing.assert_close(loss, expected)


# ---- sampling --------------------------------------------------------------------------------------------------------


def test_a_task_never_learned_cannot_be_asked_for():
    for cls in (Sft, Dgr):
        method = make(cls, TASKS[:1])
        method.restore({1: method.state()})
        with pytest.raises(UserError, match="task 2, '2', was never learned: this is the model after task 1"):
            method.sample(TASKS[1], torch.tensor([1]), torch.randn(1, 4))


def test_samples_are_those_of_batches_of_one_class():
    method = make(Sft, TASKS[:1])
    method.restore({1: method.state()})
    z = torch.randn(2 * TOGETHER, 4)
    y = torch.zeros(2 * TOGETHER, dtype=torch.long)
    expected = torch.cat([method.generator(part, y[:TOGETHER]) for part in z.split(TOGETHER)])
    assert torch.equal(method.of_class(0, z), expected)
    pair = method.sample(TASKS[0], y, z)
    assert torch.equal(pair[:TOGETHER], method.sample(TASKS[0], y[:TOGETHER], z[:TOGETHER]))
    mixed = method.sample(TASKS[0], y[:8], z[:8])
    other = torch.cat([torch.ones(5, dtype=torch.long), y[:8]])
    assert torch.equal(method.sample(TASKS[0], other, torch.cat([torch.randn(5, 4), z[:8]]))[5:], mixed)


def test_joint_training_samples_in_batches_of_all_classes():
    method = make(Jt, TASKS)
    method.restore({3: method.state()})
    assert method.batch_labels(1) == (0, 1, 2)
    filling = torch.randn(63, 4, generator=torch.Generator().manual_seed(0))
    z = torch.randn(5, 4)
    y = torch.tensor([1, 0, 2]).repeat_interleave(21)
    assert torch.equal(method.of_class(1, z), method.generator(torch.cat([z, filling[5:]]), y)[:5])
    assert {int(label) for label in method.asked(200)} == {0, 1, 2}
