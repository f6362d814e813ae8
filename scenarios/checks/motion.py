"""Checks of what moves by itself or is moved: drives, paths, belts, zones and wind."""

from ..facts.outlines import Corner
from ..model.drives import Car, Jump
from ..model.numbers import bounds
from ..model.places import Path
from ..model.scenario import Scenario
from ..model.senses import Team
from ..model.things import Thing
from ..text import limits
from ..text.tree import Keys
from .report import Report

_STILL = 1e-6  # m, a path is longer


def check_motion(report: Report) -> None:
    """Check every kind, and the world's wind."""
    scenario = report.scenario
    for name in scenario.kinds:
        kind = scenario.kind(name)
        keys: Keys = (scenario.section_of(name), name)
        if isinstance(kind, Team):
            _check_drive(report, (*keys, "drive"), kind)
        if kind.path is not None:
            _check_path(report, keys, name, kind, kind.path)
        if kind.zone is not None:
            _check_zone(report, (*keys, "zone"), kind)
        if kind.body == "sensor" and kind.surface_speed != 0.0:
            report.complain((*keys, "surface_speed"), "nothing touches a sensor, so its surface moves nothing", at_key=True)
    _check_pairs(report)
    if scenario.world.wind is not None and not _has_drag(scenario):
        report.complain(("world", "wind"), "the wind pulls by drag, and nothing here has any", at_key=True)


def _check_drive(report: Report, keys: Keys, team: Team) -> None:
    if isinstance(team.drive, Car):
        if team.body == "dynamic" and not team.turns:
            report.complain((*keys, "type"), "a car must be able to rotate (turns)")
    if isinstance(team.drive, Jump):
        if report.scenario.world.gravity_vector == (0.0, 0.0):
            report.complain((*keys, "type"), "jumping needs gravity in the world")
    if isinstance(team.drive, Car | Jump) and team.body == "kinematic":
        report.complain((*keys, "type"), f'a body that is pushed needs "dynamic", this is "{team.body}"')


def _check_path(report: Report, keys: Keys, name: str, kind: Thing, path: Path) -> None:
    below: Keys = (*keys, "path")
    if kind.body != "kinematic":
        report.complain(below, f'a path is for body "kinematic", this is "{kind.body}"', at_key=True)
    if isinstance(kind, Team) and kind.drive is not None:
        report.complain(below, "what follows a path has no drive", at_key=True)
    for other, given in (("place", kind.place is not None), ("velocity", kind.velocity != (0.0, 0.0))):
        if given:
            report.complain((*keys, other), f"{other} has no meaning on a path; at says where it lies", at_key=True)
    if len(path.points) < 2:
        report.complain((*below, "points"), f"a path has 2 points or more, got {len(path.points)}")
    elif all(_near(path.points[0], point) for point in path.points):
        report.complain((*below, "points"), "all points are the same")
    elif kind.place is None:
        _check_inside(report, (*below, "points"), kind, path)
    for rule_name, rule in report.scenario.rules.items():
        for word in rule.do.place:
            if report.scenario.meant(rule, word) == name:
                message = f'"{name}" follows a path; it can\'t be placed'
                report.complain(("rules", rule_name, "do", "place", word), message, at_key=True)
        for verb in ("set", "add"):
            for target in getattr(rule.do, verb):
                word, _, variable = target.partition(".")
                if variable == "velocity" and report.scenario.meant(rule, word) == name:
                    message = f'"{name}" follows a path; its velocity can\'t be changed'
                    report.complain(("rules", rule_name, "do", verb, target), message, at_key=True)


def _near(first: Corner, second: Corner) -> bool:
    return max(abs(first[0] - second[0]), abs(first[1] - second[1])) < _STILL


def _check_inside(report: Report, keys: Keys, kind: Thing, path: Path) -> None:
    """Centres never leave solid walls, so no path may."""
    world = report.scenario.world
    if world.walls == "open":
        return
    half = world.size[0] / 2, world.size[1] / 2
    for spot in kind.spots or ():
        for index, point in enumerate(path.points):
            reach = [max(abs(p + end) for end in bounds(at)) for p, at in zip(point, spot, strict=True)]
            if reach[0] > half[0] or reach[1] > half[1]:
                message = f"[{point[0]:g}, {point[1]:g}] from at is outside the world ({world.size[0]:g} x {world.size[1]:g} m)"
                report.complain((*keys, index), message)
                return


def _check_zone(report: Report, keys: Keys, kind: Thing) -> None:
    zone = kind.zone
    assert zone is not None
    if kind.body != "sensor":
        report.complain(keys, f'a zone is for body "sensor", this is "{kind.body}"', at_key=True)
    for index, name in enumerate(zone.on or ()):
        if report.check_kind((*keys, "on", index), name) and report.scenario.kind(name).body != "dynamic":
            message = f'"{name}" is {report.scenario.kind(name).body}; only dynamic things are pushed'
            report.complain((*keys, "on", index), message)


def _check_pairs(report: Report) -> None:
    scenario = report.scenario
    pairs = sum(scenario.kind(name).count * scenario.kind(kind).count for name in scenario.kinds for kind in scenario.pushed_by(name))
    if pairs > limits.MAX_ZONE_PAIRS:
        message = f"{pairs} pairs of a zone and a thing it may push, at most {limits.MAX_ZONE_PAIRS} (MAX_ZONE_PAIRS)"
        report.complain((), message)


def _has_drag(scenario: Scenario) -> bool:
    drags = [scenario.world.drag, *(scenario.kind(name).drag for name in scenario.kinds)]
    return any(drag is not None and bounds(drag)[1] > 0 for drag in drags)
