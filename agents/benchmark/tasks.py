"""Who is measured against whom: the tasks of the benchmark, drawn from the library."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...envs import VectorEnv
from ...scenarios import Scenario, load, names
from ...scenarios.model.clock import end_decision
from ...scenarios.text.problems import suggestion
from ..play.episodes import Episodes
from ..play.ratings import are_alike

Array = NDArray[Any]
CROWD = 50
"""Agents from which on a planner gets a smaller budget, for its time."""


class BenchmarkError(ValueError):
    """What was asked for can't be measured, or isn't a cell: what was expected, what came."""


@dataclass(frozen=True)
class Task:
    """Some teams of a game, to be played as well as can be; the others are scripted.

    Attributes:
        name: The game, followed by the teams where the game has several tasks.
        game: Name of the library game.
        teams: Who is measured.
        alike: Whether the others want the same for themselves, so that what counts is by how much their score is beaten.
    """

    name: str
    game: str
    teams: tuple[str, ...]
    alike: bool = False

    @cached_property
    def learnt(self) -> Scenario:
        """The game to learn in: its train split, if it has one."""
        return load(self.game, split="train")

    @cached_property
    def judged(self) -> Scenario:
        """The game to be judged in: its test split, if it has one."""
        return load(self.game, split="test")

    @property
    def others(self) -> dict[str, str]:
        """Who plays the teams that aren't measured."""
        return {team: "scripted" for team in self.judged.teams if team not in self.teams}

    @property
    def agents(self) -> int:
        """How many agents are measured."""
        return sum(self.judged.teams[team].count for team in self.teams)

    @property
    def decisions(self) -> int:
        """Decisions of an episode at most; 0 without a clock."""
        return end_decision(self.judged.end.time, self.judged.world.decisions_per_second)

    @property
    def crowded(self) -> bool:
        """Whether so many play that planning is slow."""
        return len(self.judged.agents) >= CROWD

    @property
    def measure(self) -> str:
        """What an episode is worth, in words."""
        kind = "score" if all(team in self.judged.score for team in self.teams) else "return"
        return f"{kind} above the other's" if self.alike else kind

    def worth(self, episodes: Episodes) -> Array:
        """What each episode was worth, [N]: the teams' score (return, where the game has none); where others are alike, what it is above theirs."""
        mine = np.mean([episodes.worth(team) for team in self.teams], 0)
        return np.asarray(mine - np.max([episodes.worth(team) for team in self.others], 0) if self.alike else mine)


def tasks() -> list[Task]:
    """All tasks of the library, game by game.

    Of alike teams the first is measured; of unlike ones each for itself, but teams that have the same score win together and are measured together.
    """
    found = []
    for name in names():
        game = load(name)
        alike = len(game.teams) > 1 and are_alike(VectorEnv(game, 1))
        groups: dict[str, list[str]] = {}
        for team in game.acting_teams:
            groups.setdefault(str(game.score.get(team, team)), []).append(team)
        chosen = [tuple(teams) for teams in groups.values()]
        chosen = chosen[:1] if alike else chosen
        found += [Task(name if len(chosen) == 1 else f"{name}-{'-'.join(teams)}", name, teams, alike) for teams in chosen]
    return found


def find_tasks(wanted: Sequence[str]) -> list[Task]:
    """Tasks by their names or their games'; all of them if none is named.

    Raises:
        BenchmarkError: There is none of this name.
    """
    known = tasks()
    for name in wanted:
        if not any(name in (task.name, task.game) for task in known):
            there = [task.name for task in known]
            raise BenchmarkError(f"no task {name!r}{suggestion(name, there)}; there is {', '.join(there)}")
    return [task for task in known if not wanted or task.name in wanted or task.game in wanted]


__all__ = ["BenchmarkError", "Task", "find_tasks", "tasks"]
