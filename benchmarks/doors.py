"""Every trainer's door beside the core it leads to, and beside the same trainer on its usual environment, in one run on one machine.

Run:  benchmarks/setup.sh FOLDER sb3 torchrl      once
      python benchmarks/doors.py --peers FOLDER [--only base sb3 torchrl] [--worlds 1 64 1024] [--out doors.json]

Each script times its core and its doors in turn, block by block in one process pinned to one core, by the process's own seconds (clock.py). The share is
the door's rate over the core's. Prints a Markdown table; a script whose environment isn't there is named and left out.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from clock import SHARE, arguments
from run import short

from sandlot.agents.records import machine

HERE = Path(__file__).parent


class Row(NamedTuple):
    """One line of the table for each number of worlds: which work, of which core it is a share, beside which other work."""

    script: str
    what: str
    work: str
    core: str
    peer: str = ""
    must: float = 0.0


ROWS = [
    Row("base", "Gymnasium, `make_vec`, a row for each world", "gymnasium", "core", must=0.8),
    Row("base", "Gymnasium, `make_vec`, a row for each agent", "gymnasium_agents", "core", must=0.8),
    Row("base", "Gymnasium, `make`", "gymnasium_one", "core"),
    Row("base", "PettingZoo, `ParallelEnv`", "parallel", "parallel_core"),
    Row("sb3", "Stable-Baselines3, `make_sb3`, beside SuperSuit on mpe2", "door", "core", "door_mpe2", 0.3),
    Row("sb3", "PPO of Stable-Baselines3, all of `learn` (agent-steps/s)", "learn", "", "learn_mpe2"),
    Row("torchrl", "TorchRL, `make_torchrl`: `step`", "step both", "core both", must=0.6),
    Row("torchrl", "TorchRL: collecting (`step_and_maybe_reset`), beside VMAS", "loop both", "core both", "vmas both"),
    Row("torchrl", "IPPO of TorchRL on spread, all of training, beside VMAS", "train spread", "", "train vmas spread"),
]


def commands(script: str, peers: Path, worlds: list[str], common: list[str]) -> list[list[str]]:
    """What to run for a script."""
    python = sys.executable if script == "base" else str(peers / script / "bin" / "python")
    start = [python, f"doors_{script}.py"]
    if script == "base":
        return [
            [*start, "core", "gymnasium", "gymnasium_agents", "--worlds", *worlds, *common],
            [*start, "parallel_core", "parallel", "gymnasium_one", "--worlds", "1", *common],
        ]
    if script == "sb3":
        return [
            [*start, "core", "door", "door_mpe2", "--worlds", *worlds, *common],
            [*start, "learn", "learn_mpe2", "--worlds", "64", *common],
        ]
    return [[*start, "--what", "core", "step", "loop", "vmas", "train", "--worlds", *worlds, *common]]


def measured(command: list[str], core: int) -> list[dict[str, Any]]:
    """Run a script on one core; its lines of JSON."""
    environment = os.environ | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    everything = os.sched_getaffinity(0)
    os.sched_setaffinity(0, [core])  # the child inherits it
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=HERE, check=False)
    finally:
        os.sched_setaffinity(0, everything)
    if done.returncode:
        print(f"{Path(command[1]).name}: {(done.stderr.strip() or 'failed').splitlines()[-1]}", file=sys.stderr)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    for line in lines:
        line["name"] = " ".join(filter(None, [line.get("work") or line["what"], line.get("learns", "")]))
    return lines


def main() -> None:
    parser = arguments(__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--peers", type=Path, default=Path.home() / ".cache/sandlot-peers", help="where setup.sh put them")
    parser.add_argument("--only", nargs="+", default=["base", "sb3", "torchrl"], choices=["base", "sb3", "torchrl"])
    parser.add_argument("--worlds", nargs="+", default=["1", "64", "1024"])
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)))
    parser.add_argument("--out", type=Path, help="write every number here, as JSON")
    options = parser.parse_args()
    common, begun = ["--blocks", str(options.blocks), "--seconds", str(options.seconds)], time.perf_counter()
    print(f"{machine()}, {time.strftime('%Y-%m-%d')}\n")
    print(
        "| door, tag's chasers learn | worlds | steps/s | share of the core | must | usual environment | ratio |\n| --- | --- | --- | --- | --- | --- | --- |"
    )
    found: list[dict[str, Any]] = []
    for script in options.only:
        lines = [
            line
            for command in commands(script, options.peers.resolve(), options.worlds, common)
            for line in measured(command, options.core)
        ]
        found += [line | {"script": script} for line in lines]
        rates = {(line["name"], line["worlds"]): line for line in lines}
        for row in (row for row in ROWS if row.script == script):
            for worlds in sorted({line["worlds"] for line in lines if line["name"] == row.work}):
                print(told(row, worlds, rates), flush=True)
    print(f"\n{time.perf_counter() - begun:.0f} s")
    if options.out:
        options.out.write_text(json.dumps({"machine": machine(), "date": time.strftime("%Y-%m-%d"), "lines": found}, indent=1) + "\n")


def told(row: Row, worlds: int, rates: dict[tuple[str, int], dict[str, Any]]) -> str:
    """The row in Markdown."""
    door, core, peer = (rates.get((name, worlds)) for name in (row.work, row.core, row.peer))
    assert door is not None
    share = door["rate"] / core["rate"] if core else None
    verdict = "" if not (row.must and share) else " (met)" if share >= row.must else " (missed)"
    unsteady = " (unsteady)" if any(one and one["cpu"] < SHARE for one in (door, core, peer)) else ""
    cells = [
        row.what + unsteady, f"{worlds:,}", short(door["rate"]), f"**{share:.0%}**{verdict}" if share else "", f"{row.must:.0%}" if row.must else "",
        short(peer["rate"]) if peer else "", f"{door['rate'] / peer['rate']:.1f} x" if peer else "",
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
