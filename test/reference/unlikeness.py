"""Makes test/fixtures/unlikeness.json: how far the fifth nearest training image is, by scikit-learn.

    pip install numpy scikit-learn
    python test/reference/unlikeness.py

Features are made up: three groups, rounded to four digits. Those asked about lie in a group, between two, far out, or opposite.
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
others = [centers[0] + centers[1], centers[1] * 6, -centers[2] * 3, np.zeros(8)]
asked = np.round(np.vstack([group(3), others]), 4)


def fifth(among, asked, own=False):
    """Distances and rows; an image itself, which is nearest to itself, does not count."""
    distances, rows = NearestNeighbors(n_neighbors=6 if own else 5).fit(among).kneighbors(asked)
    return distances[:, -1], rows


def standardized(asked, usual):
    """In standard deviations of the usual distances, by direction or by features as they are, whichever is more."""
    return np.max([(one - own.mean()) / own.std() for one, own in zip(asked, usual)], axis=0)


kinds = (normalize, np.asarray)
usual = [fifth(kind(training), kind(held))[0] for kind in kinds]
alone = [fifth(kind(training), kind(training), own=True)[0] for kind in kinds]
distances = standardized([fifth(kind(training), kind(asked))[0] for kind in kinds], usual)
nearest = fifth(normalize(training), normalize(asked))[1]
usual = np.sort(standardized(usual, usual))
alone = np.sort(standardized(alone, alone))
result = {
    "size": 8,
    "training": training.ravel().tolist(),
    "held": held.ravel().tolist(),
    "asked": asked.tolist(),
    "usual": usual.tolist(),
    "alone": alone.tolist(),
    "distances": distances.tolist(),
    "nearest": nearest.tolist(),
    "shares": [float(np.mean(usual < one)) for one in distances],
}
Path(__file__).parent.joinpath("../fixtures/unlikeness.json").write_text(json.dumps(result) + "\n")
