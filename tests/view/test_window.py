"""How the window answers, and what happens where nobody would see one."""

import sys

import numpy as np
import pytest
from pictures import box, drift, moment, near, shape, world

from sandlot.envs.view.render import Painter


@pytest.fixture
def pygame(monkeypatch):
    """Pygame with its dummy screen, closed again afterwards."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    pygame = pytest.importorskip("pygame")
    pygame.display.quit()
    yield pygame
    pygame.display.quit()


@pytest.fixture
def window(pygame):
    from sandlot.envs.view.window import Window

    with Window(world(shape(agent=True), step=0.01), width=320) as window:
        yield window


def press(pygame, *keys):
    for key in keys:
        pygame.event.post(pygame.Event(pygame.KEYDOWN, key=key, unicode="", mod=0, scancode=0))


def test_a_window_plays_and_shows_the_frame(pygame, window):
    frames = drift(window.scene, 30)
    start = pygame.time.get_ticks()
    assert all(window.show(frame) for frame in frames)
    assert 250 < pygame.time.get_ticks() - start < 3000  # 0.3 s of simulated time
    window.paused = True
    press(pygame, pygame.K_PERIOD)
    assert window.show(frames[-1])
    assert near(
        np.array(pygame.display.get_surface().get_at(tuple(map(int, window._painter.view.pixel(2.8, 0))))[:3]),
        "crimson",
    )


@pytest.mark.parametrize("how", ["escape", "x"])
def test_a_window_closes(pygame, window, how):
    assert window.show(moment((0, 0)))
    press(pygame, pygame.K_ESCAPE) if how == "escape" else pygame.event.post(pygame.Event(pygame.QUIT))
    assert not window.show(moment((0, 0), time=0.01))
    assert not window.show(moment((0, 0), time=0.02))
    assert not pygame.display.get_init()
    window.close()
    window.close()


def test_pausing_holds_a_frame_and_each_step_lets_one_go(pygame, window):
    frames = drift(window.scene, 4)
    press(pygame, pygame.K_SPACE, pygame.K_PERIOD, pygame.K_RIGHT)
    assert window.show(frames[0])
    assert window.paused
    assert window.show(frames[1])
    press(pygame, pygame.K_SPACE)
    assert window.show(frames[2])
    assert not window.paused
    press(pygame, pygame.K_SPACE)
    pygame.event.post(pygame.Event(pygame.QUIT))  # a paused window still answers
    assert not window.show(frames[3])


def test_speed_and_restart_keys(pygame, window):
    press(pygame, *[pygame.K_PLUS] * 5)
    window.show(moment((0, 0)))
    assert window.speed == 8
    press(pygame, *[pygame.K_MINUS] * 9)
    window.show(moment((0, 0), time=0.01))
    assert window.speed == 0.25
    assert not window.take_restart()
    press(pygame, pygame.K_SPACE, pygame.K_r)
    assert window.show(moment((0, 0), time=0.02))  # asked for while paused, too
    assert window.take_restart()
    assert not window.take_restart()


def test_a_window_takes_new_episodes_and_sizes(pygame, window):
    window.show(moment((4, 4), time=5.0))
    window.show(moment((0, 0)))
    window.scene = world(shape(agent=True), box(1, 1), size=(20, 5), step=0.01)
    assert window.show(moment((0, 0), (1, 1)))
    pygame.display.set_mode((500, 200), pygame.RESIZABLE)
    pygame.event.post(pygame.Event(pygame.VIDEORESIZE, size=(500, 200), w=500, h=200))
    assert window.show(moment((0, 0), (1, 1), time=0.01))
    assert window._painter.view.width == 500


def test_a_second_window_closes_the_first(window):
    from sandlot.envs.view.window import Window

    with Window(window.scene, width=200) as second:
        assert not window.show(moment((0, 0)))
        window.close()
        assert second.show(moment((0, 0)))


def test_someone_else_quitting_pygame_closes_the_window(pygame, window):
    assert window.show(moment((0, 0)))
    pygame.quit()
    assert not window.show(moment((0, 0), time=0.01))
    Painter(window.scene).rgb(moment((0, 0), events=("fonts come back",)))


def test_no_screen_is_said_plainly(pygame, monkeypatch):
    from sandlot.envs.view.window import Window

    monkeypatch.setenv("SDL_VIDEODRIVER", "nonesuch")
    with pytest.raises(RuntimeError, match="use a Film instead"):
        Window(world(shape()))


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="these have a display without a name")
@pytest.mark.parametrize("asked", [None, "", "x11,dummy"])
def test_a_window_that_nobody_would_see_is_no_window(pygame, monkeypatch, asked):
    """Where no display is, or none where one is said to be, SDL takes a driver that shows nothing."""
    from sandlot.envs.view.window import NoDisplayError, Window, display_problem

    for name in ("WAYLAND_DISPLAY", "SDL_VIDEODRIVER"):
        monkeypatch.delenv(name, raising=False)
    if asked is not None:
        monkeypatch.setenv("SDL_VIDEODRIVER", asked)
    monkeypatch.setenv("DISPLAY", ":5599")
    with pytest.raises(NoDisplayError, match=r"^can't open a window: "):
        Window(world(shape()))
    assert not pygame.display.get_init()
    assert display_problem().startswith("can't open a window: ")
    monkeypatch.delenv("DISPLAY")
    monkeypatch.delenv("SDL_VIDEODRIVER", raising=False)
    with pytest.raises(NoDisplayError, match=r"^can't open a window: there is no display; without a display use a Film instead$"):
        Window(world(shape()))
    assert display_problem() == "none"


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="these have a display without a name")
@pytest.mark.parametrize("door", ["gymnasium", "parallel", "aec"])
def test_nobody_waits_for_a_window_that_is_not_there(pygame, monkeypatch, door):
    import gymnasium

    import sandlot

    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"):
        monkeypatch.delenv(name, raising=False)
    makers = {
        "gymnasium": lambda: gymnasium.make("sandlot/Tag-v0", team="runner", render_mode="human"),
        "parallel": lambda: sandlot.make("tag", render_mode="human"),
        "aec": lambda: sandlot.make_aec("tag", render_mode="human"),
    }
    env = makers[door]()
    with pytest.warns(UserWarning, match='^render_mode="human": can\'t open a window: there is no display; .*rgb_array'):
        env.reset(seed=0)
    env.reset(seed=0)  # said once
    monkeypatch.setattr("sandlot.envs.view.window.Window.show", lambda *_: pytest.fail("a window is waited for"))
    for _ in range(10):
        if door == "aec":
            env.step(env.action_space(env.agent_selection).sample())
        else:
            env.step(
                env.action_space.sample() if door == "gymnasium" else {agent: env.action_space(agent).sample() for agent in env.agents}
            )
    env.close()


def test_has_display(monkeypatch):
    from sandlot.envs.view.window import has_display

    for name in ("SDL_VIDEODRIVER", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert not has_display()
    monkeypatch.setenv("DISPLAY", ":0")
    assert has_display()
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    assert not has_display()
    monkeypatch.setenv("SDL_VIDEODRIVER", "")  # as if it weren't set
    assert has_display()
    monkeypatch.delenv("SDL_VIDEODRIVER")
    monkeypatch.delenv("DISPLAY")
    monkeypatch.setattr(sys, "platform", "win32")
    assert has_display()


def test_the_keyboard_pilot_reads_taps_once(pygame, window):
    from sandlot.envs.view.keyboard import KeyboardPilot

    both, left, right = (KeyboardPilot(layout, window) for layout in (None, "wasd", "arrows"))
    press(pygame, pygame.K_w, pygame.K_LEFT, pygame.K_3, pygame.K_KP1)
    window.show(moment((0, 0)))
    assert right.read() == {"x": -1.0, "y": 0.0, "grab": -1.0, "lock": 0.0, "keys": [1, 3]}
    assert left.read() == {"x": 0.0, "y": 1.0, "grab": -1.0, "lock": 0.0, "keys": []}
    press(pygame, pygame.K_d, pygame.K_DOWN, pygame.K_e, pygame.K_g)
    window.show(moment((0, 0), time=0.01))
    assert both.read() == {"x": 1.0, "y": -1.0, "grab": 1.0, "lock": -1.0, "keys": []}
    assert both.read() == {"x": 0.0, "y": 0.0, "grab": -1.0, "lock": 0.0, "keys": []}
    with pytest.raises(ValueError, match="layout"):
        KeyboardPilot("qwerty")
    window.close()
    assert both.read() == {"x": 0.0, "y": 0.0, "grab": -1.0, "lock": 0.0, "keys": []}
