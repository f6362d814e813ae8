"""Bodies do what mechanics says: rest, slide, bounce, collide, stay inside (`test_oracles.py` has more, `test_engines.py` other engines beside).

Unless said otherwise decisions are 60 a second with 4 substeps, and lengths are metres.
"""

import math
from typing import Any

import numpy as np
import pytest
from scenes import Bench, box_outlines, columns, deepest_boxes, deepest_discs, distance

from sandlot.envs.kernels.world.layout.things import Body
from sandlot.envs.kernels.world.layout.world import Whole

G = 9.81
SLOPE = math.radians(20)
ROUND = {"shape": "circle", "radius": 0.25}
SQUARE = {"shape": "box", "size": [0.5, 0.5]}
SHAPES: dict[str, dict[str, Any]] = {
    "circle": ROUND,
    "capsule": {"shape": "capsule", "length": 0.5, "radius": 0.15},
    "box": {"shape": "box", "size": [0.6, 0.4]},
    "polygon": {"shape": "polygon", "vertices": [[-0.3, -0.2], [0.3, -0.2], [0.35, 0.1], [0, 0.35], [-0.3, 0.1]]},
    "pillow": {"shape": "box", "size": [0.4, 0.3], "radius": 0.08},
}


# --- resting ----------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("shape", "count", "size", "across"), [
    ("circle", 10, (2, 4), 3), ("circle", 50, (4, 8), 6), ("circle", 200, (6, 14), 10), ("box", 10, (2, 4), 3), ("box", 50, (4, 8), 6),
])  # fmt: skip
def test_pile_settles(shape: str, count: int, size: tuple[float, float], across: int) -> None:
    kind = (ROUND if shape == "circle" else SQUARE) | {"at": columns(count, across, 0.56, -size[1] / 2 + 0.4)}
    bench = Bench({"p": kind}, size=size, gravity=G)
    bench.run(600)
    half = (size[0] / 2, size[1] / 2)
    deepest = deepest_discs(bench.xy("p")[0], 0.25, half) if shape == "circle" else deepest_boxes(box_outlines(bench, "p", 0.5, 0.5), half)
    assert deepest < 0.01 * 0.5
    before = bench.xy("p")
    for _ in range(30):
        bench.run(1)
        assert bench.speed("p").max() < 0.01
        assert np.abs(bench.get("p", Body.SPIN)).max() * 0.25 < 0.01
    assert np.abs(bench.xy("p") - before).max() < 0.005
    assert bench.world_row(Whole.OVERRUN)[0] == 0


@pytest.mark.parametrize("count", [5, 10])
def test_stack_stands_for_a_minute(count: int) -> None:
    bench = Bench({"p": SQUARE | {"at": [[0, -4.75 + 0.5 * k] for k in range(count)]}}, size=[10, 10], gravity=G)
    start = bench.xy("p")[0]
    bench.run(3600)
    now = bench.xy("p")[0]
    assert np.abs(now[:, 0] - start[:, 0]).max() < 0.01
    assert (0.5 - np.diff(now[:, 1])).max() < 0.01 * 0.5
    assert bench.speed("p").max() < 0.01
    assert np.abs(bench.angle("p")).max() < 0.01


@pytest.mark.parametrize("a", SHAPES)
@pytest.mark.parametrize("b", SHAPES)
def test_every_pair_of_shapes_settles_apart(a: str, b: str) -> None:
    """One dropped on the other between walls, in 16 worlds at 16 angles."""
    bench = Bench({"a": SHAPES[a] | {"at": [0, -0.4]}, "b": SHAPES[b] | {"at": [0.05, 0.5]}}, 16, size=[1.6, 2.4], gravity=G)
    bench.turn("a", np.linspace(0, 3, 16)[:, None])
    bench.turn("b", np.linspace(0, 5, 16)[:, None])
    bench.run(480)
    for world in range(16):
        gap = distance(*(bench.outline(kind, world) for kind in ("a", "b")))
        radii = sum(float(bench.get(kind, Body.ROUND)[world, 0]) for kind in ("a", "b"))
        assert gap - radii > -0.005
        for kind in ("a", "b"):
            room = np.array([0.8, 1.2]) - np.abs(bench.outline(kind, world)).max(0) - bench.get(kind, Body.ROUND)[world, 0]
            assert room.min() > -0.005


# --- sliding and rolling ----------------------------------------------------------------------------------------------------------------------


def on_slope(kind: dict[str, Any], friction: float) -> tuple[float, float, float]:
    """Acceleration down a fixed slope of 20 degrees between 0.5 and 1 s, speed at 1 s, and spin times radius."""
    across, along = np.array([-math.sin(SLOPE), math.cos(SLOPE)]), np.array([math.cos(SLOPE), math.sin(SLOPE)])
    ramp = {"shape": "box", "size": [16, 1], "at": [0, 0], "angle_deg": 20, "body": "static", "friction": friction}
    bench = Bench(
        {"ramp": ramp, "p": kind | {"friction": friction, "at": (across * 0.75 + along * 4).tolist(), "angle_deg": 20}},
        size=[40, 40],
        gravity=G,
        walls="open",
    )
    bench.run(30)
    early = -float(bench.velocity("p")[0, 0] @ along)
    bench.run(30)
    late = -float(bench.velocity("p")[0, 0] @ along)
    assert abs(bench.xy("p")[0, 0] @ across - 0.75) < 0.002
    return (late - early) / 0.5, late, float(bench.get("p", Body.SPIN)[0, 0]) * 0.25


@pytest.mark.parametrize("friction", [0.1, 0.3, 0.36, 0.37, 0.5, 2.0])
def test_box_on_a_slope(friction: float) -> None:
    accel, speed, _ = on_slope(SQUARE, friction)
    if friction < math.tan(SLOPE):
        assert accel == pytest.approx(G * (math.sin(SLOPE) - friction * math.cos(SLOPE)), rel=0.02)
    else:
        assert abs(accel) < 1e-3
        assert abs(speed) < 1e-3


@pytest.mark.parametrize("friction", [0.0, 0.05, 0.1, 0.14, 0.5, 2.0])
def test_disc_on_a_slope(friction: float) -> None:
    accel, speed, rim = on_slope(ROUND, friction)
    if friction < math.tan(SLOPE) / 3:  # too slippery to roll
        assert accel == pytest.approx(G * (math.sin(SLOPE) - friction * math.cos(SLOPE)), rel=0.02)
        assert rim == pytest.approx(2 * friction * G * math.cos(SLOPE), rel=0.02, abs=1e-3)
    else:
        assert accel == pytest.approx(2 / 3 * G * math.sin(SLOPE), rel=0.02)
        assert rim == pytest.approx(speed, rel=0.01)


def test_fast_rolling_disc_does_not_sink() -> None:
    """At 10 decisions a second it turns by half a turn between two searches for contacts."""
    bench = Bench(
        {"p": ROUND | {"at": [-40, -9.75], "velocity": [15, 0], "spin_deg_per_s": -math.degrees(60)}},
        size=[100, 20],
        gravity=G,
        decisions_per_second=10,
    )
    for _ in range(30):
        bench.run(1)
        assert bench.xy("p")[0, 0, 1] == pytest.approx(-9.75, abs=0.01)
    assert bench.velocity("p")[0, 0, 0] == pytest.approx(15, rel=0.01)


# --- bouncing and colliding -------------------------------------------------------------------------------------------------------------------


def rebound(kind: dict[str, Any], bounce: float, height: float, **world: Any) -> float:
    """Share of the height that comes back."""
    bench = Bench({"p": kind | {"bounce": bounce, "at": [0, -9.75 + height]}}, size=[20, 20], gravity=G, **world)
    top = 0.0
    for _ in range(int(2.5 * math.sqrt(2 * height / G) * world.get("decisions_per_second", 60)) + 2):
        bench.run(1)
        if bench.velocity("p")[0, 0, 1] > 0:
            top = max(top, float(bench.xy("p")[0, 0, 1]) + 9.75)
    return top / height


@pytest.mark.parametrize("height", [0.8, 1.0, 1.37, 2.0, 3.1, 5.0])
@pytest.mark.parametrize("kind", [ROUND, SQUARE], ids=["disc", "box"])
def test_bounce_returns_its_share(kind: dict[str, Any], height: float) -> None:
    assert rebound(kind, 0.8, height) == pytest.approx(0.64, rel=0.03)


@pytest.mark.parametrize("bounce", [0.5, 1.0])
def test_other_bounces(bounce: float) -> None:
    assert rebound(ROUND, bounce, 2.0) == pytest.approx(bounce**2, rel=0.03)


def test_no_bounce_without_bounce() -> None:
    assert rebound(ROUND, 0.0, 2.0) < 0.001


@pytest.mark.parametrize("per_second", [10, 60])
@pytest.mark.parametrize(("m1", "m2", "v1", "v2", "e"), [
    (1, 1, 3, 0, 1), (1, 4, 3, -1, 1), (1, 1000, 5, 0, 1), (1, 4, 3, -1, 0.5), (2, 3, 30, -30, 1), (1, 1, 3, 0, 0), (0.001, 1, 2, -2, 0.7),
])  # fmt: skip
def test_head_on_collision(m1: float, m2: float, v1: float, v2: float, e: float, per_second: int) -> None:
    common = {"radius": 0.3, "bounce": e, "friction": 0}
    bench = Bench(
        {"a": common | {"mass": m1, "velocity": [v1, 0], "at": [-2.013, 0]}, "b": common | {"mass": m2, "velocity": [v2, 0], "at": [0, 0]}},
        size=[200, 200],
        decisions_per_second=per_second,
    )
    bench.run(2 * per_second)
    want = [((m1 - e * m2) * v1 + (1 + e) * m2 * v2) / (m1 + m2), ((m2 - e * m1) * v2 + (1 + e) * m1 * v1) / (m1 + m2)]
    assert [bench.velocity("a")[0, 0, 0], bench.velocity("b")[0, 0, 0]] == pytest.approx(want, abs=2e-5 * (abs(v1) + abs(v2)))


def beams(offsets: np.ndarray, speeds: np.ndarray, angles: np.ndarray, starts: np.ndarray) -> Bench:
    """Worlds in which disc a flies past or into disc b, which rests at the origin; b's centre lies `offset` beside a's path."""
    disc = {"radius": 0.2, "bounce": 1, "friction": 0}
    bench = Bench({"a": disc | {"at": [2, 0]}, "b": disc | {"at": [0, 0]}}, offsets.size, size=[100, 100], walls="open")
    c, s = np.cos(angles), np.sin(angles)
    for field, values in (
        (Body.X, -c * starts - s * offsets),
        (Body.Y, -s * starts + c * offsets),
        (Body.VX, c * speeds),
        (Body.VY, s * speeds),
    ):
        bench.put("a", field, values[:, None])
    bench.run(120)
    return bench


def test_oblique_elastic_collision_of_discs() -> None:
    """The struck disc leaves along the line of centres at impact, whatever the speed and the angle; energy is kept."""
    rng = np.random.default_rng(1)
    offset, speed = rng.uniform(-0.39, 0.39, 256), rng.uniform(1, 8, 256)
    angle, start = rng.uniform(0, 2 * math.pi, 256), rng.uniform(0.5, 1, 256)
    bench = beams(offset, speed, angle, start)
    depth = np.sqrt(0.16 - offset**2)
    c, s = np.cos(angle), np.sin(angle)
    line = np.stack([c * depth + s * offset, s * depth - c * offset], -1) / 0.4
    want = (speed * depth / 0.4)[:, None] * line
    assert np.abs(bench.velocity("b")[:, 0] - want).max() < 1e-4 * speed.max()
    energy = (bench.speed("a") ** 2 + bench.speed("b") ** 2)[:, 0]
    assert energy == pytest.approx(speed**2, rel=1e-4)


def test_near_miss_touches_nothing() -> None:
    rng = np.random.default_rng(2)
    offset = rng.uniform(0.4005, 0.45, 256) * rng.choice([-1, 1], 256)
    bench = beams(offset, rng.uniform(1, 30, 256), rng.uniform(0, 2 * math.pi, 256), rng.uniform(0.5, 1, 256))
    assert bench.speed("b").max() == 0


@pytest.mark.parametrize("walls", ["open", "wrap"])
def test_gas_keeps_momentum(walls: str) -> None:
    rng = np.random.default_rng(0)
    grid = (np.stack(np.meshgrid(np.arange(8), np.arange(6)), -1).reshape(-1, 2) - [3.5, 2.5]) + rng.uniform(-0.2, 0.2, (48, 2))
    bench = Bench(
        {"p": {"radius": 0.2, "at": grid.tolist(), "bounce": 1, "friction": 0, "mass": {"uniform": [0.5, 3]}}}, 4, size=[9, 9], walls=walls
    )
    start = rng.normal(0, 2, (2, 4, 48))
    bench.put("p", Body.VX, start[0])
    bench.put("p", Body.VY, start[1])
    mass = 1 / bench.get("p", Body.INV_MASS)[..., None]
    before = mass * bench.velocity("p")
    energy = (before**2 / mass).sum((1, 2))
    bench.run(600)
    after = mass * bench.velocity("p")
    assert np.abs(after - before).max() > 1
    scale = np.linalg.norm(before, axis=-1).sum(1)
    assert (np.linalg.norm((after - before).sum(1), axis=-1) / scale).max() < 1e-4
    assert (after**2 / mass).sum((1, 2)) == pytest.approx(energy, rel=0.05)


# --- nothing gets out -------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("per_second", "decisions"),
    [(10, 500), (60, 1000), pytest.param(10, 10_000, marks=pytest.mark.slow), pytest.param(60, 10_000, marks=pytest.mark.slow)],
)
def test_nothing_leaves_the_walls(per_second: int, decisions: int) -> None:
    """Random forces and kicks up to 30 m/s, masses from 0.01 to 10."""
    rng = np.random.default_rng(4)
    drive = {"type": "thrust", "accel": 200, "top_speed": 30}
    teams = {}
    for n, (name, shape) in enumerate(SHAPES.items()):
        for heavy in (0, 1):
            teams[f"{name}{heavy}"] = shape | {
                "at": [[-3 + 1.5 * n, -2 + 3 * heavy], [-3 + 1.5 * n, -0.5 + 3 * heavy]],
                "mass": 10 if heavy else 0.01,
                "drive": drive,
                "bounce": 0.3 * heavy,
            }
    bench = Bench({"post": {"shape": "box", "size": [1, 1], "angle_deg": 30, "at": [0, 3.4], "body": "static"}}, 16, teams=teams, size=[8, 8],
                  decisions_per_second=per_second)  # fmt: skip
    worst = 0.0
    for k in range(decisions):
        if k % 10 == 0:
            actions = {team: rng.uniform(-1, 1, (16, 2, 2)) for team in teams}
        if k % 500 == 0:
            for team in teams:
                for field in (Body.VX, Body.VY, Body.SPIN):
                    bench.put(team, field, rng.uniform(-21, 21, (16, 2)))
        bench.run(1, actions)
        if k % 100 < 2:
            for team in teams:
                xy = bench.xy(team)
                assert np.isfinite(xy).all()
                assert np.isfinite(bench.velocity(team)).all()
                worst = max(worst, np.abs(xy).max())
    assert worst <= 4
    assert bench.world_row(Whole.OVERRUN).max() == 0
    length = np.hypot(*(bench.get("box0", field) for field in (Body.COS, Body.SIN)))
    assert length == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("per_second", [10, 60])
def test_bullet_does_not_tunnel(per_second: int) -> None:
    for wall in ({"shape": "box", "size": [0.05, 20]}, {"shape": "capsule", "length": 10, "radius": 0.03, "angle_deg": 90}):
        bench = Bench(
            {"wall": wall | {"at": [3, 0], "body": "static"}, "p": {"radius": 0.05, "at": [0, 0]}},
            16,
            size=[20, 20],
            decisions_per_second=per_second,
        )
        bench.put("p", Body.VX, np.linspace(30, 200, 16)[:, None])
        bench.put("p", Body.Y, np.linspace(-1, 1, 16)[:, None])
        for _ in range(per_second):
            bench.run(1)
            assert bench.xy("p")[..., 0].max() < 3


# --- who bumps into whom ----------------------------------------------------------------------------------------------------------------------


def test_kinematic_pushes_and_is_not_pushed() -> None:
    plow = {"shape": "box", "size": [0.2, 2], "at": [-2, 0], "body": "kinematic", "velocity": [0.5, 0]}
    bench = Bench({"plow": plow, "p": ROUND | {"at": [-1, 0.1], "mass": 100, "friction": 0}}, size=[10, 10])
    bench.run(240)
    assert bench.xy("plow")[0, 0] == pytest.approx([0, 0], abs=1e-4)
    assert bench.velocity("plow")[0, 0] == pytest.approx([0.5, 0])
    assert bench.velocity("p")[0, 0] == pytest.approx([0.5, 0], abs=1e-3)
    assert bench.xy("p")[0, 0, 0] == pytest.approx(0.35, abs=0.005)


def test_turning_kinematic_sweeps() -> None:
    """A bar that turns for long still meets what it should: half a turn later than at the start, and never what it shouldn't."""
    bar = {"shape": "box", "size": [3, 0.2], "at": [0, 0], "body": "kinematic", "spin_deg_per_s": 90}
    bench = Bench({"bar": bar, "p": ROUND | {"at": [8, 0], "friction": 0}}, size=[20, 20])
    bench.run(600)
    assert bench.angle("bar")[0, 0] == pytest.approx(math.remainder(math.radians(90) * 10, math.tau), abs=1e-3)
    assert bench.xy("p")[0, 0] == pytest.approx([8, 0])
    now = float(bench.angle("bar")[0, 0])
    bench.put("p", Body.X, math.cos(now + 0.6))
    bench.put("p", Body.Y, math.sin(now + 0.6))
    bench.run(24)
    at, angle = bench.xy("p")[0, 0], float(bench.angle("bar")[0, 0])
    across = -math.sin(angle) * at[0] + math.cos(angle) * at[1]
    assert across > 0.34
    assert bench.speed("p")[0, 0] > 0.5


def test_sensors_never_block() -> None:
    zone = {"shape": "box", "size": [1, 4], "at": [1, 0], "body": "sensor"}
    bench = Bench({"zone": zone, "p": ROUND | {"at": [-1, 0], "velocity": [2, 0]}}, size=[20, 20])
    bench.run(120)
    assert bench.xy("p")[0, 0] == pytest.approx([3, 0], abs=1e-4)


def test_solid_if() -> None:
    door = {"shape": "box", "size": [0.5, 4], "body": "static", "solid_if": "= not open"}
    bench = Bench(
        {
            "shut": door | {"at": [1, 2], "state": {"open": False}},
            "ajar": door | {"at": [1, -2], "state": {"open": True}},
            "p": ROUND | {"at": [[-1, 2], [-1, -2]], "velocity": [2, 0]},
        },
        size=[20, 20],
    )
    bench.run(120)
    assert bench.xy("p")[0, :, 0] == pytest.approx([0.5, 3], abs=0.005)


def test_collides_with() -> None:
    bench = Bench(
        {
            "wall": {"shape": "box", "size": [0.5, 8], "at": [1, 0], "body": "static"},
            "ghost": ROUND | {"at": [-1, 2], "velocity": [2, 0], "collides_with": ["walls"]},
            "free": ROUND | {"at": [-1, -2], "velocity": [-8, 0], "collides_with": ["wall"]},
            "p": ROUND | {"at": [-1, 0], "velocity": [2, 0]},
        },
        size=[10, 10],
    )
    bench.run(120)
    assert bench.xy("ghost")[0, 0, 0] == pytest.approx(3, abs=1e-4)
    assert bench.xy("p")[0, 0, 0] == pytest.approx(0.5, abs=0.005)
    assert bench.xy("free")[0, 0, 0] == pytest.approx(-17, abs=1e-3)
    bench.run(240)
    assert bench.xy("ghost")[0, 0, 0] == pytest.approx(4.75, abs=0.005)


def test_open_walls_let_out() -> None:
    bench = Bench({"p": ROUND | {"at": [4, 0], "velocity": [3, 1]}}, size=[10, 10], walls="open")
    bench.run(120)
    assert bench.xy("p")[0, 0] == pytest.approx([10, 2], abs=1e-4)


def test_wrapping_worlds_meet_across_the_seam() -> None:
    disc = ROUND | {"bounce": 1, "friction": 0}
    bench = Bench({"a": disc | {"at": [4.2, 0], "velocity": [2, 0]}, "b": disc | {"at": [-4.2, 0]}}, size=[10, 10], walls="wrap")
    bench.run(60)  # they meet after 0.55 s, at x = 5.3 = -4.7
    assert bench.velocity("a")[0, 0, 0] == pytest.approx(0, abs=1e-4)
    assert bench.velocity("b")[0, 0, 0] == pytest.approx(2, abs=1e-4)
    assert bench.xy("a")[0, 0, 0] == pytest.approx(-4.7, abs=0.02)
    bench.run(240)
    assert np.abs(bench.xy("a")).max() <= 5
    assert np.abs(bench.xy("b")).max() <= 5


# --- drives -----------------------------------------------------------------------------------------------------------------------------------


def driven(drive: dict[str, Any], **world: Any) -> Bench:
    return Bench({}, teams={"agent": ROUND | {"at": [0, 0], "drive": drive}}, size=[400, 400], walls="open", **world)


def test_thrust() -> None:
    bench = driven({"type": "thrust", "accel": 4, "top_speed": 3})
    bench.run(30, {"agent": [1, 0]})
    assert bench.velocity("agent")[0, 0] == pytest.approx([2, 0], abs=1e-4)
    bench.run(60, {"agent": [0.6, 0.8]})
    assert bench.speed("agent")[0, 0] == pytest.approx(3, rel=1e-4)
    bench.put("agent", Body.VX, 10)
    bench.put("agent", Body.VY, 0)
    bench.run(30, {"agent": [1, 0]})
    assert bench.velocity("agent")[0, 0, 0] == pytest.approx(10, rel=1e-4), "a push made it faster than it can drive: not braked"
    bench.run(30, {"agent": [1, 1]})
    assert bench.speed("agent")[0, 0] < 10.001


def test_thrust_against_drag() -> None:
    bench = driven({"type": "thrust", "accel": 4, "top_speed": 30}, drag=2.0)
    bench.run(30, {"agent": [1, 0]})
    assert bench.velocity("agent")[0, 0, 0] == pytest.approx(2 * (1 - math.exp(-1)), rel=0.01)
    bench.run(300, {"agent": [1, 0]})
    assert bench.velocity("agent")[0, 0, 0] == pytest.approx(2, rel=0.01)


def test_walk() -> None:
    bench = driven({"type": "walk", "accel": 5, "top_speed": 3})
    bench.run(24, {"agent": [0, 1]})
    assert bench.velocity("agent")[0, 0] == pytest.approx([0, 2], abs=1e-4)
    bench.run(60, {"agent": [0, 0.5]})
    assert bench.velocity("agent")[0, 0] == pytest.approx([0, 1.5], abs=1e-4)
    bench.run(12, {"agent": [0, 0]})
    assert bench.velocity("agent")[0, 0] == pytest.approx([0, 0.5], abs=1e-4)


def test_tank() -> None:
    bench = driven({"type": "tank", "accel": 5, "top_speed": 2, "turn_deg_per_s": 90})
    bench.run(60, {"agent": [0, 1]})
    assert bench.angle("agent")[0, 0] == pytest.approx(math.pi / 2, abs=1e-3)
    bench.run(12, {"agent": [1, 0]})
    assert bench.velocity("agent")[0, 0] == pytest.approx([0, 1], abs=0.01)
    bench.run(60, {"agent": [1, 0]})
    assert bench.velocity("agent")[0, 0] == pytest.approx([0, 2], abs=0.01)
    bench.run(240, {"agent": [1, 1]})  # a full circle
    assert bench.angle("agent")[0, 0] == pytest.approx(math.pi / 2, abs=0.01)


def test_rocket_hovers_and_turns() -> None:
    bench = driven({"type": "rocket", "thrust_accel": 20, "turn_deg_per_s2": 90, "top_speed": 50}, gravity=G)
    bench.run(120, {"agent": [2 * G / 20 - 1, 0]})
    assert np.abs(bench.xy("agent")).max() < 1e-3
    bench.run(60, {"agent": [1, 0]})
    assert bench.velocity("agent")[0, 0] == pytest.approx([0, 20 - G], abs=0.01)
    bench.run(60, {"agent": [-1, 1]})
    assert bench.get("agent", Body.SPIN)[0, 0] == pytest.approx(math.pi / 2, rel=1e-3)
    assert bench.velocity("agent")[0, 0, 1] == pytest.approx(20 - 2 * G, abs=0.01)


# --- lanes ------------------------------------------------------------------------------------------------------------------------------------


def test_lane_and_neighbours_change_no_bit() -> None:
    """One scene alone, and in every lane among 15 others that differ."""
    things = {
        name: shape | {"count": 2, "place": {"in": "world", "gap": 0.05, "turn": True}, "bounce": 0.5, "velocity": [2, 1]}
        for name, shape in SHAPES.items()
    }
    alone, many = Bench(things, 1, size=[4, 4], gravity=3.0), Bench(things, 16, size=[4, 4], gravity=3.0)
    start = alone.env.get_state()
    alone.run(200)
    want = alone.env.state_hash()
    for lane in (0, 1, 7, 15):
        many.begin()
        many.run(lane)  # the others are elsewhere each time
        many.env.set_state(start, [lane])
        many.run(200)
        assert many.env.state_hash(lane) == want
        assert len({many.env.state_hash(k) for k in range(16)}) == 16
