"""Notes of what a game is for: pay for nothing, pay over and over, no end."""

from ..checks.report import Report
from ..facts.ranges import Ranges
from ..formulas.parse import read, words_of
from ..formulas.types import Node, parts
from ..model.numbers import Varied
from ..model.rules import Event, Progress, Rule
from ..model.scenario import Scenario
from ..text.tree import Keys
from .used import raw_value

_OPPOSITE = {"touch": "apart", "apart": "touch", "inside": "outside", "outside": "inside", "grabs": "releases", "releases": "grabs"}


def no_purpose(report: Report) -> None:
    """A game that pays nobody; and one that never ends."""
    scenario = report.scenario
    acting = [name for name, team in scenario.teams.items() if team.count and scenario.actions_of(name)]
    paid = [name for name in scenario.teams if scenario.paid_terms(name)]
    if not paid:
        rest = "" if scenario.score else ", and no score: nothing says what is good"
        report.complain((), f"there are no rewards{rest or ', so nobody can learn this game'}")
    for name in acting:
        if paid and name not in paid:
            report.complain(("teams", name), f'"{name}" acts, but there are no rewards for it', at_key=True)
    if scenario.end.time is None and not scenario.end.rules:
        report.complain(("end",) if "end" in scenario.model_fields_set else (), 'no episode ever ends: give "end" a time, or a rule')


def worthless_pay(report: Report) -> None:
    """Rules that are paid 0, and `progress` of what never changes. A 0 or a factor that is a param is a switch, and left alone."""
    scenario, ranges = report.scenario, Ranges(report.scenario)
    switches = set(scenario.params)
    for team, terms in scenario.rewards.items():
        for name, term in terms.terms.items():
            keys: Keys = ("rewards", team, name)
            raw = raw_value(report, keys)
            if isinstance(term, float) and term == 0 and not isinstance(raw, str):
                report.complain(keys, f'"{name}" pays 0')
            if isinstance(term, Progress) and not switches & words_of(read(term.progress))[0]:
                node = next(
                    (node for path, node in scenario.formulas.items() if path.split("@")[0] == f"$.rewards.{team}.{name}.progress"), None
                )
                if node is not None and ranges.number(node)[0] == ranges.number(node)[1]:
                    report.complain((*keys, "progress"), "this never changes, so its progress pays nothing")


def farmed_pay(report: Report) -> None:
    """Pay for an event that whoever earns it can undo and do again: nothing about the rule or its opposite stands against it."""
    scenario = report.scenario
    for name, rule in scenario.rules.items():
        event = rule.when
        if not isinstance(event, Event) or not _comes_again(scenario, name, rule) or report.is_noted(("rules", name)):
            continue
        for team in scenario.teams:
            pay = sum(_worth(term.weight) for term in scenario.paid_terms(team) if term.rule == name)
            if pay > 0 and _is_own_doing(scenario, team, event) and pay + _opposite_pay(scenario, team, event) > 0:
                key = team if name in scenario.rewards.get(team, scenario.rewards.get("*")).terms else "*"  # type: ignore[union-attr]
                report.complain(("rewards", key, name), f"{_again(event)}, each time for {pay:g}: {_REMEDY}")


_REMEDY = 'if that isn\'t meant, say "once", pay as much less for the opposite, or let the rule change what it asks for'


def _again(event: Event) -> str:
    """Return what can be done over and over."""
    first, second = event.pair or (event.hears or "", "")
    return {
        "grabs": f'"{first}" can grab and let go of "{second}" over and over',
        "releases": f'"{first}" can grab and let go of "{second}" over and over',
        "touch": f'"{first}" can touch "{second}", leave it and touch it again',
        "apart": f'"{first}" can touch "{second}" and leave it over and over',
        "inside": f'"{first}" can go in and out of "{second}" over and over',
        "outside": f'"{first}" can go in and out of "{second}" over and over',
        "near": f'"{first}" can come near "{second}", go and come again',
        "hears": f'"{first}" can say one symbol after the other',
    }[event.kind]


def _worth(weight: float | Varied) -> float:
    return weight.low if isinstance(weight, Varied) else weight


def _comes_again(scenario: Scenario, name: str, rule: Rule) -> bool:
    """Return whether nothing in a rule keeps it from happening over and over with the same two; with a cooldown what lasts is paid, and meant to."""
    awaited = rule.cooldown is not None and isinstance(rule.when, Event) and rule.when.kind not in ("grabs", "releases", "hears")
    if rule.once or awaited or name in scenario.end.rules.values() or rule.do.place or rule.do.remove or rule.do.break_:
        return False
    condition = next((node for key in ("if", "when.if") if (node := scenario.formulas.get(f"$.rules.{name}.{key}")) is not None), None)
    return condition is None or not _remembers(condition)


def _remembers(node: Node) -> bool:
    """Return whether a formula may depend on what happened before: state, secrets, the clock, counts of rules."""
    looks = {"rule_count", "happened", "time", "time_left", "draw", "random", "count", "heard"}
    bodily = {"x", "y", "vx", "vy", "position", "velocity", "speed", "angle_deg", "heading_deg", "radius", "mass"}
    return any(part.op in looks or (part.op == "field" and part.value not in bodily) for part in parts(node))


def _is_own_doing(scenario: Scenario, team: str, event: Event) -> bool:
    """Return whether a team meets things, which don't run away, or itself, or moves things about; against another team it is a contest."""
    if event.hears is not None:
        return event.hears == team and event.symbol is None
    if event.pair is None or not scenario.actions_of(team):
        return False
    others = {*event.pair} - {team, "walls"}
    pushed = any(scenario.kind(kind).body == "dynamic" for kind in others)
    return (team in event.pair or pushed) and not any(
        other in scenario.teams or scenario.shooters(other) or scenario.kind(other).path is not None for other in others
    )


def _opposite_pay(scenario: Scenario, team: str, event: Event) -> float:
    """Return what a team is paid (usually below 0) when what an event asks for is undone."""
    opposite, found = _OPPOSITE.get(event.kind), 0.0
    for name, rule in scenario.rules.items():
        if isinstance(rule.when, Event) and rule.when.kind == opposite and set(rule.when.pair or ()) == set(event.pair or ()):
            found += sum(min(0.0, _worth(term.weight)) for term in scenario.paid_terms(team) if term.rule == name)
    return found
