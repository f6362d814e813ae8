"""Commands as their users meet them: stopped by Ctrl-C, or run where PyTorch is missing."""

import os
import signal
import subprocess
import sys
import time


def interrupt_after(lines, folder, *arguments):
    """Run a command that trains into `run` in a folder, press Ctrl-C once it has more than so many lines of metrics; return what it printed."""
    command = [sys.executable, "-m", "sandlot", *arguments, "--out", "run"]
    process = subprocess.Popen(
        command, cwd=folder, env=os.environ | {"OMP_NUM_THREADS": "1"}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    file = folder / "run" / "metrics.jsonl"
    while process.poll() is None and not (file.exists() and file.read_text().count("\n") > lines):
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out


def hide_torch(monkeypatch):
    """Let PyTorch be missing, for what has imported it before, too."""
    monkeypatch.setitem(sys.modules, "torch", None)
    for name in ("train", "ppo", "collector", "bc"):
        monkeypatch.delitem(sys.modules, f"sandlot.agents.training.{name}", raising=False)
