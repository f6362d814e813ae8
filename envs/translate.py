"""Turns kernels, functions in a small subset of Python, into LLVM's intermediate representation.

Why not Numba: it needs a minute for these sources where this needs seconds, and it can't be told what every kernel here obeys: that arrays of
different names never overlap, and that a loop over the lanes may run its turns in any order. Both are what makes loops vectorise.

The subset: arithmetic, comparisons, `and or not`, `x if c else y`; assignment, `if`, `for` over a `range` or a constant tuple, `while`, `break`,
`continue`, `return`; indexing, slices of one-dimensional arrays; calls of other kernels, of `min max abs`, `np.sqrt np.floor np.abs` and of the casts
`np.float32 np.int64 np.int32 np.uint64 np.uint32 np.uint8`. Numbers follow NumPy's rules (NEP 50): plain Python constants take the type of
what they meet. An attribute of a module, or of a class of constants (see layout.py), is the constant that it is. Whatever is not in the subset, or mixes
signed and unsigned numbers or integers and floats, is a `TranslationError` that names the line.
A kernel is monomorphic: it is translated once for each tuple of argument types, and once for each truth value given as a constant.

A checked module holds every index against its axis and every divisor of integers against 0; where one doesn't fit, 0 (or 1) takes its place and the entry
tells the line. It gives the same bits, much slower: for tests that no index outside its array is ever computed.
"""

import ast
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .ir_types import I64, Group, Known, Scalar, TranslationError, Type, Value, known, name_of, parts, result_type, type_of_annotation
from .ir_values import Values

__all__ = ["Module", "TranslationError", "place_of", "type_of_annotation"]


@dataclass(slots=True)
class _Function:
    name: str
    result: Type | None


class Module:
    """One LLVM module: the functions reached from its entries, each translated once for each tuple of argument types."""

    def __init__(self, style: Callable[[Any], str | None], lanes: int, checked: bool = False) -> None:
        """Args:
        style: How a function is compiled: `inner` (put in place of each call), `shared` (one copy), or None: no kernel.
        lanes: The number of lanes; a loop over `range(LANES)` may run its turns in any order.
        checked: Whether indices are held against their arrays.
        """
        self.style, self.lanes, self.checked = style, lanes, checked
        self._functions: dict[tuple[Any, ...], _Function] = {}
        self._text: list[str] = []
        self._metadata: list[str] = []
        self._roots: dict[str, int] = {}
        self._open: list[str] = []

    def entry(self, function: Callable[..., Any], name: str, types: list[Type]) -> Type | None:
        """Add a function that C can call: `void name(arguments..., int64* result)`; each number that it returns fills a word of the result.

        Integers are passed as int64; floats as the int64 that holds their bits; a record or an array as the address of int64 words: for each array its
        address, then the steps of all axes but the last, in elements. In a checked module the number of its elements follows, and behind the result's
        words stands one for the first index that lay outside its array (see `place_of`), 0 for none.
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
            for n, part in enumerate(parts(t)):
                lines.append(f"%p{k}.{n} = getelementptr inbounds i64, ptr %a{k}, i64 {n}")
                lines.append(f"%v{k}.{n} = load {part}, ptr %p{k}.{n}, align 8")
                arguments.append(f"{part} %v{k}.{n}")
        result = called.result
        call = f"call {result_type(result)} @{called.name}({', '.join(arguments)})"
        lines.append(call if result is None else f"%r = {call}")
        if isinstance(result, Scalar):
            lines += _returned(result, "%r", 0)
        elif isinstance(result, Group):
            for n, item in enumerate(result.items):
                if not isinstance(item, Scalar):
                    raise TranslationError(f"{function.__qualname__}: an entry returns numbers, not {name_of(item)}")
                lines += [f"%r{n} = extractvalue {result_type(result)} %r, {n}", *_returned(item, f"%r{n}", n)]
        if self.checked:
            behind = 0 if result is None else len(parts(result))
            lines += [f"%told = getelementptr inbounds i64, ptr %result, i64 {behind}", "%site = load i64, ptr @outside", "store i64 %site, ptr %told, align 8",
                      "store i64 0, ptr @outside"]  # fmt: skip
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
        return declared + (_CHECK if self.checked else "") + "\n".join(self._text) + "\n" + "\n".join(lines) + "\n" + named + "\n"

    def scope(self, root: str) -> str:
        """The notes of a load or store that tell which memory it touches, and which it can't."""
        own = 1 + 3 * self._roots.setdefault(root, len(self._roots))
        constant = ", !invariant.load !{}" if root.startswith("World.") else ""
        return f", !alias.scope !{own + 1}, !noalias !{own + 2}{constant}"

    def site(self, file: str | None, line: int) -> int:
        """A number for a line of a file, the same in every process."""
        return (zlib.crc32(Path(file or "").name.encode()) << 20) | line

    def note(self, text: str) -> str:
        """Add metadata; `{me}` in the text is its own number."""
        number = 1000 + len(self._metadata)
        self._metadata.append(text.replace("{me}", f"!{number}"))
        return f"!{number}"


_CHECK = """@outside = internal global i64 0
define internal void @held_against(i1 %fits, i64 %site) nounwind {
  br i1 %fits, label %fine, label %wrong
wrong:
  %before = load i64, ptr @outside
  %first = icmp eq i64 %before, 0
  %told = select i1 %first, i64 %site, i64 %before
  store i64 %told, ptr @outside
  br label %fine
fine:
  ret void
}
"""


def place_of(site: int, files: Iterable[str]) -> str:
    """File and line of a site that a checked kernel told."""
    names = {zlib.crc32(name.encode()): name for name in files}
    return f"{names.get(site >> 20, '?')}:{site & (1 << 20) - 1}"


def _returned(kind: Scalar, operand: str, n: int) -> list[str]:
    """Store a number that an entry returns in the n-th word of its result."""
    lines, stored, t = [f"%q{n} = getelementptr inbounds i64, ptr %result, i64 {n}"], operand, kind.llvm
    if kind.kind != "f" and kind.bytes < 8:
        lines.append(f"%w{n} = {'sext' if kind.kind == 'i' else 'zext'} {t} {operand} to i64")
        stored, t = f"%w{n}", "i64"
    return [*lines, f"store {t} {stored}, ptr %q{n}, align 8"]


@dataclass(slots=True)
class _Loop:
    again: str
    leave: str


class _Body(Values):
    """Translates a whole function: `do_X` for the statement X of Python's `ast`."""

    def __init__(self, module: Module, function: Callable[..., Any], types: list[Type]) -> None:
        super().__init__(module, function, types)
        self.loops: list[_Loop] = []
        self.result: Type | None = None
        self.returned = False

    def translate(self, name: str) -> tuple[str, Type | None]:
        """The function as text, and the type of what it returns."""
        signature = []
        for k, (argument, t) in enumerate(self.types.items()):
            if isinstance(t, Known):
                self.known[argument] = t
                continue
            operands = [(part, f"%arg{k}.{n}") for n, part in enumerate(parts(t))]
            signature += [f"{part} {operand}" for part, operand in operands]
            self.bind(argument, Value(t, tuple(operand for _, operand in operands)))
        for statement in self.tree.body:
            self.statement(statement)
        if not self.done:
            if self.returned and self.result is not None:
                self.lines.append("unreachable")
            else:
                self.lines.append("ret void")
        inner = self.module.style(self.function) == "inner"
        head = f"define internal {result_type(self.result)} @{name}({', '.join(signature)}) nounwind {'alwaysinline ' if inner else ''}{{"
        body = "\n".join(line if line.endswith(":") else "  " + line for line in [*self.allocas, *self.lines])
        return f"{head}\n{body}\n}}\n", self.result

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
        lanes = len(bounds) == 1 and isinstance(call.args[0], ast.Name) and call.args[0].id == "LANES"
        start, stop, step = self.range(bounds, node)
        with self.in_any_order(lanes) as note:
            self.count_up(node, start, stop, step, note)

    def range(self, bounds: list[Value], node: ast.AST) -> tuple[Value, Value, Value]:
        if len(bounds) == 1:
            bounds = [known(0), *bounds]
        if len(bounds) == 2:
            bounds = [*bounds, known(1)]
        kind: Type | None = next((b.type for b in bounds if not isinstance(b.type, Known)), None)
        kind = kind or next((self.number(b).type for b in bounds if isinstance(b.type, Known) and isinstance(b.type.value, np.generic)), I64)
        if not (isinstance(kind, Scalar) and kind.kind in "iu"):
            raise self.fail(node, "a range counts in integers")
        start, stop, step = (self.convert(b, kind) for b in bounds)
        return start, stop, step

    @contextmanager
    def in_any_order(self, lanes: bool) -> Iterator[str]:
        """Mark what a loop over the lanes reads and writes as independent between its turns."""
        if not lanes or self.module.checked:
            yield ""
            return
        group = self.module.note("distinct !{}")
        independent = self.module.note(f'!{{!"llvm.loop.parallel_accesses", {group}}}')
        self.groups.append(group)
        try:
            # Not unrolled before the vectoriser has seen it; all lanes at once.
            whole = [f'!{{!"llvm.loop.vectorize.width", i32 {self.module.lanes}}}', '!{!"llvm.loop.unroll.disable"}']
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
            raise self.fail(node, f"returns {name_of(kind)} here, {name_of(self.result)} before")
        self.result, self.returned = kind, True
        if value is None:
            self.jump("ret void")
        elif isinstance(kind, Scalar):
            self.jump(f"ret {kind.llvm} {value.parts[0]}")
        else:
            assert kind is not None
            whole, text = result_type(kind), "undef"
            for n, (part, operand) in enumerate(zip(parts(kind), value.parts, strict=True)):
                text = self.emit(f"insertvalue {whole} {text}, {part} {operand}, {n}")
            self.jump(f"ret {whole} {text}")
