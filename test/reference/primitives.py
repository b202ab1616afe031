"""Makes test/fixtures/primitives/*.safetensors: one PyTorch gradient for each kind of layer, alone and in branches.

    pip install torch torchvision numpy safetensors
    python test/reference/primitives.py

The metadata's `network` is the network in the form of core/network/types.ts, which interpret.py runs with
PyTorch; the tensors are `images`, `labels`, `initial/<name>`, `loss` and `gradient/<name>`; of mixed-labels, whose
images are as before mixing, also `shares` and `classWeights`.
"""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch.nn import functional as F

from interpret import run

CLASSES, BATCH = 4, 3


def conv(name, out, kernel=3, stride=1, padding=1, groups=1, bias=True, inputs=None):
    return dict(kind="convolution", name=name, outChannels=out, kernel=kernel, stride=stride, padding=padding, groups=groups, bias=bias, inputs=inputs)


def layer(kind, name, inputs=None, **rest):
    return dict(kind=kind, name=name, inputs=inputs, **rest)


def pool(kind, kernel, stride, padding=0, ceilMode=False, **rest):
    return layer(kind, "pool", kernel=kernel, stride=stride, padding=padding, ceilMode=ceilMode, **rest)


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
    "max-pool-overlapping": head(pool("maxPool", 3, 2)),
    "max-pool-overlapping-ties": head(pool("maxPool", 3, 2)),
    "max-pool-stride-1-ties": head(pool("maxPool", 3, 1, 1)),
    "max-pool-padded": head(pool("maxPool", 3, 2, 1)),
    "max-pool-gaps": head(pool("maxPool", 2, 3)),
    "max-pool-ceil-mode": head(pool("maxPool", 3, 2, 0, True)),
    "max-pool-ceil-mode-padded": head(pool("maxPool", 2, 2, 1, True)),
    "average-pool": head(pool("averagePool", 5, 3, countIncludePad=True)),
    "average-pool-padded": head(pool("averagePool", 3, 2, 1, countIncludePad=True)),
    "average-pool-uncounted": head(pool("averagePool", 3, 1, 1, countIncludePad=False)),
    "average-pool-ceil-mode": head(pool("averagePool", 3, 2, 0, True, countIncludePad=True)),
    "average-pool-ceil-mode-padded": head(pool("averagePool", 3, 2, 1, True, countIncludePad=True)),
    "sigmoid": head(layer("sigmoid", "sigmoid")),
    "scale-channels": head(
        layer("globalAveragePool", "squeeze"),
        layer("linear", "excite", outFeatures=6, bias=True),
        layer("sigmoid", "gate"),
        layer("scaleChannels", "scaled", ["first", "gate"]),
    ),
    "linear-no-bias": [layer("flatten", "flat"), layer("linear", "hidden", outFeatures=9, bias=False), layer("relu", "relu"), layer("linear", "logits", outFeatures=CLASSES, bias=False)],
    "convolution-grouped": head(conv("second", 8, groups=2)),
    "convolution-grouped-1x1": head(conv("second", 9, 1, padding=0, groups=3)),
    "convolution-grouped-stride-2": head(conv("second", 9, stride=2, groups=3)),
    "convolution-depthwise": head(conv("second", 6, groups=6, bias=False)),
    "read-often": head(conv("second", 3), layer("concat", "both", ["first", "second"]), conv("third", 6), layer("add", "sum", ["third", "first", "first"])),
    "dropout": head(layer("dropout", "drop", rate=0.5)),
    "adaptive-average-pool": head(layer("adaptiveAveragePool", "pool", side=4)),
    "mixed-labels": head(layer("relu", "relu")),
}
# Poolings whose last window is not whole where the side is even; others see nine cells.
EVEN = {"max-pool-ceil-mode", "average-pool-ceil-mode", "average-pool-ceil-mode-padded"}


def chain(layers):
    previous = "input"
    for item in layers:
        yield {**item, "label": item["name"], "inputs": item["inputs"] or [previous]}
        previous = item["name"]


def mixed(images, labels):
    """torchvision's MixUp: each image with the one before it, the first with the last; another share for each."""
    from torchvision.transforms import v2

    shares = torch.linspace(0.55, 0.95, BATCH)
    rows = []
    for share in shares:
        mixup = v2.MixUp(num_classes=CLASSES)
        mixup.make_params = lambda inputs, share=share: dict(lam=float(share))
        rows.append(mixup(images.clone(), labels))
    pixels, soft = (torch.stack([row[part][index] for index, row in enumerate(rows)]) for part in (0, 1))
    return dict(images=pixels, soft=soft, shares=shares, classWeights=torch.tensor([0.5, 2.0, 1.25, 0.75]))


torch.set_num_threads(1)
folder = Path(__file__).parent.parent / "fixtures" / "primitives"
folder.mkdir(parents=True, exist_ok=True)
for seed, (name, layers) in enumerate(NETWORKS.items()):
    torch.manual_seed(seed)
    layers = list(chain(layers))
    side = 36 if name == "convolution-wide" else 9 if "pool" in name and name not in EVEN else 8
    images, labels = torch.randn(BATCH, 3, side, side), torch.randint(0, CLASSES, (BATCH,))
    tensors = {}
    outputs = [dict(layer="logits", role="logits", lossWeight=1)]
    if name == "auxiliary":
        outputs.append(dict(layer="extra", role="auxiliary", lossWeight=0.3))

    def own(layer, leaf, shape, scale):
        if (key := f"{layer}.{leaf}") not in tensors:
            value = torch.randn(shape) * scale
            if "ties" in name:
                # Sums of quarters are exact: maxima tie. Small logits keep the loss above rounding.
                value = value / 10 if layer == "logits" else (value * 4).round() / 4
            tensors[key] = value
            tensors[key].requires_grad_()
        return tensors[key]

    if "ties" in name:
        images = images.round()
    raw, mixing = images, mixed(images, labels) if name == "mixed-labels" else None
    if mixing:
        images = mixing["images"]
    values = run(layers, images, own, seed=[0])
    if mixing:
        # Soft targets with class weights, summed: the studio divides by the images, not by their weights.
        loss = F.cross_entropy(values["logits"], mixing["soft"], weight=mixing["classWeights"], reduction="sum") / BATCH
    else:
        loss = sum(o["lossWeight"] * F.cross_entropy(values[o["layer"]], labels) for o in outputs)
    loss.backward()
    network = dict(name=name, input=[3, side, side], classes=CLASSES, layers=layers, outputs=outputs)
    save_file(
        {
            "images": raw,
            **({key: mixing[key] for key in ("shares", "classWeights")} if mixing else {}),
            "labels": labels.float(),
            "loss": loss.detach().reshape(1),
            **{f"initial/{k}": v.detach() for k, v in tensors.items()},
            **{f"gradient/{k}": v.grad for k, v in tensors.items()},
        },
        folder / f"{name}.safetensors",
        metadata={"network": json.dumps(network)},
    )
    print(name, loss.item())
