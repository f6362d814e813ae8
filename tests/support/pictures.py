"""Scenes and frames made up for pictures: shapes, a world of them, moments in it."""

import numpy as np
from PIL import ImageColor

from sandlot.envs.view.scene import Frame, Scene, Shape


def shape(
    kind="disc",
    *,
    at=((0, 0),),
    radius=0.5,
    color="crimson",
    body="dynamic",
    agent=False,
    heads=False,
    index=0,
):
    return Shape(kind, index, agent, body, np.array(at, np.float32), radius, color, heads)


def box(width, height, **options):
    w, h = width / 2, height / 2
    return shape(**{"at": ((-w, -h), (w, -h), (w, h), (-w, h)), "radius": 0.0, "heads": True, **options})


def world(
    *shapes,
    size=(10, 10),
    walls="solid",
    step=0.1,
    name="made_up",
    about="Nothing.",
    teams=("disc",),
    policies=None,
):
    return Scene(name, about, size, walls, step, tuple(shapes), teams, policies or {})


def moment(*poses, time=0.0, events=(), said=None, solid=None, present=None, score=None, reward=None):
    n = len(poses)
    pose = np.array([(*p, 0.0)[:3] for p in poses], np.float32).reshape(n, 3)
    flags = [np.ones(n, bool) if given is None else np.array(given, bool) for given in (present, solid)]
    words = np.full(n, -1, np.int64) if said is None else np.array(said, np.int64)
    return Frame(time, pose, *flags, words, score or {"disc": 0.0}, reward or {"disc": 0.0}, tuple(events))


def drift(scene, count=20):
    """Bodies that all move right, with a rule firing in frame 5."""
    rows = [[(-3 + 0.2 * k, i, 0.1 * k) for i in range(len(scene.shapes))] for k in range(count)]
    step = scene.step_seconds
    return [moment(*row, time=k * step, events=("hit",) if k == 5 else ()) for k, row in enumerate(rows)]


def near(color, name, tolerance=6):
    return np.abs(color - np.array(ImageColor.getrgb(name))).max() <= tolerance
