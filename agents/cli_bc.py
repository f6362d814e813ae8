"""`sandlot train --algo bc`: whom to clone in, a run folder out."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from ..scenarios import Scenario


def clone(
    scenario: Scenario, config: Mapping[str, Any], teams: Sequence[str], others: Mapping[str, str], teacher: str | None, episodes: str | None,
    keep: Path | None, worlds: int, path: Path, options: Mapping[str, Any],
) -> None:  # fmt: skip
    """Clone a policy for each team: all that can do anything by default."""
    from .bc import Cloner, Cloning
    from .cli import fail
    from .cli_train import Interrupt
    from .runs import RunFolder

    if teacher is not None and episodes is not None:
        fail("--from and --from-episodes: expected one of them")
    if episodes is not None and keep is not None:
        fail("--save-episodes: those of --from-episodes are saved already")
    chosen = {name: value for name, value in options.items() if value is not None}
    able = [team for team in scenario.teams if scenario.teams[team].count and scenario.actions_of(team)]
    cloners = []
    try:
        for team in teams or able:
            rest = {name: spec for name, spec in others.items() if name != team}
            cloning = Cloning(team, teacher or "scripted", episodes or "", rest, worlds=worlds, **chosen)
            cloners.append(Cloner(scenario, cloning))
        if not cloners:
            fail("nobody in this game can do anything")
        for cloner in cloners:
            several = len(cloners) > 1
            cloner.folder = RunFolder(path / cloner.cloning.team if several else path)
            cloner.folder.write_config({**config, "cloning": cloner.cloning.to_json()})
    except (ImportError, OSError, ValueError) as error:
        fail(str(error))
    with Interrupt() as interrupt:
        for cloner in cloners:
            if not interrupt.asked:
                _run(cloner, lambda: interrupt.asked, keep)


def _run(cloner: Any, stop: Any, keep: Path | None) -> None:
    from .cli import fail

    cloning, folder = cloner.cloning, cloner.folder.path
    typer.echo(f"{cloner.scenario.name}: cloning {cloning.episodes or cloning.teacher} as {cloning.team}; everything goes to {folder}")

    def progress(line: Mapping[str, float]) -> None:
        if line["step"] % 10 == 1:
            typer.echo(f"pass {line['step']:.0f}, {line['decisions']:,.0f} decisions: loss {line['loss/train']:.3f}, held out {line['loss/held_out']:.3f}")

    try:
        cloner.run(progress, stop)
        if keep is not None:
            for path in cloner.save_plays(keep):
                typer.echo(str(path))
    except (OSError, ValueError) as error:
        fail(str(error))
    for name, found in cloner.results.items():
        typer.echo(f"{name}: " + ", ".join(f"{kind} {value:.4g}" for kind, value in found.items()))
    typer.echo(f"{'stopped' if stop() else 'done'}; watch it: sandlot watch {cloner.scenario.name} --policy {cloning.team}={folder / cloning.team}.safetensors")


__all__ = ["clone"]
