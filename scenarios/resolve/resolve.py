"""From the tree of a file over what it extends to one tree: params put in (with what overlays.py lays over them), then `like`."""

from collections.abc import Mapping
from typing import Any

from ..text.problems import Found
from ..text.tree import Tree
from .likes import check_kind_count, copy_likes
from .params import read_params, read_varied, substitute
from .resolved import Resolved


def resolve(
    tree: Tree, overrides: Mapping[str, Any], vary: Mapping[str, Any] | None = None, laid: Mapping[str, Tree] | None = None
) -> Resolved:
    """Put params in, and copy what `like` names.

    Args:
        tree: The file over what it extends, see `extend`.
        overrides: Params set by the caller.
        vary: Params that the caller lets vary by world, each with how.
        laid: Values of the file's own that lie over the params' defaults, see overlays.py.
    """
    problems = Found()
    laid = dict(laid or {})
    check_kind_count(tree)
    params = read_params(tree, overrides, laid, problems)
    resolved = Resolved(tree, params, problems, read_varied(tree, params, overrides, vary, laid, problems))
    resolved.tree = substitute(tree, "$", resolved)
    copy_likes(resolved)
    return resolved
