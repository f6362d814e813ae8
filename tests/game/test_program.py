"""Every operation of the formula machine against a plain interpreter of the same trees (reference.py)."""

import dataclasses
import json
import math
import random

import numpy as np
import pytest
import reference as ref
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from sandlot.envs.compile.formulas.code import Code
from sandlot.envs.compile.formulas.functions import WRITERS
from sandlot.envs.compile.formulas.names import Constants
from sandlot.envs.core.vector import VectorEnv
from sandlot.envs.jit.ir import LANES
from sandlot.envs.jit.kernel import bind
from sandlot.envs.kernels.world.layout.programs import Code as CodeTable
from sandlot.envs.kernels.world.layout.scratch import STACK_ROWS, Integer
from sandlot.envs.kernels.world.layout.things import Body
from sandlot.envs.kernels.world.layout.world import Table, Whole
from sandlot.scenarios import loads
from sandlot.scenarios.checks.scope import base_scope
from sandlot.scenarios.formulas.functions import FUNCTIONS, SPECIAL
from sandlot.scenarios.formulas.parse import parse
from sandlot.scenarios.formulas.types import FormulaError, Node

WORLDS = 19  # a full block, and one with dead lanes
SCENE = {
    "format": "sandlot/1", "name": "zoo", "world": {"size": [8, 6], "decisions_per_second": 10}, "end": {"time": 20},
    "draw": {"prize": {"one_of": "gem"}, "luck": {"uniform": [0, 1]}},
    "things": {
        "rock": {"count": 3, "radius": 0.5, "place": {"in": "world"}},
        "slab": {"count": 2, "shape": "box", "size": [1.2, 0.6], "radius": 0.05, "place": {"in": "world"}, "body": "dynamic", "mass": 2.5},
        "gem": {"count": 4, "radius": 0.3, "body": "sensor", "place": {"in": "world"}, "state": {"worth": 1, "lit": False}},
        "wedge": {"shape": "polygon", "vertices": [[0, 0], [1.4, 0.2], [0.3, 1.1]], "body": "dynamic", "at": [0, 0], "state": {"heat": 2}},
        "pill": {"count": 2, "shape": "capsule", "length": 0.8, "radius": 0.2, "body": "kinematic", "place": {"in": "world"}},
        "ghost": {"count": 0, "state": {"fear": 1}},
    },
    "teams": {
        "cat": {"count": 3, "radius": 0.35, "drive": {"type": "thrust", "top_speed": 2}, "says": {"symbols": 4, "range": 3},
                "place": {"in": "world"}, "state": {"food": 0}},
        "mouse": {"count": 2, "radius": 0.2, "drive": {"type": "tank"}, "says": {"symbols": 3}, "place": {"in": "world"}},
        "umpire": {"radius": 0.25, "at": [1, 1]},
        "nobody": {"count": 0, "says": {"symbols": 2}},
    },
    "rules": {"beat": {"when": {"every": 1}}, "caught": {"when": {"touch": ["cat", "mouse"]}}},
}  # fmt: skip
STATES = {"gem": ["worth"], "wedge": ["heat"], "ghost": ["fear"], "cat": ["food"]}
MANY = ["rock", "slab", "gem", "pill", "cat", "mouse", "ghost"]
SELF, OTHER = "cat", "gem"


def make(walls, worlds=WORLDS):
    env = VectorEnv(loads(json.dumps({**SCENE, "world": {**SCENE["world"], "walls": walls}})), worlds)
    env.reset(seed=1)
    return env


@pytest.fixture(scope="module")
def zoos():
    return {walls: make(walls) for walls in ("solid", "open", "wrap")}


def shuffle_world(env, seed):
    """Give every world places, speeds, states and counts of its own; a fifth of all things is out of the game."""
    rng, rows, names = np.random.default_rng(seed), ref.rows_of(env), env.game.names
    rows[:] = rng.normal(size=rows.shape)  # whatever is not set below must not matter
    shape = (rows.shape[0], LANES)
    env.reset(seed=seed)
    for body in range(1, int(env.game.world.whole[Whole.BODIES])):
        o, angle = body * int(Body.ROWS), rng.uniform(-math.pi, math.pi, shape)
        rows[:, o + Body.X], rows[:, o + Body.Y] = rng.uniform(-3.9, 3.9, shape), rng.uniform(-2.9, 2.9, shape)
        rows[:, o + Body.VX], rows[:, o + Body.VY], rows[:, o + Body.SPIN] = rng.normal(size=(3, *shape))
        rows[:, o + Body.COS], rows[:, o + Body.SIN] = np.cos(angle), np.sin(angle)
        rows[:, o + Body.ALIVE] = rng.random(shape) < 0.8
        rows[:, o + Body.SAID] = rng.integers(-1, 3, shape)
    for (kind, variable), row in names.states.items():
        for i in range(names.count[kind]):
            rows[:, row + i] = rng.integers(0, 2, shape) if variable == "lit" else rng.normal(size=shape) * 3
    for row in (*names.counted.values(), *names.fired.values()):
        rows[:, row] = rng.integers(0, 3, shape)
    rows[:, names.draws["luck"]] = rng.random(shape)
    rows[:, names.draws["prize"]] = names.first["gem"] + rng.integers(0, 4, shape)
    rows[:, names.clock] = rng.integers(0, 150, shape)


def scope_of(env, where="reward"):
    return dataclasses.replace(base_scope(env.scenario, {}), self_kind=SELF, other_kind=OTHER, where=where)


def evaluate(env, nodes, me=0, other=0):
    """Values of trees in every world, [worlds] each; a vector gives both of its numbers."""
    parts = [Node(axis, "number", (n,)) if axis else n for n in nodes for axis in (("x", "y") if n.type == "vector" else ("",))]
    constants, game = Constants(), env.game
    code = Code(game.names, constants, WRITERS)
    ranges = [code.formula(part) for part in parts]
    whole, table = game.world.whole.copy(), np.array(code.rows, np.int64)
    whole[Table.CODE : Table.CODE + 3] = whole.size, CodeTable.COLUMNS, len(table)
    whole[Whole.CONST] = game.world.real.size
    world = game.world._replace(
        whole=np.concatenate([whole, table.reshape(-1)]), real=np.concatenate([game.world.real, np.array(constants.values, np.float32)])
    )
    registers = env._scratch[0].i
    registers[Integer.REGISTER] = game.names.first[SELF] + me
    registers[Integer.REGISTER + 1] = game.names.first[OTHER] + other
    bound, env._workers.world = env._workers.world, bind(world)
    try:
        return [env.evaluate(r) for r in ranges]
    finally:
        env._workers.world = bound


def snapshots(env, lanes=range(WORLDS)):
    """Some worlds as they stand, by their number."""
    return {lane: ref.snapshot(env, lane) for lane in lanes}


def expected(world, node, me=0, other=0, runs=5):
    """(value, how far float32 may stray), or None where rounding decides."""
    values = []
    for run in range(runs):
        rng = random.Random(run)
        world.jitter = (rng.uniform(-3e-5, 3e-5), rng.uniform(-3e-5, 3e-5)) if run else (0.0, 0.0)
        reader = ref.Reader(world, world.kinds[SELF][me], world.kinds[OTHER][other], 3e-6 if run else 0.0, run)
        try:
            v = reader.value(node)
        except ref.Undefined:
            return None
        values.append(np.array([v.number] if isinstance(v, ref.Body) else v, float).reshape(-1))
    spread = np.max([np.abs(v - values[0]) for v in values], axis=0)
    exact = node.type in ("truth", "thing")
    if np.any(spread > (0 if exact else 1e-3 * (1 + np.abs(values[0])))) or np.any(np.abs(values[0]) > 1e30):
        return None
    return values[0], 1e-4 * (1 + np.abs(values[0])) + 5 * spread


def check(env, node, me=0, other=0, worlds=None):
    """Compare a tree in all worlds, or in those of `snapshots`; returns in how many it could be."""
    got = evaluate(env, [node], me, other)
    compared = 0
    for lane, world in (worlds or snapshots(env)).items():
        want = expected(world, node, me, other)
        if want is None:
            continue
        compared += 1
        for k, (value, tolerance) in enumerate(zip(*want, strict=True)):
            assert abs(got[k][lane] - value) <= tolerance, f"world {lane}: {got[k][lane]}, expected {value}"
    return compared


# --- texts of formulas ---------------------------------------------------------------------------------------------------------------------


class Writer:
    """Writes a random formula of some type; `draw` is Hypothesis's."""

    def __init__(self, draw):
        self.draw, self.loops = draw, []

    def pick(self, *choices):
        return self.draw(st.sampled_from(choices))

    def any_kind(self):
        return self.pick(*[k for k in MANY if k not in self.loops])

    def over(self, write, depth):
        """(kind, what `write` makes inside a function over it)."""
        kind = self.any_kind()
        self.loops.append(kind)
        inner = write(depth)
        self.loops.pop()
        return kind, inner

    def number(self, depth):
        if depth <= 0:
            return self.pick(f"{self.draw(st.integers(-300, 300)) / 100}", "luck", "time", "time_left", "pi", "self.x", "other.worth", "count(beat)",
                             "count(rock)", "self.index", "wedge.heat", "world_width")  # fmt: skip
        n, v, t = self.number, self.vector, self.truth
        form = self.draw(st.integers(0, 27))
        if form <= 3:
            return f"({n(depth - 1)} {self.pick('+', '-', '*', '%')} {n(depth - 1)})"
        if form == 4:
            return f"({n(depth - 1)} / (1.5 + abs({n(depth - 1)})))"
        if form == 5:
            return f"-{n(depth - 1)}"
        if form == 6:
            return f"{self.pick('abs', 'sqrt', 'floor', 'sign', 'sin_deg', 'cos_deg')}({n(depth - 1)})"
        if form == 7:
            return f"{self.pick('min', 'max')}({n(depth - 1)}, {n(depth - 1)}, {n(depth - 1)})"
        if form == 8:
            return f"clamp({n(depth - 1)}, {n(0)}, {n(0)})"
        if form == 9:
            return f"({n(depth - 1)} if {t(depth - 1)} else {n(depth - 1)})"
        if form == 10:
            return f"length({v(depth - 1)})"
        if form == 11:
            return f"{self.pick('dot', 'cross')}({v(depth - 1)}, {v(depth - 1)})"
        if form == 12:
            return self.pick(f"x({v(depth - 1)})", f"y({v(depth - 1)})", f"({v(depth - 1)}).x", f"({v(depth - 1)}).y")
        if form == 13:
            return f"angle_deg({self.pick(v(depth - 1), self.thing(depth - 1)[0])})"
        if form in (14, 15):
            return f"dist({self.place(depth - 1)}, {self.place(depth - 1)})"
        if form == 16:
            return f"gap({self.thing(depth - 1)[0]}, {self.thing(depth - 1)[0]})"
        if form == 17:
            return f"bearing({self.place(depth - 1)})"
        if form == 18:
            return f"heard({self.pick('cat', 'mouse', 'nobody')})"
        if form == 19:
            return self.pick("count(caught)", f"said({self.pick('nearest(cat)', 'farthest(mouse)')})", f"speed({self.thing(depth - 1)[0]})")
        if form in (20, 21):
            kind, inner = self.over(t, depth - 1)
            return f"count({kind}, {inner})"
        if form in (22, 23, 24):
            name = self.pick("sum", "mean", "min", "max")
            kind, inner = self.over(n, depth - 1)
            return f"{name}({kind}, {inner})"
        thing, kind = self.thing(depth - 1)
        own = STATES.get(kind, [])
        return f"{thing}.{self.pick('x', 'y', 'vx', 'vy', 'speed', 'heading_deg', 'angle_deg', 'spin_deg_per_s', 'radius', 'mass', 'index', *own * 3)}"

    def truth(self, depth):
        n, t = self.number, self.truth
        if depth <= 0:
            return self.pick("happened(beat)", "self.alive", "other.lit", "true", "false", "touching(self, walls)", "touching(self, mouse)")
        form = self.draw(st.integers(0, 12))
        if form <= 2:
            return f"({n(depth - 1)} {self.pick('<', '<=', '>', '>=', '==', '!=')} {n(depth - 1)})"
        if form == 3:
            return f"({t(depth - 1)} {self.pick('and', 'or', '==', '!=')} {t(depth - 1)})"
        if form == 4:
            return f"(not {t(depth - 1)})"
        if form == 5:
            a = self.thing(depth - 1)
            b = self.thing(depth - 1, a[1])
            return f"({a[0]} {self.pick('==', '!=')} {b[0]})"
        if form in (6, 7):
            return f"inside({self.place(depth - 1)}, {self.thing(depth - 1)[0]})"
        if form == 8:
            return f"touching({self.thing(depth - 1)[0]}, {self.pick('walls', *[k for k in MANY if k not in self.loops])})"
        if form == 9:
            return f"touching({self.thing(depth - 1)[0]}, {self.thing(depth - 1)[0]})"
        if form in (10, 11):
            name = self.pick("any", "all")
            kind, inner = self.over(t, depth - 1)
            return f"{name}({kind}, {inner})"
        return f"{self.thing(depth - 1)[0]}.alive"

    def vector(self, depth):
        n, v = self.number, self.vector
        if depth <= 0:
            return self.pick("self.position", "self.velocity", "vec(1, -2)", "other.position")
        form = self.draw(st.integers(0, 11))
        if form == 0:
            return f"vec({n(depth - 1)}, {n(depth - 1)})"
        if form == 1:
            return f"({v(depth - 1)} {self.pick('+', '-')} {v(depth - 1)})"
        if form == 2:
            return self.pick(
                f"({v(depth - 1)} * {n(depth - 1)})", f"({n(depth - 1)} * {v(depth - 1)})", f"({v(depth - 1)} / (2 + abs({n(depth - 1)})))"
            )
        if form == 3:
            return f"-{v(depth - 1)}"
        if form == 4:
            return f"{self.pick('unit', 'perp')}({v(depth - 1)})"
        if form == 5:
            return f"rotate_deg({v(depth - 1)}, {n(depth - 1)})"
        if form == 6:
            return f"({v(depth - 1)} if {self.truth(depth - 1)} else {v(depth - 1)})"
        if form == 7:
            return f"{self.pick('toward', 'away')}({self.place(depth - 1)})"
        if form == 8:
            return f"intercept({self.thing(depth - 1)[0]})"
        if form in (9, 10):
            return f"avoid({self.place(depth - 1)}, {n(depth - 1)})"
        return f"{self.thing(depth - 1)[0]}.{self.pick('position', 'velocity')}"

    def place(self, depth):
        return self.vector(depth) if self.draw(st.booleans()) else self.thing(depth)[0]

    def thing(self, depth, kind=None):
        """(text, its kind or None); of a certain kind if asked."""
        leaves = [
            ("self", SELF),
            ("other", OTHER),
            ("wedge", "wedge"),
            ("umpire", "umpire"),
            ("prize", "gem"),
            *[(k, k) for k in self.loops],
        ]
        if kind is not None:
            leaves = [leaf for leaf in leaves if leaf[1] == kind]
        if leaves and (depth <= 0 or self.draw(st.integers(0, 2)) == 0):
            return self.pick(*leaves)
        wanted = kind or self.pick(*MANY, "umpire")
        form = self.draw(st.integers(0, 5))
        if form == 0:
            return f"nearest({wanted}, {self.place(depth - 1)})", wanted
        if form == 1:
            return f"{self.pick('nearest', 'farthest')}({wanted})", wanted
        if form == 2 and depth > 0:
            a = self.thing(depth - 1, kind)
            b = self.thing(depth - 1, kind)
            return f"({a[0]} if {self.truth(depth - 1)} else {b[0]})", a[1] if a[1] == b[1] else None
        if wanted in self.loops or depth <= 0:
            return f"farthest({wanted})", wanted
        self.loops.append(wanted)
        name = self.pick("nearest_where", "argmin")
        inner = self.truth(depth - 1) if name == "nearest_where" else self.number(depth - 1)
        self.loops.pop()
        return f"{name}({wanted}, {inner})", wanted


@st.composite
def texts(draw, kind):
    writer = Writer(draw)
    text = getattr(writer, kind)(draw(st.integers(1, 3)))
    return f"= {text[0] if kind == 'thing' else text}"


@pytest.mark.parametrize("kind", ["number", "truth", "vector", "thing"])
@pytest.mark.parametrize("walls", ["solid", "wrap"])
def test_random_formulas_mean_the_same_as_in_the_reference(zoos, walls, kind):
    env, tally = zoos[walls], {"formulas": 0, "compared": 0, "ops": set()}

    @settings(max_examples=60, deadline=None, derandomize=True, database=None, phases=[Phase.generate, Phase.shrink],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(texts(kind), st.integers(0, 7), st.integers(0, 2), st.integers(0, 3))
    def compare(text, seed, me, other):
        try:
            node = parse(text, scope_of(env), (kind,))
        except FormulaError:
            assume(False)
        shuffle_world(env, seed)
        tally["formulas"] += 1
        tally["compared"] += check(env, node, me, other, snapshots(env, (0, 1, 5, 10, 15, 16, 18)))
        tally["ops"] |= ops_of(node)

    compare()
    assert tally["formulas"] >= 30
    assert tally["compared"] >= 4 * tally["formulas"]  # of 7: few are left undecided by rounding


def ops_of(node):
    return {node.op}.union(*(ops_of(a) for a in node.args))


ONE_OF_EACH = [
    "abs(self.x)", "sqrt(self.x)", "floor(self.x)", "sign(self.x)", "sin_deg(77 * self.x)", "cos_deg(77 * self.x)", "clamp(self.x, -1, 1)", "time",
    "time()", "time_left", "time_left()", "min(self.x, self.y)", "max(self.x, self.y, 0)", "self.x + self.y", "self.x - self.y", "self.x * self.y",
    "self.x / self.y", "self.x / count(ghost)", "self.x % 1.5", "-self.x % 1.5", "self.x % count(ghost) + 1", "-self.x", "length(self.position)", "dot(self.position, self.velocity)",
    "cross(self.position, self.velocity)", "angle_deg(self.velocity)", "angle_deg(self)", "self.heading_deg", "dist(self, other)",
    "dist(vec(1, 1), wedge)", "gap(self, nearest(rock))", "speed(wedge)", "bearing(other)", "bearing(self.velocity)", "heard(cat)", "heard(mouse)",
    "heard(nobody)", "said(nearest(cat))", "nearest(mouse).said", "count(gem)", "count(ghost)", "count(gem, gem.lit)", "sum(gem, gem.x * count(gem) + gem.y)", "count(caught)",
    "sum(gem, gem.worth)", "mean(gem, gem.worth)", "min(gem, gem.worth)", "max(gem, gem.worth)", "sum(ghost, ghost.fear)", "mean(ghost, ghost.fear)",
    "min(ghost, ghost.fear)", "max(ghost, 1)", "min(gem, 2000000000 + gem.index)", "max(gem, -2000000000 - gem.index)",
    "sum(cat, sum(mouse, dist(cat, mouse)))", "max(cat, min(gem, count(rock, dist(rock, cat) < dist(gem, cat))))", "luck", "prize.worth", "prize.index",
    "self.food", "other.worth", "wedge.heat", "self.index", "wedge.mass", "nearest(slab).mass", "nearest(rock).mass", "nearest(slab).radius",
    "self.spin_deg_per_s", "self.vx", "other.vy", "pi", "world_width + 2 * world_height", "(self if luck < 0.5 else wedge).index",
    "(nearest(cat) if luck < 0.5 else nearest(gem)).index", "(self if luck < 0.5 else nearest(gem)).radius", "3 if luck < 0.5 else self.x",
    "nearest(gem).worth", "farthest(gem).worth", "nearest(gem, wedge).x", "nearest(gem, vec(0, 0)).x", "farthest(cat, self).x", "nearest_where(gem, gem.lit).x",
    "nearest_where(cat, true).x", "argmin(gem, gem.worth).worth", "argmin(gem, 2000000000 + gem.index).x", "nearest(nobody).x", "farthest(ghost).y", "argmin(ghost, ghost.fear).x",
    "nearest(ghost).fear", "nearest_where(gem, false).worth", "x(self.position)", "y(self.position)", "self.position.y",
]  # fmt: skip
ONE_TRUTH_OF_EACH = [
    "self.x < self.y", "self.x <= self.y", "self.x > self.y", "self.x >= self.y", "self.index == 1", "self.index != 1", "other.lit and self.alive",
    "other.lit or self.alive", "not other.lit", "other.lit == self.alive", "other.lit != self.alive", "prize == other", "prize != other",
    "nearest(gem) == other", "any(gem, gem.lit)", "all(gem, gem.lit)", "any(ghost, true)", "all(ghost, false)", "any(cat, touching(cat, mouse))",
    "touching(self, walls)", "touching(self, other)", "touching(self, rock)", "touching(self, cat)", "any(cat, touching(self, cat))", "touching(wedge, slab)",
    "touching(wedge, pill)", "touching(wedge, walls)", "touching(farthest(pill), walls)", "any(slab, touching(slab, pill))", "inside(self, wedge)",
    "inside(vec(0.3, 0.3), wedge)", "any(slab, inside(self, slab))", "any(pill, inside(self, pill))", "any(gem, inside(gem, nearest(rock)))",
    "inside(self.position, other)", "happened(beat)", "happened(caught)", "self.alive", "true", "false", "any(cat, any(mouse, any(gem, gem == prize and mouse.alive)))",
]  # fmt: skip
ONE_VECTOR_OF_EACH = [
    "self.position", "self.velocity", "vec(1, luck)", "self.position + self.velocity", "self.position - self.velocity", "-self.position", "2.5 * self.position",
    "self.position * luck", "self.position / 3", "self.position / count(ghost)", "unit(self.velocity)", "unit(vec(0, 0))", "perp(self.position)", "rotate_deg(self.position, 100 * luck)",
    "toward(other)", "toward(vec(3, -2))", "away(other)", "away(vec(-3, 2.5))", "intercept(wedge)", "intercept(nearest(mouse))", "avoid(other, 3)",
    "avoid(nearest(rock), 2 + luck)", "avoid(vec(0, 0), 4)", "avoid(other, 0)", "avoid(vec(0, 0), -1)", "self.position if luck < 0.4 else vec(1, 1)", "toward(self)", "farthest(rock).position",
    "nearest_where(gem, gem.lit).velocity", "avoid(nearest(cat), length(avoid(nearest(mouse), 3)) + 1)",
]  # fmt: skip


@pytest.mark.parametrize("walls", ["solid", "open", "wrap"])
@pytest.mark.parametrize("kind", ["number", "truth", "vector"])
def test_one_of_each(zoos, walls, kind):
    env = zoos[walls]
    texts_ = {"number": ONE_OF_EACH, "truth": ONE_TRUTH_OF_EACH, "vector": ONE_VECTOR_OF_EACH}[kind]
    for seed in range(2):
        shuffle_world(env, 100 + seed)
        worlds = snapshots(env)
        for text in texts_:
            try:
                compared = check(env, parse("= " + text, scope_of(env), (kind,)), seed, seed, worlds)
            except AssertionError as error:
                raise AssertionError(f"{walls}: {text}: {error}") from None
            assert compared >= WORLDS // 2, text


def test_every_function_of_the_language_is_among_the_texts():
    text = " ".join([*ONE_OF_EACH, *ONE_TRUTH_OF_EACH, *ONE_VECTOR_OF_EACH])
    missing = [name for name in (*FUNCTIONS, *SPECIAL) if f"{name}(" not in text]
    assert missing == ["random"]  # has a test of its own


def test_truths_of_shapes_are_both_true_and_false_somewhere(zoos):
    env = zoos["solid"]
    for text in ("touching(self, rock)", "touching(wedge, slab)", "touching(wedge, walls)", "any(slab, inside(self, slab))", "touching(self, walls)",
                 "any(slab, touching(slab, pill))", "inside(self, wedge)"):  # fmt: skip
        node, seen = parse("= " + text, scope_of(env), ("truth",)), set()
        for seed in range(20):
            shuffle_world(env, seed)
            seen |= set(evaluate(env, [node])[0].tolist())
        assert seen == {0.0, 1.0}, text


def test_in_a_world_that_wraps_the_way_goes_over_the_edge(zoos):
    env = zoos["wrap"]
    env.reset(seed=0)
    rows = ref.rows_of(env)
    for kind, index, x, y_ in (
        ("cat", 0, 3.9, 0),
        ("umpire", 0, -3.9, 0),
        ("gem", 0, -3.9, 0),
        ("gem", 1, 0, 0),
        ("gem", 2, 0, 2),
        ("gem", 3, 0, 2),
    ):
        rows[:, ref.body_row(env, kind, index, Body.X)], rows[:, ref.body_row(env, kind, index, Body.Y)] = x, y_
    texts_ = {"dist(self, umpire)": 0.2, "toward(umpire).x": 1, "away(umpire).x": -1, "nearest(gem).index": 0, "bearing(umpire)": 0, "1 if touching(self, umpire) else 0": 1,
              "1 if inside(self, umpire) else 0": 1, "nearest_where(gem, gem.y < 1).index": 0, "farthest(gem).index": 2}  # fmt: skip
    for text, value in texts_.items():
        assert evaluate(env, [parse("= " + text, scope_of(env))])[0] == pytest.approx(np.full(WORLDS, value), abs=1e-4), text


@pytest.mark.parametrize(
    "text", ["sum(cat, dist(cat, nearest(gem, cat)))", "avoid(nearest(rock), 3)", "1 if any(slab, touching(slab, wedge)) else 0"]
)
def test_a_world_does_not_depend_on_its_neighbours(zoos, text):
    env = zoos["solid"]
    node = parse("= " + text, scope_of(env), ("number", "vector"))
    for lane in (0, 7, 15, 17):
        shuffle_world(env, 3)
        kept = ref.rows_of(env)[lane // LANES, :, lane % LANES].copy()
        before = [part[lane] for part in evaluate(env, [node])]
        shuffle_world(env, 4)
        rows = ref.rows_of(env)
        rows[lane // LANES, :, lane % LANES] = kept
        after = [part[lane] for part in evaluate(env, [node])]
        assert [v.tobytes() for v in before] == [v.tobytes() for v in after]


def test_random_is_even_and_of_each_world_alone(zoos):
    env = zoos["solid"]
    node = parse("= random() + 0 * random()", scope_of(env, "rule"))
    env.reset(seed=5)
    draws = np.array([evaluate(env, [node])[0] for _ in range(300)])
    assert draws.min() >= 0
    assert draws.max() < 1
    flat = draws.reshape(-1)
    assert flat.mean() == pytest.approx(0.5, abs=4 / math.sqrt(12 * flat.size))
    assert flat.var() == pytest.approx(1 / 12, abs=0.004)
    assert len(np.unique(flat)) > 0.99 * flat.size
    correlation = np.corrcoef(draws.T) - np.eye(WORLDS)
    assert np.abs(correlation).max() < 0.3
    single = make("solid", 1)
    single.reset(seed=5 + 9)
    assert [float(evaluate(single, [node])[0][0]) for _ in range(20)] == draws[:20, 9].tolist()


def test_nothing_in_a_formula_is_nan(zoos):
    env = zoos["open"]
    shuffle_world(env, 1)
    for text in ("1 / (self.x - self.x)", "self.x % (self.x - self.x)", "sqrt(0 - 5)", "unit(vec(0, 0)).x", "angle_deg(vec(0, 0))", "bearing(vec(0, 0))",
                 "mean(ghost, ghost.fear)", "toward(self).y", "intercept(self).x", "avoid(self, 1).x", "avoid(self, 0).x"):  # fmt: skip
        assert np.isfinite(evaluate(env, [parse("= " + text, scope_of(env))])[0]).all(), text


def test_a_formula_too_deep_for_the_machine_is_an_error_and_no_overrun(zoos):
    env = zoos["open"]
    leaf = Node("field", "vector", (Node("self", "thing", (), None, SELF),), "position")
    node = leaf
    for _ in range(STACK_ROWS // 2):  # no file gets so deep
        node = Node("add", "vector", (leaf, node))
    with pytest.raises(FormulaError, match="too deep"):
        evaluate(env, [node])
    text = "= " + "avoid(self.position + " * 12 + "vec(1, 1)" + ", 2)" * 12
    assert np.isfinite(evaluate(env, [parse(text, scope_of(env), ("vector",))])[0]).all()


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(angle=st.one_of(st.floats(-1e4, 1e4, width=32), st.floats(width=32, allow_nan=False, allow_infinity=False)))
def test_angles_of_any_size_are_exact(zoos, angle):
    number = Node("num", "number", (), angle)
    turn = Node("rotate_deg", "vector", (Node("vec", "vector", tuple(Node("num", "number", (), v) for v in (1.0, 0.0))), number))
    sine, cosine, x, y_ = (
        float(part[0])
        for part in evaluate(zoos["solid"], [Node("sin_deg", "number", (number,)), Node("cos_deg", "number", (number,)), turn])
    )
    turned = math.radians(math.fmod(angle, 360.0))
    assert [sine, cosine, x, y_] == pytest.approx([math.sin(turned), math.cos(turned), math.cos(turned), math.sin(turned)], abs=6e-7)
    assert max(abs(sine), abs(cosine)) <= 1


def test_the_sine_of_what_is_no_number_is_a_number(zoos):
    huge = "(1 + self.x * self.x) * 1e12 * 1e12 * 1e12 * 1e12"
    for text, value in ((f"sin_deg({huge})", 0), (f"cos_deg(-({huge}))", 1), (f"sin_deg({huge} - {huge})", 0)):
        with np.errstate(over="ignore", invalid="ignore"):
            assert evaluate(zoos["solid"], [parse("= " + text, scope_of(zoos["solid"]))])[0] == pytest.approx(value)


FAR = math.hypot(8, 6)
ASKED = {"dist(self, {})": FAR, "dist({}, self)": FAR, "dist({}, vec(1, 1))": FAR, "dist(vec(1, 1), {})": FAR, "gap(self, {})": None, "1 if inside({}, wedge) else 0": 0,
         "1 if inside(self, {}) else 0": 0, "1 if inside(vec(0, 0), {}) else 0": 0, "1 if touching(self, {}) else 0": 0, "1 if touching({}, cat) else 0": 0,
         "1 if touching({}, walls) else 0": 0, "1 if {}.alive else 0": 0, "{}.index": -1}  # fmt: skip


@pytest.mark.parametrize("choice", ["nearest(ghost)", "farthest(ghost)", "nearest(mouse, vec(1, 1))", "nearest_where(gem, false)", "argmin(mouse, mouse.x)", "nearest(nobody)",
                                    "(nearest(mouse) if luck < 9 else nearest(mouse, self))", "nearest(mouse, nearest(mouse))", "nearest(rock, self)"])  # fmt: skip
@pytest.mark.parametrize("walls", ["solid", "wrap"])
def test_nobody_is_near_nothing_and_in_nothing(zoos, walls, choice):
    env = zoos[walls]
    shuffle_world(env, 2)
    names = env.game.names
    for kind in ("mouse", "rock"):
        for body in range(names.first[kind], names.first[kind] + names.count[kind]):
            ref.rows_of(env)[:, body * Body.ROWS + Body.ALIVE] = 0
    for text, wanted in ASKED.items():
        found = evaluate(env, [parse("= " + text.format(choice), scope_of(env))])[0]
        if wanted is None:
            assert (found > FAR - 2).all(), text
        else:
            assert found == pytest.approx(wanted), text
    assert evaluate(env, [parse(f"= {choice}.position - {choice}.position", scope_of(env), ("vector",))])[0] == pytest.approx(0)


def test_over_none_the_least_is_far_and_the_rest_are_as_they_were(zoos):
    env = zoos["open"]
    for text, wanted in {"min(ghost, dist(self, ghost))": FAR, "min(ghost, -5)": FAR, "max(ghost, 7)": 0, "sum(ghost, 7)": 0, "mean(ghost, 7)": 0, "count(ghost)": 0,
                         "1 if any(ghost, true) else 0": 0, "1 if all(ghost, false) else 0": 1}.items():  # fmt: skip
        assert evaluate(env, [parse("= " + text, scope_of(env))])[0] == pytest.approx(wanted), text


@pytest.mark.parametrize("alive", [True, False])
def test_the_one_who_is_left_is_near_as_before(zoos, alive):
    env = zoos["solid"]
    shuffle_world(env, 6)
    first = env.game.names.first["mouse"]
    for body, here in ((first, alive), (first + 1, False)):
        ref.rows_of(env)[:, body * Body.ROWS + Body.ALIVE] = here
    near, exact = evaluate(
        env, [parse(f"= {text}", scope_of(env)) for text in ("dist(self, nearest(mouse))", "min(mouse, dist(self, mouse))")]
    )
    assert near == pytest.approx(exact)
    assert ((near < FAR) == alive).all()
