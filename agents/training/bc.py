"""Learning to do what somebody else does: behaviour cloning, and DAgger (Ross et al. 2011), which asks again where the clone itself has got to."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from ... import __version__
from ...envs import VectorEnv
from ...envs.core.arguments import whole
from ...envs.core.vector import ActionKind
from ...envs.extras import needs
from ...envs.policy import Spec
from ...scenarios import Scenario
from ...scenarios.model.clock import end_decision
from ...scenarios.text.problems import suggestion
from ..play.seeds import RUN_SEEDS, learning_seed
from ..policies.policy_file import save_policy
from ..policies.trained import TrainedPolicy
from .demonstrations import USUAL, Play, Recorder, read_plays
from .plan import MOST, WIDEST, Settings, check_range, check_widths
from .ppo import Learner, Normalizer, role_of
from .run_folder import RunFolder

with needs("train"):
    import torch
    from torch import Tensor

Array = NDArray[Any]
Stop = Callable[[], bool]
LEAST_LOG_STD = -2.0
"""A teacher that is sure of itself would leave its clone no spread at all, and PPO, if it goes on from there, nothing to explore with."""
STRETCH = 32
"""Decisions through which a memory learns at once."""


class CloningError(ValueError):
    """What was asked for can't be cloned."""


class CloningDivergedError(CloningError):
    """What is learnt is no number any more."""


@dataclass(frozen=True)
class Cloning:
    """Whom to clone, and how.

    Attributes:
        team: Who learns.
        teacher: Policy spec of whom it learns from.
        episodes: A folder of saved episodes (or `minari:<id>`) to learn from instead of playing; "" for none.
        others: Policy spec of each other team.
        decisions: Agent decisions to look at, in all; of saved episodes all.
        dagger: How often the clone plays itself, and the teacher says what it would have done.
        worlds: Worlds played side by side.
        seed: Of everything.
        hidden: Widths of the layers.
        memory: Width of a recurrent layer (GRU); 0 for none.
        learning_rate: Of Adam.
        batch: Decisions of one step of learning.
        passes: Passes through what is known in each round, at most.
        patience: Passes without a better result on what is held out, after which a round ends; then the best is taken.
        actions: What all teams do: `continuous` (numbers) or `discrete` (choices).
    """

    team: str
    teacher: str = "scripted"
    episodes: str = ""
    others: Mapping[str, str] = field(default_factory=dict[str, str])
    decisions: int = 200_000
    dagger: int = 0
    worlds: int = 64
    seed: int = 0
    hidden: tuple[int, ...] = (64, 64)
    memory: int = 0
    learning_rate: float = 1e-3
    batch: int = 512
    passes: int = 100
    patience: int = 5
    actions: ActionKind = "continuous"

    def __post_init__(self) -> None:
        """Refuse numbers that are out of range."""
        for name, least, most in (
            ("decisions", 1, 10**12), ("dagger", 0, 1000), ("worlds", 1, 1 << 20), ("seed", 0, RUN_SEEDS - 1), ("batch", 1, 1 << 30), ("passes", 1, 10**6),
            ("patience", 1, 10**6), ("memory", 0, WIDEST),
        ):  # fmt: skip
            whole(name, getattr(self, name), least, most)
        check_range("learning_rate", self.learning_rate, 0, MOST, above=True)
        check_widths(self.hidden)

    def to_json(self) -> dict[str, Any]:
        """As kept in `config.json`."""
        return asdict(self)


class Cloner:
    """Clones a policy for one team of a game.

    Args:
        scenario: The game.
        cloning: What to do.
        folder: Where to keep it; None: nowhere.
        teacher: A Policy to learn from, instead of the spec in `cloning`.

    Attributes:
        plays: What it learns from: one for each round, or the saved ones.
        results: Mean score and return of the teacher, and of the clone after each round.

    Raises:
        CloningError: No such team, nothing to learn, saved episodes that don't fit.
    """

    def __init__(self, scenario: Scenario, cloning: Cloning, folder: RunFolder | None = None, teacher: Spec | None = None) -> None:
        self.scenario, self.cloning, self.folder = scenario, cloning, folder
        game = VectorEnv(scenario, 1)
        layout = next((team for team in game.game.teams if team.name == cloning.team), None)
        if layout is None:
            raise CloningError(f"no team {cloning.team!r}{suggestion(cloning.team, game.teams)}; there is {', '.join(game.teams)}")
        if not layout.action_size or not layout.agents:
            raise CloningError(f"team {cloning.team!r} can do nothing, so there is nothing to learn")
        if cloning.episodes and cloning.dagger:
            raise CloningError("saved episodes can't be asked what they would do: --dagger needs a teacher who plays")
        # Whole episodes rather than many beginnings.
        length = end_decision(scenario.end.time, scenario.world.decisions_per_second) or USUAL
        worlds = int(np.clip(cloning.decisions // ((cloning.dagger + 1) * layout.agents * length), 2, max(2, cloning.worlds)))
        self.env = VectorEnv(scenario, worlds, autoreset="disabled", threads=1, actions=cloning.actions)
        self.length = length
        settings = Settings(hidden=cloning.hidden, memory=cloning.memory, worlds=worlds, horizon=1, learning_rate=cloning.learning_rate)
        self.learner = Learner(role_of(self.env, [cloning.team]), settings, cloning.seed)
        others = {team: "scripted" for team in self.env.teams if team != cloning.team} | dict(cloning.others)
        self.recorder = Recorder(
            self.env, cloning.team, cloning.teacher if teacher is None else teacher, others, learning_seed(cloning.seed)
        )
        judged = VectorEnv(scenario, cloning.worlds, autoreset="disabled", threads=1, actions=cloning.actions)
        self._judge = Recorder(judged, cloning.team, "scripted", others, learning_seed(cloning.seed, held_out=True))
        self.plays: list[Play] = read_plays(cloning.episodes, self.env, cloning.team) if cloning.episodes else []
        self.results: dict[str, dict[str, float]] = {}
        self.passes = 0
        self._rounds = 0

    @property
    def _each(self) -> int:
        """Decisions of each world in a round."""
        cloning = self.cloning
        return max(1, cloning.decisions // ((cloning.dagger + 1) * self.env.num_envs * len(self.env.agents(cloning.team))))

    @property
    def decisions(self) -> int:
        """Agent decisions that it learns from."""
        return sum(int(play.counts.sum()) for play in self.plays)

    def run(self, progress: Callable[[dict[str, float]], None] | None = None, stop: Stop | None = None) -> None:
        """Record, learn, and as often as was asked for let the clone play and learn again; then see how well it plays, and keep everything."""
        stop = stop or (lambda: False)
        for number in range(self.cloning.dagger + 1):
            if not self.cloning.episodes:
                player = self.policy() if number else None
                self.plays.append(self.recorder.record(self._each, player, stop=stop))
            if number == 0:
                self.results["teacher"] = self.plays[0].results
            else:
                self.results[f"clone_{number - 1}"] = self.plays[-1].results
            self._learn(progress, stop)
            if stop():
                break
            self._rounds = number
        if not stop():
            self.results["clone"] = self._judge.record(self.length, self.policy(), ask=False).results
        self.save()

    # --- learning -----------------------------------------------------------------------------------------------------------------------------

    def _learn(self, progress: Callable[[dict[str, float]], None] | None, stop: Stop) -> None:
        """Learn from all that is known until it gets no better on what is held out."""
        learner, cloning = self.learner, self.cloning
        known, held_out = _split(self.plays)
        learner.norm = Normalizer(len(learner.card.observation))
        for seen, _, counts, _ in known:
            learner.norm.update(seen[counts])
        optimizer = torch.optim.Adam([*learner.actor.parameters(), learner.log_std], cloning.learning_rate, eps=1e-5)
        best, since = float("inf"), 0
        kept = learner.tensors()
        for _ in range(cloning.passes):
            losses = []
            for loss in self._losses(known, learn=True):
                optimizer.zero_grad()
                loss.backward()
                torch.nn.utils.clip_grad_norm_([*learner.actor.parameters(), learner.log_std], 1.0)
                optimizer.step()
                with torch.no_grad():
                    learner.log_std.clamp_(min=LEAST_LOG_STD)
                losses.append(loss.item())
            with torch.no_grad():
                found = _mean(self._losses(held_out, learn=False))
            if not np.isfinite(found) or not all(bool(values.isfinite().all()) for values in learner.parameters()):
                self._go_back(kept if np.isfinite(best) else None)
            self.passes += 1
            line = {"step": float(self.passes), "round": float(len(self.results) - 1), "decisions": float(self.decisions),
                    "loss/train": float(np.mean(losses)), "loss/held_out": found}  # fmt: skip
            line |= {f"{kind}/{cloning.team}": value for kind, value in self.plays[-1].results.items() if kind != "episodes"}
            if self.folder is not None:
                self.folder.log(line)
            if progress is not None:
                progress(line)
            if found < best - 1e-4:
                best, since, kept = found, 0, learner.tensors()
            else:
                since += 1
            if since >= cloning.patience or stop():
                break
        self._put(kept)

    def _go_back(self, kept: Mapping[str, Array] | None) -> NoReturn:
        """Keep what was learnt before it was no number any more, if anything was."""
        words = f"diverged in pass {self.passes + 1}: weights of {self.cloning.team} are no numbers any more"
        if kept is None:
            raise CloningDivergedError(f"{words}; nothing was learnt before")
        self._put(kept)
        self.save()
        raise CloningDivergedError(words + (f"; the best before is kept in {self.folder.path}" if self.folder is not None else ""))

    def _put(self, tensors: Mapping[str, Array]) -> None:
        """Be as it was then."""
        learner, norm = self.learner, self.learner.norm.state()
        learner.begin_with(learner.card, tensors)
        learner.norm.load(norm)

    def _losses(self, parts: Sequence["_Part"], learn: bool) -> Iterator[Tensor]:
        """Minus the logarithm of the probability of what was done: of decisions in any order, or with a memory of stretches in theirs."""
        if self.cloning.memory:
            yield from self._losses_in_order(parts)
            return
        seen = torch.cat([part[0][part[2]] for part in parts])
        done = torch.cat([part[1][part[2]] for part in parts])
        size = self.cloning.batch if learn else 1 << 14
        order = torch.randperm(len(seen), generator=self.learner.random) if learn else torch.arange(len(seen))
        for some in order.split(size):
            yield self._loss(self._wishes(seen[some][None]), done[some][None], torch.ones(1, len(some)))

    def _losses_in_order(self, parts: Sequence["_Part"]) -> Iterator[Tensor]:
        learner = self.learner
        for seen, done, counts, begins in parts:
            held = torch.zeros(seen.shape[1], self.cloning.memory)
            for first in range(0, len(seen), STRETCH):
                now = slice(first, first + STRETCH)
                wishes, held = learner.actor(learner.norm(seen[now]), held.detach(), begins[now].float())
                if counts[now].any():
                    yield self._loss(wishes, done[now], counts[now].float())

    def _wishes(self, seen: Tensor) -> Tensor:
        learner = self.learner
        wishes, _ = learner.actor(learner.norm(seen), torch.zeros(seen.shape[1], 0), torch.zeros(seen.shape[:2]))
        return torch.as_tensor(wishes)

    def _loss(self, wishes: Tensor, done: Tensor, weight: Tensor) -> Tensor:
        chance, _ = self.learner.actions.judge(wishes, self.learner.log_std, done)
        return -(weight * chance).sum() / weight.sum()

    # --- keeping ------------------------------------------------------------------------------------------------------------------------------

    def policy(self) -> TrainedPolicy:
        """The clone as it is now, run by NumPy."""
        cloning, learner = self.cloning, self.learner
        trained = {
            "algorithm": "bc", "from": self.plays[0].card.trained.get("from", cloning.teacher) if self.plays else cloning.teacher,
            "agent_decisions": self.decisions, "dagger": self._rounds, "others": dict(cloning.others), "seed": cloning.seed, "sandlot": __version__,
        }  # fmt: skip
        card = replace(
            learner.card, masked=False, trained=trained, results=self.results
        )  # whoever it learnt from may choose what does nothing
        return TrainedPolicy(card, learner.tensors())

    def save(self) -> None:
        """Write the policy and the curves into the run's folder, if anything was learnt."""
        if self.folder is None or not self.passes:
            return
        policy = self.policy()
        save_policy(self.folder.path / f"{self.cloning.team}.safetensors", policy.card, policy.tensors)
        self.folder.finish()

    def save_plays(self, folder: str | Path) -> list[Path]:
        """Write what was recorded, a file for each round."""
        from .demonstrations import save_play

        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        return [save_play(folder / f"{self.scenario.name}-{self.cloning.team}-{k}.safetensors", play) for k, play in enumerate(self.plays)]


_Part = tuple[Tensor, Tensor, Tensor, Tensor]


def _split(plays: Sequence[Play]) -> tuple[list[_Part], list[_Part]]:
    """Seen, done, counts and begins of each play: worlds to learn from, and every eighth one to test on."""
    known: list[_Part] = []
    held_out: list[_Part] = []
    for play in plays:
        if play.worlds < 2:
            raise CloningError(f"episodes: expected at least 2 worlds side by side, so that one can be held out, got {play.worlds}")
        apart = np.repeat(np.arange(play.worlds) % 8 == 1, play.agents)
        for into, rows in ((known, ~apart), (held_out, apart)):
            into.append(
                tuple(torch.from_numpy(np.ascontiguousarray(array[:, rows])) for array in (play.seen, play.done, play.counts, play.begins))
            )
    if not any(bool(part[2].any()) for part in known) or not any(bool(part[2].any()) for part in held_out):
        raise CloningError("episodes: too few to learn from: nobody does anything in them, or in those that are held out")
    return known, held_out


def _mean(losses: Iterator[Tensor]) -> float:
    values = [loss.item() for loss in losses]
    return float(np.mean(values))


__all__ = ["Cloner", "Cloning", "CloningDivergedError", "CloningError"]
