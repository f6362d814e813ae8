"""What the documents show works: each JSON block loads and plays, each Python block runs."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from trees import merged

from sandlot.envs import VectorEnv
from sandlot.scenarios import loads
from sandlot.scenarios.describe.reference import update_reference
from sandlot.scenarios.text.tree import parse_text

ROOT = Path(__file__).resolve().parents[2]
LANGUAGE = ROOT / "docs" / "language.md"
README = ROOT / "README.md"
AGENTS = ROOT / "docs" / "agents.md"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)


def blocks(path: Path, *languages: str) -> list[tuple[int, str]]:
    """Line and text of each fenced block of some languages."""
    text = path.read_text(encoding="utf-8")
    return [(text[: found.start()].count("\n") + 1, found[2]) for found in _BLOCK.finditer(text) if found[1] in languages]


def games(path: Path) -> list[tuple[int, str]]:
    """Every block as a whole game: one without `format` goes into the game that stands above it."""
    found: list[tuple[int, str]] = []
    game: Any = {}
    for line, text in blocks(path, "json", "jsonc"):
        tree = parse_text(text, path.name).plain()
        game = tree if "format" in tree else merged(game, tree)
        found.append((line, json.dumps(game)))
    return found


@pytest.mark.parametrize(("file", "line", "text"), [(path.name, *game) for path in (LANGUAGE, README) for game in games(path)])
def test_json_block_is_a_game(file: str, line: int, text: str) -> None:
    game = loads(text, f"{file} (block at line {line})")
    env = VectorEnv(game, 2)
    env.reset(seed=0)
    for _ in range(30):
        env.step(env.scripted_actions())


def test_the_guide_builds_a_game_worth_playing() -> None:
    """The game at the end of the guide: apples are stored, the boar gets somebody, all are scripted."""
    text = [text for _, text in games(LANGUAGE) if '"view"' in text and '"orchard"' in text][-1]
    game = loads(text)
    assert set(game.baseline) == set(game.teams)
    env = VectorEnv(game, 32)
    env.reset(seed=0)
    stored = gored = 0.0
    for _ in range(390):
        *_, info = env.step(env.scripted_actions())
        stored += info["event/stored"].sum()
        gored += info["event/gored"].sum()
    assert stored / 32 > 1
    assert gored / 32 > 1


def test_reference_is_current() -> None:
    text = LANGUAGE.read_text(encoding="utf-8")
    assert update_reference(text) == text, "run python -m sandlot.scenarios.describe"


@pytest.mark.parametrize(("line", "code"), blocks(README, "python"))
def test_readme_python_runs(line: int, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    exec(compile(code, f"README.md (block at line {line})", "exec"), {"__name__": "readme"})


@pytest.mark.parametrize(("line", "code"), blocks(AGENTS, "python"))
def test_python_about_agents_runs(line: int, code: str) -> None:
    exec(compile(code, f"agents.md (block at line {line})", "exec"), {"__name__": "agents"})


def test_readme_names_commands_that_exist() -> None:
    from sandlot.agents.cli.main import app

    known = {command.name or command.callback.__name__ for command in app.registered_commands}
    text = README.read_text(encoding="utf-8") + LANGUAGE.read_text(encoding="utf-8")
    named = set(re.findall(r"sandlot (list|show|check|new|schema|fmt|watch|play|bench|warmup|doctor|evaluate|league)\b", text))
    assert named <= known
    assert {"watch", "check", "new", "play"} <= named


def test_links_lead_somewhere() -> None:
    for document in (README, *sorted((ROOT / "docs").glob("*.md")), ROOT / "CHANGELOG.md"):
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (document.parent / target).exists(), f"{document.name}: {target}"


def headings(text: str) -> list[str]:
    """The anchors of a document's headings, as GitHub and others make them."""
    found = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S), re.M)
    return [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found]


DOCUMENTS = [README, *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_to_headings(document: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^)#\s]*)#([^)]*)\)", document.read_text(encoding="utf-8")):
        if "://" not in target:
            text = (document.parent / target if target else document).read_text(encoding="utf-8")
            assert anchor in headings(text), f"{document.name}: {target}#{anchor}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_no_heading_is_empty_and_no_row_is_torn_off(document: Path) -> None:
    """Each heading has something below it, and each run of table rows begins with a head and its rule."""
    text = re.sub(r"^```.*?^```$", "text", document.read_text(encoding="utf-8"), flags=re.M | re.S)
    assert re.findall(r"^(#+) .*\n+(?=\1 )", text, re.M) == []
    for table in re.findall(r"(?:^\|.*\n)+", text, re.M):
        assert re.match(r".*\n\|( :?-+:? \|)+\n", table), f"{document.name}: {table[:80]}"


def test_formulas_are_explained_before_rules_use_them() -> None:
    order = headings(LANGUAGE.read_text(encoding="utf-8"))
    assert order.index("formulas") < order.index("rules-what-can-happen") < order.index("shoot-projectiles")


def test_every_drive_is_in_the_table_of_drives() -> None:
    text = LANGUAGE.read_text(encoding="utf-8")
    start = text.index("| drive | actions |")
    table = text[start : text.index("\n\n", start)]
    drives = re.findall(r'^### drive: "(\w+)"', text, re.M)
    assert sorted(re.findall(r"^\| `(\w+)` \|", table, re.M)) == sorted(drives)
