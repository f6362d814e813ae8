"""Turns kernels, functions in a small subset of Python, into LLVM's intermediate representation.

Why not Numba: it needs a minute for these sources where this needs seconds, and it can't be told what every kernel here obeys: that arrays of
different names never overlap, and that a loop over the lanes may run its turns in any order. Both are what makes loops vectorise.

The subset: arithmetic, comparisons, `and or not`, `x if c else y`; assignment, `if`, `for` over a `range` or a constant tuple, `while`, `break`,
`continue`, `return`; indexing, slices of one-dimensional arrays; calls of other kernels, of `min max abs`, `np.sqrt np.floor np.abs` and of the casts
`np.float32 np.int64 np.int32 np.uint64 np.uint32 np.uint8`. Numbers follow NumPy's rules (NEP 50): plain Python constants take the type of
what they meet. Whatever is not in the subset, or mixes signed and unsigned numbers or integers and floats, is a `TranslationError` that names the line.
A kernel is monomorphic: it is translated once for each tuple of argument types, and once for each truth value given as a constant.
"""

import ast
import inspect
import struct
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import numpy as np


class TranslationError(Exception):
    """A kernel leaves the subset: where, and how."""


# --- types ------------------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Scalar:
    """A number: its name here, LLVM's type, and whether it is signed."""

    name: str
    llvm: str
    bytes: int
    kind: str  # f: float, i: signed, u: unsigned, b: truth

    @property
    def width(self) -> int:
        """Order of the integer types when two meet."""
        return self.bytes


@dataclass(frozen=True, slots=True)
class Array:
    """A C-contiguous array, or a view into one; `root` names the memory, and memories with different names never overlap."""

    item: Scalar
    axes: int
    root: str


@dataclass(frozen=True, slots=True)
class Record:
    """A NamedTuple of arrays or numbers."""

    cls: Any
    fields: tuple["Type", ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Several values that a function returns."""

    items: tuple["Type", ...]


@dataclass(frozen=True, slots=True)
class Known:
    """Something known while translating: a constant, a function, a module, a type."""

    value: Any


Type = Scalar | Array | Record | Group | Known

F32, F64 = Scalar("float32", "float", 4, "f"), Scalar("float64", "double", 8, "f")
I64, I32 = Scalar("int64", "i64", 8, "i"), Scalar("int32", "i32", 4, "i")
U64, U32, U8 = Scalar("uint64", "i64", 8, "u"), Scalar("uint32", "i32", 4, "u"), Scalar("uint8", "i8", 1, "u")
BOOL = Scalar("bool", "i1", 1, "b")
_SCALARS = {getattr(np, t.name if t is not BOOL else "bool_"): t for t in (F32, F64, I64, I32, U64, U32, U8, BOOL)}
_CASTS = {**_SCALARS, int: I64, bool: BOOL, float: F32}


def type_of_annotation(annotation: Any, root: str) -> Type:
    """The type behind an annotation: `int`, `float`, a NumPy number, `Annotated[NDArray[dtype], axes]`, or a NamedTuple class."""
    if annotation in _CASTS:
        return _CASTS[annotation]
    if get_origin(annotation) is Annotated:
        array, axes = get_args(annotation)
        return Array(_SCALARS[get_args(get_args(array)[1])[0]], axes, root)
    hints = get_type_hints(annotation, include_extras=True)
    return Record(annotation, tuple(type_of_annotation(hints[name], f"{annotation.__name__}.{name}") for name in annotation._fields))


def _parts(t: Type) -> list[str]:
    """LLVM types of the numbers that a value consists of: an array is a pointer and the steps of all axes but the last."""
    if isinstance(t, Scalar):
        return [t.llvm]
    if isinstance(t, Array):
        return ["ptr"] + ["i64"] * (t.axes - 1)
    items = t.fields if isinstance(t, Record) else t.items if isinstance(t, Group) else ()
    return [part for item in items for part in _parts(item)]


@dataclass(frozen=True, slots=True)
class Value:
    """A typed value: the LLVM operands that it consists of."""

    type: Type
    parts: tuple[str, ...] = ()


def _known(value: Any) -> Value:
    return Value(Known(value))


# --- the module -------------------------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Function:
    name: str
    result: Type | None


class Module:
    """One LLVM module: the functions reached from its entries, each translated once for each tuple of argument types."""

    def __init__(self, style: Callable[[Any], str | None], parallel: object) -> None:
        """Args:
        style: How a function is compiled: `inner` (put in place of each call), `shared` (one copy), or None: no kernel.
        parallel: The number of lanes; a loop over `range` of this very object may run its turns in any order.
        """
        self.style, self.parallel = style, parallel
        self._functions: dict[tuple[Any, ...], _Function] = {}
        self._text: list[str] = []
        self._metadata: list[str] = []
        self._roots: dict[str, int] = {}
        self._open: list[str] = []

    def entry(self, function: Callable[..., Any], name: str, types: list[Type]) -> Type | None:
        """Add a function that C can call: `void name(arguments..., int64* result)`; each number that it returns fills a word of the result.

        Integers are passed as int64; floats as the int64 that holds their bits; a record or an array as the address of int64 words: for each array its
        address, then the steps of all axes but the last, in elements.
        """
        called = self.function(function, types)
        lines, arguments, signature = [], [], []
        for k, t in enumerate(types):
            if isinstance(t, Scalar):
                signature.append(f"i64 %a{k}")
                operand = f"%a{k}"
                if t.kind == "f":
                    lines += [f"%b{k} = trunc i64 %a{k} to i32", f"%c{k} = bitcast i32 %b{k} to float"]
                    operand = f"%c{k}"
                elif t.llvm != "i64":
                    lines.append(f"%c{k} = trunc i64 %a{k} to {t.llvm}")
                    operand = f"%c{k}"
                arguments.append(f"{t.llvm} {operand}")
                continue
            signature.append(f"ptr %a{k}")
            for n, part in enumerate(_parts(t)):
                lines.append(f"%p{k}.{n} = getelementptr inbounds i64, ptr %a{k}, i64 {n}")
                lines.append(f"%v{k}.{n} = load {part}, ptr %p{k}.{n}, align 8")
                arguments.append(f"{part} %v{k}.{n}")
        result = called.result
        call = f"call {_result_type(result)} @{called.name}({', '.join(arguments)})"
        lines.append(call if result is None else f"%r = {call}")
        if isinstance(result, Scalar):
            lines += _returned(result, "%r", 0)
        elif isinstance(result, Group):
            for n, item in enumerate(result.items):
                if not isinstance(item, Scalar):
                    raise TranslationError(f"{function.__qualname__}: an entry returns numbers, not {_name(item)}")
                lines += [f"%r{n} = extractvalue {_result_type(result)} %r, {n}", *_returned(item, f"%r{n}", n)]
        body = "\n  ".join([*lines, "ret void"])
        self._text.append(f"define void @{name}({', '.join([*signature, 'ptr %result'])}) nounwind {{\n  {body}\n}}\n")
        return result

    def function(self, function: Callable[..., Any], types: list[Type]) -> _Function:
        """The translation of a kernel for these argument types."""
        key = (function, *types)
        if key not in self._functions:
            name = f"{function.__name__}.{len(self._functions) + len(self._open)}"
            if function.__qualname__ in self._open:
                raise TranslationError(f"{function.__qualname__}: kernels can't call themselves")
            self._open.append(function.__qualname__)
            text, result = _Body(self, function, types).translate(name)
            self._open.pop()
            self._text.append(text)
            self._functions[key] = _Function(name, result)
        return self._functions[key]

    def text(self) -> str:
        """The module as LLVM assembly."""
        scopes = len(self._roots)
        lines = [f"!{0} = distinct !{{!{0}, !\"memory\"}}"]
        for k in range(scopes):
            own, rest = 1 + 3 * k, ", ".join(f"!{1 + 3 * j}" for j in range(scopes) if j != k)
            lines += [f"!{own} = distinct !{{!{own}, !0}}", f"!{own + 1} = !{{!{own}}}", f"!{own + 2} = !{{{rest}}}"]
        declared = "".join(
            f"declare float @llvm.{name}.f32(float)\n" for name in ("sqrt", "floor", "fabs")
        ) + "declare i64 @llvm.fptosi.sat.i64.f32(float)\ndeclare i64 @llvm.fptoui.sat.i64.f32(float)\n"
        named = "\n".join(f"!{1000 + k} = {text}" for k, text in enumerate(self._metadata))
        return declared + "\n".join(self._text) + "\n" + "\n".join(lines) + "\n" + named + "\n"

    def scope(self, root: str) -> str:
        """The notes of a load or store that tell which memory it touches, and which it can't."""
        own = 1 + 3 * self._roots.setdefault(root, len(self._roots))
        constant = ", !invariant.load !{}" if root.startswith("World.") else ""
        return f", !alias.scope !{own + 1}, !noalias !{own + 2}{constant}"

    def note(self, text: str) -> str:
        """Add metadata; `{me}` in the text is its own number."""
        number = 1000 + len(self._metadata)
        self._metadata.append(text.replace("{me}", f"!{number}"))
        return f"!{number}"


def _returned(kind: Scalar, operand: str, n: int) -> list[str]:
    """Store a number that an entry returns in the n-th word of its result."""
    lines, stored, t = [f"%q{n} = getelementptr inbounds i64, ptr %result, i64 {n}"], operand, kind.llvm
    if kind.kind != "f" and kind.bytes < 8:
        lines.append(f"%w{n} = {'sext' if kind.kind == 'i' else 'zext'} {t} {operand} to i64")
        stored, t = f"%w{n}", "i64"
    return [*lines, f"store {t} {stored}, ptr %q{n}, align 8"]


def _result_type(result: Type | None) -> str:
    if result is None:
        return "void"
    parts = _parts(result)
    return parts[0] if isinstance(result, Scalar) else "{ " + ", ".join(parts) + " }"


# --- one function -----------------------------------------------------------------------------------------------------------------------------

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


@dataclass(slots=True)
class _Loop:
    again: str
    leave: str


class _Body:
    """Translates the body of one function for one tuple of argument types."""

    def __init__(self, module: Module, function: Callable[..., Any], types: list[Type]) -> None:
        self.module, self.function = module, function
        source, self.first_line = inspect.getsourcelines(function)
        self.file = inspect.getsourcefile(function)
        tree = ast.parse(textwrap.dedent("".join(source))).body[0]
        assert isinstance(tree, ast.FunctionDef)
        self.tree, self.globals = tree, function.__globals__
        names = [argument.arg for argument in tree.args.args]
        if len(names) != len(types):
            raise TranslationError(f"{function.__qualname__}: expected {len(names)} arguments ({', '.join(names)}), got {len(types)}")
        self.types = dict(zip(names, types, strict=True))
        self.lines: list[str] = []
        self.slots: dict[str, tuple[Type, tuple[str, ...]]] = {}
        self.allocas: list[str] = []
        self.known: dict[str, Known] = {}
        self.loops: list[_Loop] = []
        self.groups: list[str] = []
        self.result: Type | None = None
        self.returned = False
        self.done = False  # the current block has ended: what follows can't be reached
        self.count = 0

    def translate(self, name: str) -> tuple[str, Type | None]:
        """The function as text, and the type of what it returns."""
        signature = []
        for k, (argument, t) in enumerate(self.types.items()):
            if isinstance(t, Known):
                self.known[argument] = t
                continue
            parts = [(part, f"%arg{k}.{n}") for n, part in enumerate(_parts(t))]
            signature += [f"{part} {operand}" for part, operand in parts]
            self.bind(argument, Value(t, tuple(operand for _, operand in parts)))
        for statement in self.tree.body:
            self.statement(statement)
        if not self.done:
            if self.returned and self.result is not None:
                self.lines.append("unreachable")
            else:
                self.lines.append("ret void")
        inner = self.module.style(self.function) == "inner"
        head = f"define internal {_result_type(self.result)} @{name}({', '.join(signature)}) nounwind {'alwaysinline ' if inner else ''}{{"
        body = "\n".join(line if line.endswith(":") else "  " + line for line in [*self.allocas, *self.lines])
        return f"{head}\n{body}\n}}\n", self.result

    # --- writing ------------------------------------------------------------------------------------------------------------------------------

    def fail(self, node: ast.AST, what: str) -> TranslationError:
        line = self.first_line + getattr(node, "lineno", 1) - 1
        return TranslationError(f"{self.file}:{line} in {self.function.__qualname__}: {what}")

    def emit(self, text: str) -> str:
        self.count += 1
        self.lines.append(f"%v{self.count} = {text}")
        return f"%v{self.count}"

    def label(self) -> str:
        self.count += 1
        return f"L{self.count}"

    def begin(self, label: str) -> None:
        """Start a block, coming from the one before unless that has ended."""
        if not self.done:
            self.lines.append(f"br label %{label}")
        self.lines.append(f"{label}:")
        self.done = False

    def jump(self, text: str) -> None:
        if not self.done:
            self.lines.append(text)
        self.done = True

    def bind(self, name: str, value: Value) -> None:
        """Assign to a local variable; the first assignment gives it its type."""
        if isinstance(value.type, Known):
            if name not in self.slots and not isinstance(value.type.value, bool | int | float | np.generic):
                self.known[name] = value.type
                return
            value = self.convert(value, self.slots[name][0]) if name in self.slots else self.number(value)
        if name not in self.slots:
            self.count += 1
            places = tuple(f"%{name}.{self.count}.{n}" for n in range(len(value.parts)))
            self.allocas += [f"{place} = alloca {part}" for place, part in zip(places, _parts(value.type), strict=True)]
            self.slots[name] = value.type, places
        kind, places = self.slots[name]
        if kind != value.type:
            value = self.convert(value, kind)
        for place, part, operand in zip(places, _parts(kind), value.parts, strict=True):
            self.lines.append(f"store {part} {operand}, ptr {place}")

    # --- statements ---------------------------------------------------------------------------------------------------------------------------

    def statement(self, node: ast.stmt) -> None:
        if self.done:
            return
        method = getattr(self, "do_" + type(node).__name__, None)
        if method is None:
            raise self.fail(node, f"{type(node).__name__} is not in the subset")
        try:
            method(node)
        except TranslationError as error:
            if str(error).startswith("?"):
                raise self.fail(node, str(error)[1:]) from None
            raise

    def block(self, body: list[ast.stmt]) -> None:
        for statement in body:
            self.statement(statement)

    def do_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):  # a docstring
            self.value(node.value)

    def do_Pass(self, node: ast.Pass) -> None:
        """Nothing."""

    def do_Assign(self, node: ast.Assign) -> None:
        target = node.targets[0]
        if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            values = [self.value(item) for item in node.value.elts]
            for one, value in zip(target.elts, values, strict=True):
                self.assign(one, value)
        elif isinstance(target, ast.Tuple):
            for one, value in zip(target.elts, self.items(self.value(node.value), node), strict=True):
                self.assign(one, value)
        else:
            value = self.value(node.value)
            for one in node.targets:
                self.assign(one, value)

    def items(self, value: Value, node: ast.AST) -> list[Value]:
        """The members of a group."""
        if not isinstance(value.type, Group):
            raise self.fail(node, f"expected several values, got {_name(value.type)}")
        out, first = [], 0
        for item in value.type.items:
            size = len(_parts(item))
            out.append(Value(item, value.parts[first : first + size]))
            first += size
        return out

    def assign(self, target: ast.expr, value: Value) -> None:
        if isinstance(target, ast.Name):
            self.bind(target.id, value)
        elif isinstance(target, ast.Subscript):
            array = self.value(target.value)
            self.store(array, self.address(array, target), value, target)
        else:
            raise self.fail(target, f"can't assign to {type(target).__name__}")

    def do_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Subscript):
            array = self.value(node.target.value)
            address = self.address(array, node.target)
            old = self.load(array, address)
            self.store(array, address, self.binary(node.op, old, self.value(node.value), node), node)
        else:
            assert isinstance(node.target, ast.Name)
            self.bind(node.target.id, self.binary(node.op, self.value(ast.Name(node.target.id, ast.Load())), self.value(node.value), node))

    def do_If(self, node: ast.If) -> None:
        test = self.truth(self.value(node.test))
        if isinstance(test.type, Known):
            self.block(node.body if test.type.value else node.orelse)
            return
        yes, no, end = self.label(), self.label(), self.label()
        self.jump(f"br i1 {test.parts[0]}, label %{yes}, label %{no if node.orelse else end}")
        self.begin(yes)
        self.block(node.body)
        ended = self.done
        self.jump(f"br label %{end}")
        if node.orelse:
            self.begin(no)
            self.block(node.orelse)
            ended = ended and self.done
            self.jump(f"br label %{end}")
        else:
            ended = False
        if ended:
            self.done = True
        else:
            self.begin(end)

    def do_While(self, node: ast.While) -> None:
        test, body, end = self.label(), self.label(), self.label()
        self.begin(test)
        condition = self.truth(self.value(node.test))
        self.jump(f"br i1 {self.plain(condition).parts[0]}, label %{body}, label %{end}")
        self.begin(body)
        self.loops.append(_Loop(test, end))
        self.block(node.body)
        self.loops.pop()
        self.jump(f"br label %{test}")
        self.begin(end)

    def do_For(self, node: ast.For) -> None:
        if not isinstance(node.target, ast.Name):
            raise self.fail(node, "a loop has one variable")
        call = node.iter
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "range"):
            members = self.value(call)
            if not (isinstance(members.type, Known) and isinstance(members.type.value, tuple)):
                raise self.fail(node, "a loop goes over a range or a constant tuple")
            for member in members.type.value:
                self.known[node.target.id] = Known(member)
                self.block(node.body)
            return
        bounds = [self.value(argument) for argument in call.args]
        lanes = len(bounds) == 1 and isinstance(call.args[0], ast.Name) and self.globals.get(call.args[0].id) is self.module.parallel
        start, stop, step = self.range(bounds, node)
        with self.in_any_order(lanes) as note:
            self.count_up(node, start, stop, step, note)

    def range(self, bounds: list[Value], node: ast.AST) -> tuple[Value, Value, Value]:
        if len(bounds) == 1:
            bounds = [_known(0), *bounds]
        if len(bounds) == 2:
            bounds = [*bounds, _known(1)]
        kind: Type | None = next((b.type for b in bounds if not isinstance(b.type, Known)), None)
        kind = kind or next((self.number(b).type for b in bounds if isinstance(b.type, Known) and isinstance(b.type.value, np.generic)), I64)
        if not (isinstance(kind, Scalar) and kind.kind in "iu"):
            raise self.fail(node, "a range counts in integers")
        start, stop, step = (self.convert(b, kind) for b in bounds)
        return start, stop, step

    @contextmanager
    def in_any_order(self, lanes: bool) -> Iterator[str]:
        """Mark what a loop over the lanes reads and writes as independent between its turns."""
        if not lanes:
            yield ""
            return
        group = self.module.note("distinct !{}")
        independent = self.module.note(f'!{{!"llvm.loop.parallel_accesses", {group}}}')
        self.groups.append(group)
        try:
            # Not unrolled before the vectoriser has seen it; all lanes at once.
            whole = [f'!{{!"llvm.loop.vectorize.width", i32 {self.module.parallel}}}', '!{!"llvm.loop.unroll.disable"}']
            notes = ", ".join([independent, *(self.module.note(text) for text in whole)])
            yield ", !llvm.loop " + self.module.note(f"distinct !{{{{me}}, {notes}}}")
        finally:
            self.groups.pop()

    def count_up(self, node: ast.For, start: Value, stop: Value, step: Value, note: str) -> None:
        assert isinstance(node.target, ast.Name)
        assert isinstance(start.type, Scalar)
        kind, sign = start.type.llvm, "s" if start.type.kind == "i" else "u"
        self.count += 1
        place = f"%turn.{self.count}"
        self.allocas.append(f"{place} = alloca {kind}")
        self.lines.append(f"store {kind} {start.parts[0]}, ptr {place}")
        test, body, again, end = self.label(), self.label(), self.label(), self.label()
        self.begin(test)
        turn = self.emit(f"load {kind}, ptr {place}")
        order = "gt" if step.parts[0].startswith("-") else "lt"
        more = self.emit(f"icmp {sign}{order} {kind} {turn}, {stop.parts[0]}")
        self.jump(f"br i1 {more}, label %{body}, label %{end}")
        self.begin(body)
        self.bind(node.target.id, Value(start.type, (turn,)))
        self.loops.append(_Loop(again, end))
        self.block(node.body)
        self.loops.pop()
        self.begin(again)
        now = self.emit(f"load {kind}, ptr {place}")
        following = self.emit(f"add {'nsw' if sign == 's' else 'nuw'} {kind} {now}, {step.parts[0]}")
        self.lines.append(f"store {kind} {following}, ptr {place}")
        self.jump(f"br label %{test}{note}")
        self.begin(end)

    def do_Break(self, node: ast.Break) -> None:
        self.jump(f"br label %{self.loops[-1].leave}")

    def do_Continue(self, node: ast.Continue) -> None:
        self.jump(f"br label %{self.loops[-1].again}")

    def do_Return(self, node: ast.Return) -> None:
        value = None if node.value is None else self.plain(self.value(node.value))
        kind = None if value is None else value.type
        if self.returned and kind != self.result:
            raise self.fail(node, f"returns {_name(kind)} here, {_name(self.result)} before")
        self.result, self.returned = kind, True
        if value is None:
            self.jump("ret void")
        elif isinstance(kind, Scalar):
            self.jump(f"ret {kind.llvm} {value.parts[0]}")
        else:
            assert kind is not None
            whole, text = _result_type(kind), "undef"
            for n, (part, operand) in enumerate(zip(_parts(kind), value.parts, strict=True)):
                text = self.emit(f"insertvalue {whole} {text}, {part} {operand}, {n}")
            self.jump(f"ret {whole} {text}")

    # --- values -------------------------------------------------------------------------------------------------------------------------------

    def value(self, node: ast.expr) -> Value:
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
        return _known(node.value)

    def of_Name(self, node: ast.Name) -> Value:
        if node.id in self.slots:
            kind, places = self.slots[node.id]
            return Value(kind, tuple(self.emit(f"load {part}, ptr {place}") for part, place in zip(_parts(kind), places, strict=True)))
        if node.id in self.known:
            return Value(self.known[node.id])
        if node.id in self.globals:
            return _known(self.globals[node.id])
        builtin = {"min": min, "max": max, "abs": abs, "int": int, "bool": bool, "float": float}
        if node.id in builtin:
            return _known(builtin[node.id])
        raise self.fail(node, f"{node.id} has no value here")

    def of_Attribute(self, node: ast.Attribute) -> Value:
        owner = self.value(node.value)
        if isinstance(owner.type, Known) and isinstance(owner.type.value, ModuleType):
            return _known(getattr(owner.type.value, node.attr))
        if not isinstance(owner.type, Record) or node.attr not in owner.type.cls._fields:
            raise self.fail(node, f"{_name(owner.type)} has no field {node.attr}")
        first = 0
        for name, kind in zip(owner.type.cls._fields, owner.type.fields, strict=True):
            size = len(_parts(kind))
            if name == node.attr:
                return Value(kind, owner.parts[first : first + size])
            first += size
        raise AssertionError(node.attr)

    def of_Tuple(self, node: ast.Tuple) -> Value:
        values = [self.value(item) for item in node.elts]
        if all(isinstance(v.type, Known) for v in values):
            return _known(tuple(v.type.value for v in values))  # type: ignore[union-attr]
        values = [self.plain(v) for v in values]
        return Value(Group(tuple(v.type for v in values)), tuple(part for v in values for part in v.parts))

    def of_Subscript(self, node: ast.Subscript) -> Value:
        array = self.value(node.value)
        if not isinstance(array.type, Array):
            raise self.fail(node, f"{_name(array.type)} can't be indexed")
        kind = array.type
        if isinstance(node.slice, ast.Slice):
            if kind.axes != 1 or node.slice.lower is None or node.slice.step is not None:
                raise self.fail(node, "a slice is [first:last] of one axis")
            return Value(kind, (self.element(array, self.index(self.value(node.slice.lower), node)),))
        count = len(node.slice.elts) if isinstance(node.slice, ast.Tuple) else 1
        if count == kind.axes:
            return self.load(array, self.address(array, node))
        if count != 1:
            raise self.fail(node, f"expected 1 or {kind.axes} indices, got {count}")
        offset = self.emit(f"mul nsw i64 {self.index(self.value(node.slice), node)}, {array.parts[1]}")
        return Value(Array(kind.item, kind.axes - 1, kind.root), (self.element(array, offset), *array.parts[2:]))

    def index(self, value: Value, node: ast.AST) -> str:
        value = self.plain(value)
        if not (isinstance(value.type, Scalar) and value.type.kind in "iu"):
            raise self.fail(node, f"an index is an integer, not {_name(value.type)}")
        return self.convert(value, I64 if value.type.kind == "i" else U64).parts[0]

    def element(self, array: Value, offset: str) -> str:
        assert isinstance(array.type, Array)
        return self.emit(f"getelementptr inbounds {_memory(array.type.item)}, ptr {array.parts[0]}, i64 {offset}")

    def address(self, array: Value, node: ast.Subscript) -> str:
        """Where an element lies."""
        if not isinstance(array.type, Array):
            raise self.fail(node, f"{_name(array.type)} can't be indexed")
        indices = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if len(indices) != array.type.axes:
            raise self.fail(node, f"expected {array.type.axes} indices, got {len(indices)}")
        offset = None
        for k, one in enumerate(indices):
            at = self.index(self.value(one), node)
            if k < array.type.axes - 1:
                at = self.emit(f"mul nsw i64 {at}, {array.parts[1 + k]}")
            offset = at if offset is None else self.emit(f"add nsw i64 {offset}, {at}")
        assert offset is not None
        return self.element(array, offset)

    def notes(self, array: Array) -> str:
        return self.module.scope(array.root) + self.group_note()

    def group_note(self) -> str:
        if not self.groups:
            return ""
        group = self.groups[0] if len(self.groups) == 1 else self.module.note(f"!{{{', '.join(self.groups)}}}")
        return f", !llvm.access.group {group}"

    def load(self, array: Value, address: str) -> Value:
        assert isinstance(array.type, Array)
        item = array.type.item
        raw = self.emit(f"load {_memory(item)}, ptr {address}, align {item.bytes}{self.notes(array.type)}")
        return Value(item, (self.emit(f"icmp ne i8 {raw}, 0") if item is BOOL else raw,))

    def store(self, array: Value, address: str, value: Value, node: ast.AST) -> None:
        assert isinstance(array.type, Array)
        item = array.type.item
        stored = self.convert(value, U8 if item is BOOL else item, narrow=True).parts[0]
        notes = self.notes(array.type).replace(", !invariant.load !{}", "")
        self.lines.append(f"store {_memory(item)} {stored}, ptr {address}, align {item.bytes}{notes}")

    def of_UnaryOp(self, node: ast.UnaryOp) -> Value:
        value = self.value(node.operand)
        if isinstance(node.op, ast.Not):
            test = self.truth(value)
            if isinstance(test.type, Known):
                return _known(not test.type.value)
            return Value(BOOL, (self.emit(f"xor i1 {test.parts[0]}, true"),))
        if isinstance(value.type, Known) and not isinstance(value.type.value, np.generic):
            return _known(-value.type.value if isinstance(node.op, ast.USub) else ~value.type.value)
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
        return self.binary(node.op, self.value(node.left), self.value(node.right), node)

    def binary(self, op: ast.operator, a: Value, b: Value, node: ast.AST) -> Value:
        if isinstance(a.type, Known) and isinstance(b.type, Known):
            return _known(_FOLD[type(op)](a.type.value, b.type.value))
        a, b = self.meet(a, b, node)
        kind = a.type
        assert isinstance(kind, Scalar)
        x, y = a.parts[0], b.parts[0]
        name = type(op)
        if kind.kind == "f" and (name in _ARITHMETIC or name is ast.Div):
            return Value(kind, (self.emit(f"f{_ARITHMETIC.get(name, 'div')} {kind.llvm} {x}, {y}"),))
        if kind.kind in "iu" and name in _ARITHMETIC:
            flag = "nsw " if kind is I64 else ""
            return Value(kind, (self.emit(f"{_ARITHMETIC[name]} {flag}{kind.llvm} {x}, {y}"),))
        if kind.kind in "iub" and name in _BITS:
            return Value(kind, (self.emit(f"{_BITS[name]} {kind.llvm} {x}, {y}"),))
        if kind.kind in "iu" and name in (ast.LShift, ast.RShift):
            shift = "shl" if name is ast.LShift else "lshr" if kind.kind == "u" else "ashr"
            return Value(kind, (self.emit(f"{shift} {kind.llvm} {x}, {y}"),))
        if kind.kind in "iu" and name in (ast.FloorDiv, ast.Mod):
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
        values = [self.value(one) for one in [node.left, *node.comparators]]
        tests = [self.compare(op, a, b, node) for op, a, b in zip(node.ops, values, values[1:], strict=False)]
        out = tests[0]
        for test in tests[1:]:
            out = Value(BOOL, (self.emit(f"and i1 {self.plain(out).parts[0]}, {self.plain(test).parts[0]}"),))
        return out

    def compare(self, op: ast.cmpop, a: Value, b: Value, node: ast.AST) -> Value:
        if isinstance(a.type, Known) and isinstance(b.type, Known):
            return _known(bool(_FOLD[type(op)](a.type.value, b.type.value)))
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
        both = isinstance(node.op, ast.And)
        out = self.truth(self.value(node.values[0]))
        for one in node.values[1:]:
            if isinstance(out.type, Known):
                out = self.truth(self.value(one)) if bool(out.type.value) is both else out
            elif _harmless(one):
                other = self.plain(self.test(one))
                out = Value(BOOL, (self.emit(f"{'and' if both else 'or'} i1 {out.parts[0]}, {other.parts[0]}"),))
            else:
                right = partial(self.test, one)
                out = self.choose(out, right, lambda: _known(False)) if both else self.choose(out, lambda: _known(True), right)
        return out

    def test(self, node: ast.expr) -> Value:
        return self.truth(self.value(node))

    def of_IfExp(self, node: ast.IfExp) -> Value:
        test = self.truth(self.value(node.test))
        if isinstance(test.type, Known):
            return self.value(node.body if test.type.value else node.orelse)
        if _harmless(node.body) and _harmless(node.orelse):
            a, b = self.value(node.body), self.value(node.orelse)
            if isinstance(a.type, Known) and isinstance(b.type, Known):
                a, b = self.number(a), self.number(b)
            a, b = self.meet(a, b, node)
            assert isinstance(a.type, Scalar)
            return Value(a.type, (self.emit(f"select i1 {test.parts[0]}, {a.type.llvm} {a.parts[0]}, {b.type.llvm} {b.parts[0]}"),))  # type: ignore[union-attr]
        return self.choose(test, lambda: self.value(node.body), lambda: self.value(node.orelse))

    def choose(self, test: Value, then: Callable[[], Value], other: Callable[[], Value]) -> Value:
        """One of two values, computing only that one."""
        yes, no, end = self.label(), self.label(), self.label()
        self.jump(f"br i1 {test.parts[0]}, label %{yes}, label %{no}")
        self.begin(yes)
        a = then()
        here = len(self.lines)  # the type to store is known only when the other one is
        self.jump(f"br label %{end}")
        self.begin(no)
        b = other()
        kind = (b if isinstance(a.type, Known) else a).type
        kind = self.number(a).type if isinstance(kind, Known) else kind
        if isinstance(a.type, Known):
            a = self.convert(a, kind)
        if isinstance(b.type, Known):
            b = self.convert(b, kind)
        if not a.type == b.type == kind:
            raise TranslationError(f"?a choice between {_name(a.type)} and {_name(b.type)}")
        self.count += 1
        places = [(part, f"%choice.{self.count}.{n}") for n, part in enumerate(_parts(kind))]
        self.allocas += [f"{place} = alloca {part}" for part, place in places]
        self.lines[here:here] = [f"store {part} {operand}, ptr {place}" for (part, place), operand in zip(places, a.parts, strict=True)]
        self.lines += [f"store {part} {operand}, ptr {place}" for (part, place), operand in zip(places, b.parts, strict=True)]
        self.begin(end)
        return Value(kind, tuple(self.emit(f"load {part}, ptr {place}") for part, place in places))

    # --- calls --------------------------------------------------------------------------------------------------------------------------------

    def of_Call(self, node: ast.Call) -> Value:
        if node.keywords:
            raise self.fail(node, "arguments are given by position")
        target = self.value(node.func)
        if not isinstance(target.type, Known):
            raise self.fail(node, "only functions can be called")
        function, values = target.type.value, [self.value(argument) for argument in node.args]
        if self.module.style(function) is not None:
            return self.call(function, values)
        if function in _CASTS:
            return self.cast(values[0], _CASTS[function])
        if function in (min, max):
            return self.extreme(values, "lt" if function is min else "gt", node)
        if function in (np.sqrt, np.floor, np.abs, abs):
            return self.elementary(function, values[0], node)
        if isinstance(function, type) and hasattr(function, "_fields"):
            values = [self.plain(v) for v in values]
            return Value(Record(function, tuple(v.type for v in values)), tuple(part for v in values for part in v.parts))
        raise self.fail(node, f"{ast.unparse(node.func)} is no kernel and not in the subset")

    def call(self, function: Callable[..., Any], values: list[Value]) -> Value:
        # A truth given as a constant makes a version of its own: loops over lanes keep no test inside.
        values = [v if isinstance(v.type, Known) and isinstance(v.type.value, bool) else self.plain(v) for v in values]
        called = self.module.function(inspect.unwrap(function), [v.type for v in values])
        arguments = ", ".join(f"{part} {operand}" for v in values for part, operand in zip(_parts(v.type), v.parts, strict=True))
        text = f"call {_result_type(called.result)} @{called.name}({arguments}){self.group_note()}"
        if called.result is None:
            self.lines.append(text)
            return _known(None)
        whole = self.emit(text)
        if isinstance(called.result, Scalar):
            return Value(called.result, (whole,))
        count = len(_parts(called.result))
        return Value(called.result, tuple(self.emit(f"extractvalue {_result_type(called.result)} {whole}, {n}") for n in range(count)))

    def cast(self, value: Value, kind: Scalar) -> Value:
        if isinstance(value.type, Known):
            return Value(kind, (_constant(value.type.value, kind),))
        old = value.type
        assert isinstance(old, Scalar)
        x, t = value.parts[0], old.llvm
        if kind is BOOL:
            return self.truth(value)
        if old.kind == "f" and kind.kind == "f":
            return value if old == kind else Value(kind, (self.emit(f"{'fpext' if kind.bytes > old.bytes else 'fptrunc'} {t} {x} to {kind.llvm}"),))
        if kind.kind == "f":
            return Value(kind, (self.emit(f"{'sitofp' if old.kind == 'i' else 'uitofp'} {t} {x} to {kind.llvm}"),))
        if old.kind == "f":  # clamped, where C leaves it undefined: every machine gives the same
            wide = self.emit(f"call i64 @llvm.fpto{'si' if kind.kind == 'i' else 'ui'}.sat.i64.f32(float {x})")
            return Value(kind, (wide if kind.bytes == 8 else self.emit(f"trunc i64 {wide} to {kind.llvm}"),))
        return self.resize(value, kind)

    def resize(self, value: Value, kind: Scalar) -> Value:
        old = value.type
        assert isinstance(old, Scalar)
        if old.llvm == kind.llvm:
            return Value(kind, value.parts)
        how = "trunc" if kind.bytes < old.bytes and old is not BOOL else "sext" if old.kind == "i" else "zext"
        return Value(kind, (self.emit(f"{how} {old.llvm} {value.parts[0]} to {kind.llvm}"),))

    def extreme(self, values: list[Value], order: str, node: ast.AST) -> Value:
        """As Python's: of equal ones, and where NaN comes second, the first."""
        out = values[0]
        for value in values[1:]:
            if isinstance(out.type, Known) and isinstance(value.type, Known):
                out = _known((min if order == "lt" else max)(out.type.value, value.type.value))
                continue
            out, value = self.meet(out, value, node)
            kind = out.type
            assert isinstance(kind, Scalar)
            sign = {"f": "fcmp o", "i": "icmp s"}.get(kind.kind, "icmp u")
            test = self.emit(f"{sign}{order} {kind.llvm} {value.parts[0]}, {out.parts[0]}")
            out = Value(kind, (self.emit(f"select i1 {test}, {kind.llvm} {value.parts[0]}, {kind.llvm} {out.parts[0]}"),))
        return out

    def elementary(self, function: Any, value: Value, node: ast.AST) -> Value:
        value = self.plain(value)
        kind = value.type
        if isinstance(kind, Scalar) and kind.kind == "i" and function in (abs, np.abs):
            test = self.emit(f"icmp slt {kind.llvm} {value.parts[0]}, 0")
            return Value(kind, (self.emit(f"select i1 {test}, {kind.llvm} {self.emit(f'sub {kind.llvm} 0, {value.parts[0]}')}, {kind.llvm} {value.parts[0]}"),))
        if kind != F32:
            raise self.fail(node, f"expected float32, got {_name(kind)}")
        name = {np.sqrt: "sqrt", np.floor: "floor"}.get(function, "fabs")
        return Value(F32, (self.emit(f"call float @llvm.{name}.f32(float {value.parts[0]})"),))

    # --- conversions --------------------------------------------------------------------------------------------------------------------------

    def plain(self, value: Value) -> Value:
        """A value with operands: constants become numbers."""
        return self.number(value) if isinstance(value.type, Known) else value

    def number(self, value: Value) -> Value:
        assert isinstance(value.type, Known)
        known = value.type.value
        if isinstance(known, tuple):
            members = [self.number(_known(member)) for member in known]
            return Value(Group(tuple(m.type for m in members)), tuple(part for m in members for part in m.parts))
        kind = _SCALARS.get(type(known)) if isinstance(known, np.generic) else _CASTS.get(type(known))
        if kind is None:
            raise TranslationError(f"?{known!r} is no number")
        return Value(kind, (_constant(known, kind),))

    def truth(self, value: Value) -> Value:
        if isinstance(value.type, Known):
            return _known(bool(value.type.value))
        kind = value.type
        if kind is BOOL or kind == BOOL:
            return value
        if not isinstance(kind, Scalar):
            raise TranslationError(f"?{_name(kind)} is neither true nor false")
        test = f"fcmp une {kind.llvm} {value.parts[0]}, 0.0" if kind.kind == "f" else f"icmp ne {kind.llvm} {value.parts[0]}, 0"
        return Value(BOOL, (self.emit(test),))

    def meet(self, a: Value, b: Value, node: ast.AST) -> tuple[Value, Value]:
        """Two numbers as one type, by NumPy's rules; what would lose bits or become float64 is refused."""
        a, b = (self.number(v) if isinstance(v.type, Known) and isinstance(v.type.value, np.generic) else v for v in (a, b))
        if isinstance(a.type, Known):
            return (self.convert(a, b.type), b) if not isinstance(b.type, Known) else (self.number(a), self.number(b))
        if isinstance(b.type, Known):
            return a, self.convert(b, a.type)
        if a.type == b.type:
            return a, b
        x, y = a.type, b.type
        if {x, y} == {I64, U64}:
            return Value(I64, a.parts), Value(I64, b.parts)
        if not (isinstance(x, Scalar) and isinstance(y, Scalar)):
            raise self.fail(node, f"{_name(x)} and {_name(y)} don't go together")
        if "f" not in x.kind + y.kind and (x.kind == y.kind or BOOL in (x, y) or (x.bytes != y.bytes and max(x, y, key=lambda t: t.bytes).kind == "i")):
            kind = max(x, y, key=lambda t: (t is not BOOL, t.bytes))
            return self.resize(a, kind), self.resize(b, kind)
        raise self.fail(node, f"{x.name} and {y.name} don't go together: cast one")

    def convert(self, value: Value, kind: Type, narrow: bool = False) -> Value:
        """A value as another type, where nothing is lost; with `narrow` integers may be cut, as in a store to an array."""
        if value.type == kind:
            return value
        if isinstance(value.type, Known) and isinstance(kind, Group):
            value = self.number(value)
            if value.type == kind:
                return value
        if isinstance(value.type, Known) and isinstance(kind, Scalar):
            known = value.type.value
            if not isinstance(known, bool | int | float | np.generic):
                raise TranslationError(f"?{known!r} is no number")
            if kind.kind in "iub" and isinstance(known, float | np.floating):
                raise TranslationError(f"?{known!r} is no {kind.name}")
            return Value(kind, (_constant(known, kind),))
        if isinstance(value.type, Scalar) and isinstance(kind, Scalar) and "f" not in value.type.kind + kind.kind:
            old = value.type
            if {old, kind} == {I64, U64}:
                return Value(kind, value.parts)
            if narrow or old is BOOL or (kind.kind == old.kind and kind.bytes > old.bytes) or (kind.kind == "i" and kind.bytes > old.bytes):
                return self.resize(value, kind)
        raise TranslationError(f"?{_name(value.type)} where {_name(kind)} is kept")


def _memory(item: Scalar) -> str:
    """LLVM's type of an element in memory: truths take a byte."""
    return "i8" if item is BOOL else item.llvm


def _constant(value: Any, kind: Scalar) -> str:
    if kind.kind == "f":
        number = float(np.float32(value)) if kind is F32 else float(value)
        return f"0x{struct.unpack('<Q', struct.pack('<d', number))[0]:016X}"
    if kind is BOOL:
        return "true" if value else "false"
    return str(int(value))


def _harmless(node: ast.expr) -> bool:
    """Whether a value can be computed though nobody asks for it: it touches no memory and calls no kernel."""
    if isinstance(node, ast.Constant | ast.Name):
        return True
    if isinstance(node, ast.UnaryOp):
        return _harmless(node.operand)
    if isinstance(node, ast.BinOp):
        return not isinstance(node.op, ast.FloorDiv | ast.Mod) and _harmless(node.left) and _harmless(node.right)
    if isinstance(node, ast.Compare):
        return all(_harmless(one) for one in [node.left, *node.comparators])
    if isinstance(node, ast.BoolOp):
        return all(_harmless(one) for one in node.values)
    if isinstance(node, ast.IfExp):
        return all(_harmless(one) for one in (node.test, node.body, node.orelse))
    return isinstance(node, ast.Call) and ast.unparse(node.func) in _CHEAP_CALLS and all(_harmless(one) for one in node.args)


_CHEAP_CALLS = {"F", "U", "min", "max", "abs", "np.sqrt", "np.floor", "np.abs", "np.float32", "np.int64", "np.int32", "np.uint32", "np.uint64"}


def _name(kind: Type | None) -> str:
    if kind is None:
        return "nothing"
    if isinstance(kind, Scalar):
        return kind.name
    if isinstance(kind, Array):
        return f"{kind.item.name} array of {kind.axes} axes"
    if isinstance(kind, Record):
        return str(kind.cls.__name__)
    if isinstance(kind, Group):
        return f"({', '.join(_name(item) for item in kind.items)})"
    return repr(kind.value)
