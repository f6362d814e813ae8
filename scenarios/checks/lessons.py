"""Checks of `train`, `test` and `lessons`: that their params are there, and that whoever learns one game can play the others."""

from collections.abc import Mapping
from typing import Any

from pydantic_core import PydanticCustomError

from ..model.lessons import Until
from ..model.numbers import is_number
from ..model.scenario import Scenario
from ..resolve.overlays import SPLITS
from ..resolve.vary import read_one
from ..text.problems import counted, shown, suggestion
from ..text.tree import Keys, Tree
from .report import Report
from .senses import sense_width


def check_lessons(report: Report) -> None:
    """Check what the sections say, without looking at the games that they make."""
    for split in SPLITS:
        _check_values(report, (split,), report.tree.get(split))
    seen: dict[str, int] = {}
    for index, lesson in enumerate(report.scenario.lessons):
        keys: Keys = ("lessons", index)
        section = report.tree.get("lessons")
        entry = section.get(index) if section is not None else None
        _check_values(report, (*keys, "params"), entry.get("params") if entry is not None else None)
        if seen.setdefault(lesson.name, index) != index:
            report.complain((*keys, "name"), f'lesson {seen[lesson.name]} is called "{lesson.name}", too')
        if lesson.until is not None:
            _check_until(report, (*keys, "until"), lesson.until)


def _check_values(report: Report, keys: Keys, section: Tree | None) -> None:
    params = report.tree.get("params")
    declared = dict(params.members()) if params is not None else {}
    for name, node in section.members() if section is not None else ():
        if node.value is None:
            continue
        if name not in declared:
            if name not in report.damaged:
                report.complain((*keys, name), f'there is no param "{name}"{suggestion(name, declared)}', at_key=True)
        elif name in report.params:
            message = _wrong(name, node.plain(), declared[name], report.params[name])
            if message:
                report.complain((*keys, name), message)


def _wrong(name: str, value: Any, declared: Tree, default: Any) -> str:
    """Say what is wrong with the value of a param, "" if nothing is."""
    if isinstance(value, dict) and not isinstance(default, bool):
        try:
            read_one(name, value, declared)
        except PydanticCustomError:
            return ""  # its shape, of which the model has told
        except ValueError as error:
            return str(error)
        return ""
    if not isinstance(value, bool | dict) and not is_number(value):
        return ""
    if isinstance(value, bool) != isinstance(default, bool):
        return f"expected {'true or false' if isinstance(default, bool) else 'a number'}, got {shown(value)}"
    for key, word, sign in (("min", "at least", 1), ("max", "at most", -1)):
        bound = declared.get(key)
        if bound is not None and is_number(bound.value) and (value - bound.value) * sign < 0:
            return f"expected {word} {bound.value:g} (the param's {key}), got {value:g}"
    return ""


def _check_until(report: Report, keys: Keys, until: Until) -> None:
    kind, of = until.measure
    if kind == "event":
        report.check_name((*keys, kind), of, report.scenario.rules, "rule")
        return
    teams = report.scenario.teams
    if not report.check_name((*keys, kind), of, teams, "team"):
        return
    if kind == "score" and of not in report.scenario.score and "score" not in report.damaged:
        report.complain((*keys, kind), f'"{of}" has no score')
    if kind == "win_rate" and not report.problems:
        others = [team for team in teams if team != of]
        stranger = next((team for team in others if spaces_of(report.scenario, team) != spaces_of(report.scenario, of)), None)
        if not others:
            report.complain((*keys, kind), f'nobody plays against "{of}"; take its score')
        elif stranger is not None:
            report.complain(
                (*keys, kind), f'only teams that see and do the same can be compared, and "{of}" and "{stranger}" don\'t; take the score'
            )


def spaces_of(scenario: Scenario, team: str) -> dict[str, Any]:
    """Return what a policy of a team depends on."""
    who = scenario.teams[team]
    return {
        "count": who.count,
        "actions": tuple(scenario.actions_of(team).items()),
        "symbols": who.says.symbols if who.says is not None else 0,
        "discrete": getattr(who.drive, "discrete", None),
        "sees": tuple(sense_width(scenario, team, sense) for sense in who.sees),
    }


def unlike(game: Scenario, other: Scenario, *, counts: bool) -> str:
    """Say why who learns another game can't play this one, "" if they can.

    Args:
        game: The game.
        other: The game with other params.
        counts: Whether the number of agents must be the same.
    """
    for team in game.teams:
        mine, theirs = spaces_of(game, team), spaces_of(other, team)
        if mine["sees"] != theirs["sees"]:
            numbers = counted(_sum(theirs), "number")
            return f'each "{team}" sees {numbers} with this, and {_sum(mine)} in the game itself'
        if mine["actions"] != theirs["actions"] or mine["discrete"] != theirs["discrete"]:
            return f'each "{team}" has other actions with this than in the game itself'
        if mine["symbols"] != theirs["symbols"]:
            return f'each "{team}" has {theirs["symbols"]} symbols to say with this, and {mine["symbols"]} in the game itself'
        if counts and mine["count"] != theirs["count"]:
            return f'with this there are {theirs["count"]} "{team}", and {mine["count"]} in the game itself'
    return ""


def _sum(spaces: Mapping[str, Any]) -> int:
    return sum(spaces["sees"])


__all__ = ["check_lessons", "spaces_of", "unlike"]
