"""The golden state hashes: every library game after 500 steps of seeded random actions has the bits it had, on every machine.

They change when physics, rules or spawning change on purpose: then `python tests/core/test_golden.py` writes them anew, and the commit says why.
"""

import json
from pathlib import Path

import numpy as np
import pytest

import sandlot

FILE = Path(__file__).parents[1] / "golden.json"
STEPS, SEED, LANES = 500, 1234, 3
REWRITE = "if that is meant, run: python tests/core/test_golden.py"


def actions_of(env, rng):
    """Random actions for one world, by team."""
    chosen = {}
    for team in env.teams:
        space, count = env.action_space(team), len(env.agents(team))
        if hasattr(space, "nvec"):
            chosen[team] = rng.integers(space.nvec, size=(count, len(space.nvec)))
        elif hasattr(space, "n"):
            chosen[team] = rng.integers(space.n, size=count)
        else:
            chosen[team] = rng.uniform(-1, 1, (count, *space.shape)).astype(np.float32)
    return chosen


def play(name, num_envs, lanes, seed=SEED, threads=1):
    """State hashes of some worlds after the steps; each world's actions follow from its seed alone."""
    env = sandlot.make_vec(name, num_envs, threads=threads)
    env.reset(seed=seed)
    draws = [np.random.default_rng(seed + lane) for lane in range(num_envs)]
    for _ in range(STEPS):
        worlds = [actions_of(env, rng) for rng in draws]
        env.step({team: np.stack([world[team] for world in worlds]) for team in env.teams})
    found = [env.state_hash(lane) for lane in lanes]
    env.close()
    return found


@pytest.mark.parametrize("name", sandlot.names())
def test_the_bits_are_those_that_are_kept(name):
    golden = json.loads(FILE.read_text(encoding="utf-8"))
    assert name in golden, f"no golden hashes of {name!r}; run: python tests/core/test_golden.py"
    singles = [play(name, 1, [0], SEED + lane)[0] for lane in range(LANES)]
    assert singles == golden[name], REWRITE
    for threads in (1, 2):
        assert play(name, 17, [0, 1, 2], threads=threads) == golden[name], f"a batch on {threads} threads differs from single worlds"


def test_nothing_is_kept_of_games_that_are_gone():
    assert set(json.loads(FILE.read_text(encoding="utf-8"))) == set(sandlot.names()), REWRITE


def write():
    """Play every game and keep its hashes."""
    golden = {name: play(name, LANES, range(LANES)) for name in sandlot.names()}
    FILE.write_text(json.dumps(golden, indent=1) + "\n", encoding="utf-8")
    print(f"{FILE}: written")


if __name__ == "__main__":
    write()
