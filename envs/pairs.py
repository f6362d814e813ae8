"""Pairs of bodies: which may push each other, their numbers, and the rows that rules watch."""


from .elementary import ZERO
from .kernel import inner, shared
from .tables import cell

# isort: off
from .layout import (
    B_APART, B_APART_END, B_GATE, B_GATE_END, B_KIND, B_MOVES, B_RANK, GATE_OTHER, GATE_OTHERS, GATE_ROW, KIND_COUNT, KIND_FIRST, KIND_MEETS, LANES,
    N_FIXED, N_GATED, N_MOVING, W_APART, W_BODY, W_GATE, W_KIND,
)  # fmt: skip
# isort: on


@inner
def may_push(world, a, b):
    """Whether two bodies a < b may push each other."""
    if cell(world, W_KIND, cell(world, W_BODY, a, B_KIND), KIND_MEETS + cell(world, W_BODY, b, B_KIND)) == 0:
        return False
    for row in range(cell(world, W_BODY, a, B_APART), cell(world, W_BODY, a, B_APART_END)):
        if cell(world, W_APART, row, 0) == b:
            return False
    return True


@inner
def lets_through(s, world, a, b, lane):
    """Whether the solid_if of one of two bodies lets the other through in one world."""
    return world.whole[N_GATED] == 1 and (_is_open(s, world, a, b, lane) or _is_open(s, world, b, a, lane))


@shared
def _is_open(s, world, gate, other, lane):
    """Whether a body's solid_if asks about another one, and lets it through."""
    for n in range(cell(world, W_BODY, gate, B_GATE), cell(world, W_BODY, gate, B_GATE_END)):
        k = other - cell(world, W_GATE, n, GATE_OTHER)
        if k >= 0 and k < cell(world, W_GATE, n, GATE_OTHERS):
            return s[(cell(world, W_GATE, n, GATE_ROW) + k) * LANES + lane] == ZERO
    return False


@inner
def is_fixed(world, body):
    """Whether no contact moves a body: a static or kinematic one."""
    return cell(world, W_BODY, body, B_MOVES) != 1


@inner
def pair_number(world, a, b):
    """Number of a pair: first those of two dynamic bodies a < b, ascending by a, then by b; then those of a fixed one a and a dynamic one b, by b, then by a.

    What is solved last is kept best: a stack rests on a static thing as on a wall of the world, whichever is listed first in the file.
    """
    i, j, moving = cell(world, W_BODY, a, B_RANK), cell(world, W_BODY, b, B_RANK), world.whole[N_MOVING]
    if is_fixed(world, a):
        return moving * (moving - 1) // 2 + j * world.whole[N_FIXED] + i
    return i * (2 * moving - i - 1) // 2 + j - i - 1


@inner
def touch_mark(world, a, b):
    """Row to mark when a and b push each other, or -1; rows of two kinds are numbered as pairs of bodies are."""
    kind_a, kind_b = cell(world, W_BODY, a, B_KIND), cell(world, W_BODY, b, B_KIND)
    first, count = cell(world, W_KIND, kind_b, KIND_FIRST), cell(world, W_KIND, kind_b, KIND_COUNT)
    row = cell(world, W_KIND, kind_a, KIND_MEETS + kind_b) - 2
    i, j = a - cell(world, W_KIND, kind_a, KIND_FIRST), b - first
    inside = i * (2 * count - i - 1) // 2 + j - i - 1 if kind_a == kind_b else i * count + j
    return row + inside if row >= 0 else -1
