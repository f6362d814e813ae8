"""The leaf types of the model: numbers with units and ranges, random numbers, points, names.

Each type checks its value itself, so every message is ours and every range is written once: the
schema and the reference tables read it back from here.
"""

import keyword
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StrictStr,
    Tag,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from . import limits
from .formula_functions import BUILT_IN_FIELDS, CONSTANTS, FUNCTION_NAMES
from .limits import MAX_CHOICES, MAX_NAME, MAX_NUMBER, MIN_NUMBER
from .problems import listing, nearest_name, shown, suggestion, unfit

NAME_PATTERN = r"^[a-z][a-z0-9_]*$"
_NAME = re.compile(NAME_PATTERN.strip("^$"))
OBJECT_ONLY_FIELDS = ("offset", "motion", "distance", "heading", "spin", "steer")
"""Fields of senses that formulas don't have; state variables leave them alone."""
_HEX_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
PARAM_PATTERN = r"^\$[a-z][a-z0-9_]*$"
FORMULA_PATTERN = r"^\s*="


def bad(message: str, *, at: str | None = None) -> PydanticCustomError:
    """Return the error a validator raises; ``at`` moves it to a key of the value.

    The message is a template to pydantic, so it travels as the one value that fills it.
    """
    kind = f"at:{at}" if at else "here"
    return PydanticCustomError(kind, "{message}", {"message": message})  # pyright: ignore


class Part(BaseModel):
    """An object of the file: unknown keys are errors, nothing changes after loading."""

    # Built at the first load, once and inside out: importing is for everyone, loading for some.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)
    known_keys: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def __pydantic_init_subclass__(cls, **_kwargs: Any) -> None:
        """Note the JSON keys of the class."""
        cls.known_keys = frozenset(field.alias or name for name, field in cls.model_fields.items())

    @model_validator(mode="before")
    @classmethod
    def _mark_unknown(cls, data: Any) -> Any:
        """Hand the keys that exist to the error that pydantic will raise for one that doesn't."""
        if not isinstance(data, dict):
            raise bad(f"expected an object, got {shown(data)}")
        if cls.model_config.get("extra") != "forbid" or cls.known_keys.issuperset(data):
            return data
        return {
            key: value if key in cls.known_keys else UnknownKey(cls.known_keys) for key, value in data.items()
        }


@dataclass(frozen=True, slots=True)
class UnknownKey:
    """Stands in for the value of a key that does not exist."""

    known: frozenset[str]


@dataclass(frozen=True, slots=True)
class Uniform:
    """A number drawn evenly from ``low`` to ``high``, once an episode and instance."""

    low: float
    high: float

    def to_json(self) -> dict[str, Any]:
        """Return it as written in a file."""
        return {"uniform": [self.low, self.high]}


@dataclass(frozen=True, slots=True)
class Normal:
    """A normally distributed number, clamped to ``low`` .. ``high`` (the range of its field)."""

    mean: float
    std: float
    low: float
    high: float

    def to_json(self) -> dict[str, Any]:
        """Return it as written in a file."""
        return {"normal": [self.mean, self.std]}


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of some numbers, each equally likely."""

    values: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it as written in a file."""
        return {"one_of": list(self.values)}


Drawn: TypeAlias = Uniform | Normal | OneOf
"""What is written ``{"uniform": ...}``, ``{"normal": ...}`` or ``{"one_of": ...}``."""
DEVIATIONS = 4
"""A normally distributed number stays within so many standard deviations of its mean."""


@dataclass(frozen=True, slots=True)
class Varied:
    """A param that varies by world: drawn once an episode, the same number wherever it stands.

    Attributes:
        name: The param.
        drawn: How.
        low: Least value that it can have here.
        high: Greatest value.
    """

    name: str
    drawn: Drawn
    low: float
    high: float

    def to_json(self) -> str:
        """Return it as written in a file."""
        return f"${self.name}"

    @property
    def in_words(self) -> str:
        """What messages call it."""
        return f'the param "{self.name}", which varies by world'


Random: TypeAlias = Uniform | Normal | OneOf | Varied
Number: TypeAlias = float | Uniform | Normal | OneOf | Varied


def bounds(value: Number) -> tuple[float, float]:
    """Return the least and the greatest value a number can take."""
    if isinstance(value, Uniform | Normal | Varied):
        return value.low, value.high
    if isinstance(value, OneOf):
        return min(value.values), max(value.values)
    return value, value


def reach(value: Number) -> tuple[float, float]:
    """Return the least and the greatest value a number is drawn as: ``bounds``, but of a normal one what its deviations leave."""
    if isinstance(value, Normal):
        ends = (value.mean - DEVIATIONS * value.std, value.mean + DEVIATIONS * value.std)
        return max(value.low, ends[0]), min(value.high, ends[1])
    return bounds(value)


def _json_form(value: Any) -> Any:
    return value.to_json() if isinstance(value, Uniform | Normal | OneOf | Varied) else value


def is_number(value: Any) -> bool:
    """Return whether this is a JSON number (a bool is none)."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def whole(value: Any) -> Any:
    """Return a whole number as an int, however it is written (3, 3.0, 3e0); anything else as it is."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) <= MAX_NUMBER else value


def is_tiny(value: float) -> bool:
    """Return whether a number is nearer to 0 than what is computed with it can be told from 0."""
    return 0 < abs(value) < MIN_NUMBER


@dataclass(frozen=True, slots=True)
class Span:
    """A number with a unit and an inclusive range; use as ``Annotated[float, Span(0, 5, "m")]``.

    Attributes:
        low: Least value.
        high: Greatest value.
        unit: Unit in messages and tables, "" for none.
        whole: Whether it must be a whole number.
        random: Whether it may vary by episode.
        varies: Whether a param that varies by world may stand here; it may wherever a number is random.
        limit: Name of the constant in limits.py behind ``high``.
    """

    low: float
    high: float
    unit: str = ""
    whole: bool = False
    random: bool = False
    varies: bool = False
    limit: str = ""

    @property
    def wanted(self) -> str:
        """Say what is expected."""
        kind = "a whole number" if self.whole else "a number"
        unit = f" {self.unit}" if self.unit else ""
        limit = f" ({self.limit})" if self.limit else ""
        if max(-self.low, self.high) >= MAX_NUMBER:
            return f"{kind}{f' in {self.unit}' if self.unit else ''}"
        return f"{kind} from {self.low:g} to {self.high:.12g}{unit}{limit}"

    def check(self, value: Any) -> Number:
        """Return the number, or raise what is wrong with it."""
        if isinstance(value, dict):
            if not self.random:
                raise bad(f"expected {self.wanted} that doesn't vary, got an object")
            return self.check_random(value)
        if isinstance(value, Varied) and (self.random or self.varies):
            return self.check_varied(value)
        return self.check_fixed(value)

    def check_fixed(self, value: Any, at: str | None = None) -> float:
        """Return the fixed number."""
        value = whole(value) if self.whole else value
        fits = is_number(value) and self.low <= value <= self.high
        if not fits or (self.whole and not isinstance(value, int)):
            hint = " (formulas don't work here)" if _is_formula(value) else ""
            huge = is_number(value) and abs(value) > MAX_NUMBER and "from" not in self.wanted
            wanted = f"{self.wanted} from {-MAX_NUMBER:g} to {MAX_NUMBER:g} (MAX_NUMBER)" if huge else self.wanted
            raise bad(f"expected {wanted}, got {shown(value)}{hint}", at=at)
        if is_tiny(value):
            raise bad(f"expected 0 or a number of at least {MIN_NUMBER:g} in size (MIN_NUMBER), got {shown(value)}", at=at)
        return value if self.whole else float(value)

    def check_varied(self, value: Varied) -> Varied:
        """Return the param with the range that it has here: all of its own, which must fit; a normal one is clamped around its mean."""
        low, high = value.low, value.high
        if isinstance(value.drawn, Normal):
            low = high = value.drawn.mean
        if low < self.low or high > self.high:
            how = f"varies from {low:g} to {high:g}" if low < high else f"varies around {low:g}"
            raise bad(f'expected {self.wanted}, got the param "{value.name}", which {how}')
        return replace(value, low=max(value.low, self.low), high=min(value.high, self.high))

    def check_random(self, value: Mapping[str, Any]) -> Drawn:
        """Return the random number."""
        if len(value) != 1 or not value.keys() <= {"uniform", "normal", "one_of"}:
            wrong = next((key for key in value if key not in ("uniform", "normal", "one_of")), "")
            hint = suggestion(wrong, ("uniform", "normal", "one_of")) if wrong else ""
            got = shown(wrong) if wrong else "two of them" if value else shown(value)
            raise bad(
                'expected {"uniform": [low, high]}, {"normal": [mean, std]} or '
                f'{{"one_of": [numbers]}}, got {got}{hint}'
            )
        kind, numbers = next(iter(value.items()))
        if not isinstance(numbers, list) or not numbers:
            raise bad(f"expected a list of numbers, got {shown(numbers)}", at=kind)
        if len(numbers) > MAX_CHOICES:
            message = f"{len(numbers)} values, at most {MAX_CHOICES} (MAX_CHOICES)"
            raise bad(message, at=kind)
        if kind == "one_of":
            return OneOf(tuple(self.check_fixed(number, kind) for number in numbers))
        if len(numbers) != 2:
            raise bad(f"expected two numbers, got {len(numbers)}", at=kind)
        first = self.check_fixed(numbers[0], kind)
        if kind == "normal":
            std = Span(0, MAX_NUMBER, self.unit).check_fixed(numbers[1], kind)
            return Normal(first, std, float(self.low), float(self.high))
        second = self.check_fixed(numbers[1], kind)
        if first > second:
            message = f"expected [low, high], got low {first:g} above high {second:g}"
            raise bad(message, at=kind)
        return Uniform(first, second)

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check with ``check``; write random numbers as they stand in a file."""
        return core_schema.no_info_plain_validator_function(
            self.check,
            serialization=core_schema.plain_serializer_function_ser_schema(_json_form),
        )

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Return what an editor should accept."""
        number: JsonSchemaValue = {"type": "integer" if self.whole else "number"}
        if max(-self.low, self.high) < MAX_NUMBER:
            number |= {"minimum": self.low, "maximum": self.high}
        options: list[JsonSchemaValue] = [number]
        if self.random:
            options.append({"random": True})  # schema.py puts a reference here
        return {"anyOf": options}


def _is_formula(value: Any) -> bool:
    return isinstance(value, str) and value.lstrip().startswith("=")


@dataclass(frozen=True, slots=True)
class Also:
    """Tells the schema of a field what a check in front of it accepts as well."""

    schema: JsonSchemaValue

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Return both."""
        return {"anyOf": [self.schema, handler(schema)]}


def expects(wanted: str, *types: type) -> BeforeValidator:
    """Return a check in front of a union: one message in place of one for each member."""

    def check(value: Any) -> Any:
        is_flag = isinstance(value, bool)
        if isinstance(value, Varied) and float in types:
            return value  # the number's own check knows whether it may stand here
        if not isinstance(value, types) or (is_flag and bool not in types):
            raise bad(f"expected {wanted}, got {shown(value)}")
        return value

    return BeforeValidator(check)


def _check_pair(value: Any) -> Any:
    if not isinstance(value, list) or len(value) != 2:
        raise bad(f"expected [x, y], got {shown(value)}")
    return value


PAIR = BeforeValidator(_check_pair)
"""Marks ``tuple[X, X]`` fields: a list of exactly two."""


RESERVED = frozenset(("self", "other", "world")) | FUNCTION_NAMES | frozenset(CONSTANTS)
"""Words that no kind, param, draw or rule may be called."""


def fault_of_name(value: str) -> str:
    """Return what keeps a text from being a name, "" where nothing does."""
    if not _NAME.fullmatch(value):
        return f"expected a name like my_thing2 (a-z, 0-9, _), got {shown(value)}"
    return f"{len(value)} letters, at most {MAX_NAME} (MAX_NAME)" if len(value) > MAX_NAME else ""


def _check_pattern(value: str) -> str:
    fault = fault_of_name(value)
    if fault:
        raise bad(fault)
    return value


def _check_name(value: str) -> str:
    if value in RESERVED or keyword.iskeyword(value):
        raise bad(f'"{value}" is a word of the language; choose another name')
    return value


def _check_state_name(value: str) -> str:
    if value in BUILT_IN_FIELDS or value in OBJECT_ONLY_FIELDS or keyword.iskeyword(value):
        raise bad(f'"{value}" is a field of every thing; choose another name')
    return value


def fault_of_text(value: str) -> str:
    """Return what keeps a text from being printed on a terminal, "" where nothing does."""
    letter = unfit(value)
    return f"the character U+{ord(letter):04X} steers a terminal and is no text" if letter else ""


def _check_text(value: str) -> str:
    fault = fault_of_text(value)
    if fault:
        raise bad(fault)
    return value


Text = Annotated[StrictStr, AfterValidator(_check_text)]
"""A text that is shown as it is."""
_NAME_SCHEMA = WithJsonSchema({"type": "string", "pattern": NAME_PATTERN})
Label = Annotated[StrictStr, AfterValidator(_check_pattern), _NAME_SCHEMA]
Name = Annotated[StrictStr, AfterValidator(_check_name), AfterValidator(_check_pattern), _NAME_SCHEMA]
StateName = Annotated[StrictStr, AfterValidator(_check_state_name), AfterValidator(_check_pattern)]
NameRef = Annotated[StrictStr, expects("a name", str)]


def _check_formula(value: str) -> str:
    if not _is_formula(value):
        raise bad(f'expected a formula ("= ..."), got {shown(value)}')
    return value


Formula = Annotated[
    StrictStr,
    AfterValidator(_check_formula),
    WithJsonSchema({"type": "string", "pattern": FORMULA_PATTERN}),
]
"""A formula kept as text; ``Scenario.formulas`` holds its tree."""


def _check_color(value: str) -> str:
    if not _HEX_COLOR.fullmatch(value) and value not in CSS_COLORS:
        hint = suggestion(value, CSS_COLORS)
        raise bad(f"expected a CSS colour name or #rrggbb, got {shown(value)}{hint}")
    return value


Color = Annotated[StrictStr, AfterValidator(_check_color)]

ANY = Span(-MAX_NUMBER, MAX_NUMBER)
PlainNumber = Annotated[float, ANY]
FormulaNumber = Annotated[float | Varied, Span(-MAX_NUMBER, MAX_NUMBER, varies=True)]
"""A number that is read when the game runs, as formulas are: params that vary by world may stand here, too."""
FORMULA = Annotated[Formula, Tag("<formula>")]
VECTOR = Annotated[tuple[FormulaNumber, FormulaNumber], PAIR, Tag("<vector>")]
FREE = Span(-MAX_NUMBER, MAX_NUMBER, random=True)
COORDINATE = Span(-limits.MAX_WORLD, limits.MAX_WORLD, "m", random=True)
Coordinate = Annotated[Number, COORDINATE]
Point = Annotated[tuple[Coordinate, Coordinate], PAIR]
FixedCoordinate = Annotated[float, Span(-limits.MAX_WORLD, limits.MAX_WORLD, "m")]
FixedPoint = Annotated[tuple[FixedCoordinate, FixedCoordinate], PAIR]
Size = Annotated[Number, Span(limits.MIN_SIZE, limits.MAX_SIZE, "m", random=True)]
Angle = Annotated[Number, Span(-36_000, 36_000, "degrees", random=True)]
Rate = Annotated[Number, Span(0, limits.MAX_RATE, "1/s", random=True)]
Seconds = Annotated[float, Span(0, limits.MAX_TIME, "s")]


def one_choice(value: Mapping[str, Any], choices: tuple[str, ...], what: str) -> str:
    """Return the one key of ``choices`` that an object has.

    Raises:
        PydanticCustomError: If it has none or several.
    """
    found = [key for key in choices if value.get(key) is not None]
    if len(found) == 1:
        return found[0]
    if found:
        raise bad(f"{what} has only one of {listing(found)}", at=found[1])
    wrong = next((key for key in value if nearest_name(key, choices)), None)
    got = f", got {shown(wrong)}{suggestion(wrong, choices)}" if wrong else ""
    raise bad(f"{what} needs one of {listing(choices, 'or')}{got}")


def tagger(pick: Callable[[Any], str]) -> Callable[[Any], str]:
    """Wrap a union's tag so that no key of a file can be mistaken for it in an error's place."""
    return lambda value: f"<{pick(value)}>"


def _check_colors(value: Any) -> Any:
    if value == []:
        raise bad("expected a colour or a list of colours, got []")
    return value


Colors = Annotated[
    Annotated[Color, Tag("<one>")] | Annotated[tuple[Color, ...], Tag("<many>")],
    Discriminator(tagger(lambda value: "many" if isinstance(value, list) else "one")),
    expects("a colour or a list of colours", str, list),
    BeforeValidator(_check_colors),
]
"""One colour, or several that the instances take in turn."""


def scalar_tag(value: Any) -> str:
    """Return which of the plain values this is."""
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, str):
        return "formula"
    return "vector" if isinstance(value, list) else "number"


VectorOrFormula = Annotated[
    FORMULA | VECTOR,
    Discriminator(tagger(scalar_tag)),
    expects("[x, y] or a formula", str, list),
]


def finite(value: float) -> bool:
    """Return whether a number is one the kernel can hold (float32)."""
    return math.isfinite(value) and abs(value) < 3e38


CSS_COLORS = frozenset(
    """
    aliceblue antiquewhite aqua aquamarine azure beige bisque black blanchedalmond blue blueviolet
    brown burlywood cadetblue chartreuse chocolate coral cornflowerblue cornsilk crimson cyan
    darkblue darkcyan darkgoldenrod darkgray darkgreen darkgrey darkkhaki darkmagenta
    darkolivegreen darkorange darkorchid darkred darksalmon darkseagreen darkslateblue
    darkslategray darkslategrey darkturquoise darkviolet deeppink deepskyblue dimgray dimgrey
    dodgerblue firebrick floralwhite forestgreen fuchsia gainsboro ghostwhite gold goldenrod gray
    green greenyellow grey honeydew hotpink indianred indigo ivory khaki lavender lavenderblush
    lawngreen lemonchiffon lightblue lightcoral lightcyan lightgoldenrodyellow lightgray lightgreen
    lightgrey lightpink lightsalmon lightseagreen lightskyblue lightslategray lightslategrey
    lightsteelblue lightyellow lime limegreen linen magenta maroon mediumaquamarine mediumblue
    mediumorchid mediumpurple mediumseagreen mediumslateblue mediumspringgreen mediumturquoise
    mediumvioletred midnightblue mintcream mistyrose moccasin navajowhite navy oldlace olive
    olivedrab orange orangered orchid palegoldenrod palegreen paleturquoise palevioletred
    papayawhip peachpuff peru pink plum powderblue purple rebeccapurple red rosybrown royalblue
    saddlebrown salmon sandybrown seagreen seashell sienna silver skyblue slateblue slategray
    slategrey snow springgreen steelblue tan teal thistle tomato turquoise violet wheat white
    whitesmoke yellow yellowgreen
    """.split()
)
