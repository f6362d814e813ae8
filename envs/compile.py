"""Scenario to tables: the only code that reads the model. Runs once for each environment; its result never changes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ..scenarios import Scenario
from ..scenarios.clock import end_decision, seconds_of
from ..scenarios.joint_loads import longest_substep
from ..scenarios.limits import MAX_SPEED, MAX_SPIN, MAX_SUBSTEPS
from ..scenarios.model_senses import Team
from ..scenarios.model_things import Motor, Thing
from ..scenarios.ranges import Ranges
from ..scenarios.values import Uniform
from . import layout as y
from .choices import DRIVE_CHOICES, HAND_CHOICES, MOTOR_CHOICES, SHOOT_CHOICES
from .compile_baseline import acts, choices, wishes
from .compile_bodies import Bodies
from .compile_grid import Grid, kind_table
from .compile_hands import Hands
from .compile_joints import Joints
from .compile_motion import top_speed
from .compile_rules import Rules
from .compile_sensors import Sensors, state_scale
from .compile_shots import Shots
from .lower import Code, Constants, Names
from .state import World

WALLS = {"open": y.WALLS_OPEN, "solid": y.WALLS_SOLID, "wrap": y.WALLS_WRAP}
LONGEST_TICK = 0.05
"""Contacts are found anew at least this often [s]: at 10 decisions a second twice a decision."""
DEFAULT_SUBSTEPS = 4
"""Of a decision, at least: joints that carry much ask for more (joint_loads.py)."""
LEAST_SPEED = 1e-3
"""What is slower than this [m/s] may stand still where float32 can't tell its steps."""


@dataclass(frozen=True)
class TeamLayout:
    """What the doors need to know of a team.

    Attributes:
        name: Team name.
        first_body: Body of its first agent.
        agents: How many.
        observation: Name of each number of an observation, with its unit.
        drive: Names of the actions but speech: of the drive, of the hands, of shooting; a vector counts twice (`move.x`, `move.y`).
        choices: Number of discrete choices of the drive, 0 without one.
        triggers: Number of discrete choices of shooting (not, or in which direction), 0 for a team that can't.
        symbols: Number of symbols it can say, 0 for a mute team.
        terms: Names of its reward terms.
        action_size: Numbers of an action in the batch's layout.
        grips: How many of its actions are those of the hands.
        options: With discrete actions, how many choices each number of an action has.
        senses: Where the numbers of each sense end in an observation.
    """

    name: str
    first_body: int
    agents: int
    observation: tuple[tuple[str, str], ...]
    drive: tuple[str, ...]
    drive_type: str
    choices: int
    triggers: int
    symbols: int
    terms: tuple[str, ...]
    action_size: int
    grips: int
    options: tuple[int, ...]
    senses: tuple[int, ...]

    def parts(self, discrete: bool) -> tuple[int, tuple[int, ...]]:
        """Of what an action consists: how many numbers, and how many options each choice has; speech is a choice in both kinds of actions."""
        if discrete:
            return 0, tuple(self.options)
        return self.action_size - self.symbols, (self.symbols,) if self.symbols else ()

    def drive_numbers(self, discrete: bool) -> int:
        """Numbers of an action before those of the hands."""
        silent = len(self.options) - (1 if self.symbols else 0) if discrete else len(self.drive)
        return silent - self.grips - self.trigger_numbers(discrete)

    def trigger_numbers(self, discrete: bool) -> int:
        """Numbers of an action that shoot: whether, and where the aim is free in which direction."""
        return 3 if self.triggers == SHOOT_CHOICES["free"] and not discrete else min(self.triggers, 1)


@dataclass(frozen=True)
class Game:
    """A compiled scenario: the kernels' tables, and the names that go with their columns."""

    scenario: Scenario
    world: World
    discrete: bool
    teams: tuple[TeamLayout, ...]
    rules: tuple[str, ...]
    scores: dict[str, tuple[int, int]]
    names: Names
    body_kind: tuple[tuple[str, int], ...]
    obs_scaled: bool
    widest_observation: int
    action_numbers: int
    wish_numbers: int


@dataclass
class Rows:
    """Hands out rows of the state, body rows first."""

    used: int = 0

    def take(self, count: int = 1) -> int:
        """First of `count` new rows."""
        self.used += count
        return self.used - count


@dataclass
class Draft:
    """What the parts of the compiler share while they write their tables."""

    scenario: Scenario
    names: Names
    constants: Constants
    rows: Rows
    body_count: int
    code: Code = field(init=False)

    def __post_init__(self) -> None:
        self.code = Code(self.names, self.constants)

    def bodies_of(self, kind: str) -> range:
        """The bodies of a kind."""
        return range(self.names.first[kind], self.names.first[kind] + self.names.count[kind])

    @property
    def ticks_per_second(self) -> float:
        """How often contacts are found."""
        return tick_counts(self.scenario)[0] * self.scenario.world.decisions_per_second

    @property
    def substep(self) -> float:
        """Seconds of a substep."""
        ticks, substeps = tick_counts(self.scenario)
        return self.names.decision / (ticks * substeps)

    def top_speed(self, kind: str) -> float:
        """Speed that observations of a kind are scaled by [m/s]: its drive's, else the fastest drive's, else half the world in a second; or a greater
        one that rules give it.
        """
        own = self.names.top_speed.get(kind, 0.0) or self.names.shot_speed.get(kind, 0.0)
        speed = own or max(self.names.top_speed.values(), default=0.0) or max(self.scenario.world.size) / 2
        return max(speed, self.names.flung[kind])


def compile_scenario(scenario: Scenario, discrete: bool = False) -> Game:
    """Compile a scenario.

    Args:
        scenario: A validated scenario.
        discrete: Whether actions are choices rather than numbers in [-1, 1].
    """
    draft = _draft(scenario)
    tick, h = draft.names.decision / tick_counts(scenario)[0], draft.substep
    shots = Shots(draft)
    bodies = Bodies(draft, shots)
    joints, hands = Joints(draft, bodies), Hands(draft)
    rules = Rules(draft, bodies)
    sensors = Sensors(draft)
    teams = [_team(draft, name, sensors, rules, discrete) for name in scenario.teams]
    scores = {team: draft.code.formula(scenario.formulas[f"$.score.{team}"]) for team in scenario.score}
    baseline = acts(draft, teams)
    zones, blown, wind = bodies.motion.zones()
    gates = bodies.gates()
    grid = Grid(bodies, sensors)
    kinds, quick = kind_table(bodies, rules, h, tick)
    agents = _agents(draft, teams, shots, discrete)
    tables: dict[int, tuple[Sequence[Sequence[int]], int]] = {
        y.W_BODY: (bodies.body, y.B_COLUMNS),
        y.W_PAIR: (grid.pairs, y.PAIR_COLUMNS),
        y.W_APART: (bodies.apart_rows, y.APART_COLUMNS),
        y.W_AGENT: (agents, y.A_COLUMNS),
        y.W_TEAM: (_team_table(draft, teams, sensors, rules, discrete), y.G_COLUMNS),
        y.W_CODE: (draft.code.rows, y.CODE_COLUMNS),
        y.W_SENSE: (sensors.rows, y.SENSE_COLUMNS),
        y.W_RULE: (rules.rules, y.R_COLUMNS),
        y.W_MEETING: (rules.meetings, y.M_COLUMNS),
        y.W_EFFECT: (rules.effects, y.E_COLUMNS),
        y.W_TERM: (rules.terms, y.T_COLUMNS),
        y.W_GATE: (gates, y.GATE_COLUMNS),
        y.W_SPAWN: (bodies.spawn, y.Z_COLUMNS),
        y.W_ACT: (baseline, y.ACT_COLUMNS),
        y.W_CHOICE: (choices(draft, teams) if discrete else [], y.CHOICE_COLUMNS),
        y.W_SCORE: (list(scores.values()), y.SCORE_COLUMNS),
        y.W_MOVER: (bodies.motion.movers, y.V_COLUMNS),
        y.W_ZONE: (zones, y.ZONE_COLUMNS),
        y.W_BLOWN: (blown, y.BLOWN_COLUMNS),
        y.W_KIND: (kinds, y.KIND_MEETS + 2 * len(bodies.kinds)),
        y.W_GRID: ([grid.row], y.GRID_COLUMNS),
        y.W_GUN: (shots.guns, y.GUN_COLUMNS),
        y.W_SHOT: (shots.shots, y.SHOT_COLUMNS),
        y.W_JOINT: (joints.rows, y.Q_COLUMNS),
        y.W_MOTOR: (joints.motors(teams, agents, discrete), y.MOTOR_COLUMNS),
        y.W_HAND: (hands.hands(teams, agents, discrete), y.HAND_COLUMNS),
        y.W_GRAB: (hands.grabs, y.Y_COLUMNS),
        y.W_LOCK: (hands.locks, y.L_COLUMNS),
        y.W_FLOOR: (bodies.floor, y.FLOOR_COLUMNS),
        y.W_TRACE: (rules.follow.traces, y.TRACE_COLUMNS),
        y.W_MET: (rules.follow.met, y.MET_COLUMNS),
    }
    whole = _whole(draft, bodies, rules)
    bodies.draw_params()
    whole[y.N_WIND], whole[y.N_JUMPERS], whole[y.N_CARS] = wind, int(bodies.motion.jumps), int(bodies.motion.cars)
    whole[y.N_HALTS], whole[y.N_GATED] = int(bodies.halts), int(bodies.gated)
    whole[y.N_HELD], whole[y.N_HELDS] = hands.held_range
    whole[y.N_DRAWN], whole[y.N_DRAWNS] = joints.groups
    real = [_real(draft, bodies, grid, quick)]
    for header, floats in ((y.N_CONST, draft.constants.values), (y.N_CORNER, bodies.corners), (y.N_SPOT, bodies.spots)):
        whole[header] = sum(part.size for part in real)
        real.append(np.array(floats, np.float32).reshape(-1))
    world = World(real=np.concatenate(real), whole=_pack(whole, tables))
    assert np.isfinite(world.real).all()
    return Game(
        scenario=scenario, world=world, discrete=discrete, teams=tuple(teams), rules=tuple(scenario.rules), scores=scores, names=draft.names,
        body_kind=(("world", 0), *((kind, i) for kind in scenario.kinds for i in range(scenario.kind(kind).count))),
        obs_scaled=scenario.world.observations == "scaled",
        widest_observation=max((len(team.observation) for team in teams), default=1),
        action_numbers=sum(team.action_size * team.agents for team in teams),
        wish_numbers=sum(wishes(team) * team.agents for team in teams) if discrete else 0,
    )  # fmt: skip


def _pack(whole: np.ndarray, tables: dict[int, tuple[Sequence[Sequence[int]], int]]) -> np.ndarray:
    """Put the integer tables behind the world's integers; each header says where, how many columns and rows. Short rows are filled with 0."""
    parts, first = [whole], whole.size
    for header, (rows, columns) in tables.items():
        table = np.zeros((len(rows), columns), np.int64)
        for k, row in enumerate(rows):
            table[k, : len(row)] = row
        whole[header : header + 3] = first, columns, len(rows)
        parts.append(table.reshape(-1))
        first += table.size
    return np.concatenate(parts)


def table_of(world: World, header: int) -> np.ndarray:
    """A W_ table of a packed world, [rows, columns], for reading outside the kernels."""
    first, columns, rows = (int(v) for v in world.whole[header : header + 3])
    return world.whole[first : first + rows * columns].reshape(rows, columns)


def corners_of(world: World, first: int, count: int) -> np.ndarray:
    """Template corners, [count, 2]."""
    start = int(world.whole[y.N_CORNER]) + 2 * first
    return world.real[start : start + 2 * count].reshape(count, 2)


def _draft(scenario: Scenario) -> Draft:
    names, body = Names(), 1
    for kind in scenario.kinds:
        names.first[kind], names.count[kind] = body, scenario.kind(kind).count
        body += scenario.kind(kind).count
    draft = Draft(scenario, names, Constants(), Rows(body * y.BODY_ROWS), body)
    names.clock = draft.rows.take()
    names.decision = 1.0 / scenario.world.decisions_per_second
    last = end_decision(scenario.end.time, scenario.world.decisions_per_second)
    if last == 0 or last >= y.CLOCK_ROUND:
        names.rounds = draft.rows.take()
    names.time_limit, names.far = seconds_of(last, scenario.world.decisions_per_second), math.hypot(*scenario.world.size)
    ranges = Ranges(scenario)
    names.top_speed = {name: top_speed(name, team, scenario.world.gravity_vector, ranges) for name, team in scenario.teams.items() if team.drive}
    names.flung = {kind: min(ranges.set_to(kind, "velocity"), MAX_SPEED) for kind in scenario.kinds}
    names.whirled = {kind: math.radians(min(ranges.set_to(kind, "spin_deg_per_s"), MAX_SPIN)) for kind in scenario.kinds}
    names.swift = {name for name in names.top_speed if scenario.driven_fields(name) and not ranges.is_bounded(name, "top_speed")}
    names.hearing = {name: team.says.range or 0.0 for name, team in scenario.teams.items() if team.says}
    for kind in scenario.kinds:
        for variable in scenario.states_of(kind):
            names.states[kind, variable] = draft.rows.take(names.count[kind])
            names.scales[kind, variable] = state_scale(scenario, ranges, kind, variable)
    for name in scenario.draw:
        names.draws[name] = draft.rows.take()
    for name in scenario.varied:
        names.params[name] = draft.rows.take()
    first_fired, first_count = draft.rows.take(len(scenario.rules)), draft.rows.take(len(scenario.rules))
    for k, rule in enumerate(scenario.rules):
        names.fired[rule], names.counted[rule] = first_fired + k, first_count + k
    return draft


def _team(draft: Draft, name: str, sensors: Sensors, rules: Rules, discrete: bool) -> TeamLayout:
    team: Team = draft.scenario.teams[name]
    observation = sensors.team(name)
    drive = tuple(part for action, kind in draft.scenario.actions_of(name).items() if action != "say"
                  for part in ((f"{action}.x", f"{action}.y") if kind == "vector" else (action,)))  # fmt: skip
    choices, options = 0, tuple[int, ...]()
    if isinstance(team.drive, Motor):
        options = (MOTOR_CHOICES,) * len(team.drive.joints)
    elif team.drive:
        choices = DRIVE_CHOICES.get(team.drive.type, 0) or int(getattr(team.drive, "discrete", 9))
        options = (choices,)
    symbols = team.says.symbols if team.says else 0
    grips = (HAND_CHOICES if team.hands.lock else HAND_CHOICES[:1]) if team.hands else ()
    triggers = SHOOT_CHOICES[team.shoot.aim] if team.shoot else 0
    options = (*options, *grips, *(count for count in (triggers, symbols) if count))
    size = len(options) if discrete else len(drive) + symbols
    return TeamLayout(name, draft.names.first[name], team.count, tuple(observation), drive, team.drive.type if team.drive else "", choices,
                      triggers, symbols, tuple(rules.team_terms(name)), size, len(grips), options, sensors.ends[name])  # fmt: skip


def _agents(draft: Draft, teams: list[TeamLayout], shots: Shots, discrete: bool) -> list[tuple[int, ...]]:
    rows: list[tuple[int, ...]] = []
    first = 0
    for t, team in enumerate(teams):
        trigger = team.drive_numbers(discrete) + team.grips
        for i in range(team.agents):
            rows.append((team.first_body + i, t, i, first))
            shots.place_trigger(team.first_body + i, first + trigger, discrete)
            first += team.action_size
    return rows


def _team_table(draft: Draft, teams: list[TeamLayout], sensors: Sensors, rules: Rules, discrete: bool) -> list[list[int]]:
    table, obs, action, reward = [], 0, 0, 0
    wish = sum(team.agents * team.action_size for team in teams)  # choices follow from wishes, which stand behind them; numbers are wishes themselves
    for team in teams:
        row = [0] * y.G_COLUMNS
        row[y.G_FIRST], row[y.G_AGENTS] = team.first_body, team.agents
        row[y.G_SENSE], row[y.G_SENSE_END] = sensors.ranges[team.name]
        row[y.G_OBS], row[y.G_OBS_OFFSET] = len(team.observation), obs
        row[y.G_ACTION], row[y.G_ACTION_OFFSET], row[y.G_REWARD_OFFSET] = team.action_size, action, reward
        row[y.G_SYMBOLS] = team.symbols
        row[y.G_TERM], row[y.G_TERM_END] = rules.term_ranges[team.name]
        row[y.G_DISCRETE] = max(team.choices, 1) if discrete else 0
        row[y.G_SPEECH] = team.drive_numbers(discrete) + team.grips + team.trigger_numbers(discrete)
        row[y.G_WISH], row[y.G_WISHES] = wish if discrete else action, wishes(team)
        wish += team.agents * wishes(team)
        obs += team.agents * len(team.observation)
        action += team.agents * team.action_size
        reward += team.agents
        table.append(row)
    return table


def _real(draft: Draft, bodies: Bodies, grid: Grid, quick: float) -> np.ndarray:
    """Numbers of the world. Soft contacts and joints: stiffness from the substep rate. Source: Box2D v3, physics_world.c and b2MakeSoft."""
    world = draft.scenario.world
    real = np.zeros(y.P_COUNT, np.float32)
    ticks, h = tick_counts(draft.scenario)[0], draft.substep
    real[y.P_HALF_W], real[y.P_HALF_H] = world.size[0] / 2, world.size[1] / 2
    gravity = world.gravity_vector
    real[y.P_GRAVITY_X], real[y.P_GRAVITY_Y] = gravity
    real[y.P_TICK], real[y.P_SUBSTEP], real[y.P_DECISION] = draft.names.decision / ticks, h, draft.names.decision
    real[y.P_MARGIN] = min(0.02, 0.1 * bodies.smallest)
    real[y.P_FLUSH] = min(0.002, 0.01 * bodies.smallest_solid)
    real[y.P_QUICK] = quick
    real[y.P_TOUCH] = min(0.01, 0.05 * bodies.smallest)
    real[y.P_WALL_FRICTION], real[y.P_WALL_BOUNCE] = world.friction, world.bounce
    hertz = min(60.0, 0.25 / h)
    real[y.P_RATE : y.P_SOFT_IMPULSE + 1] = _soften(hertz, 10.0, h)
    real[y.P_STATIC_RATE : y.P_STATIC_SOFT_IMPULSE + 1] = _soften(2 * hertz, 10.0, h)
    real[y.P_UNEVEN_RATE : y.P_UNEVEN_SOFT_IMPULSE + 1] = _soften(0.6 * hertz, 10.0, h)  # stiffer ones hum under 100 : 1, softer ones sink
    real[y.P_JOINT_RATE : y.P_JOINT_IMPULSE + 1] = _soften(0.25 / h, 2.0, h)  # as stiff as substeps allow: joint_loads.py counts on it
    real[y.P_BOUNCE_SPEED] = max(0.05, 2 * math.hypot(*gravity) * h)
    real[y.P_PUSH_SPEED] = max(3.0, 12 * bodies.smallest)
    real[y.P_CELL_X], real[y.P_CELL_Y] = grid.cell
    real[y.P_SPACING] = grid.spacing
    real[y.P_FAR] = draft.names.far
    real[y.P_LIMIT] = 1.0 if world.observations == "scaled" else 1e6
    return real


def _soften(hertz: float, damping_ratio: float, h: float) -> tuple[float, float, float]:
    """Rate, mass share and impulse share of a soft constraint (a damped spring, integrated implicitly)."""
    omega = 2 * math.pi * hertz
    a1 = 2 * damping_ratio + h * omega
    a2 = h * omega * a1
    return omega / a1, a2 / (1 + a2), 1 / (1 + a2)


def tick_counts(scenario: Scenario) -> tuple[int, int]:
    """How often contacts are found in a decision, and substeps in each such tick."""
    substeps = scenario.world.substeps
    if substeps is None:
        needed = math.ceil(1 / (scenario.world.decisions_per_second * longest_substep(scenario)[0]) - 1e-9)
        substeps = min(max(DEFAULT_SUBSTEPS, needed), MAX_SUBSTEPS)
    ticks = min(substeps, max(1, math.ceil(1 / (scenario.world.decisions_per_second * LONGEST_TICK) - 1e-9)))
    return ticks, math.ceil(substeps / ticks)


def is_large(size: tuple[float, float], substep: float) -> bool:
    """Whether a world is so large that at its edge rounding would take speeds that can be seen."""
    return float(np.spacing(np.float32(max(size) / 2))) / 2 / substep > LEAST_SPEED


def _whole(draft: Draft, bodies: Bodies, rules: Rules) -> np.ndarray:
    whole = np.zeros(y.N_WHOLE, np.int64)
    scenario = draft.scenario
    whole[y.N_BODIES], whole[y.N_AGENTS] = draft.body_count, sum(team.count for team in scenario.teams.values())
    whole[y.N_TICKS], whole[y.N_SUBSTEPS] = tick_counts(scenario)
    whole[y.N_WALLS] = WALLS[scenario.world.walls]
    whole[y.N_CLOCK] = draft.names.clock
    whole[y.N_ROUNDS] = draft.names.rounds
    whole[y.N_REST] = draft.rows.take(2 * draft.body_count) if is_large(scenario.world.size, draft.substep) else 0
    whole[y.N_LIMIT] = end_decision(scenario.end.time, scenario.world.decisions_per_second)
    whole[y.N_BOUNCY] = int(bodies.bouncy)
    whole[y.N_OVERRUN], whole[y.N_PLACED], whole[y.N_UNFIRED] = (draft.rows.take() for _ in range(3))
    whole[y.N_WATCH], whole[y.N_WATCHES] = rules.watch_rows(draft)
    whole[y.N_FIRED] = min(draft.names.fired.values(), default=0)
    whole[y.N_COUNT] = min(draft.names.counted.values(), default=0)
    whole[y.N_RULES] = len(scenario.rules)
    whole[y.N_CLAIMS] = rules.follow.claims
    whole[y.N_CAPACITY] = bodies.capacity()
    whole[y.N_MOVING], whole[y.N_FIXED] = bodies.ranks["dynamic"], bodies.ranks["fixed"]
    whole[y.N_SEAMS] = sum(kind.count for _, kind in bodies.kinds if kind.body in ("static", "kinematic") and kind.shape != "circle")
    whole[y.N_EVENTS] = rules.ledger_size
    whole[y.N_FRESH] = draft.rows.used
    draft.names.given = {name: draft.rows.take(y.GIVEN_ROWS) for name in scenario.varied}
    whole[y.N_ROWS] = draft.rows.used
    return whole


__all__ = ["Game", "TeamLayout", "Thing", "Uniform", "compile_scenario", "tick_counts"]
