"""What rules fire on, what they do, and what is paid: states set by hand, numbers worked out by hand."""

import json
import math

import numpy as np
import pytest
from reference import body_row, rows_of

from sandlot.envs.core.vector import VectorEnv
from sandlot.envs.kernels.world.layout.things import Body
from sandlot.scenarios import ScenarioError, loads

WORLDS = 3


def scene(rules, **parts):
    """A small world without friction: two agents `a`, one `b` that can be driven, a ball, a zone that only feels, a box that stands."""
    text = {
        "format": "sandlot/1", "name": "rules", "world": {"size": [20, 20], "decisions_per_second": 10, **parts.pop("world", {})},
        "things": {
            "ball": {"radius": 0.5, "body": "dynamic", "at": [0, 0], "state": {"heat": 0, "hot": False}, **parts.pop("ball", {})},
            "zone": {"shape": "box", "size": [2, 2], "body": "sensor", "at": [5, 0], "state": {"full": False}},
            "post": {"count": 2, "radius": 0.5, "body": "static", "at": [[-5, 5], [5, 5]], "state": {"hits": 0}},
            **parts.pop("things", {}),
        },
        "teams": {
            "a": {"count": 2, "radius": 0.5, "at": [[-5, 0], [-5, -5]], "drive": {"type": "walk"}, "says": {"symbols": 3}, "state": {"gold": 1}, "sees": ["self"]},
            "b": {"radius": 0.5, "at": [5, -5], "sees": ["self"]},
        },
        "rules": rules, **parts,
    }  # fmt: skip
    return text


class Game:
    """An environment whose rows are set and read by name."""

    def __init__(self, rules, seed=0, worlds=WORLDS, **parts):
        self.env = VectorEnv(loads(json.dumps(scene(rules, **parts))), worlds, autoreset="disabled")
        self.obs, self.info = self.env.reset(seed=seed)
        self.rows = rows_of(self.env)
        self.reward = self.terminated = self.truncated = None

    def put(self, kind, index=0, lane=slice(None), **fields):
        for name, value in fields.items():
            self.rows[:, self.row(kind, index, name), lane] = value
        return self

    def row(self, kind, index, name):
        state = self.env.game.names.states.get((kind, name))
        if state is not None:
            return state + index
        known = {"x": Body.X, "y": Body.Y, "vx": Body.VX, "vy": Body.VY, "spin": Body.SPIN, "cos": Body.COS, "sin": Body.SIN, "alive": Body.ALIVE, "solid": Body.SOLID, "said": Body.SAID,
                 "inverse_mass": Body.INV_MASS}  # fmt: skip
        return body_row(self.env, kind, index, known[name])

    def get(self, kind, name, index=0, lane=0):
        return float(self.rows[0, self.row(kind, index, name), lane])

    def step(self, say=(0, 0), **moves):
        actions = {}
        for team in self.env.teams:
            agents = len(self.env.agents(team))
            size = self.env.game.teams[self.env.teams.index(team)].action_size
            action = np.zeros((self.env.num_envs, agents, size) if size else (self.env.num_envs, agents), np.float32)
            if team == "a":
                for agent, symbol in enumerate(say):
                    action[:, agent, 2:] = -1
                    action[:, agent, 2 + symbol] = 1
                action[:, :, :2] = moves.get("a", 0)
            actions[team] = action
        self.obs, self.reward, self.terminated, self.truncated, self.info = self.env.step(actions)
        return self

    def event(self, rule, lane=0):
        return float(self.info[f"event/{rule}"][lane])

    def events(self, rule, steps):
        return [self.step().event(rule) for _ in range(steps)]


FAR, AT_POST = {"x": 0.0, "y": 0.0}, {"x": -4.0, "y": 5.0}
INSIDE = {"x": 5.0, "y": 0.5}


def moved(game, rule, places, thing="ball"):
    """How often a rule fires while a thing is put from place to place."""
    out = []
    for place in places:
        game.put(thing, vx=0, vy=0, **place)
        out.append(game.step().event(rule))
    return out


# --- when ---


def test_touch_fires_once_a_meeting():
    game = Game({"hit": {"when": {"touch": ["ball", "post"]}}})
    assert moved(game, "hit", [FAR, AT_POST, AT_POST, AT_POST, FAR, AT_POST, AT_POST]) == [0, 1, 0, 0, 0, 1, 0]


def test_touch_counts_each_pair_of_instances():
    game = Game({"hit": {"when": {"touch": ["ball", "post"]}}}, things={})
    assert moved(game, "hit", [AT_POST, {"x": 4.0, "y": 5.0}, AT_POST]) == [1, 1, 1]


def test_what_already_holds_fires_in_the_first_decision():
    for when in ({"touch": ["ball", "post"]}, {"near": ["ball", "post"], "within": 1.5}):
        assert Game({"hit": {"when": when}}, ball={"at": [-4, 5]}).events("hit", 3) == [1, 0, 0]


def test_touch_of_a_sensor():
    game = Game({"hit": {"when": {"touch": ["ball", "zone"]}}})
    assert moved(game, "hit", [FAR, {"x": 6.4, "y": 0.0}, {"x": 6.6, "y": 0.0}, {"x": 5.0, "y": -1.4}]) == [0, 1, 0, 1]


def test_touch_of_walls():
    game = Game({"hit": {"when": {"touch": ["ball", "walls"]}}})
    assert moved(game, "hit", [FAR, {"x": 9.5}, {"x": 9.5}, FAR, {"x": 0.0, "y": -9.5}]) == [0, 1, 0, 0, 1]


@pytest.mark.parametrize("against", ["post", "walls"])
def test_a_bounce_within_one_decision_is_a_touch(against):
    game = Game({"hit": {"when": {"touch": ["ball", against]}}, "part": {"when": {"apart": ["ball", against]}}}, ball={"bounce": 1})
    game.put("ball", x=9.0 if against == "walls" else 3.6, y=0.0 if against == "walls" else 5.0, vx=20.0)
    game.step()
    assert game.get("ball", "vx") < -10
    assert (9.5 if against == "walls" else 4.0) - game.get("ball", "x") > 0.1  # it is gone again
    assert (game.event("hit"), game.event("part")) == (1, 1)
    game.step()
    assert (game.event("hit"), game.event("part")) == (0, 0)


def test_apart_is_an_event_of_those_who_touched():
    game = Game({"off": {"when": {"apart": ["ball", "post"]}}})
    assert moved(game, "off", [FAR, AT_POST, AT_POST, FAR, FAR, AT_POST, FAR]) == [0, 0, 0, 1, 0, 0, 1]


def test_inside_and_outside_go_by_the_centre():
    game = Game({"into": {"when": {"inside": ["ball", "zone"]}}, "out": {"when": {"outside": ["ball", "zone"]}}})
    into, out = [], []
    for place in (FAR, {"x": 3.9, "y": 0.0}, INSIDE, INSIDE, {"x": 6.1, "y": 0.0}):
        game.put("ball", vx=0, vy=0, **place).step()
        into.append(game.event("into"))
        out.append(game.event("out"))
    assert into == [0, 0, 1, 0, 0]
    assert out == [0, 0, 0, 0, 1]  # what was never inside doesn't get out


def test_near_goes_by_the_centres():
    game = Game({"close": {"when": {"near": ["ball", "post"], "within": 2}}})
    assert moved(game, "close", [FAR, {"x": -2.9, "y": 5.0}, {"x": -3.1, "y": 5.0}, {"x": -3.2, "y": 5.0}, FAR]) == [0, 0, 1, 0, 0]


def test_what_meets_over_the_edge_of_a_world_that_wraps():
    rules = {
        "hit": {"when": {"touch": ["ball", "zone"]}},
        "close": {"when": {"near": ["ball", "zone"], "within": 1}},
        "into": {"when": {"inside": ["ball", "zone"]}},
    }
    game = Game(rules, world={"walls": "wrap"})
    game.put("zone", x=9.7).put("ball", x=-9.8).step()
    assert [game.event(rule) for rule in rules] == [1, 1, 1]


def test_hears_a_symbol_while_it_begins():
    game = Game({"two": {"when": {"hears": "a", "symbol": 2}}, "other_word": {"when": {"hears": "a"}}})
    two, any_ = [], []
    for say in ((0, 0), (2, 0), (2, 0), (2, 2), (1, 2), (2, 2)):
        game.step(say)
        two.append(game.event("two"))
        any_.append(game.event("other_word"))
    assert two == [0, 1, 0, 1, 0, 1]
    assert any_ == [2, 1, 0, 1, 1, 1]  # in the first decision both break their silence


@pytest.mark.parametrize(
    ("seconds", "expected"), [(0.3, [0, 0, 1, 0, 0, 1, 0]), (0.1, [1] * 7), (0.15, [0, 1, 1, 0, 1, 1, 0]), (0.2, [0, 1, 0, 1, 0, 1, 0])]
)
def test_every(seconds, expected):
    assert Game({"beat": {"when": {"every": seconds}}}).events("beat", 7) == expected


def test_at_and_start():
    assert Game({"bell": {"when": {"at": 0.3}}}).events("bell", 5) == [0, 0, 1, 0, 0]
    assert Game({"bell": {"when": {"start": True}}}).events("bell", 3) == [1, 0, 0]
    game = Game({"bell": {"when": {"start": True}}})
    game.events("bell", 2)
    game.env.reset()
    assert game.events("bell", 2) == [1, 0]


def test_a_formula_that_becomes_true():
    game = Game({"warm": {"when": "= ball.heat > 3"}})
    out = []
    for heat in (0, 4, 5, 1, 9):
        out.append(game.put("ball", heat=heat).step().event("warm"))
    assert out == [0, 1, 0, 0, 1]


def test_worlds_fire_on_their_own():
    game = Game({"warm": {"when": "= ball.heat > 3"}}, worlds=20)
    game.put("ball", heat=5, lane=[1, 3]).step()
    assert game.info["event/warm"].tolist() == [1.0 if w % 16 in (1, 3) else 0.0 for w in range(20)]


# --- if, once, cooldown, chance ---


def test_if_speaks_of_those_who_met():
    game = Game({"hit": {"when": {"touch": ["ball", "post"], "if": "= post.index == 1 and ball.hot and self == ball and other == post"}}})
    game.put("ball", hot=1)
    assert moved(game, "hit", [AT_POST, {"x": 4.0, "y": 5.0}]) == [0, 1]
    game.put("ball", hot=0)
    assert moved(game, "hit", [FAR, {"x": 4.0, "y": 5.0}]) == [0, 0]
    game.put("ball", hot=1)
    assert moved(game, "hit", [{"x": 4.0, "y": 5.0}] * 2) == [1, 0]  # it begins to hold while they touch


def test_once_is_once_an_episode_over_all_pairs():
    game = Game({"hit": {"when": {"touch": ["ball", "post"]}, "once": True}})
    assert moved(game, "hit", [AT_POST, FAR, {"x": 4.0, "y": 5.0}]) == [1, 0, 0]
    game.env.reset()
    assert moved(game, "hit", [AT_POST, FAR]) == [1, 0]
    both = Game({"warm": {"when": {"near": ["post", "ball"], "within": 20}, "once": True}})
    assert both.events("warm", 2) == [1, 0]  # two pairs at the same time


@pytest.mark.parametrize(
    ("cooldown", "expected"),
    [(0.3, [1, 0, 0, 1, 0, 0, 1]), (0.25, [1, 0, 0, 1, 0, 0, 1]), (0.1, [1] * 7), (0.05, [1] * 7), (0, [1] + [0] * 6)],
)
def test_cooldown_fires_while_it_holds_at_most_so_often(cooldown, expected):
    assert Game({"hit": {"when": {"touch": ["ball", "post"]}, "cooldown": cooldown}}, ball={"at": [-4, 5]}).events("hit", 7) == expected


def test_cooldown_is_of_each_pair_and_stops_a_new_meeting():
    game = Game({"hit": {"when": {"touch": ["ball", "post"]}, "cooldown": 0.4}})
    other = {"x": 4.0, "y": 5.0}
    assert moved(game, "hit", [AT_POST, FAR, AT_POST, other, AT_POST, other]) == [1, 0, 0, 1, 1, 0]


def test_a_long_cooldown_counts_every_decision():
    game = Game({"hit": {"when": {"touch": ["ball", "post"]}, "cooldown": 5000}}, ball={"at": [-4, 5]}, world={"decisions_per_second": 240})
    game.step()
    waiting = np.argwhere(game.rows[0, :, 0] == 5000 * 240)
    assert len(waiting) == 1
    game.step()
    assert game.rows[0, waiting[0, 0], 0] == 5000 * 240 - 1


def test_chance():
    game = Game({"lucky": {"when": {"every": 0.1}, "chance": 0.3}, "never": {"when": {"every": 0.1}, "chance": 0}}, worlds=64)
    hits = np.array([game.step().info["event/lucky"].copy() for _ in range(100)])
    assert hits.mean() == pytest.approx(0.3, abs=4 * math.sqrt(0.21 / hits.size))
    assert len(np.unique(hits.sum(0))) > 5  # worlds differ
    assert game.event("never") == 0
    assert np.abs(np.corrcoef(hits.T) - np.eye(64)).max() < 0.6


def test_chance_is_tried_once_a_meeting():
    tries = 0
    for seed in range(4):
        game = Game({"hit": {"when": {"touch": ["ball", "post"]}, "chance": 0.5}}, ball={"at": [-4, 5]}, worlds=16, seed=seed * 100)
        first = game.step().info["event/hit"].copy()
        tries += first.sum()
        for _ in range(10):
            assert game.step().info["event/hit"].sum() == 0
    assert 16 <= tries <= 48


# --- do ---


def do(what, when=None, **parts):
    game = Game({"go": {"when": when or {"at": 0.1}, "do": what}}, **parts)
    game.step()
    assert game.event("go") == 1
    return game


def test_set_and_add_state():
    game = do({"set": {"ball.heat": "= 2 + time", "ball.hot": True}, "add": {"post.hits": 3, "a.gold": "= count(a)"}})
    assert game.get("ball", "heat") == pytest.approx(2.1)
    assert game.get("ball", "hot") == 1
    assert [game.get("post", "hits", i) for i in range(2)] == [3, 3]
    assert [game.get("a", "gold", i) for i in range(2)] == [3, 3]


def test_effects_on_the_instance_that_met():
    game = do({"add": {"post.hits": 1, "ball.heat": "= post.index + 10"}}, {"touch": ["ball", "post"]}, ball={"at": [4, 5]})
    assert [game.get("post", "hits", i) for i in range(2)] == [0, 1]
    assert game.get("ball", "heat") == 11


def test_effects_on_two_of_a_kind_that_met_name_self_and_other():
    effects = {
        "add": {"self.gold": "= self.index + 10 * other.index", "other.gold": 5},
        "push": {"other": "= 3 * toward(other)"},
        "set": {"self.velocity": [0, -2]},
    }
    game = Game({"go": {"when": {"touch": ["a", "a"]}, "do": effects}})
    game.put("a", 1, x=-5, y=1).step()
    assert [game.get("a", "gold", i) for i in range(2)] == [11, 6]
    assert [game.get("a", "vy", i) for i in range(2)] == pytest.approx([-2, 3], abs=0.1)


@pytest.mark.parametrize(
    ("do", "alive"), [({"remove": "self"}, [0, 1]), ({"remove": ["other"]}, [1, 0]), ({"remove": ["self", "other"]}, [0, 0])]
)
def test_one_of_two_of_a_kind_is_removed(do, alive):
    game = Game({"go": {"when": {"touch": ["a", "a"]}, "do": do}})
    game.put("a", 1, x=-5, y=1).step()
    assert [game.get("a", "alive", i) for i in range(2)] == alive


def test_self_and_other_are_targets_wherever_two_meet():
    game = do(
        {"add": {"other.hits": 1, "self.heat": "= other.index + 10"}, "place": {"self": [1, 2]}},
        {"touch": ["ball", "post"]},
        ball={"at": [4, 5]},
    )
    assert [game.get("post", "hits", i) for i in range(2)] == [0, 1]
    assert [game.get("ball", name) for name in ("heat", "x", "y")] == [11, 1, 2]
    game = Game({"go": {"when": {"hears": "a", "symbol": 1}, "do": {"set": {"self.gold": 7}}}})
    game.step((0, 1))
    assert [game.get("a", "gold", i) for i in range(2)] == [1, 7]


@pytest.mark.parametrize(
    ("when", "effect", "message"),
    [
        ({"touch": ["a", "a"]}, {"set": {"a.gold": 1}}, r'do.set.a.gold: "a" is both that met; say self or other'),
        ({"touch": ["a", "a"]}, {"push": {"a": [1, 0]}}, r'do.push.a: "a" is both that met; say self or other'),
        ({"touch": ["a", "a"]}, {"place": {"a": "start"}}, r'do.place.a: "a" is both that met; say self or other'),
        ({"touch": ["a", "a"]}, {"remove": "a"}, r'do.remove\[0\]: "a" is both that met; say self or other'),
        ({"at": 1}, {"remove": "self"}, r'do.remove\[0\]: there is no "self" here: nobody meets in this rule'),
        ("= time > 1", {"set": {"self.gold": 1}}, r'do.set.self.gold: there is no "self" here: nobody meets in this rule'),
        ({"touch": ["a", "walls"]}, {"push": {"other": [1, 0]}}, r'do.push.other: there is no "other" here: no two meet'),
        ({"touch": ["a", "ball"]}, {"set": {"other.gold": 1}}, r'do.set.other.gold: "ball" has no state variable "gold"'),
        ({"touch": ["a", "post"]}, {"push": {"other": [1, 0]}}, r'do.push.other: "post" is static; only dynamic things are pushed'),
    ],
)
def test_targets_that_are_not_one_thing(when, effect, message):
    with pytest.raises(ScenarioError, match=message):
        do(effect, when)


def test_effects_of_what_is_said_are_on_the_speaker():
    game = Game({"go": {"when": {"hears": "a", "symbol": 1}, "do": {"set": {"a.gold": "= self.index + 5"}}}})
    game.step((0, 1))
    assert [game.get("a", "gold", i) for i in range(2)] == [1, 6]


def test_rules_and_effects_follow_the_order_of_the_file():
    rules = {
        "one": {"when": {"at": 0.1}, "do": {"set": {"ball.heat": 1}, "add": {"ball.heat": "= ball.heat * 4"}}},
        "two": {"when": "= ball.heat == 5 and happened(one)", "do": {"set": {"ball.hot": True}}},
        "three": {"when": "= ball.hot"},
    }
    game = Game(rules).step()
    assert [game.event(r) for r in rules] == [1, 1, 1]


def test_what_nobody_met_is_done_to_each_in_turn():
    """The kind's name and self mean the one at hand, and each sees what was done before."""
    rules = {"go": {"when": {"every": 0.1}, "do": {"add": {"post.hits": "= 10 * post.index + (1 if self.x > 0 else 2)", "a.gold": "= sum(a, a.gold)"},
                                                   "push": {"a": "= vec(0, 1 + a.index)"}}}}  # fmt: skip
    game = Game(rules).step()
    assert [game.get("post", "hits", i) for i in range(2)] == [2, 11]
    assert [game.get("a", "gold", i) for i in range(2)] == [3, 5]  # 1 + (1 + 1), 1 + (3 + 1)
    assert [game.get("a", "vy", i) for i in range(2)] == pytest.approx([1, 2])
    game = do({"add": {"post.hits": "= post.index + 1"}}, "= ball.x == 0")
    assert [game.get("post", "hits", i) for i in range(2)] == [1, 2]


def test_others_than_those_who_met_have_no_name_of_their_own():
    with pytest.raises(ScenarioError, match='"post" is 2 things'):
        do({"set": {"post.hits": "= post.index"}}, {"touch": ["ball", "zone"]})


def test_what_an_agent_wants_is_a_field():
    rules = {"go": {"when": {"every": 0.1}, "do": {"set": {"a.gold": "= length(a.move)", "ball.heat": "= argmin(a, a.move.x).index"}}}}
    game = Game(rules, rewards={"a": {"effort": "= -dot(self.move, self.move)", "up": "= 1 if self.move.y > 0 else 0"}})
    game.step(a=np.array([[0.6, 0.8], [-0.5, 0]]))
    assert [game.get("a", "gold", i) for i in range(2)] == pytest.approx([1, 0.5])
    assert game.get("ball", "heat") == 1
    assert game.reward["a"][0].tolist() == pytest.approx([0, -0.25], abs=1e-6)  # -1 and 1 for the first
    game.step(a=np.array([[1, 1], [0, 0]]))
    assert game.get("a", "gold") == pytest.approx(math.sqrt(2))  # as it was asked for


@pytest.mark.parametrize(("drive", "first", "second"), [
    ("tank", "forward", "turn"), ("car", "throttle", "steer"), ("rocket", "throttle", "turn"), ("jump", "move", "jump"),
])  # fmt: skip
def test_the_wishes_of_every_drive_have_names(drive, first, second):
    team = {"at": [0, 0], "drive": {"type": drive}, "state": {"one": 0, "two": 0}}
    rules = {"go": {"when": {"every": 0.1}, "do": {"set": {"a.one": f"= a.{first}", "a.two": f"= a.{second}"}}}}
    env = VectorEnv(
        loads(json.dumps({"format": "sandlot/1", "name": "one", "world": {"gravity": 1}, "teams": {"a": team}, "rules": rules})), 1
    )
    env.reset(seed=0)
    env.step({"a": np.float32([[[0.25, -0.75]]])})
    rows, states = rows_of(env), env.game.names.states
    assert rows[0, [states["a", "one"], states["a", "two"]], 0].tolist() == [0.25, -0.75]


def test_a_variable_goes_before_a_wish_of_the_same_name():
    team = {"at": [0, 0], "drive": {"type": "tank"}, "state": {"turn": 5, "accel": 7, "seen": 0}}
    rules = {"go": {"when": {"at": 0.1}, "do": {"set": {"a.seen": "= a.turn + a.accel", "a.accel": 2}}}}
    env = VectorEnv(loads(json.dumps({"format": "sandlot/1", "name": "one", "teams": {"a": team}, "rules": rules})), 1)
    env.reset(seed=0)
    env.step({"a": np.float32([[[1, 1]]])})
    rows, states = rows_of(env), env.game.names.states
    assert rows[0, [states["a", "seen"], states["a", "accel"]], 0].tolist() == [12, 2]
    assert rows[0, body_row(env, "a", 0, Body.ACCEL), 0] == 5


def test_rules_change_what_a_drive_can_do():
    rules = {
        "slow": {"when": {"at": 0.1}, "do": {"set": {"a.top_speed": "= 0.5 + a.index"}, "add": {"a.accel": "= a.accel"}}},
        "stop": {"when": {"at": 2}, "do": {"add": {"a.top_speed": -9}}},
    }
    game = Game(rules)
    for _ in range(10):
        game.step(a=np.array([1, 0]))
    assert [game.get("a", "vx", i) for i in range(2)] == pytest.approx([0.5, 1.5], abs=1e-5)
    assert game.rows[0, game.row("a", 0, "x") - Body.X + Body.ACCEL, 0] == 40
    for _ in range(15):
        game.step(a=np.array([1, 0]))
    assert game.get("a", "vx") == pytest.approx(0, abs=1e-6)  # no less than 0
    game.env.reset(seed=0)
    assert game.rows[0, game.row("a", 0, "x") - Body.X + Body.TOP_SPEED, 0] == 2  # for an episode only


def test_no_drive_becomes_stronger_than_the_language_allows():
    huge = "= 1000000000000 * (1 + a.index) * 1000000000000"
    game = do({"set": {"a.top_speed": huge, "a.accel": huge}})
    first = game.row("a", 0, "x") - Body.X
    assert game.rows[0, [first + Body.TOP_SPEED, first + Body.ACCEL], 0].tolist() == [1e3, 1e5]
    for _ in range(20):
        game.step(a=np.array([1, -1]))
        assert np.isfinite(game.rows[0, :, :WORLDS]).all()


@pytest.mark.parametrize(("effect", "message"), [
    ({"set": {"b.accel": 1}}, '"b" has no state variable "accel"'), ({"set": {"ball.top_speed": 1}}, '"ball" has no state variable "top_speed"'),
    ({"set": {"a.move": [1, 0]}}, '"move" can\'t be changed; a rule can change "gold", .*"accel" or "top_speed"'),
    ({"set": {"ball.heat": "= b.accel"}}, '"b" has no field "accel"'), ({"set": {"ball.heat": "= b.turn"}}, '"b" has no field "turn"'),
])  # fmt: skip
def test_what_has_no_drive_has_nothing_of_a_drive(effect, message):
    with pytest.raises(ScenarioError, match=message):
        do(effect)


def test_set_and_add_motion():
    game = do({"set": {"ball.velocity": [3, -4], "ball.spin_deg_per_s": 90, "ball.angle_deg": "= 30 + 60"}})
    assert [game.get("ball", f) for f in ("vx", "vy", "spin", "cos", "sin")] == pytest.approx([3, -4, math.pi / 2, 0, 1], abs=1e-5)
    game = do(
        {"add": {"ball.velocity": "= vec(1, 2)", "ball.spin_deg_per_s": 90, "ball.angle_deg": 45}},
        ball={"velocity": [1, 1], "spin_deg_per_s": 90, "angle_deg": 36},
    )
    assert [game.get("ball", f) for f in ("vx", "vy", "spin", "cos")] == pytest.approx([2, 3, math.pi, 0], abs=1e-4)  # 36 + 9 + 45 degrees


def test_push_is_an_impulse():
    game = do({"push": {"ball": "= vec(3, -1)", "a": [0, 2]}}, ball={"mass": 2})
    assert [game.get("ball", "vx"), game.get("ball", "vy")] == pytest.approx([1.5, -0.5])
    assert [game.get("a", "vy", i) for i in range(2)] == pytest.approx([2, 2])


def test_effects_only_where_the_rule_fired():
    game = Game(
        {
            "go": {
                "when": "= ball.heat > 0",
                "do": {"push": {"ball": "= vec(1, 0) / 0.000001 * 1000000000000 * 1000000000000 * 1000000000000 * 1000000000000"}},
            }
        }
    )
    game.put("ball", heat=1, lane=1).step()
    assert game.get("ball", "vx", lane=0) == 0
    assert game.get("ball", "vx", lane=1) == 1000  # the greatest speed there is


def test_no_effect_can_make_inf_or_nan():
    huge = "ball.heat * 1000000000000"
    rules = {
        "go": {
            "when": {"every": 0.1},
            "do": {
                "set": {
                    "ball.heat": f"= 1 + {huge} * {huge} * {huge} * {huge}",
                    "ball.velocity": f"= vec({huge} * {huge}, {huge} - {huge})",
                }
            },
        }
    }
    game = Game(
        rules,
        rewards={
            "a": {
                "rich": "= ball.heat * ball.heat * ball.heat * ball.heat",
                "gain": {"progress": "= ball.heat * ball.heat * ball.heat * ball.heat"},
            }
        },
    )
    for _ in range(5):
        game.step()
        assert np.isfinite(game.rows[0, :, :WORLDS]).all()
        assert np.isfinite(game.reward["a"]).all()


def test_place_at_a_point_at_the_start_and_in_a_region():
    game = do({"place": {"ball": [2, 3]}}, ball={"velocity": [1, 0]})
    assert [game.get("ball", f) for f in ("x", "y", "vx", "vy")] == [2, 3, 0, 0]
    game = do({"place": {"ball": "start"}}, ball={"at": [1, 1], "angle_deg": 90, "velocity": [5, 0], "spin_deg_per_s": 50})
    assert [game.get("ball", f) for f in ("x", "y", "vx", "spin", "cos", "sin")] == pytest.approx([1, 1, 0, 0, 0, 1], abs=1e-6)
    spots = []
    for seed in range(10):
        game = do({"place": {"ball": {"in": {"rect": [-9, -9, -5, -7]}, "turn": True}}}, seed=seed * 50)
        spots += [[game.get("ball", f, lane=w) for f in ("x", "y", "cos")] for w in range(WORLDS)]
    x, y_, cos = np.array(spots).T
    assert -8.5 <= x.min() < x.max() <= -5.5
    assert -8.5 <= y_.min() < y_.max() <= -7.5
    assert np.ptp(x) > 1
    assert cos.min() < 0 < cos.max()


@pytest.mark.parametrize(
    "spot", [[2, 3], "start", {"in": {"rect": [-9, -9, -5, -5]}, "turn": True}, {"row": [[2, 3], [4, 3]]}, {"ring": [0, 3, 2]}]
)
@pytest.mark.parametrize("first", ["set", "place"])
def test_one_rule_places_a_thing_and_sets_its_motion_and_heading(spot, first):
    motion = {"ball.velocity": [3, -1], "ball.spin_deg_per_s": 90, "ball.angle_deg": 45}
    effects = {"set": motion, "place": {"ball": spot}}
    game = do(
        {key: effects[key] for key in sorted(effects, key=lambda key: key != first)},
        ball={"at": [1, 1], "velocity": [7, 7], "spin_deg_per_s": 5},
    )
    found = [game.get("ball", f) for f in ("vx", "vy", "spin", "cos", "sin")]
    assert found == pytest.approx([3, -1, math.pi / 2, math.sqrt(0.5), math.sqrt(0.5)], abs=1e-6)
    assert [game.get("ball", f) for f in "xy"] != pytest.approx([1.7, 1.7], abs=0.01)
    others = {"set": {"ball.spin_deg_per_s": 90}, "place": {"ball": spot}}
    game = do(others, ball={"at": [1, 1], "velocity": [7, 7], "spin_deg_per_s": 5})
    assert [game.get("ball", f) for f in ("vx", "vy", "spin")] == pytest.approx([0, 0, math.pi / 2], abs=1e-6)


def test_what_a_rule_sets_is_worked_out_before_it_places():
    portal = {
        "set": {"ball.velocity": "= 2 * ball.velocity", "ball.heat": "= ball.x"},
        "add": {"post.hits": "= ball.x"},
        "place": {"ball": [-4, 4]},
    }
    game = do(portal, ball={"at": [1, 1], "velocity": [4, 0]})
    assert [game.get("ball", f) for f in ("x", "y", "vx", "vy")] == pytest.approx([-4, 4, 8, 0], abs=1e-5)
    assert (game.get("ball", "heat"), game.get("post", "hits")) == pytest.approx((1.4, 1.4), abs=1e-5)


def test_what_a_rule_adds_or_pushes_comes_on_top_of_what_it_places():
    more = {"add": {"ball.velocity": [1, 2], "ball.angle_deg": 30}, "push": {"ball": [1, 0]}, "place": {"ball": "start"}}
    game = do(more, ball={"at": [1, 1], "velocity": [4, 0], "mass": 2, "angle_deg": 15})
    assert [game.get("ball", f) for f in ("x", "y", "vx", "vy", "cos")] == pytest.approx([1, 1, 1.5, 2, math.sqrt(0.5)], abs=1e-6)


def test_a_polygon_is_placed_by_the_heading_that_is_set():
    wedge = {"shape": "polygon", "vertices": [[0, 0], [3, 0], [0, 3]], "radius": 0, "at": [0, 0]}
    game = do({"place": {"ball": [2, 2]}, "set": {"ball.angle_deg": 90}}, ball=wedge)
    assert [game.get("ball", f) for f in "xy"] == pytest.approx([1, 3], abs=1e-5)  # its centre of mass is at (1, 1) of its own frame


@pytest.mark.parametrize("angle", [1e9 + 90, -270, 36_000_090, 450, -1e12 + 30])
def test_a_heading_is_what_it_says_however_often_it_goes_round(angle):
    game = do({"set": {"ball.angle_deg": angle}})
    turned = math.radians(math.fmod(float(np.float32(angle)), 360))
    assert [game.get("ball", f) for f in ("cos", "sin")] == pytest.approx([math.cos(turned), math.sin(turned)], abs=1e-6)


def test_place_on_a_row_or_a_ring():
    row = [[-8, 2], [8, 2]]
    game = do({"place": {"post": {"row": row}, "ball": {"ring": [1, 1, 3]}}})
    assert [[game.get("post", f, i) for f in "xy"] for i in range(2)] == [[-8, 2], [8, 2]]
    assert [game.get("ball", f) for f in "xy"] == pytest.approx([4, 1])
    seen = {do({"place": {"ball": {"row": row}, "post": {"row": row, "shuffle": True}}}, seed=s).get("post", "x") for s in range(12)}
    assert seen == {-8, 8}


def test_place_puts_the_origin_of_a_polygon_where_it_says():
    wedge = {"wedge": {"shape": "polygon", "vertices": [[0, 0], [3, 0], [0, 3]], "body": "dynamic", "at": [-2, -8], "angle_deg": 90}}
    game = do({"place": {"wedge": [2, 3]}}, things=wedge)
    assert [game.get("wedge", f) for f in "xy"] == pytest.approx([2 - 1, 3 + 1], abs=1e-5)  # its centre (1, 1) turned by 90 degrees
    game = Game({"go": {"when": {"at": 0.1}}}, things=wedge)
    assert [game.get("wedge", f) for f in "xy"] == pytest.approx([-3, -7], abs=1e-5)


def test_remove():
    game = do({"remove": ["ball"]}, ball={"velocity": [1, 0]})
    assert [game.get("ball", f) for f in ("alive", "solid", "vx")] == [0, 0, 0]
    game = do({"remove": "post"}, {"touch": ["ball", "post"]}, ball={"at": [4, 5]})
    assert [game.get("post", "alive", i) for i in range(2)] == [1, 0]


def test_what_is_gone_meets_nobody():
    rules = {"go": {"when": {"at": 0.1}, "do": {"remove": "ball"}}, "hit": {"when": {"touch": ["ball", "post"]}}, "into": {"when": {"inside": ["ball", "zone"]}},
             "close": {"when": {"near": ["ball", "post"], "within": 20}}, "lone": {"when": {"outside": ["ball", "zone"]}}, "held": {"when": {"inside": ["post", "ball"]}}}  # fmt: skip
    game = Game(rules).step()
    assert [game.event(r) for r in rules] == [1, 0, 0, 0, 0, 0]
    for place in (AT_POST, INSIDE):
        game.put("ball", **place).step()
        assert [game.event(r) for r in rules] == [0] * 6


def test_solid_if_opens_the_way():
    door = {"door": {"shape": "box", "size": [0.4, 4], "body": "static", "at": [2, 0], "state": {"open": False}, "solid_if": "= not open"}}
    game = Game({"unlock": {"when": "= ball.heat > 0", "do": {"set": {"door.open": True}}}}, things=door, ball={"velocity": [5, 0]})
    for _ in range(6):
        game.step()
    assert game.get("ball", "x") < 1.5
    assert game.get("door", "solid") == 1
    game.put("ball", heat=1).step()
    assert game.get("door", "solid") == 0
    game.put("ball", vx=5.0)
    for _ in range(5):
        game.step()
    assert game.get("ball", "x") > 2.5
    game.env.reset(mask=np.array([True] + [False] * (WORLDS - 1)))
    assert [game.get("door", "solid", lane=lane) for lane in (0, 1)] == [1, 0]


# --- rewards, end, score ---


def test_events_pay_those_who_took_part():
    game = Game({"hit": {"when": {"touch": ["a", "post"]}}}, rewards={"a": {"hit": 2}, "b": {"hit": -1}})
    game.put("a", 1, x=-4.0, y=5.0).step()
    assert game.reward["a"][0].tolist() == [0, 2]
    assert game.reward["b"][0].tolist() == [-1]  # a team that takes no part is paid for each event
    assert game.info["reward/hit"]["a"][0].tolist() == [0, 2]
    game.put("a", 0, x=4.0, y=5.0).put("a", 1, x=-5.0, y=-5.0).step()
    assert game.reward["a"][0].tolist() == [2, 0]


def test_two_of_a_team_that_meet_are_both_paid():
    game = Game({"bump": {"when": {"touch": ["a", "a"]}}}, rewards={"a": {"bump": -1}, "b": {"bump": 1}})
    game.put("a", 1, x=-5, y=0.9).step()
    assert game.event("bump") == 1
    assert game.reward["a"][0].tolist() == [-1, -1]
    assert game.reward["b"][0].tolist() == [1]


def test_shared_pays_every_member_the_sum():
    rules = {"hit": {"when": {"touch": ["a", "post"]}}, "beat": {"when": {"every": 0.1}}}
    game = Game(rules, rewards={"a": {"shared": True, "hit": 2, "beat": 3, "gold": "= self.gold"}})
    game.put("a", 0, gold=5).put("a", 1, x=-4.0, y=5.0).step()
    assert game.info["reward/hit"]["a"][0].tolist() == [2, 2]
    assert game.info["reward/beat"]["a"][0].tolist() == [3, 3]  # an event of nobody's pays the team once
    assert game.info["reward/gold"]["a"][0].tolist() == [6, 6]
    assert game.reward["a"][0].tolist() == [11, 11]


def test_star_pays_all_and_a_teams_own_word_stands_over_it():
    game = Game({"beat": {"when": {"every": 0.1}}}, rewards={"*": {"beat": 1, "index": "= 10 + self.index"}, "b": {"beat": 5}})
    game.step()
    assert game.reward["a"][0].tolist() == [11, 12]
    assert game.reward["b"][0].tolist() == [15]


def test_progress_telescopes():
    game = Game({"beat": {"when": {"every": 0.1}}}, rewards={"a": {"near": {"progress": "= -dist(self, ball)", "weight": 2}}})
    start = [math.dist((-5, 0), (0, 0)), math.dist((-5, -5), (0, 0))]
    total = np.zeros(2)
    rng = np.random.default_rng(0)
    for step in range(10):
        for i in range(2):
            game.put("a", i, x=rng.uniform(-8, 8), y=rng.uniform(-8, 8), vx=0, vy=0)
        before = total.copy()
        total += game.step().reward["a"][0]
        now = [math.dist((game.get("a", "x", i), game.get("a", "y", i)), (game.get("ball", "x"), game.get("ball", "y"))) for i in range(2)]
        assert total == pytest.approx([2 * (s - n) for s, n in zip(start, now, strict=True)], abs=1e-4)
        if step == 0:
            assert np.abs(total - before).max() > 0.1
    game.env.reset()
    assert game.step().reward["a"][0] == pytest.approx([0, 0], abs=1e-4)  # nothing moved since the reset


def test_terms_sum_to_the_reward_exactly():
    rules = {"hit": {"when": {"touch": ["a", "post"]}, "cooldown": 0.2}, "beat": {"when": {"every": 0.3}}}
    rewards = {
        "*": {"beat": 0.1, "near": {"progress": "= -dist(self, ball)"}},
        "a": {"hit": 0.7, "x": "= self.x / 3", "shared": True},
        "b": {"y": "= self.y / 7"},
    }
    game, rng = Game(rules, rewards=rewards, worlds=20), np.random.default_rng(1)
    for _ in range(20):
        for i in range(2):
            game.put("a", i, x=rng.uniform(-6, 6), y=rng.uniform(-6, 6))
        game.step()
        for team in ("a", "b"):
            total = np.zeros_like(game.reward[team])
            for term in game.env.game.teams[game.env.teams.index(team)].terms:
                total = total + game.info[f"reward/{term}"][team]
            assert (total == game.reward[team]).all()


def test_end_rules_terminate_and_the_clock_truncates():
    game = Game({"won": {"when": "= ball.heat > 0"}}, end={"time": 0.3, "win": "won"})
    game.put("ball", heat=1, lane=1)
    ends = [(game.step().terminated.tolist(), game.truncated.tolist()) for _ in range(3)]
    assert ends[0] == ends[1] == ([False, True, False], [False] * 3)  # who is over waits, and says so
    assert ends[2] == ([False, True, False], [True, False, True])
    both = Game({"won": {"when": {"at": 0.2}}}, end={"time": 0.2, "win": "won"})
    both.step().step()
    assert both.terminated.all()
    assert not both.truncated.any()


def test_score_counts_events():
    game = Game({"hit": {"when": {"touch": ["ball", "post"]}}}, score={"a": "= 10 * count(hit)", "b": "= -ball.heat"})
    game.put("ball", heat=2)
    moved(game, "hit", [AT_POST, FAR, AT_POST])
    assert game.env.scores()["a"][0] == 20
    assert game.env.scores()["b"][0] == -2


@pytest.mark.parametrize(("kind", "back"), [("post", True), ("ball", True), ("zone", True), ("a", False)])
def test_what_is_placed_comes_back_but_no_agent(kind, back):
    """Who has left agents for good stays away, as PettingZoo has it; an apple grows anew, as solid or as open as it was."""
    rules = {"gone": {"when": {"at": 0.1}, "do": {"remove": kind}}, "again": {"when": {"at": 0.3}, "do": {"place": {kind: "start"}}}}
    game = Game(rules)
    solid = game.get(kind, "solid")
    assert [game.step().get(kind, "alive") for _ in range(3)] == [0, 0, float(back)]
    assert game.get(kind, "solid") == (solid if back else 0)


def test_the_removed_see_and_earn_nothing():
    rules = {"out": {"when": {"touch": ["a", "post"]}, "do": {"remove": "a"}}, "beat": {"when": {"every": 0.1}}}
    rewards = {"a": {"out": -5, "beat": 1, "here": "= 2", "go": {"progress": "= self.x"}}, "b": {"out": 3}}
    game = Game(rules, rewards=rewards)
    assert game.info["alive"]["a"].all()
    game.put("a", 1, x=-4.0, y=5.0).step()
    assert game.info["alive"]["a"][0].tolist() == [True, False]
    assert (game.obs["a"][0, 1] == 0).all()
    assert game.reward["a"][0, 0] == pytest.approx(3)
    assert game.reward["a"][0, 1] == -5 + 1  # paid for what happened in its last decision, not for where it is
    assert game.reward["b"][0, 0] == 3
    for _ in range(3):
        game.step()
        assert game.reward["a"][0].tolist() == pytest.approx([3, 0])
        assert (game.obs["a"][0, 1] == 0).all()
        assert (game.obs["a"][0, 0] != 0).any()
        assert game.event("out") == 0


def test_the_removed_of_a_team_that_shares_earn_nothing_either():
    game = Game(
        {"out": {"when": {"touch": ["a", "post"]}, "do": {"remove": "a"}}, "beat": {"when": {"every": 0.1}}},
        rewards={"a": {"shared": True, "beat": 1, "out": -4, "here": "= 2"}},
    )
    game.put("a", 1, x=-4.0, y=5.0).step()
    assert game.reward["a"][0].tolist() == [1 - 4 + 2] * 2
    game.step()
    assert game.reward["a"][0].tolist() == [3, 0]


def test_removed_by_a_rule_of_all_is_still_paid_for_it():
    game = Game({"boom": {"when": {"at": 0.2}, "do": {"remove": ["a", "ball"]}}}, rewards={"a": {"boom": -1}})
    assert [game.step().reward["a"][0].tolist() for _ in range(3)] == [[0, 0], [-1, -1], [0, 0]]
