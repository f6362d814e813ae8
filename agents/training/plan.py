"""What a run of learning is asked for. A field with its docstring is an option of `sandlot train` with its help, so nothing here needs PyTorch."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

from ...envs.core.arguments import whole
from ..play.seeds import RUN_SEEDS

if TYPE_CHECKING:
    from ...envs.core.vector import ActionKind

MOST = 1e12
"""Of numbers that have no limit of their own; far beyond it float32 ends."""
MOST_STEPS = 10**15
WIDEST, DEEPEST = 8192, 16
"""Numbers in a layer, and layers, at most."""


# --- ranges -----------------------------------------------------------------------------------------------------------------------------------


def between(default: Any, low: float, high: float) -> Any:
    """A field that has to be in a range."""
    return field(default=default, metadata={"low": low, "high": high, "above": False, "told": high})


def from_on(default: Any, low: float, most: float = MOST, *, above: bool = False) -> Any:
    """A field that has to be `low` or more (with `above`: more), and in fact not beyond all bounds."""
    return field(default=default, metadata={"low": low, "high": most, "above": above, "told": None})


def check_fields(asked: Any) -> None:
    """Refuse numbers that are out of their field's range; None is none of them.

    Raises:
        ValueError: It begins with the field's name.
    """
    for one in fields(asked):
        value = getattr(asked, one.name)
        if not one.metadata or (value is None and one.default is None):
            continue
        low, high = one.metadata["low"], one.metadata["high"]
        if isinstance(one.default, float):
            check_range(one.name, value, low, high, above=one.metadata["above"])
        else:
            whole(one.name, value, low, high)


def check_range(name: str, value: Any, low: float, high: float, *, above: bool = False) -> None:
    """Refuse a number that is out of range, or none; with `above` the lowest one is refused too.

    Raises:
        ValueError: It begins with the name.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high or (above and value == low):
        raise ValueError(
            f"{name}: expected a number {f'above {low:g} and at most {high:g}' if above else f'from {low:g} to {high:g}'}, got {value!r}"
        )


def check_widths(hidden: tuple[int, ...]) -> None:
    """Refuse layers that can't be.

    Raises:
        ValueError: It begins with `hidden`.
    """
    if len(hidden) > DEEPEST or not all(isinstance(width, int) and 1 <= width <= WIDEST for width in hidden):
        raise ValueError(f"hidden: expected at most {DEEPEST} widths from 1 to {WIDEST}, got {','.join(map(str, hidden))}")


# --- how to learn, and what -------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Settings:
    """How to learn. Every field is an option of `sandlot train`."""

    algo: str = "ippo"
    """`ippo` (the critic sees what the agent sees) or `mappo` (it sees the state too)."""
    worlds: int = from_on(256, 1, 1 << 20)
    """Worlds side by side."""
    horizon: int = from_on(64, 1, 1 << 16)
    """Decisions of each world between updates."""
    epochs: int = from_on(4, 1, 1000)
    """Passes over each batch of experience."""
    minibatch: int = from_on(2048, 1, 1 << 30)
    """Decisions that one step of the optimiser looks at."""
    learning_rate: float = from_on(1e-3, 0, above=True)
    """Of Adam; falls to a tenth towards the end."""
    gamma: float = between(0.0, 0, 1)
    """What a reward is worth one decision later; 0: by the length of an episode."""
    trace: float = between(0.95, 0, 1)
    """Lambda of generalised advantage estimation."""
    clip: float = from_on(0.2, 0, above=True)
    """How far the probability of an action may move in one update."""
    entropy: float = from_on(0.0, 0)
    """Weight of the entropy bonus."""
    value_weight: float = from_on(0.5, 0)
    """Weight of the critic's loss."""
    max_gradient: float = from_on(0.5, 0, above=True)
    """Greatest norm of a gradient."""
    hidden: tuple[int, ...] = (64, 64)
    """Widths of the layers."""
    memory: int = from_on(0, 0, WIDEST)
    """Width of a recurrent layer (GRU); 0: none."""
    log_std: float = -0.5
    """Logarithm of the spread of continuous actions at the start."""

    def __post_init__(self) -> None:
        """Refuse what nobody can learn with."""
        if self.algo not in ("ippo", "mappo"):
            raise ValueError(f"algo: expected ippo or mappo, got {self.algo!r}")
        check_fields(self)
        check_range("log_std", self.log_std, -20, 20)
        check_widths(self.hidden)


@dataclass(frozen=True)
class Plan:
    """What to train, against whom, for how long. Every field is an option of `sandlot train`, but `freeze`."""

    teams: tuple[str, ...] = ()
    """Who learns; may be given more than once. All teams that can do anything by default, against each other and their frozen selves."""
    others: Mapping[str, str] = field(default_factory=dict[str, str])
    """Who plays a team that doesn't learn: scripted (default), random, planner, best, or a policy file."""
    shared: bool = False
    """Teams with equal spaces share one network."""
    steps: int = from_on(5_000_000, 1, MOST_STEPS)
    """Agent decisions in all, counted over all learning agents; what guests decide, or agents that are out, is not counted. By default 5 million, for bc
    200,000."""
    seed: int = between(0, 0, RUN_SEEDS - 1)
    """Of networks, worlds and all chance."""
    league: float = between(0.25, 0, 0.9)
    """Share of worlds in which learners meet frozen selves, scripts and chance instead of their present opponents; only where several teams learn."""
    freeze: int = from_on(1_000_000, 1, MOST_STEPS)
    """Decisions between two frozen selves."""
    start: Mapping[str, str] = field(default_factory=dict[str, str])
    """A policy file to begin with."""
    settle: int | None = from_on(None, 0, MOST_STEPS)
    """Decisions for which a policy of --start is only valued, before it learns: a critic that knows nothing would unteach it; a quarter of the steps, at most
    300,000, if nothing is said."""
    lessons: bool = True
    """Whether the game's lessons come first."""
    actions: "ActionKind" = "continuous"
    """What all teams do: continuous (numbers) or discrete (choices, without those that can do nothing now)."""
    settings: Settings = field(default_factory=Settings)
    """How to learn."""

    def __post_init__(self) -> None:
        """Refuse numbers that are out of range."""
        check_fields(self)

    @property
    def valued(self) -> int:
        """Agent decisions after which policies to begin with learn."""
        return min(300_000, self.steps // 4) if self.settle is None else self.settle

    def to_json(self) -> dict[str, Any]:
        """As kept in `config.json`."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Plan":
        """From `config.json`."""
        known = {one.name for one in fields(cls)}
        settings = dict(data["settings"])
        settings["hidden"] = tuple(settings["hidden"])
        return cls(
            **{name: value for name, value in data.items() if name in known}
            | {"settings": Settings(**settings), "teams": tuple(data["teams"])}
        )


__all__ = ["MOST", "WIDEST", "Plan", "Settings", "check_range", "check_widths"]
