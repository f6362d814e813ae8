"""Short plays of a game by its scripts, by chance and by nobody: what `sandlot check` knows of how it goes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...envs import VectorEnv
from ...envs.compile.ledger import TROUBLES
from ...envs.jit.ir import LANES
from ...envs.view.scene import Frame, Scene
from ...scenarios import Scenario
from ...scenarios.facts.placing import needs_its_shape, stands_before
from ...scenarios.model.places import Place
from ..policies.uniform import RandomPolicy

Array = NDArray[Any]

EPISODES = 32
"""Played by the scripts, and with each scripted team played by chance instead."""
FEWER = 16
"""Played by chance alone, and by nobody: to see what can happen, not how much."""
AGAIN = 96
"""Played on top of that by a script and by chance where it isn't plain yet which is better."""
SURE = 2.0
"""Standard errors by which a mean must be above 0 to be called so."""
_WORK = 4_000_000
"""Of one play: decisions of blocks of worlds, times bodies squared; a second or two. Games of hundreds are played for a shorter time."""
_ENDLESS = 60.0  # s, played of a game without end.time
_LEAST, _MOST = 20, 2_000
"""Decisions played in any case, and at most."""


@dataclass
class Spread:
    """The least and the greatest that some numbers were, each by itself.

    Attributes:
        low: Least value of each.
        high: Greatest.
        bound: How often each was seen at one end of its range: at -1, at 1.
        seen: How often they were looked at.
    """

    low: Array
    high: Array
    bound: Array
    seen: int = 0

    @classmethod
    def of(cls, numbers: int) -> "Spread":
        """None seen yet."""
        return cls(np.full(numbers, np.inf), np.full(numbers, -np.inf), np.zeros((2, numbers)))

    def add(self, rows: Array) -> None:
        """Look at some rows, [n, numbers]."""
        if not len(rows):
            return
        self.low, self.high = np.minimum(self.low, rows.min(0)), np.maximum(self.high, rows.max(0))
        self.bound += (rows <= -1).sum(0), (rows >= 1).sum(0)
        self.seen += len(rows)

    @property
    def varies(self) -> Array:
        """Which of them were ever different, bool."""
        return self.high - self.low > 1e-6


@dataclass
class Trial:
    """What was seen in all plays of a game.

    Attributes:
        scenario: The game.
        decisions: The most that was played of an episode.
        episodes: How many were played by scripts, by chance (some teams or all), and by nobody.
        cut: How many of them were not over by then.
        ended_early: How many ended by a rule.
        left: Teams of which an agent was out before the end.
        fired: How often each rule happened.
        seen: Spread of each team's observation.
        paid: Spread of each reward term of each team.
        scores: Spread of each team's score at the end.
        worth: For each scripted team what it came to (by score, or by return) when it was scripted and when it was played by chance, all else equal,
            by episode.
        troubles: How often what was needed ran out, see `TROUBLES`.
        misplaced: How often a thing of a kind found no free spot at the start, and what stood too near.
        starts: How many episodes that was counted in.
        crowded: How many things found no free spot then.
        unplaced: How often no free spot was found when a rule placed something.
    """

    scenario: Scenario
    decisions: int
    episodes: dict[str, int] = field(default_factory=dict[str, int])
    cut: int = 0
    ended_early: int = 0
    left: set[str] = field(default_factory=set[str])
    fired: dict[str, float] = field(default_factory=dict[str, float])
    seen: dict[str, Spread] = field(default_factory=dict[str, Spread])
    paid: dict[tuple[str, str], Spread] = field(default_factory=dict[tuple[str, str], Spread])
    scores: dict[str, Spread] = field(default_factory=dict[str, Spread])
    worth: dict[str, tuple[Array, Array]] = field(default_factory=dict[str, tuple[Array, Array]])
    troubles: dict[str, float] = field(default_factory=dict[str, float])
    misplaced: dict[str, dict[str, int]] = field(default_factory=dict[str, dict[str, int]])
    starts: int = 0
    crowded: int = 0
    unplaced: dict[str, float] = field(default_factory=dict[str, float])

    @property
    def words(self) -> str:
        """What was played."""
        names = {"script": "of the scripts", "chance": "of random play", "nobody": "of idling"}
        played = [f"{count} {names[who]}" for who, count in self.episodes.items() if count]
        text = played[0] if len(played) == 1 else f"{', '.join(played[:-1])} and {played[-1]}"
        most = f" (the first {self.decisions / self.scenario.world.decisions_per_second:g} s)" if self.cut else ""
        return f"{text.replace(' ', ' episodes ', 1)}{most}"


def try_out(scenario: Scenario) -> Trial:
    """Play a game a little, always in the same way."""
    bodies = sum(scenario.kind(kind).count for kind in scenario.kinds) + 8
    rate = scenario.world.decisions_per_second
    wanted = min(_MOST, round((scenario.end.time or _ENDLESS) * rate))
    blocks = max(1, min(EPISODES // LANES, _WORK // (wanted * bodies * bodies)))
    trial = Trial(scenario, max(_LEAST, min(wanted, _WORK // (blocks * bodies * bodies))), fired=dict.fromkeys(scenario.rules, 0.0))
    acting = scenario.acting_teams
    scripted = [name for name in acting if name in scenario.baseline]
    chance = [name for name in acting if name not in scripted]
    many, few = blocks * LANES, min(FEWER, blocks * LANES)
    scripts = _play(trial, "script", many, chance) if scripted else {}
    for team in scripted:
        trial.worth[team] = scripts[team], _play(trial, "chance", many, [*chance, team])[team]
    if any(not is_better(*worth) for worth in trial.worth.values()):
        more = _play(trial, "script", AGAIN, chance, seed=many)
        for team, (script, by_chance) in trial.worth.items():
            if not is_better(script, by_chance):
                again = _play(trial, "chance", AGAIN, [*chance, team], seed=many)
                trial.worth[team] = np.concatenate([script, more[team]]), np.concatenate([by_chance, again[team]])
    if acting and len(scripted) != 1:
        _play(trial, "chance", few, acting)
    _play(trial, "nobody", few, [], idle=acting)
    return trial


def gain_of(script: Array, chance: Array) -> tuple[float, float]:
    """By how much a script is better than chance in the mean, and the standard error of that: episodes that begin alike are pairs."""
    difference = script - chance
    return float(difference.mean()), float(difference.std(ddof=1) / np.sqrt(len(difference)))


def is_better(script: Array, chance: Array) -> bool:
    """Whether a script is better than chance for sure."""
    gain, error = gain_of(script, chance)
    return gain > SURE * error


def _play(trial: Trial, who: str, worlds: int, chance: list[str], idle: list[str] | None = None, seed: int = 0) -> dict[str, Array]:
    """Play one episode in each world and note what is seen; returns what each team came to, [worlds]."""
    scenario = trial.scenario
    env = VectorEnv(scenario, worlds, autoreset="disabled", threads=1)
    rng, players = np.random.default_rng(seed), {team: RandomPolicy(env.action_space(team)) for team in chance}
    obs, info = env.reset(seed=seed)
    if not seed:
        _note_start(trial, env, info)
    running, returns = np.ones(worlds, np.bool_), {team: np.zeros(worlds) for team in env.teams}
    final, alive = dict[str, Array](), info["alive"]
    for team in env.teams:
        trial.seen.setdefault(team, Spread.of(len(env.observation_names(team)))).add(_rows(obs[team], alive[team]))
    for _ in range(trial.decisions):
        actions = env.scripted_actions()
        for team in idle or ():
            actions[team][:] = 0
        for team, player in players.items():
            actions[team] = _act(env, team, player, rng)
        before, misplaced = alive, info["misplaced"]
        obs, reward, terminated, truncated, info = env.step(actions)
        alive = info["alive"]
        _note_step(trial, obs, info, running, before)
        _note_places(trial, info, running & (info["misplaced"] > misplaced), misplaced)
        for team in env.teams:
            returns[team] += np.where(running, reward[team].mean(1) if reward[team].shape[1] else 0.0, 0.0)
        for team, score in info.get("score", {}).items():
            final[team] = np.where(running, score, final.get(team, score))
        trial.ended_early += int((terminated & running).sum())
        running &= ~(terminated | truncated)
        if not running.any():
            break
    env.close()
    trial.episodes[who] = trial.episodes.get(who, 0) + worlds
    trial.cut += int(running.sum())
    for name in TROUBLES:
        trial.troubles[name] = trial.troubles.get(name, 0.0) + float(info[name].sum())
    for team, score in final.items():
        trial.scores.setdefault(team, Spread.of(1)).add(score[:, None])
    return {team: final.get(team, returns[team]) for team in env.teams}


def _act(env: VectorEnv, team: str, player: RandomPolicy, rng: np.random.Generator) -> Array:
    """Random actions of a team in all worlds."""
    agents = len(env.agents(team))
    rows = np.zeros((env.num_envs * agents, 1), np.float32)
    chosen = player.act(rows, rows, rng)
    return chosen.reshape(env.num_envs, agents, *chosen.shape[1:])


def _rows(values: Array, chosen: Array) -> Array:
    """Rows of the agents that are chosen, [n, numbers]."""
    return values.reshape(-1, values.shape[-1])[chosen.reshape(-1)]


def _note_step(trial: Trial, obs: Mapping[str, Array], info: Mapping[str, Any], running: Array, before: Mapping[str, Array]) -> None:
    """Note what one decision brought in the worlds that are not over; `before`: who was in the game when it began."""
    for rule in trial.scenario.rules:
        trial.fired[rule] += float(info[f"event/{rule}"][running].sum())
    for team, here in info["alive"].items():
        trial.seen[team].add(_rows(obs[team], here & running[:, None]))
        if not here[running].all():
            trial.left.add(team)
        played = before[team] & running[:, None]
        for term in trial.scenario.paid_terms(team):
            values = info[f"reward/{term.name}"][team]
            trial.paid.setdefault((team, term.name), Spread.of(1)).add(_rows(values[..., None], played))


def _note_places(trial: Trial, info: Mapping[str, Any], crowded: Array, before: Array) -> None:
    """Note which rules placed something in the worlds where that found no free spot; `before`: how often that was so one decision ago."""
    for world in map(int, np.flatnonzero(crowded)):
        for name, rule in trial.scenario.rules.items():
            if info[f"event/{name}"][world] > 0 and any(
                isinstance(target, Place) and target.in_ is not None for target in rule.do.place.values()
            ):
                trial.unplaced[name] = trial.unplaced.get(name, 0.0) + float(info["misplaced"][world] - before[world])


# Who found no free spot ----------------------------------------------------------------------


def _note_start(trial: Trial, env: VectorEnv, info: Mapping[str, Any]) -> None:
    """Note which kinds found no free spot, once: all plays begin alike."""
    if trial.starts >= env.num_envs:
        return
    trial.starts, trial.misplaced, trial.crowded = env.num_envs, {}, int(info["misplaced"].sum())
    for world in map(int, np.flatnonzero(info["misplaced"])):
        for kind, other in _crowded(trial.scenario, env.scene(world), env.frame(world)):
            near = trial.misplaced.setdefault(kind, {})
            near[other] = near.get(other, 0) + 1


def _crowded(scenario: Scenario, scene: Scene, frame: Frame) -> list[tuple[str, str]]:
    """The kind of each thing that stands nearer to something than its place allows, and what that is."""
    found: list[tuple[str, str]] = []
    order = {kind: place for place, kind in enumerate(stands_before(scenario, scenario.kinds))}
    reach = [float(np.hypot(*shape.vertices.T).max()) + shape.radius for shape in scene.shapes]
    for k, shape in enumerate(scene.shapes):
        place = scenario.kind(shape.kind).place
        if place is None or place.in_ is None or not frame.present[k] or needs_its_shape(scenario, shape.kind, place):
            continue
        x, y = frame.pose[k, :2]
        near: list[tuple[float, str]] = []
        for other, one in enumerate(scene.shapes):
            if other != k and _was_first(scenario, scene, order, k, other):
                theirs = scenario.kind(one.kind).place
                away = max(place.away_from.get(one.kind, 0.0), theirs.away_from.get(shape.kind, 0.0) if theirs is not None else 0.0)
                near.append((away - _distance(scene, frame, other, x, y, centre=True), one.kind))
                if frame.solid[other] and frame.present[other] and place.in_ != one.kind:
                    near.append((place.gap + reach[k] - _distance(scene, frame, other, x, y), one.kind))
        if scene.walls == "solid":
            walls = min(scene.size[0] / 2 - abs(x), scene.size[1] / 2 - abs(y)) - reach[k]
            near.append((-walls, "walls"))
        worst = max(near, default=(0.0, ""))
        if worst[0] > 1e-3:
            found.append((shape.kind, worst[1]))
    return found


def _was_first(scenario: Scenario, scene: Scene, order: Mapping[str, int], one: int, other: int) -> bool:
    """Whether a thing was placed after another, by the order of their kinds; what has a fixed place was there."""
    first, second = scene.shapes[one].kind, scene.shapes[other].kind
    theirs = scenario.kind(second).place
    return theirs is None or theirs.in_ is None or (order[second], other) < (order[first], one)


def _distance(scene: Scene, frame: Frame, other: int, x: float, y: float, centre: bool = False) -> float:
    """From a point to the centre of a thing, or to its circle or the box around its outline, as things are placed [m]."""
    there, shape = frame.pose[other], scene.shapes[other]
    dx, dy = x - there[0], y - there[1]
    if scene.walls == "wrap":
        dx, dy = dx - scene.size[0] * round(dx / scene.size[0]), dy - scene.size[1] * round(dy / scene.size[1])
    if centre:
        return float(np.hypot(dx, dy))
    c, s = np.cos(there[2]), np.sin(there[2])
    point = np.array([c * dx + s * dy, c * dy - s * dx])
    low, high = shape.vertices.min(0), shape.vertices.max(0)
    return float(np.hypot(*np.maximum(np.maximum(low - point, point - high), 0))) - shape.radius
