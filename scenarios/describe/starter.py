"""The commented game that `sandlot new` writes."""

from pydantic import TypeAdapter, ValidationError

from ..model.values import Label
from ..text.problems import Problem, ScenarioError

_STARTER = """\
{
  "$schema": "./scenario.schema.json", // lets your editor complete keys and explain them
  "format": "sandlot/1", "name": "@name@", "version": 0,
  "about": "Collectors gather berries before the time is up.",

  // Numbers that anyone can set from outside: sandlot.make("@name@.json", berries=8)
  "params": { "collectors": 2, "berries": { "default": 5, "min": 1, "max": 50 } },

  // Metres, seconds, kilograms; the origin is in the centre, y is up.
  "world": { "size": [10, 8], "walls": "solid", "drag": 0.3, "decisions_per_second": 10 },

  // What is there and doesn't act.
  "things": {
    "berry": {
      "count": "$berries", "shape": "circle", "radius": 0.2, "body": "sensor", "color": "crimson",
      "place": { "in": "world", "gap": 0.5 }
    },
    "rock": {
      "count": 3, "shape": "circle", "radius": { "uniform": [0.3, 0.6] }, "body": "static", "color": "slategray",
      "place": { "in": "world", "gap": 0.6 }
    }
  },

  // Who acts. Agents are called collector_0, collector_1, ...
  "teams": {
    "collector": {
      "count": "$collectors", "shape": "circle", "radius": 0.3, "color": "seagreen",
      "drive": { "type": "thrust", "accel": 6, "top_speed": 2 },
      "place": { "in": "world", "gap": 0.2 },
      "sees": [ "self", { "of": "berry", "nearest": 3 }, { "of": "rock", "nearest": 2 }, { "of": "collector", "nearest": 1 }, "clock" ]
    }
  },

  // What can happen: each name is an event that rewards, ends and formulas can use.
  "rules": {
    // The berry that was touched grows anew somewhere else.
    "picked": { "when": { "touch": ["collector", "berry"] }, "do": { "place": { "berry": { "in": "world", "gap": 0.5 } } } }
  },

  // A number is paid for each event; a formula (it starts with "=") each decision.
  "rewards": {
    "collector": { "picked": 1, "closer": { "progress": "= -dist(self, nearest(berry))", "weight": 0.1 } }
  },

  "end": { "time": 30 }, // seconds; a rule named here would end the game too
  "score": { "collector": "= count(picked)" },

  // A scripted policy without any code, to play with and to learn against.
  "baseline": {
    "collector": { "move": "= toward(nearest(berry)) + 2 * avoid(nearest(rock), 1)" }
  }
}
"""


def starter_text(name: str) -> str:
    """Return the text of a new game.

    Raises:
        ScenarioError: If the name is none.
    """
    try:
        TypeAdapter(Label).validate_python(name)
    except ValidationError as error:
        message = str(error.errors()[0].get("ctx", {}).get("message", "this is no name"))
        raise ScenarioError([Problem(str(name), 0, 0, "$.name", message)]) from None
    return _STARTER.replace("@name@", name)
