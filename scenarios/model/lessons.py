"""The model of learning and judging: `train`, `test` and `lessons`, which lay other values over the params."""

from typing import Annotated, Any

from pydantic import Discriminator, Field, StrictBool, Tag, model_validator

from ..text import limits
from .numbers import Drawn, Span
from .part import Part, bad
from .values import FREE, Label, NameRef, PlainNumber, expects, one_choice, tagger

MEASURES = ("score", "return", "win_rate", "event")
"""What a lesson can be judged by."""

Overlay = dict[
    str,
    Annotated[
        Annotated[StrictBool, Tag("<flag>")] | Annotated[float | Drawn, FREE, Tag("<number>")],
        Discriminator(tagger(lambda value: "flag" if isinstance(value, bool) else "number")),
        expects('a number, true, false, {"uniform": ...}, {"normal": ...} or {"one_of": ...}', int, float, bool, dict),
    ],
]


class Until(Part):
    """When a lesson is learnt: what is measured, and what its mean over the last episodes must reach."""

    score: NameRef | None = Field(default=None, description="The team whose score is measured.")
    return_: NameRef | None = Field(
        default=None,
        alias="return",
        description="The team whose return is measured: the sum of an agent's rewards, the mean over its agents.",
    )
    win_rate: NameRef | None = Field(
        default=None, description="The team whose share of wins is measured, a draw being half of one; where all teams see and do the same."
    )
    event: NameRef | None = Field(default=None, description="The rule that is counted: how often it happens in an episode.")
    at_least: PlainNumber | None = Field(default=None, description="The least that the mean must be.")
    at_most: PlainNumber | None = Field(default=None, description="The most that the mean may be.")
    over: Annotated[int, Span(1, limits.MAX_EPISODES, whole=True, limit="MAX_EPISODES")] = Field(
        default=100, description="How many episodes the mean is over, at least: the last ones of this lesson, equally many of each world."
    )

    @model_validator(mode="before")
    @classmethod
    def _check(cls, data: Any) -> Any:
        if isinstance(data, dict):
            one_choice(data, MEASURES, '"until"')
            one_choice(data, ("at_least", "at_most"), '"until"')
        return data

    @property
    def measure(self) -> tuple[str, str]:
        """What is measured, and of which team or rule."""
        found = ((kind, getattr(self, "return_" if kind == "return" else kind)) for kind in MEASURES)
        return next((kind, str(of)) for kind, of in found if of is not None)

    def holds(self, mean: float) -> bool:
        """Return whether a mean is good enough."""
        return (self.at_least is None or mean >= self.at_least) and (self.at_most is None or mean <= self.at_most)


class Lesson(Part):
    """One step of a curriculum: the game with other params, until it is learnt."""

    name: Label = Field(description="Its name in logs, and for `lesson=`.")
    params: Overlay = Field(
        description="By param: its value in this lesson, or how it varies by world; what isn't named is as in the game."
    )
    until: Until | None = Field(default=None, description="When the next one begins.")
    max_steps: Annotated[int, Span(1, 1e12, whole=True)] | None = Field(
        default=None, description="Agent decisions after which the next one begins, learnt or not."
    )

    @model_validator(mode="before")
    @classmethod
    def _check(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("until") is None and data.get("max_steps") is None:
            raise bad('a lesson needs "until" or "max_steps", or it would never end')
        return data


__all__ = ["MEASURES", "Lesson", "Overlay", "Until"]
