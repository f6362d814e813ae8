"""Actions at the boundary: checked whole before anything moves, then laid out for the kernels; and scripted ones turned into choices."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...scenarios.text.problems import suggestion
from ..compile.game import Game, TeamLayout
from ..compile.ledger import split
from . import spaces

Array = NDArray[Any]
SLACK = 1e-4
"""How far above 1 a number may lie: policies that clip in another precision round."""
_MANY = 64
Whose: TypeAlias = Callable[..., str]


class ActionError(ValueError):
    """Actions that can't be used: which team, what was expected, what came."""


def numbers(what: str, values: Any, shape: tuple[int, ...], axes: str = "") -> Array:
    """An array of numbers of this shape; `what` and `axes` are for the message.

    Raises:
        ActionError: If it can't be one.
    """
    if type(values) is np.ndarray and values.dtype == np.float32 and values.shape == shape:
        return values  # what learners give, a world at a time as often as not
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ActionError(f"{what}: expected an array of shape {shape}, got {error}") from None
    if array.dtype.kind not in "fiub":
        raise ActionError(f"{what}: expected numbers, got {array.dtype}")
    if array.shape != shape:
        raise ActionError(f"{what}: expected shape {shape}{axes}, got {array.shape}")
    return array


def all_in_range(array: Array) -> bool:
    """Whether all numbers are from -1 to 1."""
    if array.size > _MANY:
        return bool(np.minimum.reduce(array, None) >= -1 - SLACK and np.maximum.reduce(array, None) <= 1 + SLACK)  # nan comes through both
    values: list[float] = array.reshape(-1).tolist()  # Python's own min and max, as NumPy's cost ten times as much for a few numbers
    total = sum(values)  # nan where any is, which min and max may overlook
    return total == total and min(values, default=0.0) >= -1 - SLACK and max(values, default=0.0) <= 1 + SLACK


def is_in_range(array: Array) -> Array:
    """Which numbers are from -1 to 1; the least integer of all has no absolute value."""
    return (array <= 1 + SLACK) & (array >= -1 - SLACK)


def check_numbers(what: str, array: Array, whose: Whose) -> None:
    """Refuse numbers that are not from -1 to 1; `whose` tells of an index whose number it is.

    Raises:
        ActionError: For the first of them.
    """
    if not all_in_range(array):
        bad = tuple(np.argwhere(~is_in_range(array))[0])
        raise ActionError(f"{what}: expected numbers from -1 to 1, got {array[bad]}{whose(*bad)}")


def check_choices(what: str, array: Array, limits: Array | tuple[int, ...], whose: Whose) -> None:
    """Refuse what is no choice, of an array whose last axis has one number for each of `limits`.

    Raises:
        ActionError: For the first of them.
    """
    if array.dtype.kind == "f" and not np.array_equal(array, np.floor(array)):
        bad = tuple(np.argwhere(array != np.floor(array))[0])
        raise ActionError(f"{what}: expected whole numbers, got {array[bad] if array.ndim == 1 else f'{array.dtype} with fractions'}")
    if array.size and (array.min() < 0 or (array >= limits).any()):
        bad = tuple(np.argwhere((array < 0) | (array >= limits))[0])
        raise ActionError(f"{what}: expected 0 to {limits[bad[-1]] - 1}, got {array[bad]}{whose(*bad)}")


def _names(team: TeamLayout) -> list[str]:
    """Names of an action's numbers."""
    return [*team.drive, *(f"symbol {k}" for k in range(team.symbols))]


class Actions:
    """Takes a step's actions into one flat buffer, `Buffers.action`."""

    def __init__(self, game: Game, worlds: int) -> None:
        self.game, self.worlds = game, worlds
        self.flat: Array = np.zeros(worlds * game.ledger.action_numbers, np.float32)
        self._teams = {team.name: team for team in game.teams}
        self._views = split(game.ledger.action, self.flat, worlds)
        self._shapes = {team.name: (worlds, team.agents, *spaces.action_shape(team, game.discrete)) for team in game.teams}
        self._options = {team.name: np.array(team.options) for team in game.teams}
        self.expect(list(self._teams))

    def expect(self, teams: list[str]) -> None:
        """Take the actions of these teams from now on, of no others."""
        self._places = {name: self._views[name] for name in teams}

    def take(self, actions: Mapping[str, Array]) -> None:
        """Check the actions of all teams that are expected, and copy them.

        Raises:
            ActionError: For a missing or unknown team, a wrong shape or type, a number that is not finite or out of range.
        """
        if type(actions) is not dict and not isinstance(actions, Mapping):
            raise ActionError(f"actions: expected a dict of teams ({', '.join(self._places)}), got {type(actions).__name__}")
        if actions.keys() != self._places.keys():
            self._complain_teams(actions)
        if self.game.discrete or not self._take_numbers(actions):
            checked = [(place, self._check(self._teams[name], actions[name])) for name, place in self._places.items()]
            for place, values in checked:
                if place.shape[2]:
                    place[...] = values.reshape(place.shape)

    def _take_numbers(self, actions: Mapping[str, Array]) -> bool:
        """Copy arrays that are float32 already, if all their numbers are fine; whether they are."""
        for name, place in self._places.items():
            values = actions[name]
            if type(values) is not np.ndarray or values.dtype != place.dtype or values.shape != place.shape or not all_in_range(values):
                return False
        for name, place in self._places.items():
            place[...] = actions[name]
        return True

    def places(self) -> dict[str, Array]:
        """Views of `flat` by team that is expected, shaped as `take` wants them; for a team whose only choice is 0, zeros that nobody reads."""
        shapes = self._shapes
        return {
            name: place.reshape(shapes[name]) if place.shape[2] else np.zeros(shapes[name], np.float32)
            for name, place in self._places.items()
        }

    def _complain_teams(self, actions: Mapping[str, Array]) -> None:
        expected = ", ".join(self._places)
        for name in actions:
            if name not in self._teams:
                raise ActionError(f"actions: no team {name!r}{suggestion(str(name), list(self._teams))}; there is {', '.join(self._teams)}")
            if name not in self._places:
                raise ActionError(
                    f"actions: team {name!r} is scripted, so its actions are not given; expected {expected or 'an empty dict'}"
                )
        missing = [name for name in self._places if name not in actions]
        raise ActionError(f"actions: nothing for team {missing[0]!r}; expected {expected}")

    def put(self, name: str, values: Any, first: int = 0, count: int | None = None) -> None:
        """Check the actions of `count` agents of one team (all by default) from `first` on, then copy them; those of the others stay.

        Raises:
            ActionError: For a wrong shape or type, a number that is not finite or out of range; nothing was copied.
        """
        team, (worlds, agents, *rest), view = self._teams[name], self._shapes[name], self._views[name]
        count = agents if count is None else count
        array = numbers(f"actions of {name!r}", values, (worlds, count, *rest), " [worlds, agents, numbers]")
        self._check_range(team, array, first)
        if view.shape[2]:
            view[:, first : first + count] = array.reshape(worlds, count, view.shape[2])

    def check(self, actions: Mapping[str, Array]) -> None:
        """Refuse what can't be used of these teams' actions.

        Raises:
            ActionError: As for `put`.
        """
        for name, values in actions.items():
            self._check(self._teams[name], values)

    def _check(self, team: TeamLayout, values: Any) -> Array:
        array = numbers(f"actions of {team.name!r}", values, self._shapes[team.name], " [worlds, agents, numbers]")
        self._check_range(team, array)
        return array

    def _check_range(self, team: TeamLayout, array: Array, first: int = 0) -> None:
        """Refuse what no agent can do; `first` is the agent that stands first, for the message."""
        what = f"actions of {team.name!r}"
        if team.action_size == 0:
            if array.any():
                raise ActionError(f"{what}: expected 0, its only choice, got {array[array != 0].flat[0]}")
        elif self.game.discrete:
            limits = self._options[team.name]
            check_choices(
                what, array.reshape(*array.shape[:2], len(limits)), limits, lambda w, a, _: f" (world {w}, {team.name}_{first + a})"
            )
        else:
            check_numbers(what, array, lambda w, a, k: f" (world {w}, {team.name}_{first + a}, {_names(team)[k]})")

    def named(self, flat: Array, teams: list[str]) -> dict[str, Array]:
        """Flat actions as their spaces have them, by team; copies."""
        views = split(self.game.ledger.action, flat, self.worlds)
        kind = np.int64 if self.game.discrete else np.float32
        # a team whose only choice is 0 has no numbers in the buffer
        return {
            name: views[name].astype(kind).reshape(self._shapes[name]) if views[name].shape[2] else np.zeros(self._shapes[name], np.int64)
            for name in teams
        }


__all__ = ["ActionError", "Actions", "all_in_range", "check_choices", "check_numbers", "numbers"]
