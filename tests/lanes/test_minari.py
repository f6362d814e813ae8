"""Minari: datasets of played episodes, read and replayed with the real library."""

import json

import numpy as np
import pytest

minari = pytest.importorskip("minari", reason="needs sandlot[minari]: python tests/lanes/run.py minari")

import sandlot
from sandlot.agents import RandomPolicy
from sandlot.scenarios import loads

ENDLESS = """{"format": "sandlot/1", "name": "endless", "version": 2,
  "params": {"pace": 2},
  "teams": {"cat": {"shape": "circle", "radius": 0.3, "place": {"in": "world"}, "sees": ["self"],
                    "drive": {"type": "walk", "top_speed": "$pace"}}}}"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Where Minari keeps its datasets."""
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path / "datasets"))
    return tmp_path / "datasets"


def replay(dataset, **options):
    """Do every episode's actions again, and compare all that comes back, bit for bit; returns lengths."""
    lengths = []
    metadata = dataset.storage.get_episode_metadata(range(dataset.total_episodes))
    for episode, told in zip(dataset.iterate_episodes(), metadata, strict=True):
        env = dataset.recover_environment(**options, **told.get("options", {}))
        seen, info = env.reset(seed=told["seed"])
        assert len(episode.observations) == len(episode.actions) + 1 == len(episode.rewards) + 1
        for t in range(len(episode.actions) + 1):
            np.testing.assert_array_equal(seen, episode.observations[t])
            for key, value in info.items():
                if key == "action_mask":  # is worked out anew
                    continue
                group, _, name = key.rpartition("/")  # HDF5 has groups
                told_then = episode.infos[group][name] if group in episode.infos else episode.infos[key]
                assert value == told_then[t], key
            if t == len(episode.actions):
                break
            assert episode.actions[t] in env.action_space
            seen, reward, terminated, truncated, info = env.step(episode.actions[t])
            assert (reward, terminated, truncated) == (episode.rewards[t], episode.terminations[t], episode.truncations[t])
        assert terminated or truncated
        assert not (episode.terminations | episode.truncations)[:-1].any()
        lengths.append(t)
        env.close()
    return lengths


SEATS = [(name, team) for name in sandlot.names() for team in sandlot.load(name).teams]


@pytest.mark.parametrize("actions", ["continuous", "discrete"])
@pytest.mark.parametrize(("name", "team"), SEATS)
def test_every_episode_can_be_replayed(name, team, actions):
    dataset = sandlot.make_minari(name, "sandlot/some/thing-v0", team=team, actions=actions, episodes=3, num_envs=2, max_cycles=25)
    assert (dataset.total_episodes, dataset.spec.env_spec.max_episode_steps) == (3, 25)
    assert dataset.spec.dataset_id == "sandlot/some/thing-v0"
    env = dataset.recover_environment()
    assert dataset.observation_space == env.observation_space
    assert dataset.action_space == env.action_space
    assert sum(replay(dataset)) == dataset.total_steps


@pytest.mark.parametrize("seat", [{"team": "chaser"}, {"agent": "chaser_1"}, {"team": "chaser", "rows": "agents"}])
def test_whole_episodes_of_any_seat(seat):
    dataset = sandlot.make_minari("tag", "tag/seat-v3", **seat, episodes=3, seed=70, chasers=2)
    team = "team" in seat and "rows" not in seat
    agent = sandlot.make_vec("tag", chasers=2).observation_space("chaser").shape
    assert dataset.observation_space.shape == ((2, *agent) if team else agent)
    assert dataset.total_episodes == (6 if "rows" in seat else 3)
    assert replay(dataset) == [200] * dataset.total_episodes
    assert all(episode.truncations[-1] and not episode.terminations.any() for episode in dataset)
    told = list(dataset.storage.get_episode_metadata(range(dataset.total_episodes)))
    if "rows" in seat:
        assert [one["options"]["agent"] for one in told] == ["chaser_0", "chaser_1"] * 3
    assert [one["seed"] for one in told] == [70, 70, 71, 71, 72, 72] if "rows" in seat else [70, 71, 72]


def test_rules_terminate_and_the_clock_truncates():
    dataset = sandlot.make_minari("lander", "lander/random-v0", policy="random", episodes=12, num_envs=5)
    lengths = replay(dataset)
    assert len(set(lengths)) > 3
    assert all(episode.terminations[-1] and not episode.truncations.any() for episode in dataset)
    last = next(iter(dataset))
    assert last.infos["event"]["crashed"][-1] == 1
    assert last.rewards[-1] < -5


def test_who_is_removed_ends_then_and_there(flock):
    dataset = sandlot.make_minari(flock, "flock/sheep-v0", team="sheep", rows="agents", episodes=2)
    episodes = list(dataset)
    assert [len(episode) for episode in episodes] == replay(dataset)
    first, second = episodes[:2]
    assert len(first) < len(second) < 20  # the wolf eats one after the other
    for episode in (first, second):
        assert (episode.terminations[-1], episode.truncations[-1]) == (True, False)
        assert (episode.infos["alive"][:-1] == 1).all()
        assert episode.infos["alive"][-1] == 0
        assert (episode.infos["event"]["eaten"][-1], episode.rewards[-1] < 0) == (1, True)
    whole = sandlot.make_minari(flock, "flock/all-v0", team="sheep", episodes=1)
    assert replay(whole) == [len(second)]
    wolf = sandlot.make_minari(flock, "flock/wolf-v0", team="wolf", episodes=1)
    assert replay(wolf) == [20]
    assert next(iter(wolf)).truncations[-1]


def contents(dataset):
    return [
        [episode.observations.tobytes(), episode.actions.tobytes(), episode.rewards.tobytes(), episode.terminations.tobytes()]
        for episode in dataset
    ]


def test_the_batch_does_not_show():
    made = [contents(sandlot.make_minari("lander", f"lander/n{n}-v0", episodes=7, seed=5, num_envs=n, max_cycles=150)) for n in (1, 3, 64)]
    assert made[0] == made[1] == made[2]
    assert contents(sandlot.make_minari("lander", "lander/later-v0", episodes=3, seed=9, max_cycles=150)) == made[0][4:]


def test_random_policies_are_reproducible_and_independent():
    def of(dataset_id, **options):
        return contents(sandlot.make_minari("tag", dataset_id, team="chaser", policy="random", episodes=2, max_cycles=10, **options))

    assert of("tag/a-v0") == of("tag/b-v0") != of("tag/c-v0", seed=1)
    assert of("tag/d-v0", others="random") == of("tag/e-v0", others="random")


class Wanders:
    """A policy of one's own, which counts what it is told and may break."""

    def __init__(self, space, breaks_at=None):
        self.inner, self.breaks_at = RandomPolicy(space), breaks_at
        self.steps, self.restarts = 0, 0

    def reset(self, count):
        assert count == 2

    def restart(self, rows):
        self.restarts += int(rows.sum())

    def act(self, obs, mask, rng):
        assert obs.shape == (2, len(obs[0]))
        assert mask.all()
        self.steps += 1
        if self.steps == self.breaks_at:
            raise KeyboardInterrupt
        return np.clip(3.0 * self.inner.act(obs, mask, rng), -1, 1) * 1.00005  # rounded badly


def test_a_policy_object(folder):
    vec = sandlot.make_vec("lander")
    policy = Wanders(vec.action_space("rocket"))
    dataset = sandlot.make_minari("lander", "lander/own-v0", policy=policy, episodes=5, num_envs=2)
    replay(dataset)
    assert policy.restarts == 3
    metadata = dataset.storage.metadata
    assert metadata["algorithm_name"] == "Wanders"
    assert "rocket played by Wanders" in metadata["description"]
    assert all(np.abs(episode.actions).max() <= 1 for episode in dataset)


def test_who_has_no_name_is_not_recovered():
    runner = Wanders(sandlot.make_vec("tag").action_space("runner"))
    dataset = sandlot.make_minari("tag", "tag/own-v0", team="chaser", others={"runner": runner}, episodes=2, max_cycles=5)
    assert dataset.total_steps == 10
    with pytest.raises(ValueError, match="env_spec is None"):
        dataset.recover_environment()


def test_nothing_is_played_where_nothing_may_be_written(folder):
    sandlot.make_minari("lander", "lander/a-v0", episodes=1, max_cycles=5)
    policy = Wanders(sandlot.make_vec("lander").action_space("rocket"))
    with pytest.raises(FileExistsError, match=r"'lander/a-v0' is there already.*overwrite=True"):
        sandlot.make_minari("lander", "lander/a-v0", episodes=2, policy=policy)
    for bad in ("lander", "lander/a", "v0", "a b-v0"):
        with pytest.raises(ValueError, match=f"^dataset_id: expected a name like sandlot/tag/scripted-v0, got '{bad}'$"):
            sandlot.make_minari("lander", bad, episodes=2, policy=policy)
    for word, bad, message in (
        ("episodes", 0, "episodes: expected a whole number from 1, got 0"),
        ("episodes", 2.5, "episodes: expected a whole number from 1, got 2.5"),
        ("max_cycles", 0, "max_cycles: expected a whole number from 1, got 0"),
        ("seed", "3", "seed: expected a whole number from 0"),
        ("seed", -1, "seed: expected a whole number from 0"),
        ("max_episode_steps", "3", "max_episode_steps: expected a whole number from 1"),
    ):
        with pytest.raises(ValueError, match=f"^{message}"):
            sandlot.make_minari("lander", "lander/b-v0", policy=policy, **{"episodes": 2} | {word: bad})
    with pytest.raises(ValueError, match=r"^max_cycles: endless has no end.time"):
        sandlot.make_minari(loads(ENDLESS), "lander/b-v0", episodes=2, policy=policy)
    with pytest.raises(ValueError, match="data_format: expected arrow or hdf5, got 'csv'"):
        sandlot.make_minari("lander", "lander/b-v0", episodes=2, policy=policy, data_format="csv")
    assert policy.steps == 0
    assert minari.list_local_datasets().keys() == {"lander/a-v0"}


def test_an_interrupted_dataset_leaves_nothing(folder):
    policy = Wanders(sandlot.make_vec("lander").action_space("rocket"), breaks_at=100)
    options = {"episodes": 50, "num_envs": 2, "policy": policy}
    with pytest.raises(KeyboardInterrupt):
        sandlot.make_minari("lander", "lander/half-v0", **options)
    assert policy.steps == 100
    assert [path for path in folder.rglob("*") if path.is_file()] == []
    before = contents(sandlot.make_minari("lander", "lander/half-v0", episodes=2))
    policy.steps = 0
    with pytest.raises(KeyboardInterrupt):
        sandlot.make_minari("lander", "lander/half-v0", overwrite=True, **options)
    assert contents(minari.load_dataset("lander/half-v0")) == before
    assert not list(folder.glob("lander/.*"))
    sandlot.make_minari("lander", "lander/half-v0", overwrite=True, episodes=3)
    assert minari.load_dataset("lander/half-v0").total_episodes == 3
    assert not list(folder.glob("lander/.*"))


def test_a_game_of_ones_own_goes_into_the_dataset(tmp_path):
    file = tmp_path / "endless.json"
    file.write_text(ENDLESS)
    dataset = sandlot.make_minari(file, "endless/a-v0", episodes=2, max_cycles=70, pace=1)
    file.unlink()
    assert replay(minari.load_dataset("endless/a-v0")) == [70, 70]
    spec = json.loads(dataset.storage.metadata["env_spec"])
    assert spec["id"] == "sandlot/Scenario-v0"
    assert spec["kwargs"]["scenario"]["params"] == {"pace": 1}


def test_params_that_vary_vary_again(tmp_path):
    file = tmp_path / "endless.json"
    file.write_text(ENDLESS.replace('"pace": 2', '"pace": {"default": 2, "min": 1, "max": 3}'))
    for source in (file, "tag"):
        vary = {"pace": {"normal": (2, 1)}} if source == file else {"shaping": {"uniform": np.array([0.1, 5])}}
        dataset = sandlot.make_minari(
            source, "some/vary-v0", episodes=4, max_cycles=9, vary=vary, overwrite=True, **({} if source == file else {"team": "chaser"})
        )
        assert replay(dataset) == [9] * 4


def test_the_library_is_named():
    dataset = sandlot.make_minari("tag", "tag/five-v0", team="runner", chasers=5, actions="discrete", episodes=1, max_cycles=3)
    spec = dataset.spec.env_spec
    assert spec.id == "sandlot/Tag-v0"
    assert spec.kwargs == {"scenario": "tag", "chasers": 5, "team": "runner", "others": {"chaser": "scripted"}, "actions": "discrete"}


def test_arrow():
    pytest.importorskip("pyarrow")
    dataset = sandlot.make_minari("tag", "tag/arrow-v0", team="chaser", rows="agents", episodes=2, max_cycles=5, data_format="arrow")
    assert [len(episode) for episode in dataset] == [5] * 6
    assert replay(dataset) == [5] * 6


@pytest.mark.parametrize("rows", ["team", "agents"])
@pytest.mark.parametrize(("name", "team"), [("tag", "chaser"), ("tell_and_push", "guide"), ("dodgeball", "red")])
@pytest.mark.parametrize("actions", ["continuous", "discrete"])
def test_datasets_can_be_cloned_from(name, team, rows, actions):
    from sandlot.agents.policies.moves import Moves
    from sandlot.agents.training.demonstrations import Recorder, read_plays

    sandlot.make_minari(name, "some/play-v0", team=team, rows=rows, actions=actions, episodes=4, num_envs=2, max_cycles=30)
    env = sandlot.make_vec(name, 4, actions=actions, autoreset="disabled")
    (play,) = read_plays("minari:some/play-v0", env, team)
    wanted = Recorder(env, team, "scripted", {}, 0).record(len(play.seen))
    there = wanted.counts & (np.cumsum(wanted.begins, 0) == 1)
    np.testing.assert_array_equal(play.counts, there)
    np.testing.assert_array_equal(play.seen[there], wanted.seen[there])
    np.testing.assert_allclose(
        play.done[there], np.clip(wanted.done[there], *((-1, 1) if Moves(env, team).choices == () else (-1, 99))), atol=1e-6
    )
    with pytest.raises(ValueError, match="minari:some/play-v0: 'agent' sees and does"):
        read_plays("minari:some/play-v0", sandlot.make_vec("spread", 1), "agent")
