"""Spaces of one agent of a team: the only place that makes them."""

from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray

from ..compile.game import TeamLayout
from ..kernels.world.layout.world import Real


def observation_space(team: TeamLayout, limit: float) -> gymnasium.spaces.Box:
    """What one agent sees: float32 [O], each number in [-limit, limit]."""
    return gymnasium.spaces.Box(np.float32(-limit), np.float32(limit), (len(team.observation),), np.float32)


def action_space(team: TeamLayout, discrete: bool) -> gymnasium.spaces.Space[Any]:
    """What one agent may do.

    Continuous: Box [-1, 1] of the drive's numbers, those of the hands, those of shooting, then one number for each symbol (the greatest is said).
    Discrete: the one choice there is (of the drive, a motor, the hands, shooting, a symbol), or several as MultiDiscrete. Who can do nothing has one
    choice.
    """
    if team.action_size == 0:
        return gymnasium.spaces.Discrete(1)
    if not discrete:
        return gymnasium.spaces.Box(np.float32(-1), np.float32(1), (team.action_size,), np.float32)
    return gymnasium.spaces.Discrete(team.options[0]) if len(team.options) == 1 else gymnasium.spaces.MultiDiscrete(list(team.options))


def limit_of(real: NDArray[np.float32]) -> float:
    """Bound of every observed number."""
    return float(real[Real.LIMIT])


def action_shape(team: TeamLayout, discrete: bool) -> tuple[int, ...]:
    """Shape of one agent's action array."""
    return action_space(team, discrete).shape or ()


def sample_mask(space: gymnasium.spaces.Space[Any], options: NDArray[np.bool_]) -> Any:
    """A mask as `space.sample` takes it, of options side by side: int8 for a Discrete, tuples of them for a MultiDiscrete, nested as its `nvec` is."""
    if isinstance(space, gymnasium.spaces.Discrete):
        return options.astype(np.int8) if options.size else np.ones(1, np.int8)
    assert isinstance(space, gymnasium.spaces.MultiDiscrete)
    flat = (options if options.size else np.ones(int(space.nvec.sum()), np.bool_)).astype(np.int8)
    parts = iter(np.split(flat, np.cumsum(space.nvec.reshape(-1))[:-1]))
    return tuple(next(parts) if np.ndim(row) == 0 else tuple(next(parts) for _ in row) for row in space.nvec)


__all__ = ["action_shape", "action_space", "limit_of", "observation_space", "sample_mask"]
