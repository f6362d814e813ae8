"""The Gymnasium doors, GameEnv and GameVec: one agent or one team learns, policies play the rest."""

from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space

from ..core.arguments import cycles, first_seed, one_seed, seeds_of
from ..core.params import column, options_of, params_of
from ..core.results import ending, endings
from ..core.spaces import sample_mask
from ..core.vector import ActionKind, VectorEnv
from .screen import RENDER_MODES, Screen
from .seat import Array, Infos, Others, Rows, Seat
from .source import Source, resolve

_MODES = {
    "next_step": AutoresetMode.NEXT_STEP,
    "same_step": AutoresetMode.SAME_STEP,
    "disabled": AutoresetMode.DISABLED,
}


class GameEnv(gymnasium.Env[Array, Any]):
    """One world in which one agent or one team learns.

    Every info has the same keys, with a number under each; for a team the mean of its agents: `alive`,
    `reward/<term>`, `event/<rule>`, `score` where the game has one, `overruns`, `misplaced` and `unfired`. With
    discrete actions there is also `action_mask`, as `action_space.sample(mask=...)` takes it.

    Args:
        scenario: Name or path of a game, its JSON as a dict, or a Scenario.
        team: Who learns; may be left out where there is one agent in all.
        agent: One agent (`runner_0`) instead of a team.
        others: Who plays the rest: a spec (`scripted`, `random`, a Policy) or a dict from team to spec.
        actions: `continuous` or `discrete`.
        max_cycles: Steps after which an episode is truncated, if the game's own clock hasn't yet.
        max_episode_steps: Another word for it; `gymnasium.make` takes it itself, for a wrapper that counts.
        render_mode: `human`, `rgb_array` or None.
        **params: The scenario's params, and `vary`, `split` and `lesson`: see `sandlot.load`.
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
        max_cycles: int | None = None,
        max_episode_steps: int | None = None,
        render_mode: str | None = None,
        **params: Any,
    ) -> None:
        self._screen = Screen(render_mode)
        self.core = self._screen.world(resolve(scenario, params), actions, cycles(max_cycles, steps=max_episode_steps))
        self.seat = Seat(self.core, team, agent, others)
        self.core.copy = self.seat.cast.looks  # learners get copies; policies may keep what they saw
        self.observation_space, self.action_space = self.seat.observation_space, self.seat.action_space
        self.render_mode = render_mode
        self.metadata = {**self.metadata, "render_fps": max(1, round(1 / self.core.dt))}
        self._was_reset = False

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Array, Infos]:
        """Begin a new episode; the world is that of a ParallelEnv with this seed.

        Options: `{"params": {name: value}}` is `core.set_params` before it; others are ignored.
        """
        seed = one_seed(seed)
        # Seeds that Gymnasium draws have 128 bits; without a seed the world goes on with its own random
        # stream.
        first = None if self._was_reset else (self.np_random_seed or 0) % (1 << 64)
        self.core.reset(seed=first if seed is None else seed, options=params_of(options_of(options, 1)))
        super().reset(seed=seed)  # once nothing can be refused any more
        self._was_reset = True
        self.seat.cast.reset()
        self._screen.begin(self.core)
        return self.seat.observations(self.core.buffers)[0], self._read()[1]

    def step(self, action: Any) -> tuple[Array, float, bool, bool, Infos]:
        """Advance the world by one decision; once the episode is over, the world waits for `reset` as it is, and pays nothing.

        Raises:
            ActionError: If the action is not in its space; the world is as before.
        """
        if not self._was_reset:
            raise RuntimeError("call reset before step")
        seat = self.seat
        seat.act(np.asarray(action)[None], self.np_random)
        buffers = self.core.advance()
        self._screen.draw(self.core)
        over, late = seat.ends(buffers)
        terminated, truncated = ending(over.item(), late.item(), seat.here(buffers).item())
        if terminated:
            self.core.halt(np.ones(1, np.bool_))  # the learner may be out of a world that would go on
        reward, numbers = self._read()
        return seat.observations(buffers)[0], reward, terminated, truncated, numbers

    def _read(self) -> tuple[float, Infos]:
        """Reward and infos of the last step."""
        reward, numbers = self.seat.read(self.core.buffers)
        infos: Infos = dict(zip(self.seat.keys, numbers[:, 0].tolist(), strict=True))
        if self.core.game.discrete:
            infos["action_mask"] = sample_mask(self.action_space, self.seat.masks()[0])
        return reward.item(), infos

    def action_masks(self) -> Array:
        """Which options the learner could make anything of now: bool [options], all choices side by side; see `VectorEnv.action_masks`.

        Raises:
            ValueError: If actions are numbers.
        """
        return self.seat.masks()[0]

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
    """Many worlds, in each of which one agent or team learns: a Gymnasium VectorEnv.

    World i seeded with s is a GameEnv seeded with s + i, as long as no policy among the others draws random
    numbers (they share one stream here). Infos are as Gymnasium's own: an array for each key, and a mask
    under `_key`.

    With `rows="team"` each world is one row. With `rows="agents"` each learning agent is one: world after
    world, in each the agents of the team in their order, so that `num_envs`, the attribute, is worlds times
    agents. A row has its agent's own observation, reward and infos. An agent that is removed stays as an
    absorbing row (observations and rewards are zero, `info["alive"]` is 0, actions do nothing); the rows of a
    world end together: by a rule terminated, by the clock truncated, but terminated for agents that are out
    by then. So each row's episode counts once.

    Args:
        num_envs: How many worlds (`worlds`).
        scenario: As the other arguments that aren't named here: see `GameEnv`.
        team: Who learns.
        agent: One agent instead.
        others: Who plays the rest.
        rows: `team` or `agents`.
        actions: `continuous` or `discrete`.
        autoreset_mode: One of Gymnasium's AutoresetMode, or `next_step`, `same_step`, `disabled`.
        max_cycles: Steps after which an episode is truncated, if the game's own clock hasn't yet.
        max_episode_steps: Another word for it.
        threads: See `VectorEnv`.
        render_mode: `rgb_array` or None.
        **params: The scenario's params, and `vary`, `split` and `lesson`: see `sandlot.load`.
    """

    def __init__(
        self,
        num_envs: int = 1,
        *,
        scenario: Source,
        team: str | None = None,
        agent: str | None = None,
        others: Others = "scripted",
        rows: Rows = "team",
        actions: ActionKind = "continuous",
        autoreset_mode: AutoresetMode | str = "next_step",
        max_cycles: int | None = None,
        max_episode_steps: int | None = None,
        threads: int | None = None,
        render_mode: str | None = None,
        **params: Any,
    ) -> None:
        if isinstance(autoreset_mode, str) and autoreset_mode not in _MODES:
            raise ValueError(f"autoreset_mode: expected {', '.join(_MODES)} or an AutoresetMode, got {autoreset_mode!r}")
        self._mode = _MODES[autoreset_mode] if isinstance(autoreset_mode, str) else AutoresetMode(autoreset_mode)
        # same_step resets by mask, after a look at the ended worlds: their last score is gone once the core
        # itself has begun the next episode.
        core_mode: Any = "next_step" if self._mode is AutoresetMode.NEXT_STEP else "disabled"
        self.core = VectorEnv(
            resolve(scenario, params),
            num_envs,
            threads=threads,
            autoreset=core_mode,
            actions=actions,
            copy=False,
            max_cycles=cycles(max_cycles, steps=max_episode_steps),
            render_mode=render_mode,
        )
        num_envs = self.core.num_envs
        self.seat = Seat(self.core, team, agent, others, rows)
        self.core.copy = self.seat.cast.looks  # as in GameEnv
        self.worlds, self.num_envs, self.render_mode = num_envs, self.seat.rows, render_mode
        self.single_observation_space = self.seat.observation_space
        self.single_action_space = self.seat.action_space
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self.metadata = {
            "render_modes": ["rgb_array"],
            "render_fps": max(1, round(1 / self.core.dt)),
            "autoreset_mode": self._mode,
        }
        self._masks = tuple(f"_{key}" for key in self.seat.keys)
        self._all = np.ones((len(self.seat.keys), self.num_envs), np.bool_)
        self._was_reset = False
        self._done = np.zeros(num_envs, np.bool_)
        self._gone = np.zeros(num_envs, np.bool_)
        self._returns, self._lengths = np.zeros(self.num_envs), np.zeros(self.num_envs, np.int64)

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | Sequence[dict[str, Any] | None] | None = None
    ) -> tuple[Array, Infos]:
        """Begin new episodes: in all worlds, or in those of `options={"reset_mask": bool [num_envs]}`.

        The option `{"params": {name: value}}` is `core.set_params` for them before it. A list of seeds, values or options
        has one for each world or one for each row, the same for all rows of a world, as in masks. Policies that draw by
        chance begin their stream with the first world's seed, where all worlds begin.
        """
        seed = self._seeds(seed)
        mask = options.get("reset_mask") if isinstance(options, Mapping) else None
        if mask is None or not self._was_reset:
            mask = np.ones(self.worlds, np.bool_)
        else:
            mask = self._of_worlds("reset_mask", np.asarray(mask))
            if not mask.any():
                raise ValueError("reset_mask: expected at least one True")
        if seed is None and not self._was_reset:
            seed = int(self.np_random.integers(1 << 63))
            begin = None
        else:
            begin = first_seed(seed) if mask.all() else None
        numbers = self._begin(mask, seed, self._given(options))
        super().reset(seed=begin)  # once nothing can be refused any more
        if mask.all():
            self.seat.cast.reset()
        else:
            self.seat.cast.restart(mask)
        self._was_reset = True
        return self.seat.observations(self.core.buffers), self._infos(numbers, self._of_rows(mask))

    def _seeds(self, seed: Any) -> int | list[int | None] | None:
        """A seed, or one for each world, from what may be one for each row."""
        if self._is_of_rows(seed):
            seed = self._of_worlds("seed", column(list(seed))).tolist()
        checked = seeds_of(seed, self.worlds)
        return int(seed) if isinstance(seed, int | np.integer) else checked

    def _given(self, options: Any) -> dict[str, Any]:
        """The core's options, with one value for each world from one for each row."""
        if self._is_of_rows(options):
            options = self._of_worlds("options", column(list(options))).tolist()
        given = params_of(options_of(options, self.worlds))
        if self.seat.per_world == 1 or not isinstance(given.get("params"), Mapping):
            return given
        values = {
            name: self._of_worlds(name, np.asarray(value)) if np.shape(value) == (self.num_envs,) else value
            for name, value in given["params"].items()
        }
        return {"params": values}

    def _is_of_rows(self, values: Any) -> bool:
        """Whether a list has one for each row, where rows are not worlds."""
        is_list = isinstance(values, Sequence) and not isinstance(values, str | bytes)
        return self.seat.per_world > 1 and (is_list or np.ndim(values) == 1) and len(values) == self.num_envs

    def _of_worlds(self, what: str, values: Array) -> Array:
        """One value for each world from one for each row."""
        if values.shape != (self.num_envs,):
            raise ValueError(f"{what}: expected shape ({self.num_envs},), got {values.shape}")
        split = values.reshape(self.worlds, -1)
        if (split != split[:, :1]).any():
            raise ValueError(f"{what}: expected the same for all {self.seat.per_world} rows of a world")
        first: Array = split[:, 0]
        return first

    def _of_rows(self, values: Array) -> Array:
        """One value for each row from one for each world, as a copy."""
        return values.repeat(self.seat.per_world)

    def _begin(self, mask: Array, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None) -> Array:
        """Begin episodes; what infos tell of all worlds then."""
        self.core.reset(seed=seed, mask=mask, options=options)
        self._done, self._gone = self._done & ~mask, self._gone & ~mask
        rows = self._of_rows(mask)
        self._returns[rows], self._lengths[rows] = 0, 0
        return self.seat.read(self.core.buffers)[1]

    def step(self, actions: Any) -> tuple[Array, Array, Array, Array, Infos]:
        """Advance every world by one decision.

        Raises:
            ActionError: If actions are not in their space; the worlds are as before.
        """
        if not self._was_reset:
            raise RuntimeError("call reset before step")
        seat, core = self.seat, self.core
        seat.act(actions, self.np_random)
        buffers = core.advance()
        reward, numbers = seat.read(buffers)
        terminated, truncated = seat.ends(buffers)
        started, gone = self._done, self._gone
        if seat.removable and gone.any():  # the core doesn't know that these were over for the learners
            terminated[gone] = truncated[gone] = False
            rows, fresh = self._of_rows(gone), self._begin(gone)
            numbers[:, rows] = fresh[:, rows]  # rewards are 0 already: nobody was left to be paid
            buffers = core.buffers
        here = seat.here(buffers)
        if seat.removable and self._mode is AutoresetMode.NEXT_STEP:
            here = here | started[:, None]  # a step that begins an episode ends nothing
        ends = endings(terminated, truncated, here)
        if self._mode is AutoresetMode.NEXT_STEP:
            self._gone = ends.left
        elif self._mode is AutoresetMode.DISABLED and ends.left.any():
            core.halt(ends.left)
        self._done = ends.over
        terminated, truncated = (
            (ends.terminated & ends.over[:, None]).reshape(-1),
            ends.truncated.reshape(-1),
        )  # the rows of a world end together
        if self._mode is AutoresetMode.SAME_STEP:
            self._returns += reward
            self._lengths += 1
        infos: Infos
        if self._mode is AutoresetMode.SAME_STEP and self._done.any():
            infos = self._restart_in_step(numbers)
        else:
            infos = self._infos(numbers)
            if seat.cast.looks and self._mode is AutoresetMode.NEXT_STEP:
                seat.cast.restart(started)
        return seat.observations(core.buffers), reward, terminated, truncated, infos

    def _restart_in_step(self, last: Array) -> Infos:
        """Begin the next episode of worlds that have just ended; their last looks go into the infos."""
        seat, done = self.seat, self._of_rows(self._done)
        # What Gymnasium's RecordEpisodeStatistics around each single environment would tell: CleanRL's scripts read it here.
        told = {"r": np.where(done, self._returns, 0), "l": np.where(done, self._lengths, 0), "_r": done.copy(), "_l": done.copy()}
        final_obs = np.full(self.num_envs, None, dtype=object)
        for row, seen in zip(np.flatnonzero(done), seat.observations(self.core.buffers)[done], strict=True):
            final_obs[row] = seen
        seat.cast.restart(self._done)
        return {
            **self._infos(np.where(done, self._begin(self._done), last)),
            "final_obs": final_obs,
            "_final_obs": done.copy(),
            "final_info": {**self._infos(np.where(done, last, 0), done), "episode": told, "_episode": done.copy()},
            "_final_info": done,
        }

    def _infos(self, numbers: Array, mask: Array | None = None) -> Infos:
        """Gymnasium's form of batched infos: `_key` says for which rows `key` counts; by default for all."""
        masks = self._all.copy() if mask is None else self._all & mask
        infos: Infos = dict(zip(self.seat.keys, numbers, strict=True))
        infos.update(zip(self._masks, masks, strict=True))
        return infos

    def action_masks(self) -> Array:
        """Which options the learner of each row could make anything of now: bool [num_envs, options]; see `VectorEnv.action_masks`.

        Raises:
            ValueError: If actions are numbers.
        """
        return self.seat.masks()

    def render(self) -> Any:
        """A picture for each row, where the render mode is `rgb_array`: of its world, drawn once for all its rows."""
        if self.render_mode != "rgb_array":
            return None
        return tuple(picture for world in range(self.worlds) for picture in [self.core.render(world)] * self.seat.per_world)

    def close_extras(self, **kwargs: Any) -> None:
        """End the core's threads."""
        if "core" in self.__dict__:  # Gymnasium before 1.4 also closes what could not be made
            self.core.close()


__all__ = ["GameEnv", "GameVec"]
