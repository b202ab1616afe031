"""The studio's checkpoints (core/training/checkpoint.ts): weights, momentum and a header in one safetensors file."""

import json

from safetensors import safe_open
from safetensors.torch import save_file

MOMENTUM = "momentum/"


def load(path):
    """(header, weights by name, momentum by name)"""
    with safe_open(path, framework="pt") as file:
        header = json.loads(file.metadata()["checkpoint"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}
    momentum = {name[len(MOMENTUM) :]: value for name, value in tensors.items() if name.startswith(MOMENTUM)}
    weights = {name: value for name, value in tensors.items() if not name.startswith((MOMENTUM, "images/"))}
    return header, weights, momentum


def save(path, header, weights, momentum):
    """Tensors are 32-bit floats on any device."""
    tensors = {**weights, **{MOMENTUM + name: value for name, value in momentum.items()}}
    plain = {name: value.detach().float().cpu().contiguous() for name, value in tensors.items()}
    save_file(plain, path, metadata={"checkpoint": json.dumps(header)})
