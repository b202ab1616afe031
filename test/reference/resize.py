"""Makes test/fixtures/images/resize.json: an image resized by PyTorch (bilinear, antialias) and by Pillow (BILINEAR).

    python test/reference/resize.py
"""

import base64
import json
import pathlib

import numpy as np
import torch
from PIL import Image

WIDTH, HEIGHT = 53, 37
SIZES = [(26, 18), (40, 31), (53, 60), (80, 56), (7, 5), (1, 1), (120, 9)]

image = np.random.default_rng(3).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)


def encode(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def resized(width: int, height: int) -> dict:
    planes = torch.from_numpy(image).permute(2, 0, 1)[None].double()
    exact = torch.nn.functional.interpolate(planes, (height, width), mode="bilinear", antialias=True)
    pillow = Image.fromarray(image).resize((width, height), Image.BILINEAR)
    return {
        "width": width,
        "height": height,
        "torch": encode(exact[0].permute(1, 2, 0).numpy().astype("<f4")),
        "pillow": encode(np.asarray(pillow)),
    }


fixture = {"width": WIDTH, "height": HEIGHT, "pixels": encode(image), "resized": [resized(*size) for size in SIZES]}
target = pathlib.Path(__file__).parent.parent / "fixtures" / "images" / "resize.json"
target.write_text(json.dumps(fixture))
