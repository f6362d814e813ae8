"""What makers, `reset` and questions may be given: whole numbers, seeds, worlds, teams. What is none is one clear error, never taken for another."""

import os
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
Seed: TypeAlias = "int | Sequence[int | None] | Array | None"
MOST_SEEDS = 1 << 64
"""A world's seed has 64 bits."""
_MOST_CYCLES = 1 << 62
"""As good as never, and an int64."""


def whole(what: str, value: Any, low: int, high: int | None = None) -> int:
    """A whole number, Python's or NumPy's; truths, floats and words are none.

    Raises:
        ValueError: If it is none, or not within the range.
    """
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < low or (high is not None and value > high):
        raise ValueError(f"{what}: expected a whole number from {low}{'' if high is None else f' to {high}'}, got {value!r}")
    return int(value)


def cycles(max_cycles: Any, params: dict[str, Any] | None = None, steps: Any = None) -> int | None:
    """After how many decisions an episode is cut: `max_cycles`, or Gymnasium's word for it, `max_episode_steps`, which may stand among the params (and is taken out).

    Raises:
        ValueError: If it is no whole number from 1 on, or both are given.
    """
    if params and "max_episode_steps" in params:
        steps = params.pop("max_episode_steps")
    if max_cycles is not None and steps is not None:
        raise ValueError("max_cycles and max_episode_steps are two words for one thing: give one")
    name, value = ("max_cycles", max_cycles) if steps is None else ("max_episode_steps", steps)
    return None if value is None else min(whole(name, value, 1), _MOST_CYCLES)


def one_seed(seed: Any) -> int | None:
    """A seed for one world, or None.

    Raises:
        ValueError: If it is none.
    """
    return None if seed is None else whole("seed", seed, 0, MOST_SEEDS - 1)


def seeds_of(seed: Any, worlds: int) -> list[int | None] | None:
    """The seed of each world: of s, s + i for world i; of a list, what it says; None: none.

    Raises:
        ValueError: If it is neither.
    """
    if seed is None:
        return None
    if isinstance(seed, Sequence | np.ndarray) and not isinstance(seed, str | bytes | bytearray):
        if np.ndim(seed) != 1 or len(seed) != worlds:
            raise ValueError(
                f"seed: expected {worlds} seeds, got {len(seed) if np.ndim(seed) == 1 else f'an array of {np.ndim(seed)} axes'}"
            )
        return [None if one is None else whole(f"seed of world {i}", one, 0, MOST_SEEDS - 1) for i, one in enumerate(seed)]
    if isinstance(seed, int | np.integer) and not isinstance(seed, bool):
        first = whole("seed", seed, 0, MOST_SEEDS - worlds)
        return list(range(first, first + worlds))
    raise ValueError(f"seed: expected a whole number from 0, a list of {worlds} or None, got {seed!r}")


def first_seed(seed: Any) -> int | None:
    """The seed of the first world that is given one: what else draws by chance beside the worlds begins with it, however seeds are given."""
    if seed is None or isinstance(seed, int | np.integer):
        return None if seed is None else int(seed)
    return next((int(one) for one in seed if one is not None), None)


def drawn_seed() -> int:
    """A seed from the system."""
    return int.from_bytes(os.urandom(4), "little")


def worlds_of(lanes: Any, worlds: int) -> Array:
    """Worlds by number, int64 [n], from numbers, one number, or a mask, bool [E]; all by default.

    Raises:
        ValueError: If it is neither.
        IndexError: If there is no such world.
    """
    if lanes is None:
        return np.arange(worlds)
    given = np.asarray(lanes if not isinstance(lanes, Sequence) or len(lanes) else np.zeros(0, np.int64))
    if given.dtype == np.bool_ and given.shape == (worlds,):
        return np.flatnonzero(given)
    if given.dtype.kind not in "iu" or given.ndim > 1:
        raise ValueError(
            f"lanes: expected numbers of worlds, or a mask of bools of shape ({worlds},), got {given.dtype} of shape {given.shape}"
        )
    given = given.reshape(-1)
    wrong = (given < 0) | (given >= worlds)
    if wrong.any():
        raise IndexError(f"lanes: expected worlds from 0 to {worlds - 1}, got {given[wrong][0]}")
    return given.astype(np.int64)


def world_of(lane: Any, worlds: int) -> int:
    """The number of one world.

    Raises:
        ValueError: If it is no whole number.
        IndexError: If there is no such world.
    """
    if not isinstance(lane, int | np.integer) or isinstance(lane, bool):
        raise ValueError(f"lane: expected a world from 0 to {worlds - 1}, got {lane!r}")
    if not 0 <= lane < worlds:
        raise IndexError(f"lane: expected a world from 0 to {worlds - 1}, got {lane}")
    return int(lane)


def names_of(what: str, teams: Any) -> tuple[Any, ...]:
    """Names of teams; one may be given as a word.

    Raises:
        ValueError: If they are no names.
    """
    if isinstance(teams, str):
        return (teams,)
    if isinstance(teams, bytes | Mapping) or not hasattr(teams, "__iter__"):
        raise ValueError(f"{what}: expected names of teams, got {teams!r}")
    return tuple(teams)


__all__ = ["MOST_SEEDS", "cycles", "drawn_seed", "first_seed", "names_of", "one_seed", "seeds_of", "whole", "world_of", "worlds_of"]
