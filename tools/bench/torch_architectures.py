"""The networks of docs/examples/architectures in PyTorch, with parameters by the same names."""
import torch
from torch import nn
from torch.nn import functional as F


class Functional(nn.Module):
    """A network as a function of its parameters, which a dictionary holds by name."""

    def __init__(self, network, parameters):
        super().__init__()
        self.network = network
        self.names = [name for name, _ in parameters]
        self.values = nn.ParameterList(nn.Parameter(torch.zeros(shape)) for _, shape in parameters)

    def named_parameters(self, *_args, **_kwargs):
        return zip(self.names, self.values)

    def forward(self, x):
        return FORWARD[self.network["architecture"]](self.network, x, dict(zip(self.names, self.values)))


def conv(x, p, name, stride=1, groups=1):
    weight = p[name + ".weight"]
    convolution = F.conv3d if x.dim() == 5 else F.conv2d
    return convolution(x, weight, p.get(name + ".bias"), stride, [(k - 1) // 2 for k in weight.shape[2:]], 1, groups)


def up(x, p, name):
    weight = p[name + ".weight"]
    transposed = F.conv_transpose3d if x.dim() == 5 else F.conv_transpose2d
    return transposed(x, weight, p.get(name + ".bias"), list(weight.shape[2:]))


def norm(x, p, name):
    return F.instance_norm(x, weight=p[name + ".weight"], bias=p[name + ".bias"], eps=1e-5)


def block(x, p, name, stride=1):
    return F.leaky_relu(norm(conv(x, p, name + ".conv", stride), p, name + ".norm"), 0.01, inplace=True)


def attention_unet(n, x, p):
    pools, stages = n["pools"], []
    twice = lambda v, name, stride=1: block(block(v, p, name + ".0", stride), p, name + ".1")
    for s in range(len(n["features"])):
        stages.append(twice(stages[-1] if s else x, f"encoder.{s}", pools[s - 1] if s else 1))
    value, outputs = stages.pop(), []
    for s in reversed(range(len(pools))):
        skip = stages[s]
        both = F.relu(conv(value, p, f"gate.{s}.query") + conv(skip, p, f"gate.{s}.key", pools[s]))
        weight = torch.sigmoid(conv(both, p, f"gate.{s}.weight"))
        mode = "trilinear" if x.dim() == 5 else "bilinear"
        gated = skip * F.interpolate(weight, size=skip.shape[2:], mode=mode, align_corners=False)
        value = twice(torch.cat((up(value, p, f"up.{s}"), gated), 1), f"decoder.{s}")
        outputs.append(conv(value, p, f"head.{s}"))
    return outputs[::-1]


def mednext(n, x, p):
    pools = n["pools"]

    def unit(v, name, stride=None):
        normed = norm(conv(v, p, name + ".depthwise", stride or 1, v.shape[1]), p, name + ".norm")
        narrow = conv(F.gelu(conv(normed, p, name + ".expansion")), p, name + ".compression")
        return narrow + (v if stride is None else conv(v, p, name + ".skip", stride))

    value, skips, outputs = conv(x, p, "stem"), [], []
    for s in range(len(n["features"])):
        if s > 0:
            value = unit(value, f"down.{s}", pools[s - 1])
        value = unit(value, f"encoder.{s}")
        skips.append(value)
    for s in reversed(range(len(pools))):
        value = unit(up(value, p, f"up.{s}") + skips[s], f"decoder.{s}")
        outputs.append(conv(value, p, f"head.{s}"))
    return outputs[::-1]


def transformer_unet(n, x, p):
    pools, value, skips, outputs = n["pools"], x, [], []
    for s in range(len(n["features"])):
        value = block(value, p, f"encoder.{s}", pools[s - 1] if s else 1)
        skips.append(value)
    value = transformer(value, p)
    for s in reversed(range(len(pools))):
        value = block(torch.cat((up(value, p, f"up.{s}"), skips[s]), 1), p, f"decoder.{s}")
        outputs.append(conv(value, p, f"head.{s}"))
    return outputs[::-1]


def transformer(x, p, heads=8):
    n, channels = x.shape[:2]
    of = lambda name: p["transformer." + name]
    normed = lambda v, name: F.layer_norm(v, [channels], of(name + ".scale"), of(name + ".shift"))
    before = x.flatten(2).transpose(1, 2) + of("position")
    first = normed(before, "first")
    split = lambda name: (first @ of(name)).view(n, -1, heads, channels // heads).transpose(1, 2)
    found = F.scaled_dot_product_attention(split("query"), split("key"), split("value"))
    between = before + found.transpose(1, 2).reshape(n, -1, channels) @ of("projection")
    after = between + F.gelu(normed(between, "second") @ of("expansion")) @ of("compression")
    return after.transpose(1, 2).reshape(x.shape)


FORWARD = {"AttentionUNet": attention_unet, "MedNeXt": mednext, "TransformerUNet": transformer_unet}
