"""Those who act: policies written in Python, trained ones, the specs that name them, and the command line."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .specs import resolve
    from .uniform import RandomPolicy

_LATER = {"RandomPolicy": ".uniform", "resolve": ".specs"}


def __getattr__(name: str) -> Any:
    """Import policies when they are asked for: the command line lives here too, and has to start at once."""
    if name in _LATER:
        return getattr(import_module(_LATER[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["RandomPolicy", "resolve"]
