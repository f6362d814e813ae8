"""A team's actions from keys."""

from typing import ClassVar, Literal

import pygame

from .window import Window


class KeyboardPilot:
    """Reads the keyboard as a player: directions, hands and digits.

    Args:
        layout: `"wasd"` or `"arrows"`, so that two can share a keyboard; both sets of keys if left out.
        window: Where presses too short to be seen held are noted; without it they are missed.
    """

    _LAYOUTS: ClassVar[dict[str, tuple[int, int, int, int]]] = {
        "wasd": (pygame.K_a, pygame.K_d, pygame.K_s, pygame.K_w),
        "arrows": (pygame.K_LEFT, pygame.K_RIGHT, pygame.K_DOWN, pygame.K_UP),
    }

    def __init__(self, layout: Literal["wasd", "arrows"] | None = None, window: Window | None = None) -> None:
        if layout is not None and layout not in self._LAYOUTS:
            raise ValueError(f'layout: {layout!r} is not "wasd" or "arrows"')
        chosen = self._LAYOUTS.values() if layout is None else (self._LAYOUTS[layout],)
        self._left, self._right, self._down, self._up = (set(keys) for keys in zip(*chosen, strict=True))
        self._digits = {digit: {getattr(pygame, f"K_{digit}"), getattr(pygame, f"K_KP{digit}")} for digit in range(10)}
        self._window = window

    def read(self) -> dict[str, float | list[int]]:
        """What is held now or was tapped since the last call.

        Returns:
            `x` and `y` from -1 to 1 (right and up are positive), `grab` (1 while E is held, else -1), `lock` (1 for F, -1 for G, else 0), and `keys`:
            the digits pressed, in order.
        """
        if not pygame.display.get_init():
            return {"x": 0.0, "y": 0.0, "grab": -1.0, "lock": 0.0, "keys": []}
        held = pygame.key.get_pressed()
        taps = self._window.tapped if self._window is not None else set[int]()

        def down(keys: set[int]) -> bool:
            tapped = bool(keys & taps)
            taps.difference_update(keys)
            return tapped or any(held[key] for key in keys)

        x = float(down(self._right)) - float(down(self._left))
        y = float(down(self._up)) - float(down(self._down))
        grab = 1.0 if down({pygame.K_e}) else -1.0
        lock = float(down({pygame.K_f})) - float(down({pygame.K_g}))
        return {"x": x, "y": y, "grab": grab, "lock": lock, "keys": [digit for digit, keys in self._digits.items() if down(keys)]}
