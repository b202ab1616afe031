"""Files of the safetensors library for test/weights/safetensors.test.ts, and ours read by it.

Run: python test/reference/safetensorsFiles.py   (torch, safetensors 0.8; from the checkout, after npm ci)

Makes test/fixtures/weights/python.safetensors (F32, F16, BF16, a counter, an empty tensor, a scalar, metadata),
python-integers.safetensors (refused), python.json (what they hold), and ours.safetensors: written by
core/weights/safetensors.ts, read and compared here, its checksum included. The test holds the writer to these very bytes.
"""

import json
import pathlib
import subprocess
import zlib

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

root = pathlib.Path(__file__).parent.parent.parent
fixtures = root / "test" / "fixtures" / "weights"
fixtures.mkdir(parents=True, exist_ok=True)

values = torch.tensor([0.0, -0.0, 1.0, -2.5, 3.14159274, 1e-6, 65504.0, 6e-8, -1e30, float("inf"), float("nan"), 1e-40])
halves = torch.where(values.abs() < 1e6, values, torch.tensor(7.0))
tensors = {
    "features.0.weight": values.reshape(3, 2, 2),
    "half": torch.cat([halves, torch.tensor([float("inf"), float("nan")])]).to(torch.float16),
    "brain": values.to(torch.bfloat16).reshape(2, 6),
    "empty": torch.zeros(0, 4),
    "scalar": torch.tensor(42.5),
    "features.1.num_batches_tracked": torch.tensor(17),
}
metadata = {"format": "pt", "note": 'Gänsefüßchen " 한국어 \n'}
save_file(tensors, fixtures / "python.safetensors", metadata)
save_file({"count": torch.arange(4)}, fixtures / "python-integers.safetensors")

floats = {name: tensor.float() for name, tensor in tensors.items() if tensor.is_floating_point()}
described = {
    name: {"shape": list(tensor.shape), "bits": tensor.flatten().view(torch.int32).tolist()}
    for name, tensor in floats.items()
}
(fixtures / "python.json").write_text(json.dumps({"metadata": metadata, "tensors": described}) + "\n")

ours = fixtures / "ours.safetensors"
writer = root / "test" / "reference" / "writeSafetensors.ts"
subprocess.run([root / "node_modules" / ".bin" / "node", writer, ours], check=True)
read = load_file(ours)
assert set(read) == {"features.0.weight", "features.0.bias", "scalar", "empty"}, set(read)
assert torch.equal(read["features.0.weight"], torch.arange(24).reshape(4, 3, 1, 2) / 7)
assert torch.equal(read["features.0.bias"], torch.tensor([0.0, -1.5, 3e38, float("-inf")]))
assert read["scalar"].shape == () and read["scalar"] == 0.25
assert read["empty"].shape == (0, 3)
with safe_open(ours, "pt") as file:
    found = file.metadata()
checksum = found.pop("vgg-studio.crc32")
assert found == metadata, found
field = f'"vgg-studio.crc32":"{checksum}"'.encode()
blank = ours.read_bytes().replace(field, field.replace(checksum.encode(), b"0" * 8))
assert checksum == f"{zlib.crc32(blank):08x}", checksum
print("safetensors reads ours")
