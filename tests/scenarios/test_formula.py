"""Formulas: what their trees are, what they refuse, and that no text crashes the parser."""

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandlot.scenarios.formulas.functions import BUILT_IN_FIELDS, FUNCTION_NAMES, FUNCTIONS, SPECIAL
from sandlot.scenarios.formulas.parse import parse, read
from sandlot.scenarios.formulas.types import FormulaError, KindInfo, Node, Scope, UnreadableName
from sandlot.scenarios.text.limits import MAX_FORMULA_NODES

SCOPE = Scope(
    kinds={
        "dog": KindInfo(3, team=True, moving=True, says=True),
        "cat": KindInfo(1, team=True, moving=True, state={"lives": "number"}),
        "door": KindInfo(1, state={"open": "truth", "width": "number"}),
        "post": KindInfo(40),
        "none": KindInfo(0),
    },
    params={"pay": 0.5, "hint": True, "whole": 3},
    draws={"secret": "post", "level": None},
    rules=frozenset(("caught", "fell")),
    self_kind="dog",
    world_size=(10.0, 8.0),
    time_limit=20.0,
)
ANYTHING = ("number", "truth", "vector", "thing")


def tree(text: str, **changes: Any) -> Node:
    return parse(f"= {text}", replace(SCOPE, **changes), ANYTHING)


def short(node: Node) -> str:
    """Write a tree as op(args), op:value(args)."""
    value = "" if node.value is None else f":{node.value:g}" if isinstance(node.value, float) else f":{node.value}"
    args = f"({', '.join(map(short, node.args))})" if node.args else ""
    return f"{node.op}{value}{args}"


@pytest.mark.parametrize(
    ("text", "type_", "expected"),
    [
        ("1", "number", "num:1"),
        (".5e1", "number", "num:5"),
        ("-2", "number", "num:-2"),
        ("true", "truth", "num:1"),
        ("False", "truth", "num:0"),
        ("pay", "number", "num:0.5"),
        ("hint", "truth", "num:1"),
        ("1 + 2 * whole", "number", "num:7"),
        ("world_width / 4", "number", "num:2.5"),
        ("time", "number", "time"),
        ("time()", "number", "time"),
        ("time_left", "number", "time_left"),
        ("1 - time", "number", "sub(num:1, time)"),
        ("time % 2", "number", "mod(time, num:2)"),
        ("-time", "number", "neg(time)"),
        ("+time", "number", "time"),
        ("self", "thing", "self"),
        ("cat", "thing", "one:cat"),
        ("secret", "thing", "draw:secret"),
        ("level", "number", "draw:level"),
        ("cat.lives", "number", "field:lives(one:cat)"),
        ("door.open", "truth", "field:open(one:door)"),
        ("self.x", "number", "field:x(self)"),
        ("cat.position.y", "number", "y(field:position(one:cat))"),
        ("x(cat.velocity)", "number", "x(field:velocity(one:cat))"),
        ("speed(cat)", "number", "field:speed(one:cat)"),
        ("said(self)", "number", "field:said(self)"),
        ("angle_deg(cat)", "number", "field:angle_deg(one:cat)"),
        ("angle_deg(cat.velocity)", "number", "angle_deg(field:velocity(one:cat))"),
        ("dist(self, nearest(post))", "number", "dist(self, nearest:post(self))"),
        ("nearest(dog, cat)", "thing", "nearest:dog(one:cat)"),
        ("farthest(post, vec(0, 1)).x", "number", "field:x(farthest:post(vec(num:0, num:1)))"),
        ("nearest_where(post, post.x > 0)", "thing", "nearest_where:post(gt(field:x(each:post), num:0))"),
        ("argmin(dog, dist(dog, cat))", "thing", "argmin:dog(dist(each:dog, one:cat))"),
        ("count(post)", "number", "count:post"),
        ("count(none)", "number", "count:none"),
        ("count(post, post.x > self.x)", "number", "count:post(gt(field:x(each:post), field:x(self)))"),
        ("count(caught)", "number", "rule_count:caught"),
        ("happened(fell)", "truth", "happened:fell"),
        ("sum(dog, 1)", "number", "sum:dog(num:1)"),
        ("max(dog, dog.x)", "number", "max:dog(field:x(each:dog))"),
        ("max(1, time, 2)", "number", "max(max(num:1, time), num:2)"),
        ("any(dog, touching(dog, cat))", "truth", "any:dog(touching(each:dog, one:cat))"),
        ("all(dog, dog == dog)", "truth", "all:dog(eq(each:dog, each:dog))"),
        ("mean(post, sum(dog, dist(dog, post)))", "number", "mean:post(sum:dog(dist(each:dog, each:post)))"),
        ("touching(self, post)", "truth", "touching:post(self)"),
        ("touching(self, walls)", "truth", "touching:walls(self)"),
        ("touching(self, cat)", "truth", "touching(self, one:cat)"),
        ("inside(cat.position, door)", "truth", "inside(field:position(one:cat), one:door)"),
        ("heard(dog)", "number", "heard:dog"),
        ("1 if hint else 2", "number", "if(num:1, num:1, num:2)"),
        ("self if time > 1 else cat", "thing", "if(gt(time, num:1), self, one:cat)"),
        (
            "not hint or time < 1 and time > 0",
            "truth",
            "or(not(num:1), and(lt(time, num:1), gt(time, num:0)))",
        ),
        ("secret == nearest(post)", "truth", "eq(draw:secret, nearest:post(self))"),
        ("door.open != hint", "truth", "ne(field:open(one:door), num:1)"),
        ("toward(cat)", "vector", "toward(one:cat)"),
        ("toward(cat) + 2 * away(post_at)", "vector", "add(toward(one:cat), mul(num:2, away(num:0)))"),
        ("avoid(cat, 2)", "vector", "avoid(one:cat, num:2)"),
        ("intercept(cat)", "vector", "intercept(one:cat)"),
        ("bearing(cat)", "number", "bearing(one:cat)"),
        ("-vec(1, 2)", "vector", "neg(vec(num:1, num:2))"),
        ("vec(1, 2) / 2", "vector", "div(vec(num:1, num:2), num:2)"),
        ("clamp(gap(self, cat), 0, 1)", "number", "clamp(gap(self, one:cat), num:0, num:1)"),
        (
            "dot(unit(self.velocity), perp(vec(1, 0)))",
            "number",
            "dot(unit(field:velocity(self)), perp(vec(num:1, num:0)))",
        ),
    ],
)
def test_trees(text: str, type_: str, expected: str) -> None:
    if "post_at" in text:
        text, expected = (
            text.replace("post_at", "vec(0, 0)"),
            expected.replace("away(num:0)", "away(vec(num:0, num:0))"),
        )
    node = tree(text)
    assert (node.type, short(node)) == (type_, expected)


def test_kinds_are_known() -> None:
    assert tree("nearest(post)").kind == "post"
    assert tree("secret").kind == "post"
    assert tree("self if hint else nearest(dog)").kind == "dog"
    assert tree("self if hint else cat").kind is None
    assert tree("(self if hint else cat).speed").type == "number"
    assert tree("pi").value == pytest.approx(math.pi)


def test_scope_of_a_rule() -> None:
    changes: dict[str, Any] = {
        "where": "rule",
        "other_kind": "post",
        "bound": {"dog": "self", "post": "other"},
    }
    assert short(tree("post == secret", **changes)) == "eq(other, draw:secret)"
    assert short(tree("dog.x < other.x", **changes)) == "lt(field:x(self), field:x(other))"
    assert short(tree("touching(dog, post)", **changes)) == "touching(self, other)"
    assert short(tree("sum(post, post.x)", **changes)) == "sum:post(field:x(each:post))"
    assert short(tree("random() < 0.5", **changes)) == "lt(random, num:0.5)"
    with pytest.raises(FormulaError, match='"dog" is both that met; say self or other'):
        tree("dog.x", where="rule", other_kind="dog")


def test_scope_of_solid_if() -> None:
    changes: dict[str, Any] = {"where": "solid_if", "self_kind": "door"}
    assert short(tree("not open and width > 1", **changes)) == "and(not(field:open(self)), gt(field:width(self), num:1))"
    assert short(tree("x > 0", **changes)) == "gt(field:x(self), num:0)"


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("dog", 2, '"dog" is 3 things; say nearest(dog), or use it inside sum(dog, ...)'),
        ("1 + none.x", 6, '"none" is 0 things; say nearest(none), or use it inside sum(none, ...)'),
        ("cat.opn", 2, '"cat" has no field "opn"'),
        ("door.opn", 2, '"door" has no field "opn" (did you mean "open"?)'),
        ("(self if hint else cat).lives", 2, 'this thing (one of several kinds) has no field "lives"'),
        ("cat.said", 2, '"cat" says nothing (no "says")'),
        ("time.x", 2, 'a number has no field "x"'),
        ("1 + door.open", 2, "a number + true or false has no meaning; say 1 if ... else 0"),
        ("not 1", 6, "expected true or false, got a number; compare it with something"),
        ("cat < cat", 2, "expected numbers to compare, got a thing"),
        ("cat == 1", 2, "can't compare a thing with a number"),
        ("vec(1, 2) == vec(1, 2)", 2, "can't compare a vector with a vector"),
        ("abs(vec(1, 2))", 6, "expected a number, got a vector; say length(...) or .x"),
        ("-cat", 2, "expected a number or a vector, got a thing"),
        ("1 if hint else cat", 2, "if gives a number, else gives a thing"),
        ("sum(post)", 2, "sum takes 2 values, got 1: sum(post, ...)"),
        ("sum(post, post)", 12, "expected a number, got a thing"),
        ("sum(post, sum(post, 1))", 12, 'already inside a function over "post"'),
        ("sum(1, 2)", 6, "expected the name of a kind, got an expression"),
        ("count(caugt)", 8, 'expected the name of a kind or a rule, got "caugt" (did you mean "caught"?)'),
        ("happened(caugt)", 11, 'expected the name of a rule, got "caugt" (did you mean "caught"?)'),
        ("heard(cat)", 8, 'expected the name of a team that says something, got "cat" (there is "dog")'),
        ("nearest(post, 1)", 16, "expected a thing or a vector, got a number"),
        ("walls", 2, "walls stand only in touching(a, walls)"),
        ("dist", 2, "dist is a function; expected dist(...)"),
        ("cat()", 2, 'unknown function "cat"'),
        ("other", 2, 'there is no "other" here: only rules where two meet have it'),
        ("random()", 2, 'random() works only in a "rule" or "baseline"'),
        ("min(1)", 2, "min takes 2 to 128 values, got 1"),
        ("cat.x.y.z", 2, 'a number has no field "y"'),
        ("1 / (2 - 2)", 7, "this divides by zero"),
        ("1e300 * 1e300", 2, "this number is too large"),
        ("(1, 2)", 2, "this is not in the language of formulas"),
        ("dist(*cat)", 2, "dist takes plain values"),
        ("cat is cat", 6, '"is" is not in the language'),
        ("a := 1", 4, '":" is not in the language'),
        ("1 // 2", 4, "// is not in the language; write floor(a / b)"),
        ("x ^ 2", 4, '"^" is not in the language; write x * x for a square'),
        ("a && b", 4, '"&" is not in the language; write and'),
        ("$pay", 2, '"$" is not in the language; in a formula a param is just its name'),
        ("1_000", 2, '"1_000" is no number; write 12, 0.5 or 1e-3'),
        ("0x10", 2, '"0x10" is no number; write 12, 0.5 or 1e-3'),
        ("2cat", 2, '"2cat" is no number; write 12, 0.5 or 1e-3'),
        ("naïve", 4, '"ï" is not in the language'),
    ],
)
def test_errors_have_a_column(text: str, column: int, message: str) -> None:
    with pytest.raises(FormulaError) as caught:
        tree(text)
    assert str(caught.value).startswith(message)
    assert caught.value.index == column


NAMED = {name: read(f"= {text}") for name, text in {
    "half": "pay / whole", "ahead": "vec(1, 0) * half", "far": "dist(self, nearest(post)) > half", "wide": "post.x + 1",
    "egg": "hen + 1", "hen": "egg - 1", "misspelt": "half + haf", "huge": " + ".join(["time"] * 257),
}.items()}  # fmt: skip
LET: dict[str, Any] = {**NAMED, "broken": None}


@pytest.mark.parametrize(
    ("text", "written_out"),
    [
        ("half + 1", "(pay / whole) + 1"),
        ("2 * ahead", "2 * (vec(1, 0) * (pay / whole))"),
        ("ahead.x", "(vec(1, 0) * (pay / whole)).x"),
        ("1 if far else half", "1 if (dist(self, nearest(post)) > (pay / whole)) else (pay / whole)"),
        ("sum(post, wide)", "sum(post, post.x + 1)"),
    ],
)
def test_a_name_stands_for_its_formula(text: str, written_out: str) -> None:
    assert tree(text, let=LET) == tree(written_out)


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("2 * far", 2, r"a number \* true or false has no meaning"),
        ("1 + egg", 6, 'in "egg": in "hen": "egg" is made of itself'),
        ("1 + misspelt", 6, 'in "misspelt": unknown name "haf" \\(did you mean "half"\\?\\)'),
        ("wide", 2, 'in "wide": "post" is 40 things'),
        ("1 + huge", 6, 'in "huge": more than 512 operations'),
        ("hlf", 2, 'unknown name "hlf" \\(did you mean "half"\\?\\)'),
    ],
)
def test_what_is_wrong_in_a_named_formula_is_told_where_it_is_used(text: str, column: int, message: str) -> None:
    with pytest.raises(FormulaError, match=message) as caught:
        tree(text, let=LET)
    assert caught.value.index == column


def test_a_named_formula_that_is_wrong_itself_is_reported_once() -> None:
    with pytest.raises(UnreadableName):
        tree("1 + broken", let=LET)


def test_result_type_is_checked() -> None:
    with pytest.raises(FormulaError, match="expected a number, got true or false; say 1 if"):
        parse("= hint", SCOPE, "number")
    with pytest.raises(FormulaError, match="expected true or false, got a number; compare it"):
        parse("= 1", SCOPE, "truth")
    with pytest.raises(FormulaError, match='starts with "="'):
        parse("1", SCOPE)
    with pytest.raises(FormulaError, match=r"time_left needs end\.time"):
        tree("time_left", time_limit=None)
    with pytest.raises(FormulaError, match="a score belongs to the whole team"):
        tree("self", where="score", self_kind=None)


@pytest.mark.parametrize(
    "text",
    [
        "+".join(["time"] * 257), "-" * 1900 + "1", "not " * 450 + "hint", "(" * 900 + "1" + ")" * 900,
        "abs(" * 400 + "1" + ")" * 400, " and ".join(["hint"] * 257), "max(" + "1," * 200 + "1)", "1" * 1990,
        "1 if hint else " * 130 + "1", "+" * 1990 + "1", "x." * 900 + "x",
    ],
)  # fmt: skip
def test_bombs(text: str) -> None:
    with pytest.raises(FormulaError):
        tree(text)


def test_limits_are_exact() -> None:
    assert tree("+".join(["time"] * (MAX_FORMULA_NODES // 2))).op == "add"
    with pytest.raises(FormulaError, match="MAX_FORMULA_NODES"):
        tree("+".join(["time"] * (MAX_FORMULA_NODES // 2 + 1)))
    with pytest.raises(FormulaError, match="MAX_FORMULA_TEXT"):
        tree("1" + " " * 2000 + "+ 1")
    kinds = {"a": KindInfo(256), "b": KindInfo(256), "c": KindInfo(2)}
    assert tree("sum(a, sum(b, 1)) + sum(a, sum(b, 1))", kinds=kinds, self_kind=None).op == "add"
    for text in ("sum(a, sum(b, sum(c, 1)))", "sum(a, sum(b, dist(a, nearest(c, b))))"):
        with pytest.raises(FormulaError, match="visits 131072 things, at most 65536"):
            tree(text, kinds=kinds, self_kind=None)


def test_every_function_is_listed() -> None:
    assert {"dist", "nearest", "toward", "avoid", "intercept", "clamp", "count", "happened"} <= FUNCTION_NAMES
    assert not set(FUNCTIONS) & set(SPECIAL)
    assert set(BUILT_IN_FIELDS.values()) == {"number", "vector", "truth"}
    arguments = {"number": "1", "truth": "hint", "vector": "vec(1, 2)", "thing": "self", "place": "self"}
    for name, function in FUNCTIONS.items():
        where = function.only[0] if function.only else "reward"
        text = f"{name}({', '.join(arguments[want] for want in function.args)})"
        assert tree(text, where=where).type == function.result


_WORDS = st.sampled_from(
    [*sorted(FUNCTION_NAMES), *SCOPE.kinds, *SCOPE.params, *SCOPE.draws, *SCOPE.rules, "self", "other", "time", "pi",
     "walls", "true", "and", "or", "not", "if", "else", "lambda", "(", ")", "(", ")", ",", ".", "+", "-", "*", "/", "%",
     "<", "==", "!=", "1", "0", "2.5", "x", "open", "**", "=", "'", "[", "\n"]
)  # fmt: skip


def check_any(text: str) -> None:
    for where in ("reward", "solid_if"):
        result = outcome(text, replace(SCOPE, where=where))
        if isinstance(result, Node):
            assert size(result) <= MAX_FORMULA_NODES
        else:
            assert 0 <= result.index <= len(text)
            assert str(result)


def outcome(text: str, scope: Scope) -> Node | FormulaError:
    try:
        return parse(text, scope, ANYTHING)
    except FormulaError as error:
        return error


def size(node: Node) -> int:
    return 1 + sum(map(size, node.args))


@settings(max_examples=300, deadline=None)
@given(words=st.lists(_WORDS, max_size=20))
def test_any_words(words: list[str]) -> None:
    check_any("= " + " ".join(words))


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=40))
def test_any_text(text: str) -> None:
    check_any(text)
    check_any("=" + text)


_NUMBERS = st.recursive(
    st.sampled_from(["1", "time", "pay", "self.x", "cat.lives", "count(post)"]),
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from("+-*%"), inner),
        st.builds("clamp({}, {}, {})".format, inner, inner, inner),
        st.builds("sum(post, {})".format, st.sampled_from(["post.x", "dist(post, self)"])),
        st.builds("({} if {} < {} else {})".format, inner, inner, inner, inner),
        st.builds("length(vec({}, {}))".format, inner, inner),
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(text=_NUMBERS)
def test_well_typed_formulas_parse(text: str) -> None:
    node = parse(f"={text}", SCOPE)
    assert node.type == "number"
