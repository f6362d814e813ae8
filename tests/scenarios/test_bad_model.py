"""Broken scenarios: what each key of a section can be, and the exact words where it is something else."""

import pytest
from broken import BASE, answer, answer_to, cases

from sandlot.scenarios import loads

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
        ['15:46 $.teams.worker.drive.zzz: unknown key (there is "accel", "reverse", "top_speed", "turn_deg_per_s" and "type")'],
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
        ['9:52 $.things.ball.mass: expected a number from 1e-06 to 1000000000 kg, got "= 1 + 1" (formulas don\'t work here)'],
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
        ['9:52 $.things.ball.mass: expected {"uniform": [low, high]}, {"normal": [mean, std]} or {"one_of": [numbers]}, got two of them'],
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
        ['9:53 $.things.ball.color: expected a CSS colour name or #rrggbb, got "crimsn" (did you mean "crimson"?)'],
    ),
    (
        "state_list",
        '"knocks": 0',
        '"knocks": []',
        ['8:99 $.things.door.state.knocks: expected a number, true or false, or {"default", "min", "max"}, got an empty list'],
    ),
    (
        "collides_text",
        '"mass": 2',
        '"collides_with": "walls"',
        ['9:61 $.things.ball.collides_with: expected a list of names, got "walls"'],
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
        "drive_key_of_other",
        '"accel": 5',
        '"thrust_accel": 5',
        ['15:34 $.teams.worker.drive.thrust_accel: unknown key (there is "accel", "reverse", "top_speed", "turn_deg_per_s" and "type")'],
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
        ['16:16 $.teams.worker.sees[0]: expected "self", "touch" or "clock" or an object, got "slef" (did you mean "self"?)'],
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
        "sees_too_many_rays",
        '"rays": 8',
        '"rays": 1000',
        ["16:52 $.teams.worker.sees[2].rays: expected a whole number from 1 to 128 (MAX_RAYS), got 1000"],
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
        "know_if_text",
        '"if": "$hint"',
        '"if": "yes"',
        ['12:132 $.teams.guide.sees[1].if: expected true or false, got "yes"'],
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
        "when_near_without",
        '"touch": ["worker", "button"]',
        '"near": ["worker", "button"]',
        ['20:25 $.rules.opened.when: near needs "within" (metres)'],
    ),
    (
        "when_number",
        '"when": "= dist(ball, door) < 1"',
        '"when": 3',
        ['21:25 $.rules.scored.when: expected an event like {"touch": ["a", "b"]} or a formula, got 3'],
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
        "reward_list",
        '"opened": 1',
        '"opened": [1]',
        ['23:38 $.rewards.worker.opened: expected a number, a formula or {"progress": "= ..."}, got a list of 1'],
    ),
    (
        "end_time_zero",
        '"time": 20',
        '"time": 0',
        ["24:20 $.end.time: expected a number from 0.001 to 1000000 s, got 0"],
    ),
    (
        "param_text",
        '"many": 3',
        '"many": "3"',
        ['3:23 $.params.many: expected a number, true, false or {"default": ...}, got "3"'],
    ),
    (
        "param_unknown_key",
        '"min": 0',
        '"mni": 0',
        ['3:65 $.params.pay.mni: unknown key (did you mean "min"?)'],
    ),
]
"""What is replaced in BASE, and every line of the answer (without the name of the file)."""

SEVERAL: list[tuple[str, dict[str, str], list[str]]] = [
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
"""Several replacements."""


@pytest.mark.parametrize(("old", "new", "lines"), cases(EDITS))
def test_one_mistake(old: str, new: str, lines: list[str]) -> None:
    assert answer_to({old: new}, once=True) == lines


@pytest.mark.parametrize(("edits", "lines"), cases(SEVERAL))
def test_more_edits(edits: dict[str, str], lines: list[str]) -> None:
    assert answer_to(edits) == lines


def test_the_base_is_fine() -> None:
    assert loads(BASE).agents == ["guide_0", "worker_0", "worker_1"]


def test_every_problem_of_a_long_list_is_counted() -> None:
    keys = "".join(f'"oops{i}": 1, ' for i in range(150))
    lines = answer(BASE.replace('"rules": {', f'"rules": {{ {keys}', 1))
    assert len(lines) == 101
    assert lines[-1] == "... and 50 more"
