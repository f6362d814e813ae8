"""Every speed claim of sandlot beside its peer, in one run on one machine.

Run:  benchmarks/setup.sh FOLDER            once: the peers, each in its own virtual environment
      python benchmarks/run.py --peers FOLDER [--only pile_50 ...] [--list] [--out results.json]

Every row is timed sandlot, peer, sandlot (rows with the same work share sandlot's timings), each in a fresh process pinned to one core (two where two threads
are asked for), with the median of several calibrated blocks. Blocks during which the process had less than 93 % of its core are taken again, up to three
times, and marked if it never got it; so is a row whose two sandlot timings differ by more than a tenth. Observations and rewards are included on both sides,
and episodes begin again in sandlot always and in the peers where the row says so. Prints a Markdown table; `--out` also keeps every number.
"""

import argparse
import itertools
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from clock import SHARE, arguments

from sandlot.agents.records import machine

HERE = Path(__file__).parent
STEADY = 0.1


class Row(NamedTuple):
    """One line of the table: sandlot's script arguments, the peer's, and what their ratio must and should be."""

    name: str
    what: str
    ours: tuple[str, ...]
    peer: tuple[str, ...]  # environment, script, arguments; empty: sandlot's own figure counts
    must: float
    aim: float
    note: str = ""
    scale: float = 1.0  # the peer's figure is multiplied by this; the note says why
    base: tuple[str, ...] = ()  # the row is sandlot against sandlot: arguments of what it is compared with
    threads: int = 1


def batch(game: str, worlds: int, *more: str) -> tuple[str, ...]:
    return game, "--worlds", str(worlds), *more


# A pile in Box2D v3 is timed with a wheel compiled for SSE2; compiled for AVX2 it is faster by this much (120 k, 46 k and 11.8 k world-steps/s against
# 120 k, 35 k and 8.7 k, both compiled from source and measured on one machine).
AVX2 = {10: 1.0, 50: 1.31, 200: 1.35}
PILES = {10: (1.5, 4.0), 50: (0.8, 2.0), 200: (0.6, 1.2)}

ROWS = [
    Row("tag_one", "tag, 1 env, parallel API, against mpe2 simple_tag_v3", ("tag",), ("mpe2", "mpe2", "simple_tag_v3"), 12, 25, "both resetting"),
    Row("tag", "tag, 1,024 worlds", batch("tag", 1024), (), 1e6, 3e6, "world-steps/s; the same arrays reused"),
    Row("tag_fresh", "the same with fresh arrays at every step", batch("tag", 1024, "--fresh"), (), 1e6, 3e6, "world-steps/s"),
    Row("tag_vmas", "tag against VMAS simple_tag, 8,192", batch("tag", 8192, "--fresh"), ("vmas", "vmas", *batch("simple_tag", 8192)), 10, 30, "VMAS never resets"),
    Row("tag_jaxmarl", "tag against JaxMARL simple_tag, 8,192", batch("tag", 8192), ("jaxmarl", "jaxmarl", *batch("MPE_simple_tag_v3", 8192)), 3, 8, "both resetting"),
    Row("spread_jaxmarl", "spread against JaxMARL simple_spread, 8,192", batch("spread", 8192), ("jaxmarl", "jaxmarl", *batch("MPE_simple_spread_v3", 8192)), 3, 8,
        "both resetting"),
    Row("spread_vmas", "spread against VMAS simple_spread, 30,000", batch("spread", 30_000, "--fresh"), ("vmas", "vmas", *batch("simple_spread", 30_000)), 2.4, 8,
        "VMAS never resets"),
    Row("spread_puffer", "spread against PufferLib's C `target`, 3 agents, 1,024", batch("spread", 1024), ("puffer", "puffer", "--worlds", "1024"), 0.5, 1.6,
        "`target` has no collisions"),
    Row("level_kinetix", "a level-sized rigid-body world against Kinetix random_s, 1,024", batch("level", 1024), ("kinetix", "kinetix", "--worlds", "1024"), 10, 30,
        "not the same levels: as many bodies"),
    *(row for n, (must, aim) in PILES.items() for row in (
        Row(f"pile_{n}", f"pile of {n} discs, 256 worlds, against Box2D v3", batch(f"pile_{n}", 256), ("bodies", "bodies", "pyb2d3", str(n)), must, aim,
            f"4 substeps both; the peer's SSE2 figure x {AVX2[n]:g} stands for AVX2", AVX2[n]),
        Row(f"pile_{n}_pymunk", f"the same of {n} discs against pymunk", batch(f"pile_{n}", 256), ("bodies", "bodies", "pymunk", str(n)), 2, 4, "10 iterations"),
        Row(f"pile_{n}_box2d2", f"the same of {n} discs against Box2D 2.3", batch(f"pile_{n}", 256), ("bodies", "bodies", "box2d", str(n)), 0, 0, "for reference"),
    )),
    Row("threads", "tag, 4,096 worlds, 2 threads against 1", batch("tag", 4096, "--threads", "2"), (), 1.8, 1.95, "", 1, batch("tag", 4096), 2),
]  # fmt: skip


def timing(command: list[str], cores: list[int]) -> dict[str, Any]:
    """Run one script on these cores."""
    environment = os.environ | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), str(len(cores)))
    everything = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)  # the child inherits it
    try:
        done = subprocess.run([*command, "--cores", str(len(cores))], env=environment, capture_output=True, text=True, cwd=HERE)
    finally:
        os.sched_setaffinity(0, everything)
    if done.returncode:
        return {"error": (done.stderr.strip() or done.stdout.strip() or f"exit code {done.returncode}").splitlines()[-1]}
    return json.loads(done.stdout.strip().splitlines()[-1])


def peer_of(row: Row, peers: Path, core: int, common: list[str]) -> dict[str, Any]:
    """Time what a row compares with; nothing where sandlot's own figure counts."""
    if row.base:
        return timing([sys.executable, "ours.py", *row.base, *common], [core])
    if not row.peer:
        return {}
    where, script, *more = row.peer
    python = peers / where / "bin" / "python"
    if not python.exists():
        return {"error": f"{where} is not installed in {peers}: benchmarks/setup.sh {peers} {where}"}
    binding = ["--binding", str(peers / "puffer-source")] if where == "puffer" else []
    return timing([str(python), f"peer_{script}.py", *more, *binding, *common], [core])


def compare(rows: list[Row], peers: Path, core: int, common: list[str]) -> list[dict[str, Any]]:
    """Time sandlot, then the peer of each of some rows with the same work, and sandlot again."""
    cores = [core, *sorted(os.sched_getaffinity(0) - {core})][: rows[0].threads]
    mine = [sys.executable, "ours.py", *rows[0].ours, *common]
    before = timing(mine, cores)
    theirs = [peer_of(row, peers, core, common) for row in rows]
    after = timing(mine, cores)
    results = []
    for row, peer in zip(rows, theirs, strict=True):
        found: dict[str, Any] = {
            "row": row.name,
            "sandlot": [before, after],
            "peer": peer,
            "must": row.must,
            "aim": row.aim,
            "note": row.note,
            "scale": row.scale,
        }
        errors = [one["error"] for one in (before, peer, after) if "error" in one]
        if errors:
            results.append(found | {"error": errors[0]})
            continue
        rate = (before["rate"] + after["rate"]) / 2
        found["rate"], found["ratio"] = rate, rate / (peer["rate"] * row.scale) if peer else None
        found["unsteady"] = (
            min(before["cpu"], after["cpu"], peer.get("cpu", 1.0)) < SHARE or abs(before["rate"] - after["rate"]) > STEADY * rate
        )
        results.append(found)
    return results


def short(value: float) -> str:
    """A rate with three digits: 1.73 k, 3.02 M."""
    for size, letter in ((1e6, " M"), (1e3, " k")):
        if value >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.3g}"


def line(row: Row, found: dict[str, Any]) -> str:
    """The row in Markdown."""
    if "error" in found:
        return f"| {row.what} | | | | | | {found['error']} |"
    ratio = found["ratio"]
    value, unit = (found["rate"], short) if ratio is None else (ratio, lambda x: f"{x:.2f} x" if x < 10 else f"{x:.1f} x")
    verdict = "" if not row.must else " (aim)" if value >= row.aim else " (must)" if value >= row.must else " (missed)"
    notes = [row.note, "unsteady: something else ran" if found["unsteady"] else ""]
    peer = short(found["peer"]["rate"] * row.scale) if found["peer"] else ""
    bounds = [unit(bound) if bound else "" for bound in (row.must, row.aim)]
    return f"| {row.what} | {short(found['rate'])} | {peer} | **{unit(value)}**{verdict} | {bounds[0]} | {bounds[1]} | {'; '.join(filter(None, notes))} |"


def main() -> None:
    parser = arguments(__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--peers", type=Path, default=Path.home() / ".cache/sandlot-peers", help="where setup.sh put them")
    parser.add_argument("--only", nargs="+", default=[row.name for row in ROWS], metavar="ROW", choices=[row.name for row in ROWS])
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)))
    parser.add_argument("--out", type=Path, help="write every number here, as JSON")
    parser.add_argument("--list", action="store_true", help="name the rows and stop")
    options = parser.parse_args()
    if options.list:
        print("\n".join(f"{row.name:18}{row.what}" for row in ROWS))
        return
    common, begun = ["--blocks", str(options.blocks), "--seconds", str(options.seconds)], time.perf_counter()
    print(f"{machine()}, {time.strftime('%Y-%m-%d')}\n")
    print("| one core, world-steps/s | sandlot | peer | ratio | must | aim | |\n| --- | --- | --- | --- | --- | --- | --- |")
    results = []
    for _, group in itertools.groupby((row for row in ROWS if row.name in options.only), lambda row: row.ours):
        rows = list(group)
        for row, found in zip(rows, compare(rows, options.peers.resolve(), options.core, common), strict=True):
            results.append(found)
            print(line(row, found), flush=True)
    print(f"\n{time.perf_counter() - begun:.0f} s")
    if options.out:
        options.out.write_text(json.dumps({"machine": machine(), "date": time.strftime("%Y-%m-%d"), "rows": results}, indent=1) + "\n")
    sys.exit(any("error" in found for found in results))


if __name__ == "__main__":
    main()
