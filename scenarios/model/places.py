"""The model of where things start and the ways they follow: regions, places, spots, paths."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, StrictBool, Tag, model_validator

from ..text import limits
from ..text.problems import shown
from .numbers import Number, Span
from .part import Part, bad
from .values import FixedCoordinate, FixedPoint, NameRef, Point, expects, one_choice, tagger

Distance = Annotated[float, Span(0, limits.MAX_WORLD, "m")]


def _check_numbers(count: int, what: str) -> BeforeValidator:
    """Return a check for a list of so many entries."""

    def check(value: Any) -> Any:
        if not isinstance(value, list) or len(value) != count:
            raise bad(f"expected {what}, got {shown(value)}")
        return value

    return BeforeValidator(check)


Corners = tuple[FixedCoordinate, FixedCoordinate, FixedCoordinate, FixedCoordinate]
Circle = Annotated[tuple[FixedCoordinate, FixedCoordinate, Distance], _check_numbers(3, "[x, y, radius]")]


class Rect(Part):
    """A rectangle of the world."""

    rect: Annotated[Corners, _check_numbers(4, "[left, bottom, right, top]")] = Field(description="Left, bottom, right, top [m].")


class Disc(Part):
    """A disc of the world."""

    circle: Circle = Field(description="Centre x, centre y, radius [m].")


def _check_region(value: Any) -> Any:
    if isinstance(value, dict):
        one_choice(value, ("rect", "circle"), "a region")
    elif not isinstance(value, str):
        wanted = '"world", the name of a kind, {"rect": ...} or {"circle": ...}'
        raise bad(f"expected {wanted}, got {shown(value)}")
    return value


def _region_tag(value: Any) -> str:
    return "name" if isinstance(value, str) else "rect" if value.get("rect") is not None else "circle"


Region = Annotated[
    Annotated[NameRef, Tag("<name>")] | Annotated[Rect, Tag("<rect>")] | Annotated[Disc, Tag("<circle>")],
    Discriminator(tagger(_region_tag)),
    BeforeValidator(_check_region),
]


class Place(Part):
    """Where instances start, anew each episode; exactly one of in, row, ring."""

    in_: Region | None = Field(
        default=None,
        alias="in",
        description='"world", the name of a kind (inside one of them, chosen at random), '
        '{"rect": [left, bottom, right, top]} or {"circle": [x, y, radius]}.',
    )
    row: Annotated[tuple[FixedPoint, FixedPoint], _check_numbers(2, "two points [[x, y], [x, y]]")] | None = Field(
        default=None,
        description="Two points; the instances stand evenly from the first to the second.",
    )
    ring: Circle | None = Field(
        default=None,
        description="Centre x, centre y, radius; the instances stand evenly around it.",
    )
    gap: Distance = Field(
        default=0.0,
        description="Least clearance to every other placed solid thing and to the walls.",
    )
    away_from: dict[str, Distance] = Field(default={}, description="Least distance of centres, by kind; only with in.")
    turn: StrictBool = Field(default=False, description="Whether each starts at a random angle.")
    shuffle: StrictBool = Field(default=False, description="Whether the spots of a row or ring are dealt out at random.")

    @model_validator(mode="before")
    @classmethod
    def _one_way(cls, data: Any) -> Any:
        if isinstance(data, dict):
            way = one_choice(data, ("in", "row", "ring"), "a place")
            if way == "in" and "shuffle" in data:
                raise bad("shuffle is for a row or ring", at="shuffle")
            if way != "in" and "away_from" in data:
                raise bad('away_from is for "in"', at="away_from")
        return data


def is_list_of_points(value: Any) -> bool:
    """Return whether a place is given as a list of points, one for each instance."""
    return isinstance(value, list) and bool(value) and isinstance(value[0], list)


Spots = Annotated[
    Annotated[Point, Tag("<one>")] | Annotated[tuple[Point, ...], Tag("<many>")],
    Discriminator(tagger(lambda value: "many" if is_list_of_points(value) else "one")),
    expects("[x, y] or a list of [x, y]", list),
]


class Path(Part):
    """The way of a kinematic thing, at one speed from point to point, over and over; several start evenly apart."""

    points: tuple[FixedPoint, ...] = Field(max_length=limits.MAX_PATH, description="2 points [x, y] or more, as seen from `at`.")
    speed: Annotated[Number, Span(0.001, limits.MAX_SPEED, "m/s", random=True)] = Field(
        default=1.0, description="Speed between the points."
    )
    pause: Annotated[Number, Span(0, limits.MAX_TIME, "s", random=True)] = Field(default=0.0, description="Rest at each point.")
    mode: Literal["loop", "back_and_forth"] = Field(
        default="loop",
        description="From the last point straight to the first, or back the way it came.",
    )
    phase: Annotated[Number, Span(0, 1, random=True)] = Field(default=0.0, description="Share of the cycle that is behind it at the start.")
