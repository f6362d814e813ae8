"""Checks of what agents see: names, fields, and how many numbers it makes."""

from collections.abc import Iterable

from ..model.scenario import Scenario
from ..model.senses import (
    FIELD_WIDTHS,
    JOINT_FIELDS,
    OBJECT_FIELDS,
    SELF_FIELDS,
    HearSense,
    JointSense,
    KnowSense,
    ObjectSense,
    RaySense,
    SelfSense,
    Sense,
    StateSense,
    TouchSense,
)
from ..text import limits
from ..text.problems import suggestion
from ..text.tree import Keys
from .report import Report


def check_senses(report: Report) -> None:
    """Check every sense of every team."""
    for name, team in report.scenario.teams.items():
        for index, sense in enumerate(team.sees):
            _check_sense(report, ("teams", name, "sees", index), name, sense)


def check_widths(report: Report) -> None:
    """Check how much every agent sees; for scenarios without problems."""
    for name, team in report.scenario.teams.items():
        width = sum(sense_width(report.scenario, name, sense) for sense in team.sees)
        if width > limits.MAX_OBSERVATION:
            message = f"an agent would see {width} numbers, at most {limits.MAX_OBSERVATION}"
            report.complain(("teams", name, "sees"), f"{message} (MAX_OBSERVATION)")


def _check_sense(report: Report, keys: Keys, team: str, sense: Sense) -> None:
    scenario = report.scenario
    if isinstance(sense, SelfSense):
        own = [field for field in SELF_FIELDS if field != "cooldown" or scenario.teams[team].shoot is not None]
        own += ["holding"] if scenario.teams[team].hands is not None else []
        fields = [*own, *scenario.drive_fields(team), *scenario.states_of(team)]
        _check_fields(report, (*keys, "self"), sense.self_, fields, team)
    elif isinstance(sense, ObjectSense):
        if report.check_kind((*keys, "of"), sense.of):
            _check_object(report, keys, sense, team)
    elif isinstance(sense, RaySense):
        for index, kind in enumerate(sense.of or ()):
            report.check_kind((*keys, "of", index), kind, walls=True)
    elif isinstance(sense, TouchSense):
        for index, kind in enumerate(sense.touch or ()):
            report.check_kind((*keys, "touch", index), kind, walls=True)
    elif isinstance(sense, HearSense):
        known = report.check_name((*keys, "hear"), sense.hear, scenario.teams, "team")
        if known and scenario.teams[sense.hear].says is None:
            report.complain((*keys, "hear"), f'"{sense.hear}" says nothing (no "says")')
    elif isinstance(sense, KnowSense):
        report.check_name((*keys, "know"), sense.know, scenario.draw, "draw")
    elif isinstance(sense, StateSense):
        _check_state(report, (*keys, "state"), sense.state)
    elif isinstance(sense, JointSense):
        if report.check_name((*keys, "joint"), sense.joint, scenario.joints, "joint"):
            fields = [*JOINT_FIELDS[scenario.joints[sense.joint].type], "force", "broken"]
            _check_fields(report, (*keys, "fields"), sense.fields, fields, sense.joint)
    elif scenario.end.time is None:
        report.complain(keys, "a clock needs end.time")


def _check_object(report: Report, keys: Keys, sense: ObjectSense, team: str) -> None:
    scenario = report.scenario
    marks = [mark for mark in scenario.marks_of(sense.of) if "_by_" not in mark]
    marks += [f"{mark}_by" for mark in marks if mark != "holding"]
    mine = ["mine"] if team in scenario.holders_of(sense.of) else []
    known = [*OBJECT_FIELDS, *scenario.drive_fields(sense.of), *marks, *mine, *scenario.states_of(sense.of)]
    _check_fields(report, (*keys, "fields"), sense.fields, known, sense.of)
    if "said" in (sense.fields or ()) and _symbols(report.scenario, sense.of) == 0:
        message = f'"{sense.of}" says nothing (no "says")'
        report.complain((*keys, "fields"), message)


def _check_fields(report: Report, keys: Keys, fields: Iterable[str] | None, known: list[str], kind: str) -> None:
    for index, field in enumerate(fields or ()):
        if field not in known:
            message = f'"{kind}" has no field "{field}" to see{suggestion(field, known)}'
            report.complain((*keys, index), message)


def _check_state(report: Report, keys: Keys, target: str) -> None:
    kind, dot, variable = target.partition(".")
    if not dot or not variable:
        report.complain(keys, f'expected "kind.variable", got "{target}"')
        return
    if not report.check_kind(keys, kind):
        return
    state = report.scenario.states_of(kind)
    if variable not in state:
        message = f'"{kind}" has no state variable "{variable}"{suggestion(variable, state)}'
        report.complain(keys, message)


def _symbols(scenario: Scenario, kind: str) -> int:
    team = scenario.teams.get(kind)
    return team.says.symbols if team is not None and team.says is not None else 0


def field_width(scenario: Scenario, kind: str, field: str) -> int:
    """Return how many numbers a field of {"of": kind} makes."""
    if field == "said":
        return _symbols(scenario, kind)
    if field in ("held_by", "locked_by"):
        return len(scenario.holders_of(kind, locking=field == "locked_by"))
    return FIELD_WIDTHS.get(field, 1)


def sense_width(scenario: Scenario, team: str, sense: Sense) -> int:
    """Return how many numbers a sense makes, counting a presence number for each thing seen."""
    if isinstance(sense, SelfSense):
        return sum(FIELD_WIDTHS.get(name, 1) for name in scenario.self_fields(team, sense))
    if isinstance(sense, ObjectSense):
        width = 1 + sum(field_width(scenario, sense.of, name) for name in scenario.object_fields(sense))
        others = scenario.kind(sense.of).count - (1 if sense.of == team else 0)
        return width * (sense.nearest if sense.nearest is not None else max(0, others))
    if isinstance(sense, RaySense):
        kinds = len(scenario.kinds) + 1 if sense.of is None else len(sense.of)
        return sense.rays * (1 + kinds)
    if isinstance(sense, TouchSense):
        return len(scenario.kinds) + 1 if sense.touch is None else len(sense.touch)
    if isinstance(sense, HearSense):
        return _symbols(scenario, sense.hear) * scenario.teams[sense.hear].count
    if isinstance(sense, KnowSense):
        kind = scenario.draw[sense.know].kind
        return scenario.kind(kind).count if kind else 1
    if isinstance(sense, StateSense):
        return scenario.kind(sense.state.partition(".")[0]).count
    if isinstance(sense, JointSense):
        own = scenario.is_own_joint(sense.joint, team)
        width = sum(FIELD_WIDTHS.get(name, 1) for name in scenario.joint_fields(sense))
        return width * (1 if own else len(scenario.joined(sense.joint)))
    return 1
