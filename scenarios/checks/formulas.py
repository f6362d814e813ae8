"""Parses every formula of a scenario in the scope of its place."""

import ast
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..formulas.functions import BUILT_IN_FIELDS
from ..formulas.parse import parse, read, script, words_of
from ..formulas.types import FormulaError, Formulas, Node, Scope, Script, Type, UnreadableName
from ..model.numbers import Varied
from ..model.rules import BUILT_IN_TARGETS, DRIVE_TARGETS, Progress, Rule
from ..text.problems import listing, suggestion
from ..text.tree import Keys, path_of
from .report import Report
from .scope import base_scope, in_turn, met

_INSTEAD = {
    **dict.fromkeys(("x", "y", "position"), '; "place" puts it somewhere, "push" and "velocity" move it'),
    **dict.fromkeys(("vx", "vy", "speed"), '; set "velocity", a vector'),
    "heading_deg": '; set "angle_deg"',
    "alive": '; "remove" takes it out',
}
"""What to do in place of setting a field that can't be set."""


class FormulaCheck:
    """Collects the trees and the problems of all formulas."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.scenario = report.scenario
        self.complain = report.complain
        self.scope = base_scope(report.scenario, report.params, report.varied)
        self.formulas = Formulas()

    def run(self) -> None:
        """Parse them all; those that have names as others use them."""
        self.scope = replace(self.scope, let={name: self.syntax(name, text) for name, text in self.scenario.let.items()})
        for section in ("things", "teams"):
            kinds: Mapping[str, Any] = getattr(self.scenario, section)
            for name, kind in kinds.items():
                if kind.solid_if is not None:
                    self.gate((section, name, "solid_if"), name, kind.solid_if)
        self.winds()
        for name, rule in self.scenario.rules.items():
            self.rule(name, rule)
        self.rewards()
        for team, value in self.scenario.score.items():
            scope = replace(self.scope, where="score")
            self.add(value, ("score", team), scope, "number")
        for team, actions in self.scenario.baseline.items():
            self.baseline(team, actions)
        for index, text in enumerate(self.scenario.view.hud):
            if text.lstrip().startswith("="):
                scope = replace(self.scope, where="view")
                self.add(text, ("view", "hud", index), scope, ("number", "truth"))

    def syntax(self, name: str, text: str) -> ast.expr | None:
        """Return the syntax tree of a named formula, or complain."""
        if self.report.is_damaged(text):
            return None
        try:
            return read(text)
        except FormulaError as error:
            self.report.complain_inside(("let", name), error.index, str(error))
            return None

    def add(
        self,
        value: Any,
        keys: Keys,
        scope: Scope,
        expected: Type | tuple[Type, ...],
        suffix: str = "",
        part_of: Script | None = None,
    ) -> None:
        """Parse one formula, or turn a plain value into its tree."""
        types = (expected,) if isinstance(expected, str) else expected
        path = path_of(keys)
        if isinstance(value, str):
            if self.report.is_damaged(value):
                return
            try:
                self.formulas[path + suffix] = parse(value, scope, types, part_of)
            except UnreadableName:
                pass
            except FormulaError as error:
                self.report.complain_inside(keys, error.index, str(error))
            return
        node = constant(value)
        if node.type not in types:
            nouns = {"number": "a number", "truth": "true or false", "vector": "[x, y]"}
            wanted = " or ".join(nouns[name] for name in types if name in nouns)
            self.complain(keys, f"expected {wanted}, got {nouns[node.type]}")
        self.formulas[path + suffix] = node

    def rule(self, name: str, rule: Rule) -> None:
        """Parse the formulas of one rule in the scope of those who met."""
        scope = replace(self.scope, where="rule")
        keys: tuple[str, ...] = ("rules", name)
        if isinstance(rule.when, str):
            self.add(rule.when, (*keys, "when"), scope, "truth")
        else:
            if set(rule.when.pair or ()) - {*self.scope.kinds, "walls"}:
                return  # who met is unknown, and reported
            scope = met(scope, *self.scenario.who_met(rule.when))
            if rule.when.if_ is not None:
                self.add(rule.when.if_, (*keys, "when", "if"), scope, "truth")
        if rule.if_ is not None:
            self.add(rule.if_, (*keys, "if"), scope, "truth")
        for verb in ("set", "add"):
            effects: Mapping[str, Any] = getattr(rule.do, verb)
            for target, value in effects.items():
                expected = self.target_type((*keys, "do", verb), target, verb, rule)
                if expected is not None:
                    self.add(value, (*keys, "do", verb, target), in_turn(scope, target.partition(".")[0]), expected)
        for kind, value in rule.do.push.items():
            self.add(value, (*keys, "do", "push", kind), in_turn(scope, kind), "vector")

    def gate(self, keys: Keys, name: str, text: str) -> None:
        """Parse a solid_if; one that asks about `other` once for each kind that may run into it."""
        scope = replace(self.scope, self_kind=name, where="solid_if")
        if not self.asks_other(text):
            self.add(text, keys, scope, "truth")
            return
        others = [other for other in self.scenario.kinds if self.scenario.may_push(name, other)]
        if not others:
            self.complain(keys, 'there is no "other" here: nothing runs into it')
        for other in others:
            self.add(text, keys, replace(scope, other_kind=other), "truth", f"@{other}")

    def asks_other(self, text: str) -> bool:
        """Return whether a formula, or one that it names, speaks of `other`."""
        try:
            return "other" in words_of(read(text), let=self.scope.let)[0]
        except FormulaError:
            return False  # said when it is parsed

    def winds(self) -> None:
        """Parse the wind, and what each zone does once for each kind it works on."""
        if self.scenario.world.wind is not None:
            scope = replace(self.scope, where="world")
            self.add(self.scenario.world.wind, ("world", "wind"), scope, "vector")
        for name in self.scenario.kinds:
            zone = self.scenario.kind(name).zone
            section = self.scenario.section_of(name)
            for kind in self.scenario.pushed_by(name):
                bound = {name: "other"}
                scope = replace(self.scope, self_kind=kind, other_kind=name, bound=bound, where="zone")
                for key in ("force", "wind"):
                    value = getattr(zone, key)
                    if value is not None:
                        self.add(value, (section, name, "zone", key), scope, "vector", f"@{kind}")

    def target_type(self, keys: tuple[str, ...], target: str, verb: str, rule: Rule) -> Type | None:
        """Return the type of "kind.variable" or "projectile.owner.variable", or complain."""
        word, dot, variable = target.partition(".")
        below = (*keys, target)
        if not dot or not variable:
            self.complain(below, 'expected "kind.variable"', at_key=True)
            return None
        kind = self.report.check_target(below, rule, word)
        if kind is None:
            return None
        if variable.startswith("owner.") and self.scope.kinds[kind].owners:
            kind, variable, wrong = self.owner_of(kind, variable, rule)
            if wrong:
                self.complain(below, wrong, at_key=True)
                return None
        state, driven = self.scope.kinds[kind].state, self.scope.kinds[kind].driven
        targets = {**BUILT_IN_TARGETS, **{name: driven[name] for name in DRIVE_TARGETS if name in driven}}
        if variable in targets and variable not in state:
            return targets[variable]
        if variable not in state:
            if variable in BUILT_IN_FIELDS or variable in driven:
                known = listing([*state, *targets], "or")
                message = f'"{variable}" can\'t be changed; a rule can change {known}{_INSTEAD.get(variable, "")}'
            else:
                hint = suggestion(variable, [*state, *targets])
                message = f'"{kind}" has no state variable "{variable}"{hint}'
            self.complain(below, message, at_key=True)
            return None
        if verb == "add" and state[variable] == "truth":
            self.complain(below, f'"{variable}" is true or false; use set', at_key=True)
            return None
        return state[variable]

    def owner_of(self, kind: str, variable: str, rule: Rule) -> tuple[str, str, str]:
        """Return the team that shoots a projectile, the variable of "owner.variable", and what is wrong with it, if anything."""
        owners = self.scope.kinds[kind].owners
        if isinstance(rule.when, str) or kind not in (rule.when.pair or ()):
            return kind, variable, f'no "{kind}" meets something in this rule, so there is no owner to speak of'
        if len(owners) > 1:
            return kind, variable, f'"{kind}" is shot by several teams ({listing(owners)}), so its owner has no variables'
        return owners[0], variable.removeprefix("owner."), ""

    def rewards(self) -> None:
        """Parse the reward terms; those of "*" once for each team."""
        for key, terms in self.scenario.rewards.items():
            teams = list(self.scenario.teams) if key == "*" else [key]
            for team in teams:
                if team not in self.scenario.teams:
                    continue
                scope = replace(self.scope, self_kind=team, where="reward")
                suffix = f"@{team}" if key == "*" else ""
                for name, term in terms.terms.items():
                    keys = ("rewards", key, name)
                    if isinstance(term, Progress):
                        text = term.progress
                        self.add(text, (*keys, "progress"), scope, "number", suffix)
                    elif isinstance(term, str):
                        self.add(term, keys, scope, "number", suffix)

    def baseline(self, team: str, actions: Mapping[str, float | Varied | str]) -> None:
        """Parse the scripted policy of one team."""
        if team not in self.scenario.teams:
            return
        known = self.scenario.actions_of(team)
        scope, whole = replace(self.scope, self_kind=team, where="baseline"), script()
        for action, value in actions.items():
            if action in known:
                expected = known[action]
                self.add(value, ("baseline", team, action), scope, ("number", "truth") if expected == "switch" else expected, part_of=whole)


def constant(value: Any) -> Node:
    """Return the tree of a plain value of a file."""
    if isinstance(value, bool):
        return Node("num", "truth", value=float(value))
    if isinstance(value, tuple):
        first, second = (constant(part) for part in value)
        return Node("vec", "vector", (first, second))
    if isinstance(value, Varied):
        return Node("param", "number", value=value.name)
    return Node("num", "number", value=float(value))
