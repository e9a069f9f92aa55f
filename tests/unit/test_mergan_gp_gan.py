"""MeRGAN-RA on GP-GAN: how labels grow, and the alignment against a naive sum."""

import pytest
import torch

from mneme.data.stream import Task
from mneme.methods.gan_memory.mergan_gp_gan import MerganGpGan
from mneme.networks.gp_gan import Discriminator, Generator
from mneme.settings import Settings

TASKS = [Task(1, "a", "toy", (5, 6), (0, 1)), Task(2, "b", "toy", (7,), (2,)), Task(3, "c", "toy", (8, 9), (3, 4))]
SETTINGS = {
    "batch": 6, "optimiser": "adam", "lr": 1e-3, "r1": 1.0, "ema": 0.5, "fresh_fakes": False, "conditional": False,
    "alignment": 0.25, "squares": "sum", "split_batch": True, "average": True,
}  # fmt: skip
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def base():
    torch.manual_seed(0)
    generator = Generator(size=8, channels=1, width=2, noise=3)
    discriminator = Discriminator(size=8, channels=1, width=2).state_dict()
    weights = generator.state_dict()
    return {"shape": generator.shape, "generator": weights, "average": weights, "discriminator": discriminator}


def begun(base, t, **settings):
    """Task t begun after two steps of each task before it."""
    state = base
    for index in range(1, t + 1):
        method = MerganGpGan(Settings({**SETTINGS, **settings}), TASKS[:index], 8, 1, CPU, None)
        method.begin(state, {})
        if index < t:
            x = torch.randint(0, 256, (6, 1, 8, 8), dtype=torch.uint8)
            for _ in range(2):
                method.step({"x": x, "y": torch.tensor(TASKS[index - 1].labels).repeat(6)[:6]})
            state = method.state()
    return method


@pytest.mark.parametrize("conditional, known, new", [(False, [0, 1], [2]), (True, [0, 1, 2], [3, 4])])
def test_a_new_label_starts_as_the_last_one_and_old_ones_stay(base, conditional, known, new):
    """Its parameters are copies, to the bit; two columns of one matrix product need not be equal to the bit."""
    method = begun(base, 3, conditional=conditional)
    assert method.past == known and method.labels == len(known) + len(new)
    z, x = torch.randn(4, 3), torch.randn(4, 1, 8, 8)
    last = torch.full((4,), known[-1])
    for label in new:
        y = torch.full((4,), label)
        torch.testing.assert_close(method.generator(z, y), method.generator(z, last))
        torch.testing.assert_close(method.discriminator(x, y), method.discriminator(x, last))
        for rows in (
            method.generator.class_bias.weight.T,
            method.discriminator.fc.weight,
            method.discriminator.fc.bias,
        ):
            assert torch.equal(rows[label], rows[known[-1]]) and not torch.equal(rows[label], rows[0])
    assert not torch.allclose(method.generator(z, last), method.generator(z, torch.zeros_like(last)), atol=1e-4)


def test_the_first_task_starts_as_the_base_and_has_nothing_to_remember(base):
    method = begun(base, 1)
    z, y = torch.randn(4, 3), torch.zeros(4, dtype=torch.int64)
    source = Generator(**base["shape"])
    source.load_state_dict(base["generator"])
    found = method.generator.state_dict()
    assert all(torch.equal(found[name], value) for name, value in source.state_dict().items())
    torch.testing.assert_close(method.generator(z, y), source(z, y))  # of another layout in memory
    assert method.old is None and method.penalty() is None


def test_stream_labels_become_tasks_or_stay_classes(base):
    y = torch.tensor([0, 1, 2, 3, 4])
    assert begun(base, 3).network_labels(y).tolist() == [0, 0, 1, 2, 2]
    assert begun(base, 3, conditional=True).network_labels(y).tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("average", [True, False])
@pytest.mark.parametrize("split_batch, each", [(True, 3), (False, 6)])
def test_the_alignment_is_half_the_squared_distance_label_by_label(base, split_batch, each, average):
    method = begun(base, 3, split_batch=split_batch, average=average)
    with torch.no_grad():
        for parameter in method.generator.parameters():
            parameter.add_(torch.randn_like(parameter) / 10)
    torch.manual_seed(3)
    found = method.penalty().detach()
    torch.manual_seed(3)
    z = torch.randn(2 * each, 3)
    expected = 0.0
    for place, label in enumerate((0, 1)):
        for row in range(each):
            one = z[place * each + row][None]
            y = torch.tensor([label])
            difference = (method.generator(one, y) - method.old(one, y)).detach().flatten()
            expected += sum(0.5 * d**2 for d in difference.tolist())
    expected *= 0.25 / (2 if average else 1)
    assert float(found) == pytest.approx(expected, rel=1e-4)
    assert expected > 0


def test_the_mean_does_not_grow_with_the_image(base):
    summed, mean = (begun(base, 2, squares=squares) for squares in ("sum", "mean"))
    for method in (summed, mean):
        torch.manual_seed(1)
        for parameter in method.generator.parameters():
            parameter.data.copy_(torch.randn_like(parameter) / 5)
        for parameter in method.old.parameters():
            parameter.data.zero_()
        torch.manual_seed(2)
        method.found = float(method.penalty().detach())
    assert summed.found == pytest.approx(mean.found * 6 * 64, rel=1e-4)


def test_the_old_generator_is_the_averaged_one(base):
    one = begun(base, 1)
    for _ in range(2):
        one.step({"x": torch.randint(0, 256, (6, 1, 8, 8), dtype=torch.uint8), "y": torch.tensor([0, 1] * 3)})
    two = MerganGpGan(Settings(SETTINGS), TASKS[:2], 8, 1, CPU, None)
    two.begin(one.state(), {})
    for name, value in two.old.named_parameters():
        assert torch.equal(value, one.state()["average"][name])
    assert not torch.equal(two.old.fc.weight, two.generator.fc.weight)
