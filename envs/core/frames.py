"""Reads a world's rows for the viewer: what stays the same in an episode (scene), and what a world is like now (frame)."""

import math

import numpy as np
from numpy.typing import NDArray

from ..compile.game import Game, corners_of, table_of
from ..jit.ir import LANES
from ..kernels.control.hands import SLIP
from ..kernels.world.layout.things import Body, BodyTable, Car, Drive, Hand, Joint, JointTable
from ..kernels.world.layout.world import CLOCK_ROUND, Table, Whole
from ..kernels.world.state import State
from ..view.scene import Frame, Scene, Shape, Tie

PALETTE = ("crimson", "seagreen", "royalblue", "darkorange", "mediumpurple", "goldenrod", "teal", "hotpink")


def _rows(state: State, lane: int) -> NDArray[np.float32]:
    """All rows of one world."""
    return state.rows[lane // LANES, :, lane % LANES]


def _bodies(game: Game, state: State, lane: int) -> NDArray[np.float32]:
    """Rows of all bodies but the world itself, shape (bodies, Body.ROWS)."""
    count = int(game.world.whole[Whole.BODIES])
    return _rows(state, lane)[: count * Body.ROWS].reshape(count, Body.ROWS)[1:]


def scene_of(game: Game, state: State, lane: int, policies: dict[str, str]) -> Scene:
    """Shapes and facts of a world's current episode."""
    scenario, bodies = game.scenario, _bodies(game, state, lane)
    colors = _colors(game)
    shapes = []
    for (kind, index), rows, table in zip(game.body_kind[1:], bodies, table_of(game.world, Table.BODY)[1:], strict=True):
        thing = scenario.kind(kind)
        first, count = int(table[BodyTable.CORNER]), int(table[BodyTable.CORNERS])
        vertices = corners_of(game.world, first, count) * rows[[Body.SCALE_X, Body.SCALE_Y]]
        turning = int(table[BodyTable.DRIVE]) in (Drive.TANK, Drive.ROCKET, Drive.CAR)
        wheels, wheel = _wheels(game, state, lane, table, vertices, float(rows[Body.ROUND]))
        color = colors[kind][index % len(colors[kind])]
        shapes.append(
            Shape(kind, index, kind in scenario.teams, thing.body, np.ascontiguousarray(vertices, np.float32), float(rows[Body.ROUND]), color,
                  turning or (count > 1 and kind in scenario.teams), wheels, wheel)
        )  # fmt: skip
    size = (float(scenario.world.size[0]), float(scenario.world.size[1]))
    return Scene(scenario.name, scenario.about, size, scenario.world.walls, game.names.decision, tuple(shapes), tuple(scenario.teams), policies,
                 _ties(game, _rows(state, lane)))  # fmt: skip


def _ties(game: Game, rows: NDArray[np.float32]) -> tuple[Tie, ...]:
    """The joints of a world's current episode."""
    scenario, ties = game.scenario, []
    table = iter(table_of(game.world, Table.JOINT))
    for name, joint in scenario.joints.items():
        for _ in scenario.joined(name):
            row = next(table)
            own = [float(value) for value in rows[int(row[JointTable.ROW]) : int(row[JointTable.ROW]) + Joint.ROWS]]
            travel = getattr(joint, "travel", None) or (-0.5, 0.5)
            axis = math.atan2(own[Joint.AXIS_Y], own[Joint.AXIS_X])
            ties.append(Tie(joint.type, int(row[JointTable.A]) - 1, int(row[JointTable.B]) - 1, (own[Joint.AX], own[Joint.AY]), (own[Joint.BX], own[Joint.BY]),
                            axis, (float(travel[0]), float(travel[1])), own[Joint.LENGTH]))  # fmt: skip
    return tuple(ties)


def _wheels(
    game: Game, state: State, lane: int, table: NDArray[np.int64], vertices: NDArray[np.float32], radius: float
) -> tuple[tuple[tuple[float, float, bool], ...], float]:
    """The four wheels of a car and their length: on its axles, at the sides of its outline; none for others."""
    if int(table[BodyTable.DRIVE]) != Drive.CAR:
        return (), 0.0
    base = float(_rows(state, lane)[int(table[BodyTable.OWN] + Car.WHEELBASE * table[BodyTable.OWN_STEP])])
    track = max(_half_width(vertices, radius, base / 2), base / 6)
    wheel = min(0.42 * base, 0.8 * track)
    track += 0.06 * wheel
    return tuple((x, side * track, x > 0) for x in (-base / 2, base / 2) for side in (-1.0, 1.0)), wheel


def _half_width(vertices: NDArray[np.float32], radius: float, x: float) -> float:
    """How far an outline reaches to the left at x [m]."""
    if len(vertices) == 1:
        return math.sqrt(max(radius * radius - x * x, 0.0))
    ends = zip(vertices.tolist(), np.roll(vertices, -1, 0).tolist(), strict=True)
    crossed = [ay + (by - ay) * (x - ax) / (bx - ax) for (ax, ay), (bx, by) in ends if min(ax, bx) <= x <= max(ax, bx) and ax != bx]
    return max(crossed, default=0.0) + radius


def _steer(game: Game, rows: NDArray[np.float32]) -> NDArray[np.float32] | None:
    """Angle of each body's front wheels."""
    cars = [(kind, row) for (kind, field), row in game.names.own.items() if field == "steer_deg"]
    if not cars:
        return None
    steer = np.zeros(len(game.body_kind) - 1, np.float32)
    for kind, row in cars:
        first, count = game.names.first[kind] - 1, game.names.count[kind]
        steer[first : first + count] = rows[row : row + count]
    return steer


def _colors(game: Game) -> dict[str, tuple[str, ...]]:
    """The colours that the instances of each kind take in turn."""
    scenario, free = game.scenario, 0
    colors: dict[str, tuple[str, ...]] = {}
    for kind in scenario.kinds:
        own = scenario.view.colors.get(kind) or scenario.kind(kind).color
        if own is None:
            if kind in scenario.teams or scenario.kind(kind).body in ("dynamic", "sensor"):
                own, free = PALETTE[free % len(PALETTE)], free + 1
            else:
                own = "slategray"
        colors[kind] = (own,) if isinstance(own, str) else own
    return colors


def frame_of(game: Game, state: State, lane: int, score: dict[str, float], reward: dict[str, float]) -> Frame:
    """A world as it is now."""
    bodies, rows, whole = _bodies(game, state, lane), _rows(state, lane), game.world.whole
    pose = np.stack([bodies[:, Body.X], bodies[:, Body.Y], np.arctan2(bodies[:, Body.SIN], bodies[:, Body.COS])], 1).astype(np.float32)
    first = int(whole[Whole.FIRED])
    fired = rows[first : first + len(game.rules)] if _decisions(game, rows) > 0 else ()
    events = tuple(rule for rule, times in zip(game.rules, fired, strict=False) for _ in range(int(times)))
    return Frame(
        time=_decisions(game, rows) * game.names.decision, pose=pose, present=bodies[:, Body.ALIVE] > 0, solid=bodies[:, Body.SOLID] > 0,
        said=bodies[:, Body.SAID].astype(np.int64), score=score, reward=reward, events=events, steer=_steer(game, rows),
        belt=bodies[:, Body.SURFACE].copy() if bodies[:, Body.SURFACE].any() else None,
        broken=tuple(bool(rows[int(row[JointTable.ROW]) + Joint.BROKEN] > 0) for row in table_of(game.world, Table.JOINT)), grips=_grips(game, rows),
        locked=_locked(game, rows),
    )  # fmt: skip


def _decisions(game: Game, rows: NDArray[np.float32]) -> float:
    """How many decisions the episode of a world has had."""
    rounds = float(rows[game.names.rounds]) if game.names.rounds else 0.0
    return float(rows[game.names.clock]) + rounds * CLOCK_ROUND


def _grips(game: Game, rows: NDArray[np.float32]) -> tuple[tuple[int, int, tuple[float, float]], ...]:
    """Who holds what, and where in the frame of the holder; not what a rule took out of reach, which is let go of with the next decision."""
    found = []
    for body, first in game.names.hands.items():
        held, grip = int(rows[first + Hand.HELD]), rows[first : first + Hand.COS]
        hands = game.scenario.teams[game.body_kind[body][0]].hands
        if held > 0 and hands is not None and _apart(game, rows, body, held, grip) <= hands.reach + SLIP:
            found.append((body - 1, held - 1, (float(grip[Hand.AX]), float(grip[Hand.AY]))))
    return tuple(found)


def _apart(game: Game, rows: NDArray[np.float32], body: int, held: int, grip: NDArray[np.float32]) -> float:
    """How far the two ends of a grip are from each other [m]."""
    ends = []
    for which, x, w in ((body, grip[Hand.AX], grip[Hand.AY]), (held, grip[Hand.BX], grip[Hand.BY])):
        own = rows[which * Body.ROWS : (which + 1) * Body.ROWS]
        ends.append((own[Body.X] + own[Body.COS] * x - own[Body.SIN] * w, own[Body.Y] + own[Body.SIN] * x + own[Body.COS] * w))
    way, size = np.subtract(ends[1], ends[0]), np.array(game.scenario.world.size)
    if game.scenario.world.walls == "wrap":
        way -= size * np.round(way / size)
    return float(np.hypot(*way))


def _locked(game: Game, rows: NDArray[np.float32]) -> tuple[tuple[int, str], ...]:
    """Which bodies are locked, and by whom."""
    names, found = game.names, []
    for (kind, mark), first in names.marks.items():
        if mark.startswith("locked_by_"):
            found += [(names.first[kind] + i - 1, mark.removeprefix("locked_by_")) for i in range(names.count[kind]) if rows[first + i] > 0]
    return tuple(found)


__all__ = ["frame_of", "scene_of"]
