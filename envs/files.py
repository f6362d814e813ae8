"""Files and folders that are written whole or not at all."""

import os
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO


def write_whole(path: str | Path, write: Callable[[BinaryIO], None]) -> Path:
    """Write a file so that `path` holds either all of it or what it held before.

    Raises:
        OSError: The folder is missing or can't be written to, or `path` is a folder; all before `write`.
    """
    path = Path(path)
    draft, stream = _begin(path)
    try:
        with stream:
            write(stream)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    return path


def check_writable(path: str | Path) -> None:
    """Find out, before the work whose result it shall hold, whether a file can be written; leaves nothing behind.

    Raises:
        OSError: As `write_whole`.
    """
    draft, stream = _begin(Path(path))
    stream.close()
    draft.unlink()


def _begin(path: Path) -> tuple[Path, BinaryIO]:
    """Open a draft beside a file."""
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path}: there is no folder {path.parent}")
    if path.is_dir():
        raise IsADirectoryError(f"{path}: is a folder, expected the name of a file")
    draft = path.with_name(f".{path.name[:100]}.{secrets.token_hex(4)}.tmp")
    try:
        return draft, draft.open("xb")
    except OSError as error:
        raise type(error)(f"{path}: can't write into folder {path.parent}: {error.strerror}") from error


def write_folder(path: str | Path, write: Callable[[Path], None], *, overwrite: bool = False) -> Path:
    """Fill a folder that nobody sees before it is full; its draft beside it has a hidden name.

    Args:
        path: The folder.
        write: Called with the draft, an empty folder.
        overwrite: Whether what is there already may go, once the new one is full.

    Raises:
        FileExistsError: It is there already, and `overwrite` is off; before `write`.
        OSError: The folder above is missing or can't be written to; before `write`.
    """
    path = Path(path)
    if path.exists() and not overwrite:
        raise FileExistsError(f"{path}: is there already")
    name = f".{path.name[:100]}.{secrets.token_hex(4)}"
    draft, old = path.with_name(f"{name}.tmp"), path.with_name(f"{name}.old")
    draft.mkdir()
    try:
        write(draft)
        if overwrite and path.exists():
            os.rename(path, old)
        try:
            os.rename(draft, path)
        except OSError:
            if old.exists():
                os.rename(old, path)
            raise
    finally:
        for rest in (draft, old):
            shutil.rmtree(rest, ignore_errors=True)
    return path
