"""Where the numbers of things lie: bodies and what drives, joins, holds, shoots, moves and places them. See world.py."""

from .world import Counter


class Body:
    """Rows of one body; body 0 is the world itself: immovable, at the origin, the other side of every contact with a wall."""

    row = Counter()
    X, Y = row(), row()  # centre of mass [m]
    VX, VY, SPIN = row(), row(), row()  # velocity [m/s] and spin [rad/s]
    TURN = row()  # angle turned since contacts were last found [rad]
    COS, SIN = row(), row()  # heading as a unit vector
    INV_MASS, INV_INERTIA = row(), row()  # [1/kg], [1/(kg m^2)]; 0 for what contacts can't move
    ROUND = row()  # corner radius [m]
    SCALE_X, SCALE_Y = row(), row()  # the template outline is multiplied by these [m]
    REACH = row()  # radius of the circle that holds the whole shape [m]
    FRICTION, BOUNCE = row(), row()  # Coulomb coefficient; share of the approach speed that returns
    DRAG, SPIN_DRAG, GRAVITY = row(), row(), row()  # [1/s], [1/s], multiple of the world's gravity
    ALIVE, SOLID = row(), row()  # 1 or 0: is in the world; bumps into things
    SAID = row()  # symbol uttered in this decision, which others perceive after it; -1 is silence
    SURFACE = row()  # speed of its surface along its outline, clockwise [m/s]: a belt's top runs to +x
    DRIVE_X, DRIVE_Y = row(), row()  # what the policy wants, each in [-1, 1]
    TOP_SPEED, ACCEL, TURN_RATE = row(), row(), row()  # of the drive [m/s], [m/s^2], [rad/s] or [rad/s^2]
    START_X, START_Y, START_COS, START_SIN = row(), row(), row(), row()  # at the start of the episode
    ROWS = row.next


class BodyTable:
    """Integer facts of one body."""

    column = Counter()
    CORNER, CORNERS = column(), column()  # first row and number of its corners, behind Whole.CORNER in World.real
    MOVES = column()  # one of Moves
    DRIVE = column()  # one of Drive
    WALLS = column()  # one of AtWalls
    KIND = column()  # index of its kind
    WALL_WATCH = column()  # row to mark when it touches a wall, or -1
    OWN, OWN_STEP = column(), column()  # row of the first number that its drive keeps for it, rows from one of these numbers to the next
    POOLED = column()  # 1 + its row in table SHOT where it is a projectile, which is absent until shot; else 0
    APART, APART_END = column(), column()  # rows of table APART: the higher bodies that it never pushes
    TRACE = column()  # 1 + its row in table TRACE, or 0
    PLACED = column()  # row that says whether a rule placed it in this decision, or -1
    MET, MET_END = column(), column()  # rows of table MET: the meetings that begin anew when it is placed or shot
    RANK = column()  # its place among the dynamic bodies, or among the solid ones that no contact moves
    GATE, GATE_END = column(), column()  # rows of table GATE: kinds about which its solid_if asks one by one
    COLUMNS = column.next


class Moves:
    """How a body moves: never, by physics, or at its own velocity."""

    code = Counter()
    STATIC, DYNAMIC, KINEMATIC = code(), code(), code()


class AtWalls:
    """What walls do to a body: nothing, keep it inside, or halt it as well."""

    code = Counter()
    FREE, KEPT, HALTS = code(), code(), code()


class Drive:
    """What a body is driven by."""

    code = Counter()
    NONE, THRUST, WALK, TANK, ROCKET, CAR, JUMP = code(), code(), code(), code(), code(), code(), code()


class Car:
    """Numbers that the drive of a car keeps for it, beside the bodies' rows (tables.own_row finds them)."""

    row = Counter()
    STEER = row()  # angle of the front wheels [rad]
    STEER_MOST, STEER_RATE = row(), row()  # [rad], [rad/s]
    WHEELBASE = row()  # [m]
    BRAKE, REVERSE = row(), row()  # [m/s^2], [m/s]
    GRIP = row()  # what the tyres of one axle can do for the whole car [m/s^2]
    FRONT = row()  # share of the engine's push at the front axle
    ALONG_FRONT, ALONG_REAR = (
        row(),
        row(),
    )  # impulses of the tyres in this substep, for each kilogram, along the front and the rear wheel [m/s]
    ACROSS_FRONT, ACROSS_REAR = row(), row()  # and across
    ROWS = row.next


class Jump:
    """Numbers that the drive of a jumper keeps for it, as a car's."""

    row = Counter()
    GROUNDED = row()  # 1: stood on something in the last tick
    AIR = row()  # how long ago that was [s]
    READY = row()  # 1: the jump was let go since the last one
    NX, NY = row(), row()  # normal of the ground
    VX, VY = row(), row()  # velocity of the ground's surface where it stands [m/s]
    GROUND = row()  # body that is the ground
    KICK = row()  # speed gained by jumping in this substep [m/s]
    HEIGHT, AIR_SHARE, COYOTE = row(), row(), row()  # [m], share of the acceleration left in the air, [s]
    ROWS = row.next


class Joint:
    """Rows of one joint in the state, from JointTable.ROW on."""

    row = Counter()
    BROKEN = row()  # 1 since it broke
    AX, AY, BX, BY = row(), row(), row(), row()  # anchors in the frames of its two bodies [m]
    COS, SIN = row(), row()  # heading of B as seen from A at the start
    AXIS_X, AXIS_Y = row(), row()  # direction of a slider in the frame of A
    LENGTH = row()  # where a spring rests, greatest length of a rope [m]
    PX, PY = row(), row()  # accumulated impulses [N s]: of the point; of a slider across its axis, and its turn [N m s]
    TURN = row()  # of a weld's turn [N m s]
    SPRING, MOTOR, LOW, HIGH = row(), row(), row(), row()  # along the axis [N s], about a pin [N m s]
    GOAL = row()  # speed the motor goes for [m/s] or [rad/s]
    POSITION, SPEED = row(), row()  # turned since the start [rad], slid or long [m]; and how fast that changes
    TURN_COS, TURN_SIN = row(), row()  # POSITION of a pin as a unit vector
    SUM, FORCE = row(), row()  # impulse held so far in this tick [N s]; mean force held in the last one [N]
    ROWS = row.next


class JointTable:
    """A joint: what it joins, where its numbers stand, which constraints it has, and how its anchors are given."""

    column = Counter()
    TYPE = column()  # one of JointType
    A, B = column(), column()  # bodies
    ROW, CONST = column(), column()  # first row, first constant
    SPRING, MOTOR, LOW, HIGH = column(), column(), column(), column()  # 1: has one
    ANCHOR, POINTS = column(), column()  # one of Anchor; first of the constants with its points
    DRAWN = column()  # first row of the group of bodies that joints hold together, directly or by others
    COLUMNS = column.next


class JointType:
    """Types of joints. LINE: a spring."""

    code = Counter()
    PIN, WELD, SLIDER, LINE, ROPE = code(), code(), code(), code(), code()


class JointConst:
    """Constants of a joint: soft spring, limits, motor (speed, greatest impulse in a substep), the force that breaks it (0: none), axis, length (-1: as it
    starts).
    """

    number = Counter()
    RATE, MASS, IMPULSE = number(), number(), number()
    LOW, HIGH = number(), number()
    SPEED, MOST = number(), number()
    BREAK = number()
    AXIS_X, AXIS_Y = number(), number()
    LENGTH = number()


class Anchor:
    """How a joint's anchors are given: half-way between its bodies, at a point of the world, at one of A or of B, or at one of each."""

    code = Counter()
    MIDDLE, AT, A, B, BOTH = code(), code(), code(), code(), code()


class Drawn:
    """Rows of a group of bodies that joints hold together."""

    row = Counter()
    LEFT = row()  # for how long the group is drawn together [s] (below 0: if it is far apart)
    WORST = row()  # how far apart it is now: a level of reunite.py
    ROWS = row.next


class Motor:
    """Which number of whose action sets the goal of which joint."""

    column = Counter()
    BODY, ACTION, DISCRETE = column(), column(), column()
    ROW, CONST = column(), column()  # of the joint
    COLUMNS = column.next


class Hand:
    """Rows of one agent's hands in the state."""

    row = Counter()
    GRAB, LOCK = row(), row()  # what the policy wants, in [-1, 1]
    HELD = row()  # the body it holds, 0 for none
    AX, AY, BX, BY = row(), row(), row(), row()  # where, in the frames of the agent and of what it holds [m]
    COS, SIN = row(), row()  # heading of what it holds as seen from the agent when it was grabbed
    PX, PY, TURN = row(), row(), row()  # accumulated impulses [N s], [N m s]
    ROWS = row.next


class HandTable:
    """An agent's hands."""

    column = Counter()
    BODY, ROW = column(), column()  # the agent; first of its rows
    ACTION, DISCRETE = column(), column()  # where its actions stand
    LOCKS, FIRM = column(), column()  # 1: it locks things; it holds them at their angle
    GRABS, GRABS_END = column(), column()  # rows of table GRAB: the kinds it can grab
    REACH, MOST = column(), column()  # constants: [m]; greatest impulse in a substep [N s]
    OWN = column()  # row of the mark that it holds something
    THROUGH = column()  # 1: walls don't stop it
    COLUMNS = column.next


class Grab:
    """A kind that a team can grab; first rows of its marks, one row a body (-1: can't be locked)."""

    column = Counter()
    FIRST, COUNT = column(), column()
    HELD, HELD_BY = column(), column()
    LOCKED, LOCKED_BY = column(), column()
    LOCK = column()
    COLUMNS = column.next


class Lock:
    """A kind that can be locked; each body keeps inverse mass and inertia while it is."""

    column = Counter()
    FIRST, COUNT = column(), column()
    LOCKED, KEPT = column(), column()  # first row of the marks; first of two rows for each body
    COLUMNS = column.next


class Gun:
    """An agent that shoots."""

    column = Counter()
    BODY, ACTION, FREE, DISCRETE = column(), column(), column(), column()
    SHOT, SHOTS = column(), column()
    SPEED, COOLDOWN, LIFE, SPREAD = column(), column(), column(), column()
    AMMO, RELOAD = column(), column()
    COLUMNS = column.next


class Shot:
    """A projectile."""

    column = Counter()
    BODY, OWNER, LEFT, SPENT = column(), column(), column(), column()
    PAIR, PAIR_END = column(), column()
    VANISHES, KNOCK = column(), column()
    COLUMNS = column.next


class Mover:
    """Rows of a thing that moves along a path, from MoverTable.ROW on."""

    row = Counter()
    SPEED, PAUSE = row(), row()  # [m/s], [s]
    PHASE, PERIOD = row(), row()  # share of the cycle, [ticks]
    X, Y = row(), row()  # where the path lies [m]
    ROWS = row.next


class MoverTable:
    """A thing that moves along a path."""

    column = Counter()
    BODY, ROW = column(), column()
    SEGMENT, SEGMENTS = column(), column()  # first constant of its segments, and how many these are
    CYCLE = column()  # fractions of a tick in a cycle, 0 where it varies by episode
    COLUMNS = column.next


class Segment:
    """Constants of one segment of a path [m]."""

    number = Counter()
    X, Y, DX, DY, LENGTH = number(), number(), number(), number(), number()
    SIZE = number.next


class Zone:
    """A zone that pushes, one row for each body that it may push."""

    column = Counter()
    BODY, ON, ROW = column(), column(), column()
    FORCE, FORCE_END = column(), column()
    WIND, WIND_END = column(), column()
    DRAG = column()
    COLUMNS = column.next


class BlownTable:
    """A body that zones push."""

    column = Counter()
    BODY, ROW = column(), column()
    COLUMNS = column.next


class Blown:
    """Rows of a body that zones push, from BlownTable.ROW on."""

    row = Counter()
    AX, AY, DRAG = row(), row(), row()  # acceleration [m/s^2], and drag [1/s] on top of its own
    ROWS = row.next


class SpawnOp:
    """What a line of the spawn table does."""

    code = Counter()
    CONST, UNIFORM, NORMAL, CHOICE = code(), code(), code(), code()
    MASS, ANGLE, PLACE, SHUFFLE, PATH, SHIFT, STAND = code(), code(), code(), code(), code(), code(), code()
    STRETCH, GIVEN, COPY = code(), code(), code()


class Spawn:
    """A line of what sets an episode up; A to D depend on the operation."""

    column = Counter()
    OP, ROW, A, B, C, D = column(), column(), column(), column(), column(), column()
    SPARE = column(2)
    COLUMNS = column.next


class Varying:
    """Rows of each param that varies by world: 1 where a value was given from outside, and the value."""

    row = Counter()
    GIVEN, VALUE = row(), row()
    ROWS = row.next


class Spot:
    """A place, behind Whole.SPOT in World.real."""

    column = Counter()
    SHAPE, X, Y, W, H, GAP = column(), column(), column(), column(), column(), column()
    KIND, KINDS, TURN = column(), column(), column()
    AWAY, AWAYS, WALL_GAP = column(), column(), column()
    COLUMNS = column.next
    CENTRE_X, CENTRE_Y, SHUFFLE = AWAY, AWAYS, WALL_GAP
    """The same columns where the place is no region: where the outline's centre lies in the file, and whether spots are dealt out at random."""


class SpotShape:
    """RECT, DISC: centre, half sizes or radius in W. RING: centre, radius. ROW: X, Y to W, H. INSIDE: a body of the KINDS from KIND on. FIXED: a
    point. START: as at the start. SHIFT: not moved, but from where the file puts its origin to where its centre is then. SHAPED: as RECT, for
    what is too long for it: its outline has to fit, as it lies, not the circle around it.
    """

    code = Counter()
    RECT, DISC, RING, ROW, INSIDE, FIXED, START, SHIFT, SHAPED = code(), code(), code(), code(), code(), code(), code(), code(), code()


class SpotAway:
    """Bodies to keep away from, among the places: the first, how many, and by how much [m]."""

    column = Counter()
    FIRST, COUNT, DISTANCE = column(), column(), column()
    SPARE = column(Spot.COLUMNS - 3)
