"""Which part of the world a picture shows, and at what scale."""

from dataclasses import dataclass
from typing import Self

MIN_WIDTH, MAX_WIDTH = 64, 8192


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
