"""The same scenes in sandlot and in other engines: what each does, in numbers, as the Markdown table of docs/physics.md.

Run: python benchmarks/side_by_side.py    (pip install pymunk pyb2d3 box2d; an engine that is missing is left out)
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from engines import SCENES, installed, sandlot, watch


def main() -> None:
    engines = {"sandlot": sandlot} | installed()
    print(f"| scene | by theory | {' | '.join(engines)} | sandlot may be off by |")
    print("| --- |" + " --- |" * (len(engines) + 2))
    for name, scene in SCENES.items():
        found = {engine: watch(build, scene) for engine, build in engines.items()}
        for k, (measure, within) in enumerate(scene.within.items()):
            numbers = [scene.exact.get(measure), *(them[measure] for them in found.values())]
            cells = " | ".join("" if value is None else f"{value:.4g}" for value in numbers)
            print(f"| {f'**{name}**: ' if not k else ''}{measure} | {cells} | {within:g} |")


if __name__ == "__main__":
    main()
