"""Worlds that wrap, against open ones in which every thing stands again a world's width on, and so on: what is seen, felt and pushed is the same."""

import itertools
import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import IDLE

from sandlot.envs.core.vector import VectorEnv
from sandlot.envs.jit.ir import LANES
from sandlot.envs.kernels.world.layout.things import Body
from sandlot.scenarios import loads

WIDE, HIGH = 10.0, 8.0
FEW = settings(max_examples=40, deadline=None, derandomize=True)
SHAPES: list[dict[str, Any]] = [
    {"shape": "box", "size": [1, 7.8]},
    {"shape": "box", "size": [9.6, 0.3]},
    {"shape": "capsule", "length": 9, "radius": 0.2},
    {"radius": 1.2},
    {"shape": "polygon", "vertices": [[0, 3], [-2, -1], [2.5, -1.5]], "radius": 0.1},
]
"""Some so long that their end is nearer the other way round than their centre."""
IMAGES = [(i * WIDE, j * HIGH) for i, j in itertools.product(range(-2, 3), repeat=2)]


def game(things: dict[str, Any], teams: dict[str, Any], walls: str, rules: dict[str, Any] | None = None, **world: Any) -> VectorEnv:
    """One world that wraps; or an open one with 25 copies of each thing, fixed at one place."""
    size = [WIDE, HIGH]
    if walls == "open":
        size = [5 * WIDE, 5 * HIGH]
        things = {
            name: kind | {"at": [[kind["at"][0] + x, kind["at"][1] + y] for x, y in IMAGES], "count": 25} for name, kind in things.items()
        }
    text = {"format": "sandlot/1", "name": "wrap", "world": {"size": size, "walls": walls, "observations": "raw"} | world, "things": things,
            "teams": teams, "rules": rules or {}}  # fmt: skip
    env = VectorEnv(loads(json.dumps(text)), 1)
    env.reset(seed=0)
    return env


def look(env: VectorEnv, team: str = "eye") -> np.ndarray:
    """What an agent sees now."""
    return env.reset(seed=0)[0][team][0, 0]


def wall(r: np.random.Generator) -> dict[str, Any]:
    return SHAPES[r.integers(len(SHAPES))] | {
        "at": (r.uniform(-0.5, 0.5, 2) * [WIDE, HIGH]).round(3).tolist(),
        "angle_deg": float(r.integers(-180, 180)),
        "collides_with": [],
    }


@FEW
@given(seed=st.integers(0, 10**6), many=st.booleans(), reach=st.sampled_from([3.0, 9.0, 17.0]))
def test_rays_see_all_images(seed: int, many: bool, reach: float) -> None:
    """Some of them longer than the world is wide; by the grid where bodies are many."""
    r = np.random.default_rng(seed)
    things = {f"w{k}": wall(r) for k in range(2)}
    if many:
        things |= {f"c{k}": {"radius": 0.05, "at": (r.uniform(-0.5, 0.5, 2) * [WIDE, HIGH]).round(3).tolist()} for k in range(45)}
    at, angle = (r.uniform(-0.5, 0.5, 2) * [WIDE, HIGH]).round(3).tolist(), float(r.integers(-180, 180))
    sees = [{"rays": 7, "range": reach, "fov_deg": 300, "of": ["w0", "w1"]}]
    eye = {"at": at, "angle_deg": angle, "radius": 0.05, "drive": {"type": "tank"}, "collides_with": [], "sees": sees}
    wrapped, plain = (look(game(things, {"eye": eye}, walls)).reshape(7, 3) for walls in ("wrap", "open"))
    same = np.abs(wrapped - plain).max(1) < 2e-3
    assert same.sum() >= 6  # one may just graze a corner in one of them


@FEW
@given(seed=st.integers(0, 10**6), many=st.booleans())
def test_lines_of_sight_meet_all_images(seed: int, many: bool) -> None:
    """What is seen is the nearest image of a thing; whatever stands in between hides it."""
    r = np.random.default_rng(seed)
    things = {"w": wall(r)}
    if many:
        things |= {f"c{k}": {"radius": 0.02, "at": (r.uniform(-0.5, 0.5, 2) * [WIDE, HIGH]).round(3).tolist()} for k in range(45)}
    at = (r.uniform(-0.5, 0.5, 2) * [WIDE, HIGH]).round(3)
    away = (r.uniform(-0.45, 0.45, 2) * [WIDE, HIGH]).round(3)
    ball = {"radius": 0.01, "body": "sensor"}
    eye = {
        "radius": 0.01,
        "at": at.tolist(),
        "body": "sensor",
        "sees": [{"of": "ball", "occluded": True, "nearest": 1, "fields": ["offset"]}],
    }
    there = at + away
    home = [math.remainder(there[0], WIDE), math.remainder(there[1], HIGH)]
    wrapped = look(game(things | {"ball": ball | {"at": home}}, {"eye": eye}, "wrap"))
    plain = game(things, {"eye": eye, "ball": ball | {"at": there.tolist()}}, "open")
    assert wrapped[0] == look(plain)[0]
    assert wrapped[0] == 0 or wrapped[1:] == pytest.approx(away, abs=1e-4)


@FEW
@given(seed=st.integers(0, 10**6))
def test_touch_and_inside_know_all_images(seed: int) -> None:
    r = np.random.default_rng(seed)
    things = {"w": wall(r)}
    counts, angle = [], math.radians(things["w"]["angle_deg"])
    along = np.outer(r.uniform(-5.5, 5.5, 12), [math.cos(angle), math.sin(angle)]) + r.uniform(-0.3, 0.3, (12, 2)) + things["w"]["at"]
    places = [[round(math.remainder(x, WIDE), 3), round(math.remainder(up, HIGH), 3)] for x, up in along]
    for walls in ("wrap", "open"):
        eye = {"radius": 0.3, "count": 12, "at": places, "collides_with": [], "sees": [{"touch": ["w"]}]}
        rules = {"within": {"when": {"inside": ["eye", "w"]}}, "felt": {"when": {"touch": ["eye", "w"]}}}
        env = game(things, {"eye": eye}, walls, rules)
        obs, _, _, _, info = env.step({"eye": np.zeros((1, 12, *(env.action_space("eye").shape or ())), np.float32)})
        counts.append((obs["eye"][0].sum(), info["event/within"][0], info["event/felt"][0]))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("shape", range(len(SHAPES)))
@pytest.mark.parametrize(
    "ball", [{"radius": 0.3}, {"shape": "box", "size": [0.5, 0.5]}, {"shape": "capsule", "length": 0.4, "radius": 0.15}]
)
@pytest.mark.parametrize(("hz", "speed"), [(60, 3.0), (10, 30.0)])
def test_contacts_are_those_of_all_images(shape: int, ball: dict[str, Any], hz: int, speed: float) -> None:
    """A ball thrown about among the images of one long wall never gets into it, and bounces where it does in the open world of copies."""
    r = np.random.default_rng(shape)
    wall = SHAPES[shape] | {"at": [0, 0], "angle_deg": float(r.integers(180)), "bounce": 1, "friction": 0}
    ball = ball | {"at": [4.6, 3.7], "body": "dynamic", "velocity": (speed * np.array([0.8, 0.6])).tolist(), "friction": 0}
    paths = []
    for walls in ("wrap", "open"):
        teams = {
            "idle": IDLE,
            "eye": {"radius": 0.01, "body": "sensor", "at": [0, 0], "sees": [{"of": "ball", "fields": ["offset", "velocity"]}]},
        }
        if walls == "open":
            env = game({"wall": wall}, teams | {"ball": ball | {"drive": {"type": "thrust"}}}, walls, decisions_per_second=hz)
        else:
            env = game({"wall": wall, "ball": ball}, teams, walls, decisions_per_second=hz)
        zeros = {team: np.zeros((1, len(env.agents(team)), *(env.action_space(team).shape or ())), np.float32) for team in env.teams}
        paths.append(np.array([env.step(zeros)[0]["eye"][0, 0] for _ in range(int(1.2 * hz))]))
    wrapped, plain = paths
    off = np.abs(
        [[math.remainder(a, size) for a, size in zip(row, (WIDE, HIGH), strict=True)] for row in wrapped[:, :2] - plain[:, :2]]
    ).max(1)
    assert off[: len(off) // 2].max() < 0.02
    assert hz < 60 or off.max() < 0.3  # rounding grows with each bounce, faster in longer steps


@pytest.mark.parametrize("walls", ["open", "wrap"])
@pytest.mark.parametrize(("hz", "speed"), [(1, 7), (1, 20), (10, 100), (10, 500), (60, 300)])
@pytest.mark.parametrize("aim", [(1, 0), (-1, 0), (0, 1), (0.6, -0.8)])
def test_what_flies_at_each_other_meets(walls: str, hz: int, speed: float, aim: tuple[float, float]) -> None:
    """Also where the two near each other by more than the world's width in a substep; discs and boxes, one of them fixed or none."""
    kinds = [{"radius": 0.1}, {"shape": "box", "size": [0.2, 0.2]}]
    for (a, b), fixed in itertools.product(itertools.product(kinds, repeat=2), (False, True)):
        thrown = {"at": [-3 * aim[0], -3 * aim[1]], "body": "dynamic", "velocity": [speed * aim[0], speed * aim[1]]}
        met = {"at": [3 * aim[0], 3 * aim[1]]} | ({} if fixed else {"body": "dynamic", "velocity": [-speed * aim[0], -speed * aim[1]]})
        things = {"a": a | thrown, "b": b | met}
        text = {"format": "sandlot/1", "name": "wrap", "world": {"size": [10, 10], "walls": walls, "decisions_per_second": hz}, "things": things,
                "teams": {"idle": IDLE}, "rules": {"hit": {"when": {"touch": ["a", "b"]}}}}  # fmt: skip
        env = VectorEnv(loads(json.dumps(text)), 1)
        env.reset(seed=0)
        hits = sum(env.step({"idle": np.zeros((1, 1), np.float32)})[4]["event/hit"][0] for _ in range(max(2, 8 * hz // int(speed) + 2)))
        assert hits > 0, (things, fixed)


def test_hands_reach_the_end_of_a_long_thing_across_the_edge() -> None:
    """A bar of 8 m in a world of 10 m, its centre nearer the other way round: it is held where it was grabbed."""
    bar = {"shape": "box", "size": [0.4, 8], "at": [0, -1], "body": "dynamic", "mass": 1}
    team = {
        "radius": 0.3,
        "at": [0, 4.4],
        "drive": {"type": "walk"},
        "hands": {"grabs": ["bar"], "reach": 0.5},
        "sees": [{"self": ["holding"]}],
    }
    text = {
        "format": "sandlot/1",
        "name": "wrap",
        "world": {"size": [10, 10], "walls": "wrap", "observations": "raw"},
        "things": {"bar": bar},
        "teams": {"a": team},
    }
    env = VectorEnv(loads(json.dumps(text)), 1)
    env.reset(seed=0)
    for _ in range(30):
        obs, *_ = env.step({"a": np.array([[[0, 0.2, 1]]], np.float32)})
    assert obs["a"][0, 0, 0] == 1
    rows = env._state.rows.reshape(-1, LANES)[:, 0]
    speed = [float(rows[body * Body.ROWS + Body.VY]) for body in (1, 2)]
    assert speed[0] == pytest.approx(speed[1], abs=0.05)
    assert abs(rows[Body.ROWS + Body.SPIN]) < 0.2
