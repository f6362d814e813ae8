"""What can be wrong with a scenario, said so that an author can mend it: where, what, what else."""

import contextlib
import contextvars
import difflib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from . import limits

_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What no terminal should be sent as text: control characters but tab and new line, what turns the direction of writing, halves of characters."""
_MOST_LETTERS = 1_500_000
"""Pairs of letters that are compared in one load to find similar names, half a second's worth: difflib is quadratic in the letters of both."""
_left = contextvars.ContextVar[list[int] | None]("_left", default=None)
"""How many of them are left in this load; outside of one each search has them all."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a scenario file.

    Attributes:
        file: The file as the user named it.
        line: Line, from 1; 0 when the problem has no place in the text.
        column: Column in characters, from 1.
        path: Where in the JSON tree, as `$.teams.chaser.drive`.
        message: What was expected, what came, and the nearest valid name.

    What a file holds is quoted in it, so all of it is `clean`.
    """

    file: str
    line: int
    column: int
    path: str
    message: str

    def __post_init__(self) -> None:
        """Escape what no terminal should be sent."""
        for name in ("file", "path", "message"):
            object.__setattr__(self, name, clean(getattr(self, name)))

    @property
    def place(self) -> str:
        """`file:line:column`, or the file alone."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file

    def __str__(self) -> str:
        """Return `file:line:column path: message`."""
        return f"{self.place} {self.path}: {self.message}"


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Return problems sorted by place, the same one once (a template is checked in every copy of it)."""
    unique: dict[tuple[str, int, int, str], Problem] = {}
    for problem in sorted(problems, key=lambda one: (one.file, one.line, one.column)):
        unique.setdefault((problem.file, problem.line, problem.column, problem.message), problem)
    return list(unique.values())


class Found(list[Problem]):
    """Problems found so far; with some hundreds more than are shown it is no use to look on, and a file with ten thousand would take long."""

    @property
    def is_full(self) -> bool:
        """Whether these are enough."""
        return len(self) >= 4 * limits.MAX_PROBLEMS

    def append(self, problem: Problem) -> None:
        """Add one.

        Raises:
            ScenarioError: With all of them, if these are enough.
        """
        super().append(problem)
        if self.is_full:
            raise ScenarioError(self)


class ScenarioError(ValueError):
    """A scenario that can't be used; `problems` holds everything that is wrong with it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(in_order(problems))
        lines = [str(problem) for problem in self.problems[: limits.MAX_PROBLEMS]]
        if len(self.problems) > limits.MAX_PROBLEMS:
            more = "many" if isinstance(problems, Found) and problems.is_full else len(self.problems) - limits.MAX_PROBLEMS
            lines.append(f"... and {more} more")
        super().__init__("\n".join(lines))

    def __reduce__(self) -> tuple[type["ScenarioError"], tuple[tuple[Problem, ...]]]:
        """Pickle by problems (worker processes send errors home)."""
        return (ScenarioError, (self.problems,))


def clean(text: str) -> str:
    """Return a text with its control characters and their like written as escapes: fit for a terminal."""
    return _UNFIT.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def unfit(text: str) -> str:
    """Return the first character of a text that `clean` would escape, "" where there is none."""
    found = _UNFIT.search(text)
    return found.group() if found else ""


@contextlib.contextmanager
def few_looks() -> Iterator[None]:
    """Within this, similar names are sought for so long and no longer: a file with thousands of wrong ones is refused as fast as any."""
    token = _left.set([_MOST_LETTERS])
    try:
        yield
    finally:
        _left.reset(token)


def nearest_name(name: str, names: Iterable[str]) -> str | None:
    """Return the name most like `name`, or None when nothing is close (or it would take too long to know)."""
    known, left = list(names), _left.get() or [_MOST_LETTERS]
    left[0] -= len(name) * sum(map(len, known))
    if left[0] < 0:
        return None
    found = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return found[0] if found else None


def suggestion(name: str, names: Iterable[str]) -> str:
    """Return ` (did you mean "x"?)`, or the short list of what there is, or nothing."""
    known = sorted(set(names))
    near = nearest_name(name, known)
    if near is not None and near != name:
        return f' (did you mean "{near}"?)'
    if 0 < len(known) <= 16:
        return f" (there is {listing(known)})"
    return ""


def counted(number: int, noun: str) -> str:
    """Return `1 rule`, `2 rules`, `1,024 worlds`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def listing(names: Iterable[str], last: str = "and") -> str:
    """Return `"a", "b" and "c"`."""
    quoted = [f'"{name}"' for name in names]
    if len(quoted) < 2:
        return "".join(quoted)
    return f"{', '.join(quoted[:-1])} {last} {quoted[-1]}"


def shown(value: Any) -> str:
    """Return a value as an author would recognise it, never longer than a phrase."""
    if isinstance(value, dict):
        return "an object" if value else "an empty object"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}" if value else "an empty list"
    if isinstance(value, str) and len(value) > 40:
        value = value[:37] + "..."
    if isinstance(value, float):
        return f"{value:.12g}"
    if isinstance(value, str | int | float | bool) or value is None:
        return json.dumps(value, ensure_ascii=False)
    if hasattr(value, "in_words"):
        return str(value.in_words)
    return f"a {type(value).__name__}"
