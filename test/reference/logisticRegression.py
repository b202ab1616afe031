"""Makes test/fixtures/training/logisticRegression.json: coefficients of scikit-learn for a small problem.

python test/reference/logisticRegression.py
"""
import json
import pathlib

import numpy as np
from sklearn.linear_model import LogisticRegression

random = np.random.default_rng(3)
count, size, classes = 30, 5, 3
labels = random.integers(0, classes, count)
values = np.round(random.normal(size=(count, size)) + np.eye(classes, size)[labels], 4)
weights = np.round(random.uniform(0.5, 2, count), 4)
cases = []
for decay in (1.0, 0.01):
    # scikit-learn minimizes C · Σ weight · loss + ½‖W‖².
    model = LogisticRegression(C=1 / (decay * weights.sum()), tol=1e-10, max_iter=10_000)
    model.fit(values, labels, sample_weight=weights)
    coefficients = np.concatenate([model.coef_.ravel(), model.intercept_ - model.intercept_.mean()])
    cases.append({"weightDecay": decay, "coefficients": coefficients.tolist()})
path = pathlib.Path(__file__).parent.parent / "fixtures/training/logisticRegression.json"
content = {"values": values.ravel().tolist(), "labels": labels.tolist(), "weights": weights.tolist(), "cases": cases}
path.write_text(json.dumps(content) + "\n")
