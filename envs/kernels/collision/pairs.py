"""Pairs of bodies: which may push each other, their numbers, and the rows that rules watch."""

from ...jit.kernel import inner, shared
from ..world.elementary import ZERO
from ..world.layout.things import BodyTable, Moves
from ..world.layout.world import Apart, Gate, Kind, Table, Whole
from ..world.tables import cell


@inner
def may_push(world, a, b):
    """Whether two bodies a < b may push each other."""
    if cell(world, Table.KIND, cell(world, Table.BODY, a, BodyTable.KIND), Kind.MEETS + cell(world, Table.BODY, b, BodyTable.KIND)) == 0:
        return False
    for row in range(cell(world, Table.BODY, a, BodyTable.APART), cell(world, Table.BODY, a, BodyTable.APART_END)):
        if cell(world, Table.APART, row, Apart.BODY) == b:
            return False
    return True


@inner
def lets_through(s, world, a, b, lane):
    """Whether the solid_if of one of two bodies lets the other through in one world."""
    return world.whole[Whole.GATED] == 1 and (_is_open(s, world, a, b, lane) or _is_open(s, world, b, a, lane))


@shared
def _is_open(s, world, gate, other, lane):
    """Whether a body's solid_if asks about another one, and lets it through."""
    for n in range(cell(world, Table.BODY, gate, BodyTable.GATE), cell(world, Table.BODY, gate, BodyTable.GATE_END)):
        k = other - cell(world, Table.GATE, n, Gate.OTHER)
        if k >= 0 and k < cell(world, Table.GATE, n, Gate.OTHERS):
            return s[cell(world, Table.GATE, n, Gate.ROW) + k, lane] == ZERO
    return False


@inner
def is_fixed(world, body):
    """Whether no contact moves a body: a static or kinematic one."""
    return cell(world, Table.BODY, body, BodyTable.MOVES) != Moves.DYNAMIC


@inner
def pair_number(world, a, b):
    """Number of a pair: first those of two dynamic bodies a < b, ascending by a, then by b; then those of a fixed one a and a dynamic one b, by b, then by a.

    What is solved last is kept best: a stack rests on a static thing as on a wall of the world, whichever is listed first in the file.
    """
    i, j, moving = cell(world, Table.BODY, a, BodyTable.RANK), cell(world, Table.BODY, b, BodyTable.RANK), world.whole[Whole.MOVING]
    if is_fixed(world, a):
        return moving * (moving - 1) // 2 + j * world.whole[Whole.FIXED] + i
    return i * (2 * moving - i - 1) // 2 + j - i - 1


@inner
def touch_mark(world, a, b):
    """Row to mark when a and b push each other, or -1; rows of two kinds are numbered as pairs of bodies are."""
    kind_a, kind_b = cell(world, Table.BODY, a, BodyTable.KIND), cell(world, Table.BODY, b, BodyTable.KIND)
    first, count = cell(world, Table.KIND, kind_b, Kind.FIRST), cell(world, Table.KIND, kind_b, Kind.COUNT)
    row = cell(world, Table.KIND, kind_a, Kind.MEETS + kind_b) - 2
    i, j = a - cell(world, Table.KIND, kind_a, Kind.FIRST), b - first
    inside = i * (2 * count - i - 1) // 2 + j - i - 1 if kind_a == kind_b else i * count + j
    return row + inside if row >= 0 else -1
