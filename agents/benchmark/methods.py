"""How policies come about: the methods of the benchmark, each with its budget."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

from ...envs.policy import Spec
from ...scenarios.text.problems import suggestion
from ..evaluation.evaluate import described
from ..policies.specs import shipped_path
from ..training.plan import Plan, Settings
from ..training.progress import Progress
from .tasks import BenchmarkError, Task

Tell: TypeAlias = Callable[[str], None]
EPISODES, SOME = 256, 4
"""Episodes that a method is judged on; in a crowd one in SOME of them. One in SOME is also played against random others, whom nobody has learnt against."""
STEPS, RUNS = 2_000_000, 3
"""Agent decisions that a method may learn from, and how often it learns anew."""
LONG = 600
"""Decisions of an episode beyond which a planner plays fewer of them."""
CROWD_STEPS = 100_000
"""Decisions of each agent that a crowd is learnt in or among, at most: it takes time to play."""
ROLLOUT = 1 << 16
"""Agent decisions between two updates at most: 200 fish in as many worlds as three chasers would learn twice within the budget."""


@dataclass
class Players:
    """Who plays a task, and what it took to learn it.

    Attributes:
        policies: By team.
        decisions: Agent decisions that were learnt from.
        seconds: That learning took.
    """

    policies: Mapping[str, Spec]
    decisions: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Method:
    """A way to get policies for any task. As it is: a policy spec, with `{game}`, `{task}`, `{team}` and `{seed}` filled in.

    Attributes:
        name: Of its column.
        spec: The policy spec.
        runs: How often it is measured, with seeds 0, 1, ...
    """

    name: str
    spec: str = ""
    runs: int = 1

    def how(self, task: Task) -> dict[str, Any]:
        """All that makes a difference to what it does in a task, as JSON can hold it: a cell made otherwise is made anew."""
        return {"spec": self.spec}

    def files(self, task: Task, seed: int) -> dict[str, Any]:
        """The policy files it plays with, with their hashes."""
        known = {team: described(task.judged, spec) for team, spec in self.specs(task, seed).items()}
        return {team: found["sha256"] for team, found in known.items() if "sha256" in found}

    def specs(self, task: Task, seed: int) -> dict[str, str]:
        """The spec of each team."""
        words = {"{game}": task.game, "{task}": task.name, "{seed}": str(seed)}
        found = {}
        for team in task.teams:
            found[team] = self.spec
            for place, word in (words | {"{team}": team}).items():
                found[team] = found[team].replace(place, word)
        return found

    def obstacle(self, task: Task) -> str:
        """Why it can't do this task; empty if it can."""
        return ""

    def episodes(self, task: Task) -> int:
        """How many it is judged on."""
        return EPISODES // SOME if task.crowded else EPISODES

    def unseen(self, task: Task) -> int:
        """How many are also played against random others."""
        return self.episodes(task) // SOME

    def make(self, task: Task, seed: int, tell: Tell) -> Players:
        """Get the policies: trained ones, or anything that is a policy.

        Args:
            task: For whom. `task.learnt` is the game to learn in.
            seed: Of everything that comes by chance.
            tell: Told now and then how it goes.
        """
        return Players(self.specs(task, seed))


@dataclass(frozen=True)
class Shipped(Method):
    """The policies that come with sandlot, trained as long as anybody liked."""

    name: str = "best"
    spec: str = "best"

    def _paths(self, task: Task) -> dict[str, Path]:
        return {team: shipped_path(task.game, team) for team in task.teams}

    def obstacle(self, task: Task) -> str:
        """Not all teams have one."""
        missing = [path.name for path in self._paths(task).values() if not path.is_file()]
        return f"sandlot ships no {', '.join(missing)}" if missing else ""

    def files(self, task: Task, seed: int) -> dict[str, Any]:
        """The shipped files, with their hashes."""
        return {path.name: described(task.judged, str(path))["sha256"] for path in self._paths(task).values()}


@dataclass(frozen=True)
class Planned(Method):
    """The planner, which learns nothing and takes its time: fewer episodes."""

    name: str = "planner"
    options: str = ""

    def _spec(self, task: Task) -> str:
        return f"planner:samples={16 if task.crowded else 64},rounds=2{self.options}"

    def how(self, task: Task) -> dict[str, Any]:
        """Its spec in this task."""
        return {"spec": self._spec(task)}

    def specs(self, task: Task, seed: int) -> dict[str, str]:
        """The same for all teams."""
        return dict.fromkeys(task.teams, self._spec(task))

    def episodes(self, task: Task) -> int:
        """As many as an hour or two allow."""
        return 16 if task.crowded or task.decisions > LONG else 32

    def unseen(self, task: Task) -> int:
        """None: it is told who the others are."""
        return 0


@dataclass(frozen=True)
class Cloned(Method):
    """A network that does what the script does: behaviour cloning with DAgger, team by team."""

    name: str = "bc"
    runs: int = RUNS
    decisions: int = 100_000
    dagger: int = 4

    def how(self, task: Task) -> dict[str, Any]:
        """How it is cloned, without the seed."""
        from ..training.bc import Cloning

        kept = {
            key: value
            for key, value in Cloning("", decisions=self.decisions, dagger=self.dagger).to_json().items()
            if key not in ("team", "seed")
        }
        return {"algorithm": "bc", **kept}

    def make(self, task: Task, seed: int, tell: Tell) -> Players:
        """Clone each team's script."""
        from ..training.bc import Cloner, Cloning

        begun, policies, decisions = time.perf_counter(), {}, 0
        for team in task.teams:
            cloner = Cloner(task.learnt, Cloning(team, decisions=self.decisions, dagger=self.dagger, seed=seed))
            cloner.run()
            policies[team] = cloner.policy()
            decisions += cloner.decisions
        return Players(policies, decisions, time.perf_counter() - begun)


@dataclass(frozen=True)
class Trained(Method):
    """PPO with the same settings in every task, against the scripted others; teams that win together learn together."""

    name: str = "ippo"
    runs: int = RUNS
    steps: int = STEPS

    def _plan(self, task: Task, seed: int = 0) -> Plan:
        usual = Settings(algo=self.name)
        worlds = max(2, min(usual.worlds, ROLLOUT // (usual.horizon * task.agents)))
        steps = min(self.steps, CROWD_STEPS * task.agents) if task.crowded else self.steps
        return Plan(teams=task.teams, others=task.others, steps=steps, seed=seed, league=0.0, settings=replace(usual, worlds=worlds))

    def how(self, task: Task) -> dict[str, Any]:
        """The budget and all settings."""
        plan = self._plan(task)
        return {
            "algorithm": self.name,
            "steps": self.steps,
            "taken": plan.steps,
            "lessons": plan.lessons,
            "settings": asdict(plan.settings),
        }

    def make(self, task: Task, seed: int, tell: Tell) -> Players:
        """Train for the budget."""
        from ..training.train import Trainer

        begun = time.perf_counter()
        trainer = Trainer(task.learnt, self._plan(task, seed))
        trainer.run(Progress(trainer).now_and_then(tell, seconds=60.0))
        return Players({team: trainer.policy(team) for team in task.teams}, trainer.step, time.perf_counter() - begun)


def methods(steps: int = STEPS, runs: int = RUNS) -> list[Method]:
    """The methods of docs/benchmark.md, in the order of its columns."""
    return [
        Method("random", "random"), Method("scripted", "scripted"), Planned(), Planned("guided", options=",guess=scripted"), Cloned(runs=runs),
        Trained("ippo", runs=runs, steps=steps), Trained("mappo", runs=runs, steps=steps), Shipped(),
    ]  # fmt: skip


def find_methods(wanted: Sequence[str], steps: int = STEPS, runs: int = RUNS) -> list[Method]:
    """Methods by name, or `NAME=SPEC` for one of your own; all of them if none is named.

    Raises:
        BenchmarkError: There is none of this name, or it is taken.
    """
    known = {method.name: method for method in methods(steps, runs)}
    found = []
    for text in wanted:
        name, own, spec = text.partition("=")
        if own and (name in known or not spec or not name.isidentifier()):
            raise BenchmarkError(
                f"method {text!r}: expected NAME=SPEC, with a name that is none of {', '.join(known)}, of letters, digits and _"
            )
        if not own and name not in known:
            raise BenchmarkError(f"no method {name!r}{suggestion(name, list(known))}; there is {', '.join(known)}, or NAME=SPEC")
        found.append(Method(name, spec, runs if "{seed}" in spec else 1) if own else known[name])
    return found or list(known.values())


__all__ = ["EPISODES", "SOME", "Method", "Players", "Tell", "find_methods", "methods"]
