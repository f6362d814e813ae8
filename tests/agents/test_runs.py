"""Runs of `sandlot train` through thick and thin: stopped, killed, moved, begun twice, asked for what can't be. Skipped where PyTorch isn't installed."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

torch = pytest.importorskip("torch", reason='needs sandlot[train]: pip install "sandlot[train]"')

from sandlot.agents.cli.main import main  # noqa: E402
from sandlot.agents.records import claim_folder  # noqa: E402
from sandlot.agents.training.run_folder import RunFolder  # noqa: E402
from sandlot.agents.training.train import Trainer  # noqa: E402

DOT = {
    "format": "sandlot/1", "name": "dot", "params": {"dots": 2},
    "teams": {"a": {"count": "$dots", "drive": {"type": "thrust"}, "place": {"in": "world"}, "sees": ["self"]},
              "b": {"count": 1, "drive": {"type": "walk"}, "place": {"in": "world"}, "sees": ["self"]}},
    "rewards": {"a": {"x": "= self.x"}, "b": {"y": "= self.y"}}, "end": {"time": 2}, "score": {"a": "= mean(a, a.x)", "b": "= b.y"},
    "baseline": {"a": {"move": "= vec(1, 0)"}, "b": {"move": "= vec(0, 1)"}},
}  # fmt: skip
QUICK = "--worlds 8 --horizon 8 --minibatch 128 --epochs 1 --no-lessons --hidden 8".split()
A = ("train", "dot.json", "--team", "a", *QUICK)


@pytest.fixture(autouse=True)
def _place(tmp_path, monkeypatch):
    torch.set_num_threads(1)
    monkeypatch.chdir(tmp_path)
    write_game()


def write_game(**changes):
    with open("dot.json", "w", encoding="utf-8") as file:
        json.dump({**DOT, **changes}, file)


@pytest.fixture
def run(capsys):
    """A command in this process: exit code, output, errors; never a traceback."""

    def command(*words):
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main([str(word) for word in words])
        said = capsys.readouterr()
        return int(end.value.code or 0), said.out, said.err

    return command


def refused(answer, *words):
    """One line, exit code 2."""
    code, _, err = answer
    assert code == 2, err
    assert err.startswith("sandlot: ")
    assert err.count("\n") == 1
    for word in words:
        assert word in err


def lines(folder):
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


# --- going on ---------------------------------------------------------------------------------------------------------------------------------


def test_a_run_goes_on_for_longer(run, tmp_path):
    assert run(*A, "--steps", 384, "--out", "run")[0] == 0
    code, out, _ = run("train", "--resume", "run")
    assert code == 0
    assert "done already, after 384 agent decisions; for more: sandlot train --resume run --steps 768" in out
    refused(run("train", "--resume", "run", "--steps", 384), "--steps: run has had 384 agent decisions already")
    assert run("train", "--resume", "run", "--steps", 640)[0] == 0
    assert [line["step"] for line in lines(tmp_path / "run")] == [128, 256, 384, 512, 640]
    config = json.loads((tmp_path / "run/config.json").read_text())
    assert config["plan"]["steps"] == 640
    assert (
        run("train", "--resume", "run", "--steps", 768, "--learning-rate", "1e-5", "--entropy", "0.1", "--epochs", 2, "--minibatch", 64)[0]
        == 0
    )
    settings = json.loads((tmp_path / "run/config.json").read_text())["plan"]["settings"]
    assert [settings[name] for name in ("learning_rate", "entropy", "epochs", "minibatch", "horizon")] == [1e-5, 0.1, 2, 64, 8]


@pytest.mark.parametrize(
    "option",
    [("--gamma", "0.9"), ("--team", "b"), ("--seed", "0"), ("--out", "other"), ("--no-lessons",), ("--set", "dots=1"), ("--hidden", "8"), ("--shared",),
     ("--start", "a=x"), ("--algo", "bc"), ("--dagger", "0")],
    ids=lambda option: option[0],
)  # fmt: skip
def test_nothing_else_is_dropped(run, option):
    refused(run("train", "--resume", "run", *option), f"{option[0].replace('--no-', '--')}: a run goes on as it began")


def test_options_of_other_algorithms_are_not_dropped(run, tmp_path):
    for option in (("--start", "a=x.safetensors"), ("--shared",), ("--log", "tensorboard")):
        refused(run("train", "dot.json", "--algo", "bc", "--out", "run", *option), f"{option[0]}: not with --algo bc")
    code, out, _ = run("train", "dot.json", "--algo", "bc", "--dagger", 9999, "--gamma", "0.9", "--no-lessons")
    assert (code, out) == (2, "--lessons, --gamma: no difference to --algo bc\n")
    refused(run(*A, "--from", "random", "--out", "run"), "--from: only with --algo bc")
    assert not (tmp_path / "run").exists()


def killed(tmp_path, count, how=signal.SIGKILL):
    """A run in a process of its own that is ended after some updates; its output and exit code."""
    command = [sys.executable, "-m", "sandlot", *A, "--steps", "100000000", "--out", "run"]
    process = subprocess.Popen(
        command, cwd=tmp_path, env=os.environ | {"OMP_NUM_THREADS": "1"}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    file, until = tmp_path / "run/metrics.jsonl", time.monotonic() + 100
    while process.poll() is None and time.monotonic() < until and not (file.exists() and file.read_text().count("\n") >= count):
        time.sleep(0.02)
    process.send_signal(how)
    out, _ = process.communicate(timeout=60)
    return out, process.returncode


def test_a_run_that_was_killed_before_it_was_saved(run, tmp_path):
    killed(tmp_path, 2)
    assert not (tmp_path / "run/state.safetensors").exists()
    shutil.copytree("run", "copy")
    config = json.loads((tmp_path / "copy/config.json").read_text())
    config["plan"]["steps"] = 256  # so that it ends
    (tmp_path / "copy/config.json").write_text(json.dumps(config))
    code, out, _ = run("train", "--resume", "copy")
    assert code == 0
    assert "begins anew" in out
    assert [line["step"] for line in lines(tmp_path / "copy")] == [128, 256]
    code, _, err = run(*A, "--steps", 256, "--out", "run")  # it has nothing that would be lost
    assert (code, err) == (0, "")
    assert [line["step"] for line in lines(tmp_path / "run")] == [128, 256]
    refused(run(*A, "--steps", 200, "--out", "run"), "run holds a run: give another --out, or go on with it: sandlot train --resume run")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to send")
def test_sigterm_saves(run, tmp_path):
    out, code = killed(tmp_path, 2, signal.SIGTERM)
    assert code == 0, out
    assert "go on with: sandlot train --resume run" in out
    last = lines(tmp_path / "run")[-1]["step"]
    with (tmp_path / "run/metrics.jsonl").open("a") as file:
        file.write('{"step": 12')  # torn
    assert run("train", "--resume", "run", "--steps", last + 256)[0] == 0
    steps = [line["step"] for line in lines(tmp_path / "run")]
    assert steps == list(range(128, steps[-1] + 1, 128))
    assert steps[-1] > last


def test_torn_and_foreign_lines_are_left_out(tmp_path):
    folder = RunFolder(tmp_path / "run")
    for step in (1, 2, 3):
        folder.log({"step": step})
    with (tmp_path / "run/metrics.jsonl").open("ab") as file:
        file.write(b'[4]\n{"steps": 5}\nnull\n\xff{"step": 6')
    folder.keep_lines_until(2)
    assert folder.lines == [{"step": 1}, {"step": 2}]
    assert lines(tmp_path / "run") == folder.lines


def test_several_processes_go_on_with_worlds_of_their_own(run, tmp_path, monkeypatch):
    """The state is kept by one of them."""
    from sandlot.agents.training.plan import Plan, Settings
    from sandlot.scenarios import loads

    plan = Plan(teams=("a",), settings=Settings(worlds=4, horizon=4, hidden=(4,)))
    first = Trainer(loads(json.dumps(DOT)), plan, RunFolder(tmp_path / "run"))
    first.run(stop=iter([False, False, True]).__next__)
    weights, worlds = [], []
    for rank in range(3):
        monkeypatch.setenv("RANK", str(rank))
        trainer = Trainer(loads(json.dumps(DOT)), plan, RunFolder(tmp_path / "run", resume=True))
        trainer.resume()
        weights.append(trainer.learners[0].state()["parameter0"])
        trainer.collector.collect()
        worlds.append(trainer.learners[0].rollout.action.numpy().copy())
    assert all((values == first.learners[0].state()["parameter0"]).all() for values in weights)
    assert not (worlds[0] == worlds[1]).any()
    assert not (worlds[1] == worlds[2]).any()


# --- what a run was given ---------------------------------------------------------------------------------------------------------------------


def test_a_run_goes_on_wherever_it_lies(run, tmp_path, monkeypatch):
    """Its folder is elsewhere, and the game, the policy it began with and those of the others are gone: it has its own copies."""
    assert run("train", "dot.json", "--team", "b", *QUICK, "--steps", 64, "--out", "b", "--set", "dots=3")[0] == 0
    assert run(*A, "--steps", 128, "--out", "first", "--set", "dots=3")[0] == 0
    more = ("--start", "a=first/a.safetensors", "--policy", "b=b/b.safetensors", "--settle", 0, "--set", "dots=3")
    assert run(*A, "--steps", 384, "--out", "run", *more)[0] == 0
    (tmp_path / "away").mkdir()
    shutil.move("run", "away/run")
    shutil.rmtree("first")
    (tmp_path / "b/b.safetensors").write_text("another by now")
    (tmp_path / "dot.json").unlink()
    monkeypatch.chdir(tmp_path / "away")
    code, out, _ = run("train", "--resume", "run", "--steps", 500)
    assert code == 0
    assert "dot.json is gone; going on with the copy of it, run/game.json" in out
    assert lines(tmp_path / "away/run")[-1]["step"] >= 500
    (tmp_path / "away/run/others-b.safetensors").unlink()
    refused(run("train", "--resume", "run", "--steps", 900), "b/b.safetensors: there is no such file")


def test_the_game_is_found_from_another_folder(run, tmp_path, monkeypatch):
    """Even where another game has its name."""
    assert run(*A, "--steps", 64, "--out", "run")[0] == 0
    (tmp_path / "away").mkdir()
    monkeypatch.chdir(tmp_path / "away")
    write_game(rewards={})
    code, out, _ = run("train", "--resume", "../run", "--steps", 256)
    assert code == 0
    assert f"watch it: sandlot watch {tmp_path / 'dot.json'} --policy a=../run/a.safetensors" in out


def test_a_game_that_has_changed_is_refused(run, tmp_path):
    write_game(lessons=[{"name": "few", "params": {"dots": 2}, "max_steps": 9}])
    assert run(*A, "--steps", 64, "--out", "run")[0] == 0
    write_game(lessons=[{"name": "few", "params": {"dots": 2}, "max_steps": 9}], about="Other words, the same game to play.")
    changes = (
        {"rewards": {"a": {"x": "= -self.x"}}},
        {"teams": {**DOT["teams"], "a": {**DOT["teams"]["a"], "sees": ["self", "clock"]}}},
        {"lessons": [{"name": "few", "params": {"dots": 2}, "max_steps": 8}]},
        {"params": {"dots": 2, "more": 1}},
    )
    for change in changes:
        write_game(**{"lessons": [{"name": "few", "params": {"dots": 2}, "max_steps": 9}], **change})
        refused(
            run("train", "--resume", "run", "--steps", 500),
            "dot.json has changed since the run in run began",
            "run/game.json",
            "--start a=run/a.safetensors",
        )
    write_game(teams={})
    code, _, err = run("train", "--resume", "run", "--steps", 500)
    assert (code, "dot.json" in err) == (2, True)
    shutil.copy("run/game.json", "dot.json")  # put back
    assert run("train", "--resume", "run", "--steps", 500)[0] == 0


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda run: (run / "config.json").write_text("{"), "config.json: can't be read"),
        (lambda run: (run / "config.json").write_text("[]"), "config.json: expected an object"),
        (lambda run: (run / "config.json").write_text("{}"), "config.json: can't be read: no 'game'"),
        (lambda run: (run / "config.json").write_text('{"cloning": {}}'), "run holds a clone"),
        (lambda run: (run / "config.json").unlink(), "run holds no run"),
        (lambda run: edit(run, lambda plan: plan["settings"].update(hidden=[8, 8])), "state.safetensors: can't be read"),
        (lambda run: edit(run, lambda plan: plan["settings"].update(hidden=[-8])), "hidden: expected"),
        (lambda run: edit(run, lambda plan: plan.update(teams=["c"])), "no team 'c'"),
        (lambda run: edit(run, lambda plan: plan.update(settings=None)), "config.json: can't be read"),
        (
            lambda run: (run / "state.safetensors").write_bytes((run / "state.safetensors").read_bytes()[:-100]),
            "state.safetensors: can't be read",
        ),
        (lambda run: shutil.copy(run / "a.safetensors", run / "state.safetensors"), "state.safetensors: can't be read"),
    ],
)
def test_a_damaged_run(run, tmp_path, finished, spoil, words):
    shutil.copytree(finished, "run")
    spoil(tmp_path / "run")
    refused(run("train", "--resume", "run", "--steps", 900), words)


def edit(folder, change):
    config = json.loads((folder / "config.json").read_text())
    change(config["plan"])
    (folder / "config.json").write_text(json.dumps(config))


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run that is over; to be copied."""
    place, before = tmp_path_factory.mktemp("finished"), os.getcwd()
    os.chdir(place)
    try:
        write_game()
        with pytest.raises(SystemExit) as end:
            main([str(word) for word in (*A, "--steps", 64, "--out", "run")])
        assert not end.value.code
    finally:
        os.chdir(before)
    return place / "run"


# --- beginning --------------------------------------------------------------------------------------------------------------------------------


def test_two_runs_at_once_have_folders_of_their_own(tmp_path):
    """Both have looked for a free folder before either makes one."""
    made = [claim_folder(tmp_path / "runs", "tag-ippo") for _ in range(3)]
    assert [folder[0].name for folder in made] == ["tag-ippo-1", "tag-ippo-2", "tag-ippo-3"]
    assert [len(folder) for folder in made] == [2, 1, 1]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no locks of folders")
def test_a_folder_is_written_by_one_process(run, finished, tmp_path):
    shutil.copytree(finished, "run")
    hold = (
        "import sys; from sandlot.agents.training.run_folder import RunFolder\n"
        "with RunFolder('run', resume=True).held():\n    print('held', flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen([sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    refused(run("train", "--resume", "run", "--steps", 900), "another process is writing into this folder now")
    process.kill()
    process.communicate()
    assert run("train", "--resume", "run", "--steps", 200)[0] == 0


def test_a_failed_start_leaves_nothing(run, tmp_path, monkeypatch):
    from sandlot.agents.training import loggers

    def unreachable(*_):
        raise ValueError("nobody answers")

    refused(run(*A, "--log", "nosuch"), "--log: expected tensorboard or wandb, got 'nosuch'")
    monkeypatch.setattr(loggers, "logger", unreachable)
    for out in ([], ["--out", "deep/er/run"]):
        refused(run(*A, *out), "nobody answers")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/precious").touch()
    refused(run(*A, "--out", "mine"), "nobody answers")
    (tmp_path / "file").touch()
    refused(run(*A, "--out", "file"), "file: is a file, expected a folder")
    refused(run(*A, "--out", "file/run"), "file/run: can't make this folder")
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")) == ["dot.json", "file", "mine", "mine/precious"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--team a --team a", "team 'a' is named twice"),
        ("--team a --set dots=0", "team 'a' has no agents"),
        ("--team a --policy a=random", "team 'a' learns"),
        ("--team a --policy c=random", "no team 'c'"),
        ("--team a --policy b=random --policy b=scripted", "--policy: team 'b' is named twice"),
        ("--team a --set dots=1 --set dots=2", "--set: 'dots' is set twice"),
        ("--team a --start c=none.safetensors", "no team 'c'"),
        ("--team a --start b=none.safetensors", "team 'b' does not learn"),
        ("--team a --start a=none.safetensors", "none.safetensors: there is no such file"),
        ("--team a --start a=dot.json", "dot.json: expected a safetensors file"),
        ("--team a --start none.safetensors", "--start: expected TEAM=FILE, got 'none.safetensors'"),
        ("--hidden 64,-3", "--hidden: expected at most 16 widths from 1 to 8192, got 64,-3"),
        ("--hidden 0", "--hidden"), ("--hidden 9999", "--hidden"), ("--hidden x", "--hidden"), ("--hidden 1,,2", "--hidden"),
        (f"--hidden {','.join('1' * 17)}", "--hidden"),
        ("--seed 99999999999999999999999", "'--seed'"), ("--seed -1", "'--seed'"), ("--seed 4294967296", "'--seed'"),
        ("--learning-rate nan", "--learning-rate"), ("--learning-rate inf", "--learning-rate"), ("--learning-rate 0", "--learning-rate: expected a number above 0 and"),
        ("--learning-rate 1e13", "--learning-rate"),
        ("--gamma nan", "--gamma"), ("--gamma 1.01", "--gamma"), ("--entropy nan", "--entropy"), ("--entropy inf", "--entropy"), ("--league nan", "--league"),
        ("--horizon 0", "--horizon"), ("--horizon -1", "--horizon"), ("--horizon 10000000", "--horizon"), ("--worlds 0", "--worlds"),
        ("--worlds 10000000000", "--worlds"), ("--minibatch 0", "--minibatch"), ("--epochs 0", "--epochs"), ("--memory 100000", "--memory"),
        ("--steps 0", "--steps"), ("--steps 99999999999999999999999", "--steps"), ("--settle -1", "--settle"),
        ("--algo bc --hidden 64,-3", "--hidden"), ("--algo bc --learning-rate nan", "--learning-rate"), ("--algo bc --dagger 9999", "--dagger"),
        ("--algo bc --team a --team a", "team 'a' is named twice"), ("--algo bc --team a --policy c=random", "--policy: no team 'c'"),
        ("--algo bc --team a --policy a=random", "--policy: team 'a' learns"), ("--algo bc --set dots=0 --team a", "nothing to learn"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_one_line_and_leaves_nothing(run, tmp_path, options, words):
    refused(run("train", "dot.json", *QUICK, *options.split()), words)
    assert [path.name for path in tmp_path.iterdir()] == ["dot.json"]


def test_what_only_looks_odd_is_right(run):
    """A minibatch larger than a batch; a team of nobody beside one that learns; nobody asks who plays them."""
    assert run(*A, "--minibatch", 10**6, "--steps", 64, "--memory", 4, "--out", "one")[0] == 0
    assert run("train", "dot.json", *QUICK, "--set", "dots=0", "--steps", 64, "--out", "two")[0] == 0


# --- the end ----------------------------------------------------------------------------------------------------------------------------------


def test_training_that_diverges_keeps_what_was_before(run, tmp_path):
    code, _, err = run(*A, "--steps", 10**6, "--learning-rate", 1e12, "--gamma", 1, "--out", "run")
    assert code == 1
    assert err.count("\n") == 1
    assert "diverged at step " in err
    assert "kept in run; learn more slowly: sandlot train --resume run --learning-rate 0.001" in err
    step = int(err.split("at step ")[1].split(":")[0].replace(",", ""))
    code, _, err = run("train", "--resume", "run", "--learning-rate", "0.001", "--steps", step + 300)
    assert (code, err) == (0, "")
    with torch.no_grad():
        assert all(torch.from_numpy(values).isfinite().all() for values in tensors(tmp_path / "run/a.safetensors"))


def tensors(path):
    from sandlot.agents.policies.policy_file import read_policy

    return read_policy(path)[1].values()


@pytest.mark.parametrize("where", ["actor", "log_std"])
def test_diverging_while_it_plays_goes_back_to_what_played_last(where, tmp_path):
    from sandlot.agents.training.plan import Plan, Settings
    from sandlot.agents.training.train import TrainingDivergedError
    from sandlot.scenarios import loads

    settings = Settings(worlds=4, horizon=4, hidden=(4,))
    trainer = Trainer(loads(json.dumps(DOT)), Plan(teams=("a",), steps=10**6, settings=settings), RunFolder(tmp_path / "run"))
    trainer.iterate()
    kept = trainer.learners[0].state()
    trainer.run(stop=iter([False, True]).__next__)
    before = trainer._good[0]["parameter0"].copy()
    assert (before == kept["parameter0"]).all()
    with torch.no_grad():
        (trainer.learners[0].log_std if where == "log_std" else trainer.learners[0].actor.out.bias).fill_(1e30)
        if where == "actor":
            trainer.learners[0].actor.out.bias.fill_(float("inf"))
    with pytest.raises(TrainingDivergedError, match=rf"^diverged at step {trainer.step}: what a would do is no number any more"):
        trainer.run()
    assert (trainer.learners[0].state()["parameter0"] == before).all()
    again = Trainer(loads(json.dumps(DOT)), trainer.plan, RunFolder(tmp_path / "run", resume=True))
    again.resume()
    again.iterate()


@pytest.mark.parametrize(("fine", "left"), [(0, "nothing was learnt before"), (4, "the best before is kept in run")])
def test_a_clone_that_diverges(run, tmp_path, monkeypatch, fine, left):
    """With its first loss, and with a later one."""
    from sandlot.agents.training.bc import Cloner

    loss, calls = Cloner._loss, [0]

    def spoilt(self, *arguments):
        calls[0] += 1
        return loss(self, *arguments) * (1.0 if calls[0] <= fine else float("nan"))

    monkeypatch.setattr(Cloner, "_loss", spoilt)
    code, _, err = run("train", "dot.json", "--algo", "bc", "--team", "a", "--steps", 500, "--out", "run")
    assert code == 1
    assert err.startswith(f"sandlot: diverged in pass {1 + fine // 2}: weights of a are no numbers any more; {left}")
    assert (tmp_path / "run/a.safetensors").exists() == (fine > 0)


def test_a_disk_that_is_full(run, tmp_path, monkeypatch):
    def full(self, line):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(RunFolder, "log", full)
    code, _, err = run(*A, "--steps", 600, "--out", "run")
    assert (code, err) == (
        1,
        "sandlot: run: can't write: no space left on device; what was saved before is whole: sandlot train --resume run\n",
    )


def test_a_reader_who_leaves_stops_nothing(tmp_path):
    """`sandlot train ... | head -n 1` trains to its end."""
    command = [sys.executable, "-m", "sandlot", *A, "--steps", "20000", "--out", "run"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"}
    )
    process.stdout.readline()
    process.stdout.close()
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()
    process.wait(timeout=100)
    assert lines(tmp_path / "run")[-1]["step"] >= 20_000
    assert (tmp_path / "run/state.safetensors").exists()


def test_printed_commands_can_be_pasted(run, tmp_path):
    """A game in a file, params that were set, folders with spaces: for PPO and clones, stopped and done."""
    import shlex

    os.rename("dot.json", "my dot.json")
    for name, more in (("my run", ()), ("it's", ("--algo", "bc"))):
        options = QUICK if not more else ("--hidden", 8, "--worlds", 4)
        code, out, _ = run("train", "my dot.json", "--team", "a", "--set", "dots=3", *options, "--steps", 64, "--out", name, *more)
        assert code == 0
        (line,) = (line for line in out.splitlines() if "watch it: " in line)
        words = shlex.split(line.split("watch it: ")[1])
        assert words == ["sandlot", "watch", "my dot.json", "--set", "dots=3", "--policy", f"a={name}/a.safetensors"]
        code, _, err = run(*words[1:], "--film", "--width", 64, "--out", "films")
        assert (code, err) == (0, "")
    code, _, err = run("train", "my dot.json", *QUICK, "--out", "my run")
    assert shlex.split(err.split("go on with it: ")[1]) == ["sandlot", "train", "--resume", "my run"]
