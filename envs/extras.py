"""Frameworks that are not needed to play: each has an extra, and is imported by those who ask for its door."""

from collections.abc import Iterator
from contextlib import contextmanager

_OURS = __name__.partition(".")[0]


class MissingExtra(ImportError):
    """A door's framework is not installed; the message is the command that installs it."""


@contextmanager
def needs(extra: str) -> Iterator[None]:
    """Import a framework in here: where it is missing, the error says which command installs it.

    Args:
        extra: Its extra, as in `pip install "sandlot[sb3]"`.

    Raises:
        MissingExtra: One of its modules isn't there.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing in ("", _OURS):
            raise  # a mistake of our own
        raise MissingExtra(f'{missing} is not installed: pip install "sandlot[{extra}]"', name=error.name) from error


__all__ = ["MissingExtra", "needs"]
