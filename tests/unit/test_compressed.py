"""The knowledge base of compressed GAN Memory: reconstruction, counting and starts."""

import io

import pytest
import torch

from mneme.data.stream import Task
from mneme.methods.gan_memory.gan_memory_compressed import GanMemoryCompressed
from mneme.networks import lowrank
from mneme.networks.compressed import absorb, combine
from mneme.networks.gp_gan import Discriminator, Generator
from mneme.networks.layout import layout
from mneme.settings import Settings

TASKS = [Task(k, f"t{k}", "toy", (k,), (k - 1,)) for k in (1, 2, 3)]
SETTINGS = {
    "batch": 4, "lr": 0.01, "r1": 1.0, "r1_every": 2, "ema": 0.5, "ema_start": 1, "penalty": 0.01, "penalty_every": 2,
    "uncut": 0, "energy": [0.9, 0.8], "normalise": True, "bias": True, "discriminator": "raw", "source": "raw",
}  # fmt: skip
BATCH = {"x": torch.arange(4 * 64).view(4, 1, 8, 8).to(torch.uint8), "y": torch.zeros(4, dtype=torch.int64)}


@pytest.fixture(scope="module")
def base():
    torch.manual_seed(0)
    shape = {"size": 8, "channels": 1, "width": 4, "noise": 5, "labels": None}
    generator = Generator(**shape).state_dict()
    discriminator = Discriminator(size=8, channels=1, width=4).state_dict()
    return {"shape": shape, "generator": generator, "average": generator, "discriminator": discriminator}


def build(base, t, **overrides):
    return GanMemoryCompressed(Settings({**SETTINGS, **overrides}), TASKS[:t], 8, 1, torch.device("cpu"), base)


def learn(base, t, previous, steps=4, **overrides):
    torch.manual_seed(t)
    method = build(base, t, **overrides)
    method.begin(previous or base, {})
    for _ in range(steps):
        method.step(BATCH)
    method.end({})
    return method


def test_a_residual_is_cut_and_added_to_the_bases():
    """Oracle: L diag(lambda) R^T + the leading singular pairs of E, energy over both."""
    torch.manual_seed(0)
    first, second = torch.randn(6, 4, dtype=torch.float64), torch.randn(6, 4, dtype=torch.float64) / 5
    base, old = absorb(None, None, first, 0.8)
    singular = torch.linalg.svdvals(first)
    kept = next(k for k in range(5) if singular[:k].sum() >= 0.8 * singular.sum())
    assert len(old) == kept and base["left"].shape == (6, kept) and base["right"].shape == (4, kept)
    torch.testing.assert_close(combine(base, old), lowrank.truncate(first, 0.8))
    lambdas = old * 0.5
    grown, coefficients = absorb(base, lambdas, second, 0.95)
    left, values, right = torch.linalg.svd(second, full_matrices=False)
    total = lambdas.abs().sum() + values.sum()
    added = next(k for k in range(5) if lambdas.abs().sum() + values[:k].sum() >= 0.95 * total)
    expected = base["left"] @ torch.diag(lambdas) @ base["right"].T
    expected = expected + left[:, :added] @ torch.diag(values[:added]) @ right[:added]
    assert len(coefficients) == kept + added > kept
    torch.testing.assert_close(combine(grown, coefficients), expected)
    assert torch.equal(combine(grown, old), combine(base, old)), "an earlier task must stay, to the bit"


def test_nothing_is_added_where_old_bases_suffice():
    base, old = absorb(None, None, torch.eye(4), 1.0)
    grown, coefficients = absorb(base, old, torch.zeros(4, 4) + 1e-3, 0.8)
    assert torch.equal(coefficients, old) and torch.equal(grown["left"], base["left"])


def test_the_first_task_starts_as_the_source_and_uncut_styles_survive_the_file(base):
    method = build(base, 1)
    method.begin(base, {})
    z, y = torch.randn(3, 5), torch.zeros(3, dtype=torch.int64)
    source = Generator(**base["shape"]).to(memory_format=layout(torch.device("cpu")))
    source.load_state_dict(base["generator"])
    assert torch.equal(method.generator.formed()(z, y), source(z, y))

    method = learn(base, 1, None, energy=[1.0])
    values = {name: value.clone() for name, value in method.average.values.items()}
    buffer = io.BytesIO()
    torch.save(method.state(), buffer)
    buffer.seek(0)
    state = torch.load(buffer, weights_only=True)
    for name in method.names:
        again = combine(state["bases"][name], state["tasks"]["1"]["coefficients"][name])
        assert (again - values[name]).abs().max() < 1e-6


def test_a_later_task_starts_where_the_paper_says(base):
    one = learn(base, 1, None)
    two = learn(base, 2, one.state())
    three = build(base, 3)
    three.begin(two.state(), {})
    own = three.generator.own()
    first, second = (two.state()["tasks"][k] for k in "12")
    for name in three.names:
        assert not own[name].any()
        assert torch.equal(own[f"{name}.lambda"], second["coefficients"][name])
    assert torch.equal(own["blocks.0.conv_0.bias"], first["styles"]["blocks.0.conv_0.bias"])
    assert not torch.equal(own["blocks.0.conv_0.bias"], second["styles"]["blocks.0.conv_0.bias"])
    assert torch.equal(own["fc.scale"], second["styles"]["fc.scale"])


def test_biases_of_a_whole_block_go_on_from_the_task_before(base):
    one = learn(base, 1, None, uncut=1)
    two = learn(base, 2, one.state(), uncut=1)
    three = build(base, 3, uncut=1)
    three.begin(two.state(), {})
    own = three.generator.own()
    first, second = (two.state()["tasks"][k]["styles"] for k in "12")
    assert {name.split(".")[1] for name in three.names} == {"0"}
    for name in ("blocks.1.conv_0.bias", "blocks.1.conv_1.scale", "fc.bias"):
        assert torch.equal(own[name], second[name]) and not torch.equal(own[name], first[name])
    assert torch.equal(own["blocks.0.conv_1.bias"], first["blocks.0.conv_1.bias"])


@pytest.mark.parametrize("size", [8, 16, 32, 64, 128, 256])
def test_a_blocks_energy_goes_by_its_output_channels(base, size):
    """As released, at width 64: 80 % of 1024 and more, 90 % of 512, 95 % of 256, all of fewer."""
    released = {1024: 0.8, 512: 0.9, 256: 0.95, 128: None, 64: None}
    method = GanMemoryCompressed(
        Settings({**SETTINGS, "uncut": 3, "energy": [0.95, 0.9, 0.8]}), TASKS, size, 1, torch.device("cpu"), base
    )
    with torch.device("meta"):
        blocks = Generator(size=size, channels=3, width=64, noise=256, labels=None).blocks
    for number, block in enumerate(blocks):
        assert method.fraction(f"blocks.{number}.conv_0.scale") == released[block.conv_1.out_channels], number


def test_what_is_kept_is_what_is_counted_and_stored(base):
    """A task's numbers: its coefficients, its bases, its other styles; and no other number is in its file."""
    one = learn(base, 1, None)
    two = learn(base, 2, one.state())

    def numbers(value):
        return value.numel() if isinstance(value, torch.Tensor) else sum(map(numbers, value.values()))

    assert numbers(two.snapshot()) == numbers(two.state()) - numbers(one.state())
    assert numbers(one.snapshot()) == numbers(one.state())
    for task in ("1",):
        for kind, values in one.state()["tasks"][task].items():
            for name, value in values.items():
                assert torch.equal(two.state()["tasks"][task][kind][name], value)


def test_a_restored_chain_makes_what_the_training_made(base):
    one = learn(base, 1, None, energy=[1.0])
    again = build(base, 1)
    again.restore({1: one.state()})
    z, y = torch.randn(3, 5), torch.zeros(3, dtype=torch.int64)
    own = one.generator.own()
    with torch.no_grad():
        for name, value in one.average.values.items():
            own[name].copy_(value)
    expected = ((one.generator.formed()(z, y) + 1) * 127.5).round().clamp(0, 255)
    assert (again.sample(TASKS[0], y, z).float() - expected).abs().max() <= 1


def test_the_penalty_and_r1_keep_their_rounds(base, monkeypatch):
    import mneme.methods.gan_memory.gan_memory_compressed as module

    calls = []
    monkeypatch.setattr(module, "weighted_nuclear_norm", lambda m: calls.append(m.shape) or 0 * m.sum())
    learn(base, 1, None, penalty=0.0)
    assert not calls
    torch.manual_seed(0)
    method = build(base, 1, penalty_every=3)
    method.begin(base, {})
    r1 = [float(method.step(BATCH)["r1"]) for _ in range(6)]
    assert len(calls) == 2 * 2 * 2 * 2  # rounds 0 and 3; two blocks of two convolutions, scale and shift
    assert [value > 0 for value in r1] == [True, False] * 3


def test_table_1_counts_what_the_file_holds(base):
    from mneme.methods.gan_memory.counting import count
    from mneme.state import numbers

    one = learn(base, 1, None)
    two = learn(base, 2, one.state())
    tasks, matrices = count(two.state())
    assert [row["parameters"] for row in tasks] == [numbers(one.snapshot()), numbers(two.snapshot())]
    assert {row["naive"] for row in tasks} == {numbers(two.generator.styled.style())}
    grown = two.state()["bases"]["blocks.0.conv_0.scale"]["left"].shape[1]
    mine = [row["added"] for row in matrices if row["layer"] == "B0L0" and row["group"] == "scale"]
    assert sum(mine) == grown
