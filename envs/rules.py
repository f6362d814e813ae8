"""The game's own logic: which rules fired in this decision, what they do, what they pay, and whether the episode is over."""

import numpy as np

from .elementary import DEGREE, ONE, ZERO, cos, sin
from .geometry import at, holds_point
from .kernel import inner, shared
from .program import run, touches, touches_wall
from .rng import uniform
from .spawn import place
from .tables import cell, const, row_count

# isort: off
from .layout import (
    ALIVE, COS, E_ADD, E_ADD_ANGLE, E_ADD_SPIN, E_ADD_VECTOR, E_CODE, E_CODE_END, E_FIRST, E_LAST, E_OP,
    E_PLACE, E_REMOVE, E_ROW, E_SET, E_SET_ANGLE, E_SET_SPIN, E_SET_VECTOR, E_SPOT, E_STRIDE, E_TARGET,
    F_HELD, F_STACK, G_AGENTS, G_FIRST, G_REWARD_OFFSET, G_TERM, G_TERM_END, HELD_AT, INV_MASS, I_REGISTER,
    LANES, LANE_COUNT, MASK_AT, M_A, M_B, M_HELD, M_PART_A, M_PART_B, M_WAIT, M_WATCH, N_CLOCK, N_COUNT,
    N_FIRED, N_RULES, P_DECISION, R_CHANCE, R_CODE, R_CODE_END, R_COOLDOWN, R_EFFECT, R_EFFECTS, R_ENDS,
    R_IF, R_IF_END, R_MEETING, R_MEETINGS, R_ONCE, R_VALUE, R_WHEN, SAID, SIN, SOLID, STACK_AT, TARGET_A,
    TARGET_ALL, T_CODE, T_CODE_END, T_EVENT, T_OP, T_OUT, T_PART, T_PROGRESS, T_ROW, T_SHARED, T_WEIGHT, VX,
    VY, WHEN_APART, WHEN_APART_WALL, WHEN_AT, WHEN_EVERY, WHEN_FORMULA, WHEN_HEARS, WHEN_NEAR, WHEN_OUTSIDE,
    WHEN_START, WHEN_TOUCH, WHEN_TOUCH_WALL, W_EFFECT, W_GATE, W_MEETING, W_RULE, W_TEAM, W_TERM, F, U, W,
)  # fmt: skip
# isort: on


_L = LANE_COUNT


@shared
def judge(s, world, live, scratch, keys):
    """Fire rules in the order of the file; each sees what the ones before it did. Then doors and the like open or close."""
    row = U(world.whole[N_FIRED] * LANES)
    for rule in range(world.whole[N_RULES]):
        for l in range(_L):
            s[row + U(rule * LANES) + l] = ZERO
    for meeting in range(row_count(world, W_MEETING)):
        for column in (M_PART_A, M_PART_B):
            part = cell(world, W_MEETING, meeting, column)
            if part >= 0:
                for l in range(_L):
                    s[U(part * LANES) + l] = ZERO
    for rule in range(world.whole[N_RULES]):
        first = cell(world, W_RULE, rule, R_MEETING)
        for meeting in range(first, first + cell(world, W_RULE, rule, R_MEETINGS)):
            _judge_meeting(s, world, rule, meeting, live, scratch, keys)
    open_gates(s, world, live, scratch, keys)


@shared
def open_gates(s, world, live, scratch, keys):
    """Evaluate every `solid_if`."""
    for n in range(row_count(world, W_GATE)):
        body = cell(world, W_GATE, n, 0)
        scratch.i[I_REGISTER + 0] = body
        run(s, world, cell(world, W_GATE, n, 1), cell(world, W_GATE, n, 2), scratch, keys, live)
        solid, alive = at(body, SOLID), at(body, ALIVE)
        for l in range(_L):
            s[solid + l] = s[alive + l] if scratch.f[F_STACK + l] != ZERO else ZERO


@inner
def _judge_meeting(s, world, rule, meeting, live, scratch, keys):
    a, b = cell(world, W_MEETING, meeting, M_A), cell(world, W_MEETING, meeting, M_B)
    mask = scratch.f[MASK_AT : MASK_AT + LANES]
    scratch.i[I_REGISTER + 0], scratch.i[I_REGISTER + 1] = a, b
    _hold(s, world, rule, meeting, a, b, live, scratch, keys)
    hits = 0
    for l in range(_L):
        hits += np.int32(mask[l] != ZERO)
    if cell(world, W_RULE, rule, R_IF_END) > cell(world, W_RULE, rule, R_IF) and hits > 0:
        for l in range(_L):
            scratch.f[F_HELD + l] = mask[l]  # `run` may use the mask row itself
        run(s, world, cell(world, W_RULE, rule, R_IF), cell(world, W_RULE, rule, R_IF_END), scratch, keys, live)
        for l in range(_L):
            mask[l] = scratch.f[F_HELD + l] if scratch.f[F_STACK + l] != ZERO else ZERO
    fired = _fire(s, world, rule, meeting, live, scratch, keys)
    if fired > 0:
        first = cell(world, W_RULE, rule, R_EFFECT)
        for l in range(_L):
            scratch.f[F_HELD + l] = mask[l]
        for effect in range(first, first + cell(world, W_RULE, rule, R_EFFECTS)):
            _apply(s, world, effect, a, b, live, scratch, keys)


@inner
def _hold(s, world, rule, meeting, a, b, live, scratch, keys):
    """Write to the mask in which worlds the rule's condition holds."""
    mask, when = scratch.f[MASK_AT : MASK_AT + LANES], cell(world, W_RULE, rule, R_WHEN)
    clock = U(world.whole[N_CLOCK] * LANES)
    value = const(world, cell(world, W_RULE, rule, R_VALUE))
    if when == WHEN_FORMULA:
        run(s, world, cell(world, W_RULE, rule, R_CODE), cell(world, W_RULE, rule, R_CODE_END), scratch, keys, live)
        for l in range(_L):
            mask[l] = ONE if scratch.f[F_STACK + l] != ZERO else ZERO
    elif when == WHEN_NEAR:
        xa, ya, xb, yb, alive_a, alive_b = at(a, 0), at(a, 1), at(b, 0), at(b, 1), at(a, ALIVE), at(b, ALIVE)
        for l in range(_L):
            dx, dy = s[xa + l] - s[xb + l], s[ya + l] - s[yb + l]
            mask[l] = s[alive_a + l] * s[alive_b + l] if dx * dx + dy * dy <= value * value else ZERO
    elif when == WHEN_EVERY or when == WHEN_AT or when == WHEN_START:
        for l in range(_L):
            step = s[clock + l]
            due = step == ONE if when == WHEN_START else step == value
            if when == WHEN_EVERY:
                due = step - value * np.floor(step / value) < F(0.5)
            mask[l] = ONE if due else ZERO
    elif when == WHEN_HEARS:
        _hold_hears(s, at(a, SAID), at(a, ALIVE), value, cell(world, W_MEETING, meeting, M_WATCH), cell(world, W_MEETING, meeting, M_HELD), mask)
    else:
        _hold_shapes(s, world, when, a, b, cell(world, W_MEETING, meeting, M_WATCH), live, scratch)


@inner
def _hold_hears(s, said, alive, value, last, held, mask):
    """A symbol is being said; where none is named (`value` -1), another one than in the last decision."""
    if last < 0:
        for l in range(_L):
            mask[l] = s[alive + l] if s[said + l] == value else ZERO
        return
    for l in range(_L):
        now = s[said + l]
        mask[l] = s[alive + l] if now != s[U(last * LANES) + l] and now >= ZERO else ZERO
        s[U(last * LANES) + l] = now
        s[U(held * LANES) + l] = ZERO  # one change after the other is one event after the other


@inner
def _hold_shapes(s, world, when, a, b, watch, live, scratch):
    """Conditions on two shapes, one world at a time. What pushed each other within the decision has touched, even if it bounced off since."""
    mask = scratch.f[MASK_AT : MASK_AT + LANES]
    for l in range(_L):
        mask[l] = ZERO
    for l in range(U(live)):
        if when == WHEN_TOUCH_WALL or when == WHEN_APART_WALL:
            met = touches_wall(s, world, a, l, scratch)
        elif when == WHEN_TOUCH or when == WHEN_APART:
            met = touches(s, world, a, b, l, scratch)
        else:
            o = at(a, 0) + l
            met = holds_point(s, world, b, l, s[o], s[o + _L], scratch.f) and s[at(b, ALIVE) + l] > ZERO
        if watch >= 0 and s[U(watch * LANES) + l] > ZERO:
            met = True
        if when == WHEN_APART or when == WHEN_APART_WALL or when == WHEN_OUTSIDE:
            met = not met
        mask[l] = ONE if met and s[at(a, ALIVE) + l] > ZERO else ZERO


@inner
def _fire(s, world, rule, meeting, live, scratch, keys):
    """Turn the mask from 'holds' to 'fires'; count. Returns in how many worlds it fired.

    Without a cooldown a rule fires when its condition begins to hold; with one, while it holds, that many seconds apart.
    """
    mask = scratch.f[MASK_AT : MASK_AT + LANES]
    held, wait = U(cell(world, W_MEETING, meeting, M_HELD) * LANES), U(cell(world, W_MEETING, meeting, M_WAIT) * LANES)
    fired, count = U((world.whole[N_FIRED] + rule) * LANES), U((world.whole[N_COUNT] + rule) * LANES)
    cooldown = const(world, cell(world, W_RULE, rule, R_COOLDOWN))
    chance = const(world, cell(world, W_RULE, rule, R_CHANCE))
    once = cell(world, W_RULE, rule, R_ONCE) == 1
    dt = world.real[P_DECISION]
    hits = 0
    for l in range(_L):
        holds = mask[l] != ZERO
        left = s[wait + l] - dt
        ready = left <= F(1e-4) if cooldown > ZERO else s[held + l] == ZERO
        fires = holds and ready and not (once and s[count + l] > ZERO)
        s[held + l] = ONE if holds else ZERO
        s[wait + l] = cooldown if fires else max(left, ZERO)
        mask[l] = ONE if fires else ZERO
        hits += np.int32(fires)
    if chance < ONE and hits > 0:
        for l in range(U(live)):
            if mask[l] != ZERO and uniform(keys, l) >= chance:
                mask[l] = ZERO
                hits -= 1
    if hits > 0:
        for l in range(_L):
            s[fired + l] += mask[l]
            s[count + l] += mask[l]
        for column in (M_PART_A, M_PART_B):
            part = cell(world, W_MEETING, meeting, column)
            if part >= 0:
                for l in range(_L):
                    s[U(part * LANES) + l] += mask[l]
    return hits


@inner
def _apply(s, world, effect, a, b, live, scratch, keys):
    """Do one effect in the worlds where the rule fired (F_HELD of scratch holds the mask)."""
    op, target = cell(world, W_EFFECT, effect, E_OP), cell(world, W_EFFECT, effect, E_TARGET)
    first, last = cell(world, W_EFFECT, effect, E_FIRST), cell(world, W_EFFECT, effect, E_LAST)
    body_first = first if target == TARGET_ALL else (a if target == TARGET_A else b)
    body_last = last if target == TARGET_ALL else body_first + 1
    for body in range(body_first, body_last):
        if op == E_PLACE:
            for l in range(U(live)):
                if scratch.f[F_HELD + l] != ZERO:
                    place(s, world, body, cell(world, W_EFFECT, effect, E_SPOT), keys, l, scratch)
        elif op == E_REMOVE:
            _remove(s, body, scratch.f[HELD_AT : HELD_AT + LANES])
        else:
            run(s, world, cell(world, W_EFFECT, effect, E_CODE), cell(world, W_EFFECT, effect, E_CODE_END), scratch, keys, live)
            row = U((cell(world, W_EFFECT, effect, E_ROW) + (body - first) * cell(world, W_EFFECT, effect, E_STRIDE)) * LANES)
            _assign(s, op, row, body, scratch.f[STACK_AT : STACK_AT + 2 * LANES], scratch.f[HELD_AT : HELD_AT + LANES])


@inner
def _remove(s, body, mask):
    alive, solid, vx, vy, w = at(body, ALIVE), at(body, SOLID), at(body, VX), at(body, VY), at(body, W)
    for l in range(_L):
        keep = ONE - mask[l]
        s[alive + l] *= keep
        s[solid + l] *= keep
        s[vx + l] *= keep
        s[vy + l] *= keep
        s[w + l] *= keep


@inner
def _assign(s, op, row, body, st, mask):
    """Write the result of a formula: to one row, to two (vectors), to a heading, or as a push on a velocity."""
    if op == E_SET:
        for l in range(_L):
            s[row + l] = st[l] if mask[l] != ZERO else s[row + l]
    elif op == E_ADD:
        for l in range(_L):
            s[row + l] = s[row + l] + st[l] if mask[l] != ZERO else s[row + l]
    elif op == E_SET_VECTOR:
        for l in range(_L):
            s[row + l] = st[l] if mask[l] != ZERO else s[row + l]
            s[row + _L + l] = st[_L + l] if mask[l] != ZERO else s[row + _L + l]
    elif op == E_ADD_VECTOR:
        for l in range(_L):
            s[row + l] = s[row + l] + st[l] if mask[l] != ZERO else s[row + l]
            s[row + _L + l] = s[row + _L + l] + st[_L + l] if mask[l] != ZERO else s[row + _L + l]
    elif op == E_SET_SPIN:
        for l in range(_L):
            s[row + l] = st[l] * DEGREE if mask[l] != ZERO else s[row + l]
    elif op == E_ADD_SPIN:
        for l in range(_L):
            s[row + l] = s[row + l] + st[l] * DEGREE if mask[l] != ZERO else s[row + l]
    elif op == E_SET_ANGLE or op == E_ADD_ANGLE:
        c, d = at(body, COS), at(body, SIN)
        for l in range(_L):
            x, y = cos(st[l] * DEGREE), sin(st[l] * DEGREE)
            if op == E_ADD_ANGLE:
                x, y = s[c + l] * x - s[d + l] * y, s[d + l] * x + s[c + l] * y
            s[c + l] = x if mask[l] != ZERO else s[c + l]
            s[d + l] = y if mask[l] != ZERO else s[d + l]
    else:  # E_PUSH
        vx, vy, inv = at(body, VX), at(body, VY), at(body, INV_MASS)
        for l in range(_L):
            push = s[inv + l] if mask[l] != ZERO else ZERO
            s[vx + l] += st[l] * push
            s[vy + l] += st[_L + l] * push


@shared
def pay(s, world, live, scratch, keys, buffers, first_world, worlds):
    """Write each agent's reward, term by term and in sum, for the worlds of one block."""
    for team in range(row_count(world, W_TEAM)):
        agents, first_body = cell(world, W_TEAM, team, G_AGENTS), cell(world, W_TEAM, team, G_FIRST)
        for term in range(cell(world, W_TEAM, team, G_TERM), cell(world, W_TEAM, team, G_TERM_END)):
            if cell(world, W_TERM, term, T_SHARED) == 1:
                for l in range(_L):
                    scratch.f[F_HELD + l] = ZERO
            for agent in range(agents):
                _term(s, world, term, agent, first_body + agent, live, scratch, keys)
                if cell(world, W_TERM, term, T_SHARED) == 1:
                    for l in range(_L):
                        scratch.f[F_HELD + l] += scratch.f[F_STACK + l]
                else:
                    _write(world, team, term, agent, agents, scratch.f, F_STACK, buffers, first_world, live, worlds)
            if cell(world, W_TERM, term, T_SHARED) == 1:
                if cell(world, W_TERM, term, T_OP) == T_EVENT:  # an event of others pays the team once, not once for each member
                    for l in range(_L):
                        scratch.f[F_HELD + l] = scratch.f[F_STACK + l]
                for agent in range(agents):
                    _write(world, team, term, agent, agents, scratch.f, F_HELD, buffers, first_world, live, worlds)


@shared
def _term(s, world, term, agent, body, live, scratch, keys):
    """Leave one term of one agent's reward on the stack; nothing for those out of the game."""
    op, weight = cell(world, W_TERM, term, T_OP), const(world, cell(world, W_TERM, term, T_WEIGHT))
    st, alive = scratch.f[STACK_AT : STACK_AT + LANES], at(body, ALIVE)
    if op == T_EVENT or op == T_PART:
        row = cell(world, W_TERM, term, T_ROW) + (agent if op == T_PART else 0)
        for l in range(_L):
            st[l] = weight * s[U(row * LANES) + l]
        return
    scratch.i[I_REGISTER + 0], scratch.i[I_REGISTER + 1] = body, body
    run(s, world, cell(world, W_TERM, term, T_CODE), cell(world, W_TERM, term, T_CODE_END), scratch, keys, live)
    if op == T_PROGRESS:
        row = U((cell(world, W_TERM, term, T_ROW) + agent) * LANES)
        for l in range(_L):
            now = st[l]
            st[l] = weight * (now - s[row + l]) * s[alive + l]
            s[row + l] = now
    else:
        for l in range(_L):
            st[l] = weight * st[l] * s[alive + l]


@shared
def begin_progress(s, world, scratch, keys, lane, live):
    """Remember where each `progress` term starts in a new episode."""
    for team in range(row_count(world, W_TEAM)):
        for term in range(cell(world, W_TEAM, team, G_TERM), cell(world, W_TEAM, team, G_TERM_END)):
            if cell(world, W_TERM, term, T_OP) == T_PROGRESS:
                for agent in range(cell(world, W_TEAM, team, G_AGENTS)):
                    scratch.i[I_REGISTER + 0] = cell(world, W_TEAM, team, G_FIRST) + agent
                    scratch.i[I_REGISTER + 1] = scratch.i[I_REGISTER + 0]
                    run(s, world, cell(world, W_TERM, term, T_CODE), cell(world, W_TERM, term, T_CODE_END), scratch, keys, live)
                    s[U((cell(world, W_TERM, term, T_ROW) + agent) * LANES) + lane] = scratch.f[F_STACK + lane]


@shared
def _write(world, team, term, agent, agents, f, values, buffers, first_world, live, worlds):
    out = U(cell(world, W_TEAM, team, G_REWARD_OFFSET) * worlds + first_world * agents + agent)
    ledger = U(cell(world, W_TERM, term, T_OUT) * worlds + first_world * agents + agent)
    for l in range(U(live)):
        buffers.reward[out + l * U(agents)] += f[values + l]
        buffers.reward[ledger + l * U(agents)] = f[values + l]


@inner
def has_ended(s, world, lane):
    """Whether a rule named in `end` fired in this decision."""
    for rule in range(world.whole[N_RULES]):
        if cell(world, W_RULE, rule, R_ENDS) == 1 and s[U((world.whole[N_FIRED] + rule) * LANES) + lane] > ZERO:
            return True
    return False
