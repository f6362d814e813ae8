"""Training by lessons: they are promoted when they should be, runs go on across a promotion, the command line follows. Skipped where PyTorch isn't installed."""

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason='needs sandlot[train]: pip install "sandlot[train]"')

from sandlot.agents.cli.main import main  # noqa: E402
from sandlot.agents.policies.policy_file import read_policy  # noqa: E402
from sandlot.agents.training.curriculum import Course  # noqa: E402
from sandlot.agents.training.plan import Plan, Settings  # noqa: E402
from sandlot.agents.training.run_folder import RunFolder  # noqa: E402
from sandlot.agents.training.train import Trainer, TrainingError  # noqa: E402
from sandlot.scenarios import loads, scenario_hash  # noqa: E402

FETCH = {
    "format": "sandlot/1", "name": "fetch", "about": "Go to the flag.",
    "params": {"reach": 0.3, "pace": 2, "stones": 3},
    "world": {"size": [6, 6], "decisions_per_second": 5},
    "things": {
        "flag": {"shape": "circle", "radius": "$reach", "body": "sensor", "place": {"in": "world", "gap": 0}},
        "stone": {"count": "$stones", "radius": 0.1, "body": "static", "place": {"in": "world"}},
    },
    "teams": {"dog": {"shape": "circle", "radius": 0.2, "drive": {"type": "walk", "top_speed": 2, "accel": "$pace"}, "place": {"in": "world", "gap": 0},
                      "sees": ["self", {"of": "flag"}]}},
    "rules": {"there": {"when": {"inside": ["dog", "flag"]}}},
    "rewards": {"dog": {"there": 1, "near": "= -0.1 * dist(self, flag)"}},
    "end": {"time": 4},
    "score": {"dog": "= -dist(dog, flag)"},
    "train": {"pace": {"uniform": [1.5, 2.5]}},
    "lessons": [
        {"name": "wide", "params": {"reach": 2, "stones": 1}, "until": {"event": "there", "at_least": 0.3, "over": 20}},
        {"name": "late", "params": {"reach": 1}, "max_steps": 512},
    ],
}  # fmt: skip
SMALL = Settings(worlds=16, horizon=16, minibatch=128, epochs=2, hidden=(8,))


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def fetch(split="train", **changes):
    return loads(json.dumps(FETCH | changes), "fetch.json", split=split)


def lessons(*untils):
    return [{"name": f"l{k}", "params": {"pace": 1.6}, **until} for k, until in enumerate(untils)]


def alone(numbers):
    return numbers


# --- the course ---------------------------------------------------------------------------------------------------------------------------------


def course_of(*untils, game=None):
    return Course(game or fetch(lessons=lessons(*untils)))


def tell(course, by_world, key="score/dog"):
    for world, values in by_world.items():
        for value in values:
            course.note(world, {key: float(value)})


@pytest.mark.parametrize(
    ("until", "by_world", "over"),
    [
        ({"score": "dog", "at_least": 1, "over": 3}, {0: [1, 1]}, False),
        ({"score": "dog", "at_least": 1, "over": 3}, {0: [9, 0, 1, 2]}, True),
        ({"score": "dog", "at_least": 1, "over": 3}, {0: [9, 0, 1, 1.9]}, False),
        ({"score": "dog", "at_most": 1, "over": 2}, {0: [9, 0, 2]}, True),
        ({"score": "dog", "at_most": 1, "over": 2}, {0: [0, 0, 3]}, False),
        ({"return": "dog", "at_least": 1, "over": 1}, {0: [1]}, True),
        ({"event": "there", "at_least": 0.5, "over": 2}, {0: [1], 1: [0]}, True),
        ({"event": "there", "at_least": 0.5, "over": 3}, {0: [1, 1, 1], 1: [0]}, False),
        ({"event": "there", "at_least": 0.5, "over": 3}, {0: [1, 1], 1: [0, 0]}, True),
    ],
)
def test_a_lesson_ends_when_the_mean_of_the_last_episodes_is_there(until, by_world, over):
    course = course_of({"until": until})
    kind, of = next((kind, of) for kind, of in until.items() if kind in ("score", "return", "event"))
    tell(course, by_world, f"{kind}/{of}")
    assert course.is_over(0, list(by_world), alone) is over


def test_the_quick_do_not_outvote_the_slow():
    """Three worlds out of four succeed in a moment, again and again; the fourth takes its time and fails."""
    course = course_of({"until": {"score": "dog", "at_least": 0.9, "over": 4}})
    tell(course, {0: [1] * 50, 1: [1] * 50, 2: [1] * 50})
    assert not course.is_over(0, range(4), alone)
    tell(course, {3: [0]})
    assert not course.is_over(0, range(4), alone)
    tell(course, {3: [1]})
    assert course.is_over(0, range(4), alone)


def test_a_lesson_ends_by_steps_too():
    course = course_of({"max_steps": 100}, {"max_steps": 100, "until": {"score": "dog", "at_least": 1}})
    assert not course.is_over(99, [0], alone)
    assert course.is_over(100, [0], alone)
    course.go_on(120)
    assert course.game.lesson == "l1"
    assert not course.is_over(219, [0], alone)
    assert course.is_over(220, [0], alone)
    course.go_on(220)
    assert course.lesson is None
    assert course.game is course.scenario
    assert not course.is_over(10**9, [0], alone)


def test_nothing_is_taken_over_into_the_next_lesson():
    until = {"until": {"score": "dog", "at_least": 1, "over": 1}}
    course = course_of(until, until)
    tell(course, {0: [1]})
    assert course.is_over(0, [0], alone)
    course.go_on(5)
    assert not course.is_over(5, [0], alone)


def test_a_course_goes_on_from_its_state():
    until = {"until": {"score": "dog", "at_least": 1, "over": 3}}
    course, other = course_of(until, until), course_of(until, until)
    course.go_on(7)
    tell(course, {0: [1, 2]})
    other.load(json.loads(json.dumps(course.state())))
    for one in (course, other):
        assert not one.is_over(8, [0], alone)
        tell(one, {0: [0]})
        assert one.is_over(8, [0], alone)
        assert (one.at, one.since) == (1, 7)


def test_processes_decide_together():
    """Each brings its own episodes; the mean is over all, and none goes ahead of one that hasn't had enough."""
    course = course_of({"until": {"score": "dog", "at_least": 1, "over": 2}})
    tell(course, {0: [3, 3]})
    for theirs, over in (([-1.0, 2.0, 0.0], True), ([-4.0, 2.0, 0.0], False), ([9.0, 1.0, 1.0], False)):
        assert course.is_over(0, [0], lambda numbers, theirs=theirs: [a + b for a, b in zip(numbers, theirs, strict=True)]) is over


def test_wins_count_where_teams_are_alike():
    duel = {
        "format": "sandlot/1",
        "name": "duel",
        "params": {"pull": 1},
        "teams": {"red": {"drive": {"type": "thrust"}, "place": {"in": "world"}, "sees": ["self"]}, "blue": {"like": "red"}},
        "end": {"time": "$pull"},
        "score": {"red": "= red.x", "blue": "= blue.x"},
        "lessons": [{"name": "short", "params": {"pull": 0.5}, "until": {"win_rate": "red", "at_least": 0.6, "over": 2}}],
    }
    for last, over in ((0.0, True), (1.0, False)):
        course = course_of(game=loads(json.dumps(duel)))
        course.note(0, {"score/red": 1.0, "score/blue": 1.0})
        course.note(0, {"score/red": 1.0, "score/blue": last})
        assert course.is_over(0, [0], alone) is over


# --- the trainer --------------------------------------------------------------------------------------------------------------------------------


def lines_of(path):
    timed = {"steps_per_second", "collecting"}
    return [{k: v for k, v in json.loads(line).items() if k not in timed} for line in (path / "metrics.jsonl").read_text().splitlines()]


def stop_after(count):
    calls = iter(range(count + 1))
    return lambda: next(calls) == count


@pytest.mark.parametrize("memory", [0, 4])
def test_lessons_are_taken_one_after_the_other(memory, tmp_path):
    settings = Settings(worlds=16, horizon=16, minibatch=128, epochs=2, hidden=(8,), memory=memory)
    trainer = Trainer(fetch(), Plan(steps=10**9, settings=settings), RunFolder(tmp_path / "run"))
    assert trainer.env.scenario.lesson == "wide"
    assert trainer.env.scenario.params_used["reach"] == 2
    assert trainer.env.params()["pace"].std() > 0
    before = [values.detach().clone() for values in trainer.learners[0].parameters()]
    trainer.run(stop=stop_after(12))
    logged = [line["lesson"] for line in lines_of(tmp_path / "run")]
    assert logged == sorted(logged)
    assert set(logged) == {0, 1, 2}
    assert logged.count(1) == 2  # 512 decisions at 256 an iteration
    assert trainer.env.scenario is trainer.scenario
    assert trainer.env.scenario.params_used["reach"] == 0.3
    assert any((a != b).any() for a, b in zip(before, trainer.learners[0].parameters(), strict=True))
    card, _ = read_policy(tmp_path / "run" / "dog.safetensors")
    assert card.scenario_hash == scenario_hash(trainer.scenario)
    assert card.params["pace"] == {"uniform": [1.5, 2.5]}
    assert (card.trained["split"], card.trained["lesson"]) == ("train", None)


def test_a_lesson_begins_with_new_episodes():
    trainer = Trainer(fetch(lessons=lessons({"max_steps": 256})), Plan(settings=Settings(worlds=16, horizon=16, hidden=(8,), memory=4)))
    before, learner = trainer.env, trainer.learners[0]
    trainer.iterate()
    assert trainer.course.lesson is None
    assert trainer.env is not before
    assert trainer.collector.env is trainer.env
    assert (learner.begins == 1).all()
    assert learner.card.scenario_hash == scenario_hash(trainer.scenario)
    assert not trainer.collector.episodes
    assert np.isfinite(list(trainer.iterate().values())).all()


def test_matches_with_guests_decide_no_lesson():
    duel = {
        "format": "sandlot/1",
        "name": "duel",
        "params": {"stones": 2},
        "things": {"stone": {"count": "$stones", "radius": 0.1, "place": {"in": "world"}}},
        "teams": {"red": {"drive": {"type": "walk"}, "place": {"in": "world"}, "sees": ["self"]}, "blue": {"like": "red"}},
        "end": {"time": 1},
        "score": {"red": "= red.x", "blue": "= blue.x"},
        "lessons": [{"name": "bare", "params": {"stones": 0}, "until": {"win_rate": "red", "at_least": 2}, "max_steps": 2048}],
    }
    trainer = Trainer(loads(json.dumps(duel)), Plan(league=0.5, settings=SMALL))
    for _ in range(5):  # 384 decisions each: in half of the worlds guests play one of the two
        trainer.iterate()
    assert trainer.collector.own_worlds() == list(range(8))
    assert [world for world, _ in trainer.course.state()["found"]] == list(range(8))
    trainer.iterate()
    assert trainer.course.lesson is None
    assert {name for pool in trainer.pools.values() for name in (member.name for member in pool.members)} >= {"random"}
    trainer.iterate()


def test_without_lessons_there_is_only_the_game():
    trainer = Trainer(fetch(), Plan(settings=SMALL, lessons=False))
    assert trainer.env.scenario is trainer.scenario
    assert "lesson" not in trainer.iterate()


@pytest.mark.parametrize(("stops", "at"), [(1, 0), (3, 1), (6, 2)], ids=["in the first lesson", "in the second", "in the game"])
def test_a_run_resumed_across_a_promotion_has_the_same_bits(stops, at, tmp_path):
    def start(name, resume=False):
        trainer = Trainer(fetch(), Plan(steps=10**9, settings=SMALL), RunFolder(tmp_path / name, resume))
        if resume:
            trainer.resume()
        return trainer

    whole, first = start("whole"), start("parts")
    whole.run(stop=stop_after(9))
    first.run(stop=stop_after(stops))
    assert (first.course.at, whole.course.at) == (at, 2)
    second = start("parts", resume=True)
    assert second.course.state() == first.course.state()
    second.run(stop=stop_after(9 - stops))
    theirs = second.learners[0].state()
    for name, values in whole.learners[0].state().items():
        np.testing.assert_array_equal(values, theirs[name], name)
    assert [whole.env.state_hash(k) for k in range(16)] == [second.env.state_hash(k) for k in range(16)]
    assert lines_of(tmp_path / "whole") == lines_of(tmp_path / "parts")


def test_what_a_central_critic_sees_must_stay():
    with pytest.raises(
        TrainingError, match=r"^the state has \d+ numbers in lesson 'wide' and \d+ in the game: take ippo, or --no-lessons$"
    ):
        Trainer(fetch(), Plan(settings=Settings(**{**vars(SMALL), "algo": "mappo"})))
    Trainer(fetch(), Plan(lessons=False, settings=Settings(**{**vars(SMALL), "algo": "mappo"})))


def test_rewards_are_worth_the_same_in_every_lesson():
    short = fetch(
        params=FETCH["params"] | {"limit": 4}, end={"time": "$limit"}, lessons=[{"name": "short", "params": {"limit": 1}, "max_steps": 512}]
    )
    with_lessons, without = (Trainer(short, Plan(settings=SMALL, lessons=lessons)) for lessons in (True, False))
    assert with_lessons.learners[0].settings.gamma == pytest.approx(without.learners[0].settings.gamma)


def run_cli(capsys, *arguments):
    with pytest.raises(SystemExit) as exit_code:
        main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return exit_code.value.code, captured.out, captured.err


def test_the_command_follows_lessons_and_split(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fetch.json").write_text(json.dumps(FETCH | {"lessons": lessons({"max_steps": 256}, {"max_steps": 10**6})}))
    small = ("--worlds", 8, "--horizon", 16, "--hidden", "8")
    code, out, err = run_cli(capsys, "train", "fetch.json", "--steps", 600, "--out", "run", *small)
    assert (code, err) == (0, "")
    assert 'lesson "l1": ' in out
    assert 'it is still in lesson "l1"; the game itself has not been played' in out
    assert [line["lesson"] for line in lines_of(tmp_path / "run")] == [0, 0, 0, 1, 1]  # 120 decisions each
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    assert config["split"] == "train"
    code, out, err = run_cli(capsys, "train", "--resume", "run")
    assert (code, err) == (0, "")
    assert read_policy(tmp_path / "run" / "dog.safetensors")[0].trained["split"] == "train"
    code, out, err = run_cli(capsys, "train", "fetch.json", "--no-lessons", "--split", "none", "--steps", 100, "--out", "plain", *small)
    assert (code, err) == (0, "")
    assert "lesson" not in out
    assert json.loads((tmp_path / "plain" / "config.json").read_text())["split"] is None
    assert read_policy(tmp_path / "plain" / "dog.safetensors")[0].params["pace"] == 2
    code, _, err = run_cli(capsys, "train", "fetch.json", "--split", "trian")
    assert (code, err) == (2, "sandlot: --split: expected train, test or none, got 'trian'\n")
