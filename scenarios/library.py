"""Loads scenarios: games of the library by name, files by path, texts."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from .checks.lessons import unlike
from .checks.report import Report
from .checks.validate import check
from .model.scenario import Scenario
from .resolve.explain import build_model
from .resolve.extend import LIBRARY, extend, library_names, read_tree
from .resolve.overlays import SPLITS, blamed, find_lesson, laid_over, sections
from .resolve.resolve import resolve
from .resolve.vary import as_written, narrowed
from .text.problems import Problem, ScenarioError, few_looks, suggestion
from .text.recipe import Recipe
from .text.tree import Tree, as_json, find, parse_text
from .text.tree import path_of as place_of

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def names() -> list[str]:
    """Return the names of the library games."""
    return library_names()


def path_of(name: str) -> Path:
    """Return the file of a library game.

    Raises:
        ScenarioError: If there is none of this name.
    """
    if name not in library_names():
        message = f'there is no library game "{name}"{suggestion(name, library_names())}'
        if Path(f"{name}.json").is_file():
            message += f'; for the file beside you say "{name}.json"'
        raise ScenarioError([Problem(name, 0, 0, "$", message)])
    return LIBRARY / f"{name}.json"


def load(
    name_or_path: str | os.PathLike[str],
    *,
    vary: Mapping[str, Any] | None = None,
    split: str | None = None,
    lesson: str | int | None = None,
    **params: Any,
) -> Scenario:
    """Load a game.

    Args:
        name_or_path: A name without dot and slash is a game of the library; all else is a path.
        vary: Params that each world draws anew for each episode, with how: `{"uniform": [low, high]}`, `{"normal": [mean, std]}` or
            `{"one_of": [numbers]}`.
        split: `train` or `test`: the values of the file's section of that name lie over the params' defaults; where it has none,
            nothing does.
        lesson: Name or index of one of the game's lessons, whose values lie over those.
        **params: Values for the game's params; with `vary` they have the last word.

    Raises:
        ScenarioError: With everything that is wrong, each with its place.

    Example:
        >>> load("tag", chasers=5).teams["chaser"].count  # doctest: +SKIP
        5
    """
    file = os.fspath(name_or_path)
    path = Path(file)
    if isinstance(name_or_path, str) and _NAME.fullmatch(file):
        path = path_of(file)
        file = path.name
    text, tree = read_tree(path, file)
    return _finish(text, tree, path, lesson, params, vary, split)


def loads(
    text: str,
    file: str = "<text>",
    *,
    vary: Mapping[str, Any] | None = None,
    split: str | None = None,
    lesson: str | int | None = None,
    **params: Any,
) -> Scenario:
    """Load a game from its text.

    Args:
        text: The scenario; it can extend library games, not files.
        file: What messages call it.
        vary: As for `load`.
        split: As for `load`.
        lesson: As for `load`.
        **params: Values for the game's params.

    Raises:
        ScenarioError: With everything that is wrong, each with its place.
    """
    return _finish(text, parse_text(text, file), None, lesson, params, vary, split)


def from_dict(game: Mapping[str, Any], **options: Any) -> Scenario:
    """Load a game that a program made: a dict as a file has it, in which tuples do as lists, and NumPy's numbers and arrays as Python's.

    Args:
        game: The scenario; it can extend library games, not files.
        **options: As for `loads`: `vary`, `split`, `lesson`, and values for the game's params.

    Raises:
        ScenarioError: With everything that is wrong, each with its place.
    """
    return loads(json.dumps(as_json(game), indent=2), "<dict>", **options)


def lesson_of(scenario: Scenario, lesson: str | int) -> Scenario:
    """Return a lesson of a game, with the params, `vary` and `split` that the game was loaded with.

    Raises:
        ScenarioError: If there is no such lesson, or these params leave no game of it.
    """
    recipe = scenario.recipe
    made = _make(recipe, find_lesson(recipe.tree, lesson))
    problem = unlike(scenario, made, counts=True) if scenario.lesson is None else ""
    if problem:
        raise ScenarioError([Problem(scenario.file, 0, 0, f"lesson {lesson}", problem)])
    return made


def with_params(scenario: Scenario, params: Mapping[str, Any]) -> Scenario:
    """Return the same game's text with other params, of which some may vary (`{"uniform": [low, high]}` ...), and no split.

    Raises:
        ScenarioError: If these params leave no game of it.
    """
    drawn = {name: value for name, value in params.items() if isinstance(value, dict)}
    fixed = {name: value for name, value in params.items() if name not in drawn}
    return _make(replace(scenario.recipe, params=fixed, vary=drawn, split=None), None)


def report_on(scenario: Scenario) -> Report:
    """Return an empty report on a valid game, to note things at the places of its file: any number of them."""
    recipe = scenario.recipe
    laid = laid_over(recipe, find_lesson(recipe.tree, scenario.lesson))
    report = Report(scenario, resolve(recipe.tree, recipe.params, recipe.vary, {name: node for name, (_, node) in laid.items()}))
    report.problems = []
    return report


def _finish(
    text: str, tree: Tree, path: Path | None, lesson: Any, params: dict[str, Any], vary: Mapping[str, Any] | None, split: str | None
) -> Scenario:
    with few_looks():
        recipe = Recipe(text, extend(tree, path), params, vary, split)
        scenario = _make(recipe, find_lesson(recipe.tree, lesson))
        # As the file stands it is checked as a whole; who sets params answers for the parts that they ask for.
        if lesson is None and split is None and not params and not vary:
            problems = _problems_of_overlays(scenario, recipe)
            if problems:
                raise ScenarioError(problems)
        return scenario


def _make(recipe: Recipe, lesson: int | None) -> Scenario:
    """Return the game itself or a lesson of it."""
    laid = laid_over(recipe, lesson)
    resolved = resolve(recipe.tree, recipe.params, recipe.vary, {name: node for name, (_, node) in laid.items()})
    scenario = build_model(resolved)
    formulas = check(scenario, resolved) if scenario is not None else {}
    if resolved.problems or scenario is None:
        if laid:
            _make(replace(recipe, split=None), None)  # if the game is wrong itself, this says so
            raise ScenarioError(blamed(resolved.problems, laid, recipe, lesson))
        raise ScenarioError(resolved.problems)
    plain = as_written(resolved.tree.plain())
    scenario.fill(recipe, lesson, resolved.params, formulas, plain, narrowed(scenario, resolved.varied))
    return scenario


def _problems_of_overlays(scenario: Scenario, recipe: Recipe) -> list[Problem]:
    """Return what is wrong with the games that `train`, `test` and `lessons` make; agents learn lessons on `train`."""
    found: list[Problem] = []
    cases: list[tuple[str | None, int | None]] = [(split, None) for split in SPLITS if getattr(scenario, split)]
    cases += [("train", index) for index in range(len(scenario.lessons))]
    for split, lesson in cases:
        try:
            made = _make(replace(recipe, split=split), lesson)
        except ScenarioError as error:
            found += error.problems
            continue
        message = unlike(scenario, made, counts=lesson is not None)
        if message:
            keys = sections(split, lesson)[-1]
            found.append(find(recipe.tree, keys).problem(place_of(keys), message))
    return found
