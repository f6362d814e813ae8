"""The model of the world itself, of what is drawn each episode, and of how it is shown."""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, StrictStr, Tag, model_validator

from ..text import limits
from ..text.problems import shown
from .colors import Colors
from .numbers import Normal, Number, OneOf, Span, Uniform
from .part import Part, bad
from .values import FREE, PAIR, NameRef, PlainNumber, Rate, VectorOrFormula, expects, one_choice, tagger

Side = Annotated[float, Span(limits.MIN_WORLD, limits.MAX_WORLD, "m")]
Gravity = Annotated[float, Span(-1000, 1000, "m/s2")]


class World(Part):
    """The world itself."""

    size: Annotated[tuple[Side, Side], PAIR] = Field(default=(10.0, 10.0), description="Width and height; the origin is in the centre.")
    walls: Literal["solid", "open", "wrap"] = Field(
        default="solid",
        description="The edge: solid blocks, open lets out, wrap comes in on the far side.",
    )
    gravity: Annotated[
        Annotated[Gravity, Tag("<number>")] | Annotated[tuple[Gravity, Gravity], PAIR, Tag("<vector>")],
        Discriminator(tagger(lambda value: "vector" if isinstance(value, list) else "number")),
        expects("a number or [x, y]", int, float, list),
    ] = Field(default=0.0, description="Downward pull, or a vector [x, y].")
    drag: Rate = Field(default=0.0, description="How fast every velocity fades.")
    wind: VectorOrFormula | None = Field(
        default=None,
        description="Velocity of the air: drag pulls towards it. A formula is asked once a decision.",
    )
    spin_drag: Rate = Field(default=0.0, description="How fast every spin fades.")
    decisions_per_second: Annotated[float, Span(1, limits.MAX_DECISIONS, "1/s")] = Field(default=10.0, description="How often agents act.")
    substeps: Annotated[int, Span(1, limits.MAX_SUBSTEPS, whole=True)] | None = Field(
        default=None, description="Physics steps of one decision; absent: 4, or as many more as joints need for what they carry."
    )
    friction: Annotated[float, Span(0, 10)] = Field(default=0.4, description="Friction of the walls.")
    bounce: Annotated[float, Span(0, 1)] = Field(default=0.0, description="How much of the approach speed comes back from a wall.")
    observations: Literal["scaled", "raw"] = Field(default="scaled", description="scaled: within [-1, 1]; raw: metres and m/s, unbounded.")

    @property
    def gravity_vector(self) -> tuple[float, float]:
        """Gravity as a vector [m/s2]; y is up."""
        return self.gravity if isinstance(self.gravity, tuple) else (0.0, -self.gravity)


class Draw(Part):
    """A secret, drawn anew each episode: a thing of a kind, or a number."""

    one_of: str | tuple[PlainNumber, ...] | None = Field(
        default=None, description="The name of a kind (one of its instances), or a list of numbers."
    )
    uniform: tuple[PlainNumber, PlainNumber] | None = Field(default=None, description="Evenly between two numbers.")
    normal: tuple[PlainNumber, PlainNumber] | None = Field(default=None, description="Mean and standard deviation.")

    @property
    def kind(self) -> str | None:
        """The kind it is drawn from, None for a number."""
        return self.one_of if isinstance(self.one_of, str) else None

    @property
    def number(self) -> Number | None:
        """The random number, None for a thing."""
        if isinstance(self.one_of, tuple):
            return OneOf(self.one_of)
        if self.uniform is not None:
            return Uniform(*self.uniform)
        return None if self.normal is None else Normal(*self.normal, FREE.low, FREE.high)

    @model_validator(mode="before")
    @classmethod
    def _one_way(cls, data: Any) -> Any:
        if isinstance(data, dict):
            way = one_choice(data, ("one_of", "uniform", "normal"), "a draw")
            if len(data) == 1 and not isinstance(data[way], str):
                FREE.check_random(data)
            elif way != "one_of" and isinstance(data[way], str):
                raise bad(f"expected two numbers, got {shown(data[way])}", at=way)
        return data


class View(Part):
    """How it is shown; changes nothing in the game."""

    colors: dict[str, Colors] = Field(default={}, description="Colours by kind.")
    hud: tuple[StrictStr, ...] = Field(default=(), max_length=16, description="Texts on top: formulas or team names (their score).")
    follow: NameRef | None = Field(default=None, description="The kind the camera follows.")
    width: Annotated[int, Span(64, 8192, "px", whole=True)] = Field(default=640, description="Width of the picture.")
    trail: tuple[NameRef, ...] = Field(default=(), description="Kinds that leave a trail.")
