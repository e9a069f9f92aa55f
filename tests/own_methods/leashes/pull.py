"""What it imports from beside it."""

import torch


@torch.no_grad()
def pulled(parameters, post, share):
    torch._foreach_lerp_(parameters, post, share)
