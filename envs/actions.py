"""Actions at the boundary: checked whole before anything moves, then laid out for the kernels; and scripted ones turned into choices."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import spaces
from .compile import Game, TeamLayout

Array = NDArray[Any]
SLACK = 1e-4
"""How far above 1 a number may lie: policies that clip in another precision round."""
_DIRECTIONS = np.array([[0, 0], *([np.cos(k * np.pi / 4), np.sin(k * np.pi / 4)] for k in range(8))], np.float32)


class ActionError(ValueError):
    """Actions that can't be used: which team, what was expected, what came."""


def numbers(what: str, values: Any, shape: tuple[int, ...], axes: str = "") -> Array:
    """An array of numbers of this shape; `what` and `axes` are for the message.

    Raises:
        ActionError: If it can't be one.
    """
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ActionError(f"{what}: expected an array of shape {shape}, got {error}") from None
    if array.dtype.kind not in "fiub":
        raise ActionError(f"{what}: expected numbers, got {array.dtype}")
    if array.shape != shape:
        raise ActionError(f"{what}: expected shape {shape}{axes}, got {array.shape}")
    return array


class Actions:
    """Takes a step's actions into one flat buffer, `Buffers.action`."""

    def __init__(self, game: Game, worlds: int) -> None:
        self.game, self.worlds = game, worlds
        self.flat: Array = np.zeros(worlds * game.action_numbers, np.float32)
        self.continuous_size = sum(size * team.agents for size, team in zip(game.baseline_sizes, game.teams, strict=True))
        self._teams = {team.name: team for team in game.teams}
        self._views: dict[str, Array] = {}
        first = 0
        for team in game.teams:
            size = worlds * team.agents * team.action_size
            self._views[team.name] = self.flat[first : first + size].reshape(worlds, team.agents, team.action_size)
            first += size
        self._shapes = {team.name: (worlds, team.agents, *spaces.action_shape(team, game.discrete)) for team in game.teams}

    def take(self, actions: Mapping[str, Array]) -> None:
        """Check all teams' actions, then copy them.

        Raises:
            ActionError: For a missing or unknown team, a wrong shape or type, a number that is not finite or out of range; nothing was copied.
        """
        if not isinstance(actions, Mapping):
            raise ActionError(f"actions: expected a dict of teams ({', '.join(self._views)}), got {type(actions).__name__}")
        if actions.keys() != self._views.keys():
            self._complain_teams(actions)
        checked = [(self._views[team.name], self._check(team, actions[team.name])) for team in self.game.teams]
        for view, values in checked:
            if view.shape[2]:
                view[...] = values.reshape(view.shape)

    def _complain_teams(self, actions: Mapping[str, Array]) -> None:
        from ..scenarios.problems import suggestion

        unknown = [name for name in actions if name not in self._views]
        if unknown:
            raise ActionError(f"actions: no team {unknown[0]!r}{suggestion(str(unknown[0]), list(self._views))}; there is {', '.join(self._views)}")
        missing = [name for name in self._views if name not in actions]
        raise ActionError(f"actions: nothing for team {missing[0]!r}; expected {', '.join(self._views)}")

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

    def _check(self, team: TeamLayout, values: Any) -> Array:
        array = numbers(f"actions of {team.name!r}", values, self._shapes[team.name], " [worlds, agents, numbers]")
        self._check_range(team, array)
        return array

    def _check_range(self, team: TeamLayout, array: Array, first: int = 0) -> None:
        """Refuse what no agent can do; `first` is the agent that stands first, for the message."""
        if team.action_size == 0:
            if array.any():
                raise ActionError(f"actions of {team.name!r}: expected 0, its only choice, got {array[array != 0].flat[0]}")
        elif self.game.discrete:
            self._check_choices(team, array, first)
        else:
            low, high = array.min(initial=0), array.max(initial=0)  # nan comes through both; a team may be empty
            if not (low >= -1 - SLACK and high <= 1 + SLACK):
                self._complain_number(team, array, first)

    def _check_choices(self, team: TeamLayout, array: Array, first: int) -> None:
        limits = np.array(team.options)
        choices = array.reshape(*array.shape[:2], len(limits))
        if array.dtype.kind == "f" and not np.array_equal(choices, np.floor(choices)):
            raise ActionError(f"actions of {team.name!r}: expected whole numbers, got {array.dtype} with fractions")
        if (choices < 0).any() or (choices >= limits).any():
            bad = np.argwhere((choices < 0) | (choices >= limits))[0]
            raise ActionError(
                f"actions of {team.name!r}: expected 0 to {limits[bad[2]] - 1}, got {choices[tuple(bad)]} "
                f"(world {bad[0]}, {team.name}_{first + bad[1]})"
            )

    def _complain_number(self, team: TeamLayout, array: Array, first: int) -> None:
        bad = np.argwhere(~(np.abs(array) <= 1 + SLACK))[0]
        names = [*team.drive, *(f"symbol {k}" for k in range(team.symbols))]
        raise ActionError(
            f"actions of {team.name!r}: expected numbers from -1 to 1, got {array[tuple(bad)]} "
            f"(world {bad[0]}, {team.name}_{first + bad[1]}, {names[bad[2]]})"
        )

    def from_continuous(self, flat: Array) -> dict[str, Array]:
        """Turn continuous actions (flat, all teams) into the game's kind: views where it is continuous, the nearest choices where not."""
        out, first = {}, 0
        for team, size in zip(self.game.teams, self.game.baseline_sizes, strict=True):
            count = self.worlds * team.agents * size
            values = flat[first : first + count].reshape(self.worlds, team.agents, size)
            first += count
            if team.action_size == 0:
                out[team.name] = np.zeros((self.worlds, team.agents), np.int64)
            else:
                out[team.name] = self._choose(team, values) if self.game.discrete else values
        return out

    def _choose(self, team: TeamLayout, values: Array) -> Array:
        parts: list[Array] = []
        ends = [team.drive_numbers(False), team.drive_numbers(False) + team.grips]
        drive, hands, trigger = np.split(values[..., : len(team.drive)], ends, -1)
        if team.choices:
            parts.append(_nearest_choice(team, drive))
        elif drive.shape[-1]:  # motors: back, still, forth
            parts += list(np.moveaxis(np.rint(drive).astype(np.int64) + 1, -1, 0))
        if team.grips:
            parts.append((hands[..., 0] > 0).astype(np.int64))
        if team.grips > 1:  # nothing, lock, unlock
            parts.append(np.where(hands[..., 1] > 0.5, 1, np.where(hands[..., 1] < -0.5, 2, 0)))
        if team.triggers:
            aim = _nearest_direction(trigger[..., 1:]) if team.triggers == 9 else 1
            parts.append(np.where(trigger[..., 0] > 0, aim, 0))
        if team.symbols:
            parts.append(values[..., len(team.drive) :].argmax(-1))
        return parts[0] if len(parts) == 1 else np.stack(parts, -1)


def _nearest_choice(team: TeamLayout, drive: Array) -> Array:
    """The discrete choice most like a continuous one; the order is control._choose's."""
    if team.drive_type in ("tank", "car"):
        return 3 * (np.rint(drive[..., 0]).astype(np.int64) + 1) + np.rint(drive[..., 1]).astype(np.int64) + 1
    if team.drive_type == "rocket":
        return 3 * (drive[..., 0] > 0).astype(np.int64) + np.rint(drive[..., 1]).astype(np.int64) + 1
    if team.drive_type == "jump":
        return 3 * (drive[..., 1] > 0).astype(np.int64) + np.rint(drive[..., 0]).astype(np.int64) + 1
    options = _DIRECTIONS if team.choices == 9 else _DIRECTIONS[[0, 1, 3, 5, 7]]
    distance = ((drive[..., None, :] - options) ** 2).sum(-1)
    return distance.argmin(-1)


def _nearest_direction(aim: Array) -> Array:
    """The nearest of the eight directions, 1 to 8."""
    return ((aim[..., None, :] - _DIRECTIONS[1:]) ** 2).sum(-1).argmin(-1) + 1
