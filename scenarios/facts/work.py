"""How much work a decision of a world is, physics left out: what all formulas do, and all senses."""

import math
from collections.abc import Iterator, Mapping

from ..formulas.functions import CHANCE, goes_over, is_kept, kinds_of
from ..formulas.types import Node, fold, parts
from ..model.rules import Event, Progress, Rule
from ..model.scenario import Scenario
from ..model.senses import ObjectSense, RaySense, TouchSense
from ..text.tree import Keys, path_of

_HEAVY = frozenset(("dist", "gap", "toward", "away", "intercept", "avoid", "bearing", "rotate_deg", "inside", "touching"))
_WEIGHT = 8
"""What one of these costs, in simple operations; about twice as much as it costs without shapes."""


def work_of(scenario: Scenario) -> int:
    """Return about how many simple steps a decision of a world takes, physics left out."""
    return sum(steps for _, steps in (*formula_work(scenario, scenario.formulas), *sense_work(scenario)))


def operations(scenario: Scenario, *nodes: Node) -> int:
    """Return how many operations it takes to work out some formulas once, with all that they go over; names of `let` once each."""
    about = kinds_of(*nodes)

    def count(kind: object) -> int:
        return scenario.kind(str(kind)).count if kind in scenario.kinds else 1

    def is_once(node: Node) -> bool:
        """Return whether a node is worked out ahead; where it is needed it is but looked up."""
        return is_kept(node) and CHANCE not in about[id(node)]

    def cost(node: Node, args: list[int]) -> int:
        own = _WEIGHT if node.op in _HEAVY else 1
        inside = sum(1 if is_once(arg) else steps for arg, steps in zip(node.args, args, strict=True))
        if goes_over(node):
            inside = count(node.value) * (inside + (_WEIGHT if node.op == "nearest_where" else 1))
        elif node.op in ("nearest", "farthest"):
            own = 2 * count(node.value)
        elif node.op == "touching" and node.value is not None:
            own = _WEIGHT * count(node.value)
        return own + inside

    steps = fold(cost, *nodes)
    ahead = sum(steps[id(node)] * math.prod(map(count, about[id(node)])) for node in parts(*nodes) if is_once(node))
    return ahead + sum(1 if is_once(node) else steps[id(node)] for node in nodes)


def formula_work(scenario: Scenario, formulas: Mapping[str, Node]) -> Iterator[tuple[Keys, int]]:
    """Yield the formulas of a game, each with the operations that it may do in a decision."""

    def cost(keys: Keys, times: int, suffix: str = "") -> tuple[Keys, int]:
        node = formulas.get(path_of(keys) + suffix)
        return keys, times * operations(scenario, node) if node is not None and times else 0

    for name in scenario.kinds:
        kind = scenario.kind(name)
        section = scenario.section_of(name)
        yield cost((section, name, "solid_if"), kind.count)
        for other in scenario.kinds:
            yield cost((section, name, "solid_if"), kind.count * scenario.kind(other).count, f"@{other}")
        for other in scenario.pushed_by(name):
            for key in ("force", "wind"):
                yield cost((section, name, "zone", key), kind.count * scenario.kind(other).count, f"@{other}")
    yield cost(("world", "wind"), 1)
    for name, rule in scenario.rules.items():
        yield from (cost(keys, times) for keys, times in _of_rule(scenario, name, rule))
    for key, terms in scenario.rewards.items():
        for team in scenario.teams if key == "*" else [key]:
            suffix = f"@{team}" if key == "*" else ""
            for term, value in terms.terms.items():
                keys = ("rewards", key, term, "progress") if isinstance(value, Progress) else ("rewards", key, term)
                yield cost(keys, scenario.teams[team].count, suffix)
    for team in scenario.score:
        yield cost(("score", team), 1)
    for team, actions in scenario.baseline.items():
        nodes = [node for action in actions if (node := formulas.get(path_of(("baseline", team, action)))) is not None]
        yield ("baseline", team), scenario.teams[team].count * operations(scenario, *nodes)


def _of_rule(scenario: Scenario, name: str, rule: Rule) -> Iterator[tuple[Keys, int]]:
    """Yield the formulas of a rule, and how often each is worked out where all who may meet do."""
    event, meetings = rule.when, 1
    met: tuple[str | None, str | None] = (None, None)
    if isinstance(event, Event):
        meetings, met = meetings_of(scenario, event), scenario.who_met(event)
        yield ("rules", name, "when", "if"), meetings
    else:
        yield ("rules", name, "when"), 1
    yield ("rules", name, "if"), meetings
    for verb, targets in (("set", rule.do.set), ("add", rule.do.add), ("push", rule.do.push)):
        for target in targets:
            word = target.partition(".")[0]
            one = word in ("self", "other") or word in met
            yield ("rules", name, "do", verb, target), meetings * (1 if one else scenario.kind(word).count)


def meetings_of(scenario: Scenario, event: Event) -> int:
    """Return how many meetings of instances an event watches."""
    if event.hears is not None:
        return scenario.teams[event.hears].count if event.hears in scenario.teams else 1
    if event.breaks is not None:
        return len(scenario.joined(event.breaks))
    first, second = (scenario.kind(name).count if name in scenario.kinds else 1 for name in event.pair or ("", ""))
    same = event.pair is not None and event.pair[0] == event.pair[1]
    return first * (first - 1) // 2 if same else first * second


def sense_work(scenario: Scenario) -> Iterator[tuple[Keys, int]]:
    """Yield the senses of a game, each with the things that it may look at in a decision."""
    bodies = sum(scenario.kind(name).count for name in scenario.kinds)
    for name, team in scenario.teams.items():
        for index, sense in enumerate(team.sees):
            keys, looks = ("teams", name, "sees", index), 0
            if isinstance(sense, ObjectSense):
                count = scenario.kind(sense.of).count
                looks = count * (1 + (min(sense.nearest, count) if sense.nearest is not None else 0)) + (
                    count * bodies if sense.occluded else 0
                )
            elif isinstance(sense, RaySense):
                looks = sense.rays * bodies
            elif isinstance(sense, TouchSense):
                looks = bodies
            yield keys, team.count * looks
