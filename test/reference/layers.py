"""Makes test/fixtures/layers.json: what PyTorch says of each layer of some networks.

    pip install torch
    node test/reference/layers.ts | python test/reference/layers.py

The networks come in the form of core/network/types.ts; interpret.py runs them. Shapes are those of the outputs, parameters
are counted, multiply-adds are half of what PyTorch's own counter of operations says. Which rows of the image a position sees is
tried: a row of NaN makes NaN of whatever depends on it. Fields that reach the border of the image are left out.
"""

import json
import sys
from pathlib import Path

import torch
from torch.utils.flop_counter import FlopCounterMode

import interpret

# Dropout changes nothing that is looked at here.
interpret.mask = lambda *_: 1.0


def figures(network):
    """Shape, parameters and multiply-adds of each layer, for one image. Nothing is computed."""
    layers, counters, counts = network["layers"], {}, {}

    def own(layer, leaf, shape, scale):
        counts[layer] = counts.get(layer, 0) + torch.Size(shape).numel()
        return torch.empty(shape, device="meta")

    def around(layer):
        counters[layer] = FlopCounterMode(display=False)
        return counters[layer]

    # Two images: batch normalization refuses a single value.
    images = torch.empty((2, *network["input"]), device="meta")
    values = interpret.run(layers, images, own, around=around)
    return {
        layer["name"]: dict(
            shape=list(values[layer["name"]].shape[1:]),
            parameters=counts.get(layer["name"], 0),
            multiplyAdds=counters[layer["name"]].get_total_flops() // 4,
        )
        for layer in layers
    }


def fields(network):
    """Rows that the middle position of each map sees, and how far the next position's are from them."""
    side = network["input"][1]
    layers = [layer | {"kind": "relu"} if layer["kind"] == "batchNorm" else layer for layer in network["layers"]]
    images = torch.ones(side, *network["input"])
    for row in range(side):
        images[row, :, row] = torch.nan
    values = interpret.run(layers, images, lambda layer, leaf, shape, scale: torch.full(shape, 0.01))
    result = {}
    for layer in layers:
        value = values[layer["name"]]
        if value.dim() != 4 or value.shape[2] < 2:
            continue
        middle = value.shape[2] // 2
        seen = [value[:, :, row, value.shape[3] // 2].isnan().any(1).nonzero().flatten() for row in (middle - 1, middle)]
        if all(rows.min() > 0 and rows.max() < side - 1 for rows in seen):
            result[layer["name"]] = dict(
                receptiveField=int(seen[1].max() - seen[1].min()) + 1,
                receptiveStride=int(seen[1].min() - seen[0].min()),
            )
    return result


lines = []
for name, network in json.load(sys.stdin).items():
    seen = fields(network)
    result = {layer: own | seen.get(layer, {}) for layer, own in figures(network).items()}
    lines.append(f"{json.dumps(name)}: {json.dumps(result, separators=(',', ':'))}")
path = Path(__file__).parent.parent / "fixtures" / "layers.json"
path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
