"""Writes the instructions of one function: blocks, local variables, and conversions between types."""

import ast
import inspect
import textwrap
from collections.abc import Callable
from typing import Any

import numpy as np

from .ir import BOOL, CASTS, SCALARS, Group, Known, Scalar, TranslationError, Type, Value, constant, known, name_of, parts
from .module import Module


class Writer:
    """The text of one function for one tuple of argument types, as far as it is written."""

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
        self.groups: list[str] = []
        self.done = False  # the current block has ended: what follows can't be reached
        self.count = 0

    def fail(self, node: ast.AST, what: str) -> TranslationError:
        """An error that names the line."""
        return TranslationError(f"{self.file}:{self.line_of(node)} in {self.function.__qualname__}: {what}")

    def line_of(self, node: ast.AST) -> int:
        """Line of the file where something stands."""
        line: int = self.first_line + getattr(node, "lineno", 1) - 1
        return line

    def emit(self, text: str) -> str:
        """Write an instruction; returns the name of its result."""
        self.count += 1
        self.lines.append(f"%v{self.count} = {text}")
        return f"%v{self.count}"

    def label(self) -> str:
        """A new name for a block."""
        self.count += 1
        return f"L{self.count}"

    def begin(self, label: str) -> None:
        """Start a block, coming from the one before unless that has ended."""
        if not self.done:
            self.lines.append(f"br label %{label}")
        self.lines.append(f"{label}:")
        self.done = False

    def jump(self, text: str) -> None:
        """End the block, unless it has ended."""
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
            self.allocas += [f"{place} = alloca {part}" for place, part in zip(places, parts(value.type), strict=True)]
            self.slots[name] = value.type, places
        kind, places = self.slots[name]
        if kind != value.type:
            value = self.convert(value, kind)
        for place, part, operand in zip(places, parts(kind), value.parts, strict=True):
            self.lines.append(f"store {part} {operand}, ptr {place}")

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
            raise TranslationError(f"?a choice between {name_of(a.type)} and {name_of(b.type)}")
        self.count += 1
        places = [(part, f"%choice.{self.count}.{n}") for n, part in enumerate(parts(kind))]
        self.allocas += [f"{place} = alloca {part}" for part, place in places]
        self.lines[here:here] = [f"store {part} {operand}, ptr {place}" for (part, place), operand in zip(places, a.parts, strict=True)]
        self.lines += [f"store {part} {operand}, ptr {place}" for (part, place), operand in zip(places, b.parts, strict=True)]
        self.begin(end)
        return Value(kind, tuple(self.emit(f"load {part}, ptr {place}") for part, place in places))

    # --- conversions --------------------------------------------------------------------------------------------------------------------------

    def plain(self, value: Value) -> Value:
        """A value with operands: constants become numbers."""
        return self.number(value) if isinstance(value.type, Known) else value

    def number(self, value: Value) -> Value:
        """A constant as a number of its own type."""
        assert isinstance(value.type, Known)
        number = value.type.value
        if isinstance(number, tuple):
            members = [self.number(known(member)) for member in number]
            return Value(Group(tuple(m.type for m in members)), tuple(part for m in members for part in m.parts))
        kind = SCALARS.get(type(number)) if isinstance(number, np.generic) else CASTS.get(type(number))
        if kind is None:
            raise TranslationError(f"?{number!r} is no number")
        return Value(kind, (constant(number, kind),))

    def truth(self, value: Value) -> Value:
        """A value as a truth: not zero."""
        if isinstance(value.type, Known):
            return known(bool(value.type.value))
        kind = value.type
        if kind is BOOL or kind == BOOL:
            return value
        if not isinstance(kind, Scalar):
            raise TranslationError(f"?{name_of(kind)} is neither true nor false")
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
        if not (isinstance(x, Scalar) and isinstance(y, Scalar)):
            raise self.fail(node, f"{name_of(x)} and {name_of(y)} don't go together")
        if "f" not in x.kind + y.kind and (
            x.kind == y.kind or BOOL in (x, y) or (x.bytes != y.bytes and max(x, y, key=lambda t: t.bytes).kind == "i")
        ):
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
            number = value.type.value
            if not isinstance(number, bool | int | float | np.generic):
                raise TranslationError(f"?{number!r} is no number")
            if kind.kind in "iub" and isinstance(number, float | np.floating):
                raise TranslationError(f"?{number!r} is no {kind.name}")
            return Value(kind, (constant(number, kind),))
        if isinstance(value.type, Scalar) and isinstance(kind, Scalar) and "f" not in value.type.kind + kind.kind:
            old = value.type
            if narrow or old is BOOL or (kind.kind == old.kind and kind.bytes > old.bytes) or (kind.kind == "i" and kind.bytes > old.bytes):
                return self.resize(value, kind)
        raise TranslationError(f"?{name_of(value.type)} where {name_of(kind)} is kept")

    def cast(self, value: Value, kind: Scalar) -> Value:
        """A value as another type, as `np.float32(x)` does it."""
        if isinstance(value.type, Known):
            return Value(kind, (constant(value.type.value, kind),))
        old = value.type
        assert isinstance(old, Scalar)
        x, t = value.parts[0], old.llvm
        if kind is BOOL:
            return self.truth(value)
        if old.kind == "f" and kind.kind == "f":
            return (
                value
                if old == kind
                else Value(kind, (self.emit(f"{'fpext' if kind.bytes > old.bytes else 'fptrunc'} {t} {x} to {kind.llvm}"),))
            )
        if kind.kind == "f":
            return Value(kind, (self.emit(f"{'sitofp' if old.kind == 'i' else 'uitofp'} {t} {x} to {kind.llvm}"),))
        if old.kind == "f":  # clamped, where C leaves it undefined: every machine gives the same
            wide = self.emit(f"call i64 @llvm.fpto{'si' if kind.kind == 'i' else 'ui'}.sat.i64.f32(float {x})")
            return Value(kind, (wide if kind.bytes == 8 else self.emit(f"trunc i64 {wide} to {kind.llvm}"),))
        return self.resize(value, kind)

    def resize(self, value: Value, kind: Scalar) -> Value:
        """An integer with another number of bits."""
        old = value.type
        assert isinstance(old, Scalar)
        if old.llvm == kind.llvm:
            return Value(kind, value.parts)
        how = "trunc" if kind.bytes < old.bytes and old is not BOOL else "sext" if old.kind == "i" else "zext"
        return Value(kind, (self.emit(f"{how} {old.llvm} {value.parts[0]} to {kind.llvm}"),))
