"""The Ray RLlib door (its new API stack): one world as a MultiAgentEnv, for all agents or for those of one team."""

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.arguments import cycles, one_seed
from ..core.vector import VectorEnv
from ..extras import needs
from ..policy import Cast
from .pettingzoo import ParallelEnv
from .screen import Screen
from .seat import Array, Others, seat_of
from .source import resolve

with needs("rllib"):
    from ray.rllib.env.multi_agent_env import MultiAgentEnv

STRIDE = 1 << 20
"""Seeds between one env runner and the next: the most worlds that a batch may have."""


class RllibEnv(MultiAgentEnv):
    """One world, as RLlib's env runners step it: dicts by agent id, `<team>_<i>`.

    An agent that is removed is terminated in that step, with its last observation and reward, and leaves `agents` for good. The world's own end
    stands under `__all__`: terminated by a rule, or when nobody is left who learns; truncated by the clock. A truncated agent has no flag of its
    own: RLlib takes an episode all of whose agents have one for terminated, and would then not ask its critic what the future was worth.

    Env runner w begins with the seed that RLlib gives it plus w times 2^20, so no two of them play the same worlds; RLlib alone would make world
    i + 1 of one runner the twin of world i of the next.

    Args:
        config: What `config.environment(env_config=...)` says: `source` (name or path of a game, or a Scenario), `team`, `agent`, `others`,
            `actions`, `max_cycles`, `render_mode`, and the game's params. `sandlot.make_rllib` says what they mean.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        options: dict[str, Any] = {"team": None, "agent": None, "others": "scripted", **config}
        options["max_cycles"] = cycles(options.get("max_cycles"), options)
        if "source" not in options:
            raise TypeError(f"env_config: expected a game under 'source', got {', '.join(config) or 'nothing'}")
        team, agent, others = (options.pop(name) for name in ("team", "agent", "others"))
        screen, choices = (
            Screen(options.pop("render_mode", None)),
            {name: options.pop(name) for name in ("actions", "max_cycles") if name in options},
        )
        self.env = ParallelEnv(screen.world(resolve(options.pop("source"), options), **choices), screen)
        self.seat = None if team is None and agent is None and others == "scripted" else (team, agent, others)
        learners, self._cast = cast_of(self.env.core, self.seat)
        self.possible_agents = [name for names in learners.values() for name in names]
        self.agents = list(self.possible_agents)
        self.observation_spaces = {name: self.env.observation_space(name) for name in self.possible_agents}
        self.action_spaces = {name: self.env.action_space(name) for name in self.possible_agents}
        self.metadata, self.render_mode = dict(self.env.metadata), self.env.render_mode
        self._offset = STRIDE * (getattr(config, "worker_index", None) or 0)
        self._probed = False
        super().__init__()

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Array], dict[str, dict[str, Any]]]:
        """Begin a new episode; without a seed the present random stream goes on. Options: see `ParallelEnv.reset`."""
        seed = one_seed(seed)
        if seed is None and self._probed:
            seed = int.from_bytes(os.urandom(6), "little")
        # RLlib looks at every new environment by reset(seed=42, options={}); without a seed of its own it would let all of them go on from there.
        self._probed = seed == 42 and options == {}
        seed = None if seed is None else seed + self._offset
        seen, infos = self.env.reset(seed=seed, options=options)
        super().reset(seed=seed)  # once nothing can be refused any more
        if self._cast is not None:
            self._cast.reset()
        self.agents = [name for name in self.possible_agents if name in seen]
        return self._mine(seen), self._mine(infos)

    def step(
        self, action_dict: Mapping[str, Any]
    ) -> tuple[dict[str, Array], dict[str, float], dict[str, bool], dict[str, bool], dict[str, dict[str, Any]]]:
        """Advance the world by one decision.

        Args:
            action_dict: An action for each agent in `agents`.

        Raises:
            ActionError: If an action is missing or not in its space; the world is as before.
        """
        if not self.agents:
            raise RuntimeError("the episode is over: call reset")
        actions = action_dict
        if self._cast is not None:
            self.env.check_actions(action_dict, self.agents)  # before the others choose, whose policies move on by it
            actions = {**self._others(self._cast), **action_dict}
        seen, rewards, terminated, truncated, infos = self.env.step(actions)
        acted, here = self.agents, set(self.env.agents)
        self.agents = [name for name in acted if name in here]
        late = any(truncated[name] for name in acted)
        ends = {name: terminated[name] for name in acted}
        return (
            self._mine(seen),
            self._mine(rewards),
            {**ends, "__all__": not self.agents and not late},
            {**dict.fromkeys(acted, False), "__all__": late},
            self._mine(infos),
        )

    def _mine(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """What those who learn get, of all agents' values."""
        return {name: values[name] for name in self.possible_agents if name in values}

    def _others(self, cast: Cast) -> dict[str, Any]:
        """Actions of all whom policies play."""
        core = self.env.core
        chosen = cast.act(*core.seen(), self.np_random)
        played = {name: action for team, actions in chosen.items() for name, action in zip(core.agents(team), actions[0], strict=True)}
        return {name: action for name, action in played.items() if name not in self.action_spaces}

    def render(self) -> NDArray[np.uint8] | None:
        """Picture of the world, uint8 [H, W, 3], if the mode is `rgb_array`; windows draw in every step."""
        return self.env.render()

    def close(self) -> None:
        """Close the window; may be called twice."""
        self.env.close()


def cast_of(
    core: VectorEnv, seat: tuple[str | None, str | None, Others] | None, *, inside: bool = False
) -> tuple[dict[str, list[str]], Cast | None]:
    """Who learns, by team, and who plays the rest.

    Args:
        core: The worlds.
        seat: Team, agent and others, as `make_rllib` has them; None: all learn.
        inside: Whether the step itself plays scripted teams (see `Cast`).
    """
    if seat is None:
        return {team: core.agents(team) for team in core.teams}, None
    team, first, count = seat_of(core, *seat[:2])
    mates = core.agents(team)
    played = tuple(name for name in core.teams if name != team or count < len(mates))
    whole = tuple(name for name in played if name != team) if inside else ()
    return {team: mates[first : first + count]}, Cast(core, seat[2], played, whole)


__all__ = ["STRIDE", "RllibEnv", "cast_of"]
