"""Compiles hands: who can grab what, and the marks that say who holds and who locked it."""

from ..kernels.world.layout.programs import Agent
from ..kernels.world.layout.things import Grab, Hand, HandTable, Lock
from .draft import Draft
from .game import TeamLayout


class Hands:
    """Writes the tables of hands, of what they can grab, and of what can be locked."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.rows: list[list[int]] = []
        self.grabs: list[list[int]] = []
        self.locks: list[list[int]] = []
        self.held_range = self._marks()
        for team in draft.scenario.teams:
            if draft.scenario.teams[team].hands is not None:
                draft.names.hands.update({body: draft.rows.take(Hand.ROWS) for body in draft.bodies_of(team)})

    def _marks(self) -> tuple[int, int]:
        """Give rows to all marks; those of holding first, which are made anew in each decision. Returns the range of these."""
        scenario, names, rows = self.draft.scenario, self.draft.names, self.draft.rows
        marks = [(kind, mark) for kind in scenario.kinds for mark in scenario.marks_of(kind)]
        marks.sort(key=lambda one: one[1].startswith("locked"))
        first = rows.used
        for kind, mark in marks:
            if not mark.startswith("locked"):
                names.marks[kind, mark] = rows.take(names.count[kind])
        held = (first, rows.used - first)
        for kind, mark in marks:
            if mark.startswith("locked"):
                names.marks[kind, mark] = rows.take(names.count[kind])
            if mark == "locked" and scenario.kind(kind).body == "dynamic":
                lock = [0] * Lock.COLUMNS
                lock[Lock.FIRST], lock[Lock.COUNT], lock[Lock.LOCKED] = names.first[kind], names.count[kind], names.marks[kind, mark]
                lock[Lock.KEPT] = rows.take(2 * names.count[kind])
                self.locks.append(lock)
        return held

    def give(self, teams: list[TeamLayout], actions: list[tuple[int, ...]], discrete: bool) -> None:
        """Write the table of hands; `actions` are those of the agent table."""
        scenario, names, constants = self.draft.scenario, self.draft.names, self.draft.constants
        for t, team in enumerate(teams):
            hands = scenario.teams[team.name].hands
            if hands is None:
                continue
            first = len(self.grabs)
            for kind in hands.grabs:
                self._grab(team.name, kind)
            numbers = constants.block(hands.reach), constants.block(hands.strength * self.draft.substep)
            for agent in (row for row in actions if row[Agent.TEAM] == t):
                row = [0] * HandTable.COLUMNS
                row[HandTable.BODY], row[HandTable.ROW] = agent[Agent.BODY], names.hands[agent[Agent.BODY]]
                row[HandTable.ACTION] = agent[Agent.ACTION] + team.drive_numbers(discrete)
                row[HandTable.DISCRETE], row[HandTable.LOCKS], row[HandTable.FIRM] = (
                    int(discrete),
                    int(hands.lock),
                    int(hands.grip == "firm"),
                )
                row[HandTable.THROUGH] = int(hands.through_walls)
                row[HandTable.GRABS], row[HandTable.GRABS_END] = first, len(self.grabs)
                row[HandTable.REACH], row[HandTable.MOST] = numbers
                row[HandTable.OWN] = names.marks[team.name, "holding"] + agent[Agent.INDEX]
                self.rows.append(row)

    def _grab(self, team: str, kind: str) -> None:
        names = self.draft.names
        row = [0] * Grab.COLUMNS
        row[Grab.FIRST], row[Grab.COUNT] = names.first[kind], names.count[kind]
        row[Grab.HELD], row[Grab.HELD_BY] = names.marks[kind, "held"], names.marks[kind, f"held_by_{team}"]
        row[Grab.LOCKED] = names.marks.get((kind, "locked"), -1)
        row[Grab.LOCKED_BY] = names.marks.get((kind, f"locked_by_{team}"), -1)
        lock = [k for k, one in enumerate(self.locks) if one[Lock.FIRST] == names.first[kind]]
        row[Grab.LOCK] = lock[0] if lock and row[Grab.LOCKED_BY] >= 0 else -1
        self.grabs.append(row)
