"""What lies where in a picture."""

import copy
import json
import math
import os
import pickle
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from pictures import box, moment, near, shape, world
from PIL import ImageColor

from sandlot.envs import VectorEnv
from sandlot.envs.view.camera import View
from sandlot.envs.view.film import Film, between
from sandlot.envs.view.page import film_data
from sandlot.envs.view.render import Painter
from sandlot.envs.view.style import FLOOR, number_text, policy_text, symbol_text
from sandlot.scenarios import loads


def pixel(painter, image, x, y):
    """The colour at a place of the world."""
    px, py = painter.view.pixel(x, y)
    return image[int(py), int(px)].astype(int)


@pytest.mark.parametrize("body", ["dynamic", "static", "kinematic"])
@pytest.mark.parametrize("agent", [False, True])
@pytest.mark.parametrize("color", ["green", "#3366cc"])  # CSS green is not the green of X11
def test_centre_of_a_body_has_its_color(body, agent, color):
    painter = Painter(world(shape(body=body, agent=agent, color=color)))
    assert near(pixel(painter, painter.rgb(moment((2, 3))), 2, 3), color)


def test_instances_take_the_colors_of_a_list_in_turn():
    things = {
        "pole": {"count": 5, "color": ["red", "#00ff00"]},
        "box": {"color": "blue", "at": [0, 5], "body": "sensor"},
        "gate": {"count": 2, "color": "red"},
    }
    text = {
        "format": "sandlot/1",
        "name": "one",
        "things": things,
        "teams": {"a": {}},
        "view": {"colors": {"gate": ["gold", "navy", "teal"]}},
    }
    env = VectorEnv(loads(json.dumps(text)), 1)
    env.reset(seed=0)
    found = [shape.color for shape in env.scene(0).shapes]
    assert found[:8] == ["red", "#00ff00", "red", "#00ff00", "red", "blue", "gold", "navy"]


def test_y_points_up_and_x_right():
    painter = Painter(world(shape(color="crimson"), shape(color="navy")))
    image = painter.rgb(moment((0, 4), (4, 0)))
    row, column = np.argwhere(np.abs(image.astype(int) - ImageColor.getrgb("crimson")).max(2) < 6).mean(0)
    assert row < painter.view.origin[1] - 100
    assert abs(column - painter.view.origin[0]) < 2
    assert near(pixel(painter, image, 4, 0), "navy")


@pytest.mark.parametrize("body", ["dynamic", "static"])
@pytest.mark.parametrize("turned", [1, -1])  # corners may run either way round
def test_a_turned_box_covers_what_it_should(body, turned):
    bar = box(4, 0.6, body=body, color="teal")
    bar = replace(bar, vertices=bar.vertices[::turned].copy())
    painter = Painter(world(bar))
    image = painter.rgb(moment((1, 1, np.pi / 4)))
    for along in (-1.8, 0, 1.8):
        assert np.abs(pixel(painter, image, 1 + along * 0.7071, 1 + along * 0.7071) - ImageColor.getrgb("teal")).max() < 25
    for x, y in ((2.3, -0.3), (-0.3, 2.3), (2.6, 2.6 + 0.3), (1 + 1.8, 1)):
        assert pixel(painter, image, x, y).min() > 200, (x, y)


def test_capsules_are_round_at_their_ends():
    painter = Painter(world(shape(at=((-1, 0), (1, 0)), radius=0.5, heads=True, color="teal")))
    image = painter.rgb(moment((0, 0, np.pi / 2)))
    assert near(pixel(painter, image, 0, 1.3), "teal", 40)
    assert pixel(painter, image, 0.45, 1.45).min() > 180


def test_sensors_are_translucent_and_opened_doors_ghosted():
    painter = Painter(world(box(4, 4, body="sensor", color="blue"), box(2, 2, body="static", color="black")))
    shut = painter.rgb(moment((-2, 0), (3, 0)))
    opened = painter.rgb(moment((-2, 0), (3, 0), solid=[True, False]))
    zone = pixel(painter, shut, -2.45, 0.45)
    assert (zone < FLOOR).any()
    assert not near(zone, "blue", 100)
    assert near(pixel(painter, shut, 3, 0), "black")
    assert pixel(painter, opened, 3.45, 0.45).min() > 200


def test_agents_cover_scenery_and_absent_bodies_are_not_drawn():
    painter = Painter(world(shape(agent=True, color="red"), shape(body="static", radius=1, color="gray"), shape()))
    image = painter.rgb(moment((0, 0), (0, 0), (3, 3), present=[True, True, False]))
    assert near(pixel(painter, image, 0, 0), "red")
    assert pixel(painter, image, 3.2, 3.2).min() > 200


def test_heading_shows_only_where_it_matters():
    def differs(heads):
        painter = Painter(world(shape(agent=True, heads=heads)))
        return (painter.rgb(moment((0, 0, 0))) != painter.rgb(moment((0, 0, 2.0)))).any()

    assert differs(True)
    assert not differs(False)


def test_the_front_wheels_of_a_car_turn_and_the_rear_ones_do_not():
    wheels = tuple((x, y, x > 0) for x in (-2.0, 2.0) for y in (-1.2, 1.2))
    car = replace(box(6, 2, agent=True, color="crimson"), wheels=wheels, wheel=1.5)
    painter = Painter(world(car))
    straight, turned = (painter.rgb(replace(moment((0, 0, np.pi / 2)), steer=np.array([angle], np.float32))) for angle in (0.0, np.pi / 2))
    for side in (-1, 1):
        assert pixel(painter, straight, 1.3 * side, 2.6).max() < 110  # the car looks up: so do its wheels
        assert pixel(painter, straight, 1.8 * side, 2.0).min() > 180
        assert pixel(painter, turned, 1.8 * side, 2.0).max() < 110
        assert pixel(painter, turned, 1.3 * side, 2.6).min() > 150
        for image in (straight, turned):
            assert pixel(painter, image, 1.3 * side, -2.6).max() < 110
    assert near(pixel(painter, straight, 0.8, 2.0), "crimson", 70)  # they are under it


def test_arrows_run_along_a_belt():
    belt = box(8, 1, body="static", color="black")
    painter = Painter(world(belt))

    def bright(time, speed):
        """Where along the belt's middle it is pale [m]."""
        image = painter.rgb(replace(moment((0, 0), time=time), belt=np.array([speed], np.float32)))
        return np.array([x for x in np.linspace(-3.9, 3.9, 300) if pixel(painter, image, x, 0).min() > 200])

    still = painter.rgb(moment((0, 0)))
    assert all(pixel(painter, still, x, 0).max() < 60 for x in np.linspace(-3.9, 3.9, 50))
    first, later = bright(1.0, 0.5), bright(1.2, 0.5)
    inner = first[np.abs(first) < 2]
    assert len(first) > 40
    assert all(np.abs(later - x - 0.1).min() < 0.06 for x in inner)
    painter = Painter(world(belt))
    ahead, back = (painter.rgb(replace(moment((0, 0), time=0.0), belt=np.array([speed], np.float32))) for speed in (1.0, -1.0))
    first = -4 + 0.45  # the middle of an arrow head of 0.45 m
    for image, way in ((ahead, 1), (back, -1)):
        assert pixel(painter, image, first - 0.12 * way, 0.11).min() > 150
        assert pixel(painter, image, first + 0.2 * way, 0.11).max() < 60


def test_a_page_holds_wheels_and_belts(tmp_path):
    car = replace(box(4, 2, agent=True), wheels=((1.0, 1.0, True),), wheel=0.5)
    scene = world(car, box(8, 1, body="static"))
    film = Film(scene)
    for k in range(3):
        steer, belt = np.array([0.1 * k, 0], np.float32), np.array([0, 0 if k < 2 else -1.5], np.float32)
        film.append(replace(moment((0, 0), (0, -3), time=0.1 * k), steer=steer, belt=belt))
    half = between(scene, film.frames[0], film.frames[1], 0.5)
    assert half.steer[0] == pytest.approx(0.05)
    data = film_data(film)
    assert data["steer"] == [[0, 0.0, 1, 0.1, 2, 0.2], []]
    assert data["belt"] == [[0, 0.0], [0, 0.0, 2, -1.5]]
    assert data["shapes"][0]["wheels"] == [[1.0, 1.0, 1]]


def test_a_body_at_the_edge_of_a_wrapping_world_shows_on_both_sides():
    painter = Painter(world(shape(color="teal"), walls="wrap"))
    image = painter.rgb(moment((4.9, 0)))
    assert near(pixel(painter, image, -4.9, 0), "teal", 30)


@pytest.mark.parametrize(("walls", "shows"), [("solid", False), ("open", True)])
def test_what_sticks_out_of_a_walled_room_is_cut_off(walls, shows):
    scene = world(box(2, 2, body="static", color="crimson"), size=(10, 4), walls=walls)
    painter = Painter(scene, 400)
    image = painter.rgb(moment((0, -2, math.pi / 4)))
    red = np.array(ImageColor.getrgb("crimson"))
    assert np.abs(pixel(painter, image, 0, -1.5) - red).max() < 12
    assert (np.abs(pixel(painter, image, 0, -2.15) - red).max() < 12) == shows


def test_speech_score_time_and_rules_appear_and_fade():
    painter = Painter(world(shape(agent=True), policies={"disc": "scripted"}))
    bar, foot = painter.view.bar, painter.view.foot
    quiet = painter.rgb(moment((0, 0)))
    spoken = painter.rgb(moment((0, 0), said=[2]))
    assert (quiet[bar:-foot] != spoken[bar:-foot]).any()
    scored = painter.rgb(moment((0, 0), time=0.1, score={"disc": 7.0}, events=("tagged",)))
    assert (scored[:bar] != quiet[:bar]).any()
    assert (scored[-foot:] != quiet[-foot:]).any()
    assert (painter.rgb(moment((0, 0), time=0.1, score={"disc": 7.0}, events=("tagged",))) == scored).all()
    late = painter.rgb(moment((0, 0), time=3.0))
    assert (late[-foot:] == quiet[-foot:]).all()


def test_rgb_gives_a_new_array_each_time():
    painter = Painter(world(shape()), width=300)
    first = painter.rgb(moment((0, 0)))
    kept = first.copy()
    painter.rgb(moment((3, 3)))
    assert first.dtype == np.uint8
    assert first.shape == (painter.view.height, 300, 3)
    assert first.flags["C_CONTIGUOUS"]
    assert first.flags["WRITEABLE"]
    assert (first == kept).all()


@pytest.mark.parametrize("size", [(1, 1), (0.1, 0.1), (10, 10), (200, 3), (3, 200), (200, 200)])
@pytest.mark.parametrize("width", [64, 320, 640, 1600])
def test_worlds_of_any_size_fit_and_show_their_agents(size, width):
    painter = Painter(world(shape(agent=True, color="red", radius=0.004 * max(size)), size=size), width)
    image = painter.rgb(moment((0, 0)))
    left, top, wide, high = painter.view.rect
    assert image.shape[0] % 2 == 0
    assert left >= 0
    assert left + wide <= width
    assert top >= painter.view.bar - 1
    assert top + high <= image.shape[0] - painter.view.foot + 1
    assert near(pixel(painter, image, 0, 0), "red", 40)


def test_strange_poses_do_no_harm():
    ground = box(5000, 5000, body="static")
    painter = Painter(world(shape(agent=True), shape(), ground, size=(10, 10)))
    painter.rgb(moment((np.nan, 0), (1e9, -1e9), (0, -2503), said=[1, 2, -1]))
    painter.rgb(moment((np.inf, 0), (4, 4, 1e6), (0, -2503, 1e-3)))


def test_odd_texts_and_widths():
    scene = world(shape(agent=True), name="", about="", teams=("disc", "x" * 300))
    Painter(scene).rgb(moment((0, 0), score={"disc": float("nan")}, events=("a\0b", "")))
    with pytest.raises(ValueError, match="width: 5 px"):
        Painter(scene, 5)
    assert [number_text(v) for v in (0.0, -0.001, 3.0, -12.345, 1234.5)] == ["0", "0", "3", "-12.35", "1234"]
    assert [symbol_text(v) for v in (0, 25, 26)] == ["A", "Z", "26"]
    assert policy_text("runs/tag/best.safetensors") == "best"


def test_grid_steps_are_round():
    steps = [View.fit((side, side), 640).grid_step() for side in (0.1, 1, 10, 40, 200, 5000)]
    assert steps[2:4] == [1, 1]
    assert all(f"{step:e}"[0] in "125" for step in steps)


def test_painters_can_be_copied():
    painter = Painter(world(shape()), 320)
    frame = moment((1, 1))
    for other in (copy.deepcopy(painter), pickle.loads(pickle.dumps(painter))):
        assert (other.rgb(frame) == painter.rgb(frame)).all()


def test_pictures_need_no_display_and_start_no_pygame():
    code = (
        "import numpy as np\n"
        "from sandlot.envs.view import render, film, page, window\n"
        "from sandlot.envs.view.scene import Frame, Scene, Shape\n"
        "disc = Shape('d', 0, True, 'dynamic', np.zeros((1, 2)), 1, 'red', False)\n"
        "s = Scene('a', 'b', (4, 4), 'open', 0.1, (disc,), ('d',))\n"
        "one = np.ones(1, bool)\n"
        "pose, said = np.zeros((1, 3), np.float32), np.zeros(1, np.int64)\n"
        "f = Frame(0.0, pose, one, one, said, {'d': 1.0}, {'d': 1.0}, ('x',))\n"
        "assert render.Painter(s).rgb(f).std() > 10\n"
        "assert not window.has_display()\n"
        "import pygame, sys\n"
        "assert not pygame.get_init() and not pygame.display.get_init()\n"
        "assert not pygame.mixer or not pygame.mixer.get_init()\n"
        "assert not pygame.joystick.get_init()\n"
    )
    bare = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")}
    if sys.platform in ("win32", "darwin"):
        bare["SDL_VIDEODRIVER"] = "dummy"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], env=bare, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""  # pygame's greeting is off


def test_pages_need_no_pygame():
    code = "import sys, sandlot.envs.view.page, sandlot.envs.view.film; assert 'pygame' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
