"""Broken scenarios: joints, and what speaks of them; the exact words."""

import pytest
from broken import BASE, answer, cases

from sandlot.scenarios import loads

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


def with_joint(joint: str) -> str:
    return BASE.replace('  "end": {', f'  "joints": {{ "j": {joint} }},\n  "end": {{')


@pytest.mark.parametrize(("joint", "lines"), cases(JOINTS))
def test_joints(joint: str, lines: list[str]) -> None:
    assert answer(with_joint(joint)) == lines


@pytest.mark.parametrize(("old", "new", "lines"), cases(AROUND_JOINTS))
def test_around_joints(old: str, new: str, lines: list[str]) -> None:
    text = with_joint('{ "type": "pin", "between": ["ball", "world"] }')
    assert text.count(old) == 1
    assert loads(text)
    assert answer(text.replace(old, new)) == lines
