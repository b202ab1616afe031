"""Makes test/fixtures/quantization.json: what ONNX Runtime's own quantizer makes of networks of ours.

    pip install onnxruntime onnx numpy
    node test/reference/quantization.ts /tmp/quantization
    python test/reference/quantization.py /tmp/quantization

Static, QDQ, unsigned activations, signed weights per channel, MinMax calibration over three images. For each network: ranges,
scale and zero point of each activation; scales of weights, SHA-256 of their values and of the biases'; logits of a fourth
image. The pair on the logits is taken away again: the project leaves them floats.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, create_calibrator, quantize_static

FOLDER = Path(sys.argv[1])
OPERATORS = ["Conv", "Gemm", "Add", "Concat", "Relu", "MaxPool", "AveragePool", "Reshape"]


class Reader(CalibrationDataReader):
    def __init__(self, images):
        self.feeds = iter([{"images": image} for image in images])

    def get_next(self):
        return next(self.feeds, None)


def sha(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def single(values):
    return float(np.asarray(values, dtype=np.float32).reshape(()))


def leave_logits(model):
    """Without the QuantizeLinear and DequantizeLinear before the output."""
    nodes = model.graph.node
    last = next(n for n in nodes if "logits" in n.output)
    if last.op_type != "DequantizeLinear":
        return
    first = next(n for n in nodes if last.input[0] in n.output)
    maker = next(n for n in nodes if first.input[0] in n.output)
    maker.output[0] = "logits"
    nodes.remove(last)
    nodes.remove(first)


def described(name, images, reduce_range):
    path, out = FOLDER / f"{name}.onnx", FOLDER / f"{name}-int8.onnx"
    quantize_static(
        str(path), str(out), Reader(images[:3]), quant_format=QuantFormat.QDQ, op_types_to_quantize=OPERATORS, per_channel=True,
        reduce_range=reduce_range, activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, calibrate_method=CalibrationMethod.MinMax,
    )  # fmt: skip
    model = onnx.load(out)
    leave_logits(model)
    onnx.save(model, out)
    values = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}
    activations, weights, biases = {}, {}, {}
    for node in model.graph.node:
        if node.op_type == "QuantizeLinear":
            activations[node.input[0]] = {"scale": single(values[node.input[1]]), "zero": int(values[node.input[2]])}
        if node.op_type == "DequantizeLinear" and node.input[0] in values:
            whole = values[node.input[0]]
            own = node.input[0].removesuffix("_quantized")
            if whole.dtype == np.int8:
                weights[own] = {"scales": [float(v) for v in values[node.input[1]]], "sha256": sha(whole)}
            else:
                biases[own] = sha(whole)
    session = onnxruntime.InferenceSession(str(out), providers=["CPUExecutionProvider"])
    logits = session.run(["logits"], {"images": images[3]})[0][0]
    return {"activations": activations, "weights": weights, "biases": biases, "logits": [float(v) for v in logits]}


def ranges_of(name, images):
    calibrator = create_calibrator(str(FOLDER / f"{name}.onnx"), op_types_to_calibrate=OPERATORS, augmented_model_path=str(FOLDER / "augmented.onnx"), calibrate_method=CalibrationMethod.MinMax)
    calibrator.collect_data(Reader(images[:3]))
    data = calibrator.compute_data()
    return {key: {"low": single(value.range_value[0]), "high": single(value.range_value[1])} for key, value in data.items()}


fixture = {}
for path in sorted(FOLDER.glob("*.images")):
    name = path.stem
    shape = [d.dim_value for d in onnx.load(FOLDER / f"{name}.onnx").graph.input[0].type.tensor_type.shape.dim[1:]]
    images = np.fromfile(path, dtype=np.float32).reshape(4, 1, *shape)
    fixture[name] = {"ranges": ranges_of(name, images), "whole": described(name, images, False), "reduced": described(name, images, True)}
out = Path(__file__).parent.parent / "fixtures" / "quantization.json"
out.write_text(json.dumps(fixture, separators=(",", ":")) + "\n")
