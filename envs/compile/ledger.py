"""The ledger: where each team's observations, actions and rewards lie in the flat buffers of a batch (`state.Buffers`), and who is in the world."""

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]

TROUBLES = ("overruns", "misplaced", "unfired")
"""What a world ran out of is counted in each episode; in the order in which the kernel writes it."""


class Place(NamedTuple):
    """Where an array [E, *shape] lies in a flat buffer of E worlds: behind `first` numbers of each of them."""

    first: int
    shape: tuple[int, ...]

    def span(self, worlds: int) -> slice:
        """Its part of the buffer."""
        return slice(worlds * self.first, worlds * (self.first + math.prod(self.shape)))

    def of(self, flat: Array, worlds: int) -> Array:
        """A view of it, [E, *shape]."""
        return flat[self.span(worlds)].reshape(worlds, *self.shape)

    def indices(self, worlds: int) -> Array:
        """Where each of its numbers is, int64 [E, *shape]."""
        return np.arange(worlds * self.first, worlds * (self.first + math.prod(self.shape))).reshape(worlds, *self.shape)


class Sizes(NamedTuple):
    """What of a team is to be laid out: numbers that one agent sees and does, and names of its reward terms."""

    team: str
    agents: int
    seen: int
    done: int
    terms: tuple[str, ...]


class _Buffer:
    """A flat buffer that is given away piece by piece."""

    def __init__(self) -> None:
        self.used = 0

    def place(self, *shape: int) -> Place:
        self.used += math.prod(shape)
        return Place(self.used - math.prod(shape), shape)


class Ledger:
    """The flat layout: team after team, each [E, A, ...].

    Args:
        teams: The teams, in the order of the file.
        rules: How many rules there are.
        scores: Teams that have a score.

    Attributes:
        agents: Of each team its agents among all agents.
        obs: Of each team [E, A, O], in `obs` and `final_obs`.
        action: Of each team [E, A, K], in `action`.
        reward: Of each team [E, A], in `reward`, as all that follow.
        terms: Of each team, of each of its reward terms [E, A].
        events: How often each rule fired, [E, rules].
        scores: Of each team that has one [E].
        troubles: How often each of TROUBLES occurred, [E].
        terminated: [E], in `flags`, as all that follow.
        truncated: [E].
        ask: Which worlds to reset, or to look at, [E].
        alive: Of each team [E, A].
        final_alive: The same, of episodes that ended in a step in which the next ones begin.
        obs_numbers: Numbers of one world in `obs`.
        action_numbers: In `action`.
        reward_numbers: In `reward`.
        flag_numbers: In `flags`, and with `final_alive`.
    """

    def __init__(self, teams: Sequence[Sizes], rules: int, scores: Iterable[str]) -> None:
        everybody, seen, done, paid, flags = (_Buffer() for _ in range(5))
        rows = {team.team: everybody.place(team.agents) for team in teams}
        self.agents = {team: place.span(1) for team, place in rows.items()}
        self.obs = {team.team: seen.place(team.agents, team.seen) for team in teams}
        self.action = {team.team: done.place(team.agents, team.done) for team in teams}
        self.reward = {team.team: paid.place(team.agents) for team in teams}
        self.terms = {team.team: {term: paid.place(team.agents) for term in team.terms} for team in teams}
        self.events = paid.place(rules)
        self.scores = {team: paid.place() for team in scores}
        self.troubles = {name: paid.place() for name in TROUBLES}
        self.terminated, self.truncated, self.ask = flags.place(), flags.place(), flags.place()
        self.alive = {team.team: flags.place(team.agents) for team in teams}
        without = flags.used
        self.final_alive = {team.team: flags.place(team.agents) for team in teams}
        self.obs_numbers, self.action_numbers, self.reward_numbers, self.flag_numbers = (
            seen.used,
            done.used,
            paid.used,
            (without, flags.used),
        )


def split(places: dict[str, Place], flat: Array, worlds: int) -> dict[str, Array]:
    """Views of a flat buffer by name."""
    return {name: place.of(flat, worlds) for name, place in places.items()}


__all__ = ["TROUBLES", "Ledger", "Place", "Sizes", "split"]
