"""How good policies are: what many seeds came to, with intervals, and against whom. NumPy only."""

import hashlib
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ... import __version__
from ...envs import VectorEnv
from ...envs.extras import needs
from ...envs.policy import Spec
from ...scenarios import Scenario
from ...scenarios.describe.canonical import scenario_hash
from ...scenarios.text.problems import suggestion
from ..play.episodes import WORLDS, Channel, Episodes, play
from ..play.ratings import are_alike
from ..play.seeds import RUN_SEEDS, judging_seeds
from ..policies.policy_file import params_of, read_policy
from ..policies.specs import shipped_path
from . import messages
from .stats import CONFIDENCE, RESAMPLES, bootstrap, compared, rounded, wilson

Array = NDArray[Any]
Numbers: TypeAlias = dict[str, Any]
FORMAT = "sandlot-evaluation/1"


class EvaluationError(ValueError):
    """What was asked for can't be evaluated: what was expected, what came."""


# --- judging ----------------------------------------------------------------------------------------------------------------------------------


class Judge:
    """Says who won an episode.

    Where the roles of several teams are alike, who has the higher score wins. Elsewhere scores of different teams can't be compared (a chaser's tags,
    a runner's escapes), so a team wins an episode if its score is above par: what it would have with all teams scripted and the same seed. The same
    seed means the same start, so that luck is shared; scripted teams win exactly half, and in a game of opposite scores one team's win is the other's
    defeat. Equal scores are half a win. Without a script for every team there is no par, and nobody wins.

    Args:
        scenario: The game.
        seeds: Of the episodes.
        worlds: As of `play`.
        threads: As of `play`.
    """

    def __init__(self, scenario: Scenario, seeds: Sequence[int], worlds: int = WORLDS, threads: int = 1) -> None:
        self._scenario, self._seeds, self._how = scenario, list(seeds), {"worlds": worlds, "threads": threads}
        env = VectorEnv(scenario, 1)
        self.alike = len(env.teams) > 1 and are_alike(env)
        self.has_par = set(scenario.acting_teams) <= set(scenario.baseline)
        self._par: Episodes | None = None

    @property
    def par(self) -> Episodes:
        """The game with all teams scripted."""
        if self._par is None:
            self._par = play(self._scenario, {}, self._seeds, worlds=self._how["worlds"], threads=self._how["threads"])
        return self._par

    def points(self, team: str, episodes: Episodes) -> Array | None:
        """1 for a win of the team, 0.5 for a draw, 0 for a defeat, [N]; None where nobody can say."""
        if self.alike:
            others = [episodes.worth(other) for other in episodes.returns if other != team]
            return compared(episodes.worth(team), np.max(others, 0))
        return compared(episodes.worth(team), self.par.worth(team)) if self.has_par else None


def worth_in(match: Mapping[str, Any], team: str) -> dict[str, float]:
    """What a team is judged by in a match of a result: its score, or its return where the game has none."""
    found = match["teams"][team]
    return dict(found["score"] or found["return"])


def summary(episodes: Episodes, judge: Judge) -> Numbers:
    """Means and 95 % intervals of everything in a batch of episodes."""
    columns: dict[tuple[str, ...], Array] = {("length",): episodes.length}
    columns |= {("events", rule): values for rule, values in episodes.events.items()}
    for team, values in episodes.returns.items():
        columns["return", team] = values
        if team in episodes.score:
            columns["score", team] = episodes.score[team]
        columns |= {("reward", team, term): rewards for term, rewards in episodes.reward[team].items()}
    found = bootstrap(columns)
    teams: Numbers = {}
    for team in episodes.returns:
        points = judge.points(team, episodes)
        teams[team] = {
            "score": found.get(("score", team)),
            "return": found["return", team],
            "win_rate": None if points is None else wilson(points),
            "reward": {term: found["reward", team, term] for term in episodes.reward[team]},
        }
    ends = {end: rounded(episodes.end.count(end) / len(episodes.end)) for end in sorted(set(episodes.end))}
    return {"length": found["length",], "ends": ends, "events": {rule: found["events", rule] for rule in episodes.events}, "teams": teams}


def difference(episodes: Episodes, base: Episodes) -> Numbers:
    """By how much each team's score is above what it is in other episodes with the same seeds, paired, with intervals."""
    return bootstrap({team: episodes.worth(team) - base.worth(team) for team in episodes.returns})


# --- evaluating -------------------------------------------------------------------------------------------------------------------------------


def combinations(policies: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    """Every choice of one policy for each team."""
    return [dict(zip(policies, specs, strict=True)) for specs in itertools.product(*policies.values())]


def evaluate(
    scenario: Scenario, policies: Mapping[str, Sequence[str]], *, episodes: int = 100, seed: int = 0, worlds: int = WORLDS, threads: int = 1,
    against: Sequence[str | Mapping[str, str]] = (), exploit: int = 0, split: str | None = None, progress: Callable[[str], None] | None = None,
) -> Numbers:  # fmt: skip
    """Evaluate policies; the result can be kept as JSON, and is the same again with the same arguments.

    Args:
        scenario: The game.
        policies: Specs of each team; several are compared, all combinations across teams. Teams that are left out are scripted.
        episodes: How many seeds.
        seed: The first one.
        worlds: As of `play`; makes no difference to the result.
        threads: As of `play`; makes no difference either.
        against: Columns of a cross-play matrix: a spec for all teams without policies (in a game of one team: for its agents but the first), or
            specs by team; for a team with policies they are partners, who play its agents but the first.
        exploit: Agent decisions for which a best response is trained against each combination; 0: none. Needs PyTorch.
        split: Which ranges of params the scenario was loaded with; noted in the result.
        progress: Told what is played next.

    Raises:
        EvaluationError: A team or policy that isn't there, or can't be.
        ImportError: `exploit` without PyTorch.
    """
    check_teams(scenario, policies)
    tell = progress or (lambda _words: None)
    seeds = named_seeds(seed, episodes)
    judge = Judge(scenario, seeds, worlds, threads)
    columns = [_column(scenario, policies, one) for one in against]
    if exploit:  # said before anything is played
        if len(scenario.teams) < 2:
            raise EvaluationError(f"exploit: {scenario.name} has a single team, which nobody plays against")
        with needs("train"):
            import_module("..training.train", __package__)
    table = _Table(scenario, seeds, worlds, threads, tell)
    result: Numbers = {
        "format": FORMAT, "sandlot": __version__, "game": scenario.name, "version": scenario.version, "scenario_hash": scenario_hash(scenario),
        "params": params_of(scenario), "split": split,
        "seeds": {"first": seed, "count": episodes}, "interval": {"confidence": CONFIDENCE, "resamples": RESAMPLES},
        "judged_by": "score" if judge.alike else "par" if judge.has_par else None,
        "alike": judge.alike, "policies": {}, "matches": [],
    }  # fmt: skip
    named = dict(policies) or {team: ("scripted",) for team in scenario.teams}
    rows = [{team: row.get(team, "scripted") for team in scenario.teams} for row in combinations(named)]
    for row in rows:
        played = table.play(row)
        match = {"policies": row, **summary(played, judge)}
        if row is not rows[0]:
            match["above_first"] = difference(played, table.play(rows[0]))
        if played.said:
            tell("what was said")
            shut = {how: table.play(row, channel=how) for how in ("mute", "scramble")}
            match["messages"] = messages.report(scenario, played, {how: difference(one, played) for how, one in shut.items()})
        result["matches"].append(match)
    if columns:
        result["cross_play"] = _cross_play(scenario, combinations(named), columns, table, judge)
    if exploit:
        result["exploit"] = [one for row in rows for one in _exploited(scenario, policies, row, exploit, seed, table, judge, tell)]
    used = {spec for row in rows for spec in row.values()} | {spec for column in columns for spec in column.values()}
    result["policies"] = {spec: described(scenario, spec) for spec in sorted(used)}
    return result


def named_seeds(first: int, count: int) -> list[int]:
    """The seeds of an evaluation, see `judging_seeds`."""
    try:
        return list(judging_seeds(first, count))
    except ValueError as error:
        raise EvaluationError(str(error)) from error


class _Table:
    """Plays combinations, each once."""

    def __init__(self, scenario: Scenario, seeds: list[int], worlds: int, threads: int, tell: Callable[[str], None]) -> None:
        self._scenario, self._seeds, self._worlds, self._threads, self._tell = scenario, seeds, worlds, threads, tell
        self._known: dict[Any, Episodes] = {}

    def play(self, policies: Mapping[str, Spec], partners: Mapping[str, str] | None = None, channel: Channel = "open") -> Episodes:
        key = (tuple(policies.items()), tuple((partners or {}).items()), channel)
        if key not in self._known:
            self._tell(", ".join(f"{team}: {spec}" for team, spec in policies.items()))
            try:
                self._known[key] = play(
                    self._scenario, policies, self._seeds, worlds=self._worlds, threads=self._threads, partners=partners, channel=channel
                )
            except (OSError, ValueError) as error:
                raise EvaluationError(str(error)) from error
        return self._known[key]


def check_teams(scenario: Scenario, teams: Mapping[str, Any]) -> None:
    """Refuse teams that the game hasn't."""
    for team in teams:
        if team not in scenario.teams:
            raise EvaluationError(f"no team {team!r}{suggestion(team, scenario.teams)}; there is {', '.join(scenario.teams)}")


def _column(scenario: Scenario, policies: Mapping[str, Any], against: str | Mapping[str, str]) -> dict[str, str]:
    """Who plays whom in one column of the cross-play matrix."""
    if not isinstance(against, str):
        check_teams(scenario, against)
        for team in against:
            if team in policies and scenario.teams[team].count < 2:
                raise EvaluationError(f"against: team {team!r} has a policy, and a single agent, who has no partners")
        return dict(against)
    rest = [team for team in scenario.teams if team not in policies] if policies else []
    if rest:
        return dict.fromkeys(rest, against)
    if len(scenario.teams) > 1:
        raise EvaluationError(
            "against: every team has a policy already; leave one out of --policy, or name a team whose partners you mean: TEAM=SPEC"
        )
    (team,) = scenario.teams
    if scenario.teams[team].count < 2:
        raise EvaluationError(f"against: {scenario.name} has a single agent, who meets nobody")
    return {team: against}


def _cross_play(scenario: Scenario, rows: list[dict[str, str]], columns: list[dict[str, str]], table: _Table, judge: Judge) -> Numbers:
    cells: list[list[Numbers]] = []
    for row in rows:
        cells.append([])
        for column in columns:
            partners = {team: spec for team, spec in column.items() if team in row}
            met = {team: spec for team, spec in column.items() if team not in row}
            played = table.play({team: row.get(team, met.get(team, "scripted")) for team in scenario.teams}, partners)
            teams = summary(played, judge)["teams"]
            cells[-1].append({team: {key: teams[team][key] for key in ("score", "return", "win_rate")} for team in scenario.teams})
    return {"rows": rows, "columns": columns, "cells": cells}


def _exploited(
    scenario: Scenario,
    policies: Mapping[str, Any],
    row: dict[str, str],
    steps: int,
    seed: int,
    table: _Table,
    judge: Judge,
    tell: Callable[[str], None],
) -> Iterator[Numbers]:
    """Train somebody against each combination of policies: what it wins is the least that can be won.

    It begins as whoever it takes the place of, where that is a network or a script (cloned), so that what is known already need not be found again. And as
    that one could have stayed, what can be won is never less than nothing.
    """
    rivals = [team for team in scenario.acting_teams if team not in policies] or scenario.acting_teams
    from .exploit import best_response

    for team in rivals:
        others = {other: spec for other, spec in row.items() if other != team}
        tell(f"training {team} against {', '.join(f'{other}: {spec}' for other, spec in others.items())}")
        try:
            answer, began_as = best_response(scenario, row, team, steps, seed % RUN_SEEDS)
        except ValueError as error:
            raise EvaluationError(f"exploit: {error}") from error
        before, reached = table.play(row), table.play({**row, team: answer})
        gain = difference(reached, before)
        yield {
            "policies": others, "team": team, "agent_decisions": answer.card.trained["agent_decisions"], "seed": seed % RUN_SEEDS, "instead_of": row[team],
            "began_as": began_as, "reached": {key: summary(reached, judge)["teams"][team][key] for key in ("score", "return", "win_rate")},
            "gain": gain, "at_least": {part: max(0.0, value) for part, value in gain[team].items()},
        }  # fmt: skip


def described(scenario: Scenario, spec: str) -> Numbers:
    """What is known of a policy: of files their hash, and how they were trained."""
    if spec == "best":
        paths = [shipped_path(scenario.name, team) for team in scenario.teams]
        return {path.name: _file(path) for path in paths if path.is_file()}
    return _file(Path(spec)) if spec.endswith(".safetensors") else {}


def _file(path: Path) -> Numbers:
    card, _ = read_policy(path)
    return {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "team": card.team, "trained": card.trained}


__all__ = [
    "FORMAT",
    "EvaluationError",
    "Judge",
    "check_teams",
    "combinations",
    "described",
    "difference",
    "evaluate",
    "named_seeds",
    "summary",
    "worth_in",
]
