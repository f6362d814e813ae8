"""What rules write into the variables of kinds, and what they know when they do."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from ..formulas.types import Node, parts
from ..model.rules import Rule
from ..model.scenario import Scenario
from ..text.tree import Keys

Key: TypeAlias = tuple[str, str]
"""A kind, and what rules can change of it: a state variable, the accel or top_speed of its drive, its surface_speed."""


@dataclass(frozen=True, slots=True)
class Write:
    """One entry of `set` or `add` of a rule.

    Attributes:
        keys: Where it stands.
        key: What it changes.
        value: The formula.
        adds: Whether it adds.
        once: Whether it can happen only once an episode.
        field: What it changes, as its rule's formulas say it; None where they don't speak of it.
        facts: Conditions that are true when it happens.
        reads: All that these formulas ask for, and what it changes.
    """

    keys: Keys
    key: Key
    value: Node
    adds: bool
    once: bool
    field: Node | None
    facts: tuple[Node, ...]
    reads: frozenset[Key]


def writes_of(scenario: Scenario, name: str, rule: Rule) -> Iterator[Write]:
    """Yield what a rule changes."""
    formulas, path = scenario.formulas, f"$.rules.{name}"
    met = (None, None) if isinstance(rule.when, str) else scenario.who_met(rule.when)
    once = rule.once or (not isinstance(rule.when, str) and rule.when.kind in ("at", "start"))
    entries = [(verb, target) for verb, targets in (("set", rule.do.set), ("add", rule.do.add)) for target in targets]
    keys = [_written(scenario, rule, target) for _, target in entries]
    facts = [formulas[where] for where in (f"{path}.when", f"{path}.when.if", f"{path}.if") if where in formulas]
    for (verb, target), key in zip(entries, keys, strict=True):
        value = formulas[f"{path}.do.{verb}.{target}"]
        # Facts are about what was before the rule acts, so not about what its other entries change.
        kept = tuple(fact for fact in facts if keys.count(key) == 1 and not (set(keys) - {key}) & _asked(fact))
        reads = {key, *_asked(value)}.union(*map(_asked, kept))
        field = _named(scenario, target.partition(".")[0], key, met) if kept and ".owner." not in target else None
        yield Write(("rules", name, "do", verb, target), key, value, verb == "add", once, field, kept, frozenset(reads))


def _asked(node: Node) -> set[Key]:
    """Return the variables that a formula asks for, and other fields with them."""
    return {(part.args[0].kind or "", str(part.value)) for part in parts(node) if part.op == "field"}


def _named(scenario: Scenario, word: str, key: Key, met: tuple[str | None, str | None]) -> Node | None:
    """Return the field that an entry on `word` changes, as the formulas of its rule say it; None where they can't."""
    kind, variable = key
    word = {met[1]: "other", met[0]: "self"}.get(word, word)
    if word in ("self", "other"):
        return Node("field", "number", (Node(word, "thing", kind=kind),), variable)
    alone = scenario.kind(kind).count == 1
    return Node("field", "number", (Node("one", "thing", value=kind, kind=kind),), variable) if alone else None


def _written(scenario: Scenario, rule: Rule, target: str) -> Key:
    """Return the kind and the variable that a target of `set` or `add` means."""
    word, _, variable = target.partition(".")
    kind = scenario.meant(rule, word) or word
    if variable.startswith("owner."):
        return next(iter(scenario.shooters(kind)), kind), variable.removeprefix("owner.")
    return kind, variable
