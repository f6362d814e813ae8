"""What `sandlot check` notes: every kind of fault at its place, and nothing where there is none."""

import json
from typing import Any

import pytest
from games import games
from hypothesis import HealthCheck, given, settings
from trees import merged

from sandlot.agents.evaluation.notes import notes_on, shut_off
from sandlot.agents.play.trial import Trial, try_out
from sandlot.scenarios import Problem, loads
from sandlot.scenarios.library import report_on
from sandlot.scenarios.notes.finders import FINDERS

GAME: dict[str, Any] = {
    "format": "sandlot/1",
    "name": "game",
    "params": {"worth": 1, "off": 0},
    "things": {
        "goal": {"at": [4, 0], "body": "sensor"},
        "rock": {"at": [-3, 3], "radius": 0.6},
        "box": {"at": [0, 2], "radius": 0.3, "body": "dynamic", "mass": 0.2},
    },
    "teams": {"a": {"at": [-4, 0], "radius": 0.3, "drive": {"type": "walk"}}},
    "rules": {"won": {"when": {"inside": ["a", "goal"]}}},
    "rewards": {"a": {"won": "$worth", "near": {"progress": "= off - dist(self, goal)"}}},
    "end": {"time": 10, "won": "won"},
    "score": {"a": "= 10 * count(won) - dist(a, goal)"},
    "baseline": {"a": {"move": "= toward(goal)"}},
}
"""A game that nothing is noted about."""


def text_of(changes: dict[str, Any], base: dict[str, Any] = GAME) -> str:
    return json.dumps(merged(base, changes))


def at_rest(text: str) -> list[Problem]:
    """What is noted of a game without playing it."""
    report = report_on(loads(text, "game.json"))
    for finder in FINDERS:
        finder(report)
    return report.problems


def found(notes: list[Problem], path: str) -> list[str]:
    return [note.message for note in notes if note.path == path]


GRABBER = {
    "teams": {"a": {"hands": {"grabs": ["box"]}, "state": {"load": 0}, "sees": [{"self": ["position", "load"]}]}},
    "rules": {"took": {"when": {"grabs": ["a", "box"]}}},
    "rewards": {"a": {"took": 1}},
}
"""A team that is paid for each grab."""
TWO = {"teams": {"b": {"like": "a", "at": [0, -3]}}, "rewards": {"b": {"won": -1}}, "score": {"b": "= -count(won)"}}
WALKER = {"teams": {"a": {"sees": ["self", {"of": "goal", "fov_deg": 135}]}}}


def rule(when: Any, **more: Any) -> dict[str, Any]:
    """A change that adds a rule, which is paid."""
    return {"rules": {"new": {"when": when, **more}}, "rewards": {"a": {"new": -1}}}


FAULTS: list[tuple[dict[str, Any], str, str]] = [
    # names
    ({"params": {"ghost": 3}}, "$.params.ghost", "nothing uses this param"),
    ({"params": {"ghost": 3}, "let": {"dead": "= ghost"}}, "$.params.ghost", "nothing uses this param"),
    ({"draw": {"secret": {"one_of": "goal"}}}, "$.draw.secret", "nothing uses this draw"),
    ({"let": {"far": "= dist(self, goal)"}}, "$.let.far", "no formula uses this name"),
    ({"let": {"far": "= dist(self, goal)", "farther": "= 2 * far"}}, "$.let.far", "no formula uses this name"),
    ({"let": {"bad": "= nonsense + 1"}}, "$.let.bad", 'none could: unknown name "nonsense"'),
    ({"let": {"bad": "= 1 +  speeed(goal)"}}, "$.let.bad", 'none could: unknown function "speeed"'),
    ({"let": {"bad": "= goal + 1"}}, "$.let.bad", "none could: a thing + a number has no meaning"),
    ({"things": {"rock": {"state": {"idle": 0}}}}, "$.things.rock.state.idle", "nothing uses this state variable"),
    (rule({"touch": ["a", "rock"]}, do={"add": {"rock.hits": 1}}) | {"things": {"rock": {"state": {"hits": 0}}}}, "$.things.rock.state.hits", "rules write it"),
    ({"rules": {"idle": {"when": {"touch": ["a", "rock"]}}}}, "$.rules.idle", "nothing uses this rule"),
    ({"things": {"flag": {"at": [1, 1], "body": "sensor"}}}, "$.things.flag", "nothing asks about this sensor"),
    ({"teams": {"a": {"says": {"symbols": 2}}}}, "$.teams.a.says", "nobody listens"),
    # what it is for
    ({"rewards": None, "score": None}, "$", "no rewards, and no score"),
    ({"rewards": None}, "$", "no rewards, so nobody can learn"),
    ({"teams": TWO["teams"]}, "$.teams.b", "no rewards for it"),
    ({"end": None}, "$", "no episode ever ends"),
    ({"rewards": {"a": {"won": 0}}}, "$.rewards.a.won", "pays 0"),
    ({"rewards": {"a": {"flat": {"progress": "= 5"}}}}, "$.rewards.a.flat.progress", "never changes"),
    # doing and undoing
    (GRABBER, "$.rewards.a.took", "grab and let go"),
    (merged(GRABBER, {"rules": {"took": {"cooldown": 5}}}), "$.rewards.a.took", "grab and let go"),
    (merged(GRABBER, {"rules": {"took": {"do": {"add": {"a.load": 1}}}}}), "$.rewards.a.took", "grab and let go"),
    (merged(GRABBER, {"rules": {"left": {"when": {"releases": ["a", "box"]}}}, "rewards": {"a": {"left": -0.5}}}), "$.rewards.a.took", "grab and let go"),
    (merged(rule({"releases": ["a", "box"]}), {"teams": GRABBER["teams"], "rewards": {"a": {"new": 1}}}), "$.rewards.a.new", "grab and let go"),
    (merged(rule({"touch": ["a", "rock"]}), {"rewards": {"a": {"new": 1}}}), "$.rewards.a.new", "touch it again"),
    (merged(rule({"touch": ["a", "rock"], "if": "= a.x < 5"}), {"rewards": {"a": {"new": 1}}}), "$.rewards.a.new", "touch it again"),
    (merged(rule({"touch": ["a", "walls"]}), {"rewards": {"a": {"new": 1}}}), "$.rewards.a.new", "touch it again"),
    (merged(rule({"near": ["a", "box"], "within": 1}), {"rewards": {"*": {"new": 1}, "a": {"new": None}}}), "$.rewards.*.new", "come near"),
    (merged(rule({"inside": ["box", "goal"]}), {"rewards": {"a": {"new": 1}}}), "$.rewards.a.new", "in and out"),
    (merged(rule({"hears": "a"}), {"teams": {"a": {"says": {"symbols": 2}}}, "rewards": {"a": {"new": 1}}}), "$.rewards.a.new", "one symbol after the other"),
    # what can't happen
    (rule({"inside": ["a", "rock"]}), "$.rules.new.when.inside", "can't get into"),
    (rule({"inside": ["box", "a"]}), "$.rules.new.when.inside", "can't get into"),
    (merged(rule({"touch": ["a", "rock"]}), {"things": {"rock": {"collides_with": []}}}), "$.rules.new.when.touch", "never bump"),
    (merged(rule({"touch": ["a", "rock"]}), {"teams": {"a": {"collides_with": ["walls"]}}}), "$.rules.new.when.touch", "never bump"),
    (merged(rule({"touch": ["a", "walls"]}), {"teams": {"a": {"collides_with": []}}}), "$.rules.new.when.touch", "never bump"),
    (rule({"touch": ["rock", "goal"]}), "$.rules.new.when.touch", "ever moves"),
    (rule("= a.x > 100"), "$.rules.new.when", "from -5 to 5, on the right 100"),
    (rule("= -a.y >= 5.5 and a.x > 0"), "$.rules.new.when", "can't be true"),
    (rule("= dist(a, goal) > 20"), "$.rules.new.when", "can't be true"),
    (rule("= time > 11"), "$.rules.new.when", "can't be true"),
    (rule("= abs(a.x) + abs(a.y) > 10.5"), "$.rules.new.when", "can't be true"),
    (merged(rule("= count(far) > 200"), {"rules": {"far": {"when": "= a.x > 2"}}}), "$.rules.new.when", "can't be true"),
    (merged(rule("= count(beat) > 30"), {"rules": {"beat": {"when": {"every": 0.5}}}}), "$.rules.new.when", "can't be true"),
    (rule("= count(a) > 1"), "$.rules.new.when", "can't be true"),
    (rule("= max(a.x, a.y) > 6"), "$.rules.new.when", "can't be true"),
    (rule("= length(a.position) > 8"), "$.rules.new.when", "can't be true"),
    (merged(rule("= a.load > 1"), {"teams": {"a": {"state": {"load": 0}}}}), "$.rules.new.when", "can't be true"),
    (merged(rule("= a.load > 3"), {"teams": {"a": {"state": {"load": 0}}}, "rules": {"won": {"do": {"set": {"a.load": 3}}}}}), "$.rules.new.when", "can't be true"),
    (merged(rule("= a.load < 0"), {"teams": {"a": {"state": {"load": 0}}}, "rules": {"won": {"do": {"add": {"a.load": 3}}}}}), "$.rules.new.when", "can't be true"),
    (merged(rule("= rock.open"), {"things": {"rock": {"state": {"open": False}}}}), "$.rules.new.when", "can't be true"),
    (rule({"touch": ["a", "rock"], "if": "= a.x > 6"}), "$.rules.new.when.if", "can't be true"),
    (rule({"touch": ["a", "rock"]}) | {"rules": {"new": {"when": {"touch": ["a", "rock"]}, "if": "= a.x > 6"}}}, "$.rules.new.if", "can't be true"),
    (rule("= a.x < 100"), "$.rules.new.when", "always true"),
    (rule({"at": 11}), "$.rules.new.when.at", "never come"),
    (rule({"every": 11}), "$.rules.new.when.every", "never come"),
    ({"end": {"time": 0.01}}, "$.end.time", "less than one decision"),
    (merged(rule({"touch": ["a", "box"]}, do={"remove": "a"}), {"rules": {"back": {"when": {"every": 2}, "do": {"place": {"a": "start"}}}}}),
     "$.rules.back.do.place.a", 'bring back agents that "new" has removed'),
    # what is seen
    (WALKER, "$.teams.a.sees[1].fov_deg", "looks one way"),
    ({"teams": {"a": {"sees": ["self", {"rays": 5, "fov_deg": 90}]}}}, "$.teams.a.sees[1].fov_deg", "looks one way"),
    ({"things": {"shot": {"radius": 0.1}}, "teams": {"a": {"shoot": {"projectile": "shot"}}}}, "$.teams.a.shoot", "shoots one way"),
]  # fmt: skip
"""A change to the game, where it is noted, and words of the note."""

FINE: list[tuple[dict[str, Any], str]] = [
    ({"params": {"speed_limit": 2}, "teams": {"a": {"drive": {"top_speed": "$speed_limit"}}}}, "$.params"),
    ({"draw": {"secret": {"one_of": "goal"}}, "teams": {"a": {"sees": ["self", {"know": "secret"}]}}}, "$.draw"),
    ({"let": {"far": "= dist(self, goal)", "farther": "= 2 * far"}, "rewards": {"a": {"close": "= -farther"}}}, "$.let"),
    ({"let": {"both": "= dist(self, other)"}}, "none could"),
    ({"let": {"open": "= rock.x"}, "things": {"rock": {"solid_if": "= shut", "state": {"shut": True}}}}, "$.things"),
    ({"things": {"rock": {"state": {"hits": 0}}}, "teams": {"a": {"sees": [{"state": "rock.hits"}]}}}, "$.things"),
    ({"teams": {**TWO["teams"], "a": {"state": {"load": 0}}}, "rewards": {"b": {"heavy": "= self.load"}}}, "$.teams.a.state"),
    ({"things": {"mud": {"at": [1, 1], "body": "sensor", "zone": {"wind": [0, 0]}}}}, "$.things"),
    ({"things": {"spot": {"at": [1, 1], "body": "sensor"}, "box": {"at": None, "place": {"in": "spot"}}}}, "$.things"),
    ({"things": {"spot": {"at": [1, 1], "body": "sensor"}}, "rules": {"won": {"do": {"place": {"spot": [0, 0]}}}}}, "$.things"),
    ({"teams": {"a": {"says": {"symbols": 2}, "sees": ["self", {"hear": "a"}]}}}, "$.teams"),
    ({"teams": {"a": {"says": {"symbols": 2}}}, "rewards": {"a": {"quiet": "= -self.said"}}}, "$.teams"),
    (merged(rule({"hears": "a"}), {"teams": {"a": {"says": {"symbols": 2}}}}), "$.teams"),
    ({"teams": {"b": {"body": "static", "at": [0, -3]}}}, "$.teams.b"),  # does nothing
    ({"rewards": {"a": {"won": "$off"}}}, "$.rewards"),  # a switch
    ({"rewards": {"a": {"bonus": {"progress": "= off"}}}}, "$.rewards"),
    (merged(GRABBER, {"rules": {"took": {"once": True}}}), "$.rewards"),
    (merged(rule({"touch": ["a", "rock"]}, cooldown=5), {"rewards": {"a": {"new": 1}}}), "$.rewards"),
    (merged(GRABBER, {"rules": {"left": {"when": {"releases": ["a", "box"]}}}, "rewards": {"a": {"left": -1}}}), "$.rewards"),
    (merged(GRABBER, {"rules": {"took": {"when": {"if": "= a.load == 0"}, "do": {"set": {"a.load": 1}}}}}), "$.rewards"),
    (merged(GRABBER, {"rules": {"took": {"do": {"remove": "box"}}}}), "$.rewards"),
    (merged(GRABBER, {"rewards": {"a": {"took": -1}}}), "$.rewards"),
    (merged(TWO, merged(rule({"touch": ["a", "b"]}), {"rewards": {"a": {"new": 1}, "b": {"new": -1}}})), "$.rewards"),  # a contest
    (merged(rule({"inside": ["a", "rock"]}), {"things": {"rock": {"solid_if": "= shut", "state": {"shut": True}}}}), "$.rules"),
    (merged(rule({"inside": ["a", "rock"]}), {"things": {"rock": {"collides_with": ["box"]}}}), "$.rules.new.when"),
    (merged(rule({"inside": ["a", "rock"]}), {"things": {"rock": {"body": "sensor"}}}), "$.rules"),
    (rule({"touch": ["a", "rock"]}), "$.rules"),
    (merged(rule({"touch": ["rock", "goal"]}), {"rules": {"won": {"do": {"place": {"rock": [4, 0]}}}}}), "$.rules"),
    (rule("= a.x > 4.2"), "$.rules"),
    (rule("= count(won) > 200"), "$.rules"),
    (rule("= time >= 10"), "$.rules"),
    (merged(rule("= count(beat) >= 20"), {"rules": {"beat": {"when": {"every": 0.5}}}}), "$.rules"),
    ({"let": {"bare": "= not shut"}, "things": {"rock": {"state": {"shut": True}, "solid_if": "= shut"}}}, "none could"),
    (rule("= dist(a, goal) > 8"), "$.rules"),
    (rule("= speed(a) > 3"), "$.rules"),  # it may be pushed
    (merged(rule("= a.x > 100"), {"world": {"walls": "open"}}), "$.rules"),
    (merged(rule("= a.x > 100"), {"teams": {"a": {"collides_with": []}}}), "$.rules"),
    (merged(rule("= box.x > 100"), {"things": {"box": {"body": "kinematic", "velocity": [1, 0]}}}), "$.rules"),
    (merged(rule("= a.load > 3"), {"teams": {"a": {"state": {"load": 0}}}, "rules": {"won": {"do": {"add": {"a.load": 3}}}}}), "$.rules"),
    (merged(rule("= a.load > 3"), {"teams": {"a": {"state": {"load": 0}}}, "rules": {"won": {"do": {"set": {"a.load": "= a.load + 1"}}}}}), "$.rules"),
    (rule("= 10 / (a.x - 4) > 1000"), "$.rules"),
    (merged(rule("= dist(a, nearest(box, a)) > 20"), {"rules": {"won": {"do": {"remove": "box"}}}}), "$.rules.new"),
    (merged(rule("= worth > 2"), {"params": {"worth": {"default": 1, "max": 9}}}), "$.rules.won"),
    (rule({"every": 0.1}), "$.rules"),
    (rule({"at": 10}), "$.rules"),
    (rule({"at": 10}) | {"end": {"time": 9.93}}, "$.rules"),  # both come with the hundredth decision
    ({"teams": {"a": {"drive": {"type": "tank"}, "sees": ["self", {"of": "goal", "fov_deg": 135}]}}, "baseline": {"a": {"move": None}}}, "$.teams"),
    (merged(WALKER, {"teams": {"a": {"spin_deg_per_s": 90}}}), "$.teams"),
    (merged(WALKER, {"rules": {"won": {"do": {"add": {"a.angle_deg": 90}}}}}), "$.teams"),
    ({"teams": {"a": {"sees": ["self", {"rays": 5}]}}}, "$.teams"),
    ({"things": {"shot": {"radius": 0.1}}, "teams": {"a": {"shoot": {"projectile": "shot", "aim": "free"}}}}, "$.teams"),
]  # fmt: skip
"""A change to the game, and where nothing is noted because of it (or words that no note has)."""


def test_nothing_is_noted_about_a_game_that_is_well() -> None:
    assert notes_on(loads(text_of({}))) == []


@pytest.mark.parametrize(("changes", "path", "words"), FAULTS, ids=[f"{path}: {words}" for _, path, words in FAULTS])
def test_a_fault_is_noted_at_its_place(changes: dict[str, Any], path: str, words: str) -> None:
    messages = found(at_rest(text_of(changes)), path)
    assert any(words in message for message in messages), messages


@pytest.mark.parametrize(("changes", "where"), FINE)
def test_what_only_looks_like_a_fault_is_not_noted(changes: dict[str, Any], where: str) -> None:
    assert [str(note) for note in at_rest(text_of(changes)) if note.path.startswith(where) or where in note.message] == []


def test_a_place_is_line_and_column() -> None:
    text = json.dumps(merged(GAME, {"let": {"bad": "= nonsense + 1"}}), indent=2)
    (note,) = at_rest(text)
    line = text.splitlines()[note.line - 1]
    assert line[note.column - 1 :].startswith("nonsense")


# --- seen in play -----------------------------------------------------------------------------------------------------------------------------

WALL = {"things": {"wall": {"shape": "box", "size": [0.5, 10], "at": [0, 0]}, "box": None}}
PLAYED: list[tuple[dict[str, Any], str, str]] = [
    (WALL, "$.rules.won.when.inside", 'can\'t get to "goal"'),
    (rule({"touch": ["a", "box"], "if": "= speed(a) > 900"}), "$.rules.new", "never happened in 32 episodes of the scripts, 32 of random play and 16 of idling"),
    ({"rewards": {"a": {"konst": "= 1"}}, "end": {"won": None}}, "$.rewards.a.konst", "paid 1 in every decision"),
    ({"rules": {"beat": {"when": {"every": 0.1}}}, "rewards": {"a": {"beat": 2}}, "end": {"won": None}}, "$.rewards.a.beat", "paid 2 in every decision"),
    ({"rewards": {"a": {"void": "= 1 if speed(self) > 900 else 0"}}}, "$.rewards.a.void", "paid 0 in every decision"),
    ({"score": {"a": "= 7"}}, "$.score.a", "was 7 at the end"),
    ({"baseline": {"a": {"move": "= vec(-1, 0)"}}}, "$.baseline.a", "than random play"),
    ({"teams": {"a": {"sees": ["self", {"of": "rock", "fields": ["offset", "radius"]}]}}}, "$.teams.a.sees[1].fields[1]", '"radius" never varied'),
    ({"teams": {"a": {"turns": False, "sees": [{"self": ["heading"]}, "self"]}}}, "$.teams.a.sees[0]", "nothing that this tells ever varied"),
    ({"teams": {"a": {"sees": [{"self": ["position", "heat"]}], "state": {"heat": {"default": 0, "max": 5, "min": 0}}}}, "rules": {"warm": {"when": {"every": 0.1}, "do": {"add": {"a.heat": 5}}}}},
     "$.teams.a.sees[0].self[1]", "end of its range"),
    ({"teams": {"a": {"count": 3, "at": None}}, "rewards": {"a": {"shared": True, "near": None, "all": "= -dist(box, goal)"}}, "score": {"a": "= count(won)"}},
     "$.rewards.a.all", "each gets 3 times as much"),
    ({"things": {"tree": {"count": 30, "radius": 0.5, "place": {"in": {"rect": [-5, 1, 5, 5]}, "gap": 0.15}}}}, "$.things.tree.place", 'as clear of another "tree" as gap and away_from ask'),
    ({"things": {"tree": {"radius": 0.5, "place": {"in": {"rect": [-2, -2, 2, 2]}, "away_from": {"goal": 8.5}}}}}, "$.things.tree.place", 'clear of "goal"'),
    ({"things": {"leaf": {"count": 40, "radius": 0.3, "body": "sensor", "zone": {"wind": [1, 0]}, "place": {"in": {"rect": [-5, 1, 5, 5]}, "gap": 0.9}},
                 "tree": {"count": 12, "radius": 0.5, "place": {"in": {"rect": [-5, 1, 5, 5]}}}}}, "$.things.leaf.place", 'clear of "tree"'),
    ({"end": {"time": None, "won": "lost"}, "rules": {"lost": {"when": "= speed(a) > 900"}}}, "$.end", "there is no time"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "path", "words"), PLAYED, ids=[path for _, path, _ in PLAYED])
def test_a_fault_shows_in_play(changes: dict[str, Any], path: str, words: str) -> None:
    notes = notes_on(loads(text_of(changes), "game.json"))
    assert any(words in message for message in found(notes, path)), [str(note) for note in notes]


WELL: list[dict[str, Any]] = [
    {"rewards": {"a": {"hurry": "= -1"}}},  # worth it, for the game may end
    {"rewards": {"a": {"shared": True, "all": "= -dist(box, goal)"}}},  # one agent is one share
    {"teams": {"a": {"sees": ["self", {"of": "rock", "nearest": 1, "range": 3}, "touch"]}}},
    {"things": {"tree": {"count": 6, "radius": 0.3, "place": {"in": {"rect": [-5, 1, 5, 5]}, "gap": 0.1}}}},
    rule({"touch": ["a", "walls"]}),
    {"rules": {"quick": {"when": {"touch": ["a", "nobody"]}}}, "things": {"nobody": {"count": 0}}, "rewards": {"a": {"quick": -1}}},
]


@pytest.mark.parametrize("changes", WELL)
def test_what_is_well_in_play_is_not_noted(changes: dict[str, Any]) -> None:
    assert [str(note) for note in notes_on(loads(text_of(changes)))] == []


def test_notes_are_the_same_each_time() -> None:
    scenario = loads(text_of(PLAYED[5][0]))
    assert notes_on(scenario) == notes_on(scenario)


@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(games())
def test_what_is_said_to_be_impossible_never_happens(made: dict[str, Any]) -> None:
    scenario = loads(json.dumps(made))
    notes, trial = notes_on(scenario), try_out(scenario)
    impossible = {note.path.split(".")[2] for note in notes if note.path.startswith("$.rules.") and "can't" in note.message}
    assert not any(trial.fired[name] for name in impossible)


# --- walls ------------------------------------------------------------------------------------------------------------------------------------


def room(*things: dict[str, Any], **team: Any) -> dict[str, Any]:
    """The game with some walls, and none of its things in the way."""
    return {
        "things": {"rock": None, "box": None} | {f"wall{k}": {"shape": "box"} | thing for k, thing in enumerate(things)},
        "teams": {"a": team},
    }


UP = {"size": [0.1, 10], "at": [0, 0]}
SHUT = [
    room(UP),
    room({"size": [0.1, 20], "at": [0, 0], "angle_deg": 30}),
    room({"size": [0.4, 5], "at": [0, 2.7]}, {"size": [0.4, 5], "at": [0, -2.7]}),  # a door that is too narrow
    room({"size": [0.1, 10], "at": [[1, 0], [-2, 0]]}),
    room({"size": [10, 0.3], "at": [[0, 1.5], [0, -1.5]]}, {"size": [0.3, 3], "at": [0, 0]}),
    room({"shape": "capsule", "length": 10, "radius": 0.1, "angle_deg": 90, "at": [0, 0]}),
    room({"shape": "polygon", "vertices": [[-0.2, -5], [0.2, -5], [0.2, 5], [-0.2, 5]], "at": [0, 0]}),
    room(*({"shape": "circle", "radius": 0.5, "at": [0, -4.5 + k]} for k in range(10))),
    room(UP, at=None, place={"in": {"rect": [-4.5, -4, -1, 4]}}),
    room(UP, at=None, count=1, place={"row": [[-4, 0], [-2, 0]]}),
    room(UP, shape="box", size=[0.4, 0.8]),
]
OPEN = [
    room(),
    room({"size": [0.1, 9], "at": [0, 0.5]}, radius=0.3),  # past its end
    room({"size": [0.4, 4], "at": [0, 3]}, {"size": [0.4, 4], "at": [0, -3]}),  # a door of 2 m
    room(UP | {"solid_if": "= shut", "state": {"shut": True}}),
    room(UP | {"collides_with": ["goal"]}),
    room(UP | {"body": "sensor"}),
    room(UP | {"body": "dynamic"}),
    room(UP, at=None, place={"in": "world", "gap": 0.1}),  # begins here or there
    room(UP, body="kinematic"),
    room(UP, collides_with=["walls"]),
    merged(room(UP), {"rules": {"door": {"when": {"at": 5}, "do": {"remove": "wall0"}}}}),
    merged(room(UP), {"rules": {"portal": {"when": {"at": 5}, "do": {"place": {"a": [4, 3]}}}}}),
    merged(room(UP), {"world": {"walls": "wrap"}}),
    merged(room(UP), {"world": {"walls": "open"}}),
]


def shut(changes: dict[str, Any]) -> list[Problem]:
    """What is noted to be behind a wall."""
    report = report_on(loads(text_of(changes)))
    shut_off(report, Trial(report.scenario, 0))
    return report.problems


@pytest.mark.parametrize("changes", SHUT)
def test_a_wall_shuts_off(changes: dict[str, Any]) -> None:
    assert found(shut(changes), "$.rules.won.when.inside") == ['"a" can\'t get to "goal": what is solid shuts it off']


@pytest.mark.parametrize("changes", OPEN)
def test_what_may_be_reached_is_not_shut_off(changes: dict[str, Any]) -> None:
    assert found(shut(changes), "$.rules.won.when.inside") == []


@pytest.mark.parametrize(
    ("when", "x", "is_shut"),
    [
        ({"touch": ["box", "goal"]}, -2, True),
        ({"touch": ["box", "goal"]}, 2, False),
        ({"near": ["a", "goal"], "within": 2}, -2, True),
        ({"near": ["a", "goal"], "within": 6}, -2, False),
        ({"grabs": ["a", "box"]}, 2, True),
        ({"grabs": ["a", "box"]}, -2, False),
    ],
)
def test_every_meeting_is_looked_at(when: dict[str, Any], x: float, is_shut: bool) -> None:
    changes = merged(
        room({"size": [1.5, 10], "at": [0, 0]}, hands={"grabs": ["box"]}),
        merged(rule(when), {"things": {"box": GAME["things"]["box"] | {"at": [x, 2]}}}),
    )
    assert bool(found(shut(changes), f"$.rules.new.when.{next(iter(when))}")) == is_shut
