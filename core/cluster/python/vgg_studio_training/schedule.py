"""Learning rate, plateau and early stop, as core/training/schedule.ts has them."""

import math

INITIAL = {"best": None, "sinceBest": 0, "waited": 0, "drops": 0}


def advance(schedule, state, validation, training_loss):
    """The state after one more epoch; `validation` is None without validation images."""
    measure = training_loss if validation is None else validation["top1Error"]
    if state["best"] is None or measure < state["best"]:
        return {**state, "best": measure, "sinceBest": 0, "waited": 0}
    state = {**state, "sinceBest": state["sinceBest"] + 1, "waited": state["waited"] + 1}
    if schedule["kind"] == "plateau" and state["waited"] >= schedule["patience"]:
        if state["drops"] < schedule["maxDrops"]:
            return {**state, "waited": 0, "drops": state["drops"] + 1}
    return state


def stops_early(optimization, state):
    """Whether nothing has become better for as long as the recipe waits."""
    early = optimization["earlyStop"]
    return early is not None and state["sinceBest"] >= early["patience"]


def learning_rate(optimization, state, epoch, step, steps_per_epoch):
    """The rate of the next update, after `epoch` whole epochs and `step` updates of the running one."""
    done = epoch + step / steps_per_epoch
    rate = _scheduled(optimization, state, done, epoch)
    warmup = (optimization["schedule"]["warmup"] or {"epochs": 0})["epochs"]
    if done >= warmup:
        return rate
    return rate * min(1, (done + 1 / steps_per_epoch) / warmup)


def _scheduled(optimization, state, done, epoch):
    schedule, rate, epochs = optimization["schedule"], optimization["learningRate"], optimization["epochs"]
    if schedule["kind"] == "plateau":
        return rate / schedule["factor"] ** state["drops"]
    if schedule["kind"] == "step":
        return rate / schedule["factor"] ** _step_drops(schedule["every"], epoch, epochs)
    if schedule["kind"] == "cosine":
        warmup = min((schedule["warmup"] or {"epochs": 0})["epochs"], epochs)
        way = min(1, max(0, (done - warmup) / max(epochs - warmup, 2.0**-52)))
        return schedule["final"] + ((rate - schedule["final"]) * (1 + math.cos(math.pi * way))) / 2
    return rate


def _step_drops(every, done, epochs):
    if every is not None:
        return done // every
    return sum(done >= max(1, math.floor(share * epochs + 0.5)) for share in (0.5, 0.75))
