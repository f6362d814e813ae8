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

from ...scenarios.text.problems import suggestion
from ..compile.ledger import Place
from ..core.actions import ActionError, all_in_range, check_choices, check_numbers, numbers
from ..core.arguments import one_seed
from ..core.params import params_of
from ..core.results import ending
from ..core.spaces import sample_mask
from ..core.vector import VectorEnv
from .screen import RENDER_MODES, Screen

Array: TypeAlias = NDArray[Any]
_MAGIC = b"sandlot-parallel/2"


class _Agent(NamedTuple):
    """Where one agent's numbers lie in the flat buffers of a batch of one."""

    name: str
    paid: int  # in `reward`
    alive: int  # in `flags`
    obs: slice
    action: slice
    shape: tuple[int, ...]  # of its action
    limits: tuple[int, ...]  # of its choices, empty where actions are continuous
    keys: tuple[str, ...]  # of its info
    pick: Any  # itemgetter of its info's values from `reward` and `flags`, one behind the other


class ParallelEnv(pettingzoo.ParallelEnv[str, Array, Any]):
    """One world, stepped by all its agents together.

    Agents are named `<team>_<i>`. An agent that is removed from the world is terminated in that step and
    leaves for good; all that are left end together with the world. Every info has the same keys in every
    step, with a number under each: `alive`, `reward/<term>` of the agent's team, `event/<rule>` (times it
    fired), `score` of its team where the game has one, `overruns`, `misplaced` and `unfired` (see
    `VectorEnv.step`). With discrete actions there is also `action_mask`: as `action_space.sample(mask=...)`
    takes it, what the agent could make anything of now (see `VectorEnv.action_masks`).

    Args:
        core: Its world, from the screen.
        screen: Shows it.
    """

    def __init__(self, core: VectorEnv, screen: Screen) -> None:
        self.core, self._screen = core, screen
        scenario = core.scenario
        self.scenario, self.render_mode, self.max_cycles = scenario, screen.mode, core.max_cycles
        self.metadata = {
            "name": f"{scenario.name}_v{scenario.version}",
            "render_modes": list(RENDER_MODES),
            "render_fps": max(1, round(1 / self.core.dt)),
            "is_parallelizable": True,
        }
        self._cast = _agents_of(core)
        self.possible_agents = [agent.name for agent in self._cast]
        self.agents: list[str] = []
        teams = [team for team in core.teams for _ in core.agents(team)]
        # One object for each agent, so that sampling from one doesn't move another's random stream.
        self._observation_spaces = dict(zip(self.possible_agents, [deepcopy(core.observation_space(t)) for t in teams], strict=True))
        self._action_spaces = dict(zip(self.possible_agents, [deepcopy(core.action_space(t)) for t in teams], strict=True))
        self._teams = dict(zip(self.possible_agents, teams, strict=True))
        self.state_space = core.state_space
        self._live: list[_Agent] = []
        self._over, self._late = core.game.ledger.terminated.first, core.game.ledger.truncated.first
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

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[dict[str, Array], dict[str, dict[str, Any]]]:
        """Begin a new episode.

        Args:
            seed: Seed of this and all episodes to come; None goes on with the present random stream.
            options: `{"params": {name: value}}` is `core.set_params` before it; others are ignored.
        """
        self.core.reset(seed=one_seed(seed), options=params_of(options))
        self._was_reset = True
        buffers = self.core.buffers
        paid, flags, flat = buffers.reward.tolist(), buffers.flags.tolist(), buffers.obs.copy()
        values = [*paid, *map(float, flags)]
        self._keep([agent for agent in self._cast if flags[agent.alive]])
        self._screen.begin(self.core)
        infos: dict[str, dict[str, Any]] = {agent.name: dict(zip(agent.keys, agent.pick(values), strict=True)) for agent in self._live}
        if self.core.game.discrete:
            self._tell_masks(infos)
        return {agent.name: flat[agent.obs] for agent in self._live}, infos

    def _tell_masks(self, infos: dict[str, dict[str, Any]]) -> None:
        """Write to infos what each agent could make anything of."""
        masks = self.core.action_masks()
        options = (own for team in self.core.teams for own in masks[team][0])
        for name, own in zip(self.possible_agents, options, strict=True):
            if name in infos:
                infos[name]["action_mask"] = sample_mask(self._action_spaces[name], own)

    def step(
        self, actions: Mapping[str, Any]
    ) -> tuple[dict[str, Array], dict[str, float], dict[str, bool], dict[str, bool], dict[str, dict[str, Any]]]:
        """Advance the world by one decision.

        Args:
            actions: An action for each agent in `agents`; those of agents that are out are ignored.

        Raises:
            ActionError: If an action is missing, of an unknown agent or not in its space; the world is as
                before.
        """
        if not self._live:
            raise RuntimeError("the episode is over: call reset" if self._was_reset else "call reset before step")
        self._take(actions)
        buffers = self.core.advance()
        paid, flags, flat = buffers.reward.tolist(), buffers.flags.tolist(), buffers.obs.copy()
        values = [*paid, *map(float, flags)]
        over, late = bool(flags[self._over]), bool(flags[self._late])
        fates = ending(over, late, False), ending(over, late, True)
        observations, reward, terminated, truncated = {}, {}, {}, {}
        infos: dict[str, dict[str, Any]] = {}
        for name, row, here, obs, _, _, _, keys, pick in self._live:
            observations[name], reward[name] = flat[obs], paid[row]
            terminated[name], truncated[name] = fates[flags[here]]
            infos[name] = dict(zip(keys, pick(values), strict=True))
        if self.core.game.discrete:
            self._tell_masks(infos)
        if over or late:
            self._live, self.agents = [], []
        elif any(terminated.values()):
            self._keep([agent for agent in self._live if not terminated[agent.name]])
        self._screen.draw(self.core)
        return observations, reward, terminated, truncated, infos

    def _keep(self, agents: list[_Agent]) -> None:
        """Go on with these agents, who are in the world; the actions of the others stay zero."""
        self._live, self.agents = agents, [agent.name for agent in agents]
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
            raise ActionError(f"actions: expected a dict of agents ({', '.join(self.agents)}), got {type(actions).__name__}")
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
                    raise ActionError(f"actions: no agent {name!r}{suggestion(str(name), self.possible_agents)}")
        if not self.core.game.discrete and flat.size and not all_in_range(flat):
            for agent in self._live:
                _numbers(agent, flat[agent.action])

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
        self._was_reset = True
        self._keep([agent for agent, here in zip(self._cast, live, strict=True) if here])

    def render(self) -> NDArray[np.uint8] | None:
        """Picture of the world, uint8 [H, W, 3], if the mode is `rgb_array`; windows draw in every step."""
        return self._screen.picture(self.core)

    def close(self) -> None:
        """Close the window; may be called twice."""
        self._screen.close()
        self.core.close()


def _agents_of(core: VectorEnv) -> list[_Agent]:
    """Where everybody's numbers lie."""
    ledger = core.game.ledger
    shared = [(f"event/{rule}", ledger.events.first + k) for k, rule in enumerate(core.game.rules)]
    trouble = [(name, place.first) for name, place in ledger.troubles.items()]
    cast: list[_Agent] = []
    for team in core.teams:
        space = core.action_space(team)
        seen, done = ledger.obs[team], ledger.action[team]
        score = [("score", ledger.scores[team].first)] if team in ledger.scores else []
        for i, name in enumerate(core.agents(team)):
            alive = ledger.alive[team].first + i
            terms = [(f"reward/{term}", place.first + i) for term, place in ledger.terms[team].items()]
            entries = [("alive", ledger.reward_numbers + alive), *terms, *shared, *score, *trouble]
            cast.append(
                _Agent(
                    name,
                    ledger.reward[team].first + i,
                    alive,
                    _own(seen, i),
                    _own(done, i),
                    space.shape or (),
                    _limits(space),
                    tuple(key for key, _ in entries),
                    itemgetter(*(place for _, place in entries)),
                )
            )
    return cast


def _own(team: Place, agent: int) -> slice:
    """One agent's part of its team's, in a batch of one."""
    size = team.shape[1]
    return slice(team.first + agent * size, team.first + (agent + 1) * size)


def _limits(space: gymnasium.spaces.Space[Any]) -> tuple[int, ...]:
    """How many choices there are for each number of an action; empty for continuous ones."""
    if isinstance(space, gymnasium.spaces.Discrete):
        return (int(space.n),)
    return tuple(int(n) for n in space.nvec) if isinstance(space, gymnasium.spaces.MultiDiscrete) else ()


def _numbers(agent: _Agent, action: Any) -> Array:
    """A continuous action of any number type, checked before float32 could overflow."""
    what = f"action of {agent.name!r}"
    array = numbers(what, action, agent.shape)
    check_numbers(what, array, lambda k: f" at index {k}")
    return array


def _choices(agent: _Agent, action: Any) -> Any:
    """A discrete action as numbers; nothing for who has only one choice and no place for it."""
    what = f"action of {agent.name!r}"
    values: list[Any] = [action] if type(action) is int and not agent.shape else numbers(what, action, agent.shape).reshape(-1).tolist()
    for value, limit in zip(values, agent.limits, strict=True):
        if not 0 <= value < limit or value % 1:  # in Python, as NumPy costs ten times as much for a few numbers
            check_choices(what, np.array(values), agent.limits, lambda k: "")
    return values if agent.action.stop > agent.action.start else ()


def make_aec(env: ParallelEnv) -> "pettingzoo.AECEnv[str, Array, Any]":
    """Let agents act one after the other; the world moves when the last one has chosen."""
    aec: Any = parallel_to_aec_wrapper(env)
    if all(isinstance(env.action_space(agent), gymnasium.spaces.Discrete) for agent in env.possible_agents):
        # For numbers there is only a wrapper that clips; the world's own complaint is better.
        aec = AssertOutOfBoundsWrapper(aec)
    return OrderEnforcingWrapper(aec)


__all__ = ["ParallelEnv", "make_aec"]
