"""The peer of the benchmarks: nnU-Net's U-Net, its loss and its optimiser in PyTorch, driven line by line.

Reads JSON commands from standard input, answers with one JSON line each:
  {"command": "make", "network": description, "patchSize": [...], "batch": n, "folder": path, "parameters": [[name, shape], ...], "train": bool}
  "v2": {"architecture": …} of v2's plans has the network made by nnunetv2.
  {"command": "step"}     one training step, or one prediction with all mirrorings
The folder holds the start weights and the batch as raw float32 files, so that both sides compute the same numbers.
"""
import json
import resource
import sys
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

import torch_architectures


class Block(nn.Module):
    def __init__(self, dims, inputs, outputs, kernel, stride):
        super().__init__()
        conv, norm = (nn.Conv3d, nn.InstanceNorm3d) if dims == 3 else (nn.Conv2d, nn.InstanceNorm2d)
        self.conv = conv(inputs, outputs, kernel, stride, [(k - 1) // 2 for k in kernel], bias=True)
        self.instnorm = norm(outputs, eps=1e-5, affine=True)
        self.lrelu = nn.LeakyReLU(0.01, inplace=True)

    def forward(self, x):
        return self.lrelu(self.instnorm(self.conv(x)))


class UNet(nn.Module):
    """Names of the parameters are those of nnU-Net version 1."""

    def __init__(self, n):
        super().__init__()
        dims, pools, kernels, features = n["dimension"], n["pools"], n["kernels"], n["features"]
        count = len(pools)
        one = [1] * dims
        up = nn.ConvTranspose3d if dims == 3 else nn.ConvTranspose2d
        conv = nn.Conv3d if dims == 3 else nn.Conv2d

        def stack(inputs, outputs, kernel, stride, blocks):
            module = nn.Module()
            module.blocks = nn.Sequential(
                *[Block(dims, inputs if b == 0 else outputs, outputs, kernel, stride if b == 0 else one) for b in range(blocks)]
            )
            module.forward = module.blocks.forward
            return module

        per_stage = n["convolutionsPerStage"]
        self.conv_blocks_localization, self.conv_blocks_context = nn.ModuleList(), nn.ModuleList()
        self.tu, self.seg_outputs = nn.ModuleList(), nn.ModuleList()
        inputs = n["inputChannels"]
        for d in range(count):
            self.conv_blocks_context.append(stack(inputs, features[d], kernels[d], pools[d - 1] if d else one, per_stage))
            inputs = features[d]
        self.conv_blocks_context.append(
            nn.Sequential(
                stack(inputs, features[count], kernels[count], pools[-1], per_stage - 1),
                stack(features[count], features[count], kernels[count], one, 1),
            )
        )
        inputs = features[count]
        for u in range(count):
            s = count - 1 - u
            self.tu.append(up(inputs, features[s], pools[s], pools[s], bias=False))
            self.conv_blocks_localization.append(
                nn.Sequential(
                    stack(2 * features[s], features[s], kernels[count - u], one, per_stage - 1),
                    stack(features[s], features[s], kernels[count - u], one, 1),
                )
            )
            self.seg_outputs.append(conv(features[s], n["classes"], 1, bias=False))
            inputs = features[s]

    def forward(self, x):
        skips, outputs = [], []
        for stage in self.conv_blocks_context[:-1]:
            x = stage.forward(x)
            skips.append(x)
        x = self.bottleneck(x)
        for u, up in enumerate(self.tu):
            x = torch.cat((up(x), skips[-(u + 1)]), 1)
            for part in self.conv_blocks_localization[u]:
                x = part.forward(x)
            if self.training or u == len(self.tu) - 1:
                outputs.append(self.seg_outputs[u](x))
        return outputs[::-1]

    def bottleneck(self, x):
        for part in self.conv_blocks_context[-1]:
            x = part.forward(x)
        return x


def loss_of(logits, target, batch_dice):
    cross_entropy = F.cross_entropy(logits, target[:, 0].long())
    p = torch.softmax(logits, 1)
    y = torch.zeros_like(p).scatter_(1, target.long(), 1)
    axes = ([0] if batch_dice else []) + list(range(2, p.dim()))
    tp, fp, fn = ((a).sum(axes) for a in (p * y, p * (1 - y), (1 - p) * y))
    dice = (2 * tp + 1e-5) / (2 * tp + fp + fn + 1e-5 + 1e-8)
    return cross_entropy - (dice[1:] if batch_dice else dice[:, 1:]).mean()


def network_of(n, parameters, v2):
    if v2 is not None:
        from nnunetv2.utilities.get_network_from_plans import get_network_from_plans

        a = v2["architecture"]
        return get_network_from_plans(
            a["network_class_name"], a["arch_kwargs"], a["_kw_requires_import"], n["inputChannels"], n["classes"], deep_supervision=True
        )
    own_architecture = n["architecture"] in torch_architectures.FORWARD
    return torch_architectures.Functional(n, parameters) if own_architecture else UNet(n)


def make(message):
    n, batch, folder = message["network"], message["batch"], message["folder"]
    model = network_of(n, message["parameters"], message.get("v2"))
    load = lambda name, shape: torch.from_numpy(np.fromfile(f"{folder}/{name}.f32", np.float32).reshape(shape))
    with torch.no_grad():
        own = dict(model.named_parameters())
        for name, shape in message["parameters"]:
            own[name].copy_(load(name, shape))
    x = load("x", [batch, n["inputChannels"], *message["patchSize"]])
    if not message["train"]:
        model.eval()
        dims = list(range(2, x.dim()))
        mirrorings = [[a for i, a in enumerate(dims) if m >> i & 1] for m in range(2 ** len(dims))]

        def predict():
            with torch.inference_mode():
                total = 0
                for axes in mirrorings:
                    logits = model(torch.flip(x, axes) if axes else x)[0]
                    p = torch.softmax(logits, 1)
                    total = total + (torch.flip(p, axes) if axes else p)
                return float((total / len(mirrorings)).double().square().sum())

        return predict
    model.train()
    count = len(n["pools"])
    weights = np.array([2.0**-i for i in range(count)])
    weights[count - 1] = 0
    weights /= weights.sum()
    targets = [load(f"y{i}", message["targets"][i]) for i in range(count)]
    optimizer = torch.optim.SGD(model.parameters(), 0.01, weight_decay=3e-5, momentum=0.99, nesterov=True)

    def train():
        optimizer.zero_grad(set_to_none=True)
        outputs = model(x)
        loss = sum(w * loss_of(o, t, message["batchDice"]) for w, o, t in zip(weights, outputs, targets) if w != 0)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 12)
        optimizer.step()
        return float(loss.detach())

    return train


def main():
    torch.set_num_threads(2)
    step = None
    for line in sys.stdin:
        message = json.loads(line)
        if message["command"] == "make":
            step = make(message)
            print(json.dumps({"torch": torch.__version__}), flush=True)
        else:
            start, cpu_start = time.perf_counter(), time.process_time()
            value = step()
            seconds, cpu = time.perf_counter() - start, time.process_time() - cpu_start
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(json.dumps({"seconds": seconds, "cpu": cpu, "value": value, "peak": peak}), flush=True)


main()
