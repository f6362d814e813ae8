"""TorchRL, with its own checkers, collectors, transforms and losses."""

import importlib.util
import pickle
import warnings
from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torchrl", reason="needs sandlot[torchrl]: python tests/lanes/run.py torchrl")

import torch
from scenes import few
from tensordict import TensorDict
from torchrl.data import LazyMemmapStorage, ReplayBuffer
from torchrl.envs import Compose, InitTracker, RewardSum, StepCounter, TransformedEnv
from torchrl.envs.utils import check_env_specs

import sandlot
from sandlot.envs.compile.ledger import TROUBLES

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of a class that TorchRL itself makes while it is imported
    from torchrl.collectors import Collector

NAMES = sandlot.names()
KINDS = ["continuous", "discrete"]
EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "torchrl_ippo.py"
# What check_env_specs and rollouts of TorchRL say to everybody.
pytestmark = [pytest.mark.filterwarnings("ignore:.*:DeprecationWarning"), pytest.mark.filterwarnings("ignore:.*:FutureWarning")]


def everything(name, worlds=3, **options):
    return sandlot.make_torchrl(name, worlds, return_state=True, return_info=True, **options)


def same(ours, theirs, what):
    np.testing.assert_array_equal(ours.numpy().reshape(theirs.shape), theirs, what)


def compare(td, core, obs, info, rewards=None):
    """One step's tensors against what the core returned: all keys, all numbers."""
    worlds = core.num_envs
    same(td["state"], core.state(), "state")
    for fact in [*(f"event/{rule}" for rule in core.game.rules), *TROUBLES]:
        same(td["info", fact], info[fact], fact)
    for team in core.teams:
        same(td[team, "observation"], obs[team], team)
        same(td[team, "alive"], info["alive"][team], team)
        terms = [key for key in info if key.startswith("reward/") and team in info[key]]
        for term in terms:
            same(td[team, "info", term], info[term][team], term)
        scored = team in core.game.scores
        if scored:
            same(td[team, "info", "score"], np.repeat(info["score"][team][:, None], len(core.agents(team)), 1), "score")
        assert set(td[team, "info"].keys()) == {*terms, *(["score"] if scored else [])}
        if rewards is not None:
            same(td[team, "reward"], rewards[team], team)
            assert td[team, "reward"].shape == (worlds, len(core.agents(team)), 1)


# --- TorchRL's own checks ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_specs(name, kind):
    check_env_specs(everything(name, actions=kind, **few(name)))
    team = sandlot.load(name).teams
    env = sandlot.make_torchrl(name, 1, team=list(team)[-1], actions=kind, **few(name))
    check_env_specs(env)
    assert env.group_map == {list(team)[-1]: env.core.agents(list(team)[-1])}


def test_masked_rollouts_take_what_is_open():
    from torchrl.envs.transforms import ActionMask

    env = sandlot.make_torchrl("dodgeball", 16, team="red", actions="discrete", seed=0)
    td = TransformedEnv(env, ActionMask(("red", "action"), ("red", "action_mask"))).rollout(300, break_when_any_done=False)
    mask, action = td["red", "action_mask"], td["red", "action"]
    assert mask.shape == (16, 300, 3, 18)
    assert mask[..., 9:].gather(-1, action[..., 1:]).all()
    assert 0 < mask[..., 10].float().mean() < 1
    assert "action_mask" not in sandlot.make_torchrl("dodgeball", 3).reset()["red"].keys()


# --- one story ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_equals_the_core(name, kind):
    env = everything(name, actions=kind, seed=4, **few(name))
    core = sandlot.make_vec(name, 3, actions=kind, autoreset="disabled", **few(name))
    play(env, core, 60)


@pytest.mark.parametrize("kind", KINDS)
def test_equals_the_core_past_the_end(kind, flock):
    for game, steps in (("tag", 230), ("lander", 150), (flock, 50)):  # landers crash one after the other
        core = sandlot.make_vec(game, 5, actions=kind, autoreset="disabled")
        assert play(everything(game, 5, seed=4, actions=kind), core, steps) >= 5


def play(env, core, steps):
    """Both with the same actions, world for world; how many episodes ended."""
    obs, info = core.reset(seed=4)
    td, ended = env.reset(), 0
    compare(td, core, obs, info)
    torch.manual_seed(0)
    for _ in range(steps):
        td = env.rand_action(td)
        actions = {team: td[team, "action"].numpy() for team in core.teams}
        last, td = env.step_and_maybe_reset(td)
        obs, rewards, terminated, truncated, info = core.step(actions)
        found = last["next"]
        compare(found, core, obs, info, rewards)
        same(found["terminated"], terminated, "terminated")
        same(found["truncated"], truncated, "truncated")
        same(found["done"], terminated | truncated, "done")
        done = terminated | truncated
        for team in core.teams:  # the last look of an episode is not the first of the next
            same(found[team, "observation"], obs[team], team)
            same(found[team, "reward"], rewards[team], team)
        if done.any():
            ended += int(done.sum())
            fresh, fresh_info = core.reset(mask=done)
            for team in core.teams:
                same(td[team, "observation"], fresh[team], team)
                same(td[team, "alive"], fresh_info["alive"][team], team)
            assert not td["done"].any()
            assert "reward" not in td[core.teams[0]].keys()
        assert env.core.state_hash() == core.state_hash()
    return ended


@pytest.mark.parametrize("kind", KINDS)
def test_a_team_among_scripted_ones(kind):
    env = sandlot.make_torchrl("tag", 4, team="chaser", seed=9, actions=kind)
    core = sandlot.make_vec("tag", 4, autoreset="disabled", actions=kind)
    obs, _ = core.reset(seed=9)
    td = env.reset()
    assert set(td.keys()) == {"chaser", "done", "terminated", "truncated"}
    for _ in range(20):
        td = env.rand_action(td)
        actions = core.scripted_actions() | {"chaser": td["chaser", "action"].numpy()}
        _, td = env.step_and_maybe_reset(td)
        obs, *_ = core.step(actions)
        same(td["chaser", "observation"], obs["chaser"], "observation")
    assert env.core.state_hash() == core.state_hash()


def test_seeds():
    def first(env, row=None):
        seen = env.reset()["chaser", "observation"]
        return seen if row is None else seen[row]

    many, one = sandlot.make_torchrl("tag", 4, seed=11), sandlot.make_torchrl("tag", 1, seed=13)
    assert torch.equal(first(many, 2), first(one, 0))
    assert torch.equal(first(many, 2), first(one, 0))  # the streams go on alike
    many.set_seed(11)
    one.set_seed(13)
    reset = TensorDict({"_reset": torch.tensor([False, False, True, False])[:, None]}, [4])
    kept = sandlot.make_torchrl("tag", 4, seed=11)
    kept.reset()
    assert torch.equal(many.reset(reset)["chaser", "observation"][2], first(one, 0))
    again = many.reset()["chaser", "observation"]  # now the others begin with theirs
    assert torch.equal(again[[0, 1, 3]], sandlot.make_torchrl("tag", 4, seed=11).reset()["chaser", "observation"][[0, 1, 3]])
    assert torch.equal(again[2], first(one, 0))


def test_agents_that_leave(flock):
    env = sandlot.make_torchrl(flock, 2, seed=0)
    check_env_specs(env)
    td, gone = env.reset(), torch.zeros(2, 2, 1, dtype=torch.bool)
    assert not td["sheep", "done"].any()
    assert "done" not in td["wolf"].keys()  # nobody removes wolves
    for _ in range(20):
        td["wolf", "action"] = torch.tensor([1.0, 0.0]).expand(2, 1, 2)
        td["sheep", "action"] = torch.zeros(2, 2, 2)
        td = env.step(td)["next"]
        assert (td["sheep", "reward"][gone] == 0).all()
        gone = ~td["sheep", "alive"].unsqueeze(-1)
        late = td["truncated"].unsqueeze(1)
        assert torch.equal(td["sheep", "terminated"], gone)
        assert torch.equal(td["sheep", "truncated"], late & ~gone)
        assert torch.equal(td["sheep", "done"], gone | late)
    assert gone.any()
    assert td["truncated"].all()
    assert not td["terminated"].any()
    td["_reset"] = torch.tensor([[True], [False]])
    td = env.reset(td)
    assert torch.equal(td["sheep", "done"].squeeze(-1).any(1), torch.tensor([False, True]))
    assert torch.equal(td["done"].squeeze(-1), torch.tensor([False, True]))


# --- memory -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("worlds", [1, 40])
def test_what_tensors_hold_is_not_written_over(worlds):
    env = everything("tag", worlds, seed=1)
    td = env.rand_action(env.reset())
    found = env.step(td)["next"]
    held = {key: (value[:], value.clone()) for key, value in found.items(True, True)}  # views alone
    del found, td
    for _ in range(12):
        env.step_and_maybe_reset(env.rand_action(env.reset()))
    for key, (view, copy) in held.items():
        assert torch.equal(view, copy), key


def test_copies_go_on_alike():
    env = sandlot.make_torchrl("tag", 3, team="chaser", seed=2)
    env.rollout(7)
    for twin in (deepcopy(env), pickle.loads(pickle.dumps(env))):
        assert twin.core.state_hash() == env.core.state_hash()
        action = torch.full((3, 3, 2), 0.5)
        mine = deepcopy(env).step(TensorDict({"chaser": {"action": action}}, [3]))
        theirs = twin.step(TensorDict({"chaser": {"action": action}}, [3]))
        assert torch.equal(mine["next", "chaser", "observation"], theirs["next", "chaser", "observation"])


# --- what people put around it --------------------------------------------------------------------------------


def test_transforms():
    env = TransformedEnv(
        sandlot.make_torchrl("tag", 3, seed=1),
        Compose(
            InitTracker(), StepCounter(), RewardSum(in_keys=[("chaser", "reward")], out_keys=[("chaser", "sum")], reset_keys=["_reset"])
        ),
    )
    check_env_specs(env)
    found = env.rollout(230, break_when_any_done=False)
    assert found["is_init"].squeeze(-1).nonzero().tolist() == [[world, step] for world in range(3) for step in (0, 200)]
    assert found["next", "step_count"][:, 199].tolist() == [[200]] * 3
    torch.testing.assert_close(found["next", "chaser", "sum"][:, 199], found["next", "chaser", "reward"][:, :200].sum(1))
    torch.testing.assert_close(found["next", "chaser", "sum"][:, 229], found["next", "chaser", "reward"][:, 200:].sum(1))


def test_collector_and_storage(tmp_path):
    env = everything("tag", 4, seed=1)
    collector = Collector(env, None, frames_per_batch=400, total_frames=1200)
    batches = list(collector)
    collector.shutdown()
    assert [tuple(batch.shape) for batch in batches] == [(4, 100)] * 3
    assert batches[1]["next", "truncated"][:, -1].all()
    assert not batches[1]["next", "truncated"][:, :-1].any()
    buffer = ReplayBuffer(storage=LazyMemmapStorage(400, scratch_dir=tmp_path), batch_size=32)  # keys become names of files
    buffer.extend(batches[0].reshape(-1))
    assert buffer.sample()["next", "chaser", "info", "reward/tagged"].shape == (32, 3, 1)


def test_rollouts_stop():
    env = sandlot.make_torchrl("tag", 2)
    assert env.rollout(500).shape == (2, 200)
    assert env.rollout(500, break_when_all_done=True, break_when_any_done=False).shape == (2, 200)
    td = env.rand_action(env.reset())
    td["_step"] = torch.tensor([True, False])
    with pytest.raises(NotImplementedError, match="has not ended"):
        env.step(td)


def test_uneven_ends():
    """Worlds that end apart wait for each other with break_when_all_done; the others see nothing of it."""
    env = sandlot.make_torchrl("lander", 4, seed=3)
    found = env.rollout(2000, break_when_any_done=False, break_when_all_done=True)
    done = found["next", "done"].squeeze(-1)
    assert done[:, -1].all()
    assert len(set(done.int().argmax(1).tolist())) > 1


def test_pictures():
    assert sandlot.make_torchrl("tag", 2).render() is None
    env = sandlot.make_torchrl("tag", 2, render_mode="rgb_array")
    env.reset()
    pictures = env.render()
    assert pictures.shape[0] == 2
    assert pictures.dtype == np.uint8


def test_complaints():
    with pytest.raises(ValueError, match="did you mean"):
        sandlot.make_torchrl("tag", team="chasr")
    env = sandlot.make_torchrl("tag", 2)
    td = env.rand_action(env.reset())
    before = env.core.state_hash()
    with pytest.raises(sandlot.ActionError, match="chaser"):
        env.step(td.clone().set(("chaser", "action"), td["chaser", "action"] + 3))
    with pytest.raises(KeyError, match="action"):
        env.step(td.exclude(("runner", "action")))
    with pytest.raises(RuntimeError, match="shape"):
        env.step(td[:1])
    assert env.core.state_hash() == before
    env.close()
    env.close()


@pytest.mark.parametrize("word", ["max_cycles", "max_episode_steps"])
def test_episodes_are_cut(word):
    env = sandlot.make_torchrl("tag", 3, team="chaser", seed=0, **{word: 4})
    batch = env.rollout(12, break_when_any_done=False)
    assert batch["next", "truncated"].squeeze(-1).tolist() == [[t % 4 == 3 for t in range(12)]] * 3
    assert not batch["next", "terminated"].any()
    for bad in (0, -1, 2.5, "3", True):
        with pytest.raises(ValueError, match=f"^{word}: expected a whole number from 1"):
            sandlot.make_torchrl("tag", 3, **{word: bad})


def test_seeds_that_are_none_and_chance_of_the_others():
    env = sandlot.make_torchrl("tag", 2, team="runner", others="random")

    def story():
        return [env.rollout(6)["runner", "observation"].numpy().tobytes() for _ in range(3)]

    torch.manual_seed(0)
    env.set_seed(5)
    first = story()
    torch.manual_seed(0)
    env.set_seed(np.int64(5))
    assert story() == first
    for bad in ("5", 3.0, -1, True):
        with pytest.raises(ValueError, match=r"^seed: expected a whole number from 0"):
            sandlot.make_torchrl("tag", 2, seed=bad)


def test_refused_actions_move_no_policy_beside_the_learner():
    told = []
    for refuse in (False, True):
        env = sandlot.make_torchrl("tag", 2, team="runner", others="random", seed=3)
        td = env.reset()
        td["runner", "action"] = torch.zeros(2, 1, 2)
        if refuse:
            with pytest.raises(sandlot.ActionError):
                env.step(td.clone().set(("runner", "action"), torch.full((2, 1, 2), 3.0)))
        told.append(env.step(td)["next", "runner", "observation"].numpy().tobytes())
    assert told[0] == told[1]


# --- TorchRL's own door for PettingZoo --------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.filterwarnings("ignore:PettingZoo in TorchRL is tested using version:UserWarning")
def test_pettingzoo_wrapper(name):
    from torchrl.envs import PettingZooWrapper

    zoo = sandlot.make(name, **few(name))
    env = PettingZooWrapper(zoo, done_on_any=False, use_mask=True, return_state=True, seed=0)
    assert env.group_map == {team: zoo.core.agents(team) for team in zoo.core.teams}
    found = env.rollout(40, break_when_any_done=False)
    team = zoo.core.teams[0]
    native = sandlot.make_torchrl(name, 1, return_state=True, **few(name))
    assert found["next", team, "observation"].shape[1:] == native.observation_spec[team, "observation"].shape[1:]
    assert found[team, "mask"].any()


# --- learning -----------------------------------------------------------------------------------------------


def test_the_example_learns_to_walk():
    spec = importlib.util.spec_from_file_location("torchrl_ippo", EXAMPLE)
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    torch.manual_seed(0)
    curve = list(example.train(sandlot.make_torchrl("tag", 16, team="chaser", seed=0), "chaser", 6400, epochs=1, minibatches=2))
    assert len(curve) == 4
    assert [np.isfinite(value) for value in curve] == [False, True, False, True]
