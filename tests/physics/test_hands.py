"""Hands grab what is nearest, carry it, slip when it is too much for them, and lock it for their team."""

import json
from typing import Any

import numpy as np
import pytest
from scenes import Bench

from sandlot.envs import VectorEnv
from sandlot.envs.kernels.world.layout.things import Body, Hand
from sandlot.scenarios import loads

ROOM: dict[str, Any] = {"size": [20, 20], "decisions_per_second": 20}
BOX: dict[str, Any] = {"shape": "box", "size": [0.6, 0.6], "mass": 1, "drag": 2, "spin_drag": 2}
PORTER: dict[str, Any] = {"radius": 0.3, "at": [0, 0], "drive": {"type": "thrust", "accel": 10, "top_speed": 3}, "drag": 1,
                          "hands": {"grabs": ["box"], "reach": 0.4, "lock": True}}  # fmt: skip
IDLE, GRAB, LOCK, UNLOCK = [0, 0, -1, 0], [0, 0, 1, 0], [0, 0, -1, 1], [0, 0, -1, -1]


def hand(bench: Bench, row: int, team: str = "porter") -> np.ndarray:
    """A row of each agent's hands, [worlds, agents]."""
    first = [bench.env.game.names.hands[body] for body in bench.bodies(team)]
    return bench._view()[:, [k + row for k in first], :].transpose(0, 2, 1).reshape(-1, len(first))[: bench.env.num_envs]


def mark(bench: Bench, kind: str, name: str) -> np.ndarray:
    """A mark of each of a kind, [worlds, count]."""
    names = bench.env.game.names
    rows = np.arange(names.count[kind]) + names.marks[kind, name]
    return bench._view()[:, rows, :].transpose(0, 2, 1).reshape(-1, len(rows))[: bench.env.num_envs]


def scene(
    boxes: list[list[float]], teams: dict[str, Any] | None = None, worlds: int = 1, rules: dict[str, Any] | None = None, **changes: Any
) -> Bench:
    return Bench({"box": BOX | {"at": boxes} | changes}, worlds, teams=teams or {"porter": PORTER}, rules=rules, **ROOM)


# --- grabbing ---------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("grabs", [["box", "plank"], ["plank", "box"]])
def test_the_nearest_by_outline_is_grabbed(grabs: list[str]) -> None:
    """The first box is nearer by its centre, the second by its outline."""
    things = {
        "box": BOX | {"shape": "box", "size": [0.2, 0.2], "at": [[0.78, 0], [0, -3]]},
        "plank": BOX | {"size": [0.2, 3], "at": [-0.65, 1]},
    }
    bench = Bench(things, teams={"porter": PORTER | {"hands": {"grabs": grabs, "reach": 0.6}}}, **ROOM)
    bench.run(1, {"porter": [0, 0, 1]})
    assert hand(bench, Hand.HELD)[0, 0] == bench.bodies("plank")[0]
    assert mark(bench, "plank", "held")[0, 0] == 1
    assert mark(bench, "plank", "held_by_porter")[0, 0] == 1
    assert mark(bench, "box", "held")[0].tolist() == [0, 0]
    assert mark(bench, "porter", "holding")[0, 0] == 1


@pytest.mark.parametrize(("gap", "grabs"), [(0.39, True), (0.41, False)])
def test_reach_is_measured_between_outlines(gap: float, grabs: bool) -> None:
    bench = scene([[0.6 + gap, 0]])
    bench.run(1, {"porter": GRAB})
    assert mark(bench, "porter", "holding")[0, 0] == grabs


def test_grabbed_things_are_carried_and_let_go() -> None:
    bench = scene([[0.8, 0]])
    bench.run(40, {"porter": [0.5, 1, 1, 0]})
    way = bench.xy("porter")[0, 0]
    assert way[1] > 1.5
    turn = bench.angle("porter")[0, 0]
    arm = np.array([0.8 * np.cos(turn), 0.8 * np.sin(turn)])
    assert bench.xy("box")[0, 0] - way == pytest.approx(arm, abs=0.03)  # as it was grabbed, in the frame of the agent
    assert bench.angle("box")[0, 0] == pytest.approx(turn, abs=0.02)
    bench.run(1, {"porter": IDLE})
    assert mark(bench, "porter", "holding")[0, 0] == 0
    assert mark(bench, "box", "held")[0, 0] == 0
    left = bench.xy("box")[0, 0]
    bench.run(40, {"porter": [1, 0, -1, 0]})
    assert np.linalg.norm(bench.xy("porter")[0, 0] - bench.xy("box")[0, 0]) > 2
    assert np.linalg.norm(bench.xy("box")[0, 0] - left) < 1.5


def test_a_loose_grip_lets_things_swing() -> None:
    """Under gravity a box held at its side by one who stands fast hangs down from a loose hand, and stays level in a firm one."""
    turned = {}
    for grip in ("firm", "loose"):
        holder = {"radius": 0.3, "at": [0, 0], "body": "static", "hands": {"grabs": ["box"], "reach": 0.4, "strength": 500, "grip": grip}}
        bench = Bench({"box": BOX | {"at": [0.8, 0]}}, teams={"porter": holder}, gravity=10, **ROOM)
        bench.run(100, {"porter": [1]})
        turned[grip] = abs(np.degrees(bench.angle("box")[0, 0]))
        assert np.linalg.norm(bench.xy("box")[0, 0]) < 1.0
    assert turned["firm"] < 5
    assert turned["loose"] > 45


@pytest.mark.parametrize(("strength", "holds"), [(9.0, False), (11.0, True)])
def test_a_grip_holds_up_to_its_strength(strength: float, holds: bool) -> None:
    """A box of 1 kg under 10 m/s^2 hangs from a loose hand above it."""
    holder = {
        "radius": 0.3,
        "at": [0, 3],
        "body": "static",
        "hands": {"grabs": ["box"], "reach": 0.4, "strength": strength, "grip": "loose"},
    }
    rules = {"got": {"when": {"grabs": ["porter", "box"]}}, "lost": {"when": {"releases": ["porter", "box"]}}}
    bench = Bench({"box": BOX | {"at": [0, 2.3], "drag": 0}}, teams={"porter": holder}, rules=rules, gravity=10, **ROOM)
    events = {"got": 0.0, "lost": 0.0}
    for _ in range(60):
        info = bench.env.step({"porter": np.ones((1, 1, 1), np.float32)})[4]
        for name in events:
            events[name] += info[f"event/{name}"][0]
    assert (bench.xy("box")[0, 0, 1] > 2) == holds
    assert mark(bench, "porter", "holding")[0, 0] == holds
    assert events == {"got": 1.0, "lost": 0.0 if holds else 1.0}


def test_momentum_is_kept_between_hand_and_thing() -> None:
    bench = scene([[0.8, 0.1]], {"porter": PORTER | {"drag": 0, "velocity": [1, 2]}}, drag=0, spin_drag=0, velocity=[-0.5, 0])
    bench.run(20, {"porter": GRAB})
    assert bench.velocity("porter")[0, 0] + bench.velocity("box")[0, 0] == pytest.approx([0.5, 2], abs=1e-3)
    assert np.linalg.norm(bench.xy("porter") - bench.xy("box")) < 1.0


def test_two_can_carry_what_is_too_heavy_for_one() -> None:
    way = {}
    for count in (1, 2):
        team = PORTER | {"count": count, "at": [[0, 0.7], [0, -0.7]][:count], "drive": {"type": "walk", "accel": 8, "top_speed": 1}}
        bench = Bench({"box": BOX | {"mass": 8, "at": [0, 0], "size": [0.6, 0.6]}}, teams={"porter": team}, **ROOM)
        bench.run(20, {"porter": [1, 0, 1, 0]})
        assert mark(bench, "porter", "holding")[0].tolist() == [1] * count
        way[count] = bench.xy("box")[0, 0, 0]
    assert way[2] > 1.4 * way[1] > 0


def test_agents_can_be_grabbed() -> None:
    teams = {"porter": PORTER | {"hands": {"grabs": ["guest"], "reach": 0.3}}, "guest": {"radius": 0.3, "at": [0.8, 0], "drag": 1}}
    bench = Bench({}, teams=teams, **ROOM)
    bench.run(40, {"porter": [0, 1, 1]})
    assert bench.xy("guest")[0, 0, 1] > 1
    assert mark(bench, "guest", "held_by_porter")[0, 0] == 1


# --- locking ----------------------------------------------------------------------------------------------------------------------------------

RIVALS = {"porter": PORTER, "thief": PORTER | {"at": [1.8, 0]}}


FENCE: dict[str, Any] = {"body": "static", "shape": "box", "size": [0.1, 2], "at": [0.5, 0]}


@pytest.mark.parametrize(("wall", "box_at", "reaches"), [
    (FENCE, [0.9, 0], False), (FENCE | {"body": "kinematic"}, [0.9, 0], False), (FENCE | {"at": [0.5, 1.4]}, [0.9, 0], True),
    (FENCE | {"at": [0.5, 0.95]}, [0.9, 0], False), (FENCE | {"at": [1.3, 0]}, [0.9, 0], True), (FENCE | {"at": [-0.35, 0]}, [0.7, 0], True),
    (FENCE | {"body": "sensor"}, [0.9, 0], True), (FENCE | {"solid_if": "= 1 > 2"}, [0.9, 0], True), (FENCE | {"collides_with": ["box"]}, [0.9, 0], True),
    ({"body": "static", "shape": "capsule", "length": 2, "radius": 0.03, "angle_deg": 90, "at": [0.5, 0]}, [0.9, 0], False),
    ({"body": "static", "radius": 0.05, "at": [0.5, 0]}, [0.9, 0], False),
    (FENCE | {"size": [0.01, 2], "at": [0.55, 0]}, [0.86, 0], False),
])  # fmt: skip
@pytest.mark.parametrize("through", [False, True])
def test_hands_do_not_reach_through_walls(wall: dict[str, Any], box_at: list[float], reaches: bool, through: bool) -> None:
    """A wall is what is solid, can't be moved, and stops the agent; neither grabbing nor locking gets past it, unless hands may."""
    porter = PORTER | {"hands": PORTER["hands"] | {"through_walls": through, "reach": 0.5}}
    for act, row in ((GRAB, "held"), (LOCK, "locked")):
        bench = Bench({"box": BOX | {"at": box_at}, "wall": wall}, teams={"porter": porter}, **ROOM)
        bench.run(1, {"porter": act})
        assert mark(bench, "box", row)[0, 0] == (reaches or through)


def test_hands_take_the_next_where_the_nearest_is_behind_a_wall() -> None:
    bench = Bench(
        {"box": BOX | {"at": [[0.9, 0], [-0.95, 0]]}, "wall": FENCE},
        teams={"porter": PORTER | {"hands": {"grabs": ["box"], "reach": 0.5}}},
        **ROOM,
    )
    bench.run(1, {"porter": [0, 0, 1]})
    assert mark(bench, "box", "held")[0].tolist() == [0, 1]


def test_hands_reach_past_others_but_not_out_of_the_room() -> None:
    """What can be moved is no wall; the room's walls are, for what may leave them."""
    boxes = {"box": BOX | {"at": [1.25, 0]}, "toy": BOX | {"size": [0.1, 0.6], "at": [0.6, 0]}}
    bench = Bench(boxes, teams={"porter": PORTER | {"hands": {"grabs": ["box"], "reach": 0.8}}}, **ROOM)
    bench.run(1, {"porter": [0, 0, 1]})
    assert mark(bench, "box", "held")[0, 0] == 1
    bench = Bench(
        {"box": BOX | {"at": [9, 5], "collides_with": []}},
        teams={"porter": PORTER | {"at": [9.6, 0], "hands": {"grabs": ["box"], "reach": 0.4}}},
        **ROOM,
    )
    bench.put("box", Body.X, 10.5)
    bench.put("box", Body.Y, 0)
    bench.run(1, {"porter": [0, 0, 1]})
    assert mark(bench, "box", "held")[0, 0] == 0


@pytest.mark.parametrize("through", [False, True])
def test_a_wall_that_comes_between_ends_a_grip(through: bool) -> None:
    """A gate that shuts between the two; and one that is locked, which nothing moves either."""
    gate = {"body": "static", "shape": "box", "size": [0.05, 2], "at": [0.45, 0], "state": {"shut": False}, "solid_if": "= shut"}
    porter = PORTER | {"hands": {"grabs": ["box"], "reach": 0.4, "through_walls": through}}
    rules = {"shuts": {"when": {"at": 0.5}, "do": {"set": {"gate.shut": True}}}}
    bench = Bench({"box": BOX | {"at": [0.9, 0]}, "gate": gate}, teams={"porter": porter}, rules=rules, **ROOM)
    bench.run(9, {"porter": [0, 0, 1]})
    assert mark(bench, "box", "held")[0, 0] == 1
    bench.run(3, {"porter": [0, 0, 1]})
    assert mark(bench, "box", "held")[0, 0] == through


def test_what_is_locked_is_a_wall() -> None:
    """A plank between the porter and a toy is locked: now the toy is behind a wall."""
    things = {"plank": BOX | {"size": [0.1, 2], "at": [0.45, 0]}, "toy": BOX | {"at": [0.9, 0]}}
    bench = Bench(things, teams={"porter": PORTER | {"hands": {"grabs": ["toy", "plank"], "reach": 0.5, "lock": True}}}, **ROOM)
    bench.run(1, {"porter": LOCK})
    assert mark(bench, "plank", "locked")[0, 0] == 1
    bench.run(1, {"porter": [0, 0, 1, 0]})
    assert mark(bench, "toy", "held")[0, 0] == 0


def both(porter: list[float], thief: list[float]) -> dict[str, Any]:
    return {"porter": porter, "thief": thief}


def test_locked_things_stay_and_others_cannot_grab_them() -> None:
    bench = scene([[0.9, 0]], RIVALS)
    bench.run(1, both(LOCK, IDLE))
    assert [mark(bench, "box", name)[0, 0] for name in ("locked", "locked_by_porter", "locked_by_thief")] == [1, 1, 0]
    before = bench.xy("box")[0, 0].copy()
    bench.run(60, both(IDLE, [-1, 0, 1, 0]))  # pushes against it, and tries to grab
    assert mark(bench, "thief", "holding")[0, 0] == 0
    assert bench.xy("box")[0, 0] == pytest.approx(before, abs=1e-6)
    bench.run(5, both(IDLE, UNLOCK))
    assert mark(bench, "box", "locked")[0, 0] == 1
    bench.run(1, both(UNLOCK, IDLE))
    assert mark(bench, "box", "locked")[0, 0] == 0
    assert bench.get("box", Body.INV_MASS)[0, 0] == pytest.approx(1)
    bench.run(20, both(IDLE, [1, 0, 1, 0]))
    assert bench.xy("box")[0, 0, 0] > before[0] + 0.1  # the thief walks off with it


def test_what_others_hold_cannot_be_locked() -> None:
    bench = scene([[0.9, 0]], RIVALS)
    bench.run(2, both(IDLE, GRAB))
    bench.run(3, both(LOCK, GRAB))
    assert mark(bench, "box", "locked")[0, 0] == 0
    assert mark(bench, "box", "held_by_thief")[0, 0] == 1


def test_locking_ends_the_own_grip_and_stops_what_moves() -> None:
    bench = scene([[0.8, 0]])
    bench.run(30, {"porter": [0, 1, 1, 0]})
    assert bench.speed("box").max() > 0.5
    bench.run(1, {"porter": [0, 0, 1, 1]})
    before = bench.xy("box")[0, 0].copy()
    bench.run(10, {"porter": IDLE})
    assert bench.xy("box")[0, 0] == pytest.approx(before, abs=1e-6)
    assert mark(bench, "porter", "holding")[0, 0] == 0


def test_locked_things_defy_gravity_and_a_new_episode_frees_them() -> None:
    bench = Bench({"box": BOX | {"at": [0.8, 0]}}, teams={"porter": PORTER | {"body": "kinematic", "drive": None}}, gravity=10, **ROOM)
    bench.run(40, {"porter": [-1, 1]})
    assert bench.xy("box")[0, 0] == pytest.approx([0.8, 0], abs=0.02)
    bench.begin()
    assert mark(bench, "box", "locked")[0, 0] == 0
    bench.run(20, {"porter": [-1, 0]})
    assert bench.xy("box")[0, 0, 1] < -2


# --- seen, said in formulas, chosen -----------------------------------------------------------------------------------------------------------


def game(**changes: Any) -> Any:
    fields = ["offset", "held", "held_by", "locked", "locked_by", "mine"]
    porter = PORTER | {
        "count": 2,
        "at": [[0, 0], [0, 2]],
        "sees": ["self", {"of": "porter", "fields": ["holding"]}, {"of": "box", "fields": fields}],
    }
    return loads(json.dumps({
        "format": "sandlot/1", "name": "hands", "world": ROOM, "things": {"box": BOX | {"body": "dynamic", "at": [[0.8, 0], [5, 5]]}},
        "teams": {"porter": porter, "thief": PORTER | {"at": [1.6, 0], "sees": [{"of": "box", "fields": fields}]}},
        "rewards": {"porter": {"mine": "= 1 if self.holding else 0", "kept": "= count(box, box.locked_by_porter)", "any": "= count(box, box.held)"}},
        "rules": {"took": {"when": {"grabs": ["porter", "box"]}}},
        "baseline": {"porter": {"grab": "= 1 if dist(self, nearest(box)) < 1 else -1", "lock": "= -1"}},
    } | changes))  # fmt: skip


def test_every_field_is_seen() -> None:
    env = VectorEnv(game(), 1)
    env.reset(seed=0)
    names = [name for name, _ in env.observation_names("porter")]
    hold = {"porter": np.array([[[0, 0, 1, 0], [0, 0, -1, 0]]], np.float32), "thief": np.array([[[0, 0, 1, 0]]], np.float32)}
    obs, reward, *_, info = env.step(hold)
    assert info["event/took"][0] == 1  # of the box that it took, not of the other one
    seen = [dict(zip(names, row, strict=True)) for row in obs["porter"][0]]
    assert [one["self.holding"] for one in seen] == [1, 0]
    assert [one["porter[0].holding"] for one in seen] == [0, 1]
    for one in seen:
        assert [one[f"box[0].{field}"] for field in ("held", "held_by porter", "held_by thief", "locked")] == [1, 1, 1, 0]
        assert not any(one[name] for name in names if name.startswith("box[1]") and "offset" not in name)
    assert [one["box[0].mine"] for one in seen] == [1, 0]
    assert reward["porter"].tolist() == [[2.0, 1.0]]
    hold["porter"][0, 0], hold["thief"][0, 0] = LOCK, IDLE
    env.step(hold)
    obs, reward, *_ = env.step(hold)
    seen = [dict(zip(names, row, strict=True)) for row in obs["porter"][0]]
    assert [seen[0][f"box[0].{field}"] for field in ("held", "locked", "locked_by porter", "locked_by thief", "mine")] == [0, 1, 1, 0, 0]
    assert reward["porter"].tolist() == [[1.0, 1.0]]
    assert env.observation_names("thief")[-1][0] == "box[1].mine"


def test_scripted_hands() -> None:
    env = VectorEnv(game(), 1)
    env.reset(seed=0)
    assert env.scripted_actions()["porter"][0].tolist() == [[0, 0, 1, -1], [0, 0, -1, -1]]
    for _ in range(3):
        env.step(env.scripted_actions())
    assert (
        dict(zip([name for name, _ in env.observation_names("porter")], env.step(env.scripted_actions())[0]["porter"][0, 0], strict=True))[
            "self.holding"
        ]
        == 1
    )


def test_discrete_hands() -> None:
    """Numbers of an action: drive, grab (let go, grab), lock (nothing, lock, unlock)."""
    env = VectorEnv(game(), 1, actions="discrete")
    assert env.action_space("porter").nvec.tolist() == [9, 2, 3]
    env.reset(seed=0)
    still = {"porter": np.array([[[0, 1, 0], [0, 0, 0]]]), "thief": np.array([[[0, 0, 0]]])}
    names = [name for name, _ in env.observation_names("porter")]
    row = env.step(still)[0]["porter"][0, 0]
    assert row[names.index("self.holding")] == 1
    still["porter"][0, 0] = [0, 0, 1]
    env.step(still)
    assert env.step(still)[0]["porter"][0, 0][names.index("box[0].locked")] == 1
    still["porter"][0, 0] = [0, 0, 2]
    assert env.step(still)[0]["porter"][0, 0][names.index("box[0].locked")] == 0
    assert env.scripted_actions()["porter"][0].tolist() == [[0, 1, 2], [0, 0, 2]]


def test_hands_in_a_batch_are_those_of_one_world_and_snapshots_keep_grips() -> None:
    """Random play of episodes that end at different times: the same bits alone, in a batch and after a snapshot was put back."""
    spread = {
        "porter": PORTER | {"count": 3, "place": {"in": "world"}, "at": None, "hands": PORTER["hands"] | {"reach": 3, "strength": 20}}
    }
    joints = {
        "tail": {"type": "rope", "between": ["box.0", "box.1"], "length": 4, "breaks_at": 30},
        "glue": {"type": "weld", "between": ["box.2", "box.3"]},
    }
    scenario = loads(json.dumps({"format": "sandlot/1", "name": "many", "world": ROOM, "teams": spread, "joints": joints, "end": {"time": 2, "over": "over"},
                                 "rules": {"over": {"when": {"every": 0.1}, "chance": 0.05}, "turned": {"when": {"every": 0.15}, "do": {"add": {"box.angle_deg": 20}}}},
                                 "things": {"box": BOX | {"body": "dynamic", "count": 8, "place": {"in": {"circle": [0, 0, 1.9]}}}}}))  # fmt: skip

    def play(worlds: int, lane: int, seed: int, threads: int = 1) -> list[str]:
        env = VectorEnv(scenario, worlds, threads=threads)
        env.reset(seed=seed)
        rng, hashes = np.random.default_rng(seed + lane), []
        for step in range(60):
            actions = np.zeros((worlds, 3, 5 - 1), np.float32)
            actions[lane] = rng.uniform(-1, 1, (3, 4))
            if step == 25:
                env.set_state(env.get_state())
            env.step({"porter": actions})
            hashes.append(env.state_hash(lane))
        return hashes

    alone = play(1, 0, 37)
    assert play(40, 17, 20) == alone
    assert play(40, 17, 20, threads=2) == alone
    assert len(set(alone)) == len(alone)
