"""sandlot's PPO beside Stable-Baselines3's, on Gymnasium's own environments: the same settings, the same steps, several seeds.

Run:  benchmarks/setup.sh FOLDER sb3
      FOLDER/sb3/bin/python benchmarks/ppo_check.py --out FOLDER/check                     (everything: an hour on one core)
      FOLDER/sb3/bin/python benchmarks/ppo_check.py --out FOLDER/check --tasks CartPole --seeds 5

Three learners, each with 8 environments, layers of 64 and 64 with tanh for the actor and again for the critic, and the settings in TASKS:

sb3       Stable-Baselines3's PPO on its own VecEnv
plain     sandlot's `Learner` with all that differs by design switched off: observations and the critic's targets stay as they are, and the critic's loss
          weighs what it weighs for SB3
sandlot   the same as `sandlot train` has it: observations normalised by running statistics, the critic learning in units of the spread of returns

`plain` and `sb3` must agree: for every task a permutation test (two-sided) says how often chance alone would move the means so far apart.
`same` is another check: both get the same weights and the same rollout, and must have the same weights after ten steps of the optimiser.

Runs are kept in OUT/runs.jsonl as they end and are not done again; results.json, curves.svg and table.md are made from them.
"""

import argparse
import json
import math
import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import torch
from gymnasium.vector import AutoresetMode

from sandlot.agents.policies.policy_file import Card
from sandlot.agents.training.plan import Settings
from sandlot.agents.training.ppo import Learner, Normalizer, Role

WORLDS = 8
LEARNERS = {"sb3": "#d1495b", "plain": "#00798c", "sandlot": "#edae49"}
Act = Callable[[np.ndarray], np.ndarray]
POINTS = 40
"""Of a learning curve."""


@dataclass(frozen=True)
class Task:
    """An environment and how to learn it; `minibatch` divides `WORLDS * horizon`."""

    env: str
    steps: int
    horizon: int
    epochs: int
    minibatch: int
    rate: float
    gamma: float
    trace: float
    entropy: float

    def settings(self, plain: bool) -> Settings:
        return Settings(
            worlds=WORLDS, horizon=self.horizon, epochs=self.epochs, minibatch=self.minibatch, learning_rate=self.rate, gamma=self.gamma, trace=self.trace,
            entropy=self.entropy, log_std=0.0, value_weight=1.0 if plain else 0.5,  # of half the squared error; SB3's 0.5 is of the whole
        )  # fmt: skip

    def make(self) -> gymnasium.Env:
        """One environment; numbers of actions in [-1, 1]."""
        env = gymnasium.make(self.env)
        return gymnasium.wrappers.RescaleAction(env, -1.0, 1.0) if isinstance(env.action_space, gymnasium.spaces.Box) else env

    def rate_at(self, step: int) -> float:
        return self.rate * max(0.1, 1 - step / self.steps)


TASKS = {
    "CartPole": Task("CartPole-v1", 65_536, 128, 10, 256, 1e-3, 0.99, 0.95, 0.0),
    "LunarLander": Task("LunarLander-v3", 303_104, 512, 6, 256, 1e-3, 0.995, 0.95, 0.005),
    "Pendulum": Task("Pendulum-v1", 102_400, 256, 10, 256, 1e-3, 0.9, 0.95, 0.0),
}


class Tally:
    """Returns of the episodes that ended, and the curve of the last hundred's mean."""

    def __init__(self, task: Task) -> None:
        self.every, self.step = task.steps // POINTS, 0
        self.sums, self.last, self.curve = np.zeros(WORLDS), deque[float](maxlen=100), list[tuple[int, float]]()

    def count(self, reward: np.ndarray, done: np.ndarray) -> None:
        self.sums += reward
        self.last.extend(self.sums[done].tolist())
        self.sums[done] = 0
        self.step += WORLDS
        if self.step % self.every < WORLDS and self.last:
            self.curve.append((self.step, float(np.mean(self.last))))


# --- sandlot's --------------------------------------------------------------------------------------------------------------------------------


class Still(Normalizer):
    """Leaves everything as it is."""

    def update(self, values: Any, add_up: Any = None) -> None:
        """Learn nothing."""


def role_of(env: gymnasium.Env) -> Role:
    """An environment as a game with one team of one agent."""
    space = env.action_space
    box, choices = (space.shape[0], ()) if isinstance(space, gymnasium.spaces.Box) else (0, (int(space.n),))
    names = tuple(f"number {k}" for k in range(env.observation_space.shape[0]))
    return Role(Card("gymnasium", 1, "", {}, "agent", names, box, choices, discrete=bool(choices)), WORLDS, {"agent": 1})


def learner_for(task: Task, seed: int, plain: bool) -> Learner:
    learner = Learner(role_of(task.make()), task.settings(plain), seed)
    if plain:
        learner.norm, learner.worth = Still(len(learner.card.observation)), Still()
    return learner


def collect(learner: Learner, envs: gymnasium.vector.VectorEnv, obs: np.ndarray, tally: Tally) -> np.ndarray:
    """Fill the rollout; returns what is seen after it."""
    for t in range(learner.settings.horizon):
        obs, reward, ended, cut, info = envs.step(learner.act(t, obs, None))
        done, beyond = ended | cut, torch.zeros(WORLDS)
        rows = np.flatnonzero(cut & ~ended)
        if len(rows):
            beyond[rows] = learner.value(np.stack([info["final_obs"][row] for row in rows]), None, rows)
        learner.note(t, *(torch.from_numpy(values.astype(np.float32)) for values in (reward, done)), torch.ones(WORLDS), beyond)
        learner.begins = torch.from_numpy(done.astype(np.float32))
        tally.count(reward, done)
    return obs


def train_sandlot(task: Task, seed: int, plain: bool) -> tuple[Tally, Act]:
    learner, tally = learner_for(task, seed, plain), Tally(task)
    envs = gymnasium.vector.SyncVectorEnv([task.make] * WORLDS, autoreset_mode=AutoresetMode.SAME_STEP)
    obs, _ = envs.reset(seed=seed * 1000)
    while tally.step < task.steps:
        obs = collect(learner, envs, obs, tally)
        learner.learn(learner.value(obs, None), task.rate_at(tally.step))
    envs.close()

    @torch.no_grad()
    def act(obs: np.ndarray) -> np.ndarray:
        wishes, _ = learner.actor(learner.norm(torch.from_numpy(obs))[None], learner.held[0], torch.zeros(1, len(obs)))
        return wishes[0].numpy().clip(-1, 1) if learner.actions.box else wishes[0].argmax(-1).numpy()

    return tally, act


# --- Stable-Baselines3's ----------------------------------------------------------------------------------------------------------------------


def sb3_for(task: Task, seed: int, **more: Any) -> Any:
    from stable_baselines3 import PPO
    from stable_baselines3.common.env_util import make_vec_env

    options = {
        "n_steps": task.horizon,
        "batch_size": task.minibatch,
        "n_epochs": task.epochs,
        "gamma": task.gamma,
        "gae_lambda": task.trace,
    } | more
    return PPO(
        "MlpPolicy", make_vec_env(task.make, WORLDS, seed=seed * 1000), learning_rate=lambda left: task.rate * max(0.1, left), ent_coef=task.entropy,
        policy_kwargs={"net_arch": [64, 64]}, seed=seed, device="cpu", **options,
    )  # fmt: skip


def train_sb3(task: Task, seed: int) -> tuple[Tally, Act]:
    from stable_baselines3.common.callbacks import BaseCallback

    tally = Tally(task)

    class Count(BaseCallback):
        def _on_step(self) -> bool:
            tally.count(self.locals["rewards"], self.locals["dones"])
            return True

    model = sb3_for(task, seed)
    model.learn(task.steps, Count())
    return tally, lambda obs: model.predict(obs, deterministic=True)[0]


# --- runs -------------------------------------------------------------------------------------------------------------------------------------


def evaluate(task: Task, act: Act, episodes: int = 100) -> list[float]:
    """Returns of episodes with the likeliest actions; every environment plays equally many, so that short ones don't count more often."""
    worlds = 20
    envs = gymnasium.vector.SyncVectorEnv([task.make] * worlds, autoreset_mode=AutoresetMode.SAME_STEP)
    obs, _ = envs.reset(seed=10**6)
    sums, found = np.zeros(worlds), [list[float]() for _ in range(worlds)]
    while min(map(len, found)) < episodes // worlds:
        obs, reward, ended, cut, _ = envs.step(act(obs))
        sums += reward
        for world in np.flatnonzero(ended | cut):
            found[world].append(float(sums[world]))
            sums[world] = 0
    envs.close()
    return [value for world in found for value in world[: episodes // worlds]]


def run(name: str, learner: str, seed: int) -> dict[str, Any]:
    task, begun = TASKS[name], time.process_time()
    tally, act = train_sb3(task, seed) if learner == "sb3" else train_sandlot(task, seed, learner == "plain")
    took = time.process_time() - begun
    return {
        "task": name, "learner": learner, "seed": seed, "steps": tally.step, "seconds": round(took, 1), "evaluated": round(float(np.mean(evaluate(task, act))), 2),
        "last": round(float(np.mean(tally.last)), 2), "all": round(float(np.mean([value for _, value in tally.curve])), 2),
        "curve": [[step, round(value, 2)] for step, value in tally.curve],
    }  # fmt: skip


def same(task: Task) -> dict[str, float]:
    """Both learn from one rollout, whole, from the same weights: how far apart they end, in shares of how far they went."""
    model = sb3_for(task, 0, batch_size=WORLDS * task.horizon, n_epochs=10)
    learner = Learner(
        role_of(task.make()), Settings(**{**vars(task.settings(plain=True)), "minibatch": WORLDS * task.horizon, "epochs": 10}), 0
    )
    learner.norm, learner.worth = Still(len(learner.card.observation)), Still()
    theirs = list(model.policy.mlp_extractor.policy_net.parameters()) + list(model.policy.action_net.parameters())
    theirs += list(model.policy.mlp_extractor.value_net.parameters()) + list(model.policy.value_net.parameters())
    theirs += [model.policy.log_std] if learner.actions.box else []
    mine = learner.parameters() if learner.actions.box else learner.parameters()[:-1]
    with torch.no_grad():
        for a, b in zip(mine, theirs, strict=True):
            a.copy_(b)
    before = [values.detach().clone() for values in mine]
    _, callback = model._setup_learn(task.steps)
    model.collect_rollouts(model.env, callback, model.rollout_buffer, task.horizon)
    buffer, rollout = model.rollout_buffer, learner.rollout
    # SB3 adds what is beyond the clock to the reward, and knows an end by the beginning that follows it.
    starts = np.concatenate([buffer.episode_starts[1:], model._last_episode_starts[None]])
    for into, values in ((rollout.seen, buffer.observations), (rollout.action, buffer.actions), (rollout.chance, buffer.log_probs)):
        into.copy_(torch.from_numpy(values.reshape(into.shape)))
    for into, values in ((rollout.value, buffer.values), (rollout.reward, buffer.rewards), (rollout.ended, starts)):
        into.copy_(torch.from_numpy(values.astype(np.float32)))
    rollout.counts.fill_(1)
    last = learner.value(model._last_obs, None)
    apart = float((learner.advantages(last)[0] - torch.from_numpy(buffer.advantages)).abs().max())
    model._update_current_progress_remaining(0, task.steps)
    model.train()
    learner.learn(last, task.rate)
    went = math.sqrt(sum(float((a - b).detach().square().sum()) for a, b in zip(theirs, before, strict=True)))
    missed = math.sqrt(sum(float((a - b).detach().square().sum()) for a, b in zip(theirs, mine, strict=True)))
    return {"advantages": apart, "of": float(np.abs(buffer.advantages).max()), "weights": missed / went, "ends": float(starts.sum())}


# --- what came of them ------------------------------------------------------------------------------------------------------------------------


def chance_of(a: Sequence[float], b: Sequence[float]) -> float:
    """How often means lie as far apart as these or farther when all are dealt out anew: the exact two-sided permutation test."""
    values = np.array([*a, *b])
    apart = abs(np.mean(a) - np.mean(b)) - 1e-9
    picks = np.array(list(combinations(range(len(values)), len(a))))
    first = values[picks].sum(1)
    return float(np.mean(np.abs(first / len(a) - (values.sum() - first) / len(b)) >= apart))


def interval(a: Sequence[float], b: Sequence[float]) -> tuple[float, float]:
    """95 % of the difference of means, by bootstrap over seeds."""
    rng = np.random.default_rng(0)
    means = [rng.choice(np.array(values), (20_000, len(values))).mean(1) for values in (a, b)]
    low, high = np.quantile(means[0] - means[1], [0.025, 0.975])
    return float(low), float(high)


def results(runs: list[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in dict.fromkeys(run["task"] for run in runs):
        by = {learner: [run for run in runs if (run["task"], run["learner"]) == (name, learner)] for learner in LEARNERS}
        found[name] = {"settings": vars(TASKS[name])}
        for learner, mine in by.items():
            found[name][learner] = {key: [run[key] for run in mine] for key in ("seed", "evaluated", "last", "all", "seconds")}
            if learner != "sb3" and mine and by["sb3"]:
                pairs = {key: ([run[key] for run in mine], [run[key] for run in by["sb3"]]) for key in ("evaluated", "last", "all")}
                found[name][learner]["against sb3"] = {
                    key: {"p": chance_of(*pair), "difference": interval(*pair)} for key, pair in pairs.items()
                }
    return found


def table(found: dict[str, Any]) -> Iterator[str]:
    yield "| task, steps | learner | evaluated, each seed | mean ± sd | last 100 episodes | all of training | less SB3's (95 %) | p | p, all of training |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    for name, entry in found.items():
        for learner in LEARNERS:
            mine = entry[learner]
            if not mine["seed"]:
                continue
            cells = [f"{name}, {TASKS[name].steps:,}", learner, " ".join(f"{value:.0f}" for value in mine["evaluated"])]
            cells += [
                f"{np.mean(mine[key]):.0f} ± {np.std(mine[key], ddof=1) if len(mine[key]) > 1 else 0:.0f}"
                for key in ("evaluated", "last", "all")
            ]
            tests = mine.get("against sb3")
            if tests and len(mine["seed"]) > 1:
                low, high = tests["evaluated"]["difference"]
                cells += [f"{low:.0f} to {high:.0f}", f"{tests['evaluated']['p']:.2f}", f"{tests['all']['p']:.2f}"]
            else:
                cells += ["", "", ""]
            yield "| " + " | ".join(cells) + " |"


def picture(runs: list[dict[str, Any]]) -> str:
    """Mean return of the last hundred episodes over steps: a thin line for each seed, a thick one for their mean."""
    names = list(dict.fromkeys(run["task"] for run in runs))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{420 * len(names)}" height="300" font-family="sans-serif" font-size="12">'
    drawn = [panel(name, [run for run in runs if run["task"] == name], 420 * k) for k, name in enumerate(names)]
    return "\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *drawn, "</svg>\n"])


def panel(name: str, runs: list[dict[str, Any]], x: int) -> str:
    values = [value for run in runs for _, value in run["curve"]]
    low, high, steps = min(values), max(values), TASKS[name].steps

    def line(points: Sequence[Sequence[float]], color: str, more: str) -> str:
        spots = " ".join(f"{x + 50 + 350 * step / steps:.1f},{40 + 220 * (high - value) / (high - low):.1f}" for step, value in points)
        return f'<polyline fill="none" stroke="{color}" {more} points="{spots}"/>'

    parts = [
        f'<text x="{x + 50}" y="20" font-weight="bold">{name}</text>',
        f'<text x="{x + 400}" y="285" text-anchor="end" fill="#555">{steps:,} steps</text>',
    ]
    for share in (0, 0.25, 0.5, 0.75, 1):
        y = 40 + 220 * (1 - share)
        parts.append(f'<line x1="{x + 50}" x2="{x + 400}" y1="{y}" y2="{y}" stroke="#ddd"/>')
        parts.append(f'<text x="{x + 44}" y="{y + 4}" text-anchor="end" fill="#555">{low + share * (high - low):.0f}</text>')
    for learner, color in LEARNERS.items():
        parts += [line(run["curve"], color, 'stroke-width="1" opacity="0.3"') for run in runs if run["learner"] == learner]
    for k, (learner, color) in enumerate(LEARNERS.items()):
        curves = [dict(map(tuple, run["curve"])) for run in runs if run["learner"] == learner]
        shared = sorted(set.intersection(*map(set, curves))) if curves else []
        parts.append(line([(step, float(np.mean([curve[step] for curve in curves]))) for step in shared], color, 'stroke-width="2.5"'))
        parts.append(f'<text x="{x + 230 + 60 * k}" y="20" fill="{color}" font-weight="bold">{learner}</text>')
    return "\n".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder for what comes of it")
    parser.add_argument("--tasks", nargs="*", choices=TASKS, default=list(TASKS))
    parser.add_argument("--learners", nargs="*", choices=LEARNERS, default=list(LEARNERS))
    parser.add_argument("--seeds", type=int, default=8)
    options = parser.parse_args()
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    torch.set_num_threads(1)
    options.out.mkdir(parents=True, exist_ok=True)
    kept = options.out / "runs.jsonl"
    runs = [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []
    for name in options.tasks:
        print(json.dumps({"same": name} | same(TASKS[name])), flush=True)
    for seed in range(options.seeds):
        for name in options.tasks:
            for learner in options.learners:
                if any((run["task"], run["learner"], run["seed"]) == (name, learner, seed) for run in runs):
                    continue
                runs.append(run(name, learner, seed))
                with kept.open("a") as stream:
                    stream.write(json.dumps(runs[-1]) + "\n")
                print(json.dumps({key: value for key, value in runs[-1].items() if key != "curve"}), flush=True)
    found = results(runs)
    (options.out / "results.json").write_text(json.dumps(found, indent=1) + "\n")
    (options.out / "curves.svg").write_text(picture(runs))
    (options.out / "table.md").write_text("\n".join(table(found)) + "\n")
    print((options.out / "table.md").read_text())


if __name__ == "__main__":
    main()
