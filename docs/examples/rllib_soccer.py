"""Train two soccer teams against each other with Ray RLlib: on this machine, or on every machine of a Ray cluster.

python docs/examples/rllib_soccer.py --minutes 5                                     # a Ray of its own, on this machine
python docs/examples/rllib_soccer.py --address auto --env-runners 2 --minutes 5      # the cluster that this machine belongs to
python docs/examples/rllib_soccer.py --address 10.0.0.1:6379 --env-runners 100 --runner-resource player --minutes 60

Red and blue have a network each, shared by the agents of a team. Worlds are stepped by sandlot's batched env runner (`--stock`: by RLlib's own).
`docs/examples/ray_cluster.sh` starts a cluster of two nodes on one machine; docs/scale.md says how many runners are worth their cost.
"""

import argparse
import math
import os
import time
from pathlib import Path
from typing import Any

import ray
import torch
from ray.rllib.algorithms.ppo import PPOConfig
from ray.rllib.core.rl_module.default_model_config import DefaultModelConfig
from ray.tune.registry import register_env

import sandlot
from sandlot.envs import RllibRunner

TEAMS = ("red", "blue")


def team_of(agent: str, episode: Any, **_: Any) -> str:
    """Which policy decides for an agent: `red_0` is red's."""
    return agent.rpartition("_")[0]


def count_wins(episode: Any, metrics_logger: Any, **_: Any) -> None:
    """Log who won an episode; the score stands in each team's last info."""
    red, blue = (episode.agent_episodes[f"{team}_0"].get_infos(-1)["score"] for team in TEAMS)
    for name, won in {"red_wins": red > blue, "blue_wins": blue > red, "goals": red + blue}.items():
        metrics_logger.log_value(name, float(won), window=200)


def config_of(options: argparse.Namespace) -> PPOConfig:
    """What RLlib is asked to do."""
    register_env("sandlot", sandlot.make_rllib)
    config = PPOConfig().environment("sandlot", env_config={"source": "soccer"}, disable_env_checking=True)
    config.multi_agent(policies=set(TEAMS), policy_mapping_fn=team_of)
    config.rl_module(model_config=DefaultModelConfig(fcnet_hiddens=[64, 64]))
    config.env_runners(
        num_env_runners=options.env_runners,
        num_envs_per_env_runner=options.worlds,
        rollout_fragment_length=options.fragment,
        custom_resources_per_env_runner={options.runner_resource: 1} if options.runner_resource else {},
        env_runner_cls=None if options.stock else RllibRunner,
    )
    steps = options.worlds * options.fragment * max(1, options.env_runners)
    config.training(
        train_batch_size_per_learner=steps,
        minibatch_size=min(4096, steps),
        num_epochs=4,
        lr=5e-4,
        gamma=0.99,
        lambda_=0.95,
        entropy_coeff=0.003,
    )
    config.callbacks(on_episode_end=count_wins)
    # A runner that dies, alone or with its node, is started again where there is room; until then training goes on with the others.
    config.fault_tolerance(restart_failed_env_runners=True)
    return config.debugging(seed=options.seed)


def place(runner: Any) -> str:
    """Where a runner lives."""
    context = ray.get_runtime_context()
    return f"runner {runner.worker_index} on node {context.get_node_id()[:8]} of {ray.util.get_node_ip_address()}, process {os.getpid()}"


def mean(results: Any, *path: str) -> float:
    """A number of the results, nan where it isn't there."""
    for key in path:
        results = results.get(key, {})
    return math.nan if isinstance(results, dict) else float(results)


def main() -> None:
    """Train, and say how it goes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--address", help="`auto` or host:port of a cluster; left out: a Ray of its own")
    parser.add_argument("--env-runners", type=int, default=0, help="processes that play; 0: the trainer's own")
    parser.add_argument("--worlds", type=int, default=64, help="worlds of each runner")
    parser.add_argument("--fragment", type=int, default=64, help="steps of each world between two updates")
    parser.add_argument("--runner-resource", help="a resource of which every runner takes 1, to say which nodes play")
    parser.add_argument("--iterations", type=int, default=1_000_000)
    parser.add_argument("--minutes", type=float, default=1e9)
    parser.add_argument(
        "--checkpoint", type=Path, help="a folder to save to at the end and every 20 iterations; goes on from what lies there"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--stock", action="store_true", help="RLlib's own env runner")
    options = parser.parse_args()
    torch.set_num_threads(1)  # networks this small are done before threads have met
    ray.init(address=options.address or "local", include_dashboard=None if options.address else False, log_to_driver=False)
    for node in ray.nodes():
        print(f"node {node['NodeID'][:8]} {'alive' if node['Alive'] else 'dead'} {node['NodeManagerAddress']} {node['Resources']}")
    algo = config_of(options).build_algo()
    folder = options.checkpoint and options.checkpoint.absolute()
    if folder and (folder / "algorithm_state.pkl").exists():
        algo.restore_from_path(folder)
    print(*algo.env_runner_group.foreach_env_runner(place), sep="\n", flush=True)
    begun, steps = time.monotonic(), 0.0
    seen: dict[str, float] = {}
    for iteration in range(1, options.iterations + 1):
        at = time.monotonic()
        played = algo.train()["env_runners"]
        now, seconds = mean(played, "num_env_steps_sampled"), time.monotonic() - at
        steps += now
        paths = {team: ("module_episode_returns_mean", team) for team in TEAMS} | {
            name: (name,) for name in ("red_wins", "blue_wins", "goals")
        }
        for name, path in paths.items():  # all worlds of a runner began together, so in many iterations no episode ends
            seen[name] = seen.get(name, math.nan) if math.isnan(value := mean(played, *path)) else value
        print(
            f"{iteration:4d}  {steps:10.0f} steps  {now / seconds:7.0f} steps/s  runners {algo.env_runner_group.num_healthy_remote_workers()}"
            f"  return red {seen['red'] / 2:6.2f} blue {seen['blue'] / 2:6.2f}"
            f"  wins red {seen['red_wins']:.2f} blue {seen['blue_wins']:.2f}  goals {seen['goals']:.2f}",
            flush=True,
        )
        out = time.monotonic() - begun > 60 * options.minutes or iteration == options.iterations
        if folder and (out or iteration % 20 == 0):
            algo.save_to_path(folder)
        if out:
            break
    print(*algo.env_runner_group.foreach_env_runner(place), sep="\n")
    algo.stop()
    ray.shutdown()


if __name__ == "__main__":
    main()
