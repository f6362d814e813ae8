"""What each agent could do in the decision to come, asked before it: the kernel behind action masks."""

from ..jit.ir import LANES
from ..jit.kernel import kernel
from .control.hands import could_grab, could_lock, could_unlock
from .control.shots import could_fire
from .physics.jump import could_jump
from .world.bodies import at
from .world.elementary import ZERO
from .world.layout.programs import Agent
from .world.layout.things import Body, BodyTable, Drive, Gun, HandTable
from .world.layout.world import Table, Whole
from .world.state import RUNNING, Marks, Scratch, State, World
from .world.tables import cell, row_count

HERE, JUMPS, FIRES, GRABS, LOCKS, UNLOCKS = 1, 2, 4, 8, 16, 32
"""What an agent could do: anything at all, begin a jump (or put the next one off), shoot, grab or hold on, lock, unlock. None but with the first."""


@kernel
def look(world: World, state: State, scratch: Scratch, out: Marks, worlds: int, blocks: int) -> None:
    """Write what every agent could do in the decision to come to `out`, [agents, E]: a sum of HERE, JUMPS and so on."""
    for block in range(blocks):
        first = block * LANES
        live = min(worlds - first, LANES)
        s, phase = state.rows[block], state.phase[block]
        gun, hand = 0, 0  # both tables have their rows in the order of the agents
        for agent in range(world.whole[Whole.AGENTS]):
            body = cell(world, Table.AGENT, agent, Agent.BODY)
            shoots = gun < row_count(world, Table.GUN) and cell(world, Table.GUN, gun, Gun.BODY) == body
            grabs = hand < row_count(world, Table.HAND) and cell(world, Table.HAND, hand, HandTable.BODY) == body
            for l in range(live):
                able = 0
                if phase[l] == RUNNING and s[at(body, Body.ALIVE), l] > ZERO:
                    able = HERE
                    if cell(world, Table.BODY, body, BodyTable.DRIVE) == Drive.JUMP and could_jump(s, world, body, l):
                        able += JUMPS
                    if shoots and could_fire(s, world, gun, l):
                        able += FIRES
                    if grabs and could_grab(s, world, hand, l, scratch):
                        able += GRABS
                    if grabs and cell(world, Table.HAND, hand, HandTable.LOCKS) == 1:
                        if could_lock(s, world, hand, l, scratch):
                            able += LOCKS
                        if could_unlock(s, world, hand, l, scratch):
                            able += UNLOCKS
                out[agent * worlds + first + l] = able
            gun += 1 if shoots else 0
            hand += 1 if grabs else 0


__all__ = ["FIRES", "GRABS", "HERE", "JUMPS", "LOCKS", "UNLOCKS", "look"]
