"""Who is near a place when bodies are many: a hashed grid with cells of several sizes, for one world at a time. Scalar code.

A body lies in one cell, that of its centre, on the finest level whose cells are no narrower than what the body covers; so a crumb lies on a
fine level, a wall on a coarse one, and neither is ever in more than one list. Whoever asks for what reaches into a box looks, on each
level in use, at the cells within the box grown by what the widest body there covers. Source: the hierarchical hash grid (Ericson, "Real-Time
Collision Detection", 2005, 7.2).

A grid says who may be near, never who is: it finds too many rather than too few, the caller looks closer, and what it then finds must not
depend on the order of the list. So every result is the same, bit for bit, as that of asking all bodies.

An area of `scratch.i` holds the grid of one world: how far the widest body of each level reaches (in 2^-16 m, 0: none), the highest level in use + 1,
the first body of each bucket, the cell of each body (-1: none) and the next body of its bucket (0: none).
"""

import numpy as np

from ...jit.kernel import inner, shared
from ..world.layout.scratch import Integer
from ..world.layout.world import GRID_LEVELS, F, GridTable, Real, Table, Whole
from ..world.tables import cell

_FAR = F(1e9)
"""Cells beyond are one: no number overflows."""
_SPAN = np.int64(1 << 16)
_PARTS = F(1 << 16)
_HEAD = GRID_LEVELS + 1


@inner
def area_at(world, area):
    """First index of an area."""
    return Integer.FOUND + 2 * world.whole[Whole.BODIES] + area * cell(world, Table.GRID, 0, GridTable.AREA)


@inner
def _strip(x, size):
    """Number of the column or row of cells that a coordinate lies in; never falls where the coordinate grows."""
    return np.int64(np.floor(min(max(x / size, -_FAR), _FAR)))


@inner
def _bucket(column, row, level, buckets):
    return (column * 73856093 + row * 19349663 + level * 83492791) & (buckets - 1)


@shared
def clear(world, area, scratch):
    """Empty an area."""
    i, base, bodies = scratch.i, area_at(world, area), world.whole[Whole.BODIES]
    heads = _HEAD + cell(world, Table.GRID, 0, GridTable.BUCKETS)
    for k in range(heads):
        i[base + k] = 0
    for k in range(heads, heads + bodies):
        i[base + k] = -1


@shared
def insert(world, body, place, extent, least, area, scratch):
    """Put a body at a place (x, y) [m] into an area; it covers at most `extent` to each side [m], and goes to level `least` or above."""
    x, y = place
    i, base = scratch.i, area_at(world, area)
    mask_x, mask_y = cell(world, Table.GRID, 0, GridTable.MASK_X), cell(world, Table.GRID, 0, GridTable.MASK_Y)
    buckets = cell(world, Table.GRID, 0, GridTable.BUCKETS)
    wide, high, level, top = world.real[Real.CELL_X], world.real[Real.CELL_Y], 0, GRID_LEVELS - 1
    while level < top and (level < least or F(2) * extent > min(wide, high)):
        wide, high, level = F(2) * wide, F(2) * high, level + 1
    column, row = _strip(x, wide) & (mask_x >> level), _strip(y, high) & (mask_y >> level)
    head = base + _HEAD + _bucket(column, row, level, buckets)
    places = base + _HEAD + buckets
    i[places + body] = (level * _SPAN + row) * _SPAN + column
    i[places + world.whole[Whole.BODIES] + body] = i[head]
    i[head] = body
    i[base + level] = max(i[base + level], np.int64(extent * _PARTS) + 1)
    i[base + GRID_LEVELS] = max(i[base + GRID_LEVELS], level + 1)


@inner
def holds(world, body, area, scratch):
    """Whether a body is in an area."""
    return scratch.i[area_at(world, area) + _HEAD + cell(world, Table.GRID, 0, GridTable.BUCKETS) + body] >= 0


@shared
def gather(world, box, area, out, scratch):
    """List from `out` on, in no order, every body whose extent may reach into a box, (x, y, half its width, half its height), and some more; how many.

    Where the box covers more cells than there are bodies, all bodies are looked at instead: asking too much costs no more than asking all.
    """
    x, y, half_x, half_y = box
    i, base, bodies, found = scratch.i, area_at(world, area), world.whole[Whole.BODIES], 0
    mask_x, mask_y = cell(world, Table.GRID, 0, GridTable.MASK_X), cell(world, Table.GRID, 0, GridTable.MASK_Y)
    buckets = cell(world, Table.GRID, 0, GridTable.BUCKETS)
    places = base + _HEAD + buckets
    wide, high = world.real[Real.CELL_X], world.real[Real.CELL_Y]
    slack = F(1e-5) * (half_x + half_y) + F(1e-6) * (np.abs(x) + np.abs(y))  # well above what rounding loses
    for level in range(i[base + GRID_LEVELS]):
        if i[base + level] > 0:
            reach = F(i[base + level]) / _PARTS + slack
            left, low = _strip(x - half_x - reach, wide), _strip(y - half_y - reach, high)
            columns = min(_strip(x + half_x + reach, wide) - left, mask_x >> level) + 1
            rows = min(_strip(y + half_y + reach, high) - low, mask_y >> level) + 1
            if columns * rows > bodies:
                for body in range(1, bodies):
                    if i[places + body] >= level * _SPAN * _SPAN and i[places + body] < (level + 1) * _SPAN * _SPAN:
                        i[out + found] = body
                        found += 1
            else:
                for r in range(rows):
                    row = (low + r) & (mask_y >> level)
                    for c in range(columns):
                        column = (left + c) & (mask_x >> level)
                        place = (level * _SPAN + row) * _SPAN + column
                        body = i[base + _HEAD + _bucket(column, row, level, buckets)]
                        while body > 0:
                            if i[places + body] == place:
                                i[out + found] = body
                                found += 1
                            body = i[places + bodies + body]
        wide, high = F(2) * wide, F(2) * high
    return found


@shared
def sort(count, scratch):
    """Put the first `count` of the list into ascending order (Shell's sort: most lists are short)."""
    i = scratch.i
    for gap in (701, 301, 132, 57, 23, 10, 4, 1):
        for k in range(gap, count):
            body, j = i[Integer.FOUND + k], k
            while j >= gap and i[Integer.FOUND + j - gap] > body:
                i[Integer.FOUND + j] = i[Integer.FOUND + j - gap]
                j -= gap
            i[Integer.FOUND + j] = body
