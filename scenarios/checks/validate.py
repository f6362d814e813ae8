"""Cross checks of a whole scenario: every name means something, and everything is within limits.

Each check notes its problems and goes on, so that an author sees all of them at once.
"""

from ..facts.work import meetings_of
from ..formulas.types import Node
from ..model.clock import decisions_in
from ..model.drives import Motor
from ..model.numbers import Varied
from ..model.rules import Event, Progress, Rule
from ..model.scenario import Scenario
from ..model.things import Thing
from ..model.values import fault_of_name, fault_of_text
from ..resolve.resolved import Resolved
from ..text import limits
from ..text.problems import counted, listing, suggestion
from ..text.tree import Keys
from .formulas import FormulaCheck
from .joints import check_joints
from .lessons import check_lessons
from .motion import check_motion
from .places import check_places
from .report import Report
from .senses import check_senses, check_widths
from .shapes import check_shapes
from .shoot import check_shoot
from .work import check_work

_SECTIONS = ("params", "draw", "let", "things", "teams", "joints", "rules")


def check(scenario: Scenario, resolved: Resolved) -> dict[str, Node]:
    """Add all problems of a scenario to `resolved`; return its formulas by path."""
    if resolved.damaged & set(_SECTIONS):
        return {}  # a whole section is missing: all that names it would be reported again
    report = Report(scenario, resolved)
    _check_names(report)
    _check_counts(report)
    _check_kinds(report)
    check_shapes(report)
    check_motion(report)
    check_shoot(report)
    check_joints(report)
    check_senses(report)
    _check_draws(report)
    _check_rules(report)
    _check_rewards(report)
    _check_end_and_score(report)
    _check_baseline(report)
    _check_view(report)
    check_lessons(report)
    formulas = FormulaCheck(report)
    formulas.run()
    # Geometry is worth a look only where all numbers are as the author wrote them.
    if not resolved.problems:
        check_widths(report)
        check_places(report)
        check_work(report, formulas.formulas)
    return formulas.formulas


def _check_names(report: Report) -> None:
    """Formulas see one namespace, so a name stands for one thing."""
    seen: dict[str, str] = {}
    for section in _SECTIONS:
        tree = report.tree.get(section)
        for name, _ in tree.members() if tree else ():
            if name in seen:
                message = f"the name is taken ($.{seen[name]}.{name}); formulas see both"
                report.complain((section, name), message, at_key=True)
            seen.setdefault(name, section)


def _check_counts(report: Report) -> None:
    scenario = report.scenario
    bodies = sum(scenario.kind(name).count for name in scenario.kinds)
    if bodies > limits.MAX_BODIES:
        message = f"{bodies} bodies in all, at most {limits.MAX_BODIES} (MAX_BODIES)"
        report.complain((), message)
    if not any(team.count for team in scenario.teams.values()) and not report.damaged:
        report.complain(("teams",), "there is no agent; a game needs a team with count 1 or more")


def _check_kinds(report: Report) -> None:
    scenario = report.scenario
    for name in scenario.kinds:
        kind = scenario.kind(name)
        keys: Keys = (scenario.section_of(name), name)
        _check_spots(report, (*keys, "at"), name, kind)
        for index, other in enumerate(kind.collides_with or ()):
            report.check_kind((*keys, "collides_with", index), other, walls=True)
    for name, team in scenario.teams.items():
        if team.drive is not None and not isinstance(team.drive, Motor) and not team.moves:
            message = f"a {team.body} body can't be driven; its body must be dynamic or kinematic"
            report.complain(("teams", name, "drive"), message)


def _check_spots(report: Report, keys: Keys, name: str, kind: Thing) -> None:
    listed = kind.at is not None and bool(kind.at) and isinstance(kind.at[0], tuple)
    given = len(kind.at) if listed and kind.at is not None else 1
    shared = kind.path is not None and not listed  # one path for all, at one spot
    if kind.at is None or kind.count == 0 or shared or (listed and kind.count <= given) or kind.count == given:
        return
    report.complain(keys, f"{counted(given, 'spot')} for {counted(kind.count, 'thing')}; give one for each, or a place")
    report.damaged.add(name)  # its number is in doubt, so formulas about it are too


def _check_draws(report: Report) -> None:
    for name, draw in report.scenario.draw.items():
        keys: Keys = ("draw", name, "one_of")
        if draw.kind is None:
            continue
        if not report.check_kind(keys, draw.kind):
            report.damaged.add(name)  # formulas can't know what it is
            continue
        if report.scenario.kind(draw.kind).count == 0:
            report.complain(keys, f'there are no "{draw.kind}" to draw from (count 0)')


def _check_rules(report: Report) -> None:
    meetings = 0
    for name, rule in report.scenario.rules.items():
        if isinstance(rule.when, Event):
            _check_event(report, ("rules", name, "when"), rule.when)
            before, meetings = meetings, meetings + (meetings_of(report.scenario, rule.when) if rule.when.pair is not None else 1)
            if before <= limits.MAX_MEETINGS < meetings:
                message = f"the rules up to this one watch {meetings} pairs of instances, at most {limits.MAX_MEETINGS} (MAX_MEETINGS)"
                report.complain(("rules", name, "when"), message)
            if rule.if_ is not None and rule.when.if_ is not None:
                message = 'there is an "if" inside "when" already; join them with and'
                report.complain(("rules", name, "if"), message, at_key=True)
        _check_do(report, ("rules", name, "do"), rule)


def _check_event(report: Report, keys: Keys, event: Event) -> None:
    scenario = report.scenario
    if event.pair is not None:
        first, second = event.pair
        report.check_kind((*keys, event.kind, 0), first)
        touches = event.kind in ("touch", "apart")
        if second == "walls" and touches:
            if scenario.world.walls != "solid":
                message = f'nothing touches walls that are "{scenario.world.walls}"'
                report.complain((*keys, event.kind, 1), message)
        else:
            report.check_kind((*keys, event.kind, 1), second, walls=False)
        if event.kind in ("grabs", "releases") and first in scenario.kinds and second in scenario.kinds:
            _check_grip(report, (*keys, event.kind), first, second)
    if event.every is not None and decisions_in(event.every, scenario.world.decisions_per_second) < 1:
        rate = scenario.world.decisions_per_second
        report.complain((*keys, "every"), f"expected {1 / rate:.6g} s or more (a decision, at {rate:g} in a second), got {event.every:g}")
    if event.breaks is not None:
        report.check_name((*keys, "breaks"), event.breaks, scenario.joints, "joint")
    if event.hears is None:
        return
    if not report.check_name((*keys, "hears"), event.hears, scenario.teams, "team"):
        return
    says = scenario.teams[event.hears].says
    if says is None:
        report.complain((*keys, "hears"), f'"{event.hears}" says nothing (no "says")')
    elif event.symbol is not None and event.symbol >= says.symbols:
        message = f'"{event.hears}" has symbols 0 to {says.symbols - 1}, got {event.symbol}'
        report.complain((*keys, "symbol"), message)


def _check_grip(report: Report, keys: Keys, team: str, kind: str) -> None:
    hands = report.scenario.teams[team].hands if team in report.scenario.teams else None
    if hands is None:
        report.complain((*keys, 0), f'"{team}" grabs nothing (no "hands")')
    elif kind not in hands.grabs:
        report.complain((*keys, 1), f'"{team}" can\'t grab "{kind}"{suggestion(kind, hands.grabs)}')


def _check_do(report: Report, keys: Keys, rule: Rule) -> None:
    scenario, do = report.scenario, rule.do
    effects = sum(len(entry) for entry in (do.set, do.add, do.place, do.push)) + len(do.remove) + len(do.break_)
    if effects > limits.MAX_EFFECTS:
        message = f"{effects} effects, at most {limits.MAX_EFFECTS} (MAX_EFFECTS)"
        report.complain(keys, message)
    for word in do.place:
        report.check_target((*keys, "place", word), rule, word)
    for index, word in enumerate(do.remove):
        report.check_target((*keys, "remove", index), rule, word, at_key=False)
    for index, joint in enumerate(do.break_):
        report.check_name((*keys, "break", index), joint, scenario.joints, "joint")
    for word in do.push:
        kind = report.check_target((*keys, "push", word), rule, word)
        if kind is not None and scenario.kind(kind).body != "dynamic":
            message = f'"{kind}" is {scenario.kind(kind).body}; only dynamic things are pushed'
            report.complain((*keys, "push", word), message, at_key=True)


def _check_rewards(report: Report) -> None:
    scenario = report.scenario
    for team, terms in scenario.rewards.items():
        keys: Keys = ("rewards", team)
        if team != "*":
            report.check_name(keys, team, scenario.teams, "team", at_key=True)
        if len(terms.terms) > limits.MAX_REWARD_TERMS:
            message = f"{len(terms.terms)} terms, at most {limits.MAX_REWARD_TERMS}"
            report.complain(keys, f"{message} (MAX_REWARD_TERMS)")
        for name, term in terms.terms.items():
            is_rule = name in scenario.rules
            fault = fault_of_name(name) if isinstance(term, str | Progress) else ""
            if fault:
                report.complain((*keys, name), fault, at_key=True)
            if isinstance(term, str | Progress) and is_rule:
                message = f'"{name}" is a rule, so it is paid a number; give the formula a new name'
                report.complain((*keys, name), message)
            elif isinstance(term, float | Varied) and not is_rule and name not in report.damaged:
                message = f'there is no rule "{name}" to pay for{suggestion(name, scenario.rules)}; a term of its own is a formula "= ..."'
                report.complain((*keys, name), message, at_key=True)


def _check_end_and_score(report: Report) -> None:
    scenario = report.scenario
    for label, rule in scenario.end.rules.items():
        fault = fault_of_text(label)
        if fault:
            report.complain(("end", label), fault, at_key=True)
        report.check_name(("end", label), rule, scenario.rules, "rule")
    for team in scenario.score:
        report.check_name(("score", team), team, scenario.teams, "team", at_key=True)


def _check_baseline(report: Report) -> None:
    scenario = report.scenario
    for team, actions in scenario.baseline.items():
        if not report.check_name(("baseline", team), team, scenario.teams, "team", at_key=True):
            continue
        known = scenario.actions_of(team)
        for action in actions:
            if action not in known:
                does = f"{listing(known)}" if known else "none"
                hint = suggestion(action, known) if len(known) > 1 else ""
                hint = hint if "did you mean" in hint else ""
                message = f'no action of "{team}" is called "{action}"; it has {does}{hint}'
                report.complain(("baseline", team, action), message, at_key=True)


def _check_view(report: Report) -> None:
    scenario, view = report.scenario, report.scenario.view
    for kind in view.colors:
        report.check_kind(("view", "colors", kind), kind, at_key=True)
    for index, kind in enumerate(view.trail):
        report.check_kind(("view", "trail", index), kind)
    if view.follow is not None:
        report.check_kind(("view", "follow"), view.follow)
    for index, text in enumerate(view.hud):
        if not text.lstrip().startswith("=") and text not in scenario.score:
            hint = suggestion(text, scenario.score)
            message = f'expected a formula ("= ...") or a team with a score, got "{text}"{hint}'
            report.complain(("view", "hud", index), message)
