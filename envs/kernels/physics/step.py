"""The physics step: rigid bodies with soft contacts, solved in substeps ("TGS soft").

Source: Erin Catto, "Solver2D" (2024), and Box2D v3, solver.c and contact_solver.c: contacts found once in a tick; in each substep bodies are
accelerated, last impulses applied again, contacts solved with a soft spring that undoes overlap, bodies moved, and the spring's extra speed
taken back (relax). What is new here: 16 worlds go through each line at once, and the normal of two discs follows them in every substep.
"""

from ...jit.ir import LANES
from ...jit.kernel import inner, shared
from ..collision import contacts, paths
from ..collision.slots import remember
from ..world.elementary import ZERO
from ..world.layout.world import Table, Whole
from ..world.tables import row_count
from . import grips, joints, jump, movers, projectiles, reunite
from .car import hold_tyres
from .contact_solver import bounce, expect, gather, is_bouncing, is_pushing, push_again, push_apart, scatter
from .continuous import hold_back
from .integrate import gain_speed, limit_turn, move, rub, settle_zeros, stay_inside

BOUNCE_SWEEPS = 6
"""The two ends of a box that lands flat disturb each other's bounce: after two sweeps a fifth of the height is missing, after six 2 %."""


@shared
def step(s, world, live, scratch, warm):
    """Advance a block of worlds by one decision."""
    clear_touches(s, world)
    paths.note(s, world, 0, scratch)
    for tick in range(world.whole[Whole.TICKS]):
        if row_count(world, Table.MOVER) > 0:
            movers.aim(s, world, live, tick)
        slots = contacts.find(s, world, live, scratch, warm)
        if world.whole[Whole.JUMPERS] == 1:
            jump.free_feet(s, world, slots, scratch)
        drawn = 0
        if world.whole[Whole.DRAWNS] > 0:
            drawn = reunite.settle(s, world, scratch)
        for substep in range(world.whole[Whole.SUBSTEPS]):
            _substep(s, world, slots, drawn > 0, live, scratch)
            paths.note(s, world, tick * world.whole[Whole.SUBSTEPS] + substep + 1, scratch)
        remember(s, scratch, warm)
        if world.whole[Whole.JUMPERS] == 1:
            jump.find_ground(s, world, slots, scratch)
        joints.wear(s, world)
    stay_inside(s, world)
    joints.measure(s, world, 0, LANES)
    settle_zeros(s, world)


@inner
def _substep(s, world, slots, draws, live, scratch):
    """Speeds, pushes, moves, and pushes again; `draws`: whether something that is joined has to be brought together."""
    gain_speed(s, world)
    if world.whole[Whole.BOUNCY] == 1:  # before last substep's pushes: what these drive against something hasn't hit it
        for slot in range(slots):
            gather(s, slot, scratch)
            expect(slot, scratch)
    grips.stand_still(s, world)
    joints.pull_again(s, world, scratch)
    grips.grip_again(s, world, scratch)
    for slot in range(slots):
        if is_pushing(slot, scratch):
            push_again(s, slot, scratch)
    joints.pull(s, world, True, scratch)
    if draws:
        reunite.draw(s, world, scratch)
    grips.grip(s, world, True, scratch)
    for slot in range(slots):
        gather(s, slot, scratch)
        push_apart(world, slot, True, scratch)
        scatter(s, slot, scratch)
    rub(s, world)
    if world.whole[Whole.CARS] == 1:
        hold_tyres(s, world)
    move(s, world)
    hold_back(s, world, live, scratch)
    limit_turn(s, world)
    if world.whole[Whole.HALTS] == 1:
        movers.halt(s, world, live)
    if draws:
        reunite.leave(s, world, scratch)
    joints.pull(s, world, False, scratch)
    grips.grip(s, world, False, scratch)
    for slot in range(slots):
        if is_pushing(slot, scratch):
            gather(s, slot, scratch)
            push_apart(world, slot, False, scratch)
            scatter(s, slot, scratch)
    if world.whole[Whole.CARS] == 1:
        hold_tyres(s, world)
    if world.whole[Whole.BOUNCY] == 1:
        for sweep in range(BOUNCE_SWEEPS):
            for slot in range(slots):
                if is_bouncing(world, slot, scratch):
                    gather(s, slot, scratch)
                    bounce(world, slot, sweep == BOUNCE_SWEEPS - 1, scratch)
                    scatter(s, slot, scratch)
    if row_count(world, Table.SHOT) > 0:
        projectiles.strike(s, world, slots, scratch)


@inner
def clear_touches(s, world):
    """Forget which watched pairs pushed each other in the last decision."""
    first = world.whole[Whole.WATCH]
    for k in range(world.whole[Whole.WATCHES]):
        for l in range(LANES):
            s[first + k, l] = ZERO
