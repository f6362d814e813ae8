"""The doors that need no framework of their own beside the core: Gymnasium's vector and single environment, PettingZoo's ParallelEnv.

Run:  python benchmarks/doors_base.py core gymnasium gymnasium_agents --worlds 1 64 1024

One JSON line for each work named and each number of worlds, world-steps/s. In all of them tag's chasers act at random, the runner follows its script,
episodes begin again, results are fresh arrays:

core                `VectorEnv.step`
gymnasium           `gymnasium.make_vec(..., team="chaser")`, one row for each world
gymnasium_agents    the same with one row for each chaser
gymnasium_one       `gymnasium.make`, one world
parallel            `sandlot.make`, one world; the runner acts at random too, as a ParallelEnv has no scripts
parallel_core       `VectorEnv.step` with the same actions as `parallel`
"""

from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np
from clock import compare_named

import sandlot

Work = Callable[[int], object]
TABLE = 16


def draw(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(-1, 1, (TABLE, *shape)).astype(np.float32)


def core(worlds: int) -> Work:
    env = sandlot.make_vec("tag", worlds, scripted=("runner",))
    env.reset(seed=0)
    chasers = draw(worlds, 3, 2)

    def call(count: int) -> None:
        for k in range(count):
            env.step({"chaser": chasers[k % TABLE]})

    return call


def vector(worlds: int, shape: tuple[int, ...], **options: Any) -> Work:
    env = gymnasium.make_vec("sandlot/Tag-v0", num_envs=worlds, team="chaser", **options)
    env.reset(seed=0)
    chasers = draw(*shape)

    def call(count: int) -> None:
        for k in range(count):
            env.step(chasers[k % TABLE])

    return call


def gymnasium_team(worlds: int) -> Work:
    return vector(worlds, (worlds, 3, 2))


def gymnasium_agents(worlds: int) -> Work:
    return vector(worlds, (worlds * 3, 2), rows="agents")


def gymnasium_one(worlds: int) -> Work:
    env = gymnasium.make("sandlot/Tag-v0", team="chaser").unwrapped
    env.reset(seed=0)
    chasers = draw(3, 2)

    def call(count: int) -> None:
        for k in range(count):
            _, _, terminated, truncated, _ = env.step(chasers[k % TABLE])
            if terminated or truncated:
                env.reset()

    return call


def parallel(worlds: int) -> Work:
    env = sandlot.make("tag")
    env.reset(seed=0)
    table = [dict(zip(env.possible_agents, row, strict=True)) for row in draw(4, 2)]

    def call(count: int) -> None:
        for k in range(count):
            env.step(table[k % TABLE])
            if not env.agents:
                env.reset()

    return call


def parallel_core(worlds: int) -> Work:
    env = sandlot.make_vec("tag", 1)
    env.reset(seed=0)
    table = [{"chaser": row[:, :3], "runner": row[:, 3:]} for row in draw(1, 4, 2)]

    def call(count: int) -> None:
        for k in range(count):
            env.step(table[k % TABLE])

    return call


WORKS: dict[str, Callable[[int], Work]] = {
    "core": core,
    "gymnasium": gymnasium_team,
    "gymnasium_agents": gymnasium_agents,
    "gymnasium_one": gymnasium_one,
    "parallel": parallel,
    "parallel_core": parallel_core,
}


if __name__ == "__main__":
    compare_named(__doc__, {name: lambda worlds, make=make: (make(worlds), worlds) for name, make in WORKS.items()})
