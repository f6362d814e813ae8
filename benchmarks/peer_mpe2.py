"""mpe2's simple_tag_v3 or simple_spread_v3 through the PettingZoo parallel API: discrete actions, a new episode every 25 steps."""

import importlib
import importlib.metadata
import os
import random

from clock import arguments, measure

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
parser = arguments(__doc__)
parser.add_argument("task", choices=["simple_tag_v3", "simple_spread_v3"])
options = parser.parse_args()
env = importlib.import_module(f"mpe2.{options.task}").parallel_env(max_cycles=25, continuous_actions=False)
env.reset(seed=0)
rng = random.Random(0)
table = [{agent: rng.randrange(5) for agent in env.possible_agents} for _ in range(512)]


def call(count: int) -> None:
    for k in range(count):
        env.step(table[k & 511])
        if not env.agents:
            env.reset()


measure(call, options, version=importlib.metadata.version("mpe2"))
