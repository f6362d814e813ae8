"""Shapes that are drawn more than once: wheels, arrows, shades."""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .scene import Shape
from .style import FLOOR, INK, Floats, Look, look_of


def distance(x: Floats, y: Floats, corners: Floats) -> Floats:
    """Signed distance of points to a convex polygon, negative inside; or to a point or a segment."""
    if len(corners) == 1:
        away: Floats = np.hypot(x - float(corners[0, 0]), y - float(corners[0, 1]))
        return away
    ahead = np.roll(corners, -1, axis=0)
    area = float(np.sum(corners[:, 0] * ahead[:, 1] - corners[:, 1] * ahead[:, 0]))
    nearest = (x - float(corners[0, 0])) ** 2 + (y - float(corners[0, 1])) ** 2
    outside = np.full_like(nearest, -np.inf)
    for (ax, ay), (bx, by) in zip(corners.tolist(), ahead.tolist(), strict=True):
        ex, ey, wx, wy = bx - ax, by - ay, x - ax, y - ay
        length = math.hypot(ex, ey)
        if length == 0.0:
            continue
        along = np.clip((wx * ex + wy * ey) * (1 / length**2), 0, 1)
        nearest = np.minimum(nearest, (wx - along * ex) ** 2 + (wy - along * ey) ** 2)
        if area:  # inside means behind every edge, whichever way round the corners run
            outside = np.maximum(outside, (wx * ey - wy * ex) * (math.copysign(1, area) / length))
    away = np.sqrt(nearest)
    inside: Floats = np.where(outside < 0, -away, away)
    return inside if area else away


def shade(gap: Floats, look: Look, light: Floats | None = None, mark: Floats | None = None) -> NDArray[np.uint8]:
    """Turn signed distances [px] into BGRA pixels, shape (H, W, 4); the canvas blits that order fastest.

    Args:
        gap: Distance of each pixel's centre to the outline, shape (H, W).
        look: Colours and widths.
        light: How far the gloss lightens (above 0) or darkens each pixel, -1 to 1, shape (H, W).
        mark: Distance of each pixel's centre to a pale mark on top, shape (H, W).
    """
    gap = gap - look.grow
    cover = np.clip(0.5 - gap, 0, 1)
    inner = np.clip(0.5 - gap - look.edge_width, 0, 1)
    alpha = cover * look.edge_alpha + inner * (look.fill_alpha - look.edge_alpha)
    # Colours are weighed by the alpha they bring, so that a translucent fill keeps its border crisp.
    share = inner * look.fill_alpha / np.maximum(alpha, 1e-6)
    total, weight = alpha, np.float32(1)
    if look.shadow:
        total = alpha + look.shadow * np.clip(1 - gap / look.shadow_width, 0, 1) ** 2 * (1 - alpha)
        weight = alpha / np.maximum(total, 1e-6)
    pixels = np.empty((*gap.shape, 4), np.uint8)
    for channel, of in enumerate((2, 1, 0)):
        value = look.edge[of] + (look.fill[of] - look.edge[of]) * share
        if light is not None:
            value = value + look.gloss * share * (255 * np.maximum(light, 0) + value * np.minimum(light, 0))
        if mark is not None:
            value = value + (255 - value) * (np.clip(0.5 - mark, 0, 1) * inner * 0.85)
        pixels[..., channel] = np.clip(value * weight + INK[of] * (1 - weight), 0, 255) + 0.5
    pixels[..., 3] = np.clip(total, 0, 1) * 255 + 0.5
    return pixels


def wheel_of(length: float) -> Shape:
    """The tyre of a car, seen from above [m]."""
    x, y, round_off = 0.42 * length, 0.16 * length, 0.08 * length
    corners = np.array([[-x, -y], [x, -y], [x, y], [-x, y]], np.float32)
    return Shape("wheel", 0, False, "dynamic", corners, round_off, "#{:02x}{:02x}{:02x}".format(*INK), True)


def arrow_of(size: float) -> Shape:
    """An arrow head on a belt, `size` long [m], pointing to +x."""
    corners = np.array([[-0.4, -0.5], [0.6, 0.0], [-0.4, 0.5]], np.float32) * np.float32(size)
    return Shape("arrow", 0, False, "static", corners, 0.0, "#{:02x}{:02x}{:02x}".format(*FLOOR), True)


def arrows_on(shape: Shape, speed: float, time: float) -> tuple[float, list[float]]:
    """Size of the arrow heads that show how a belt runs, and where they are along its length at a time [m]."""
    corners = np.asarray(shape.vertices, np.float64).reshape(-1, 2)
    if len(corners) == 1 or speed == 0 or not math.isfinite(speed):
        return 0.0, []
    half, thick = (float(np.abs(corners[:, axis]).max()) + shape.radius for axis in (0, 1))
    size = 0.9 * min(half, thick)
    count = max(1, min(24, round((half - size) / (1.5 * size))))
    pitch = 2 * (half - size) / count
    return size, [(speed * time + k * pitch) % (pitch * count) - half + size for k in range(count)]


class Figure:
    """One outline in one look, in pixels, able to draw itself at any turn.

    Attributes:
        look: Its colours and widths.
        reach: Distance from its centre to the farthest point of its outline [px].
        pad: The same, with shadow and the softened border [px].
        turns: How many different turns are worth drawing.
    """

    def __init__(self, shape: Shape, layer: str, scale: float) -> None:
        corners = np.asarray(shape.vertices, np.float64).reshape(-1, 2) * scale
        reach = float(np.max(np.hypot(corners[:, 0], corners[:, 1]), initial=0.0)) + shape.radius * scale
        least = 3.0 if shape.is_agent else 2.0  # a body is visible however large the world is
        look = look_of(shape, layer, scale)
        # A border as wide as in a large picture would hide the colour of a tiny body.
        self.look = replace(look, edge_width=min(look.edge_width, 0.3 * max(reach, least)))
        self._corners = corners
        self._radius = shape.radius * scale + max(0.0, least - reach)
        self.reach = max(reach, least)
        self.pad = self.reach + self.look.grow + self.look.shadow_width + 1.5
        self._front = self._find_front() if shape.is_agent and shape.has_heading else 0.0
        turning = self._front > 0 or bool(np.any(corners))
        # From one turn to the next the farthest point moves by half a pixel.
        self.turns = max(8, math.ceil(2 * math.pi * self.reach / 0.5)) if turning else 1

    def _find_front(self) -> float:
        """Distance from the centre to the outline straight ahead [px]."""
        ahead = np.linspace(0, self.reach, 64)
        inside = distance(ahead, np.zeros_like(ahead), self._corners) <= self._radius
        return float(ahead[inside][-1]) if inside.any() else 0.0

    def pixels(self, angle: float, centre: tuple[float, float], size: tuple[int, int]) -> NDArray[np.uint8]:
        """Draw the figure into a picture of `size` [px] with its centre at `centre` [px]."""
        across = (np.arange(size[0], dtype=np.float32) + np.float32(0.5 - centre[0]))[None, :]
        up = (np.float32(centre[1] - 0.5) - np.arange(size[1], dtype=np.float32))[:, None]
        cos, sin = math.cos(angle), math.sin(angle)
        x, y = cos * across + sin * up, cos * up - sin * across
        gap = distance(x, y, self._corners) - self._radius
        light = np.clip((up - 0.5 * across) / self.reach, -1, 1) if self.look.gloss else None
        mark = None
        if self._front > 4:
            line = np.array([[0.42, 0.0], [0.74, 0.0]]) * self._front
            mark = distance(x, y, line) - 0.13 * self._front
        return shade(gap, self.look, light, mark)
