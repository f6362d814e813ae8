"""`sandlot evaluate` and `sandlot league`: how good policies are, and which is the best."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import FAILED, Game, Params, Ranges, Seed, Split, console, fail, load_game, print_rows, save_text

if TYPE_CHECKING:
    from rich.console import Console

    from ...scenarios import Scenario

HELP = {
    "policy": "Who plays a team: scripted (default), random, best, or a policy file; without TEAM= everybody. Again for the same team: compared.",
    "episodes": "How many; each has a seed of its own and is played to its end.",
    "worlds": "Worlds side by side; makes no difference to the result.",
    "against": "A column of the cross-play matrix: who plays the teams without --policy, or partners within a team that has one. May be repeated.",
    "exploit": "Train a best response for so many agent decisions, and say what it wins (needs PyTorch).",
    "out": "Write the result to this file, as JSON.",
}
Specs = Annotated[list[str] | None, typer.Option("--policy", help=HELP["policy"], metavar="[TEAM=]SPEC")]
Count = Annotated[int, typer.Option(help=HELP["episodes"], min=2, max=100_000)]
Worlds = Annotated[int, typer.Option(help=HELP["worlds"], min=1, max=4096)]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON, and nothing else.")]


def evaluate(
    game: Game,
    policy: Specs = None,
    episodes: Count = 100,
    seed: Seed = 0,
    against: Annotated[list[str] | None, typer.Option(help=HELP["against"], metavar="[TEAM=]SPEC")] = None,
    exploit: Annotated[int, typer.Option(help=HELP["exploit"], min=0)] = 0,
    settings: Params = None,
    ranges: Ranges = None,
    split: Split = None,
    worlds: Worlds = 64,
    out: Annotated[Path | None, typer.Option(help=HELP["out"], metavar="FILE.json")] = None,
    as_json: AsJson = False,
) -> None:
    """Measure policies over many seeds: score, win rate, events and rewards, with 95 % intervals."""
    scenario = _loaded(game, settings, ranges, split)
    policies = _specs(scenario, policy)
    from ..evaluation.evaluate import EvaluationError
    from ..evaluation.evaluate import evaluate as run

    columns = [_one(text, "--against") for text in against or []]
    _check_file(out)
    try:
        result = run(
            scenario, policies, episodes=episodes, seed=seed, worlds=worlds, against=columns, exploit=exploit, split=split,
            progress=None if as_json else _progress(),
        )  # fmt: skip
    except (EvaluationError, ImportError) as error:
        fail(str(error))
    if Path(game).is_file():
        result["file"] = game
    text = json.dumps(result, indent=1, ensure_ascii=False)
    if out is not None:
        save_text(out, text + "\n")
    if as_json:
        typer.echo(text)
        return
    _print_evaluation(console(), result)
    if out is not None:
        typer.echo(f"{out}: written")


def league(
    game: Game,
    policy: Specs = None,
    episodes: Count = 100,
    seed: Seed = 0,
    settings: Params = None,
    ranges: Ranges = None,
    split: Split = None,
    worlds: Worlds = 64,
    out: Annotated[
        Path | None, typer.Option(help="Folder for league.json, payoffs.csv, ratings.csv and payoffs.svg.", metavar="DIR")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Let every policy of every team meet every other: payoffs, ratings, Nash average, alpha-rank."""
    scenario = _loaded(game, settings, ranges, split)
    policies = _specs(scenario, policy) or _everybody(scenario)
    from ..evaluation.evaluate import EvaluationError
    from ..evaluation.league import league as run
    from ..evaluation.league import write_league
    from ..records import remove_empty

    made = _new_folder(out, f"{scenario.name}-league")
    folder = out if out is not None else made[0]
    try:
        result = run(
            scenario, policies, episodes=episodes, seed=seed, worlds=worlds, split=split, progress=None if as_json else _progress()
        )
        write_league(result, folder)
    except EvaluationError as error:
        fail(str(error))
    except OSError as error:
        fail(f"{folder}: can't write: {(error.strerror or str(error)).lower()}", FAILED)
    finally:
        remove_empty(made)
    if as_json:
        typer.echo(json.dumps(result, indent=1, ensure_ascii=False))
        return
    _print_league(console(), result)
    typer.echo(f"{folder}: league.json, payoffs.csv, ratings.csv and payoffs.svg written")


# --- options ----------------------------------------------------------------------------------------------------------------------------------


def _loaded(game: str, settings: list[str] | None, ranges: list[str] | None, split: str | None) -> "Scenario":
    """A game, with the params that are held back if these are asked for."""
    scenario = load_game(game, settings, ranges)
    if split is None:
        return scenario
    if split not in ("train", "test"):
        fail(f"--split: expected train or test, got {split!r}")
    if not getattr(scenario, split):
        fail(f"--split: {scenario.name} has no {split!r}, no params for {'judging' if split == 'test' else 'learning'} alone")
    return load_game(game, settings, ranges, split)


def _one(text: str, option: str) -> str | dict[str, str]:
    """Read SPEC or TEAM=SPEC."""
    team, equals, spec = text.partition("=")
    if not text.strip("=") or (equals and not (team and spec)):
        fail(f"{option}: expected SPEC or TEAM=SPEC, got {text!r}")
    return {team: spec} if equals and team.isidentifier() else text  # options and paths may have a = too


def _specs(scenario: "Scenario", given: list[str] | None) -> dict[str, list[str]]:
    """Read policies: some for each team; those without a team are everybody's."""
    found: dict[str, list[str]] = {}
    for text in given or []:
        one = _one(text, "--policy")
        for team, spec in (dict.fromkeys(scenario.teams, one) if isinstance(one, str) else one).items():
            if spec not in found.setdefault(team, []):
                found[team].append(spec)
    return found


def _everybody(scenario: "Scenario") -> dict[str, list[str]]:
    """Whoever is at hand for each team."""
    from ..policies.specs import shipped_path

    shipped = {team: ["best"] for team in scenario.teams if shipped_path(scenario.name, team).is_file()}
    return {team: ["scripted", "random", *shipped.get(team, [])] for team in scenario.teams}


def _check_file(out: Path | None) -> None:
    """Say before hours of play that there is nowhere to put what comes of them."""
    from ...envs.files import check_writable

    if out is None:
        return
    if not out.parent.is_dir():
        fail(f"--out: there is no folder {out.parent}")
    try:
        check_writable(out)
    except OSError as error:
        fail(f"--out: {error}")


def _new_folder(out: Path | None, name: str) -> list[Path]:
    """The same for a folder; returns what was made, and is to be removed if it stays empty."""
    from ...envs.files import check_writable
    from ..records import claim_folder, make_folder

    try:
        if out is None:
            return claim_folder(Path("runs"), name)
        made = make_folder(out)
        check_writable(out / "league.json")
        return made
    except OSError as error:
        fail(f"--out: {error}")


def _progress() -> Callable[[str], None] | None:
    """Says on a terminal what is played."""
    if not sys.stderr.isatty():
        return None
    return lambda words: typer.echo(f"playing {words} ...", err=True)


# --- tables -----------------------------------------------------------------------------------------------------------------------------------


def _number(found: dict[str, float] | None) -> str:
    """A mean with its interval."""
    if found is None:
        return "-"
    return f"{found['mean']:.3g}" if found["low"] == found["high"] else f"{found['mean']:.3g} ({found['low']:.3g} to {found['high']:.3g})"


def _print_evaluation(console: "Console", result: dict[str, Any]) -> None:
    from ...scenarios.text.problems import counted

    first, count = result["seeds"]["first"], result["seeds"]["count"]
    split = f", split {result['split']}" if result["split"] else ""
    console.print(
        f"[bold]{result['game']}[/] v{result['version']}: {counted(count, 'episode')}, seeds {first} to {first + count - 1}{split}; 95 % intervals\n"
    )
    matches = result["matches"]
    rows = []
    for number, match in enumerate(matches, 1):
        for team, found in match["teams"].items():
            above = match.get("above_first", {}).get(team)
            rows.append([str(number), team, match["policies"][team], _number(found["score"]), _number(found["return"]), _number(found["win_rate"]),
                         *([_number(above)] if len(matches) > 1 else [])])  # fmt: skip
    print_rows(console, ["", "team", "policy", "score", "return", "win rate", *(["above the first"] if len(matches) > 1 else [])], rows)
    numbers = [str(k) for k in range(1, len(matches) + 1)]
    lines = [["length [decisions]", *(_number(match["length"]) for match in matches)]]
    ends = sorted({end for match in matches for end in match["ends"]})
    lines += [[f"ended by {end}", *(f"{match['ends'].get(end, 0):.0%}" for match in matches)] for end in ends]
    lines += [[f"event {rule}", *(_number(match["events"][rule]) for match in matches)] for rule in matches[0]["events"]]
    for team, found in matches[0]["teams"].items():
        lines += [
            [f"{team}: reward {term}", *(_number(match["teams"][team]["reward"][term]) for match in matches)] for term in found["reward"]
        ]
    print_rows(console, ["by episode", *numbers], lines)
    for number, match in enumerate(matches, 1):
        if "messages" in match:
            _print_messages(console, number, match["messages"])
    if "cross_play" in result:
        _print_cross_play(console, result["cross_play"])
    if "exploit" in result:
        rows = [
            [", ".join(f"{team}: {spec}" for team, spec in one["policies"].items()), one["team"], f"{one['agent_decisions']:,}", _number(one["reached"]["score"]),
             _number(one["at_least"]), _number(one["reached"]["win_rate"])]
            for one in result["exploit"]
        ]  # fmt: skip
        print_rows(console, ["best response against", "of", "decisions", "its score", "exploitability at least", "win rate"], rows)
    words = {
        "score": "who has the higher score wins",
        "par": "a win is a score above that of scripted teams with the same seed",
        None: "no win rate: not all teams have a script",
    }
    console.print(f"[dim]{words[result['judged_by']]}; returns and rewards are means over a team's agents[/]")


def _print_messages(console: "Console", number: int, found: dict[str, Any]) -> None:
    rows = []
    for agent, said in found["speakers"].items():
        rows.append([agent, " ".join(f"{share:.0%}" for share in said["symbols"]), *(_bits(one) for one in said["secret"].values()), _bits(said["outcome"]),
                     *(_bits(one) for one in said["outcome_given"].values())])  # fmt: skip
    secrets = list(next(iter(found["speakers"].values()))["secret"])
    heads = [*(f"tells of {name}" for name in secrets), "of the outcome", *(f"of it, given {name}" for name in secrets)]
    print_rows(console, [f"{number}: what was said", "symbols", *heads], rows)
    words = {"mute": "always saying symbol 0", "scramble": "random symbols"}
    shut = [[words[how], *map(_number, teams.values())] for how, teams in found["shut"].items()]
    print_rows(console, [f"{number}: score changes by", *next(iter(found["shut"].values()))], shut)


def _bits(found: dict[str, float]) -> str:
    return f"{found['beyond']:.3f} bits (p {found['p']:.2g})"


def _print_cross_play(console: "Console", found: dict[str, Any]) -> None:
    words = [", ".join(f"{team}: {spec}" for team, spec in column.items()) for column in found["columns"]]
    for measure in ("score", "win_rate"):
        for team in found["rows"][0]:
            lines = [
                [", ".join(f"{name}: {spec}" for name, spec in row.items()), *(_number(cell[team][measure]) for cell in cells)]
                for row, cells in zip(found["rows"], found["cells"], strict=True)
            ]
            print_rows(console, [f"{team}: {measure.replace('_', ' ')} against", *words], lines)


def _print_league(console: "Console", result: dict[str, Any]) -> None:
    from ...scenarios.text.problems import counted
    from ..evaluation.league import panels, standings

    console.print(
        f"[bold]{result['game']}[/] v{result['version']}: {counted(result['seeds']['count'], 'episode')} for each combination; 95 % intervals\n"
    )
    for title, how, rows, columns, cells in panels(result):
        console.print(f"{title} [dim]({how})[/]")
        print_rows(console, ["", *columns], [[name, *map(_number, row)] for name, row in zip(rows, cells, strict=True)])
    lines = [[team or "all", spec, _rating(rating), _share(rank), _share(nash)] for team, spec, rating, rank, nash in standings(result)]
    print_rows(console, ["team", "policy", "rating", "alpha-rank", "Nash average"], lines)


def _rating(found: dict[str, float]) -> str:
    return f"{found['mean']:.0f} ({found['low']:.0f} to {found['high']:.0f})"


def _share(found: dict[str, float] | None) -> str:
    return "-" if found is None else f"{found['mean']:.2f} ({found['low']:.2f} to {found['high']:.2f})"


__all__ = ["evaluate", "league"]
