"""A sound scenario to be broken, and the exact words that its author gets; a wrong word there is a bug of the product."""

import re
import time
from pathlib import Path
from typing import Any

import pytest

from sandlot.scenarios import ScenarioError, load, loads

BASE = """{
  "format": "sandlot/1", "name": "test",
  "params": { "many": 3, "hint": true, "pay": { "default": 0.5, "min": 0, "max": 2 } },
  "world": { "size": [10, 8], "walls": "solid" },
  "draw": { "right": { "one_of": "button" } },
  "things": {
    "button": { "count": "$many", "radius": 0.4, "body": "sensor", "place": { "row": [[-4, -3], [4, -3]] } },
    "door": { "at": [0, 0], "shape": "box", "size": [0.3, 2], "state": { "open": false, "knocks": 0 }, "solid_if": "= not open" },
    "ball": { "at": [2, 2], "radius": 0.3, "mass": 2, "body": "dynamic" }
  },
  "teams": {
    "guide": { "at": [-4, 3], "radius": 0.3, "body": "static", "says": { "symbols": 3 }, "sees": ["self", { "know": "right", "if": "$hint" }] },
    "worker": {
      "count": 2, "radius": 0.3, "place": { "in": "world", "gap": 0.1 },
      "drive": { "type": "tank", "accel": 5, "top_speed": 2 },
      "sees": ["self", { "of": "ball" }, { "rays": 8, "of": ["door", "walls"] }, { "hear": "guide" }]
    }
  },
  "rules": {
    "opened": { "when": { "touch": ["worker", "button"], "if": "= button == right" }, "do": { "set": { "door.open": true } } },
    "scored": { "when": "= dist(ball, door) < 1", "once": true }
  },
  "rewards": { "worker": { "opened": 1, "nearer": "= -pay * dist(self, ball)" } },
  "end": { "time": 20, "won": "scored" },
  "score": { "worker": "= count(opened)" },
  "baseline": { "worker": { "forward": "= 1", "turn": "= clamp(bearing(ball) / 90, -1, 1)" } }
}
"""

_NEVER = re.compile(r"validation error|Input should|pydantic|something else|Extra inputs|<\w")
"""Words of a library, and names of classes, that no author should meet."""


def cases(listed: list[Any]) -> list[Any]:
    """Cases for `parametrize` that begin with their names."""
    return [pytest.param(*case[1:], id=case[0]) for case in listed]


def answer(text: str) -> list[str]:
    """Return the lines of the error, and check that it came at once, in order, and in our own words."""
    started = time.perf_counter()
    with pytest.raises(ScenarioError) as caught:
        loads(text, "game.json")
    assert time.perf_counter() - started < 1
    places = [(problem.line, problem.column) for problem in caught.value.problems]
    assert places == sorted(places)
    assert not _NEVER.search(str(caught.value))
    return [line.removeprefix("game.json:") for line in str(caught.value).split("\n")]


def answer_to(edits: dict[str, str], once: bool = False) -> list[str]:
    """Return the answer to BASE with some replacements; `once`: each stands in it exactly once."""
    text = BASE
    for old, new in edits.items():
        assert text.count(old) == 1 if once else old in text
        text = text.replace(old, new)
    return answer(text)


def file_answer(path: Path) -> str:
    """Return the error of a file, its folder called DIR."""
    with pytest.raises(ScenarioError) as caught:
        load(path)
    return str(caught.value).replace(str(path.parent), "DIR")
