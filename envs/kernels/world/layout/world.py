"""Where every number lies: lanes, and the numbers and tables of a World. Of things, programs and scratch: layout_things, layout_programs, layout_scratch.

State is `[block, row, lane]`, float32. A block is `LANES` worlds; a row is one variable of all of them, so that the innermost
loop of every kernel walks the lanes over contiguous memory and becomes packed instructions. These files are the only place that knows an order of rows.

Every order is a class of plain integers: `Body.VX` is a row of a body, `Gun.SPEED` a column of the table of guns. Its numbers are counted where they
stand, not written. Where both are there, what changes has the plain name (`Joint.LENGTH`), and its table says so (`JointTable.TYPE`).
"""

import numpy as np

from ....jit.ir import LANES as LANES  # worlds in a block

F = np.float32
U = np.uint64

MAX_CORNERS = 8
MAX_BODIES = 4096 + 1
MAX_OBSERVATION = 4096
CLOCK_ROUND = 1 << 23
"""Decisions after which the counter begins anew where a game may last longer: float32 counts no further than 2^24."""


class Counter:
    """Hands out the numbers of an order, one after the other."""

    def __init__(self, first: int = 0) -> None:
        self.next = first

    def __call__(self, size: int = 1) -> int:
        """The next number, or the first of the next `size`."""
        self.next += size
        return self.next - size


class Real:
    """World.real[...]: numbers of the whole world; constants, corners and spots stand behind them."""

    number = Counter()
    HALF_W, HALF_H = number(), number()  # half the size [m]
    GRAVITY_X, GRAVITY_Y = number(), number()
    TICK, SUBSTEP = number(), number()  # [s]
    MARGIN = number()  # contacts are found this far ahead, besides what speed adds [m]
    WALL_FRICTION, WALL_BOUNCE = number(), number()
    RATE, SOFT_MASS, SOFT_IMPULSE = number(), number(), number()
    STATIC_RATE, STATIC_SOFT_MASS, STATIC_SOFT_IMPULSE = number(), number(), number()
    BOUNCE_SPEED = number()  # slower impacts don't bounce [m/s]
    DECISION = number()  # [s]
    PUSH_SPEED = number()  # overlap is undone at most this fast [m/s]
    TOUCH = number()  # closer than this is touching [m]
    LIMIT = number()  # observations are clamped to this
    UNEVEN_RATE, UNEVEN_SOFT_MASS, UNEVEN_SOFT_IMPULSE = number(), number(), number()  # of two bodies of which one is much heavier
    CELL_X, CELL_Y = number(), number()  # size of the grid's finest cells [m]
    SPACING = number()  # width of the cells that sensors use [m]
    QUICK = number()  # what is no faster can't get through anything between two searches for contacts [m/s]
    JOINT_RATE, JOINT_MASS, JOINT_IMPULSE = number(), number(), number()  # soft joints, as soft contacts
    FAR = number()  # distance to what is not there: the diagonal of the world [m]
    FLUSH = number()  # fixed shapes no farther apart than this are one surface [m]
    SIZE = number.next


class Whole:
    """World.whole[...]: integers of the whole world; the tables stand behind them."""

    number = Counter()
    BODIES, AGENTS = number(), number()
    TICKS, SUBSTEPS = number(), number()
    WALLS = number()  # one of Walls
    CAPACITY = number()  # contact slots of a world
    CLOCK = number()  # row of the decision counter
    LIMIT = number()  # decisions until truncation; 0 for none
    ROWS = number()  # rows of a world
    BOUNCY = number()  # 1: something bounces
    OVERRUN = number()  # row that counts contacts that found no slot
    PLACED = number()  # row that counts spawns that found no free spot
    WATCH, WATCHES = number(), number()  # first row and number of the touch marks
    FIRED = number()  # first row of the per-decision event counts, one for each rule
    COUNT = number()  # first row of the per-episode event counts
    RULES = number()
    SPARE = number()
    CONST, CORNER, SPOT = number(), number(), number()  # where constants, corners and spots begin in World.real
    EVENTS = number()  # agents and reward terms: where events begin in Buffers.reward, times E
    WIND = number()  # first of two rows: velocity of the air; 0 where it is still
    JUMPERS = number()  # 1: somebody jumps
    UNFIRED = number()  # row that counts shots for which the pool had no projectile left
    HELD, HELDS = number(), number()  # first row and number of the marks that say who holds what
    FRESH = number()  # rows that every episode begins anew, from the first on; the others are kept: what was given from outside
    ROUNDS = number()  # row that counts how often the decision counter began anew; 0 where it never does
    REST = number()  # first of two rows a body: what its place lacks, in a world so large that rounding would hold it back; 0 in others
    CLAIMS = number()  # lots of all contests, see rules._draw_lots
    DRAWN, DRAWNS = number(), number()  # first row and number of the joined groups' rows: see reunite.py
    CARS = number()  # 1: somebody drives a car
    HALTS = number()  # 1: something halts at walls
    MOVING, FIXED = number(), number()  # dynamic bodies; solid ones that no contact moves (static and kinematic)
    SEAMS = number()  # of the latter: those with corners, whose seams are looked for
    GATED = number()  # 1: some solid_if asks about `other`
    CYCLES = number()  # decisions until truncation besides, as whoever made the worlds has said; 0 for none
    TABLES = number.next


class Table:
    """The tables, by three integers in World.whole: where each begins there, its columns, its rows. The columns of GUN are in class Gun, and so on."""

    header = Counter(Whole.TABLES)
    BODY = header(3)
    PAIR = header(3)
    AGENT = header(3)
    TEAM = header(3)
    CODE = header(3)
    SENSE = header(3)
    RULE = header(3)
    MEETING = header(3)
    EFFECT = header(3)
    TERM = header(3)
    GATE = header(3)
    SPAWN = header(3)
    ACT = header(3)
    SCORE = header(3)
    MOVER = header(3)
    ZONE = header(3)
    BLOWN = header(3)
    KIND = header(3)
    GRID = header(3)
    APART = header(3)
    GUN = header(3)
    SHOT = header(3)
    JOINT = header(3)
    MOTOR = header(3)
    HAND = header(3)
    GRAB = header(3)
    LOCK = header(3)
    FLOOR = header(3)
    CHOICE = header(3)
    TRACE = header(3)
    MET = header(3)
    END = header.next


class Walls:
    """What bounds a world: nothing, walls, or nothing since it goes on at the other side."""

    code = Counter()
    OPEN, SOLID, WRAP = code(), code(), code()


class GridTable:
    """The grid for many bodies, one row."""

    column = Counter()
    WORLDS = column()  # contacts are found by grid where a block has at most this many live worlds (0: never)
    SIGHT = column()  # 1: spawning uses it; 2: sensors do, too
    MASK_X, MASK_Y = column(), column()  # columns and rows of the finest level - 1, then it repeats itself; powers of two - 1
    BUCKETS = column()  # of the hash table, a power of two
    LEVEL = column()  # finest level that sensors use: cells about as wide as bodies are apart
    AREA = column()  # integers of one world's grid in scratch
    NEAREST = column()  # the nearest are sought by grid where candidates x (kept + 1) are at least this many for each live world
    COLUMNS = column.next


GRID_LEVELS = 17
"""Levels of the grid; each has cells twice as wide as the one below."""


class Kind:
    """Kinds of bodies. From MEETS on a column for each kind: 0 where the two never push each other, 1 where they may, 2 + r where row r is the first of
    their touch marks; then again a column for each kind: constant with the speed up to which the two don't get through each other between two looks at
    them [m/s].
    """

    column = Counter()
    FIRST, COUNT = column(), column()  # of its bodies
    BUMPS = column()  # 1 where it may push anything
    MEETS = column.next


class Pair:
    """Pairs of bodies that may push each other."""

    column = Counter()
    A, B = column(), column()
    COLUMNS = column.next


class Apart:
    """The higher bodies that a body never pushes, see BodyTable.APART."""

    column = Counter()
    BODY = column()
    COLUMNS = column.next


class Gate:
    """A solid_if of one body: its formula, and where that asks about `other`: a kind's bodies, and the first of as many rows that say whether each of
    them is stopped (OTHERS 0: it asks about nobody).
    """

    column = Counter()
    BODY = column()
    CODE, CODE_END = column(), column()
    OTHER, OTHERS = column(), column()
    ROW = column()
    COLUMNS = column.next


class Floor:
    """What lies on the floor: a body, and the constant that friction takes from its speed [m/s^2]."""

    column = Counter()
    BODY, MOST = column(), column()
    COLUMNS = column.next
