"""The language: a scenario file becomes a checked, typed, frozen model.

Reading order: text (JSON with places), merge (extends, params, like), model, formula, validate,
library (load).
"""

from .library import load, loads, names, path_of
from .model import Scenario
from .problems import Problem, ScenarioError

__all__ = ["Problem", "Scenario", "ScenarioError", "load", "loads", "names", "path_of"]
