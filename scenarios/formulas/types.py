"""The tree of a formula, and what a formula may speak about where it stands."""

import ast
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, TypeVar

T = TypeVar("T")
Type: TypeAlias = Literal["number", "truth", "vector", "thing"]
NOUNS = {"number": "a number", "truth": "true or false", "vector": "a vector", "thing": "a thing", "place": "a thing or a vector"}
"""What messages call the types."""
Where: TypeAlias = Literal["reward", "rule", "score", "baseline", "solid_if", "view", "zone", "world"]
Value: TypeAlias = float | str | tuple[str, int] | None


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One operation of a formula.

    Attributes:
        op: What is done. Leaves: num, param, draw, self, other, one, each, time, time_left, random,
            rule_count, happened, heard. Else an operator (add, sub, mul, div, mod, neg, lt, le,
            gt, ge, eq, ne, and, or, not, if, field, joint) or the name of a function.
        type: Of the result.
        args: Operands, in order; `if` has condition, then, else.
        value: A number (num), the name of a field (field), joint.field (joint), the name of a kind (each, one, the functions
            over a kind), of a param, draw, rule or team.
        kind: Of a thing, its kind where that is known.
        let: The name that stands for it, "" for none. Wherever the name has the same value it is the same node, which is worked out once:
            a tree has as many ways to it as the name has uses, so who walks one goes by `parts` or `fold`.
    """

    op: str
    type: Type
    args: tuple["Node", ...] = ()
    value: Value = None
    kind: str | None = None
    let: str = ""

    def __eq__(self, other: object) -> bool:
        """Return whether two formulas do the same, by whatever names."""
        return isinstance(other, Node) and all(_is_alike(one, two) for one, two in _side_by_side(self, other))

    def __hash__(self) -> int:
        """Return a hash of the node alone."""
        return hash((self.op, self.type, self.value, self.kind, len(self.args)))


def _side_by_side(first: Node, second: Node) -> Iterator[tuple[Node, Node]]:
    """Yield the nodes of two formulas that stand in the same places, each two once."""
    seen: set[tuple[int, int]] = set()
    waiting = [(first, second)]
    while waiting:
        one, two = waiting.pop()
        if one is not two and (id(one), id(two)) not in seen:
            seen.add((id(one), id(two)))
            yield one, two
            waiting += zip(one.args, two.args, strict=False)


def _is_alike(one: Node, two: Node) -> bool:
    return (one.op, one.type, one.value, one.kind, len(one.args)) == (two.op, two.type, two.value, two.kind, len(two.args))


def parts(*nodes: Node, known: Container[int] = ()) -> Iterator[Node]:
    """Yield every node of some formulas once, operands before what is made of them; none is too deep for it.

    Args:
        *nodes: The formulas.
        known: Ids of nodes to leave out, with all that only they are made of.
    """
    seen: set[int] = set()
    waiting: list[tuple[Node, bool]] = [(node, False) for node in reversed(nodes)]
    while waiting:
        node, ready = waiting.pop()
        if ready:
            yield node
        elif id(node) not in seen and id(node) not in known:
            seen.add(id(node))
            waiting.append((node, True))
            waiting += [(arg, False) for arg in reversed(node.args)]


def fold(work: Callable[[Node, list[T]], T], *nodes: Node, known: dict[int, T] | None = None) -> dict[int, T]:
    """Return what is worked out of every node of some formulas by its id, each once: `work` is given a node, and what it made of its operands.

    Args:
        work: Called for operands before what is made of them.
        *nodes: The formulas.
        known: What was worked out before; what is new is added to it.
    """
    found = dict[int, T]() if known is None else known
    for node in parts(*nodes, known=found):
        found[id(node)] = work(node, [found[id(arg)] for arg in node.args])
    return found


class Formulas(dict[str, Node]):
    """Trees by the paths of their formulas; compares and pickles them without following them into the deep."""

    def rows(self) -> tuple[tuple[object, ...], ...]:
        """Return all nodes, each as a row that tells operands by their numbers, then the numbers of the formulas."""
        number: dict[int, int] = {}
        rows: list[tuple[object, ...]] = []
        for node in parts(*self.values()):
            number[id(node)] = len(rows)
            rows.append((node.op, node.type, tuple(number[id(arg)] for arg in node.args), node.value, node.kind, node.let))
        return (*rows, tuple((path, number[id(node)]) for path, node in self.items()))

    def __eq__(self, other: object) -> bool:
        """Return whether two games have the same formulas."""
        return isinstance(other, Formulas) and self.rows() == other.rows()

    __hash__ = None

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        """Pickle and copy by rows."""
        return from_rows, (self.rows(),)


def from_rows(rows: Iterable[Any]) -> Formulas:
    """Return the formulas that `Formulas.rows` wrote."""
    *written, paths = rows
    nodes: list[Node] = []
    for op, type_, args, value, kind, let in written:
        nodes.append(Node(op, type_, tuple(nodes[k] for k in args), value, kind, let))
    return Formulas({path: nodes[k] for path, k in paths})


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
    state: Mapping[str, Literal["number", "truth"]] = field(default_factory=dict[str, Literal["number", "truth"]])
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
        self_kind: Kind of `self`, None where there is no self.
        other_kind: Kind of `other`, None where there is no other.
        bound: Kinds that mean an instance already at hand, as "self" or "other".
        where: The section it stands in.
        world_size: Width and height [m].
        time_limit: Seconds until the end, None for never.
        spoken: What `spoken_of` found, by name.
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
    spoken: dict[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]], compare=False)


@dataclass(slots=True)
class Script:
    """What the formulas of one script share: the names that stand for the same in all of them, and how long it is.

    Attributes:
        most: Operations that it may have.
        limit: Name of the constant in limits.py behind that.
        operations: Those it has so far.
        named: Values of names so far, by name and by those kinds of the functions around it that it speaks of, each with how deep it is.
    """

    most: int
    limit: str
    operations: int = 0
    named: dict[tuple[str, frozenset[str]], tuple[Node, int]] = field(default_factory=dict[tuple[str, frozenset[str]], tuple[Node, int]])


class FormulaError(ValueError):
    """A formula that can't be used; `index` is the character of its text where it goes wrong."""

    def __init__(self, message: str, index: int = 0) -> None:
        super().__init__(message)
        self.index = index


class UnreadableName(FormulaError):
    """A formula that uses one by name which is wrong itself, and reported there."""
