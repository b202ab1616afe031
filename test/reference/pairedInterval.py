"""Makes test/fixtures/pairedIntervals.json: Tango's interval of a difference of paired proportions, by brute force.

    pip install numpy scipy
    python test/reference/pairedInterval.py

Another way than the project's, which uses the closed form: the likelihood is maximized numerically for each difference, and
the interval is what the score test does not refute at 5%.
"""

import json
from pathlib import Path

import numpy as np
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import norm

CASES = [(0, 0, 10), (0, 0, 100), (1, 0, 100), (0, 3, 50), (40, 20, 160), (2, 1, 1000), (12, 30, 1000), (5, 5, 32), (90, 2, 5000), (32, 0, 32)]  # fmt: skip


def likely_loss(gained, lost, n, difference):
    """Share only the first gets right: the maximum of the multinomial likelihood under the difference."""
    low, high = max(0.0, -difference), (1 - difference) / 2
    def minus(share):
        parts = [(gained, share + difference), (lost, share), (n - gained - lost, 1 - 2 * share - difference)]
        return -sum(count * np.log(max(p, 1e-300)) for count, p in parts if count)
    found = minimize_scalar(minus, bounds=(low, high), method="bounded", options={"xatol": 1e-14})
    return min([found.x, low, high], key=minus)


def interval(lost, gained, n):
    z = norm.ppf(0.975)
    def score(difference):
        variance = n * (2 * likely_loss(gained, lost, n, difference) + difference * (1 - difference))
        return (gained - lost - n * difference) / np.sqrt(max(variance, 1e-300))
    observed = (gained - lost) / n
    edge = 1e-9
    low = brentq(lambda d: score(d) - z, -1 + edge, observed - edge) if observed > -1 else -1.0
    high = brentq(lambda d: score(d) + z, observed + edge, 1 - edge) if observed < 1 else 1.0
    return {"low": low, "high": high}


rows = [{"onlyFirst": a, "onlySecond": b, "images": n, **interval(a, b, n)} for a, b, n in CASES]
path = Path(__file__).parent.parent / "fixtures" / "pairedIntervals.json"
path.write_text(json.dumps(rows, indent=1) + "\n")
