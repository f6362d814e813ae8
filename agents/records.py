"""What is kept of work and where: folders, files, commands to paste, which machine and commit measured it."""

import contextlib
import json
import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..envs.files import write_whole


def make_folder(path: Path) -> list[Path]:
    """Make a folder and those above it; returns what was made, the innermost first.

    Raises:
        OSError: In words.
    """
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    try:
        path.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise FileExistsError(f"{path}: is a file, expected a folder") from None
    except OSError as error:
        raise type(error)(f"{path}: can't make this folder: {(error.strerror or str(error)).lower()}") from error
    return missing


def remove_empty(folders: Sequence[Path]) -> None:
    """Remove folders that have nothing in them."""
    for folder in folders:
        with contextlib.suppress(OSError):
            folder.rmdir()


def claim_folder(parent: Path, name: str) -> list[Path]:
    """Make the first folder of a name that isn't there; of several processes that ask at once each gets its own.

    Returns:
        The folder, and those above it that were made.

    Raises:
        OSError: In words.
    """
    above = make_folder(parent)
    for k in range(1, 100_000):
        path = parent / f"{name}-{k}"
        try:
            path.mkdir()
        except FileExistsError:
            continue
        except OSError as error:
            raise type(error)(f"{path}: can't make this folder: {(error.strerror or str(error)).lower()}") from error
        return [path, *above]
    raise FileExistsError(f"{parent}: has 99,999 folders {name}-N already")


def pasted(*words: object) -> str:
    """A command as it can be pasted into a shell."""
    texts = [str(word) for word in words]
    return subprocess.list2cmdline(texts) if sys.platform == "win32" else shlex.join(texts)


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all."""
    write_whole(path, lambda stream: stream.writelines([text.encode("utf-8")]))


def read_result(path: Path, expected: str, error: type[ValueError]) -> dict[str, Any]:
    """Read a JSON file that says of itself what it is: an object whose `format` is `expected`; raises `error` where it is something else."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except OSError as reason:
        raise error(f"{path}: can't read: {(reason.strerror or str(reason)).lower()}") from reason
    except ValueError as reason:
        raise error(f"{path}: expected JSON: {reason}") from reason
    if not isinstance(found, dict) or found.get("format") != expected:
        raise error(
            f"{path}: expected format {expected!r}, got {found.get('format') if isinstance(found, dict) else type(found).__name__!r}"
        )
    return found


def short(number: float) -> str:
    """A number in thousands (k), millions (M) or billions (G), with three digits."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{number / size:.3g} {letter}"
    return f"{number:.0f}"


def machine() -> str:
    """Processor, cores, Python, commit."""
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}, commit {commit()}"


def commit() -> str:
    """Short hash of the checkout this runs from, or `unknown`."""
    here = Path(__file__).parent
    try:
        done = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=here, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return done.stdout.strip()


__all__ = ["claim_folder", "commit", "machine", "make_folder", "pasted", "read_result", "remove_empty", "short", "write_text"]
