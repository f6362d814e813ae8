"""How good policies are: many seeds of a game, each played to its end exactly once, and what that came to. NumPy only."""

import hashlib
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .. import __version__
from ..envs import VectorEnv
from ..envs.policy import Cast, Policy, Scripted, Spec, resolve
from ..scenarios import Scenario
from ..scenarios.fmt import scenario_hash
from ..scenarios.problems import suggestion
from . import messages
from .checkpoint import read_policy
from .match import MAX_FRAMES
from .pool import are_alike
from .specs import SHIPPED
from .stats import CONFIDENCE, RESAMPLES, bootstrap, compared, rounded, wilson
from .streams import Streams
from .trained import TrainedPolicy
from .uniform import RandomPolicy

Array = NDArray[Any]
Numbers: TypeAlias = dict[str, Any]
Channel = Literal["open", "mute", "scramble"]
FORMAT = "sandlot-evaluation/1"
WORLDS = 64


class EvaluationError(ValueError):
    """What was asked for can't be evaluated: what was expected, what came."""


# --- playing ----------------------------------------------------------------------------------------------------------------------------------


@dataclass
class Episodes:
    """What N episodes came to, one for each seed, in their order.

    Attributes:
        seeds: What they were seeded with.
        length: Decisions, [N].
        end: Label of the rule that ended each, `time` for the clock, `stopped` after `match.MAX_FRAMES` decisions.
        score: Final score of each team, [N]; empty where the game has none.
        returns: For each team the mean over its agents of the sum of rewards, [N].
        reward: The same by term.
        events: How often each rule fired, [N]; without rules that run by the clock.
        said: For each team that can speak, in how many decisions each agent said each symbol, [N, A, symbols].
        secrets: What was drawn, [N] by name.
    """

    seeds: list[int]
    length: Array
    end: list[str]
    score: dict[str, Array]
    returns: dict[str, Array]
    reward: dict[str, dict[str, Array]]
    events: dict[str, Array]
    said: dict[str, Array] = field(default_factory=dict[str, Array])
    secrets: dict[str, Array] = field(default_factory=dict[str, Array])

    def worth(self, team: str) -> Array:
        """What a team is judged by, [N]: its score, or its return where the game has no score for it."""
        return self.score.get(team, self.returns[team])


class _Sums:
    """Running sums of every world, by agent where there are agents: an episode's mean is taken at its end, so that it hangs on nothing else."""

    def __init__(self, env: VectorEnv, scenario: Scenario, speakers: Mapping[str, int]) -> None:
        clock = {name for name, rule in scenario.rules.items() if getattr(rule.when, "every", None) is not None}
        self._labels, self._env = scenario.end.rules, env
        self._shown = [name for name in scenario.rules if name not in clock]
        worlds = env.num_envs
        self.lengths = np.zeros(worlds, np.int64)
        self._sums: dict[tuple[str, ...], Array] = {("events", rule): np.zeros(worlds) for rule in self._shown}
        for team in env.game.teams:
            self._sums["returns", team.name] = np.zeros((worlds, team.agents))
            self._sums |= {("reward", team.name, term): np.zeros((worlds, team.agents)) for term in team.terms}
        self._sums |= {("said", team): np.zeros((worlds, len(env.agents(team)), symbols)) for team, symbols in speakers.items()}

    def add(self, reward: Mapping[str, Array], info: Mapping[str, Any], said: Mapping[str, Array]) -> None:
        """Count one decision of every world."""
        self.lengths += 1
        for name, sums in self._sums.items():
            match name:
                case ("events", rule):
                    sums += info[f"event/{rule}"]
                case ("returns", team):
                    sums += reward[team]
                case ("reward", team, term):
                    sums += info[f"reward/{term}"][team]
                case ("said", team):
                    sums += said[team]

    def take(self, world: int, terminated: bool, over: bool, info: Mapping[str, Any]) -> tuple[str, dict[tuple[str, ...], Any]]:
        """How a world's episode ended, and what it came to."""
        fired = [label for label, rule in self._labels.items() if terminated and info[f"event/{rule}"][world] > 0]
        end = fired[0] if fired else "time" if over else "stopped"
        found: dict[tuple[str, ...], Any] = {}
        for name, sums in self._sums.items():
            row = sums[world]
            found[name] = row.copy() if name[0] == "said" else float(row) if name[0] == "events" else float(row.mean()) if row.size else 0.0
        found |= {("score", team): float(values[world]) for team, values in info.get("score", {}).items()}
        found["length",] = int(self.lengths[world])
        return end, found

    def forget(self, worlds: Array) -> None:
        """Some worlds begin a new episode, bool [E]."""
        for sums in (*self._sums.values(), self.lengths):
            sums[worlds] = 0


def play(
    scenario: Scenario, policies: Mapping[str, Spec], seeds: Sequence[int], *, worlds: int = WORLDS, threads: int = 1,
    partners: Mapping[str, Spec] | None = None, channel: Channel = "open",
) -> Episodes:  # fmt: skip
    """Play one episode for each seed to its end; short ones are not preferred, for nothing is cut off and nothing counted twice.

    The result is the same to the bit for any number of worlds and threads, if what a policy does in a world hangs on nothing but that world and chance
    (see `Streams`).

    Args:
        scenario: The game.
        policies: Who plays each team; scripted by default.
        seeds: One for each episode.
        worlds: How many are played side by side. One that is over goes on with the next seed; with policies other than sandlot's own, which may draw
            the same chance for all worlds, it waits until all are over, so that their decisions have the same numbers.
        threads: As of `VectorEnv`.
        partners: Teams whose first agent alone is played by `policies`, and by whom the others are.
        channel: `mute`: whoever can speak says symbol 0 always; `scramble`: a symbol drawn anew for every decision.

    Raises:
        ValueError: For a policy that names nothing, or can't play its team.
    """
    env = VectorEnv(scenario, min(worlds, len(seeds)), autoreset="disabled", threads=threads)
    mixed = dict(partners or {})
    speakers = {team.name: team.symbols for team in env.game.teams if team.symbols}
    whole = tuple(team for team in env.teams if team not in mixed and team not in speakers)
    cast = Cast(env, dict(policies), env.teams, whole=whole)
    others = {team: resolve(spec, env, team) for team, spec in mixed.items()}
    own = all(isinstance(policy, Scripted | RandomPolicy | TrainedPolicy) for policy in (*cast.policies.values(), *others.values()))
    agents = {team: len(env.agents(team)) for team in env.teams}
    rng, sums = Streams(), _Sums(env, scenario, speakers)
    ends, found = [""] * len(seeds), [dict[tuple[str, ...], Any]() for _ in seeds]
    running = np.arange(env.num_envs)  # which episode each world plays; -1: none is left
    waiting = iter(range(env.num_envs, len(seeds)))
    drawn = {name: np.zeros(len(seeds), np.float32) for name in scenario.draw}

    def note_secrets(worlds: Array) -> None:
        for name, values in env.secrets().items():
            drawn[name][running[worlds]] = values[worlds]

    numbers = np.array([seed % (1 << 64) for seed in seeds], np.uint64)
    obs, info = env.reset(seed=[int(seed) for seed in seeds[: env.num_envs]])
    alive = info["alive"]
    note_secrets(running >= 0)
    cast.reset()
    for team, policy in others.items():
        if not isinstance(policy, Scripted):
            policy.reset(env.num_envs * agents[team])
    while (running >= 0).any():
        rng.begin(numbers[running], np.where(running >= 0, sums.lengths, 0))
        asked = {team: here & (running >= 0)[:, None] for team, here in alive.items()}
        actions = cast.act(obs, asked, rng)
        for team, policy in others.items():
            actions[team] = np.concatenate([actions[team][:, :1], _acts(env, team, policy, obs, asked, rng)[:, 1:]], 1)
        said = {}
        for team, symbols in speakers.items():
            actions[team], said[team] = _speech(actions[team], symbols, alive[team], channel, rng)
        obs, reward, terminated, truncated, info = env.step(actions)
        alive = info["alive"]
        sums.add(reward, info, said)
        over = terminated | truncated
        done = (running >= 0) & (over | (sums.lengths >= MAX_FRAMES))
        if not done.any():
            continue
        for world in map(int, np.flatnonzero(done)):
            ends[running[world]], found[running[world]] = sums.take(world, bool(terminated[world]), bool(over[world]), info)
            running[world] = -1
        if not own and (running >= 0).any():
            continue
        begin = running < 0
        for world in np.flatnonzero(begin):
            running[world] = next(waiting, -1)
        begin &= running >= 0
        if begin.any():
            obs, info = env.reset(seed=[int(seeds[int(k)]) for k in running], mask=begin)
            alive = info["alive"]
            note_secrets(begin)
            sums.forget(begin)
            cast.restart(begin)
            for team, policy in others.items():
                if hasattr(policy, "restart"):
                    policy.restart(np.repeat(begin, agents[team]))
    env.close()
    return _gathered(env, list(seeds), ends, found, drawn)


def _acts(env: VectorEnv, team: str, policy: Policy | Scripted, obs: Mapping[str, Array], alive: Mapping[str, Array], rng: Streams) -> Array:
    """What one policy would do with a whole team, [E, A, K]."""
    if isinstance(policy, Scripted):
        return env.scripted_actions([team])[team]
    seen = obs[team]
    rows = np.asarray(policy.act(seen.reshape(-1, seen.shape[2]), alive[team].reshape(-1), rng))
    return rows.reshape(*seen.shape[:2], *rows.shape[1:])


def _speech(actions: Array, symbols: int, alive: Array, channel: Channel, rng: Streams) -> tuple[Array, Array]:
    """Actions with what is said through a channel, [E, A, K], and which symbol each agent says, one-hot [E, A, symbols]; nobody speaks who is out."""
    chosen = actions[:, :, -symbols:].argmax(2)
    if channel != "open":
        drawn = rng.integers(0, symbols, (actions.shape[0] * actions.shape[1], 1)).reshape(chosen.shape)
        chosen = np.zeros_like(chosen) if channel == "mute" else drawn
        actions = np.array(actions, np.float32)
        actions[:, :, -symbols:] = np.where(np.arange(symbols) == chosen[:, :, None], 1.0, -1.0)
    return actions, (np.arange(symbols) == chosen[:, :, None]) & alive[:, :, None]


def _gathered(env: VectorEnv, seeds: list[int], ends: list[str], found: Sequence[Mapping[tuple[str, ...], Any]], drawn: dict[str, Array]) -> Episodes:
    columns: dict[tuple[str, ...], Array] = {name: np.array([episode[name] for episode in found]) for name in found[0]}
    pick: Callable[[str], dict[str, Array]] = lambda kind: {name[1]: values for name, values in columns.items() if name[0] == kind}  # noqa: E731
    reward: dict[str, dict[str, Array]] = {team: {} for team in env.teams}
    for name, values in columns.items():
        if name[0] == "reward":
            reward[name[1]][name[2]] = values
    return Episodes(seeds, columns["length",], ends, pick("score"), pick("returns"), reward, pick("events"), pick("said"), drawn)


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
        able = {team.name for team in env.game.teams if team.action_size}
        self.has_par = able <= set(scenario.baseline)
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
            "score": found.get(("score", team)), "return": found["return", team], "win_rate": None if points is None else wilson(points),
            "reward": {term: found["reward", team, term] for term in episodes.reward[team]},
        }  # fmt: skip
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
    seeds = list(range(seed, seed + episodes))
    judge = Judge(scenario, seeds, worlds, threads)
    columns = [_column(scenario, policies, one) for one in against]
    table = _Table(scenario, seeds, worlds, threads, tell)
    result: Numbers = {
        "format": FORMAT, "sandlot": __version__, "game": scenario.name, "version": scenario.version, "scenario_hash": scenario_hash(scenario),
        "params": {name: _plain(value) for name, value in scenario.params_used.items()}, "split": split,
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
        raise EvaluationError("against: every team has a policy already; leave one out of --policy, or name a team whose partners you mean: TEAM=SPEC")
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
    scenario: Scenario, policies: Mapping[str, Any], row: dict[str, str], steps: int, seed: int, table: _Table, judge: Judge, tell: Callable[[str], None]
) -> Iterator[Numbers]:
    """Train somebody against each combination of policies: what it wins is the least that can be won."""
    able = [team.name for team in VectorEnv(scenario, 1).game.teams if team.action_size]
    rivals = [team for team in able if team not in policies] or able
    if len(scenario.teams) < 2:
        raise EvaluationError(f"exploit: {scenario.name} has a single team, which nobody plays against")
    from dataclasses import replace

    from .train import Plan, Trainer
    from .trained import TrainedPolicy

    for team in rivals:
        others = {other: spec for other, spec in row.items() if other != team}
        tell(f"training {team} against {', '.join(f'{other}: {spec}' for other, spec in others.items())}")
        try:
            trainer = Trainer(scenario, Plan(teams=(team,), others=others, steps=steps, seed=seed, league=0.0))
        except ValueError as error:
            raise EvaluationError(f"exploit: {error}") from error
        trainer.run()
        learnt = trainer.policy(team)
        answer = TrainedPolicy(replace(learnt.card, act="mode"), learnt.tensors)
        before, reached = table.play(row), table.play({**row, team: answer})
        yield {
            "policies": others, "team": team, "agent_decisions": trainer.step, "seed": seed, "instead_of": row[team],
            "reached": {key: summary(reached, judge)["teams"][team][key] for key in ("score", "return", "win_rate")},
            "gain": difference(reached, before),
        }  # fmt: skip


def described(scenario: Scenario, spec: str) -> Numbers:
    """What is known of a policy: of files their hash, and how they were trained."""
    if spec == "best":
        paths = [SHIPPED / f"{scenario.name}-{team}.safetensors" for team in scenario.teams]
        return {path.name: _file(path) for path in paths if path.is_file()}
    return _file(Path(spec)) if spec.endswith(".safetensors") else {}


def _file(path: Path) -> Numbers:
    card, _ = read_policy(path)
    return {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "team": card.team, "trained": card.trained}


def _plain(value: Any) -> Any:
    """A param's value as JSON can hold it."""
    return value.to_json() if hasattr(value, "to_json") else value


__all__ = ["FORMAT", "Channel", "Episodes", "EvaluationError", "Judge", "check_teams", "combinations", "described", "difference", "evaluate", "play", "summary"]
