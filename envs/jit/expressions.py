"""Values of kernels: names, numbers, arrays, choices and calls, as instructions."""

import ast
import inspect
from collections.abc import Callable
from difflib import get_close_matches
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np

from .ir import (
    BOOL,
    CASTS,
    F32,
    I64,
    U8,
    U64,
    Array,
    Group,
    Known,
    Record,
    Scalar,
    TranslationError,
    Value,
    known,
    memory,
    name_of,
    parts,
    result_type,
)
from .writer import Writer

_ARITHMETIC = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul"}
_BITS = {ast.BitAnd: "and", ast.BitOr: "or", ast.BitXor: "xor"}
_ORDER = {ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge"}
_FOLD: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b, ast.Sub: lambda a, b: a - b, ast.Mult: lambda a, b: a * b, ast.Div: lambda a, b: a / b,
    ast.FloorDiv: lambda a, b: a // b, ast.Mod: lambda a, b: a % b, ast.LShift: lambda a, b: a << b, ast.RShift: lambda a, b: a >> b,
    ast.BitAnd: lambda a, b: a & b, ast.BitOr: lambda a, b: a | b, ast.BitXor: lambda a, b: a ^ b, ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b, ast.Lt: lambda a, b: a < b, ast.LtE: lambda a, b: a <= b, ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
}  # fmt: skip
_CHEAP_CALLS = {
    "F",
    "U",
    "min",
    "max",
    "abs",
    "np.sqrt",
    "np.floor",
    "np.abs",
    "np.float32",
    "np.int64",
    "np.int32",
    "np.uint32",
    "np.uint64",
}


class Values(Writer):
    """Translates expressions: `of_X` for the node X of Python's `ast`."""

    def value(self, node: ast.expr) -> Value:
        """What an expression is worth here; errors that begin with "?" get their line."""
        method = getattr(self, "of_" + type(node).__name__, None)
        if method is None:
            raise self.fail(node, f"{type(node).__name__} is not in the subset")
        try:
            out: Value = method(node)
        except TranslationError as error:
            if str(error).startswith("?"):
                raise self.fail(node, str(error)[1:]) from None
            raise
        return out

    def of_Constant(self, node: ast.Constant) -> Value:
        """A number or a truth as it stands."""
        return known(node.value)

    def of_Name(self, node: ast.Name) -> Value:
        """A local variable, else a constant or a function of the module."""
        if node.id in self.slots:
            kind, places = self.slots[node.id]
            return Value(kind, tuple(self.emit(f"load {part}, ptr {place}") for part, place in zip(parts(kind), places, strict=True)))
        if node.id in self.known:
            return Value(self.known[node.id])
        if node.id in self.globals:
            return known(self.globals[node.id])
        builtin = {"min": min, "max": max, "abs": abs, "int": int, "bool": bool, "float": float}
        if node.id in builtin:
            return known(builtin[node.id])
        raise self.fail(node, f"{node.id} has no value here")

    def of_Attribute(self, node: ast.Attribute) -> Value:
        """A field of a record, else a constant of a module or class."""
        space = self.namespace(node)
        if space is not None:
            if not hasattr(space, node.attr):
                near = get_close_matches(node.attr, [name for name in vars(space) if name[0] != "_"], 1, 0)
                raise self.fail(node, f"{space.__name__} has no {node.attr}" + "".join(f"; the nearest name is {name}" for name in near))
            return known(getattr(space, node.attr))
        owner = self.value(node.value)
        if not isinstance(owner.type, Record) or node.attr not in owner.type.cls._fields:
            raise self.fail(node, f"{name_of(owner.type)} has no field {node.attr}")
        first = 0
        for name, kind in zip(owner.type.cls._fields, owner.type.fields, strict=True):
            size = len(parts(kind))
            if name == node.attr:
                return Value(kind, owner.parts[first : first + size])
            first += size
        raise AssertionError(node.attr)

    def namespace(self, node: ast.expr) -> ModuleType | type | None:
        """The module, or class of constants as in kernels/world/layout, of which this is an attribute; a local variable may hide it."""
        if not isinstance(node, ast.Attribute):
            return None
        owner = node.value
        if isinstance(owner, ast.Name):
            found = None if owner.id in self.slots or owner.id in self.known else self.globals.get(owner.id)
        else:
            found = getattr(self.namespace(owner), getattr(owner, "attr", ""), None)
        return found if isinstance(found, ModuleType | type) else None

    def of_Tuple(self, node: ast.Tuple) -> Value:
        """Several values as one."""
        values = [self.value(item) for item in node.elts]
        if all(isinstance(v.type, Known) for v in values):
            return known(tuple(v.type.value for v in values))  # type: ignore[union-attr]
        values = [self.plain(v) for v in values]
        return Value(Group(tuple(v.type for v in values)), tuple(part for v in values for part in v.parts))

    def of_Subscript(self, node: ast.Subscript) -> Value:
        """An element, a row, a slice, or one of a tuple."""
        array = self.value(node.value)
        if not isinstance(array.type, Array):
            raise self.fail(node, f"{name_of(array.type)} can't be indexed")
        kind = array.type
        if isinstance(node.slice, ast.Slice):
            if node.slice.lower is None or node.slice.step is not None:
                raise self.fail(node, "a slice is [first:last] of the first axis")
            return self.part_of(array, node.slice, node)
        count = len(node.slice.elts) if isinstance(node.slice, ast.Tuple) else 1
        if count == kind.axes:
            return self.load(array, self.address(array, node))
        if count != 1:
            raise self.fail(node, f"expected {'1 index' if kind.axes == 1 else f'1 or {kind.axes} indices'}, got {count}")
        row, steps = self.within(array, 0, self.index(self.value(node.slice), node), node), array.steps()
        offset = self.emit(f"mul nsw i64 {row}, {steps[0]}")
        unknown = steps[1 : kind.axes - 1 - bool(kind.last)]
        size = [steps[0]] * kind.checked  # a row has as many elements as there are from one to the next
        return Value(kind.row(), (self.element(array, offset), *unknown, *size))

    def part_of(self, array: Value, piece: ast.Slice, node: ast.AST) -> Value:
        """A slice of an array's first axis."""
        assert isinstance(array.type, Array)
        assert piece.lower is not None
        first, steps = self.index(self.value(piece.lower), node), array.steps()[:1]
        start = self.emit(f"mul nsw i64 {first}, {steps[0]}") if steps else first
        if not array.type.checked:
            return Value(array.type, (self.element(array, start), *array.parts[1:]))
        *rest, whole = array.parts[1:]
        whole = self.emit(f"udiv i64 {whole}, {steps[0]}") if steps else whole
        last = whole if piece.upper is None else self.index(self.value(piece.upper), node)
        size = self.emit(f"sub i64 {last}, {first}")
        more = self.emit(f"add i64 {whole}, 1")  # the end of an array is a place for an edge, not for an element
        self.check(self.emit(f"icmp ult i64 {first}, {more}"), node)
        self.check(self.emit(f"icmp ult i64 {last}, {more}"), node)
        self.check(self.emit(f"icmp sge i64 {size}, 0"), node)
        size = self.emit(f"mul i64 {size}, {steps[0]}") if steps else size
        return Value(array.type, (self.element(array, start), *rest, size))

    def within(self, array: Value, axis: int, index: str, node: ast.AST) -> str:
        """An index that is held against its axis where the array is checked: then 0 in place of one that lies outside."""
        assert isinstance(array.type, Array)
        if not array.type.checked:
            return index
        steps, size = array.steps(), array.parts[-1]
        whole, step = ([size, *steps][axis], [*steps, "1"][axis])
        fits = self.emit(f"icmp ult i64 {index}, {self.emit(f'udiv i64 {whole}, {step}')}")
        self.check(fits, node)
        return self.emit(f"select i1 {fits}, i64 {index}, i64 0")

    def check(self, fits: str, node: ast.AST) -> None:
        """Note where it was, if something does not fit; only in kernels that are checked."""
        self.lines.append(f"call void @held_against(i1 {fits}, i64 {self.module.site(self.file, self.line_of(node))})")

    def index(self, value: Value, node: ast.AST) -> str:
        """An index as 64 bits."""
        value = self.plain(value)
        if not (isinstance(value.type, Scalar) and value.type.kind in "iu"):
            raise self.fail(node, f"an index is an integer, not {name_of(value.type)}")
        return self.convert(value, I64 if value.type.kind == "i" else U64).parts[0]

    def element(self, array: Value, offset: str) -> str:
        """The address so many elements into an array."""
        assert isinstance(array.type, Array)
        return self.emit(f"getelementptr inbounds {memory(array.type.item)}, ptr {array.parts[0]}, i64 {offset}")

    def address(self, array: Value, node: ast.Subscript) -> str:
        """Where an element lies."""
        if not isinstance(array.type, Array):
            raise self.fail(node, f"{name_of(array.type)} can't be indexed")
        indices = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if len(indices) != array.type.axes:
            raise self.fail(node, f"expected {array.type.axes} {'index' if array.type.axes == 1 else 'indices'}, got {len(indices)}")
        offset, steps = None, array.steps()
        for k, one in enumerate(indices):
            at = self.within(array, k, self.index(self.value(one), node), node)
            if k < array.type.axes - 1:
                at = self.emit(f"mul nsw i64 {at}, {steps[k]}")
            offset = at if offset is None else self.emit(f"add nsw i64 {offset}, {at}")
        assert offset is not None
        return self.element(array, offset)

    def notes(self, array: Array) -> str:
        """What a load or store says of its memory: which root it belongs to, which loop it runs in."""
        return self.module.scope(array.root) + self.group_note()

    def group_note(self) -> str:
        """The loops over lanes that this stands in: their turns may be taken in any order."""
        if not self.groups:
            return ""
        group = self.groups[0] if len(self.groups) == 1 else self.module.note(f"!{{{', '.join(self.groups)}}}")
        return f", !llvm.access.group {group}"

    def load(self, array: Value, address: str) -> Value:
        """Read an element."""
        assert isinstance(array.type, Array)
        item = array.type.item
        raw = self.emit(f"load {memory(item)}, ptr {address}, align {item.bytes}{self.notes(array.type)}")
        return Value(item, (self.emit(f"icmp ne i8 {raw}, 0") if item is BOOL else raw,))

    def store(self, array: Value, address: str, value: Value, node: ast.AST) -> None:
        """Write an element, narrowed to its type."""
        assert isinstance(array.type, Array)
        item = array.type.item
        stored = self.convert(value, U8 if item is BOOL else item, narrow=True).parts[0]
        notes = self.notes(array.type).replace(", !invariant.load !{}", "")
        self.lines.append(f"store {memory(item)} {stored}, ptr {address}, align {item.bytes}{notes}")

    def of_UnaryOp(self, node: ast.UnaryOp) -> Value:
        """`-x`, `+x`, `~x`, `not x`."""
        value = self.value(node.operand)
        if isinstance(node.op, ast.Not):
            test = self.truth(value)
            if isinstance(test.type, Known):
                return known(not test.type.value)
            return Value(BOOL, (self.emit(f"xor i1 {test.parts[0]}, true"),))
        if isinstance(value.type, Known) and not isinstance(value.type.value, np.generic):
            return known(-value.type.value if isinstance(node.op, ast.USub) else ~value.type.value)
        value = self.plain(value)
        assert isinstance(value.type, Scalar)
        if isinstance(node.op, ast.USub):
            text = f"fneg {value.type.llvm} {value.parts[0]}" if value.type.kind == "f" else f"sub {value.type.llvm} 0, {value.parts[0]}"
        elif isinstance(node.op, ast.Invert) and value.type.kind in "iu":
            text = f"xor {value.type.llvm} {value.parts[0]}, -1"
        else:
            raise self.fail(node, f"{type(node.op).__name__} is not in the subset")
        return Value(value.type, (self.emit(text),))

    def of_BinOp(self, node: ast.BinOp) -> Value:
        """Arithmetic."""
        return self.binary(node.op, self.value(node.left), self.value(node.right), node)

    def binary(self, op: ast.operator, a: Value, b: Value, node: ast.AST) -> Value:
        """Arithmetic on two values, by NumPy's rules of types."""
        if isinstance(a.type, Known) and isinstance(b.type, Known):
            return known(_FOLD[type(op)](a.type.value, b.type.value))
        a, b = self.meet(a, b, node)
        kind = a.type
        assert isinstance(kind, Scalar)
        x, y = a.parts[0], b.parts[0]
        name = type(op)
        if kind.kind == "f" and (name in _ARITHMETIC or name is ast.Div):
            return Value(kind, (self.emit(f"f{_ARITHMETIC.get(name, 'div')} {kind.llvm} {x}, {y}"),))
        if kind.kind in "iu" and name in _ARITHMETIC:
            flag = "nsw " if kind is I64 and not self.module.checked else ""
            return Value(kind, (self.emit(f"{_ARITHMETIC[name]} {flag}{kind.llvm} {x}, {y}"),))
        if kind.kind in "iub" and name in _BITS:
            return Value(kind, (self.emit(f"{_BITS[name]} {kind.llvm} {x}, {y}"),))
        if kind.kind in "iu" and name in (ast.LShift, ast.RShift):
            shift = "shl" if name is ast.LShift else "lshr" if kind.kind == "u" else "ashr"
            return Value(kind, (self.emit(f"{shift} {kind.llvm} {x}, {y}"),))
        if kind.kind in "iu" and name in (ast.FloorDiv, ast.Mod):
            if self.module.checked:
                fits = self.emit(f"icmp ne {kind.llvm} {y}, 0")
                self.check(fits, node)
                y = self.emit(f"select i1 {fits}, {kind.llvm} {y}, {kind.llvm} 1")
            return Value(kind, (self.divide(kind, x, y, name is ast.Mod),))
        raise self.fail(node, f"{name.__name__} of {kind.name} is not in the subset")

    def divide(self, kind: Scalar, x: str, y: str, rest: bool) -> str:
        """Integer division as Python has it: rounded down, the rest has the sign of the divisor."""
        t = kind.llvm
        if kind.kind == "u":
            return self.emit(f"{'urem' if rest else 'udiv'} {t} {x}, {y}")
        r = self.emit(f"srem {t} {x}, {y}")
        off = self.emit(f"icmp ne {t} {r}, 0")
        opposite = self.emit(f"icmp slt {t} {self.emit(f'xor {t} {r}, {y}')}, 0")
        fix = self.emit(f"and i1 {off}, {opposite}")
        if rest:
            return self.emit(f"add {t} {r}, {self.emit(f'select i1 {fix}, {t} {y}, {t} 0')}")
        q = self.emit(f"sdiv {t} {x}, {y}")
        return self.emit(f"sub {t} {q}, {self.emit(f'zext i1 {fix} to {t}')}")

    def of_Compare(self, node: ast.Compare) -> Value:
        """`a < b`, and chains of it."""
        values = [self.value(one) for one in [node.left, *node.comparators]]
        tests = [self.compare(op, a, b, node) for op, a, b in zip(node.ops, values, values[1:], strict=False)]
        out = tests[0]
        for test in tests[1:]:
            out = Value(BOOL, (self.emit(f"and i1 {self.plain(out).parts[0]}, {self.plain(test).parts[0]}"),))
        return out

    def compare(self, op: ast.cmpop, a: Value, b: Value, node: ast.AST) -> Value:
        """Whether two values stand so to each other."""
        if isinstance(a.type, Known) and isinstance(b.type, Known):
            return known(bool(_FOLD[type(op)](a.type.value, b.type.value)))
        a, b = self.meet(a, b, node)
        kind = a.type
        assert isinstance(kind, Scalar)
        if isinstance(op, ast.Eq | ast.NotEq):
            equal = isinstance(op, ast.Eq)
            test = ("fcmp oeq" if equal else "fcmp une") if kind.kind == "f" else "icmp eq" if equal else "icmp ne"
        else:
            sign = {"f": "fcmp o", "i": "icmp s"}.get(kind.kind, "icmp u")
            test = sign + _ORDER[type(op)]
        return Value(BOOL, (self.emit(f"{test} {kind.llvm} {a.parts[0]}, {b.parts[0]}"),))

    def of_BoolOp(self, node: ast.BoolOp) -> Value:
        """`and`, `or`: the right side is worked out only where it counts, or where that does no harm."""
        both = isinstance(node.op, ast.And)
        out = self.truth(self.value(node.values[0]))
        for one in node.values[1:]:
            if isinstance(out.type, Known):
                out = self.truth(self.value(one)) if bool(out.type.value) is both else out
            elif self.harmless(one):
                other = self.plain(self.test(one))
                out = Value(BOOL, (self.emit(f"{'and' if both else 'or'} i1 {out.parts[0]}, {other.parts[0]}"),))
            else:
                right = partial(self.test, one)
                out = self.choose(out, right, lambda: known(False)) if both else self.choose(out, lambda: known(True), right)
        return out

    def test(self, node: ast.expr) -> Value:
        """An expression as a truth."""
        return self.truth(self.value(node))

    def of_IfExp(self, node: ast.IfExp) -> Value:
        """`a if test else b`: without a branch where both sides are harmless."""
        test = self.truth(self.value(node.test))
        if isinstance(test.type, Known):
            return self.value(node.body if test.type.value else node.orelse)
        if self.harmless(node.body) and self.harmless(node.orelse):
            a, b = self.value(node.body), self.value(node.orelse)
            if isinstance(a.type, Known) and isinstance(b.type, Known):
                a, b = self.number(a), self.number(b)
            a, b = self.meet(a, b, node)
            assert isinstance(a.type, Scalar)
            return Value(a.type, (self.emit(f"select i1 {test.parts[0]}, {a.type.llvm} {a.parts[0]}, {b.type.llvm} {b.parts[0]}"),))  # type: ignore[union-attr]
        return self.choose(test, lambda: self.value(node.body), lambda: self.value(node.orelse))

    # --- calls --------------------------------------------------------------------------------------------------------------------------------

    def of_Call(self, node: ast.Call) -> Value:
        """A call of a kernel, of one of the elementary functions, or of a cast."""
        if node.keywords:
            raise self.fail(node, "arguments are given by position")
        target = self.value(node.func)
        if not isinstance(target.type, Known):
            raise self.fail(node, "only functions can be called")
        function, values = target.type.value, [self.value(argument) for argument in node.args]
        if self.module.style(function) is not None:
            return self.call(function, values)
        if function in CASTS:
            return self.cast(values[0], CASTS[function])
        if function in (min, max):
            return self.extreme(values, "lt" if function is min else "gt", node)
        if function in (np.sqrt, np.floor, np.abs, abs):
            return self.elementary(function, values[0], node)
        if isinstance(function, type) and hasattr(function, "_fields"):
            values = [self.plain(v) for v in values]
            return Value(Record(function, tuple(v.type for v in values)), tuple(part for v in values for part in v.parts))
        raise self.fail(node, f"{ast.unparse(node.func)} is no kernel and not in the subset")

    def call(self, function: Callable[..., Any], values: list[Value]) -> Value:
        """A call of another kernel, for the types of these values."""
        # A truth given as a constant makes a version of its own: loops over lanes keep no test inside.
        values = [v if isinstance(v.type, Known) and isinstance(v.type.value, bool) else self.plain(v) for v in values]
        called = self.module.function(inspect.unwrap(function), [v.type for v in values])
        arguments = ", ".join(f"{part} {operand}" for v in values for part, operand in zip(parts(v.type), v.parts, strict=True))
        text = f"call {result_type(called.result)} @{called.name}({arguments}){self.group_note()}"
        if called.result is None:
            self.lines.append(text)
            return known(None)
        whole = self.emit(text)
        if isinstance(called.result, Scalar):
            return Value(called.result, (whole,))
        count = len(parts(called.result))
        return Value(called.result, tuple(self.emit(f"extractvalue {result_type(called.result)} {whole}, {n}") for n in range(count)))

    def extreme(self, values: list[Value], order: str, node: ast.AST) -> Value:
        """As Python's: of equal ones, and where NaN comes second, the first."""
        out = values[0]
        for value in values[1:]:
            if isinstance(out.type, Known) and isinstance(value.type, Known):
                out = known((min if order == "lt" else max)(out.type.value, value.type.value))
                continue
            out, value = self.meet(out, value, node)
            kind = out.type
            assert isinstance(kind, Scalar)
            sign = {"f": "fcmp o", "i": "icmp s"}.get(kind.kind, "icmp u")
            test = self.emit(f"{sign}{order} {kind.llvm} {value.parts[0]}, {out.parts[0]}")
            out = Value(kind, (self.emit(f"select i1 {test}, {kind.llvm} {value.parts[0]}, {kind.llvm} {out.parts[0]}"),))
        return out

    def elementary(self, function: Any, value: Value, node: ast.AST) -> Value:
        """A square root, a floor or an absolute value."""
        value = self.plain(value)
        kind = value.type
        if isinstance(kind, Scalar) and kind.kind == "i" and function in (abs, np.abs):
            test = self.emit(f"icmp slt {kind.llvm} {value.parts[0]}, 0")
            return Value(
                kind,
                (
                    self.emit(
                        f"select i1 {test}, {kind.llvm} {self.emit(f'sub {kind.llvm} 0, {value.parts[0]}')}, {kind.llvm} {value.parts[0]}"
                    ),
                ),
            )
        if kind != F32:
            raise self.fail(node, f"expected float32, got {name_of(kind)}")
        name = {np.sqrt: "sqrt", np.floor: "floor"}.get(function, "fabs")
        return Value(F32, (self.emit(f"call float @llvm.{name}.f32(float {value.parts[0]})"),))

    def items(self, value: Value, node: ast.AST) -> list[Value]:
        """The members of a group."""
        if not isinstance(value.type, Group):
            raise self.fail(node, f"expected several values, got {name_of(value.type)}")
        out, first = [], 0
        for item in value.type.items:
            size = len(parts(item))
            out.append(Value(item, value.parts[first : first + size]))
            first += size
        return out

    def harmless(self, node: ast.expr) -> bool:
        """Whether a value can be computed though nobody asks for it: it touches no memory and calls no kernel."""
        if isinstance(node, ast.Constant | ast.Name) or self.namespace(node) is not None:
            return True
        if isinstance(node, ast.UnaryOp):
            return self.harmless(node.operand)
        if isinstance(node, ast.BinOp):
            return not isinstance(node.op, ast.FloorDiv | ast.Mod) and self.harmless(node.left) and self.harmless(node.right)
        if isinstance(node, ast.Compare):
            return all(self.harmless(one) for one in [node.left, *node.comparators])
        if isinstance(node, ast.BoolOp):
            return all(self.harmless(one) for one in node.values)
        if isinstance(node, ast.IfExp):
            return all(self.harmless(one) for one in (node.test, node.body, node.orelse))
        return isinstance(node, ast.Call) and ast.unparse(node.func) in _CHEAP_CALLS and all(self.harmless(one) for one in node.args)
