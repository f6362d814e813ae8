"""The snippets of docs/frameworks.md run, each in its own lane: where its framework is missing, it is skipped."""

import re
from pathlib import Path

import pytest

from sandlot.envs.extras import MissingExtra

PAGE = Path(__file__).resolve().parents[2] / "docs" / "frameworks.md"
_BLOCK = re.compile(r"^```python(?: (\w+))?\n(.*?)^```$", re.M | re.S)


def found() -> list[tuple[str, int, str]]:
    text = PAGE.read_text(encoding="utf-8")
    return [(block[1] or "None", text[: block.start()].count("\n") + 2, block[2]) for block in _BLOCK.finditer(text)]


@pytest.mark.parametrize(("lane", "line", "code"), found(), ids=[f"{lane}-line{line}" for lane, line, _ in found()])
def test_snippet_runs(lane: str, line: int, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code = "\n" * (line - 1) + code  # so that a traceback names the line of the page
    try:
        exec(compile(code, str(PAGE), "exec"), {"__name__": "snippet"})
    except MissingExtra as missing:
        pytest.skip(str(missing))
    except ModuleNotFoundError as missing:
        if lane == "None" or (missing.name or "").startswith("sandlot"):
            raise
        pytest.skip(f"{missing.name} is not installed: python tests/lanes/run.py {lane}")
