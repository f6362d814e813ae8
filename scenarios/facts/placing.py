"""How kinds are placed that start at random: in which order, and by which outline."""

import math
from collections.abc import Iterable

from ..model.places import Place, Rect
from ..model.scenario import Scenario
from ..model.things import Thing
from .outlines import bounding_radius, core_of

SLACK = 1e-3
"""What starts may overlap by, and stick out of their region [m]."""


def wall_gap(scenario: Scenario, name: str, place: Place) -> float:
    """Return how far from the edge of its region a kind keeps [m]: its gap, where that is a wall."""
    return place.gap if place.in_ == "world" and scenario.world.walls == "solid" and scenario.kind(name).body != "sensor" else 0.0


def rect_of(scenario: Scenario, place: Place) -> tuple[float, float]:
    """Return width and height of a region that is a rectangle."""
    if isinstance(place.in_, Rect):
        left, bottom, right, top = place.in_.rect
        return right - left, top - bottom
    return scenario.world.size


def lying(kind: Thing, angle: float) -> tuple[float, float]:
    """Return width and height of what a kind covers at an angle."""
    corners, radius = core_of(kind)
    turn = math.radians(angle)
    cos, sin = math.cos(turn), math.sin(turn)
    xs, ys = [x * cos - y * sin for x, y in corners], [x * sin + y * cos for x, y in corners]
    return max(xs) - min(xs) + 2 * radius, max(ys) - min(ys) + 2 * radius


def needs_its_shape(scenario: Scenario, name: str, place: Place) -> bool:
    """Return whether a kind is too long for its rectangle to be placed by the circle around it, so that it is placed by its outline as it lies."""
    kind = scenario.kind(name)
    if kind.shape == "circle" or not (isinstance(place.in_, Rect) or place.in_ == "world"):
        return False
    return 2 * (bounding_radius(kind) + wall_gap(scenario, name, place)) > min(rect_of(scenario, place)) + SLACK


def stands_before(scenario: Scenario, names: Iterable[str]) -> list[str]:
    """Return kinds that are placed at random in the order in which they are, each clear of the solid ones before it.

    Whatever the order in the file, solid things come before sensors, so that none of these ends up under a rock; teams come last, and may start on one.
    """
    return sorted(names, key=lambda name: 2 if name in scenario.teams else 1 if scenario.kind(name).body == "sensor" else 0)
