"""Write a film as one HTML page that plays anywhere: no network, no fonts, no server."""

import html
import json
from collections.abc import Iterable, Sequence
from importlib import resources
from typing import Any, Protocol

import numpy as np

from .scene import Frame, Scene, Shape, Tie
from .style import policy_text, rgb_of, team_colors


class Played(Protocol):
    """What a page is made of; `film.Film` is one."""

    @property
    def scene(self) -> Scene:
        """What the frames show."""
        ...

    @property
    def frames(self) -> Sequence[Frame]:
        """The frames in order."""
        ...


def page(film: Played) -> str:
    """Write a film as a complete HTML document.

    Raises:
        ValueError: The film has no frames.
    """
    if not film.frames:
        raise ValueError("the film has no frames")
    template = resources.files(__name__.rpartition(".")[0]).joinpath("page.html").read_text("utf-8")
    data = json.dumps(film_data(film), separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    data = data.replace("<", "\\u003c")  # so that no text can close the script element or open a comment in it
    head, body = template.split("__FILM__")
    return head.replace("__TITLE__", html.escape(film.scene.name)) + data + body


def inline_html(film: Played, height: int = 560) -> str:
    """Write a film as an element to show inside a notebook; `height` in CSS pixels."""
    # The sandbox lets the page run its script but reach neither the notebook nor the network.
    return (
        f'<iframe title="{html.escape(film.scene.name)}" sandbox="allow-scripts" allowfullscreen '
        f'style="width:100%;max-width:1100px;height:{int(height)}px;border:0" '
        f'srcdoc="{html.escape(page(film))}"></iframe>'
    )


def film_data(film: Played) -> dict[str, Any]:
    """All the page needs as plain values: whole millimetres and milliradians, changes instead of states."""
    scene, frames = film.scene, film.frames
    poses = np.stack([frame.pose for frame in frames])
    whole = np.rint(np.nan_to_num(poses.astype(np.float64), posinf=0.0, neginf=0.0) * 1000).astype(np.int64)
    colors = team_colors(scene)
    teams = [{"name": team, "color": hex_of(colors[team]), "by": policy_text(scene.policies.get(team, ""))} for team in scene.teams]
    return {
        "name": scene.name,
        "about": scene.about,
        "size": [float(side) for side in scene.size],
        "walls": scene.walls,
        "step": float(scene.step_seconds),
        "count": len(frames),
        "start": round(float(frames[0].time), 6),
        "teams": teams,
        "shapes": [shape_data(shape) for shape in scene.shapes],
        "pose": [track(whole[:, i]) for i in range(len(scene.shapes))],
        "present": [changes(bool(f.present[i]) for f in frames) for i in range(len(scene.shapes))],
        "solid": [changes(bool(f.solid[i]) for f in frames) for i in range(len(scene.shapes))],
        "steer": [
            changes(round(float(f.steer[i]), 3) for f in frames if f.steer is not None) if s.wheels else []
            for i, s in enumerate(scene.shapes)
        ],
        "belt": [changes(0.0 if f.belt is None else round(float(f.belt[i]), 3) for f in frames) for i in range(len(scene.shapes))],
        "said": [changes(int(f.said[i]) for f in frames) for i in range(len(scene.shapes))],
        "score": [changes(short(f.score.get(team)) for f in frames) for team in scene.teams],
        "reward": [changes(short(f.reward.get(team, 0.0)) for f in frames) for team in scene.teams],
        "ties": [tie_data(tie) for tie in scene.ties],
        "broken": [changes(f.broken[i] for f in frames) for i in range(len(scene.ties))],
        "grips": changes([[a, b, round(x, 3), round(y, 3)] for a, b, (x, y) in f.grips] for f in frames),
        "locked": changes([[body, scene.teams.index(team)] for body, team in f.locked] for f in frames),
        "events": [[k, list(frame.events)] for k, frame in enumerate(frames) if frame.events],
    }


def shape_data(shape: Shape) -> dict[str, Any]:
    """A shape's outline and role."""
    outline = np.asarray(shape.vertices, np.float64).reshape(-1, 2)
    return {
        "kind": shape.kind,
        "index": shape.index,
        "agent": shape.is_agent,
        "body": shape.body,
        "at": [round(float(v), 4) for v in outline.ravel()],
        "r": round(float(shape.radius), 4),
        "color": hex_of(rgb_of(shape.color)),
        "heads": shape.has_heading,
        "wheels": [[round(x, 4), round(y, 4), int(steered)] for x, y, steered in shape.wheels],
        "wheel": round(shape.wheel, 4),
    }


def tie_data(tie: Tie) -> dict[str, Any]:
    """A joint's ends and form."""
    numbers = [*tie.a, *tie.b, tie.axis, *tie.travel, tie.length]
    return {"type": tie.type, "ends": [tie.first, tie.second], "at": [round(value, 4) for value in numbers]}


def track(poses: np.ndarray[Any, np.dtype[np.int64]]) -> list[int]:
    """A body's poses: the first, then what each adds to the one before; only the first if it never moves."""
    if (poses == poses[0]).all():
        return poses[:1].ravel().tolist()
    return np.diff(poses, axis=0, prepend=np.zeros((1, 3), np.int64)).ravel().tolist()


def changes(values: Iterable[Any]) -> list[Any]:
    """A series as frame number, value, frame number, value …, one pair for each change."""
    pairs: list[Any] = []
    for k, value in enumerate(values):
        if not pairs or pairs[-1] != value:
            pairs += [k, value]
    return pairs


def short(value: float | None) -> float | None:
    """Four digits are more than a panel shows; what is no finite number is left out."""
    return float(f"{value:.4g}") if value is not None and np.isfinite(value) else None


def hex_of(color: tuple[int, int, int]) -> str:
    """A colour as `#rrggbb`."""
    return "#{:02x}{:02x}{:02x}".format(*color)
