"""Reads the function calls of a formula; the rest of its syntax `TreeBuilder` reads."""

import ast
from collections.abc import Collection
from typing import NoReturn

from ..text.limits import MAX_FORMULA_DEPTH, MAX_FORMULA_WORK
from ..text.problems import listing, suggestion
from .build import TreeBuilder
from .functions import FUNCTION_NAMES, FUNCTIONS, SPECIAL
from .types import Node, Type


class FormulaReader(TreeBuilder):
    """Reads one formula, functions and all."""

    def call(self, tree: ast.Call) -> Node:
        """Read a call of any function."""
        if not isinstance(tree.func, ast.Name):
            raise self.error(tree, "only functions of the language can be called")
        name = tree.func.id
        if tree.keywords or any(isinstance(arg, ast.Starred) for arg in tree.args):
            raise self.error(tree, f"{name} takes plain values")
        if name in SPECIAL:
            return self.special(tree, name)
        if name not in FUNCTIONS:
            raise self.error(tree, f'unknown function "{name}"{suggestion(name, FUNCTION_NAMES)}')
        function = FUNCTIONS[name]
        if function.only and self.scope.where not in function.only:
            raise self.error(tree, f"{name}() works only in a {listing(function.only, 'or')}")
        self.check_count(tree, name, len(function.args), len(function.args))
        if function.needs_self:
            self.check_self(tree, name)
        if name in ("time", "time_left"):
            return self.clock(tree, name)
        args = tuple(self.want(arg, want) for arg, want in zip(tree.args, function.args, strict=True))
        if name in ("speed", "said") or (name == "angle_deg" and args[0].type == "thing"):
            return self.field(tree, args[0], name)
        return self.make(tree, name, function.result, args)

    def check_count(self, tree: ast.Call, name: str, least: int, most: int) -> None:
        """Complain of too few or too many values."""
        if not least <= len(tree.args) <= most:
            wanted = f"{least}" if least == most else f"{least} to {most}"
            plural = "" if wanted == "1" else "s"
            raise self.error(tree, f"{name} takes {wanted} value{plural}, got {len(tree.args)}")

    def check_self(self, tree: ast.expr, name: str) -> None:
        """Complain where a function works from self and there is none."""
        if self.scope.self_kind is None:
            raise self.error(tree, f'{name} works from "self", and there is none here')

    def special(self, tree: ast.Call, name: str) -> Node:
        """Read a function whose first value is a name, not an expression."""
        if name in ("min", "max") and not self.is_kind(tree):
            return self.least_or_greatest(tree, name)
        if name == "touching":
            return self.touching(tree)
        if name == "heard":
            return self.heard(tree)
        self.check_count(tree, name, 1, 2 if name != "happened" else 1)
        if name in ("count", "happened") and isinstance(tree.args[0], ast.Name):
            rule = tree.args[0].id
            if rule in self.scope.rules and len(tree.args) == 1:
                if name == "count":
                    return self.make(tree, "rule_count", "number", value=rule)
                return self.make(tree, "happened", "truth", value=rule)
        if name == "happened":
            self.not_a(tree.args[0], "rule", self.scope.rules)
        kind = self.kind_name(tree.args[0], also=self.scope.rules if name == "count" else ())
        if name in ("nearest", "farthest"):
            return self.nearest(tree, name, kind)
        return self.over(tree, name, kind)

    def is_kind(self, tree: ast.Call) -> bool:
        """Return whether the first value of a call is the name of a kind."""
        first = tree.args[0] if tree.args else None
        return isinstance(first, ast.Name) and first.id in self.scope.kinds

    def not_a(self, tree: ast.expr, what: str, names: Collection[str]) -> NoReturn:
        """Complain of a value that should be a name of some sort."""
        got = f'"{tree.id}"' if isinstance(tree, ast.Name) else "an expression"
        hint = suggestion(tree.id, names) if isinstance(tree, ast.Name) else ""
        raise self.error(tree, f"expected the name of a {what}, got {got}{hint}")

    def kind_name(self, tree: ast.expr, also: Collection[str] = ()) -> str:
        """Return the kind that the first value of a call names."""
        kinds = self.scope.kinds
        if not isinstance(tree, ast.Name) or tree.id not in kinds:
            self.not_a(tree, "kind or a rule" if also else "kind", [*kinds, *also])
        return tree.id

    def least_or_greatest(self, tree: ast.Call, name: str) -> Node:
        """Read min or max of numbers, as pairs."""
        self.check_count(tree, name, 2, MAX_FORMULA_DEPTH)
        node = self.want(tree.args[0], "number")
        for arg in tree.args[1:]:
            node = self.make(tree, name, "number", (node, self.want(arg, "number")))
        return node

    def touching(self, tree: ast.Call) -> Node:
        """Read touching: two things, a thing and any of a kind, a thing and the walls."""
        self.check_count(tree, "touching", 2, 2)
        first = self.want(tree.args[0], "thing")
        second = tree.args[1]
        if isinstance(second, ast.Name):
            name = second.id
            at_hand = name in self.scope.bound or name in self.loops
            many = name in self.scope.kinds and self.scope.kinds[name].count != 1
            if name == "walls" or (many and not at_hand):
                return self.make(tree, "touching", "truth", (first,), name)
        return self.make(tree, "touching", "truth", (first, self.want(second, "thing")))

    def heard(self, tree: ast.Call) -> Node:
        """Read what self heard from a team."""
        self.check_count(tree, "heard", 1, 1)
        self.check_self(tree, "heard")
        speakers = [name for name, kind in self.scope.kinds.items() if kind.says]
        first = tree.args[0]
        if not isinstance(first, ast.Name) or first.id not in speakers:
            self.not_a(first, "team that says something", speakers)
        return self.make(tree, "heard", "number", value=first.id)

    def nearest(self, tree: ast.Call, name: str, kind: str) -> Node:
        """Read nearest or farthest."""
        if len(tree.args) == 2:
            origin = self.want(tree.args[1], "place")
        else:
            self.check_self(tree, name)
            origin = self.make(tree, "self", "thing", kind=self.scope.self_kind)
        self.spend(tree, kind)
        return self.make(tree, name, "thing", (origin,), kind, kind)

    def spend(self, tree: ast.expr, kind: str) -> int:
        """Count the instances that a function over a kind visits; return the work before."""
        before = self.work
        visits = before * max(1, self.scope.kinds[kind].count)
        if visits > MAX_FORMULA_WORK:
            message = f"visits {visits} things, at most {MAX_FORMULA_WORK} (MAX_FORMULA_WORK)"
            raise self.error(tree, message)
        return before

    def over(self, tree: ast.Call, name: str, kind: str) -> Node:
        """Read a function over all of a kind; inside it the kind's name is the one at hand."""
        if len(tree.args) == 1:
            if name != "count":
                raise self.error(tree, f"{name} takes 2 values, got 1: {name}({kind}, ...)")
            return self.make(tree, "count", "number", (), kind)
        if kind in self.loops:
            raise self.error(tree, f'already inside a function over "{kind}"')
        if name == "nearest_where":
            self.check_self(tree, name)
        before = self.spend(tree, kind)
        self.work = before * max(1, self.scope.kinds[kind].count)
        self.loops.append(kind)
        is_condition = name in ("count", "any", "all", "nearest_where")
        inner = self.want(tree.args[1], "truth" if is_condition else "number")
        self.loops.pop()
        self.work = before
        result: Type = "truth" if name in ("any", "all") else "number"
        if name in ("nearest_where", "argmin"):
            return self.make(tree, name, "thing", (inner,), kind, kind)
        return self.make(tree, name, result, (inner,), kind)
