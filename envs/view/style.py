"""How a world looks, as plain numbers: colours, words, where it lies in an image, and outlines as pixels.

Every body is a stencil: the signed distance to its outline, turned into colour and coverage by NumPy. That
gives exact anti-aliasing, borders and soft shadows from one formula; `pygame.draw` has none of these.
"""

import math
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray
from PIL import ImageColor

from .scene import Scene, Shape

RGB = tuple[int, int, int]
Floats = NDArray[np.floating]

PAPER: RGB = (226, 223, 214)
FLOOR: RGB = (247, 245, 239)
GRID: RGB = (236, 232, 223)
WALL: RGB = (98, 104, 116)
INK: RGB = (38, 42, 51)
MUTED: RGB = (118, 120, 124)
WHITE: RGB = (255, 255, 255)

MIN_WIDTH, MAX_WIDTH = 64, 8192


def rgb_of(color: str) -> RGB:
    """Read a CSS name or `#rrggbb` (pygame's own names differ from CSS: its green is lime)."""
    red, green, blue = ImageColor.getrgb(color)[:3]
    return red, green, blue


def mix(a: RGB, b: RGB, share: float) -> RGB:
    """Blend two colours; `share` is how much of `b`."""
    red, green, blue = (round(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return red, green, blue


def team_colors(scene: Scene) -> dict[str, RGB]:
    """Give each team the colour of its first agent."""
    colors = dict.fromkeys(scene.teams, MUTED)
    for shape in reversed(scene.shapes):
        if shape.is_agent and shape.kind in colors:
            colors[shape.kind] = rgb_of(shape.color)
    return colors


def symbol_text(symbol: int) -> str:
    """Name a spoken symbol: A to Z, then numbers."""
    return chr(ord("A") + symbol) if symbol < 26 else str(symbol)


def number_text(value: float) -> str:
    """Write a score in as few characters as tell it."""
    if not math.isfinite(value):
        return str(value)
    text = f"{value:.0f}" if abs(value) >= 100 else f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def policy_text(spec: str) -> str:
    """Shorten a policy spec such as `runs/a/policy.safetensors` for a caption."""
    text = spec.replace("\\", "/").rstrip("/").rpartition("/")[2].removesuffix(".safetensors")
    return text if len(text) <= 18 else text[:17] + "…"


@dataclass(frozen=True)
class View:
    """Where the world lies in an image: a caption above it, a line for events below it.

    Attributes:
        width: Image width [px].
        height: Image height [px], even so that any video codec takes it.
        scale: Pixels per metre.
        origin: The world's centre [px].
        rect: The world's left, top, width and height [px].
        bar: Height of the caption [px].
        foot: Height of the line below [px].
    """

    width: int
    height: int
    scale: float
    origin: tuple[float, float]
    rect: tuple[int, int, int, int]
    bar: int
    foot: int

    @classmethod
    def fit(cls, size: tuple[float, float], width: int, height: int | None = None) -> Self:
        """Fit a world of `size` [m]; without `height` the image takes the world's form, within reason."""
        if not MIN_WIDTH <= width <= MAX_WIDTH:
            raise ValueError(f"width: {width} px is not within {MIN_WIDTH} to {MAX_WIDTH}")
        bar = min(44, max(22, round(width * 0.055)))
        foot = round(bar * 0.8)
        margin = min(20, max(6, round(width * 0.02)))
        if height is None:
            wanted = size[1] * (width - 2 * margin) / size[0]
            # A corridor still needs room for bubbles, and a tower must still fit a screen.
            height = bar + foot + round(min(max(wanted, 0.2 * width), 1.3 * width))
        height = max(height, bar + foot + 8) // 2 * 2
        scale = min((width - 2 * margin) / size[0], (height - bar - foot) / size[1])
        x, y = width / 2, bar + (height - bar - foot) / 2
        wide, high = round(size[0] * scale), round(size[1] * scale)
        rect = (round(x - wide / 2), round(y - high / 2), wide, high)
        return cls(width, height, scale, (x, y), rect, bar, foot)

    def pixel(self, x: float, y: float) -> tuple[float, float]:
        """Where a place of the world [m] lies in the image [px]; the image's y points down."""
        return self.origin[0] + x * self.scale, self.origin[1] - y * self.scale

    def grid_step(self) -> float:
        """Metres between two grid lines: 1 if that is not dense or sparse, else the next 1, 2 or 5."""
        if 14 <= self.scale <= 160:
            return 1.0
        steps = (m * 10.0**e for e in range(-6, 9) for m in (1, 2, 5))
        return next((step for step in steps if step * self.scale >= 22), 1e9)


@dataclass(frozen=True)
class Look:
    """How a stencil is coloured; widths in pixels, the rest are shares of 1.

    `gloss` lightens the upper and darkens the lower side; the centre keeps the true colour. `grow` pushes the
    outline outwards.
    """

    fill: RGB
    edge: RGB
    fill_alpha: float = 1.0
    edge_alpha: float = 1.0
    edge_width: float = 1.0
    shadow: float = 0.0
    shadow_width: float = 0.0
    gloss: float = 0.0
    grow: float = 0.0


def look_of(shape: Shape, layer: str, scale: float) -> Look:
    """Choose a look by role: agents stand out from things, things from scenery, zones lie flat.

    Args:
        shape: What is drawn.
        layer: `"solid"`, `"ghost"` for what can be walked through now, or `"under"`: the rim and shadow of
            scenery. All rims are drawn before any scenery, so that walls made of many pieces look like one.
        scale: Pixels per metre.
    """
    color = rgb_of(shape.color)
    bold = min(2.5, max(1.0, scale / 30))
    if layer == "ghost":
        return Look(color, mix(color, INK, 0.25), 0.10, 0.45, 0.8 * bold)
    if shape.is_agent:
        return Look(color, mix(color, INK, 0.72), 1.0, 1.0, bold, 0.34, 3 * bold, 0.20)
    if shape.body == "sensor":
        return Look(color, mix(color, INK, 0.15), 0.20, 0.60, 0.8 * bold)
    if shape.body == "dynamic":
        return Look(color, mix(color, INK, 0.42), 1.0, 1.0, 0.8 * bold, 0.26, 2.5 * bold, 0.14)
    rim = mix(color, INK, 0.3)
    if layer == "under":
        return Look(rim, rim, shadow=0.20, shadow_width=2.5 * bold, grow=0.5 + 0.5 * bold)
    if shape.body == "kinematic":
        return Look(color, rim, 1.0, 1.0, 0.7 * bold, 0.20, 2.5 * bold, 0.08)
    return Look(color, color, grow=0.5)  # grown by half a pixel: no floor shines through between two pieces


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


def shade(
    gap: Floats, look: Look, light: Floats | None = None, mark: Floats | None = None
) -> NDArray[np.uint8]:
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
