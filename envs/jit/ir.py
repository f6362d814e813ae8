"""The types and values of kernels, and what they are in LLVM."""

import struct
from dataclasses import dataclass, replace
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import numpy as np

LANES = 16
"""Turns of a loop over `range(LANES)`, which may run in any order: 16 float32 are one cache line, two AVX2 registers or one AVX-512 register."""


class TranslationError(Exception):
    """A kernel leaves the subset: where, and how."""


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
    """A C-contiguous array, or a view into one; `root` names the memory, and memories with different names never overlap.

    `last` is the length of the last of several axes where it is known while translating, else 0. One that is `checked` carries the number of its elements
    behind its steps, so that every index can be held against it.
    """

    item: Scalar
    axes: int
    root: str
    checked: bool = False
    last: int = 0

    def row(self) -> "Array":
        """What one index leaves of it."""
        return replace(self, axes=self.axes - 1, last=self.last if self.axes > 2 else 0)


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
SCALARS = {getattr(np, t.name if t is not BOOL else "bool_"): t for t in (F32, F64, I64, I32, U64, U32, U8, BOOL)}
CASTS = {**SCALARS, int: I64, bool: BOOL, float: F32}


def type_of_annotation(annotation: Any, root: str, checked: bool = False) -> Type:
    """The type behind an annotation: `int`, `float`, a NumPy number, a NamedTuple class, or `Annotated[NDArray[dtype], axes]`.

    `Annotated[NDArray[dtype], axes, length]` says how long the last of several axes is: then steps from row to row are constants.
    """
    if annotation in CASTS:
        return CASTS[annotation]
    if get_origin(annotation) is Annotated:
        array, axes, *last = get_args(annotation)
        return Array(SCALARS[get_args(get_args(array)[1])[0]], axes, root, checked, *last)
    hints = get_type_hints(annotation, include_extras=True)
    return Record(
        annotation, tuple(type_of_annotation(hints[name], f"{annotation.__name__}.{name}", checked) for name in annotation._fields)
    )


def parts(t: Type) -> list[str]:
    """LLVM types of the numbers that a value consists of: an array is a pointer and the unknown steps of all axes but the last; its size where it is checked."""
    if isinstance(t, Scalar):
        return [t.llvm]
    if isinstance(t, Array):
        return ["ptr"] + ["i64"] * (t.axes - 1 - bool(t.last) + t.checked)
    items = t.fields if isinstance(t, Record) else t.items if isinstance(t, Group) else ()
    return [part for item in items for part in parts(item)]


def places(t: Type) -> list[int]:
    """Which of the words that `kernel.bind` wrote for arrays are parts of a value: all but the steps that are known."""
    if isinstance(t, Array):
        known_step = t.axes - 1 if t.last else None
        return [n for n in range(t.axes + t.checked) if n != known_step]
    out: list[int] = []
    first = 0
    for field in t.fields if isinstance(t, Record) else ():
        assert isinstance(field, Array)
        out += [first + n for n in places(field)]
        first += field.axes + field.checked
    return out


@dataclass(frozen=True, slots=True)
class Value:
    """A typed value: the LLVM operands that it consists of."""

    type: Type
    parts: tuple[str, ...] = ()

    def steps(self) -> list[str]:
        """Of an array: elements from one index to the next, for all axes but the last."""
        assert isinstance(self.type, Array)
        known_step = [str(self.type.last)] if self.type.last else []
        return [*self.parts[1 : self.type.axes - len(known_step)], *known_step]


def known(value: Any) -> Value:
    """Something known while translating, as a value."""
    return Value(Known(value))


def result_type(result: Type | None) -> str:
    """LLVM's type of what a function returns."""
    if result is None:
        return "void"
    members = parts(result)
    return members[0] if isinstance(result, Scalar) else "{ " + ", ".join(members) + " }"


def memory(item: Scalar) -> str:
    """LLVM's type of an element in memory: truths take a byte."""
    return "i8" if item is BOOL else item.llvm


def constant(value: Any, kind: Scalar) -> str:
    """A number as LLVM writes it; floats by their bits."""
    if kind.kind == "f":
        number = float(np.float32(value)) if kind is F32 else float(value)
        return f"0x{struct.unpack('<Q', struct.pack('<d', number))[0]:016X}"
    if kind is BOOL:
        return "true" if value else "false"
    return str(int(value))


def name_of(kind: Type | None) -> str:
    """A type, for messages."""
    if kind is None:
        return "nothing"
    if isinstance(kind, Scalar):
        return kind.name
    if isinstance(kind, Array):
        return f"{kind.item.name} array of {kind.axes} axes"
    if isinstance(kind, Record):
        return str(kind.cls.__name__)
    if isinstance(kind, Group):
        return f"({', '.join(name_of(item) for item in kind.items)})"
    return repr(kind.value)
