"""Numbers of the model: with a unit and a range, drawn at random, or varied by world."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from ..text.limits import MAX_CHOICES, MAX_NUMBER, MIN_NUMBER
from ..text.problems import shown, suggestion
from .part import bad


@dataclass(frozen=True, slots=True)
class Uniform:
    """A number drawn evenly from `low` to `high`, once an episode and instance."""

    low: float
    high: float

    def to_json(self) -> dict[str, Any]:
        """Return it as written in a file."""
        return {"uniform": [self.low, self.high]}


@dataclass(frozen=True, slots=True)
class Normal:
    """A normally distributed number, clamped to `low` .. `high` (the range of its field)."""

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
"""What is written `{"uniform": ...}`, `{"normal": ...}` or `{"one_of": ...}`."""
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


Number: TypeAlias = float | Uniform | Normal | OneOf | Varied


def bounds(value: Number) -> tuple[float, float]:
    """Return the least and the greatest value a number can take."""
    if isinstance(value, Uniform | Normal | Varied):
        return value.low, value.high
    if isinstance(value, OneOf):
        return min(value.values), max(value.values)
    return value, value


def reach(value: Number) -> tuple[float, float]:
    """Return the least and the greatest value a number is drawn as: `bounds`, but of a normal one what its deviations leave."""
    if isinstance(value, Normal):
        ends = (value.mean - DEVIATIONS * value.std, value.mean + DEVIATIONS * value.std)
        return max(value.low, ends[0]), min(value.high, ends[1])
    return bounds(value)


def typical(value: Number) -> float:
    """Return the mean of a number."""
    if isinstance(value, Varied) and isinstance(value.drawn, Normal):
        return value.drawn.mean
    if isinstance(value, Normal):
        return min(max(value.mean, value.low), value.high)
    low, high = bounds(value)
    return (low + high) / 2


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
    """A number with a unit and an inclusive range; use as `Annotated[float, Span(0, 5, "m")]`.

    Attributes:
        low: Least value.
        high: Greatest value.
        unit: Unit in messages and tables, "" for none.
        whole: Whether it must be a whole number.
        random: Whether it may vary by episode.
        varies: Whether a param that varies by world may stand here; it may wherever a number is random.
        limit: Name of the constant in limits.py behind `high`.
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
            hint = " (formulas don't work here)" if is_formula(value) else ""
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
            raise bad(f'expected {{"uniform": [low, high]}}, {{"normal": [mean, std]}} or {{"one_of": [numbers]}}, got {got}{hint}')
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
        """Check with `check`; write random numbers as they stand in a file."""
        return core_schema.no_info_plain_validator_function(
            self.check,
            serialization=core_schema.plain_serializer_function_ser_schema(_json_form),
        )

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Return what an editor should accept."""
        number: JsonSchemaValue = {"type": "integer" if self.whole else "number"}
        if max(-self.low, self.high) < MAX_NUMBER:
            number |= {"minimum": self.low, "maximum": self.high}
        options: list[JsonSchemaValue] = [number]
        if self.random:
            options.append({"random": True})  # schema.py puts a reference here
        return {"anyOf": options}


def is_formula(value: Any) -> bool:
    """Return whether this is the text of a formula."""
    return isinstance(value, str) and value.lstrip().startswith("=")
