"""`sandlot train`: learners learn, runs go on bit for bit, bad input is refused. Skipped where PyTorch isn't installed."""

import inspect
import json
import os
import subprocess
import sys
from dataclasses import fields, replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason='needs sandlot[train]: pip install "sandlot[train]"')

from commands import interrupt_after  # noqa: E402

import sandlot  # noqa: E402
from sandlot.agents.cli.fields import documented  # noqa: E402
from sandlot.agents.cli.main import main  # noqa: E402
from sandlot.agents.cli.train import train  # noqa: E402
from sandlot.agents.policies.policy_file import save_policy  # noqa: E402
from sandlot.agents.training.plan import Plan, Settings  # noqa: E402
from sandlot.agents.training.ppo import Actions, Learner, role_of  # noqa: E402
from sandlot.agents.training.run_folder import RunFolder  # noqa: E402
from sandlot.agents.training.self_play import PAR, Member, Pool, Referee, settle  # noqa: E402
from sandlot.agents.training.train import Trainer, TrainingError  # noqa: E402
from sandlot.scenarios import load, loads  # noqa: E402

SMALL = {"worlds": 16, "horizon": 16, "minibatch": 300, "epochs": 2, "hidden": (16,)}
REACH = """{
  "format": "sandlot/1", "name": "reach", "about": "Go to the flag.",
  "world": { "size": [6, 6], "decisions_per_second": 5 },
  "things": { "flag": { "shape": "circle", "radius": 0.3, "body": "sensor", "place": { "in": "world", "gap": 0 } } },
  "teams": { "dog": { "shape": "circle", "radius": 0.2, "drive": { "type": "walk", "top_speed": 2 }, "place": { "in": "world", "gap": 0 },
                      "sees": ["self", { "of": "flag" }] } },
  "rules": { "there": { "when": { "inside": ["dog", "flag"] } } },
  "rewards": { "dog": { "there": 1, "near": "= -0.1 * dist(self, flag)" } },
  "end": { "time": 4 },
  "score": { "dog": "= -dist(dog, flag)" }
}"""


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def stop_after(count):
    calls = iter(range(count + 1))
    return lambda: next(calls) == count


@pytest.mark.parametrize(
    ("options", "actions"),
    [({}, "continuous"), ({"algo": "mappo"}, "continuous"), ({"memory": 16}, "continuous"), ({}, "discrete")],
    ids=["ippo", "mappo", "gru", "discrete"],
)
def test_it_learns_within_seconds(options, actions):
    trainer = Trainer(loads(REACH), Plan(steps=120_000, settings=Settings(worlds=64, horizon=32, **options), seed=1, actions=actions))
    lines = []
    trainer.run(lines.append)
    assert lines[-1]["score/dog"] > -0.4 > -1.5 > lines[0]["score/dog"]


GAMES = [
    ("tag", {}, {}),
    ("tell_and_push", {"memory": 8}, {}),
    ("soccer", {"algo": "mappo"}, {}),
    ("dodgeball", {}, {}),
    ("dodgeball", {}, {"actions": "discrete"}),
]


@pytest.mark.parametrize(("game", "options", "more"), GAMES, ids=["-".join([game, *more.values()]) for game, _, more in GAMES])
def test_a_run_that_is_resumed_has_the_same_bits(game, options, more, tmp_path):
    plan = Plan(steps=10**9, settings=Settings(**SMALL, **options), freeze=3000, **more)

    def start(name, resume=False):
        trainer = Trainer(sandlot.load(game), plan, RunFolder(tmp_path / name, resume))
        if resume:
            trainer.resume()
        return trainer

    whole, first = start("whole"), start("parts")
    whole.run(stop=stop_after(12))
    first.run(stop=stop_after(7))
    second = start("parts", resume=True)
    second.run(stop=stop_after(5))
    for a, b in zip(whole.learners, second.learners, strict=True):
        theirs = b.state()
        for name, values in a.state().items():
            np.testing.assert_array_equal(values, theirs[name], name)
    assert [whole.env.state_hash(k) for k in range(16)] == [second.env.state_hash(k) for k in range(16)]
    assert {team: (pool.rating, len(pool.members)) for team, pool in whole.pools.items()} == {
        team: (pool.rating, len(pool.members)) for team, pool in second.pools.items()
    }
    timed = {"steps_per_second", "collecting"}
    lines = [[json.loads(line) for line in (tmp_path / name / "metrics.jsonl").read_text().splitlines()] for name in ("whole", "parts")]
    assert [{k: v for k, v in line.items() if k not in timed} for line in lines[0]] == [
        {k: v for k, v in line.items() if k not in timed} for line in lines[1]
    ]
    assert (tmp_path / "parts" / "curves.svg").read_text().startswith("<svg")


@pytest.mark.parametrize("memory", [0, 8])
def test_numpy_plays_what_torch_learnt(memory):
    trainer = Trainer(sandlot.load("tell_and_push"), Plan(settings=Settings(**SMALL, memory=memory)))
    for _ in range(3):
        trainer.iterate()
    for team in trainer.plan.teams:
        policy, learner = trainer.policy(team), trainer._learner_of(team)
        obs = np.random.default_rng(0).uniform(-1, 1, (5, 70, len(policy.card.observation))).astype(np.float32)
        policy.reset(70)
        with torch.no_grad():
            wishes, _ = learner.actor(learner.norm(torch.from_numpy(obs)), torch.zeros(70, memory), torch.zeros(5, 70))
        for t in range(5):
            mine = np.concatenate([policy._think(obs[t], first) for first in range(0, 70, 64)])
            np.testing.assert_allclose(mine, wishes[t].numpy(), atol=2e-6)


def test_advantages_against_the_definition():
    """Generalised advantage estimation by its sum, with an end, a cut by the clock and an end of the rollout."""
    env = sandlot.make_vec("tag", 1, autoreset="disabled")
    learner = Learner(role_of(env, ["runner"]), Settings(worlds=1, horizon=6, gamma=0.9, trace=0.8))
    rng = torch.Generator().manual_seed(0)
    rollout = learner.rollout
    rollout.reward[:], rollout.value[:] = torch.rand(6, 1, generator=rng), torch.rand(6, 1, generator=rng)
    rollout.ended[1], rollout.ended[3], rollout.beyond[3] = 1, 1, 5.0
    last = torch.tensor([2.0])
    advantage, target = learner.advantages(last)
    value = [*rollout.value[:, 0].tolist(), 2.0]
    for t in range(6):
        total, weight = 0.0, 1.0
        for k in range(t, 6):
            ended = bool(rollout.ended[k, 0])
            after = float(rollout.beyond[k, 0]) if ended else value[k + 1]
            total += weight * (float(rollout.reward[k, 0]) + 0.9 * after - value[k])
            weight *= 0.9 * 0.8
            if ended:
                break
        assert advantage[t, 0].item() == pytest.approx(total, abs=1e-5)
        assert target[t, 0].item() == pytest.approx(total + value[t], abs=1e-5)


def test_probabilities_against_torchs_own():
    env = sandlot.make_vec("tell_and_push", 1)
    from sandlot.agents.policies.policy_file import card_for

    card = card_for(env, "guide")
    from dataclasses import replace

    actions = Actions(replace(card, box=2, choices=(3, 4)))
    wishes, log_std = torch.randn(50, 9), torch.tensor([-0.3, 0.2])
    action, chance = actions.sample(wishes, log_std, torch.Generator().manual_seed(0))
    judged, entropy = actions.judge(wishes, log_std, action)
    parts = [torch.distributions.Independent(torch.distributions.Normal(wishes[:, :2], log_std.exp()), 1)]
    parts += [torch.distributions.Categorical(logits=wishes[:, 2:5]), torch.distributions.Categorical(logits=wishes[:, 5:])]
    picked = [action[:, :2], action[:, 2], action[:, 3]]
    wanted = sum(part.log_prob(pick) for part, pick in zip(parts, picked, strict=True))
    torch.testing.assert_close(chance, wanted)
    torch.testing.assert_close(judged, wanted)
    torch.testing.assert_close(entropy, sum(part.entropy() for part in parts))
    rows = actions.for_worlds(action)
    assert rows.shape == (50, 9)
    np.testing.assert_array_equal(rows[:, 2:5].argmax(1), action[:, 2].numpy())


def test_agents_that_are_out_teach_nothing(flock):
    """Rows count while their agent is there: the decision in which it is removed is its last, and ends without a future."""
    trainer = Trainer(flock, Plan(teams=("sheep",), others={"wolf": "scripted"}, settings=Settings(worlds=8, horizon=20, hidden=(8,))))
    trainer.iterate()
    rollout = trainer.learners[0].rollout
    counts, ended = rollout.counts > 0, rollout.ended > 0
    assert not counts.all()
    gone = (~counts[1:]) & counts[:-1]
    assert gone.any()
    assert ended[:-1][gone].all()
    assert (rollout.beyond[:-1][gone & (rollout.begins[1:] == 0)] == 0).all()


def test_bad_plans_are_refused(tmp_path):
    with pytest.raises(TrainingError, match=r"^no team 'chasr' \(did you mean \"chaser\"\?\)$"):
        Trainer(sandlot.load("tag"), Plan(teams=("chasr",), settings=Settings(**SMALL)))
    idle = loads(
        '{"format": "sandlot/1", "name": "idle", "teams": {"cat": {"shape": "circle", "radius": 0.3, "at": [0, 0], "sees": ["self"]}}}'
    )
    with pytest.raises(TrainingError, match="nobody in this game can do anything"):
        Trainer(idle, Plan(settings=Settings(**SMALL)))
    with pytest.raises(TrainingError, match="nothing to resume"):
        Trainer(sandlot.load("tag"), Plan(settings=Settings(**SMALL)), RunFolder(tmp_path)).resume()


def test_masked_options_have_no_probability():
    """Of both choices, in samples, in what is judged, in the entropy and in gradients."""
    env = sandlot.make_vec("dodgeball", 1, actions="discrete")
    from sandlot.agents.policies.policy_file import card_for

    actions = Actions(card_for(env, "red"))
    chance_of = torch.Generator().manual_seed(0)
    wishes = torch.randn(4000, 18, generator=chance_of).requires_grad_()
    options = torch.rand(4000, 18, generator=chance_of) < 0.4
    options[:, [0, 9]] = True
    wishes.data[:, 5] = 50.0  # what would be chosen always, were it not masked now and then
    none = torch.zeros(0)
    action, chance = actions.sample(wishes, none, chance_of, options)
    assert options[:, :9].gather(1, action[:, :1].long()).all()
    assert options[:, 9:].gather(1, action[:, 1:].long()).all()
    judged, entropy = actions.judge(wishes, none, action, options)
    torch.testing.assert_close(judged, chance)
    open_ones = [wishes[:, part].masked_fill(~options[:, part], -torch.inf) for part in (slice(0, 9), slice(9, 18))]
    theirs = [torch.distributions.Categorical(logits=logits) for logits in open_ones]
    torch.testing.assert_close(entropy, sum(-(one.probs * one.probs.clamp(min=1e-30).log()).sum(1) for one in theirs), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(chance, sum(one.log_prob(action[:, k]) for k, one in enumerate(theirs)), rtol=1e-4, atol=1e-4)
    (judged.sum() + entropy.sum()).backward()
    assert wishes.grad.isfinite().all()
    assert not wishes.grad[~options].any()
    closed = (~options[:, 1:9]).float().argmax(1) + 1  # a masked one of each row
    rows = torch.nonzero(~options[torch.arange(4000), closed])[:, 0]
    wrong = action.clone()
    wrong[:, 0] = closed
    assert (actions.judge(wishes, none, wrong, options)[0][rows].exp() == 0).all()


def test_a_learner_takes_what_is_open():
    """Ammunition lies about; without it, and while they reload, nobody pulls the trigger."""
    plan = Plan(actions="discrete", settings=Settings(worlds=32, horizon=100, hidden=(16,), memory=8))
    trainer = Trainer(sandlot.load("dodgeball"), plan)
    trainer.collector.collect()
    for learner in trainer.learners:
        assert learner.masked
        numbers = learner._losses(next(learner._parts()), *learner.advantages(torch.zeros(learner.rows)), acts=True)[1]
        assert abs(numbers["kl"]) < 1e-6  # the update judges what was done as it was done
        assert numbers["clipped"] == 0
        options, action = learner.rollout.options, learner.rollout.action.long()
        assert options.shape == (100, 96, 18)
        assert options[..., :9].gather(2, action[..., :1]).all()
        assert options[..., 9:].gather(2, action[..., 1:]).all()
        known = options[learner.rollout.counts > 0]
        assert 0 < known[:, 10].float().mean() < 1
        assert known[:, :9].all()
    assert trainer.policy("red").masked
    plain = Trainer(sandlot.load("tag"), replace(plan, settings=Settings(**SMALL)))
    plain.iterate()
    assert not plain.learners[0].masked
    assert plain.learners[0].rollout.options.shape == (16, 48, 0)
    assert plain.policy("chaser").card.discrete


def test_a_policy_of_choices_plays_where_numbers_are_taken(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    small = ("--worlds", 8, "--horizon", 16, "--hidden", "8", "--steps", 800)
    code, _, err = run_cli(capsys, "train", "dodgeball", "--team", "red", "--actions", "discrete", "--out", "run", *small)
    assert (code, err) == (0, "")
    assert json.loads((tmp_path / "run" / "config.json").read_text())["plan"]["actions"] == "discrete"
    code, _, err = run_cli(capsys, "train", "--resume", "run")
    assert (code, err) == (0, "")
    code, _, err = run_cli(capsys, "watch", "dodgeball", "--policy", "red=run/red.safetensors", "--out", tmp_path, "--film")
    assert (code, err) == (0, "")
    code, out, err = run_cli(capsys, "evaluate", "dodgeball", "--policy", "red=run/red.safetensors", "--episodes", 4, "--out", "found.json")
    assert (code, err) == (0, ""), out
    code, _, err = run_cli(capsys, "train", "dodgeball", "--team", "red", "--start", "red=run/red.safetensors", "--out", "other", *small)
    assert code == 2
    assert "it plays discrete actions, these worlds take continuous ones" in err
    code, _, err = run_cli(capsys, "train", "dodgeball", "--actions", "discreet", "--out", "other", *small)
    assert code == 2
    assert "--actions: expected continuous or discrete, got 'discreet'" in err


def run_cli(capsys, *arguments):
    with pytest.raises(SystemExit) as exit_code:
        main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return exit_code.value.code, captured.out, captured.err


def test_the_command_trains_resumes_and_its_policy_plays(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    small = ("--worlds", 8, "--horizon", 16, "--hidden", "8")
    code, out, err = run_cli(capsys, "train", "tag", "--team", "chaser", "--steps", 800, "--out", "run", *small)
    assert (code, err) == (0, "")
    assert "done after 816 agent decisions" in out  # 3 updates of 12 decisions, not of 16: the last one would go far beyond
    names = {path.name for path in (tmp_path / "run").iterdir()}
    assert {"config.json", "metrics.jsonl", "metrics.csv", "curves.svg", "chaser.safetensors", "state.safetensors"} <= names
    code, _, err = run_cli(capsys, "train", "tag", "--out", "run", *small)
    assert code == 2
    assert "run holds a run" in err
    code, out, _ = run_cli(capsys, "train", "--resume", "run")
    assert code == 0
    code, _, err = run_cli(capsys, "watch", "tag", "--policy", "chaser=run/chaser.safetensors", "--out", tmp_path, "--film")
    assert (code, err) == (0, "")
    code, _, err = run_cli(capsys, "train", "--resume", tmp_path / "nothing")
    assert code == 2
    assert "holds no run" in err


def test_ctrl_c_saves(tmp_path):
    out = interrupt_after(2, tmp_path, "train", "tag", "--worlds", "8", "--horizon", "16", "--steps", "100000000")
    assert "go on with: sandlot train --resume run" in out
    assert (tmp_path / "run" / "state.safetensors").exists()


def test_two_processes_know_what_one_would():
    """Statistics of halves, summed over processes, are those of the whole; and what is followed forgets alike."""
    from sandlot.agents.training.ppo import Normalizer

    rows = torch.randn(200, 3, generator=torch.Generator().manual_seed(0)) * 3 + 1
    whole, half = Normalizer(3), Normalizer(3)
    other = torch.stack([torch.full((3,), 120.0), rows[80:].sum(0), rows[80:].square().sum(0)]).double()
    for _ in range(3):
        whole.follow(rows)
        half.follow(rows[:80], lambda sums: sums.add_(other))
    for name, values in whole.state().items():
        torch.testing.assert_close(half.state()[name], values, msg=name)
    torch.testing.assert_close(whole.mean, rows.mean(0))


def test_torchrun_trains_with_two_processes(tmp_path):
    options = ["tag", "--team", "chaser", "--worlds", "8", "--horizon", "16", "--hidden", "8", "--steps", "3000", "--out", "run"]
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "-m", "sandlot", "train", *options]
    done = subprocess.run(command, cwd=tmp_path, env=os.environ | {"OMP_NUM_THREADS": "1"}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    steps = [json.loads(line)["step"] for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert steps == [768, 1536, 2304, 3024]
    assert "done after 3,024" in done.stdout


def test_statistics_are_of_observations_as_they_came():
    """A number that stands still at first and then varies is cut off for the networks, but not for the statistics, which come to know its spread."""
    env = sandlot.make_vec("tag", 8, autoreset="disabled")
    learner = Learner(role_of(env, ["runner"]), Settings(worlds=8, horizon=4, minibatch=16, hidden=(8,)))
    rng = np.random.default_rng(0)
    size = len(learner.card.observation)
    for round_ in range(6):
        learner.make_room(4)
        for t in range(4):
            obs = rng.normal(0, 1, (8, size)).astype(np.float32)
            obs[:, 0] = 0.25 + (rng.normal(0, 1, 8) if round_ else 0)
            learner.act(t, obs, None)
            learner.note(t, torch.zeros(8), torch.zeros(8), torch.ones(8), torch.zeros(8))
        learner.learn(torch.zeros(8), 1e-3)
    assert float(learner.norm.var[0].sqrt()) == pytest.approx(0.9, abs=0.2)  # 1e-3 and less, when it was made of what was cut off


def test_only_decisions_that_are_learnt_from_count():
    """A run ends about where it was to, whoever is out or played by guests, and says how many decisions were learnt from."""
    trainer = Trainer(load("soccer"), Plan(league=0.5, steps=3000, settings=Settings(**SMALL)))
    line = trainer.iterate()
    counted = sum(int((learner.rollout.counts > 0).sum()) for learner in trainer.learners)
    assert line["step"] == counted == trainer.step
    assert counted < sum(learner.rollout.counts.numel() for learner in trainer.learners)
    trainer.run()
    assert 3000 <= trainer.step <= 3000 + 2 * trainer._rows


def test_a_policy_to_begin_with_always_learns(tmp_path):
    trainer = Trainer(load("tag"), Plan(teams=("runner",), steps=1000, settings=Settings(**SMALL)))
    policy = trainer.policy("runner")
    start = {"runner": str(save_policy(tmp_path / "runner.safetensors", policy.card, policy.tensors))}
    short = Trainer(load("tag"), Plan(teams=("runner",), steps=1000, start=start, settings=Settings(**SMALL)))
    before = short.learners[0].actor.out.weight.clone()
    short.run()
    assert not torch.equal(before, short.learners[0].actor.out.weight)
    with pytest.raises(TrainingError, match=r"settle: 2,000 of 1,000 decisions are for valuing"):
        Trainer(load("tag"), Plan(teams=("runner",), steps=1000, settle=2000, start=start, settings=Settings(**SMALL)))


def test_a_learner_meets_several_members_of_a_pool_at_a_time():
    trainer = Trainer(load("soccer"), Plan(league=0.5, settings=Settings(**SMALL)))
    trainer.iterate()
    groups = trainer.collector.guests
    assert [group.names[""] for group in groups] == ["red"] * 4 + ["blue"] * 4
    masks = np.stack([group.worlds for group in groups])
    assert (masks.sum(0) <= 1).all()
    assert masks.any(1).all()
    assert masks.sum() == 8
    assert len({group.names["blue"] for group in groups[:4]}) > 1


def test_progress_shows_in_the_rating_of_unlike_teams():
    """Who leads by more than was usual when it first met somebody wins: a rating against one's own present median could only stand still."""
    referee = Referee(["cat", "mouse"], alike=False)
    pools = {"cat": Pool("cat"), "mouse": Pool("mouse")}
    member = Member("scripted", None)
    pools["mouse"].add(member)
    for k in range(400):
        skill = max(0.0, (k - PAR) / 20)
        settle(pools, referee, "cat", {"mouse": member}, {"score/cat": skill + (k * 7919 % 13) / 13, "score/mouse": 0.0})
    assert pools["cat"].rating > 1100
    assert member.beaten > 0.9


def test_every_setting_is_an_option_with_the_same_default():
    options = inspect.signature(train).parameters
    for one in fields(Settings):
        shown = ",".join(map(str, one.default)) if one.name == "hidden" else one.default
        assert options[one.name].default == shown, one.name


def test_help_is_what_stands_under_the_fields(capsys):
    assert [documented(kind).keys() for kind in (Plan, Settings)] == [
        {one.name: 0 for one in fields(kind)}.keys() for kind in (Plan, Settings)
    ]
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    shown = "".join(capsys.readouterr().out.split())
    for kind in (Plan, Settings):
        for name, words in documented(kind).items():
            assert ("".join(words.split()) in shown) == (name not in ("algo", "freeze", "settings")), name
