"""A compiled game: its tables, packed for the kernels, and the names that go with their columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...scenarios import Scenario
from ..kernels.control.choices import SHOOT_CHOICES
from ..kernels.world.layout.world import Whole
from ..kernels.world.state import World
from .formulas.names import Names
from .ledger import Ledger


@dataclass(frozen=True)
class TeamLayout:
    """What the doors need to know of a team.

    Attributes:
        name: Team name.
        first_body: Body of its first agent.
        agents: How many.
        observation: Name of each number of an observation, with its unit.
        drive: Names of the actions but speech: of the drive, of the hands, of shooting; a vector counts twice (`move.x`, `move.y`).
        choices: Number of discrete choices of the drive, 0 without one.
        triggers: Number of discrete choices of shooting (not, or in which direction), 0 for a team that can't.
        symbols: Number of symbols it can say, 0 for a mute team.
        terms: Names of its reward terms.
        action_size: Numbers of an action in the batch's layout.
        grips: How many of its actions are those of the hands.
        options: With discrete actions, how many choices each number of an action has.
        senses: Where the numbers of each sense end in an observation.
    """

    name: str
    first_body: int
    agents: int
    observation: tuple[tuple[str, str], ...]
    drive: tuple[str, ...]
    drive_type: str
    choices: int
    triggers: int
    symbols: int
    terms: tuple[str, ...]
    action_size: int
    grips: int
    options: tuple[int, ...]
    senses: tuple[int, ...]

    def parts(self, discrete: bool) -> tuple[int, tuple[int, ...]]:
        """Of what an action consists: how many numbers, and how many options each choice has; speech is a choice in both kinds of actions."""
        if discrete:
            return 0, tuple(self.options)
        return self.action_size - self.symbols, (self.symbols,) if self.symbols else ()

    def drive_numbers(self, discrete: bool) -> int:
        """Numbers of an action before those of the hands."""
        silent = len(self.options) - (1 if self.symbols else 0) if discrete else len(self.drive)
        return silent - self.grips - self.trigger_numbers(discrete)

    def trigger_numbers(self, discrete: bool) -> int:
        """Numbers of an action that shoot: whether, and where the aim is free in which direction."""
        return 3 if self.triggers == SHOOT_CHOICES["free"] and not discrete else min(self.triggers, 1)


@dataclass(frozen=True)
class Game:
    """A compiled scenario: the kernels' tables, and the names that go with their columns."""

    scenario: Scenario
    world: World
    discrete: bool
    teams: tuple[TeamLayout, ...]
    rules: tuple[str, ...]
    scores: dict[str, tuple[int, int]]
    names: Names
    ledger: Ledger
    body_kind: tuple[tuple[str, int], ...]
    obs_scaled: bool
    widest_observation: int
    wish_numbers: int


def pack(
    real: np.ndarray, whole: np.ndarray, floats: dict[int, Sequence[Any]], tables: dict[int, tuple[Sequence[Sequence[int]], int]]
) -> World:
    """Put float tables behind the world's floats and integer tables behind its integers, and write where each begins into its header.

    The header of an integer table says how many columns and rows it has, too; short rows are filled with 0.
    """
    reals, first = [real], real.size
    for header, values in floats.items():
        reals.append(np.array(values, np.float32).reshape(-1))
        whole[header], first = first, first + reals[-1].size
    wholes, first = [whole], whole.size
    for header, (rows, columns) in tables.items():
        table = np.zeros((len(rows), columns), np.int64)
        for k, row in enumerate(rows):
            table[k, : len(row)] = row
        whole[header : header + 3] = first, columns, len(rows)
        wholes.append(table.reshape(-1))
        first += table.size
    packed = World(real=np.concatenate(reals), whole=np.concatenate(wholes))
    assert np.isfinite(packed.real).all()
    return packed


def table_of(world: World, header: int) -> np.ndarray:
    """A table of a packed world, [rows, columns], for reading outside the kernels."""
    first, columns, rows = (int(v) for v in world.whole[header : header + 3])
    return world.whole[first : first + rows * columns].reshape(rows, columns)


def corners_of(world: World, first: int, count: int) -> np.ndarray:
    """Template corners, [count, 2]."""
    start = int(world.whole[Whole.CORNER]) + 2 * first
    return world.real[start : start + 2 * count].reshape(count, 2)


__all__ = ["Game", "TeamLayout", "corners_of", "pack", "table_of"]
