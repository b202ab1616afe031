"""Makes test/fixtures/architectures.json: five steps of every architecture, shrunk, by PyTorch.

    pip install torch numpy
    node test/reference/architectures.ts | python test/reference/architectures.py

The networks come in the form of core/network/types.ts; interpret.py runs them. Weights and images are noise that both
sides make (test/engine/architectures.ts says how). A tensor is kept as its norm and its products with six vectors of
signs.
"""

import json
import math
import sys
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from interpret import run

BATCH, STEPS, MOMENTUM, DECAY = 6, 5, 0.9, 5e-4
PRODUCTS = 6


def noise(name, count):
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = (seed ^ byte) * 0x01000193 & 0xFFFFFFFF
    value = np.arange(1, count + 1, dtype=np.uint32) * np.uint32(0x9E3779B1) ^ np.uint32(seed)
    value = (value ^ value >> np.uint32(16)) * np.uint32(0x21F0AAAD)
    value = (value ^ value >> np.uint32(15)) * np.uint32(0x735A2D97)
    value = value ^ value >> np.uint32(15)
    return (value.astype(np.float64) + 0.5) / 2**31 - 1


def tensor(values, shape):
    return torch.from_numpy(values.astype(np.float32)).reshape(shape)


def digest(value):
    data = value.detach().numpy().astype(np.float64).ravel()
    products = [np.where(noise(f"signs {index}", data.size) < 0, -data, data).sum() for index in range(PRODUCTS)]
    return [float(f"{number:.7g}") for number in [np.linalg.norm(data), *products]]


def course(network):
    kinds = {layer["name"]: layer["kind"] for layer in network["layers"]}
    weights, buffers = {}, {}

    def own(layer, leaf, shape, scale):
        if (key := f"{layer}.{leaf}") not in weights:
            values = noise(key, math.prod(shape))
            if kinds[layer] == "batchNorm":
                values = 1 + 0.3 * values if leaf == "weight" else 0.2 * values
            else:
                values = math.sqrt(6 / math.prod(shape[1:])) * values if leaf == "weight" else 0.1 * values
            weights[key] = tensor(values, shape).requires_grad_()
        return weights[key]

    def statistics(layer, channels):
        mean = buffers.setdefault(f"{layer}.running_mean", torch.zeros(channels))
        return mean, buffers.setdefault(f"{layer}.running_var", torch.ones(channels))

    shape = (BATCH, *network["input"])
    images = tensor(2 * noise("images", math.prod(shape)), shape)
    labels = torch.arange(BATCH) % network["classes"]
    rate = 0.0005 if "batchNorm" in kinds.values() else 0.002
    losses, gradients, optimizer = [], {}, None
    for step in range(STEPS):
        values = run(network["layers"], images, own, [5, step], statistics)
        loss = sum(o["lossWeight"] * F.cross_entropy(values[o["layer"]], labels) for o in network["outputs"])
        optimizer = optimizer or torch.optim.SGD(weights.values(), rate, MOMENTUM, weight_decay=DECAY)
        optimizer.zero_grad()
        loss.backward()
        losses.append(float(f"{loss.item():.8g}"))
        if step == 0:
            gradients = {name: digest(weight.grad) for name, weight in weights.items()}
        optimizer.step()
    final = {name: digest(value) for name, value in {**weights, **buffers}.items()}
    return dict(losses=losses, gradients=gradients, final=final)


torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)
lines = []
for name, network in json.load(sys.stdin).items():
    result = course(network)
    print(name, result["losses"], file=sys.stderr)
    lines.append(f"{json.dumps(name)}: {json.dumps(result, separators=(',', ':'))}")
path = Path(__file__).parent.parent / "fixtures" / "architectures.json"
path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
