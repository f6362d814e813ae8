"""Builds the typed tree of one formula from Python's syntax tree, all but its calls."""

import ast
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from ..text.limits import MAX_FORMULA_DEPTH, MAX_FORMULA_NAMES, MIN_NUMBER
from ..text.problems import suggestion
from .functions import (
    BUILT_IN_FIELDS,
    CONSTANTS,
    DRIVE_OF_FIELD,
    FUNCTION_NAMES,
    JOINT_FIELDS,
    Want,
    spoken_of,
)
from .types import NOUNS, FormulaError, Node, Scope, Script, Type, UnreadableName, Value

_ARITHMETIC: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("add", "+"),
    ast.Sub: ("sub", "-"),
    ast.Mult: ("mul", "*"),
    ast.Div: ("div", "/"),
    ast.Mod: ("mod", "%"),
}
_COMPARE: dict[type[ast.cmpop], str] = {
    ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge", ast.Eq: "eq", ast.NotEq: "ne",
}  # fmt: skip
_FOLD: dict[str, Callable[[float, float], float]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
}


class TreeBuilder:
    """Reads one formula; counts its nodes, its depth, and the instances its loops visit."""

    def __init__(self, scope: Scope, script: Script) -> None:
        self.scope = scope
        self.script = script
        self.depth = self.deepest = 0
        self.loops: list[str] = []  # kinds of the enclosing functions over a kind
        self.named: list[str] = []  # names of the formulas that it is inside of
        self.work = 1

    def build(self, tree: ast.expr) -> Node:
        """Return the typed tree."""
        return self.visit(tree)

    def make(
        self,
        tree: ast.expr,
        op: str,
        result: Type,
        args: tuple[Node, ...] = (),
        value: Value = None,
        kind: str | None = None,
    ) -> Node:
        """Return a new node; all are made here, so that the limit holds whatever the syntax."""
        self.script.operations += 1
        if self.script.operations > self.script.most:
            raise self.error(tree, f"more than {self.script.most} operations ({self.script.limit})")
        return Node(op, result, args, value, kind)

    def error(self, tree: ast.expr, message: str) -> FormulaError:
        """Return an error at the start of a subtree."""
        return FormulaError(message, tree.col_offset)

    def visit(self, tree: ast.expr) -> Node:
        """Return the node of any subtree."""
        self.depth += 1
        self.check_depth(tree, self.depth)
        method = {
            ast.Constant: self.constant, ast.Name: self.name, ast.Attribute: self.attribute,
            ast.UnaryOp: self.unary, ast.BinOp: self.binary, ast.BoolOp: self.boolean,
            ast.Compare: self.compare, ast.IfExp: self.choose, ast.Call: self.call,
        }.get(type(tree))  # fmt: skip
        if method is None:
            raise self.error(tree, "this is not in the language of formulas")
        node: Node = method(tree)  # type: ignore[operator]
        self.depth -= 1
        return node

    def check_depth(self, tree: ast.expr, depth: int) -> None:
        """Note how deep it gets, and complain if that is too deep."""
        self.deepest = max(self.deepest, depth)
        if depth > MAX_FORMULA_DEPTH:
            raise self.error(tree, f"deeper than {MAX_FORMULA_DEPTH} operations (MAX_FORMULA_DEPTH)")

    def want(self, tree: ast.expr, wanted: Want) -> Node:
        """Return a subtree of a certain type."""
        node = self.visit(tree)
        if node.type == wanted or (wanted == "place" and node.type in ("thing", "vector")):
            return node
        hint = ""
        if (node.type, wanted) == ("truth", "number"):
            hint = "; say 1 if ... else 0"
        elif (node.type, wanted) == ("number", "truth"):
            hint = "; compare it with something"
        elif (node.type, wanted) == ("vector", "number"):
            hint = "; say length(...) or .x"
        raise self.error(tree, f"expected {NOUNS[wanted]}, got {NOUNS[node.type]}{hint}")

    def number(self, tree: ast.expr, value: float) -> Node:
        """Return a literal."""
        if not math.isfinite(value) or abs(value) > 3e38:
            raise self.error(tree, "this number is too large")
        if 0 < abs(value) < MIN_NUMBER:
            raise self.error(tree, f"this number is too small: 0, or at least {MIN_NUMBER:g} in size (MIN_NUMBER)")
        return self.make(tree, "num", "number", value=float(value))

    # Leaves ------------------------------------------------------------------------------------

    def constant(self, tree: ast.Constant) -> Node:
        """Read a literal."""
        if isinstance(tree.value, bool):
            return self.make(tree, "num", "truth", value=float(tree.value))
        if isinstance(tree.value, int | float):
            try:
                return self.number(tree, float(tree.value))
            except OverflowError:
                raise self.error(tree, "this number is too large") from None
        raise self.error(tree, "this is not in the language of formulas")

    def name(self, tree: ast.Name) -> Node:
        """Read a name: the innermost meaning counts."""
        name, scope = tree.id, self.scope
        if name in ("self", "other"):
            return self.me(tree, name)
        if name in self.loops:
            return self.make(tree, "each", "thing", value=name, kind=name)
        if scope.where == "solid_if" and scope.self_kind is not None:
            known = self.fields_of(scope.self_kind)
            if name in known or name in BUILT_IN_FIELDS:
                return self.field(tree, self.me(tree, "self"), name)
        if name in scope.bound:
            return self.me(tree, scope.bound[name])
        if name in scope.varied:
            return self.make(tree, "param", "number", value=name)
        if name in scope.params:
            value = scope.params[name]
            if isinstance(value, bool):
                return self.make(tree, "num", "truth", value=float(value))
            return self.number(tree, value)
        if name in scope.draws:
            kind = scope.draws[name]
            return self.make(tree, "draw", "thing" if kind else "number", value=name, kind=kind)
        if name in scope.let:
            return self.use(tree, name)
        if name in scope.kinds:
            return self.only_one(tree, name)
        return self.built_in(tree, name)

    def use(self, tree: ast.expr, name: str) -> Node:
        """Read a named formula as if it stood here; what is wrong in it is wrong here.

        Where it means the same as before it is the same node, to be worked out once: the functions around it matter where it speaks of their kinds.
        """
        inner = self.scope.let[name]
        if inner is None:
            raise UnreadableName(name)
        if name in self.named:
            raise self.error(tree, f'"{name}" is made of itself')
        loops = [kind for kind in self.loops if kind in spoken_of(self.scope, name)] if self.loops else []
        key = name, frozenset(loops)
        if key in self.script.named:
            node, deep = self.script.named[key]
            self.check_depth(tree, self.depth + deep)
            return node
        if len(self.script.named) >= MAX_FORMULA_NAMES:
            raise self.error(tree, f"more than {MAX_FORMULA_NAMES} values of names (MAX_FORMULA_NAMES)")
        around, work, deepest = self.loops, self.work, self.deepest
        self.loops, self.deepest = loops, self.depth
        self.work = math.prod(max(1, self.scope.kinds[kind].count) for kind in loops)
        self.named.append(name)
        try:
            node = self.visit(inner)
        except UnreadableName:
            raise
        except FormulaError as error:
            raise self.error(tree, f'in "{name}": {error}') from None
        self.named.pop()
        self.loops, self.work = around, work
        if (node.args or node.op == "random") and not node.let:
            node = replace(node, let=name)
        self.script.named[key] = node, self.deepest - self.depth
        self.deepest = max(deepest, self.deepest)
        return node

    def me(self, tree: ast.expr, name: str) -> Node:
        """Read self or other."""
        kind = self.scope.self_kind if name == "self" else self.scope.other_kind
        if kind is None:
            place = {
                "score": "a score belongs to the whole team",
                "view": "the view belongs to nobody",
                "world": "the wind blows on all alike",
                "rule": "this rule is not about one thing" if name == "self" else "no two meet",
            }.get(self.scope.where, "only rules where two meet have it")
            raise self.error(tree, f'there is no "{name}" here: {place}')
        return self.make(tree, name, "thing", kind=kind)

    def only_one(self, tree: ast.expr, name: str) -> Node:
        """Read the name of a kind that has one instance."""
        count = self.scope.kinds[name].count
        if name in (self.scope.self_kind, self.scope.other_kind) and self.scope.where == "rule":
            raise self.error(tree, f'"{name}" is both that met; say self or other')
        if count != 1:
            raise self.error(
                tree,
                f'"{name}" is {count} things; say nearest({name}), or use it inside sum({name}, ...)',
            )
        return self.make(tree, "one", "thing", value=name, kind=name)

    def built_in(self, tree: ast.Name, name: str) -> Node:
        """Read a constant of the language, or complain."""
        width, height = self.scope.world_size
        numbers = {"pi": math.pi, "world_width": width, "world_height": height}
        if name in numbers:
            return self.number(tree, numbers[name])
        if name in ("true", "false"):
            return self.make(tree, "num", "truth", value=float(name == "true"))
        if name in ("time", "time_left"):
            return self.clock(tree, name)
        if name == "walls":
            raise self.error(tree, "walls stand only in touching(a, walls)")
        if name in self.scope.rules:
            message = f'"{name}" is a rule; say count({name}) or happened({name})'
            raise self.error(tree, message)
        if name in self.scope.joints:
            raise self.error(tree, f'"{name}" is a joint; say {name}.force, {name}.broken, ...')
        if name in FUNCTION_NAMES:
            raise self.error(tree, f"{name} is a function; expected {name}(...)")
        raise self.error(tree, f'unknown name "{name}"{suggestion(name, self.names())}')

    def names(self) -> list[str]:
        """Return every name there is here, for suggestions."""
        scope = self.scope
        names = [*scope.kinds, *scope.params, *scope.draws, *scope.let, *scope.rules, *scope.joints, *CONSTANTS]
        names += [word for word, kind in (("self", scope.self_kind), ("other", scope.other_kind)) if kind]
        if scope.where == "solid_if" and scope.self_kind:
            names += [*self.fields_of(scope.self_kind), *BUILT_IN_FIELDS]
        return names

    def clock(self, tree: ast.expr, name: str) -> Node:
        """Read time or time_left."""
        if name == "time_left" and self.scope.time_limit is None:
            raise self.error(tree, "time_left needs end.time")
        return self.make(tree, name, "number")

    # Operators ---------------------------------------------------------------------------------

    def attribute(self, tree: ast.Attribute) -> Node:
        """Read thing.field, joint.field or vector.x."""
        if isinstance(tree.value, ast.Name) and tree.value.id in self.scope.joints:
            return self.joint(tree, tree.value.id)
        base = self.visit(tree.value)
        if base.type == "vector" and tree.attr in ("x", "y"):
            return self.make(tree, tree.attr, "number", (base,))
        if base.type != "thing":
            raise self.error(tree, f'{NOUNS[base.type]} has no field "{tree.attr}"')
        return self.field(tree, base, tree.attr)

    def joint(self, tree: ast.Attribute, name: str) -> Node:
        """Read a field of a joint: of the only one, or of self's own."""
        info = self.scope.joints[name]
        known: dict[str, Type] = {**JOINT_FIELDS[info.type], "force": "number", "broken": "truth"}
        if tree.attr not in known:
            raise self.error(tree, f'"{name}", a {info.type}, has no field "{tree.attr}"{suggestion(tree.attr, known)}')
        own = self.scope.self_kind in info.owners and info.count > 1
        if info.count != 1 and not own and tree.attr != "broken":
            raise self.error(tree, f'"{name}" is {info.count} joints; of all together there is only broken (any of them)')
        args = (self.make(tree, "self", "thing", kind=self.scope.self_kind),) if own else ()
        return self.make(tree, "joint", known[tree.attr], args, f"{name}.{tree.attr}")

    def field(self, tree: ast.expr, base: Node, name: str) -> Node:
        """Return a field of a thing."""
        state = self.fields_of(base.kind) if base.kind else {}
        if name in state:
            return self.make(tree, "field", state[name], (base,), name)
        if name == "owner" and base.kind and self.scope.kinds[base.kind].owners:
            owners = self.scope.kinds[base.kind].owners
            return self.make(tree, "field", "thing", (base,), name, owners[0] if len(owners) == 1 else None)
        if name == "cooldown" and base.kind and self.scope.kinds[base.kind].shoots:
            return self.make(tree, "field", "number", (base,), name)
        driven = self.scope.kinds[base.kind].driven if base.kind else {}
        if name in driven:
            return self.make(tree, "field", driven[name], (base,), name)
        if name not in BUILT_IN_FIELDS:
            who = f'"{base.kind}"' if base.kind else "this thing (one of several kinds)"
            missing = {field for field in DRIVE_OF_FIELD if not self.has_drive(base, field)}
            hint = suggestion(name, [*state, *driven, *(field for field in BUILT_IN_FIELDS if field not in missing)])
            raise self.error(tree, f'{who} has no field "{name}"{hint}')
        if name == "said" and not (base.kind and self.scope.kinds[base.kind].says):
            who = f'"{base.kind}"' if base.kind else "this thing (one of several kinds)"
            raise self.error(tree, f'{who} says nothing (no "says")')
        if name in DRIVE_OF_FIELD and not self.has_drive(base, name):
            who = f'"{base.kind}"' if base.kind else "this thing (one of several kinds)"
            raise self.error(tree, f'{who} has no {name}: that is of drive "{DRIVE_OF_FIELD[name]}"')
        return self.make(tree, "field", BUILT_IN_FIELDS[name], (base,), name)

    def has_drive(self, base: Node, field: str) -> bool:
        """Return whether a thing has the drive that a field is of."""
        return bool(base.kind) and self.scope.kinds[base.kind or ""].drive == DRIVE_OF_FIELD[field]

    def fields_of(self, kind: str) -> dict[str, Literal["number", "truth"]]:
        """Return the fields that this kind has and others may not: state variables, and what hands do."""
        info = self.scope.kinds[kind]
        return {**info.state, **dict.fromkeys(sorted(info.marks), "truth")}

    def unary(self, tree: ast.UnaryOp) -> Node:
        """Read not, - and +."""
        if isinstance(tree.op, ast.Not):
            return self.make(tree, "not", "truth", (self.want(tree.operand, "truth"),))
        if not isinstance(tree.op, ast.USub | ast.UAdd):
            raise self.error(tree, "this is not in the language of formulas")
        operand = self.visit(tree.operand)
        if operand.type not in ("number", "vector"):
            raise self.error(tree, f"expected a number or a vector, got {NOUNS[operand.type]}")
        if isinstance(tree.op, ast.UAdd):
            return operand
        if operand.op == "num" and isinstance(operand.value, float):
            return Node("num", "number", value=-operand.value)
        return self.make(tree, "neg", operand.type, (operand,))

    def binary(self, tree: ast.BinOp) -> Node:
        """Read + - * / %."""
        steps = [tree]
        while isinstance(steps[-1].left, ast.BinOp):  # a + b + c ... is not deep
            steps.append(steps[-1].left)
        node = self.visit(steps[-1].left)
        for step in reversed(steps):
            node = self.operate(step, node)
        return node

    def operate(self, tree: ast.BinOp, left: Node) -> Node:
        """Read the sign and the right side of + - * / %."""
        if type(tree.op) not in _ARITHMETIC:
            raise self.error(tree, "this is not in the language of formulas")
        op, sign = _ARITHMETIC[type(tree.op)]
        right = self.visit(tree.right)
        pair = (left.type, right.type)
        if op == "div" and right.op == "num" and right.value == 0:
            raise self.error(tree.right, "this divides by zero")
        if pair == ("number", "number"):
            return self.fold(tree, op, left, right)
        fits = {
            ("vector", "vector"): op in ("add", "sub"),
            ("vector", "number"): op in ("mul", "div"),
            ("number", "vector"): op == "mul",
        }.get(pair, False)
        if not fits:
            hint = "; say dot(a, b)" if pair == ("vector", "vector") and op == "mul" else ""
            if "truth" in pair:
                hint = "; say 1 if ... else 0"
            message = f"{NOUNS[left.type]} {sign} {NOUNS[right.type]} has no meaning{hint}"
            raise self.error(tree, message)
        return self.make(tree, op, "vector", (left, right))

    def fold(self, tree: ast.expr, op: str, left: Node, right: Node) -> Node:
        """Work out what params and literals alone decide."""
        if left.op == right.op == "num" and op in _FOLD:
            assert isinstance(left.value, float)
            assert isinstance(right.value, float)
            return self.number(tree, _FOLD[op](left.value, right.value))
        return self.make(tree, op, "number", (left, right))

    def boolean(self, tree: ast.BoolOp) -> Node:
        """Read and, or."""
        op = "and" if isinstance(tree.op, ast.And) else "or"
        node = self.want(tree.values[0], "truth")
        for value in tree.values[1:]:
            node = self.make(tree, op, "truth", (node, self.want(value, "truth")))
        return node

    def compare(self, tree: ast.Compare) -> Node:
        """Read a comparison."""
        # a < b < c would hold b twice, and nested so would grow without bound.
        if len(tree.ops) > 1:
            raise self.error(tree, "compare two at a time: a < b and b < c")
        op = _COMPARE.get(type(tree.ops[0]))
        if op is None:
            raise self.error(tree, "this is not in the language of formulas")
        left, right = self.visit(tree.left), self.visit(tree.comparators[0])
        if left.type != right.type or left.type == "vector":
            got = f"{NOUNS[left.type]} with {NOUNS[right.type]}"
            raise self.error(tree, f"can't compare {got}")
        if op not in ("eq", "ne") and left.type != "number":
            raise self.error(tree, f"expected numbers to compare, got {NOUNS[left.type]}")
        if left.type == "thing" and left.kind and right.kind and left.kind != right.kind:
            raise self.error(tree, f'a "{left.kind}" is never a "{right.kind}"')
        return self.make(tree, op, "truth", (left, right))

    def choose(self, tree: ast.IfExp) -> Node:
        """Read a if condition else b."""
        condition = self.want(tree.test, "truth")
        then, other = self.visit(tree.body), self.visit(tree.orelse)
        if then.type != other.type:
            message = f"if gives {NOUNS[then.type]}, else gives {NOUNS[other.type]}"
            raise self.error(tree, message)
        kind = then.kind if then.kind == other.kind else None
        return self.make(tree, "if", then.type, (condition, then, other), kind=kind)

    def call(self, tree: ast.Call) -> Node:
        """Read a call; `FormulaReader` does."""
        raise NotImplementedError
