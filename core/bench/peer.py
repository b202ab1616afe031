"""The peer of `vgg-studio bench`: the same work in PyTorch and torchvision, or (forward only) in OpenVINO.

Reads a task as one line of JSON, loads it, warms up, and says {"ready": …}; then answers each further line with a
round. Ends when its input does. Needs PyTorch 2.4 or newer (fused SGD on the CPU).
"""

import json
import math
import os
import platform
import random
import sys
import time

# The answers go where standard output went; what libraries print goes to standard error.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def say(message):
    answers.write(json.dumps(message) + "\n")
    answers.flush()


def missing(name):
    say({"failed": {"code": "no-torch", "message": f"No module named '{name}'"}})
    sys.exit(1)


try:
    import torch
    import torchvision
    from PIL import Image
    from torchvision.transforms import InterpolationMode
    from torchvision.transforms import functional as F, v2
except ImportError as error:
    missing(error.name or str(error))

LAYOUTS = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}
WARM_UPS = 2
TIMED_TRIES = 2


def main():
    task = json.loads(sys.stdin.readline())
    versions = {"torch": torch.__version__, "torchvision": torchvision.__version__}
    runtime = task.get("runtime") or task.get("execution", {}).get("runtime")
    if runtime == "openvino":
        try:
            import openvino
        except ImportError as error:
            missing(error.name or str(error))
        versions["openvino"] = openvino.__version__
    if task.get("check"):
        say({"ready": {**versions, "python": platform.python_version()}})
        return
    try:
        execution = task["execution"]
        torch.manual_seed(0)
        torch.set_num_threads(execution["threads"])
        job = open_job(task)
        say({"ready": {**versions, "device": str(job.device), "layout": job.layout}})
        for _ in sys.stdin:
            seconds, images = timed(job)
            say({"round": {"seconds": seconds, "images": images, "peakMemory": peak_memory()}})
    except Exception as error:
        say({"failed": {"code": "peer-failed", "message": f"The peer failed: {type(error).__name__}: {error}"}})
        raise


def open_job(task):
    kind = task["benchmark"]["kind"]
    if kind == "pipeline":
        job = Pipeline(task)
        job.run()
        return job
    job = {"step": Step, "inference": Inference, "evaluation": Evaluation}[kind](task)
    if job.network is not None:
        job.warm_up(None)
    elif task["layout"] is None:
        job.choose_layout()
    else:
        job.warm_up(task["layout"])
    return job


def timed(job):
    start = time.perf_counter()
    images = job.run()
    if job.device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start, images


class NetworkJob:
    """Steps or predictions on one batch of random images."""

    # What computes, where that is OpenVINO.
    network = None

    def __init__(self, task):
        benchmark, execution = task["benchmark"], task["execution"]
        self.iterations, self.batch = benchmark["iterations"], benchmark["batch"]
        self.device = torch.device(execution["device"])
        self.bf16 = execution["precision"] == "bf16"
        self.model = build(task["model"], benchmark, self.device)
        self.images = torch.randn(benchmark["batch"], 3, benchmark["crop"], benchmark["crop"], device=self.device)
        self.labels = torch.randint(benchmark["classes"], (benchmark["batch"],), device=self.device)

    def choose_layout(self):
        best = {}
        for layout in LAYOUTS:
            self.warm_up(layout)
            best[layout] = min(timed(self)[0] for _ in range(TIMED_TRIES))
        self.layout = min(best, key=best.get)

    def warm_up(self, layout):
        self.use(layout)
        for _ in range(WARM_UPS):
            timed(self)

    def use(self, layout):
        self.layout = layout
        self.model.zero_grad(set_to_none=True)
        self.model.to(memory_format=LAYOUTS[layout])
        self.images = self.images.contiguous(memory_format=LAYOUTS[layout])

    def autocast(self):
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.bf16)


class Step(NetworkJob):
    def use(self, layout):
        # Momentum of the other layout.
        self.optimizer = None
        super().use(layout)
        self.model.train()
        self.optimizer = torch.optim.SGD(
            self.model.parameters(), lr=1e-3, momentum=0.9, weight_decay=5e-4, fused=True
        )

    def run(self):
        for _ in range(self.iterations):
            self.optimizer.zero_grad(set_to_none=True)
            with self.autocast():
                loss = loss_of(self.model(self.images), self.labels)
            loss.backward()
            self.optimizer.step()
            loss.item()
        return self.iterations * self.batch


def loss_of(outputs, labels):
    """With GoogLeNet's auxiliary classifiers, which count 0.3 each."""
    if isinstance(outputs, torch.Tensor):
        return torch.nn.functional.cross_entropy(outputs, labels)
    logits, *auxiliary = (torch.nn.functional.cross_entropy(own, labels) for own in outputs)
    return logits + 0.3 * sum(auxiliary)


class Inference(NetworkJob):
    def __init__(self, task):
        super().__init__(task)
        if task["execution"]["runtime"] == "openvino":
            self.network = compiled(self.model, task["execution"], self.images.shape)

    def use(self, layout):
        if self.network is not None:
            self.layout = None
            return
        super().use(layout)
        self.model.eval()

    def logits(self, images):
        if self.network is not None:
            return torch.from_numpy(self.network(images.numpy())[0])
        with torch.inference_mode(), self.autocast():
            return self.model(images).float().cpu()

    def run(self):
        for _ in range(self.iterations):
            self.logits(self.images)
        return self.iterations * self.batch


def compiled(model, execution, shape):
    """The model for OpenVINO's CPU plugin, as many images of any size as `shape` leaves open with -1."""
    import openvino

    model.eval()
    example = torch.zeros([side if side > 0 else 2 if axis == 0 else 224 for axis, side in enumerate(shape)])
    converted = openvino.convert_model(model, example_input=example, input=openvino.PartialShape(list(shape)))
    precision = openvino.Type.bf16 if execution["precision"] == "bf16" else openvino.Type.f32
    return openvino.compile_model(
        converted,
        "CPU",
        {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": execution["threads"],
            "INFERENCE_PRECISION_HINT": precision,
        },
    )


class Evaluation(Inference):
    """Images from files: decoded once, resized to each scale, dense with the mirror image or by 5×5 crops, averaged."""

    batch = 25

    def __init__(self, task):
        benchmark, execution = task["benchmark"], task["execution"]
        self.benchmark, self.files = benchmark, task["files"]
        self.crop = benchmark["crop"]
        self.device = torch.device(execution["device"])
        self.bf16 = execution["precision"] == "bf16"
        self.model = build(task["model"], benchmark, self.device)
        if benchmark["views"] == "dense":
            self.model = dense(self.model, self.crop // 32)
        self.mean = torch.tensor([123.7, 116.3, 103.5]).view(3, 1, 1)
        # Tries of layouts need not be long.
        self.trial = torch.randn(2, 3, 384, 512) if benchmark["views"] == "dense" else torch.randn(16, 3, self.crop, self.crop)
        if execution["runtime"] == "openvino":
            size = [-1, 3, -1, -1] if benchmark["views"] == "dense" else [-1, 3, self.crop, self.crop]
            self.network = compiled(self.model, execution, size)

    def choose_layout(self):
        best = {}
        for layout in LAYOUTS:
            self.use(layout)
            self.logits(self.trial.contiguous(memory_format=LAYOUTS[layout]))
            start = time.perf_counter()
            self.logits(self.trial.contiguous(memory_format=LAYOUTS[layout]))
            best[layout] = time.perf_counter() - start
        self.layout = min(best, key=best.get)

    def warm_up(self, layout):
        self.use(layout)
        timed(self)

    def use(self, layout):
        self.layout = layout
        if layout is not None:
            self.model.to(memory_format=LAYOUTS[layout])
            self.model.eval()

    def run(self):
        for file in self.files:
            with Image.open(file) as opened:
                image = opened.convert("RGB")
            total = sum(self.scaled(image, scale) for scale in self.benchmark["scales"])
            total /= len(self.benchmark["scales"])
        return len(self.files)

    def scaled(self, image, scale):
        resized = F.resize(image, scale, InterpolationMode.BILINEAR, antialias=True)
        pixels = F.pil_to_tensor(resized).float() - self.mean
        views = [pixels] if self.benchmark["views"] == "dense" else list(self.crops(pixels))
        stacked = torch.stack(views)
        both = torch.cat([stacked, stacked.flip(3)])
        if self.layout is not None:
            both = both.contiguous(memory_format=LAYOUTS[self.layout])
        parts = [torch.softmax(self.logits(part.to(self.device)), 1) for part in both.split(self.batch)]
        return torch.cat(parts).mean(0)

    def crops(self, pixels):
        _, height, width = pixels.shape
        for row in range(5):
            for column in range(5):
                top, left = row * (height - self.crop) // 4, column * (width - self.crop) // 4
                yield pixels[:, top : top + self.crop, left : left + self.crop]


def dense(model, side):
    """FC layers as convolutions, class scores averaged over space."""
    first, second, third = (layer for layer in model.classifier if isinstance(layer, torch.nn.Linear))

    def convolution(linear, inputs, kernel):
        layer = torch.nn.Conv2d(inputs, linear.out_features, kernel)
        layer.weight.data = linear.weight.data.view(linear.out_features, inputs, kernel, kernel)
        layer.bias.data = linear.bias.data
        return layer

    return torch.nn.Sequential(
        model.features,
        convolution(first, 512, side),
        torch.nn.ReLU(True),
        convolution(second, second.in_features, 1),
        torch.nn.ReLU(True),
        convolution(third, third.in_features, 1),
        torch.nn.AdaptiveAvgPool2d(1),
        torch.nn.Flatten(),
    )


def build(name, benchmark, device):
    """torchvision's network with the head that ours has: the first FC layer sees the last pooling's whole output."""
    # On no device at first, so that torchvision's own larger head takes no memory.
    with torch.device("meta"):
        quick = {"init_weights": False} if name == "googlenet" else {}
        model = torchvision.models.get_model(name, weights=None, num_classes=benchmark["classes"], **quick)
    if not hasattr(model, "classifier"):
        return initialized(model.to_empty(device=device))
    with torch.device("meta"):
        model.avgpool = torch.nn.Identity()
        width, layers = benchmark["fcWidth"], list(model.classifier)
        inputs = model.features(torch.empty(1, 3, benchmark["crop"], benchmark["crop"])).numel()
        linear = [index for index, layer in enumerate(layers) if isinstance(layer, torch.nn.Linear)]
        for index, outputs in zip(linear, (width, width, benchmark["classes"]), strict=True):
            layers[index] = torch.nn.Linear(inputs, outputs)
            inputs = outputs
        model.classifier = torch.nn.Sequential(*layers)
    return initialized(model.to_empty(device=device))


def initialized(model):
    for name, parameter in model.named_parameters():
        if parameter.dim() > 1:
            torch.nn.init.kaiming_normal_(parameter, nonlinearity="relu")
        elif name.endswith("bias"):
            torch.nn.init.zeros_(parameter)
        else:
            torch.nn.init.ones_(parameter)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.reset_running_stats()
    return model


class Files(torch.utils.data.Dataset):
    """As training does with torchvision: Pillow decodes, the shorter side becomes a random S, then crop and flip."""

    def __init__(self, task):
        benchmark = task["benchmark"]
        self.files, self.scale = task["files"], benchmark["scale"]
        self.crop = torchvision.transforms.RandomCrop(benchmark["crop"])
        self.flip = torchvision.transforms.RandomHorizontalFlip()
        self.tensor = torchvision.transforms.ToTensor()
        self.normalize = torchvision.transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
        own = benchmark.get("distortions", {})
        self.resized, self.turn, self.after, self.erase = self.resizing(own, benchmark["crop"]), *self.distorting(own)

    @staticmethod
    def resizing(own, crop):
        if own.get("crops") != "resized":
            return None
        area = (own["cropArea"], 1.0)
        return torchvision.transforms.RandomResizedCrop(crop, area, interpolation=InterpolationMode.BILINEAR)

    @staticmethod
    def distorting(own):
        transforms = torchvision.transforms
        same = torch.nn.Identity()
        turned = transforms.RandomRotation(own.get("rotation", 0), interpolation=InterpolationMode.BILINEAR)
        colors = [own.get(name, 0) for name in ("brightness", "contrast", "saturation")]
        after = [transforms.ColorJitter(*colors)] if any(colors) else []
        if own.get("blur"):
            # As wide as ours at the widest: three standard deviations each way.
            blur = transforms.GaussianBlur(2 * math.ceil(3 * own["blur"]) + 1, (0.1, own["blur"]))
            after.append(transforms.RandomApply([blur], 0.5))
        erase = transforms.RandomErasing(own["erasing"]) if own.get("erasing") else same
        return (turned if own.get("rotation") else same), transforms.Compose(after), erase

    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        with Image.open(self.files[index]) as file:
            image = file.convert("RGB")
        if self.resized:
            cropped = self.resized(self.turn(image))
        else:
            side = random.randint(self.scale["min"], self.scale["max"])
            image = F.resize(image, side, InterpolationMode.BILINEAR, antialias=True)
            cropped = self.crop(self.turn(image))
        return self.erase(self.normalize(self.tensor(self.after(self.flip(cropped))))), 0


class Pipeline:
    layout = None
    device = torch.device("cpu")

    def __init__(self, task):
        benchmark = task["benchmark"]
        self.loader = torch.utils.data.DataLoader(
            Files(task),
            batch_size=benchmark["batch"],
            shuffle=True,
            num_workers=benchmark["workers"],
            persistent_workers=True,
        )

        alpha = benchmark.get("distortions", {}).get("mixup")
        mixup = alpha and v2.MixUp(alpha=alpha, num_classes=benchmark.get("classes", 1000))
        self.mixed = mixup or (lambda *batch: batch)

    def run(self):
        return sum(len(self.mixed(images, labels)[1]) for images, labels in self.loader)


def peak_memory():
    """Bytes of main memory that this process has had at most."""
    try:
        with open("/proc/self/status") as status:
            line = next(line for line in status if line.startswith("VmHWM:"))
        return 1024 * int(line.split()[1])
    except (OSError, StopIteration):
        pass
    try:
        import resource
    except ImportError:
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main()
