"""Turns kernels, functions in a small subset of Python, into LLVM's intermediate representation.

Why not Numba: it needs a minute for these sources where this needs seconds, and it can't be told what every kernel here obeys: that arrays of
different names never overlap, and that a loop over the lanes may run its turns in any order. Both are what makes loops vectorise.

The subset: arithmetic, comparisons, `and or not`, `x if c else y`; assignment, `if`, `for` over a `range` or a constant tuple, `while`, `break`,
`continue`, `return`; indexing, rows, slices of the first axis; calls of other kernels, of `min max abs`, `np.sqrt np.floor np.abs` and of the casts
`np.float32 np.int64 np.int32 np.uint64 np.uint32 np.uint8`. Numbers follow NumPy's rules (NEP 50): plain Python constants take the type of
what they meet. An attribute of a module, or of a class of constants (as in kernels/world/layout), is the constant that it is. Whatever is not in the subset, or mixes
signed and unsigned numbers or integers and floats, is a `TranslationError` that names the line.
A kernel is monomorphic: it is translated once for each tuple of argument types, and once for each truth value given as a constant.

A checked module holds every index against its axis and every divisor of integers against 0; where one doesn't fit, 0 (or 1) takes its place and the entry
tells the line. It gives the same bits, much slower: for tests that no index outside its array is ever computed.
"""

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from .expressions import Values
from .ir import I64, LANES, Known, Scalar, TranslationError, Type, Value, known, name_of, parts, result_type
from .module import Module


def translate(module: Module, function: Callable[..., Any], types: list[Type], name: str) -> tuple[str, Type | None]:
    """A kernel for these argument types as a function of a module: its text, and the type of what it returns."""
    return _Body(module, function, types).translate(name)


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
        kind = kind or next(
            (self.number(b).type for b in bounds if isinstance(b.type, Known) and isinstance(b.type.value, np.generic)), I64
        )
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
            whole = [f'!{{!"llvm.loop.vectorize.width", i32 {LANES}}}', '!{!"llvm.loop.unroll.disable"}']
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
