"""How a world looks, as plain numbers: colours, words, where it lies in an image, and outlines as pixels.

Every body is a stencil: the signed distance to its outline, turned into colour and coverage by NumPy. That
gives exact anti-aliasing, borders and soft shadows from one formula; `pygame.draw` has none of these.
"""

import math
from dataclasses import dataclass

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
