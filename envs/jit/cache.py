"""Machine code on disk: object files, each whole or not there, named by all that they are made from."""

import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path

from ..files import check_writable, write_whole

_ENVS = Path(__file__).parents[1]
_DIGEST = hashlib.sha256().digest_size


def sources() -> list[Path]:
    """The files that machine code is made from: the compiler, and all that it may compile."""
    return sorted(path for room in ("jit", "kernels") for path in (_ENVS / room).rglob("*.py"))


def source_hash() -> str:
    """Hash of Python's version and of these files."""
    digest = hashlib.sha256(sys.version.encode())
    for path in sources():
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def cache_folder() -> Path:
    """Where machine code is kept: `$SANDLOT_CACHE`, or `sandlot` in the user's cache folder."""
    root = os.environ.get("SANDLOT_CACHE")
    if root:
        return Path(root)
    windows = sys.platform == "win32"
    named = os.environ.get("LOCALAPPDATA" if windows else "XDG_CACHE_HOME")
    try:
        user = Path(named) if named else Path.home() if windows else Path.home() / ".cache"
    except RuntimeError:  # a user without a home
        user = Path(os.devnull)
    return user / "sandlot" / "cache" if windows else user / "sandlot"


def read(path: Path) -> bytes | None:
    """An object file as `write` kept it; None where there is none, or a damaged one: LLVM would crash on it."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    return data[_DIGEST:] if hashlib.sha256(data[_DIGEST:]).digest() == data[:_DIGEST] else None


def write(path: Path, data: bytes) -> str:
    """Keep an object file, whole or not at all, behind its hash; where nothing can be written nothing is kept, and the reason is returned."""
    return _unkept(path.parent, lambda: write_whole(path, lambda stream: stream.writelines([hashlib.sha256(data).digest(), data])))


def writing_problem(folder: Path) -> str:
    """Why nothing could be kept in a folder, which is made; empty if something could."""
    return _unkept(folder, lambda: check_writable(folder / "kernel.o"))


def _unkept(folder: Path, keep: Callable[[], object]) -> str:
    """Try to keep something in a folder; returns the reason if that can't be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        keep()
    except FileExistsError:
        return f"{folder}: is a file, expected a folder"
    except OSError as error:
        return f"{folder}: {error.strerror.lower()}" if error.strerror else str(error)
    return ""


_told = False


def tell_unkept(reason: str) -> None:
    """Say once, on standard error, why machine code isn't kept, if it isn't."""
    global _told
    if reason and not _told:
        print(
            f"sandlot: compiled code can't be kept, so that every process compiles anew ({reason}); set SANDLOT_CACHE to a folder",
            file=sys.stderr,
        )
        _told = True
