"""The language: what loads, what it means, and that schema, layout and reference stay true."""


import copy
import json
import pickle
import re
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandlot.scenarios import (
    Problem,
    Scenario,
    ScenarioError,
    canonical,
    format_text,
    full,
    load,
    loads,
    names,
    path_of,
    reference_markdown,
    scenario_hash,
    schema,
    starter_text,
)
from sandlot.scenarios.check_places import separation
from sandlot.scenarios.limits import MAX_BODIES
from sandlot.scenarios.model_drives import Tank, Thrust
from sandlot.scenarios.model_places import Place
from sandlot.scenarios.model_rules import Event, Progress
from sandlot.scenarios.model_senses import ClockSense, ObjectSense, RaySense, SelfSense
from sandlot.scenarios.numbers import Normal, OneOf, Uniform, bounds
from sandlot.scenarios.outlines import area_of, bounding_radius
from sandlot.scenarios.reference import BEGIN, END, update_reference
from sandlot.scenarios.schema import SCHEMA_FILE, schema_text
from sandlot.scenarios.text import parse_text

TAG = """{
  "$schema": "./scenario.schema.json",
  "format": "sandlot/1", "name": "tag", "version": 0,
  "about": "Slow chasers hunt a faster runner among pillars.",
  "params": { "chasers": 3, "runners": 1, "pillars": 4, "shaping": 0.1 },
  "world": { "size": [10, 10], "walls": "solid", "drag": 0.25, "decisions_per_second": 10 },
  "things": {
    "pillar": { "count": "$pillars", "shape": "circle", "radius": { "uniform": [0.4, 0.8] }, "body": "static", "place": { "in": "world", "gap": 0.9 } }
  },
  "teams": {
    "chaser": {
      "count": "$chasers", "shape": "circle", "radius": 0.35, "color": "crimson",
      "drive": { "type": "thrust", "accel": 6, "top_speed": 2.0 },
      "place": { "in": "world", "gap": 0.2 },
      "sees": [ "self", { "of": "chaser", "nearest": 2 }, { "of": "runner", "nearest": 1 }, { "of": "pillar", "nearest": 4 } ]
    },
    "runner": { "like": "chaser", "count": "$runners", "radius": 0.25, "color": "seagreen", "drive": { "accel": 8, "top_speed": 2.6 },
                "sees": [ "self", { "of": "chaser", "nearest": 3 }, { "of": "pillar", "nearest": 4 } ] }
  },
  "rules": { "tagged": { "when": { "touch": ["chaser", "runner"] }, "cooldown": 1.0 } },
  "rewards": {
    "chaser": { "shared": true, "tagged": 10, "close_in": "= -shaping * dist(self, nearest(runner))" },
    "runner": { "tagged": -10, "keep_away": "= shaping * dist(self, nearest(chaser))" }
  },
  "end": { "time": 20 },
  "score": { "chaser": "= count(tagged)", "runner": "= -count(tagged)" }
}
"""

PUSH = """{
  "format": "sandlot/1", "name": "tell_and_push", "version": 0,
  "about": "The guide knows which button opens the door; the worker must hear it, press it, then push the box through.",
  "params": { "buttons": 3, "hint": true },
  "world": { "size": [12, 8], "walls": "solid", "drag": 0.6, "decisions_per_second": 10 },
  "draw": { "right": { "one_of": "button" } },
  "things": {
    "wall":   { "at": [[0, 2.5], [0, -2.5]], "shape": "box", "size": [0.3, 3], "body": "static" },
    "door":   { "at": [0, 0], "shape": "box", "size": [0.3, 2], "body": "static", "state": { "open": false }, "solid_if": "= not open", "color": "goldenrod" },
    "button": { "count": "$buttons", "shape": "circle", "radius": 0.4, "body": "sensor", "place": { "row": [[-5, -3], [-1.5, -3]] } },
    "box":    { "at": [-2, 0], "shape": "box", "size": [0.9, 0.9], "mass": 2, "body": "dynamic" },
    "goal":   { "at": [4.5, 0], "shape": "box", "size": [2, 3], "body": "sensor" }
  },
  "teams": {
    "guide":  { "count": 1, "at": [-5, 3], "shape": "circle", "radius": 0.3, "body": "static", "says": { "symbols": "$buttons" }, "sees": [ "self", { "know": "right", "if": "$hint" } ] },
    "worker": { "count": 1, "at": [-4, 0], "shape": "circle", "radius": 0.35, "drive": { "type": "tank", "accel": 6, "top_speed": 2, "turn_deg_per_s": 180 },
                "sees": [ "self", { "of": "button" }, { "of": "box" }, { "of": "goal" }, { "of": "door", "fields": ["offset", "open"] }, { "hear": "guide" } ] }
  },
  "rules": {
    "opened":    { "when": { "touch": ["worker", "button"], "if": "= button == right" }, "once": true, "do": { "set": { "door.open": true } } },
    "misread":   { "when": { "touch": ["worker", "button"], "if": "= button != right" }, "cooldown": 1.0 },
    "delivered": { "when": { "inside": ["box", "goal"] } }
  },
  "rewards": { "*": { "opened": 1, "misread": -0.2, "delivered": 10, "push_on": "= -0.01 * dist(box, goal)" } },
  "end": { "time": 60, "won": "delivered" }
}
"""

GAMES = {"tag": TAG, "push": PUSH, "starter": starter_text("starter")}
MINIMAL = '{ "format": "sandlot/1", "name": "m", "teams": { "a": { } } }'


def texts() -> dict[str, str]:
    """Return all games there are, by a name for the test."""
    return GAMES | {f"library_{name}": path_of(name).read_text(encoding="utf-8") for name in names()}


def kind_game(things: str, teams: str = '"a": { "at": [3, 3] }', rest: str = "") -> Scenario:
    """Load a game with these things."""
    return loads(
        f'{{ "format": "sandlot/1", "name": "g", "things": {{ {things} }}, "teams": {{ {teams} }} {rest} }}'
    )


# Loading -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", names())
def test_library_games_load(name: str) -> None:
    game = load(name)
    assert game.name == name
    assert game.agents


def test_tag_means_what_it_says() -> None:
    game = loads(TAG, "tag.json", chasers=5)
    assert game.kinds == ["pillar", "chaser", "runner"]
    assert game.agents == [*(f"chaser_{i}" for i in range(5)), "runner_0"]
    assert game.params_used == {"chasers": 5, "runners": 1, "pillars": 4, "shaping": 0.1}
    assert game.things["pillar"].radius == Uniform(0.4, 0.8)
    assert game.teams["runner"].drive == Thrust(type="thrust", accel=8.0, top_speed=2.6)
    assert game.teams["runner"].shape == "circle"
    assert game.teams["runner"].place == Place.model_validate({"in": "world", "gap": 0.2})
    assert isinstance(game.rules["tagged"].when, Event)
    assert game.rules["tagged"].when.kind == "touch"
    assert game.rules["tagged"].when.pair == ("chaser", "runner")
    assert game.is_shared("chaser")
    assert not game.is_shared("runner")
    assert [(term.name, term.rule, term.weight) for term in game.paid_terms("chaser")] == [
        ("tagged", "tagged", 10.0),
        ("close_in", None, 1.0),
    ]
    assert game.actions_of("chaser") == {"move": "vector"}
    assert set(game.formulas) == {
        "$.rewards.chaser.close_in",
        "$.rewards.runner.keep_away",
        "$.score.chaser",
        "$.score.runner",
    }
    assert game.source == TAG
    assert game.file == "tag.json"


def test_push_means_what_it_says() -> None:
    game = loads(PUSH)
    assert game.things["wall"].count == 2
    assert game.things["wall"].spots == ((0.0, 2.5), (0.0, -2.5))
    assert game.things["door"].spots == ((0.0, 0.0),)
    assert game.things["button"].spots is None
    assert game.things["door"].state == {"open": False}
    assert game.draw["right"].kind == "button"
    assert game.teams["guide"].says is not None
    assert game.teams["guide"].says.symbols == 3
    assert game.actions_of("guide") == {"say": "number"}
    assert game.actions_of("worker") == {"forward": "number", "turn": "number"}
    assert "$.rewards.*.push_on@guide" in game.formulas
    assert game.formulas["$.rules.opened.do.set.door.open"].type == "truth"
    assert [term.name for term in game.paid_terms("worker")] == ["opened", "misread", "delivered", "push_on"]
    worker = game.teams["worker"]
    assert isinstance(worker.drive, Tank)
    assert isinstance(worker.sees[0], SelfSense)
    assert game.self_fields("worker", worker.sees[0]) == ("position", "velocity", "heading", "spin")
    assert [game.object_fields(sense) for sense in worker.sees if isinstance(sense, ObjectSense)] == [
        ("offset",),
        ("offset", "velocity"),
        ("offset",),
        ("offset", "open"),
    ]
    assert loads(PUSH, hint=False).teams["guide"].sees[1].if_ is False  # type: ignore[union-attr]


def test_defaults() -> None:
    game = loads(MINIMAL)
    team = game.teams["a"]
    assert (team.shape, team.radius, team.mass, team.body, team.spots) == (
        "circle", 0.5, 1.0, "dynamic", ((0.0, 0.0),)
    )  # fmt: skip
    assert game.world.size == (10.0, 10.0)
    assert isinstance(team.sees[0], SelfSense)
    assert game.end.time is None
    many = loads(MINIMAL.replace("{ }", '{ "count": 3 }')).teams["a"]
    assert many.place == Place.model_validate({"in": "world", "gap": 0.1})
    rocket = loads(MINIMAL.replace("{ }", '{ "drive": { "type": "rocket" } }')).teams["a"]
    assert rocket.angle_deg == 90
    turned = loads(MINIMAL.replace("{ }", '{ "angle_deg": 5, "drive": { "type": "rocket" } }')).teams["a"]
    assert turned.angle_deg == 5


@pytest.mark.parametrize(
    ("shape", "radius"),
    [
        ('"circle"', 0.5),
        ('"capsule"', 0.25),
        ('"box"', 0.0),
        ('"polygon", "vertices": [[0,0],[1,0],[0,1]]', 0.0),
    ],
)
def test_radius_depends_on_the_shape(shape: str, radius: float) -> None:
    assert kind_game(f'"k": {{ "shape": {shape} }}').things["k"].radius == radius


def test_random_numbers() -> None:
    game = kind_game(
        '"a1": { "radius": { "normal": [1, 0.5] } }, "b": { "radius": { "one_of": [1, 2] } },'
        '"c": { "at": [{ "uniform": [-1, 1] }, 2] }, "d": { "density": 2 }'
    )
    assert game.things["a1"].radius == Normal(1.0, 0.5, 0.0, 5000.0)
    assert game.things["b"].radius == OneOf((1.0, 2.0))
    assert game.things["c"].spots == ((Uniform(-1.0, 1.0), 2.0),)
    assert (game.things["d"].mass, game.things["d"].density) == (None, 2.0)
    assert bounds(OneOf((3.0, 1.0))) == (1.0, 3.0)


def test_comments_and_trailing_commas() -> None:
    text = MINIMAL.replace("{ }", "{ /* here */ }, // and here\n").replace('"m",', '"m", /* { " */')
    assert loads(text).agents == ["a_0"]


def test_gravity_forms() -> None:
    for written, vector in (("9.8", (0.0, -9.8)), ("[1, 2]", (1.0, 2.0))):
        text = MINIMAL.replace('"teams"', f'"world": {{ "gravity": {written} }}, "teams"')
        assert loads(text).world.gravity_vector == vector


def test_numbers_from_numpy_are_params() -> None:
    numpy = pytest.importorskip("numpy")
    game = loads(TAG, chasers=numpy.int64(2), shaping=numpy.float32(0.5))
    assert game.teams["chaser"].count == 2
    assert game.params_used["shaping"] == 0.5


def test_a_scenario_is_frozen_and_travels() -> None:
    game = loads(PUSH)
    with pytest.raises(ValueError, match="frozen"):
        game.name = "other"  # type: ignore[misc]
    for twin in (pickle.loads(pickle.dumps(game)), copy.deepcopy(game)):
        assert twin == game
        assert twin.formulas == game.formulas
        assert twin.file == game.file
    with pytest.raises(ScenarioError) as caught:
        loads("{")
    assert pickle.loads(pickle.dumps(caught.value)).problems == caught.value.problems


def test_a_page_loads_fast() -> None:
    best = min(_time(PUSH) for _ in range(5))
    assert best < 0.05  # about 2 ms; a shared machine may be slow


def _time(text: str) -> float:
    started = time.perf_counter()
    loads(text)
    return time.perf_counter() - started


# like and extends ----------------------------------------------------------------------------


def test_like_merges_deeply_and_null_removes() -> None:
    game = kind_game(
        '"a1": { "shape": "box", "size": [2, 1], "friction": 0.9, "color": "red", "state": { "x1": 1, "x2": 2 } },'
        '"b": { "like": "c", "color": null, "state": { "x1": null, "x3": 3 } },'
        '"c": { "like": "a1", "bounce": 0.5, "place": { "in": "world" } }'
    )
    b = game.things["b"]
    assert (b.shape, b.size, b.friction, b.bounce, b.color) == ("box", (2.0, 1.0), 0.9, 0.5, None)
    assert b.state == {"x2": 2.0, "x3": 3.0}
    assert b.place is not None


def test_naming_another_variant_starts_afresh() -> None:
    game = kind_game(
        '"a1": { "radius": { "uniform": [0.1, 0.2] }, "place": { "in": "world", "away_from": { "b": 1 } } },'
        '"b": { "like": "a1", "radius": { "one_of": [0.2] }, "place": { "row": [[0, 0], [1, 0]] } },'
        '"c": { "like": "a1", "shape": "box", "at": [1, 2], "density": 1 }',
        '"t": { "at": [3, 3], "drive": { "type": "walk", "accel": 9 } },'
        '"u": { "like": "t", "at": [3, -3], "drive": { "type": "tank" } }',
    )
    assert game.things["b"].radius == OneOf((0.2,))
    assert game.things["b"].place == Place.model_validate({"row": [[0, 0], [1, 0]]})
    assert game.things["c"].place is None
    assert game.things["c"].radius == 0.0
    assert game.teams["u"].drive == Tank(type="tank")


def test_a_thing_may_be_like_a_team() -> None:
    game = kind_game(
        '"ghost": { "like": "t" }',
        '"t": { "radius": 0.2, "drive": { "type": "walk" }, "place": { "in": "world" } }',
    )
    assert game.things["ghost"].radius == 0.2
    assert game.things["ghost"].body == "static"


def test_extends_a_file_and_the_library(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "base.json").write_text(TAG)
    (tmp_path / "sub" / "middle.json").write_text('{ "extends": "../base.json", "params": { "chasers": 2 } }')
    (tmp_path / "game.json").write_text(
        '{ "extends": "sub/middle.json", "name": "mine", "teams": { "runner": { "radius": 0.2 } }, "end": { "time": null } }'
    )
    game = load(tmp_path / "game.json", runners=2)
    assert (game.name, len(game.agents)) == ("mine", 4)
    assert game.teams["runner"].radius == 0.2
    assert game.end.time is None
    if "tag" in names():
        assert loads('{ "extends": "tag", "name": "tag_two" }').teams.keys() == load("tag").teams.keys()


def test_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.json").write_text(TAG)
    assert load(str(tmp_path / "mine.json")).name == "tag"
    monkeypatch.chdir(tmp_path)
    assert load("mine.json").file == "mine.json"
    with pytest.raises(ScenarioError, match=r'for the file beside you say "mine.json"'):
        load("mine")


# Rules, rewards ------------------------------------------------------------------------------


def test_every_event_and_effect_loads() -> None:
    game = kind_game(
        '"ball": { "at": [0, 0], "body": "dynamic", "state": { "hits": 0 } }, "spot": { "at": [2, 0], "body": "sensor" }',
        '"a": { "at": [3, 3], "says": { "symbols": 4 } }',
        """, "end": { "time": 9, "out": "r1" }, "rules": {
            "r0": { "when": { "touch": ["a", "walls"] } },
            "r1": { "when": { "apart": ["a", "ball"] } },
            "r2": { "when": { "inside": ["ball", "spot"] }, "chance": 0.5 },
            "r3": { "when": { "outside": ["ball", "spot"] }, "if": "= self.hits > 2" },
            "r4": { "when": { "near": ["a", "ball"], "within": 1 } },
            "r5": { "when": { "hears": "a", "symbol": 2, "if": "= self.said == 2" } },
            "r6": { "when": { "every": 2 }, "do": { "add": { "ball.hits": 1 } } },
            "r7": { "when": { "at": 2 }, "do": { "set": { "ball.velocity": [1, 0], "ball.angle_deg": "= 90 * random()" } } },
            "r8": { "when": { "start": true }, "do": { "place": { "ball": "start", "a": [1, 1] } } },
            "r9": { "when": "= ball.hits > 3", "do": { "remove": "ball", "push": { "a": "= vec(1, 0)", "ball": [0, 1] } } }
        }""",
    )
    events = [rule.when.kind for rule in game.rules.values() if isinstance(rule.when, Event)]
    assert events == ["touch", "apart", "inside", "outside", "near", "hears", "every", "at", "start"]
    assert game.rules["r9"].do.remove == ("ball",)
    assert game.rules["r8"].do.place == {"ball": "start", "a": (1.0, 1.0)}
    assert game.formulas["$.rules.r7.do.set.ball.velocity"].op == "vec"
    assert game.formulas["$.rules.r9.when"].op == "gt"
    assert game.formulas["$.rules.r6.do.add.ball.hits"].value == 1.0
    assert game.end.rules == {"out": "r1"}


def test_rewards_of_everyone_and_of_one() -> None:
    game = kind_game(
        "",
        '"a": {}, "b": { "at": [3, 3] }',
        """, "rules": { "r": { "when": { "touch": ["a", "b"] } } }, "rewards": {
            "*": { "shared": true, "r": 1, "far": "= self.x" },
            "b": { "shared": false, "r": 2, "shaped": { "progress": "= self.y", "weight": 3 } }
        }""",
    )
    assert (game.is_shared("a"), game.is_shared("b")) == (True, False)
    assert [(t.name, t.weight, t.progress) for t in game.paid_terms("b")] == [
        ("r", 2.0, False), ("far", 1.0, False), ("shaped", 3.0, True),
    ]  # fmt: skip
    assert isinstance(game.rewards["b"].terms["shaped"], Progress)
    assert "$.rewards.b.shaped.progress" in game.formulas
    assert "$.rewards.*.far@a" in game.formulas


def test_senses_in_every_form() -> None:
    game = kind_game(
        '"d": { "at": [1, 1], "state": { "open": false } }',
        '"a": { "at": [3, 3], "count": 1, "sees": ["self", "touch", "clock", { "self": ["heading"] }, { "rays": 4 },'
        ' { "touch": ["d", "walls"] }, { "state": "d.open" }, { "clock": true }, { "know": "k" },'
        ' { "of": "d", "nearest": 1, "fields": ["offset", "open", "alive"], "range": 3, "fov_deg": 90, "noise": 0.1 }] }',
        ', "draw": { "k": { "uniform": [0, 1] } }, "end": { "time": 5 }',
    )
    sees = game.teams["a"].sees
    assert isinstance(sees[2], ClockSense)
    assert isinstance(sees[4], RaySense)
    assert sees[4].of is None
    assert game.draw["k"].number == Uniform(0.0, 1.0)
    assert game.draw["k"].kind is None


# Room ----------------------------------------------------------------------------------------


def test_areas_and_distances() -> None:
    square = ((-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0))
    assert area_of(square) == 4.0
    shifted = tuple((x + 3.0, y) for x, y in square)
    assert separation(square, shifted) == pytest.approx(1.0)
    assert separation(square, tuple((x + 1.5, y) for x, y in square)) == pytest.approx(-0.5)
    assert separation(square, ((2.0, 2.0),)) == pytest.approx(2**0.5)
    assert separation(square, ((0.5, 0.0),)) == pytest.approx(-0.5)
    assert separation(((0.0, 0.0),), ((3.0, 4.0),)) == pytest.approx(5.0)
    assert separation(((-1.0, 0.0), (1.0, 0.0)), ((0.0, 2.0),)) == pytest.approx(2.0)
    assert separation(((-1.0, 0.0), (1.0, 0.0)), ((0.0, 2.0), (0.0, 3.0))) == pytest.approx(2.0)
    assert separation(((-1.0, 0.0), (1.0, 0.0)), ((3.0, 0.0), (4.0, 0.0))) == pytest.approx(2.0)
    assert (
        bounding_radius(kind_game('"k": { "shape": "box", "size": [6, 8], "body": "sensor" }').things["k"])
        == 5.0
    )


@pytest.mark.parametrize(
    ("things", "fits"),
    [
        ('"p": { "at": [0, 0], "body": "dynamic" }, "q": { "at": [1, 0] }', True),
        ('"p": { "at": [0, 0], "body": "dynamic" }, "q": { "at": [0.99, 0] }', False),
        ('"p": { "at": [0, 0] }, "q": { "at": [0.5, 0] }', True),
        ('"p": { "at": [0, 0], "body": "dynamic" }, "q": { "at": [0, 0], "body": "sensor" }', True),
        ('"p": { "at": [0, 0], "body": "dynamic", "collides_with": [] }, "q": { "at": [0, 0] }', True),
        ('"p": { "at": [0, 0], "body": "dynamic" }, "q": { "at": [0, 0], "solid_if": "= time > 1" }', True),
        ('"p": { "at": [0, 0], "body": "dynamic", "shape": "box" }, "q": { "at": [0.9, 0.9] }', True),
        (
            '"p": { "at": [0, 0], "body": "dynamic", "shape": "box", "angle_deg": 45 },'
            '"q": { "at": [1.1, 0] }',
            False,
        ),
        ('"p": { "place": { "ring": [0, 0, 2] }, "body": "dynamic", "count": 12 }', True),
        ('"p": { "place": { "ring": [0, 0, 2] }, "body": "dynamic", "count": 13 }', False),
    ],
)
def test_overlapping_starts(things: str, fits: bool) -> None:
    if fits:
        kind_game(things, '"a": { "at": [4, 4] }')
    else:
        with pytest.raises(ScenarioError, match="overlapping spawns"):
            kind_game(things, '"a": { "at": [4, 4] }')


def test_thousands_of_fixed_things_are_checked_at_once() -> None:
    spots = [
        [round(-40 + 1.25 * (i % 64), 3), round(-9 + 1.25 * (i // 64), 3)] for i in range(MAX_BODIES // 4)
    ]
    things = ",".join(
        f'"k{k}": {{ "body": "dynamic", "at": {[[x, y + 22 * k - 40] for x, y in spots]} }}' for k in range(3)
    )
    started = time.perf_counter()
    kind_game(things, '"a": { "at": [49, 49] }', ', "world": { "size": [100, 100] }')
    assert time.perf_counter() - started < 2


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
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(), (
        "run sandlot.scenarios.schema.write_schema"
    )


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
        fits(child, known[key], root) if key in known else more is not False and fits(child, more, root)
        for key, child in value.items()
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
    assert fits(
        {"extends": "tag", "teams": {"runner": {"drive": {"accel": "$a"}, "color": None}}}, rules, rules
    )
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


# Anything at all -----------------------------------------------------------------------------

_SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 2000), st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(
        ["", "=", "= 1", "= true", "= self.x", "$chasers", "$no", "self", "world", "chaser", "pillar", "tagged", "walls",
         "circle", "box", "polygon", "start", "sandlot/1", "= dist(self, chaser)", "= nearest(pillar)", "pillar.open"]
    ),
    st.text(max_size=8),
)  # fmt: skip
_KEYS = st.one_of(
    st.sampled_from(
        "like count shape radius size vertices body mass density state solid_if collides_with at place in row ring gap "
        "drive type says symbols sees of nearest fields rays touch when if do set add push remove every near within "
        "hears joints between anchor_a axis motor breaks grabs hands progress weight shared time uniform normal one_of default min max world things teams rules".split()
    ),
    st.text(max_size=5),
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_KEYS, inner, max_size=4)),
    max_leaves=8,
)


def problems_of(text: str) -> tuple[Problem, ...]:
    """Return what is wrong with a game; anything but a ScenarioError goes through."""
    try:
        loads(text, "game.json")
    except ScenarioError as error:
        return error.problems
    return ()


def _containers(tree: Any) -> list[Any]:
    found = [tree]
    for child in tree.values() if isinstance(tree, dict) else tree:
        if isinstance(child, dict | list):
            found += _containers(child)
    return found


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_broken_games_raise_scenario_errors_only(data: st.DataObject) -> None:
    tree = parse_text(data.draw(st.sampled_from([TAG, PUSH, GAMES["starter"]])), "a").plain()
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.sampled_from(_containers(tree)))
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        action = data.draw(st.sampled_from(["replace", "replace", "delete", "add", "rename"]))
        if action == "add" or not keys:
            if isinstance(place, dict):
                place[data.draw(_KEYS)] = data.draw(_VALUES)
            else:
                place.append(data.draw(_VALUES))
            continue
        key = data.draw(st.sampled_from(keys))
        if action == "delete":
            del place[key]
        elif action == "rename" and isinstance(place, dict):
            place[data.draw(_KEYS)] = place.pop(key)
        else:
            place[key] = data.draw(_VALUES)
    text = json.dumps(tree)
    for problem in problems_of(text):
        assert problem.line >= 1
        for leak in ("Input should", "something else", "[type=", "pydantic"):
            assert leak not in problem.message
    once = format_text(text)
    assert format_text(once) == once
    assert parse_text(once, "a").plain() == parse_text(text, "a").plain()


@settings(max_examples=200, deadline=None)
@given(text=st.text(alphabet='{}[]",:/*\\ntue0129.-eE $=ab\n', max_size=60))
def test_any_text_is_an_answer(text: str) -> None:
    try:
        tree = parse_text(text, "a").plain()
    except ScenarioError:
        return
    once = format_text(text)
    assert format_text(once) == once
    assert parse_text(once, "a").plain() == tree


_COMMENTS = st.sampled_from(["", "", "", " ", "\n", "\n\n", "// c\n", "/* c */", "/* c\n d */", "// c\n\n"])


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_layout_with_comments_anywhere(data: st.DataObject) -> None:
    tree = data.draw(st.dictionaries(st.sampled_from("abc"), _VALUES, min_size=1, max_size=3))
    tokens = [match for match in _split(json.dumps(tree))]
    text = "".join(token + data.draw(_COMMENTS) for token in tokens)
    comments = text.count("// c") + text.count("/* c")
    once = format_text(text)
    assert format_text(once) == once
    assert parse_text(once, "a").plain() == parse_text(text, "a").plain()
    assert once.count("// c") + once.count("/* c") == comments


def _split(text: str) -> list[str]:
    return re.findall(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+', text)
