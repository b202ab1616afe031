"""Values that a script and the tests draw alike, without a file between them."""

import numpy as np


def noise(name, count):
    """Values below one in size by index and name: integer arithmetic, as `noise` in test/engine/architectures.ts."""
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = (seed ^ byte) * 0x01000193 & 0xFFFFFFFF
    value = np.arange(1, count + 1, dtype=np.uint32) * np.uint32(0x9E3779B1) ^ np.uint32(seed)
    value = (value ^ value >> np.uint32(16)) * np.uint32(0x21F0AAAD)
    value = (value ^ value >> np.uint32(15)) * np.uint32(0x735A2D97)
    value = value ^ value >> np.uint32(15)
    return (value.astype(np.float64) + 0.5) / 2**31 - 1
