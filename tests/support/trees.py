"""Scenarios as trees of plain Python."""

from typing import Any


def merged(below: Any, above: Any) -> Any:
    """Lay one tree over another as `like` and `extends` do."""
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    keys = {**below, **above}
    return {key: merged(below.get(key), above[key]) if key in above else below[key] for key in keys if above.get(key, 0) is not None}
