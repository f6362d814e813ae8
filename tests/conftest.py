"""What several tests need: PettingZoo's checkers, windows without a display, a game in which agents leave."""

import signal
import warnings
from types import ModuleType

import pytest
from flock import FLOCK

from sandlot.scenarios import Scenario, loads

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # run in the background (CI does): what tests start would be deaf to Ctrl-C
    signal.signal(signal.SIGINT, signal.default_int_handler)


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
    from sandlot.envs.window import Window

    monkeypatch.setattr(Window, "speed", property(lambda self: 1000, lambda self, _: None), raising=False)


@pytest.fixture(scope="session")
def zoo() -> ModuleType:
    """pettingzoo.test; its import warns about PettingZoo's own old games."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pettingzoo.test
    return pettingzoo.test
