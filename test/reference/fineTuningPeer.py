"""What the preset fine-tune does, as one would write it with PyTorch and scikit-learn: from a folder to a fitted head.

python test/reference/fineTuningPeer.py WEIGHTS.safetensors FOLDER CROP

FOLDER has train/CLASS and test/CLASS. Images are padded on white to CROP and go through VGG-16's convolutions
(channels_last) in bf16 where that is faster, which is seen on two images, else in fp32; pool5 is averaged; features are
standardized, C is chosen by 4-fold cross-validation. Prints JSON: top-1 on the test images, C, the precision, and seconds
from before the imports to the fitted head.
"""
import time

start = time.time()
import json
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file
from sklearn.linear_model import LogisticRegressionCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torchvision.models import vgg16

weights, folder, crop = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
model = vgg16(weights=None, init_weights=False).features
model.load_state_dict({name.removeprefix("features."): value for name, value in load_file(weights).items()})
model = model.eval().to(memory_format=torch.channels_last)
mean = torch.tensor([123.68, 116.779, 103.939])


def pixels(path):
    image = Image.open(path).convert("RGBA")
    ratio = crop / max(image.size)
    size = tuple(max(1, round(side * ratio)) for side in image.size)
    image = image.resize(size, Image.Resampling.BILINEAR)
    whole = Image.new("RGBA", (crop, crop), "white")
    whole.alpha_composite(image, ((crop - size[0]) // 2, (crop - size[1]) // 2))
    return torch.from_numpy(np.asarray(whole.convert("RGB"), np.float32)) - mean


def features(images, precision):
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
        return model(images).float().mean((2, 3)).numpy()


def seconds_of(precision):
    images = torch.zeros(2, 3, crop, crop).contiguous(memory_format=torch.channels_last)
    features(images, precision)
    before = time.time()
    features(images, precision)
    return time.time() - before


precision = min(("fp32", "bf16"), key=seconds_of)


def read(part):
    classes = sorted((folder / part).iterdir())
    files = [(path, label) for label, name in enumerate(classes) for path in sorted(name.iterdir())]
    rows, labels = [], []
    for first in range(0, len(files), 16):
        batch = [(pixels(path), label) for path, label in files[first : first + 16]]
        images = torch.stack([image for image, _ in batch]).permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)
        rows.append(features(images, precision))
        labels += [label for _, label in batch]
    return np.concatenate(rows), np.array(labels)


x, y = read("train")
fitted = make_pipeline(StandardScaler(), LogisticRegressionCV(Cs=10, cv=4, max_iter=1000)).fit(x, y)
seconds = time.time() - start
top1 = fitted.score(*read("test"))
print(json.dumps({"top1": top1, "seconds": seconds, "precision": precision, "C": float(np.ravel(fitted[-1].C_)[0])}))
