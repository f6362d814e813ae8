"""Dry friction with the floor against mechanics: how far things slide, how long they spin, what holds against a push."""

import math
from typing import Any

import numpy as np
import pytest
from scenes import Bench

G = 9.81
PUCK = {"shape": "circle", "radius": 0.2, "at": [0, 0]}
BOX = {"shape": "box", "size": [0.6, 0.3], "mass": 3, "at": [0, 0]}


def bench(kind: dict[str, Any], floor_friction: float, **more: Any) -> Bench:
    return Bench({"thing": kind | {"floor_friction": floor_friction}}, size=[40, 40], **more)


@pytest.mark.parametrize("kind", [PUCK, BOX])
@pytest.mark.parametrize("floor_friction", [0.05, 0.2, 1.0])
def test_sliding_stops_after_v2_by_2_mu_g(kind: dict[str, Any], floor_friction: float) -> None:
    scene = bench(kind | {"velocity": [2.4, -1.8]}, floor_friction)
    seconds = 3.0 / (floor_friction * G)
    scene.run(math.ceil(seconds / scene.dt) + 1)
    way = np.linalg.norm(scene.xy("thing")[0, 0])
    assert way == pytest.approx(9.0 / (2 * floor_friction * G), rel=0.02)
    assert scene.speed("thing")[0, 0] == 0
    assert scene.xy("thing")[0, 0] == pytest.approx([0.8 * way, -0.6 * way], rel=1e-3)


@pytest.mark.parametrize(("kind", "radius"), [(PUCK, 0.2), (BOX, math.sqrt((0.6**2 + 0.3**2) / 6))])
def test_spinning_stops_as_a_disc_does(kind: dict[str, Any], radius: float) -> None:
    """The torque of a disc pressed evenly on the floor is 2/3 mu m g R, its inertia m R^2 / 2."""
    scene = bench(kind | {"spin_deg_per_s": 720}, 0.1)
    loss = 4 / 3 * 0.1 * G / radius
    turned = (4 * math.pi) ** 2 / (2 * loss)
    scene.run(math.ceil(4 * math.pi / loss / scene.dt) + 1)
    angle = scene.angle("thing")[0, 0]
    assert math.remainder(angle - turned, 2 * math.pi) == pytest.approx(0, abs=0.01 * turned)
    before = angle
    scene.run(60)
    assert scene.angle("thing")[0, 0] == before


@pytest.mark.parametrize(("pushers", "moves"), [(1, False), (2, False), (3, True)])
def test_a_crate_moves_when_the_push_exceeds_friction(pushers: int, moves: bool) -> None:
    """Each pushes with 6 N; friction holds 0.07 x 20 kg x 9.81 = 13.7 N."""
    team = {
        "count": pushers,
        "shape": "circle",
        "radius": 0.2,
        "drive": {"type": "thrust", "accel": 6, "top_speed": 2},
        "place": {"row": [[-0.72, -0.25 * (pushers - 1)], [-0.72, 0.25 * (pushers - 1)]]},
    }
    crate = {"shape": "box", "size": [1, 2], "mass": 20, "floor_friction": 0.07, "turns": False, "at": [0, 0]}
    scene = Bench({"crate": crate}, worlds=20, teams={"pusher": team}, size=[10, 10])
    scene.run(60, {"pusher": [1, 0]})
    start, speed = scene.xy("crate")[:, 0, 0], scene.velocity("crate")[:, 0, 0]
    scene.run(60, {"pusher": [1, 0]})
    way, gain = scene.xy("crate")[:, 0, 0] - start, scene.velocity("crate")[:, 0, 0] - speed
    if moves:  # what is left of the push moves all of them together
        assert gain == pytest.approx((6 * pushers - 0.07 * 20 * G) / (20 + pushers), rel=0.02)
    else:
        assert np.abs(way).max() < 1e-4
    assert np.ptp(way) == 0


def test_floor_friction_counts_for_what_moves_only() -> None:
    scene = Bench(
        {"wall": {"body": "static", "floor_friction": 1}, "lift": {"body": "kinematic", "floor_friction": 1, "velocity": [1, 0]}},
        size=[40, 40],
    )
    scene.run(60)
    assert scene.xy("lift")[0, 0, 0] == pytest.approx(1, rel=1e-4)
