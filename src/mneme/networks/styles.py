"""mFiLM and mAdaFM: a frozen network with weights modulated by styles (GAN Memory, section 4.1, equations 4 and 5).

Equation 5 forms a convolution's weights as ``Gamma * (W - M) / S + B``, with M and S the mean and unbiased standard
deviation of each 3x3 kernel; equation 4 does the same to each row of a fully connected layer. The source network is
the style Gamma = S, B = M, b = 0. (Appendix C of the paper prints these two the other way round.)

Styles are held here as differences from the source style, which is the same parametrisation moved to the origin:

    weight = W + scale * P + shift,   bias = b + bias_style,   P = (W - M) / S

so Gamma = S + scale and B = M + shift. Gradients and Adam steps are unchanged, all-zero styles give the source network
to the last bit (``S * (W - M) / S + M`` would not), and styles can be added, scaled and zeroed: interpolation and the
view of a single group are arithmetic on them. Without normalisation (NoNorm, appendix D.1) P is W itself.
"""

from collections.abc import Callable, Collection, Sequence

import torch
from torch import Tensor, nn
from torch.func import functional_call

from mneme.errors import UserError


def modulated_layers(network: nn.Module) -> list[str]:
    """Names of the layers that have a style: fully connected layers and 3x3 convolutions.

    As released, 1x1 shortcuts (a single tap has no standard deviation) and 7x7 image convolutions have none.
    """
    return [
        name
        for name, layer in network.named_modules()
        if type(layer) is nn.Linear or (isinstance(layer, nn.Conv2d) and layer.kernel_size == (3, 3))
    ]


def standardised(weight: Tensor, name: str) -> Tensor:
    """``(W - M) / S`` for each 3x3 kernel of ``weight`` [out, in, 3, 3], or each row of [out, in] (section 4.1,
    equations 4 and 5); no epsilon, as published.

    Args:
        name: of the layer, for the error.

    Raises:
        UserError: a kernel is constant, so its standard deviation is zero.
    """
    dims = tuple(range(2, weight.dim())) or (1,)
    std, mean = torch.std_mean(weight, dim=dims, correction=1, keepdim=True)
    if not std.is_meta and not (std > 0).all():  # on meta there are shapes only
        raise UserError(
            f"layer {name} of the base GAN has a constant kernel, which cannot be standardised; train it longer"
        )
    return (weight - mean) / std


def source_statistics(weight: Tensor, normalise: bool) -> dict[str, Tensor]:
    """The source style of a layer's weight, ``{"scale": S, "shift": M}``; ones and zeros without normalisation."""
    dims = tuple(range(2, weight.dim())) or (1,)
    std, mean = torch.std_mean(weight, dim=dims, correction=1)
    return {"scale": std, "shift": mean} if normalise else {"scale": mean.new_ones(mean.shape), "shift": 0 * mean}


class StyledNetwork(nn.Module):
    """A frozen network under one trainable style per modulated layer.

    Args:
        network: the source network; its parameters are frozen in place.
        layers: names of the layers to modulate.
        normalise: standardise the source weights (False: NoNorm).
        bias: layers that get an additional bias (none: NoBias).
        free: names of parameters of the source network that are trained without a style.
    """

    def __init__(
        self,
        network: nn.Module,
        layers: Sequence[str],
        *,
        normalise: bool,
        bias: Collection[str],
        free: Collection[str] = (),
    ) -> None:
        super().__init__()
        self.network = network
        for name, parameter in network.named_parameters():
            parameter.requires_grad_(name in free)
        self.layers, self.normalise = layers, normalise
        self.patterns: dict[str, Tensor] = {}
        self.styles = nn.ParameterDict()
        for name in layers:
            layer = network.get_submodule(name)
            weight = layer.weight.detach()
            self.patterns[name] = standardised(weight, name) if normalise else weight
            groups = {"scale": weight.new_zeros(weight.shape[:2] if weight.dim() == 4 else weight.shape[:1])}
            groups["shift"] = torch.zeros_like(groups["scale"])
            if name in bias:
                groups["bias"] = torch.zeros_like(layer.bias)
            for group, start in groups.items():
                self.styles[key(name, group)] = nn.Parameter(start)

    def style(self) -> dict[str, Tensor]:
        """The style, ``{"fc.scale": ..., "blocks.0.conv_0.shift": ...}``: the parameters themselves, not copies."""
        return {k.replace("/", "."): p for k, p in self.styles.items()}

    def source(self) -> dict[str, Tensor]:
        """The source style, from which styles are differences: Gamma = S, B = M, no bias."""
        return {
            f"{name}.{group}": value
            for name in self.layers
            for group, value in source_statistics(self.network.get_submodule(name).weight, self.normalise).items()
        }

    def weights(self, style: dict[str, Tensor] | None = None) -> dict[str, Tensor]:
        """Weights and biases that replace those of the source, by parameter name; ``style`` defaults to its own."""
        style = self.style() if style is None else style
        formed = {}
        for name in self.layers:
            layer, pattern = self.network.get_submodule(name), self.patterns[name]
            trailing = (1,) * (pattern.dim() - style[f"{name}.scale"].dim())
            scale = style[f"{name}.scale"].view(*style[f"{name}.scale"].shape, *trailing)
            shift = style[f"{name}.shift"].view(*style[f"{name}.shift"].shape, *trailing)
            formed[f"{name}.weight"] = torch.addcmul(layer.weight + shift, scale, pattern)
            if f"{name}.bias" in style:
                formed[f"{name}.bias"] = layer.bias + style[f"{name}.bias"]
        return formed

    def formed(self, style: dict[str, Tensor] | None = None) -> Callable[..., Tensor]:
        """The network as a function, with weights computed once from ``style`` (default: its own); it may be called any
        number of times until the style changes."""
        weights = self.weights(style)
        return lambda *inputs, **options: functional_call(self.network, weights, inputs, options)


def key(layer: str, group: str) -> str:
    """Key of a style in the ParameterDict, whose keys may not contain dots."""
    return f"{layer}.{group}".replace(".", "/")
