"""Makes test/fixtures/statistics.json: the numbers of core/evaluation/statistics by statsmodels, netcal and scikit-learn.

    pip install numpy scipy scikit-learn statsmodels netcal
    python test/reference/resultStatistics.py

`scores` are made-up soft-max outputs of 32-bit floats, over-confident, with ties, with confidences of exactly 1 and with
a class that no image has. The temperature is found by scipy in double precision, by another way than the project's.
"""

import json
from pathlib import Path

import numpy as np
from netcal.metrics import ECE, MCE
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, logsumexp
from scipy.stats import t as student
from scipy.stats import ttest_ind
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    precision_recall_curve,
    roc_auc_score,
    roc_curve,
    top_k_accuracy_score,
)
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

IMAGES, CLASSES = 300, 6
PAIRS = [(0, 0), (0, 1), (1, 0), (3, 3), (5, 12), (12, 5), (0, 20), (40, 41), (100, 140), (499, 501), (480, 560),
         (5000, 5200), (49000, 50000), (123456, 124456), (3, 900), (1, 60)]  # fmt: skip


def mcnemars():
    for first, second in PAIRS:
        p = mcnemar([[10, first], [second, 10]], exact=True).pvalue if first + second else 1.0
        yield {"onlyFirst": first, "onlySecond": second, "p": float(p)}


def make_scores():
    generator = np.random.default_rng(21)
    labels = generator.integers(0, CLASSES - 1, IMAGES)
    logits = generator.normal(0, 1.2, (IMAGES, CLASSES))
    logits[np.arange(IMAGES), labels] += 1.6
    logits *= 2.2
    logits[:8] *= 60
    logits[8:14, :2] = logits[8:14, :2].max(axis=1, keepdims=True)
    probabilities = np.exp(log_softmax(logits, axis=1)).astype(np.float32)
    probabilities[20:60] = np.round(probabilities[20:60] * 16) / 16
    sure = probabilities.sum(axis=1) == 0
    probabilities[sure, 0] = 1
    return labels, probabilities, log_softmax(logits, axis=1)[np.arange(IMAGES), labels]


def temperature(labels, probabilities, true_logs):
    logs = np.log(np.maximum(probabilities.astype(np.float64), 2.0**-149))
    logs[np.arange(IMAGES), labels] = true_logs

    def loss(inverse):
        scaled = logs * inverse
        return float(np.mean(logsumexp(scaled, axis=1) - scaled[np.arange(IMAGES), labels]))

    found = minimize_scalar(loss, bounds=(0.01, 10), method="bounded", options={"xatol": 1e-13})
    return {"temperature": 1 / found.x, "before": loss(1.0), "after": loss(found.x)}


def calibration(labels, probabilities):
    values = probabilities.astype(np.float64)
    top = values.max(axis=1)
    tied = (values == top[:, None]).sum(axis=1) > 1
    right = ((values.argmax(axis=1) == labels) & ~tied).astype(int)
    schemes = {"equal-width": True, "equal-mass": False}
    return {
        "error": {name: ECE(15, equal_intervals=equal).measure(top, right) for name, equal in schemes.items()},
        "largest": {name: MCE(15, equal_intervals=equal).measure(top, right) for name, equal in schemes.items()},
        "classes": [
            {name: ECE(15, equal_intervals=equal).measure(values[:, k], (labels == k).astype(int)) for name, equal in schemes.items()}
            for k in range(CLASSES)
        ],
        "brier": float(np.mean(np.sum((values - np.eye(CLASSES)[labels]) ** 2, axis=1))),
        "brierOfFirstClass": brier_score_loss((labels == 0).astype(int), values[:, 0]),
    }


def edges_of(confidence, equal_width):
    edges = np.linspace(0, 1, 16)
    if not equal_width:
        edges[1:-1] = np.quantile(confidence, edges[1:-1])
    return edges


def binned_error(confidence, right, edges):
    """Expected calibration error, by np.digitize: confidences, and of each draw (rows of `right`) what came true."""
    bins = np.clip(np.digitize(confidence, edges) - 1, 0, 14)
    member = np.eye(15)[bins]
    return np.abs((right - confidence) @ member).sum(axis=-1) / len(confidence)


def uncertainty(labels, probabilities):
    """Noise floor (what came true drawn anew with the stated confidences) and basic bootstrap interval of the error.

    netcal measures some of the same draws, so that the binning here is not taken on trust.
    """
    values = probabilities.astype(np.float64)
    top = values.max(axis=1)
    tied = (values == top[:, None]).sum(axis=1) > 1
    right = ((values.argmax(axis=1) == labels) & ~tied).astype(float)
    result = {}
    for name, equal_width in (("equal-width", True), ("equal-mass", False)):
        generator = np.random.default_rng(7)
        edges = edges_of(top, equal_width)
        drawn = (generator.random((100_000, IMAGES)) < top).astype(float)
        floor = binned_error(top, drawn, edges)
        by_netcal = [ECE(15, equal_intervals=equal_width).measure(top, one.astype(int)) for one in drawn[:200]]
        assert np.allclose(floor[:200], by_netcal, atol=1e-9)
        estimate = float(binned_error(top, right, edges))
        errors = np.empty(20_000)
        for round in range(len(errors)):
            sample = generator.integers(0, IMAGES, IMAGES)
            errors[round] = binned_error(top[sample], right[sample], edges_of(top[sample], equal_width))
        low, high = np.quantile(errors, [0.025, 0.975])
        result[name] = {
            "mean": float(floor.mean()),
            "high": float(np.quantile(floor, 0.95)),
            "deviation": float(floor.std()),
            "interval": [max(0, 2 * estimate - float(high)), max(0, 2 * estimate - float(low))],
            "bootstrapDeviation": float(errors.std()),
        }
    return result


def curves(labels, probabilities):
    for k in range(CLASSES):
        truth, score = (labels == k).astype(int), probabilities[:, k]
        if truth.sum() == 0:
            yield None
            continue
        fpr, tpr, _ = roc_curve(truth, score, drop_intermediate=False)
        precision, recall, _ = precision_recall_curve(truth, score)
        yield {
            "rocArea": roc_auc_score(truth, score),
            "averagePrecision": average_precision_score(truth, score),
            "roc": [fpr.tolist(), tpr.tolist()],
            "precisionRecall": [recall[:-1][::-1].tolist(), precision[:-1][::-1].tolist()],
        }


def seeds():
    first, second = [0.212, 0.224, 0.2305], [0.198, 0.2055, 0.2011, 0.2]
    interval = ttest_ind(first, second, equal_var=False).confidence_interval(0.95)
    return {
        "first": first,
        "second": second,
        "deviations": [float(np.std(first, ddof=1)), float(np.std(second, ddof=1))],
        "interval": [float(interval.low), float(interval.high)],
        "quantiles": [[d, float(student.ppf(0.975, d))] for d in (1, 1.5, 2, 3.7, 10, 44.2, 1000)],
    }


labels, probabilities, true_logs = make_scores()
p_values = [0.01, 0.04, 0.03, 0.005, 0.9, 0.04]
wilson = [(0, 10), (1, 10), (5, 10), (10, 10), (37, 1204), (1203, 1204)]
fixture = {
    "mcnemar": list(mcnemars()),
    "holm": {"p": p_values, "adjusted": multipletests(p_values, method="holm")[1].tolist()},
    "wilson": [[k, n, *map(float, proportion_confint(k, n, method="wilson"))] for k, n in wilson],
    "scores": {
        "labels": labels.tolist(),
        "probabilities": [float(value) for value in probabilities.ravel()],
        "logProbabilities": true_logs.tolist(),
    },
    "temperature": temperature(labels, probabilities, true_logs),
    "calibration": calibration(labels, probabilities),
    "uncertainty": uncertainty(labels, probabilities),
    "negativeLogLikelihood": float(-np.mean(true_logs)),
    "curves": list(curves(labels, probabilities)),
    "top": [float(top_k_accuracy_score(labels[60:], probabilities[60:], k=k, labels=range(CLASSES))) for k in range(1, CLASSES)],
    "seeds": seeds(),
}
path = Path(__file__).parent.parent / "fixtures" / "statistics.json"
path.write_text(json.dumps(fixture) + "\n")
