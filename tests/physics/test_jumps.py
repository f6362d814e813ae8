"""Jumpers jump as high as they say, walk, stand on slopes and ride; and whom a thing stops. Decisions are 60 a second with 4 substeps unless said otherwise."""

import json
import math
import re
from typing import Any

import numpy as np
import pytest
from scenes import Bench, own, text_of

from sandlot.envs.core.vector import VectorEnv
from sandlot.envs.kernels.world.layout.things import Body
from sandlot.scenarios import ScenarioError, loads

G = 9.81
SQUARE = {"shape": "box", "size": [0.5, 0.5]}


# --- jump-and-run -----------------------------------------------------------------------------------------------------------------------------


def jumper(
    things: dict[str, Any] | None = None, body: dict[str, Any] | None = None, world: dict[str, Any] | None = None, **drive: Any
) -> Bench:
    body = {"at": [0, -4.6]} | (body or {})
    shape = body if "shape" in body else body | {"shape": "box", "size": [0.4, 0.8]}
    return Bench(
        things or {}, teams={"agent": shape | {"drive": {"type": "jump"} | drive}}, **({"size": [20, 10], "gravity": G} | (world or {}))
    )


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
        bench = jumper(
            {"ramp": ramp},
            body={"shape": "circle", "radius": 0.3, "at": list(normal * 0.801), "friction": 2},
            world={"walls": "open", "size": [60, 60]},
        )
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
    bench = jumper(
        {"ramp": ramp},
        body={"shape": "circle", "radius": 0.3, "at": list(normal * 0.801), "friction": 1},
        top_speed=2,
        accel=20,
        world={"size": [60, 60], "walls": "open"},
    )
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
    air = Bench(
        {"raft": {"shape": "box", "size": [2, 0.5], "mass": 4, "at": [0, 0], "gravity_scale": 0}},
        teams={"agent": {"shape": "box", "size": [0.4, 0.8], "mass": 1, "at": [0, 0.66], "drive": {"type": "jump", "jump_height": 1}}},
        size=[20, 20],
        gravity=G,
    )
    air.run(3)
    while own(air, "agent", "grounded")[0, 0] == 0:
        air.run(1)
    before = air.velocity("agent")[0, 0, 1] + 4 * air.velocity("raft")[0, 0, 1]
    air.run(1, {"agent": [0, 1]})
    after = air.velocity("agent")[0, 0, 1] + 4 * air.velocity("raft")[0, 0, 1]
    assert after == pytest.approx(before - G / 60, abs=1e-3)  # only its weight was added
    assert air.velocity("raft")[0, 0, 1] < before / 4 - 0.5


def test_is_carried_by_what_moves() -> None:
    lift = {
        "shape": "box",
        "size": [3, 0.5],
        "at": [0, 0],
        "body": "kinematic",
        "friction": 1,
        "path": {"points": [[-6, -3], [6, -3]], "speed": 1.5},
    }
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
    speed = env._state.rows[0][Body.ROWS : 2 * Body.ROWS, :6]
    assert np.sign(np.round(speed[Body.VX], 3)).tolist() == [-1, 0, 1] * 2
    assert (speed[Body.VY] > 1).tolist() == [False] * 3 + [True] * 3
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
    balls = {
        name: {"radius": 0.2, "at": [-2, y], "state": {"key": key}, "velocity": [speed, 0]}
        for name, y, key in (("a", 1, True), ("b", -1, False))
    }
    gate = {
        "gate": {
            "at": [0, 0],
            "shape": "box",
            "size": [0.1, 9],
            "body": "static",
            "state": {"shut": True},
            "solid_if": "= shut and not other.key",
        }
    }
    crowd = {"grain": {"count": 400, "radius": 0.02, "state": {"key": False}, "place": {"in": {"rect": [-5, 4, 5, 4.9]}}}} if many else {}
    things = gate | balls | crowd if order == "gate first" else balls | crowd | gate
    rules = {"opens": {"when": {"at": 2}, "do": {"set": {"gate.shut": False}}}, "felt": {"when": {"touch": ["a", "gate"]}}}
    bench = Bench(things, rules=rules, size=[10, 10], walls="open", decisions_per_second=hz)
    bench.run(int(1.5 * hz))
    assert bench.xy("a")[0, 0, 0] > 0.5
    assert bench.xy("b")[0, 0, 0] < -0.2
    bench.run(hz)
    bench.put("b", Body.X, -1)
    bench.put("b", Body.VX, 2)
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


@pytest.mark.parametrize(
    ("solid_if", "collides", "message"),
    [
        ("= other.y > y", [], 'there is no "other" here: nothing runs into it'),
        ("= other.grip > y", None, '"ball" has no field "grip"'),
        ("= others > 1", None, 'unknown name "others"'),
    ],
)
def test_what_solid_if_can_not_ask_about_other(solid_if: str, collides: list[str] | None, message: str) -> None:
    things = {"gate": {"solid_if": solid_if, "collides_with": collides}, "ball": {"body": "dynamic", "at": [2, 2]}}
    things["gate"] = {key: value for key, value in things["gate"].items() if value is not None}
    with pytest.raises(ScenarioError, match=re.escape(message)) as found:
        loads(text_of(things))
    assert found.value.problems[0].path == "$.things.gate.solid_if"


def test_a_jumper_rides_a_belt_and_walks_against_it() -> None:
    belt = {"shape": "box", "size": [38, 1], "at": [0, -2], "body": "static", "friction": 1, "surface_speed": 1.5}
    bench = jumper({"belt": belt}, body={"at": [0, -1.1], "friction": 1}, top_speed=1.5, world={"size": [40, 10]})
    bench.run(60)
    assert bench.velocity("agent")[0, 0, 0] == pytest.approx(1.5, abs=0.02)
    bench.run(60, {"agent": [-1, 0]})
    assert bench.velocity("agent")[0, 0, 0] == pytest.approx(0, abs=0.02)
