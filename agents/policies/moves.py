"""What one agent may do, as numbers and choices: the form in which actions are planned, recorded and cloned."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...envs.kernels.control.choices import SHOOT_CHOICES, meanings

if TYPE_CHECKING:
    from ...envs import VectorEnv
    from ...envs.compile.game import TeamLayout

Array = NDArray[Any]


class Moves:
    """Turns actions of a team's agents into rows [box + choices] and back: first the numbers, then the index of each choice.

    Args:
        env: The worlds.
        team: Whose actions.

    Attributes:
        box: How many numbers.
        choices: How many options each choice has.
        discrete: Whether the worlds take choices; otherwise a choice is said by a number for each option, and the greatest counts.
    """

    def __init__(self, env: "VectorEnv", team: str) -> None:
        layout = next(one for one in env.game.teams if one.name == team)
        self.discrete = env.game.discrete
        self.box, self.choices = layout.parts(self.discrete)
        self.size = self.box + len(self.choices)

    def for_worlds(self, numbers: Array, picks: Array) -> Array:
        """Actions as the worlds take them, of numbers [..., box] and picks [..., choices]."""
        return for_worlds(numbers, picks, self.choices, self.discrete)

    def from_worlds(self, actions: Array) -> Array:
        """Rows float32 [n, size] of actions [n, ...]."""
        if self.discrete:
            return actions.reshape(len(actions), -1)[:, : self.size].astype(np.float32)
        parts, first = [actions[:, : self.box].astype(np.float32)], self.box
        for options in self.choices:
            parts.append(actions[:, first : first + options].argmax(1)[:, None].astype(np.float32))
            first += options
        return np.concatenate(parts, 1)


def for_worlds(numbers: Array, picks: Array, choices: tuple[int, ...], discrete: bool) -> Array:
    """Actions as worlds take them, of numbers [..., box] and picks [..., choices]: see `Moves`."""
    if discrete:
        return picks[..., 0] if len(choices) == 1 else picks if choices else np.zeros(picks.shape[:-1], np.int64)
    said = [np.where(np.arange(options) == picks[..., k, None], np.float32(1), np.float32(-1)) for k, options in enumerate(choices)]
    return np.concatenate([numbers, *said], -1).astype(np.float32, copy=False)


def as_numbers(team: "TeamLayout", picks: Array) -> Array:
    """Discrete actions as worlds that take numbers want them, float32 [..., K]: they do the same to the last bit.

    Args:
        team: Whose they are.
        picks: The option of each choice, [..., choices].
    """
    parts: list[Array] = []
    drives = team.drive_numbers(True)
    for k in range(drives):
        parts.append(_driven(team, picks[..., k]))
    for grip in range(team.grips):
        pick = picks[..., drives + grip, None]
        parts.append(np.where(pick == 2, -1, pick))  # let go, grab; nothing, lock, unlock
    if team.triggers:
        pick = picks[..., drives + team.grips]
        parts.append((pick > 0)[..., None])
        if team.triggers == SHOOT_CHOICES["free"]:
            parts.append(np.sign(_options("thrust", team.triggers)[pick]))  # of any length
    if team.symbols:
        parts.append(np.where(np.arange(team.symbols) == picks[..., -1, None], 1, -1))
    return np.concatenate(parts, -1).astype(np.float32)


def _driven(team: "TeamLayout", pick: Array) -> Array:
    """The numbers of a drive, or of one of its motors, for a choice."""
    return pick[..., None] - 1 if team.drive_type == "motor" else _options(team.drive_type, team.choices)[pick]


def _options(drive: str, choices: int) -> Array:
    """The numbers that each option of a drive stands for."""
    return np.array(meanings(drive, choices), np.float32)


__all__ = ["Moves", "as_numbers", "for_worlds"]
