"""Makes test/fixtures/networks/*.safetensors: small VGGs trained five steps by PyTorch.

    pip install torch numpy safetensors
    python test/reference/networks.py

Each file holds, for one network: `images`, `labels`, `initial/<name>` (state_dict before), `logits/<step>`,
`loss/<step>`, `gradient/<name>` (of the first step, without weight decay), and `final/<name>`, `momentum/<name>`
(after five steps, the rate divided by ten from the fourth on). The metadata names the network's options.
Dropout masks come from augmentation.py.
"""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

from augmentation import mask

STEPS, CUT_AFTER = 5, 3
MOMENTUM, WEIGHT_DECAY = 0.9, 5e-4
GROUPS = {
    "A": [[3], [3], [3, 3], [3, 3], [3, 3]],
    "A-LRN": [[3], [3], [3, 3], [3, 3], [3, 3]],
    "B-5x5": [[5], [5], [5], [5], [5]],
    "C": [[3, 3], [3, 3], [3, 3, 1], [3, 3, 1], [3, 3, 1]],
    "D": [[3, 3], [3, 3], [3, 3, 3], [3, 3, 3], [3, 3, 3]],
}
WIDTHS = [64, 128, 256, 512, 512]


class Masked(nn.Module):
    """Dropout with a mask that is given."""

    def forward(self, x):
        return x * self.mask


class Lrn(nn.Module):
    """The paper's form: the window's sum is not divided by its size, PyTorch divides, so alpha is multiplied."""

    def forward(self, x):
        return nn.functional.local_response_norm(x, 5, alpha=5e-4, beta=0.75, k=2)


def build(config, crop, multiplier, fc, classes, batch_norm):
    features, channels, side = [], 3, crop
    for group, kernels in enumerate(GROUPS[config]):
        width = max(1, round(WIDTHS[group] * multiplier))
        for kernel in kernels:
            features.append(nn.Conv2d(channels, width, kernel, padding=(kernel - 1) // 2))
            if batch_norm:
                features.append(nn.BatchNorm2d(width))
            features.append(nn.ReLU())
            channels = width
        if config == "A-LRN" and group == 0:
            features.append(Lrn())
        features.append(nn.MaxPool2d(2))
        side //= 2
    flat = channels * side * side
    classifier = [nn.Linear(flat, fc), nn.ReLU(), Masked(), nn.Linear(fc, fc), nn.ReLU(), Masked(), nn.Linear(fc, classes)]
    model = nn.Module()
    model.features, model.classifier = nn.Sequential(*features), nn.Sequential(*classifier)
    return model


def state(model):
    """state_dict without counters and with the names our networks use (LRN has none of its own)."""
    names, index = {}, 0
    for position, module in enumerate(model.features):
        names[f"features.{position}"] = f"features.{index}"
        index += not isinstance(module, Lrn)
    renamed = {}
    for name, value in model.state_dict().items():
        layer, leaf = name.rsplit(".", 1)
        if leaf != "num_batches_tracked":
            renamed[f"{names.get(layer, layer)}.{leaf}"] = value
    return renamed


def make(name, config, crop, multiplier, fc, classes, batch, batch_norm=False, smoothing=0.0, rate=0.02, seed=7):
    torch.manual_seed(seed)
    model = build(config, crop, multiplier, fc, classes, batch_norm)
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(module.weight)
            nn.init.normal_(module.bias, std=0.05)
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1, 0.2)
            nn.init.normal_(module.bias, std=0.1)
    images = torch.randn(batch, 3, crop, crop)
    labels = torch.randint(0, classes, (batch,))
    out = {"images": images, "labels": labels.float()}
    out |= {f"initial/{k}": v.clone() for k, v in state(model).items()}
    optimizer = torch.optim.SGD(model.parameters(), lr=rate, momentum=MOMENTUM, weight_decay=WEIGHT_DECAY)
    criterion = nn.CrossEntropyLoss(label_smoothing=smoothing)
    by_pointer = {v.data_ptr(): k for k, v in state(model).items()}
    named = {by_pointer[p.data_ptr()]: p for p in model.parameters()}
    for step in range(STEPS):
        optimizer.param_groups[0]["lr"] = rate / 10 if step >= CUT_AFTER else rate
        for layer, module in enumerate(m for m in model.modules() if isinstance(m, Masked)):
            module.mask = mask([5, step], layer, 0.5, (batch, fc))
        optimizer.zero_grad()
        logits = model.classifier(model.features(images).flatten(1))
        loss = criterion(logits, labels)
        loss.backward()
        out[f"logits/{step}"], out[f"loss/{step}"] = logits.detach().clone(), loss.detach().reshape(1).clone()
        if step == 0:
            out |= {f"gradient/{k}": p.grad.clone() for k, p in named.items()}
        optimizer.step()
    out |= {f"final/{k}": v.clone() for k, v in state(model).items()}
    out |= {f"momentum/{k}": optimizer.state[p]["momentum_buffer"].clone() for k, p in named.items()}
    model.eval()
    for module in model.modules():
        if isinstance(module, Masked):
            module.mask = torch.ones(batch, fc)
    out["inference"] = model.classifier(model.features(images).flatten(1)).detach()
    options = {
        "config": config, "crop": crop, "widthMultiplier": multiplier, "fcWidth": fc, "classes": classes,
        "batchNorm": batch_norm, "dropout": 0.5,
    }
    step = {"learningRate": rate, "cutAfter": CUT_AFTER, "steps": STEPS, "labelSmoothing": smoothing}
    step |= {"momentum": MOMENTUM, "weightDecay": WEIGHT_DECAY}
    folder = Path(__file__).parent.parent / "fixtures" / "networks"
    folder.mkdir(parents=True, exist_ok=True)
    save_file(
        {k: v.contiguous() for k, v in out.items()},
        folder / f"{name}.safetensors",
        metadata={"options": json.dumps(options), "step": json.dumps(step)},
    )
    print(name, [round(out[f"loss/{s}"].item(), 5) for s in range(STEPS)])


torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)
make("A", "A", 64, 1 / 32, 16, 7, 4)
make("A-LRN", "A-LRN", 48, 1 / 32, 16, 7, 4)
make("B-5x5", "B-5x5", 48, 1 / 32, 16, 7, 4, smoothing=0.1)
make("C", "C", 48, 1 / 32, 16, 7, 4)
# Batch normalization over few values makes the path chaotic: one rectifier or maximum that changes sides by rounding
# moves the loss by 1e-3. This rate, size and seed leave room: PyTorch in float64 and other engines stay within 1e-5.
make("D-batch-norm", "D", 32, 1 / 20, 16, 7, 16, batch_norm=True, rate=0.0002, seed=12)
