"""Movers, other kinematic things, belts, zones and wind do what mechanics says. Decisions are 60 a second with 4 substeps unless said otherwise."""

import math
from typing import Any

import numpy as np
import pytest
from scenes import Bench

from sandlot.envs.kernels.world.layout.things import Body

G = 9.81
SQUARE = {"shape": "box", "size": [0.5, 0.5]}


# --- movers -----------------------------------------------------------------------------------------------------------------------------------


def path_at(points: list[list[float]], speed: float, pause: float, mode: str, seconds: float) -> np.ndarray:
    """Where a mover is, in float64 and from the text of the language."""
    corners = [np.array(p, float) for p in points]
    if mode == "back_and_forth":
        corners += corners[-2:0:-1]
    legs = [(a, b, np.linalg.norm(b - a)) for a, b in zip(corners, corners[1:] + corners[:1], strict=True)]
    left = seconds % sum(length / speed + pause for _, _, length in legs)
    for a, b, length in legs:
        if left < length / speed:
            return a + (b - a) * left * speed / length
        left -= length / speed
        if left < pause:
            return b
        left -= pause
    return corners[0]


@pytest.mark.parametrize("mode", ["loop", "back_and_forth"])
@pytest.mark.parametrize(("speed", "pause"), [(1.0, 0.0), (0.7, 0.3), (3.3, 0.55)])
def test_mover_is_where_the_clock_says(mode: str, speed: float, pause: float) -> None:
    points = [[-3, 0], [2, 1], [2, -2.5]]
    path = {"points": points, "speed": speed, "pause": pause, "mode": mode}
    bench = Bench({"lift": SQUARE | {"body": "kinematic", "path": path}}, size=[10, 10], decisions_per_second=10)
    assert bench.xy("lift")[0, 0] == pytest.approx([-3, 0], abs=1e-6)
    worst = 0.0
    for k in range(1, 400):
        bench.run(1)
        worst = max(worst, np.abs(bench.xy("lift")[0, 0] - path_at(points, speed, pause, mode, k / 10)).max())
    assert worst < 1e-4


def test_mover_keeps_its_period_for_hours() -> None:
    points = [[-3, 0], [2, 1], [2, -2.5]]
    path = {"points": points, "speed": 1.3, "pause": 0.21}
    bench = Bench({"lift": SQUARE | {"body": "kinematic", "path": path}}, size=[10, 10], decisions_per_second=10)
    clock = bench.env.game.names.clock
    for cycles in (1, 100, 1000):  # hours are skipped by the clock: only it tells where the mover is
        now = round(cycles * 13.2179 * 10)
        bench._view()[:, clock, :] = now
        bench.run(1)
        bench.run(1)
        want = path_at(points, 1.3, 0.21, "loop", (now + 2) / 10)
        assert bench.xy("lift")[0, 0] == pytest.approx(want, abs=1e-7 * cycles + 2e-5)


def test_movers_of_a_kind_start_evenly_apart_and_around_at() -> None:
    path = {"points": [[0, 0], [2, 0], [2, 2], [0, 2]], "phase": 0.125}
    bench = Bench({"lift": SQUARE | {"body": "kinematic", "count": 4, "at": [-1, -1], "path": path}}, size=[10, 10])
    assert bench.xy("lift")[0] == pytest.approx(np.array([[0, -1], [1, 0], [0, 1], [-1, 0]]), abs=1e-5)
    bench.run(60)
    assert bench.xy("lift")[0] == pytest.approx(np.array([[1, -1], [1, 1], [-1, 1], [-1, -1]])[[0, 1, 2, 3]] * [1, 1], abs=2e-4)


def test_random_phase_and_speed_vary_by_episode() -> None:
    path = {"points": [[-3, 0], [3, 0]], "speed": {"uniform": [1, 2]}, "phase": {"uniform": [0, 1]}}
    bench = Bench({"lift": SQUARE | {"body": "kinematic", "path": path}}, 64, size=[10, 10])
    first = bench.xy("lift")[:, 0, 0]
    assert first.std() > 1
    bench.run(6)
    speed = np.abs(bench.velocity("lift")[:, 0, 0])
    assert speed.max() < 2.001
    assert np.ptp(speed[speed > 0.9]) > 0.7


def test_mover_pushes_a_box_at_its_own_speed() -> None:
    pusher = {"shape": "box", "size": [0.5, 2], "body": "kinematic", "path": {"points": [[-3, 0], [3, 0]], "speed": 1.5}}
    bench = Bench({"pusher": pusher, "box": SQUARE | {"at": [-1, 0], "mass": 50}}, size=[20, 20], drag=1.0)
    bench.run(180)
    assert bench.xy("pusher")[0, 0, 0] == pytest.approx(1.5, abs=1e-4)  # nothing slows it
    assert bench.velocity("box")[0, 0] == pytest.approx([1.5, 0], abs=0.01)
    assert bench.xy("box")[0, 0, 0] == pytest.approx(1.5 + 0.5, abs=0.01)


def test_mover_lifts_a_stack_and_spins() -> None:
    lift = {"shape": "box", "size": [3, 0.5], "body": "kinematic", "path": {"points": [[0, -4], [0, 3]], "speed": 1.0, "pause": 0.5}}
    wheel = {
        "shape": "box",
        "size": [2, 0.2],
        "at": [6, 0],
        "body": "kinematic",
        "spin_deg_per_s": 90,
        "path": {"points": [[0, 0], [0, 2]]},
    }
    bench = Bench({"lift": lift, "wheel": wheel, "box": SQUARE | {"at": [[0, -3.5], [0, -3.0]]}}, size=[20, 12], gravity=G)
    bench.run(240)
    assert bench.xy("lift")[0, 0, 1] == pytest.approx(0, abs=1e-4)
    assert bench.xy("box")[0, :, 1] == pytest.approx([0.5, 1.0], abs=0.01)
    assert bench.angle("wheel")[0, 0] == pytest.approx(0, abs=2e-3)  # once around


# --- kinematic things without a path ----------------------------------------------------------------------------------------------------------

SIDES = {"right": (1, 0), "left": (-1, 0), "top": (0, 1), "bottom": (0, -1)}


@pytest.mark.parametrize("hz", [10, 30, 60])
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(("shape", "half"), [
    ({"shape": "box", "size": [1, 1]}, 0.5), ({"shape": "circle", "radius": 0.4}, 0.4), ({"shape": "capsule", "length": 1, "radius": 0.2, "angle_deg": 45}, 0.2 + 0.5 * 0.5**0.5),
    ({"shape": "polygon", "vertices": [[0, 0.6], [-0.5, -0.3], [0.5, -0.3]]}, None),
])  # fmt: skip
def test_a_kinematic_thing_halts_at_walls(shape: dict[str, Any], half: float | None, side: str, hz: int) -> None:
    """Its outline meets the wall, its velocity into the wall is 0, the one along it stays; who pushes against a flat one stands at its surface."""
    aim = np.array(SIDES[side])
    along = np.array([aim[1], -aim[0]])
    pusher = {"at": list(-2.0 * aim), "radius": 0.3, "drive": {"type": "walk", "top_speed": 1}, "friction": 0}
    velocity = list(2 * aim + 0.01 * along)
    bench = Bench(
        {"k": shape | {"at": [0, 0], "body": "kinematic", "velocity": velocity}},
        teams={"p": pusher},
        size=[10, 10],
        decisions_per_second=hz,
    )
    bench.run(10 * hz, {"p": aim})
    place = bench.xy("k")[0, 0] @ aim
    if half is None:
        half = float(np.max((bench.outline("k", 0) - bench.xy("k")[0, 0]) @ aim))
    assert place == pytest.approx(5 - half, abs=1e-3)
    assert bench.velocity("k")[0, 0] @ aim == 0
    assert bench.velocity("k")[0, 0] @ along == pytest.approx(0.01)
    assert shape["shape"] != "box" or bench.xy("p")[0, 0] @ aim < place - 0.8 + 0.02


def test_a_kinematic_thing_goes_on_where_no_wall_is_for_it() -> None:
    """Through walls that its collides_with leaves out, in an open world, and back from a wall that it started in."""
    box = SQUARE | {"body": "kinematic", "velocity": [2, 0]}
    bench = Bench(
        {"ghost": box | {"collides_with": []}, "free": box | {"at": [0, 2]}, "door": box | {"at": [4.9, -2], "velocity": [-1, 0]}},
        size=[10, 10],
    )
    bench.run(180)
    assert bench.xy("ghost")[0, 0, 0] == pytest.approx(6, abs=1e-3)
    assert bench.xy("free")[0, 0, 0] == pytest.approx(4.75, abs=1e-3)
    assert bench.xy("door")[0, 0, 0] == pytest.approx(1.9, abs=1e-3)
    bench = Bench({"free": box}, size=[10, 10], walls="open")
    bench.run(180)
    assert bench.xy("free")[0, 0, 0] == pytest.approx(6, abs=1e-3)


@pytest.mark.parametrize("drive", ["walk", "thrust", "tank"])
def test_a_policy_drives_a_kinematic_body(drive: str) -> None:
    """It pushes what is in its way, is not pushed back, and halts at the wall."""
    team = {"at": [-2, 0], "radius": 0.3, "body": "kinematic", "drive": {"type": drive, "top_speed": 2}}
    bench = Bench({"ball": {"at": [0, 0], "radius": 0.3}}, teams={"k": team}, size=[10, 10], decisions_per_second=10)
    bench.run(15, {"k": [1, 0]})
    assert bench.xy("ball")[0, 0, 0] > 0.2
    assert bench.speed("k")[0, 0] == pytest.approx(2, rel=1e-3)
    bench.put("ball", Body.Y, 3)
    bench.run(60, {"k": [1, 0]})
    assert bench.xy("k")[0, 0, 0] == pytest.approx(4.7, abs=1e-3)
    assert bench.velocity("k")[0, 0, 0] == 0


# --- belts ------------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("speed", [2.0, -1.2])
@pytest.mark.parametrize("friction", [0.2, 0.6])
def test_belt_takes_a_box_to_its_speed_over_the_distance_that_friction_needs(speed: float, friction: float) -> None:
    belt = {"shape": "box", "size": [38, 1], "at": [0, -2], "body": "static", "friction": friction, "surface_speed": speed}
    bench = Bench({"belt": belt, "box": SQUARE | {"at": [0, -1.25], "friction": friction, "mass": 3}}, size=[40, 10], gravity=G)
    bench.run(5)
    pull, seconds = friction * G, 5 / 60
    while abs(bench.velocity("box")[0, 0, 0]) < 0.999 * abs(speed):
        bench.run(1)
        seconds += 1 / 60
        assert seconds < 5
    assert seconds == pytest.approx(abs(speed) / pull, abs=0.03)
    assert bench.xy("box")[0, 0, 0] == pytest.approx(math.copysign(speed**2 / (2 * pull), speed), abs=abs(speed) * 0.03)
    bench.run(60)
    assert bench.velocity("box")[0, 0] == pytest.approx([speed, 0], abs=2e-3)


def test_belt_runs_clockwise_around_its_body() -> None:
    """The same belt drives a box on top to the right, one below it to the left, and the floor drives a free belt the other way."""
    belt = {"shape": "box", "size": [10, 0.5], "at": [0, 0], "body": "static", "friction": 1, "surface_speed": 1.5}
    bench = Bench(
        {"belt": belt, "top": SQUARE | {"at": [0, 0.5]}, "below": SQUARE | {"at": [0, -0.5], "gravity_scale": -1}}, size=[20, 10], gravity=G
    )
    bench.run(60)
    assert bench.velocity("top")[0, 0, 0] == pytest.approx(1.5, abs=0.01)
    assert bench.velocity("below")[0, 0, 0] == pytest.approx(-1.5, abs=0.01)
    crawler = Bench(
        {"crawler": {"shape": "box", "size": [2, 0.5], "at": [0, -4.75], "friction": 1, "surface_speed": 1.5}}, size=[20, 10], gravity=G
    )
    crawler.run(90)
    assert crawler.velocity("crawler")[0, 0, 0] == pytest.approx(1.5, abs=0.01)


def test_a_bouncing_ball_takes_the_speed_of_the_belt_along() -> None:
    """Coulomb friction acts on the push of the bounce, 2 m v: of that the ball keeps what doesn't become spin."""
    belt = {"shape": "box", "size": [38, 1], "at": [0, -2], "body": "static", "friction": 0.2, "surface_speed": 10.0}
    ball = {"radius": 0.25, "at": [0, 0], "friction": 0.2, "bounce": 1.0, "turns": False}
    bench = Bench({"belt": belt, "ball": ball}, size=[40, 10], gravity=G)
    bench.run(45)
    fall = math.sqrt(2 * G * 1.25)
    assert bench.velocity("ball")[0, 0, 0] == pytest.approx(0.2 * 2 * fall, rel=0.02)


def test_a_rule_switches_a_belt() -> None:
    belt = {"shape": "box", "size": [18, 0.5], "at": [0, -3], "body": "static", "friction": 1, "surface_speed": 1.0}
    rules = {"stop": {"when": {"at": 1.0}, "do": {"set": {"belt.surface_speed": "= -2 * belt.surface_speed"}}}}
    bench = Bench({"belt": belt, "box": SQUARE | {"at": [0, -2.5], "friction": 1}}, rules=rules, size=[20, 10], gravity=G)
    bench.run(59)
    assert bench.velocity("box")[0, 0, 0] == pytest.approx(1, abs=0.01)
    bench.run(60)
    assert bench.velocity("box")[0, 0, 0] == pytest.approx(-2, abs=0.01)


# --- zones and wind ---------------------------------------------------------------------------------------------------------------------------

EVERYWHERE = {"at": [0, 0], "shape": "box", "size": [40, 40], "body": "sensor"}


@pytest.mark.parametrize("mass", [0.5, 4.0])
def test_zone_force_gives_the_analytic_motion(mass: float) -> None:
    bench = Bench({"fan": EVERYWHERE | {"zone": {"force": [3, -1]}}, "ball": {"radius": 0.2, "mass": mass}}, size=[40, 40])
    bench.run(60)
    assert bench.velocity("ball")[0, 0] == pytest.approx(np.array([3, -1]) / mass, rel=1e-4)
    assert bench.xy("ball")[0, 0] == pytest.approx(np.array([3, -1]) / (2 * mass), rel=1 / 240 + 1e-4)


def test_zone_formula_speaks_of_both_and_works_only_inside_and_on_whom_it_names() -> None:
    """A spring towards the zone's centre: harmonic motion with omega^2 = k / m; outside it nothing happens."""
    spring = {
        "at": [1, 0],
        "shape": "circle",
        "radius": 3,
        "body": "sensor",
        "zone": {"force": "= 8 * (other.position - self.position)", "on": ["ball"]},
    }
    things = {
        "spring": spring,
        "ball": {"count": 2, "radius": 0.1, "mass": 2, "at": [[2, 0], [6, 0]]},
        "stone": {"radius": 0.1, "at": [0, 1]},
    }
    bench = Bench(things, size=[40, 40], decisions_per_second=240, substeps=1)
    seconds = 1.0
    bench.run(round(240 * seconds))
    assert bench.xy("ball")[0, 0, 0] == pytest.approx(1 + math.cos(2 * seconds), abs=0.01)
    assert bench.xy("ball")[0, 1].tolist() == [6, 0]
    assert bench.xy("stone")[0, 0].tolist() == [0, 1]


def test_zone_wind_pulls_to_its_velocity_as_drag_does() -> None:
    bench = Bench(
        {"river": EVERYWHERE | {"zone": {"wind": [2, 0], "drag": 1.5}}, "boat": {"radius": 0.2, "velocity": [0, 1]}}, size=[40, 40]
    )
    bench.run(60)
    assert bench.velocity("boat")[0, 0] == pytest.approx([2 * (1 - math.exp(-1.5)), math.exp(-1.5)], rel=5e-3)
    bench.run(300)
    assert bench.velocity("boat")[0, 0] == pytest.approx([2, 0], abs=2e-3)


def test_zones_add_up_and_a_removed_one_stops() -> None:
    rules = {"off": {"when": {"at": 0.5}, "do": {"remove": ["fan"]}}}
    bench = Bench({"fan": EVERYWHERE | {"count": 2, "at": [[0, 0], [0.5, 0]], "zone": {"force": [1, 0]}}, "more": EVERYWHERE | {"zone": {"force": "= vec(0, 2) * self.mass"}},
                   "ball": {"radius": 0.2}}, rules=rules, size=[40, 40])  # fmt: skip
    bench.run(60)
    assert bench.velocity("ball")[0, 0] == pytest.approx([2 * 0.5, 2], rel=1e-3)


def test_wind_is_what_drag_pulls_towards() -> None:
    bench = Bench({"leaf": {"radius": 0.2, "drag": 0.8}, "stone": {"radius": 0.2, "at": [0, 2]}}, size=[40, 40], wind=[-3, 1])
    bench.run(60)
    assert bench.velocity("leaf")[0, 0] == pytest.approx(np.array([-3, 1]) * (1 - math.exp(-0.8)), rel=5e-3)
    assert bench.velocity("stone")[0, 0].tolist() == [0, 0]


def test_gusts_follow_their_formula() -> None:
    bench = Bench({"leaf": {"radius": 0.2, "drag": 1000}}, size=[40, 40], wind="= vec(1 if time < 0.5 else -2, 0)")
    bench.run(25)
    assert bench.velocity("leaf")[0, 0, 0] == pytest.approx(1, rel=1e-3)
    bench.run(10)
    assert bench.velocity("leaf")[0, 0, 0] == pytest.approx(-2, rel=1e-3)
