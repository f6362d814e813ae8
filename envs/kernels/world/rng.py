"""Random numbers by counting: stream (seed, episode), number n. No state but a counter, so no world depends on its neighbours.

`keys[block, KEY_ROWS, LANES]` (uint64) holds for each world the seed, the episode, the stream's key and the counter.
"""

import numpy as np

from ...jit.kernel import inner, shared
from .elementary import ONE, TAU, ZERO, cos
from .layout.world import F, U

SEED, EPISODE, STREAM, COUNTER = 0, 1, 2, 3
KEY_ROWS = 4

_GOLDEN = U(0x9E3779B97F4A7C15)
_MIX_1 = U(0xBF58476D1CE4E5B9)
_MIX_2 = U(0x94D049BB133111EB)
_TINY = F(5.9604645e-08)  # 2^-24


@shared
def mix(z):
    """Scramble 64 bits. Source: SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014)."""
    z = (z ^ (z >> U(30))) * _MIX_1
    z = (z ^ (z >> U(27))) * _MIX_2
    return z ^ (z >> U(31))


@inner
def begin_episode(keys, lane):
    """Key the stream of a world's current episode and count from 0; `keys` is one block's, shape (KEY_ROWS, LANES)."""
    keys[STREAM, lane] = mix(mix(keys[SEED, lane] + _GOLDEN) + (keys[EPISODE, lane] + U(1)) * _GOLDEN)
    keys[COUNTER, lane] = U(0)


@inner
def turn_to(keys, lane, stretch):
    """Go on counting from the start of a stretch of 2^48 numbers of a world's stream. Episodes draw from stretch 0."""
    keys[COUNTER, lane] = U(stretch) << U(48)


@shared
def uniform(keys, lane):
    """The next number of a world in [0, 1), a multiple of 2^-24."""
    keys[COUNTER, lane] += U(1)
    return F(mix(keys[STREAM, lane] + keys[COUNTER, lane] * _GOLDEN) >> U(40)) * _TINY


@inner
def uniform_where(asks, keys, lane):
    """As `uniform` where `asks` is above 0; elsewhere 0, and nothing is drawn. Without a branch, so that a loop over the lanes vectorises."""
    wants = asks > ZERO
    keys[COUNTER, lane] += U(1) if wants else U(0)
    number = F(mix(keys[STREAM, lane] + keys[COUNTER, lane] * _GOLDEN) >> U(40)) * _TINY
    return number if wants else ZERO


@shared
def normal(keys, lane):
    """The next normal number: mean 0, deviation 1. Source: Irwin-Hall with 12 terms would need 12 draws; Box-Muller needs two and a logarithm."""
    u = ONE - uniform(keys, lane)
    v = uniform(keys, lane)
    return np.sqrt(max(-F(2) * log(u), ZERO)) * cos(TAU * v)


@inner
def log(x):
    """Natural logarithm of x in (0, 1], by halving and a series: log((1+t)/(1-t)) = 2 (t + t^3/3 + t^5/5 + t^7/7)."""
    halvings = ZERO
    while x < F(0.70710678):
        x = x * F(2)
        halvings += ONE
    t = (x - ONE) / (x + ONE)
    q = t * t
    series = F(2) * t * (ONE + q * (F(0.33333334) + q * (F(0.2) + q * F(0.14285715))))
    return series - halvings * F(0.6931472)
