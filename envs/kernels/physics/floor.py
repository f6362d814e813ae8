"""Dry friction with the floor of a world seen from above: what slides comes to rest, and what is pushed too weakly stays."""

import numpy as np

from ...jit.ir import LANES
from ...jit.kernel import shared
from ..collision.geometry import at
from ..world.elementary import ONE, ZERO
from ..world.layout.things import Body
from ..world.layout.world import F, Floor, Real, Table
from ..world.tables import cell, const, row_count

_DISC = F(0.9428090)
"""A disc pressed evenly on the floor turns ever slower by 4/3 a / R, where a slows its centre; R is sqrt(2 inertia / mass), for other shapes too."""


@shared
def rub(s, world):
    """Take from each velocity what the floor takes in a substep, at most all of it.

    It comes last, after the contacts: so nothing creeps under a push that friction can hold. Sliding and turning are slowed each by
    itself; in truth a spinning puck slides a little farther.
    """
    h = world.real[Real.SUBSTEP]
    for n in range(row_count(world, Table.FLOOR)):
        o, most = at(cell(world, Table.FLOOR, n, Floor.BODY), 0), h * const(world, cell(world, Table.FLOOR, n, Floor.MOST))
        for l in range(LANES):
            vx, vy = s[o + Body.VX, l], s[o + Body.VY, l]
            speed = np.sqrt(vx * vx + vy * vy)
            keep = (speed - most) / speed if speed > most else ZERO
            s[o + Body.VX, l], s[o + Body.VY, l] = vx * keep, vy * keep
        for l in range(LANES):
            spin, mass = s[o + Body.SPIN, l], s[o + Body.INV_MASS, l]
            turn = most * _DISC * np.sqrt(s[o + Body.INV_INERTIA, l] / (mass if mass > ZERO else ONE))
            s[o + Body.SPIN, l] = spin - min(max(spin, -turn), turn)
