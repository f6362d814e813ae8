"""`sandlot train`: options in, a run folder out."""

import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..records import claim_folder, pasted
from ..training.kept import keep_run, read_run
from ..training.plan import Plan, Settings
from ..training.progress import Progress
from .fields import with_fields
from .options import FAILED, Interrupt, Params, fail, flag_of, load_game, options_named, pair_up, parse_settings, watch_command

if TYPE_CHECKING:
    from ...scenarios import Scenario
    from ..training.loggers import Write
    from ..training.run_folder import RunFolder
    from ..training.train import Trainer

HELP = {
    "algo": "ippo, mappo (the critic sees the state), or bc (clone what somebody does).",
    "split": "Values of the params to learn on: train (default; as the game where it says nothing), test or none.",
    "out": "The run's folder; by default runs/GAME-ALGO-N.",
    "resume": "Go on with the run in this folder, bit for bit where it stopped; for longer with --steps. --learning-rate, --entropy, --epochs, "
    "--minibatch and --log may be given anew, all else is as it was.",
    "log": "Also log to tensorboard or wandb.",
    "teacher": "Whom to clone (bc): scripted, planner, a policy file, ...",
    "from_episodes": "Saved episodes to clone (bc): a folder, or minari:ID.",
    "save_episodes": "Also write the episodes that were learnt from (bc) into this folder.",
    "dagger": "How often the clone plays, and is told what its teacher would have done (bc).",
}
"""Of options that are no fields of `Plan` or `Settings`."""
NAMED = {
    "teams": ("--team", "TEAM"),
    "others": ("--policy", "TEAM=SPEC"),
    "start": ("--start", "TEAM=FILE"),
    "actions": ("--actions", "continuous|discrete"),
}
"""Options that are called otherwise than their fields, or take what isn't seen from these."""
RESUMED = ("steps", "learning_rate", "entropy", "epochs", "minibatch")
"""Options that a run may be given anew when it goes on: none of them changes the worlds or the networks."""
UNCLONED = ("start", "log", "shared")
"""Options that `--algo bc` can't follow."""
UNUSED = (
    "lessons",
    "settle",
    "league",
    "horizon",
    "epochs",
    "minibatch",
    "gamma",
    "trace",
    "clip",
    "entropy",
    "value_weight",
    "max_gradient",
    "log_std",
)
"""Options that make no difference to it."""


@with_fields(Plan, Settings, but=("algo", "freeze", "settings"), named=NAMED)
def train(
    context: typer.Context,
    game: Annotated[str | None, typer.Argument(help="A game of the library, or a scenario file.", metavar="NAME|FILE")] = None,
    algo: Annotated[str, typer.Option(help=HELP["algo"])] = "ippo",
    settings: Params = None,
    split: Annotated[str, typer.Option(help=HELP["split"], metavar="train|test|none")] = "train",
    out: Annotated[Path | None, typer.Option(help=HELP["out"])] = None,
    resume: Annotated[Path | None, typer.Option(help=HELP["resume"], metavar="FOLDER")] = None,
    log: Annotated[str | None, typer.Option(help=HELP["log"])] = None,
    teacher: Annotated[str | None, typer.Option("--from", help=HELP["teacher"], metavar="SPEC")] = None,
    from_episodes: Annotated[str | None, typer.Option(help=HELP["from_episodes"], metavar="FOLDER")] = None,
    save_episodes: Annotated[Path | None, typer.Option(help=HELP["save_episodes"], metavar="FOLDER")] = None,
    dagger: Annotated[int, typer.Option(help=HELP["dagger"], min=0)] = 0,
    **asked: Any,
) -> None:
    """Train agents: PPO, alone or against each other, or cloning what somebody does. Ctrl-C and SIGTERM save; --resume goes on with PPO."""
    try:
        from ..training.train import Trainer  # noqa: F401 (without PyTorch nothing else matters)
    except ImportError as error:
        fail(str(error))
    if (game is None) == (resume is None):
        fail("expected a game to train on, or --resume FOLDER, not both")
    if log not in (None, "tensorboard", "wandb"):
        fail(f"--log: expected tensorboard or wandb, got {log!r}")
    given = _given(context)
    if resume is not None:
        _run(partial(_continued, resume, _changes(given, asked), log))
        return
    assert game is not None
    scenario = load_game(game, settings, split=split)
    if algo not in ("ippo", "mappo", "bc"):
        fail(f"--algo: expected ippo, mappo or bc, got {algo!r}")
    asked |= _read(asked)
    values = parse_settings(settings)
    cloned = {"--from": teacher, "--from-episodes": from_episodes, "--save-episodes": save_episodes, "--dagger": dagger}
    if algo == "bc":
        from .clone import clone

        chosen = _of_cloning(given, asked) | {"dagger": dagger}
        clone(scenario, {"game": game, "set": values}, asked["teams"], asked["others"], teacher, from_episodes, save_episodes, out, chosen)
        return
    for option, value in cloned.items():
        if value:
            fail(f"{option}: only with --algo bc")
    with options_named():
        how = Settings(algo=algo, **{one.name: asked.pop(one.name) for one in fields(Settings) if one.name in asked})
        plan = Plan(settings=how, **asked)
    _run(partial(_begun, scenario, game, values, plan, out, log))


def _changes(given: Mapping[str, str], asked: Mapping[str, Any]) -> dict[str, Any]:
    """What a run that goes on is given anew."""
    for name, flag in given.items():
        if name not in ("resume", "log", *RESUMED):
            fail(f"{flag}: a run goes on as it began; with --resume there may be {', '.join(map(flag_of, RESUMED))} and --log")
    return {name: asked[name] for name in RESUMED if name in given}


def _read(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Options that are words on the command line, and something else in a plan."""
    if asked["actions"] not in ("continuous", "discrete"):
        fail(f"--actions: expected continuous or discrete, got {asked['actions']!r}")
    try:
        widths = tuple(int(width) for width in asked["hidden"].split(","))
    except ValueError:
        fail(f"--hidden: expected numbers with commas between, got {asked['hidden']!r}")
    others, start = pair_up(asked["others"]), pair_up(asked["start"], "--start", "FILE")
    return {"hidden": widths, "teams": tuple(asked["teams"] or ()), "others": others, "start": start}


def _of_cloning(given: Mapping[str, str], asked: Mapping[str, Any]) -> dict[str, Any]:
    """What `Cloning` is told besides whom; says which options mean nothing to it."""
    for name in UNCLONED:
        if name in given:
            fail(f"{given[name]}: not with --algo bc")
    unused = [given[name] for name in UNUSED if name in given]
    if unused:
        typer.echo(f"{', '.join(unused)}: no difference to --algo bc")
    own = {name: asked[name] for name in ("learning_rate", "hidden", "memory", "seed", "actions")}
    return own | {"decisions" if name == "steps" else name: asked[name] for name in ("steps", "worlds") if name in given}


def _given(context: typer.Context) -> dict[str, str]:
    """Options that somebody wrote, as they are written."""
    sources = {str(one.name): context.get_parameter_source(str(one.name)) for one in context.command.params}
    return {str(one.name): one.opts[0] for one in context.command.params if getattr(sources[str(one.name)], "name", "DEFAULT") != "DEFAULT"}


@contextlib.contextmanager
def _no_leftovers(folder: "RunFolder") -> Iterator[None]:
    """Leave nothing in a folder if a run can't begin in it."""
    try:
        yield
    except BaseException:
        folder.discard()
        raise


def _begun(
    scenario: "Scenario", source: str, values: Mapping[str, Any], plan: Plan, out: Path | None, log: str | None, stack: ExitStack
) -> "Run":
    """A new run. Whatever may fail fails before its folder is made, or takes the folder with it."""
    from ..training.loggers import logger
    from ..training.run_folder import RunFolder
    from ..training.train import Trainer

    trainer = Trainer(scenario, plan)
    if not trainer.leads:  # other processes of the run write nothing
        return Run(trainer, source, values)
    made = claim_folder(Path("runs"), f"{scenario.name}-{plan.settings.algo}") if out is None else []
    folder = trainer.folder = RunFolder(out or made[0], made=made)
    stack.enter_context(folder.held(new=True))
    with _no_leftovers(folder):
        write = logger(log, folder.path)
        keep_run(folder, scenario, source, values, trainer.plan)
    return Run(trainer, source, values, write)


def _continued(path: Path, changes: Mapping[str, Any], log: str | None, stack: ExitStack) -> "Run":
    """A run that stopped, however it did."""
    from ..training.loggers import logger
    from ..training.run_folder import RunFolder
    from ..training.train import STATE, Trainer, is_leading

    if not (path / "config.json").exists():
        fail(f"{path} holds no run (no config.json)")
    folder = RunFolder(path, resume=True)
    if is_leading():
        stack.enter_context(folder.held())
    kept = read_run(folder)
    plan = kept.plan(changes)
    saved = (path / STATE).exists()
    trainer = Trainer(kept.scenario, plan, folder, begins=not saved)
    if saved:
        trainer.resume()
    elif trainer.leads:
        folder.keep_lines_until(-1)
        typer.echo(f"{path}: the run was stopped before it was saved for the first time, and begins anew")
    if "steps" in changes and plan.steps <= trainer.step:
        fail(f"--steps: {path} has had {trainer.step:,} agent decisions already; give more than these")
    write = logger(log, path) if trainer.leads else None
    if changes and trainer.leads:
        folder.write_config(kept.config | {"plan": kept.changed(changes)})
    return Run(trainer, kept.source, kept.values, write)


@dataclass
class Run:
    """A trainer, and what the command line knows besides.

    Attributes:
        trainer: Who trains.
        source: Where the game is from, as it was asked for.
        values: Params that were set.
        write: Also told what was measured.
    """

    trainer: "Trainer"
    source: str
    values: Mapping[str, Any]
    write: "Write | None" = None


def _run(make: Callable[[ExitStack], Run]) -> None:
    """Train, and say how it goes; `make` gets the run ready."""
    from ...scenarios import ScenarioError
    from ..training.train import TrainingDivergedError

    with ExitStack() as stack:
        try:
            run = make(stack)
        except (ImportError, OSError, ValueError, ScenarioError) as error:
            fail(str(error))
        trainer, folder = run.trainer, run.trainer.folder
        if not trainer.leads or folder is None:  # another process of the run tells
            interrupt = stack.enter_context(Interrupt(terminate=True))
            trainer.run(stop=lambda: interrupt.asked)
            return
        again = pasted("sandlot", "train", "--resume", folder.path)
        if trainer.step >= trainer.plan.steps:
            typer.echo(
                f"{folder.path}: done already, after {trainer.step:,} agent decisions; for more: {again} --steps {2 * trainer.plan.steps}"
            )
            return
        who = ", ".join(" + ".join(learner.teams) for learner in trainer.learners)
        typer.echo(f"{trainer.scenario.name}: training {who} for {trainer.plan.steps:,} agent decisions; everything goes to {folder.path}")
        tell = [_shown(trainer, stack), *([run.write] if run.write is not None else [])]

        def progress(line: dict[str, float]) -> None:
            try:
                for one in tell:
                    one(line)
            except BrokenPipeError:  # whoever read how it goes has left; the run itself goes on
                tell.clear()

        interrupt = stack.enter_context(Interrupt(terminate=True))
        try:
            trainer.run(progress, lambda: interrupt.asked)
        except TrainingDivergedError as error:
            fail(f"{error}; learn more slowly: {again} --learning-rate {min(trainer.plan.settings.learning_rate / 10, 1e-3):g}", FAILED)
        except OSError as error:
            fail(f"{folder.path}: can't write: {(error.strerror or str(error)).lower()}; what was saved before is whole: {again}", FAILED)
    typer.echo(
        f"{'stopped' if interrupt.asked else 'done'} after {trainer.step:,} agent decisions{f'; go on with: {again}' if interrupt.asked else ''}"
    )
    if trainer.course.lesson is not None:
        typer.echo(f'it is still in lesson "{trainer.course.lesson.name}"; the game itself has not been played')
    typer.echo(f"watch it: {watch_command(run.source, run.values, trainer.plan.teams[0], folder.path)}")


def _shown(trainer: "Trainer", stack: ExitStack) -> Callable[[Mapping[str, float]], None]:
    """Prints how it goes: a bar in a terminal, which the stack puts away, else a line every ten seconds."""
    how = Progress(trainer)
    if not sys.stderr.isatty():
        return how.now_and_then(typer.echo)

    from rich import progress
    from rich.console import Console

    bar = progress.Progress(
        progress.BarColumn(30), progress.TextColumn("{task.percentage:3.0f}% {task.description}"), console=Console(stderr=True)
    )
    task = bar.add_task("", total=trainer.plan.steps, completed=trainer.step)
    bar.start()
    stack.callback(bar.stop)

    def fancy(line: Mapping[str, float]) -> None:
        bar.update(task, completed=trainer.step, description=how.words(line))

    return fancy


__all__ = ["train"]
