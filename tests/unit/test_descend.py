"""A step on a loss whose gradients are not laid out in memory as their parameters."""

import pytest
import torch
from torch import nn

from mneme.losses.descend import descend


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_a_step_on_a_gradient_penalty_is_that_of_backward(layout):
    """autograd.grad gives weights of a convolution transposed gradients here, which fused Adam takes as they lie."""
    torch.manual_seed(0)
    mine = nn.Conv2d(4, 6, 3, bias=False).to(memory_format=layout)
    other = nn.Conv2d(4, 6, 3, bias=False)
    other.load_state_dict(mine.state_dict())

    def loss(network):
        x = torch.linspace(-1, 1, 2 * 4 * 64).view(2, 4, 8, 8).requires_grad_()
        (gradient,) = torch.autograd.grad(torch.tanh(network(x)).sum(), x, create_graph=True)
        return (gradient.flatten(1).norm(dim=1) - 1).square().mean()

    descend(torch.optim.Adam(mine.parameters(), lr=0.1, fused=True), loss(mine))
    loss(other).backward()
    torch.optim.Adam(other.parameters(), lr=0.1, foreach=False).step()
    torch.testing.assert_close(mine.weight, other.weight)
