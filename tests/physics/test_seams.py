"""Fixed things: stacks rest on them as on a wall of the world, and several that lie flush are one surface to what slides, rolls or walks over them."""

import math
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import Bench, columns

from sandlot.envs.compile.game import table_of
from sandlot.envs.kernels.world.layout.things import Body
from sandlot.envs.kernels.world.layout.world import GridTable, Table

BOX = {"shape": "box", "body": "static"}
SQUARE = {"shape": "box", "size": [0.5, 0.5]}
STACKED = {
    "box": SQUARE,
    "rounded box": {"shape": "box", "size": [0.4, 0.4], "radius": 0.05},
    "capsule": {"shape": "capsule", "length": 0.5, "radius": 0.25},
    "hexagon": {"shape": "polygon", "vertices": [[-0.25, -0.25], [0.25, -0.25], [0.35, 0], [0.25, 0.25], [-0.25, 0.25], [-0.35, 0]]},
}
GROUNDS = {
    "static": BOX | {"size": [6, 1], "at": [[0, -1]]},
    "kinematic": BOX | {"size": [6, 1], "at": [[0, -1]], "body": "kinematic"},
    "belt": BOX | {"size": [6, 1], "at": [[0, -1]], "surface_speed": 0.001},
    "tiles": BOX | {"size": [0.5, 1], "at": [[k / 2 - 2.9, -1] for k in range(13)]},
    "capsule": {"shape": "capsule", "length": 6, "radius": 0.5, "at": [[0, -1]], "body": "static"},
}
SLIDERS: dict[str, tuple[dict[str, Any], float]] = {
    "box": ({"shape": "box", "size": [0.6, 0.6]}, 0.3),
    "disc": ({"radius": 0.3}, 0.3),
    "capsule": ({"shape": "capsule", "length": 0.4, "radius": 0.25}, 0.25),
    "upright capsule": ({"shape": "capsule", "length": 0.4, "radius": 0.25, "angle_deg": 90, "turns": False}, 0.45),
    "hexagon": ({"shape": "polygon", "vertices": [[0.3, 0], [0.15, 0.26], [-0.15, 0.26], [-0.3, 0], [-0.15, -0.26], [0.15, -0.26]]}, 0.26),
    "triangle": ({"shape": "polygon", "vertices": [[-0.3, -0.2], [0.3, -0.2], [0, 0.4]]}, 0.2),
    "rounded box": ({"shape": "box", "size": [0.5, 0.5], "radius": 0.05}, 0.3),
    "crumb": ({"shape": "box", "size": [0.1, 0.1]}, 0.05),
    "plank": ({"shape": "box", "size": [2.5, 0.2]}, 0.1),
}
"""What slides, and how high its centre is above the ground [m]."""
FLUSH = BOX | {"size": [1, 1], "at": [[k - 7.5, -0.5] for k in range(16)], "friction": 0}
SLAB = BOX | {"size": [16, 1], "at": [[0, -0.5]], "friction": 0}


def rest_speed(things: dict[str, Any], hz: int, seconds: float, **world: Any) -> float:
    """Greatest speed of the things named `b` in the last second [m/s]."""
    bench = Bench(things, decisions_per_second=hz, gravity=9.81, **{"size": [20, 20]} | world)
    bench.run(round((seconds - 1) * hz))
    fastest = 0.0
    for _ in range(hz):
        bench.run(1)
        fastest = max(fastest, bench.speed("b").max())
    return fastest


@pytest.mark.parametrize("first", ["ground", "b"])
@pytest.mark.parametrize("hz", [20, 60])
@pytest.mark.parametrize("shape", STACKED)
@pytest.mark.parametrize("ground", GROUNDS)
def test_a_stack_comes_to_rest_whichever_is_listed_first(ground: str, shape: str, hz: int, first: str) -> None:
    pile = STACKED[shape] | {"at": [[0, 0.5 * k - 0.25] for k in range(5)]}
    things = {"ground": GROUNDS[ground], "b": pile} if first == "ground" else {"b": pile, "ground": GROUNDS[ground]}
    assert rest_speed(things, hz, 20 if hz == 20 else 10) < 0.005


@pytest.mark.parametrize(
    ("hz", "low", "order"),
    [(60, -4.6, ("base", "left", "right", "b")), (60, -4.6, ("left", "b", "base", "right")), (20, -4.6, ("base", "left", "right", "b")),
     (20, -4.7, ("b", "base", "left", "right")), (20, -4.65, ("left", "b", "base", "right"))],
)  # fmt: skip
def test_a_pile_in_a_bin_of_static_boxes_comes_to_rest(hz: int, low: float, order: tuple[str, ...]) -> None:
    """At 20 Hz boxes that lie askew on each other used to take turns as the reference of their contacts, which forgot its impulses each time."""
    things = {
        "base": BOX | {"size": [3, 1], "at": [[0, -5.5]]},
        "left": BOX | {"size": [1, 12], "at": [[-1.5, 0]]},
        "right": BOX | {"size": [1, 12], "at": [[1.5, 0]]},
        "b": SQUARE | {"at": columns(24, 3, 0.56, low)},
    }
    assert rest_speed({name: things[name] | {"friction": 0.4} for name in order}, hz, 20, friction=0.4) < 0.001


def test_the_order_of_solving_is_the_same_with_and_without_a_grid() -> None:
    """One world finds its contacts by grid here, sixteen by the list of pairs."""
    things = {
        "tile": BOX | {"size": [0.5, 0.5], "at": [[0.5 * k - 15, -0.25] for k in range(60)]},
        "b": SQUARE | {"at": columns(30, 10, 0.6, 0.3)},
        "mover": BOX | {"size": [1, 0.5], "body": "kinematic", "at": [[-6, 1]], "velocity": [0.5, 0]},
    }
    found = []
    for worlds in (1, 16):
        bench = Bench(things, worlds=worlds, gravity=9.81, size=[60, 20], walls="open")
        assert 0 < table_of(bench.env.game.world, Table.GRID)[0][GridTable.WORLDS] < 16
        bench.run(120)
        found.append([bench.get("b", field)[0] for field in range(8)])
    np.testing.assert_array_equal(*found)


def slide(
    ground: dict[str, Any],
    who: str,
    hz: int,
    speed: float,
    seconds: float,
    start: float | None = None,
    turn: float = 0.0,
    lift: float = 0.0,
    **world: Any,
) -> np.ndarray:
    """Along and above the ground [m], velocity along it [m/s] of something that slides without friction; all of it turned by an angle [rad]."""
    c, s = math.cos(turn), math.sin(turn)

    def turned(place: Any) -> list[float]:
        return [c * place[0] - s * place[1], s * place[0] + c * place[1]]

    shape, height = SLIDERS[who]
    things = {
        name: kind | {"at": [turned(place) for place in kind["at"]], "angle_deg": kind.get("angle_deg", 0) + math.degrees(turn)}
        for name, kind in ground.items()
    }
    at = turned([math.copysign(6, -speed) if start is None else start, height + lift])
    things["slider"] = shape | {
        "at": at,
        "angle_deg": shape.get("angle_deg", 0) + math.degrees(turn),
        "velocity": turned([speed, 0]),
        "friction": 0,
    }
    bench = Bench(things, decisions_per_second=hz, gravity=turned([0, -9.81]), **{"size": [60, 60], "walls": "open"} | world)
    rows = []
    for _ in range(round(seconds * hz)):
        bench.run(1)
        (x, y), (vx, vy) = bench.xy("slider")[0, 0], bench.velocity("slider")[0, 0]
        rows.append([c * x + s * y, c * y - s * x, c * vx + s * vy])
    return np.array(rows)


def assert_smooth(rows: np.ndarray, speed: float, height: float, hop: float = 0.01) -> None:
    """It keeps its speed to 2 % and its height to 1 cm."""
    settled = rows[len(rows) // 8 :]
    np.testing.assert_allclose(settled[:, 1], height, atol=hop)
    np.testing.assert_allclose(rows[:, 2], speed, rtol=0.02)


@pytest.mark.parametrize("hz", [10, 30, 60])
@pytest.mark.parametrize("who", SLIDERS)
def test_what_slides_over_flush_boxes_keeps_speed_and_height(who: str, hz: int) -> None:
    for speed in (3, -3, 12):
        assert_smooth(slide({"tile": FLUSH}, who, hz, speed, min(3, 10 / abs(speed))), speed, SLIDERS[who][1])


@pytest.mark.parametrize("hz", [10, 60])
@pytest.mark.parametrize("who", ["box", "disc", "capsule", "hexagon"])
@given(degrees=st.integers(-180, 180), side=st.sampled_from((1, -1)), width=st.integers(3, 20), seed=st.integers(0, 99))
@settings(max_examples=6, deadline=None)
def test_in_any_direction_and_order(who: str, hz: int, degrees: int, side: int, width: int, seed: int) -> None:
    """Boxes of several heights, turned together (so also as a wall), listed in any order."""
    rng, width = random.Random(seed), width / 10
    heights = [0.5 + 0.3 * (k % 4) for k in range(12)]
    tiles = {
        f"t{k}": BOX | {"size": [width, high], "at": [[(k - 5.5) * width, -high / 2]], "friction": 0} for k, high in enumerate(heights)
    }
    order = rng.sample(sorted(tiles), len(tiles))
    half = 5 * width
    rows = slide(
        {name: tiles[name] for name in order},
        who,
        hz,
        3 * side,
        min(2 * half / 3 - 0.2, 2.5),
        start=-side * half,
        turn=math.radians(degrees),
    )
    assert_smooth(rows, 3 * side, SLIDERS[who][1])


OTHERS: dict[str, dict[str, Any]] = {
    "rounded boxes": BOX | {"size": [0.9, 0.9], "radius": 0.05, "at": [[k - 7.5, -0.5] for k in range(16)]},
    "boxes that overlap": BOX | {"size": [1.5, 1], "at": [[k - 7.5, -0.5] for k in range(16)]},
    "gaps of 0.3 mm": BOX | {"size": [0.9997, 1], "at": [[k - 7.5, -0.5] for k in range(16)]},
    "trapezoids": {
        "shape": "polygon",
        "vertices": [[-0.7, 0.5], [-0.3, -0.5], [0.3, -0.5], [0.7, 0.5]],
        "at": [[1.4 * k - 9, -0.5] for k in range(13)],
    },
    "a chain of capsules": {"shape": "capsule", "length": 1, "radius": 0.5, "at": [[k - 7.5, -0.5] for k in range(17)]},
    "kinematic boxes": BOX | {"size": [1, 1], "at": [[k - 7.5, -0.5] for k in range(16)], "body": "kinematic"},
}


@pytest.mark.parametrize("hz", [10, 30, 60])
@pytest.mark.parametrize("who", ["box", "disc", "capsule", "triangle"])
@pytest.mark.parametrize("ground", OTHERS)
def test_other_floors_made_of_several(ground: str, who: str, hz: int) -> None:
    for speed in (3, -3) if hz == 10 else (3,):
        assert_smooth(slide({"tile": {"body": "static", "friction": 0} | OTHERS[ground]}, who, hz, speed, 3), speed, SLIDERS[who][1])


@pytest.mark.parametrize("hz", [10, 60])
@pytest.mark.parametrize("who", ["box", "disc", "rounded box"])
def test_movers_that_move_together(who: str, hz: int) -> None:
    rows = slide({"tile": FLUSH | {"body": "kinematic", "velocity": [0.7, 0.4]}}, who, hz, 3, 2)
    np.testing.assert_allclose(rows[:, 2], 3, rtol=0.02)
    np.testing.assert_allclose(np.diff(rows[hz // 2 :, 1]) * hz, 0.4, atol=0.05)


@pytest.mark.parametrize("hz", [10, 60])
@pytest.mark.parametrize("who", ["box", "disc", "capsule"])
def test_seams_at_the_walls_of_the_world(who: str, hz: int) -> None:
    """Floors that reach both walls; sills level with the world's own floor; a floor that meets itself where the world wraps."""
    height = SLIDERS[who][1]
    assert_smooth(slide({"tile": FLUSH}, who, hz, 3, 3, walls="solid", size=[16, 6]), 3, height)
    sill = {
        "shape": "polygon",
        "vertices": [[-0.5, -0.5], [0.5, -0.5], [0.5, 0], [-0.5, 0]],
        "at": [[1.5 * k - 3, 0] for k in range(5)],
        "body": "static",
        "friction": 0,
    }
    bench = Bench({"sill": sill | {"at": [[x, -3] for x, _ in sill["at"]]}, "slider": SLIDERS[who][0] | {"at": [-5, height - 3], "velocity": [3, 0], "friction": 0}},
                  decisions_per_second=hz, gravity=9.81, size=[16, 6], friction=0)  # fmt: skip
    bench.run(3 * hz)
    np.testing.assert_allclose([*bench.velocity("slider")[0, 0], bench.xy("slider")[0, 0, 1]], [3, 0, height - 3], atol=0.01)
    for ground in (FLUSH, SLAB):
        assert_smooth(slide({"tile": ground}, who, hz, 3, 6, walls="wrap", size=[16, 40]), 3, height)


@pytest.mark.parametrize("hz", [10, 30, 60])
@pytest.mark.parametrize("who", ["box", "disc", "triangle"])
def test_a_slope_runs_out_into_the_flat(who: str, hz: int) -> None:
    """Flush with it, or with an end buried under it: the same."""
    ends = []
    for buried in (0.0, 0.1, 0.4):
        slope = math.radians(10)
        along, out = (-math.cos(slope), math.sin(slope)), (math.sin(slope), math.cos(slope))
        height = SLIDERS[who][1]
        things = {
            "flat": BOX | {"size": [6 + buried, 1], "at": [[3 - buried / 2, -0.5]], "friction": 0},
            "slope": BOX
            | {"size": [5, 0.5], "at": [[2.5 * along[0] - 0.25 * out[0], 2.5 * along[1] - 0.25 * out[1]]], "angle_deg": -10, "friction": 0},
            "slider": SLIDERS[who][0]
            | {"at": [3 * along[0] + height * out[0], 3 * along[1] + height * out[1]], "angle_deg": -10, "friction": 0},
        }
        bench = Bench(things, decisions_per_second=hz, gravity=9.81, size=[60, 60], walls="open")
        bench.run(round(2.2 * hz))
        ends.append(bench.velocity("slider")[0, 0, 0])
    np.testing.assert_allclose(ends, 3.1, atol=0.08)


def walk(things: dict[str, Any], team: dict[str, Any], action: list[float], hz: int, seconds: float, **world: Any) -> np.ndarray:
    """Places and velocities of an agent that always does the same."""
    bench = Bench(
        {name: {"body": "static"} | kind for name, kind in things.items()},
        teams={"hero": team},
        decisions_per_second=hz,
        **{"size": [60, 60], "walls": "open"} | world,
    )
    rows = []
    for _ in range(round(seconds * hz)):
        bench.env.step({"hero": np.array(action, np.float32).reshape(1, 1, -1)})
        rows.append([*bench.xy("hero")[0, 0], *bench.velocity("hero")[0, 0]])
    return np.array(rows)


JUMPERS: dict[str, tuple[dict[str, Any], float]] = {
    "box": ({"shape": "box", "size": [0.6, 0.9]}, 0.45),
    "capsule": ({"shape": "capsule", "length": 0.4, "radius": 0.25, "angle_deg": 90}, 0.45),
    "disc": ({"radius": 0.45}, 0.45),
}


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("hz", [10, 30, 60])
@pytest.mark.parametrize("who", JUMPERS)
def test_a_jumper_walks_down_a_staircase_without_a_hop(who: str, hz: int, side: int) -> None:
    shape, height = JUMPERS[who]
    steps = {f"s{k}": {"shape": "box", "size": [1.5, 6 - 0.3 * k], "at": [[side * (1.5 * k - 7), -0.15 * k - 3]]} for k in range(10)}
    rows = walk(
        steps, shape | {"at": [-7 * side, height + 0.001], "drive": {"type": "jump", "top_speed": 4}}, [side, 0], hz, 3, gravity=9.81
    )
    assert np.diff(rows[:, 1]).max() < 0.01
    assert (side * rows[hz:, 2]).min() > 3.9


@pytest.mark.parametrize("hz", [10, 60])
@pytest.mark.parametrize("step", [0.5, 0.1, 0.02])
def test_a_step_up_is_still_a_step(step: float, hz: int) -> None:
    floors = {
        "low": {"shape": "box", "size": [1, 1], "at": [[k - 6, -0.5] for k in range(6)]},
        "high": {"shape": "box", "size": [1, 1 + step], "at": [[k, step / 2 - 0.5] for k in range(4)]},
    }
    shape, height = JUMPERS["box"]
    rows = walk(floors, shape | {"at": [-4, height], "drive": {"type": "jump", "top_speed": 4}}, [1, 0], hz, 2, gravity=9.81)
    np.testing.assert_allclose(rows[-1, :2], [-0.8, height], atol=0.005)


@pytest.mark.parametrize("drive", [{"type": "walk", "top_speed": 3}, {"type": "thrust", "accel": 8, "top_speed": 3}])
@pytest.mark.parametrize("hz", [10, 30, 60])
def test_a_wall_of_flush_boxes_is_slid_along_as_one_box(hz: int, drive: dict[str, Any]) -> None:
    for turn in (0.0, 90.0, 33.0):
        c, s = math.cos(math.radians(turn)), math.sin(math.radians(turn))
        ways = []
        for tiles in (16, 1):
            wide = 16 / tiles
            places = [(wide * (k + 0.5) - 8, -0.5) for k in range(tiles)]
            wall = {"shape": "box", "size": [wide, 1], "angle_deg": turn, "at": [[c * x - s * y, s * x + c * y] for x, y in places]}
            team = {"shape": "box", "size": [0.6, 0.9], "angle_deg": turn, "at": [-7 * c - 0.5 * s, -7 * s + 0.5 * c], "drive": drive}
            rows = walk({"wall": wall}, team, [0.8 * c + 0.6 * s, 0.8 * s - 0.6 * c], hz, 3)
            ways.append(rows[:, 0] * c + rows[:, 1] * s)
        np.testing.assert_allclose(*ways, atol=0.02)


def test_boxes_that_were_dealt_out_at_random_are_seen_as_they_lie() -> None:
    """Where they lie counts, not what the file says: a row that is dealt out anew in each world."""
    row = BOX | {"size": [1, 1], "count": 12, "place": {"row": [[-5.5, -0.5], [5.5, -0.5]], "shuffle": True}, "friction": 0}
    bench = Bench(
        {"tile": row, "slider": SLIDERS["box"][0] | {"at": [-5, 0.3], "velocity": [3, 0], "friction": 0}},
        worlds=3,
        gravity=9.81,
        size=[20, 20],
    )
    bench.run(180)
    np.testing.assert_allclose(bench.velocity("slider")[:, 0], [[3, 0]] * 3, atol=0.01)
    assert len({tuple(xs) for xs in bench.get("tile", Body.X)}) > 1


@pytest.mark.parametrize("hz", [10, 60])
@pytest.mark.parametrize("gap", [{"solid_if": "= 1 < 0"}, {"collides_with": []}])
def test_what_lets_a_thing_through_hides_no_side(gap: dict[str, Any], hz: int) -> None:
    """A hole in the floor, filled with what is not solid: whoever falls in meets the sides of the boxes around it."""
    things = {
        "tile": BOX | {"size": [1, 1], "at": [[k - 5.5, -0.5] for k in range(6)], "friction": 0},
        "hole": BOX | {"size": [1, 1], "at": [[0.5, -0.5]]} | gap,
        "behind": BOX | {"size": [4, 1], "at": [[3, -0.5]], "friction": 0},
        "below": BOX | {"size": [9, 1], "at": [[0, -1.5]], "friction": 0},
        "slider": SLIDERS["box"][0] | {"at": [-1, 0.3], "velocity": [0.5, 0], "friction": 0, "turns": False},
    }
    bench = Bench(things, decisions_per_second=hz, gravity=9.81, size=[20, 20])
    bench.run(6 * hz)
    np.testing.assert_allclose(bench.xy("slider")[0, 0], [0.7, -0.7], atol=0.01)
