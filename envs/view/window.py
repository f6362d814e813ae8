"""A window to watch a world in, and the keyboard as a player; importing this opens nothing."""

import os
import sys
import time
from collections import deque
from types import TracebackType
from typing import ClassVar, Self

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")  # read by pygame when it is imported
import pygame

from .camera import MIN_WIDTH, View
from .film import between
from .lettering import Lettering
from .render import Painter
from .scene import Frame, Scene
from .style import INK, WHITE

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
SCREEN_FPS = 60
MOST_LATE = 0.25  # seconds behind real time after which the window stops trying to catch up
HELP = "paused: space plays, right arrow steps, r restarts"


INVISIBLE = ("dummy", "offscreen")
"""SDL's drivers that show nothing; where no other works, it takes one of them by itself."""


class NoDisplayError(RuntimeError):
    """There is no display that a window could be seen on."""


def _asked() -> str:
    """SDL's driver that the user asked for; nothing asks for none, as if it weren't set."""
    return os.environ.get("SDL_VIDEODRIVER", "").strip().lower()


def has_display() -> bool:
    """Whether a window could be seen: Windows and macOS have a screen, others name theirs. Whether what is named is there, `display_problem` finds out."""
    if _asked() in INVISIBLE:
        return False
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _start_display() -> None:
    """Start pygame's display, and no driver that shows nothing, unless it was asked for by name.

    Raises:
        NoDisplayError: There is none.
    """
    if not _asked():
        os.environ.pop("SDL_VIDEODRIVER", None)
    try:
        pygame.display.init()  # the display alone: pygame.init would also open sound and gamepads
    except pygame.error as error:
        raise NoDisplayError(f"can't open a window: {error}; without a display use a Film instead") from error
    driver = pygame.display.get_driver().lower()
    if driver in INVISIBLE and driver != _asked():
        pygame.display.quit()
        named = [f"{name}={os.environ[name]}" for name in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER") if os.environ.get(name)]
        reason = f"there is no display at {', '.join(named)}" if named else "there is no display"
        raise NoDisplayError(f"can't open a window: {reason}; without a display use a Film instead")


def display_problem() -> str:
    """Why no window could be seen here; empty if one could."""
    if not has_display():
        return "none"
    try:
        _start_display()
    except NoDisplayError as error:
        return str(error)
    pygame.display.quit()
    return ""


class Window:
    """A window that plays frames in real time; owns pygame's display while it is open.

    Keys: Esc or the X closes, space pauses, `.` or the right arrow steps while paused, `+` and `-` set the
    speed, `r` asks for a restart. pygame has one display in a process: a second window closes the first.

    Attributes:
        paused: Whether it stands still.
        speed: How many times as fast as real time, 0.25 to 8.
        tapped: Keys pressed since somebody last took them out; tells short presses between two decisions.
    """

    _owner: ClassVar["Window | None"] = None

    def __init__(self, scene: Scene, title: str | None = None, width: int = 800) -> None:
        if Window._owner is not None:
            Window._owner.close()
        self.paused = False
        self.speed = 1.0
        self.tapped: set[int] = set()
        self._title = title
        self._open = False
        self._lettering = Lettering()
        self._restart = False
        self._steps = 0
        self._events: deque[pygame.Event] = deque()
        _start_display()
        try:
            screen_width, screen_height = pygame.display.get_desktop_sizes()[0]
            width = max(MIN_WIDTH, min(width, int(0.95 * screen_width)))
            size = (width, min(View.fit(scene.size, width).height, int(0.85 * screen_height)))
            self._screen = pygame.display.set_mode(size, pygame.RESIZABLE)
        except pygame.error as error:
            raise NoDisplayError(f"can't open a window: {error}; without a display use a Film instead") from error
        self._open = True
        Window._owner = self
        self._clock = pygame.time.Clock()
        self._drawn = 0.0
        self.scene = scene

    @property
    def scene(self) -> Scene:
        """What is shown; set it when an episode brings other shapes."""
        return self._painter.scene

    @scene.setter
    def scene(self, scene: Scene) -> None:
        self._painter = self._fit(scene)
        self._before: Frame | None = None
        self._last: Frame | None = None
        self._due = time.perf_counter()
        if self._open:
            pygame.display.set_caption(self._title or f"{scene.name}: {scene.about}")

    def show(self, frame: Frame) -> bool:
        """Play from the last frame to this one, as long as that takes in real time; pauses inside.

        Returns:
            False once the window is closed.
        """
        if not self._open:
            return False
        if self._last is not None and frame.time <= self._last.time:  # a new episode does not slide in from the old
            self._before = self._last = None
        start = self._last if self._last is not None else frame
        now = time.perf_counter()
        self._due = max(self._due, now - MOST_LATE) + self.scene.step_seconds / self.speed
        while self._pump():
            now = time.perf_counter()
            if self.paused:
                self._draw(frame)
                self._due = time.perf_counter()
                if self._steps or self._restart:
                    self._steps = max(0, self._steps - 1)
                    break
                self._clock.tick(SCREEN_FPS // 2)
                continue
            if now >= self._due or self._restart:
                if now - self._drawn >= 0.9 / SCREEN_FPS:
                    self._draw(frame)
                break
            share = 1 - (self._due - now) * self.speed / self.scene.step_seconds
            self._draw(between(self.scene, start, frame, min(share, 0.999), self._before))
            # Never sleep past the end of the step: the simulation's pace must not depend on the screen's.
            self._clock.tick(max(SCREEN_FPS, min(1000, round(1 / max(1e-3, self._due - time.perf_counter())))))
        if self._open:
            self._painter.note(frame)
        self._before, self._last = self._last, frame
        return self._open

    def take_restart(self) -> bool:
        """Whether a restart was asked for since the last call."""
        asked, self._restart = self._restart, False
        return asked

    def close(self) -> None:
        """Close the window; does nothing when it is closed already."""
        if not self._open:
            return
        self._open = False
        Window._owner = None
        pygame.display.quit()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _fit(self, scene: Scene) -> Painter:
        """A painter for the window's present size."""
        width, height = self._screen.get_size()
        return Painter(scene, max(MIN_WIDTH, width), height)

    def _pump(self) -> bool:
        """Handle what the user did; also tells the desktop that the window still answers."""
        if not pygame.display.get_init():  # somebody else has quit pygame
            self._open = False
            return False
        self._events += pygame.event.get()
        while self._events:
            event = self._events.popleft()
            if event.type == pygame.QUIT or (event.type == pygame.KEYDOWN and event.key == pygame.K_ESCAPE):
                self.close()
                return False
            if event.type == pygame.KEYDOWN:
                self._press(event.key, getattr(event, "unicode", ""))
            elif event.type == pygame.VIDEORESIZE:
                self._screen = pygame.display.get_surface() or self._screen
                self._painter = self._fit(self.scene)
            if self.paused and (self._steps or self._restart):
                break  # a step is shown before the next key counts
        return True

    def _press(self, key: int, text: str) -> None:
        """Do what a key stands for; `+` and `-` go by what is typed, as keyboards differ."""
        self.tapped.add(key)
        if key == pygame.K_SPACE:
            self.paused = not self.paused
        elif key in (pygame.K_PERIOD, pygame.K_RIGHT) and self.paused:
            self._steps += 1
        elif key == pygame.K_r:
            self._restart = True
        elif text in ("+", "=", "-") or key in (pygame.K_PLUS, pygame.K_EQUALS, pygame.K_MINUS):
            slower = text == "-" or (not text and key == pygame.K_MINUS)
            place = SPEEDS.index(self.speed) + (-1 if slower else 1)
            self.speed = SPEEDS[min(len(SPEEDS) - 1, max(0, place))]

    def _draw(self, frame: Frame) -> None:
        """Put a frame on the screen, with a note if it does not run as usual."""
        self._screen.blit(self._painter.paint(frame), (0, 0))
        note = HELP if self.paused else "" if self.speed == 1 else f"speed {self.speed:g}"
        if note:
            view = self._painter.view
            text = self._lettering.write(note, max(15, round(view.bar * 0.5)), WHITE)
            pill = pygame.Surface((text.width + 20, text.height + 10), pygame.SRCALPHA, 32)
            pygame.draw.rect(pill, (*INK, 200), pill.get_rect(), border_radius=pill.height // 2)
            pill.blit(text, (10, 5))
            self._screen.blit(pill, pill.get_rect(midtop=(view.width / 2, view.bar + 10)))
        pygame.display.flip()
        self._drawn = time.perf_counter()
