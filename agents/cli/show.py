"""`sandlot show`: a game in tables."""

import json
from typing import TYPE_CHECKING

from ...scenarios import Scenario
from ...scenarios.describe.canonical import full
from ...scenarios.model.numbers import Varied
from ...scenarios.model.rules import Rule
from ...scenarios.text.layout import format_text
from ...scenarios.text.problems import counted
from .options import plain, print_rows

if TYPE_CHECKING:
    from rich.console import Console


def full_text(scenario: Scenario) -> str:
    """The whole game as JSON, every default written out, laid out as files are."""
    return format_text(json.dumps(full(scenario), ensure_ascii=False)).rstrip()


def print_game(console: "Console", scenario: Scenario) -> None:
    """What there is, who acts, what can happen, what it is worth."""
    world = scenario.world
    console.print(f"[bold]{scenario.name}[/] v{scenario.version}  {plain(scenario.about)}")
    width, height = world.size
    length = f"{scenario.end.time:g} s" if scenario.end.time else "no time limit"
    pace = f"{world.decisions_per_second:g} decisions/s"
    console.print(f"{width:g} x {height:g} m, {world.walls} walls, {pace}, {length}\n")
    if scenario.params_used:
        print_rows(
            console,
            ("param", "value"),
            [(name, _param(scenario, name)) for name in scenario.params_used],
        )
    print_rows(
        console,
        ("thing", "count", "shape", "body"),
        [(name, str(thing.count), thing.shape, thing.body) for name, thing in scenario.things.items()],
    )
    print_rows(
        console, ("joint", "count", "type", "between", "breaks at"),
        [(name, str(len(scenario.joined(name))), joint.type, " and ".join(joint.between), f"{joint.breaks_at:g} N" if joint.breaks_at else "")
         for name, joint in scenario.joints.items()],
    )  # fmt: skip
    print_rows(console, ("team", "agents", "drive", "actions", "observation", "scripted"), _teams(scenario))
    print_rows(console, ("rule", "when", "if", "ends"), _rules(scenario))
    rows: list[tuple[str, ...]] = []
    for team in scenario.teams:
        for term in scenario.paid_terms(team):
            worth = f"{_value(term.weight)} each time" if term.rule else ("change of a formula" if term.progress else "formula")
            rows.append((team, term.name, worth + (", shared" if scenario.is_shared(team) else "")))
    print_rows(console, ("team", "reward", "is"), rows)
    print_rows(console, ("team", "score"), [(team, str(score)) for team, score in scenario.score.items()])


def print_observations(console: "Console", scenario: Scenario) -> None:
    """What each number of each team's observation is, and what 1.0 of it means."""
    from ...envs import VectorEnv

    env = VectorEnv(scenario, 1)
    scaled = scenario.world.observations == "scaled"
    for team in env.teams:
        names = env.observation_names(team)
        console.print(f"[bold]{team}[/]: {counted(len(names), 'number')}{' from -1 to 1' if scaled else ', raw units'}")
        head = ("index", "is", "1.0 means" if scaled else "unit")
        print_rows(console, head, [(str(k), name, unit or "-") for k, (name, unit) in enumerate(names)])


def _teams(scenario: Scenario) -> list[tuple[str, ...]]:
    from ...envs.compile.scenario import compile_scenario

    rows: list[tuple[str, ...]] = []
    for layout in compile_scenario(scenario).teams:
        team = scenario.teams[layout.name]
        actions = ", ".join(scenario.actions_of(layout.name)) or "none"
        scripted = "yes" if layout.name in scenario.baseline else "no"
        rows.append(
            (
                layout.name,
                str(team.count),
                layout.drive_type or "none",
                actions,
                counted(len(layout.observation), "number"),
                scripted,
            )
        )
    return rows


def _rules(scenario: Scenario) -> list[tuple[str, ...]]:
    ends = {rule: label for label, rule in scenario.end.rules.items()}
    rows: list[tuple[str, ...]] = []
    for name, rule in scenario.rules.items():
        rows.append((name, _when(rule), _condition(rule), ends.get(name, "")))
    return rows


def _when(rule: Rule) -> str:
    """What a rule waits for, and how often it then happens."""
    if isinstance(rule.when, str):
        words = [rule.when]
    else:
        event = rule.when
        words = [f"{event.kind} {' '.join(event.pair) if event.pair is not None else _value(getattr(event, event.kind))}"]
        words += [f"within {event.within:g} m"] if event.within is not None else []
        words += [f"symbol {event.symbol}"] if event.symbol is not None else []
    words += [f"cooldown {rule.cooldown:g} s"] if rule.cooldown is not None else []
    words += [f"chance {rule.chance:g}"] if rule.chance < 1 else []
    return ", ".join([*words, *(["once"] if rule.once else [])])


def _condition(rule: Rule) -> str:
    return rule.if_ or ("" if isinstance(rule.when, str) else rule.when.if_ or "")


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Varied):
        return value.to_json()
    return f"{value:g}" if isinstance(value, float | int) else str(value)


def _param(scenario: Scenario, name: str) -> str:
    """Value of a param, or how it varies."""
    if name in scenario.varied:
        return json.dumps(scenario.varied[name].drawn.to_json())
    return _value(scenario.params_used[name])
