"""PPO in one file, in the manner of CleanRL: one game, one team, and every step of the algorithm in sight.

Run:  python docs/examples/cleanrl_ppo.py
      python docs/examples/cleanrl_ppo.py --env-id sandlot/Tag-v0 --team chaser --actions discrete

Needs torch, tyro and tensorboard. What it asks of the environments is what CleanRL's scripts ask: `make` below is all that knows of sandlot.
"""

import time
from dataclasses import dataclass

import gymnasium as gym
import numpy as np
import torch
import tyro
from torch import nn
from torch.distributions import Categorical, Normal
from torch.utils.tensorboard import SummaryWriter

import sandlot  # noqa: F401 - registers the games


@dataclass
class Args:
    """What the command line may set."""

    env_id: str = "sandlot/Lander-v0"
    """Gymnasium's id of the game"""
    team: str = ""
    """who learns, each agent a row of its own; may be left out where there is one agent"""
    actions: str = "continuous"
    """continuous or discrete"""
    seed: int = 1
    """of the worlds, the network and the shuffling"""
    total_timesteps: int = 600_000
    """decisions of agents in all"""
    num_envs: int = 64
    """worlds that run beside each other"""
    num_steps: int = 128
    """decisions of each row between two updates"""
    learning_rate: float = 1e-3
    """at the beginning; it falls to 0"""
    gamma: float = 0.99
    """discount"""
    gae_lambda: float = 0.95
    """of the generalised advantages"""
    num_minibatches: int = 8
    """parts that a batch is learned in"""
    update_epochs: int = 6
    """times that a batch is learned"""
    clip_coef: float = 0.2
    """how far the policy may move from the one that acted"""
    ent_coef: float = 0.003
    """weight of the entropy"""
    vf_coef: float = 0.5
    """weight of the value's loss"""
    max_grad_norm: float = 0.5
    """where gradients are cut off"""
    run_name: str = ""
    """folder below runs/; by default the game, the seed and the time"""


def make(args: Args) -> gym.vector.VectorEnv:
    """Make the environments: the only lines of this file that another game's script has to take over."""
    seat = {"team": args.team, "rows": "agents"} if args.team else {}
    envs = gym.make_vec(args.env_id, num_envs=args.num_envs, autoreset_mode="same_step", actions=args.actions, **seat)
    if isinstance(envs.single_action_space, gym.spaces.Box):  # a normal distribution has no bounds, actions have
        envs = gym.wrappers.vector.TransformAction(envs, lambda action: np.clip(action, -1, 1))
    return envs


def layer(inputs: int, outputs: int, gain: float = 2**0.5) -> nn.Linear:
    """One linear layer with orthogonal weights and no bias at the beginning."""
    made = nn.Linear(inputs, outputs)
    nn.init.orthogonal_(made.weight, gain)
    nn.init.zeros_(made.bias)
    return made


class Agent(nn.Module):
    """Policy and value, two networks; for numbers a normal distribution, for choices a categorical one each."""

    def __init__(self, envs: gym.vector.VectorEnv) -> None:
        super().__init__()
        space, seen = envs.single_action_space, int(np.prod(envs.single_observation_space.shape))
        self.numbers = isinstance(space, gym.spaces.Box)
        self.choices = [] if self.numbers else np.ravel(space.nvec if isinstance(space, gym.spaces.MultiDiscrete) else space.n).tolist()
        outputs = int(np.prod(space.shape)) if self.numbers else sum(self.choices)
        self.shape = space.shape
        self.critic = nn.Sequential(nn.Flatten(), layer(seen, 64), nn.Tanh(), layer(64, 64), nn.Tanh(), layer(64, 1, 1.0))
        self.actor = nn.Sequential(nn.Flatten(), layer(seen, 64), nn.Tanh(), layer(64, 64), nn.Tanh(), layer(64, outputs, 0.01))
        self.spread = nn.Parameter(torch.full((outputs,), -0.5))

    def get_value(self, obs: torch.Tensor) -> torch.Tensor:
        """What the critic expects from here."""
        return self.critic(obs).flatten()

    def get_action_and_value(self, obs: torch.Tensor, action: torch.Tensor | None = None) -> tuple[torch.Tensor, ...]:
        """Action (drawn, where none is given), its log-probability, the entropy and the value."""
        out = self.actor(obs)
        parts = [Normal(out, self.spread.exp())] if self.numbers else [Categorical(logits=part) for part in out.split(self.choices, 1)]
        if action is None:
            chosen = parts[0].sample() if self.numbers else torch.stack([part.sample() for part in parts], 1)
            action = chosen.reshape(-1, *self.shape)
        given = [action.flatten(1)] if self.numbers else action.reshape(len(obs), -1).unbind(1)
        logs = [part.log_prob(value) for part, value in zip(parts, given, strict=True)]
        entropies = [part.entropy() for part in parts]
        if self.numbers:
            return action, logs[0].sum(1), entropies[0].sum(1), self.get_value(obs)
        return action, torch.stack(logs).sum(0), torch.stack(entropies).sum(0), self.get_value(obs)


def main(args: Args) -> list[tuple[int, float, int]]:
    """Train; returns step, return and length of every episode that ended, in the order of the log."""
    torch.manual_seed(args.seed)  # NumPy draws nothing here
    torch.set_num_threads(1)  # networks this small lose more by threads than they gain
    envs = make(args)
    rows, steps = envs.num_envs, args.num_steps
    batch_size = rows * steps
    agent = Agent(envs)
    optimizer = torch.optim.Adam(agent.parameters(), lr=args.learning_rate, eps=1e-5)
    writer = SummaryWriter(f"runs/{args.run_name or f'{args.env_id}__{args.seed}__{int(time.time())}'}")

    obs = torch.zeros((steps, rows, *envs.single_observation_space.shape))
    actions = torch.zeros((steps, rows, *envs.single_action_space.shape))
    logprobs, rewards, dones, values = (torch.zeros((steps, rows)) for _ in range(4))
    episodes: list[tuple[int, float, int]] = []
    global_step, start = 0, time.time()
    next_obs = torch.as_tensor(envs.reset(seed=args.seed)[0])
    updates = max(1, args.total_timesteps // batch_size)

    for update in range(updates):
        optimizer.param_groups[0]["lr"] = (1 - update / updates) * args.learning_rate
        for step in range(steps):
            global_step += rows
            obs[step] = next_obs
            with torch.no_grad():
                actions[step], logprobs[step], _, values[step] = agent.get_action_and_value(next_obs)
            taken = actions[step].numpy().astype(envs.single_action_space.dtype)
            seen, reward, terminated, truncated, infos = envs.step(taken)
            next_obs, rewards[step] = torch.as_tensor(seen), torch.as_tensor(reward)
            dones[step] = torch.as_tensor(terminated | truncated)
            if "final_info" in infos:
                over = infos["final_info"]["_episode"].nonzero()[0]
                told = infos["final_info"]["episode"]
                for episodic_return, episodic_length in zip(told["r"][over].tolist(), told["l"][over].tolist(), strict=True):
                    episodes.append((global_step, episodic_return, episodic_length))
                    writer.add_scalar("charts/episodic_return", episodic_return, global_step)
                    writer.add_scalar("charts/episodic_length", episodic_length, global_step)
                cut = truncated.nonzero()[0]
                if len(cut):  # the clock ended these, not the game: what would have come counts
                    with torch.no_grad():
                        last = torch.as_tensor(np.stack(infos["final_obs"][cut]))
                        rewards[step, cut] += args.gamma * agent.get_value(last)

        with torch.no_grad():
            advantages, ahead, following = torch.zeros_like(rewards), torch.zeros(rows), agent.get_value(next_obs)
            for step in reversed(range(steps)):
                goes_on = 1 - dones[step]
                delta = rewards[step] + args.gamma * goes_on * following - values[step]
                advantages[step] = ahead = delta + args.gamma * args.gae_lambda * goes_on * ahead
                following = values[step]
            returns = advantages + values

        flat_obs, flat_actions = obs.flatten(0, 1), actions.flatten(0, 1)
        flat_logprobs, flat_advantages, flat_returns = logprobs.flatten(), advantages.flatten(), returns.flatten()
        for _ in range(args.update_epochs):
            for part in torch.randperm(batch_size).chunk(args.num_minibatches):
                _, logprob, entropy, value = agent.get_action_and_value(flat_obs[part], flat_actions[part])
                gain = flat_advantages[part]
                gain = (gain - gain.mean()) / (gain.std() + 1e-8)
                ratio = (logprob - flat_logprobs[part]).exp()
                policy_loss = -torch.min(gain * ratio, gain * ratio.clamp(1 - args.clip_coef, 1 + args.clip_coef)).mean()
                value_loss = 0.5 * (value - flat_returns[part]).square().mean()
                loss = policy_loss + args.vf_coef * value_loss - args.ent_coef * entropy.mean()
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(agent.parameters(), args.max_grad_norm)
                optimizer.step()
        writer.add_scalar("losses/policy_loss", policy_loss.item(), global_step)
        writer.add_scalar("losses/value_loss", value_loss.item(), global_step)
        speed = int(global_step / (time.time() - start))
        writer.add_scalar("charts/SPS", speed, global_step)
        latest = [episode[1] for episode in episodes[-100:]]
        print(f"step {global_step}: return {np.mean(latest) if latest else float('nan'):.2f}, {speed} steps/s")

    envs.close()
    writer.close()
    return episodes


if __name__ == "__main__":
    main(tyro.cli(Args))
