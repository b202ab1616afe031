"""Classifies pictures with the model in this folder: python classify.py picture.jpg ...

Needs NumPy, Pillow, and onnxruntime for model.onnx, tensorflow for saved_model.pb, or torch and safetensors for
model.safetensors. A picture that Pillow would show otherwise than VGG Studio
does is refused, with the reason. Options: --json prints all probabilities; --verify runs the certificate again.
"""

import base64
import hashlib
import io
import json
import os
import sys
import time

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import numpy as np
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

HERE = os.path.dirname(os.path.abspath(__file__))
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF")
# The profile that VGG Studio's decoder (libvips) converts to: Compact ICC Profiles, Clinton Ingram, CC0. LittleCMS's own
# sRGB rounds one level in a hundred otherwise.
SRGB = ImageCms.ImageCmsProfile(
    io.BytesIO(
        base64.b64decode(
            "AAAB4GxjbXMEIAAAbW50clJHQiBYWVogB+IAAwAUAAkADgAdYWNzcE1TRlQAAAAAc2F3c2N0cmwAAAAAAAAAAAAAAAAAAPbWAAEA"
            "AAAA0y1oYW5keem/Vlo+AbaDI4VVRvdPqgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAKZGVzYwAAAPwAAAAkY3BydAAA"
            "ASAAAAAid3RwdAAAAUQAAAAUY2hhZAAAAVgAAAAsclhZWgAAAYQAAAAUZ1hZWgAAAZgAAAAUYlhZWgAAAawAAAAUclRSQwAAAcAA"
            "AAAgZ1RSQwAAAcAAAAAgYlRSQwAAAcAAAAAgbWx1YwAAAAAAAAABAAAADGVuVVMAAAAIAAAAHABzAFIARwBCbWx1YwAAAAAAAAAB"
            "AAAADGVuVVMAAAAGAAAAHABDAEMAMAAAWFlaIAAAAAAAAPbWAAEAAAAA0y1zZjMyAAAAAAABDD8AAAXd///zJgAAB5AAAP2S///7"
            "of///aIAAAPcAADAcVhZWiAAAAAAAABvoAAAOPIAAAOPWFlaIAAAAAAAAGKWAAC3iQAAGNpYWVogAAAAAAAAJKAAAA+FAAC2xHBh"
            "cmEAAAAAAAMAAAACZmkAAPKnAAANWQAAE9AAAApb"
        )
    )
)
Image.MAX_IMAGE_PIXELS = None  # Refused below, as VGG Studio does.


class Refused(Exception):
    """A file that this program will not classify, and why."""


def read_picture(path):
    """8-bit sRGB levels, height x width x 3: upright, transparency over white, first frame."""
    with open(path, "rb") as file:
        content = file.read()
    if content[4:8] == b"ftyp" and b"avi" in content[8:64]:
        raise Refused("AVIF, whose colors Pillow decodes a little otherwise: save it as PNG or JPEG")
    try:
        image = Image.open(io.BytesIO(content), formats=FORMATS)
        check_supported(image, content)
        image.load()
        image = ImageOps.exif_transpose(image)
    except UnidentifiedImageError as error:
        raise Refused("not a JPEG, PNG, WebP, GIF or TIFF file that Pillow can read") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise Refused(f"it can't be decoded: {error}") from error
    if image.mode.startswith("I;16"):
        return rounded(np.repeat(np.asarray(image)[..., None] / 257.0, 3, axis=-1))
    icc = image.info.get("icc_profile")
    if not image.has_transparency_data:
        mode = image.mode if image.mode in ("L", "CMYK") else "L" if image.mode == "1" else "RGB"
        return np.array(srgb(image.convert(mode), icc))
    rgba = image.convert("RGBA")
    alpha = np.asarray(rgba.getchannel("A"))[..., None] / 255.0
    colors = rgba.getchannel("R") if image.mode in ("1", "L", "LA") else rgba.convert("RGB")
    return rounded(255 - alpha * (255.0 - np.asarray(srgb(colors, icc))))


def check_supported(image, content):
    """Refuses what Pillow would show as another picture without a word."""
    if image.width * image.height > 100_000_000:
        raise Refused("more than 100 million pixels")
    if image.mode not in ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK") and not image.mode.startswith("I;16"):
        raise Refused(f"colors of Pillow's mode {image.mode}")
    if image.format == "PNG" and png_transfer(content) in (16, 18):
        raise Refused("high dynamic range")
    if image.format == "TIFF":
        check_tiff(image.tag_v2)
    icc = image.info.get("icc_profile")
    if bits_of(image, content) > 8:
        if not image.mode.startswith("I;16") or "transparency" in image.info:
            raise Refused("more than 8 bits for each color, of which Pillow keeps 8: save it with 8")
        if is_profile_of(icc, b"GRAY") or (image.format == "TIFF" and image.tag_v2.get(262) == 0):
            raise Refused("16-bit gray with a color profile, or white at zero: save it with 8 bits")
    if image.mode == "CMYK" and not is_profile_of(icc, b"CMYK"):
        raise Refused("CMYK without a color profile: what its inks look like is not said")
    if image.format == "GIF":
        image.info.pop("icc_profile", None)


def bits_of(image, content):
    """Bits of a color channel in the file; Pillow's modes don't tell."""
    if image.format == "PNG":
        return content[24]
    if image.format == "TIFF":
        return max(image.tag_v2.get(258, (1,)))
    return 8


def png_transfer(content):
    """Transfer function (ITU-T H.273) that a PNG names, if any."""
    at = content.find(b"cICP", 0, content.find(b"IDAT"))
    return content[at + 5] if at >= 0 else None


def check_tiff(tags):
    """Refuses TIFF files whose samples are not those of a picture, as VGG Studio does."""
    def values(tag, usual):
        found = tags.get(tag, usual)
        return found if isinstance(found, tuple) else (found,)

    photometric, compression = values(262, 1)[0], values(259, 1)[0]
    channels = {0: 1, 1: 1, 2: 3, 3: 1, 5: 4, 6: 3}.get(photometric)
    samples, bits = values(277, 1)[0], values(258, (1,))
    if (
        channels is None
        or compression not in (1, 2, 3, 4, 5, 7, 8, 32771, 32773, 32946, 50001)
        or (photometric == 6 and compression != 7)
        or (photometric == 5 and values(332, 1)[0] != 1)
        or not channels <= samples <= channels + (0 if channels == 4 else 1)
        or any(kind in (2, 3, 5, 6) for kind in values(339, 1))
        or any(depth != bits[0] or depth not in (1, 2, 4, 8, 16) for depth in bits)
    ):
        raise Refused("a TIFF whose colors, numbers or compression are not those of a picture")


def is_profile_of(icc, space):
    return icc is not None and icc[36:40] == b"acsp" and icc[16:20].strip() == space


def srgb(image, icc):
    """RGB in sRGB. A profile of other colors than the picture's is passed over, as VGG Studio does."""
    space = {"L": b"GRAY", "CMYK": b"CMYK"}.get(image.mode, b"RGB")
    if not is_profile_of(icc, space):
        return image.convert("RGB")
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        return ImageCms.profileToProfile(image, profile, SRGB, ImageCms.Intent.PERCEPTUAL, "RGB")
    except (ImageCms.PyCMSError, OSError) as error:
        raise Refused(f"its color profile can't be applied: {error}") from error


def rounded(values):
    return np.floor(values + 0.5).astype(np.uint8)


def open_model(folder, source, result):
    """A function from the model's input to its output, both as arrays."""
    path = os.path.join(folder, "model.onnx")
    if os.path.exists(path):
        import onnxruntime

        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        return lambda images: session.run([result], {source: images})[0]
    if os.path.exists(os.path.join(folder, "saved_model.pb")):
        import tensorflow

        loaded = tensorflow.saved_model.load(folder)
        predict = loaded.signatures["serving_default"]
        # The function holds no reference to what it was loaded from.
        return lambda images: (loaded, predict(**{source: tensorflow.constant(images)})[result].numpy())[1]
    import torch
    from model import load_model

    model = load_model(folder)

    def run(images):
        with torch.no_grad():
            return model(torch.from_numpy(np.ascontiguousarray(images, dtype=np.float32))).numpy()

    return run


class Classifier:
    """The model in a folder, with all that has to be done to a picture first."""

    def __init__(self, folder=HERE):
        with open(os.path.join(folder, "preprocessing.json"), encoding="utf-8") as file:
            self.rules = json.load(file)
        self.labels = self.rules["labels"]
        self.run = open_model(folder, self.rules["input"]["name"], self.rules["output"]["name"])

    def probabilities(self, path):
        """One probability for each label. Raises Refused for a picture that can't be classified faithfully."""
        picture = read_picture(path)
        inside = self.rules["preprocessing"] == "inside"
        images = picture[None] if inside else self.prepared(picture)
        count = self.rules["input"]["shape"][0]
        if isinstance(count, int):  # A model for a certain number of pictures gets the same one as often.
            images = np.repeat(images, count, axis=0)
        name = self.rules["output"]["name"]
        values = self.run(images)[0].astype(np.float64)
        if name == "probabilities":
            return values
        exponentials = np.exp(values - values.max())
        return exponentials / exponentials.sum()

    def prepared(self, picture):
        """Resized, cropped and normalized: 1 x 3 x H x W, or 1 x H x W x 3 where the rules say so."""
        mode, scale = self.rules["resize"]["mode"], self.rules["resize"]["scale"]
        mean, std = (np.float32(self.rules["normalization"][key]) for key in ("mean", "std"))
        height, width = picture.shape[:2]
        if mode == "squash":
            levels = resized(picture, scale, scale)
        else:
            ratio = scale / (max if mode.startswith("pad") else min)(width, height)
            size = [max(1, int(side * ratio + 0.5)) for side in (width, height)]
            levels = resized(picture, *size)
        if mode.startswith("pad"):
            canvas = np.tile(np.float32(self.rules["resize"]["fill"]), (scale, scale, 1))
            top, left = (scale - levels.shape[0]) // 2, (scale - levels.shape[1]) // 2
            canvas[top : top + levels.shape[0], left : left + levels.shape[1]] = levels
            levels = canvas
        if not self.rules["dense"]:
            crop = self.rules["crop"]["width"]
            top, left = (levels.shape[0] - crop) // 2, (levels.shape[1] - crop) // 2
            levels = levels[top : top + crop, left : left + crop]
        values = (levels.astype(np.float32) - mean) / std
        return (values if self.rules["input"]["layout"] == "NHWC" else values.transpose(2, 0, 1))[None]


def resized(picture, width, height):
    """Linear with antialiasing. Band by band as floats, because Pillow rounds 8-bit bands twice."""
    bands = [Image.fromarray(picture[..., band].astype(np.float32)) for band in range(3)]
    bands = [np.asarray(band.resize((width, height), Image.Resampling.BILINEAR)) for band in bands]
    return np.floor(np.stack(bands, axis=-1) + 0.5)


def verify(folder=HERE):
    """Runs the certificate again: sums of all files, then the pictures in check/. Returns what is wrong."""
    wrong = []
    with open(os.path.join(folder, "SHA256SUMS"), encoding="utf-8") as file:
        for line in file:
            expected, name = line.rstrip("\n").split("  ", 1)
            try:
                with open(os.path.join(folder, name), "rb") as content:
                    if hashlib.sha256(content.read()).hexdigest() != expected:
                        wrong.append(f"{name} is not what was written")
            except OSError as error:
                wrong.append(f"{name}: {error.strerror}")
    with open(os.path.join(folder, "certificate.json"), encoding="utf-8") as file:
        certificate = json.load(file)
    classifier = Classifier(folder)
    largest = 0.0
    for check in certificate["checks"]:
        actual = classifier.probabilities(os.path.join(folder, check["file"]))
        difference = float(np.abs(actual - np.array(check["probabilities"])).max())
        largest = max(largest, difference)
        if not difference <= certificate["tolerance"]:
            wrong.append(f"{check['file']}: a probability differs by {difference:.2g}")
    print(f"{len(certificate['checks'])} pictures, largest difference of a probability {largest:.2g}")
    return wrong


def main(arguments):
    if "--verify" in arguments:
        wrong = verify()
        print("\n".join(wrong) if wrong else "Verified: the model computes what was measured.")
        return 1 if wrong else 0
    files = [argument for argument in arguments if argument != "--json"]
    classifier = Classifier()
    failed = False
    for path in files:
        started = time.perf_counter()
        try:
            probabilities = classifier.probabilities(path)
        except Refused as reason:
            failed = True
            if "--json" in arguments:
                print(json.dumps({"file": path, "refused": str(reason)}))
            else:
                print(f"{path}: refused: {reason}", file=sys.stderr)
            continue
        milliseconds = (time.perf_counter() - started) * 1000
        if "--json" in arguments:
            print(json.dumps({"file": path, "probabilities": probabilities.tolist(), "milliseconds": milliseconds}))
            continue
        if len(files) > 1:
            print(path)
        for index in probabilities.argsort()[::-1][:5]:
            print(f"{probabilities[index]:.6f}  {classifier.labels[index]}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
