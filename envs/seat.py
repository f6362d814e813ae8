"""Who learns in the worlds of a batch, and who plays the rest: shared by both Gymnasium doors."""

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import gymnasium
import numpy as np
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from ..scenarios.problems import suggestion
from .actions import numbers
from .core import TROUBLES, VectorEnv
from .policy import Cast, Spec
from .state import Buffers

Array: TypeAlias = NDArray[Any]
Infos: TypeAlias = dict[str, Any]
Others: TypeAlias = "Spec | Mapping[str, Spec]"


Rows = Literal["team", "agents"]


class Seat:
    """The learner's place in every world of a batch, and the policies around it.

    One agent has its own spaces and reward. A team of n is one learner with Box (n, O), Box (n, K) or
    MultiDiscrete (n, ...), and the mean of its rewards; or, with `rows="agents"`, n learners of one agent each.
    Everything here counts in rows: world after world, in each the agents of the team in their order.

    A learner that has been removed from its world (a team: wholly) is terminated, though the world may go on
    for the others. Of n learners in a world those that are removed wait, unseeing and unpaid, for the last of
    them: the rows of a world end together.

    Args:
        core: The worlds.
        team: Who learns; may be left out where there is one agent in all.
        agent: One agent of a team instead.
        others: Spec of all policies, or a dict from team to spec; the learner's own team has one if only one
            agent of it learns.
        rows: `team` (a row for each world) or `agents` (a row for each agent that learns).
    """

    def __init__(
        self, core: VectorEnv, team: str | None, agent: str | None, others: Others, rows: Rows = "team"
    ) -> None:
        if rows not in ("team", "agents"):
            raise ValueError(f"rows: expected team or agents, got {rows!r}")
        self.core = core
        self.team, self._first, self._count = _seat_of(core, team, agent)
        alone = self._count == 1 or rows == "agents"
        self.per_world = self._count if alone else 1
        self.rows = core.num_envs * self.per_world
        layout = next(one for one in core.game.teams if one.name == self.team)
        self._partly = self._count < layout.agents
        rest = tuple(name for name in core.teams if name != self.team)
        played = tuple(name for name in core.teams if name in rest or self._partly)
        self.cast = Cast(core, others, played, whole=rest)
        seen, acts = core.observation_space(self.team), core.action_space(self.team)
        self.observation_space: Any = seen if alone else batch_space(seen, self._count)
        self.action_space: Any = acts if alone else _of_all(acts, self._count)
        self.removable = any(self.team in rule.do.remove for rule in core.scenario.rules.values())
        self._action_shapes = (self.rows, *self.action_space.shape), (core.num_envs, self._count, *acts.shape)
        self._place = _Place(core, self.team)
        scored = list(core.game.scores)
        self._score = scored.index(self.team) if self.team in scored else None
        self.keys = (
            "alive",
            *(f"reward/{term}" for term in layout.terms),
            *(f"event/{rule}" for rule in core.game.rules),
            *(["score"] if self.team in scored else []),
            *TROUBLES,
        )
        """What infos tell, in the order of `numbers`."""

    def observations(self, flat: Array) -> Array:
        """The learners' part of all observations, as a copy: [rows, ...]."""
        place = self._place
        seen = flat[place.obs].reshape(-1, place.agents, place.seen)[:, self._first : self._first + self._count]
        return seen.copy().reshape(self.rows, *self.observation_space.shape)

    def rewards(self, buffers: Buffers) -> Array:
        """One number for each row, float32."""
        return self._of_rows(buffers.reward[self._place.reward]).reshape(-1)

    def alive(self, buffers: Buffers) -> Array:
        """Who of the learning agents is in the world, bool [E, n]."""
        alive = buffers.flags[self._place.alive].view(np.bool_).reshape(-1, self._place.agents)
        return alive[:, self._first : self._first + self._count]

    def removed(self, buffers: Buffers) -> Array:
        """Worlds where nobody is left who learns, bool [E]."""
        if not self.removable:
            return np.zeros(self.core.num_envs, np.bool_)
        return ~self.alive(buffers).any(1)

    def numbers(self, buffers: Buffers) -> Array:
        """Numbers of every row, float32 [keys, rows]: who is alive, rewards by term, events, score, trouble."""
        core, place = self.core, self._place
        rules, worlds, paid = len(core.game.rules), core.num_envs, buffers.reward
        terms = place.terms_of
        out = np.empty((len(self.keys), worlds, self.per_world), np.float32)
        out[0] = self._of_rows(buffers.flags[place.alive].astype(np.float32))[0]
        if terms:
            out[1 : 1 + terms] = self._of_rows(paid[place.terms])
        if rules:
            out[1 + terms : 1 + terms + rules] = paid[place.events].reshape(worlds, rules).T[..., None]
        if self._score is not None:
            first = place.events.stop + self._score * worlds
            out[1 + terms + rules] = paid[first : first + worlds, None]
        out[-len(TROUBLES) :] = paid[-len(TROUBLES) * worlds :].reshape(-1, worlds, 1)
        return out.reshape(len(self.keys), -1)

    def _of_rows(self, flat: Array) -> Array:
        """Numbers of the team's agents, k times [E, A], as a copy: those of rows, [k, E, rows of a world]."""
        values = flat.reshape(-1, self.core.num_envs, self._place.agents)
        mine = values[:, :, self._first : self._first + self._count]
        if self.per_world == self._count:
            return mine.copy()
        return np.add.reduce(mine, 2, keepdims=True) / np.float32(self._count)

    def act(self, action: Any, rng: np.random.Generator) -> None:
        """Write the actions that the next step takes, from the learners' [rows, ...].

        Raises:
            ActionError: If the learners' can't be used; nobody else has chosen then.
        """
        given, laid = self._action_shapes
        mine = numbers(f"actions of {self.team!r}", action, given).reshape(laid)
        core = self.core
        core.put_actions(self.team, mine, self._first, self._count)
        chosen = self.cast.act(*(core.seen() if self.cast.looks else ({}, {})), rng)
        for team, values in chosen.items():
            if team != self.team or self._partly:
                core.put_actions(team, values)
        if self._partly:  # its mates' policies have chosen for it too
            core.put_actions(self.team, mine, self._first, self._count)


class _Place:
    """Where one team's numbers lie in the flat buffers of a batch; see `Buffers`."""

    def __init__(self, core: VectorEnv, name: str) -> None:
        worlds, teams = core.num_envs, core.game.teams
        k = next(k for k, team in enumerate(teams) if team.name == name)
        self.agents, self.seen, self.terms_of = teams[k].agents, len(teams[k].observation), len(teams[k].terms)

        def part(sizes: list[int], first: int = 0) -> slice:
            return slice(first + worlds * sum(sizes[:k]), first + worlds * sum(sizes[: k + 1]))

        agents = [team.agents for team in teams]
        terms = [team.agents * len(team.terms) for team in teams]
        self.obs = part([team.agents * len(team.observation) for team in teams])
        self.reward, self.alive = part(agents), part(agents, 3 * worlds)
        self.terms = part(terms, worlds * sum(agents))
        first = worlds * (sum(agents) + sum(terms))
        self.events = slice(first, first + worlds * len(core.game.rules))


def _of_all(acts: gymnasium.spaces.Space[Any], count: int) -> gymnasium.spaces.Space[Any]:
    """The actions of a whole team; Gymnasium's own batch of a MultiDiscrete would be a Box of whole numbers."""
    if isinstance(acts, gymnasium.spaces.MultiDiscrete):
        return gymnasium.spaces.MultiDiscrete(np.tile(acts.nvec, (count, 1)))
    return batch_space(acts, count)


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


__all__ = ["Array", "Infos", "Others", "Rows", "Seat"]
