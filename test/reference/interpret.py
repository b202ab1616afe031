"""Runs networks in the form of core/network/types.ts with PyTorch's functions."""

from contextlib import nullcontext

import torch
from torch.nn import functional as F

from augmentation import mask


def run(layers, images, own, seed=None, statistics=None, around=lambda name: nullcontext(), training=True):
    """
    The output of each layer, in training mode unless said otherwise: then without dropout, with running statistics.

    own(layer, leaf, shape, scale): the parameter; `scale` is a fitting deviation for random ones.
    seed: names the stream of dropout masks. statistics(layer): running mean and variance, to be moved on. around(layer): a context for computing it.
    """
    values, dropouts = {"input": images}, 0
    for item in layers:
        x = [values[name] for name in item["inputs"]]
        parameter = lambda leaf, shape, scale: own(item["name"], leaf, shape, scale)
        with around(item["name"]):
            match item["kind"]:
                case "convolution":
                    k, o, groups = item["kernel"], item["outChannels"], item["groups"]
                    weight = parameter("weight", (o, x[0].shape[1] // groups, k, k), 0.3)
                    bias = parameter("bias", (o,), 0.1) if item["bias"] else None
                    y = F.conv2d(x[0], weight, bias, item["stride"], item["padding"], groups=groups)
                case "linear":
                    shape = (item["outFeatures"], x[0].shape[1])
                    weight = parameter("weight", shape, 0.2)
                    y = F.linear(x[0], weight, parameter("bias", shape[:1], 0.1) if item["bias"] else None)
                case "relu":
                    y = F.relu(x[0])
                case "sigmoid":
                    y = torch.sigmoid(x[0])
                case "maxPool":
                    y = F.max_pool2d(x[0], item["kernel"], item["stride"], item["padding"], ceil_mode=item["ceilMode"])
                case "averagePool":
                    window = item["kernel"], item["stride"], item["padding"], item["ceilMode"], item["countIncludePad"]
                    y = F.avg_pool2d(x[0], *window)
                case "adaptiveAveragePool":
                    y = F.adaptive_avg_pool2d(x[0], item["side"])
                case "localResponseNorm":
                    y = F.local_response_norm(x[0], item["size"], item["alpha"] * item["size"], item["beta"], item["k"])
                case "batchNorm":
                    c = x[0].shape[1]
                    scale, shift = parameter("weight", (c,), 0.5), parameter("bias", (c,), 0.2)
                    running = statistics(item["name"], c) if statistics else (None, None)
                    y = F.batch_norm(x[0], *running, scale, shift, training, item["momentum"], item["epsilon"])
                case "dropout":
                    y = x[0] * mask(seed, dropouts, item["rate"], x[0].shape) if training else x[0]
                    dropouts += 1
                case "flatten":
                    y = x[0].flatten(1)
                case "globalAveragePool":
                    y = x[0].mean((2, 3))
                case "add":
                    y = sum(x[1:], x[0])
                case "concat":
                    y = torch.cat(x, 1)
                case "scaleChannels":
                    y = x[0] * x[1][:, :, None, None]
        values[item["name"]] = y
    return values
