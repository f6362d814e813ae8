"""What a Ray RLlib cluster costs and brings: sampling and training with 0, 1, 2 ... env runners, beside sandlot's own batch on the same machine.

Run:  python benchmarks/ray_scale.py [--runners 0 1 2] [--worlds 64] [--stock] [--seconds 10]

Steps are decisions of one world; soccer has 4 agents, so agent steps are 4 times as many. CPU seconds are those of all processes that play and
learn, without Ray's own.
"""

import argparse
import resource
import statistics
import sys
import time
from pathlib import Path

import cloudpickle
import ray
import torch

import sandlot

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "docs" / "examples"))
import rllib_soccer

ray.cloudpickle.register_pickle_by_value(rllib_soccer)  # runners can't import it
AGENTS = 4


def cpu(_runner=None):
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def all_cpu(algo):
    group = algo.env_runner_group
    return cpu() + sum(group.foreach_env_runner(cpu, local_env_runner=False))


def rates(work, seconds, spent):
    """Median rate of a work that says how many steps it did, and CPU seconds a million agent steps."""
    work()
    found, steps, before, until = [], 0, spent(), time.perf_counter() + seconds
    while len(found) < 3 or time.perf_counter() < until:
        at = time.perf_counter()
        done = work()
        found.append(done / (time.perf_counter() - at))
        steps += done
    return statistics.median(found), (spent() - before) / (AGENTS * steps) * 1e6


def say(what, rate, cost, more=""):
    print(f"{what:<44} {rate:9.0f} steps/s {AGENTS * rate:10.0f} agent steps/s {cost:8.1f} CPU s/M agent steps  {more}", flush=True)


def of_rllib(runners, options):
    setup = argparse.Namespace(env_runners=runners, worlds=options.worlds, fragment=64, runner_resource=None, seed=0, stock=options.stock)
    algo = rllib_soccer.config_of(setup).build_algo()
    group, parts = algo.env_runner_group, max(1, runners)
    sizes = []

    def sample():
        if not runners:
            chunks = algo.env_runner.sample()
            sizes.append(len(cloudpickle.dumps(chunks)) / sum(chunk.agent_steps() for chunk in chunks)) if not sizes else None
            return sum(map(len, chunks))
        found = group.foreach_env_runner(lambda runner: runner.sample(), local_env_runner=False)
        return sum(len(chunk) for chunks in found for chunk in chunks)

    kind = "RLlib's runner" if options.stock else "sandlot's runner"
    rate, cost = rates(sample, options.seconds, lambda: all_cpu(algo))
    say(f"{kind}, {runners} processes: sampling", rate, cost, f"{sizes[0]:.0f} bytes an agent step" if sizes else "")

    def train():
        algo.train()
        return options.worlds * 64 * parts

    rate, cost = rates(train, options.seconds, lambda: all_cpu(algo))
    say(f"{kind}, {runners} processes: training", rate, cost)
    algo.stop()


def of_core(options):
    """The same worlds and networks of the same size, without RLlib: a batch, two calls of a network, a step."""
    core = sandlot.make_vec("soccer", options.worlds, threads=1)
    nets = {
        team: torch.nn.Sequential(
            torch.nn.Linear(core.observation_space(team).shape[0], 64),
            torch.nn.Tanh(),
            torch.nn.Linear(64, 64),
            torch.nn.Tanh(),
            torch.nn.Linear(64, 4),
        )
        for team in core.teams
    }
    seen = core.reset(seed=0)[0]

    def play(decide):
        nonlocal seen
        for _ in range(64):
            seen = core.step(decide(seen))[0]
        return 64 * options.worlds

    def network(obs):
        with torch.no_grad():
            out = {team: nets[team](torch.from_numpy(obs[team])) for team in nets}
            return {
                team: (mean[..., :2] + mean[..., 2:].exp() * torch.randn_like(mean[..., :2])).clamp(-1, 1).numpy()
                for team, mean in out.items()
            }

    still = {team: 0 * core.scripted_actions()[team] for team in core.teams}
    for what, decide in (("stepping alone", lambda obs: still), ("with a network for each team", network)):
        rate, cost = rates(lambda decide=decide: play(decide), options.seconds / 2, cpu)
        say(f"sandlot's batch, 1 thread: {what}", rate, cost)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runners", type=int, nargs="*", default=[0, 1, 2])
    parser.add_argument("--worlds", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--stock", action="store_true", help="RLlib's own env runner")
    options = parser.parse_args()
    torch.set_num_threads(1)
    of_core(options)
    ray.init("local", num_cpus=4, include_dashboard=False, log_to_driver=False, _temp_dir="/tmp/rr")
    for runners in options.runners:
        of_rllib(runners, options)
    ray.shutdown()


if __name__ == "__main__":
    main()
