"""Who learns in the worlds of a batch, and who plays the rest: shared by both Gymnasium doors."""

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import gymnasium
import numpy as np
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from ...scenarios.text.problems import suggestion
from ..core.actions import numbers
from ..core.vector import VectorEnv
from ..kernels.world.state import Buffers
from ..policy import Cast, Spec

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

    def __init__(self, core: VectorEnv, team: str | None, agent: str | None, others: Others, rows: Rows = "team") -> None:
        if rows not in ("team", "agents"):
            raise ValueError(f"rows: expected team or agents, got {rows!r}")
        self.core = core
        self.team, self._first, self._count = seat_of(core, team, agent)
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
        self.removable = core.scenario.is_removable(self.team)
        self._what = f"actions of {self.team!r}"
        self._given = (self.rows, *(self.action_space.shape or ()))
        self._laid = (core.num_envs, self._count, *(acts.shape or ()))
        self._index()

    def _index(self) -> None:
        """Look up once where the numbers lie in the flat buffers that the core writes."""
        core, worlds, ledger = self.core, self.core.num_envs, self.core.game.ledger
        self.mine = slice(self._first, self._first + self._count)
        """Which agents of the team learn."""
        self._obs, self._obs_shape = ledger.obs[self.team].span(worlds), (worlds, *ledger.obs[self.team].shape)
        self._alive, self._final_alive = ledger.alive[self.team].span(worlds), ledger.final_alive[self.team].span(worlds)
        self._terminated, self._truncated = ledger.terminated.span(worlds), ledger.truncated.span(worlds)
        self._everybody = np.ones((worlds, self.per_world), np.bool_)
        terms = ledger.terms[self.team]
        own = np.stack([place.indices(worlds)[:, self.mine] for place in (ledger.reward[self.team], *terms.values())])
        scores = [place.indices(worlds) for team, place in ledger.scores.items() if team == self.team]
        self._score = scores[0] if scores else None
        troubles = {name: place.indices(worlds) for name, place in ledger.troubles.items()}
        shared = np.stack([*ledger.events.indices(worlds).T, *scores, *troubles.values()])
        self.keys = (
            *(f"reward/{term}" for term in terms),
            *(f"event/{rule}" for rule in core.game.rules),
            *["score"][: len(scores)],
            *troubles,
            "alive",
        )
        """What infos tell, in the order of the numbers that `read` returns."""
        self._own: Array | None = None
        if self.per_world < self._count:  # the mean of the agents
            self._own, self._shared = np.ascontiguousarray(np.moveaxis(own, 2, 0)), shared
        else:
            shared = np.repeat(shared, self.per_world, 1)
            self._shared = np.concatenate([own.reshape(len(own), -1), shared])

    def observations(self, buffers: Buffers, final: bool = False) -> Array:
        """What the learners see, as a copy: [rows, ...]; `final`: saw last, where the next episode began in the same step."""
        seen = (buffers.final_obs if final else buffers.obs)[self._obs].reshape(self._obs_shape)
        if self._partly:
            seen = seen[:, self.mine]
        return seen.copy().reshape(self.rows, *self.observation_space.shape)

    def alive(self, buffers: Buffers, final: bool = False) -> Array:
        """Who of the learning agents is in the world, bool [E, n]; `final`: was, where the next episode began in the same step."""
        return buffers.flags[self._final_alive if final else self._alive].view(np.bool_).reshape(self._obs_shape[:2])[:, self.mine]

    def here(self, buffers: Buffers, final: bool = False) -> Array:
        """Which learners are in their worlds, bool [E, rows of a world]: a team is as long as one of it is; `final` as of `alive`."""
        if not self.removable:
            return self._everybody
        alive = self.alive(buffers, final)
        return alive if self.per_world == self._count else np.logical_or.reduce(alive, 1, keepdims=True)

    def ends(self, buffers: Buffers) -> tuple[Array, Array]:
        """Which worlds are terminated and truncated, bool [E], as the core says it; copies."""
        return buffers.flags[self._terminated].astype(np.bool_), buffers.flags[self._truncated].astype(np.bool_)

    def read(self, buffers: Buffers) -> tuple[Array, Array]:
        """Rewards, float32 [rows], and what infos tell, float32 [keys, rows]: copies."""
        paid = buffers.reward
        out = np.empty((1 + len(self.keys), self.rows), np.float32)
        if self._own is None:
            paid.take(self._shared, out=out[:-1], mode="clip")  # "raise" would copy once more
            out[-1] = self.alive(buffers).reshape(-1) if self.removable else 1
        else:
            own, count = self._own.shape[1], np.float32(self._count)
            np.add.reduce(paid.take(self._own), 0, out=out[:own])
            out[:own] /= count
            paid.take(self._shared, out=out[own:-1], mode="clip")
            out[-1] = np.add.reduce(self.alive(buffers), 1, np.float32) / count if self.removable else 1
        return out[0], out[1:]

    def rewards(self, buffers: Buffers) -> Array:
        """Rewards alone, as `read` returns them."""
        return self.read(buffers)[0] if self._own is not None else buffers.reward.take(self._shared[0])

    def score(self, buffers: Buffers) -> Array | None:
        """The team's score in every world, float32 [E]; None where the game has none."""
        return None if self._score is None else buffers.reward.take(self._score)

    def masks(self) -> Array:
        """What the learners could make anything of now: bool [rows, options], all choices side by side; see `VectorEnv.action_masks`.

        Raises:
            ValueError: If actions are numbers.
        """
        core = self.core
        if not core.game.discrete:
            raise ValueError('action_masks: actions are numbers here; there are masks with actions="discrete"')
        found = core.action_masks([self.team])[self.team][:, self.mine]
        if not found.shape[2]:  # of the only choice
            found = np.ones((*found.shape[:2], 1), np.bool_)
        return found.reshape(self.rows, -1)

    def act(self, action: Any, rng: np.random.Generator) -> None:
        """Write the actions that the next step takes, from the learners' [rows, ...].

        Raises:
            ActionError: If the learners' can't be used; nobody else has chosen then.
        """
        core = self.core
        mine = numbers(self._what, action, self._given).reshape(self._laid)
        core.put_actions(self.team, mine, self._first, self._count)
        chosen = self.cast.act(*(core.seen() if self.cast.looks else ({}, {})), rng)
        for team, values in chosen.items():
            core.put_actions(team, values)
        if self._partly:  # its mates' policies have chosen for it too
            core.put_actions(self.team, mine, self._first, self._count)


def _of_all(acts: gymnasium.spaces.Space[Any], count: int) -> gymnasium.spaces.Space[Any]:
    """The actions of a whole team; Gymnasium's own batch of a MultiDiscrete would be a Box of whole numbers."""
    if isinstance(acts, gymnasium.spaces.MultiDiscrete):
        return gymnasium.spaces.MultiDiscrete(np.tile(acts.nvec, (count, 1)))
    return batch_space(acts, count)


def seat_of(core: VectorEnv, team: str | None, agent: str | None) -> tuple[str, int, int]:
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
            raise ValueError(f"say who learns: team= ({', '.join(core.teams)}) or agent= ({', '.join(everybody)})")
        team = core.teams[0]
    if team not in core.teams:
        raise ValueError(f"team: no {team!r}{suggestion(team, core.teams)}")
    return team, 0, len(core.agents(team))


__all__ = ["Array", "Infos", "Others", "Rows", "Seat", "seat_of"]
