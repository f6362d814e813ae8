"""`sandlot benchmark`: tasks and methods in, cells and a page out."""

from pathlib import Path
from typing import Annotated

import typer

from .options import FAILED, Interrupt, fail

HELP = {
    "methods": "Who is measured: random, scripted, planner, guided, bc, ippo, mappo, best (all by default), or NAME=SPEC for a policy of your own, "
    "with {game}, {task}, {team} and {seed} filled in. May be repeated.",
    "seeds": "How often what learns is measured, each time learning anew.",
    "steps": "Agent decisions that ippo and mappo learn from.",
    "out": "Folder of the cells; the page and the picture go beside it, as FOLDER.md and FOLDER.svg.",
    "keep": "Also keep policies that were learnt, in this folder.",
    "page": "Measure nothing: only make the page anew from the cells that are there.",
}


def benchmark(
    names: Annotated[list[str] | None, typer.Argument(help="Tasks, or games; all of the library by default.", metavar="[TASK]...")] = None,
    using: Annotated[list[str] | None, typer.Option("--methods", help=HELP["methods"], metavar="METHOD|NAME=SPEC")] = None,
    seeds: Annotated[int, typer.Option(help=HELP["seeds"], min=1, max=100)] = 3,
    steps: Annotated[int, typer.Option(help=HELP["steps"], min=1)] = 2_000_000,
    out: Annotated[Path, typer.Option(help=HELP["out"], metavar="FOLDER")] = Path("benchmark"),
    keep: Annotated[Path | None, typer.Option(help=HELP["keep"], metavar="FOLDER")] = None,
    page_only: Annotated[bool, typer.Option("--page", help=HELP["page"])] = False,
) -> None:
    """Measure methods in all tasks of the library by docs/benchmark.md's protocol; cells that are there already stay. Ctrl-C stops after a cell."""
    from ...scenarios.text.problems import counted
    from ..benchmark.cells import run_benchmark
    from ..benchmark.methods import find_methods
    from ..benchmark.page import write_page
    from ..benchmark.tasks import BenchmarkError, find_tasks

    left_out: list[str] = []
    try:
        if not page_only:
            wanted, methods = find_tasks(names or []), find_methods(_listed(using), steps, seeds)
            _try_folders(out, keep)
            with Interrupt() as interrupt:
                report = run_benchmark(out, wanted, methods, keep=keep, tell=typer.echo, stop=lambda: interrupt.asked)
            left_out = report.left_out
            typer.echo(
                f"{counted(len(report.measured), 'cell')} measured, {report.known} were there{', stopped' if interrupt.asked else ''}"
            )
        for path in write_page(out):
            typer.echo(f"{path}: written")
    except (BenchmarkError, ImportError, OSError) as error:
        fail(str(error))
    if left_out:
        fail("left out:\n" + "\n".join(f"  {line}" for line in left_out), FAILED)


def _try_folders(out: Path, keep: Path | None) -> None:
    """Find out before hours of play whether what comes of them can be written."""
    from ...envs.files import check_writable
    from ..records import make_folder

    for folder in (out / "cells", *([keep] if keep is not None else [])):
        make_folder(folder)
        check_writable(folder / "cell")
    for suffix in (".md", ".svg"):
        check_writable(out.with_suffix(suffix))


def _listed(given: list[str] | None) -> list[str]:
    """Methods, of which several may stand in one word with commas between; a spec of one's own may have commas itself."""
    return [name for text in given or [] for name in ([text] if "=" in text else text.split(",")) if name]


__all__ = ["benchmark"]
