"""The same scenes by theory, in sandlot and in other engines: what each does, in numbers.

Run: python benchmarks/side_by_side.py            the table, in Markdown (pip install pymunk pyb2d3 box2d; an engine that is missing is left out)
     python benchmarks/side_by_side.py --write    puts it into docs/physics.md
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "support"))

from engines import SCENES, installed, sandlot, watch

DOCUMENT = Path(__file__).parent.parent / "docs" / "physics.md"
BEGIN, END = "<!-- side_by_side.py: begin -->\n", "<!-- side_by_side.py: end -->"


def table() -> str:
    engines = {"sandlot": sandlot} | installed()
    lines = [f"| scene | by theory | {' | '.join(engines)} | sandlot may be off by |", "| --- |" + " --- |" * (len(engines) + 2)]
    for name, scene in SCENES.items():
        found = {engine: watch(build, scene) for engine, build in engines.items()}
        for k, (measure, within) in enumerate(scene.within.items()):
            numbers = [scene.exact.get(measure), *(them[measure] for them in found.values())]
            cells = " | ".join("" if value is None else shown(value) for value in numbers)
            lines.append(f"| {f'**{name}**: ' if not k else ''}{measure} | {cells} | {within:g} |")
    return "\n".join(lines) + "\n"


def shown(value: float) -> str:
    """Four digits; what is next to nothing is 0."""
    return "0" if abs(value) < 1e-4 else f"{value:.4g}"


def main() -> None:
    text = table()
    if "--write" not in sys.argv:
        print(text, end="")
        return
    document = DOCUMENT.read_text(encoding="utf-8")
    head, _, rest = document.partition(BEGIN)
    DOCUMENT.write_text(head + BEGIN + text + END + rest.partition(END)[2], encoding="utf-8")


if __name__ == "__main__":
    main()
