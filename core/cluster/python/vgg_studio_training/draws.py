"""Seeded random numbers, as core/base/random.ts draws them: xoshiro128**, seeded through splitmix32."""

import math

MASK = 0xFFFFFFFF


class Random:
    """A stream named by whole numbers: what is drawn depends on them alone."""

    def __init__(self, *stream):
        self._hash = 0x9E3779B9
        for value in stream:
            self._mix(value & MASK)
            self._mix((value >> 32) & MASK)
        self._a, self._b, self._c = self._mix(1), self._mix(2), self._mix(3)
        self._d = self._mix(4) | 1
        self._spare = None

    def _mix(self, value):
        self._hash = (self._hash + 0x9E3779B9) & MASK
        z = self._hash ^ value
        z = ((z ^ (z >> 16)) * 0x21F0AAAD) & MASK
        z = ((z ^ (z >> 15)) * 0x735A2D97) & MASK
        self._hash = z ^ (z >> 15)
        return self._hash

    def uint32(self):
        """A uniform whole number below 2^32."""
        product = (self._b * 5) & MASK
        result = ((((product << 7) | (product >> 25)) & MASK) * 9) & MASK
        shifted = (self._b << 9) & MASK
        self._c ^= self._a
        self._d ^= self._b
        self._b ^= self._c
        self._a ^= self._d
        self._c ^= shifted
        self._d = ((self._d << 11) | (self._d >> 21)) & MASK
        return result

    def uniform(self):
        """Uniform in [0, 1)."""
        return self.uint32() / 0x100000000

    def integer(self, bound):
        """A uniform whole number below `bound`, which is at most 2^32."""
        return int(self.uniform() * bound)

    def between(self, least, most):
        """Uniform in [least, most)."""
        return least + (most - least) * self.uniform()

    def normal(self):
        """Standard normal (Box and Muller)."""
        if self._spare is not None:
            value, self._spare = self._spare, None
            return value
        radius = math.sqrt(-2 * math.log(1 - self.uniform()))
        angle = 2 * math.pi * self.uniform()
        self._spare = radius * math.sin(angle)
        return radius * math.cos(angle)


def permutation(count, source):
    """0 to count - 1 in random order (Fisher and Yates)."""
    order = list(range(count))
    for index in range(count - 1, 0, -1):
        other = source.integer(index + 1)
        order[index], order[other] = order[other], order[index]
    return order
