"""Worlds copied out of a batch and put back into one: as arrays within it, as bytes outside it."""

import hashlib
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..compile.game import Game
from ..jit.ir import LANES
from ..kernels.world.rng import STREAM, mix
from ..kernels.world.state import State
from .freeze import Freezer

Array: TypeAlias = NDArray[Any]


class Snapshots:
    """All that the futures of worlds depend on; `chosen` are worlds by number, int [n]."""

    def __init__(self, game: Game, state: State) -> None:
        self._game, self._keys = game, state.keys
        rows = state.rows
        self._parts: list[Array] = [
            rows,
            state.keys,
            state.phase[:, None],
            state.count[:, None],
            state.key,
            state.normal,
            state.tangent,
        ]  # views [N, ..., LANES]
        self._freezer: Freezer | None = None

    def take(self, chosen: Array) -> list[Array]:
        """Copies for some worlds, each [n, ...]; contacts beyond the count are zeroed, since nothing reads them."""
        rows, keys, phase, count, *contacts = (np.ascontiguousarray(array[chosen // LANES, :, chosen % LANES]) for array in self._parts)
        for array in contacts:
            array[np.arange(array.shape[1]) >= count] = 0
        return [rows, keys, phase, count, *contacts]

    def lay(self, values: list[Array], chosen: Array) -> None:
        """Put what `take` copied into some worlds."""
        blocks, places = chosen // LANES, chosen % LANES
        for array, part in zip(self._parts, values, strict=True):
            array[blocks, :, places] = part

    def write(self, values: list[Array]) -> bytes:
        """A snapshot of what `take` copied."""
        return self._format().write(values)

    def read(self, blob: Any, worlds: int) -> list[Array]:
        """What to lay into so many worlds: of n snapshots for m times as many worlds, the first goes into the first m, and so on.

        Raises:
            ValueError: If the blob is no snapshot of this game, or damaged.
        """
        parts = self._format().read(blob, worlds, [array[0, ..., 0] for array in self._parts])
        count = len(parts[0])
        return parts if count in (1, worlds) else [np.repeat(part, worlds // count, 0) for part in parts]

    def turn_chance(self, numbers: Array, chosen: Array) -> None:
        """Let some worlds draw other random numbers until their episode ends, the same for the same number of 64 bits [n]."""
        blocks, places = chosen // LANES, chosen % LANES
        self._keys[blocks, STREAM, places] = mix(mix(self._keys[blocks, STREAM, places]) + numbers.astype(np.uint64))  # type: ignore[no-untyped-call]

    def episode(self, lane: int) -> tuple[int, ...]:
        """What tells a world's episodes apart: its seed, and which it is."""
        keys = self._keys[lane // LANES, :, lane % LANES]
        return int(keys[0]), int(keys[1])

    def hash(self, lane: int) -> str:
        """Hash of one world: equal hashes mean equal bits."""
        digest = hashlib.blake2b(digest_size=16)
        for array in self.take(np.array([lane])):
            digest.update(array.tobytes())
        return digest.hexdigest()

    def _format(self) -> Freezer:
        """What writes and reads bytes of this game, made when it is first needed."""
        if self._freezer is None:
            self._freezer = Freezer(self._game)
        return self._freezer


__all__ = ["Snapshots"]
