"""`sandlot train`: options in, a run folder out."""

import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ..envs.core import ActionKind
    from .runs import RunFolder
    from .train import Plan, Trainer

HELP = {
    "team": "Who learns; may be given more than once. All teams by default, against each other and their frozen selves.",
    "others": "Who plays a team that doesn't learn: scripted (default), random, planner, best, or a policy file.",
    "steps": "Agent decisions in all; by default 5 million, for bc 200,000.",
    "out": "The run's folder; by default runs/GAME-ALGO-N.",
    "resume": "Go on with the run in this folder, bit for bit where it stopped.",
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


def train(
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
    seed: Annotated[int, typer.Option(help="Of networks, worlds and all chance.", min=0)] = 0,
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
    entropy: Annotated[float, typer.Option(help="Weight of the entropy bonus.", min=0)] = 0.0,
    hidden: Annotated[str, typer.Option(help="Widths of the layers.")] = "64,64",
    memory: Annotated[int, typer.Option(help="Width of a recurrent layer (GRU); 0: none.", min=0)] = 0,
    actions: Annotated[str, typer.Option(help=HELP["actions"], metavar="continuous|discrete")] = "continuous",
    log: Annotated[str | None, typer.Option(help=HELP["log"])] = None,
    teacher: Annotated[str | None, typer.Option("--from", help=HELP["teacher"], metavar="SPEC")] = None,
    from_episodes: Annotated[str | None, typer.Option(help=HELP["from_episodes"], metavar="FOLDER")] = None,
    save_episodes: Annotated[Path | None, typer.Option(help=HELP["save_episodes"], metavar="FOLDER")] = None,
    dagger: Annotated[int, typer.Option(help=HELP["dagger"], min=0)] = 0,
) -> None:
    """Train agents: PPO, alone or against each other, or cloning what somebody does. Ctrl-C saves; --resume goes on with PPO."""
    from .cli import fail, load_game, pair_up, parse_settings

    try:
        from .ppo import Settings
        from .runs import free_folder
        from .train import Plan
    except ImportError as error:
        fail(str(error))
    if (game is None) == (resume is None):
        fail("expected a game to train on, or --resume FOLDER")
    if resume is not None:
        _run(*_continued(resume), log)
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
    folder = out if out is not None else free_folder(Path("runs"), f"{scenario.name}-{algo}")
    if algo == "bc":
        from .cli_bc import clone

        chosen = {"decisions": steps, "learning_rate": learning_rate, "hidden": widths, "memory": memory, "seed": seed, "dagger": dagger, "actions": kind}
        config = {"game": game, "set": parse_settings(settings)}
        clone(scenario, config, team or [], pair_up(policy), teacher, from_episodes, save_episodes, min(worlds, 64), folder, chosen)
        return
    for option, value in (("--from", teacher), ("--from-episodes", from_episodes), ("--save-episodes", save_episodes), ("--dagger", dagger)):
        if value:
            fail(f"{option}: only with --algo bc")
    how = Settings(
        algo=algo, worlds=worlds, horizon=horizon, epochs=epochs, minibatch=minibatch, learning_rate=learning_rate, gamma=gamma, entropy=entropy,
        hidden=widths, memory=memory,
    )  # fmt: skip
    plan = Plan(
        teams=tuple(team or ()), others=pair_up(policy), shared=shared, steps=steps or 5_000_000, seed=seed, league=league, start=pair_up(start),
        settle=settle, lessons=lessons, actions=kind, settings=how,
    )  # fmt: skip
    _run(*_begun(scenario, game, settings, plan, folder), log)


def _begun(scenario: Any, source: str, settings: list[str] | None, plan: "Plan", path: Path) -> tuple["Trainer", "RunFolder"]:
    """A new run."""
    from .cli import fail, parse_settings
    from .runs import RunFolder
    from .train import Trainer

    try:
        trainer = Trainer(scenario, plan)
        folder = RunFolder(path, resume=not trainer.leads)  # other processes of the run write nothing
    except (OSError, ValueError) as error:
        fail(str(error))
    trainer.folder = folder
    if trainer.leads:
        folder.write_config({"game": source, "set": parse_settings(settings), "split": scenario.split, "plan": trainer.plan.to_json()})
    return trainer, folder


def _continued(path: Path) -> tuple["Trainer", "RunFolder"]:
    """A run that stopped."""
    from ..scenarios import ScenarioError, load
    from .cli import fail
    from .runs import RunFolder
    from .train import Plan, Trainer

    if not (path / "config.json").exists():
        fail(f"{path} holds no run (no config.json)")
    folder = RunFolder(path, resume=True)
    try:
        config = folder.read_config()
        trainer = Trainer(load(config["game"], split=config["split"], **config["set"]), Plan.from_json(config["plan"]), folder)
        trainer.resume()
    except (OSError, ValueError, KeyError, TypeError, ScenarioError) as error:
        fail(f"{path}: {error}")
    return trainer, folder


class Interrupt:
    """Ctrl-C once: stop after this update and save. Twice: stop now."""

    def __init__(self) -> None:
        self.asked = False

    def __enter__(self) -> "Interrupt":
        self._before = signal.signal(signal.SIGINT, self._ask)
        return self

    def __exit__(self, *_error: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _ask(self, _signal: int, _frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True


def _run(trainer: "Trainer", folder: "RunFolder", log: str | None) -> None:
    from .cli import fail
    from .loggers import logger

    try:
        write = logger(log, folder.path) if trainer.leads else None
    except (ImportError, ValueError) as error:
        fail(str(error))
    if trainer.leads:
        who = ", ".join(" + ".join(learner.teams) for learner in trainer.learners)
        typer.echo(f"{trainer.scenario.name}: training {who} for {trainer.plan.steps:,} agent decisions; everything goes to {folder.path}")
    show = _shown(trainer) if trainer.leads else None

    def progress(line: dict[str, float]) -> None:
        if show is not None:
            show(line)
        if write is not None:
            write(line)

    with Interrupt() as interrupt:
        trainer.run(progress, lambda: interrupt.asked)
    if trainer.leads:
        word = "stopped" if interrupt.asked else "done"
        again = f"; go on with: sandlot train --resume {folder.path}" if interrupt.asked else ""
        typer.echo(f"{word} after {trainer.step:,} agent decisions{again}")
        if trainer.course.lesson is not None:
            typer.echo(f'it is still in lesson "{trainer.course.lesson.name}"; the game itself has not been played')
        first = trainer.plan.teams[0]
        typer.echo(f"watch it: sandlot watch {trainer.scenario.name} --policy {first}={folder.path / first}.safetensors")


def _shown(trainer: "Trainer") -> Callable[[dict[str, float]], None]:
    """Prints how it goes: a bar in a terminal, else a line every ten seconds."""
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

    def fancy(line: dict[str, float]) -> None:
        bar.update(task, completed=trainer.step, description=f"{line['steps_per_second']:,.0f} steps/s, {left(trainer.step)}. {words(line)}")
        if trainer.step >= trainer.plan.steps:
            bar.stop()

    return fancy


__all__ = ["Interrupt", "train"]
