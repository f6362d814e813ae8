"""Broken scenarios: formulas that don't read, or mean nothing where they stand, and the exact words about it."""

import pytest
from broken import BASE, answer, answer_to, cases

EDITS: list[tuple[str, str, str, list[str]]] = [
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
        "when_not_truth",
        '"= dist(ball, door) < 1"',
        '"= dist(ball, door)"',
        ["21:28 $.rules.scored.when: expected true or false, got a number; compare it with something"],
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
        "reward_rule_as_formula",
        '"opened": 1',
        '"opened": "= 1"',
        ['23:38 $.rewards.worker.opened: "opened" is a rule, so it is paid a number; give the formula a new name'],
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
        "score_self",
        '"= count(opened)"',
        '"= self.x"',
        ['25:27 $.score.worker: there is no "self" here: a score belongs to the whole team'],
    ),
    (
        "baseline_type",
        '"forward": "= 1"',
        '"forward": "= toward(ball)"',
        ["26:43 $.baseline.worker.forward: expected a number, got a vector"],
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
        ['23:65 $.rewards.worker.nearer: "button" is 3 things; say nearest(button), or use it inside sum(button, ...)'],
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
        ['23:54 $.rewards.worker.nearer: "[" is not in the language; there are no lists; a vector is vec(x, y)'],
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
"""What is replaced in BASE, and every line of the answer (without the name of the file)."""

SEVERAL: list[tuple[str, dict[str, str], list[str]]] = [
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
]
"""Several replacements."""


@pytest.mark.parametrize(("old", "new", "lines"), cases(EDITS))
def test_one_mistake(old: str, new: str, lines: list[str]) -> None:
    assert answer_to({old: new}, once=True) == lines


@pytest.mark.parametrize(("edits", "lines"), cases(SEVERAL))
def test_more_edits(edits: dict[str, str], lines: list[str]) -> None:
    assert answer_to(edits) == lines


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
    far = BASE.replace('"rules": {', '"let": { "far": "= dist(self, bal)" }, "rules": {', 1).replace(
        "= -pay * dist(self, ball)", "= 1 - far", 1
    )
    assert answer(far)[0].endswith('in "far": unknown name "bal" (did you mean "ball"?)')
