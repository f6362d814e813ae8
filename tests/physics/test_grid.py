"""Many bodies: the grid changes no bit of what asking every body would give, and a thousand bodies are no trouble."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import IDLE, Bench, text_of, troubles

from sandlot.envs.compile import draft as compile_draft
from sandlot.envs.compile import grid as compile_grid
from sandlot.envs.compile.game import table_of
from sandlot.envs.compile.scenario import compile_scenario
from sandlot.envs.core.vector import VectorEnv
from sandlot.envs.jit.ir import LANES
from sandlot.envs.kernels.collision import grid
from sandlot.envs.kernels.world.layout.scratch import Integer
from sandlot.envs.kernels.world.layout.world import GridTable, Table
from sandlot.envs.kernels.world.state import new_scratch
from sandlot.scenarios import ScenarioError, loads

NEVER, ALWAYS = 10**9, 0


@pytest.fixture
def both(monkeypatch):
    """Runs a function twice, with every body asked for everything and with the grid for everything, and returns both results."""

    def run(function):
        results = []
        for bodies in (NEVER, ALWAYS):
            monkeypatch.setattr(compile_grid, "LISTED_PAIRS", bodies or -1)
            monkeypatch.setattr(compile_grid, "LISTED_FOR_ONE", bodies or 1)
            monkeypatch.setattr(compile_draft, "SIGHT_BODIES", bodies)
            monkeypatch.setattr(compile_grid, "NEAREST_FOR_ONE", bodies)
            results.append(function())
        return results

    return run


def used(env):
    """What the grid does in a game: (live lanes for which it finds contacts, whether sensors use it)."""
    row = table_of(env.game.world, Table.GRID)[0]
    return int(row[GridTable.WORLDS]), int(row[GridTable.SIGHT])


# --- the grid by itself -----------------------------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_gather_lists_all_that_reaches_into_the_box_and_nothing_twice(data):
    walls = data.draw(st.sampled_from(["solid", "open", "wrap"]))
    width, height = data.draw(st.floats(0.5, 300)), data.draw(st.floats(0.5, 300))
    count = data.draw(st.integers(41, 90))
    things = {"disc": {"count": count, "radius": data.draw(st.floats(0.01, 0.1)), "body": "sensor", "place": {"in": "world"}}}
    env_text = text_of(things, {"idle": IDLE | {"sees": ["self", {"rays": 1, "range": 1}]}}, size=[width, height], walls=walls)
    world = compile_scenario(loads(env_text)).world
    scratch, rng = new_scratch(world, 0), np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    spread = data.draw(st.sampled_from([0.01, 1.0, 40.0])) if walls != "wrap" else 1.0
    at = (rng.uniform(-0.5, 0.5, (count, 2)) * spread * [width, height]).astype(np.float32)
    extent = (rng.choice([0.001, 0.1, 3.0, 2000.0], count, p=[0.5, 0.4, 0.08, 0.02]) * rng.uniform(0, 1, count)).astype(np.float32)
    least, area = int(rng.integers(0, 4)), int(rng.integers(0, LANES))
    grid.clear(world, area, scratch)
    for k in range(count):
        grid.insert(world, k + 1, (at[k, 0], at[k, 1]), extent[k], least, area, scratch)
    for _ in range(5):
        x, y = at[rng.integers(count)] + rng.normal(size=2).astype(np.float32)
        half = rng.choice(np.array([0.01, 1.0, 30.0, 1e6], np.float32), 2)
        found = grid.gather(world, (np.float32(x), np.float32(y), half[0], half[1]), area, Integer.FOUND, scratch)
        listed = scratch.i[Integer.FOUND : Integer.FOUND + found].tolist()
        away = np.abs(at.astype(float) - [x, y])
        if walls == "wrap":
            away = np.abs((at.astype(float) - [x, y] + [width / 2, height / 2]) % [width, height] - [width / 2, height / 2])
        expected = np.flatnonzero((away <= half + extent[:, None].astype(float)).all(1)) + 1
        assert len(listed) == len(set(listed))
        assert set(expected.tolist()) <= set(listed)


@given(st.lists(st.integers(0, 10_000), max_size=1500))
@settings(max_examples=50, deadline=None)
def test_sort_sorts(numbers):
    class Lists:
        i = np.zeros(Integer.FOUND + 1500, np.int64)

    Lists.i[Integer.FOUND : Integer.FOUND + len(numbers)] = numbers
    grid.sort(len(numbers), Lists)
    assert Lists.i[Integer.FOUND : Integer.FOUND + len(numbers)].tolist() == sorted(numbers)


# --- the same bits as asking all --------------------------------------------------------------------------------------------------------------

WALL = {"at": [[0, 0], [1, 1]], "shape": "box", "size": [3, 0.2], "body": "static"}
SCENES = {
    "pile": ({"disc": {"count": 30, "radius": 0.3, "place": {"in": "world"}}, "wall": WALL}, {"size": [5, 5], "gravity": [0, -9.8]}),
    "wrap": ({"disc": {"count": 20, "radius": {"uniform": [0.1, 0.5]}, "place": {"in": "world"}, "velocity": [1, 2], "bounce": 0.5},
              "box": {"count": 8, "shape": "box", "size": [0.5, 0.4], "place": {"in": "world", "turn": True}}, "wall": WALL},
             {"size": [5, 3.3], "walls": "wrap"}),
    "open": ({"disc": {"count": 20, "radius": {"uniform": [0.05, 0.5]}, "place": {"in": "world"}, "velocity": [{"uniform": [-9, 9]}, 30]},
              "box": {"count": 8, "shape": "box", "size": [0.5, 0.4], "place": {"in": "world"}, "collides_with": ["disc"]}, "wall": WALL},
             {"size": [5, 3.3], "walls": "open"}),
    "crumbs": ({"slab": {"at": [0, -1], "shape": "box", "size": [40, 0.5], "body": "static"},
                "crumb": {"count": 40, "radius": {"uniform": [0.01, 0.03]}, "place": {"in": {"rect": [-0.5, -0.5, 0.5, 0.5]}}},
                "boulder": {"count": 3, "radius": 2.0, "place": {"in": "world"}, "mass": 50}}, {"size": [40, 9], "gravity": [0, -9.8]}),
    "rows": ({"disc": {"count": 12, "radius": {"uniform": [0.1, 0.4]}, "place": {"row": [[-4, 0], [4, 0]], "shuffle": True}},
              "late": {"count": 9, "radius": 0.2, "place": {"in": "world", "gap": 0.1, "away_from": {"disc": 0.8}}},
              "seed": {"count": 9, "radius": 0.05, "place": {"in": "disc"}}}, {"size": [9, 4]}),
}  # fmt: skip


@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize("worlds", [1, 3])
def test_contacts_and_places_are_the_same_bit_for_bit(both, name, worlds):
    things, world = SCENES[name]
    grids = []

    def story():
        bench = Bench(things, worlds, **world)
        grids.append(used(bench.env))
        out = [bench.env.state_hash(w) for w in range(worlds)]
        for _ in range(6):
            bench.run(10)
            out += [bench.env.state_hash(w) for w in range(worlds)]
        return out, int(bench.env._state.count.max()), [troubles(bench.env)]

    asked, listed = both(story)
    assert grids == [(0, 0), (LANES, 1)]
    assert listed[1] > 0
    assert asked == listed


def garden(walls, agents, size):
    """Agents with every sense that looks for others, among things of all sizes, some of which leave, move and are solid now and then."""
    sees = [
        "self", {"of": "bird", "nearest": 3}, {"of": "coin", "nearest": 2, "range": 2.0}, {"of": "coin", "nearest": 9, "fov_deg": 120},
        {"of": "bird", "nearest": 4, "occluded": True}, {"of": "rock", "occluded": True, "range": 3}, {"rays": 9, "range": 4},
        {"rays": 5, "range": 9, "of": ["coin", "bird"], "fov_deg": 90}, {"touch": ["bird", "coin", "walls"]},
    ]  # fmt: skip
    return json.dumps({
        "format": "sandlot/1", "name": "garden", "world": {"size": size, "walls": walls, "decisions_per_second": 10},
        "things": {
            "rock": {"count": 6, "radius": {"uniform": [0.1, 0.5]}, "body": "static", "place": {"in": "world"}},
            "bar": {"count": 2, "shape": "box", "size": [3, 0.1], "body": "static", "place": {"in": "world", "turn": True}, "solid_if": "= time < 1.2"},
            "coin": {"count": 12, "radius": 0.1, "body": "sensor", "place": {"in": "world", "gap": 0.1}},
            "pill": {"count": 3, "shape": "capsule", "length": 1, "radius": 0.1, "body": "dynamic", "place": {"in": "world", "turn": True}},
        },
        "teams": {"bird": {"count": agents, "radius": 0.15, "drive": {"type": "tank", "accel": 6, "top_speed": 3},
                           "place": {"in": "world", "away_from": {"coin": 0.4}}, "sees": sees}},
        "rules": {"got": {"when": {"touch": ["bird", "coin"]}, "do": {"remove": ["coin"]}}, "bump": {"when": {"touch": ["bird", "bird"]}},
                  "fed": {"when": {"touch": ["pill", "bird"]}, "do": {"place": {"bird": {"in": "world"}}}}},
        "rewards": {"bird": {"got": 1, "bump": -0.1}}, "end": {"time": 2},
    })  # fmt: skip


@pytest.mark.parametrize("walls", ["solid", "open", "wrap"])
@pytest.mark.parametrize(("agents", "size", "worlds"), [(12, [7, 5], 1), (40, [12, 9], 18)])
def test_sensors_see_the_same_bit_for_bit(both, walls, agents, size, worlds):
    def story():
        env = VectorEnv(loads(garden(walls, agents, size)), worlds, autoreset="same_step")
        rng, out = np.random.default_rng(3), [env.reset(seed=5)[0]["bird"].copy()]
        for _ in range(25):
            obs, reward, _, _, info = env.step({"bird": rng.uniform(-1, 1, (worlds, agents, 2)).astype(np.float32)})
            out += [obs["bird"], reward["bird"], info["final_obs"]["bird"]]
        return out, used(env)

    (asked, never), (listed, always) = both(story)
    assert (never, always) == ((0, 0), (LANES, 2))
    for one, other in zip(asked, listed, strict=True):
        np.testing.assert_array_equal(one, other)
    assert np.abs(asked[-3]).max() > 0


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    walls=st.sampled_from(["solid", "open", "wrap"]),
    agents=st.integers(2, 20),
    width=st.floats(6, 30),
    height=st.floats(6, 30),
)
def test_sensors_see_the_same_in_random_gardens(seed, walls, agents, width, height):
    text = garden(walls, agents, [width, height])
    seen = []
    for bodies in (NEVER, ALWAYS):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(compile_draft, "SIGHT_BODIES", bodies)
            for name in ("LISTED_PAIRS", "LISTED_FOR_ONE", "NEAREST_FOR_ONE"):
                patch.setattr(compile_grid, name, bodies or int(name == "LISTED_FOR_ONE"))
            env = VectorEnv(loads(text), 2)
        first = env.reset(seed=seed)[0]["bird"].copy()
        seen.append([first, *(env.step({"bird": np.ones((2, agents, 2), np.float32)})[0]["bird"] for _ in range(3)), env.state_hash(1)])
    for one, other in zip(*seen, strict=True):
        np.testing.assert_array_equal(one, other)


# --- choosing between the two -----------------------------------------------------------------------------------------------------------------


def gas(count, **world):
    side = 2.5 * count**0.5
    return text_of({"disc": {"count": count, "radius": 0.25, "body": "dynamic", "bounce": 0.9, "velocity": [{"uniform": [-3, 3]}, {"uniform": [-3, 3]}],
                             "place": {"in": "world"}}}, size=[side, side], **world)  # fmt: skip


def test_a_world_is_the_same_alone_by_grid_and_in_a_full_block_by_list():
    alone, block = VectorEnv(loads(gas(60, gravity=[0, -5])), 1), VectorEnv(loads(gas(60, gravity=[0, -5])), LANES)
    assert 1 <= used(alone)[0] < LANES
    for env in (alone, block):
        env.reset(seed=7)
        for _ in range(120):
            env.advance()
    assert alone._state.count.max() > 10
    assert alone.state_hash(0) == block.state_hash(0)


def test_few_bodies_have_no_grid():
    env = VectorEnv(loads(gas(8)), 1)
    assert used(env) == (0, 0)
    assert env._scratch[0].i.size == Integer.SIZE


# --- a thousand -------------------------------------------------------------------------------------------------------------------------------


def test_a_thousand_bodies_run_without_lists_of_pairs():
    env = VectorEnv(loads(gas(1000)), 1)
    env.reset(seed=0)
    for _ in range(20):
        env.advance()
    contacts = env._state.count[0, 0]
    keys = env._state.key[0, :contacts, 0] >> 8
    assert contacts > 10
    assert (np.diff(keys.astype(np.int64)) >= 0).all()
    assert not any(troubles(env))
    assert len(table_of(env.game.world, Table.PAIR)) == 0
    assert env.game.world.whole.nbytes < 2 << 20
    assert sum(part.nbytes for part in env._scratch[0]) < 32 << 20


def test_a_tight_packing_of_a_thousand_discs_finds_room_for_every_contact():
    radius, rows = 0.25, []
    for k in range(1000):
        row, column = divmod(k, 40)
        rows.append([(column + 0.5 * (row % 2)) * 2 * radius - 10, row * np.sqrt(3) * radius - 5.7])
    bench = Bench({"disc": {"at": rows, "radius": radius}}, 1, size=[20.5, 12], gravity=[0, -9.8])
    bench.run(5)
    assert bench.env._state.count[0, 0] > 2700  # 3 for each disc inside
    assert not any(troubles(bench.env))


def test_rules_watch_so_many_pairs_and_no_more():
    def swarm(count):
        return text_of(
            {"crumb": {"count": 2, "radius": 0.1, "body": "sensor", "place": {"in": "world"}}},
            {"bird": {"count": count, "radius": 0.1, "place": {"in": "world"}}},
            {"fed": {"when": {"touch": ["bird", "crumb"]}}, "bump": {"when": {"touch": ["bird", "bird"]}}},
            size=[99, 99],
        )

    loads(swarm(510))
    with pytest.raises(
        ScenarioError, match=r"rules.bump.when: the rules up to this one watch 131840 pairs of instances, at most 131072 \(MAX_MEETINGS\)"
    ):
        loads(swarm(512))
