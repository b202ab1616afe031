"""The peer of test/bench/initialization.ts: torchvision's VGG-A with batch normalization, trained by the same recipe.

python trainingPeer.py TASK, TASK being JSON: source (a CSV of path,label,split), seed, threads, crop, scale, epochs,
batchSize, learningRate, momentum, weightDecay, dropout, fcWidth. Prints {"firstLoss", "top1"}: the loss of the first
update, and the accuracy on the split `val` after the last epoch, on center crops.

Initial weights are torchvision's own (convolutions N(0, 2/fan-out), linear layers N(0, 0.01²), biases 0); as in our
networks the first linear layer sees the last pooling's whole output, which torchvision would resize to 7×7.
"""

import csv
import json
import math
import sys

import numpy as np
import torch
import torchvision
from PIL import Image

task = json.loads(sys.argv[1])
torch.set_num_threads(task["threads"])
torch.manual_seed(task["seed"])
random = np.random.default_rng(task["seed"])
crop, epochs, batch = task["crop"], task["epochs"], task["batchSize"]


def load(path):
    """uint8, height × width × 3; transparency over white, the shorter side resized to the scale."""
    with Image.open(path) as file:
        image = file.convert("RGBA")
    image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    ratio = task["scale"] / min(image.size)
    size = [max(task["scale"], round(side * ratio)) for side in image.size]
    return np.asarray(image.resize(size, Image.Resampling.BILINEAR))


def tensor(images):
    return torch.from_numpy(((np.stack(images).astype(np.float32) - mean) / std).transpose(0, 3, 1, 2).copy())


def drawn(image):
    top, left = (random.integers(0, side - crop + 1) for side in image.shape[:2])
    image = image[top : top + crop, left : left + crop]
    return image[:, ::-1] if random.random() < 0.5 else image


def center(image):
    top, left = ((side - crop) // 2 for side in image.shape[:2])
    return image[top : top + crop, left : left + crop]


with open(task["source"], encoding="utf-8", newline="") as file:
    rows = list(csv.DictReader(file))
classes = sorted({row["label"] for row in rows})
splits = {
    name: [(load(row["path"]), classes.index(row["label"])) for row in rows if row["split"] == name]
    for name in ("train", "val")
}
moments = np.array([[image.mean((0, 1)), (image.astype(float) ** 2).mean((0, 1))] for image, _ in splits["train"]])
mean = moments[:, 0].mean(0).astype(np.float32)
std = np.sqrt(moments[:, 1].mean(0) - mean**2).astype(np.float32)

model = torchvision.models.vgg11_bn(num_classes=len(classes), dropout=task["dropout"])
model.avgpool = torch.nn.Identity()
model.classifier[0] = torch.nn.Linear(512 * (crop // 32) ** 2, task["fcWidth"])
torch.nn.init.normal_(model.classifier[0].weight, 0, 0.01)
torch.nn.init.zeros_(model.classifier[0].bias)
model.to(memory_format=torch.channels_last)
optimizer = torch.optim.SGD(
    model.parameters(), lr=1.0, momentum=task["momentum"], weight_decay=task["weightDecay"], fused=True
)

steps = math.ceil(len(splits["train"]) / batch)
first = None
for epoch in range(epochs):
    model.train()
    order = random.permutation(len(splits["train"]))
    for step in range(steps):
        # A cosine down to 0 after an epoch's linear warm-up, update by update.
        done = epoch + step / steps
        rate = task["learningRate"] * (1 + math.cos(math.pi * min(1, max(0, (done - 1) / max(epochs - 1, 1e-9))))) / 2
        optimizer.param_groups[0]["lr"] = rate * min(1, done + 1 / steps)
        chosen = [splits["train"][index] for index in order[step * batch : (step + 1) * batch]]
        images = tensor([drawn(image) for image, _ in chosen]).contiguous(memory_format=torch.channels_last)
        labels = torch.tensor([label for _, label in chosen])
        loss = torch.nn.functional.cross_entropy(model(images), labels)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        first = loss.item() if first is None else first

model.eval()
right = 0
with torch.inference_mode():
    for start in range(0, len(splits["val"]), batch):
        part = splits["val"][start : start + batch]
        logits = model(tensor([center(image) for image, _ in part]))
        right += (logits.argmax(1) == torch.tensor([label for _, label in part])).sum().item()
print(json.dumps({"firstLoss": first, "top1": right / len(splits["val"])}))
