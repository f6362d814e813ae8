"""The `sandlot` command. Everything heavy is imported by the command that needs it."""

import codecs
import io
import sys
from pathlib import Path
from typing import Annotated

import typer

from .benchmark import benchmark
from .evaluate import evaluate, league
from .files import check, fmt, new, schema
from .options import BAD_INPUT, Game, LessonName, Params, Policies, Ranges, Seed, Split, console, load_game, pair_up
from .train import train

app = typer.Typer(
    name="sandlot",
    help="Game-like multi-agent worlds from one JSON file: list, write, check, watch and play them.",
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.command("list")
def list_games() -> None:
    """List the games of the library."""
    from rich.table import Table

    from ...scenarios import load, names

    table = Table("game", "teams", "about", box=None, pad_edge=False)
    for name in names():
        game = load(name)
        table.add_row(name, ", ".join(f"{team.count} {key}" for key, team in game.teams.items()), game.about)
    console().print(table)


@app.command()
def show(
    game: Game,
    obs: Annotated[bool, typer.Option("--obs", help="What each number of an observation is.")] = False,
    full: Annotated[bool, typer.Option("--full", help="The whole game as JSON, defaults written out.")] = False,
    settings: Params = None,
    ranges: Ranges = None,
    split: Split = None,
    lesson: LessonName = None,
) -> None:
    """Show what a game is made of."""
    scenario = load_game(game, settings, ranges, split, lesson)
    from . import show as command

    if full:
        typer.echo(command.full_text(scenario))
    elif obs:
        command.print_observations(console(), scenario)
    else:
        command.print_game(console(), scenario)


app.command()(check)
app.command()(new)
app.command()(schema)
app.command()(fmt)


@app.command()
def watch(
    game: Game,
    policy: Policies = None,
    seed: Seed = 0,
    episodes: Annotated[int | None, typer.Option(help="How many; 1 without a display, else until you close it.", min=1)] = None,
    out: Annotated[Path, typer.Option(help="Folder for the films, without a display.")] = Path("."),
    settings: Params = None,
    ranges: Ranges = None,
    split: Split = None,
    lesson: LessonName = None,
    film: Annotated[bool, typer.Option("--film", help="Write films even if there is a display.")] = False,
    width: Annotated[int, typer.Option(help="Width of the picture [px].", min=64, max=4096)] = 640,
) -> None:
    """Watch a game: in a window, or without a display as NAME.html and NAME.webp."""
    scenario = load_game(game, settings, ranges, split, lesson)
    from . import watch as command

    command.watch(scenario, pair_up(policy), seed, episodes, out, film, width)


@app.command()
def play(
    game: Game,
    team: Annotated[str, typer.Option("--as", help="The team whose first agent you play.", metavar="TEAM")],
    policy: Policies = None,
    seed: Seed = 0,
    settings: Params = None,
    ranges: Ranges = None,
    split: Split = None,
    lesson: LessonName = None,
) -> None:
    """Play a game with the keyboard: arrows or WASD move, digits speak, Esc ends."""
    scenario = load_game(game, settings, ranges, split, lesson)
    from . import watch as command

    command.play(scenario, team, pair_up(policy), seed)


app.command()(train)
app.command()(evaluate)
app.command()(league)
app.command()(benchmark)


@app.command()
def bench(
    games: Annotated[list[str] | None, typer.Argument(help="Games; all of the library by default.", metavar="[NAME]...")] = None,
    compile_time: Annotated[bool, typer.Option("--compile-time", help="Also time the first step ever (half a minute).")] = False,
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
    from . import doctor as command

    command.warmup()


@app.command()
def doctor() -> None:
    """Say what is installed here, and what is missing."""
    from . import doctor as command

    command.doctor(console())


def _print_version(wanted: bool) -> None:
    if wanted:
        from ... import __version__

        typer.echo(f"sandlot {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")] = False,
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
