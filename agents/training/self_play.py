"""Self-play: whom a learner meets besides its present opponents, and how strong everybody is."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from ...envs.policy import Policy, Scripted
from ..play.ratings import START

STEP = 16.0
"""The most that one match may change a rating (Elo 1978)."""
PAR = 64
"""Episodes after which it is known what is usual against somebody."""
FORGET = 0.98
"""What an older match counts, beside one that came after it, when opponents are chosen."""


@dataclass
class Member:
    """Somebody to play against.

    Attributes:
        name: `scripted`, `random`, or the name of a frozen self.
        policy: Who acts.
        rating: Elo.
        points: Sum of what the learners won against it, older matches counting less.
        matches: How many, counted alike.
    """

    name: str
    policy: Policy | Scripted = field(repr=False)
    rating: float = START
    points: float = 0.0
    matches: float = 0.0

    @property
    def beaten(self) -> float:
        """The share of points that learners win against it; a half where nothing is known."""
        return (self.points + 0.5) / (self.matches + 1.0)


class Pool:
    """Members of one team, and the rating of the team's learner.

    Args:
        team: The team they play.
        size: How many frozen selves are kept; the one that learners beat most often leaves first.
    """

    def __init__(self, team: str, size: int = 12) -> None:
        self.team, self.size = team, size
        self.rating = START
        self.members: list[Member] = []

    def add(self, member: Member) -> None:
        """Let somebody in; one too many leaves, never the newest, scripted or random."""
        self.members.append(member)
        frozen = [one for one in self.members[:-1] if one.name not in ("scripted", "random")]
        if len(frozen) >= self.size:
            self.members.remove(max(frozen, key=lambda one: one.beaten))

    def pick(self, rng: np.random.Generator) -> Member:
        """Somebody, more likely one who is hard to beat: prioritised fictitious self-play (Vinyals et al. 2019), weight (1 - beaten)^2."""
        weights = np.array([(1.0 - one.beaten) ** 2 + 0.02 for one in self.members])
        return self.members[int(rng.choice(len(self.members), p=weights / weights.sum()))]


class Referee:
    """Says what an episode was worth: by score against the other teams', or where roles differ against what was usual when they first met.

    In games whose teams see and do the same, who has the higher score wins. Elsewhere scores of different teams can't be compared (a chaser's tags, a
    runner's escapes). There a team wins an episode in which it leads by more than the median of its first PAR episodes against the same opponents. That par
    stays, so whoever learns comes to win against those it met earlier, and its rating rises; these first episodes are draws.

    Args:
        teams: All teams.
        alike: Whether their roles are the same.
    """

    def __init__(self, teams: Iterable[str], alike: bool) -> None:
        self.teams, self.alike = tuple(teams), alike
        self.leads: dict[str, list[float]] = {}
        """A team's first leads against opponents, by their names."""

    def points(self, team: str, episode: dict[str, float], met: str = "") -> float:
        """1 for a win of the team, 0.5 for a draw, 0 for a defeat; `met`: the names of its opponents."""
        measure = "score" if f"score/{team}" in episode else "return"
        mine = episode.get(f"{measure}/{team}", 0.0)
        others = [episode[f"{measure}/{other}"] for other in self.teams if other != team and f"{measure}/{other}" in episode]
        lead = mine - (max(others) if others else 0.0)
        if self.alike and others:
            usual = 0.0
        else:
            known = self.leads.setdefault(f"{team} {met}", [])
            if len(known) < PAR:
                known.append(lead)
                return 0.5
            usual = float(np.median(known))
        return 0.5 if lead == usual else float(lead > usual)


def expected(rating: float, other: float) -> float:
    """The share of points that Elo expects."""
    return float(1.0 / (1.0 + 10.0 ** ((other - rating) / 400.0)))


def settle(pools: dict[str, Pool], referee: Referee, team: str, met: dict[str, Member], episode: dict[str, float]) -> float:
    """Take a match of a team's learner against members into all ratings; returns its points."""
    points = referee.points(team, episode, ", ".join(f"{other}: {member.name}" for other, member in met.items()))
    pool = pools[team]
    surprise = points - expected(pool.rating, float(np.mean([one.rating for one in met.values()])))
    pool.rating += STEP * surprise
    for member in met.values():
        member.rating -= STEP * surprise / len(met)
        member.points, member.matches = member.points * FORGET + points, member.matches * FORGET + 1.0
    return points


__all__ = ["Member", "Pool", "Referee", "expected", "settle"]
