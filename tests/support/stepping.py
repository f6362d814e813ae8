"""Stepping every game of the library in every mode: random actions of everybody, and the worlds' hashes."""

import numpy as np

import sandlot
from sandlot.envs.kernels.world.layout.world import Whole

NAMES = sandlot.names()
MODES = ["next_step", "same_step", "disabled"]


def sampled(env, rng):
    """Random actions of everybody, in the env's kind."""
    return {
        team: np.array([[sample(env.action_space(team), rng) for _ in env.agents(team)] for _ in range(env.num_envs)]) for team in env.teams
    }


def sample(space, rng):
    if hasattr(space, "nvec"):
        return rng.integers(space.nvec)
    return rng.integers(space.n) if hasattr(space, "n") else rng.uniform(-1, 1, space.shape).astype(np.float32)


def hashes(env):
    return [env.state_hash(lane) for lane in range(env.num_envs)]


def hurry(env, left):
    """Turn the clocks of all worlds forward: their episodes end in so many steps."""
    limit, row = int(env.game.world.whole[Whole.LIMIT]), int(env.game.world.whole[Whole.CLOCK])
    env._state.rows[:, row] = limit - left
