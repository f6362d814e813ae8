"""What is written of the language and its games: layout, hash, schema, reference and starter stay true."""

import json
import re
from typing import Any

import pytest
from texts import TAG, texts

from sandlot.scenarios import (
    ScenarioError,
    canonical,
    format_text,
    full,
    loads,
    names,
    path_of,
    reference_markdown,
    scenario_hash,
    schema,
    starter_text,
)
from sandlot.scenarios.describe.reference import BEGIN, END, update_reference
from sandlot.scenarios.describe.schema import SCHEMA_FILE, schema_text
from sandlot.scenarios.text.tree import parse_text

# Layout, hash, full ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", texts())
def test_layout_is_stable_and_keeps_the_tree(name: str) -> None:
    text = texts()[name]
    once = format_text(text)
    assert format_text(once) == once
    assert parse_text(once, "a").plain() == parse_text(text, "b").plain()
    assert scenario_hash(loads(once)) == scenario_hash(loads(text))
    long = [line for line in once.split("\n") if len(line) > 140]
    assert all('"= ' in line for line in long), long  # a formula is one string and can't be broken


@pytest.mark.parametrize("name", names())
def test_library_games_are_in_the_house_layout(name: str) -> None:
    text = path_of(name).read_text(encoding="utf-8")
    assert format_text(text) == text


def test_layout_keeps_comments() -> None:
    text = """// head
{ "a": /* v */ 1, // one
  "b": [1,2, /* two */
  3], "c" : {},

  // own


  "d": { // inside
  }
  /* last */ }
// tail"""
    assert format_text(text) == (
        '// head\n{\n  /* v */\n  "a": 1, // one\n  "b": [\n    1, 2, /* two */\n    3\n  ],\n  "c": {},\n\n'
        '  // own\n\n  "d": {\n    // inside\n  }\n  /* last */\n}\n// tail\n'
    )


def test_hash_follows_what_matters() -> None:
    plain = scenario_hash(loads(TAG))
    assert scenario_hash(loads(TAG.replace("2.0", "2").replace('"tag"', '"tag" // x\n'))) == plain
    assert scenario_hash(loads(TAG, chasers=3)) == plain
    assert scenario_hash(loads(TAG, chasers=4)) != plain
    assert scenario_hash(loads(TAG, shaping=0.2)) != plain
    assert scenario_hash(loads(TAG.replace("0.25", "0.26"))) != plain
    assert canonical({"b": [1.0, 2.5, True], "a": None}) == '{"b":[1,2.5,true],"a":null}'


@pytest.mark.parametrize("name", texts())
def test_full_loads_to_the_same_game(name: str) -> None:
    game = loads(texts()[name])
    written = full(game)
    again = loads(json.dumps(written))
    assert again.formulas == game.formulas
    assert full(again) == written
    assert again.world == game.world
    assert again.agents == game.agents


# Schema --------------------------------------------------------------------------------------


def test_committed_schema_is_current() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(), "run python -m sandlot.scenarios.describe"


def fits(value: Any, rule: Any, root: dict[str, Any]) -> bool:
    """A small JSON Schema validator: what schema() uses and no more."""
    if rule is True or rule == {}:
        return True
    if "$ref" in rule:
        return fits(value, root["$defs"][rule["$ref"].rpartition("/")[2]], root)
    if "anyOf" in rule and not any(fits(value, option, root) for option in rule["anyOf"]):
        return False
    if "const" in rule and (value != rule["const"] or type(value) is not type(rule["const"])):
        return False
    if "enum" in rule and value not in rule["enum"]:
        return False
    types = {
        "object": dict, "array": list, "string": str, "boolean": bool, "null": type(None),
        "integer": int, "number": (int, float),
    }  # fmt: skip
    if "type" in rule:
        if not isinstance(value, types[rule["type"]]):
            return False
        if isinstance(value, bool) and rule["type"] in ("integer", "number"):
            return False
    if isinstance(value, int | float) and not isinstance(value, bool):
        return rule.get("minimum", value) <= value <= rule.get("maximum", value)
    if isinstance(value, str):
        return re.search(rule.get("pattern", ""), value) is not None
    if isinstance(value, list):
        heads = rule.get("prefixItems", [])
        rest = rule.get("items", True)
        if not rule.get("minItems", 0) <= len(value) <= rule.get("maxItems", 10**9):
            return False
        return all(fits(item, heads[i] if i < len(heads) else rest, root) for i, item in enumerate(value))
    if isinstance(value, dict):
        return fits_object(value, rule, root)
    return True


def fits_object(value: dict[str, Any], rule: Any, root: dict[str, Any]) -> bool:
    if any(key not in value for key in rule.get("required", [])):
        return False
    if not rule.get("minProperties", 0) <= len(value) <= rule.get("maxProperties", 10**9):
        return False
    if not all(fits(key, rule.get("propertyNames", True), root) for key in value):
        return False
    known = rule.get("properties", {})
    more = rule.get("additionalProperties", True)
    return all(
        fits(child, known[key], root) if key in known else more is not False and fits(child, more, root) for key, child in value.items()
    )


@pytest.mark.parametrize("name", texts())
def test_schema_accepts_every_game(name: str) -> None:
    rules = schema()
    tree = parse_text(texts()[name], "a").plain()
    for key, value in tree.items():
        assert fits(value, rules["properties"][key], rules), key
    assert fits(tree, rules, rules)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"radius": 0.35', '"radiu": 0.35'),
        ('"radius": 0.35', '"radius": "big"'),
        ('"radius": 0.35', '"radius": -1'),
        ('"type": "thrust"', '"type": "trust"'),
        ('"solid"', '"sold"'),
        ('"nearest": 2', '"nearst": 2'),
        ('"self", { "of": "chaser", "nearest": 2 }', '"slef"'),
        ("[10, 10]", "[10]"),
        ('"= count(tagged)"', '"count(tagged)"'),
        ('{ "uniform": [0.4, 0.8] }', '{ "unifrom": [0.4, 0.8] }'),
        ('"tag"', '"Tag"'),
    ],
)
def test_schema_refuses_what_the_loader_refuses(old: str, new: str) -> None:
    assert old in TAG
    rules = schema()
    text = TAG.replace(old, new, 1)
    with pytest.raises(ScenarioError):
        loads(text)
    assert not fits(parse_text(text, "a").plain(), rules, rules)


def test_schema_lets_variants_be_fragments() -> None:
    rules = schema()
    assert fits({"extends": "tag", "teams": {"runner": {"drive": {"accel": "$a"}, "color": None}}}, rules, rules)
    assert rules["else"] == {"required": ["format", "name", "teams"]}
    assert rules["allowComments"] is True


def test_every_key_is_described() -> None:
    rules = schema()
    for body in [rules, *rules["$defs"].values()]:
        for key, prop in body.get("properties", {}).items():
            if key not in ("type",):
                assert prop.get("description"), key


# Reference and starter -----------------------------------------------------------------------


def test_reference_has_every_key() -> None:
    text = reference_markdown()
    for body in [schema(), *schema()["$defs"].values()]:
        for key in body.get("properties", {}):
            assert f"`{key}`" in text or key in (
                "uniform",
                "normal",
                "one_of",
                "rect",
                "circle",
                "default",
                "min",
                "max",
            )
    document = f"# Language\n\n{BEGIN}\nold\n{END}\nafter\n"
    assert text in update_reference(document)
    assert update_reference(update_reference(document)) == update_reference(document)
    with pytest.raises(ValueError, match="reference: begin"):
        update_reference("nothing")


def test_starter_is_a_good_example() -> None:
    text = starter_text("my_game")
    assert loads(text).name == "my_game"
    assert format_text(text) == text
    with pytest.raises(ScenarioError, match="expected a name like my_thing2"):
        starter_text("My Game")
