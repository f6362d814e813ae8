"""PPO against its formulas, written out once more in plain NumPy, and on somebody else's environment. Skipped where PyTorch isn't installed."""

import sys
from pathlib import Path

import gymnasium
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason='needs sandlot[train]: pip install "sandlot[train]"')

from sandlot.agents.policies.policy_file import Card  # noqa: E402
from sandlot.agents.training.plan import Settings  # noqa: E402
from sandlot.agents.training.ppo import Learner, Role  # noqa: E402

FOLDER = Path(__file__).parents[2] / "benchmarks"
STEPS, ROWS, GAMMA, TRACE, CLIP = 12, 6, 0.9, 0.8, 0.2


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def learner_of(box, choices, **options):
    card = Card("any", 1, "", {}, "team", ("a", "b", "c"), box, choices, discrete=not box)
    settings = Settings(
        horizon=STEPS, gamma=GAMMA, trace=TRACE, clip=CLIP, entropy=0.03, value_weight=0.7, hidden=(8, 8), minibatch=36, **options
    )
    return Learner(Role(card, ROWS // 2, {"team": 2}), settings, seed=3)


def fill(learner):
    """Random experience: episodes end by a rule (row 0), by the clock (row 1), and agents are removed until the next episode (row 2)."""
    rng, rollout = np.random.default_rng(0), learner.rollout
    with torch.no_grad():
        for values in learner.parameters():
            values += torch.from_numpy(rng.normal(0, 0.2, values.shape).astype(np.float32))
    for values in (rollout.seen, rollout.chance, rollout.value, rollout.reward, rollout.action):
        values.copy_(torch.from_numpy(rng.normal(0, 1, values.shape).astype(np.float32)))
    rollout.chance -= 2.5
    for k, options in enumerate(learner.actions.choices):
        rollout.action[..., learner.actions.box + k] = torch.from_numpy(rng.integers(0, options, (STEPS, ROWS)).astype(np.float32))
    rollout.counts[:] = 1
    rollout.ended[4, 0] = rollout.ended[7, 1] = rollout.ended[3, 2] = rollout.ended[8, 2] = 1
    rollout.beyond[7, 1] = 2.5
    rollout.counts[4:9, 2] = 0


def returns(learner, last):
    """Advantages and returns by the recursion, row by row."""
    reward, value, ended, beyond = (
        getattr(learner.rollout, name).numpy().astype(np.float64) for name in ("reward", "value", "ended", "beyond")
    )
    advantage = np.zeros((STEPS, ROWS))
    for row in range(ROWS):
        for t in reversed(range(STEPS)):
            if ended[t, row]:
                after, ahead = beyond[t, row], 0.0
            else:
                after, ahead = (value[t + 1, row], advantage[t + 1, row]) if t + 1 < STEPS else (last[row], 0.0)
            advantage[t, row] = reward[t, row] + GAMMA * after - value[t, row] + GAMMA * TRACE * ahead
    return advantage, advantage + value


def output(network, x):
    for layer in network.layers:
        x = np.tanh(x @ layer.weight.detach().numpy().T + layer.bias.detach().numpy())
    return x @ network.out.weight.detach().numpy().T + network.out.bias.detach().numpy()


def loss(learner, picks, advantage, target):
    """The whole loss of the rows [k] that were picked, decision by decision."""
    rollout, actions, total = learner.rollout, learner.actions, []
    seen, action, old = (getattr(rollout, name).flatten(0, 1).numpy().astype(np.float64)[picks] for name in ("seen", "action", "chance"))
    gain, target = advantage.reshape(-1)[picks], target.reshape(-1)[picks]
    gain = (gain - gain.mean()) / gain.std()
    wishes, value, log_std = output(learner.actor, seen), output(learner.critic, seen)[:, 0], learner.log_std.detach().numpy()
    for row in range(len(picks)):
        chance, entropy, first = 0.0, 0.0, actions.box
        for k in range(actions.box):
            spread = np.exp(log_std[k])
            chance += -0.5 * ((action[row, k] - wishes[row, k]) / spread) ** 2 - np.log(spread * np.sqrt(2 * np.pi))
            entropy += np.log(spread * np.sqrt(2 * np.pi * np.e))
        for k, options in enumerate(actions.choices):
            weights = np.exp(wishes[row, first : first + options])
            chances = weights / weights.sum()
            chance += np.log(chances[int(action[row, actions.box + k])])
            entropy += -(chances * np.log(chances)).sum()
            first += options
        ratio = np.exp(chance - old[row])
        clipped = np.clip(ratio, 1 - CLIP, 1 + CLIP)
        total.append(-min(ratio * gain[row], clipped * gain[row]) + 0.7 * 0.5 * (value[row] - target[row]) ** 2 - 0.03 * entropy)
    return np.mean(total)


SPACES = [(2, ()), (0, (4,)), (2, (3, 2))]


@pytest.mark.parametrize(("box", "choices"), SPACES, ids=["numbers", "choice", "both"])
def test_returns_and_the_loss_against_their_formulas(box, choices):
    learner = learner_of(box, choices)
    fill(learner)
    last = np.random.default_rng(1).normal(0, 1, ROWS)
    advantage, target = learner.advantages(torch.from_numpy(last.astype(np.float32)))
    wanted = returns(learner, last)
    np.testing.assert_allclose(advantage, wanted[0], atol=2e-5)
    np.testing.assert_allclose(target, wanted[1], atol=2e-5)
    for part in learner._parts():
        assert (learner.rollout.counts.flatten()[part] == 1).all()
        found, _ = learner._losses(part, advantage, target, True)
        assert found.item() == pytest.approx(loss(learner, part.numpy(), *wanted), abs=2e-5)


def test_what_is_drawn_has_the_chance_that_is_noted():
    """Before anything is learnt every ratio is one: what `act` notes of its actions is what the loss makes of them."""
    learner = learner_of(2, (3, 2))
    rng = np.random.default_rng(0)
    for t in range(STEPS):
        learner.act(t, rng.normal(0, 1, (ROWS, 3)).astype(np.float32), None)
    learner.rollout.counts[:] = 1
    for part in learner._parts():
        found = learner._losses(part, torch.zeros(STEPS, ROWS), torch.zeros(STEPS, ROWS), True)[1]
        assert abs(float(found["kl"])) < 1e-6
        assert float(found["clipped"]) == 0


@pytest.mark.parametrize(("box", "choices"), SPACES, ids=["numbers", "choice", "both"])
def test_processes_learn_the_same_whatever_the_actions_are(box, choices):
    """Gradients are summed over processes and divided by their number: twice the same is as if it were one. Choices alone have no spread."""
    alone, beside = learner_of(box, choices), learner_of(box, choices)
    for learner in (alone, beside):
        fill(learner)
    alone.learn(torch.zeros(ROWS), 1e-3)
    beside.learn(torch.zeros(ROWS), 1e-3, lambda values: values.mul_(2), 2)
    for mine, theirs in zip(alone.parameters(), beside.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs)


@pytest.fixture
def check(monkeypatch):
    if not FOLDER.exists():
        pytest.skip("the wheel leaves benchmarks/ out")
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.delitem(sys.modules, "ppo_check", raising=False)
    import ppo_check

    return ppo_check


def test_it_learns_cartpole_within_seconds(check):
    assert gymnasium.spec("CartPole-v1").max_episode_steps == 500
    task = check.Task("CartPole-v1", steps=20_480, horizon=128, epochs=6, minibatch=256, rate=2e-3, gamma=0.98, trace=0.9, entropy=0.0)
    tally, act = check.train_sandlot(task, seed=1, plain=False)
    first, final = tally.curve[0][1], tally.curve[-1][1]
    assert first < 40
    assert final > 150
    assert np.mean(check.evaluate(task, act, episodes=20)) > 300


def test_the_check_tells_means_apart(check):
    alike, apart = check.chance_of([1, 2, 3, 4, 5], [1.5, 2.5, 3, 3.5, 4.4]), check.chance_of([1, 2, 3, 4, 5], [11, 12, 13, 14, 15])
    assert alike > 0.9
    assert apart == pytest.approx(2 / 252)
