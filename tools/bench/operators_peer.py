"""The peer of operators.mjs: the same operators in PyTorch, driven line by line.

Reads JSON commands from standard input, answers with one JSON line each:
  {"command": "make", "case": name, "inputs": [shape, ...], "folder": path}
  {"command": "step"}     the value and the gradients, written to the folder as y.f32, g0.f32, ...
The folder holds the inputs and the factors of the result, as raw float32 files.
"""
import json
import sys
import time

import numpy as np
import torch
from torch.nn import functional as F

conv = F.conv3d


def attention(x, q, k, v):
    tokens = x.flatten(2).transpose(1, 2)
    weights = torch.softmax((tokens @ q) @ (tokens @ k).transpose(1, 2) / q.shape[1] ** 0.5, -1)
    return (weights @ (tokens @ v)).transpose(1, 2).reshape(x.shape)


def gate(x, signal, wx, wg, psi):
    both = F.relu(conv(x, wx, stride=2) + conv(signal, wg))
    opened = torch.sigmoid(conv(both, psi))
    return x * F.interpolate(opened, x.shape[2:], mode="trilinear")


depthwise = lambda x, w: conv(x, w, padding=w.shape[2] // 2, groups=x.shape[1])


def mednext(x, w, gamma, beta, expand, shrink):
    normed = F.group_norm(depthwise(x, w), x.shape[1], gamma, beta)
    return x + conv(F.gelu(conv(normed, expand)), shrink)


CASES = {
    "depthwise 3": depthwise,
    "depthwise 5": depthwise,
    "depthwise 7": depthwise,
    "depthwise 3, stride 2": lambda x, w: conv(x, w, stride=2, padding=1, groups=x.shape[1]),
    "depthwise 5, input gradient of stride 2": lambda x, w: F.conv_transpose3d(x, w, stride=2, padding=2, output_padding=1, groups=x.shape[1]),
    "4 groups": lambda x, w: conv(x, w, padding=1, groups=4),
    "gelu": F.gelu,
    "silu": F.silu,
    "interpolate, linear": lambda x: F.interpolate(x, [2 * n for n in x.shape[2:]], mode="trilinear"),
    "interpolate, nearest": lambda x: F.interpolate(x, [n + 3 for n in x.shape[2:]], mode="nearest"),
    "maxPool": lambda x: F.max_pool3d(x, 2),
    "group norm, a group per channel": lambda x, g, b: F.group_norm(x, x.shape[1], g, b),
    "group norm, 4 groups": lambda x, g, b: F.group_norm(x, 4, g, b),
    "layer norm of channels": lambda x, g, b: F.layer_norm(x.movedim(1, -1), [x.shape[1]], g, b).movedim(-1, 1),
    "attention": attention,
    "attention gate": gate,
    "MedNeXt block, kernel 3": mednext,
    "MedNeXt block, kernel 5": mednext,
}


def make(message):
    folder = message["folder"]
    load = lambda name, shape: torch.from_numpy(np.fromfile(f"{folder}/{name}.f32", np.float32).reshape(shape))
    inputs = [load(f"x{i}", shape).requires_grad_() for i, shape in enumerate(message["inputs"])]
    operator = CASES[message["case"]]

    def step():
        for x in inputs:
            x.grad = None
        x, before, after, *rest = inputs
        y = conv(operator(conv(x, before), *rest), after)
        y.backward(load("factors", y.shape))
        return [y, *(x.grad for x in inputs)]

    def write(values):
        names = ["y", *(f"g{i}" for i in range(len(inputs)))]
        for name, value in zip(names, values):
            value.detach().contiguous().numpy().tofile(f"{folder}/{name}.f32")

    return step, write


def main():
    torch.set_num_threads(2)
    step = write = None
    for line in sys.stdin:
        message = json.loads(line)
        answer = {}
        if message["command"] == "make":
            step, write = make(message)
            write(step())
        else:
            start, cpu = time.perf_counter(), time.process_time()
            step()
            answer = {"seconds": time.perf_counter() - start, "processor": time.process_time() - cpu}
        print(json.dumps(answer), flush=True)


main()
