"""PufferLib's real base class, where its source is on the path: pip can't build it everywhere (benchmarks/setup.sh puffer unpacks it)."""

import contextlib
import importlib.util
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pytest

import sandlot

with tempfile.TemporaryDirectory() as empty, contextlib.chdir(empty), warnings.catch_warnings():  # its import leaves a link behind
    warnings.simplefilter("ignore")  # that of gym, which it asks for, too
    vector = pytest.importorskip(
        "pufferlib.vector", reason="needs PufferLib 3's source on PYTHONPATH (benchmarks/setup.sh puffer), gym and psutil"
    )


@pytest.fixture(scope="module")
def puffer():
    path = Path(__file__).resolve().parents[2] / "docs" / "examples" / "puffer_env.py"
    spec = importlib.util.spec_from_file_location("puffer_env", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["puffer_env"] = module
    spec.loader.exec_module(module)
    return module.SandlotPuffer


def sampled(env, rng):
    space = env.single_action_space
    if hasattr(space, "n"):
        return rng.integers(0, space.n, env.num_agents)
    if hasattr(space, "nvec"):
        return rng.integers(0, space.nvec, (env.num_agents, len(space.nvec)))
    return rng.uniform(-1, 1, (env.num_agents, *space.shape)).astype(np.float32)


@pytest.mark.parametrize(
    ("game", "team", "actions"),
    [("tag", "chaser", "discrete"), ("tag", "chaser", "continuous"), ("lander", "rocket", "discrete"), ("dodgeball", "red", "discrete")],
)
@pytest.mark.parametrize("backend", ["PufferEnv", "Serial", "Multiprocessing"])
def test_rows_are_the_cores(puffer, game, team, actions, backend):
    kwargs = {"game": game, "team": team, "num_envs": 4, "actions": actions}
    if backend != "PufferEnv":  # in memory that PufferLib hands out; its seeds are its own
        env = vector.make(
            puffer, env_kwargs=kwargs, num_envs=2, backend=backend, **({"num_workers": 2} if backend == "Multiprocessing" else {})
        )
        obs, _ = env.reset(seed=7)
        before = obs.copy()
        for _ in range(5):
            obs, *_ = env.step(sampled(env, np.random.default_rng(0)))
        assert len(obs) == env.num_agents == 8 * len(sandlot.make_vec(game).agents(team))
        assert (obs != before).any(1).all()
        env.close()
        return
    env = vector.make(puffer, env_kwargs=kwargs)
    obs, _ = env.reset(seed=7)
    core = sandlot.make_vec(game, 4, autoreset="same_step", actions=actions)
    expected, _ = core.reset(seed=7)
    rng, ended = np.random.default_rng(0), 0
    memory = obs.__array_interface__["data"][0]
    for _ in range(320):
        np.testing.assert_array_equal(obs, expected[team].reshape(env.num_agents, -1))
        actions_now = sampled(env, rng)
        everybody = core.scripted_actions()
        everybody[team] = actions_now.reshape(everybody[team].shape)
        expected, paid, terminated, truncated, info = core.step(everybody)
        obs, reward, terminals, truncations, infos = env.step(actions_now)
        agents = env.num_agents // 4
        np.testing.assert_array_equal(reward, paid[team].reshape(-1))
        np.testing.assert_array_equal(terminals, np.repeat(terminated, agents))
        np.testing.assert_array_equal(truncations, np.repeat(truncated, agents))
        np.testing.assert_array_equal(env.masks, info["alive"][team].reshape(-1))
        assert len(infos) == (terminated | truncated).sum()
        ended += len(infos)
    assert ended >= 4
    assert obs.__array_interface__["data"][0] == memory
    env.close()
