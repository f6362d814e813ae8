"""Notes: what is right by the letter and yet hardly meant. `sandlot check` says them; no game is refused for one.

A note is a problem like any other, with its place; this file finds those that can be known before a game is played. To add one, write a finder
and list it in FINDERS.
"""

import ast
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, TypeAlias

from .check_formulas import base_scope
from .clock import decisions_in, end_decision, whole_decisions
from .formula import parse, read
from .formula_types import FormulaError, Node, Scope, parts
from .model import ParamRange, Scenario
from .model_rules import Event, Progress, Rule
from .model_senses import HearSense, KnowSense, ObjectSense, RaySense, SelfSense, StateSense
from .model_shoot import STATE as AMMO
from .model_things import Thing
from .ranges import Ranges
from .report import Keys, Report
from .text import Tree
from .values import Varied, reach

Finder: TypeAlias = Callable[[Report], None]
_TEXTS = ("$schema", "extends", "format", "name", "about", "let")
"""Sections whose texts are no formulas in use."""
_COARSE = 100
"""A thing should be as many times wider than what float32 tells apart."""
_STEERED = ("tank", "rocket", "car")
_OPPOSITE = {"touch": "apart", "apart": "touch", "inside": "outside", "outside": "inside", "grabs": "releases", "releases": "grabs"}


# Names that nobody uses ----------------------------------------------------------------------


class Used:
    """The names that the formulas of a game speak of, those of `let` only where it is used itself.

    Attributes:
        names: Plain words.
        fields: Words behind a dot.
    """

    def __init__(self, report: Report) -> None:
        self.names: set[str] = set()
        self.fields: set[str] = set()
        waiting = [text for key, tree in report.tree.members() if key not in _TEXTS for text in _formulas(tree)]
        lets = dict(report.scenario.let)
        while waiting:
            self._read(waiting.pop())
            waiting += [lets.pop(name) for name in [*lets] if name in self.names]

    def _read(self, text: str) -> None:
        try:
            nodes = list(ast.walk(read(text)))
        except FormulaError:  # a label that looks like a formula
            return
        self.names |= {node.id for node in nodes if isinstance(node, ast.Name)}
        self.fields |= {node.attr for node in nodes if isinstance(node, ast.Attribute)}


def _formulas(tree: Tree) -> Iterator[str]:
    """Yield every formula of a part of a file."""
    for _, child in tree.members():
        yield from _formulas(child)
    for child in tree.items():
        yield from _formulas(child)
    if isinstance(tree.value, str) and tree.value.lstrip().startswith("="):
        yield tree.value


def _texts(tree: Tree) -> Iterator[str]:
    for _, child in tree.members():
        yield from _texts(child)
    for child in tree.items():
        yield from _texts(child)
    if isinstance(tree.value, str):
        yield tree.value


def unused_params(report: Report) -> None:
    """Params that stand nowhere, neither as "$name" nor in a formula."""
    used = Used(report).names | {text[1:] for text in _texts(report.scenario.recipe.tree) if text.startswith("$")}
    for name in report.scenario.params:
        if name not in used:
            report.complain(("params", name), "nothing uses this param", at_key=True)


def unused_draws(report: Report) -> None:
    """Secrets that no formula asks for and nobody knows."""
    used = Used(report).names | {sense.know for _, _, sense in _senses(report.scenario) if isinstance(sense, KnowSense)}
    for name in report.scenario.draw:
        if name not in used:
            report.complain(("draw", name), "nothing uses this draw: no formula names it, and nobody knows it", at_key=True)


def unused_lets(report: Report) -> None:
    """Formulas that no other uses; they are checked nowhere, so it is said if none could use them."""
    used = Used(report).names
    for name, text in report.scenario.let.items():
        if name in used:
            continue
        error = _why_unusable(report, text)
        if error is None:
            report.complain(("let", name), "no formula uses this name", at_key=True)
        else:
            report.complain_inside(("let", name), error.index, f"no formula uses this name, and none could: {error}")


def _why_unusable(report: Report, text: str) -> FormulaError | None:
    """Return why a formula can stand nowhere, of several reasons that of the place where it gets farthest; None where it can."""
    scenario = report.scenario
    trees = {name: read(other) for name, other in scenario.let.items()}
    scope = replace(base_scope(scenario, report.params, report.varied), let=trees)
    errors: list[FormulaError] = []
    for tried, place in enumerate(_places(scope)):
        if tried >= _PLACES:
            return None
        try:
            parse(text, place, ("number", "truth", "vector", "thing"))
        except FormulaError as error:
            errors.append(error)
        else:
            return None
    return max(errors, key=lambda error: error.index)


_PLACES = 200
"""Places in which an unused formula is tried; with more kinds than make so many, nothing is said of it."""


def _places(scope: Scope) -> Iterator[Scope]:
    """Yield where a formula may stand: about nobody, about each kind, and about each two that may meet."""
    yield replace(scope, where="rule")
    for kind in scope.kinds:
        yield replace(scope, where="baseline", self_kind=kind)
        yield replace(scope, where="solid_if", self_kind=kind)
        for other in scope.kinds:
            yield replace(scope, where="solid_if", self_kind=kind, other_kind=other)
            yield replace(scope, where="rule", self_kind=kind, other_kind=other, bound={kind: "self", other: "other"} if kind != other else {})


def unused_states(report: Report) -> None:
    """State variables that nothing reads; of kinds that are like each other, only what none of them needs."""
    scenario, fields, seen = report.scenario, Used(report).fields, _seen_states(report.scenario)
    written = {target.rpartition(".")[2] for rule in scenario.rules.values() for target in (*rule.do.set, *rule.do.add)}
    read_at: dict[tuple[str, int], bool] = {}
    places: dict[tuple[str, int], tuple[Keys, str]] = {}
    for kind in scenario.kinds:
        thing = scenario.kind(kind)
        own = {node.id for node in ast.walk(read(thing.solid_if)) if isinstance(node, ast.Name)} if thing.solid_if else set[str]()
        for variable in thing.state:
            keys: Keys = (_section(scenario, kind), kind, "state", variable)
            tree = report.tree
            for key in keys:
                tree = tree.get(key) or tree
            place = (tree.source.file, tree.key_offset)
            places.setdefault(place, (keys, variable))
            is_read = variable in fields | own or (kind, variable) in seen or variable == AMMO
            read_at[place] = read_at.get(place, False) or is_read
    for place, (keys, variable) in places.items():
        if not read_at[place]:
            what = "rules write it, but no formula and no sense reads it" if variable in written else "nothing uses this state variable"
            report.complain(keys, what, at_key=True)


def _seen_states(scenario: Scenario) -> set[tuple[str, str]]:
    """Return kind and name of what senses show, state variables among it."""
    found: set[tuple[str, str]] = set()
    for team, _, sense in _senses(scenario):
        if isinstance(sense, SelfSense):
            found |= {(team, field) for field in sense.self_ or ()}
        elif isinstance(sense, ObjectSense):
            found |= {(sense.of, field) for field in sense.fields or ()}
        elif isinstance(sense, StateSense):
            kind, _, variable = sense.state.partition(".")
            found.add((kind, variable))
    return found


def unused_rules(report: Report) -> None:
    """Rules that change nothing, pay nothing, end nothing and that nothing asks about."""
    scenario = report.scenario
    used = Used(report).names | set(scenario.end.rules.values()) | {name for terms in scenario.rewards.values() for name in terms.terms}
    used |= {str(lesson.until.event) for lesson in scenario.lessons if lesson.until is not None}
    for name, rule in scenario.rules.items():
        if name not in used and not rule.do.model_fields_set:
            report.complain(("rules", name), "nothing uses this rule: it changes, pays and ends nothing, and no formula asks about it", at_key=True)


def unused_sensors(report: Report) -> None:
    """Things that block nobody and that nothing asks about."""
    scenario = report.scenario
    named = Used(report).names | _named_kinds(report)
    for kind, thing in scenario.things.items():
        if thing.body == "sensor" and thing.zone is None and thing.count and kind not in named:
            report.complain(("things", kind), "nothing asks about this sensor: no rule, sense, formula, draw or place names it", at_key=True)


def unheard_speech(report: Report) -> None:
    """Teams that can speak where nobody listens."""
    scenario = report.scenario
    heard = {rule.when.hears for rule in scenario.rules.values() if isinstance(rule.when, Event)}
    for _, _, sense in _senses(scenario):
        if isinstance(sense, HearSense) or (isinstance(sense, ObjectSense) and "said" in (sense.fields or ())):
            heard.add(sense.hear if isinstance(sense, HearSense) else sense.of)
    used = Used(report)
    if {"heard", "said"} & (used.fields | used.names):
        return  # some formula listens
    for team, who in scenario.teams.items():
        if who.says is not None and team not in heard:
            report.complain(("teams", team, "says"), "nobody listens: no sense, no rule and no formula hears it", at_key=True)


def _named_kinds(report: Report) -> set[str]:
    """Return every word of the file's values and of the targets of rules; what a kind is asked about with is among them."""
    skipped = ("$schema", "extends", "format", "name", "about", "view")
    words = {text for key, tree in report.tree.members() if key not in skipped for text in _texts(tree)}
    for rule in report.scenario.rules.values():
        words |= {target.partition(".")[0] for target in (*rule.do.set, *rule.do.add, *rule.do.place, *rule.do.push)}
    for kind in map(report.scenario.kind, report.scenario.kinds):
        words |= {*kind.place.away_from} if kind.place is not None else set()
    return words | {word.partition(".")[0] for word in words}


# What it is for ------------------------------------------------------------------------------


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
            raw = _raw(report, keys)
            if isinstance(term, float) and term == 0 and not isinstance(raw, str):
                report.complain(keys, f'"{name}" pays 0')
            if isinstance(term, Progress) and not switches & _words(term.progress):
                node = next((node for path, node in scenario.formulas.items() if path.split("@")[0] == f"$.rewards.{team}.{name}.progress"), None)
                if node is not None and ranges.number(node)[0] == ranges.number(node)[1]:
                    report.complain((*keys, "progress"), "this never changes, so its progress pays nothing")


def _raw(report: Report, keys: Keys) -> Any:
    """Return what the file says at some keys, before params."""
    tree: Tree | None = report.scenario.recipe.tree
    for key in keys:
        tree = tree.get(key) if tree is not None else None
    return tree.value if tree is not None else None


def _words(text: str) -> set[str]:
    return {node.id for node in ast.walk(read(text)) if isinstance(node, ast.Name)}


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
        "grabs": f'"{first}" can grab and let go of "{second}" over and over', "releases": f'"{first}" can grab and let go of "{second}" over and over',
        "touch": f'"{first}" can touch "{second}", leave it and touch it again', "apart": f'"{first}" can touch "{second}" and leave it over and over',
        "inside": f'"{first}" can go in and out of "{second}" over and over', "outside": f'"{first}" can go in and out of "{second}" over and over',
        "near": f'"{first}" can come near "{second}", go and come again', "hears": f'"{first}" can say one symbol after the other',
    }[event.kind]  # fmt: skip


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
    return (team in event.pair or pushed) and not any(other in scenario.teams or scenario.shooters(other) or scenario.kind(other).path is not None for other in others)


def _opposite_pay(scenario: Scenario, team: str, event: Event) -> float:
    """Return what a team is paid (usually below 0) when what an event asks for is undone."""
    opposite, found = _OPPOSITE.get(event.kind), 0.0
    for name, rule in scenario.rules.items():
        if isinstance(rule.when, Event) and rule.when.kind == opposite and set(rule.when.pair or ()) == set(event.pair or ()):
            found += sum(min(0.0, _worth(term.weight)) for term in scenario.paid_terms(team) if term.rule == name)
    return found


# What can't happen ---------------------------------------------------------------------------


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
        elif event.kind in ("touch", "apart") and not collide(scenario, first, second):
            report.complain(keys, f'"{first}" and "{second}" never bump ("collides_with"): this goes by their outlines, as with a sensor')


def _moves(scenario: Scenario, kind: str) -> bool:
    """Return whether things of a kind can ever be elsewhere than they began."""
    return scenario.kind(kind).moves or scenario.is_placed(kind)


def collide(scenario: Scenario, first: str, second: str) -> bool:
    """Return whether the lists of what kinds run into let two meet."""
    for one, other in ((first, second), (second, first)):
        listed = None if one == "walls" else scenario.kind(one).collides_with
        if listed is not None and other not in listed:
            return False
    return True


def _are_solid(scenario: Scenario, first: str, second: str) -> bool:
    """Return whether two kinds always push each other out; what starts, is placed or is joined inside may be there all the same."""
    kinds: tuple[Thing, Thing] = (scenario.kind(first), scenario.kind(second))
    bodies = {kind.body for kind in kinds}
    if "sensor" in bodies or "dynamic" not in bodies or any(kind.solid_if is not None for kind in kinds) or not collide(scenario, first, second):
        return False
    joined = any({first, second} == {end.partition(".")[0] for end in joint.between} for joint in scenario.joints.values())
    placed = scenario.is_placed(first) or scenario.is_placed(second)
    within = any(kind.place is not None and kind.place.in_ in (first, second) for kind in kinds)
    return not (joined or placed or within or scenario.shooters(first) or scenario.shooters(second))


def _shown(scenario: Scenario, key: tuple[str, str]) -> bool:
    """Return whether agents see a state variable, or what comes of a top_speed."""
    kind, variable = key
    if variable != "top_speed":
        return key in _seen_states(scenario)
    for team, _, sense in _senses(scenario):
        if isinstance(sense, SelfSense) and team == kind and "velocity" in scenario.self_fields(team, sense):
            return True
        if isinstance(sense, ObjectSense) and kind in (team, sense.of) and {"velocity", "motion"} & {*scenario.object_fields(sense)}:
            return True
    return False


def boundless_numbers(report: Report) -> None:
    """What agents see and rules may take beyond all bounds: it is squashed, since nothing says how great it gets."""
    scenario, ranges = report.scenario, Ranges(report.scenario)
    if scenario.world.observations == "raw":
        return
    for kind in scenario.kinds:
        for variable in (*scenario.states_of(kind), "top_speed"):
            if variable == "top_speed" and variable not in scenario.driven_fields(kind):
                continue
            if ranges.is_bounded(kind, variable) or not _shown(scenario, (kind, variable)):
                continue
            by = ranges.loosened_by(kind, variable)
            if variable in scenario.kind(kind).state:
                low, high = (f"{end:g}" if abs(end) < float("inf") else "..." for end in ranges.of(kind, variable))
                advice = f'{{ "default": ..., "min": {low}, "max": {high} }} gives it a range'
                report.complain((_section(scenario, kind), kind, "state", variable),
                                f'agents see "{variable}" squashed, as "{by[1]}" may take it beyond all bounds: {advice}', at_key=True)  # fmt: skip
            else:
                what = "it" if variable == AMMO else "velocities"
                report.complain(by, f"this may take \"{variable}\" beyond all bounds, so agents see {what} squashed: clamp(...) keeps it", at_key=True)


def coarse_places(report: Report) -> None:
    """Worlds so large that at their edge places are too far apart for the things in them."""
    scenario = report.scenario
    half = max(scenario.world.size) / 2
    step = 2.0 ** (math.floor(math.log2(half)) - 23)  # float32 has 24 bits
    for kind in scenario.kinds:
        thing = scenario.kind(kind)
        width = min([*(reach(side)[0] for side in thing.size), math.inf] if thing.shape == "box" else [2 * reach(thing.radius)[0] or math.inf])
        if thing.moves and thing.count and step > width / _COARSE:
            report.complain(("world", "size"), f'at {half:g} m from the centre places are {step:.2g} m apart, which is coarse for a "{kind}" of {width:.2g} m')
            return


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
    """Rules of the clock or of a formula that place what was removed before: it stays away."""
    scenario = report.scenario
    removing = {scenario.meant(rule, word): name for name, rule in scenario.rules.items() for word in rule.do.remove}
    for name, rule in scenario.rules.items():
        met = () if isinstance(rule.when, str) else scenario.who_met(rule.when)
        for kind in rule.do.place:
            if kind in removing and kind not in met:
                report.complain(("rules", name, "do", "place", kind), f'this doesn\'t bring back what "{removing[kind]}" has removed', at_key=True)


# What is seen --------------------------------------------------------------------------------


def _senses(scenario: Scenario) -> Iterator[tuple[str, int, Any]]:
    for name, team in scenario.teams.items():
        for index, sense in enumerate(team.sees):
            yield name, index, sense


def stiff_views(report: Report) -> None:
    """Fields of view, and shots ahead, of what moves about but never turns."""
    scenario = report.scenario
    for team, index, sense in _senses(scenario):
        if isinstance(sense, ObjectSense | RaySense) and sense.fov_deg is not None and sense.fov_deg < 360 and _is_stiff(scenario, team):
            report.complain(("teams", team, "sees", index, "fov_deg"), f"{_stiff(scenario, team)}, so this field of view looks one way")
    for team, who in scenario.teams.items():
        if who.shoot is not None and who.shoot.aim != "free" and _is_stiff(scenario, team):
            report.complain(("teams", team, "shoot"), f"{_stiff(scenario, team)}, so it shoots one way; \"aim\": \"free\" lets it choose", at_key=True)


def _stiff(scenario: Scenario, team: str) -> str:
    drive = scenario.teams[team].drive
    return f'"{team}" doesn\'t turn by itself (drive "{drive.type if drive is not None else ""}")'


def _is_stiff(scenario: Scenario, team: str) -> bool:
    """Return whether a team can go about, but nothing in the game is there to turn it."""
    who = scenario.teams[team]
    if who.drive is None or who.drive.type in (*_STEERED, "motor") or who.spin_deg_per_s != 0.0:
        return False
    turned = any(scenario.meant(rule, word) == team and variable in ("angle_deg", "spin_deg_per_s") for rule in scenario.rules.values()
                 for word, _, variable in (target.partition(".") for target in (*rule.do.set, *rule.do.add)))  # fmt: skip
    joined = any(team == end.partition(".")[0] for joint in scenario.joints.values() for end in joint.between)
    return not (turned or joined or scenario.holders_of(team))


def _section(scenario: Scenario, kind: str) -> str:
    return "teams" if kind in scenario.teams else "things"


def too_few_spots(report: Report) -> None:
    """Lists of fixed starts that are shorter than a param lets the count be: such a game would not load."""
    scenario = report.scenario
    for name in scenario.kinds:
        keys: Keys = ("teams" if name in scenario.teams else "things", name)
        at, count = scenario.kind(name).at, _raw(report, (*keys, "count"))
        param = scenario.params.get(count[1:]) if isinstance(count, str) else None
        most = param.max if isinstance(param, ParamRange) else None
        if at is not None and at and isinstance(at[0], tuple) and most is not None and most > len(at):
            report.complain((*keys, "at"), f'{len(at)} spots, and "{str(count)[1:]}" may be {most:g}: with more than {len(at)} the game does not load')


FINDERS: tuple[Finder, ...] = (
    unused_params, unused_draws, unused_lets, unused_states, unused_rules, unused_sensors, unheard_speech,
    boundless_numbers, coarse_places, impossible_formulas, impossible_meetings, late_times, placed_after_removal,
    no_purpose, worthless_pay, farmed_pay,
    stiff_views, too_few_spots,
)  # fmt: skip
"""Each looks for one kind of thing that is hardly meant, and notes it at its place."""
