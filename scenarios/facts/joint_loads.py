"""What joints carry, and how short substeps must be for that: a joint is a spring as stiff as a substep allows, so a load stretches it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..model.joints import Joint, JointEnd, Rope, Spring
from ..model.numbers import bounds, typical
from ..model.scenario import Scenario
from ..model.senses import Team
from ..model.things import Thing
from ..text import limits
from .outlines import area_of, bounding_radius, core_of

STRETCH = 0.04
"""Share of its length that no joint is stretched by more under what it carries, where substeps can be chosen."""
MUCH = 0.06
"""A note is made of a joint that is stretched by more than this share of its length."""
_STIFFNESS = (math.pi / 2) ** 2
"""Square of a joint's circular frequency times the substep: a quarter of an oscillation in each (envs/compile/draft.py)."""


@dataclass
class _Body:
    """One thing that joints hold: its mass [kg], weight [N] and what its drive pushes with [N] at most, and its joints."""

    light: float
    mass: float
    weight: float
    push: float
    joints: list[int] = field(default_factory=list)


@dataclass
class _Held:
    """One joint: its name, the bodies that it holds (one where the other end doesn't move), its length [m]."""

    name: str
    ends: list[int]
    length: float


def longest_substep(scenario: Scenario) -> tuple[float, str]:
    """Return the longest substep [s] at which no joint is stretched by more than STRETCH, and the joint that asks for it (infinity and "" for none)."""
    bodies, joints = _listed(scenario)
    longest, name = math.inf, ""
    for joint, pull in zip(joints, _pulls(bodies, joints), strict=True):
        mass = 1 / sum(1 / bodies[end].light for end in joint.ends)
        most = math.sqrt(STRETCH * joint.length * mass * _STIFFNESS / pull) if pull > 0 else math.inf
        if most < longest:
            longest, name = most, joint.name
    return longest, name


def strain(scenario: Scenario, substep: float) -> tuple[str, str]:
    """Return the joint that is stretched by much in substeps of this length [s], and what is to be said of it; "" and "" where none is."""
    longest, name = longest_substep(scenario)
    stretch = STRETCH * (substep / longest) ** 2
    if stretch <= MUCH:
        return "", ""
    most = limits.MAX_SUBSTEPS / (scenario.world.decisions_per_second * substep)
    advice = (
        "leave out substeps"
        if scenario.world.substeps is not None and longest * most >= substep
        else "give more decisions_per_second, or less load"
    )
    return name, f'what the joint "{name}" carries stretches it by about {stretch:.0%} in substeps of {substep:.2g} s: {advice}'


def _listed(scenario: Scenario) -> tuple[list[_Body], list[_Held]]:
    """List what joints hold, and the joints; springs are meant to give way."""
    numbers: dict[tuple[str, int], int] = {}
    bodies: list[_Body] = []
    joints: list[_Held] = []
    for name, joint in scenario.joints.items():
        if isinstance(joint, Spring):
            continue
        for pair in scenario.joined(name):
            held = _Held(name, [], _length(scenario, joint, pair))
            for end in pair:
                if end is None or scenario.kind(end[0]).body != "dynamic":
                    continue
                if end not in numbers:
                    numbers[end] = len(bodies)
                    bodies.append(_body(scenario, scenario.kind(end[0])))
                held.ends.append(numbers[end])
                bodies[numbers[end]].joints.append(len(joints))
            joints.append(held)
    return bodies, joints


def _body(scenario: Scenario, kind: Thing) -> _Body:
    low, high = bounds(kind.density if kind.density is not None else kind.mass if kind.mass is not None else 1.0)
    area = _area(kind) if kind.density is not None else 1.0
    light, mass = max(low * area, 1e-9), high * area
    drive = kind.drive if isinstance(kind, Team) else None
    accel = getattr(drive, "accel", None) or getattr(drive, "thrust_accel", None) or 0.0
    pull = math.hypot(*scenario.world.gravity_vector) * max(abs(end) for end in bounds(kind.gravity_scale))
    return _Body(light, mass, mass * pull, mass * bounds(accel)[1])


def _area(kind: Thing) -> float:
    """Return the area of a kind, rounding included [m2]."""
    corners, radius = core_of(kind)
    rim = sum(math.dist(corners[k - 1], corner) for k, corner in enumerate(corners))
    return abs(area_of(corners)) + radius * rim + math.pi * radius * radius


def _length(scenario: Scenario, joint: Joint, pair: tuple[JointEnd, JointEnd]) -> float:
    """Return about how far the next joint is from this one [m]: a rope's length, else how far its two things reach."""
    reach = sum(bounding_radius(scenario.kind(end[0])) for end in pair if end is not None)
    if isinstance(joint, Rope):
        return max(reach, 2 * reach if joint.length is None else typical(joint.length))
    return reach


def _pulls(bodies: list[_Body], joints: list[_Held]) -> Sequence[float]:
    """Return what each joint must hold [N]: what hangs on it, or what its drives make it pull along."""
    pulls = [0.0] * len(joints)
    seen = [False] * len(bodies)
    for root in range(len(bodies)):
        if not seen[root]:
            order, parent, bridges = _tree(root, bodies, joints, seen)
            group = {joint for body in order for joint in bodies[body].joints}
            total = _sums(bodies, joints, order)
            below = {body: _sums(bodies, joints, [body]) for body in order}
            for body in reversed(order):
                if parent[body] >= 0:
                    above = next(end for end in joints[parent[body]].ends if end != body)
                    below[above] = tuple(a + b for a, b in zip(below[above], below[body], strict=True))
            for joint in group:
                pulls[joint] = total[1] + total[2]
            for body in order:
                if parent[body] in bridges:
                    pulls[parent[body]] = _between(below[body], total)
    return pulls


def _sums(bodies: list[_Body], joints: list[_Held], which: Sequence[int]) -> tuple[float, ...]:
    """Return mass, weight, push and the number of fixed ends of some bodies."""
    fixed = sum(len(joints[joint].ends) == 1 for body in which for joint in bodies[body].joints)
    return sum(bodies[k].mass for k in which), sum(bodies[k].weight for k in which), sum(bodies[k].push for k in which), float(fixed)


def _between(below: tuple[float, ...], total: tuple[float, ...]) -> float:
    """Return what the only joint between two parts of a group holds [N]."""
    mass, weight, push, fixed = below
    above_mass, above_weight, above_push, above_fixed = (a - b for a, b in zip(total, below, strict=True))
    if fixed > 0 and above_fixed > 0:
        return total[1] + total[2]
    if fixed > 0:
        return above_weight + above_push
    if above_fixed > 0:
        return weight + push
    return max(push * above_mass, above_push * mass) / (mass + above_mass)  # one part pulls the other along


def _tree(root: int, bodies: list[_Body], joints: list[_Held], seen: list[bool]) -> tuple[list[int], dict[int, int], set[int]]:
    """Return the bodies of a group, parents first, the joint that leads to each (-1 to the root), and the joints without which it falls into two parts."""
    order, parent, depth, stack = list[int](), {root: -1}, {root: 0}, [root]
    while stack:
        body = stack.pop()
        if seen[body]:
            continue
        seen[body] = True
        order.append(body)
        for joint in bodies[body].joints:
            for other in joints[joint].ends:
                if not seen[other]:
                    parent[other], depth[other] = joint, depth[body] + 1
                    stack.append(other)
    low = dict(depth)
    for body in reversed(order):
        for joint in bodies[body].joints:
            for other in joints[joint].ends:
                if other != body and joint != parent[body]:
                    low[body] = min(low[body], low[other] if parent[other] == joint else depth[other])
    return order, parent, {parent[body] for body in order if parent[body] >= 0 and low[body] >= depth[body]}
