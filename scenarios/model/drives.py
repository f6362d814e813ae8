"""The model of how agents move: drives, and the actions of each."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, StrictBool, Tag

from ..text import limits
from ..text.problems import listing, shown, suggestion
from .numbers import Number, Span
from .part import Part, bad
from .values import NameRef, Size, tagger

TopSpeed = Annotated[Number, Span(0, limits.MAX_SPEED, "m/s", random=True)]
Accel = Annotated[Number, Span(0, limits.MAX_ACCEL, "m/s2", random=True)]
TurnRate = Annotated[Number, Span(0, limits.MAX_SPIN, "deg/s", random=True)]


def _check_kinds(value: Any) -> Any:
    if not isinstance(value, list):
        raise bad(f"expected a list of names, got {shown(value)}")
    return value


Names = Annotated[tuple[NameRef, ...], BeforeValidator(_check_kinds)]


class Thrust(Part):
    """A force along x and y of the world; action move = two numbers in [-1, 1]."""

    type: Literal["thrust"]
    accel: Accel = Field(default=5.0, description="Acceleration at full action.")
    top_speed: TopSpeed = Field(default=2.0, description="Speed that it can't push itself beyond.")
    discrete: Literal[5, 9] = Field(default=9, description="Choices with discrete actions: stay and 4 or 8 directions.")


class Walk(Part):
    """Takes up the wished velocity as fast as it can; action move = two numbers in [-1, 1]."""

    type: Literal["walk"]
    top_speed: TopSpeed = Field(default=2.0, description="Speed at full action.")
    accel: Accel = Field(default=20.0, description="How fast the velocity may change.")
    discrete: Literal[5, 9] = Field(default=9, description="Choices with discrete actions: stay and 4 or 8 directions.")


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
    brake: Accel = Field(default=8.0, description="Deceleration at full throttle against the motion, as far as the tyres hold.")
    top_speed: TopSpeed = Field(default=8.0, description="Speed that it can't push itself beyond.")
    reverse_speed: TopSpeed = Field(default=2.0, description="The same backwards; 0: it has no reverse gear.")
    steer_deg: Annotated[Number, Span(0, 80, "degrees", random=True)] = Field(
        default=30.0, description="Angle of the front wheels at full action (+ is left)."
    )
    steer_deg_per_s: TurnRate = Field(default=180.0, description="How fast the front wheels turn.")
    wheelbase: Size | None = Field(default=None, description="Distance of the axles; absent: 0.6 of the length of the shape.")
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
    air_control: Annotated[Number, Span(0, 1, random=True)] = Field(default=0.5, description="Share of accel that is left in the air.")
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
