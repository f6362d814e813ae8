"""What the parts of the compiler share while they write their tables."""

import math
from dataclasses import dataclass, field

from ...scenarios import Scenario
from ...scenarios.facts.joint_loads import longest_substep
from ...scenarios.text.limits import MAX_SUBSTEPS
from .formulas.code import Code
from .formulas.functions import WRITERS
from .formulas.names import Constants, Names

LONGEST_TICK = 0.05
"""Contacts are found anew at least this often [s]: at 10 decisions a second twice a decision."""
DEFAULT_SUBSTEPS = 4
"""Of a decision, at least: joints that carry much ask for more (joint_loads.py)."""
SIGHT_BODIES = 40
"""Sensors and spawning use a grid where bodies are more than this."""


def tick_counts(scenario: Scenario) -> tuple[int, int]:
    """How often contacts are found in a decision, and substeps in each such tick."""
    substeps = scenario.world.substeps
    if substeps is None:
        needed = math.ceil(1 / (scenario.world.decisions_per_second * longest_substep(scenario)[0]) - 1e-9)
        substeps = min(max(DEFAULT_SUBSTEPS, needed), MAX_SUBSTEPS)
    ticks = min(substeps, max(1, math.ceil(1 / (scenario.world.decisions_per_second * LONGEST_TICK) - 1e-9)))
    return ticks, math.ceil(substeps / ticks)


def is_crowded(bodies: int) -> bool:
    """Whether sensors and spawning use a grid in a game of so many bodies."""
    return bodies > SIGHT_BODIES


@dataclass
class Rows:
    """Hands out rows of the state, body rows first."""

    used: int = 0

    def take(self, count: int = 1) -> int:
        """First of `count` new rows."""
        self.used += count
        return self.used - count


@dataclass
class Draft:
    """A game that is being compiled: where what stands, and the tables that all sections write to."""

    scenario: Scenario
    names: Names
    constants: Constants
    rows: Rows
    body_count: int
    code: Code = field(init=False)

    def __post_init__(self) -> None:
        self.code = Code(self.names, self.constants, WRITERS)

    def bodies_of(self, kind: str) -> range:
        """The bodies of a kind."""
        return range(self.names.first[kind], self.names.first[kind] + self.names.count[kind])

    @property
    def ticks_per_second(self) -> float:
        """How often contacts are found."""
        return tick_counts(self.scenario)[0] * self.scenario.world.decisions_per_second

    @property
    def substep(self) -> float:
        """Seconds of a substep."""
        ticks, substeps = tick_counts(self.scenario)
        return self.names.decision / (ticks * substeps)

    def top_speed(self, kind: str) -> float:
        """Speed that observations of a kind are scaled by [m/s]: its drive's, else the fastest drive's, else half the world in a second; or a greater
        one that rules give it.
        """
        own = self.names.top_speed.get(kind, 0.0) or self.names.shot_speed.get(kind, 0.0)
        speed = own or max(self.names.top_speed.values(), default=0.0) or max(self.scenario.world.size) / 2
        return max(speed, self.names.flung[kind])


__all__ = ["Draft", "Rows", "is_crowded", "tick_counts"]
