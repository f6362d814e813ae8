"""What is solid only while a formula says so."""

from ...jit.ir import LANES
from ...jit.kernel import shared
from ..formulas.run import run
from ..world.bodies import at
from ..world.elementary import ONE, ZERO
from ..world.layout.scratch import Area, Integer
from ..world.layout.things import Body
from ..world.layout.world import Gate, Table
from ..world.tables import cell, row_count, span_at


@shared
def open_gates(s, world, scratch, keys):
    """Evaluate every `solid_if`, in the lanes that ask (Area.ASK); one that asks about `other` for each of these."""
    asks, st = scratch.f[Area.ASK], scratch.f[Area.STACK]
    for n in range(row_count(world, Table.GATE)):
        body, others = cell(world, Table.GATE, n, Gate.BODY), cell(world, Table.GATE, n, Gate.OTHERS)
        scratch.i[Integer.REGISTER + 0] = body
        for k in range(others):
            scratch.i[Integer.REGISTER + 0], scratch.i[Integer.REGISTER + 1] = body, cell(world, Table.GATE, n, Gate.OTHER) + k
            run(s, world, span_at(world, Table.GATE, n, Gate.CODE), scratch, keys, asks)
            row = cell(world, Table.GATE, n, Gate.ROW) + k
            for l in range(LANES):
                s[row, l] = (ONE if st[l] != ZERO else ZERO) if asks[l] > ZERO else s[row, l]
        if others == 0:
            run(s, world, span_at(world, Table.GATE, n, Gate.CODE), scratch, keys, asks)
            solid, alive = at(body, Body.SOLID), at(body, Body.ALIVE)
            for l in range(LANES):
                opens = s[alive, l] if st[l] != ZERO else ZERO
                s[solid, l] = opens if asks[l] > ZERO else s[solid, l]
