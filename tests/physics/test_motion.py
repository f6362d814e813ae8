"""Everything that moves in one scene: bit for bit, never more energy than there was; and the mistakes in it that are named."""

import json
from typing import Any

import numpy as np
import pytest
from scenes import IDLE, Bench, text_of

from sandlot.scenarios import ScenarioError, full, loads

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
        "agent": {
            "shape": "capsule",
            "length": 0.3,
            "angle_deg": 90,
            "radius": 0.15,
            "count": 3,
            "drive": {"type": "jump"},
            "place": {"in": "world", "gap": 0.05},
        },
    }
    return Bench(
        things, worlds, teams, size=[12, 8], gravity=4.0, drag=0.1, wind="= vec(1 if time % 2 < 1 else -1, 0)", decisions_per_second=10
    )


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


def test_a_game_with_machines_written_out_in_full_is_the_same_game() -> None:
    game = fair(1).env.scenario
    assert full(loads(json.dumps(full(game)))) == full(game)
