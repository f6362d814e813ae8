"""Tag three ways in one run: mpe2's simple_tag_v3, a NumPy batch of the same particle world, and sandlot's tag.

Run: python benchmarks/mpe_tag.py   (needs mpe2: pip install "sandlot[test]"). One process, one thread; prints world-steps/s and ratios.
The NumPy batch has mpe's own step (forces, soft collisions, speed limits, observations, rewards) for three chasers, a runner and two obstacles;
sandlot's tag has rigid contacts with friction, four pillars and walls, observations, rewards and episodes that begin again.
"""

import os
import random

import numpy as np

from sandlot.agents.bench import batch_rate, machine, rate

os.environ.setdefault("OMP_NUM_THREADS", "1")


class NumpyTag:
    """simple_tag_v3 for a batch of worlds: arrays [E, 4, 2], the runner last."""

    SIZE = np.array([0.075, 0.075, 0.075, 0.05])
    ACCEL = np.array([3.0, 3.0, 3.0, 4.0])
    TOP = np.array([1.0, 1.0, 1.0, 1.3])
    OBSTACLE = 0.2

    def __init__(self, worlds: int) -> None:
        self.rng = np.random.default_rng(0)
        self.worlds, self.steps = worlds, np.zeros(worlds, int)
        self.pos, self.vel, self.rocks = (np.zeros((worlds, n, 2)) for n in (4, 4, 2))
        self.reset(np.ones(worlds, bool))

    def reset(self, mask: np.ndarray) -> None:
        count = int(mask.sum())
        self.pos[mask] = self.rng.uniform(-1, 1, (count, 4, 2))
        self.rocks[mask] = self.rng.uniform(-0.9, 0.9, (count, 2, 2))
        self.vel[mask], self.steps[mask] = 0, 0

    def step(self, action: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        force = action * self.ACCEL[:, None]
        everything = np.concatenate([self.pos, self.rocks], 1)
        sizes = np.concatenate([self.SIZE, [self.OBSTACLE] * 2])
        offset = self.pos[:, :, None] - everything[:, None]
        dist = np.sqrt((offset**2).sum(-1)) + 1e-12
        depth = np.logaddexp(0, -(dist - self.SIZE[:, None] - sizes) / 1e-3) * 1e-3
        push = 1e2 * depth / dist
        push[:, range(4), range(4)] = 0
        force += (push[..., None] * offset).sum(2)
        self.vel = self.vel * 0.75 + force * 0.1
        speed = np.sqrt((self.vel**2).sum(-1))
        self.vel *= np.minimum(1, self.TOP / np.maximum(speed, 1e-9))[..., None]
        self.pos = self.pos + self.vel * 0.1
        return self.observe(), self.reward()

    def observe(self) -> np.ndarray:
        obs = np.zeros((self.worlds, 4, 16), np.float32)
        for a in range(4):
            others = [b for b in range(4) if b != a]
            parts = [self.vel[:, a], self.pos[:, a], *(self.rocks[:, r] - self.pos[:, a] for r in range(2)),
                     *(self.pos[:, b] - self.pos[:, a] for b in others), self.vel[:, 3]]  # fmt: skip
            obs[:, a] = np.concatenate(parts, 1)[:, :16]
        return obs

    def reward(self) -> np.ndarray:
        gap = np.sqrt(((self.pos[:, :3] - self.pos[:, 3:]) ** 2).sum(-1))
        tags = (gap < self.SIZE[:3] + self.SIZE[3]).sum(1)
        outside = np.abs(self.pos[:, 3])
        bound = np.where(outside < 0.9, 0, np.where(outside < 1, (outside - 0.9) * 10, np.minimum(np.exp(2 * outside - 2), 10))).sum(-1)
        self.steps += 1
        self.reset(self.steps >= 25)
        return np.concatenate([np.repeat(10.0 * tags[:, None], 3, 1), (-10.0 * tags - bound)[:, None]], 1)


def mpe2_rate() -> float:
    from mpe2 import simple_tag_v3

    env = simple_tag_v3.parallel_env(max_cycles=25, continuous_actions=False)
    env.reset(seed=0)
    rng = random.Random(0)
    table = [{agent: rng.randrange(5) for agent in env.possible_agents} for _ in range(512)]
    k = 0

    def step() -> None:
        nonlocal k
        env.step(table[k & 511])
        k += 1
        if not env.agents:
            env.reset()

    return rate(step, 1)


def numpy_rate(worlds: int) -> float:
    env = NumpyTag(worlds)
    table = [np.random.default_rng(k).uniform(-1, 1, (worlds, 4, 2)) for k in range(16)]
    k = 0

    def step() -> None:
        nonlocal k
        env.step(table[k & 15])
        k += 1

    return rate(step, worlds)


def main() -> None:
    print(machine())
    rows = {
        "mpe2 simple_tag_v3, parallel API, 1 env": mpe2_rate(),
        "NumPy batch of the same, 1,024 worlds": numpy_rate(1024),
        "sandlot tag, make_vec, 1,024 worlds": batch_rate("tag", 1024, 1)[0],
    }
    base = next(iter(rows.values()))
    for name, value in rows.items():
        print(f"{name:44}{value:14,.0f} world-steps/s{value / base:10,.0f} x")


if __name__ == "__main__":
    main()
