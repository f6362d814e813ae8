"""What films and their pages hold, and how they are written."""

import html.parser
import json
import re
from dataclasses import replace

import numpy as np
import pytest
from pictures import drift, moment, shape, world
from PIL import Image

from sandlot.envs.view.film import Film, between
from sandlot.envs.view.page import inline_html, page
from sandlot.envs.view.render import Painter

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


@pytest.mark.parametrize(("form", "fps", "count"), [("webp", None, 20), ("webp", 5, 10), ("webp", 20, 39), ("gif", None, 20)])
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
        moment(*row, time=0.1 * k, present=[k < 3, True], said=[2 if k == 4 else -1, -1], score={"disc": k // 2})
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
