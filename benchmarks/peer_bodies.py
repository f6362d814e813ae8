"""A pile of discs in a rigid-body engine, stepped from Python (which costs it less than a microsecond a step); nothing is read back, nothing sleeps."""

import importlib.metadata
import math
import random

from clock import arguments, measure
from pile import FRICTION, GRAVITY, RADIUS, RATE, SETTLE, SUBSTEPS, places, side

parser = arguments(__doc__)
parser.add_argument("engine", choices=["pymunk", "box2d", "pyb2d3"], help="pyb2d3 is Box2D v3, box2d is 2.3")
parser.add_argument("count", type=int)
options = parser.parse_args()
half, rng = side(options.count) / 2, random.Random(1)
corners = [(-half, -half), (half, -half), (half, half), (-half, half)]
edges = list(zip(corners, corners[1:] + corners[:1], strict=True))
starts = [(place, (rng.uniform(-0.5, 0.5), rng.uniform(-0.5, 0.5))) for place in places(options.count)]

if options.engine == "pymunk":
    import pymunk

    space, bodies = pymunk.Space(), []  # 10 iterations unless told otherwise
    space.gravity = 0, -GRAVITY
    shapes = [pymunk.Segment(space.static_body, *edge, 0) for edge in edges]
    for place, velocity in starts:
        bodies.append(pymunk.Body(1, pymunk.moment_for_circle(1, 0, RADIUS)))
        bodies[-1].position, bodies[-1].velocity = place, velocity
        shapes.append(pymunk.Circle(bodies[-1], RADIUS))
    for shape in shapes:
        shape.friction = math.sqrt(FRICTION)  # it multiplies the two
    space.add(*bodies, *shapes)

    def call(count: int) -> None:
        for _ in range(count):
            space.step(1 / RATE)

elif options.engine == "box2d":
    import Box2D

    world, bodies = Box2D.b2World(gravity=(0, -GRAVITY)), []
    ground = world.CreateStaticBody()
    for edge in edges:
        ground.CreateFixture(Box2D.b2FixtureDef(shape=Box2D.b2EdgeShape(vertices=list(edge)), friction=FRICTION))
    for place, velocity in starts:
        fixture = Box2D.b2FixtureDef(shape=Box2D.b2CircleShape(radius=RADIUS), density=1, friction=FRICTION)
        bodies.append(world.CreateDynamicBody(position=place, linearVelocity=velocity, fixtures=fixture, allowSleep=False))

    def call(count: int) -> None:
        for _ in range(count):
            world.Step(1 / RATE, 8, 3)

else:
    import pyb2d3

    world, bodies = pyb2d3.World(gravity=(0, -GRAVITY)), []
    material = pyb2d3.surface_material(friction=FRICTION, restitution=0.0)
    ground = world.create_static_body()
    for edge in edges:
        ground.create_shape(pyb2d3.shape_def(material=material), pyb2d3.segment(*edge))
    for place, velocity in starts:
        bodies.append(world.create_dynamic_body(position=place, linear_velocity=velocity, enable_sleep=False))
        bodies[-1].create_shape(pyb2d3.shape_def(density=1.0, material=material), pyb2d3.circle(radius=RADIUS))

    def call(count: int) -> None:
        for _ in range(count):
            world.step(1 / RATE, SUBSTEPS)


call(SETTLE)
measure(call, options, version=importlib.metadata.version(options.engine), asleep=sum(not getattr(body, "awake", True) for body in bodies))
