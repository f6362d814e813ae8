"""Contacts and rays of every pair of shapes, against brute force in float64."""

import math
from typing import Annotated, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scenes import distance, signed_distance, text_of

from sandlot.envs.compile.scenario import compile_scenario
from sandlot.envs.jit.kernel import kernel
from sandlot.envs.kernels.collision import geometry, manifold
from sandlot.envs.kernels.spawn.begin import begin
from sandlot.envs.kernels.world.bodies import at
from sandlot.envs.kernels.world.layout.scratch import Area
from sandlot.envs.kernels.world.layout.things import Body, BodyTable
from sandlot.envs.kernels.world.layout.world import F, Table, Whole
from sandlot.envs.kernels.world.state import Floats, Rows, Scratch, World, new_scratch, new_state
from sandlot.scenarios import loads

KINDS = {
    "circle": {"shape": "circle", "radius": 0.4},
    "bead": {"shape": "circle", "radius": 0.05},
    "capsule": {"shape": "capsule", "length": 1.2, "radius": 0.2},
    "box": {"shape": "box", "size": [1.0, 0.6]},
    "plank": {"shape": "box", "size": [3.0, 0.1]},
    "pillow": {"shape": "box", "size": [0.6, 0.4], "radius": 0.1},
    "triangle": {"shape": "polygon", "vertices": [[0, 0], [0.2, 0.9], [1.1, 0.1]]},
    "octagon": {
        "shape": "polygon",
        "radius": 0.05,
        "vertices": [[math.cos(k * math.pi / 4), 0.7 * math.sin(k * math.pi / 4)] for k in range(8)],
    },
}
NAMES = list(KINDS)
PAIRS = [(a, b) for i, a in enumerate(NAMES) for b in NAMES[i:]]
TOLERANCE = 2e-5
"""Metres; the shapes are about 1 m large and lie within 10 m: float32 resolves 1e-6 m there."""
HYSTERESIS = 6e-4
"""The kernel keeps A's edge as the reference while B's separates less than 5e-4 m more."""


class Lab(NamedTuple):
    """Every kind twice: bodies 2k+1 and 2k+2 are of kind k."""

    world: object
    s: np.ndarray
    h: np.ndarray

    def __repr__(self) -> str:
        """Short: it is in every falsifying example."""
        return "lab"


@pytest.fixture(scope="module")
def lab() -> Lab:
    things = {name: kind | {"body": "dynamic", "at": [[20 * i, 0], [20 * i, 10]]} for i, (name, kind) in enumerate(KINDS.items())}
    game = compile_scenario(loads(text_of(things, size=[1000, 1000])))
    state, scratch = new_state(game.world, 1), new_scratch(game.world, 0)
    _begin(state.rows[0], game.world, state.keys[0], scratch)
    return Lab(game.world, state.rows[0], scratch.h)


@kernel
def _begin(s: Rows, world: World, keys: Annotated[NDArray[np.uint64], 2], scratch: Scratch) -> None:
    begin(s, world, keys, 0, scratch)


@kernel
def _meet(s: Rows, world: World, a: int, b: int, margin: float, h: Floats) -> int:
    return manifold.meet(s, world, (a, b), 0, (F(0), F(0)), margin, h)


@kernel
def _ray(s: Rows, world: World, body: int, x: float, y: float, dx: float, dy: float, h: Floats) -> float:
    return geometry.ray_and_body(s, world, body, 0, (x, y, dx, dy), h)


@kernel
def _holds(s: Rows, world: World, body: int, x: float, y: float, h: Floats) -> bool:
    return geometry.holds_point(s, world, body, 0, x, y, h)


def put(lab: Lab, body: int, x: float, y: float, angle: float) -> tuple[np.ndarray, float]:
    """Move a body; returns its corners in the world (float64, of the float32 pose) and its radius."""
    for field, value in ((Body.X, x), (Body.Y, y), (Body.COS, math.cos(angle)), (Body.SIN, math.sin(angle))):
        lab.s[at(body, field), 0] = value
    x, y, c, d = (float(lab.s[at(body, field), 0]) for field in (Body.X, Body.Y, Body.COS, Body.SIN))
    whole, real = lab.world.whole, lab.world.real
    table = int(whole[Table.BODY]) + body * int(whole[Table.BODY + 1])
    first, count = int(whole[table + BodyTable.CORNER]), int(whole[table + BodyTable.CORNERS])
    start = int(whole[Whole.CORNER]) + 2 * first
    scale = [float(lab.s[at(body, field), 0]) for field in (Body.SCALE_X, Body.SCALE_Y)]
    corners = real[start : start + 2 * count].reshape(count, 2).astype(np.float64) * scale
    turn = np.array([[c, -d], [d, c]])
    return corners @ turn.T + [x, y], float(lab.s[at(body, Body.ROUND), 0])


def meet(lab: Lab, a: int, b: int, margin: float = 100.0) -> list[tuple[np.ndarray, np.ndarray, float]]:
    """Contact points: (normal, place, gap)."""
    count = _meet(lab.s, lab.world, a, b, F(margin), lab.h)
    points = lab.h[int(Area.POINTS) : int(Area.POINTS) + 16].astype(np.float64).reshape(2, 8)
    return [(p[0:2], p[2:4], p[4]) for p in points[:count]]


PLACE = st.floats(-1.625, 1.625, width=32)
ANGLE = st.one_of(st.floats(-3.25, 3.25, width=32), st.sampled_from([0.0, math.pi / 2, math.pi, math.pi / 4]))


def bodies(a: str, b: str) -> tuple[int, int]:
    return 2 * NAMES.index(a) + 1, 2 * NAMES.index(b) + 2


@pytest.mark.parametrize(("a", "b"), PAIRS)
@given(x=PLACE, y=PLACE, turn_a=ANGLE, turn_b=ANGLE)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_contact_against_brute_force(lab: Lab, a: str, b: str, x: float, y: float, turn_a: float, turn_b: float) -> None:
    i, j = bodies(a, b)
    hull_a, ra = put(lab, i, 0.0, 0.0, turn_a)
    hull_b, rb = put(lab, j, x, y, turn_b)
    points = meet(lab, i, j)
    assert 1 <= len(points) <= 2
    assert np.isfinite([p[2] for p in points]).all()
    gap = min(p[2] for p in points)
    slack = TOLERANCE + (HYSTERESIS if len(hull_a) > 1 and len(hull_b) > 1 else 0)
    true = distance(hull_a, hull_b) - ra - rb
    assert gap == pytest.approx(true, abs=slack) or (true < 0 and gap <= true + slack), (gap, true)
    for normal, place, own in points:
        assert np.hypot(*normal) == pytest.approx(1, abs=1e-5)
        if own == gap and true > 0:  # the place lies half-way between the two surfaces
            assert signed_distance(place, hull_a) - ra == pytest.approx(gap / 2, abs=2 * slack)
            assert signed_distance(place, hull_b) - rb == pytest.approx(gap / 2, abs=2 * slack)
    # moved by the gap along the normal, they touch: so normals point from A to B, and overlaps are undone by going along them
    normal = min(points, key=lambda p: p[2])[0]
    assert abs(distance(hull_a, hull_b - normal * gap) - ra - rb) <= 2 * slack + 1e-5 * abs(gap)


@pytest.mark.parametrize(("a", "b"), PAIRS)
@given(x=PLACE, y=PLACE, turn_a=ANGLE, turn_b=ANGLE, way=ANGLE, far=st.floats(-50, 50, width=32))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_contact_of_swapped_moved_and_turned_bodies(
    lab: Lab, a: str, b: str, x: float, y: float, turn_a: float, turn_b: float, way: float, far: float
) -> None:
    i, j = bodies(a, b)
    hull_a, ra = put(lab, i, 0.0, 0.0, turn_a)
    hull_b, rb = put(lab, j, x, y, turn_b)
    normal, _, gap = min(meet(lab, i, j), key=lambda p: p[2])
    swapped, _, other = min(meet(lab, j, i), key=lambda p: p[2])
    assert other == pytest.approx(gap, abs=HYSTERESIS + TOLERANCE)
    c, d = math.cos(way), math.sin(way)
    put(lab, i, far, -far, turn_a + way)
    put(lab, j, far + c * x - d * y, -far + d * x + c * y, turn_b + way)
    turned, _, moved = min(meet(lab, i, j), key=lambda p: p[2])
    assert moved == pytest.approx(gap, abs=HYSTERESIS + 10 * TOLERANCE)
    if gap > 0.05:  # apart, two convex outlines have one shortest way between them; where they overlap there may be several
        back = np.array([c * turned[0] + d * turned[1], c * turned[1] - d * turned[0]])
        for found, within in ((-swapped, 2e-3), (back, 5e-3)):  # edges all but parallel are as far apart along the normal of either
            apart = (hull_b @ found).min() - (hull_a @ found).max() - ra - rb
            either = len(hull_a) > 1 and len(hull_b) > 1 and apart == pytest.approx(gap, abs=HYSTERESIS + 10 * TOLERANCE)
            assert either or found == pytest.approx(normal, abs=within)


def test_margin_leaves_out_what_is_farther(lab: Lab) -> None:
    for a, b in PAIRS:
        i, j = bodies(a, b)
        put(lab, i, 0, 0, 0.3)
        put(lab, j, 5, 1, -0.8)
        gap = min(p[2] for p in meet(lab, i, j))
        assert meet(lab, i, j, gap - 0.01) == []
        assert len(meet(lab, i, j, gap + 0.01)) >= 1


def test_capsules_in_line_do_not_touch_from_afar(lab: Lab) -> None:
    """Their edges' normals don't tell them apart: only their ends do."""
    i, j = bodies("capsule", "capsule")
    for turn in (0.0, 0.7, math.pi / 2, 2.0):
        for apart in (1.7, 1.55, 3.0):
            put(lab, i, 0, 0, turn)
            put(lab, j, apart * math.cos(turn), apart * math.sin(turn), turn)
            assert min(p[2] for p in meet(lab, i, j)) == pytest.approx(apart - 1.6, abs=TOLERANCE)


def test_disc_at_a_capsule_s_end(lab: Lab) -> None:
    i, j = bodies("circle", "capsule")
    put(lab, j, 0, 0, 0)
    put(lab, i, 1.5, 0, 0)
    ((normal, place, gap),) = meet(lab, i, j)
    assert gap == pytest.approx(1.5 - 0.6 - 0.2 - 0.4, abs=TOLERANCE)
    assert normal == pytest.approx([-1, 0], abs=1e-6)
    assert place == pytest.approx([0.95, 0], abs=TOLERANCE)


def test_flat_boxes_meet_at_two_points(lab: Lab) -> None:
    i, j = bodies("box", "plank")
    put(lab, i, 0, 0, 0)
    put(lab, j, 0.3, 0.36, 0)
    points = meet(lab, i, j)
    assert sorted(round(float(p[1][0]), 4) for p in points) == [-0.5, 0.5]
    assert all(p[0] == pytest.approx([0, 1], abs=1e-6) and p[2] == pytest.approx(0.01, abs=TOLERANCE) for p in points)


def test_same_place_gives_finite_contacts(lab: Lab) -> None:
    for a, b in PAIRS:
        i, j = bodies(a, b)
        put(lab, i, 0, 0, 0)
        put(lab, j, 0, 0, 0)
        points = meet(lab, i, j)
        assert min(p[2] for p in points) < 0, (a, b)
        for normal, place, gap in points:
            assert np.isfinite([*normal, *place, gap]).all()
            assert np.hypot(*normal) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("name", NAMES)
@given(x=PLACE, y=PLACE, turn=ANGLE, way=ANGLE)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_rays_against_marching(lab: Lab, name: str, x: float, y: float, turn: float, way: float) -> None:
    body = 2 * NAMES.index(name) + 1
    hull, radius = put(lab, body, 0.3, -0.2, turn)
    start = np.array([F(x), F(y)], np.float64) * 2
    step = np.array([F(math.cos(way)), F(math.sin(way))], np.float64)
    found = float(_ray(lab.s, lab.world, body, F(start[0]), F(start[1]), F(step[0]), F(step[1]), lab.h))
    travelled, nearest = 0.0, math.inf
    while travelled < 20:  # sphere tracing: the distance to the shape is always a safe step
        left = signed_distance(start + travelled * step, hull) - radius
        nearest = min(nearest, left)
        if left < 1e-7:
            break
        travelled += left
    if travelled < 20:
        # a glancing ray may miss by rounding; elsewhere the error grows with the slant of the surface
        assert found == pytest.approx(travelled, abs=5e-3) or (
            found > 1e8 and signed_distance(start + travelled * step, hull) > radius - 1e-4
        )
        if found < 1e8:
            assert abs(signed_distance(start + found * step, hull) - radius) < 1e-4 or found == 0.0
    else:
        assert found > 1e8 or nearest < 1e-4


@pytest.mark.parametrize("name", NAMES)
@given(x=PLACE, y=PLACE, turn=ANGLE)
@settings(max_examples=50, deadline=None, derandomize=True)
def test_points_inside(lab: Lab, name: str, x: float, y: float, turn: float) -> None:
    body = 2 * NAMES.index(name) + 1
    hull, radius = put(lab, body, 0.1, 0.2, turn)
    left = signed_distance(np.array([F(x), F(y)], np.float64), hull) - radius
    if abs(left) > TOLERANCE:
        assert _holds(lab.s, lab.world, body, F(x), F(y), lab.h) == (left < 0)


def area_and_moment(hull: np.ndarray, radius: float, steps: int = 700) -> tuple[float, float, np.ndarray]:
    """Area, polar moment about the outline's centre and that centre, by counting points of a grid."""
    low, high = hull.min(0) - radius, hull.max(0) + radius
    grid = [np.linspace(low[k], high[k], steps, endpoint=False) + (high[k] - low[k]) / steps / 2 for k in (0, 1)]
    points = np.stack(np.meshgrid(*grid), -1).reshape(-1, 2)
    inside = points[signed_distance(points, hull) <= radius]
    cell = float(np.prod((high - low) / steps))
    return len(inside) * cell, float((inside**2).sum() * cell), inside.mean(0)


@pytest.mark.parametrize("name", NAMES)
def test_mass_and_inertia(lab: Lab, name: str) -> None:
    body = 2 * NAMES.index(name) + 1
    hull, radius = put(lab, body, 0, 0, 0)
    area, moment, centre = area_and_moment(hull, radius)
    assert 1 / float(lab.s[at(body, Body.INV_MASS), 0]) == pytest.approx(1.0)
    assert 1 / float(lab.s[at(body, Body.INV_INERTIA), 0]) == pytest.approx(moment / area, rel=4e-3)
    assert float(lab.s[at(body, Body.REACH), 0]) == pytest.approx(np.hypot(*hull.T).max() + radius, rel=1e-6)
    assert centre == pytest.approx([0, 0], abs=0.02 if radius else 2e-3)
