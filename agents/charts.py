"""Charts as SVG: lines over steps, heat maps, means with intervals. One palette, and nothing but text."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TypeAlias

from .records import short

Numbers: TypeAlias = dict[str, float]
"""A mean with its interval: `mean`, `low`, `high`."""
RED, GREEN, BLUE, ORANGE, PURPLE, TEAL = "#c8373e", "#2e7d5b", "#3763c8", "#c87f1e", "#7b4fb0", "#1e8c96"
GREY, BLACK, PALE = "#9a9a9a", "#222222", "#f4f2ee"
_SOFT = 'fill="#555"'
_BOLD = 'font-weight="bold"'


def _svg(width: float, height: float, parts: Iterable[str], size: int = 12) -> str:
    """A picture on white, with letters of a size [px]."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" font-size="{size}">'
    return "\n".join([head, f'<rect width="{width}" height="{height}" fill="white"/>', *parts, "</svg>\n"])


def _text(x: float, y: float, words: str, *style: str, at: str = "") -> str:
    """Words that begin at a point, or have their `middle` or `end` there."""
    told = " ".join([f'<text x="{x:g}" y="{y:g}"', *([f'text-anchor="{at}"'] if at else []), *style])
    return f"{told}>{escape(words)}</text>"


# --- lines ------------------------------------------------------------------------------------------------------------------------------------

_PANEL_W, _PANEL_H, _PANEL_LEFT, _PANEL_TOP, _ACROSS = 360, 180, 52, 28, 3
_LINES = (RED, GREEN, BLUE, ORANGE, PURPLE, TEAL)
_MOST_POINTS = 400
"""Of a line; more can't be seen."""


def curves(panels: Mapping[str, Mapping[str, Sequence[tuple[float, float]]]], last: float) -> str:
    """Panels of lines over steps, up to the last one: `{title: {name of a line: its points}}`."""
    rows = max(1, -(-len(panels) // _ACROSS))
    drawn = [
        part
        for k, (title, series) in enumerate(panels.items())
        for part in _panel(title, series, last, k % _ACROSS * _PANEL_W, k // _ACROSS * _PANEL_H)
    ]
    return _svg(_ACROSS * _PANEL_W, rows * _PANEL_H, drawn, 11)


def _panel(title: str, series: Mapping[str, Sequence[tuple[float, float]]], last: float, x: float, y: float) -> Iterable[str]:
    values = [value for points in series.values() for _, value in points]
    low, high = min(values), max(values)
    if high - low < 1e-9:
        low, high = low - 0.5, high + 0.5
    left, wide, tall = x + _PANEL_LEFT, _PANEL_W - _PANEL_LEFT - 12, _PANEL_H - _PANEL_TOP - 26

    def height(value: float) -> float:
        return y + _PANEL_TOP + tall * (high - value) / (high - low)

    yield _text(left, y + 18, title, _BOLD)
    for value in (low, (low + high) / 2, high):
        yield f'<line x1="{left}" x2="{left + wide}" y1="{height(value):.1f}" y2="{height(value):.1f}" stroke="#ddd"/>'
        yield _text(left - 6, height(value) + 4, short(value) if value >= 1e4 else f"{value:.3g}", _SOFT, at="end")
    yield _text(left + wide, y + _PANEL_H - 8, f"{short(last)} steps", _SOFT, at="end")
    for k, (name, points) in enumerate(series.items()):
        color, thin = _LINES[k % len(_LINES)], points[:: max(1, len(points) // _MOST_POINTS)]
        places = " ".join(f"{left + wide * step / last:.1f},{height(value):.1f}" for step, value in thin)
        yield f'<polyline fill="none" stroke="{color}" stroke-width="1.5" points="{places}"/>'
        if len(series) > 1:
            yield _text(left + 70 + 70 * k, y + 18, name, f'fill="{color}"')


# --- heat maps --------------------------------------------------------------------------------------------------------------------------------

_CELL_W, _CELL_H, _GAP = 96, 40, 28


@dataclass(frozen=True)
class HeatMap:
    """Numbers in rows and columns.

    Attributes:
        title: What they are.
        about: Who plays whom.
        rows: Names.
        columns: Names.
        cells: A number with its interval for each row and column; None where there is none.
        span: What is blue, and what is red.
    """

    title: str
    about: str
    rows: Sequence[str]
    columns: Sequence[str]
    cells: Sequence[Sequence[Numbers | None]]
    span: tuple[float, float]

    @property
    def left(self) -> int:
        """Where its cells begin [px]."""
        return 24 + 7 * max(map(len, self.rows))

    @property
    def width(self) -> int:
        """Of all of it [px]."""
        return max(self.left + _CELL_W * len(self.columns) + 16, 24 + 7 * len(self.title + self.about))


def heat_maps(title: str, maps: Sequence[HeatMap]) -> str:
    """Heat maps, one below the other: red is high, blue low."""
    parts, y = [_text(12, 20, title, _BOLD, 'font-size="14"')], 34
    for one in maps:
        parts += _heat_map(one, y)
        y += 46 + _CELL_H * len(one.rows) + _GAP
    return _svg(max([360, *(one.width for one in maps)]), y, parts)


def _heat_map(one: HeatMap, y: float) -> Iterable[str]:
    yield _text(12, y + 14, one.title, _BOLD)
    yield _text(24 + 7 * len(one.title), y + 14, one.about, _SOFT)
    low, high = one.span
    for k, name in enumerate(one.columns):
        yield _text(one.left + _CELL_W * (k + 0.5), y + 38, name, at="middle")
    for i, (name, cells) in enumerate(zip(one.rows, one.cells, strict=True)):
        top = y + 46 + _CELL_H * i
        yield _text(one.left - 8, top + _CELL_H / 2 + 4, name, at="end")
        for k, cell in enumerate(cells):
            color = "#ddd" if cell is None else _mixed((cell["mean"] - low) / (high - low) if high > low else 0.5)
            yield f'<rect x="{one.left + _CELL_W * k}" y="{top}" width="{_CELL_W - 2}" height="{_CELL_H - 2}" fill="{color}"/>'
            if cell is not None:
                middle = one.left + _CELL_W * (k + 0.5) - 1
                yield _text(middle, top + 17, f"{cell['mean']:.3g}", _BOLD, at="middle")
                yield _text(middle, top + 31, f"{cell['low']:.3g} to {cell['high']:.3g}", 'font-size="10"', at="middle")


def _mixed(share: float) -> str:
    """From blue over white to red, pale enough for black letters."""
    ends, part = ((BLUE, PALE), 2 * share) if share < 0.5 else ((PALE, RED), 2 * share - 1)
    a, b = ([int(color[k : k + 2], 16) for k in (1, 3, 5)] for color in ends)
    return "#" + "".join(f"{round(0.25 * 255 + 0.75 * (x + (y - x) * part)):02x}" for x, y in zip(a, b, strict=True))


# --- means with intervals ---------------------------------------------------------------------------------------------------------------------

_ROW, _LEFT, _WIDE, _TOP = 46, 150, 620, 64


@dataclass(frozen=True)
class Axis:
    """The axis of `intervals`.

    Attributes:
        low: Where it begins; means beyond are arrows.
        high: Where it ends.
        ticks: Where there is a line, and what it says.
        ends: Which of them are stronger.
    """

    low: float
    high: float
    ticks: Mapping[float, str]
    ends: Sequence[float]

    def place(self, value: float) -> str:
        """Where a value is across the picture [px]."""
        return f"{_LEFT + _WIDE * (min(max(value, self.low), self.high) - self.low) / (self.high - self.low):.1f}"


def intervals(title: str, rows: Mapping[str, Mapping[str, Numbers]], colors: Mapping[str, str], axis: Axis, bold: str) -> str:
    """A mark with its interval for each name in each row, in the name's color; the `bold` row's name is."""
    width, height = _LEFT + _WIDE + 24, _TOP + _ROW * len(rows) + 34
    parts = [_text(_LEFT, 20, title, _BOLD), *_legend(colors)]
    for tick, word in axis.ticks.items():
        x = axis.place(tick)
        parts.append(f'<line x1="{x}" x2="{x}" y1="{_TOP}" y2="{height - 34}" stroke="{"#888" if tick in axis.ends else "#e2e2e2"}"/>')
        parts.append(_text(float(x), height - 14, word, _SOFT, at="middle"))
    for k, (name, values) in enumerate(rows.items()):
        y = _TOP + _ROW * k
        if k % 2 == 0:
            parts.append(f'<rect x="0" y="{y}" width="{width}" height="{_ROW}" fill="#000" fill-opacity="0.035"/>')
        parts.append(_text(_LEFT - 12, y + _ROW / 2 + 4, name, *([_BOLD] if name == bold else []), at="end"))
        parts += _marks(values, colors, axis, y)
    return _svg(width, height, parts)


def _legend(colors: Mapping[str, str]) -> Iterable[str]:
    x = _LEFT
    for name, color in colors.items():
        yield f'<circle cx="{x + 5}" cy="40" r="4.5" fill="{color}"/>{_text(x + 14, 44, name)}'
        x += 32 + 7 * len(name)


def _marks(values: Mapping[str, Numbers], colors: Mapping[str, str], axis: Axis, y: float) -> Iterable[str]:
    each = (_ROW - 8) / max(1, len(colors))
    for k, (name, color) in enumerate(colors.items()):
        if name not in values:
            continue
        found, at = values[name], f"{y + 4 + each * (k + 0.5):.1f}"
        low, mean, high = (axis.place(found[key]) for key in ("low", "mean", "high"))
        yield f'<line x1="{low}" x2="{high}" y1="{at}" y2="{at}" stroke="{color}" stroke-width="2" stroke-opacity="0.55"/>'
        if found["mean"] < axis.low:  # farther than the picture goes
            yield f'<path d="M{axis.place(axis.low)},{at} l6,-4 v8 z" fill="{color}"/>'
        else:
            yield f'<circle cx="{mean}" cy="{at}" r="3" fill="{color}"/>'


__all__ = ["BLACK", "BLUE", "GREEN", "GREY", "ORANGE", "PURPLE", "RED", "TEAL", "Axis", "HeatMap", "curves", "heat_maps", "intervals"]
