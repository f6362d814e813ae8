"""Compiling and keeping machine code."""

import os
import subprocess
import sys
from pathlib import Path

from sandlot.envs.jit import cache as kernel_cache
from sandlot.envs.kernels import step as batch


def run(program: str, cache: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "SANDLOT_CACHE": str(cache), **environment},
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
    """A cache folder that can't be written costs time, not the game, and is named once."""
    (tmp_path / "file").write_text("in the way")
    done = run(STEP, tmp_path / "file")
    assert done.stdout
    compiling, unkept = done.stderr.splitlines()
    assert compiling == "sandlot: compiling the kernels (some seconds) ..."
    reason = f"{tmp_path / 'file'}: is a file, expected a folder"
    assert unkept == f"sandlot: compiled code can't be kept, so that every process compiles anew ({reason}); set SANDLOT_CACHE to a folder"


def test_why_nothing_can_be_kept(tmp_path, monkeypatch, capsys):
    """Said before compiling, and, where a disk fills up meanwhile, after; once in a process."""
    (tmp_path / "file").touch()
    assert kernel_cache.writing_problem(tmp_path / "new" / "folder") == ""
    assert list((tmp_path / "new" / "folder").iterdir()) == []
    assert kernel_cache.writing_problem(tmp_path / "file") == f"{tmp_path / 'file'}: is a file, expected a folder"
    assert kernel_cache.writing_problem(tmp_path / "file" / "folder") == f"{tmp_path / 'file' / 'folder'}: not a directory"
    assert kernel_cache.write(tmp_path / "new" / "k.o", b"code") == ""
    assert kernel_cache.read(tmp_path / "new" / "k.o") == b"code"
    assert "k.o" in kernel_cache.write(tmp_path / "new" / "folder" / ".." / "k.o" / "k.o", b"code")
    monkeypatch.setattr(kernel_cache, "_told", False)
    for reason in ("", "no space left on device", "no space left on device"):
        kernel_cache.tell_unkept(reason)
    assert capsys.readouterr().err.count("no space left") == 1


def test_a_user_without_a_home_has_no_cache(monkeypatch):
    def homeless():
        raise RuntimeError("Could not determine home directory.")

    for name in ("SANDLOT_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    assert kernel_cache.writing_problem(kernel_cache.cache_folder())


def test_the_text_of_a_kernel_is_had_without_compiling_it():
    """Compared before and after a change that should alter no bit."""
    text = batch.work.text()
    assert "define void @work(" in text
    assert text == batch.work.text()


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
