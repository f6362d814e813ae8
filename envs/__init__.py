"""The world: state, kernels, the batched core, and the doors to it.

Reading order: layout (where every number lies), state, compile (scenario to tables), then the step as it
runs: batch, control, contacts, physics, rules, sensors, spawn; core (the batch as users see it); then the
doors: registry, adapt_pettingzoo, adapt_gymnasium with seat, and policy for who plays the others.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .doors import make, make_aec, make_sb3, make_vec
from .policy import Policy, Scripted, set_resolver

if TYPE_CHECKING:
    from .actions import ActionError
    from .core import VectorEnv

_LATER = {"ActionError": ".actions", "VectorEnv": ".core"}


def __getattr__(name: str) -> Any:
    """Import what needs the kernels when it is asked for: LLVM takes longer to load than `import sandlot` may."""
    if name in _LATER:
        return getattr(import_module(_LATER[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["ActionError", "Policy", "Scripted", "VectorEnv", "make", "make_aec", "make_sb3", "make_vec", "set_resolver"]
