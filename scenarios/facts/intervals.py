"""Arithmetic of intervals: what an operation on numbers can give, from what its operands can be."""

import math
from collections.abc import Callable
from typing import TypeAlias

Range: TypeAlias = tuple[float, float]
"""Least and greatest value, of a truth 0 and 1."""
Vector: TypeAlias = tuple[Range, Range]
ANY: Range = (-math.inf, math.inf)
TRUTH: Range = (0.0, 1.0)
UNIT: Range = (-1.0, 1.0)
TURN: Range = (-180.0, 180.0)


def widened(before: Range, now: Range) -> Range:
    """Return a range that is endless where it has grown."""
    return -math.inf if now[0] < before[0] else now[0], math.inf if now[1] > before[1] else now[1]


def both(first: Range, second: Range) -> Range:
    """Return what is in both of two ranges."""
    return max(first[0], second[0]), min(first[1], second[1])


def is_finite(span: Range) -> bool:
    """Return whether a range has two ends."""
    return all(math.isfinite(end) for end in span)


def hull(first: Range, second: Range) -> Range:
    """Return the least range that holds two."""
    return min(first[0], second[0]), max(first[1], second[1])


def add(a: Range, b: Range) -> Range:
    """Return the range of a sum."""
    return a[0] + b[0], a[1] + b[1]


def mul(a: Range, b: Range) -> Range:
    """Return the range of a product."""
    ends = [0.0 if 0 in (x, y) else x * y for x in a for y in b]  # 0 times anything is 0, however large it may be
    return min(ends), max(ends)


def _div(a: Range, b: Range) -> Range:
    return ANY if b[0] <= 0 <= b[1] else mul(a, (1 / b[1], 1 / b[0]))


def mod(_a: Range, b: Range) -> Range:
    """Return the range of a remainder."""
    return (0.0, b[1]) if b[0] > 0 else ANY


def _less(a: Range, b: Range) -> Range:
    """Return whether a < b."""
    return float(a[1] < b[0]), float(a[0] < b[1])


def _at_most(a: Range, b: Range) -> Range:
    """Return whether a <= b."""
    return float(a[1] <= b[0]), float(a[0] <= b[1])


def _abs(a: Range) -> Range:
    return (0.0 if a[0] <= 0 <= a[1] else min(abs(a[0]), abs(a[1]))), max(abs(a[0]), abs(a[1]))


def _floor(a: Range) -> Range:
    return float(math.floor(a[0])) if math.isfinite(a[0]) else a[0], float(math.floor(a[1])) if math.isfinite(a[1]) else a[1]


OF_NUMBERS: dict[str, Callable[..., Range]] = {
    "add": add, "sub": lambda a, b: add(a, (-b[1], -b[0])), "mul": mul, "div": _div, "mod": mod, "neg": lambda a: (-a[1], -a[0]),
    "lt": _less, "gt": lambda a, b: _less(b, a), "le": _at_most, "ge": lambda a, b: _at_most(b, a),
    "and": lambda a, b: (a[0] * b[0], a[1] * b[1]), "or": lambda a, b: (max(a[0], b[0]), max(a[1], b[1])), "not": lambda a: (1 - a[1], 1 - a[0]),
    "abs": _abs, "floor": _floor, "sign": lambda a: (float(a[0] > 0) - float(a[0] < 0), float(a[1] > 0) - float(a[1] < 0)),
    "sqrt": lambda a: (math.sqrt(max(0.0, a[0])), math.sqrt(max(0.0, a[1]))),
    "clamp": lambda a, low, high: (min(max(a[0], low[0]), high[0]), min(max(a[1], low[1]), high[1])),
    "min": lambda a, b: (min(a[0], b[0]), min(a[1], b[1])), "max": lambda a, b: (max(a[0], b[0]), max(a[1], b[1])),
}  # fmt: skip
