"""Checks of what holds things together: joints, motors that drive them, and hands."""

import math

from ..facts.outlines import Corner
from ..model.drives import Motor
from ..model.joints import Fixed, Joint, JointEnd, Pin, Rope, Slider, Spring, Weld, split_end
from ..model.numbers import typical
from ..model.scenario import Scenario
from ..text import limits
from ..text.problems import counted
from ..text.tree import Keys
from .report import Report

_SLACK = 0.01  # m, how far from fitting a joint may start


def check_joints(report: Report) -> None:
    """Check every joint, every motor drive and every pair of hands."""
    scenario, total = report.scenario, 0
    known: set[str] = set()
    for name, joint in scenario.joints.items():
        keys: Keys = ("joints", name)
        if not _check_ends(report, keys, joint):
            report.damaged.add(name)  # nobody can know how many there are
            continue
        known.add(name)
        total += len(scenario.joined(name))
        _check_one(report, keys, name, joint)
    if total > limits.MAX_JOINTS:
        report.complain(("joints",), f"{total} joints in all, at most {limits.MAX_JOINTS} (MAX_JOINTS)")
    for name, team in scenario.teams.items():
        if isinstance(team.drive, Motor):
            for index, driven in enumerate(team.drive.joints):
                keys = ("teams", name, "drive", "joints", index)
                if driven in team.drive.joints[:index]:
                    report.complain(keys, f'"{driven}" is driven already')
                elif driven in ("grab", "lock", "say"):
                    report.complain(keys, f'an action is called "{driven}"; give the joint another name')
                elif report.check_name(keys, driven, scenario.joints, "joint") and driven in known:
                    _check_motor(report, keys, name, driven)
        if team.hands is not None:
            _check_hands(report, ("teams", name, "hands"), name)


def _check_ends(report: Report, keys: Keys, joint: Joint) -> bool:
    """Return whether both ends mean something that can be joined, and complain if they don't."""
    scenario, good = report.scenario, True
    kinds: list[str] = []
    for index, end in enumerate(joint.between):
        kind, which = split_end(end)
        if kind == "world" and which is None:
            continue
        names = [*scenario.kinds, "world"]
        if not report.check_name((*keys, "between", index), kind, names, "thing or team"):
            good = False
        kinds.append(kind)
    if not good:
        return False
    if not kinds:
        report.complain((*keys, "between"), "it joins the world to itself")
        return False
    if any(kind in report.damaged for kind in kinds):
        return False
    try:
        scenario.joined(keys[1] if isinstance(keys[1], str) else "")
    except ValueError as error:
        report.complain((*keys, "between"), str(error))
        return False
    if not any(scenario.kind(kind).body == "dynamic" for kind in kinds):
        report.complain((*keys, "between"), "it joins nothing that moves; one end must be dynamic")
    return True


def _check_one(report: Report, keys: Keys, name: str, joint: Joint) -> None:
    pairs = report.scenario.joined(name)
    if isinstance(joint, Fixed) and joint.at and isinstance(joint.at[0], tuple) and len(joint.at) != len(pairs):
        points = f"{counted(len(joint.at), 'point')} for {counted(len(pairs), 'joint')}"
        report.complain((*keys, "at"), f"{points}; give one for each, or one for all")
    if isinstance(joint, Slider) and math.hypot(*joint.axis) < 1e-6:
        report.complain((*keys, "axis"), "expected a direction, got [0, 0]")
    if isinstance(joint, Spring) and joint.max_length is not None and joint.min_length > joint.max_length:
        report.complain((*keys, "min_length"), f"min_length {joint.min_length:g} above max_length {joint.max_length:g}")
        return
    if isinstance(joint, Rope) and joint.length is not None and joint.min_length > joint.length:
        report.complain((*keys, "min_length"), f"min_length {joint.min_length:g} above length {joint.length:g}")
        return
    if isinstance(joint, Rope | Spring):
        for side, anchor in enumerate(("anchor_a", "anchor_b")):
            if joint.between[side] == "world" and getattr(joint, anchor) is None:
                report.complain(keys, f'missing key "{anchor}" (where in the world it is fastened)')
                return
    for pair in pairs:
        if not _check_start(report, keys, joint, pair):
            return


def _check_start(report: Report, keys: Keys, joint: Joint, pair: tuple[JointEnd, JointEnd]) -> bool:
    """Return whether two fixed starts suit a joint, and complain if they don't."""
    scenario = report.scenario
    given = (joint.anchor_a, joint.anchor_b)
    if isinstance(joint, Pin | Weld | Slider) and None in given:
        return True  # the missing anchor is where the other one lies
    here, there = (_anchor_at(scenario, end, anchor) for end, anchor in zip(pair, given, strict=True))
    if here is None or there is None:
        return True  # not known before an episode begins
    (ax, ay), (bx, by) = here, there
    if scenario.world.walls == "wrap":  # the short way round
        bx, by = (a + math.remainder(b - a, size) for a, b, size in zip((ax, ay), (bx, by), scenario.world.size, strict=True))
    apart = math.hypot(bx - ax, by - ay)
    if isinstance(joint, Pin | Weld | Slider):
        if isinstance(joint, Slider):
            apart = abs((bx - ax) * joint.axis[1] - (by - ay) * joint.axis[0]) / max(math.hypot(*joint.axis), 1e-6)
        if apart > _SLACK:
            report.complain((*keys, "anchor_b"), f"{_names(pair)}: the two anchors start {apart:.3g} m apart, and it holds them together")
            return False
        return True
    most = joint.length if isinstance(joint, Rope) else joint.max_length
    if most is not None and apart > most + _SLACK:
        report.complain(keys, f"{_names(pair)} start {apart:.3g} m apart, and it is at most {most:g} m long")
        return False
    if apart < joint.min_length - _SLACK:
        report.complain(keys, f"{_names(pair)} start {apart:.3g} m apart, and it is at least {joint.min_length:g} m long")
        return False
    return True


def _names(pair: tuple[JointEnd, JointEnd]) -> str:
    return " and ".join("the world" if end is None else f"{end[0]}.{end[1]}" for end in pair)


def _anchor_at(scenario: Scenario, end: JointEnd, anchor: Corner | None) -> Corner | None:
    """Return where an anchor lies at the start, None where that varies."""
    x, y = anchor or (0.0, 0.0)
    if end is None:
        return x, y
    kind = scenario.kind(end[0])
    if kind.spots is None or not isinstance(kind.angle_deg, float | int):
        return None
    centre = kind.spots[end[1]]
    if not all(isinstance(part, float) for part in centre):
        return None
    turn = math.radians(typical(kind.angle_deg))
    cos, sin = math.cos(turn), math.sin(turn)
    return typical(centre[0]) + x * cos - y * sin, typical(centre[1]) + x * sin + y * cos


def _check_motor(report: Report, keys: Keys, team: str, name: str) -> None:
    scenario = report.scenario
    if getattr(scenario.joints[name], "motor", None) is None:
        report.complain(keys, f'"{name}" has no motor to drive')
        return
    agents, joints = scenario.teams[team].count, len(scenario.joined(name))
    if agents > 1 and joints != agents:
        report.complain(keys, f'{agents} "{team}" for {joints} joints; give as many, or one agent')


def _check_hands(report: Report, keys: Keys, team: str) -> None:
    scenario = report.scenario
    hands = scenario.teams[team].hands
    if hands is None:
        return
    for index, kind in enumerate(hands.grabs):
        if not report.check_kind((*keys, "grabs", index), kind):
            continue
        if scenario.kind(kind).body == "sensor":
            report.complain((*keys, "grabs", index), f'"{kind}" is a sensor: there is nothing to grab')
    for kind in [team, *hands.grabs]:
        if kind not in scenario.kinds:
            continue
        section = scenario.section_of(kind)
        for mark in scenario.marks_of(kind):
            if mark in scenario.kind(kind).state:
                message = f'the name is taken: hands make "{mark}" a field of "{kind}"'
                report.complain((section, kind, "state", mark), message, at_key=True)
