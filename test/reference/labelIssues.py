"""Makes test/fixtures/labelIssues.json: which labels cleanlab 2.9 finds wrong, by its default rule.

    pip install numpy cleanlab
    python test/reference/labelIssues.py

The probabilities are made up: over-confident soft-max outputs, rounded to five digits, of which a share belongs to another
class than the label says. Small classes, classes without an image, a network that guesses, and confusable pairs are
among the cases.

cleanlab rounds rows of counts together by NumPy's default sort, which orders equal fractions differently from processor to
processor. Cases in which that decides are passed over: where a stable sort gives another list, the next seed is taken.
"""

import json
from pathlib import Path
from unittest import mock

import numpy as np
from cleanlab.filter import find_label_issues

CASES = [  # images, classes, share of wrong labels, how sure, whether the last class has no image
    (400, 3, 0.1, 2.5, False),
    (500, 10, 0.2, 3.0, False),
    (300, 5, 0.4, 1.5, False),
    (120, 12, 0.1, 2.0, False),
    (60, 6, 0.0, 0.0, False),
    (200, 7, 0.15, 2.5, True),
    (250, 2, 0.3, 2.0, False),
    (500, 25, 0.25, 4.0, False),
]


def case(seed, images, classes, wrong, sure, empty):
    generator = np.random.default_rng(seed)
    frequencies = generator.dirichlet(np.full(classes - empty, 3.0))
    truth = generator.choice(classes - empty, images, p=frequencies)
    labels = np.where(generator.random(images) < wrong, (truth + 1 + generator.integers(0, 2, images)) % (classes - empty), truth)
    logits = generator.normal(0, 1, (images, classes))
    logits[np.arange(images), truth] += sure
    logits[:, 0] += 0.5
    probabilities = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities = np.round(probabilities / probabilities.sum(axis=1, keepdims=True), 5)
    # As the project keeps them: 32-bit floats.
    probabilities = probabilities.astype(np.float32).astype(np.float64)
    found = issues(labels, probabilities)
    if found != stably(labels, probabilities):
        return None
    return {
        "classes": classes,
        "labels": labels.tolist(),
        "probabilities": [float(f"{value:.5f}") for value in probabilities.ravel()],
        "issues": found,
    }


def issues(labels, probabilities):
    return find_label_issues(labels, probabilities, return_indices_ranked_by="self_confidence", n_jobs=1).tolist()


def stably(labels, probabilities):
    sort = np.argsort
    with mock.patch("numpy.argsort", lambda values: sort(values, kind="stable")):
        return issues(labels, probabilities)


def first(settings):
    return next(found for seed in range(1000) if (found := case(seed, *settings)))


fixture = [first(settings) for settings in CASES]
for one in fixture:
    print(len(one["labels"]), one["classes"], len(one["issues"]))
path = Path(__file__).parent.parent / "fixtures" / "labelIssues.json"
path.write_text(json.dumps(fixture, separators=(",", ":")) + "\n")
