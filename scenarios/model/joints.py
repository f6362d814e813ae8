"""The model of what holds things together: joints that are there from the start, and hands that grab."""

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Discriminator, Field, StrictBool, StrictStr, Tag, model_validator

from ..text import limits
from ..text.problems import listing, shown, suggestion
from .drives import Names
from .numbers import Span
from .part import Part, bad
from .values import FixedPoint, expects, tagger

_END = re.compile(r"([a-z][a-z0-9_]*)(?:\.([0-9]{1,6}|last))?")
JointEnd: TypeAlias = tuple[str, int] | None
"""One end of a joint: a thing by kind and index, or the world."""

Force = Annotated[float, Span(0, limits.MAX_FORCE, "N")]
Torque = Annotated[float, Span(0, limits.MAX_FORCE, "N m")]
Hertz = Annotated[float, Span(0, limits.MAX_RATE, "Hz")]
Damping = Annotated[float, Span(0, 100)]
Length = Annotated[float, Span(0, limits.MAX_WORLD, "m")]
Metres = Annotated[float, Span(-limits.MAX_WORLD, limits.MAX_WORLD, "m")]
Degrees = Annotated[float, Span(-limits.MAX_SPIN, limits.MAX_SPIN, "degrees")]


def split_end(text: str) -> tuple[str, str | None]:
    """Return the kind of one end of a joint, and which of it: a number, "last", or None for all."""
    match = _END.fullmatch(text)
    return (match[1], match[2]) if match else (text, None)


def match_ends(between: tuple[str, str], count: Callable[[str], int]) -> list[tuple[JointEnd, JointEnd]]:
    """Return the two ends of each of the joints between two ends as the file names them; a chain of one link has none.

    Args:
        between: The ends.
        count: Says how many there are of a kind.

    Raises:
        ValueError: If its ends can't be matched; the message says why.
    """
    (kind_a, first), (kind_b, second) = ((split_end(text)[0], _meant(text, count)) for text in between)
    if first is None or second is None:  # "world"
        return [(end, None) if second is None else (None, end) for end in first or second or ()]
    if kind_a == kind_b and len(first) == len(second) and first == second:
        if len(first) == 1 and "." in "".join(between):
            raise ValueError(f'it joins a "{kind_a}" to itself')
        return list(pairwise(first))
    if not first or not second:
        return []
    if len(first) == 1 or len(second) == 1:
        return [(one, two) for one in first for two in second if one != two]
    if len(first) != len(second):
        raise ValueError(f'it joins {len(first)} "{kind_a}" to {len(second)} "{kind_b}"; give as many of both, or one ("{kind_a}.0")')
    return list(zip(first, second, strict=True))


def _meant(text: str, count: Callable[[str], int]) -> list[tuple[str, int]] | None:
    """Return those that one end of a joint means, None for the world."""
    kind, which = split_end(text)
    if kind == "world":
        return None
    number = count(kind)
    if which is None:
        return [(kind, index) for index in range(number)]
    if which == "last":
        return [(kind, number - 1)] if number else []
    if int(which) >= number:
        raise ValueError(f'there is no "{text}": there {"is" if number == 1 else "are"} {number} "{kind}"')
    return [(kind, int(which))]


def _check_ends(value: Any) -> Any:
    if not isinstance(value, list) or len(value) != 2:
        raise bad(f'expected two ends ["a", "b"] or ["a", "world"], got {shown(value)}')
    for end in value:
        if not isinstance(end, str) or not _END.fullmatch(end):
            raise bad(f'expected a kind, "kind.0", "kind.last" or "world", got {shown(end)}')
    return value


def _check_range(value: Any) -> Any:
    """Check that two numbers are in order; their own ranges are checked after."""
    if not isinstance(value, list) or len(value) != 2:
        raise bad(f"expected [low, high], got {shown(value)}")
    if all(isinstance(part, int | float) for part in value) and value[0] > value[1]:
        raise bad(f"expected [low, high], got low {value[0]:g} above high {value[1]:g}")
    return value


Ends = Annotated[tuple[StrictStr, StrictStr], BeforeValidator(_check_ends)]
AngleRange = Annotated[tuple[Degrees, Degrees], BeforeValidator(_check_range)]
TravelRange = Annotated[tuple[Metres, Metres], BeforeValidator(_check_range)]
Points = Annotated[
    Annotated[FixedPoint, Tag("<one>")] | Annotated[tuple[FixedPoint, ...], Tag("<many>")],
    Discriminator(tagger(lambda value: "many" if isinstance(value, list) and value and isinstance(value[0], list) else "one")),
    expects("[x, y] or a list of [x, y]", list),
]


class Held(Part):
    """What all joints share."""

    between: Ends = Field(
        description='Its two ends: a kind, one of it ("kind.0", "kind.last") or "world". Two kinds of as many '
        "are joined index by index, one thing to each of many, a kind with itself as a chain (0 to 1, 1 to 2, ...).",
    )
    anchor_a: FixedPoint | None = Field(
        default=None, description="Where it holds the first end, in that thing's own frame [m] (of the world: there)."
    )
    anchor_b: FixedPoint | None = Field(default=None, description="As anchor_a, of the second end.")
    collide: StrictBool = Field(default=False, description="Whether the two that it joins bump into each other.")
    breaks_at: Force | None = Field(default=None, description="It breaks when it must hold more than this; absent: never.")


class Fixed(Held):
    """What joints that meet in a point share."""

    at: Points | None = Field(
        default=None,
        description="Where it holds both, in the world at the start [m], or one for each joint. Absent, with no anchor "
        "either: half-way between the two centres (of a thing and the world: the thing's). One anchor alone: there.",
    )

    @model_validator(mode="before")
    @classmethod
    def _one_place(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("at") is not None:
            for anchor in ("anchor_a", "anchor_b"):
                if data.get(anchor) is not None:
                    raise bad(f"at and {anchor} exclude each other", at=anchor)
        return data


class TurnMotor(Part):
    """Turns the second end of a pin against the first."""

    speed_deg_per_s: Annotated[float, Span(-limits.MAX_SPIN, limits.MAX_SPIN, "deg/s")] = Field(
        default=0.0, description="Speed it goes for, counter-clockwise; 0 is a brake. A motor drive scales it."
    )
    max_torque: Torque = Field(description="What it can do for that.")


class PushMotor(Part):
    """Pushes the second end of a slider along."""

    speed: Annotated[float, Span(-limits.MAX_SPEED, limits.MAX_SPEED, "m/s")] = Field(
        default=0.0, description="Speed it goes for along the axis; 0 is a brake. A motor drive scales it."
    )
    max_force: Force = Field(description="What it can do for that.")


class Pin(Fixed):
    """A hinge: two things turn about one point."""

    type: Literal["pin"]
    angle_deg: AngleRange | None = Field(default=None, description="How far it turns, [low, high] from how it starts; absent: freely.")
    hertz: Hertz = Field(default=0.0, description="A spring back to how it started: its frequency; 0 for none.")
    damping_ratio: Damping = Field(default=0.7, description="Of that spring: 1 just doesn't swing over.")
    motor: TurnMotor | None = Field(default=None, description="What turns it.")


class Weld(Fixed):
    """Two things hold together as one."""

    type: Literal["weld"]
    hertz: Hertz = Field(default=0.0, description="How stiffly it bends, as a frequency; 0 for not at all.")
    damping_ratio: Damping = Field(default=0.7, description="Of the bending.")


class Slider(Fixed):
    """The second thing slides along a straight line of the first, without turning against it."""

    type: Literal["slider"]
    axis: FixedPoint = Field(default=(1.0, 0.0), description="Direction of the line, in the world at the start.")
    travel: TravelRange | None = Field(default=None, description="How far it slides, [low, high] from how it starts [m]; absent: freely.")
    hertz: Hertz = Field(default=0.0, description="A spring back to how it started: its frequency; 0 for none.")
    damping_ratio: Damping = Field(default=0.7, description="Of that spring.")
    motor: PushMotor | None = Field(default=None, description="What pushes it.")


class Rope(Held):
    """Two points are never farther apart than its length; with min_length = length it is a rod."""

    type: Literal["rope"]
    length: Length | None = Field(default=None, description="Greatest distance; absent: as it starts.")
    min_length: Length = Field(default=0.0, description="Least distance.")


class Spring(Held):
    """Pulls and pushes two points towards a distance."""

    type: Literal["spring"]
    length: Length | None = Field(default=None, description="Where it rests; absent: as it starts.")
    min_length: Length = Field(default=0.0, description="Least distance.")
    max_length: Length | None = Field(default=None, description="Greatest distance; absent: any.")
    hertz: Hertz = Field(default=2.0, description="How often a second its two ends would swing.")
    damping_ratio: Damping = Field(default=0.2, description="0 swings for long, 1 just doesn't swing over.")


JOINT_TYPES = ("pin", "weld", "slider", "rope", "spring")


def _check_joint(value: Any) -> Any:
    if not isinstance(value, dict):
        raise bad(f'expected an object like {{"type": "pin", "between": ["a", "b"]}}, got {shown(value)}')
    if "type" not in value:
        raise bad(f'missing key "type" ({listing(JOINT_TYPES, "or")})')
    kind = value["type"]
    if kind not in JOINT_TYPES:
        hint = suggestion(kind, JOINT_TYPES) if isinstance(kind, str) else ""
        raise bad(f"expected {listing(JOINT_TYPES, 'or')}, got {shown(kind)}{hint}", at="type")
    return value


Joint = Annotated[
    Annotated[Pin, Tag("<pin>")]
    | Annotated[Weld, Tag("<weld>")]
    | Annotated[Slider, Tag("<slider>")]
    | Annotated[Rope, Tag("<rope>")]
    | Annotated[Spring, Tag("<spring>")],
    Discriminator(tagger(lambda value: value["type"])),
    BeforeValidator(_check_joint),
]


class Hands(Part):
    """Lets a team grab what is near: action grab (above 0 grabs and holds, else lets go), and lock where it may."""

    grabs: Names = Field(description="The kinds it can grab.")
    reach: Length = Field(default=0.3, description="How far from its outline to theirs it can grab.")
    through_walls: StrictBool = Field(
        default=False,
        description="Whether it reaches through walls: what is solid, can't be moved and stops the agent. A grip ends where one comes between.",
    )
    strength: Force = Field(default=100.0, description="What its grip can pull; a grip pulled out of reach lets go.")
    grip: Literal["firm", "loose"] = Field(default="firm", description="firm: what it holds turns with it; loose: that swings freely.")
    lock: StrictBool = Field(
        default=False,
        description="Whether it can lock things: action lock (above 0.5 locks what it holds or else the nearest in reach, "
        "below -0.5 unlocks). A locked thing stays where it is; only the team that locked it can unlock it.",
    )
