"""JSON with comments to a tree in which every value knows its place in the file.

The scanner is one regular expression per token and never recurses deeper than `MAX_NESTING`,
so hostile text costs no more than its length.
"""

import bisect
import functools
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NoReturn

from .limits import MAX_NESTING, MAX_PROBLEMS, MAX_TEXT, MAX_VALUES
from .problems import Problem, ScenarioError, shown

_SKIP = re.compile(r"(?:[ \t\r\n]+|//[^\n]*+|/\*.*?\*/)*", re.DOTALL)
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]++|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*"')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?(?![\w.+-])")
_WORD = re.compile(r"[-+]?[\w.+-]+")
_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
_NOT_FINITE = ("NaN", "Infinity", "-Infinity")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})|\\.|.", re.DOTALL)
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_$*.]{1,200}")  # any name of the language, and "kind.owner.variable"


class Source:
    """One text that was read: its name and where its lines start."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    def position(self, offset: int) -> tuple[int, int]:
        """Return line and column (from 1, in characters) of an offset."""
        line = bisect.bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    def problem(self, offset: int, path: str, message: str) -> Problem:
        """Return a problem at an offset of this text."""
        return Problem(self.file, *self.position(offset), path, message)


@dataclass(slots=True)
class Tree:
    """One JSON value and the place it was written at; merging moves trees, never their places.

    Attributes:
        value: `dict[str, Tree]`, `list[Tree]`, or a string, number, bool, None.
        source: The text it stands in.
        offset: Where the value starts.
        key_offset: Where its key starts (the value itself where there is no key).
    """

    value: Any
    source: Source
    offset: int
    key_offset: int

    def plain(self) -> Any:
        """Return the value as plain dicts, lists and scalars."""
        if isinstance(self.value, dict):
            return {key: child.plain() for key, child in self.members()}
        if isinstance(self.value, list):
            return [child.plain() for child in self.items()]
        return self.value

    def members(self) -> Iterator[tuple[str, "Tree"]]:
        """Yield key and child of an object; nothing for any other value."""
        if isinstance(self.value, dict):
            yield from self.value.items()

    def items(self) -> Iterator["Tree"]:
        """Yield the children of a list; nothing for any other value."""
        if isinstance(self.value, list):
            yield from self.value

    def get(self, key: str | int) -> "Tree | None":
        """Return the child with this key or index, or None."""
        value: Any = self.value
        found: Tree | None = None
        if isinstance(value, dict):
            found = value.get(key)
        elif isinstance(value, list) and isinstance(key, int) and key < len(value):
            found = value[key]
        return found

    def problem(self, path: str, message: str) -> Problem:
        """Return a problem at this value."""
        return self.source.problem(self.offset, path, message)

    def key_problem(self, path: str, message: str) -> Problem:
        """Return a problem at this value's key."""
        return self.source.problem(self.key_offset, path, message)

    def offset_inside(self, index: int) -> int:
        r"""Return the offset of a character of this string, escapes (\n, \u0041) counted."""
        text = self.source.text
        at = self.offset + 1
        if text[self.offset : at] != '"' or text[at : at + 1] == "$":
            return self.offset  # a value that came from a param
        for _ in range(index):
            match = _ESCAPE.match(text, at)
            at = match.end() if match else at
        return at


def join_path(path: str, key: str | int) -> str:
    """Return the path of a child: `$.teams` and `chaser` give `$.teams.chaser`."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    if _PLAIN_KEY.fullmatch(key):
        return f"{path}.{key}"
    return f"{path}[{shown(key)}]"


def as_json(value: Any, path: str = "$", depth: int = 0) -> Any:
    """Return a value that a program made as JSON has it: tuples as lists, NumPy's numbers and arrays as Python's.

    Raises:
        ScenarioError: If something in it has no form in JSON, with its path; nothing is nested deeper than a file may be.
    """

    def no(message: str) -> ScenarioError:
        return ScenarioError([Problem("<dict>", 0, 0, path, message)])

    if isinstance(value, Mapping | list | tuple) and depth > MAX_NESTING:
        raise no(f"nested deeper than {MAX_NESTING} levels (MAX_NESTING)")
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise no(f"expected keys that are texts, got {shown(key)}")
        return {str(key): as_json(child, join_path(path, key), depth + 1) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(child, join_path(path, index), depth + 1) for index, child in enumerate(value)]
    if not isinstance(value, str | int | float) and hasattr(value, "tolist"):  # of NumPy, and of what is like it
        return as_json(value.tolist(), path, depth + 1)
    if value is None or isinstance(value, str | int | float):
        return value
    raise no(f"expected a number, a text, true, false, null, a list or a dict, got {shown(value)}")


def decode(data: bytes, file: str) -> str:
    """Return the text of a file's bytes.

    Raises:
        ScenarioError: If it is too long or not UTF-8.
    """
    if len(data) > 4 * MAX_TEXT:
        raise ScenarioError([_too_long(file, f"more than {4 * MAX_TEXT} bytes")])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig")
        byte = data[error.start]
        message = f"not UTF-8 text (byte 0x{byte:02x}); save the file as UTF-8"
        raise ScenarioError([Source(file, before).problem(len(before), "$", message)]) from None


def parse_text(text: str, file: str) -> Tree:
    """Read JSON with comments and trailing commas into a tree.

    Args:
        text: The text; a byte order mark in front is ignored.
        file: Its name in messages.

    Raises:
        ScenarioError: With every duplicate key and impossible number up to the first place where
            the text stops being JSON.
    """
    if len(text) > MAX_TEXT:
        raise ScenarioError([_too_long(file, f"{len(text)} characters")])
    scanner = _Scanner(Source(file, text.removeprefix("\ufeff")))
    tree = scanner.document()
    if scanner.problems:
        raise ScenarioError(scanner.problems)
    return tree


def _too_long(file: str, size: str) -> Problem:
    return Problem(file, 1, 1, "$", f"the text is too long: {size}, at most {MAX_TEXT} (MAX_TEXT)")


class _Scanner:
    """Walks the text once, front to back; `at` is the next unread character."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        self.at = 0
        self.problems: list[Problem] = []
        self.values = 0
        self.trail: list[str | int] = []  # keys and indices down to here

    def complain(self, offset: int, message: str) -> None:
        path = functools.reduce(join_path, self.trail, "$")
        self.problems.append(self.source.problem(offset, path, message))
        if len(self.problems) >= MAX_PROBLEMS:
            raise ScenarioError(self.problems)

    def fail(self, offset: int, message: str) -> NoReturn:
        self.complain(offset, message)
        raise ScenarioError(self.problems)

    def skip(self) -> str:
        """Pass blanks and comments; return the next character, "" at the end."""
        match = _SKIP.match(self.text, self.at)
        if match:
            self.at = match.end()
        if self.text.startswith("/*", self.at):
            self.fail(self.at, "this comment is never closed (expected */)")
        return self.text[self.at : self.at + 1]

    def document(self) -> Tree:
        if not self.skip():
            self.fail(0, "the file is empty; expected an object: { ... }")
        tree = self.value(0)
        if self.skip():
            self.fail(self.at, f"expected the end of the file, got {self.peek()}")
        return tree

    def peek(self) -> str:
        """Return what stands here, for a message."""
        if self.at >= len(self.text):
            return "the end of the file"
        word = _WORD.match(self.text, self.at)
        return shown(word.group() if word else self.text[self.at])

    def value(self, depth: int, key_offset: int | None = None) -> Tree:
        start = self.at
        self.values += 1
        if self.values > MAX_VALUES:
            self.fail(start, f"more than {MAX_VALUES} values (MAX_VALUES)")
        first = self.text[start : start + 1]
        if first in ("{", "["):
            if depth >= MAX_NESTING:
                self.fail(start, f"nested deeper than {MAX_NESTING} levels (MAX_NESTING)")
            value: Any = self.object(depth) if first == "{" else self.array(depth)
        elif first == '"':
            value = self.string()
        else:
            value = self.scalar()
        return Tree(value, self.source, start, start if key_offset is None else key_offset)

    def object(self, depth: int) -> dict[str, Tree]:
        members: dict[str, Tree] = {}
        opened = self.at
        self.at += 1
        while (first := self.skip()) != "}":
            if first != '"':
                hint = "" if first else f" (the {{ at {self.place(opened)} is never closed)"
                self.fail(self.at, f'expected a "key" or }}, got {self.peek()}{hint}')
            key_offset = self.at
            key = self.string()
            self.trail.append(key)
            if self.skip() != ":":
                self.fail(self.at, f"expected : after the key, got {self.peek()}")
            self.at += 1
            self.skip()
            child = self.value(depth + 1, key_offset)
            if key in members:
                line, column = self.source.position(members[key].key_offset)
                message = f"this key is here twice (first at {line}:{column})"
                self.complain(key_offset, message)
            members[key] = child
            self.trail.pop()
            if not self.comma(opened, "}"):
                break
        self.at += 1
        return members

    def array(self, depth: int) -> list[Tree]:
        items: list[Tree] = []
        opened = self.at
        self.at += 1
        while (first := self.skip()) != "]":
            if not first:
                self.fail(self.at, f"the [ at {self.place(opened)} is never closed")
            self.trail.append(len(items))
            items.append(self.value(depth + 1))
            self.trail.pop()
            if not self.comma(opened, "]"):
                break
        self.at += 1
        return items

    def comma(self, opened: int, close: str) -> bool:
        """Pass a comma and return True, or stop before the closing bracket and return False."""
        found = self.skip()
        if found == ",":
            self.at += 1
            return True
        if found != close:
            hint = "" if found else f" (what opens at {self.place(opened)} is never closed)"
            self.fail(self.at, f"expected , or {close}, got {self.peek()}{hint}")
        return False

    def place(self, offset: int) -> str:
        line, column = self.source.position(offset)
        return f"{line}:{column}"

    def string(self) -> str:
        match = _STRING.match(self.text, self.at)
        if match is None:
            self.bad_string()
        start, self.at = self.at, match.end()
        body = match.group()[1:-1]
        if "\\" in body:
            body = str(json.loads(match.group()))
        # A surrogate can stand in a Python string but in no file, socket or terminal.
        if not body.isascii() and any("\ud800" <= letter <= "\udfff" for letter in body):
            self.complain(start, "half a surrogate pair (\\ud800 to \\udfff) is no character")
            return body.encode("utf-8", "replace").decode("utf-8")
        return body

    def bad_string(self) -> NoReturn:
        for match in re.finditer(r"\\(u[0-9a-fA-F]{4}|.)|[\x00-\x1f\"]", self.text[self.at + 1 :]):
            where = self.at + 1 + match.start()
            found = match.group()
            if found == "\n" or found == "\r":
                self.fail(self.at, 'this text is not closed on its line (expected ")')
            if found < " ":
                self.fail(where, f"control character {ord(found):#04x} in a text; escape it")
            if (found[0] == "\\" and found[1] not in '"\\/bfnrtu') or found == "\\u":
                self.fail(where, f"unknown escape {found}")
        self.fail(self.at, 'this text is never closed (expected ")')

    def scalar(self) -> Any:
        start = self.at
        match = _NUMBER.match(self.text, start)
        if match:
            self.at = match.end()
            return self.number(match.group(), start)
        word = _WORD.match(self.text, start)
        name = word.group() if word else ""
        self.at = start + len(name)
        if name in _CONSTANTS:
            return _CONSTANTS[name]
        if name in _NOT_FINITE:
            self.complain(start, f"{name} is not a number here; numbers are finite")
            return 0
        self.at = start
        hint = f"; write {name.lower()}" if name.lower() in _CONSTANTS else ""
        if self.text[start : start + 1] == "'":
            hint = '; texts stand in " "'
        elif name[:1].isdigit() or name[:1] in ("+", "-", "."):
            hint = "; numbers are written like 12, -0.5 or 1e3"
        self.fail(start, f"expected a value, got {self.peek()}{hint}")

    def number(self, text: str, start: int) -> int | float:
        if len(text) < 16 and text.lstrip("-").isdigit():
            return int(text)
        number = float(text)
        if not math.isfinite(number):
            self.complain(start, f"{shown(text)} is too large a number")
            return 0
        if number == 0 and re.search("[1-9]", re.split("[eE]", text)[0]):
            self.complain(start, f"{shown(text)} is too small a number")
        if len(text) < 30 and text.lstrip("-").isdigit():
            return int(text)
        return number


Keys = tuple[str | int, ...]


def find(tree: Tree, keys: Keys) -> Tree:
    """Return the deepest tree along some keys (a default has no place, its parent does)."""
    for key in keys:
        child = tree.get(key)
        if child is None:
            break
        tree = child
    return tree


def path_of(keys: Keys) -> str:
    """Return keys as a JSON path."""
    path = "$"
    for key in keys:
        path = join_path(path, key)
    return path
