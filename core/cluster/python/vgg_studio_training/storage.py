"""
The folder of a run that the studio and all workers see. The studio writes `task.json`, `network.py`,
`start.safetensors` and `control.json`; a training writes

- `metrics/attempt-00001.jsonl`: one line of JSON for each event, in order, by one file for each attempt;
- `checkpoints/attempt-00001-epoch-00002/`: `checkpoint.safetensors`, and `complete`, an empty file that comes last.
  Within an epoch `-step-N` follows, N being the updates since the start.
"""

import errno
import importlib.util
import json
import os
import re
import shutil

from .errors import StudioError

NAME = re.compile(r"attempt-(\d+)-epoch-(\d+)(?:-step-(\d+))?")


class Storage:
    """The first worker alone writes."""

    def __init__(self, folder):
        self.folder = folder
        self._metrics = None
        self._kinds = {}
        self.attempt = None

    def path(self, *parts):
        """A path in the folder."""
        return os.path.join(self.folder, *parts)

    def task(self):
        """What is to be trained, and how (core/cluster/task.ts)."""
        with open(self.path("task.json"), encoding="utf-8") as file:
            return json.load(file)

    def network(self):
        """The network in PyTorch, which the studio has written."""
        spec = importlib.util.spec_from_file_location("vgg_studio_network", self.path("network.py"))
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.Model()

    def asked(self):
        """What a person wants of the training: `run`, `pause` or `stop`."""
        try:
            with open(self.path("control.json"), encoding="utf-8") as file:
                return json.load(file)["state"]
        except FileNotFoundError:
            return "run"

    def begin(self):
        """The number of this attempt, from 1: one more than of any before."""
        folder = self.path("metrics")
        with disk_full("metrics", folder):
            os.makedirs(folder, exist_ok=True)
            numbers = [int(name[8:13]) for name in os.listdir(folder) if re.fullmatch(r"attempt-\d{5}\.jsonl", name)]
            self.attempt = max(numbers, default=0) + 1
            for number in sorted(numbers):
                self._recall(os.path.join(folder, f"attempt-{number:05}.jsonl"))
            self._metrics = open(os.path.join(folder, f"attempt-{self.attempt:05}.jsonl"), "x", encoding="utf-8")
        return self.attempt

    def _recall(self, path):
        """What the checkpoints of an earlier attempt are. A worker that was killed leaves half a line."""
        with open(path, encoding="utf-8") as file:
            for line in file:
                if '"event": "checkpoint"' in line and line.endswith("\n"):
                    event = json.loads(line)
                    self._kinds[event["name"]] = event["kinds"]

    def tell(self, event, **values):
        """Adds an event to the metrics."""
        line = {"attempt": self.attempt, "event": event, **values}
        with disk_full("metrics", self.path("metrics")):
            self._metrics.write(json.dumps(line) + "\n")
            self._metrics.flush()

    def newest(self):
        """Path of the newest whole checkpoint; None where there is none."""
        found = self._checkpoints()
        return self.path("checkpoints", found[-1], "checkpoint.safetensors") if found else None

    def save(self, name, write):
        """Writes a checkpoint by `write(path)`, then its marker."""
        folder = self.path("checkpoints", name)
        with disk_full("checkpoint", folder):
            shutil.rmtree(folder, ignore_errors=True)
            os.makedirs(folder)
            path = os.path.join(folder, "checkpoint.safetensors")
            write(path)
            descriptor = os.open(path, os.O_RDWR)
            os.fsync(descriptor)
            os.close(descriptor)
            with open(os.path.join(folder, "complete"), "x"):
                pass
        return os.path.getsize(path)

    def saved(self, name, kinds, **values):
        """Tells of a checkpoint, and removes those that nothing needs: neither the best, nor an epoch's, nor the newest two."""
        self._kinds[name] = kinds
        self.tell("checkpoint", name=name, kinds=kinds, **values)
        best = [one for one, its in self._kinds.items() if "best" in its][-1:]
        for one in self._checkpoints()[:-2]:
            if one not in best and "epoch" not in self._kinds.get(one, []):
                shutil.rmtree(self.path("checkpoints", one), ignore_errors=True)

    def _checkpoints(self):
        """Names of whole checkpoints, oldest first."""
        try:
            names = os.listdir(self.path("checkpoints"))
        except FileNotFoundError:
            return []
        whole = [name for name in names if NAME.fullmatch(name) and os.path.exists(self.path("checkpoints", name, "complete"))]
        return sorted(whole, key=lambda name: [int(part or 0) for part in NAME.fullmatch(name).groups()])


class disk_full:
    """Says of a full disk what could not be written there."""

    def __init__(self, what, path):
        self.what, self.path = what, path

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if error is None or isinstance(error, StudioError):
            return
        # safetensors has an error of its own for what the system says.
        is_full = getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or "os error 28" in str(error)
        if is_full or "No space left" in str(error):
            raise StudioError("cluster-storage-full", what=self.what, path=self.path) from error
