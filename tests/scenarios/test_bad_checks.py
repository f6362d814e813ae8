"""Broken scenarios: what the parts of a game say of each other, and the exact words where they don't fit."""

import pytest
from broken import BASE, answer, answer_to, cases

EDITS: list[tuple[str, str, str, list[str]]] = [
    (
        "mass_and_density",
        '"mass": 2',
        '"mass": 2, "density": 1',
        ["9:66 $.things.ball.density: mass and density exclude each other"],
    ),
    (
        "count_unknown_param",
        '"count": 2',
        '"count": "$worker"',
        ['14:16 $.teams.worker.count: there is no param "worker" (there is "hint", "many" and "pay")'],
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
        ["8:78 $.things.door.vertices[2]: the polygon is not convex here (corners in order, none on a straight line)"],
    ),
    (
        "polygon_star",
        '"shape": "box", "size": [0.3, 2]',
        '"shape": "polygon", "vertices": [[0, 1], [-0.59, -0.81], [0.95, 0.31], [-0.95, 0.31], [0.59, -0.81]]',
        ["8:62 $.things.door.vertices[0]: the polygon is not convex here (corners in order, none on a straight line)"],
    ),
    (
        "polygon_flat",
        '"shape": "box", "size": [0.3, 2]',
        '"shape": "polygon", "vertices": [[0, 0], [1, 0], [2, 0]]',
        ["8:62 $.things.door.vertices[0]: the polygon is not convex here (corners in order, none on a straight line)"],
    ),
    (
        "polygon_same_corner",
        '"shape": "box", "size": [0.3, 2]',
        '"shape": "polygon", "vertices": [[0, 0], [1, 0], [1, 0], [0, 1]]',
        ["8:78 $.things.door.vertices[2]: two corners closer than 0.005 m"],
    ),
    (
        "state_name_taken",
        '"knocks": 0',
        '"radius": 0',
        ['8:89 $.things.door.state.radius: "radius" is a field of every thing; choose another name'],
    ),
    (
        "collides_unknown",
        '"mass": 2',
        '"collides_with": ["wall"]',
        ['9:62 $.things.ball.collides_with[0]: there is no thing or team "wall" (did you mean "walls"?)'],
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
        ['14:43 $.teams.worker.place: a place needs one of "in", "row" or "ring", got "inn" (did you mean "in"?)'],
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
        ["14:61 $.teams.worker.place.in.rect: expected [left, bottom, right, top] with left < right and bottom < top"],
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
        ['14:43 $.teams.worker.place: "worker" does not fit: radius 0.3 m with gap 5 m, but the world is only 8 m wide'],
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
        ["7:97 $.things.button.place.row[1]: [40, -3] is outside the world (x from -5 to 5, y from -4 to 4 m)"],
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
        "drive_of_static",
        '"says": { "symbols": 3 }',
        '"drive": { "type": "walk" }, "says": { "symbols": 3 }',
        ["12:73 $.teams.guide.drive: a static body can't be driven; its body must be dynamic or kinematic"],
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
        "sees_ray_kind",
        '["door", "walls"]',
        '["door", "wals"]',
        ['16:70 $.teams.worker.sees[2].of[1]: there is no thing or team "wals" (did you mean "walls"?)'],
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
        "state_sense",
        '{ "of": "ball" }',
        '{ "state": "door" }',
        ['16:35 $.teams.worker.sees[1].state: expected "kind.variable", got "door"'],
    ),
    (
        "state_sense_unknown",
        '{ "of": "ball" }',
        '{ "state": "door.shut" }',
        ['16:35 $.teams.worker.sees[1].state: "door" has no state variable "shut" (there is "knocks" and "open")'],
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
        "name_taken",
        '"scored": {',
        '"ball": {',
        [
            "21:5 $.rules.ball: the name is taken ($.things.ball); formulas see both",
            '24:31 $.end.won: there is no rule "scored" (there is "ball" and "opened")',
        ],
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
        "when_symbol",
        '"touch": ["worker", "button"], "if": "= button == right"',
        '"hears": "guide", "symbol": 3',
        ['20:55 $.rules.opened.when.symbol: "guide" has symbols 0 to 2, got 3'],
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
        "end_unknown",
        '"won": "scored"',
        '"won": "scord"',
        ['24:31 $.end.won: there is no rule "scord" (did you mean "scored"?)'],
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
        "param_below_min",
        '"default": 0.5',
        '"default": -1',
        ["3:60 $.params.pay: expected at least 0, got -1"],
    ),
]
"""What is replaced in BASE, and every line of the answer (without the name of the file)."""

SEVERAL: list[tuple[str, dict[str, str], list[str]]] = [
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
]
"""Several replacements."""


@pytest.mark.parametrize(("old", "new", "lines"), cases(EDITS))
def test_one_mistake(old: str, new: str, lines: list[str]) -> None:
    assert answer_to({old: new}, once=True) == lines


@pytest.mark.parametrize(("edits", "lines"), cases(SEVERAL))
def test_more_edits(edits: dict[str, str], lines: list[str]) -> None:
    assert answer_to(edits) == lines


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
