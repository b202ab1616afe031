"""Makes test/fixtures/pipeline/distortions.json: what torchvision does to an image for fixed draws.

    pip install torch torchvision numpy
    python test/reference/distortions.py

`values` are torchvision's results on floats, `bytes` those on 8-bit images, as people mostly use it. Where its transforms
draw for themselves (RandomResizedCrop, RandomErasing), they get the numbers of the studio's generator.
"""

import base64
import json
import pathlib
import types

import numpy as np
import torch
import torchvision.transforms.v2 as T
import torchvision.transforms.v2._augment as augment
import torchvision.transforms.v2._geometry as geometry
import torchvision.transforms.v2.functional as F

from augmentation import Xoshiro

WIDTH, HEIGHT, CROP = 61, 44, 16
FILL = [124, 116, 104]
AREA, ERASING = 0x61726561, 0x65726173

noise = np.random.default_rng(5).integers(0, 256, (HEIGHT // 4, WIDTH // 4, 3), dtype=np.uint8)
image = F.resize(torch.from_numpy(noise).permute(2, 0, 1), [HEIGHT, WIDTH], antialias=True)
image[:, ::7, ::5] = 255 - image[:, ::7, ::5]
floats = image.double()


def encode(array, kind) -> str:
    return base64.b64encode(np.ascontiguousarray(array, dtype=kind).tobytes()).decode()


def result(function) -> dict:
    """`function` of the image as floats, 0–255, and as bytes."""
    return {"values": encode(function(floats), "<f4"), "bytes": encode(function(image), "u1")}


class Stream:
    """random(...) of core/base/random.ts, as the parts of torch that transforms draw with."""

    def __init__(self, *stream, then=()):
        self.source, self.then = Xoshiro(*stream), list(then)

    def uniform(self):
        return self.source.uint32() / 2**32

    def empty(self, *_):
        fill = lambda least, most: torch.tensor([least + (most - least) * self.uniform()], dtype=torch.float64)
        return types.SimpleNamespace(uniform_=fill)

    def randint(self, low, high, size):
        value = self.then.pop(0) if self.then else self.uniform()
        return torch.tensor([low + int(value * (high - low))])

    def __getattr__(self, name):
        return getattr(torch, name)


def drawn(module, stream, transform, inputs) -> dict:
    module.torch = stream
    try:
        return transform.make_params(inputs)
    finally:
        module.torch = torch


def resized_crop(place: int, least: float, width: int, height: int) -> dict:
    u, v = (place * 0.37) % 1, (place * 0.73) % 1
    stream = Stream(9, AREA, 2, place, then=[v, u])
    transform = T.RandomResizedCrop(CROP, scale=(least, 1.0), antialias=True)
    params = drawn(geometry, stream, transform, [torch.empty(3, height, width)])
    region = {"left": params["left"], "top": params["top"], "width": params["width"], "height": params["height"]}
    crop = lambda pixels: F.resized_crop(pixels, **params, size=[CROP, CROP], antialias=True)
    of_image = (width, height) == (WIDTH, HEIGHT)
    return {
        **{"place": place, "least": least, "u": u, "v": v, "size": {"width": width, "height": height}},
        "region": region,
        **(result(crop) if of_image else {}),
    }


def erased(place: int) -> dict | None:
    stream = Stream(9, ERASING, 2, place)
    if stream.uniform() >= 0.5:
        return None
    params = drawn(augment, stream, T.RandomErasing(), [torch.empty(3, CROP, CROP)])
    return None if params["v"] is None else {"left": params["j"], "top": params["i"], "width": params["w"], "height": params["h"]}


def rotation(left: int, top: int, degrees: float, mirror: bool) -> dict:
    # Padded first, so that what lies outside is FILL and not what interpolation of torchvision's mask makes of it.
    pad = 40

    def turned(pixels):
        padded = torch.stack([F.pad(plane[None], [pad] * 4, fill=level)[0] for plane, level in zip(pixels, FILL)])
        if mirror:
            padded = F.hflip(padded)
        x = (WIDTH - left - CROP if mirror else left) + pad
        center = [x + CROP / 2, top + pad + CROP / 2]
        whole = F.rotate(padded, degrees, interpolation=T.InterpolationMode.BILINEAR, center=center)
        return F.crop(whole, top + pad, x, CROP, CROP)

    return {"left": left, "top": top, "degrees": degrees, "mirror": mirror, **result(turned)}


def colors(*changes) -> dict:
    functions = {"brightness": F.adjust_brightness, "contrast": F.adjust_contrast, "saturation": F.adjust_saturation}

    def changed(pixels):
        # torchvision takes floats to lie in 0–1.
        scale = 255 if pixels.is_floating_point() else 1
        pixels = F.crop(pixels, 0, 0, CROP, CROP) / scale if scale > 1 else F.crop(pixels, 0, 0, CROP, CROP)
        for kind, factor in changes:
            pixels = functions[kind](pixels, factor)
        return pixels * scale

    return {"changes": [{"kind": kind, "factor": factor} for kind, factor in changes], **result(changed)}


def blur(deviation: float, radius: int) -> dict:
    function = lambda pixels: F.gaussian_blur(F.crop(pixels, 0, 0, CROP, CROP), [2 * radius + 1] * 2, [deviation] * 2)
    return {"deviation": deviation, "radius": radius, **result(function)}


fixture = {
    "image": {"width": WIDTH, "height": HEIGHT, "data": encode(image.permute(1, 2, 0), "u1")},
    "crop": CROP,
    "fill": FILL,
    "resized": [resized_crop(place, least, WIDTH, HEIGHT) for place, least in enumerate([0.08, 0.08, 0.2, 0.6, 0.9, 1.0])]
    + [
        resized_crop(place, least, *size)
        for place in range(10, 25)
        for least, size in [(0.08, (640, 480)), (0.9, (300, 900)), (0.95, (1000, 200)), (0.3, (31, 500))]
    ],
    "rotations": [
        rotation(20, 12, 17.5, False),
        rotation(20, 12, -33, True),
        rotation(2, 30, 45, False),
        rotation(41, 0, -171, True),
        rotation(20, 12, 90, False),
    ],
    "colors": [
        colors(("brightness", 1.6)),
        colors(("brightness", 0.3)),
        colors(("contrast", 0.2)),
        colors(("contrast", 1.9)),
        colors(("saturation", 0)),
        colors(("saturation", 1.8)),
        colors(("saturation", 1.4), ("brightness", 1.2), ("contrast", 1.5)),
        colors(("contrast", 0.6), ("saturation", 1.7), ("brightness", 0.8)),
    ],
    "blurs": [blur(0.1, 1), blur(0.5, 2), blur(1.3, 4), blur(2, 6), blur(7.5, 15)],
    "erased": [erased(place) for place in range(60)],
}
path = pathlib.Path(__file__).parent.parent / "fixtures/pipeline/distortions.json"
path.write_text(json.dumps(fixture) + "\n")
print(f"{path.name}: torch {torch.__version__}, torchvision {__import__('torchvision').__version__}")
