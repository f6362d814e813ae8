"""Baselines to tables: a formula for each action of a scripted team, and how discrete choices follow from what it says."""

from ...scenarios.formulas.types import Node
from ..kernels.control.choices import SHOOT_CHOICES, meanings
from ..kernels.world.layout.programs import Act, ChoiceOp
from .draft import Draft
from .game import TeamLayout

_DRIVES = {"tank": ChoiceOp.STEER, "car": ChoiceOp.STEER, "rocket": ChoiceOp.BURN, "jump": ChoiceOp.JUMP}


def wishes(team: TeamLayout) -> int:
    """Numbers of an agent's continuous action."""
    return len(team.drive) + team.symbols


def acts(draft: Draft, teams: list[TeamLayout]) -> list[tuple[int, ...]]:
    """Rows of table Table.ACT."""
    rows: list[tuple[int, ...]] = []
    for t, team in enumerate(teams):
        number, given = 0, draft.scenario.baseline.get(team.name, {})
        script: list[list[int]] = []
        nodes: list[Node] = []
        for action, kind in draft.scenario.actions_of(team.name).items():
            width = team.symbols if action == "say" else (2 if kind == "vector" else 1)
            if action in given:
                stack = len(nodes) + sum(node.type == "vector" for node in nodes)
                script.append([t, number, 0, 0, int(kind == "vector"), width if action == "say" else 0, stack, 0])
                nodes.append(draft.scenario.formulas[f"$.baseline.{team.name}.{action}"])
            number += width
        if script:
            script[0][Act.CODE], script[0][Act.CODE_END] = draft.code.formula(*nodes)
            script[0][Act.ROWS] = len(script)
        rows += [tuple(row) for row in script]
    return rows


def choices(draft: Draft, teams: list[TeamLayout]) -> list[tuple[int, ...]]:
    """Rows of table Table.CHOICE, for games with discrete actions."""
    rows: list[tuple[int, ...]] = []
    ways = {count: draft.constants.block(*(x for way in meanings("thrust", count) for x in way)) for count in (9, 5)}
    for t, team in enumerate(teams):
        found: list[tuple[int, ...]] = []
        wish = team.drive_numbers(False)
        if team.drive_type in _DRIVES:
            found.append((_DRIVES[team.drive_type], 0))
        elif team.choices:
            found.append((ChoiceOp.NEAREST, 0, team.choices, ways[team.choices]))
        else:
            found += [(ChoiceOp.MOTOR, k) for k in range(wish)]
        found += [(op, wish + k) for k, op in enumerate((ChoiceOp.GRAB, ChoiceOp.LOCK)[: team.grips])]
        wish += team.grips
        if team.triggers:
            found.append((ChoiceOp.FIRE, wish) if team.triggers == SHOOT_CHOICES["heading"] else (ChoiceOp.AIM, wish, 8, ways[9] + 2))
        if team.symbols:
            found.append((ChoiceOp.SYMBOL, len(team.drive), team.symbols))
        rows += [(t, number, *row) for number, row in enumerate(found)]
    return rows
