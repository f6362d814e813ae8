"""How seconds become decisions: by the decimals that the file has, so that neither a period nor a limit drifts."""

from fractions import Fraction
from math import ceil

_FINEST = 1 << 20
"""Greatest denominator of a period in decisions: what a kernel's integers hold for the longest episode."""


def decisions_in(seconds: float, rate: float) -> Fraction:
    """Return how many decisions a span of time is, at `rate` decisions a second."""
    return (Fraction(repr(seconds)) * Fraction(repr(rate))).limit_denominator(_FINEST)


def whole_decisions(seconds: float, rate: float) -> int:
    """Return how many decisions a span of time takes: the last one may be part of it only at its beginning."""
    return ceil(decisions_in(seconds, rate))


def end_decision(time: float | None, rate: float) -> int:
    """Return with which decision an episode is cut off, 0 for never; a rule that happens `at` the same time happens in that one."""
    return 0 if time is None else max(1, whole_decisions(time, rate))


def seconds_of(decisions: int, rate: float) -> float:
    """Return how long so many decisions take [s]."""
    return float(decisions / Fraction(repr(rate)))
