"""Where things can get to in a room: what a fixed wall shuts off is out of reach for ever.

Everything is counted in favour of getting there, so what is out of reach here can't be reached; what isn't may be all the same.
"""

import math
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...scenarios import Scenario
from ...scenarios.facts.outlines import core_of
from ...scenarios.model.numbers import bounds, reach
from ...scenarios.model.places import Disc, Rect
from ...scenarios.model.rules import Event
from ...scenarios.model.things import Thing

Grid: TypeAlias = NDArray[np.bool_]

_CELLS = 200
"""Cells along the longer side of the room."""
_MOST = 300
"""Walls looked at; more are left out, as if one could get through."""
_SOFT = 0.2
"""Share of its radius that a body may be pushed into a wall, and more than it ever is."""


class Reach:
    """Where the centres of each kind can be, cell by cell.

    Args:
        scenario: A game in a room with solid walls.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        width, height = scenario.world.size
        self._cell = max(width, height) / _CELLS
        xs, ys = (np.arange(0.5 * self._cell - side / 2, side / 2, self._cell) for side in (width, height))
        self._x, self._y = np.meshgrid(xs, ys)
        self._slack = self._cell * math.sqrt(0.5)  # from a cell's centre to its corner
        self._known: dict[str, Grid | None] = {}

    def shuts_off(self, event: Event) -> bool:
        """Whether the two kinds of an event can never come as near as it asks."""
        first, second = event.pair or ("", "")
        there, here = self._places(first), self._places(second)
        if there is None or here is None:
            return False
        one, two = self.scenario.kind(first), self.scenario.kind(second)
        hands = self.scenario.teams[first].hands if first in self.scenario.teams else None
        touch = outer_radius(one) + outer_radius(two)
        near = {"touch": touch, "grabs": touch + (hands.reach if hands is not None else 0.0), "inside": outer_radius(two)}.get(
            event.kind, event.within or 0.0
        )
        return not (self._widen(here, near + 3 * self._slack) & there).any()

    def _places(self, name: str) -> Grid | None:
        """Where the centres of a kind can be; None where anything is possible."""
        if name not in self._known:
            self._known[name] = None  # should it start in itself
            self._known[name] = self._find(name, self.scenario.kind(name))
        return self._known[name]

    def _find(self, name: str, kind: Thing) -> Grid | None:
        starts = self._starts(kind)
        elsewhere = self.scenario.is_placed(name) or bool(self.scenario.shooters(name))
        if starts is None or elsewhere or kind.body == "kinematic":
            return None
        if kind.shape == "polygon":  # starts are where its origin is
            starts = self._widen(starts, outer_radius(kind))
        if not kind.moves:
            return starts
        if not self.scenario.collide(name, "walls"):
            return None
        free = self._free(name, inner_radius(kind))
        reached, size = starts & free, -1
        while (now := int(reached.sum())) > size:
            size = now
            reached = self._widen(reached, 1.5 * self._cell) & free
        return reached | starts

    def _starts(self, kind: Thing) -> Grid | None:
        """The cells in which a kind may begin."""
        place = kind.place
        if place is None:
            found = np.zeros(self._x.shape, np.bool_)
            for x, y in kind.spots or ():
                found |= self._box(bounds(x)[0], bounds(y)[0], bounds(x)[1], bounds(y)[1])
            return found
        if place.row is not None:
            (ax, ay), (bx, by) = place.row
            return self._box(min(ax, bx), min(ay, by), max(ax, bx), max(ay, by))
        if place.ring is not None:
            x, y, radius = place.ring
            return self._box(x - radius, y - radius, x + radius, y + radius)
        if isinstance(place.in_, Rect):
            return self._box(*place.in_.rect)
        if isinstance(place.in_, Disc):
            x, y, radius = place.in_.circle
            return self._box(x - radius, y - radius, x + radius, y + radius)
        if place.in_ == "world":
            return np.ones(self._x.shape, np.bool_)
        hosts = self._places(str(place.in_))
        return None if hosts is None else self._widen(hosts, outer_radius(self.scenario.kind(str(place.in_))) + self._slack)

    def _box(self, left: float, bottom: float, right: float, top: float) -> Grid:
        """The cells that a rectangle reaches into."""
        edge = self._cell
        return (self._x > left - edge) & (self._x < right + edge) & (self._y > bottom - edge) & (self._y < top + edge)

    def _free(self, name: str, radius: float) -> Grid:
        """The cells that are not wholly shut to the centre of a body, whose outline holds a disc of some radius."""
        deep = radius * (1 - _SOFT) - self._slack
        width, height = self.scenario.world.size
        free: Grid = (np.abs(self._x) < width / 2 - deep) & (np.abs(self._y) < height / 2 - deep)
        left = _MOST
        for other in self.scenario.kinds:
            wall = self.scenario.kind(other)
            if not self._stands(other, wall) or not self.scenario.collide(name, other):
                continue
            for spot in wall.spots or ():
                left -= 1
                if left >= 0:
                    free &= self._depth(wall, *spot) > deep
        return free

    def _stands(self, name: str, kind: Thing) -> bool:
        """Whether a kind stands where it is for ever, as large as it is."""
        moved = (
            self.scenario.is_placed(name)
            or self.scenario.is_removable(name)
            or kind.solid_if is not None
            or bool(self.scenario.shooters(name))
        )
        numbers = [kind.radius, kind.angle_deg, *(end for spot in kind.spots or () for end in spot)]
        numbers += [*kind.size] if kind.shape == "box" else [kind.length] if kind.shape == "capsule" else []
        return kind.body == "static" and kind.place is None and not moved and all(isinstance(number, float) for number in numbers)

    def _depth(self, wall: Thing, x: Any, y: Any) -> NDArray[np.float64]:
        """Distance of each cell's centre to an outline [m], below 0 inside of it."""
        corners, rim = core_of(wall)
        turn = math.radians(float(wall.angle_deg))  # type: ignore[arg-type]
        c, s = math.cos(turn), math.sin(turn)
        px, py = self._x - x, self._y - y
        px, py = c * px + s * py, c * py - s * px
        inside, nearest = np.full(px.shape, -np.inf), np.full(px.shape, np.inf)
        for (ax, ay), (bx, by) in zip(corners, corners[1:] + corners[:1], strict=True):
            ex, ey = bx - ax, by - ay
            size = math.hypot(ex, ey)
            along = np.clip(((px - ax) * ex + (py - ay) * ey) / (size * size), 0, 1) if size else np.zeros(px.shape)
            nearest = np.minimum(nearest, np.hypot(px - ax - along * ex, py - ay - along * ey))
            if len(corners) > 2:
                inside = np.maximum(inside, ((px - ax) * ey - (py - ay) * ex) / size)
        within = (inside < 0) & (len(corners) > 2)
        distance: NDArray[np.float64] = np.where(within, -nearest, nearest) - rim
        return distance

    def _widen(self, cells: Grid, by: float) -> Grid:
        """All cells within a distance [m] of some."""
        steps = int(by / self._cell)
        found = np.zeros_like(cells)
        for dy in range(-min(steps, len(cells) - 1), min(steps, len(cells) - 1) + 1):
            rows = cells[max(0, -dy) : len(cells) - max(0, dy)]
            reach = int(math.sqrt(max(0.0, by * by - (dy * self._cell) ** 2)) / self._cell)
            total = np.concatenate([np.zeros((len(rows), 1), np.int64), np.cumsum(rows, 1)], 1)
            ends = np.arange(cells.shape[1])
            count = total[:, np.minimum(ends + reach + 1, cells.shape[1])] - total[:, np.maximum(ends - reach, 0)]
            found[max(0, dy) : len(cells) - max(0, -dy)] |= count > 0
        return found


def inner_radius(kind: Thing) -> float:
    """Radius of a disc around the centre that lies within every outline of a kind [m], 0 where that isn't plain."""
    rim = reach(kind.radius)[0]
    return rim + min(reach(side)[0] for side in kind.size) / 2 if kind.shape == "box" else rim


def outer_radius(kind: Thing) -> float:
    """Radius of a disc around the centre that holds every outline of a kind [m]."""
    extent = {
        "circle": 0.0,
        "capsule": reach(kind.length)[1] / 2,
        "box": math.hypot(*(reach(side)[1] for side in kind.size)) / 2,
        "polygon": 2 * max((math.hypot(x, y) for x, y in kind.vertices), default=0.0),  # from its origin to its centre, and from there
    }
    return reach(kind.radius)[1] + extent[kind.shape]
