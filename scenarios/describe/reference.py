"""The reference tables of docs/language.md, made from the model so that they stay true."""

import re
from typing import Any, get_args

from ..formulas.functions import BUILT_IN_FIELDS, CONSTANTS, FUNCTIONS, HAND_FIELDS, JOINT_FIELDS, SPECIAL
from ..model.drives import Car, Jump, Motor, Rocket, Tank, Thrust, Walk
from ..model.joints import Hands, Pin, PushMotor, Rope, Slider, Spring, TurnMotor, Weld
from ..model.lessons import Lesson, Until
from ..model.part import Part
from ..model.places import Path, Place
from ..model.rules import DRIVE_TARGETS, Do, End, Event, Progress, RewardTerms, Rule
from ..model.scenario import Scenario
from ..model.senses import (
    ClockSense,
    HearSense,
    JointSense,
    KnowSense,
    ObjectSense,
    RaySense,
    SelfSense,
    StateSense,
    Team,
    TouchSense,
)
from ..model.shoot import Shoot
from ..model.things import Says, StateRange, Thing, Zone
from ..model.world import View, World
from ..text import limits
from .schema import field_default, field_spans

BEGIN = "<!-- reference: begin (made from the model) -->"
END = "<!-- reference: end -->"

_SECTIONS: tuple[tuple[str, type[Part]], ...] = (
    ("The file", Scenario),
    ("world", World),
    ("things", Thing),
    ("state: a range", StateRange),
    ("place", Place),
    ("path", Path),
    ("zone", Zone),
    ("teams", Team),
    ('drive: "thrust"', Thrust),
    ('drive: "walk"', Walk),
    ('drive: "tank"', Tank),
    ('drive: "rocket"', Rocket),
    ('drive: "car"', Car),
    ('drive: "jump"', Jump),
    ("shoot", Shoot),
    ('drive: "motor"', Motor),
    ("hands", Hands),
    ("says", Says),
    ("sees: self", SelfSense),
    ("sees: of", ObjectSense),
    ("sees: rays", RaySense),
    ("sees: touch", TouchSense),
    ("sees: hear", HearSense),
    ("sees: know", KnowSense),
    ("sees: state", StateSense),
    ("sees: joint", JointSense),
    ("sees: clock", ClockSense),
    ('joints: "pin"', Pin),
    ('joints: "weld"', Weld),
    ('joints: "slider"', Slider),
    ('joints: "rope"', Rope),
    ('joints: "spring"', Spring),
    ("motor of a pin", TurnMotor),
    ("motor of a slider", PushMotor),
    ("rules", Rule),
    ("when", Event),
    ("do", Do),
    ("rewards", RewardTerms),
    ("progress", Progress),
    ("end", End),
    ("lessons", Lesson),
    ("until", Until),
    ("view", View),
)

_TAKES = {
    ("Scenario", "params"): 'by name: number, true, false or {"default", "min", "max"}',
    ("Scenario", "draw"): 'by name: {"one_of": kind or numbers}, {"uniform"} or {"normal"}',
    ("Scenario", "let"): "by name: formula",
    ("Scenario", "score"): "by team: formula or number",
    ("Scenario", "baseline"): "by team, by action: formula or number",
    **dict.fromkeys((("Scenario", "train"), ("Scenario", "test"), ("Lesson", "params")), "by param: number (random) or true/false"),
    ("World", "gravity"): "number or [x, y], m/s2",
    ("World", "wind"): "[x, y] or formula, m/s",
    ("Path", "points"): "list of [x, y], m",
    ("Zone", "force"): "[x, y] or formula, N",
    ("Zone", "wind"): "[x, y] or formula, m/s",
    ("Thing", "state"): 'by name: number (random), true/false or {"default", "min", "max"}',
    ("Thing", "color"): "colour or list of colours",
    ("Thing", "vertices"): "list of [x, y], m",
    ("Thing", "at"): "[x, y] or a list of them, m, random",
    **{(joint, "at"): "[x, y] or a list of them, m" for joint in ("Pin", "Weld", "Slider")},
    ("Pin", "angle_deg"): "[low, high], degrees",
    ("Slider", "travel"): "[low, high], m",
    ("Place", "in"): "name or object",
    ("Place", "row"): "[[x, y], [x, y]], m",
    ("Place", "ring"): "[x, y, radius], m",
    ("Place", "away_from"): "by kind: number, m",
    ("Draw", "one_of"): "kind or list of numbers",
    ("Rule", "when"): "event object or formula",
    ("Do", "set"): "by kind.variable: value or formula",
    ("Do", "add"): "by kind.variable: number or formula",
    ("Do", "place"): 'by kind: "start", [x, y] or place',
    ("Do", "remove"): "kind or list of kinds",
    ("Do", "break"): "joint or list of joints",
    ("Do", "push"): "by kind: [x, y] or formula",
}
"""What fields take whose types say too little."""


def reference_markdown() -> str:
    """Return all reference tables as Markdown."""
    parts = [_model_table(title, model) for title, model in _SECTIONS]
    return "\n\n".join([*parts, _functions(), _limits()]) + "\n"


def update_reference(text: str) -> str:
    """Return a document with the tables between its two markers made anew.

    Raises:
        ValueError: If the markers are missing.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"expected the lines {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{reference_markdown()}\n{END}{after}"


def _model_table(title: str, model: type[Part]) -> str:
    inherited = Thing.model_fields if model is Team else {}
    rows: list[str] = []
    for name, field in model.model_fields.items():
        if name in inherited and inherited[name].default == field.default:
            continue
        default = "required" if field.is_required() else field_default(field) or ""
        key = field.alias or name
        about = _cell(str(field.description or ""))
        takes = _TAKES.get((model.__name__, key)) or _kind(field)
        rows.append(f"| `{key}` | {_cell(takes)} | {_code(default)} | {about} |")
    doc = " ".join(str(model.__doc__).split())
    more = " Everything a thing has, and:" if model is Team else ""
    head = "| key | takes | default | is |\n| --- | --- | --- | --- |"
    return f"### {title}\n\n{doc}{more}\n\n{head}\n" + "\n".join(rows)


def _code(default: str) -> str:
    return default if default in ("", "required") else f"`{default}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _kind(field: Any) -> str:
    """Say what a field takes."""
    spans = field_spans(field)
    literals = _literals(field.annotation)
    if literals:
        return " or ".join(f"`{value}`" for value in literals)
    annotation = str(field.annotation)
    is_pair = annotation.startswith("tuple[") and annotation.count("tuple[") == 1
    if spans:
        wanted = re.sub(r"^a (whole )?number", lambda m: "whole number" if m[1] else "number", spans[0].wanted)
        several = "two: " if is_pair and "..." not in annotation else ""
        return f"{several}{wanted}{', random' if spans[0].random else ''}"
    if "bool" in annotation and "str" not in annotation:
        return "true or false"
    if annotation.startswith("dict"):
        return "object by name"
    if "tuple" in annotation:
        return "list"
    return "text" if "str" in annotation else "object"


def _literals(annotation: Any) -> list[str]:
    found: list[str] = []
    if str(annotation).startswith("typing.Literal"):
        return [str(value).lower() if value is True else str(value) for value in get_args(annotation)]
    if "Literal" in str(annotation) and len(get_args(annotation)) == 2:
        for arg in get_args(annotation):
            found += _literals(arg)
    return found


def _functions() -> str:
    lines = ["### Formulas: functions", "", "| function | gives | is |", "| --- | --- | --- |"]
    for name, function in FUNCTIONS.items():
        takes = ", ".join(function.args)
        about = _cell(function.about) + (" (needs self)" if function.needs_self else "")
        if function.only:
            about += f" (only in {' and '.join(function.only)} formulas)"
        lines.append(f"| `{name}({takes})` | {function.result} | {about} |")
    for name, about in SPECIAL.items():
        lines.append(f"| `{name}` | | {_cell(about)} |")
    lines += ["", "### Formulas: fields of a thing", "", "| field | type |", "| --- | --- |"]
    lines += [f"| `{name}` | {kind} |" for name, kind in BUILT_IN_FIELDS.items()]
    lines += [f"| `{name}` (with a drive) | number |" for name in DRIVE_TARGETS]
    lines += ["| its actions: `move`, `turn`, ... (with a drive) | as in the baseline |"]
    lines += [f"| `{name}` (hands) | truth |" for name in HAND_FIELDS]
    lines += ["", "### Formulas: fields of a joint", "", "| joint | fields |", "| --- | --- |"]
    lines += [f"| {joint} | {', '.join(f'`{name}`' for name in (*fields, 'force', 'broken'))} |" for joint, fields in JOINT_FIELDS.items()]
    words = ", ".join(f"`{name}`" for name in CONSTANTS)
    lines += ["", f"Words: {words}, `self`, `other`."]
    return "\n".join(lines)


def _limits() -> str:
    lines = ["### Limits", "", "| name | at most |", "| --- | --- |"]
    for name, value in vars(limits).items():
        if name.startswith("MAX_"):
            shown = f"{value:,}" if isinstance(value, int) else f"{value:g}"
            lines.append(f"| `{name}` | {shown} |")
    return "\n".join(lines)
