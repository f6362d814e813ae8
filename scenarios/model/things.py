"""The model of what is in the world: things, their state, what zones do, what teams say."""

from typing import Annotated, Any, Literal, Self, cast

from pydantic import Discriminator, Field, StrictBool, Tag, model_validator
from pydantic_core import PydanticCustomError

from ..text import limits
from .colors import Colors
from .drives import Names
from .numbers import Normal, Number, OneOf, Span, Uniform
from .part import Part, bad
from .places import Distance, Path, Place, Spots, is_list_of_points
from .values import (
    FREE,
    PAIR,
    Angle,
    FixedPoint,
    Formula,
    NameRef,
    PlainNumber,
    Rate,
    Size,
    StateName,
    VectorOrFormula,
    expects,
    tagger,
)

Shape = Literal["circle", "capsule", "box", "polygon"]
Body = Literal["dynamic", "static", "kinematic", "sensor"]
Speed = Annotated[Number, Span(-limits.MAX_SPEED, limits.MAX_SPEED, "m/s", random=True)]
Mass = Annotated[Number, Span(limits.MIN_MASS, limits.MAX_MASS, "kg", random=True)]
Density = Annotated[Number, Span(limits.MIN_MASS, limits.MAX_MASS, "kg/m2", random=True)]
Noise = Annotated[float, Span(0, limits.MAX_WORLD)]


class StateRange(Part):
    """A state variable with a range: rules can't take it beyond, and observations are scaled by it."""

    default: Annotated[Number, FREE] = Field(description="Value at the start.")
    min: PlainNumber = Field(description="Least value that it can have.")
    max: PlainNumber = Field(description="Greatest value that it can have.")

    @model_validator(mode="after")
    def _fit_in(self) -> Self:
        """Return it with a start that keeps within the range."""
        if self.min > self.max:
            raise bad(f"expected min below max, got min {self.min:g} and max {self.max:g}", at="min")
        drawn = self.default.to_json() if isinstance(self.default, Uniform | Normal | OneOf) else self.default
        try:
            start = Span(self.min, self.max, random=True).check(drawn)
        except PydanticCustomError as error:
            raise bad(f"{error.message()}: its own min and max", at="default") from None
        return self.model_copy(update={"default": start})


def _state_tag(value: Any) -> str:
    if isinstance(value, dict):
        return "range" if value.keys() & {"default", "min", "max"} else "number"
    return "flag" if isinstance(value, bool) else "number"


StateValue = Annotated[
    Annotated[StrictBool, Tag("<flag>")] | Annotated[Number, FREE, Tag("<number>")] | Annotated[StateRange, Tag("<range>")],
    Discriminator(tagger(_state_tag)),
    expects('a number, true or false, or {"default", "min", "max"}', int, float, bool, dict),
]


class Zone(Part):
    """What a sensor does to those whose centre is in it; who is in and what formulas say is asked once a decision."""

    force: VectorOrFormula | None = Field(default=None, description="A force [N]; in a formula self is who is pushed, other is the zone.")
    wind: VectorOrFormula | None = Field(default=None, description="A velocity [m/s] that the zone pulls towards, as drag does.")
    drag: Annotated[float, Span(0, limits.MAX_RATE, "1/s")] = Field(default=1.0, description="How fast it pulls towards the wind.")
    on: Names | None = Field(default=None, description="The dynamic kinds that it works on; absent: all of them.")

    @model_validator(mode="before")
    @classmethod
    def _does_something(cls, data: Any) -> Any:
        if isinstance(data, dict):
            if data.get("force") is None and data.get("wind") is None:
                raise bad('a zone needs "force" or "wind"')
            if data.get("drag", 1) != 1 and data.get("wind") is None:  # 1 is what it is where nobody says so
                raise bad("drag belongs to wind", at="drag")
        return data


class Thing(Part):
    """A kind of thing: what all its instances share."""

    like: NameRef | None = Field(
        default=None,
        description="A thing or team to copy; what stands here changes the copy, null removes.",
    )
    count: Annotated[int, Span(0, limits.MAX_COUNT, whole=True, limit="MAX_COUNT")] = Field(
        default=1, description="How many there are (the number of spots when `at` lists them)."
    )
    shape: Shape = Field(default="circle", description="The outline.")
    radius: Annotated[Number, Span(0, limits.MAX_SIZE, "m", random=True)] = Field(
        default=0.5,
        description="Radius of a circle (0.5 if absent) or capsule (0.25); for a box or polygon "
        "the rounding added outside its corners (0).",
    )
    size: Annotated[tuple[Size, Size], PAIR] = Field(default=(1.0, 1.0), description="Width and height of a box.")
    length: Size = Field(default=1.0, description="Distance of the two end centres of a capsule.")
    vertices: tuple[FixedPoint, ...] = Field(
        default=(),
        max_length=limits.MAX_VERTICES,
        description="3 to 8 corners [x, y] of a convex polygon around its own origin, in either direction.",
    )
    body: Body = Field(
        default="static",
        description="dynamic moves and is pushed; static never moves; kinematic moves but is never "
        "pushed; sensor is felt and never blocks.",
    )
    mass: Mass | None = Field(default=1.0, description="Mass of one.")
    density: Density | None = Field(default=None, description="Mass for each area, in place of mass.")
    friction: Annotated[Number, Span(0, 10, random=True)] = Field(
        default=0.4, description="Friction; two that touch use the geometric mean."
    )
    bounce: Annotated[Number, Span(0, 1, random=True)] = Field(
        default=0.0,
        description="How much of the approach speed comes back; the larger of two counts.",
    )
    surface_speed: Speed = Field(
        default=0.0,
        description="Speed of its surface, as of a conveyor belt: clockwise around it, so a positive one runs to +x on top.",
    )
    floor_friction: Annotated[float, Span(0, 10)] = Field(
        default=0.0,
        description="Friction with the floor of a world seen from above: slows by 9.81 m/s2 times this, "
        "and holds against any weaker push. For what is dynamic.",
    )
    drag: Rate | None = Field(default=None, description="How fast velocity fades; absent: the world's.")
    spin_drag: Rate | None = Field(default=None, description="How fast spin fades; absent: the world's.")
    gravity_scale: Annotated[Number, Span(-100, 100, random=True)] = Field(default=1.0, description="Multiplies the world's gravity.")
    turns: StrictBool = Field(default=True, description="Whether it can rotate at all (a team that jumps: false).")
    color: Colors | None = Field(
        default=None,
        description="CSS name or #rrggbb, or a list that its instances take in turn; absent: chosen for you.",
    )
    path: Path | None = Field(default=None, description="The way that a kinematic thing follows.")
    zone: Zone | None = Field(default=None, description="What a sensor does to those in it.")
    state: dict[StateName, StateValue] = Field(
        default={},
        max_length=limits.MAX_STATE,
        description='Variables of each instance and their values at the start: numbers or true/false, or {"default", "min", "max"} for a number with a range.',
    )
    solid_if: Formula | None = Field(
        default=None,
        description="It blocks only while this is true; its own fields are bare names here, and `other` is who runs into it: it may stop one and let another through.",
    )
    collides_with: Names | None = Field(
        default=None, description='The kinds it can run into ("walls" counts as one); absent: all. Rules go by outlines all the same.'
    )
    at: Spots | None = Field(
        default=None, description="Fixed start [x, y], or one for each instance; those beyond the count are left free."
    )
    place: Place | None = Field(default=None, description="Start that varies by episode, in place of at.")
    angle_deg: Angle = Field(
        default=0.0,
        description="Heading at the start, counter-clockwise from +x (a rocket team: 90).",
    )
    velocity: Annotated[tuple[Speed, Speed], PAIR] = Field(default=(0.0, 0.0), description="Velocity at the start.")
    spin_deg_per_s: Annotated[Number, Span(-limits.MAX_SPIN, limits.MAX_SPIN, "deg/s", random=True)] = Field(
        default=0.0, description="Spin at the start, counter-clockwise."
    )

    @property
    def moves(self) -> bool:
        """Whether its instances can move by themselves or be pushed."""
        return self.body in ("dynamic", "kinematic")

    @property
    def spots(self) -> tuple[tuple[Number, Number], ...] | None:
        """The fixed starts, one for each instance, or None where it is placed."""
        if self.at is None:
            return None
        if self.at and isinstance(self.at[0], tuple):
            return self.at[: self.count]  # pyright: ignore
        return (cast("tuple[Number, Number]", self.at),) * self.count

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, data: Any) -> Any:
        """Write down the defaults that depend on other fields, so that readers see plain values."""
        if not isinstance(data, dict):
            return data
        data = dict(data)
        filled: dict[str, Any] = data
        radii = {"circle": 0.5, "capsule": 0.25}
        filled.setdefault("radius", radii.get(str(filled.get("shape", "circle")), 0.0))
        if filled.get("mass") is not None and filled.get("density") is not None:
            raise bad("mass and density exclude each other", at="density")
        if filled.get("density") is not None:
            filled["mass"] = None
        elif filled.get("mass") is None:
            filled["mass"] = 1.0
        at, place = filled.get("at"), filled.get("place")
        if at is not None and place is not None:
            raise bad("at and place exclude each other", at="place")
        if at is not None and is_list_of_points(at):
            filled.setdefault("count", len(at))
        drive = filled.get("drive")
        if isinstance(drive, dict) and drive.get("type") == "rocket":
            filled.setdefault("angle_deg", 90)
        if isinstance(drive, dict) and drive.get("type") == "jump":
            filled.setdefault("turns", False)
        if at is None and place is None:
            if filled.get("count", 1) == 1 or filled.get("path") is not None:
                filled["at"] = [0, 0]
            else:
                filled["place"] = {"in": "world", "gap": 0.1}
        return filled


class Says(Part):
    """The channel of a team: one symbol a decision, heard one decision later."""

    symbols: Annotated[int, Span(2, limits.MAX_SYMBOLS, whole=True, limit="MAX_SYMBOLS")] = Field(
        description="How many symbols there are; 0 is silence or whatever they agree on."
    )
    range: Distance | None = Field(default=None, description="How far it is heard; absent: everywhere.")
