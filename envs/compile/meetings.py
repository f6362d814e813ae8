"""Compiles how meetings are followed: whose path is kept, what begins anew when it is placed, and what several may claim at once."""

from collections import Counter
from typing import Any, NamedTuple

from ...scenarios.formulas.types import Node, parts
from ...scenarios.model.rules import Event, Rule
from ..kernels.world.layout.programs import Meeting
from ..kernels.world.layout.programs import Rule as RuleTable
from ..kernels.world.layout.things import AtWalls, BodyTable, Moves
from .bodies import Bodies
from .draft import Draft
from .grid import Pairs

_MEETING, _PARTING = ("touch", "inside", "near"), ("apart", "outside")


class Meetings:
    """Writes the columns of the rule, meeting and body tables that meetings.py reads, and its own tables."""

    def __init__(self, draft: Draft, bodies: Bodies, pairs: Pairs) -> None:
        self.draft, self.bodies, self.pairs, self.scenario = draft, bodies, pairs, draft.scenario
        self.traces: list[tuple[int]] = []
        self.met: list[tuple[int, int]] = []
        self.claims = 0
        """How many lots all contests have."""
        self._traced: set[int] = set()
        self._condition: dict[str, Node | None] = {}
        placed = {
            kind for rule in self.scenario.rules.values() for word in rule.do.place for kind in [self.scenario.meant(rule, word)] if kind
        }
        for body in bodies.body:
            body[BodyTable.PLACED] = -1
        for kind in sorted(placed):
            first = draft.rows.take(draft.names.count[kind])
            for i, p in enumerate(draft.bodies_of(kind)):
                bodies.body[p][BodyTable.PLACED] = first + i

    def follow(self, rule: Rule, event: Event, p: int, q: int, meeting: list[int]) -> None:
        """Say how a pair is followed: where a rule is repeated as long as two touch that push each other, contacts say it all; else the path counts."""
        pushes = event.touch is not None and bool(rule.cooldown) and self._push(event.touch, p, q)
        meeting[Meeting.TRACED] = 0 if pushes else 1
        if not pushes:
            self._traced |= {body for body in (p, q) if self.bodies.body[body][BodyTable.MOVES] != Moves.STATIC}

    def _push(self, pair: tuple[str, str], p: int, q: int) -> bool:
        """Whether two always push each other where they touch."""
        if any(kind != "walls" and self.scenario.kind(kind).solid_if is not None for kind in pair):
            return False
        if pair[1] == "walls":
            return self.bodies.body[p][BodyTable.MOVES] == Moves.DYNAMIC and self.bodies.body[p][BodyTable.WALLS] == AtWalls.KEPT
        return self.scenario.may_push(*pair) and (min(p, q), max(p, q)) not in self.pairs.apart

    def finish(self, rules: list[list[int]], meetings: list[list[int]], conditions: dict[str, Node | None]) -> None:
        """Write what can be known only when all rules are: traces, what begins anew, portals and contests."""
        self._condition = conditions
        self._trace()
        self._begin_anew(rules, meetings)
        for (name, rule), row in zip(self.scenario.rules.items(), rules, strict=True):
            row[RuleTable.DRAWS] = int(_draws(conditions[name]))
            if isinstance(rule.when, Event) and rule.when.kind in _MEETING:
                row[RuleTable.PUT] = self._portal(rule, rule.when)
        self._contests(rules)

    def _trace(self) -> None:
        for body in sorted(self._traced):
            self.traces.append((body,))
            self.bodies.body[body][BodyTable.TRACE] = len(self.traces)

    def _begin_anew(self, rules: list[list[int]], meetings: list[list[int]]) -> None:
        """List the meetings of every body that can be placed or shot."""
        of: dict[int, list[tuple[int, int]]] = {
            p: [] for p, body in enumerate(self.bodies.body) if body[BodyTable.PLACED] >= 0 or body[BodyTable.POOLED] > 0
        }
        for k, (rule, row) in enumerate(zip(self.scenario.rules.values(), rules, strict=True)):
            if _is_lasting(rule):
                for n in range(row[RuleTable.MEETING], row[RuleTable.MEETING] + row[RuleTable.MEETINGS]):
                    for body in {meetings[n][Meeting.A], meetings[n][Meeting.B]} & of.keys():
                        of[body].append((n, k))
        for body, found in of.items():
            self.bodies.body[body][BodyTable.MET], self.bodies.body[body][BodyTable.MET_END] = len(self.met), len(self.met) + len(found)
            self.met += found

    def _sides(self, rule: Rule, words: Any) -> list[int]:
        """Which of the two that met are among some words of an effect: 0, 1."""
        assert isinstance(rule.when, Event)
        met = self.scenario.who_met(rule.when)
        own = [("self", met[0]), ("other", met[1])]
        return [side for side, names in enumerate(own) if names[1] is not None and any(name in words for name in names)]

    def _portal(self, rule: Rule, event: Event) -> int:
        """1 or 2 where a rule places the first or second of a pair, which can move while the other can't; else 0."""
        moves = [kind is not None and self.scenario.kind(kind).moves for kind in self.scenario.who_met(event)]
        return next((side + 1 for side in self._sides(rule, rule.do.place) if moves[side] and not moves[1 - side]), 0)

    def _contests(self, rules: list[list[int]]) -> None:
        """Give a lot to everything that several meetings may take at once.

        Those of one rule; and those of rules that are alike but for the team that meets it: there, no order is meant.
        """
        found: dict[Any, list[_Claimant]] = {}
        for (name, rule), row in zip(self.scenario.rules.items(), rules, strict=True):
            if not (isinstance(rule.when, Event) and _is_lasting(rule)):
                continue
            if rule.once and row[RuleTable.MEETINGS] > 1:
                row[RuleTable.CLAIMS], row[RuleTable.CLAIM] = 4, self._lots(1)
            met = self.scenario.who_met(rule.when)
            for side in self._taken(rule, self._condition[name]):
                kind, partner = met[side], met[1 - side]
                if kind is not None and partner is not None:
                    alike: Any = (rule.when.kind, kind, *_manner(rule)) if partner in self.scenario.teams and partner != kind else None
                    if alike is None or any(one.partner == partner for one in found.get(alike, ())):
                        alike = name, kind
                    found.setdefault(alike, []).append(_Claimant(row, side, kind, partner))
        for claimants in found.values():
            if sum(self.draft.names.count[one.partner] for one in claimants) > 1:
                kind = claimants[0].kind
                lots = self._lots(self.draft.names.count[kind]) - self.draft.names.first[kind]
                for one in claimants:
                    one.row[RuleTable.CLAIMS] |= 1 + one.side
                    one.row[RuleTable.CLAIM_A + one.side] = lots

    def _taken(self, rule: Rule, condition: Node | None) -> list[int]:
        """Which of the two that met the rule takes: it removes or places it, or changes what its own `if` asks of it."""
        removed = self._sides(rule, {*rule.do.remove, *rule.do.place})
        changed = [target.partition(".") for target in (*rule.do.set, *rule.do.add)]
        return [
            side
            for side in (0, 1)
            if side in removed
            or any(side in self._sides(rule, {word}) and _asks(condition, ("self", "other")[side], field) for word, _, field in changed)
        ]

    def _lots(self, count: int) -> int:
        """First of some new lots."""
        self.claims += count
        return self.claims - count


class _Claimant(NamedTuple):
    row: list[int]
    side: int
    kind: str
    partner: str


def _is_lasting(rule: Rule) -> bool:
    """Whether a rule is about two that are together for a while; meetings.is_lasting says the same of its code."""
    return isinstance(rule.when, Event) and rule.when.kind in (*_MEETING, *_PARTING)


def _manner(rule: Rule) -> tuple[Any, ...]:
    """What two rules have in common that differ in the team they are about and in numbers: how, and which kinds of effects."""
    effects = Counter({verb: len(getattr(rule.do, verb)) for verb in type(rule.do).model_fields})
    return tuple(effects.items()), bool(rule.cooldown), rule.once, rule.chance, rule.if_ is not None


def _asks(node: Node | None, who: str, field: str) -> bool:
    """Whether a formula asks for a field of self (or other)."""
    return node is not None and any(part.op == "field" and part.value == field and part.args[0].op == who for part in parts(node))


def _draws(node: Node | None) -> bool:
    """Whether a formula draws random numbers."""
    return node is not None and any(part.op == "random" for part in parts(node))
