"""Scenario to tables: puts together what the sections make of it. Runs once for each environment; its result never changes."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...scenarios import Scenario
from ...scenarios.facts.ranges import Ranges
from ...scenarios.model.clock import end_decision, seconds_of
from ...scenarios.model.drives import Motor
from ...scenarios.model.senses import Team
from ...scenarios.text.limits import MAX_SPEED, MAX_SPIN
from ..kernels.control.choices import DRIVE_CHOICES, HAND_CHOICES, MOTOR_CHOICES, SHOOT_CHOICES
from ..kernels.world.layout.programs import Act, Agent, Choice, Code, Effect, Meeting, MetTable, Rule, Score, Sense, Term, Trace
from ..kernels.world.layout.programs import Team as TeamTable
from ..kernels.world.layout.things import (
    BlownTable,
    Body,
    BodyTable,
    Grab,
    Gun,
    HandTable,
    JointTable,
    Lock,
    MoverTable,
    Shot,
    Spawn,
    Varying,
    Zone,
)
from ..kernels.world.layout.things import Motor as MotorTable
from ..kernels.world.layout.world import CLOCK_ROUND, Apart, Floor, Gate, GridTable, Kind, Pair, Real, Table, Walls, Whole
from .baseline import acts, choices, wishes
from .bodies import Bodies
from .draft import Draft, Rows, tick_counts
from .formulas.names import Constants, Names
from .game import Game, TeamLayout, pack
from .grid import Grid, Pairs, kind_table
from .hands import Hands
from .joints import Joints
from .ledger import Ledger, Sizes
from .motion import Motion, top_speed, zone_tables
from .rules import Rules
from .sensors import Sensors, state_scale
from .shots import Shots
from .spawn import SpawnTable

WALLS = {"open": Walls.OPEN, "solid": Walls.SOLID, "wrap": Walls.WRAP}
LEAST_SPEED = 1e-3
"""What is slower than this [m/s] may stand still where float32 can't tell its steps."""


def compile_scenario(scenario: Scenario, discrete: bool = False) -> Game:
    """Compile a scenario.

    Args:
        scenario: A validated scenario.
        discrete: Whether actions are choices rather than numbers in [-1, 1].
    """
    draft = _draft(scenario)
    made = _Sections(draft, discrete)
    whole = _whole(draft, made)
    made.spawn.vary()
    floats: dict[int, Sequence[Any]] = {
        Whole.CONST: draft.constants.values,
        Whole.CORNER: made.bodies.corners,
        Whole.SPOT: made.spawn.spots,
    }
    teams = made.teams
    return Game(
        scenario=scenario, world=pack(_real(draft, made), whole, floats, _tables(draft, made)), discrete=discrete, teams=tuple(teams),
        rules=tuple(scenario.rules), scores=made.scores, names=draft.names, ledger=made.ledger,
        body_kind=(("world", 0), *((kind, i) for kind in scenario.kinds for i in range(scenario.kind(kind).count))),
        obs_scaled=scenario.world.observations == "scaled",
        widest_observation=max((len(team.observation) for team in teams), default=1),
        wish_numbers=sum(wishes(team) * team.agents for team in teams) if discrete else 0,
    )  # fmt: skip


class _Sections:
    """What the sections of a game make of it, in this order: each needs what those before it know, and all write to the draft."""

    def __init__(self, draft: Draft, discrete: bool) -> None:
        scenario, self.discrete = draft.scenario, discrete
        self.spawn = SpawnTable(draft)
        self.shots, self.motion = Shots(draft, self.spawn), Motion(draft, self.spawn)
        self.bodies = Bodies(draft, self.spawn, self.motion, self.shots)
        self.spawn.draw()
        self.joints, self.hands = Joints(draft, self.bodies), Hands(draft)
        self.pairs = Pairs(draft, self.bodies, self.joints)
        self.rules = Rules(draft, self.spawn, self.bodies, self.pairs)
        self.sensors = Sensors(draft)
        self.teams = [_team(draft, name, self.sensors, self.rules, discrete) for name in scenario.teams]
        self.scores = {team: draft.code.formula(scenario.formulas[f"$.score.{team}"]) for team in scenario.score}
        sizes = [Sizes(team.name, team.agents, len(team.observation), team.action_size, team.terms) for team in self.teams]
        self.ledger = Ledger(sizes, len(scenario.rules), self.scores)
        self.rules.place_terms(self.ledger)
        self.baseline = acts(draft, self.teams)
        self.zones, self.blown, self.wind = zone_tables(draft)
        self.gates = self.pairs.gates()
        self.grid = Grid(self.pairs, self.sensors)
        self.kinds, self.quick = kind_table(self.pairs, self.rules.watch, draft.names.decision / tick_counts(scenario)[0])
        self.agents = _agents(self.ledger, self.teams, self.shots, discrete)
        self.choices = choices(draft, self.teams) if discrete else []
        self.motors = self.joints.motors(self.teams, self.agents, discrete)
        self.hands.give(self.teams, self.agents, discrete)


def _tables(draft: Draft, made: _Sections) -> dict[int, tuple[Sequence[Sequence[int]], int]]:
    """The integer tables in the order in which they are packed, each with how many columns it has."""
    return {
        Table.BODY: (made.bodies.body, BodyTable.COLUMNS),
        Table.PAIR: (made.grid.pairs, Pair.COLUMNS),
        Table.APART: (made.pairs.rows, Apart.COLUMNS),
        Table.AGENT: (made.agents, Agent.COLUMNS),
        Table.TEAM: (_team_table(made.ledger, made.teams, made.sensors, made.rules, made.discrete), TeamTable.COLUMNS),
        Table.CODE: (draft.code.rows, Code.COLUMNS),
        Table.SENSE: (made.sensors.rows, Sense.COLUMNS),
        Table.RULE: (made.rules.rules, Rule.COLUMNS),
        Table.MEETING: (made.rules.meetings, Meeting.COLUMNS),
        Table.EFFECT: (made.rules.effects, Effect.COLUMNS),
        Table.TERM: (made.rules.terms, Term.COLUMNS),
        Table.GATE: (made.gates, Gate.COLUMNS),
        Table.SPAWN: (made.spawn.lines, Spawn.COLUMNS),
        Table.ACT: (made.baseline, Act.COLUMNS),
        Table.CHOICE: (made.choices, Choice.COLUMNS),
        Table.SCORE: (list(made.scores.values()), Score.COLUMNS),
        Table.MOVER: (made.motion.movers, MoverTable.COLUMNS),
        Table.ZONE: (made.zones, Zone.COLUMNS),
        Table.BLOWN: (made.blown, BlownTable.COLUMNS),
        Table.KIND: (made.kinds, Kind.MEETS + 2 * len(made.bodies.kinds)),
        Table.GRID: ([made.grid.row], GridTable.COLUMNS),
        Table.GUN: (made.shots.guns, Gun.COLUMNS),
        Table.SHOT: (made.shots.shots, Shot.COLUMNS),
        Table.JOINT: (made.joints.rows, JointTable.COLUMNS),
        Table.MOTOR: (made.motors, MotorTable.COLUMNS),
        Table.HAND: (made.hands.rows, HandTable.COLUMNS),
        Table.GRAB: (made.hands.grabs, Grab.COLUMNS),
        Table.LOCK: (made.hands.locks, Lock.COLUMNS),
        Table.FLOOR: (made.bodies.floor, Floor.COLUMNS),
        Table.TRACE: (made.rules.follow.traces, Trace.COLUMNS),
        Table.MET: (made.rules.follow.met, MetTable.COLUMNS),
    }


def _draft(scenario: Scenario) -> Draft:
    names, body = Names(), 1
    for kind in scenario.kinds:
        names.first[kind], names.count[kind] = body, scenario.kind(kind).count
        body += scenario.kind(kind).count
    draft = Draft(scenario, names, Constants(), Rows(body * Body.ROWS), body)
    names.clock = draft.rows.take()
    names.decision = 1.0 / scenario.world.decisions_per_second
    last = end_decision(scenario.end.time, scenario.world.decisions_per_second)
    if last == 0 or last >= CLOCK_ROUND:
        names.rounds = draft.rows.take()
    names.wrap = scenario.world.size if scenario.world.walls == "wrap" else None
    names.time_limit, names.far = seconds_of(last, scenario.world.decisions_per_second), math.hypot(*scenario.world.size)
    ranges = Ranges(scenario)
    names.top_speed = {
        name: top_speed(name, team, scenario.world.gravity_vector, ranges) for name, team in scenario.teams.items() if team.drive
    }
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
    drive = tuple(
        part
        for action, kind in draft.scenario.actions_of(name).items()
        if action != "say"
        for part in ((f"{action}.x", f"{action}.y") if kind == "vector" else (action,))
    )
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


def _agents(ledger: Ledger, teams: list[TeamLayout], shots: Shots, discrete: bool) -> list[tuple[int, ...]]:
    rows: list[tuple[int, ...]] = []
    for t, team in enumerate(teams):
        trigger = team.drive_numbers(discrete) + team.grips
        for i in range(team.agents):
            first = ledger.action[team.name].first + i * team.action_size
            rows.append((team.first_body + i, t, i, first))
            shots.place_trigger(team.first_body + i, first + trigger, discrete)
    return rows


def _team_table(ledger: Ledger, teams: list[TeamLayout], sensors: Sensors, rules: Rules, discrete: bool) -> list[list[int]]:
    table, wish = [], ledger.action_numbers  # choices follow from wishes, which stand behind them; numbers are wishes themselves
    for team in teams:
        row = [0] * TeamTable.COLUMNS
        row[TeamTable.FIRST], row[TeamTable.AGENTS] = team.first_body, team.agents
        row[TeamTable.SENSE], row[TeamTable.SENSE_END] = sensors.ranges[team.name]
        row[TeamTable.OBS], row[TeamTable.OBS_OFFSET] = len(team.observation), ledger.obs[team.name].first
        row[TeamTable.ACTION], row[TeamTable.ACTION_OFFSET] = team.action_size, ledger.action[team.name].first
        row[TeamTable.REWARD_OFFSET] = ledger.reward[team.name].first
        row[TeamTable.SYMBOLS] = team.symbols
        row[TeamTable.TERM], row[TeamTable.TERM_END] = rules.term_ranges[team.name]
        row[TeamTable.DISCRETE] = max(team.choices, 1) if discrete else 0
        row[TeamTable.SPEECH] = team.drive_numbers(discrete) + team.grips + team.trigger_numbers(discrete)
        row[TeamTable.WISH], row[TeamTable.WISHES] = wish if discrete else row[TeamTable.ACTION_OFFSET], wishes(team)
        wish += team.agents * wishes(team)
        table.append(row)
    return table


def _real(draft: Draft, made: _Sections) -> np.ndarray:
    """Numbers of the world. Soft contacts and joints: stiffness from the substep rate. Source: Box2D v3, physics_world.c and b2MakeSoft."""
    world, bodies, grid = draft.scenario.world, made.bodies, made.grid
    real = np.zeros(Real.SIZE, np.float32)
    ticks, h = tick_counts(draft.scenario)[0], draft.substep
    real[Real.HALF_W], real[Real.HALF_H] = world.size[0] / 2, world.size[1] / 2
    gravity = world.gravity_vector
    real[Real.GRAVITY_X], real[Real.GRAVITY_Y] = gravity
    real[Real.TICK], real[Real.SUBSTEP], real[Real.DECISION] = draft.names.decision / ticks, h, draft.names.decision
    real[Real.MARGIN] = min(0.02, 0.1 * bodies.smallest)
    real[Real.FLUSH] = min(0.002, 0.01 * bodies.smallest_solid)
    real[Real.QUICK] = made.quick
    real[Real.TOUCH] = min(0.01, 0.05 * bodies.smallest)
    real[Real.WALL_FRICTION], real[Real.WALL_BOUNCE] = world.friction, world.bounce
    hertz = min(60.0, 0.25 / h)
    real[Real.RATE : Real.SOFT_IMPULSE + 1] = _soften(hertz, 10.0, h)
    real[Real.STATIC_RATE : Real.STATIC_SOFT_IMPULSE + 1] = _soften(2 * hertz, 10.0, h)
    real[Real.UNEVEN_RATE : Real.UNEVEN_SOFT_IMPULSE + 1] = _soften(
        0.6 * hertz, 10.0, h
    )  # stiffer ones hum under 100 : 1, softer ones sink
    real[Real.JOINT_RATE : Real.JOINT_IMPULSE + 1] = _soften(0.25 / h, 2.0, h)  # as stiff as substeps allow: joint_loads.py counts on it
    real[Real.BOUNCE_SPEED] = max(0.05, 2 * math.hypot(*gravity) * h)
    real[Real.PUSH_SPEED] = max(3.0, 12 * bodies.smallest)
    real[Real.CELL_X], real[Real.CELL_Y] = grid.cell
    real[Real.SPACING] = grid.spacing
    real[Real.FAR] = draft.names.far
    real[Real.LIMIT] = 1.0 if world.observations == "scaled" else 1e6
    return real


def _soften(hertz: float, damping_ratio: float, h: float) -> tuple[float, float, float]:
    """Rate, mass share and impulse share of a soft constraint (a damped spring, integrated implicitly)."""
    omega = 2 * math.pi * hertz
    a1 = 2 * damping_ratio + h * omega
    a2 = h * omega * a1
    return omega / a1, a2 / (1 + a2), 1 / (1 + a2)


def is_large(size: tuple[float, float], substep: float) -> bool:
    """Whether a world is so large that at its edge rounding would take speeds that can be seen."""
    return float(np.spacing(np.float32(max(size) / 2))) / 2 / substep > LEAST_SPEED


def _whole(draft: Draft, made: _Sections) -> np.ndarray:
    """Integers of the world. The last rows of the state are given out here."""
    whole = np.zeros(Table.END, np.int64)
    scenario, bodies, rules = draft.scenario, made.bodies, made.rules
    whole[Whole.BODIES], whole[Whole.AGENTS] = draft.body_count, sum(team.count for team in scenario.teams.values())
    whole[Whole.TICKS], whole[Whole.SUBSTEPS] = tick_counts(scenario)
    whole[Whole.WALLS] = WALLS[scenario.world.walls]
    whole[Whole.CLOCK] = draft.names.clock
    whole[Whole.ROUNDS] = draft.names.rounds
    whole[Whole.REST] = draft.rows.take(2 * draft.body_count) if is_large(scenario.world.size, draft.substep) else 0
    whole[Whole.LIMIT] = end_decision(scenario.end.time, scenario.world.decisions_per_second)
    whole[Whole.BOUNCY] = int(bodies.bouncy)
    whole[Whole.OVERRUN], whole[Whole.PLACED], whole[Whole.UNFIRED] = (draft.rows.take() for _ in range(3))
    whole[Whole.WATCH], whole[Whole.WATCHES] = rules.watched
    whole[Whole.FIRED] = min(draft.names.fired.values(), default=0)
    whole[Whole.COUNT] = min(draft.names.counted.values(), default=0)
    whole[Whole.RULES] = len(scenario.rules)
    whole[Whole.CLAIMS] = rules.follow.claims
    whole[Whole.CAPACITY] = made.pairs.capacity()
    whole[Whole.MOVING], whole[Whole.FIXED] = bodies.ranks["dynamic"], bodies.ranks["fixed"]
    whole[Whole.SEAMS] = sum(kind.count for _, kind in bodies.kinds if kind.body in ("static", "kinematic") and kind.shape != "circle")
    whole[Whole.EVENTS] = made.ledger.events.first
    whole[Whole.WIND], whole[Whole.JUMPERS], whole[Whole.CARS] = made.wind, int(made.motion.jumps), int(made.motion.cars)
    whole[Whole.HALTS], whole[Whole.GATED] = int(bodies.halts), int(made.pairs.gated)
    whole[Whole.HELD], whole[Whole.HELDS] = made.hands.held_range
    whole[Whole.DRAWN], whole[Whole.DRAWNS] = made.joints.groups
    whole[Whole.FRESH] = draft.rows.used
    draft.names.given = {name: draft.rows.take(Varying.ROWS) for name in scenario.varied}
    whole[Whole.ROWS] = draft.rows.used
    return whole


__all__ = ["compile_scenario"]
