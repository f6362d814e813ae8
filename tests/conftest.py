"""What several tests need: PettingZoo's checkers, windows without a display, a game in which agents leave."""

import os
import signal
import warnings
from types import ModuleType
from typing import Any

import pytest
from flock import FLOCK

import sandlot
from sandlot.scenarios import Scenario, loads

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # run in the background (CI does): what tests start would be deaf to Ctrl-C
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Under `-n` each worker begins with a run of files of its own, as their fixtures are made once a worker; who is done takes over from who is not."""
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log) if config.option.dist == "load" else None  # what `-n` alone says


def pytest_sessionstart(session: pytest.Session) -> None:
    """Under `-n` kernels are compiled here, before there are workers: all of them find the code on disk. Nobody's libraries take more than one core."""
    option = session.config.option
    if getattr(option, "dist", "no") != "no" and not option.collectonly and not hasattr(session.config, "workerinput"):
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        env = sandlot.make_vec("lander")
        env.reset(seed=0)
        env.action_masks()


@pytest.fixture
def flock() -> Scenario:
    """A game whose sheep are removed one after the other."""
    return loads(FLOCK, "flock.json")


@pytest.fixture
def no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows open in memory."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")


@pytest.fixture
def quick_windows(no_display: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows in memory that don't take the time that the game takes."""
    from sandlot.envs.view.window import Window

    monkeypatch.setattr(Window, "speed", property(lambda self: 1000, lambda self, _: None), raising=False)


@pytest.fixture(scope="session")
def zoo() -> ModuleType:
    """pettingzoo.test; its import warns about PettingZoo's own old games."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pettingzoo.test
    return pettingzoo.test
