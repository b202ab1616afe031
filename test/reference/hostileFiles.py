"""Makes test/fixtures/weights/hostile: small files of weights that promise, unpack to, or lead to far more than they are.

    pip install h5py numpy
    python test/reference/hostileFiles.py   (made with h5py 3.16)

Each is as good as a file of Keras can be but for one thing, which its name says. All are below 200 KB.
"""

import io
import struct
import zipfile
from pathlib import Path

import h5py
import numpy as np

folder = Path(__file__).parent.parent / "fixtures" / "weights" / "hostile"
folder.mkdir(parents=True, exist_ok=True)

VGG11 = [64, 128, 256, 256, 512, 512, 512, 512]


def legacy(name, fill):
    """Keras 2: the layers' and tensors' names are attributes."""
    with h5py.File(folder / name, "w", libver="latest") as file:
        file.attrs["keras_version"] = b"2.1.0"
        fill(file)


def name_layers(file, layers):
    file.attrs["layer_names"] = np.array(layers, dtype="S")
    for layer in layers:
        group = file.create_group(layer)
        group.attrs["weight_names"] = np.array([f"{layer}/kernel:0", f"{layer}/bias:0"], dtype="S")


def data_sets(**options):
    """VGG-11's convolutions a thousand times as wide as published, of which nothing is written."""

    def fill(file):
        names = [f"block{index}_conv1" for index in range(1, 9)]
        name_layers(file, names)
        for name, inputs, outputs in zip(names, [3] + [1000 * w for w in VGG11], [1000 * w for w in VGG11]):
            file.create_dataset(f"{name}/{name}/kernel:0", (3, 3, inputs, outputs), "f4", **options)
            file.create_dataset(f"{name}/{name}/bias:0", (outputs,), "f4")

    return fill


legacy("huge-data-sets.h5", data_sets(chunks=(1, 1, 1, 64)))


def one_tensor(**options):
    def fill(file):
        name_layers(file, ["block1_conv1"])
        file.create_dataset("block1_conv1/block1_conv1/kernel:0", dtype="f4", **options)
        file.create_dataset("block1_conv1/block1_conv1/bias:0", (64,), "f4")

    return fill


legacy("huge-chunk.h5", one_tensor(shape=(3, 3, 1024, 65536), chunks=(3, 3, 1024, 65536)))
legacy("more-than-numbers.h5", one_tensor(shape=(2**40, 2**20), chunks=(1, 64)))
# 32 MB of zeros in chunks that deflate makes a thousandth of.
legacy(
    "deflated-zeros.h5",
    one_tensor(data=np.zeros((2, 2048, 2048), "f4"), chunks=(1, 512, 2048), compression="gzip", compression_opts=9),
)
legacy("outside.h5", one_tensor(shape=(3, 3, 3, 64), external=[("/etc/passwd", 0, 6912)]))


def linked(file):
    name_layers(file, ["block1_conv1"])
    file["block1_conv1"]["block1_conv1"] = h5py.ExternalLink("/etc/passwd", "/x")


legacy("external-link.h5", linked)


def virtual(file):
    name_layers(file, ["block1_conv1"])
    layout = h5py.VirtualLayout(shape=(3, 3, 3, 64), dtype="f4")
    layout[...] = h5py.VirtualSource("other.h5", "x", shape=(3, 3, 3, 64))
    file.create_virtual_dataset("block1_conv1/block1_conv1/kernel:0", layout)
    file.create_dataset("block1_conv1/block1_conv1/bias:0", (64,), "f4")


legacy("virtual.h5", virtual)

# As many layers as an attribute has room for, most of them the same one.
legacy("many-layers.h5", lambda file: file.attrs.__setitem__("layer_names", np.array([b"a"] * 60_000, dtype="S1")))


def nested(file):
    group = file.create_group("layers")
    for _ in range(500):
        group = group.create_group("a")


legacy("deep-groups.h5", nested)


def circular(file):
    layers = file.create_group("layers")
    for index in range(12):
        layers[f"layer_{index}"] = layers


legacy("circular.h5", circular)

# One text of 60 KB in the heap of the file, to which each of 3,000 layer names then refers: 180 MB of text.
path = folder / "one-name-many-times.h5"
count, length = 3000, 60_000
with h5py.File(path, "w", libver="earliest") as file:
    file.attrs.create("layer_names", ["x" * length] + ["y"] * (count - 1), dtype=h5py.string_dtype())
content = path.read_bytes()
first = content.find(struct.pack("<I", length))
reference = content[first : first + 16]
at = first
for _ in range(count):
    content = content[:at] + reference + content[at + 16 :]
    at += 16
path.write_bytes(content)
with h5py.File(path) as file:
    names = file.attrs["layer_names"]
    assert len(names) == count and len(names[-1]) == length

# A text that is said to lie where no heap is: HDF5's library, compiled to WebAssembly, ends itself.
path = folder / "lost-name.h5"
with h5py.File(path, "w", libver="earliest") as file:
    file.attrs.create("layer_names", ["a", "b"], dtype=h5py.string_dtype())
content = bytearray(path.read_bytes())
address = struct.pack("<Q", content.find(b"GCOL"))
second = content.find(address, content.find(address, content.find(b"layer_names")) + 1)
content[second : second + 8] = struct.pack("<Q", content.find(b"GCOL") + 17)
path.write_bytes(content)


def archive(name, members, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(folder / name, "w", compression, compresslevel=9) as file:
        for member, content in members.items():
            file.writestr(member, content)


# 32 MB of zeros behind 33 KB.
archive("zip-bomb.keras", {"metadata.json": "{}", "config.json": "{}", "model.weights.h5": bytes(2**25)})
archive("zip-bomb.pth", {"archive/data.pkl": bytes(2**25), "archive/byteorder": "little", "archive/version": "3\n"})
for name, member in (("up", "../../escaped"), ("absolute", "/tmp/escaped"), ("drive", "C:/escaped"), ("backslash", "..\\escaped")):
    archive(f"{name}.pth", {member: "x", "archive/data.pkl": "."}, zipfile.ZIP_STORED)
    archive(f"{name}.keras", {member: "x", "model.weights.h5": "x"}, zipfile.ZIP_STORED)
# A directory that says twice as much as comes.
buffer = io.BytesIO()
with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
    file.writestr("model.weights.h5", np.random.default_rng(1).bytes(4096))
content = bytearray(buffer.getvalue())
entry = content.find(b"PK\x01\x02")
content[entry + 24 : entry + 28] = struct.pack("<I", 8192)
(folder / "wrong-size.keras").write_bytes(content)

for file in sorted(folder.iterdir()):
    print(f"{file.name}: {file.stat().st_size} bytes")
    assert file.stat().st_size < 200_000
