"""`sandlot doctor` and `sandlot warmup`: what is here, and what is compiled."""

import platform
import sys
import time
from importlib.metadata import PackageNotFoundError, requires, version
from typing import TYPE_CHECKING

import typer

from .options import FAILED, fail

if TYPE_CHECKING:
    from rich.console import Console

BASE = (
    "numpy",
    "llvmlite",
    "gymnasium",
    "pettingzoo",
    "pydantic",
    "typer",
    "rich",
    "pygame-ce",
    "pillow",
    "safetensors",
)


def play_a_little() -> float:
    """Run every kernel once, compiling what is not compiled; returns the seconds it took."""
    from ...envs import VectorEnv
    from ...scenarios import load

    start = time.perf_counter()
    env = VectorEnv(load("tag"), 1)
    env.reset(seed=0)
    env.step(env.scripted_actions())
    return time.perf_counter() - start


def warmup() -> None:
    """Compile all kernels, and say how long it took."""
    from ...envs.jit.cache import cache_folder, writing_problem
    from ...envs.kernels import step

    was_ready = step.work.is_compiled()
    seconds = play_a_little()
    problem = writing_problem(cache_folder())
    if was_ready:
        typer.echo(f"the kernels were compiled already (loaded in {seconds:.1f} s from {cache_folder()})")
    elif problem:
        fail(f"compiled the kernels in {seconds:.0f} s, for nothing: they can't be kept: {problem}", FAILED)
    else:
        typer.echo(f"compiled the kernels in {seconds:.0f} s; kept in {cache_folder()}")


def doctor(console: "Console") -> None:
    """Print versions, display, cache and extras."""
    from rich.table import Table

    from ... import __version__
    from ...envs.jit.cache import cache_folder, writing_problem
    from ...envs.kernels import step
    from ...envs.view.window import display_problem
    from ...scenarios import names

    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_row("sandlot", __version__)
    table.add_row("python", f"{platform.python_version()} ({sys.executable})")
    table.add_row("system", f"{platform.system()} {platform.machine()}")
    for package in BASE:
        table.add_row(package, _version(package) or "missing: pip install --force-reinstall sandlot")
    hidden, unkept = display_problem(), writing_problem(cache_folder())
    table.add_row("display", f"{hidden}: watch writes films instead" if hidden else "yes: watch opens a window")
    table.add_row("cache", f"{cache_folder()}" + (f" (nothing can be kept there: {unkept})" if unkept else ""))
    table.add_row("kernels", "compiled" if step.work.is_compiled() else "not compiled yet: sandlot warmup")
    table.add_row("games", ", ".join(names()))
    for extra, packages in extras().items():
        missing = [package for package in packages if _version(package) is None]
        there = ", ".join(f"{package} {_version(package)}" for package in packages if package not in missing)
        table.add_row(
            f"extra {extra}",
            there if not missing else f'missing {", ".join(missing)}: pip install "sandlot\\[{extra}]"',
        )
    console.print(table)


def extras() -> dict[str, list[str]]:
    """The packages of each optional extra, as this installation declares them."""
    found: dict[str, list[str]] = {}
    try:
        declared = requires("sandlot") or []
    except PackageNotFoundError:  # run from a checkout that is not installed
        return found
    for requirement in declared:
        package, _, marker = requirement.partition(";")
        _, _, extra = marker.partition("extra ==")
        name = package.strip()
        for separator in "[<>=!~ ":
            name = name.partition(separator)[0]
        if extra and name != "sandlot":
            found.setdefault(extra.strip().strip("'\""), []).append(name)
    return found


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
