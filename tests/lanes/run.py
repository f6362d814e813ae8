"""Every framework's own test lane, in a virtual environment of its own, as their pins conflict.

Run:  python tests/lanes/run.py [LANE ...] [--list] [--venvs FOLDER] [--strict]

A lane makes its environment (once: what is there is used again), installs sandlot from this checkout with the lane's extra, and runs the lane's tests and the
snippets that docs/frameworks.md shows for it. A lane whose packages can't be installed here is skipped, with pip's reason; `--strict` calls that a failure.
"""

import argparse
import os
import subprocess
import sys
import time
import venv
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
TORCH = "torch==2.13.0"
"""A build for CPUs where one lies ready; a bare `torch` brings gigabytes for GPUs."""


class Lane(NamedTuple):
    """What a lane installs, in this order, and which tests it runs."""

    about: str
    install: tuple[tuple[str, ...], ...]
    """Requirements, one pip call each; `.` is this checkout."""
    tests: tuple[str, ...]
    """Arguments of pytest."""


def snippets(lane: str) -> tuple[str, ...]:
    return ("tests/lanes/test_snippets.py", "-k", f"{lane} or None")


LANES = {
    "train": Lane(
        "PyTorch: sandlot's own training",
        ((TORCH,), (".[test,train]",)),
        (
            *(f"tests/agents/test_{name}.py" for name in ("ppo", "train", "runs", "curriculum", "cloning", "exploit", "seeds")),
            "tests/agents/test_ship.py::test_a_recipe_makes_its_files",
            "tests/agents/test_benchmark_protocol.py::test_learning_and_judging",
            "tests/agents/test_benchmark_protocol.py::test_a_big_team_learns_as_often_as_a_small_one",
        ),
    ),
    "gymnasium": Lane(
        "Gymnasium 1.2.2, which RLlib pins, and Gymnasium's wrappers",
        (("gymnasium==1.2.2", ".[test,video]", "opencv-python-headless"),),
        (*(f"tests/doors/test_{name}.py" for name in ("conformance", "doors", "traps", "wrappers")), "tests/lanes/test_gymnasium.py"),
    ),
    "sb3": Lane("Stable-Baselines3", ((TORCH,), (".[test,sb3,video]", "sb3-contrib")), ("tests/lanes/test_sb3.py",)),
    "rllib": Lane("Ray RLlib, its new API stack", ((TORCH,), (".[test,rllib]",)), ("tests/lanes/test_rllib.py",)),
    "torchrl": Lane("TorchRL", ((TORCH,), (TORCH, ".[test,torchrl]")), ("tests/lanes/test_torchrl.py",)),
    "benchmarl": Lane(
        "BenchMARL, which pins an older TorchRL", ((TORCH,), (TORCH, ".[test,benchmarl]")), ("tests/lanes/test_benchmarl.py",)
    ),
    "cleanrl": Lane("scripts in the manner of CleanRL", ((TORCH,), (".[test]", "tyro", "tensorboard")), ("tests/lanes/test_cleanrl.py",)),
    "minari": Lane("Minari's datasets", ((".[test,minari]",),), ("tests/lanes/test_minari.py",)),
}


def run(*command: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command], cwd=ROOT, env=os.environ | variables, text=True, capture_output=True, check=False
    )


def install(name: str, lane: Lane, folder: Path) -> str:
    """Make the environment; the reason if it can't be."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    for requirements in lane.install:
        asked = [part.replace(".", str(ROOT), 1) if part.startswith(".") else part for part in requirements]
        editable = [flag for part in asked for flag in (("-e", part) if part.startswith(str(ROOT)) else (part,))]
        done = run(python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *editable)
        if done.returncode:
            errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or done.stderr.splitlines() or ["pip failed"]
            return errors[-1]
    return ""


def test(name: str, lane: Lane, folder: Path) -> int:
    """Run the lane's tests, then its snippets."""
    command = [str(folder / "bin" / "python"), "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    alone = os.environ | {"OMP_NUM_THREADS": "1"}  # small networks lose time to threads, on a busy machine all of it
    codes = [
        subprocess.run([*command, *arguments], cwd=ROOT, env=alone, check=False).returncode for arguments in (lane.tests, snippets(name))
    ]
    return max(0 if code == 5 else code for code in codes)  # 5: nothing to run


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lanes", nargs="*", metavar="LANE", choices=[[], *LANES], help="all by default")
    parser.add_argument("--list", action="store_true", help="say what there is")
    parser.add_argument("--strict", action="store_true", help="a lane that can't be installed has failed")
    parser.add_argument(
        "--venvs", type=Path, default=Path(os.environ.get("SANDLOT_LANES", ROOT / ".lanes")), help="where the environments are kept"
    )
    options = parser.parse_args()
    chosen = options.lanes or list(LANES)
    if options.list:
        for name in chosen:
            print(f"{name:<18} {LANES[name].about}")
        return 0
    results: dict[str, str] = {}
    for name in chosen:
        begun, folder = time.monotonic(), (options.venvs / name).absolute()
        print(f"== lane {name}: {LANES[name].about}", flush=True)
        reason = install(name, LANES[name], folder)
        failed = bool(options.strict) if reason else test(name, LANES[name], folder) != 0
        word = "failed" if failed else "skipped" if reason else "passed"
        results[name] = f"{word} in {time.monotonic() - begun:.0f} s" + (f": {reason}" if reason else "")
    print("\n".join(f"lane {name:<18} {result}" for name, result in results.items()))
    return int(any(result.startswith("failed") for result in results.values()))


if __name__ == "__main__":
    sys.exit(main())
