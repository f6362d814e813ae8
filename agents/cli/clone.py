"""`sandlot train --algo bc`: whom to clone in, a run folder out."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from ...scenarios import Scenario
from .options import FAILED, Interrupt, fail, options_named, watch_command

if TYPE_CHECKING:
    from ..training.bc import Cloner


def clone(
    scenario: Scenario, config: Mapping[str, Any], teams: Sequence[str], others: Mapping[str, str], teacher: str | None, episodes: str | None,
    keep: Path | None, out: Path | None, options: Mapping[str, Any],
) -> None:  # fmt: skip
    """Clone a policy for each team: all that can do anything by default."""
    from ..training.bc import Cloner, Cloning

    if teacher is not None and episodes is not None:
        fail("--from and --from-episodes: expected one of them")
    if episodes is not None and keep is not None:
        fail("--save-episodes: those of --from-episodes are saved already")
    _check_others(scenario, teams, others)
    chosen = {name: value for name, value in options.items() if value is not None}
    with options_named():
        plans = [
            Cloning(team, teacher or "scripted", episodes or "", {name: spec for name, spec in others.items() if name != team}, **chosen)
            for team in teams or scenario.acting_teams
        ]
    if not plans:
        fail("nobody in this game can do anything")
    with ExitStack() as stack:
        try:
            cloners = [Cloner(scenario, cloning) for cloning in plans]
            _give_folders(cloners, config, out, keep, stack)
        except (ImportError, OSError, ValueError) as error:
            fail(str(error))
        interrupt = stack.enter_context(Interrupt(terminate=True))
        for cloner in cloners:
            if not interrupt.asked:
                _run(cloner, lambda: interrupt.asked, keep, config)


def _check_others(scenario: Scenario, teams: Sequence[str], others: Mapping[str, str]) -> None:
    from ...scenarios.text.problems import suggestion

    for k, team in enumerate(teams):
        if team in teams[:k]:
            fail(f"--team: team {team!r} is named twice")
    for team in others:
        if team not in scenario.teams:
            fail(f"--policy: no team {team!r}{suggestion(team, scenario.teams)}")
        if [team] == list(teams):
            fail(f"--policy: team {team!r} learns")


def _give_folders(cloners: Sequence["Cloner"], config: Mapping[str, Any], out: Path | None, keep: Path | None, stack: ExitStack) -> None:
    """A folder for each, or for none; where episodes are to be saved is tried too, before anything is played."""
    from ...envs.files import check_writable
    from ..records import claim_folder, make_folder, remove_empty
    from ..training.run_folder import RunFolder

    tried = make_folder(keep) if keep is not None else []
    made: list[Path] = []
    folders: list[RunFolder] = []
    try:
        if keep is not None:
            check_writable(keep / "episodes")
        made = claim_folder(Path("runs"), f"{cloners[0].scenario.name}-bc") if out is None else []
        path = out or made[0]
        for cloner in cloners:
            several = len(cloners) > 1
            cloner.folder = RunFolder(path / cloner.cloning.team if several else path, made=() if several else made)
            stack.enter_context(cloner.folder.held(new=True))
            folders.append(cloner.folder)
        for cloner, folder in zip(cloners, folders, strict=True):
            folder.write_config({**config, "cloning": cloner.cloning.to_json()})
    except BaseException:
        for folder in reversed(folders):
            folder.discard()
        remove_empty([*made, *tried])
        raise


def _run(cloner: "Cloner", stop: Any, keep: Path | None, config: Mapping[str, Any]) -> None:
    from ..training.bc import CloningDivergedError

    assert cloner.folder is not None
    cloning, folder = cloner.cloning, cloner.folder.path
    typer.echo(f"{cloner.scenario.name}: cloning {cloning.episodes or cloning.teacher} as {cloning.team}; everything goes to {folder}")

    def progress(line: Mapping[str, float]) -> None:
        if line["step"] % 10 == 1:
            typer.echo(
                f"pass {line['step']:.0f}, {line['decisions']:,.0f} decisions: loss {line['loss/train']:.3f}, held out {line['loss/held_out']:.3f}"
            )

    try:
        cloner.run(progress, stop)
        if keep is not None:
            for path in cloner.save_plays(keep):
                typer.echo(str(path))
    except CloningDivergedError as error:
        fail(f"{error}; learn more slowly: a lower --learning-rate", FAILED)
    except OSError as error:
        fail(f"can't write: {(error.strerror or str(error)).lower()}", FAILED)
    except ValueError as error:
        fail(str(error))
    for name, found in cloner.results.items():
        typer.echo(f"{name}: " + ", ".join(f"{kind} {value:.4g}" for kind, value in found.items()))
    typer.echo(f"{'stopped' if stop() else 'done'}; watch it: {watch_command(config['game'], config['set'], cloning.team, folder)}")


__all__ = ["clone"]
