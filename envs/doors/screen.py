"""How a single environment shows itself: a window, a picture, or not at all; pickles leave windows behind."""

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ...scenarios import Scenario
    from ..core.vector import ActionKind, VectorEnv

RENDER_MODES = ("human", "rgb_array")


class Screen:
    """Draws the first world of a batch.

    Args:
        mode: `human`, `rgb_array` or None.
    """

    def __init__(self, mode: str | None) -> None:
        if mode is not None and mode not in RENDER_MODES:
            raise ValueError(f"render_mode: expected {', '.join(RENDER_MODES)} or None, got {mode!r}")
        self.mode = mode
        self._window: Any = None
        self._closed = False

    def world(self, scenario: "Scenario", actions: "ActionKind" = "continuous", max_cycles: int | None = None) -> "VectorEnv":
        """The batch of one world that is shown, which waits for `reset` at the end of an episode; arguments as of `VectorEnv`."""
        from ..core.vector import VectorEnv

        drawn = "rgb_array" if self.mode == "rgb_array" else None
        return VectorEnv(scenario, autoreset="disabled", actions=actions, copy=False, threads=1, max_cycles=max_cycles, render_mode=drawn)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_window": None}

    def begin(self, env: "VectorEnv") -> None:
        """Show the first moment of an episode."""
        if self.mode != "human" or self._closed:
            return
        if self._window is not None:
            self._window.scene = env.scene()
        self.draw(env)

    def draw(self, env: "VectorEnv") -> None:
        """Show the present moment, as long as it lasts; nothing once the user has closed the window."""
        if self.mode != "human" or self._closed:
            return
        if self._window is None:
            self._open(env)
        if self._window is not None and not self._window.show(env.frame()):
            self.close()

    def _open(self, env: "VectorEnv") -> None:
        """Open the window; without a display there is none, and nobody waits for it."""
        from ..view.window import NoDisplayError, Window  # pygame is imported by those who watch

        try:
            self._window = Window(env.scene(), width=env.scenario.view.width)
        except NoDisplayError as error:
            self._closed = True
            warnings.warn(f'render_mode="human": {error}, or render_mode="rgb_array"', stacklevel=5)

    def picture(self, env: "VectorEnv") -> NDArray[np.uint8] | None:
        """What `render` returns."""
        return env.render() if self.mode == "rgb_array" else None

    def close(self) -> None:
        """Close the window; may be called twice."""
        self._closed = True
        if self._window is not None:
            self._window.close()
            self._window = None


__all__ = ["RENDER_MODES", "Screen"]
