"""Snapshots forged so that their checksum fits, of worlds in which somebody holds something and stands on something."""

import json

import numpy as np

from sandlot.envs.compile.game import table_of
from sandlot.envs.core.vector import VectorEnv
from sandlot.envs.kernels.world.layout.things import Body, BodyTable, Drive, Hand, Jump
from sandlot.envs.kernels.world.layout.world import Table
from sandlot.scenarios import loads

HOLDS = {
    "format": "sandlot/1", "name": "holds", "world": {"size": [6, 6], "gravity": 9}, "draw": {"right": {"one_of": "ball"}},
    "things": {"ball": {"count": 3, "radius": 0.3, "body": "dynamic", "place": {"in": "world"}},
               "lift": {"at": [2, -2], "radius": 0.3, "body": "kinematic", "path": {"points": [[0, 0], [0, 2]], "speed": 1, "mode": "loop"}}},
    "teams": {"a": {"radius": 0.3, "drive": {"type": "walk"}, "hands": {"grabs": ["ball"]}, "place": {"in": "world"}, "sees": ["self", {"know": "right"}]},
              "b": {"radius": 0.3, "drive": {"type": "jump"}, "place": {"in": "world"}, "says": {"symbols": 2}}},
    "rules": {"tick": {"when": {"every": 0.2}}}, "end": {"time": 30},
}  # fmt: skip


def holding(worlds=2):
    """Worlds in which somebody holds something and stands on something."""
    env = VectorEnv(loads(json.dumps(HOLDS)), worlds)
    env.reset(seed=0)
    for _ in range(20):
        env.step({"a": np.ones((worlds, 1, 3), np.float32) * [0, 0, 1], "b": np.zeros((worlds, 1, 4), np.float32)})
    return env


def forged(env, change):
    """A snapshot of the first world with a change, and a checksum that fits."""
    parts = env._snapshots.take(np.array([0]))
    change(*parts)
    return env._snapshots.write(parts)


def row_of(what, env):
    """A row that kernels use as an index or a count."""
    names, bodies = env.game.names, table_of(env.game.world, Table.BODY)
    jumper = next(body for body in bodies if body[BodyTable.DRIVE] == Drive.JUMP)
    return {
        "held": next(iter(names.hands.values())) + Hand.HELD, "draw": names.draws["right"], "clock": names.clock, "fired": names.fired["tick"],
        "alive": Body.ROWS + Body.ALIVE, "solid": Body.ROWS + Body.SOLID, "said": Body.ROWS + Body.SAID,
        "ground": int(jumper[BodyTable.OWN] + Jump.GROUND * jumper[BodyTable.OWN_STEP]),
    }[what]  # fmt: skip
