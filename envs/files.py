"""Files that are written whole or not at all."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO


def write_whole(path: str | Path, write: Callable[[BinaryIO], None]) -> Path:
    """Write a file so that `path` holds either all of it or what it held before.

    Raises:
        OSError: The folder is missing or can't be written to, or `path` is a folder; all before `write`.
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path}: there is no folder {path.parent}")
    if path.is_dir():
        raise IsADirectoryError(f"{path}: is a folder, expected the name of a file")
    draft = path.with_name(f".{path.name[:100]}.{secrets.token_hex(4)}.tmp")
    try:
        stream = draft.open("xb")
    except OSError as error:
        raise type(error)(f"{path}: can't write into folder {path.parent}: {error.strerror}") from error
    try:
        with stream:
            write(stream)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    return path
