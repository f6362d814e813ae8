"""Games that say much in few lines, and all texts of games there are."""

from sandlot.scenarios import names, path_of, starter_text

TAG = """{
  "$schema": "./scenario.schema.json",
  "format": "sandlot/1", "name": "tag", "version": 0,
  "about": "Slow chasers hunt a faster runner among pillars.",
  "params": { "chasers": 3, "runners": 1, "pillars": 4, "shaping": 0.1 },
  "world": { "size": [10, 10], "walls": "solid", "drag": 0.25, "decisions_per_second": 10 },
  "things": {
    "pillar": { "count": "$pillars", "shape": "circle", "radius": { "uniform": [0.4, 0.8] }, "body": "static", "place": { "in": "world", "gap": 0.9 } }
  },
  "teams": {
    "chaser": {
      "count": "$chasers", "shape": "circle", "radius": 0.35, "color": "crimson",
      "drive": { "type": "thrust", "accel": 6, "top_speed": 2.0 },
      "place": { "in": "world", "gap": 0.2 },
      "sees": [ "self", { "of": "chaser", "nearest": 2 }, { "of": "runner", "nearest": 1 }, { "of": "pillar", "nearest": 4 } ]
    },
    "runner": { "like": "chaser", "count": "$runners", "radius": 0.25, "color": "seagreen", "drive": { "accel": 8, "top_speed": 2.6 },
                "sees": [ "self", { "of": "chaser", "nearest": 3 }, { "of": "pillar", "nearest": 4 } ] }
  },
  "rules": { "tagged": { "when": { "touch": ["chaser", "runner"] }, "cooldown": 1.0 } },
  "rewards": {
    "chaser": { "shared": true, "tagged": 10, "close_in": "= -shaping * dist(self, nearest(runner))" },
    "runner": { "tagged": -10, "keep_away": "= shaping * dist(self, nearest(chaser))" }
  },
  "end": { "time": 20 },
  "score": { "chaser": "= count(tagged)", "runner": "= -count(tagged)" }
}
"""

PUSH = """{
  "format": "sandlot/1", "name": "tell_and_push", "version": 0,
  "about": "The guide knows which button opens the door; the worker must hear it, press it, then push the box through.",
  "params": { "buttons": 3, "hint": true },
  "world": { "size": [12, 8], "walls": "solid", "drag": 0.6, "decisions_per_second": 10 },
  "draw": { "right": { "one_of": "button" } },
  "things": {
    "wall":   { "at": [[0, 2.5], [0, -2.5]], "shape": "box", "size": [0.3, 3], "body": "static" },
    "door":   { "at": [0, 0], "shape": "box", "size": [0.3, 2], "body": "static", "state": { "open": false }, "solid_if": "= not open", "color": "goldenrod" },
    "button": { "count": "$buttons", "shape": "circle", "radius": 0.4, "body": "sensor", "place": { "row": [[-5, -3], [-1.5, -3]] } },
    "box":    { "at": [-2, 0], "shape": "box", "size": [0.9, 0.9], "mass": 2, "body": "dynamic" },
    "goal":   { "at": [4.5, 0], "shape": "box", "size": [2, 3], "body": "sensor" }
  },
  "teams": {
    "guide":  { "count": 1, "at": [-5, 3], "shape": "circle", "radius": 0.3, "body": "static", "says": { "symbols": "$buttons" }, "sees": [ "self", { "know": "right", "if": "$hint" } ] },
    "worker": { "count": 1, "at": [-4, 0], "shape": "circle", "radius": 0.35, "drive": { "type": "tank", "accel": 6, "top_speed": 2, "turn_deg_per_s": 180 },
                "sees": [ "self", { "of": "button" }, { "of": "box" }, { "of": "goal" }, { "of": "door", "fields": ["offset", "open"] }, { "hear": "guide" } ] }
  },
  "rules": {
    "opened":    { "when": { "touch": ["worker", "button"], "if": "= button == right" }, "once": true, "do": { "set": { "door.open": true } } },
    "misread":   { "when": { "touch": ["worker", "button"], "if": "= button != right" }, "cooldown": 1.0 },
    "delivered": { "when": { "inside": ["box", "goal"] } }
  },
  "rewards": { "*": { "opened": 1, "misread": -0.2, "delivered": 10, "push_on": "= -0.01 * dist(box, goal)" } },
  "end": { "time": 60, "won": "delivered" }
}
"""

GAMES = {"tag": TAG, "push": PUSH, "starter": starter_text("starter")}
MINIMAL = '{ "format": "sandlot/1", "name": "m", "teams": { "a": { } } }'


def texts() -> dict[str, str]:
    """Return all games there are, by a name for the test."""
    return GAMES | {f"library_{name}": path_of(name).read_text(encoding="utf-8") for name in names()}
