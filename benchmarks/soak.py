"""A long run: memory stays flat, and the same seed gives the same bits to the end, in a fresh process and on two threads.

`python benchmarks/soak.py` steps `tag` in 1,024 worlds for 10,000,000 world-steps (a step of all worlds
counts 1,024, so that is 9,766 calls of `step`, rounded up), three times, each in a process of its own. The runner is scripted inside the step; the chasers
draw from a seeded generator in one half of the steps and do what their own script says in the other. Worlds begin anew by `next_step`.

Prints one line of JSON and a verdict; the exit code is 1 where memory grew or the runs differ.
"""

import argparse
import hashlib
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

SAMPLES = 400
ALLOWED = 1.0
"""Megabytes by which the last quarter's greatest RSS may exceed the second quarter's."""


def rss() -> float:
    """Megabytes that this process has in memory now (where the system doesn't say, the most it ever had)."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def run(worlds: int, calls: int, threads: int) -> dict[str, object]:
    """Step, and hash everything that comes out of every step, and every world at the end."""
    import numpy as np

    import sandlot

    vec = sandlot.make_vec("tag", worlds, threads=threads, scripted=("runner",))
    digest, rng, memory, episodes = hashlib.blake2b(digest_size=16), np.random.default_rng(0), [], 0
    vec.reset(seed=0)
    shape, every, begun = (worlds, len(vec.agents("chaser")), 2), max(1, calls // SAMPLES), time.perf_counter()
    for k in range(calls):
        random = rng.random(shape, np.float32) * np.float32(2) - np.float32(1)  # drawn in every step: what it costs is the same
        obs, reward, terminated, truncated, _ = vec.step({"chaser": random} if k % 2 else vec.scripted_actions(["chaser"]))
        for array in (*obs.values(), *reward.values(), terminated, truncated):
            digest.update(array)
        episodes += int((terminated | truncated).sum())
        if k % every == 0:
            memory.append(rss())
    seconds = time.perf_counter() - begun
    for lane in range(worlds):
        digest.update(vec.state_hash(lane).encode())
    quarters = [round(max(memory[q * len(memory) // 4 : (q + 1) * len(memory) // 4]), 2) for q in range(4)]
    return {
        "hash": digest.hexdigest(),
        "episodes": episodes,
        "rss_mb_by_quarter": quarters,
        "seconds": round(seconds, 1),
        "threads": threads,
    }


def main() -> int:
    """Run three times, each in a fresh process, and compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=10_000_000, help="world-steps: calls of step times worlds, rounded up to whole calls")
    parser.add_argument("--worlds", type=int, default=1024)
    parser.add_argument("--threads", type=int, help=argparse.SUPPRESS)  # of the one run that a process does
    options = parser.parse_args()
    calls = -(-options.steps // options.worlds)
    if options.threads:
        print(json.dumps(run(options.worlds, calls, options.threads)))
        return 0
    package = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(package), os.environ.get("PYTHONPATH", "")])}
    runs = []
    for threads in (1, 1, 2):
        command = [sys.executable, __file__, f"--steps={options.steps}", f"--worlds={options.worlds}", f"--threads={threads}"]
        runs.append(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment).stdout))
    equal = len({one["hash"] for one in runs}) == 1
    flat = all(one["rss_mb_by_quarter"][3] <= one["rss_mb_by_quarter"][1] + ALLOWED for one in runs)
    print(
        json.dumps(
            {"world_steps": calls * options.worlds, "calls": calls, "worlds": options.worlds, "equal": equal, "flat": flat, "runs": runs}
        )
    )
    print("soak: " + ("fine" if equal and flat else "; ".join(["memory grew"] * (not flat) + ["the runs differ"] * (not equal))))
    return 0 if equal and flat else 1


if __name__ == "__main__":
    sys.exit(main())
