"""Small physical scenes for tests: things written as dicts, a world to run, and its numbers by kind."""

import json
from typing import Any

import numpy as np

from sandlot.envs.compile.game import corners_of, table_of
from sandlot.envs.compile.ledger import TROUBLES
from sandlot.envs.core.vector import VectorEnv
from sandlot.envs.jit.ir import LANES
from sandlot.envs.kernels.world.layout.things import Body, BodyTable, Joint
from sandlot.envs.kernels.world.layout.world import Table
from sandlot.scenarios import loads

IDLE = {"at": [0, 0], "radius": 0.01, "body": "sensor"}
"""A team that does and blocks nothing: every game needs one."""


FEW: dict[str, dict[str, int]] = {"swarm": {"school": 20}}
"""Params that thin out games of hundreds, for tests that play whole episodes in many worlds or through every door."""


def few(name: str) -> dict[str, int]:
    """Params for a game to be played often: none for most."""
    return FEW.get(name, {})


def text_of(
    things: dict[str, Any],
    teams: dict[str, Any] | None = None,
    rules: dict[str, Any] | None = None,
    joints: dict[str, Any] | None = None,
    **world: Any,
) -> str:
    """The text of a scenario; physics runs at 60 decisions a second unless told otherwise."""
    return json.dumps({
        "format": "sandlot/1", "name": "scene", "world": {"decisions_per_second": 60, "substeps": 4} | world,
        "things": things, "teams": teams or {"idle": IDLE}, "rules": rules or {}, "joints": joints or {},
    })  # fmt: skip


def troubles(env: VectorEnv) -> list[float]:
    """What the worlds of an env ran out of in their episodes so far, in all."""
    _, info = env.reset(mask=np.zeros(env.num_envs, np.bool_))  # begins nothing, tells everything
    return [float(info[name].sum()) for name in TROUBLES]


class Bench:
    """Worlds of one scene; worlds are lanes, bodies are named by kind.

    Args:
        things: As in a file; kinds without `body` are dynamic here.
        worlds: How many worlds.
        teams: As in a file; one that does nothing if None.
        rules: As in a file.
        joints: As in a file.
        world: Keys of `world`.
    """

    def __init__(
        self, things: dict[str, Any], worlds: int = 1, teams: dict[str, Any] | None = None, rules: dict[str, Any] | None = None,
        joints: dict[str, Any] | None = None, **world: Any,
    ) -> None:  # fmt: skip
        things = {name: {"body": "dynamic"} | kind for name, kind in things.items()}
        self.env = VectorEnv(loads(text_of(things, teams, rules, joints, **world)), worlds)
        self.begin()

    def begin(self) -> None:
        """Start the first episode."""
        self.env.reset(seed=0)

    @property
    def dt(self) -> float:
        """Seconds of a decision."""
        return self.env.dt

    def bodies(self, kind: str) -> range:
        """Body indices of a kind."""
        names = self.env.game.names
        return range(names.first[kind], names.first[kind] + names.count[kind])

    def _view(self) -> np.ndarray:
        return self.env._state.rows

    def get(self, kind: str, field: int) -> np.ndarray:
        """A field of every body of a kind, float64 [worlds, count]."""
        rows = [body * Body.ROWS + field for body in self.bodies(kind)]
        return self._view()[:, rows, :].transpose(0, 2, 1).reshape(-1, len(rows))[: self.env.num_envs].astype(np.float64)

    def joint(self, name: str, field: int) -> np.ndarray:
        """A field of every joint of a name, float64 [worlds, count]."""
        names = self.env.game.names
        rows = [names.joints[name] + k * Joint.ROWS + field for k in range(names.joint_counts[name])]
        return self._view()[:, rows, :].transpose(0, 2, 1).reshape(-1, len(rows))[: self.env.num_envs].astype(np.float64)

    def put(self, kind: str, field: int, values: Any) -> None:
        """Write a field of every body of a kind; values broadcast to [worlds, count]."""
        rows = [body * Body.ROWS + field for body in self.bodies(kind)]
        blocks = self.env.blocks
        full = np.zeros((blocks * LANES, len(rows)), np.float32)
        full[: self.env.num_envs] = values
        self._view()[:, rows, :] = full.reshape(blocks, LANES, len(rows)).transpose(0, 2, 1)

    def turn(self, kind: str, angle: Any) -> None:
        """Set the heading [rad]."""
        self.put(kind, Body.COS, np.cos(angle))
        self.put(kind, Body.SIN, np.sin(angle))

    def xy(self, kind: str) -> np.ndarray:
        """Places of the bodies of a kind, [worlds, count, 2]."""
        return np.stack([self.get(kind, Body.X), self.get(kind, Body.Y)], -1)

    def velocity(self, kind: str) -> np.ndarray:
        """Velocities, [worlds, count, 2]."""
        return np.stack([self.get(kind, Body.VX), self.get(kind, Body.VY)], -1)

    def speed(self, kind: str) -> np.ndarray:
        """Speeds, [worlds, count]."""
        return np.linalg.norm(self.velocity(kind), axis=-1)

    def angle(self, kind: str) -> np.ndarray:
        """Headings [rad], [worlds, count]."""
        return np.arctan2(self.get(kind, Body.SIN), self.get(kind, Body.COS))

    def outline(self, kind: str, world: int, index: int = 0) -> np.ndarray:
        """Corners of one body in the world, [corners, 2], without its radius."""
        body = self.bodies(kind)[index]
        first, count = table_of(self.env.game.world, Table.BODY)[body, [BodyTable.CORNER, BodyTable.CORNERS]]
        scale = [self.get(kind, field)[world, index] for field in (Body.SCALE_X, Body.SCALE_Y)]
        c, s = (self.get(kind, field)[world, index] for field in (Body.COS, Body.SIN))
        return corners_of(self.env.game.world, first, count) * scale @ np.array([[c, s], [-s, c]]) + self.xy(kind)[world, index]

    def world_row(self, header: int) -> np.ndarray:
        """A row of the world itself (Whole.OVERRUN), [worlds]."""
        row = int(self.env.game.world.whole[header])
        return self._view()[:, row, :].reshape(-1)[: self.env.num_envs]

    def run(self, decisions: int, actions: dict[str, Any] | None = None) -> None:
        """Advance; every action is zero unless given."""
        env = self.env
        zeros = {
            team: np.zeros((env.num_envs, len(env.agents(team)), *(env.action_space(team).shape or ())), np.float32) for team in env.teams
        }
        for team, action in (actions or {}).items():
            zeros[team][:] = action
        for _ in range(decisions):
            env.step(zeros)


def separation(a: np.ndarray, b: np.ndarray) -> float:
    """Greatest gap of two convex outlines along the normals of their edges: negative where they overlap (float64, brute force)."""
    best = -np.inf
    for first, second in ((a, b), (b, a)):
        for k in range(len(first)):
            edge = first[(k + 1) % len(first)] - first[k]
            normal = np.array([edge[1], -edge[0]]) / np.hypot(*edge)
            best = max(best, ((second - first[k]) @ normal).min())
    return best


def box_outlines(bench: Bench, kind: str, width: float, height: float, world: int = 0) -> np.ndarray:
    """Corners of all boxes of a kind in one world, [count, 4, 2]."""
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * [width / 2, height / 2]
    angle = bench.angle(kind)[world]
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]).transpose(2, 0, 1)
    return bench.xy(kind)[world][:, None, :] + corners @ turn.transpose(0, 2, 1)


def deepest_discs(xy: np.ndarray, radius: float, half: tuple[float, float]) -> float:
    """Deepest overlap among equal discs and with the walls [m]."""
    distance = np.linalg.norm(xy[:, None] - xy[None], axis=-1) + np.eye(len(xy)) * 1e9
    return max(0.0, 2 * radius - distance.min(), radius - (np.array(half) - np.abs(xy)).min())


def deepest_boxes(outlines: np.ndarray, half: tuple[float, float]) -> float:
    """Deepest overlap among boxes and with the walls [m]."""
    worst = max(0.0, -(np.array(half) - np.abs(outlines)).min())
    centres = outlines.mean(1)
    reach = np.linalg.norm(outlines[0] - centres[0], axis=-1).max()
    for i in range(len(outlines)):
        for j in range(i + 1, len(outlines)):
            if np.hypot(*(centres[i] - centres[j])) < 2 * reach:
                worst = max(worst, -separation(outlines[i], outlines[j]))
    return worst


def columns(count: int, across: int, pitch: float, low: float) -> list[list[float]]:
    """Places for a pile to drop from: rows of `across`, alternately shifted."""
    return [
        [(k % across - (across - 1) / 2) * pitch + (0.13 if k // across % 2 else -0.09) * pitch, low + (k // across) * pitch]
        for k in range(count)
    ]


def _to_segments(points: np.ndarray, hull: np.ndarray) -> np.ndarray:
    """Distance of each point to the outline's edges."""
    best = np.full(len(points), np.inf)
    for a, b in zip(hull, np.roll(hull, -1, 0), strict=True):
        edge = b - a
        t = np.clip((points - a) @ edge / max(float(edge @ edge), 1e-30), 0, 1)
        best = np.minimum(best, np.linalg.norm(points - a - t[:, None] * edge, axis=1))
    return best


def signed_distance(point: np.ndarray, hull: np.ndarray) -> np.ndarray | float:
    """Distance from points (or one) to an outline of 1 to 8 corners without its radius, negative inside."""
    points = np.atleast_2d(point)
    away = _to_segments(points, hull)
    if len(hull) > 2:
        edges = np.roll(hull, -1, 0) - hull
        side = edges[:, 0] * (points[:, None, 1] - hull[:, 1]) - edges[:, 1] * (points[:, None, 0] - hull[:, 0])
        away = np.where((side >= 0).all(1), -away, away)
    return away if np.ndim(point) > 1 else float(away[0])


def distance(a: np.ndarray, b: np.ndarray) -> float:
    """Distance of two outlines without their radii; where they overlap minus the least way to part them."""
    if len(a) == 1 or len(b) == 1:
        return float(signed_distance(a[0], b) if len(a) == 1 else signed_distance(b[0], a))
    edges = np.concatenate([np.roll(hull, -1, 0) - hull for hull in (a, b)])
    edges /= np.linalg.norm(edges, axis=1)[:, None]
    along = (b @ edges.T).min(0) - (a @ edges.T).max(0)  # tells two bars in line apart, whose normals don't
    normals = np.stack([edges[:, 1], -edges[:, 0]], 1)
    across = np.maximum((b @ normals.T).min(0) - (a @ normals.T).max(0), (a @ normals.T).min(0) - (b @ normals.T).max(0)).max()
    apart = across > 0 or along.max() > 0 or ((a @ edges.T).min(0) - (b @ edges.T).max(0)).max() > 0
    return min(_to_segments(a, b).min(), _to_segments(b, a).min()) if apart else float(across)


def own(bench: Bench, kind: str, field: str) -> np.ndarray:
    """What a drive keeps for its bodies, by its name in formulas, [worlds, count]."""
    first = bench.env.game.names.own[kind, field]
    rows = bench._view()[:, first : first + bench.env.game.names.count[kind], :]
    return rows.transpose(0, 2, 1).reshape(-1, rows.shape[1])[: bench.env.num_envs].astype(np.float64)
