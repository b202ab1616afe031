"""Makes test/fixtures/unlikeness.json: distances to the fifth nearest training image, by scikit-learn.

    pip install numpy scikit-learn
    python test/reference/unlikeness.py

Features are made up: three groups, rounded to four digits. Those asked about lie in a group, between two, or opposite.
"""

import json
from pathlib import Path

import numpy as np
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import normalize

random = np.random.default_rng(22)
centers = random.normal(size=(3, 8))


def group(count):
    return np.round(centers[np.arange(count) % 3] * 2 + random.normal(size=(count, 8)) * 0.5, 4)


training, held = group(40), group(15)
asked = np.round(np.vstack([group(3), [centers[0] + centers[1], -centers[2] * 3, np.zeros(8)]]), 4)
search = NearestNeighbors(n_neighbors=5).fit(normalize(training))
usual = np.sort(search.kneighbors(normalize(held))[0][:, -1])
# Without the image itself, which is nearest to itself.
alone = np.sort(NearestNeighbors(n_neighbors=6).fit(normalize(training)).kneighbors(normalize(training))[0][:, -1])
distances, nearest = search.kneighbors(normalize(asked))
result = {
    "size": 8,
    "training": training.ravel().tolist(),
    "held": held.ravel().tolist(),
    "asked": asked.tolist(),
    "usual": usual.tolist(),
    "alone": alone.tolist(),
    "distances": distances[:, -1].tolist(),
    "nearest": nearest.tolist(),
    "shares": [float(np.mean(usual < one)) for one in distances[:, -1]],
}
Path(__file__).parent.joinpath("../fixtures/unlikeness.json").write_text(json.dumps(result) + "\n")
