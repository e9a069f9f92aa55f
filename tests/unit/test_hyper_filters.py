"""Factorised filters and those of Piggyback against slow computations."""

import pytest
import torch
from test_hyper_networks import ONE, SMALL, THREE, TWO, hyper

from mneme.networks.hyper_translator import FilterGenerators, HyperTranslator
from mneme.networks.piggyback_translator import PiggybackTranslator, combined
from mneme.networks.resnet_translator import Layer, PlainTranslator


def disturbed(slots=ONE, **changes):
    torch.manual_seed(0)
    network = hyper(slots, **SMALL, **changes)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return network


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("coefficients", [False, True])
def test_filters_are_products_of_base_filters_coefficients_and_weights(bias, coefficients):
    """Equations 3 and 4, layer by layer; the axes of B C W are (k, k, in, out)."""
    network, z = disturbed(bias=bias, coefficients=coefficients), torch.randn(1, 64)
    own, places = network.generators["1"], {3: 0, 7: 0}
    for index, (layer, found) in enumerate(zip(network.layers, network.filters("1", z), strict=True)):
        place, k = places[layer.kernel], layer.kernel
        places[k] += 1
        hidden = own.hidden[index] @ z[0]
        hidden = torch.relu(hidden + own.hidden_bias[index] if bias else hidden)
        base = own.heads[str(k)][place] @ hidden
        base = (base + own.biases[str(k)][place] if bias else base).view(k, k, 7)
        c = own.coefficients[index] if coefficients else torch.eye(7)
        paper = torch.einsum("hwk,kl,oil->hwio", base, c, network.weights[index])
        torch.testing.assert_close(found, paper.permute(3, 2, 0, 1), rtol=1e-4, atol=1e-5)
        assert found.shape == layer.shape


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("coefficients", [False, True])
def test_sizes_of_the_layers_add_up_to_all_numbers(bias, coefficients):
    own = hyper(ONE, **SMALL, bias=bias, coefficients=coefficients).generators["1"]
    assert len(own.sizes()) == len(own.kernels)
    assert sum(own.sizes()) == sum(parameter.numel() for parameter in own.parameters())


def test_filters_of_a_layer_have_at_most_k_dimensions():
    """As a matrix [k * k, in * out]; a reshape with the axes in another order has the right shape and rank 9."""
    network = disturbed(k=5)
    for layer, found in zip(network.layers, network.filters("1", torch.randn(1, 64)), strict=True):
        rank = torch.linalg.matrix_rank(found.flatten(2).permute(2, 1, 0).flatten(1), rtol=1e-5)
        assert rank == 5
        wrong = found.permute(2, 3, 1, 0).reshape(layer.shape)
        if layer.fan_in > 3 and layer.fan_out > 3:
            assert torch.linalg.matrix_rank(wrong.flatten(2).permute(2, 1, 0).flatten(1), rtol=1e-5) > 5


@pytest.mark.parametrize("width", [8, 64])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("k", [3, 7])
def test_filters_have_the_usual_scale_at_the_start(width, bias, k):
    torch.manual_seed(0)
    network = HyperTranslator(ONE, channels=3, width=width, blocks=1, k=k, noise=64, hidden=64, bias=bias)
    draws = [network.filters("1", torch.randn(1, 64)) for _ in range(8)]
    for layer in zip(*draws, strict=True):
        stacked = torch.stack(layer)
        assert 0.015 < stacked.std() < 0.025
        assert 0.005 < stacked.var(0).mean() / stacked.var() < 0.2, "the share of z in a filter's variance"


def test_without_biases_a_z_of_zero_leaves_no_filter():
    assert all((found == 0).all() for found in disturbed().filters("1", torch.zeros(1, 64)))
    assert all((found != 0).any() for found in disturbed(bias=True).filters("1", torch.zeros(1, 64)))


def test_what_of_a_slot_is_its_own():
    network, z = disturbed(TWO), torch.randn(1, 64)
    assert not torch.allclose(network.filters("1", z)[3], network.filters("2", z)[3])
    shared = disturbed(TWO, specific=False)
    assert torch.equal(shared.filters("1", z)[3], shared.filters("2", z)[3])
    start = FilterGenerators([Layer(3, 3, 3)], k=2, noise=4, hidden=5, bias=False, coefficients=True)
    assert torch.equal(start.coefficients, torch.eye(2)[None])


def test_the_last_slot_alone_is_trained_when_asked():
    for network in (disturbed(THREE), PlainTranslator(THREE, **SMALL), PiggybackTranslator(THREE, **SMALL, share=0.5)):
        network.train_last()
        trained = {name for name, parameter in network.named_parameters() if parameter.requires_grad}
        assert trained and all(name.split(".")[1] == "3" and name.split(".")[0] != "weights" for name in trained)
    network = PlainTranslator(ONE, **SMALL)
    network.train_last()
    assert all(parameter.requires_grad for parameter in network.parameters())


def test_the_identity_gives_the_bank_and_any_matrix_sums_of_it():
    torch.manual_seed(0)
    bank = [torch.randn(4, 5, 3, 3), torch.randn(2, 5, 3, 3)]
    assert torch.equal(combined(torch.eye(6), bank), torch.cat(bank))
    matrix = torch.randn(3, 6)
    slow = torch.stack([sum(row[j] * torch.cat(bank)[j] for j in range(6)) for row in matrix])
    torch.testing.assert_close(combined(matrix, bank), slow, rtol=1e-4, atol=1e-5)


def test_half_of_a_later_slots_filters_are_free_and_the_last_layers_all():
    network = PiggybackTranslator(THREE, **SMALL, share=0.5)
    for number, found in enumerate(network.filters("3", torch.zeros(1, 0))):
        free, out = network.free["3"][number], network.layers[number].fan_out
        last = number == len(network.layers) - 1
        assert len(free) == (out if last else out // 2) and torch.equal(found[-len(free) :], free)
        if not last:
            assert network.matrices["3"][number].shape == (out // 2, out + out // 2)
            bank = torch.cat([network.weights[number], network.free["2"][number]])
            assert torch.equal(found[: out // 2], combined(network.matrices["3"][number], [bank]))
    assert network.filters("1", torch.zeros(1, 0))[3] is network.weights[3]


def test_combined_filters_have_the_scale_of_the_bank():
    torch.manual_seed(0)
    network = PiggybackTranslator(THREE, channels=3, width=16, blocks=1, share=0.5)
    for found in network.filters("3", torch.zeros(1, 0)):
        assert 0.015 < found.std() < 0.025
