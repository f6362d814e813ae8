"""Worlds that are over wait for `reset`, where nothing begins by itself, and what is asked of worlds at other times."""

import copy
import json
import pickle

import gymnasium
import numpy as np
import pytest
from flock import FLOCK
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import few

import sandlot
from sandlot.envs.core.vector import VectorEnv
from sandlot.envs.doors.gymnasium import GameEnv, GameVec
from sandlot.scenarios import loads

RUN = {
    "format": "sandlot/1", "name": "goal", "world": {"size": [6, 6]},
    "things": {"g": {"at": [0, 0], "shape": "circle", "radius": 0.4, "body": "sensor"}},
    "teams": {"a": {"count": 1, "radius": 0.2, "at": [-0.9, 0], "drive": {"type": "walk", "top_speed": 2, "accel": 20}, "sees": ["self", "clock", {"of": "g", "noise": 0.1}]}},
    "rules": {"won": {"when": {"touch": ["a", "g"]}}, "roll": {"when": {"every": 0.2}, "chance": 0.5}},
    "rewards": {"a": {"won": 10, "roll": 0.5}}, "end": {"won": "won", "time": 2}, "score": {"a": "= count(won)"},
}  # fmt: skip


def game(**changes):
    return loads(json.dumps(RUN | changes))


def told(result, world):
    """Everything that a step said of a world, as bytes; rewards and events apart."""
    obs, reward, terminated, truncated, info = result
    lasting = [*(values[world] for values in obs.values()), terminated[world], truncated[world]]
    lasting += [values[world] for name in ("alive", "score") for values in info[name].values()]
    lasting += [info[name][world] for name in ("overruns", "misplaced", "unfired")]
    paid = [*(values[world] for values in reward.values())]
    for name, value in info.items():
        if name.startswith(("reward/", "event/")):
            paid += [one[world] for one in (value.values() if isinstance(value, dict) else [value])]
    return b"".join(np.asarray(one).tobytes() for one in lasting), np.concatenate([np.ravel(one) for one in paid])


@pytest.mark.parametrize("copied", [True, False])
@pytest.mark.parametrize("worlds", [1, 3, 20])
def test_a_world_that_is_over_stays_as_it_was(worlds, copied):
    """Half of the worlds win early, the clock ends the others: each shows its end until reset, is paid nothing, and its neighbours never know."""
    env, rng = VectorEnv(game(), worlds, autoreset="disabled", copy=copied), np.random.default_rng(0)
    twin = VectorEnv(game(), worlds, autoreset="disabled")
    env.reset(seed=3)
    twin.reset(seed=3)
    ends, over = {}, np.zeros(worlds, np.bool_)
    for t in range(26):
        move = rng.uniform(-1, 1, (worlds, 1, 2)).astype(np.float32)
        move[::2, :, 0] = 1 if t < 8 else -1
        result = env.step({"a": move})
        if not over.any():
            twin.step({"a": move})
        for world in np.flatnonzero(over):
            shown, paid = told(result, world)
            assert (shown, env.state_hash(world)) == ends[world]
            assert not paid.any()
        over |= result[2] | result[3]
        ends |= {world: (told(result, world)[0], env.state_hash(world)) for world in np.flatnonzero(over).tolist() if world not in ends}
    assert over.all()
    wins = result[2].copy()
    assert wins[::2].all()
    mask = np.arange(worlds) == 0
    env.reset(mask=mask)
    assert not any(env.step({"a": np.zeros((worlds, 1, 2), np.float32)})[2][:1])
    assert [env.state_hash(world) for world in range(1, worlds)] == [ends[world][1] for world in range(1, worlds)]


@settings(max_examples=10, deadline=None)
@given(
    plan=st.lists(st.sampled_from(["step", "reset", "copy", "pickle", "snapshot", "look"]), min_size=3, max_size=25),
    seed=st.integers(0, 99),
)
def test_the_others_go_on_as_if_alone(plan, seed):
    """Beside worlds that wait, a world is that of an env of its own, whatever else is asked."""
    env, lone = VectorEnv(game(), 5, autoreset="disabled"), VectorEnv(game(), 1, autoreset="disabled")
    env.reset(seed=seed)
    lone.reset(seed=seed + 2)
    rng = np.random.default_rng(seed)
    for deed in plan * 2:
        if deed == "step":
            move = rng.uniform(-1, 1, (5, 1, 2)).astype(np.float32)
            move[:, :, 0] = [[1], [1], [0], [-1], [1]]
            ours, alone = env.step({"a": move}), lone.step({"a": move[2:3]})
            assert told(ours, 2)[0] == told(alone, 0)[0]
            assert told(ours, 2)[1].tobytes() == told(alone, 0)[1].tobytes()
        elif deed == "reset":
            env.reset(mask=np.arange(5) != 2, seed=[1, None, None, 4, None])
        elif deed == "copy":
            env = copy.deepcopy(env)
        elif deed == "pickle":
            env = pickle.loads(pickle.dumps(env))
        elif deed == "snapshot":
            env.set_state(env.get_state([0]), [4])
        else:
            assert env.observe([2])["a"].tobytes() == lone.observe()["a"].tobytes()
        assert env.state_hash(2) == lone.state_hash()


def test_gymnasiums_doors_wait():
    """GameEnv and GameVec with autoreset disabled: the win is paid once, and the episode stays over."""
    way = [[1, 0]] * 8 + [[-1, 0]] * 8
    one, many = GameEnv(RUN), GameVec(3, scenario=RUN, autoreset_mode="disabled")
    one.reset(seed=0)
    many.reset(seed=0)
    single, rows = [one.step(np.array(move, np.float32)) for move in way], [many.step(np.array([move] * 3, np.float32)) for move in way]
    assert sum(result[4]["reward/won"] for result in single) == 10
    assert np.sum([result[4]["reward/won"] for result in rows], 0).tolist() == [10, 10, 10]
    over = [result[2] for result in single]
    assert over == [result[2].all() for result in rows] == sorted(over)
    assert over[4]
    assert single[-1][4]["score"] == 1
    np.testing.assert_array_equal(single[-1][0], single[over.index(True)][0])


@pytest.mark.parametrize("rows", ["team", "agents"])
def test_doors_wait_for_who_is_out(rows):
    """The learner is eaten while its world goes on: nothing more happens to that world before reset."""
    flock = loads(FLOCK)
    vec = GameVec(2, scenario=flock, agent="sheep_0", autoreset_mode="disabled", rows=rows)
    env = GameEnv(flock, agent="sheep_0")
    vec.reset(seed=0)
    env.reset(seed=0)
    still, ends = np.zeros(2, np.float32), []
    for _ in range(25):
        _, _, terminated, _, _ = vec.step(np.stack([still, still]))
        out = env.step(still)
        assert terminated.tolist() == [out[2]] * 2
        if out[2]:
            ends.append((env.core.state_hash(), vec.core.state_hash(1), out[0].tobytes(), out[1]))
    assert len(ends) > 5
    assert len(set(ends[1:])) == 1
    assert ends[0][:3] == ends[1][:3]
    vec.reset(options={"reset_mask": np.array([True, False])})
    assert vec.step(np.stack([still, still]))[2].tolist() == [False, True]


def test_wrappers_of_gymnasium_go_on_with_what_waits():
    """Gymnasium's own Autoreset wrapper resets what waits."""
    env = gymnasium.wrappers.Autoreset(GameEnv(RUN))
    env.reset(seed=0)
    ends = sum(bool(env.step(np.array([1, 0], np.float32))[2]) for _ in range(40))
    assert ends > 5


# --- what is seen after set_state ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sandlot.names())
def test_a_look_is_what_the_last_step_showed(name):
    """`observe` after `set_state` tells what the step before the snapshot returned, also of worlds that are over; looking changes nothing."""
    env = sandlot.make_vec(name, 3, autoreset="disabled", **few(name))
    other = sandlot.make_vec(name, 4, **few(name))
    env.reset(seed=5)
    rng = np.random.default_rng(1)
    for _ in range(12):
        actions = {
            team: rng.uniform(-1, 1, (3, len(env.agents(team)), *env.action_space(team).shape)).astype(np.float32) for team in env.teams
        }
        obs, *_, info = env.step(actions)
        other.set_state(env.get_state([2, 0]), [1, 3])
        before = other.state_hash(1), other.get_state([3, 1])
        seen, alive = other.seen()
        assert (other.state_hash(1), other.get_state([3, 1])) == before
        for team in env.teams:
            noisy = any("noise" in str(one) for one in env.scenario.teams[team].sees)
            if not noisy:
                np.testing.assert_array_equal(seen[team][[1, 3]], obs[team][[2, 0]])
                np.testing.assert_array_equal(other.observe([3])[team], obs[team][:1])
                np.testing.assert_array_equal(other.observe(np.array([False, True, False, False]))[team], obs[team][2:])
            np.testing.assert_array_equal(alive[team][[1, 3]], info["alive"][team][[2, 0]])


def test_noise_is_drawn_anew_once_and_moves_no_chance():
    env = VectorEnv(game(), 2)
    first, _ = env.reset(seed=0)
    np.testing.assert_array_equal(env.observe()["a"], first["a"])  # nothing has changed: the same numbers
    blob = env.get_state()
    env.set_state(blob)
    one, two = env.observe(), env.observe()
    assert (one["a"] != first["a"]).any()
    np.testing.assert_array_equal(one["a"], two["a"])
    assert env.get_state() == blob
    one["a"][:] = 7
    assert (env.observe()["a"] != 7).all()


def test_policies_see_what_was_set():
    """A policy beside the learner acts on the world that `set_state` has put, not on the one before."""
    seen = []

    class Looks:
        def reset(self, count):
            pass

        def act(self, obs, mask, rng):
            seen.append(obs.copy())
            return np.zeros((len(obs), 2), np.float32)

    env = GameEnv("tag", team="runner", others=Looks())
    env.reset(seed=0)
    start = env.core.get_state()
    for _ in range(4):
        env.step(np.ones(env.action_space.shape, np.float32))
    env.core.set_state(start)
    env.step(np.ones(env.action_space.shape, np.float32))
    np.testing.assert_array_equal(seen[4], seen[0])
    assert (seen[3] != seen[0]).any()
