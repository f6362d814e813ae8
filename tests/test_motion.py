"""Cars, jumpers, movers, belts, zones and wind do what mechanics says; decisions are 60 a second with 4 substeps unless said otherwise."""

import json
import math
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scenes import IDLE, Bench, text_of

from sandlot.envs import layout
from sandlot.envs.core import VectorEnv
from sandlot.scenarios import ScenarioError, loads
from sandlot.scenarios.canonical import full

G = 9.81
SQUARE = {"shape": "box", "size": [0.5, 0.5]}
IN_PLANE: dict[str, Any] = {"size": [400, 400], "walls": "open"}


def own(bench: Bench, kind: str, field: str) -> np.ndarray:
    """What a drive keeps for its bodies, by its name in formulas, [worlds, count]."""
    first = bench.env.game.names.own[kind, field]
    rows = bench._view()[:, first : first + bench.env.game.names.count[kind], :]
    return rows.transpose(0, 2, 1).reshape(-1, rows.shape[1])[: bench.env.num_envs].astype(np.float64)


# --- car --------------------------------------------------------------------------------------------------------------------------------------


def car(things: dict[str, Any] | None = None, shape: dict[str, Any] | None = None, world: dict[str, Any] | None = None, **drive: Any) -> Bench:
    body = shape or {"shape": "box", "size": [4, 1.8], "mass": 1000}
    return Bench(things or {}, teams={"car": body | {"drive": {"type": "car", "wheelbase": 2.4} | drive}}, **(IN_PLANE | (world or {})))


def rear(bench: Bench, base: float = 2.4) -> np.ndarray:
    """Where the middle of the rear axle is."""
    angle = bench.angle("car")[0, 0]
    return bench.xy("car")[0, 0] - base / 2 * np.array([np.cos(angle), np.sin(angle)])


def circle(points: np.ndarray) -> tuple[np.ndarray, float]:
    """Centre and radius of the circle that fits points best (least squares)."""
    a = np.column_stack([2 * points, np.ones(len(points))])
    x, y, c = np.linalg.lstsq(a, (points**2).sum(1), rcond=None)[0]
    return np.array([x, y]), math.sqrt(c + x * x + y * y)


@pytest.mark.parametrize(("steer", "base"), [(-1.0, 2.4), (0.25, 2.4), (0.6, 2.4), (1.0, 2.4), (0.25, 0.3), (0.4, 8.0)])
def test_car_turns_around_the_circle_of_its_wheelbase(steer: float, base: float) -> None:
    """Also where the axles lie so near or far that what holds one moves the other."""
    bench = car(steer_deg=35, steer_deg_per_s=1000, top_speed=1.0, wheelbase=base)
    bench.run(120, {"car": [1, steer]})
    points = []
    for _ in range(200):
        bench.run(3, {"car": [1, steer]})
        points.append(rear(bench, base))
    _, radius = circle(np.array(points))
    assert radius == pytest.approx(base / math.tan(math.radians(35 * abs(steer))), rel=2e-3)
    assert np.sign(bench.get("car", layout.W)[0, 0]) == np.sign(steer)
    assert bench.speed("car")[0, 0] > 0.99  # rolling costs next to nothing


def test_car_backs_the_other_way_round() -> None:
    bench = car(steer_deg=30, steer_deg_per_s=1000, reverse_speed=1.0)
    bench.run(180, {"car": [-1, 1]})
    c, s = np.cos(bench.angle("car")[0, 0]), np.sin(bench.angle("car")[0, 0])
    assert bench.velocity("car")[0, 0] @ [c, s] == pytest.approx(-1, abs=0.02)
    assert bench.get("car", layout.W)[0, 0] == pytest.approx(-math.tan(math.radians(30)) / 2.4, rel=0.02)


@pytest.mark.parametrize("grip", [0.3, 1.0])
def test_car_slides_where_the_bend_asks_more_than_its_grip(grip: float) -> None:
    """v^2 / r can't exceed grip g: below that it follows its wheels, above it the path is as wide as the grip allows."""
    for speed, slides in ((0.8, False), (1.5, True)):
        tight = 2.4 / math.tan(math.radians(20))
        fast = speed * math.sqrt(grip * G * math.hypot(tight, 1.2))
        bench = car(steer_deg=20, steer_deg_per_s=2000, top_speed=fast, grip=grip, accel=1.0)
        bench.put("car", layout.VX, fast)
        bench.run(60, {"car": [0.2, 1]})
        points, speeds = [], []
        for _ in range(30):
            bench.run(1, {"car": [0.2, 1]})
            points.append(bench.xy("car")[0, 0])
            speeds.append(bench.speed("car")[0, 0])
        _, radius = circle(np.array(points))
        pull = np.mean(speeds) ** 2 / radius
        assert pull <= grip * G * 1.02
        if slides:
            assert pull > grip * G * 0.85
            assert radius > 1.2 * math.hypot(tight, 1.2)
        else:
            assert radius == pytest.approx(math.hypot(tight, 1.2), rel=0.02)


@pytest.mark.parametrize(("brake", "grip"), [(20.0, 0.7), (20.0, 1.0), (3.0, 1.0)])
def test_car_brakes_within_what_grip_and_brakes_allow(brake: float, grip: float) -> None:
    bench = car(brake=brake, grip=grip)
    bench.put("car", layout.VX, 10.0)
    way = 10.0**2 / (2 * min(brake, grip * G))
    bench.run(400, {"car": [-1, 0]})
    furthest = bench.xy("car")[0, 0, 0]
    bench.begin()
    bench.put("car", layout.VX, 10.0)
    xs = []
    for _ in range(240):
        bench.run(1, {"car": [-1, 0]})
        xs.append(bench.xy("car")[0, 0, 0])
    assert max(xs) == pytest.approx(way, rel=0.01)
    assert furthest < way  # and now it is in reverse gear


def test_locked_wheels_slide_where_they_were_going() -> None:
    """A car that flies sideways with its brakes locked stops like a block: friction against its motion, whatever its heading."""
    bench = car(brake=1000, grip=0.8, reverse_speed=0)
    bench.put("car", layout.VX, 6.0)
    bench.put("car", layout.VY, 6.0)
    speed = math.hypot(6, 6)
    bench.run(30, {"car": [-1, 0]})
    assert bench.speed("car")[0, 0] == pytest.approx(speed - 0.8 * G * 0.5, rel=0.03)


@pytest.mark.parametrize("driven", ["rear", "front", "all"])
def test_an_engine_pushes_no_more_than_its_axle_holds(driven: str) -> None:
    bench = car(accel=30, grip=1.0, driven=driven, top_speed=100)
    bench.run(60, {"car": [1, 0]})
    assert bench.velocity("car")[0, 0, 0] == pytest.approx((G if driven == "all" else G / 2), rel=1e-3)


def test_rear_wheels_break_away_under_power_front_wheels_do_not() -> None:
    """Full throttle in a bend: the tail comes round with the engine behind, the nose pushes on with it in front."""
    turned = {}
    for driven in ("rear", "front"):
        bench = car(accel=4.9, grip=1.0, driven=driven, top_speed=30, steer_deg=20)
        bench.put("car", layout.VX, 7.0)
        bench.run(60, {"car": [1, 0.6]})
        angle, (vx, vy) = bench.angle("car")[0, 0], bench.velocity("car")[0, 0]
        turned[driven] = abs(math.remainder(angle - math.atan2(vy, vx), math.tau))
    assert turned["rear"] > math.radians(25)
    assert turned["front"] < math.radians(10)


def test_a_parked_car_holds_against_a_push_that_its_grip_can_take() -> None:
    for share, moves in ((0.8, False), (1.3, True)):
        force = share * 1000 * G
        zone = {"at": [0, 0], "shape": "box", "size": [50, 50], "body": "sensor", "zone": {"force": [0, force]}}
        bench = car({"field": zone})
        bench.run(60)
        across = bench.xy("car")[0, 0, 1]
        if moves:
            assert across == pytest.approx((share - 1) * G / 2, rel=0.05)
        else:
            assert across < 0.05


STARTS = [
    (0, 0, 0), (-0.4, 0, 0), (-2, 0, 0), (2, 0, 0), (-0.37, 0.02, 0), (0, 1, 0), (1, -1, 0), (0, 0, 20), (-3, 1, -10), (-6, 4, 5), (0, -1e-7, 0), (-1e-7, 0, 0),
    (1e-7, 0, 0), (-1e-20, 0, 0),
]  # fmt: skip
"""How a car of 1 kg may move before it is told to drive: along, across [m/s], spin [rad/s]."""


@pytest.mark.parametrize("hz", [10, 30, 60])
@pytest.mark.parametrize("driven", ["rear", "front", "all"])
def test_a_car_answers_the_throttle_however_it_moved_and_is_steered(driven: str, hz: int) -> None:
    """Forwards and backwards, from rest, rolling the other way, sideways and spinning: brakes that never quite stop it would hold it for good."""
    wishes = [(throttle, steer) for throttle in (1, -1) for steer in (0, 0.004, -0.1, 0.5, 1, -1)]
    cases = [(wish, start) for wish in wishes for start in STARTS]
    shape = {"shape": "box", "size": [2.2, 1.1], "mass": 1}
    bench = Bench({}, len(cases), {"car": shape | {"drive": {"type": "car", "driven": driven}}}, **(IN_PLANE | {"decisions_per_second": hz}))
    for field, k in ((layout.VX, 0), (layout.VY, 1), (layout.W, 2)):
        bench.put("car", field, np.array([[start[k]] for _, start in cases]))
    bench.run(6 * hz, {"car": np.array([wish for wish, _ in cases], np.float32)[:, None]})
    along = (bench.velocity("car") * np.stack([np.cos(bench.angle("car")), np.sin(bench.angle("car"))], -1)).sum(-1)[:, 0]
    for (wish, start), speed, way in zip(cases, bench.speed("car")[:, 0], along, strict=True):
        assert speed > 0.3, (wish, start)
        if driven != "rear" or abs(wish[1]) < 0.3:  # rear wheels break away under power, and turn it round
            assert way * wish[0] > 0.3, (wish, start)


@pytest.mark.parametrize("brake", [0, 1, 8])
def test_weak_brakes_do_not_hold_a_car_that_hardly_rolls(brake: float) -> None:
    bench = car(brake=brake)
    bench.put("car", layout.VX, -1e-6)
    bench.run(60, {"car": [1, 0.1]})
    assert bench.velocity("car")[0, 0, 0] == pytest.approx(4, rel=0.05)


@pytest.mark.parametrize("hz", [10, 30, 60])
@pytest.mark.parametrize(("angle", "offset"), [(90, 0.0), (90, 0.25), (-90, -0.25), (35, 0.0)])
def test_a_parked_car_stays_where_somebody_leans_on_it(hz: int, angle: float, offset: float) -> None:
    """20 N across the wheels of a car whose tyres hold 49 N, in the middle and near an end: it neither creeps nor turns."""
    aim = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
    along = np.array([aim[1], -aim[0]])
    teams = {
        "car": {"angle_deg": angle - 90, "at": [0, 0], "shape": "box", "size": [1.2, 0.6], "mass": 5, "drive": {"type": "car"}},
        "walker": {"at": list(-0.6 * aim + offset * along), "radius": 0.3, "mass": 1, "drive": {"type": "walk", "accel": 20}},
    }
    bench = Bench({}, teams=teams, size=[20, 20], decisions_per_second=hz)
    bench.run(2 * hz, {"walker": aim})
    assert abs(bench.xy("car")[0, 0] @ aim) < 0.005
    assert abs(bench.angle("car")[0, 0] - math.radians(angle - 90)) < 0.005
    assert abs(bench.velocity("car")[0, 0] @ aim) < 1e-3


@pytest.mark.parametrize("hz", [10, 60])
def test_a_car_on_its_brakes_holds_what_they_hold_and_not_more(hz: int) -> None:
    """Throttle against a push from behind: 8 m/s2 of brakes hold 40 N on 5 kg, not 60."""
    for force, moves in ((30, False), (60, True)):
        zone = {"at": [0, 0], "shape": "box", "size": [90, 90], "body": "sensor", "zone": {"force": [force, 0]}}
        shape = {"shape": "box", "size": [1.2, 0.6], "mass": 5}
        bench = car({"field": zone}, shape, {"decisions_per_second": hz}, wheelbase=0.8)
        bench.run(2 * hz, {"car": [-1, 0]})
        assert (bench.xy("car")[0, 0, 0] > 2) == moves
        assert moves or abs(bench.xy("car")[0, 0, 0]) < 0.002


@pytest.mark.parametrize("hz", [10, 60])
def test_a_parked_car_stays_across_a_slope(hz: int) -> None:
    """Gravity, wind and zones push after the tyres have held: 8 m/s2 across the wheels is less than their grip."""
    bench = car(world={"gravity": [0, -8], "decisions_per_second": hz})
    bench.run(3 * hz)
    assert abs(bench.xy("car")[0, 0, 1]) < 0.002
    assert bench.speed("car")[0, 0] < 0.001


def test_steering_moves_at_its_rate_and_is_seen() -> None:
    bench = car(steer_deg=30, steer_deg_per_s=60)
    bench.run(15, {"car": [0, 1]})
    assert np.degrees(own(bench, "car", "steer_deg")[0, 0]) == pytest.approx(15, abs=0.01)
    names = [name for name, _ in bench.env.observation_names("car")]
    actions = {"car": np.array([[[0, 1]]], np.float32)}
    obs = bench.env.step(actions)[0]["car"][0, 0]
    assert obs[names.index("self.steer")] == pytest.approx(16 / 30, abs=1e-3)
    bench.run(60, {"car": [0, 1]})
    assert np.degrees(own(bench, "car", "steer_deg")[0, 0]) == pytest.approx(30, abs=1e-3)
    assert bench.speed("car")[0, 0] == 0


def test_wheelbase_is_that_of_the_shape_unless_given() -> None:
    bench = car(shape={"shape": "capsule", "length": 3, "radius": 0.5}, wheelbase=None, steer_deg=45, steer_deg_per_s=1000, top_speed=0.5)
    bench.run(120, {"car": [1, 1]})
    speed = bench.velocity("car")[0, 0] @ [np.cos(bench.angle("car")[0, 0]), np.sin(bench.angle("car")[0, 0])]
    assert speed / bench.get("car", layout.W)[0, 0] == pytest.approx(0.6 * 4.0, rel=1e-3)


def test_discrete_cars_have_nine_choices() -> None:
    text = text_of({}, {"car": {"drive": {"type": "car", "steer_deg_per_s": 10000}}}, size=[40, 40])
    env = VectorEnv(loads(text), 9, actions="discrete")
    env.reset(seed=0)
    for _ in range(30):
        obs, *_ = env.step({"car": np.arange(9).reshape(9, 1)})
    names = [name for name, _ in env.observation_names("car")]
    seen = obs["car"][:, 0]
    ahead = (seen[:, [names.index("self.velocity.x"), names.index("self.velocity.y")]] * seen[:, [names.index("self.heading.cos"), names.index("self.heading.sin")]]).sum(1)
    assert np.sign(np.round(ahead, 3)).tolist() == [-1, -1, -1, 0, 0, 0, 1, 1, 1]
    assert np.round(seen[:, names.index("self.steer")]).tolist() == [-1, 0, 1] * 3


# --- jump-and-run -----------------------------------------------------------------------------------------------------------------------------


def jumper(things: dict[str, Any] | None = None, body: dict[str, Any] | None = None, world: dict[str, Any] | None = None, **drive: Any) -> Bench:
    body = {"at": [0, -4.6]} | (body or {})
    shape = body if "shape" in body else body | {"shape": "box", "size": [0.4, 0.8]}
    return Bench(things or {}, teams={"agent": shape | {"drive": {"type": "jump"} | drive}}, **({"size": [20, 10], "gravity": G} | (world or {})))


def heights(bench: Bench, decisions: int, action: list[float], index: int = 0) -> np.ndarray:
    """Height of an agent after each decision."""
    found = []
    for _ in range(decisions):
        bench.run(1, {"agent": action})
        found.append(bench.xy("agent")[0, index, 1])
    return np.array(found)


@pytest.mark.parametrize("height", [0.3, 1.5, 4.0])
@pytest.mark.parametrize("rate", [10, 60])
def test_jump_is_as_high_as_it_says(height: float, rate: int) -> None:
    bench = jumper(jump_height=height, world={"decisions_per_second": rate, "substeps": 4})
    bench.run(rate // 2)
    start = bench.xy("agent")[0, 0, 1]
    ticks = {10: 0.025, 60: 1 / 240}[rate]
    top = heights(bench, round(2.5 * rate), [0, 1]).max() - start
    between_two_looks = G / (8 * rate**2) + G * ticks**2
    assert height - between_two_looks - 1e-3 < top < height + 1e-3


def test_one_jump_a_press_and_none_in_the_air() -> None:
    bench = jumper(jump_height=1.0)
    bench.run(30)
    start = bench.xy("agent")[0, 0, 1]
    seconds = 2 * math.sqrt(2 * 1.0 / G)
    flight = heights(bench, 240, [0, 1]) - start
    assert flight.max() == pytest.approx(1.0, abs=5e-3)
    assert (flight > 0.01).sum() == pytest.approx(60 * seconds, abs=2)  # held down: it lands and stays
    for _ in range(3):  # pressed and let go, again and again, in the air: no second jump
        bench.run(1, {"agent": [0, -1]})
        flight = []
        for k in range(50):
            bench.run(1, {"agent": [0, 1 if k % 2 == 0 and k < 40 else -1]})
            flight.append(bench.xy("agent")[0, 0, 1] - start)
        assert max(flight) == pytest.approx(1.0, abs=5e-3)
        bench.run(30)


def test_no_jump_off_walls_ceilings_and_steep_ground() -> None:
    for spot, action in (([9.79, 0], [1, 1]), ([0, 4.59], [0, 1])):
        bench = jumper(body={"at": spot, "friction": 2})
        start = bench.xy("agent")[0, 0, 1]
        assert heights(bench, 20, action).max() < start + 1e-3
    for degrees, stands in ((40, True), (60, False)):
        ramp = {"shape": "box", "size": [30, 1], "angle_deg": degrees, "at": [0, 0], "body": "static", "friction": 2}
        normal = np.array([-math.sin(math.radians(degrees)), math.cos(math.radians(degrees))])
        bench = jumper({"ramp": ramp}, body={"shape": "circle", "radius": 0.3, "at": list(normal * 0.801), "friction": 2}, world={"walls": "open", "size": [60, 60]})
        bench.run(10)
        assert own(bench, "agent", "grounded")[0, 0] == stands
        start = bench.xy("agent")[0, 0, 1]
        assert (heights(bench, 30, [0, 1]).max() > start + 0.3) == stands


def test_no_jump_where_a_rule_puts_it_in_the_air() -> None:
    rules = {"up": {"when": {"at": 0.5}, "do": {"place": {"agent": [0, 2]}}}}
    bench = Bench({}, teams={"agent": {"at": [0, -4.5], "drive": {"type": "jump"}}}, rules=rules, size=[20, 10], gravity=G)
    bench.run(30, {"agent": [0, -1]})
    assert bench.xy("agent")[0, 0, 1] == pytest.approx(2, abs=1e-6)
    assert heights(bench, 20, [0, 1]).max() < 2


def test_coyote_time_is_as_long_as_it_says() -> None:
    shelf = {"shape": "box", "size": [2, 0.5], "at": [-1, 0], "body": "static"}
    for late, coyote, jumps in ((0.2, 0.0, False), (0.2, 0.3, True), (0.4, 0.3, False)):
        bench = jumper({"shelf": shelf}, body={"at": [-0.3, 0.66]}, coyote_time=coyote, jump_height=1.0)
        bench.run(10)
        while own(bench, "agent", "grounded")[0, 0] > 0:
            bench.run(1, {"agent": [1, -1]})
        bench.run(round(late * 60) - 1, {"agent": [0, -1]})
        before = bench.xy("agent")[0, 0, 1]
        assert (heights(bench, 30, [0, 1]).max() > before + 0.5) == jumps


def test_walks_up_to_speed_on_the_ground_and_less_so_in_the_air() -> None:
    bench = jumper(accel=10, top_speed=3, air_control=0.4, jump_height=4)
    bench.run(30)
    bench.run(12, {"agent": [1, 0]})
    assert bench.velocity("agent")[0, 0, 0] == pytest.approx(2.0, abs=0.02)
    bench.run(30, {"agent": [1, 0]})
    assert bench.velocity("agent")[0, 0, 0] == pytest.approx(3.0, abs=0.01)
    bench.run(30, {"agent": [0, 0]})
    assert bench.velocity("agent")[0, 0, 0] == pytest.approx(0, abs=1e-3)
    bench.run(1, {"agent": [0, 1]})
    bench.run(12, {"agent": [-1, 1]})
    assert bench.velocity("agent")[0, 0, 0] == pytest.approx(-0.8, abs=0.02)
    bench.run(12, {"agent": [0, 1]})
    assert bench.velocity("agent")[0, 0, 0] == pytest.approx(-0.8, abs=0.02)  # nothing to hold on to
    assert own(bench, "agent", "grounded")[0, 0] == 0


def test_stands_still_on_a_slope_and_walks_up_it() -> None:
    ramp = {"shape": "box", "size": [30, 1], "angle_deg": 25, "at": [0, 0], "body": "static", "friction": 1}
    normal = np.array([-math.sin(math.radians(25)), math.cos(math.radians(25))])
    bench = jumper({"ramp": ramp}, body={"shape": "circle", "radius": 0.3, "at": list(normal * 0.801), "friction": 1}, top_speed=2, accel=20, world={"size": [60, 60], "walls": "open"})
    bench.run(60)
    start = bench.xy("agent")[0, 0]
    bench.run(60)
    assert np.abs(bench.xy("agent")[0, 0] - start).max() < 5e-3
    bench.run(60, {"agent": [1, 0]})
    start = bench.xy("agent")[0, 0]
    bench.run(60, {"agent": [1, 0]})
    assert np.linalg.norm(bench.xy("agent")[0, 0] - start) == pytest.approx(2.0, rel=0.03)
    assert own(bench, "agent", "grounded")[0, 0] == 1


def test_no_hanging_on_a_wall_it_runs_against() -> None:
    bench = jumper(body={"at": [9.7, 4], "friction": 2}, world={"friction": 2})
    bench.run(30, {"agent": [1, 0]})
    assert bench.velocity("agent")[0, 0, 1] == pytest.approx(-G / 2, rel=0.02)


def test_jumps_off_another_agent_and_pushes_it_down() -> None:
    bench = jumper(body={"count": 2, "at": [[0, -4.6], [0, -3.79]]}, jump_height=1.0)
    bench.run(30)
    assert own(bench, "agent", "grounded").tolist() == [[1, 1]]
    start = bench.xy("agent")[0, :, 1]
    assert heights(bench, 60, [[0, -1], [0, 1]], 1).max() == pytest.approx(start[1] + 1.0, abs=5e-3)
    bench.run(60)
    assert own(bench, "agent", "grounded").tolist() == [[1, 1]]
    bench.run(1, {"agent": [[0, 1], [0, -1]]})
    assert bench.velocity("agent")[0, 0, 1] > 1  # the lower one lifts the upper one
    air = Bench({"raft": {"shape": "box", "size": [2, 0.5], "mass": 4, "at": [0, 0], "gravity_scale": 0}},
                teams={"agent": {"shape": "box", "size": [0.4, 0.8], "mass": 1, "at": [0, 0.66], "drive": {"type": "jump", "jump_height": 1}}}, size=[20, 20], gravity=G)  # fmt: skip
    air.run(3)
    while own(air, "agent", "grounded")[0, 0] == 0:
        air.run(1)
    before = air.velocity("agent")[0, 0, 1] + 4 * air.velocity("raft")[0, 0, 1]
    air.run(1, {"agent": [0, 1]})
    after = air.velocity("agent")[0, 0, 1] + 4 * air.velocity("raft")[0, 0, 1]
    assert after == pytest.approx(before - G / 60, abs=1e-3)  # only its weight was added
    assert air.velocity("raft")[0, 0, 1] < before / 4 - 0.5


def test_is_carried_by_what_moves() -> None:
    lift = {"shape": "box", "size": [3, 0.5], "at": [0, 0], "body": "kinematic", "friction": 1, "path": {"points": [[-6, -3], [6, -3]], "speed": 1.5}}
    bench = jumper({"lift": lift}, body={"at": [-6, -2.34], "friction": 1}, top_speed=2)
    bench.run(60)
    assert bench.xy("agent")[0, 0, 0] - bench.xy("lift")[0, 0, 0] == pytest.approx(0, abs=0.15)
    offset = bench.xy("agent")[0, 0, 0] - bench.xy("lift")[0, 0, 0]
    bench.run(120)
    assert bench.xy("agent")[0, 0, 0] - bench.xy("lift")[0, 0, 0] == pytest.approx(offset, abs=5e-3)
    bench.run(10, {"agent": [1, 0]})
    assert bench.velocity("agent")[0, 0, 0] == pytest.approx(3.5, abs=0.05)  # walks relative to it
    start = bench.xy("agent")[0, 0, 1]
    bench.run(10, {"agent": [-0.5, 0]})
    assert bench.xy("agent")[0, 0, 1] == pytest.approx(start, abs=2e-3)


def test_grounded_is_seen_and_used_in_formulas() -> None:
    teams = {"agent": {"at": [0, 2], "drive": {"type": "jump"}, "sees": [{"self": ["grounded"]}, {"of": "agent", "fields": ["grounded"]}], "count": 2,
                       "place": {"row": [[-2, -4.5], [2, 4]]}}}  # fmt: skip
    del teams["agent"]["at"]
    env = VectorEnv(loads(text_of({}, teams, {"landed": {"when": "= count(agent, agent.grounded) == 2"}}, gravity=G)), 1)
    obs, _ = env.reset(seed=0)
    assert not obs["agent"].any()
    assert env.game.names.top_speed["agent"] == pytest.approx(math.sqrt(2 * G * 1.5))  # so that no jump is cut off in what agents see
    fired = 0.0
    for k in range(120):
        obs, *_, info = env.step({"agent": np.zeros((1, 2, 2), np.float32)})
        fired += info["event/landed"][0]
        if k == 20:
            assert obs["agent"][0].tolist() == [[1, 0], [0, 1]]
    assert obs["agent"][0].tolist() == [[1, 1], [1, 1]]
    assert fired == 1


def test_discrete_jumpers_have_six_choices_and_scripts_take_the_nearest() -> None:
    teams = {"agent": {"at": [0, -4.5], "drive": {"type": "jump"}}}
    env = VectorEnv(loads(text_of({}, teams, gravity=G)), 6, actions="discrete")
    env.reset(seed=0)
    for k in range(20):
        env.step({"agent": np.ones((6, 1), np.int64) if k < 10 else np.arange(6).reshape(6, 1)})
    speed = env._state.rows[0].reshape(-1, layout.LANES)[layout.BODY_ROWS : 2 * layout.BODY_ROWS, :6]
    assert np.sign(np.round(speed[layout.VX], 3)).tolist() == [-1, 0, 1] * 2
    assert (speed[layout.VY] > 1).tolist() == [False] * 3 + [True] * 3
    for drive, names, wanted in (("jump", ("move", "jump"), [0, 4, 2]), ("car", ("steer", "throttle"), [3, 7, 2])):
        for (first, second), choice in zip(((-0.9, -0.2), (0.1, 0.7), (1, -1)), wanted, strict=True):
            game = json.loads(text_of({}, {"a": {"drive": {"type": drive}}}, gravity=G))
            game["baseline"] = {"a": dict(zip(names, (first, second), strict=True))}
            env = VectorEnv(loads(json.dumps(game)), 1, actions="discrete")
            env.reset(seed=0)
            assert env.scripted_actions()["a"].tolist() == [[choice]]


# --- who is stopped: solid_if about `other` ----------------------------------------------------------------------------------------------------

LEDGE = {"at": [0, -3.2], "shape": "box", "size": [4, 0.2], "body": "static", "solid_if": "= other.y - 0.4 > y + 0.09"}
HERO = {"count": 2, "radius": 0.4, "drive": {"type": "jump", "jump_height": 2.2}}


@pytest.mark.parametrize("hz", [10, 30, 60])
@pytest.mark.parametrize("spots", [[[-1, -2.7], [1, -4.6]], [[-1, -4.6], [1, -2.7]]])
def test_a_one_way_ledge_serves_two(spots: list[list[float]], hz: int) -> None:
    """One stands on it while the other is below, jumps up through it, and stands on it too."""
    low = 0 if spots[0][1] < -4 else 1
    bench = Bench({"ledge": LEDGE}, teams={"hero": HERO | {"at": spots}}, gravity=G, size=[10, 10], decisions_per_second=hz)
    bench.run(hz)
    assert bench.xy("hero")[0, 1 - low, 1] == pytest.approx(-2.7, abs=0.01)
    assert bench.xy("hero")[0, low, 1] == pytest.approx(-4.6, abs=0.01)
    bench.run(1, {"hero": np.array([[0, 1 if k == low else -1] for k in range(2)])})
    bench.run(2 * hz, {"hero": [0, -1]})
    assert bench.xy("hero")[0, :, 1] == pytest.approx([-2.7, -2.7], abs=0.01)


@pytest.mark.parametrize(("hz", "speed"), [(60, 2), (10, 100)])
@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("order", ["gate first", "gate last"])
def test_a_gate_stops_one_and_lets_another_through(order: str, many: bool, hz: int, speed: float) -> None:
    """By a state variable of who comes, however fast, and by the grid where there are many; the gate is a team in between, so that pairs come in both orders."""
    balls = {name: {"radius": 0.2, "at": [-2, y], "state": {"key": key}, "velocity": [speed, 0]} for name, y, key in (("a", 1, True), ("b", -1, False))}
    gate = {"gate": {"at": [0, 0], "shape": "box", "size": [0.1, 9], "body": "static", "state": {"shut": True}, "solid_if": "= shut and not other.key"}}
    crowd = {"grain": {"count": 400, "radius": 0.02, "state": {"key": False}, "place": {"in": {"rect": [-5, 4, 5, 4.9]}}}} if many else {}
    things = gate | balls | crowd if order == "gate first" else balls | crowd | gate
    rules = {"opens": {"when": {"at": 2}, "do": {"set": {"gate.shut": False}}}, "felt": {"when": {"touch": ["a", "gate"]}}}
    bench = Bench(things, rules=rules, size=[10, 10], walls="open", decisions_per_second=hz)
    bench.run(int(1.5 * hz))
    assert bench.xy("a")[0, 0, 0] > 0.5
    assert bench.xy("b")[0, 0, 0] < -0.2
    bench.run(hz)
    bench.put("b", layout.X, -1)
    bench.put("b", layout.VX, 2)
    bench.run(hz)
    assert bench.xy("b")[0, 0, 0] > 0.5


def test_hands_reach_through_a_gate_that_lets_their_agent_through() -> None:
    gate = {"at": [0.45, 0], "shape": "box", "size": [0.05, 2], "body": "static", "solid_if": "= other.mass < 2"}
    for mass, held in ((1, 0), (3, 1)):
        agent = {"radius": 0.3, "at": [0, 0], "mass": mass, "drive": {"type": "walk"}, "hands": {"grabs": ["box"], "reach": 0.4}}
        bench = Bench({"gate": gate, "box": SQUARE | {"at": [0.8, 0], "mass": 3}}, teams={"agent": agent}, size=[10, 10])
        bench.run(1, {"agent": [0, 0, 1]})
        names = bench.env.game.names
        assert bench._view()[0, names.marks["agent", "holding"], 0] == held


@pytest.mark.parametrize(("solid_if", "collides", "message"), [
    ("= other.y > y", [], 'there is no "other" here: nothing runs into it'), ("= other.grip > y", None, '"ball" has no field "grip"'),
    ("= others > 1", None, 'unknown name "others"'),
])  # fmt: skip
def test_what_solid_if_can_not_ask_about_other(solid_if: str, collides: list[str] | None, message: str) -> None:
    things = {"gate": {"solid_if": solid_if, "collides_with": collides}, "ball": {"body": "dynamic", "at": [2, 2]}}
    things["gate"] = {key: value for key, value in things["gate"].items() if value is not None}
    with pytest.raises(ScenarioError, match=re.escape(message)) as found:
        loads(text_of(things))
    assert found.value.problems[0].path == "$.things.gate.solid_if"


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


def test_a_game_with_machines_written_out_in_full_is_the_same_game() -> None:
    game = fair(1).env.scenario
    assert full(loads(json.dumps(full(game)))) == full(game)


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
    wheel = {"shape": "box", "size": [2, 0.2], "at": [6, 0], "body": "kinematic", "spin_deg_per_s": 90, "path": {"points": [[0, 0], [0, 2]]}}
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
    bench = Bench({"k": shape | {"at": [0, 0], "body": "kinematic", "velocity": velocity}}, teams={"p": pusher}, size=[10, 10], decisions_per_second=hz)
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
    bench = Bench({"ghost": box | {"collides_with": []}, "free": box | {"at": [0, 2]}, "door": box | {"at": [4.9, -2], "velocity": [-1, 0]}}, size=[10, 10])
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
    bench.put("ball", layout.Y, 3)
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
    bench = Bench({"belt": belt, "top": SQUARE | {"at": [0, 0.5]}, "below": SQUARE | {"at": [0, -0.5], "gravity_scale": -1}}, size=[20, 10], gravity=G)
    bench.run(60)
    assert bench.velocity("top")[0, 0, 0] == pytest.approx(1.5, abs=0.01)
    assert bench.velocity("below")[0, 0, 0] == pytest.approx(-1.5, abs=0.01)
    crawler = Bench({"crawler": {"shape": "box", "size": [2, 0.5], "at": [0, -4.75], "friction": 1, "surface_speed": 1.5}}, size=[20, 10], gravity=G)
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


def test_a_jumper_rides_a_belt_and_walks_against_it() -> None:
    belt = {"shape": "box", "size": [38, 1], "at": [0, -2], "body": "static", "friction": 1, "surface_speed": 1.5}
    bench = jumper({"belt": belt}, body={"at": [0, -1.1], "friction": 1}, top_speed=1.5, world={"size": [40, 10]})
    bench.run(60)
    assert bench.velocity("agent")[0, 0, 0] == pytest.approx(1.5, abs=0.02)
    bench.run(60, {"agent": [-1, 0]})
    assert bench.velocity("agent")[0, 0, 0] == pytest.approx(0, abs=0.02)


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
    spring = {"at": [1, 0], "shape": "circle", "radius": 3, "body": "sensor", "zone": {"force": "= 8 * (other.position - self.position)", "on": ["ball"]}}
    things = {"spring": spring, "ball": {"count": 2, "radius": 0.1, "mass": 2, "at": [[2, 0], [6, 0]]}, "stone": {"radius": 0.1, "at": [0, 1]}}
    bench = Bench(things, size=[40, 40], decisions_per_second=240, substeps=1)
    seconds = 1.0
    bench.run(round(240 * seconds))
    assert bench.xy("ball")[0, 0, 0] == pytest.approx(1 + math.cos(2 * seconds), abs=0.01)
    assert bench.xy("ball")[0, 1].tolist() == [6, 0]
    assert bench.xy("stone")[0, 0].tolist() == [0, 1]


def test_zone_wind_pulls_to_its_velocity_as_drag_does() -> None:
    bench = Bench({"river": EVERYWHERE | {"zone": {"wind": [2, 0], "drag": 1.5}}, "boat": {"radius": 0.2, "velocity": [0, 1]}}, size=[40, 40])
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


# --- all of it --------------------------------------------------------------------------------------------------------------------------------


def fair(worlds: int) -> Bench:
    """Everything of this file in one scene."""
    things = {
        "lift": {"shape": "box", "size": [2, 0.4], "body": "kinematic", "count": 2, "friction": 1, "spin_deg_per_s": 20,
                 "path": {"points": [[-4, -2], [4, -2], [0, 2]], "speed": {"uniform": [1, 3]}, "pause": 0.2, "phase": {"uniform": [0, 1]}}},
        "belt": {"shape": "box", "size": [6, 0.4], "at": [0, -3.5], "body": "static", "friction": 1, "surface_speed": {"uniform": [-2, 2]}},
        "fan": {"shape": "circle", "radius": 2.5, "at": [3, 0], "body": "sensor", "zone": {"force": "= 5 * self.mass * away(other)", "wind": [0, 2]}},
        "box": {"shape": "box", "size": [0.5, 0.5], "count": 4, "place": {"in": "world", "gap": 0.05, "turn": True}, "bounce": 0.3},
    }  # fmt: skip
    teams = {
        "car": {"shape": "box", "size": [1, 0.5], "count": 2, "drive": {"type": "car"}, "place": {"in": "world", "gap": 0.05}},
        "agent": {"shape": "capsule", "length": 0.3, "angle_deg": 90, "radius": 0.15, "count": 3, "drive": {"type": "jump"}, "place": {"in": "world", "gap": 0.05}},
    }
    return Bench(things, worlds, teams, size=[12, 8], gravity=4.0, drag=0.1, wind="= vec(1 if time % 2 < 1 else -1, 0)", decisions_per_second=10)


def actions_of(bench: Bench, rng: np.random.Generator) -> dict[str, np.ndarray]:
    return {team: rng.uniform(-1, 1, (1, len(bench.env.agents(team)), 2)).astype(np.float32) for team in bench.env.teams}


def test_lanes_neighbours_and_snapshots_change_no_bit() -> None:
    alone, many = fair(1), fair(33)
    start = alone.env.get_state()
    rng = np.random.default_rng(3)
    script = [actions_of(alone, rng) for _ in range(120)]

    def play(bench: Bench) -> None:
        for actions in script:
            bench.env.step({team: np.repeat(a, bench.env.num_envs, 0) for team, a in actions.items()})

    play(alone)
    want = alone.env.state_hash()
    assert np.isfinite(alone._view()).all()
    for lane in (0, 7, 16, 32):
        many.begin()
        many.run(lane)
        many.env.set_state(start, [lane])
        play(many)
        assert many.env.state_hash(lane) == want
    alone.env.set_state(start, [0])
    for actions in script[:60]:
        alone.env.step(actions)
    middle = alone.env.get_state()
    for actions in script[60:]:
        alone.env.step(actions)
    assert alone.env.state_hash() == want
    alone.env.set_state(middle, [0])
    for actions in script[60:]:
        alone.env.step(actions)
    assert alone.env.state_hash() == want


def test_state_holds_what_drives_keep() -> None:
    bench = fair(3)
    bench.run(20)
    assert bench.env.state().shape[0] == 3
    assert np.abs(bench.env.state()).max() <= 1


@settings(max_examples=25, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(st.floats(0.05, 2), st.floats(0, 50), st.floats(0, 80).map(lambda angle: round(angle, 9)), st.floats(0.2, 5), st.sampled_from(["rear", "front", "all"]), st.sampled_from([2, 10, 60]),
       st.integers(0, 1000))  # fmt: skip
def test_tyres_never_add_energy(grip: float, fast: float, steer: float, base: float, driven: str, rate: int, seed: int) -> None:
    """Without throttle no car gains energy or becomes infinite, however it flies and spins, at any rate."""
    bench = car(grip=grip, steer_deg=steer, wheelbase=base, driven=driven, world={"decisions_per_second": rate})
    rng = np.random.default_rng(seed)
    for field in (layout.VX, layout.VY):
        bench.put("car", field, rng.uniform(-fast, fast))
    bench.put("car", layout.W, rng.uniform(-20, 20))
    inertia = 1 / bench.get("car", layout.INV_INERTIA)[0, 0] / 1000

    def energy() -> float:
        return float(bench.speed("car")[0, 0] ** 2 + inertia * bench.get("car", layout.W)[0, 0] ** 2)

    last = energy()
    for _ in range(20):
        bench.run(1, {"car": [0, rng.uniform(-1, 1)]})
        now = energy()
        assert now <= last * (1 + 1e-5) + 1e-6
        last = now


# --- mistakes ---------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("things", "teams", "world", "said"), [
    ({"a": {"body": "static", "path": {"points": [[0, 0], [1, 0]]}}}, {}, {}, '$.things.a.path: a path is for body "kinematic", this is "static"'),
    ({"a": {"body": "kinematic", "path": {"points": [[0, 0]]}}}, {}, {}, "$.things.a.path.points: a path has 2 points or more, got 1"),
    ({"a": {"body": "kinematic", "path": {"points": [[1, 1], [1, 1]]}}}, {}, {}, "$.things.a.path.points: all points are the same"),
    ({"a": {"body": "kinematic", "at": [3, 0], "path": {"points": [[0, 0], [3, 0]]}}}, {}, {}, "$.things.a.path.points[1]: [3, 0] from at is outside the world (10 x 10 m)"),
    ({"a": {"body": "kinematic", "place": {"in": "world"}, "path": {"points": [[0, 0], [1, 0]]}}}, {}, {}, "$.things.a.place: place has no meaning on a path"),
    ({"a": {"body": "static", "zone": {"force": [1, 0]}}}, {}, {}, '$.things.a.zone: a zone is for body "sensor", this is "static"'),
    ({"a": {"body": "sensor", "zone": {"drag": 1}}}, {}, {}, '$.things.a.zone: a zone needs "force" or "wind"'),
    ({"a": {"body": "sensor", "zone": {"force": 3}}}, {}, {}, "$.things.a.zone.force: expected [x, y] or a formula, got 3"),
    ({"a": {"body": "sensor", "zone": {"force": [1, 0], "on": ["nobody"]}}}, {}, {}, 'there is no thing or team "nobody"'),
    ({"a": {"body": "sensor", "zone": {"force": [1, 0], "on": ["b"]}}, "b": {"at": [2, 2], "body": "static"}}, {}, {}, '"b" is static; only dynamic things are pushed'),
    ({"a": {"body": "sensor", "zone": {"force": "= 3"}}, "b": {"at": [2, 2], "body": "dynamic"}}, {}, {}, "$.things.a.zone.force: "),
    ({"a": {"body": "sensor", "surface_speed": 3}}, {}, {}, "$.things.a.surface_speed: nothing touches a sensor"),
    ({}, {"a": {"drive": {"type": "jump"}}}, {}, "$.teams.a.drive.type: jumping needs gravity in the world"),
    ({}, {"a": {"turns": False, "drive": {"type": "car"}}}, {}, "$.teams.a.drive.type: a car must be able to rotate (turns)"),
    ({}, {"a": {"drive": {"type": "car", "gripp": 2}}}, {}, 'unknown key (did you mean "grip"?)'),
    ({}, {"a": {"drive": {"type": "walk"}, "sees": [{"self": ["grounded"]}]}}, {"gravity": 1}, '"a" has no field "grounded" to see'),
    ({}, {}, {"wind": [1, 0]}, "$.world.wind: the wind pulls by drag, and nothing here has any"),
    ({}, {}, {"wind": "= self.position", "drag": 1}, 'there is no "self" here: the wind blows on all alike'),
])  # fmt: skip
def test_mistakes_are_named(things: dict[str, Any], teams: dict[str, Any], world: dict[str, Any], said: str) -> None:
    with pytest.raises(ScenarioError) as error:
        loads(text_of(things, teams | {"idle": IDLE}, **world))
    assert said in str(error.value)
    assert len(error.value.problems) == 1


def test_formulas_ask_a_drive_only_for_what_it_has() -> None:
    teams = {"a": {"drive": {"type": "walk"}}}
    with pytest.raises(ScenarioError, match='"a" has no steer_deg: that is of drive "car"'):
        loads(text_of({}, teams, {"r": {"when": "= a.steer_deg > 3"}}))
