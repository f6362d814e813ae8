"""Params that vary by world (domain randomisation): what is in force in each world, and what is given from outside.

A game is compiled once. Each of its params that varies has a row of the state for the value of the episode, which `begin` draws, and two that episodes
leave alone: whether a value was given in place of what is drawn, and which.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..scenarios.problems import suggestion
from .compile import Game
from .layout import LANES
from .state import State

Array: TypeAlias = NDArray[Any]


def params_of(options: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a door's `reset` hands on to the core of its options: the params, and nothing else."""
    return {key: value for key, value in (options or {}).items() if key == "params"}


class Params:
    """The params of all worlds of a batch."""

    def __init__(self, game: Game, state: State, worlds: int) -> None:
        self._game, self._worlds = game, worlds
        self._rows = state.rows.reshape(state.rows.shape[0], -1, LANES)

    def now(self) -> dict[str, Array]:
        """The value of each in every world's episode, float32 [E], copied."""
        return {name: self._rows[:, row].reshape(-1)[: self._worlds].copy() for name, row in self._game.names.params.items()}

    def checked(self, values: Mapping[str, Any], mask: Array) -> dict[str, Array | None]:
        """What is to be given in the worlds of a mask, bool [E]: for each name float32 [E], or None.

        Raises:
            ValueError: If a name or a value is wrong.
        """
        if not isinstance(values, Mapping):
            raise ValueError(f"params: expected a dict of names and numbers, got {type(values).__name__}")
        return {name: self._number(name, value, mask) for name, value in values.items()}

    def give(self, values: Mapping[str, Array | None], mask: Array) -> None:
        """Set what episodes that begin from now on are given, in the worlds of a mask; None: they draw again."""
        if not values:
            return
        block, lane = np.divmod(np.flatnonzero(mask), LANES)
        for name, value in values.items():
            first = self._game.names.given[name]
            self._rows[block, first, lane] = value is not None
            self._rows[block, first + 1, lane] = 0 if value is None else value[mask]

    def _number(self, name: str, value: Any, mask: Array) -> Array | None:
        """The value of every world, float32 [E]."""
        scenario = self._game.scenario
        if name not in scenario.varied:
            raise self._unknown(name)
        if value is None:
            return None
        wanted = f"params: {name}: expected a number or one for each of {self._worlds} worlds"
        try:
            given = np.asarray(value)
        except ValueError as error:  # lists of different lengths
            raise ValueError(f"{wanted}, got {error}") from None
        if given.dtype.kind not in "fiu" or given.shape not in ((), (self._worlds,)):
            raise ValueError(f"{wanted}, got {given.dtype} of shape {given.shape}")
        given = np.broadcast_to(given, (self._worlds,))
        with np.errstate(over="ignore"):
            numbers: Array = given.astype(np.float32)
        param = scenario.varied[name]
        # float32 as the rows are, so that what `now` says can be given again.
        fits = (numbers >= np.float32(param.low)) & (numbers <= np.float32(param.high))
        if not fits[mask].all():
            world = int(np.flatnonzero(mask & ~fits)[0])
            raise ValueError(f"params: {name}: expected a number from {param.low:g} to {param.high:g}, got {given[world]:g} for world {world}")
        return numbers

    def _unknown(self, name: str) -> ValueError:
        scenario = self._game.scenario
        if name in scenario.params_used:
            value = scenario.params_used[name]
            return ValueError(f'params: "{name}" is {value} in every world; to set it by world, make them with vary={{"{name}": {{...}}}}')
        return ValueError(f'params: there is no "{name}" that varies{suggestion(str(name), scenario.varied)}')
