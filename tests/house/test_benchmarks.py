"""What benchmarks/ times is what it says; the figures themselves are for `benchmarks/run.py`."""

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import sandlot
from sandlot.envs.core.vector import VectorEnv
from sandlot.scenarios import loads

FOLDER = Path(__file__).parents[2] / "benchmarks"
pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="the wheel leaves benchmarks/ out")


@pytest.fixture
def pile(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.delitem(sys.modules, "pile", raising=False)
    import pile

    return pile


@pytest.mark.parametrize("count", [10, 50])
def test_pile_settles_differently_in_every_world(pile: ModuleType, count: int) -> None:
    env = VectorEnv(loads(pile.text(count)), 16)
    env.reset(seed=0)
    idle = {"nobody": np.zeros((16, 1), np.int64)}
    for _ in range(pile.SETTLE):
        info = env.step(idle)[4]
    assert not info["overruns"].any()
    rows = env.state().reshape(16, -1)
    assert np.isfinite(rows).all()
    assert len(np.unique(rows.round(4), axis=0)) == 16, "no two worlds alike"


def test_level_is_a_game_with_three_moving_bodies() -> None:
    game = sandlot.load(FOLDER / "level.json")
    assert sum(kind.count for kind in (*game.things.values(), *game.teams.values()) if kind.body == "dynamic") == 3


@pytest.mark.slow
def test_a_short_soak() -> None:
    command = [sys.executable, str(FOLDER / "soak.py"), "--steps", "300000", "--worlds", "200"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("soak: fine\n")
