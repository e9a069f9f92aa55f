import pytest
import torch
from torch.nn.functional import leaky_relu

from mneme.networks.leaky import slope


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_slope_is_the_derivative_in_the_same_layout(dtype: torch.dtype):
    h = torch.randn(3, 4, 5, 5, dtype=dtype).contiguous(memory_format=torch.channels_last).requires_grad_()
    (h.detach())[0, 0, 0] = torch.tensor([0.0, -0.0, 1e-30, -1e-30, 1.0])
    (expected,) = torch.autograd.grad(leaky_relu(h, 0.2).sum(), h)
    found = slope(h, 0.2)
    assert torch.equal(found, expected)
    assert not found.requires_grad
    assert found.stride() == h.stride()
