"""What can be wrong with a scenario, said so that an author can mend it: where, what, what else."""

import difflib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from . import limits


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a scenario file.

    Attributes:
        file: The file as the user named it.
        line: Line, from 1; 0 when the problem has no place in the text.
        column: Column in characters, from 1.
        path: Where in the JSON tree, as ``$.teams.chaser.drive``.
        message: What was expected, what came, and the nearest valid name.
    """

    file: str
    line: int
    column: int
    path: str
    message: str

    @property
    def place(self) -> str:
        """``file:line:column``, or the file alone."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file

    def __str__(self) -> str:
        """Return ``file:line:column path: message``."""
        return f"{self.place} {self.path}: {self.message}"


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Return problems sorted by place, the same one once (a template is checked in every copy of it)."""
    unique: dict[tuple[str, int, int, str], Problem] = {}
    for problem in sorted(problems, key=lambda one: (one.file, one.line, one.column)):
        unique.setdefault((problem.file, problem.line, problem.column, problem.message), problem)
    return list(unique.values())


class ScenarioError(ValueError):
    """A scenario that can't be used; ``problems`` holds everything that is wrong with it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(in_order(problems))
        lines = [str(problem) for problem in self.problems[: limits.MAX_PROBLEMS]]
        if len(self.problems) > limits.MAX_PROBLEMS:
            lines.append(f"... and {len(self.problems) - limits.MAX_PROBLEMS} more")
        super().__init__("\n".join(lines))

    def __reduce__(self) -> tuple[type["ScenarioError"], tuple[tuple[Problem, ...]]]:
        """Pickle by problems (worker processes send errors home)."""
        return (ScenarioError, (self.problems,))


def nearest_name(name: str, names: Iterable[str]) -> str | None:
    """Return the name most like ``name``, or None when nothing is close."""
    if len(name) > 100:  # difflib is quadratic
        return None
    found = difflib.get_close_matches(name, list(names), n=1, cutoff=0.6)
    return found[0] if found else None


def suggestion(name: str, names: Iterable[str]) -> str:
    """Return `` (did you mean "x"?)``, or the short list of what there is, or nothing."""
    known = sorted(set(names))
    near = nearest_name(name, known)
    if near is not None and near != name:
        return f' (did you mean "{near}"?)'
    if 0 < len(known) <= 16:
        return f" (there is {listing(known)})"
    return ""


def counted(number: int, noun: str) -> str:
    """Return ``1 rule``, ``2 rules``, ``1,024 worlds``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def listing(names: Iterable[str], last: str = "and") -> str:
    """Return ``"a", "b" and "c"``."""
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
