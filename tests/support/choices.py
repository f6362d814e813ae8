"""Games of choices for tests: who shoots, jumps, grabs or drives motors, and how to choose at random."""

import json
from typing import Any

import numpy as np
from scenes import few

import sandlot
from sandlot.envs import VectorEnv
from sandlot.scenarios import Scenario, loads

SHOOTERS: dict[str, Any] = {
    "format": "sandlot/1", "name": "shooters", "about": "Two shoot at each other; who is hit is out.", "world": {"size": [8, 4]},
    "things": {"pea": {"radius": 0.05, "mass": 0.01}, "dart": {"radius": 0.05, "mass": 0.01}},
    "teams": {
        "red": {"count": 2, "at": [[-2, -1], [-2, 1]], "radius": 0.3, "drive": {"type": "tank"}, "says": {"symbols": 3},
                "shoot": {"projectile": "pea", "ammo": 2, "cooldown": 0.35, "pool": 1, "lifetime": 0.3}},
        "blue": {"at": [2, 1], "angle_deg": 180, "radius": 0.3, "drive": {"type": "thrust", "discrete": 5},
                 "shoot": {"projectile": "dart", "aim": "free", "cooldown": 0.35}},
    },
    "rules": {"hit": {"when": {"touch": ["red", "dart"]}, "do": {"remove": ["red"]}},
              "stung": {"when": {"touch": ["blue", "pea"]}, "do": {"remove": ["blue"]}}},
    "rewards": {"red": {"stung": 1}, "blue": {"hit": 1}},
    "end": {"time": 4},
}  # fmt: skip
LEAPERS: dict[str, Any] = {
    "format": "sandlot/1", "name": "leapers", "about": "They jump about on blocks, and on each other.",
    "world": {"size": [8, 6], "gravity": 9.81, "decisions_per_second": 20},
    "things": {"block": {"at": [[-2, -2], [1, -1]], "shape": "box", "size": [2, 0.3]}},
    "teams": {"hare": {"count": 3, "at": [[-2, -1], [1, 0], [0, 2]], "radius": 0.25, "drive": {"type": "jump", "top_speed": 3, "jump_height": 1.2}}},
    "rewards": {"hare": {"high": "= self.y"}}, "end": {"time": 5},
}  # fmt: skip
BUILDERS: dict[str, Any] = {
    "format": "sandlot/1", "name": "builders", "about": "Two teams carry boxes and balls, and lock the boxes.", "world": {"size": [5, 4], "drag": 1},
    "things": {
        "box": {"count": 3, "shape": "box", "size": [0.6, 0.3], "body": "dynamic", "mass": 0.3, "place": {"in": "world", "gap": 0.1}},
        "ball": {"count": 2, "radius": 0.15, "body": "dynamic", "mass": 0.2, "place": {"in": "world", "gap": 0.1}},
    },
    "teams": {
        "ant": {"count": 2, "radius": 0.2, "drive": {"type": "walk", "top_speed": 2}, "place": {"in": "world", "gap": 0.1},
                "hands": {"grabs": ["box", "ball"], "reach": 0.2, "lock": True}},
        "bee": {"count": 2, "radius": 0.2, "drive": {"type": "walk", "top_speed": 2}, "place": {"in": "world", "gap": 0.1},
                "hands": {"grabs": ["box"], "reach": 0.2, "lock": True}},
    },
    "rewards": {"ant": {"near": "= -dist(self, nearest(box))"}}, "end": {"time": 6},
}  # fmt: skip
CRANES: dict[str, Any] = {
    "format": "sandlot/1", "name": "cranes", "about": "Motors lift arms; who is touched by the ball is out.",
    "world": {"size": [8, 4], "gravity": 5},
    "things": {"arm": {"count": 2, "shape": "box", "size": [1, 0.2], "at": [[-2, 1], [2, 1]], "body": "dynamic"},
               "ball": {"radius": 0.2, "at": [-1.9, -0.2], "body": "dynamic"}},
    "teams": {"crane": {"count": 2, "at": [[-2, -1], [2, -1]], "radius": 0.4, "body": "static", "drive": {"type": "motor", "joints": ["hinge"]}}},
    "joints": {"hinge": {"type": "pin", "between": ["crane", "arm"], "motor": {"speed_deg_per_s": 90, "max_torque": 20}}},
    "rules": {"hit": {"when": {"touch": ["crane", "ball"]}, "do": {"remove": ["crane"]}}},
    "rewards": {"crane": {"hit": -1}}, "end": {"time": 5},
}  # fmt: skip
CARRIER: dict[str, Any] = {
    **BUILDERS, "name": "carrier", "world": {"size": [4, 3], "drag": 1}, "rewards": {"ant": {"near": "= -dist(self, nearest(box))"}},
    "teams": {"ant": {"radius": 0.2, "drive": {"type": "walk", "top_speed": 2}, "place": {"in": "world", "gap": 0.1},
                      "hands": {"grabs": ["box", "ball"], "reach": 0.2, "strength": 1000}}},
}  # fmt: skip
OWN = {game["name"]: json.dumps(game) for game in (SHOOTERS, LEAPERS, BUILDERS, CRANES, CARRIER)}
"""Their texts, by name."""


def game_of(name: str) -> Scenario:
    """A game of these, or of the library."""
    return loads(OWN[name], f"{name}.json") if name in OWN else sandlot.load(name, **few(name))


def random_choices(env: VectorEnv, rng: np.random.Generator, share: float = 1.0) -> dict[str, np.ndarray]:
    """Random choices of all agents, by team: [E, A, choices]; those that are not 0 become so with a chance of 1 - share."""
    found = {}
    for team in env.game.teams:
        shape = (env.num_envs, team.agents, len(team.options))
        found[team.name] = rng.integers(np.array(team.options, np.int64), size=shape) * (rng.random(shape) < share)
    return found


def for_step(env: VectorEnv, choices: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Choices as `step` takes them."""
    return {team: values.reshape(env.num_envs, values.shape[1], *env.action_space(team).shape) for team, values in choices.items()}
