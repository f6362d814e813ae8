"""The vector API, hardened: every number of every lane is the single env's, whatever is done to the worlds beside it."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import few
from stepping import MODES, NAMES, hashes, hurry, sampled

import sandlot
from sandlot.envs.kernels.world.layout.world import Whole


def lane_of(result, lane):
    """What a result of `reset` or `step` says of one world: nested, with a first axis of 1."""
    if isinstance(result, dict):
        return {key: lane_of(value, lane) for key, value in result.items()}
    if isinstance(result, tuple):
        return tuple(lane_of(value, lane) for value in result)
    return result[lane : lane + 1]


def assert_same(one, two, where=""):
    assert type(one) is type(two), where
    if isinstance(one, dict):
        assert list(one) == list(two), where
        for key in one:
            assert_same(one[key], two[key], f"{where}.{key}")
    elif isinstance(one, tuple):
        for k, (a, b) in enumerate(zip(one, two, strict=True)):
            assert_same(a, b, f"{where}[{k}]")
    else:
        np.testing.assert_array_equal(one, two, err_msg=where, strict=True)


class Singles:
    """The plain model of a batch: as many envs of one world."""

    def __init__(self, name, worlds, seed, **options):
        self.envs = [sandlot.make_vec(name, 1, **options) for _ in range(worlds)]
        self.shown = [env.reset(seed=seed + i) for i, env in enumerate(self.envs)]

    def step(self, actions):
        self.shown = [env.step(lane_of(actions, i)) for i, env in enumerate(self.envs)]

    def reset(self, seeds, mask):
        for i in np.flatnonzero(mask):
            self.shown[i] = self.envs[i].reset(seed=[seeds[i]])

    def hashes(self):
        return [env.state_hash() for env in self.envs]


def check_lanes(name, mode, kind, sizes, steps=14, left=6):
    """Batches of some sizes, on 1 to 3 threads, over the end of an episode, beside single envs; all numbers are compared."""
    params = few(name)
    rng = np.random.default_rng(3)
    lanes = sorted({0, *(size - 1 for size in sizes)})
    lone = {lane: sandlot.make_vec(name, 1, autoreset=mode, actions=kind, **params) for lane in lanes}
    many = [sandlot.make_vec(name, size, threads=1 + k % 3, autoreset=mode, actions=kind, **params) for k, size in enumerate(sizes)]
    for env in many:
        shown = env.reset(seed=9)
        for lane in lanes:
            if lane < env.num_envs:
                assert_same(lane_of(shown, lane), lone[lane].reset(seed=9 + lane), f"lane {lane} of {env.num_envs}")
    for env in (*many, *lone.values()):
        hurry(env, left)
    widest, ended = max(many, key=lambda env: env.num_envs), 0
    for _ in range(steps):
        actions = sampled(widest, rng)
        expected = {lane: env.step(lane_of(actions, lane)) for lane, env in lone.items()}
        over = np.concatenate([expected[lane][2] | expected[lane][3] for lane in lanes])
        ended += over.sum()
        for env in many:
            result = env.step({team: values[: env.num_envs] for team, values in actions.items()})
            for lane in (lane for lane in lanes if lane < env.num_envs):
                assert_same(lane_of(result, lane), expected[lane], f"lane {lane} of {env.num_envs}")
            if mode == "disabled":
                env.reset(mask=result[2] | result[3])
        if mode == "disabled":
            for k, lane in enumerate(lanes):
                lone[lane].reset(mask=over[k : k + 1])
    for env in many:
        for lane in (lane for lane in lanes if lane < env.num_envs):
            assert env.state_hash(lane) == lone[lane].state_hash()
        env.close()
    assert ended >= len(lanes)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", NAMES)
def test_every_number_of_a_lane_is_the_single_envs(name, mode):
    check_lanes(name, mode, "discrete" if mode == "same_step" else "continuous", [15, 17, 40])


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["continuous", "discrete"])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", NAMES)
def test_every_number_of_a_lane_at_any_size(name, mode, kind):
    check_lanes(name, mode, kind, [1, 15, 16, 17, 40, 100], steps=60, left=20)


# --- whatever is done to the worlds beside it -----------------------------------------------------------

WORLDS = 18
lanes = st.integers(0, WORLDS - 1)
masks = st.lists(st.booleans(), min_size=WORLDS, max_size=WORLDS)
seeds = st.lists(st.none() | st.integers(0, 5), min_size=WORLDS, max_size=WORLDS)
deeds = st.one_of(
    st.tuples(st.just("step"), st.integers(1, 4)),
    st.tuples(st.just("reset"), masks, seeds),
    st.tuples(st.just("copy"), lanes, lanes),
    st.tuples(st.just("hurry"), st.integers(1, 3)),
)


@pytest.mark.parametrize("mode", MODES)
@settings(max_examples=6, deadline=None)
@given(plan=st.lists(deeds, min_size=3, max_size=10), threads=st.integers(1, 2), copied=st.booleans())
def test_any_order_of_deeds_is_that_of_singles(mode, plan, threads, copied):
    options = {"autoreset": mode}
    env = sandlot.make_vec("spread", WORLDS, threads=threads, copy=copied, **options)
    model, rng = Singles("spread", WORLDS, 40, **options), np.random.default_rng(len(plan))
    shown = env.reset(seed=40)
    for deed, *facts in plan:
        if deed == "step":
            for _ in range(facts[0]):
                actions = sampled(env, rng)
                shown = env.step(actions)
                model.step(actions)
                assert_same(shown, together(model.shown))
        elif deed == "reset":
            mask, own = np.array(facts[0]), facts[1]
            obs, _ = env.reset(seed=own, mask=mask)
            model.reset(own, mask)
            assert_same(obs, together([one[0] for one in model.shown]))
        elif deed == "copy":
            here, there = facts
            blob = env.get_state([here])
            assert blob == model.envs[here].get_state()
            env.set_state(blob, [there])
            model.envs[there].set_state(blob)
            model.shown[there] = (model.envs[there].observe(), *model.shown[there][1:])
        else:
            for one in (env, *model.envs):
                hurry(one, facts[0])
        assert hashes(env) == model.hashes()
    env.close()


def together(results):
    """Results of single envs as one of a batch."""
    first = results[0]
    if isinstance(first, dict):
        return {key: together([one[key] for one in results]) for key in first}
    if isinstance(first, tuple):
        return tuple(together([one[k] for one in results]) for k in range(len(first)))
    return np.concatenate(results)


@pytest.mark.parametrize("mode", MODES)
def test_partial_reset_by_mask_and_seeds(mode):
    """Alone, then beside others, with all kinds of seeds, and where some worlds' episodes are just over."""
    env, model = sandlot.make_vec("tag", 20, autoreset=mode, threads=2), Singles("tag", 20, 5, autoreset=mode)
    env.reset(seed=5)
    rng, mask = np.random.default_rng(0), np.arange(20) % 3 != 1
    own = [None if i % 2 else 7 * i for i in range(20)]
    for left in (9, 2, 1):
        for one in (env, *model.envs):
            hurry(one, left)
        for _ in range(2):
            actions = sampled(env, rng)
            env.step(actions)
            model.step(actions)
        obs, info = env.reset(seed=own, mask=mask)
        model.reset(own, mask)
        assert_same(obs, together([one[0] for one in model.shown]))
        assert not any(info[f"event/{rule}"].any() for rule in env.game.rules)
        assert hashes(env) == model.hashes()
    actions = sampled(env, rng)
    model.step(actions)
    assert_same(env.step(actions), together(model.shown))


# --- snapshots and pictures -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_snapshots_move_between_batches(name):
    """Any lane to any lane, across batch sizes, threads, modes, and `scripted`; the future is the same."""
    params = few(name)
    home = sandlot.make_vec(name, 17, **params)
    home.reset(seed=4)
    rng = np.random.default_rng(1)
    for _ in range(9):
        home.step(sampled(home, rng))
    away = [
        (sandlot.make_vec(name, 1, autoreset="disabled", **params), 0),
        (sandlot.make_vec(name, 40, threads=3, autoreset="same_step", **params), 37),
        (sandlot.make_vec(name, 16, copy=False, scripted=home.teams, **params), 2),
    ]
    for env, lane in away:
        env.reset(seed=77)
        env.set_state(home.get_state([16]), [lane])
        assert env.get_state([lane]) == home.get_state([16])
    for _ in range(12):
        actions = home.scripted_actions()
        expected = lane_of(home.step(actions)[:4], 16)
        for env, lane in away:
            given = {team: np.repeat(values[16:17], env.num_envs, 0) for team, values in actions.items() if team not in env.scripted}
            assert_same(lane_of(env.step(given)[:4], lane), expected)
            assert env.state_hash(lane) == home.state_hash(16)
        env.close()


def test_a_world_that_is_over_waits_where_nothing_begins_by_itself():
    home, away = sandlot.make_vec("tag"), sandlot.make_vec("tag", autoreset="disabled")
    home.reset(seed=1)
    hurry(home, 1)
    still = {team: np.zeros_like(values) for team, values in home.scripted_actions().items()}
    assert home.step(still)[3].all()
    away.set_state(home.get_state())
    clock = int(home.game.world.whole[Whole.CLOCK])
    over = away.state_hash()
    assert away.step(still)[3].all()  # still over: no new episode
    assert away.state_hash() == over == home.state_hash()
    home.step(still)
    assert home._state.rows[0, clock, 0] == 0


@pytest.mark.parametrize("name", [name for name in NAMES if name != "swarm"])
def test_pictures_of_lanes(name):
    """Of any lane, in any order, in a new episode after a partial reset too."""
    env = sandlot.make_vec(name, 18, render_mode="rgb_array", **few(name))
    lone = {lane: sandlot.make_vec(name, 1, render_mode="rgb_array", **few(name)) for lane in (2, 17)}
    env.reset(seed=6)
    for lane, one in lone.items():
        one.reset(seed=6 + lane)
    rng = np.random.default_rng(2)
    for turn in range(2):
        for _ in range(4):
            actions = sampled(env, rng)
            env.step(actions)
            for lane, one in lone.items():
                one.step(lane_of(actions, lane))
        for lane, one in lone.items():
            np.testing.assert_array_equal(env.render(lane), one.render())
        if turn == 0:
            env.reset(mask=np.arange(18) == 17)
            lone[17].reset()


# --- the end of an episode, and of an env ---------------------------------------------------------------


@pytest.mark.parametrize("name", ["tag", "dodgeball", "warehouse", "jumpers"])
def test_same_step_tells_all_of_the_episode_that_ended(name):
    """What the ended world said is there, under the names that a mode without autoreset has, and the keys never change."""
    same, plain = (sandlot.make_vec(name, 5, autoreset=mode) for mode in ("same_step", "disabled"))
    _, first = same.reset(seed=3)
    plain.reset(seed=3)
    rng, keys = np.random.default_rng(0), list(first)
    assert set(keys) - set(plain.reset(mask=np.zeros(5, np.bool_))[1]) == {"final_obs", "final_alive"}
    assert not any(values.any() for key in ("final_obs", "final_alive") for values in first[key].values())
    for step in range(40):
        if step == 30:
            hurry(same, 1)
            hurry(plain, 1)
        actions = sampled(same, rng)
        obs, _, terminated, truncated, info = same.step(actions)
        last, _, *ends, told = plain.step(actions)
        over = terminated | truncated
        np.testing.assert_array_equal(over, ends[0] | ends[1])
        assert list(info) == keys
        for team in same.teams:
            np.testing.assert_array_equal(info["final_obs"][team][over], last[team][over])
            np.testing.assert_array_equal(info["final_alive"][team][over], told["alive"][team][over])
            assert not info["final_obs"][team][~over].any()
            assert not info["final_alive"][team][~over].any()
            np.testing.assert_array_equal(info["alive"][team][~over], told["alive"][team][~over])
            np.testing.assert_array_equal(obs[team][~over], last[team][~over])
        for key in told:
            if key not in ("alive", "score"):
                assert_same(info[key], told[key], key)
        assert_same(info.get("score", {}), told.get("score", {}), "score")
        if over.any():
            begun, _ = plain.reset(mask=over)
            assert_same(obs, begun)
    assert step == 39
    assert hashes(same) == hashes(plain)


def test_what_an_ended_world_ran_out_of_is_told():
    """In same_step the next episode begins before anybody can ask."""
    same = sandlot.make_vec("tag", 2, autoreset="same_step")
    same.reset(seed=0)
    row = int(same.game.world.whole[Whole.OVERRUN])
    same._state.rows[:, row] = 3
    hurry(same, 1)
    *_, truncated, info = same.step(same.scripted_actions())
    assert truncated.all()
    assert info["overruns"].tolist() == [3, 3]
    assert same.step(same.scripted_actions())[4]["overruns"].tolist() == [0, 0]


@pytest.mark.parametrize("threads", [1, 2])
def test_a_closed_env_starts_its_threads_again(threads):
    env, other = (sandlot.make_vec("tag", 40, threads=threads) for _ in range(2))
    env.reset(seed=2)
    other.reset(seed=2)
    env.close()
    env.step(env.scripted_actions())
    other.step(other.scripted_actions())
    assert hashes(env) == hashes(other)
    env.close()


FORKED = """
import os, sandlot
env = sandlot.make_vec("tag", 40, threads=2)
env.reset(seed=2)
env.step(env.scripted_actions())
child = os.fork()
for _ in range(5):
    env.step(env.scripted_actions())
env.close()
if child:
    assert os.waitpid(child, 0)[1] == 0
print(env.state_hash(39), flush=True)
os._exit(0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_threads_after_a_fork():
    """A forked process has none of its parent's threads; waiting for them would be for ever."""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", FORKED], capture_output=True, text=True, timeout=60, check=True)
    one, two = done.stdout.split()
    assert one == two


def pieces(result):
    """Every single thing that a step returns and somebody might keep."""
    for value in result:
        if isinstance(value, dict):
            yield from pieces(value.values())
        else:
            yield value
            yield value[:1]


@pytest.mark.parametrize("mode", MODES)
def test_whatever_is_kept_of_a_step_stays_as_it_was(mode):
    """One array, a view of it, or the tuple that `advance` gives: it is not written over, though everything else was let go."""
    env = sandlot.make_vec("tag", 4, autoreset=mode)
    env.reset(seed=0)
    count = len(list(pieces(env.step(env.scripted_actions()))))
    for k in range(count):
        kept = [list(pieces(env.step(env.scripted_actions())))[k] for _ in range(3)]  # the rest of each result is gone
        before = [piece.copy() for piece in kept]
        for _ in range(3):
            assert not any(np.shares_memory(old, new) for new in pieces(env.step(env.scripted_actions())) for old in kept)
        for piece, copied in zip(kept, before, strict=True):
            np.testing.assert_array_equal(piece, copied)
    held = [env.advance() for _ in range(3)]
    before = [[array.copy() for array in buffers[1:5]] for buffers in held]
    for _ in range(4):
        env.advance()
    for buffers, copied in zip(held, before, strict=True):
        for array, old in zip(buffers[1:5], copied, strict=True):
            np.testing.assert_array_equal(array, old)


def test_names_can_be_given_away():
    """Dicts are everybody's own: what one does to them shows nowhere else."""
    env = sandlot.make_vec("tag", 2, copy=False)
    for result in (env.reset(seed=0), env.step(env.scripted_actions())):
        result[0].clear()
        result[-1]["alive"].clear()
        result[-1].clear()
    obs, reward, *_, info = env.step(env.scripted_actions())
    assert set(obs) == set(reward) == set(info["alive"]) == {"chaser", "runner"}
