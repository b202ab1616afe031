"""State names and shapes of torchvision's VGGs: test/fixtures/network/torchvision.json.

Run: python test/reference/networkNames.py   (torchvision; made with 0.29)
"""

import json
import pathlib

import torch
import torchvision

models = ["vgg11", "vgg13", "vgg16", "vgg19", "vgg11_bn", "vgg13_bn", "vgg16_bn", "vgg19_bn"]


def state(name):
    with torch.device("meta"):
        model = getattr(torchvision.models, name)(weights=None)
    return [[key, list(tensor.shape)] for key, tensor in model.state_dict().items()]


fixture = {name: state(name) for name in models}
path = pathlib.Path(__file__).parent.parent / "fixtures" / "network" / "torchvision.json"
path.parent.mkdir(parents=True, exist_ok=True)
lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(entries)}" for name, entries in fixture.items())
path.write_text("{\n" + lines + "\n}\n")
