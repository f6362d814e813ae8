"""Ray RLlib's door: one world as a MultiAgentEnv, the batched env runner, training on a real Ray."""

import copy
import pickle
import time

import pytest

ray = pytest.importorskip("ray", reason="needs sandlot[rllib]: python tests/lanes/run.py rllib")

import numpy as np
from ray.rllib.algorithms.ppo import PPOConfig
from ray.rllib.core.rl_module.default_model_config import DefaultModelConfig
from ray.rllib.env.env_context import EnvContext
from ray.rllib.env.multi_agent_env_runner import MultiAgentEnvRunner
from ray.rllib.utils.metrics import ENV_RUNNER_RESULTS
from ray.rllib.utils.pre_checks.env import check_multiagent_environments
from ray.tune.registry import register_env
from scenes import few

import sandlot
from sandlot.envs.doors.gymnasium import GameEnv
from sandlot.envs.doors.rllib import STRIDE, RllibEnv
from sandlot.envs.doors.rllib_runner import RllibRunner

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*Overriding environment rllib-multi-agent-env-v0"
)  # RLlib's own, for every runner it makes
NAMES = sandlot.names()
KINDS = ["continuous", "discrete"]
RUNNERS = [MultiAgentEnvRunner, RllibRunner]


def config_of(source, **options):
    """PPO with small networks, one for each team."""
    register_env("sandlot", sandlot.make_rllib)

    def team_of(agent, episode, **_):  # in here, as other processes can't import this file
        return agent.rpartition("_")[0]

    game = source if isinstance(source, sandlot.Scenario) else sandlot.load(source)
    return (
        PPOConfig()
        .environment("sandlot", env_config={"source": source, **options})
        .multi_agent(policies=set(game.teams), policy_mapping_fn=team_of)
        .rl_module(model_config=DefaultModelConfig(fcnet_hiddens=[16]))
        .env_runners(num_env_runners=0, num_envs_per_env_runner=2, rollout_fragment_length=32)
        .training(train_batch_size_per_learner=128, minibatch_size=64, num_epochs=1)
        .debugging(seed=7)
    )


def any_actions(env, rng):
    """Actions for all agents that are there, the same for any door."""
    actions = {}
    for agent in env.agents:
        space = env.action_spaces[agent]
        space.seed(int(rng.integers(1 << 30)))
        actions[agent] = space.sample()
    return actions


# --- one world ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_it_is_the_parallel_env(name, kind):
    env, other = (
        sandlot.make_rllib(name, actions=kind, max_cycles=40, **few(name)),
        sandlot.make(name, actions=kind, max_cycles=40, **few(name)),
    )
    assert env.possible_agents == other.possible_agents
    rng = np.random.default_rng(0)
    ours, theirs = env.reset(seed=3), other.reset(seed=3)
    while env.agents:
        actions = any_actions(env, rng)
        acted = list(env.agents)
        result, (obs, rewards, terminated, truncated, infos) = env.step(actions), other.step(actions)
        np.testing.assert_equal(result[0], obs)
        assert result[1] == rewards
        np.testing.assert_equal(result[4], infos)
        assert set(result[0]) == set(result[1]) == set(acted)
        late = any(truncated.values())
        assert result[2] == {**terminated, "__all__": not other.agents and not late}
        assert result[3] == {**dict.fromkeys(acted, False), "__all__": late}
        assert all(type(flag) is bool for flags in result[2:4] for flag in flags.values())
        assert env.agents == other.agents
    assert result[2]["__all__"] != result[3]["__all__"]
    np.testing.assert_equal(ours, theirs)
    with pytest.raises(RuntimeError, match="call reset"):
        env.step({})


@pytest.mark.parametrize("name", NAMES)
def test_rllibs_own_check(name):
    check_multiagent_environments(sandlot.make_rllib(name, **few(name)))


@pytest.mark.parametrize("clock", [None, 0])
def test_who_is_removed_leaves(flock, clock):
    """Even in the very step in which the clock ends the world for the rest."""
    right = {"wolf_0": np.array([1, 0], np.float32), "sheep_0": np.zeros(2, np.float32), "sheep_1": np.zeros(2, np.float32)}
    env = sandlot.make_rllib(flock)
    env.reset(seed=0)
    steps, result = 1, env.step(right)
    while not result[2]["sheep_0"]:
        steps, result = steps + 1, env.step(right)
    if clock == 0:
        env = sandlot.make_rllib(flock, max_cycles=steps)
        env.reset(seed=0)
        for _ in range(steps):
            result = env.step(right)
    obs, rewards, terminated, truncated, _ = result
    assert set(obs) == set(rewards) == {"wolf_0", "sheep_0", "sheep_1"}
    assert rewards["sheep_0"] == rewards["sheep_1"] == -0.5
    assert terminated == {"wolf_0": False, "sheep_0": True, "sheep_1": False, "__all__": False}
    assert truncated == {"wolf_0": False, "sheep_0": False, "sheep_1": False, "__all__": clock == 0}
    assert env.agents == ([] if clock == 0 else ["wolf_0", "sheep_1"])
    if clock is None:
        again = env.step({name: right[name] for name in env.agents})
        assert set(again[0]) | {"__all__"} == set(again[2]) == {"wolf_0", "sheep_1", "__all__"}


def test_a_team_that_is_gone_ends_the_episode(flock):
    env = sandlot.make_rllib(flock, team="sheep")
    assert env.possible_agents == ["sheep_0", "sheep_1"]
    env.reset(seed=0)
    still = np.zeros(2, np.float32)
    flags = [env.step(dict.fromkeys(env.agents, still))[2:4]]
    while env.agents:
        flags.append(env.step(dict.fromkeys(env.agents, still))[2:4])
    assert [each[0]["__all__"] for each in flags] == [False] * (len(flags) - 1) + [True]
    assert not any(each[1]["__all__"] for each in flags)
    assert len(env.env.agents) == 1  # the wolf could go on


@pytest.mark.parametrize("others", ["scripted", "random"])
@pytest.mark.parametrize("seat", [{"team": "red"}, {"agent": "blue_1"}])
def test_others_play_as_in_gymnasiums_door(seat, others):
    ours, theirs = sandlot.make_rllib("soccer", others=others, **seat), GameEnv("soccer", others=others, **seat)
    obs, seen = ours.reset(seed=11)[0], theirs.reset(seed=11)[0]
    rng = np.random.default_rng(0)
    for _ in range(60):
        np.testing.assert_array_equal(np.squeeze(np.stack(list(obs.values()))), seen)
        actions = {name: rng.uniform(-1, 1, 2).astype(np.float32) for name in ours.agents}
        obs, rewards, *_ = ours.step(actions)
        seen, reward, *_ = theirs.step(np.squeeze(np.stack(list(actions.values()))))
        assert np.mean(list(rewards.values())) == pytest.approx(reward)


def test_what_is_asked_wrongly():
    with pytest.raises(TypeError, match="'source', got soruce"):
        sandlot.make_rllib({"soruce": "tag"})
    with pytest.raises(ValueError, match="no 'rde'"):
        sandlot.make_rllib("soccer", team="rde")
    with pytest.raises(ValueError, match="say who learns"):
        sandlot.make_rllib("soccer", others="random")
    for seat in ({"team": "red"}, {"agent": "red_1"}):
        env = sandlot.make_rllib("soccer", **seat)
        env.reset(seed=0)
        with pytest.raises(sandlot.ActionError, match="nothing for 'red_1'"):
            env.step({name: np.zeros(2, np.float32) for name in env.agents if name != "red_1"})


def test_pickled_it_goes_on(flock):
    env = sandlot.make_rllib(flock, team="sheep", others="random")
    env.reset(seed=0)
    actions = {name: np.array([0.5, 0.1], np.float32) for name in env.agents}
    env.step(actions)
    for twin in (pickle.loads(pickle.dumps(env)), copy.deepcopy(env)):
        first = copy.deepcopy(env)
        for _ in range(5):
            np.testing.assert_equal(twin.step(actions), first.step(actions))


def test_pictures(no_display):
    env = sandlot.make_rllib("soccer", render_mode="rgb_array")
    env.reset(seed=0)
    assert env.render().dtype == np.uint8
    env.close()
    env.close()


# --- env runners ----------------------------------------------------------------------------------------


def steps_of(episodes):
    """What was sampled of each agent, chunks put together."""
    whole = {}
    for chunk in episodes:
        for name, one in chunk.agent_episodes.items():
            whole.setdefault(chunk.id_, {}).setdefault(name, []).append(one)
    return whole


def replay(env, seeds, whole, clip):
    """Play the actions of all episodes again on one world, and compare; how many ended, and how."""
    ends = {"terminated": 0, "truncated": 0, "left": 0}
    for seed, episodes in seeds.items():
        for k, id_ in enumerate(episodes):
            agents = whole[id_]
            data = {
                name: {
                    "obs": np.concatenate([chunk.get_observations(slice(0, len(chunk))) for chunk in chunks]),
                    "last": chunks[-1].get_observations(-1),
                    "actions": np.concatenate([chunk.get_actions() for chunk in chunks]),
                    "rewards": np.concatenate([chunk.get_rewards() for chunk in chunks]),
                    "end": chunks[-1],
                }
                for name, chunks in agents.items()
            }
            for chunks in agents.values():
                assert [chunk.t_started for chunk in chunks] == [sum(map(len, chunks[:n])) for n in range(len(chunks))]
            obs, _ = env.reset(seed=seed if k == 0 else None)
            for t in range(max(len(one["rewards"]) for one in data.values())):
                for name in env.agents:
                    np.testing.assert_array_equal(obs[name], data[name]["obs"][t], f"{name} at {t}")
                actions = {name: data[name]["actions"][t] for name in env.agents}
                obs, rewards, terminated, truncated, _ = env.step(
                    {name: np.clip(a, -1, 1) for name, a in actions.items()} if clip else actions
                )
                for name, reward in rewards.items():
                    assert data[name]["rewards"][t] == pytest.approx(reward, rel=1e-6, abs=1e-7)
                    ended = terminated[name] or truncated["__all__"]
                    end = data[name]["end"]
                    last = t + 1 == len(data[name]["rewards"])
                    assert last or not ended
                    if last:
                        np.testing.assert_array_equal(obs[name], data[name]["last"])
                        assert end.is_terminated == terminated[name]
                        assert end.is_truncated == truncated["__all__"] or terminated[name]
                        ends["left"] += terminated[name] and not terminated["__all__"]
            ends["terminated"] += terminated["__all__"]
            ends["truncated"] += truncated["__all__"]
    return ends


@pytest.mark.parametrize("runner", RUNNERS)
@pytest.mark.parametrize("game", ["flock", "sheep", "soccer", "dodgeball", "lander"])
@pytest.mark.parametrize("kind", KINDS)
def test_samples_are_the_world_itself(runner, game, kind, flock):
    """Observations, actions, rewards and ends of every agent, over cuts and ends, are those of a world of the same seed."""
    source, cycles = (flock, None) if game in ("flock", "sheep") else (game, 45)
    team = "sheep" if game == "sheep" else None  # a scripted wolf eats them all, and could go on
    worlds = {0: [], 1: []}
    config = config_of(source, actions=kind, max_cycles=cycles, team=team)
    config.environment(normalize_actions=False, clip_actions=True)  # from [-1, 1] to [-1, 1] RLlib's arithmetic moves the last bit
    config.callbacks(on_episode_start=lambda episode, env_index, **_: worlds[env_index].append(episode.id_))
    sampler = runner(config=config, worker_index=1)
    by_chance = game == "lander"  # no network: the other way through the runner
    whole = steps_of(chunk for _ in range(4) for chunk in sampler.sample(num_timesteps=64, random_actions=by_chance))
    env = sandlot.make_rllib(source, actions=kind, max_cycles=cycles, team=team)
    first = 7 + 1 + STRIDE  # the run's seed, the runner's, and ours
    starts = {first + world: [id_ for id_ in ids if id_ in whole] for world, ids in worlds.items()}  # one may not have had a step yet
    ends = replay(env, starts, whole, clip=kind == "continuous")
    assert sum(ends.values()) > 0
    sampler.stop()


class SaysTruncated(RllibEnv):
    """As most environments do it: every agent has its own flag when the clock ends the world."""

    def step(self, action_dict):
        *rest, truncated, infos = super().step(action_dict)
        return *rest, dict.fromkeys(truncated, truncated["__all__"]), infos


@pytest.mark.parametrize("runner", RUNNERS)
def test_the_clock_is_not_a_death(runner):
    """A critic must be asked what the future is worth when only the clock ran out."""
    sampler = runner(config=config_of("soccer", max_cycles=10), worker_index=1)
    (first, *_) = sampler.sample(num_timesteps=20)
    assert (first.is_truncated, first.is_terminated) == (True, False)
    assert all(one.is_truncated and not one.is_terminated for one in first.agent_episodes.values())


def test_rllib_takes_flags_of_all_agents_for_a_death():
    """Why ours has none: if this fails, RLlib has mended it, and `RllibEnv` may say it for each agent too."""
    config = config_of("soccer").environment(SaysTruncated, env_config={"source": "soccer", "max_cycles": 10})
    (first, *_) = MultiAgentEnvRunner(config=config, worker_index=1).sample(num_timesteps=20)
    assert first.is_truncated
    assert first.is_terminated


@pytest.mark.parametrize("runner", RUNNERS)
def test_no_two_worlds_are_twins(runner):
    """Not in one runner, nor between runners, with a seed or without."""
    starts = set()
    for seed in (7, None):
        for index in (1, 2):
            sampler = runner(config=config_of("soccer").debugging(seed=seed), worker_index=index)
            for chunk in sampler.sample(num_timesteps=2):
                starts.add(chunk.agent_episodes["red_0"].get_observations(0).tobytes())
    assert len(starts) == 8


def test_seeds_are_the_workers_own():
    env = RllibEnv(EnvContext({"source": "soccer"}, worker_index=3))
    np.testing.assert_equal(env.reset(seed=5), sandlot.make("soccer").reset(seed=5 + 3 * STRIDE))
    np.testing.assert_equal(sandlot.make_rllib("soccer").reset(seed=5), sandlot.make("soccer").reset(seed=5))


@pytest.mark.parametrize("runner", RUNNERS)
def test_counts_and_returns(runner):
    sampler = runner(config=config_of("soccer", max_cycles=20), worker_index=1)
    chunks = [chunk for _ in range(3) for chunk in sampler.sample(num_timesteps=64)]
    counted = sampler.get_metrics()
    assert counted["num_env_steps_sampled"].peek() == sum(map(len, chunks)) == 3 * 64
    assert counted["num_agent_steps_sampled"]["red_0"].peek() == 3 * 64
    assert counted["num_module_steps_sampled"]["red"].peek() == 2 * 3 * 64
    assert counted["num_episodes"].peek() == sum(chunk.is_done for chunk in chunks)
    done = [whole for whole in steps_of(chunks).values() if whole["red_0"][-1].is_done]
    returns = [sum(one.get_return() for one in whole["red_0"]) for whole in done]
    assert counted["agent_episode_returns_mean"]["red_0"].peek() == pytest.approx(np.mean(returns), abs=1e-5)
    assert counted["episode_len_mean"].peek() == 20


@pytest.mark.parametrize("runner", RUNNERS)
def test_whole_episodes_on_request(runner):
    sampler = runner(config=config_of("soccer", max_cycles=20), worker_index=1)
    for _ in range(2):
        episodes = sampler.sample(num_episodes=4)
        assert len(episodes) >= 4
        assert {len(episode) for episode in episodes} == {20}
        assert all(episode.is_done for episode in episodes)


def test_the_batched_runner_with_opponents_of_its_own():
    """Only red's agents are sampled; what blue does is scripted, as in one world."""
    sampler = RllibRunner(config=config_of("soccer", team="red", max_cycles=30), worker_index=1)
    chunks = sampler.sample(num_timesteps=64)
    assert set(chunks[0].agent_episodes) == {"red_0", "red_1"}
    one = sandlot.make_rllib("soccer", team="red", max_cycles=30)
    obs, _ = one.reset(seed=8 + STRIDE)
    first = {name: episode for name, episode in chunks[0].agent_episodes.items()}
    for t in range(30):
        for name, episode in first.items():
            np.testing.assert_array_equal(episode.get_observations(t), obs[name])
        obs, *_ = one.step({name: np.clip(episode.get_actions(t), -1, 1) for name, episode in first.items()})


@pytest.mark.parametrize("runner", RUNNERS)
def test_an_episode_ends_with_the_last_who_learns(runner, flock):
    """Sheep that hardly move are all eaten before the clock has run out; the wolf could go on."""
    sampler = runner(config=config_of(flock, team="sheep"), worker_index=1)
    done = [chunk for chunk in sampler.sample(num_timesteps=64, explore=False) if chunk.is_done]
    assert done
    for chunk in done:
        assert (chunk.is_terminated, chunk.is_truncated) == (True, False)
        assert len(chunk) == max(map(len, chunk.agent_episodes.values())) < 20


def test_what_the_batched_runner_refuses():
    from ray.rllib.connectors.env_to_module import FlattenObservations

    config = config_of("soccer").env_runners(env_to_module_connector=lambda env, spaces, device: FlattenObservations(multi_agent=True))
    with pytest.raises(ValueError, match="connectors"):
        RllibRunner(config=config, worker_index=1)
    config = config_of("soccer").rl_module(model_config=DefaultModelConfig(fcnet_hiddens=[16], use_lstm=True, max_seq_len=8))
    with pytest.raises(ValueError, match="has memory"):
        RllibRunner(config=config, worker_index=1)


# --- training -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cluster():
    """A real Ray of this process."""
    context = ray.init("local", num_cpus=3, include_dashboard=False, log_to_driver=False, configure_logging=False, _temp_dir="/tmp/rr")
    yield context
    ray.shutdown()


@pytest.mark.parametrize("runner", RUNNERS)
def test_both_policies_are_trained(runner, cluster):
    algo = config_of("soccer", max_cycles=40).env_runners(env_runner_cls=runner).build_algo()
    before = {team: algo.get_module(team).state_dict() for team in ("red", "blue")}
    before = {team: {k: v.clone() for k, v in weights.items()} for team, weights in before.items()}
    result = algo.train()
    assert result[ENV_RUNNER_RESULTS]["num_env_steps_sampled"] == 128
    assert {"red", "blue"} <= set(result["learners"])
    for team, weights in before.items():
        assert any((algo.get_module(team).state_dict()[k] != v).any() for k, v in weights.items()), team
    algo.stop()


def test_a_killed_runner_is_replaced(cluster):
    config = config_of("soccer", max_cycles=40).env_runners(num_env_runners=2, env_runner_cls=RllibRunner)
    algo = config.fault_tolerance(restart_failed_env_runners=True).build_algo()
    algo.train()
    ray.kill(algo.env_runner_group._worker_manager.actors()[1], no_restart=False)
    until, healthy = time.monotonic() + 60, 0
    while time.monotonic() < until:
        result = algo.train()
        healthy = algo.env_runner_group.num_healthy_remote_workers()
        if healthy == 2 and algo.env_runner_group.num_remote_worker_restarts():
            break
    assert healthy == 2
    assert algo.env_runner_group.num_remote_worker_restarts() == 1
    assert result[ENV_RUNNER_RESULTS]["num_env_steps_sampled"] >= 128
    algo.stop()


def test_what_is_none_is_refused_and_moves_nobody():
    """Seeds and step limits that are none, and actions that can't be done: one clear error, and the others' chance is as before."""
    for bad in ("5", 3.0, -1, True):
        with pytest.raises(ValueError, match=r"^seed: expected a whole number from 0"):
            sandlot.make_rllib("tag").reset(seed=bad)
    for word in ("max_cycles", "max_episode_steps"):
        for bad in (0, "3", 2.5):
            with pytest.raises(ValueError, match=f"^{word}: expected a whole number from 1"):
                sandlot.make_rllib({"source": "tag", word: bad})
    told = []
    for refuse in (False, True):
        env = sandlot.make_rllib("tag", team="runner", others="random", max_episode_steps=np.int64(2))
        env.reset(seed=np.int64(3))
        if refuse:
            with pytest.raises(sandlot.ActionError):
                env.step({"runner_0": np.full(2, 3.0)})
        steps = [env.step({"runner_0": np.zeros(2, np.float32)}) for _ in range(2)]
        assert steps[1][3]["__all__"]
        told.append([step[0]["runner_0"].tobytes() for step in steps])
    assert told[0] == told[1]
