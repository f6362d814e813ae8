"""How a run of learning goes, in words, for whoever waits."""

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .train import Trainer


class Progress:
    """Knows when a run of learning began, and with that how long it will take.

    Args:
        trainer: Who learns.
    """

    def __init__(self, trainer: "Trainer") -> None:
        self._trainer, self._begun, self._first = trainer, time.monotonic(), trainer.step

    def words(self, line: Mapping[str, float]) -> str:
        """How fast it goes, how long it still takes, and what has been reached, of a line of measurements."""
        return f"{line['steps_per_second']:,.0f} steps/s, {self._left()}. {self._reached(line)}"

    def now_and_then(self, tell: Callable[[str], None], seconds: float = 10.0) -> Callable[[Mapping[str, float]], None]:
        """Tells it with the share that is done every so many seconds, and at the end."""
        last = [0.0]

        def progress(line: Mapping[str, float]) -> None:
            now, step, steps = time.monotonic(), self._trainer.step, self._trainer.plan.steps
            if now - last[0] > seconds or step >= steps:
                last[0] = now
                tell(f"{step / steps:4.0%} {self.words(line)}")

        return progress

    def _left(self) -> str:
        spent, step = time.monotonic() - self._begun, self._trainer.step
        seconds = spent * max(0, self._trainer.plan.steps - step) / max(1, step - self._first)
        return f"{seconds / 60:.0f} min left" if seconds >= 90 else f"{seconds:.0f} s left"

    def _reached(self, line: Mapping[str, float]) -> str:
        found = []
        for team in self._trainer.plan.teams:
            parts = [
                f"{kind.replace('_', ' ')} {line[f'{kind}/{team}']:.3g}"
                for kind in ("return", "score", "win_rate")
                if f"{kind}/{team}" in line
            ]
            if parts:
                found.append(f"{team}: {', '.join(parts)}")
        lesson = self._trainer.course.lesson
        return (f'lesson "{lesson.name}": ' if lesson is not None else "") + ("; ".join(found) or "no episode has ended yet")


__all__ = ["Progress"]
