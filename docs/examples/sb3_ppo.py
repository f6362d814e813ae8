"""Train one team of any game with Stable-Baselines3's PPO against scripted opponents, beside what the game's own script reaches.

pip install "sandlot[sb3]"
python sb3_ppo.py lander
python sb3_ppo.py tag --team chaser --steps 5e6 --save chasers.zip
"""

import argparse
import time
from typing import Any

import numpy as np
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.vec_env import VecMonitor, VecNormalize

import sandlot


def score(game: str, team: str, model: PPO | None = None, worlds: int = 256) -> float:
    """Mean score of a team over one episode in each world, as a model plays it without exploring, or else the game's script."""
    env = sandlot.make_vec(game, worlds, autoreset="same_step")
    obs, _ = env.reset(seed=10_000)
    found = np.full(worlds, np.nan)
    while np.isnan(found).any():
        actions = env.scripted_actions()
        if model is not None:
            rows = obs[team].reshape(-1, obs[team].shape[-1])
            actions[team] = model.predict(rows, deterministic=True)[0].reshape(actions[team].shape)
        obs, _, terminated, truncated, info = env.step(actions)
        first = (terminated | truncated) & np.isnan(found)
        found[first] = info["score"][team][first]
    return float(found.mean())


class Curve(BaseCallback):
    """Prints and keeps (steps, minutes of training, score) every so often."""

    def __init__(self, game: str, team: str, every: int) -> None:
        super().__init__()
        self.game, self.team, self.every = game, team, every
        self.points: list[tuple[int, float, float]] = []
        self.begun = time.perf_counter()

    def _on_rollout_start(self) -> None:
        if not self.points or self.num_timesteps - self.points[-1][0] >= self.every:
            now = time.perf_counter()
            self.points.append((self.num_timesteps, (now - self.begun) / 60, score(self.game, self.team, self.model)))
            print("{:>10,} steps  {:5.1f} min  score {:6.2f}".format(*self.points[-1]), flush=True)
            self.begun += time.perf_counter() - now  # minutes are of training alone

    def _on_step(self) -> bool:
        return True


def train(game: str, team: str, steps: int, worlds: int = 64, every: int = 400_000, seed: int = 0) -> tuple[PPO, Curve]:
    """PPO with one network for all agents of the team; rewards are scaled, observations lie in [-1, 1] already."""
    torch.set_num_threads(1)  # networks this small lose time to more
    env: Any = VecNormalize(VecMonitor(sandlot.make_sb3(game, worlds, team=team)), norm_obs=False, gamma=0.98)
    model = PPO("MlpPolicy", env, learning_rate=1e-3, n_steps=128, batch_size=2048, n_epochs=5, gamma=0.98, seed=seed, device="cpu")
    curve = Curve(game, team, every)
    return model.learn(steps, callback=curve), curve


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("game", help="name or path")
    parser.add_argument("--team", help="who learns; the first team if left out")
    parser.add_argument("--steps", type=float, default=1e6, help="agent steps")
    parser.add_argument("--worlds", type=int, default=64)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--save", default="model.zip", help="where the model goes")
    options = parser.parse_args()
    learner = options.team or next(iter(sandlot.load(options.game).teams))
    print(f"{learner} of {options.game}, scripted: {score(options.game, learner):.2f}")
    trained, _ = train(options.game, learner, int(options.steps), options.worlds, seed=options.seed)
    print(f"at the end: {score(options.game, learner, trained):.2f}")
    trained.save(options.save)
