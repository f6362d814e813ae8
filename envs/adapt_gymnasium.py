"""The Gymnasium doors, GameEnv and GameVec: one agent or one team learns, policies play the rest."""

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space

from .core import ActionKind, VectorEnv
from .registry import resolve
from .screen import RENDER_MODES, Screen
from .seat import Array, Infos, Others, Seat

if TYPE_CHECKING:
    from ..scenarios import Scenario

Source: TypeAlias = "str | os.PathLike[str] | Scenario"

_MODES = {
    "next_step": AutoresetMode.NEXT_STEP,
    "same_step": AutoresetMode.SAME_STEP,
    "disabled": AutoresetMode.DISABLED,
}


class GameEnv(gymnasium.Env[Array, Any]):
    """One world in which one agent or one team learns.

    Every info has the same keys, with a number under each; for a team the mean of its agents: `alive`,
    `reward/<term>`, `event/<rule>`, `score` where the game has one, `overruns`, `misplaced` and `unfired`.

    Args:
        scenario: Name or path of a game, or a Scenario.
        team: Who learns; may be left out where there is one agent in all.
        agent: One agent (`runner_0`) instead of a team.
        others: Who plays the rest: a spec (`scripted`, `random`, a Policy) or a dict from team to spec.
        actions: `continuous` or `discrete`.
        render_mode: `human`, `rgb_array` or None.
        **params: The scenario's params.
    """

    metadata: dict[str, Any] = {"render_modes": list(RENDER_MODES), "render_fps": 10}  # noqa: RUF012 - Gymnasium's own type

    def __init__(
        self,
        scenario: Source,
        *,
        team: str | None = None,
        agent: str | None = None,
        others: Others = "scripted",
        actions: ActionKind = "continuous",
        render_mode: str | None = None,
        **params: Any,
    ) -> None:
        self._screen = Screen(render_mode)
        self.core = VectorEnv(
            resolve(scenario, params),
            autoreset="disabled",
            actions=actions,
            threads=1,
            render_mode=self._screen.core_mode,
        )
        self.seat = Seat(self.core, team, agent, others)
        self.observation_space, self.action_space = self.seat.observation_space, self.seat.action_space
        self.render_mode = render_mode
        self.metadata = {**self.metadata, "render_fps": max(1, round(1 / self.core.dt))}
        self._obs: dict[str, Array] = {}
        self._alive: dict[str, Array] = {}

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Array, Infos]:
        """Begin a new episode; the world is that of a ParallelEnv with this seed. Options are ignored."""
        super().reset(seed=seed)
        # Seeds that Gymnasium draws have 128 bits; without a seed the world goes on with its own random
        # stream.
        first = None if self._obs else (self.np_random_seed or 0) % (1 << 64)
        self._obs, info = self.core.reset(seed=first if seed is None else seed)
        self._alive = info["alive"]
        self.seat.cast.reset()
        self._screen.begin(self.core)
        return self._mine(self._obs), self._numbers(info)

    def step(self, action: Any) -> tuple[Array, float, bool, bool, Infos]:
        """Advance the world by one decision.

        Raises:
            ActionError: If the action is not in its space; the world is as before.
        """
        if not self._obs:
            raise RuntimeError("call reset before step")
        seat = self.seat
        actions = seat.actions(np.asarray(action)[None], self._obs, self._alive, self.np_random)
        self._obs, rewards, terminated, truncated, info = self.core.step(actions)
        self._alive = info["alive"]
        self._screen.draw(self.core)
        out = bool(terminated[0] or seat.removed(info)[0])
        reward = float(seat.rewards(rewards[seat.team])[0])
        return self._mine(self._obs), reward, out, bool(truncated[0]) and not out, self._numbers(info)

    def _mine(self, obs: Mapping[str, Array]) -> Array:
        """The learner's observation, its own copy: policies of teammates still read the batch's."""
        seen: Array = self.seat.observations(obs)[0]
        return seen.copy()

    def _numbers(self, info: Infos) -> dict[str, float]:
        return {key: float(values[0]) for key, values in self.seat.infos(info).items()}

    def state(self) -> Array:
        """Everything that is true, for central critics; see `VectorEnv.state`."""
        state: Array = self.core.state()[0]
        return state.copy()

    def render(self) -> Any:
        """Picture of the world, uint8 [H, W, 3], if the mode is `rgb_array`; windows draw in every step."""
        return self._screen.picture(self.core)

    def close(self) -> None:
        """Close the window; may be called twice."""
        self._screen.close()
        self.core.close()


class GameVec(gymnasium.vector.VectorEnv[Array, Any, Array]):
    """Many worlds, in each of which one agent or team learns: a Gymnasium VectorEnv, one row for each world.

    World i seeded with s is a GameEnv seeded with s + i, as long as no policy among the others draws random
    numbers (they share one stream here). Infos are as Gymnasium's own: an array for each key, and a mask
    under `_key`.

    Args:
        num_envs: How many worlds.
        scenario: As the other arguments that aren't named here: see `GameEnv`.
        team: Who learns.
        agent: One agent instead.
        others: Who plays the rest.
        actions: `continuous` or `discrete`.
        autoreset_mode: One of Gymnasium's AutoresetMode, or `next_step`, `same_step`, `disabled`.
        threads: See `VectorEnv`.
        render_mode: `rgb_array` or None.
        **params: The scenario's params.
    """

    def __init__(
        self,
        num_envs: int = 1,
        *,
        scenario: Source,
        team: str | None = None,
        agent: str | None = None,
        others: Others = "scripted",
        actions: ActionKind = "continuous",
        autoreset_mode: AutoresetMode | str = "next_step",
        threads: int | None = None,
        render_mode: str | None = None,
        **params: Any,
    ) -> None:
        if isinstance(autoreset_mode, str) and autoreset_mode not in _MODES:
            raise ValueError(
                f"autoreset_mode: expected {', '.join(_MODES)} or an AutoresetMode, got {autoreset_mode!r}"
            )
        self._mode = (
            _MODES[autoreset_mode] if isinstance(autoreset_mode, str) else AutoresetMode(autoreset_mode)
        )
        # same_step resets by mask, after a look at the ended worlds: their last score is gone once the core
        # itself has begun the next episode.
        core_mode: Any = "next_step" if self._mode is AutoresetMode.NEXT_STEP else "disabled"
        self.core = VectorEnv(
            resolve(scenario, params),
            num_envs,
            threads=threads,
            autoreset=core_mode,
            actions=actions,
            render_mode=render_mode,
        )
        self.seat = Seat(self.core, team, agent, others)
        self.num_envs, self.render_mode = num_envs, render_mode
        self.single_observation_space, self.single_action_space = (
            self.seat.observation_space,
            self.seat.action_space,
        )
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.metadata = {
            "render_modes": ["rgb_array"],
            "render_fps": max(1, round(1 / self.core.dt)),
            "autoreset_mode": self._mode,
        }
        self._obs: dict[str, Array] = {}
        self._alive: dict[str, Array] = {}
        self._done = np.zeros(num_envs, np.bool_)
        self._gone = np.zeros(num_envs, np.bool_)

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Array, Infos]:
        """Begin new episodes: in all worlds, or in those of `options={"reset_mask": bool [E]}`."""
        super().reset(seed=seed if isinstance(seed, int) else None)
        if seed is None and not self._obs:
            seed = int(self.np_random.integers(1 << 63))
        mask = (options or {}).get("reset_mask")
        if mask is None or not self._obs:
            mask = np.ones(self.num_envs, np.bool_)
            self.seat.cast.reset()
        elif not np.any(mask):
            raise ValueError("reset_mask: expected at least one True")
        else:
            self.seat.cast.restart(np.asarray(mask))
        numbers = self._begin(mask, seed)
        return self.seat.observations(self._obs).copy(), _with_masks(numbers, mask)

    def _begin(self, mask: Array, seed: int | Sequence[int | None] | None = None) -> dict[str, Array]:
        """Begin episodes and keep what the policies will see."""
        self._obs, info = self.core.reset(seed=seed, mask=mask)
        self._alive = info["alive"]
        self._done, self._gone = self._done & ~mask, self._gone & ~mask
        return self.seat.infos(info)

    def step(self, actions: Any) -> tuple[Array, Array, Array, Array, Infos]:
        """Advance every world by one decision.

        Raises:
            ActionError: If actions are not in their space; the worlds are as before.
        """
        if not self._obs:
            raise RuntimeError("call reset before step")
        seat = self.seat
        everybody = seat.actions(actions, self._obs, self._alive, self.np_random)
        self._obs, by_team, terminated, truncated, info = self.core.step(everybody)
        self._alive = info["alive"]
        reward, numbers = seat.rewards(by_team[seat.team]).copy(), seat.infos(info)
        started = self._done if self._mode is AutoresetMode.NEXT_STEP else np.zeros_like(self._done)
        if self._gone.any():  # the core doesn't know that these were over for the learner
            fresh = self._begin(self._gone.copy())
            numbers = {key: np.where(started, fresh[key], values) for key, values in numbers.items()}
            reward[started] = 0
            terminated, truncated = terminated & ~started, truncated & ~started
        removed = seat.removed(info) & ~started & ~terminated
        terminated, truncated = terminated | removed, truncated & ~removed
        self._done = terminated | truncated
        infos = _with_masks(numbers, np.ones(self.num_envs, np.bool_))
        if self._mode is AutoresetMode.NEXT_STEP:
            self._gone = removed
            seat.cast.restart(started)
        elif self._mode is AutoresetMode.SAME_STEP and self._done.any():
            infos = self._restart_in_step(numbers)
        return seat.observations(self._obs).copy(), reward, terminated, truncated, infos

    def _restart_in_step(self, last: dict[str, Array]) -> Infos:
        """Begin the next episode of worlds that have just ended; their last looks go into the infos."""
        done = self._done
        final_obs = np.full(self.num_envs, None, dtype=object)
        seen = self.seat.observations(self._obs)
        for world in np.flatnonzero(done):
            final_obs[world] = seen[world].copy()
        self.seat.cast.restart(done)
        fresh = self._begin(done)
        numbers = {key: np.where(done, fresh[key], values) for key, values in last.items()}
        infos = _with_masks(numbers, np.ones(self.num_envs, np.bool_))
        final = _with_masks({key: np.where(done, values, 0) for key, values in last.items()}, done)
        return {
            **infos,
            "final_obs": final_obs,
            "_final_obs": done.copy(),
            "final_info": final,
            "_final_info": done.copy(),
        }

    def render(self) -> Any:
        """Pictures of all worlds, where the render mode is `rgb_array`."""
        return (
            tuple(self.core.render(world) for world in range(self.num_envs))
            if self.render_mode == "rgb_array"
            else None
        )

    def close_extras(self, **kwargs: Any) -> None:
        """End the core's threads."""
        self.core.close()


def _with_masks(numbers: dict[str, Array], mask: Array) -> Infos:
    """Gymnasium's form of batched infos: `_key` says for which worlds `key` counts."""
    out: Infos = {}
    for key, values in numbers.items():
        out[key], out[f"_{key}"] = values, mask.copy()
    return out


__all__ = ["GameEnv", "GameVec"]
