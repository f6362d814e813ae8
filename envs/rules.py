"""The game's own logic: which rules fired in this decision, what they do, what they pay, and whether the episode is over."""

import numpy as np

from .contacts import list_marked
from .elementary import DEGREE, HALF, ONE, ZERO, cos, in_a_turn, sin, within
from .geometry import at
from .kernel import inner, shared
from .meetings import find_meetings, forget_meetings, is_ending, is_lasting
from .program import run
from .reunite import loosen
from .rng import uniform
from .spawn import place
from .tables import cell, const, decisions, row_count

# isort: off
from .layout import (
    ALIVE, BACK, BACK_SOLID, B_PLACED, B_POOLED, COS, E_ADD, E_ADD_ACCEL, E_ADD_ANGLE, E_ADD_SPIN, E_ADD_TOP_SPEED, E_ADD_VECTOR, E_BREAK, E_CODE,
    E_CODE_END, E_FIRST,
    E_KEEP, E_LAST, E_OP, E_PLACE, E_RANGE, E_REMOVE, E_ROW, E_SET, E_SET_ACCEL, E_SET_ANGLE, E_SET_SPIN, E_SET_VECTOR, E_SPOT, E_STRIDE, E_TARGET, F,
    F_ASK, F_CAME, F_FREE, F_HELD, F_LEFT, F_MASK, F_STACK, F_TURN, GATE_BODY, GATE_CODE, GATE_CODE_END, GATE_OTHER, GATE_OTHERS, GATE_ROW, G_AGENTS,
    G_FIRST, G_REWARD_OFFSET, G_TERM, G_TERM_END, INV_MASS, I_NEAR, I_REGISTER, LANES, LOT_ROWS, MET_DONE, MET_NOT, MET_PUT, MET_WAITS, M_A, M_B,
    M_HELD, M_PART_A, M_PART_B, M_WAIT, M_WATCH, N_CLAIMS, N_CLOCK, N_COUNT, N_FIRED, N_RULES, R_CHANCE, R_CLAIM, R_CLAIMS, R_CLAIM_A, R_CLAIM_B,
    R_CODE, R_CODE_END, R_COOLDOWN, R_DRAWS, R_EFFECT, R_EFFECTS, R_ENDS, R_IF, R_IF_END, R_MEETING, R_MEETINGS, R_ONCE, R_PARTS, R_PERIOD, R_VALUE,
    R_WHEN, SAID, SHOT_OWNER, SIN, SOLID, TARGET_A, TARGET_ALL, TARGET_OWNER_A, TARGET_OWNER_B, T_CODE, T_CODE_END, T_COMMON, T_EVENT, T_OP, T_OUT,
    T_PARAM, T_PART, T_PROGRESS, T_ROW, T_SHARED, T_WEIGHT, VX, VY, W, WHEN_AT, WHEN_BREAKS, WHEN_EVERY, WHEN_FORMULA, WHEN_GRABS, WHEN_RELEASES,
    WHEN_START, W_BODY, W_EFFECT, W_GATE, W_MEETING, W_RULE, W_SHOT, W_TEAM, W_TERM,
)  # fmt: skip
# isort: on


GREATEST, _FASTEST, _QUICKEST, _STRONGEST = F(1e12), F(1e3), F(1e5), F(1e5)
"""What no rule or reward gets past: numbers, speeds [m/s], spins [degrees/s], drives [m/s^2]; as the limits of the language."""


@shared
def judge(s, world, live, scratch, keys):
    """Fire rules in the order of the file; each sees what the ones before it did. Then doors and the like open or close."""
    _clear(s, world)
    found = find_meetings(s, world, live, scratch)
    if world.whole[N_CLAIMS] > 0:
        draw_lots(s, world, found, live, scratch, keys)
    entry = 0
    for rule in range(world.whole[N_RULES]):
        first = cell(world, W_RULE, rule, R_MEETING)
        last = first + cell(world, W_RULE, rule, R_MEETINGS)
        if is_lasting(cell(world, W_RULE, rule, R_WHEN)):
            begin, losers = entry, 0
            while entry < found and scratch.near[entry] < last:
                losers += _judge_meeting(s, world, rule, entry, False, live, scratch, keys)
                entry += 1
            if losers > 0:  # those the lot didn't fall on take what is left
                for again in range(begin, entry):
                    _judge_meeting(s, world, rule, again, True, live, scratch, keys)
        elif cell(world, W_RULE, rule, R_WHEN) != WHEN_START:
            for meeting in range(first, last):
                _judge_moment(s, world, rule, meeting, live, scratch, keys)
    open_gates(s, world, scratch, keys)


@shared
def _clear(s, world):
    """Forget what fired, who took part, who left and who was placed in the last decision."""
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
        op = cell(world, W_EFFECT, effect, E_OP)
        if op == E_REMOVE or op == E_PLACE:
            for body in range(cell(world, W_EFFECT, effect, E_FIRST), cell(world, W_EFFECT, effect, E_LAST)):
                row = left_at(world, effect, body) if op == E_REMOVE else cell(world, W_BODY, body, B_PLACED) * LANES
                for l in range(LANES):
                    s[row + l] = ZERO


@shared
def act_at_start(s, world, lane, scratch, keys):
    """Let the `start` rules act in the one world that asks (F_ASK), whose episode begins, before anybody observes it; its doors open or close."""
    open_gates(s, world, scratch, keys)
    acted = False
    for rule in range(world.whole[N_RULES]):
        if cell(world, W_RULE, rule, R_WHEN) == WHEN_START:
            meeting = cell(world, W_RULE, rule, R_MEETING)
            _judge_moment(s, world, rule, meeting, lane + 1, scratch, keys)
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
def mark_free(s, world, a, b, f):
    """Mark (F_FREE) in which of the asking worlds those of a meeting are there and have been placed by no rule in this decision; body 0 is nobody."""
    present_a, present_b, moved_a, moved_b = at(a, ALIVE), at(b, ALIVE), placed_at(world, a), placed_at(world, b)
    for l in range(LANES):
        free_a = a == 0 or (s[present_a + l] > ZERO and (moved_a < 0 or s[max(moved_a, 0) + l] == ZERO))
        free_b = b == 0 or (s[present_b + l] > ZERO and (moved_b < 0 or s[max(moved_b, 0) + l] == ZERO))
        f[F_FREE + l] = f[F_ASK + l] if free_a and free_b else ZERO


@inner
def placed_at(world, body):
    """First index of the row that says whether a rule placed a body in this decision; below 0 where none does that."""
    return cell(world, W_BODY, body, B_PLACED) * LANES


@inner
def _lot_at(world, rule, meeting, which):
    """First index in Scratch.claims of the lots of what a meeting claims: the first (0), the second (1), its rule (2); below 0 where it doesn't."""
    claims = cell(world, W_RULE, rule, R_CLAIMS)
    if which == 0 and claims % 2 == 1:
        return (cell(world, W_RULE, rule, R_CLAIM_A) + cell(world, W_MEETING, meeting, M_A)) * LOT_ROWS * LANES
    if which == 1 and claims // 2 % 2 == 1:
        return (cell(world, W_RULE, rule, R_CLAIM_B) + cell(world, W_MEETING, meeting, M_B)) * LOT_ROWS * LANES
    if which == 2 and claims >= 4:
        return cell(world, W_RULE, rule, R_CLAIM) * LOT_ROWS * LANES
    return -LANES


@shared
def draw_lots(s, world, found, live, scratch, keys):
    """Where several meetings of one decision claim the same thing (each would remove or place it, or their rule fires but once), let each world draw one.

    Every meeting has one number, drawn in its world; the greatest wins each lot.
    """
    claims, f = scratch.claims, scratch.f
    for k in range(world.whole[N_CLAIMS] * LOT_ROWS):
        for l in range(LANES):
            claims[k * LANES + l] = ZERO
    entry = 0
    for rule in range(world.whole[N_RULES]):
        last = cell(world, W_RULE, rule, R_MEETING) + cell(world, W_RULE, rule, R_MEETINGS)
        while entry < found and scratch.near[entry] < last:
            meeting = scratch.near[entry]
            if cell(world, W_RULE, rule, R_CLAIMS) > 0 and expect(s, world, rule, entry, scratch) > 0:
                mark_free(s, world, cell(world, W_MEETING, meeting, M_A), cell(world, W_MEETING, meeting, M_B), f)
                for l in range(LANES):
                    f[F_MASK + l] = f[F_FREE + l] if f[F_LEFT + l] > ZERO else ZERO
                if cell(world, W_RULE, rule, R_DRAWS) == 0:
                    ask_if(s, world, rule, meeting, scratch, keys)
                for k in range(list_marked(live, scratch)):
                    l = scratch.i[I_NEAR + k]
                    luck = uniform(keys, l)
                    for which in range(3):
                        lot = _lot_at(world, rule, meeting, which) + l
                        if lot >= 0:
                            if claims[lot] == ZERO or luck > claims[lot + LANES]:
                                claims[lot + LANES], claims[lot + 2 * LANES] = luck, F(meeting)
                            claims[lot] += ONE
            entry += 1


@shared
def mark_turn(world, rule, meeting, again, scratch):
    """Write (F_TURN) in which worlds it is a meeting's turn: 1; those that the lot didn't fall on come later (`again`), and not (2) where that falls on
    one that is judged later still. Returns in how many worlds the lot fell on another.
    """
    claims, f, losers = scratch.claims, scratch.f, 0
    for l in range(LANES):
        f[F_TURN + l] = ZERO if again else ONE
    if cell(world, W_RULE, rule, R_CLAIMS) == 0:
        return losers
    last = cell(world, W_RULE, rule, R_MEETING) + cell(world, W_RULE, rule, R_MEETINGS)
    for which in range(3):
        lot = _lot_at(world, rule, meeting, which)
        if lot >= 0:
            for l in range(LANES):
                lost = claims[lot + l] > ONE and claims[lot + 2 * LANES + l] != F(meeting)
                later = claims[lot + 2 * LANES + l] >= F(last)
                turn = max(f[F_TURN + l], F(2) if later else ONE) if again else ZERO
                f[F_TURN + l] = turn if lost else f[F_TURN + l]
                losers += 1 if lost else 0
    return losers


@inner
def expect(s, world, rule, entry, scratch):
    """Write (F_LEFT) how many events a meeting brings in this decision, should its `if` hold. Returns in how many worlds it brings some.

    Without a cooldown there is one for each meeting, or for the end of each; with one, while they are together (or, having met, apart), at most so often.
    """
    meeting, f, met = scratch.near[entry], scratch.f, scratch.met
    ends, cooldown = is_ending(cell(world, W_RULE, rule, R_WHEN)), const(world, cell(world, W_RULE, rule, R_COOLDOWN))
    held, wait = cell(world, W_MEETING, meeting, M_HELD) * LANES, cell(world, W_MEETING, meeting, M_WAIT) * LANES
    hits = 0
    for l in range(LANES):
        count, now = count_and_now(met[entry * LANES + l])
        waits = s[held + l] == F(MET_WAITS)
        left = count + (ONE if waits and not ends else ZERO)
        if cooldown > ZERO:
            lasts = count > ZERO or (waits and not now) if ends else count > ZERO or (now and s[held + l] != F(MET_PUT))
            left = ONE if lasts and s[wait + l] <= ONE else ZERO
        f[F_LEFT + l] = left
        hits += 1 if left > ZERO else 0
    return hits


@inner
def count_and_now(met):
    """How often two met or parted in this decision, and whether they are together now: what Scratch.met says."""
    count = np.floor(met * HALF)
    return count, met - F(2) * count > ZERO


@shared
def _judge_meeting(s, world, rule, entry, again, live, scratch, keys):
    """Judge one pair of a lasting event. Returns in how many worlds others come first, see mark_turn."""
    meeting, f = scratch.near[entry], scratch.f
    a, b = cell(world, W_MEETING, meeting, M_A), cell(world, W_MEETING, meeting, M_B)
    losers = mark_turn(world, rule, meeting, again, scratch)
    expected, n = expect(s, world, rule, entry, scratch), 0
    for l in range(LANES):
        f[F_CAME + l] = ZERO
    while expected > 0:
        mark_free(s, world, a, b, f)
        hits, expected = 0, 0
        for l in range(LANES):
            comes = f[F_LEFT + l] > F(n) and f[F_TURN + l] == ONE and f[F_FREE + l] > ZERO
            f[F_MASK + l] = ONE if comes else ZERO
            hits += 1 if comes else 0
            expected += 1 if f[F_LEFT + l] > F(n + 1) else 0
        if hits > 0:
            _happen(s, world, rule, meeting, n, live, scratch, keys)
        n += 1
    _settle(s, world, rule, entry, scratch)
    return losers


@shared
def _settle(s, world, rule, entry, scratch):
    """Remember how a pair stands after this decision; what a rule has placed keeps what forget_meetings wrote."""
    meeting, f, met = scratch.near[entry], scratch.f, scratch.met
    ends, cooldown = is_ending(cell(world, W_RULE, rule, R_WHEN)), const(world, cell(world, W_RULE, rule, R_COOLDOWN))
    held, wait = cell(world, W_MEETING, meeting, M_HELD) * LANES, cell(world, W_MEETING, meeting, M_WAIT) * LANES
    a, b = cell(world, W_MEETING, meeting, M_A), cell(world, W_MEETING, meeting, M_B)
    present_a, present_b, moved_a, moved_b = at(a, ALIVE), at(b, ALIVE), placed_at(world, a), placed_at(world, b)
    for l in range(LANES):
        count, now = count_and_now(met[entry * LANES + l])
        was, came = s[held + l], f[F_CAME + l] > ZERO
        left = max(s[wait + l] - ONE, ZERO)
        waits_on = cooldown > ZERO and (count > ZERO or was == F(MET_WAITS))
        together = F(MET_DONE)
        if not ends:
            kept = count == ZERO and (was == F(MET_DONE) or was == F(MET_PUT))
            fresh = F(MET_DONE) if came or cooldown > ZERO else F(MET_WAITS)
            together = was if kept else fresh
        apart = F(MET_WAITS) if ends and waits_on else F(MET_NOT)
        gone = s[present_a + l] == ZERO or (b > 0 and s[present_b + l] == ZERO)
        moved = (moved_a >= 0 and s[max(moved_a, 0) + l] > ZERO) or (moved_b >= 0 and s[max(moved_b, 0) + l] > ZERO)
        after = F(MET_NOT) if gone else (was if moved else (together if now else apart))
        turn = f[F_TURN + l] > ZERO and f[F_ASK + l] > ZERO
        s[held + l] = after if turn else was
        s[wait + l] = (cooldown if came else left) if turn else s[wait + l]


@shared
def _judge_moment(s, world, rule, meeting, live, scratch, keys):
    """Judge what has no two that are together for a while: formulas, the clock, hands, joints, speech. All but a formula happen at a moment, or not."""
    a, b, f = cell(world, W_MEETING, meeting, M_A), cell(world, W_MEETING, meeting, M_B), scratch.f
    held, wait = cell(world, W_MEETING, meeting, M_HELD) * LANES, cell(world, W_MEETING, meeting, M_WAIT) * LANES
    when, cooldown = cell(world, W_RULE, rule, R_WHEN), const(world, cell(world, W_RULE, rule, R_COOLDOWN))
    scratch.i[I_REGISTER + 0], scratch.i[I_REGISTER + 1] = a, b
    mark_condition(s, world, rule, meeting, scratch, keys)
    mark_free(s, world, a, b, f)
    hits = 0
    for l in range(LANES):
        holds, was = f[F_MASK + l] > ZERO, s[held + l]
        new = was == F(MET_NOT) or (when == WHEN_FORMULA and was == F(MET_WAITS))
        comes = holds and f[F_FREE + l] > ZERO and (s[wait + l] <= ONE if cooldown > ZERO else new)
        f[F_LEFT + l] = ONE if holds else ZERO
        f[F_CAME + l] = ZERO
        f[F_MASK + l] = ONE if comes else ZERO
        hits += 1 if comes else 0
    if hits > 0:
        _happen(s, world, rule, meeting, 0, live, scratch, keys)
    for l in range(LANES):
        came = f[F_CAME + l] > ZERO
        done = came or s[held + l] == F(MET_DONE) or when != WHEN_FORMULA
        after = (F(MET_DONE) if done else F(MET_WAITS)) if f[F_LEFT + l] > ZERO else ZERO
        s[held + l] = after if f[F_ASK + l] > ZERO else s[held + l]
        s[wait + l] = (cooldown if came else max(s[wait + l] - ONE, ZERO)) if f[F_ASK + l] > ZERO else s[wait + l]


@inner
def ask_if(s, world, rule, meeting, scratch, keys):
    """Clear the mask where the rule's `if` doesn't hold."""
    f, first, last = scratch.f, cell(world, W_RULE, rule, R_IF), cell(world, W_RULE, rule, R_IF_END)
    if last > first:
        scratch.i[I_REGISTER + 0], scratch.i[I_REGISTER + 1] = cell(world, W_MEETING, meeting, M_A), cell(world, W_MEETING, meeting, M_B)
        for l in range(LANES):
            f[F_HELD + l] = f[F_MASK + l]  # `run` may use the mask row itself
        run(s, world, first, last, scratch, keys, f[F_HELD : F_HELD + LANES])
        for l in range(LANES):
            f[F_MASK + l] = f[F_HELD + l] if f[F_STACK + l] != ZERO else ZERO


@shared
def _happen(s, world, rule, meeting, n, live, scratch, keys):
    """Let the n-th event of a meeting come in the worlds of the mask, where the rule's `if` holds and `once` allows it; then F_CAME is 1."""
    f = scratch.f
    a, b = cell(world, W_MEETING, meeting, M_A), cell(world, W_MEETING, meeting, M_B)
    ask_if(s, world, rule, meeting, scratch, keys)
    once, count = cell(world, W_RULE, rule, R_ONCE) == 1, (world.whole[N_COUNT] + rule) * LANES
    for l in range(LANES):
        f[F_MASK + l] = ZERO if once and s[count + l] > ZERO else f[F_MASK + l]
        f[F_CAME + l] = f[F_MASK + l] if f[F_LEFT + l] > F(n) else f[F_CAME + l]
    if _fire(s, world, rule, meeting, live, scratch, keys) > 0:
        for l in range(LANES):
            f[F_HELD + l] = f[F_MASK + l]
        scratch.i[I_REGISTER + 0], scratch.i[I_REGISTER + 1] = a, b
        first = cell(world, W_RULE, rule, R_EFFECT)
        for effect in range(first, first + cell(world, W_RULE, rule, R_EFFECTS)):
            apply(s, world, effect, (a, b), live, scratch, keys)


@shared
def mark_condition(s, world, rule, meeting, scratch, keys):
    """Write to the mask in which worlds the condition of a rule holds that is about no pair."""
    a, b = cell(world, W_MEETING, meeting, M_A), cell(world, W_MEETING, meeting, M_B)
    mask, when = scratch.f[F_MASK : F_MASK + LANES], cell(world, W_RULE, rule, R_WHEN)
    held = cell(world, W_MEETING, meeting, M_HELD) * LANES
    value = const(world, cell(world, W_RULE, rule, R_VALUE))
    if when == WHEN_FORMULA:
        run(s, world, cell(world, W_RULE, rule, R_CODE), cell(world, W_RULE, rule, R_CODE_END), scratch, keys, scratch.f[F_ASK : F_ASK + LANES])
        for l in range(LANES):
            mask[l] = ONE if scratch.f[F_STACK + l] != ZERO else ZERO
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
    else:
        _hold_hears(s, at(a, SAID), at(a, ALIVE), value, cell(world, W_MEETING, meeting, M_WATCH), held, mask)


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
def _fire(s, world, rule, meeting, live, scratch, keys):
    """Throw the rule's die in the worlds of the mask, and count where it fires. Returns in how many worlds that is."""
    mask = scratch.f[F_MASK : F_MASK + LANES]
    fired, count = (world.whole[N_FIRED] + rule) * LANES, (world.whole[N_COUNT] + rule) * LANES
    chance = const(world, cell(world, W_RULE, rule, R_CHANCE))
    hits = 0
    for l in range(LANES):
        hits += np.int32(mask[l] != ZERO)
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
def apply(s, world, effect, pair, live, scratch, keys):
    """Do one effect of a pair's event in the worlds where the rule fired (F_HELD of scratch holds the mask)."""
    a, b = pair
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
                    keep = cell(world, W_EFFECT, effect, E_KEEP)
                    place(s, world, body, cell(world, W_EFFECT, effect, E_SPOT), keep, keys, l, scratch)
                    _bring_back(s, body, l, keep)
                    loosen(s, world, body, l, False)
                    s[placed_at(world, body) + l] = ONE
                    forget_meetings(s, world, body, l, 0)
        elif op == E_BREAK:  # here `body` counts joints
            row = (cell(world, W_EFFECT, effect, E_ROW) + body * cell(world, W_EFFECT, effect, E_STRIDE)) * LANES
            for l in range(LANES):
                s[row + l] = ONE if scratch.f[F_HELD + l] != ZERO else s[row + l]
        elif op == E_REMOVE:
            _remove(s, body, left_at(world, effect, body), scratch.f[F_HELD : F_HELD + LANES])
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
def left_at(world, effect, body):
    """First index of the row that says whether a body left the world by this effect in this decision."""
    return (cell(world, W_EFFECT, effect, E_ROW) + body - cell(world, W_EFFECT, effect, E_FIRST)) * LANES


@inner
def _bring_back(s, body, lane, keep):
    """Let a thing that was removed be there again; whether a door is solid is asked once all rules were judged."""
    alive, solid = at(body, ALIVE) + lane, at(body, SOLID) + lane
    if (keep & BACK) != 0 and s[alive] == ZERO:
        s[alive] = ONE
        s[solid] = ONE if (keep & BACK_SOLID) != 0 else ZERO


@shared
def _remove(s, body, left, mask):
    """Take a body out of the world where the mask says so: things until they are placed, agents for good."""
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
            s[row + l] = within(base * s[row + l] + st[l], GREATEST) if mask[l] != ZERO else s[row + l]
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
def pay(s, world, share, scratch, keys, buffers):
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
                _write(world, team, term, agent, share, f, buffers)


@shared
def _only_present(s, world, body, f):
    """Clear the stack's number in the worlds that an agent had left before this decision."""
    alive = at(body, ALIVE)
    for l in range(LANES):
        f[F_MASK + l] = s[alive + l]
    for effect in range(row_count(world, W_EFFECT)):
        if cell(world, W_EFFECT, effect, E_OP) == E_REMOVE:
            if body >= cell(world, W_EFFECT, effect, E_FIRST) and body < cell(world, W_EFFECT, effect, E_LAST):
                left = left_at(world, effect, body)
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
            f[F_HELD + l] = within(weight * f[F_STACK + l], GREATEST)
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
            now = within(st[l], GREATEST)
            st[l] = weight * (now - s[row + l]) if s[alive + l] > ZERO else ZERO
            s[row + l] = now
    else:
        for l in range(LANES):
            st[l] = within(weight * st[l], GREATEST) if s[alive + l] > ZERO else ZERO
    _weigh(s, world, term, st)


@inner
def _weigh(s, world, term, st):
    """Multiply a term by its weight where that is a param which varies by world."""
    row = cell(world, W_TERM, term, T_PARAM) * LANES
    if row > 0:
        for l in range(LANES):
            st[l] = within(s[row + l] * st[l], GREATEST)


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
                    s[(cell(world, W_TERM, term, T_ROW) + agent) * LANES + lane] = within(scratch.f[F_STACK + lane], GREATEST)


@shared
def _write(world, team, term, agent, share, f, buffers):
    """Add the stack's number to an agent's reward, and write it down for its term."""
    first_world, live, worlds = share
    agents = cell(world, W_TEAM, team, G_AGENTS)
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
