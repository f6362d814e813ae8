"""`sandlot bench`: the budgets of the design, measured here and now, with machine and commit."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from ast import literal_eval
from collections.abc import Callable, Sequence

import numpy as np

from ...envs.compile.ledger import TROUBLES
from ...envs.core.vector import VectorEnv
from ...envs.doors.make import make, make_vec
from ...envs.kernels.step import work
from ...scenarios import load, names
from ..records import machine

SECONDS = 0.6
"""Length of one timed block; the median of seven is reported."""
BLOCKS = 7


def rate(call: Callable[[], object], per_call: int) -> float:
    """Things done in a second: `per_call` in each call; the median of BLOCKS blocks of SECONDS."""
    call()
    begun, calls = time.perf_counter(), 0
    while time.perf_counter() - begun < SECONDS / 4:
        call()
        calls += 1
    count = max(1, round(calls * SECONDS / (time.perf_counter() - begun)))
    rates = []
    for _ in range(BLOCKS):
        begun = time.perf_counter()
        for _ in range(count):
            call()
        rates.append(count * per_call / (time.perf_counter() - begun))
    return statistics.median(rates)


def action_table(env: VectorEnv, length: int = 32) -> list[dict[str, np.ndarray]]:
    """Random actions for a batch, drawn before the clock runs."""
    rng = np.random.default_rng(0)
    shapes = {team: (env.num_envs, len(env.agents(team)), *(env.action_space(team).shape or ())) for team in env.teams}
    return [{team: rng.uniform(-1, 1, shape).astype(np.float32) for team, shape in shapes.items()} for _ in range(length)]


def batch_rate(name: str, worlds: int, threads: int, *, copy: bool = True, split: str | None = None) -> tuple[float, dict[str, float]]:
    """World-steps/s of a batch with random actions, episodes beginning again as they end; and what a world ran out of so far in its episode."""
    env = make_vec(name, num_envs=worlds, threads=threads, copy=copy, split=split)
    env.reset(seed=0)
    actions, k = action_table(env), 0

    def step() -> None:
        nonlocal k
        env.step(actions[k % len(actions)])
        k += 1

    found = rate(step, worlds)
    info = env.step(actions[0])[4]
    lost = {name: float(info[name].mean()) for name in TROUBLES}
    env.close()
    return found, lost


def single_step(name: str, split: str | None = None) -> float:
    """Seconds of one step through the PettingZoo ParallelEnv, resets included."""
    env = make(name, split=split)
    env.reset(seed=0)
    rng = np.random.default_rng(0)
    tables = [{a: rng.uniform(-1, 1, env.action_space(a).shape).astype(np.float32) for a in env.possible_agents} for _ in range(64)]
    k = 0

    def step() -> None:
        nonlocal k
        env.step(tables[k & 63])
        k += 1
        if not env.agents:
            env.reset()

    return 1.0 / rate(step, 1)


def memory_per_world(name: str) -> float:
    """Bytes of state of one world (16 share a block)."""
    env = make_vec(name, num_envs=1024)
    return float(sum(array.nbytes for array in env._state) / 1024)


def seconds_of(code: str, cache: str | None = None) -> float:
    """Wall time of a fresh Python that runs some code, its start included."""
    environment = {**os.environ, **({"SANDLOT_CACHE": cache} if cache else {})}
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, env=environment, capture_output=True)
    return time.perf_counter() - begun


def print_compile_time() -> None:
    """Compile the kernel anew, and print where the seconds went."""
    with tempfile.TemporaryDirectory() as cache:
        code = f"from {work.__module__} import work; work.compile(); print(work.seconds)"
        environment = {**os.environ, "SANDLOT_CACHE": cache}
        done = subprocess.run([sys.executable, "-c", code], check=True, env=environment, capture_output=True, text=True)
    seconds: dict[str, float] = literal_eval(done.stdout)
    print("compiling the kernel                        " + ", ".join(f"{stage} {value:.1f} s" for stage, value in seconds.items()))


def main(games: Sequence[str] = (), *, compile_time: bool = False, split: str | None = None) -> None:
    """Print the table for some games (all of the library by default), with the params of a split; `compile_time` adds the first step ever (about half a minute)."""
    print(machine())
    games = list(games) or list(names())
    print(
        f"\n{'world-steps/s, one thread':34}{'1,024 worlds':>16}{'copy=False':>16}{'agent-steps/s':>16}{''.join(f'{name:>11}' for name in TROUBLES)}"
    )
    for name in games:
        (fast, lost), (reused, _) = batch_rate(name, 1024, 1, split=split), batch_rate(name, 1024, 1, copy=False, split=split)
        agents = len(load(name, split=split).agents)
        print(f"{name:34}{fast:16,.0f}{reused:16,.0f}{fast * agents:16,.0f}{''.join(f'{count:11.3g}' for count in lost.values())}")
    first = "tag" if "tag" in games else games[0]
    one, two = batch_rate(first, 4096, 1, split=split)[0], batch_rate(first, 4096, 2, split=split)[0]
    print(f"\n{first}: 2 threads against 1, 4,096 worlds   {two / one:.2f} x  ({one:,.0f} -> {two:,.0f})")
    print(f"{first}: one env through ParallelEnv           {single_step(first, split) * 1e6:.1f} us a step")
    print(f"{first}: memory of a world                     {memory_per_world(first) / 1024:.2f} KiB")
    print(f"import sandlot                              {seconds_of('import sandlot') - seconds_of('pass'):.2f} s")
    step = f"import sandlot; e = sandlot.make({first!r}); e.reset(seed=0); e.step({{a: e.action_space(a).sample() for a in e.agents}})"
    print(f"first step, warm cache, Python's start included  {seconds_of(step):.2f} s")
    if compile_time:
        with tempfile.TemporaryDirectory() as cache:
            print(f"first step ever, compiling included         {seconds_of(step, cache):.1f} s")
        print_compile_time()
