"""The house layout of a scenario file.

Two spaces, no trailing commas, comments kept. What the author opened over several lines
stays open, entries that shared a line go on sharing it, and everything else closes up onto one
line where it fits into `WIDTH` columns.
"""

import re
from dataclasses import dataclass, field

from .tree import parse_text

WIDTH = 140
_TOKEN = re.compile(
    r'(?P<blank>[ \t\r\n]+)|(?P<comment>//[^\n]*|/\*.*?\*/)|(?P<string>"(?:[^"\\]|\\.)*")'
    r"|(?P<mark>[{}\[\]:,])|(?P<scalar>[^\s{}\[\]:,\"/]+)",
    re.DOTALL,
)


def format_text(text: str, file: str = "<text>") -> str:
    """Return a scenario in the house layout; doing it twice changes nothing more.

    Raises:
        ScenarioError: If the text is not JSON with comments.
    """
    parse_text(text, file)
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    reader = _Reader(text)
    root = reader.entry()
    root.after += reader.comments_here()
    lines = [*root.before]
    body = _body(root.value, 0, len(root.key))
    lines += body
    if root.trailing:
        lines[-1] += f" {root.trailing}"
    return "\n".join([*lines, *root.after]) + "\n"


# Reading -------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Node:
    """A value: its text if it is a scalar or fits on a line, else its entries."""

    opening: str
    text: str | None
    entries: "list[_Entry]" = field(default_factory=list["_Entry"])
    after: list[str] = field(default_factory=list[str])
    is_open: bool = False  # the author broke the line after the bracket


@dataclass(slots=True)
class _Entry:
    """One member or item, with the comments that go along."""

    key: str
    value: _Node
    before: list[str]
    trailing: str = ""
    is_joined: bool = False  # stood on one line with the entry before
    after: list[str] = field(default_factory=list[str])


class _Reader:
    """Walks the tokens of a text that is known to be right."""

    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str, int]] = []  # kind, text, line
        self.ends: list[int] = []  # line on which the token ends
        line = 0
        for match in _TOKEN.finditer(text):
            kind, token = str(match.lastgroup), match.group()
            last = line + token.count("\n")
            if kind != "blank":
                self.tokens.append((kind, token.rstrip(), line))
                self.ends.append(last)
            line = last
        self.at = 0

    def peek(self) -> tuple[str, str, int]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "", -1)

    def comments_here(self, after: int | None = None) -> list[str]:
        """Take the comments that stand here; one empty line between is kept as ""."""
        found: list[str] = []
        last = after
        while self.at < len(self.tokens):
            kind, token, line = self.tokens[self.at]
            if last is not None and line > last + 1 and (kind == "comment" or token not in "}]"):
                found.append("")
            if kind != "comment":
                break
            found.append(token)
            last = self.ends[self.at]
            self.at += 1
        return found

    def entry(self, after: int | None = None, *, keyed: bool = False) -> _Entry:
        before = self.comments_here(after)
        key = ""
        if keyed:
            key = self.take() + ": "
            before += self.comments_here()
            self.take()
            before += self.comments_here()
        value = self.value()
        return _Entry(key, value, before)

    def take(self) -> str:
        token = self.tokens[self.at][1]
        self.at += 1
        return token

    def value(self) -> _Node:
        line = self.tokens[self.at][2]
        token = self.take()
        if token not in ("{", "["):
            return _Node("", token)
        node = _Node(token, None)
        node.is_open = token == "{" and self.peek()[2] > line
        end = line
        first = True
        while True:
            start = self.at
            comments = self.comments_here(None if first else end)
            if self.peek()[1] in ("}", "]"):
                node.after = comments
                break
            self.at = start
            entry = self.entry(None if first else end, keyed=token == "{")
            entry.is_joined = not first and not entry.before and self.first_line(start) == end
            first = False
            end = self.ends[self.at - 1]
            entry.trailing, end = self.trailing(end)
            node.entries.append(entry)
        self.take()
        node.text = _one_line(node)
        return node

    def first_line(self, index: int) -> int:
        return self.tokens[index][2]

    def trailing(self, end: int) -> tuple[str, int]:
        """Take the comma and the comments that end the line of an entry."""
        found: list[str] = []
        while True:
            kind, token, line = self.peek()
            if token == "," and kind == "mark":
                end = max(end, line) if not found else end
                self.at += 1
            elif kind == "comment" and line == end:
                found.append(token)
                end = self.ends[self.at]
                self.at += 1
            else:
                return " ".join(found), end


def _one_line(node: _Node) -> str | None:
    """Return a container on one line, None if it can't or should not be."""
    if (node.is_open and node.entries) or node.after:
        return None
    parts: list[str] = []
    length = 0
    for entry in node.entries:
        if entry.before or entry.trailing or entry.value.text is None:
            return None
        part = entry.key + entry.value.text
        length += len(part) + 2
        if length > WIDTH:
            return None
        parts.append(part)
    close = "}" if node.opening == "{" else "]"
    if not parts:
        return node.opening + close
    roomy = node.opening == "{" or any(entry.value.opening == "{" for entry in node.entries)
    space = " " if roomy else ""
    return node.opening + space + ", ".join(parts) + space + close


# Writing -------------------------------------------------------------------------------------


def _body(node: _Node, depth: int, used: int) -> list[str]:
    """Return the lines of a value; the first goes after its key, which takes `used` columns."""
    indent = "  " * depth
    if node.text is not None and (not node.opening or len(indent) + used + len(node.text) < WIDTH):
        return [node.text]
    if not node.entries and not node.after:
        return [node.text or ""]
    inner = "  " * (depth + 1)
    lines = [node.opening]
    can_join = False
    for index, entry in enumerate(node.entries):
        comma = "," if index < len(node.entries) - 1 else ""
        lines += [inner + comment if comment else "" for comment in entry.before]
        body = _body(entry.value, depth + 1, len(entry.key) + 1)
        first = entry.key + body[0]
        is_short = len(body) == 1 and not entry.trailing
        joined = f"{lines[-1]} {first}{comma}"
        if can_join and entry.is_joined and len(body) == 1 and len(joined) <= WIDTH:
            lines[-1] = joined
        else:
            lines.append(inner + first)
            lines += body[1:]
            lines[-1] += comma
        if entry.trailing:
            lines[-1] += f" {entry.trailing}"
        can_join = is_short
    lines += [inner + comment if comment else "" for comment in node.after]
    lines.append(indent + ("}" if node.opening == "{" else "]"))
    return lines
