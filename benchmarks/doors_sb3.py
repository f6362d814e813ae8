"""Stable-Baselines3 on sandlot's VecEnv, on the core without it, and on its usual environment: SuperSuit over mpe2's simple_tag_v3.

Run:  benchmarks/setup.sh FOLDER sb3
      FOLDER/sb3/bin/python benchmarks/doors_sb3.py core door --worlds 1 64 1024
      FOLDER/sb3/bin/python benchmarks/doors_sb3.py learn learn_mpe2 --worlds 64 --seconds 5

One JSON line for each of the works named, for each number of worlds, in this order:

core        `VectorEnv.step` in same_step mode with fresh arrays: random chasers, the runner scripted; world-steps/s
door        the same through `sandlot.make_sb3("tag", worlds, team="chaser")`; world-steps/s
door_mpe2   random actions through SuperSuit's `concat_vec_envs_v1` of simple_tag_v3; world-steps/s
learn       SB3's PPO learning tag's chasers, 3 rows for each world, all of `learn`; agent-steps/s
learn_mpe2  the same PPO on simple_tag_v3; agent-steps/s

simple_tag's agents see unequal vectors (16 numbers and 14), so they are padded and all four of a world learn with one network, as SuperSuit's tutorials do;
its number of worlds is three quarters, so that both sides have the same rows. The runner of tag is played by its script meanwhile.
"""

import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from clock import compare_named

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
Work = tuple[Callable[[int], object], int]
RNG = np.random.default_rng(0)
N_STEPS = 64
"""Decisions of every row between two updates."""


def rows_of(worlds: int) -> int:
    """Chasers that learn; simple_tag has as many agents in three quarters of the worlds."""
    return 3 * worlds


def core(worlds: int) -> Work:
    import sandlot

    env = sandlot.make_vec("tag", worlds, autoreset="same_step", scripted=["runner"])
    env.reset(seed=0)
    table = [{"chaser": draw(worlds, 3, 2)} for _ in range(16)]

    def call(count: int) -> None:
        for k in range(count):
            env.step(table[k & 15])

    return call, worlds


def door(worlds: int) -> Work:
    import sandlot

    return play(sandlot.make_sb3("tag", worlds, team="chaser", seed=0)), worlds


def door_mpe2(worlds: int) -> Work:
    return play(mpe2(worlds)), worlds


def learn(worlds: int) -> Work:
    import sandlot

    return ppo(sandlot.make_sb3("tag", worlds, team="chaser", seed=0))


def learn_mpe2(worlds: int) -> Work:
    return ppo(mpe2(max(1, rows_of(worlds) // 4)))


def mpe2(worlds: int) -> Any:
    """SuperSuit's VecEnv, one row for each of the four agents of a world."""
    import supersuit
    from mpe2 import simple_tag_v3

    env = supersuit.pad_action_space_v0(supersuit.pad_observations_v0(simple_tag_v3.parallel_env(continuous_actions=True)))
    return supersuit.concat_vec_envs_v1(supersuit.pettingzoo_env_to_vec_env_v1(env), worlds, num_cpus=1, base_class="stable_baselines3")


def draw(*shape: int) -> np.ndarray:
    return RNG.uniform(-1, 1, shape).astype(np.float32)


def play(env: Any) -> Callable[[int], object]:
    """Random actions drawn before the clock runs, within the space."""
    env.reset()
    low, high = env.action_space.low, env.action_space.high
    table = [low + (high - low) * (draw(env.num_envs, *low.shape) + 1) / 2 for _ in range(16)]

    def call(count: int) -> None:
        for k in range(count):
            env.step(table[k & 15])

    return call


def ppo(env: Any, layers: Sequence[int] = (64, 64)) -> Work:
    """One piece of work is a rollout and its update; both sides have the same rows, steps, network and batches."""
    import torch
    from stable_baselines3 import PPO
    from stable_baselines3.common.vec_env import VecMonitor

    torch.set_num_threads(1)
    torch.manual_seed(0)  # PPO's own seed would go on to SuperSuit's environment, which takes none
    rollout = N_STEPS * env.num_envs
    model = PPO(
        "MlpPolicy",
        VecMonitor(env),
        n_steps=N_STEPS,
        batch_size=rollout // 8,
        n_epochs=4,
        learning_rate=1e-3,
        device="cpu",
        policy_kwargs={"net_arch": list(layers)},
    )
    return lambda count: model.learn(count * rollout, reset_num_timesteps=False), rollout


if __name__ == "__main__":
    compare_named(__doc__, {work.__name__: work for work in (core, door, door_mpe2, learn, learn_mpe2)})
