"""One world of a game, played to its end by policies: what `sandlot watch` films, shows and reports."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ...envs import VectorEnv
from ...envs.policy import Cast
from ...envs.view.film import Film
from ...envs.view.scene import Frame, Scene
from ...scenarios import Scenario
from ...scenarios.text.problems import suggestion
from .keyboard import Hand

MAX_FRAMES = 20_000
"""Decisions of one episode that are played at most."""
ENDLESS = 120.0
"""Seconds that are filmed of a game without a time limit, which would perhaps never end."""


class PolicyError(ValueError):
    """A policy that can't play: which team, what was expected, what came."""


@dataclass
class Report:
    """What happened in one episode.

    Attributes:
        game: Name of the game.
        seed: What the episode was seeded with.
        policies: What played each team.
        seconds: Simulated time.
        end: Label of the rule that ended it (of several in one decision all, `red and blue`), `time` for the clock, `stopped` if it was left early.
        events: How often each rule fired, but those that `told_rules` leaves out.
        score: Final score of each team; empty where the game has none.
        reward: For each team the mean reward of its agents, by term.
    """

    game: str
    seed: int
    policies: dict[str, str]
    seconds: float = 0.0
    end: str = "stopped"
    events: Counter[str] = field(default_factory=Counter[str])
    score: dict[str, float] = field(default_factory=dict[str, float])
    reward: dict[str, dict[str, float]] = field(default_factory=dict[str, dict[str, float]])


def told_rules(scenario: Scenario) -> list[str]:
    """The rules that reports tell of: all but those that beat time and that nobody is paid for, that end nothing and are no lesson's measure."""
    told = set(scenario.end.rules.values()) | {term.rule for team in scenario.teams for term in scenario.paid_terms(team)}
    told |= {lesson.until.event for lesson in scenario.lessons if lesson.until is not None}
    return [name for name, rule in scenario.rules.items() if name in told or getattr(rule.when, "every", None) is None]


def how_ended(scenario: Scenario, info: Mapping[str, Any], world: int) -> str:
    """Labels of the rules that ended an episode in its last decision: those of a draw are both told."""
    return " and ".join(label for label, rule in scenario.end.rules.items() if info[f"event/{rule}"][world] > 0) or "time"


def parse_policies(scenario: Scenario, specs: Mapping[str, str]) -> dict[str, str]:
    """Check who plays: `{team: spec}`, every team that is left out is scripted.

    Raises:
        PolicyError: For a team that is not there, or a spec that means nothing.
    """
    for team in specs:
        if team not in scenario.teams:
            raise PolicyError(f"no team {team!r}{suggestion(team, scenario.teams)}")
    return {team: specs.get(team, "scripted") for team in scenario.teams}


class Match:
    """Plays one world; iterating it gives the frames, the first before anybody has acted.

    Args:
        scenario: The game.
        policies: Spec of each team, as `parse_policies` returns them.
        seed: Of the first episode; the next one gets the next number.
        hands: People who play along, by team.

    Attributes:
        report: Of the running or last episode.

    Raises:
        PolicyError: If a spec means nothing, or what it names can't play its team.
    """

    def __init__(
        self,
        scenario: Scenario,
        policies: Mapping[str, str],
        seed: int = 0,
        hands: Mapping[str, Hand] | None = None,
    ) -> None:
        self.scenario, self.policies = scenario, dict(policies)
        self.env = VectorEnv(scenario, 1, autoreset="disabled")
        try:
            self._cast = Cast(self.env, self.policies, self.env.teams)
        except (OSError, TypeError, ValueError) as error:
            raise PolicyError(str(error)) from error
        self._hands = dict(hands or {})
        self._next_seed = seed
        self._over = True
        self._shown = told_rules(scenario)
        self.report = Report(scenario.name, seed, self.policies)

    @property
    def scene(self) -> Scene:
        """Shapes of the running episode."""
        return self.env.scene(0, self.policies)

    def begin(self, seed: int | None = None) -> Frame:
        """Start an episode; without a seed, the one after the last."""
        chosen = self._next_seed if seed is None else seed
        self._next_seed = chosen + 1
        self._obs, self._info = self.env.reset(seed=chosen)
        self._rng = np.random.default_rng(chosen)
        self._cast.reset()
        self._over = False
        reward: dict[str, dict[str, float]] = {team: {} for team in self.env.teams}
        self.report = Report(self.scenario.name, chosen, self.policies, reward=reward)
        return self._frame({})

    def step(self) -> Frame | None:
        """Play one decision; None once the episode is over."""
        if self._over:
            return None
        actions = self._cast.act(self._obs, self._info["alive"], self._rng)
        for team, hand in self._hands.items():
            actions[team] = hand(actions[team])
        self._obs, reward, terminated, truncated, info = self.env.step(actions)
        self._info = info
        frame = self._frame({team: float(values[0].mean()) for team, values in reward.items() if values.size})
        self._note(frame, info)
        if terminated[0] or truncated[0]:
            self._over = True
            self.report.end = how_ended(self.scenario, info, 0) if terminated[0] else "time"
        return frame

    def frames(self) -> Iterator[Frame]:
        """Play one episode from its start; one that no clock ends is left after ENDLESS seconds."""
        yield self.begin()
        endless = self.scenario.end.time is None
        for _ in range(round(ENDLESS * self.scenario.world.decisions_per_second) if endless else MAX_FRAMES):
            frame = self.step()
            if frame is None:
                return
            yield frame

    def film(self) -> Film:
        """Play one episode and keep its frames."""
        frames = self.frames()
        first = next(frames)
        film = Film(self.scene, [first])
        for frame in frames:
            film.append(frame)
        return film

    def _frame(self, reward: dict[str, float]) -> Frame:
        frame = self.env.frame(0, reward)
        return replace(frame, events=tuple(name for name in frame.events if name in self._shown))

    def _note(self, frame: Frame, info: Mapping[str, object]) -> None:
        report = self.report
        report.seconds, report.score = frame.time, dict(frame.score)
        report.events.update(frame.events)
        for name, by_team in info.items():
            if name.startswith("reward/") and isinstance(by_team, dict):
                term = name.removeprefix("reward/")
                for team, values in by_team.items():
                    terms = report.reward[team]
                    terms[term] = terms.get(term, 0.0) + float(values[0].mean() if values.size else 0.0)
