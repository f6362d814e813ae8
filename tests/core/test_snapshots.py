"""Snapshots that are none, damaged, of another game or forged: refused before anything is written."""

import pickle

import numpy as np
import pytest
from flock import FLOCK
from forge import forged, holding, row_of
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import few

import sandlot
from sandlot.scenarios import loads


def check_refused(env, blob, message, lanes=None):
    """Refused with this message; the worlds, and what they show, are as before."""
    before, seen = env.get_state(), env.seen()
    with pytest.raises(ValueError, match=message):
        env.set_state(blob, lanes)
    assert env.get_state() == before
    assert all((one[team] == two[team]).all() for one, two in zip(env.seen(), seen, strict=True) for team in one)


@settings(max_examples=60, deadline=None)
@given(at=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_one_bit_of_damage(at, bit):
    """Any flipped bit is found."""
    blob = bytearray(DAMAGED.get_state())
    blob[at % len(blob)] ^= 1 << bit
    check_refused(DAMAGED, bytes(blob), "^state: ")


DAMAGED = holding()


def test_bytes_that_are_no_snapshot():
    env = holding(3)
    blob = env.get_state([0])
    for bad in (b"", b"nonsense", blob[:40], bytes(1000), b"sandlot-state/2", blob[:-1], blob + b"\0", blob[: len(blob) // 2]):
        check_refused(env, bad, r"^state: .*snapshot")
    check_refused(env, b"sandlot-state/1" + blob[15:], "of another version of sandlot")
    for bad in (None, "text", 7, [1], np.zeros(4)):
        check_refused(env, bad, "^state: expected bytes, as get_state returns them, got ")
    check_refused(env, env.get_state([0, 1]), "^state: expected a snapshot of 1 or 3 worlds, got one of 2")
    env.set_state(bytearray(blob))
    env.set_state(memoryview(blob))
    for bad in ([1, 2], [1.0, 2.0, 3.0], "123", [[1, 2, 3]]):
        before = env.get_state()
        with pytest.raises(ValueError, match=r"^chance: expected 3 whole numbers"):
            env.set_state(blob, chance=bad)
        assert env.get_state() == before


@pytest.mark.parametrize("name", sandlot.names())
def test_a_snapshot_of_another_game(name):
    """Another game's, or that of other params, is refused by its hash; actions of another kind and a split's own rules are the same game."""
    env = sandlot.make_vec(name, 2, **few(name))
    env.reset(seed=0)
    blob = env.get_state()
    for other in sandlot.names():
        if other != name:
            worlds = sandlot.make_vec(other, 2, **few(other))
            worlds.reset(seed=1)
            check_refused(worlds, blob, f"^state: expected a snapshot of {other} with these params")
    discrete = sandlot.make_vec(name, 2, actions="discrete", max_cycles=5, **few(name))
    discrete.set_state(blob)
    assert discrete.get_state() == blob


def test_a_snapshot_of_other_params():
    env, other = sandlot.make_vec("tag", shaping=0.5), sandlot.make_vec("tag", shaping=0.25)
    env.reset(seed=0)
    other.reset(seed=0)
    check_refused(other, env.get_state(), "expected a snapshot of tag with these params")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none(value):
    env = holding()

    def anywhere(at):
        def change(rows, keys, phase, count, key, normal, tangent):
            array = [rows, normal, tangent][at % 3]
            array.flat[at % array.size] = value
            count[:] = key.shape[1]

        return change

    for at in range(0, 3000, 37):
        check_refused(env, forged(env, anywhere(at)), "^state: the snapshot holds numbers that are not finite")


@pytest.mark.parametrize("what", ["held", "draw", "clock", "fired", "alive", "solid", "said", "ground"])
def test_forged_rows(what):
    """What kernels use as an index is held against its range, whatever the checksum says."""
    env = holding()
    row = row_of(what, env)

    def change(value):
        def write(rows, *_):
            rows[0, row] = value

        return write

    for bad in (1e9, -2, 0.5, 3e38, -1e-45):
        check_refused(env, forged(env, change(bad)), r"^state: row \d+ of world 0 in the snapshot: expected a whole number from ")
    for good in (0, 1):
        env.set_state(forged(env, change(good)))


@pytest.mark.parametrize(("part", "value"), [("phase", 2), ("phase", 255), ("count", -1), ("count", 1 << 20), ("count", 2**31 - 1)])
def test_forged_counts(part, value):
    def write(rows, keys, phase, count, *_):
        (phase if part == "phase" else count)[:] = value

    env = holding()
    check_refused(env, forged(env, write), "^state: the snapshot holds a phase or a number of contacts that no world has")


@pytest.mark.parametrize("name", sandlot.names())
def test_what_play_leads_to_is_taken(name):
    """No world of the library is ever refused: after every step, through ends and beginnings."""
    env = sandlot.make_vec(name, 3, max_cycles=20, **few(name))
    env.reset(seed=3)
    rng = np.random.default_rng(0)
    for _ in range(45):
        env.step(
            {team: rng.uniform(-1, 1, (3, len(env.agents(team)), *env.action_space(team).shape)).astype(np.float32) for team in env.teams}
        )
        blob = env.get_state()
        env.set_state(blob)
        assert env.get_state() == blob


def test_snapshots_of_one_world_of_agents():
    env, flock = sandlot.make(loads(FLOCK)), sandlot.make(sandlot.load("tag"))
    env.reset(seed=0)
    flock.reset(seed=0)
    blob, before = env.get_state(), env.core.get_state()
    head = blob.index(b"sandlot-state")
    bad = [
        b"",
        b"x",
        blob[:-1],
        blob[:head],
        blob[: head - 1] + b"\2" + blob[head:],
        blob[:5],
        env.core.get_state(),
        flock.get_state(),
        None,
        "text",
    ]
    for one in bad:
        with pytest.raises(ValueError, match=r"^state: "):
            env.set_state(one)
        assert (env.core.get_state(), len(env.agents)) == (before, 3)
    env.set_state(blob)
    assert pickle.loads(pickle.dumps(env)).get_state() == blob
