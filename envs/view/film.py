"""Keep the frames of an episode and write them as an animated picture or a page."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..files import write_whole
from .page import inline_html, page
from .scene import Frame, Scene
from .style import rgb_of

MAX_FPS = 30.0  # of animated pictures, unless asked for more; beyond it files grow faster than motion gets smoother
MAX_GIF_FPS = 20.0  # a GIF counts time in 1/100 s, and browsers slow down what is faster than 1/50 s


def between(scene: Scene, before: Frame, after: Frame, share: float, last: Frame | None = None) -> Frame:
    """The moment at `share` (0 to 1) of the way from one frame to the next.

    Bodies that jump (round the world's edge, or to a new place) do not sweep across: they stay, then jump.
    Rules that fired in `after` belong to `after` alone, so that nobody counts them twice.

    Args:
        scene: What both frames show.
        before: The earlier frame.
        after: The later frame.
        share: How far to go; at 1 the answer is `after` itself.
        last: The frame before `before`, which tells fast bodies from jumping ones.
    """
    if share >= 1:
        return after
    time = before.time + (after.time - before.time) * share
    if share <= 0:
        return replace(before, events=())
    move = after.pose - before.pose
    usual = np.zeros(len(move)) if last is None else np.hypot(*(before.pose - last.pose)[:, :2].T)
    jumps = np.hypot(move[:, 0], move[:, 1]) > 0.1 * np.hypot(*scene.size) + 3 * usual
    if scene.walls == "wrap":
        jumps |= (2 * np.abs(move[:, :2]) > np.asarray(scene.size)).any(axis=1)
    move[:, 2] = (move[:, 2] + np.pi) % (2 * np.pi) - np.pi  # the shorter way round
    stays = jumps | ~before.present | ~after.present
    pose = np.where(stays[:, None], before.pose, before.pose + np.float32(share) * move).astype(np.float32)
    steer = before.steer
    if before.steer is not None and after.steer is not None:
        steer = before.steer + np.float32(share) * (after.steer - before.steer)
    return replace(before, time=time, pose=pose, events=(), steer=steer)


class _Reel(Image.Image):
    """Frames as one multi-frame picture that paints each when it is sought: memory for one, not for all."""

    def __init__(self, frames: list[Frame], paint: Callable[[Frame], Image.Image]) -> None:
        super().__init__()
        self._frames, self._paint, self._at = frames, paint, -1
        self.n_frames = len(frames)
        self.is_animated = len(frames) > 1
        self.seek(0)

    def seek(self, frame: int) -> None:
        """Turn to a frame; EOFError tells Pillow that there are no more."""
        if not 0 <= frame < self.n_frames:
            raise EOFError(f"no frame {frame}")
        if frame != self._at:
            picture = self._paint(self._frames[frame])
            self.im, self._mode, self._size, self._at = picture.im, picture.mode, picture.size, frame

    def tell(self) -> int:
        """Which frame it is at."""
        return self._at


class Film:
    """The frames of one episode in order; owns them.

    Attributes:
        scene: What the frames show.
        frames: The frames so far.
    """

    def __init__(self, scene: Scene, frames: Iterable[Frame] = ()) -> None:
        self.scene = scene
        self.frames: list[Frame] = []
        for frame in frames:
            self.append(frame)

    def __len__(self) -> int:
        return len(self.frames)

    def append(self, frame: Frame) -> None:
        """Add the next frame; its arrays are copied, since simulations reuse theirs."""
        if len(frame.pose) != len(self.scene.shapes):
            raise ValueError(f"frame of {len(frame.pose)} bodies in a scene of {len(self.scene.shapes)}")
        kept = replace(frame, pose=frame.pose.copy(), present=frame.present.copy(), solid=frame.solid.copy())
        kept = replace(kept, said=frame.said.copy(), score=dict(frame.score), reward=dict(frame.reward))
        kept = replace(kept, steer=None if frame.steer is None else frame.steer.copy())
        kept = replace(kept, belt=None if frame.belt is None else frame.belt.copy())
        self.frames.append(kept)

    def at_rate(self, fps: float | None = None, most: float = MAX_FPS) -> Iterator[Frame]:
        """The film at another number of frames a second, in real time; moments in between are interpolated.

        Args:
            fps: Frames a second; without it one for each step, or `most` if steps come faster.
            most: What to keep to when `fps` is not given.
        """
        if fps is not None and not 0 < fps <= 1000:
            raise ValueError(f"fps: {fps} is not above 0 and at most 1000")
        own = 1 / self.scene.step_seconds
        rate = fps if fps is not None else min(own, most)
        if rate == own:
            yield from self.frames
            return
        told = 0
        for k in range(int((len(self.frames) - 1) * rate / own + 1e-6) + 1 if self.frames else 0):
            at = k * own / rate
            i = min(int(at + 1e-9), len(self.frames) - 1)
            then, last = self.frames[min(i + 1, len(self.frames) - 1)], self.frames[i - 1] if i else None
            events = tuple(name for frame in self.frames[told : i + 1] for name in frame.events)
            told = max(told, i + 1)
            yield replace(between(self.scene, self.frames[i], then, max(0.0, at - i), last), events=events)

    def save_webp(self, path: str | Path, fps: float | None = None, width: int = 640) -> Path:
        """Write an animated WebP that plays in real time; returns its path."""
        options: dict[str, object] = {"lossless": False, "quality": 80, "method": 2, "kmin": 30, "kmax": 60}
        return self._save(path, "WEBP", list(self.at_rate(fps)), fps, MAX_FPS, width, options)

    def save_gif(self, path: str | Path, fps: float | None = None, width: int = 480) -> Path:
        """Write an animated GIF that plays in real time; returns its path. WebP is smaller and truer."""
        frames = list(self.at_rate(fps, MAX_GIF_FPS))
        return self._save(path, "GIF", frames, fps, MAX_GIF_FPS, width, {"optimize": False, "disposal": 1})

    def save_html(self, path: str | Path) -> Path:
        """Write a self-contained page that plays the film; returns its path."""

        def write(stream: BinaryIO) -> None:
            stream.write(page(self).encode())

        return write_whole(path, write)

    def _repr_html_(self) -> str:
        """Show in Jupyter, Colab and VS Code."""
        return inline_html(self)

    def _save(
        self,
        path: str | Path,
        form: str,
        frames: list[Frame],
        fps: float | None,
        most: float,
        width: int,
        options: dict[str, object],
    ) -> Path:
        """Write frames as an animated picture."""
        if not frames:
            raise ValueError(f"{path}: the film has no frames")
        rate = fps if fps is not None else min(1 / self.scene.step_seconds, most)
        # Rounded ends, not rounded lengths: over a long film no error adds up.
        tick = 10 if form == "GIF" else 1
        ends = [round(k * 1000 / rate / tick) * tick for k in range(len(frames) + 1)]
        lengths = [b - a for a, b in pairwise(ends)]

        def write(stream: BinaryIO) -> None:
            from .render import Painter  # so that keeping frames and writing pages needs no pygame

            painter = Painter(self.scene, width)
            palette = self._palette(Painter(self.scene, width).rgb, frames) if form == "GIF" else None

            def picture(frame: Frame) -> Image.Image:
                image = Image.fromarray(painter.rgb(frame))
                return image.quantize(palette=palette, dither=Image.Dither.NONE) if palette else image

            reel = _Reel(frames, picture)
            reel.save(stream, form, save_all=True, duration=lengths, loop=0, **options)

        return write_whole(path, write)

    def _palette(self, paint: Callable[[Frame], NDArray[np.uint8]], frames: list[Frame]) -> Image.Image:
        """128 colours for a whole GIF; a palette for each frame makes it larger, slower and flickering."""
        samples = [paint(frame) for frame in frames[:: max(1, len(frames) // 6)]]
        # Each body's colour counts, even of those that no sample shows.
        colors = list(dict.fromkeys(rgb_of(shape.color) for shape in self.scene.shapes))[:64]
        strips = [np.full((8, samples[0].shape[1], 3), color, np.uint8) for color in colors]
        return Image.fromarray(np.vstack(samples + strips)).quantize(128)
