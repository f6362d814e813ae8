"""The world: state, kernels, the batched core, and the doors to it.

Reading order: layout (where every number lies), state, compile (scenario to tables), then the step as it runs: batch, control, contacts, physics,
rules, sensors, spawn; core (the batch as users see it); then the doors.
"""

from .core import VectorEnv
from .registry import make_vec

__all__ = ["VectorEnv", "make_vec"]
