"""The batched core at its boundary: what it refuses, what it gives, when episodes begin, what copies keep."""

import copy
import pickle
import re

import numpy as np
import pytest
from scenes import few
from stepping import MODES, NAMES, hashes, sampled

import sandlot
from sandlot.scenarios import loads

# --- what it refuses ------------------------------------------------------------------------------------

FINE = {"chaser": np.zeros((2, 3, 2), np.float32), "runner": np.zeros((2, 1, 2), np.float32)}


def bad(team, place, value, dtype=np.float32):
    array = FINE[team].astype(dtype)
    array[place] = value
    return {**FINE, team: array}


BAD = {
    "list": ([FINE], "actions: expected a dict of teams (chaser, runner), got list"),
    "none": (None, "actions: expected a dict of teams (chaser, runner), got NoneType"),
    "missing": ({"chaser": FINE["chaser"]}, "actions: nothing for team 'runner'; expected chaser, runner"),
    "unknown": (
        {**FINE, "runer": 0},
        "actions: no team 'runer' (did you mean \"runner\"?); there is chaser, runner",
    ),
    "flat": (
        {**FINE, "runner": np.zeros((2, 2))},
        "actions of 'runner': expected shape (2, 1, 2) [worlds, agents, numbers], got (2, 2)",
    ),
    "one_world": (
        {**FINE, "chaser": np.zeros((1, 3, 2))},
        "actions of 'chaser': expected shape (2, 3, 2) [worlds, agents, numbers], got (1, 3, 2)",
    ),
    "scalar": (
        {**FINE, "runner": 0.0},
        "actions of 'runner': expected shape (2, 1, 2) [worlds, agents, numbers], got ()",
    ),
    "text": ({**FINE, "runner": "up"}, "actions of 'runner': expected numbers, got <U2"),
    "objects": (
        {**FINE, "runner": np.full((2, 1, 2), None)},
        "actions of 'runner': expected numbers, got object",
    ),
    "complex": (
        {**FINE, "runner": np.zeros((2, 1, 2), complex)},
        "actions of 'runner': expected numbers, got complex128",
    ),
    "nan": (
        bad("chaser", (1, 2, 1), np.nan),
        "actions of 'chaser': expected numbers from -1 to 1, got nan (world 1, chaser_2, move.y)",
    ),
    "inf": (
        bad("runner", (0, 0, 0), -np.inf),
        "actions of 'runner': expected numbers from -1 to 1, got -inf (world 0, runner_0, move.x)",
    ),
    "too_great": (
        bad("chaser", (0, 1, 0), 1.5),
        "actions of 'chaser': expected numbers from -1 to 1, got 1.5 (world 0, chaser_1, move.x)",
    ),
    "beyond_float32": (
        bad("chaser", (0, 0, 0), 1e300, np.float64),
        "actions of 'chaser': expected numbers from -1 to 1, got 1e+300 (world 0, chaser_0, move.x)",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_refused_actions_say_why_and_change_nothing(case):
    actions, message = BAD[case]
    env = sandlot.make_vec("tag", num_envs=2)
    env.reset(seed=0)
    before = hashes(env)
    with pytest.raises(sandlot.ActionError, match=f"^{re.escape(message)}$"):
        env.step(actions)
    assert hashes(env) == before
    env.step(FINE)
    assert hashes(env) != before


CHOICES = {"chaser": np.zeros((2, 3), int), "runner": np.zeros((2, 1), int)}
BAD_CHOICES = {
    "too_great": (
        {**CHOICES, "runner": np.array([[0], [9]])},
        "actions of 'runner': expected 0 to 8, got 9 (world 1, runner_0)",
    ),
    "negative": (
        {**CHOICES, "chaser": np.array([[0, 0, -1], [0, 0, 0]])},
        "actions of 'chaser': expected 0 to 8, got -1 (world 0, chaser_2)",
    ),
    "fraction": (
        {**CHOICES, "runner": np.array([[0.5], [1]])},
        "actions of 'runner': expected whole numbers, got float64 with fractions",
    ),
    "nan": (
        {**CHOICES, "runner": np.array([[np.nan], [1]])},
        "actions of 'runner': expected whole numbers, got float64 with fractions",
    ),
    "shape": (
        {**CHOICES, "runner": np.zeros((2, 1, 1), int)},
        "actions of 'runner': expected shape (2, 1) [worlds, agents, numbers], got (2, 1, 1)",
    ),
}


@pytest.mark.parametrize("case", BAD_CHOICES)
def test_refused_choices_say_why_and_change_nothing(case):
    actions, message = BAD_CHOICES[case]
    env = sandlot.make_vec("tag", num_envs=2, actions="discrete")
    env.reset(seed=0)
    before = hashes(env)
    with pytest.raises(sandlot.ActionError, match=f"^{re.escape(message)}$"):
        env.step(actions)
    assert hashes(env) == before
    env.step(CHOICES)
    assert hashes(env) != before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"num_envs": 0}, "num_envs: expected a whole number from 1 to 1048576, got 0"),
        ({"num_envs": 2.5}, "num_envs: expected a whole number from 1 to 1048576, got 2.5"),
        ({"autoreset": "later"}, "autoreset: expected one of next_step, same_step, disabled, got 'later'"),
        ({"actions": "both"}, "actions: expected continuous or discrete, got 'both'"),
        ({"render_mode": "human"}, "render_mode: expected rgb_array or None, got 'human'"),
    ],
)
def test_refused_arguments(arguments, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        sandlot.make_vec("tag", **arguments)


def test_unknown_param_and_team_get_a_suggestion():
    with pytest.raises(sandlot.ScenarioError, match='did you mean "chasers"'):
        sandlot.make_vec("tag", chaser=5)
    with pytest.raises(KeyError, match=r"did you mean .*runner"):
        sandlot.make_vec("tag").observation_space("runer")


def test_step_needs_reset():
    with pytest.raises(RuntimeError, match="call reset before step"):
        sandlot.make_vec("tag", num_envs=2).step(FINE)


def test_bad_seeds_and_masks():
    env = sandlot.make_vec("tag", num_envs=2)
    with pytest.raises(ValueError, match="expected 2 seeds, got 3"):
        env.reset(seed=[1, 2, 3])
    with pytest.raises(ValueError, match=re.escape("mask: expected bool of shape (2,), got int64 of shape (2,)")):
        env.reset(mask=np.array([1, 0]))


# --- what it gives --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["continuous", "discrete"])
@pytest.mark.parametrize("name", NAMES)
def test_random_play_stays_in_the_spaces(name, kind):
    env = sandlot.make_vec(name, num_envs=3, actions=kind, **few(name))
    rng = np.random.default_rng(0)
    obs, info = env.reset(seed=5)
    for _ in range(1000):
        for team in env.teams:
            space = env.observation_space(team)
            assert obs[team].dtype == np.float32
            assert obs[team].shape == (3, len(env.agents(team)), *space.shape)
            assert (obs[team] >= space.low).all()  # false for nan
            assert (obs[team] <= space.high).all()
        obs, reward, terminated, truncated, info = env.step(sampled(env, rng))
        assert not (terminated & truncated).any()
        for team in env.teams:
            assert np.isfinite(reward[team]).all()
            assert reward[team].shape == info["alive"][team].shape == (3, len(env.agents(team)))
            terms = [by_team[team] for key, by_team in info.items() if key.startswith("reward/") and team in by_team]
            np.testing.assert_allclose(sum(terms, np.zeros_like(reward[team])), reward[team], rtol=1e-5, atol=1e-5)
    state = env.state()
    assert env.state_space.contains(state[0])
    assert len(env.observation_names(env.teams[0])) == obs[env.teams[0]].shape[2]


def arrays_of(result):
    for value in result:
        if isinstance(value, dict):
            yield from arrays_of(value.values())
        elif isinstance(value, np.ndarray):
            yield value


@pytest.mark.parametrize("mode", MODES)
def test_copy_never_shares_and_no_copy_reuses(mode):
    fresh = sandlot.make_vec("tag", num_envs=4, autoreset=mode)
    fresh.reset(seed=0)
    first, second = ([*arrays_of(fresh.step(fresh.scripted_actions()))] for _ in range(2))
    assert not any(np.shares_memory(a, b) for a in first for b in second)

    reused = sandlot.make_vec("tag", num_envs=4, autoreset=mode, copy=False)
    reused.reset(seed=0)
    one, two = (reused.step(reused.scripted_actions()) for _ in range(2))
    for a, b in zip(one[:4], two[:4], strict=True):
        for x, y in zip(arrays_of([a]), arrays_of([b]), strict=True):
            assert np.shares_memory(x, y)


@pytest.mark.parametrize("name", NAMES)
def test_copy_or_not_gives_the_same_numbers(name):
    one, two = (sandlot.make_vec(name, num_envs=3, copy=copied) for copied in (True, False))
    one.reset(seed=3)
    two.reset(seed=3)
    for _ in range(60):
        ours, theirs = one.step(one.scripted_actions()), two.step(two.scripted_actions())
        for a, b in zip(arrays_of(ours), arrays_of(theirs), strict=True):
            np.testing.assert_array_equal(a, b)
    _, info = two.reset(seed=9)
    assert all(not a.any() for key, by_team in info.items() if key.startswith("reward/") for a in by_team.values())
    assert all(not value.any() for key, value in info.items() if key.startswith("event/"))


# --- when episodes begin --------------------------------------------------------------------------------


def first_end(mode, name="tag"):
    """An env of 3 worlds in the step in which all of them end, and that step's result."""
    env = sandlot.make_vec(name, num_envs=3, autoreset=mode)
    env.reset(seed=1)
    while True:
        result = env.step(env.scripted_actions())
        if result[3].any():
            assert result[3].all()
            return env, result


def test_the_three_modes_tell_the_same_story():
    disabled, last = first_end("disabled")
    same, at_end = first_end("same_step")
    later, ended = first_end("next_step")
    begun, _ = disabled.reset()
    obs, reward, terminated, truncated, info = later.step(later.scripted_actions())
    assert not terminated.any()
    assert not truncated.any()
    for team in disabled.teams:
        # The end: final observation and reward.
        np.testing.assert_array_equal(ended[0][team], last[0][team])
        np.testing.assert_array_equal(at_end[4]["final_obs"][team], last[0][team])
        np.testing.assert_array_equal(at_end[1][team], last[1][team])
        np.testing.assert_array_equal(ended[1][team], last[1][team])
        # The beginning: the same first observation; the step that only begins pays nothing.
        np.testing.assert_array_equal(at_end[0][team], begun[team])
        np.testing.assert_array_equal(obs[team], begun[team])
        assert not reward[team].any()
        assert not np.array_equal(begun[team], last[0][team])
    assert not any(a.any() for key, by_team in info.items() if key.startswith("reward/") for a in by_team.values())
    assert hashes(disabled) == hashes(same) == hashes(later)


def test_who_was_there_at_the_end_stays_known_when_the_same_step_begins_anew(flock):
    envs = [sandlot.make_vec(flock, 17, autoreset=mode) for mode in ("disabled", "same_step")]
    for env in envs:
        env.reset(seed=0)
    go = np.zeros((17, 1, 2), np.float32)
    go[::2, :, 0] = 0.4  # in every other world the wolf reaches the nearer sheep, nowhere the other
    for _ in range(20):
        last, ended = (env.step({"wolf": go, "sheep": np.zeros((17, 2, 2), np.float32)}) for env in envs)
    assert ended[3].all()
    for team in envs[0].teams:
        np.testing.assert_array_equal(ended[4]["final_alive"][team], last[4]["alive"][team])
        assert ended[4]["alive"][team].all()
    np.testing.assert_array_equal(ended[4]["final_alive"]["sheep"], [[k % 2 == 1, True] for k in range(17)])


def test_copies_know_what_was_seen_last(flock):
    env = sandlot.make_vec(flock, 3)
    env.reset(seed=0)
    for _ in range(9):
        env.step(env.scripted_actions())
    assert not env.seen()[1]["sheep"].all()
    for twin in (copy.deepcopy(env), pickle.loads(pickle.dumps(env))):
        for ours, theirs in zip(twin.seen(), env.seen(), strict=True):
            for team in env.teams:
                np.testing.assert_array_equal(ours[team], theirs[team])


def test_next_step_ignores_the_action_of_the_step_that_begins():
    one, _ = first_end("next_step")
    two = copy.deepcopy(one)
    one.step(one.scripted_actions())
    two.step({team: -actions for team, actions in two.scripted_actions().items()})
    assert hashes(one) == hashes(two)
    one.step(one.scripted_actions())
    two.step({team: -actions for team, actions in two.scripted_actions().items()})
    assert hashes(one) != hashes(two)


@pytest.mark.parametrize("copied", [True, False])
def test_partial_reset_touches_nobody_else(copied):
    env = sandlot.make_vec("tag", num_envs=20, autoreset="disabled", copy=copied)
    env.reset(seed=0)
    for _ in range(5):
        obs, *_ = env.step(env.scripted_actions())
    obs = {team: values.copy() for team, values in obs.items()}
    before, mask = hashes(env), np.arange(20) % 3 == 0
    seeds = [100 + i if i == 6 else None for i in range(20)]
    begun, _ = env.reset(seed=seeds, mask=mask)
    lone = sandlot.make_vec("tag")
    first, _ = lone.reset(seed=106)
    for world in range(20):
        assert (env.state_hash(world) != before[world]) == mask[world]
        assert np.array_equal(begun["chaser"][world], obs["chaser"][world]) == (not mask[world])
    np.testing.assert_array_equal(begun["runner"][6], first["runner"][0])
    by_options, _ = copy.deepcopy(env).reset(options={"reset_mask": mask})
    np.testing.assert_array_equal(by_options["runner"], env.reset(mask=mask)[0]["runner"])


def test_without_a_seed_worlds_differ_from_run_to_run():
    one, two = (sandlot.make_vec("tag", num_envs=2) for _ in range(2))
    assert not np.array_equal(one.reset()[0]["runner"], two.reset(seed=[None, None])[0]["runner"])


# --- snapshots and copies -------------------------------------------------------------------------------


def future(env, steps=40):
    out = []
    for _ in range(steps):
        obs, reward, *_ = env.step(env.scripted_actions())
        out.append((tuple(a.tobytes() for a in (*obs.values(), *reward.values())), *hashes(env)))
    return out


@pytest.mark.parametrize("name", NAMES)
def test_a_snapshot_brings_the_same_future(name):
    env = sandlot.make_vec(name, num_envs=18)
    env.reset(seed=4)
    for _ in range(25):
        env.step(env.scripted_actions())
    blob, marks = env.get_state(), hashes(env)
    expected = future(env)
    env.set_state(blob)
    assert hashes(env) == marks
    assert future(env) == expected
    other = sandlot.make_vec(name, num_envs=18)
    other.set_state(blob)
    assert future(other) == expected


def test_snapshots_of_single_worlds():
    env = sandlot.make_vec("tag", num_envs=18)
    env.reset(seed=4)
    marks = hashes(env)
    env.set_state(env.get_state([17]), [0, 3])
    assert [env.state_hash(lane) for lane in (0, 3)] == [marks[17]] * 2
    assert env.state_hash(1) == marks[1]
    for blob in (b"", b"nonsense", env.get_state([1, 2]), env.get_state()[:-1]):
        with pytest.raises(ValueError, match=r"state: .*snapshot"):
            env.set_state(blob, [0, 1, 2])
    with pytest.raises(IndexError):
        env.get_state([18])
    assert env.state_hash(1) == marks[1]
    env.set_state(env.get_state([5, 17]), range(6, 12))  # each into the next three
    assert hashes(env)[6:12] == [marks[5]] * 3 + [marks[17]] * 3
    assert len(env.get_state([])) == len(env.get_state([3, 4])) - 2 * (len(env.get_state([4])) - len(env.get_state([])))


DICE = """{
  "format": "sandlot/1", "name": "dice", "world": { "size": [8, 4], "decisions_per_second": 5 },
  "teams": { "cup": { "at": [0, 0], "shape": "circle", "radius": 0.4, "drive": { "type": "walk", "top_speed": 2 }, "sees": ["self"], "state": { "face": 0 } } },
  "rules": { "thrown": { "when": { "every": 0.2 }, "cooldown": 0.2, "do": { "set": { "cup.face": "= random()" } } } },
  "rewards": { "cup": { "faces": "= self.face" } },
  "end": { "time": 4 }
}"""


def test_a_copy_with_other_chance_foresees_nothing():
    env, model = sandlot.VectorEnv(loads(DICE), 3), sandlot.VectorEnv(loads(DICE), 12, autoreset="disabled")
    env.reset(seed=1)

    def throws(worlds):
        stay = {"cup": np.zeros((worlds.num_envs, 1, 2), np.float32)}
        return np.stack([worlds.step(stay)[1]["cup"][:, 0] for _ in range(5)], 1)

    blob = env.get_state()
    model.set_state(blob, chance=[0, 1, 2, 3] * 3)
    guesses, truth = throws(model), throws(env)
    assert len(np.unique(np.concatenate([guesses, truth]))) == 75
    model.set_state(blob, chance=[3, 2, 1, 0] * 3)
    np.testing.assert_array_equal(throws(model).reshape(3, 4, 5)[:, ::-1], guesses.reshape(3, 4, 5))
    model.set_state(blob)
    np.testing.assert_array_equal(throws(model).reshape(3, 4, 5), np.repeat(truth[:, None], 4, 1))
    with pytest.raises(ValueError, match="chance: expected 12 whole numbers, got int64"):
        model.set_state(blob, chance=[1, 2, 3])


@pytest.mark.parametrize("twin_of", [copy.deepcopy, lambda env: pickle.loads(pickle.dumps(env))])
@pytest.mark.parametrize("threads", [1, 2])
def test_twins_run_on_alike_and_apart(twin_of, threads):
    env = sandlot.make_vec("tag", num_envs=40, threads=threads, autoreset="disabled")
    env.reset(seed=4)
    obs, *_ = env.step(env.scripted_actions())
    twin, mark = twin_of(env), hashes(env)
    mask = np.arange(40) == 7
    np.testing.assert_array_equal(twin_of(env).reset(mask=mask)[0]["chaser"][~mask], obs["chaser"][~mask])
    assert all(alive.all() for alive in twin_of(env).seen()[1].values())
    expected = future(env)
    assert hashes(twin) == mark
    assert future(twin) == expected


def test_close_twice():
    env = sandlot.make_vec("tag", num_envs=40, threads=2)
    env.close()
    env.close()


def test_only_arrays_that_nobody_holds_are_used_again() -> None:
    vec = sandlot.make_vec("tag", num_envs=64)
    held = vec.reset(seed=0)[0]["chaser"][3]  # a view of a view
    before, places = held.copy(), []
    for _ in range(8):
        obs = vec.step(vec.scripted_actions())[0]
        places.append(obs["chaser"].__array_interface__["data"][0])
        assert not np.shares_memory(obs["chaser"], held)
    assert (held == before).all()
    assert len(set(places)) < len(places)
