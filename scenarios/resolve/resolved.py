"""One tree out of a file and its ancestors, with what went wrong on the way to it."""

from dataclasses import dataclass, field

from ..model.numbers import Varied
from ..text.problems import Problem
from ..text.tree import Tree


@dataclass(slots=True)
class Resolved:
    """One tree, ready for the model.

    Attributes:
        tree: The merged tree; `like` and `"$name"` are gone.
        params: Every param with its value; of one that varies by world, that of the file.
        varied: Params that vary by world.
        problems: What went wrong on the way.
        damaged: Names that problems have made unreliable.
        cuts: Keys of what was wrong and is left out.
    """

    tree: Tree
    params: dict[str, float | bool]
    problems: list[Problem]
    varied: dict[str, Varied] = field(default_factory=dict[str, Varied])
    damaged: set[str] = field(default_factory=set[str])
    cuts: set[tuple[str | int, ...]] = field(default_factory=set[tuple[str | int, ...]])

    def was_cut(self, *keys: str | int) -> bool:
        """Return whether something at, above or (if that is a part of it) below keys is lost."""
        return any(cut[: len(keys)] == keys or keys[: len(cut)] == cut for cut in self.cuts)
