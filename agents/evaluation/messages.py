"""What was said, and what it tells: about the secrets of an episode, about its outcome, and what is lost when nothing gets through."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...scenarios import Scenario
from .stats import codes, information, rounded

if TYPE_CHECKING:
    from ..play.episodes import Episodes

Array = NDArray[Any]


def report(scenario: Scenario, episodes: "Episodes", shut: Mapping[str, Any]) -> dict[str, Any]:
    """The part of an evaluation that is about messages.

    What an agent said in an episode is the symbol that it said more often than it usually does: where most of what is said is silence, a word that is said
    once counts. The outcome is whether its team's score is above the median.

    Returns:
        `speakers`: for each agent `symbols` (share of its decisions for each), `secret` (what the symbol tells about each secret), `outcome` (about
        the outcome) and `outcome_given` (about the outcome, for who knows the secret: whether the right word helps), as `stats.information` has them.
        `shut`: by how much each team's score changes when everybody says the same always (`mute`), or random symbols (`scramble`).
    """
    secrets = {name: codes(values) for name, values in episodes.secrets.items()}
    speakers: dict[str, Any] = {}
    for team, counts in episodes.said.items():
        outcome = above_median(episodes.worth(team))
        for agent in range(counts.shape[1]):
            often = counts[:, agent]
            word = codes(words(often))
            speakers[f"{team}_{agent}"] = {
                "symbols": [rounded(share) for share in often.sum(0) / max(1.0, often.sum())],
                "secret": {name: information(word, secret) for name, secret in secrets.items()},
                "outcome": information(word, outcome),
                "outcome_given": {name: information(word, outcome, secret) for name, secret in secrets.items()},
            }
    return {"speakers": speakers, "shut": dict(shut)}


def words(often: Array) -> Array:
    """The word of each episode, [N], from how often an agent said each symbol, [N, symbols].

    It is the symbol that was said most above expectation, which is its usual share, in standard deviations of who says each by chance that often.
    """
    total = often.sum(1, keepdims=True)
    usual = (often / np.maximum(1.0, total)).mean(0)
    above = (often - total * usual) / np.sqrt(np.maximum(total * usual * (1 - usual), 1e-9))
    found: Array = np.round(above, 6).argmax(1)  # what is always said alike is the same word, whatever rounding does
    return found


def above_median(worth: Array) -> Array:
    """Whether each is above the median, 0 or 1, [N]; with many equal ones, at the median or above if that parts them better."""
    median = np.median(worth)
    ways = [(worth > median).astype(np.int64), (worth >= median).astype(np.int64)]
    return min(ways, key=lambda way: abs(float(way.mean()) - 0.5))


__all__ = ["above_median", "report", "words"]
