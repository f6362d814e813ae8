"""What agents see against a plain reading of the worlds (reference.py's snapshot): every sense, every field."""

import json
import math

import numpy as np
import pytest
import reference as ref

from sandlot.envs.core.vector import VectorEnv
from sandlot.envs.jit.ir import LANES
from sandlot.envs.kernels.world.layout.things import Body
from sandlot.envs.kernels.world.layout.world import Whole
from sandlot.scenarios import loads

WORLDS = 21
SIZE = (12.0, 8.0)


def scene(sees, other_sees=("self",), **parts):
    return {
        "format": "sandlot/1", "name": "senses", "world": {"size": list(SIZE), "decisions_per_second": 10, **parts.pop("world", {})}, "end": {"time": 4},
        "draw": {"right": {"one_of": "gem"}, "luck": {"uniform": [-3, 2]}, "skill": {"normal": [5, 1]}, "level": {"one_of": [1, 4]}},
        "things": {
            "rock": {"count": 3, "radius": {"uniform": [0.3, 0.6]}, "place": {"in": "world"}},
            "slab": {"count": 2, "shape": "box", "size": [1.2, 0.6], "body": "dynamic", "place": {"in": "world"}},
            "gem": {"count": 4, "radius": 0.3, "body": "sensor", "place": {"in": "world"}, "state": {"worth": {"uniform": [0, 10]}, "lit": False, "part": 0.5}},
            "pill": {"shape": "capsule", "length": 1, "radius": 0.2, "body": "kinematic", "place": {"in": "world"}},
        },
        "teams": {
            "cat": {"count": 3, "radius": 0.35, "drive": {"type": "tank", "top_speed": 2, "turn_deg_per_s": 90}, "place": {"in": "world"}, "sees": list(sees),
                    "state": {"food": {"uniform": [0, 5]}}},
            "bird": {"count": 2, "radius": 0.2, "drive": {"type": "thrust", "top_speed": 3}, "says": {"symbols": 3, **parts.pop("says", {})},
                     "place": {"in": "world"}, "sees": list(other_sees)},
        },
        "rules": {"out": {"when": "= false", "do": {"remove": ["gem", "cat"]}}}, **parts,
    }  # fmt: skip


class Eyes:
    """An environment in random states, and what its agents see by name."""

    def __init__(self, sees, seed=0, worlds=WORLDS, mess=True, **parts):
        self.env = VectorEnv(loads(json.dumps(scene(sees, **parts))), worlds, autoreset="disabled")
        self.env.reset(seed=seed)
        self.rng = np.random.default_rng(seed)
        if mess:
            self.mess()
        self.look()

    def mess(self):
        rows, names, rng = ref.rows_of(self.env), self.env.game.names, self.rng
        shape = (rows.shape[0], LANES)
        for body in range(1, int(self.env.game.world.whole[Whole.BODIES])):
            o, angle = body * int(Body.ROWS), rng.uniform(-math.pi, math.pi, shape)
            rows[:, o + Body.X], rows[:, o + Body.Y] = rng.uniform(-5.6, 5.6, shape), rng.uniform(-3.6, 3.6, shape)
            rows[:, o + Body.VX], rows[:, o + Body.VY], rows[:, o + Body.SPIN] = rng.uniform(-1, 1, (3, *shape))
            rows[:, o + Body.COS], rows[:, o + Body.SIN] = np.cos(angle), np.sin(angle)
            rows[:, o + Body.SAID] = rng.integers(-1, 3, shape)
            if names.first["gem"] <= body < names.first["gem"] + 4 or body == names.first["cat"] + 1:
                rows[:, o + Body.ALIVE] = rng.random(shape) < 0.8
                rows[:, o + Body.SOLID] *= rows[:, o + Body.ALIVE]
        rows[:, names.states["gem", "lit"] : names.states["gem", "lit"] + 4] = rng.integers(0, 2, (shape[0], 4, shape[1]))
        rows[:, names.clock] = rng.integers(0, 30, shape)

    def look(self):
        """Take one decision (things move) and keep what is seen at its end."""
        self.say = self.rng.integers(0, 3, (self.env.num_envs, 2))
        self.rng.random()
        bird = np.zeros((self.env.num_envs, 2, 5), np.float32)
        np.put_along_axis(bird[:, :, 2:], self.say[:, :, None], 1, axis=2)
        self.obs, *_ = self.env.step({"cat": np.zeros((self.env.num_envs, 3, 2), np.float32), "bird": bird})
        return self

    def seen(self, team, agent, lane):
        """What an agent sees by name, in the units of the world."""
        out = {}
        for (name, unit), number in zip(self.env.observation_names(team), self.obs[team][lane, agent].tolist(), strict=True):
            head = unit.split(" ")[0]
            out[name] = number * (float(head) if head[:1].isdigit() else 1.0)
        return out

    def worlds(self):
        return [(lane, ref.snapshot(self.env, lane)) for lane in range(self.env.num_envs)]


def compare(eyes, team, expect, least=0.8, tolerance=1e-4):
    """Compare all that a team sees with `expect(world, me)`: a dict by name, or None where rounding decides."""
    compared = total = 0
    for lane, world in eyes.worlds():
        for me in world.kinds[team]:
            total += 1
            want = expect(world, me)
            if want is None:
                continue
            compared += 1
            got = eyes.seen(team, me.index, lane)
            assert list(got) == list(want)
            for name, value in want.items():
                value = value if me.alive else 0.0
                assert got[name] == pytest.approx(value, abs=tolerance * (1 + abs(value))), f"world {lane}, {team}_{me.index}: {name}"
    assert compared >= least * total


def turned(v, degrees):
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return c * v[0] - s * v[1], s * v[0] + c * v[1]


# --- self, state, clock, secrets, messages ---


@pytest.mark.parametrize("observations", ["scaled", "raw"])
def test_self_state_clock_and_secrets(observations):
    eyes = Eyes([{"self": ["position", "velocity", "heading", "spin", "alive", "food"]}, {"state": "gem.worth"}, {"state": "gem.lit"}, "clock", {"know": "right"},
                 {"know": "luck"}, {"know": "skill"}, {"know": "level"}, {"know": "right", "if": False}, {"know": "luck", "if": False}],
                world={"observations": observations})  # fmt: skip

    def expect(world, me):
        c, s = turned((1, 0), me.angle)
        out = {"self.position.x": me.x, "self.position.y": me.y, "self.velocity.x": me.vx, "self.velocity.y": me.vy, "self.heading.cos": c, "self.heading.sin": s,
               "self.spin": math.radians(me.spin), "self.alive": 1.0, "self.food": me.state["food"]}  # fmt: skip
        out |= {f"gem_{g.index}.worth": g.state["worth"] for g in world.kinds["gem"]} | {
            f"gem_{g.index}.lit": g.state["lit"] for g in world.kinds["gem"]
        }
        out["clock"] = world.time / 4
        out |= {f"know.right.gem_{i}": float(world.draws["right"].index == i) for i in range(4)}
        return out | {f"know.{d}": world.draws[d] for d in ("luck", "skill", "level")}

    # the two last ones repeat names, so they are looked at apart
    hidden = {"know.right.gem_0", "know.right.gem_1", "know.right.gem_2", "know.right.gem_3", "know.luck"}
    assert (eyes.obs["cat"][:, :, -5:] == 0).all()
    names = [n for n, _ in eyes.env.observation_names("cat")]
    assert set(names[-5:]) == hidden
    eyes.obs["cat"] = eyes.obs["cat"][:, :, :-5]
    eyes.env.observation_names = lambda team: list(eyes.env.game.teams[0].observation[:-5])
    compare(eyes, "cat", expect, least=1)


def test_secrets_are_what_was_drawn():
    env = Eyes(["self"]).env
    secrets = env.secrets()
    assert list(secrets) == ["right", "luck", "skill", "level"]
    for lane in range(WORLDS):
        draws = ref.snapshot(env, lane).draws
        assert {name: values[lane] for name, values in secrets.items()} == {**draws, "right": draws["right"].index}


def test_numbers_that_vary_are_scaled_by_what_they_can_be():
    eyes = Eyes([{"know": "luck"}, {"know": "skill"}, {"know": "level"}, {"state": "gem.worth"}, {"state": "gem.part"}])
    units = dict(eyes.env.observation_names("cat"))
    assert [units[n] for n in ("know.luck", "know.skill", "know.level", "gem_0.worth", "gem_0.part")] == ["3", "9", "4", "10", ""]


def test_the_words_mean_their_defaults():
    eyes = Eyes(["self", {"of": "rock"}, {"of": "bird"}, "touch"], other_sees=["self"])
    names = [name for name, _ in eyes.env.observation_names("cat")]
    assert names[:7] == [
        "self.position.x",
        "self.position.y",
        "self.velocity.x",
        "self.velocity.y",
        "self.heading.cos",
        "self.heading.sin",
        "self.spin",
    ]
    assert names[7:9] == ["rock[0].offset.x", "rock[0].offset.y"]
    assert names[13:17] == ["bird[0].offset.x", "bird[0].offset.y", "bird[0].velocity.x", "bird[0].velocity.y"]
    assert names[21:] == ["touch.rock", "touch.slab", "touch.pill", "touch.cat", "touch.bird", "touch.walls"]
    assert [name for name, _ in eyes.env.observation_names("bird")] == names[:4]


@pytest.mark.parametrize("says", [{}, {"range": 4}])
@pytest.mark.parametrize("walls", ["solid", "wrap"])
def test_hearing_is_of_this_decision_and_within_range(says, walls):
    eyes = Eyes([{"hear": "bird"}], says=says, world={"walls": walls}, mess=True)
    eyes.look()

    def expect(world, me):
        out = {}
        for bird in world.kinds["bird"]:
            d = math.hypot(*ref.way(world, (me.x, me.y), (bird.x, bird.y)))
            if abs(d - 4) < 1e-3:
                return None
            heard = d < says.get("range", 1e9)
            out |= {f"hear.bird_{bird.index}.{k}": float(heard and bird.said == k) for k in range(3)}
        return out

    for lane, world in eyes.worlds():
        assert [b.said for b in world.kinds["bird"]] == eyes.say[lane].tolist()  # what they just said is what the next decision can use
    compare(eyes, "cat", expect)


def test_nothing_is_heard_before_anyone_spoke():
    env = VectorEnv(loads(json.dumps(scene([{"hear": "bird"}]))), 2)
    obs, _ = env.reset(seed=0)
    assert (obs["cat"] == 0).all()


# --- things ---


def ways(world, me, b):
    """Ways to all images of a thing that may stand on a line of sight or a ray; in a world that doesn't wrap there is one."""
    x, up = ref.way(world, (me.x, me.y), (b.x, b.y))
    around = (-1, 0, 1) if world.walls == "wrap" else (0,)
    return [(x + i * SIZE[0], up + j * SIZE[1]) for i in around for j in around]


def is_seen(world, me, other, sense, eps):
    dx, dy = ref.way(world, (me.x, me.y), (other.x, other.y))
    d = math.hypot(dx, dy)
    if not other.alive or ("range" in sense and d > sense["range"] + eps):
        return False
    if sense.get("fov_deg", 360) < 360:
        off = (math.degrees(math.atan2(dy, dx)) - me.angle + 180) % 360 - 180
        if abs(off) > sense["fov_deg"] / 2 + 30 * eps:
            return False
    if sense.get("occluded"):
        for third in world.bodies[1:]:
            for ox, oy in ways(world, me, third) if third.solid and third.number not in (me.number, other.number) else []:
                corners = [(px - third.x + me.x + ox, py - third.y + me.y + oy) for px, py in third.corners]
                if ref.outlines_apart([(me.x, me.y), (me.x + dx, me.y + dy)], corners) < third.rim - eps or (
                    third.rim == 0 and ref.outlines_apart([(me.x, me.y), (me.x + dx, me.y + dy)], corners) == 0
                ):
                    return False
    return True


def picks_of(world, me, sense, eps):
    """(thing or None, is it seen) of each item of an object sense."""
    others = [b for b in world.kinds[sense["of"]] if b.number != me.number]
    if "nearest" not in sense:
        return [(b, is_seen(world, me, b, sense, eps)) for b in others]
    visible = [b for b in others if is_seen(world, me, b, sense, eps)]
    visible.sort(key=lambda b: math.hypot(*ref.way(world, (me.x, me.y), (b.x, b.y))))
    found = [(b, True) for b in visible[: sense["nearest"]]]
    return found + [(None, False)] * (sense["nearest"] - len(found))


def fields_of(world, me, b, sense, seen):
    turn = -me.angle if sense.get("frame") == "body" else 0.0
    out = {}
    for field in sense["fields"]:
        b_ = b or ref.Body()
        if field == "said":
            for k in range(3):
                out[f"said {k}"] = float(b_.said == k)
        elif field in ("offset", "velocity", "motion", "heading"):
            v = {
                "offset": ref.way(world, (me.x, me.y), (b_.x, b_.y)),
                "velocity": (b_.vx - me.vx, b_.vy - me.vy),
                "motion": (b_.vx, b_.vy),
                "heading": turned((1, 0), b_.angle),
            }[field]
            parts = ("cos", "sin") if field == "heading" else ("x", "y")
            out |= {f"{field}.{p}": n for p, n in zip(parts, turned(v, turn), strict=True)}
        else:
            out[field] = {
                "distance": math.hypot(*ref.way(world, (me.x, me.y), (b_.x, b_.y))),
                "radius": b_.reach,
                "alive": float(b_.alive),
                **b_.state,
            }.get(field, 0.0)
    return {k: v if seen else 0.0 for k, v in out.items()}


def expect_things(sense, present):
    def expect(world, me):
        same = [[(b.number if b else 0, s) for b, s in picks_of(world, me, sense, eps)] for eps in (-1e-3, 0, 1e-3)]
        if not same[0] == same[1] == same[2]:
            return None
        out = {}
        for k, (b, seen) in enumerate(picks_of(world, me, sense, 0)):
            label = f"{sense['of']}[{'nearest ' if 'nearest' in sense else ''}{k}]"
            if present:
                out[f"{label}.present"] = float(seen)
            out |= {f"{label}.{name}": value for name, value in fields_of(world, me, b, sense, seen).items()}
        return out

    return expect


ALL = ["offset", "velocity", "motion", "distance", "heading", "radius", "alive"]
CASES = {
    "all, in order": ({"of": "gem", "fields": [*ALL, "worth", "lit", "part"]}, True),
    "never absent": ({"of": "rock", "fields": ALL}, False),
    "own kind": ({"of": "cat", "fields": [*ALL, "food"]}, True),
    "nearest": ({"of": "gem", "nearest": 2, "fields": [*ALL, "worth", "lit"]}, True),
    "nearest that can't be absent": ({"of": "rock", "nearest": 3, "fields": ["offset", "radius"]}, False),
    "more than there are": ({"of": "rock", "nearest": 5, "fields": ["offset", "distance"]}, True),
    "nearest of the own kind": ({"of": "cat", "nearest": 2, "fields": ["offset", "food"]}, True),
    "range": ({"of": "gem", "nearest": 3, "range": 3, "fields": ["offset", "worth"]}, True),
    "range, in order": ({"of": "rock", "range": 4, "fields": ["offset", "distance"]}, True),
    "field of view": ({"of": "rock", "nearest": 2, "fov_deg": 120, "fields": ["offset"]}, True),
    "narrow and far": ({"of": "gem", "fov_deg": 200, "range": 5, "fields": ["distance", "lit"]}, True),
    "hidden": ({"of": "gem", "nearest": 3, "occluded": True, "fields": ["offset", "worth"]}, True),
    "hidden solids": ({"of": "rock", "occluded": True, "fields": ["offset"]}, True),
    "body frame": ({"of": "gem", "nearest": 2, "frame": "body", "fields": ["offset", "velocity", "motion", "heading", "distance"]}, True),
    "body frame, in order": ({"of": "bird", "frame": "body", "fields": ["offset", "velocity"]}, False),
    "what they say": ({"of": "bird", "nearest": 2, "range": 6, "fields": ["said", "motion"]}, True),
}


@pytest.mark.parametrize("walls", ["solid", "wrap"])
@pytest.mark.parametrize("case", CASES)
def test_things(case, walls):
    sense, present = CASES[case]
    for observations in ("scaled", "raw"):
        compare(Eyes([sense], seed=len(case), world={"walls": walls, "observations": observations}), "cat", expect_things(sense, present))


def test_some_cases_see_something_and_miss_something():
    for case in ("range", "field of view", "hidden", "hidden solids", "narrow and far"):
        sense, _ = CASES[case]
        eyes = Eyes([sense], seed=1)
        flags = [k for k, (name, _) in enumerate(eyes.env.observation_names("cat")) if name.endswith("present")]
        share = eyes.obs["cat"][:, :, flags].mean()
        assert 0.1 < share < 0.95, case


def test_ties_go_to_the_lower_index():
    eyes = Eyes([{"of": "gem", "nearest": 2, "fields": ["offset", "part"]}], mess=False)
    rows = ref.rows_of(eyes.env)
    for agent in range(3):
        rows[:, ref.body_row(eyes.env, "cat", agent, Body.X)] = rows[:, ref.body_row(eyes.env, "cat", agent, Body.Y)] = (0, -3, 3)[agent]
    for gem in range(4):
        rows[:, eyes.env.game.names.states["gem", "part"] + gem] = gem / 10
    for kind, count in (("rock", 3), ("slab", 2), ("pill", 1), ("bird", 2)):
        for i in range(count):
            rows[:, ref.body_row(eyes.env, kind, i, Body.X)] = 100
    for gem, place in enumerate(((1, 0), (0, 1), (-1, 0), (0, -1))):
        rows[:, ref.body_row(eyes.env, "gem", gem, Body.X)], rows[:, ref.body_row(eyes.env, "gem", gem, Body.Y)] = place
    eyes.look()
    seen = eyes.seen("cat", 0, 0)
    assert [seen["gem[nearest 0].part"], seen["gem[nearest 1].part"]] == pytest.approx([0, 0.1])


def test_scaled_numbers_stay_within_one():
    everything = [{"self": ["position", "velocity", "spin", "food"]}, *(sense for sense, _ in CASES.values()), {"rays": 7, "noise": 1}, "touch", {"hear": "bird"}, "clock",
                  {"state": "gem.worth"}, {"of": "rock", "noise": 50}]  # fmt: skip
    eyes = Eyes(everything, seed=3, world={"walls": "open"})
    rows = ref.rows_of(eyes.env)
    for kind, count in eyes.env.game.names.count.items():
        for i in range(count):
            rows[:, ref.body_row(eyes.env, kind, i, Body.X)] *= 1000
            rows[:, ref.body_row(eyes.env, kind, i, Body.VY)] *= 1000
    for _ in range(3):
        eyes.look()
        assert np.abs(eyes.obs["cat"]).max() == 1


# --- noise ---


def test_noise_is_on_what_is_measured_and_only_there():
    sense = {"of": "gem", "nearest": 3, "range": 6, "fields": ["offset", "distance", "heading", "worth", "part", "lit", "alive"]}
    clean = Eyes([sense, {"rays": 4}], worlds=400)
    noisy = Eyes([{**sense, "noise": 0.05}, {"rays": 4, "noise": 0.1}], worlds=400)
    names = [name for name, _ in clean.env.observation_names("cat")]
    errors = {name: [] for name in names}
    for lane in range(400):
        for agent in range(3):
            a, b = clean.seen("cat", agent, lane), noisy.seen("cat", agent, lane)
            for name in names:
                item = name.split(".")[0]
                if name.split(".")[1] in ("present", "lit", "alive", "walls", "rock", "slab", "pill", "cat", "bird"):
                    assert b[name] == a[name], name
                elif a.get(f"{item}.present") == 0:
                    assert b[name] == 0, name
                elif a[name] != 0 and abs(a[name]) < 0.9 * abs(a[name] / max(1e-9, abs(clean.obs["cat"][lane, agent, names.index(name)]))):
                    errors[name].append(b[name] - a[name])
    for name, values in errors.items():
        if name.split(".")[1] in ("offset", "distance", "worth", "part", "heading") and values:
            std = 0.1 if name.startswith("ray") else 0.05
            assert np.std(values) == pytest.approx(std, rel=0.15), name
            assert np.mean(values) == pytest.approx(0, abs=5 * std / math.sqrt(len(values))), name
    both = (
        np.corrcoef(errors["gem[nearest 0].offset.x"], errors["gem[nearest 0].offset.y"])[0, 1]
        if len(errors["gem[nearest 0].offset.x"]) == len(errors["gem[nearest 0].offset.y"])
        else 0
    )
    assert abs(both) < 0.2


def test_noise_of_a_world_does_not_depend_on_its_neighbours():
    sees = [{"of": "rock", "noise": 0.3}]
    batch = Eyes(sees, seed=40, worlds=18, mess=False)
    for lane in (0, 7, 17):
        single = Eyes(sees, seed=40 + lane, worlds=1, mess=False)
        assert (single.env.reset(seed=40 + lane)[0]["cat"][0] == batch.env.reset(seed=40)[0]["cat"][lane]).all()
    first = batch.env.reset(seed=40)[0]["cat"]
    assert len(np.unique(first[:, 0, 0])) == 18


# --- rays and touch ---


def march(world, me, angle, reach, listed, step=0.01):
    """(distance, kinds that are hit there) by walking along a ray; None where nothing is."""
    ts = np.arange(0, reach, step)
    c, s = turned((1, 0), angle)
    best, hit = reach, set()
    for b in world.bodies[1:]:
        if b.number == me.number or not b.alive or not (b.solid or b.kind in listed):
            continue
        for ox, oy in ways(world, me, b):
            corners = [(px - b.x + ox, py - b.y + oy) for px, py in b.corners]
            inside = [ref.from_outline(corners, (t * c, t * s)) <= b.rim for t in ts[np.abs(ts - (ox * c + oy * s)) < b.reach + step]]
            near = ts[np.abs(ts - (ox * c + oy * s)) < b.reach + step]
            if any(inside):
                t = float(near[inside.index(True)])
                if t == 0 and not b.solid:  # what doesn't block is looked through from inside
                    continue
                if t < best + step:
                    hit = {b.kind} | (hit if abs(t - best) <= step else set())
                    best = min(best, t)
    if world.walls == "solid":
        for t in ts:
            if abs(me.x + t * c) > SIZE[0] / 2 or abs(me.y + t * s) > SIZE[1] / 2:
                if t < best + step:
                    hit = {"walls"} | (hit if abs(t - best) <= step else set())
                    best = min(best, float(t))
                break
    return best, hit


@pytest.mark.parametrize("walls", ["solid", "open", "wrap"])
@pytest.mark.parametrize(("rays", "fov"), [(6, 360), (5, 100), (1, 90)])
def test_rays(walls, rays, fov):
    listed = ["gem", "rock", "cat"] + (["walls"] if walls == "solid" else [])
    for reach, observations in ((4.0, "scaled"), (2.5, "raw")):
        eyes = Eyes(
            [{"rays": rays, "fov_deg": fov, "range": reach, "of": listed}],
            seed=rays,
            worlds=5,
            world={"walls": walls, "observations": observations},
        )
        hits = {kind: 0 for kind in (*listed, "nothing")}
        for lane, world in eyes.worlds():
            for me in world.kinds["cat"]:
                if not me.alive:
                    continue
                seen = eyes.seen("cat", me.index, lane)
                for k in range(rays):
                    turn = 360 / rays * k if fov == 360 else 0 if rays == 1 else fov * (k / (rays - 1) - 0.5)
                    distance, kinds = march(world, me, me.angle + turn, reach, listed)
                    got = seen[f"ray[{k}].distance"]
                    flags = [kind for kind in listed if seen[f"ray[{k}].{kind}"] == 1]
                    if abs(got - distance) > 0.025:  # a ray that grazes a corner, which walking misses
                        assert got < distance
                        assert any(abs(march(world, me, me.angle + turn + e, reach, listed)[0] - got) < 0.1 for e in (-0.5, 0.5))
                        continue
                    assert flags == [kind for kind in listed if kind in kinds][: len(flags)] or len(kinds) > 1 or distance > reach - 0.03
                    for kind in flags or ["nothing"]:
                        hits[kind] += 1
        if rays > 1:
            assert hits["nothing"] > 0
            assert hits["gem"] + hits["rock"] > 0
            assert walls != "solid" or hits["walls"] > 0


ZONES = [
    {"radius": 1},
    {"shape": "box", "size": [3, 2], "angle_deg": 30},
    {"shape": "capsule", "length": 2, "radius": 0.6},
    {"shape": "polygon", "vertices": [[-1, -1], [2, -0.5], [0, 1.5]], "radius": 0.1},
]


@pytest.mark.parametrize("walls", ["solid", "open", "wrap"])
@pytest.mark.parametrize("zone", ZONES)
def test_rays_see_on_from_inside_a_zone(zone, walls):
    """The zones that the agent stands in, and an open gate, aren't seen; the wall behind them is, and so are zones farther on."""
    things = {
        "near": zone | {"at": [0.1, 0.1], "body": "sensor"},
        "gate": {"radius": 0.8, "solid_if": "= 1 > 2"},
        "far": {"at": [3, 0], "radius": 0.3, "body": "sensor"},
        "wall": {"at": [-3, 0], "shape": "box", "size": [1, 4]},
    }
    listed = ["near", "gate", "far", "wall"]
    me = {"at": [0, 0], "radius": 0.2, "drive": {"type": "tank"}, "sees": [{"rays": 2, "range": 4, "of": listed}]}
    text = {
        "format": "sandlot/1",
        "name": "zones",
        "world": {"size": [12, 12], "walls": walls, "observations": "raw"},
        "things": things,
        "teams": {"me": me},
    }
    seen = VectorEnv(loads(json.dumps(text)), 1).reset(seed=0)[0]["me"][0, 0].reshape(2, 5)
    assert seen[0].tolist() == [pytest.approx(2.7, abs=1e-4), 0, 0, 1, 0]
    assert seen[1].tolist() == [pytest.approx(2.5, abs=1e-4), 0, 0, 0, 1]


def test_rays_of_all_kinds_list_solids_and_walls():
    eyes = Eyes([{"rays": 2}])
    assert [name for name, _ in eyes.env.observation_names("cat")][:7] == [
        "ray[0].distance",
        "ray[0].rock",
        "ray[0].slab",
        "ray[0].pill",
        "ray[0].cat",
        "ray[0].bird",
        "ray[0].walls",
    ]


@pytest.mark.parametrize("walls", ["solid", "wrap"])
def test_touch(walls):
    kinds = ["rock", "slab", "gem", "pill", "cat", "bird"] + (["walls"] if walls == "solid" else [])
    touched = set()
    for seed in range(4):
        eyes = Eyes([{"touch": kinds}], seed=seed, world={"walls": walls})

        def expect(world, me):
            found = []
            for jitter in ((2e-4, 2e-4), (-2e-4, 2e-4), (0.0, 0.0), (2e-4, -2e-4), (-2e-4, -2e-4)):
                world.jitter = jitter
                found.append(
                    {
                        f"touch.{k}": float(
                            ref.touch_walls(world, me) if k == "walls" else any(ref.touch(world, me, b) for b in world.kinds[k])
                        )
                        for k in kinds
                    }
                )
            touched.update(name for name, flag in found[2].items() if flag)
            return found[2] if all(f == found[0] for f in found) else None

        compare(eyes, "cat", expect)
    assert len(touched) >= len(kinds) - 2
