"""Films that Gymnasium and PettingZoo make of games, with moviepy; everything else of theirs is in test_wrappers.py and test_conformance.py."""

import warnings
from contextlib import nullcontext

import gymnasium
import numpy as np
import pettingzoo
import pytest
from gymnasium.vector import AutoresetMode

moviepy = pytest.importorskip("moviepy", reason="needs sandlot[video]: python tests/lanes/run.py gymnasium")

import sandlot

MODES = list(AutoresetMode)


def frames_of(path):
    """All pictures of a film, and its frames a second."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # moviepy leaves its own pipes to the collector
        with moviepy.VideoFileClip(str(path)) as film:
            return np.stack(list(film.iter_frames())), film.fps


def looks_like(film, pictures, most=6.0):
    """Whether a film shows these pictures, but for what the codec loses."""
    size = min(film.shape[1], pictures.shape[1]), min(film.shape[2], pictures.shape[2])
    ours, theirs = (part[:, : size[0], : size[1]].astype(float) for part in (pictures, film))
    return np.abs(ours - theirs).mean() < most


def test_a_film_of_one_environment(tmp_path):
    env = gymnasium.make("sandlot/Tag-v0", team="runner", render_mode="rgb_array")
    env = gymnasium.wrappers.RecordVideo(
        gymnasium.wrappers.TimeLimit(env, 25), str(tmp_path / "films"), episode_trigger=lambda episode: episode == 1
    )
    for _ in range(3):
        env.reset(seed=5)
        pictures = [env.unwrapped.render()]
        for _ in range(25):
            env.step(np.array([1, 0.5], np.float32))
            pictures.append(env.unwrapped.render())
    env.close()
    film, fps = frames_of(tmp_path / "films" / "rl-video-episode-1.mp4")
    assert [path.name for path in (tmp_path / "films").glob("*.mp4")] == ["rl-video-episode-1.mp4"]
    assert fps == env.metadata["render_fps"] == 10
    assert len(film) == 26
    assert looks_like(film, np.stack(pictures))
    assert not looks_like(film[::-1], np.stack(pictures), most=0.5)  # it moves


@pytest.mark.parametrize("rows", ["team", "agents"])
@pytest.mark.parametrize("mode", MODES)
def test_a_film_of_a_vector(mode, rows, tmp_path):
    env = gymnasium.make_vec("sandlot/Tag-v0", 2, team="chaser", rows=rows, autoreset_mode=mode, render_mode="rgb_array")
    warned = pytest.warns(UserWarning, match="will not contain the last frame") if mode is AutoresetMode.SAME_STEP else nullcontext()
    with warned:
        env = gymnasium.wrappers.vector.RecordVideo(env, str(tmp_path / "films"), step_trigger=lambda step: step == 0, video_length=8)
    env.reset(seed=5)
    for _ in range(10):
        env.step(env.action_space.sample())
    env.close()
    (path,) = (tmp_path / "films").glob("*.mp4")
    film, fps = frames_of(path)
    assert fps == 10
    assert 8 <= len(film) <= 9
    assert film.std() > 10


def test_a_film_of_a_parallel_env(tmp_path):
    env = pettingzoo.utils.wrappers.RecordVideoParallel(
        sandlot.make("dodgeball", render_mode="rgb_array", max_cycles=12), str(tmp_path / "films")
    )
    env.reset(seed=1)
    pictures = [env.unwrapped.render()]
    while env.agents:
        env.step({agent: env.action_space(agent).sample() for agent in env.agents})
        pictures.append(env.unwrapped.render())
    env.close()
    (path,) = (tmp_path / "films").glob("*.mp4")
    film, fps = frames_of(path)
    assert fps == env.metadata["render_fps"]
    assert len(film) == len(pictures)
    assert looks_like(film, np.stack(pictures))


def test_a_film_of_an_aec_env(tmp_path):
    env = pettingzoo.utils.wrappers.RecordVideo(sandlot.make_aec("tag", render_mode="rgb_array", max_cycles=3), str(tmp_path / "films"))
    env.reset(seed=1)
    for agent in env.agent_iter():
        *_, terminated, truncated, _ = env.last()
        env.step(None if terminated or truncated else env.action_space(agent).sample())
    env.close()
    (path,) = (tmp_path / "films").glob("*.mp4")
    film, _ = frames_of(path)
    assert len(film) >= 12  # a picture for each agent's turn
    assert film.std() > 10
