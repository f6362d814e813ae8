"""How strong everybody is: whether scores of teams can be compared, and ratings from many results."""

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ...envs import VectorEnv

START = 1000.0
"""Rating of whoever is new."""


def are_alike(env: "VectorEnv") -> bool:
    """Whether all teams see and do the same and want the same with the names exchanged, so that their scores can be compared."""
    spaces = {(env.observation_space(team).shape, str(env.action_space(team)), len(env.agents(team))) for team in env.teams}
    if len(spaces) > 1:
        return False
    terms = {team.name: team.terms for team in env.game.teams}
    wants = {team: (str(env.scenario.score.get(team)), *sorted(terms[team])) for team in env.teams}
    return all(
        (_exchanged(wants[a][0], a, b), *sorted(_exchanged(term, a, b) for term in wants[a][1:])) == wants[b]
        for a, b in pairwise(env.teams)
    )


def _exchanged(text: str, a: str, b: str) -> str:
    """A text with one team's name in place of the other's, also as a part of names (`red_scored`)."""
    return re.sub(f"(?<![A-Za-z0-9])({a}|{b})(?![A-Za-z0-9])", lambda found: b if found[0] == a else a, text)


def bradley_terry(points: NDArray[Any], matches: NDArray[Any], rounds: int = 200) -> NDArray[Any]:
    """Elo ratings, mean 1000, that make the results likeliest, [n], or [..., n] for many tables at once.

    Args:
        points: [..., n, n]: what row won against column.
        matches: [..., n, n], symmetric: how often they met.
        rounds: Of Hunter's (2004) minorise-maximise algorithm. One draw against everybody met is added, so that who always wins stays finite.
    """
    met = matches > 0
    won = (points + 0.5 * met).sum(-1)
    count = matches + met
    strength = np.ones(points.shape[:-1])
    for _ in range(rounds):
        shares = np.where(met, count / (strength[..., :, None] + strength[..., None, :]), 0.0).sum(-1)
        strength = np.where(shares > 0, won / np.maximum(shares, 1e-12), strength)
        strength /= np.exp(np.log(np.maximum(strength, 1e-12)).mean(-1, keepdims=True))
    return np.asarray(START + 400.0 * np.log10(np.maximum(strength, 1e-12)))


__all__ = ["START", "are_alike", "bradley_terry"]
