"""The tables and the picture of a benchmark, from its cells alone: the same cells give the same page to the letter. NumPy only."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, TypeAlias
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from ..charts import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, RED, TEAL, Axis, intervals
from ..evaluation.stats import CONFIDENCE, RESAMPLES, rounded, spread
from ..records import write_text
from .cells import Cell, read_cells
from .methods import methods
from .tasks import BenchmarkError, Task, tasks

Array = NDArray[Any]
Numbers: TypeAlias = dict[str, float]
ORDER = [method.name for method in methods()]
_COLORS = (GREY, BLACK, ORANGE, PURPLE, TEAL, BLUE, RED, GREEN)


# --- numbers ----------------------------------------------------------------------------------------------------------------------------------


def normalised(worth: Array, random: float, best: float) -> Array:
    """100 for the best known, 0 for random actions; below 0 is worse than these."""
    return np.asarray(100.0 * (np.asarray(worth, np.float64) - random) / (best - random))


def interquartile_mean(values: Array) -> Array:
    """The mean of the middle half along the last axis, a quarter (rounded down) cut off at each end.

    Source: Agarwal et al. 2021, Deep reinforcement learning at the edge of the statistical precipice.
    """
    cut = values.shape[-1] // 4
    return np.asarray(np.sort(values, -1)[..., cut : values.shape[-1] - cut].mean(-1))


def resampled(values: Array, name: str, times: int = RESAMPLES) -> Array:
    """Means of runs [times, S] in bootstrap resamples of values [S, N]: runs are drawn anew, and so are episodes, the same ones for all runs.

    Resamples of the same name draw the same episodes, whoever played them: differences are paired.
    """
    rng, (runs, count) = np.random.default_rng(crc32(name.encode())), values.shape
    weights = rng.multinomial(count, np.full(count, 1.0 / count), times).astype(np.float64)
    means = weights @ np.asarray(values, np.float64).T / count
    return np.take_along_axis(means, rng.integers(0, runs, (times, runs)), 1)


def interval(mean: float, drawn: Array) -> Numbers:
    """A number with its percentile interval."""
    tail = 50 * (1 - CONFIDENCE)
    return spread(mean, *np.percentile(drawn, [tail, 100 - tail]))


@dataclass(frozen=True)
class Results:
    """Cells, put in order.

    Attributes:
        worth: By task and method, [S, N]: each run's worth of each episode.
        cells: By task and method, the runs.
    """

    worth: dict[tuple[str, str], Array]
    cells: dict[tuple[str, str], list[Cell]]

    @property
    def tasks(self) -> list[str]:
        """All tasks that there are cells of."""
        return sorted({task for task, _ in self.worth})

    @property
    def methods(self) -> list[str]:
        """All methods that there are cells of: the usual ones first, in their order."""
        return sorted({method for _, method in self.worth}, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))

    def ends(self, task: str) -> tuple[float, float, str] | None:
        """Worth of random actions, worth of the best known and which method that is; None without both."""
        means = {method: float(self.worth[task, method].mean()) for method in self.methods if (task, method) in self.worth}
        if "random" not in means or max(means.values()) <= means["random"]:
            return None
        best = max(means, key=lambda method: means[method])
        return means["random"], means[best], best

    def runs(self, task: str, method: str) -> tuple[Array, Array] | None:
        """Normalised mean of each run [S], and in resamples [times, S]."""
        ends, worth = self.ends(task), self.worth.get((task, method))
        if ends is None or worth is None:
            return None
        values = normalised(worth, ends[0], ends[1])
        return values.mean(1), resampled(values, task)

    def value(self, task: str, method: str) -> Numbers | None:
        """Normalised, with its interval."""
        found = self.runs(task, method)
        return None if found is None else interval(float(found[0].mean()), found[1].mean(1))

    def above_script(self, task: str, method: str) -> Numbers | None:
        """By how much its worth is above the script's, in the episodes that both have played."""
        if (task, method) not in self.worth or (task, "scripted") not in self.worth:
            return None
        mine, script = self.worth[task, method], self.worth[task, "scripted"][0]
        count = min(mine.shape[1], len(script))
        lead = mine[:, :count] - script[:count]
        return interval(float(lead.mean()), resampled(lead, task).mean(1))

    def aggregates(self, method: str) -> dict[str, Numbers] | None:
        """Mean and interquartile mean over all tasks; None where one is missing. Intervals are of stratified resamples: in each task for itself."""
        found = [runs for task in self.tasks if (runs := self.runs(task, method)) is not None]
        if not found or len(found) < len(self.tasks):
            return None
        values, drawn = np.concatenate([one[0] for one in found]), np.concatenate([one[1] for one in found], 1)
        return {
            "mean": interval(float(np.mean([one[0].mean() for one in found])), np.mean([one[1].mean(1) for one in found], 0)),
            "iqm": interval(float(interquartile_mean(values)), interquartile_mean(drawn)),
        }

    def against_random(self, task: str, method: str) -> float | None:
        """Worth against random others: 0 for random actions, 100 for what the script does there."""
        known = {name: self._unseen(task, name) for name in ("random", "scripted", method)}
        low, par, mine = known["random"], known["scripted"], known[method]
        if low is None or par is None or mine is None or par == low:
            return None
        return float(normalised(np.array(mine), low, par))

    def _unseen(self, task: str, method: str) -> float | None:
        found = [np.mean(cell["unseen"]["worth"]) for cell in self.cells.get((task, method), []) if "unseen" in cell]
        return float(np.mean(found)) if found else None

    def complaints(self) -> Iterator[str]:
        """What is not comparable in these cells."""
        for task in self.tasks:
            games = {cell["scenario_hash"] for (name, _), cells in self.cells.items() if name == task for cell in cells}
            if len(games) > 1:
                yield f"{task} was measured in {len(games)} states of the game"
        for method in self.methods:
            budgets = {
                cell["how"].get("steps", cell["how"].get("decisions", 0))
                for (_, name), cells in self.cells.items()
                if name == method
                for cell in cells
            }
            if len(budgets) > 1:
                yield f"{method} was measured with budgets of {', '.join(f'{budget:,}' for budget in sorted(budgets))}"


def gathered(cells: Sequence[Cell]) -> Results:
    """Put cells in order.

    Raises:
        BenchmarkError: Runs of one method were judged on different episodes.
    """
    found: dict[tuple[str, str], list[Cell]] = {}
    for cell in sorted(cells, key=lambda one: (one["task"], one["method"], one["seed"])):
        found.setdefault((cell["task"], cell["method"]), []).append(cell)
    for (task, method), runs in found.items():
        counts = {len(cell["worth"]) for cell in runs}
        if len(counts) > 1:
            raise BenchmarkError(f"{task}, {method}: expected as many episodes in each run, got {', '.join(map(str, sorted(counts)))}")
    return Results({place: np.array([cell["worth"] for cell in runs], np.float64) for place, runs in found.items()}, found)


# --- tables -----------------------------------------------------------------------------------------------------------------------------------


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _number(value: float) -> str:
    return f"{rounded(value):.0f}".replace("-0", "0") if abs(value) < 0.5 else f"{rounded(value):.0f}"


def _whole(found: Numbers | None) -> str:
    if found is None:
        return "-"
    low, mean, high = (_number(found[key]) for key in ("low", "mean", "high"))
    return mean if low == high else f"{mean} ({low} to {high})"


def _plain(value: float) -> str:
    return f"{rounded(value):.3g}"


def task_table(wanted: Sequence[Task]) -> str:
    """Who is measured against whom."""
    rows = []
    for task in wanted:
        who = " and ".join(task.teams) + f" ({task.agents})"
        against = ", ".join(task.others) or "nobody"
        splits = "train / test" if task.learnt.split and task.learnt.train else "test" if task.judged.test else ""
        rows.append([task.name, who, against, task.measure, splits, str(task.decisions or "-")])
    return _table(["task", "measured (agents)", "scripted others", "an episode is worth its", "splits", "decisions at most"], rows)


def aggregate_table(results: Results) -> str:
    """A row for each method, over all tasks."""
    rows = []
    for method in results.methods:
        there = [task for task in results.tasks if (task, method) in results.worth]
        over = results.aggregates(method)
        leads = [lead for task in there if (lead := results.above_script(task, method)) is not None]
        reached, clearly = sum(lead["mean"] >= 0 for lead in leads), sum(lead["low"] > 0 for lead in leads)
        best = sum((ends := results.ends(task)) is not None and ends[2] == method for task in there)
        rows.append([method, f"{len(there)} of {len(results.tasks)}", _whole(over["iqm"] if over else None), _whole(over["mean"] if over else None),
                     "-" if method == "scripted" else str(reached), "-" if method == "scripted" else str(clearly), str(best)])  # fmt: skip
    return _table(["method", "tasks", "IQM", "mean", "reaches the script", "clearly above it", "best known"], rows)


def value_table(results: Results) -> str:
    """Normalised worth by task and method."""
    rows = [[task, *(_whole(results.value(task, method)) for method in results.methods)] for task in results.tasks]
    return _table(["task", *results.methods], rows)


def worth_table(results: Results) -> str:
    """What the numbers are in each game's own units."""
    rows = []
    for task in results.tasks:
        means = [
            _plain(float(results.worth[task, method].mean())) if (task, method) in results.worth else "-" for method in results.methods
        ]
        rows.append([task, *means])
    return _table(["task", *results.methods], rows)


def unseen_table(results: Results) -> str:
    """Normalised worth against random others, in the tasks that have others."""
    shown = [
        method
        for method in results.methods
        if method != "random" and any("unseen" in c for (_, m), cs in results.cells.items() if m == method for c in cs)
    ]
    there = [task for task in results.tasks if any(results.against_random(task, method) is not None for method in shown)]
    rows = []
    for task in there:
        values = [results.against_random(task, method) for method in shown]
        rows.append([task, *("-" if value is None else _number(value) for value in values)])
    return _table(["task", *shown], rows)


def cost_table(results: Results) -> str:
    """What each method took: the median over tasks and runs, and the whole."""
    rows = []
    for method in results.methods:
        cells = [cell for (_, name), runs in results.cells.items() if name == method for cell in runs]
        learnt = [cell["learnt"] for cell in cells if "learnt" in cell]
        acts = sum(one["act"].get("chosen") == "mode" for one in learnt)
        rows.append([
            method, str(len(cells)), str(len(cells[0]["worth"])) if len({len(cell["worth"]) for cell in cells}) == 1 else
            " to ".join(str(f({len(cell["worth"]) for cell in cells})) for f in (min, max)),
            f"{median(one['agent_decisions'] for one in learnt):,.0f}" if learnt else "-", f"{median(one['seconds'] for one in learnt):,.0f} s" if learnt else "-",
            f"{median(one['decisions_per_second'] for one in learnt):,.0f}" if learnt else "-", f"{acts} of {len(learnt)}" if learnt else "-",
            f"{(sum(one['seconds'] for one in learnt) + sum(cell['evaluated']['seconds'] for cell in cells)) / 3600:.1f} h",
        ])  # fmt: skip
    return _table(
        ["method", "cells", "episodes", "decisions learnt from", "learning", "decisions/s", "plays by mode", "all of it, judging included"],
        rows,
    )


def tables(results: Results) -> str:
    """All tables, with what has to be known to read them."""
    machines = sorted({cell["machine"] for cells in results.cells.values() for cell in cells})
    parts = [
        aggregate_table(results), "Normalised: 0 is random play, 100 the best known; with 95 % intervals.", value_table(results),
        "The same as the games count (mean worth of an episode).", worth_table(results),
        "Against random others, whom nobody has learnt against: 0 is random play, 100 what the script does against them.", unseen_table(results),
        "What it took. Learning: medians over cells.", cost_table(results),
    ]  # fmt: skip
    parts += [f"**Not comparable:** {complaint}." for complaint in results.complaints()]
    parts.append("Measured on: " + "; ".join(machines) + ".")
    return "\n\n".join(parts)


# --- the picture ------------------------------------------------------------------------------------------------------------------------------

_AXIS = Axis(-25.0, 112.0, {0: "0 random", 25: "25", 50: "50", 75: "75", 100: "100 best known"}, (0, 100))
_ALL = "all tasks (IQM)"


def picture(results: Results) -> str:
    """An SVG: a row for each task and one for the interquartile mean, a mark with its interval for each method."""
    over = {method: both["iqm"] for method in results.methods if (both := results.aggregates(method)) is not None}
    rows = {_ALL: over} if over else {}
    rows |= {
        task: {method: found for method in results.methods if (found := results.value(task, method)) is not None} for task in results.tasks
    }
    colors = {method: _color(method, k) for k, method in enumerate(results.methods)}
    return intervals("Normalised worth, with 95 % intervals", rows, colors, _AXIS, bold=_ALL)


def _color(method: str, k: int) -> str:
    """The usual methods have each their own color, others whatever is next."""
    return _COLORS[(ORDER.index(method) if method in ORDER else len(ORDER) + k) % len(_COLORS)]


# --- the page ---------------------------------------------------------------------------------------------------------------------------------

BARE = "# Benchmark\n\n<!-- tasks -->\n<!-- end of tasks -->\n\n<!-- results -->\n<!-- end of results -->\n"
"""The page where there is none yet."""


def filled(text: str, parts: Mapping[str, str]) -> str:
    """A page with each part between its two comments, `<!-- name -->` and `<!-- end of name -->`; all else stays.

    Raises:
        BenchmarkError: The page has no such comments.
    """
    for name, part in parts.items():
        first, last = f"<!-- {name} -->", f"<!-- end of {name} -->"
        found = re.search(f"{re.escape(first)}\n.*?{re.escape(last)}", text, re.S)
        if found is None:
            raise BenchmarkError(f"the page: expected a line {first!r} and one {last!r} after it, between which to put the {name}")
        text = f"{text[: found.start()]}{first}\n\n{part}\n\n{last}{text[found.end() :]}"
    return text


def page(text: str, cells: Sequence[Cell]) -> str:
    """The page, made anew from cells."""
    return filled(text, {"tasks": task_table(tasks()), "results": tables(gathered(cells))})


def write_page(folder: Path) -> list[Path]:
    """Make the page and the picture beside a folder of cells: `FOLDER.md`, `FOLDER.svg`.

    Raises:
        BenchmarkError: There are no cells, or the page has no place for them.
    """
    cells, document, drawing = read_cells(folder), folder.with_suffix(".md"), folder.with_suffix(".svg")
    if not cells:
        raise BenchmarkError(f"{folder / 'cells'}: no cells yet")
    write_text(document, page(document.read_text("utf-8") if document.exists() else BARE, cells))
    write_text(drawing, picture(gathered(cells)))
    return [document, drawing]


__all__ = [
    "Results",
    "filled",
    "gathered",
    "interquartile_mean",
    "interval",
    "normalised",
    "page",
    "picture",
    "resampled",
    "tables",
    "write_page",
]
