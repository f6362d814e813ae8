"""Every game of the library: how its file is written, how it plays; and spread against MPE's own."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sandlot.envs import VectorEnv
from sandlot.envs.kernels.world.layout.things import Body
from sandlot.scenarios import format_text, load, names, path_of

GAMES = names()
MAX_LINES = 60


def test_the_library_is_the_folder() -> None:
    files = {path.stem for path in path_of("tag").parent.glob("*.json")} - {"scenario.schema"}
    assert set(GAMES) == files
    assert {"tag", "tell_and_push", "soccer", "lander", "spread"} <= files
    assert {"air_hockey", "transport", "swarm", "balance", "tug", "warehouse", "race", "jumpers", "dodgeball"} <= files


@pytest.mark.parametrize("name", GAMES)
def test_file_is_laid_out_and_a_page_long(name: str) -> None:
    text = path_of(name).read_text(encoding="utf-8")
    assert format_text(text) == text, f"run: sandlot fmt scenarios/{name}.json"
    assert len(text.splitlines()) <= MAX_LINES
    game = load(name)
    assert game.name == name
    assert game.schema_ == "./scenario.schema.json"
    assert game.about.endswith(".")


@pytest.mark.parametrize("name", GAMES)
def test_what_is_learnt_on_one_split_can_play_the_others(name: str) -> None:
    """The same numbers are seen: fewer pillars than are asked for would add "is it there" to each."""
    plain = VectorEnv(load(name), 1)
    for split in ("train", "test"):
        other = VectorEnv(load(name, split=split), 1)
        for team in plain.teams:
            assert other.observation_names(team) == plain.observation_names(team), (split, team)


@pytest.mark.parametrize("name", GAMES)
def test_every_team_has_a_script_and_a_score(name: str) -> None:
    game = load(name)
    for team in game.teams:
        assert set(game.baseline.get(team, {})) == set(game.actions_of(team)), f"baseline of {team}"
        assert team in game.score
        assert game.paid_terms(team)


@pytest.mark.parametrize("name", GAMES)
def test_scripted_play_keeps_every_promise(name: str) -> None:
    """Observations stay in their space, terms sum to the reward, and nothing overflows."""
    game = load(name)
    env = VectorEnv(game, 16)
    obs, info = env.reset(seed=0)
    assert not info["misplaced"].any()
    for _ in range(min(700, int((game.end.time or 60) * game.world.decisions_per_second) + 20)):
        actions = env.scripted_actions()
        for team in env.teams:
            space = env.observation_space(team)
            assert np.isfinite(obs[team]).all()
            assert (obs[team] >= space.low).all()
            assert (obs[team] <= space.high).all()
            assert np.abs(actions[team]).max(initial=0) <= 1
        obs, reward, _, _, info = env.step(actions)
        for team in env.teams:
            terms = [values[team] for key, values in info.items() if key.startswith("reward/") and team in values]
            np.testing.assert_allclose(np.sum(terms, 0), reward[team], rtol=1e-4, atol=1e-4)
        assert not info["overruns"].any()


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("tag", {"chasers": 1, "pillars": 0}),
        ("tag", {"chasers": 6, "runners": 3, "pillars": 8}),
        ("tell_and_push", {"buttons": 2, "hint": False}),
        ("soccer", {"players": 1}),
        ("soccer", {"players": 5}),
        ("lander", {"gravity": 0}),
        ("lander", {"gravity": 6}),
        ("spread", {"agents": 5, "landmarks": 2, "local_ratio": 0}),
        ("air_hockey", {"players": 2, "goals": 1}),
        ("race", {"cars": 1, "laps": 1, "grip": 0.2}),
        ("race", {"cars": 2, "laps": 20, "grip": 5}),
        ("jumpers", {"jumpers": 1}),
        ("jumpers", {"jumpers": 3}),
        ("dodgeball", {"players": 1}),
        ("dodgeball", {"players": 6}),
        ("transport", {"agents": 1, "mass": 1000}),
        ("transport", {"agents": 8, "mass": 1}),
        ("swarm", {"school": 2, "sharks": 0, "patches": 1}),
        ("swarm", {"school": 500, "sharks": 20, "patches": 20}),
        ("balance", {"agents": 2, "gravity": 1}),
        ("balance", {"agents": 5, "gravity": 5}),
        ("tug", {"pullers": 1}),
        ("tug", {"pullers": 4}),
        ("warehouse", {"agents": 1, "boxes": 1}),
        ("warehouse", {"agents": 8, "boxes": 12}),
    ],
)
def test_params_at_their_ends(name: str, params: dict[str, Any]) -> None:
    env = VectorEnv(load(name, **params), 8)
    env.reset(seed=1)
    for _ in range(60):
        obs, reward, *_ = env.step(env.scripted_actions())
    for team in env.teams:
        assert np.isfinite(obs[team]).all()
        assert np.isfinite(reward[team]).all()


def _put(env: VectorEnv, body: int, position: np.ndarray, velocity: np.ndarray) -> None:
    """Move one body of world 0."""
    rows = env._state.rows[0]
    first = body * Body.ROWS
    rows[first + Body.X : first + Body.Y + 1, 0] = position
    rows[first + Body.VX : first + Body.VY + 1, 0] = velocity


def test_spread_is_simple_spread() -> None:
    """The same positions and velocities give MPE's own observations and rewards, `local_ratio` and all."""
    mpe = pytest.importorskip("mpe2.simple_spread.simple_spread")
    theirs = mpe.raw_env(N=3, local_ratio=0.5, continuous_actions=True)
    theirs.reset(seed=0)
    world = theirs.world
    env = VectorEnv(load("spread"), 1, autoreset="disabled")
    first_agent = next(team.first_body for team in env.game.teams)
    landmarks = env.game.names.first["landmark"]
    rng = np.random.default_rng(0)
    bumps = 0
    still = {"agent": np.zeros((1, 3, 2), np.float32)}
    for _ in range(100):
        env.reset(seed=0)
        spread = rng.choice([0.2, 1.0])  # crowded worlds, so that some bump
        agents = rng.uniform(-spread, spread, (3, 2)).astype(np.float32)
        speeds = rng.uniform(-1, 1, (3, 2)).astype(np.float32)
        goals = rng.uniform(-1, 1, (3, 2)).astype(np.float32)
        for i in range(3):
            _put(env, first_agent + i, agents[i], speeds[i])
            _put(env, landmarks + i, goals[i], np.zeros(2))
        obs, reward, *_, info = env.step(still)
        # One step later: take over where ours are now, and ask both.
        rows = env._state.rows[0]
        for i, agent in enumerate(world.agents):
            first = (first_agent + i) * Body.ROWS
            agent.state.p_pos = rows[first + Body.X : first + Body.Y + 1, 0].astype(np.float64)
            agent.state.p_vel = rows[first + Body.VX : first + Body.VY + 1, 0].astype(np.float64)
            world.landmarks[i].state.p_pos = goals[i].astype(np.float64)
        shared = theirs.scenario.global_reward(world)
        for i, agent in enumerate(world.agents):
            own = theirs.scenario.reward(agent, world)
            bumps += own < 0
            np.testing.assert_allclose(obs["agent"][0, i], theirs.scenario.observation(agent, world), atol=1e-6)
            np.testing.assert_allclose(reward["agent"][0, i], 0.5 * shared + 0.5 * own, atol=1e-5)
            np.testing.assert_allclose(info["reward/bump"]["agent"][0, i], 0.5 * own, atol=1e-6)
    assert bumps > 20


def test_spread_moves_as_simple_spread() -> None:
    """A step keeps 3/4 of the speed and adds 0.5 m/s at full thrust (MPE: damping 0.25, sensitivity 5)."""
    env = VectorEnv(load("spread"), 1)
    obs, _ = env.reset(seed=3)
    right = {"agent": np.tile(np.float32([1, 0]), (1, 3, 1))}
    speed = 0.0
    for _ in range(3):
        obs, *_ = env.step(right)
        speed = 0.75 * speed + 0.5
        assert obs["agent"][0, :, 0].max() == pytest.approx(speed, abs=2e-3)


def test_no_game_is_left_out_of_the_package() -> None:
    """The wheel takes scenarios/*.json, so every game must lie in that folder itself."""
    folder = path_of("tag").parent
    assert all(Path(path).parent == folder for path in map(path_of, GAMES))
