"""Round robins: every policy of every team meets every other, and from that ratings, Nash averages and alpha-rank. NumPy only."""

import csv
import io
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ... import __version__
from ...scenarios import Scenario
from ...scenarios.describe.canonical import scenario_hash
from ...scenarios.text.problems import counted
from ..charts import HeatMap, heat_maps
from ..play.episodes import WORLDS, Episodes, play
from ..play.ratings import bradley_terry
from ..policies.policy_file import params_of
from ..records import write_text
from .equilibrium import alpha_rank, alpha_rank_alike, nash
from .evaluate import EvaluationError, Judge, Numbers, check_teams, combinations, described, named_seeds, summary, worth_in
from .stats import CONFIDENCE, compared, resamples, rounded, spread, wilson

Array = NDArray[Any]
FORMAT = "sandlot-league/1"
MAX_PROFILES = 1024
RESAMPLES = 200
"""Of whole tournaments: ratings are computed anew for each."""


@dataclass
class Contest:
    """Policies that are compared with each other.

    Attributes:
        team: Whose role they play; empty where all roles are alike and they met head to head.
        names: Their specs.
        points: [n, n, N]: what row won against column with each seed: 1, 0.5 or 0, averaged over all ways in which they met.
        met: [n, n]: in how many ways; 0: never.
    """

    team: str
    names: list[str]
    points: Array
    met: Array

    @property
    def complete(self) -> bool:
        """Whether everybody met everybody."""
        return bool((self.met + np.eye(len(self.names)) > 0).all())


Played = Mapping[tuple[str, ...], Episodes]


def league(
    scenario: Scenario, policies: Mapping[str, Sequence[str]], *, episodes: int = 100, seed: int = 0, worlds: int = WORLDS, threads: int = 1,
    split: str | None = None, progress: Callable[[str], None] | None = None,
) -> Numbers:  # fmt: skip
    """Let all policies meet.

    Where the roles of all teams are alike, policies meet head to head, a spec that several teams have on both sides, and the higher score wins.
    Elsewhere scores of different teams can't be compared, so policies of the same role are: with the same seed against the same others, who has
    the higher score wins. That holds for a game of one team too.

    Args:
        scenario: The game.
        policies: Specs of each team; teams that are left out are scripted.
        episodes: How many seeds each combination plays.
        seed: The first one.
        worlds: As of `episodes.play`; makes no difference to the result.
        threads: As of `episodes.play`.
        split: Which ranges of params the scenario was loaded with; noted in the result.
        progress: Told what is played next.

    Returns:
        What is kept as JSON: `payoffs` of each combination, and for each contest `ratings` (Elo scale, by Bradley and Terry), `points`,
        `alpha_rank`, `nash`, with 95 % intervals from a bootstrap over seeds.

    Raises:
        EvaluationError: A team or policy that isn't there, or too many combinations.
    """
    check_teams(scenario, policies)
    field = {team: list(dict.fromkeys(policies.get(team, ("scripted",)))) for team in scenario.teams}
    profiles = combinations(field)
    if len(profiles) > MAX_PROFILES:
        raise EvaluationError(f"{len(profiles)} combinations of policies, at most {MAX_PROFILES} (MAX_PROFILES)")
    if len(profiles) < 2:
        raise EvaluationError("a league needs two policies at least: give a team another with --policy TEAM=SPEC")
    seeds = named_seeds(seed, episodes)
    judge = Judge(scenario, seeds, worlds, threads)
    played: dict[tuple[str, ...], Episodes] = {}
    payoffs = []
    for profile in profiles:
        if progress is not None:
            progress(", ".join(f"{team}: {spec}" for team, spec in profile.items()))
        try:
            met = play(scenario, profile, seeds, worlds=worlds, threads=threads)
        except (OSError, ValueError) as error:
            raise EvaluationError(str(error)) from error
        played[tuple(profile.values())] = met
        teams = summary(met, judge)["teams"]
        payoffs.append(
            {"policies": profile, "teams": {team: {key: teams[team][key] for key in ("score", "return", "win_rate")} for team in teams}}
        )
    contests = [_head_to_head(field, played)] if judge.alike else [_in_role(field, team, played) for team in field if len(field[team]) > 1]
    drawn = np.concatenate([np.full((1, episodes), 1.0), *resamples(episodes, RESAMPLES, seed)])  # the first is what was played
    return {
        "format": FORMAT, "sandlot": __version__, "game": scenario.name, "version": scenario.version, "scenario_hash": scenario_hash(scenario),
        "params": params_of(scenario), "split": split,
        "seeds": {"first": seed, "count": episodes}, "interval": {"confidence": CONFIDENCE, "resamples": RESAMPLES},
        "alike": judge.alike, "teams": field, "payoffs": payoffs,
        "contests": [_contested(contest, drawn) for contest in contests],
        **_strategic(field, played, contests, judge, drawn),
        "policies": {spec: described(scenario, spec) for spec in sorted({spec for specs in field.values() for spec in specs})},
    }  # fmt: skip


# --- who met whom -----------------------------------------------------------------------------------------------------------------------------


def _head_to_head(field: Mapping[str, Sequence[str]], played: Played) -> Contest:
    """All policies of all teams, whose scores can be compared."""
    names = list(dict.fromkeys(spec for specs in field.values() for spec in specs))
    count, episodes = len(names), len(next(iter(played.values())).seeds)
    points, met = np.zeros((count, count, episodes)), np.zeros((count, count))
    for profile, found in played.items():
        for (mine, me), (theirs, them) in itertools.permutations(zip(field, profile, strict=True), 2):
            i, j = names.index(me), names.index(them)
            if i != j:
                points[i, j] += compared(found.worth(mine), found.worth(theirs))
                met[i, j] += 1
    return Contest("", names, points / np.maximum(met, 1)[:, :, None], met)


def _in_role(field: Mapping[str, Sequence[str]], team: str, played: Played) -> Contest:
    """The policies of one team, each in the same place."""
    names, place = list(field[team]), list(field).index(team)
    others = {profile[:place] + profile[place + 1 :] for profile in played}
    worth = {profile: found.worth(team) for profile, found in played.items()}
    points = np.zeros((len(names), len(names), len(next(iter(worth.values())))))
    for i, j in itertools.permutations(range(len(names)), 2):
        for rest in sorted(others):
            a, b = ((*rest[:place], names[k], *rest[place:]) for k in (i, j))
            points[i, j] += compared(worth[a], worth[b])
    met = np.full((len(names), len(names)), float(len(others))) - np.eye(len(names)) * len(others)
    return Contest(team, names, points / len(others), met)


# --- what it means ----------------------------------------------------------------------------------------------------------------------------


def _contested(contest: Contest, drawn: Array) -> Numbers:
    episodes = drawn.shape[1]
    means = np.einsum("rn,ijn->rij", drawn, contest.points) / episodes
    # Who has won everything may still lose: resamples also hold some draws that were not played, one on average.
    draws = np.append(0, np.random.default_rng(episodes).poisson(1.0, len(drawn) - 1))
    ratings = bradley_terry((means * episodes + 0.5 * draws[:, None, None]) * contest.met, (episodes + draws[:, None, None]) * contest.met)
    cells = [
        [None if contest.met[i, j] == 0 else wilson(contest.points[i, j]) for j in range(len(contest.names))]
        for i in range(len(contest.names))
    ]
    return {
        "team": contest.team or None,
        "policies": contest.names,
        "points": cells,
        "ratings": {name: _with_interval(ratings[:, k]) for k, name in enumerate(contest.names)},
    }


def _with_interval(values: Array) -> dict[str, float]:
    """What was played stands first, resamples after it."""
    tail = 50 * (1 - CONFIDENCE)
    low, high = np.percentile(values[1:], [tail, 100 - tail])
    return spread(float(values[0]), float(low), float(high))


def _strategic(field: Mapping[str, list[str]], played: Played, contests: Sequence[Contest], judge: Judge, drawn: Array) -> Numbers:
    """Alpha-rank and Nash average: of one population where everybody met everybody in alike roles, else of one for each team."""
    episodes = drawn.shape[1]
    if judge.alike and contests[0].complete and len(field) == 2:
        contest = contests[0]
        tables = [share - 0.5 * (contest.met > 0) for share in np.einsum("rn,ijn->rij", drawn, contest.points) / episodes]
        names = [("", contest.names)]
        ranks = [[alpha_rank_alike(table)] for table in tables]
        averages = [_nash(table)[:1] for table in tables]
        return {"alpha_rank": _masses(names, ranks), "nash": _averages(names, averages), "value": None}
    shape = tuple(len(specs) for specs in field.values())
    worth = np.stack([np.stack([_payoff(found, team, judge) for team in field]) for found in played.values()])  # [profiles, teams, N]
    means = np.einsum("rn,ptn->rtp", drawn, worth) / episodes
    tables_by_team = means.reshape(len(drawn), len(field), *shape)
    names = list(field.items())
    every = [alpha_rank(list(tables)) for tables in tables_by_team]
    ranks = [[mass.sum(tuple(k for k in range(len(shape)) if k != place)) for place in range(len(shape))] for mass in every]
    found: Numbers = {"alpha_rank": _masses(names, ranks), "nash": None, "value": None}
    total = worth.sum(1)
    if len(field) == 2 and np.allclose(total, total[0, 0], atol=1e-4):  # what one wins the other loses
        both = [_nash(tables[0]) for tables in tables_by_team]
        found["nash"] = _averages(names, both)
        found["value"] = {
            team: rounded(sign * both[0][0][2] + shift) for team, sign, shift in zip(field, (1, -1), (0.0, float(total[0, 0])), strict=True)
        }
    return found


def _payoff(found: Episodes, team: str, judge: Judge) -> Array:
    points = judge.points(team, found) if judge.alike else None
    return found.worth(team) if points is None else points


def _nash(table: Array) -> list[tuple[Array, Array, float]]:
    """For rows and columns: how often each is played in equilibrium, what each would win against the other side's equilibrium, and the value."""
    rows, columns = nash(table)
    value = float(rows @ table @ columns)
    return [(rows, table @ columns - value, value), (columns, value - table.T @ rows, value)]


def _masses(names: Sequence[tuple[str, Sequence[str]]], ranks: Sequence[Sequence[Array]]) -> list[Numbers]:
    """Alpha-rank by policy: the mean over resamples, for it jumps where a payoff crosses another."""
    found = []
    for place, (team, specs) in enumerate(names):
        masses = np.round(np.stack([rank[place] for rank in ranks]), 6)
        middle = np.concatenate([masses[1:].mean(0, keepdims=True), masses[1:]])
        found.append({"team": team or None, "mass": {spec: _with_interval(middle[:, k]) for k, spec in enumerate(specs)}})
    return found


def _averages(names: Sequence[tuple[str, Sequence[str]]], averages: Sequence[Sequence[tuple[Array, Array, float]]]) -> list[Numbers]:
    found = []
    for place, (team, specs) in enumerate(names):
        played, wins = (np.stack([average[place][part] for average in averages]) for part in (0, 1))
        found.append({"team": team or None, "mass": {spec: _with_interval(np.round(played[:, k], 6)) for k, spec in enumerate(specs)},
                      "average": {spec: _with_interval(wins[:, k]) for k, spec in enumerate(specs)}})  # fmt: skip
    return found


# --- keeping ----------------------------------------------------------------------------------------------------------------------------------


def write_league(result: Numbers, folder: str | Path) -> None:
    """Write `league.json`, `payoffs.csv`, `ratings.csv` and `payoffs.svg` into a folder, which is made."""
    import json

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / "league.json", json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    teams = list(result["teams"])
    head = [
        *teams,
        *(f"{team} {measure} {part}".strip() for team in teams for measure in ("score", "win_rate") for part in ("", "low", "high")),
    ]
    write_text(folder / "payoffs.csv", _table([head, *(_payoff_line(line, teams) for line in result["payoffs"])]))
    lines: list[list[Any]] = [["team", "policy", "rating", "low", "high", "alpha_rank", "nash"]]
    lines += [[*row[:2], *row[2].values(), row[3]["mean"], "" if row[4] is None else row[4]["mean"]] for row in standings(result)]
    write_text(folder / "ratings.csv", _table(lines))
    write_text(folder / "payoffs.svg", heat_map(result))


def standings(result: Numbers) -> list[tuple[str, str, dict[str, float], dict[str, float], dict[str, float] | None]]:
    """For each policy of each contest, the best first: team (empty: all), spec, rating, alpha-rank, weight in the Nash average (None: there is none)."""
    found = []
    for contest in result["contests"]:
        for name, rating in sorted(contest["ratings"].items(), key=lambda item: -item[1]["mean"]):
            found.append(
                (
                    contest["team"] or "",
                    name,
                    rating,
                    _mass(result["alpha_rank"], contest["team"], name),
                    _mass(result["nash"], contest["team"], name),
                )
            )
    return found


def _mass(groups: list[Numbers] | None, team: str | None, name: str) -> Any:
    """A policy's weight, averaged over all teams where the contest is of all, 0 for those it doesn't play: so the weights of a contest add up to 1."""
    those = [group["mass"] for group in groups or [] if team is None or group["team"] in (None, team)]
    masses = [mass[name] for mass in those if name in mass]
    return None if not masses else {key: rounded(sum(mass[key] for mass in masses) / len(those)) for key in masses[0]}


def _payoff_line(line: Numbers, teams: Sequence[str]) -> list[Any]:
    cells: list[Any] = [line["policies"][team] for team in teams]
    for team in teams:
        for measure in ("score", "win_rate"):
            found = line["teams"][team][measure]
            cells += ["", "", ""] if found is None else list(found.values())
    return cells


def _table(rows: Sequence[Sequence[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


# --- the picture ------------------------------------------------------------------------------------------------------------------------------


def panels(result: Numbers) -> list[tuple[str, str, list[str], list[str], list[list[Any]]]]:
    """What there is to see: title, explanation, names of rows and of columns, cells with intervals (None: they never met)."""
    found = []
    teams: dict[str, list[str]] = result["teams"]
    if len(teams) == 2 and not result["alike"]:
        (first, rows), (second, columns) = teams.items()
        for team in teams:
            cells = {tuple(line["policies"].values()): worth_in(line, team) for line in result["payoffs"]}
            found.append(
                (
                    f"{team}: score",
                    f"rows play {first}, columns {second}",
                    rows,
                    columns,
                    [[cells[row, column] for column in columns] for row in rows],
                )
            )
    for contest in result["contests"]:
        how = "rows against columns, head to head" if contest["team"] is None else "who scores more in the same place, same seeds"
        title = "share of points" if contest["team"] is None else f"{contest['team']}: share of points"
        found.append((title, how, contest["policies"], contest["policies"], contest["points"]))
    return found


def heat_map(result: Numbers) -> str:
    """An SVG of all payoffs: red is high for the row, blue low."""
    maps = []
    for title, how, rows, columns, cells in panels(result):
        values = [cell["mean"] for row in cells for cell in row if cell is not None]
        span = (0.0, 1.0) if "share" in title else (min(values), max(values))
        maps.append(HeatMap(title, how, list(map(_label, rows)), list(map(_label, columns)), cells, span))
    return heat_maps(f"{result['game']}: {counted(result['seeds']['count'], 'episode')} for each combination", maps)


def _label(spec: str) -> str:
    """A policy's name where there is little room."""
    path = Path(spec)
    return f"{path.parent.name}/{path.stem}"[-24:].lstrip("/") if spec.endswith(".safetensors") else spec


__all__ = ["FORMAT", "heat_map", "league", "standings", "write_league"]
