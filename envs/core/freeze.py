"""Worlds as bytes and back: what a snapshot holds, and what is refused before anything is written.

A snapshot is a head (format, hash of the game, number of worlds, checksum of all that follows it and of the head) and the worlds' numbers. The checksum finds
damage. It is no secret, so whoever forges a snapshot can forge it too: therefore every number that kernels use as an index or a count is held against its
range as well, and all must be finite. A forged snapshot can be a world that no play leads to, but none that makes a kernel leave its arrays.
"""

import hashlib
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...scenarios import scenario_hash
from ..compile.game import Game, table_of
from ..kernels.world.layout.things import Body, BodyTable, Drive, Hand, Jump, Mover, MoverTable
from ..kernels.world.layout.world import MAX_OBSERVATION, Table, Whole
from ..kernels.world.state import PENDING

Array: TypeAlias = NDArray[Any]
_MAGIC = b"sandlot-state/2"
"""To be counted up whenever what stands in which row changes."""
_HASH = 16
_COUNT = len(_MAGIC) + _HASH
_SUM = _COUNT + 4
_HEAD = _SUM + _HASH
_MOST_TICKS, _MOST_DECISIONS, _MOST_ROUNDS, _MOST_EVENTS = float(1 << 31), float(1 << 24), float(1 << 12), float(1 << 16)


class _Ranges(NamedTuple):
    """Rows whose numbers must be within a range, and which of them must be whole."""

    rows: NDArray[np.intp]
    low: NDArray[np.float32]
    high: NDArray[np.float32]
    whole: NDArray[np.bool_]


class Freezer:
    """Writes and reads the snapshots of one game."""

    def __init__(self, game: Game) -> None:
        self._name, self._stamp = game.scenario.name, bytes.fromhex(scenario_hash(game.scenario))[:_HASH]
        self._ranges, self._capacity = _ranges(game), int(game.world.whole[Whole.CAPACITY])

    def write(self, parts: list[Array]) -> bytes:
        """A snapshot of n worlds, from all that their futures depend on: arrays [n, ...]."""
        count = len(parts[0])
        data = (
            np.concatenate([array.reshape(count, array[:1].size if count else 0).view(np.uint8) for array in parts], 1).tobytes()
            if count
            else b""
        )
        head = _MAGIC + self._stamp + count.to_bytes(4, "little")
        return b"".join([head, _sum(head, data), data])

    def read(self, blob: Any, worlds: int, like: list[Array]) -> list[Array]:
        """The arrays of a snapshot for `worlds` worlds, [n, ...] each; `like`: one world's share of each, for shapes and types.

        Raises:
            ValueError: If it is none, damaged, of another game, or of so many worlds that they can't be shared out; or if a number is not what it may be.
        """
        if not isinstance(blob, bytes | bytearray | memoryview):
            raise ValueError(f"state: expected bytes, as get_state returns them, got {type(blob).__name__}")
        blob = bytes(blob)
        if blob[: len(_MAGIC)] != _MAGIC or len(blob) < _HEAD:
            old = blob[: len(_MAGIC) - 1] == _MAGIC[:-1] and len(blob) >= _HEAD
            raise ValueError(
                f"state: expected a snapshot of {self._name}, got {len(blob)} bytes {'of another version of sandlot' if old else 'of something else'}"
            )
        stamp = blob[len(_MAGIC) : _COUNT]
        if stamp != self._stamp:
            raise ValueError(
                f"state: expected a snapshot of {self._name} with these params (hash {self._stamp.hex()[:8]}), got one of another game (hash {stamp.hex()[:8]})"
            )
        count, data = int.from_bytes(blob[_COUNT:_SUM], "little"), memoryview(blob)[_HEAD:]
        if _sum(blob[:_SUM], data) != blob[_SUM:_HEAD] or len(data) != count * sum(part.nbytes for part in like):
            raise ValueError(f"state: the snapshot of {self._name} is damaged: its {len(blob)} bytes don't match its checksum")
        if not count or worlds % count:
            raise ValueError(f"state: expected a snapshot of 1 or {worlds} worlds, got one of {count}")
        parts, first = [], 0
        whole = np.frombuffer(data, np.uint8).reshape(count, -1)
        for part in like:
            parts.append(np.ascontiguousarray(whole[:, first : first + part.nbytes]).view(part.dtype).reshape(count, *part.shape))
            first += part.nbytes
        self._check(*parts)
        return parts

    def _check(self, rows: Array, keys: Array, phase: Array, contacts: Array, key: Array, normal: Array, tangent: Array) -> None:
        """Refuse what kernels must not be given."""
        if not (np.isfinite(rows).all() and np.isfinite(normal).all() and np.isfinite(tangent).all()):
            raise ValueError("state: the snapshot holds numbers that are not finite")
        if phase.max() > PENDING or contacts.min() < 0 or contacts.max() > self._capacity:
            raise ValueError("state: the snapshot holds a phase or a number of contacts that no world has")
        ranges = self._ranges
        found = rows[:, ranges.rows]
        wrong = (found < ranges.low) | (found > ranges.high) | (ranges.whole & (found != np.floor(found)))
        if wrong.any():
            world, at = np.argwhere(wrong)[0]
            raise ValueError(
                f"state: row {ranges.rows[at]} of world {world} in the snapshot: expected {'a whole number ' * int(ranges.whole[at])}"
                f"from {ranges.low[at]:g} to {ranges.high[at]:g}, got {found[world, at]:g}"
            )


def _sum(*parts: Any) -> bytes:
    """Checksum of bytes."""
    digest = hashlib.blake2b(digest_size=_HASH)
    for part in parts:
        digest.update(part)
    return digest.digest()


def _ranges(game: Game) -> _Ranges:
    """What kernels, and those who draw, use as an index or a count."""
    names, whole, bodies = game.names, game.world.whole, table_of(game.world, Table.BODY)
    last, found = float(len(bodies) - 1), list[tuple[int, float, float, bool]]()
    for body, table in enumerate(bodies):
        first = body * Body.ROWS
        found += [(first + row, 0.0, 1.0, True) for row in (Body.ALIVE, Body.SOLID)]
        found.append((first + Body.SAID, -1.0, float(MAX_OBSERVATION), True))
        if table[BodyTable.DRIVE] == Drive.JUMP:
            found.append((int(table[BodyTable.OWN] + Jump.GROUND * table[BodyTable.OWN_STEP]), 0.0, last, True))
    found += [(row + Hand.HELD, 0.0, last, True) for row in names.hands.values()]
    found += [(row, 0.0, last, True) for name, row in names.draws.items() if game.scenario.draw[name].kind is not None]
    for mover in table_of(game.world, Table.MOVER):
        found += [
            (int(mover[MoverTable.ROW]) + Mover.PHASE, -2.0, 2.0, False),
            (int(mover[MoverTable.ROW]) + Mover.PERIOD, 0.0, _MOST_TICKS, False),
        ]
    found.append((names.clock, 0.0, _MOST_DECISIONS, True))
    if names.rounds:
        found.append((names.rounds, 0.0, _MOST_ROUNDS, True))
    found += [(int(whole[Whole.FIRED]) + rule, 0.0, _MOST_EVENTS, True) for rule in range(len(game.rules))]
    rows, low, high, is_whole = zip(*found, strict=True)
    return _Ranges(np.array(rows, np.intp), np.array(low, np.float32), np.array(high, np.float32), np.array(is_whole, np.bool_))


__all__ = ["Freezer"]
