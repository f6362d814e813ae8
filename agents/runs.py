"""A run's folder: its settings, what it measured, its curves, its policies. Everything is written whole or appended line by line."""

import contextlib
import csv
import io
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..envs.files import write_whole

try:
    import fcntl
except ImportError:  # Windows, where a folder can't be locked
    fcntl = None  # type: ignore[assignment]

_COLORS = ("#c8373e", "#2e7d5b", "#3763c8", "#c87f1e", "#7b4fb0", "#1e8c96")
_SHOWN = ("return", "score", "win_rate", "rating", "lesson", "length", "loss", "entropy", "explained", "steps_per_second")
_WIDE, _HIGH, _LEFT, _TOP = 360, 180, 52, 28


class RunFolder:
    """Where a training run keeps what it makes.

    Args:
        path: The folder; made if it isn't there.
        resume: Whether to go on with what is in it.
        made: Folders that were made for it already, see `claim_folder`.

    Raises:
        FileExistsError: It holds what a run has learnt, and `resume` is False.
    """

    def __init__(self, path: str | Path, resume: bool = False, made: Sequence[Path] = ()) -> None:
        self.path = Path(path)
        if not resume:
            self._refuse_a_run()
        self._made = [*made, *make_folder(self.path)]
        self.lines: list[dict[str, Any]] = []

    @property
    def begins(self) -> bool:
        """Whether a run has begun here, whatever became of it."""
        return (self.path / "config.json").exists()

    @property
    def saved(self) -> bool:
        """Whether it has anything that was learnt; one that was killed before has not, and is no loss."""
        given = ("others-", "start-")
        return self.begins and any(not path.name.startswith(given) for path in self.path.glob("*.safetensors"))

    def _refuse_a_run(self, unsaved: bool = False) -> None:
        if self.saved or (unsaved and self.begins):
            again = pasted("sandlot", "train", "--resume", self.path)
            raise FileExistsError(f"{self.path} holds a run: give another --out, or go on with it: {again}")

    @contextlib.contextmanager
    def held(self, new: bool = False) -> Iterator[None]:
        """Keep other processes from writing into this folder; the system lets go of it when this process ends, however it ends.

        Args:
            new: Whether a run begins here: then there must be none yet.

        Raises:
            FileExistsError: Somebody else holds it, or there is a run.
        """
        handle = None
        try:
            handle = _locked(self.path)
            if new:
                self._refuse_a_run(unsaved=handle is None)  # without locks nobody knows whether it still runs
                for name in ("config.json", "metrics.jsonl"):
                    (self.path / name).unlink(missing_ok=True)
            yield
        finally:
            if handle is not None:
                os.close(handle)
            remove_empty(self._made)

    def discard(self) -> None:
        """Leave nothing of a run that could not begin: folders that were made for it go, with what is in them."""
        if self.path in self._made:
            shutil.rmtree(self.path, ignore_errors=True)
        else:
            (self.path / "config.json").unlink(missing_ok=True)
        remove_empty(self._made)

    def write_config(self, config: Mapping[str, Any]) -> None:
        """Keep what the run was asked to do."""
        write_text(self.path / "config.json", json.dumps(config, indent=1) + "\n")

    def read_config(self) -> dict[str, Any]:
        """What the run was asked to do.

        Raises:
            FileNotFoundError: There is no run in this folder.
            ValueError: Its config can't be read.
        """
        file = self.path / "config.json"
        if not file.exists():
            raise FileNotFoundError(f"{self.path} holds no run (no config.json)")
        try:
            found = json.loads(file.read_text("utf-8"))
        except ValueError as error:
            raise ValueError(f"{file}: can't be read: {error}") from error
        if not isinstance(found, dict):
            raise ValueError(f"{file}: expected an object")
        return found

    def keep_lines_until(self, step: int) -> None:
        """Forget what was measured after a step: the run is resumed from there."""
        file = self.path / "metrics.jsonl"
        known = [_measured(line) for line in file.read_text("utf-8", "replace").splitlines()] if file.exists() else []
        self.lines = [line for line in known if line is not None and line["step"] <= step]
        write_text(file, "".join(json.dumps(line) + "\n" for line in self.lines))

    def log(self, line: Mapping[str, Any]) -> None:
        """Add a line of measurements; `step` is one of them."""
        self.lines.append(dict(line))
        with (self.path / "metrics.jsonl").open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(line) + "\n")

    def finish(self) -> None:
        """Write the table and the picture of all that was measured."""
        if not self.lines:
            return
        columns = list(dict.fromkeys(name for line in self.lines for name in line))
        text = io.StringIO()
        writer = csv.DictWriter(text, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.lines)
        write_text(self.path / "metrics.csv", text.getvalue())
        write_text(self.path / "curves.svg", curves(self.lines))


def _measured(text: str) -> dict[str, Any] | None:
    """A line of measurements; None for one that was torn when its process was killed."""
    try:
        line = json.loads(text)
    except ValueError:
        return None
    return line if isinstance(line, dict) and isinstance(line.get("step"), int | float) else None


def _locked(folder: Path) -> int | None:
    """A handle that holds a folder; None where the system or the file system has no such locks.

    Raises:
        FileExistsError: Another process holds it.
    """
    if fcntl is None:
        return None
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise FileExistsError(f"{folder}: another process is writing into this folder now") from None
    except OSError:
        os.close(handle)
        return None
    return handle


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
        raise error(f"{path}: expected format {expected!r}, got {found.get('format') if isinstance(found, dict) else type(found).__name__!r}")
    return found


# --- the picture ------------------------------------------------------------------------------------------------------------------------------


def curves(lines: Sequence[Mapping[str, Any]]) -> str:
    """An SVG of what was measured: one panel for each kind (`score/red` and `score/blue` share one), over steps."""
    panels: dict[str, list[str]] = {}
    for line in lines:
        for name in line:
            kind = name.split("/")[0]
            if kind in _SHOWN and name not in panels.setdefault(kind, []):
                panels[kind].append(name)
    across = 3
    rows = -(-len(panels) // across)
    width, height = across * _WIDE, max(1, rows) * _HIGH
    drawn = [_panel(kind, names, lines, k % across * _WIDE, k // across * _HIGH) for k, (kind, names) in enumerate(panels.items())]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" font-size="11">'
    return "\n".join([head, f'<rect width="{width}" height="{height}" fill="white"/>', *drawn, "</svg>\n"])


def _panel(title: str, names: Sequence[str], lines: Sequence[Mapping[str, Any]], x: int, y: int) -> str:
    series = {name: [(float(line["step"]), float(line[name])) for line in lines if line.get(name) is not None] for name in names}
    values = [value for points in series.values() for _, value in points]
    low, high = min(values), max(values)
    if high - low < 1e-9:
        low, high = low - 0.5, high + 0.5
    last = max(float(line["step"]) for line in lines) or 1.0
    inner_w, inner_h = _WIDE - _LEFT - 12, _HIGH - _TOP - 26

    def place(step: float, value: float) -> str:
        return f"{x + _LEFT + inner_w * step / last:.1f},{y + _TOP + inner_h * (high - value) / (high - low):.1f}"

    parts = [f'<text x="{x + _LEFT}" y="{y + 18}" font-weight="bold">{title}</text>']
    for share in (0.0, 0.5, 1.0):
        level = y + _TOP + inner_h * (1 - share)
        parts.append(f'<line x1="{x + _LEFT}" x2="{x + _LEFT + inner_w}" y1="{level:.1f}" y2="{level:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{x + _LEFT - 6}" y="{level + 4:.1f}" text-anchor="end" fill="#555">{_tick(low + share * (high - low))}</text>')
    parts.append(f'<text x="{x + _LEFT + inner_w}" y="{y + _HIGH - 8}" text-anchor="end" fill="#555">{short(last)} steps</text>')
    for k, (name, points) in enumerate(series.items()):
        color = _COLORS[k % len(_COLORS)]
        thin = points[:: max(1, len(points) // 400)]
        parts.append(f'<polyline fill="none" stroke="{color}" stroke-width="1.5" points="{" ".join(place(*point) for point in thin)}"/>')
        if len(series) > 1:
            parts.append(f'<text x="{x + _LEFT + 70 + 70 * k}" y="{y + 18}" fill="{color}">{name.partition("/")[2]}</text>')
    return "\n".join(parts)


def _tick(value: float) -> str:
    return short(value) if value >= 1e4 else f"{value:.3g}"


def short(number: float) -> str:
    """A number in thousands (k), millions (M) or billions (G), with three digits."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{number / size:.3g} {letter}"
    return f"{number:.0f}"


__all__ = ["RunFolder", "claim_folder", "curves", "make_folder", "pasted", "read_result", "remove_empty", "short", "write_text"]
