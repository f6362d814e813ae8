"""Random worlds with extreme masses, speeds, sizes and actions stay finite and inside."""

import json
import os

import numpy as np
import pytest

from sandlot.envs.core.vector import VectorEnv
from sandlot.envs.jit.ir import LANES
from sandlot.envs.kernels.world.layout.things import Body
from sandlot.envs.kernels.world.layout.world import Whole
from sandlot.scenarios import ScenarioError, loads
from sandlot.scenarios.text.limits import MAX_SPEED

DRIVES = [
    {"type": "thrust", "accel": 100_000, "top_speed": 1000},
    {"type": "thrust", "accel": 50, "top_speed": 10},
    {"type": "walk", "top_speed": 300, "accel": 1e4},
    {"type": "tank", "accel": 500, "top_speed": 50, "turn_deg_per_s": 100_000},
    {"type": "rocket", "thrust_accel": 1000, "turn_deg_per_s2": 100_000},
    None,
]
SHAPES = ["circle", "capsule", "box", "polygon", "pillow"]


class Maker:
    """Makes a scenario at random: all numbers are drawn over the whole range of the language, mass ratios up to 1e4."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.side = float(self.log(2, 200))

    def log(self, low: float, high: float) -> float:
        return float(np.exp(self.rng.uniform(np.log(low), np.log(high))))

    def pick(self, options):
        return options[self.rng.integers(len(options))]

    def number(self, low: float, high: float):
        """A number, or one that varies."""
        a, b = sorted((self.log(low, high), self.log(low, high)))
        return self.pick([a, {"uniform": [a, b]}, {"normal": [a, b]}, {"one_of": [a, b]}])

    def outline(self) -> dict:
        size, shape = self.log(0.005, 0.15 * self.side), self.pick(SHAPES)
        thin = max(0.005, size * self.log(0.05, 1))
        if shape == "circle":
            return {"shape": "circle", "radius": self.pick([size, {"normal": [size, size]}])}
        if shape == "capsule":
            return {"shape": "capsule", "length": size, "radius": thin}
        if shape == "polygon":
            angles = np.sort(self.rng.uniform(0, 2 * np.pi, 5)).tolist()  # on a circle, so convex
            return {"shape": "polygon", "vertices": [[size * float(np.cos(a)), size * float(np.sin(a))] for a in angles]}
        return {"shape": "box", "size": [size, thin], "radius": 0 if shape == "box" else 0.5 * thin}

    def kind(self) -> dict:
        rng = self.rng
        kind = self.outline() | {
            "count": int(rng.integers(1, 5)), "friction": self.pick([0, 0.4, 10]), "bounce": self.pick([0, 0.5, 1]), "drag": self.pick([0, 0.1, 1000]),
            "spin_drag": self.pick([0, 1000]), "gravity_scale": self.pick([0, 1, -100, 100]), "turns": bool(rng.random() < 0.9),
            "place": {"in": "world", "turn": True},
            "velocity": [float(v) for v in rng.uniform(-1, 1, 2) * self.log(0.1, MAX_SPEED)], "spin_deg_per_s": float(rng.uniform(-1, 1) * self.log(1, 1e5)),
        }  # fmt: skip
        if rng.random() < 0.3:
            kind["density"] = self.number(1e-6, 1e9) if rng.random() < 0.2 else self.log(0.01, 100)
        else:
            kind["mass"] = self.log(0.01, 100)
        return kind

    def scenario(self) -> dict:
        rng = self.rng
        things = {
            f"thing{k}": self.kind() | {"body": self.pick(["dynamic", "dynamic", "static", "kinematic", "sensor"])}
            for k in range(rng.integers(1, 4))
        }
        teams, rules = {}, {}
        for k in range(rng.integers(1, 3)):
            team = self.kind() | {"sees": ["self", {"of": "thing0", "nearest": 2}, {"rays": 4, "range": self.side}, "touch"]}
            drive = self.pick(DRIVES)
            if drive:
                team["drive"] = drive
            if rng.random() < 0.5:
                things[f"shot{k}"] = self.outline() | {"mass": self.log(0.01, 100), "bounce": self.pick([0, 1])}
                team["shoot"] = {"projectile": f"shot{k}", "speed": self.log(1, MAX_SPEED), "cooldown": 0, "pool": 3, "spread_deg": 360, "lifetime": self.log(0.05, 5),
                                 "on_hit": self.pick(["vanish", "bounce"]), "knock_back": self.log(0.1, 1e6)}  # fmt: skip
                rules[f"hit{k}"] = {"when": {"touch": [f"shot{k}", "thing0"]}, "do": {"set": {"thing0.velocity": [1000, -1000]}}}
            teams[f"team{k}"] = team
        rules["kick"] = {"when": {"every": 0.5}, "do": {"add": {"team0.velocity": "= vec(1e9 * (random() - 0.5), 1 / (random() - 0.5))"}}}
        rules["spun"] = {"when": {"every": 0.7}, "do": {"add": {"team0.spin_deg_per_s": "= 1e12 * (random() - 0.5)"}}}
        world = {
            "size": [self.side, float(self.log(2, 200))],
            "walls": self.pick(["solid", "solid", "open", "wrap"]),
            "gravity": self.pick([0, 9.81, 1000, [-1000, 1000]]),
            "bounce": self.pick([0, 1]),
            "decisions_per_second": self.pick([1, 5, 10, 30, 60, 240]),
            "drag": self.pick([0, 1]),
        }
        if rng.random() < 0.3:
            world["substeps"] = int(self.pick([1, 2, 8]))
        return {"format": "sandlot/1", "name": "fuzz", "world": world, "things": things, "teams": teams, "rules": rules, "rewards": {"team0": {"kick": 1}},
                "end": {"time": float(self.pick([5, 1e6]))}}  # fmt: skip


def make(seed: int):
    """A random scenario; the next one where things don't fit or a draw makes no valid outline."""
    for attempt in range(20):
        game = Maker(seed * 1000 + attempt).scenario()
        try:
            return loads(json.dumps(game))
        except ScenarioError:
            continue
    raise AssertionError(f"no valid scenario for seed {seed}")


def survive(seed: int, steps: int) -> None:
    """Play extreme actions; everything stays finite, headings stay unit vectors, and solid walls hold what they hold."""
    scenario = make(seed)
    env = VectorEnv(scenario, 4)
    rng = np.random.default_rng(seed)
    env.reset(seed=seed)
    table = env.game.world.whole
    bodies = int(table[Whole.BODIES])
    half = np.array(scenario.world.size) / 2
    for step in range(steps):
        shapes = {team: (4, len(env.agents(team)), *(env.action_space(team).shape or (0,))) for team in env.teams}
        actions = {
            team: np.sign(rng.uniform(-1, 1, shape)).astype(np.float32) if shape[2] else np.zeros(shape[:2], np.int64)
            for team, shape in shapes.items()
        }
        obs, reward, *_ = env.step(actions)
        rows = env._state.rows.reshape(-1, LANES)[:, :4]
        assert np.isfinite(rows).all(), f"seed {seed}, step {step}: rows {np.unique(np.argwhere(~np.isfinite(rows))[:, 0] % Body.ROWS)[:8]}"
        assert all(np.isfinite(values).all() for by_team in (obs, reward) for values in by_team.values())
        assert np.isfinite(env._state.normal).all()
        one = rows[: bodies * Body.ROWS].reshape(bodies, Body.ROWS, 4)
        assert np.abs(one[:, Body.COS] ** 2 + one[:, Body.SIN] ** 2 - 1).max() < 1e-3, f"seed {seed}, step {step}: a heading"
        if scenario.world.walls != "open":
            assert (np.abs(one[1:, Body.X : Body.Y + 1]) <= half[:, None] + 1e-4).all(), f"seed {seed}, step {step}: outside"
        assert np.abs(one[:, Body.VX : Body.VY + 1]).max() <= MAX_SPEED + 1e-3, f"seed {seed}, step {step}: too fast"


@pytest.mark.parametrize("seed", range(40))
def test_random_worlds_survive(seed: int) -> None:
    survive(seed, 100)


@pytest.mark.slow
@pytest.mark.parametrize("block", range(int(os.environ.get("SANDLOT_FUZZ_BLOCKS", "100"))))
def test_a_thousand_random_worlds_survive_a_thousand_steps(block: int) -> None:
    """Each scenario runs in four worlds of different seeds."""
    for seed in range(100 + 10 * block, 110 + 10 * block):
        survive(seed, 1000)
