"""A world as one row of numbers, for central critics: all that is true, in [-1, 1]."""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..compile.game import Game
from ..compile.sensors import greatest
from ..kernels.world.layout.programs import Side
from ..kernels.world.layout.things import Body, Joint
from ..kernels.world.layout.world import CLOCK_ROUND, Whole
from ..kernels.world.state import Rows, State

_VELOCITY = (2, 3)
ENDLESS = 1e4
"""Decisions that count as half of a game without end in `state()`."""
_SEEN = ((Body.X, 0), (Body.Y, 1), (Body.VX, 2), (Body.VY, 2), (Body.COS, 3), (Body.SIN, 3), (Body.SPIN, 4), (Body.ALIVE, 3))


def _extra_rows(game: Game) -> list[tuple[int, float, int]]:
    """Rows of the state beside bodies, what each is divided by, and on which sides of 0 it is then squashed: state variables, drives, what is held,
    locked or broken, draws, params, clock.
    """
    names, scenario = game.names, game.scenario
    states = [(row + i, *names.scales[key]) for key, row in names.states.items() for i in range(names.count[key[0]])]
    rows: list[tuple[int, float]] = []
    for (kind, field), row in names.own.items():
        most = math.radians(90) if field == "steer_deg" else 1.0
        rows += [(row + i, most) for i in range(names.count[kind])]
    rows += [(row + i, 1.0) for (kind, _), row in names.marks.items() for i in range(names.count[kind])]
    rows += [(row + k * Joint.ROWS + Joint.BROKEN, 1.0) for name, row in names.joints.items() for k in range(names.joint_counts[name])]
    for name, row in names.draws.items():
        number = scenario.draw[name].number
        rows.append((row, float(game.world.whole[Whole.BODIES]) if number is None else greatest(number)))
    rows += [(row, greatest(game.scenario.varied[name])) for name, row in names.params.items()]
    limit = float(game.world.whole[Whole.LIMIT])
    return [*states, *((row, most, 0) for row, most in rows), (names.clock, limit or ENDLESS, 0 if limit else Side.ABOVE)]


class StateTable(NamedTuple):
    """Where the numbers of `state()` lie in a block's rows, and their units: bodies' first, then the rest."""

    rows: NDArray[np.intp]  # [S]
    scale: Rows  # [bodies' numbers, 1]: what they are multiplied by
    most: Rows  # [other numbers, 1]: what they are divided by
    endless: NDArray[np.intp]  # those of all numbers that have no bounds, and are squashed
    sides: NDArray[np.intp]  # on which sides of 0, [those, 1]: ABOVE, BELOW or both
    rounds: int  # row that counts how often the clock, the last number, began anew; 0 for none


def state_table(game: Game) -> StateTable:
    """The table of a game: x, y, velocity, heading, spin and presence of each body, then what `_extra_rows` lists."""
    w, h = game.scenario.world.size
    speed = max([*game.names.top_speed.values(), *game.names.shot_speed.values(), 0.0]) * 2 or max(w, h)
    scale = np.array([2 / w, 2 / h, 1 / speed, 1.0, 1 / (2 * math.pi)], np.float32)
    bodies, extra = range(1, int(game.world.whole[Whole.BODIES])), _extra_rows(game)
    first = len(bodies) * len(_SEEN)
    endless = (
        [(len(_SEEN) * k + column, Side.ABOVE | Side.BELOW) for k in range(len(bodies)) for column in _VELOCITY] if game.names.swift else []
    )
    endless += [(first + k, sides) for k, (_, _, sides) in enumerate(extra) if sides]
    return StateTable(
        rows=np.array([body * Body.ROWS + row for body in bodies for row, _ in _SEEN] + [row for row, _, _ in extra], np.intp),
        scale=np.tile(scale[[unit for _, unit in _SEEN]], len(bodies))[:, None],
        most=np.array([most for _, most, _ in extra], np.float32)[:, None],
        endless=np.array([k for k, _ in endless], np.intp),
        sides=np.array([sides for _, sides in endless], np.intp)[:, None],
        rounds=game.names.rounds,
    )


def state_row(table: StateTable, state: State, worlds: int) -> NDArray[Any]:
    """float32 [E, S]: all numbers of the table, in [-1, 1], those without bounds squashed: x / (1 + |x|)."""
    seen = state.rows.take(table.rows, 1)  # [N, S, LANES]
    if table.rounds:
        seen[:, -1] += state.rows[:, table.rounds] * np.float32(CLOCK_ROUND)
    seen[:, : len(table.scale)] *= table.scale
    seen[:, len(table.scale) :] /= table.most
    if len(table.endless):
        far = seen[:, table.endless]
        beyond = (np.where(far < 0, Side.BELOW, Side.ABOVE) & table.sides) != 0
        seen[:, table.endless] = np.where(beyond, far / (1 + np.abs(far)), far)
    np.minimum(np.maximum(seen, np.float32(-1), out=seen), np.float32(1), out=seen)
    return np.ascontiguousarray(seen.transpose(0, 2, 1)).reshape(-1, len(table.rows))[:worlds]


__all__ = ["StateTable", "state_row", "state_table"]
