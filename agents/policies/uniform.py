"""The policy that knows nothing."""

from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray


class RandomPolicy:
    """Draws every action evenly from its space.

    Args:
        space: Action space of one agent: Box, Discrete or MultiDiscrete.
    """

    def __init__(self, space: gymnasium.spaces.Space[Any]) -> None:
        if not isinstance(space, gymnasium.spaces.Box | gymnasium.spaces.Discrete | gymnasium.spaces.MultiDiscrete):
            raise TypeError(f"space: expected Box, Discrete or MultiDiscrete, got {space}")
        self.space = space

    def reset(self, count: int) -> None:
        """Nothing to forget."""

    def act(self, obs: NDArray[Any], mask: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
        """One action for each row of `obs`."""
        rows, space = len(obs), self.space
        if isinstance(space, gymnasium.spaces.Discrete):
            return rng.integers(space.start, space.start + space.n, rows)
        if isinstance(space, gymnasium.spaces.MultiDiscrete):
            return rng.integers(space.start, space.start + space.nvec, (rows, *space.shape))
        return rng.uniform(space.low, space.high, (rows, *space.shape)).astype(np.float32)


__all__ = ["RandomPolicy"]
