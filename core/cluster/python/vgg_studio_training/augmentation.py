"""What is drawn for an image at its place in an epoch's order, as core/pipeline draws it."""

import math

from .draws import Random, permutation

AUGMENTATION, AREA, MIXUP = 0x6175676D, 0x61726561, 0x6D697870
TURN, COLORS, BLUR, ERASING = 0x7475726E, 0x636F6C72, 0x626C7572, 0x65726173
TRIES = 10
ASPECTS = (3 / 4, 4 / 3)
COLOR_KINDS = ("brightness", "contrast", "saturation")


def draw(options, seed, epoch, place):
    """The same numbers in the same order whatever is switched off (core/pipeline/augmentation.ts)."""
    source = Random(seed, AUGMENTATION, epoch, place)
    least, most = options["scale"]["min"], options["scale"]["max"]
    scale = least + source.integer(most - least + 1)
    u, v = source.uniform(), source.uniform()
    if options["crops"] == "center":
        u = v = 0.5
    mirror = source.uniform() < 0.5 and options["flip"]
    normals = [source.normal() for _ in range(3)]
    return {
        "scale": scale,
        "regions": _regions(options["cropArea"], seed, epoch, place) if options["crops"] == "resized" else None,
        "u": u,
        "v": v,
        "mirror": mirror,
        "shift": _shift(options["colorShift"], normals),
        "distortion": _distortion(options, seed, epoch, place),
    }


def _regions(least, seed, epoch, place):
    source = Random(seed, AREA, epoch, place)
    spread = math.log(ASPECTS[1] / ASPECTS[0])
    return [
        {"area": least + (1 - least) * source.uniform(), "aspect": ASPECTS[0] * math.exp(spread * source.uniform())}
        for _ in range(TRIES)
    ]


def _shift(color, normals):
    if color is None:
        return [0, 0, 0]
    amounts = [color["strength"] * normal * value / 255 for normal, value in zip(normals, color["values"])]
    return [sum(vector[at] * amount for vector, amount in zip(color["vectors"], amounts)) for at in range(3)]


def _distortion(options, seed, epoch, place):
    def stream(purpose):
        return Random(seed, purpose, epoch, place)

    turn = options["rotation"]
    result = {
        "rotation": stream(TURN).between(-turn, turn) if turn > 0 else 0,
        "colors": _colors(options, stream(COLORS)),
        "blur": _blur(options["blur"], stream(BLUR)) if options["blur"] > 0 else 0,
        "erased": _erased(options["erasing"], options["crop"], stream(ERASING)) if options["erasing"] > 0 else None,
    }
    return result if any((result["rotation"], result["colors"], result["blur"], result["erased"])) else None


def _colors(options, source):
    factors = [source.between(max(0, 1 - options[kind]), 1 + options[kind]) for kind in COLOR_KINDS]
    order = permutation(len(COLOR_KINDS), source)
    drawn = [{"kind": COLOR_KINDS[index], "factor": factors[index]} for index in order]
    return [change for change in drawn if options[change["kind"]] > 0]


def _blur(largest, source):
    is_blurred = source.uniform() < 0.5
    deviation = source.between(min(0.1, largest), largest)
    return deviation if is_blurred else 0


def _erased(probability, crop, source):
    if source.uniform() >= probability:
        return None
    for _ in range(TRIES):
        area = source.between(0.02, 0.33) * crop * crop
        tallness = math.exp(source.between(math.log(0.3), math.log(3.3)))
        width, height = size_of(area, 1 / tallness)
        if width >= crop or height >= crop:
            continue
        top = source.integer(crop - height + 1)
        return {"left": source.integer(crop - width + 1), "top": top, "width": width, "height": height}
    return None


def size_of(area, aspect):
    """Whole pixels of about this area, `aspect` times as wide as high."""
    return math.floor(math.sqrt(area * aspect) + 0.5), math.floor(math.sqrt(area / aspect) + 0.5)


def mixup_share(alpha, seed, epoch, place):
    """How much an image keeps of itself when the one before it is mixed in, 1/2 to 1 (core/pipeline/mixup.ts)."""
    source = Random(seed, MIXUP, epoch, place)
    difference = _log_gamma(alpha, source) - _log_gamma(alpha, source)
    return 1 / (1 + math.exp(-abs(difference)))


def _log_gamma(alpha, source):
    d = alpha + 1 - 1 / 3
    c = 1 / math.sqrt(9 * d)
    while True:
        normal = source.normal()
        v = (1 + c * normal) ** 3
        accepts = 1 - source.uniform()
        if v > 0 and math.log(accepts) < normal**2 / 2 + d - d * v + d * math.log(v):
            return math.log(d * v) + math.log(1 - source.uniform()) / alpha
