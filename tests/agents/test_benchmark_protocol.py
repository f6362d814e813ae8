"""The benchmark of docs/benchmark.md: tasks, numbers against hand-computed values, cells that are kept, a page that follows from them."""

import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from commands import hide_torch

import sandlot
from sandlot.agents.benchmark import cells as benchmark
from sandlot.agents.benchmark import methods as benchmark_methods
from sandlot.agents.benchmark import page as benchmark_page
from sandlot.agents.benchmark.methods import Method, Planned, Players, Shipped, find_methods, methods
from sandlot.agents.benchmark.tasks import BenchmarkError, find_tasks, tasks
from sandlot.agents.cli import main as cli
from sandlot.agents.policies import specs
from sandlot.agents.policies.uniform import RandomPolicy

ROOT = Path(sandlot.__file__).parent
KEPT = ROOT / "docs" / "benchmark"


@pytest.fixture
def few(monkeypatch):
    """Eight episodes are enough."""
    monkeypatch.setattr(benchmark_methods, "EPISODES", 8)


@pytest.fixture
def command(monkeypatch, tmp_path, capsys):
    """Runs a command line in an empty folder: exit code, output, complaints."""
    monkeypatch.chdir(tmp_path)

    def go(line):
        with pytest.raises(SystemExit) as stop:
            cli.main(shlex.split(line))
        said = capsys.readouterr()
        return int(stop.value.code or 0), said.out, said.err

    return go


def task_of(name):
    (found,) = find_tasks([name])
    return found


def cell(task, method, worth, seed=0, **more):
    """A cell that nobody has measured."""
    return {
        "format": benchmark.FORMAT, "task": task, "method": method, "seed": seed, "worth": worth, "scenario_hash": "h", "how": {}, "machine": "abacus",
        "evaluated": {"seconds": 36.0}, **more,
    }  # fmt: skip


# --- tasks ---


def test_every_team_that_can_do_anything_is_measured():
    """Of alike teams one, of all others each; so a new game of the library can't be forgotten."""
    measured = {}
    for task in tasks():
        measured.setdefault(task.game, []).append(task)
    assert sorted(measured) == sorted(sandlot.names())
    for name, found in measured.items():
        game = sandlot.load(name)
        able = {team for team in game.teams if game.teams[team].count and game.actions_of(team)}
        named = [team for task in found for team in task.teams]
        assert len(named) == len(set(named))
        if found[0].alike:
            assert named == [next(iter(game.teams))]
        else:
            assert set(named) == able
        for task in found:
            assert set(task.others) == set(game.teams) - set(task.teams)
            assert not task.alike or task.others


def test_tasks_are_what_the_document_says():
    assert [task.name for task in tasks()] == [
        "air_hockey", "balance", "dodgeball", "jumpers", "lander", "race", "soccer", "spread", "swarm-fish", "swarm-shark", "tag-chaser", "tag-runner",
        "tell_and_push", "transport", "tug", "warehouse",
    ]  # fmt: skip
    assert task_of("tell_and_push").teams == ("guide", "worker")
    assert [task.name for task in find_tasks(["tag", "lander"])] == ["lander", "tag-chaser", "tag-runner"]
    assert task_of("lander").judged.split == "test"
    assert task_of("lander").learnt.split == "train"
    assert task_of("lander").judged.varied != task_of("lander").learnt.varied


def test_what_an_episode_is_worth(flock):
    from sandlot.agents.play.episodes import play

    soccer, push, spread = task_of("soccer"), task_of("tell_and_push"), task_of("spread")
    found = play(soccer.judged, {"blue": "random"}, range(6))
    assert soccer.worth(found).tolist() == (found.score["red"] - found.score["blue"]).tolist()
    assert soccer.measure == "score above the other's"
    found = play(push.judged, {}, range(3))
    assert push.worth(found).tolist() == found.score["guide"].tolist() == found.score["worker"].tolist()
    found = play(spread.judged, {}, range(3))
    found.score.clear()
    assert spread.worth(found).tolist() == found.returns["agent"].tolist()


# --- numbers ---


def test_normalising_and_the_interquartile_mean():
    assert benchmark_page.normalised(np.array([2.0, 4.0, 6.0, 0.0]), 2.0, 6.0).tolist() == [0.0, 50.0, 100.0, -50.0]
    assert benchmark_page.interquartile_mean(np.array([100.0, 1, 2, 3, 4, 5, 6, -50])) == 3.5
    assert benchmark_page.interquartile_mean(np.array([9.0, 1, 2])) == 4.0  # too few to cut anything off
    assert benchmark_page.interquartile_mean(np.array([[4.0, 1, 2, 3], [40, 10, 20, 30]])).tolist() == [2.5, 25.0]


def test_resamples_draw_runs_and_episodes():
    values = np.array([[0.0, 0, 0, 0], [10, 10, 10, 10]])
    drawn = benchmark_page.resampled(values, "x")
    assert drawn.shape == (2000, 2)
    assert set(np.unique(drawn)) == {0.0, 10.0}
    assert 0.2 < (drawn.mean(1) == 5).mean() - 0.25 < 0.3  # half of all pairs are mixed
    one = benchmark_page.resampled(np.array([[0.0, 1, 2, 3]]), "x")[:, 0]
    assert abs(one.mean() - 1.5) < 0.05
    assert abs(one.std() - np.std([0, 1, 2, 3]) / 2) < 0.05
    # The same episodes for everybody: who is always ahead by 1 is ahead by 1 in each resample.
    assert np.allclose(benchmark_page.resampled(np.array([[1.0, 2, 3, 4]]), "x")[:, 0] - one, 1)
    assert not np.allclose(benchmark_page.resampled(np.array([[0.0, 1, 2, 3]]), "y")[:, 0], one)


def made_up():
    """Two tasks; the learner's two runs reach 50 and 150 in the first, 0 in the second, where the script is as bad as chance."""
    return benchmark_page.gathered([
        cell("a", "random", [1, 1]), cell("a", "scripted", [3, 3]), cell("a", "ippo", [2, 2]), cell("a", "ippo", [4, 4], 1), cell("a", "planner", [5]),
        cell("b", "random", [0, 0]), cell("b", "scripted", [0, 0]), cell("b", "ippo", [0, 0]), cell("b", "ippo", [0, 0], 1), cell("b", "planner", [10]),
    ])  # fmt: skip


def test_results_by_hand():
    results = made_up()
    assert results.methods == ["random", "scripted", "planner", "ippo"]
    assert results.ends("a") == (1.0, 5.0, "planner")
    assert results.value("a", "scripted") == {"mean": 50.0, "low": 50.0, "high": 50.0}
    assert results.value("a", "ippo") == {"mean": 50.0, "low": 25.0, "high": 75.0}
    assert results.value("b", "planner")["mean"] == 100.0
    over = results.aggregates("ippo")
    assert over["mean"] == {"mean": 25.0, "low": 12.5, "high": 37.5}
    assert over["iqm"]["mean"] == 12.5  # of 0, 0, 25, 75 the middle two
    assert results.above_script("a", "ippo") == {"mean": 0.0, "low": -1.0, "high": 1.0}
    assert results.above_script("a", "planner")["low"] == 2.0  # in the one episode that both have played
    assert results.value("a", "nobody") is None
    assert list(results.complaints()) == []


def test_who_has_not_done_everything_has_no_mean():
    cells = [
        cell("a", "random", [0]),
        cell("a", "scripted", [1]),
        cell("b", "random", [0]),
        cell("b", "scripted", [2]),
        cell("a", "ippo", [1]),
    ]
    results = benchmark_page.gathered(cells)
    assert results.aggregates("ippo") is None
    assert results.aggregates("scripted")["mean"]["mean"] == 100.0
    assert "| ippo | 1 of 2 | - | - | 1 | 0 | 0 |" in benchmark_page.aggregate_table(results)


def test_what_cant_be_compared_is_said():
    cells = [
        cell("a", "random", [0]),
        cell("a", "ippo", [1], scenario_hash="i", how={"steps": 1000}),
        cell("b", "ippo", [1], how={"steps": 20}),
    ]
    text = benchmark_page.tables(benchmark_page.gathered(cells))
    assert "**Not comparable:** a was measured in 2 states of the game." in text
    assert "**Not comparable:** ippo was measured with budgets of 20, 1,000." in text
    with pytest.raises(BenchmarkError, match="expected as many episodes in each run, got 1, 2"):
        benchmark_page.gathered([cell("a", "ippo", [0]), cell("a", "ippo", [0, 1], 1)])


def test_against_random_others():
    cells = [cell("a", name, [0], unseen={"worth": worth}) for name, worth in (("random", [0, 2]), ("scripted", [5, 5]), ("ippo", [3, 3]))]
    results = benchmark_page.gathered(cells)
    assert results.against_random("a", "ippo") == 50.0
    assert "| a | 100 | 50 |" in benchmark_page.unseen_table(results)


# --- cells ---


def test_a_run_goes_on_where_it_stopped(few, tmp_path):
    wanted, using = find_tasks(["spread", "tag-chaser"]), find_methods(["random", "scripted"])
    asked = iter([False, False, True])
    first = benchmark.run_benchmark(tmp_path, wanted, using, stop=lambda: next(asked))
    assert [path.name for path in first.measured] == ["spread-random-0.json", "tag-chaser-random-0.json"]
    said = []
    second = benchmark.run_benchmark(tmp_path, wanted, using, tell=said.append)
    assert second.known == 2
    assert [path.name for path in second.measured] == ["spread-scripted-0.json", "tag-chaser-scripted-0.json"]
    assert len(said) == 2
    assert benchmark.run_benchmark(tmp_path, wanted, using).known == 4
    found = benchmark.read_cell(tmp_path / "cells" / "tag-chaser-random-0.json")
    assert found["seeds"] == {"first": 10_000, "count": 8}
    assert len(found["worth"]) == 8
    assert len(found["unseen"]["worth"]) == 2
    assert found["split"] == "test"
    assert "learnt" not in found
    assert "unseen" not in benchmark.read_cell(tmp_path / "cells" / "spread-random-0.json")


def test_a_cell_of_another_protocol_is_measured_anew(few, tmp_path):
    wanted, using = find_tasks(["spread"]), find_methods(["scripted"])
    benchmark.run_benchmark(tmp_path, wanted, using)
    before = benchmark.protocol(wanted[0], using[0], 0)
    benchmark_methods.EPISODES = 6
    assert benchmark.protocol(wanted[0], using[0], 0) != before
    assert len(benchmark.run_benchmark(tmp_path, wanted, using).measured) == 1
    assert len(benchmark.read_cells(tmp_path)[0]["worth"]) == 6


def test_a_cell_is_what_evaluate_says(few):
    from sandlot.agents.evaluation.evaluate import evaluate

    found = benchmark.measure(task_of("tag-runner"), Method("random", "random"))
    said = evaluate(sandlot.load("tag", split="test"), {"runner": ["random"]}, episodes=8, seed=10_000)["matches"][0]
    assert round(float(np.mean(found["worth"])), 4) == round(said["teams"]["runner"]["score"]["mean"], 4)
    assert round(found["length"], 4) == round(said["length"]["mean"], 4)


def test_a_method_of_ones_own(few, tmp_path):
    class Guess(Method):
        def make(self, task, seed, tell):
            from sandlot.envs import VectorEnv

            tell("guessing")
            return Players(
                {team: RandomPolicy(VectorEnv(task.learnt, 1).action_space(team)) for team in task.teams}, decisions=1, seconds=2.0
            )

    said = []
    report = benchmark.run_benchmark(tmp_path, find_tasks(["spread"]), [Guess("guess", runs=2)], tell=said.append)
    assert [path.name for path in report.measured] == ["spread-guess-0.json", "spread-guess-1.json"]
    assert said[0] == "spread, guess, seed 0: guessing"
    known = benchmark.measure(task_of("spread"), Method("random", "random"))
    assert benchmark.read_cell(report.measured[0])["worth"] == known["worth"]


def test_specs_are_filled_in():
    (mine,) = find_methods(["mine=runs/{task}-{seed}/{team}-{game}.safetensors"], runs=2)
    assert mine.runs == 2
    assert mine.specs(task_of("tag-chaser"), 1) == {"chaser": "runs/tag-chaser-1/chaser-tag.safetensors"}
    assert find_methods(["mine=planner:horizon=3"])[0].runs == 1
    assert find_methods(["mine=planner:horizon=3"])[0].specs(task_of("lander"), 0) == {"rocket": "planner:horizon=3"}


def test_the_usual_methods():
    assert [method.name for method in methods()] == ["random", "scripted", "planner", "guided", "bc", "ippo", "mappo", "best"]
    assert Planned("guided", options=",guess=scripted").specs(task_of("lander"), 0) == {
        "rocket": "planner:samples=64,rounds=2,guess=scripted"
    }
    fish = task_of("swarm-fish")
    assert Planned().specs(fish, 0) == {"fish": "planner:samples=16,rounds=2"}
    assert [Planned().episodes(task_of(name)) for name in ("swarm-fish", "race", "soccer")] == [16, 16, 32]
    assert [methods()[0].episodes(task_of(name)) for name in ("swarm-shark", "tag-chaser")] == [64, 256]


def test_what_is_not_shipped_is_left_out(few, tmp_path, monkeypatch):
    monkeypatch.setattr(specs, "SHIPPED", tmp_path)
    report = benchmark.run_benchmark(tmp_path, find_tasks(["tell_and_push"]), [Shipped()])
    assert report.left_out == [
        "tell_and_push, best, seed 0: sandlot ships no tell_and_push-guide.safetensors, tell_and_push-worker.safetensors"
    ]
    assert not (tmp_path / "cells").exists()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("benchmark tg-chaser", "no task 'tg-chaser' (did you mean \"tag-chaser\"?); there is air_hockey, balance"),
        ("benchmark lander --methods ipo", "no method 'ipo' (did you mean \"ippo\"?); there is random, scripted"),
        ("benchmark lander --methods ippo=x", "method 'ippo=x': expected NAME=SPEC, with a name that is none of random"),
        ("benchmark lander --methods mine=", "method 'mine=': expected NAME=SPEC"),
        ("benchmark --page", "no cells yet"),
        ("benchmark lander --methods mine=none.safetensors", "no cells yet"),
    ],
)
def test_bad_input_is_refused(command, line, message):
    code, _, said = command(line)
    assert code == 2
    assert message in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "can't read: no such file"),
        ("{", "expected JSON"),
        ("[]", "got 'list'"),
        ('{"format": "x"}', "expected format 'sandlot-benchmark/1', got 'x'"),
    ],
)
def test_what_is_no_cell_is_refused(text, message, tmp_path):
    path = tmp_path / "bad.json"
    if text is not None:
        path.write_text(text, "utf-8")
    with pytest.raises(BenchmarkError, match=re.escape(message)):
        benchmark.read_cell(path)


def test_learning_methods_need_torch(command, monkeypatch):
    hide_torch(monkeypatch)
    code, _, said = command("benchmark lander --methods ippo")
    assert code == 2
    assert said == 'sandlot: torch is not installed: pip install "sandlot[train]"\n'


def test_learning_and_judging(few, command, tmp_path):
    pytest.importorskip("torch", reason="training needs PyTorch")
    code, out, _ = command("benchmark spread --methods random,scripted --methods ippo --seeds 2 --steps 100 --out mine --keep policies")
    assert code == 0
    assert "4 cells measured, 0 were there" in out
    found = benchmark.read_cell(tmp_path / "mine" / "cells" / "spread-ippo-1.json")
    learnt = found["learnt"]
    assert learnt["act"]["chosen"] == max(("mode", "sample"), key=lambda act: learnt["act"][act])
    assert learnt["agent_decisions"] >= 100
    assert found["how"]["steps"] == 100
    assert found["how"]["settings"]["algo"] == "ippo"
    # The policy that was kept is the one that was judged.
    assert command("benchmark spread --methods again=policies/spread-ippo-{seed}-agent.safetensors --seeds 2 --out mine")[0] == 0
    again = benchmark.read_cell(tmp_path / "mine" / "cells" / "spread-again-1.json")
    assert again["worth"] == found["worth"]
    assert len(again["files"]["agent"]) == 64
    # Nothing is measured twice, and the same cells give the same page.
    page, drawing = (tmp_path / "mine.md").read_text("utf-8"), (tmp_path / "mine.svg").read_text("utf-8")
    code, out, _ = command("benchmark spread --methods random,scripted,ippo --seeds 2 --steps 100 --out mine")
    assert "0 cells measured, 4 were there" in out
    assert (tmp_path / "mine.md").read_text("utf-8") == page
    assert (tmp_path / "mine.svg").read_text("utf-8") == drawing
    assert "| spread | 0 " in page
    assert "**Not comparable" not in page
    assert "| again |" in page


def test_a_big_team_learns_as_often_as_a_small_one():
    pytest.importorskip("torch", reason="training needs PyTorch")
    fish, chasers = (find_methods(["ippo"])[0].how(task_of(name))["settings"] for name in ("swarm-fish", "tag-chaser"))
    assert fish["worlds"] * fish["horizon"] * 200 <= 1 << 16
    assert {key: value for key, value in fish.items() if key != "worlds"} == {
        key: value for key, value in chasers.items() if key != "worlds"
    }


# --- the page ---


def test_only_what_is_between_the_comments_changes():
    text = "Before.\n<!-- results -->\nold\n<!-- end of results -->\nAfter.\n"
    new = benchmark_page.filled(text, {"results": "new"})
    assert new == "Before.\n<!-- results -->\n\nnew\n\n<!-- end of results -->\nAfter.\n"
    assert benchmark_page.filled(new, {"results": "new"}) == new
    with pytest.raises(BenchmarkError, match="expected a line '<!-- tasks -->'"):
        benchmark_page.filled(text, {"tasks": ""})


def test_the_picture_is_well_formed():
    from xml.etree import ElementTree

    drawing = ElementTree.fromstring(benchmark_page.picture(made_up()))
    marks = [one for one in drawing.iter() if one.tag.endswith("circle")]
    assert len(marks) == 4 + 3 * 4  # a legend; both tasks and the aggregate
    assert "planner" in "".join(drawing.itertext())


def test_the_committed_page_is_what_its_cells_make(monkeypatch):
    drawn, resampled = {}, benchmark_page.resampled

    def once(values, name):  # tables and picture ask for the same resamples, several times each
        key = name, values.shape, values.tobytes()
        if key not in drawn:
            drawn[key] = resampled(values, name)
        return drawn[key]

    monkeypatch.setattr(benchmark_page, "resampled", once)
    cells, document = benchmark.read_cells(KEPT), KEPT.with_suffix(".md")
    for method in ("random", "scripted"):
        assert {one["task"] for one in cells if one["method"] == method} == {task.name for task in tasks()}, (
            "measure the new task: see docs/benchmark.md"
        )
    text = document.read_text("utf-8")
    assert benchmark_page.page(text, cells) == text, "make it anew: sandlot benchmark --page --out docs/benchmark"
    assert benchmark_page.picture(benchmark_page.gathered(cells)) == KEPT.with_suffix(".svg").read_text("utf-8")
    assert all(len(json.dumps(one)) < 8000 for one in cells)


@pytest.mark.parametrize("name", ["lander", "spread"])
def test_committed_cells_come_out_again(name):
    kept = benchmark.read_cell(KEPT / "cells" / f"{name}-scripted-0.json")
    found = benchmark.measure(task_of(name), Method("scripted", "scripted"))
    if found["scenario_hash"] != kept["scenario_hash"]:
        pytest.skip("the game has changed since: measure it anew, as docs/benchmark.md says")
    assert found["worth"] == kept["worth"]
    assert found["protocol"] == kept["protocol"]


@pytest.mark.parametrize("code", re.findall(r"^```python\n(.*?)^```$", KEPT.with_suffix(".md").read_text("utf-8"), re.M | re.S))
def test_the_documents_python_runs(code, few, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "benchmark.md", "exec"), {"__name__": "document"})
    assert len(benchmark.read_cells(tmp_path / "benchmark")) == 3


COMMANDS = [line for line in re.findall(r"^sandlot benchmark.*$", KEPT.with_suffix(".md").read_text("utf-8"), re.M)]


@pytest.mark.parametrize("line", COMMANDS)
def test_the_documents_commands_are_understood(line, command, monkeypatch):
    monkeypatch.setattr(benchmark, "run_benchmark", lambda *_args, **_more: benchmark.Report())
    assert (
        command(line.split("#")[0].removeprefix("sandlot "))[2]
        == f"sandlot: {'docs/benchmark' if 'docs/' in line else 'benchmark'}/cells: no cells yet\n"
    )
