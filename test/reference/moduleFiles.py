"""Makes test/fixtures/weights/modules.json: names and shapes of torchvision's and timm's networks whose files are told by
the names of their modules, and what narrow ones compute.

    pip install torch torchvision timm numpy
    python test/reference/moduleFiles.py   (made with torch 2.15, torchvision 0.29, timm 1.0.31)

`names`: state_dict at full size. `narrow`: each module a 16th as wide, five classes, with weights and an image of 96 pixels
that both sides make (noise of test/engine/architectures.ts): its names and shapes, and the logits in evaluation.
"""

import json
import math
import sys
from pathlib import Path

import numpy as np
import timm
import torch
import torchvision
from torch import nn

from noise import noise

sys.argv = sys.argv[:1]
CLASSES, SHARE, SIDE = 5, 16, 96


def values(name, shape):
    """A tensor by its own name: the same rule as in test/weights/modules.test.ts."""
    drawn = noise(name, math.prod(shape))
    if name.endswith("running_var"):
        drawn = 1 + 0.5 * drawn
    elif len(shape) == 1:
        drawn = 1 + 0.3 * drawn if name.endswith("weight") else 0.2 * drawn
    else:
        drawn = math.sqrt(3 / math.prod(shape[1:])) * drawn
    return torch.from_numpy(drawn.astype(np.float32)).reshape(shape)


def model_of(library, name, **options):
    if library == "timm":
        return timm.create_model(name, **options)
    more = dict(init_weights=False) if name == "googlenet" else {}
    return torchvision.models.get_model(name, weights=None, **more, **options)


def narrowed(model):
    """Each convolution, normalization and linear layer a 16th as wide, but for the image's channels and the classes."""
    share = lambda width: max(1, int(width / SHARE + 0.5))
    for parent in list(model.modules()):
        for name, own in list(parent.named_children()):
            if isinstance(own, nn.Conv2d):
                inputs = own.in_channels if own.in_channels == 3 else share(own.in_channels)
                new = nn.Conv2d(inputs, share(own.out_channels), own.kernel_size, own.stride, own.padding, bias=own.bias is not None)
            elif isinstance(own, nn.BatchNorm2d):
                new = nn.BatchNorm2d(share(own.num_features), own.eps)
            elif isinstance(own, nn.Linear):
                outputs = own.out_features if own.out_features == CLASSES else share(own.out_features)
                new = nn.Linear(share(own.in_features), outputs)
            else:
                continue
            setattr(parent, name, new)
    return model


def shapes(model):
    return [[key, list(tensor.shape)] for key, tensor in model.state_dict().items()]


FULL = {
    "torchvision": ["resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "googlenet"],
    "timm": ["seresnet50", "legacy_seresnet50"],
}
NARROW = [("torchvision", "googlenet"), ("torchvision", "resnet18"), ("torchvision", "resnet50"), ("timm", "seresnet50"), ("timm", "legacy_seresnet50")]

with torch.device("meta"):
    names = {f"{library}/{name}": shapes(model_of(library, name)) for library, all in FULL.items() for name in all}
narrow = {}
for library, name in NARROW:
    model = narrowed(model_of(library, name, num_classes=CLASSES)).eval()
    state = {
        key: tensor if key.endswith("num_batches_tracked") else values(key, tensor.shape)
        for key, tensor in model.state_dict().items()
    }
    model.load_state_dict(state, strict=True)
    image = torch.from_numpy(2 * noise("images", 3 * SIDE * SIDE).astype(np.float32)).reshape(1, 3, SIDE, SIDE)
    with torch.no_grad():
        logits = model(image)[0].tolist()
    narrow[f"{library}/{name}"] = dict(names=shapes(model), logits=[float(f"{x:.8g}") for x in logits])
    print(library, name, logits)

path = Path(__file__).parent.parent / "fixtures" / "weights" / "modules.json"
lines = lambda of: ",\n".join(f"{json.dumps(key)}: {json.dumps(value, separators=(',', ':'))}" for key, value in of.items())
path.write_text('{"names": {\n' + lines(names) + '\n},\n"narrow": {\n' + lines(narrow) + "\n}}\n")
