"""The leaf types of the model: names, texts, formulas, points, and the numbers that many fields share.

Each type checks its value itself, so every message is ours and every range is written once: the
schema and the reference tables read it back from here.
"""

import keyword
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    GetJsonSchemaHandler,
    StrictStr,
    Tag,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from ..formulas.functions import BUILT_IN_FIELDS, CONSTANTS, FUNCTION_NAMES
from ..text import limits
from ..text.limits import MAX_NAME, MAX_NUMBER
from ..text.problems import listing, nearest_name, shown, suggestion, unfit
from .numbers import Number, Span, Varied, is_formula
from .part import bad

NAME_PATTERN = r"^[a-z][a-z0-9_]*$"
_NAME = re.compile(NAME_PATTERN.strip("^$"))
OBJECT_ONLY_FIELDS = ("offset", "motion", "distance", "heading", "spin", "steer")
"""Fields of senses that formulas don't have; state variables leave them alone."""
PARAM_PATTERN = r"^\$[a-z][a-z0-9_]*$"
FORMULA_PATTERN = r"^\s*="


@dataclass(frozen=True, slots=True)
class Also:
    """Tells the schema of a field what a check in front of it accepts as well."""

    schema: JsonSchemaValue

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
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
"""Marks `tuple[X, X]` fields: a list of exactly two."""


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
    if not is_formula(value):
        raise bad(f'expected a formula ("= ..."), got {shown(value)}')
    return value


Formula = Annotated[
    StrictStr,
    AfterValidator(_check_formula),
    WithJsonSchema({"type": "string", "pattern": FORMULA_PATTERN}),
]
"""A formula kept as text; `Scenario.formulas` holds its tree."""


ANY = Span(-MAX_NUMBER, MAX_NUMBER)
PlainNumber = Annotated[float, ANY]
FormulaNumber = Annotated[float | Varied, Span(-MAX_NUMBER, MAX_NUMBER, varies=True)]
"""A number that is read when the game runs, as formulas are: params that vary by world may stand here, too."""
FORMULA = Annotated[Formula, Tag("<formula>")]
VECTOR = Annotated[tuple[FormulaNumber, FormulaNumber], PAIR, Tag("<vector>")]
FREE = Span(-MAX_NUMBER, MAX_NUMBER, random=True)
Coordinate = Annotated[Number, Span(-limits.MAX_WORLD, limits.MAX_WORLD, "m", random=True)]
Point = Annotated[tuple[Coordinate, Coordinate], PAIR]
FixedCoordinate = Annotated[float, Span(-limits.MAX_WORLD, limits.MAX_WORLD, "m")]
FixedPoint = Annotated[tuple[FixedCoordinate, FixedCoordinate], PAIR]
Size = Annotated[Number, Span(limits.MIN_SIZE, limits.MAX_SIZE, "m", random=True)]
Angle = Annotated[Number, Span(-36_000, 36_000, "degrees", random=True)]
Rate = Annotated[Number, Span(0, limits.MAX_RATE, "1/s", random=True)]
Seconds = Annotated[float, Span(0, limits.MAX_TIME, "s")]


def one_choice(value: Mapping[str, Any], choices: tuple[str, ...], what: str) -> str:
    """Return the one key of `choices` that an object has.

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
