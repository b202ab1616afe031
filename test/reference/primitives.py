"""Makes test/fixtures/primitives/*.safetensors: one PyTorch gradient for each kind of layer, alone and in branches.

    pip install torch numpy safetensors
    python test/reference/primitives.py

The metadata's `network` is the network in the form of core/network/types.ts, which this script interprets with
PyTorch; the tensors are `images`, `labels`, `initial/<name>`, `loss` and `gradient/<name>`.
"""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch.nn import functional as F

CLASSES, BATCH = 4, 3


def conv(name, out, kernel=3, stride=1, padding=1, groups=1, bias=True, inputs=None):
    return dict(kind="convolution", name=name, outChannels=out, kernel=kernel, stride=stride, padding=padding, groups=groups, bias=bias, inputs=inputs)


def layer(kind, name, inputs=None, **rest):
    return dict(kind=kind, name=name, inputs=inputs, **rest)


def head(*layers):
    """A first convolution, so that the layer's input gradient shows in its weights, and a classifier behind."""
    return [conv("first", 6), *layers, layer("flatten", "flat"), layer("linear", "logits", outFeatures=CLASSES, bias=True)]


LRN = dict(size=5, alpha=1e-2, beta=0.75, k=2)
BN = dict(epsilon=1e-5, momentum=0.1)
NETWORKS = {
    "convolution-3x3": head(conv("second", 5)),
    "convolution-1x1": head(conv("second", 5, 1, padding=0)),
    "convolution-5x5": head(conv("second", 5, 5, padding=2)),
    "convolution-stride-2": head(conv("second", 5, stride=2)),
    "convolution-wide": head(conv("middle", 20), conv("second", 18)),
    "convolution-no-bias": head(conv("second", 5, 3, padding=0, bias=False)),
    "relu": head(layer("relu", "relu")),
    "max-pool": head(layer("maxPool", "pool", kernel=2, stride=2, padding=0, ceilMode=False)),
    "local-response-norm": head(layer("localResponseNorm", "lrn", **LRN)),
    "batch-norm": head(layer("batchNorm", "bn", **BN), layer("relu", "relu")),
    "linear": [layer("flatten", "flat"), layer("linear", "hidden", outFeatures=9, bias=True), layer("relu", "relu"), layer("linear", "logits", outFeatures=CLASSES, bias=True)],
    "global-average-pool": [conv("first", 6), layer("relu", "relu"), layer("globalAveragePool", "gap"), layer("linear", "logits", outFeatures=CLASSES, bias=True)],
    "residual": head(conv("second", 6), layer("relu", "relu"), layer("add", "sum", ["relu", "first"])),
    "branches": head(conv("left", 3, inputs=["first"]), conv("right", 4, 1, padding=0, inputs=["first"]), layer("concat", "both", ["left", "right"])),
    "auxiliary": [*head(layer("relu", "relu")), layer("globalAveragePool", "gap", ["first"]), layer("linear", "extra", outFeatures=CLASSES, bias=True)],
}


def run(layers, images, tensors, make):
    """Interprets the layers; `make(name, shape, scale)` creates a parameter the first time."""
    values = {"input": images}
    for item in layers:
        x = [values[name] for name in item["inputs"]]
        own = lambda leaf, shape, scale: tensors.setdefault(f"{item['name']}.{leaf}", make(shape, scale))
        match item["kind"]:
            case "convolution":
                k, o = item["kernel"], item["outChannels"]
                weight = own("weight", (o, x[0].shape[1], k, k), 0.3)
                bias = own("bias", (o,), 0.1) if item["bias"] else None
                y = F.conv2d(x[0], weight, bias, item["stride"], item["padding"])
            case "linear":
                shape = (item["outFeatures"], x[0].shape[1])
                y = F.linear(x[0], own("weight", shape, 0.2), own("bias", shape[:1], 0.1))
            case "relu":
                y = F.relu(x[0])
            case "maxPool":
                y = F.max_pool2d(x[0], item["kernel"], item["stride"])
            case "localResponseNorm":
                y = F.local_response_norm(x[0], item["size"], item["alpha"] * item["size"], item["beta"], item["k"])
            case "batchNorm":
                c = x[0].shape[1]
                scale, shift = own("weight", (c,), 0.5), own("bias", (c,), 0.2)
                y = F.batch_norm(x[0], None, None, scale, shift, True, 0, item["epsilon"])
            case "flatten":
                y = x[0].flatten(1)
            case "globalAveragePool":
                y = x[0].mean((2, 3))
            case "add":
                y = x[0] + x[1]
            case "concat":
                y = torch.cat(x, 1)
        values[item["name"]] = y
    return values


def chain(layers):
    previous = "input"
    for item in layers:
        yield {**item, "label": item["name"], "inputs": item["inputs"] or [previous]}
        previous = item["name"]


torch.set_num_threads(1)
folder = Path(__file__).parent.parent / "fixtures" / "primitives"
folder.mkdir(parents=True, exist_ok=True)
for seed, (name, layers) in enumerate(NETWORKS.items()):
    torch.manual_seed(seed)
    layers = list(chain(layers))
    side = 36 if name == "convolution-wide" else 9 if "pool" in name else 8
    images, labels = torch.randn(BATCH, 3, side, side), torch.randint(0, CLASSES, (BATCH,))
    tensors = {}
    outputs = [dict(layer="logits", role="logits", lossWeight=1)]
    if name == "auxiliary":
        outputs.append(dict(layer="extra", role="auxiliary", lossWeight=0.3))
    make = lambda shape, scale: (torch.randn(shape) * scale).requires_grad_()
    values = run(layers, images, tensors, make)
    loss = sum(o["lossWeight"] * F.cross_entropy(values[o["layer"]], labels) for o in outputs)
    loss.backward()
    network = dict(name=name, input=[3, side, side], classes=CLASSES, layers=layers, outputs=outputs)
    save_file(
        {
            "images": images,
            "labels": labels.float(),
            "loss": loss.detach().reshape(1),
            **{f"initial/{k}": v.detach() for k, v in tensors.items()},
            **{f"gradient/{k}": v.grad for k, v in tensors.items()},
        },
        folder / f"{name}.safetensors",
        metadata={"network": json.dumps(network)},
    )
    print(name, loss.item())
