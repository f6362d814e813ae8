"""Every bound of the language in one place; an error that hits one names the constant.

A scenario file is untrusted input. These numbers are what keeps any file from exhausting memory
or time: no size, count or nesting is accepted above them.
"""

MAX_TEXT = 1 << 20  # characters of one file
MAX_NESTING = 64  # levels of {} and []
MAX_VALUES = 50_000  # values in one file: objects, lists, texts, numbers
MAX_EXTENDS = 8  # files in one chain of "extends"
MAX_NAME = 64  # letters of one name
MAX_PARAMS = 64
MAX_DRAWS = 64
MAX_DRIVEN = 8  # joints that one agent's motors drive
MAX_KINDS = 64  # things and teams, by name
MAX_COUNT = 1024  # instances of one kind
MAX_BODIES = 4096  # instances of all kinds together
MAX_STATE = 32  # state variables of one kind
MAX_VERTICES = 8  # corners of one polygon
MAX_PATH = 64  # points of one path
MAX_ZONE_PAIRS = 65_536  # zones that push, times the instances that each may push
MAX_SENSES = 64  # entries of one team's "sees"
MAX_RAYS = 128  # rays of one sense
MAX_SYMBOLS = 64  # symbols a team can say
MAX_POOL = 64  # shots of one agent in the air
MAX_OBSERVATION = 4096  # numbers one agent sees
MAX_RULES = 128
MAX_MEETINGS = 131_072  # pairs of instances that all rules watch: 512 agents and each other
MAX_JOINTS = 4096  # joints of all names together
MAX_LET = 64  # named formulas
MAX_EFFECTS = 64  # entries under one "do" of a rule, together
MAX_REWARD_TERMS = 64  # of one team
MAX_CHOICES = 64  # values in one {"one_of": [...]}
MAX_FORMULA_TEXT = 2000  # characters of one formula
MAX_FORMULA_NODES = 512  # operations of one formula, each name of "let" counted once
MAX_SCRIPT_NODES = 2048  # operations of all formulas of one team's "baseline" together, each name of "let" counted once
MAX_FORMULA_DEPTH = 128  # operations within operations of one formula
MAX_FORMULA_NAMES = 128  # values that names of "let" have in one formula (one name has several within several functions over kinds)
MAX_FORMULA_WORK = 65_536  # instances visited by the nested sum, nearest, ... of one formula
MAX_STEP_WORK = 1 << 26  # operations of all formulas in one decision of a world, when all happens that can: a second's worth
MAX_STEP_LOOKS = 1 << 26  # things that all senses look at in one decision of a world
MAX_LESSONS = 32
MAX_EPISODES = 4096  # whose mean decides whether a lesson is learnt
MAX_PROBLEMS = 100  # problems reported of one file

MIN_WORLD, MAX_WORLD = 0.1, 10_000.0  # m, each side
MIN_SIZE, MAX_SIZE = 0.005, 5_000.0  # m, radius, length, side
MIN_MASS, MAX_MASS = 1e-6, 1e9  # kg (and kg/m2)
MAX_SPEED = 1_000.0  # m/s
MAX_ACCEL = 100_000.0  # m/s2
MAX_SPIN = 100_000.0  # deg/s and deg/s2
MAX_RATE = 1_000.0  # 1/s, drag (and Hz)
MAX_FORCE = 1e9  # N (and N m)
MAX_DECISIONS = 240  # decisions per second
MAX_SUBSTEPS = 64  # physics steps of one decision
MAX_TIME = 1e6  # s
MAX_NUMBER = 1e12  # any other number, in size
MIN_NUMBER = 1e-36  # any number but 0, in size: float32 can hold it, its inverse and its radians
