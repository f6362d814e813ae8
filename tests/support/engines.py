"""The same scenes in sandlot, pymunk 7, Box2D 3 and Box2D 2.3, step by step; what each does is read as numbers with names.

`test_engines.py` asserts how far sandlot may be from the others; `benchmarks/side_by_side.py` writes the table. Box2D 3 comes from the wheel `pyb2d3`,
Box2D 2.3 from the wheel `box2d`; an engine that is not installed is left out. All take 240 steps a second, or as few as a scene's rate says: sandlot and
Box2D 3 as four substeps of 60 ticks.
All use the geometric mean of two frictions (pymunk multiplies, so it is given square roots) and the same bounce for all that is in a scene.
"""

import importlib.util
import math
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scenes import Bench, columns

from sandlot.envs.kernels.world.layout.things import Body

G = 9.81
ROUND = {"shape": "circle", "radius": 0.25}
SQUARE = {"shape": "box", "size": [0.5, 0.5]}
Point = tuple[float, float]


class Group(NamedTuple):
    """Equal bodies: a circle or box in sandlot's words, where they start and how they move."""

    shape: dict[str, Any]
    at: list[Any]
    angle: float = 0.0
    velocity: Point = (0.0, 0.0)
    mass: float = 1.0
    static: bool = False


class Pin(NamedTuple):
    """A hinge of two bodies (group, index), or one and the world (None); `motor`: turning speed of b against a [rad/s], greatest torque [N m]."""

    a: tuple[str, int] | None
    b: tuple[str, int]
    at: Point
    motor: tuple[float, float] | None = None


class Setting(NamedTuple):
    """A walled world, its origin in the centre."""

    groups: dict[str, Group]
    size: Point = (10.0, 10.0)
    gravity: float = G
    friction: float = 0.4
    bounce: float = 0.0
    pins: tuple[Pin, ...] = ()
    rate: int = 60

    @property
    def edges(self) -> list[tuple[Point, Point]]:
        w, h = self.size[0] / 2, self.size[1] / 2
        corners = [(-w, -h), (w, -h), (w, h), (-w, h)]
        return list(zip(corners, corners[1:] + corners[:1], strict=True))


Pose = dict[str, np.ndarray]
"""By group: [bodies, 6] of x, y, angle, vx, vy, spin."""
Engine = Callable[[Setting], tuple[Callable[[], None], Callable[[], Pose]]]
"""Builds a setting; returns what advances it by a tick (1/60 s, or what its rate says) and what reads it."""


def sandlot(setting: Setting) -> tuple[Callable[[], None], Callable[[], Pose]]:
    things = {
        name: {"at": [list(map(float, place)) for place in group.at], "angle_deg": math.degrees(group.angle), "velocity": list(group.velocity),
               "mass": group.mass, "friction": setting.friction, "bounce": setting.bounce} | group.shape | ({"body": "static"} if group.static else {})
        for name, group in setting.groups.items()
    }  # fmt: skip
    joints = {"joints": {f"pin_{k}": _joint(pin) for k, pin in enumerate(setting.pins)}} if setting.pins else {}
    world = {"size": list(setting.size), "gravity": setting.gravity, "friction": setting.friction, "bounce": setting.bounce}
    bench = Bench(things, decisions_per_second=setting.rate, **world, **joints)
    fields = (Body.X, Body.Y, None, Body.VX, Body.VY, Body.SPIN)

    def read() -> Pose:
        return {
            name: np.stack([bench.angle(name)[0] if field is None else bench.get(name, field)[0] for field in fields], -1)
            for name in setting.groups
        }

    return lambda: bench.run(1), read


def _joint(pin: Pin) -> dict[str, Any]:
    ends = ["world" if end is None else f"{end[0]}.{end[1]}" for end in (pin.a, pin.b)]
    motor = {"motor": {"speed_deg_per_s": math.degrees(pin.motor[0]), "max_torque": pin.motor[1]}} if pin.motor else {}
    return {"type": "pin", "between": ends, "at": list(pin.at)} | motor


def pymunk(setting: Setting) -> tuple[Callable[[], None], Callable[[], Pose]]:
    import pymunk as pm

    space, shapes = pm.Space(), []
    space.gravity, space.collision_slop = (0, -setting.gravity), 1e-4
    for a, b in setting.edges:  # two metres thick, their inner side on the edge
        outward = pm.Vec2d(b[0] - a[0], b[1] - a[1]).perpendicular_normal() * -1
        shapes.append(pm.Segment(space.static_body, pm.Vec2d(*a) + outward, pm.Vec2d(*b) + outward, 1.0))
    bodies: dict[str, list[pm.Body]] = {}
    for name, group in setting.groups.items():
        for place in group.at:
            shapes.append(
                pm.Circle(None, group.shape["radius"])
                if group.shape["shape"] == "circle"
                else pm.Poly.create_box(None, tuple(group.shape["size"]))
            )
            shapes[-1].mass, shapes[-1].body = group.mass, pm.Body(body_type=pm.Body.STATIC if group.static else pm.Body.DYNAMIC)
            body = shapes[-1].body
            body.position, body.angle, body.velocity = tuple(map(float, place)), group.angle, group.velocity
            space.add(body)
            bodies.setdefault(name, []).append(body)
    for shape in shapes:
        shape.friction, shape.elasticity = math.sqrt(setting.friction), math.sqrt(setting.bounce)
    space.add(*shapes)
    for pin in setting.pins:
        a, b = (space.static_body if end is None else bodies[end[0]][end[1]] for end in (pin.a, pin.b))
        held: list[pm.Constraint] = [pm.PivotJoint(a, b, pin.at)]
        if pin.motor:
            held.append(pm.SimpleMotor(a, b, -pin.motor[0]))  # its rate is that of a against b
            held[-1].max_force = pin.motor[1]
        for constraint in held:
            constraint.collide_bodies = False
        space.add(*held)

    def step() -> None:
        for _ in range(4):
            space.step(1 / (4 * setting.rate))

    return step, lambda: {
        name: np.array([(*b.position, b.angle, *b.velocity, b.angular_velocity) for b in them]) for name, them in bodies.items()
    }


def box2d_3(setting: Setting) -> tuple[Callable[[], None], Callable[[], Pose]]:
    import pyb2d3 as b3

    world, material = b3.World(gravity=(0, -setting.gravity)), b3.surface_material(friction=setting.friction, restitution=setting.bounce)
    ground = world.create_static_body()
    for edge in setting.edges:
        ground.create_shape(b3.shape_def(material=material), b3.segment(*edge))
    bodies: dict[str, list[Any]] = {}
    for name, group in setting.groups.items():
        for place in group.at:
            create = world.create_static_body if group.static else world.create_dynamic_body
            body = create(
                position=tuple(map(float, place)), **({} if group.static else {"linear_velocity": group.velocity, "enable_sleep": False})
            )
            body.set_transform(body.position, b3.make_rot(group.angle))
            round_ = group.shape["shape"] == "circle"
            area = math.pi * group.shape["radius"] ** 2 if round_ else math.prod(group.shape["size"])
            outline = b3.circle(radius=group.shape["radius"]) if round_ else b3.box(*(side / 2 for side in group.shape["size"]))
            body.create_shape(b3.shape_def(density=group.mass / area, material=material), outline)
            bodies.setdefault(name, []).append(body)
    for pin in setting.pins:
        a, b = (ground if end is None else bodies[end[0]][end[1]] for end in (pin.a, pin.b))
        motor = {"enable_motor": True, "motor_speed": pin.motor[0], "max_motor_torque": pin.motor[1]} if pin.motor else {}
        world.create_revolute_joint(body_a=a, body_b=b, local_anchor_a=a.local_point(pin.at), local_anchor_b=b.local_point(pin.at), **motor)

    def read() -> Pose:
        return {
            name: np.array([(*b.position, b.angle, *b.linear_velocity, b.angular_velocity) for b in them]) for name, them in bodies.items()
        }

    return lambda: world.step(1 / setting.rate, 4), read


def box2d_2(setting: Setting) -> tuple[Callable[[], None], Callable[[], Pose]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its types of SWIG warn, and crash where the warning is an error
        import Box2D as b2

    world = b2.b2World(gravity=(0, -setting.gravity))
    ground, surface = world.CreateStaticBody(), {"friction": setting.friction, "restitution": setting.bounce}
    for edge in setting.edges:
        ground.CreateFixture(b2.b2FixtureDef(shape=b2.b2EdgeShape(vertices=list(edge)), **surface))
    bodies: dict[str, list[Any]] = {}
    for name, group in setting.groups.items():
        round_ = group.shape["shape"] == "circle"
        area = math.pi * group.shape["radius"] ** 2 if round_ else math.prod(group.shape["size"])
        outline = (
            b2.b2CircleShape(radius=group.shape["radius"])
            if round_
            else b2.b2PolygonShape(box=tuple(side / 2 for side in group.shape["size"]))
        )
        for place in group.at:
            fixture = b2.b2FixtureDef(shape=outline, density=group.mass / area, **surface)
            start = {"position": tuple(map(float, place)), "angle": group.angle, "linearVelocity": group.velocity}
            create = world.CreateStaticBody if group.static else world.CreateDynamicBody
            bodies.setdefault(name, []).append(create(fixtures=fixture, allowSleep=False, **start))
    for pin in setting.pins:
        a, b = (ground if end is None else bodies[end[0]][end[1]] for end in (pin.a, pin.b))
        motor = {"enableMotor": True, "motorSpeed": pin.motor[0], "maxMotorTorque": pin.motor[1]} if pin.motor else {}
        world.CreateRevoluteJoint(bodyA=a, bodyB=b, anchor=pin.at, **motor)

    def step() -> None:
        for _ in range(4):
            world.Step(1 / (4 * setting.rate), 8, 3)

    return step, lambda: {
        name: np.array([(*b.position, b.angle, *b.linearVelocity, b.angularVelocity) for b in them]) for name, them in bodies.items()
    }


PEERS: dict[str, tuple[str, Engine]] = {
    "pymunk 7": ("pymunk", pymunk),
    "Box2D 3": ("pyb2d3", box2d_3),
    "Box2D 2.3": ("Box2D", box2d_2),
}
"""By name: the module that must be there, and the engine."""


def installed() -> dict[str, Engine]:
    """The peers that can run here."""
    return {name: engine for name, (module, engine) in PEERS.items() if importlib.util.find_spec(module)}


# --- scenes -----------------------------------------------------------------------------------------------------------------------------------


class Scene(NamedTuple):
    """What is built, how long it runs, what is read from its poses (one for every tick).

    `within` says how far sandlot may be from `exact`, what mechanics says; where it says nothing, how far outside the range of the other engines.
    """

    setting: Setting
    seconds: float
    read: Callable[[list[Pose]], dict[str, float]]
    within: dict[str, float]
    exact: dict[str, float] = {}  # noqa: RUF012  (never written)


def watch(engine: Engine, scene: Scene) -> dict[str, float]:
    """Run a scene and read it."""
    step, read = engine(scene.setting)
    poses = [read()]
    for _ in range(round(scene.seconds * scene.setting.rate)):
        step()
        poses.append(read())
    return {name: float(value) for name, value in scene.read(poses).items()}


def _drop(poses: list[Pose]) -> dict[str, float]:
    flat, tilted = (np.array([pose[name][0] for pose in poses]) for name in ("flat", "tilted"))
    return {
        "height after 0.5 s [m]": flat[30, 1],
        "speed after 0.5 s [m/s]": -flat[30, 4],
        "height at rest [m]": flat[-1, 1] + 5,
        "height at rest, dropped on a corner [m]": tilted[-1, 1] + 5,
        "shift of that one [m]": tilted[-1, 0] - tilted[0, 0],
        "tilt at rest [rad]": math.remainder(tilted[-1, 2], math.pi / 2),
    }


def _slide(poses: list[Pose]) -> dict[str, float]:
    first, last = poses[0], poses[-1]
    return {f"distance from {name} m/s [m]": last[f"from_{name}"][0, 0] - first[f"from_{name}"][0, 0] for name in ("1", "4")}


def _roll(poses: list[Pose]) -> dict[str, float]:
    disc = np.array([pose["disc"][0] for pose in poses])
    return {"place after 2 s [m]": disc[120, 0], "speed after 2 s [m/s]": disc[120, 3], "spin after 2 s [rad/s]": disc[120, 5]}


def _hit(poses: list[Pose]) -> dict[str, float]:
    a, b = poses[-1]["a"][0], poses[-1]["b"][0]
    return {
        "struck disc, velocity x [m/s]": b[3],
        "struck disc, velocity y [m/s]": b[4],
        "struck disc, spin [rad/s]": b[5],
        "striking disc, velocity x [m/s]": a[3],
        "striking disc, velocity y [m/s]": a[4],
        "striking disc, spin [rad/s]": a[5],
    }


def _pile(poses: list[Pose]) -> dict[str, float]:
    height = poses[-1]["p"][:, 1] + 6
    rest = np.array([np.hypot(*pose["p"][:, 3:5].T).max() for pose in poses[-60:]])
    return {"mean height [m]": height.mean(), "top [m]": height.max(), "fastest in the last second [m/s]": rest.max()}


def _rest(poses: list[Pose]) -> dict[str, float]:
    """How a pile of boxes rests, its sinking and its speed (20 poses: a second of 20 Hz, a third of one of 60 Hz)."""
    fastest = max(np.hypot(*pose["p"][:, 3:5].T).max() for pose in poses[-20:])
    return {"top has sunk by [m]": poses[0]["p"][:, 1].max() - poses[-1]["p"][:, 1].max(), "fastest at the end [m/s]": fastest}


def _seams(poses: list[Pose]) -> dict[str, float]:
    found = {}
    for name in ("box", "disc"):
        rows = np.array([pose[name][0] for pose in poses])
        found |= {f"{name}: slowest [m/s]": rows[:, 3].min(), f"{name}: highest hop [m]": rows[:, 1].max() - rows[0, 1]}
    return found


def _break(poses: list[Pose]) -> dict[str, float]:
    moving = [np.concatenate([pose["cue"], pose["ball"]]) for pose in poses]
    energy = [(them[:, 3:5] ** 2).sum() for them in moving]
    momentum = moving[-1][:, 3].sum() / moving[0][:, 3].sum()
    centre = moving[-1][:, :2] - moving[-1][:, :2].mean(0)
    return {
        "energy left": energy[-1] / energy[0],
        "momentum left": momentum,
        "spread [m]": math.sqrt((centre**2).sum(1).mean()),
        "cue ball, velocity x [m/s]": moving[-1][0, 3],
        "balls on the move": float((np.hypot(*moving[-1][:, 3:5].T) > 0.05).sum()),
    }


def _dominoes(poses: list[Pose]) -> dict[str, float]:
    angle = np.array([pose["domino"][:, 2] for pose in poses])
    tilted = (angle < -0.6).any(0)
    when = [int(np.argmax(angle[:, k] < -0.6)) / 60 if tilted[k] else math.inf for k in (2, 8)]
    return {"fallen": float(tilted.sum()), "time from the fourth to the tenth [s]": when[1] - when[0]}


def _car(poses: list[Pose]) -> dict[str, float]:
    body = np.array([pose["chassis"][0] for pose in poses])
    return {
        "place after 1.5 s [m]": body[90, 0] - body[0, 0],
        "speed after 1.5 s [m/s]": body[90, 3],
        "place after 3 s [m]": body[180, 0] - body[0, 0],
        "speed after 3 s [m/s]": body[180, 3],
        "pitch after 3 s [rad]": body[180, 2],
    }


def _chain(poses: list[Pose]) -> dict[str, float]:
    link = np.array([pose["link"] for pose in poses])
    ends = [
        link[:, k, :2] + side * 0.25 * np.stack([np.cos(link[:, k, 2]), np.sin(link[:, k, 2])], -1)
        for k, side in ((slice(1, None), -1), (slice(-1), 1))
    ]
    gaps = np.linalg.norm(ends[0] - ends[1], axis=-1) if ends[0].ndim == 3 else np.zeros(1)
    energy = (link[:, :, 3:5] ** 2).sum((1, 2)) / 2 + (link[:, :, 5] ** 2).sum(1) * (0.25 + 0.01) / 24 + G * link[:, :, 1].sum(1)
    return {
        "tip x after 0.5 s [m]": link[30, -1, 0],
        "tip y after 0.5 s [m]": link[30, -1, 1],
        "tip y, lowest in 2 s [m]": link[:120, -1, 1].min(),
        "energy lost in 2 s [J]": energy[0] - energy[120],
        "widest hinge in 2 s [m]": gaps[:120].max(),
    }


def _rack(rows: int, radius: float, gap: float) -> list[Point]:
    """Balls in a triangle whose tip points to -x, a gap apart."""
    pitch = 2 * radius + gap
    return [(row * pitch * math.sqrt(3) / 2, (k - row / 2) * pitch) for row in range(rows) for k in range(row + 1)]


def exact_break(setting: Setting, seconds: float) -> dict[str, float]:
    """Smooth equal balls, collision after collision: each at its exact time, two balls at once."""
    groups = [setting.groups["cue"], setting.groups["ball"]]
    at = np.array([place for group in groups for place in group.at], float)
    velocity = np.array([group.velocity for group in groups for _ in group.at])
    radius, i, j, left = groups[0].shape["radius"], *np.triu_indices(len(at), 1), seconds

    def pose() -> Pose:
        them = np.concatenate([at, np.zeros((len(at), 1)), velocity, np.zeros((len(at), 1))], 1)
        return {"cue": them[:1], "ball": them[1:]}

    start = pose()
    while True:
        apart, closing = at[j] - at[i], velocity[j] - velocity[i]
        a, b, c = (closing**2).sum(1), (apart * closing).sum(1), (apart**2).sum(1) - 4 * radius**2
        meets = (b < 0) & (b * b > a * c)
        when = np.full(len(i), np.inf)
        when[meets] = np.maximum(0, (-b[meets] - np.sqrt(b[meets] ** 2 - a[meets] * c[meets])) / a[meets])
        k = int(np.argmin(when))
        passes = min(left, float(when[k]))
        at, left = at + velocity * passes, left - passes
        if left <= 0:
            return _break([start, pose()])
        normal = (at[j[k]] - at[i[k]]) / (2 * radius)
        impulse = (1 + setting.bounce) / 2 * ((velocity[i[k]] - velocity[j[k]]) @ normal)
        velocity[i[k]] -= impulse * normal
        velocity[j[k]] += impulse * normal


def exact_hit(setting: Setting) -> dict[str, float]:
    """Coulomb's law of impact for two discs: the tangential impulse that stops the slip, or as much of it as the friction cone lets through."""
    a, b, r = setting.groups["a"], setting.groups["b"], ROUND["radius"]
    across = a.at[0][1] - b.at[0][1]
    normal = np.array([math.sqrt(4 * r * r - across**2), -across]) / (2 * r)
    tangent = np.array([-normal[1], normal[0]])
    light = 1 / a.mass + 1 / b.mass
    along = (1 + setting.bounce) * (a.velocity @ normal) / light
    grip = (a.velocity @ tangent) / (3 * light)  # a disc's rim is three times as easy to move as its centre
    grip = min(max(grip, -setting.friction * along), setting.friction * along)
    impulse = along * normal + grip * tangent
    struck, striking = impulse / b.mass, np.array(a.velocity) - impulse / a.mass
    return {
        "struck disc, velocity x [m/s]": struck[0],
        "struck disc, velocity y [m/s]": struck[1],
        "struck disc, spin [rad/s]": -2 * grip / (b.mass * r),
        "striking disc, velocity x [m/s]": striking[0],
        "striking disc, velocity y [m/s]": striking[1],
        "striking disc, spin [rad/s]": -2 * grip / (a.mass * r),
    }


def exact_roll(setting: Setting, seconds: float) -> dict[str, float]:
    """A disc slides until its rim keeps up, at two thirds of its speed, and rolls on."""
    disc, slip = setting.groups["disc"], setting.friction * setting.gravity
    until = disc.velocity[0] / (3 * slip)
    speed = 2 / 3 * disc.velocity[0]
    place = disc.at[0][0] + disc.velocity[0] * until - slip * until**2 / 2 + speed * (seconds - until)
    return {"place after 2 s [m]": place, "speed after 2 s [m/s]": speed, "spin after 2 s [rad/s]": -speed / ROUND["radius"]}


def exact_car(setting: Setting) -> dict[str, float]:
    """Two driven wheels that grip: their torque moves the car and turns them."""
    wheels, radius = setting.groups["wheel"], setting.groups["wheel"].shape["radius"]
    torque = sum(pin.motor[1] for pin in setting.pins if pin.motor)
    accel = torque / radius / (setting.groups["chassis"].mass + len(wheels.at) * 1.5 * wheels.mass)
    return {
        f"{name} after {t:g} s {unit}": value
        for t in (1.5, 3.0)
        for name, unit, value in (("place", "[m]", accel * t**2 / 2), ("speed", "[m/s]", accel * t))
    }


DOMINO = {"shape": "box", "size": [0.1, 0.8]}
BALL = {"shape": "circle", "radius": 0.15}
SLIDE = Setting(
    {"from_1": Group(SQUARE, [(-4, -4.75)], velocity=(1, 0)), "from_4": Group(SQUARE, [(0, -4.75)], velocity=(4, 0))}, friction=0.5
)
ROLL = Setting({"disc": Group(ROUND, [(-15, -4.75)], velocity=(3, 0))}, size=(40, 10), friction=0.2)
HIT = Setting(
    {"a": Group(ROUND, [(-1, 0.2)], velocity=(3, 0)), "b": Group(ROUND, [(0, 0)], mass=2)},
    size=(40, 40),
    gravity=0,
    friction=0.2,
    bounce=0.6,
)
BREAK = Setting(
    {"cue": Group(BALL, [(-3, 0.05)], velocity=(8, 0)), "ball": Group(BALL, _rack(5, 0.15, 0.02))},
    size=(24, 24),
    gravity=0,
    friction=0,
    bounce=0.95,
)
CAR = Setting(
    {"chassis": Group({"shape": "box", "size": [2.0, 0.4]}, [(-30, -4.35)], mass=4), "wheel": Group({"shape": "circle", "radius": 0.35}, [(-30.7, -4.65), (-29.3, -4.65)])},
    size=(80, 10), friction=0.8, pins=tuple(Pin(("chassis", 0), ("wheel", k), (-30.7 + 1.4 * k, -4.65), (-30.0, 4.0)) for k in (0, 1)),
)  # fmt: skip
WIDE = Group({"shape": "box", "size": [6.0, 1.0]}, [(0, -4.5)], static=True)
TOWER = Group(SQUARE, [(0, 0.5 * k - 3.75) for k in range(5)])
RESTS = {"top has sunk by [m]": 0.02, "fastest at the end [m/s]": 1e-3}
BIN = {
    "base": Group({"shape": "box", "size": [3.0, 1.0]}, [(0, -5.5)], static=True),
    "side": Group({"shape": "box", "size": [1.0, 12.0]}, [(-1.5, 0), (1.5, 0)], static=True),
    "p": Group(SQUARE, columns(24, 3, 0.56, -4.7)),
}
TILES = Group({"shape": "box", "size": [1.0, 1.0]}, [(k - 9.5, y) for y in (-4.5, 1.5) for k in range(20)], static=True)
SEAMS = Setting(
    {"tile": TILES, "box": Group({"shape": "box", "size": [0.6, 0.6]}, [(-6, -3.7)], velocity=(3, 0)), "disc": Group({"shape": "circle", "radius": 0.3}, [(-6, 2.3)], velocity=(3, 0))},
    size=(30, 20), friction=0,
)  # fmt: skip
SMOOTH = {"box: slowest [m/s]": 0.03, "box: highest hop [m]": 0.002, "disc: slowest [m/s]": 0.03, "disc: highest hop [m]": 0.002}
SCENES: dict[str, Scene] = {
    "drop": Scene(
        Setting({"flat": Group(SQUARE, [(-2, 3)]), "tilted": Group(SQUARE, [(2, 0)], angle=0.5)}), 6, _drop,
        {"height after 0.5 s [m]": 0.012, "speed after 0.5 s [m/s]": 1e-3, "height at rest [m]": 5e-4, "height at rest, dropped on a corner [m]": 5e-4,
         "shift of that one [m]": 0.06, "tilt at rest [rad]": 1e-4},
        {"height after 0.5 s [m]": 3 - G / 8, "speed after 0.5 s [m/s]": G / 2, "height at rest [m]": 0.25, "height at rest, dropped on a corner [m]": 0.25,
         "tilt at rest [rad]": 0},
    ),
    "slide": Scene(
        SLIDE, 3, _slide, {"distance from 1 m/s [m]": 0.003, "distance from 4 m/s [m]": 0.01}, {f"distance from {v} m/s [m]": v**2 / G for v in (1, 4)},
    ),
    "roll": Scene(
        ROLL, 2, _roll, {"place after 2 s [m]": 0.02, "speed after 2 s [m/s]": 0.005, "spin after 2 s [rad/s]": 0.02}, exact_roll(ROLL, 2),
    ),
    "oblique hit": Scene(HIT, 1, _hit, dict.fromkeys(exact_hit(HIT), 2e-3), exact_hit(HIT)),
    "pile of 24 discs": Scene(
        Setting({"p": Group(ROUND, columns(24, 3, 0.56, -5.6))}, size=(2, 12)), 8, _pile,
        {"mean height [m]": 0.02, "top [m]": 0.1, "fastest in the last second [m/s]": 0.01},
    ),
    "pile of 24 boxes": Scene(
        Setting({"p": Group(SQUARE, columns(24, 3, 0.56, -5.6))}, size=(2, 12)), 12, _pile,
        {"mean height [m]": 0.02, "top [m]": 0.1, "fastest in the last second [m/s]": 0.01},
    ),
    "5 boxes on a static one that is listed first": Scene(Setting({"ground": WIDE, "p": TOWER}, size=(20, 20)), 10, _rest, RESTS, {"fastest at the end [m/s]": 0}),
    "5 boxes on a static one that is listed last": Scene(Setting({"p": TOWER, "ground": WIDE}, size=(20, 20)), 10, _rest, RESTS, {"fastest at the end [m/s]": 0}),
    "the same at 20 Hz, listed first": Scene(Setting({"ground": WIDE, "p": TOWER}, size=(20, 20), rate=20), 20, _rest, RESTS, {"fastest at the end [m/s]": 0}),
    "24 boxes in a bin of static ones": Scene(Setting(BIN, size=(20, 20)), 15, _rest, {"top has sunk by [m]": 0.05, "fastest at the end [m/s]": 1e-3}, {"fastest at the end [m/s]": 0}),
    "the same at 20 Hz": Scene(Setting(BIN, size=(20, 20), rate=20), 15, _rest, {"top has sunk by [m]": 0.05, "fastest at the end [m/s]": 1e-3}, {"fastest at the end [m/s]": 0}),
    "3 m/s over flush boxes": Scene(SEAMS, 4, _seams, SMOOTH, dict.fromkeys(SMOOTH, 0.0) | {"box: slowest [m/s]": 3, "disc: slowest [m/s]": 3}),
    "the same at 10 Hz": Scene(SEAMS._replace(rate=10), 4, _seams, SMOOTH, dict.fromkeys(SMOOTH, 0.0) | {"box: slowest [m/s]": 3, "disc: slowest [m/s]": 3}),
    "billiard break": Scene(
        BREAK, 1.2, _break, {"energy left": 0.1, "momentum left": 1e-4, "spread [m]": 0.2, "cue ball, velocity x [m/s]": 0.7, "balls on the move": 4},
        exact_break(BREAK, 1.2),
    ),
    "row of 10 dominoes": Scene(
        Setting({"first": Group(DOMINO, [(-1.9195, -4.598)], angle=-0.2), "domino": Group(DOMINO, [(-2 + 0.4 * k, -4.6) for k in range(1, 10)])}, friction=0.5), 4, _dominoes,
        {"fallen": 0, "time from the fourth to the tenth [s]": 0.04}, {"fallen": 9},
    ),
    "car on a flat": Scene(
        CAR, 3, _car,
        {"place after 1.5 s [m]": 0.03, "speed after 1.5 s [m/s]": 0.01, "place after 3 s [m]": 0.06, "speed after 3 s [m/s]": 0.02, "pitch after 3 s [rad]": 1e-3},
        exact_car(CAR) | {"pitch after 3 s [rad]": 0},
    ),
    "chain of 10 links": Scene(
        Setting(
            {"link": Group({"shape": "box", "size": [0.5, 0.1]}, [(0.25 + 0.5 * k, 0) for k in range(10)])}, size=(40, 40),
            pins=(Pin(None, ("link", 0), (0, 0)), *(Pin(("link", k - 1), ("link", k), (0.5 * k, 0)) for k in range(1, 10))),
        ), 2, _chain,
        {"tip x after 0.5 s [m]": 0.01, "tip y after 0.5 s [m]": 0.03, "tip y, lowest in 2 s [m]": 0.02, "energy lost in 2 s [J]": 4, "widest hinge in 2 s [m]": 0.02},
    ),
}  # fmt: skip
