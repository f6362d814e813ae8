"""What a meeting is, the same for every verb: nobody meets who is gone, nothing is jumped over, one event for each, ties are drawn."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import body_row, rows_of

import sandlot
from sandlot.envs.core.vector import VectorEnv
from sandlot.envs.jit.ir import LANES
from sandlot.envs.kernels.world.layout.things import Body
from sandlot.scenarios import loads

EYE = {"at": [0, 0], "radius": 0.01, "body": "sensor"}
SHAPES = {
    "circle": {"radius": 0.3},
    "box": {"shape": "box", "size": [0.2, 3]},
    "capsule": {"shape": "capsule", "radius": 0.1, "length": 2.5},
    "polygon": {"shape": "polygon", "vertices": [[0, 0], [2, 0.2], [0.3, 1]]},
    "round": {"shape": "box", "size": [0.3, 1.2], "radius": 0.1},
}
MOVING = {
    "circle": {"radius": 0.1},
    "box": {"shape": "box", "size": [0.3, 0.1]},
    "capsule": {"shape": "capsule", "radius": 0.05, "length": 0.4},
}


def game(things=None, teams=None, rules=None, world=None, **parts):
    """A scenario as a dict."""
    return {"format": "sandlot/1", "name": "case", "world": {"decisions_per_second": 10, **(world or {})}, "things": things or {},
            "teams": {"eye": EYE, **(teams or {})}, "rules": rules or {}, **parts}  # fmt: skip


class Play:
    """Some worlds of a game, played; `events` sums what fired."""

    def __init__(self, scenario, worlds=1, seed=0):
        self.env = VectorEnv(loads(json.dumps(scenario)), worlds, autoreset="disabled", threads=1)
        self.env.reset(seed=seed)
        self.events = {rule: np.zeros(worlds) for rule in scenario["rules"]}
        self.reward = {}

    def run(self, steps, **moves):
        for _ in range(steps):
            actions = {}
            for team in self.env.teams:
                space = self.env.action_space(team)
                actions[team] = np.zeros((self.env.num_envs, len(self.env.agents(team)), *(space.shape or ())), np.float32)
                actions[team][:] = moves.get(team, 0)
            _, self.reward, _, _, self.info = self.env.step(actions)
            for rule in self.events:
                self.events[rule] += self.info[f"event/{rule}"]
        return self

    def counts(self, world=0):
        return {rule: int(total[world]) for rule, total in self.events.items()}

    def put(self, kind, lane, index=0, **fields):
        for name, value in fields.items():
            rows_of(self.env)[lane // LANES, body_row(self.env, kind, index, getattr(Body, name)), lane % LANES] = value

    def get(self, kind, field, index=0, lane=0):
        return float(rows_of(self.env)[lane // LANES, body_row(self.env, kind, index, field), lane % LANES])


# --- who is gone meets nobody ---


@pytest.mark.parametrize("body", ["sensor", "static", "dynamic"])
@pytest.mark.parametrize("order", [("picker", "coin"), ("coin", "picker")])
@pytest.mark.parametrize("effect", [{"remove": "coin"}, {"place": {"coin": [0, 4]}}])
def test_who_is_gone_meets_nobody(body, order, effect):
    pickers = {"count": 2, "at": [[-0.9, 0], [0.9, 0]], "radius": 0.3, "drive": {"type": "walk"}}
    rules = {"taken": {"when": {"touch": order}, "do": effect}, "after": {"when": {"touch": order}}, "off": {"when": {"apart": order}},
             "close": {"when": {"near": order, "within": 0.7}}, "left": {"when": {"outside": order}}}  # fmt: skip
    play = Play(game({"coin": {"at": [0, 0], "radius": 0.3, "body": body}}, {"picker": pickers}, rules))
    play.run(12, picker=np.array([[1, 0], [-1, 0]]))
    assert play.counts() == {"taken": 1, "after": 0, "off": 0, "close": 0, "left": 0}


def test_no_more_are_hit_than_are_out():
    """Two projectiles reach one target in the same decision: one counts."""
    target = {"at": [0, 0], "radius": 0.3, "body": "static"}
    shooters = {"count": 2, "at": [[-2, 0], [2, 0]], "radius": 0.3, "drive": {"type": "tank"},
                "shoot": {"projectile": "ball", "aim": "free", "speed": 9, "cooldown": 0.5, "lifetime": 2}}  # fmt: skip
    rules = {"hit": {"when": {"touch": ["ball", "target"]}, "do": {"remove": "target"}}}
    play = Play(game({"ball": {"radius": 0.1, "mass": 0.1}}, {"target": target, "shooter": shooters}, rules))
    play.run(10, shooter=np.array([[0, 0, 1, 1, 0], [0, 0, 1, -1, 0]]))
    assert play.counts() == {"hit": 1}


# --- the path counts ---

FLYING = {
    "met": {"when": {"touch": ["ball", "line"]}},
    "parted": {"when": {"apart": ["ball", "line"]}},
    "entered": {"when": {"inside": ["ball", "line"]}},
    "left": {"when": {"outside": ["ball", "line"]}},
    "close": {"when": {"near": ["ball", "line"], "within": 0.5}},
}


@settings(deadline=None)
@given(st.sampled_from(list(SHAPES)), st.sampled_from(list(MOVING)), st.sampled_from(["open", "wrap"]), st.sampled_from([10, 30, 60]),
       st.sampled_from([5.0, 15.0, 40.0]), st.integers(0, 2**32 - 1))  # fmt: skip
def test_what_is_fast_meets_what_is_slow_on_the_same_way(shape, moving, walls, rate, speed, seed):
    rng, worlds = np.random.default_rng(seed), 16
    sensor = {**SHAPES[shape], "body": "sensor", "at": rng.uniform(-1, 1, 2).tolist(), "angle_deg": rng.uniform(0, 360)}
    way, aside, heading = rng.uniform(0, 2 * np.pi, worlds), rng.uniform(-1.5, 1.5, worlds), rng.uniform(0, 2 * np.pi, worlds)
    found = []
    for pace, decisions in ((speed, rate), (0.8, 60)):
        play = Play(game({"ball": {**MOVING[moving], "body": "dynamic", "at": [0, 0], "drag": 0}, "line": sensor}, None, FLYING,
                         {"decisions_per_second": decisions, "walls": walls, "size": [20, 20], "drag": 0}), worlds)  # fmt: skip
        for lane in range(worlds):
            c, d = math.cos(way[lane]), math.sin(way[lane])
            play.put("ball", lane, X=-6 * c - aside[lane] * d, Y=-6 * d + aside[lane] * c, VX=pace * c, VY=pace * d, COS=math.cos(heading[lane]),
                     SIN=math.sin(heading[lane]))  # fmt: skip
        found.append(play.run(int(12 / pace * decisions) + 1).events)
    different = sum((found[0][rule] != found[1][rule]).sum() for rule in FLYING)
    assert different <= 1  # what only just grazes


def test_what_passes_twice_in_one_decision_meets_twice():
    """A fast ball flies through a line, off the wall behind it, and back."""
    things = {
        "ball": {"at": [0, 0], "radius": 0.1, "body": "dynamic", "velocity": [90, 0], "bounce": 1, "drag": 0},
        "line": {"at": [3, 0], "shape": "box", "size": [0.2, 4], "body": "sensor"},
    }
    play = Play(game(things, None, FLYING, {"size": [10, 10], "walls": "solid"})).run(1)
    assert play.get("ball", Body.VX) < -80
    assert play.counts() == dict.fromkeys(FLYING, 2)


def test_an_effect_comes_for_each_of_several_meetings():
    things = {
        "ball": {"at": [0, 0], "radius": 0.1, "body": "dynamic", "velocity": [90, 0], "bounce": 1, "drag": 0, "state": {"n": 0}},
        "line": {"at": [3, 0], "shape": "box", "size": [0.2, 4], "body": "sensor"},
    }
    rules = {
        "each": {"when": {"touch": ["ball", "line"]}, "do": {"add": {"ball.n": 1}}},
        "late": {"when": {"touch": ["ball", "line"], "if": "= ball.n < 2"}},
        "third": {"when": {"touch": ["ball", "line"], "if": "= ball.n == 2"}},
        "calm": {"when": {"touch": ["ball", "line"]}, "cooldown": 1},
    }
    play = Play(game(things, None, rules, {"size": [10, 10], "walls": "solid"}, rewards={"eye": {"each": 1}})).run(1)
    assert play.counts() == {"each": 2, "late": 0, "third": 2, "calm": 1}
    assert play.reward["eye"][0, 0] == 2


def test_bounces_off_two_walls_in_one_decision_are_two():
    things = {"ball": {"at": [0, 0], "radius": 0.1, "body": "dynamic", "velocity": [20, 0], "bounce": 1, "drag": 0}}
    rules = {"hit": {"when": {"touch": ["ball", "walls"]}}, "off": {"when": {"apart": ["ball", "walls"]}}}
    play = Play(game(things, None, rules, {"size": [1, 1], "walls": "solid", "substeps": 16})).run(1)
    assert play.counts()["hit"] >= 2
    assert play.counts()["off"] >= 2


def test_nothing_is_seen_behind_a_wall():
    things = {
        "ball": {"at": [-2, 0], "radius": 0.1, "body": "dynamic", "velocity": [60, 0], "drag": 0},
        "wall": {"at": [1, 0], "shape": "box", "size": [0.1, 4]},
        "line": {"at": [1.5, 0], "shape": "box", "size": [0.2, 4], "body": "sensor"},
        "behind": {"at": [1.5, 0], "radius": 0.1, "body": "sensor"},
    }
    rules = {
        "seen": {"when": {"touch": ["ball", "line"]}},
        "point": {"when": {"inside": ["ball", "line"]}},
        "close": {"when": {"near": ["ball", "behind"], "within": 0.4}},
    }
    assert Play(game(things, None, rules)).run(5).counts() == {"seen": 0, "point": 0, "close": 0}


def test_shots_meet_what_they_fly_through_and_nothing_behind_what_they_hit():
    lines = {"count": 3, "at": [[1, 0], [2, 0], [3.2, 0]], "shape": "box", "size": [0.2, 2], "body": "sensor"}
    gun = {
        "at": [0, 0],
        "radius": 0.3,
        "drive": {"type": "tank"},
        "shoot": {"projectile": "dart", "aim": "free", "speed": 100, "cooldown": 9, "lifetime": 1},
    }
    things = {"dart": {"radius": 0.05, "mass": 0.01}, "line": lines, "wall": {"at": [3, 0], "shape": "box", "size": [0.1, 2]}}
    rules = {"flown": {"when": {"touch": ["dart", "line"]}}, "behind": {"when": {"touch": ["dart", "line"], "if": "= line.index == 2"}}}
    assert Play(game(things, {"gun": gun}, rules)).run(3, gun=np.array([0, 0, 1, 1, 0])).counts() == {"flown": 2, "behind": 0}


def test_what_is_placed_goes_no_way():
    things = {
        "ball": {"at": [-2, 0], "radius": 0.1, "body": "dynamic"},
        "line": {"at": [0, 0], "shape": "box", "size": [0.2, 4], "body": "sensor"},
    }
    rules = {"hop": {"when": {"at": 0.2}, "do": {"place": {"ball": [2, 0]}}}, **FLYING}
    assert Play(game(things, None, rules)).run(5).counts() == {"hop": 1, **dict.fromkeys(FLYING, 0)}


@pytest.mark.parametrize("ball_moves", [False, True])
def test_a_zone_that_moves_jumps_over_nothing(ball_moves):
    """A kinematic ghost flies over a ball that rests, or that comes to meet it."""
    things = {
        "ball": {"at": [0, 0], "radius": 0.1, "body": "dynamic", "velocity": [-10 if ball_moves else 0, 0], "drag": 0},
        "line": {"at": [-2, 0], "shape": "box", "size": [0.2, 4], "body": "kinematic", "velocity": [30, 0], "collides_with": []},
    }
    assert Play(game(things, None, FLYING, {"size": [20, 10], "walls": "open"})).run(4).counts() == dict.fromkeys(FLYING, 1)


def test_in_a_world_that_wraps_every_image_counts():
    things = {
        "ball": {"at": [0, 0], "radius": 0.1, "body": "dynamic", "velocity": [18, 0], "drag": 0},
        "line": {"at": [4.9, 0], "shape": "box", "size": [0.2, 4], "body": "sensor"},
    }
    play = Play(game(things, None, FLYING, {"size": [10, 10], "walls": "wrap", "decisions_per_second": 1})).run(5)
    assert play.counts() == dict.fromkeys(FLYING, 9)  # 90 m, a world of 10 m


def test_a_door_that_opens_hides_nobody_who_flies_through():
    things = {
        "ball": {"at": [-2, 0], "radius": 0.1, "body": "dynamic", "velocity": [30, 0], "drag": 0},
        "door": {"at": [0, 0], "shape": "box", "size": [0.1, 4], "state": {"open": True}, "solid_if": "= not open"},
    }
    rules = {"through": {"when": {"touch": ["ball", "door"]}}, "calm": {"when": {"touch": ["ball", "door"]}, "cooldown": 1}}
    assert Play(game(things, None, rules, {"walls": "open"})).run(4).counts() == {"through": 1, "calm": 1}


# --- one meaning of a meeting ---

HOLDING = {
    "things": {
        "cube": {"at": [1, 0], "radius": 0.3, "body": "dynamic", "mass": 0.2},
        "zone": {"at": [0, 0], "radius": 0.9, "body": "sensor"},
    },
    "teams": {"a": {"at": [0.3, 0], "radius": 0.3, "drive": {"type": "walk"}, "hands": {"grabs": ["cube"]}}},
}
VERBS = {"touch": {"touch": ["a", "zone"]}, "inside": {"inside": ["a", "zone"]}, "near": {"near": ["a", "cube"], "within": 2}, "grabs": {"grabs": ["a", "cube"]},
         "formula": "= a.x > 0", "start": {"start": True}, "at": {"at": 0.2}, "apart": {"apart": ["a", "zone"]}, "outside": {"outside": ["a", "zone"]}}  # fmt: skip


@pytest.mark.parametrize(
    ("verb", "condition", "expected"),
    [
        *((verb, "time > 1", 1) for verb in ("touch", "inside", "near", "formula")),  # lasting: when both first hold
        *((verb, "floor(5 * time) % 2 == 0", 1) for verb in ("touch", "inside", "near", "formula")),  # and not again
        *((verb, "time > 1", 0) for verb in ("grabs", "start", "at")),  # moments: then or never
        *((verb, "time < 1", 1) for verb in ("grabs", "start", "at")),
    ],
)
def test_if_is_judged_once_a_meeting(verb, condition, expected):
    rules = {"rule": {"when": VERBS[verb], "if": f"= {condition}"}}
    assert Play(game(rules=rules, **HOLDING)).run(30, a=np.array([0, 0, 1])).counts() == {"rule": expected}


@pytest.mark.parametrize("verb", ["apart", "outside"])
def test_the_end_of_a_meeting_is_a_moment(verb):
    rules = {
        "never": {"when": VERBS[verb], "if": "= time > 1.5"},
        "now": {"when": VERBS[verb], "if": "= time < 1.5"},
        "again": {"when": VERBS[verb], "cooldown": 0.5},
    }
    play = Play(game(rules=rules, **HOLDING))
    play.run(10, a=np.array([1, 0, 0]))
    assert play.run(11).counts() == {"never": 0, "now": 1, "again": 4}


@pytest.mark.parametrize("cooldown", [None, 0.2])
def test_what_never_was_together_does_not_part(cooldown):
    rules = {f"was_{verb}": {"when": VERBS[verb], **({"cooldown": cooldown} if cooldown else {})} for verb in ("apart", "outside")}
    scene = {**HOLDING, "teams": {"a": {**HOLDING["teams"]["a"], "at": [3, 0]}}}
    assert Play(game(rules=rules, **scene)).run(10).counts() == {"was_apart": 0, "was_outside": 0}


def test_what_is_said_let_go_or_broken_is_a_moment():
    """Each happens before 1 s; an `if` that holds only later comes too late."""
    things = {
        "cube": {"at": [1, 0], "radius": 0.3, "body": "dynamic", "mass": 0.2},
        "peg": {"at": [3, 3], "radius": 0.1, "body": "dynamic"},
    }
    team = {"at": [0.3, 0], "radius": 0.3, "drive": {"type": "walk"}, "hands": {"grabs": ["cube"]}, "says": {"symbols": 2}}
    events = {
        "said": {"hears": "a", "symbol": 1},
        "spoke": {"hears": "a"},
        "let_go": {"releases": ["a", "cube"]},
        "broke": {"breaks": "rod"},
    }
    rules = {"snap": {"when": {"at": 0.5}, "do": {"break": "rod"}}}
    for name, event in events.items():
        rules |= {f"{name}_now": {"when": event, "if": "= time < 1"}, f"{name}_late": {"when": event, "if": "= time > 1"}}
    scene = game(things, {"a": team}, rules, joints={"rod": {"type": "weld", "between": ["peg", "world"]}})
    play = Play(scene).run(4, a=np.array([0, 0, 1, 0, 1])).run(20, a=np.array([0, 0, -1, 0, 1]))
    assert play.counts() == {"snap": 1, **{f"{name}_{when}": int(when == "now") for name in events for when in ("now", "late")}}


def test_nobody_lets_go_of_what_is_gone():
    rules = {
        "taken": {"when": {"grabs": ["a", "cube"]}, "do": {"remove": "cube"}},
        "held_it": {"when": {"grabs": ["a", "cube"]}},
        "let_go": {"when": {"releases": ["a", "cube"]}},
    }
    assert Play(game(rules=rules, **HOLDING)).run(10, a=np.array([0, 0, 1])).counts() == {"taken": 1, "held_it": 0, "let_go": 0}


# --- placing ---


def portals(**more):
    things = {"pa": {"at": [-3, 0], "radius": 0.4, "body": "sensor"}, "pb": {"at": [3, 0], "radius": 0.4, "body": "sensor"}}
    rules = {
        "ab": {"when": {"touch": ["p", "pa"]}, "do": {"place": {"p": [3, 0]}}, **more},
        "ba": {"when": {"touch": ["pb", "p"]}, "do": {"place": {"other": [-3, 0]}}, **more},
        "seen": {"when": {"touch": ["p", "pb"]}},
    }
    return game(things, {"p": {"at": [-4, 0], "radius": 0.2, "drive": {"type": "walk"}}}, rules)


@pytest.mark.parametrize("more", [{}, {"cooldown": 0.1}])
def test_portals_hold_what_they_were_given(more):
    play = Play(portals(**more)).run(4, p=np.array([1, 0])).run(20)
    assert play.counts() == {"ab": 1, "ba": 0, "seen": 1}  # that is met where it was put
    assert play.get("p", Body.X) > 2.5
    play.run(10, p=np.array([1, 0])).run(20, p=np.array([-1, 0]))  # out, and in again
    assert play.counts()["ba"] == 1


def test_what_is_put_on_somebody_is_met_anew():
    """A coin is put back where its picker stands: that is a new meeting, from the next decision on."""
    rules = {
        "taken": {"when": {"touch": ["picker", "coin"]}, "do": {"place": {"coin": [0.1, 0]}}},
        "after": {"when": {"touch": ["picker", "coin"]}},
    }
    scene = game(
        {"coin": {"at": [0, 0], "radius": 0.3, "body": "sensor"}},
        {"picker": {"at": [0, 0], "radius": 0.3, "drive": {"type": "walk"}}},
        rules,
    )
    assert Play(scene).run(3).counts() == {"taken": 3, "after": 0}


# --- ties ---


def hunt(order, wolves, **rule):
    at = [[2 * math.cos(k), 2 * math.sin(k)] for k in np.arange(wolves) * 2 * math.pi / wolves]
    teams = {
        "wolf": {"count": wolves, "at": at, "radius": 0.3, "state": {"energy": 0}, "drive": {"type": "walk"}},
        "deer": {"at": [0, 0], "radius": 0.4},
    }
    rules = {"caught": {"when": {"touch": order}, "do": {"remove": "deer", "add": {"wolf.energy": 1}}, **rule}}
    return game(None, teams, rules, rewards={"wolf": {"caught": 1}}), -np.array(at) / 2


def winners(scene, moves, worlds=160, team="wolf", steps=12):
    play = Play(scene, worlds)
    paid = np.zeros((worlds, len(moves)))
    for _ in range(steps):
        paid += play.run(1, **{team: moves}).reward[team]
    return paid


@pytest.mark.parametrize("order", [("wolf", "deer"), ("deer", "wolf")])
@pytest.mark.parametrize("rule", [{}, {"if": "= deer.alive"}, {"if": "= random() < 0.7"}, {"once": True}])
def test_one_of_those_who_meet_at_once_is_drawn(order, rule):
    paid = winners(*hunt(order, 3, **rule))
    assert (paid.sum(1) == 1).all()
    assert (np.abs(paid.mean(0) - 1 / 3) < 0.15).all()


def test_who_changes_what_the_rule_asks_for_is_drawn_too():
    scene, moves = hunt(("wolf", "deer"), 3)
    scene["teams"]["deer"]["state"] = {"free": True}
    scene["rules"]["caught"] = {"when": {"touch": ["wolf", "deer"], "if": "= deer.free"}, "do": {"set": {"deer.free": False}}}
    paid = winners(scene, moves)
    assert (paid.sum(1) == 1).all()
    assert (np.abs(paid.mean(0) - 1 / 3) < 0.15).all()


def test_once_is_drawn_too():
    scene, moves = hunt(("wolf", "deer"), 3)
    scene["rules"]["caught"] = {"when": {"touch": ["wolf", "deer"]}, "once": True}
    paid = winners(scene, moves)
    assert (paid.sum(1) == 1).all()
    assert (np.abs(paid.mean(0) - 1 / 3) < 0.15).all()


def test_rules_that_are_alike_but_for_the_team_are_judged_as_one():
    def side(x):
        return {"at": [x, 0], "radius": 0.3, "drive": {"type": "walk"}, "state": {"coins": 0}}

    rules = {f"{team}_takes": {"when": {"touch": [team, "coin"]}, "do": {"remove": "coin", "add": {f"{team}.coins": 1}}} for team in "ab"}
    play = Play(game({"coin": {"at": [0, 0], "radius": 0.2, "body": "sensor"}}, {"a": side(-1), "b": side(1)}, rules), 160)
    play.run(12, a=np.array([1, 0]), b=np.array([-1, 0]))
    taken = [play.events[f"{team}_takes"] for team in "ab"]
    assert (taken[0] + taken[1] == 1).all()
    assert 50 < taken[0].sum() < 110


def test_rules_that_differ_keep_the_order_of_the_file():
    """A shield listed first saves the one behind it, whenever both are met in the same decision."""
    things = {
        "shot": {"at": [-1, 0], "radius": 0.1, "body": "dynamic", "velocity": [20, 0], "drag": 0},
        "shield": {"at": [0, 0], "radius": 0.2, "body": "sensor"},
    }
    rules = {
        "saved": {"when": {"touch": ["shot", "shield"]}, "do": {"remove": "shot"}},
        "hit": {"when": {"touch": ["shot", "hero"]}, "do": {"remove": "shot"}},
    }
    play = Play(game(things, {"hero": {"at": [0.3, 0], "radius": 0.2, "body": "sensor"}}, rules, {"walls": "open"}), 64).run(4)
    assert (play.events["saved"] == 1).all()
    assert (play.events["hit"] == 0).all()


def test_those_the_lot_did_not_fall_on_take_what_is_left():
    """Two pickers, two coins, all within reach at once: each coin is taken in that decision, whatever is drawn."""
    things = {"coin": {"count": 2, "at": [[0, 0.1], [0, -0.1]], "radius": 0.2, "body": "sensor"}}
    team = {"count": 2, "at": [[-0.3, 0], [0.3, 0]], "radius": 0.29, "state": {"busy": False}, "drive": {"type": "walk"}}
    rules = {
        "taken": {"when": {"touch": ["picker", "coin"], "if": "= not picker.busy"}, "do": {"remove": "coin", "set": {"picker.busy": True}}}
    }
    play = Play(game(things, {"picker": team}, rules), 32).run(1)
    assert (play.events["taken"] == 2).all()


@pytest.mark.parametrize("words", [["self"], ["other"], ["self", "other"]])
def test_of_many_of_one_kind_that_touch_nobody_is_taken_twice(words):
    zone = {"count": 5, "shape": "box", "size": [0.7, 0.7], "at": [[0.6 * k - 2, 0] for k in range(5)], "body": "sensor"}
    play = Play(game({"b": zone}, None, {"out": {"when": {"touch": ["b", "b"]}, "do": {"remove": words}}}), 16).run(1)
    gone = sum(1 - np.array([play.get("b", Body.ALIVE, index, lane) for lane in range(16)]) for index in range(5))
    assert (play.events["out"] * len(words) == gone).all()


def test_a_tie_is_drawn_alone_as_among_others():
    scene, moves = hunt(("wolf", "deer"), 3)
    together = winners(scene, moves, 20)
    for world in (0, 7, 19):
        play = Play(scene, 1, seed=world)
        alone = sum(play.run(1, wolf=moves).reward["wolf"][0] for _ in range(12))
        assert alone.tolist() == together[world].tolist()


# --- in the library ---


def test_soccer_counts_every_shot():
    """Balls of any speed that come off the wall behind a goal in the same decision."""
    worlds = 64
    env = sandlot.make_vec("soccer", worlds, autoreset="disabled")
    env.reset(seed=0)
    rows, rng = rows_of(env), np.random.default_rng(0)
    for lane in range(worlds):
        for team in ("red", "blue"):
            for index in range(2):
                rows[lane // LANES, body_row(env, team, index, Body.X), lane % LANES] = -3 + 6 * index
                rows[lane // LANES, body_row(env, team, index, Body.Y), lane % LANES] = 3 if team == "red" else -3
        for field, value in (("X", rng.uniform(3, 5)), ("Y", rng.uniform(-0.3, 0.3)), ("VX", rng.uniform(5, 60)), ("VY", 0)):
            rows[lane // LANES, body_row(env, "ball", 0, getattr(Body, field)), lane % LANES] = value
    scored = np.zeros(worlds)
    for _ in range(8):
        scored += env.step({team: np.zeros((worlds, 2, 2), np.float32) for team in env.teams})[4]["event/red_scored"]
    assert (scored == 1).all()


def test_dodgeball_counts_no_more_hits_than_players_out():
    env = sandlot.make_vec("dodgeball", 64, autoreset="disabled", players=6)
    env.reset(seed=0)
    hits = {"red": np.zeros(64), "blue": np.zeros(64)}
    out = {}
    for _ in range(120):
        _, _, _, _, info = env.step(env.scripted_actions())
        for team, other in (("red", "blue"), ("blue", "red")):
            hits[other] += info[f"event/{team}_hit"]
            out[other] = (~info["alive"][other]).sum(1)
    assert hits["red"].sum() > 10
    for team, count in hits.items():
        assert (count == out[team]).all()
