"""Random games that use every word of the language, valid by construction; made of features, so that a failure shrinks to the few that matter.

`game(features, seed)` is a dict as in a file, `games()` a strategy of them. What the numbers, formulas and rules of a game are follows from its seed alone.
"""

from collections.abc import Callable, Collection
from typing import Any

import numpy as np
from hypothesis import strategies as st


class Maker:
    """One game in the making: a room with stones, balls that are pushed about, pads that are felt, two ants and a bee."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.many = ["stone", "ball", "pad", "ant"]
        self.luck: list[str] = []
        """Names of formulas that stand for a random number, so only for rules and baselines."""
        self.names: list[str] = []
        """Names of other numbers: params, draws and formulas without `self`."""
        self.targets = [
            "ball.n",
            "ball.up",
            "ball.velocity",
            "ball.angle_deg",
            "ball.spin_deg_per_s",
            "ant.load",
            "ant.accel",
            "ant.top_speed",
            "bee.velocity",
        ]
        self.placed, self.pushed, self.removed = ["ball", "ant", "pad"], ["ball", "ant", "bee"], ["ball", "ant", "bee", "stone"]
        self.broken: list[str] = []
        self.events: list[dict[str, Any]] = [
            {"touch": ["ant", "ball"]}, {"touch": ["ball", "ball"]}, {"apart": ["ant", "ball"]}, {"touch": ["bee", "stone"]}, {"inside": ["ball", "pad"]},
            {"outside": ["ant", "pad"]}, {"near": ["ant", "ant"], "within": 3}, {"near": ["bee", "ball"], "within": 2}, {"every": 0.3}, {"every": 0.25}, {"at": 0.5}, {"start": True},
        ]  # fmt: skip
        roles = {"state": {"load": {"default": 0, "min": -9, "max": 9}}, "sees": ["self", {"of": "ball", "nearest": 2}]}
        self.game: dict[str, Any] = {
            "format": "sandlot/1", "name": "random", "world": {"size": [12, 9], "drag": 0.2},
            "things": {
                "stone": {"count": 3, "radius": self.number(0.2, 0.5), "place": {"in": "world", "gap": 0.1}},
                "ball": {"count": 3, "radius": 0.2, "body": "dynamic", "bounce": 0.5, "state": {"n": 0, "up": False}, "place": {"in": "world"}},
                "pad": {"count": 2, "shape": "box", "size": [1.5, 1.2], "body": "sensor", "place": {"in": "world", "turn": True}},
            },
            "teams": {
                "ant": roles | {"count": 2, "radius": 0.3, "drive": {"type": "walk"}, "place": {"in": "world", "gap": 0.05}},
                "bee": roles | {"at": [0, 0], "radius": 0.25, "drive": {"type": "thrust"}},
            },
            "rules": {}, "rewards": {"ant": {"near": "= -0.1 * dist(self, nearest(ball))"}, "bee": {}}, "end": {"time": 1.6}, "score": {}, "baseline": {},
        }  # fmt: skip
        self.world, self.things, self.teams = self.game["world"], self.game["things"], self.game["teams"]

    def pick(self, options: Any) -> Any:
        """One of some options."""
        options = list(options)
        return options[self.rng.integers(len(options))]

    def some(self, options: Any, least: int, most: int) -> list[Any]:
        """A few different ones."""
        options = list(options)
        count = min(len(options), int(self.rng.integers(least, most + 1)))
        return [options[k] for k in self.rng.permutation(len(options))[:count]]

    def number(self, low: float, high: float) -> Any:
        """A number, or one that is drawn anew."""
        a, b = sorted(round(float(v), 3) for v in self.rng.uniform(low, high, 2))
        return self.pick([a, b, {"uniform": [a, b]}, {"normal": [a, round((b - a) / 4, 4)]}, {"one_of": [a, b, low]}])

    # Formulas: `me` where there is a self, `luck` where chance may be asked, `open_` the kinds whose loops it is in

    def value(self, deep: int, me: bool, luck: bool, open_: tuple[str, ...] = ()) -> str:
        """A formula of a number."""
        rest = (deep - 1, me, luck, open_)
        if deep <= 0:
            leaves = ["0.5", "2", "time", "world_width", "time_left", "bee.x", "count(ball)", *self.names]
            leaves += ["self.x", "self.vy", "self.speed", "self.angle_deg", "self.radius", "self.mass", "self.index"] if me else []
            leaves += ["random()", *self.luck] * 3 if luck else []
            return str(self.pick([*leaves, *(f"{kind}.y" for kind in open_)]))
        kinds = [kind for kind in self.many if kind not in open_]
        kind = self.pick(kinds)
        inner = (deep - 1, me, luck, (*open_, kind))
        ways: list[Callable[[], str]] = [
            lambda: f"({self.value(*rest)} {self.pick('+-*/%')} {self.value(*rest)})",
            lambda: f"({self.value(*rest)} if {self.truth(*rest)} else {self.value(*rest)})",
            lambda: f"{self.pick(['abs', 'sqrt', 'floor', 'sign', 'sin_deg', 'cos_deg', '-'])}({self.value(*rest)})",
            lambda: f"{self.pick(['min', 'max'])}({self.value(*rest)}, {self.value(*rest)})",
            lambda: f"clamp({self.value(*rest)}, -5, 5)",
            lambda: f"{self.pick(['length', 'x', 'y', 'angle_deg'])}({self.vector(*rest)})",
            lambda: f"{self.pick(['dot', 'cross'])}({self.vector(*rest)}, {self.vector(*rest)})",
            lambda: f"{self.pick(['sum', 'mean', 'min', 'max'])}({kind}, {self.value(*inner)})",
            lambda: f"count({kind}, {self.truth(*inner)})",
            lambda: f"dist({self.thing(*rest)}, {self.vector(*rest)})",
            lambda: f"gap({self.thing(*rest)}, {self.thing(*rest)})",
            lambda: f"argmin(ball, {self.value(deep - 1, me, luck, (*open_, 'ball'))}).n" if "ball" in kinds else "1",
        ]
        if me:
            ways += [lambda: f"bearing({self.thing(*rest)})", lambda: f"nearest_where({kind}, {self.truth(*inner)}).x"]
        return self.pick(ways)()

    def truth(self, deep: int, me: bool, luck: bool, open_: tuple[str, ...] = ()) -> str:
        """A formula of true or false."""
        rest = (deep - 1, me, luck, open_)
        kind = self.pick([kind for kind in self.many if kind not in open_])
        ways: list[Callable[[], str]] = [
            lambda: f"{self.value(*rest)} {self.pick(['<', '<=', '>', '>=', '==', '!='])} {self.value(*rest)}",
            lambda: f"touching({self.thing(*rest)}, {self.thing(*rest)})",
            lambda: f"inside({self.thing(*rest)}, nearest(pad, bee))",
            lambda: f"{self.thing(*rest)}.alive",
        ]
        if deep > 0:
            ways += [
                lambda: f"({self.truth(*rest)} {self.pick(['and', 'or'])} not ({self.truth(*rest)}))",
                lambda: f"{self.pick(['any', 'all'])}({kind}, {self.truth(deep - 1, me, luck, (*open_, kind))})",
            ]
        return self.pick(ways)()

    def vector(self, deep: int, me: bool, luck: bool, open_: tuple[str, ...] = ()) -> str:
        """A formula of a vector."""
        rest = (deep - 1, me, luck, open_)
        thing = self.thing(*rest)
        ways: list[Callable[[], str]] = [
            lambda: f"vec({self.value(*rest)}, {self.value(*rest)})",
            lambda: f"{thing}.position",
            lambda: f"{thing}.velocity",
        ]
        if me:
            ways += [
                lambda: f"{self.pick(['toward', 'away'])}({thing})",
                lambda: f"intercept({thing})",
                lambda: f"avoid({thing}, {self.value(*rest)})",
            ]
        if deep > 0:
            ways += [
                lambda: f"({self.vector(*rest)} {self.pick('+-')} {self.vector(*rest)})",
                lambda: f"({self.value(*rest)} * {self.vector(*rest)})",
                lambda: f"{self.pick(['unit', 'perp'])}({self.vector(*rest)})",
                lambda: f"rotate_deg({self.vector(*rest)}, {self.value(*rest)})",
                lambda: f"({self.vector(*rest)} if {self.truth(*rest)} else {self.vector(*rest)})",
            ]
        return self.pick(ways)()

    def thing(self, deep: int, me: bool, luck: bool, open_: tuple[str, ...] = ()) -> str:
        """A formula of a thing."""
        ways = ["bee", *open_, *(["self"] if me else [])]
        kind = self.pick([kind for kind in self.many if kind not in open_])
        if deep > 0:
            ways += [f"nearest({kind}, bee)", f"farthest({kind}, bee)", *([f"nearest({kind})"] if me else [])]
            ways.append(f"argmin({kind}, {self.value(deep - 1, me, luck, (*open_, kind))})")
        return str(self.pick(ways))

    # Rules

    def do(self, me: bool) -> dict[str, Any]:
        """Effects of one to three verbs."""
        found: dict[str, Any] = {}
        for verb in self.some(["set", "add", "place", "push", "remove", "break"], 1, 3):
            if verb in ("set", "add"):
                targets = self.some(self.targets, 1, 3)
                found[verb] = {target: self.assigned(target) for target in targets if not (verb == "add" and target.endswith(".up"))}
            elif verb == "place":
                found[verb] = {kind: self.spot() for kind in self.some(self.placed, 1, 2)}
            elif verb == "push":
                found[verb] = {kind: self.pick([f"= {self.vector(2, True, True)}", [1, -0.5]]) for kind in self.some(self.pushed, 1, 2)}
            elif verb == "remove":
                found[verb] = self.some(self.removed, 1, 1) if self.rng.random() < 0.4 else []
            elif self.broken:
                found[verb] = self.some(self.broken, 1, 1)
        return {verb: value for verb, value in found.items() if value}

    def assigned(self, target: str) -> Any:
        """What a rule gives a variable."""
        if target.endswith(".velocity"):
            return self.pick([f"= {self.vector(2, True, True)}", [1.5, -1]])
        if target.endswith(".up"):
            return self.pick([True, f"= {self.truth(2, True, True)}"])
        return self.pick([f"= {self.value(2, True, True)}", f"= {self.value(3, True, True)}", 1.5])

    def spot(self) -> Any:
        """Where a rule places something."""
        return self.pick([
            "start", [2, 1], {"in": "world", "gap": 0.1}, {"in": "pad"}, {"in": {"circle": [1, 1, 2]}, "turn": True}, {"ring": [0, 0, 3]},
            {"row": [[-3, 2], [3, 2]], "shuffle": True}, {"in": {"rect": [-5, -3, 0, 3]}, "away_from": {"bee": 1}},
        ])  # fmt: skip

    def rule(self, event: Any) -> dict[str, Any]:
        """A rule that waits for an event (or a formula)."""
        pair = isinstance(event, dict) and not {"every", "at", "start", "breaks"} & event.keys()
        found: dict[str, Any] = {"when": event, "do": self.do(me=pair)}
        met = next((value for value in event.values() if isinstance(value, list)), []) if isinstance(event, dict) else []
        if met and (met[0] == met[-1] or self.rng.random() < 0.5):
            words = dict(zip(reversed(met), ("other", "self"), strict=True))  # of two of a kind, the first
            found["do"] = {verb: renamed(effects, words) for verb, effects in found["do"].items()}
        if self.rng.random() < 0.5:
            where = found if self.rng.random() < 0.5 or isinstance(event, str) else {}
            where["if"] = f"= {self.truth(2, pair, True)}"
            if where is not found:
                found["when"] = event | where
        if self.rng.random() < 0.3:
            found["chance"] = round(float(self.rng.uniform(0.2, 0.9)), 2)
        if self.rng.random() < 0.3:
            found["cooldown"] = self.pick([0.1, 0.3, 0.45])
        if self.rng.random() < 0.15:
            found["once"] = True
        return found

    def finish(self) -> dict[str, Any]:
        """Write the rules, what they pay, and the scripts."""
        if "walls" not in self.world:
            self.events += [{"touch": ["ball", "walls"]}, {"apart": ["ant", "walls"]}]
        events = [*self.some(self.events, 2, 5), *(["= " + self.truth(2, False, True)] if self.rng.random() < 0.5 else [])]
        for k, event in enumerate(events):
            self.game["rules"][f"rule_{k}"] = self.rule(event)
        rules = list(self.game["rules"])
        self.game["rewards"] = {
            "*": {self.pick(rules): 1},
            "ant": {"shared": bool(self.rng.random() < 0.5), self.pick(rules): -0.5, "formula": f"= {self.value(3, True, False)}"},
            "bee": {"change": {"progress": f"= {self.value(2, True, False)}", "weight": 0.5}, "common": f"= count({self.pick(rules)})"},
        }
        self.game["score"] = {"ant": f"= {self.value(2, False, False)} + count({rules[0]})"}
        if self.rng.random() < 0.4:
            self.game["end"]["over"] = self.pick(rules)
        self.game["baseline"] |= {"ant": {"move": f"= {self.vector(3, True, True)}"}, "bee": {"move": f"= {self.vector(2, True, True)}"}}
        return self.game


def renamed(effects: Any, words: dict[str, str]) -> Any:
    """Effects of one verb on self and other instead of on the kinds that these are."""

    def new(target: str) -> str:
        kind, dot, variable = target.partition(".")
        return words.get(kind, kind) + dot + variable

    return {new(target): value for target, value in effects.items()} if isinstance(effects, dict) else [new(target) for target in effects]


FEATURES: dict[str, Callable[[Maker], None]] = {}


def feature(function: Callable[[Maker], None]) -> Callable[[Maker], None]:
    """Make a function a feature of games."""
    FEATURES[function.__name__.strip("_")] = function
    return function


def _team(m: Maker, name: str, drive: dict[str, Any], actions: dict[str, str], **more: Any) -> None:
    """A team of two with a drive, and a script of its own."""
    m.teams[name] = {
        "count": 2,
        "radius": 0.25,
        "drive": drive,
        "place": {"in": "world", "gap": 0.05},
        "sees": ["self", {"of": "ant"}],
    } | more
    m.many.append(name)
    m.pushed.append(name)
    m.placed.append(name)
    m.game["baseline"][name] = {action: text if text else f"= {m.value(2, True, True)}" for action, text in actions.items()}


@feature
def walls(m: Maker) -> None:
    m.world["walls"] = m.pick(["open", "wrap"])


@feature
def pace(m: Maker) -> None:
    m.world |= {"decisions_per_second": m.pick([4, 20, 60]), "substeps": m.pick([1, 3, 8]), "observations": m.pick(["raw", "scaled"])}


@feature
def car(m: Maker) -> None:
    _team(
        m,
        "cart",
        {"type": "car", "driven": m.pick(["rear", "front", "all"])},
        {"throttle": "", "steer": ""},
        shape="box",
        size=[0.6, 0.3],
        radius=0,
    )
    m.targets += ["cart.accel", "cart.top_speed"]


@feature
def tank(m: Maker) -> None:
    _team(m, "tread", {"type": "tank"}, {"forward": "", "turn": ""})


@feature
def rocket(m: Maker) -> None:
    m.world["gravity"] = 3
    _team(m, "ship", {"type": "rocket"}, {"throttle": "", "turn": ""}, shape="capsule", length=0.4, radius=0.15)


@feature
def jump(m: Maker) -> None:
    m.world["gravity"] = 9.81
    _team(
        m,
        "frog",
        {"type": "jump", "coyote_time": m.pick([0, 0.2])},
        {"move": "", "jump": "= 1 if self.grounded and random() < 0.5 else -1"},
    )


@feature
def mover(m: Maker) -> None:
    path = {
        "points": [[-2, 0], [2, 0], [2, 1]],
        "speed": m.number(0.5, 2),
        "pause": m.pick([0, 0.2]),
        "mode": m.pick(["loop", "back_and_forth"]),
    }
    m.things["lift"] = {
        "count": 2,
        "shape": "box",
        "size": [1, 0.3],
        "body": "kinematic",
        "at": [0, -3],
        "path": path,
        "spin_deg_per_s": m.pick([0, 90]),
    }


@feature
def belt(m: Maker) -> None:
    m.things["belt"] = {"shape": "box", "size": [3, 0.3], "at": [3, 4], "surface_speed": 1, "friction": 1}
    m.targets.append("belt.surface_speed")


@feature
def zone(m: Maker) -> None:
    me = (2, True, False)
    m.things["fan"] = {"at": [-3, -2], "shape": "box", "size": [3, 3], "body": "sensor",
                       "zone": m.pick([{"force": f"= {m.vector(*me)}"}, {"wind": f"= {m.vector(*me)}", "drag": 2}, {"force": [0, 3], "on": ["ball"]}])}  # fmt: skip
    m.world["wind"] = f"= {m.vector(2, False, False)}"


@feature
def shots(m: Maker) -> None:
    m.things["dart"] = {"radius": 0.06, "mass": 0.05, "bounce": 0.5}
    m.teams["bee"]["shoot"] = {"projectile": "dart", "aim": m.pick(["free", "heading"]), "speed": 8, "cooldown": 0.2, "pool": 3, "spread_deg": 20, "ammo": 9,
                               "on_hit": m.pick(["vanish", "bounce"]), "knock_back": 0.2, "lifetime": 0.7}  # fmt: skip
    m.teams["bee"]["sees"] = ["self", {"self": ["ammo", "cooldown"]}, {"of": "dart", "nearest": 2}]
    m.game["rules"]["hit"] = {
        "when": {"touch": ["dart", "ball"]},
        "do": {"add": {"dart.owner.load": "= random()", "ball.n": "= dart.speed"}},
    }
    m.game["baseline"]["bee"] = {"fire": f"= {m.truth(2, True, True)}"}
    m.events.append({"touch": ["dart", "ant"]})


@feature
def hands(m: Maker) -> None:
    m.teams["ant"] |= {"hands": {"grabs": ["ball", "bee"], "reach": 1.5, "strength": 20, "grip": m.pick(["firm", "loose"]), "lock": True}}
    m.teams["ant"]["sees"] = ["self", {"of": "ball", "fields": ["offset", "held", "held_by", "locked", "locked_by", "mine", "up"]}]
    m.events += [{"grabs": ["ant", "ball"]}, {"releases": ["ant", "ball"]}]
    m.game["rules"]["gripped"] = {"when": {"grabs": ["ant", "ball"]}, "if": "= random() < 0.7", "do": {"add": {"ball.n": "= random()"}}}
    m.game["rules"]["dropped"] = {"when": {"releases": ["ant", "ball"]}, "do": {"push": {"ball": "= vec(random(), 1)"}}}
    m.game["baseline"]["ant"] = {"grab": "= 2 * random() - 0.6", "lock": "= 3 * random() - 1.5"}


@feature
def joints(m: Maker) -> None:
    m.things |= {
        "link": {"count": 4, "radius": 0.1, "mass": 0.3, "body": "dynamic", "place": {"row": [[-2, 3], [-0.5, 3]]}},
        "beam": {"count": 2, "shape": "box", "size": [0.8, 0.2], "body": "dynamic", "at": [[2, -3.5], [4, -3.5]], "drag": 0.5},
    }
    m.game["joints"] = {
        "chain": {"type": m.pick(["pin", "rope", "spring"]), "between": ["link", "link"], "breaks_at": m.pick([20, 200])},
        "hinge": {"type": "pin", "between": ["world", "beam"], "angle_deg": [-60, 90], "motor": {"speed_deg_per_s": 90, "max_torque": 5}},
        "rail": {"type": "slider", "between": ["world", "link.0"], "travel": [-1, 1], "hertz": m.pick([0, 2])},
        "knot": {"type": "weld", "between": ["link.last", "ball.0"], "hertz": m.pick([0, 5]), "breaks_at": 50},
    }
    m.teams["crank"] = {"count": 2, "at": [[2, 4], [4, 3.4]], "radius": 0.2, "body": "static", "drive": {"type": "motor", "joints": ["hinge"]},
                        "sees": [{"joint": "hinge"}, {"joint": "chain", "fields": ["force", "broken"]}]}  # fmt: skip
    m.game["baseline"]["crank"] = {"hinge": f"= {m.value(2, True, True)}"}
    m.broken += ["chain", "knot"]
    m.events += [{"breaks": "chain"}, {"breaks": "knot"}]
    m.game["rules"]["snapped"] = {
        "when": "= chain.broken or rail.travel > 0.3",
        "chance": 0.7,
        "do": {"break": "chain", "add": {"ball.n": "= random()"}},
    }


@feature
def speech(m: Maker) -> None:
    m.teams["bee"]["says"] = {"symbols": 3} | m.pick([{}, {"range": 4}])
    m.teams["ant"]["sees"] = [*m.teams["ant"]["sees"], {"hear": "bee"}, {"of": "bee", "fields": ["said", "distance"]}]
    m.events += [{"hears": "bee"}, {"hears": "bee", "symbol": 2}]
    m.game["rules"]["told"] = {"when": {"hears": "bee"}, "do": {"add": {"bee.load": "= random() + said(bee)"}}}
    m.game["baseline"].setdefault("bee", {})["say"] = "= floor(3 * random())"


@feature
def draw(m: Maker) -> None:
    m.game["draw"] = {"right": {"one_of": "pad"}, "weight": m.pick([{"uniform": [0, 3]}, {"normal": [1, 1]}, {"one_of": [1, 2, 5]}])}
    m.teams["ant"]["sees"] = [*m.teams["ant"]["sees"], {"know": "right"}, {"know": "weight"}]
    m.names += ["weight", "right.x", "right.index"]


@feature
def let(m: Maker) -> None:
    m.game["let"] = {
        "plain": f"= {m.pick(['bee.x * bee.y', 'sin_deg(40 * time) * length(bee.velocity)'])}",
        "twice": "= plain + plain * bee.x",
        "chance": "= random()",
        "more": "= chance + 0.1 * chance",
    }
    m.names += ["plain", "twice"]
    m.luck += ["chance", "more"]


@feature
def senses(m: Maker) -> None:
    m.teams["ant"]["sees"] = [
        *m.teams["ant"]["sees"], {"rays": 5, "range": 4, "fov_deg": m.pick([360, 120]), "noise": m.pick([0, 0.1])}, "touch", "clock", {"state": "ball.n"},
        {"of": "ball", "nearest": 2, "range": 4, "occluded": True, "fields": ["offset", "velocity", "motion", "distance", "radius", "alive", "n"]},
        {"of": "stone", "fov_deg": 200, "frame": "body", "noise": 0.05, "fields": ["offset", "heading"]}, {"rays": 3, "of": ["pad", "walls"]}, {"touch": ["stone", "walls"]},
    ]  # fmt: skip


@feature
def shapes(m: Maker) -> None:
    m.things |= {
        "log": {"count": 2, "shape": "capsule", "length": m.number(0.4, 0.9), "radius": 0.15, "body": "dynamic", "place": {"in": "world", "turn": True}},
        "crate": {"count": 2, "shape": "box", "size": [m.number(0.3, 0.8), 0.4], "radius": m.pick([0, 0.05]), "body": "dynamic", "floor_friction": m.pick([0, 0.2]),
                  "density": 2, "place": {"ring": [0, 0, 3], "shuffle": True}},
        "wedge": {"shape": "polygon", "vertices": [[0, 0], [1, 0], [0.2, 0.7]], "body": m.pick(["dynamic", "static"]), "place": {"in": {"rect": [-5, -4, 5, 4]}}},
    }  # fmt: skip
    m.many += ["log", "crate"]
    m.events.append({"touch": ["crate", "log"]})
    m.targets.append("crate.angle_deg")
    m.placed.append("crate")


@feature
def likeness(m: Maker) -> None:
    """Copies of other kinds, and who passes through whom."""
    m.things["marble"] = {"like": "ball", "count": 2, "radius": m.number(0.08, 0.3), "turns": False, "collides_with": ["ball", "walls"]}
    m.teams["wasp"] = {
        "like": "bee",
        "at": [1, 1],
        "spin_deg_per_s": 90,
        "velocity": [1, 0],
        "gravity_scale": 0.5,
        "shoot": None,
        "sees": [{"of": "marble"}],
    }
    m.events += [{"touch": ["marble", "ball"]}, {"touch": ["wasp", "bee"]}]
    m.many.append("marble")


@feature
def gate(m: Maker) -> None:
    m.things["gate"] = {
        "at": [0, 3.5],
        "shape": "box",
        "size": [0.3, 1.5],
        "state": {"open": False},
        "solid_if": f"= not open and {m.truth(1, False, False)}",
    }
    m.game["rules"]["swing"] = {"when": {"every": 0.25}, "do": {"set": {"gate.open": "= random() < 0.5"}}}


@feature
def crowd(m: Maker) -> None:
    m.things["ball"] |= {"count": 48, "radius": 0.12}


@feature
def params(m: Maker) -> None:
    """Params, of which one varies by world where the split "train" is asked for."""
    m.game["params"] = {"pay": 0.5, "heavy": {"default": 1.0, "min": 0.5, "max": 2.0}}
    m.game["train"] = {"pay": {"uniform": [0, 1]}, "heavy": {"normal": [1, 0.1]}}
    m.things["ball"]["mass"] = "$heavy"
    m.names += ["pay", "heavy"]


@feature
def nobody(m: Maker) -> None:
    """Kinds of which there is none, in all places where they can be named."""
    m.things |= {"ghost": {"count": 0, "radius": 0.2, "body": "dynamic", "state": {"n": 0}}, "blank": {"radius": 0.1}}
    m.things["axle"] = {"count": m.pick([0, 2]), "radius": 0.1, "body": "dynamic", "place": {"row": [[5, 3], [5, 4]]}}
    m.game["joints"] = m.game.get("joints", {}) | {"spoke": {"type": "pin", "between": ["axle", "world"], "motor": {"max_torque": 1}}}
    drive = m.pick(
        [{"type": kind} for kind in ("thrust", "walk", "tank", "rocket", "car", "jump")] + [{"type": "motor", "joints": ["spoke"]}]
    )
    m.world["gravity"] = m.world.get("gravity", 1)
    m.teams["crew"] = {"count": 0, "drive": drive, "sees": ["self", {"of": "ant"}, {"self": ["cooldown", "ammo", "holding"]}, {"joint": "spoke"}], "says": {"symbols": 2},
                       "shoot": {"projectile": "blank", "ammo": 3}, "hands": {"grabs": ["ghost", "ball"], "lock": True}}  # fmt: skip
    m.many += ["ghost", "crew", "blank"]
    m.events += [
        {"touch": ["ant", "ghost"]},
        {"near": ["crew", "ball"], "within": 2},
        {"hears": "crew"},
        {"breaks": "spoke"},
        {"grabs": ["crew", "ghost"]},
    ]
    m.teams["bee"]["sees"] = [
        *m.teams["bee"]["sees"],
        {"of": "ghost"},
        {"of": "crew", "nearest": 2},
        {"hear": "crew"},
        {"of": "blank", "nearest": 1},
    ]
    m.targets += ["ghost.n", "crew.ammo"]
    m.names += ["nearest(crew, bee).ammo", "nearest(crew, bee).cooldown", "nearest(blank, bee).owner.x"]
    m.game["baseline"]["crew"] = {"fire": "= self.cooldown > 0", "say": "= 1", "grab": "= 1"}


def game(features: Collection[str], seed: int) -> dict[str, Any]:
    """A game with these features, all else drawn from the seed."""
    maker = Maker(seed)
    for name, add in FEATURES.items():
        if name in features:
            add(maker)
    scripts = dict(maker.game["baseline"])
    made = maker.finish()
    for team, actions in scripts.items():
        made["baseline"][team] = made["baseline"].get(team, {}) | actions
    return made


def games(features: Collection[str] = tuple(FEATURES), most: int = 6) -> st.SearchStrategy[dict[str, Any]]:
    """Games with up to so many of these features."""
    chosen = st.sets(st.sampled_from(sorted(features)), max_size=most)
    return st.builds(game, chosen, st.integers(0, 2**32 - 1))
