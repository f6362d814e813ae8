"""Checks that a decision of a world ends soon: what all formulas do together, and all senses."""

from collections.abc import Mapping

from ..facts.work import formula_work, sense_work
from ..formulas.types import Node
from ..text import limits
from ..text.tree import Keys
from .report import Report


def check_work(report: Report, formulas: Mapping[str, Node]) -> None:
    """Complain where a decision would take too many steps, at whatever takes the most of them."""
    if report.problems:
        return
    _check_sum(report, list(formula_work(report.scenario, formulas)), "formulas do {} operations", limits.MAX_STEP_WORK, "MAX_STEP_WORK")
    _check_sum(report, list(sense_work(report.scenario)), "senses look at {} things", limits.MAX_STEP_LOOKS, "MAX_STEP_LOOKS")


def _check_sum(report: Report, work: list[tuple[Keys, int]], what: str, most: int, limit: str) -> None:
    total = sum(steps for _, steps in work)
    if total > most:
        keys, largest = max(work, key=lambda one: one[1])
        message = f"in a decision of a world all {what.format(f'{total:,}')}, at most {most:,} ({limit}); {largest:,} of them are for this"
        report.complain(keys, message)
