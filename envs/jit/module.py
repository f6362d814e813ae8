"""One module of LLVM's assembly: the kernels in it, the entries that C calls, and its notes on memory."""

import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .ir import Group, Scalar, TranslationError, Type, name_of, parts, places, result_type


@dataclass(slots=True)
class _Function:
    name: str
    result: Type | None


Translate = Callable[["Module", Callable[..., Any], list[Type], str], tuple[str, Type | None]]
"""A function that writes a kernel for these argument types under a name; returns its text, and the type of what it returns."""


class Module:
    """One LLVM module: the functions reached from its entries, each translated once for each tuple of argument types."""

    def __init__(self, translate: Translate, style: Callable[[Any], str | None], checked: bool = False) -> None:
        """Args:
        translate: Writes one kernel.
        style: How a function is compiled: `inner` (put in place of each call), `shared` (one copy), or None: no kernel.
        checked: Whether indices are held against their arrays.
        """
        self.style, self.checked = style, checked
        self._translate = translate
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
            for n, part in zip(places(t), parts(t), strict=True):
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
            lines += [
                f"%told = getelementptr inbounds i64, ptr %result, i64 {behind}",
                "%site = load i64, ptr @outside",
                "store i64 %site, ptr %told, align 8",
                "store i64 0, ptr @outside",
            ]
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
            text, result = self._translate(self, function, types, name)
            self._open.pop()
            self._text.append(text)
            self._functions[key] = _Function(name, result)
        return self._functions[key]

    def text(self) -> str:
        """The module as LLVM assembly."""
        scopes = len(self._roots)
        lines = [f'!{0} = distinct !{{!{0}, !"memory"}}']
        for k in range(scopes):
            own, rest = 1 + 3 * k, ", ".join(f"!{1 + 3 * j}" for j in range(scopes) if j != k)
            lines += [f"!{own} = distinct !{{!{own}, !0}}", f"!{own + 1} = !{{!{own}}}", f"!{own + 2} = !{{{rest}}}"]
        declared = (
            "".join(f"declare float @llvm.{name}.f32(float)\n" for name in ("sqrt", "floor", "fabs"))
            + "declare i64 @llvm.fptosi.sat.i64.f32(float)\ndeclare i64 @llvm.fptoui.sat.i64.f32(float)\n"
        )
        named = "\n".join(f"!{1000 + k} = {text}" for k, text in enumerate(self._metadata))
        return declared + (_CHECK if self.checked else "") + "\n".join(self._text) + "\n" + "\n".join(lines) + "\n" + named + "\n"

    def scope(self, root: str) -> str:
        """The notes of a load or store that tell which memory it touches, and which it can't."""
        own = 1 + 3 * self._roots.setdefault(root, len(self._roots))
        constant = ", !invariant.load !{}" if root.startswith("World.") else ""
        return f", !alias.scope !{own + 1}, !noalias !{own + 2}{constant}"

    def site(self, file: str | None, line: int) -> int:
        """A number for a line of a file, the same in every process."""
        return (zlib.crc32(_name(file or "").encode()) << 20) | line

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


def _name(file: str | Path) -> str:
    """A file as messages name it: with its folder, for two rooms may have a file of the same name."""
    return "/".join(Path(file).parts[-2:])


def place_of(site: int, files: Iterable[Path]) -> str:
    """File and line of a site that a checked kernel told; `files` are those that it may come from."""
    names = {zlib.crc32(_name(file).encode()): _name(file) for file in files}
    return f"{names.get(site >> 20, '?')}:{site & (1 << 20) - 1}"


def _returned(kind: Scalar, operand: str, n: int) -> list[str]:
    """Store a number that an entry returns in the n-th word of its result."""
    lines, stored, t = [f"%q{n} = getelementptr inbounds i64, ptr %result, i64 {n}"], operand, kind.llvm
    if kind.kind != "f" and kind.bytes < 8:
        lines.append(f"%w{n} = {'sext' if kind.kind == 'i' else 'zext'} {t} {operand} to i64")
        stored, t = f"%w{n}", "i64"
    return [*lines, f"store {t} {stored}, ptr %q{n}, align 8"]
