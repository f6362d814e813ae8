"""A curriculum: which of a game's lessons is on, and when the next one begins. The game itself is the last one."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..scenarios import Scenario, lesson_of
from ..scenarios.model_lessons import Lesson
from .pool import Referee

Total = Callable[[list[float]], list[float]]
"""Adds numbers up over the processes that train together."""


class Course:
    """The way through the lessons of a game.

    Args:
        scenario: The game; one that is a lesson itself has none.
        follow: Whether its lessons are taken; without, there is only the game itself.

    Attributes:
        at: Index of the lesson that is on; as many as there are lessons: the game itself.
        since: Agent decisions before it began.
    """

    def __init__(self, scenario: Scenario, follow: bool = True) -> None:
        self.scenario = scenario
        self.lessons: tuple[Lesson, ...] = scenario.lessons if follow and scenario.lesson is None else ()
        self.at, self.since = 0, 0

    @property
    def lesson(self) -> Lesson | None:
        """The one that is on, None for the game itself."""
        return self.lessons[self.at] if self.at < len(self.lessons) else None

    @property
    def game(self) -> Scenario:
        """What is played now."""
        return self.scenario if self.lesson is None else lesson_of(self.scenario, self.at)

    def numbers(self) -> dict[str, float]:
        """What is logged: the index, where there are lessons."""
        return {"lesson": float(self.at)} if self.lessons else {}

    def is_over(self, step: int, episodes: Iterable[dict[str, float]], referee: Referee, total: Total) -> bool:
        """Whether the next one begins.

        Args:
            step: Agent decisions so far.
            episodes: What the episodes of this lesson came to, the newest last.
            referee: Says who won.
            total: All processes come to the same answer through it.
        """
        lesson = self.lesson
        if lesson is None:
            return False
        if lesson.max_steps is not None and step - self.since >= lesson.max_steps:
            return True
        if lesson.until is None:
            return False
        kind, of = lesson.until.measure
        last = list(episodes)[-lesson.until.over :]
        found = [referee.points(of, episode) if kind == "win_rate" else episode[f"{kind}/{of}"] for episode in last]
        summed, count, processes, ready = total([float(sum(found)), float(len(found)), 1.0, float(len(found) >= lesson.until.over)])
        return ready == processes and lesson.until.holds(summed / count)

    def go_on(self, step: int) -> None:
        """Begin the next one."""
        self.at, self.since = self.at + 1, step

    def state(self) -> list[int]:
        """Where it is, for `load`."""
        return [self.at, self.since]

    def load(self, state: Sequence[int]) -> None:
        """Be where another one was."""
        self.at, self.since = state


def state_sizes(course: Course, size_of: Callable[[Any], int]) -> dict[str, int]:
    """How many numbers `state()` has in each lesson, by name; the game itself is called "the game"."""
    games = {lesson.name: lesson_of(course.scenario, index) for index, lesson in enumerate(course.lessons)}
    return {name: size_of(game) for name, game in games.items()} | {"the game": size_of(course.scenario)}


__all__ = ["Course", "state_sizes"]
