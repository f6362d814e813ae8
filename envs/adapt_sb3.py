"""The Stable-Baselines3 door: a VecEnv with one row for each agent of a team, in many worlds at once."""

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from .actions import numbers
from .core import ActionKind, VectorEnv
from .extras import needs
from .registry import resolve
from .seat import Array, Infos, Others, Seat

with needs("sb3"):
    from stable_baselines3.common.vec_env import VecEnv

if TYPE_CHECKING:
    from ..scenarios import Scenario

Source: TypeAlias = "str | os.PathLike[str] | Scenario"
Rows: TypeAlias = "int | Iterable[int] | None"

SHOWN = 16
"""Worlds that are drawn at most: a wall of a thousand pictures would take gigabytes."""


class Row:
    """One agent in one world: what `get_attr`, `set_attr` and `env_method` take for an environment."""

    def __init__(self, core: VectorEnv, world: int, agent: str) -> None:
        self._core, self.world, self.agent = core, world, agent
        self.render_mode = core.render_mode

    def render(self) -> Array | None:
        """Picture of this row's world, uint8 [H, W, 3], where the render mode is `rgb_array`; else None."""
        return self._core.render(self.world)

    def state(self) -> Array:
        """Everything that is true in this row's world, for central critics; see `VectorEnv.state`."""
        state: Array = self._core.state()[self.world]
        return state.copy()


class TeamVecEnv(VecEnv):
    """Many worlds in which one team learns, or one agent of it: a VecEnv for Stable-Baselines3.

    There is one row for each agent of the team, world by world: row `w * agents + a` is agent a of world w, so one network
    learns for the whole team from every member's own observation (float32 [rows, O]) and reward (float32 [rows]).

    A world whose episode is over begins the next one in the same step. Its rows are done then, and only they have anything in
    their info: `terminal_observation` (float32 [O]), `TimeLimit.truncated` (whether the clock alone ended the episode for this
    agent), and `score`, the team's, where the game has one.

    An agent that is removed while its world goes on stays a row: it sees zeros, earns 0 and can do nothing until the world's
    episode is over (`alive` says who is left). So every row has one episode for each episode of its world, and its return and
    length are right; what such a row's clock cuts off was worth nothing, so it counts as terminated.

    Args:
        scenario: Name or path of a game, or a Scenario.
        num_envs: How many worlds; the rows are this times the agents that learn.
        team: Who learns; may be left out where there is one agent in all.
        agent: One agent (`runner_0`) instead of a team.
        others: Who plays the rest: a spec (`scripted`, `random`, a Policy) or a dict from team to spec.
        actions: `continuous` or `discrete`.
        threads: See `VectorEnv`.
        render_mode: `rgb_array` or None.
        seed: Of the first reset, as `seed()`.
        **params: The scenario's params.
    """

    def __init__(
        self, scenario: Source, num_envs: int = 1, *, team: str | None = None, agent: str | None = None, others: Others = "scripted",
        actions: ActionKind = "continuous", threads: int | None = None, render_mode: str | None = None, seed: int | None = None, **params: Any,
    ) -> None:  # fmt: skip
        self.core = VectorEnv(resolve(scenario, params), num_envs, threads=threads, autoreset="same_step", actions=actions, render_mode=render_mode)
        self.seat = Seat(self.core, team, agent, others)
        everybody = self.core.agents(self.seat.team)
        mine = [everybody[self.seat.rows]] if self.seat.alone else everybody[self.seat.rows]
        self._agents, self._partly = len(mine), len(mine) < len(everybody)
        self._row = [Row(self.core, world, name) for world in range(num_envs) for name in mine]
        super().__init__(len(self._row), self.core.observation_space(self.seat.team), self.core.action_space(self.seat.team))
        self.metadata["render_fps"] = max(1, round(1 / self.core.dt))
        self._rng = np.random.default_rng(seed)
        self._obs: dict[str, Array] = {}
        self._alive: dict[str, Array] = {}
        self._action: Array | None = None
        if seed is not None:
            self.seed(seed)

    # --- running ----------------------------------------------------------------------------------------------------------------------------

    def seed(self, seed: int | None = None) -> Sequence[int | None]:
        """Seed the next reset: world w with seed + w, as every door does, so all rows of a world have the same.

        Args:
            seed: A whole number; None draws one from NumPy's own global stream, as Stable-Baselines3 does.

        Returns:
            The seed of every row.
        """
        seeds = super().seed(seed)
        self._seeds = [seeds[row // self._agents] for row in range(self.num_envs)]
        return self._seeds

    def reset(self) -> Array:
        """Begin new episodes in all worlds, with the seeds that `seed` has set; else their streams of chance go on.

        Returns:
            float32 [rows, O]. Options that were set are dropped: games have none.
        """
        seeds = self._seeds[:: self._agents]
        if seeds[0] is not None:
            self._rng = np.random.default_rng(seeds[0])
        self._obs, info = self.core.reset(seed=None if all(seed is None for seed in seeds) else seeds)
        self._alive, self._action = info["alive"], None
        self.seat.cast.reset()
        self._reset_seeds()
        self._reset_options()
        return self._observations(self._obs)

    def step_async(self, actions: Array) -> None:
        """Keep the actions of all rows, [rows, ...] of the action space, for `step_wait`.

        Raises:
            ActionError: If they are no numbers of that shape.
        """
        if not self._obs:
            raise RuntimeError("call reset before step")
        self._action = numbers(f"actions of {self.seat.team!r}", actions, (self.num_envs, *self.action_space.shape), " [rows, numbers]")

    def step_wait(self) -> tuple[Array, Array, Array, list[dict[str, Any]]]:
        """Advance every world by one decision.

        Returns:
            Observations float32 [rows, O], rewards float32 [rows], dones bool [rows], and a dict for each row, empty but where a
            row is done. All are fresh.

        Raises:
            ActionError: If an action is not in its space; the worlds are as before.
        """
        if self._action is None:
            raise RuntimeError("call step_async before step_wait")
        seat, core, action = self.seat, self.core, self._action
        self._action = None
        actions = seat.actions(action.reshape(core.num_envs, *seat.action_space.shape), self._obs, self._alive, self._rng)
        self._obs, reward, terminated, truncated, info = core.step(actions)
        self._alive = info["alive"]
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        over = terminated | truncated
        if over.any():
            self._tell_ends(infos, over, truncated, info)
            seat.cast.restart(over)
        return self._observations(self._obs), self._rows(reward[seat.team]), np.repeat(over, self._agents), infos

    def _tell_ends(self, infos: list[dict[str, Any]], over: Array, truncated: Array, info: Infos) -> None:
        """Write how it ended to the infos of all rows of the worlds that are over."""
        seat, worlds = self.seat, np.flatnonzero(over)
        rows = (worlds[:, None] * self._agents + np.arange(self._agents)).ravel()
        seen = info["final_obs"][seat.team][worlds][:, seat.rows].reshape(len(rows), -1)
        cut = (info["final_alive"][seat.team][worlds] & truncated[worlds, None])[:, seat.rows].ravel()
        for row, last, late in zip(rows.tolist(), seen, cut.tolist(), strict=True):
            infos[row]["terminal_observation"], infos[row]["TimeLimit.truncated"] = last, late
        if seat.team in self.core.game.scores:
            for row, score in zip(rows.tolist(), np.repeat(info["score"][seat.team][worlds], self._agents).tolist(), strict=True):
                infos[row]["score"] = score

    def _rows(self, values: Array) -> Array:
        """The learner's part of a team's [E, A], as [rows]."""
        mine: Array = values[:, self.seat.rows].reshape(self.num_envs)
        return mine

    def _observations(self, obs: Mapping[str, Array]) -> Array:
        """The learner's part, [rows, O]; its own copy where teammates' policies read the same array."""
        seen: Array = self.seat.observations(obs).reshape(self.num_envs, -1)
        return seen.copy() if self._partly else seen

    @property
    def alive(self) -> Array:
        """Whose agent is in its world now, bool [rows]."""
        return self._rows(self._alive[self.seat.team]).copy()

    # --- one row at a time ------------------------------------------------------------------------------------------------------------------

    def get_attr(self, attr_name: str, indices: Rows = None) -> list[Any]:
        """An attribute of some rows (all by default): of the row itself (`world`, `agent`, what `set_attr` set), else of the worlds' `VectorEnv`."""
        return [self._find(row, attr_name) for row in self._get_indices(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: Rows = None) -> None:
        """Set an attribute of some rows; it is kept for `get_attr`, the worlds don't know of it."""
        for row in self._get_indices(indices):
            setattr(self._row[row], attr_name, value)

    def env_method(self, method_name: str, *method_args: Any, indices: Rows = None, **method_kwargs: Any) -> list[Any]:
        """Call a method of some rows: `render` and `state` of the row's world, others of the worlds' `VectorEnv`."""
        return [self._find(row, method_name)(*method_args, **method_kwargs) for row in self._get_indices(indices)]

    def _find(self, row: int, name: str) -> Any:
        mine = self._row[row]
        return getattr(mine if hasattr(mine, name) else self.core, name)

    def env_is_wrapped(self, wrapper_class: type[Any], indices: Rows = None) -> list[bool]:
        """No row is wrapped: the worlds are no Gymnasium environments."""
        return [False for _ in self._get_indices(indices)]

    # --- watching ---------------------------------------------------------------------------------------------------------------------------

    def get_images(self) -> list[Array | None]:
        """Pictures of the worlds (not of the rows, which share them), of the first 16 at most; None unless the render mode is `rgb_array`."""
        return [self.core.render(world) for world in range(min(self.core.num_envs, SHOWN))]

    def close(self) -> None:
        """End the core's threads; may be called twice."""
        self.core.close()


__all__ = ["TeamVecEnv"]
