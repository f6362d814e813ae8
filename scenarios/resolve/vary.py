"""Params that vary by world: how they are given, and the range that their uses leave them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from pydantic_core import PydanticCustomError

from ..model.numbers import Normal, Varied, is_number, reach
from ..model.part import Part
from ..model.things import Thing
from ..model.values import FREE
from ..text.limits import MIN_SIZE
from ..text.problems import ScenarioError, shown, suggestion
from ..text.tree import Tree, as_json


def read_vary(vary: Any, declared: Mapping[str, Tree], complain: Callable[[str, str], None]) -> dict[str, Varied]:
    """Read `{param: {"uniform": [low, high]}}` and the like.

    Args:
        vary: As given; tuples do as lists, and NumPy's numbers and arrays as Python's.
        declared: The params of the game.
        complain: Called with place (`vary.pace.uniform`) and message of each problem.

    Returns:
        What could be read, with the range of the draw.
    """
    if not isinstance(vary, Mapping):
        complain("vary", f'expected an object like {{"param": {{"uniform": [low, high]}}}}, got {shown(vary)}')
        return {}
    found: dict[str, Varied] = {}
    for name, given in vary.items():
        if name not in declared:
            complain(f"vary.{name}", f'there is no param "{name}"{suggestion(str(name), declared)}')
            continue
        try:
            found[name] = read_one(name, as_json(given), declared[name])
        except ScenarioError as error:
            complain(f"vary.{name}{error.problems[0].path[1:]}", error.problems[0].message)
        except PydanticCustomError as error:
            below = f".{error.type.removeprefix('at:')}" if error.type.startswith("at:") else ""
            complain(f"vary.{name}{below}", error.message())
        except ValueError as error:
            complain(f"vary.{name}", str(error))
    return found


def read_one(name: str, given: Any, param: Tree) -> Varied:
    """Return one param that varies.

    Raises:
        ValueError: With what is wrong with it.
        PydanticCustomError: The same, at a key of what was given.
    """
    default = param.get("default") if isinstance(param.value, dict) else param
    if default is not None and isinstance(default.value, bool):
        raise ValueError("expected the name of a number, and this param is true or false")
    if not isinstance(given, dict):
        raise ValueError(f'expected {{"uniform": [low, high]}}, {{"normal": [mean, std]}} or {{"one_of": [numbers]}}, got {shown(given)}')
    drawn = FREE.check_random(given)
    low, high = reach(drawn)
    ends = (drawn.mean, drawn.mean) if isinstance(drawn, Normal) else (low, high)
    for key, word, end, sign in (("min", "at least", ends[0], 1), ("max", "at most", ends[1], -1)):
        bound = param.get(key)
        if bound is None or not is_number(bound.value):
            continue
        if (end - bound.value) * sign < 0:
            raise ValueError(f"expected {word} {bound.value:g} (the param's {key}), got {end:g}")
        low, high = (max(low, bound.value), high) if key == "min" else (low, min(high, bound.value))
    return Varied(name, drawn, float(low), float(high))


def narrowed(model: Part, varied: Mapping[str, Varied]) -> dict[str, Varied]:
    """Return the params with the range that is within that of each of their uses: a normal draw is clamped to it."""
    found = dict(varied)
    for use in _uses(model):
        one = found[use.name]
        found[use.name] = replace(one, low=max(one.low, use.low), high=min(one.high, use.high))
    return found


def _uses(value: Any) -> Iterator[Varied]:
    """Yield every param that varies from anywhere in a model."""
    if isinstance(value, Varied):
        yield value
    elif isinstance(value, Thing) and value.shape in ("circle", "capsule") and isinstance(value.radius, Varied):
        # The field begins at 0, for boxes without rounding.
        yield replace(value.radius, low=max(value.radius.low, MIN_SIZE))
    if isinstance(value, Part):
        for child in (*value.__dict__.values(), *(value.__pydantic_extra__ or {}).values()):
            yield from _uses(child)
    elif isinstance(value, Mapping):
        for child in value.values():
            yield from _uses(child)
    elif isinstance(value, tuple):
        for child in value:
            yield from _uses(child)


def as_written(value: Any) -> Any:
    """Return plain JSON with `"$name"` where a param varies."""
    if isinstance(value, dict):
        return {key: as_written(child) for key, child in value.items()}
    if isinstance(value, list):
        return [as_written(child) for child in value]
    return value.to_json() if isinstance(value, Varied) else value
