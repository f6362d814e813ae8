"""Compiles rules, their effects, and rewards."""

from ...scenarios.formulas.types import Node
from ...scenarios.model.clock import decisions_in, end_decision, whole_decisions
from ...scenarios.model.numbers import Varied
from ...scenarios.model.rules import Event, Rule
from ..kernels.world.layout.programs import Effect, EffectOp, Keep, Meeting, Target, Term, TermOp, When
from ..kernels.world.layout.programs import Rule as RuleTable
from ..kernels.world.layout.things import Body, BodyTable, Hand, Joint
from .bodies import Bodies
from .draft import Draft
from .formulas.code import depends_on_self
from .grid import Pairs
from .ledger import Ledger
from .meetings import Meetings
from .spawn import SpawnTable

_WHEN = {"touch": When.TOUCH, "apart": When.APART, "inside": When.INSIDE, "outside": When.OUTSIDE, "near": When.NEAR,
         "hears": When.HEARS, "breaks": When.BREAKS, "grabs": When.GRABS, "releases": When.RELEASES, "every": When.EVERY,
         "at": When.AT, "start": When.START}  # fmt: skip
_KEPT = {"velocity": Keep.VELOCITY, "spin_deg_per_s": Keep.SPIN, "angle_deg": Keep.ANGLE}
"""What placing would undo."""
_AGAINST_WALLS = {When.TOUCH: When.TOUCH_WALL, When.APART: When.APART_WALL}


class Rules:
    """Writes the rule, meeting, effect and reward tables."""

    def __init__(self, draft: Draft, spawn: SpawnTable, bodies: Bodies, pairs: Pairs) -> None:
        self.draft, self.spawn, self.bodies = draft, spawn, bodies
        self.rules: list[list[int]] = []
        self.meetings: list[list[int]] = []
        self.effects: list[list[int]] = []
        self.terms: list[list[int]] = []
        self.term_ranges: dict[str, tuple[int, int]] = {}
        self._team_of = {body: team for team in draft.scenario.teams for body in draft.bodies_of(team)}
        self.watch: dict[tuple[str, str], int] = {}
        """First of the rows that physics marks when two bodies push each other, by their kinds in the order of the file."""
        self.parts: dict[tuple[str, str], int] = {}
        """First row of a rule's counts by agent of a team, by (rule, team)."""
        self._watched(draft)
        self.follow = Meetings(draft, bodies, pairs)
        conditions: dict[str, Node | None] = {}
        ending = set(draft.scenario.end.rules.values())
        for name, rule in draft.scenario.rules.items():
            conditions[name] = self._rule(name, rule, name in ending)
        self.follow.finish(self.rules, self.meetings, conditions)
        self._rewards()

    def _watched(self, draft: Draft) -> None:
        """Give a row to every pair that a rule watches for touching and that physics may push apart, within one decision."""
        first = draft.rows.used
        for rule in draft.scenario.rules.values():
            event = rule.when
            if isinstance(event, str) or event.kind not in ("touch", "apart"):
                continue
            a, b = event.pair or ("", "")
            if b != "walls" and not draft.scenario.may_push(a, b):
                continue
            if b == "walls":
                for p in draft.bodies_of(a):
                    if self.bodies.body[p][BodyTable.WALL_WATCH] < 0:
                        self.bodies.body[p][BodyTable.WALL_WATCH] = draft.rows.take()
                continue
            kinds = (a, b) if draft.names.first[a] <= draft.names.first[b] else (b, a)
            if kinds not in self.watch:
                count_a, count_b = (draft.names.count[kind] for kind in kinds)
                self.watch[kinds] = draft.rows.take(count_a * (count_a - 1) // 2 if a == b else count_a * count_b)
        self.watched = (first, draft.rows.used - first)
        """First row and number of the touch marks."""

    def touch_mark(self, p: int, q: int, a: str, b: str) -> int:
        """Row that physics marks when bodies p of kind a and q of kind b push each other, -1 for none; contacts.py counts alike."""
        names = self.draft.names
        if p > q:
            p, q, a, b = q, p, b, a
        if (a, b) not in self.watch:
            return -1
        i, j, count = p - names.first[a], q - names.first[b], names.count[b]
        return self.watch[a, b] + (i * (2 * count - i - 1) // 2 + j - i - 1 if a == b else i * count + j)

    def _instances(self, a: str, b: str) -> list[tuple[int, int]]:
        """Pairs of bodies of two kinds; each once where the kinds are the same."""
        if b == "walls":
            return [(p, 0) for p in self.draft.bodies_of(a)]
        pairs = [(p, q) for p in self.draft.bodies_of(a) for q in self.draft.bodies_of(b) if p != q and not (a == b and q < p)]
        return [(p, q) for p, q in pairs if not self.bodies.shots.meets_owner(p, q)]

    def _rule(self, name: str, rule: Rule, ends: bool) -> Node | None:
        """Write one rule. Returns its `if`."""
        row = [0] * RuleTable.COLUMNS
        constants, formulas = self.draft.constants, self.draft.scenario.formulas
        row[RuleTable.ONCE], row[RuleTable.ENDS] = int(rule.once), int(ends)
        row[RuleTable.COOLDOWN] = constants.add(
            float(whole_decisions(rule.cooldown or 0.0, self.draft.scenario.world.decisions_per_second))
        )
        row[RuleTable.CHANCE] = constants.add(rule.chance)
        row[RuleTable.MEETING] = len(self.meetings)
        condition = formulas.get(f"$.rules.{name}.when.if") or formulas.get(f"$.rules.{name}.if")
        if condition is not None:
            row[RuleTable.IF], row[RuleTable.IF_END] = self.draft.code.formula(condition)
        if isinstance(rule.when, str):
            row[RuleTable.WHEN] = When.FORMULA
            row[RuleTable.CODE], row[RuleTable.CODE_END] = self.draft.code.formula(formulas[f"$.rules.{name}.when"])
            self._meeting(name, 0, 0, None, None)
        else:
            self._event(name, rule, rule.when, row)
        row[RuleTable.MEETINGS] = len(self.meetings) - row[RuleTable.MEETING]
        row[RuleTable.EFFECT] = len(self.effects)
        self._effects(name, rule)
        row[RuleTable.EFFECTS] = len(self.effects) - row[RuleTable.EFFECT]
        self.rules.append(row)
        return condition

    def _event(self, name: str, rule: Rule, event: Event, row: list[int]) -> None:
        kind, constants = event.kind, self.draft.constants
        row[RuleTable.WHEN] = _WHEN[kind]
        rate = self.draft.scenario.world.decisions_per_second
        if event.every is not None:
            period = decisions_in(event.every, rate)
            row[RuleTable.PERIOD], row[RuleTable.PARTS] = period.numerator, period.denominator
        if event.at is not None:
            row[RuleTable.PERIOD] = end_decision(event.at, rate)
        if kind in ("every", "at", "start"):
            self._meeting(name, 0, 0, None, None)
        elif kind == "breaks":
            self._breaks(name, event.breaks or "")
        elif kind == "hears":
            row[RuleTable.VALUE] = constants.add(-1.0 if event.symbol is None else float(event.symbol))
            team = event.hears or ""
            for body in self.draft.bodies_of(team):
                self._meeting(name, body, 0, team, None)
                if event.symbol is None:  # remember the last symbol: another one is the event
                    last = self.draft.rows.take()
                    self.meetings[-1][Meeting.WATCH] = last
                    self.spawn.number(last, -1.0)
        else:
            a, b = event.pair or ("", "")
            if b == "walls":
                row[RuleTable.WHEN] = _AGAINST_WALLS[_WHEN[kind]]
            if kind == "near":
                row[RuleTable.VALUE] = constants.add(event.within or 0.0)
            for p, q in self._instances(a, b):
                self._meeting(name, p, q, a, None if b == "walls" else b)
                if kind in ("touch", "apart"):
                    watch = self.bodies.body[p][BodyTable.WALL_WATCH] if b == "walls" else self.touch_mark(p, q, a, b)
                    self.meetings[-1][Meeting.WATCH] = watch
                if kind in ("grabs", "releases"):
                    self.meetings[-1][Meeting.WATCH] = self.draft.names.hands[p] + Hand.HELD
                else:
                    self.follow.follow(rule, event, p, q, self.meetings[-1])
                if kind == "releases":  # an event of those who held before, so it counts as held from the start
                    self.spawn.number(self.meetings[-1][Meeting.HELD], 1.0)

    def _breaks(self, rule: str, joint: str) -> None:
        """A meeting for each joint of a name: its two ends meet when it breaks."""
        names = self.draft.names
        for k, pair in enumerate(self.draft.scenario.joined(joint)):
            (p, kind_a), (q, kind_b) = ((names.first[end[0]] + end[1], end[0]) if end else (0, None) for end in pair)
            self._meeting(rule, p, q, kind_a, kind_b)
            self.meetings[-1][Meeting.WATCH] = names.joints[joint] + k * Joint.ROWS + Joint.BROKEN

    def _meeting(self, rule: str, a: int, b: int, kind_a: str | None, kind_b: str | None) -> None:
        row = [-1] * Meeting.COLUMNS
        row[Meeting.A], row[Meeting.B] = a, b
        row[Meeting.HELD], row[Meeting.WAIT] = self.draft.rows.take(), self.draft.rows.take()
        row[Meeting.PART_A], row[Meeting.PART_B] = self._part(rule, kind_a, a), self._part(rule, kind_b, b)
        self.meetings.append(row)

    def _part(self, rule: str, kind: str | None, body: int) -> int:
        """Row that counts how often this agent, or who shot this projectile, took part in the rule in this decision; -1 for other things."""
        body = self.bodies.shots.owner.get(body, body)
        kind = self._team_of.get(body, kind)
        if kind is None or kind not in self.draft.scenario.teams:
            return -1
        if (rule, kind) not in self.parts:
            self.parts[rule, kind] = self.draft.rows.take(self.draft.names.count[kind])
        return self.parts[rule, kind] + body - self.draft.names.first[kind]

    def _effects(self, name: str, rule: Rule) -> None:
        """Values are worked out before anything is placed; a place keeps what the rule sets of motion and heading, and what is added comes on top."""
        formulas, path = self.draft.scenario.formulas, f"$.rules.{name}.do"
        later = [target for target in rule.do.add if self._is_motion(target, rule)]
        for target in rule.do.set:
            self._change(name, rule, "set", target)
        for target in rule.do.add:
            if target not in later:
                self._change(name, rule, "add", target)
        for word, place in rule.do.place.items():
            spot = self.spawn.spot(self._meant(rule, word), place)
            row = self._target(rule, word)
            row[Effect.OP], row[Effect.SPOT] = EffectOp.PLACE, spot
            kept = [
                target.partition(".")[2] for target in rule.do.set if self._whom(rule, target.partition(".")[0]) == self._whom(rule, word)
            ]
            row[Effect.KEEP] = sum(flag for field, flag in _KEPT.items() if field in kept) + self._back(self._meant(rule, word))
        for target in later:
            self._change(name, rule, "add", target)
        for word in rule.do.remove:
            left = self.draft.rows.take(self.draft.names.count[self._meant(rule, word)])
            row = self._target(rule, word)
            row[Effect.OP], row[Effect.ROW] = EffectOp.REMOVE, left
        for joint in rule.do.break_:
            row = [0] * Effect.COLUMNS
            row[Effect.OP], row[Effect.TARGET] = EffectOp.BREAK, Target.ALL
            row[Effect.LAST] = self.draft.names.joint_counts[joint]
            row[Effect.ROW], row[Effect.STRIDE] = self.draft.names.joints[joint] + Joint.BROKEN, Joint.ROWS
            self.effects.append(row)
        for word in rule.do.push:
            code = self.draft.code.formula(formulas[f"{path}.push.{word}"])
            row = self._target(rule, word)
            row[Effect.OP] = EffectOp.PUSH
            row[Effect.CODE], row[Effect.CODE_END] = code

    def _back(self, kind: str) -> int:
        """Flags of what placing does to those of a kind that were removed: things come back; agents never do, and shots only when they are shot."""
        if kind not in self.draft.scenario.things or self.draft.scenario.shooters(kind):
            return 0
        return Keep.BACK + (Keep.BACK_SOLID if self.draft.scenario.kind(kind).body != "sensor" else 0)

    def _change(self, name: str, rule: Rule, verb: str, target: str) -> None:
        """Compile one entry of `set` or `add`."""
        word, _, variable = target.partition(".")
        kind = self._meant(rule, word)
        owned = variable.startswith("owner.") and kind in self.draft.names.owner
        code = self.draft.code.formula(self.draft.scenario.formulas[f"$.rules.{name}.do.{verb}.{target}"])
        row = self._owner(rule, word) if owned else self._target(rule, word)
        if owned:
            kind, variable = next(iter(self.draft.scenario.shooters(kind))), variable.removeprefix("owner.")
        row[Effect.CODE], row[Effect.CODE_END] = code
        self._field(row, verb, kind, variable)

    def _meant(self, rule: Rule, word: str) -> str:
        """The kind that a target of an effect names."""
        kind = self.draft.scenario.meant(rule, word)
        assert kind is not None, "checked"
        return kind

    def _whom(self, rule: Rule, word: str) -> str:
        """The one word for whom an effect is on: self, other, or a kind that didn't meet."""
        met = (None, None) if isinstance(rule.when, str) else self.draft.scenario.who_met(rule.when)
        return {met[1]: "other", met[0]: "self"}.get(word, word)

    def _is_motion(self, target: str, rule: Rule) -> bool:
        """Whether a target is the motion or heading of what the rule places as well."""
        word, _, variable = target.partition(".")
        return variable in _KEPT and any(self._whom(rule, word) == self._whom(rule, placed) for placed in rule.do.place)

    def _target(self, rule: Rule, word: str) -> list[int]:
        """A new effect: on the first or the second that met where self, other or the kind of one is named, else on all of the kind."""
        kind = self._meant(rule, word)
        row, first = [0] * Effect.COLUMNS, self.draft.names.first[kind]
        row[Effect.TARGET] = {"self": Target.A, "other": Target.B}.get(self._whom(rule, word), Target.ALL)
        row[Effect.FIRST], row[Effect.LAST] = first, first + self.draft.names.count[kind]
        self.effects.append(row)
        return row

    def _owner(self, rule: Rule, word: str) -> list[int]:
        """A new effect on whoever shot the projectile that met."""
        team = next(iter(self.draft.scenario.shooters(self._meant(rule, word))))
        row = self._target(rule, word)
        row[Effect.TARGET] = Target.OWNER_A if row[Effect.TARGET] == Target.A else Target.OWNER_B
        row[Effect.FIRST], row[Effect.LAST] = self.draft.names.first[team], self.draft.names.first[team] + self.draft.names.count[team]
        return row

    def _field(self, row: list[int], verb: str, kind: str, variable: str) -> None:
        first, adds = self.draft.names.first[kind], verb == "add"
        if (kind, variable) in self.draft.names.states:
            row[Effect.OP], row[Effect.ROW], row[Effect.STRIDE] = (
                (EffectOp.ADD if adds else EffectOp.SET),
                self.draft.names.states[kind, variable],
                1,
            )
            declared = self.draft.scenario.declared_range(kind, variable)
            row[Effect.RANGE] = self.draft.constants.block(*declared) if declared else 0
        elif variable == "velocity":
            row[Effect.OP] = EffectOp.ADD_VECTOR if adds else EffectOp.SET_VECTOR
            row[Effect.ROW], row[Effect.STRIDE] = first * Body.ROWS + Body.VX, Body.ROWS
        elif variable == "angle_deg":
            row[Effect.OP] = EffectOp.ADD_ANGLE if adds else EffectOp.SET_ANGLE
        elif variable == "surface_speed":
            row[Effect.OP], row[Effect.ROW], row[Effect.STRIDE] = (
                (EffectOp.ADD if adds else EffectOp.SET),
                first * Body.ROWS + Body.SURFACE,
                Body.ROWS,
            )
        elif variable == "accel":
            row[Effect.OP] = EffectOp.ADD_ACCEL if adds else EffectOp.SET_ACCEL
            row[Effect.ROW], row[Effect.STRIDE] = first * Body.ROWS + Body.ACCEL, Body.ROWS
        elif variable == "top_speed":
            row[Effect.OP] = EffectOp.ADD_TOP_SPEED if adds else EffectOp.SET_TOP_SPEED
            row[Effect.ROW], row[Effect.STRIDE] = first * Body.ROWS + Body.TOP_SPEED, Body.ROWS
        else:  # spin_deg_per_s
            row[Effect.OP] = EffectOp.ADD_SPIN if adds else EffectOp.SET_SPIN
            row[Effect.ROW], row[Effect.STRIDE] = first * Body.ROWS + Body.SPIN, Body.ROWS

    # --- rewards ------------------------------------------------------------------------------------------------------------------------------

    def team_terms(self, team: str) -> list[str]:
        """Names of a team's reward terms, in order."""
        return [term.name for term in self.draft.scenario.paid_terms(team)]

    def _rewards(self) -> None:
        for team in self.draft.scenario.teams:
            first, agents = len(self.terms), self.draft.names.count[team]
            for term in self.draft.scenario.paid_terms(team):
                row = [0] * Term.COLUMNS
                if isinstance(term.weight, Varied):
                    row[Term.WEIGHT], row[Term.PARAM] = self.draft.constants.add(1.0), self.draft.names.params[term.weight.name]
                else:
                    row[Term.WEIGHT] = self.draft.constants.add(term.weight)
                row[Term.SHARED] = int(self.draft.scenario.is_shared(team))
                if term.rule is not None:
                    own = self.parts.get((term.rule, team))
                    row[Term.OP] = TermOp.EVENT if own is None or row[Term.SHARED] else TermOp.PART
                    row[Term.ROW] = self.draft.names.fired[term.rule] if row[Term.OP] == TermOp.EVENT else own or 0
                else:
                    assert term.node is not None
                    row[Term.OP] = TermOp.PROGRESS if term.progress else TermOp.FORMULA
                    row[Term.CODE], row[Term.CODE_END] = self.draft.code.formula(term.node)
                    row[Term.COMMON] = int(not term.progress and not row[Term.SHARED] and not depends_on_self(term.node))
                    if term.progress:
                        row[Term.ROW] = self.draft.rows.take(agents)
                self.terms.append(row)
            self.term_ranges[team] = first, len(self.terms)

    def place_terms(self, ledger: Ledger) -> None:
        """Write where the reward terms go."""
        for team, places in ledger.terms.items():
            for row, place in zip(self.terms[slice(*self.term_ranges[team])], places.values(), strict=True):
                row[Term.OUT] = place.first
