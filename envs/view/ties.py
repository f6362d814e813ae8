"""What holds bodies together, as lines and signs of a picture: joints, hands, locks. Plain numbers; render.py draws them."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .scene import Frame, Scene
from .stencils import distance, shade
from .style import INK, MUTED, RGB, WHITE, Look, mix, rgb_of, team_colors

ROPE: RGB = (134, 104, 66)
STEEL: RGB = (86, 92, 104)
ZIGZAG = 9
"""Corners of a drawn spring."""


@dataclass(frozen=True)
class Stroke:
    """A line through some places [m]."""

    points: tuple[tuple[float, float], ...]
    color: RGB
    width: int


@dataclass(frozen=True)
class Sign:
    """A small picture at a place [m]: `pin`, `weld`, `grip` or `lock`."""

    what: str
    x: float
    y: float
    color: RGB


def strokes(scene: Scene, frame: Frame) -> list[Stroke]:
    """Ropes, springs and rails of joints that are whole, and the arms of those who hold something."""
    found: list[Stroke] = []
    for tie, broken in zip(scene.ties, frame.broken, strict=True):
        if broken or tie.type in ("pin", "weld") or not _is_there(frame, tie.first, tie.second):
            continue
        a, b = _place(frame, tie.first, tie.a), _near(scene, _place(frame, tie.second, tie.b), _place(frame, tie.first, tie.a))
        if tie.type == "rope":
            found.append(Stroke(_hang(a, b, tie.length), ROPE, 2))
        elif tie.type == "spring":
            found.append(Stroke(_wind(a, b, 0.012 * min(scene.size)), STEEL, 2))
        else:
            turn = tie.axis + (float(frame.pose[tie.first, 2]) if tie.first >= 0 else 0.0)
            low, high = tie.travel
            ends = [(a[0] + far * math.cos(turn), a[1] + far * math.sin(turn)) for far in (low, high)]
            found.append(Stroke((ends[0], ends[1]), MUTED, 3))
    colors = team_colors(scene)
    for holder, held, at in frame.grips:
        if _is_there(frame, holder, held):
            grip, color = _place(frame, holder, at), mix(colors[scene.shapes[holder].kind], INK, 0.45)
            ends = [_near(scene, _place(frame, body, (0.0, 0.0)), grip) for body in (holder, held)]
            found.append(Stroke((ends[0], grip, ends[1]), color, 4))
    return found


def signs(scene: Scene, frame: Frame) -> list[Sign]:
    """Hinges, welds, grips and locks."""
    found: list[Sign] = []
    for tie, broken in zip(scene.ties, frame.broken, strict=True):
        if broken or not _is_there(frame, tie.first, tie.second):
            continue
        ends = [(tie.second, tie.b)] if tie.type in ("pin", "weld", "slider") else [(tie.first, tie.a), (tie.second, tie.b)]
        for body, anchor in ends:
            found.append(Sign("weld" if tie.type == "weld" else "pin", *_place(frame, body, anchor), WHITE if body >= 0 else INK))
    colors = team_colors(scene)
    for holder, held, at in frame.grips:
        if _is_there(frame, holder, held):
            found.append(Sign("grip", *_place(frame, holder, at), colors[scene.shapes[holder].kind]))
    for body, team in frame.locked:
        if frame.present[body]:
            found.append(Sign("lock", float(frame.pose[body, 0]), float(frame.pose[body, 1]), colors[team]))
    return found


def sign_pixels(sign: Sign, size: float) -> NDArray[np.uint8]:
    """A sign as BGRA pixels, shape (H, W, 4), about `size` pixels in radius, its centre in the middle."""
    side = math.ceil(2.2 * size) + 2
    axis = np.arange(-side, side + 1, dtype=np.float32)
    x, y = axis[None, :], -axis[:, None]
    ring = rgb_of("#262a33")
    if sign.what == "lock":
        body = distance(x, y, np.array([[-1.0, -1.1], [1.0, -1.1], [1.0, 0.3], [-1.0, 0.3]]) * size) - 0.25 * size
        bow = np.abs(np.hypot(x, y - 0.55 * size) - 0.75 * size) - 0.2 * size
        bow = np.where(y > 0.5 * size, bow, np.maximum(bow, 0.5 * size - y))
        return shade(np.minimum(body, bow), Look(sign.color, WHITE, 1.0, 1.0, 1.4, grow=1.4))
    if sign.what == "weld":
        return shade(np.maximum(np.abs(x), np.abs(y)) - 0.8 * size, Look(STEEL, WHITE, 1.0, 1.0, 1.2))
    if sign.what == "grip":
        return shade(np.hypot(x, y) - 1.15 * size, Look(mix(sign.color, INK, 0.3), WHITE, 1.0, 1.0, 1.4))
    return shade(np.hypot(x, y) - 0.8 * size, Look(sign.color, ring, 1.0, 1.0, max(1.2, 0.35 * size)))


def _is_there(frame: Frame, first: int, second: int) -> bool:
    return all(body < 0 or bool(frame.present[body] and np.isfinite(frame.pose[body]).all()) for body in (first, second))


def _place(frame: Frame, body: int, at: tuple[float, float]) -> tuple[float, float]:
    """Where a point of a body's frame lies; body -1 is the world."""
    if body < 0:
        return at
    x, y, turn = (float(value) for value in frame.pose[body])
    c, s = math.cos(turn), math.sin(turn)
    return x + c * at[0] - s * at[1], y + s * at[0] + c * at[1]


def _near(scene: Scene, there: tuple[float, float], here: tuple[float, float]) -> tuple[float, float]:
    """In a world that wraps, the image of a place that is nearest to another."""
    if scene.walls != "wrap":
        return there
    x, y = (a + math.remainder(b - a, size) for a, b, size in zip(here, there, scene.size, strict=True))
    return x, y


def _hang(a: tuple[float, float], b: tuple[float, float], length: float) -> tuple[tuple[float, float], ...]:
    """A rope: straight where it is taut, else a parabola of about its length to the lower side.

    A flat arc of sag s over a chord d is d + 8 s^2 / 3 d long.
    """
    dx, dy = b[0] - a[0], b[1] - a[1]
    chord = math.hypot(dx, dy)
    if length <= chord * 1.005 or chord < 1e-6:
        return a, b
    sag = math.sqrt(3 * chord * min(length - chord, chord) / 8)
    nx, ny = (dy / chord, -dx / chord) if dx >= 0 else (-dy / chord, dx / chord)
    parts = [k / 12 for k in range(13)]
    return tuple((a[0] + dx * t + 4 * sag * t * (1 - t) * nx, a[1] + dy * t + 4 * sag * t * (1 - t) * ny) for t in parts)


def _wind(a: tuple[float, float], b: tuple[float, float], wide: float) -> tuple[tuple[float, float], ...]:
    """A spring: a zigzag between two straight ends."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = math.hypot(dx, dy) or 1.0
    nx, ny = -dy / length * wide, dx / length * wide
    inner = []
    for k in range(ZIGZAG):
        t, side = 0.15 + 0.7 * (k + 0.5) / ZIGZAG, 1 if k % 2 else -1
        inner.append((a[0] + dx * t + side * nx, a[1] + dy * t + side * ny))
    ends = [(a[0] + dx * t, a[1] + dy * t) for t in (0.15, 0.85)]
    return a, ends[0], *inner, ends[1], b
