"""Zones that push what is in them, and wind. Their formulas are run once a decision; what they say holds for all of its substeps."""

from .elementary import ONE, ZERO, within
from .geometry import at
from .kernel import inner, shared
from .program import encloses, run
from .tables import cell, const, row_count

# isort: off
from .layout import (
    ALIVE, BLOWN_AX, BLOWN_AY, BLOWN_BODY, BLOWN_DRAG, BLOWN_ROW, BLOWN_ROWS, F_ASK, F_HELD, F_STACK, INV_MASS, I_REGISTER, LANES, N_WIND,
    VX, VY, W_BLOWN, W_ZONE, ZONE_BODY, ZONE_DRAG, ZONE_FORCE, ZONE_ON, ZONE_ROW, ZONE_WIND, ZONE_WIND_END, F, X, Y,
)  # fmt: skip
# isort: on


_FASTEST, _HARDEST = F(1e3), F(1e5)
"""What no wind [m/s] and no zone [m/s^2] gets past; as the limits of the language."""


@shared
def blow(s, world, live, scratch, keys):
    """Work out the wind and what every zone does to whom in this decision. Who is in a zone is asked once: now."""
    for n in range(row_count(world, W_BLOWN)):
        row = cell(world, W_BLOWN, n, BLOWN_ROW) * LANES
        for k in range(BLOWN_ROWS * LANES):
            s[row + k] = ZERO
    for n in range(row_count(world, W_ZONE)):
        if cell(world, W_ZONE, n, ZONE_ON) == 0:  # the world's own wind, which blows on everything
            run(s, world, cell(world, W_ZONE, n, ZONE_WIND), cell(world, W_ZONE, n, ZONE_WIND_END), scratch, keys, scratch.f[F_ASK : F_ASK + LANES])
            row = world.whole[N_WIND] * LANES
            for l in range(LANES):
                s[row + l] = within(scratch.f[F_STACK + l], _FASTEST)
                s[row + LANES + l] = within(scratch.f[F_STACK + LANES + l], _FASTEST)
        elif _enter(s, world, n, live, scratch) > 0:
            _push(s, world, n, scratch, keys)


@shared
def _enter(s, world, n, live, scratch):
    """Write to the held mask in which worlds a body is in a zone; returns in how many."""
    zone, body, hits = cell(world, W_ZONE, n, ZONE_BODY), cell(world, W_ZONE, n, ZONE_ON), 0
    for l in range(LANES):
        scratch.f[F_HELD + l] = ZERO
    for l in range(live):
        o = at(body, 0) + l
        if s[o + ALIVE * LANES] > ZERO and encloses(s, world, zone, l, s[o + X * LANES], s[o + Y * LANES], scratch):
            scratch.f[F_HELD + l] = ONE
            hits += 1
    return hits


@shared
def _push(s, world, n, scratch, keys):
    """Add what a zone does to a body where it is in it (F_HELD): force over mass, and the pull of its wind, which is drag towards a velocity."""
    body, row = cell(world, W_ZONE, n, ZONE_ON), cell(world, W_ZONE, n, ZONE_ROW) * LANES
    f, mass, drag = scratch.f, at(body, INV_MASS), const(world, cell(world, W_ZONE, n, ZONE_DRAG))
    ax, ay, fade = row + BLOWN_AX * LANES, row + BLOWN_AY * LANES, row + BLOWN_DRAG * LANES
    if _ask(s, world, n, ZONE_FORCE, scratch, keys):
        for l in range(LANES):
            held = f[F_HELD + l] > ZERO
            s[ax + l] += within(f[F_STACK + l] * s[mass + l], _HARDEST) if held else ZERO
            s[ay + l] += within(f[F_STACK + LANES + l] * s[mass + l], _HARDEST) if held else ZERO
    if _ask(s, world, n, ZONE_WIND, scratch, keys):
        for l in range(LANES):
            held = f[F_HELD + l] > ZERO
            s[ax + l] += drag * within(f[F_STACK + l], _FASTEST) if held else ZERO
            s[ay + l] += drag * within(f[F_STACK + LANES + l], _FASTEST) if held else ZERO
            s[fade + l] += drag if held else ZERO


@inner
def _ask(s, world, n, column, scratch, keys):
    """Run the formula of a zone whose code range begins in a column, about the body in it; returns whether there is one."""
    first, last = cell(world, W_ZONE, n, column), cell(world, W_ZONE, n, column + 1)
    if last > first:
        scratch.i[I_REGISTER], scratch.i[I_REGISTER + 1] = cell(world, W_ZONE, n, ZONE_ON), cell(world, W_ZONE, n, ZONE_BODY)
        run(s, world, first, last, scratch, keys, scratch.f[F_HELD : F_HELD + LANES])
    return last > first


@shared
def drift(s, world, h):
    """One substep of all that zones push, semi-implicitly as drag is: v = (v + h a) / (1 + h c)."""
    for n in range(row_count(world, W_BLOWN)):
        row, o = cell(world, W_BLOWN, n, BLOWN_ROW) * LANES, at(cell(world, W_BLOWN, n, BLOWN_BODY), 0)
        for l in range(LANES):
            keep = ONE / (ONE + h * s[row + BLOWN_DRAG * LANES + l])
            s[o + VX * LANES + l] = (s[o + VX * LANES + l] + h * s[row + BLOWN_AX * LANES + l]) * keep
            s[o + VY * LANES + l] = (s[o + VY * LANES + l] + h * s[row + BLOWN_AY * LANES + l]) * keep
