"""Where the world wraps a body is in several places: which of them can meet another body, one after the other."""

import numpy as np

from ...jit.kernel import inner
from ..world.elementary import ZERO
from ..world.layout.world import F, Real

TINY = F(1e-12)
IMAGES = 8
"""In a world that wraps everything stands again a world's width on, and so on: images are looked for this many worlds away at most."""


@inner
def _image_range(offset, reach, size):
    """First and last k with |offset + k * size| no more than reach, within IMAGES: along one axis, images of what is `offset` away in a world of `size` [m]."""
    first, last = np.int64(-np.floor((reach + offset) / size)), np.int64(np.floor((reach - offset) / size))
    return max(first, -IMAGES), min(last, IMAGES)


@inner
def has_more_images(world, reach):
    """Whether more than the nearest image of something may be within reach, in a world that wraps."""
    return reach > min(world.real[Real.HALF_W], world.real[Real.HALF_H])


@inner
def images(world, dx, dy, reach_x, reach_y):
    """Which images of what is (dx, dy) away, in a world that wraps, lie within reach along both axes: how many, and where (first column, first row, rows)."""
    left, right = _image_range(dx, reach_x, F(2) * world.real[Real.HALF_W])
    low, high = _image_range(dy, reach_y, F(2) * world.real[Real.HALF_H])
    rows = max(high - low + 1, 0)
    return max(right - left + 1, 0) * rows, (left, low, rows)


@inner
def near_images(world, wraps, dx, dy, reach):
    """As `images`, but only the nearest where no other can be within reach."""
    if wraps and has_more_images(world, reach):
        return images(world, dx, dy, reach, reach)
    return 1, (0, 0, 1)


@inner
def image_shift(world, where, n):
    """What to add to a place to get to the n-th of the images that were found, column after column."""
    left, low, rows = where
    return F(left + n // rows) * (F(2) * world.real[Real.HALF_W]), F(low + n % rows) * (F(2) * world.real[Real.HALF_H])


@inner
def passes(dx, dy, vx, vy, horizon):
    """When something (dx, dy) away that moves at (vx, vy) is nearest within a time, and the square of its distance then."""
    square = vx * vx + vy * vy
    when = min(max(-(dx * vx + dy * vy) / max(square, TINY), ZERO), horizon)
    x, y = dx + when * vx, dy + when * vy
    return when, x * x + y * y
