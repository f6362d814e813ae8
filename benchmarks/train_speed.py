"""Training throughput, all of it: collecting and learning, in agent-steps/s by the process's own seconds on one thread.

Run:  benchmarks/setup.sh FOLDER sb3
      taskset -c 1 FOLDER/sb3/bin/python benchmarks/train_speed.py --widths 64 256 --worlds 256

Three works take turns, block by block; each learns with two layers of WIDTH units for the actor and again for the critic, rollouts of 64 decisions of
3 rows for each world, 8 minibatches, 4 epochs:

sandlot    `sandlot train tag --team chaser` (agents/training/train.py): IPPO, the runner is scripted
sb3_door   Stable-Baselines3's PPO on `sandlot.make_sb3("tag", worlds, team="chaser")`
sb3_mpe2   the same PPO on mpe2's simple_tag_v3 through SuperSuit, in three quarters of the worlds, since all four of a world learn there (doors_sb3.py)
"""

import argparse

import torch
from clock import arguments, compare
from doors_sb3 import N_STEPS, Work, mpe2, ppo, rows_of

EPOCHS, CUTS = 4, 8


def sandlot_work(worlds: int, width: int) -> Work:
    import sandlot
    from sandlot.agents.training.plan import Plan, Settings
    from sandlot.agents.training.train import Trainer

    rollout = N_STEPS * rows_of(worlds)
    settings = Settings(worlds=worlds, horizon=N_STEPS, epochs=EPOCHS, minibatch=rollout // CUTS, hidden=(width, width))
    trainer = Trainer(sandlot.load("tag"), Plan(teams=("chaser",), steps=10**12, settings=settings))

    def call(count: int) -> None:
        for _ in range(count):
            trainer.iterate()

    return call, rollout


def sb3_door(worlds: int, width: int) -> Work:
    import sandlot

    return ppo(sandlot.make_sb3("tag", worlds, team="chaser", seed=0), [width, width])


def sb3_mpe2(worlds: int, width: int) -> Work:
    return ppo(mpe2(max(1, rows_of(worlds) // 4)), [width, width])


WORKS = {"sandlot": sandlot_work, "sb3_door": sb3_door, "sb3_mpe2": sb3_mpe2}


def main() -> None:
    parser = arguments(__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--works", nargs="+", choices=WORKS, default=list(WORKS))
    parser.add_argument("--worlds", type=int, default=256)
    parser.add_argument("--widths", type=int, nargs="+", default=[64, 256])
    options = parser.parse_args()
    torch.set_num_threads(1)
    for width in options.widths:
        works = {name: WORKS[name](options.worlds, width) for name in options.works}
        compare(works, options, worlds=options.worlds, width=width)


if __name__ == "__main__":
    main()
