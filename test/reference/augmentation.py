"""The generator of core/base/random.ts and the dropout masks of core/engine/dropout.ts, written a second time."""

import math

import torch

M32 = 0xFFFFFFFF


class Xoshiro:
    """core/base/random.ts: xoshiro128** seeded by a list of integers."""

    def __init__(self, *stream):
        self.hash = 0x9E3779B9
        for value in stream:
            self.mix(value & M32)
            self.mix(value // 0x100000000 & M32)
        self.a, self.b, self.c = self.mix(1), self.mix(2), self.mix(3)
        self.d = self.mix(4) | 1

    def mix(self, value):
        self.hash = (self.hash + 0x9E3779B9) & M32
        z = self.hash ^ value
        z = (z ^ z >> 16) * 0x21F0AAAD & M32
        z = (z ^ z >> 15) * 0x735A2D97 & M32
        self.hash = z ^ z >> 15
        return self.hash

    def uint32(self):
        product = self.b * 5 & M32
        result = (product << 7 | product >> 25) * 9 & M32
        t = self.b << 9 & M32
        self.c ^= self.a
        self.d ^= self.b
        self.b ^= self.c
        self.a ^= self.d
        self.c ^= t
        self.d = (self.d << 11 | self.d >> 21) & M32
        return result


def mask(seed, layer, rate, shape):
    draw = Xoshiro(*seed, layer)
    values = [0.0 if draw.uint32() < rate * 2**32 else 1 / (1 - rate) for _ in range(math.prod(shape))]
    return torch.tensor(values, dtype=torch.float32).reshape(shape)
