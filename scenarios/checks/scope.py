"""What the formulas of a scenario may speak about, and where."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ..formulas.types import JointInfo, KindInfo, Scope
from ..model.scenario import Scenario


def base_scope(scenario: Scenario, params: Mapping[str, float | bool], varied: Iterable[str] = ()) -> Scope:
    """Return what every formula of a scenario may speak about."""
    kinds: dict[str, KindInfo] = {}
    for name in scenario.kinds:
        kind = scenario.kind(name)
        kinds[name] = KindInfo(
            count=kind.count,
            team=name in scenario.teams,
            state={key: "truth" if isinstance(value, bool) else "number" for key, value in scenario.states_of(name).items()},
            moving=kind.moves,
            says=name in scenario.teams and scenario.teams[name].says is not None,
            drive=_drive_of(scenario, name),
            shoots=name in scenario.teams and scenario.teams[name].shoot is not None,
            owners=tuple(scenario.shooters(name)),
            driven=scenario.driven_fields(name),
            marks=frozenset(scenario.marks_of(name)),
        )
    return Scope(
        kinds=kinds,
        params=params,
        varied=frozenset(varied),
        draws={name: draw.kind for name, draw in scenario.draw.items()},
        rules=frozenset(scenario.rules),
        joints=_joints(scenario),
        world_size=scenario.world.size,
        time_limit=scenario.end.time,
    )


def _drive_of(scenario: Scenario, name: str) -> str:
    team = scenario.teams.get(name)
    return team.drive.type if team is not None and team.drive is not None else ""


def _joints(scenario: Scenario) -> dict[str, JointInfo]:
    """Return what formulas may know of joints; those whose ends are wrong are reported elsewhere."""
    joints: dict[str, JointInfo] = {}
    for name, joint in scenario.joints.items():
        try:
            count = len(scenario.joined(name))
            owners = frozenset(kind for kind in scenario.kinds if count and scenario.is_own_joint(name, kind))
        except (ValueError, KeyError):
            continue
        joints[name] = JointInfo(joint.type, count, owners)
    return joints


def in_turn(scope: Scope, kind: str) -> Scope:
    """Return the scope of an effect on a kind: where nobody met, it and `self` mean each of the kind in turn."""
    if scope.self_kind or scope.other_kind or kind not in scope.kinds:
        return scope
    return replace(scope, self_kind=kind, bound={kind: "self"})


def met(scope: Scope, first: str | None, second: str | None) -> Scope:
    """Return the scope of a rule in which the kinds mean the instances that met."""
    known = scope.kinds
    bound: dict[str | None, str] = {}
    if first != second:  # the same kind twice would be two things of one name
        bound = {first: "self", second: "other"}
    return replace(
        scope,
        self_kind=first if first in known else None,
        other_kind=second if second in known else None,
        bound={name: word for name, word in bound.items() if name in known and name is not None},
    )
