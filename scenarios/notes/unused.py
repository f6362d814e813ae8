"""Notes of names that nobody uses."""

from collections.abc import Iterator
from dataclasses import replace

from ..checks.report import Report
from ..checks.scope import base_scope
from ..formulas.parse import parse, read, words_of
from ..formulas.types import FormulaError, Scope
from ..model.rules import Event
from ..model.senses import HearSense, KnowSense, ObjectSense
from ..model.shoot import STATE as AMMO
from ..text.tree import Keys
from .used import Used, named_kinds, seen_states, senses_of, texts_in


def unused_params(report: Report) -> None:
    """Params that stand nowhere, neither as "$name" nor in a formula."""
    used = Used(report).names | {text[1:] for text in texts_in(report.scenario.recipe.tree) if text.startswith("$")}
    for name in report.scenario.params:
        if name not in used:
            report.complain(("params", name), "nothing uses this param", at_key=True)


def unused_draws(report: Report) -> None:
    """Secrets that no formula asks for and nobody knows."""
    used = Used(report).names | {sense.know for _, _, sense in senses_of(report.scenario) if isinstance(sense, KnowSense)}
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
            yield replace(
                scope, where="rule", self_kind=kind, other_kind=other, bound={kind: "self", other: "other"} if kind != other else {}
            )


def unused_states(report: Report) -> None:
    """State variables that nothing reads; of kinds that are like each other, only what none of them needs."""
    scenario, fields, seen = report.scenario, Used(report).fields, seen_states(report.scenario)
    written = {target.rpartition(".")[2] for rule in scenario.rules.values() for target in (*rule.do.set, *rule.do.add)}
    read_at: dict[tuple[str, int], bool] = {}
    places: dict[tuple[str, int], tuple[Keys, str]] = {}
    for kind in scenario.kinds:
        thing = scenario.kind(kind)
        own = words_of(read(thing.solid_if))[0] if thing.solid_if else set[str]()
        for variable in thing.state:
            keys: Keys = (scenario.section_of(kind), kind, "state", variable)
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


def unused_rules(report: Report) -> None:
    """Rules that change nothing, pay nothing, end nothing and that nothing asks about."""
    scenario = report.scenario
    used = Used(report).names | set(scenario.end.rules.values()) | {name for terms in scenario.rewards.values() for name in terms.terms}
    used |= {str(lesson.until.event) for lesson in scenario.lessons if lesson.until is not None}
    for name, rule in scenario.rules.items():
        if name not in used and not rule.do.model_fields_set:
            report.complain(
                ("rules", name), "nothing uses this rule: it changes, pays and ends nothing, and no formula asks about it", at_key=True
            )


def unused_sensors(report: Report) -> None:
    """Things that block nobody and that nothing asks about."""
    scenario = report.scenario
    named = Used(report).names | named_kinds(report)
    for kind, thing in scenario.things.items():
        if thing.body == "sensor" and thing.zone is None and thing.count and kind not in named:
            report.complain(
                ("things", kind), "nothing asks about this sensor: no rule, sense, formula, draw or place names it", at_key=True
            )


def unheard_speech(report: Report) -> None:
    """Teams that can speak where nobody listens."""
    scenario = report.scenario
    heard = {rule.when.hears for rule in scenario.rules.values() if isinstance(rule.when, Event)}
    for _, _, sense in senses_of(scenario):
        if isinstance(sense, HearSense) or (isinstance(sense, ObjectSense) and "said" in (sense.fields or ())):
            heard.add(sense.hear if isinstance(sense, HearSense) else sense.of)
    used = Used(report)
    if {"heard", "said"} & (used.fields | used.names):
        return  # some formula listens
    for team, who in scenario.teams.items():
        if who.says is not None and team not in heard:
            report.complain(("teams", team, "says"), "nobody listens: no sense, no rule and no formula hears it", at_key=True)
