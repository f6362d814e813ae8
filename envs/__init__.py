"""The world and the doors to it: rooms for the compiler, the kernels, the scenarios' compiler, the batched core, the doors, and the view.

In the order in which one may import another: jit, view, kernels, compile, core, policy, doors (docs/architecture.md). What others import is here.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .doors.make import make, make_aec, make_sb3, make_vec
from .policy import Policy, Scripted, set_resolver

if TYPE_CHECKING:
    from .core.actions import ActionError
    from .core.vector import VectorEnv
    from .doors.rllib_runner import RllibRunner as RllibRunner

_LATER = {"ActionError": ".core.actions", "RllibRunner": ".doors.rllib_runner", "VectorEnv": ".core.vector"}
"""`RllibRunner` is not in `__all__`, as it needs Ray."""


def __getattr__(name: str) -> Any:
    """Import what needs the kernels when it is asked for: LLVM takes longer to load than `import sandlot` may."""
    if name in _LATER:
        return getattr(import_module(_LATER[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["ActionError", "Policy", "Scripted", "VectorEnv", "make", "make_aec", "make_sb3", "make_vec", "set_resolver"]
