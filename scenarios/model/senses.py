"""The model of what agents see: each entry of a team's "sees"."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, StrictBool, StrictStr, Tag

from ..text import limits
from ..text.problems import listing, shown, suggestion
from .drives import Drive, Names
from .joints import Hands
from .numbers import Span
from .part import Part, bad
from .shoot import Shoot
from .things import Noise, Says, Thing
from .values import Also, NameRef, expects, tagger

SELF_FIELDS = ("position", "velocity", "heading", "spin", "alive", "cooldown")
"""Built-in fields of {"self": [...]}; the team's state variables come on top."""
OBJECT_FIELDS = (
    "offset", "velocity", "motion", "distance", "heading", "radius", "said", "alive",
)  # fmt: skip
"""Built-in fields of {"of": kind}; the kind's state variables come on top."""
JOINT_FIELDS: dict[str, tuple[str, ...]] = {
    "pin": ("angle", "speed"),
    "weld": (),
    "slider": ("travel", "speed"),
    "rope": ("length", "speed"),
    "spring": ("length", "speed"),
}
"""Built-in fields of {"joint": name} by type of joint; force and broken come on top of each."""
HAND_FIELDS = ("held", "held_by", "locked", "locked_by")
"""Fields of {"of": kind} of what can be grabbed (and locked); mine and, of those with hands, holding come on top."""
FIELD_WIDTHS = {"position": 2, "offset": 2, "velocity": 2, "motion": 2, "heading": 2, "angle": 2}
"""Numbers of a field; one where it is not listed (said: one for each symbol; held_by, locked_by: one for each team that can)."""

Range = Annotated[float, Span(limits.MIN_SIZE, limits.MAX_WORLD, "m")]
FieldOfView = Annotated[float, Span(0, 360, "degrees")]


class SelfSense(Part):
    """What an agent knows of itself."""

    self_: Names | None = Field(
        default=None,
        alias="self",
        description="Fields: position, velocity, heading (cos, sin), spin, alive, cooldown (until it may shoot again), own state "
        "variables, steer (of a car), grounded (of a jumper) and holding (of those with hands). null or the word "
        "self alone: position and velocity, with heading and spin for tank, rocket and car, and what drive and hands add.",
    )


class ObjectSense(Part):
    """The things of one kind, relative to the agent."""

    of: NameRef = Field(description="The kind that is seen (never the agent itself).")
    nearest: Annotated[int, Span(1, limits.MAX_COUNT, whole=True, limit="MAX_COUNT")] | None = Field(
        default=None, description="Only so many, nearest first; absent: all, in fixed order."
    )
    fields: Names | None = Field(
        default=None,
        description="offset (x, y from the agent), velocity (relative), motion (absolute "
        "velocity), distance, heading (cos, sin), radius, said, alive, state variables, steer, grounded, holding; of what "
        "hands can grab held, held_by and locked_by (one number for each team that can), locked, mine (I hold it). Absent: "
        "offset, and velocity of what moves.",
    )
    range: Range | None = Field(default=None, description="How far it sees; absent: everywhere.")
    fov_deg: FieldOfView | None = Field(default=None, description="Field of view around the heading; absent: all around.")
    occluded: StrictBool = Field(default=False, description="Whether solid things hide what is behind.")
    noise: Noise = Field(default=0.0, description="Standard deviation added, in the unit of each field.")
    frame: Literal["world", "body"] = Field(
        default="world",
        description="Axes of offset and velocity: the world's, or the agent's heading.",
    )


class RaySense(Part):
    """Rays from the agent: for each the distance (1 = nothing hit) and a flag for each kind."""

    rays: Annotated[int, Span(1, limits.MAX_RAYS, whole=True, limit="MAX_RAYS")] = Field(
        description="How many, evenly over the field of view."
    )
    of: Names | None = Field(
        default=None,
        description='Kinds that are hit ("walls" is one); absent: all solid kinds and walls.',
    )
    range: Range = Field(default=5.0, description="Length of a ray.")
    fov_deg: FieldOfView = Field(default=360.0, description="Field of view around the heading.")
    noise: Noise = Field(default=0.0, description="Standard deviation of the distance [m].")


class TouchSense(Part):
    """A flag for each kind that the agent touches now."""

    touch: Names | None = Field(default=None, description='Kinds ("walls" is one); null: all solid kinds and walls.')


class HearSense(Part):
    """What each member of a team said in the last decision, one-hot."""

    hear: NameRef = Field(description="A team that says something.")


class KnowSense(Part):
    """A secret of "draw"."""

    know: NameRef = Field(description="A name under draw: one-hot of the index for a thing, else the number.")
    if_: StrictBool = Field(
        default=True,
        alias="if",
        description="false: zeros in the same place (to test that it matters).",
    )


class StateSense(Part):
    """One state variable of each instance of a kind, wherever they are."""

    state: Annotated[StrictStr, expects('"kind.variable"', str)] = Field(description='"kind.variable".')


class JointSense(Part):
    """How a joint stands: the agent's own where each agent has one, else all of the name."""

    joint: NameRef = Field(description="A name under joints.")
    fields: Names | None = Field(
        default=None,
        description="angle of a pin (cos, sin; from how it started), travel of a slider, length of a rope or spring, "
        "speed of these, force (what it holds), broken. Absent: the first two, and broken of what can break.",
    )


class ClockSense(Part):
    """The fraction of the time limit that has passed."""

    clock: Literal[True] = Field(default=True, description="Always true.")


Sense = SelfSense | ObjectSense | RaySense | TouchSense | HearSense | KnowSense | StateSense | JointSense | ClockSense

# "rays" comes first: a ray sense has an "of" too.
SENSE_KEYS = ("rays", "touch", "hear", "know", "state", "joint", "clock", "self", "of")
_SENSE_WORDS: dict[str, Any] = {"self": None, "touch": None, "clock": True}


def _expand_word(value: Any) -> Any:
    """Turn "self" into {"self": null}, so that readers meet one form only."""
    if isinstance(value, str):
        if value not in _SENSE_WORDS:
            raise bad(f"expected {listing(_SENSE_WORDS, 'or')} or an object, got {shown(value)}{suggestion(value, _SENSE_WORDS)}")
        return {value: _SENSE_WORDS[value]}
    if not isinstance(value, dict):
        raise bad(f"expected {listing(_SENSE_WORDS, 'or')} or an object, got {shown(value)}")
    if not value.keys() & set(SENSE_KEYS):
        wrong = next(iter(value), None)
        got = f", got {shown(wrong)}{suggestion(str(wrong), SENSE_KEYS)}" if wrong else ""
        raise bad(f"a sense needs one of {listing(SENSE_KEYS, 'or')}{got}")
    return value


def _sense_tag(value: Any) -> str:
    return next(key for key in SENSE_KEYS if key in value)


AnySense = Annotated[
    Annotated[SelfSense, Tag("<self>")]
    | Annotated[ObjectSense, Tag("<of>")]
    | Annotated[RaySense, Tag("<rays>")]
    | Annotated[TouchSense, Tag("<touch>")]
    | Annotated[HearSense, Tag("<hear>")]
    | Annotated[KnowSense, Tag("<know>")]
    | Annotated[StateSense, Tag("<state>")]
    | Annotated[JointSense, Tag("<joint>")]
    | Annotated[ClockSense, Tag("<clock>")],
    Discriminator(tagger(_sense_tag)),
    BeforeValidator(_expand_word),
    Also({"enum": list(_SENSE_WORDS)}),
]


class Team(Thing):
    """A kind of thing that acts: everything a thing has, and a drive, hands, a voice and senses."""

    body: Literal["dynamic", "static", "kinematic", "sensor"] = Field(
        default="dynamic", description="As of things; a team is dynamic unless it says otherwise."
    )
    drive: Drive | None = Field(default=None, description="How it moves; absent: it can't.")
    shoot: Shoot | None = Field(default=None, description="What it can shoot; absent: nothing.")
    hands: Hands | None = Field(default=None, description="What it can grab; absent: nothing.")
    says: Says | None = Field(default=None, description="What it can say; absent: nothing.")
    sees: tuple[AnySense, ...] = Field(
        default=(SelfSense(),),
        max_length=limits.MAX_SENSES,
        description="What each agent observes, in order.",
    )
