"""One team of many worlds as a PufferEnv of PufferLib 3: a row for each agent, everything in place.

    pufferlib.vector.make(SandlotPuffer, env_kwargs={"game": "tag", "team": "chaser", "num_envs": 1024})

With PufferLib's workers the rows are copied once into the memory that they share; alone, the core's own memory is what the trainer reads.
"""

from typing import Any

import numpy as np
import pufferlib

import sandlot


class SandlotPuffer(pufferlib.PufferEnv):
    """One team learns, the others follow their scripts. Agents that are out are masked until their world begins anew.

    Args:
        game: Name or path of a game.
        team: Who learns.
        num_envs: Worlds.
        actions: `discrete` or `continuous`.
        buf: PufferLib's shared memory, if any.
        seed: World i begins with seed + i.
        **params: The game's params.
    """

    def __init__(
        self, game: str, team: str, num_envs: int = 64, actions: str = "discrete", buf: Any = None, seed: int = 0, **params: Any
    ) -> None:
        self.vec = sandlot.make_vec(game, num_envs, autoreset="same_step", actions=actions, copy=False, **params)
        self.vec.script([name for name in self.vec.teams if name != team])
        self.seed = seed
        self.per_world = len(self.vec.agents(team))
        self.num_agents = num_envs * self.per_world
        self.single_observation_space, self.single_action_space = self.vec.observation_space(team), self.vec.action_space(team)
        super().__init__(buf)
        self.arrays = self.vec.arrays()
        self.seen = self.arrays.obs[team].reshape(self.num_agents, -1)
        self.paid, self.alive = self.arrays.reward[team].reshape(-1), self.arrays.info["alive"][team].reshape(-1)
        self.acts = self.arrays.actions[team].reshape(self.num_agents, *self.single_action_space.shape)
        self.shared = buf is not None
        if not self.shared:
            self.observations, self.rewards, self.masks = self.seen, self.paid, self.alive
        self.returns = np.zeros(num_envs)

    def reset(self, seed: int | None = None) -> tuple[np.ndarray, list[dict[str, float]]]:
        """Begin all worlds anew."""
        self.vec.reset(seed=self.seed if seed is None else seed)
        self.returns[:] = self.terminals[:] = self.truncations[:] = 0
        self._share()
        return self.observations, []

    def step(self, actions: np.ndarray) -> tuple[Any, ...]:
        """Advance all worlds; a world that ends begins anew in the same step."""
        self.acts[...] = actions
        self.vec.advance()  # as they are; `self.vec.step(self.arrays.actions)` would look at them first
        self.terminals[:] = np.repeat(self.arrays.terminated, self.per_world)
        self.truncations[:] = np.repeat(self.arrays.truncated, self.per_world)
        self._share()
        self.returns += self.paid.reshape(-1, self.per_world).mean(1)
        over = self.arrays.terminated | self.arrays.truncated
        infos = [{"episode_return": float(value)} for value in self.returns[over]]
        self.returns[over] = 0
        return self.observations, self.rewards, self.terminals, self.truncations, infos

    def _share(self) -> None:
        if self.shared:
            self.observations[:], self.rewards[:], self.masks[:] = self.seen, self.paid, self.alive

    def close(self) -> None:
        """End the core's threads."""
        self.vec.close()
