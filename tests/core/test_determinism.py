"""The same seed gives the same bits: alone or in any batch, on any number of threads, in another process."""

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest
from scenes import few
from stepping import MODES, NAMES, hurry

import sandlot

SEED = 70
SHORT = 25
"""Steps to the end of an episode that is hurried."""


def story(name, lanes, *, num_envs, threads=1, autoreset="next_step", steps=None, hurried=False, seed=SEED, actions="continuous"):
    """Play random actions; hashes of all that some worlds showed in every step.

    A lane's actions depend on its seed and the step alone, so that any batch plays them alike.
    Whole episodes are played with few agents. A hurried one has its clock turned forward at its start, and the next begins after SHORT steps.
    """
    params = few(name) if steps is None else {}
    env = sandlot.make_vec(name, num_envs, threads=threads, autoreset=autoreset, actions=actions, **params)
    steps = SHORT + 15 if hurried else length(env) if steps is None else steps
    obs, info = env.reset(seed=seed)
    if hurried:
        hurry(env, SHORT)
    draws = {lane: np.random.default_rng(seed + lane) for lane in lanes}
    out = {lane: [digest(env, lane, obs, info["alive"])] for lane in lanes}
    for _ in range(steps):
        obs, reward, terminated, truncated, info = env.step(choices(env, draws))
        for lane in lanes:
            out[lane].append((digest(env, lane, obs, reward, info["alive"]), bool(terminated[lane]), bool(truncated[lane])))
        ended = terminated | truncated
        if autoreset == "disabled" and ended.any():
            obs, info = env.reset(mask=ended)
            for lane in lanes:
                if ended[lane]:
                    out[lane].append(digest(env, lane, obs, info["alive"]))
        if autoreset == "same_step":
            for lane in lanes:
                if ended[lane]:
                    out[lane].append(digest(env, lane, info["final_obs"]))
    env.close()
    return out


def length(env):
    """Steps of an episode and a bit, so that the second one has begun."""
    return int((env.scenario.end.time or 20) / env.dt) + 15


def digest(env, lane, *by_team):
    whole = hashlib.blake2b(env.state_hash(lane).encode(), digest_size=12)
    for values in by_team:
        for team in env.teams:
            whole.update(values[team][lane].tobytes())
    return whole.hexdigest()


def choices(env, draws):
    actions = {}
    for team in env.teams:
        space, count = env.action_space(team), len(env.agents(team))
        if hasattr(space, "nvec"):
            actions[team] = np.zeros((env.num_envs, count, len(space.nvec)), np.int64)
        elif hasattr(space, "n"):
            actions[team] = np.zeros((env.num_envs, count), np.int64)
        else:
            actions[team] = np.zeros((env.num_envs, count, *space.shape), np.float32)
        for lane, rng in draws.items():
            shape = actions[team].shape[1:]
            if actions[team].dtype == np.float32:
                actions[team][lane] = rng.uniform(-1, 1, shape)
            else:
                actions[team][lane] = rng.integers(getattr(space, "nvec", getattr(space, "n", None)), size=shape)
    return actions


def alone(name, lane, **options):
    return story(name, [0], num_envs=1, seed=SEED + lane, **options)[0]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", NAMES)
def test_a_lane_is_the_single_env_of_its_seed_across_episodes(name, mode):
    """Whole episodes in one mode; in the others the clock is turned forward."""
    lanes = [0, 6, 16, 39]
    how = {"autoreset": mode, "hurried": MODES[NAMES.index(name) % len(MODES)] != mode}
    one = story(name, lanes, num_envs=40, **how)
    two = story(name, lanes, num_envs=40, threads=2, **how)
    few = story(name, lanes[:2], num_envs=7, **how)
    for lane in lanes:
        expected = alone(name, lane, **how)
        assert one[lane] == expected
        assert two[lane] == expected
        assert few.get(lane, expected) == expected
    assert one[0] != one[6]
    assert any(flags[2] or flags[1] for flags in one[0] if isinstance(flags, tuple))  # an episode did end


@pytest.mark.parametrize("name", NAMES)
def test_discrete_lanes_too(name):
    assert story(name, [5], num_envs=7, actions="discrete", steps=80)[5] == alone(name, 5, actions="discrete", steps=80)


@pytest.mark.parametrize("name", NAMES)
def test_a_thousand_worlds_on_two_threads(name):
    """Over the end of an episode that is hurried: threads share whole blocks of worlds, whatever their clocks say."""
    lanes = [0, 511, 512, 1023]
    many = story(name, lanes, num_envs=1024, threads=2, hurried=True)
    single = story(name, lanes, num_envs=1024, threads=1, hurried=True)
    for lane in lanes:
        assert many[lane] == single[lane] == alone(name, lane, hurried=True)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_twice_and_another_seed_differs(name):
    assert alone(name, 0, steps=50) == alone(name, 0, steps=50)
    assert alone(name, 0, steps=50) != alone(name, 1, steps=50)


@pytest.mark.parametrize("name", NAMES)
def test_scripted_play_is_the_same_in_any_batch(name):
    def play(num_envs, lane, seed):
        env = sandlot.make_vec(name, num_envs)
        env.reset(seed=seed)
        for _ in range(60):
            env.step(env.scripted_actions())
        return env.state_hash(lane)

    assert play(19, 17, 5) == play(1, 0, 22)


PROGRAM = """
import sys, numpy as np, sandlot
for name in sys.argv[1:]:
    env = sandlot.make_vec(name, 3)
    env.reset(seed=11)
    for _ in range(50):
        env.step(env.scripted_actions())
    print(*(env.state_hash(lane) for lane in range(3)))
"""


def test_another_process_gives_the_same_bits():
    runs = []
    for salt in ("1", "2"):  # of str hashes: what depends on the order of a set would differ
        environment = {**os.environ, "PYTHONHASHSEED": salt}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, *NAMES],
            capture_output=True,
            text=True,
            env=environment,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        runs.append(done.stdout.split())
    ours = []
    for name in NAMES:
        env = sandlot.make_vec(name, 3)
        env.reset(seed=11)
        for _ in range(50):
            env.step(env.scripted_actions())
        ours += [env.state_hash(lane) for lane in range(3)]
    assert runs[0] == runs[1] == ours
