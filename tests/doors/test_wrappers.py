"""Gymnasium's own wrappers, around single environments and vectors in every mode: they run, and what they say is true."""

import json
import pickle

import gymnasium
import numpy as np
import pytest
from gymnasium import wrappers
from gymnasium.vector import AutoresetMode
from gymnasium.wrappers import vector

import sandlot  # noqa: F401 - registers the games

MODES = list(AutoresetMode)
OLD = tuple(map(int, gymnasium.__version__.split(".")[:2])) < (1, 4)
SHORT = {"scenario": "tag", "pillars": 1, "team": "chaser"}
"""Arguments of a small game."""
# Gymnasium compares float32 bounds with the least float64.
pytestmark = pytest.mark.filterwarnings("ignore:overflow encountered in cast:RuntimeWarning:gymnasium")


def make(**options):
    return gymnasium.make("sandlot/Scenario-v0", **{**SHORT, **options})


def make_vec(mode=AutoresetMode.NEXT_STEP, rows="team", worlds=2, **options):
    return gymnasium.make_vec("sandlot/Scenario-v0", worlds, autoreset_mode=mode, rows=rows, **{**SHORT, **options})


def times(factor):
    return lambda value: value * np.float32(factor)


# --- around one environment -------------------------------------------------------------------------------

AROUND_ONE = {
    "Autoreset": {},
    "ClipAction": {},
    "ClipReward": {"min_reward": -1, "max_reward": 1},
    "DelayObservation": {"delay": 2},
    "DiscretizeAction": {"bins": 3},
    "DiscretizeObservation": {"bins": 2, "multidiscrete": True},
    "DtypeObservation": {"dtype": np.float64},
    "FlattenObservation": {},
    "FrameStackObservation": {"stack_size": 3},
    "MaxAndSkipObservation": {"skip": 2},
    "NormalizeObservation": {},
    "NormalizeReward": {},
    "RecordEpisodeStatistics": {},
    "RepeatAction": {"num_repeats": 2},
    "RescaleAction": {"min_action": np.float32(0), "max_action": np.float32(1)},
    "RescaleObservation": {"min_obs": np.float32(0), "max_obs": np.float32(1)},
    "ReshapeObservation": {"shape": (-1,)},
    "StickyAction": {"repeat_action_probability": 0.25},
    "TimeAwareObservation": {},
    "TimeLimit": {"max_episode_steps": 7},
    "TransformAction": {"func": times(0.5), "action_space": None},
    "TransformObservation": {"func": times(0.5), "observation_space": None},
    "TransformReward": {"func": times(0.5)},
}


@pytest.mark.parametrize("name", AROUND_ONE)
def test_around_one(name):
    if not hasattr(wrappers, name):
        pytest.skip(f"this Gymnasium has no {name}")
    env = make()
    options = dict(AROUND_ONE[name])
    if name == "ReshapeObservation":
        options["shape"] = (int(np.prod(env.observation_space.shape)),)
    if name in ("DiscretizeObservation", "TimeAwareObservation"):  # they take flat ones only
        env = wrappers.TimeLimit(wrappers.FlattenObservation(env), 50)
    env = getattr(wrappers, name)(env, **options)
    obs, _ = env.reset(seed=1)
    env.action_space.seed(0)
    for step in range(1, 12):
        assert env.observation_space.contains(obs)
        obs, reward, terminated, truncated, info = env.step(env.action_space.sample())
        assert isinstance(float(reward), float)
        assert (type(terminated), type(truncated)) == (bool, bool)
        assert "reward/close_in" in info
        assert truncated == (name == "TimeLimit" and step == 7)
        if truncated:
            obs, _ = env.reset()
    env.close()
    env.close()


def test_they_can_be_stacked_and_pickled():
    env = make()
    for around in (wrappers.NormalizeObservation, wrappers.NormalizeReward, wrappers.RecordEpisodeStatistics):
        env = around(env)
    env.reset(seed=1)
    action = np.full((3, 2), 0.5, np.float32)
    env.step(action)
    twin = pickle.loads(pickle.dumps(env))
    for ours, theirs in zip(env.step(action), twin.step(action), strict=True):
        np.testing.assert_equal(ours, theirs)
    np.testing.assert_array_equal(env.step(action)[0], twin.step(action)[0])


def test_one_episodes_statistics_are_our_own_sums():
    env = wrappers.RecordEpisodeStatistics(make())
    env.reset(seed=1)
    total = steps = 0
    over = False
    while not over:
        _, reward, terminated, truncated, info = env.step(env.action_space.sample())
        total, steps, over = total + reward, steps + 1, terminated or truncated
    assert (info["episode"]["r"], info["episode"]["l"]) == (pytest.approx(total), steps)
    assert (steps, truncated) == (200, True)


def test_frames_are_stacked_in_order():
    env, plain = wrappers.FrameStackObservation(make(), 3), make()
    stacked, seen = env.reset(seed=1)[0], [plain.reset(seed=1)[0]] * 3
    for _ in range(4):
        np.testing.assert_array_equal(stacked, seen[-3:])
        action = plain.action_space.sample()
        stacked, seen = env.step(action)[0], [*seen, plain.step(action)[0]]


def test_pictures_and_windows(quick_windows):
    env = wrappers.AddRenderObservation(make(render_mode="rgb_array"), render_only=False)
    obs, _ = env.reset(seed=1)
    assert env.observation_space.contains(obs)
    assert obs["pixels"].std() > 10
    frames = wrappers.RenderCollection(make(render_mode="rgb_array"))
    frames.reset(seed=1)
    frames.step(frames.action_space.sample())
    assert len(frames.render()) == 2
    window = wrappers.HumanRendering(make(render_mode="rgb_array"))
    window.reset(seed=1)
    window.step(window.action_space.sample())
    window.close()
    native = make(render_mode="human")
    native.reset(seed=1)
    native.step(native.action_space.sample())
    native.close()


# --- around vectors ---------------------------------------------------------------------------------------

AROUND_VECTORS = {
    "ClipAction": {},
    "ClipReward": {"min_reward": -1, "max_reward": 1},
    "DictInfoToList": {},
    "DtypeObservation": {"dtype": np.float64},
    "FlattenObservation": {},
    "NormalizeObservation": {},
    "NormalizeReward": {},
    "RecordEpisodeStatistics": {},
    "RescaleAction": {"min_action": np.float32(0), "max_action": np.float32(1)},
    "RescaleObservation": {"min_obs": np.float32(0), "max_obs": np.float32(1)},
    "ReshapeObservation": {},
    "TransformAction": {"func": times(0.5)},
    "TransformObservation": {"func": times(0.5)},
    "TransformReward": {"func": times(0.5)},
}


@pytest.fixture
def brief(tmp_path):
    """A game of six steps."""
    path = tmp_path / "brief.json"
    path.write_text(json.dumps({"extends": "tag", "end": {"time": 0.6}}))
    return {"scenario": str(path)}


@pytest.mark.parametrize("rows", ["team", "agents"])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", AROUND_VECTORS)
def test_around_a_vector(name, mode, rows, brief):
    base, options = make_vec(mode, rows, **brief), dict(AROUND_VECTORS[name])
    if name == "ReshapeObservation":
        options["shape"] = (int(np.prod(base.single_observation_space.shape)),)
    if not supports(name, mode):
        with pytest.raises(AssertionError if OLD else ValueError):
            getattr(vector, name)(base, **options)
        return
    env = getattr(vector, name)(base, **options)
    obs, info = env.reset(seed=1)
    env.action_space.seed(0)
    for _ in range(15):
        assert env.observation_space.contains(obs) or (OLD and name == "NormalizeObservation")
        obs, reward, terminated, truncated, info = env.step(env.action_space.sample())
        assert reward.shape == terminated.shape == truncated.shape == (env.num_envs,)
        if name == "DictInfoToList":
            assert len(info) == env.num_envs
            assert {"alive", "reward/close_in"} <= set(info[0])
        if mode is AutoresetMode.DISABLED and truncated.any():
            obs, _ = env.reset(options={"reset_mask": truncated})
    env.close()
    env.close()


def supports(name, mode):
    """What Gymnasium itself says: its own vector of single environments meets the same refusal."""
    if name == "NormalizeObservation":
        return mode is AutoresetMode.NEXT_STEP
    return mode is not AutoresetMode.SAME_STEP or not name.endswith("Observation")


@pytest.mark.parametrize("rows", ["team", "agents"])
@pytest.mark.parametrize("mode", MODES)
def test_statistics_of_a_vector_are_our_own_sums(mode, rows, brief):
    if OLD and mode is AutoresetMode.SAME_STEP:
        pytest.skip("before 1.4 Gymnasium left out the first reward of such an episode")
    env = vector.RecordEpisodeStatistics(make_vec(mode, rows, **brief))
    env.reset(seed=1)
    sums, ours = np.zeros(env.num_envs), []
    for _ in range(20):
        _, reward, terminated, truncated, info = env.step(env.action_space.sample())
        sums += reward
        done = terminated | truncated
        if done.any():
            ours += list(sums[done])
            np.testing.assert_allclose(info["episode"]["r"][done], sums[done], rtol=1e-6)
            np.testing.assert_array_equal(info["episode"]["l"][done], 6)
        sums[done] = 0
        if mode is AutoresetMode.DISABLED and done.any():
            env.reset(options={"reset_mask": done})
    assert len(ours) >= 2 * env.num_envs
    np.testing.assert_allclose(env.return_queue, ours, rtol=1e-6)


def test_infos_as_a_list_have_the_same_keys_in_every_row(brief):
    env = vector.DictInfoToList(make_vec(AutoresetMode.SAME_STEP, "agents", **brief))
    keys = {frozenset(info) for info in env.reset(seed=1)[1]}
    for _ in range(5):
        keys |= {frozenset(info) for info in env.step(env.action_space.sample())[4]}
    assert len(keys) == 1
    *_, infos = env.step(env.action_space.sample())
    assert all({"final_obs", "final_info"} <= set(info) for info in infos)
    assert set(infos[0]["final_info"]) == {*next(iter(keys)), "episode"}


def test_normalised_rewards_are_those_of_single_environments():
    env, one = vector.NormalizeReward(make_vec(worlds=1, team="runner")), wrappers.NormalizeReward(make(team="runner"))
    env.reset(seed=1)
    one.reset(seed=1)
    for _ in range(10):
        action = env.action_space.sample()
        np.testing.assert_allclose(env.step(action)[1][0], one.step(action[0])[1], rtol=1e-5)


@pytest.mark.parametrize("rows", ["team", "agents"])
def test_a_vector_in_a_window(rows, quick_windows):
    pytest.importorskip("cv2", reason="Gymnasium's window for vectors needs opencv: python tests/lanes/run.py gymnasium")
    env = vector.HumanRendering(make_vec(rows=rows, render_mode="rgb_array"), screen_size=(200, 200))
    env.reset(seed=1)
    env.step(env.action_space.sample())
    pictures = env.env.render()
    assert len(pictures) == env.num_envs
    assert pictures[0].shape[2] == 3
    assert (pictures[0] != pictures[-1]).any()
    env.close()


# --- workers ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_gymnasiums_own_vectors_in_spawned_workers(mode):
    """Nothing but the id crosses to the workers, which have never imported sandlot."""
    options = {"context": "spawn"} if mode == "async" else {}
    envs = gymnasium.make_vec("sandlot:sandlot/Tag-v0", 2, vectorization_mode=mode, vector_kwargs=options, team="runner")
    ours = gymnasium.make_vec("sandlot/Tag-v0", 2, team="runner")
    np.testing.assert_array_equal(envs.reset(seed=3)[0], ours.reset(seed=3)[0])
    ours.action_space.seed(0)
    action = ours.action_space.sample()
    for theirs, mine in zip(envs.step(action), ours.step(action), strict=True):
        np.testing.assert_equal(theirs, mine)
    envs.close()
