"""python -m vgg_studio_training STORAGE IMAGES: trains in this process, on one device, without Ray."""

import sys

import torch

from .loop import train
from .storage import Storage
from .workers import Workers

if __name__ == "__main__":
    device = "cuda" if torch.cuda.is_available() else "cpu"
    train(Storage(sys.argv[1]), Workers(device), sys.argv[2], f"one {device}")
