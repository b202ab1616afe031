"""Makes test/fixtures/views: class posteriors of a small VGG A by every protocol, from image files, by PyTorch.

    pip install torch torchvision numpy pillow safetensors
    python test/reference/views.py

Written from the papers, independently of the project's own definitions: files are read by Pillow, resized by a triangle
filter in double precision (widened when it shrinks; rounded once to whole levels), cropped, and run one view at a time.
AlexNet (5): four corners and the center. VGG (section 3.2): a regular 5x5 grid. GoogLeNet (section 7): four scales; left,
center and right (top, center, bottom) squares; of each its corners, its center and itself, resized. Dense: the FC layers
are applied by hand to every 2x2 slice (7x7 at 224) of the last map, and the scores averaged. Offsets (OverFeat 3.3): the
last pooling at (dx, dy) in {0, 1}^2, the scores of all offsets averaged. Each view with its mirror image; soft-max, mean.
The folder gets the files, the weights, and `posteriors/<protocol>` (files x classes); the metadata has the protocols.
It also makes `windows.json`: where the 144 views lie, from coordinates alone, and where torchvision's TenCrop has its.
"""

import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import save_file
from torchvision.transforms.functional import ten_crop

from dense import CROP, GROUPS, OPTIONS, make_weights

FOLDER = Path(__file__).parent.parent / "fixtures" / "views"
SIZES = [(90, 120), (131, 77), (64, 64), (100, 101)]
MEAN, STD = np.array([120.0, 110.0, 100.0]), np.array([60.0, 61.0, 62.0])
SCALES = [66, 75, 88]
PROTOCOLS = {
    "center": {"views": "center", "scales": [75], "flips": False},
    "multi-scale": {"views": "center", "scales": SCALES, "flips": True},
    "ten": {"views": "ten", "scales": [75]},
    "grid": {"views": "grid", "scales": SCALES},
    "144": {"views": "144"},
    "dense": {"views": "dense", "scales": SCALES},
    "dense-offsets": {"views": "dense-offsets", "scales": SCALES},
    "both": {"views": "both", "scales": SCALES},
}


def draw(folder):
    generator = np.random.default_rng(7)
    for number, (width, height) in enumerate(SIZES):
        small = generator.integers(0, 256, (6, 7, 3), dtype=np.uint8)
        blobs = np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC), dtype=int)
        noise = generator.integers(-20, 21, blobs.shape)
        Image.fromarray(np.clip(blobs + noise, 0, 255).astype(np.uint8)).save(folder / f"{number}.png")


def filter_matrix(source, target):
    """target x source: a triangle around each output's center, as wide as two source (or output) pixels."""
    scale = source / target
    support = max(scale, 1)
    centers = (np.arange(target) + 0.5) * scale
    distance = np.abs(centers[:, None] - (np.arange(source) + 0.5)[None, :])
    weights = np.maximum(0, 1 - distance / support)
    return weights / weights.sum(axis=1, keepdims=True)


def resize(levels, height, width):
    rows = np.einsum("ts,swc->twc", filter_matrix(levels.shape[0], height), levels.astype(float))
    both = np.einsum("ts,hsc->htc", filter_matrix(levels.shape[1], width), rows)
    return np.floor(both + 0.5)


def shorter_side(levels, scale):
    height, width = levels.shape[:2]
    ratio = scale / min(height, width)
    if width <= height:
        return resize(levels, int(np.floor(height * ratio + 0.5)), scale)
    return resize(levels, scale, int(np.floor(width * ratio + 0.5)))


def crops(levels, places):
    return [levels[y : y + CROP, x : x + CROP] for x, y in places]


def center_of(levels):
    height, width = levels.shape[:2]
    return [((width - CROP) // 2, (height - CROP) // 2)]


def corners_of(levels):
    height, width = levels.shape[:2]
    return [(x, y) for y in (0, height - CROP) for x in (0, width - CROP)]


def grid_of(levels):
    height, width = levels.shape[:2]
    return [(i * (width - CROP) // 4, j * (height - CROP) // 4) for j in range(5) for i in range(5)]


def squares_of(levels):
    height, width = levels.shape[:2]
    side = min(height, width)
    return [
        levels[y : y + side, x : x + side]
        for share in (0, 1, 2)
        for x, y in [(share * (width - side) // 2, share * (height - side) // 2)]
    ]


def googlenet_crops(levels):
    for scale in [round(CROP * side / 224) for side in (256, 288, 320, 352)]:
        for square in squares_of(shorter_side(levels, scale)):
            yield from crops(square, corners_of(square) + center_of(square))
            yield resize(square, CROP, CROP)


def last_map(x, weights):
    """Before the last pooling."""
    position = 0
    for number, group in enumerate(GROUPS):
        for _ in group:
            name = f"features.{position}"
            x = F.relu(F.conv2d(x, weights[f"{name}.weight"], weights[f"{name}.bias"], padding=1))
            position += 2
        if number < len(GROUPS) - 1:
            x = F.max_pool2d(x, 2)
        position += 1
    return x


def classify(features, weights):
    x = features.flatten(1)
    x = F.relu(F.linear(x, weights["classifier.0.weight"], weights["classifier.0.bias"]))
    x = F.relu(F.linear(x, weights["classifier.3.weight"], weights["classifier.3.bias"]))
    return F.linear(x, weights["classifier.6.weight"], weights["classifier.6.bias"])


def slices(features, weights):
    side = CROP // 32
    height, width = features.shape[2:]
    return [
        classify(features[:, :, y : y + side, x : x + side], weights)
        for y in range(height - side + 1)
        for x in range(width - side + 1)
    ]


def plain_logits(x, weights):
    return classify(F.max_pool2d(last_map(x, weights), 2), weights)


def dense_logits(x, weights):
    return torch.stack(slices(F.max_pool2d(last_map(x, weights), 2), weights)).mean(0)


def offset_logits(x, weights):
    features = last_map(x, weights)
    scores = []
    for dy in (0, 1):
        for dx in (0, 1):
            shifted = features[:, :, dy:, dx:]
            if min(shifted.shape[2:]) >= 2:
                scores += slices(F.max_pool2d(shifted, 2), weights)
    return torch.stack(scores).mean(0)


def posteriors(views, logits, flips, weights):
    found = []
    for view in views:
        normalized = torch.from_numpy((view - MEAN) / STD).permute(2, 0, 1)[None]
        # As the network gets it: rounded once.
        normalized = normalized.float().double()
        for image in [normalized, normalized.flip(-1)] if flips else [normalized]:
            found.append(logits(image, weights).softmax(1)[0])
    return torch.stack(found).mean(0)


def evaluate(levels, protocol, weights):
    views, flips = protocol["views"], protocol.get("flips", True)
    if views == "both":
        halves = [evaluate(levels, {**protocol, "views": half}, weights) for half in ("dense", "grid")]
        return (halves[0] + halves[1]) / 2
    if views == "144":
        return posteriors(googlenet_crops(levels), plain_logits, flips, weights)
    per_scale = []
    for scale in protocol["scales"]:
        image = shorter_side(levels, scale)
        if views.startswith("dense"):
            logits = dense_logits if views == "dense" else offset_logits
            per_scale.append(posteriors([image], logits, flips, weights))
        else:
            places = {
                "center": center_of(image),
                "ten": corners_of(image) + center_of(image),
                "grid": grid_of(image),
            }[views]
            per_scale.append(posteriors(crops(image, places), plain_logits, flips, weights))
    return torch.stack(per_scale).mean(0)


def googlenet_windows(width, height):
    """[scale, left, top, side] in pixels of the scaled image, by the words of section 7, for crops of 224."""
    found = []
    for scale in (256, 288, 320, 352):
        ratio = scale / min(width, height)
        w = scale if width <= height else int(width * ratio + 0.5)
        h = scale if height <= width else int(height * ratio + 0.5)
        for share in (0, 1, 2):
            x, y = share * (w - scale) // 2, share * (h - scale) // 2
            room = scale - 224
            for dx, dy in [(0, 0), (room, 0), (0, room), (room, room), (room // 2, room // 2)]:
                found.append([scale, x + dx, y + dy, 224])
            found.append([scale, x, y, scale])
    return found


def torchvision_corners(width, height):
    """[left, top] of the first five crops of 224 that TenCrop makes; an image of coordinates tells."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return [[int(crop[0, 0, 0]), int(crop[1, 0, 0])] for crop in ten_crop(torch.stack([x, y]), [224, 224])[:5]]


def main():
    FOLDER.mkdir(exist_ok=True)
    draw(FOLDER)
    weights = make_weights(torch.Generator().manual_seed(20150410))
    exact = {name: tensor.double() for name, tensor in weights.items()}
    tensors = {f"weights/{name}": tensor for name, tensor in weights.items()}
    files = [np.asarray(Image.open(FOLDER / f"{number}.png")) for number in range(len(SIZES))]
    for name, protocol in PROTOCOLS.items():
        rows = torch.stack([evaluate(levels, protocol, exact) for levels in files])
        tensors[f"posteriors/{name}"] = rows
        print(name, [round(value, 4) for value in rows[1].tolist()])
    metadata = {
        "options": json.dumps(OPTIONS),
        "protocols": json.dumps(PROTOCOLS),
        "normalization": json.dumps({"mean": MEAN.tolist(), "std": STD.tolist()}),
    }
    tensors = {name: tensor.float() for name, tensor in tensors.items()}
    save_file(tensors, FOLDER / "views.safetensors", metadata=metadata)
    windows = {f"{w}x{h}": googlenet_windows(w, h) for w, h in [(500, 375), (375, 500), (301, 226)]}
    ten = {f"{w}x{h}": torchvision_corners(w, h) for w, h in [(341, 256), (512, 384), (256, 256), (375, 500)]}
    (FOLDER / "windows.json").write_text(json.dumps({"googlenet": windows, "torchvision": ten}) + "\n")


if __name__ == "__main__":
    main()
