"""When several claim one thing at once, a lot decides."""

from ...jit.ir import LANES
from ...jit.kernel import inner, shared
from ..world.bodies import list_marked
from ..world.elementary import ONE, ZERO
from ..world.layout.programs import Lot, Meeting, Rule
from ..world.layout.scratch import Area, Integer
from ..world.layout.world import F, Table, Whole
from ..world.rng import uniform
from ..world.tables import cell
from .conditions import ask_if, expect, mark_free


@inner
def _lot_at(world, rule, meeting, which):
    """First row in Scratch.claims of the lots of what a meeting claims: the first (0), the second (1), its rule (2); below 0 where it doesn't."""
    claims = cell(world, Table.RULE, rule, Rule.CLAIMS)
    if which == 0 and claims % 2 == 1:
        return (cell(world, Table.RULE, rule, Rule.CLAIM_A) + cell(world, Table.MEETING, meeting, Meeting.A)) * Lot.ROWS
    if which == 1 and claims // 2 % 2 == 1:
        return (cell(world, Table.RULE, rule, Rule.CLAIM_B) + cell(world, Table.MEETING, meeting, Meeting.B)) * Lot.ROWS
    if which == 2 and claims >= 4:
        return cell(world, Table.RULE, rule, Rule.CLAIM) * Lot.ROWS
    return -1


@shared
def draw_lots(s, world, found, live, scratch, keys):
    """Where several meetings of one decision claim the same thing (each would remove or place it, or their rule fires but once), let each world draw one.

    Every meeting has one number, drawn in its world; the greatest wins each lot.
    """
    claims, f = scratch.claims, scratch.f
    for k in range(world.whole[Whole.CLAIMS] * Lot.ROWS):
        for l in range(LANES):
            claims[k, l] = ZERO
    entry = 0
    for rule in range(world.whole[Whole.RULES]):
        last = cell(world, Table.RULE, rule, Rule.MEETING) + cell(world, Table.RULE, rule, Rule.MEETINGS)
        while entry < found and scratch.near[entry] < last:
            meeting = scratch.near[entry]
            if cell(world, Table.RULE, rule, Rule.CLAIMS) > 0 and expect(s, world, rule, entry, scratch) > 0:
                mark_free(s, world, cell(world, Table.MEETING, meeting, Meeting.A), cell(world, Table.MEETING, meeting, Meeting.B), f)
                for l in range(LANES):
                    f[Area.MASK, l] = f[Area.FREE, l] if f[Area.LEFT, l] > ZERO else ZERO
                if cell(world, Table.RULE, rule, Rule.DRAWS) == 0:
                    ask_if(s, world, rule, meeting, scratch, keys)
                for k in range(list_marked(live, scratch)):
                    l = scratch.i[Integer.NEAR + k]
                    luck = uniform(keys, l)
                    for which in range(3):
                        lot = _lot_at(world, rule, meeting, which)
                        if lot >= 0:
                            if claims[lot, l] == ZERO or luck > claims[lot + 1, l]:
                                claims[lot + 1, l], claims[lot + 2, l] = luck, F(meeting)
                            claims[lot, l] += ONE
            entry += 1


@shared
def mark_turn(world, rule, meeting, again, scratch):
    """Write (Area.TURN) in which worlds it is a meeting's turn: 1; those that the lot didn't fall on come later (`again`), and not (2) where that falls on
    one that is judged later still. Returns in how many worlds the lot fell on another.
    """
    claims, f, losers = scratch.claims, scratch.f, 0
    for l in range(LANES):
        f[Area.TURN, l] = ZERO if again else ONE
    if cell(world, Table.RULE, rule, Rule.CLAIMS) == 0:
        return losers
    last = cell(world, Table.RULE, rule, Rule.MEETING) + cell(world, Table.RULE, rule, Rule.MEETINGS)
    for which in range(3):
        lot = _lot_at(world, rule, meeting, which)
        if lot >= 0:
            for l in range(LANES):
                lost = claims[lot, l] > ONE and claims[lot + 2, l] != F(meeting)
                later = claims[lot + 2, l] >= F(last)
                turn = max(f[Area.TURN, l], F(2) if later else ONE) if again else ZERO
                f[Area.TURN, l] = turn if lost else f[Area.TURN, l]
                losers += 1 if lost else 0
    return losers
