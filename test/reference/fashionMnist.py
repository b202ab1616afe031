"""Makes test/fixtures/fashion-mnist/test-2000.gz: the first 2,000 test images of Fashion-MNIST.

    sudo apt-get install dataset-fashion-mnist
    python3 test/reference/fashionMnist.py

The content, unpacked: 2,000 labels (one byte each), then 2,000 images of 28×28 bytes, 0 black to 255 white.
"""

import gzip
from pathlib import Path

COUNT = 2000
source = Path("/usr/share/datasets/fashion-mnist")
folder = Path(__file__).parent.parent / "fixtures" / "fashion-mnist"
folder.mkdir(parents=True, exist_ok=True)


def read(name):
    path = source / name
    return gzip.open(path).read() if path.suffix == ".gz" else path.read_bytes()


found = {path.name.split("-idx")[0]: path.name for path in source.iterdir() if path.name.startswith("t10k")}
labels = read(found["t10k-labels"])[8 : 8 + COUNT]
images = read(found["t10k-images"])[16 : 16 + COUNT * 28 * 28]
content = gzip.compress(labels + images, 9, mtime=0)
(folder / "test-2000.gz").write_bytes(content)
print(len(content), "bytes")
