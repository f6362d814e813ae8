"""Cloning policies: what is recorded, that it is learnt, how it is kept. Skipped where PyTorch isn't installed."""

import json
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason='needs sandlot[train]: pip install "sandlot[train]"')

from commands import interrupt_after  # noqa: E402
from safetensors.numpy import save_file  # noqa: E402

import sandlot  # noqa: E402
from sandlot.agents.cli.main import main  # noqa: E402
from sandlot.agents.policies.policy_file import PolicyFileError, card_for, read_policy, save_policy, shapes_of  # noqa: E402
from sandlot.agents.policies.trained import TrainedPolicy  # noqa: E402
from sandlot.agents.training.bc import Cloner, Cloning, CloningError, _split  # noqa: E402
from sandlot.agents.training.demonstrations import Recorder, read_play, read_plays, save_play  # noqa: E402
from sandlot.agents.training.plan import Plan, Settings  # noqa: E402
from sandlot.agents.training.run_folder import RunFolder  # noqa: E402
from sandlot.agents.training.train import Trainer  # noqa: E402
from sandlot.scenarios import loads  # noqa: E402

TALK = """{
  "format": "sandlot/1", "name": "talk", "about": "Walk to the flag, and say which quarter it is in.",
  "world": { "size": [6, 6], "decisions_per_second": 5 },
  "things": { "flag": { "shape": "circle", "radius": 0.3, "body": "sensor", "place": { "in": "world", "gap": 0 } } },
  "teams": { "dog": { "count": 2, "shape": "circle", "radius": 0.2, "drive": { "type": "walk", "top_speed": 2 }, "place": { "in": "world", "gap": 0 },
                      "sees": ["self", { "of": "flag" }], "says": { "symbols": 3 } } },
  "rewards": { "dog": { "near": "= -dist(self, flag)" } },
  "end": { "time": 4 },
  "score": { "dog": "= -mean(dog, dist(dog, flag))" },
  "baseline": { "dog": { "move": "= clamp(dist(self, flag), 0, 1) * toward(flag)", "say": "= 0 if flag.x < -1 else (1 if flag.x < 1 else 2)" } }
}"""


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def linear_teacher(env, team, seed=0):
    card = card_for(env, team, hidden=())
    rng = np.random.default_rng(seed)
    tensors = {name: rng.normal(0, 0.3, shape).astype(np.float32) for name, shape in shapes_of(card).items()}
    tensors |= {
        "observation.mean": np.zeros_like(tensors["observation.mean"]),
        "observation.scale": np.ones_like(tensors["observation.scale"]),
    }
    return TrainedPolicy(card, tensors)


def test_the_clone_of_a_linear_policy_is_that_policy():
    scenario = loads(TALK)
    teacher = linear_teacher(sandlot.VectorEnv(scenario, 1), "dog")
    cloner = Cloner(scenario, Cloning("dog", decisions=8000, hidden=(), learning_rate=1e-2, batch=256, passes=25), teacher=teacher)
    cloner.run()
    seen = cloner.plays[0].seen.reshape(-1, len(teacher.card.observation))[-500:]
    yes, rng = np.ones(len(seen), np.bool_), np.random.default_rng(0)
    a, b = teacher.act(seen, yes, rng), cloner.policy().act(seen, yes, rng)
    inside = np.abs(a[:, :2]).max(1) < 0.95  # numbers are cut off there, which no linear clone can follow
    assert np.abs(a - b)[inside, :2].max() < 0.15
    assert (a[:, 2:].argmax(1) == b[:, 2:].argmax(1)).mean() > 0.97


@pytest.mark.parametrize("memory", [0, 8])
def test_a_clone_does_what_its_teacher_does(memory):
    cloner = Cloner(loads(TALK), Cloning("dog", decisions=6000, hidden=(16,), memory=memory, learning_rate=5e-3, batch=128))
    lines = []
    cloner.run(lines.append)
    assert lines[-1]["loss/held_out"] < lines[0]["loss/held_out"] - 1
    assert cloner.results["clone"]["score"] > cloner.results["teacher"]["score"] - 0.3
    card = cloner.policy().card
    assert (card.trained["algorithm"], card.trained["from"], card.trained["agent_decisions"]) == ("bc", "scripted", cloner.decisions)


@pytest.mark.parametrize("memory", [0, 4])
def test_it_stops_when_it_gets_no_better_and_keeps_the_best(memory):
    cloner = Cloner(loads(TALK), Cloning("dog", decisions=600, hidden=(32,), memory=memory, learning_rate=3e-2, batch=32, patience=3))
    lines = []
    cloner.run(lines.append)
    losses = [line["loss/held_out"] for line in lines]
    assert cloner.passes == len(losses) == int(np.argmin(losses)) + 4 < 100
    with torch.no_grad():
        again = [loss.item() for loss in cloner._losses(_split(cloner.plays)[1], learn=False)]
    assert np.mean(again) == pytest.approx(min(losses), abs=1e-3)


def test_a_clone_of_tags_runner_runs():
    cloner = Cloner(sandlot.load("tag"), Cloning("runner", decisions=20_000, hidden=(64,), learning_rate=3e-3, passes=15))
    cloner.run()
    plays = sandlot.make_vec("tag", 64, autoreset="disabled")
    idle = Recorder(plays, "runner", "random", {"chaser": "scripted"}, 1 << 31).record(200).results["score"]
    teacher, clone = cloner.results["teacher"]["score"], cloner.results["clone"]["score"]
    assert clone - idle > 0.5 * (teacher - idle) > 1


def test_asking_again_helps():
    """Of few decisions, those at places where the clone gets itself are worth more."""
    plain, asked = (
        Cloner(sandlot.load("lander"), Cloning("rocket", decisions=6000, dagger=rounds, hidden=(32,), passes=40)) for rounds in (0, 3)
    )
    plain.run()
    asked.run()
    assert set(asked.results) == {"teacher", "clone_0", "clone_1", "clone_2", "clone"}
    assert asked.policy().card.trained["dagger"] == 3
    assert asked.results["clone"]["return"] > plain.results["clone"]["return"] + 1


def test_it_is_the_same_again():
    def run():
        cloner = Cloner(loads(TALK), Cloning("dog", decisions=600, dagger=1, hidden=(8,), passes=3, seed=4))
        cloner.run()
        return cloner.policy().tensors

    first, second = run(), run()
    assert all((first[name] == second[name]).all() for name in first)


def test_agents_that_are_out_teach_nothing(flock):
    cloner = Cloner(flock, Cloning("sheep", decisions=400, hidden=(8,), passes=2))
    cloner.run()
    play = cloner.plays[0]
    assert (play.counts == play.seen.any(2)).all()
    assert 0 < play.counts.mean() < 1
    assert cloner.decisions == play.counts.sum()


def test_labels_are_the_teachers_and_moves_the_players():
    env = sandlot.VectorEnv(loads(TALK), 4, autoreset="disabled")
    recorder = Recorder(env, "dog", "scripted", {}, 0)
    own = recorder.record(20)
    player = linear_teacher(env, "dog", 1)
    recorder.seed = 0
    asked = recorder.record(20, player)
    np.testing.assert_array_equal(asked.seen[0], own.seen[0])
    np.testing.assert_array_equal(asked.done[0], own.done[0])
    assert (asked.seen[5] != own.seen[5]).any()
    assert set(np.unique(asked.done[..., 2])) == {0, 1, 2}
    obs, _ = env.reset(seed=0)
    for t in range(20):  # the same by hand
        wanted = env.scripted_actions()["dog"].reshape(8, 5)
        np.testing.assert_array_equal(asked.done[t], np.concatenate([wanted[:, :2], wanted[:, 2:].argmax(1)[:, None]], 1))
        moves = player.act(obs["dog"].reshape(8, -1), np.ones(8, np.bool_), np.random.default_rng(0))
        obs, *_ = env.step({"dog": moves.reshape(4, 2, 5)})
    assert own.begins[:, 0].tolist() == [True] + [False] * 19
    assert recorder.record(21).begins[20].all()


def test_ppo_goes_on_from_a_clone(tmp_path):
    """It begins as the clone, and stays so until it learns: new observations don't change what its weights mean."""
    cloner = Cloner(loads(TALK), Cloning("dog", decisions=2000, hidden=(16,), passes=20, learning_rate=5e-3), RunFolder(tmp_path))
    cloner.run()
    path = tmp_path / "dog.safetensors"
    settings = Settings(worlds=16, horizon=16, hidden=(16,), learning_rate=1e-12)
    trainer = Trainer(loads(TALK), Plan(start={"dog": str(path)}, settle=0, settings=settings, steps=10**9))
    for _ in range(4):
        trainer.iterate()
    seen = np.random.default_rng(0).uniform(-1, 1, (64, len(cloner.learner.card.observation))).astype(np.float32)
    wishes = [policy._think(seen, 0) for policy in (TrainedPolicy.load(path), trainer.policy("dog"))]
    np.testing.assert_allclose(*wishes, atol=0.01)


def test_choices_are_cloned_and_learnt_on(tmp_path):
    scenario = loads(TALK)
    cloner = Cloner(scenario, Cloning("dog", decisions=4000, hidden=(16,), passes=15, learning_rate=1e-2, actions="discrete"))
    cloner.run()
    policy = cloner.policy()
    assert (policy.card.discrete, policy.card.choices, policy.masked) == (True, (9, 3), False)
    assert cloner.results["clone"]["score"] > -1.2  # the script's is near -0.2, standing still near -2.5
    path = save_policy(tmp_path / "dog.safetensors", policy.card, policy.tensors)
    small = Settings(worlds=8, horizon=16, hidden=(16,))
    trainer = Trainer(scenario, Plan(start={"dog": str(path)}, settings=small, actions="discrete"))
    np.testing.assert_array_equal(trainer.learners[0].tensors()["out.weight"], policy.tensors["out.weight"])
    trainer.iterate()
    with pytest.raises(ValueError, match="it plays discrete actions, these worlds take continuous ones"):
        Trainer(scenario, Plan(start={"dog": str(path)}, settings=small))


def test_who_begins_with_a_policy_learns_first_what_it_is_worth(tmp_path):
    cloner = Cloner(loads(TALK), Cloning("dog", decisions=600, hidden=(16,), passes=2), RunFolder(tmp_path))
    cloner.run()
    settings = Settings(worlds=16, horizon=16, hidden=(16,))
    plan = Plan(teams=("dog",), start={"dog": str(tmp_path / "dog.safetensors")}, settle=1000, settings=settings, steps=10**9)
    trainer = Trainer(loads(TALK), plan)
    (learner,) = trainer.learners

    def weights(network):
        return [values.detach().clone() for values in network.parameters()]

    while trainer.step < 1000:
        actor, critic = weights(learner.actor), weights(learner.critic)
        trainer.iterate()
        assert all((a == b).all() for a, b in zip(actor, weights(learner.actor), strict=True))
        assert not any((a == b).all() for a, b in zip(critic, weights(learner.critic), strict=True))
    trainer.iterate()
    assert not any((a == b).all() for a, b in zip(actor, weights(learner.actor), strict=True))


# --- files ------------------------------------------------------------------------------------------------------------------------------------


def test_episodes_come_back_as_they_went(tmp_path):
    cloner = Cloner(loads(TALK), Cloning("dog", decisions=600, dagger=1, hidden=(8,), passes=2))
    cloner.run()
    paths = cloner.save_plays(tmp_path / "new")
    assert [path.name for path in paths] == ["talk-dog-0.safetensors", "talk-dog-1.safetensors"]
    for path, play in zip(paths, cloner.plays, strict=True):
        again = read_play(path)
        assert (again.card, again.agents, again.results) == (play.card, play.agents, play.results)
        for name in ("seen", "done", "begins", "counts"):
            np.testing.assert_array_equal(getattr(again, name), getattr(play, name))
    learnt = Cloner(loads(TALK), Cloning("dog", episodes=str(tmp_path / "new"), hidden=(8,), passes=2))
    learnt.run()
    assert learnt.decisions == cloner.decisions
    assert learnt.policy().card.trained["from"] == "scripted"


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda play, path: path.write_bytes(b"no"), "expected a safetensors file, got"),
        (lambda play, path: save_file({"a": np.zeros(1)}, path), "no episodes of sandlot"),
        (
            lambda play, path: save_file({"a": np.zeros(1)}, path, {"sandlot": json.dumps({"format": "sandlot-episodes/1"})}),
            "its card can't be read: 'card'",
        ),
        (
            lambda play, path: save_play(path, replace(play, seen=play.seen[:-1])),
            r"done: expected finite numbers of shape \(\d+, 4, 3\), got",
        ),
        (lambda play, path: save_play(path, replace(play, done=play.done * np.nan)), "done: expected finite numbers"),
        (lambda play, path: save_play(path, replace(play, done=play.done + 2)), "done: choices that there aren't"),
        (lambda play, path: save_play(path, replace(play, agents=3)), "4 rows can't be worlds of 3 agents"),
        (
            lambda play, path: save_play(path, replace(play, card=replace(play.card, observation=play.card.observation[::-1]))),
            "doesn't fit 'dog'",
        ),
        (lambda play, path: save_play(path, replace(play, card=replace(play.card, team="cat"))), "no episodes of 'dog' in it"),
    ],
)
def test_bad_episodes_say_why(spoil, message, tmp_path):
    env = sandlot.VectorEnv(loads(TALK), 2, autoreset="disabled")
    spoil(Recorder(env, "dog", "scripted", {}, 0).record(5), tmp_path / "bad.safetensors")
    with pytest.raises(PolicyFileError, match=message):
        read_plays(tmp_path, env, "dog")


def test_bad_wishes_are_refused(tmp_path):
    tag = sandlot.load("tag")
    for cloning, message in [
        (Cloning("chasr"), r"^no team 'chasr' \(did you mean \"chaser\"\?\); there is chaser, runner$"),
        (Cloning("chaser", teacher="scriptd"), "policy of 'chaser': no policy 'scriptd'"),
        (Cloning("chaser", others={"runer": "random"}), "no team 'runer'"),
        (Cloning("chaser", episodes=str(tmp_path), dagger=1), "saved episodes can't be asked"),
        (Cloning("chaser", episodes=str(tmp_path / "x")), "there is no such folder"),
    ]:
        with pytest.raises(ValueError, match=message):
            Cloner(tag, cloning)
    idle = loads(
        '{"format": "sandlot/1", "name": "idle", "teams": {"cat": {"shape": "circle", "radius": 0.3, "at": [0, 0], "sees": ["self"]}}}'
    )
    with pytest.raises(CloningError, match="team 'cat' can do nothing"):
        Cloner(idle, Cloning("cat"))


def run_cli(capsys, *arguments):
    with pytest.raises(SystemExit) as exit_code:
        main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return exit_code.value.code, captured.out, captured.err


def test_the_command_clones_and_its_policy_plays(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    small = ("--algo", "bc", "--hidden", "8", "--steps", 600, "--worlds", 4)
    code, out, err = run_cli(
        capsys, "train", "tag", *small, "--team", "chaser", "--save-episodes", "episodes", "--dagger", 1, "--out", "run"
    )
    assert (code, err) == (0, "")
    assert "clone: return" in out
    assert {path.name for path in (tmp_path / "run").iterdir()} == {
        "config.json",
        "metrics.jsonl",
        "metrics.csv",
        "curves.svg",
        "chaser.safetensors",
    }
    assert read_policy("run/chaser.safetensors")[0].trained["dagger"] == 1
    code, _, err = run_cli(capsys, "watch", "tag", "--policy", "chaser=run/chaser.safetensors", "--out", tmp_path, "--film")
    assert (code, err) == (0, "")
    code, out, err = run_cli(capsys, "train", "tag", *small, "--team", "chaser", "--from-episodes", "episodes", "--out", "again")
    assert (code, err) == (0, "")
    code, out, err = run_cli(capsys, "train", "tag", *small, "--from", "random", "--out", "both")
    assert (code, err) == (0, "")
    assert (tmp_path / "both" / "runner" / "runner.safetensors").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--algo", "bd"), "--algo: expected ippo, mappo or bc, got 'bd'"),
        (("--from", "scripted"), "--from: only with --algo bc"),
        (("--algo", "bc", "--from", "scripted", "--from-episodes", "x"), "--from and --from-episodes: expected one of them"),
        (("--algo", "bc", "--from-episodes", "x", "--save-episodes", "y"), "those of --from-episodes are saved already"),
        (("--algo", "bc", "--team", "chasr"), "no team 'chasr'"),
        (("--algo", "bc", "--policy", "chasr=random"), "no team 'chasr'"),
    ],
)
def test_bad_commands_say_why(arguments, message, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, _, err = run_cli(capsys, "train", "tag", *arguments)
    assert code == 2
    assert message in err
    assert not list(tmp_path.iterdir())


def test_ctrl_c_saves(tmp_path):
    out = interrupt_after(1, tmp_path, "train", "tag", "--algo", "bc", "--team", "runner", "--steps", "20000")
    assert "stopped; watch it" in out
    policy = TrainedPolicy.load(tmp_path / "run" / "runner.safetensors")
    save_policy(tmp_path / "copy.safetensors", policy.card, policy.tensors)
