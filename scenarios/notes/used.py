"""What the formulas, senses and texts of a game speak of."""

import ast
from collections.abc import Iterator
from typing import Any

from ..checks.report import Report
from ..formulas.parse import read, words_of
from ..formulas.types import FormulaError
from ..model.scenario import Scenario
from ..model.senses import ObjectSense, SelfSense, StateSense
from ..text.tree import Keys, Tree

_TEXTS = ("$schema", "extends", "format", "name", "about", "let")
"""Sections whose texts are no formulas in use."""


class Used:
    """The names that the formulas of a game speak of, those of `let` only where it is used itself.

    Attributes:
        names: Plain words.
        fields: Words behind a dot.
    """

    def __init__(self, report: Report) -> None:
        texts = [text for key, tree in report.tree.members() if key not in _TEXTS for text in texts_in(tree)]
        trees = [_read(text) for text in texts if text.lstrip().startswith("=")]
        self.names, self.fields = words_of(*trees, let={name: read(text) for name, text in report.scenario.let.items()})


def _read(text: str) -> ast.expr | None:
    try:
        return read(text)
    except FormulaError:  # a label that looks like a formula
        return None


def texts_in(tree: Tree) -> Iterator[str]:
    """Yield every text of a part of a file."""
    for _, child in tree.members():
        yield from texts_in(child)
    for child in tree.items():
        yield from texts_in(child)
    if isinstance(tree.value, str):
        yield tree.value


def seen_states(scenario: Scenario) -> set[tuple[str, str]]:
    """Return kind and name of what senses show, state variables among it."""
    found: set[tuple[str, str]] = set()
    for team, _, sense in senses_of(scenario):
        if isinstance(sense, SelfSense):
            found |= {(team, field) for field in sense.self_ or ()}
        elif isinstance(sense, ObjectSense):
            found |= {(sense.of, field) for field in sense.fields or ()}
        elif isinstance(sense, StateSense):
            kind, _, variable = sense.state.partition(".")
            found.add((kind, variable))
    return found


def named_kinds(report: Report) -> set[str]:
    """Return every word of the file's values and of the targets of rules; what a kind is asked about with is among them."""
    skipped = ("$schema", "extends", "format", "name", "about", "view")
    words = {text for key, tree in report.tree.members() if key not in skipped for text in texts_in(tree)}
    for rule in report.scenario.rules.values():
        words |= {target.partition(".")[0] for target in (*rule.do.set, *rule.do.add, *rule.do.place, *rule.do.push)}
    for kind in map(report.scenario.kind, report.scenario.kinds):
        words |= {*kind.place.away_from} if kind.place is not None else set()
    return words | {word.partition(".")[0] for word in words}


def raw_value(report: Report, keys: Keys) -> Any:
    """Return what the file says at some keys, before params."""
    tree: Tree | None = report.scenario.recipe.tree
    for key in keys:
        tree = tree.get(key) if tree is not None else None
    return tree.value if tree is not None else None


def senses_of(scenario: Scenario) -> Iterator[tuple[str, int, Any]]:
    """Yield every sense with its team and its number."""
    for name, team in scenario.teams.items():
        for index, sense in enumerate(team.sees):
            yield name, index, sense
