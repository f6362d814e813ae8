"""`sandlot check`, `new`, `schema` and `fmt`: scenario files checked, begun, described and laid out."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from .options import BAD_INPUT, FAILED, fail, save_text


def check(
    file: Annotated[str, typer.Argument(help="A scenario file, or the name of a library game.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print a list of problems and notes for programs.")] = False,
) -> None:
    """Check a scenario file: every problem with its place. Exit code 2 if there is one. Plays it a little, and notes what is hardly meant."""
    from ...scenarios import ScenarioError, load
    from ...scenarios.text.limits import MAX_PROBLEMS
    from ...scenarios.text.problems import counted

    failed = False
    try:
        scenario = load(file)
    except ScenarioError as error:
        failed, found = True, [asdict(problem) for problem in error.problems]
        lines = str(error).splitlines()
    else:
        from ..evaluation.notes import notes_on

        parts = (counted(len(scenario.agents), "agent"), counted(len(scenario.rules), "rule"))
        lines = [f"{file}: ok ({scenario.name}: {', '.join(parts)})"]
        notes = notes_on(scenario)
        found = [asdict(note) | {"level": "note"} for note in notes]
        lines += [f"{note.place} {note.path}: note: {note.message}" for note in notes[:MAX_PROBLEMS]]
        lines += [f"... and {counted(len(notes) - MAX_PROBLEMS, 'more note')}"] if len(notes) > MAX_PROBLEMS else []
    typer.echo(json.dumps(found, indent=2, ensure_ascii=False) if as_json else "\n".join(lines))
    if failed:
        raise typer.Exit(BAD_INPUT)


def new(
    file: Annotated[Path, typer.Argument(help="The file to write; its name becomes the game's.")],
) -> None:
    """Write a commented game to start from, and the schema that lets editors complete it."""
    from ...scenarios import ScenarioError, starter_text

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
    from ..records import pasted

    typer.echo(f"{file}: written; now try: {pasted('sandlot', 'watch', file)}")
    schema_file = file.with_name("scenario.schema.json")
    if not schema_file.exists():
        save_text(schema_file, _schema_text())
        typer.echo(f"{schema_file}: written; editors use it to complete and explain keys")


def schema(out: Annotated[Path | None, typer.Option(help="Write it to a file instead.")] = None) -> None:
    """Print the JSON Schema of scenario files."""
    text = _schema_text()
    if out is None:
        typer.echo(text, nl=False)
    else:
        save_text(out, text)
        typer.echo(f"{out}: written")


def _schema_text() -> str:
    from ...scenarios.describe.schema import schema as make_schema

    return json.dumps(make_schema(), indent=2, ensure_ascii=False) + "\n"


def fmt(
    file: Annotated[Path, typer.Argument(help="A scenario file.")],
    check_only: Annotated[bool, typer.Option("--check", help="Only say whether it would change (exit code 1).")] = False,
) -> None:
    """Lay out a scenario file the house way; comments stay."""
    from ...scenarios import ScenarioError, format_text

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
        save_text(file, after)
        typer.echo(f"{file}: laid out anew")


__all__ = ["check", "fmt", "new", "schema"]
