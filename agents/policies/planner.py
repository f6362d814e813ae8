"""Planning with the worlds themselves as the model: the cross-entropy method, replanned at every decision. Nothing is trained.

Sources: Rubinstein 1999 (cross-entropy), Pinneri et al. 2020 (what makes it work with few samples: correlated noise, plans that are taken along, the best
that was found is what is done), Tesauro and Galperin 1996 (plans judged by how a policy goes on from where they end).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...envs import VectorEnv
from ...envs.policy import Cast, Spec
from ...scenarios.text.problems import suggestion
from .moves import Moves

Array = NDArray[Any]
ROOM = 4096
"""Worlds of the model at most; more real worlds than fit are planned for one group after the other."""
LOOK, HOLD = 1.5, 0.2
"""Seconds that a plan looks ahead, and that its quickest changes last, where nothing else is asked for."""
WIDE, NARROW = 0.8, 0.05
"""Spread of the numbers that are tried first, and the least that is left of it."""


@dataclass(frozen=True)
class Search:
    """How to plan: what may stand after `planner:`."""

    horizon: int = 0
    """Decisions that a plan looks ahead; 0: 1.5 s of them, at least 8 and at most 40."""
    samples: int = 128
    """Plans that are tried in each round, in worlds of their own."""
    rounds: int = 3
    """How often plans are drawn, each time nearer to the best ones."""
    elites: int = 0
    """How many of the best; 0: an eighth."""
    repeat: int = 0
    """Decisions between two changes of mind, for the quickest of the plans; 0: 0.2 s of them."""
    discount: float = 0.99
    """What a reward is worth one decision later."""
    others: str = "scripted"
    """Who is assumed to play the other teams: a policy spec."""
    guess: str = ""
    """A policy spec: what it would do is one of the plans that are tried first, and it plays on where they end; none by default."""
    tail: int = 0
    """Decisions for which the guess plays on; 0: three times the horizon."""


def parse_search(text: str) -> Search:
    """Read `horizon=15,samples=128`.

    Raises:
        ValueError: For an option that there isn't, or a value that it can't have.
    """
    known = {name: type(value) for name, value in asdict(Search()).items()}
    found: dict[str, Any] = {}
    for part in text.split(",") if text else []:
        name, _, value = part.partition("=")
        if name not in known:
            raise ValueError(f"planner: no option {name!r}{suggestion(name, list(known))}; there is {', '.join(known)}")
        try:
            found[name] = known[name](value)
        except ValueError:
            raise ValueError(f"planner: {name}: expected a number, got {value!r}") from None
    return Search(**found)


class Planner:
    """Plays one team by trying out plans in copies of the world, and doing the first step of the best.

    It sees the true state, all of it, whatever its agents would see; it knows the game exactly; and it assumes that it knows who plays the other teams.
    It doesn't know what comes by chance: the copies draw other random numbers than the world will. Plans are for all agents of the team together, and what
    counts is the sum of their rewards over the horizon, or until the episode ends; nothing is known of what comes after.

    What it does in a world depends on that world and on `rng`, not on how many worlds there are (unless `others` or `guess` draw random numbers). The real
    worlds are only read.

    Args:
        env: The worlds in which it acts, as they are when `act` is called.
        team: Whom it plays.
        search: How to plan.
        others: Who is assumed to play the other teams, instead of `search.others`: a spec or a Policy, or one by team. A policy with a memory begins
            every plan without any.
        guess: Whose play is one of the plans, instead of `search.guess`.

    Raises:
        ValueError: For settings that make no sense.
    """

    def __init__(self, env: VectorEnv, team: str, search: Search | None = None, others: Spec | Mapping[str, Spec] | None = None,
                 guess: Spec | None = None) -> None:  # fmt: skip
        self._env, self.team = env, team
        self.agents = len(env.agents(team))
        self.search = _settled(search or Search(), env.dt)
        self.moves = Moves(env, team)
        self._group = max(1, min(env.num_envs, ROOM // self.search.samples))
        self._model = VectorEnv(env.scenario, self._group * self.search.samples, autoreset="disabled", actions=env.actions, copy=False)
        self._model.reset(seed=0)
        rest = tuple(name for name in env.teams if name != team)
        self._cast = Cast(self._model, self.search.others if others is None else others, rest, whole=rest)
        guess = self.search.guess if guess is None else guess
        self._guess = Cast(self._model, guess, (team,)) if guess else None
        self._forget(np.ones(env.num_envs, np.bool_))

    def __repr__(self) -> str:
        return f"Planner({self.team}, {self.search})"

    def _forget(self, worlds: Array) -> None:
        """Plan from nothing in some worlds, bool [E]."""
        if worlds.all():
            shape = (len(worlds), self.search.horizon, self.agents)
            self._mean = np.zeros((*shape, self.moves.box), np.float32)
            self._odds = [np.full((*shape, options), 1 / options, np.float32) for options in self.moves.choices]
            return
        self._mean[worlds] = 0
        for odds in self._odds:
            odds[worlds] = 1 / odds.shape[-1]

    def reset(self, count: int) -> None:
        """All episodes begin anew.

        Raises:
            ValueError: If it isn't to act for its team in all of its worlds.
        """
        self._check(count)
        self._forget(np.ones(self._env.num_envs, np.bool_))

    def restart(self, rows: Array) -> None:
        """Some agents begin a new episode, bool [n]."""
        self._forget(np.logical_or.reduce(rows.reshape(self._env.num_envs, self.agents), 1))

    def _check(self, count: int) -> None:
        if count != self._env.num_envs * self.agents:
            raise ValueError(f"planner: expected {self._env.num_envs} worlds with {self.agents} of {self.team!r} each, got {count} rows")

    def act(self, obs: Array, mask: Array, rng: np.random.Generator) -> Array:
        """The first actions of the best plans, [n, ...]; of the observations only their number is read."""
        self._check(len(obs))
        worlds = self._env.num_envs
        seed = int(rng.integers(1 << 63))
        numbers = np.zeros((worlds, self.agents, self.moves.box), np.float32)
        picks = np.zeros((worlds, self.agents, len(self.moves.choices)), np.int64)
        playing = np.flatnonzero(mask.reshape(worlds, self.agents).any(1)) if self.moves.size else np.zeros(0, np.int64)
        for first in range(0, len(playing), self._group):
            some = playing[first : first + self._group]
            # The same noise for every world, so that none depends on how many there are.
            numbers[some], picks[some] = self._plan(some, np.random.default_rng(seed))
        self._move_on()
        chosen = self.moves.for_worlds(numbers, picks)
        return chosen.reshape(worlds * self.agents, *chosen.shape[2:])

    def _move_on(self) -> None:
        """Take the plans along to the next decision."""
        for plan in (self._mean, *self._odds):
            plan[:, :-1] = plan[:, 1:].copy()
        for odds in self._odds:
            odds += 1 / odds.shape[-1]
            odds /= 2

    # --- one decision -------------------------------------------------------------------------------------------------------------------------

    def _plan(self, worlds: Array, rng: np.random.Generator) -> tuple[Array, Array]:
        """What to do now in some worlds: numbers [g, A, box] and picks [g, A, choices]."""
        search, here = self.search, np.arange(len(worlds))
        snapshot = self._env.get_state(worlds)
        mean, odds = self._mean[worlds], [values[worlds] for values in self._odds]
        spread = np.full_like(mean, WIDE)
        best: tuple[Array, Array] | None = None
        for number in range(search.rounds):
            numbers, picks = self._draw(mean, spread, odds, rng)
            if best is not None:
                numbers[:, 1], picks[:, 1] = best
            worth = self._try(snapshot, worlds, numbers, picks, rng, self._guess is not None and number == 0)
            order = np.argsort(-worth, 1, kind="stable")
            elite = here[:, None], order[:, : search.elites]
            best = numbers[here, order[:, 0]], picks[here, order[:, 0]]
            mean, spread = numbers[elite].mean(1), np.maximum(numbers[elite].std(1), NARROW)
            odds = [_shares(picks[elite][..., k], values.shape[-1]) for k, values in enumerate(odds)]
        assert best is not None
        self._mean[worlds] = mean
        for kept, values in zip(self._odds, odds, strict=True):
            kept[worlds] = values
        return best[0][:, 0], best[1][:, 0]

    def _draw(self, mean: Array, spread: Array, odds: list[Array], rng: np.random.Generator) -> tuple[Array, Array]:
        """Plans: numbers [g, K, H, A, box] and picks [g, K, H, A, choices]; the first is the mean of what is known."""
        search = self.search
        shape = (search.samples, search.horizon, self.agents)
        held = self._held()
        noise = np.take_along_axis(rng.standard_normal((*shape, self.moves.box), np.float32), held[:, :, None, None], 1)
        noise[0] = 0
        numbers = np.clip(mean[:, None] + spread[:, None] * noise, -1, 1)
        luck = np.take_along_axis(rng.random((*shape, len(odds)), np.float32), held[:, :, None, None], 1)
        picks = np.zeros((len(mean), *luck.shape), np.int64)
        for k, values in enumerate(odds):
            below = np.cumsum(values[..., :-1], -1)[:, None]
            picks[..., k] = (luck[None, ..., k, None] >= below).sum(-1)
            picks[:, 0, ..., k] = values.argmax(-1)
        return numbers, picks

    def _held(self) -> Array:
        """Which decision's noise each plan takes at each decision, [K, H]: some change their mind quickly, some never."""
        search, when = self.search, np.arange(self.search.horizon)
        lengths = [min(search.repeat * 2**k, search.horizon) for k in range(4)]
        return np.stack([when - when % lengths[k % 4] for k in range(search.samples)])

    def _try(self, snapshot: bytes, worlds: Array, numbers: Array, picks: Array, rng: np.random.Generator, first: bool) -> Array:
        """What each plan is worth, [g, K]: played in the model. Where the guess is asked first, its play is written over the second plan."""
        search, model = self.search, self._model
        used = len(worlds) * search.samples
        model.set_state(snapshot, range(used), chance=np.tile(rng.integers(1 << 63, size=search.samples), len(worlds)))
        for cast in (self._cast, self._guess):
            if cast is not None:
                cast.reset()
        looks = self._cast.looks or (self._guess is not None and self._guess.looks)
        seen, alive = self._beginning(worlds) if looks else ({}, {})
        plans = self.moves.for_worlds(numbers, picks).reshape(used, search.horizon, self.agents, -1)
        chosen = np.zeros((model.num_envs, self.agents, *(model.action_space(self.team).shape or ())), plans.dtype)
        going, worth, weight = np.ones(used, np.bool_), np.zeros(used, np.float64), 1.0
        for now in range(search.horizon + (search.tail if self._guess is not None else 0)):
            if now < search.horizon:
                chosen[:used] = plans[:, now].reshape(used, *chosen.shape[1:])
            if self._guess is not None:  # asked even where nobody listens: it may have a memory
                told = self._guess.act(seen, alive, rng)[self.team]
                if now >= search.horizon:
                    chosen[...] = told
                elif first:
                    second = slice(1, used, search.samples)
                    chosen[second] = told[second]
                    rows = self.moves.from_worlds(told[second].reshape(-1, *told.shape[2:])).reshape(len(worlds), self.agents, -1)
                    numbers[:, 1, now], picks[:, 1, now] = rows[..., : self.moves.box], rows[..., self.moves.box :]
            seen, reward, terminated, truncated, info = model.step(self._cast.act(seen, alive, rng) | {self.team: chosen})
            alive = info["alive"]
            worth += weight * going * reward[self.team][:used].sum(1, dtype=np.float64)
            weight *= search.discount
            going &= ~(terminated | truncated)[:used]
            if not going.any():
                break
        return worth.reshape(len(worlds), search.samples)

    def _beginning(self, worlds: Array) -> tuple[dict[str, Array], dict[str, Array]]:
        """What everybody sees in the real worlds, in the places of the model's."""
        seen, alive = self._env.seen()
        places = np.resize(np.repeat(worlds, self.search.samples), self._model.num_envs)
        return {team: values[places] for team, values in seen.items()}, {team: values[places] for team, values in alive.items()}


def _shares(picks: Array, options: int) -> Array:
    """How often each option was picked, float32 [g, H, A, options], of picks [g, n, H, A]; none is ruled out for good."""
    shares = (picks[..., None] == np.arange(options)).mean(1, dtype=np.float32)
    return np.asarray((1 - NARROW) * shares + NARROW / options, np.float32)


def _settled(search: Search, dt: float) -> Search:
    """With nothing left open, and checked."""
    horizon = search.horizon or int(np.clip(round(LOOK / dt), 8, 40))
    search = replace(search, horizon=horizon, repeat=search.repeat or max(1, round(HOLD / dt)), elites=search.elites or max(2, search.samples // 8),
                     tail=search.tail or 3 * horizon)  # fmt: skip
    for name, least in (("horizon", 1), ("samples", 2), ("rounds", 1), ("elites", 1), ("repeat", 1), ("tail", 0)):
        if getattr(search, name) < least:
            raise ValueError(f"planner: {name}: expected at least {least}, got {getattr(search, name)}")
    if search.elites > search.samples:
        raise ValueError(f"planner: elites: expected at most samples ({search.samples}), got {search.elites}")
    if not 0 < search.discount <= 1:
        raise ValueError(f"planner: discount: expected a number above 0, at most 1, got {search.discount}")
    return search


__all__ = ["Planner", "Search", "parse_search"]
