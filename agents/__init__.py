"""Those who act: policies written in Python, trained ones, the specs that name them, and the command line."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .benchmark import run_benchmark
    from .benchmark_methods import Method, Players
    from .benchmark_tasks import find_tasks
    from .checkpoint import read_policy
    from .planner import Planner, Search
    from .specs import resolve
    from .uniform import RandomPolicy

_LATER = {
    "Method": ".benchmark_methods", "Planner": ".planner", "Players": ".benchmark_methods", "RandomPolicy": ".uniform", "Search": ".planner",
    "find_tasks": ".benchmark_tasks", "read_policy": ".checkpoint", "resolve": ".specs", "run_benchmark": ".benchmark",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import policies when they are asked for: the command line lives here too, and has to start at once."""
    if name in _LATER:
        return getattr(import_module(_LATER[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["Method", "Planner", "Players", "RandomPolicy", "Search", "find_tasks", "read_policy", "resolve", "run_benchmark"]
