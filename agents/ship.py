"""The policies that come with sandlot, `best` in a policy spec: how each was trained, and what it comes to.

`python -m sandlot.agents.ship` trains all of them anew, `python -m sandlot.agents.ship tag-chaser lander` some, `--list` says which there are.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from ..scenarios import Scenario, load, names
from ..scenarios.text.problems import suggestion
from .evaluation.evaluate import evaluate, worth_in
from .play.episodes import tried_acts
from .policies.policy_file import read_policy, save_policy
from .policies.specs import SHIPPED
from .policies.trained import TrainedPolicy
from .records import short
from .training.plan import Plan, Settings
from .training.progress import Progress

Tell = Callable[[str], None]
EPISODES, FIRST_SEED = 256, 20_000
"""What a card's results are of: episodes whose seeds training never uses."""
TRIALS, FIRST_TRIAL = 64, 30_000
"""Episodes that decide whether a policy does what is likeliest, or draws."""


@dataclass(frozen=True)
class Recipe:
    """How the policies of a game are made: those of `teams` learn together, the others are scripted.

    Attributes:
        game: Name in the library.
        teams: Who learns.
        steps: Agent decisions of PPO.
        clone: Agent decisions of the script's play that are cloned before; 0: it begins with nothing.
        dagger: How often the clone plays meanwhile, and is told what the script would have done.
        options: What `Plan` doesn't have by default.
        settings: What `Settings` doesn't have by default.
    """

    game: str
    teams: tuple[str, ...]
    steps: int
    clone: int = 0
    dagger: int = 2
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def name(self) -> str:
        """As it is asked for."""
        return f"{self.game}-{'-'.join(self.teams)}"

    def plan(self, start: Mapping[str, str], seed: int = 0) -> Plan:
        """What `Trainer` is told."""
        options = {"league": 0.0, "seed": seed, **self.options}
        return Plan(teams=self.teams, steps=self.steps, start=start, settings=Settings(**self.settings), **options)


def _both(game: str, teams: Sequence[str], steps: int, clone: int = 0, dagger: int = 2, **settings: Any) -> Iterator[Recipe]:
    """The same recipe for each of some teams."""
    for team in teams:
        yield Recipe(game, (team,), steps, clone, dagger, settings=settings)


SIDES = ("red", "blue")
GENTLY, VERY_GENTLY = {"learning_rate": 3e-4}, {"learning_rate": 1e-4}
"""For who has learnt something already."""
RECIPES: tuple[Recipe, ...] = (
    *_both("air_hockey", SIDES, 5_000_000),
    Recipe("balance", ("agent",), 500_000, clone=100_000),  # from nothing it learns to hold the ball, and never to lift it
    *_both("dodgeball", SIDES, 4_000_000, clone=400_000, dagger=4, learning_rate=5e-4),
    Recipe("jumpers", ("jumper",), 3_000_000),
    Recipe("lander", ("rocket",), 3_000_000),
    *_both("race", SIDES, 2_000_000, clone=300_000, dagger=3, hidden=(128, 128), **GENTLY),
    *_both("soccer", SIDES, 8_000_000, clone=200_000),
    Recipe("spread", ("agent",), 12_000_000, settings={"gamma": 0.9}),
    Recipe("swarm", ("shark",), 300_000, clone=40_000, settings={"worlds": 64, **GENTLY}),
    Recipe("swarm", ("fish",), 5_000_000, clone=1_500_000, settings={"worlds": 32, "horizon": 32, **GENTLY}),
    Recipe("tag", ("chaser",), 10_000_000),
    Recipe("tag", ("runner",), 5_000_000),
    Recipe("tell_and_push", ("guide",), 1, clone=20_000),  # saying what it knows is all that it can do
    Recipe("tell_and_push", ("worker",), 5_000_000, clone=200_000, options={"settle": 1_000_000}, settings=VERY_GENTLY),
    Recipe("transport", ("agent",), 16_000_000),
    *_both("tug", SIDES, 4_000_000, clone=200_000),
    Recipe(
        "warehouse",
        ("agent",),
        4_000_000,
        clone=800_000,
        dagger=3,
        options={"settle": 1_000_000},
        settings={"hidden": (128, 128), **VERY_GENTLY},
    ),
)


# --- making them ------------------------------------------------------------------------------------------------------------------------------


def ship(recipe: Recipe, folder: Path = SHIPPED, seed: int = 0, tell: Tell = lambda _words: None) -> list[Path]:
    """Train a recipe's policies, measure them, and write `<game>-<team>.safetensors`.

    Args:
        recipe: Whose.
        folder: Where to.
        seed: Of all of it.
        tell: Hears how it goes.
    """
    scenario = load(recipe.game, split="train")
    policies = trained(scenario, recipe, seed, tell)
    act, *_ = tried_acts(
        scenario,
        policies,
        range(FIRST_TRIAL, FIRST_TRIAL + TRIALS),
        lambda found: sum(float(np.mean(found.worth(team))) for team in policies),
    )
    cards = {team: replace(one.card, act=act) for team, one in policies.items()}
    with TemporaryDirectory() as work:
        made = {team: save_policy(Path(work) / f"{team}.safetensors", cards[team], one.tensors) for team, one in policies.items()}
        results = measured(recipe.game, made)
    return [
        save_policy(folder / f"{recipe.game}-{team}.safetensors", replace(cards[team], results=results[team]), one.tensors)
        for team, one in policies.items()
    ]


def measure_again(folder: Path) -> list[Path]:
    """Measure the policies of a folder anew, as they are, each beside the others' scripts."""
    paths = sorted(folder.glob("*.safetensors"))
    for path in paths:
        card, tensors = read_policy(path)
        save_policy(path, replace(card, results=measured(card.game, {card.team: path})[card.team]), tensors)
    return paths


def trained(scenario: Scenario, recipe: Recipe, seed: int, tell: Tell) -> dict[str, TrainedPolicy]:
    """Clone, then train."""
    from .training.train import Trainer

    with TemporaryDirectory() as work:
        start = {team: str(_clone(scenario, recipe, team, seed, Path(work), tell)) for team in recipe.teams} if recipe.clone else {}
        trainer = Trainer(scenario, recipe.plan(start, seed))
    trainer.run(Progress(trainer).now_and_then(lambda words: tell(f"{recipe.name}: {words}")))
    found = {team: trainer.policy(team) for team in recipe.teams}
    how = {"clone": recipe.clone, "dagger": recipe.dagger} if recipe.clone else {}
    return {team: TrainedPolicy(replace(one.card, trained=one.card.trained | how), one.tensors) for team, one in found.items()}


def _clone(scenario: Scenario, recipe: Recipe, team: str, seed: int, folder: Path, tell: Tell) -> Path:
    from .training.bc import Cloner, Cloning

    widths = {name: recipe.settings[name] for name in ("hidden", "memory") if name in recipe.settings}
    actions = recipe.options.get("actions", "continuous")
    cloning = Cloning(team, decisions=recipe.clone, dagger=recipe.dagger, batch=1024, passes=40, seed=seed, actions=actions, **widths)
    cloner = Cloner(scenario, cloning)
    cloner.run()
    tell(f"{recipe.name}: cloned {team}: {cloner.results}")
    policy = cloner.policy()
    return save_policy(folder / f"{team}.safetensors", policy.card, policy.tensors)


# --- measuring them ---------------------------------------------------------------------------------------------------------------------------


def measured(game: str, policies: Mapping[str, Path]) -> dict[str, dict[str, Any]]:
    """What each team's policy comes to beside the script, by team: in the game as it is, and on what it holds back for judging.

    Where others want the same for themselves, it is better that wins more than half of the episodes; elsewhere, that has a better score with the same seed.
    """
    found: dict[str, dict[str, Any]] = {team: {} for team in policies}
    for split in (None, "test") if load(game).test else (None,):
        scenario = load(game, split=split)
        result = evaluate(scenario, {team: ["scripted", str(path)] for team, path in policies.items()}, episodes=EPISODES, seed=FIRST_SEED)
        scripted, learnt = result["matches"][0], result["matches"][-1]
        for team in policies:
            above, wins = learnt["above_first"][team], learnt["teams"][team]["win_rate"]
            interval, par = (wins, 0.5) if result["alike"] else (above, 0.0)
            found[team][split or "game"] = {
                "episodes": EPISODES, "first_seed": FIRST_SEED, "score": worth_in(learnt, team), "scripted": worth_in(scripted, team),
                "above_scripted": above, "win_rate": wins, "judged_by": "win_rate" if result["alike"] else "above_scripted",
                "beats_scripted": "yes" if interval["low"] > par else "no" if interval["high"] < par else "equal",
            }  # fmt: skip
    return found


def shipped() -> Iterator[tuple[Path, Any]]:
    """The files that are there, with their cards."""
    for path in sorted(SHIPPED.glob("*.safetensors")):
        yield path, read_policy(path)[0]


def table() -> str:
    """The shipped policies as a table in Markdown."""
    lines = ["| policy | how | score | script's | better |", "| --- | --- | ---: | ---: | --- |"]
    for path, card in shipped():
        how = f"{'clone, then ' if card.trained.get('clone') else ''}{card.trained['algorithm']}, {short(card.trained['agent_decisions'])} decisions"
        for kind, found in card.results.items():
            what = path.stem if kind == "game" else f"{path.stem}, split {kind}"
            interval = found[found["judged_by"]]
            told = f"wins {_shown(interval, '.0%')}" if found["judged_by"] == "win_rate" else _shown(interval, "+.3g")
            scores = f"{found['score']['mean']:.3g} | {found['scripted']['mean']:.3g}"
            lines.append(f"| {what} | {how if kind == 'game' else ''} | {scores} | {found['beats_scripted']}: {told} |")
    return "\n".join(lines) + "\n"


def _shown(interval: Mapping[str, float], form: str) -> str:
    return f"{interval['mean']:{form}} ({interval['low']:{form}} to {interval['high']:{form}})"


def main(arguments: Sequence[str] | None = None) -> int:
    """Train what is asked for; exit code 2 for what there is no recipe for."""
    parser = argparse.ArgumentParser(prog="python -m sandlot.agents.ship", description="Train the policies that come with sandlot anew.")
    parser.add_argument("recipes", nargs="*", help="names as --list has them, or games; all by default")
    parser.add_argument("--list", action="store_true", help="say which recipes there are")
    parser.add_argument("--table", action="store_true", help="print what the shipped policies come to")
    parser.add_argument("--measure", action="store_true", help="train nothing: only measure anew what is in the folder")
    parser.add_argument("--seed", type=int, default=0, help="of networks, worlds and all chance")
    parser.add_argument("-o", "--out", type=Path, default=SHIPPED, help="folder to write to (default: where sandlot looks for them)")
    given = parser.parse_args(arguments)
    if given.table:
        print(table(), end="")
        return 0
    if given.measure:
        for path in measure_again(given.out):
            print(f"{path}: {read_policy(path)[0].results['game']['beats_scripted']}", flush=True)
        return 0
    known = {recipe.name: [recipe] for recipe in RECIPES} | {game: [one for one in RECIPES if one.game == game] for game in names()}
    for name in given.recipes:
        if name not in known:
            print(f"sandlot: no recipe {name!r}{suggestion(name, known)}", file=sys.stderr)
            return 2
    chosen = [one for name in given.recipes for one in known[name]] or list(RECIPES)
    for recipe in chosen:
        if given.list:
            print(f"{recipe.name}: {recipe.steps:,} decisions")
            continue
        begun = time.monotonic()
        for path in ship(recipe, given.out, given.seed, lambda words: print(words, flush=True)):
            found = read_policy(path)[0].results["game"]
            print(
                f"{path}: {found['score']['mean']:.3g}, the script's is {found['scripted']['mean']:.3g}; {time.monotonic() - begun:.0f} s",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
