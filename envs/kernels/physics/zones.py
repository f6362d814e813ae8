"""Zones that push what is in them, and wind. Their formulas are run once a decision; what they say holds for all of its substeps."""

from ...jit.ir import LANES
from ...jit.kernel import inner, shared
from ..collision.overlap import encloses
from ..formulas.run import run
from ..world.bodies import at
from ..world.elementary import ONE, ZERO, within
from ..world.layout.scratch import Area, Integer
from ..world.layout.things import Blown, BlownTable, Body, Zone
from ..world.layout.world import F, Table, Whole
from ..world.tables import cell, const, row_count, span_at

_FASTEST, _HARDEST = F(1e3), F(1e5)
"""What no wind [m/s] and no zone [m/s^2] gets past; as the limits of the language."""


@shared
def blow(s, world, live, scratch, keys):
    """Work out the wind and what every zone does to whom in this decision. Who is in a zone is asked once: now."""
    for n in range(row_count(world, Table.BLOWN)):
        row = cell(world, Table.BLOWN, n, BlownTable.ROW)
        for k in range(Blown.ROWS):
            for l in range(LANES):
                s[row + k, l] = ZERO
    for n in range(row_count(world, Table.ZONE)):
        if cell(world, Table.ZONE, n, Zone.ON) == 0:  # the world's own wind, which blows on everything
            run(s, world, span_at(world, Table.ZONE, n, Zone.WIND), scratch, keys, scratch.f[Area.ASK])
            row = world.whole[Whole.WIND]
            for l in range(LANES):
                s[row, l] = within(scratch.f[Area.STACK, l], _FASTEST)
                s[row + 1, l] = within(scratch.f[Area.STACK + 1, l], _FASTEST)
        elif _enter(s, world, n, live, scratch) > 0:
            _push(s, world, n, scratch, keys)


@shared
def _enter(s, world, n, live, scratch):
    """Write to the held mask in which worlds a body is in a zone; returns in how many."""
    zone, body, hits = cell(world, Table.ZONE, n, Zone.BODY), cell(world, Table.ZONE, n, Zone.ON), 0
    for l in range(LANES):
        scratch.f[Area.HELD, l] = ZERO
    for l in range(live):
        o = at(body, 0)
        if s[o + Body.ALIVE, l] > ZERO and encloses(s, world, zone, l, s[o + Body.X, l], s[o + Body.Y, l], scratch):
            scratch.f[Area.HELD, l] = ONE
            hits += 1
    return hits


@shared
def _push(s, world, n, scratch, keys):
    """Add what a zone does to a body where it is in it (Area.HELD): force over mass, and the pull of its wind, which is drag towards a velocity."""
    body, row = cell(world, Table.ZONE, n, Zone.ON), cell(world, Table.ZONE, n, Zone.ROW)
    f, mass, drag = scratch.f, at(body, Body.INV_MASS), const(world, cell(world, Table.ZONE, n, Zone.DRAG))
    ax, ay, fade = row + Blown.AX, row + Blown.AY, row + Blown.DRAG
    if _ask(s, world, n, Zone.FORCE, scratch, keys):
        for l in range(LANES):
            held = f[Area.HELD, l] > ZERO
            s[ax, l] += within(f[Area.STACK, l] * s[mass, l], _HARDEST) if held else ZERO
            s[ay, l] += within(f[Area.STACK + 1, l] * s[mass, l], _HARDEST) if held else ZERO
    if _ask(s, world, n, Zone.WIND, scratch, keys):
        for l in range(LANES):
            held = f[Area.HELD, l] > ZERO
            s[ax, l] += drag * within(f[Area.STACK, l], _FASTEST) if held else ZERO
            s[ay, l] += drag * within(f[Area.STACK + 1, l], _FASTEST) if held else ZERO
            s[fade, l] += drag if held else ZERO


@inner
def _ask(s, world, n, column, scratch, keys):
    """Run the formula of a zone whose code range begins in a column, about the body in it; returns whether there is one."""
    first, last = span_at(world, Table.ZONE, n, column)
    if last > first:
        scratch.i[Integer.REGISTER], scratch.i[Integer.REGISTER + 1] = (
            cell(world, Table.ZONE, n, Zone.ON),
            cell(world, Table.ZONE, n, Zone.BODY),
        )
        run(s, world, (first, last), scratch, keys, scratch.f[Area.HELD])
    return last > first


@shared
def drift(s, world, h):
    """One substep of all that zones push, semi-implicitly as drag is: v = (v + h a) / (1 + h c)."""
    for n in range(row_count(world, Table.BLOWN)):
        row, o = cell(world, Table.BLOWN, n, BlownTable.ROW), at(cell(world, Table.BLOWN, n, BlownTable.BODY), 0)
        for l in range(LANES):
            keep = ONE / (ONE + h * s[row + Blown.DRAG, l])
            s[o + Body.VX, l] = (s[o + Body.VX, l] + h * s[row + Blown.AX, l]) * keep
            s[o + Body.VY, l] = (s[o + Body.VY, l] + h * s[row + Blown.AY, l]) * keep
