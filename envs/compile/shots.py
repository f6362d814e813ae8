"""Compiles shooting: who shoots what from which pool, and what a projectile's flight is like."""

import math

from ...scenarios.model.clock import whole_decisions
from ...scenarios.model.shoot import STATE as AMMO
from ...scenarios.model.shoot import Shoot
from ..kernels.world.layout.things import Gun, Shot
from .draft import Draft
from .spawn import SpawnTable


class Shots:
    """Writes the tables of shooting agents and of projectiles. Each agent has a pool of its own: the owner of a projectile never changes."""

    def __init__(self, draft: Draft, spawn: SpawnTable) -> None:
        self.draft, self.spawn = draft, spawn
        self.owner: dict[int, int] = {}
        """The body that shoots each projectile, by the projectile's body."""
        self._row: dict[int, int] = {}
        self.guns: list[list[int]] = []
        self.shots: list[list[int]] = []
        next_free = {kind: draft.names.first[kind] for kind in draft.scenario.things}
        for name, team in draft.scenario.teams.items():
            if team.shoot is None:
                continue
            reload = draft.names.reload[name] = draft.rows.take(team.count)
            kind = team.shoot.projectile
            if kind not in draft.names.owner:
                draft.names.owner[kind] = draft.rows.take(draft.names.count[kind])
            top = draft.names.top_speed.get(name, 0.0)
            draft.names.shot_speed[kind] = max(draft.names.shot_speed.get(kind, 0.0), team.shoot.speed + top)
            for i, body in enumerate(draft.bodies_of(name)):
                self._gun(name, team.shoot, i, body, next_free[kind], reload + i)
                next_free[kind] += team.shoot.pool

    def _gun(self, team: str, shoot: Shoot, index: int, body: int, first: int, reload: int) -> None:
        names, constants = self.draft.names, self.draft.constants
        row = [0] * Gun.COLUMNS
        row[Gun.BODY], row[Gun.FREE] = body, int(shoot.aim == "free")
        row[Gun.SHOT], row[Gun.SHOTS] = len(self.shots), shoot.pool
        row[Gun.SPEED], row[Gun.SPREAD] = constants.add(shoot.speed), constants.add(math.radians(shoot.spread_deg))
        row[Gun.COOLDOWN], row[Gun.LIFE] = (
            constants.add(self.decisions(shoot.cooldown)),
            constants.add(max(1.0, self.decisions(shoot.lifetime))),
        )
        row[Gun.AMMO] = names.states[team, AMMO] + index if shoot.ammo is not None else -1
        row[Gun.RELOAD] = reload
        self.guns.append(row)
        for shot in range(first, first + shoot.pool):
            self.owner[shot], self._row[shot] = body, len(self.shots)
            flight = [0] * Shot.COLUMNS
            flight[Shot.BODY], flight[Shot.OWNER] = shot, body
            flight[Shot.LEFT], flight[Shot.SPENT] = self.draft.rows.take(), self.draft.rows.take()
            flight[Shot.VANISHES], flight[Shot.KNOCK] = int(shoot.on_hit == "vanish"), constants.add(shoot.knock_back)
            self.shots.append(flight)
            owner_row = names.owner[shoot.projectile] + shot - names.first[shoot.projectile]
            self.spawn.number(owner_row, float(body))

    def decisions(self, seconds: float) -> float:
        """Decisions in a span of time, rounded up."""
        return float(whole_decisions(seconds, self.draft.scenario.world.decisions_per_second))

    def pooled(self, body: int) -> int:
        """1 + the row of a projectile in its table, 0 for what is none."""
        return self._row[body] + 1 if body in self._row else 0

    def meets_owner(self, a: int, b: int) -> bool:
        """Whether one of two bodies is a projectile of the other, which it never touches."""
        return self.owner.get(a) == b or self.owner.get(b) == a

    def order(self, pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Pairs of bodies with those of projectiles last, projectile by projectile, so that those of absent ones can be skipped whole."""
        plain = [pair for pair in pairs if pair[0] not in self._row and pair[1] not in self._row]
        by_shot: dict[int, list[tuple[int, int]]] = {shot: [] for shot in self._row}
        for pair in pairs:
            if pair[0] in self._row or pair[1] in self._row:
                by_shot[pair[0] if pair[0] in self._row else pair[1]].append(pair)
        ordered = plain
        for shot, own in by_shot.items():
            flight = self.shots[self._row[shot]]
            flight[Shot.PAIR], flight[Shot.PAIR_END] = len(ordered), len(ordered) + len(own)
            ordered = ordered + own
        return ordered

    def place_trigger(self, body: int, action: int, discrete: bool) -> None:
        """Write where in all agents' actions the trigger of an agent stands, if it has one."""
        for row in self.guns:
            if row[Gun.BODY] == body:
                row[Gun.ACTION], row[Gun.DISCRETE] = action, int(discrete)
