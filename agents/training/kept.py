"""What a run keeps of its beginning: the game, the policies that it was given, what it was asked for. With that it goes on anywhere, or says why not."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from ..records import pasted, write_text
from .plan import Plan

if TYPE_CHECKING:
    from ...scenarios import Scenario
    from .run_folder import RunFolder

GAME = "game.json"


def keep_run(folder: "RunFolder", scenario: "Scenario", source: str, values: Mapping[str, Any], plan: Plan) -> None:
    """Write what a run begins with into its folder; `config.json` comes last, so that a folder which has one has all."""
    from ... import __version__

    for kind, team, spec in _files(plan):
        shutil.copyfile(spec, _copy(folder, kind, team))
    write_text(folder.path / GAME, json.dumps(scenario.resolved, indent=1, ensure_ascii=False) + "\n")
    path = Path(source)
    folder.write_config({
        "sandlot": __version__, "game": source, "file": str(path.resolve()) if path.is_file() else None, "set": dict(values), "split": scenario.split,
        **_identity(scenario), "plan": plan.to_json(),
    })  # fmt: skip


@dataclass
class Kept:
    """What a run began with.

    Attributes:
        scenario: Its game.
        config: As it lies in `config.json`.
        folder: Where.
        source: A library game's name, or where its file is now.
    """

    scenario: "Scenario"
    config: dict[str, Any]
    folder: "RunFolder"
    source: str

    @property
    def values(self) -> dict[str, Any]:
        """Params that were set."""
        return dict(self.config["set"])

    def changed(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """The plan as JSON, with other steps or settings."""
        plan = dict(self.config["plan"])
        own = {name: value for name, value in changes.items() if name in plan}
        return plan | own | {"settings": dict(plan["settings"]) | {name: value for name, value in changes.items() if name not in own}}

    def plan(self, changes: Mapping[str, Any]) -> Plan:
        """What to do; policies that lie elsewhere now, or are others by now, are taken from the run's folder."""
        plan = Plan.from_json(self.changed(changes))
        found = {"others": dict(plan.others), "start": dict(plan.start)}
        for kind, team, spec in _files(plan):
            copy = _copy(self.folder, kind, team)
            if copy.is_file() and not (Path(spec).is_file() and Path(spec).read_bytes() == copy.read_bytes()):
                found[kind][team] = str(copy)
        return replace(plan, others=found["others"], start=found["start"])


def read_run(folder: "RunFolder") -> Kept:
    """What the run in a folder began with.

    Raises:
        ValueError: It can't be read, or the game isn't the same any more.
        ScenarioError: Its game can't be loaded.
    """
    from ...scenarios import ScenarioError, load

    config, file = folder.read_config(), folder.path / "config.json"
    if "cloning" in config:
        raise ValueError(f"{folder.path} holds a clone (--algo bc), which learns in one go: begin it anew, with another --out")
    try:
        source = _place(config, folder)
        scenario = load(source, split=config["split"], **config["set"])
        kept = Kept(scenario, config, folder, source)
        kept.plan({})
    except ScenarioError:
        raise
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{file}: can't be read: {f'no {error}' if isinstance(error, KeyError) else error}") from error
    _check_game(kept)
    return kept


def _place(config: Mapping[str, Any], folder: "RunFolder") -> str:
    """Where a run's game is now: where it was, or the copy in the folder."""
    if not config.get("file"):
        return str(config["game"])
    as_asked, whole = str(config["game"]), str(config["file"])
    for place in (whole, as_asked):  # the name alone may be another file's, where the command is run from another folder
        if Path(place).is_file():
            return as_asked if Path(as_asked).resolve() == Path(place) else place
    typer.echo(f"{config['game']} is gone; going on with the copy of it, {folder.path / GAME}")
    return str(folder.path / GAME)


def _check_game(kept: Kept) -> None:
    """Refuse another game than the run began with: what was learnt, and all curves, are of that one."""
    if all(kept.config.get(name, value) == value for name, value in _identity(kept.scenario).items()):
        return
    team = next(iter(kept.config["plan"]["teams"]), "TEAM")
    start = pasted("sandlot", "train", kept.source, "--start", f"{team}={kept.folder.path / team}.safetensors")
    raise ValueError(
        f"{kept.source} has changed since the run in {kept.folder.path} began: put it back ({kept.folder.path / GAME} is the game as it was), "
        f"or begin a new run with what was learnt: {start}"
    )


def _identity(scenario: "Scenario") -> dict[str, Any]:
    """What makes a game the same one to learn."""
    from ...scenarios.describe.canonical import scenario_hash

    return {"scenario_hash": scenario_hash(scenario), "lessons": json.loads(json.dumps(scenario.resolved.get("lessons")))}


def _files(plan: Plan) -> list[tuple[str, str, str]]:
    """Policy files of a plan: what for, whose, where."""
    named = (("others", plan.others), ("start", plan.start))
    return [(kind, team, spec) for kind, specs in named for team, spec in specs.items() if spec.endswith(".safetensors")]


def _copy(folder: "RunFolder", kind: str, team: str) -> Path:
    return folder.path / f"{kind}-{team}.safetensors"


__all__ = ["Kept", "keep_run", "read_run"]
