"""Makes test/fixtures/initialization.json: how torchvision's builders draw their initial weights.

    pip install torch torchvision
    python test/reference/initialization.py   (made with torchvision 0.29.2)

For each parameter of a network with random weights: its shape, and over five seeds the mean of its means, of its
standard deviations and of its largest values. What tells one way of drawing from another.
"""

import json
from pathlib import Path

import torch
from torchvision import models

SEEDS = 5

lines = []
for name in ("vgg11", "vgg11_bn", "alexnet"):
    of = {}
    for seed in range(SEEDS):
        torch.manual_seed(seed)
        for key, value in getattr(models, name)(weights=None).named_parameters():
            spread = value.std(correction=0).item() if value.numel() > 1 else 0
            of.setdefault(key, [list(value.shape)]).append([value.mean().item(), spread, value.abs().max().item()])
    result = {
        key: dict(
            shape=shape,
            **{part: float(f"{sum(one[at] for one in drawn) / SEEDS:.5g}") for at, part in enumerate(("mean", "deviation", "largest"))},
        )
        for key, (shape, *drawn) in of.items()
    }
    lines.append(f"{json.dumps(name)}: {json.dumps(result, separators=(',', ':'))}")
path = Path(__file__).parent.parent / "fixtures" / "initialization.json"
path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
