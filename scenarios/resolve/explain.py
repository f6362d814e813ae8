"""Pydantic's errors in our words, each at its place in the file.

To report everything at once, what is wrong is cut out of the data and the rest goes on to the
cross checks; names that lost something are remembered, so that nothing is reported twice.
"""

import re
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ..model.part import UnknownKey
from ..model.scenario import FORMAT, Scenario
from ..model.senses import SENSE_KEYS
from ..model.values import PARAM_PATTERN
from ..text.problems import Problem, listing, shown, suggestion
from ..text.tree import Keys, Tree, path_of
from .params import NO_PARAMS_IN
from .resolved import Resolved

_ROUNDS = 4  # cutting can bring up a few more problems, never many
_NAMED = ("params", "draw", "let", "things", "teams", "joints", "rules")
_LIMITS = {
    "vertices": " (MAX_VERTICES)",
    "state": " (MAX_STATE)",
    "sees": " (MAX_SENSES)",
    "params": " (MAX_PARAMS)",
    "draw": " (MAX_DRAWS)",
    "let": " (MAX_LET)",
    "rules": " (MAX_RULES)",
    "joints": " (MAX_KINDS)",
    "lessons": " (MAX_LESSONS)",
    "train": " (MAX_PARAMS)",
    "test": " (MAX_PARAMS)",
}
_DEFINING = ("count", "state", "says", "drive", "hands", "shoot", "at", "like", "when", "type", "between", "motor")


def build_model(resolved: Resolved) -> Scenario | None:
    """Return the model, or None where too much is broken; problems go to `resolved`."""
    data = resolved.tree.plain()
    for _ in range(_ROUNDS):
        try:
            return Scenario.model_validate(data)
        except ValidationError as error:
            details = error.errors(include_url=False, include_context=True)
        _explain(details, data, resolved)
    return None


def _explain(details: list[ErrorDetails], data: Any, resolved: Resolved) -> None:
    cuts: list[Keys] = []
    old_news: list[Problem] = []
    for detail in details:
        keys, at_key, node = _locate(resolved.tree, detail)
        missing = (str(detail["loc"][-1]),) if detail["type"] == "missing" else ()
        # What follows from an earlier cut, or from a param that is wrong itself, is no news.
        is_param = _is_param(detail["input"]) and keys and keys[0] not in NO_PARAMS_IN
        problem = (node.key_problem if at_key else node.problem)(path_of(keys), _message(detail))
        is_news = not resolved.was_cut(*keys, *missing) and not is_param
        (resolved.problems if is_news else old_news).append(problem)
        if missing and not keys:
            data[missing[0]] = {"format": FORMAT, "name": "unnamed", "teams": {}}[missing[0]]
            resolved.damaged |= set(missing)
        resolved.damaged |= _damage(keys, at_key=at_key)
        cuts.append(keys)
    if not resolved.problems:  # then nothing else told of it
        resolved.problems += old_news
    resolved.cuts |= {keys for keys in cuts if keys}
    for keys in sorted(set(cuts), key=str, reverse=True):
        _cut(data, keys)


def _is_param(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(PARAM_PATTERN, value) is not None


def _damage(keys: Keys, *, at_key: bool) -> set[str]:
    """Return the names that can't be relied on once the value at some keys is cut out."""
    if len(keys) == 1:
        return {str(keys[0])}
    if len(keys) < 2 or keys[0] not in _NAMED:
        return set()
    harmless = len(keys) > 2 and keys[2] not in _DEFINING and not (at_key and len(keys) == 3)
    return set() if harmless and keys[0] != "params" else {str(keys[1])}


def _locate(tree: Tree, detail: ErrorDetails) -> tuple[Keys, bool, Tree]:
    """Return the keys down to the place of an error, whether it is about the key, and the node."""
    node = tree
    keys: list[str | int] = []
    at_key = detail["type"] == "extra_forbidden"
    steps: list[str | int] = list(detail["loc"])
    kind = detail["type"]
    if kind.startswith("at:"):
        steps.append(kind.removeprefix("at:"))
    for step in steps:
        if step == "[key]":
            at_key = True
            continue
        child = node.get(step)
        if child is None:
            continue  # the tag of a union, or a key that isn't there
        node = child
        keys.append(step)
    return tuple(keys), at_key, node


def _message(detail: ErrorDetails) -> str:
    kind, got = detail["type"], detail["input"]
    context = detail.get("ctx", {})
    if kind == "here" or kind.startswith("at:"):
        return str(context["message"])
    if kind == "missing":
        return f'missing key "{detail["loc"][-1]}"'
    if kind == "extra_forbidden":
        known = got.known if isinstance(got, UnknownKey) else ()
        return f"unknown key{suggestion(str(detail['loc'][-1]), known)}"
    if kind in ("too_long", "too_short"):
        more = kind == "too_long"
        limit = context["max_length" if more else "min_length"]
        word = "at most" if more else "at least"
        name = _LIMITS.get(str(detail["loc"][-1]), "")
        return f"{len(got)} entries, {word} {limit}{name}"
    if kind == "string_too_long":
        return f"{len(got)} characters, at most {context['max_length']}"
    if kind == "literal_error":
        words = re.findall(r"'([^']*)'", str(context["expected"]))
        if not words:
            return f"expected {_plain(str(context['expected']))}, got {shown(got)}"
        hint = suggestion(got, words) if isinstance(got, str) and len(words) > 1 else ""
        hint = hint if "did you mean" in hint else ""
        return f"expected {listing(words, 'or')}, got {shown(got)}{hint}"
    wanted = {
        "bool_type": "true or false",
        "string_type": "a text",
        "dict_type": "an object",
        "model_type": "an object",
        "model_attributes_type": "an object",
        "list_type": "a list",
        "tuple_type": "a list",
    }.get(kind, "something else")
    return f"expected {wanted}, got {shown(got)}"


def _plain(expected: str) -> str:
    return {"True": "true"}.get(expected, expected)


def _cut(data: Any, keys: Keys) -> None:
    """Remove one value from the data, if it is still there."""
    for index, key in enumerate(keys):
        last = index == len(keys) - 1 or isinstance(keys[index + 1], int)
        if not isinstance(data, dict) or key not in data:
            return
        if last and index + 1 < len(keys) and key == "sees":
            _cut_sense(data[key], keys[index + 1 :])
            return
        if last:
            # Of a list the whole goes, or later places would be off by one.
            del data[key]
            return
        data = data[key]


def _cut_sense(senses: Any, keys: Keys) -> None:
    """Remove a bad sense, or the bad key of one, keeping the others where they are."""
    index = keys[0]
    if not isinstance(senses, list) or not isinstance(index, int):
        return
    if len(keys) > 1 and keys[1] not in SENSE_KEYS and isinstance(senses[index], dict):
        _cut(senses[index], keys[1:])
    else:
        senses[index] = "self"
