"""The language: a scenario file becomes a checked, typed, frozen model. What others import is here.

Rooms, in the order in which one may import another: text, formulas, model, facts, resolve, checks, notes, describe; then library (load).
"""

from .describe.canonical import canonical, full, scenario_hash
from .describe.reference import reference_markdown
from .describe.schema import schema
from .describe.starter import starter_text
from .library import from_dict, lesson_of, load, loads, names, path_of, with_params
from .model.scenario import Scenario
from .text.layout import format_text
from .text.limits import MAX_TEXT
from .text.problems import Problem, ScenarioError, nearest_name

__all__ = [
    "MAX_TEXT",
    "Problem",
    "Scenario",
    "ScenarioError",
    "canonical",
    "format_text",
    "from_dict",
    "full",
    "lesson_of",
    "load",
    "loads",
    "names",
    "nearest_name",
    "path_of",
    "reference_markdown",
    "scenario_hash",
    "schema",
    "starter_text",
    "with_params",
]
