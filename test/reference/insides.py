"""Makes test/fixtures/insides.json: what PyTorch says of the inside of some architectures, shrunk, in 64-bit floats.

    pip install torch torchvision numpy
    node test/reference/architectures.ts | python test/reference/insides.py

The networks come in the form of core/network/types.ts; interpret.py runs them as they predict. Weights, running statistics and
the image are noise that both sides make (test/engine/insides.ts says how). An activation is kept as its norm and its
products with six vectors of signs, as in architectures.py. A Grad-CAM map is kept whole: the layer's channels, weighted by
the spatial means of the gradients of one class's logit (Selvaraju et al. 2017, eq. 1 and 2), before its ReLU. Filters of the
first layer are torchvision's grid of them, as levels 0–255.
"""

import json
import math
import sys
from pathlib import Path

import numpy as np
import torch
from torchvision.utils import make_grid

from interpret import run
from noise import noise

NAMES = ["A-batch-norm", "alexnet", "resnet50", "seresnet50"]
CLASS = 2
PRODUCTS = 6


def tensor(values, shape):
    return torch.from_numpy(values.astype(np.float32)).reshape(shape).double()


def digest(value):
    data = value.detach().numpy().ravel()
    products = [np.where(noise(f"signs {index}", data.size) < 0, -data, data).sum() for index in range(PRODUCTS)]
    return [float(f"{number:.7g}") for number in [np.linalg.norm(data), *products]]


def reference(network):
    kinds = {layer["name"]: layer["kind"] for layer in network["layers"]}
    small = {layer["name"] for layer in network["layers"] if layer.get("zeroScale")}

    shapes = {}

    def own(layer, leaf, shape, scale):
        if leaf == "weight":
            shapes[layer] = shape
        values = noise(f"{layer}.{leaf}", math.prod(shape))
        if kinds[layer] == "batchNorm":
            unit = 0.1 if layer in small else 1
            values = unit * (1 + 0.3 * values) if leaf == "weight" else 0.2 * values
        else:
            values = math.sqrt(6 / math.prod(shape[1:])) * values if leaf == "weight" else 0.1 * values
        return tensor(values, shape)

    def statistics(layer, channels):
        mean, variance = (noise(f"{layer}.{name}", channels) for name in ("running_mean", "running_var"))
        return tensor(0.1 * mean, (channels,)), tensor(1 + 0.3 * variance, (channels,))

    shape = (1, *network["input"])
    image = tensor(2 * noise("images", math.prod(shape)), shape).requires_grad_()
    values = run(network["layers"], image, own, statistics=statistics, training=False)
    maps = [name for name, kind in kinds.items() if kind in ("convolution", "relu", "add") and values[name].dim() == 4]
    convolutions = [name for name in maps if kinds[name] == "convolution"]
    looked = [convolutions[-1], convolutions[1], maps[-1]]
    logits = values[network["outputs"][0]["layer"]]
    gradients = torch.autograd.grad(logits[0, CLASS], [values[name] for name in looked])
    cams = {}
    for name, gradient in zip(looked, gradients):
        weights = gradient.mean((2, 3), keepdim=True)
        cams[name] = (weights * values[name]).sum(1)[0].detach()
    first = own(convolutions[0], "weight", shapes[convolutions[0]], 1).float()
    grid = lambda each: make_grid(first, nrow=3, padding=1, normalize=True, scale_each=each)
    levels = lambda each: (255 * grid(each).double()).round().int().flatten().tolist()
    return dict(
        filters=dict(shape=list(grid(True).shape), each=levels(True), all=levels(False)),
        activations={name: digest(value) for name, value in values.items() if name != "input"},
        gradCam={
            name: dict(shape=list(cam.shape), values=[float(f"{v:.7g}") for v in cam.flatten().tolist()])
            for name, cam in cams.items()
        },
    )


torch.set_num_threads(1)
networks = json.load(sys.stdin)
lines = [f"{json.dumps(n)}: {json.dumps(reference(networks[n]), separators=(',', ':'))}" for n in NAMES]
path = Path(__file__).parent.parent / "fixtures" / "insides.json"
path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
