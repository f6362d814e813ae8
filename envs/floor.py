"""Dry friction with the floor of a world seen from above: what slides comes to rest, and what is pushed too weakly stays."""

import numpy as np

from .elementary import ONE, ZERO
from .geometry import at
from .kernel import shared
from .layout import INV_INERTIA, INV_MASS, LANES, P_SUBSTEP, VX, VY, W_FLOOR, F, W
from .tables import cell, const, row_count

_DISC = F(0.9428090)
"""A disc pressed evenly on the floor turns ever slower by 4/3 a / R, where a slows its centre; R is sqrt(2 inertia / mass), for other shapes too."""


@shared
def rub(s, world):
    """Take from each velocity what the floor takes in a substep, at most all of it.

    It comes last, after the contacts: so nothing creeps under a push that friction can hold. Sliding and turning are slowed each by
    itself; in truth a spinning puck slides a little farther.
    """
    h = world.real[P_SUBSTEP]
    for n in range(row_count(world, W_FLOOR)):
        o, most = at(cell(world, W_FLOOR, n, 0), 0), h * const(world, cell(world, W_FLOOR, n, 1))
        for l in range(LANES):
            vx, vy = s[o + VX * LANES + l], s[o + VY * LANES + l]
            speed = np.sqrt(vx * vx + vy * vy)
            keep = (speed - most) / speed if speed > most else ZERO
            s[o + VX * LANES + l], s[o + VY * LANES + l] = vx * keep, vy * keep
        for l in range(LANES):
            spin, mass = s[o + W * LANES + l], s[o + INV_MASS * LANES + l]
            turn = most * _DISC * np.sqrt(s[o + INV_INERTIA * LANES + l] / (mass if mass > ZERO else ONE))
            s[o + W * LANES + l] = spin - min(max(spin, -turn), turn)
