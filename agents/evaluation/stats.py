"""Statistics of episodes: intervals, comparisons, mutual information. NumPy only; every number is the same again with the same seed."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
CONFIDENCE = 0.95
RESAMPLES = 2000
SHUFFLES = 1000
_Z = 1.959963984540054  # of a normal distribution's middle 95 %
_CHUNK = 1 << 21


def rounded(value: float) -> float:
    """Six digits: what is printed and kept, the same on machines whose last bits differ."""
    return float(f"{value:.6g}")


def spread(mean: float, low: float, high: float) -> dict[str, float]:
    """A number with its interval, as results keep it."""
    return {"mean": rounded(mean), "low": rounded(low), "high": rounded(high)}


def resamples(count: int, times: int = RESAMPLES, seed: int = 0) -> Iterator[Array]:
    """How often each of `count` episodes is drawn in each of `times` bootstrap resamples, float64 [some, count] at a time."""
    rng, each = np.random.default_rng(seed), max(1, _CHUNK // count)
    while times > 0:
        yield rng.multinomial(count, np.full(count, 1.0 / count), min(each, times)).astype(np.float64)
        times -= each


def bootstrap(columns: Mapping[Any, Array], times: int = RESAMPLES, seed: int = 0) -> dict[Any, dict[str, float]]:
    """Mean and 95 % percentile-bootstrap interval of each column, [N]; episodes are drawn together, so that differences of columns are paired.

    Source: Efron 1979; Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13.
    """
    if not columns:
        return {}
    values = np.stack(list(columns.values()), 1).astype(np.float64)
    means = np.concatenate([weights @ values for weights in resamples(len(values), times, seed)]) / len(values)
    tail = 50 * (1 - CONFIDENCE)
    low, high = np.percentile(means, [tail, 100 - tail], axis=0)
    return {name: spread(values[:, k].mean(), low[k], high[k]) for k, name in enumerate(columns)}


def wilson(points: Array) -> dict[str, float]:
    """Mean of points between 0 and 1 and Wilson's (1927) 95 % interval.

    A bootstrap of 64 wins out of 64 would be sure; this is not. Draws (0.5) vary less than it assumes, so with them it is a little wide.
    """
    n, share = len(points), float(np.mean(points))
    centre = (share + _Z * _Z / (2 * n)) / (1 + _Z * _Z / n)
    half = _Z / (1 + _Z * _Z / n) * float(np.sqrt(share * (1 - share) / n + _Z * _Z / (4 * n * n)))
    return spread(share, max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half)))


def compared(mine: Array, theirs: Array) -> Array:
    """1 where mine is higher, 0 where it is lower, 0.5 where they are equal."""
    return np.asarray(0.5 * (1.0 + np.sign(np.asarray(mine, np.float64) - theirs)))


# --- information ------------------------------------------------------------------------------------------------------------------------------


def codes(values: Array, bins: int = 4) -> Array:
    """Values as whole numbers from 0: each its own, or where there are more than eight the quarter it is in."""
    different, found = np.unique(values, return_inverse=True)
    if len(different) <= 2 * bins:
        return found.reshape(-1)
    return np.searchsorted(np.quantile(values, np.arange(1, bins) / bins), values, side="right")


def mutual_information(x: Array, y: Array, given: Array | None = None) -> float:
    """What knowing x says about y [bits], both whole numbers from 0: I(X; Y), or I(X; Y | given). By the shares seen; biased upwards where they are few."""
    strata = np.zeros_like(x) if given is None else given
    a, b, c = int(x.max()) + 1, int(y.max()) + 1, int(strata.max()) + 1
    joint = np.bincount((strata * a + x) * b + y, minlength=a * b * c).reshape(c, a, b) / len(x)
    within = joint.sum((1, 2), keepdims=True)
    alone = joint.sum(2, keepdims=True) * joint.sum(1, keepdims=True)
    seen = joint > 0
    return max(0.0, float((joint[seen] * np.log2((joint * within)[seen] / alone[seen])).sum()))


def information(x: Array, y: Array, given: Array | None = None, seed: int = 0) -> dict[str, float]:
    """Mutual information and what chance alone would show: x is shuffled (within equal `given`) SHUFFLES times.

    Returns:
        `bits` as measured, `by_chance` (mean over shuffles), `beyond` (the difference, at least 0), `p` (share of shuffles, the measurement
        among them, with at least as much).
    """
    rng, found = np.random.default_rng(seed), mutual_information(x, y, given)
    groups = [np.arange(len(x))] if given is None else [np.flatnonzero(given == value) for value in np.unique(given)]
    null, shuffled = np.zeros(SHUFFLES), x.copy()
    for k in range(SHUFFLES):
        for group in groups:
            shuffled[group] = x[rng.permutation(group)]
        null[k] = mutual_information(shuffled, y, given)
    chance = float(null.mean())
    p = (1 + int((null >= found - 1e-12).sum())) / (1 + SHUFFLES)
    return {"bits": rounded(found), "by_chance": rounded(chance), "beyond": rounded(max(0.0, found - chance)), "p": rounded(p)}


__all__ = [
    "CONFIDENCE",
    "RESAMPLES",
    "bootstrap",
    "codes",
    "compared",
    "information",
    "mutual_information",
    "resamples",
    "rounded",
    "spread",
    "wilson",
]
