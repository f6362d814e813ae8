"""Notes of what can't happen."""

from ..checks.report import Report
from ..facts.ranges import Ranges
from ..formulas.types import Node
from ..model.clock import decisions_in, end_decision, whole_decisions
from ..model.rules import Event
from ..model.scenario import ParamRange, Scenario
from ..model.things import Thing
from ..text.tree import Keys
from .used import raw_value


def impossible_formulas(report: Report) -> None:
    """Conditions of rules that no state of the game fulfils, or that all do."""
    ranges = Ranges(report.scenario)
    for name in report.scenario.rules:
        for keys in (("rules", name, "when"), ("rules", name, "when", "if"), ("rules", name, "if")):
            node = report.scenario.formulas.get("$." + ".".join(keys))
            if node is None:
                continue
            low, high = ranges.number(node)
            if high <= 0:
                report.complain(keys, f"this can't be true{_because(ranges, node)}")
            elif low >= 1 and keys[-1] == "when":
                report.complain(keys, "this is always true, so it happens once, in the first decision")


def _because(ranges: Ranges, node: Node) -> str:
    """Return what keeps a condition from being true, where one comparison does."""
    if node.op == "and":
        return next((_because(ranges, part) for part in node.args if ranges.number(part)[1] <= 0), "")
    if node.op not in ("lt", "le", "gt", "ge", "eq") or node.args[0].type != "number":
        return ""
    left, right = (ranges.number(part) for part in node.args)
    return f": on the left is {_span(left)}, on the right {_span(right)}"


def _span(span: tuple[float, float]) -> str:
    low, high = span
    if low == high:
        return f"{low:g}"
    if low == float("-inf"):
        return f"at most {high:g}" if high != float("inf") else "any number"
    return f"at least {low:g}" if high == float("inf") else f"a number from {low:g} to {high:g}"


def impossible_meetings(report: Report) -> None:
    """Pairs whose event can't come, or comes otherwise than their bodies suggest."""
    scenario = report.scenario
    for name, rule in scenario.rules.items():
        event = rule.when
        if not isinstance(event, Event) or event.pair is None or event.kind in ("grabs", "releases"):
            continue
        first, second = event.pair
        keys: Keys = ("rules", name, "when", event.kind)
        others = [kind for kind in event.pair if kind != "walls"]
        if any(scenario.kind(kind).count == 0 for kind in others):
            continue  # switched off by a param
        if second != "walls" and not any(_moves(scenario, kind) for kind in others):
            report.complain(keys, f'neither "{first}" nor "{second}" ever moves, so what is between them stays as it begins')
        elif event.kind in ("inside", "outside") and _are_solid(scenario, first, second):
            report.complain(keys, f'the centre of "{first}" can\'t get into "{second}": both are solid to each other')
        elif event.kind in ("touch", "apart") and not scenario.collide(first, second):
            report.complain(keys, f'"{first}" and "{second}" never bump ("collides_with"): this goes by their outlines, as with a sensor')


def _moves(scenario: Scenario, kind: str) -> bool:
    """Return whether things of a kind can ever be elsewhere than they began."""
    return scenario.kind(kind).moves or scenario.is_placed(kind)


def _are_solid(scenario: Scenario, first: str, second: str) -> bool:
    """Return whether two kinds always push each other out; what starts, is placed or is joined inside may be there all the same."""
    kinds: tuple[Thing, Thing] = (scenario.kind(first), scenario.kind(second))
    bodies = {kind.body for kind in kinds}
    if (
        "sensor" in bodies
        or "dynamic" not in bodies
        or any(kind.solid_if is not None for kind in kinds)
        or not scenario.collide(first, second)
    ):
        return False
    joined = any({first, second} == {end.partition(".")[0] for end in joint.between} for joint in scenario.joints.values())
    placed = scenario.is_placed(first) or scenario.is_placed(second)
    within = any(kind.place is not None and kind.place.in_ in (first, second) for kind in kinds)
    return not (joined or placed or within or scenario.shooters(first) or scenario.shooters(second))


def late_times(report: Report) -> None:
    """Times that come after the end, and an end that is sooner than a decision."""
    scenario = report.scenario
    rate, end = scenario.world.decisions_per_second, scenario.end.time
    if end is None:
        return
    if decisions_in(end, rate) < 1:
        report.complain(("end", "time"), f"this is less than one decision ({1 / rate:g} s), which is how long every episode takes")
    for name, rule in scenario.rules.items():
        if not isinstance(rule.when, Event):
            continue
        for key in ("every", "at"):
            seconds = getattr(rule.when, key)
            keys: Keys = ("rules", name, "when", key)
            if seconds is not None and whole_decisions(seconds, rate) > end_decision(end, rate):
                report.complain(keys, f"{seconds:g} s never come: an episode is over after {end:g} s (end.time)")


def placed_after_removal(report: Report) -> None:
    """Rules of the clock or of a formula that place agents who were removed before: they stay away."""
    scenario = report.scenario
    removing = {scenario.meant(rule, word): name for name, rule in scenario.rules.items() for word in rule.do.remove}
    for name, rule in scenario.rules.items():
        met = () if isinstance(rule.when, str) else scenario.who_met(rule.when)
        for kind in rule.do.place:
            if kind in removing and kind not in met and kind in scenario.teams:
                report.complain(
                    ("rules", name, "do", "place", kind),
                    f'this doesn\'t bring back agents that "{removing[kind]}" has removed',
                    at_key=True,
                )


def too_few_spots(report: Report) -> None:
    """Lists of fixed starts that are shorter than a param lets the count be: such a game would not load."""
    scenario = report.scenario
    for name in scenario.kinds:
        keys: Keys = (scenario.section_of(name), name)
        at, count = scenario.kind(name).at, raw_value(report, (*keys, "count"))
        param = scenario.params.get(count[1:]) if isinstance(count, str) else None
        most = param.max if isinstance(param, ParamRange) else None
        if at is not None and at and isinstance(at[0], tuple) and most is not None and most > len(at):
            report.complain(
                (*keys, "at"), f'{len(at)} spots, and "{str(count)[1:]}" may be {most:g}: with more than {len(at)} the game does not load'
            )
