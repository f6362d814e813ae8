"""Checks that everything has room to start: in the world, in its region, and beside the others."""

import math
from dataclasses import dataclass

from ..facts.outlines import Corner, area_of, bounding_radius, core_of
from ..facts.placing import SLACK, lying, needs_its_shape, rect_of, wall_gap
from ..model.numbers import OneOf, bounds, reach, typical
from ..model.places import Disc, Place, Rect
from ..model.scenario import Scenario
from ..model.things import Thing
from ..text.tree import Keys
from .report import Report

_FILL = 0.9  # of a region: discs can't fill more (0.907 is the densest packing there is)
_MAX_PAIRS = 200_000  # fixed starts compared; above, the rest goes unchecked
_MAX_OVERLAPS = 20  # reported


@dataclass(frozen=True, slots=True)
class _Spot:
    """One solid thing at a fixed start: world corners, rounding, extent in x."""

    keys: Keys
    name: str
    kind: Thing
    corners: tuple[Corner, ...]
    radius: float
    left: float
    right: float


def check_places(report: Report) -> None:
    """Check every start of every kind."""
    scenario = report.scenario
    spots: list[_Spot] = []
    for name in scenario.kinds:
        kind = scenario.kind(name)
        keys: Keys = (scenario.section_of(name), name)
        if scenario.shooters(name):
            continue  # not there until it is shot
        if kind.place is not None:
            _check_place(report, (*keys, "place"), name, kind.place)
            spots += _laid_out(keys, name, kind, kind.place)
        elif kind.path is None:  # those on a path start wherever their phase says
            spots += _check_at(report, keys, name, kind)
    _check_rule_places(report)
    _check_circles(report)
    if not report.problems:
        _check_area(report)
        _check_overlaps(report, spots)


def _check_rule_places(report: Report) -> None:
    for name, rule in report.scenario.rules.items():
        for word, target in rule.do.place.items():
            keys: Keys = ("rules", name, "do", "place", word)
            kind = report.scenario.meant(rule, word) or word
            if isinstance(target, Place):
                _check_place(report, keys, kind, target)
            elif isinstance(target, tuple):
                _check_inside_world(report, keys, target)


# Fixed starts --------------------------------------------------------------------------------


def _check_at(report: Report, keys: Keys, name: str, kind: Thing) -> list[_Spot]:
    """Check the fixed starts of a kind; return those that never vary."""
    starts = kind.spots or ()
    listed = kind.at is not None and bool(kind.at) and isinstance(kind.at[0], tuple)
    found: list[_Spot] = []
    for index, (x, y) in enumerate(starts):
        below: Keys = (*keys, "at", index) if listed else (*keys, "at")
        low, high = (bounds(x)[0], bounds(y)[0]), (bounds(x)[1], bounds(y)[1])
        inside = _check_inside_world(report, below, low) and _check_inside_world(report, below, high)
        if inside and isinstance(x, float) and isinstance(y, float):
            found += _spot(below, name, kind, (x, y), typical(kind.angle_deg))
    return found


def _check_inside_world(report: Report, keys: Keys, point: Corner) -> bool:
    width, height = report.scenario.world.size
    if abs(point[0]) <= width / 2 and abs(point[1]) <= height / 2:
        return True
    if report.scenario.world.walls == "open":
        return True
    message = (
        f"[{point[0]:g}, {point[1]:g}] is outside the world (x from {-width / 2:g} to "
        f"{width / 2:g}, y from {-height / 2:g} to {height / 2:g} m)"
    )
    report.complain(keys, message)
    return False


def _spot(keys: Keys, name: str, kind: Thing, at: Corner, angle: float) -> list[_Spot]:
    """Return a solid start, nothing for what never blocks for sure."""
    if kind.body == "sensor" or kind.solid_if is not None:
        return []
    corners, radius = core_of(kind)
    turn = math.radians(angle)
    cos, sin = math.cos(turn), math.sin(turn)
    placed = tuple((at[0] + x * cos - y * sin, at[1] + x * sin + y * cos) for x, y in corners)
    xs = [x for x, _ in placed]
    return [_Spot(keys, name, kind, placed, radius, min(xs) - radius, max(xs) + radius)]


def _laid_out(keys: Keys, name: str, kind: Thing, place: Place) -> list[_Spot]:
    """Return the starts of a row or ring."""
    found: list[_Spot] = []
    if place.turn and kind.shape != "circle":
        return found
    points: list[Corner] = []
    if place.row is not None:
        (ax, ay), (bx, by) = place.row
        for index in range(kind.count):
            part = index / (kind.count - 1) if kind.count > 1 else 0.5
            points.append((ax + (bx - ax) * part, ay + (by - ay) * part))
    elif place.ring is not None:
        x, y, radius = place.ring
        for index in range(kind.count):
            turn = math.tau * index / kind.count
            points.append((x + radius * math.cos(turn), y + radius * math.sin(turn)))
    for point in points:
        found += _spot((*keys, "place"), name, kind, point, typical(kind.angle_deg))
    return found


def _check_overlaps(report: Report, spots: list[_Spot]) -> None:
    """Sweep over the fixed starts from left to right; two solids that begin in each other burst."""
    spots = sorted(spots, key=lambda spot: spot.left)
    joined = _joined_kinds(report.scenario)
    pairs = found = 0
    for index, first in enumerate(spots):
        if first.kind.body == "dynamic":
            _check_in_walls(report, first)
        for second in spots[index + 1 :]:
            if second.left > first.right:
                break
            pairs += 1
            if pairs > _MAX_PAIRS or found >= _MAX_OVERLAPS:
                return
            if not _can_burst(first, second) or frozenset((first.name, second.name)) in joined:
                continue
            depth = first.radius + second.radius - separation(first.corners, second.corners)
            if depth > SLACK:
                found += 1
                one, two = sorted((first, second), key=lambda spot: str(spot.keys))
                names = f'"{one.name}" and "{two.name}"' if one.name != two.name else f'two "{one.name}"'
                report.complain(two.keys, f"overlapping spawns: {names} start {depth:.3g} m inside each other")


def _joined_kinds(scenario: Scenario) -> set[frozenset[str]]:
    """Return pairs of kinds that joints keep from bumping; which of them doesn't matter here."""
    ends = [[end.partition(".")[0] for end in joint.between] for joint in scenario.joints.values() if not joint.collide]
    return {frozenset(pair) for pair in ends}


def _can_burst(first: _Spot, second: _Spot) -> bool:
    """Return whether two starts would be pushed apart (fixed things may overlap, as walls do)."""
    if "dynamic" not in (first.kind.body, second.kind.body):
        return False
    for one, two in ((first, second), (second, first)):
        if one.kind.collides_with is not None and two.name not in one.kind.collides_with:
            return False
    return True


def _check_in_walls(report: Report, spot: _Spot) -> None:
    if report.scenario.world.walls != "solid":
        return
    if spot.kind.collides_with is not None and "walls" not in spot.kind.collides_with:
        return
    width, height = report.scenario.world.size
    out = spot.radius + max(max(abs(x) - width / 2, abs(y) - height / 2) for x, y in spot.corners)
    if out > SLACK:
        report.complain(spot.keys, f'"{spot.name}" starts {out:.3g} m inside the wall')


def separation(first: tuple[Corner, ...], second: tuple[Corner, ...]) -> float:
    """Return the distance of two convex outlines [m], negative where they overlap."""
    deepest = max(_gap_along_edges(first, second), _gap_along_edges(second, first))
    if max(len(first), len(second)) > 1 and deepest <= 0:
        return deepest
    return min(
        _point_to_edge(point, other[index - 1], other[index])
        for one, other in ((first, second), (second, first))
        for point in one
        for index in range(len(other))
    )


def _gap_along_edges(first: tuple[Corner, ...], second: tuple[Corner, ...]) -> float:
    """Return the widest gap between two outlines along the edge normals of the first."""
    widest = -math.inf
    for index in range(len(first)):
        (ax, ay), (bx, by) = first[index - 1], first[index]
        size = math.hypot(bx - ax, by - ay)
        if size == 0:
            continue
        nx, ny = (by - ay) / size, (ax - bx) / size
        # A segment ends along itself too.
        for x_axis, y_axis in ((nx, ny), (-ny, nx)) if len(first) == 2 else ((nx, ny),):
            most = max(x * x_axis + y * y_axis for x, y in first)
            least = min(x * x_axis + y * y_axis for x, y in second)
            widest = max(widest, least - most)
    return widest


def _point_to_edge(point: Corner, start: Corner, end: Corner) -> float:
    dx, dy = end[0] - start[0], end[1] - start[1]
    size = dx * dx + dy * dy
    along = ((point[0] - start[0]) * dx + (point[1] - start[1]) * dy) / size if size else 0.0
    along = min(1.0, max(0.0, along))
    return math.hypot(point[0] - start[0] - dx * along, point[1] - start[1] - dy * along)


# Places that vary ----------------------------------------------------------------------------


def _check_place(report: Report, keys: Keys, name: str, place: Place) -> None:
    scenario = report.scenario
    for other in place.away_from:
        report.check_kind((*keys, "away_from", other), other, at_key=True)
    if place.row is not None:
        for index, point in enumerate(place.row):
            _check_inside_world(report, (*keys, "row", index), point)
        return
    if place.ring is not None:
        x, y, radius = place.ring
        _check_inside_world(report, (*keys, "ring"), (x - radius, y - radius))
        _check_inside_world(report, (*keys, "ring"), (x + radius, y + radius))
        return
    region = place.in_
    if isinstance(region, Rect):
        left, bottom, right, top = region.rect
        if left >= right or bottom >= top:
            message = "expected [left, bottom, right, top] with left < right and bottom < top"
            report.complain((*keys, "in", "rect"), message)
            return
        for corner in ((left, bottom), (right, top)):
            _check_inside_world(report, (*keys, "in", "rect"), corner)
    elif isinstance(region, Disc):
        x, y, radius = region.circle
        for corner in ((x - radius, y - radius), (x + radius, y + radius)):
            _check_inside_world(report, (*keys, "in", "circle"), corner)
    elif region != "world":
        names = ["world", *scenario.kinds]
        if not report.check_name((*keys, "in"), str(region), names, "thing or team"):
            return
        if scenario.kind(str(region)).count == 0 and scenario.kind(name).count > 0:
            report.complain((*keys, "in"), f'there are no "{region}" to start in (count 0)')
            return
    _check_fits(report, keys, name, place)


def _region_size(scenario: Scenario, place: Place) -> tuple[str, float, float]:
    """Return the name of a region, half its least width [m], and its area [m2]."""
    region = place.in_
    if isinstance(region, Rect):
        left, bottom, right, top = region.rect
        return "the rect", min(right - left, top - bottom) / 2, (right - left) * (top - bottom)
    if isinstance(region, Disc):
        radius = region.circle[2]
        return "the circle", radius, math.pi * radius * radius
    if region == "world":
        width, height = scenario.world.size
        return "the world", min(width, height) / 2, width * height
    kind = scenario.kind(str(region))
    corners, radius = core_of(kind)
    round_area = math.pi * radius * radius
    if kind.shape == "circle":
        return f'a "{region}"', radius, round_area
    if kind.shape == "capsule":
        return f'a "{region}"', radius, round_area + typical(kind.length) * 2 * radius
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    half = min(max(xs) - min(xs), max(ys) - min(ys)) / 2 + radius
    return f'a "{region}"', half, abs(area_of(corners)) + round_area


def _check_fits(report: Report, keys: Keys, name: str, place: Place) -> None:
    scenario = report.scenario
    kind = scenario.kind(name)
    if kind.count == 0:
        return
    what, half, _ = _region_size(scenario, place)
    inside_kind = isinstance(place.in_, str) and place.in_ != "world"
    # In a kind only the centre has to be inside; in the world the whole body and its gap.
    needs = 0.0 if inside_kind else bounding_radius(kind) + wall_gap(scenario, name, place)
    if needs <= half + SLACK:
        return
    gap = f" with gap {place.gap:g} m" if place.gap else ""
    if kind.shape == "circle" or isinstance(place.in_, Disc):
        radius = f"radius {bounding_radius(kind):.3g} m"
        report.complain(keys, f'"{name}" does not fit: {radius}{gap}, but {what} is only {2 * half:.3g} m wide')
        return
    angles = list(range(180)) if place.turn else _angles(kind)
    fitting = [angle for angle in range(180) if _fits_at(scenario, name, place, angle)]
    wrong = next((angle for angle in angles if not _fits_at(scenario, name, place, angle)), None)
    if (place.turn and fitting) or wrong is None:
        return
    width, height = lying(kind, 0.0 if place.turn else wrong)
    room = " x ".join(f"{side:.3g}" for side in rect_of(scenario, place))
    hint = f"; it would fit at {fitting[0]} degrees (angle_deg, or turn)" if fitting else ""
    there = "" if place.turn else f" at {wrong:.3g} degrees"
    report.complain(keys, f'"{name}" does not fit: {width:.3g} x {height:.3g} m{there}{gap}, but {what} is {room} m{hint}')


def _angles(kind: Thing) -> list[float]:
    """Return the angles at which a kind may start, close enough together."""
    if isinstance(kind.angle_deg, OneOf):
        return list(kind.angle_deg.values)
    low, high = reach(kind.angle_deg)
    steps = min(360, math.ceil(high - low))
    return [low + (high - low) * step / max(1, steps) for step in range(steps + 1)]


def _fits_at(scenario: Scenario, name: str, place: Place, angle: float) -> bool:
    gap = 2 * wall_gap(scenario, name, place)
    return all(side + gap <= room + SLACK for side, room in zip(lying(scenario.kind(name), angle), rect_of(scenario, place), strict=True))


def _check_circles(report: Report) -> None:
    """Complain of kinds that start in each other in a circle."""
    scenario = report.scenario
    inside = {
        name: str(place.in_) for name in scenario.kinds if (place := scenario.kind(name).place) is not None and place.in_ in scenario.kinds
    }
    for name in inside:
        chain = [name]
        while (at := inside.get(chain[-1])) is not None and at not in chain:
            chain.append(at)
        if at == name:
            section = scenario.section_of(name)
            loop = " -> ".join([*chain, name])
            report.complain((section, name, "place", "in"), f"this goes in a circle: {loop}")


def _check_area(report: Report) -> None:
    """Complain of regions whose discs, gaps included, can't all have room."""
    scenario = report.scenario
    used: dict[str, float] = {}
    for name in scenario.kinds:
        kind = scenario.kind(name)
        place = kind.place
        if place is None or place.in_ is None or kind.body == "sensor":
            continue
        what, _, area = _region_size(scenario, place)
        key = repr(place.in_)
        if place.in_ in scenario.kinds:
            area *= scenario.kind(str(place.in_)).count
        disc = math.pi * (bounding_radius(kind) + place.gap / 2) ** 2
        if needs_its_shape(scenario, name, place):
            width, height = lying(kind, 0.0)
            disc = min(disc, (width + place.gap) * (height + place.gap))
        used[key] = used.get(key, 0.0) + kind.count * disc
        if used[key] > area * _FILL and kind.count > 0:
            section = scenario.section_of(name)
            where = "them" if place.in_ in scenario.kinds else what
            report.complain(
                (section, name, "place"),
                f'no room for {kind.count} "{name}": with its gap, what starts there needs '
                f"{used[key]:.3g} m2, and {where} has {area:.3g} m2 "
                f"(at most {_FILL:.0%} can be used)",
            )
            used[key] = -math.inf  # said once
