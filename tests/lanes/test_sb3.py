"""The Stable-Baselines3 door, with the real framework: exactness, its wrappers and algorithms, and learning."""

import importlib.util
import pickle
from pathlib import Path

import numpy as np
import pytest

sb3 = pytest.importorskip("stable_baselines3", reason="needs sandlot[sb3]: python tests/lanes/run.py sb3")

import torch
from gymnasium.spaces import Box
from scenes import few
from stable_baselines3 import A2C, DDPG, DQN, PPO, SAC, TD3
from stable_baselines3.common.env_checker import check_env
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.preprocessing import check_for_nested_spaces
from stable_baselines3.common.vec_env import (
    DummyVecEnv,
    SubprocVecEnv,
    VecCheckNan,
    VecEnv,
    VecFrameStack,
    VecMonitor,
    VecNormalize,
    VecVideoRecorder,
)

import sandlot
from sandlot.envs.doors.sb3 import SHOWN

NAMES = sandlot.names()
KINDS = ["continuous", "discrete"]
SEATS = [(name, team) for name in NAMES for team in sandlot.load(name).teams]
torch.set_num_threads(1)  # networks this small lose time to more
EXAMPLE = Path(sandlot.__file__).parent / "docs" / "examples" / "sb3_ppo.py"


def draw(rng, space, rows):
    """Random actions of all rows."""
    if isinstance(space, Box):
        return rng.uniform(-1, 1, (rows, *space.shape)).astype(np.float32)
    return rng.integers(0, getattr(space, "nvec", None) if hasattr(space, "nvec") else space.n, (rows, *space.shape))


def compare(game, steps, seat, actions="continuous", worlds=3, params=None):
    """Our door beside the core itself, number for number: what the rows get is what the worlds gave."""
    core = sandlot.make_vec(game, worlds, autoreset="same_step", actions=actions, **params or {})
    env = sandlot.make_sb3(game, worlds, actions=actions, **seat, **params or {})
    team = seat.get("team") or seat["agent"].rpartition("_")[0]
    mates = core.agents(team)
    mine = slice(None) if "team" in seat else slice(mates.index(seat["agent"]), mates.index(seat["agent"]) + 1)
    count = len(mates[mine])
    env.seed(40)
    obs, info = core.reset(seed=40)
    rows, rng, ends = env.reset(), np.random.default_rng(1), 0
    assert env.num_envs == worlds * count
    for _ in range(steps):
        seen = obs[team][:, mine].reshape(env.num_envs, -1)
        np.testing.assert_array_equal(rows, seen)
        assert rows.dtype == np.float32
        assert all(env.observation_space.contains(row) for row in rows)
        np.testing.assert_array_equal(env.alive, info["alive"][team][:, mine].ravel())
        chosen = draw(rng, env.action_space, env.num_envs)
        everybody = {name: np.array(values) for name, values in core.scripted_actions().items()}
        everybody[team][:, mine] = chosen.reshape(worlds, count, *env.action_space.shape)
        obs, reward, terminated, truncated, info = core.step(everybody)
        rows, paid, done, infos = env.step(chosen)
        np.testing.assert_array_equal(paid, reward[team][:, mine].ravel())
        assert (paid.dtype, paid.shape, done.dtype, done.shape) == (np.float32, (env.num_envs,), np.bool_, (env.num_envs,))
        np.testing.assert_array_equal(done, np.repeat(terminated | truncated, count))
        for row, told in enumerate(infos):
            world, agent = divmod(row, count)
            assert bool(told) == bool(done[row])
            if told:
                ends += 1
                np.testing.assert_array_equal(told["terminal_observation"], info["final_obs"][team][:, mine][world, agent])
                late = truncated[world] and info["final_alive"][team][:, mine][world, agent]
                assert told["TimeLimit.truncated"] is bool(late)
                if team in core.scores():
                    assert told["score"] == info["score"][team][world]
        assert [env.core.state_hash(world) for world in range(worlds)] == [core.state_hash(world) for world in range(worlds)]
    env.close()
    return ends


# --- the same story as the core's -------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("name", "team"), SEATS)
def test_rows_are_the_agents_of_the_core(name, team, kind):
    compare(name, 60, {"team": team}, kind, params=few(name))


@pytest.mark.parametrize(
    ("name", "seat"),
    [("tag", {"team": "chaser"}), ("tag", {"agent": "chaser_1"}), ("lander", {"team": "rocket"}), ("dodgeball", {"team": "red"})],
)
def test_episodes_end_and_begin_as_the_cores(name, seat):
    assert compare(name, 650 if name == "dodgeball" else 450, seat) > 3


@pytest.mark.parametrize("seat", [{"team": "wolf"}, {"team": "sheep"}, {"agent": "sheep_0"}])
def test_episodes_end_and_begin_where_agents_leave(flock, seat):
    assert compare(flock, 50, seat) >= 6


def test_worlds_are_single_envs_with_seeds_in_a_row():
    env = sandlot.make_sb3("tag", 4, team="chaser", seed=7)
    alone = [sandlot.make("tag") for _ in range(4)]
    first = [one.reset(seed=7 + world)[0] for world, one in enumerate(alone)]
    np.testing.assert_array_equal(env.reset(), [seen[f"chaser_{i}"] for seen in first for i in range(3)])
    # The second episode, too: streams go on.
    for _ in range(200):
        rows, _, done, _ = env.step(np.zeros((12, 2), np.float32))
        for one in alone:
            scripted = one.core.scripted_actions()["runner"][0, 0]
            one.step({agent: scripted if agent == "runner_0" else np.zeros(2, np.float32) for agent in one.agents})
    assert done.all()
    np.testing.assert_array_equal(rows, [seen[f"chaser_{i}"] for seen in (one.reset()[0] for one in alone) for i in range(3)])


@pytest.mark.parametrize(
    ("game", "seat", "make"),
    [("lander", {}, DummyVecEnv), ("tag", {"agent": "runner_0"}, DummyVecEnv), ("lander", {}, SubprocVecEnv)],
)
def test_equal_to_sb3s_own_vec_env_of_our_gymnasium_env(game, seat, make):
    """SB3's makers, with the id that imports sandlot by itself in spawned workers."""
    options = {"start_method": "spawn"} if make is SubprocVecEnv else {}
    name = f"sandlot:sandlot/{game.capitalize()}-v0"
    theirs = make_vec_env(name, 3, seed=11, env_kwargs=seat, vec_env_cls=make, vec_env_kwargs=options)
    ours = VecMonitor(sandlot.make_sb3(game, 3, seed=11, **seat))
    np.testing.assert_array_equal(ours.reset(), theirs.reset())
    rng, ends = np.random.default_rng(0), 0
    for _ in range(450):
        actions = draw(rng, ours.action_space, 3)
        (seen, paid, done, infos), (obs, reward, dones, told) = ours.step(actions), theirs.step(actions)
        np.testing.assert_array_equal(seen, obs)
        np.testing.assert_array_equal(paid, reward)
        np.testing.assert_array_equal(done, dones)
        for row in np.flatnonzero(done):
            ends += 1
            np.testing.assert_array_equal(infos[row]["terminal_observation"], told[row]["terminal_observation"])
            assert infos[row]["TimeLimit.truncated"] == told[row]["TimeLimit.truncated"]
            assert infos[row]["episode"]["l"] == told[row]["episode"]["l"]
            assert infos[row]["episode"]["r"] == pytest.approx(told[row]["episode"]["r"], rel=1e-4, abs=1e-4)
    assert ends > 3
    theirs.close()
    ours.close()


def test_others_by_policy():
    """Policies among the others draw from the door's own stream, so a seed settles them too."""

    def run(seed, **others):
        env = sandlot.make_sb3("tag", 2, **others)
        env.reset()
        env.seed(seed)
        env.reset()
        return np.stack([env.step(np.zeros((env.num_envs, 2), np.float32))[0] for _ in range(20)])

    for seat in ({"team": "chaser", "others": "random"}, {"agent": "chaser_0", "others": {"chaser": "random"}}):
        np.testing.assert_array_equal(run(3, **seat), run(3, **seat))
        assert not np.array_equal(run(3, **seat), run(4, **seat))


def test_policies_are_told_when_worlds_begin(flock):
    class Memory(Idle):
        told = ()

        def reset(self, count):
            self.told = (*self.told, count)

        def restart(self, rows):
            self.told = (*self.told, rows.tolist())

    memory = Memory()
    env = sandlot.make_sb3(flock, 2, team="wolf", others=memory, seed=0)
    env.reset()
    for _ in range(20):
        env.step(np.zeros((2, 2), np.float32))
    env.step(np.zeros((2, 2), np.float32))
    env.reset()
    assert memory.told == (4, [True] * 4, 4)


# --- agents that leave ------------------------------------------------------------------------------------


def test_who_leaves_is_an_absorbing_row(flock):
    env = VecMonitor(sandlot.make_sb3(flock, 2, team="sheep", seed=0))
    env.reset()
    returns, gone = np.zeros(4), np.zeros(4, np.bool_)
    for step in range(1, 21):
        seen, paid, done, infos = env.step(np.zeros((4, 2), np.float32))
        returns += paid
        if step < 20:
            assert not done.any()
            np.testing.assert_array_equal(env.get_attr("agent"), ["sheep_0", "sheep_1"] * 2)
            here = env.unwrapped.alive
            assert not seen[~here].any()
            assert not paid[gone].any()  # what it earned by leaving was paid in that step
            gone = ~here
    assert gone.tolist() == [True, True] * 2
    assert done.all()
    for row in range(4):
        assert infos[row]["episode"]["l"] == 20
        assert infos[row]["episode"]["r"] == pytest.approx(returns[row])
        assert infos[row]["TimeLimit.truncated"] is False  # nothing was left to be cut off
        assert not infos[row]["terminal_observation"].any()
    assert env.unwrapped.alive.all()
    assert seen.any(axis=1).all()  # the next episode


def test_the_clock_cuts_off_only_who_is_there(flock):
    env = sandlot.make_sb3(flock, 1, team="sheep", others=Idle(), seed=0)
    env.reset()
    flee = np.array([[-1.0, 0.0], [0.0, 0.0]], np.float32)  # one walks into the wolf
    for _ in range(20):
        *_, done, infos = env.step(flee)
    assert done.all()
    assert [told["TimeLimit.truncated"] for told in infos] == [False, True]
    assert [bool(told["terminal_observation"].any()) for told in infos] == [False, True]


class Idle:
    """A policy that stands still."""

    def reset(self, count):
        pass

    def act(self, obs, mask, rng):
        return np.zeros((len(obs), 2), np.float32)


# --- the contract of a VecEnv -----------------------------------------------------------------------------


def test_results_are_fresh():
    env = sandlot.make_sb3("tag", 2, team="chaser", seed=0)
    kept = [env.reset()]
    copies = [kept[0].copy()]
    for k in range(405):
        seen, paid, done, infos = env.step(np.full((6, 2), k % 2, np.float32))
        assert len({id(told) for told in infos}) == 6
        results = [seen, paid, done, *(told["terminal_observation"] for told in infos if told)]
        kept += results
        copies += [array.copy() for array in results]
    for array, copy in zip(kept, copies, strict=True):
        np.testing.assert_array_equal(array, copy)
    # What SB3 writes into, the rewards at a time limit, and what a user may write into, changes no world.
    twin = pickle.loads(pickle.dumps(env))
    for one in (env, twin):
        seen, paid, *_ = one.step(np.ones((6, 2), np.float32))
        if one is twin:
            seen[:], paid[:] = 9, 9
    results = [one.step(np.ones((6, 2), np.float32)) for one in (env, twin)]
    np.testing.assert_array_equal(results[0][0], results[1][0])
    np.testing.assert_array_equal(results[0][1], results[1][1])


def test_a_policy_of_a_teammate_sees_its_own_array():
    env, twin = (sandlot.make_sb3("tag", 2, agent="chaser_0", others={"chaser": Copycat()}, seed=0) for _ in range(2))
    for one in (env, twin):
        seen = one.reset()
        for _ in range(5):
            if one is twin:
                seen[:] = 0.5
            seen, *_ = one.step(np.zeros((2, 2), np.float32))
    np.testing.assert_array_equal(env.reset(), twin.reset())
    assert env.core.state_hash() == twin.core.state_hash()


class Copycat(Idle):
    """Does what it sees first."""

    def act(self, obs, mask, rng):
        return np.clip(obs[:, :2], -1, 1)


def test_seeds_and_resets():
    env = sandlot.make_sb3("tag", 2, team="chaser")
    assert env.seed(5) == [5, 5, 5, 6, 6, 6]
    first = env.reset()
    second = env.reset()
    assert env._seeds == [None] * 6
    assert not np.array_equal(first, second)
    env.seed(5)
    np.testing.assert_array_equal(env.reset(), first)
    np.testing.assert_array_equal(env.reset(), second)
    np.testing.assert_array_equal(sandlot.make_sb3("tag", 2, team="chaser", seed=5).reset(), first)
    env.set_options({"anything": 1})
    env.reset()
    assert env._options == [{}] * 6
    np.random.seed(3)  # noqa: NPY002 - what SB3 draws from
    drawn = env.seed()
    np.random.seed(3)  # noqa: NPY002
    assert env.seed() == drawn
    assert drawn[0] + 1 == drawn[3]


def test_params_by_options():
    env = sandlot.make_sb3("tag", 3, team="chaser", seed=0, vary={"shaping": {"uniform": [0.1, 5]}})
    core = sandlot.make_vec("tag", 3, vary={"shaping": {"uniform": [0.1, 5]}})
    env.set_options({"params": {"shaping": 2.0}})
    core.reset(seed=0, options={"params": {"shaping": 2.0}})
    env.reset()
    assert [env.core.state_hash(k) for k in range(3)] == [core.state_hash(k) for k in range(3)]
    env.set_options([{"params": {"shaping": 2.0 + k}} for k in range(3) for _ in range(3)])
    core.reset(options={"params": {"shaping": [2.0, 3.0, 4.0]}})
    env.reset()
    assert [env.core.state_hash(k) for k in range(3)] == [core.state_hash(k) for k in range(3)]
    env.set_options({"params": {"shaping": None}})
    core.reset(options={"params": {"shaping": None}})
    np.testing.assert_array_equal(env.reset(), core.seen()[0]["chaser"].reshape(9, -1))
    env.set_options([{"params": {"shaping": 1.0}}] * 3 + [{}] * 3 + [{"params": {"shaping": None}}] * 3)  # worlds may say different things
    core.reset(options=[{"params": {"shaping": 1.0}}, {}, {"params": {"shaping": None}}])
    env.reset()
    assert [env.core.state_hash(k) for k in range(3)] == [core.state_hash(k) for k in range(3)]
    for bad, message in (
        ([{"params": {"shaping": 1.0}}] * 2 + [{}] * 7, "the same for all 3 rows of a world"),
        ({"params": {"shaping": 9.0}}, "from 0.1 to 5, got 9"),
    ):
        env.set_options(bad)
        with pytest.raises(ValueError, match=message):
            env.reset()
        assert [env.core.state_hash(k) for k in range(3)] == [core.state_hash(k) for k in range(3)]


def test_max_cycles_and_seeds_that_are_none():
    for word in ("max_cycles", "max_episode_steps"):
        env = sandlot.make_sb3("tag", 2, team="chaser", seed=0, **{word: 3})
        env.reset()
        steps = [env.step(np.zeros((6, 2), np.float32)) for _ in range(6)]
        assert [step[2].all() for step in steps] == [False, False, True] * 2
        assert all(info["TimeLimit.truncated"] for info in steps[2][3])
        for bad in (0, "3", 2.5):
            with pytest.raises(ValueError, match=f"^{word}: expected a whole number from 1"):
                sandlot.make_sb3("tag", 2, team="chaser", **{word: bad})
    for bad in ("5", 3.0, -1, True):
        with pytest.raises(ValueError, match=r"^seed: expected a whole number from 0"):
            sandlot.make_sb3("tag", 2, team="chaser", seed=bad)
        with pytest.raises(ValueError, match=r"^seed: expected a whole number from 0"):
            env.seed(bad)
    assert env.seed(np.int64(4)) == env.seed(4) == [4, 4, 4, 5, 5, 5]


def test_rows_answer_for_themselves():
    """Spaces are spaces, `alive` and snapshots are a row's own, and a row can't do to all worlds what is the VecEnv's."""
    env = sandlot.make_sb3("tag", 2, team="chaser", seed=0)
    env.reset()
    assert env.get_attr("action_space") == [env.action_space] * 6
    assert env.get_attr("observation_space", [1]) == [env.observation_space]
    assert env.get_attr("spec") == [None] * 6
    assert env.get_attr("unwrapped")[4].agent == "chaser_1"
    assert env.get_attr("alive") == env.alive.tolist() == [True] * 6
    assert env.get_attr("metadata")[0]["render_fps"] == 10
    assert env.env_method("get_state", indices=[0, 3]) == [env.core.get_state([0]), env.core.get_state([1])]
    assert len(env.env_method("observation_names")[0]) == env.observation_space.shape[0]
    assert not env.has_attr("nothing")
    for name in ("reset", "step", "advance", "close", "set_state", "set_params", "script"):
        assert not env.has_attr(name)
        with pytest.raises(AttributeError, match=f"^{name}: a row can't do this by itself"):
            env.env_method(name, indices=0)
    flock = sandlot.make_sb3("dodgeball", 2, team="red", seed=0)
    flock.reset()
    for _ in range(60):
        flock.step(np.stack([flock.action_space.sample() for _ in range(flock.num_envs)]))
        assert flock.get_attr("alive") == flock.alive.tolist()


def test_attributes_and_methods_of_rows():
    env = sandlot.make_sb3("tag", 2, team="chaser", render_mode="rgb_array", seed=0)
    env.reset()
    assert isinstance(env, VecEnv)
    assert env.get_attr("agent") == ["chaser_0", "chaser_1", "chaser_2"] * 2
    assert env.get_attr("world") == [0, 0, 0, 1, 1, 1]
    assert sandlot.make_sb3("tag", 2, agent="chaser_1").get_attr("agent") == ["chaser_1"] * 2
    assert env.get_attr("render_mode", 3) == ["rgb_array"]
    assert env.get_attr("dt", [0, 5]) == [0.1, 0.1]
    env.set_attr("mood", "good", [1, 4])
    assert env.get_attr("mood", [4]) == ["good"]
    assert not env.has_attr("mood")
    assert env.has_attr("scenario")
    assert env.env_is_wrapped(Monitor, [0, 1]) == [False, False]
    states = env.env_method("state", indices=[0, 3])
    np.testing.assert_array_equal(states, env.core.state())
    assert env.env_method("agents", "runner", indices=0) == [["runner_0"]]
    pictures = env.env_method("render", indices=[0, 3])
    assert not np.array_equal(pictures[0], pictures[1])
    np.testing.assert_array_equal(env.get_images(), pictures)
    wall = env.render()
    assert wall.dtype == np.uint8
    assert wall.size >= 2 * pictures[0].size
    env.close()
    env.close()


def test_a_thousand_worlds_are_not_all_drawn():
    env = sandlot.make_sb3("lander", 40, render_mode="rgb_array", seed=0)
    env.reset()
    assert len(env.get_images()) == SHOWN
    silent = sandlot.make_sb3("lander", 2, seed=0)
    silent.reset()
    assert silent.get_images() == [None, None]
    with pytest.warns(UserWarning, match="no `render_mode` was passed"):
        assert silent.render() is None


def test_mistakes():
    with pytest.raises(ValueError, match=r"no 'chasers'.*did you mean"):
        sandlot.make_sb3("tag", team="chasers")
    with pytest.raises(ValueError, match="say who learns"):
        sandlot.make_sb3("tag")
    with pytest.raises(ValueError, match="render_mode"):
        sandlot.make_sb3("lander", render_mode="human")
    env = sandlot.make_sb3("tag", 2, team="chaser", seed=0)
    with pytest.raises(RuntimeError, match="call reset"):
        env.step(np.zeros((6, 2)))
    env.reset()
    with pytest.raises(RuntimeError, match="call step_async"):
        env.step_wait()
    before = env.core.state_hash()
    for wrong, words in [
        (np.zeros((2, 3, 2)), r"expected shape \(6, 2\)"),
        (np.full((6, 2), 1.5), "from -1 to 1|in Box"),
        (np.full((6, 2), np.nan), "nan"),
        ([["a"] * 2] * 6, "numbers"),
    ]:
        with pytest.raises(sandlot.ActionError, match=words):
            env.step(wrong)
    assert env.core.state_hash() == before
    env.step(np.zeros((6, 2)))
    with pytest.raises(RuntimeError, match="call step_async"):
        env.step_wait()


def test_pickle_keeps_the_running_worlds():
    env = sandlot.make_sb3("tag", 3, team="chaser", others="random", seed=0)
    env.reset()
    actions = np.random.default_rng(0).uniform(-1, 1, (250, 9, 2)).astype(np.float32)
    for action in actions[:30]:
        env.step(action)
    twin = pickle.loads(pickle.dumps(env))
    np.testing.assert_array_equal(twin.alive, env.alive)
    for action in actions[30:]:
        ours, theirs = env.step(action), twin.step(action)
        np.testing.assert_array_equal(ours[0], theirs[0])
        np.testing.assert_array_equal(ours[2], theirs[2])


@pytest.mark.parametrize("threads", [1, 3])
def test_threads_change_nothing(threads):
    env = sandlot.make_sb3("tag", 50, team="chaser", seed=0, threads=threads)
    env.reset()
    for _ in range(30):
        env.step(np.ones((150, 2), np.float32))
    assert env.core.state_hash(49) == _last_hash()
    env.close()


def _last_hash():
    env = sandlot.make_sb3("tag", 1, team="chaser", seed=49)
    env.reset()
    for _ in range(30):
        env.step(np.ones((3, 2), np.float32))
    return env.core.state_hash()


# --- SB3's checkers, wrappers and algorithms --------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("name", "team"), SEATS)
def test_sb3s_checks(name, team, kind):
    """SB3's checker is for Gymnasium environments: it judges spaces and types of one agent; VecCheckNan watches the batch."""
    from sandlot.envs.doors.gymnasium import GameEnv

    check_env(GameEnv(name, agent=f"{team}_0", actions=kind, **few(name)), skip_render_check=True)
    env = VecCheckNan(sandlot.make_sb3(name, 2, team=team, actions=kind, seed=0, **few(name)), raise_exception=True)
    assert not check_for_nested_spaces(env.observation_space)
    assert not check_for_nested_spaces(env.action_space)
    env.reset()
    rng = np.random.default_rng(0)
    for _ in range(20):
        env.step(draw(rng, env.action_space, env.num_envs))
    env.close()


def test_wrappers(tmp_path):
    env = sandlot.make_sb3("tag", 2, team="chaser", seed=0)
    size = env.observation_space.shape[0]
    stacked = VecFrameStack(VecNormalize(VecMonitor(env, str(tmp_path / "log"), info_keywords=("score",))), 4)
    assert stacked.reset().shape == (6, 4 * size)
    for _ in range(200):
        seen, _, done, infos = stacked.step(np.zeros((6, 2), np.float32))
    assert done.all()
    assert seen.shape == (6, 4 * size)
    for told in infos:
        assert told["terminal_observation"].shape == (4 * size,)
        assert told["episode"]["l"] == 200
        assert told["episode"]["score"] == told["score"]
    assert len((tmp_path / "log.monitor.csv").read_text().splitlines()) == 8
    stacked.close()


def test_monitor_is_exact():
    env, plain = VecMonitor(sandlot.make_sb3("lander", 5, seed=2)), sandlot.make_sb3("lander", 5, seed=2)
    env.reset()
    plain.reset()
    total, length, rng, ends = np.zeros(5, np.float32), np.zeros(5, int), np.random.default_rng(0), 0
    for _ in range(200):
        actions = draw(rng, env.action_space, 5)
        *_, infos = env.step(actions)
        _, paid, done, _ = plain.step(actions)
        total, length = total + paid, length + 1
        for row in np.flatnonzero(done):
            assert infos[row]["episode"]["r"] == total[row]
            assert infos[row]["episode"]["l"] == length[row]
            ends += 1
        total[done], length[done] = 0, 0
    assert ends > 5


def test_video(tmp_path):
    pytest.importorskip("moviepy", reason="needs sandlot[video]")
    env = VecVideoRecorder(
        sandlot.make_sb3("lander", 2, render_mode="rgb_array", seed=0), str(tmp_path), lambda step: step == 0, video_length=5
    )
    assert env.frames_per_sec == 10
    env.reset()
    for _ in range(8):
        env.step(np.zeros((2, 2), np.float32))
    env.close()
    assert list(tmp_path.glob("*.mp4"))


def small():
    """Options of a network for tests; SB3 writes into the inner dict."""
    return {"policy_kwargs": {"net_arch": [16]}, "device": "cpu", "seed": 0}


@pytest.mark.parametrize(
    ("algorithm", "kind", "options"),
    [
        (PPO, "continuous", {"n_steps": 16, "batch_size": 32}),
        (PPO, "discrete", {"n_steps": 16, "batch_size": 32}),
        (A2C, "continuous", {}),
        (A2C, "discrete", {}),
        (SAC, "continuous", {"learning_starts": 20}),
        (TD3, "continuous", {"learning_starts": 20}),
        (DDPG, "continuous", {"learning_starts": 20}),
        (DQN, "discrete", {"learning_starts": 20}),
    ],
)
def test_algorithms_run_and_a_seed_settles_them(algorithm, kind, options, tmp_path):
    def train():
        env = VecMonitor(sandlot.make_sb3("tag", 2, team="chaser", actions=kind))
        model = algorithm("MlpPolicy", env, **options, **small())
        return model.learn(240)

    model, again = train(), train()
    for one, other in zip(model.policy.parameters(), again.policy.parameters(), strict=True):
        assert one.equal(other)
    model.save(tmp_path / "model.zip")
    loaded = algorithm.load(tmp_path / "model.zip", env=model.get_env(), device="cpu")
    seen = sandlot.make_sb3("tag", 2, team="chaser", actions=kind, seed=1).reset()
    np.testing.assert_array_equal(model.predict(seen, deterministic=True)[0], loaded.predict(seen, deterministic=True)[0])


def test_several_choices_at_once():
    """MultiDiscrete actions: a mover with hands, or a trigger."""
    env = sandlot.make_sb3("dodgeball", 2, team="red", actions="discrete")
    assert env.action_space.shape == (2,)
    PPO("MlpPolicy", env, n_steps=16, batch_size=32, **small()).learn(100)


def test_masks_are_those_of_the_worlds():
    env, plain = (
        sandlot.make_sb3("dodgeball", 2, team="red", actions="discrete", seed=0),
        sandlot.make_sb3("dodgeball", 2, team="red", seed=0),
    )
    assert env.has_attr("action_masks")
    assert not plain.has_attr("action_masks")
    env.reset()
    expected = env.core.action_masks()["red"].reshape(6, 18)
    np.testing.assert_array_equal(np.stack(env.env_method("action_masks")), expected)
    np.testing.assert_array_equal(env.env_method("action_masks", indices=[4, 1]), expected[[4, 1]])
    np.testing.assert_array_equal(env.get_attr("action_masks", 5)[0](), expected[5])


def test_maskable_ppo_takes_what_is_open():
    contrib = pytest.importorskip("sb3_contrib", reason="needs sb3-contrib: python tests/lanes/run.py sb3")
    from sb3_contrib.common.maskable.utils import get_action_masks, is_masking_supported

    env = sandlot.make_sb3(
        "dodgeball", 4, team="red", actions="discrete", others="random", seed=0
    )  # scripts would end it before anybody has a ball
    assert is_masking_supported(env)
    assert not is_masking_supported(sandlot.make_sb3("dodgeball", 2, team="red"))
    model = contrib.MaskablePPO("MlpPolicy", env, n_steps=16, batch_size=32, **small()).learn(200)
    seen, open_ones, rows = env.reset(), 0, np.arange(12)
    for _ in range(600):
        masks = get_action_masks(env)
        chosen, _ = model.predict(seen, action_masks=masks)
        assert masks[rows, chosen[:, 0]].all()
        assert masks[rows, 9 + chosen[:, 1]].all()
        open_ones += masks[:, 10].sum()
        seen, *_ = env.step(chosen)
    assert 0 < open_ones < 12 * 600


def test_evaluation():
    env = VecMonitor(sandlot.make_sb3("tag", 2, team="chaser", seed=0))
    model = PPO("MlpPolicy", env, n_steps=16, batch_size=32, **small())
    returns, lengths = evaluate_policy(model, env, n_eval_episodes=12, return_episode_rewards=True)
    assert lengths == [200] * 12
    assert len(set(returns)) == 4  # the reward is the team's: two worlds, two episodes each


# --- learning ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def example():
    spec = importlib.util.spec_from_file_location("sb3_ppo", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_ppo_learns_to_land(example):
    model, curve = example.train("lander", "rocket", 350_000)
    assert curve.points[0][2] < -0.9  # everybody crashes
    assert example.score("lander", "rocket", model) > 0.5


def test_ppo_learns_to_chase(example):
    model, curve = example.train("tag", "chaser", 400_000)
    assert example.score("tag", "chaser", model) > 0.5 > 3 * curve.points[0][2]


@pytest.mark.slow
def test_ppo_learns_to_chase_as_well_as_the_script(example):
    model, _ = example.train("tag", "chaser", 6_000_000, every=6_000_000)
    assert example.score("tag", "chaser", model, 1024) > 4.4
