"""The command line as people meet it: what it prints and writes, its exit codes, and no traceback ever."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from sandlot.agents.cli import main as cli
from sandlot.agents.cli import watch as cli_watch
from sandlot.scenarios import load, names, starter_text


@dataclass
class Ran:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def _no_display(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for variable in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def sandlot(capsys: pytest.CaptureFixture[str]):
    """Run a command in this process, through the same door as the shell's."""

    def run(*arguments: str) -> Ran:
        capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            cli.main(list(arguments))
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return Ran(int(stop.value.code or 0), said.out, said.err)

    return run


def in_shell(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")}
    return subprocess.run(
        [sys.executable, "-m", "sandlot", *arguments],
        capture_output=True,
        text=True,
        env={**clean, **env},
        timeout=300,
        check=False,
    )


# --- asking ---------------------------------------------------------------------------------------


def test_list_names_every_game(sandlot) -> None:
    ran = sandlot("list")
    assert ran.code == 0
    for name in names():
        assert f"\n{name} " in ran.out


@pytest.mark.parametrize("name", names())
def test_show_says_what_is_in_it(sandlot, name: str) -> None:
    game = load(name)
    ran = sandlot("show", name)
    assert ran.code == 0
    assert all(word in ran.out for word in [*game.things, *game.teams, *game.rules])


def test_show_obs_names_every_number(sandlot) -> None:
    ran = sandlot("show", "tag", "--obs", "--set", "chasers=2")
    assert ran.code == 0
    assert "chaser: " in ran.out
    assert "self.position.x" in ran.out
    assert "self.velocity.y" in ran.out


def test_show_says_what_varies(sandlot) -> None:
    ran = sandlot("show", "tag", "--vary", "shaping=0:0.5")
    assert ran.code == 0
    assert '{"uniform": [0.0, 0.5]}' in ran.out
    assert '{"one_of": [0.0, 0.5]}' in sandlot("show", "tag", "--vary", "shaping=0,0.5").out


def test_show_full_loads_again(sandlot, tmp_path: Path) -> None:
    ran = sandlot("show", "soccer", "--full")
    (tmp_path / "again.json").write_text(ran.out, encoding="utf-8")
    assert sandlot("check", "again.json").code == 0


def test_help_and_version(sandlot) -> None:
    assert "Commands:" in sandlot("--help").out
    assert "Commands:" in sandlot().out
    assert sandlot().code == 0
    assert sandlot("--version").out.startswith("sandlot ")


def test_doctor_says_how_it_is(sandlot) -> None:
    ran = sandlot("doctor")
    assert ran.code == 0
    for word in ("python", "llvmlite", "display", "none", "cache", "kernels", "tag"):
        assert word in ran.out


def test_doctor_gives_the_install_line_of_an_extra(sandlot, monkeypatch: pytest.MonkeyPatch) -> None:
    from sandlot.agents.cli import doctor as cli_doctor

    monkeypatch.setattr(cli_doctor, "extras", lambda: {"fancy": ["no-such-package", "numpy"]})
    assert 'pip install "sandlot[fancy]"' in sandlot("doctor").out


def test_warmup_leaves_nothing_to_compile(sandlot) -> None:
    assert sandlot("warmup").code == 0
    assert "compiled already" in sandlot("warmup").out


# --- writing --------------------------------------------------------------------------------------


def test_new_writes_a_game_that_plays(sandlot, tmp_path: Path) -> None:
    ran = sandlot("new", "my-game.json")
    assert ran.code == 0
    assert load(tmp_path / "my-game.json").name == "my_game"
    assert (tmp_path / "scenario.schema.json").is_file()
    assert sandlot("check", "my-game.json").code == 0
    assert sandlot("fmt", "--check", "my-game.json").code == 0


def test_new_keeps_what_is_there(sandlot, tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text("precious")
    ran = sandlot("new", "mine.json")
    assert ran.code == 2
    assert (tmp_path / "mine.json").read_text() == "precious"
    assert len(ran.err.splitlines()) == 1


@pytest.mark.parametrize("file", ["9lives.json", "game.txt", "game", "class.json"])
def test_new_wants_a_name(sandlot, tmp_path: Path, file: str) -> None:
    ran = sandlot("new", file)
    assert ran.code in (0, 2)
    if ran.code == 2:
        assert len(ran.err.splitlines()) == 1
        assert not list(tmp_path.iterdir())


def test_schema_is_the_committed_one(sandlot, tmp_path: Path) -> None:
    printed = sandlot("schema").out
    assert json.loads(printed)["allowTrailingCommas"] is True
    assert sandlot("schema", "--out", "s.json").code == 0
    assert (tmp_path / "s.json").read_text(encoding="utf-8") == printed


def test_fmt_lays_out_and_keeps_comments(sandlot, tmp_path: Path) -> None:
    file = tmp_path / "g.json"
    file.write_text(starter_text("g").replace("  ", " "), encoding="utf-8")
    assert sandlot("fmt", "--check", "g.json").code == 1
    assert sandlot("fmt", "g.json").code == 0
    assert file.read_text(encoding="utf-8") == starter_text("g")
    assert sandlot("fmt", "--check", "g.json").code == 0


# --- checking -------------------------------------------------------------------------------------

BROKEN = starter_text("broken").replace('"top_speed"', '"top_sped"').replace('"time": 30', '"time": -3')


def test_check_prints_every_problem_with_its_place(sandlot, tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text(BROKEN, encoding="utf-8")
    ran = sandlot("check", "broken.json")
    assert ran.code == 2
    lines = ran.out.splitlines()
    assert any(line.startswith("broken.json:28:48 $.teams.collector.drive.top_sped: ") for line in lines)
    assert any("$.end.time: " in line for line in lines)


def test_check_json_is_for_programs(sandlot, tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text(BROKEN, encoding="utf-8")
    ran = sandlot("check", "broken.json", "--json")
    assert ran.code == 2
    problems = json.loads(ran.out)
    assert {tuple(problem) for problem in problems} == {("file", "line", "column", "path", "message")}
    assert problems[0]["line"] == 28
    assert json.loads(sandlot("check", "tag", "--json").out) == []


ODD = {
    "format": "sandlot/1", "name": "odd", "params": {"ghost": 3}, "teams": {"a": {"at": [4.3, 0], "drive": {"type": "walk"}}},
    "rules": {"hit": {"when": {"touch": ["a", "walls"]}, "if": "= a.x > 0", "chance": 0.5, "once": True}}, "rewards": {"a": {"hit": 1}}, "end": {"time": 1},
}  # fmt: skip


def test_check_notes_what_is_hardly_meant(sandlot, tmp_path: Path) -> None:
    (tmp_path / "odd.json").write_text(json.dumps(ODD), encoding="utf-8")
    ran = sandlot("check", "odd.json")
    assert ran.code == 0
    first, note = ran.out.splitlines()
    assert first == "odd.json: ok (odd: 1 agent, 1 rule)"
    assert note == "odd.json:1:51 $.params.ghost: note: nothing uses this param"
    assert json.loads(sandlot("check", "odd.json", "--json").out) == [
        {"file": "odd.json", "line": 1, "column": 51, "path": "$.params.ghost", "message": "nothing uses this param", "level": "note"}
    ]


def test_show_tells_when_and_on_which_condition_a_rule_happens(sandlot, tmp_path: Path) -> None:
    near = {"when": {"near": ["a", "a"], "within": 2, "if": "= self.x > other.x"}, "cooldown": 3}
    (tmp_path / "odd.json").write_text(json.dumps(ODD | {"rules": {**ODD["rules"], "near": near}}), encoding="utf-8")
    lines = [line.split("  ") for line in sandlot("show", "odd.json").out.splitlines()]
    rows = {line[0]: [cell.strip() for cell in line[1:] if cell.strip()] for line in lines}
    assert rows["hit"] == ["touch a walls, chance 0.5, once", "= a.x > 0"]
    assert rows["near"] == ["near a a, within 2 m, cooldown 3 s", "= self.x > other.x"]


def test_a_game_without_an_end_is_filmed_for_a_while(sandlot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandlot.agents.play.match.ENDLESS", 0.5)
    (tmp_path / "odd.json").write_text(json.dumps({key: value for key, value in ODD.items() if key != "end"}), encoding="utf-8")
    ran = sandlot("watch", "odd.json", "--film", "--width", "64")
    assert "odd, seed 0: 0.5 s, not over yet; events: none" in ran.out
    with Image.open(tmp_path / "odd.webp") as film:
        assert film.n_frames <= 16


STANDS = {
    "soccer": ["forward", "place.ball"],  # what is paid twice is meant; a ball is dropped among players
    "spread": ["sees[3]"],  # MPE's silent channel
    "tell_and_push": ["guide.sees[0]"],  # the guide doesn't move
    "transport": ["goal.place"],  # the goal lies where it may, now and then too near
}
"""Parts of the paths of notes on the library that are true, and stand."""


@pytest.mark.parametrize("name", names())
def test_check_passes_the_library(sandlot, name: str) -> None:
    ran = sandlot("check", name, "--json")
    assert ran.code == 0
    assert [note for note in json.loads(ran.out) if not any(part in note["path"] for part in STANDS.get(name, []))] == []


# --- watching -------------------------------------------------------------------------------------


def test_watch_without_a_display_writes_films(sandlot, tmp_path: Path) -> None:
    ran = sandlot("watch", "lander", "--seed", "4", "--out", "films", "--width", "200")
    assert ran.code == 0
    page, picture = tmp_path / "films" / "lander.html", tmp_path / "films" / "lander.webp"
    lines = ran.out.splitlines()
    assert Path(lines[0]) == Path("films/lander.html")
    assert Path(lines[1]) == Path("films/lander.webp")
    assert page.read_text(encoding="utf-8").lstrip().lower().startswith("<!doctype html")
    with Image.open(picture) as image:
        assert image.size[0] == 200
        assert image.n_frames > 20  # type: ignore[attr-defined]
    assert "ended by landed" in ran.out
    assert "landed 10" in ran.out  # the ledger
    assert ran.err == "no display: writing a film\n"
    assert sandlot("watch", "lander", "--seed", "4", "--out", "films", "--width", "64", "--film").err == ""


def test_watch_films_each_episode(sandlot, tmp_path: Path) -> None:
    ran = sandlot(
        "watch",
        "spread",
        "--episodes",
        "2",
        "--policy",
        "agent=random",
        "--set",
        "agents=2",
        "--vary",
        "local_ratio=0,1",
        "--width",
        "100",
    )
    assert ran.code == 0
    assert {path.name for path in tmp_path.iterdir()} == {
        "spread.html",
        "spread.webp",
        "spread_2.html",
        "spread_2.webp",
    }
    assert "seed 0" in ran.out
    assert "seed 1" in ran.out
    assert "random" in ran.out


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("watch", "tagg"), "tag"),
        (("watch", "nope.json"), "no such file"),
        (("watch", "tag", "--set", "chasrs=3"), "chasers"),
        (("watch", "tag", "--set", "chasers=many"), "number"),
        (("watch", "tag", "--set", "chasers"), "PARAM=VALUE"),
        (("watch", "tag", "--vary", "shaping"), "PARAM=LOW:HIGH"),
        (("watch", "tag", "--vary", "shaping=0:x"), "PARAM=LOW:HIGH"),
        (("watch", "tag", "--vary", "shapin=0:1"), "shaping"),
        (("show", "tag", "--vary", "pillars=1,2"), "varies by world"),
        (("watch", "tag", "--policy", "runner"), "TEAM=SPEC"),
        (("watch", "tag", "--policy", "runer=random"), "runner"),
        (("watch", "tag", "--policy", "runner=randm"), "runner"),
        (("watch", "tag", "--seed", "-1"), "seed"),
        (("watch", "tag", "--episodes", "0"), "episodes"),
        (("watch",), "NAME|FILE"),
        (("wacth", "tag"), "watch"),
        (("show", "tag", "--obz"), "--obs"),
        (("play", "tag"), "--as"),
        (("play", "tag", "--as", "runer"), "runner"),
        (("fmt", "nope.json"), "no such file"),
        (("bench", "tagg"), "tag"),
        (("watch", "tag", "--policy", "runner=random", "--policy", "runner=scripted"), "'runner' is named twice"),
        (("watch", "tag", "--set", "chasers=1", "--set", "chasers=2"), "'chasers' is set twice"),
        (("watch", "tag", "--vary", "shaping=0:1", "--vary", "shaping=0:2"), "'shaping' varies twice"),
        (("watch", "tag", "--seed", "99999999999999999999999"), "--seed"),
        (("evaluate", "tag", "--seed", "99999999999999999999999"), "--seed"),
        (("evaluate", "tag", "--seed", "9223372036854775807"), "seed: expected"),
        (("evaluate", "tag", "--episodes", "6000"), "begin at 11000"),
        (("league", "tag", "--seed", "4999"), "begin at 11000"),
    ],
)
def test_bad_input_is_one_line_and_code_2(sandlot, arguments: tuple[str, ...], word: str) -> None:
    ran = sandlot(*arguments)
    assert ran.code == 2
    assert len(ran.err.splitlines()) == 1
    assert word in ran.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("watch", "spread", "--out", "file/films"), "can't make this folder"),
        (("watch", "spread", "--out", "file"), "is a file, expected a folder"),
        (("watch", "spread", "--out", "taken"), "spread.webp: is a folder"),
        (("watch", "spread", "--episodes", "2", "--out", "later"), "spread_2.html: is a folder"),
        (("watch", "spread", "--out", "/proc/films"), "can't make this folder"),
        (("watch", "spread", "--out", "/proc"), "can't write into folder"),
        (("evaluate", "spread", "--out", "taken"), "is a folder"),
        (("evaluate", "spread", "--out", "nowhere/x.json"), "there is no folder nowhere"),
        (("evaluate", "spread", "--out", "/proc/x.json"), "can't write into folder"),
        (("league", "spread", "--out", "file"), "is a file, expected a folder"),
        (("league", "spread", "--out", "taken2"), "league.json: is a folder"),
        (("league", "spread", "--out", "/proc"), "can't write into folder"),
        (("benchmark", "spread", "--methods", "random", "--out", "file"), "can't make this folder"),
        (("benchmark", "spread", "--methods", "random", "--out", "taken3"), "taken3.md: is a folder"),
        (("benchmark", "spread", "--methods", "random", "--out", "new", "--keep", "file"), "is a file, expected a folder"),
    ],
)
def test_outputs_are_tried_before_the_work(
    sandlot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], words: str
) -> None:
    if "/proc" in " ".join(arguments) and not Path("/proc/self").exists():
        pytest.skip("a folder that nobody can write into")

    def work(*_: object) -> None:
        raise AssertionError("it began")

    monkeypatch.setattr("sandlot.envs.VectorEnv.reset", work)
    (tmp_path / "file").write_text("")
    for folder in ("taken/spread.webp", "later/spread_2.html", "taken2/league.json", "taken3.md"):
        (tmp_path / folder).mkdir(parents=True)
    ran = sandlot(*arguments)
    assert ran.code in (1, 2)
    assert len(ran.err.splitlines()) == 1
    assert words in ran.err
    assert not list(tmp_path.rglob("*.tmp"))


def test_a_league_that_fails_leaves_no_folder(sandlot, tmp_path: Path) -> None:
    for out in ((), ("--out", "deep/er")):
        assert sandlot("league", "spread", "--policy", "agent=none.safetensors", "--policy", "agent=random", *out).code == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="these have a display without a name")
def test_watch_films_where_the_display_is_not_there(sandlot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SDL_VIDEODRIVER")
    monkeypatch.setenv("DISPLAY", ":5599")
    ran = sandlot("watch", "spread", "--width", "64")
    assert ran.code == 0
    (line,) = ran.err.splitlines()
    assert line.startswith("can't open a window: ")
    assert line.endswith(": writing a film")
    assert (tmp_path / "spread.webp").is_file()
    assert "seed 0" in ran.out
    ran = sandlot("play", "spread", "--as", "agent")
    assert ran.code == 1
    assert len(ran.err.splitlines()) == 1
    assert "DISPLAY=:5599" in sandlot("doctor").out


def test_new_prints_a_command_that_can_be_pasted(sandlot) -> None:
    import shlex

    ran = sandlot("new", "my game.json")
    assert shlex.split(ran.out.splitlines()[0].split("now try: ")[1]) == ["sandlot", "watch", "my game.json"]


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "utf-8"])
def test_any_output_can_be_spoken(tmp_path: Path, encoding: str) -> None:
    """An arrow and a face where there are none: as JSON writes them, so that JSON stays JSON."""
    about = "left \u2192 right \U0001f600"
    game = {
        "format": "sandlot/1",
        "name": "ok",
        "about": about,
        "end": {"time": 2},
        "teams": {"a": {"drive": {"type": "thrust"}, "place": {"in": "world"}, "sees": ["self"]}},
    }
    (tmp_path / "ok.json").write_text(json.dumps(game), encoding="utf-8")
    (tmp_path / "bad.json").write_text('{"format": "sandlot/1", "name": "b", "end": {"time": "\u2192"}}', encoding="utf-8")
    for arguments, code in (
        (("show", "ok.json"), 0),
        (("show", "ok.json", "--full"), 0),
        (("check", "bad.json"), 2),
        (("check", "bad.json", "--json"), 2),
    ):
        ran = subprocess.run(
            [sys.executable, "-m", "sandlot", *arguments],
            capture_output=True,
            env={**os.environ, "PYTHONIOENCODING": encoding},
            timeout=100,
            check=False,
        )
        assert ran.returncode == code, ran.stderr
        assert b"Traceback" not in ran.stderr
        text = ran.stdout.decode(encoding)
        assert ("\u2192" if encoding == "utf-8" else "\\u2192") in text
        if "--full" in arguments:
            assert json.loads(text)["about"] == about
        if "--json" in arguments:
            assert any("\u2192" in problem["message"] for problem in json.loads(text))


def test_play_needs_a_display(sandlot) -> None:
    ran = sandlot("play", "tag", "--as", "runner")
    assert ran.code == 1
    assert len(ran.err.splitlines()) == 1
    assert "display" in ran.err


def test_window_closes_on_escape(sandlot, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a display (SDL's dummy one plays its part), Esc ends the watching, with code 0."""
    import pygame  # noqa: TID251 - to press keys

    from sandlot.envs.view import window

    monkeypatch.setattr(window, "has_display", lambda: True)
    seen = []
    show = window.Window.show

    def press_escape(self: window.Window, frame) -> bool:
        seen.append(frame.time)
        if len(seen) == 4:
            pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_ESCAPE, unicode=""))
        return show(self, frame)

    monkeypatch.setattr(window.Window, "show", press_escape)
    assert sandlot("watch", "tag").code == 0
    assert seen == pytest.approx([0.0, 0.1, 0.2, 0.3])


def test_window_plays_episodes_and_restarts(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """`r` begins the same episode anew; the end of one begins the next; the last one closes."""
    import pygame  # noqa: TID251 - to press keys

    from sandlot.agents.play.match import Match, parse_policies
    from sandlot.envs.view.window import Window

    game = load("spread")
    match = Match(game, parse_policies(game, {}), 5)
    match.begin()
    times: list[float] = []
    with Window(match.scene) as shown:
        shown.speed = 8.0
        show = shown.show

        def watched(frame) -> bool:
            times.append(frame.time)
            if len(times) == 3:
                pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_r, unicode="r"))
            return show(frame)

        monkeypatch.setattr(shown, "show", watched)
        cli_watch._run(match, shown, 2)
    assert times[:4] == pytest.approx([0.0, 0.1, 0.2, 0.0])
    assert times.count(0.0) == 3  # start, restart, second episode
    assert match.report.seed == 6
    assert "seed 5" in capsys.readouterr().out


# --- the real thing -------------------------------------------------------------------------------


def test_module_runs_from_a_shell(tmp_path: Path) -> None:
    ran = in_shell("check", "tag")
    assert (ran.returncode, ran.stderr) == (0, "")
    (tmp_path / "broken.json").write_text(BROKEN, encoding="utf-8")
    assert in_shell("check", "broken.json").returncode == 2
    assert in_shell("watch", "broken.json").returncode == 2


def test_output_survives_a_closed_pipe() -> None:
    reader = f"{sys.executable} -m sandlot schema | head -c 10"
    ran = subprocess.run(["bash", "-c", reader], capture_output=True, text=True, timeout=60, check=False)
    assert "Traceback" not in ran.stderr


def test_help_imports_nothing_heavy() -> None:
    heavy = {"torch", "pygame", "PIL", "rich", "pettingzoo"}
    code = f"import sys; from sandlot.agents.cli import main; print(sorted({heavy} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout.strip() == "[]"
