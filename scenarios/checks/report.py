"""Collects what the cross checks find, at the places of the file."""

import re
from collections.abc import Iterable, Mapping

from ..model.rules import Rule
from ..model.scenario import Scenario
from ..resolve.resolved import Resolved
from ..text.problems import suggestion
from ..text.tree import Keys, find, path_of

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")


class Report:
    """One scenario under check and the problems found so far."""

    def __init__(self, scenario: Scenario, resolved: Resolved) -> None:
        self.scenario = scenario
        self.tree = resolved.tree
        self.params: Mapping[str, float | bool] = resolved.params
        self.varied = resolved.varied
        self.problems = resolved.problems
        self.damaged = resolved.damaged
        self.was_cut = resolved.was_cut

    def complain(self, keys: Keys, message: str, *, at_key: bool = False) -> None:
        """Note a problem; not one that only follows from something reported already."""
        if len(keys) > 2 and self.was_cut(*keys):
            return
        quoted = set(re.findall(r'"([^"]*)"', message))
        if self.damaged and self.damaged & quoted:
            return
        node = find(self.tree, keys)
        problem = node.key_problem if at_key else node.problem
        self.problems.append(problem(path_of(keys), message))

    def is_noted(self, keys: Keys) -> bool:
        """Return whether there is a problem at some keys or below them."""
        path = path_of(keys)
        return any(problem.path == path or problem.path.startswith((f"{path}.", f"{path}[")) for problem in self.problems)

    def complain_inside(self, keys: Keys, index: int, message: str) -> None:
        """Note a problem at a character of a text."""
        node = find(self.tree, keys)
        offset = node.offset_inside(index)
        self.problems.append(node.source.problem(offset, path_of(keys), message))

    def is_damaged(self, text: str) -> bool:
        """Return whether a formula speaks of a name that lost something to an error."""
        return bool(self.damaged) and not self.damaged.isdisjoint(_IDENTIFIER.findall(text))

    def check_name(self, keys: Keys, name: str, names: Iterable[str], what: str, *, at_key: bool = False) -> bool:
        """Return whether a name is one of some names, and complain if it isn't."""
        known = list(names)
        if name in known:
            return True
        if name not in self.damaged:
            message = f'there is no {what} "{name}"{suggestion(name, known)}'
            self.complain(keys, message, at_key=at_key)
        return False

    def check_kind(self, keys: Keys, name: str, *, walls: bool = False, at_key: bool = False) -> bool:
        """Return whether a name is that of a thing or team (or "walls"), else complain."""
        kinds = self.scenario.kinds
        names = [*kinds, "walls"] if walls else kinds
        return self.check_name(keys, name, names, "thing or team", at_key=at_key)

    def check_target(self, keys: Keys, rule: Rule, word: str, *, at_key: bool = True) -> str | None:
        """Return the kind that an effect of a rule names, or complain."""
        met: tuple[str | None, str | None] = (None, None)
        if not isinstance(rule.when, str):
            met = self.scenario.who_met(rule.when)
        if word in ("self", "other"):
            kind = self.scenario.meant(rule, word)
            if kind is None and (met[0] if word == "self" else met[1]) is None:
                self.complain(
                    keys,
                    f'there is no "{word}" here: {"nobody meets in this rule" if met == (None, None) else "no two meet"}',
                    at_key=at_key,
                )
            return kind  # a name that nothing has is reported where it stands
        if not self.check_kind(keys, word, at_key=at_key):
            return None
        if met == (word, word):
            self.complain(keys, f'"{word}" is both that met; say self or other', at_key=at_key)
            return None
        return word
