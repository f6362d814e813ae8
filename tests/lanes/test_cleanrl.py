"""Scripts in the manner of CleanRL: the one in docs/examples learns, and what it logs is what the core played."""

import importlib.util
import sys
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch, tyro and tensorboard: python tests/lanes/run.py cleanrl")
for needed in ("tyro", "tensorboard"):
    pytest.importorskip(needed, reason="needs torch, tyro and tensorboard: python tests/lanes/run.py cleanrl")

import sandlot

SCRIPT = Path(__file__).resolve().parents[2] / "docs" / "examples" / "cleanrl_ppo.py"


@pytest.fixture
def ppo(tmp_path, monkeypatch):
    """The script, as a module; it writes its logs below an empty folder."""
    monkeypatch.chdir(tmp_path)
    spec = importlib.util.spec_from_file_location("cleanrl_ppo", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "cleanrl_ppo", module)
    spec.loader.exec_module(module)
    return module


class Recorder(gym.vector.VectorWrapper):
    """Keeps what the environments are told, below all other wrappers."""

    def __init__(self, env):
        super().__init__(env)
        self.told = []

    def step(self, actions):
        self.told.append(np.array(actions))
        return self.env.step(actions)


def played(name, team, actions, told, seed, worlds):
    """Step, return and length of every episode, by the core alone."""
    core = sandlot.make_vec(name, worlds, autoreset="same_step", actions=actions)
    core.reset(seed=seed)
    agents = len(core.agents(team))
    returns, lengths, out = np.zeros((worlds, agents)), np.zeros((worlds, agents), int), []
    for step, mine in enumerate(told):
        everybody = core.scripted_actions()
        everybody[team] = mine.reshape(worlds, agents, *mine.shape[1:])
        _, reward, terminated, truncated, _ = core.step(everybody)
        returns += reward[team]
        lengths += 1
        for world in np.flatnonzero(terminated | truncated):
            out += [((step + 1) * worlds * agents, returns[world, a], lengths[world, a]) for a in range(agents)]
            returns[world], lengths[world] = 0, 0
    return out


@pytest.mark.parametrize(
    ("name", "team", "actions"),
    [
        ("lander", "", "continuous"),
        ("lander", "", "discrete"),
        ("tag", "chaser", "continuous"),
        ("tag", "chaser", "discrete"),
        ("tell_and_push", "guide", "discrete"),
        ("warehouse", "", "discrete"),
    ],
)
def test_what_is_logged_is_what_was_played(ppo, monkeypatch, name, team, actions):
    made = []
    bare = gym.make_vec

    def make_vec(*args, **kwargs):
        made.append(Recorder(bare(*args, **kwargs)))
        return made[0]

    monkeypatch.setattr(gym, "make_vec", make_vec)
    team = team or next(iter(sandlot.load(name).teams))
    core = sandlot.make_vec(name, actions=actions)
    game = f"sandlot/{''.join(part.capitalize() for part in name.split('_'))}-v{sandlot.load(name).version}"
    steps = 3 * round(sandlot.load(name).end.time / core.dt) // 2
    args = ppo.Args(
        env_id=game, team=team, actions=actions, num_envs=3, num_steps=steps, total_timesteps=2 * 3 * steps * len(core.agents(team)),
        num_minibatches=4, update_epochs=1, run_name="log",
    )  # fmt: skip
    episodes = ppo.main(args)
    assert len(made[0].told) == 2 * steps
    assert episodes == played(name, team, actions, made[0].told, args.seed, 3)
    assert len(episodes) >= 6
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    log = EventAccumulator("runs/log").Reload()
    assert [scalar.step for scalar in log.Scalars("charts/episodic_return")] == [step for step, _, _ in episodes]
    np.testing.assert_array_equal(
        [scalar.value for scalar in log.Scalars("charts/episodic_return")], np.float32([r for _, r, _ in episodes])
    )


def as_cleanrl_makes_it(**options):
    """A single environment in the wrappers that CleanRL's script for numbers puts around it."""
    env = gym.make("sandlot:sandlot/Lander-v0", **options)
    env = gym.wrappers.FlattenObservation(env)
    env = gym.wrappers.RecordEpisodeStatistics(env)
    return gym.wrappers.ClipAction(env)


def test_final_infos_are_those_of_wrapped_single_environments():
    single = gym.vector.SyncVectorEnv([as_cleanrl_makes_it] * 4, autoreset_mode=gym.vector.AutoresetMode.SAME_STEP)
    batch = gym.make_vec("sandlot/Lander-v0", 4, autoreset_mode="same_step")
    np.testing.assert_array_equal(single.reset(seed=1)[0], batch.reset(seed=1)[0])
    rng, ended = np.random.default_rng(0), 0
    for _ in range(250):
        action = rng.normal(0, 1, (4, *batch.single_action_space.shape)).astype(np.float32)
        one, other = single.step(action), batch.step(np.clip(action, -1, 1))
        for mine, theirs in zip(one[:4], other[:4], strict=True):
            np.testing.assert_array_equal(mine, theirs)
        assert ("final_info" in one[4]) == ("final_info" in other[4])
        if "final_info" not in one[4]:
            continue
        told, expected = other[4]["final_info"], one[4]["final_info"]
        ended += told["_episode"].sum()
        np.testing.assert_array_equal(told["_episode"], expected["_episode"])
        for key in ("r", "l", "_r", "_l"):
            np.testing.assert_array_equal(told["episode"][key], expected["episode"][key])
        np.testing.assert_array_equal(told["score"], expected["score"])
    assert ended > 8


def test_gymnasiums_own_statistics_agree(ppo):
    """With its vector wrapper around the same rows: what scripts for NEXT_STEP use."""
    envs = gym.make_vec("sandlot/Tag-v0", 2, team="chaser", rows="agents", autoreset_mode="same_step")
    envs = gym.wrappers.vector.RecordEpisodeStatistics(envs)
    envs.reset(seed=0)
    envs.action_space.seed(0)
    while True:
        *_, infos = envs.step(envs.action_space.sample())
        if "episode" in infos:
            break
    assert infos["_episode"].all()
    for key in ("r", "l"):
        np.testing.assert_array_equal(infos["episode"][key], infos["final_info"]["episode"][key])


def test_cleanrls_whole_chain_of_wrappers():
    def make():
        env = gym.wrappers.NormalizeObservation(as_cleanrl_makes_it())
        env = gym.wrappers.TransformObservation(env, lambda obs: np.clip(obs, -10, 10), env.observation_space)
        env = gym.wrappers.NormalizeReward(env, gamma=0.99)
        return gym.wrappers.TransformReward(env, lambda reward: np.clip(reward, -10, 10))

    envs = gym.vector.SyncVectorEnv([make] * 2, autoreset_mode=gym.vector.AutoresetMode.SAME_STEP)
    envs.reset(seed=0)
    told = 0
    for _ in range(200):
        *_, infos = envs.step(3 * np.ones((2, 2), np.float32))
        told += "final_info" in infos and infos["final_info"]["_episode"].sum()
    assert told > 4


def test_it_learns_not_to_crash(ppo):
    """A crash pays -10, a landing 10; hovering until the clock stops it pays about 2, and some seeds stay with that for long."""
    episodes = ppo.main(ppo.Args(total_timesteps=300_000))
    assert np.mean([episode[1] for episode in episodes[:100]]) < -5
    assert np.mean([episode[1] for episode in episodes[-100:]]) > 0
