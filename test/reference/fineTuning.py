"""Makes test/fixtures/fineTuning.safetensors: a VGG-A with batch normalization, fine-tuned by PyTorch in three stages.

    pip install torch safetensors
    python test/reference/fineTuning.py

Two updates each: of the head alone; of the head and the last group of convolutions, which learns at a tenth of the rate;
of the last two groups and the head. Batch normalization of layers that do not learn stays in inference mode. It holds
`images`, `labels`, `initial/<name>`, `loss/<step>`, and `final/<name>`, `momentum/<name>` (of what has learned).
"""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

WIDTHS = [2, 4, 8, 8, 16, 16, 16, 16]
POOLED = {0, 1, 3, 5, 7}
RATE, FACTOR, MOMENTUM, WEIGHT_DECAY = 0.01, 0.1, 0.9, 5e-4

torch.manual_seed(3)
torch.set_num_threads(1)
features, channels = [], 3
for index, width in enumerate(WIDTHS):
    features += [nn.Conv2d(channels, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()]
    features += [nn.MaxPool2d(2)] if index in POOLED else []
    channels = width
model = nn.Module()
model.features = nn.Sequential(*features)
model.classifier = nn.Sequential(nn.Linear(16, 12), nn.ReLU(), nn.Dropout(0), nn.Linear(12, 12), nn.ReLU(), nn.Dropout(0), nn.Linear(12, 5))
for module in model.modules():
    if isinstance(module, (nn.Conv2d, nn.Linear)):
        nn.init.kaiming_normal_(module.weight)
        nn.init.normal_(module.bias, std=0.05)
    if isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1, 0.2)
        nn.init.normal_(module.bias, std=0.1)
        nn.init.normal_(module.running_mean, std=0.1)
        nn.init.uniform_(module.running_var, 0.5, 1.5)


def state():
    return {name: value.clone() for name, value in model.state_dict().items() if "num_batches" not in name}


images, labels = torch.randn(24, 3, 32, 32), torch.randint(0, 5, (24,))
out = {"images": images, "labels": labels.float()}
out |= {f"initial/{name}": value for name, value in state().items()}
pools = [index for index, module in enumerate(model.features) if isinstance(module, nn.MaxPool2d)]
last = list(model.features[pools[3] + 1 :])
before = list(model.features[pools[2] + 1 : pools[3]])
parameters = lambda modules: [one for module in modules for one in module.parameters()]
optimizer = torch.optim.SGD(
    [
        {"params": parameters(model.classifier), "lr": RATE},
        {"params": parameters(last), "lr": RATE * FACTOR},
        {"params": parameters(before), "lr": RATE},
    ],
    momentum=MOMENTUM,
    weight_decay=WEIGHT_DECAY,
)
step = 0
for learning in ([], last, last + before):
    model.features.eval()
    for parameter in model.features.parameters():
        parameter.requires_grad = False
    for module in learning:
        module.train()
    for parameter in parameters(learning):
        parameter.requires_grad = True
    for _ in range(2):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model.classifier(model.features(images).flatten(1)), labels)
        loss.backward()
        optimizer.step()
        out[f"loss/{step}"] = loss.detach().reshape(1).clone()
        step += 1
out |= {f"final/{name}": value for name, value in state().items()}
names = {parameter: name for name, parameter in model.named_parameters()}
out |= {f"momentum/{names[one]}": optimizer.state[one]["momentum_buffer"].clone() for one in optimizer.state}
options = {"config": "A", "crop": 32, "widthMultiplier": 1 / 32, "fcWidth": 12, "classes": 5, "batchNorm": True, "dropout": 0}
rates = {"learningRate": RATE, "factor": FACTOR, "momentum": MOMENTUM, "weightDecay": WEIGHT_DECAY}
save_file(
    {name: value.contiguous() for name, value in out.items()},
    Path(__file__).parent.parent / "fixtures" / "fineTuning.safetensors",
    metadata={"options": json.dumps(options), "rates": json.dumps(rates)},
)
print([round(out[f"loss/{index}"].item(), 5) for index in range(step)])
