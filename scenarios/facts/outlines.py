"""Outlines of kinds: corners, rounding, and the sizes that placing needs."""

import math

from ..model.numbers import typical
from ..model.things import Thing

Corner = tuple[float, float]


def area_of(corners: tuple[Corner, ...]) -> float:
    """Return the signed area of a polygon [m2]."""
    pairs = zip(corners, corners[1:] + corners[:1], strict=True)
    return sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairs) / 2


def core_of(kind: Thing) -> tuple[tuple[Corner, ...], float]:
    """Return the corners inside the rounding of a kind, around its origin, and the rounding."""
    radius = typical(kind.radius)
    if kind.shape == "circle":
        return ((0.0, 0.0),), radius
    if kind.shape == "capsule":
        half = typical(kind.length) / 2
        return ((-half, 0.0), (half, 0.0)), radius
    if kind.shape == "box":
        x, y = typical(kind.size[0]) / 2, typical(kind.size[1]) / 2
        return ((-x, -y), (x, -y), (x, y), (-x, y)), radius
    corners = kind.vertices
    return (corners if area_of(corners) > 0 else corners[::-1]), radius


def bounding_radius(kind: Thing) -> float:
    """Return the radius around the origin that holds the whole kind [m]."""
    corners, radius = core_of(kind)
    return radius + max(math.hypot(x, y) for x, y in corners)
