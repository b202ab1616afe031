"""Makes test/fixtures/architectures.json: five steps of every architecture, shrunk, by PyTorch in 64-bit floats.

    pip install torch numpy
    node test/reference/architectures.ts | python test/reference/architectures.py [NAME…]

The networks come in the form of core/network/types.ts; interpret.py runs them. Weights and images are noise that both
sides make (test/engine/architectures.ts says how). A tensor is kept as its norm and its products with six vectors of
signs. With names, the others stay as they are: `rounding` differs from machine to machine. `rounding` is how far PyTorch itself is off in 32-bit floats: the largest relative error of a loss, a gradient or a
final tensor, over courses from the same weights and from neighboring ones, each weight another float by its last place.
"""

import json
import math
import sys
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from interpret import run
from noise import noise

BATCH, STEPS, MOMENTUM, DECAY = 6, 5, 0.9, 5e-4
PRODUCTS = 6
NEIGHBORS = 8


def tensor(values, shape):
    return torch.from_numpy(values.astype(np.float32)).reshape(shape)


def digest(value):
    data = value.detach().numpy().astype(np.float64).ravel()
    products = [np.where(noise(f"signs {index}", data.size) < 0, -data, data).sum() for index in range(PRODUCTS)]
    return [float(f"{number:.7g}") for number in [np.linalg.norm(data), *products]]


def course(network, dtype, neighbor=None):
    kinds = {layer["name"]: layer["kind"] for layer in network["layers"]}
    branches = "concat" in kinds.values()
    small = {layer["name"] for layer in network["layers"] if layer.get("zeroScale") or branches}
    weights, buffers = {}, {}

    def own(layer, leaf, shape, scale):
        if (key := f"{layer}.{leaf}") not in weights:
            values = noise(key, math.prod(shape))
            if kinds[layer] == "batchNorm":
                unit = 0.1 if layer in small else 1
                values = unit * (1 + 0.3 * values) if leaf == "weight" else 0.2 * values
            else:
                values = math.sqrt(6 / math.prod(shape[1:])) * values if leaf == "weight" else 0.1 * values
            weights[key] = moved(tensor(values, shape), key, neighbor).to(dtype).requires_grad_()
        return weights[key]

    def statistics(layer, channels):
        mean = buffers.setdefault(f"{layer}.running_mean", torch.zeros(channels, dtype=dtype))
        return mean, buffers.setdefault(f"{layer}.running_var", torch.ones(channels, dtype=dtype))

    shape = (BATCH, *network["input"])
    images = tensor(2 * noise("images", math.prod(shape)), shape).to(dtype)
    labels = torch.arange(BATCH) % network["classes"]
    rate = 0.0002 if "batchNorm" in kinds.values() else 0.002
    losses, gradients, optimizer = [], {}, None
    for step in range(STEPS):
        values = run(network["layers"], images, own, [5, step], statistics)
        loss = sum(o["lossWeight"] * F.cross_entropy(values[o["layer"]], labels) for o in network["outputs"])
        optimizer = optimizer or torch.optim.SGD(weights.values(), rate, MOMENTUM, weight_decay=DECAY)
        optimizer.zero_grad()
        loss.backward()
        losses.append(loss.item())
        if step == 0:
            gradients = {name: weight.grad.clone() for name, weight in weights.items()}
        optimizer.step()
    return losses, gradients, {**weights, **buffers}


def moved(value, name, neighbor):
    if neighbor is None:
        return value
    signs = tensor(noise(f"neighbor {neighbor} {name}", value.numel()), value.shape)
    return value.nextafter(torch.where(signs < 0, -torch.inf, torch.inf))


def worst(actual, expected):
    """The largest relative error of a tensor; what is nothing but rounding is measured against the largest."""
    norms = {name: value.norm().item() for name, value in expected.items()}
    largest = max(norms.values())
    unit = {name: largest / 100 if norm < 1e-5 * largest else norm for name, norm in norms.items()}
    return max((actual[name].double() - value).norm().item() / unit[name] for name, value in expected.items())


def reference(network):
    with torch.no_grad():
        exact = with_grad(network, torch.float64)
        courses = [with_grad(network, torch.float32, neighbor) for neighbor in (None, *range(NEIGHBORS))]
        rounding = max(
            max(*(abs(a / b - 1) for a, b in zip(losses, exact[0])), worst(gradients, exact[1]), worst(final, exact[2]))
            for losses, gradients, final in courses
        )
        return dict(
            losses=[float(f"{loss:.8g}") for loss in exact[0]],
            gradients={name: digest(value) for name, value in exact[1].items()},
            final={name: digest(value) for name, value in exact[2].items()},
            rounding=float(f"{rounding:.3g}"),
        )


def with_grad(network, dtype, neighbor=None):
    with torch.enable_grad():
        return course(network, dtype, neighbor)


torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)
path = Path(__file__).parent.parent / "fixtures" / "architectures.json"
known = json.loads(path.read_text()) if path.exists() else {}
lines = []
for name, network in json.load(sys.stdin).items():
    result = known.get(name) if sys.argv[1:] and name not in sys.argv[1:] else None
    if result is None:
        result = reference(network)
        print(name, result["losses"], result["rounding"], file=sys.stderr)
    lines.append(f"{json.dumps(name)}: {json.dumps(result, separators=(',', ':'))}")
path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
