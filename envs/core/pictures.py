"""Pictures of worlds of a batch: a painter for each of them, which remembers the trails of its episode."""

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from ..view.render import Painter
from ..view.scene import Frame, Scene

_PAINTERS = 64
"""Worlds of which pictures can be drawn in turn without forgetting the trails of agents; each takes some megabytes."""


class Pictures:
    """The painters, by world, the one that drew last at the end.

    Args:
        width: Of a picture [px].
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self._painters: dict[int, tuple[tuple[int, ...], Painter]] = {}

    def draw(self, lane: int, episode: tuple[int, ...], scene: Callable[[], Scene], frame: Frame) -> NDArray[np.uint8]:
        """A picture of a world, uint8 [H, W, 3]; the scene is asked for where another episode has begun."""
        drawn = self._painters.pop(lane, None)
        if drawn is None or drawn[0] != episode:
            drawn = episode, Painter(scene(), width=self._width)
        self._painters[lane] = drawn
        if len(self._painters) > _PAINTERS:
            del self._painters[next(iter(self._painters))]
        return drawn[1].rgb(frame)

    def forget(self, lanes: Iterable[int]) -> None:
        """Let the next pictures of some worlds begin anew."""
        for lane in self._painters.keys() & set(lanes):
            del self._painters[lane]


__all__ = ["Pictures"]
