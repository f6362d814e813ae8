"""Nothing fast gets through anything, and what flies past a corner touches nothing.

A shell of thin walls around the origin: whatever starts inside stays inside. Half the wall's thickness is the middle of it, which is what can't be passed.
"""

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scenes import Bench

from sandlot.envs.kernels.world.layout.things import Body

HALF = 3.0
BULLETS = {
    "disc": {"radius": 0.05},
    "tiny": {"radius": 0.01},
    "box": {"shape": "box", "size": [0.1, 0.1]},
    "rod": {"shape": "box", "size": [0.6, 0.02]},
    "board": {"shape": "box", "size": [0.05, 1.0]},
    "capsule": {"shape": "capsule", "length": 0.5, "radius": 0.02},
    "triangle": {"shape": "polygon", "vertices": [[0, 0], [0.3, 0], [0, 0.2]]},
    "pillow": {"shape": "box", "size": [0.1, 0.05], "radius": 0.02},
}
PACES = [(1, 1), (1, 4), (10, 1), (10, 4), (30, 4), (60, 4), (60, 16), (240, 1), (240, 4)]
"""Decisions a second and substeps of each: from 1 s to 1 ms of physics at a time."""


def shell(thick: float) -> dict:
    """Four walls, thicker on the outside of `HALF`."""
    long, middle = 2 * HALF + 2 * thick, HALF + thick / 2
    return {
        "upright": {"shape": "box", "size": [thick, long], "at": [[middle, 0], [-middle, 0]], "body": "static"},
        "level": {"shape": "box", "size": [long, thick], "at": [[0, middle], [0, -middle]], "body": "static"},
    }


def throw(bench: Bench, kind: str, rng: np.random.Generator, fastest: float, spin: float) -> None:
    """Throw a thing in every world from somewhere in the middle, in any direction."""
    worlds = bench.env.num_envs
    angle, speed = rng.uniform(0, 2 * math.pi, (worlds, 1)), rng.uniform(0.2 * fastest, fastest, (worlds, 1))
    bench.put(kind, Body.VX, speed * np.cos(angle))
    bench.put(kind, Body.VY, speed * np.sin(angle))
    bench.put(kind, Body.SPIN, rng.uniform(-spin, spin, (worlds, 1)))
    bench.put(kind, Body.X, rng.uniform(-1, 1, (worlds, 1)))
    bench.put(kind, Body.Y, rng.uniform(-1, 1, (worlds, 1)))
    bench.turn(kind, rng.uniform(0, 2 * math.pi, (worlds, 1)))


def furthest(bench: Bench, kinds: tuple[str, ...], decisions: int) -> float:
    """How far beyond the inner faces any centre ever gets [m]."""
    worst = -math.inf
    for _ in range(decisions):
        bench.run(1)
        for kind in kinds:
            assert np.isfinite(bench.xy(kind)).all()
            worst = max(worst, float(np.abs(bench.xy(kind)).max()) - HALF)
    return worst


@pytest.mark.parametrize("pace", PACES)
@pytest.mark.parametrize("kind", BULLETS)
def test_nothing_gets_through_thin_walls(kind: str, pace: tuple[int, int]) -> None:
    """100 m/s against walls of 5 cm, at every pace the language allows; alone, and among heavy things that deflect it."""
    per_second, substeps = pace
    for bounce in (0.0, 0.9):
        for others in (0, 4):
            things = shell(0.05) | {"p": BULLETS[kind] | {"at": [0, 0], "bounce": bounce, "friction": 0.3}}
            if others:
                things["q"] = {"radius": 0.3, "mass": 5, "at": [[1.5, 1.5], [-1.5, -1.5], [1.5, -1.5], [-1.5, 1.5]]}
            bench = Bench(things, 32, size=[200, 200], decisions_per_second=per_second, substeps=substeps)
            throw(bench, "p", np.random.default_rng(7), 100, 20)
            assert furthest(bench, ("p", "q") if others else ("p",), max(5, min(per_second, 40))) < 0.025


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    kind=st.sampled_from(sorted(BULLETS)), per_second=st.integers(1, 240), substeps=st.integers(1, 16), thick=st.floats(0.05, 0.4),
    fastest=st.floats(1, 300), spin=st.floats(0, 100), bounce=st.integers(0, 100).map(lambda share: share / 100), seed=st.integers(0, 1000),
)  # fmt: skip
@example(kind="tiny", per_second=60, substeps=4, thick=0.05, fastest=100, spin=0, bounce=0, seed=1)
def test_whatever_is_thrown_stays_inside(kind, per_second, substeps, thick, fastest, spin, bounce, seed) -> None:
    bench = Bench(
        shell(thick) | {"p": BULLETS[kind] | {"at": [0, 0], "bounce": bounce}},
        16,
        size=[900, 900],
        decisions_per_second=per_second,
        substeps=substeps,
    )
    throw(bench, "p", np.random.default_rng(seed), fastest, spin)
    assert furthest(bench, ("p",), 15) < thick / 2


@pytest.mark.parametrize("pace", PACES)
@pytest.mark.parametrize("bullet", ["disc", "box", "capsule"])
def test_a_thin_board_that_is_free_is_hit_too(bullet: str, pace: tuple[int, int]) -> None:
    """Momentum goes over, and nobody passes: the board flies off ahead of the bullet."""
    board = {"shape": "box", "size": [0.05, 2], "at": [3, 0], "mass": 2, "friction": 0}
    bench = Bench({"board": board, "p": BULLETS[bullet] | {"at": [0, 0], "mass": 0.5, "friction": 0}}, 16, size=[1000, 1000], walls="open",
                  decisions_per_second=pace[0], substeps=pace[1])  # fmt: skip
    bench.put("p", Body.VX, np.linspace(10, 100, 16)[:, None])
    bench.run(max(2, math.ceil(0.4 * pace[0])))
    want = np.linspace(10, 100, 16) * 0.5 / 2.5
    momentum = 2 * bench.velocity("board")[:, 0, 0] + 0.5 * bench.velocity("p")[:, 0, 0]
    assert momentum == pytest.approx(np.linspace(10, 100, 16) * 0.5, rel=1e-3)
    assert (bench.xy("p")[:, 0, 0] < bench.xy("board")[:, 0, 0]).all()
    assert bench.velocity("board")[:, 0, 0] == pytest.approx(want, rel=0.06)  # as exact as one sweep over two points is


@pytest.mark.parametrize("per_second", [10, 60])
@pytest.mark.parametrize("shape", ["disc", "box", "rod", "capsule"])
def test_two_fast_things_head_on(shape: str, per_second: int) -> None:
    thing = BULLETS[shape] | {"friction": 0, "bounce": 0}
    bench = Bench(
        {"a": thing | {"at": [-3.02, 0]}, "b": thing | {"at": [3, 0]}}, 16, size=[1000, 1000], walls="open", decisions_per_second=per_second
    )
    speed = np.linspace(20, 100, 16)[:, None]
    bench.put("a", Body.VX, speed)
    bench.put("b", Body.VX, -speed)
    for _ in range(per_second):
        bench.run(1)
        assert (bench.xy("a")[:, 0, 0] < bench.xy("b")[:, 0, 0]).all()
    assert (np.abs(bench.velocity("a")[:, 0, 0]) < 0.1 * speed[:, 0]).all()  # boxes meet at two points, solved one after the other


@pytest.mark.parametrize("per_second", [10, 30, 60])
@pytest.mark.parametrize("shape", ["disc", "box", "capsule"])
def test_what_flies_past_a_corner_touches_nothing(shape: str, per_second: int) -> None:
    """The nearest point of a wall far ahead is its end, but the path runs beside it."""
    wall = {"shape": "box", "size": [0.05, 4], "at": [0, -2.3], "body": "static"}
    bench = Bench(
        {"wall": wall, "p": BULLETS[shape] | {"at": [-5, 0]}}, 64, size=[1000, 1000], walls="open", decisions_per_second=per_second
    )
    speed, start = np.linspace(5, 100, 64)[:, None], np.random.default_rng(3).uniform(-6, -1, (64, 1))
    bench.put("p", Body.VX, speed)
    bench.put("p", Body.X, start)
    bench.run(per_second)
    assert bench.velocity("p")[:, 0] == pytest.approx(np.concatenate([speed, 0 * speed], 1), abs=1e-5)
    assert bench.xy("p")[:, 0, 0] == pytest.approx((start + speed)[:, 0], rel=1e-4)


@pytest.mark.parametrize("shape", ["box", "capsule", "triangle"])
def test_what_hits_at_an_angle_glances_off_where_it_should(shape: str) -> None:
    """Without friction a wall takes away what comes straight at it and leaves the rest, whatever the distance at which it was foreseen."""
    wall = {"shape": "box", "size": [1, 40], "at": [6, 0], "body": "static", "friction": 0}
    bench = Bench(
        {"wall": wall, "p": BULLETS[shape] | {"at": [0, 0], "friction": 0, "turns": False}},
        32,
        size=[1000, 1000],
        walls="open",
        decisions_per_second=20,
    )
    angle = np.linspace(-1.2, 1.2, 32)[:, None]
    bench.put("p", Body.VX, 60 * np.cos(angle))
    bench.put("p", Body.VY, 60 * np.sin(angle))
    bench.run(10)
    assert bench.velocity("p")[:, 0, 1] == pytest.approx((60 * np.sin(angle))[:, 0], abs=0.05)
    hit = (5.5 / (60 * np.cos(angle)) < 0.4)[:, 0] & (np.abs(5.5 * np.tan(angle)) < 15)[:, 0]
    assert np.abs(bench.velocity("p")[hit, 0, 0]).max() < 0.05


def test_energy_never_grows() -> None:
    """Light and heavy things of all shapes, kicked hard in a crowd: each decision may give back what overlap costs, no more."""
    shapes = [
        BULLETS["triangle"],
        {"radius": 0.25},
        {"shape": "box", "size": [0.6, 0.4]},
        {"shape": "capsule", "length": 0.5, "radius": 0.15},
    ]
    things = {
        f"k{n}{heavy}": shape
        | {"at": [[-3 + 1.5 * n, -2 + 3 * heavy], [-3 + 1.5 * n, -0.5 + 3 * heavy]], "mass": 10 if heavy else 0.01, "bounce": 0.5}
        for n, shape in enumerate(shapes)
        for heavy in (0, 1)
    }
    bench, rng = Bench(things, 32, size=[8, 8], decisions_per_second=10), np.random.default_rng(4)

    def energy() -> np.ndarray:
        return sum(
            ((bench.speed(t) ** 2 / bench.get(t, Body.INV_MASS)) + bench.get(t, Body.SPIN) ** 2 / bench.get(t, Body.INV_INERTIA)).sum(1)
            for t in things
        )

    for _ in range(3):
        for kind in things:
            for field in (Body.VX, Body.VY, Body.SPIN):
                bench.put(kind, field, rng.uniform(-21, 21, (32, 2)))
        before = energy()
        for _ in range(30):
            bench.run(1)
            after = energy()
            assert (after < 1.05 * before + 1).all()
            before = after
