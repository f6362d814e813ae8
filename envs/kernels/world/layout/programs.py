"""Where the numbers of programs lie: formulas, senses, rules, rewards, agents, teams and scripts. See world.py."""

from .world import Counter


class Code:
    """One operation of a formula."""

    column = Counter()
    OP, A, B, C = column(), column(), column(), column()
    COLUMNS = column.next


class Op:
    """Operations of a formula."""

    code = Counter()
    CONST = code()
    ROW = code()
    ENTITY = code()
    REG = code()
    FIELD = code()
    FIELD_REG = code()
    VEC_FIELD = code()
    SAVE = code()
    LOAD = code()
    ADD = code()
    SUB = code()
    MUL = code()
    DIV = code()
    MOD = code()
    NEG = code()
    MIN = code()
    MAX = code()
    ABS = code()
    SQRT = code()
    FLOOR = code()
    SIGN = code()
    LT = code()
    LE = code()
    GT = code()
    GE = code()
    EQ = code()
    NE = code()
    AND = code()
    OR = code()
    NOT = code()
    IF = code()
    VADD = code()
    VSUB = code()
    VSCALE = code()
    DOT = code()
    CROSS = code()
    LENGTH = code()
    UNIT = code()
    ROTATE = code()
    VIF = code()
    DROP_Y = code()
    DROP_X = code()
    ANGLE = code()
    SIN = code()
    COS = code()
    PICK = code()
    LOOP = code()
    NEXT = code()
    INSIDE = code()
    TOUCHING = code()
    TOUCH_WALL = code()
    RANDOM = code()
    DIST_REG = code()
    DIST = code()


class Pick:
    """Which of several bodies Op.PICK takes."""

    code = Counter()
    NEAREST, FARTHEST = code(), code()


class Loop:
    """What Op.LOOP makes of all bodies of a kind."""

    code = Counter()
    SUM, MIN, MAX, ANY, ALL, COUNT, MEAN, ARGMIN = code(), code(), code(), code(), code(), code(), code(), code()


class Score:
    """A team's score: where its formula begins and ends."""

    column = Counter()
    CODE, CODE_END = column(), column()
    COLUMNS = column.next


class SenseOp:
    """Operations of a sensor."""

    code = Counter()
    SELF = code()
    ROW = code()
    ONE_HOT = code()
    SELECT = code()
    PAIR = code()
    ITEM = code()
    DISTANCE = code()
    SEEN = code()
    RAYS = code()
    TOUCH = code()
    NOISE = code()
    HEAR = code()
    SAID = code()
    MINE = code()
    CLOCK = code()
    SQUASH = code()


class Sense:
    """One operation of a sensor: which, where the numbers go, then what each operation needs (F is the type of numbers)."""

    column = Counter()
    OP, COLUMN = column(), column()
    A, B, C, D, E, G, H = column(), column(), column(), column(), column(), column(), column()
    SPARE = column(3)
    COLUMNS = column.next
    FIRST, COUNT = A, B
    """Where the row lists a kind which rays tell apart: its bodies."""


class Relation:
    """Whether a field of another body is seen as it differs from the agent's, or as it is."""

    code = Counter()
    RELATIVE, ABSOLUTE = code(), code()


class Side:
    """On which sides of 0 a number that is seen has no bound, and is squashed, in bits."""

    ABOVE, BELOW = 1, 2


class When:
    """Events."""

    code = Counter()
    TOUCH = code()
    APART = code()
    INSIDE = code()
    OUTSIDE = code()
    NEAR = code()
    HEARS = code()
    EVERY = code()
    AT = code()
    START = code()
    FORMULA = code()
    TOUCH_WALL = code()
    APART_WALL = code()
    BREAKS = code()
    GRABS = code()
    RELEASES = code()


class Rule:
    """A rule."""

    column = Counter()
    WHEN = column()
    CODE, CODE_END = column(), column()
    IF, IF_END = column(), column()
    ONCE, COOLDOWN, CHANCE = column(), column(), column()
    VALUE = column()
    MEETING, MEETINGS = column(), column()
    EFFECT, EFFECTS = column(), column()
    ENDS = column()
    PERIOD, PARTS = column(), column()  # PERIOD / PARTS: decisions from one `every` to the next; PERIOD: which decision `at` is
    PUT = column()  # 1, 2: it places the first, second of a pair, which moves while the other doesn't (a portal); else 0
    CLAIMS = column()  # what of a meeting others may claim as well, in bits: 1 the first, 2 the second, 4 the rule itself (once)
    CLAIM_A, CLAIM_B, CLAIM = (
        column(),
        column(),
        column(),
    )  # number of the lot: of the first and the second without their body's number; of the rule
    DRAWS = column()  # 1: its `if` draws random numbers
    COLUMNS = column.next


class Meeting:
    """Two that a rule is about."""

    column = Counter()
    A, B = column(), column()
    HELD, WAIT, WATCH = column(), column(), column()
    PART_A, PART_B = column(), column()
    TRACED = column()  # 1 where the path counts, 0 where contacts say it all
    COLUMNS = column.next


class Met:
    """What Meeting.HELD says of two between decisions; of `apart` and `outside`: DONE while they are together, WAITS since they parted."""

    code = Counter()
    NOT = code()  # not together
    DONE = code()  # together and the event has come
    WAITS = code()  # ... and `if` hasn't held yet
    PUT = code()  # put there by a rule


class MetTable:
    """Meetings that begin anew when a body is placed or shot, see BodyTable.MET."""

    column = Counter()
    MEETING, RULE = column(), column()
    COLUMNS = column.next


class Trace:
    """A body whose path within a decision is kept."""

    column = Counter()
    BODY = column()
    COLUMNS = column.next


class Sample:
    """Rows of a traced body at one time, in Scratch.trace: its place and heading."""

    row = Counter()
    X, Y, COS, SIN = row(), row(), row(), row()
    ROWS = row.next


class Lot:
    """Rows of what several meetings may claim, in Scratch.claims: how many do, the greatest number drawn, and the meeting that drew it."""

    row = Counter()
    CLAIMS, GREATEST, WINNER = row(), row(), row()
    ROWS = row.next


class EffectOp:
    """What an effect does."""

    code = Counter()
    SET, ADD = code(), code()
    SET_VECTOR, ADD_VECTOR = code(), code()
    SET_ANGLE, ADD_ANGLE = code(), code()
    SET_SPIN, ADD_SPIN = code(), code()
    PLACE, REMOVE, PUSH, BREAK = code(), code(), code(), code()
    SET_ACCEL, ADD_ACCEL = code(), code()
    SET_TOP_SPEED, ADD_TOP_SPEED = code(), code()


class Effect:
    """An effect of a rule."""

    column = Counter()
    OP, TARGET = column(), column()
    FIRST, LAST = column(), column()
    ROW, STRIDE = column(), column()
    CODE, CODE_END = column(), column()
    SPOT = column()
    KEEP = column()  # what placing leaves as it is: bits of Keep
    RANGE = column()  # the least value of a variable (constant), its greatest behind it; 0 for none
    COLUMNS = column.next


class Keep:
    """What placing leaves as it is, in bits. BACK: placing brings back what was removed; BACK_SOLID: as something solid."""

    VELOCITY, SPIN, ANGLE, BACK, BACK_SOLID = 1, 2, 4, 8, 16


class Target:
    """Whom an effect is about."""

    code = Counter()
    A, B, ALL, OWNER_A, OWNER_B = code(), code(), code(), code(), code()


class TermOp:
    """What a reward term pays for."""

    code = Counter()
    EVENT, PART, FORMULA, PROGRESS = code(), code(), code(), code()


class Term:
    """A reward term."""

    column = Counter()
    OP, ROW = column(), column()
    CODE, CODE_END = column(), column()
    WEIGHT, SHARED, OUT, COMMON = column(), column(), column(), column()
    PARAM = column()  # row that multiplies it as well, 0 for none
    COLUMNS = column.next


class Agent:
    """An agent."""

    column = Counter()
    BODY, TEAM, INDEX, ACTION = column(), column(), column(), column()
    COLUMNS = column.next


class Team:
    """A team."""

    column = Counter()
    FIRST, AGENTS = column(), column()
    SENSE, SENSE_END = column(), column()
    OBS, OBS_OFFSET = column(), column()
    ACTION, ACTION_OFFSET = column(), column()
    REWARD_OFFSET = column()
    SYMBOLS = column()
    TERM, TERM_END = column(), column()
    DISCRETE, SPEECH = column(), column()
    WISH, WISHES = column(), column()  # first row of what its agents wish for, behind Area.ACTION; rows of one agent
    COLUMNS = column.next


class Act:
    """An action of a script, where one has a formula. Wishes are continuous actions; where actions are discrete, choices follow from them."""

    column = Counter()
    TEAM, NUMBER = column(), column()  # NUMBER: which of an agent's wishes
    CODE, CODE_END = column(), column()  # the first row of a team has the code of them all, and how many rows they are
    VECTOR, SYMBOLS = column(), column()  # 1 where it takes two; of how many
    STACK = column()  # which row of the stack has this one's result
    ROWS = column()
    COLUMNS = column.next


class Choice:
    """A number of a discrete action."""

    column = Counter()
    TEAM, NUMBER, OP = column(), column(), column()
    WISH = column()  # the first wish it follows from
    COUNT = column()
    FIRST = column()  # constant of the first direction
    COLUMNS = column.next


class ChoiceOp:
    """How a choice follows from wishes."""

    code = Counter()
    NEAREST, STEER, BURN, JUMP = code(), code(), code(), code()
    MOTOR, GRAB, LOCK, FIRE, AIM = code(), code(), code(), code(), code()
    SYMBOL = code()
