"""The canonical form of a game for hashes, and a game with every default written down."""

import hashlib
import json
from typing import Any

from ..model.scenario import Scenario
from ..model.senses import ObjectSense, SelfSense, TouchSense

_NOT_HASHED = ("$schema", "extends", "params", "train", "test", "lessons")
_ONLY_FOR = {"size": "box", "length": "capsule", "vertices": "polygon"}
"""Keys of a thing that only one shape has."""


def canonical(tree: Any) -> str:
    """Return strict JSON without blanks; 2.0 is written 2.

    Keys keep their order: it decides the order of agents, bodies, effects and terms.
    """
    return json.dumps(_plain_numbers(tree), ensure_ascii=False, separators=(",", ":"))


def scenario_hash(scenario: Scenario) -> str:
    """Return the SHA-256 of a game as it was resolved: params put in, ancestors merged, with how params vary.

    It is of what is played, so a split or a lesson that changes or varies params has a hash of its own, while the sections
    that say how to learn and judge are no part of it.
    """
    game = {key: value for key, value in scenario.resolved.items() if key not in _NOT_HASHED}
    game["params"] = {name: value for name, value in scenario.params_used.items() if name not in scenario.varied}
    if scenario.varied:
        game["vary"] = {name: param.drawn.to_json() for name, param in scenario.varied.items()}
    return hashlib.sha256(canonical(game).encode()).hexdigest()


def _plain_numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain_numbers(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_plain_numbers(child) for child in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return value


def full(scenario: Scenario) -> dict[str, Any]:
    """Return a game as plain JSON with every default written down; it loads to the same game."""
    game: dict[str, Any] = scenario.model_dump(mode="json", by_alias=True, exclude_none=True, warnings=False)
    game.pop("extends", None)
    game["params"] = dict(scenario.params_used)
    for section in ("things", "teams"):
        for name, kind in game[section].items():
            for key, shape in _ONLY_FOR.items():
                if kind["shape"] != shape:
                    del kind[key]
            _trim_place(kind.get("place"))
            if section == "teams":
                _write_senses(scenario, name, kind)
    for rule in game["rules"].values():
        for target in rule["do"]["place"].values():
            _trim_place(target)
    return game


def _trim_place(place: Any) -> None:
    """Leave out what the other ways of placing have."""
    if isinstance(place, dict):
        place.pop("shuffle" if "in" in place else "away_from", None)


def _write_senses(scenario: Scenario, team: str, kind: dict[str, Any]) -> None:
    """Say in the senses of a team what null means there."""
    for sense, written in zip(scenario.teams[team].sees, kind["sees"], strict=True):
        if isinstance(sense, SelfSense):
            written["self"] = list(scenario.self_fields(team, sense))
        elif isinstance(sense, ObjectSense):
            written["fields"] = list(scenario.object_fields(sense))
        elif isinstance(sense, TouchSense):
            written.setdefault("touch", None)
