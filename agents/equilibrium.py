"""Which policies matter when all are played against all: maximum-entropy Nash averages and alpha-rank. NumPy only."""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
_COOLEST = 1e-6
_FLOOR = 1e-200
_WORSE = 0.01


def nash(payoff: Array) -> tuple[Array, Array]:
    """The Nash equilibrium of a zero-sum game with the most entropy: what rows play, [n], and what columns play, [m].

    In a zero-sum game with an entropy bonus of t for both sides there is one equilibrium; as t falls to 0 it moves to the Nash equilibrium of maximum
    entropy. Rows answer columns q by softmax(payoff q / t), so q minimises t log sum exp(payoff q / t) - t H(q), which is convex: Newton's method,
    from warm to cool. Right to 1e-4 or so where strategies that are not played lose by more than 1e-4 of the range.

    Source: Balduzzi et al. 2018, "Re-evaluating Evaluation", for why this equilibrium (it is unique, and copies of a policy share its weight).

    Args:
        payoff: [n, m]: what rows win and columns lose.
    """
    payoff = np.asarray(payoff, np.float64)
    reach = float(np.ptp(payoff))
    scaled = (payoff - payoff.mean()) / (reach or 1.0)
    q = np.full(scaled.shape[1], 1.0 / scaled.shape[1])
    warmth = 1.0
    while warmth > _COOLEST:
        warmth *= 0.7
        q = _cooled(scaled, q, warmth)
    return _softmax(scaled @ q / warmth), q


def _cooled(payoff: Array, q: Array, t: float) -> Array:
    """The columns' side of the equilibrium at one temperature."""
    for _ in range(60):
        p = _softmax(payoff @ q / t)
        gradient = payoff.T @ p + t * (np.log(q) + 1.0)
        root = np.sqrt(q)
        curve = (payoff * root).T  # [m, n], scaled by the root of q so that tiny shares are no trouble
        hessian = (curve * p) @ curve.T / t - np.outer(curve @ p, curve @ p) / t + t * np.eye(len(q))
        system = np.block([[hessian, root[:, None]], [root[None, :], np.zeros((1, 1))]])
        step = root * np.linalg.solve(system, np.append(-root * gradient, 0.0))[:-1]
        slope = float(gradient @ step)
        if slope > -1e-13 * t:
            break
        down = step < 0
        share = min(1.0, 0.99 * float((q[down] / -step[down]).min())) if down.any() else 1.0
        now = _bonus(payoff, q, t)
        while share > 1e-12 and _bonus(payoff, _clean(q + share * step), t) > now + 1e-4 * share * slope:
            share *= 0.5
        q = _clean(q + share * step)
    return q


def _clean(q: Array) -> Array:
    q = np.maximum(q, _FLOOR)
    return np.asarray(q / q.sum())


def _bonus(payoff: Array, q: Array, t: float) -> float:
    wishes = payoff @ q / t
    most = wishes.max()
    return float(t * (most + np.log(np.exp(wishes - most).sum())) + t * (q * np.log(q)).sum())


def _softmax(x: Array) -> Array:
    weights = np.exp(x - x.max())
    return np.asarray(weights / weights.sum())


def alpha_rank(payoffs: Sequence[Array]) -> Array:
    """Alpha-rank: how long evolution stays at each profile of policies, of the shape of the payoffs.

    One population for each player; a mutant takes over if it does better against the others as they are, with the small chance of 0.01 beside
    that if it does worse, with a half if it does as well: the limit of strong selection.

    Source: Omidshafiei et al. 2019, "alpha-Rank: Multi-Agent Evaluation by Evolution".

    Args:
        payoffs: For each player what it wins in each profile, [n1, n2, ...] all.
    """
    shape = payoffs[0].shape
    count = int(np.prod(shape))
    moves = np.zeros((count, count))
    each = 1.0 / max(1, sum(n - 1 for n in shape))
    for profile in itertools.product(*(range(n) for n in shape)):
        here = int(np.ravel_multi_index(profile, shape))
        for player, n in enumerate(shape):
            for other in range(n):
                if other != profile[player]:
                    changed = (*profile[:player], other, *profile[player + 1 :])
                    gain = payoffs[player][changed] - payoffs[player][profile]
                    moves[here, int(np.ravel_multi_index(changed, shape))] = each * _takes_over(gain)
    return _stationary(moves).reshape(shape)


def alpha_rank_alike(payoff: Array) -> Array:
    """Alpha-rank of one population whose members meet each other, [n]; `payoff` [n, n]: what row wins against column."""
    count = len(payoff)
    gains = payoff.T - payoff  # a mutant (column) among residents (row)
    moves = np.array([[0.0 if i == j else _takes_over(gains[i, j]) for j in range(count)] for i in range(count)]) / max(1, count - 1)
    return _stationary(moves)


def _takes_over(gain: float) -> float:
    return 0.5 if abs(gain) < 1e-12 else 1.0 - _WORSE if gain > 0 else _WORSE


def _stationary(moves: Array) -> Array:
    """The distribution that a Markov chain comes to; its diagonal is what is left of each row."""
    count = len(moves)
    chain = moves + np.diag(1.0 - moves.sum(1))
    system = np.vstack([chain.T - np.eye(count), np.ones(count)])
    found = np.linalg.lstsq(system, np.append(np.zeros(count), 1.0), rcond=None)[0]
    found = np.maximum(found, 0.0)
    return np.asarray(found / found.sum())


__all__ = ["alpha_rank", "alpha_rank_alike", "nash"]
