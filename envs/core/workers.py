"""Runs the kernel over all blocks of worlds: on several threads, and so few blocks at a time that Ctrl-C is soon heard."""

import os
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

from ..jit.cache import cache_folder, tell_unkept, writing_problem
from ..kernels import step
from ..kernels.action_masks import look

_STEPS_AT_ONCE = 4_000_000
"""How many simple steps the kernel does before it comes back and Ctrl-C is heard: a tenth of a second's worth."""

_announced = False


def announce() -> None:
    """Say once, on standard error, that compiling takes a while, if it is about to."""
    global _announced
    if not _announced and not step.work.is_compiled():
        problem = writing_problem(cache_folder())
        when = "some seconds" if problem else "first run on this machine only, some seconds"
        print(f"sandlot: compiling the kernels ({when}) ...", file=sys.stderr, flush=True)
        tell_unkept(problem)
    _announced = True


class Alone:
    """Keeps other threads out while one works: kernels that write to the same arrays at the same time would leave them.

    Raises:
        RuntimeError: On entering, if another thread is at work.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()

    def __enter__(self) -> None:
        if not self._lock.acquire(blocking=False):
            raise RuntimeError(
                "another thread's call of this environment is under way: give each thread one of its own, or let them wait for each other"
            )

    def __exit__(self, *_: object) -> None:
        self._lock.release()


class Workers:
    """The threads of a batch, each with its own scratch; arrays as the kernel takes them.

    Args:
        world: The game's tables.
        state: All worlds.
        scratch: One for each thread.
        worlds: How many.
        blocks: Of how many blocks.
        steps: How many simple steps a decision of one block takes, about.
    """

    def __init__(self, world: Any, state: Any, scratch: Sequence[Any], worlds: int, blocks: int, steps: int) -> None:
        self.world, self._state, self._scratch, self._worlds, self._blocks = world, state, scratch, worlds, blocks
        self._few = max(1, _STEPS_AT_ONCE // steps)
        self._whole = len(scratch) == 1 and blocks <= self._few
        self._pool: ThreadPoolExecutor | None = None
        self._pool_process = 0
        self.torn = False
        """Whether the last task was interrupted, so that some worlds have done it and some have not."""

    def run(self, task: int, results: Any, mode: int) -> None:
        """Do a task in all worlds; see `step.work`."""
        if self._whole:
            step.work(task, self.world, self._state, self._scratch[0], results, self._worlds, mode, 0, self._blocks)
        else:
            self._share(task, results, mode)

    def _share(self, task: int, results: Any, mode: int) -> None:
        """A range of blocks on each thread."""
        threads = len(self._scratch)
        edges = [self._blocks * k // threads for k in range(threads + 1)]
        stop: list[bool] = []

        def run(k: int) -> None:
            for first in range(edges[k], edges[k + 1], self._few):
                if stop:
                    return
                last = min(first + self._few, edges[k + 1])
                step.work(task, self.world, self._state, self._scratch[k], results, self._worlds, mode, first, last)

        self.torn = False
        jobs = [self._threads().submit(run, k) for k in range(1, threads)]
        try:
            run(0)
            for job in jobs:
                job.result()
        except BaseException:
            stop.append(True)
            wait(jobs)
            self.torn = True
            raise

    def _threads(self) -> ThreadPoolExecutor:
        """The threads beside the caller's, started when they are first needed in this process: a forked one has none of its parent's."""
        if self._pool is None or self._pool_process != os.getpid():
            self._pool, self._pool_process = ThreadPoolExecutor(len(self._scratch) - 1, thread_name_prefix="sandlot"), os.getpid()
        return self._pool

    def look(self, able: Any) -> None:
        """Write what every agent can do now; see `able.look`."""
        look(self.world, self._state, self._scratch[0], able, self._worlds, self._blocks)

    def close(self) -> None:
        """End the threads; a later task starts them again."""
        if self._pool is not None and self._pool_process == os.getpid():
            self._pool.shutdown(wait=False)
        self._pool = None


__all__ = ["Alone", "Workers"]
