"""IPPO in TorchRL's own manner (its multi-agent PPO tutorial), on any environment with groups: `python torchrl_ippo.py --game tag --team chaser`."""

import argparse
import time
from collections.abc import Iterator

import torch
from tensordict import TensorDict, TensorDictBase
from tensordict.nn import TensorDictModule
from tensordict.nn.distributions import NormalParamExtractor
from torchrl.collectors import Collector
from torchrl.data import LazyTensorStorage, ReplayBuffer, SamplerWithoutReplacement
from torchrl.envs import EnvBase, RewardSum, TransformedEnv
from torchrl.modules import MultiAgentMLP, ProbabilisticActor, TanhNormal, ValueOperator
from torchrl.objectives import ClipPPOLoss, ValueEstimators

import sandlot


def networks(env: EnvBase, group: str) -> tuple[ProbabilisticActor, ValueOperator]:
    """One actor and one critic, shared by all agents of the group; each sees what its own agent sees."""
    agents, seen = env.observation_spec[group, "observation"].shape[-2:]
    acts = env.full_action_spec[group, "action"].shape[-1]

    def mlp(out: int) -> MultiAgentMLP:
        return MultiAgentMLP(seen, out, agents, centralized=False, share_params=True, depth=2, num_cells=64, activation_class=torch.nn.Tanh)

    numbers = torch.nn.Sequential(mlp(2 * acts), NormalParamExtractor())
    actor = ProbabilisticActor(
        TensorDictModule(numbers, [(group, "observation")], [(group, "loc"), (group, "scale")]),
        in_keys=[(group, "loc"), (group, "scale")],
        out_keys=[(group, "action")],
        distribution_class=TanhNormal,
        distribution_kwargs={"low": -1.0, "high": 1.0},
        return_log_prob=True,
        log_prob_key=(group, "log_prob"),
    )
    return actor, ValueOperator(mlp(1), in_keys=[(group, "observation")], out_keys=[(group, "state_value")])


def by_agent(batch: TensorDictBase, group: str) -> TensorDictBase:
    """The ends of each agent: its own where agents can leave early, else those of its world."""
    reward = batch["next", group, "reward"]
    for name in ("done", "terminated"):
        if ("next", group, name) not in batch.keys(include_nested=True):
            batch["next", group, name] = batch["next", name].unsqueeze(-1).expand(reward.shape)
    return batch


def train(
    env: EnvBase, group: str, frames: int, *, steps: int = 100, epochs: int = 4, minibatches: int = 8, lr: float = 1e-3
) -> Iterator[float]:
    """Learn, and yield the mean return of the episodes that ended in each batch (nan: none did).

    Args:
        env: Many worlds; actions are continuous.
        group: Who learns.
        frames: World-steps in all.
        steps: World-steps of each world in a batch.
        epochs: How often a batch is learned from.
        minibatches: Pieces of a batch.
        lr: Learning rate.
    """
    env = TransformedEnv(env, RewardSum(in_keys=[(group, "reward")], out_keys=[(group, "episode_reward")], reset_keys=["_reset"]))
    actor, critic = networks(env, group)
    loss_of = ClipPPOLoss(
        actor, critic, clip_epsilon=0.2, entropy_coeff=1e-3, normalize_advantage=True, normalize_advantage_exclude_dims=(-2,)
    )
    loss_of.set_keys(
        reward=(group, "reward"), action=(group, "action"), value=(group, "state_value"), sample_log_prob=(group, "log_prob"),
        done=(group, "done"), terminated=(group, "terminated"), advantage=(group, "advantage"), value_target=(group, "value_target"),
    )  # fmt: skip
    loss_of.make_value_estimator(ValueEstimators.GAE, gamma=0.98, lmbda=0.95)
    optimizer = torch.optim.Adam(loss_of.parameters(), lr)
    per_batch = env.batch_size.numel() * steps
    buffer = ReplayBuffer(storage=LazyTensorStorage(per_batch), sampler=SamplerWithoutReplacement(), batch_size=per_batch // minibatches)
    collector = Collector(env, actor, frames_per_batch=per_batch, total_frames=frames)
    for batch in collector:
        with torch.no_grad():
            loss_of.value_estimator(
                by_agent(batch, group), params=loss_of.critic_network_params, target_params=loss_of.target_critic_network_params
            )
        buffer.extend(batch.reshape(-1))
        for _ in range(epochs * minibatches):
            losses: TensorDict = loss_of(buffer.sample())
            optimizer.zero_grad()
            (losses["loss_objective"] + losses["loss_critic"] + losses["loss_entropy"]).backward()
            torch.nn.utils.clip_grad_norm_(loss_of.parameters(), 1.0)
            optimizer.step()
        ended = batch["next", "done"].squeeze(-1)
        yield batch["next", group, "episode_reward"][ended].mean().item()
    collector.shutdown()


def main() -> None:
    """Train, and print the curve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--game", default="tag")
    parser.add_argument("--team", default="chaser")
    parser.add_argument("--worlds", type=int, default=64)
    parser.add_argument("--frames", type=int, default=640_000)
    options = parser.parse_args()
    torch.manual_seed(0)
    env = sandlot.make_torchrl(options.game, options.worlds, team=options.team, seed=0)
    begun, done = time.perf_counter(), 0
    for value in train(env, options.team, options.frames):
        done += options.worlds * 100
        print(f"{done:>9,} world-steps  mean return {value:8.2f}  {done / (time.perf_counter() - begun):9,.0f} world-steps/s", flush=True)


if __name__ == "__main__":
    main()
