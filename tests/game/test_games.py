"""Valid means it runs: random games with every word of the language load, are made, begin and step, and all that they show is finite."""

import json
import time
from typing import Any

import numpy as np
import pytest
from games import FEATURES, game, games
from hypothesis import HealthCheck, given, settings

from sandlot.envs.core.vector import VectorEnv
from sandlot.scenarios import ScenarioError, full, loads, names, path_of
from sandlot.scenarios.text.problems import clean
from sandlot.scenarios.text.tree import parse_text


def run(made: dict[str, Any], actions: str = "continuous", steps: int = 6) -> None:
    """Play the scripts in two worlds."""
    split = "train" if "train" in made else None
    scenario = loads(json.dumps(made), split=split)
    assert split is not None or full(loads(json.dumps(full(scenario)))) == full(scenario)
    env = VectorEnv(scenario, 2, actions=actions, autoreset="same_step")
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


NUMBERS = [0, 1, -1, 2, 3.0, 1e-40, 1e-30, 1e-6, 0.5, 63, 64, 65, 1e3, 1e5, 1e9, 1e12, 1e15, -1e12, 10**30, True, False, None]
TEXTS = [
    "= 1",
    "= self.x",
    "= random()",
    "= true",
    "= vec(1, 0)",
    "= sum(ball, 1)",
    "$pay",
    "start",
    "world",
    "walls",
    "x" * 70,
    "\x1b[31m",
    "near goal",
    "",
]


def mutated(made: dict[str, Any], rng: np.random.Generator) -> dict[str, Any]:
    """A copy in which one to four places are changed: a number, a text, a name, a part of another place, nothing."""
    tree = json.loads(json.dumps(made))
    places: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        for key in list(node) if isinstance(node, dict) else range(len(node)):
            places.append((node, key))
            if isinstance(node[key], dict | list):
                walk(node[key])

    walk(tree)
    for _ in range(rng.choice([1, 1, 1, 2, 4])):
        node, key = places[rng.integers(len(places))]
        other, taken = places[rng.integers(len(places))]
        if key not in node if isinstance(node, dict) else key >= len(node):
            continue  # changed away
        way = 2 if isinstance(node[key], int | float) and rng.random() < 0.7 else rng.integers(7)
        if way == 0:
            node[key] = NUMBERS[rng.integers(len(NUMBERS))]
        elif way == 1:
            node[key] = TEXTS[rng.integers(len(TEXTS))]
        elif way == 2 and isinstance(node[key], int | float) and not isinstance(node[key], bool):
            node[key] = node[key] * rng.choice([0, -1, 0.5, 2, 3, 10, 1e-3, 1e3, 1e-9, 1e9])
        elif way == 3:
            del node[key]
        elif way == 4 and isinstance(node, dict):
            node[str(taken)] = node.pop(key)
        elif way == 5 and (taken in other if isinstance(other, dict) else taken < len(other)):
            node[key] = json.loads(json.dumps(other[taken]))
        elif isinstance(node, dict):
            node[str(taken)] = {}
    return tree


def check_mutant(source: str, seed: int) -> bool:
    """What is done to a game is refused at once, with its place, or runs; returns whether it runs."""
    rng = np.random.default_rng(seed)
    base = (
        parse_text(path_of(source).read_text("utf-8"), source).plain() if source else game(set(rng.permutation(sorted(FEATURES))[:4]), seed)
    )
    made = mutated(base, rng)
    begun = time.process_time()
    try:
        loads(json.dumps(made))
    except ScenarioError as error:
        wrong = error
    else:
        wrong = None
    assert time.process_time() - begun < 2
    if wrong is None:
        run(made, steps=2)
        return True
    assert all(problem.line >= 1 and problem.message for problem in wrong.problems)
    assert clean(str(wrong)) == str(wrong)
    return False


@pytest.mark.parametrize("source", ["", *names()])
def test_mutants_are_refused_or_run(source: str) -> None:
    assert any([check_mutant(source, seed) for seed in range(12 if source else 40)])
