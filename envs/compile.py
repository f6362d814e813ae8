"""Scenario to tables: puts together what the sections make of it. Runs once for each environment; its result never changes."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..scenarios import Scenario
from ..scenarios.clock import end_decision, seconds_of
from ..scenarios.limits import MAX_SPEED, MAX_SPIN
from ..scenarios.model_drives import Motor
from ..scenarios.model_senses import Team
from ..scenarios.ranges import Ranges
from . import layout as y
from .choices import DRIVE_CHOICES, HAND_CHOICES, MOTOR_CHOICES, SHOOT_CHOICES
from .compile_baseline import acts, choices, wishes
from .compile_bodies import Bodies
from .compile_draft import Draft, Rows, tick_counts
from .compile_game import Game, TeamLayout, pack
from .compile_grid import Grid, Pairs, kind_table
from .compile_hands import Hands
from .compile_joints import Joints
from .compile_ledger import Ledger, Sizes
from .compile_motion import Motion, top_speed, zone_tables
from .compile_names import Constants, Names
from .compile_rules import Rules
from .compile_sensors import Sensors, state_scale
from .compile_shots import Shots
from .compile_spawn import SpawnTable

WALLS = {"open": y.WALLS_OPEN, "solid": y.WALLS_SOLID, "wrap": y.WALLS_WRAP}
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
    floats: dict[int, Sequence[Any]] = {y.N_CONST: draft.constants.values, y.N_CORNER: made.bodies.corners, y.N_SPOT: made.spawn.spots}
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
        y.W_BODY: (made.bodies.body, y.B_COLUMNS),
        y.W_PAIR: (made.grid.pairs, y.PAIR_COLUMNS),
        y.W_APART: (made.pairs.rows, y.APART_COLUMNS),
        y.W_AGENT: (made.agents, y.A_COLUMNS),
        y.W_TEAM: (_team_table(made.ledger, made.teams, made.sensors, made.rules, made.discrete), y.G_COLUMNS),
        y.W_CODE: (draft.code.rows, y.CODE_COLUMNS),
        y.W_SENSE: (made.sensors.rows, y.SENSE_COLUMNS),
        y.W_RULE: (made.rules.rules, y.R_COLUMNS),
        y.W_MEETING: (made.rules.meetings, y.M_COLUMNS),
        y.W_EFFECT: (made.rules.effects, y.E_COLUMNS),
        y.W_TERM: (made.rules.terms, y.T_COLUMNS),
        y.W_GATE: (made.gates, y.GATE_COLUMNS),
        y.W_SPAWN: (made.spawn.lines, y.Z_COLUMNS),
        y.W_ACT: (made.baseline, y.ACT_COLUMNS),
        y.W_CHOICE: (made.choices, y.CHOICE_COLUMNS),
        y.W_SCORE: (list(made.scores.values()), y.SCORE_COLUMNS),
        y.W_MOVER: (made.motion.movers, y.V_COLUMNS),
        y.W_ZONE: (made.zones, y.ZONE_COLUMNS),
        y.W_BLOWN: (made.blown, y.BLOWN_COLUMNS),
        y.W_KIND: (made.kinds, y.KIND_MEETS + 2 * len(made.bodies.kinds)),
        y.W_GRID: ([made.grid.row], y.GRID_COLUMNS),
        y.W_GUN: (made.shots.guns, y.GUN_COLUMNS),
        y.W_SHOT: (made.shots.shots, y.SHOT_COLUMNS),
        y.W_JOINT: (made.joints.rows, y.Q_COLUMNS),
        y.W_MOTOR: (made.motors, y.MOTOR_COLUMNS),
        y.W_HAND: (made.hands.rows, y.HAND_COLUMNS),
        y.W_GRAB: (made.hands.grabs, y.Y_COLUMNS),
        y.W_LOCK: (made.hands.locks, y.L_COLUMNS),
        y.W_FLOOR: (made.bodies.floor, y.FLOOR_COLUMNS),
        y.W_TRACE: (made.rules.follow.traces, y.TRACE_COLUMNS),
        y.W_MET: (made.rules.follow.met, y.MET_COLUMNS),
    }


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
    names.wrap = scenario.world.size if scenario.world.walls == "wrap" else None
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
        row = [0] * y.G_COLUMNS
        row[y.G_FIRST], row[y.G_AGENTS] = team.first_body, team.agents
        row[y.G_SENSE], row[y.G_SENSE_END] = sensors.ranges[team.name]
        row[y.G_OBS], row[y.G_OBS_OFFSET] = len(team.observation), ledger.obs[team.name].first
        row[y.G_ACTION], row[y.G_ACTION_OFFSET] = team.action_size, ledger.action[team.name].first
        row[y.G_REWARD_OFFSET] = ledger.reward[team.name].first
        row[y.G_SYMBOLS] = team.symbols
        row[y.G_TERM], row[y.G_TERM_END] = rules.term_ranges[team.name]
        row[y.G_DISCRETE] = max(team.choices, 1) if discrete else 0
        row[y.G_SPEECH] = team.drive_numbers(discrete) + team.grips + team.trigger_numbers(discrete)
        row[y.G_WISH], row[y.G_WISHES] = wish if discrete else row[y.G_ACTION_OFFSET], wishes(team)
        wish += team.agents * wishes(team)
        table.append(row)
    return table


def _real(draft: Draft, made: _Sections) -> np.ndarray:
    """Numbers of the world. Soft contacts and joints: stiffness from the substep rate. Source: Box2D v3, physics_world.c and b2MakeSoft."""
    world, bodies, grid = draft.scenario.world, made.bodies, made.grid
    real = np.zeros(y.P_COUNT, np.float32)
    ticks, h = tick_counts(draft.scenario)[0], draft.substep
    real[y.P_HALF_W], real[y.P_HALF_H] = world.size[0] / 2, world.size[1] / 2
    gravity = world.gravity_vector
    real[y.P_GRAVITY_X], real[y.P_GRAVITY_Y] = gravity
    real[y.P_TICK], real[y.P_SUBSTEP], real[y.P_DECISION] = draft.names.decision / ticks, h, draft.names.decision
    real[y.P_MARGIN] = min(0.02, 0.1 * bodies.smallest)
    real[y.P_FLUSH] = min(0.002, 0.01 * bodies.smallest_solid)
    real[y.P_QUICK] = made.quick
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


def is_large(size: tuple[float, float], substep: float) -> bool:
    """Whether a world is so large that at its edge rounding would take speeds that can be seen."""
    return float(np.spacing(np.float32(max(size) / 2))) / 2 / substep > LEAST_SPEED


def _whole(draft: Draft, made: _Sections) -> np.ndarray:
    """Integers of the world. The last rows of the state are given out here."""
    whole = np.zeros(y.N_WHOLE, np.int64)
    scenario, bodies, rules = draft.scenario, made.bodies, made.rules
    whole[y.N_BODIES], whole[y.N_AGENTS] = draft.body_count, sum(team.count for team in scenario.teams.values())
    whole[y.N_TICKS], whole[y.N_SUBSTEPS] = tick_counts(scenario)
    whole[y.N_WALLS] = WALLS[scenario.world.walls]
    whole[y.N_CLOCK] = draft.names.clock
    whole[y.N_ROUNDS] = draft.names.rounds
    whole[y.N_REST] = draft.rows.take(2 * draft.body_count) if is_large(scenario.world.size, draft.substep) else 0
    whole[y.N_LIMIT] = end_decision(scenario.end.time, scenario.world.decisions_per_second)
    whole[y.N_BOUNCY] = int(bodies.bouncy)
    whole[y.N_OVERRUN], whole[y.N_PLACED], whole[y.N_UNFIRED] = (draft.rows.take() for _ in range(3))
    whole[y.N_WATCH], whole[y.N_WATCHES] = rules.watched
    whole[y.N_FIRED] = min(draft.names.fired.values(), default=0)
    whole[y.N_COUNT] = min(draft.names.counted.values(), default=0)
    whole[y.N_RULES] = len(scenario.rules)
    whole[y.N_CLAIMS] = rules.follow.claims
    whole[y.N_CAPACITY] = made.pairs.capacity()
    whole[y.N_MOVING], whole[y.N_FIXED] = bodies.ranks["dynamic"], bodies.ranks["fixed"]
    whole[y.N_SEAMS] = sum(kind.count for _, kind in bodies.kinds if kind.body in ("static", "kinematic") and kind.shape != "circle")
    whole[y.N_EVENTS] = made.ledger.events.first
    whole[y.N_WIND], whole[y.N_JUMPERS], whole[y.N_CARS] = made.wind, int(made.motion.jumps), int(made.motion.cars)
    whole[y.N_HALTS], whole[y.N_GATED] = int(bodies.halts), int(made.pairs.gated)
    whole[y.N_HELD], whole[y.N_HELDS] = made.hands.held_range
    whole[y.N_DRAWN], whole[y.N_DRAWNS] = made.joints.groups
    whole[y.N_FRESH] = draft.rows.used
    draft.names.given = {name: draft.rows.take(y.GIVEN_ROWS) for name in scenario.varied}
    whole[y.N_ROWS] = draft.rows.used
    return whole


__all__ = ["compile_scenario"]
