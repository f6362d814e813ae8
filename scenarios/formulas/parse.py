"""Text of a formula to a typed tree.

Python's own `ast` does the grammar, over tokens that this module has let through; nothing is
ever evaluated as Python. Whatever is not on the whitelist is an error with its column.
"""

import ast
import re
from collections.abc import Iterable, Mapping

from ..text.limits import MAX_FORMULA_DEPTH, MAX_FORMULA_NODES, MAX_FORMULA_TEXT, MAX_SCRIPT_NODES
from ..text.problems import shown, unfit
from .calls import FormulaReader
from .types import NOUNS, FormulaError, Node, Scope, Script, Type

_TOKEN = re.compile(
    r"\s*(?:(?P<name>[A-Za-z_][A-Za-z_0-9]*)"
    r"|(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)(?![\w.])"
    r"|(?P<sign><=|>=|==|!=|[-+*/%<>(),.]))"
)
_REPLACEMENTS = {
    "**": "write x * x for a square",
    "//": "write floor(a / b)",
    "=": "compare with ==",
    "&": "write and",
    "|": "write or",
    "!": "write not",
    "^": "write x * x for a square",
    "[": "there are no lists; a vector is vec(x, y)",
    "{": "there are no objects in a formula",
    "?": "write a if condition else b",
    "$": "in a formula a param is just its name",
    '"': "there are no texts in a formula",
    "'": "there are no texts in a formula",
}
_MAX_BRACKETS = 64
_UNFINISHED = frozenset(
    (
        "+",
        "-",
        "*",
        "/",
        "%",
        "<",
        ">",
        "<=",
        ">=",
        "==",
        "!=",
        ",",
        ".",
        "and",
        "or",
        "not",
        "if",
        "else",
    )
)
_NO_NAMES = frozenset(("lambda", "await", "yield", "for", "in", "is", "import", "async"))


def script() -> Script:
    """Return what the formulas of a script are to share: all those of one team's baseline."""
    return Script(MAX_SCRIPT_NODES, "MAX_SCRIPT_NODES")


def parse(text: str, scope: Scope, expected: Type | Iterable[Type] = ("number",), part_of: Script | None = None) -> Node:
    """Read a formula.

    Args:
        text: As in the file, "= ...".
        scope: The names it may use.
        expected: Type (or types) that the result may have.
        part_of: The script that it is part of, None for a formula of its own.

    Raises:
        FormulaError: With the index of the character where it goes wrong.
    """
    tree = read(text)
    node = FormulaReader(scope, part_of or Script(MAX_FORMULA_NODES, "MAX_FORMULA_NODES")).build(tree)
    types = (expected,) if isinstance(expected, str) else tuple(expected)
    if node.type not in types:
        wanted = " or ".join(NOUNS[name] for name in types)
        hint = ""
        if node.type == "truth" and "number" in types:
            hint = "; say 1 if ... else 0"
        if node.type == "number" and "truth" in types:
            hint = "; compare it with something"
        first = len(text) - len(text[text.index("=") + 1 :].lstrip())
        raise FormulaError(f"expected {wanted}, got {NOUNS[node.type]}{hint}", first)
    return node


def read(text: str) -> ast.expr:
    """Read the syntax of a formula: its words and brackets, whatever they mean.

    Raises:
        FormulaError: With the index of the character where it goes wrong.
    """
    start = len(text) - len(text.lstrip())
    if text[start : start + 1] != "=":
        raise FormulaError('a formula starts with "="', start)
    if len(text) > MAX_FORMULA_TEXT:
        raise FormulaError(f"{len(text)} characters, at most {MAX_FORMULA_TEXT} (MAX_FORMULA_TEXT)", start)
    if letter := unfit(text):
        raise FormulaError(f"the character U+{ord(letter):04X} is not in the language", text.index(letter))
    # The "=" becomes a blank, so every column of the tree is an index into the text.
    body = re.sub(r"\s", " ", text[:start] + " " + text[start + 1 :])
    _check_tokens(body, start + 1)
    return _syntax_tree(body)


def words_of(*trees: ast.expr | None, let: Mapping[str, ast.expr | None] | None = None) -> tuple[set[str], set[str]]:
    """Return the plain names in some formulas as `read`, and those behind a dot; with those of the formulas of `let` that they use, each once."""
    names, fields, waiting = set[str](), set[str](), list(trees)
    while waiting:
        tree = waiting.pop()
        nodes = list(ast.walk(tree)) if tree is not None else []
        found = {node.id for node in nodes if isinstance(node, ast.Name)} - names
        names |= found
        fields |= {node.attr for node in nodes if isinstance(node, ast.Attribute)}
        waiting += [let[name] for name in found if name in let] if let else []
    return names, fields


def _check_tokens(body: str, start: int) -> None:
    """Let only words, plain numbers, and the operators of the language through to `ast`."""
    at = start
    opened: list[int] = []
    end = len(body.rstrip())
    previous, token_at = "", start
    while at < end:
        match = _TOKEN.match(body, at)
        token_at = at + len(body[at:]) - len(body[at:].lstrip())
        if match is None:
            raise FormulaError(_bad_character(body[token_at:]), token_at)
        token = match.group().strip()
        if token in "*/" and token == previous and body[token_at - 1] == token:
            message = f"{token * 2} is not in the language; {_REPLACEMENTS[token * 2]}"
            raise FormulaError(message, token_at - 1)
        if match["number"] and float(token) == 0 and re.search("[1-9]", re.split("[eE]", token)[0]):
            raise FormulaError("this number is too small", token_at)
        if token in _NO_NAMES:
            raise FormulaError(f'"{token}" is not in the language', token_at)
        if token == "(":
            opened.append(token_at)
        elif token == ")":
            if not opened:
                raise FormulaError("this ) closes nothing", token_at)
            opened.pop()
        if len(opened) > _MAX_BRACKETS:
            raise FormulaError(f"formulas don't go {_MAX_BRACKETS} brackets deep", token_at)
        previous = token
        at = match.end()
    if not body[start:end].strip():
        raise FormulaError('nothing stands after the "="', start - 1)
    if opened:
        raise FormulaError("this ( is never closed", opened[-1])
    if previous in _UNFINISHED:
        raise FormulaError(f'the formula ends after "{previous}"', token_at)


def _bad_character(rest: str) -> str:
    if rest[0].isdigit() or (rest[0] == "." and rest[1:2].isdigit()):
        found = re.match(r"[\w.]+", rest)
        return f"{shown(found.group() if found else rest[0])} is no number; write 12, 0.5 or 1e-3"
    hint = _REPLACEMENTS.get(rest[0], "")
    return f"{shown(rest[0])} is not in the language{'; ' if hint else ''}{hint}"


def _syntax_tree(body: str) -> ast.expr:
    """Return Python's syntax tree of a formula whose tokens are all known."""
    lead = len(body) - len(body.lstrip())
    try:
        tree = ast.parse(body[lead:], mode="eval").body
    except SyntaxError as error:
        column = max(0, min((error.offset or 1) - 1, len(body) - lead - 1))
        at = lead + column
        found = re.match(r"\w+|\S\S?", body[at:])
        got = f" near {shown(found.group().strip())}" if found else " at the end"
        raise FormulaError(f"this does not read as a formula{got}", at) from None
    except (MemoryError, RecursionError, ValueError):
        raise FormulaError(f"too deep (at most {MAX_FORMULA_DEPTH} operations, MAX_FORMULA_DEPTH)", lead) from None
    for node in ast.walk(tree):
        if isinstance(node, ast.expr):
            node.col_offset += lead
    return tree
