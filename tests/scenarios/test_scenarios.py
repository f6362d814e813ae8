"""The language: what loads, what it means, and that nothing but its own errors comes out."""

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
from texts import GAMES, MINIMAL, PUSH, TAG

from sandlot.scenarios import (
    Problem,
    Scenario,
    ScenarioError,
    format_text,
    load,
    loads,
    names,
)
from sandlot.scenarios.checks.places import separation
from sandlot.scenarios.facts.outlines import area_of, bounding_radius
from sandlot.scenarios.model.drives import Tank, Thrust
from sandlot.scenarios.model.numbers import Normal, OneOf, Uniform, bounds
from sandlot.scenarios.model.places import Place
from sandlot.scenarios.model.rules import Event, Progress
from sandlot.scenarios.model.senses import ClockSense, ObjectSense, RaySense, SelfSense
from sandlot.scenarios.text.limits import MAX_BODIES
from sandlot.scenarios.text.tree import parse_text


def kind_game(things: str, teams: str = '"a": { "at": [3, 3] }', rest: str = "") -> Scenario:
    """Load a game with these things."""
    return loads(f'{{ "format": "sandlot/1", "name": "g", "things": {{ {things} }}, "teams": {{ {teams} }} {rest} }}')


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
    assert (team.shape, team.radius, team.mass, team.body, team.spots) == ("circle", 0.5, 1.0, "dynamic", ((0.0, 0.0),))
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
    assert best < 0.05  # seconds of processor time; about 2 ms


def _time(text: str) -> float:
    started = time.process_time()
    loads(text)
    return time.process_time() - started


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
        '"t": { "at": [3, 3], "drive": { "type": "walk", "accel": 9 } },"u": { "like": "t", "at": [3, -3], "drive": { "type": "tank" } }',
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
        ("r", 2.0, False),
        ("far", 1.0, False),
        ("shaped", 3.0, True),
    ]
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
    assert bounding_radius(kind_game('"k": { "shape": "box", "size": [6, 8], "body": "sensor" }').things["k"]) == 5.0


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
            '"p": { "at": [0, 0], "body": "dynamic", "shape": "box", "angle_deg": 45 },"q": { "at": [1.1, 0] }',
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
    spots = [[round(-40 + 1.25 * (i % 64), 3), round(-9 + 1.25 * (i // 64), 3)] for i in range(MAX_BODIES // 4)]
    things = ",".join(f'"k{k}": {{ "body": "dynamic", "at": {[[x, y + 22 * k - 40] for x, y in spots]} }}' for k in range(3))
    started = time.process_time()
    kind_game(things, '"a": { "at": [49, 49] }', ', "world": { "size": [100, 100] }')
    assert time.process_time() - started < 2


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
