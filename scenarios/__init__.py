"""The language: a scenario file becomes a checked, typed, frozen model.

Reading order: text (JSON with places), formula* (text to typed trees), numbers, values and model* (what may stand in a file), extend, merge,
params, likes and resolve (a file and its ancestors become one tree), explain (pydantic's errors in our words), validate and check_* (what the parts
mean together), library (load). What is known of a game before it is played: outlines, placing, ranges, joint_loads, work. Beside the way: notes*,
fmt, canonical, schema, reference, starter.
"""

from .canonical import canonical, full, scenario_hash
from .fmt import format_text
from .library import from_dict, lesson_of, load, loads, names, path_of, with_params
from .limits import MAX_TEXT
from .model import Scenario
from .problems import Problem, ScenarioError, nearest_name
from .reference import reference_markdown
from .schema import schema
from .starter import starter_text

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
