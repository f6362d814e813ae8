"""A game in which agents leave, one after the other."""

FLOCK = """{
  "format": "sandlot/1", "name": "flock", "version": 3,
  "about": "A wolf walks to the right, where sheep stand in its way; who is eaten is out.",
  "world": { "size": [8, 4], "decisions_per_second": 5 },
  "teams": {
    "wolf": { "at": [-3, 0], "shape": "circle", "radius": 0.4, "drive": { "type": "walk", "top_speed": 2 },
              "sees": ["self", { "of": "sheep", "fields": ["offset", "alive"] }] },
    "sheep": { "count": 2, "at": [[-1, 0], [1, 0]], "shape": "circle", "radius": 0.3,
               "drive": { "type": "walk", "top_speed": 1 }, "sees": ["self", { "of": "wolf" }] }
  },
  "rules": { "eaten": { "when": { "touch": ["wolf", "sheep"] }, "do": { "remove": ["sheep"] } } },
  "rewards": { "wolf": { "eaten": 1 }, "sheep": { "shared": true, "eaten": -1, "breath": "= 0.5" } },
  "end": { "time": 4 },
  "score": { "wolf": "= count(eaten)" },
  "baseline": { "wolf": { "move": "= vec(1, 0)" }, "sheep": { "move": "= vec(0, 0)" } }
}"""
