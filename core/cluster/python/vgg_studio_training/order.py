"""The order in which an epoch shows the images, as core/pipeline/sampler.ts has it."""

from .draws import Random, permutation

ORDER = 0x6F726465


def epoch_order(labels, seed, epoch, sampling):
    """Positions in the list of training images, as many as there are images. `epoch` counts from 0."""
    source = Random(seed, ORDER, epoch)
    if sampling == "shuffle":
        return permutation(len(labels), source)
    chosen = _balanced(labels, source)
    return [chosen[index] for index in permutation(len(chosen), source)]


def _balanced(labels, source):
    by_class = {}
    for position, label in enumerate(labels):
        by_class.setdefault(label, []).append(position)
    classes = [by_class[label] for label in sorted(by_class)]
    share, larger = divmod(len(labels), len(classes))
    rank = permutation(len(classes), source)
    chosen = []
    for index, positions in enumerate(classes):
        shuffled = permutation(len(positions), source)
        count = share + (1 if rank[index] < larger else 0)
        chosen += [positions[shuffled[at % len(positions)]] for at in range(count)]
    return chosen
