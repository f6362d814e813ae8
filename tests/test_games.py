"""Valid means it runs: random games with every word of the language load, are made, begin and step, and all that they show is finite."""

import json
from typing import Any

import numpy as np
import pytest
from games import FEATURES, game, games
from hypothesis import HealthCheck, given, settings

from sandlot.envs.core import VectorEnv
from sandlot.scenarios import loads


def run(made: dict[str, Any], actions: str = "continuous", steps: int = 6) -> None:
    """Play the scripts in two worlds."""
    split = "train" if "train" in made else None
    env = VectorEnv(loads(json.dumps(made), split=split), 2, actions=actions, autoreset="same_step")
    shown = [*env.reset(seed=0)[:1]]
    for _ in range(steps):
        shown += env.step(env.scripted_actions())[:2]
    env.action_masks()
    assert all(np.isfinite(values).all() for by_team in shown for values in by_team.values())
    assert np.isfinite(env.state()).all()


@pytest.mark.parametrize("feature", FEATURES)
def test_every_feature_alone_runs(feature: str) -> None:
    for seed in range(3):
        run(game({feature}, seed))


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(games())
def test_random_games_run(made: dict[str, Any]) -> None:
    run(made)
    run(made, "discrete", 2)
