"""What each agent could do in the decision to come, asked before it: the kernel behind action masks."""

from .elementary import ZERO
from .geometry import at
from .hands import could_grab, could_lock, could_unlock
from .jump import could_jump
from .kernel import kernel
from .shots import could_fire
from .state import RUNNING, Marks, Scratch, State, World
from .tables import cell, row_count

# isort: off
from .layout import (
    ALIVE, A_BODY, B_DRIVE, D_JUMP, GUN_BODY, H_BODY, H_LOCKS, LANES, N_AGENTS, W_AGENT, W_BODY, W_GUN, W_HAND,
)  # fmt: skip
# isort: on

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
        for agent in range(world.whole[N_AGENTS]):
            body = cell(world, W_AGENT, agent, A_BODY)
            shoots = gun < row_count(world, W_GUN) and cell(world, W_GUN, gun, GUN_BODY) == body
            grabs = hand < row_count(world, W_HAND) and cell(world, W_HAND, hand, H_BODY) == body
            for l in range(live):
                able = 0
                if phase[l] == RUNNING and s[at(body, ALIVE) + l] > ZERO:
                    able = HERE
                    if cell(world, W_BODY, body, B_DRIVE) == D_JUMP and could_jump(s, world, body, l):
                        able += JUMPS
                    if shoots and could_fire(s, world, gun, l):
                        able += FIRES
                    if grabs and could_grab(s, world, hand, l, scratch):
                        able += GRABS
                    if grabs and cell(world, W_HAND, hand, H_LOCKS) == 1:
                        if could_lock(s, world, hand, l, scratch):
                            able += LOCKS
                        if could_unlock(s, world, hand, l, scratch):
                            able += UNLOCKS
                out[agent * worlds + first + l] = able
            gun += 1 if shoots else 0
            hand += 1 if grabs else 0


__all__ = ["FIRES", "GRABS", "HERE", "JUMPS", "LOCKS", "UNLOCKS", "look"]
