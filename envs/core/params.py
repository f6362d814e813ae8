"""Params that vary by world (domain randomisation): what is in force in each world, and what is given from outside; and what a game draws by itself.

A game is compiled once. Each of its params that varies has a row of the state for the value of the episode, which `begin` draws, and two that episodes
leave alone: whether a value was given in place of what is drawn, and which.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...scenarios.text.problems import suggestion
from ..compile.game import Game
from ..jit.ir import LANES
from ..kernels.world.state import State

Array: TypeAlias = NDArray[Any]


class Given(NamedTuple):
    """What is to be given for one param, in every world [E]."""

    touched: Array  # bool: whether anything is said of the world
    given: Array  # bool: whether it gets a value; else it draws again
    values: Array  # float32


class _Unsaid:
    """Stands where nothing is said of a world."""


_UNSAID = _Unsaid()


def options_of(options: Any, worlds: int) -> Mapping[str, Any] | None:
    """The options of a `reset`: a dict, or a list with one for each world (None: nothing), which may say values for different params.

    Raises:
        ValueError: If they are neither.
    """
    if options is None or isinstance(options, Mapping):
        return options
    each = [{} if one is None else one for one in options] if isinstance(options, Sequence) and not isinstance(options, str | bytes) else []
    if len(each) != worlds or not all(isinstance(one, Mapping) for one in each):
        raise ValueError(f"options: expected a dict, or a list of {worlds}, one for each world, got {options!r:.60}")
    if any("reset_mask" in one for one in each):
        raise ValueError("options: a reset_mask is of all worlds: give it as mask, or in one dict for all")
    said = [params_of(one).get("params", {}) for one in each]
    if not all(isinstance(params, Mapping) for params in said):
        raise ValueError("params: expected a dict of names and numbers in the options of every world")
    names = dict.fromkeys(name for params in said for name in params)
    return {"params": {name: column([params.get(name, _UNSAID) for params in said]) for name in names}}


def column(values: list[Any]) -> Array:
    """Values of any kind as an array of one axis."""
    column = np.empty(len(values), object)
    column[:] = values
    return column


def params_of(options: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a door's `reset` hands on to the core of its options: the params, and nothing else."""
    return {key: value for key, value in (options or {}).items() if key == "params"}


class Params:
    """The params of all worlds of a batch."""

    def __init__(self, game: Game, state: State, worlds: int) -> None:
        self._game, self._worlds = game, worlds
        self._rows = state.rows

    def now(self) -> dict[str, Array]:
        """The value of each in every world's episode, float32 [E], copied."""
        return {name: self._rows[:, row].reshape(-1)[: self._worlds].copy() for name, row in self._game.names.params.items()}

    def drawn(self) -> dict[str, Array]:
        """What the game's `draw` drew for every world's episode, float32 [E] by name: a number, or the index of the thing within its kind."""
        names = self._game.names
        first = {name: names.first[draw.kind] if draw.kind is not None else 0 for name, draw in self._game.scenario.draw.items()}
        return {name: self._rows[:, row].reshape(-1)[: self._worlds] - np.float32(first[name]) for name, row in names.draws.items()}

    def checked(self, values: Mapping[str, Any], mask: Array) -> dict[str, Given]:
        """What is to be given in the worlds of a mask, bool [E], by name.

        Raises:
            ValueError: If a name or a value is wrong.
        """
        if not isinstance(values, Mapping):
            raise ValueError(f"params: expected a dict of names and numbers, got {type(values).__name__}")
        return {name: self._number(name, value, mask) for name, value in values.items()}

    def give(self, values: Mapping[str, Given], mask: Array) -> None:
        """Set what episodes that begin from now on are given, in the worlds of a mask."""
        for name, given in values.items():
            worlds = np.flatnonzero(mask & given.touched)
            block, lane = np.divmod(worlds, LANES)
            first = self._game.names.given[name]
            self._rows[block, first, lane] = given.given[worlds]
            self._rows[block, first + 1, lane] = np.where(given.given, given.values, np.float32(0))[worlds]

    def _number(self, name: str, value: Any, mask: Array) -> Given:
        """What every world is given."""
        scenario = self._game.scenario
        if name not in scenario.varied:
            raise self._unknown(name)
        wanted = f"params: {name}: expected a number or one for each of {self._worlds} worlds"
        touched, drawn = np.ones(self._worlds, np.bool_), np.full(self._worlds, value is None)
        try:
            given = np.asarray(np.nan if value is None else value)
        except ValueError as error:  # lists of different lengths
            raise ValueError(f"{wanted}, got {error}") from None
        if given.dtype.kind == "O" and given.shape == (self._worlds,):  # None in some worlds
            touched, drawn = np.array([one is not _UNSAID for one in given]), np.array([one is None for one in given])
            try:
                given = np.array([scenario.varied[name].low if one is None or one is _UNSAID else one for one in given])
            except ValueError as error:
                raise ValueError(f"{wanted}, got {error}") from None
        if given.dtype.kind not in "fiu" or given.shape not in ((), (self._worlds,)):
            raise ValueError(f"{wanted}, got {given.dtype} of shape {given.shape}")
        given = np.broadcast_to(given, (self._worlds,))
        with np.errstate(over="ignore"):
            numbers: Array = given.astype(np.float32)
        mask = mask & touched & ~drawn
        param = scenario.varied[name]
        # float32 as the rows are, so that what `now` says can be given again.
        fits = (numbers >= np.float32(param.low)) & (numbers <= np.float32(param.high))
        if not fits[mask].all():
            world = int(np.flatnonzero(mask & ~fits)[0])
            raise ValueError(
                f"params: {name}: expected a number from {param.low:g} to {param.high:g}, got {given[world]:g} for world {world}"
            )
        return Given(touched, ~drawn, numbers)

    def _unknown(self, name: str) -> ValueError:
        scenario = self._game.scenario
        if name in scenario.params_used:
            value = scenario.params_used[name]
            return ValueError(f'params: "{name}" is {value} in every world; to set it by world, make them with vary={{"{name}": {{...}}}}')
        return ValueError(f'params: there is no "{name}" that varies{suggestion(str(name), scenario.varied)}')
