"""Draw one frame of a world as an image; needs no display and never starts pygame itself."""

import math
import os
from collections import deque
from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .camera import View
from .lettering import EVENT_SECONDS, Captions, Lettering, surface_of
from .scene import Frame, Scene, Shape
from .stencils import Figure, arrow_of, arrows_on, shade, wheel_of
from .style import FLOOR, GRID, MUTED, PAPER, WALL, Floats, Look, rgb_of, symbol_text
from .ties import sign_pixels, signs, strokes

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")  # read by pygame when it is imported
import pygame
import pygame.font
import pygame.surfarray

Picture = tuple[pygame.Surface, tuple[int, int]]  # and where its upper left corner goes

TRAIL_SECONDS = 0.7
TRAIL_GAP = 0.1  # simulated time between two dots, so that trails show speed
TRAIL_AGENTS = 32  # above this many, trails are noise
CACHE_BYTES = 96 << 20  # stencils kept before the cache starts anew


def is_zone(shape: Shape) -> bool:
    """Whether a body is only a region of the floor."""
    return shape.body == "sensor" and not shape.is_agent


class Painter:
    """Draws the frames of one scene; owns the canvas and the caches.

    Frames are expected in order: names of rules that fired and the agents' trails fade with the frames' time.
    Going back in time forgets both.

    Attributes:
        scene: What is drawn.
        view: Where the world lies in the image.
    """

    def __init__(self, scene: Scene, width: int = 640, height: int | None = None) -> None:
        self.scene = scene
        self.view = View.fit(scene.size, width, height)
        self._canvas = pygame.Surface((self.view.width, self.view.height), 0, 32)
        self._floor: pygame.Surface | None = None
        self._scenery: tuple[bytes, pygame.Surface] | None = None
        self._stencils: dict[tuple[int | str, ...], pygame.Surface] = {}
        self._stencil_bytes = 0
        self._lettering = Lettering()
        self._captions = Captions(scene, self.view, self._lettering)
        self._recent: list[tuple[float, str]] = []
        self._trail: deque[tuple[float, Floats]] = deque()
        self._time = -math.inf
        shapes = scene.shapes
        self._figures = self._group()
        self._wheels = self._add_wheels()
        self._arrows: dict[float, int] = {}
        self._reach = [figures["solid"].reach for _, figures in self._figures]
        self._agents = [i for i, shape in enumerate(shapes) if shape.is_agent]
        things = [i for i, shape in enumerate(shapes) if not shape.is_agent]
        self._zones = [i for i in things if is_zone(shapes[i])]
        self._walls = [i for i in things if shapes[i].body == "static"]
        self._movers = [i for i in things if shapes[i].body not in ("sensor", "static")]
        self._movers.sort(key=lambda i: shapes[i].body != "kinematic")
        self._labels = self._label_zones()

    def __reduce__(self) -> tuple[type["Painter"], tuple[Scene, int, int]]:
        """Copy and pickle by what it draws; surfaces can do neither."""
        return Painter, (self.scene, self.view.width, self.view.height)

    def paint(self, frame: Frame) -> pygame.Surface:
        """Draw a frame; the surface returned is the painter's own and the next call draws over it."""
        self.note(frame)
        canvas, view = self._canvas, self.view
        canvas.set_clip(None)
        canvas.blit(self._scenery_layer(frame), (0, 0))
        canvas.set_clip((0, view.bar, view.width, view.height - view.bar - view.foot // 2))
        self._paint_trails(canvas, frame)
        self._paint_strokes(canvas, frame)
        self._paint_bodies(canvas, frame, self._movers + self._agents)
        self._paint_belts(canvas, frame)
        self._paint_signs(canvas, frame)
        self._paint_bubbles(canvas, frame)
        canvas.set_clip(None)
        self._captions.title(canvas, frame)
        self._captions.events(canvas, frame.time, self._recent)
        return canvas

    def rgb(self, frame: Frame) -> NDArray[np.uint8]:
        """Draw a frame into a new array, shape (H, W, 3)."""
        canvas = self.paint(frame)
        image = np.empty((self.view.height, self.view.width, 3), np.uint8)
        pixels = pygame.surfarray.pixels3d(canvas).transpose(1, 0, 2)
        for channel in range(3):  # channel by channel is four times as fast as all at once
            image[..., channel] = pixels[..., channel]
        return image

    def _group(self) -> list[tuple[int, dict[str, Figure]]]:
        """Give bodies of one outline and look the same figures, so that they share stencils."""
        found: dict[tuple[object, ...], tuple[int, dict[str, Figure]]] = {}
        groups: list[tuple[int, dict[str, Figure]]] = []
        for shape in self.scene.shapes:
            outline = np.asarray(shape.vertices, np.float32).tobytes()
            key = (outline, shape.radius, shape.color, shape.body, shape.is_agent, shape.has_heading)
            if key not in found:
                layers = ("solid", "ghost", "under")
                found[key] = (len(found), {name: Figure(shape, name, self.view.scale) for name in layers})
            groups.append(found[key])
        return groups

    def _add_wheels(self) -> dict[float, int]:
        """Give wheels figures of their own, behind those of the bodies; returns their index by length."""
        found: dict[float, int] = {}
        for shape in self.scene.shapes:
            if shape.wheels and shape.wheel not in found:
                found[shape.wheel] = len(self._figures)
                figures = {"solid": Figure(wheel_of(shape.wheel), "solid", self.view.scale)}
                self._figures.append((len(self._figures) + len(self.scene.shapes), figures))
        return found

    def _paint_belts(self, canvas: pygame.Surface, frame: Frame) -> None:
        """Arrow heads that run along belts, to the side that what lies on top is taken to."""
        if frame.belt is None:
            return
        for i in np.flatnonzero((frame.belt != 0) & frame.present).tolist():
            x, y, angle = frame.pose[i].tolist()
            speed = float(frame.belt[i])
            size, places = arrows_on(self.scene.shapes[i], speed, frame.time)
            if size * self.view.scale < 3:
                continue
            if size not in self._arrows:
                self._arrows[size] = len(self._figures)
                figures = {"solid": Figure(arrow_of(size), "solid", self.view.scale)}
                self._figures.append((len(self._figures) + len(self.scene.shapes), figures))
            for along in places:
                at = self.view.pixel(x + math.cos(angle) * along, y + math.sin(angle) * along)
                heading = angle if speed > 0 else angle + math.pi
                canvas.blit(*self._picture(self._arrows[size], "solid", heading, *at))

    def _label_zones(self) -> list[tuple[int, str]]:
        """Letters for the few, roomy zones of one kind: what agents say about them can then be followed."""
        kinds = [self.scene.shapes[i].kind for i in self._zones]
        named = [i for i, kind in zip(self._zones, kinds, strict=True) if 2 <= kinds.count(kind) <= 9]
        return [(i, symbol_text(self.scene.shapes[i].index)) for i in named if self._reach[i] >= 11]

    def note(self, frame: Frame) -> None:
        """Keep what outlives a frame: fired rules, where agents were.

        `paint` does this too; call it for a frame that is left out. The same time again adds nothing.
        """
        if frame.time < self._time:
            self._recent.clear()
            self._trail.clear()
        elif frame.time == self._time:
            return
        self._time = frame.time
        self._recent += [(frame.time, name) for name in frame.events]
        self._recent = [e for e in self._recent if frame.time - e[0] < EVENT_SECONDS][-64:]
        while self._trail and frame.time - self._trail[0][0] > TRAIL_SECONDS:
            self._trail.popleft()
        if not self._trail or frame.time - self._trail[-1][0] >= TRAIL_GAP * 0.999:
            at = np.where(frame.present[self._agents, None], frame.pose[self._agents, :2], np.nan)
            self._trail.append((frame.time, at))

    def _picture(self, index: int, layer: str, angle: float, x: float, y: float) -> Picture:
        """Find or make the picture of a body at (x, y) [px]."""
        group, figures = self._figures[index]
        figure = figures[layer]
        if 2 * figure.pad > max(self.view.width, self.view.height):  # larger than the image: only what is seen
            return surface_of(figure.pixels(angle, (x, y), (self.view.width, self.view.height))), (0, 0)
        turn = round(angle / (2 * math.pi) * figure.turns) % figure.turns
        # A picture for each half pixel looks smooth; finer would only fill the cache.
        half_x, half_y = math.floor(2 * x + 0.5), math.floor(2 * y + 0.5)
        side = math.ceil(figure.pad) + 1
        key = (group, layer, turn, half_x & 1, half_y & 1)
        picture = self._stencils.get(key)
        if picture is None:
            if self._stencil_bytes > CACHE_BYTES:
                self._stencils.clear()
                self._stencil_bytes = 0
            centre = (side + (half_x & 1) / 2, side + (half_y & 1) / 2)
            turned = figure.pixels(turn * 2 * math.pi / figure.turns, centre, (2 * side + 1, 2 * side + 1))
            self._stencils[key] = picture = surface_of(turned)
            self._stencil_bytes += turned.nbytes
        return picture, ((half_x >> 1) - side, (half_y >> 1) - side)

    def _paint_bodies(self, canvas: pygame.Surface, frame: Frame, order: Iterable[int], rim: bool = False) -> None:
        """Draw bodies in order, or their rims; in a wrapping world also what shows on the other side."""
        pose, present, solid = frame.pose.tolist(), frame.present.tolist(), frame.solid.tolist()
        wide, high = self.scene.size
        wraps = self.scene.walls == "wrap"
        pictures: list[Picture] = []
        for i in order:
            x, y, angle = pose[i]
            reach = self._reach[i] / self.view.scale
            if not present[i] or not math.isfinite(x + y + angle) or abs(x) > wide + reach or abs(y) > high + reach:
                continue
            layer = "solid" if solid[i] or is_zone(self.scene.shapes[i]) else "ghost"
            if rim and layer == "ghost":
                continue
            columns, rows = [x], [y]
            if wraps:
                columns += [x - math.copysign(wide, x)] if abs(x) + reach > wide / 2 else []
                rows += [y - math.copysign(high, y)] if abs(y) + reach > high / 2 else []
            if self.scene.shapes[i].wheels and layer == "solid" and not rim:
                turn = 0.0 if frame.steer is None else float(frame.steer[i])
                pictures += [picture for a in columns for b in rows for picture in self._wheel_pictures(i, a, b, angle, turn)]
            places = [self.view.pixel(a, b) for a in columns for b in rows]
            pictures += [self._picture(i, "under" if rim else layer, angle, *place) for place in places]
        clip = canvas.get_clip()
        if wraps:
            canvas.set_clip(self.view.rect)
        canvas.blits(pictures, doreturn=False)
        canvas.set_clip(clip)

    def _wheel_pictures(self, index: int, x: float, y: float, angle: float, turn: float) -> list[Picture]:
        """Pictures of a car's wheels; they go under the car, so that they look out at its sides."""
        shape, cos, sin = self.scene.shapes[index], math.cos(angle), math.sin(angle)
        pictures: list[Picture] = []
        for u, v, steered in shape.wheels:
            place = self.view.pixel(x + cos * u - sin * v, y + sin * u + cos * v)
            heading = angle + turn if steered else angle
            pictures.append(self._picture(self._wheels[shape.wheel], "solid", heading, *place))
        return pictures

    def _scenery_layer(self, frame: Frame) -> pygame.Surface:
        """The floor with all that stands still on it, drawn anew only when something of it changed."""
        still = self._zones + self._walls
        key = frame.pose[still].tobytes() + frame.present[still].tobytes() + frame.solid[still].tobytes()
        if self._scenery is None or self._scenery[0] != key:
            if self._floor is None:
                self._floor = self._paint_floor()
            layer = self._floor.copy()
            image = (0, self.view.bar, self.view.width, self.view.height - self.view.bar - self.view.foot // 2)
            # What sticks out of a walled room can't be met: corner pieces may be boxes set across the corner.
            layer.set_clip(self.view.rect if self.scene.walls == "solid" else image)
            self._paint_bodies(layer, frame, self._zones)
            for i, letter in self._labels:
                if frame.present[i]:
                    size = min(max(14, round(self._reach[i])), round(self.view.bar * 0.75))
                    text = self._lettering.write(letter, size, MUTED)
                    layer.blit(text, text.get_rect(center=self.view.pixel(*frame.pose[i, :2].tolist())))
            self._paint_bodies(layer, frame, self._walls, rim=True)
            self._paint_bodies(layer, frame, self._walls)
            self._scenery = (key, layer)
        return self._scenery[1]

    def _paint_floor(self) -> pygame.Surface:
        """Paper, floor, grid, the world's border, and what the game is about."""
        floor = pygame.Surface(self._canvas.get_size(), 0, 32)
        floor.fill(PAPER)
        rect = pygame.Rect(self.view.rect)
        floor.fill(FLOOR, rect)
        (ox, oy), step = self.view.origin, self.view.grid_step() * self.view.scale
        for k in range(-int(rect.width / 2 / step), int(rect.width / 2 / step) + 1):
            floor.fill(GRID, (round(ox + k * step), rect.top, 1, rect.height))
        for k in range(-int(rect.height / 2 / step), int(rect.height / 2 / step) + 1):
            floor.fill(GRID, (rect.left, round(oy + k * step), rect.width, 1))
        if self.scene.walls == "solid":
            thick = min(6, max(3, round(self.view.scale * 0.09)))
            pygame.draw.rect(floor, WALL, rect.inflate(2 * thick, 2 * thick), thick, border_radius=thick)
        else:
            for x in range(rect.left, rect.right, 14):
                for y in (rect.top - 2, rect.bottom):
                    floor.fill(WALL, (x, y, min(8, rect.right - x), 2))
            for y in range(rect.top, rect.bottom, 14):
                for x in (rect.left - 2, rect.right):
                    floor.fill(WALL, (x, y, 2, min(8, rect.bottom - y)))
        about = self._lettering.write(self.scene.about, round(self.view.foot * 0.54), MUTED)
        if about.width < 0.62 * self.view.width:  # the rest of the line is for events
            middle = self.view.height - self.view.foot / 2 + 1
            floor.blit(about, about.get_rect(midright=(self.view.width - self.view.foot * 0.5, middle)))
        return floor

    def _paint_trails(self, canvas: pygame.Surface, frame: Frame) -> None:
        """Fading dots where agents were a moment ago: they tell direction and speed at a glance."""
        if len(self._agents) > TRAIL_AGENTS:
            return
        for time, places in self._trail:
            fade = 1 - (frame.time - time) / TRAIL_SECONDS
            if not 0 < fade < 1:
                continue
            for i, (x, y) in zip(self._agents, places.tolist(), strict=True):
                if math.isfinite(x + y):
                    dot = self._dot(i, max(1, round(fade * 6)))
                    canvas.blit(dot, dot.get_rect(center=self.view.pixel(x, y)))

    def _dot(self, index: int, level: int) -> pygame.Surface:
        """A trail dot of an agent, `level` of 6."""
        key = (self._figures[index][0], "dot", level)
        if key not in self._stencils:
            radius = max(1.2, self._reach[index] * (0.10 + 0.05 * level))
            axis = np.arange(-math.ceil(radius) - 1, math.ceil(radius) + 2, dtype=np.float32)
            color = rgb_of(self.scene.shapes[index].color)
            look = Look(color, color, 0.07 * level, 0.07 * level)
            self._stencils[key] = surface_of(shade(np.hypot(axis[None, :], axis[:, None]) - radius, look))
        return self._stencils[key]

    def _paint_strokes(self, canvas: pygame.Surface, frame: Frame) -> None:
        """Ropes, springs, rails and arms: below the bodies that they hold."""
        for stroke in strokes(self.scene, frame):
            points = [self.view.pixel(*point) for point in stroke.points]
            for one, two in pairwise(points):
                pygame.draw.aaline(canvas, stroke.color, one, two, stroke.width)

    def _paint_signs(self, canvas: pygame.Surface, frame: Frame) -> None:
        """Hinges, welds, grips and locks: on top."""
        for sign in signs(self.scene, frame):
            key = ("sign", sign.what, *sign.color)
            if key not in self._stencils:
                size = min(max(0.06 * self.view.scale, 2.8), 6.0) * (1.3 if sign.what == "lock" else 1.0)
                self._stencils[key] = surface_of(sign_pixels(sign, size))
            picture = self._stencils[key]
            canvas.blit(picture, picture.get_rect(center=self.view.pixel(sign.x, sign.y)))

    def _paint_bubbles(self, canvas: pygame.Surface, frame: Frame) -> None:
        """A bubble with the symbol above each body that speaks."""
        area = canvas.get_clip()
        for i in np.flatnonzero((frame.said >= 0) & frame.present).tolist():
            x, y = self.view.pixel(*frame.pose[i, :2].tolist())
            if math.isfinite(x + y):
                bubble = self._captions.bubble(int(frame.said[i]))
                canvas.blit(bubble, bubble.get_rect(midbottom=(x, y - self._reach[i])).clamp(area))
