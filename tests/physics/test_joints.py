"""Joints do what mechanics says: pendulums, springs, sliders, welds, ropes, motors, chains; and they break where they should.

Unless said otherwise decisions are 60 a second with 4 substeps, and lengths are metres.
"""

import math
from typing import Any

import numpy as np
import pytest
from scenes import Bench, text_of

from sandlot.envs.compile.draft import tick_counts
from sandlot.envs.kernels.world.layout.things import Body, Joint
from sandlot.envs.kernels.world.layout.world import Whole
from sandlot.scenarios import loads
from sandlot.scenarios.facts.joint_loads import STRETCH, longest_substep, strain

G = 9.81
ROOM: dict[str, Any] = {"size": [20, 20]}
LINK: dict[str, Any] = {"count": 20, "shape": "capsule", "length": 0.2, "radius": 0.02, "mass": 0.1, "drag": 1}
CHAIN = {"type": "pin", "between": ["link", "link"], "anchor_a": [0.125, 0], "anchor_b": [-0.125, 0]}
FLOATS = {"gravity_scale": 0, "radius": 0.1}


def crossings(values: np.ndarray, dt: float) -> np.ndarray:
    """Times at which values fall through 0, interpolated."""
    k = np.flatnonzero((values[:-1] > 0) & (values[1:] <= 0))
    return dt * (k + values[k] / (values[k] - values[k + 1]))


def history(bench: Bench, decisions: int, read: Any) -> np.ndarray:
    """What `read()` gives before each of some decisions."""
    found = []
    for _ in range(decisions):
        found.append(read())
        bench.run(1)
    return np.array(found)


# --- pins and ropes ---------------------------------------------------------------------------------------------------------------------------

PENDULUMS = {
    "pin": ({"type": "pin", "between": ["bob", "world"], "at": [0, 0]}, 0.5 * 0.1**2),
    "rope": ({"type": "rope", "between": ["bob", "world"], "anchor_b": [0, 0]}, 0.0),
    "rod": ({"type": "rope", "between": ["bob", "world"], "anchor_b": [0, 0], "length": 1, "min_length": 1}, 0.0),
}


@pytest.mark.parametrize(
    ("kind", "start"), [("pin", 0.1), ("rope", 0.1), ("rod", 0.1), ("pin", 1.4), ("rope", 1.4), ("pin", 2.5), ("rod", 2.5)]
)
def test_pendulum_period(kind: str, start: float) -> None:
    """The exact period is that of the harmonic one over the arithmetic-geometric mean of 1 and cos(start / 2)."""
    joint, inertia = PENDULUMS[kind]  # about the bob's centre, for a mass of 1
    bob = {"radius": 0.1, "at": [math.sin(start), -math.cos(start)]}
    bench = Bench({"bob": bob}, joints={"string": joint}, gravity=G, **ROOM)
    path = history(bench, 900, lambda: bench.xy("bob")[0, 0])
    swing = np.arctan2(path[:, 0], -path[:, 1])
    mean, root = 1.0, math.cos(start / 2)
    for _ in range(20):
        mean, root = (mean + root) / 2, math.sqrt(mean * root)
    assert np.diff(crossings(swing, bench.dt)).mean() == pytest.approx(2 * math.pi * math.sqrt((1 + inertia) / G) / mean, rel=5e-3)
    assert np.abs(swing[-240:]).max() == pytest.approx(start, rel=1e-2)  # hardly anything is lost
    assert np.abs(np.hypot(*path.T) - 1).max() < 2e-3


@pytest.mark.parametrize("decisions", [10, 30, 120])
def test_pendulum_at_other_rates(decisions: int) -> None:
    bench = Bench({"bob": {"radius": 0.1, "at": [0.5, -0.75**0.5]}}, joints={"string": PENDULUMS["rod"][0]}, gravity=G,
                  decisions_per_second=decisions, **ROOM)  # fmt: skip
    swing = history(bench, 12 * decisions, lambda: bench.xy("bob")[0, 0, 0])
    mean = (1 + math.cos(math.pi / 12)) / 2
    assert np.diff(crossings(swing, bench.dt)).mean() == pytest.approx(2 * math.pi / math.sqrt(G) / mean, rel=1e-2)


def test_pin_tells_angle_and_speed_over_whole_turns() -> None:
    spin = {"shape": "box", "size": [1, 0.2], "spin_deg_per_s": 200, "angle_deg": 30}
    bench = Bench({"bar": spin}, joints={"hinge": {"type": "pin", "between": ["world", "bar"], "at": [0, 0]}}, **ROOM)
    bench.run(300)
    assert bench.joint("hinge", Joint.POSITION)[0, 0] == pytest.approx(math.radians(1000), rel=1e-3)
    assert bench.joint("hinge", Joint.SPEED)[0, 0] == pytest.approx(math.radians(200), rel=1e-3)


def test_pin_stops_at_its_limits() -> None:
    """A bar that falls about its end, from the horizontal, stops at -40 degrees."""
    bar = {"shape": "box", "size": [1, 0.1], "at": [0.5, 0], "spin_drag": 1}
    bench = Bench(
        {"bar": bar},
        joints={"hinge": {"type": "pin", "between": ["world", "bar"], "at": [0, 0], "angle_deg": [-40, 10]}},
        gravity=G,
        **ROOM,
    )
    angles = history(bench, 300, lambda: math.degrees(bench.angle("bar")[0, 0]))
    assert angles.min() > -40.3
    assert angles[-1] == pytest.approx(-40, abs=0.05)
    assert bench.joint("hinge", Joint.POSITION)[0, 0] == pytest.approx(math.radians(-40), abs=1e-3)


def test_rope_is_slack_then_taut() -> None:
    joint = {"type": "rope", "between": ["ball", "world"], "anchor_b": [0, 5], "length": 3}
    bench = Bench({"ball": {"radius": 0.1, "at": [0, 4]}}, joints={"rope": joint}, gravity=G, **ROOM)
    fall = history(bench, 120, lambda: bench.xy("ball")[0, 0, 1])
    t = np.arange(120) * bench.dt
    slack = t < math.sqrt(2 * 2 / G) - bench.dt
    assert np.abs(fall - (4 - G * t * t / 2))[slack].max() < 0.03  # half a substep's fall
    assert fall.min() > 2 - 0.02
    assert fall[-1] == pytest.approx(2, abs=1e-3)
    assert bench.joint("rope", Joint.FORCE)[0, 0] == pytest.approx(G, rel=1e-2)


# --- springs ----------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("hertz", "ratio"), [(0.5, 0.0), (1.0, 0.0), (1.0, 0.2), (2.0, 0.1), (4.0, 0.05)])
def test_spring_frequency_and_damping(hertz: float, ratio: float) -> None:
    """x'' + 2 z w x' + w^2 x = 0, against its solution."""
    spring = {"type": "spring", "between": ["ball", "world"], "anchor_b": [0, 0], "length": 1, "hertz": hertz, "damping_ratio": ratio}
    bench = Bench({"ball": {"radius": 0.1, "mass": 3, "at": [1.2, 0]}}, joints={"spring": spring}, **ROOM)
    swing = history(bench, 240, lambda: bench.xy("ball")[0, 0, 0] - 1)
    omega, t = 2 * math.pi * hertz, np.arange(240) * bench.dt
    damped = omega * math.sqrt(1 - ratio**2)
    exact = 0.2 * np.exp(-ratio * omega * t) * (np.cos(damped * t) + ratio * omega / damped * np.sin(damped * t))
    assert np.diff(crossings(swing[np.abs(exact) > 0], bench.dt)[:2])[0] == pytest.approx(2 * math.pi / damped, rel=1e-2)
    assert np.abs(swing - exact).max() < 0.2 * 0.06 * hertz  # semi-implicit steps run ahead by a part of one


def test_springs_of_two_bodies_swing_about_their_centre() -> None:
    """The frequency is that of the reduced mass, as Box2D counts it; the centre of mass stays."""
    spring = {"type": "spring", "between": ["a", "b"], "length": 2, "hertz": 1, "damping_ratio": 0}
    bench = Bench(
        {"a": {"radius": 0.1, "at": [-1.2, 0]}, "b": {"radius": 0.1, "mass": 4, "at": [1.2, 0]}}, joints={"spring": spring}, **ROOM
    )
    path = history(bench, 240, lambda: (bench.xy("a")[0, 0, 0], bench.xy("b")[0, 0, 0]))
    assert np.diff(crossings(path[:, 1] - path[:, 0] - 2, bench.dt)).mean() == pytest.approx(1.0, rel=1e-3)
    assert np.abs(path @ [1, 4] / 5 - 0.72).max() < 1e-4


@pytest.mark.parametrize("joint", ["pin", "weld"])
def test_torsion_springs(joint: str) -> None:
    """A disc on a pin (or weld) with a spring: 2 swings a second."""
    hinge = {"type": joint, "between": ["world", "disc"], "at": [0, 0], "hertz": 2, "damping_ratio": 0}
    bench = Bench({"disc": {"radius": 0.5, "at": [0, 0], "spin_deg_per_s": 200}}, joints={"hinge": hinge}, **ROOM)
    angles = history(bench, 180, lambda: bench.angle("disc")[0, 0])
    assert np.diff(crossings(angles, bench.dt)).mean() == pytest.approx(0.5, rel=1e-2)
    assert angles.max() == pytest.approx(math.radians(200) / (4 * math.pi), rel=2e-2)


def test_stiff_springs_of_a_net_stay_calm() -> None:
    """Four balls, every one tied to every other as stiffly as may be, thrown about: nothing blows up."""
    ball = {"count": 4, "radius": 0.1, "at": [[0, 0], [1, 0], [1, 1], [0, 1]], "velocity": [3, 1], "spin_deg_per_s": 500}
    springs = {
        f"s{i}{j}": {"type": "spring", "between": [f"ball.{i}", f"ball.{j}"], "hertz": 1000, "damping_ratio": 0, "anchor_a": [0.1, 0]}
        for i in range(4)
        for j in range(i)
    }
    bench = Bench({"ball": ball}, joints=springs, gravity=G, **ROOM)
    bench.run(600)
    assert bench.speed("ball").max() < 20
    assert np.isfinite(bench.env.state()).all()


# --- sliders ----------------------------------------------------------------------------------------------------------------------------------


def test_slider_keeps_its_axis() -> None:
    """A box on a rail at 30 degrees slides with g sin 30, however it was pushed, and stays on the line."""
    rail = {"type": "slider", "between": ["world", "box"], "axis": [math.cos(math.pi / 6), 0.5]}
    box = {"shape": "box", "size": [0.6, 0.3], "at": [3, 2], "angle_deg": 20, "velocity": [0, -2], "spin_deg_per_s": 300}
    bench = Bench({"box": box}, joints={"rail": rail}, gravity=G, **ROOM)
    bench.run(1)
    start, speed = bench.joint("rail", Joint.POSITION)[0, 0], bench.joint("rail", Joint.SPEED)[0, 0]
    bench.run(60)
    along, across = np.array([math.cos(math.pi / 6), 0.5]), np.array([-0.5, math.cos(math.pi / 6)])
    way = bench.xy("box")[0, 0] - [3, 2]
    assert abs(way @ across) < 1e-3
    assert math.degrees(bench.angle("box")[0, 0]) == pytest.approx(20, abs=0.05)
    assert way @ along == pytest.approx(bench.joint("rail", Joint.POSITION)[0, 0], abs=1e-4)
    assert way @ along - start == pytest.approx(speed - G / 4, rel=0.01)
    assert bench.joint("rail", Joint.SPEED)[0, 0] - speed == pytest.approx(-G / 2, rel=1e-3)


def test_slider_on_a_moving_body_conserves_momentum_and_stops_at_its_limits() -> None:
    """A cart slides on a plank that floats and turns; the plank's line is the plank's own."""
    things = {
        "plank": FLOATS | {"shape": "box", "size": [4, 0.2], "mass": 3, "radius": 0, "at": [0, 0], "spin_deg_per_s": 40},
        "cart": FLOATS | {"shape": "box", "size": [0.4, 0.2], "radius": 0, "at": [0, 0.4], "velocity": [2, 0]},
    }
    bench = Bench(things, joints={"rail": {"type": "slider", "between": ["plank", "cart"], "travel": [-1, 1.5]}}, walls="open", **ROOM)
    bench.run(1)
    before = momenta(bench, ["plank", "cart"])
    slid = history(bench, 240, lambda: bench.joint("rail", Joint.POSITION)[0, 0])
    assert slid.max() < 1.5 + 5e-3
    assert slid.max() > 1.49
    turn = bench.angle("plank")[0, 0]
    up = np.array([-math.sin(turn), math.cos(turn)])
    assert (bench.xy("cart") - bench.xy("plank"))[0, 0] @ up == pytest.approx(0.4, abs=2e-3)
    assert momenta(bench, ["plank", "cart"]) == pytest.approx(before, abs=5e-3)


# --- welds ------------------------------------------------------------------------------------------------------------------------------------


def test_weld_holds_a_cantilever() -> None:
    """Four boxes welded in a row to a wall hang straight."""
    boxes = {"count": 4, "shape": "box", "size": [0.5, 0.2], "mass": 0.5, "place": {"row": [[0.25, 0], [1.75, 0]]}}
    joints = {"root": {"type": "weld", "between": ["world", "box.0"], "at": [0, 0]}, "beam": {"type": "weld", "between": ["box", "box"]}}
    bench = Bench({"box": boxes}, joints=joints, gravity=G, **ROOM)
    bench.run(300)
    assert np.abs(bench.xy("box")[0, :, 1]).max() < 0.05
    assert np.degrees(np.abs(bench.angle("box"))).max() < 3
    assert bench.speed("box").max() < 1e-3
    assert bench.joint("root", Joint.FORCE)[0, 0] == pytest.approx(4 * 0.5 * G, rel=1e-2)


def test_welded_things_fly_as_one() -> None:
    things = {"a": FLOATS | {"at": [0, 0], "mass": 2, "velocity": [1, 2]}, "b": FLOATS | {"at": [1, 0], "velocity": [-1, 0]}}
    bench = Bench(things, joints={"glue": {"type": "weld", "between": ["a", "b"]}}, walls="open", **ROOM)
    before = momenta(bench, ["a", "b"])
    bench.run(120)
    assert np.linalg.norm(bench.xy("a") - bench.xy("b")) == pytest.approx(1, abs=1e-3)
    assert bench.get("a", Body.SPIN)[0, 0] == pytest.approx(bench.get("b", Body.SPIN)[0, 0], abs=1e-3)
    assert momenta(bench, ["a", "b"]) == pytest.approx(before, abs=2e-3)


# --- motors -----------------------------------------------------------------------------------------------------------------------------------


def test_pin_motor_reaches_its_speed_under_its_torque() -> None:
    """A disc of inertia m r^2 / 2 gains torque / inertia a second, until the speed is reached."""
    motor = {"speed_deg_per_s": 360, "max_torque": 0.5}
    bench = Bench(
        {"disc": FLOATS | {"radius": 0.5, "mass": 4, "at": [0, 0]}},
        joints={"axle": {"type": "pin", "between": ["world", "disc"], "at": [0, 0], "motor": motor}},
        **ROOM,
    )
    bench.run(60)
    assert bench.get("disc", Body.SPIN)[0, 0] == pytest.approx(0.5 / (4 * 0.25 / 2), rel=1e-3)
    bench.run(600)
    assert bench.get("disc", Body.SPIN)[0, 0] == pytest.approx(2 * math.pi, rel=1e-4)


@pytest.mark.parametrize("force", [5.0, 15.0, 25.0])
def test_slider_motor_lifts_what_it_can(force: float) -> None:
    """A lift of 2 kg: 19.6 N hold it; with less it sinks, with more it rises, at (F - m g) / m or the speed."""
    lift = {"type": "slider", "between": ["world", "box"], "axis": [0, 1], "motor": {"speed": 1, "max_force": force}}
    bench = Bench({"box": {"mass": 2, "radius": 0.2, "at": [0, 0]}}, joints={"lift": lift}, gravity=G, **ROOM)
    bench.run(60)
    assert bench.velocity("box")[0, 0, 1] == pytest.approx(min(1.0, force / 2 - G), rel=1e-3)


def test_motor_of_speed_0_is_a_brake() -> None:
    brake = {"type": "pin", "between": ["world", "disc"], "at": [0, 0], "motor": {"max_torque": 0.1}}
    bench = Bench({"disc": FLOATS | {"radius": 0.5, "mass": 4, "at": [0, 0], "spin_deg_per_s": 60}}, joints={"axle": brake}, **ROOM)
    bench.run(60)
    assert bench.get("disc", Body.SPIN)[0, 0] == pytest.approx(math.radians(60) - 0.1 / 0.5, rel=1e-3)
    bench.run(400)
    assert abs(bench.get("disc", Body.SPIN)[0, 0]) < 1e-4


def test_agents_drive_motors() -> None:
    """Each of two agents drives its own hinge; the speed is the action's share of the motor's."""
    teams = {"pilot": {"count": 2, "at": [[-5, 0], [5, 0]], "body": "static", "drive": {"type": "motor", "joints": ["hinge", "rail"]}}}
    things = {"arm": FLOATS | {"count": 2, "at": [[-5, 3], [5, 3]]}, "cart": FLOATS | {"count": 2, "at": [[-5, -3], [5, -3]]}}
    joints = {
        "hinge": {"type": "pin", "between": ["arm", "world"], "motor": {"speed_deg_per_s": 90, "max_torque": 50}},
        "rail": {"type": "slider", "between": ["world", "cart"], "motor": {"speed": 2, "max_force": 50}},
    }
    bench = Bench(things, teams=teams, joints=joints, **ROOM)
    assert bench.env.action_space("pilot").shape == (2,)
    bench.run(30, {"pilot": [[[1, -0.5], [-0.25, 1]]]})
    assert bench.get("arm", Body.SPIN)[0] == pytest.approx(np.radians([-90, 22.5]), rel=1e-3)  # the arm is the first end
    assert bench.velocity("cart")[0, :, 0] == pytest.approx([-1, 2], rel=1e-3)


# --- chains -----------------------------------------------------------------------------------------------------------------------------------


def momenta(bench: Bench, kinds: list[str]) -> list[float]:
    """Momentum (two numbers) and angular momentum about the origin of the first world."""
    total = np.zeros(3)
    for kind in kinds:
        mass, inertia = 1 / bench.get(kind, Body.INV_MASS)[0], 1 / bench.get(kind, Body.INV_INERTIA)[0]
        (px, py), (vx, vy) = bench.xy(kind)[0].T, bench.velocity(kind)[0].T
        total += [mass @ vx, mass @ vy, mass @ (px * vy - py * vx) + inertia @ bench.get(kind, Body.SPIN)[0]]
    return list(total)


def test_a_flying_chain_keeps_its_momentum() -> None:
    bench = Bench(
        {"link": LINK | {"drag": 0, "spin_drag": 0, "place": {"row": [[-2.375, 0], [2.375, 0]]}}},
        joints={"chain": CHAIN},
        walls="open",
        **ROOM,
    )
    rng = np.random.default_rng(1)
    for row in (Body.VX, Body.VY):
        bench.put("link", row, rng.normal(0, 1, 20))
    before = momenta(bench, ["link"])
    bench.run(300)
    assert momenta(bench, ["link"]) == pytest.approx(before, abs=3e-3)
    ends = bench.outline("link", 0, 3)[1], bench.outline("link", 0, 4)[0]
    assert np.linalg.norm(ends[0] - ends[1]) < 0.05 + 0.01


def hanging(weight: float, length: float, count: int, span: float) -> np.ndarray:
    """Middles of the links of a hanging chain, [count, 2], its left end at the origin.

    Every link stands as the pull at its middle: tan = (weight up to there) / H. Source: statics; H by bisection, so that the ends are `span` apart.
    """
    steps = np.arange(count) - (count - 1) / 2
    low, high = 1e-3, 1e4
    for _ in range(100):
        pull = math.sqrt(low * high)
        wide = (length / np.sqrt(1 + (steps * weight / pull) ** 2)).sum()
        low, high = (pull, high) if wide < span else (low, pull)
    tilt = np.arctan(steps * weight / low)
    links = length * np.stack([np.cos(tilt), np.sin(tilt)], 1)
    return np.cumsum(links, 0) - links / 2


def test_a_rope_of_20_links_hangs_as_a_catenary() -> None:
    """Its right end rides in on a trolley, until the ends are 3 m apart."""
    trolley = {"body": "kinematic", "radius": 0.1, "at": [2.5, 5], "velocity": [-1, 0], "collides_with": []}
    things = {"link": LINK | {"place": {"row": [[-2.375, 5], [2.375, 5]]}}, "trolley": trolley}
    joints = {
        "chain": CHAIN,
        "left": {"type": "pin", "between": ["world", "link.0"], "at": [-2.5, 5]},
        "right": {"type": "pin", "between": ["link.last", "trolley"], "at": [2.5, 5]},
    }
    bench = Bench(
        things, joints=joints, rules={"stop": {"when": {"at": 2}, "do": {"set": {"trolley.velocity": [0, 0]}}}}, gravity=G, **ROOM
    )
    bench.run(60 * 14)
    span = bench.xy("trolley")[0, 0, 0] + 2.5
    assert span == pytest.approx(3, abs=0.02)
    want = np.add(hanging(0.1 * G, 0.25, 20, span), [-2.5, 5])
    assert np.abs(bench.xy("link")[0] - want).max() < 0.02
    sag = 5 - bench.xy("link")[0, :, 1].min()
    a = 1.0
    for _ in range(200):  # of y = a cosh(x / a): its length is 2 a sinh(span / 2 a)
        a *= (2 * a * math.sinh(span / (2 * a)) / 5) ** 0.2
    assert sag == pytest.approx(a * (math.cosh(span / (2 * a)) - 1), rel=0.02)
    assert bench.joint("left", Joint.FORCE)[0, 0] == pytest.approx(math.hypot(10 * 0.1 * G, a * 2 * G / 5), rel=0.03)


def test_a_heavy_load_on_a_light_rope() -> None:
    """10 kg on links of 0.1 kg (100 : 1): the rope stretches by a twentieth and holds."""
    things = {
        "link": LINK | {"count": 10, "angle_deg": 90, "place": {"row": [[0, 3.875], [0, 1.625]]}},
        "load": {"mass": 10, "radius": 0.3, "at": [0, 1]},
    }
    joints = {
        "chain": CHAIN | {"anchor_a": [-0.125, 0], "anchor_b": [0.125, 0]},
        "top": {"type": "pin", "between": ["world", "link.0"], "at": [0, 4]},
        "hook": {"type": "pin", "between": ["link.last", "load"], "at": [0, 1.5]},
    }
    bench = Bench(things, joints=joints, gravity=G, **ROOM)
    bench.run(600)
    assert 1 - bench.xy("load")[0, 0, 1] < 2.5 / 15
    assert bench.speed("load").max() < 0.05
    assert bench.joint("top", Joint.FORCE)[0, 0] == pytest.approx(11 * G, rel=0.01)


# --- breaking ---------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "share", "breaks"), [(kind, share, share < 1) for kind in ("pin", "rope", "weld", "slider") for share in (0.97, 1.03)]
)
def test_joints_break_at_their_force(kind: str, share: float, breaks: bool) -> None:
    """A still load of 3 kg pulls with m g; the rule fires once, and then it falls."""
    extra = {"rope": {"anchor_a": [0, 5]}, "slider": {"axis": [1, 0], "at": [0, 5]}}.get(kind, {"at": [0, 5]})
    joint = {"type": kind, "between": ["world", "load"], "breaks_at": share * 3 * G} | extra
    bench = Bench({"load": {"radius": 0.2, "mass": 3, "at": [0, 4]}}, joints={"hook": joint}, rules={"snap": {"when": {"breaks": "hook"}}},
                  gravity=G, **ROOM)  # fmt: skip
    fired = 0.0
    for _ in range(60):
        fired += bench.env.step({"idle": np.zeros((1, 1))})[4]["event/snap"][0]
    assert fired == breaks
    assert bench.joint("hook", Joint.BROKEN)[0, 0] == breaks
    assert (bench.xy("load")[0, 0, 1] < 3) == breaks
    if breaks:
        assert bench.joint("hook", Joint.FORCE)[0, 0] == 0
        bench.begin()
        assert bench.joint("hook", Joint.BROKEN)[0, 0] == 0  # whole again


@pytest.mark.parametrize(("share", "breaks"), [(0.97, True), (1.04, False)])
def test_a_swing_pulls_most_at_the_bottom(share: float, breaks: bool) -> None:
    """From 60 degrees the string bears m g (3 - 2 cos 60) = 2 m g there."""
    joint = PENDULUMS["rope"][0] | {"breaks_at": share * 2 * G}
    bench = Bench({"bob": {"radius": 0.1, "at": [0.75**0.5, -0.5]}}, joints={"string": joint}, gravity=G, **ROOM)
    bench.run(120)
    assert bench.joint("string", Joint.BROKEN)[0, 0] == breaks


def test_rules_break_joints_and_formulas_read_them() -> None:
    rules = {"cut": {"when": {"at": 0.5}, "do": {"break": "hook"}}, "low": {"when": "= hook.broken and hook.length > 1.2"}}
    joint = {"type": "rope", "between": ["world", "load"], "anchor_a": [0, 5]}
    bench = Bench({"load": {"radius": 0.2, "mass": 3, "at": [0, 4]}}, joints={"hook": joint}, rules=rules, gravity=G, **ROOM)
    seen = history(bench, 60, lambda: bench.xy("load")[0, 0, 1])
    assert seen[30] == pytest.approx(4, abs=1e-3)
    assert seen[-1] < 3.5
    assert bench.world_row(Whole.COUNT)[0] == 1  # of "cut"
    assert bench._view()[0, int(bench.env.game.world.whole[Whole.COUNT]) + 1, 0] == 1


# --- who is joined to whom --------------------------------------------------------------------------------------------------------------------


def test_joined_things_pass_through_each_other_unless_told() -> None:
    things = {
        "a": FLOATS | {"radius": 0.5, "at": [-0.6, 0], "velocity": [1, 0]},
        "b": FLOATS | {"radius": 0.5, "at": [0.6, 0], "velocity": [-1, 0]},
    }
    for collide in (False, True):
        bench = Bench(
            things, joints={"rope": {"type": "rope", "between": ["a", "b"], "length": 3, "collide": collide}}, walls="open", **ROOM
        )
        bench.run(60)
        assert (bench.xy("a")[0, 0, 0] > 0.2) == (not collide)


def test_counts_say_who_is_joined() -> None:
    things = {
        "a": {"count": 3, "place": {"row": [[-4, 3], [4, 3]]}},
        "b": {"count": 3, "place": {"row": [[-4, 0], [4, 0]]}},
        "hub": {"at": [0, -4]},
    }
    joints = {
        "pairs": {"type": "rope", "between": ["a", "b"]},
        "chain": {"type": "rope", "between": ["b", "b"]},
        "spokes": {"type": "rope", "between": ["hub", "a"]},
        "one": {"type": "rope", "between": ["a.1", "b.last"]},
        "ground": {"type": "pin", "between": ["a", "world"]},
    }
    scenario = Bench(things, joints=joints, **ROOM).env.scenario
    assert scenario.joined("pairs") == [(("a", k), ("b", k)) for k in range(3)]
    assert scenario.joined("chain") == [(("b", 0), ("b", 1)), (("b", 1), ("b", 2))]
    assert scenario.joined("spokes") == [(("hub", 0), ("a", k)) for k in range(3)]
    assert scenario.joined("one") == [(("a", 1), ("b", 2))]
    assert scenario.joined("ground") == [(("a", k), None) for k in range(3)]


def test_a_chain_of_one_link_has_no_joints() -> None:
    """So that a param may say how many links there are."""
    for count in (0, 1, 2):
        bench = Bench(
            {"link": {"count": count, "place": {"row": [[-1, 0], [1, 0]]}}},
            joints={"chain": {"type": "rope", "between": ["link", "link"]}},
            rules={"long": {"when": {"breaks": "chain"}, "do": {"break": "chain"}}},
        )
        assert len(bench.env.scenario.joined("chain")) == max(count - 1, 0)
        bench.run(3)


def test_a_rope_reaches_across_the_edge_of_a_world_that_wraps() -> None:
    things = {"a": FLOATS | {"at": [9.5, 0]}, "b": FLOATS | {"at": [-9.5, 0], "velocity": [2, 0]}}
    bench = Bench(things, joints={"rope": {"type": "rope", "between": ["a", "b"], "length": 1.5}}, walls="wrap", **ROOM)
    assert bench.joint("rope", Joint.POSITION)[0, 0] == pytest.approx(1)
    bench.run(300)
    assert bench.joint("rope", Joint.POSITION)[0, 0] < 1.51
    assert bench.velocity("a")[0, 0, 0] == pytest.approx(1, abs=0.05)
    assert bench.velocity("b")[0, 0, 0] == pytest.approx(1, abs=0.05)


def test_joints_are_made_where_things_are_placed() -> None:
    """At random places pins meet half-way, and hold without a jerk."""
    things = {"a": FLOATS | {"place": {"in": "world"}}, "b": FLOATS | {"place": {"in": "world"}}}
    bench = Bench(things, 20, joints={"pin": {"type": "pin", "between": ["a", "b"]}}, **ROOM)
    before = bench.xy("b") - bench.xy("a")
    bench.run(60)
    assert np.abs(bench.xy("b") - bench.xy("a") - before).max() < 1e-4
    assert len(np.unique(before.round(3))) > 20


def test_a_removed_end_lets_go() -> None:
    things = {"hook": FLOATS | {"at": [0, 4], "mass": 1000}, "load": {"radius": 0.2, "at": [0, 3]}}
    rules = {"gone": {"when": {"at": 0.5}, "do": {"remove": ["hook"]}}}
    bench = Bench(things, joints={"rope": {"type": "rope", "between": ["hook", "load"]}}, rules=rules, gravity=G, **ROOM)
    seen = history(bench, 60, lambda: bench.xy("load")[0, 0, 1])
    assert seen[29] == pytest.approx(3, abs=0.05)
    assert seen[-1] < 2.5


# --- what a rule places elsewhere -------------------------------------------------------------------------------------------------------------

DISC = {"radius": 0.2, "mass": 1}
BAR = {"shape": "box", "size": [1, 0.2]}
LOOSE = {"shape": "capsule", "length": 0.3, "radius": 0.05, "mass": 0.1, "collides_with": []}
TEN = LOOSE | {"count": 10, "at": [[0.4 * k, 0] for k in range(10)]}
LINKS = {"type": "pin", "between": ["l", "l"]}
OFF = {"anchor_a": [0, 0.2], "anchor_b": [0, 0.2]}
PAIR = {"a": DISC | {"at": [0, 0]}, "b": DISC | {"at": [1, 0]}}
PLACED: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "pin": (PAIR, {"j": {"type": "pin", "between": ["a", "b"]}}, {"place": {"b": [0.6, 1]}}),
    "weld": (PAIR, {"j": {"type": "weld", "between": ["b", "a"]}}, {"place": {"b": [-7, 9]}}),
    "both": (PAIR, {"j": {"type": "pin", "between": ["a", "b"]}}, {"place": {"a": [3, 1], "b": [-2, -2]}}),
    "little": (PAIR, {"j": {"type": "pin", "between": ["a", "b"]}}, {"place": {"b": [1, 0.15]}}),
    "world": ({"a": DISC | {"at": [0, 0]}}, {"j": {"type": "pin", "between": ["a", "world"], "at": [0.5, 0]}}, {"place": {"a": [3, 1]}}),
    "rope": (PAIR, {"j": {"type": "rope", "between": ["a", "b"]} | OFF}, {"place": {"b": [3, 4]}}),
    "rod": (PAIR, {"j": {"type": "rope", "between": ["a", "b"], "length": 1, "min_length": 1} | OFF}, {"place": {"b": [0.3, 0.2]}}),
    "slider": (PAIR, {"j": {"type": "slider", "between": ["a", "b"], "travel": [-0.3, 0.3]}}, {"place": {"b": [3, 2]}}),
    "spring": (PAIR, {"j": {"type": "spring", "between": ["a", "b"], "damping_ratio": 0.7, "max_length": 2}}, {"place": {"b": [3, 4]}}),
    "limits": ({"a": BAR | {"at": [0, 0]}, "b": BAR | {"at": [1, 0]}}, {"j": {"type": "pin", "between": ["a", "b"], "angle_deg": [-20, 20]}}, {"place": {"b": [1, 3]}}),
    "turned": ({"a": BAR | {"at": [0, 0]}, "b": BAR | {"at": [1, 0]}}, {"j": {"type": "weld", "between": ["a", "b"]}}, {"set": {"b.angle_deg": 130}}),
    "chain": ({"l": TEN}, {"j": LINKS}, {"place": {"l": [0, 3]}}),
    "head": ({"l": TEN, "a": DISC | {"at": [-0.5, 0]}}, {"j": LINKS, "k": {"type": "pin", "between": ["a", "l.0"]}}, {"place": {"a": [0, 3]}}),
    "tail": (
        {"l": TEN, "a": DISC | {"at": [4.1, 0]}},
        {"j": LINKS, "k": {"type": "pin", "between": ["a", "l.last"]}, "w": {"type": "pin", "between": ["world", "l.0"], "at": [-0.2, 0]}}, {"place": {"a": [0, 3]}},
    ),
    "middle": (
        {"l": TEN, "m": LOOSE | {"at": [4, 0]}, "n": TEN | {"at": [[4.4 + 0.4 * k, 0] for k in range(10)]}},
        {"j": LINKS, "k": LINKS | {"between": ["n", "n"]}, "a": LINKS | {"between": ["l.last", "m"]}, "b": LINKS | {"between": ["m", "n.0"]}}, {"place": {"m": [4, 3]}},
    ),
    "anchor": ({"l": TEN, "a": DISC | {"body": "static", "at": [-0.5, 0]}}, {"j": LINKS, "k": {"type": "pin", "between": ["a", "l.0"]}}, {"place": {"a": [0, 3]}}),
}  # fmt: skip
"""Things, joints, and what a rule does to them."""


@pytest.mark.parametrize("walls", ["solid", "wrap"])
@pytest.mark.parametrize("hz", [10, 60])
@pytest.mark.parametrize("name", PLACED)
def test_what_is_joined_comes_back_and_rests_when_a_rule_places_it(name: str, hz: int, walls: str) -> None:
    """Nothing moves before, and no friction or drag helps: all that moves in the end came from being put together."""
    things, joints, done = PLACED[name]
    bench = Bench(
        things, joints=joints, rules={"moved": {"when": {"at": 0.5}, "do": done}}, size=[40, 40], walls=walls, decisions_per_second=hz
    )
    bench.run(6 * hz)
    assert max(bench.speed(kind).max() for kind in things) < 0.15
    assert max(np.abs(np.degrees(bench.get(kind, Body.SPIN))).max() for kind in things) < 30
    for joint in joints:
        assert bench.joint(joint, Joint.FORCE).max() < 1
    if joints["j"]["type"] == "pin" and "b" in things:
        arms = [
            bench.xy(kind)[0, 0] + sign * 0.5 * np.array([math.cos(bench.angle(kind)[0, 0]), math.sin(bench.angle(kind)[0, 0])])
            for kind, sign in (("a", 1), ("b", -1))
        ]
        assert arms[0] == pytest.approx(arms[1], abs=0.01)


def test_what_is_drawn_together_does_not_get_through_a_wall() -> None:
    """One of two that are pinned is placed behind a wall: it stays there, and rests."""
    things = PAIR | {"wall": {"body": "static", "shape": "box", "size": [0.1, 9.9], "at": [2, 0]}}
    bench = Bench(
        things,
        joints={"j": {"type": "pin", "between": ["a", "b"]}},
        rules={"moved": {"when": {"at": 0.5}, "do": {"place": {"b": [4, 0]}}}},
        size=[10, 10],
    )
    bench.run(600)
    assert bench.xy("b")[0, 0, 0] > 2
    assert bench.xy("a")[0, 0, 0] < 2
    assert max(bench.speed("a").max(), bench.speed("b").max()) < 0.3


def test_a_loaded_chain_goes_on_holding_when_its_load_is_placed() -> None:
    things, joints = hung(10, 10)
    rules = {"moved": {"when": {"at": 3}, "do": {"place": {"load": [1, 1.5]}}}}
    bench = Bench(things, joints=joints, rules=rules, gravity=G, size=[20, 20], decisions_per_second=10, substeps=None)
    far = history(bench, 80, lambda: np.linalg.norm(bench.xy("load")[0, 0] - [0, 4]))
    assert far[40:].max() < 2.2 * 1.1  # a swing pulls three times as much
    assert far[-1] < 2.2 * (1 + STRETCH)


# --- long chains and heavy loads --------------------------------------------------------------------------------------------------------------


def hung(count: int, ratio: float) -> tuple[dict[str, Any], dict[str, Any]]:
    """A chain of links of 0.1 kg and 0.2 m from (0, 4) down, and a load of so many links' mass at its end; its joints."""
    link = {
        "count": count,
        "shape": "capsule",
        "length": 0.16,
        "radius": 0.02,
        "angle_deg": -90,
        "mass": 0.1,
        "at": [[0, 3.9 - 0.2 * k] for k in range(count)],
    }
    low = 4 - 0.2 * count
    joints = {
        "top": {"type": "pin", "between": ["world", "link.0"], "at": [0, 4]},
        "chain": {"type": "pin", "between": ["link", "link"]},
        "hook": {"type": "pin", "between": ["link.last", "load"], "at": [0, low]},
    }
    return {"link": link, "load": {"radius": 0.2, "mass": 0.1 * ratio, "at": [0, low - 0.2]}}, joints


@pytest.mark.parametrize("hz", [10, 30, 60])
@pytest.mark.parametrize(("count", "ratio"), [(1, 10), (10, 1), (10, 10), (20, 10), (10, 100)])
def test_chains_hold_what_they_carry_at_any_rate(count: int, ratio: float, hz: int) -> None:
    """With as many substeps as the game takes by itself: hanging still, and falling from the horizontal."""
    things, joints = hung(count, ratio)
    bench = Bench(things, joints=joints, gravity=G, size=[30, 30], decisions_per_second=hz, substeps=None)
    whole = 0.2 * count + 0.2
    assert -0.001 < history(bench, 6 * hz, lambda: 4 - bench.xy("load")[0, 0, 1])[-1] - whole < STRETCH * whole
    assert bench.speed("load").max() < 0.05
    bench.begin()
    bench.put("link", Body.X, 0.1 + 0.2 * np.arange(count))
    bench.put("link", Body.Y, 4)
    bench.turn("link", 0)
    bench.put("load", Body.X, whole)
    bench.put("load", Body.Y, 4)
    bench.turn("load", math.pi / 2)  # as its hook sits
    assert history(bench, 3 * hz, lambda: np.linalg.norm(bench.xy("load")[0, 0] - [0, 4])).max() < 1.13 * whole


def test_the_load_of_a_joint_says_how_long_a_substep_may_be() -> None:
    """A joint is stretched by load / (mass w^2), with w a quarter of an oscillation in each substep; a scene of one joint, at twice the time it may take."""
    things = {"load": {"radius": 0.5, "mass": 3, "at": [0, 0]}}
    joints = {"hook": {"type": "pin", "between": ["world", "load"], "at": [0, 0.5]}}
    longest, name = longest_substep(
        loads(text_of(things={k: {"body": "dynamic"} | v for k, v in things.items()}, joints=joints, gravity=G))
    )
    assert (name, longest) == ("hook", pytest.approx(math.sqrt(STRETCH * 0.5 / G) * math.pi / 2))
    bench = Bench(things, joints=joints, gravity=G, decisions_per_second=1 / (2 * longest), substeps=1)
    bench.run(100)
    assert bench.xy("load")[0, 0, 1] == pytest.approx(-4 * STRETCH * 0.5, rel=0.1)


@pytest.mark.parametrize(("joints", "teams", "pull", "mass"), [
    ({"j": {"type": "pin", "between": ["a", "b"]}}, {}, 0.0, 1),  # it falls
    ({"j": {"type": "pin", "between": ["a", "b"]}, "w": {"type": "pin", "between": ["world", "a"]}}, {}, 2 * G, 2 / 3),
    ({"j": {"type": "pin", "between": ["a", "b"]}, "w": {"type": "pin", "between": ["world", "a"]}, "v": {"type": "pin", "between": ["b", "world"]}}, {}, 3 * G, 2 / 3),
    ({"j": {"type": "pin", "between": ["a", "b"]}, "k": {"type": "pin", "between": ["b", "a"], "anchor_a": [0, 1]}, "w": {"type": "pin", "between": ["world", "a"]}},
     {}, 3 * G, 2 / 3),  # a loop bears all there is
    ({"j": {"type": "spring", "between": ["a", "b"]}}, {}, 0.0, 1),
    ({"j": {"type": "pin", "between": ["a", "t"]}}, {"t": {"mass": 4, "radius": 0.5, "at": [0, -1], "drive": {"type": "thrust", "accel": 5}}}, 20 / 5, 0.8),
])  # fmt: skip
def test_what_joints_carry(joints: dict[str, Any], teams: dict[str, Any], pull: float, mass: float) -> None:
    """a of 1 kg and b of 2 kg, both 0.5 m wide, so 1 m from joint to joint; t tows a in the last one."""
    things = {"a": {"body": "dynamic", "at": [0, 0], "mass": 1}, "b": {"body": "dynamic", "at": [0, 1], "mass": 2}}
    joints = {"j": joints["j"]} | joints
    longest, _ = longest_substep(loads(text_of(things, teams or None, joints=joints, gravity=G)))
    if pull == 0:
        assert longest == math.inf
        return
    want = {"j": math.sqrt(STRETCH * 1 * mass / pull)}
    if "w" in joints:
        want["w"] = math.sqrt(STRETCH * 0.5 * 1 / (3 * G))
    assert longest == pytest.approx(min(want.values()) * math.pi / 2)


def test_check_notes_joints_that_carry_too_much() -> None:
    for ratio, substeps, note in ((10, None, False), (10, 4, True), (100, None, False), (3000, None, True)):
        things, joints = hung(10, ratio)
        scenario = loads(text_of({name: {"body": "dynamic"} | kind for name, kind in things.items()}, joints=joints, gravity=G, decisions_per_second=10,
                                 substeps=substeps))  # fmt: skip
        ticks, each = tick_counts(scenario)
        name, words = strain(scenario, 0.1 / (ticks * each))
        assert bool(name) == note
        assert not note or ("leave out substeps" in words) == (substeps is not None)


# --- whatever comes ---------------------------------------------------------------------------------------------------------------------------


def wild(seed: int) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Things of 0.01 to 100 kg, thrown about, and joints of all sorts between them, many of which can't hold what they should."""
    r = np.random.default_rng(seed)
    things = {
        f"t{k}": {"shape": str(r.choice(["circle", "capsule"])), "radius": r.uniform(0.05, 0.4), "mass": 10 ** r.uniform(-2, 2), "count": 2,
                  "bounce": r.uniform(), "place": {"in": "world", "turn": True}, "velocity": r.uniform(-30, 30, 2).tolist(),
                  "spin_deg_per_s": r.uniform(-3000, 3000), "turns": bool(r.uniform() < 0.9)} for k in range(4)
    }  # fmt: skip
    joints: dict[str, Any] = {}
    for k in range(6):
        kind = str(r.choice(["pin", "weld", "slider", "rope", "spring"]))
        ends = [f"t{a}.{b}" for a, b in r.integers([0, 0], [4, 2], (2, 2))]
        if ends[0] == ends[1]:
            ends[1] = "world"
        joint: dict[str, Any] = {
            "type": kind,
            "between": ends,
            "collide": bool(r.uniform() < 0.5),
            "anchor_b": r.uniform(-1, 1, 2).tolist(),
        }
        if r.uniform() < 0.5:
            joint["anchor_a"] = r.uniform(-1, 1, 2).tolist()
        if kind == "rope":
            joint["length"] = r.uniform(0, 3)
        elif r.uniform() < 0.5:
            joint |= {"hertz": 10 ** r.uniform(-2, 3), "damping_ratio": float(r.choice([0, 0.1, 10]))}
        if kind == "pin":
            joint |= {
                "angle_deg": [-r.uniform(0, 400), r.uniform(0, 400)],
                "motor": {"speed_deg_per_s": r.uniform(-3000, 3000), "max_torque": 10 ** r.uniform(-2, 6)},
            }
        if kind == "slider":
            joint |= {
                "travel": [-r.uniform(0, 2), r.uniform(0, 2)],
                "motor": {"speed": r.uniform(-30, 30), "max_force": 10 ** r.uniform(-2, 6)},
            }
        joints[f"j{k}"] = joint
    hands = {"grabs": [*things, "a"], "reach": r.uniform(0.1, 2), "strength": 10 ** r.uniform(0, 6), "lock": True}
    return (
        things,
        joints,
        {
            "a": {
                "count": 2,
                "radius": 0.3,
                "place": {"in": "world"},
                "drive": {"type": "thrust", "accel": 100, "top_speed": 20},
                "hands": hands,
            }
        },
    )


@pytest.mark.parametrize("seed", range(24))
def test_nothing_blows_up(seed: int) -> None:
    things, joints, teams = wild(seed)
    bench = Bench(things, 16, teams=teams, joints=joints, size=[6, 6], gravity=10 * (seed % 2), walls=("solid", "wrap")[seed // 2 % 2],
                  decisions_per_second=(10, 30, 60)[seed % 3])  # fmt: skip
    rng = np.random.default_rng(seed)
    for _ in range(150):
        bench.env.step({"a": rng.uniform(-1, 1, (16, 2, 4)).astype(np.float32)})
    assert np.isfinite(bench.env._state.rows).all()
    for kind in (*things, "a"):
        assert np.abs(bench.xy(kind)).max() < 3.01
        assert bench.speed(kind).max() < 20_000


def test_a_rule_knows_whose_joint_broke() -> None:
    """Three hooks carry 1, 2 and 3 kg; only the last breaks. Its load is marked, thrown up, and its porter is paid."""
    things = {
        "load": {"count": 3, "radius": 0.2, "density": 1, "at": [[-4, 2], [0, 2], [4, 2]], "state": {"lost": False}, "collides_with": []}
    }
    teams = {"porter": {"count": 3, "at": [[-4, 4], [0, 4], [4, 4]], "body": "static", "radius": 0.2}}
    rules = {
        "snap": {
            "when": {"breaks": "hook", "if": "= load.x > 1 and porter.index == 2"},
            "do": {"set": {"load.lost": True}, "push": {"load": [0, 20]}},
        }
    }
    joint = {"type": "rope", "between": ["porter", "load"], "breaks_at": 25}
    bench = Bench(things, teams=teams, rules=rules, joints={"hook": joint}, gravity=10, **ROOM)
    bench.put("load", Body.INV_MASS, [[1, 1 / 2, 1 / 3]])
    bench.run(30)
    assert bench.joint("hook", Joint.BROKEN)[0].tolist() == [0, 0, 1]
    names = bench.env.game.names
    assert bench._view()[0, np.arange(3) + names.states["load", "lost"], 0].tolist() == [0, 0, 1]
    assert bench.xy("load")[0, 2, 1] > 2.3
