"""Compiles joints, and the motors that agents drive."""

import math

from ...scenarios.model.drives import Motor
from ...scenarios.model.joints import Fixed, Joint, JointEnd, Pin, Rope, Slider, Spring, TurnMotor, Weld
from ..kernels.world.layout.programs import Agent
from ..kernels.world.layout.things import Anchor, BodyTable, Drawn, JointTable, JointType, Moves
from ..kernels.world.layout.things import Joint as JointRows
from ..kernels.world.layout.things import Motor as MotorTable
from .bodies import Bodies
from .draft import Draft
from .game import TeamLayout

_TYPES = {"pin": JointType.PIN, "weld": JointType.WELD, "slider": JointType.SLIDER, "rope": JointType.ROPE, "spring": JointType.LINE}
FREE = 1e30
"""A limit that nothing reaches [m], [rad]."""


class Joints:
    """Writes the joint and motor tables."""

    def __init__(self, draft: Draft, bodies: Bodies) -> None:
        self.draft, self.bodies = draft, bodies
        self.rows: list[list[int]] = []
        self.apart: set[tuple[int, int]] = set()
        """Pairs a < b of bodies that are joined so that they don't push each other."""
        for name, joint in draft.scenario.joints.items():
            self._joint(name, joint)
        self.groups = self._group()

    def _joint(self, name: str, joint: Joint) -> None:
        """All joints of one name."""
        scenario, names = self.draft.scenario, self.draft.names
        pairs = scenario.joined(name)
        names.joints[name], names.joint_counts[name] = self.draft.rows.take(len(pairs) * JointRows.ROWS), len(pairs)
        constants = self.draft.constants.block(*self._numbers(joint))
        for k, pair in enumerate(pairs):
            row = [0] * JointTable.COLUMNS
            row[JointTable.TYPE] = _type(joint)
            row[JointTable.A], row[JointTable.B] = (names.first[end[0]] + end[1] if end else 0 for end in pair)
            row[JointTable.ROW], row[JointTable.CONST] = names.joints[name] + k * JointRows.ROWS, constants
            row[JointTable.SPRING] = int(joint.hertz > 0 if isinstance(joint, Pin | Weld | Slider | Spring) else False)
            row[JointTable.MOTOR] = int(isinstance(joint, Pin | Slider) and joint.motor is not None)
            low, high = _limits(joint)
            row[JointTable.LOW], row[JointTable.HIGH] = int(low > -FREE), int(high < FREE)
            row[JointTable.ANCHOR], row[JointTable.POINTS] = self._anchors(joint, pair, k)
            self.rows.append(row)
            if not joint.collide:
                self.apart.add((min(row[JointTable.A], row[JointTable.B]), max(row[JointTable.A], row[JointTable.B])))

    def _group(self) -> tuple[int, int]:
        """Give rows to every group of bodies that joints hold together; what nothing moves joins none. Returns the first row and how many groups."""
        body, leader = self.bodies.body, list(range(self.draft.body_count))

        def lead(one: int) -> int:
            while leader[one] != one:
                leader[one] = one = leader[leader[one]]
            return one

        moving = [
            [end for end in (row[JointTable.A], row[JointTable.B]) if body[end][BodyTable.MOVES] == Moves.DYNAMIC] for row in self.rows
        ]
        for ends in moving:
            leader[lead(ends[0])] = lead(ends[-1])
        groups = {one: k for k, one in enumerate(sorted({lead(ends[0]) for ends in moving}))}
        first = self.draft.rows.take(len(groups) * Drawn.ROWS)
        for row, ends in zip(self.rows, moving, strict=True):
            row[JointTable.DRAWN] = first + groups[lead(ends[0])] * Drawn.ROWS
        return first, len(groups)

    def _numbers(self, joint: Joint) -> tuple[float, ...]:
        """Constants of all joints of a name, in the order of JointConst."""
        h = self.draft.substep
        soft = soft_spring(joint.hertz, joint.damping_ratio, h) if not isinstance(joint, Rope) and joint.hertz else (0.0, 0.0, 0.0)
        speed = most = 0.0
        if isinstance(joint, Pin | Slider) and joint.motor is not None:
            speed = math.radians(joint.motor.speed_deg_per_s) if isinstance(joint.motor, TurnMotor) else joint.motor.speed
            most = h * (joint.motor.max_torque if isinstance(joint.motor, TurnMotor) else joint.motor.max_force)
        axis = (1.0, 0.0)
        if isinstance(joint, Slider):
            size = math.hypot(*joint.axis)
            axis = (joint.axis[0] / size, joint.axis[1] / size)
        length = joint.length if isinstance(joint, Rope | Spring) and joint.length is not None else -1.0
        return (*soft, *_limits(joint), speed, most, joint.breaks_at or 0.0, *axis, length)

    def _anchors(self, joint: Joint, pair: tuple[JointEnd, JointEnd], k: int) -> tuple[int, int]:
        """How the anchors are given, and the constants that give them: two points, in the frames of the bodies (about their centres) or the world."""
        constants = self.draft.constants
        if isinstance(joint, Fixed) and joint.at:
            point = joint.at[k] if isinstance(joint.at[0], tuple) else joint.at
            return Anchor.AT, constants.block(*point, 0.0, 0.0)
        points = []
        for end, anchor in zip(pair, (joint.anchor_a, joint.anchor_b), strict=True):
            x, up = anchor or (0.0, 0.0)
            cx, cy = self.bodies.centre[end[0]] if end and anchor else (0.0, 0.0)
            points += [x - cx, up - cy]
        if isinstance(joint, Rope | Spring) or (joint.anchor_a and joint.anchor_b):
            way = Anchor.BOTH
        else:
            way = Anchor.A if joint.anchor_a else (Anchor.B if joint.anchor_b else Anchor.MIDDLE)
            if way == Anchor.MIDDLE and None in pair:  # of a thing and the world: the thing's centre
                way = Anchor.B if pair[0] is None else Anchor.A
        return way, constants.block(*points)

    def motors(self, teams: list[TeamLayout], actions: list[tuple[int, ...]], discrete: bool) -> list[list[int]]:
        """Rows of the motor table; `actions` are those of the agent table."""
        rows: list[list[int]] = []
        names, scenario = self.draft.names, self.draft.scenario
        for t, team in enumerate(teams):
            drive = scenario.teams[team.name].drive
            if not isinstance(drive, Motor) or team.agents == 0:
                continue
            for number, joint in enumerate(drive.joints):
                for k in range(len(scenario.joined(joint))):
                    agent = k if team.agents > 1 else 0
                    first = next(row[Agent.ACTION] for row in actions if row[Agent.TEAM] == t and row[Agent.INDEX] == agent)
                    row = [0] * MotorTable.COLUMNS
                    row[MotorTable.BODY], row[MotorTable.ACTION], row[MotorTable.DISCRETE] = (
                        team.first_body + agent,
                        first + number,
                        int(discrete),
                    )
                    row[MotorTable.ROW] = names.joints[joint] + k * JointRows.ROWS
                    row[MotorTable.CONST] = self.rows[self._index(row[MotorTable.ROW])][JointTable.CONST]
                    rows.append(row)
        return rows

    def _index(self, first_row: int) -> int:
        return next(k for k, row in enumerate(self.rows) if row[JointTable.ROW] == first_row)


def _type(joint: Joint) -> int:
    if isinstance(joint, Weld) and joint.hertz > 0:
        return JointType.PIN  # a hinge with a spring
    return _TYPES[joint.type]


def _limits(joint: Joint) -> tuple[float, float]:
    """Least and greatest position; of a rope that is as long as it starts, the kernel takes that for the greatest."""
    if isinstance(joint, Pin) and joint.angle_deg:
        return math.radians(joint.angle_deg[0]), math.radians(joint.angle_deg[1])
    if isinstance(joint, Slider) and joint.travel:
        return joint.travel
    if isinstance(joint, Rope):
        return joint.min_length or -FREE, joint.length if joint.length is not None else 0.0
    if isinstance(joint, Spring):
        return joint.min_length or -FREE, FREE if joint.max_length is None else joint.max_length
    return -FREE, FREE


def soft_spring(hertz: float, damping_ratio: float, h: float) -> tuple[float, float, float]:
    """Rate, mass share and impulse share of a spring as a soft constraint.

    Box2D v3 (b2MakeSoft) integrates springs implicitly, which damps a loose one that should swing for long: 1 Hz at 240 substeps a second loses 8 % of
    its swing each time. Here the spring's force is that at x + theta h v: implicit (theta = 1) where it is stiff for the substep, nearly explicit
    (theta = 2 (h omega)^2), which swings without loss, where it is loose.
    """
    omega = 2 * math.pi * hertz
    a = (h * omega) ** 2
    q = max(min(1.0, 2 * a) * a + 2 * damping_ratio * omega * h, 1e-12)
    return a / (h * q), q / (1 + q), 1 / (1 + q)
