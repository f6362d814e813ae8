"""Checks of outlines."""

import math

from ..facts.outlines import Corner, area_of
from ..model.numbers import Normal, Number, Varied, bounds
from ..model.things import Thing
from ..text.limits import MAX_VERTICES, MIN_SIZE
from ..text.problems import listing
from ..text.tree import Keys
from .report import Report

_OWNERS = {"size": ("box",), "length": ("capsule",), "vertices": ("polygon",)}


def check_shapes(report: Report) -> None:
    """Check the outline of every kind."""
    scenario = report.scenario
    for name in scenario.kinds:
        kind = scenario.kind(name)
        keys: Keys = (scenario.section_of(name), name)
        if any(report.was_cut(*keys, field) for field in ("shape", "radius", *_OWNERS)):
            continue
        for field, owners in _OWNERS.items():
            if field in kind.model_fields_set and kind.shape not in owners:
                message = f'{field} belongs to shape {listing(owners)}, this is a "{kind.shape}"'
                report.complain((*keys, field), message, at_key=True)
        if kind.shape in ("circle", "capsule"):
            least = _least_radius(kind.radius)
            if least < MIN_SIZE:
                message = f"a {kind.shape} has a radius of at least {MIN_SIZE} m"
                report.complain((*keys, "radius"), f"{message}, got {least:g}")
        if kind.shape == "polygon":
            _check_polygon(report, (*keys, "vertices"), kind)


def _least_radius(radius: Number) -> float:
    """Return the least radius that an author asks for; normal ones are clamped, though their field begins at 0 for rounded boxes."""
    if isinstance(radius, Normal):
        return MIN_SIZE
    if isinstance(radius, Varied) and isinstance(radius.drawn, Normal):
        return radius.drawn.mean
    return bounds(radius)[0]


def _check_polygon(report: Report, keys: Keys, kind: Thing) -> None:
    corners = kind.vertices
    if len(corners) < 3:
        if not corners:
            report.complain(keys[:2], 'missing key "vertices" (the corners of the polygon)')
        else:
            report.complain(keys, f"a polygon has 3 to {MAX_VERTICES} corners, got {len(corners)}")
        return
    turns = [_turn(corners, index) for index in range(len(corners))]
    smallest = min(_side(corners, index) for index in range(len(corners)))
    for index, (before, after) in enumerate(zip(corners[-1:] + corners[:-1], corners, strict=True)):
        if math.dist(before, after) < MIN_SIZE:
            report.complain((*keys, index), f"two corners closer than {MIN_SIZE} m")
            return
    if _winding(corners) != 1 or min(turns) * max(turns) <= 0:
        wrong = _odd_corner(turns)
        message = "the polygon is not convex here (corners in order, none on a straight line)"
        report.complain((*keys, wrong), message)
    elif abs(area_of(corners)) < MIN_SIZE * smallest / 2:
        report.complain(keys, "the polygon has no area")


def _turn(corners: tuple[Corner, ...], index: int) -> float:
    """Return the sine of the turn at a corner."""
    (ax, ay), (bx, by) = corners[index - 1], corners[index]
    cx, cy = corners[(index + 1) % len(corners)]
    size = math.dist((ax, ay), (bx, by)) * math.dist((bx, by), (cx, cy))
    cross = (bx - ax) * (cy - by) - (by - ay) * (cx - bx)
    sine = cross / size if size else 0.0
    return sine if abs(sine) > 1e-6 else 0.0


def _side(corners: tuple[Corner, ...], index: int) -> float:
    return math.dist(corners[index - 1], corners[index])


def _winding(corners: tuple[Corner, ...]) -> int:
    """Return how often the outline goes around (a star turns one way only, but twice)."""
    total = 0.0
    for index, (bx, by) in enumerate(corners):
        ax, ay = corners[index - 1]
        cx, cy = corners[(index + 1) % len(corners)]
        first = math.atan2(by - ay, bx - ax)
        second = math.atan2(cy - by, cx - bx)
        total += math.remainder(second - first, math.tau)
    return round(abs(total) / math.tau)


def _odd_corner(turns: list[float]) -> int:
    """Return the corner that turns the other way than most."""
    mostly = 1 if sum(turn > 0 for turn in turns) * 2 >= len(turns) else -1
    return next((i for i, turn in enumerate(turns) if turn * mostly <= 0), 0)
