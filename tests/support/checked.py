"""Plays random games with every index of every kernel held against its array, on actions and snapshots from the edges of what there is.

Run: SANDLOT_JIT=checked python tests/support/checked.py FIRST LAST; a game for each seed, IndexError where a kernel would leave an array.
"""

import json
import sys
import warnings

import numpy as np
from games import FEATURES, game

from sandlot.envs.core.actions import ActionError
from sandlot.envs.core.vector import VectorEnv
from sandlot.envs.jit import kernel
from sandlot.envs.kernels.world.layout.things import Body, Hand
from sandlot.envs.kernels.world.layout.world import Whole
from sandlot.scenarios import ScenarioError, loads

EDGES = np.array(
    [0, -0.0, 1, -1, 0.5, 2, 3, 7, 16, 1e-45, -1e-45, 1e9, -1e9, 1e18, 3.4e38, -3.4e38, 2**24, 2**31, np.nan, np.inf, -np.inf], np.float32
)
NUMBERS = [np.float32, np.float64, np.float16, np.int64, np.int8, np.uint64, np.bool_, np.complex64, object, "U1", "M8[s]"]


def choice(rng, options):
    return options[rng.integers(len(options))]


def acts(env, rng):
    """Actions that can be done, for teams that are not scripted."""
    found = {}
    for team in env.teams:
        space = env.action_space(team)
        shape = (env.num_envs, len(env.agents(team)), *(space.shape or ()))
        if team not in env.scripted:
            found[team] = (
                rng.integers(getattr(space, "nvec", getattr(space, "n", 1)), size=shape)
                if env.game.discrete or not hasattr(space, "low")
                else (choice(rng, [np.sign, np.float32, np.round])(rng.uniform(-1, 1, shape)).astype(np.float32))
            )
    return found


def odd(values, rng):
    """Actions of a team as nobody should give them, or as they may lie in memory."""
    deed = rng.integers(8)
    if deed == 0:
        values = np.asfortranarray(values)
    elif deed == 1:
        values = np.repeat(values, 2, 0)[::2]
    elif deed == 2:
        values = values[::-1]
    elif deed == 3:
        values = values.copy()
        values.setflags(write=False)
    elif deed == 4:
        values = values.T
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            kind = choice(rng, NUMBERS)
            values = values.astype(kind)
            if values.size and values.dtype.kind in "fiu":
                edges = EDGES if values.dtype.kind == "f" else [np.iinfo(kind).min, np.iinfo(kind).max, 1, 0]
                values[rng.random(values.shape) < 0.3] = np.asarray(choice(rng, edges)).astype(kind)
    return values


def refused(env, call, *errors):
    """Whether a call is refused; then it has left nothing behind."""
    before = env.get_state(), {team: values.tobytes() for team, values in env.observe().items()}, env._actions.flat.tobytes()
    try:
        call()
    except errors:
        assert before == (env.get_state(), {team: values.tobytes() for team, values in env.observe().items()}, env._actions.flat.tobytes())
        return True
    return False


def forged(env, rng):
    """A snapshot of one world that no play leads to, with a checksum that fits."""
    parts = env._snapshots.take(np.array([rng.integers(env.num_envs)]))
    rows, keys, phase, count, key, normal, tangent = parts
    watched = [
        *(hand + Hand.HELD for hand in env.game.names.hands.values()),
        *env.game.names.draws.values(),
        *env.game.names.own.values(),
        env.game.names.clock,
    ]
    size, bodies = rows.shape[1], int(env.game.world.whole[Whole.BODIES]) * Body.ROWS
    for _ in range(rng.integers(0, 4)):
        some = choice(rng, [rng.integers(size, size=3), rng.integers(min(bodies, size - 1), size, size=3), rng.choice(watched, 1)])
        rows[0, some] = choice(rng, EDGES[:-3] if rng.random() < 0.95 else EDGES)
    if rng.random() < 0.3:
        some = rng.random(size) < rng.random()
        rows[0, some] = rng.choice(EDGES[:-3], some.sum())
    if rng.random() < 0.2:
        phase[:] = choice(rng, [0, 1, 2, 255])
    if rng.random() < 0.3:
        count[:] = choice(rng, [0, -1, key.shape[1], key.shape[1] + 1, 2**31 - 1])
        key[:] = rng.integers(1 << 32, size=key.shape)
        normal[:], tangent[:] = choice(rng, EDGES), choice(rng, EDGES[:-3])
    if rng.random() < 0.2:
        keys[:] = rng.integers(1 << 63, size=keys.shape, dtype=np.uint64) * np.uint64(2)
    return env._snapshots.write(parts)


def ask(env):
    """Everything that can be asked."""
    env.observe()
    env.scores()
    env.scripted_actions()
    env.action_masks()
    env.action_masks(discrete=True)
    env.state()
    env.frame(0)
    env.scene(0)


def play(seed, steps=12):
    """A random game; how many snapshots and actions were taken, and refused."""
    rng = np.random.default_rng(seed)
    names = sorted(FEATURES)
    made = game(set(rng.choice(names, rng.integers(0, 8), replace=False).tolist()), seed)
    kind, mode = choice(rng, ["continuous", "discrete"]), choice(rng, ["next_step", "same_step", "disabled"])
    scenario = loads(json.dumps(made), split="train" if "train" in made else None)
    env = VectorEnv(scenario, int(choice(rng, [1, 2, 17])), autoreset=mode, actions=kind, copy=bool(rng.integers(2)), threads=1)
    env.script(env.teams[:: rng.integers(1, 3)] if rng.random() < 0.3 else ())
    env.reset(seed=seed)
    counts = np.zeros(4, int)
    for _ in range(steps):
        if rng.random() < 0.4:
            found = acts(env, rng)
            team = choice(rng, list(found) or [None])
            if team is not None:
                found[team] = odd(found[team], rng)
            counts[int(refused(env, lambda: env.step(found), ActionError))] += 1  # noqa: B023
        else:
            env.step(acts(env, rng))
        if rng.random() < 0.5:
            blob, lanes = forged(env, rng), [int(rng.integers(env.num_envs))]
            counts[2 + int(refused(env, lambda: env.set_state(blob, lanes), ValueError))] += 1  # noqa: B023
            ask(env)
        if rng.random() < 0.1:  # unchecked, as the docs say of `advance`
            env.action_buffer[:] = rng.choice(EDGES, env.action_buffer.size)
            env.advance()
            ask(env)
            env.reset(seed=seed)
    return counts


if __name__ == "__main__":
    assert kernel.CHECKED, "run me with SANDLOT_JIT=checked"
    np.seterr(all="ignore")
    total, numbers, invalid = np.zeros(4, int), range(int(sys.argv[1]), int(sys.argv[2])), 0
    for number in numbers:
        try:
            total += play(number)
        except ScenarioError:
            invalid += 1
        except Exception as error:
            error.add_note(f"in game {number}")
            raise
    assert invalid <= len(numbers) / 5, f"{invalid} of {len(numbers)} games are none"
    print("actions taken {}, refused {}; snapshots taken {}, refused {}".format(*total))
