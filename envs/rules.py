"""The game's own logic: which rules fired in this decision, what they do, what they pay, and whether the episode is over."""

import numpy as np

from .contacts import is_away
from .elementary import DEGREE, ONE, ZERO, cos, in_a_turn, sin, within
from .geometry import at, shortest
from .kernel import inner, shared
from .program import encloses, run, touches, touches_wall
from .reunite import loosen
from .rng import uniform
from .spawn import place
from .tables import cell, const, decisions, row_count

# isort: off
from .layout import (
    ALIVE, B_POOLED, COS, E_ADD, E_ADD_ACCEL, E_ADD_ANGLE, E_ADD_SPIN, E_ADD_TOP_SPEED, E_ADD_VECTOR, E_BREAK, E_CODE, E_CODE_END, E_FIRST,
    E_KEEP, E_LAST, E_OP, E_PLACE, E_RANGE, E_REMOVE, E_ROW, E_SET, E_SET_ACCEL, E_SET_ANGLE, E_SET_SPIN, E_SET_VECTOR, E_SPOT, E_STRIDE,
    E_TARGET, F, F_ASK, F_HELD, F_MASK, GATE_BODY, GATE_CODE, GATE_CODE_END, GATE_OTHER, GATE_OTHERS, GATE_ROW, G_AGENTS, G_FIRST,
    G_REWARD_OFFSET, G_TERM, G_TERM_END, INV_MASS, I_REGISTER, LANES, M_A, M_B, M_HELD, M_PART_A, M_PART_B, M_WAIT, M_WATCH, N_CLOCK, N_COUNT, N_FIRED, N_RULES, N_WALLS, P_TOUCH, REACH, R_CHANCE, R_CODE, R_CODE_END, R_COOLDOWN,
    R_EFFECT, R_EFFECTS, R_ENDS, R_IF, R_IF_END, R_MEETING, R_MEETINGS, R_ONCE, R_PARTS, R_PERIOD, R_VALUE, R_WHEN, SAID, SHOT_OWNER, SIN, SOLID, F_STACK,
    TARGET_A, TARGET_ALL, TARGET_OWNER_A, TARGET_OWNER_B, T_CODE, T_CODE_END, T_COMMON, T_EVENT, T_OP, T_OUT, T_PARAM, T_PART, T_PROGRESS, T_ROW,
    T_SHARED, T_WEIGHT, VX, VY, W, WALLS_WRAP, WHEN_APART, WHEN_APART_WALL, WHEN_AT, WHEN_BREAKS, WHEN_EVERY, WHEN_FORMULA, WHEN_GRABS,
    WHEN_HEARS, WHEN_INSIDE, WHEN_NEAR, WHEN_OUTSIDE, WHEN_RELEASES, WHEN_START, WHEN_TOUCH, WHEN_TOUCH_WALL, W_BODY, W_EFFECT, W_GATE,
    W_MEETING, W_RULE, W_SHOT, W_TEAM, W_TERM, X, Y,
)  # fmt: skip
# isort: on


_GREATEST, _FASTEST, _QUICKEST, _STRONGEST = F(1e12), F(1e3), F(1e5), F(1e5)
"""What no rule or reward gets past: numbers, speeds [m/s], spins [degrees/s], drives [m/s^2]; as the limits of the language."""


@shared
def judge(s, world, live, scratch, keys):
    """Fire rules in the order of the file; each sees what the ones before it did. Then doors and the like open or close."""
    row, clock = world.whole[N_FIRED] * LANES, world.whole[N_CLOCK] * LANES
    for rule in range(world.whole[N_RULES]):
        starts = ONE if cell(world, W_RULE, rule, R_WHEN) == WHEN_START else ZERO  # what happened at the start is an event of the first decision
        for l in range(LANES):
            s[row + rule * LANES + l] *= starts if s[clock + l] == ONE else ZERO
    for meeting in range(row_count(world, W_MEETING)):
        for column in (M_PART_A, M_PART_B):
            part = cell(world, W_MEETING, meeting, column)
            if part >= 0:
                for l in range(LANES):
                    s[part * LANES + l] = ZERO
    for effect in range(row_count(world, W_EFFECT)):
        if cell(world, W_EFFECT, effect, E_OP) == E_REMOVE:
            for body in range(cell(world, W_EFFECT, effect, E_FIRST), cell(world, W_EFFECT, effect, E_LAST)):
                for l in range(LANES):
                    s[_left_at(world, effect, body) + l] = ZERO
    for rule in range(world.whole[N_RULES]):
        first = cell(world, W_RULE, rule, R_MEETING)
        when, value = cell(world, W_RULE, rule, R_WHEN), const(world, cell(world, W_RULE, rule, R_VALUE))
        meets = when == WHEN_TOUCH or when == WHEN_NEAR or when == WHEN_INSIDE
        if when == WHEN_START:
            continue
        for meeting in range(first, first + cell(world, W_RULE, rule, R_MEETINGS)):
            if not (meets and _is_quiet(s, world, when, meeting, value)):
                _judge_meeting(s, world, rule, meeting, live, scratch, keys)
    open_gates(s, world, scratch, keys)


@shared
def act_at_start(s, world, lane, scratch, keys):
    """Let the `start` rules act in the one world that asks (F_ASK), whose episode begins, before anybody observes it; its doors open or close."""
    open_gates(s, world, scratch, keys)
    acted = False
    for rule in range(world.whole[N_RULES]):
        if cell(world, W_RULE, rule, R_WHEN) == WHEN_START:
            meeting = cell(world, W_RULE, rule, R_MEETING)
            _judge_meeting(s, world, rule, meeting, lane + 1, scratch, keys)
            s[cell(world, W_MEETING, meeting, M_HELD) * LANES + lane] = ZERO
            s[cell(world, W_MEETING, meeting, M_WAIT) * LANES + lane] = ZERO
            acted = True
    if acted:
        open_gates(s, world, scratch, keys)


@shared
def open_gates(s, world, scratch, keys):
    """Evaluate every `solid_if`, in the lanes that ask (F_ASK); one that asks about `other` for each of these."""
    asks, st = scratch.f[F_ASK : F_ASK + LANES], scratch.f[F_STACK : F_STACK + LANES]
    for n in range(row_count(world, W_GATE)):
        body, others = cell(world, W_GATE, n, GATE_BODY), cell(world, W_GATE, n, GATE_OTHERS)
        scratch.i[I_REGISTER + 0] = body
        for k in range(others):
            scratch.i[I_REGISTER + 0], scratch.i[I_REGISTER + 1] = body, cell(world, W_GATE, n, GATE_OTHER) + k
            run(s, world, cell(world, W_GATE, n, GATE_CODE), cell(world, W_GATE, n, GATE_CODE_END), scratch, keys, asks)
            row = (cell(world, W_GATE, n, GATE_ROW) + k) * LANES
            for l in range(LANES):
                s[row + l] = (ONE if st[l] != ZERO else ZERO) if asks[l] > ZERO else s[row + l]
        if others == 0:
            run(s, world, cell(world, W_GATE, n, GATE_CODE), cell(world, W_GATE, n, GATE_CODE_END), scratch, keys, asks)
            solid, alive = at(body, SOLID), at(body, ALIVE)
            for l in range(LANES):
                opens = s[alive + l] if st[l] != ZERO else ZERO
                s[solid + l] = opens if asks[l] > ZERO else s[solid + l]


@inner
def _is_quiet(s, world, when, meeting, value):
    """Whether two things are so far apart in every world, and were before, that judging their meeting would change nothing: of many, nearly all are."""
    a, b, watch = cell(world, W_MEETING, meeting, M_A), cell(world, W_MEETING, meeting, M_B), cell(world, W_MEETING, meeting, M_WATCH)
    oa, ob = at(a, 0), at(b, 0)
    held, wait = cell(world, W_MEETING, meeting, M_HELD) * LANES, cell(world, W_MEETING, meeting, M_WAIT) * LANES
    mark = watch * LANES if watch >= 0 else held
    wraps, extra = world.whole[N_WALLS] == WALLS_WRAP, value if when == WHEN_NEAR else world.real[P_TOUCH]
    share = ZERO if when == WHEN_NEAR else ONE
    stirs = np.int32(0)
    for l in range(LANES):
        dx, dy = shortest(world, wraps, s[ob + X * LANES + l] - s[oa + X * LANES + l], s[ob + Y * LANES + l] - s[oa + Y * LANES + l])
        reach = (share * (s[oa + REACH * LANES + l] + s[ob + REACH * LANES + l]) + extra) * F(1.0001)
        near = dx * dx + dy * dy <= reach * reach and s[oa + ALIVE * LANES + l] * s[ob + ALIVE * LANES + l] > ZERO
        active = s[held + l] != ZERO or s[wait + l] != ZERO or s[mark + l] != ZERO
        stirs += np.int32(1) if near or active else np.int32(0)
    return stirs == np.int32(0)


@shared
def _judge_meeting(s, world, rule, meeting, live, scratch, keys):
    a, b = cell(world, W_MEETING, meeting, M_A), cell(world, W_MEETING, meeting, M_B)
    mask = scratch.f[F_MASK : F_MASK + LANES]
    scratch.i[I_REGISTER + 0], scratch.i[I_REGISTER + 1] = a, b
    _hold(s, world, rule, meeting, a, b, live, scratch, keys)
    hits = 0
    for l in range(LANES):
        mask[l] = mask[l] if scratch.f[F_ASK + l] > ZERO else ZERO
        hits += np.int32(mask[l] != ZERO)
    if cell(world, W_RULE, rule, R_IF_END) > cell(world, W_RULE, rule, R_IF) and hits > 0:
        for l in range(LANES):
            scratch.f[F_HELD + l] = mask[l]  # `run` may use the mask row itself
        run(s, world, cell(world, W_RULE, rule, R_IF), cell(world, W_RULE, rule, R_IF_END), scratch, keys, scratch.f[F_HELD : F_HELD + LANES])
        for l in range(LANES):
            mask[l] = scratch.f[F_HELD + l] if scratch.f[F_STACK + l] != ZERO else ZERO
    fired = _fire(s, world, rule, meeting, live, scratch, keys)
    if fired > 0:
        first = cell(world, W_RULE, rule, R_EFFECT)
        for l in range(LANES):
            scratch.f[F_HELD + l] = mask[l]
        for effect in range(first, first + cell(world, W_RULE, rule, R_EFFECTS)):
            _apply(s, world, effect, a, b, live, scratch, keys)


@shared
def _hold(s, world, rule, meeting, a, b, live, scratch, keys):
    """Write to the mask in which worlds the rule's condition holds."""
    mask, when = scratch.f[F_MASK : F_MASK + LANES], cell(world, W_RULE, rule, R_WHEN)
    held = cell(world, W_MEETING, meeting, M_HELD) * LANES
    value = const(world, cell(world, W_RULE, rule, R_VALUE))
    if when == WHEN_FORMULA:
        run(s, world, cell(world, W_RULE, rule, R_CODE), cell(world, W_RULE, rule, R_CODE_END), scratch, keys, scratch.f[F_ASK : F_ASK + LANES])
        for l in range(LANES):
            mask[l] = ONE if scratch.f[F_STACK + l] != ZERO else ZERO
    elif when == WHEN_NEAR:
        xa, ya, xb, yb, alive_a, alive_b = at(a, 0), at(a, 1), at(b, 0), at(b, 1), at(a, ALIVE), at(b, ALIVE)
        wraps = world.whole[N_WALLS] == WALLS_WRAP
        for l in range(LANES):
            dx, dy = shortest(world, wraps, s[xa + l] - s[xb + l], s[ya + l] - s[yb + l])
            mask[l] = s[alive_a + l] * s[alive_b + l] if dx * dx + dy * dy <= value * value else ZERO
    elif when == WHEN_EVERY or when == WHEN_AT:
        period, parts = cell(world, W_RULE, rule, R_PERIOD), cell(world, W_RULE, rule, R_PARTS)
        for l in range(LANES):
            step = decisions(s, world, l)
            due = step == period if when == WHEN_AT else (step * parts) % period < parts  # as often as whole periods have passed
            mask[l] = ONE if due else ZERO
            s[held + l] = ZERO  # one beat after the other is one event after the other
    elif when == WHEN_START:
        for l in range(LANES):
            mask[l] = ONE
    elif when == WHEN_BREAKS or when == WHEN_GRABS or when == WHEN_RELEASES:
        row, thing = cell(world, W_MEETING, meeting, M_WATCH) * LANES, F(b)
        for l in range(LANES):
            holds = s[row + l] > ZERO if when == WHEN_BREAKS else (s[row + l] == thing if when == WHEN_GRABS else s[row + l] != thing)
            mask[l] = ONE if holds else ZERO
    elif when == WHEN_HEARS:
        _hold_hears(s, at(a, SAID), at(a, ALIVE), value, cell(world, W_MEETING, meeting, M_WATCH), held, mask)
    else:
        _hold_shapes(s, world, when, a, b, cell(world, W_MEETING, meeting, M_WATCH), live, scratch)


@shared
def _hold_hears(s, said, alive, value, last, held, mask):
    """A symbol is being said; where none is named (`value` -1), another one than in the last decision."""
    if last < 0:
        for l in range(LANES):
            mask[l] = s[alive + l] if s[said + l] == value else ZERO
        return
    for l in range(LANES):
        now = s[said + l]
        mask[l] = s[alive + l] if now != s[last * LANES + l] and now >= ZERO else ZERO
        s[last * LANES + l] = now
        s[held + l] = ZERO  # one change after the other is one event after the other


@shared
def _hold_shapes(s, world, when, a, b, watch, live, scratch):
    """Conditions on two shapes, one world at a time. What pushed each other within the decision has touched, even if it bounced off since."""
    mask = scratch.f[F_MASK : F_MASK + LANES]
    for l in range(LANES):
        mask[l] = ZERO
    holds_apart = when == WHEN_APART or when == WHEN_APART_WALL or when == WHEN_OUTSIDE
    if not holds_apart and (is_away(s, world, a) or is_away(s, world, b)):
        return
    for l in range(live):
        if when == WHEN_TOUCH_WALL or when == WHEN_APART_WALL:
            met = touches_wall(s, world, a, l, scratch)
        elif when == WHEN_TOUCH or when == WHEN_APART:
            met = touches(s, world, a, b, l, scratch)
        else:
            o = at(a, 0) + l
            met = encloses(s, world, b, l, s[o], s[o + LANES], scratch)
        if watch >= 0 and s[watch * LANES + l] > ZERO:
            met = True
        if holds_apart:
            met = not met
        mask[l] = ONE if met and s[at(a, ALIVE) + l] > ZERO else ZERO


@shared
def _fire(s, world, rule, meeting, live, scratch, keys):
    """Turn the mask from 'holds' to 'fires'; count. Returns in how many worlds it fired.

    Without a cooldown a rule fires when its condition begins to hold; with one, while it holds, that many decisions apart.
    """
    mask = scratch.f[F_MASK : F_MASK + LANES]
    held, wait = cell(world, W_MEETING, meeting, M_HELD) * LANES, cell(world, W_MEETING, meeting, M_WAIT) * LANES
    fired, count = (world.whole[N_FIRED] + rule) * LANES, (world.whole[N_COUNT] + rule) * LANES
    cooldown = const(world, cell(world, W_RULE, rule, R_COOLDOWN))
    chance = const(world, cell(world, W_RULE, rule, R_CHANCE))
    once = cell(world, W_RULE, rule, R_ONCE) == 1
    hits = 0
    for l in range(LANES):
        holds = mask[l] != ZERO
        left = s[wait + l] - ONE
        ready = left <= ZERO if cooldown > ZERO else s[held + l] == ZERO
        fires = holds and ready and not (once and s[count + l] > ZERO)
        s[held + l] = ONE if holds else ZERO
        s[wait + l] = cooldown if fires else max(left, ZERO)
        mask[l] = ONE if fires else ZERO
        hits += np.int32(fires)
    if chance < ONE and hits > 0:
        for l in range(live):
            if mask[l] != ZERO and uniform(keys, l) >= chance:
                mask[l] = ZERO
                hits -= 1
    if hits > 0:
        for l in range(LANES):
            s[fired + l] += mask[l]
            s[count + l] += mask[l]
        for column in (M_PART_A, M_PART_B):
            part = cell(world, W_MEETING, meeting, column)
            if part >= 0:
                for l in range(LANES):
                    s[part * LANES + l] += mask[l]
    return hits


@shared
def _apply(s, world, effect, a, b, live, scratch, keys):
    """Do one effect in the worlds where the rule fired (F_HELD of scratch holds the mask)."""
    op, target = cell(world, W_EFFECT, effect, E_OP), cell(world, W_EFFECT, effect, E_TARGET)
    first, last = cell(world, W_EFFECT, effect, E_FIRST), cell(world, W_EFFECT, effect, E_LAST)
    met = a if target == TARGET_A or target == TARGET_OWNER_A else b
    if target == TARGET_OWNER_A or target == TARGET_OWNER_B:
        met = cell(world, W_SHOT, cell(world, W_BODY, met, B_POOLED) - 1, SHOT_OWNER)
    body_first = first if target == TARGET_ALL else met
    body_last = last if target == TARGET_ALL else body_first + 1
    for body in range(body_first, body_last):
        if op == E_PLACE:
            for l in range(live):
                if scratch.f[F_HELD + l] != ZERO:
                    place(s, world, body, cell(world, W_EFFECT, effect, E_SPOT), cell(world, W_EFFECT, effect, E_KEEP), keys, l, scratch)
                    loosen(s, world, body, l, False)
        elif op == E_BREAK:  # here `body` counts joints
            row = (cell(world, W_EFFECT, effect, E_ROW) + body * cell(world, W_EFFECT, effect, E_STRIDE)) * LANES
            for l in range(LANES):
                s[row + l] = ONE if scratch.f[F_HELD + l] != ZERO else s[row + l]
        elif op == E_REMOVE:
            _remove(s, body, _left_at(world, effect, body), scratch.f[F_HELD : F_HELD + LANES])
        else:
            if target == TARGET_ALL and a == 0:  # nobody met: self is each in turn
                scratch.i[I_REGISTER + 0] = body
            run(s, world, cell(world, W_EFFECT, effect, E_CODE), cell(world, W_EFFECT, effect, E_CODE_END), scratch, keys, scratch.f[F_HELD : F_HELD + LANES])
            row = (cell(world, W_EFFECT, effect, E_ROW) + (body - first) * cell(world, W_EFFECT, effect, E_STRIDE)) * LANES
            _assign(s, op, row, body, scratch.f[F_STACK : F_STACK + 2 * LANES], scratch.f[F_HELD : F_HELD + LANES])
            _keep_in_range(s, world, row, cell(world, W_EFFECT, effect, E_RANGE), scratch.f[F_HELD : F_HELD + LANES])
            if op == E_SET_ANGLE or op == E_ADD_ANGLE:
                for l in range(live):
                    if scratch.f[F_HELD + l] != ZERO:
                        loosen(s, world, body, l, True)


@inner
def _keep_in_range(s, world, row, bounds, mask):
    """Clamp a variable whose range is declared (constants from `bounds` on, 0 for none)."""
    if bounds > 0:
        low, high = const(world, bounds), const(world, bounds + 1)
        for l in range(LANES):
            s[row + l] = min(max(s[row + l], low), high) if mask[l] != ZERO else s[row + l]


@inner
def _left_at(world, effect, body):
    """First index of the row that says whether a body left the world by this effect in this decision."""
    return (cell(world, W_EFFECT, effect, E_ROW) + body - cell(world, W_EFFECT, effect, E_FIRST)) * LANES


@shared
def _remove(s, body, left, mask):
    """Take a body out of the world where the mask says so, for good."""
    alive, solid, vx, vy, w = at(body, ALIVE), at(body, SOLID), at(body, VX), at(body, VY), at(body, W)
    for l in range(LANES):
        keep = ONE - mask[l]
        s[left + l] += s[alive + l] * mask[l]
        s[alive + l] *= keep
        s[solid + l] *= keep
        s[vx + l] *= keep
        s[vy + l] *= keep
        s[w + l] *= keep


@shared
def _assign(s, op, row, body, st, mask):
    """Write the result of a formula: to one row, to two (vectors), to a heading, or as a push on a velocity."""
    if op == E_SET or op == E_ADD:
        base = ONE if op == E_ADD else ZERO
        for l in range(LANES):
            s[row + l] = within(base * s[row + l] + st[l], _GREATEST) if mask[l] != ZERO else s[row + l]
    elif op == E_SET_VECTOR or op == E_ADD_VECTOR:
        base = ONE if op == E_ADD_VECTOR else ZERO
        for l in range(LANES):
            s[row + l] = within(base * s[row + l] + st[l], _FASTEST) if mask[l] != ZERO else s[row + l]
            s[row + LANES + l] = within(base * s[row + LANES + l] + st[LANES + l], _FASTEST) if mask[l] != ZERO else s[row + LANES + l]
    elif op == E_SET_SPIN or op == E_ADD_SPIN:
        base = ONE if op == E_ADD_SPIN else ZERO
        for l in range(LANES):
            s[row + l] = within(base * s[row + l] + st[l] * DEGREE, _QUICKEST * DEGREE) if mask[l] != ZERO else s[row + l]
    elif op >= E_SET_ACCEL:  # of a drive: never below 0
        base = ONE if op == E_ADD_ACCEL or op == E_ADD_TOP_SPEED else ZERO
        most = _STRONGEST if op == E_SET_ACCEL or op == E_ADD_ACCEL else _FASTEST
        for l in range(LANES):
            s[row + l] = max(within(base * s[row + l] + st[l], most), ZERO) if mask[l] != ZERO else s[row + l]
    elif op == E_SET_ANGLE or op == E_ADD_ANGLE:
        c, d = at(body, COS), at(body, SIN)
        for l in range(LANES):
            angle = in_a_turn(st[l]) * DEGREE
            x, y = cos(angle), sin(angle)
            if op == E_ADD_ANGLE:
                x, y = s[c + l] * x - s[d + l] * y, s[d + l] * x + s[c + l] * y
                size = np.sqrt(x * x + y * y)
                x, y = x / size, y / size
            s[c + l] = x if mask[l] != ZERO else s[c + l]
            s[d + l] = y if mask[l] != ZERO else s[d + l]
    else:  # E_PUSH
        vx, vy, inv = at(body, VX), at(body, VY), at(body, INV_MASS)
        for l in range(LANES):
            s[vx + l] = within(s[vx + l] + st[l] * s[inv + l], _FASTEST) if mask[l] != ZERO else s[vx + l]
            s[vy + l] = within(s[vy + l] + st[LANES + l] * s[inv + l], _FASTEST) if mask[l] != ZERO else s[vy + l]


@shared
def pay(s, world, live, scratch, keys, buffers, first_world, worlds):
    """Write each agent's reward, term by term and in sum, for the worlds of one block.

    Where a team shares, each member gets the sum over its members; an event counts once for the team. Who is out of the game gets nothing, but
    in the decision in which it leaves it is still paid for events.
    """
    f = scratch.f
    for team in range(row_count(world, W_TEAM)):
        agents, first_body = cell(world, W_TEAM, team, G_AGENTS), cell(world, W_TEAM, team, G_FIRST)
        for term in range(cell(world, W_TEAM, team, G_TERM), cell(world, W_TEAM, team, G_TERM_END)):
            shares, event = cell(world, W_TERM, term, T_SHARED) == 1, cell(world, W_TERM, term, T_OP) == T_EVENT
            if shares:
                for l in range(LANES):
                    f[F_HELD + l] = ZERO
                for agent in range(1 if event else agents):
                    _term(s, world, term, agent, first_body + agent, scratch, keys)
                    for l in range(LANES):
                        f[F_HELD + l] += f[F_STACK + l]
            for agent in range(agents):
                if shares:
                    for l in range(LANES):
                        f[F_STACK + l] = f[F_HELD + l]
                elif cell(world, W_TERM, term, T_COMMON) == 1:
                    _common_term(s, world, term, agent, first_body + agent, scratch, keys)
                else:
                    _term(s, world, term, agent, first_body + agent, scratch, keys)
                if shares or event:
                    _only_present(s, world, first_body + agent, f)
                _write(world, team, term, agent, agents, f, buffers, first_world, live, worlds)


@shared
def _only_present(s, world, body, f):
    """Clear the stack's number in the worlds that an agent had left before this decision."""
    alive = at(body, ALIVE)
    for l in range(LANES):
        f[F_MASK + l] = s[alive + l]
    for effect in range(row_count(world, W_EFFECT)):
        if cell(world, W_EFFECT, effect, E_OP) == E_REMOVE:
            if body >= cell(world, W_EFFECT, effect, E_FIRST) and body < cell(world, W_EFFECT, effect, E_LAST):
                left = _left_at(world, effect, body)
                for l in range(LANES):
                    f[F_MASK + l] += s[left + l]
    for l in range(LANES):
        f[F_STACK + l] = f[F_STACK + l] if f[F_MASK + l] > ZERO else ZERO


@shared
def _common_term(s, world, term, agent, body, scratch, keys):
    """As `_term` for a formula that is the same for the whole team: evaluated for the first member, kept for the others."""
    f, alive = scratch.f, at(body, ALIVE)
    if agent == 0:
        run(s, world, cell(world, W_TERM, term, T_CODE), cell(world, W_TERM, term, T_CODE_END), scratch, keys, scratch.f[F_ASK : F_ASK + LANES])
        weight = const(world, cell(world, W_TERM, term, T_WEIGHT))
        for l in range(LANES):
            f[F_HELD + l] = within(weight * f[F_STACK + l], _GREATEST)
    for l in range(LANES):
        f[F_STACK + l] = f[F_HELD + l] if s[alive + l] > ZERO else ZERO


@shared
def _term(s, world, term, agent, body, scratch, keys):
    """Leave one term of one agent's reward on the stack; no formula pays those out of the game."""
    op, weight = cell(world, W_TERM, term, T_OP), const(world, cell(world, W_TERM, term, T_WEIGHT))
    st, alive = scratch.f[F_STACK : F_STACK + LANES], at(body, ALIVE)
    if op == T_EVENT or op == T_PART:
        row = cell(world, W_TERM, term, T_ROW) + (agent if op == T_PART else 0)
        for l in range(LANES):
            st[l] = weight * s[row * LANES + l]
        _weigh(s, world, term, st)
        return
    scratch.i[I_REGISTER + 0], scratch.i[I_REGISTER + 1] = body, body
    run(s, world, cell(world, W_TERM, term, T_CODE), cell(world, W_TERM, term, T_CODE_END), scratch, keys, scratch.f[F_ASK : F_ASK + LANES])
    if op == T_PROGRESS:
        row = (cell(world, W_TERM, term, T_ROW) + agent) * LANES
        for l in range(LANES):
            now = within(st[l], _GREATEST)
            st[l] = weight * (now - s[row + l]) if s[alive + l] > ZERO else ZERO
            s[row + l] = now
    else:
        for l in range(LANES):
            st[l] = within(weight * st[l], _GREATEST) if s[alive + l] > ZERO else ZERO
    _weigh(s, world, term, st)


@inner
def _weigh(s, world, term, st):
    """Multiply a term by its weight where that is a param which varies by world."""
    row = cell(world, W_TERM, term, T_PARAM) * LANES
    if row > 0:
        for l in range(LANES):
            st[l] = within(s[row + l] * st[l], _GREATEST)


@shared
def begin_progress(s, world, scratch, keys, lane):
    """Remember where each `progress` term starts in a new episode."""
    for team in range(row_count(world, W_TEAM)):
        for term in range(cell(world, W_TEAM, team, G_TERM), cell(world, W_TEAM, team, G_TERM_END)):
            if cell(world, W_TERM, term, T_OP) == T_PROGRESS:
                for agent in range(cell(world, W_TEAM, team, G_AGENTS)):
                    scratch.i[I_REGISTER + 0] = cell(world, W_TEAM, team, G_FIRST) + agent
                    scratch.i[I_REGISTER + 1] = scratch.i[I_REGISTER + 0]
                    run(s, world, cell(world, W_TERM, term, T_CODE), cell(world, W_TERM, term, T_CODE_END), scratch, keys, scratch.f[F_ASK : F_ASK + LANES])
                    s[(cell(world, W_TERM, term, T_ROW) + agent) * LANES + lane] = within(scratch.f[F_STACK + lane], _GREATEST)


@shared
def _write(world, team, term, agent, agents, f, buffers, first_world, live, worlds):
    out = cell(world, W_TEAM, team, G_REWARD_OFFSET) * worlds + first_world * agents + agent
    ledger = cell(world, W_TERM, term, T_OUT) * worlds + first_world * agents + agent
    for l in range(live):
        buffers.reward[out + l * agents] += f[F_STACK + l]
        buffers.reward[ledger + l * agents] = f[F_STACK + l]


@inner
def has_ended(s, world, lane):
    """Whether a rule named in `end` fired in this decision."""
    for rule in range(world.whole[N_RULES]):
        if cell(world, W_RULE, rule, R_ENDS) == 1 and s[(world.whole[N_FIRED] + rule) * LANES + lane] > ZERO:
            return True
    return False
