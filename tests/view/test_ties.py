"""Joints, hands and locks in pictures: what a world tells, the lines and signs made of it, the page's data."""

import json
import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from sandlot.agents.play.keyboard import keyboard_hand
from sandlot.envs import VectorEnv
from sandlot.envs.view.film import Film
from sandlot.envs.view.page import film_data
from sandlot.envs.view.render import Painter
from sandlot.envs.view.scene import Frame, Scene, Shape, Tie
from sandlot.envs.view.ties import STEEL, signs, strokes
from sandlot.scenarios import loads

GAME: dict[str, Any] = {
    "format": "sandlot/1", "name": "ties", "world": {"size": [12, 8], "decisions_per_second": 20},
    "things": {
        "ball": {"count": 2, "radius": 0.3, "body": "dynamic", "at": [[-4, 0], [-2, 0]]}, "cart": {"body": "dynamic", "radius": 0.3, "at": [0, 3]},
        "box": {"count": 2, "shape": "box", "size": [0.6, 0.6], "body": "dynamic", "at": [[3.8, -2], [3, 1]]},
    },
    "joints": {
        "rope": {"type": "rope", "between": ["ball.0", "ball.1"], "length": 3}, "pin": {"type": "pin", "between": ["ball.0", "world"], "at": [-4, 1]},
        "rail": {"type": "slider", "between": ["world", "cart"], "axis": [0, 1], "travel": [-1, 0.5], "motor": {"speed": 1, "max_force": 10}},
        "spring": {"type": "spring", "between": ["world", "ball.1"], "anchor_a": [-2, 2]}, "weld": {"type": "weld", "between": ["box.1", "cart"]},
    },
    "teams": {
        "porter": {"radius": 0.3, "at": [3, -2], "drive": {"type": "walk"}, "hands": {"grabs": ["box"], "lock": True}},
        "pilot": {"radius": 0.3, "at": [5, -3], "body": "static", "drive": {"type": "motor", "joints": ["rail"]}},
    },
    "rules": {"cut": {"when": {"at": 0.2}, "do": {"break": "rope"}}},
}  # fmt: skip


def play(*actions: list[float]) -> Film:
    env = VectorEnv(loads(json.dumps(GAME)), 1)
    env.reset(seed=0)
    film = Film(env.scene(0), [env.frame(0)])
    for action in actions:
        env.step({"porter": np.array([[action]], np.float32), "pilot": np.zeros((1, 1, 1), np.float32)})
        film.append(env.frame(0))
    return film


def test_a_world_tells_its_joints_grips_and_locks() -> None:
    film = play([0, 0, 1, 0], [0, 0, 1, 0], [0, 0, -1, 1], *[[0, 0, -1, 0]] * 3)
    ties = {tie.type: tie for tie in film.scene.ties}
    assert ties["rope"] == Tie("rope", 0, 1, (0, 0), (0, 0), length=3)
    assert (ties["pin"].first, ties["pin"].second, ties["pin"].a, ties["pin"].b) == (0, -1, (0, 1), (-4, 1))
    assert (ties["slider"].axis, ties["slider"].travel) == (pytest.approx(math.pi / 2), (-1, 0.5))
    porter, box = 5, 3
    assert film.scene.shapes[porter].kind == "porter"
    assert [frame.grips for frame in film.frames[:4]] == [
        (),
        ((porter, box, (pytest.approx(0.4), 0.0)),),
        ((porter, box, (pytest.approx(0.4), 0.0)),),
        (),
    ]
    assert [frame.locked for frame in film.frames[2:4]] == [(), ((box, "porter"),)]
    assert [frame.broken[0] for frame in film.frames] == [False] * 4 + [True] * 3


def test_a_grip_out_of_reach_is_not_shown() -> None:
    """A rule takes what is held across the field; it is let go of only with the next decision."""
    taken = {"taken": {"when": {"at": 0.15}, "do": {"place": {"box": [-5, 3]}}}}
    env = VectorEnv(loads(json.dumps(GAME | {"rules": taken, "joints": {}, "teams": {"porter": GAME["teams"]["porter"]}})), 1)
    env.reset(seed=0)
    shown = []
    for _ in range(4):
        env.step({"porter": np.array([[[0, 0, 1, 0]]], np.float32)})
        shown.append(len(env.frame(0).grips))
    assert shown == [1, 1, 0, 0]


def scene(*ties: Tie, walls: str = "solid") -> Scene:
    disc = Shape("disc", 0, True, "dynamic", np.zeros((1, 2), np.float32), 0.2, "crimson", False)
    return Scene("scene", "", (10.0, 8.0), walls, 0.1, (disc, disc), ("disc",), {}, ties)


def moment(first: tuple[float, ...], second: tuple[float, ...], **extra: Any) -> Frame:
    yes = np.ones(2, np.bool_)
    extra.setdefault("broken", (False,))
    return Frame(0.0, np.array([(*first, 0)[:3], (*second, 0)[:3]], np.float32), yes, yes, np.full(2, -1), {}, {}, **extra)


def long(points: tuple[tuple[float, float], ...]) -> float:
    return sum(math.dist(a, b) for a, b in pairwise(points))


@pytest.mark.parametrize("length", [2.2, 2.5, 3.0])
def test_a_slack_rope_hangs_as_long_as_it_is(length: float) -> None:
    tie = Tie("rope", 0, 1, (0.0, 0.0), (0.0, 0.0), length=length)
    (stroke,) = strokes(scene(tie), moment((-1, 1), (1, 1)))
    assert long(stroke.points) == pytest.approx(length, rel=0.15)
    assert min(y for _, y in stroke.points) < 0.8
    (taut,) = strokes(scene(tie), moment((-length / 2, 1), (length / 2, 1)))
    assert len(taut.points) == 2


def test_lines_end_where_they_hold() -> None:
    """Anchors turn with their bodies; a spring is a zigzag between them."""
    tie = Tie("spring", 0, -1, (0.5, 0.0), (3.0, 0.0))
    (stroke,) = strokes(scene(tie), moment((0, 0, math.pi / 2), (0, 0)))
    assert stroke.points[0] == pytest.approx((0, 0.5), abs=1e-6)
    assert stroke.points[-1] == (3, 0)
    assert stroke.color == STEEL
    assert len(signs(scene(tie), moment((0, 0), (0, 0)))) == 2
    (rail,) = strokes(scene(Tie("slider", 0, 1, (0, 0), (0, 0), axis=math.pi / 2, travel=(-1, 2))), moment((1, 1, math.pi / 2), (1, 0)))
    assert np.array(rail.points) == pytest.approx(np.array([[2, 1], [-1, 1]]), abs=1e-6)


def test_broken_and_absent_ties_are_not_drawn_and_wraps_are_short() -> None:
    tie = Tie("rope", 0, 1, (0.0, 0.0), (0.0, 0.0), length=2)
    assert not strokes(scene(tie), moment((0, 0), (1, 0), broken=(True,)))
    frame = moment((0, 0), (1, 0))
    frame.present[1] = False
    assert not strokes(scene(tie), frame)
    assert not signs(scene(tie), frame)
    (stroke,) = strokes(scene(tie, walls="wrap"), moment((4.5, 0), (-4.5, 0)))
    assert stroke.points[-1] == pytest.approx((5.5, 0))


def test_pictures_show_ties_grips_and_locks() -> None:
    pin, wide = scene(Tie("pin", 0, 1, (0.5, 0.0), (-0.5, 0.0))), scene()
    painter, plain = Painter(pin, 640), Painter(wide, 640)
    x, y = (round(v) for v in painter.view.pixel(0.5, 0))
    frame, bare = moment((0, 0), (1, 0)), moment((0, 0), (1, 0), broken=())
    assert painter.rgb(frame)[y, x].min() > 240  # the middle of a hinge is white
    ink = plain.rgb(bare)
    held = plain.rgb(moment((0, 0), (2, 0), broken=(), grips=((0, 1, (1.0, 0.0)),)))
    x, y = (round(v) for v in plain.view.pixel(0.6, 0))
    assert held[y, x].sum() < ink[y, x].sum() - 150  # the arm is dark
    locked = plain.rgb(moment((0, 0), (3, 3), broken=(), locked=((1, "disc"),)))
    free = plain.rgb(moment((0, 0), (3, 3), broken=()))
    assert (locked != free).any(axis=2).sum() > 30


def test_the_page_has_all_of_it() -> None:
    film = play([0, 0, 1, 0], [0, 0, 1, 0], [0, 0, -1, 1], *[[0, 0, -1, 0]] * 3)
    data = json.loads(json.dumps(film_data(film)))
    assert [tie["type"] for tie in data["ties"]] == ["rope", "pin", "slider", "spring", "weld"]
    assert data["ties"][1] == {"type": "pin", "ends": [0, -1], "at": [0, 1, -4, 1, 0, -0.5, 0.5, 0]}
    assert data["broken"][0] == [0, False, 4, True]
    assert data["grips"] == [0, [], 1, [[5, 3, 0.4, 0]], 3, []]
    assert data["locked"] == [0, [], 3, [[3, 0]]]


def test_keys_move_hands_and_motors() -> None:
    game = loads(json.dumps(GAME))
    pressed = {"x": 1.0, "y": -1.0, "grab": 1.0, "lock": -1.0, "keys": []}
    assert keyboard_hand(game, "porter", lambda: pressed)(np.zeros((1, 1, 4)))[0, 0].tolist() == [1, -1, 1, -1]
    assert keyboard_hand(game, "pilot", lambda: pressed)(np.zeros((1, 1, 1)))[0, 0].tolist() == [1]
