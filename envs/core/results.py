"""What a step returns: arrays for one batch, views of them by team and name, made once and handed out as often as nobody holds them."""

import sys
from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..compile.game import Game
from ..compile.ledger import TROUBLES, split
from ..jit.kernel import bind
from ..kernels.world.state import Buffers

Array: TypeAlias = NDArray[Any]
ByTeam: TypeAlias = dict[str, Array]
Truth = TypeVar("Truth", bool, Array)


def ending(terminated: Truth, truncated: Truth, alive: Truth) -> tuple[Truth, Truth]:
    """Whether an agent's episode is terminated, and whether truncated, from what is said of its world, and whether it is in it after the step.

    Terminated: nothing comes after, since a rule has ended the world, or has removed the agent, though the world may go on without it. Truncated: a
    clock cut off what would have gone on, so that a critic may ask what the last observation was worth: only of who is still there to see it.
    """
    out = terminated | (alive ^ True)
    return out, truncated & (out ^ True)


class Endings(NamedTuple):
    """How a step ended episodes, for learners by world, [E, n]."""

    terminated: Array  # bool [E, n]: see `ending`
    truncated: Array  # bool [E, n]
    over: Array  # bool [E]: the episode is over for all of them
    left: Array  # bool [E]: because none of them is left, though no rule has ended the world, which goes on until its clock says otherwise


def endings(terminated: Array, truncated: Array, alive: Array) -> Endings:
    """What the ends of worlds, bool [E], mean for learners of whom it is known who is there after the step, bool [E, n].

    Their last observation is the one of that step; where the next episode begins in the same step, it is kept apart, as is who was there then:
    `info["final_obs"]` and `info["final_alive"]`.
    """
    if 0 < alive.size == np.count_nonzero(alive) and not np.count_nonzero(terminated) and not np.count_nonzero(truncated):
        shape, worlds = alive.shape, terminated.shape  # as in most steps: soon said
        return Endings(np.zeros(shape, np.bool_), np.zeros(shape, np.bool_), np.zeros(worlds, np.bool_), np.zeros(worlds, np.bool_))
    out, cut = ending(terminated[:, None], truncated[:, None], alive)
    left = ~(np.logical_or.reduce(alive, 1) | terminated)
    return Endings(out, cut, terminated | truncated | left, left)


class Results:
    """One set of arrays that the kernel writes, and what users get of it.

    Args:
        game: The game.
        worlds: How many.
        finals: Whether episodes begin in the same step, so that the last looks of the old ones are kept apart.
        action: See `Buffers`, as the other arrays, which all sets share.
        seeds: See `Buffers`.
        answer: See `Buffers`.
        roles: See `Buffers`.
    """

    def __init__(self, game: Game, worlds: int, finals: bool, *, action: Array, seeds: Array, answer: Array, roles: Array) -> None:
        ledger = game.ledger
        obs_numbers = ledger.obs_numbers * worlds
        self.buffers = Buffers(
            action=action,
            obs=np.zeros(obs_numbers, np.float32),
            final_obs=np.zeros(obs_numbers if finals else 0, np.float32),
            reward=np.zeros(ledger.reward_numbers * worlds, np.float32),
            flags=np.zeros(ledger.flag_numbers[finals] * worlds, np.uint8),
            seeds=seeds,
            answer=answer,
            roles=roles,
        )
        self.bound = bind(self.buffers)
        flags = self.buffers.flags.view(np.bool_)
        self.terminated, self.truncated = ledger.terminated.of(flags, worlds), ledger.truncated.of(flags, worlds)
        self.ask = ledger.ask.of(self.buffers.flags, worlds)
        self.obs = split(ledger.obs, self.buffers.obs, worlds)
        self.info: dict[str, Any] = {"alive": split(ledger.alive, flags, worlds)}
        self._finals: list[Array] = []
        if finals:
            self._finals = [self.buffers.final_obs, self.buffers.flags[ledger.flag_numbers[False] * worlds :]]
            self.info["final_obs"] = split(ledger.obs, self.buffers.final_obs, worlds)
            self.info["final_alive"] = split(ledger.final_alive, flags, worlds)
        self.reward = split(ledger.reward, self.buffers.reward, worlds)
        self._name_rewards(game, worlds)
        self._shows = [
            self.terminated,
            self.truncated,
            *_arrays([self.obs, self.info["alive"], self.info.get("score", {})]),
            *(self.info[name] for name in TROUBLES),
        ]
        self._nested = [(key, value) for key, value in self.info.items() if isinstance(value, dict)]
        self._held = [
            self.buffers,
            *self.buffers[1:5],
            self.terminated,
            self.truncated,
            self.ask,
            *_arrays((self.obs, self.reward, self.info)),
        ]
        del flags  # would count as a holder
        self._counts = self._count()

    def _name_rewards(self, game: Game, worlds: int) -> None:
        """Reward terms, events, scores and troubles."""
        ledger, paid = game.ledger, self.buffers.reward
        for team, terms in ledger.terms.items():
            for term, place in terms.items():
                self.info.setdefault(f"reward/{term}", {})[team] = place.of(paid, worlds)
        events = ledger.events.of(paid, worlds)
        self.info |= {f"event/{rule}": events[:, k] for k, rule in enumerate(game.rules)}
        if ledger.scores:
            self.info["score"] = split(ledger.scores, paid, worlds)
        self.info |= split(ledger.troubles, paid, worlds)

    def _count(self) -> tuple[int, ...]:
        return tuple(map(sys.getrefcount, self._held))

    def is_free(self) -> bool:
        """Whether nobody else holds any of the arrays, or a view of them: then they are as good as fresh ones."""
        return self._count() == self._counts

    def clear(self) -> None:
        """Zero what the kernel adds to, or writes for some worlds only."""
        self.buffers.reward.fill(0)
        for array in self._finals:
            array.fill(0)

    def look(self, worlds: Array) -> list[Array]:
        """What some worlds show, and how they ended, as copies: all but rewards and events, which are of one step."""
        return [array[worlds] for array in self._shows]

    def put(self, worlds: Array, shown: list[Array]) -> None:
        """Let some worlds show what they showed before."""
        for array, values in zip(self._shows, shown, strict=True):
            array[worlds] = values

    def infos(self) -> dict[str, Any]:
        """The infos, in dicts of their own."""
        info = self.info.copy()
        for key, by_team in self._nested:
            info[key] = by_team.copy()
        return info


def _arrays(values: Any) -> Iterator[Array]:
    """All arrays in nested dicts."""
    for value in values.values() if isinstance(values, dict) else values:
        if isinstance(value, np.ndarray):
            yield value
        else:
            yield from _arrays(value)


__all__ = ["TROUBLES", "Endings", "Results", "ending", "endings"]
