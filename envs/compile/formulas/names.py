"""Where compiling put what formulas speak of, and the constants of all tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass
class Names:
    """Where the compiler put what formulas speak of.

    Attributes:
        first: The first body of each kind.
        count: How many of each kind.
        states: First row of each state variable, by (kind, variable); one row a body.
        own: First row of each number that a drive keeps, by (kind, name in formulas); one row a body.
        marks: As states, for what hands make true or false of each body, by (kind, mark).
        joints: First row of the joints of each name; JOINT_ROWS for each of them.
        joint_counts: How many of each name.
        hands: First row of the hands of each body that has some.
        draws: Row of each draw.
        params: Row of each param that varies by world.
        given: First of the rows that hold what was given from outside for such a param; GIVEN_ROWS each.
        fired: Row of each rule's count in this decision.
        counted: Row of each rule's count in this episode.
        clock: Row of the decision counter.
        rounds: Row that counts how often that began anew, 0 where it never does.
        decision: Seconds of a decision.
        time_limit: Seconds until the end, 0 for none.
        far: Distance to what is not there [m].
        scales: What each state variable is divided by to be seen, by (kind, variable), and on which sides of 0 it is then squashed.
        flung: Greatest speed along an axis that rules give each kind [m/s], 0 for none that is known.
        whirled: Greatest spin that rules give each kind [rad/s], 0 for none that is known.
        swift: Kinds of which rules may raise the top speed without bound, so that velocities are squashed.
        top_speed: Greatest speed of each kind's drive [m/s], 0 for none.
        hearing: How far each team is heard [m], 0 for everywhere.
        wrap: Width and height of a world that wraps [m], None for others.
        reload: First row of each shooting team's decisions until it may shoot again; one row an agent.
        owner: First row of the bodies that shoot each projectile; one row a projectile.
        shot_speed: Greatest speed of each projectile when it is shot [m/s].
        asked: Actions that formulas read, by name: to want these is to do something, even where nothing comes of it.
    """

    first: dict[str, int] = field(default_factory=dict[str, int])
    count: dict[str, int] = field(default_factory=dict[str, int])
    states: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    own: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    marks: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    joints: dict[str, int] = field(default_factory=dict[str, int])
    joint_counts: dict[str, int] = field(default_factory=dict[str, int])
    hands: dict[int, int] = field(default_factory=dict[int, int])
    draws: dict[str, int] = field(default_factory=dict[str, int])
    params: dict[str, int] = field(default_factory=dict[str, int])
    given: dict[str, int] = field(default_factory=dict[str, int])
    fired: dict[str, int] = field(default_factory=dict[str, int])
    counted: dict[str, int] = field(default_factory=dict[str, int])
    clock: int = 0
    rounds: int = 0
    decision: float = 0.1
    time_limit: float = 0.0
    far: float = 0.0
    scales: dict[tuple[str, str], tuple[float, int]] = field(default_factory=dict[tuple[str, str], tuple[float, int]])
    flung: dict[str, float] = field(default_factory=dict[str, float])
    whirled: dict[str, float] = field(default_factory=dict[str, float])
    swift: set[str] = field(default_factory=set[str])
    top_speed: Mapping[str, float] = field(default_factory=dict[str, float])
    hearing: Mapping[str, float] = field(default_factory=dict[str, float])
    wrap: tuple[float, float] | None = None
    reload: dict[str, int] = field(default_factory=dict[str, int])
    owner: dict[str, int] = field(default_factory=dict[str, int])
    shot_speed: dict[str, float] = field(default_factory=dict[str, float])
    asked: set[str] = field(default_factory=set[str])


class Constants:
    """The pool of constants; equal ones are shared."""

    def __init__(self) -> None:
        self.values: list[float] = [0.0]
        self._index: dict[float, int] = {0.0: 0}

    def add(self, value: float) -> int:
        """Index of a constant."""
        if value not in self._index:
            self._index[value] = len(self.values)
            self.values.append(float(value))
        return self._index[value]

    def block(self, *values: float) -> int:
        """First index of several constants that stand together."""
        self.values.extend(float(value) for value in values)
        return len(self.values) - len(values)


__all__ = ["Constants", "Names"]
