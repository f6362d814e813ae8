"""The `sandlot` command. Everything heavy is imported by the command that needs it."""

import codecs
import io
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, NoReturn

import typer

from .cli_benchmark import benchmark
from .cli_evaluate import evaluate, league
from .cli_train import train
from .seeds import NAMED

if TYPE_CHECKING:
    from rich.console import Console

    from ..scenarios import Scenario

FAILED, BAD_INPUT = 1, 2
"""Exit codes: the thing asked for failed; what was asked for makes no sense."""

app = typer.Typer(
    name="sandlot",
    help="Game-like multi-agent worlds from one JSON file: list, write, check, watch and play them.",
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Game = Annotated[str, typer.Argument(help="A game of the library, or a scenario file.", metavar="NAME|FILE")]
Settings = Annotated[
    list[str] | None, typer.Option("--set", help="Set a param of the game.", metavar="PARAM=VALUE")
]
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

    return Console(
        highlight=False, soft_wrap=not sys.stdout.isatty(), width=None if sys.stdout.isatty() else 160
    )


def load_game(
    source: str, settings: list[str] | None = None, ranges: list[str] | None = None, split: str | None = None, lesson: str | None = None
) -> "Scenario":
    """Load a game, or print every problem of it and stop."""
    from ..scenarios import ScenarioError, load

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


@app.command("list")
def list_games() -> None:
    """List the games of the library."""
    from rich.table import Table

    from ..scenarios import load, names

    table = Table("game", "teams", "about", box=None, pad_edge=False)
    for name in names():
        game = load(name)
        table.add_row(name, ", ".join(f"{team.count} {key}" for key, team in game.teams.items()), game.about)
    console().print(table)


@app.command()
def show(
    game: Game,
    obs: Annotated[bool, typer.Option("--obs", help="What each number of an observation is.")] = False,
    full: Annotated[
        bool, typer.Option("--full", help="The whole game as JSON, defaults written out.")
    ] = False,
    settings: Settings = None,
    ranges: Ranges = None,
    split: Split = None,
    lesson: LessonName = None,
) -> None:
    """Show what a game is made of."""
    scenario = load_game(game, settings, ranges, split, lesson)
    from . import cli_show

    if full:
        typer.echo(cli_show.full_text(scenario))
    elif obs:
        cli_show.print_observations(console(), scenario)
    else:
        cli_show.print_game(console(), scenario)


@app.command()
def check(
    file: Annotated[str, typer.Argument(help="A scenario file, or the name of a library game.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print a list of problems and notes for programs.")] = False,
) -> None:
    """Check a scenario file: every problem with its place. Exit code 2 if there is one. Plays it a little, and notes what is hardly meant."""
    from ..scenarios import ScenarioError, load
    from ..scenarios.limits import MAX_PROBLEMS
    from ..scenarios.problems import counted

    failed = False
    try:
        scenario = load(file)
    except ScenarioError as error:
        failed, found = True, [asdict(problem) for problem in error.problems]
        lines = str(error).splitlines()
    else:
        from .notes import notes_on

        parts = (counted(len(scenario.agents), "agent"), counted(len(scenario.rules), "rule"))
        lines = [f"{file}: ok ({scenario.name}: {', '.join(parts)})"]
        notes = notes_on(scenario)
        found = [asdict(note) | {"level": "note"} for note in notes]
        lines += [f"{note.place} {note.path}: note: {note.message}" for note in notes[:MAX_PROBLEMS]]
        lines += [f"... and {counted(len(notes) - MAX_PROBLEMS, 'more note')}"] if len(notes) > MAX_PROBLEMS else []
    typer.echo(json.dumps(found, indent=2, ensure_ascii=False) if as_json else "\n".join(lines))
    if failed:
        raise typer.Exit(BAD_INPUT)


@app.command()
def new(
    file: Annotated[Path, typer.Argument(help="The file to write; its name becomes the game's.")],
) -> None:
    """Write a commented game to start from, and the schema that lets editors complete it."""
    from ..scenarios import ScenarioError, starter_text

    name = file.stem.lower().replace("-", "_").replace(" ", "_")
    try:
        text = starter_text(name)
    except ScenarioError as error:
        fail(f"{file}: {error.problems[0].message}; call the file something like my_game.json")
    if file.suffix != ".json":
        fail(f"{file}: expected a name that ends in .json")
    try:
        with file.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except FileExistsError:
        fail(f"{file}: is there already; nothing was written")
    except OSError as error:
        fail(f"{file}: can't write: {(error.strerror or str(error)).lower()}", FAILED)
    from .runs import pasted

    typer.echo(f"{file}: written; now try: {pasted('sandlot', 'watch', file)}")
    schema_file = file.with_name("scenario.schema.json")
    if not schema_file.exists():
        _write_text(schema_file, _schema_text())
        typer.echo(f"{schema_file}: written; editors use it to complete and explain keys")


@app.command()
def schema(out: Annotated[Path | None, typer.Option(help="Write it to a file instead.")] = None) -> None:
    """Print the JSON Schema of scenario files."""
    text = _schema_text()
    if out is None:
        typer.echo(text, nl=False)
    else:
        _write_text(out, text)
        typer.echo(f"{out}: written")


def _schema_text() -> str:
    from ..scenarios.schema import schema as make_schema

    return json.dumps(make_schema(), indent=2, ensure_ascii=False) + "\n"


def _write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    from ..envs.files import write_whole

    def write(stream: BinaryIO) -> None:
        stream.write(text.encode())

    try:
        write_whole(path, write)
    except OSError as error:
        fail(
            str(error) if error.strerror is None else f"{path}: can't write: {error.strerror.lower()}", FAILED
        )


@app.command()
def fmt(
    file: Annotated[Path, typer.Argument(help="A scenario file.")],
    check_only: Annotated[
        bool, typer.Option("--check", help="Only say whether it would change (exit code 1).")
    ] = False,
) -> None:
    """Lay out a scenario file the house way; comments stay."""
    from ..scenarios import ScenarioError, format_text

    try:
        before = file.read_text(encoding="utf-8")
        after = format_text(before)
    except ScenarioError as error:
        for problem in error.problems:
            place = f"{file}:{problem.line}:{problem.column}" if problem.line else str(file)
            typer.echo(f"{place} {problem.path}: {problem.message}", err=True)
        raise typer.Exit(BAD_INPUT) from None
    except UnicodeDecodeError:
        fail(f"{file}: is not UTF-8 text")
    except OSError as error:
        fail(f"{file}: can't read: {(error.strerror or str(error)).lower()}")
    if before == after:
        typer.echo(f"{file}: is laid out well")
    elif check_only:
        typer.echo(f"{file}: would change")
        raise typer.Exit(FAILED)
    else:
        _write_text(file, after)
        typer.echo(f"{file}: laid out anew")


@app.command()
def watch(
    game: Game,
    policy: Policies = None,
    seed: Seed = 0,
    episodes: Annotated[
        int | None, typer.Option(help="How many; 1 without a display, else until you close it.", min=1)
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the films, without a display.")] = Path("."),
    settings: Settings = None,
    ranges: Ranges = None,
    split: Split = None,
    lesson: LessonName = None,
    film: Annotated[bool, typer.Option("--film", help="Write films even if there is a display.")] = False,
    width: Annotated[int, typer.Option(help="Width of the picture [px].", min=64, max=4096)] = 640,
) -> None:
    """Watch a game: in a window, or without a display as NAME.html and NAME.webp."""
    scenario = load_game(game, settings, ranges, split, lesson)
    from . import cli_watch

    cli_watch.watch(scenario, pair_up(policy), seed, episodes, out, film, width)


@app.command()
def play(
    game: Game,
    team: Annotated[str, typer.Option("--as", help="The team whose first agent you play.", metavar="TEAM")],
    policy: Policies = None,
    seed: Seed = 0,
    settings: Settings = None,
    ranges: Ranges = None,
    split: Split = None,
    lesson: LessonName = None,
) -> None:
    """Play a game with the keyboard: arrows or WASD move, digits speak, Esc ends."""
    scenario = load_game(game, settings, ranges, split, lesson)
    from . import cli_watch

    cli_watch.play(scenario, team, pair_up(policy), seed)


app.command()(train)
app.command()(evaluate)
app.command()(league)
app.command()(benchmark)


@app.command()
def bench(
    games: Annotated[
        list[str] | None, typer.Argument(help="Games; all of the library by default.", metavar="[NAME]...")
    ] = None,
    compile_time: Annotated[
        bool, typer.Option("--compile-time", help="Also time the first step ever (half a minute).")
    ] = False,
    split: Split = None,
) -> None:
    """Measure how many steps a second this machine does."""
    for game in games or []:
        load_game(game, split=split)
    from .bench import main as run_bench

    run_bench(games or [], compile_time=compile_time, split=None if split == "none" else split)


@app.command()
def warmup() -> None:
    """Compile everything now, so that the first game starts at once."""
    from . import cli_doctor

    cli_doctor.warmup()


@app.command()
def doctor() -> None:
    """Say what is installed here, and what is missing."""
    from . import cli_doctor

    cli_doctor.doctor(console())


def _print_version(wanted: bool) -> None:
    if wanted:
        from .. import __version__

        typer.echo(f"sandlot {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Game-like multi-agent worlds from one JSON file: list, write, check, watch and play them."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def _escaped(error: UnicodeError) -> tuple[str, int]:
    r"""What an output can't say, as JSON would write it: an arrow in a cp1252 pipe is \u2192."""
    assert isinstance(error, UnicodeEncodeError)
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{high << 8 | low:04x}" for high, low in zip(units[::2], units[1::2], strict=True)), error.end


def _speak_any_language() -> None:
    """Let nothing that a game says stop a command, whatever the encoding of its output."""
    codecs.register_error("sandlot.escaped", _escaped)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="sandlot.escaped")


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; never lets a traceback out for bad input."""
    _speak_any_language()
    command = typer.main.get_command(app)
    try:
        code = command.main(args=arguments, prog_name="sandlot", standalone_mode=False)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # the reader of our output has left (sandlot list | head)
        sys.stderr.close()
        sys.exit(0)
    except Exception as error:
        # complaints of click and of typer's own copy of it know how to word themselves
        wording = getattr(error, "format_message", None)
        if wording is None:
            raise
        typer.echo(f"sandlot: {' '.join(str(wording()).split())}", err=True)
        sys.exit(getattr(error, "exit_code", BAD_INPUT))
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
