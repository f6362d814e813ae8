"""Checks of what teams shoot."""

from ..model.shoot import STATE
from ..text.tree import Keys
from .report import Report


def check_shoot(report: Report) -> None:
    """Check what every team shoots, and every projectile."""
    scenario = report.scenario
    for name, team in scenario.teams.items():
        keys: Keys = ("teams", name, "shoot", "projectile")
        if team.shoot is None:
            continue
        kind = team.shoot.projectile
        report.check_name(keys, kind, scenario.things, "thing")
        for variable in ("cooldown", *((STATE,) if team.shoot.ammo is not None else ())):
            if variable in team.state:
                message = f'a team that shoots has "{variable}" already; choose another name'
                report.complain(("teams", name, "state", variable), message, at_key=True)
    for name in scenario.things:
        if name not in report.damaged and scenario.shooters(name):
            _check_projectile(report, name)


def _check_projectile(report: Report, name: str) -> None:
    """Complain of a projectile that can't be one."""
    scenario = report.scenario
    kind, keys = scenario.things[name], ("things", name)
    pools = sum(scenario.teams[team].count * shoot.pool for team, shoot in scenario.shooters(name).items())
    wrong: list[tuple[str, str]] = []
    if kind.count != pools:
        wrong.append(("count", f"there are {pools} of this projectile, the pools of all who shoot it; leave count out"))
    if kind.body != "dynamic":
        wrong.append(("body", f"a projectile is dynamic, this is {kind.body}"))
    if kind.place is not None:
        wrong.append(("place", "a projectile is not in the world until it is shot; leave place out"))
    if kind.solid_if is not None:
        wrong.append(("solid_if", "a projectile is always solid; leave solid_if out"))
    if "owner" in kind.state:
        report.complain((*keys, "state", "owner"), '"owner" is who shot it; choose another name', at_key=True)
    for key, message in wrong:
        report.complain((*keys, key), message, at_key=True)
