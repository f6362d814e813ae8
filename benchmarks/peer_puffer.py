"""PufferLib's hand-written C environment `target` with 3 agents and 3 goals: the bare C call for all worlds, new actions every 8 steps."""

import sys
from pathlib import Path

import numpy as np
from clock import arguments, measure

parser = arguments(__doc__)
parser.add_argument("--worlds", type=int, required=True)
parser.add_argument("--binding", type=Path, required=True, help="folder of the compiled binding")
options = parser.parse_args()
sys.path.insert(0, str(options.binding))
import binding  # noqa: E402

worlds, agents, rng = options.worlds, 3, np.random.default_rng(0)
obs, actions = np.zeros((worlds * agents, 2 * (agents + 3) + 4), np.float32), np.zeros((worlds * agents, 2), np.int32)
reward, ended, cut = np.zeros(worlds * agents, np.float32), np.zeros(worlds * agents, np.uint8), np.zeros(worlds * agents, np.uint8)
table = rng.integers(0, [9, 5], (64, worlds * agents, 2)).astype(np.int32)
parts = [slice(k * agents, (k + 1) * agents) for k in range(worlds)]
envs = [
    binding.env_init(
        obs[part], actions[part], reward[part], ended[part], cut[part], k, width=1080, height=720, num_agents=agents, num_goals=3
    )
    for k, part in enumerate(parts)
]
batch = binding.vectorize(*envs)
binding.vec_reset(batch, 0)


def call(count: int) -> None:
    for k in range(count):
        if not k & 7:
            actions[:] = table[k >> 3 & 63]
        binding.vec_step(batch)


call(1000)
if not np.ptp(obs):
    sys.exit("target: observations never change")
measure(call, options, worlds, version="3.0.0")
