"""Notes on how a game plays: what never happens, never varies or isn't worth it. `sandlot check` says them, beside those on a game at rest, which `scenarios` finds."""

import math
from collections.abc import Callable, Iterator
from typing import TypeAlias

from ...envs.compile.draft import tick_counts
from ...envs.compile.formulas.code import depends_on_self
from ...envs.compile.scenario import compile_scenario
from ...scenarios import Problem, Scenario
from ...scenarios.checks.report import Report
from ...scenarios.facts.joint_loads import strain
from ...scenarios.formulas.types import Node, parts
from ...scenarios.library import report_on
from ...scenarios.model.places import Place
from ...scenarios.model.rules import Event
from ...scenarios.model.senses import KnowSense, ObjectSense, SelfSense
from ...scenarios.notes.finders import FINDERS as AT_REST
from ...scenarios.text.problems import counted, in_order, listing
from ...scenarios.text.tree import Keys
from ..play.trial import SURE, Spread, Trial, gain_of, is_better, try_out
from .reach import Reach

Finder: TypeAlias = Callable[[Report, Trial], None]


def notes_on(scenario: Scenario) -> list[Problem]:
    """Everything about a game that is hardly meant, each with its place: by reading it, and by playing it a little."""
    report = report_on(scenario)
    for look in AT_REST:
        look(report)
    trial = try_out(scenario)
    for finder in FINDERS:
        finder(report, trial)
    return in_order(report.problems)


def shut_off(report: Report, _trial: Trial) -> None:
    """Two that can never meet, since a wall is between them."""
    if report.scenario.world.walls != "solid":
        return
    reach = Reach(report.scenario)
    for name, rule in report.scenario.rules.items():
        event = rule.when
        if not isinstance(event, Event) or event.kind not in ("touch", "inside", "near", "grabs") or report.is_noted(("rules", name)):
            continue
        first, second = event.pair or ("", "")
        if second != "walls" and not _is_switched_off(report.scenario, event) and reach.shuts_off(event):
            report.complain(("rules", name, "when", event.kind), f'"{first}" can\'t get to "{second}": what is solid shuts it off')


def strained_joints(report: Report, _trial: Trial) -> None:
    """A joint that what it carries stretches by much, at the substeps that the game has."""
    substeps = math.prod(tick_counts(report.scenario)) * report.scenario.world.decisions_per_second
    name, words = strain(report.scenario, 1 / substeps)
    if name:
        report.complain(("joints", name), words)


def silent_rules(report: Report, trial: Trial) -> None:
    """Rules that never happened, where nothing else is said of when they do."""
    scenario = report.scenario
    for name, rule in scenario.rules.items():
        said = any(report.is_noted(("rules", name, key)) for key in ("when", "if"))
        if trial.fired[name] or said or _is_switched_off(scenario, rule.when):
            continue
        report.complain(("rules", name), f"this never happened in {trial.words}", at_key=True)


def _is_switched_off(scenario: Scenario, when: str | Event) -> bool:
    """Whether an event is about things of which there are none, by a param."""
    return isinstance(when, Event) and any(
        kind in scenario.kinds and scenario.kind(kind).count == 0 for kind in scenario.who_met(when) if kind
    )


def flat_rewards(report: Report, trial: Trial) -> None:
    """Terms that paid the same whatever was done; what an early end cuts short is worth living for."""
    for team in report.scenario.teams:
        for term in report.scenario.paid_terms(team):
            paid = trial.paid.get((team, term.name))
            keys = _term_keys(report.scenario, team, term.name)
            idle = term.rule is not None and not trial.fired[term.rule]  # which is said of the rule
            if idle or paid is None or not paid.seen or paid.varies.any() or report.is_noted(keys):
                continue
            if paid.low[0] and (trial.ended_early or team in trial.left):
                continue
            report.complain(keys, f"this paid {paid.low[0]:g} in every decision of {trial.words}: it can't teach anything")


def _term_keys(scenario: Scenario, team: str, term: str) -> Keys:
    """Where a reward term of a team is written."""
    own = team in scenario.rewards and term in scenario.rewards[team].terms
    return "rewards", team if own else "*", term


def flat_scores(report: Report, trial: Trial) -> None:
    """Scores that judge all alike; where they only count rules that never happened, that is said of these."""
    for team, spread in trial.scores.items():
        if team not in report.scenario.score or not spread.seen or spread.varies.any():
            continue
        rules = _rules_in(report.scenario.formulas[f"$.score.{team}"])
        if not rules or any(trial.fired[rule] for rule in rules):
            report.complain(("score", team), f"this was {spread.low[0]:g} at the end of every one of {trial.words}")


def _rules_in(node: Node) -> set[str]:
    """The rules that a formula counts."""
    return {str(part.value) for part in parts(node) if part.op == "rule_count"}


def multiplied_rewards(report: Report, _trial: Trial) -> None:
    """Formulas about the whole team in rewards that are added up over it."""
    scenario = report.scenario
    for team, who in scenario.teams.items():
        if who.count < 2 or not scenario.is_shared(team):
            continue
        for term in scenario.paid_terms(team):
            if term.node is not None and not depends_on_self(term.node) and not report.is_noted(_term_keys(scenario, team, term.name)):
                text = f'this is the same for all {who.count} "{team}", and "shared" adds it up: each gets {who.count} times as much'
                report.complain(_term_keys(scenario, team, term.name), text)


def flat_senses(report: Report, trial: Trial) -> None:
    """Senses, and fields that are asked for by name, that told nothing or were always at the end of their range."""
    scenario = report.scenario
    for layout in compile_scenario(scenario).teams:
        if not scenario.actions_of(layout.name) or "sees" not in scenario.teams[layout.name].model_fields_set:
            continue  # nobody acts on it, or nobody asked for it
        spread, start = trial.seen[layout.name], 0
        names = [name for name, _ in layout.observation]
        for index, (sense, end) in enumerate(zip(scenario.teams[layout.name].sees, layout.senses, strict=True)):
            numbers, keys, start = range(start, end), ("teams", layout.name, "sees", index), end
            if not numbers or not spread.seen or (isinstance(sense, KnowSense) and not sense.if_):
                continue
            if not spread.varies[numbers].any():
                report.complain(keys, f"nothing that this tells ever varied in {trial.words}")
                continue
            for at, field, of_field in _fields(sense, names, numbers):
                if not spread.varies[of_field].any():
                    report.complain((*keys, *at), f'"{field}" never varied in {trial.words}')
                elif (
                    scenario.world.observations == "scaled"
                    and not _is_flag(scenario, layout.name, sense, field)
                    and _is_stuck(spread, of_field)
                ):
                    report.complain((*keys, *at), f'"{field}" was at the end of its range nearly all the time in {trial.words}')


def _fields(sense: object, names: list[str], numbers: range) -> Iterator[tuple[Keys, str, list[int]]]:
    """The fields that a sense lists by name: where, which, and their numbers."""
    if isinstance(sense, SelfSense):
        key, listed = "self", sense.self_ or ()
    elif isinstance(sense, ObjectSense):
        key, listed = "fields", sense.fields or ()
    else:
        return
    for place, field in enumerate(listed):
        of_field = [
            k
            for k in numbers
            if names[k].partition("].")[2].split(".")[0].split(" ")[0] == field or names[k].split(".")[:2] == ["self", field]
        ]
        if of_field:
            yield (key, place), field, of_field


def _is_stuck(spread: Spread, numbers: list[int]) -> bool:
    """Whether all of some numbers were at one end nearly always."""
    return bool((spread.bound[:, numbers].max(0) / max(1, spread.seen) > _STUCK).all())


def _is_flag(scenario: Scenario, team: str, sense: object, field: str) -> bool:
    """Whether a field is true or false, which is at an end always."""
    kind = sense.of if isinstance(sense, ObjectSense) else team
    state = scenario.states_of(kind).get(field)
    return isinstance(state, bool) or (state is None and field in _FLAGS)


_FLAGS = ("alive", "said", "grounded", "holding", "held", "held_by", "locked", "locked_by", "mine")
_STUCK = 0.98
"""Share of the time at the end of its range from which on a number is said to be stuck there."""


def weak_scripts(report: Report, trial: Trial) -> None:
    """Scripts that came to no more than chance, played in the same worlds against the same others."""
    for team, (script, chance) in trial.worth.items():
        gain, error = gain_of(script, chance)
        if is_better(script, chance):
            continue
        what = "score" if team in report.scenario.score else "reward"
        if not script.any() and not chance.any():
            continue  # there is nothing to win, which is noted elsewhere
        worse = "worse" if gain < -SURE * error else "no better"
        text = f"this script is {worse} than random play: {what} {script.mean():.4g} to {chance.mean():.4g} (difference {gain:.4g} ± {SURE * error:.2g})"
        most = f", the first {trial.decisions / report.scenario.world.decisions_per_second:g} s" if trial.cut else ""
        report.complain(("baseline", team), f"{text} in {len(script)} episodes each{most}", at_key=True)


def crowded_starts(report: Report, trial: Trial) -> None:
    """Kinds that found no free spot at the start, and what stood in the way; then rules that place things."""
    scenario = report.scenario
    for kind, near in trial.misplaced.items():
        most = max(near, key=lambda one: near[one])
        keys: Keys = (scenario.section_of(kind), kind, "place")
        whom = "the walls" if most == "walls" else f'another "{most}"' if most == kind else f'"{most}"'
        what = f'{counted(trial.starts, "start")} there was no spot for a "{kind}" as clear of {whom} as gap and away_from ask'
        report.complain(keys, f"{counted(sum(near.values()), 'time')} in {what}: leave more room, or ask for less")
    if trial.crowded and not trial.misplaced:
        text = f"{counted(trial.crowded, 'thing')} found no free spot in {counted(trial.starts, 'start')}: leave more room, or smaller gaps (misplaced)"
        report.complain((), text)
    for name, times in trial.unplaced.items():
        words = [word for word, target in scenario.rules[name].do.place.items() if isinstance(target, Place)]
        keys = ("rules", name, "do", "place", *words[:1])
        text = f"when this placed things, no free spot was found {counted(round(times), 'time')} in {trial.words}: leave more room, or a smaller gap"
        report.complain(keys, text, at_key=True)


def exhausted(report: Report, trial: Trial) -> None:
    """What the game has only so much room for, and ran out of."""
    if trial.troubles["overruns"]:
        report.complain(
            (),
            f"more things touched at once than the game has room for, so some passed through each other: "
            f"{counted(round(trial.troubles['overruns']), 'time')} in {trial.words} (overruns)",
        )
    for team, who in report.scenario.teams.items():
        if trial.troubles["unfired"] and who.shoot is not None:
            shots = counted(round(trial.troubles["unfired"]), "shot")
            report.complain(
                ("teams", team, "shoot"),
                f"not fired in {trial.words}, since all projectiles of the pool were in the air: {shots}; "
                "give a larger pool, a longer cooldown or a shorter lifetime (unfired)",
                at_key=True,
            )


def endless(report: Report, trial: Trial) -> None:
    """Games that end by rules alone, which never did."""
    scenario = report.scenario
    if scenario.end.time is None and scenario.end.rules and not trial.ended_early:
        report.complain(
            ("end",), f"there is no time, and none of {listing(scenario.end.rules.values())} ended one of {trial.words}", at_key=True
        )


FINDERS: tuple[Finder, ...] = (
    shut_off, strained_joints, silent_rules, flat_rewards, flat_scores, multiplied_rewards, flat_senses, weak_scripts, crowded_starts, exhausted, endless,
)  # fmt: skip
"""Each looks at what was played for one kind of thing that is hardly meant, and notes it at its place."""
