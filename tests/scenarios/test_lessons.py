"""`train`, `test` and `lessons`: what lies over a game's params when it is learnt and judged, and what is said when it can't."""

import copy
import json
import pickle

import gymnasium
import numpy as np
import pytest

import sandlot
from sandlot.agents.cli.main import main
from sandlot.agents.policies.policy_file import card_for, differences
from sandlot.envs.doors.source import game_of
from sandlot.scenarios import ScenarioError, full, lesson_of, load, loads, scenario_hash

GAME = {
    "format": "sandlot/1", "name": "mill",
    "params": {"stones": 3, "pace": {"default": 2, "min": 1, "max": 5}, "pay": 1, "wet": False},
    "world": {"size": [8, 6], "observations": "raw"},
    "things": {
        "stone": {"count": "$stones", "radius": 0.2, "body": "static", "place": {"in": "world"}},
        "sack": {"radius": 0.2, "body": "dynamic", "place": {"in": "world"}, "state": {"wet": "$wet"}},
    },
    "teams": {
        "miller": {"count": 2, "radius": 0.3, "place": {"in": "world"}, "drive": {"type": "thrust", "top_speed": 4, "accel": "$pace"}, "sees": ["self", {"of": "stone", "nearest": 2}]},
        "mouse": {"radius": 0.1, "place": {"in": "world"}, "drive": {"type": "walk"}, "sees": ["self"]},
    },
    "rules": {"caught": {"when": {"touch": ["miller", "mouse"]}}},
    "rewards": {"miller": {"caught": "$pay"}},
    "end": {"time": 5},
    "score": {"miller": "= count(caught)"},
    "train": {"pace": {"uniform": [1.5, 2.5]}},
    "test": {"pace": {"one_of": [1, 4]}, "stones": 5, "wet": True},
    "lessons": [
        {"name": "easy", "params": {"stones": 0, "pay": {"uniform": [1, 2]}}, "until": {"event": "caught", "at_least": 0.5, "over": 50}},
        {"name": "slow", "params": {"pace": 1}, "max_steps": 1000},
    ],
}  # fmt: skip


def mill(split=None, lesson=None, vary=None, changes=None, **params):
    return loads(json.dumps(GAME | (changes or {})), "mill.json", split=split, lesson=lesson, vary=vary, **params)


# --- what is laid over ------------------------------------------------------------------------------------------------------------------------


def test_nothing_is_laid_over_a_game_unasked():
    game, plain = mill(), mill(changes={"train": {}, "test": {}, "lessons": []})
    assert (game.split, game.lesson, dict(game.varied)) == (None, None, {})
    assert dict(game.params_used) == {"stones": 3, "pace": 2, "pay": 1, "wet": False}
    assert scenario_hash(game) == scenario_hash(plain)


def test_splits_are_drawn_by_world():
    train, test = (sandlot.make_vec(GAME, 500, split=split) for split in ("train", "test"))
    for env in (train, test):
        env.reset(seed=0)
    learnt, judged = train.params()["pace"], test.params()["pace"]
    assert learnt.min() >= 1.5
    assert learnt.max() <= 2.5
    assert len(set(learnt.tolist())) > 400
    assert set(judged.tolist()) == {1, 4}
    assert not set(learnt.tolist()) & set(judged.tolist())
    assert (train.scenario.split, train.scenario.params_used["stones"], train.scenario.params_used["wet"]) == ("train", 3, False)
    assert (test.scenario.split, test.scenario.params_used["stones"], test.scenario.params_used["wet"]) == ("test", 5, True)


def test_a_split_is_the_game_with_the_same_vary():
    """To the bit: it is nothing but params and `vary` that the file gives."""
    asked, given = mill("test"), mill(stones=5, wet=True, vary={"pace": {"one_of": [1, 4]}})
    assert scenario_hash(asked) == scenario_hash(given)
    envs = [sandlot.make_vec(one, 20) for one in (asked, given)]
    for env in envs:
        env.reset(seed=3)
        for _ in range(20):
            env.step({team: np.ones((20, len(env.agents(team)), 2), np.float32) for team in env.teams})
    assert [envs[0].state_hash(k) for k in range(20)] == [envs[1].state_hash(k) for k in range(20)]


def test_each_split_and_lesson_has_a_hash_of_its_own():
    games = [mill(), mill("train"), mill("test"), mill(lesson="easy"), mill("train", "easy"), mill(lesson="slow")]
    assert len({scenario_hash(game) for game in games}) == len(games)


@pytest.mark.parametrize("split", ["train", "test"])
def test_a_game_without_the_section_is_itself(split):
    game = mill(split, changes={split: {}})
    assert (game.split, dict(game.varied)) == (split, {})
    assert scenario_hash(game) == scenario_hash(mill())
    assert load("spread", split=split).params_used == load("spread").params_used


@pytest.mark.parametrize(
    ("asked", "value", "varies"),
    [
        ({"split": "train", "pace": 3}, 3, None),
        ({"split": "train", "vary": {"pace": {"uniform": [4, 5]}}}, 2, {"uniform": [4, 5]}),
        ({"split": "train", "lesson": "slow"}, 1, None),
        ({"split": "train", "lesson": "slow", "pace": 4}, 4, None),
        ({"lesson": "slow", "vary": {"pace": {"one_of": [2, 3]}}}, 2, {"one_of": [2, 3]}),
        ({"split": "train", "lesson": "easy"}, 2, {"uniform": [1.5, 2.5]}),
        ({"split": "test", "lesson": 1}, 1, None),
    ],
    ids=str,
)
def test_defaults_then_split_then_lesson_then_the_caller(asked, value, varies):
    game = mill(**asked)
    assert game.params_used["pace"] == value
    assert (game.varied["pace"].drawn.to_json() if "pace" in game.varied else None) == varies


def test_a_game_makes_its_lessons():
    game = mill("train", pay=3)
    for made in (
        lesson_of(game, "easy"),
        lesson_of(game, 0),
        lesson_of(pickle.loads(pickle.dumps(game)), 0),
        lesson_of(copy.deepcopy(game), 0),
    ):
        assert (made.lesson, made.split) == ("easy", "train")
        assert made.params_used["stones"] == 0
        assert made.params_used["pay"] == 3
        assert list(made.varied) == ["pace"]
    assert list(mill(lesson="easy").varied) == ["pay"]
    until = game.lessons[0].until
    assert until.measure == ("event", "caught")
    assert [until.holds(mean) for mean in (0.4, 0.5, 0.6)] == [False, True, True]


def test_extending_games_change_these_sections_too():
    child = loads('{"extends": "lander", "train": {"thrust": {"one_of": [9, 10]}, "gravity": 2}, "test": {"thrust": null}}', split="train")
    assert child.varied["thrust"].drawn.to_json() == {"one_of": [9, 10]}
    assert child.params_used["gravity"] == 2
    assert not child.test
    assert not loads('{"extends": "transport", "lessons": null}').lessons


def test_every_default_written_out_is_the_same_game():
    again = loads(json.dumps(full(mill())))
    assert (again.train, again.test, again.lessons) == (mill().train, mill().test, mill().lessons)


def test_doors_take_splits_and_lessons(tmp_path):
    single = sandlot.make(GAME, split="test")
    assert single.unwrapped.core.scenario.split == "test"
    path = tmp_path / "mill.json"
    path.write_text(json.dumps(GAME))
    env = gymnasium.make("sandlot/Scenario-v0", scenario=str(path), team="miller", split="train")
    env.reset(seed=0)
    assert 1.5 <= env.unwrapped.core.params()["pace"][0] <= 2.5
    vec = sandlot.make_vec(path, 3, lesson="slow")
    assert vec.scenario.params_used["pace"] == 1
    rest = game_of(mill("test", "easy"))
    assert not {"train", "test", "lessons"} & rest.keys()
    again = loads(json.dumps(rest), vary={"pace": {"one_of": [1, 4]}, "pay": {"uniform": [1, 2]}})
    assert scenario_hash(again) == scenario_hash(mill("test", "easy"))
    for door in (single, env):
        door.close()


def test_cards_say_what_was_learnt_on():
    env, other = sandlot.make_vec(GAME, split="train"), sandlot.make_vec(GAME)
    card = card_for(env, "miller")
    assert card.params["pace"] == {"uniform": [1.5, 2.5]}
    assert differences(card, env) == []
    assert differences(card, other) == []  # 2 is a pace that it knows
    assert differences(card, sandlot.make_vec(GAME, pace=3)) == ["pace = {'uniform': [1.5, 2.5]}, now 3"]
    assert differences(card, sandlot.make_vec(GAME, split="test")) == []  # what it hasn't learnt on is what it is judged by


# --- what is wrong with it --------------------------------------------------------------------------------------------------------------------

STRUCTURE = "; what decides how the game is built takes one number here"
LESSON = {"name": "one", "params": {"pace": 1}, "max_steps": 9}
WRONG = [
    ("not_an_object", {"train": 3}, ["$.train: expected an object, got 3"]),
    ("unknown_param", {"train": {"pase": 2}}, ['$.train.pase: there is no param "pase" (did you mean "pace"?)']),
    ("below_min", {"test": {"pace": {"uniform": [0, 2]}}}, ["$.test.pace: expected at least 1 (the param's min), got 0"]),
    ("above_max", {"test": {"pace": 7}}, ["$.test.pace: expected at most 5 (the param's max), got 7"]),
    ("kind", {"test": {"wet": 1}}, ["$.test.wet: expected true or false, got 1"]),
    ("kind_drawn", {"test": {"wet": {"one_of": [0, 1]}}}, ["$.test.wet: expected true or false, got an object"]),
    ("no_flag", {"test": {"pace": True}}, ["$.test.pace: expected a number, got true"]),
    (
        "text",
        {"test": {"pace": "$pay"}},
        ['$.test.pace: expected a number, true, false, {"uniform": ...}, {"normal": ...} or {"one_of": ...}, got "$pay"'],
    ),
    ("order", {"train": {"pay": {"uniform": [2, 1]}}}, ["$.train.pay.uniform: expected [low, high], got low 2 above high 1"]),
    (
        "how",
        {"train": {"pay": {"unifrom": [1, 2]}}},
        [
            '$.train.pay: expected {"uniform": [low, high]}, {"normal": [mean, std]} or {"one_of": [numbers]}, got "unifrom" (did you mean "uniform"?)'
        ],
    ),
    (
        "structure",
        {"train": {"stones": {"one_of": [2, 4]}, "pace": 2}},
        [
            "$.train.stones: with this, $.things.stone.count: expected a whole number from 0 to 1024 (MAX_COUNT), "
            f'got the param "stones", which varies by world{STRUCTURE}'
        ],
    ),
    (
        "too_many",
        {"test": {"stones": 2000}},
        ["$.test.stones: with this, $.things.stone.count: expected a whole number from 0 to 1024 (MAX_COUNT), got 2000"],
    ),
    ("no_name", {"lessons": [{"params": {}, "max_steps": 1}]}, ['$.lessons[0]: missing key "name"']),
    ("no_params", {"lessons": [{"name": "a", "max_steps": 1}]}, ['$.lessons[0]: missing key "params"']),
    ("endless", {"lessons": [{"name": "a", "params": {}}]}, ['$.lessons[0]: a lesson needs "until" or "max_steps", or it would never end']),
    ("twice", {"lessons": [LESSON, LESSON | {"name": "b"}, LESSON]}, ['$.lessons[2].name: lesson 0 is called "one", too']),
    (
        "lesson_param",
        {"lessons": [LESSON | {"params": {"pase": 1}}]},
        ['$.lessons[0].params.pase: there is no param "pase" (did you mean "pace"?)'],
    ),
    (
        "lesson_range",
        {"lessons": [LESSON | {"params": {"pace": 9}}]},
        ["$.lessons[0].params.pace: expected at most 5 (the param's max), got 9"],
    ),
    ("steps", {"lessons": [LESSON | {"max_steps": 0}]}, ["$.lessons[0].max_steps: expected a whole number, got 0"]),
    (
        "no_measure",
        {"lessons": [LESSON | {"until": {"scor": "miller", "at_least": 1}}]},
        ['$.lessons[0].until: "until" needs one of "score", "return", "win_rate" or "event", got "scor" (did you mean "score"?)'],
    ),
    (
        "two_measures",
        {"lessons": [LESSON | {"until": {"score": "miller", "event": "caught", "at_least": 1}}]},
        ['$.lessons[0].until.event: "until" has only one of "score" and "event"'],
    ),
    (
        "no_threshold",
        {"lessons": [LESSON | {"until": {"score": "miller"}}]},
        ['$.lessons[0].until: "until" needs one of "at_least" or "at_most"'],
    ),
    (
        "no_team",
        {"lessons": [LESSON | {"until": {"return": "miler", "at_least": 1}}]},
        ['$.lessons[0].until.return: there is no team "miler" (did you mean "miller"?)'],
    ),
    (
        "no_rule",
        {"lessons": [LESSON | {"until": {"event": "cought", "at_least": 1}}]},
        ['$.lessons[0].until.event: there is no rule "cought" (did you mean "caught"?)'],
    ),
    ("no_score", {"lessons": [LESSON | {"until": {"score": "mouse", "at_least": 1}}]}, ['$.lessons[0].until.score: "mouse" has no score']),
    (
        "no_match",
        {"lessons": [LESSON | {"until": {"win_rate": "mouse", "at_least": 1}}]},
        [
            '$.lessons[0].until.win_rate: only teams that see and do the same can be compared, and "mouse" and "miller" don\'t; take the score',
        ],
    ),
    (
        "too_long",
        {"lessons": [LESSON | {"until": {"score": "miller", "at_least": 1, "over": 5000}}]},
        ["$.lessons[0].until.over: expected a whole number from 1 to 4096 (MAX_EPISODES), got 5000"],
    ),
    ("many", {"lessons": [LESSON | {"name": f"l{k}"} for k in range(33)]}, ["$.lessons: 33 entries, at most 32 (MAX_LESSONS)"]),
    (
        "all_at_once",
        {"train": {"pase": 2}, "test": {"pace": 7}, "lessons": [LESSON | {"params": {"pay": True}}]},
        [
            '$.train.pase: there is no param "pase" (did you mean "pace"?)',
            "$.test.pace: expected at most 5 (the param's max), got 7",
            "$.lessons[0].params.pay: expected a number, got true",
        ],
    ),
    (
        "all_games_at_once",
        {"train": {"stones": 2000}, "test": {"stones": -1}, "lessons": [LESSON | {"params": {"stones": 1.5}}]},
        [
            f"{place}.stones: with this, $.things.stone.count: expected a whole number from 0 to 1024 (MAX_COUNT), got {value}"
            for place, value in (("$.train", 2000), ("$.test", -1), ("$.lessons[0].params", 1.5))
        ],
    ),
]


@pytest.mark.parametrize(("changes", "messages"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_what_is_wrong_is_said_at_its_place(changes, messages):
    changes = {"train": {}, "test": {}, "lessons": []} | changes
    text = json.dumps(GAME | changes, indent=1)
    with pytest.raises(ScenarioError) as error:
        loads(text, "mill.json")
    assert [f"{problem.path}: {problem.message}" for problem in error.value.problems] == messages
    lines = text.splitlines()
    for problem in error.value.problems:
        key = problem.path.rpartition(".")[2].partition("[")[0]
        line = lines[problem.line - 1]
        assert problem.column > 1
        assert f'"{key}"' in line or line[problem.column - 1] in "{[" or line.strip().startswith('"$')


def meadow(**sections):
    game = {
        "format": "sandlot/1", "name": "meadow", "params": {"stones": 3, "mice": 1, "words": 2},
        "things": {"stone": {"count": "$stones", "radius": 0.2, "body": "static", "place": {"in": "world"}}},
        "teams": {"mouse": {"count": "$mice", "place": {"in": "world"}, "drive": {"type": "walk"}, "says": {"symbols": "$words"},
                            "sees": [{"self": ["position", "velocity"]}, {"of": "stone", "fields": ["offset"]}]}},
        "end": {"time": 5},
    }  # fmt: skip
    return loads(json.dumps(game | sections), "meadow.json")


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"stones": 5}, 'each "mouse" sees 19 numbers with this, and 13 in the game itself'),
        ({"words": 3}, 'each "mouse" has 3 symbols to say with this, and 2 in the game itself'),
        ({"mice": 2}, 'with this there are 2 "mouse", and 1 in the game itself'),
    ],
    ids=str,
)
def test_who_learns_a_lesson_must_be_able_to_play_the_game(params, message):
    with pytest.raises(ScenarioError) as error:
        meadow(lessons=[{"name": "first", "params": params, "max_steps": 1}])
    assert [(problem.path, problem.message) for problem in error.value.problems] == [("$.lessons[0].params", message)]
    if "mice" in params:  # judged may be how it is with more of them
        meadow(test=params)
    else:
        with pytest.raises(ScenarioError, match=r"\$\.test: each"):
            meadow(test=params)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"split": "trian"}, 'mill.json split: expected "train", "test" or None, got "trian" (did you mean "train"?)'),
        ({"split": 1}, 'mill.json split: expected "train", "test" or None, got 1'),
        ({"lesson": "esy"}, 'mill.json lesson: there is no lesson "esy" (did you mean "easy"?)'),
        ({"lesson": 2}, "mill.json lesson: expected the name of a lesson or its index from 0 to 1, got 2"),
        ({"lesson": True}, "mill.json lesson: expected the name of a lesson or its index from 0 to 1, got true"),
        ({"lesson": 0, "changes": {"lessons": []}}, "mill.json lesson: the game has no lessons, got 0"),
    ],
    ids=str,
)
def test_what_is_not_there_can_not_be_asked_for(asked, message):
    with pytest.raises(ScenarioError) as error:
        mill(**asked)
    assert str(error.value) == message


def test_who_sets_params_answers_only_for_what_they_ask_for():
    """Many of one kind leave no room for those of `test`; who doesn't ask for it isn't told."""
    things = {
        f"stone{k}": {"count": "$many" if k else "$more", "radius": 0.01, "body": "sensor", "at": [0, 0], "collides_with": []}
        for k in range(6)
    }
    text = json.dumps({
        "format": "sandlot/1", "name": "quarry", "params": {"many": 1, "more": 1}, "test": {"more": 700, "many": 2}, "end": {"time": 5},
        "things": {name: {**thing, "place": {"in": "world"}, "at": None} for name, thing in things.items()}, "teams": {"fox": {"place": {"in": "world"}}},
    })  # fmt: skip
    assert loads(text, many=700).params_used["more"] == 1
    with pytest.raises(ScenarioError, match=r"\$\.test\.more: with this, \$: 4201 bodies in all, at most 4096"):
        loads(text, many=700, split="test")


def test_lessons_are_checked_as_they_are_learnt():
    """On `train`: here each is a game alone, and together they have too many bodies."""
    game = {
        "format": "sandlot/1", "name": "quarry", "params": {"many": 1, "more": 1}, "train": {"many": 700}, "end": {"time": 5},
        "things": {f"stone{k}": {"count": "$many" if k else "$more", "radius": 0.01, "body": "sensor", "place": {"in": "world"}} for k in range(6)},
        "teams": {"fox": {"place": {"in": "world"}}},
    }  # fmt: skip
    lesson = [{"name": "full", "params": {"more": 700}, "max_steps": 1}]
    for changes in ({"lessons": lesson, "train": {}}, {"lessons": []}):
        loads(json.dumps(game | changes))
    with pytest.raises(ScenarioError, match=r"\$\.lessons\[0\]\.params: with this, \$: 4201 bodies in all"):
        loads(json.dumps(game | {"lessons": lesson}))


def test_problems_have_line_and_column():
    text = """{
  "format": "sandlot/1", "name": "mill", "params": { "stones": 3, "pace": 2 },
  "things": { "stone": { "count": "$stones", "radius": 0.2, "place": { "in": "world" } } },
  "teams": { "mouse": { "drive": { "type": "walk", "accel": "$pace" }, "place": { "in": "world" }, "sees": [{ "of": "stone" }] } },
  "train": { "stones": { "one_of": [2, 4] } },
  "test": { "pace": -1 },
  "lessons": [
    { "name": "few", "params": { "stones": 1 }, "max_steps": 9 }
  ]
}"""
    with pytest.raises(ScenarioError) as error:
        loads(text, "mill.json")
    assert str(error.value).splitlines() == [
        "mill.json:5:24 $.train.stones: with this, $.things.stone.count: expected a whole number from 0 to 1024 (MAX_COUNT), "
        f'got the param "stones", which varies by world{STRUCTURE}',
        "mill.json:6:21 $.test.pace: with this, $.teams.mouse.drive.accel: expected a number from 0 to 100000 m/s2, got -1",
        'mill.json:8:32 $.lessons[0].params: each "mouse" sees 3 numbers with this, and 9 in the game itself',
    ]


# --- the library and the command line -----------------------------------------------------------------------------------------------------------


def seen(game, param):
    """Values of a param in many worlds."""
    env = sandlot.make_vec(game, 200)
    env.reset(seed=0)
    return set(env.params()[param].tolist()) if param in game.varied else {game.params_used[param]}


@pytest.mark.parametrize("name", sandlot.names())
def test_held_out_params_are_not_those_that_are_learnt(name):
    """Neither on `train` nor in a lesson."""
    train, test = load(name, split="train"), load(name, split="test")
    assert scenario_hash(train) != scenario_hash(test) or not (train.train or train.test)
    for param in train.train.keys() & test.test.keys():
        judged = seen(test, param)
        for game in (train, *(lesson_of(train, lesson.name) for lesson in train.lessons)):
            assert not judged & seen(game, param)
            if param in game.varied:
                assert not any(game.varied[param].low <= value <= game.varied[param].high for value in judged)


def test_some_library_games_have_them():
    games = [load(name) for name in sandlot.names()]
    assert sum(bool(game.train and game.test) for game in games) >= 2
    assert any(game.lessons for game in games)


@pytest.mark.parametrize("name", sandlot.names())
def test_every_lesson_and_split_of_the_library_can_be_played(name):
    game = load(name, split="train")
    for lesson in game.lessons:
        env = sandlot.make_vec(lesson_of(game, lesson.name), 4)
        env.reset(seed=0)
        for _ in range(20):
            env.step(env.scripted_actions())
    misplaced = {split: sandlot.make_vec(name, 500, split=split).reset(seed=0)[1]["misplaced"].mean() for split in (None, "train", "test")}
    assert max(misplaced.values()) <= misplaced[None] + 0.005


def run_cli(capsys, *arguments):
    with pytest.raises(SystemExit) as exit_code:
        main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return exit_code.value.code, captured.out, captured.err


def test_the_command_line_asks_for_splits_and_lessons(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mill.json").write_text(json.dumps(GAME))
    code, out, _ = run_cli(capsys, "show", "mill.json", "--split", "train")
    assert code == 0
    assert '{"uniform": [1.5, 2.5]}' in out
    code, out, _ = run_cli(capsys, "show", "mill.json", "--split", "test", "--lesson", "easy")
    assert code == 0
    assert '{"one_of": [1.0, 4.0]}' in out
    assert '{"uniform": [1.0, 2.0]}' in out
    code, _, err = run_cli(capsys, "show", "mill.json", "--split", "trian")
    assert (code, err) == (2, "sandlot: --split: expected train, test or none, got 'trian'\n")
    code, _, err = run_cli(capsys, "watch", "mill.json", "--lesson", "7")
    assert (code, err) == (2, "mill.json lesson: expected the name of a lesson or its index from 0 to 1, got 7\n")
    code, _, _ = run_cli(capsys, "check", "mill.json")
    assert code == 0
