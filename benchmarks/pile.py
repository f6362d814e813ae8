"""The pile: equal discs settled in a walled box, in sandlot's language and as numbers for the peers.

Discs of radius 0.5 m fill 30 % of a square; gravity 10 m/s2, friction 0.3, no bounce, 60 steps a second. Each starts with a small random speed, so that no two
worlds are alike, and none ever sleeps. After `SETTLE` steps there are about two contacts for each disc.
"""

import json
import math
import random

RADIUS, GRAVITY, FRICTION, RATE, SUBSTEPS, SETTLE = 0.5, 10.0, 0.3, 60, 4, 620


def side(count: int) -> float:
    """Side of the square box [m]."""
    return math.sqrt(count * math.pi * RADIUS**2 / 0.3)


def places(count: int) -> list[tuple[float, float]]:
    """Where the discs start; the box's centre is the origin."""
    width, rng = side(count), random.Random(0)
    columns = int(width / (2.1 * RADIUS))
    return [
        ((k % columns + 0.5) * width / columns - width / 2 + rng.uniform(-0.01, 0.01), (k // columns + 0.5) * 2.1 * RADIUS - width / 2)
        for k in range(count)
    ]


def text(count: int) -> str:
    """The pile as a scenario; its one agent only makes it a game."""
    speed = {"uniform": [-0.5, 0.5]}
    disc = {
        "body": "dynamic",
        "radius": RADIUS,
        "friction": FRICTION,
        "at": [list(place) for place in places(count)],
        "velocity": [speed, speed],
    }
    world = {"size": [side(count)] * 2, "gravity": GRAVITY, "friction": FRICTION, "decisions_per_second": RATE, "substeps": SUBSTEPS}
    return json.dumps({
        "format": "sandlot/1", "name": f"pile_{count}", "about": f"{count} discs in a box.", "world": world,
        "things": {"disc": disc}, "teams": {"nobody": {"at": [0, 0], "radius": 0.01, "body": "sensor"}},
    })  # fmt: skip
