"""World-steps/s through the TorchRL door, beside the core's own, TorchRL's own cost, and TorchRL on VMAS; a line of JSON for each.

Run it where TorchRL, VMAS and sandlot are:  benchmarks/setup.sh FOLDER torchrl; FOLDER/torchrl/bin/python benchmarks/doors_torchrl.py

`core`: VectorEnv.step, and a reset of the worlds that ended. `step`: the door's step, and such a reset. `loop`: step_and_maybe_reset, which collectors and
rollouts call. `nothing`: the same loop on an EnvBase of the same specs that does no work at all. `vmas`: the same loop on VMAS's simple_tag. `train`: the loop
of docs/examples/torchrl_ippo.py, on `spread` and on VMAS's simple_spread. All of them one thread, actions drawn before, episodes of 200 steps (`train`: 100).
"""

import argparse
import importlib.metadata
import importlib.util
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

warnings.filterwarnings("ignore")
import numpy as np  # noqa: E402 - TorchRL warns while it is imported
import torch  # noqa: E402
from clock import arguments, compare, measure  # noqa: E402
from tensordict import TensorDict  # noqa: E402
from torchrl.envs import EnvBase, VmasEnv  # noqa: E402

import sandlot  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
FACTS = {name: importlib.metadata.version(name) for name in ("torch", "torchrl", "tensordict", "vmas")}


class Nothing(EnvBase):
    """The specs of another environment, and always the same tensors."""

    def __init__(self, model: Any) -> None:
        super().__init__(device="cpu", batch_size=model.batch_size)
        self.group_map = model.group_map
        self.observation_spec, self.action_spec = model.observation_spec.clone(), model.action_spec.clone()
        self.reward_spec, self.done_spec = model.reward_spec.clone(), model.done_spec.clone()
        self._first = model.reset().clone()
        self._next = model.rollout(1)[:, 0]["next"].clone()

    def _reset(self, tensordict: Any = None, **_: Any) -> Any:
        return renewed(self._first)

    def _step(self, tensordict: Any) -> Any:
        return renewed(self._next)

    def _set_seed(self, seed: Any) -> None:
        pass


def renewed(td: Any) -> Any:
    """New dicts around the same tensors, as cheaply as can be."""
    entries = {key: renewed(value) if isinstance(value, TensorDict) else value for key, value in td.items()}
    return TensorDict._new_unsafe(entries, batch_size=td.batch_size, device=td.device)


def core_of(worlds: int, team: str | None) -> Callable[[int], None]:
    env = sandlot.make_vec("tag", worlds, threads=1, autoreset="disabled", scripted=() if team is None else ("runner",))
    env.reset(seed=0)
    rng = np.random.default_rng(0)
    table = [
        {name: rng.uniform(-1, 1, (worlds, len(env.agents(name)), 2)).astype(np.float32) for name in env.teams if team in (None, name)}
        for _ in range(16)
    ]

    def call(count: int) -> None:
        for k in range(count):
            _, _, terminated, truncated, _ = env.step(table[k & 15])
            ended = terminated | truncated
            if ended.any():
                env.reset(mask=ended)

    return call


def loop_of(env: Any) -> Callable[[int], None]:
    table = [{team: env.full_action_spec.rand()[team, "action"] for team in env.group_map} for _ in range(16)]
    now = [env.reset()]

    def call(count: int) -> None:
        for k in range(count):
            for team, action in table[k & 15].items():
                now[0].get(team).set("action", action)
            _, now[0] = env.step_and_maybe_reset(now[0])

    return call


def step_of(env: Any) -> Callable[[int], None]:
    table = [env.full_action_spec.rand() for _ in range(16)]
    table = [env.reset().update(actions) for actions in table]

    def call(count: int) -> None:
        for k in range(count):
            td = table[k & 15].copy()
            env.step(td)
            if td["next", "done"].any():
                env.reset()

    return call


def training_of(env: Any, group: str) -> Callable[[int], None]:
    spec = importlib.util.spec_from_file_location("torchrl_ippo", ROOT / "docs" / "examples" / "torchrl_ippo.py")
    assert spec is not None
    assert spec.loader is not None
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    batches = example.train(env, group, 1 << 40)

    def call(count: int) -> None:
        for _ in range(count):
            next(batches)

    return call


def main() -> None:
    parser = arguments(__doc__.splitlines()[0])
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--worlds", type=int, nargs="+", default=[1, 64, 1024])
    parser.add_argument("--what", nargs="+", default=["core", "step", "loop", "full", "nothing", "vmas", "train"])
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    for worlds in options.worlds:
        for team in (None, "chaser"):
            env = sandlot.make_torchrl("tag", worlds, team=team, threads=1, seed=0)
            full = sandlot.make_torchrl("tag", worlds, team=team, threads=1, seed=0, return_state=True, return_info=True)
            makers = {
                "core": lambda: core_of(worlds, team),  # noqa: B023 - called before they change
                "step": lambda: step_of(env),  # noqa: B023
                "loop": lambda: loop_of(env),  # noqa: B023
                "full": lambda: loop_of(full),  # noqa: B023
                "nothing": lambda: loop_of(Nothing(env)),  # noqa: B023
            }
            works = {what: (make(), worlds) for what, make in makers.items() if what in options.what}
            compare(works, options, worlds=worlds, learns=team or "both", **FACTS)
        if "vmas" in options.what:
            peer = VmasEnv("simple_tag", num_envs=worlds, device="cpu", continuous_actions=True, max_steps=200, seed=0)
            measure(loop_of(peer), options, worlds, what="vmas", worlds=worlds, learns="both", **FACTS)
        if "train" in options.what and worlds > 1:
            torch.set_grad_enabled(True)
            ours = sandlot.make_torchrl("spread", worlds, threads=1, seed=0)
            theirs = VmasEnv("simple_spread", num_envs=worlds, device="cpu", continuous_actions=True, max_steps=100, seed=0)
            for what, env in (("train", ours), ("train vmas", theirs)):
                measure(
                    training_of(env, next(iter(env.group_map))), options, worlds * 100, what=what, worlds=worlds, learns="spread", **FACTS
                )
            torch.set_grad_enabled(False)


if __name__ == "__main__":
    main()
