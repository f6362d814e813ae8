"""The model of what can happen and what it is worth: rules, rewards, ends."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StrictBool,
    Tag,
    model_validator,
)

from ..text import limits
from ..text.problems import listing, nearest_name, shown
from .numbers import Span, Varied
from .part import Part, bad
from .places import Distance, Place
from .values import (
    FORMULA,
    VECTOR,
    Also,
    FixedPoint,
    Formula,
    FormulaNumber,
    NameRef,
    PlainNumber,
    Seconds,
    VectorOrFormula,
    expects,
    one_choice,
    scalar_tag,
    tagger,
)

EVENTS = ("touch", "apart", "inside", "outside", "near", "hears", "breaks", "grabs", "releases", "every", "at", "start")
"""What a rule can wait for (or a formula)."""
BUILT_IN_TARGETS: dict[str, Literal["number", "vector"]] = {
    "velocity": "vector",
    "angle_deg": "number",
    "spin_deg_per_s": "number",
    "surface_speed": "number",
}
"""Fields that "set" and "add" of a rule can change, besides state variables."""
DRIVE_TARGETS = ("accel", "top_speed")
"""The same of what has a drive."""

FLAG = Annotated[StrictBool, Tag("<flag>")]
NUMBER = Annotated[PlainNumber, Tag("<number>")]
FORMULA_NUMBER = Annotated[FormulaNumber, Tag("<number>")]

NumberOrFormula = Annotated[
    FORMULA_NUMBER | FORMULA,
    Discriminator(tagger(scalar_tag)),
    expects("a number or a formula", int, float, str),
]
Assigned = Annotated[
    FLAG | FORMULA_NUMBER | FORMULA | VECTOR,
    Discriminator(tagger(scalar_tag)),
    expects("a value or a formula", bool, int, float, str, list),
]


def _check_two(value: Any) -> Any:
    if not isinstance(value, list) or len(value) != 2:
        raise bad(f'expected two kinds ["a", "b"], got {shown(value)}')
    return value


Pair = Annotated[tuple[NameRef, NameRef], BeforeValidator(_check_two)]


class Event(Part):
    """What a rule waits for: exactly one of the events, perhaps with a condition."""

    touch: Pair | None = Field(default=None, description='Two touch; the second may be "walls".')
    apart: Pair | None = Field(default=None, description='Two stop touching; the second may be "walls".')
    inside: Pair | None = Field(default=None, description="The centre of the first is in the second.")
    outside: Pair | None = Field(default=None, description="The centre of the first is out of the second.")
    near: Pair | None = Field(default=None, description='Two centres are closer than "within".')
    within: Distance | None = Field(default=None, description="The distance of near.")
    hears: NameRef | None = Field(default=None, description="A member of this team says another symbol.")
    symbol: Annotated[int, Span(0, limits.MAX_SYMBOLS - 1, whole=True)] | None = Field(
        default=None, description="Only this symbol; absent: any."
    )
    breaks: NameRef | None = Field(default=None, description="A joint of this name breaks.")
    grabs: Pair | None = Field(default=None, description="A member of a team with hands grabs one of a kind.")
    releases: Pair | None = Field(default=None, description="It lets go of it, willingly or not.")
    every: Annotated[float, Span(0.001, limits.MAX_TIME, "s")] | None = Field(
        default=None, description="Again and again after so many seconds, in the mean; at least a decision."
    )
    at: Seconds | None = Field(
        default=None, description="Once, so many seconds into the episode, in the first decision that is no earlier."
    )
    start: Literal[True] | None = Field(default=None, description="At the start of every episode, before the first observation.")
    if_: Formula | None = Field(default=None, alias="if", description="Only if this is true; the kinds mean those that met.")

    @property
    def kind(self) -> str:
        """Which event it is, one of EVENTS."""
        return next(name for name in EVENTS if getattr(self, name) is not None)

    @property
    def pair(self) -> tuple[str, str] | None:
        """The two kinds that meet, None for events without."""
        return self.touch or self.apart or self.inside or self.outside or self.near or self.grabs or self.releases

    @model_validator(mode="before")
    @classmethod
    def _one_event(cls, data: Any) -> Any:
        if isinstance(data, dict):
            kind = one_choice(data, EVENTS, "when")
            if kind == "near" and data.get("within") is None:
                raise bad('near needs "within" (metres)')
            for extra, owner in (("within", "near"), ("symbol", "hears")):
                if extra in data and kind != owner:
                    raise bad(f"{extra} belongs to {owner}, not to {kind}", at=extra)
        return data


_EVENT = 'an event like {"touch": ["a", "b"]} or a formula'
_PAIR = '["a", "b"]'
_EXAMPLES = {"hears": '"team"', "breaks": '"joint"', "every": "2", "at": "2", "start": "true"}


def _check_when(value: Any) -> Any:
    """Say how an event is written to who writes its name alone."""
    if isinstance(value, str) and not value.lstrip().startswith("="):
        event = value if value in EVENTS else nearest_name(value, EVENTS)
        within = ', "within": 2' if event == "near" else ""
        hint = f'; write {{"{event}": {_EXAMPLES.get(event, _PAIR)}{within}}}' if event else '; a formula starts with "="'
        raise bad(f"expected {_EVENT}, got {shown(value)}{hint}")
    return value


When = Annotated[
    Annotated[Formula, Tag("<formula>")] | Annotated[Event, Tag("<event>")],
    Discriminator(tagger(lambda value: "formula" if isinstance(value, str) else "event")),
    BeforeValidator(_check_when),
    expects(_EVENT, str, dict),
]


def _target_tag(value: Any) -> str:
    if isinstance(value, dict):
        return "place"
    return "point" if isinstance(value, list) else "start"


def _check_start(value: Any) -> Any:
    if value != "start":
        raise bad(f'expected "start", [x, y] or a place, got {shown(value)}')
    return value


Target = Annotated[
    Annotated[Literal["start"], BeforeValidator(_check_start), Tag("<start>")]
    | Annotated[FixedPoint, Tag("<point>")]
    | Annotated[Place, Tag("<place>")],
    Discriminator(tagger(_target_tag)),
]
Removed = Annotated[
    tuple[NameRef, ...],
    BeforeValidator(lambda value: [value] if isinstance(value, str) else value),
    expects("a kind or a list of kinds", str, list),
    Also({"type": "string"}),
]
Broken = Annotated[
    tuple[NameRef, ...],
    BeforeValidator(lambda value: [value] if isinstance(value, str) else value),
    expects("a joint or a list of joints", str, list),
    Also({"type": "string"}),
]


class Do(Part):
    """What a rule does when it fires."""

    set: dict[str, Assigned] = Field(
        default={},
        description='"kind.variable": new value; also of "self" and "other". velocity, angle_deg, spin_deg_per_s, surface_speed too, and accel and top_speed.',
    )
    add: dict[str, Assigned] = Field(default={}, description='"kind.variable": what is added.')
    place: dict[str, Target] = Field(default={}, description='kind: a place, [x, y], or "start" for a place as at the start.')
    remove: Removed = Field(default=(), description="Kinds taken out of the world.")
    break_: Broken = Field(default=(), alias="break", description="Joints that break.")
    push: dict[str, VectorOrFormula] = Field(default={}, description="kind: an impulse [N s].")


class Rule(Part):
    """One thing that can happen; its name is an event for rewards, end and formulas."""

    when: When = Field(description="An event, or a formula (it happens when it becomes true).")
    if_: Formula | None = Field(default=None, alias="if", description="Only if this is true; the kinds mean those that met.")
    once: StrictBool = Field(default=False, description="At most once an episode.")
    cooldown: Seconds | None = Field(
        default=None,
        description="Happens again while the condition holds, at most so often; absent: once a meeting.",
    )
    chance: Annotated[float, Span(0, 1)] = Field(default=1.0, description="How likely it then happens.")
    do: Do = Field(default_factory=Do, description="What it changes.")


class Progress(Part):
    """Pays the change of a formula: shaping that can't be farmed."""

    progress: Formula = Field(description="The formula whose increase is paid.")
    weight: FormulaNumber = Field(default=1.0, description="Paid for each unit of increase.")


def _check_term(value: Any) -> Any:
    """Say what is paid to who writes an object that isn't about progress."""
    if isinstance(value, dict) and not any(nearest_name(key, ("progress",)) for key in value):
        wrong = f" with {listing(value)}" if 0 < len(value) <= 3 else ""
        raise bad(f'expected a number (a rule is paid so much each time), a formula or {{"progress": "= ..."}}, got {shown(value)}{wrong}')
    return value


Term = Annotated[
    FORMULA_NUMBER | FORMULA | Annotated[Progress, Tag("<progress>")],
    Discriminator(tagger(lambda value: "progress" if isinstance(value, dict) else scalar_tag(value))),
    BeforeValidator(_check_term),
    expects('a number, a formula or {"progress": "= ..."}', int, float, str, dict),
]


class RewardTerms(Part):
    """What a team is paid for: by rule (a number for each time) or by formula, each decision."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, Term] = Field(init=False)  # pyright: ignore
    shared: StrictBool = Field(default=False, description="Whether each member gets the team's sum.")

    @property
    def terms(self) -> Mapping[str, float | Varied | str | Progress]:
        """The terms by name."""
        return self.__pydantic_extra__


class End(Part):
    """When an episode is over: rules by label terminate it, the time truncates it."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, NameRef] = Field(init=False)  # pyright: ignore
    time: Annotated[float, Span(0.001, limits.MAX_TIME, "s")] | None = Field(
        default=None, description="Seconds until it is cut off; absent: never."
    )

    @property
    def rules(self) -> Mapping[str, str]:
        """The rules that end the episode, by label."""
        return self.__pydantic_extra__
