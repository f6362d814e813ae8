"""What a viewer needs to draw a world: the shapes of an episode, and one frame of it."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Shape:
    """One body's outline, fixed for an episode.

    Attributes:
        kind: The name of its thing or team in the scenario.
        index: Which one of its kind, from 0.
        is_agent: Whether a policy moves it.
        body: `"dynamic"`, `"static"`, `"kinematic"` or `"sensor"`.
        vertices: Corners in the body's own frame [m], shape (n, 2); one corner for a circle, two for a capsule.
        radius: How far the outline lies outside the corners [m].
        color: CSS name or `#rrggbb`.
        has_heading: Whether its direction matters to a viewer (it steers, or it is no circle).
        wheels: Of a car: x and y of each wheel in its own frame [m], and whether it is steered.
        wheel: Length of a wheel [m].
    """

    kind: str
    index: int
    is_agent: bool
    body: str
    vertices: NDArray[np.float32]
    radius: float
    color: str
    has_heading: bool
    wheels: tuple[tuple[float, float, bool], ...] = ()
    wheel: float = 0.0


@dataclass(frozen=True)
class Tie:
    """A joint between two bodies, or a body and the world.

    Attributes:
        type: `"pin"`, `"weld"`, `"slider"`, `"rope"` or `"spring"`.
        first: Index of a shape, -1 for the world.
        second: As `first`.
        a: Where it holds the first, in that body's frame [m] (the world's: there).
        b: As `a`, of the second.
        axis: Direction of a slider in the frame of the first [rad].
        travel: How far a slider is drawn [m].
        length: Greatest length of a rope [m].
    """

    type: str
    first: int
    second: int
    a: tuple[float, float]
    b: tuple[float, float]
    axis: float = 0.0
    travel: tuple[float, float] = (-0.5, 0.5)
    length: float = 0.0


@dataclass(frozen=True)
class Scene:
    """All that stays the same while an episode is drawn.

    Attributes:
        name: The game's name.
        about: One sentence on it.
        size: Width and height of the world [m]; the origin is its centre, y points up.
        walls: `"solid"`, `"open"` or `"wrap"`.
        step_seconds: Simulated time between two frames [s].
        shapes: One for each body, in the order of `Frame.pose`.
        teams: Team names in order.
        policies: What plays each team, for the caption.
        ties: The joints, in the order of `Frame.broken`.
    """

    name: str
    about: str
    size: tuple[float, float]
    walls: str
    step_seconds: float
    shapes: tuple[Shape, ...]
    teams: tuple[str, ...]
    policies: dict[str, str] = field(default_factory=dict[str, str])
    ties: tuple[Tie, ...] = ()


@dataclass(frozen=True)
class Frame:
    """One moment.

    Attributes:
        time: Seconds since the episode began.
        pose: x [m], y [m] and angle [rad] of each body, shape (bodies, 3).
        present: Whether each body is in the world, shape (bodies,).
        solid: Whether each body can be bumped into now, shape (bodies,).
        said: The symbol each body says, -1 for none, shape (bodies,).
        score: Score of each team so far.
        reward: Reward of each team in this step, the mean over its agents.
        events: Names of the rules that fired in this step, once for each time.
        steer: Angle of each body's steered wheels [rad], shape (bodies,); None where nothing has wheels.
        belt: Speed of each body's surface [m/s], shape (bodies,), clockwise around it; None where none runs.
        broken: Whether each joint is broken, in the order of `Scene.ties`.
        grips: Who holds what: holder, held, and where in the holder's frame [m].
        locked: Bodies that are locked, and by which team.
    """

    time: float
    pose: NDArray[np.float32]
    present: NDArray[np.bool_]
    solid: NDArray[np.bool_]
    said: NDArray[np.int64]
    score: dict[str, float]
    reward: dict[str, float]
    events: tuple[str, ...] = ()
    steer: NDArray[np.float32] | None = None
    belt: NDArray[np.float32] | None = None
    broken: tuple[bool, ...] = ()
    grips: tuple[tuple[int, int, tuple[float, float]], ...] = ()
    locked: tuple[tuple[int, str], ...] = ()
