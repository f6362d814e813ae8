"""sandlot beside pymunk and Box2D on the same scenes, and beside mechanics where it has an answer (`engines.py` says how near it must be)."""

from pathlib import Path

import pytest
from engines import SCENES, Scene, installed, sandlot, watch


@pytest.mark.parametrize("name", SCENES)
def test_near_theory_and_the_others(name: str) -> None:
    scene: Scene = SCENES[name]
    ours, others = watch(sandlot, scene), {engine: watch(build, scene) for engine, build in installed().items()}
    if not others and len(scene.exact) < len(scene.within):
        pytest.skip("no other engine is installed: pip install pymunk pyb2d3 box2d")
    assert set(scene.within) == set(ours)
    for measure, within in scene.within.items():
        wanted = [scene.exact[measure]] if measure in scene.exact else [found[measure] for found in others.values()]
        assert min(wanted) - within <= ours[measure] <= max(wanted) + within, (measure, wanted)


def test_the_document_lists_every_bound() -> None:
    """docs/physics.md: `python benchmarks/side_by_side.py --write` writes its table."""
    document = Path(__file__).parents[2] / "docs" / "physics.md"
    rows = [line.strip("| \n").split(" | ") for line in document.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    listed = [(row[0], float(row[-1])) for row in rows if row[0] not in ("scene", "---")]
    assert listed == [
        (f"**{name}**: {measure}" if not k else measure, within)
        for name, scene in SCENES.items()
        for k, (measure, within) in enumerate(scene.within.items())
    ]
