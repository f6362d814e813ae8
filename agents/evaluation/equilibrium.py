"""Which policies matter when all are played against all: maximum-entropy Nash averages and alpha-rank. NumPy only."""

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
_COOLEST = 1e-6
_STEPS = 200
"""Temperatures that are tried at most; nearly every game needs 12."""
_FLOOR = 1e-200
_WORSE = 0.01


def nash(payoff: Array) -> tuple[Array, Array]:
    """The Nash equilibrium of a zero-sum game with the most entropy: what rows play, [n], and what columns play, [m].

    In a zero-sum game with an entropy bonus of t for both sides there is one equilibrium; as t falls to 0 it moves to the Nash equilibrium of maximum
    entropy. It is followed from warm to cool by Newton's method on the logarithms of the shares. Every temperature is checked by what anybody could
    still gain by deviating, and one that was not reached is gone to in smaller steps. What is left of t is 1e-6 of the payoffs' range, and so is, but
    for the logarithm of the number of policies, what a deviator could gain.

    Source: Balduzzi et al. 2018, "Re-evaluating Evaluation", for why this equilibrium (it is unique, and copies of a policy share its weight).

    Args:
        payoff: [n, m]: what rows win and columns lose.
    """
    payoff = np.asarray(payoff, np.float64)
    scaled = (payoff - payoff.mean()) / (float(np.ptp(payoff)) or 1.0)
    logs, warmth, share = np.zeros(sum(scaled.shape)), 1.0, 0.3
    for _ in range(_STEPS):
        if warmth <= _COOLEST:
            break
        cooler = _cooled(scaled, logs, warmth * share)
        if cooler is None:
            share = math.sqrt(share)
        else:
            logs, warmth, share = cooler, warmth * share, max(0.3, share * share)
    return _shares(logs, len(scaled))


def to_gain(payoff: Array, rows: Array, columns: Array) -> float:
    """What both sides together could win by deviating from these shares: 0 in a Nash equilibrium."""
    return float((payoff @ columns).max() - (payoff.T @ rows).min())


def _cooled(payoff: Array, logs: Array, t: float) -> Array | None:
    """The equilibrium at one temperature: every share's payoff less t times its logarithm is the same on each side. None where it was not found."""
    n, m = payoff.shape
    for _ in range(100):
        p, q = _shares(logs, n)
        logs = np.log(np.maximum(np.concatenate([p, q]), _FLOOR))
        roots = np.sqrt(np.exp(logs))
        wins = np.concatenate([payoff @ q, -payoff.T @ p]) - t * logs
        met = roots[:n, None] * payoff * roots[n:]
        sides = np.zeros((n + m, 2))
        sides[:n, 0], sides[n:, 1] = roots[:n], roots[n:]
        system = np.block([[-t * np.eye(n), met, -sides[:n]], [-met.T, -t * np.eye(m), -sides[n:]], [sides.T, np.zeros((2, 2))]])
        change = np.linalg.solve(system, np.append(-roots * wins, [0.0, 0.0]))[: n + m] / roots
        logs = logs + np.clip(change, -50.0, 1.0)
        # By its share alone a policy that fell to nearly nothing too early would seem settled: it must not want to grow either.
        if float(np.abs(roots * roots * change).max()) < 1e-11 and float(change.max()) < 1e-6:
            return logs
    return (
        logs if to_gain(payoff, *_shares(logs, n)) <= 1.5 * t * math.log(n * m + 1) else None
    )  # rounding may keep a cold one from settling


def _shares(logs: Array, n: int) -> tuple[Array, Array]:
    """Of rows and of columns."""
    p, q = np.exp(logs[:n] - logs[:n].max()), np.exp(logs[n:] - logs[n:].max())
    return p / p.sum(), q / q.sum()


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


__all__ = ["alpha_rank", "alpha_rank_alike", "nash", "to_gain"]
