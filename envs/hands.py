"""Hands: agents grab what is near, carry it, lock it. A grip is a joint made at run time, in rows that each agent with hands has.

At the start of a decision `reach_out` lets go, grabs, locks and unlocks, one world at a time; in each substep grips pull beside the joints. What is locked
has no inverse mass and stands still, so that nothing moves it; it keeps its own masses beside.
"""

import numpy as np

from .choices import lock_wish
from .constraints import PULL, arm, calm, into, point_impulse, push_point, softness, tray
from .elementary import HALF, ONE, ZERO
from .geometry import FAR, at, image_shift, meet, near_images, nearest_image, shortest
from .kernel import inner, shared
from .pairs import lets_through, may_push
from .sight import ray_to
from .tables import cell, const, row_count

# isort: off
from .layout import (
    ALIVE, BODY_ROWS, B_MOVES, COS, F_ACTION, F_POINTS, H_ACTION, H_AX, H_AY, H_BODY, H_BX, H_BY, H_COS, H_DISCRETE, H_FIRM, H_GRAB,
    H_GRABS, H_GRABS_END, H_HELD, H_LOCK, H_LOCKS, H_MOST, H_OWN, H_PX, H_PY, H_REACH, H_ROW, H_SIN, H_THROUGH, H_TURN, INV_INERTIA, INV_MASS, LANES,
    L_COUNT, L_FIRST, L_KEPT, L_LOCKED, N_BODIES, N_HELD, N_HELDS, N_WALLS, P_HALF_H, P_HALF_W, P_MARGIN, P_PUSH_SPEED,
    REACH, SIN, SOLID, T_ANGLE, T_AX, T_AY, T_BX, T_BY, T_DX, T_DY, T_IA, T_IB, T_MA, T_MB, T_ON, T_VAX, T_VAY, T_VBX, T_VBY, T_WA, T_WB, VX, VY,
    WALLS_SOLID, WALLS_WRAP, W, W_BODY, W_GRAB, W_HAND, W_LOCK, Y_COUNT, Y_FIRST, Y_HELD, Y_HELD_BY, Y_LOCK, Y_LOCKED, Y_LOCKED_BY, F, X, Y,
)  # fmt: skip
# isort: on


WANTS_GRAB, WANTS_ANY, WANTS_LOCK, WANTS_UNLOCK, WANTS_LOCKABLE = 0, 1, 2, 3, 4
"""What `_nearest` looks for; those after WANTS_ANY only among what the team can lock."""

SLIP = F(0.05)
"""A grip lets go when it has been pulled apart by the reach of the hand and this much more [m]."""


@inner
def hand_at(world, hand, field):
    """First index of a row of an agent's hands; add the lane."""
    return (cell(world, W_HAND, hand, H_ROW) + field) * LANES


@inner
def _mark_at(first, body, kind_first):
    """First index of a body's own of the rows that its kind has from `first` on."""
    return (first + body - kind_first) * LANES


# --- at the start of a decision ---------------------------------------------------------------------------------------------------------------


@shared
def take_wishes(s, world, actions):
    """Copy what policies want their hands to do."""
    for hand in range(row_count(world, W_HAND)):
        first = F_ACTION + cell(world, W_HAND, hand, H_ACTION) * LANES
        discrete = cell(world, W_HAND, hand, H_DISCRETE) == 1
        grab, lock = hand_at(world, hand, H_GRAB), hand_at(world, hand, H_LOCK)
        for l in range(LANES):
            s[grab + l] = actions[first + l]
        if cell(world, W_HAND, hand, H_LOCKS) == 1:
            for l in range(LANES):
                wish = actions[first + LANES + l]
                s[lock + l] = lock_wish(wish) if discrete else wish


@shared
def reach_out(s, world, live, scratch):
    """Let go of what slipped away, is gone, or is not wanted any more; then grab, lock and unlock, agent after agent."""
    if row_count(world, W_HAND) == 0:
        return
    for hand in range(row_count(world, W_HAND)):
        for l in range(live):
            if s[hand_at(world, hand, H_HELD) + l] > ZERO and _lets_go(s, world, hand, l, scratch):
                s[hand_at(world, hand, H_HELD) + l] = ZERO
    _mark_held(s, world, live)
    for hand in range(row_count(world, W_HAND)):
        for l in range(live):
            if s[at(cell(world, W_HAND, hand, H_BODY), ALIVE) + l] > ZERO:
                if s[hand_at(world, hand, H_GRAB) + l] > ZERO and s[hand_at(world, hand, H_HELD) + l] == ZERO:
                    _grab(s, world, hand, l, scratch)
                if cell(world, W_HAND, hand, H_LOCKS) == 1:
                    wish = s[hand_at(world, hand, H_LOCK) + l]
                    if wish > HALF:
                        _lock(s, world, hand, l, scratch)
                    elif wish < -HALF:
                        _unlock(s, world, hand, l, scratch)
    _mark_held(s, world, live)


@shared
def _lets_go(s, world, hand, lane, scratch):
    """Whether a grip ends in one world: not wanted any more, one of the two gone, or locked, pulled apart, or a wall came between."""
    a, b = cell(world, W_HAND, hand, H_BODY), np.int64(s[hand_at(world, hand, H_HELD) + lane])
    oa, ob = at(a, 0) + lane, at(b, 0) + lane
    if s[hand_at(world, hand, H_GRAB) + lane] <= ZERO or s[oa + ALIVE * LANES] * s[ob + ALIVE * LANES] == ZERO:
        return True
    for grab in range(cell(world, W_HAND, hand, H_GRABS), cell(world, W_HAND, hand, H_GRABS_END)):
        first = cell(world, W_GRAB, grab, Y_FIRST)
        if b >= first and b < first + cell(world, W_GRAB, grab, Y_COUNT) and _is_locked(s, world, grab, b, lane):
            return True
    h = hand_at(world, hand, 0) + lane
    ax, ay = arm(s, oa, s[h + H_AX * LANES], s[h + H_AY * LANES])
    bx, by = arm(s, ob, s[h + H_BX * LANES], s[h + H_BY * LANES])
    dx, dy = s[ob] + bx - s[oa] - ax, s[ob + LANES] + by - s[oa + LANES] - ay
    dx, dy = shortest(world, world.whole[N_WALLS] == WALLS_WRAP, dx, dy)
    most = const(world, cell(world, W_HAND, hand, H_REACH)) + SLIP
    if dx * dx + dy * dy > most * most:
        return True
    return cell(world, W_HAND, hand, H_THROUGH) == 0 and _is_walled(s, world, a, b, lane, (s[oa] + ax + dx, s[oa + LANES] + ay + dy), scratch)


@inner
def _is_locked(s, world, grab, body, lane):
    locked = cell(world, W_GRAB, grab, Y_LOCKED)
    return locked >= 0 and s[_mark_at(max(locked, 0), body, cell(world, W_GRAB, grab, Y_FIRST)) + lane] > ZERO


@shared
def _mark_held(s, world, live):
    """Write who holds something, and what is held, by whom."""
    first = world.whole[N_HELD] * LANES
    for k in range(world.whole[N_HELDS] * LANES):
        s[first + k] = ZERO
    for hand in range(row_count(world, W_HAND)):
        own, row = cell(world, W_HAND, hand, H_OWN) * LANES, hand_at(world, hand, H_HELD)
        for l in range(live):
            if s[row + l] > ZERO:
                body = np.int64(s[row + l])
                s[own + l] = ONE
                for grab in range(cell(world, W_HAND, hand, H_GRABS), cell(world, W_HAND, hand, H_GRABS_END)):
                    kind = cell(world, W_GRAB, grab, Y_FIRST)
                    if body >= kind and body < kind + cell(world, W_GRAB, grab, Y_COUNT):
                        s[_mark_at(cell(world, W_GRAB, grab, Y_HELD), body, kind) + l] = ONE
                        s[_mark_at(cell(world, W_GRAB, grab, Y_HELD_BY), body, kind) + l] = ONE


@shared
def _gap(s, world, hand, b, lane, reach, scratch):
    """Distance of the outlines of an agent and a body in one world, FAR where that is beyond reach or behind a wall.

    In scratch lie then, beside the first point: where the two are nearest, half-way between; beside the second: how far B was moved (worlds that wrap).
    """
    a, h = cell(world, W_HAND, hand, H_BODY), scratch.f
    oa, ob = at(a, 0) + lane, at(b, 0) + lane
    if a == b or s[ob + ALIVE * LANES] == ZERO:
        return FAR
    wraps = world.whole[N_WALLS] == WALLS_WRAP
    dx, dy, shift = nearest_image(s, world, wraps, a, b, lane)
    most = s[oa + REACH * LANES] + s[ob + REACH * LANES] + reach
    if dx * dx + dy * dy > most * most:
        return FAR
    sx, sy = shift
    gap, x, y, shift_x, shift_y = FAR, ZERO, ZERO, ZERO, ZERO
    count, where = near_images(world, wraps, dx, dy, most)
    for n in range(count):
        move_x, move_y = image_shift(world, where, n)
        move_x, move_y = sx + move_x, sy + move_y
        for k in range(meet(s, world, (a, b), lane, (move_x, move_y), reach, h)):
            p = F_POINTS + 8 * k
            if h[p + 4] < gap:
                back = HALF * h[p + 4]  # from half-way between the outlines to that of B
                gap, x, y, shift_x, shift_y = h[p + 4], h[p + 2], h[p + 3], move_x, move_y
                side = (x + back * h[p], y + back * h[p + 1])
                if cell(world, W_HAND, hand, H_THROUGH) == 0 and _is_walled(s, world, a, b, lane, side, scratch):
                    gap = FAR
    h[F_POINTS + 6], h[F_POINTS + 7], h[F_POINTS + 14], h[F_POINTS + 15] = x, y, shift_x, shift_y
    return gap


@shared
def _is_walled(s, world, a, b, lane, point, scratch):
    """Whether a wall stands between an agent's centre and a point of another body: something solid that nothing moves and that stops the agent."""
    x, y = point
    ox, oy = s[at(a, X) + lane], s[at(a, Y) + lane]
    dx, dy = x - ox, y - oy
    length = np.sqrt(dx * dx + dy * dy)
    slack = F(2) * world.real[P_MARGIN]
    if length <= slack:
        return False
    if world.whole[N_WALLS] == WALLS_SOLID:
        half_w, half_h = world.real[P_HALF_W], world.real[P_HALF_H]
        if np.abs(ox) <= half_w and np.abs(oy) <= half_h and (np.abs(x) > half_w + slack or np.abs(y) > half_h + slack):
            return True
    ray = (ox, oy, dx / length, dy / length)
    for wall in range(1, world.whole[N_BODIES]):
        if wall != a and wall != b and s[at(wall, SOLID) + lane] > ZERO and s[at(wall, INV_MASS) + lane] == ZERO:
            if (cell(world, W_BODY, a, B_MOVES) != 1 or may_push(world, min(a, wall), max(a, wall))) and not lets_through(s, world, a, wall, lane):
                if ray_to(s, world, wall, lane, ray, length, True, scratch.f) < length - slack:
                    return True
    return False


@shared
def _nearest(s, world, hand, lane, wants, scratch):
    """The nearest body in reach, and its row of W_GRAB; (0, 0) for none.

    `wants`: WANTS_GRAB, WANTS_LOCK, WANTS_UNLOCK: what that can be done to now; WANTS_LOCKABLE, WANTS_ANY: whatever state it is in.
    """
    reach = const(world, cell(world, W_HAND, hand, H_REACH))
    best, found, where = FAR, 0, 0
    for grab in range(cell(world, W_HAND, hand, H_GRABS), cell(world, W_HAND, hand, H_GRABS_END)):
        first = cell(world, W_GRAB, grab, Y_FIRST)
        if wants > WANTS_ANY and cell(world, W_GRAB, grab, Y_LOCK) < 0:
            continue
        for b in range(first, first + cell(world, W_GRAB, grab, Y_COUNT)):
            fits = wants == WANTS_ANY or wants == WANTS_LOCKABLE or not _is_locked(s, world, grab, b, lane)
            if wants == WANTS_LOCK:
                fits = fits and not _held_by_others(s, world, grab, b, lane)
            elif wants == WANTS_UNLOCK:
                fits = s[_mark_at(cell(world, W_GRAB, grab, Y_LOCKED_BY), b, first) + lane] > ZERO
            if fits:
                gap = _gap(s, world, hand, b, lane, reach, scratch)
                if gap < best:
                    best, found, where = gap, b, grab
    return found, where


@inner
def _held_by_others(s, world, grab, body, lane):
    """Whether a thing is held, but by nobody of this team."""
    first = cell(world, W_GRAB, grab, Y_FIRST)
    held = s[_mark_at(cell(world, W_GRAB, grab, Y_HELD), body, first) + lane]
    return held > s[_mark_at(cell(world, W_GRAB, grab, Y_HELD_BY), body, first) + lane]


@shared
def _grab(s, world, hand, lane, scratch):
    """Make a grip on the nearest thing, where the two outlines are nearest to each other."""
    b, grab = _nearest(s, world, hand, lane, WANTS_GRAB, scratch)
    if b == 0:
        return
    a, reach = cell(world, W_HAND, hand, H_BODY), const(world, cell(world, W_HAND, hand, H_REACH))
    oa, ob, h = at(a, 0) + lane, at(b, 0) + lane, hand_at(world, hand, 0) + lane
    _gap(s, world, hand, b, lane, reach, scratch)  # again, for the point
    x, y = scratch.f[F_POINTS + 6], scratch.f[F_POINTS + 7]
    px, py = x - s[oa], y - s[oa + LANES]
    qx, qy = x - scratch.f[F_POINTS + 14] - s[ob], y - scratch.f[F_POINTS + 15] - s[ob + LANES]
    s[h + H_HELD * LANES] = F(b)
    s[h + H_AX * LANES], s[h + H_AY * LANES] = into(s, oa, px, py)
    s[h + H_BX * LANES], s[h + H_BY * LANES] = into(s, ob, qx, qy)
    s[h + H_COS * LANES], s[h + H_SIN * LANES] = into(s, oa, s[ob + COS * LANES], s[ob + SIN * LANES])
    for row in range(H_PX, H_TURN + 1):
        s[h + row * LANES] = ZERO
    first = cell(world, W_GRAB, grab, Y_FIRST)
    s[_mark_at(cell(world, W_GRAB, grab, Y_HELD), b, first) + lane] = ONE
    s[_mark_at(cell(world, W_GRAB, grab, Y_HELD_BY), b, first) + lane] = ONE


@shared
def _lock(s, world, hand, lane, scratch):
    """Lock what is held, or else the nearest; every grip on it ends."""
    b = np.int64(s[hand_at(world, hand, H_HELD) + lane])
    grab = 0
    for g in range(cell(world, W_HAND, hand, H_GRABS), cell(world, W_HAND, hand, H_GRABS_END)):
        first = cell(world, W_GRAB, g, Y_FIRST)
        if b >= first and b < first + cell(world, W_GRAB, g, Y_COUNT):
            grab = g
    if b > 0 and (cell(world, W_GRAB, grab, Y_LOCK) < 0 or _shared_with_others(s, world, b, hand, lane)):
        return
    if b == 0:
        b, grab = _nearest(s, world, hand, lane, WANTS_LOCK, scratch)
    if b == 0:
        return
    for other in range(row_count(world, W_HAND)):
        row = hand_at(world, other, H_HELD) + lane
        s[row] = ZERO if s[row] == F(b) else s[row]
    first = cell(world, W_GRAB, grab, Y_FIRST)
    s[_mark_at(cell(world, W_GRAB, grab, Y_LOCKED), b, first) + lane] = ONE
    s[_mark_at(cell(world, W_GRAB, grab, Y_LOCKED_BY), b, first) + lane] = ONE
    kept = (cell(world, W_LOCK, cell(world, W_GRAB, grab, Y_LOCK), L_KEPT) + 2 * (b - first)) * LANES + lane
    mass, inertia = at(b, INV_MASS) + lane, at(b, INV_INERTIA) + lane
    s[kept], s[kept + LANES] = s[mass], s[inertia]
    s[mass], s[inertia] = ZERO, ZERO


@shared
def _shared_with_others(s, world, body, hand, lane):
    """Whether hands of another team hold the same thing; teams differ in where their kinds begin in W_GRAB."""
    for other in range(row_count(world, W_HAND)):
        if cell(world, W_HAND, other, H_GRABS) != cell(world, W_HAND, hand, H_GRABS):
            if np.int64(s[hand_at(world, other, H_HELD) + lane]) == body:
                return True
    return False


@shared
def _unlock(s, world, hand, lane, scratch):
    """Give the nearest thing that the own team locked its masses back."""
    b, grab = _nearest(s, world, hand, lane, WANTS_UNLOCK, scratch)
    if b == 0:
        return
    first = cell(world, W_GRAB, grab, Y_FIRST)
    s[_mark_at(cell(world, W_GRAB, grab, Y_LOCKED), b, first) + lane] = ZERO
    s[_mark_at(cell(world, W_GRAB, grab, Y_LOCKED_BY), b, first) + lane] = ZERO
    kept = (cell(world, W_LOCK, cell(world, W_GRAB, grab, Y_LOCK), L_KEPT) + 2 * (b - first)) * LANES + lane
    s[at(b, INV_MASS) + lane], s[at(b, INV_INERTIA) + lane] = s[kept], s[kept + LANES]


# --- what could be done, asked before a decision: agents act one after the other, so what those before one do counts as well -----------------------


@shared
def could_grab(s, world, hand, lane, scratch):
    """Whether wanting to grab could do anything in one world: hold on, or take something."""
    if s[hand_at(world, hand, H_HELD) + lane] > ZERO:
        return True
    wants = WANTS_GRAB if hand == 0 or row_count(world, W_LOCK) == 0 else WANTS_ANY  # else somebody may unlock it first
    b, _ = _nearest(s, world, hand, lane, wants, scratch)
    return b > 0


@shared
def could_lock(s, world, hand, lane, scratch):
    """Whether wanting to lock could do anything in one world."""
    held = np.int64(s[hand_at(world, hand, H_HELD) + lane])
    for grab in range(cell(world, W_HAND, hand, H_GRABS), cell(world, W_HAND, hand, H_GRABS_END)):
        first = cell(world, W_GRAB, grab, Y_FIRST)
        if cell(world, W_GRAB, grab, Y_LOCK) >= 0 and held >= first and held < first + cell(world, W_GRAB, grab, Y_COUNT):
            return True
    b, _ = _nearest(s, world, hand, lane, WANTS_LOCKABLE, scratch)
    return b > 0


@shared
def could_unlock(s, world, hand, lane, scratch):
    """Whether wanting to unlock could do anything in one world."""
    first = hand == 0 or cell(world, W_HAND, max(hand - 1, 0), H_GRABS) != cell(world, W_HAND, hand, H_GRABS)  # of its team: no mate locks before it
    b, _ = _nearest(s, world, hand, lane, WANTS_UNLOCK if first else WANTS_LOCKABLE, scratch)
    return b > 0


# --- in each substep --------------------------------------------------------------------------------------------------------------------------


@shared
def stand_still(s, world):
    """What is locked has no velocity, whatever pulls at it."""
    for lock in range(row_count(world, W_LOCK)):
        first = cell(world, W_LOCK, lock, L_FIRST)
        for k in range(cell(world, W_LOCK, lock, L_COUNT)):
            locked, o = (cell(world, W_LOCK, lock, L_LOCKED) + k) * LANES, at(first + k, VX)
            for field in range(3):
                for l in range(LANES):
                    s[o + field * LANES + l] = ZERO if s[locked + l] > ZERO else s[o + field * LANES + l]


@inner
def _is_gripping(s, world, hand):
    """Whether an agent holds something in any world; where not, nothing of its hands needs doing."""
    row, hits = hand_at(world, hand, H_HELD), 0
    for l in range(LANES):
        hits += 1 if s[row + l] > ZERO else 0
    return hits > 0


@shared
def grip_again(s, world, scratch):
    """Warm start of all grips."""
    for hand in range(row_count(world, W_HAND)):
        if _is_gripping(s, world, hand):
            h, t = hand_at(world, hand, 0), scratch.f
            _load(s, world, hand, t)
            for l in range(LANES):
                on = t[tray(T_ON) + l] > ZERO
                px = s[h + H_PX * LANES + l] if on else ZERO
                py = s[h + H_PY * LANES + l] if on else ZERO
                turn = s[h + H_TURN * LANES + l] if on else ZERO
                push_point(t, l, px, py, turn)
            _store(s, world, hand, t)


@shared
def grip(s, world, soft, scratch):
    """One solver pass over all grips: as a weld (a pin where the grip is loose) that can pull no more than the hand's strength."""
    rate, share, keep = softness(world, soft)
    fastest = PULL * world.real[P_PUSH_SPEED]
    for hand in range(row_count(world, W_HAND)):
        if not _is_gripping(s, world, hand):
            continue
        h, t = hand_at(world, hand, 0), scratch.f
        most = const(world, cell(world, W_HAND, hand, H_MOST))
        radius = at(cell(world, W_HAND, hand, H_BODY), REACH)
        _load(s, world, hand, t)
        if cell(world, W_HAND, hand, H_FIRM) == 1:
            for l in range(LANES):
                k = t[tray(T_IA) + l] + t[tray(T_IB) + l]
                mass = t[tray(T_ON) + l] / k if k > ZERO else ZERO
                old, limit = s[h + H_TURN * LANES + l], most * s[radius + l]
                new = old - share * mass * (t[tray(T_WB) + l] - t[tray(T_WA) + l] + rate * t[tray(T_ANGLE) + l]) - keep * old
                new = min(max(new, -limit), limit) if mass > ZERO else ZERO
                s[h + H_TURN * LANES + l] = new if s[h + H_HELD * LANES + l] > ZERO else old
                impulse = new - old if mass > ZERO else ZERO
                t[tray(T_WA) + l] -= t[tray(T_IA) + l] * impulse
                t[tray(T_WB) + l] += t[tray(T_IB) + l] * impulse
        for l in range(LANES):
            old_x, old_y = s[h + H_PX * LANES + l], s[h + H_PY * LANES + l]
            px, py = point_impulse(t, l, rate, share, keep, fastest, old_x, old_y)
            new_x, new_y = old_x + px, old_y + py
            size = np.sqrt(new_x * new_x + new_y * new_y)
            scale = most / size if size > most else ONE
            on = t[tray(T_ON) + l] > ZERO
            new_x, new_y = (new_x * scale if on else ZERO), (new_y * scale if on else ZERO)
            holds = s[h + H_HELD * LANES + l] > ZERO
            s[h + H_PX * LANES + l], s[h + H_PY * LANES + l] = (new_x if holds else old_x), (new_y if holds else old_y)
            push_point(t, l, (new_x - old_x if on else ZERO), (new_y - old_y if on else ZERO), ZERO)
        _store(s, world, hand, t)


@inner
def _held_at(s, row, l):
    """First index of the rows of what is held in a lane; the world's where nothing is."""
    return np.int64(s[row + l]) * BODY_ROWS * LANES + l


@shared
def _load(s, world, hand, t):
    """As constraints.load_joint: the agent, and what it holds in each world."""
    a, h = at(cell(world, W_HAND, hand, H_BODY), 0), hand_at(world, hand, 0)
    row, wraps = h + H_HELD * LANES, world.whole[N_WALLS] == WALLS_WRAP
    for l in range(LANES):
        b = _held_at(s, row, l)
        t[tray(T_VAX) + l], t[tray(T_VAY) + l], t[tray(T_WA) + l] = s[a + VX * LANES + l], s[a + VY * LANES + l], s[a + W * LANES + l]
        t[tray(T_VBX) + l], t[tray(T_VBY) + l], t[tray(T_WB) + l] = s[b + VX * LANES], s[b + VY * LANES], s[b + W * LANES]
        t[tray(T_MA) + l], t[tray(T_IA) + l] = s[a + INV_MASS * LANES + l], s[a + INV_INERTIA * LANES + l]
        t[tray(T_MB) + l], t[tray(T_IB) + l] = s[b + INV_MASS * LANES], s[b + INV_INERTIA * LANES]
        ax, ay = arm(s, a + l, s[h + H_AX * LANES + l], s[h + H_AY * LANES + l])
        bx, by = arm(s, b, s[h + H_BX * LANES + l], s[h + H_BY * LANES + l])
        t[tray(T_AX) + l], t[tray(T_AY) + l], t[tray(T_BX) + l], t[tray(T_BY) + l] = ax, ay, bx, by
        dx, dy = s[b] + bx - s[a + l] - ax, s[b + LANES] + by - s[a + LANES + l] - ay
        t[tray(T_DX) + l], t[tray(T_DY) + l] = shortest(world, wraps, dx, dy)
        qc, qs = into(s, a + l, s[b + COS * LANES], s[b + SIN * LANES])
        t[tray(T_ANGLE) + l] = s[h + H_COS * LANES + l] * qs - s[h + H_SIN * LANES + l] * qc
        alive = s[a + ALIVE * LANES + l] * s[b + ALIVE * LANES]
        t[tray(T_ON) + l] = alive if s[row + l] > ZERO else ZERO


@shared
def _store(s, world, hand, t):
    """Copy the velocities back where the hand holds something: elsewhere nothing of an agent may depend on who grips in other worlds."""
    calm(world, t)
    a, row = at(cell(world, W_HAND, hand, H_BODY), 0), hand_at(world, hand, H_HELD)
    for l in range(LANES):
        b, holds = _held_at(s, row, l), s[row + l] > ZERO
        s[b + VX * LANES] = t[tray(T_VBX) + l] if holds else s[b + VX * LANES]
        s[b + VY * LANES] = t[tray(T_VBY) + l] if holds else s[b + VY * LANES]
        s[b + W * LANES] = t[tray(T_WB) + l] if holds else s[b + W * LANES]
        s[a + VX * LANES + l] = t[tray(T_VAX) + l] if holds else s[a + VX * LANES + l]
        s[a + VY * LANES + l] = t[tray(T_VAY) + l] if holds else s[a + VY * LANES + l]
        s[a + W * LANES + l] = t[tray(T_WA) + l] if holds else s[a + W * LANES + l]
