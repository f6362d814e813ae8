"""Train two soccer teams against each other with Ray RLlib: on this machine, or on every machine of a Ray cluster.

python docs/examples/rllib_soccer.py --minutes 5                                     # a Ray of its own, on this machine
python docs/examples/rllib_soccer.py --address auto --env-runners 2 --minutes 5      # the cluster that this machine belongs to
python docs/examples/rllib_soccer.py --address 10.0.0.1:6379 --env-runners 100 --runner-resource player --minutes 60

Red and blue have a network each, shared by the agents of a team. Worlds are stepped by sandlot's batched env runner (`--stock`: by RLlib's own).
`docs/examples/ray_cluster.sh` starts a cluster of two nodes on one machine; docs/scale.md says how many runners are worth their cost.
"""

import argparse
import os
import time
from pathlib import Path

import ray
from ray.rllib.algorithms.ppo import PPOConfig
from ray.rllib.core.rl_module.default_model_config import DefaultModelConfig
from ray.tune.registry import register_env

import sandlot
from sandlot.envs.adapt_rllib_runner import RllibRunner

TEAMS = ("red", "blue")


def team_of(agent, episode, **_):
    """Which policy decides for an agent: `red_0` is red's."""
    return agent.rpartition("_")[0]


def count_wins(episode, metrics_logger, **_):
    """Log who won an episode; the score stands in each team's last info."""
    red, blue = (episode.agent_episodes[f"{team}_0"].get_infos(-1)["score"] for team in TEAMS)
    for name, won in {"red_wins": red > blue, "blue_wins": blue > red, "goals": red + blue}.items():
        metrics_logger.log_value(name, float(won), window=200)


def config_of(options):
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
        train_batch_size_per_learner=steps, minibatch_size=min(4096, steps), num_epochs=4, lr=5e-4, gamma=0.99, lambda_=0.95, entropy_coeff=0.003
    )
    config.callbacks(on_episode_end=count_wins)
    # A runner that dies, alone or with its node, is started again where there is room; until then training goes on with the others.
    config.fault_tolerance(restart_failed_env_runners=True)
    return config.debugging(seed=options.seed)


def place(runner):
    """Where a runner lives."""
    context = ray.get_runtime_context()
    return f"runner {runner.worker_index} on node {context.get_node_id()[:8]} of {ray.util.get_node_ip_address()}, process {os.getpid()}"


def mean(results, *path):
    """A number of the result, or nan before the first episode has ended."""
    for key in path:
        results = results.get(key, {})
    return results if isinstance(results, float | int) else float("nan")


def main():
    """Train, and say how it goes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--address", help="`auto` or host:port of a cluster; left out: a Ray of its own")
    parser.add_argument("--env-runners", type=int, default=0, help="processes that play; 0: the trainer's own")
    parser.add_argument("--worlds", type=int, default=64, help="worlds of each runner")
    parser.add_argument("--fragment", type=int, default=64, help="steps of each world between two updates")
    parser.add_argument("--runner-resource", help="a resource of which every runner takes 1, to say which nodes play")
    parser.add_argument("--iterations", type=int, default=1_000_000)
    parser.add_argument("--minutes", type=float, default=1e9)
    parser.add_argument("--checkpoint", type=Path, help="a folder to save to at the end and every 20 iterations; goes on from what lies there")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--stock", action="store_true", help="RLlib's own env runner")
    options = parser.parse_args()
    ray.init(address=options.address or "local", include_dashboard=None if options.address else False, log_to_driver=False)
    for node in ray.nodes():
        print(f"node {node['NodeID'][:8]} {'alive' if node['Alive'] else 'dead'} {node['NodeManagerAddress']} {node['Resources']}")
    algo = config_of(options).build_algo()
    folder = options.checkpoint and options.checkpoint.absolute()
    if folder and (folder / "algorithm_state.pkl").exists():
        algo.restore_from_path(folder)
    print(*algo.env_runner_group.foreach_env_runner(place), sep="\n", flush=True)
    begun, steps = time.monotonic(), 0
    for iteration in range(1, options.iterations + 1):
        at = time.monotonic()
        result = algo.train()
        played = result["env_runners"]
        now, seconds = mean(played, "num_env_steps_sampled"), time.monotonic() - at
        steps += now
        print(
            f"{iteration:4d}  {steps:10.0f} steps  {now / seconds:7.0f} steps/s  (sampling {mean(result, 'timers', 'env_runner_sampling_timer'):.2f} s, "
            f"learning {mean(result, 'timers', 'learner_update_timer'):.2f} s)  runners {algo.env_runner_group.num_healthy_remote_workers()}  "
            + "  ".join(f"{team} {mean(played, 'module_episode_returns_mean', team) / 2:6.2f}" for team in TEAMS)
            + f"  wins red {mean(played, 'red_wins'):.2f} blue {mean(played, 'blue_wins'):.2f}  goals {mean(played, 'goals'):.2f}",
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
