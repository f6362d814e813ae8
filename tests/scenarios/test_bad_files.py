"""Broken scenarios and the exact words that an author gets; a wrong word here is a bug of the product."""


import time
from pathlib import Path

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

# What is replaced in BASE, and every line of the answer (without the name of the file).
EDITS: list[tuple[str, str, str, list[str]]] = [
    (
        "wrong_format",
        '"sandlot/1"',
        '"sandlot/2"',
        ['2:13 $.format: expected "sandlot/1", got "sandlot/2" (did you mean "sandlot/1"?)'],
    ),
    ("format_missing", '"format": "sandlot/1", ', "", ['1:1 $: missing key "format"']),
    ("name_missing", ', "name": "test"', "", ['1:1 $: missing key "name"']),
    (
        "name_capital",
        '"name": "test"',
        '"name": "Test"',
        ['2:34 $.name: expected a name like my_thing2 (a-z, 0-9, _), got "Test"'],
    ),
    ("name_number", '"name": "test"', '"name": 3', ["2:34 $.name: expected a text, got 3"]),
    ("unknown_section", '"world": {', '"wrld": {', ['4:3 $.wrld: unknown key (did you mean "world"?)']),
    (
        "unknown_key",
        '"top_speed"',
        '"top_sped"',
        ['15:46 $.teams.worker.drive.top_sped: unknown key (did you mean "top_speed"?)'],
    ),
    (
        "unknown_key_no_neighbour",
        '"top_speed"',
        '"zzz"',
        [
            '15:46 $.teams.worker.drive.zzz: unknown key (there is "accel", "reverse", "top_speed", "turn_deg_per_s" and "type")'
        ],
    ),
    (
        "world_not_object",
        '{ "size": [10, 8], "walls": "solid" }',
        "[10, 8]",
        ["4:12 $.world: expected an object, got a list of 2"],
    ),
    ("size_one_number", '"size": [10, 8]', '"size": 10', ["4:22 $.world.size: expected [x, y], got 10"]),
    (
        "size_three",
        '"size": [10, 8]',
        '"size": [10, 8, 3]',
        ["4:22 $.world.size: expected [x, y], got a list of 3"],
    ),
    (
        "size_text",
        '"size": [10, 8]',
        '"size": [10, "8"]',
        ['4:27 $.world.size[1]: expected a number from 0.1 to 10000 m, got "8"'],
    ),
    (
        "size_zero",
        '"size": [10, 8]',
        '"size": [0, 8]',
        ["4:23 $.world.size[0]: expected a number from 0.1 to 10000 m, got 0"],
    ),
    (
        "size_huge",
        '"size": [10, 8]',
        '"size": [10, 1e9]',
        ["4:27 $.world.size[1]: expected a number from 0.1 to 10000 m, got 1000000000"],
    ),
    (
        "walls_choice",
        '"walls": "solid"',
        '"walls": "sollid"',
        ['4:40 $.world.walls: expected "solid", "open" or "wrap", got "sollid" (did you mean "solid"?)'],
    ),
    (
        "walls_number",
        '"walls": "solid"',
        '"walls": 1',
        ['4:40 $.world.walls: expected "solid", "open" or "wrap", got 1'],
    ),
    (
        "things_list",
        '"things": {',
        '"things": [], "more": {',
        [
            "6:13 $.things: expected an object, got an empty list",
            '6:17 $.more: unknown key (did you mean "score"?)',
        ],
    ),
    (
        "negative_mass",
        '"mass": 2',
        '"mass": -2',
        ["9:52 $.things.ball.mass: expected a number from 1e-06 to 1000000000 kg, got -2"],
    ),
    (
        "mass_and_density",
        '"mass": 2',
        '"mass": 2, "density": 1',
        ["9:66 $.things.ball.density: mass and density exclude each other"],
    ),
    (
        "mass_true",
        '"mass": 2',
        '"mass": true',
        ["9:52 $.things.ball.mass: expected a number from 1e-06 to 1000000000 kg, got true"],
    ),
    (
        "mass_text",
        '"mass": 2',
        '"mass": "heavy"',
        ['9:52 $.things.ball.mass: expected a number from 1e-06 to 1000000000 kg, got "heavy"'],
    ),
    (
        "mass_formula",
        '"mass": 2',
        '"mass": "= 1 + 1"',
        [
            '9:52 $.things.ball.mass: expected a number from 1e-06 to 1000000000 kg, got "= 1 + 1" (formulas don\'t work here)'
        ],
    ),
    (
        "random_backwards",
        '"mass": 2',
        '"mass": { "uniform": [3, 1] }',
        ["9:65 $.things.ball.mass.uniform: expected [low, high], got low 3 above high 1"],
    ),
    (
        "random_misspelt",
        '"mass": 2',
        '"mass": { "unifrom": [1, 3] }',
        [
            '9:52 $.things.ball.mass: expected {"uniform": [low, high]}, {"normal": [mean, std]} or {"one_of": [numbers]}, got "unifrom" (did you mean "uniform"?)'
        ],
    ),
    (
        "random_one_number",
        '"mass": 2',
        '"mass": { "uniform": [1] }',
        ["9:65 $.things.ball.mass.uniform: expected two numbers, got 1"],
    ),
    (
        "random_empty",
        '"mass": 2',
        '"mass": { "one_of": [] }',
        ["9:64 $.things.ball.mass.one_of: expected a list of numbers, got an empty list"],
    ),
    (
        "random_out_of_range",
        '"mass": 2',
        '"mass": { "uniform": [-1, 1] }',
        ["9:65 $.things.ball.mass.uniform: expected a number from 1e-06 to 1000000000 kg, got -1"],
    ),
    (
        "random_negative_std",
        '"mass": 2',
        '"mass": { "normal": [1, -1] }',
        ["9:64 $.things.ball.mass.normal: expected a number in kg, got -1"],
    ),
    (
        "random_two",
        '"mass": 2',
        '"mass": { "uniform": [1, 2], "normal": [1, 2] }',
        [
            '9:52 $.things.ball.mass: expected {"uniform": [low, high]}, {"normal": [mean, std]} or {"one_of": [numbers]}, got two of them'
        ],
    ),
    (
        "random_not_allowed",
        '"time": 20',
        '"time": { "uniform": [10, 20] }',
        ["24:20 $.end.time: expected a number from 0.001 to 1000000 s that doesn't vary, got an object"],
    ),
    (
        "count_negative",
        '"count": 2',
        '"count": -1',
        ["14:16 $.teams.worker.count: expected a whole number from 0 to 1024 (MAX_COUNT), got -1"],
    ),
    (
        "count_fraction",
        '"count": 2',
        '"count": 2.5',
        ["14:16 $.teams.worker.count: expected a whole number from 0 to 1024 (MAX_COUNT), got 2.5"],
    ),
    (
        "count_enormous",
        '"count": 2',
        '"count": 1000000000',
        ["14:16 $.teams.worker.count: expected a whole number from 0 to 1024 (MAX_COUNT), got 1000000000"],
    ),
    (
        "count_digits",
        '"count": 2',
        '"count": 10000000000000000000000000000000000000000',
        ["14:16 $.teams.worker.count: expected a whole number from 0 to 1024 (MAX_COUNT), got 1e+40"],
    ),
    (
        "count_unknown_param",
        '"count": 2',
        '"count": "$worker"',
        ['14:16 $.teams.worker.count: there is no param "worker" (there is "hint", "many" and "pay")'],
    ),
    (
        "count_true_param",
        '"count": 2',
        '"count": "$hint"',
        ["14:16 $.teams.worker.count: expected a whole number from 0 to 1024 (MAX_COUNT), got true"],
    ),
    (
        "shape_unknown",
        '"shape": "box"',
        '"shape": "square"',
        ['8:38 $.things.door.shape: expected "circle", "capsule", "box" or "polygon", got "square"'],
    ),
    (
        "size_of_circle",
        '"radius": 0.3, "mass"',
        '"size": [1, 1], "mass"',
        ['9:29 $.things.ball.size: size belongs to shape "box", this is a "circle"'],
    ),
    (
        "circle_radius_zero",
        '"radius": 0.3, "mass"',
        '"radius": 0, "mass"',
        ["9:39 $.things.ball.radius: a circle has a radius of at least 0.005 m, got 0"],
    ),
    (
        "polygon_two_corners",
        '"shape": "box", "size": [0.3, 2]',
        '"shape": "polygon", "vertices": [[0, 0], [1, 0]]',
        ["8:61 $.things.door.vertices: a polygon has 3 to 8 corners, got 2"],
    ),
    (
        "polygon_no_corners",
        '"shape": "box", "size": [0.3, 2]',
        '"shape": "polygon"',
        ['8:13 $.things.door: missing key "vertices" (the corners of the polygon)'],
    ),
    (
        "polygon_nine",
        '"shape": "box", "size": [0.3, 2]',
        '"shape": "polygon", "vertices": [[0,0],[1,0],[2,1],[3,2],[3,3],[2,4],[1,4],[0,3],[-1,2]]',
        ["8:61 $.things.door.vertices: 9 entries, at most 8 (MAX_VERTICES)"],
    ),
    (
        "polygon_dent",
        '"shape": "box", "size": [0.3, 2]',
        '"shape": "polygon", "vertices": [[0, 0], [2, 0], [1, 0.5], [1, 2]]',
        [
            "8:78 $.things.door.vertices[2]: the polygon is not convex here (corners in order, none on a straight line)"
        ],
    ),
    (
        "polygon_star",
        '"shape": "box", "size": [0.3, 2]',
        '"shape": "polygon", "vertices": [[0, 1], [-0.59, -0.81], [0.95, 0.31], [-0.95, 0.31], [0.59, -0.81]]',
        [
            "8:62 $.things.door.vertices[0]: the polygon is not convex here (corners in order, none on a straight line)"
        ],
    ),
    (
        "polygon_flat",
        '"shape": "box", "size": [0.3, 2]',
        '"shape": "polygon", "vertices": [[0, 0], [1, 0], [2, 0]]',
        [
            "8:62 $.things.door.vertices[0]: the polygon is not convex here (corners in order, none on a straight line)"
        ],
    ),
    (
        "polygon_same_corner",
        '"shape": "box", "size": [0.3, 2]',
        '"shape": "polygon", "vertices": [[0, 0], [1, 0], [1, 0], [0, 1]]',
        ["8:78 $.things.door.vertices[2]: two corners closer than 0.005 m"],
    ),
    (
        "colors",
        '"mass": 2',
        '"color": ["red", "gren", 3]',
        [
            '9:61 $.things.ball.color[1]: expected a CSS colour name or #rrggbb, got "gren" (did you mean "green"?)',
            "9:69 $.things.ball.color[2]: expected a text, got 3",
        ],
    ),
    (
        "no_colors",
        '"mass": 2',
        '"color": []',
        ["9:53 $.things.ball.color: expected a colour or a list of colours, got []"],
    ),
    (
        "color",
        '"mass": 2',
        '"color": "crimsn"',
        [
            '9:53 $.things.ball.color: expected a CSS colour name or #rrggbb, got "crimsn" (did you mean "crimson"?)'
        ],
    ),
    (
        "state_list",
        '"knocks": 0',
        '"knocks": []',
        ['8:99 $.things.door.state.knocks: expected a number, true or false, or {"default", "min", "max"}, got an empty list'],
    ),
    (
        "state_name_taken",
        '"knocks": 0',
        '"radius": 0',
        ['8:89 $.things.door.state.radius: "radius" is a field of every thing; choose another name'],
    ),
    (
        "solid_if_not_formula",
        '"= not open"',
        '"not open"',
        ['8:116 $.things.door.solid_if: expected a formula ("= ..."), got "not open"'],
    ),
    (
        "solid_if_number",
        '"= not open"',
        '"= knocks"',
        ["8:119 $.things.door.solid_if: expected true or false, got a number; compare it with something"],
    ),
    (
        "collides_unknown",
        '"mass": 2',
        '"collides_with": ["wall"]',
        ['9:62 $.things.ball.collides_with[0]: there is no thing or team "wall" (did you mean "walls"?)'],
    ),
    (
        "collides_text",
        '"mass": 2',
        '"collides_with": "walls"',
        ['9:61 $.things.ball.collides_with: expected a list of names, got "walls"'],
    ),
    (
        "at_three",
        '"at": [2, 2]',
        '"at": [2, 2, 0]',
        ["9:21 $.things.ball.at: expected [x, y], got a list of 3"],
    ),
    (
        "at_count",
        '"at": [2, 2]',
        '"at": [[2, 2], [3, 3]], "count": 3',
        ["9:21 $.things.ball.at: 2 spots for 3 things; give one for each, or a place"],
    ),
    (
        "at_for_many",
        '"at": [2, 2]',
        '"at": [2, 2], "count": 3',
        ["9:21 $.things.ball.at: 1 spot for 3 things; give one for each, or a place"],
    ),
    (
        "at_and_place",
        '"at": [2, 2]',
        '"at": [2, 2], "place": { "in": "world" }',
        ["9:38 $.things.ball.place: at and place exclude each other"],
    ),
    (
        "at_outside",
        '"at": [2, 2]',
        '"at": [2, 22]',
        ["9:21 $.things.ball.at: [2, 22] is outside the world (x from -5 to 5, y from -4 to 4 m)"],
    ),
    (
        "overlapping_spawns",
        '"at": [2, 2]',
        '"at": [-4.2, 3]',
        ['9:21 $.things.ball.at: overlapping spawns: "guide" and "ball" start 0.4 m inside each other'],
    ),
    (
        "inside_wall",
        '"at": [2, 2]',
        '"at": [4.9, 2]',
        ['9:21 $.things.ball.at: "ball" starts 0.2 m inside the wall'],
    ),
    (
        "overlap_row",
        '"ball": {',
        '"pack": { "count": 5, "radius": 0.3, "body": "dynamic", "place": { "row": [[2, -1], [3, -1]] } }, "ball": {',
        [
            '9:70 $.things.pack.place: overlapping spawns: two "pack" start 0.35 m inside each other',
            '9:70 $.things.pack.place: overlapping spawns: two "pack" start 0.1 m inside each other',
        ],
    ),
    (
        "place_none",
        '"place": { "in": "world", "gap": 0.1 }',
        '"place": { "gap": 0.1 }',
        ['14:43 $.teams.worker.place: a place needs one of "in", "row" or "ring"'],
    ),
    (
        "place_two",
        '"place": { "in": "world", "gap": 0.1 }',
        '"place": { "in": "world", "ring": [0, 0, 1] }',
        ['14:68 $.teams.worker.place.ring: a place has only one of "in" and "ring"'],
    ),
    (
        "place_misspelt",
        '"place": { "in": "world", "gap": 0.1 }',
        '"place": { "inn": "world" }',
        [
            '14:43 $.teams.worker.place: a place needs one of "in", "row" or "ring", got "inn" (did you mean "in"?)'
        ],
    ),
    (
        "place_unknown_kind",
        '"place": { "in": "world", "gap": 0.1 }',
        '"place": { "in": "gol" }',
        [
            '14:51 $.teams.worker.place.in: there is no thing or team "gol" (there is "ball", "button", "door", "guide", "worker" and "world")'
        ],
    ),
    (
        "place_too_small",
        '"place": { "in": "world", "gap": 0.1 }',
        '"place": { "in": { "rect": [0, 0, 0.5, 2] } }',
        ['14:43 $.teams.worker.place: "worker" does not fit: radius 0.3 m, but the rect is only 0.5 m wide'],
    ),
    (
        "place_rect_backwards",
        '"place": { "in": "world", "gap": 0.1 }',
        '"place": { "in": { "rect": [2, 0, 1, 2] } }',
        [
            "14:61 $.teams.worker.place.in.rect: expected [left, bottom, right, top] with left < right and bottom < top"
        ],
    ),
    (
        "place_no_room",
        '"count": 2, "radius": 0.3',
        '"count": 500, "radius": 0.3',
        [
            '14:45 $.teams.worker.place: no room for 500 "worker": with its gap, what starts there needs 192 m2, and the world has 80 m2 (at most 90% can be used)'
        ],
    ),
    (
        "place_gap_too_wide",
        '"gap": 0.1',
        '"gap": 5',
        [
            '14:43 $.teams.worker.place: "worker" does not fit: radius 0.3 m with gap 5 m, but the world is only 8 m wide'
        ],
    ),
    (
        "place_negative_gap",
        '"gap": 0.1',
        '"gap": -1',
        ["14:67 $.teams.worker.place.gap: expected a number from 0 to 10000 m, got -1"],
    ),
    (
        "place_circle_of_kinds",
        '"place": { "in": "world", "gap": 0.1 }',
        '"place": { "in": "worker" }',
        ["14:51 $.teams.worker.place.in: this goes in a circle: worker -> worker"],
    ),
    (
        "row_outside",
        "[[-4, -3], [4, -3]]",
        "[[-4, -3], [40, -3]]",
        [
            "7:97 $.things.button.place.row[1]: [40, -3] is outside the world (x from -5 to 5, y from -4 to 4 m)"
        ],
    ),
    (
        "row_one_point",
        "[[-4, -3], [4, -3]]",
        "[[-4, -3]]",
        ["7:86 $.things.button.place.row: expected two points [[x, y], [x, y]], got a list of 1"],
    ),
    (
        "like_unknown",
        '"mass": 2',
        '"like": "dor"',
        ['9:52 $.things.ball.like: there is no thing or team "dor" (did you mean "door"?)'],
    ),
    (
        "like_self",
        '"mass": 2',
        '"like": "ball"',
        ["9:52 $.things.ball.like: this goes in a circle: ball -> ball"],
    ),
    (
        "drive_no_type",
        '"type": "tank", ',
        "",
        ['15:16 $.teams.worker.drive: missing key "type" ("thrust", "walk", "tank", "rocket", "car", "jump" or "motor")'],
    ),
    (
        "drive_unknown",
        '"type": "tank"',
        '"type": "tnak"',
        [
            '15:26 $.teams.worker.drive.type: expected "thrust", "walk", "tank", "rocket", "car", "jump" or "motor", got "tnak" (did you mean "tank"?)'
        ],
    ),
    (
        "drive_of_static",
        '"says": { "symbols": 3 }',
        '"drive": { "type": "walk" }, "says": { "symbols": 3 }',
        ["12:73 $.teams.guide.drive: a static body can't be driven; its body must be dynamic or kinematic"],
    ),
    (
        "drive_key_of_other",
        '"accel": 5',
        '"thrust_accel": 5',
        [
            '15:34 $.teams.worker.drive.thrust_accel: unknown key (there is "accel", "reverse", "top_speed", "turn_deg_per_s" and "type")'
        ],
    ),
    (
        "speed_too_high",
        '"top_speed": 2',
        '"top_speed": 3e8',
        ["15:59 $.teams.worker.drive.top_speed: expected a number from 0 to 1000 m/s, got 300000000"],
    ),
    (
        "says_one",
        '"symbols": 3',
        '"symbols": 1',
        ["12:85 $.teams.guide.says.symbols: expected a whole number from 2 to 64 (MAX_SYMBOLS), got 1"],
    ),
    (
        "says_many",
        '"symbols": 3',
        '"symbols": 65',
        ["12:85 $.teams.guide.says.symbols: expected a whole number from 2 to 64 (MAX_SYMBOLS), got 65"],
    ),
    (
        "sees_word",
        '"sees": ["self", { "of"',
        '"sees": ["slef", { "of"',
        [
            '16:16 $.teams.worker.sees[0]: expected "self", "touch" or "clock" or an object, got "slef" (did you mean "self"?)'
        ],
    ),
    (
        "sees_object",
        '{ "of": "ball" }',
        '{ "off": "ball" }',
        [
            '16:24 $.teams.worker.sees[1]: a sense needs one of "rays", "touch", "hear", "know", "state", "joint", "clock", "self" or "of", got "off" (did you mean "of"?)'
        ],
    ),
    (
        "sees_unknown_kind",
        '{ "of": "ball" }',
        '{ "of": "bal" }',
        ['16:32 $.teams.worker.sees[1].of: there is no thing or team "bal" (did you mean "ball"?)'],
    ),
    (
        "sees_unknown_field",
        '{ "of": "ball" }',
        '{ "of": "door", "fields": ["offset", "opne"] }',
        ['16:61 $.teams.worker.sees[1].fields[1]: "door" has no field "opne" to see (did you mean "open"?)'],
    ),
    (
        "sees_said_of_silent",
        '{ "of": "ball" }',
        '{ "of": "ball", "fields": ["said"] }',
        ['16:50 $.teams.worker.sees[1].fields: "ball" says nothing (no "says")'],
    ),
    (
        "sees_too_many_rays",
        '"rays": 8',
        '"rays": 1000',
        ["16:52 $.teams.worker.sees[2].rays: expected a whole number from 1 to 128 (MAX_RAYS), got 1000"],
    ),
    (
        "sees_ray_kind",
        '["door", "walls"]',
        '["door", "wals"]',
        ['16:70 $.teams.worker.sees[2].of[1]: there is no thing or team "wals" (did you mean "walls"?)'],
    ),
    (
        "sees_fov",
        '"rays": 8',
        '"rays": 8, "fov_deg": 400',
        ["16:66 $.teams.worker.sees[2].fov_deg: expected a number from 0 to 360 degrees, got 400"],
    ),
    (
        "sees_key_of_other_sense",
        '{ "of": "ball" }',
        '{ "of": "ball", "symbols": 2 }',
        [
            '16:40 $.teams.worker.sees[1].symbols: unknown key (there is "fields", "fov_deg", "frame", "nearest", "noise", "occluded", "of" and "range")'
        ],
    ),
    (
        "hear_silent",
        '"hear": "guide"',
        '"hear": "worker"',
        ['16:92 $.teams.worker.sees[3].hear: "worker" says nothing (no "says")'],
    ),
    (
        "hear_thing",
        '"hear": "guide"',
        '"hear": "ball"',
        ['16:92 $.teams.worker.sees[3].hear: there is no team "ball" (there is "guide" and "worker")'],
    ),
    (
        "know_unknown",
        '"know": "right"',
        '"know": "rihgt"',
        ['12:117 $.teams.guide.sees[1].know: there is no draw "rihgt" (did you mean "right"?)'],
    ),
    (
        "know_if_text",
        '"if": "$hint"',
        '"if": "yes"',
        ['12:132 $.teams.guide.sees[1].if: expected true or false, got "yes"'],
    ),
    (
        "state_sense",
        '{ "of": "ball" }',
        '{ "state": "door" }',
        ['16:35 $.teams.worker.sees[1].state: expected "kind.variable", got "door"'],
    ),
    (
        "state_sense_unknown",
        '{ "of": "ball" }',
        '{ "state": "door.shut" }',
        [
            '16:35 $.teams.worker.sees[1].state: "door" has no state variable "shut" (there is "knocks" and "open")'
        ],
    ),
    (
        "observation_too_long",
        '{ "of": "ball" }',
        '{ "of": "ball", "nearest": 1024, "fields": ["offset", "velocity"] }',
        ["16:15 $.teams.worker.sees: an agent would see 5154 numbers, at most 4096 (MAX_OBSERVATION)"],
    ),
    (
        "draw_unknown",
        '"one_of": "button"',
        '"one_of": "buton"',
        ['5:34 $.draw.right.one_of: there is no thing or team "buton" (did you mean "button"?)'],
    ),
    (
        "draw_nothing",
        '{ "one_of": "button" }',
        "{}",
        ['5:22 $.draw.right: a draw needs one of "one_of", "uniform" or "normal"'],
    ),
    (
        "draw_backwards",
        '{ "one_of": "button" }',
        '{ "uniform": [2, 1] }',
        ["5:35 $.draw.right.uniform: expected [low, high], got low 2 above high 1"],
    ),
    (
        "name_taken",
        '"scored": {',
        '"ball": {',
        [
            "21:5 $.rules.ball: the name is taken ($.things.ball); formulas see both",
            '24:31 $.end.won: there is no rule "scored" (there is "ball" and "opened")',
        ],
    ),
    (
        "name_reserved",
        '"ball": {',
        '"dist": {',
        [
            '9:5 $.things.dist: "dist" is a word of the language; choose another name',
            '16:32 $.teams.worker.sees[1].of: there is no thing or team "ball" (there is "button", "door", "guide" and "worker")',
            '26:72 $.baseline.worker.turn: unknown name "ball" (did you mean "walls"?)',
        ],
    ),
    (
        "name_keyword",
        '"ball": {',
        '"class": {',
        [
            '9:5 $.things.class: "class" is a word of the language; choose another name',
            '16:32 $.teams.worker.sees[1].of: there is no thing or team "ball" (there is "button", "door", "guide" and "worker")',
            '21:33 $.rules.scored.when: unknown name "ball" (did you mean "walls"?)',
            '23:72 $.rewards.worker.nearer: unknown name "ball" (did you mean "walls"?)',
            '26:72 $.baseline.worker.turn: unknown name "ball" (did you mean "walls"?)',
        ],
    ),
    (
        "name_spaces",
        '"ball": {',
        '"my ball": {',
        [
            '9:5 $.things["my ball"]: expected a name like my_thing2 (a-z, 0-9, _), got "my ball"',
            '16:32 $.teams.worker.sees[1].of: there is no thing or team "ball" (there is "button", "door", "guide" and "worker")',
            '21:33 $.rules.scored.when: unknown name "ball" (did you mean "walls"?)',
            '23:72 $.rewards.worker.nearer: unknown name "ball" (did you mean "walls"?)',
            '26:72 $.baseline.worker.turn: unknown name "ball" (did you mean "walls"?)',
        ],
    ),
    ("when_missing", '"when": "= dist(ball, door) < 1", ', "", ['21:15 $.rules.scored: missing key "when"']),
    (
        "when_two",
        '"touch": ["worker", "button"]',
        '"touch": ["worker", "button"], "every": 1',
        ['20:67 $.rules.opened.when.every: when has only one of "touch" and "every"'],
    ),
    (
        "when_misspelt",
        '"touch": ["worker", "button"]',
        '"tuoch": ["worker", "button"]',
        [
            '20:25 $.rules.opened.when: when needs one of "touch", "apart", "inside", "outside", "near", "hears", "breaks", "grabs", "releases", "every", "at" or "start", got "tuoch" (did you mean "touch"?)'
        ],
    ),
    (
        "when_one_kind",
        '["worker", "button"]',
        '["worker"]',
        ['20:36 $.rules.opened.when.touch: expected two kinds ["a", "b"], got a list of 1'],
    ),
    (
        "when_unknown_kind",
        '["worker", "button"]',
        '["worker", "buton"]',
        ['20:47 $.rules.opened.when.touch[1]: there is no thing or team "buton" (did you mean "button"?)'],
    ),
    (
        "when_walls_first",
        '["worker", "button"], "if": "= button == right"',
        '["walls", "worker"]',
        ['20:37 $.rules.opened.when.touch[0]: there is no thing or team "walls" (did you mean "ball"?)'],
    ),
    (
        "when_near_without",
        '"touch": ["worker", "button"]',
        '"near": ["worker", "button"]',
        ['20:25 $.rules.opened.when: near needs "within" (metres)'],
    ),
    (
        "when_symbol",
        '"touch": ["worker", "button"], "if": "= button == right"',
        '"hears": "guide", "symbol": 3',
        ['20:55 $.rules.opened.when.symbol: "guide" has symbols 0 to 2, got 3'],
    ),
    (
        "when_number",
        '"when": "= dist(ball, door) < 1"',
        '"when": 3',
        ['21:25 $.rules.scored.when: expected an event like {"touch": ["a", "b"]} or a formula, got 3'],
    ),
    (
        "when_not_truth",
        '"= dist(ball, door) < 1"',
        '"= dist(ball, door)"',
        ["21:28 $.rules.scored.when: expected true or false, got a number; compare it with something"],
    ),
    (
        "chance",
        '"once": true',
        '"chance": 1.5',
        ["21:61 $.rules.scored.chance: expected a number from 0 to 1, got 1.5"],
    ),
    (
        "once_text",
        '"once": true',
        '"once": "yes"',
        ['21:59 $.rules.scored.once: expected true or false, got "yes"'],
    ),
    (
        "do_unknown_variable",
        '"door.open"',
        '"door.shut"',
        [
            '20:104 $.rules.opened.do.set.door.shut: "door" has no state variable "shut" (there is "angle_deg", "knocks", "open", "spin_deg_per_s", "surface_speed" and "velocity")'
        ],
    ),
    (
        "do_unknown_kind",
        '"door.open"',
        '"dor.open"',
        ['20:104 $.rules.opened.do.set.dor.open: there is no thing or team "dor" (did you mean "door"?)'],
    ),
    (
        "do_no_variable",
        '"door.open"',
        '"door"',
        ['20:104 $.rules.opened.do.set.door: expected "kind.variable"'],
    ),
    (
        "do_fixed_field",
        '"door.open"',
        '"door.mass"',
        [
            '20:104 $.rules.opened.do.set.door.mass: "mass" can\'t be changed; a rule can change "open", "knocks", "velocity", "angle_deg", "spin_deg_per_s" or "surface_speed"'
        ],
    ),
    (
        "do_wrong_type",
        '"door.open": true',
        '"door.open": 3',
        ["20:117 $.rules.opened.do.set.door.open: expected true or false, got a number"],
    ),
    (
        "do_vector",
        '"door.open": true',
        '"ball.velocity": 3',
        ["20:121 $.rules.opened.do.set.ball.velocity: expected [x, y], got a number"],
    ),
    (
        "do_push_static",
        '"set": { "door.open": true }',
        '"push": { "door": [1, 0] }',
        ['20:105 $.rules.opened.do.push.door: "door" is static; only dynamic things are pushed'],
    ),
    (
        "do_place_word",
        '"set": { "door.open": true }',
        '"place": { "ball": "begin" }',
        ['20:114 $.rules.opened.do.place.ball: expected "start", [x, y] or a place, got "begin"'],
    ),
    (
        "do_remove_unknown",
        '"set": { "door.open": true }',
        '"remove": "bal"',
        ['20:105 $.rules.opened.do.remove[0]: there is no thing or team "bal" (did you mean "ball"?)'],
    ),
    (
        "do_unknown_verb",
        '"set": { "door.open": true }',
        '"spawn": {}',
        ['20:95 $.rules.opened.do.spawn: unknown key (there is "add", "break", "place", "push", "remove" and "set")'],
    ),
    (
        "reward_unknown_team",
        '"rewards": { "worker"',
        '"rewards": { "workr"',
        ['23:16 $.rewards.workr: there is no team "workr" (did you mean "worker"?)'],
    ),
    (
        "reward_unknown_rule",
        '"opened": 1',
        '"opend": 1',
        [
            '23:28 $.rewards.worker.opend: there is no rule "opend" to pay for (did you mean "opened"?); a term of its own is a formula "= ..."'
        ],
    ),
    (
        "reward_rule_as_formula",
        '"opened": 1',
        '"opened": "= 1"',
        [
            '23:38 $.rewards.worker.opened: "opened" is a rule, so it is paid a number; give the formula a new name'
        ],
    ),
    (
        "reward_not_formula",
        '"= -pay * dist(self, ball)"',
        '"-pay * dist(self, ball)"',
        ['23:51 $.rewards.worker.nearer: expected a formula ("= ..."), got "-pay * dist(self, ball)"'],
    ),
    (
        "reward_truth",
        '"= -pay * dist(self, ball)"',
        '"= door.open"',
        ["23:54 $.rewards.worker.nearer: expected a number, got true or false; say 1 if ... else 0"],
    ),
    (
        "reward_list",
        '"opened": 1',
        '"opened": [1]',
        [
            '23:38 $.rewards.worker.opened: expected a number, a formula or {"progress": "= ..."}, got a list of 1'
        ],
    ),
    (
        "end_unknown",
        '"won": "scored"',
        '"won": "scord"',
        ['24:31 $.end.won: there is no rule "scord" (did you mean "scored"?)'],
    ),
    (
        "end_time_zero",
        '"time": 20',
        '"time": 0',
        ["24:20 $.end.time: expected a number from 0.001 to 1000000 s, got 0"],
    ),
    (
        "score_self",
        '"= count(opened)"',
        '"= self.x"',
        ['25:27 $.score.worker: there is no "self" here: a score belongs to the whole team'],
    ),
    (
        "score_team",
        '"score": { "worker"',
        '"score": { "workers"',
        ['25:14 $.score.workers: there is no team "workers" (did you mean "worker"?)'],
    ),
    (
        "baseline_action",
        '"forward": "= 1"',
        '"move": "= 1"',
        ['26:29 $.baseline.worker.move: no action of "worker" is called "move"; it has "forward" and "turn"'],
    ),
    (
        "baseline_type",
        '"forward": "= 1"',
        '"forward": "= toward(ball)"',
        ["26:43 $.baseline.worker.forward: expected a number, got a vector"],
    ),
    (
        "param_text",
        '"many": 3',
        '"many": "3"',
        ['3:23 $.params.many: expected a number, true, false or {"default": ...}, got "3"'],
    ),
    (
        "param_below_min",
        '"default": 0.5',
        '"default": -1',
        ["3:60 $.params.pay: expected at least 0, got -1"],
    ),
    (
        "param_unknown_key",
        '"min": 0',
        '"mni": 0',
        ['3:65 $.params.pay.mni: unknown key (did you mean "min"?)'],
    ),
    (
        "formula_unknown_name",
        '"= -pay * dist(self, ball)"',
        '"= -pay * dist(self, bal)"',
        ['23:72 $.rewards.worker.nearer: unknown name "bal" (did you mean "ball"?)'],
    ),
    (
        "formula_unknown_function",
        '"= -pay * dist(self, ball)"',
        '"= -pay * dits(self, ball)"',
        ['23:61 $.rewards.worker.nearer: unknown function "dits" (did you mean "dist"?)'],
    ),
    (
        "formula_unknown_field",
        '"= -pay * dist(self, ball)"',
        '"= ball.vz"',
        [
            '23:54 $.rewards.worker.nearer: "ball" has no field "vz" (there is "alive", "angle_deg", "heading_deg", "index", "mass", "position", "radius", "said", "speed", "spin_deg_per_s", "surface_speed", "velocity", "vx", "vy", "x" and "y")'
        ],
    ),
    (
        "formula_many",
        '"= -pay * dist(self, ball)"',
        '"= dist(self, button)"',
        [
            '23:65 $.rewards.worker.nearer: "button" is 3 things; say nearest(button), or use it inside sum(button, ...)'
        ],
    ),
    (
        "formula_bracket",
        '"= -pay * dist(self, ball)"',
        '"= -pay * dist(self, ball"',
        ["23:65 $.rewards.worker.nearer: this ( is never closed"],
    ),
    (
        "formula_extra_bracket",
        '"= -pay * dist(self, ball)"',
        '"= -pay * dist(self, ball))"',
        ["23:77 $.rewards.worker.nearer: this ) closes nothing"],
    ),
    (
        "formula_missing_operator",
        '"= -pay * dist(self, ball)"',
        '"= pay dist(self, ball)"',
        ['23:58 $.rewards.worker.nearer: this does not read as a formula near "dist"'],
    ),
    (
        "formula_unfinished",
        '"= -pay * dist(self, ball)"',
        '"= pay *"',
        ['23:58 $.rewards.worker.nearer: the formula ends after "*"'],
    ),
    (
        "formula_empty",
        '"= -pay * dist(self, ball)"',
        '"="',
        ['23:52 $.rewards.worker.nearer: nothing stands after the "="'],
    ),
    (
        "formula_power",
        '"= -pay * dist(self, ball)"',
        '"= 9 ** 9 ** 9"',
        ["23:56 $.rewards.worker.nearer: ** is not in the language; write x * x for a square"],
    ),
    (
        "formula_text",
        '"= -pay * dist(self, ball)"',
        "\"= 'a' * 1000000000\"",
        ['23:54 $.rewards.worker.nearer: "\'" is not in the language; there are no texts in a formula'],
    ),
    (
        "formula_import",
        '"= -pay * dist(self, ball)"',
        '"= __import__(1)"',
        ['23:54 $.rewards.worker.nearer: unknown function "__import__"'],
    ),
    (
        "formula_dunder",
        '"= -pay * dist(self, ball)"',
        '"= self.__class__"',
        ['23:54 $.rewards.worker.nearer: "worker" has no field "__class__"'],
    ),
    (
        "formula_lambda",
        '"= -pay * dist(self, ball)"',
        '"= (lambda: 1)()"',
        ['23:55 $.rewards.worker.nearer: "lambda" is not in the language'],
    ),
    (
        "formula_list",
        '"= -pay * dist(self, ball)"',
        '"= [1 for ball in self]"',
        [
            '23:54 $.rewards.worker.nearer: "[" is not in the language; there are no lists; a vector is vec(x, y)'
        ],
    ),
    (
        "formula_assign",
        '"= -pay * dist(self, ball)"',
        '"= 1 if pay = 1 else 0"',
        ['23:63 $.rewards.worker.nearer: "=" is not in the language; compare with =='],
    ),
    (
        "formula_chain",
        '"= -pay * dist(self, ball)"',
        '"= 1 if 0 < pay < 1 else 0"',
        ["23:59 $.rewards.worker.nearer: compare two at a time: a < b and b < c"],
    ),
    (
        "formula_vector_times_vector",
        '"= -pay * dist(self, ball)"',
        '"= self.velocity * ball.velocity"',
        ["23:54 $.rewards.worker.nearer: a vector * a vector has no meaning; say dot(a, b)"],
    ),
    (
        "formula_types",
        '"= -pay * dist(self, ball)"',
        '"= dist(self, 3)"',
        ["23:65 $.rewards.worker.nearer: expected a thing or a vector, got a number"],
    ),
    (
        "formula_count",
        '"= -pay * dist(self, ball)"',
        '"= dist(self)"',
        ["23:54 $.rewards.worker.nearer: dist takes 2 values, got 1"],
    ),
    (
        "formula_rule_name",
        '"= -pay * dist(self, ball)"',
        '"= opened"',
        ['23:54 $.rewards.worker.nearer: "opened" is a rule; say count(opened) or happened(opened)'],
    ),
    (
        "formula_kind_mismatch",
        '"= button == right"',
        '"= worker == right"',
        ['20:67 $.rules.opened.when.if: a "worker" is never a "button"'],
    ),
    (
        "formula_other",
        '"= -pay * dist(self, ball)"',
        '"= dist(self, other)"',
        ['23:65 $.rewards.worker.nearer: there is no "other" here: only rules where two meet have it'],
    ),
    (
        "formula_divide_by_zero",
        '"= -pay * dist(self, ball)"',
        '"= 1 / 0"',
        ["23:58 $.rewards.worker.nearer: this divides by zero"],
    ),
    (
        "formula_infinite",
        '"= -pay * dist(self, ball)"',
        '"= 1e400"',
        ["23:54 $.rewards.worker.nearer: this number is too large"],
    ),
    (
        "formula_random",
        '"= -pay * dist(self, ball)"',
        '"= random()"',
        ['23:54 $.rewards.worker.nearer: random() works only in a "rule" or "baseline"'],
    ),
    (
        "formula_escape_column",
        '"= -pay * dist(self, ball)"',
        '"= \\u0031 + \\n oops"',
        ['23:66 $.rewards.worker.nearer: unknown name "oops"'],
    ),
]

# Several replacements.
SPECIAL: list[tuple[str, dict[str, str], list[str]]] = [
    (
        "no_agents",
        {'"count": 2': '"count": 0', '"at": [-4, 3]': '"count": 0'},
        ["11:12 $.teams: there is no agent; a game needs a team with count 1 or more"],
    ),
    (
        "like_circle",
        {'"at": [2, 2]': '"like": "door"', '"at": [0, 0]': '"like": "ball"'},
        ["8:23 $.things.door.like: this goes in a circle: door -> ball -> door"],
    ),
    (
        "clock_without_end",
        {'{ "of": "ball" }': '"clock"', '"time": 20, ': ""},
        ["16:24 $.teams.worker.sees[1]: a clock needs end.time"],
    ),
    (
        "formula_nested_sums",
        {
            '"= -pay * dist(self, ball)"': '"= sum(button, sum(worker, sum(ball, 1)))"',
            '"many": 3': '"many": 1000',
            '"count": 2': '"count": 1000',
        },
        [
            "20:25 $.rules.opened.when: the rules up to this one watch 1000000 pairs of instances, at most 131072 (MAX_MEETINGS)",
            "23:66 $.rewards.worker.nearer: visits 1000000 things, at most 65536 (MAX_FORMULA_WORK)",
        ],
    ),
    (
        "too_many_bodies",
        {
            '"many": 3': '"many": 1024',
            '"count": 2': '"count": 1024',
            '"mass": 2': '"count": 1024',
            '"at": [2, 2]': '"place": { "in": "world" }',
            '"at": [-4, 3]': '"place": { "in": "world" }, "count": 1024',
            '"= not open"': '"= true"',
            '"= dist(ball, door) < 1"': '"= true"',
            '"= -pay * dist(self, ball)"': '"= 1"',
            "bearing(ball)": "1",
            '"at": [0, 0]': '"count": 1024',
            '{ "of": "ball" }, ': "",
        },
        [
            "1:1 $: 5120 bodies in all, at most 4096 (MAX_BODIES)",
            "20:25 $.rules.opened.when: the rules up to this one watch 1048576 pairs of instances, at most 131072 (MAX_MEETINGS)",
        ],
    ),
    (
        "same_error_in_a_copy",
        {
            '"mass": 2': '"like": "door"',
            '"size": [0.3, 2]': '"size": [0.3, 2], "frction": 1',
            '"at": [2, 2], "radius": 0.3': '"at": [2, 2]',
        },
        ['8:63 $.things.door.frction: unknown key (did you mean "friction"?)'],
    ),
    (
        "several_at_once",
        {
            '"walls": "solid"': '"wals": "solid"',
            '"mass": 2': '"mass": -2',
            '"top_speed"': '"top_sped"',
            '{ "of": "ball" }': '{ "of": "bal" }',
            '"won": "scored"': '"won": "scord"',
            'dist(self, ball)"': 'dist(self, bll)"',
            '"door.open"': '"door.shut"',
            '{ "hear": "guide" }': '{ "hear": "guidd" }',
        },
        [
            '4:31 $.world.wals: unknown key (did you mean "walls"?)',
            "9:52 $.things.ball.mass: expected a number from 1e-06 to 1000000000 kg, got -2",
            '15:46 $.teams.worker.drive.top_sped: unknown key (did you mean "top_speed"?)',
            '16:32 $.teams.worker.sees[1].of: there is no thing or team "bal" (did you mean "ball"?)',
            '16:91 $.teams.worker.sees[3].hear: there is no team "guidd" (did you mean "guide"?)',
            '20:104 $.rules.opened.do.set.door.shut: "door" has no state variable "shut" (there is "angle_deg", "knocks", "open", "spin_deg_per_s", "surface_speed" and "velocity")',
            '23:72 $.rewards.worker.nearer: unknown name "bll" (did you mean "ball"?)',
            '24:31 $.end.won: there is no rule "scord" (did you mean "scored"?)',
        ],
    ),
]

TEXTS: list[tuple[str, str, list[str]]] = [
    ("empty", "", ["1:1 $: the file is empty; expected an object: { ... }"]),
    ("blank", "  \n\n", ["1:1 $: the file is empty; expected an object: { ... }"]),
    ("only_comment", "// nothing\n", ["1:1 $: the file is empty; expected an object: { ... }"]),
    ("open_comment", '{ /* "format": 1 }', ["1:3 $: this comment is never closed (expected */)"]),
    ("list", "[1, 2]", ["1:1 $: expected an object, got a list of 2"]),
    ("text", '"tag"', ['1:1 $: expected an object, got "tag"']),
    ("null", "null", ["1:1 $: expected an object, got null"]),
    (
        "empty_object",
        "{}",
        ['1:1 $: missing key "format"', '1:1 $: missing key "name"', '1:1 $: missing key "teams"'],
    ),
    ("not_json", "format = sandlot/1", ['1:1 $: expected a value, got "format"']),
    ("trailing_garbage", "{} {}", ['1:4 $: expected the end of the file, got "{"']),
    ("trailing_text", "{}\nthe end", ['2:1 $: expected the end of the file, got "the"']),
    (
        "never_closed",
        '{ "format": "sandlot/1"',
        ["1:24 $: expected , or }, got the end of the file (what opens at 1:1 is never closed)"],
    ),
    (
        "array_never_closed",
        '{ "a": [1, 2',
        ["1:13 $.a: expected , or ], got the end of the file (what opens at 1:8 is never closed)"],
    ),
    (
        "text_never_closed",
        '{ "format": "sandlot/1',
        ['1:13 $.format: this text is never closed (expected ")'],
    ),
    (
        "text_over_two_lines",
        '{ "format": "sand\nlot" }',
        ['1:13 $.format: this text is not closed on its line (expected ")'],
    ),
    ("no_comma", '{ "a": 1 "b": 2 }', ['1:10 $: expected , or }, got "\\""']),
    ("no_comma_in_list", '{ "a": [1 2] }', ['1:11 $.a: expected , or ], got "2"']),
    ("two_commas", '{ "a": 1,, "b": 2 }', ['1:10 $: expected a "key" or }, got ","']),
    ("no_colon", '{ "a" 1 }', ['1:7 $.a: expected : after the key, got "1"']),
    ("no_value", '{ "a": }', ['1:8 $.a: expected a value, got "}"']),
    ("bare_key", "{ a: 1 }", ['1:3 $: expected a "key" or }, got "a"']),
    ("single_quotes", "{ 'a': 1 }", ['1:3 $: expected a "key" or }, got "\'"']),
    ("single_quoted_value", "{ \"a\": 'x' }", ['1:8 $.a: expected a value, got "\'"; texts stand in " "']),
    ("python_true", '{ "a": True }', ['1:8 $.a: expected a value, got "True"; write true']),
    ("half_word", '{ "a": tru }', ['1:8 $.a: expected a value, got "tru"']),
    (
        "plus",
        '{ "a": +1 }',
        ['1:8 $.a: expected a value, got "+1"; numbers are written like 12, -0.5 or 1e3'],
    ),
    (
        "leading_zero",
        '{ "a": 01 }',
        ['1:8 $.a: expected a value, got "01"; numbers are written like 12, -0.5 or 1e3'],
    ),
    (
        "bare_point",
        '{ "a": .5 }',
        ['1:8 $.a: expected a value, got ".5"; numbers are written like 12, -0.5 or 1e3'],
    ),
    (
        "hex",
        '{ "a": 0x10 }',
        ['1:8 $.a: expected a value, got "0x10"; numbers are written like 12, -0.5 or 1e3'],
    ),
    ("unknown_escape", '{ "a": "\\q" }', ["1:9 $.a: unknown escape \\q"]),
    ("half_escape", '{ "a": "\\u12" }', ["1:9 $.a: unknown escape \\u"]),
    ("control_character", '{ "a": "\x01" }', ["1:9 $.a: control character 0x01 in a text; escape it"]),
    (
        "nan",
        '{ "a": NaN, "b": -Infinity }',
        [
            "1:8 $.a: NaN is not a number here; numbers are finite",
            "1:18 $.b: -Infinity is not a number here; numbers are finite",
        ],
    ),
    ("huge_number", '{ "a": 1e999 }', ['1:8 $.a: "1e999" is too large a number']),
    (
        "surrogate",
        '{ "a": "\\ud800" }',
        ["1:8 $.a: half a surrogate pair (\\ud800 to \\udfff) is no character"],
    ),
    (
        "duplicate_keys",
        '{ "a": 1,\n  "b": 2,\n  "a": 3 }',
        ["3:3 $.a: this key is here twice (first at 1:3)"],
    ),
    (
        "duplicates_and_a_syntax_error",
        '{ "a": 1, "a": 2, "b" }',
        ["1:11 $.a: this key is here twice (first at 1:3)", '1:23 $.b: expected : after the key, got "}"'],
    ),
    ("wrong_bracket", '{ "a": [1, 2} }', ['1:13 $.a: expected , or ], got "}"']),
]

JOINTS: list[tuple[str, str, list[str]]] = [
    ('type_missing', '{ "between": ["ball", "world"] }', [
        '24:20 $.joints.j: missing key "type" ("pin", "weld", "slider", "rope" or "spring")',
    ]),
    ('type_misspelt', '{ "type": "hinge", "between": ["ball", "world"] }', [
        '24:30 $.joints.j.type: expected "pin", "weld", "slider", "rope" or "spring", got "hinge" (there is "pin", "rope", "slider", "spring" and "weld")',
    ]),
    ('between_missing', '{ "type": "pin" }', [
        '24:20 $.joints.j: missing key "between"',
    ]),
    ('between_one', '{ "type": "pin", "between": ["ball"] }', [
        '24:48 $.joints.j.between: expected two ends ["a", "b"] or ["a", "world"], got a list of 1',
    ]),
    ('end_misspelt', '{ "type": "pin", "between": ["bal", "world"] }', [
        '24:49 $.joints.j.between[0]: there is no thing or team "bal" (did you mean "ball"?)',
    ]),
    ('end_index', '{ "type": "pin", "between": ["ball.1", "world"] }', [
        '24:48 $.joints.j.between: there is no "ball.1": there is 1 "ball"',
    ]),
    ('end_odd', '{ "type": "pin", "between": ["ball.-1", "world"] }', [
        '24:48 $.joints.j.between: expected a kind, "kind.0", "kind.last" or "world", got "ball.-1"',
    ]),
    ('world_to_world', '{ "type": "pin", "between": ["world", "world"] }', [
        '24:48 $.joints.j.between: it joins the world to itself',
    ]),
    ('to_itself', '{ "type": "pin", "between": ["ball.0", "ball"] }', [
        '24:48 $.joints.j.between: it joins a "ball" to itself',
    ]),
    ('counts', '{ "type": "rope", "between": ["worker", "button"] }', [
        '24:49 $.joints.j.between: it joins 2 "worker" to 3 "button"; give as many of both, or one ("worker.0")',
    ]),
    ('nothing_moves', '{ "type": "pin", "between": ["door", "world"] }', [
        '24:48 $.joints.j.between: it joins nothing that moves; one end must be dynamic',
    ]),
    ('at_and_anchor', '{ "type": "pin", "between": ["ball", "world"], "at": [0, 0], "anchor_a": [0, 0] }', [
        '24:93 $.joints.j.anchor_a: at and anchor_a exclude each other',
    ]),
    ('two_points', '{ "type": "pin", "between": ["ball", "world"], "at": [[0, 0], [1, 0]] }', [
        '24:73 $.joints.j.at: 2 points for 1 joint; give one for each, or one for all',
    ]),
    ('anchors_apart', '{ "type": "weld", "between": ["ball", "door"], "anchor_a": [0, 0], "anchor_b": [0.1, 0] }', [
        '24:99 $.joints.j.anchor_b: ball.0 and door.0: the two anchors start 2.76 m apart, and it holds them together',
    ]),
    ('rope_too_short', '{ "type": "rope", "between": ["ball", "door"], "length": 2 }', [
        '24:20 $.joints.j: ball.0 and door.0 start 2.83 m apart, and it is at most 2 m long',
    ]),
    ('rope_too_long', '{ "type": "rope", "between": ["ball", "door"], "min_length": 3, "length": 4 }', [
        '24:20 $.joints.j: ball.0 and door.0 start 2.83 m apart, and it is at least 3 m long',
    ]),
    ('rope_to_world', '{ "type": "rope", "between": ["ball", "world"] }', [
        '24:20 $.joints.j: missing key "anchor_b" (where in the world it is fastened)',
    ]),
    ('min_above_max', '{ "type": "spring", "between": ["ball", "door"], "min_length": 3, "max_length": 2 }', [
        '24:83 $.joints.j.min_length: min_length 3 above max_length 2',
    ]),
    ('limits_turned', '{ "type": "pin", "between": ["ball", "world"], "angle_deg": [30, -30] }', [
        '24:80 $.joints.j.angle_deg: expected [low, high], got low 30 above high -30',
    ]),
    ('no_axis', '{ "type": "slider", "between": ["ball", "world"], "axis": [0, 0] }', [
        '24:78 $.joints.j.axis: expected a direction, got [0, 0]',
    ]),
    ('motor_key', '{ "type": "pin", "between": ["ball", "world"], "motor": { "speed": 3, "max_torque": 1 } }', [
        '24:78 $.joints.j.motor.speed: unknown key (there is "max_torque" and "speed_deg_per_s")',
    ]),
    ('motor_weak', '{ "type": "slider", "between": ["ball", "world"], "motor": { "speed": 3 } }', [
        '24:79 $.joints.j.motor: missing key "max_force"',
    ]),
    ('other_types_key', '{ "type": "weld", "between": ["ball", "world"], "angle_deg": [0, 1] }', [
        '24:68 $.joints.j.angle_deg: unknown key (there is "anchor_a", "anchor_b", "at", "between", "breaks_at", "collide", "damping_ratio", "hertz" and "type")',
    ]),
    ('damping', '{ "type": "spring", "between": ["ball", "door"], "damping_ratio": -1 }', [
        '24:86 $.joints.j.damping_ratio: expected a number from 0 to 100, got -1',
    ]),
]  # fmt: skip
"""A joint `j` in BASE, and every line of the answer."""
AROUND_JOINTS: list[tuple[str, str, str, list[str]]] = [
    ('motor_twice', '"drive": { "type": "tank", "accel": 5, "top_speed": 2 }', '"drive": { "type": "motor", "joints": ["say", "j", "j"] }', [
        '15:46 $.teams.worker.drive.joints[0]: an action is called "say"; give the joint another name',
        '15:53 $.teams.worker.drive.joints[1]: "j" has no motor to drive',
        '15:58 $.teams.worker.drive.joints[2]: "j" is driven already',
        '27:29 $.baseline.worker.forward: no action of "worker" is called "forward"; it has "say" and "j"',
        '27:47 $.baseline.worker.turn: no action of "worker" is called "turn"; it has "say" and "j"',
    ]),
    ('motor_less', '"drive": { "type": "tank", "accel": 5, "top_speed": 2 }', '"drive": { "type": "motor", "joints": ["j"] }', [
        '15:46 $.teams.worker.drive.joints[0]: "j" has no motor to drive',
        '27:29 $.baseline.worker.forward: no action of "worker" is called "forward"; it has "j"',
        '27:47 $.baseline.worker.turn: no action of "worker" is called "turn"; it has "j"',
    ]),
    ('motor_unknown', '"drive": { "type": "tank", "accel": 5, "top_speed": 2 }', '"drive": { "type": "motor", "joints": ["k"] }', [
        '15:46 $.teams.worker.drive.joints[0]: there is no joint "k" (there is "j")',
        '27:29 $.baseline.worker.forward: no action of "worker" is called "forward"; it has "k"',
        '27:47 $.baseline.worker.turn: no action of "worker" is called "turn"; it has "k"',
    ]),
    ('motor_no_joints', '"drive": { "type": "tank", "accel": 5, "top_speed": 2 }', '"drive": { "type": "motor" }', [
        '15:16 $.teams.worker.drive: missing key "joints"',
    ]),
    ('hands_kinds', '"radius": 0.3, "place": { "in": "world", "gap": 0.1 }', '"radius": 0.3, "hands": { "grabs": ["ball", "bal", "button"] }', [
        '14:63 $.teams.worker.hands.grabs[1]: there is no thing or team "bal" (did you mean "ball"?)',
        '14:70 $.teams.worker.hands.grabs[2]: "button" is a sensor: there is nothing to grab',
    ]),
    ('hands_no_kinds', '"radius": 0.3, "place": { "in": "world", "gap": 0.1 }', '"radius": 0.3, "hands": { "reach": 1 }', [
        '14:43 $.teams.worker.hands: missing key "grabs"',
    ]),
    ('hands_state', '"radius": 0.3, "place": { "in": "world", "gap": 0.1 }', '"radius": 0.3, "state": { "holding": 1 }, "hands": { "grabs": ["ball"] }', [
        '14:45 $.teams.worker.state.holding: the name is taken: hands make "holding" a field of "worker"',
    ]),
    ('breaks_unknown', '"touch": ["worker", "button"], "if": "= button == right"', '"breaks": "k"', [
        '20:37 $.rules.opened.when.breaks: there is no joint "k" (there is "j")',
    ]),
    ('grabs_handless', '"touch": ["worker", "button"], "if": "= button == right"', '"grabs": ["worker", "ball"]', [
        '20:37 $.rules.opened.when.grabs[0]: "worker" grabs nothing (no "hands")',
    ]),
    ('break_unknown', '"set": { "door.open": true }', '"break": "k"', [
        '20:104 $.rules.opened.do.break[0]: there is no joint "k" (there is "j")',
    ]),
    ('sense_field', '{ "hear": "guide" }', '{ "joint": "j", "fields": ["angl"] }', [
        '16:109 $.teams.worker.sees[3].fields[0]: "j" has no field "angl" to see (did you mean "angle"?)',
    ]),
    ('held_by_nobody', '{ "of": "ball" }', '{ "of": "ball", "fields": ["held"] }', [
        '16:51 $.teams.worker.sees[1].fields[0]: "ball" has no field "held" to see (there is "alive", "distance", "heading", "motion", "offset", "radius", "said" and "velocity")',
    ]),
    ('formula_field', '"= -pay * dist(self, ball)"', '"= j.angle"', [
        '23:54 $.rewards.worker.nearer: "j", a pin, has no field "angle" (did you mean "angle_deg"?)',
    ]),
    ('formula_joint', '"= -pay * dist(self, ball)"', '"= j + 1"', [
        '23:54 $.rewards.worker.nearer: "j" is a joint; say j.force, j.broken, ...',
    ]),
    ('formula_holding', '"= -pay * dist(self, ball)"', '"= 1 if self.holding else 0"', [
        '23:59 $.rewards.worker.nearer: "worker" has no field "holding"',
    ]),
]  # fmt: skip
"""What is replaced in BASE with a sound joint `j`, and every line of the answer."""


def answer(text: str) -> list[str]:
    """Return the lines of the error, and check that it came at once."""
    started = time.perf_counter()
    with pytest.raises(ScenarioError) as caught:
        loads(text, "game.json")
    assert time.perf_counter() - started < 1
    places = [(problem.line, problem.column) for problem in caught.value.problems]
    assert places == sorted(places)
    return [line.removeprefix("game.json:") for line in str(caught.value).split("\n")]


def test_the_base_is_fine() -> None:
    assert loads(BASE).agents == ["guide_0", "worker_0", "worker_1"]


@pytest.mark.parametrize(
    ("old", "new", "lines"), [case[1:] for case in EDITS], ids=[case[0] for case in EDITS]
)
def test_one_mistake(old: str, new: str, lines: list[str]) -> None:
    assert BASE.count(old) == 1
    assert answer(BASE.replace(old, new)) == lines


def with_joint(joint: str) -> str:
    return BASE.replace('  "end": {', f'  "joints": {{ "j": {joint} }},\n  "end": {{')


@pytest.mark.parametrize(("joint", "lines"), [case[1:] for case in JOINTS], ids=[case[0] for case in JOINTS])
def test_joints(joint: str, lines: list[str]) -> None:
    assert answer(with_joint(joint)) == lines


@pytest.mark.parametrize(("old", "new", "lines"), [case[1:] for case in AROUND_JOINTS], ids=[case[0] for case in AROUND_JOINTS])
def test_around_joints(old: str, new: str, lines: list[str]) -> None:
    text = with_joint('{ "type": "pin", "between": ["ball", "world"] }')
    assert text.count(old) == 1
    assert loads(text)
    assert answer(text.replace(old, new)) == lines


@pytest.mark.parametrize(
    ("edits", "lines"), [case[1:] for case in SPECIAL], ids=[case[0] for case in SPECIAL]
)
def test_more_edits(edits: dict[str, str], lines: list[str]) -> None:
    text = BASE
    for old, new in edits.items():
        assert old in text
        text = text.replace(old, new)
    assert answer(text) == lines


@pytest.mark.parametrize(("text", "lines"), [case[1:] for case in TEXTS], ids=[case[0] for case in TEXTS])
def test_whole_text(text: str, lines: list[str]) -> None:
    assert answer(text) == lines


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 10_000_000, "1:1 $: the text is too long: 10000000 characters, at most 1048576 (MAX_TEXT)"),
        ('{"a":' * 65 + "1", f"1:321 ${'.a' * 64}: nested deeper than 64 levels (MAX_NESTING)"),
        ("[" * 1_000_000, f"1:65 ${'[0]' * 64}: nested deeper than 64 levels (MAX_NESTING)"),
        ('"' + "\\" * 999_999, '1:1 $: this text is never closed (expected ")'),
        ("/* " * 300_000, "1:1 $: this comment is never closed (expected */)"),
        ("1" * 1_000_000, f'1:1 $: "{"1" * 37}..." is too large a number'),
        ("[" + "0," * 500_000 + "]", "1:100000 $[49999]: more than 50000 values (MAX_VALUES)"),
    ],
    ids=["brackets_10_mb", "deep_objects", "brackets", "backslashes", "comments", "digits", "wide_list"],
)
def test_bombs_answer_at_once(text: str, message: str) -> None:
    assert answer(text) == [message]


@pytest.mark.parametrize(
    ("formula", "column", "message"),
    [
        ("1" + " + 1" * 600, 52, "2403 characters, at most 2000 (MAX_FORMULA_TEXT)"),
        ("time" + "+time" * 299, 54, "more than 512 operations (MAX_FORMULA_NODES)"),
        ("-" * 129 + "1", 182, "deeper than 128 operations (MAX_FORMULA_DEPTH)"),
        ("-" * 1900 + "1", 182, "deeper than 128 operations (MAX_FORMULA_DEPTH)"),
        ("(" * 900 + "1" + ")" * 900, 118, "formulas don't go 64 brackets deep"),
    ],
    ids=["long", "many", "deep", "minuses", "brackets"],
)
def test_formula_bombs_answer_at_once(formula: str, column: int, message: str) -> None:
    text = BASE.replace("= -pay * dist(self, ball)", f"= {formula}")
    assert answer(text) == [f"23:{column} $.rewards.worker.nearer: {message}"]


def test_many_duplicate_keys_stop_early() -> None:
    lines = answer("{" + '"a":1,' * 100_000 + "}")
    assert len(lines) == 100


@pytest.mark.parametrize(
    ("key", "count", "message"),
    [
        ("things", 70, "11:12 $.teams: 75 kinds of things and teams, at most 64 (MAX_KINDS)"),
        ("rules", 130, "19:12 $.rules: 132 entries, at most 128 (MAX_RULES)"),
        ("params", 70, "3:13 $.params: 73 entries, at most 64 (MAX_PARAMS)"),
        ("draw", 70, "5:11 $.draw: 71 entries, at most 64 (MAX_DRAWS)"),
    ],
)
def test_too_many_entries(key: str, count: int, message: str) -> None:
    one = {
        "things": '{ "count": 0 }',
        "rules": '{ "when": "= true" }',
        "params": "1",
        "draw": '{ "one_of": [1] }',
    }
    entries = "".join(f'"more_{i}": {one[key]}, ' for i in range(count))
    assert answer(BASE.replace(f'"{key}": {{', f'"{key}": {{ {entries}', 1)) == [message]


def test_named_formulas() -> None:
    """What is wrong in one is said there, and not again where it is used; what it means there is said there."""
    named = '"let": { "pay": "= 1", "near": "= (1 + 2", "far": "= dist(self, bal)", "room": 3 }, "rules": {'
    text = BASE.replace('"rules": {', named, 1).replace("= -pay * dist(self, ball)", "= near + 1", 1)
    assert answer(text) == [
        "19:12 $.let.pay: the name is taken ($.params.pay); formulas see both",
        "19:37 $.let.near: this ( is never closed",
        "19:82 $.let.room: expected a text, got 3",
    ]
    many = ", ".join(f'"more_{i}": "= {i}"' for i in range(65))
    assert answer(BASE.replace('"rules": {', f'"let": {{ {many} }}, "rules": {{', 1)) == ["19:10 $.let: 65 entries, at most 64 (MAX_LET)"]
    far = BASE.replace('"rules": {', '"let": { "far": "= dist(self, bal)" }, "rules": {', 1).replace("= -pay * dist(self, ball)", "= 1 - far", 1)
    assert answer(far)[0].endswith('in "far": unknown name "bal" (did you mean "ball"?)')


def test_every_problem_of_a_long_list_is_counted() -> None:
    keys = "".join(f'"oops{i}": 1, ' for i in range(150))
    lines = answer(BASE.replace('"rules": {', f'"rules": {{ {keys}', 1))
    assert len(lines) == 101
    assert lines[-1] == "... and 50 more"


# Files ---------------------------------------------------------------------------------------


def file_answer(path: Path) -> str:
    with pytest.raises(ScenarioError) as caught:
        load(path)
    return str(caught.value).replace(str(path.parent), "DIR")


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(b'{\n  "about": "caf\xe9" }')
    assert file_answer(path) == "DIR/bad.json:2:16 $: not UTF-8 text (byte 0xe9); save the file as UTF-8"
    path.write_bytes(b"\xff\xfe{\x00}\x00")
    assert file_answer(path) == "DIR/bad.json:1:1 $: not UTF-8 text (byte 0xff); save the file as UTF-8"


def test_byte_order_mark_is_fine(tmp_path: Path) -> None:
    path = tmp_path / "bom.json"
    path.write_bytes(b"\xef\xbb\xbf" + BASE.encode())
    assert load(path).name == "test"
    path.write_bytes(b"\xef\xbb\xbf{ a }")
    assert file_answer(path) == 'DIR/bom.json:1:3 $: expected a "key" or }, got "a"'


def test_files_that_are_not_there(tmp_path: Path) -> None:
    assert (
        file_answer(tmp_path / "no.json") == "DIR/no.json $: can't read the file: no such file or directory"
    )
    (tmp_path / "folder.json").mkdir()
    assert file_answer(tmp_path / "folder.json") == "DIR/folder.json $: can't read the file: is a directory"
    with pytest.raises(ScenarioError, match="null"):
        load("a\0b.json")


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.json"
    path.write_bytes(b"[" * 10_000_000)
    assert file_answer(path) == (
        "DIR/huge.json:1:1 $: the text is too long: more than 4194304 bytes, at most 1048576 (MAX_TEXT)"
    )


def test_unknown_library_game() -> None:
    with pytest.raises(ScenarioError, match='there is no library game "no_such_game"'):
        load("no_such_game")


@pytest.mark.parametrize(
    ("link", "message"),
    [
        ('"../secret.json"', '"../secret.json" leads out of the folder of this file'),
        ('"/etc/passwd.json"', 'expected a path relative to this file, got "/etc/passwd.json"'),
        ('"https://x.org/a.json"', 'expected a path relative to this file, got "https://x.org/a.json"'),
        ('"..\\\\secret.json"', 'expected a path relative to this file, got "..\\\\secret.json"'),
        ('"link.json"', '"link.json" leads out of the folder of this file'),
        ('"sub/../../secret.json"', '"sub/../../secret.json" leads out of the folder of this file'),
        ('"bse.json"', 'there is no file "bse.json" (did you mean "base.json"?)'),
        ('"a\\u0000.json"', 'expected a path relative to this file, got "a\\u0000.json"'),
        ('"game.json"', "this goes in a circle: game.json -> game.json"),
        ('"loop.json"', "this goes in a circle: game.json -> loop.json -> game.json"),
        ('"no_such_game"', 'there is no library game "no_such_game"'),
        ('""', 'expected the name of a game or a path, got ""'),
        ("3", "expected the name of a game or a path, got 3"),
        ('"list.json"', "expected an object, got a list of 1"),
    ],
)
def test_extends_stays_in_its_folder(tmp_path: Path, link: str, message: str) -> None:
    (tmp_path / "secret.json").write_text(BASE)
    folder = tmp_path / "games"
    folder.mkdir()
    (folder / "link.json").symlink_to(tmp_path / "secret.json")
    (folder / "base.json").write_text(BASE)
    (folder / "loop.json").write_text('{ "extends": "game.json" }')
    (folder / "list.json").write_text("[1]")
    path = folder / "game.json"
    path.write_text(f'{{ "extends": {link} }}')
    assert message in file_answer(path)


def test_extends_chain_is_bounded(tmp_path: Path) -> None:
    for index in range(20):
        (tmp_path / f"g{index}.json").write_text(f'{{ "extends": "g{index + 1}.json" }}')
    assert (
        file_answer(tmp_path / "g0.json")
        == "DIR/g7.json:1:14 $.extends: a chain of more than 8 files (MAX_EXTENDS)"
    )


def test_a_text_extends_library_games_only() -> None:
    assert answer('{ "extends": "base.json" }') == [
        '1:14 $.extends: a text without a file can only extend library games, got "base.json"'
    ]


def test_problems_point_into_the_file_they_stand_in(tmp_path: Path) -> None:
    (tmp_path / "base.json").write_text(BASE.replace('"mass": 2', '"mass": -2'))
    (tmp_path / "game.json").write_text('{ "extends": "base.json",\n  "end": { "tim": 3 } }')
    assert file_answer(tmp_path / "game.json") == (
        "DIR/base.json:9:52 $.things.ball.mass: expected a number from 1e-06 to 1000000000 kg, got -2\n"
        "DIR/game.json:2:19 $.end.tim: expected a name, got 3"
    )


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"mny": 3}, '3:13 $.params: there is no param "mny" (did you mean "many"?)'),
        ({"pay": 3}, "3:47 $.params.pay: expected at most 2, got 3"),
        ({"pay": True}, "3:47 $.params.pay: set from outside: expected a finite number, got true"),
        ({"hint": 1}, "3:34 $.params.hint: set from outside: expected true or false, got 1"),
        ({"many": "4"}, '3:23 $.params.many: set from outside: expected a finite number, got "4"'),
        ({"many": float("nan")}, "3:23 $.params.many: set from outside: expected a finite number, got nan"),
        (
            {"many": 2.5},
            "7:26 $.things.button.count: expected a whole number from 0 to 1024 (MAX_COUNT), got 2.5",
        ),
        (
            {"many": 5000},
            "7:26 $.things.button.count: expected a whole number from 0 to 1024 (MAX_COUNT), got 5000",
        ),
    ],
)
def test_params_from_outside(params: dict[str, object], message: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        loads(BASE, "game.json", **params)
    assert str(caught.value) == f"game.json:{message}"


def test_no_word_of_pydantic_gets_out() -> None:
    for case in EDITS:
        for line in case[3]:
            for word in (
                "validation error",
                "Input should",
                "pydantic",
                "something else",
                "<",
                "Extra inputs",
            ):
                assert word not in line.replace("left <", "").replace("bottom <", "").replace(
                    "a <", ""
                ).replace("b <", "")
