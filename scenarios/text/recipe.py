"""All that a game is made of: what was read and what the caller asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .tree import Tree


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that a game is made of, so that its lessons can be made of it, too.

    Attributes:
        text: As read.
        tree: The file over what it extends.
        params: Set by the caller.
        vary: Let vary by the caller.
        split: Asked for by the caller.
    """

    text: str
    tree: Tree = field(compare=False)  # equal where the text and what it extends are
    params: Mapping[str, Any]
    vary: Mapping[str, Any] | None
    split: str | None = None
