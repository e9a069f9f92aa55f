"""Views, mixtures and low rank of styles, each against the simplest computation."""

from types import SimpleNamespace

import pytest
import torch

from mneme.networks import lowrank, style_sets
from mneme.networks.gp_gan import Generator
from mneme.networks.styles import StyledNetwork, modulated_layers
from mneme.probes.styles import singular_values


@pytest.fixture
def styled():
    torch.manual_seed(0)
    network = Generator(size=16, channels=1, width=4, noise=5)
    styled = StyledNetwork(network, modulated_layers(network), normalise=True, bias=modulated_layers(network))
    with torch.no_grad():
        for value in styled.style().values():
            value.copy_(torch.randn_like(value) / 10)
    return styled


def detached(styled):
    return {name: value.detach().clone() for name, value in styled.style().items()}


def test_each_view_is_the_network_with_its_parts_edited_by_hand(styled):
    """In the paper's terms (appendix C): Gamma, B, b of the chosen parts, S, M, 0 elsewhere, in equations 4 and 5."""
    style = detached(styled)
    for groups, within in [
        ((), None),
        (("shift",), None),
        (("scale", "shift"), None),
        (style_sets.GROUPS, ["FC", "B0"]),
    ]:
        formed = styled.weights(style_sets.only(style, groups, within))
        for name in styled.layers:
            layer = styled.network.get_submodule(name)
            dims = (2, 3) if layer.weight.dim() == 4 else (1,)
            std, mean = layer.weight.std(dims, keepdim=True), layer.weight.mean(dims, keepdim=True)
            gamma, beta, bias = std.clone(), mean.clone(), layer.bias.clone()
            inside = within is None or ("FC" if name == "fc" else f"B{name[7]}") in within
            if inside and "scale" in groups:
                gamma += style[f"{name}.scale"].view_as(gamma)
            if inside and "shift" in groups:
                beta += style[f"{name}.shift"].view_as(beta)
            if inside and "bias" in groups:
                bias += style[f"{name}.bias"]
            torch.testing.assert_close(formed[f"{name}.weight"], gamma * (layer.weight - mean) / std + beta)
            torch.testing.assert_close(formed[f"{name}.bias"], bias)


def test_the_ends_of_an_interpolation_are_its_styles_and_the_middle_their_mean(styled):
    first = detached(styled)
    last = {name: torch.ones_like(value) for name, value in first.items()}
    way = style_sets.interpolation(first, last, 5)
    assert len(way) == 5
    for name in first:
        assert torch.equal(way[0][name], first[name])
        assert torch.equal(way[-1][name], last[name])
        torch.testing.assert_close(way[2][name], (first[name] + last[name]) / 2)
    source = style_sets.mixture([first, last], [0, 0])
    assert not any(value.any() for value in source.values())


def test_parts_run_from_the_noise_to_the_image(styled):
    assert style_sets.parts(detached(styled)) == ["FC", "B0", "B1", "B2"]
    assert style_sets.layer_label("blocks.2.conv_1.scale") == "B2L1"
    assert len(style_sets.matrices(detached(styled))) == 3 * 2 * 2


def test_the_source_style_is_mean_and_deviation(styled):
    kernel = styled.network.blocks[0].conv_1.weight[2, 3].flatten()
    source = styled.source()
    torch.testing.assert_close(source["blocks.0.conv_1.shift"][2, 3], kernel.mean())
    torch.testing.assert_close(
        source["blocks.0.conv_1.scale"][2, 3], ((kernel - kernel.mean()).square().sum() / 8).sqrt()
    )


def test_singular_values_of_a_task_and_of_the_source_alone(styled):
    """Task 2 has a style, task 1 diverged; task 0 is the mean and the deviation of the base's kernels."""
    tasks = [SimpleNamespace(index=1), SimpleNamespace(index=2)]
    method = SimpleNamespace(tasks=tasks, styled_generator=lambda task: styled)
    style = detached(styled)
    rows = singular_values(method, {2: style})
    source = {name: value.double() for name, value in styled.source().items()}
    for task, name in ((0, "blocks.1.conv_0.scale"), (2, "blocks.1.conv_0.scale"), (2, "blocks.2.conv_1.shift")):
        matrix = source[name] + (style[name].double() if task else 0)
        found = [r["value"] for r in rows if (r["task"], r["layer"]) == (task, style_sets.layer_label(name))
                 and r["group"] == name.rpartition(".")[2]]  # fmt: skip
        expected = torch.linalg.eigvalsh(matrix.T @ matrix).clamp(min=0).sqrt().flip(0)[: len(found)]
        assert found == pytest.approx(expected.tolist(), abs=1e-4)
    assert {row["task"] for row in rows} == {0, 2} and singular_values(method, {}) == []


@pytest.mark.parametrize("fraction", [0.3, 0.8, 0.95, 1.0])
def test_truncation_keeps_the_fewest_values_that_hold_the_energy(fraction):
    torch.manual_seed(1)
    matrix = torch.randn(7, 5)
    left, singular, right = torch.linalg.svd(matrix, full_matrices=False)
    kept, held = 0, 0.0
    while held < fraction * float(singular.sum()) - 1e-6:
        held, kept = held + float(singular[kept]), kept + 1
    expected = sum(singular[k] * torch.outer(left[:, k], right[k]) for k in range(kept))
    assert lowrank.bases_to_keep(singular, fraction) == kept
    torch.testing.assert_close(lowrank.truncate(matrix, fraction), expected)


def test_energy_is_a_sum_of_values_and_not_of_squares():
    assert lowrank.bases_to_keep(torch.tensor([3.0, 2.0, 1.0]), 0.6) == 2  # squares would say 1: 9 of 14


def test_old_coefficients_count_as_energy_that_is_held():
    new = torch.tensor([2.0, 1.0, 1.0])
    assert lowrank.bases_to_keep(new, 0.8, torch.tensor([-16.0, 0.5])) == 0  # 16.5 of 20.5 are 80.5 %
    assert lowrank.bases_to_keep(new, 0.8, torch.tensor([-6.0])) == 1  # 6 of 10; with the first new one 8 of 10
    assert lowrank.bases_to_keep(new, 1.0, torch.tensor([-6.0])) == 3
    assert lowrank.bases_to_keep(torch.zeros(3), 0.8, torch.tensor([1.0])) == 0


def test_eta_and_the_penalty_with_its_gradient():
    torch.manual_seed(2)
    matrix = torch.randn(4, 6, dtype=torch.float64, requires_grad=True)
    weights = torch.tensor([0.1 + 1 / (1 + 2.718281828459045 ** (-10 * j / 4)) for j in range(4)], dtype=torch.float64)
    torch.testing.assert_close(lowrank.eta(4, matrix), weights)
    penalty = lowrank.weighted_nuclear_norm(matrix)
    expected = (weights * torch.linalg.svdvals(matrix)).sum()
    torch.testing.assert_close(penalty, expected)
    mine, theirs = (torch.autograd.grad(value, matrix)[0] for value in (penalty, expected))
    torch.testing.assert_close(mine, theirs)
    zero = torch.zeros(3, 3, requires_grad=True)
    assert not torch.autograd.grad(lowrank.weighted_nuclear_norm(zero), zero)[0].any()
