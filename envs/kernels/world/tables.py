"""How kernels read the packed tables of a World: one function each for integers, constants, corners and spots."""

import numpy as np

from ...jit.kernel import inner
from .layout.things import Spot
from .layout.world import CLOCK_ROUND, Whole


@inner
def cell(world, table, row, column):
    """A number of an integer table."""
    return world.whole[world.whole[table] + row * world.whole[table + 1] + column]


@inner
def span_at(world, table, row, column):
    """Where a formula's operations begin and end: a column, and the one after it."""
    return cell(world, table, row, column), cell(world, table, row, column + 1)


@inner
def row_count(world, table):
    """How many rows an integer table has."""
    return world.whole[table + 2]


@inner
def const(world, index):
    """A constant."""
    return world.real[world.whole[Whole.CONST] + index]


@inner
def corner(world, index, axis):
    """A coordinate of a template outline's corner."""
    return world.real[world.whole[Whole.CORNER] + 2 * index + axis]


@inner
def spot_cell(world, spot, column):
    """A number of the table of places."""
    return world.real[world.whole[Whole.SPOT] + spot * Spot.COLUMNS + column]


@inner
def decisions(s, world, lane):
    """How many decisions a world's episode has had."""
    count, rounds = np.int64(s[world.whole[Whole.CLOCK], lane]), world.whole[Whole.ROUNDS]
    if rounds > 0:
        count += np.int64(s[rounds, lane]) * CLOCK_ROUND
    return count
