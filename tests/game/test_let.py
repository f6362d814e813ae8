"""A name of `let` is worked out once in a formula, and once for an agent and decision in a script; it means there what it would mean written out."""

import copy
import json
import pickle
import time
from typing import Any

import numpy as np
import pytest

from sandlot.envs.compile.game import table_of
from sandlot.envs.core.vector import VectorEnv
from sandlot.envs.kernels.world.layout.programs import Op
from sandlot.envs.kernels.world.layout.world import Table
from sandlot.scenarios import ScenarioError, loads
from sandlot.scenarios.formulas.types import parts
from sandlot.scenarios.library import report_on
from sandlot.scenarios.notes.finders import FINDERS

THINGS = {
    "post": {"count": 5, "radius": 0.2, "place": {"in": "world"}, "state": {"w": {"uniform": [0, 3]}}},
    "ball": {"count": 3, "radius": 0.2, "body": "dynamic", "place": {"in": "world"}, "state": {"n": 1}},
}


def game(let: dict[str, str], rewards: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A room with posts and balls, and two tanks that are paid what a test asks."""
    team = {"count": 2, "radius": 0.2, "drive": {"type": "tank"}, "place": {"in": "world"}, "state": {"a": 0, "b": 0}, "sees": ["self"]}
    return {
        "format": "sandlot/1",
        "name": "n",
        "things": THINGS,
        "teams": {"eye": team},
        "let": let,
        "rewards": {"eye": rewards or {}},
        "end": {"time": 9},
    } | more


def played(made: dict[str, Any], worlds: int = 3, steps: int = 3) -> dict[str, np.ndarray]:
    """Reward terms of the last of some decisions, played by the script."""
    env = VectorEnv(loads(json.dumps(made)), worlds)
    env.reset(seed=3)
    for _ in range(steps):
        _, _, _, _, info = env.step(env.scripted_actions())
    return {name[7:]: value["eye"] for name, value in info.items() if name.startswith("reward/")}


def length(made: dict[str, Any]) -> int:
    """How many operations a game has in all."""
    return len(table_of(VectorEnv(loads(json.dumps(made))).game.world, Table.CODE))


NAMES = {
    "near": "= nearest(ball)", "way": "= toward(near) + 0.1 * near.velocity", "far": "= dist(self, near)", "heavy": "= post.w * far + post.x",
    "most": "= max(post, heavy)", "pair": "= dist(post, ball) * far", "close": "= far < 3 and near.n > 0",
}  # fmt: skip
WRITTEN = {
    "far + far * far": "dist(self, nearest(ball)) + dist(self, nearest(ball)) * dist(self, nearest(ball))",
    "way.x + way.y": "(toward(nearest(ball)) + 0.1 * nearest(ball).velocity).x + (toward(nearest(ball)) + 0.1 * nearest(ball).velocity).y",
    "sum(post, heavy)": "sum(post, post.w * dist(self, nearest(ball)) + post.x)",
    "most + sum(post, heavy * heavy)": "max(post, post.w * dist(self, nearest(ball)) + post.x) + sum(post, (post.w * dist(self, nearest(ball)) + post.x)"
    " * (post.w * dist(self, nearest(ball)) + post.x))",
    "sum(post, heavy * sum(ball, pair + heavy))": "sum(post, (post.w * dist(self, nearest(ball)) + post.x) * sum(ball, dist(post, ball)"
    " * dist(self, nearest(ball)) + (post.w * dist(self, nearest(ball)) + post.x)))",
    "sum(ball, sum(post, pair)) - sum(post, sum(ball, pair))": "sum(ball, sum(post, dist(post, ball) * dist(self, nearest(ball))))"
    " - sum(post, sum(ball, dist(post, ball) * dist(self, nearest(ball))))",
    "count(post, most > heavy)": "count(post, max(post, post.w * dist(self, nearest(ball)) + post.x) > 1) * 0 + "
    "count(post, post.w * dist(self, nearest(ball)) + post.x < 1e9) - 1",
    "nearest_where(ball, dist(ball, near) > far / 9 and ball.n < far).x if close else far": "nearest_where(ball, dist(ball, nearest(ball)) > dist(self, nearest(ball))"
    " / 9 and ball.n < dist(self, nearest(ball))).x if dist(self, nearest(ball)) < 3 and nearest(ball).n > 0 else dist(self, nearest(ball))",
    "gap(self, near) + bearing(near) + near.index": "gap(self, nearest(ball)) + bearing(nearest(ball)) + nearest(ball).index",
    "inside(near, near) or close": "",
}


def test_names_give_what_they_stand_for() -> None:
    asked = {text: out for text, out in WRITTEN.items() if out and "most > heavy" not in text}
    terms = {f"t{k}_named": f"= {text}" for k, text in enumerate(asked)} | {f"t{k}_out": f"= {out}" for k, out in enumerate(asked.values())}
    paid = played(game(NAMES, terms), worlds=19)
    for k, text in enumerate(asked):
        assert paid[f"t{k}_named"].tobytes() == paid[f"t{k}_out"].tobytes(), text
        assert np.ptp(paid[f"t{k}_named"]) > 0


@pytest.mark.parametrize(
    ("text", "once"),
    [("far", "far"), ("far + far + far", "far"), ("sum(post, far * post.x)", "far"), ("sum(post, heavy + heavy + heavy)", "heavy")],
)
def test_a_name_costs_once(text: str, once: str) -> None:
    """Each use beyond the first is an operation or two, not the formula again."""
    long = {
        "far": "= " + " + ".join(f"dist(self, vec({k}, self.x))" for k in range(20)),
        "heavy": "= " + " + ".join(f"post.w * {k}" for k in range(30)),
    }
    alone = length(game(long, {"t": f"= sum(post, {once})" if once == "heavy" else f"= {once}"}))
    assert length(game(long, {"t": f"= {text}"})) < alone + 15


def test_what_is_the_same_for_all_of_a_kind_is_worked_out_before_them() -> None:
    code = table_of(
        VectorEnv(
            loads(json.dumps(game({"far": "= dist(nearest(ball), self)"}, {"t": "= sum(post, post.x * sum(ball, far))"})))
        ).game.world,
        Table.CODE,
    )
    loops = [k for k, row in enumerate(code) if row[0] == Op.LOOP]
    assert next(k for k, row in enumerate(code) if row[0] == Op.PICK) < loops[0]
    assert len(loops) == 2


def test_chance_without_a_name_is_asked_where_it_stands() -> None:
    """A function over a kind that another doesn't change is taken out of it, unless it asks for chance."""
    first = {}
    for text in ("ball.n", "ball.n * random()"):
        rules = {"r": {"when": {"every": 1}, "if": f"= sum(post, post.w * sum(ball, {text})) > 1"}}
        code = table_of(VectorEnv(loads(json.dumps(game({}, rules=rules)))).game.world, Table.CODE)
        first[text] = [int(row[3]) for row in code if row[0] == Op.LOOP]  # how many each goes over
    assert first == {"ball.n": [3, 5], "ball.n * random()": [5, 3]}


def test_doubling_names_are_looked_through_at_once() -> None:
    """Whatever asks a formula for something at load, when a game is made or in its notes goes to each node once, or so far and no farther."""
    rules = {"r": {"when": {"every": 0.1}, "if": "= t40 and nearest(post, vec(d40, 0)).w > 0", "do": {"set": {"eye.a": "= d40", "eye.b": "= f40"}, "add": {"ball.n": "= argmin(post, d40).w + d40"}}},
             "s": {"when": "= t40 or nearest(ball, vec(d40, 0)).n > d40", "do": {"set": {"eye.b": "= nearest(post, vec(d40, 0)).w * d40"}}}}  # fmt: skip
    let = {"d0": "= time % 3", "t0": "= time > 3", "f0": "= floor(time)"}
    let |= {f"d{k + 1}": f"= d{k} + d{k} if d{k} > {k} else d{k}" if k % 2 else f"= min(d{k}, d{k} * 2)" for k in range(20)} | {
        "d40": "= d20 + d20"
    }
    let |= {f"t{k + 1}": f"= t{k} and not t{k}" if k % 2 else f"= t{k} or t{k}" for k in range(19)} | {"t40": "= t19"}
    let |= {f"f{k + 1}": f"= f{k} * f{k}" for k in range(10)} | {"f40": "= f10 + f10"}
    made = game(let, {"t": "= d40 if t40 else f40"}, rules=rules)
    begun = time.process_time()
    scenario = loads(json.dumps(made))
    assert scenario == loads(json.dumps(made))
    assert hash(scenario.formulas["$.rewards.eye.t"]) == hash(loads(json.dumps(made)).formulas["$.rewards.eye.t"])
    assert scenario.formulas["$.rewards.eye.t"] == loads(json.dumps(made)).formulas["$.rewards.eye.t"]
    env = VectorEnv(scenario, 2)
    env.reset(seed=0)
    env.step(env.scripted_actions())
    for find in FINDERS:
        find(report_on(scenario))
    assert time.process_time() - begun < 8


def test_doubling_names_stay_small() -> None:
    """24 names of which each is twice the one before: written out, 16 million."""
    let = {"d0": "= self.x + 1"} | {f"d{k + 1}": f"= d{k} + d{k}" for k in range(24)}
    begun = time.process_time()
    made = loads(json.dumps(game(let, {"t": "= d24", "x": "= self.x + 1"})))
    assert sum(1 for _ in parts(made.formulas["$.rewards.eye.t"])) < 60
    paid = played(game(let, {"t": "= d24", "x": "= self.x + 1"}))
    assert time.process_time() - begun < 5
    assert np.array_equal(paid["t"], paid["x"] * np.float32(2**24))


def test_chance_is_one_draw_wherever_its_name_stands() -> None:
    rules = {
        "r": {"when": {"every": 0.1}, "do": {"set": {"eye.a": "= luck - luck", "eye.b": "= sum(post, luck) - 5 * luck"}}},
        "s": {"when": {"every": 0.1}, "if": "= luck == luck and any(post, luck > 0)"},
    }
    paid = played(
        game({"luck": "= random()"}, {"a": "= self.a", "b": "= self.b", "met": "= count(s)", "all": "= count(r)"}, rules=rules), worlds=17
    )
    assert not paid["a"].any()
    assert np.abs(paid["b"]).max() < 1e-5
    assert np.array_equal(paid["met"], paid["all"])


def test_a_script_draws_once_for_an_agent() -> None:
    """Both actions of a tank follow from one draw; two tanks draw two."""
    made = game({"luck": "= 2 * random() - 1", "half": "= luck / 2"}, baseline={"eye": {"forward": "= luck", "turn": "= half + half"}})
    env = VectorEnv(loads(json.dumps(made)), 17)
    env.reset(seed=0)
    actions = env.scripted_actions()["eye"]
    assert np.array_equal(actions[..., 0], actions[..., 1])
    assert (actions[:, 0] != actions[:, 1]).all()
    assert len(np.unique(actions[:, 0, 0])) == 17


def test_a_rule_sees_what_the_one_above_it_did() -> None:
    rules = {
        "more": {"when": {"every": 0.1}, "do": {"add": {"ball.n": 1}}},
        "told": {"when": {"every": 0.1}, "do": {"set": {"eye.a": "= total"}}},
        "again": {"when": {"every": 0.1}, "do": {"add": {"ball.n": 1}}},
        "late": {"when": {"every": 0.1}, "do": {"set": {"eye.b": "= total + total"}}},
    }
    paid = played(game({"total": "= sum(ball, ball.n)"}, {"a": "= self.a", "b": "= self.b", "now": "= total"}, rules=rules), steps=1)
    assert (paid["a"].max(), paid["b"].max(), paid["now"].max()) == (6, 18, 9)


def test_names_count_once() -> None:
    """A formula may have 512 operations, a script 2,048, and a name that is used often counts once."""
    long = {"long": "= " + " + ".join(["time"] * 200)}  # 399 operations
    loads(json.dumps(game(long, {"t": "= long + long + long * long"})))
    with pytest.raises(ScenarioError, match=r'\$\.rewards\.eye\.t: in "long": more than 512 operations \(MAX_FORMULA_NODES\)'):
        loads(json.dumps(game(long, {"t": f"= {' + '.join(['self.x'] * 40)} + long"})))
    names = {f"n{k}": "= " + " + ".join(["time"] * 120) for k in range(9)}  # 239 each
    sums = [" + ".join(f"n{k}" for k in range(count)) for count in (8, 9)]
    loads(json.dumps(game(names, baseline={"eye": {"forward": f"= {sums[0]}", "turn": f"= 0 * ({sums[0]})"}})))
    with pytest.raises(ScenarioError, match=r"more than 2048 operations \(MAX_SCRIPT_NODES\)"):
        loads(json.dumps(game(names, baseline={"eye": {"forward": f"= {sums[1]}", "turn": "= 1"}})))


def test_long_formulas_run_and_travel() -> None:
    text = " + ".join(["self.x"] * 170)  # 170 leaves of two operations, 169 sums: deep on their left
    made = game(
        {"half": f"= {text}"}, {"t": "= half + half", "many": "= 1 if " + " and ".join(["self.alive"] * 100) + " else 0", "x": "= self.x"}
    )
    assert np.allclose(played(made)["t"], 340 * played(made)["x"], rtol=1e-4)
    scenario = loads(json.dumps(made))
    for twin in (pickle.loads(pickle.dumps(scenario)), copy.deepcopy(scenario)):
        assert twin == scenario
        assert twin.formulas == scenario.formulas
        node = twin.formulas["$.rewards.eye.t"]
        assert node.args[0] is node.args[1]
    assert loads(json.dumps(made)) == scenario
    assert loads(json.dumps(game({}, {"t": "= 1"}))).formulas != scenario.formulas
    env = pickle.loads(pickle.dumps(VectorEnv(scenario, 2)))
    env.reset(seed=0)


def test_names_within_names_go_only_so_deep() -> None:
    let = {"d0": "= self.x"} | {f"d{k + 1}": f"= abs(d{k})" for k in range(63)}
    with pytest.raises(ScenarioError, match="MAX_FORMULA_DEPTH"):
        loads(json.dumps(game(let, {"t": "= d63"})))
    deep = {"deep": "= " + "abs(" * 40 + "post.x" + ")" * 40}
    loads(json.dumps(game(deep, {"t": f"= sum(post, deep) + {'abs(' * 40}sum(post, deep + deep){')' * 40}"})))
    with pytest.raises(ScenarioError, match="MAX_FORMULA_DEPTH"):
        loads(json.dumps(game(deep, {"t": f"= sum(post, deep) + {'-' * 90}sum(post, deep + deep)"})))


def test_many_values_of_names_are_an_error() -> None:
    """A name that speaks of two things has four values where it stands in functions over none, one or both of them."""
    two = THINGS | {"u": {"radius": 0.1, "body": "sensor"}, "v": {"radius": 0.1, "body": "sensor", "at": [1, 1]}}
    for names, fits in ((32, True), (44, False)):
        let = {f"n{k}": f"= {k} * u.position - v.position" for k in range(names)}
        text = "x(" + " + ".join(let) + ")"
        made = game(
            let,
            things=two,
            baseline={"eye": {"forward": f"= {text} + sum(u, {text})", "turn": f"= sum(v, {text}) + sum(u, sum(v, {text}))"}},
        )
        if fits:
            env = VectorEnv(loads(json.dumps(made)), 2)
            env.reset(seed=0)
            assert np.isfinite(env.scripted_actions()["eye"]).all()
        else:
            with pytest.raises(ScenarioError, match=r"more than 128 values of names \(MAX_FORMULA_NAMES\)"):
                loads(json.dumps(made))
