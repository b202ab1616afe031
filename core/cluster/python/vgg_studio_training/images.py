"""An image as training and validation see it: core/image's resize and core/pipeline's crops, in NumPy."""

import math

import numpy as np

from .augmentation import ASPECTS, draw, size_of
from .classify import read_picture


def training_crop(path, options, normalization, seed, epoch, place):
    """3 x crop x crop floats. Depends on the file, seed, epoch and place alone. Raises classify.Refused and OSError."""
    drawn = draw(options, seed, epoch, place)
    picture = _kept(read_picture(path), options)
    height, width = picture.shape[:2]
    crop = options["crop"]
    if drawn["regions"] is not None:
        part = _region(width, height, drawn)
        placement = {"part": part, "resized": (crop, crop), "left": 0, "top": 0, "crop": crop}
    else:
        placement = _placed(width, height, options["mode"], drawn["scale"], crop, _random_offset(drawn))
    fill = _fill(options["mode"], normalization)
    distortion = drawn["distortion"]
    levels = _distorted(picture, placement, drawn["mirror"], distortion, fill)
    shift, mean, std = (np.float64(values) for values in (drawn["shift"], normalization["mean"], normalization["std"]))
    planes = (levels / std[:, None, None] + ((shift - mean) / std)[:, None, None]).astype(np.float32)
    if distortion is not None and distortion["erased"] is not None:
        hole = distortion["erased"]
        planes[:, hole["top"] : hole["top"] + hole["height"], hole["left"] : hole["left"] + hole["width"]] = 0
    return planes


def center_crop(path, view, normalization):
    """3 x crop x crop floats: what evaluation, prediction and exports see. Raises as training_crop."""
    picture = read_picture(path)
    height, width = picture.shape[:2]
    placement = _placed(width, height, view["mode"], view["scale"], view["crop"], lambda slack, axis: slack // 2)
    levels = _crop(picture, placement, False, np.floor(np.float64(_fill(view["mode"], normalization)) + 0.5))
    levels = np.floor(levels + 0.5)
    mean, std = (np.float64(normalization[key])[:, None, None] for key in ("mean", "std"))
    return ((levels - mean) / std).astype(np.float32)


def _fill(mode, normalization):
    return [255, 255, 255] if mode == "pad-white" else normalization["mean"]


def _kept(picture, options):
    """Scaled down to what the largest scale needs, if it is larger: what the studio's cache keeps."""
    height, width = picture.shape[:2]
    mode, largest = options["mode"], options["scale"]["max"]
    if options["crops"] == "resized":
        mode, largest = "crop", math.ceil(options["crop"] / math.sqrt(options["cropArea"]))
    if mode == "squash":
        size = (min(width, largest), min(height, largest))
    elif (max if mode.startswith("pad") else min)(width, height) <= largest:
        return picture
    else:
        size = _resized_size(width, height, mode, largest)
    if size == (width, height):
        return picture
    levels = _resized(picture, _axis(width, size[0], 0, size[0]), _axis(height, size[1], 0, size[1]))
    return np.floor(levels + 0.5).astype(np.uint8)


def _resized_size(width, height, mode, scale):
    if mode == "squash":
        return scale, scale
    if mode == "crop":
        ratio = scale / min(width, height)
        longer = math.floor((height if width <= height else width) * ratio + 0.5)
        return (scale, longer) if width <= height else (longer, scale)
    ratio = scale / max(width, height)
    return tuple(max(1, math.floor(side * ratio + 0.5)) for side in (width, height))


def _random_offset(drawn):
    def offset(slack, axis):
        return slack // 2 if slack < 0 else math.floor(drawn["u" if axis == 0 else "v"] * (slack + 1))

    return offset


def _placed(width, height, mode, scale, crop, offset):
    resized = _resized_size(width, height, mode, scale)
    canvas = (scale, scale) if mode.startswith("pad") else resized
    left, top = (offset(canvas[at] - crop, at) - (canvas[at] - resized[at]) // 2 for at in (0, 1))
    return {"part": None, "resized": resized, "left": left, "top": top, "crop": crop}


def _region(width, height, drawn):
    def place(fraction, slack):
        return math.floor(fraction * (slack + 1))

    for one in drawn["regions"]:
        wide, high = size_of(one["area"] * width * height, one["aspect"])
        if 1 <= wide <= width and 1 <= high <= height:
            return place(drawn["u"], width - wide), place(drawn["v"], height - high), wide, high
    own = width / height
    if own < ASPECTS[0]:
        wide, high = width, math.floor(width / ASPECTS[0] + 0.5)
    else:
        wide, high = (math.floor(height * ASPECTS[1] + 0.5) if own > ASPECTS[1] else width), height
    return (width - wide) // 2, (height - high) // 2, wide, high


def _axis(source, target, first, count):
    """The linear filter with antialiasing for outputs first to first + count - 1: count x source weights."""
    scale = source / target
    support = max(scale, 1)
    centers = (first + np.arange(count) + 0.5) * scale
    weights = np.maximum(0, 1 - np.abs(np.arange(source)[None] + 0.5 - centers[:, None]) / support)
    return weights / weights.sum(axis=1, keepdims=True)


def _resized(picture, across, down):
    """height x width x 3 levels, not rounded, by two products."""
    mixed = np.einsum("ah,hwc->awc", down, picture.astype(np.float64), optimize=True)
    return np.einsum("bw,awc->abc", across, mixed, optimize=True)


def _crop(picture, placement, mirror, fill):
    """3 x crop x crop levels, not rounded; what lies beyond the image has the fill color."""
    crop, (wide, high) = placement["crop"], placement["resized"]
    left, top = placement["left"], placement["top"]
    if placement["part"] is not None:
        x, y, width, height = placement["part"]
        picture = picture[y : y + height, x : x + width]
    levels = np.tile(np.float64(fill), (crop, crop, 1))
    columns, rows = (max(0, left), min(wide, left + crop)), (max(0, top), min(high, top + crop))
    if columns[1] > columns[0] and rows[1] > rows[0]:
        across = _axis(picture.shape[1], wide, columns[0], columns[1] - columns[0])
        down = _axis(picture.shape[0], high, rows[0], rows[1] - rows[0])
        seen = _resized(picture, across, down)
        levels[rows[0] - top : rows[1] - top, columns[0] - left : columns[1] - left] = seen
    return (levels[:, ::-1] if mirror else levels).transpose(2, 0, 1)


def _distorted(picture, placement, mirror, distortion, fill):
    if distortion is None:
        return _crop(picture, placement, mirror, fill)
    if distortion["rotation"] == 0:
        levels = _crop(picture, placement, mirror, fill)
    else:
        wide = _widened(picture, placement, _margin(placement["crop"], distortion["rotation"]))
        levels = _turned(_crop(picture, wide, mirror, fill), placement["crop"], distortion["rotation"])
    levels = _recolored(levels, distortion["colors"])
    return _blurred(levels, distortion["blur"]) if distortion["blur"] > 0 else levels


def _widened(picture, placement, margin):
    crop = placement["crop"]
    if placement["part"] is None:
        whole = placement
    else:
        left, top, width, height = placement["part"]
        x, y = crop / width, crop / height
        resized = (math.floor(picture.shape[1] * x + 0.5), math.floor(picture.shape[0] * y + 0.5))
        whole = {"resized": resized, "left": math.floor(left * x + 0.5), "top": math.floor(top * y + 0.5)}
    moved = {"left": whole["left"] - margin, "top": whole["top"] - margin}
    return {"part": None, "resized": whole["resized"], **moved, "crop": crop + 2 * margin}


def _margin(side, degrees):
    angle = math.radians(degrees)
    return max(0, math.ceil((side / 2) * (abs(math.sin(angle)) + abs(math.cos(angle)) - 1))) + 1


def _turned(levels, side, degrees):
    outer = levels.shape[1]
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    middle, origin = (side - 1) / 2, (outer - 1) / 2
    y, x = np.mgrid[0:side, 0:side] - middle
    column, row = origin + cosine * x - sine * y, origin + sine * x + cosine * y
    left, top = np.floor(column).astype(int), np.floor(row).astype(int)
    u, v = column - left, row - top
    upper = levels[:, top, left] * (1 - u) + levels[:, top, left + 1] * u
    lower = levels[:, top + 1, left] * (1 - u) + levels[:, top + 1, left + 1] * u
    return upper * (1 - v) + lower * v


def _recolored(levels, changes):
    for change in changes:
        factor = change["factor"]
        gray = 0.2989 * levels[0] + 0.587 * levels[1] + 0.114 * levels[2]
        other = {"saturation": gray, "contrast": gray.mean(), "brightness": 0}[change["kind"]]
        levels = np.clip(factor * levels + (1 - factor) * other, 0, 255)
    return levels


def _blurred(levels, deviation):
    radius = min(levels.shape[1] - 1, math.ceil(3 * deviation))
    taps = np.exp(-((np.arange(-radius, radius + 1) / deviation) ** 2) / 2)
    taps /= taps.sum()
    side = levels.shape[1]
    for axis in (2, 1):
        padding = [(0, 0), (0, 0), (0, 0)]
        padding[axis] = (radius, radius)
        padded = np.pad(levels, padding, mode="reflect")
        levels = sum(tap * np.take(padded, range(at, at + side), axis=axis) for at, tap in enumerate(taps))
    return levels
