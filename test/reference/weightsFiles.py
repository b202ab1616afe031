"""Makes test/fixtures/weights/files: small VGGs with random weights as PyTorch, torchvision, timm, Keras and ONNX write
them, an image, and the logits that each of the libraries computes from it.

    pip install torch torchvision timm keras h5py onnx onnxscript pillow numpy
    python test/reference/weightsFiles.py   (made with torch 2.15, torchvision 0.29, timm 1.0.31, keras 3.15)

The networks are a 32nd as wide as the published ones, with the published layers and names. `expected.json` has, for
each file: the network, the preprocessing, and the logits. `names.json` has the names and shapes of timm's and Keras'
published networks at full size (torchvision's: networkNames.py).
"""

import json
import os
import pickle
import struct
import tarfile
import io
import tempfile
from collections import OrderedDict
from pathlib import Path

os.environ["KERAS_BACKEND"] = "torch"
import h5py
import keras
import numpy as np
import onnx
import timm
import torch
import torchvision
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from torch import nn

torch.manual_seed(3)
rng = np.random.default_rng(3)
folder = Path(__file__).parent.parent / "fixtures" / "weights" / "files"
folder.mkdir(parents=True, exist_ok=True)
expected = {}
CLASSES, FC = 5, 8
RGB = {"mean": [123.675, 116.28, 103.53], "std": [58.395, 57.12, 57.375], "order": "RGB"}
BGR = {"mean": [103.939, 116.779, 123.68], "std": [1, 1, 1], "order": "BGR"}

# An image of another size and shape than the crop: the resize rule counts. At twice the scale all weights of the
# filter are exact, so that halves round alike everywhere.
x, y = np.meshgrid(np.linspace(0, 6, 560), np.linspace(0, 5, 512))
levels = np.stack([np.sin(x) * np.cos(y), np.cos(x * 1.7 + 1), np.sin(y * 2.3 + x)], -1) * 110 + 128
Image.fromarray(levels.clip(0, 255).astype(np.uint8)).save(folder / "image.png")


def pixels():
    """Shorter side to 256, linear with antialiasing, rounded; the middle 224×224."""
    image = Image.open(folder / "image.png").convert("RGB")
    ratio = 256 / min(image.size)
    size = tuple(int(side * ratio + 0.5) for side in image.size)
    bands = [band.convert("F").resize(size, Image.Resampling.BILINEAR) for band in image.split()]
    whole = np.floor(np.stack([np.asarray(band) for band in bands], -1) + 0.5)
    top, left = (whole.shape[0] - 224) // 2, (whole.shape[1] - 224) // 2
    return whole[top : top + 224, left : left + 224]


def prepared(rules):
    image = pixels() if rules["order"] == "RGB" else pixels()[..., ::-1]
    return ((image - np.float32(rules["mean"])) / np.float32(rules["std"])).astype(np.float32)


def note(name, rules, logits, network, **more):
    expected[name] = {"network": network, "preprocessing": rules, "logits": np.ravel(logits).tolist(), **more}
    print(name, np.ravel(logits).round(4).tolist())


def randomize(model):
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(module.weight)
            nn.init.normal_(module.bias, std=0.1)
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1, 0.1)
            nn.init.normal_(module.bias, std=0.1)
            nn.init.normal_(module.running_mean, std=0.3)
            nn.init.uniform_(module.running_var, 0.5, 2)
    return model.eval()


def narrow(letter):
    return [v if v == "M" else v // 32 for v in torchvision.models.vgg.cfgs[letter]]


def torchvision_vgg(letter, norm):
    features = torchvision.models.vgg.make_layers(narrow(letter), batch_norm=norm)
    model = torchvision.models.VGG(features, num_classes=CLASSES, init_weights=False)
    linear = lambda a, b: nn.Linear(a, b)
    model.classifier = nn.Sequential(
        linear(16 * 49, FC), nn.ReLU(True), nn.Dropout(), linear(FC, FC), nn.ReLU(True), nn.Dropout(), linear(FC, CLASSES)
    )
    return randomize(model)


def run(model, rules):
    with torch.no_grad():
        return model(torch.from_numpy(prepared(rules)).permute(2, 0, 1)[None]).numpy()


def save_tar(state, path):
    """PyTorch's format up to 0.1.10, as its `save` wrote it; checked with today's torch.load below."""
    storages, tensors = io.BytesIO(), io.BytesIO()
    pickle.dump(len(state), storages, 2)
    pickle.dump(len(state), tensors, 2)
    for key, (name, value) in enumerate(state.items(), 1):
        pickle.dump((key, "cpu", torch.FloatStorage), storages, 2)
        storages.write(struct.pack("<q", value.numel()) + value.numpy().tobytes())
        pickle.dump((1000 + key, key, torch.FloatTensor), tensors, 2)
        shape, strides = value.shape, value.stride()
        tensors.write(struct.pack(f"<ii{len(shape)}q{len(shape)}qq", len(shape), 0, *shape, *strides, 0))
    pickle.dump([], storages, 2)

    class Named(pickle.Pickler):
        def persistent_id(self, item):
            return item[1] if isinstance(item, tuple) and item and item[0] == "tensor" else None

    value = io.BytesIO()
    Named(value, 2).dump(OrderedDict((name, ("tensor", str(1000 + key))) for key, name in enumerate(state, 1)))
    with tarfile.open(path, "w:", format=tarfile.PAX_FORMAT) as archive:
        for name, part in (("sys_info", io.BytesIO(pickle.dumps({"protocol_version": 1000, "little_endian": True}, 2))), ("pickle", value), ("tensors", tensors), ("storages", storages)):
            info = tarfile.TarInfo(name)
            info.size = len(part.getvalue())
            part.seek(0)
            archive.addfile(info, part)
    loaded = torch.load(path, weights_only=False)
    assert all(torch.equal(loaded[name], value) for name, value in state.items())


NAMES = {"A": "A", "B": "B", "D": "D", "E": "E"}
made = {}
for letter, norm in (("A", True), ("B", False), ("D", False), ("E", True)):
    model = made[letter] = torchvision_vgg(letter, norm)
    network = {"config": NAMES[letter], "batchNorm": norm, "classes": CLASSES}
    logits = run(model, RGB)
    state = model.state_dict()
    if letter in "AD":
        torch.save(state, folder / f"torchvision-{letter}-legacy.pth", _use_new_zipfile_serialization=False)
        note(f"torchvision-{letter}-legacy.pth", RGB, logits, network)
    if letter in "BE":
        torch.save({"epoch": 7, "model": state, "best": 0.5}, folder / f"torchvision-{letter}-zip.pth")
        note(f"torchvision-{letter}-zip.pth", RGB, logits, network)
    if letter == "B":
        save_tar(state, folder / "torchvision-B.tar")
        note("torchvision-B.tar", RGB, logits, network)
        half = {f"module.{k}": v.to(torch.float16) for k, v in state.items()}
        model.half().float()
        torch.save(half, folder / "torchvision-B-half.pth")
        note("torchvision-B-half.pth", RGB, run(model, RGB), network)
    if letter == "A":
        channels_last = {k: v.to(memory_format=torch.channels_last) if v.dim() == 4 else v for k, v in state.items()}
        torch.save(channels_last, folder / "torchvision-A-channels-last.pth")
        note("torchvision-A-channels-last.pth", RGB, logits, network)
    if letter == "D":
        nan = {k: torch.full_like(v, float("nan")) if k.startswith("classifier") else v for k, v in state.items()}
        torch.save(nan, folder / "torchvision-D-features.pth")

# timm: the first FC layer is a convolution, and the names differ.
model = timm.models.vgg.VGG(narrow("D"), num_classes=CLASSES)
model.pre_logits = timm.models.vgg.ConvMlp(16, FC, 7)
model.head.fc = nn.Linear(FC, CLASSES)
randomize(model)
torch.save(model.state_dict(), folder / "timm-D.pth")
note("timm-D.pth", RGB, run(model, RGB), {"config": "D", "batchNorm": False, "classes": CLASSES})


def keras_vgg(blocks, top=True):
    layers = [keras.layers.Input((224, 224, 3))]
    for block, (count, width) in enumerate(blocks, 1):
        for place in range(1, count + 1):
            layers.append(keras.layers.Conv2D(width, 3, padding="same", activation="relu", name=f"block{block}_conv{place}"))
        layers.append(keras.layers.MaxPooling2D(2, name=f"block{block}_pool"))
    if top:
        layers += [
            keras.layers.Flatten(name="flatten"),
            keras.layers.Dense(FC, activation="relu", name="fc1"),
            keras.layers.Dense(FC, activation="relu", name="fc2"),
            keras.layers.Dense(CLASSES, name="predictions"),
        ]
    model = keras.Sequential(layers)
    model.set_weights([rng.normal(0, (2 / np.prod(w.shape[:-1])) ** 0.5 if w.ndim > 1 else 0.1, w.shape) for w in model.get_weights()])
    return model


D, E = [(2, 2), (2, 4), (3, 8), (3, 16), (3, 16)], [(2, 2), (2, 4), (4, 8), (4, 16), (4, 16)]
keras_d = keras_vgg(D)
network = {"config": "D", "batchNorm": False, "classes": CLASSES}
logits = np.asarray(keras.ops.convert_to_numpy(keras_d(prepared(BGR)[None])))
keras_d.save(folder / "keras-D.h5")
keras_d.save_weights(folder / "keras-D.weights.h5")
keras_d.save(folder / "keras-D.keras")
for name in ("keras-D.h5", "keras-D.weights.h5", "keras-D.keras"):
    note(name, BGR, logits, network)


def only_weights(source, target, parts):
    """The published files have the layers at the root; long lists of names are cut into numbered parts."""
    with h5py.File(source) as old, h5py.File(target, "w") as new:
        group = old["model_weights"]
        for name in group:
            old.copy(group[name], new, name)
        names = np.array([str(n) for n in group.attrs["layer_names"]], dtype="S")
        if parts == 1:
            new.attrs["layer_names"] = names
        else:
            for index, part in enumerate(np.array_split(names, parts)):
                new.attrs[f"layer_names{index}"] = part


only_weights(folder / "keras-D.h5", folder / "keras-D-chunked.h5", 3)
note("keras-D-chunked.h5", BGR, logits, network)
notop = keras_vgg(E, top=False)
notop.save(folder / "full.h5")
only_weights(folder / "full.h5", folder / "keras-E-notop.h5", 1)
(folder / "full.h5").unlink()


def caffe_names(state):
    """As converters of Oxford's Caffe models leave them."""
    places = [f"conv{b}_{c}" for b, n in enumerate([2, 2, 3, 3, 3], 1) for c in range(1, n + 1)] + ["fc6", "fc7", "fc8"]
    values = list(state.values())
    return {f"{place}.{part}": values[2 * i + j] for i, place in enumerate(places) for j, part in enumerate(("weight", "bias"))}


from safetensors.torch import save_file

save_file({k: v.contiguous() for k, v in made["D"].state_dict().items()}, folder / "torchvision-D.safetensors")
note("torchvision-D.safetensors", RGB, run(made["D"], RGB), {"config": "D", "batchNorm": False, "classes": CLASSES})
save_file({k: v.contiguous() for k, v in caffe_names(made["D"].state_dict()).items()}, folder / "caffe-D.safetensors")
note("caffe-D.safetensors", BGR, run(made["D"], BGR), network)

# ONNX as PyTorch exports it, once with its values in a file beside it.
example = torch.zeros(1, 3, 224, 224)
with tempfile.TemporaryDirectory() as temporary:
    for letter, name in (("D", "torch-D"), ("A", "torch-A")):
        torch.onnx.export(made[letter], (example,), Path(temporary) / "m.onnx", dynamo=True, external_data=False)
        proto = onnx.load(Path(temporary) / "m.onnx")
        proto.ClearField("doc_string")
        for node in proto.graph.node:
            node.ClearField("metadata_props")
        onnx.save(proto, folder / f"{name}.onnx")
        # The older exporter, by TorchScript; it folds batch normalization into the convolutions.
        torch.onnx.export(made[letter], (example,), folder / f"torchscript-{letter}.onnx", dynamo=False)
for name, letter, norm in (("torchscript-D", "D", False), ("torchscript-A", "A", None)):
    note(f"{name}.onnx", RGB, run(made[letter], RGB), {"config": letter, "batchNorm": norm, "classes": CLASSES})
note("torch-D.onnx", RGB, run(made["D"], RGB), network)
note("torch-A.onnx", RGB, run(made["A"], RGB), {"config": "A", "batchNorm": None, "classes": CLASSES})
onnx.save(onnx.load(folder / "torch-D.onnx"), folder / "outside-D.onnx", save_as_external_data=True, location="outside-D.bin", size_threshold=0)
note("outside-D.onnx", RGB, run(made["D"], RGB), network)


def tf2onnx_like(model):
    """The graph that tf2onnx makes of a Keras VGG: N×H×W×C at its ends, O×I×k×k kernels, MatMul and Add."""
    nodes, inits = [helper.make_node("Transpose", ["input"], ["t0"], perm=[0, 3, 1, 2])], []

    def constant(name, value):
        inits.append(numpy_helper.from_array(np.ascontiguousarray(value, np.float32), name))
        return name

    current = "t0"
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D):
            kernel, bias = layer.get_weights()
            names = [current, constant(f"f/{layer.name}_1/ReadVariableOp:0", kernel.transpose(3, 2, 0, 1)), constant(f"f/{layer.name}_1/Squeeze:0", bias)]
            nodes.append(helper.make_node("Conv", names, [layer.name], kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[1, 1]))
            nodes.append(helper.make_node("Relu", [layer.name], [current := f"{layer.name}/Relu"]))
        elif isinstance(layer, keras.layers.MaxPooling2D):
            nodes.append(helper.make_node("MaxPool", [current], [layer.name], kernel_shape=[2, 2], strides=[2, 2]))
            current = layer.name
        elif isinstance(layer, keras.layers.Flatten):
            inits.append(helper.make_tensor("flat", TensorProto.INT64, [2], [-1, 784]))
            nodes.append(helper.make_node("Transpose", [current], ["nhwc"], perm=[0, 2, 3, 1]))
            nodes.append(helper.make_node("Reshape", ["nhwc", "flat"], [current := "flattened"]))
        else:
            kernel, bias = layer.get_weights()
            nodes.append(helper.make_node("MatMul", [current, constant(f"{layer.name}/MatMul/Read:0", kernel)], [f"{layer.name}/mm"]))
            nodes.append(helper.make_node("Add", [f"{layer.name}/mm", constant(f"{layer.name}/BiasAdd/Read:0", bias)], [current := f"{layer.name}/add"]))
            if layer.name != "predictions":
                nodes.append(helper.make_node("Relu", [current], [current := f"{layer.name}/relu"]))
    value = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    graph = helper.make_graph(nodes, "tf2onnx", [value("input", [1, 224, 224, 3])], [value(current, [1, CLASSES])], inits[::-1])
    proto = helper.make_model(graph, producer_name="tf2onnx", opset_imports=[helper.make_opsetid("", 13)])
    onnx.checker.check_model(proto)
    return proto


onnx.save(tf2onnx_like(keras_d), folder / "keras-D.onnx")
import onnxruntime

session = onnxruntime.InferenceSession(folder / "keras-D.onnx", providers=["CPUExecutionProvider"])
same = session.run(None, {"input": prepared(BGR)[None]})[0]
assert np.abs(same - logits).max() < 1e-3
note("keras-D.onnx", BGR, same, network)

(folder / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


def shapes(state):
    return [[name, list(value.shape)] for name, value in state]


with torch.device("meta"):
    names = {f"timm/{n}": shapes(timm.create_model(n).state_dict().items()) for n in ("vgg11", "vgg13", "vgg16_bn", "vgg19_bn")}
for name, make in (("VGG16", keras.applications.VGG16), ("VGG19", keras.applications.VGG19)):
    for top in (True, False):
        model = make(weights=None, include_top=top)
        names[f"keras/{name}{'' if top else '-notop'}"] = [[f"{l.name}/{w.name}", list(w.shape)] for l in model.layers for w in l.weights]
lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in names.items())
(folder / "names.json").write_text("{\n" + lines + "\n}\n")
