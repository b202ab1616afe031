"""The training loop: the studio's (core/training) on PyTorch, by one worker or several."""

import contextlib
import hashlib
import math
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from . import checkpoint, schedule
from .batches import Pictures, Unreadable, micro_batch, pieces
from .errors import StudioError
from .order import epoch_order
from .workers import synchronized

CODES = {"run": 0, "pause": 1, "stop": 2}
PAUSED_SECONDS = 0.5
LISTED_FILES = 20


def train(storage, workers, root, where, threads=2):
    """
    Trains from the newest whole checkpoint in the storage, else from `start.safetensors`, until the recipe's end or
    until a person wants it to stop. `root`: folder of the images. `where`: words for what it runs on.
    Raises StudioError.
    """
    run = Run(storage, workers, root, where, threads)
    try:
        return run.train()
    finally:
        run.pictures.close()


class Run:
    """A training between two updates."""

    def __init__(self, storage, workers, root, where, threads):
        self.storage, self.workers = storage, workers
        self.task = storage.task()
        self.optimization = self.task["recipe"]["optimization"]
        self.pictures = Pictures(self.task, root, threads)
        self.labels = [label for _, label in self.task["training"]]
        self.told = set()
        check_images(self.task, root)
        attempt, path = workers.first(lambda: (storage.begin(), storage.newest()))
        storage.attempt = attempt
        self.header, weights, self.momentum = checkpoint.load(path or storage.path("start.safetensors"))
        self.precision = precision_of(self.task, workers.device)
        if self.precision == "fp32":
            torch.backends.cudnn.allow_tf32 = False
        self.model = storage.network()
        # The counters of batches are PyTorch's own.
        missing, unexpected = self.model.load_state_dict(weights, strict=False)
        wrong = [name for name in missing if not name.endswith("num_batches_tracked")] + list(unexpected)
        if wrong:
            raise ValueError(f"The weights do not fit the network: {', '.join(wrong)}")
        if workers.count > 1 and self.task["batchNorm"] == "synchronized":
            synchronized(self.model)
        self.model.to(workers.device)
        self.frozen = None
        self.header["microBatch"] = self.task["microBatch"]
        self.header["threads"] = {"engine": torch.get_num_threads(), "decode": threads}
        self.header["execution"] = {"engine": "pytorch", "engineVersion": torch.__version__, "device": where}
        self.header["execution"]["precision"] = self.precision
        digest = hashlib.sha256(np.asarray(self.labels, dtype="<i4").tobytes()).hexdigest()
        self.header["images"] = {"count": len(self.labels), "labels": digest}

    def train(self):
        header = self.header
        self.tell(
            "started",
            **{key: value for key, value in header["execution"].items() if key != "engineVersion"},
            engineVersion=torch.__version__,
            threads=header["threads"],
            microBatch=header["microBatch"],
            position={"epoch": header["position"]["epoch"], "step": header["position"]["step"]},
            epochs=header["epochs"],
            recipe=header["recipe"],
        )
        while not self.finished():
            if self.task["until"] is not None and header["position"]["epoch"] >= self.task["until"]:
                return self.end("stopped")
            self.freeze()
            if self.epoch() == "stopped":
                self.save_within_epoch()
                return self.end("stopped")
            self.close_epoch()
        return self.end("completed")

    def end(self, status):
        self.tell("ended", status=status)
        return status

    def tell(self, event, **values):
        if self.workers.rank == 0:
            self.storage.tell(event, **values)

    def finished(self):
        done = self.header["position"]["epoch"] >= self.optimization["epochs"]
        return done or schedule.stops_early(self.optimization, self.header["schedule"])

    def freeze(self):
        """Opens the optimizer for the layers that learn in this epoch, if they are others than before."""
        epoch = self.header["position"]["epoch"]
        frozen = [one["layers"] for one in self.task["frozen"] if one["from"] <= epoch][-1]
        if frozen == self.frozen:
            return
        self.remember_momentum()
        self.frozen = frozen
        self.still = [self.model.get_submodule(name) for name in frozen]
        held = {id(parameter) for module in self.still for parameter in module.parameters()}
        factors = self.task["rateFactors"]
        self.groups = []
        for name, parameter in self.model.named_parameters():
            parameter.requires_grad_(id(parameter) not in held)
            if parameter.requires_grad:
                layer = name.rsplit(".", 1)[0]
                self.groups.append({"params": [parameter], "factor": factors.get(layer, 1), "name": name})
        options = {"momentum": self.optimization["momentum"], "weight_decay": self.optimization["weightDecay"]}
        self.optimizer = torch.optim.SGD(self.groups, lr=0.0, **options)
        for group in self.optimizer.param_groups:
            before = self.momentum.get(group["name"])
            if before is not None:
                [parameter] = group["params"]
                self.optimizer.state[parameter]["momentum_buffer"] = before.to(self.workers.device, copy=True)
        if self.workers.count > 1:
            device = self.workers.device
            ids = [device.index] if device.type == "cuda" else None
            self.wrapped = nn.parallel.DistributedDataParallel(self.model, device_ids=ids, broadcast_buffers=False)
        else:
            self.wrapped = self.model

    def remember_momentum(self):
        if self.frozen is None:
            return
        for group in self.optimizer.param_groups:
            state = self.optimizer.state.get(group["params"][0], {})
            if state.get("momentum_buffer") is not None:
                self.momentum[group["name"]] = state["momentum_buffer"]

    def rate(self, images_done):
        step = images_done // self.optimization["batchSize"]
        epoch = self.header["position"]["epoch"]
        return schedule.learning_rate(self.optimization, self.header["schedule"], epoch, step, self.steps())

    def steps(self):
        return -(-len(self.labels) // self.optimization["batchSize"])

    def epoch(self):
        """Trains to the epoch's end, or to where a person wants it to stop."""
        position = self.header["position"]
        recipe, epoch = self.task["recipe"], position["epoch"]
        order = epoch_order(self.labels, recipe["seed"], epoch, recipe["data"]["sampling"])
        batch = self.optimization["batchSize"]
        updates = [(start, min(start + batch, len(order))) for start in range(position["imagesDone"], len(order), batch)]
        jobs = [
            (update, piece, index)
            for update in updates
            for index, piece in enumerate(pieces(*update, self.task["microBatch"], self.workers.rank, self.workers.count))
        ]
        mixes = self.task["augmentation"]["mixup"] > 0

        def begin(job):
            _, (first, last), _ = job
            if first == last:
                first, last = min(first, len(order) - 1), min(first, len(order) - 1) + 1
            return [self.pictures.training(order, epoch, at) for at in range(first - (mixes and first > 0), last)]

        self.model.train()
        for module in self.still:
            module.eval()
        sums, since, asked = [0.0, 0, 0], time.monotonic(), time.monotonic()
        waited = 0.0
        loader = self.pictures.ahead(jobs, begin)
        for ((start, end), piece, index), loaded in loader:
            waited += time.monotonic() - asked
            self.unreadable(loaded)
            number = len(pieces(start, end, self.task["microBatch"], self.workers.rank, self.workers.count))
            is_last = index == number - 1
            part = self.accumulate(order, epoch, piece, end - start, loaded, index, is_last)
            sums = [a + b for a, b in zip(sums, part)]
            if is_last:
                seconds = time.monotonic() - since
                asks = self.update(start, end, sums, seconds, waited)
                if asks == "stop" or (asks == "pause" and self.pause() == "stop"):
                    loader.close()
                    return "stopped"
                sums, since, waited = [0.0, 0, 0], time.monotonic(), 0.0
            asked = time.monotonic()
        return "done"

    def accumulate(self, order, epoch, piece, images, loaded, index, is_last):
        """Forward and backward of one micro-batch. (Sum of weighted losses, correct, readable images)"""
        first, last = piece
        is_empty = first == last
        if is_empty:
            # Every worker takes part in what all compute together: with an image that does not count.
            first, last = min(first, len(order) - 1), min(first, len(order) - 1) + 1
        planes, labels, targets, weights = micro_batch(self.task, order, epoch, first, last, images, loaded)
        is_empty = is_empty or not planes
        if not planes:
            if self.workers.count == 1:
                return [0.0, 0, 0]
            size = self.task["augmentation"]["crop"]
            planes, targets = [np.zeros((3, size, size), np.float32)], [np.zeros(len(self.task["classes"]))]
            labels, weights = [0], [0.0]
        device = self.workers.device
        x = torch.from_numpy(np.stack(planes)).to(device)
        target = torch.from_numpy(np.stack(targets).astype(np.float32)).to(device)
        weight = torch.tensor([0.0] * len(labels) if is_empty else weights, dtype=torch.float32, device=device)
        step, rank = self.header["position"]["step"], self.workers.rank
        torch.manual_seed(int.from_bytes(hashlib.sha256(repr((self.task["recipe"]["seed"], step, index, rank)).encode()).digest()[:7], "big"))
        alone = self.workers.count > 1 and not is_last
        with self.wrapped.no_sync() if alone else contextlib.nullcontext():
            with torch.autocast(device.type, torch.bfloat16, enabled=self.precision == "bf16"):
                outputs = self.wrapped(x)
            losses = [-(weight * (target * F.log_softmax(one.float(), 1)).sum(1)).sum() for one in outputs]
            total = sum(scale * loss for scale, loss in zip(self.task["lossWeights"], losses))
            # DDP takes the mean of the workers' gradients, and an update is their sum.
            (total * self.workers.count).backward()
        if is_empty:
            return [0.0, 0, 0]
        logits, truth = outputs[0].detach().float(), torch.tensor(labels, device=device)
        return [losses[0].item(), int((ranks(logits, truth) == 0).sum()), len(labels)]

    def update(self, start, end, sums, seconds, waited):
        position, own = self.header["position"], self.header["sums"]
        control = CODES[self.storage.asked()] if self.workers.rank == 0 else 0
        loss, correct, readable, asked = self.workers.sum([*sums, control])
        readable, correct = int(readable), int(correct)
        rate = self.rate(position["imagesDone"])
        at = {"epoch": position["epoch"] + 1, "step": position["step"] + 1, "learningRate": rate}
        if not math.isfinite(loss):
            raise StudioError("diverged", **at)
        if readable == 0:
            raise StudioError("unreadable-images", what="batch", images=end - start, example=None)
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["factor"]
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=False)
        loss = loss * (end - start) / readable
        self.header["position"] = {**position, "imagesDone": end, "step": position["step"] + 1}
        added = {"loss": loss * readable, "correct": correct, "images": readable, "seconds": seconds, "waited": waited}
        self.header["sums"] = {key: own[key] + value for key, value in added.items()}
        self.tell(
            "step",
            **at,
            imagesDone=end,
            loss=loss,
            error=1 - correct / readable,
            imagesPerSecond=(end - start) / seconds,
            dataWait=self.header["sums"]["waited"],
        )
        return next(name for name, code in CODES.items() if code == int(asked))

    def pause(self):
        """Saves and waits. What a person asks for then."""
        self.save_within_epoch()
        self.tell("paused")
        while (asked := self.workers.first(self.storage.asked)) == "pause":
            time.sleep(PAUSED_SECONDS)
        if asked == "run":
            self.tell("resumed")
        return asked

    def unreadable(self, loaded):
        for one in loaded:
            if isinstance(one, Unreadable) and one.path not in self.told and len(self.told) < LISTED_FILES:
                self.told.add(one.path)
                is_last = len(self.told) == LISTED_FILES
                self.tell("unreadable", path=one.path, reason=one.reason, isLast=is_last)

    @torch.no_grad()
    def validate(self):
        """Loss and errors over the validation images, in 32-bit floats. None without any."""
        count = len(self.task["validation"])
        if count == 0:
            return None
        self.model.eval()
        rank, workers, size = self.workers.rank, self.workers.count, self.task["microBatch"]
        own = list(range(count * rank // workers, count * (rank + 1) // workers))
        groups = [own[at : at + size] for at in range(0, len(own), size)]
        sums = [0, 0.0, 0, 0]
        begin = lambda group: [self.pictures.validation(position) for position in group]  # noqa: E731
        for group, loaded in self.pictures.ahead(groups, begin):
            self.unreadable(loaded)
            read = [(planes, at) for planes, at in zip(loaded, group) if isinstance(planes, np.ndarray)]
            if not read:
                continue
            x = torch.from_numpy(np.stack([planes for planes, _ in read])).to(self.workers.device)
            truth = torch.tensor([self.task["validation"][at][1] for _, at in read], device=self.workers.device)
            logits = self.model(x)[0].double()
            place = ranks(logits, truth)
            losses = F.cross_entropy(logits, truth, reduction="sum").item()
            sums = [a + b for a, b in zip(sums, [len(read), losses, int((place >= 1).sum()), int((place >= 5).sum())])]
        images, loss, wrong, wrong5 = self.workers.sum(sums)
        if images == 0:
            raise StudioError("unreadable-images", what="validation")
        if not math.isfinite(loss):
            position = self.header["position"]
            rate = self.rate((self.steps() - 1) * self.optimization["batchSize"])
            raise StudioError("diverged", epoch=position["epoch"] + 1, step=position["step"], learningRate=rate)
        top5 = wrong5 / images if len(self.task["classes"]) > 5 else None
        return {"loss": loss / images, "top1Error": wrong / images, "top5Error": top5, "images": int(images)}

    def close_epoch(self):
        start = time.monotonic()
        self.workers.copy_buffers(self.model)
        validation = self.validate()
        header, sums = self.header, self.header["sums"]
        epoch = header["position"]["epoch"] + 1
        record = {
            "epoch": epoch,
            "trainingLoss": sums["loss"] / sums["images"],
            "trainingError": 1 - sums["correct"] / sums["images"],
            "images": sums["images"],
            "validation": validation,
            "learningRate": self.rate((self.steps() - 1) * self.optimization["batchSize"]),
            "imagesPerSecond": sums["images"] / max(sums["seconds"], 1e-9),
            "dataWait": sums["waited"],
            "seconds": sums["seconds"] + time.monotonic() - start,
        }
        best = header["best"]
        is_best = validation is not None and (
            best is None or (validation["top1Error"], validation["loss"]) < (best["top1Error"], best["loss"])
        )
        if is_best:
            keys = ("top1Error", "loss", "images")
            header["best"] = {"epoch": epoch, **{key: validation[key] for key in keys}}
        header["position"] = {**header["position"], "epoch": epoch, "imagesDone": 0}
        header["sums"] = {"loss": 0, "correct": 0, "images": 0, "seconds": 0, "waited": 0}
        state = schedule.advance(self.optimization["schedule"], header["schedule"], validation, record["trainingLoss"])
        header["schedule"] = state
        header["epochs"] = [*header["epochs"], record]
        self.tell("epoch", **record)
        every = self.task["recipe"]["checkpoints"]["every"]
        is_kept = every is not None and epoch % every == 0
        kinds = [*(["epoch"] if is_kept else []), *(["best"] if is_best else []), "last"]
        self.save(f"attempt-{self.storage.attempt:05}-epoch-{epoch:05}", kinds)

    def save_within_epoch(self):
        self.workers.copy_buffers(self.model)
        position = self.header["position"]
        name = f"attempt-{self.storage.attempt:05}-epoch-{position['epoch']:05}-step-{position['step']:09}"
        self.save(name, ["last"])

    def save(self, name, kinds):
        def write():
            self.remember_momentum()
            weights = {name: value for name, value in self.model.state_dict().items() if "num_batches" not in name}
            size = self.storage.save(name, lambda path: checkpoint.save(path, self.header, weights, self.momentum))
            position = self.header["position"]
            at = {"epoch": position["epoch"], "step": position["step"], "bytes": size}
            self.storage.saved(name, kinds, **at)

        # All wait for it, and end with it where it fails.
        self.workers.first(write)


def ranks(logits, truth):
    """How many classes come before the true one; it comes after its equals (core/engine/targets.ts)."""
    own = logits.gather(1, truth[:, None])
    return (~(logits < own)).sum(1) - 1


def precision_of(task, device):
    """fp32 or bf16; where the recipe leaves it open, bf16 on a GPU that has it."""
    asked = task["recipe"]["execution"]["precision"]
    if asked != "auto":
        return asked
    return "bf16" if device.type == "cuda" and torch.cuda.is_bf16_supported() else "fp32"


def check_images(task, root):
    """Reads the images of the sample, and compares their content with what the studio has seen."""
    for path, digest in task["sample"]:
        full = f"{root}/{path}"
        try:
            with open(full, "rb") as file:
                found = hashlib.sha256(file.read()).hexdigest()
        except OSError as error:
            raise StudioError("cluster-images", path=full, what="missing", detail=error.strerror) from error
        if found != digest:
            raise StudioError("cluster-images", path=full, what="differs", detail=None)
