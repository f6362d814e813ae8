"""Training from beginning to end: who learns against whom, how long, what is kept. `sandlot train` is a thin shell around `Trainer`."""

import json
import math
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from ... import __version__
from ...envs import VectorEnv
from ...envs.extras import needs
from ...envs.policy import Scripted
from ...scenarios import Scenario
from ...scenarios.text.problems import suggestion
from ..play.ratings import are_alike
from ..play.seeds import learning_seed
from ..policies.policy_file import obstacles, read_arrays, read_policy, save_policy, write_arrays
from ..policies.trained import TrainedPolicy
from ..policies.uniform import RandomPolicy
from .collector import Collector, Guests
from .curriculum import Course, state_sizes
from .plan import Plan, Settings
from .ppo import DivergedError, Learner, role_of, usual_gamma
from .run_folder import RunFolder
from .self_play import Member, Pool, Referee, settle

with needs("train"):
    import torch

Array = NDArray[Any]
Progress = Callable[[dict[str, float]], None]
STATE = "state.safetensors"
TABLES = 4
"""Members of the others' pools that each learning team meets at a time, each in worlds of its own: one alone would make all its matches alike."""


class TrainingError(ValueError):
    """What was asked for can't be trained."""


class TrainingDivergedError(TrainingError):
    """Training has led nowhere: at which step, and what is left."""


class Trainer:
    """Trains one or more teams of a game.

    Args:
        scenario: The game.
        plan: What to do.
        folder: Where to keep it; None: nowhere.
        begins: Whether the policies of `plan.start` are read; not needed by a run that is resumed.

    Raises:
        TrainingError: No team of this name, or nothing to learn.
    """

    def __init__(self, scenario: Scenario, plan: Plan, folder: RunFolder | None = None, *, begins: bool = True) -> None:
        self.scenario, self.folder = scenario, folder
        rank, self.processes = _rank(), int(os.environ.get("WORLD_SIZE", "1"))
        if self.processes > 1 and not torch.distributed.is_initialized():
            torch.distributed.init_process_group("gloo")
        self.leads = is_leading()
        self.course = Course(scenario, plan.lessons)
        self.env = self._worlds(plan)
        self.plan = replace(plan, teams=_chosen(plan.teams, self.env))
        _check_others(self.plan, self.env.teams)
        if plan.start and plan.valued >= plan.steps:
            raise TrainingError(
                f"settle: {plan.valued:,} of {plan.steps:,} decisions are for valuing the policies to begin with, so they would learn nothing"
            )
        settings = _settings(self.course, plan.settings)
        self.learners = [
            Learner(role_of(self.env, teams), settings, plan.seed * 1009 + k) for k, teams in enumerate(_groups(self.env, self.plan))
        ]
        for learner in self.learners:
            started = [team for team in learner.teams if team in plan.start]
            if len(started) > 1:
                raise TrainingError(f"start: teams {' and '.join(map(repr, started))} share one network, which can begin with one policy")
            for team in started if begins else ():
                learner.begin_with(*_fitting(plan.start[team], self.env, team))
            learner.random.manual_seed(
                learner.random.initial_seed() + 7919 * (rank + 1)
            )  # the same weights in all processes, chance of their own
        self.collector = self._new_collector(rank)
        self.rng = np.random.default_rng([plan.seed, rank, 1])
        self.step = 0
        self._share = 1.0
        """Of the decisions in a rollout, those that were learnt from the last time."""
        self.referee = Referee(self.env.teams, are_alike(self.env))
        self.pools = self._new_pools()
        self._frozen_at = 0
        self._good: list[dict[str, Array]] = []  # what the learners were when they last played a whole rollout
        self._written: set[Path] = set()  # pool members that lie in the folder as they are

    def _worlds(self, plan: Plan) -> VectorEnv:
        return VectorEnv(self.course.game, plan.settings.worlds, autoreset="disabled", threads=1, actions=plan.actions)

    def _new_collector(self, rank: int) -> Collector:
        return Collector(self.env, self.learners, dict(self.plan.others), learning_seed(self.plan.seed, rank), self.course.note)

    @property
    def _plays_itself(self) -> bool:
        return len(self.plan.teams) > 1 and self.plan.league > 0

    def _new_pools(self) -> dict[str, Pool]:
        pools = {}
        for team in self.plan.teams:
            pools[team] = Pool(team)
            if team in self.scenario.baseline:
                pools[team].add(Member("scripted", Scripted()))
            pools[team].add(Member("random", RandomPolicy(self.env.action_space(team))))
        return pools

    # --- the loop -----------------------------------------------------------------------------------------------------------------------------

    def run(self, progress: Progress | None = None, stop: Callable[[], bool] | None = None, save_every: float = 120.0) -> None:
        """Train until the plan is fulfilled or `stop` says so; then, and now and then, keep everything."""
        saved = time.monotonic()
        while self.step < self.plan.steps and not self._total([float(stop is not None and stop())])[0]:
            try:
                line = self.iterate()
            except DivergedError as error:
                self._go_back(error)
            if self.folder is not None and self.leads:
                self.folder.log(line)
            if progress is not None:
                progress(line)
            if time.monotonic() - saved > save_every:
                self.save()
                saved = time.monotonic()
        self.save()

    def _go_back(self, error: DivergedError) -> NoReturn:
        """Keep what was learnt before it was no number any more."""
        words = f"diverged at step {self.step:,}: {error}"
        if not self._good:
            raise TrainingDivergedError(f"{words}; nothing was learnt before") from error
        for learner, state in zip(self.learners, self._good, strict=True):
            learner.load(state)
        self.save()
        raise TrainingDivergedError(
            words + (f"; the last good state, of before, is kept in {self.folder.path}" if self.folder is not None else "")
        ) from error

    def iterate(self) -> dict[str, float]:
        """Collect one rollout, learn from it; returns what was measured."""
        begun = time.perf_counter()
        self._invite()
        length = self._length()
        self.collector.collect(length)
        self._good = [learner.state() for learner in self.learners]
        collected = time.perf_counter()
        done = round(self._total([float(sum(learner.learnt_from for learner in self.learners))])[0])
        self._share = max(done / (length * self._rows), 0.01)
        rate = self.plan.settings.learning_rate * max(0.1, 1.0 - self.step / max(1, self.plan.steps))
        numbers: dict[str, float] = {}
        for learner in self.learners:
            state = learner.spread(self.env.state()) if learner.sees_state else None
            last = learner.value(learner.gather(self.collector.obs), state)
            acts = self.step >= self.plan.valued or not any(team in self.plan.start for team in learner.teams)
            found = learner.learn(last, rate, _add_up if self.processes > 1 else None, self.processes, acts)
            numbers |= {f"{name}/{'+'.join(learner.teams)}": value for name, value in found.items()}
        self.step += done
        self._rate_matches()
        self._freeze()
        spent = time.perf_counter() - begun
        line = {
            "step": self.step, "steps_per_second": done / spent, "collecting": (collected - begun) / spent, **self.course.numbers(),
            **self._episode_means(), **{f"rating/{team}": pool.rating for team, pool in self.pools.items() if self._plays_itself}, **numbers,
        }  # fmt: skip
        if self.course.is_over(self.step, self.collector.own_worlds(), self._total):
            self.course.go_on(self.step)
            self._enter()
        return line

    @property
    def _rows(self) -> int:
        """Agents that learn, in all worlds and processes."""
        return sum(learner.rows for learner in self.learners) * self.processes

    def _length(self) -> int:
        """Decisions of the next rollout: what is left is shared out evenly, so that a run ends about where it was to."""
        left, each = max(1, self.plan.steps - self.step), self._rows * self._share
        horizon = self.plan.settings.horizon
        updates = math.ceil(left / (each * horizon))
        return min(horizon, math.ceil(left / (each * updates)))

    def _enter(self) -> None:
        """Go on in the worlds of the lesson that is on."""
        self.env.close()
        self.env = self._worlds(self.plan)
        for learner in self.learners:
            learner.move(role_of(self.env, learner.teams))
        self.collector = self._new_collector(_rank())
        self.referee.leads.clear()  # what is usual was so in other worlds

    def _total(self, numbers: list[float]) -> list[float]:
        if self.processes == 1:
            return numbers
        summed = torch.tensor(numbers, dtype=torch.float64)
        torch.distributed.all_reduce(summed)
        return [float(number) for number in summed]

    def _episode_means(self) -> dict[str, float]:
        episodes = list(self.collector.episodes)[-max(256, self.env.num_envs) :]
        if not episodes:
            return {}
        found = {name: float(np.mean([episode[name] for episode in episodes])) for name in episodes[-1]}
        for team in self.plan.teams:
            if self.referee.alike and len(self.env.teams) > 1:
                found[f"win_rate/{team}"] = float(np.mean([self.referee.points(team, episode) for episode in episodes]))
        return found | {"episodes": float(len(self.collector.episodes))}

    # --- self-play ----------------------------------------------------------------------------------------------------------------------------

    def _invite(self) -> None:
        """Give each learning team some worlds in which it meets members of the others' pools, several at a time, and new ones once these have met often enough."""
        if not self._plays_itself:
            return
        teams, worlds = self.plan.teams, self.env.num_envs
        each = max(1, int(worlds * self.plan.league / len(teams)))
        tables = min(TABLES, each)
        groups = list(self.collector.guests)
        for k, team in enumerate(team for team in teams for _ in range(tables)):
            first, last = (worlds - each * (k // tables) - each * edge // tables for edge in (k % tables + 1, k % tables))
            if k < len(groups) and groups[k].met < last - first:
                continue
            mask = np.zeros(worlds, np.bool_)
            mask[first:last] = True
            picked = {other: self.pools[other].pick(self.rng) for other in teams if other != team}
            group = Guests(
                mask,
                self._learner_of(team),
                {other: _twin(member.policy) for other, member in picked.items()},
                {other: member.name for other, member in picked.items()} | {"": team},
            )
            groups[k : k + 1] = [group]
        self.collector.invite(groups)

    def _learner_of(self, team: str) -> Learner:
        return next(learner for learner in self.learners if team in learner.teams)

    def _rate_matches(self) -> None:
        for group, episode in self.collector.matches:
            team = group.names[""]
            met = {other: member for other in group.played for member in self.pools[other].members if member.name == group.names[other]}
            group.met += 1
            if len(met) == len(group.played):  # nobody has left the pool meanwhile
                settle(self.pools, self.referee, team, met, episode)
        self.collector.matches.clear()

    def _freeze(self) -> None:
        """Put the present selves into the pools."""
        if not self._plays_itself or self.step - self._frozen_at < self.plan.freeze:
            return
        self._frozen_at = self.step
        for team in self.plan.teams:
            self.pools[team].add(Member(f"step_{self.step}", self.policy(team), self.pools[team].rating))

    def policy(self, team: str) -> TrainedPolicy:
        """The present policy of a team, run by NumPy."""
        learner = self._learner_of(team)
        card = replace(learner.card, team=team, act="sample", trained=self._how())
        return TrainedPolicy(card, learner.tensors())

    def _how(self) -> dict[str, Any]:
        plan = self.plan
        return {
            "algorithm": plan.settings.algo, "agent_decisions": self.step, "teams": list(plan.teams), "others": dict(plan.others), "seed": plan.seed,
            "split": self.scenario.split, "lesson": self.course.lesson.name if self.course.lesson else None, "sandlot": __version__,
        }  # fmt: skip

    # --- keeping ------------------------------------------------------------------------------------------------------------------------------

    def save(self) -> None:
        """Write policies, curves and all that is needed to go on, into the run's folder."""
        if self.folder is None or not self.leads:
            return
        for team in self.plan.teams:
            policy = self.policy(team)
            save_policy(self.folder.path / f"{team}.safetensors", replace(policy.card, act="mode"), policy.tensors)
        self._save_pools()
        arrays, words = self.state()
        write_arrays(self.folder.path / STATE, arrays, words)
        self.folder.finish()

    def _save_pools(self) -> None:
        assert self.folder is not None
        for pool in self.pools.values():
            for member in pool.members:
                path = self.folder.path / f"pool-{pool.team}-{member.name}.safetensors"
                if (
                    isinstance(member.policy, TrainedPolicy) and path not in self._written
                ):  # one of that name may be left of a run that was killed
                    save_policy(path, member.policy.card, member.policy.tensors)
                    self._written.add(path)

    def state(self) -> tuple[dict[str, Array], dict[str, Any]]:
        """All that the next iteration depends on: arrays, and what JSON can hold."""
        arrays: dict[str, Array] = {}
        words: dict[str, Any] = {
            "step": self.step, "share": self._share, "course": self.course.state(), "frozen_at": self._frozen_at, "rng": self.rng.bit_generator.state,
            "leads": self.referee.leads,
            "pools": {team: [pool.rating, [[one.name, one.rating, one.points, one.matches] for one in pool.members]] for team, pool in self.pools.items()},
        }  # fmt: skip
        for k, learner in enumerate(self.learners):
            arrays |= {f"learner{k}/{name}": values for name, values in learner.state().items()}
        more, words["collector"] = self.collector.state(self.learners)
        arrays |= {f"collector/{name}": values for name, values in more.items()}
        return {name: np.array(values, order="C") for name, values in arrays.items()}, words

    def resume(self) -> None:
        """Go on where the folder's run stopped, with the same bits as if it had not.

        Raises:
            TrainingError: There is nothing to go on with.
        """
        assert self.folder is not None
        path = self.folder.path / STATE
        if not path.exists():
            raise TrainingError(f"{self.folder.path}: nothing to resume (no {STATE})")
        try:
            text, arrays = read_arrays(path)
            words = json.loads(text)
            if not isinstance(words, dict):
                raise ValueError("a safetensors file, but no run of sandlot")
            self._load(arrays, words)
        except (ArithmeticError, LookupError, TypeError, ValueError, RuntimeError) as error:  # damaged, or of another game
            raise TrainingError(f"{path}: can't be read: {error}") from error
        if self.leads:
            self.folder.keep_lines_until(self.step)
        else:
            self._part_ways()

    def _part_ways(self) -> None:
        """Play other worlds, by other chance, than the process whose state was kept: several that do the same would learn no more than one."""
        self.collector = self._new_collector(_rank())
        self.rng = np.random.default_rng([self.plan.seed, _rank(), self.step])
        for k, learner in enumerate(self.learners):
            learner.random.manual_seed((self.plan.seed * 1009 + k + 7919 * _rank()) ^ self.step << 20)

    def _load(self, arrays: Mapping[str, Array], words: Mapping[str, Any]) -> None:
        before = self.course.at
        self.course.load(words["course"])
        if self.course.at != before:
            self._enter()
        self.step, self._share, self._frozen_at, self.referee.leads = words["step"], words["share"], words["frozen_at"], words["leads"]
        self.rng.bit_generator.state = words["rng"]
        for team, (rating, members) in words["pools"].items():
            pool = self.pools[team]
            pool.rating, pool.members = rating, [self._member(pool, *one) for one in members]
        for k, learner in enumerate(self.learners):
            learner.load(_below(arrays, f"learner{k}/"))
        self.collector.load(_below(arrays, "collector/"), words["collector"], self.learners, self._policy_named)

    def _member(self, pool: Pool, name: str, rating: float, points: float, matches: float) -> Member:
        known = next((one for one in pool.members if one.name == name), None)
        if known is None:
            assert self.folder is not None
            path = self.folder.path / f"pool-{pool.team}-{name}.safetensors"
            known = Member(name, TrainedPolicy.load(path))
            self._written.add(path)
        known.rating, known.points, known.matches = rating, points, matches
        return known

    def _policy_named(self, team: str, name: str) -> Any:
        """A twin of a pool's member, or of one who has left it."""
        member = next((one for one in self.pools[team].members if one.name == name), None)
        return _twin((member or self._member(self.pools[team], name, 0.0, 0.0, 0.0)).policy)


def _rank() -> int:
    """Which process of its run this is."""
    return int(os.environ.get("RANK", "0"))


def is_leading() -> bool:
    """Whether this process is the one of its run that writes and talks."""
    return _rank() == 0


def _add_up(values: torch.Tensor) -> None:
    """Replace values by their sum over all processes."""
    torch.distributed.all_reduce(values)


def _twin(policy: Any) -> Any:
    """The same policy with a memory of its own."""
    return policy.twin() if isinstance(policy, TrainedPolicy) else policy


def _below(arrays: Mapping[str, Array], prefix: str) -> dict[str, Array]:
    return {name.removeprefix(prefix): values for name, values in arrays.items() if name.startswith(prefix)}


def _chosen(asked: Sequence[str], env: VectorEnv) -> tuple[str, ...]:
    """Who learns."""
    able = env.scenario.acting_teams
    for k, team in enumerate(asked):
        if team not in env.teams:
            raise TrainingError(f"no team {team!r}{suggestion(team, env.teams)}")
        if team in asked[:k]:
            raise TrainingError(f"team {team!r} is named twice")
        if not env.agents(team):
            raise TrainingError(f"team {team!r} has no agents, so there is nobody who could learn")
        if team not in able:
            raise TrainingError(f"team {team!r} can do nothing, so there is nothing to learn")
    if not able:
        raise TrainingError("nobody in this game can do anything")
    return tuple(asked) or tuple(able)


def _check_others(plan: Plan, teams: Sequence[str]) -> None:
    """Say what names nobody: a policy is for a team that doesn't learn, a start for one that does."""
    for what, named in (("policy", plan.others), ("start", plan.start)):
        for team in named:
            if team not in teams:
                raise TrainingError(f"{what}: no team {team!r}{suggestion(team, teams)}")
            if (team in plan.teams) != (what == "start"):
                raise TrainingError(
                    f"{what}: team {team!r} {'learns' if what == 'policy' else 'does not learn'}; {', '.join(plan.teams)} will"
                )


def _groups(env: VectorEnv, plan: Plan) -> list[tuple[str, ...]]:
    """Teams that share a network, in the order of the file."""
    if not plan.shared:
        return [(team,) for team in plan.teams]
    groups: dict[Any, list[str]] = {}
    for team in plan.teams:
        groups.setdefault((env.observation_space(team).shape, str(env.action_space(team))), []).append(team)
    return [tuple(teams) for teams in groups.values()]


def _settings(course: Course, settings: Settings) -> Settings:
    """How to learn all lessons.

    Raises:
        TrainingError: The critic would see a state of another size in one of them.
    """
    if not course.lessons:
        return settings
    if settings.algo == "mappo":
        sizes = state_sizes(course, lambda game: VectorEnv(game, 1).state_space.shape[0])
        for name, size in sizes.items():
            if size != sizes["the game"]:
                raise TrainingError(
                    f"the state has {size} numbers in lesson {name!r} and {sizes['the game']} in the game: take ippo, or --no-lessons"
                )
    world, end = course.scenario.world, course.scenario.end.time
    # However long a lesson is, rewards are worth what they are in the game itself.
    return settings if settings.gamma else replace(settings, gamma=usual_gamma(end * world.decisions_per_second if end else math.inf))


def _fitting(path: str, env: VectorEnv, team: str) -> tuple[Any, Any]:
    try:
        card, tensors = read_policy(Path(path))
    except ValueError as error:
        raise TrainingError(f"start: {error}") from error
    reasons = obstacles(card, env, team)
    if reasons:
        raise TrainingError(f"{path} can't play {team!r}: {'; '.join(reasons)}")
    return card, tensors


__all__ = ["Plan", "Trainer", "TrainingDivergedError", "TrainingError", "is_leading"]
