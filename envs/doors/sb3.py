"""The Stable-Baselines3 door: a VecEnv with one row for each agent of a team, in many worlds at once."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np

from ..core.arguments import one_seed
from ..core.params import options_of
from ..core.results import Endings, endings
from ..core.vector import VectorEnv
from ..extras import needs
from ..kernels.world.state import Buffers
from .seat import Array, Seat

with needs("sb3"):
    from stable_baselines3.common.vec_env import VecEnv

Rows: TypeAlias = "int | Iterable[int] | None"

MASKS = "action_masks"
"""The method of an environment by which sb3-contrib asks for masks."""
SHOWN = 16
"""Worlds that are drawn at most: a wall of a thousand pictures would take gigabytes."""


_OF_ALL = ("advance", "arrays", "close", "halt", "reset", "script", "set_params", "set_state", "step")
"""What a row can't do by itself, as it would do it to all worlds."""


class Row:
    """One agent in one world: what `get_attr`, `set_attr` and `env_method` take for an environment."""

    spec = None

    def __init__(self, core: VectorEnv, seat: Seat, world: int, agent: str) -> None:
        self._core, self._seat, self.world, self.agent = core, seat, world, agent
        self.render_mode = core.render_mode
        self.observation_space, self.action_space = seat.observation_space, seat.action_space
        self.metadata = {"render_modes": ["rgb_array"], "render_fps": max(1, round(1 / core.dt))}

    @property
    def unwrapped(self) -> "Row":
        """Itself: rows are not wrapped."""
        return self

    @property
    def alive(self) -> bool:
        """Whether its agent is in its world now."""
        alive = self._seat.alive(self._core.buffers)[self.world]
        return bool(alive[self._names().index(self.agent)])

    def _names(self) -> list[str]:
        """Those who learn in a world, in order."""
        return [name for name in self._core.agents(self._seat.team)][self._seat.mine]

    def observation_names(self) -> list[tuple[str, str]]:
        """Name of each number of the row's observation, and what 1.0 of it means."""
        return self._core.observation_names(self._seat.team)

    def get_state(self) -> bytes:
        """A snapshot of this row's world, for `core.set_state`."""
        return self._core.get_state([self.world])

    def params(self) -> dict[str, float]:
        """The params that vary, with what is in force in this row's world."""
        return {name: float(values[self.world]) for name, values in self._core.params().items()}

    def render(self) -> Array | None:
        """Picture of this row's world, uint8 [H, W, 3], where the render mode is `rgb_array`; else None."""
        return self._core.render(self.world)

    def state(self) -> Array:
        """Everything that is true in this row's world, for central critics; see `VectorEnv.state`."""
        state: Array = self._core.state()[self.world]
        return state.copy()


class TeamVecEnv(VecEnv):
    """Many worlds in which one team learns, or one agent of it: a VecEnv for Stable-Baselines3, made by `sandlot.make_sb3`.

    There is one row for each agent of the team, world by world: row `w * agents + a` is agent a of world w, so one network
    learns for the whole team from every member's own observation (float32 [rows, O]) and reward (float32 [rows]).

    A world whose episode is over begins the next one in the same step. Its rows are done then, and only they have anything in
    their info: `terminal_observation` (float32 [O]), `TimeLimit.truncated` (whether the clock alone ended the episode for this
    agent), and `score`, the team's, where the game has one.

    An agent that is removed while its world goes on stays a row: it sees zeros, earns 0 and can do nothing until the world's
    episode is over (`alive` says who is left). So every row has one episode for each episode of its world, and its return and
    length are right; what such a row's clock cuts off was worth nothing, so it counts as terminated.

    Args:
        seat: Who learns, with a row for each agent, in worlds that begin anew in the same step.
        seed: Of the first reset, as `seed()`.
    """

    def __init__(self, seat: Seat, seed: int | None) -> None:
        seed = one_seed(seed)
        self.seat, self.core = seat, seat.core
        mine = self.core.agents(seat.team)[seat.mine]
        self._row = [Row(self.core, self.seat, world, name) for world in range(self.core.num_envs) for name in mine]
        super().__init__(self.seat.rows, self.seat.observation_space, self.seat.action_space)
        self.metadata["render_fps"] = max(1, round(1 / self.core.dt))
        self._rng = np.random.default_rng()
        self._was_reset = self._acted = False
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
        seeds = super().seed(one_seed(seed))
        self._seeds = [seeds[row // self.seat.per_world] for row in range(self.num_envs)]
        return self._seeds

    def reset(self) -> Array:
        """Begin new episodes in all worlds, with the seeds that `seed` has set; else their streams of chance go on.

        The option `{"params": {name: value}}` (`set_options`; a list has one for each row, alike for all rows of a world, but
        worlds may differ in which params they name) is `core.set_params` before it; others are ignored.

        Returns:
            float32 [rows, O].

        Raises:
            ValueError: If no such param varies, or rows of a world are given different values; everything is as before.
        """
        seeds = self._seeds[:: self.seat.per_world]
        self.core.reset(seed=None if all(seed is None for seed in seeds) else seeds, options=self._given())
        if seeds[0] is not None:
            self._rng = np.random.default_rng(seeds[0])
        self._was_reset, self._acted = True, False
        self.seat.cast.reset()
        self._reset_seeds()
        self._reset_options()
        return self.seat.observations(self.core.buffers)

    def _given(self) -> Any:
        """The core's options: those of each world's first row, as all of a world are alike."""
        each = self.seat.per_world
        if any(options != self._options[row - row % each] for row, options in enumerate(self._options)):
            raise ValueError(f"options: expected the same for all {each} rows of a world")
        return options_of(self._options[::each], self.core.num_envs)

    def step_async(self, actions: Array) -> None:
        """Take the actions of all rows, [rows, ...] of the action space; the other teams choose theirs.

        Raises:
            ActionError: If they are not in the space; the worlds are as before.
        """
        if not self._was_reset:
            raise RuntimeError("call reset before step")
        self.seat.act(actions, self._rng)
        self._acted = True

    def step_wait(self) -> tuple[Array, Array, Array, list[dict[str, Any]]]:
        """Advance every world by one decision.

        Returns:
            Observations float32 [rows, O], rewards float32 [rows], dones bool [rows], and a dict for each row, empty but where a
            row is done. All are fresh.
        """
        if not self._acted:
            raise RuntimeError("call step_async before step_wait")
        self._acted = False
        seat, buffers = self.seat, self.core.advance()
        terminated, truncated = seat.ends(buffers)
        over = terminated | truncated
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        if over.any():
            self._tell_ends(infos, over, endings(terminated, truncated, seat.here(buffers, final=True)), buffers)
            seat.cast.restart(over)
        return seat.observations(buffers), seat.rewards(buffers), np.repeat(over, seat.per_world), infos

    def _tell_ends(self, infos: list[dict[str, Any]], over: Array, ends: Endings, buffers: Buffers) -> None:
        """Write how it ended to the infos of all rows of the worlds that are over."""
        seat = self.seat
        rows = np.flatnonzero(np.repeat(over, seat.per_world))
        seen = seat.observations(buffers, final=True)[rows]
        for row, last, cut in zip(rows.tolist(), seen, ends.truncated.reshape(-1)[rows].tolist(), strict=True):
            infos[row] |= {"terminal_observation": last, "TimeLimit.truncated": cut}
        score = seat.score(buffers)
        if score is not None:
            for row, value in zip(rows.tolist(), np.repeat(score[over], seat.per_world).tolist(), strict=True):
                infos[row]["score"] = value

    def action_masks(self) -> Array:
        """Which options the agent of each row could make anything of now: bool [rows, options]; see `VectorEnv.action_masks`.

        sb3-contrib's MaskablePPO asks for them by itself, through `env_method`.

        Raises:
            ValueError: If actions are numbers.
        """
        return self.seat.masks()

    @property
    def alive(self) -> Array:
        """Whose agent is in its world now, bool [rows]."""
        return self.seat.alive(self.core.buffers).flatten()

    # --- one row at a time ------------------------------------------------------------------------------------------------------------------

    def get_attr(self, attr_name: str, indices: Rows = None) -> list[Any]:
        """An attribute of some rows (all by default): of the row itself (its spaces, `world`, `agent`, what `set_attr` set), else of the worlds' `VectorEnv`."""
        return [self._find(row, attr_name) for row in self._get_indices(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: Rows = None) -> None:
        """Set an attribute of some rows; it is kept for `get_attr`, the worlds don't know of it."""
        for row in self._get_indices(indices):
            setattr(self._row[row], attr_name, value)

    def env_method(self, method_name: str, *method_args: Any, indices: Rows = None, **method_kwargs: Any) -> list[Any]:
        """Call a method of some rows: `render`, `state`, `get_state` and `params` of the row's world, `action_masks` of the row, others of the worlds' `VectorEnv`.

        What would act on all worlds, as `reset` and `step`, is none of a row's: AttributeError.
        """
        if method_name == MASKS and self.core.game.discrete:  # of all rows at once, instead of all for each of them
            return list(self.action_masks()[self._get_indices(indices)])
        return [self._find(row, method_name)(*method_args, **method_kwargs) for row in self._get_indices(indices)]

    def _find(self, row: int, name: str) -> Any:
        mine = self._row[row]
        if name in _OF_ALL and not hasattr(mine, name):
            raise AttributeError(f"{name}: a row can't do this by itself, it would be of all worlds: call it on the VecEnv, or on its core")
        if name == MASKS:
            if not self.core.game.discrete:
                raise AttributeError('action_masks: actions are numbers here; there are masks with actions="discrete"')
            return lambda: self.action_masks()[row]
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
