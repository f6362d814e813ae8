"""The tree of a formula, and what a formula may speak about where it stands."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Type: TypeAlias = Literal["number", "truth", "vector", "thing"]
Where: TypeAlias = Literal["reward", "rule", "score", "baseline", "solid_if", "view", "zone", "world"]
Value: TypeAlias = float | str | tuple[str, int] | None


@dataclass(frozen=True, slots=True)
class Node:
    """One operation of a formula.

    Attributes:
        op: What is done. Leaves: num, param, draw, self, other, one, each, time, time_left, random,
            rule_count, happened, heard. Else an operator (add, sub, mul, div, mod, neg, lt, le,
            gt, ge, eq, ne, and, or, not, if, field, joint) or the name of a function.
        type: Of the result.
        args: Operands, in order; ``if`` has condition, then, else.
        value: A number (num), the name of a field (field), joint.field (joint), the name of a kind (each, one, the functions
            over a kind), of a param, draw, rule or team.
        kind: Of a thing, its kind where that is known.
    """

    op: str
    type: Type
    args: tuple["Node", ...] = ()
    value: Value = None
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class KindInfo:
    """What formulas need to know of a kind.

    Attributes:
        count: How many there are.
        team: Whether it acts.
        state: Type of each state variable.
        moving: Whether it can move.
        says: Whether it says symbols.
        drive: Type of its drive, "" for none.
        shoots: Whether it has a cooldown.
        owners: The teams that shoot it, empty for what is no projectile.
        driven: Type of each field that it has by its drive: its actions, accel, top_speed.
        marks: What hands make true or false of each: holding, held, locked, ...
    """

    count: int
    team: bool = False
    state: Mapping[str, Literal["number", "truth"]] = field(
        default_factory=dict[str, Literal["number", "truth"]]
    )
    moving: bool = False
    says: bool = False
    drive: str = ""
    shoots: bool = False
    owners: tuple[str, ...] = ()
    driven: Mapping[str, Type] = field(default_factory=dict[str, Type])
    marks: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class JointInfo:
    """What formulas need to know of the joints of a name.

    Attributes:
        type: Which sort of joint.
        count: How many there are.
        owners: Kinds of which each has its own, index by index.
    """

    type: str
    count: int
    owners: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Scope:
    """The names a formula may use.

    Attributes:
        kinds: Things and teams.
        params: Params with their values (folded into the tree).
        varied: Params that vary by world, which are read when the formula runs.
        draws: Draws; the kind for a thing, None for a number.
        rules: Names of rules.
        joints: Joints by name.
        let: Names of formulas, with the syntax tree of each; None for one that is wrong itself.
        self_kind: Kind of ``self``, None where there is no self.
        other_kind: Kind of ``other``, None where there is no other.
        bound: Kinds that mean an instance already at hand, as "self" or "other".
        where: The section it stands in.
        world_size: Width and height [m].
        time_limit: Seconds until the end, None for never.
    """

    kinds: Mapping[str, KindInfo]
    params: Mapping[str, float | bool] = field(default_factory=dict[str, float | bool])
    varied: frozenset[str] = frozenset()
    draws: Mapping[str, str | None] = field(default_factory=dict[str, str | None])
    rules: frozenset[str] = frozenset()
    joints: Mapping[str, JointInfo] = field(default_factory=dict[str, JointInfo])
    let: Mapping[str, ast.expr | None] = field(default_factory=dict[str, ast.expr | None])
    self_kind: str | None = None
    other_kind: str | None = None
    bound: Mapping[str, str] = field(default_factory=dict[str, str])
    where: Where = "reward"
    world_size: tuple[float, float] = (10.0, 10.0)
    time_limit: float | None = None


class FormulaError(ValueError):
    """A formula that can't be used; ``index`` is the character of its text where it goes wrong."""

    def __init__(self, message: str, index: int = 0) -> None:
        super().__init__(message)
        self.index = index


class UnreadableName(FormulaError):
    """A formula that uses one by name which is wrong itself, and reported there."""
