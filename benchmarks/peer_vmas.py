"""A VMAS scenario on the CPU: continuous actions drawn before, no episode ever ends (resetting one world costs VMAS a millisecond)."""

import importlib.metadata

import torch
import vmas
from clock import arguments, measure

parser = arguments(__doc__)
parser.add_argument("task", choices=["simple_tag", "simple_spread"])
parser.add_argument("--worlds", type=int, required=True)
options = parser.parse_args()
torch.set_num_threads(1)
torch.set_grad_enabled(False)
env = vmas.make_env(options.task, num_envs=options.worlds, device="cpu", continuous_actions=True, seed=0, max_steps=None)
env.reset()
table = [[env.get_random_action(agent) for agent in env.agents] for _ in range(16)]


def call(count: int) -> None:
    for k in range(count):
        env.step(table[k & 15])


measure(call, options, options.worlds, version=importlib.metadata.version("vmas"), torch=torch.__version__)
