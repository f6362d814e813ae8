"""Game-like multi-agent worlds from one JSON file, as fast reinforcement-learning environments."""

# Absolute on purpose: pytest imports this file under the checkout's name, where a relative import would make a second copy of the package.
from sandlot.envs import VectorEnv, make_vec
from sandlot.scenarios import Scenario, ScenarioError, load, names

__version__ = "0.1.0"

__all__ = ["Scenario", "ScenarioError", "VectorEnv", "__version__", "load", "make_vec", "names"]
