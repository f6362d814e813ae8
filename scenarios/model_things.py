"""The model of what is in the world: things, teams, how they move, what they say and see."""

from typing import Annotated, Any, Literal, Self, cast

from pydantic import BeforeValidator, Discriminator, Field, StrictBool, Tag, model_validator
from pydantic_core import PydanticCustomError

from . import limits
from .problems import listing, shown, suggestion
from .values import (
    FREE,
    PAIR,
    Angle,
    Colors,
    FixedCoordinate,
    FixedPoint,
    Formula,
    NameRef,
    Normal,
    Number,
    OneOf,
    Part,
    PlainNumber,
    Point,
    Rate,
    Size,
    Span,
    StateName,
    Uniform,
    VectorOrFormula,
    bad,
    expects,
    one_choice,
    tagger,
)

Shape = Literal["circle", "capsule", "box", "polygon"]
Body = Literal["dynamic", "static", "kinematic", "sensor"]
Speed = Annotated[Number, Span(-limits.MAX_SPEED, limits.MAX_SPEED, "m/s", random=True)]
TopSpeed = Annotated[Number, Span(0, limits.MAX_SPEED, "m/s", random=True)]
Accel = Annotated[Number, Span(0, limits.MAX_ACCEL, "m/s2", random=True)]
TurnRate = Annotated[Number, Span(0, limits.MAX_SPIN, "deg/s", random=True)]
Mass = Annotated[Number, Span(limits.MIN_MASS, limits.MAX_MASS, "kg", random=True)]
Density = Annotated[Number, Span(limits.MIN_MASS, limits.MAX_MASS, "kg/m2", random=True)]
Noise = Annotated[float, Span(0, limits.MAX_WORLD)]
Distance = Annotated[float, Span(0, limits.MAX_WORLD, "m")]


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


def _check_kinds(value: Any) -> Any:
    if not isinstance(value, list):
        raise bad(f"expected a list of names, got {shown(value)}")
    return value


Names = Annotated[tuple[NameRef, ...], BeforeValidator(_check_kinds)]


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

    rect: Annotated[Corners, _check_numbers(4, "[left, bottom, right, top]")] = Field(
        description="Left, bottom, right, top [m]."
    )


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


TWO_POINTS = _check_numbers(2, "two points [[x, y], [x, y]]")


class Place(Part):
    """Where instances start, anew each episode; exactly one of in, row, ring."""

    in_: Region | None = Field(
        default=None,
        alias="in",
        description='"world", the name of a kind (inside one of them, chosen at random), '
        '{"rect": [left, bottom, right, top]} or {"circle": [x, y, radius]}.',
    )
    row: Annotated[tuple[FixedPoint, FixedPoint], TWO_POINTS] | None = Field(
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
    away_from: dict[str, Distance] = Field(
        default={}, description="Least distance of centres, by kind; only with in."
    )
    turn: StrictBool = Field(default=False, description="Whether each starts at a random angle.")
    shuffle: StrictBool = Field(
        default=False, description="Whether the spots of a row or ring are dealt out at random."
    )

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


def _is_list_of_points(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], list)


Spots = Annotated[
    Annotated[Point, Tag("<one>")] | Annotated[tuple[Point, ...], Tag("<many>")],
    Discriminator(tagger(lambda value: "many" if _is_list_of_points(value) else "one")),
    expects("[x, y] or a list of [x, y]", list),
]


class Path(Part):
    """The way of a kinematic thing, at one speed from point to point, over and over; several start evenly apart."""

    points: tuple[FixedPoint, ...] = Field(
        max_length=limits.MAX_PATH, description="2 points [x, y] or more, as seen from `at`."
    )
    speed: Annotated[Number, Span(0.001, limits.MAX_SPEED, "m/s", random=True)] = Field(
        default=1.0, description="Speed between the points."
    )
    pause: Annotated[Number, Span(0, limits.MAX_TIME, "s", random=True)] = Field(
        default=0.0, description="Rest at each point."
    )
    mode: Literal["loop", "back_and_forth"] = Field(
        default="loop",
        description="From the last point straight to the first, or back the way it came.",
    )
    phase: Annotated[Number, Span(0, 1, random=True)] = Field(
        default=0.0, description="Share of the cycle that is behind it at the start."
    )


class Zone(Part):
    """What a sensor does to those whose centre is in it; who is in and what formulas say is asked once a decision."""

    force: VectorOrFormula | None = Field(
        default=None, description="A force [N]; in a formula self is who is pushed, other is the zone."
    )
    wind: VectorOrFormula | None = Field(
        default=None, description="A velocity [m/s] that the zone pulls towards, as drag does."
    )
    drag: Annotated[float, Span(0, limits.MAX_RATE, "1/s")] = Field(
        default=1.0, description="How fast it pulls towards the wind."
    )
    on: Names | None = Field(
        default=None, description="The dynamic kinds that it works on; absent: all of them."
    )

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
    size: Annotated[tuple[Size, Size], PAIR] = Field(
        default=(1.0, 1.0), description="Width and height of a box."
    )
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
    gravity_scale: Annotated[Number, Span(-100, 100, random=True)] = Field(
        default=1.0, description="Multiplies the world's gravity."
    )
    turns: StrictBool = Field(
        default=True, description="Whether it can rotate at all (a team that jumps: false)."
    )
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
    at: Spots | None = Field(default=None, description="Fixed start [x, y], or one for each instance; those beyond the count are left free.")
    place: Place | None = Field(default=None, description="Start that varies by episode, in place of at.")
    angle_deg: Angle = Field(
        default=0.0,
        description="Heading at the start, counter-clockwise from +x (a rocket team: 90).",
    )
    velocity: Annotated[tuple[Speed, Speed], PAIR] = Field(
        default=(0.0, 0.0), description="Velocity at the start."
    )
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
        if at is not None and _is_list_of_points(at):
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


class Thrust(Part):
    """A force along x and y of the world; action move = two numbers in [-1, 1]."""

    type: Literal["thrust"]
    accel: Accel = Field(default=5.0, description="Acceleration at full action.")
    top_speed: TopSpeed = Field(default=2.0, description="Speed that it can't push itself beyond.")
    discrete: Literal[5, 9] = Field(
        default=9, description="Choices with discrete actions: stay and 4 or 8 directions."
    )


class Walk(Part):
    """Takes up the wished velocity as fast as it can; action move = two numbers in [-1, 1]."""

    type: Literal["walk"]
    top_speed: TopSpeed = Field(default=2.0, description="Speed at full action.")
    accel: Accel = Field(default=20.0, description="How fast the velocity may change.")
    discrete: Literal[5, 9] = Field(
        default=9, description="Choices with discrete actions: stay and 4 or 8 directions."
    )


class Tank(Part):
    """Drives along its heading and turns; actions forward and turn (+ = counter-clockwise)."""

    type: Literal["tank"]
    accel: Accel = Field(default=5.0, description="Acceleration at full action.")
    top_speed: TopSpeed = Field(default=2.0, description="Speed that it can't push itself beyond.")
    turn_deg_per_s: TurnRate = Field(default=180.0, description="Turn rate at full action.")
    reverse: StrictBool = Field(default=True, description="Whether it can drive backwards.")


class Rocket(Part):
    """A main engine along the heading (90 degrees is up); actions throttle and turn."""

    type: Literal["rocket"]
    thrust_accel: Accel = Field(default=20.0, description="Acceleration at full throttle (-1 is off).")
    turn_deg_per_s2: Annotated[Number, Span(0, limits.MAX_SPIN, "deg/s2", random=True)] = Field(
        default=360.0, description="Turning acceleration at full action."
    )
    top_speed: TopSpeed = Field(default=20.0, description="Speed that it can't push itself beyond.")


class Car(Part):
    """A car seen from above: steered front wheels, tyres that let go beyond their grip; actions throttle and steer."""

    type: Literal["car"]
    accel: Accel = Field(default=4.0, description="Acceleration at full throttle, as far as the tyres hold.")
    brake: Accel = Field(
        default=8.0, description="Deceleration at full throttle against the motion, as far as the tyres hold."
    )
    top_speed: TopSpeed = Field(default=8.0, description="Speed that it can't push itself beyond.")
    reverse_speed: TopSpeed = Field(default=2.0, description="The same backwards; 0: it has no reverse gear.")
    steer_deg: Annotated[Number, Span(0, 80, "degrees", random=True)] = Field(
        default=30.0, description="Angle of the front wheels at full action (+ is left)."
    )
    steer_deg_per_s: TurnRate = Field(default=180.0, description="How fast the front wheels turn.")
    wheelbase: Size | None = Field(
        default=None, description="Distance of the axles; absent: 0.6 of the length of the shape."
    )
    grip: Annotated[Number, Span(0, 100, random=True)] = Field(
        default=1.0, description="Friction of the tyres: dry asphalt 1, wet 0.6, ice 0.1."
    )
    driven: Literal["rear", "front", "all"] = Field(
        default="all", description="The wheels that the engine turns; rear ones break away under power."
    )


class Jump(Part):
    """Walks left and right and jumps, seen from the side, with gravity; actions move and jump (above 0 is pressed)."""

    type: Literal["jump"]
    top_speed: TopSpeed = Field(default=4.0, description="Speed at full action, relative to the ground.")
    accel: Accel = Field(default=30.0, description="How fast that may change on the ground.")
    air_control: Annotated[Number, Span(0, 1, random=True)] = Field(
        default=0.5, description="Share of accel that is left in the air."
    )
    jump_height: Annotated[Number, Span(0, limits.MAX_SIZE, "m", random=True)] = Field(
        default=1.5, description="How high a jump goes; one for each press, from the ground only."
    )
    coyote_time: Annotated[Number, Span(0, 10, "s", random=True)] = Field(
        default=0.0, description="How long after it left the ground it may still jump."
    )


class Motor(Part):
    """Drives joints that have a motor: an action for each, named as the joint, from -1 to 1 times the motor's speed."""

    type: Literal["motor"]
    joints: Annotated[Names, Field(max_length=limits.MAX_DRIVEN)] = Field(
        description="Joints of as many as there are agents (each drives its own), or of any number for one agent."
    )


ActionType = Literal["number", "vector", "switch"]
DRIVE_ACTIONS: dict[str, dict[str, ActionType]] = {
    "thrust": {"move": "vector"},
    "walk": {"move": "vector"},
    "tank": {"forward": "number", "turn": "number"},
    "rocket": {"throttle": "number", "turn": "number"},
    "car": {"throttle": "number", "steer": "number"},
    "jump": {"move": "number", "jump": "number"},
    "motor": {},
}
"""The actions of each drive, in order, and the type of formula a baseline gives for each (a switch is on above 0, or where true); a motor's are its joints."""
DRIVE_FIELDS: dict[str, tuple[str, ...]] = {"car": ("steer",), "jump": ("grounded",)}
"""What a drive adds to the fields that senses can name."""


def _check_drive(value: Any) -> Any:
    if not isinstance(value, dict):
        raise bad(f'expected an object like {{"type": "thrust"}}, got {shown(value)}')
    if "type" not in value:
        raise bad(f'missing key "type" ({listing(DRIVE_ACTIONS, "or")})')
    kind = value["type"]
    if kind not in tuple(DRIVE_ACTIONS):
        hint = suggestion(kind, DRIVE_ACTIONS) if isinstance(kind, str) else ""
        wanted = listing(DRIVE_ACTIONS, "or")
        raise bad(f"expected {wanted}, got {shown(kind)}{hint}", at="type")
    return value


Drive = Annotated[
    Annotated[Thrust, Tag("<thrust>")]
    | Annotated[Walk, Tag("<walk>")]
    | Annotated[Tank, Tag("<tank>")]
    | Annotated[Rocket, Tag("<rocket>")]
    | Annotated[Car, Tag("<car>")]
    | Annotated[Jump, Tag("<jump>")]
    | Annotated[Motor, Tag("<motor>")],
    Discriminator(tagger(lambda value: value["type"])),
    BeforeValidator(_check_drive),
]


class Says(Part):
    """The channel of a team: one symbol a decision, heard one decision later."""

    symbols: Annotated[int, Span(2, limits.MAX_SYMBOLS, whole=True, limit="MAX_SYMBOLS")] = Field(
        description="How many symbols there are; 0 is silence or whatever they agree on."
    )
    range: Distance | None = Field(default=None, description="How far it is heard; absent: everywhere.")
