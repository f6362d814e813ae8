"""What commands have in common: options, how they are read, what is said when something is wrong, how one is stopped."""

import contextlib
import json
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from ..play.seeds import NAMED
from ..records import pasted, write_text

if TYPE_CHECKING:
    from rich.console import Console

    from ...scenarios import Scenario

FAILED, BAD_INPUT = 1, 2
"""Exit codes: the thing asked for failed; what was asked for makes no sense."""

Game = Annotated[str, typer.Argument(help="A game of the library, or a scenario file.", metavar="NAME|FILE")]
Params = Annotated[list[str] | None, typer.Option("--set", help="Set a param of the game.", metavar="PARAM=VALUE")]
Ranges = Annotated[
    list[str] | None,
    typer.Option(
        "--vary",
        help="Let a param vary by episode: evenly in a range, or one of some numbers.",
        metavar="PARAM=LOW:HIGH|A,B,...",
    ),
]
Policies = Annotated[
    list[str] | None,
    typer.Option(
        "--policy",
        help="Who plays a team: scripted (default), random, planner, best, or a policy file.",
        metavar="TEAM=SPEC",
    ),
]
Split = Annotated[
    str | None,
    typer.Option("--split", help="Values of the params for learning or for judging: train or test.", metavar="train|test"),
]
LessonName = Annotated[str | None, typer.Option("--lesson", help="One of the game's lessons.", metavar="NAME|INDEX")]
Seed = Annotated[int, typer.Option(help="Seed of the first episode; the next ones count up.", min=0, max=NAMED - 1)]


def fail(message: str, code: int = BAD_INPUT) -> NoReturn:
    """Say in one line what is wrong, and stop."""
    typer.echo(f"sandlot: {message}", err=True)
    raise typer.Exit(code)


def console() -> "Console":
    """Where tables go; as wide as the terminal, or wide enough for a pipe."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=not sys.stdout.isatty(), width=None if sys.stdout.isatty() else 160)


def print_rows(screen: "Console", head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table, if there is anything in it; words mean no markup."""
    if not rows:
        return
    from rich.table import Table

    table = Table(*head, box=None, pad_edge=False, header_style="dim")
    for row in rows:
        table.add_row(*map(plain, row))
    screen.print(table)
    screen.print()


def plain(text: str) -> str:
    """Text that means no markup."""
    return text.replace("[", r"\[")


def save_text(path: Path, text: str) -> None:
    """Write a file whole or not at all; say why it can't be, and stop."""
    try:
        write_text(path, text)
    except OSError as error:
        fail(str(error) if error.strerror is None else f"{path}: can't write: {error.strerror.lower()}", FAILED)


def load_game(
    source: str, settings: list[str] | None = None, ranges: list[str] | None = None, split: str | None = None, lesson: str | None = None
) -> "Scenario":
    """Load a game, or print every problem of it and stop."""
    from ...scenarios import ScenarioError, load

    which = int(lesson) if lesson is not None and lesson.isdecimal() else lesson
    if split not in (None, "none", "train", "test"):
        fail(f"--split: expected train, test or none, got {split!r}")
    try:
        return load(source, vary=parse_ranges(ranges), split=None if split == "none" else split, lesson=which, **parse_settings(settings))
    except ScenarioError as error:
        for line in str(error).splitlines():
            typer.echo(line, err=True)
        raise typer.Exit(BAD_INPUT) from None


def parse_settings(settings: list[str] | None) -> dict[str, Any]:
    """Read `param=value` pairs; a value is a number, true or false."""
    found: dict[str, Any] = {}
    for setting in settings or []:
        name, equals, value = setting.partition("=")
        if not name or not equals:
            fail(f"--set: expected PARAM=VALUE, got {setting!r}")
        if name in found:
            fail(f"--set: {name!r} is set twice")
        try:
            found[name] = json.loads(value)
        except ValueError:
            fail(f"--set {name}: expected a number, true or false, got {value!r}")
    return found


def parse_ranges(ranges: list[str] | None) -> dict[str, Any]:
    """Read `param=low:high` and `param=a,b,c`."""
    found: dict[str, Any] = {}
    for text in ranges or []:
        name, equals, values = text.partition("=")
        kind, mark = ("uniform", ":") if ":" in values else ("one_of", ",")
        try:
            numbers = [float(value) for value in values.split(mark)]
        except ValueError:
            numbers = []
        if not name or not equals or not numbers:
            fail(f"--vary: expected PARAM=LOW:HIGH or PARAM=A,B,..., got {text!r}")
        if name in found:
            fail(f"--vary: {name!r} varies twice")
        found[name] = {kind: numbers}
    return found


def pair_up(pairs: list[str] | None, option: str = "--policy", what: str = "SPEC") -> dict[str, str]:
    """Read `team=SPEC` pairs."""
    found: dict[str, str] = {}
    for pair in pairs or []:
        team, equals, spec = pair.partition("=")
        if not team or not equals or not spec:
            fail(f"{option}: expected TEAM={what}, got {pair!r}")
        if team in found:
            fail(f"{option}: team {team!r} is named twice")
        found[team] = spec
    return found


@contextlib.contextmanager
def options_named() -> Iterator[None]:
    """Say of which option a number is out of range."""
    try:
        yield
    except ValueError as error:
        name, _, words = str(error).partition(": ")
        fail(f"{flag_of(name)}: {words}")


def flag_of(name: str) -> str:
    """A field as an option."""
    return "--" + name.replace("_", "-")


def watch_command(source: str, values: Mapping[str, Any], team: str, folder: Path) -> str:
    """What to run to see a policy play the game that it has learnt."""
    setting = [word for name, value in values.items() for word in ("--set", f"{name}={json.dumps(value)}")]
    return pasted("sandlot", "watch", source, *setting, "--policy", f"{team}={folder / team}.safetensors")


class Interrupt:
    """Ctrl-C once: stop after this update and save. Twice: stop now.

    Args:
        terminate: Whether SIGTERM, which cluster managers send some seconds before they kill, and SIGHUP, of a terminal that is closed, mean the same.
    """

    def __init__(self, terminate: bool = False) -> None:
        self.asked = False
        names = ("SIGINT", "SIGTERM", "SIGHUP") if terminate else ("SIGINT",)
        self._signals = [getattr(signal, name) for name in names if hasattr(signal, name)]
        self._before: dict[Any, Any] = {}

    def __enter__(self) -> "Interrupt":
        for one in self._signals:
            if signal.getsignal(one) != signal.SIG_IGN:  # nohup
                self._before[one] = signal.signal(one, self._ask)
        return self

    def __exit__(self, *_error: object) -> None:
        for one, before in self._before.items():
            signal.signal(one, before)

    def _ask(self, _signal: int, _frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
