"""Makes test/fixtures/dense.safetensors: a small VGG A evaluated densely (VGG section 3.2) by PyTorch.

    pip install torch numpy safetensors
    python test/reference/dense.py

Written with PyTorch alone, independently of the project's own definition: the first FC layer is a 2x2 convolution
over the map, the others are 1x1; the map of logits is averaged over space; soft-max; mean with the mirrored image.
The file holds `weights/<name>` and, for each size, `image/<n>`, `dense/<n>` (logits), `flipped/<n>` (posteriors),
and `plain/<n>` (logits of the network itself) where the image has the crop's size. The metadata has the options.

It also makes dense-224.safetensors: a narrow VGG A for 224x224 and `slices`, the logits of its FC layers as they are
(matrices, not convolutions) for every 7x7 slice of the last map of a 288x321 image, whose value i is sin(0.01 i).
"""

import json
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

CROP, CLASSES, FC_WIDTH, MULTIPLIER = 64, 7, 24, 1 / 16
GROUPS = [[64], [128], [256, 256], [512, 512], [512, 512]]
SIZES = [(64, 64), (64, 97), (115, 83)]
OPTIONS = {
    "config": "A",
    "classes": CLASSES,
    "crop": CROP,
    "batchNorm": False,
    "dropout": 0.5,
    "fcWidth": FC_WIDTH,
    "widthMultiplier": MULTIPLIER,
}


def make_weights(generator, crop=CROP, multiplier=MULTIPLIER):
    def random(*shape, fan_in):
        return torch.randn(*shape, generator=generator) * (2 / fan_in) ** 0.5

    weights, position, channels = {}, 0, 3
    for group in GROUPS:
        for width in group:
            width = max(1, round(width * multiplier))
            weights[f"features.{position}.weight"] = random(width, channels, 3, 3, fan_in=9 * channels)
            weights[f"features.{position}.bias"] = random(width, fan_in=200)
            channels = width
            position += 2
        position += 1
    features = channels * (crop // 32) ** 2
    for name, inputs, outputs in [(0, features, FC_WIDTH), (3, FC_WIDTH, FC_WIDTH), (6, FC_WIDTH, CLASSES)]:
        weights[f"classifier.{name}.weight"] = random(outputs, inputs, fan_in=inputs)
        weights[f"classifier.{name}.bias"] = random(outputs, fan_in=200)
    return weights


def features(x, weights):
    position = 0
    for group in GROUPS:
        for _ in group:
            name = f"features.{position}"
            x = F.relu(F.conv2d(x, weights[f"{name}.weight"], weights[f"{name}.bias"], padding=1))
            position += 2
        x = F.max_pool2d(x, 2)
        position += 1
    return x


def plain(x, weights):
    x = features(x, weights).flatten(1)
    x = F.relu(F.linear(x, weights["classifier.0.weight"], weights["classifier.0.bias"]))
    x = F.relu(F.linear(x, weights["classifier.3.weight"], weights["classifier.3.bias"]))
    return F.linear(x, weights["classifier.6.weight"], weights["classifier.6.bias"])


def dense(x, weights):
    x = features(x, weights)
    side = CROP // 32
    for name, size in [(0, side), (3, 1), (6, 1)]:
        weight = weights[f"classifier.{name}.weight"]
        weight = weight.reshape(weight.shape[0], -1, size, size)
        x = F.conv2d(x, weight, weights[f"classifier.{name}.bias"])
        if name != 6:
            x = F.relu(x)
    return x.mean(dim=(2, 3))


def every_slice():
    multiplier, side = 1 / 32, 7
    weights = make_weights(torch.Generator().manual_seed(20150411), 224, multiplier)
    exact = {name: tensor.double() for name, tensor in weights.items()}
    values = torch.arange(3 * 288 * 321, dtype=torch.float64).mul(0.01).sin().float()
    last = features(values.reshape(1, 3, 288, 321).double(), exact)
    slices = []
    for top in range(last.shape[2] - side + 1):
        for left in range(last.shape[3] - side + 1):
            x = last[:, :, top : top + side, left : left + side].flatten(1)
            for name in (0, 3):
                x = F.relu(F.linear(x, exact[f"classifier.{name}.weight"], exact[f"classifier.{name}.bias"]))
            slices.append(F.linear(x, exact["classifier.6.weight"], exact["classifier.6.bias"]))
    tensors = {f"weights/{name}": tensor for name, tensor in weights.items()}
    tensors["slices"] = torch.cat(slices).float()
    options = {**OPTIONS, "crop": 224, "widthMultiplier": multiplier}
    path = Path(__file__).parent.parent / "fixtures" / "dense-224.safetensors"
    save_file(tensors, path, metadata={"options": json.dumps(options)})


def main():
    generator = torch.Generator().manual_seed(20150410)
    weights = make_weights(generator)
    exact = {name: tensor.double() for name, tensor in weights.items()}
    tensors = {f"weights/{name}": tensor for name, tensor in weights.items()}
    for n, (height, width) in enumerate(SIZES):
        image = torch.randn(1, 3, height, width, generator=generator)
        logits = dense(image.double(), exact)
        mirrored = dense(image.double().flip(-1), exact)
        tensors[f"image/{n}"] = image
        tensors[f"dense/{n}"] = logits.float()
        tensors[f"flipped/{n}"] = ((logits.softmax(1) + mirrored.softmax(1)) / 2).float()
        if height == width == CROP:
            tensors[f"plain/{n}"] = plain(image.double(), exact).float()
        print(height, width, [round(value, 4) for value in logits.tolist()[0]])
    path = Path(__file__).parent.parent / "fixtures" / "dense.safetensors"
    save_file(tensors, path, metadata={"options": json.dumps(OPTIONS)})
    every_slice()


if __name__ == "__main__":
    main()
