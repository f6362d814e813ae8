"""The viewer: what lies where in a picture, what films hold, how the window answers."""

import copy
import html.parser
import json
import math
import os
import pickle
import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageColor

from sandlot.envs import VectorEnv
from sandlot.envs.film import Film, between
from sandlot.envs.look import FLOOR, View, number_text, policy_text, symbol_text
from sandlot.envs.page import film_data, inline_html, page
from sandlot.envs.render import Painter
from sandlot.envs.scene import Frame, Scene, Shape
from sandlot.scenarios import loads


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


def pixel(painter, image, x, y):
    """The colour at a place of the world."""
    px, py = painter.view.pixel(x, y)
    return image[int(py), int(px)].astype(int)


def near(color, name, tolerance=6):
    return np.abs(color - np.array(ImageColor.getrgb(name))).max() <= tolerance


# ---- painter


@pytest.mark.parametrize("body", ["dynamic", "static", "kinematic"])
@pytest.mark.parametrize("agent", [False, True])
@pytest.mark.parametrize("color", ["green", "#3366cc"])  # CSS green is not the green of X11
def test_centre_of_a_body_has_its_color(body, agent, color):
    painter = Painter(world(shape(body=body, agent=agent, color=color)))
    assert near(pixel(painter, painter.rgb(moment((2, 3))), 2, 3), color)


def test_instances_take_the_colors_of_a_list_in_turn():
    things = {"pole": {"count": 5, "color": ["red", "#00ff00"]}, "box": {"color": "blue", "at": [0, 5], "body": "sensor"}, "gate": {"count": 2, "color": "red"}}
    text = {"format": "sandlot/1", "name": "one", "things": things, "teams": {"a": {}}, "view": {"colors": {"gate": ["gold", "navy", "teal"]}}}
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
        assert (
            np.abs(
                pixel(painter, image, 1 + along * 0.7071, 1 + along * 0.7071) - ImageColor.getrgb("teal")
            ).max()
            < 25
        )
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
    painter = Painter(
        world(shape(agent=True, color="red"), shape(body="static", radius=1, color="gray"), shape())
    )
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
    straight, turned = (
        painter.rgb(replace(moment((0, 0, np.pi / 2)), steer=np.array([angle], np.float32))) for angle in (0.0, np.pi / 2)
    )
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
    ahead, back = (
        painter.rgb(replace(moment((0, 0), time=0.0), belt=np.array([speed], np.float32))) for speed in (1.0, -1.0)
    )
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
        "from sandlot.envs import render, film, page, window\n"
        "from sandlot.envs.scene import Frame, Scene, Shape\n"
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
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], env=bare, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""  # pygame's greeting is off


def test_pages_need_no_pygame():
    code = "import sys, sandlot.envs.page, sandlot.envs.film; assert 'pygame' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


# ---- film


@pytest.fixture
def reel():
    scene = world(shape(agent=True), shape(body="static"))
    return Film(scene, drift(scene))


def test_a_film_keeps_copies():
    scene = world(shape())
    frame = moment((1, 1))
    film = Film(scene)
    film.append(frame)
    frame.pose[:] = 9
    assert film.frames[0].pose[0, 0] == 1
    with pytest.raises(ValueError, match="2 bodies in a scene of 1"):
        film.append(moment((0, 0), (0, 0)))


@pytest.mark.parametrize(
    ("form", "fps", "count"), [("webp", None, 20), ("webp", 5, 10), ("webp", 20, 39), ("gif", None, 20)]
)
def test_animated_pictures_play_in_real_time(reel, tmp_path, form, fps, count):
    path = getattr(reel, f"save_{form}")(tmp_path / f"a.{form}", fps)
    with Image.open(path) as image:
        assert image.n_frames == count
        assert image.info["loop"] == 0
        total = 0
        for k in range(count):
            image.seek(k)
            image.load()
            total += image.info["duration"]
    assert total == pytest.approx(1000 * count / (fps or 10), abs=1)


@pytest.mark.parametrize("form", ["webp", "gif"])
def test_an_animated_picture_holds_what_was_painted(reel, tmp_path, form):
    painter = Painter(reel.scene, 400)
    wanted = [painter.rgb(frame) for frame in reel.frames]
    with Image.open(getattr(reel, f"save_{form}")(tmp_path / "a", width=400)) as image:
        for k in (0, 7, 19):
            image.seek(k)
            assert np.abs(np.asarray(image.convert("RGB")).astype(int) - wanted[k]).mean() < 3, k


def test_resampling_keeps_rules_and_ends(reel):
    for fps in (3.0, 7.0, 25.0, 60.0):
        frames = list(reel.at_rate(fps))
        assert [e for frame in frames for e in frame.events] == ["hit"]
        assert frames[0].time == 0
        assert frames[-1].time <= reel.frames[-1].time + 1e-9
        assert np.diff([frame.time for frame in frames]) == pytest.approx(1 / fps)


def test_fast_steps_make_no_film_of_hundreds_of_frames_a_second():
    scene = world(shape(), step=0.01)
    assert len(list(Film(scene, drift(scene, 101)).at_rate())) == 31


def test_between_frames_bodies_glide_but_do_not_sweep():
    scene = world(shape(), shape(), shape(), walls="wrap")
    a = moment((0, 0, 3.0), (4.9, 0), (0, 0), time=1.0)
    b = moment((0.4, 0, -3.0), (-4.9, 0), (4, 4), time=1.1, events=("hit",))
    half = between(scene, a, b, 0.5)
    assert half.time == pytest.approx(1.05)
    assert half.pose[0, :2] == pytest.approx([0.2, 0])
    assert abs(half.pose[0, 2]) == pytest.approx(np.pi, abs=0.01)  # the short way, through the back
    assert half.pose[1:, 0] == pytest.approx([4.9, 0])
    assert half.events == ()
    assert between(scene, a, b, 1.0) is b


def test_failed_writing_leaves_the_old_file(reel, tmp_path, monkeypatch):
    path = tmp_path / "a.webp"
    path.write_bytes(b"old")

    def fail(*_):
        raise RuntimeError("no paint left")

    monkeypatch.setattr(Painter, "rgb", fail)
    with pytest.raises(RuntimeError, match="no paint left"):
        reel.save_webp(path)
    monkeypatch.setattr("sandlot.envs.files.os.replace", fail)
    with pytest.raises(RuntimeError, match="no paint left"):
        reel.save_html(path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_writing_where_one_cannot_is_said_plainly(reel, tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        reel.save_html(tmp_path / "none" / "a.html")
    with pytest.raises(IsADirectoryError, match="is a folder"):
        reel.save_webp(tmp_path)
    with pytest.raises(ValueError, match="no frames"):
        Film(reel.scene).save_gif(tmp_path / "a.gif")
    with pytest.raises(ValueError, match="no frames"):
        Film(reel.scene).save_html(tmp_path / "a.html")
    with pytest.raises(ValueError, match="fps: 0"):
        reel.save_webp(tmp_path / "a.webp", fps=0)

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(tmp_path), "open", refuse)
    with pytest.raises(PermissionError, match=r"can't write into folder .*Permission denied"):
        reel.save_html(tmp_path / "a.html")
    assert list(tmp_path.iterdir()) == []


# ---- page


class Reader(html.parser.HTMLParser):
    """Collects open elements and the text of each."""

    VOID = ("meta", "link", "input", "br")

    def __init__(self):
        super().__init__()
        self.stack, self.texts, self.attributes = [], {}, {}

    def handle_starttag(self, tag, attrs):
        self.attributes.setdefault(tag, []).append(dict(attrs))
        if tag not in self.VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag

    def handle_data(self, data):
        if self.stack:
            self.texts.setdefault(self.stack[-1], []).append(data)


def read(text):
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.stack == []
    return reader


def test_a_page_parses_stands_alone_and_holds_the_film(reel):
    text = page(reel)
    reader = read(text)
    assert reader.texts["title"] == ["made_up"]
    assert not re.search(r"https?://|src\s*=|@import|url\(", text)
    assert all(link["href"] == "data:," for link in reader.attributes["link"])
    data = json.loads(reader.texts["script"][0])
    assert data["count"] == 20
    assert data["events"] == [[5, ["hit"]]]
    assert data["shapes"][0]["color"] == "#dc143c"
    x = np.cumsum(np.array(data["pose"][0]).reshape(20, 3), axis=0)
    wanted = np.array([frame.pose[0] for frame in reel.frames])
    assert np.abs(x / 1000 - wanted).max() <= 0.00051  # rounding does not add up


def test_a_page_holds_changes_only():
    scene = world(shape(), shape(body="static"))
    rows = [((0.1 * k, 0), (2, 2)) for k in range(6)]
    frames = [
        moment(
            *row, time=0.1 * k, present=[k < 3, True], said=[2 if k == 4 else -1, -1], score={"disc": k // 2}
        )
        for k, row in enumerate(rows)
    ]
    data = json.loads(read(page(Film(scene, frames))).texts["script"][0])
    assert data["pose"][1] == [2000, 2000, 0]
    assert data["present"] == [[0, True, 3, False], [0, True]]
    assert data["said"][0] == [0, -1, 4, 2, 5, -1]
    assert data["score"] == [[0, 0.0, 2, 1.0, 4, 2.0]]


def test_a_page_escapes_what_authors_write():
    evil = "</script><script>alert(1)</script><!--&\"'__FILM__"
    scene = world(shape(kind=evil), name=evil, about=evil, teams=(evil,), policies={evil: "x"})
    frame = moment((float("nan"), 0), score={evil: float("inf")}, reward={evil: float("nan")}, events=(evil,))
    text = page(Film(scene, [frame, replace(frame, time=0.1)]))
    reader = read(text)
    assert len(reader.attributes["script"]) == 2
    data = json.loads(reader.texts["script"][0])
    assert data["name"] == data["about"] == data["shapes"][0]["kind"] == evil
    assert "alert(1)</script>" not in text
    inline = read(inline_html(Film(scene, [frame])))
    assert list(inline.attributes) == ["iframe"]
    assert inline.attributes["iframe"][0]["srcdoc"] == page(Film(scene, [frame]))
    assert inline.attributes["iframe"][0]["sandbox"] == "allow-scripts"


def test_a_film_shows_in_notebooks(reel):
    assert reel._repr_html_().startswith("<iframe ")


# ---- window


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
    from sandlot.envs.window import Window

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
        np.array(
            pygame.display.get_surface().get_at(tuple(map(int, window._painter.view.pixel(2.8, 0))))[:3]
        ),
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
    from sandlot.envs.window import Window

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
    from sandlot.envs.window import Window

    monkeypatch.setenv("SDL_VIDEODRIVER", "nonesuch")
    with pytest.raises(RuntimeError, match="use a Film instead"):
        Window(world(shape()))


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="these have a display without a name")
@pytest.mark.parametrize("asked", [None, "", "x11,dummy"])
def test_a_window_that_nobody_would_see_is_no_window(pygame, monkeypatch, asked):
    """Where no display is, or none where one is said to be, SDL takes a driver that shows nothing."""
    from sandlot.envs.window import NoDisplayError, Window, display_problem

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
        "parallel": lambda: sandlot.make("tag", render_mode="human"), "aec": lambda: sandlot.make_aec("tag", render_mode="human"),
    }  # fmt: skip
    env = makers[door]()
    with pytest.warns(UserWarning, match='^render_mode="human": can\'t open a window: there is no display; .*rgb_array'):
        env.reset(seed=0)
    env.reset(seed=0)  # said once
    monkeypatch.setattr("sandlot.envs.window.Window.show", lambda *_: pytest.fail("a window is waited for"))
    for _ in range(10):
        if door == "aec":
            env.step(env.action_space(env.agent_selection).sample())
        else:
            env.step(env.action_space.sample() if door == "gymnasium" else {agent: env.action_space(agent).sample() for agent in env.agents})
    env.close()


def test_has_display(monkeypatch):
    from sandlot.envs.window import has_display

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
    from sandlot.envs.window import KeyboardPilot

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
