"""The critic of DGM against plain layers: what is written out for speed gives their numbers."""

import copy

import pytest
import torch
from torch.nn.functional import leaky_relu

from mneme.networks.strided_critic import Critic


def plain(critic, x):
    """Scores by the layers, as they would be called."""
    h = leaky_relu(critic.convs[0](x), 0.2)
    for conv, norm in zip(critic.convs[1:], critic.norms, strict=True):
        h = leaky_relu(norm(conv(h)), 0.2)
    return critic.score(h.flatten(1)).squeeze(1)


@pytest.fixture(params=[(1, 32), (3, 16), (1, 8)], ids=str)
def pair(request):
    """Two equal critics in double precision, and images."""
    channels, size = request.param
    torch.manual_seed(0)
    critic = Critic(size=size, channels=channels, width=4, labels=2).double()
    with torch.no_grad():
        for norm in critic.norms:
            norm.bias.normal_()
    return critic, copy.deepcopy(critic), torch.randn(6, channels, size, size, dtype=torch.float64)


def test_scores_and_gradients_of_images(pair):
    critic, twin, x = pair
    here, there = x.clone().requires_grad_(), x.clone().requires_grad_()
    torch.testing.assert_close(critic(here)[0], plain(twin, there))
    critic(here)[0].square().sum().backward()
    plain(twin, there).square().sum().backward()
    torch.testing.assert_close(here.grad, there.grad)
    torch.testing.assert_close(critic(x)[0], plain(twin, x))


def test_the_gradient_and_its_own_gradients(pair):
    """Against autograd's, with the running statistics that a forward pass leaves behind."""
    critic, twin, x = pair
    found = critic.gradient(x)
    there = x.clone().requires_grad_()
    (expected,) = torch.autograd.grad(plain(twin, there).sum(), there, create_graph=True)
    torch.testing.assert_close(found, expected)
    for gradient in (found, expected):
        (gradient.flatten(1).norm(dim=1) - 1).square().mean().backward()
    for (name, mine), (_, other) in zip(critic.named_parameters(), twin.named_parameters(), strict=True):
        gradients = [torch.zeros_like(p) if p.grad is None else p.grad for p in (mine, other)]
        torch.testing.assert_close(*gradients, msg=name)
    assert critic.convs[1].weight.grad.abs().sum() > 0
    for (name, mine), (_, other) in zip(critic.named_buffers(), twin.named_buffers(), strict=True):
        torch.testing.assert_close(mine, other, msg=name)
