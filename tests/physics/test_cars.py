"""Cars turn, brake, slide and stand as mechanics says. Decisions are 60 a second with 4 substeps unless said otherwise."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scenes import Bench, own, text_of

from sandlot.envs.core.vector import VectorEnv
from sandlot.envs.kernels.world.layout.things import Body
from sandlot.scenarios import loads

G = 9.81
IN_PLANE: dict[str, Any] = {"size": [400, 400], "walls": "open"}


def car(
    things: dict[str, Any] | None = None, shape: dict[str, Any] | None = None, world: dict[str, Any] | None = None, **drive: Any
) -> Bench:
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
    assert np.sign(bench.get("car", Body.SPIN)[0, 0]) == np.sign(steer)
    assert bench.speed("car")[0, 0] > 0.99  # rolling costs next to nothing


def test_car_backs_the_other_way_round() -> None:
    bench = car(steer_deg=30, steer_deg_per_s=1000, reverse_speed=1.0)
    bench.run(180, {"car": [-1, 1]})
    c, s = np.cos(bench.angle("car")[0, 0]), np.sin(bench.angle("car")[0, 0])
    assert bench.velocity("car")[0, 0] @ [c, s] == pytest.approx(-1, abs=0.02)
    assert bench.get("car", Body.SPIN)[0, 0] == pytest.approx(-math.tan(math.radians(30)) / 2.4, rel=0.02)


@pytest.mark.parametrize("grip", [0.3, 1.0])
def test_car_slides_where_the_bend_asks_more_than_its_grip(grip: float) -> None:
    """v^2 / r can't exceed grip g: below that it follows its wheels, above it the path is as wide as the grip allows."""
    for speed, slides in ((0.8, False), (1.5, True)):
        tight = 2.4 / math.tan(math.radians(20))
        fast = speed * math.sqrt(grip * G * math.hypot(tight, 1.2))
        bench = car(steer_deg=20, steer_deg_per_s=2000, top_speed=fast, grip=grip, accel=1.0)
        bench.put("car", Body.VX, fast)
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
    bench.put("car", Body.VX, 10.0)
    way = 10.0**2 / (2 * min(brake, grip * G))
    bench.run(400, {"car": [-1, 0]})
    furthest = bench.xy("car")[0, 0, 0]
    bench.begin()
    bench.put("car", Body.VX, 10.0)
    xs = []
    for _ in range(240):
        bench.run(1, {"car": [-1, 0]})
        xs.append(bench.xy("car")[0, 0, 0])
    assert max(xs) == pytest.approx(way, rel=0.01)
    assert furthest < way  # and now it is in reverse gear


def test_locked_wheels_slide_where_they_were_going() -> None:
    """A car that flies sideways with its brakes locked stops like a block: friction against its motion, whatever its heading."""
    bench = car(brake=1000, grip=0.8, reverse_speed=0)
    bench.put("car", Body.VX, 6.0)
    bench.put("car", Body.VY, 6.0)
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
        bench.put("car", Body.VX, 7.0)
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
    bench = Bench(
        {}, len(cases), {"car": shape | {"drive": {"type": "car", "driven": driven}}}, **(IN_PLANE | {"decisions_per_second": hz})
    )
    for field, k in ((Body.VX, 0), (Body.VY, 1), (Body.SPIN, 2)):
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
    bench.put("car", Body.VX, -1e-6)
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
    assert speed / bench.get("car", Body.SPIN)[0, 0] == pytest.approx(0.6 * 4.0, rel=1e-3)


def test_discrete_cars_have_nine_choices() -> None:
    text = text_of({}, {"car": {"drive": {"type": "car", "steer_deg_per_s": 10000}}}, size=[40, 40])
    env = VectorEnv(loads(text), 9, actions="discrete")
    env.reset(seed=0)
    for _ in range(30):
        obs, *_ = env.step({"car": np.arange(9).reshape(9, 1)})
    names = [name for name, _ in env.observation_names("car")]
    seen = obs["car"][:, 0]
    ahead = (
        seen[:, [names.index("self.velocity.x"), names.index("self.velocity.y")]]
        * seen[:, [names.index("self.heading.cos"), names.index("self.heading.sin")]]
    ).sum(1)
    assert np.sign(np.round(ahead, 3)).tolist() == [-1, -1, -1, 0, 0, 0, 1, 1, 1]
    assert np.round(seen[:, names.index("self.steer")]).tolist() == [-1, 0, 1] * 3


@settings(max_examples=25, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(st.floats(0.05, 2), st.floats(0, 50), st.floats(0, 80).map(lambda angle: round(angle, 9)), st.floats(0.2, 5), st.sampled_from(["rear", "front", "all"]), st.sampled_from([2, 10, 60]),
       st.integers(0, 1000))  # fmt: skip
def test_tyres_never_add_energy(grip: float, fast: float, steer: float, base: float, driven: str, rate: int, seed: int) -> None:
    """Without throttle no car gains energy or becomes infinite, however it flies and spins, at any rate."""
    bench = car(grip=grip, steer_deg=steer, wheelbase=base, driven=driven, world={"decisions_per_second": rate})
    rng = np.random.default_rng(seed)
    for field in (Body.VX, Body.VY):
        bench.put("car", field, rng.uniform(-fast, fast))
    bench.put("car", Body.SPIN, rng.uniform(-20, 20))
    inertia = 1 / bench.get("car", Body.INV_INERTIA)[0, 0] / 1000

    def energy() -> float:
        return float(bench.speed("car")[0, 0] ** 2 + inertia * bench.get("car", Body.SPIN)[0, 0] ** 2)

    last = energy()
    for _ in range(20):
        bench.run(1, {"car": [0, rng.uniform(-1, 1)]})
        now = energy()
        assert now <= last * (1 + 1e-5) + 1e-6
        last = now
