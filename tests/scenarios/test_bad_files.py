"""Files that can't be read, that lead elsewhere or in a circle, and params from outside that don't fit: the exact words."""

from pathlib import Path

import pytest
from broken import BASE, answer, file_answer

from sandlot.scenarios import ScenarioError, load, loads


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
    assert file_answer(tmp_path / "no.json") == "DIR/no.json $: can't read the file: no such file or directory"
    (tmp_path / "folder.json").mkdir()
    assert file_answer(tmp_path / "folder.json") == "DIR/folder.json $: can't read the file: is a directory"
    with pytest.raises(ScenarioError, match="null"):
        load("a\0b.json")


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.json"
    path.write_bytes(b"[" * 10_000_000)
    assert file_answer(path) == ("DIR/huge.json:1:1 $: the text is too long: more than 4194304 bytes, at most 1048576 (MAX_TEXT)")


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
    assert file_answer(tmp_path / "g0.json") == "DIR/g7.json:1:14 $.extends: a chain of more than 8 files (MAX_EXTENDS)"


def test_a_text_extends_library_games_only() -> None:
    assert answer('{ "extends": "base.json" }') == ['1:14 $.extends: a text without a file can only extend library games, got "base.json"']


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
