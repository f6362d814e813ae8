"""A benchmark over the library: each method in each task, kept as small files that can be added to.

docs/benchmark.md says the protocol in words and shows the results, in tables that are made from the cells alone. NumPy only, but for the methods that learn.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ... import __version__
from ...envs.policy import Spec
from ...scenarios.describe.canonical import scenario_hash
from ..evaluation.stats import rounded
from ..play.episodes import acting, play, tried_acts
from ..play.seeds import BENCHMARK, CHOICE
from ..policies.policy_file import save_policy
from ..policies.trained import TrainedPolicy
from ..records import machine, read_result, write_text
from .methods import SOME, Method, Players, Tell
from .tasks import BenchmarkError, Task

Array = NDArray[Any]
Cell: TypeAlias = dict[str, Any]
FORMAT = "sandlot-benchmark/1"
FIRST, CHOICE_FIRST = BENCHMARK.start, CHOICE.start
"""The first seed that methods are judged on, and the first that says whether what was learnt plays by mode or by sample; a quarter as many as judge."""


# --- cells ------------------------------------------------------------------------------------------------------------------------------------


def protocol(task: Task, method: Method, seed: int) -> str:
    """A hash of all that a cell's numbers depend on, but for sandlot itself."""
    told = {
        "format": FORMAT, "game": [scenario_hash(task.learnt), scenario_hash(task.judged)], "teams": task.teams, "others": task.others, "alike": task.alike,
        "method": method.name, "how": method.how(task), "files": method.files(task, seed), "seed": seed,
        "episodes": [FIRST, method.episodes(task), CHOICE_FIRST, _choice_episodes(task, method), method.unseen(task)],
    }  # fmt: skip
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def measure(task: Task, method: Method, seed: int = 0, *, keep: Path | None = None, tell: Tell | None = None) -> Cell:
    """Get a method's policies for a task, and judge them.

    Args:
        task: Who is measured, against whom.
        method: How to get the policies.
        seed: Of learning.
        keep: Folder for policies that were learnt.
        tell: Told how it goes.

    Returns:
        A cell: what `write_cell` keeps. `worth` is by episode.
    """
    hashed = protocol(task, method, seed)
    players = method.make(task, seed, tell or (lambda _words: None))
    policies, choice = _with_act(task, players, _choice_episodes(task, method))
    if keep is not None:
        for team, policy in policies.items():
            if isinstance(policy, TrainedPolicy):
                save_policy(keep / f"{task.name}-{method.name}-{seed}-{team}.safetensors", policy.card, policy.tensors)
    seeds, begun = list(range(FIRST, FIRST + method.episodes(task))), time.perf_counter()
    judged = play(task.judged, task.others | dict(policies), seeds)
    spent = time.perf_counter() - begun
    cell = {
        "format": FORMAT, "protocol": hashed, "task": task.name, "game": task.game, "version": task.judged.version,
        "scenario_hash": scenario_hash(task.judged), "split": task.judged.split, "teams": list(task.teams), "others": task.others, "alike": task.alike,
        "method": method.name, "how": method.how(task), "files": method.files(task, seed), "seed": seed,
        "seeds": {"first": FIRST, "count": len(seeds)}, "worth": _short(task.worth(judged)), "length": rounded(float(judged.length.mean())),
        "ends": {end: judged.end.count(end) for end in sorted(set(judged.end))},
        "evaluated": {"seconds": rounded(spent), "decisions_per_second": rounded(float(judged.length.sum()) * task.agents / spent)},
    }  # fmt: skip
    if task.others and method.unseen(task):
        met = play(task.judged, dict.fromkeys(task.others, "random") | dict(policies), seeds[: method.unseen(task)])
        cell["unseen"] = {"others": "random", "count": method.unseen(task), "worth": _short(task.worth(met))}
    if players.decisions:
        sizes = [array.size for policy in policies.values() if isinstance(policy, TrainedPolicy) for array in policy.tensors.values()]
        cell["learnt"] = {
            "agent_decisions": players.decisions,
            "seconds": rounded(players.seconds),
            "decisions_per_second": rounded(players.decisions / players.seconds),
            "act": choice,
            "numbers": sum(sizes),
        }
    return cell | {"sandlot": __version__, "machine": machine()}


def _choice_episodes(task: Task, method: Method) -> int:
    return method.episodes(task) // SOME


def _with_act(task: Task, players: Players, count: int) -> tuple[Mapping[str, Spec], dict[str, Any]]:
    """Policies that were learnt, playing by mode or by sample, whichever is better on seeds that nobody is judged on."""
    if not players.decisions or not any(isinstance(policy, TrainedPolicy) for policy in players.policies.values()):
        return players.policies, {}
    cast, seeds = task.others | dict(players.policies), range(CHOICE_FIRST, CHOICE_FIRST + count)
    found = tried_acts(task.learnt, cast, seeds, lambda episodes: rounded(float(task.worth(episodes).mean())))
    best = next(iter(found))
    return acting(players.policies, best), {"chosen": best, **found}


def _short(values: Array) -> list[float]:
    """Five digits, and whole numbers as such: cells stay small."""
    numbers = [float(f"{value:.5g}") for value in values]
    return [int(number) if number.is_integer() else number for number in numbers]


def cell_path(folder: Path, task: str, method: str, seed: int) -> Path:
    """Where a cell is kept."""
    return folder / "cells" / f"{task}-{method}-{seed}.json"


def write_cell(folder: Path, cell: Cell) -> Path:
    """Write a cell whole or not at all, a line for each of its entries."""
    path = cell_path(folder, cell["task"], cell["method"], cell["seed"])
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in cell.items()]
    write_text(path, "{\n" + ",\n".join(lines) + "\n}\n")
    return path


def read_cell(path: Path) -> Cell:
    """Read a cell.

    Raises:
        BenchmarkError: It is something else.
    """
    return read_result(path, FORMAT, BenchmarkError)


def read_cells(folder: Path) -> list[Cell]:
    """All cells of a folder."""
    return [read_cell(path) for path in sorted((folder / "cells").glob("*.json"))]


# --- running ----------------------------------------------------------------------------------------------------------------------------------


@dataclass
class Report:
    """What a run came to.

    Attributes:
        measured: Files that were written.
        known: How many cells were there already.
        left_out: Why cells were not measured.
    """

    measured: list[Path] = field(default_factory=list[Path])
    known: int = 0
    left_out: list[str] = field(default_factory=list[str])


def plan(wanted: Sequence[Task], using: Sequence[Method]) -> Iterator[tuple[Task, Method, int]]:
    """What to measure, one after the other: the first run of everything before the second of anything."""
    for seed in range(max((method.runs for method in using), default=0)):
        for method in using:
            if seed < method.runs:
                yield from ((task, method, seed) for task in wanted)


def run_benchmark(
    folder: Path, wanted: Sequence[Task], using: Sequence[Method], *, keep: Path | None = None, tell: Tell | None = None,
    stop: Callable[[], bool] | None = None,
) -> Report:  # fmt: skip
    """Measure every method in every task, but what the folder has already, measured alike.

    Args:
        folder: Where `cells` are kept.
        wanted: Tasks.
        using: Methods.
        keep: Folder for policies that were learnt.
        tell: Told how it goes.
        stop: Asked before each cell.
    """
    report, say = Report(), tell or (lambda _words: None)
    if keep is not None:  # rather now than after hours of learning
        keep.mkdir(parents=True, exist_ok=True)
    for task, method, seed in plan(wanted, using):
        title = f"{task.name}, {method.name}, seed {seed}"
        if stop is not None and stop():
            break
        reason = method.obstacle(task)
        if reason:
            report.left_out.append(f"{title}: {reason}")
            continue
        try:
            if _is_known(cell_path(folder, task.name, method.name, seed), task, method, seed):
                report.known += 1
                continue
            begun = time.perf_counter()
            cell = measure(task, method, seed, keep=keep, tell=partial(_said, say, title))
        except (OSError, ValueError) as error:
            report.left_out.append(f"{title}: {error}")
            say(f"{title}: {error}")
            continue
        report.measured.append(write_cell(folder, cell))
        say(f"{title}: {np.mean(cell['worth']):.4g} in {time.perf_counter() - begun:.0f} s")
    return report


def _said(say: Tell, title: str, words: str) -> None:
    say(f"{title}: {words}")


def _is_known(path: Path, task: Task, method: Method, seed: int) -> bool:
    return path.is_file() and read_cell(path)["protocol"] == protocol(task, method, seed)


__all__ = ["Cell", "Report", "cell_path", "measure", "protocol", "read_cell", "read_cells", "run_benchmark", "write_cell"]
