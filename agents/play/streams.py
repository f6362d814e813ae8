"""Chance for policies that play many worlds at once: what an agent draws hangs on its episode alone, not on who is played beside it."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
_GOLDEN, _FIRST, _SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


class Streams(np.random.Generator):
    """A generator in which every world has a stream of its own.

    Draws whose first axis counts agents, world by world (as policies make them: `standard_normal((rows, K))`), come from a counter-based
    stream keyed by seed, decision, agent and draw (SplitMix64, Steele et al. 2014). All other draws are the same for every world (a planner's noise):
    they come from an ordinary generator that begins anew with each decision, keyed by the latest one among the episodes.
    """

    def __init__(self) -> None:
        super().__init__(np.random.PCG64(0))
        self._keys = np.zeros(1, np.uint64)
        self._calls = 0

    def begin(self, seeds: Array, decisions: Array) -> None:
        """A decision begins: seeds of the running episodes and the decisions they have had, [E] each."""
        self._keys = _mix(_mix(seeds.astype(np.uint64) + _GOLDEN) ^ decisions.astype(np.uint64))
        self._calls = 0
        self.bit_generator.state = np.random.PCG64(int(decisions.max())).state

    def _shares(self, size: Any) -> Array | None:
        """Numbers within [0, 1), float64; None if the first axis doesn't count agents."""
        shape = (size,) if isinstance(size, int | np.integer) else tuple(size or ())
        worlds = len(self._keys)
        if not shape or shape[0] % worlds:
            return None
        each = math.prod(shape) // worlds
        counter = np.arange(1, each + 1, dtype=np.uint64) + np.uint64(self._calls << 40)
        self._calls += 1
        bits = _mix(self._keys[:, None] + counter * _GOLDEN)
        return (bits >> np.uint64(11)).reshape(shape) * 2.0**-53

    def random(self, size: Any = None, dtype: Any = np.float64, out: Any = None) -> Any:
        """As NumPy's."""
        shares = self._shares(size) if out is None else None
        return super().random(size, dtype, out) if shares is None else np.minimum(shares.astype(dtype), np.nextafter(dtype(1), dtype(0)))

    def uniform(self, low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Any:
        """As NumPy's."""
        shares = self._shares(size)
        return super().uniform(low, high, size) if shares is None else low + (np.asarray(high, np.float64) - low) * shares

    def integers(self, low: Any, high: Any = None, size: Any = None, dtype: Any = np.int64, endpoint: bool = False) -> Any:
        """As NumPy's."""
        shares = self._shares(size)
        if shares is None:
            return super().integers(low, high, size, dtype, endpoint)
        first, last = (np.zeros_like(low), np.asarray(low)) if high is None else (np.asarray(low), np.asarray(high))
        return (first + np.floor(shares * (last - first + endpoint))).astype(dtype)

    def standard_normal(self, size: Any = None, dtype: Any = np.float64, out: Any = None) -> Any:
        """As NumPy's, by Box and Muller (1958)."""
        first = self._shares(size) if out is None else None
        second = None if first is None else self._shares(size)
        if first is None or second is None:
            return super().standard_normal(size, dtype, out)
        return (np.sqrt(-2.0 * np.log(1.0 - first)) * np.cos(2.0 * np.pi * second)).astype(dtype)

    def normal(self, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
        """As NumPy's."""
        return super().normal(loc, scale, size) if size is None else loc + scale * self.standard_normal(size)

    def gumbel(self, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
        """As NumPy's."""
        shares = self._shares(size)
        if shares is None:
            return super().gumbel(loc, scale, size)
        return loc - scale * np.log(-np.log(np.maximum(shares, 2.0**-54)))


def _mix(x: Array) -> Array:
    """The finaliser of SplitMix64."""
    x = (x ^ (x >> np.uint64(30))) * _FIRST
    x = (x ^ (x >> np.uint64(27))) * _SECOND
    return x ^ (x >> np.uint64(31))


__all__ = ["Streams"]
