"""What a game's numbers can be, and how they are seen: by the bounds of what writes them, by a declared range, or squashed; never cut off."""

import itertools
import json
import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import rows_of

from sandlot.envs.core.vector import VectorEnv
from sandlot.scenarios import ScenarioError, full, load, loads
from sandlot.scenarios.facts.ranges import Ranges
from sandlot.scenarios.library import report_on
from sandlot.scenarios.notes.finders import FINDERS
from sandlot.scenarios.text.layout import format_text

INF = math.inf
TOUCH = {"touch": ["a", "apple"]}


def game(state=None, rules=None, sees=None, drive=None, **parts):
    return {
        "format": "sandlot/1", "name": "ranges",
        "things": {"apple": {"count": 2, "body": "sensor", "at": [[3, 3], [-3, 3]], "state": {"left": 0}}, **parts.pop("things", {})},
        "teams": {"a": {"count": 2, "at": [[0, -3], [2, -3]], "drive": {"type": "walk", **(drive or {})}, "state": state or {}, **parts.pop("a", {}),
                        "sees": sees or ([{"self": list(state)}] if state else ["self"])}},
        "rules": rules or {}, "rewards": {"a": {"still": "= self.x"}}, "end": {"time": 30}, **parts,
    }  # fmt: skip


def read(**parts):
    return loads(json.dumps(game(**parts)))


def rule(when=TOUCH, condition=None, **do):
    return {"r": {"when": when, **({"if": condition} if condition else {}), **({"once": True} if do.pop("once", False) else {}), "do": do}}


def add(value, **more):
    return rule(add={"a.n": value}, **more)


def to(value, **more):
    return rule(set={"a.n": value}, **more)


@pytest.mark.parametrize(
    ("start", "rules", "expected"),
    [
        (0, {}, (0, 0)),
        ({"uniform": [-5, 2]}, {}, (-5, 2)),
        ({"one_of": [0, 1, 3]}, {}, (0, 3)),
        ({"normal": [1, 0.5]}, {}, (-1, 3)),
        (0, to(3), (0, 3)),
        (10, to(20), (10, 20)),
        (0, to("$most"), (0, 7)),
        (0, to("= 2 if a.x > 0 else -1"), (-1, 2)),
        (0, to("= clamp(a.n + random() - 1, -2, 2)"), (-2, 0)),
        (0, to("= min(a.n + 1, 4)"), (0, 4)),
        (0, to("= max(0, min(self.n + 1, 9))"), (0, 9)),
        (0, to("= (a.n + 1) % 3"), (0, 2)),
        (0, to("= apple.index"), (0, 1)),
        (0, to("= count(a) * 3 + (1 if time > 4 else 0)"), (0, 7)),
        (0, to("= time"), (0, 30)),
        (0, to("= sin_deg(99 * time)"), (-1, 1)),
        (0, to("= self.x"), (-5, 5)),
        (0, to("= speed(a)"), (0, INF)),
        (0, to("= a.n + 1"), (0, INF)),
        (0, to("= 2 * a.n"), (0, 0)),
        (1, to("= -2 * a.n"), (-INF, INF)),
        (0, add(1), (0, INF)),
        (0, add(-1), (-INF, 0)),
        (0, add(0), (0, 0)),
        (0, add(2, once=True), (0, 2)),
        (0, add(2, when={"at": 3}), (0, 2)),
        (0, add(-2, when={"start": True}), (-2, 0)),
        (0, add(1, condition="= a.n < 3"), (0, 3)),
        (0, add(1, condition="= a.n <= 3 and apple.left > 0"), (0, 4)),
        (0.5, add(1, condition="= a.n < 3"), (0.5, 4)),
        (0, add(1, condition="= not (a.n >= 3 or time > 5)"), (0, 3)),
        (0, add(1, condition="= 3 > a.n"), (0, 3)),
        (0, add(1, condition="= a.n == 2"), (0, 3)),
        (0, add(1, condition="= apple.left < 3"), (0, INF)),
        (0, to("= self.n + 1 if self.n < 5 else 0"), (0, 5)),
        (0, to("= 0 if self.n >= 5 else self.n + 1"), (0, 5)),
        (0, {"r": {"when": {"touch": ["a", "a"]}, "if": "= self.n < 3", "do": {"add": {"self.n": 1}}}}, (0, 3)),
        (0, {"r": {"when": {"touch": ["a", "a"]}, "if": "= self.n < 3", "do": {"add": {"other.n": 1}}}}, (0, INF)),
        (
            0,
            {"r": {"when": {"touch": ["a", "a"]}, "if": "= self.n < 3 and other.n < 5", "do": {"add": {"self.n": 1, "other.n": 1}}}},
            (0, INF),
        ),
        (0, {"r": {"when": TOUCH, "if": "= a.n < 3", "do": {"add": {"self.n": 1}}}}, (0, 3)),
        (0, {"r": {"when": {"touch": ["apple", "a"]}, "if": "= a.n < 3", "do": {"add": {"other.n": 1}}}}, (0, 3)),
        (0, rule(condition="= a.n < 3", set={"apple.left": 5}, add={"a.n": "= apple.left"}), (0, 7)),
    ],
)
def test_what_rules_can_make_of_a_variable(start, rules, expected):
    scenario = read(state={"n": start}, rules=rules, params={"most": 7})
    assert Ranges(scenario).of("a", "n") == pytest.approx(expected, abs=2e-3)


def test_variables_that_are_made_of_each_other():
    swap = rule(set={"a.n": "= a.m", "a.m": "= a.n + 1"})
    assert Ranges(read(state={"n": 0, "m": 0}, rules=swap)).of("a", "n") == (0, INF)
    tire = rule(set={"a.n": "= clamp(a.n + 0.03 * random() - 0.035 * a.m, 0, 1)", "a.m": "= clamp(3 * a.n, 0, 2)"})
    ranges = Ranges(read(state={"n": {"uniform": [0.5, 1]}, "m": 0}, rules=tire))
    assert (ranges.of("a", "n"), ranges.of("a", "m")) == ((0, 1), (0, 2))
    kept = rule(set={"a.n": "= a.m"}, add={"a.m": 1})
    assert Ranges(read(state={"n": 0, "m": {"default": 0, "min": 0, "max": 7}}, rules=kept)).of("a", "n") == (0, 7)


def test_a_param_that_varies_by_world_counts_whole():
    text = json.dumps(game(state={"n": 0}, rules=to("= 2 * most"), params={"most": 7}))
    assert Ranges(loads(text, vary={"most": {"uniform": [-1, 9]}})).of("a", "n") == (-2, 18)
    text = json.dumps(game(state={"n": {"default": "$most", "min": 0, "max": 8}}, params={"most": 7}))
    assert loads(text, most=3).states_of("a")["n"] == 3
    with pytest.raises(ScenarioError, match=r"a\.state\.n\.default: expected a number from 0 to 8, got the param"):
        loads(text, vary={"most": {"uniform": [-1, 9]}})


def test_what_would_take_long_to_find_is_any_number():
    names = {"q0": "= speed(a) + a.n", **{f"q{k}": f"= q{k - 1} + q{k - 1} if q{k - 1} < 3 else q{k - 1} + 1" for k in range(1, 20)}}
    rules = {
        f"r{k}": {"when": TOUCH, "if": "= q19 > 1", "do": {"set": {"a.n": "= q19"}, "add": {"apple.left": "= q18"}}} for k in range(30)
    }
    scenario = read(state={"n": 0}, rules=rules, let=names)
    before = time.process_time()
    assert Ranges(scenario).of("a", "n")[1] == INF
    assert time.process_time() - before < 10  # without a limit it would be hours


def test_a_long_formula_is_looked_at_whole():
    assert Ranges(read(state={"n": 0}, rules=to("= " + " + ".join(["a.index"] * 120)))).of("a", "n") == (0, 120)
    assert Ranges(read(state={"n": 0}, rules=add(1, condition="= " + " and ".join(["a.n < 3"] * 90)))).of("a", "n") == (0, 3)


NUMBERS = st.sampled_from(["a.n", "apple.left", "time", "random()", "2", "-3", "0.5", "a.index"])


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_no_variable_ever_leaves_the_range_that_was_found(data):
    def formula(depth):
        if depth == 0:
            return data.draw(NUMBERS)
        one, two = formula(depth - 1), formula(depth - 1)
        return data.draw(st.sampled_from([
            f"({one} + {two})", f"({one} - {two})", f"({one} * {two})", f"({one} % {two})", f"clamp({one}, -4, {two})", f"min({one}, {two})",
            f"({one} if {two} < 1 else {two})", f"abs({one})", f"floor({one})", f"({one} if a.n < 3 and {two} > 0 else 0)",
        ]))  # fmt: skip

    rules = {
        "r": {"when": {"near": ["a", "apple"], "within": 99}, "cooldown": 0.1, "if": f"= {formula(1)} < {formula(1)}", "do": {"set": {"a.n": f"= {formula(2)}"}}},
        "q": {"when": {"near": ["a", "apple"], "within": 99}, "cooldown": 0.3, "do": {"add": {"apple.left": f"= {formula(1)}"}, "set": {"a.m": f"= {formula(1)}"}}},
    }  # fmt: skip
    scenario = read(state={"n": 0, "m": 1}, rules=rules)
    env, ranges = VectorEnv(scenario, 3), Ranges(scenario)
    env.reset(seed=0)
    rng = np.random.default_rng(0)
    for _ in range(30):
        env.step({"a": rng.uniform(-1, 1, (3, 2, 2)).astype(np.float32)})
        for (kind, variable), row in env.game.names.states.items():
            low, high = ranges.of(kind, variable)
            values = rows_of(env)[0, row : row + 2, :3]
            slack = 1e-4 * (1 + np.abs(values))
            assert ((values >= low - slack) & (values <= high + slack)).all(), (kind, variable, low, high)


# --- how they are seen ---


def see(env, **values):
    """The observation of the first agent while its variables have these values."""
    for name, value in values.items():
        first = env.game.names.states["a", name]
        rows_of(env)[:, first : first + 2] = value
    return env.step({"a": np.zeros((1, 2, 2), np.float32)})[0]["a"][0, 0]


def make(**parts):
    env = VectorEnv(read(**parts), 1)
    env.reset(seed=0)
    return env


@pytest.mark.parametrize(
    ("start", "rules", "values", "seen", "unit"),
    [
        (0, to(3, when={"at": 9}), [0, 1, 3], [0, 1 / 3, 1], "3"),
        (10, to(20, when={"at": 9}), [10, 20], [0.5, 1], "20"),
        (0, to(0.5, when={"at": 9}), [0.5], [0.5], ""),
        ({"default": 0, "min": 0, "max": 4}, add(1, when={"at": 9}), [0, 1, 4], [0, 0.25, 1], "4"),
        ({"default": 2, "min": -8, "max": 4}, add(1, when={"at": 9}), [-8, 4], [-1, 0.5], "8"),
        (0, add(1, when={"every": 9}), [0, 1, 3, 99], [0, 0.5, 0.75, 0.99], "no end: 0.5 is 1"),
        (5, to("= 2 * a.n", when={"every": 9}), [0, 5, 15], [0, 0.5, 0.75], "no end: 0.5 is 5"),
        (100, add(-1, when={"every": 9}), [100, 50, 0, -100, -300], [1, 0.5, 0, -0.5, -0.75], "100; no end below: -0.5 is -100"),
    ],
)
def test_a_variable_is_seen_whole(start, rules, values, seen, unit):
    env = make(state={"n": start}, rules=rules)
    assert env.observation_names("a") == [("self.n", unit)]
    assert [see(env, n=value)[0] for value in values] == pytest.approx(seen)


def test_squashing_keeps_the_order_and_never_reaches_the_ends():
    env = make(state={"n": 3}, rules=to("= -2 * a.n + 1", when={"every": 9}))
    values = [-9e5, -70, -3, -0.1, 0, 0.1, 1, 3, 70, 9e5]
    seen = [float(see(env, n=value)[0]) for value in values]
    assert seen == sorted(set(seen))
    assert max(map(abs, seen)) < 1


def test_all_senses_see_a_variable_alike_and_raw_ones_as_it_is():
    rules = {**add(1, when={"every": 9}), **{"q": {"when": {"every": 9}, "do": {"add": {"apple.left": 1}}}}}
    sees = [{"self": ["n"]}, {"of": "a", "fields": ["n"]}, {"state": "a.n"}, {"of": "apple", "nearest": 1, "fields": ["left"]}]
    env = make(state={"n": 0}, rules=rules, sees=sees)
    assert see(env, n=3).tolist() == [0.75, 0.75, 0.75, 0.75, 0]
    raw = make(state={"n": 0}, rules=rules, sees=sees, world={"observations": "raw"})
    assert see(raw, n=3).tolist() == [3, 3, 3, 3, 0]
    assert {unit for _, unit in raw.observation_names("a")} == {""}


def test_what_is_hidden_or_noisy_is_squashed_last():
    rules = to("= 1 - 2 * a.n", when={"every": 9})
    hidden = make(state={"n": 0}, rules=rules, sees=[{"of": "a", "nearest": 1, "range": 1, "fields": ["n"]}])
    assert see(hidden, n=3).tolist() == [0, 0]
    noisy = make(state={"n": 0}, rules=rules, sees=[{"of": "a", "fields": ["n"], "noise": 1e4}])
    assert {abs(float(see(noisy, n=3)[0])) < 1 for _ in range(20)} == {True}


def test_the_state_of_central_critics_is_whole_too():
    env = make(
        state={"n": 0, "m": 0, "k": 0},
        rules={**add(1, when={"every": 9}), "q": {"when": {"every": 9}, "do": {"set": {"a.m": 4}, "add": {"a.k": -1}}}},
    )
    first = 8 * (len(env.game.body_kind) - 1)
    names = [key for key, row in env.game.names.states.items() for _ in range(env.game.names.count[key[0]])]
    column = {key: first + names.index(key) for key in set(names)}
    see(env, n=3, m=2, k=-3)
    state = env.state()[0]
    assert [state[column["a", name]] for name in "nmk"] == pytest.approx([0.75, 0.5, -0.75])


@pytest.mark.parametrize(("do", "most"), [({"set": {"a.top_speed": 2.2}}, "2.2 m/s"), ({"add": {"a.top_speed": -1}}, "2 m/s"), ({"set": {"a.accel": 99}}, "2 m/s"),
                                          ({"set": {"a.velocity": [0, -9]}}, "9 m/s"), ({"add": {"a.top_speed": 1}}, "3 m/s")])  # fmt: skip
def test_velocities_are_seen_by_the_greatest_speed_that_rules_allow(do, most):
    env = make(drive={"top_speed": 2}, rules={"r": {"when": {"at": 9}, "do": do}}, sees=[{"self": ["velocity"]}])
    assert [unit for _, unit in env.observation_names("a")] == [most, most]


def test_a_top_speed_of_0_that_is_raised_saturates_nothing():
    env = make(
        drive={"top_speed": 0}, rules={"r": {"when": {"start": True}, "do": {"set": {"a.top_speed": 2.2}}}}, sees=[{"self": ["velocity"]}]
    )
    for _ in range(20):
        obs = env.step({"a": np.tile(np.float32([0.5, 0]), (1, 2, 1))})[0]["a"]
    assert obs[0, 0] == pytest.approx([0.5, 0], abs=1e-3)


def test_a_top_speed_without_bound_squashes_velocities():
    faster = {"r": {"when": {"every": 1}, "do": {"add": {"a.top_speed": 1}}}}
    env = make(rules=faster, sees=[{"self": ["velocity"]}, {"of": "a", "fields": ["velocity", "motion"]}])
    units = [unit for _, unit in env.observation_names("a")]
    assert units == ["no end: 0.5 is 2 m/s"] * 2 + ["no end: 0.5 is 4 m/s"] * 2 + ["no end: 0.5 is 2 m/s"] * 2


def test_a_shot_that_reloads_in_whole_decisions_is_seen_as_a_share_of_these():
    env = make(
        a={"shoot": {"projectile": "ball", "cooldown": 0.25, "aim": "free"}},
        things={"ball": {"radius": 0.05}},
        sees=[{"self": ["cooldown"]}],
    )
    seen = []
    for fire in (1, 0, 0, 0):
        actions = np.zeros((1, 2, env.action_space("a").shape[0]), np.float32)
        actions[..., 2] = fire
        seen.append(float(env.step({"a": actions})[0]["a"][0, 0, 0]))
    assert seen == pytest.approx([1, 2 / 3, 1 / 3, 0], abs=1e-6)


# --- a declared range ---


def test_rules_keep_within_a_declared_range():
    up = {"r": {"when": {"every": 0.1}, "do": {"add": {"a.n": 2, "a.m": -0.75}, "set": {"a.k": "= 9 * a.n"}}}}
    ranges = {"n": {"default": 1, "min": 0, "max": 4}, "m": {"default": 0, "min": -2, "max": 3}, "k": {"default": 0, "min": 0, "max": 5}}
    env = make(state=ranges, rules=up)
    seen = [env.step({"a": np.zeros((1, 2, 2), np.float32)})[0]["a"][0, 0] * [4, 3, 5] for _ in range(4)]
    assert np.array(seen) == pytest.approx(np.array([[3, -0.75, 5], [4, -1.5, 5], [4, -2, 5], [4, -2, 5]]))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"default": 5, "min": 0, "max": 3}, "state.n.default: expected a number from 0 to 3, got 5: its own min and max"),
        (
            {"default": {"uniform": [0, 4]}, "min": 0, "max": 3},
            "state.n.default: expected a number from 0 to 3, got 4: its own min and max",
        ),
        ({"default": 1, "min": 2, "max": 1}, "state.n.min: expected min below max, got min 2 and max 1"),
        ({"min": 0, "max": 1}, 'state.n: missing key "default"'),
        ({"default": 0, "min": 0}, 'state.n: missing key "max"'),
        ({"default": True, "min": 0, "max": 1}, "state.n.default: expected a number, got true"),
        ({"default": 0, "min": 0, "most": 1}, 'state.n.most: unknown key (there is "default", "max" and "min")'),
    ],
)
def test_what_is_wrong_with_a_range_is_said(value, message):
    with pytest.raises(ScenarioError) as found:
        read(state={"n": value})
    assert message in str(found.value)


def test_a_range_lives_in_files():
    scenario = read(state={"n": {"default": {"normal": [1, 5]}, "min": 0, "max": 3}}, things={})
    assert scenario.declared_range("a", "n") == (0, 3)
    assert scenario.states_of("a")["n"].high == 3
    assert full(scenario)["teams"]["a"]["state"] == {"n": {"default": {"normal": [1, 5]}, "min": 0, "max": 3}}
    assert loads(json.dumps(full(scenario))).declared_range("a", "n") == (0, 3)
    assert format_text(format_text(json.dumps(game(state={"n": {"default": 0, "min": 0, "max": 3}})))) == format_text(
        json.dumps(game(state={"n": {"default": 0, "min": 0, "max": 3}}))
    )
    like = game(state={"n": {"default": 0, "min": 0, "max": 3}})
    like["teams"]["b"] = {"like": "a", "state": {"n": {"max": 9}}}
    assert loads(
        json.dumps({**like, "world": {"size": [40, 40]}, "teams": {**like["teams"], "b": {**like["teams"]["b"], "at": [[9, 9], [12, 12]]}}})
    ).declared_range("b", "n") == (0, 9)
    env = VectorEnv(scenario, 64)
    env.reset(seed=0)
    values = rows_of(env)[:, env.game.names.states["a", "n"]]
    assert 0 <= values.min() < values.max() <= 3


# --- notes ---


def notes_of(scenario):
    """What is noted without playing."""
    report = report_on(scenario)
    for finder in FINDERS:
        finder(report)
    return report.problems


def notes(**parts):
    return [(note.path, note.message) for note in notes_of(read(**parts)) if "squashed" in note.message]


def test_check_asks_for_a_range_where_none_can_be_found_and_it_is_seen():
    rules = {**add(1), "run": {"when": {"every": 1}, "do": {"add": {"a.top_speed": 0.1}}}}
    assert notes(state={"n": 0}, rules=rules, sees=[{"self": ["n", "velocity"]}]) == [
        (
            "$.teams.a.state.n",
            'agents see "n" squashed, as "r" may take it beyond all bounds: { "default": ..., "min": 0, "max": ... } gives it a range',
        ),
        (
            "$.rules.run.do.add.a.top_speed",
            'this may take "top_speed" beyond all bounds, so agents see velocities squashed: clamp(...) keeps it',
        ),
    ]
    assert notes(state={"n": 0}, rules=rules, sees=[{"self": ["position"]}]) == []
    assert notes(state={"n": 0}, rules=rules, sees=[{"self": ["n", "velocity"]}], world={"observations": "raw"}) == []
    assert notes(state={"n": {"default": 0, "min": 0, "max": 9}}, rules=add(1)) == []
    armed = {"shoot": {"projectile": "ball", "ammo": 3, "aim": "free"}}
    more = notes(a=armed, things={"ball": {"radius": 0.05}}, rules=rule(add={"a.ammo": 1}), sees=[{"self": ["ammo"]}])
    assert [path for path, _ in more] == ["$.rules.r.do.add.a.ammo"]


def test_check_says_where_places_are_coarse():
    found = notes_of(loads(json.dumps(game(things={"pea": {"at": [0, 3], "radius": 0.02, "body": "dynamic"}}, world={"size": [9000, 50]}))))
    assert [note.message for note in found if note.path == "$.world.size"] == [
        'at 4500 m from the centre places are 0.00049 m apart, which is coarse for a "pea" of 0.04 m'
    ]


@pytest.mark.parametrize("name", sorted(["air_hockey", "dodgeball", "swarm", "tug", "warehouse", "soccer", "race", "lander"]))
def test_no_library_game_needs_squashing(name):
    assert not [note for note in notes_of(load(name)) if "squashed" in note.message]


@pytest.mark.parametrize(("rate", "speed"), list(itertools.product([10, 60, 240], [0.002, 0.1, 3.0])))
def test_slow_things_move_far_out(rate, speed):
    env = VectorEnv(loads(json.dumps(game(
        things={"slow": {"at": [4500, -3000], "radius": 0.3, "body": "dynamic", "velocity": [-speed, speed]}}, world={"size": [10_000, 10_000], "decisions_per_second": rate},
    ))), 1)  # fmt: skip
    env.reset(seed=0)
    for _ in range(4 * rate):
        env.step({"a": np.zeros((1, 2, 2), np.float32)})
    x, y = env.frame().pose[2, :2]
    assert (4500 - x, y + 3000) == pytest.approx((4 * speed, 4 * speed), rel=0.01, abs=6e-4)


@pytest.mark.parametrize(
    "step",
    ["= 0.5 * {0} + 0.5 * {0}", "= {0} if {0} > {1} else {0} + 1", "= {0} if {0} > {1} and {0} < 2 * {1} else -{0}", "= {0} % 7 + {0} % 3"],
)
def test_names_that_are_used_over_and_over_are_looked_at_once(step):
    """As many ways lead through these formulas as there are steps to the power of two or more."""
    names = {f"n{k}": step.format(f"n{k - 1}", k) for k in range(1, 24)}
    ranges = Ranges(read(state={"n": 1}, rules=to("= n23"), let={"n0": "= self.n", **names}))
    low, high = ranges.of("a", "n")
    assert low <= 1 <= high
