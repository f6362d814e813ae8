"""What is written in a picture of a world: its name, time and scores, the rules that fired, and what bodies say."""

import math
import os
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from .camera import View
from .scene import Frame, Scene
from .stencils import distance, shade
from .style import INK, MUTED, RGB, WHITE, Look, number_text, policy_text, symbol_text, team_colors

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")  # read by pygame when it is imported
import pygame
import pygame.font

EVENT_SECONDS = 1.2  # how long a rule's name stays readable


def surface_of(pixels: NDArray[np.uint8]) -> pygame.Surface:
    """Make a surface with alpha from BGRA pixels."""
    return pygame.image.frombytes(pixels.tobytes(), (pixels.shape[1], pixels.shape[0]), "BGRA")


class Lettering:
    """Writes short texts in pygame's bundled font; owns the fonts and the pictures of texts."""

    def __init__(self) -> None:
        self._fonts: dict[int, pygame.font.Font] = {}
        self._texts: dict[tuple[str, int, RGB], pygame.Surface] = {}

    def write(self, text: str, size: int, color: RGB) -> pygame.Surface:
        """Find or make the picture of a text whose capitals are about `0.7 * size` pixels high."""
        if not pygame.font.get_init():  # never started, or another user of pygame has shut it down
            pygame.font.init()
            self._fonts.clear()
        key = (text, size, color)
        if key not in self._texts:
            if size not in self._fonts:
                self._fonts[size] = pygame.font.Font(None, size)
            if len(self._texts) > 512:  # clocks and scores come by the thousand
                self._texts.clear()
            self._texts[key] = self._fonts[size].render(text.replace("\0", ""), True, color)
        return self._texts[key]


class Captions:
    """Writes around the world that a painter draws."""

    def __init__(self, scene: Scene, view: View, lettering: Lettering) -> None:
        self._scene, self._view, self._lettering = scene, view, lettering
        self._team_colors = team_colors(scene)
        self._bubbles: dict[int, pygame.Surface] = {}

    def title(self, canvas: pygame.Surface, frame: Frame) -> None:
        """The line on top: name and time on the left, score by team on the right, as much of it as fits."""
        bar, size = self._view.bar, max(15, round(self._view.bar * 0.58))
        name = self._lettering.write(self._scene.name, size, INK)
        clock = self._lettering.write(f"{frame.time:.1f} s", size, MUTED)
        left = size * 0.6
        for text in (name, clock):
            canvas.blit(text, text.get_rect(midleft=(left, bar / 2)))
            left += text.width + size * 0.8
        for detail in (2, 1, 0):
            parts = [self._score(team, frame, size, detail) for team in self._scene.teams]
            if sum(part.width + size * 0.5 for part in parts) <= self._view.width - left:
                right = self._view.width - size * 0.3
                for part in reversed(parts):
                    canvas.blit(part, part.get_rect(midright=(right, bar / 2)))
                    right -= part.width + size * 0.5
                return

    def _score(self, team: str, frame: Frame, size: int, detail: int) -> pygame.Surface:
        """A team's dot and score; with `detail` 1 also its name, with 2 also who plays it."""
        words = [(team, INK)] if detail else []
        if detail == 2 and team in self._scene.policies:
            words.append((policy_text(self._scene.policies[team]), MUTED))
        if team in frame.score:
            words.append((number_text(frame.score[team]), INK))
        texts = [self._lettering.write(word, size, color) for word, color in words]
        gap, dot = size * 0.3, size * 0.32
        part = pygame.Surface((2 * dot + 2 + sum(text.width + gap for text in texts), self._view.bar), pygame.SRCALPHA, 32)
        pygame.draw.aacircle(part, self._team_colors[team], (dot + 1, part.height / 2), dot)
        left = 2 * dot + 2 + gap * 0.7
        for text in texts:
            part.blit(text, text.get_rect(midleft=(left, part.height / 2)))
            left += text.width + gap
        return part

    def events(self, canvas: pygame.Surface, now: float, recent: Iterable[tuple[float, str]]) -> None:
        """Names of the rules that fired lately on the line below the world, newest first, fading."""
        latest: dict[str, tuple[float, int]] = {}
        for time, name in recent:
            count = latest.pop(name, (0.0, 0))[1]  # popped, so that the newest goes to the end
            latest[name] = (time, count + 1)
        foot = self._view.foot
        left, middle = foot * 0.5, self._view.height - foot / 2 + 1
        for name, (time, count) in reversed(latest.items()):
            text = self._lettering.write(name if count == 1 else f"{name} x{count}", round(foot * 0.62), WHITE)
            pill = pygame.Surface((text.width + 16, round(foot * 0.72)), pygame.SRCALPHA, 32)
            if left + pill.width > self._view.width:
                return
            pygame.draw.rect(pill, (*INK, 215), pill.get_rect(), border_radius=pill.height // 2)
            pill.blit(text, text.get_rect(center=(pill.width / 2, pill.height / 2)))
            pill.set_alpha(round(255 * min(1.0, 2 * (1 - (now - time) / EVENT_SECONDS))))
            canvas.blit(pill, pill.get_rect(midleft=(left, middle)))
            left += pill.width + 6

    def bubble(self, symbol: int) -> pygame.Surface:
        """The bubble of a symbol: a rounded box and its tail as one outline."""
        if symbol not in self._bubbles:
            text = self._lettering.write(symbol_text(symbol), max(15, round(self._view.bar * 0.6)), INK)
            bend = text.height / 2 + 2
            half = max(0.0, (text.width - text.height) / 2 + 1)
            width, height = math.ceil(2 * (half + bend)) + 4, math.ceil(2 * bend) + 9
            x = (np.arange(width, dtype=np.float32) + (0.5 - width / 2))[None, :]
            y = (np.arange(height, dtype=np.float32) - (bend + 1.5))[:, None]
            box = distance(x, y, np.array([[-half, 0.0], [half, 0.0]])) - bend
            tail = distance(x, y, np.array([[-4.0, bend - 2], [4.0, bend - 2], [0.0, bend + 5]]))
            bubble = surface_of(shade(np.minimum(box, tail), Look(WHITE, INK, 0.95, 0.9, 1.2)))
            bubble.blit(text, text.get_rect(center=(width / 2, bend + 2)))
            self._bubbles[symbol] = bubble
        return self._bubbles[symbol]
