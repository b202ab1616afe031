"""Makes test/fixtures/nearDuplicates.json: the bootstrap over groups of near-duplicates, by NumPy.

    pip install numpy
    npx node test/reference/nearDuplicates.ts answers.json
    python test/reference/nearDuplicates.py answers.json

Groups are known by construction (the names of the files), not by the studio's search for near-duplicates.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

RESAMPLES = 400_000


def bootstrap(gains, sizes, seed):
    """Percentile interval and two-sided p-value of the mean gain; clusters are drawn with replacement."""
    generator = np.random.default_rng(seed)
    values = []
    for _ in range(RESAMPLES // 10_000):
        drawn = generator.integers(0, len(gains), (10_000, len(gains)))
        values.append(gains[drawn].sum(axis=1) / sizes[drawn].sum(axis=1))
    values = np.concatenate(values)
    low, high = np.quantile(values, [0.025, 0.975])
    p = 2 * (min((values <= 0).sum(), (values >= 0).sum()) + 1) / (RESAMPLES + 1)
    return {"interval": [float(low), float(high)], "p": float(min(1, p)), "deviation": float(values.std())}


answers = json.loads(Path(sys.argv[1]).read_text())
clusters = defaultdict(list)
for answer in answers:
    clusters[answer["original"]].append(int(answer["second"]) - int(answer["first"]))
gain = np.array([sum(one) for one in clusters.values()], dtype=float)
size = np.array([len(one) for one in clusters.values()], dtype=float)
each = np.array([int(one["second"]) - int(one["first"]) for one in answers], dtype=float)
fixture = {
    "answers": answers,
    "difference": float(each.mean()),
    "groups": int((size > 1).sum()),
    "grouped": int(size[size > 1].sum()),
    "byGroups": bootstrap(gain, size, 1),
    "byImages": bootstrap(each, np.ones(len(each)), 2),
}
path = Path(__file__).parent.parent / "fixtures" / "nearDuplicates.json"
path.write_text(json.dumps(fixture) + "\n")
print({key: value for key, value in fixture.items() if key != "answers"})
