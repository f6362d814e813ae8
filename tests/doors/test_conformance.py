"""Every library game through every door: the frameworks' checkers, and that all doors tell the same story."""

import json
import sys
import warnings
from pathlib import Path
from types import SimpleNamespace

import gymnasium
import numpy as np
import pettingzoo
import pytest
from gymnasium.utils.env_checker import check_env, data_equivalence
from gymnasium.vector import AutoresetMode
from scenes import few

import sandlot
from sandlot.envs.doors import registry
from sandlot.envs.doors.gymnasium import GameEnv

NAMES = sandlot.names()
KINDS = ["continuous", "discrete"]
MODES = list(AutoresetMode)
SEATS = [(name, team) for name in NAMES for team in sandlot.load(name).teams]
# What PettingZoo warns of in games whose teams aren't alike; it excepts its own such games by name.
UNEQUAL = (
    "Observations are different shapes|Agents have different observation space sizes"
    "|The class of action spaces"
    "|Action space for each agent probably should be|Observation numpy array is all zeros"
)


def id_of(name):
    return registry.gymnasium_id(name, sandlot.load(name).version)


def same(ours, theirs, place="infos"):
    """Assert equality of nested infos; number types may differ in width."""
    if isinstance(theirs, dict):
        assert ours.keys() == theirs.keys(), place
        for key in theirs:
            same(ours[key], theirs[key], f"{place}[{key!r}]")
    elif getattr(theirs, "dtype", None) == np.object_:
        for mine, other in zip(ours, theirs, strict=True):
            assert (mine is None) == (other is None), place
            np.testing.assert_array_equal(mine, other, place)
    else:
        np.testing.assert_array_equal(ours, theirs, place)


# --- registrations --------------------------------------------------------------------------------------


def test_registered_versions_are_those_of_the_files():
    assert registry.versions() == {name: sandlot.load(name).version for name in NAMES}
    for name in NAMES:
        assert gymnasium.spec(id_of(name)).kwargs == {"scenario": name}
        assert pettingzoo.spec("parallel", f"sandlot/{name}_v{sandlot.load(name).version}").kwargs == {"source": name}
    assert registry.gymnasium_id("tell_and_push", 4) == "sandlot/TellAndPush-v4"


def test_an_inherited_version_counts(tmp_path, monkeypatch):
    (tmp_path / "old.json").write_text('{"version": 7}')
    (tmp_path / "new.json").write_text('{"extends": "old"}')
    (tmp_path / "scenario.schema.json").write_text("{}")
    monkeypatch.setattr(registry, "_LIBRARY", tmp_path)
    assert registry.versions() == {"new": 7, "old": 7}


def test_registering_twice_is_quiet():
    before = dict(gymnasium.registry)
    registry.register_gymnasium()
    registry.register_pettingzoo()
    assert gymnasium.registry == before


def test_specs_are_json():
    env = gymnasium.make("sandlot:sandlot/Scenario-v0", scenario="tag", team="runner", pillars=2, others={"chaser": "random"})
    again = gymnasium.make(gymnasium.envs.registration.EnvSpec.from_json(env.spec.to_json()))
    assert json.loads(env.spec.to_json())["kwargs"]["pillars"] == 2
    np.testing.assert_array_equal(env.reset(seed=1)[0], again.reset(seed=1)[0])


def test_any_file(tmp_path, flock):
    path = tmp_path / "my_game.json"
    path.write_text(flock.source)
    env = gymnasium.make("sandlot/Scenario-v0", scenario=str(path), team="wolf")
    check_env(env.unwrapped, skip_render_check=True)
    assert sandlot.make(path).metadata["name"] == "flock_v3"


# --- the frameworks' own checkers -----------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("name", "team"), SEATS)
def test_gymnasium_check_env(name, team, kind, quick_windows):
    for seat in ({"team": team}, {"agent": f"{team}_0", "others": "random"}):
        env = gymnasium.make(id_of(name), actions=kind, **seat, **few(name))
        check_env(env.unwrapped, skip_render_check=kind == "discrete" or "agent" in seat)
        env.close()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_pettingzoo_parallel(name, kind, zoo, capsys):
    zoo.parallel_api_test(sandlot.make(name, actions=kind, **few(name)), num_cycles=1000)
    zoo.state_test(sandlot.make_aec(name, actions=kind, **few(name)), sandlot.make(name, actions=kind, **few(name)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_pettingzoo_aec(name, kind, zoo, capsys):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=UNEQUAL)
        zoo.api_test(sandlot.make_aec(name, actions=kind, **few(name)), num_cycles=200)
    zoo.seed_test(lambda: sandlot.make_aec(name, actions=kind, **few(name)), num_cycles=100)


@pytest.mark.parametrize("name", NAMES)
def test_pettingzoo_max_cycles_and_rendering(name, zoo, quick_windows):
    module = SimpleNamespace(
        env=lambda **options: sandlot.make_aec(name, **options, **few(name)),
        parallel_env=lambda **options: sandlot.make(name, **options, **few(name)),
    )
    zoo.max_cycles_test(module)
    zoo.render_test(module.env)


@pytest.mark.parametrize("name", NAMES)
def test_pettingzoos_other_checkers(name, zoo, capsys, monkeypatch):
    """All that are left but `manual_control_test`, which presses the keys of a desktop."""

    class Telling(pettingzoo.utils.BaseWrapper):
        def step(self, action):  # returns what the checker, which is older than AECEnv, expects of it
            super().step(action)
            return self.last()[0]

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=UNEQUAL)
        zoo.bombardment_test(Telling(sandlot.make_aec(name, **few(name))), cycles=30)
    zoo.parallel_seed_test(lambda: sandlot.make(name, **few(name)))  # stops after a step; ours is below
    clock = iter(range(1000))  # it runs for five seconds; of these
    monkeypatch.setattr(
        sys.modules["pettingzoo.test.performance_benchmark"],
        "time",
        SimpleNamespace(time=lambda: next(clock) / 4),
    )
    zoo.performance_benchmark(sandlot.make_aec(name, **few(name)))
    zoo.test_save_obs(sandlot.make_aec(name, **few(name)))
    said = capsys.readouterr().out
    assert "Passed bombardment test" in said
    assert "cycles per second" in said
    assert "Observations must be 0 to 255 to save as image" in said  # numbers, no pictures


def test_every_checker_of_pettingzoo_is_run(zoo):
    ours = Path(__file__).read_text(encoding="utf-8")
    offered = {name for name in vars(zoo) if name.endswith(("_test", "_benchmark")) or name == "test_save_obs"}
    offered -= {"parallel_test", "manual_control_test"}  # a module; needs a desktop
    functions = {name for name in offered if callable(getattr(zoo, name))}
    assert len(functions) >= 9
    assert {name for name in functions if f"zoo.{name}(" not in ours} == set()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_same_seed_same_story(name, kind):
    """What PettingZoo's `parallel_seed_test` means to see; it stops after one step, as it looks at the keys."""

    def story(env, seeds):
        told = []
        for seed in seeds:
            observations, infos = env.reset(seed=seed)
            for agent in env.possible_agents:
                env.action_space(agent).seed(env.possible_agents.index(agent))
            told.append((observations, infos))
            for _ in range(25):
                if env.agents:
                    told.append(env.step({agent: env.action_space(agent).sample() for agent in env.agents}))
        return told

    env, other = (sandlot.make(name, actions=kind, **few(name)) for _ in range(2))
    first = story(env, [4, None, 5])
    assert data_equivalence(first, story(other, [4, None, 5]), exact=True)
    assert data_equivalence(first, story(env, [4, None, 5]), exact=True)  # whatever came before
    assert not data_equivalence(first[1], first[5], exact=True)  # the checker sees what differs


def test_pettingzoo_registry():
    assert pettingzoo.make("parallel", "sandlot/tag_v0", pillars=1, max_cycles=3).max_cycles == 3
    assert pettingzoo.make("aec", "sandlot/tag-v0").metadata["name"] == "tag_v0"


# --- one story through all doors ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_parallel_equals_the_core(name, kind):
    env = sandlot.make(name, actions=kind, **few(name))
    core = sandlot.make_vec(name, actions=kind, autoreset="disabled", **few(name))
    observations, infos = env.reset(seed=8)
    obs, info = core.reset(seed=8)
    for _ in range(80):
        for team in core.teams:
            for i, agent in enumerate(core.agents(team)):
                if agent not in observations:
                    continue
                np.testing.assert_array_equal(observations[agent], obs[team][0, i])
                assert infos[agent]["alive"] == info["alive"][team][0, i]
                if kind == "discrete":
                    mask = infos[agent].pop("action_mask")
                    assert np.shape(env.action_space(agent).sample(mask=mask)) == env.action_space(agent).shape
                    told = np.concatenate(mask) if isinstance(mask, tuple) else mask
                    np.testing.assert_array_equal(told, core.action_masks()[team][0, i] if told.size > 1 else [1])
                for key, value in infos[agent].items():
                    assert isinstance(value, float)
                    if key.startswith("reward/"):
                        assert value == info[key][team][0, i]
                    elif key.startswith("event/") or key in ("overruns", "misplaced", "unfired"):
                        assert value == info[key][0]
                    elif key == "score":
                        assert value == core.scores()[team][0]
        if not env.agents:
            break
        actions = core.scripted_actions()
        observations, rewards, terminated, _, infos = env.step(
            {agent: actions[team][0, i] for team in core.teams for i, agent in enumerate(core.agents(team))}
        )
        obs, reward, *_, info = core.step(actions)
        assert env.core.state_hash() == core.state_hash()
        for agent, value in rewards.items():
            team, _, i = agent.rpartition("_")
            assert value == reward[team][0, int(i)]
            assert type(value) is float
            assert type(terminated[agent]) is bool


@pytest.mark.parametrize(("name", "team"), SEATS)
def test_a_learner_among_scripted_ones_equals_parallel(name, team):
    env, parallel = GameEnv(name, team=team, **few(name)), sandlot.make(name, **few(name))
    ours, _ = env.reset(seed=21)
    theirs, _ = parallel.reset(seed=21)
    core, rng = parallel.core, np.random.default_rng(0)
    mates = core.agents(team)
    while parallel.agents:
        expected = np.stack([theirs[agent] for agent in mates])
        np.testing.assert_array_equal(ours, expected[0] if len(mates) == 1 else expected)
        scripted = core.scripted_actions()
        space = env.action_space
        mine = rng.uniform(-1, 1, space.shape).astype(np.float32) if space.dtype == np.float32 else np.zeros(space.shape, int)
        actions = {agent: scripted[t][0, i] for t in core.teams for i, agent in enumerate(core.agents(t))}
        actions.update(zip(mates, [mine] if len(mates) == 1 else mine, strict=True))
        if set(parallel.agents) != set(parallel.possible_agents):
            return
        theirs, rewards, terminated, truncated, _ = parallel.step(actions)
        ours, reward, out, late, _ = env.step(mine)
        assert reward == pytest.approx(np.mean([rewards[agent] for agent in mates]), rel=1e-6, abs=1e-6)
        assert (out, late) == (
            all(terminated[agent] for agent in mates),
            all(truncated[agent] for agent in mates),
        )
        assert (type(out), type(late), type(reward)) == (bool, bool, float)
        assert env.core.state_hash() == core.state_hash()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("name", "team"), SEATS)
def test_vector_equals_gymnasiums_own(name, team, mode, tmp_path):
    """Whole episodes in one mode; in the others the clock stops early, as Gymnasium's own is slow."""
    if MODES[SEATS.index((name, team)) % len(MODES)] is mode:
        compare_with_sync(gymnasium.spec(id_of(name)), mode, team=team, **few(name))
        return
    path, seconds = tmp_path / f"{name}.json", 25 / sandlot.load(name).world.decisions_per_second
    path.write_text(json.dumps({"extends": name, "end": {"time": seconds}}))
    compare_with_sync(gymnasium.spec("sandlot/Scenario-v0"), mode, scenario=str(path), team=team, **few(name))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("seat", [{"team": "wolf"}, {"team": "sheep"}, {"agent": "sheep_0"}])
def test_vector_equals_gymnasiums_own_where_learners_leave(seat, mode, flock, tmp_path):
    (tmp_path / "flock.json").write_text(flock.source)
    spec = gymnasium.spec("sandlot/Scenario-v0")
    compare_with_sync(spec, mode, scenario=str(tmp_path / "flock.json"), **seat)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("name", "team"), SEATS)
def test_rows_of_agents_equal_the_core(name, team, kind):
    env = gymnasium.make_vec(id_of(name), 2, team=team, rows="agents", actions=kind, **few(name))
    core = sandlot.make_vec(name, 2, actions=kind, **few(name))
    n, seen, acts = len(core.agents(team)), core.observation_space(team), core.action_space(team)
    assert (env.num_envs, env.worlds) == (2 * n, 2)
    assert (env.single_observation_space, env.single_action_space) == (seen, acts)
    assert env.observation_space.shape == (2 * n, *seen.shape)
    assert env.action_space.shape == (2 * n, *acts.shape)
    ours, infos = env.reset(seed=8)
    obs, info = core.reset(seed=8)
    env.action_space.seed(0)
    for _ in range(40):
        np.testing.assert_array_equal(ours, obs[team].reshape(2 * n, -1))
        for key, values in infos.items():
            if key.startswith("_"):
                assert values.all()
            elif key in ("alive", "score") or key.startswith("reward/"):
                expected = np.broadcast_to(info[key][team].reshape(2, -1), (2, n))
                np.testing.assert_array_equal(values.reshape(2, n), expected, key)
            else:
                np.testing.assert_array_equal(values.reshape(2, n), info[key][:, None] * np.ones(n), key)
        mine = env.action_space.sample()
        actions = {**core.scripted_actions(), team: mine.reshape(2, n, *acts.shape)}
        ours, reward, terminated, truncated, infos = env.step(mine)
        obs, rewards, out, late, info = core.step(actions)
        assert reward.dtype == np.float32
        np.testing.assert_array_equal(reward, rewards[team].reshape(-1))
        np.testing.assert_array_equal(terminated | truncated, np.repeat(out | late, n))
        if (out | late).any():
            break


def compare_with_sync(spec, mode, **options):
    """Our GameVec against Gymnasium's SyncVectorEnv of GameEnvs, entry for entry, past the end."""
    ours = gymnasium.make_vec(spec, 3, autoreset_mode=mode, **options)
    theirs = gymnasium.make_vec(spec, 3, vectorization_mode="sync", vector_kwargs={"autoreset_mode": mode}, **options)
    assert ours.metadata["autoreset_mode"] is mode
    assert ours.observation_space == theirs.observation_space
    assert ours.action_space == theirs.action_space
    for a, b in zip(ours.reset(seed=5), theirs.reset(seed=5), strict=True):
        same(a, b)
    ours.action_space.seed(1)
    ended, more = np.zeros(3, np.bool_), None
    while more != 0:  # ten steps into the second episode
        more = 10 if more is None and ended.any() else more and more - 1
        action = ours.action_space.sample()
        result = ours.step(action)
        for key in ("episode", "_episode"):  # more than Gymnasium tells by itself: tests/lanes/test_cleanrl.py
            result[4].get("final_info", {}).pop(key, None)
        for a, b in zip(result, theirs.step(action), strict=True):
            same(a, b)
        ended = result[2] | result[3]
        if mode is AutoresetMode.DISABLED and ended.any():
            fresh, other = (env.reset(options={"reset_mask": ended.copy()}) for env in (ours, theirs))
            for key in other[1]:
                np.testing.assert_array_equal(fresh[1][key][ended], other[1][key][ended], key)
            same(fresh[0], other[0])
    ours.close()
    theirs.close()
