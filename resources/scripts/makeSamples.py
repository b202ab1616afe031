"""Makes resources/sample from two Debian packages. See resources/sample/README.md.

    sudo apt-get install dataset-fashion-mnist openclipart-png python3-pil
    python3 resources/scripts/makeSamples.py

The choice is the same each time: Fashion-MNIST's first images of each class, and of each clip art class those whose
path has the lowest SHA-256.
"""

import gzip
import hashlib
import pathlib
import shutil

from PIL import Image

SAMPLE = pathlib.Path(__file__).resolve().parent.parent / "sample"

FASHION = pathlib.Path("/usr/share/datasets/fashion-mnist")
FASHION_CLASSES = "t-shirt trouser pullover dress coat sandal shirt sneaker bag ankle-boot".split()
FASHION_SPLITS = {"train": ("train", 120), "test": ("t10k", 40)}

CLIPART = pathlib.Path("/usr/share/openclipart/png")
CLIPART_COUNT = 60
# The largest is only opened to be passed over.
Image.MAX_IMAGE_PIXELS = None
# Class: where to take from, and how the names of files begin there that show something else, a real person, or are
# broken.
CLIPART_CLASSES = {
    "animals": (
        ["animals/*", "animals/*/*", "animals/*/*/*"],
        "2_dead acquila_architetto_franc_03 amibe baby-tux cat_scrathing crazy_monkey cymru dolphin_01 duck_yellow_i "
        "emule horse_2 lizard_guilla lucchetto manager mascot mermaid mirjam paesaggio sleeping_bear the_incredibl troll "
        "toro_al turkey_on tux_didier virus wing",
    ),
    # Each face once.
    "cards": (
        [
            "recreation/games/cards/bordered/*_c_*",
            "recreation/games/cards/ornamental/*_s_*",
            "recreation/games/cards/simple/*_h_*",
            "recreation/games/cards/white/*_d_*",
            "recreation/games/cards/cardbacks/*",
        ],
        "",
    ),
    "flags": (["signs_and_symbols/flags/" + continent + "/*" for continent in ("africa", "europe")], "_sweden ampel rios saxony ukrainian_map"),
    "fruit": (
        ["food/fruit/*"],
        "apple_juice apple_mateya banana_mateya champignon gumnut juice_glass pie_ slate straw_tote tile tree turkey",
    ),
    "people": (
        ["people/*"],
        "a_boy a_happy a_man a_youngster alien baby_bottle backpacker bad_guy beach breakdance brozo buddy camper car_ card_ cm1 "
        "don_t enthusiast feet fire_engine fireman_enriq grandpa handshake handstand man_face man_head my_lovely pregnancy "
        "profile reminder sailing_kids self_portrait stylized utent van_gogh water_skier",
    ),
    "signs": (["transportation/roadsigns/*"], "ampel nws stop. yield"),
}
LONGER_SIDES = [256, 224, 192, 160]


def main():
    for folder in ("fashion-mnist", "clipart"):
        for old in (SAMPLE / folder).glob("*"):
            if old.is_dir():
                shutil.rmtree(old)
    make_fashion()
    make_clipart()


def make_fashion():
    for split, (prefix, count) in FASHION_SPLITS.items():
        labels = read_idx(f"{prefix}-labels-idx1-ubyte.gz", 8)
        pixels = read_idx(f"{prefix}-images-idx3-ubyte.gz", 16)
        for label, name in enumerate(FASHION_CLASSES):
            chosen = [index for index, value in enumerate(labels) if value == label][:count]
            for index in chosen:
                image = Image.frombytes("L", (28, 28), pixels[index * 784 : (index + 1) * 784])
                save(image, SAMPLE / "fashion-mnist" / split / name / f"{index:05}.png")


def read_idx(name, header):
    return gzip.decompress((FASHION / name).read_bytes())[header:]


def make_clipart():
    for name, (patterns, excluded) in CLIPART_CLASSES.items():
        chosen = choose(patterns, tuple(excluded.split()))
        for index, (path, image) in enumerate(sorted(chosen)):
            save(variant(image, index), SAMPLE / "clipart" / name / path.name.lower())


def choose(patterns, excluded):
    paths = [path for pattern in patterns for path in CLIPART.glob(pattern + ".png")]
    paths.sort(key=lambda path: hashlib.sha256(str(path.relative_to(CLIPART)).encode()).hexdigest())
    chosen, seen = [], set()
    for path in paths:
        if path.name.lower().startswith(excluded):
            continue
        image = read(path)
        # Many files stand in several categories.
        if image is None or image.tobytes() in seen or not colored(image):
            continue
        seen.add(image.tobytes())
        chosen.append((path, image))
        if len(chosen) == CLIPART_COUNT:
            return chosen
    raise SystemExit(f"only {len(chosen)} images in {patterns}")


def read(path):
    """None for a huge one, of which there are few."""
    image = Image.open(path)
    return trimmed(image.convert("RGBA")) if image.width * image.height <= 4e6 else None


def trimmed(image):
    """Without the empty page around the drawing, but for a margin; None where too little is left."""
    box = image.getchannel("A").point(lambda alpha: 255 if alpha > 8 else 0).getbbox()
    if box is None or max(box[2] - box[0], box[3] - box[1]) < 100:
        return None
    left, top, right, bottom = box
    margin = round(0.06 * max(right - left, bottom - top))
    page = (max(0, left - margin), max(0, top - margin))
    return image.crop(page + (min(image.width, right + margin), min(image.height, bottom + margin)))


def colored(image):
    """No outline or silhouette: some of the drawing has a color."""
    values = on_white(image).resize((64, 64), Image.BOX).tobytes()
    drawn = [pixel for pixel in zip(values[0::3], values[1::3], values[2::3]) if min(pixel) < 250]
    return 50 * sum(max(pixel) - min(pixel) > 40 for pixel in drawn) >= len(drawn)


def variant(image, index):
    """Different sizes, and one third each with alpha, flattened onto white, and with a palette."""
    scale = min(1, LONGER_SIDES[index % len(LONGER_SIDES)] / max(image.size))
    size = [max(1, round(side * scale)) for side in image.size]
    # Premultiplied, lest the color of transparent pixels bleeds in.
    image = image.convert("RGBa").resize(size, Image.LANCZOS).convert("RGBA")
    if index % 3 == 0 and image.getextrema()[3][0] < 255:
        return image
    flat = on_white(image)
    return flat if index % 3 == 1 else flat.quantize(128, dither=Image.Dither.NONE)


def on_white(image):
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")


def save(image, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, optimize=True)


if __name__ == "__main__":
    main()
