"""Who learns in the worlds of a batch, and who plays the rest: shared by both Gymnasium doors."""

from collections.abc import Mapping
from typing import Any, TypeAlias

import gymnasium
import numpy as np
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from ..scenarios.problems import suggestion
from .actions import ActionError, numbers
from .core import TROUBLES, VectorEnv
from .policy import Cast, Spec

Array: TypeAlias = NDArray[Any]
Infos: TypeAlias = dict[str, Any]
Others: TypeAlias = "Spec | Mapping[str, Spec]"


class Seat:
    """The learner's place in every world of a batch, and the policies around it.

    One agent has its own spaces and reward. A team of n has Box (n, O), Box (n, K) or MultiDiscrete (n,
    ...), and the mean of its rewards. A learner that has been removed from its world (a team: wholly) is
    terminated, though the world may go on for the others.

    Args:
        core: The worlds.
        team: Who learns; may be left out where there is one agent in all.
        agent: One agent of a team instead.
        others: Spec of all policies, or a dict from team to spec; the learner's own team has one if only one
            agent of it learns.
    """

    def __init__(self, core: VectorEnv, team: str | None, agent: str | None, others: Others) -> None:
        self.core = core
        self.team, first, count = _seat_of(core, team, agent)
        self.alone = count == 1
        self.rows: Any = first if self.alone else slice(first, first + count)
        layout = next(one for one in core.game.teams if one.name == self.team)
        partly = count < layout.agents
        self.cast = Cast(core, others, tuple(name for name in core.teams if name != self.team or partly))
        seen, acts = core.observation_space(self.team), core.action_space(self.team)
        self.observation_space: Any = seen if self.alone else batch_space(seen, count)
        self.action_space: Any = acts if self.alone else _of_all(acts, count)
        self.removable = any(self.team in rule.do.remove for rule in core.scenario.rules.values())
        self._terms = [f"reward/{term}" for term in layout.terms]
        self._events = [f"event/{rule}" for rule in core.game.rules]

    def observations(self, obs: Mapping[str, Array]) -> Array:
        """The learner's part, [E, ...]."""
        seen: Array = obs[self.team][:, self.rows]
        return seen

    def rewards(self, values: Array) -> Array:
        """One number for each world from the team's [E, A]."""
        mine: Array = values[:, self.rows]
        return mine if self.alone else np.asarray(mine.mean(1))

    def removed(self, info: Infos) -> Array:
        """Worlds where nobody is left who learns, bool [E]."""
        if not self.removable:
            return np.zeros(self.core.num_envs, np.bool_)
        alive = info["alive"][self.team][:, self.rows]
        return ~alive if self.alone else ~alive.any(1)

    def infos(self, info: Infos) -> dict[str, Array]:
        """Numbers of every world, float32 [E]: who is alive, rewards by term, events, score, trouble."""
        core = self.core
        out = {"alive": self.rewards(info["alive"][self.team].astype(np.float32))}
        for term in self._terms:
            out[term] = self.rewards(info[term][self.team])
        for event in self._events:
            out[event] = info[event]
        if self.team in core.game.scores:
            out["score"] = info["score"][self.team]
        return {**out, **{name: info[name] for name in TROUBLES}}

    def actions(
        self, action: Any, obs: Mapping[str, Array], alive: Mapping[str, Array], rng: np.random.Generator
    ) -> dict[str, Array]:
        """Everybody's actions, from the learner's [E, ...].

        Raises:
            ActionError: If the learner's can't be used; nobody else has chosen then.
        """
        mine = self._checked(action)
        actions = self.cast.act(obs, alive, rng)
        if self.team in actions:
            whole = np.array(actions[self.team])
            whole[:, self.rows] = mine
        else:
            whole = mine[:, None] if self.alone else mine
        actions[self.team] = whole
        return actions

    def _checked(self, action: Any) -> Array:
        space, worlds = self.action_space, self.core.num_envs
        array = numbers(f"action of {self.team!r}", action, (worlds, *space.shape))
        # Range is checked here, before anybody else draws from a random stream: a refused action must change
        # nothing.
        low, high = _bounds(space)
        if not (array >= low).all() or not (array <= high).all():
            bad = array[~((array >= low) & (array <= high))].flat[0]
            raise ActionError(f"action of {self.team!r}: expected numbers in {space}, got {bad}")
        return array


def _of_all(acts: gymnasium.spaces.Space[Any], count: int) -> gymnasium.spaces.Space[Any]:
    """The actions of a whole team; Gymnasium's own batch of a MultiDiscrete would be a Box of whole numbers."""
    if isinstance(acts, gymnasium.spaces.MultiDiscrete):
        return gymnasium.spaces.MultiDiscrete(np.tile(acts.nvec, (count, 1)))
    return batch_space(acts, count)


def _bounds(space: gymnasium.spaces.Space[Any]) -> tuple[Any, Any]:
    """Least and greatest values; boxes with the core's slack for rounding in policies."""
    if isinstance(space, gymnasium.spaces.Box):
        if np.issubdtype(space.dtype, np.integer):  # several choices for each of a team
            return space.low, space.high
        return np.float32(-1.0001), np.float32(1.0001)
    if isinstance(space, gymnasium.spaces.Discrete):
        return 0, space.n - 1
    assert isinstance(space, gymnasium.spaces.MultiDiscrete)
    return 0, space.nvec - 1


def _seat_of(core: VectorEnv, team: str | None, agent: str | None) -> tuple[str, int, int]:
    """Team, first agent and number of agents of who learns."""
    everybody = {name: (of, i) for of in core.teams for i, name in enumerate(core.agents(of))}
    if agent is not None:
        if agent not in everybody:
            raise ValueError(f"agent: no {agent!r}{suggestion(agent, list(everybody))}")
        if team is not None and everybody[agent][0] != team:
            raise ValueError(f"agent: {agent!r} is not of team {team!r}")
        return (*everybody[agent], 1)
    if team is None:
        if len(everybody) > 1:
            raise ValueError(
                f"say who learns: team= ({', '.join(core.teams)}) or agent= ({', '.join(everybody)})"
            )
        team = core.teams[0]
    if team not in core.teams:
        raise ValueError(f"team: no {team!r}{suggestion(team, core.teams)}")
    return team, 0, len(core.agents(team))


__all__ = ["Array", "Infos", "Others", "Seat"]
