"""Game-like multi-agent worlds from one JSON file, as fast reinforcement-learning environments."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

# Absolute on purpose: pytest imports this file under the checkout's name, where a relative import would make
# a second copy of the package.
from sandlot.envs.doors.make import make, make_aec, make_benchmarl, make_minari, make_rllib, make_sb3, make_torchrl, make_vec
from sandlot.envs.doors.registry import register_gymnasium, register_pettingzoo
from sandlot.envs.policy import set_resolver

if TYPE_CHECKING:
    from sandlot.envs import ActionError, VectorEnv
    from sandlot.scenarios import Scenario, ScenarioError, load, names

__version__ = "0.1.0"

_LATER = {
    "ActionError": "sandlot.envs",
    "VectorEnv": "sandlot.envs",
    "Scenario": "sandlot.scenarios",
    "ScenarioError": "sandlot.scenarios",
    "load": "sandlot.scenarios",
    "names": "sandlot.scenarios",
}


def __getattr__(name: str) -> Any:
    """Import the language and the kernels only when they are asked for."""
    if name in _LATER:
        return getattr(import_module(_LATER[name]), name)
    raise AttributeError(f"module 'sandlot' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)


def _resolve(spec: Any, env: "VectorEnv", team: str) -> Any:
    """Policies live in agents, which envs must not import; the doors get them through here."""
    from sandlot.agents.policies.specs import resolve

    return resolve(spec, env, team)


set_resolver(_resolve)
register_gymnasium()
register_pettingzoo()

__all__ = [
    "ActionError",
    "Scenario",
    "ScenarioError",
    "VectorEnv",
    "__version__",
    "load",
    "make",
    "make_aec",
    "make_benchmarl",
    "make_minari",
    "make_rllib",
    "make_sb3",
    "make_torchrl",
    "make_vec",
    "names",
]
