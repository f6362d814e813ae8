"""Broken scenarios: texts that don't read, that are too long or too deep, and the exact words; all at once."""

import pytest
from broken import answer, cases

TEXTS: list[tuple[str, str, list[str]]] = [
    ("empty", "", ["1:1 $: the file is empty; expected an object: { ... }"]),
    ("blank", "  \n\n", ["1:1 $: the file is empty; expected an object: { ... }"]),
    ("only_comment", "// nothing\n", ["1:1 $: the file is empty; expected an object: { ... }"]),
    ("open_comment", '{ /* "format": 1 }', ["1:3 $: this comment is never closed (expected */)"]),
    ("list", "[1, 2]", ["1:1 $: expected an object, got a list of 2"]),
    ("text", '"tag"', ['1:1 $: expected an object, got "tag"']),
    ("null", "null", ["1:1 $: expected an object, got null"]),
    (
        "empty_object",
        "{}",
        ['1:1 $: missing key "format"', '1:1 $: missing key "name"', '1:1 $: missing key "teams"'],
    ),
    ("not_json", "format = sandlot/1", ['1:1 $: expected a value, got "format"']),
    ("trailing_garbage", "{} {}", ['1:4 $: expected the end of the file, got "{"']),
    ("trailing_text", "{}\nthe end", ['2:1 $: expected the end of the file, got "the"']),
    (
        "never_closed",
        '{ "format": "sandlot/1"',
        ["1:24 $: expected , or }, got the end of the file (what opens at 1:1 is never closed)"],
    ),
    (
        "array_never_closed",
        '{ "a": [1, 2',
        ["1:13 $.a: expected , or ], got the end of the file (what opens at 1:8 is never closed)"],
    ),
    (
        "text_never_closed",
        '{ "format": "sandlot/1',
        ['1:13 $.format: this text is never closed (expected ")'],
    ),
    (
        "text_over_two_lines",
        '{ "format": "sand\nlot" }',
        ['1:13 $.format: this text is not closed on its line (expected ")'],
    ),
    ("no_comma", '{ "a": 1 "b": 2 }', ['1:10 $: expected , or }, got "\\""']),
    ("no_comma_in_list", '{ "a": [1 2] }', ['1:11 $.a: expected , or ], got "2"']),
    ("two_commas", '{ "a": 1,, "b": 2 }', ['1:10 $: expected a "key" or }, got ","']),
    ("no_colon", '{ "a" 1 }', ['1:7 $.a: expected : after the key, got "1"']),
    ("no_value", '{ "a": }', ['1:8 $.a: expected a value, got "}"']),
    ("bare_key", "{ a: 1 }", ['1:3 $: expected a "key" or }, got "a"']),
    ("single_quotes", "{ 'a': 1 }", ['1:3 $: expected a "key" or }, got "\'"']),
    ("single_quoted_value", "{ \"a\": 'x' }", ['1:8 $.a: expected a value, got "\'"; texts stand in " "']),
    ("python_true", '{ "a": True }', ['1:8 $.a: expected a value, got "True"; write true']),
    ("half_word", '{ "a": tru }', ['1:8 $.a: expected a value, got "tru"']),
    (
        "plus",
        '{ "a": +1 }',
        ['1:8 $.a: expected a value, got "+1"; numbers are written like 12, -0.5 or 1e3'],
    ),
    (
        "leading_zero",
        '{ "a": 01 }',
        ['1:8 $.a: expected a value, got "01"; numbers are written like 12, -0.5 or 1e3'],
    ),
    (
        "bare_point",
        '{ "a": .5 }',
        ['1:8 $.a: expected a value, got ".5"; numbers are written like 12, -0.5 or 1e3'],
    ),
    (
        "hex",
        '{ "a": 0x10 }',
        ['1:8 $.a: expected a value, got "0x10"; numbers are written like 12, -0.5 or 1e3'],
    ),
    ("unknown_escape", '{ "a": "\\q" }', ["1:9 $.a: unknown escape \\q"]),
    ("half_escape", '{ "a": "\\u12" }', ["1:9 $.a: unknown escape \\u"]),
    ("control_character", '{ "a": "\x01" }', ["1:9 $.a: control character 0x01 in a text; escape it"]),
    (
        "nan",
        '{ "a": NaN, "b": -Infinity }',
        [
            "1:8 $.a: NaN is not a number here; numbers are finite",
            "1:18 $.b: -Infinity is not a number here; numbers are finite",
        ],
    ),
    ("huge_number", '{ "a": 1e999 }', ['1:8 $.a: "1e999" is too large a number']),
    (
        "surrogate",
        '{ "a": "\\ud800" }',
        ["1:8 $.a: half a surrogate pair (\\ud800 to \\udfff) is no character"],
    ),
    (
        "duplicate_keys",
        '{ "a": 1,\n  "b": 2,\n  "a": 3 }',
        ["3:3 $.a: this key is here twice (first at 1:3)"],
    ),
    (
        "duplicates_and_a_syntax_error",
        '{ "a": 1, "a": 2, "b" }',
        ["1:11 $.a: this key is here twice (first at 1:3)", '1:23 $.b: expected : after the key, got "}"'],
    ),
    ("wrong_bracket", '{ "a": [1, 2} }', ['1:13 $.a: expected , or ], got "}"']),
]


@pytest.mark.parametrize(("text", "lines"), cases(TEXTS))
def test_whole_text(text: str, lines: list[str]) -> None:
    assert answer(text) == lines


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 10_000_000, "1:1 $: the text is too long: 10000000 characters, at most 1048576 (MAX_TEXT)"),
        ('{"a":' * 65 + "1", f"1:321 ${'.a' * 64}: nested deeper than 64 levels (MAX_NESTING)"),
        ("[" * 1_000_000, f"1:65 ${'[0]' * 64}: nested deeper than 64 levels (MAX_NESTING)"),
        ('"' + "\\" * 999_999, '1:1 $: this text is never closed (expected ")'),
        ("/* " * 300_000, "1:1 $: this comment is never closed (expected */)"),
        ("1" * 1_000_000, f'1:1 $: "{"1" * 37}..." is too large a number'),
        ("[" + "0," * 500_000 + "]", "1:100000 $[49999]: more than 50000 values (MAX_VALUES)"),
    ],
    ids=["brackets_10_mb", "deep_objects", "brackets", "backslashes", "comments", "digits", "wide_list"],
)
def test_bombs_answer_at_once(text: str, message: str) -> None:
    assert answer(text) == [message]


def test_many_duplicate_keys_stop_early() -> None:
    lines = answer("{" + '"a":1,' * 100_000 + "}")
    assert len(lines) == 100
