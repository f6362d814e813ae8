"""Params that vary by world: drawn once an episode or given from outside, the same wherever they stand, and nothing else changed by them."""

import copy
import json
import pickle
import re

import gymnasium
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import body_row, rows_of

import sandlot
from sandlot.envs.core.vector import VectorEnv
from sandlot.envs.kernels.world.layout.things import Body
from sandlot.scenarios import ScenarioError, full, loads, scenario_hash

YARD = {
    "format": "sandlot/1", "name": "yard",
    "params": {"pace": 2, "heft": 1, "girth": 0.3, "grip": 0.4, "spring": 0.3, "start": 1.5, "bonus": 2, "gust": 0.5, "lean": 0},
    "world": {"size": [8, 6], "drag": 0.3, "wind": ["$gust", 0], "observations": "raw"},
    "draw": {"luck": {"uniform": [0, 1]}},
    "things": {
        "pebble": {"radius": 0.1, "body": "sensor", "at": [0, 0]},
        "crate": {"count": 3, "shape": "box", "size": ["$girth", 0.5], "mass": "$heft", "body": "dynamic", "friction": "$grip", "bounce": "$spring",
                  "angle_deg": "$lean", "place": {"in": "world", "gap": 0.1}, "state": {"worth": "$start"}},
    },
    "teams": {
        "bot": {"count": 2, "radius": "$girth", "drive": {"type": "thrust", "top_speed": "$pace", "accel": 6}, "state": {"fuel": "$start"},
                "place": {"in": "world", "gap": 0.1}, "sees": ["self", {"of": "crate", "fields": ["offset", "velocity", "radius", "worth"]}]},
    },
    "rules": {
        "bump": {"when": {"touch": ["bot", "crate"]}, "cooldown": 0.3, "do": {"add": {"bot.fuel": "$start"}}},
        "tired": {"when": "= time > start"},
    },
    "rewards": {"bot": {"bump": "$bonus", "close": "= -bonus * dist(self, nearest(crate))", "gain": {"progress": "= -dist(self, nearest(crate))", "weight": "$bonus"}}},
    "end": {"time": 2},
    "score": {"bot": "$bonus"},
    "baseline": {"bot": {"move": "= pace * toward(nearest(crate)) / 4"}},
}  # fmt: skip
VARY = {
    "pace": {"uniform": [0.5, 3]}, "heft": {"one_of": [0.5, 1, 2]}, "girth": {"uniform": [0.25, 0.4]}, "grip": {"normal": [0.5, 0.1]},
    "spring": {"uniform": [0.1, 0.9]}, "start": {"one_of": [0.5, 1.5]}, "bonus": {"uniform": [-1, 3]}, "gust": {"normal": [0, 1]},
    "lean": {"uniform": [-45, 45]},
}  # fmt: skip
VALUES = {"pace": 1.25, "heft": 0.75, "girth": 0.25, "grip": 0.5, "spring": 0.25, "start": 0.75, "bonus": 1.5, "gust": -0.5, "lean": 30.0}
"""One value of each; all are whole in binary, so that constants folded at load have no other bits."""


def yard(vary=None, changes=None, **params):
    return loads(json.dumps(YARD | (changes or {})), "yard.json", vary=vary, **params)


def make(num_envs, vary=None, **options):
    params = options.pop("params", {})
    return VectorEnv(yard(VARY if vary is None else vary, **params), num_envs, **options)


def field(env, kind, number, index=0):
    return rows_of(env)[:, body_row(env, kind, index, number)].reshape(-1)[: env.num_envs]


def state(env, kind, variable, index=0):
    return rows_of(env)[:, env.game.names.states[kind, variable] + index].reshape(-1)[: env.num_envs]


def play(env, steps):
    return [env.step(env.scripted_actions()) for _ in range(steps)]


def equal(one, two):
    """Whether nested results have the same bits."""
    if isinstance(one, dict):
        return one.keys() == two.keys() and all(equal(one[key], two[key]) for key in one)
    if isinstance(one, tuple | list):
        return len(one) == len(two) and all(map(equal, one, two))
    return np.array_equal(one, two)


# --- drawn ----------------------------------------------------------------------------------------------


def test_every_use_of_a_param_has_the_same_value():
    env = make(50)
    env.reset(seed=4)
    now = env.params()
    assert list(now) == list(VARY)
    assert all(values.dtype == np.float32 and values.shape == (50,) and len(set(values.tolist())) > 1 for values in now.values())
    for crate in range(3):
        assert np.array_equal(field(env, "crate", Body.SCALE_X, crate), now["girth"] / 2)
        assert np.array_equal(field(env, "crate", Body.INV_MASS, crate), 1 / now["heft"])
        assert np.array_equal(field(env, "crate", Body.FRICTION, crate), now["grip"])
        assert np.array_equal(field(env, "crate", Body.BOUNCE, crate), now["spring"])
        assert np.array_equal(state(env, "crate", "worth", crate), now["start"])
        angle = np.degrees(np.arctan2(field(env, "crate", Body.SIN, crate), field(env, "crate", Body.COS, crate)))
        np.testing.assert_allclose(angle, now["lean"], atol=1e-3)
    for bot in range(2):
        assert np.array_equal(field(env, "bot", Body.ROUND, bot), now["girth"])
        assert np.array_equal(field(env, "bot", Body.TOP_SPEED, bot), now["pace"])
        assert np.array_equal(state(env, "bot", "fuel", bot), now["start"])
    assert np.array_equal(env.scores()["bot"], now["bonus"])


def test_draws_are_what_they_say():
    env = make(4000, {**VARY, "gust": {"normal": [0.25, 0.5]}})
    env.reset(seed=1)
    now = env.params()
    assert set(np.unique(now["heft"])) == {0.5, 1, 2}
    assert all(abs((now["heft"] == value).mean() - 1 / 3) < 0.03 for value in (0.5, 1, 2))
    assert now["pace"].min() >= 0.5
    assert now["pace"].max() <= 3
    assert abs(now["pace"].mean() - 1.75) < 0.04
    assert abs(now["gust"].mean() - 0.25) < 0.03
    assert abs(now["gust"].std() - 0.5) < 0.03
    assert abs(np.corrcoef(np.stack(list(now.values()))) - np.eye(len(now))).max() < 0.06


def test_each_episode_draws_anew():
    env = make(3, autoreset="same_step")
    env.reset(seed=0)
    seen = [env.params()["pace"]]
    for _ in range(3):
        play(env, 20)
        seen.append(env.params()["pace"])
    assert len({tuple(values.tolist()) for values in seen}) == 4
    env.reset(seed=0)
    assert np.array_equal(env.params()["pace"], seen[0])


def test_all_else_is_drawn_as_without():
    """Each param has a stretch of the random stream of its own: neither places nor the other params know of it."""
    alone, some, fixed = make(40, {"pace": VARY["pace"]}), make(40, {"gust": VARY["gust"], "pace": VARY["pace"]}), make(40, {})
    for env in (alone, some, fixed):
        env.reset(seed=9)
    assert np.array_equal(alone.params()["pace"], some.params()["pace"])
    for kind, count in (("crate", 3), ("bot", 2)):
        for index in range(count):
            for number in (Body.X, Body.Y):
                assert np.array_equal(field(alone, kind, number, index), field(fixed, kind, number, index))
                assert np.array_equal(field(some, kind, number, index), field(fixed, kind, number, index))
    luck = [rows_of(env)[:, env.game.names.draws["luck"]].reshape(-1)[:40] for env in (alone, fixed)]
    assert np.array_equal(*luck)


@pytest.mark.parametrize(("num_envs", "threads"), [(1, 1), (5, 1), (33, 1), (33, 2)])
def test_lane_i_is_the_single_env_of_seed_plus_i(num_envs, threads):
    batch = make(num_envs, threads=threads)
    batch.reset(seed=70)
    play(batch, 50)
    for lane in {0, num_envs // 2, num_envs - 1}:
        single = make(1)
        single.reset(seed=70 + lane)
        play(single, 50)
        assert single.state_hash() == batch.state_hash(lane)
        assert all(single.params()[name][0] == values[lane] for name, values in batch.params().items())


def _floats(low, high):
    """Numbers that the language takes: none that is hardly 0."""
    return st.floats(low, high, width=32).map(lambda number: number if abs(number) >= 1e-30 else 0.0)


_NUMBER = _floats(-1000, 1000)


@settings(max_examples=40, deadline=None)
@given(
    st.one_of(
        st.tuples(_NUMBER, _NUMBER).map(lambda ends: {"uniform": sorted(ends)}),
        st.tuples(_NUMBER, _floats(0, 1000)).map(lambda pair: {"normal": list(pair)}),
        st.lists(_NUMBER, min_size=1, max_size=5).map(lambda values: {"one_of": values}),
    )
)
def test_what_was_drawn_can_be_given(random):
    env = make(20, {"bonus": random})
    env.reset(seed=0)
    drawn, param = env.params()["bonus"], env.scenario.varied["bonus"]
    assert (drawn >= np.float32(param.low)).all()
    assert (drawn <= np.float32(param.high)).all()
    env.set_params(bonus=drawn[::-1])
    env.reset()
    assert np.array_equal(env.params()["bonus"], drawn[::-1])


# --- given ----------------------------------------------------------------------------------------------


@settings(max_examples=12, deadline=None)
@given(st.lists(st.fixed_dictionaries({name: _floats(0, 1) for name in VARY}), min_size=3, max_size=3), st.integers(0, 2**32))
def test_a_world_given_values_is_the_single_env_given_them(shares, seed):
    batch = make(3)
    given_values = {
        name: np.array([param.low + share[name] * (param.high - param.low) for share in shares], np.float32)
        for name, param in batch.scenario.varied.items()
    }
    given_values = {
        name: np.clip(values, batch.scenario.varied[name].low, batch.scenario.varied[name].high) for name, values in given_values.items()
    }
    batch.set_params(given_values)
    batch.reset(seed=seed)
    play(batch, 25)
    for lane in range(3):
        single = make(1)
        single.set_params({name: float(values[lane]) for name, values in given_values.items()})
        single.reset(seed=seed + lane)
        play(single, 25)
        assert single.state_hash() == batch.state_hash(lane)


def test_given_values_are_the_game_with_fixed_ones():
    """Where observations are raw, and the value is the least that it can be of what decides how finely contacts are found, nothing tells the two apart."""
    varied, fixed = make(20), make(20, {}, params=VALUES)
    varied.set_params(VALUES)
    for env in (varied, fixed):
        env.reset(seed=3)
    assert equal({name: values[0] for name, values in varied.params().items()}, {name: np.float32(value) for name, value in VALUES.items()})
    pairs = list(zip(play(varied, 60), play(fixed, 60), strict=True))
    assert sum(info["event/bump"].sum() for (*_, info), _ in pairs) > 5
    assert all(equal(one, two) for one, two in pairs)


def test_scripts_inside_the_step_read_what_is_in_force():
    """The yard's script speaks of `pace`."""
    asked, inside_step = make(5), make(5, scripted=["bot"])
    for env in (asked, inside_step):
        env.set_params(pace=[0.5, 1, 1.5, 2, 3])
        env.reset(seed=2)
    play(asked, 30)
    for _ in range(30):
        inside_step.step({})
    assert [asked.state_hash(lane) for lane in range(5)] == [inside_step.state_hash(lane) for lane in range(5)]


def test_given_values_change_no_other_draw():
    drawn, given_ = make(30), make(30)
    given_.set_params(pace=1)
    for env in (drawn, given_):
        env.reset(seed=5)
    assert (given_.params()["pace"] == 1).all()
    for name in VARY.keys() - {"pace"}:
        assert np.array_equal(drawn.params()[name], given_.params()[name])
    assert np.array_equal(field(drawn, "crate", Body.X, 2), field(given_, "crate", Body.X, 2))
    given_.set_params(pace=None)
    for env in (drawn, given_):
        env.reset()
        play(env, 5)
    assert [drawn.state_hash(lane) for lane in range(30)] == [given_.state_hash(lane) for lane in range(30)]


GARAGE = {
    "format": "sandlot/1", "name": "garage",
    "params": {},
    "world": {"size": [60, 40], "gravity": 9.81, "walls": "solid", "observations": "raw"},
    "things": {
        "lift": {"body": "kinematic", "at": [10, 0], "collides_with": [], "path": {"points": [[0, 0], [4, 0], [4, 3]], "speed": 1.5, "pause": 0.3, "phase": 0.2}},
        "pill": {"shape": "capsule", "radius": 0.3, "length": 1.5, "body": "dynamic", "density": 2, "at": [-8, 3], "angle_deg": 20, "velocity": [1.5, -0.5],
                 "spin_deg_per_s": 50, "drag": 0.4, "spin_drag": 0.6, "gravity_scale": 0.3, "surface_speed": 0.5, "collides_with": []},
        "kite": {"shape": "polygon", "vertices": [[0, 0], [2, 0], [0, 1]], "radius": 0.1, "body": "dynamic", "at": [-4, 8], "gravity_scale": 0.1,
                 "velocity": [1, 0], "collides_with": []},
        "shot": {"radius": 0.1, "gravity_scale": 0, "collides_with": []},
        "gust": {"body": "sensor", "shape": "box", "size": [60, 40], "zone": {"on": ["pill"], "force": [1, 0.5], "wind": [0.5, 0]}},
    },
    "teams": {
        "car": {"shape": "box", "size": [2, 1], "at": [-20, 10], "gravity_scale": 0, "collides_with": [], "sees": ["self", {"of": "lift"}, {"of": "pill"}, {"of": "kite"}],
                "drive": {"type": "car", "accel": 3, "brake": 7, "top_speed": 6, "reverse_speed": 1.5, "steer_deg": 25, "steer_deg_per_s": 90, "wheelbase": 1.3, "grip": 0.8}},
        "frog": {"at": [0, -19.4], "drive": {"type": "jump", "top_speed": 3, "accel": 20, "air_control": 0.4, "jump_height": 1.2, "coyote_time": 0.1}},
        "lander": {"at": [20, 0], "collides_with": [], "drive": {"type": "rocket", "thrust_accel": 15, "turn_deg_per_s2": 200, "top_speed": 9}},
        "tank": {"at": [0, 10], "gravity_scale": 0, "collides_with": [], "drive": {"type": "tank", "accel": 4, "top_speed": 3, "turn_deg_per_s": 100},
                 "shoot": {"projectile": "shot", "ammo": 2, "cooldown": 0.2}, "sees": ["self", {"of": "shot", "fields": ["offset", "velocity"]}]},
    },
    "rules": {"hop": {"when": {"every": 0.7}, "do": {"push": {"pill": [0.3, 0.2]}, "set": {"kite.velocity": [0.4, 0.2], "kite.angle_deg": 15}}}},
    "rewards": {"car": {"hop": 1.5}},
    "score": {"car": 2.5, "tank": "= tank.ammo"},
    "baseline": {"car": {"throttle": 0.8, "steer": 0.3}, "frog": {"move": 0.5, "jump": 1}, "lander": {"throttle": 0.6, "turn": 0.2},
                 "tank": {"forward": 0.7, "turn": 0.4, "fire": 1}},
}  # fmt: skip
"""Every number that may vary which the yard leaves out."""


def leaves(tree, path=()):
    """The path of every number of a tree."""
    if isinstance(tree, dict | list):
        for key, child in tree.items() if isinstance(tree, dict) else enumerate(tree):
            yield from leaves(child, (*path, key))
    elif isinstance(tree, int | float) and not isinstance(tree, bool):
        yield path


def test_every_number_that_may_vary_does():
    """One game in which all of them are params that vary among one value, that of the file: only conversions of units may round otherwise."""
    game, vary, refused = json.loads(json.dumps(GARAGE)), {}, []
    for path in leaves(GARAGE):
        at = game
        for key in path[:-1]:
            at = at[key]
        was = at[path[-1]]
        name = f"p{was}".replace(".", "_").replace("-", "m")
        at[path[-1]], game["params"][name] = f"${name}", 0
        try:
            loads(json.dumps(game), vary={**vary, name: {"one_of": [was]}})
        except ScenarioError as error:
            at[path[-1]] = was
            refused.append(str(error))
        else:
            vary[name] = {"one_of": [was]}
    assert [problem for problem in refused if "which varies by world" not in problem] == []
    assert json.dumps(game).count("$") > 70
    varied, fixed = VectorEnv(loads(json.dumps(game), vary=vary), 2), VectorEnv(loads(json.dumps(GARAGE)), 2)
    for env in (varied, fixed):
        env.reset(seed=0)
    assert {name: values.tolist() for name, values in varied.params().items()} == {
        name: [np.float32(random["one_of"][0])] * 2 for name, random in vary.items()
    }
    for one, two in zip(play(varied, 25), play(fixed, 25), strict=True):
        for team in fixed.teams:
            np.testing.assert_allclose(one[0][team], two[0][team], rtol=2e-4, atol=2e-4)
            np.testing.assert_allclose(one[1][team], two[1][team], rtol=1e-6)
        assert equal(one[4]["score"], two[4]["score"])


def test_tags_shaping_scales_its_reward():
    values = np.linspace(0, 0.5, 12)
    varied, fixed = sandlot.make_vec("tag", 12, vary={"shaping": {"uniform": [0, 0.5]}}), sandlot.make_vec("tag", 12, shaping=1)
    varied.set_params(shaping=values)
    for env in (varied, fixed):
        env.reset(seed=8)
    for _ in range(40):
        (obs, reward, *_, info), (obs_1, *_, info_1) = (env.step(env.scripted_actions()) for env in (varied, fixed))
        assert equal(obs, obs_1)
        scale = values.astype(np.float32)[:, None]
        assert np.array_equal(info["reward/keep_away"]["runner"], scale * info_1["reward/keep_away"]["runner"])
        assert np.array_equal(reward["runner"], info["reward/tagged"]["runner"] + info["reward/keep_away"]["runner"])


@pytest.mark.parametrize("copy_", [True, False])
def test_next_step_takes_new_params_with_the_next_episode(copy_):
    env = make(2, autoreset="next_step", copy=copy_)
    env.reset(seed=0)
    before = env.params()["pace"]
    env.set_params(pace=[0.5, 3])
    for _ in range(20):
        *_, truncated, _ = env.step(env.scripted_actions())
        assert np.array_equal(env.params()["pace"], before)
    assert truncated.all()
    env.step(env.scripted_actions())
    assert env.params()["pace"].tolist() == [0.5, 3]


def test_same_step_takes_new_params_with_the_next_episode():
    env = make(2, autoreset="same_step")
    env.reset(seed=0)
    before = env.params()["pace"]
    env.set_params(pace=2, mask=np.array([False, True]))
    play(env, 19)
    assert np.array_equal(env.params()["pace"], before)
    *_, truncated, info = env.step(env.scripted_actions())
    assert truncated.all()
    after = env.params()["pace"]
    assert after[1] == 2
    assert after[0] not in (2, before[0])
    assert not np.array_equal(info["final_obs"]["bot"], env.step(env.scripted_actions())[0]["bot"])


def test_a_partial_reset_gives_params_to_those_worlds():
    env = make(4, autoreset="disabled", copy=False)
    env.reset(seed=0)
    before, mask = env.params(), np.array([True, False, True, False])
    env.reset(mask=mask, options={"params": {"pace": np.array([1, 99, 2, np.nan])}})
    now = env.params()
    assert now["pace"][mask].tolist() == [1, 2]
    assert np.array_equal(now["pace"][~mask], before["pace"][~mask])
    env.reset()
    assert env.params()["pace"][mask].tolist() == [1, 2]
    assert (env.params()["pace"][~mask] != before["pace"][~mask]).all()
    env.reset(options={"params": {"pace": None}, "reset_mask": mask})
    assert not set(env.params()["pace"].tolist()) & {1, 2}


def test_what_params_returns_is_ones_own():
    env = make(2, copy=False)
    env.reset(seed=0)
    first = env.params()
    first["pace"][:] = 0
    assert (env.params()["pace"] > 0).all()
    assert env.params()["pace"] is not env.params()["pace"]


def test_snapshots_carry_what_is_in_force_and_what_was_given():
    env = make(3)
    env.reset(seed=0)
    play(env, 4)
    env.set_params(pace=1.5, heft=np.array([0.5, 1, 2]))
    twins = [pickle.loads(pickle.dumps(env)), copy.deepcopy(env), make(3)]
    twins[2].set_state(env.get_state())
    for twin in twins:
        assert equal(twin.params(), env.params())
    play(env, 30)
    assert env.params()["heft"].tolist() == [0.5, 1, 2]
    for twin in twins:
        play(twin, 30)
        assert [twin.state_hash(lane) for lane in range(3)] == [env.state_hash(lane) for lane in range(3)]
    twins[1].set_params(pace=2.5)  # a deep copy shares nothing that changes
    env.reset()
    assert (env.params()["pace"] == 1.5).all()


def test_critics_see_them():
    env = make(5, {"pace": VARY["pace"]})
    env.reset(seed=0)
    seen = env.state()
    assert seen.shape[1] == env.state_space.shape[0] == make(1, {}).state_space.shape[0] + 1
    np.testing.assert_allclose(seen[:, -2], env.params()["pace"] / 3, rtol=1e-6)


def test_a_game_without_has_no_params():
    env = sandlot.make_vec("tag", 2)
    env.set_params()
    env.reset(seed=0, options={"params": {}})
    assert env.params() == {}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"pace": 3.5}, "params: pace: expected a number from 0.5 to 3, got 3.5 for world 0"),
        ({"pace": [1, 2, 0]}, "params: pace: expected a number from 0.5 to 3, got 0 for world 2"),
        ({"pace": [1, float("nan"), 2]}, "params: pace: expected a number from 0.5 to 3, got nan for world 1"),
        ({"pace": 1e300}, "params: pace: expected a number from 0.5 to 3, got 1e+300 for world 0"),
        ({"pace": [1, 2]}, "params: pace: expected a number or one for each of 3 worlds, got int64 of shape (2,)"),
        ({"pace": True}, "params: pace: expected a number or one for each of 3 worlds, got bool of shape ()"),
        ({"pace": "2"}, "params: pace: expected a number or one for each of 3 worlds, got <U1 of shape ()"),
        ({"pace": [[1], [2, 3], 4]}, "params: pace: expected a number or one for each of 3 worlds, got setting an array"),
        ({"pacce": 1}, 'params: there is no "pacce" that varies (did you mean "pace"?)'),
        ({"lean": 1}, 'params: "lean" is 0 in every world; to set it by world, make them with vary={"lean": {...}}'),
    ],
)
def test_bad_values_change_nothing(values, message):
    env = make(3, {"pace": VARY["pace"], "heft": VARY["heft"]})
    env.reset(seed=0)
    before = env.get_state()
    for attempt in (lambda: env.set_params(heft=2, **values), lambda: env.reset(options={"params": {"heft": 2, **values}})):
        with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
            attempt()
        assert env.get_state() == before


def test_other_misuse():
    env = make(3)
    with pytest.raises(RuntimeError, match="call reset before params"):
        env.params()
    with pytest.raises(ValueError, match="mask: expected bool of shape"):
        env.set_params(pace=1, mask=np.array([1, 0, 1]))
    with pytest.raises(ValueError, match="params: expected a dict of names and numbers, got list"):
        env.reset(options={"params": ["pace"]})
    env.set_params(pace=1)
    with pytest.raises(ValueError, match="expected 3 seeds"):
        env.reset(seed=[1], options={"params": {"pace": 2}})
    env.reset(seed=0)
    assert (env.params()["pace"] == 1).all()


# --- the language ---------------------------------------------------------------------------------------


def problems(text, vary, **params):
    with pytest.raises(ScenarioError) as error:
        loads(text if isinstance(text, str) else json.dumps(text, indent=1), "game.json", vary=vary, **params)
    return [str(problem).partition(" ")[2] for problem in error.value.problems]


@pytest.mark.parametrize(
    ("vary", "message"),
    [
        ({"pacce": {"uniform": [1, 2]}}, 'vary.pacce: there is no param "pacce" (did you mean "pace"?)'),
        ({"pace": {"unifrom": [1, 2]}}, 'vary.pace: expected {"uniform": [low, high]}, {"normal": [mean, std]} or {"one_of": [numbers]}, got "unifrom" (did you mean "uniform"?)'),
        ({"pace": [1, 2]}, 'vary.pace: expected {"uniform": [low, high]}, {"normal": [mean, std]} or {"one_of": [numbers]}, got a list of 2'),
        ({"pace": 2}, 'vary.pace: expected {"uniform": [low, high]}, {"normal": [mean, std]} or {"one_of": [numbers]}, got 2'),
        ({"pace": {"uniform": [2, 1]}}, "vary.pace.uniform: expected [low, high], got low 2 above high 1"),
        ({"pace": {"uniform": [1]}}, "vary.pace.uniform: expected two numbers, got 1"),
        ({"pace": {"one_of": []}}, "vary.pace.one_of: expected a list of numbers, got an empty list"),
        ({"pace": {"one_of": [1, "two"]}}, 'vary.pace.one_of: expected a number, got "two"'),
        ({"pace": {"normal": [1, -1]}}, "vary.pace.normal: expected a number, got -1"),
        ({"pace": {"uniform": [1, float("inf")]}}, "vary.pace.uniform: expected a number from -1e+12 to 1e+12 (MAX_NUMBER), got inf"),
        (["pace"], 'vary: expected an object like {"param": {"uniform": [low, high]}}, got a list of 1'),
        ({"door": {"one_of": [0, 1]}}, "vary.door: expected the name of a number, and this param is true or false"),
        ({"heat": {"uniform": [0.4, 3]}}, "vary.heat: expected at least 0.5 (the param's min), got 0.4"),
        ({"heat": {"one_of": [1, 5]}}, "vary.heat: expected at most 4 (the param's max), got 5"),
        ({"heat": {"normal": [5, 1]}}, "vary.heat: expected at most 4 (the param's max), got 5"),
    ],
)  # fmt: skip
def test_bad_vary_is_named(vary, message):
    text = {**YARD, "params": YARD["params"] | {"door": True, "heat": {"default": 1, "min": 0.5, "max": 4}}}
    assert problems(text, vary) == [message]


def test_a_param_is_set_or_varies():
    assert problems(YARD, {"pace": {"uniform": [1, 2]}}, pace=3) == ["vary.pace: the param is set as well, to 3; give one of the two"]


def test_a_problem_of_vary_and_one_of_the_file_are_both_told():
    found = problems({**YARD, "end": {"time": "$pace"}}, {"pace": {"uniform": [1, 2]}, "haft": {"uniform": [1, 2]}})
    assert len(found) == 2


def inside(path, value):
    """The yard with one value written at a path of keys."""
    game = json.loads(json.dumps(YARD))
    at = game
    for key in path[:-1]:
        at = at.setdefault(key, {}) if isinstance(at, dict) else at[key]
    at[path[-1]] = value
    return game


REFUSED = [
    (("things", "crate", "count"), "$p", "$.things.crate.count: expected a whole number from 0 to 1024 (MAX_COUNT)"),
    (("world", "decisions_per_second"), "$p", "$.world.decisions_per_second: expected a number from 1 to 240 1/s"),
    (("world", "size"), [8, "$p"], "$.world.size[1]: expected a number from 0.1 to 10000 m"),
    (("world", "gravity"), "$p", "$.world.gravity: expected a number from -1000 to 1000 m/s2"),
    (("world", "gravity"), [0, "$p"], "$.world.gravity[1]: expected a number from -1000 to 1000 m/s2"),
    (("world", "substeps"), "$p", "$.world.substeps: expected a whole number from 1 to 64"),
    (("world", "walls"), "$p", '$.world.walls: expected "solid", "open" or "wrap"'),
    (("world", "friction"), "$p", "$.world.friction: expected a number from 0 to 10"),
    (("end", "time"), "$p", "$.end.time: expected a number from 0.001 to 1000000 s"),
    (("end", "won"), "$p", "$.end.won: expected a name"),
    (("rules", "bump", "chance"), "$p", "$.rules.bump.chance: expected a number from 0 to 1"),
    (("rules", "bump", "cooldown"), "$p", "$.rules.bump.cooldown: expected a number from 0 to 1000000 s"),
    (("rules", "bump", "once"), "$p", "$.rules.bump.once: expected true or false"),
    (("rules", "tired", "when"), {"every": "$p"}, "$.rules.tired.when.every: expected a number from 0.001 to 1000000 s"),
    (("rules", "tired", "when"), "$p", '$.rules.tired.when: expected an event like {"touch": ["a", "b"]} or a formula'),
    (("rules", "bump", "do"), {"place": {"bot": ["$p", 0]}}, "$.rules.bump.do.place.bot[0]: expected a number from -10000 to 10000 m"),
    (("rules", "bump", "do"), {"remove": "$p"}, "$.rules.bump.do.remove: expected a kind or a list of kinds"),
    (("draw", "luck"), {"uniform": [0, "$p"]}, "$.draw.luck.uniform: expected a number"),
    (("things", "crate", "place", "gap"), "$p", "$.things.crate.place.gap: expected a number from 0 to 10000 m"),
    (("things", "crate", "floor_friction"), "$p", "$.things.crate.floor_friction: expected a number from 0 to 10"),
    (("things", "crate", "friction"), {"uniform": ["$p", 2]}, "$.things.crate.friction.uniform: expected a number from 0 to 10"),
    (("things", "crate", "color"), "$p", "$.things.crate.color: expected a colour or a list of colours"),
    (("things", "crate", "shape"), "$p", '$.things.crate.shape: expected "circle", "capsule", "box" or "polygon"'),
    (("things", "crate", "like"), "$p", "$.things.crate.like: expected the name of a thing or team"),
    (("things", "crate", "solid_if"), "$p", "$.things.crate.solid_if: expected a text"),
    (("things", "pebble", "at"), "$p", "$.things.pebble.at: expected [x, y] or a list of [x, y]"),
    (("teams", "bot", "drive"), "$p", '$.teams.bot.drive: expected an object like {"type": "thrust"}'),
    (
        ("teams", "bot", "drive", "type"),
        "$p",
        '$.teams.bot.drive.type: expected "thrust", "walk", "tank", "rocket", "car", "jump" or "motor"',
    ),
    (("teams", "bot", "drive", "discrete"), "$p", "$.teams.bot.drive.discrete: expected 5 or 9"),
    (("teams", "bot", "says"), {"symbols": "$p"}, "$.teams.bot.says.symbols: expected a whole number from 2 to 64 (MAX_SYMBOLS)"),
    (("teams", "bot", "sees", 1, "range"), "$p", "$.teams.bot.sees[1].range: expected"),
    (("teams", "bot", "sees", 1, "nearest"), "$p", "$.teams.bot.sees[1].nearest: expected a whole number"),
    (("view", "width"), "$p", "$.view.width: expected a whole number from 64 to 8192 px"),
]


@pytest.mark.parametrize(("path", "value", "message"), REFUSED, ids=[".".join(map(str, path)) + f"={value}" for path, value, _ in REFUSED])
def test_what_can_not_vary_says_so_at_its_place(path, value, message):
    game = inside(path, value)
    game["params"]["p"] = 3
    text = json.dumps(game, indent=1)
    found = problems(text, {"p": {"uniform": [1, 3]}})
    assert len(found) == 1
    assert found[0].startswith(message)
    assert 'got the param "p", which varies by world' in found[0]
    with pytest.raises(ScenarioError) as error:
        loads(text, vary={"p": {"uniform": [1, 3]}})
    line = text.splitlines()[error.value.problems[0].line - 1]
    assert "$p" in line or "[" in line  # where a list begins


@pytest.mark.parametrize(
    ("path", "random", "message"),
    [
        (("things", "crate", "bounce"), {"uniform": [0.5, 2]}, '$.things.crate.bounce: expected a number from 0 to 1, got the param "p", which varies from 0.5 to 2'),
        (("things", "crate", "mass"), {"one_of": [0, 1]}, '$.things.crate.mass: expected a number from 1e-06 to 1000000000 kg, got the param "p", which varies from 0 to 1'),
        (("things", "crate", "bounce"), {"normal": [2, 0.1]}, '$.things.crate.bounce: expected a number from 0 to 1, got the param "p", which varies around 2'),
        (("teams", "bot", "radius"), {"uniform": [0, 1]}, "$.teams.bot.radius: a circle has a radius of at least 0.005 m, got 0"),
        (("teams", "bot", "radius"), {"normal": [0, 1]}, "$.teams.bot.radius: a circle has a radius of at least 0.005 m, got 0"),
        (("things", "pebble", "at"), {"uniform": [3, 5]}, "$.things.pebble.at: [5, 0] is outside the world (x from -4 to 4, y from -3 to 3 m)"),
    ],
)  # fmt: skip
def test_both_ends_must_fit_the_field(path, random, message):
    game = inside(path, ["$p", 0] if path[-1] == "at" else "$p")
    game["params"]["p"] = 0.7
    assert problems(game, {"p": random}) == [message]


def test_a_normal_one_is_clamped_to_what_all_its_uses_allow():
    game = inside(("things", "crate", "bounce"), "$p")
    game["teams"]["bot"]["radius"] = "$p"
    game["params"]["p"] = {"default": 0.5, "max": 0.8}
    scenario = loads(json.dumps(game), vary={"p": {"normal": [0.5, 1]}})
    param = scenario.varied["p"]
    assert (param.low, param.high) == (0.005, 0.8)
    assert (scenario.things["crate"].bounce.low, scenario.things["crate"].bounce.high) == (0, 0.8)
    env = VectorEnv(scenario, 500)
    env.reset(seed=0)
    drawn = env.params()["p"]
    assert drawn.min() == np.float32(0.005)
    assert drawn.max() == np.float32(0.8)
    with pytest.raises(ValueError, match=r"expected a number from 0\.005 to 0\.8, got 1 for world 0"):
        env.set_params(p=1)


def test_observations_are_scaled_by_the_fastest():
    game = json.loads(json.dumps(YARD))
    del game["world"]["observations"]
    env = VectorEnv(loads(json.dumps(game), vary=VARY), 2)
    names = dict(env.observation_names("bot"))
    assert names["self.velocity.x"] == "3 m/s"
    assert names["crate[0].worth"] == "1.5"


def test_hash_and_full_text():
    fixed, varied = yard(), yard(VARY)
    assert scenario_hash(varied) != scenario_hash(fixed)
    assert scenario_hash(varied) == scenario_hash(yard(dict(reversed(VARY.items()))))
    assert scenario_hash(varied) != scenario_hash(yard({**VARY, "pace": {"uniform": [0.5, 2]}}))
    assert scenario_hash(varied) == scenario_hash(yard(VARY, {"params": YARD["params"] | {"pace": 2.5}}))
    json.dumps(varied.resolved)
    again = loads(json.dumps(full(varied)), vary=VARY)
    assert again.varied == varied.varied
    one, two = (VectorEnv(scenario, 2) for scenario in (varied, again))
    for env in (one, two):
        env.reset(seed=0)
        play(env, 30)
    assert one.state_hash(1) == two.state_hash(1)


def test_numbers_of_numpy_and_tuples_will_do():
    given_ = yard({"pace": {"uniform": (np.float32(0.5), np.int64(3))}, "heft": {"one_of": np.array([0.5, 2.0])}})
    assert given_.varied == yard({"pace": {"uniform": [0.5, 3]}, "heft": {"one_of": [0.5, 2]}}).varied


# --- doors ----------------------------------------------------------------------------------------------


def test_every_door_takes_vary():
    vary = {"shaping": {"uniform": [0, 0.1]}}
    batch = sandlot.make_vec("tag", 2, vary=vary)
    batch.reset(seed=6)
    expected = batch.params()["shaping"]
    single = sandlot.make("tag", vary=vary)
    single.reset(seed=7)
    assert single.core.params()["shaping"][0] == expected[1]
    aec = sandlot.make_aec("tag", vary=vary)
    aec.reset(seed=6)
    assert aec.unwrapped.core.params()["shaping"][0] == expected[0]
    env = gymnasium.make("sandlot/Tag-v0", team="runner", vary=vary)
    env.reset(seed=6)
    assert env.unwrapped.core.params()["shaping"][0] == expected[0]
    many = gymnasium.make_vec("sandlot/Tag-v0", num_envs=2, team="runner", vary=vary)
    many.reset(seed=6)
    assert np.array_equal(many.unwrapped.core.params()["shaping"], expected)
    scenario = sandlot.load("tag", vary=vary)
    assert VectorEnv(scenario, 1).scenario.varied.keys() == {"shaping"}
    with pytest.raises(TypeError, match="vary"):
        sandlot.make_vec(scenario, vary=vary)


def test_every_reset_takes_params():
    vary = {"shaping": {"uniform": [0, 0.1]}}
    options = {"params": {"shaping": 0.05}}
    single = sandlot.make("tag", vary=vary)
    single.reset(seed=0, options=options)
    assert single.core.params()["shaping"][0] == np.float32(0.05)
    env = gymnasium.make("sandlot/Tag-v0", team="runner", vary=vary)
    env.reset(seed=0, options=options)
    assert env.unwrapped.core.params()["shaping"][0] == np.float32(0.05)
    many = gymnasium.make_vec("sandlot/Tag-v0", num_envs=2, team="runner", vary=vary)
    many.reset(seed=0)
    many.reset(options={"params": {"shaping": np.array([0.01, 0.02])}, "reset_mask": np.array([False, True])})
    shaping = many.unwrapped.core.params()["shaping"]
    assert shaping[1] == np.float32(0.02)
    assert shaping[0] != np.float32(0.01)


def test_rows_of_agents_take_params_by_world_or_by_row():
    many = gymnasium.make_vec("sandlot/Tag-v0", num_envs=2, team="chaser", rows="agents", vary={"shaping": {"uniform": [0, 0.1]}}).unwrapped
    assert many.num_envs == 6
    for values in (np.array([0.01, 0.02]), np.array([0.01] * 3 + [0.02] * 3), [0.01] * 3 + [0.02] * 3):
        many.reset(seed=0)
        many.reset(options={"params": {"shaping": values}})
        assert np.array_equal(many.core.params()["shaping"], np.float32([0.01, 0.02]))
    with pytest.raises(ValueError, match="shaping: expected the same for all 3 rows of a world"):
        many.reset(options={"params": {"shaping": np.linspace(0, 0.1, 6)}})
