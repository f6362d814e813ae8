"""Those who act: policies, how they learn, how they are judged, and the command line. What others import is here.

Rooms, in the order in which one may import another: policies, play, training, evaluation, benchmark, cli (docs/architecture.md).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .benchmark.cells import run_benchmark
    from .benchmark.methods import Method, Players
    from .benchmark.tasks import find_tasks
    from .policies.planner import Planner, Search
    from .policies.policy_file import read_policy
    from .policies.specs import resolve
    from .policies.uniform import RandomPolicy

_LATER = {
    "Method": ".benchmark.methods", "Planner": ".policies.planner", "Players": ".benchmark.methods", "RandomPolicy": ".policies.uniform", "Search": ".policies.planner",
    "find_tasks": ".benchmark.tasks", "read_policy": ".policies.policy_file", "resolve": ".policies.specs", "run_benchmark": ".benchmark.cells",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import policies when they are asked for: the command line lives here too, and has to start at once."""
    if name in _LATER:
        return getattr(import_module(_LATER[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["Method", "Planner", "Players", "RandomPolicy", "Search", "find_tasks", "read_policy", "resolve", "run_benchmark"]
