"""Where every number lies: lanes, the rows of a body, the rows of a contact slot, and the codes of all programs.

State is `[block, row * LANES + lane]`, float32. A block is `LANES` worlds; a row is one variable of all of them, so that the innermost
loop of every kernel walks the lanes over contiguous memory and becomes packed instructions. The tables below are the only place that
knows the order of the rows.
"""

import numpy as np

from .ir_types import LANES as LANES  # worlds in a block

F = np.float32
U = np.uint64

MAX_CORNERS = 8
MAX_BODIES = 4096 + 1
MAX_OBSERVATION = 4096
CLOCK_ROUND = 1 << 23
"""Decisions after which the counter begins anew where a game may last longer: float32 counts no further than 2^24."""

# --- rows of one body; body 0 is the world itself: immovable, at the origin, the other side of every contact with a wall ---
X, Y = 0, 1                     # centre of mass [m]
VX, VY, W = 2, 3, 4             # velocity [m/s] and spin [rad/s]
TURN = 5                        # angle turned since contacts were last found [rad]
COS, SIN = 6, 7                 # heading as a unit vector
INV_MASS, INV_INERTIA = 8, 9    # [1/kg], [1/(kg m^2)]; 0 for what contacts can't move
ROUND = 10                      # corner radius [m]
SCALE_X, SCALE_Y = 11, 12       # the template outline is multiplied by these [m]
REACH = 13                      # radius of the circle that holds the whole shape [m]
FRICTION, BOUNCE = 14, 15       # Coulomb coefficient; share of the approach speed that returns
DRAG, SPIN_DRAG, GRAVITY = 16, 17, 18   # [1/s], [1/s], multiple of the world's gravity
ALIVE, SOLID = 19, 20           # 1 or 0: is in the world; bumps into things
SAID = 21                       # symbol uttered in this decision, which others perceive after it; -1 is silence
SURFACE = 22                    # speed of its surface along its outline, clockwise [m/s]: a belt's top runs to +x
DRIVE_X, DRIVE_Y = 23, 24       # what the policy wants, each in [-1, 1]
TOP_SPEED, ACCEL, TURN_RATE = 25, 26, 27   # of the drive [m/s], [m/s^2], [rad/s] or [rad/s^2]
START = 28                      # X, Y, COS, SIN at the start of the episode: 4 rows
BODY_ROWS = 32

# --- integer facts of one body: table W_BODY [b, ...] ---
B_CORNER, B_CORNERS = 0, 1      # first row and number of its corners, behind N_CORNER in World.real
B_MOVES = 2                     # 1: integrated by physics (dynamic), 2: moves at its own velocity (kinematic), 0: never
B_DRIVE = 3                     # one of the D_ codes
B_WALLS = 4                     # 1: kept inside by the walls; WALLS_HALT: and halts at them
WALLS_HALT = 2
B_KIND = 5                      # index of its kind
B_WALL_WATCH = 6                # row to mark when it touches a wall, or -1
B_OWN, B_OWN_STEP = 7, 8        # row of the first number that its drive keeps for it, rows from one of these numbers to the next
B_POOLED = 9                    # 1 + its row in table W_SHOT where it is a projectile, which is absent until shot; else 0
B_APART, B_APART_END = 10, 11    # rows of table W_APART: the higher bodies that it never pushes
B_TRACE = 12                    # 1 + its row in table W_TRACE, or 0
B_PLACED = 13                   # row that says whether a rule placed it in this decision, or -1
B_MET, B_MET_END = 14, 15       # rows of table W_MET: the meetings that begin anew when it is placed or shot
B_RANK = 16                    # its place among the dynamic bodies, or among the solid ones that no contact moves
B_GATE, B_GATE_END = 17, 18      # rows of table W_GATE: kinds about which its solid_if asks one by one
B_COLUMNS = 19

D_NONE, D_THRUST, D_WALK, D_TANK, D_ROCKET, D_CAR, D_JUMP = 0, 1, 2, 3, 4, 5, 6

# --- numbers that a drive keeps for each of its bodies, beside the bodies' rows (tables.own_row finds them) ---
CAR_STEER = 0                   # angle of the front wheels [rad]
CAR_STEER_MOST, CAR_STEER_RATE = 1, 2   # [rad], [rad/s]
CAR_WHEELBASE = 3               # [m]
CAR_BRAKE, CAR_REVERSE = 4, 5   # [m/s^2], [m/s]
CAR_GRIP = 6                    # what the tyres of one axle can do for the whole car [m/s^2]
CAR_FRONT = 7                   # share of the engine's push at the front axle
CAR_ALONG_F, CAR_ALONG_R = 8, 9         # impulses of the tyres in this substep, for each kilogram, along the front and the rear wheel [m/s]
CAR_ACROSS_F, CAR_ACROSS_R = 10, 11     # and across
CAR_ROWS = 12
JUMP_GROUNDED = 0               # 1: stood on something in the last tick
JUMP_AIR = 1                    # how long ago that was [s]
JUMP_READY = 2                  # 1: the jump was let go since the last one
JUMP_NX, JUMP_NY = 3, 4         # normal of the ground
JUMP_VX, JUMP_VY = 5, 6         # velocity of the ground's surface where it stands [m/s]
JUMP_GROUND = 7                 # body that is the ground
JUMP_KICK = 8                   # speed gained by jumping in this substep [m/s]
JUMP_HEIGHT, JUMP_AIR_SHARE, JUMP_COYOTE = 9, 10, 11   # [m], share of the acceleration left in the air, [s]
JUMP_ROWS = 12

# --- rows of one contact slot (scratch of a thread, rebuilt in each tick) ---
K_MASS_A, K_MASS_B, K_INERTIA_A, K_INERTIA_B = 0, 1, 2, 3   # inverse ones
K_AX, K_AY, K_BX, K_BY = 4, 5, 6, 7       # from the centres to the contact point when it was found [m]
K_NX, K_NY = 8, 9                         # unit normal from A to B
K_GAP = 10                                # what to add to the projected distance to get the separation [m]
K_SHIFT_X, K_SHIFT_Y = 11, 12             # added to B's place in worlds that wrap [m]
K_DISC, K_RADIUS_A, K_RADIUS_B = 13, 14, 15   # 1: both are discs, so the normal follows their centres
K_FRICTION, K_BOUNCE = 16, 17
K_NORMAL_MASS, K_TANGENT_MASS = 18, 19
K_RATE, K_SOFT_MASS, K_SOFT_IMPULSE = 20, 21, 22   # soft contact, stiffer against what can't move
K_NORMAL, K_TANGENT, K_PEAK = 23, 24, 25  # accumulated impulses [N s]; the largest normal one in this tick
K_SPEED = 26                              # approach speed at the impact that restitution answers [m/s]
K_SURFACE = 27                            # what both surfaces add to the speed along the tangent [m/s]
SLOT_ROWS = 28

# --- World.real[...]: numbers of the whole world; constants, corners and spots stand behind them ---
P_HALF_W, P_HALF_H = 0, 1       # half the size [m]
P_GRAVITY_X, P_GRAVITY_Y = 2, 3
P_TICK, P_SUBSTEP = 4, 5        # [s]
P_MARGIN = 6                    # contacts are found this far ahead, besides what speed adds [m]
P_WALL_FRICTION, P_WALL_BOUNCE = 7, 8
P_RATE, P_SOFT_MASS, P_SOFT_IMPULSE = 9, 10, 11
P_STATIC_RATE, P_STATIC_SOFT_MASS, P_STATIC_SOFT_IMPULSE = 12, 13, 14
P_BOUNCE_SPEED = 15             # slower impacts don't bounce [m/s]
P_DECISION = 16                 # [s]
P_PUSH_SPEED = 17               # overlap is undone at most this fast [m/s]
P_TOUCH = 18                    # closer than this is touching [m]
P_LIMIT = 19                    # observations are clamped to this
P_UNEVEN_RATE, P_UNEVEN_SOFT_MASS, P_UNEVEN_SOFT_IMPULSE = 20, 21, 22  # of two bodies of which one is much heavier
P_CELL_X, P_CELL_Y = 23, 24     # size of the grid's finest cells [m]
P_SPACING = 25                  # width of the cells that sensors use [m]
P_QUICK = 26                    # what is no faster can't get through anything between two searches for contacts [m/s]
P_JOINT_RATE, P_JOINT_MASS, P_JOINT_IMPULSE = 27, 28, 29   # soft joints, as soft contacts
P_FAR = 30                      # distance to what is not there: the diagonal of the world [m]
P_FLUSH = 31                    # fixed shapes no farther apart than this are one surface [m]
P_COUNT = 32

# --- World.whole[...]: integers of the whole world; the tables stand behind them ---
N_BODIES, N_AGENTS = 0, 1
N_TICKS, N_SUBSTEPS = 2, 3
N_WALLS = 4                     # one of the WALLS_ codes
N_CAPACITY = 5                  # contact slots of a world
N_CLOCK = 6                     # row of the decision counter
N_LIMIT = 7                     # decisions until truncation; 0 for none
N_ROWS = 8                      # rows of a world
N_BOUNCY = 9                    # 1: something bounces
N_OVERRUN = 10                  # row that counts contacts that found no slot
N_PLACED = 11                   # row that counts spawns that found no free spot
N_WATCH, N_WATCHES = 12, 13     # first row and number of the touch marks
N_FIRED = 14                    # first row of the per-decision event counts, one for each rule
N_COUNT = 15                    # first row of the per-episode event counts
N_RULES = 16
N_EVENTS = 21                   # agents and reward terms: where events begin in Buffers.reward, times E
N_WIND = 22                     # first of two rows: velocity of the air; 0 where it is still
N_JUMPERS = 23                  # 1: somebody jumps
N_UNFIRED = 24                  # row that counts shots for which the pool had no projectile left
N_CONST, N_CORNER, N_SPOT = 18, 19, 20   # where constants, corners and spots begin in World.real
N_HELD, N_HELDS = 25, 26        # first row and number of the marks that say who holds what
N_ROUNDS = 28                   # row that counts how often the decision counter began anew; 0 where it never does
N_REST = 29                     # first of two rows a body: what its place lacks, in a world so large that rounding would hold it back; 0 in others
N_FRESH = 27                    # rows that every episode begins anew, from the first on; the others are kept: what was given from outside
N_CLAIMS = 30                   # lots of all contests, see meetings.draw_lots
N_DRAWN, N_DRAWNS = 31, 32      # first row and number of the joined groups' rows: see reunite.py
N_CARS = 33                     # 1: somebody drives a car
N_HALTS = 34                    # 1: something halts at walls
N_MOVING, N_FIXED = 35, 36      # dynamic bodies; solid ones that no contact moves (static and kinematic)
N_SEAMS = 37                    # of the latter: those with corners, whose seams are looked for
N_GATED = 38                    # 1: some solid_if asks about `other`
N_CYCLES = 39                   # decisions until truncation besides, as whoever made the worlds has said; 0 for none
N_TABLES = 40                   # for each table (W_ codes): where it begins in World.whole, its columns, its rows
_TABLES = 31
(W_BODY, W_PAIR, W_AGENT, W_TEAM, W_CODE, W_SENSE, W_RULE, W_MEETING, W_EFFECT, W_TERM, W_GATE, W_SPAWN, W_ACT, W_SCORE, W_MOVER, W_ZONE,
 W_BLOWN, W_KIND, W_GRID, W_APART, W_GUN, W_SHOT, W_JOINT, W_MOTOR, W_HAND, W_GRAB, W_LOCK, W_FLOOR,
 W_CHOICE, W_TRACE, W_MET) = range(N_TABLES, N_TABLES + 3 * _TABLES, 3)  # fmt: skip
N_WHOLE = N_TABLES + 3 * _TABLES
PAIR_COLUMNS, CODE_COLUMNS, SPOT_COLUMNS, SCORE_COLUMNS, APART_COLUMNS = 2, 4, 12, 2, 1
# --- table W_GATE: a solid_if of one body: its formula, and where that asks about `other`: a kind's bodies, and the first of as many rows that say
# whether each of them is stopped (GATE_OTHERS 0: it asks about nobody) ---
(GATE_BODY, GATE_CODE, GATE_CODE_END, GATE_OTHER, GATE_OTHERS, GATE_ROW) = range(6)
GATE_COLUMNS = 6
TRACE_COLUMNS = 1               # a body whose path within a decision is kept: TRACE_ROWS, the rows of its place and heading
TRACE_ROWS = 4
MET_COLUMNS = 2                 # a meeting, and its rule
LOT_ROWS = 3                    # of what several meetings may claim: how many do, the greatest number drawn, and the meeting that drew it
FLOOR_COLUMNS = 2               # body, constant: what friction with the floor takes from its speed [m/s^2]

WALLS_OPEN, WALLS_SOLID, WALLS_WRAP = 0, 1, 2

# --- kinds: table W_KIND [kind, ...]; from KIND_MEETS on a column for each kind: 0 where the two never push each other, 1 where they may,
# 2 + r where row r is the first of their touch marks; then again a column for each kind: constant with the speed up to which the two don't get
# through each other between two looks at them [m/s] ---
KIND_FIRST, KIND_COUNT, KIND_BUMPS, KIND_MEETS = 0, 1, 2, 3   # KIND_BUMPS: 1 where it may push anything

# --- the grid for many bodies: table W_GRID, one row ---
(GRID_LANES,                    # contacts are found by grid where a block has at most this many live worlds (0: never)
 GRID_SIGHT,                    # 1: spawning uses it; 2: sensors do, too
 GRID_MASK_X, GRID_MASK_Y,      # columns and rows of the finest level - 1, then it repeats itself; powers of two - 1
 GRID_BUCKETS,                  # of the hash table, a power of two
 GRID_LEVEL,                    # finest level that sensors use: cells about as wide as bodies are apart
 GRID_AREA,                     # integers of one world's grid in scratch
 GRID_NEAREST) = range(8)       # the nearest are sought by grid where candidates x (kept + 1) are at least this many for each live world
GRID_COLUMNS = 8
GRID_LEVELS = 17                # each has cells twice as wide as the one below

# --- operations of a formula: rows (op, a, b, c) of table W_CODE ---
(
    OP_CONST, OP_ROW, OP_ENTITY, OP_REG, OP_FIELD, OP_FIELD_REG, OP_VEC_FIELD, OP_SAVE, OP_LOAD,
    OP_ADD, OP_SUB, OP_MUL, OP_DIV, OP_MOD, OP_NEG, OP_MIN, OP_MAX, OP_ABS, OP_SQRT, OP_FLOOR, OP_SIGN,
    OP_LT, OP_LE, OP_GT, OP_GE, OP_EQ, OP_NE, OP_AND, OP_OR, OP_NOT, OP_IF,
    OP_VADD, OP_VSUB, OP_VSCALE, OP_DOT, OP_CROSS, OP_LENGTH, OP_UNIT, OP_ROTATE, OP_VIF, OP_DROP_Y, OP_DROP_X,
    OP_ANGLE, OP_SIN, OP_COS, OP_PICK, OP_LOOP, OP_NEXT, OP_INSIDE, OP_TOUCHING, OP_TOUCH_WALL, OP_RANDOM, OP_DIST_REG,
    OP_DIST,
) = range(54)  # fmt: skip
NEAREST, FARTHEST = 0, 1
LOOP_SUM, LOOP_MIN, LOOP_MAX, LOOP_ANY, LOOP_ALL, LOOP_COUNT, LOOP_MEAN, LOOP_ARGMIN = range(8)
STACK_ROWS = 3 * 128 + 64
"""Each of MAX_FORMULA_DEPTH operations within each other may leave three numbers for later; a script leaves those of all its actions."""
SAVE_ROWS = 2 * 128 + 1024 + 128 + 16
"""Each of MAX_FORMULA_NAMES names may stand for a vector, half of MAX_SCRIPT_NODES may be functions over kinds that are kept, and each operation may keep
one number while its operands are worked out."""
REGISTERS = 2 + 64
"""Register 0 is `self`, 1 is `other`, the rest are the loops of aggregations, outermost first."""

# --- operations of a sensor: rows of table W_SENSE ---
(S_SELF, S_ROW, S_ONE_HOT, S_SELECT, S_PAIR, S_ITEM, S_DISTANCE, S_SEEN, S_RAYS, S_TOUCH, S_NOISE, S_HEAR, S_SAID, S_MINE,
 S_CLOCK, S_SQUASH) = range(16)
SENSE_COLUMNS = 12
ABOVE, BELOW = 1, 2              # on which sides of 0 a number that is seen has no bound, and is squashed

# --- rules: table W_RULE [r, ...], table W_MEETING [m, ...], table W_EFFECT [e, ...] ---
(WHEN_TOUCH, WHEN_APART, WHEN_INSIDE, WHEN_OUTSIDE, WHEN_NEAR, WHEN_HEARS, WHEN_EVERY, WHEN_AT, WHEN_START, WHEN_FORMULA, WHEN_TOUCH_WALL,
 WHEN_APART_WALL, WHEN_BREAKS, WHEN_GRABS, WHEN_RELEASES) = range(15)  # fmt: skip
(R_WHEN, R_CODE, R_CODE_END, R_IF, R_IF_END, R_ONCE, R_COOLDOWN, R_CHANCE, R_VALUE, R_MEETING, R_MEETINGS, R_EFFECT, R_EFFECTS, R_ENDS,
 R_PERIOD, R_PARTS,             # R_PERIOD / R_PARTS: decisions from one `every` to the next; R_PERIOD: which decision `at` is
 R_PUT,                         # 1, 2: it places the first, second of a pair, which moves while the other doesn't (a portal); else 0
 R_CLAIMS,                      # what of a meeting others may claim as well, in bits: 1 the first, 2 the second, 4 the rule itself (once)
 R_CLAIM_A, R_CLAIM_B, R_CLAIM,   # number of the lot: of the first and the second without their body's number; of the rule
 R_DRAWS) = range(22)           # 1: its `if` draws random numbers
R_COLUMNS = 22
(M_A, M_B, M_HELD, M_WAIT, M_WATCH, M_PART_A, M_PART_B, M_TRACED) = range(8)   # M_TRACED: 1 where the path counts, 0 where contacts say it all
M_COLUMNS = 8
# what M_HELD says of two between decisions; of `apart` and `outside`: MET_DONE while they are together, MET_WAITS since they parted
MET_NOT, MET_DONE, MET_WAITS, MET_PUT = 0, 1, 2, 3   # not together; together and the event has come; ... and `if` hasn't held yet; put there by a rule
(E_SET, E_ADD, E_SET_VECTOR, E_ADD_VECTOR, E_SET_ANGLE, E_ADD_ANGLE, E_SET_SPIN, E_ADD_SPIN, E_PLACE, E_REMOVE, E_PUSH, E_BREAK, E_SET_ACCEL, E_ADD_ACCEL,
 E_SET_TOP_SPEED, E_ADD_TOP_SPEED) = range(16)
(E_OP, E_TARGET, E_FIRST, E_LAST, E_ROW, E_STRIDE, E_CODE, E_CODE_END, E_SPOT, E_KEEP, E_RANGE) = range(11)
E_COLUMNS = 11                  # E_KEEP: what placing leaves as it is; E_RANGE: the least value of a variable (constant), its greatest behind it; 0 for none
KEEP_VELOCITY, KEEP_SPIN, KEEP_ANGLE, BACK, BACK_SOLID = 1, 2, 4, 8, 16   # BACK: placing brings back what was removed; BACK_SOLID: as something solid
TARGET_A, TARGET_B, TARGET_ALL, TARGET_OWNER_A, TARGET_OWNER_B = range(5)

# --- rewards: table W_TERM [t, ...] ---
(T_EVENT, T_PART, T_FORMULA, T_PROGRESS) = range(4)
(T_OP, T_ROW, T_CODE, T_CODE_END, T_WEIGHT, T_SHARED, T_OUT, T_COMMON, T_PARAM) = range(9)   # T_PARAM: row that multiplies it as well, 0 for none
T_COLUMNS = 9

# --- agents and teams ---
(A_BODY, A_TEAM, A_INDEX, A_ACTION) = range(4)
A_COLUMNS = 4
(G_FIRST, G_AGENTS, G_SENSE, G_SENSE_END, G_OBS, G_OBS_OFFSET, G_ACTION, G_ACTION_OFFSET, G_REWARD_OFFSET, G_SYMBOLS, G_TERM, G_TERM_END,
 G_DISCRETE, G_SPEECH, G_WISH, G_WISHES) = range(16)  # fmt: skip
G_COLUMNS = 16                  # G_WISH: first row of what its agents wish for, behind F_ACTION; G_WISHES: rows of one agent

# --- baselines: wishes are continuous actions; where actions are discrete, choices follow from them ---
# table W_ACT [n, ...]: a row for each action with a formula; ACT_NUMBER: which of an agent's wishes; ACT_VECTOR: 1 where it takes two; ACT_SYMBOLS: of how
# many. The first row of a team has the code of them all, and how many rows they are; ACT_STACK: which row of the stack has this one's result.
(ACT_TEAM, ACT_NUMBER, ACT_CODE, ACT_CODE_END, ACT_VECTOR, ACT_SYMBOLS, ACT_STACK, ACT_ROWS) = range(8)
ACT_COLUMNS = 8
# table W_CHOICE [n, ...]: a row for each number of a discrete action; CHOICE_WISH: the first wish it follows from; CHOICE_FIRST: constant of the first direction
(CHOICE_TEAM, CHOICE_NUMBER, CHOICE_OP, CHOICE_WISH, CHOICE_COUNT, CHOICE_FIRST) = range(6)
CHOICE_COLUMNS = 6
(CHOOSE_NEAREST, CHOOSE_STEER, CHOOSE_BURN, CHOOSE_JUMP, CHOOSE_MOTOR, CHOOSE_GRAB, CHOOSE_LOCK, CHOOSE_FIRE, CHOOSE_AIM, CHOOSE_SYMBOL) = range(10)

# --- shooting: table W_GUN [agent that shoots, ...], table W_SHOT [projectile, ...] ---
(GUN_BODY, GUN_ACTION, GUN_FREE, GUN_DISCRETE, GUN_SHOT, GUN_SHOTS, GUN_SPEED, GUN_COOLDOWN, GUN_LIFE, GUN_SPREAD, GUN_AMMO, GUN_RELOAD) = range(12)
GUN_COLUMNS = 12
(SHOT_BODY, SHOT_OWNER, SHOT_LEFT, SHOT_SPENT, SHOT_PAIR, SHOT_PAIR_END, SHOT_VANISHES, SHOT_KNOCK) = range(8)
SHOT_COLUMNS = 8

# --- things that move along a path: table W_MOVER [n, ...]; a segment is SEGMENT_NUMBERS constants: x, y, dx, dy, length ---
(V_BODY, V_ROW, V_SEGMENT, V_SEGMENTS, V_CYCLE) = range(5)   # V_CYCLE: fractions of a tick in a cycle, 0 where it varies by episode
V_COLUMNS = 5
(V_SPEED, V_PAUSE, V_PHASE, V_PERIOD, V_X, V_Y) = range(6)   # rows from V_ROW on: [m/s], [s], share of the cycle, [ticks], where the path lies [m]
V_ROWS = 6
SEGMENT_NUMBERS = 5

# --- zones that push: table W_ZONE [n, ...], one row for each body that each may push, and W_BLOWN [n, ...], one for each body pushed ---
(ZONE_BODY, ZONE_ON, ZONE_ROW, ZONE_FORCE, ZONE_FORCE_END, ZONE_WIND, ZONE_WIND_END, ZONE_DRAG) = range(8)
ZONE_COLUMNS = 8
(BLOWN_BODY, BLOWN_ROW) = range(2)
BLOWN_COLUMNS = 2
(BLOWN_AX, BLOWN_AY, BLOWN_DRAG) = range(3)   # rows from BLOWN_ROW on: acceleration [m/s^2], and drag [1/s] on top of its own
BLOWN_ROWS = 3

# --- spawning: table W_SPAWN [n, ...] ---
(Z_CONST, Z_UNIFORM, Z_NORMAL, Z_CHOICE, Z_MASS, Z_ANGLE, Z_PLACE, Z_SHUFFLE, Z_PATH, Z_SHIFT, Z_STAND, Z_STRETCH, Z_GIVEN, Z_COPY) = range(14)
(Z_OP, Z_ROW, Z_A, Z_B, Z_C, Z_D) = range(6)
Z_COLUMNS = 8
GIVEN_ROWS = 2                  # of each param that varies by world: 1 where a value was given from outside, and the value

# --- joints: rows of one joint in the state, from J_ROW of its table on ---
J_BROKEN = 0                    # 1 since it broke
J_AX, J_AY, J_BX, J_BY = 1, 2, 3, 4   # anchors in the frames of its two bodies [m]
J_COS, J_SIN = 5, 6             # heading of B as seen from A at the start
J_AXIS_X, J_AXIS_Y = 7, 8       # direction of a slider in the frame of A
J_LENGTH = 9                    # where a spring rests, greatest length of a rope [m]
J_PX, J_PY = 10, 11             # accumulated impulses [N s]: of the point; of a slider across its axis, and its turn [N m s]
J_TURN = 12                     # of a weld's turn [N m s]
J_SPRING, J_MOTOR, J_LOW, J_HIGH = 13, 14, 15, 16   # along the axis [N s], about a pin [N m s]
J_GOAL = 17                     # speed the motor goes for [m/s] or [rad/s]
J_POSITION, J_SPEED = 18, 19    # turned since the start [rad], slid or long [m]; and how fast that changes
J_TURN_COS, J_TURN_SIN = 20, 21   # J_POSITION of a pin as a unit vector
J_SUM, J_FORCE = 22, 23         # impulse held so far in this tick [N s]; mean force held in the last one [N]
JOINT_ROWS = 24

# --- table W_JOINT [j, ...]: type, bodies, first row, first constant, which constraints it has, and how its anchors are given ---
# Q_DRAWN: first row of the group of bodies that joints hold together, directly or by others
(Q_TYPE, Q_A, Q_B, Q_ROW, Q_CONST, Q_SPRING, Q_MOTOR, Q_LOW, Q_HIGH, Q_ANCHOR, Q_POINTS, Q_DRAWN) = range(12)
Q_COLUMNS = 12
DRAWN_LEFT, DRAWN_WORST = 0, 1  # for how long the group is drawn together [s] (below 0: if it is far apart); how far apart it is now: a level of reunite.py
DRAWN_ROWS = 2
JOINT_PIN, JOINT_WELD, JOINT_SLIDER, JOINT_LINE, JOINT_ROPE = 0, 1, 2, 3, 4   # LINE: a spring
ANCHOR_MIDDLE, ANCHOR_AT, ANCHOR_A, ANCHOR_B, ANCHOR_BOTH = 0, 1, 2, 3, 4
# its constants: soft spring, limits, motor (speed, greatest impulse in a substep), the force that breaks it (0: none), axis, length (-1: as it starts)
(C_RATE, C_MASS, C_IMPULSE, C_LOW, C_HIGH, C_SPEED, C_MOST, C_BREAK, C_AXIS_X, C_AXIS_Y, C_LENGTH) = range(11)
# --- table W_MOTOR [m, ...]: which number of whose action sets the goal of which joint ---
(MOTOR_BODY, MOTOR_ACTION, MOTOR_DISCRETE, MOTOR_ROW, MOTOR_CONST) = range(5)
MOTOR_COLUMNS = 5

# --- hands: rows of one agent's hands in the state ---
H_GRAB, H_LOCK = 0, 1           # what the policy wants, in [-1, 1]
H_HELD = 2                      # the body it holds, 0 for none
H_AX, H_AY, H_BX, H_BY = 3, 4, 5, 6   # where, in the frames of the agent and of what it holds [m]
H_COS, H_SIN = 7, 8             # heading of what it holds as seen from the agent when it was grabbed
H_PX, H_PY, H_TURN = 9, 10, 11  # accumulated impulses [N s], [N m s]
HAND_ROWS = 12
# --- table W_HAND [h, ...]: agent, first row, where its actions stand, the kinds it can grab, and constants: reach [m], greatest impulse in a substep;
# H_THROUGH: 1 where walls don't stop it ---
(H_BODY, H_ROW, H_ACTION, H_DISCRETE, H_LOCKS, H_FIRM, H_GRABS, H_GRABS_END, H_REACH, H_MOST, H_OWN, H_THROUGH) = range(12)
HAND_COLUMNS = 12
# --- table W_GRAB [g, ...]: a kind that a team can grab; first rows of its marks, one row a body (-1: can't be locked) ---
(Y_FIRST, Y_COUNT, Y_HELD, Y_HELD_BY, Y_LOCKED, Y_LOCKED_BY, Y_LOCK) = range(7)
Y_COLUMNS = 7
# --- table W_LOCK [l, ...]: a kind that can be locked; each body keeps inverse mass and inertia while it is ---
(L_FIRST, L_COUNT, L_LOCKED, L_KEPT) = range(4)
L_COLUMNS = 4

# --- a thread's scratch: Scratch.f (numbers), Scratch.i (integers), Scratch.u (one contact slot's integers after the other) ---
_at = 0


def _room(count: int) -> int:
    """First index of the next `count` numbers of Scratch.f."""
    global _at
    _at += count
    return _at - count


F_HULL_A, F_HULL_B, F_HULL_C = _room(2 * MAX_CORNERS), _room(2 * MAX_CORNERS), _room(2 * MAX_CORNERS)   # x of all corners, then y
F_POINTS = _room(16)                    # up to two contact points: nx, ny, x, y, gap, feature, and two spare
F_MASK = _room(LANES)                   # in which worlds something holds
F_HELD = _room(LANES)                   # a second one
F_FREE = _room(LANES)                   # of a meeting: in which worlds both are there and no rule has placed one in this decision
F_LEFT = _room(LANES)                   # events to come
F_CAME = _room(LANES)                   # whether the last of them came
F_TURN = _room(LANES)                   # whose turn it is: 0 not now, 1 now, 2 now, but another one comes first
F_ASK = _room(LANES)                    # 1 in the lanes whose worlds are asked: see program.run
F_PAIR = _room(12 * LANES)              # two bodies, gathered
F_SAVE = _room(SAVE_ROWS * LANES)
F_STACK = _room(STACK_ROWS * LANES)
F_FAR = _room(MAX_BODIES * LANES)       # squared distances of candidates
F_PICK = _room(MAX_BODIES * LANES)      # chosen bodies
F_SEEN = _room(MAX_BODIES * LANES)      # whether each is seen
F_JOINT = _room(25 * LANES)             # one joint and its two bodies, gathered: T_ rows
F_DRAWS = _room(LANES)                   # in which worlds joints draw together what is far apart
F_DRAWN = _room(3 * MAX_BODIES * LANES)  # and how fast each body is drawn: velocity and spin
F_STAGE = _room(MAX_OBSERVATION * LANES)   # one agent's observation
F_ACTION = _room(0)                     # all agents' actions, then their wishes: the last, since their number varies
FIXED_SCRATCH = _at
I_COUNT, I_CURSOR, I_NEAR, I_FIXED, I_REGISTER = 0, LANES, 2 * LANES, 3 * LANES, 4 * LANES
I_LOOP = 4 * LANES + REGISTERS
I_CROWD = 4 * LANES + 3 * REGISTERS      # while a world is set up: 1 where area 0 of the grid holds what stands in it, 2 where there is no grid; else 0
SCRATCH_INTEGERS = I_FOUND = 4 * LANES + 3 * REGISTERS + 1   # in a game with a grid: two lists of bodies, then the areas of the grid
U_BODY_A, U_BODY_B, U_KEY, U_WATCH = 0, LANES, 2 * LANES, 3 * LANES   # in a slot: first index of each lane's bodies, feature, watched row + 1
SLOT_WORDS = 4 * LANES

# rows of F_JOINT: velocities, inverse masses, arms from the centres to the anchors, from anchor to anchor
T_VAX, T_VAY, T_WA, T_VBX, T_VBY, T_WB, T_MA, T_IA, T_MB, T_IB, T_AX, T_AY, T_BX, T_BY, T_DX, T_DY = range(16)
T_ON = 16                       # 1: whole, and both bodies in the world
T_ANGLE = 17                    # sine of the turn of B against A since the start
T_NX, T_NY, T_SA, T_SB = 18, 19, 20, 21   # the axis of spring, motor and limits: direction, arms
T_ROOM = 24                     # errors up to this are undone by velocities that joints keep, others by those of reunite.py
T_MASS, T_C = 22, 23            # effective mass along it; how far [m] or [rad]
