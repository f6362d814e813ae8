"""Traps that users of other environments fell into, one test each, through every door and for every game."""

import subprocess
import sys
from functools import cache
from itertools import combinations

import gymnasium
import numpy as np
import pytest
from scenes import few

import sandlot
from sandlot.envs.doors.gymnasium import GameEnv, GameVec

NAMES = sandlot.names()
STEPS = 25


def a_team(name):
    return next(iter(sandlot.load(name).teams))


DOORS = {
    "parallel": lambda name, **options: sandlot.make(name, **options),
    "aec": lambda name, **options: sandlot.make_aec(name, **options),
    "env": lambda name, **options: GameEnv(name, team=a_team(name), **options),
    "vec": lambda name, **options: GameVec(3, scenario=name, team=a_team(name), **options),
    "rows": lambda name, **options: GameVec(2, scenario=name, team=a_team(name), rows="agents", **options),
}
"""Makes an environment from a game's name and options."""
EVERY = [(door, name) for door in DOORS for name in NAMES]


def spaces_of(env):
    """Observation and action spaces by agent, or those of the one learner."""
    if hasattr(env, "possible_agents"):
        return {agent: (env.observation_space(agent), env.action_space(agent)) for agent in env.possible_agents}
    return {"learner": (env.observation_space, env.action_space)}


def play(env, steps=STEPS, seed=3):
    """What each call gave, by agent: (observation, reward, terminated, truncated, info); the first of them has no reward yet."""
    for k, (_, acts) in enumerate(spaces_of(env).values()):
        acts.seed(k)
    if hasattr(env, "agent_iter"):
        env.reset(seed=seed)
        for agent in env.agent_iter(steps * len(env.possible_agents)):
            last = env.last()
            yield {agent: last}
            env.step(None if last[2] or last[3] else env.action_space(agent).sample())
    elif hasattr(env, "possible_agents"):
        observations, infos = env.reset(seed=seed)
        yield {agent: (observations[agent], None, False, False, infos[agent]) for agent in infos}
        for _ in range(steps):
            if env.agents:
                parts = env.step({agent: env.action_space(agent).sample() for agent in env.agents})
                yield {agent: tuple(part[agent] for part in parts) for agent in parts[0]}
    else:
        observation, info = env.reset(seed=seed)
        yield {"learner": (observation, None, False, False, info)}
        for _ in range(steps):
            step = env.step(env.action_space.sample())
            yield {"learner": step}
            if isinstance(env, GameEnv) and (step[2] or step[3]):
                return


@cache
def story(door, name):
    """A few steps of a game, with actions that are continuous."""
    env = DOORS[door](name, **few(name))
    return env, list(play(env))


def arrays_in(value):
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from arrays_in(part)
    elif isinstance(value, tuple | list):
        for part in value:
            yield from arrays_in(part)


@pytest.mark.parametrize(("door", "name"), EVERY)
def test_python_bools(door, name):
    """Gymnasium's checker asks for `is False`; a NumPy bool is not."""
    for call in story(door, name)[1][1:]:
        for _, reward, terminated, truncated, _ in call.values():
            if door in ("vec", "rows"):
                assert (terminated.dtype, truncated.dtype) == (np.bool_, np.bool_)
            else:
                assert (type(terminated), type(truncated)) == (bool, bool)
                assert type(reward) in (float, int)  # AEC counts from 0


@pytest.mark.parametrize(("door", "name"), EVERY)
def test_infos_have_constant_keys_and_numeric_values(door, name):
    """TorchRL lays out its tensors by what the first reset tells."""
    keys = {}
    for call in story(door, name)[1]:
        for agent, (*_, info) in call.items():
            assert info.keys() == keys.setdefault(agent, info.keys())
            assert info, "the first reset tells as much as any step"
            for key, value in info.items():
                if door in ("vec", "rows"):
                    assert value.dtype == (np.bool_ if key.startswith("_") else np.float32)
                else:
                    assert type(value) is float


@pytest.mark.parametrize(("door", "name"), EVERY)
def test_observations_are_inside_their_space(door, name):
    env, calls = story(door, name)
    spaces = spaces_of(env)
    for call in calls:
        for agent, (observation, *_) in call.items():
            assert observation in spaces[agent][0]
            assert observation.dtype == np.float32


@pytest.mark.parametrize(("door", "name"), EVERY)
def test_no_array_is_handed_out_twice(door, name):
    """What a learner keeps, or writes to, is its own."""
    calls = [list(arrays_in(list(call.values()))) for call in story(door, name)[1][:4]]
    assert all(calls)
    everything = [array for call in calls for array in call if array.size]
    assert not any(np.shares_memory(one, other) for one, other in combinations(everything, 2))
    infos = [info for call in story(door, name)[1][:4] for *_, info in call.values()]
    assert len({id(info) for info in infos}) == len(infos)


@pytest.mark.parametrize("kind", ["continuous", "discrete"])
@pytest.mark.parametrize(("door", "name"), EVERY)
def test_spaces_are_cached_and_bounded_in_their_own_type(door, name, kind):
    env = DOORS[door](name, actions=kind, **few(name))
    for (seen, acts), (again, acts_again) in zip(spaces_of(env).values(), spaces_of(env).values(), strict=True):
        assert (seen is again, acts is acts_again) == (True, True)
        assert (seen.dtype, seen.low.dtype, seen.high.dtype) == (np.float32,) * 3
        assert np.isfinite(seen.low).all()
        if isinstance(acts, gymnasium.spaces.Box) and acts.dtype == np.float32:
            np.testing.assert_array_equal(acts.low, -acts.high)  # symmetric, as learners expect
        elif isinstance(acts, gymnasium.spaces.Box):
            assert not acts.low.any()  # Gymnasium's batch of several choices
        else:
            assert not np.any(acts.start)
    env.close()
    env.close()


@pytest.mark.parametrize(("door", "name"), EVERY)
def test_unknown_keywords_are_errors(door, name):
    with pytest.raises(sandlot.ScenarioError, match=r'no param "pilars"'):
        DOORS[door](name, pilars=2)


@pytest.mark.parametrize("door", DOORS)
def test_rendering_takes_nothing_from_the_random_streams(door):
    env, other = (DOORS[door]("dodgeball", render_mode=mode) for mode in ("rgb_array", None))
    for shown, unseen in zip(play(env, 6), play(other, 6), strict=True):
        env.render()
        np.testing.assert_equal(shown, unseen)
    core, plain = (one.unwrapped.core for one in (env, other))
    assert core.state_hash() == plain.state_hash()


@pytest.mark.parametrize("door", DOORS)
def test_closing_twice_is_fine(door, quick_windows):
    for mode in ("rgb_array",) if door in ("vec", "rows") else ("human", "rgb_array"):
        env = DOORS[door]("tag", render_mode=mode)
        env.reset(seed=0)
        env.close()
        env.close()


def scripted(env, agent):
    team, _, i = agent.rpartition("_")
    return env.unwrapped.core.scripted_actions()[team][0, int(i)]


@pytest.mark.parametrize("name", ["dodgeball", "flock"])
def test_nobody_comes_back(name, flock):
    """Who has left `agents` is not in it again before the next reset, through both of PettingZoo's doors."""
    game = flock if name == "flock" else name
    env, left = sandlot.make(game), []
    env.reset(seed=1)
    while env.agents:
        before = list(env.agents)
        env.step({agent: scripted(env, agent) for agent in env.agents})
        assert set(env.agents) <= set(before)
        left += [agent for agent in before if agent not in env.agents]
    assert sorted(left) == sorted(env.possible_agents)
    aec, ended = sandlot.make_aec(game), []
    aec.reset(seed=1)
    for agent in aec.agent_iter():
        assert agent not in ended
        *_, terminated, truncated, _ = aec.last()
        if terminated or truncated:
            ended.append(agent)
        aec.step(None if terminated or truncated else scripted(aec, agent))
    assert sorted(ended) == sorted(left)
    assert ended[0] == left[0] != left[-1]  # somebody was out before the others
    env.reset()
    assert env.agents == env.possible_agents


def walk_right(agent):
    return np.array([1, 0] if agent == "wolf_0" else [0, 0], np.float32)


def test_who_ends_gets_the_last_reward_and_observation(flock):
    """The same sums through both of PettingZoo's doors, with what is paid in the step of the end."""
    env, parallel = sandlot.make(flock), {}
    env.reset(seed=0)
    while env.agents:
        observations, rewards, *_ = env.step({agent: walk_right(agent) for agent in env.agents})
        assert observations.keys() == rewards.keys()
        for agent, reward in rewards.items():
            parallel[agent] = parallel.get(agent, 0) + reward
    assert parallel == {"wolf_0": 2, "sheep_0": 3 - 0.5, "sheep_1": 3 - 0.5 + 4 * 0.5 - 1}
    aec, sums = sandlot.make_aec(flock), {}
    aec.reset(seed=0)
    for agent in aec.agent_iter():
        observation, reward, terminated, truncated, _ = aec.last()
        assert observation in aec.observation_space(agent)
        sums[agent] = sums.get(agent, 0) + reward
        aec.step(None if terminated or truncated else walk_right(agent))
    assert sums == parallel


def test_warnings_as_errors_and_workers_that_know_nothing():
    """A fresh interpreter that was told the id alone, in which any warning is an error."""
    program = (
        "import gymnasium; env = gymnasium.make('sandlot:sandlot/Tag-v0', team='runner'); env.reset(seed=0); "
        "env.step(env.action_space.sample()); env.close(); "
        "vec = gymnasium.make_vec('sandlot:sandlot/Tag-v0', num_envs=3, team='chaser', rows='agents'); "
        "print(vec.num_envs, vec.reset(seed=0)[0].shape)"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "9 (9, 24)\n"
