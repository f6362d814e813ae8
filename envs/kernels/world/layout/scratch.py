"""Where everything lies in a thread's scratch, which is rebuilt all the time: contact slots and points, hulls, and areas. See world.py."""

from ....jit.ir import LANES
from .things import Body
from .world import MAX_BODIES, MAX_CORNERS, MAX_OBSERVATION, Counter

STACK_ROWS = 3 * 128 + 64
"""Each of MAX_FORMULA_DEPTH operations within each other may leave three numbers for later; a script leaves those of all its actions."""
SAVE_ROWS = 2 * 128 + 1024 + 128 + 16
"""Each of MAX_FORMULA_NAMES names may stand for a vector, half of MAX_SCRIPT_NODES may be functions over kinds that are kept, and each operation may keep
one number while its operands are worked out."""
REGISTERS = 2 + 64
"""Register 0 is `self`, 1 is `other`, the rest are the loops of aggregations, outermost first."""


class Slot:
    """Rows of one contact slot, in Scratch.slots; made anew in each tick."""

    row = Counter()
    MASS_A, MASS_B, INERTIA_A, INERTIA_B = row(), row(), row(), row()  # inverse ones
    AX, AY, BX, BY = row(), row(), row(), row()  # from the centres to the contact point when it was found [m]
    NX, NY = row(), row()  # unit normal from A to B
    GAP = row()  # what to add to the projected distance to get the separation [m]
    SHIFT_X, SHIFT_Y = row(), row()  # added to B's place in worlds that wrap [m]
    DISC, RADIUS_A, RADIUS_B = row(), row(), row()  # 1: both are discs, so the normal follows their centres
    FRICTION, BOUNCE = row(), row()
    NORMAL_MASS, TANGENT_MASS = row(), row()
    RATE, SOFT_MASS, SOFT_IMPULSE = row(), row(), row()  # soft contact, stiffer against what can't move
    NORMAL, TANGENT, PEAK = row(), row(), row()  # accumulated impulses [N s]; the largest normal one in this tick
    SPEED = row()  # approach speed at the impact that restitution answers [m/s]
    SURFACE = row()  # what both surfaces add to the speed along the tangent [m/s]
    ROWS = row.next


class SlotWord:
    """Integers of one contact slot, in Scratch.u: first row of each lane's bodies, feature, watched row + 1."""

    word = Counter()
    BODY_A, BODY_B, KEY, WATCH = word(), word(), word(), word()
    SIZE = word.next


class Hull:
    """A body's corners in world coordinates: x of all, then y."""

    number = Counter()
    X, Y = number(MAX_CORNERS), number(MAX_CORNERS)
    SIZE = number.next


class Point:
    """A contact point: normal from A to B, place half-way between the surfaces [m], their distance [m], which features of the shapes met, two spare."""

    number = Counter()
    NX, NY, X, Y, GAP, FEATURE = number(), number(), number(), number(), number(), number()
    SPARE_X, SPARE_Y = number(), number()
    SIZE = number.next


class Tray:
    """Rows of Area.JOINT: one joint and what it joins."""

    row = Counter()
    VAX, VAY, WA, VBX, VBY, WB = row(), row(), row(), row(), row(), row()  # velocities
    MA, IA, MB, IB = row(), row(), row(), row()  # inverse masses
    AX, AY, BX, BY = row(), row(), row(), row()  # arms from the centres to the anchors
    DX, DY = row(), row()  # from anchor to anchor
    ON = row()  # 1: whole, and both bodies in the world
    ANGLE = row()  # sine of the turn of B against A since the start
    NX, NY, SA, SB = row(), row(), row(), row()  # the axis of spring, motor and limits: direction, arms
    MASS, C = row(), row()  # effective mass along it; how far [m] or [rad]
    ROOM = row()  # errors up to this are undone by velocities that joints keep, others by those of reunite.py
    ROWS = row.next


class Area:
    """Scratch.f: rows; but hulls and points are numbers of Scratch.h."""

    number, row = Counter(), Counter()
    HULL_A, HULL_B, HULL_C = number(Hull.SIZE), number(Hull.SIZE), number(Hull.SIZE)
    POINTS = number(2 * Point.SIZE)  # up to two contact points
    SHAPES = number.next  # numbers of Scratch.h
    MASK = row()  # in which worlds something holds
    HELD = row()  # a second one
    FREE = row()  # of a meeting: in which worlds both are there and no rule has placed one in this decision
    LEFT = row()  # events to come
    CAME = row()  # whether the last of them came
    TURN = row()  # whose turn it is: 0 not now, 1 now, 2 now, but another one comes first
    ASK = row()  # 1 in the lanes whose worlds are asked: see program.run
    BODY_A, BODY_B = row(Body.TURN + 1), row(Body.TURN + 1)  # two bodies, gathered: the first rows of each
    SAVE = row(SAVE_ROWS)
    STACK = row(STACK_ROWS)
    FAR = row(MAX_BODIES)  # squared distances of candidates
    PICK = row(MAX_BODIES)  # chosen bodies
    SEEN = row(MAX_BODIES)  # whether each is seen
    JOINT = row(Tray.ROWS)  # one joint and its two bodies, gathered
    DRAWS = row()  # in which worlds joints draw together what is far apart
    DRAWN = row(3 * MAX_BODIES)  # and how fast each body is drawn: velocity and spin
    STAGE = row(MAX_OBSERVATION)  # one agent's observation
    SIZE = row.next
    ACTION = row.next  # all agents' actions, then their wishes: the last, since their number varies


class Integer:
    """Scratch.i: integers."""

    number = Counter()
    COUNT, CURSOR, NEAR, FIXED = number(LANES), number(LANES), number(LANES), number(LANES)
    REGISTER = number(REGISTERS)
    LOOP = number(2 * REGISTERS)
    CROWD = number()  # while a world is set up: 1 where area 0 of the grid holds what stands in it, 2 where there is no grid; else 0
    SIZE = number.next
    FOUND = number.next  # in a game with a grid: two lists of bodies, then the areas of the grid
