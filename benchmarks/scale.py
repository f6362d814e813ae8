"""What a body costs as bodies become many: a gas and a settled pile of discs, and agents that look around; in one world and in a batch of 16.

Run: python benchmarks/scale.py. One thread, a minute. Prints nanoseconds a body (or agent) and step, and ratios to the smallest world of its row.
"""

import json
import math
import time
from collections.abc import Iterator

import numpy as np

from sandlot.agents.records import machine
from sandlot.envs.core.vector import VectorEnv
from sandlot.scenarios import loads

COUNTS = (50, 200, 1000, 4000)
AGENTS = (25, 50, 100, 200)
RADIUS = 0.25
BLOCKS, SPAN = 9, 0.1
"""The best of so many blocks of so many processor seconds counts: others on the machine only ever add."""


def split(count: int) -> Iterator[int]:
    """Numbers of kinds of at most 1,000 bodies."""
    while count > 0:
        yield min(count, 1000)
        count -= 1000


def discs(count: int, pile: bool) -> str:
    """Discs that cover 3 % of a box as a gas, or lie in it as deep as it is wide."""
    side = 2 * RADIUS * math.sqrt(count)
    side = side * 5 if not pile else side
    kinds = {
        f"disc_{k}": {"count": part, "radius": RADIUS, "body": "dynamic", "friction": 0.4, "bounce": 0.0 if pile else 1.0, "drag": 0,
                      "velocity": [{"uniform": [-1, 1]}, {"uniform": [-1, 1]}], "place": {"in": "world"}}
        for k, part in enumerate(split(count))
    }  # fmt: skip
    world = {
        "size": [side, side * (1.7 if pile else 1)],
        "walls": "solid",
        "gravity": [0, -9.81 if pile else 0],
        "decisions_per_second": 60,
    }
    return json.dumps({"format": "sandlot/1", "name": "scale", "world": world, "things": kinds,
                       "teams": {"idle": {"at": [0, 0], "radius": 0.01, "body": "sensor"}}})  # fmt: skip


def watchers(count: int) -> str:
    """Agents that see their five nearest and 16 rays, four pillars to each 25 of them, on as much ground each."""
    side = 4.0 * math.sqrt(count)
    pillar = {"count": 4 * count // 25, "radius": 0.8, "body": "static", "place": {"in": "world", "gap": 0.5}}
    bird = {"count": count, "radius": 0.3, "drive": {"type": "thrust", "accel": 6, "top_speed": 3}, "place": {"in": "world", "gap": 0.1},
            "sees": ["self", {"of": "bird", "nearest": 5}, {"rays": 16, "range": 8}]}  # fmt: skip
    return json.dumps({"format": "sandlot/1", "name": "watchers", "world": {"size": [side, side], "decisions_per_second": 20},
                       "things": {"pillar": pillar}, "teams": {"bird": bird}})  # fmt: skip


def block(env: VectorEnv) -> float:
    """Processor seconds of a step, over SPAN seconds."""
    begun, steps = time.process_time(), 0
    while time.process_time() - begun < SPAN or steps < 3:
        env.advance()
        steps += 1
    return (time.process_time() - begun) / steps


def seconds(text: str, worlds: int, settle: float) -> float:
    """Seconds of a step of one world, after as many seconds of its own time as it takes to settle."""
    env = VectorEnv(loads(text), worlds, threads=1, copy=False)
    env.reset(seed=0)
    rng = np.random.default_rng(0)
    env.action_buffer[:] = rng.uniform(-1, 1, env.action_buffer.shape)
    for _ in range(round(settle / env.dt)):
        env.advance()
    found = min(block(env) for _ in range(BLOCKS)) / worlds
    lost = env.trouble()[0]
    if lost:
        print(f"(a world lost {lost:.0f} contacts)")
    return found


def main() -> None:
    print(machine())
    rows = [
        ("gas", COUNTS, lambda n: discs(n, False), 1.0),
        ("pile", COUNTS, lambda n: discs(n, True), 4.0),
        ("watchers", AGENTS, watchers, 1.0),
    ]
    for worlds in (1, 16):
        for name, counts, text, settle in rows:
            cost = [seconds(text(n), worlds, settle) / n * 1e9 for n in counts]
            cells = "".join(f"{n:>7}: {ns:6.0f} ns {ns / cost[0]:4.2f} x" for n, ns in zip(counts, cost, strict=True))
            print(f"{worlds:>2} worlds  {name:<9}{cells}", flush=True)


if __name__ == "__main__":
    main()
