"""A run's folder: its settings, what it measured, its curves, its policies. Everything is written whole or appended line by line."""

import contextlib
import csv
import io
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from .. import charts
from ..records import make_folder, pasted, remove_empty, write_text

try:
    import fcntl
except ImportError:  # Windows, where a folder can't be locked
    fcntl = None  # type: ignore[assignment]

_SHOWN = ("return", "score", "win_rate", "rating", "lesson", "length", "loss", "entropy", "explained", "steps_per_second")


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


def curves(lines: Sequence[Mapping[str, Any]]) -> str:
    """An SVG of what was measured: one panel for each kind (`score/red` and `score/blue` share one), over steps."""
    panels: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for line in lines:
        for name, value in line.items():
            kind, _, whose = name.partition("/")
            if kind in _SHOWN and value is not None:
                panels.setdefault(kind, {}).setdefault(whose, []).append((float(line["step"]), float(value)))
    return charts.curves(panels, max((float(line["step"]) for line in lines), default=0.0) or 1.0)


__all__ = ["RunFolder", "curves"]
