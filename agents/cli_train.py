"""`sandlot train`: options in, a run folder out."""

import contextlib
import json
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .kept import keep_run, read_run
from .seeds import RUN_SEEDS

if TYPE_CHECKING:
    from ..envs.core import ActionKind
    from ..scenarios import Scenario
    from .loggers import Write
    from .runs import RunFolder
    from .train import Plan, Trainer

HELP = {
    "team": "Who learns; may be given more than once. All teams by default, against each other and their frozen selves.",
    "others": "Who plays a team that doesn't learn: scripted (default), random, planner, best, or a policy file.",
    "steps": "Agent decisions in all; by default 5 million, for bc 200,000.",
    "out": "The run's folder; by default runs/GAME-ALGO-N.",
    "resume": "Go on with the run in this folder, bit for bit where it stopped; for longer with --steps. --learning-rate, --entropy, --epochs, "
    "--minibatch and --log may be given anew, all else is as it was.",
    "shared": "Teams with equal spaces share one network.",
    "start": "A policy file to begin with.",
    "settle": "Decisions for which a policy of --start is only valued, before it learns; a quarter of the steps, at most 300,000, if nothing is said.",
    "league": "Share of worlds in which learners meet frozen selves, scripts and chance.",
    "split": "Values of the params to learn on: train (default; as the game where it says nothing), test or none.",
    "lessons": "Whether the game's lessons come first.",
    "actions": "continuous (numbers) or discrete (choices, without those that can do nothing now).",
    "log": "Also log to tensorboard or wandb.",
    "teacher": "Whom to clone (bc): scripted, planner, a policy file, ...",
    "from_episodes": "Saved episodes to clone (bc): a folder, or minari:ID.",
    "save_episodes": "Also write the episodes that were learnt from (bc) into this folder.",
    "dagger": "How often the clone plays, and is told what its teacher would have done (bc).",
}
RESUMED = ("steps", "learning_rate", "entropy", "epochs", "minibatch")
"""Options that a run may be given anew when it goes on: none of them changes the worlds or the networks."""
UNCLONED = ("start", "log", "shared")
"""Options that `--algo bc` can't follow."""
UNUSED = ("lessons", "settle", "league", "horizon", "epochs", "minibatch", "gamma", "trace", "clip", "entropy", "value_weight", "max_gradient", "log_std")
"""Options that make no difference to it."""


def train(
    context: typer.Context,
    game: Annotated[str | None, typer.Argument(help="A game of the library, or a scenario file.", metavar="NAME|FILE")] = None,
    algo: Annotated[str, typer.Option(help="ippo, mappo (the critic sees the state), or bc (clone what somebody does).")] = "ippo",
    team: Annotated[list[str] | None, typer.Option(help=HELP["team"], metavar="TEAM")] = None,
    policy: Annotated[list[str] | None, typer.Option("--policy", help=HELP["others"], metavar="TEAM=SPEC")] = None,
    steps: Annotated[int | None, typer.Option(help=HELP["steps"], min=1)] = None,
    settings: Annotated[list[str] | None, typer.Option("--set", help="Set a param of the game.", metavar="PARAM=VALUE")] = None,
    split: Annotated[str, typer.Option(help=HELP["split"], metavar="train|test|none")] = "train",
    lessons: Annotated[bool, typer.Option("--lessons/--no-lessons", help=HELP["lessons"])] = True,
    out: Annotated[Path | None, typer.Option(help=HELP["out"])] = None,
    resume: Annotated[Path | None, typer.Option(help=HELP["resume"], metavar="FOLDER")] = None,
    seed: Annotated[int, typer.Option(help="Of networks, worlds and all chance.", min=0, max=RUN_SEEDS - 1)] = 0,
    shared: Annotated[bool, typer.Option("--shared", help=HELP["shared"])] = False,
    start: Annotated[list[str] | None, typer.Option(help=HELP["start"], metavar="TEAM=FILE")] = None,
    settle: Annotated[int | None, typer.Option(help=HELP["settle"], min=0)] = None,
    league: Annotated[float, typer.Option(help=HELP["league"], min=0, max=0.9)] = 0.25,
    worlds: Annotated[int, typer.Option(help="Worlds side by side.", min=1)] = 256,
    horizon: Annotated[int, typer.Option(help="Decisions between updates.", min=1)] = 64,
    epochs: Annotated[int, typer.Option(help="Passes over each batch of experience.", min=1)] = 4,
    minibatch: Annotated[int, typer.Option(help="Decisions that one step of the optimiser looks at.", min=1)] = 2048,
    learning_rate: Annotated[float, typer.Option(help="Of Adam.", min=0)] = 1e-3,
    gamma: Annotated[float, typer.Option(help="What a reward is worth one decision later; 0: by the length of an episode.", min=0, max=1)] = 0.0,
    trace: Annotated[float, typer.Option(help="Lambda of generalised advantage estimation.", min=0, max=1)] = 0.95,
    clip: Annotated[float, typer.Option(help="How far the probability of an action may move in one update.", min=0)] = 0.2,
    entropy: Annotated[float, typer.Option(help="Weight of the entropy bonus.", min=0)] = 0.0,
    value_weight: Annotated[float, typer.Option(help="Weight of the critic's loss.", min=0)] = 0.5,
    max_gradient: Annotated[float, typer.Option(help="Greatest norm of a gradient.", min=0)] = 0.5,
    hidden: Annotated[str, typer.Option(help="Widths of the layers.")] = "64,64",
    memory: Annotated[int, typer.Option(help="Width of a recurrent layer (GRU); 0: none.", min=0)] = 0,
    log_std: Annotated[float, typer.Option(help="Logarithm of the spread of continuous actions at the start.")] = -0.5,
    actions: Annotated[str, typer.Option(help=HELP["actions"], metavar="continuous|discrete")] = "continuous",
    log: Annotated[str | None, typer.Option(help=HELP["log"])] = None,
    teacher: Annotated[str | None, typer.Option("--from", help=HELP["teacher"], metavar="SPEC")] = None,
    from_episodes: Annotated[str | None, typer.Option(help=HELP["from_episodes"], metavar="FOLDER")] = None,
    save_episodes: Annotated[Path | None, typer.Option(help=HELP["save_episodes"], metavar="FOLDER")] = None,
    dagger: Annotated[int, typer.Option(help=HELP["dagger"], min=0)] = 0,
) -> None:
    """Train agents: PPO, alone or against each other, or cloning what somebody does. Ctrl-C and SIGTERM save; --resume goes on with PPO."""
    from .cli import fail, load_game, pair_up, parse_settings

    try:
        from .ppo import Settings
        from .train import Plan
    except ImportError as error:
        fail(str(error))
    if (game is None) == (resume is None):
        fail("expected a game to train on, or --resume FOLDER, not both")
    if log not in (None, "tensorboard", "wandb"):
        fail(f"--log: expected tensorboard or wandb, got {log!r}")
    given = _given(context)
    if resume is not None:
        for name, flag in given.items():
            if name not in ("resume", "log", *RESUMED):
                fail(f"{flag}: a run goes on as it began; with --resume there may be {', '.join(map(_flag, RESUMED))} and --log")
        changes = {name: value for name, value in context.params.items() if name in given and name in RESUMED}
        _run(lambda stack: _continued(resume, changes, log, stack))
        return
    assert game is not None
    scenario = load_game(game, settings, split=split)
    if algo not in ("ippo", "mappo", "bc"):
        fail(f"--algo: expected ippo, mappo or bc, got {algo!r}")
    kind: ActionKind = "discrete" if actions == "discrete" else "continuous"
    if actions != kind:
        fail(f"--actions: expected continuous or discrete, got {actions!r}")
    try:
        widths = tuple(int(width) for width in hidden.split(","))
    except ValueError:
        fail(f"--hidden: expected numbers with commas between, got {hidden!r}")
    values = parse_settings(settings)
    if algo == "bc":
        from .cli_bc import clone

        for name in UNCLONED:
            if name in given:
                fail(f"{given[name]}: not with --algo bc")
        unused = [given[name] for name in UNUSED if name in given]
        if unused:
            typer.echo(f"{', '.join(unused)}: no difference to --algo bc")
        chosen = {
            "decisions": steps, "worlds": worlds if "worlds" in given else None, "learning_rate": learning_rate, "hidden": widths, "memory": memory,
            "seed": seed, "dagger": dagger, "actions": kind,
        }  # fmt: skip
        clone(scenario, {"game": game, "set": values}, team or [], pair_up(policy), teacher, from_episodes, save_episodes, out, chosen)
        return
    for option, value in (("--from", teacher), ("--from-episodes", from_episodes), ("--save-episodes", save_episodes), ("--dagger", dagger)):
        if value:
            fail(f"{option}: only with --algo bc")
    with options_named():
        how = Settings(
            algo=algo, worlds=worlds, horizon=horizon, epochs=epochs, minibatch=minibatch, learning_rate=learning_rate, gamma=gamma, trace=trace, clip=clip,
            entropy=entropy, value_weight=value_weight, max_gradient=max_gradient, hidden=widths, memory=memory, log_std=log_std,
        )  # fmt: skip
        plan = Plan(
            teams=tuple(team or ()), others=pair_up(policy), shared=shared, steps=steps or 5_000_000, seed=seed, league=league,
            start=pair_up(start, "--start", "FILE"), settle=settle, lessons=lessons, actions=kind, settings=how,
        )  # fmt: skip
    _run(lambda stack: _begun(scenario, game, values, plan, out, log, stack))


@contextlib.contextmanager
def options_named() -> Iterator[None]:
    """Say of which option a number is out of range."""
    from .cli import fail

    try:
        yield
    except ValueError as error:
        name, _, words = str(error).partition(": ")
        fail(f"{_flag(name)}: {words}")


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def _given(context: typer.Context) -> dict[str, str]:
    """Options that somebody wrote, as they are written."""
    sources = {str(one.name): context.get_parameter_source(str(one.name)) for one in context.command.params}
    return {str(one.name): one.opts[0] for one in context.command.params if getattr(sources[str(one.name)], "name", "DEFAULT") != "DEFAULT"}


def watch_command(source: str, values: Mapping[str, Any], team: str, folder: Path) -> str:
    """What to run to see a policy play the game that it has learnt."""
    from .runs import pasted

    setting = [word for name, value in values.items() for word in ("--set", f"{name}={json.dumps(value)}")]
    return pasted("sandlot", "watch", source, *setting, "--policy", f"{team}={folder / team}.safetensors")


@contextlib.contextmanager
def _no_leftovers(folder: "RunFolder") -> Iterator[None]:
    """Leave nothing in a folder if a run can't begin in it."""
    try:
        yield
    except BaseException:
        folder.discard()
        raise


def _begun(scenario: "Scenario", source: str, values: Mapping[str, Any], plan: "Plan", out: Path | None, log: str | None, stack: ExitStack) -> "Run":
    """A new run. Whatever may fail fails before its folder is made, or takes the folder with it."""
    from .loggers import logger
    from .runs import RunFolder, claim_folder
    from .train import Trainer

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
    from .cli import fail
    from .loggers import logger
    from .runs import RunFolder
    from .train import STATE, Trainer, is_leading

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


def _run(make: Callable[[ExitStack], Run]) -> None:
    """Train, and say how it goes; `make` gets the run ready."""
    from ..scenarios import ScenarioError
    from .cli import FAILED, fail
    from .runs import pasted
    from .train import TrainingDivergedError

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
            typer.echo(f"{folder.path}: done already, after {trainer.step:,} agent decisions; for more: {again} --steps {2 * trainer.plan.steps}")
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
    typer.echo(f"{'stopped' if interrupt.asked else 'done'} after {trainer.step:,} agent decisions{f'; go on with: {again}' if interrupt.asked else ''}")
    if trainer.course.lesson is not None:
        typer.echo(f'it is still in lesson "{trainer.course.lesson.name}"; the game itself has not been played')
    typer.echo(f"watch it: {watch_command(run.source, run.values, trainer.plan.teams[0], folder.path)}")


def _shown(trainer: "Trainer", stack: ExitStack) -> Callable[[dict[str, float]], None]:
    """Prints how it goes: a bar in a terminal, which the stack puts away, else a line every ten seconds."""
    begun, first = time.monotonic(), trainer.step

    def words(line: dict[str, float]) -> str:
        found = []
        for team in trainer.plan.teams:
            parts = [f"{kind.replace('_', ' ')} {line[f'{kind}/{team}']:.3g}" for kind in ("return", "score", "win_rate") if f"{kind}/{team}" in line]
            if parts:
                found.append(f"{team}: {', '.join(parts)}")
        where = f'lesson "{trainer.course.lesson.name}": ' if trainer.course.lesson is not None else ""
        return where + ("; ".join(found) or "no episode has ended yet")

    def left(step: int) -> str:
        spent = time.monotonic() - begun
        seconds = spent * max(0, trainer.plan.steps - step) / max(1, step - first)
        return f"{seconds / 60:.0f} min left" if seconds >= 90 else f"{seconds:.0f} s left"

    if not sys.stderr.isatty():
        last = [0.0]

        def plain(line: dict[str, float]) -> None:
            now = time.monotonic()
            if now - last[0] > 10 or trainer.step >= trainer.plan.steps:
                last[0] = now
                typer.echo(f"{trainer.step / trainer.plan.steps:4.0%} {line['steps_per_second']:,.0f} steps/s, {left(trainer.step)}. {words(line)}")

        return plain

    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    bar = Progress(BarColumn(30), TextColumn("{task.percentage:3.0f}% {task.description}"), console=Console(stderr=True))
    task = bar.add_task("", total=trainer.plan.steps, completed=first)
    bar.start()
    stack.callback(bar.stop)

    def fancy(line: dict[str, float]) -> None:
        bar.update(task, completed=trainer.step, description=f"{line['steps_per_second']:,.0f} steps/s, {left(trainer.step)}. {words(line)}")

    return fancy


__all__ = ["Interrupt", "options_named", "train", "watch_command"]
