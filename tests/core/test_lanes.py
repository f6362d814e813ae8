"""A world's bits are its own: random games with every word of the language, each world alone, among others that differ, again, and from a snapshot."""

import json

import numpy as np
import pytest
from games import FEATURES, game, games
from hypothesis import HealthCheck, given, settings

from sandlot.envs.core.vector import VectorEnv
from sandlot.scenarios import loads

STEPS, SEED, AMONG = 24, 11, 17


def load(made):
    return loads(json.dumps(made), split="train" if "train" in made else None)


def drawn(space, shape, rng):
    """Random actions of a team's agents in one world."""
    if hasattr(space, "nvec"):
        return rng.integers(space.nvec, size=shape)
    return rng.integers(space.n, size=shape) if hasattr(space, "n") else rng.uniform(-1, 1, shape).astype(np.float32)


def actions(env, seeds, step):
    """What is done in each world: it follows from the world's seed and the step alone, so that a world does the same wherever it is."""
    found = {}
    for number, team in enumerate(env.teams):
        if team not in env.scripted:
            shape = (len(env.agents(team)), *(env.action_space(team).shape or ()))
            found[team] = np.stack([drawn(env.action_space(team), shape, np.random.default_rng([seed, step, number])) for seed in seeds])
    return found


def story(env, seeds, lane, first=0, steps=STEPS):
    """All that one world shows and is, step by step, in bytes."""
    told = []
    for step in range(first, first + steps):
        obs, reward, terminated, truncated, info = env.step(actions(env, seeds, step))
        shown = [values[lane] for by_team in (obs, reward, info["alive"]) for values in by_team.values()]
        shown += [values[lane] for name, values in sorted(info.items()) if name.startswith("event/")]
        told.append(
            (
                b"".join(np.ascontiguousarray(values).tobytes() for values in shown),
                bool(terminated[lane]),
                bool(truncated[lane]),
                env.get_state([lane]),
            )
        )
    return told


def begin(made, worlds, mode, seeds, **more):
    """An environment with scripts for half of the teams, just reset."""
    env = VectorEnv(load(made), worlds, autoreset=mode, **more)
    env.script(env.teams[::2])
    env.reset(seed=seeds)
    return env


def check(made, mode="same_step", kind="continuous"):
    """One world alone, as one of 17 at three places, after a reset of used worlds, and from a snapshot put into used ones."""
    alone = begin(made, 1, mode, [SEED], actions=kind)
    expected = story(alone, [SEED], 0)
    for lane in (0, 5, AMONG - 1):
        seeds = [SEED if k == lane else 100 + k for k in range(AMONG)]
        many = begin(made, AMONG, mode, seeds, actions=kind)
        assert story(many, seeds, lane) == expected, f"lane {lane} of {AMONG} differs from the world alone"
    alone.reset(seed=[SEED])
    assert story(alone, [SEED], 0) == expected, "a reset to the same seed plays another episode"

    half = STEPS // 2
    snapshot = expected[half - 1][-1]
    seeds[5] = SEED
    for env, lane, worlds in ((alone, 0, [SEED]), (many, 5, seeds)):
        env.set_state(snapshot, [lane])
        told, wanted = story(env, worlds, lane, half, STEPS - half), expected[half:]
        if mode == "disabled":  # what a world showed that is over is in no snapshot: it is seen anew, by noisy senses with other noise
            told, wanted = [shown[1:] for shown in told], [shown[1:] for shown in wanted]
        assert told == wanted, f"a snapshot goes on otherwise in {env.num_envs} used worlds"
    part = np.arange(AMONG) == 3
    before = [many.get_state([k]) for k in range(AMONG) if k != 3]
    many.reset(mask=part)
    assert [many.get_state([k]) for k in range(AMONG) if k != 3] == before, "a reset of one world changed others"


@pytest.mark.parametrize("feature", FEATURES)
def test_worlds_with_a_feature_are_their_own(feature):
    check(game({feature}, 3))


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(games())
def test_worlds_of_random_games_are_their_own(made):
    check(made, "next_step")


@settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(games())
def test_worlds_of_random_games_with_choices_are_their_own(made):
    check(made, "disabled", "discrete")


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["next_step", "same_step", "disabled"])
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(games(most=9))
def test_worlds_of_many_random_games_are_their_own(mode, made):
    check(made, mode)
