"""Which images of an update a worker computes, and in which micro-batches; and their pixels and targets."""

from collections import deque
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from .augmentation import mixup_share
from .classify import Refused
from .images import center_crop, training_crop


def pieces(start, end, micro_batch, rank, count):
    """
    Bounds of the micro-batches of one worker, for an update of the places start to end of an epoch's order.
    One worker cuts as the studio does, at multiples of the micro-batch counted from the epoch's start. Several take
    equal shares, to within an image, in as many pieces each, so that they meet equally often; a piece may be empty.
    """
    if count == 1:
        cuts = [start, *range(start - start % micro_batch + micro_batch, end, micro_batch), end]
        return list(zip(cuts, cuts[1:]))
    images = end - start
    number = -(-(-(-images // count)) // micro_batch)
    first, last = (start + images * at // count for at in (rank, rank + 1))
    cuts = [first + (last - first) * at // number for at in range(number + 1)]
    return list(zip(cuts, cuts[1:]))


class Pictures:
    """Reads images ahead, in threads."""

    def __init__(self, task, root, threads):
        self.task, self.root = task, root
        self.pool = ThreadPoolExecutor(threads)

    def close(self):
        """Ends the threads."""
        self.pool.shutdown(cancel_futures=True)

    def ahead(self, jobs, work, depth=2):
        """work(job) for each job in order, its parts begun before they are asked for."""
        running = deque()
        for job in jobs:
            running.append((job, work(job)))
            if len(running) > depth:
                done, futures = running.popleft()
                yield done, [future.result() for future in futures]
        while running:
            done, futures = running.popleft()
            yield done, [future.result() for future in futures]

    def training(self, order, epoch, place):
        """A future of a training image: its planes, or why it can't be read."""
        path = self.task["training"][order[place]][0]
        options, seed = self.task["augmentation"], self.task["recipe"]["seed"]
        normalization = self.task["normalization"]
        return self.pool.submit(self._read, path, lambda full: training_crop(full, options, normalization, seed, epoch, place))

    def validation(self, position):
        """A future of a validation image."""
        path = self.task["validation"][position][0]
        view, normalization = self.task["view"], self.task["normalization"]
        return self.pool.submit(self._read, path, lambda full: center_crop(full, view, normalization))

    def _read(self, path, crop):
        try:
            return crop(f"{self.root}/{path}")
        except (Refused, OSError) as error:
            return Unreadable(path, str(error))


class Unreadable:
    """An image that could not be read, and why."""

    def __init__(self, path, reason):
        self.path, self.reason = path, reason


def micro_batch(task, order, epoch, start, end, images, loaded):
    """
    Pixels, labels, weights and soft targets of the readable images at places start to end; `loaded` has the one before
    them too where images are mixed. Weights are shares of an update of `images` images.
    """
    alpha = task["augmentation"]["mixup"]
    labels = [task["training"][order[place]][1] for place in range(start, end)]
    own = loaded[len(loaded) - (end - start) :]
    before = loaded[0] if len(loaded) > len(own) else None
    planes, kept, targets, weights = [], [], [], []
    classes, smoothing = len(task["classes"]), task["recipe"]["optimization"]["labelSmoothing"]
    for index, place in enumerate(range(start, end)):
        previous = own[index - 1] if index > 0 else before
        if isinstance(own[index], Unreadable):
            continue
        share, pixels, other = 1.0, own[index], None
        if alpha > 0 and isinstance(previous, np.ndarray):
            share = float(np.float32(mixup_share(alpha, task["recipe"]["seed"], epoch, place)))
            pixels = (share * pixels + (1 - share) * previous).astype(np.float32)
            other = task["training"][order[place - 1]][1]
        first = share * task["classWeights"][labels[index]]
        rest = (1 - share) * task["classWeights"][other] if other is not None else 0.0
        weight = first + rest
        kept_share = 1.0 if weight == 0 else first / weight
        target = np.full(classes, smoothing / classes)
        target[labels[index]] += kept_share * (1 - smoothing)
        if other is not None:
            target[other] += (1 - kept_share) * (1 - smoothing)
        planes.append(pixels)
        kept.append(labels[index])
        targets.append(target)
        weights.append(weight / images)
    return planes, kept, targets, weights
