"""Valid means it runs, and what isn't is refused at once, with its place: numbers as programs write them, numbers that float32 can't hold, texts for terminals."""

import json
import signal
import threading
import time
from typing import Any

import numpy as np
import pytest

import sandlot
from sandlot.scenarios import ScenarioError, loads, scenario_hash
from sandlot.scenarios.text.problems import Problem, clean, few_looks, suggestion


def game(**more: Any) -> dict[str, Any]:
    """A small game and what a test adds to it."""
    return {"format": "sandlot/1", "name": "n", "teams": {"a": {"drive": {"type": "walk"}}}, "end": {"time": 9}} | more


def refused(made: dict[str, Any] | str, **options: Any) -> str:
    """What is said of a game that is refused."""
    with pytest.raises(ScenarioError) as error:
        loads(made if isinstance(made, str) else json.dumps(made), **options)
    return str(error.value)


# Whole numbers


@pytest.mark.parametrize("three", [3, 3.0, np.int64(3), np.float32(3), np.float64(3), np.array(3)])
def test_a_whole_number_may_be_written_as_a_float(three: Any) -> None:
    made = sandlot.load("tag", chasers=three)
    assert made.teams["chaser"].count == 3
    assert type(made.params_used["chasers"]) is int
    assert scenario_hash(made) == scenario_hash(sandlot.load("tag", chasers=3))


@pytest.mark.parametrize("text", ["2", "2.0", "2e0", "0.2e1"])
def test_a_whole_float_in_a_file(text: str) -> None:
    shoot = f'"says": {{ "symbols": {text} }}, "shoot": {{ "projectile": "dart", "pool": {text} }}'
    file = json.dumps(game(things={"dart": {}})).replace('"drive"', f'"count": {text}, {shoot}, "drive"')
    made = loads(file)
    assert (made.teams["a"].count, made.things["dart"].count) == (2, 4)
    assert type(made.teams["a"].count) is int


def test_a_half_is_no_count() -> None:
    assert "expected a whole number from 0 to 1024 (MAX_COUNT), got 2.5" in refused(game(teams={"a": {"count": 2.5}}))


# What programs write


def test_a_dict_may_hold_numpy() -> None:
    made = sandlot.make_vec(
        game(
            world={"size": np.array([4, 6.5])},
            teams={
                "a": {"count": np.int64(2), "place": {"ring": (0, 0, np.float32(1)), "turn": np.True_}, "drive": {"type": np.str_("walk")}}
            },
        )
    ).scenario
    assert made.world.size == (4, 6.5)
    assert made.teams["a"].place.turn is True


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            {"things": {"b": {"at": {1, 2}}}},
            "<dict> $.things.b.at: expected a number, a text, true, false, null, a list or a dict, got a set",
        ),
        ({"things": {3: {}}}, "<dict> $.things: expected keys that are texts, got 3"),
        ({"world": {"size": np.array([np.nan, 1])}}, r"NaN is not a number here"),
        ({"world": {"size": np.array([1, 2, 3])}}, r"\$.world.size: expected \[x, y\], got a list of 3"),
    ],
)
def test_a_dict_that_is_no_game_is_told_where(more: dict[Any, Any], said: str) -> None:
    with pytest.raises(ScenarioError, match=said if "\\" in said or "NaN" in said else None) as error:
        sandlot.make_vec(game(**{}) | more)
    assert "\\" in said or said in str(error.value)


def test_a_dict_in_itself_ends() -> None:
    loop: dict[str, Any] = game()
    loop["things"] = loop
    with pytest.raises(ScenarioError, match="MAX_NESTING"):
        sandlot.make_vec(loop)


# Numbers that float32 can't hold

TINY = {
    "a field": (
        '{"drive": {"type": "thrust", "top_speed": T}}',
        "$.teams.a.drive.top_speed: expected 0 or a number of at least 1e-36 in size (MIN_NUMBER), got {}",
    ),
    "a random one": ('{"radius": {"normal": [1, T]}}', "got {}"),
    "a formula": ('{"solid_if": "= self.x < T", "drive": {"type": "walk"}}', "this number is too small"),
}


@pytest.mark.parametrize("number", ["1e-40", "5e-324", "1e-37"])
@pytest.mark.parametrize("name", TINY)
def test_numbers_below_float32_are_refused(name: str, number: str) -> None:
    text, said = TINY[name]
    team = text.replace("T", number)
    assert said.format(f"{float(number):.12g}") in refused('{"format": "sandlot/1", "name": "n", "teams": {"a": %s}}' % team)  # noqa: UP031


def test_a_number_that_vanishes_is_refused() -> None:
    assert '"1e-400" is too small a number' in refused(json.dumps(game(version=7)).replace("7", "1e-400"))
    assert "this number is too small" in refused(game(score={"a": "= 1e-400"}))
    assert "this number is too small" in refused(game(score={"a": "= 1e-20 * 1e-20"}))
    assert "this number is too small" in refused(game(params={"eps": 1e-30}, score={"a": "= 1 + eps * eps"}))
    assert "0 or a number from 1e-36 to 1e+12 in size" in refused(game(params={"eps": 1}), eps=1e-40)
    loads(json.dumps(game(score={"a": "= 0.0 + 0e-500 + 1e-30"})))


# Names


@pytest.mark.parametrize("name", ["close-in", "near goal", "close/in", "a" * 90])
@pytest.mark.parametrize("term", ["= 1", {"progress": "= 1"}])
def test_reward_terms_have_names(name: str, term: Any) -> None:
    for team in ("a", "*"):
        said = refused(game(rewards={team: {name: term}}))
        assert "at most 64 (MAX_NAME)" in said or f'expected a name like my_thing2 (a-z, 0-9, _), got "{name}"' in said


def test_the_longest_names_run() -> None:
    team, thing, state, rule = "t" * 64, "g" * 64, "s" * 64, "r" * 64
    made = {
        "format": "sandlot/1", "name": "n", "things": {thing: {"at": [3, 3], "state": {state: 1}}},
        "teams": {team: {"drive": {"type": "walk"}, "sees": [{"of": thing, "fields": [state]}, {"state": f"{thing}.{state}"}]}},
        "rules": {rule: {"when": {"near": [team, thing], "within": 9}, "do": {"set": {f"{thing}.{state}": f"= {thing}.{state} + 1"}, "push": {team: "= vec(1, 0)"}}}},
        "rewards": {team: {rule: 1, "f" * 64: {"progress": "= self.x"}}, "*": {"p" * 64: "= 1"}}, "baseline": {team: {"move": "= vec(1, 0)"}},
    }  # fmt: skip
    env = sandlot.make_vec(made)
    env.reset(seed=0)
    env.step(env.scripted_actions())


# Texts for terminals

STEERING = ["\x1b]0;owned\x07", "\x9b31m", "\u202e", "\u2066", "\r", "\x00", "\u2028"]


@pytest.mark.parametrize("text", STEERING)
@pytest.mark.parametrize(
    "made",
    [lambda t: game(about=t), lambda t: game(end={t: "r"}), lambda t: game(**{t: 1}), lambda t: game(score={"a": "= 1" + t}), lambda t: game(view={"follow": t})],
    ids=["about", "label", "key", "formula", "name"],
)  # fmt: skip
def test_no_text_of_a_file_steers_a_terminal(text: str, made: Any) -> None:
    for ascii_only in (True, False):
        said = refused(json.dumps(made(f"x{text}y"), ensure_ascii=ascii_only), file=f"game{text}.json")
        assert clean(said) == said


def test_other_writing_is_welcome() -> None:
    about = "Игра, משחק\u200f, لعبة, 게임, 👩\u200d🚀\nand a\ttab"
    assert loads(json.dumps(game(about=about))).about == about


def test_problems_are_clean() -> None:
    problem = Problem("a\x1b.json", 1, 1, "$.\u202e", "got \x9b")
    assert str(problem) == r"a\u001b.json:1:1 $.\u202e: got \u009b"


# Refusing is quick

MANY = {
    "likes": {"things": {f"kind_of_thing_{i}": {"like": f"kind_of_thing_z{i}"} for i in range(4000)}},
    "a chain of likes": {"things": {f"k{i}": {"like": f"k{i + 1}"} for i in range(9000)}},
    "params that are missing": {"let": {f"name_{i}": f"$some_param_of_it_{i}" for i in range(9000)}, "params": {f"some_param_{i}": 1 for i in range(64)}},
    "rules": {"rules": {f"some_rule_{i}": {"when": {"touch": [f"thing_{i}", f"think_{i}"]}} for i in range(5000)}},
    "terms": {"rewards": {"a": {f"some_term_{i}": 1 for i in range(20000)}}, "rules": {f"some_rule_{i}": {"when": {"every": 1}} for i in range(128)}},
    "senses": {"teams": {"a": {"sees": [{"of": f"some_kind_{i}"} for i in range(9000)]}}, "things": {f"some_thing_{i}": {} for i in range(60)}},
    "formulas": {"score": {f"team_{i}": f"= some_name_{i} + 1" for i in range(9000)}, "params": {f"some_param_{i}": 1 for i in range(64)}},
    "ends": {"end": {f"label_{i}": f"some_rule_z{i}" for i in range(20000)}, "rules": {f"some_rule_{i}": {"when": {"every": 1}} for i in range(128)}},
    "colours": {"view": {"trail": ["some_kind_of_colour"] * 20000, "colors": {f"a{i}": "some_kind_of_blue" for i in range(9000)}}},
    "points": {"things": {"b": {"at": [[0, 0]] * 16000, "body": "dynamic"}}},
    "joints": {"things": {"b": {"count": 1024, "radius": 0.01, "body": "dynamic"}} | {f"c{i}": {} for i in range(62)},
               "joints": {f"j{i}": {"type": "pin", "between": ["b", "b"]} for i in range(64)}},
    "keys": {"world": {f"some_siez_{i}": 1 for i in range(30000)}},
    "brackets": {"score": {"a": "= " + "(" * 900 + ")" * 900}},
    "joint ends": {"joints": {f"some_joint_{i}": {"type": "pin", "between": [f"kind_a{i}", f"kind_b{i}"]} for i in range(9000)}},
    "long names": {"rewards": {"a": {f"{'long' * 15}{i}": 1 for i in range(9000)}}, "rules": {f"{'long' * 15}x{i}": {"when": {"every": 1}} for i in range(128)}},
    "lessons": {"params": {"n": 1}, "lessons": [{"name": f"some_lesson_{i}", "params": {"m": 1}, "max_steps": 1} for i in range(5000)]},
}  # fmt: skip


@pytest.mark.parametrize("name", MANY)
def test_refusing_is_never_slow(name: str) -> None:
    text = json.dumps(game() | MANY[name])
    begun = time.process_time()
    with pytest.raises(ScenarioError):
        loads(text)
    assert time.process_time() - begun < 2


def test_similar_names_are_sought_for_so_long_and_no_longer() -> None:
    names = [f"{'long' * 15}{k:04}" for k in range(400)]
    begun = time.process_time()
    with few_looks():
        hints = [suggestion("long" * 15 + "000x", names) for _ in range(300)]
    assert time.process_time() - begun < 2
    assert [bool(hint) for hint in hints] == [False] * 300
    assert suggestion("wrod", ["word"]) == ' (did you mean "word"?)'
    with few_looks():
        assert all("word" in suggestion("wrod", ["word", "other", "names"]) for _ in range(1000))


# What runs, runs in bounded time


def busy(effects: int = 1, bodies: int = 1024, text: str = "sum(d, sum(c, c.x * d.x))") -> dict[str, Any]:
    """A rule whose effects each go over many things for each of many things."""
    things = {
        "c": {"count": bodies, "radius": 0.01, "body": "sensor", "place": {"in": "world"}, "state": {f"s{k}": 0 for k in range(effects)}},
        "d": {"count": 64, "radius": 0.01, "body": "sensor", "place": {"in": "world"}},
    }
    rules = {"r": {"when": {"every": 0.1}, "do": {"set": {f"c.s{k}": f"= {text}" for k in range(effects)}}}}
    return game(things=things, rules=rules)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (busy(), "$.rules.r.do.set.c.s0: in a decision of a world all formulas do 402,851,840 operations, at most 67,108,864 (MAX_STEP_WORK); 402,851,840 of them are for this"),
        (game(things={"c": {"count": 1000, "radius": 0.01, "place": {"in": "world"}}}, teams={"a": {"count": 1000, "radius": 0.01, "place": {"in": "world"}, "sees": [{"rays": 40}]}}),
         "$.teams.a.sees[0]: in a decision of a world all senses look at 80,000,000 things, at most 67,108,864 (MAX_STEP_LOOKS); 80,000,000 of them are for this"),
        (game(things={"c": {"count": 900, "body": "sensor", "radius": 0.01, "place": {"in": "world"}}}, teams={"a": {"count": 100, "radius": 0.01, "place": {"in": "world"}, "sees": [{"of": "c", "nearest": 9, "occluded": True}]}}),
         "all senses look at 90,900,000 things"),
        (game(things={"c": {"count": 500, "body": "dynamic", "radius": 0.01, "place": {"in": "world"}}}, rules={"r": {"when": {"touch": ["c", "c"]}, "if": "= " + " + ".join(["self.x"] * 160) + " > 0", "do": {"add": {"self.spin_deg_per_s": "= " + " + ".join(["self.x"] * 160)}}}}),
         "in a decision of a world all formulas do"),
        (game(things={"c": {"count": 200, "body": "dynamic", "radius": 0.01, "place": {"in": "world"}}}, rewards={"*": {"t": "= sum(c, dist(nearest(c, self), self) * dist(nearest(c, c), c))"}}, teams={"a": {"count": 1000, "radius": 0.01, "place": {"in": "world"}}}),
         "$.rewards.*.t: in a decision of a world all formulas do"),
    ],
    ids=["effects", "rays", "hidden", "meetings", "rewards"],
)  # fmt: skip
def test_what_all_do_together_is_limited(made: dict[str, Any], said: str) -> None:
    assert said in refused(made)


def test_what_is_just_allowed_steps_at_once() -> None:
    env = sandlot.make_vec(busy(1, 160))
    env.reset(seed=0)
    begun = time.process_time()
    env.step(env.scripted_actions())
    assert time.process_time() - begun < 3


@pytest.mark.parametrize("threads", [1, 2])
def test_a_long_step_hears_ctrl_c(threads: int) -> None:
    """The kernel comes back between ranges of blocks; who was interrupted begins anew."""
    env = sandlot.make_vec(busy(1, 100), 16 * 200, threads=threads)
    env.reset(seed=0)
    actions = env.scripted_actions()
    pressed, begun = [], time.perf_counter()

    def press() -> None:
        pressed.append(time.process_time())
        signal.raise_signal(signal.SIGINT)

    def work() -> None:
        while time.perf_counter() - begun < 60:  # one step takes longer, unless this machine is fast, or busy with other things
            env.step(actions)

    threading.Timer(0.2, press).start()
    with pytest.raises(KeyboardInterrupt):
        work()
    assert time.process_time() - pressed[0] < 2
    with pytest.raises(RuntimeError, match="call reset before step"):
        env.step(actions)
    env.reset(seed=0)
    env.close()


# Messages that say what to write


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"rules": {"r": {"when": "touch"}}}, '$.rules.r.when: expected an event like {"touch": ["a", "b"]} or a formula, got "touch"; write {"touch": ["a", "b"]}'),
        ({"rules": {"r": {"when": "nera"}}}, 'got "nera"; write {"near": ["a", "b"], "within": 2}'),
        ({"rules": {"r": {"when": "every"}}}, 'write {"every": 2}'),
        ({"rules": {"r": {"when": "self.x > 3"}}}, 'got "self.x > 3"; a formula starts with "="'),
        ({"rules": {"r": {"when": {"every": 1}}}, "rewards": {"a": {"r": {"amount": 2}}}},
         '$.rewards.a.r: expected a number (a rule is paid so much each time), a formula or {"progress": "= ..."}, got an object with "amount"'),
        ({"rewards": {"a": {"t": {"progres": "= 1"}}}}, '$.rewards.a.t: missing key "progress"'),
        ({"rules": {"r": {"when": {"every": 1}, "do": {"set": {"a.x": 1}}}}},
         '"x" can\'t be changed; a rule can change "velocity", "angle_deg", "spin_deg_per_s", "surface_speed", "accel" or "top_speed"; "place" puts it somewhere'),
        ({"rules": {"r": {"when": {"every": 1}, "do": {"set": {"a.vy": 1}}}}}, 'set "velocity", a vector'),
    ],
)  # fmt: skip
def test_messages_say_what_to_write(more: dict[str, Any], said: str) -> None:
    assert said in refused(game(**more))


def test_a_crowd_that_finds_no_room_gives_up_soon() -> None:
    """Each of many that stands nowhere free tries less than the ones before it: 100 tries for each would take half a minute here."""
    kinds = {
        f"k{i}": {"count": 1000, "radius": 0.005, "body": "sensor", "place": {"in": "world", "away_from": {f"k{(i + 1) % 3}": 9}}}
        for i in range(3)
    }
    env = sandlot.make_vec(game(things=kinds))
    begun = time.process_time()
    _, info = env.reset(seed=0)
    assert time.process_time() - begun < 5
    assert info["misplaced"][0] > 1000
