"""What a step returns: arrays for one batch, views of them by team and name, made once and handed out as often as nobody holds them."""

import sys
from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .compile_game import Game
from .kernel import bind
from .state import Buffers

Array: TypeAlias = NDArray[Any]
ByTeam: TypeAlias = dict[str, Array]

TROUBLES = ("overruns", "misplaced", "unfired")
"""What a world ran out of is counted in each episode; in the order in which the kernel writes it."""


class Results:
    """One set of arrays that the kernel writes, and what users get of it.

    Args:
        game: The game.
        worlds: How many.
        finals: Whether episodes begin in the same step, so that the last looks of the old ones are kept apart.
        action: See `Buffers`, as the other arrays, which all sets share.
        seeds: See `Buffers`.
        answer: See `Buffers`.
        roles: See `Buffers`.
    """

    def __init__(self, game: Game, worlds: int, finals: bool, *, action: Array, seeds: Array, answer: Array, roles: Array) -> None:
        teams = game.teams
        agents = sum(team.agents for team in teams)
        numbers = sum(team.agents * len(team.observation) for team in teams)
        paid = agents + sum(team.agents * len(team.terms) for team in teams) + len(game.rules) + len(game.scores) + len(TROUBLES)
        self.buffers = Buffers(
            action=action,
            obs=np.zeros(numbers * worlds, np.float32),
            final_obs=np.zeros(numbers * worlds if finals else 0, np.float32),
            reward=np.zeros(paid * worlds, np.float32),
            flags=np.zeros((3 + agents + (agents if finals else 0)) * worlds, np.uint8),
            seeds=seeds,
            answer=answer,
            roles=roles,
        )
        self.bound = bind(self.buffers)
        flags = self.buffers.flags.view(np.bool_)
        self.terminated, self.truncated = flags[:worlds], flags[worlds : 2 * worlds]
        self.ask = self.buffers.flags[2 * worlds : 3 * worlds]
        self.obs = _observations(game, worlds, self.buffers.obs)
        self.info: dict[str, Any] = {"alive": _of_agents(game, worlds, flags[3 * worlds :])}
        self._finals: list[Array] = []
        if finals:
            self._finals = [self.buffers.final_obs, self.buffers.flags[(3 + agents) * worlds :]]
            self.info["final_obs"] = _observations(game, worlds, self.buffers.final_obs)
            self.info["final_alive"] = _of_agents(game, worlds, flags[(3 + agents) * worlds :])
        self.reward = _of_agents(game, worlds, self.buffers.reward)
        self._name_rewards(game, worlds, self.buffers.reward[agents * worlds :])
        self._shows = [self.terminated, self.truncated, *_arrays([self.obs, self.info["alive"], self.info.get("score", {})]), *(self.info[name] for name in TROUBLES)]
        self._nested = [(key, value) for key, value in self.info.items() if isinstance(value, dict)]
        self._held = [self.buffers, *self.buffers[1:5], self.terminated, self.truncated, self.ask, *_arrays((self.obs, self.reward, self.info))]
        del flags  # would count as a holder
        self._counts = self._count()

    def _name_rewards(self, game: Game, worlds: int, flat: Array) -> None:
        """Reward terms, events, scores and troubles, as the kernel lays them out behind the rewards."""
        first = 0
        for team in game.teams:
            for term in team.terms:
                size = worlds * team.agents
                self.info.setdefault(f"reward/{term}", {})[team.name] = flat[first : first + size].reshape(worlds, team.agents)
                first += size
        events = flat[first : first + worlds * len(game.rules)].reshape(worlds, len(game.rules))
        self.info |= {f"event/{rule}": events[:, k] for k, rule in enumerate(game.rules)}
        rows = iter(flat[first + events.size :].reshape(-1, worlds))
        if game.scores:
            self.info["score"] = {team: next(rows) for team in game.scores}
        self.info |= dict(zip(TROUBLES, rows, strict=True))

    def _count(self) -> tuple[int, ...]:
        return tuple(map(sys.getrefcount, self._held))

    def is_free(self) -> bool:
        """Whether nobody else holds any of the arrays, or a view of them: then they are as good as fresh ones."""
        return self._count() == self._counts

    def clear(self) -> None:
        """Zero what the kernel adds to, or writes for some worlds only."""
        self.buffers.reward.fill(0)
        for array in self._finals:
            array.fill(0)

    def look(self, worlds: Array) -> list[Array]:
        """What some worlds show, and how they ended, as copies: all but rewards and events, which are of one step."""
        return [array[worlds] for array in self._shows]

    def put(self, worlds: Array, shown: list[Array]) -> None:
        """Let some worlds show what they showed before."""
        for array, values in zip(self._shows, shown, strict=True):
            array[worlds] = values

    def infos(self) -> dict[str, Any]:
        """The infos, in dicts of their own."""
        info = self.info.copy()
        for key, by_team in self._nested:
            info[key] = by_team.copy()
        return info


def _observations(game: Game, worlds: int, flat: Array) -> ByTeam:
    out, first = {}, 0
    for team in game.teams:
        size = worlds * team.agents * len(team.observation)
        out[team.name] = flat[first : first + size].reshape(worlds, team.agents, len(team.observation))
        first += size
    return out


def _of_agents(game: Game, worlds: int, flat: Array) -> ByTeam:
    out, first = {}, 0
    for team in game.teams:
        size = worlds * team.agents
        out[team.name] = flat[first : first + size].reshape(worlds, team.agents)
        first += size
    return out


def _arrays(values: Any) -> Iterator[Array]:
    """All arrays in nested dicts."""
    for value in values.values() if isinstance(values, dict) else values:
        if isinstance(value, np.ndarray):
            yield value
        else:
            yield from _arrays(value)
