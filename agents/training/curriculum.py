"""A curriculum: which of a game's lessons is on, and when the next one begins. The game itself is the last one."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...scenarios import Scenario, lesson_of
from ...scenarios.model.lessons import Lesson
from .self_play import Referee

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
        self.scenario, self._referee = scenario, Referee(scenario.teams, alike=True)  # win_rate is measured of nobody else
        self.lessons: tuple[Lesson, ...] = scenario.lessons if follow and scenario.lesson is None else ()
        self.at, self.since = 0, 0
        self._found: dict[int, list[float]] = {}  # what the lesson measures, of each world's last episodes

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

    def note(self, world: int, episode: dict[str, float]) -> None:
        """Take in what an episode came to."""
        if self.lesson is None or self.lesson.until is None:
            return
        kind, of = self.lesson.until.measure
        found = self._found.setdefault(world, [])
        found.append(self._referee.points(of, episode) if kind == "win_rate" else episode[f"{kind}/{of}"])
        del found[: -self.lesson.until.over]

    def is_over(self, step: int, worlds: Sequence[int], total: Total) -> bool:
        """Whether the next one begins.

        Of each world the same number of episodes counts, its last ones. Of all the last ones most would be short, just after a lesson has begun
        and wherever many worlds are cut off together: where success is quick, that would be mostly successes.

        Args:
            step: Agent decisions so far.
            worlds: Those whose episodes count.
            total: All processes come to the same answer through it.
        """
        lesson = self.lesson
        if lesson is None:
            return False
        if lesson.max_steps is not None and step - self.since >= lesson.max_steps:
            return True
        if lesson.until is None:
            return False
        each = -(-lesson.until.over // len(worlds))
        last = [self._found.get(world, [])[-each:] for world in worlds]
        ready = all(len(found) == each for found in last)
        summed, count, unready = total([float(sum(map(sum, last))), float(sum(map(len, last))), float(not ready)])
        return unready == 0 and lesson.until.holds(summed / count)

    def go_on(self, step: int) -> None:
        """Begin the next one."""
        self.at, self.since, self._found = self.at + 1, step, {}

    def state(self) -> dict[str, Any]:
        """All that it knows, as JSON can hold it."""
        return {"at": self.at, "since": self.since, "found": [[world, found] for world, found in self._found.items()]}

    def load(self, state: Mapping[str, Any]) -> None:
        """Know what another one knew."""
        self.at, self.since = state["at"], state["since"]
        self._found = {world: list(found) for world, found in state["found"]}


def state_sizes(course: Course, size_of: Callable[[Any], int]) -> dict[str, int]:
    """How many numbers `state()` has in each lesson, by name; the game itself is called "the game"."""
    games = {lesson.name: lesson_of(course.scenario, index) for index, lesson in enumerate(course.lessons)}
    return {name: size_of(game) for name, game in games.items()} | {"the game": size_of(course.scenario)}


__all__ = ["Course", "state_sizes"]
