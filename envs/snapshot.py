"""Reads a world's rows: for the viewer (scene, frame) and for central critics (state)."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import layout as y
from .compile import Game, corners_of, table_of
from .compile_sensors import greatest
from .layout import LANES
from .scene import Frame, Scene, Shape
from .state import State

PALETTE = ("crimson", "seagreen", "royalblue", "darkorange", "mediumpurple", "goldenrod", "teal", "hotpink")
_SEEN = ((y.X, 0), (y.Y, 1), (y.VX, 2), (y.VY, 2), (y.COS, 3), (y.SIN, 3), (y.W, 4), (y.ALIVE, 3))


def _rows(state: State, lane: int) -> NDArray[np.float32]:
    """All rows of one world."""
    return state.rows[lane // LANES].reshape(-1, LANES)[:, lane % LANES]


def _bodies(game: Game, state: State, lane: int) -> NDArray[np.float32]:
    """Rows of all bodies but the world itself, shape (bodies, BODY_ROWS)."""
    count = int(game.world.whole[y.N_BODIES])
    return _rows(state, lane)[: count * y.BODY_ROWS].reshape(count, y.BODY_ROWS)[1:]


def scene_of(game: Game, state: State, lane: int, policies: dict[str, str]) -> Scene:
    """Shapes and facts of a world's current episode."""
    scenario, bodies = game.scenario, _bodies(game, state, lane)
    colors = _colors(game)
    shapes = []
    for (kind, index), rows, table in zip(game.body_kind[1:], bodies, table_of(game.world, y.W_BODY)[1:], strict=True):
        thing = scenario.kind(kind)
        first, count = int(table[y.B_CORNER]), int(table[y.B_CORNERS])
        vertices = corners_of(game.world, first, count) * rows[[y.SCALE_X, y.SCALE_Y]]
        turning = int(table[y.B_DRIVE]) in (y.D_TANK, y.D_ROCKET)
        shapes.append(
            Shape(kind, index, kind in scenario.teams, thing.body, np.ascontiguousarray(vertices, np.float32), float(rows[y.ROUND]), colors[kind],
                  turning or (count > 1 and kind in scenario.teams))
        )  # fmt: skip
    size = (float(scenario.world.size[0]), float(scenario.world.size[1]))
    return Scene(scenario.name, scenario.about, size, scenario.world.walls, game.names.decision, tuple(shapes), tuple(scenario.teams), policies)


def _colors(game: Game) -> dict[str, str]:
    scenario, free = game.scenario, 0
    colors: dict[str, str] = {}
    for kind in scenario.kinds:
        own = scenario.view.colors.get(kind) or scenario.kind(kind).color
        if own is None:
            if kind in scenario.teams or scenario.kind(kind).body in ("dynamic", "sensor"):
                own, free = PALETTE[free % len(PALETTE)], free + 1
            else:
                own = "slategray"
        colors[kind] = str(own)
    return colors


def frame_of(game: Game, state: State, lane: int, score: dict[str, float], reward: dict[str, float]) -> Frame:
    """A world as it is now."""
    bodies, rows, whole = _bodies(game, state, lane), _rows(state, lane), game.world.whole
    pose = np.stack([bodies[:, y.X], bodies[:, y.Y], np.arctan2(bodies[:, y.SIN], bodies[:, y.COS])], 1).astype(np.float32)
    first = int(whole[y.N_FIRED])
    fired = rows[first : first + len(game.rules)] if rows[int(whole[y.N_CLOCK])] > 0 else ()
    events = tuple(rule for rule, times in zip(game.rules, fired, strict=False) for _ in range(int(times)))
    return Frame(
        time=float(rows[int(whole[y.N_CLOCK])]) * game.names.decision, pose=pose, present=bodies[:, y.ALIVE] > 0, solid=bodies[:, y.SOLID] > 0,
        said=bodies[:, y.SAID].astype(np.int64), score=score, reward=reward, events=events,
    )  # fmt: skip


def _extra_rows(game: Game) -> list[tuple[int, float]]:
    """Rows of the state beside bodies, and what each is divided by: state variables, draws, clock."""
    names, scenario = game.names, game.scenario
    rows: list[tuple[int, float]] = []
    for (kind, variable), row in names.states.items():
        value = scenario.kind(kind).state[variable]
        rows += [(row + i, 1.0 if isinstance(value, bool) else greatest(value)) for i in range(names.count[kind])]
    for name, row in names.draws.items():
        number = scenario.draw[name].number
        rows.append((row, float(game.world.whole[y.N_BODIES]) if number is None else greatest(number)))
    return [*rows, (names.clock, float(game.world.whole[y.N_LIMIT]) or 1e4)]


def state_size(game: Game) -> int:
    """Numbers of a world's `state()`."""
    return (int(game.world.whole[y.N_BODIES]) - 1) * len(_SEEN) + len(_extra_rows(game))


def state_row(game: Game, state: State, worlds: int) -> NDArray[Any]:
    """float32 [E, S]: x, y, velocity, heading, spin and presence of each body, then state variables, draws and the clock, all in [-1, 1]."""
    w, h = game.scenario.world.size
    speed = max([*game.names.top_speed.values(), 0.0]) * 2 or max(w, h)
    scale = np.array([2 / w, 2 / h, 1 / speed, 1.0, 1 / (2 * math.pi)], np.float32)
    rows = state.rows.reshape(state.rows.shape[0], -1, LANES)
    fields = [rows[:, body * y.BODY_ROWS + row] * scale[unit] for body in range(1, int(game.world.whole[y.N_BODIES])) for row, unit in _SEEN]
    fields += [rows[:, row] / np.float32(most) for row, most in _extra_rows(game)]
    out = np.stack(fields, -1).reshape(-1, len(fields))[:worlds]
    return np.clip(out, -1, 1).astype(np.float32)

