"""How episodes begin: random numbers, places, secrets, and the streams they come from."""

import json
import math

import numpy as np
import pytest
from reference import body_row, from_outline, rows_of, snapshot

from sandlot.envs.core.vector import VectorEnv
from sandlot.envs.kernels.world.layout.things import Body
from sandlot.scenarios import ScenarioError, loads
from sandlot.scenarios.library import report_on
from sandlot.scenarios.notes.impossible import too_few_spots

WORLDS = 200


def make(things, worlds=WORLDS, seed=0, teams=None, **parts):
    world = {"size": [10, 8], **parts.pop("world", {})}
    text = {"format": "sandlot/1", "name": "spawn", "world": world, "things": things,
            "teams": teams or {"agent": {"radius": 0.1, "at": [4.8, 3.8], "body": "sensor", "sees": ["self"]}}, **parts}  # fmt: skip
    env = VectorEnv(loads(json.dumps(text)), worlds)
    env.reset(seed=seed)
    return env


def row_of(env, row):
    return rows_of(env)[:, row].reshape(-1)[: env.num_envs].astype(float)


def field(env, kind, name, index=0):
    """One field of one thing in every world."""
    state = env.game.names.states.get((kind, name))
    if state is not None:
        return row_of(env, state + index)
    known = {"x": Body.X, "y": Body.Y, "vx": Body.VX, "vy": Body.VY, "spin": Body.SPIN, "cos": Body.COS, "sin": Body.SIN, "reach": Body.REACH, "round": Body.ROUND, "friction": Body.FRICTION,
             "bounce": Body.BOUNCE, "drag": Body.DRAG, "gravity": Body.GRAVITY, "mass": Body.INV_MASS, "solid": Body.SOLID, "alive": Body.ALIVE, "sx": Body.SCALE_X, "sy": Body.SCALE_Y,
             "top_speed": Body.TOP_SPEED, "accel": Body.ACCEL, "turn": Body.TURN_RATE}  # fmt: skip
    return row_of(env, body_row(env, kind, index, known[name]))


def misplaced(env):
    return env._kept.info["misplaced"] if env._kept is not None else env.reset()[1]["misplaced"]


def even(values, low, high):
    """Whether numbers look drawn evenly from a range."""
    assert low <= values.min()
    assert values.max() <= high
    share = (values - low) / (high - low)
    assert share.mean() == pytest.approx(0.5, abs=5 / math.sqrt(12 * len(values)))
    assert share.std() == pytest.approx(1 / math.sqrt(12), abs=0.05)


# --- numbers ---


def test_random_numbers_are_drawn_as_asked():
    env = make({"ball": {
        "body": "dynamic", "radius": {"uniform": [0.2, 0.4]}, "friction": {"uniform": [0, 2]}, "bounce": {"one_of": [0.25, 0.5]}, "drag": {"normal": [1, 0.1]},
        "mass": {"uniform": [1, 3]}, "gravity_scale": {"normal": [0, 1]}, "velocity": [{"uniform": [-2, 2]}, 1.5], "spin_deg_per_s": {"uniform": [0, 90]},
        "angle_deg": {"uniform": [0, 180]}, "at": [{"uniform": [-3, 3]}, {"one_of": [-1, 0, 1]}], "state": {"heat": {"uniform": [5, 9]}, "lit": True, "n": 4},
    }}, worlds=2000)  # fmt: skip
    even(field(env, "ball", "round"), 0.2, 0.4)
    assert (field(env, "ball", "reach") == field(env, "ball", "round")).all()
    even(field(env, "ball", "friction"), 0, 2)
    even(1 / field(env, "ball", "mass"), 1 - 1e-6, 3 + 1e-6)
    even(field(env, "ball", "vx"), -2, 2)
    even(field(env, "ball", "spin"), 0, math.pi / 2)
    even(np.degrees(np.arctan2(field(env, "ball", "sin"), field(env, "ball", "cos"))), -1e-4, 180.001)
    even(field(env, "ball", "x"), -3, 3)
    even(field(env, "ball", "heat"), 5, 9)
    drag, gravity = field(env, "ball", "drag"), field(env, "ball", "gravity")
    assert drag.mean() == pytest.approx(1, abs=0.012)
    assert drag.std() == pytest.approx(0.1, abs=0.008)
    assert np.mean(np.abs(gravity) < 1) == pytest.approx(0.6827, abs=0.05)
    assert np.abs(gravity).max() <= 4
    for name, values in (("bounce", [0.25, 0.5]), ("y", [-1, 0, 1])):
        found, counts = np.unique(field(env, "ball", name), return_counts=True)
        assert found.tolist() == values
        assert counts.min() > 0.8 * len(field(env, "ball", name)) / len(values)
    assert set(field(env, "ball", "vy")) == {1.5}
    assert set(field(env, "ball", "lit")) == {1.0}
    assert set(field(env, "ball", "n")) == {4.0}
    numbers = np.array([field(env, "ball", n) for n in ("round", "friction", "drag", "vx", "heat", "x", "spin")])
    assert np.abs(np.corrcoef(numbers) - np.eye(7)).max() < 0.1  # each is drawn on its own


def test_normal_numbers_keep_to_the_limits_of_their_field():
    env = make({"ball": {"bounce": {"normal": [0.9, 0.5]}, "body": "dynamic"}}, worlds=500)
    bounce = field(env, "ball", "bounce")
    assert (bounce.min(), bounce.max()) == (0, 1)


def test_sizes_drives_and_the_mass_by_area():
    env = make({"box": {"shape": "box", "size": [{"uniform": [1, 2]}, 0.5], "density": 2, "body": "dynamic"}},
               teams={"tank": {"at": [3, 3], "radius": 0.3, "drive": {"type": "tank", "top_speed": {"uniform": [1, 3]}, "turn_deg_per_s": 90, "accel": 0}}})  # fmt: skip
    even(2 * field(env, "box", "sx"), 1, 2)
    assert field(env, "box", "sy") == pytest.approx(np.full(WORLDS, 0.25))
    assert 1 / field(env, "box", "mass") == pytest.approx(2 * 0.5 * 2 * field(env, "box", "sx"), rel=1e-5)
    even(field(env, "tank", "top_speed"), 1, 3)
    assert field(env, "tank", "turn") == pytest.approx(np.full(WORLDS, math.pi / 2))
    assert set(field(env, "tank", "accel")) == {0.0}


def test_each_instance_draws_its_own():
    env = make({"ball": {"count": 5, "radius": {"uniform": [0.1, 0.2]}, "place": {"in": "world"}}})
    radii = np.array([field(env, "ball", "round", i) for i in range(5)])
    assert len(np.unique(radii)) > 0.98 * radii.size


# --- places ---


def places(env, kind, count):
    return np.array([[field(env, kind, "x", i), field(env, kind, "y", i)] for i in range(count)])  # [count, 2, worlds]


def test_gap_to_others_and_to_the_walls():
    env = make(
        {
            "post": {"count": 4, "radius": {"uniform": [0.3, 0.5]}, "place": {"in": "world", "gap": 0.7}},
            "fixed": {"at": [0, 0], "shape": "box", "size": [2, 1]},
        }
    )
    assert misplaced(env).max() == 0
    for lane in range(WORLDS):
        world = snapshot(env, lane)
        posts, (fixed,) = world.kinds["post"], world.kinds["fixed"]
        for i, post in enumerate(posts):
            assert 5 - abs(post.x) - post.rim >= 0.7 - 1e-5
            assert 4 - abs(post.y) - post.rim >= 0.7 - 1e-5
            assert from_outline(fixed.corners, (post.x, post.y)) - post.rim >= 0.7 - 1e-5
            for other in posts[:i]:
                assert math.dist((post.x, post.y), (other.x, other.y)) - post.rim - other.rim >= 0.7 - 1e-5
    assert np.ptp(places(env, "post", 4)[:, 0]) > 6


def test_without_a_gap_they_do_not_overlap():
    env = make({"ball": {"count": 12, "radius": 0.6, "body": "dynamic", "place": {"in": "world"}}})
    assert misplaced(env).max() == 0
    at = places(env, "ball", 12)
    for i in range(12):
        for j in range(i):
            assert np.hypot(*(at[i] - at[j])).min() >= 1.2 - 1e-5
    assert np.abs(at[:, 0]).max() <= 4.4 + 1e-5
    assert np.abs(at[:, 1]).max() <= 3.4 + 1e-5


def test_places_are_even_over_the_region():
    env = make({"ball": {"radius": 0.2, "body": "sensor", "place": {"in": {"rect": [-4, -3, 0, 1]}}},
                "disc": {"radius": 0.2, "body": "sensor", "place": {"in": {"circle": [2, 1, 2.2]}}}}, worlds=1500)  # fmt: skip
    even(field(env, "ball", "x"), -3.8, -0.2)
    even(field(env, "ball", "y"), -2.8, 0.8)
    r = np.hypot(field(env, "disc", "x") - 2, field(env, "disc", "y") - 1)
    even(r * r, 0, 4.0001)


def test_gaps_go_over_the_edge_of_a_world_that_wraps():
    env = make({"ball": {"count": 10, "radius": 0.5, "body": "dynamic", "place": {"in": "world", "gap": 0.5}}}, world={"walls": "wrap"})
    at = places(env, "ball", 10)
    assert misplaced(env).max() == 0
    for i in range(10):
        for j in range(i):
            d = at[i] - at[j]
            d[0] -= 10 * np.round(d[0] / 10)
            d[1] -= 8 * np.round(d[1] / 8)
            assert np.hypot(*d).min() >= 1.5 - 1e-5


@pytest.mark.parametrize("first", ["ball", "post"])
def test_away_from_whoever_is_placed_first(first):
    kinds = {
        "ball": {"radius": 0.2, "body": "dynamic", "place": {"in": "world", "away_from": {"post": 3, "agent": 2}}},
        "post": {"count": 2, "radius": 0.2, "place": {"in": "world"}},
    }
    env = make({first: kinds[first], **kinds}, teams={"agent": {"radius": 0.2, "place": {"in": "world"}}})
    assert misplaced(env).max() == 0
    ball, posts, agent = places(env, "ball", 1)[0], places(env, "post", 2), places(env, "agent", 1)[0]
    for post in posts:
        assert np.hypot(*(ball - post)).min() >= 3 - 1e-5
    assert np.hypot(*(ball - agent)).min() >= 2 - 1e-5
    assert np.hypot(*(agent - posts[0])).min() < 1


def test_things_not_placed_yet_do_not_count():
    env = make(
        {
            "ball": {"radius": 0.2, "body": "dynamic", "place": {"in": {"circle": [0, 0, 0.5]}, "away_from": {"post": 1}}},
            "post": {"radius": 0.2, "place": {"in": "world"}},
        }
    )
    assert misplaced(env).max() == 0


def test_row_and_ring():
    env = make({"a": {"count": 3, "radius": 0.1, "place": {"row": [[-4, -2], [4, 2]]}}, "b": {"radius": 0.1, "place": {"row": [[-4, 1], [-2, 3]]}},
                "c": {"count": 4, "radius": 0.1, "place": {"ring": [1, 0, 2]}}})  # fmt: skip
    assert places(env, "a", 3)[:, :, 0] == pytest.approx(np.array([[-4, -2], [0, 0], [4, 2]]))
    assert places(env, "b", 1)[0, :, 0] == pytest.approx([-3, 2])
    assert places(env, "c", 4)[:, :, 7] == pytest.approx(np.array([[3, 0], [1, 2], [-1, 0], [1, -2]]), abs=1e-5)


def test_shuffle_deals_the_spots_out():
    env = make({"a": {"count": 3, "radius": 0.1, "place": {"row": [[-4, -2], [4, 2]], "shuffle": True}}}, worlds=600)
    x = places(env, "a", 3)[:, 0]
    assert (np.sort(x, axis=0) == np.array([[-4], [0], [4]])).all()
    _, counts = np.unique(x, axis=1, return_counts=True)
    assert len(counts) == 6
    assert counts.min() > 60


def test_turn_gives_every_angle():
    env = make(
        {
            "a": {"count": 2, "radius": 0.1, "place": {"row": [[-4, 0], [4, 0]], "turn": True}},
            "b": {"radius": 0.1, "place": {"in": "world", "turn": True}},
        },
        worlds=800,
    )
    for kind in ("a", "b"):
        cos, sin = field(env, kind, "cos"), field(env, kind, "sin")
        assert cos**2 + sin**2 == pytest.approx(np.ones(800), abs=1e-5)
        even(np.arctan2(sin, cos), -math.pi, math.pi)


HOSTS = {
    "circle": {"radius": 1.5},
    "box": {"shape": "box", "size": [4, 1.5], "angle_deg": 30},
    "round_box": {"shape": "box", "size": [2, 1], "radius": 0.3},
    "capsule": {"shape": "capsule", "length": 3, "radius": 0.6, "angle_deg": 60},
    "polygon": {"shape": "polygon", "vertices": [[0, 0], [3, 0], [0, 3]], "angle_deg": 200},
}


@pytest.mark.parametrize("shape", HOSTS)
@pytest.mark.parametrize("after", [False, True])
def test_in_a_kind_is_inside_one_of_them(shape, after):
    guest = {"guest": {"radius": 0.2, "body": "sensor", "place": {"in": "host"}}}
    host = {"host": {"count": 2, "body": "sensor", **HOSTS[shape], "place": {"in": "world"}}}
    env = make({**guest, **host} if after else {**host, **guest})
    assert misplaced(env).max() == 0
    hosts, offsets = [0, 0], []
    for lane in range(WORLDS):
        world = snapshot(env, lane)
        (g,), homes = world.kinds["guest"], world.kinds["host"]
        inside = [from_outline(h.corners, (g.x, g.y)) <= h.rim + 1e-5 for h in homes]
        assert any(inside)
        if sum(inside) == 1:
            home = homes[inside.index(True)]
            hosts[home.index] += 1
            turn = math.radians(-home.angle)
            offsets.append(
                (
                    math.cos(turn) * (g.x - home.x) - math.sin(turn) * (g.y - home.y),
                    math.sin(turn) * (g.x - home.x) + math.cos(turn) * (g.y - home.y),
                )
            )
    assert min(hosts) > 0.3 * sum(hosts)
    assert np.abs(np.mean(offsets, axis=0)).max() < 0.25  # even around the middle
    assert np.ptp(offsets, axis=0).min() > 0.35


def test_solid_hosts_do_not_keep_their_guests_out():
    env = make(
        {
            "pen": {"count": 2, "radius": 1, "at": [[-2, 0], [2, 0]], "collides_with": []},
            "guest": {"radius": 0.2, "body": "dynamic", "place": {"in": "pen"}},
        }
    )
    assert misplaced(env).max() == 0
    x = field(env, "guest", "x")
    assert 0.3 < np.mean(x < 0) < 0.7


def test_impossible_places_are_counted():
    env = make(
        {
            "post": {"radius": 3.2, "at": [0, 0]},
            "ball": {"count": 3, "radius": 0.5, "body": "dynamic", "place": {"in": {"circle": [0, 0, 2]}}},
        },
        worlds=5,
    )
    assert misplaced(env).tolist() == [3] * 5
    env.reset(mask=np.array([True] + [False] * 4))
    assert misplaced(env).tolist() == [3] * 5  # of the episode
    at = places(env, "ball", 3)
    assert np.hypot(at[:, 0], at[:, 1]).max() <= 1.5 + 1e-5  # in their region all the same


@pytest.mark.parametrize("angle", [90, {"one_of": [90]}])
def test_a_polygon_stands_with_its_origin_at_the_spot(angle):
    wedge = {"shape": "polygon", "vertices": [[0, 0], [3, 0], [0, 3]], "body": "dynamic", "angle_deg": angle}
    for where in ({"at": [1, 2]}, {"place": {"row": [[1, 2], [1, 2]]}}):
        (body,) = snapshot(make({"wedge": {**wedge, **where}}, worlds=1, world={"walls": "open"}), 0).kinds["wedge"]
        (wanted,) = [body.corners[k:] + body.corners[:k] for k in range(3) if math.dist(body.corners[k], (1, 2)) < 1e-3]
        assert np.allclose(wanted, [(1, 2), (1, 5), (-2, 2)], atol=1e-4)


# --- secrets and streams ---


def test_draws():
    env = make(
        {"gem": {"count": 3, "radius": 0.1, "place": {"in": "world"}}},
        worlds=1500,
        draw={"prize": {"one_of": "gem"}, "level": {"one_of": [2, 4, 8]}, "luck": {"uniform": [-1, 3]}, "skill": {"normal": [10, 2]}},
    )
    names = env.game.names
    for name, values in (("prize", [names.first["gem"] + i for i in range(3)]), ("level", [2, 4, 8])):
        found, counts = np.unique(row_of(env, names.draws[name]), return_counts=True)
        assert found.tolist() == values
        assert counts.min() > 430
    even(row_of(env, names.draws["luck"]), -1, 3)
    skill = row_of(env, names.draws["skill"])
    assert (skill.mean(), skill.std()) == pytest.approx((10, 2), abs=0.2)


RANDOM = {
    "ball": {
        "count": 3,
        "radius": {"uniform": [0.2, 0.4]},
        "body": "dynamic",
        "place": {"in": "world", "gap": 0.3, "turn": True},
        "state": {"heat": {"normal": [0, 1]}},
    }
}


def test_a_world_of_a_batch_is_the_single_world_of_its_seed():
    batch = make(RANDOM, worlds=35, seed=70)
    batch.reset()
    hashes = [batch.state_hash(lane) for lane in range(35)]
    assert len(set(hashes)) == 35
    for lane in range(35):
        single = make(RANDOM, worlds=1, seed=70 + lane)
        single.reset()
        assert single.state_hash() == hashes[lane]


def test_a_reset_of_some_leaves_the_others_alone():
    env = make(RANDOM, worlds=20, seed=3)
    before = [env.state_hash(lane) for lane in range(20)]
    env.reset(mask=np.arange(20) % 3 == 0)
    after = [env.state_hash(lane) for lane in range(20)]
    assert [b == a for b, a in zip(before, after, strict=True)] == [lane % 3 != 0 for lane in range(20)]


def test_episodes_differ_and_begin_clean():
    rules = {"go": {"when": {"at": 0.1}, "do": {"remove": "ball", "add": {"agent.gold": 5}}}}
    agent = {"agent": {"radius": 0.1, "at": [4.5, 3.5], "state": {"gold": 1}, "says": {"symbols": 2}}}
    env = make(RANDOM, worlds=2, teams=agent, rules=rules)
    first = env.state_hash()
    env.step({"agent": np.ones((2, 1, 2), np.float32)})
    assert (field(env, "ball", "alive")[0], field(env, "agent", "gold")[0]) == (0, 6)
    env.reset()
    assert env.state_hash() != first
    assert (field(env, "ball", "alive")[0], field(env, "agent", "gold")[0]) == (1, 1)
    assert row_of(env, body_row(env, "agent", 0, Body.SAID))[0] == -1
    assert row_of(env, env.game.names.counted["go"])[0] == 0
    env.reset(seed=0)
    assert env.state_hash() == first


# --- order and shape ---


@pytest.mark.parametrize("order", [("grass", "rock"), ("rock", "grass")])
@pytest.mark.parametrize("crowd", [False, True])
def test_solid_things_come_first_whatever_the_order_in_the_file(order, crowd):
    kinds = {
        "grass": {"count": 20 + 30 * crowd, "radius": 0.2, "body": "sensor", "place": {"in": "world", "gap": 0.1}},
        "rock": {"count": 5, "radius": 0.7, "place": {"in": "world"}},
    }
    env = make({kind: kinds[kind] for kind in order}, 20, world={"size": [12, 10]})
    for k in range(kinds["grass"]["count"]):
        for other in range(5):
            apart = np.hypot(
                field(env, "grass", "x", k) - field(env, "rock", "x", other), field(env, "grass", "y", k) - field(env, "rock", "y", other)
            )
            assert apart.min() >= 0.2 + 0.7 + 0.1 - 1e-4
    assert misplaced(env).sum() == 0


def test_a_sensor_is_kept_off_things_and_agents_may_start_on_it():
    """A guest comes after its host, though that is a sensor, and agents after all things."""
    env = make(
        {
            "stone": {"count": 3, "radius": 0.2, "place": {"in": "field"}},
            "field": {"shape": "box", "size": [4, 4], "body": "sensor", "place": {"in": "world", "gap": 0.5}},
        },
        50,
        teams={"agent": {"count": 20, "radius": 0.2, "place": {"in": "world"}}},
    )
    assert misplaced(env).sum() == 0
    for k in range(3):
        assert (np.abs(field(env, "stone", "x", k) - field(env, "field", "x")) <= 2).all()


PLANK = {"shape": "box", "size": [4, 0.2], "body": "dynamic"}


def lies_in(env, kind, half_w, half_h, x=0.0, y_=0.0, long=4.0, thick=0.2):
    """Whether a bar lies within a rectangle, in every world; its angles."""
    c, s = field(env, kind, "cos"), field(env, kind, "sin")
    wide, high = (np.abs(c) * long + np.abs(s) * thick) / 2, (np.abs(s) * long + np.abs(c) * thick) / 2
    assert (np.abs(field(env, kind, "x") - x) + wide <= half_w + 1e-3).all()
    assert (np.abs(field(env, kind, "y") - y_) + high <= half_h + 1e-3).all()
    return np.degrees(np.arctan2(s, c))


@pytest.mark.parametrize("walls", ["solid", "open", "wrap"])
@pytest.mark.parametrize("shape", [PLANK, {"shape": "capsule", "length": 3.8, "radius": 0.1, "body": "dynamic"},
                                   {"shape": "polygon", "vertices": [[-2, -0.1], [2, -0.1], [2, 0.1], [-2, 0.1]], "body": "static"}, PLANK | {"body": "sensor"}])  # fmt: skip
def test_a_plank_fits_lying(shape, walls):
    env = make(
        {"plank": shape | {"place": {"in": "world"}}},
        world={"size": [10, 3], "walls": walls},
        teams={"eye": {"at": [0, 0], "radius": 0.01, "body": "sensor"}},
    )
    lies_in(env, "plank", 5, 1.5)
    assert misplaced(env).sum() == 0
    even(field(env, "plank", "x"), -3.001, 3.001)
    even(field(env, "plank", "y"), -1.401, 1.401)


def test_a_plank_that_turns_takes_the_angles_that_fit():
    env = make(
        {"plank": PLANK | {"place": {"in": "world", "turn": True}}},
        world={"size": [10, 3]},
        teams={"eye": {"at": [0, 0], "radius": 0.01, "body": "sensor"}},
    )
    angles = lies_in(env, "plank", 5, 1.5)
    assert misplaced(env).sum() == 0
    assert np.ptp(np.abs(angles)) > 100
    assert (np.abs(np.abs(angles) - 90) > 40).all()


@pytest.mark.parametrize("angle", [90, {"uniform": [80, 100]}, {"one_of": [90, 270]}])
def test_a_plank_stands_in_a_shaft(angle):
    env = make({"plank": PLANK | {"angle_deg": angle, "place": {"in": {"rect": [1, -3.5, 2.2, 3.5]}}}}, world={"size": [10, 8]})
    lies_in(env, "plank", 0.6, 3.5, x=1.6)


def test_planks_and_what_is_beside_them_keep_their_gap():
    things = {
        "plank": PLANK | {"count": 4, "place": {"in": "world", "gap": 0.1}},
        "ball": {"count": 6, "radius": 0.15, "body": "dynamic", "place": {"in": "world", "gap": 0.1}},
    }
    env = make(things, 50, world={"size": [12, 3]}, teams={"eye": {"at": [0, 0], "radius": 0.01, "body": "sensor"}})
    assert misplaced(env).sum() == 0
    for a in range(4):
        assert (np.abs(field(env, "plank", "y", a)) <= 1.3 + 1e-4).all()
        for b in range(a):
            dx, dy = (np.abs(field(env, "plank", axis, a) - field(env, "plank", axis, b)) for axis in "xy")
            assert (np.maximum(dx - 4, dy - 0.2) >= 0.1 - 1e-4).all()


@pytest.mark.parametrize(
    ("plank", "said"),
    [
        (
            {"angle_deg": 90},
            '"plank" does not fit: 0.2 x 4 m at 90 degrees, but the world is 10 x 3 m; it would fit at 0 degrees (angle_deg, or turn)',
        ),
        ({"angle_deg": {"uniform": [0, 90]}}, '"plank" does not fit: 2.92 x 3.02 m at 46 degrees'),
        ({"size": [11, 0.2]}, '"plank" does not fit: 11 x 0.2 m at 0 degrees, but the world is 10 x 3 m'),
        ({"size": [11, 0.2], "place": {"in": "world", "turn": True}}, '"plank" does not fit: 11 x 0.2 m, but the world is 10 x 3 m'),
        ({"place": {"in": "world", "gap": 1.5}}, '"plank" does not fit: 4 x 0.2 m at 0 degrees with gap 1.5 m, but the world is 10 x 3 m'),
        ({"place": {"in": {"circle": [0, 0, 1.2]}}}, '"plank" does not fit: radius 2 m, but the circle is only 2.4 m wide'),
    ],
)
def test_what_does_not_fit_is_told(plank, said):
    with pytest.raises(ScenarioError) as error:
        make(
            {"plank": PLANK | {"place": {"in": "world"}} | plank},
            world={"size": [10, 3]},
            teams={"eye": {"at": [0, 0], "radius": 0.01, "body": "sensor"}},
        )
    assert said in str(error.value)


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_more_spots_than_things(count):
    env = make({"post": {"count": count, "radius": 0.2, "at": [[-3, 0], [0, 1], [3, 0]]}}, 2)
    assert [(field(env, "post", "x", k)[0], field(env, "post", "y", k)[0]) for k in range(count)] == [(-3, 0), (0, 1), (3, 0)][:count]


@pytest.mark.parametrize(("most", "notes"), [(3, []), (5, ['3 spots, and "cars" may be 5: with more than 3 the game does not load'])])
def test_fewer_spots_than_a_param_allows_are_noted(most, notes):
    env = make(
        {"car": {"count": "$cars", "radius": 0.2, "at": [[-3, 0], [0, 1], [3, 0]]}},
        1,
        params={"cars": {"default": 2, "min": 0, "max": most}},
    )
    report = report_on(env.scenario)
    too_few_spots(report)
    assert [note.message for note in report.problems] == notes
    for cars in (0, 1, 3):
        assert loads(env.scenario.source, cars=cars).things["car"].count == cars


def test_fewer_spots_than_things_is_an_error():
    with pytest.raises(ScenarioError, match="3 spots for 4 things; give one for each, or a place"):
        make({"post": {"count": 4, "at": [[-3, 0], [0, 1], [3, 0]]}}, 2)
