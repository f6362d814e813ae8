"""The PettingZoo door: one world as a ParallelEnv, and by PettingZoo's own wrapper as an AECEnv."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from operator import itemgetter
from typing import Any, NamedTuple, TypeAlias

import gymnasium
import numpy as np
import pettingzoo
from numpy.typing import NDArray
from pettingzoo.utils.conversions import parallel_to_aec_wrapper
from pettingzoo.utils.wrappers import (
    AssertOutOfBoundsWrapper,
    OrderEnforcingWrapper,
)

from ..scenarios import Scenario
from ..scenarios.problems import suggestion
from .actions import ActionError, all_in_range, is_in_range, numbers
from .arguments import one_seed
from .core import TROUBLES, ActionKind, VectorEnv
from .params import params_of
from .screen import RENDER_MODES, Screen
from .spaces import sample_mask

Array: TypeAlias = NDArray[Any]
_MAGIC = b"sandlot-parallel/2"


class _Agent(NamedTuple):
    """Where one agent's numbers lie in the flat buffers of a batch of one."""

    name: str
    row: int  # in `reward` and `alive`
    obs: slice
    action: slice
    shape: tuple[int, ...]  # of its action
    limits: tuple[int, ...]  # of its choices, empty where actions are continuous
    keys: tuple[str, ...]  # of its info
    pick: Any  # itemgetter of its info's values from all values of a step


class ParallelEnv(pettingzoo.ParallelEnv[str, Array, Any]):
    """One world, stepped by all its agents together.

    Agents are named `<team>_<i>`. An agent that is removed from the world is terminated in that step and
    leaves for good; all that are left end together with the world. Every info has the same keys in every
    step, with a number under each: `alive`, `reward/<term>` of the agent's team, `event/<rule>` (times it
    fired), `score` of its team where the game has one, `overruns`, `misplaced` and `unfired` (see
    `VectorEnv.step`). With discrete actions there is also `action_mask`: as `action_space.sample(mask=...)`
    takes it, what the agent could make anything of now (see `VectorEnv.action_masks`).

    Args:
        scenario: A validated game (`sandlot.load`).
        actions: `continuous` or `discrete`.
        render_mode: `human`, `rgb_array` or None.
        max_cycles: Truncate after this many steps, a whole number from 1, if the game's own clock hasn't; None: the
            game's own clock alone.
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        actions: ActionKind = "continuous",
        render_mode: str | None = None,
        max_cycles: int | None = None,
    ) -> None:
        self._screen = Screen(render_mode)
        self.core = VectorEnv(
            scenario,
            autoreset="disabled",
            actions=actions,
            copy=False,
            threads=1,
            max_cycles=max_cycles,
            render_mode=self._screen.core_mode,
        )
        self.scenario, self.render_mode, self.max_cycles = scenario, render_mode, self.core.max_cycles
        self.metadata = {
            "name": f"{scenario.name}_v{scenario.version}",
            "render_modes": list(RENDER_MODES),
            "render_fps": max(1, round(1 / self.core.dt)),
            "is_parallelizable": True,
        }
        self._cast = _agents_of(self.core)
        self.possible_agents = [agent.name for agent in self._cast]
        self.agents: list[str] = []
        core = self.core
        teams = [team for team in core.teams for _ in core.agents(team)]
        # One object for each agent, so that sampling from one doesn't move another's random stream.
        self._observation_spaces = dict(
            zip(self.possible_agents, [deepcopy(core.observation_space(t)) for t in teams], strict=True)
        )
        self._action_spaces = dict(
            zip(self.possible_agents, [deepcopy(core.action_space(t)) for t in teams], strict=True)
        )
        self._teams = dict(zip(self.possible_agents, teams, strict=True))
        self.state_space = core.state_space
        self._live: list[_Agent] = []
        self._paid = _paid_numbers(core)
        self._was_reset = False

    # --- facts -------------------------------------------------------------------------------------------

    def observation_space(self, agent: str) -> gymnasium.spaces.Space[Array]:
        """Space of an agent's observation; the same object each time."""
        return self._observation_spaces[self._known(agent)]

    def action_space(self, agent: str) -> gymnasium.spaces.Space[Any]:
        """Space of an agent's action; the same object each time."""
        return self._action_spaces[self._known(agent)]

    def observation_names(self, agent: str) -> list[tuple[str, str]]:
        """Name of each number of an agent's observation, and what 1.0 of it means."""
        return self.core.observation_names(self._teams[self._known(agent)])

    def _known(self, agent: str) -> str:
        if agent not in self._teams:
            raise KeyError(f"no agent {agent!r}{suggestion(str(agent), self.possible_agents)}")
        return agent

    # --- running -----------------------------------------------------------------------------------------

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Array], dict[str, dict[str, Any]]]:
        """Begin a new episode.

        Args:
            seed: Seed of this and all episodes to come; None goes on with the present random stream.
            options: `{"params": {name: value}}` is `core.set_params` before it; others are ignored.
        """
        observations, info = self.core.reset(seed=one_seed(seed), options=params_of(options))
        self._was_reset, self._live = True, self._cast
        alive = np.concatenate([info["alive"][team][0] for team in self.core.teams])
        flat = np.concatenate([observations[team].reshape(-1) for team in self.core.teams])
        self._keep(alive)
        sums = [*info.get("score", {}).values(), *(info[name] for name in TROUBLES)]
        quiet = _values([0.0] * self._paid + [value.item() for value in sums], alive.tolist())
        self._screen.begin(self.core)
        infos: dict[str, dict[str, Any]] = {
            agent.name: dict(zip(agent.keys, agent.pick(quiet), strict=True)) for agent in self._live
        }
        if self.core.game.discrete:
            self._tell_masks(infos)
        return {agent.name: flat[agent.obs] for agent in self._live}, infos

    def _tell_masks(self, infos: dict[str, dict[str, Any]]) -> None:
        """Write to infos what each agent could make anything of."""
        masks = self.core.action_masks()
        options = [own for team in self.core.teams for own in masks[team][0]]
        for agent in self._live:
            infos[agent.name]["action_mask"] = sample_mask(self._action_spaces[agent.name], options[agent.row])

    def step(
        self, actions: Mapping[str, Any]
    ) -> tuple[
        dict[str, Array], dict[str, float], dict[str, bool], dict[str, bool], dict[str, dict[str, Any]]
    ]:
        """Advance the world by one decision.

        Args:
            actions: An action for each agent in `agents`; those of agents that are out are ignored.

        Raises:
            ActionError: If an action is missing, of an unknown agent or not in its space; the world is as
                before.
        """
        if not self._live:
            raise RuntimeError(
                "the episode is over: call reset" if self._was_reset else "call reset before step"
            )
        self._take(actions)
        buffers = self.core.advance()
        paid, (over, late, _, *alive) = buffers.reward.tolist(), buffers.flags.tolist()
        values, flat = _values(paid, alive), buffers.obs.copy()
        observations, reward, terminated, truncated = {}, {}, {}, {}
        infos: dict[str, dict[str, Any]] = {}
        for name, row, obs, _, _, _, keys, pick in self._live:
            ended = bool(over or not alive[row])
            observations[name], reward[name], terminated[name], truncated[name] = (
                flat[obs],
                paid[row],
                ended,
                bool(late) and not ended,
            )
            infos[name] = dict(zip(keys, pick(values), strict=True))
        if self.core.game.discrete:
            self._tell_masks(infos)
        if over or late:
            self._live, self.agents = [], []
        elif not all(alive):
            self._keep(alive)
        self._screen.draw(self.core)
        return observations, reward, terminated, truncated, infos

    def _keep(self, alive: Any) -> None:
        """Go on with those of the live agents that are in the world; the actions of the others stay zero."""
        self._live = [agent for agent in self._live if alive[agent.row]]
        self.agents = [agent.name for agent in self._live]
        self.core.action_buffer[:] = 0

    # --- actions -----------------------------------------------------------------------------------------

    def check_actions(self, actions: Mapping[str, Any], agents: Sequence[str]) -> None:
        """Refuse actions of some of the live agents that `step` would refuse; the world and the other agents know nothing of it.

        Raises:
            ActionError: As for `step`.
        """
        flat = self.core.action_buffer
        kept, live = flat.copy(), self._live
        self._live = [agent for agent in live if agent.name in agents]
        try:
            self._take(actions)
        finally:
            self._live, flat[:] = live, kept

    def _take(self, actions: Mapping[str, Any]) -> None:
        """Check the actions of all live agents and lay them out for the kernel."""
        if not isinstance(actions, Mapping):
            raise ActionError(
                f"actions: expected a dict of agents ({', '.join(self.agents)}), got {type(actions).__name__}"
            )
        flat, taken = self.core.action_buffer, 0
        for agent in self._live:
            if agent.name not in actions:
                raise ActionError(f"actions: nothing for {agent.name!r}; expected {', '.join(self.agents)}")
            action = actions[agent.name]
            taken += 1
            if agent.limits:
                flat[agent.action] = _choices(agent, action)
            elif type(action) is np.ndarray and action.dtype == np.float32 and action.shape == agent.shape:
                flat[agent.action] = action
            else:
                flat[agent.action] = _numbers(agent, action)
        if len(actions) > taken:
            for name in actions:
                if name not in self._teams:
                    raise ActionError(
                        f"actions: no agent {name!r}{suggestion(str(name), self.possible_agents)}"
                    )
        if not self.core.game.discrete and flat.size and not all_in_range(flat):
            for agent in self._live:
                _complain_number(agent, flat[agent.action])

    # --- other questions ---------------------------------------------------------------------------------

    def state(self) -> Array:
        """Everything that is true, for central critics; see `VectorEnv.state`."""
        state: Array = self.core.state()[0]
        return state.copy()

    def get_state(self) -> bytes:
        """An exact snapshot of the world and of who is in it, for search and checkpoints."""
        live = bytes(agent in self._live for agent in self._cast)
        return _MAGIC + live + self.core.get_state()

    def set_state(self, blob: bytes) -> None:
        """Put a snapshot back: the same actions then bring the same future.

        Raises:
            ValueError: If the blob is no snapshot of this game, or damaged; the world is as before.
        """
        if not isinstance(blob, bytes | bytearray | memoryview):
            raise ValueError(f"state: expected a snapshot of {self.scenario.name}, got {type(blob).__name__}")
        if bytes(blob[: len(_MAGIC)]) != _MAGIC:
            raise ValueError(f"state: expected a snapshot of {self.scenario.name}, got {len(blob)} bytes of something else")
        head = len(_MAGIC) + len(self._cast)
        live = bytes(blob[len(_MAGIC) : head])
        if not set(live) <= {0, 1}:
            raise ValueError(f"state: the snapshot of {self.scenario.name} is damaged, or of another game")
        self.core.set_state(blob[head:])
        self._was_reset, self._live = True, self._cast
        self._keep(live)

    def render(self) -> NDArray[np.uint8] | None:
        """Picture of the world, uint8 [H, W, 3], if the mode is `rgb_array`; windows draw in every step."""
        return self._screen.picture(self.core)

    def close(self) -> None:
        """Close the window; may be called twice."""
        self._screen.close()
        self.core.close()


def _values(paid: list[float], alive: list[bool] | list[int]) -> list[float]:
    """All numbers that infos are picked from; `_agents_of` knows the order."""
    return [*paid, *map(float, alive)]


def _agents_of(core: VectorEnv) -> list[_Agent]:
    """Where everybody's numbers lie."""
    teams, scores = core.game.teams, list(core.game.scores)
    term_start = sum(team.agents for team in teams)  # rewards stand before, which infos don't repeat
    event_start = term_start + sum(team.agents * len(team.terms) for team in teams)
    score_start = event_start + len(core.game.rules)
    trouble_start = score_start + len(scores)
    alive_start = trouble_start + len(TROUBLES)
    events = [(f"event/{rule}", event_start + k) for k, rule in enumerate(core.game.rules)]
    trouble = [(name, trouble_start + k) for k, name in enumerate(TROUBLES)]
    cast: list[_Agent] = []
    obs = action = 0
    for team in teams:
        size = len(team.observation)
        space = core.action_space(team.name)
        for i in range(team.agents):
            terms = [
                (f"reward/{term}", term_start + t * team.agents + i) for t, term in enumerate(team.terms)
            ]
            score = [("score", score_start + scores.index(team.name))] if team.name in scores else []
            entries = [("alive", alive_start + len(cast)), *terms, *events, *score, *trouble]
            cast.append(
                _Agent(
                    f"{team.name}_{i}",
                    len(cast),
                    slice(obs, obs + size),
                    slice(action, action + team.action_size),
                    space.shape or (),
                    _limits(space),
                    tuple(key for key, _ in entries),
                    itemgetter(*(place for _, place in entries)),
                )
            )
            obs, action = obs + size, action + team.action_size
        term_start += team.agents * len(team.terms)
    return cast


def _paid_numbers(core: VectorEnv) -> int:
    """How many numbers `Buffers.reward` has in a batch of one: rewards, terms, events."""
    return sum(team.agents * (1 + len(team.terms)) for team in core.game.teams) + len(core.game.rules)


def _limits(space: gymnasium.spaces.Space[Any]) -> tuple[int, ...]:
    """How many choices there are for each number of an action; empty for continuous ones."""
    if isinstance(space, gymnasium.spaces.Discrete):
        return (int(space.n),)
    return tuple(int(n) for n in space.nvec) if isinstance(space, gymnasium.spaces.MultiDiscrete) else ()


def _numbers(agent: _Agent, action: Any) -> Array:
    """A continuous action of any number type, checked before float32 could overflow."""
    array = numbers(f"action of {agent.name!r}", action, agent.shape)
    _complain_number(agent, array)
    return array


def _complain_number(agent: _Agent, array: Array) -> None:
    """Raise ActionError if a number isn't in range."""
    bad = np.flatnonzero(~is_in_range(array))
    if bad.size:
        raise ActionError(
            f"action of {agent.name!r}: expected numbers from -1 to 1, got {array[bad[0]]} at index {bad[0]}"
        )


def _choices(agent: _Agent, action: Any) -> Any:
    """A discrete action as numbers; nothing for who has only one choice and no place for it."""
    if type(action) is not int or agent.shape:
        array = numbers(f"action of {agent.name!r}", action, agent.shape)
        if not (array.dtype.kind in "iu" or np.array_equal(array, np.floor(array))):
            raise ActionError(f"action of {agent.name!r}: expected whole numbers, got {array}")
        values: list[Any] = array.reshape(-1).tolist()
    else:
        values = [action]
    for value, limit in zip(values, agent.limits, strict=True):
        if not 0 <= value < limit:
            raise ActionError(f"action of {agent.name!r}: expected 0 to {limit - 1}, got {value}")
    return values if agent.action.stop > agent.action.start else ()


def make_aec(env: ParallelEnv) -> "pettingzoo.AECEnv[str, Array, Any]":
    """Let agents act one after the other; the world moves when the last one has chosen."""
    aec: Any = parallel_to_aec_wrapper(env)
    if all(isinstance(env.action_space(agent), gymnasium.spaces.Discrete) for agent in env.possible_agents):
        # For numbers there is only a wrapper that clips; the world's own complaint is better.
        aec = AssertOutOfBoundsWrapper(aec)
    return OrderEnforcingWrapper(aec)


__all__ = ["ParallelEnv", "make_aec"]
