"""The one clock of all benchmark scripts: standard library only, since every peer's environment runs it too.

A script times one piece of work in a process of its own and prints one line of JSON. `run.py` starts the scripts and compares.
"""

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable

TRIES, SHARE = 3, 0.93
"""A process that had less than this share of its cores is timed again, so often."""


def arguments(about: str | None) -> argparse.ArgumentParser:
    """A parser with the options that all scripts share."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--blocks", type=int, default=5, help="timed blocks; the median counts")
    parser.add_argument("--seconds", type=float, default=0.6, help="length of a block")
    parser.add_argument("--cores", type=int, default=1, help="how many the process may use: it should have them to itself")
    return parser


def measure(call: Callable[[int], object], options: argparse.Namespace, steps: int = 1, **facts: object) -> None:
    """Time `call(n)`, which does n times `steps` world-steps, and print the result.

    The number of calls is calibrated to the length of a block, so that the clock itself costs nothing; compiling is over by then. Blocks during which
    other processes took part of the core are timed again; the try that had most of it counts.

    Args:
        call: Does its work n times.
        options: Of `arguments`.
        steps: World-steps of one piece of work.
        facts: Anything worth keeping beside the result.
    """
    call(1)
    count, took = 1, 0.0
    while took < options.seconds / 4:
        count = max(count + 1, min(count * 10, int(count * options.seconds / 3 / max(took, 1e-6)))) if took else 1
        begun = time.perf_counter()
        call(count)
        took = time.perf_counter() - begun
    count = max(1, round(count * options.seconds / took))
    found: dict[str, object] = {"cpu": -1.0}
    for _ in range(TRIES):
        rates, cpu, wall = [], time.process_time(), time.perf_counter()
        for _ in range(options.blocks):
            begun = time.perf_counter()
            call(count)
            rates.append(count * steps / (time.perf_counter() - begun))
        share = (time.process_time() - cpu) / (time.perf_counter() - wall) / options.cores
        if share > found["cpu"]:
            found = {
                "rate": statistics.median(rates),
                "best": max(rates),
                "worst": min(rates),
                "cpu": round(share, 3),
                "load": os.getloadavg()[0],
            }
        if share >= SHARE:
            break
    print(json.dumps(found | facts), flush=True)


def compare(works: dict[str, tuple[Callable[[int], object], int]], options: argparse.Namespace, **facts: object) -> None:
    """Time several works in turn, block by block, and print a line for each: what disturbs one disturbs all.

    Rates are by the process's own seconds (all threads), so that what others take of the core doesn't count.

    Args:
        works: By name: `call(n)`, which does its work n times, and the steps of one piece of work.
        options: Of `arguments`.
        facts: Anything worth keeping beside the results.
    """
    counts = {}
    for name, (call, _) in works.items():
        call(1)
        begun = time.process_time()
        call(3)
        took = max(time.process_time() - begun, 1e-6)
        count = max(3, int(3 * options.seconds / 3 / took))
        begun = time.process_time()
        call(count)
        counts[name] = max(1, round(count * options.seconds / max(time.process_time() - begun, 1e-6)))
    rates: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(options.blocks):
        for name, (call, steps) in works.items():
            begun = time.process_time()
            call(counts[name])
            rates[name].append(counts[name] * steps / (time.process_time() - begun))
    for name, found in rates.items():
        line: dict[str, object] = {"rate": statistics.median(found), "best": max(found), "worst": min(found), "cpu": 1.0, "work": name}
        print(json.dumps(line | facts), flush=True)


def compare_named(about: str | None, works: dict[str, Callable[[int], tuple[Callable[[int], object], int]]]) -> None:
    """The main part of a script that compares the works named on its command line, for each number of worlds.

    Args:
        about: The script's docstring.
        works: By name: makes the work for a number of worlds; `compare` says what a work is.
    """
    parser = arguments(about)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("works", nargs="+", choices=works)
    parser.add_argument("--worlds", type=int, nargs="+", default=[64])
    options = parser.parse_args()
    for worlds in options.worlds:
        compare({name: works[name](worlds) for name in options.works}, options, worlds=worlds)
