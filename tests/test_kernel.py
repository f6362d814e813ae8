"""Compiling and keeping machine code."""

import os
import subprocess
import sys
from pathlib import Path


def run(program: str, cache: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, env={**os.environ, "SANDLOT_CACHE": str(cache), **environment}
    )
    assert done.returncode == 0, done.stderr
    return done


STEP = "import sandlot; v = sandlot.make_vec('tag', num_envs=3); v.reset(seed=1); v.step(v.scripted_actions()); print(v.state_hash(2))"


def test_compiling(tmp_path):
    """Said once; kept whole, so that the next process loads it; compiled anew where the file is gone or broken."""
    first = run(STEP, tmp_path)
    # LLVM complains here about each loop over the lanes that it couldn't make packed instructions of
    assert first.stderr.splitlines() == ["sandlot: compiling the kernels (first run on this machine only, some seconds) ..."]
    kept = list(tmp_path.iterdir())
    assert [path.suffix for path in kept] == [".o"]
    second = run(STEP, tmp_path)
    assert (second.stdout, second.stderr) == (first.stdout, "")
    kept[0].write_bytes(kept[0].read_bytes()[:1000])
    third = run(STEP, tmp_path)
    assert third.stdout == first.stdout


def test_nothing_is_kept_where_nothing_can_be(tmp_path):
    """A cache folder that can't be written costs time, not the game."""
    (tmp_path / "file").write_text("in the way")
    assert run(STEP, tmp_path / "file").stdout


def test_interpreted_kernels_give_the_same_bits(tmp_path):
    """JIT on and off: the source is plain Python, and every operation in it is IEEE 754's."""
    program = """
import numpy as np, sandlot
for name in sandlot.names():
    vec = sandlot.make_vec(name, num_envs=2)
    vec.reset(seed=5)
    rng = np.random.default_rng(0)
    for _ in range(3):
        vec.step({team: rng.uniform(-1, 1, (2, len(vec.agents(team)), *vec.action_space(team).shape)).astype(np.float32) for team in vec.teams})
    print(name, vec.state_hash(0), vec.state_hash(1))
"""
    cache = Path(os.environ.get("SANDLOT_CACHE", tmp_path))
    compiled, interpreted = run(program, cache).stdout, run(program, cache, SANDLOT_JIT="0").stdout
    assert compiled == interpreted
    assert compiled.count("\n") >= 5
