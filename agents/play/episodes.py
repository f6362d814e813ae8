"""Many seeds of a game, each played to its end exactly once. NumPy only."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ...envs import VectorEnv
from ...envs.policy import Cast, Policy, Scripted, Spec, choose, masks_for, resolve, restart
from ...scenarios import Scenario
from ..policies.trained import TrainedPolicy
from ..policies.uniform import RandomPolicy
from .match import MAX_FRAMES, how_ended, told_rules
from .streams import Streams

Array = NDArray[Any]
Channel = Literal["open", "mute", "scramble"]
WORLDS = 64


@dataclass
class Episodes:
    """What N episodes came to, one for each seed, in their order.

    Attributes:
        seeds: What they were seeded with.
        length: Decisions, [N].
        end: Label of the rule that ended each (of several all, `red and blue`), `time` for the clock, `stopped` after `match.MAX_FRAMES` decisions.
        score: Final score of each team, [N]; empty where the game has none.
        returns: For each team the mean over its agents of the sum of rewards, [N].
        reward: The same by term.
        events: How often each rule fired, [N], but those that `match.told_rules` leaves out.
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
        self._scenario, self._env = scenario, env
        self._shown = told_rules(scenario)
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
        end = how_ended(self._scenario, info, world) if terminated else "time" if over else "stopped"
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


class _Seats:
    """Which episode each world plays, and what those came to that are over.

    Attributes:
        ends: How each episode ended.
        found: What it came to.
        secrets: What was drawn in it.
    """

    def __init__(self, env: VectorEnv, scenario: Scenario, seeds: Sequence[int]) -> None:
        self._env, self._all = env, seeds
        self._numbers = np.array([seed % (1 << 64) for seed in seeds], np.uint64)
        self._running = np.arange(env.num_envs)  # -1: none is left
        self._waiting = iter(range(env.num_envs, len(seeds)))
        self.ends, self.found = [""] * len(seeds), [dict[tuple[str, ...], Any]() for _ in seeds]
        self.secrets = {name: np.zeros(len(seeds), np.float32) for name in scenario.draw}

    @property
    def taken(self) -> Array:
        """Which worlds play an episode, bool [E]."""
        return self._running >= 0

    @property
    def seeds(self) -> list[int]:
        """Of the episode in each world."""
        return [int(self._all[int(k)]) for k in self._running]

    @property
    def numbers(self) -> Array:
        """The same as `Streams` takes them."""
        return self._numbers[self._running]

    def note_secrets(self, worlds: Array) -> None:
        """Take down what has been drawn for episodes that begin in some worlds, bool [E]."""
        for name, values in self._env.secrets().items():
            self.secrets[name][self._running[worlds]] = values[worlds]

    def leave(self, sums: _Sums, terminated: Array, truncated: Array, info: Mapping[str, Any]) -> bool:
        """Take down what has ended and free its worlds; returns whether anything has."""
        over = terminated | truncated
        done = self.taken & (over | (sums.lengths >= MAX_FRAMES))
        for world in map(int, np.flatnonzero(done)):
            episode = self._running[world]
            self.ends[episode], self.found[episode] = sums.take(world, bool(terminated[world]), bool(over[world]), info)
            self._running[world] = -1
        return bool(done.any())

    def fill(self) -> Array:
        """Give free worlds the episodes that come next; returns which have got one, bool [E]."""
        free = ~self.taken
        for world in map(int, np.flatnonzero(free)):
            self._running[world] = next(self._waiting, -1)
        return free & self.taken


class _Players:
    """Who acts in all worlds, and what is heard of what they say.

    Args:
        env: The worlds.
        policies: Who plays each team.
        partners: Who plays all but the first agent of some teams.
        channel: As of `play`.

    Attributes:
        speakers: How many symbols each team that can speak has.
        are_own: Whether all are sandlot's own, which draw each world's chance for itself.
    """

    def __init__(self, env: VectorEnv, policies: Mapping[str, Spec], partners: Mapping[str, Spec], channel: Channel) -> None:
        self._env, self._channel = env, channel
        self.speakers = {team.name: team.symbols for team in env.game.teams if team.symbols}
        self._cast = Cast(
            env, dict(policies), env.teams, whole=tuple(team for team in env.teams if team not in partners and team not in self.speakers)
        )
        self._partners = {team: resolve(spec, env, team) for team, spec in partners.items()}
        everybody = (*self._cast.policies.values(), *self._partners.values())
        self.are_own = all(isinstance(policy, Scripted | RandomPolicy | TrainedPolicy) for policy in everybody)

    def reset(self) -> None:
        """All worlds begin anew."""
        self._cast.reset()
        for team, policy in self._partners.items():
            if not isinstance(policy, Scripted):
                policy.reset(self._env.num_envs * len(self._env.agents(team)))

    def restart(self, worlds: Array) -> None:
        """Some worlds begin anew, bool [E]."""
        self._cast.restart(worlds)
        for team, policy in self._partners.items():
            restart(policy, worlds, len(self._env.agents(team)))

    def act(
        self, obs: Mapping[str, Array], alive: Mapping[str, Array], worlds: Array, rng: Streams
    ) -> tuple[dict[str, Array], dict[str, Array]]:
        """Actions of every team but those that the step plays itself, and what is said (see `_speech`); only some `worlds`, bool [E], matter."""
        asked = {team: here & worlds[:, None] for team, here in alive.items()}
        actions, said = self._cast.act(obs, asked, rng), {}
        for team, policy in self._partners.items():
            actions[team] = np.concatenate([actions[team][:, :1], _acts(self._env, team, policy, obs, asked, rng)[:, 1:]], 1)
        for team, symbols in self.speakers.items():
            actions[team], said[team] = _speech(actions[team], symbols, alive[team], self._channel, rng)
        return actions, said


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
    players = _Players(env, policies, dict(partners or {}), channel)
    rng, sums, seats = Streams(), _Sums(env, scenario, players.speakers), _Seats(env, scenario, seeds)
    obs, info = env.reset(seed=seats.seeds)
    alive = info["alive"]
    seats.note_secrets(seats.taken)
    players.reset()
    while seats.taken.any():
        rng.begin(seats.numbers, np.where(seats.taken, sums.lengths, 0))
        actions, said = players.act(obs, alive, seats.taken, rng)
        obs, reward, terminated, truncated, info = env.step(actions)
        alive = info["alive"]
        sums.add(reward, info, said)
        if not seats.leave(sums, terminated, truncated, info) or (seats.taken.any() and not players.are_own):
            continue
        begin = seats.fill()
        if begin.any():
            obs, info = env.reset(seed=seats.seeds, mask=begin)
            alive = info["alive"]
            seats.note_secrets(begin)
            sums.forget(begin)
            players.restart(begin)
    env.close()
    return _gathered(env, list(seeds), seats.ends, seats.found, seats.secrets)


def _acts(
    env: VectorEnv, team: str, policy: Policy | Scripted, obs: Mapping[str, Array], alive: Mapping[str, Array], rng: Streams
) -> Array:
    """What one policy would do with a whole team, [E, A, K]."""
    if isinstance(policy, Scripted):
        return env.scripted_actions([team])[team]
    return choose(policy, obs[team], alive[team], rng, masks_for(policy, env, team))


def _speech(actions: Array, symbols: int, alive: Array, channel: Channel, rng: Streams) -> tuple[Array, Array]:
    """Actions with what is said through a channel, [E, A, K], and which symbol each agent says, one-hot [E, A, symbols]; nobody speaks who is out."""
    chosen = actions[:, :, -symbols:].argmax(2)
    if channel != "open":
        drawn = rng.integers(0, symbols, (actions.shape[0] * actions.shape[1], 1)).reshape(chosen.shape)
        chosen = np.zeros_like(chosen) if channel == "mute" else drawn
        actions = np.array(actions, np.float32)
        actions[:, :, -symbols:] = np.where(np.arange(symbols) == chosen[:, :, None], 1.0, -1.0)
    return actions, (np.arange(symbols) == chosen[:, :, None]) & alive[:, :, None]


def _gathered(
    env: VectorEnv, seeds: list[int], ends: list[str], found: Sequence[Mapping[tuple[str, ...], Any]], drawn: dict[str, Array]
) -> Episodes:
    columns: dict[tuple[str, ...], Array] = {name: np.array([episode[name] for episode in found]) for name in found[0]}
    pick: Callable[[str], dict[str, Array]] = lambda kind: {name[1]: values for name, values in columns.items() if name[0] == kind}  # noqa: E731
    reward: dict[str, dict[str, Array]] = {team: {} for team in env.teams}
    for name, values in columns.items():
        if name[0] == "reward":
            reward[name[1]][name[2]] = values
    return Episodes(seeds, columns["length",], ends, pick("score"), pick("returns"), reward, pick("events"), pick("said"), drawn)


def acting(policies: Mapping[str, Spec], act: str) -> dict[str, Spec]:
    """The same policies, of which trained ones act by `mode` or by `sample`."""
    return {
        team: TrainedPolicy(replace(one.card, act=act), one.tensors) if isinstance(one, TrainedPolicy) else one
        for team, one in policies.items()
    }


def tried_acts(
    scenario: Scenario, policies: Mapping[str, Spec], seeds: Sequence[int], worth: Callable[[Episodes], float]
) -> dict[str, float]:
    """What policies come to by `mode` and by `sample`, the better one first."""
    found = {act: worth(play(scenario, acting(policies, act), seeds)) for act in ("mode", "sample")}
    return dict(sorted(found.items(), key=lambda one: -one[1]))


__all__ = ["WORLDS", "Channel", "Episodes", "acting", "play", "tried_acts"]
