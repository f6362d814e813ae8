"""Action masks: what is masked changes nothing, what is not masked can change something; and the doors that hand them out."""

import json

import numpy as np
import pytest
from choices import OWN, for_step, game_of, random_choices

import sandlot
from sandlot.envs import VectorEnv
from sandlot.envs.doors.gymnasium import GameEnv, GameVec
from sandlot.scenarios import loads


def open_ones(env, choices, masks):
    """The same choices with every masked option replaced by what is left of it: option 0, or of a jumper the same way to walk."""
    found = {}
    for team in env.game.teams:
        picks, first = choices[team.name].copy(), 0
        for k, options in enumerate(team.options):
            mine = masks[team.name][:, :, first : first + options]
            assert mine[..., 0].all(), "option 0 is never masked"
            is_open = np.take_along_axis(mine, picks[..., k, None], 2)[..., 0]
            twin = np.zeros_like(picks[..., k])
            if team.drive_type == "jump" and k == 0:
                alive = mine[..., 1]
                twin = np.where(alive, picks[..., k] % 3, 0)
            picks[..., k] = np.where(is_open, picks[..., k], twin)
            first += options
        assert masks[team.name].shape == (env.num_envs, team.agents, first)
        found[team.name] = picks
    return found


def told(step):
    """All that a step told, as bytes."""
    obs, reward, terminated, truncated, info = step
    flat = [value for team in info.values() for value in (team.values() if isinstance(team, dict) else [team])]
    return [array.tobytes() for array in (*obs.values(), *reward.values(), terminated, truncated, *flat)]


@pytest.mark.parametrize("autoreset", ["next_step", "disabled"])
@pytest.mark.parametrize("name", [*sandlot.names(), *OWN])
def test_what_is_masked_changes_nothing(name, autoreset):
    """Not a bit of what the step tells, nor of anything after: the wish itself stands in the state until the next decision, which is the same for both."""
    worlds, steps = (4, 30) if name == "swarm" else (20, 150)
    env = VectorEnv(game_of(name), worlds, actions="discrete", autoreset=autoreset)
    other = VectorEnv(env.scenario, worlds, actions="discrete", autoreset=autoreset)
    rng = np.random.default_rng(7)
    env.reset(seed=3)
    replaced = 0
    for k in range(steps):
        other.set_state(env.get_state())
        choices = random_choices(env, rng, 0.7)
        reduced = open_ones(env, choices, env.action_masks())
        replaced += sum(int((choices[team] != reduced[team]).sum()) for team in env.teams)
        assert told(env.step(for_step(env, choices))) == told(other.step(for_step(env, reduced)))
        assert env.state().tobytes() == other.state().tobytes()
        after = random_choices(env, rng, 0.7)
        assert told(env.step(for_step(env, after))) == told(other.step(for_step(env, after)))
        assert env.get_state() == other.get_state(), k
    if name in OWN or any(env.can_mask(team) for team in env.teams):
        assert replaced > 50


FIRST_AND_LAST = [("shooters", "red", 1, 1), ("shooters", "blue", 1, 6), ("carrier", "ant", 1, 1), ("leapers", "hare", 0, 4)]


@pytest.mark.parametrize(("name", "team", "choice", "option"), FIRST_AND_LAST)
def test_what_is_open_changes_something(name, team, choice, option):
    """An option is open exactly where somebody who takes it, all else being equal, changes the world."""
    worlds = 32
    env, other = (VectorEnv(game_of(name), worlds, actions="discrete", autoreset="disabled") for _ in range(2))
    layout = next(one for one in env.game.teams if one.name == team)
    place, rng, seen = sum(layout.options[:choice]) + option, np.random.default_rng(1), []
    env.reset(seed=5)
    for k in range(80):
        if k % 10 == 0:
            env.reset()
        who = rng.integers(layout.agents)
        choices = random_choices(env, rng, 0.6)
        choices[team][:, who, choice] = option % 3 if layout.drive_type == "jump" else 0
        taken = {name: picks.copy() for name, picks in choices.items()}
        taken[team][:, who, choice] = option
        is_open = env.action_masks([team])[team][:, who, place]
        other.set_state(env.get_state())
        env.step(for_step(env, choices))
        other.step(for_step(env, taken))
        changed = (env.state() != other.state()).any(1)
        for one in (env, other):  # a jump that is held matters to the next one only
            one.step(for_step(env, taken))
        changed |= np.array([env.state_hash(world) != other.state_hash(world) for world in range(worlds)])
        np.testing.assert_array_equal(changed, is_open)
        seen += is_open.tolist()
        env.set_state(other.get_state())
    assert 0.05 < np.mean(seen) < 0.95


def test_a_jump_that_a_formula_reads_is_never_masked():
    game = json.loads(OWN["leapers"])
    game["rewards"]["hare"]["calm"] = "= -0.1 if self.jump > 0 else 0"
    for text, masked in ((json.dumps(game), False), (OWN["leapers"], True)):
        env = VectorEnv(loads(text), 8, actions="discrete", autoreset="disabled")
        env.reset(seed=0)
        rng, all_open = np.random.default_rng(0), True
        for _ in range(40):
            env.step(for_step(env, random_choices(env, rng)))
            all_open &= bool(env.action_masks()["hare"].all())
        assert (env.can_mask("hare"), not all_open) == (masked, masked)


def test_at_ten_decisions_a_second_a_jump_may_begin_half_way():
    assert not sandlot.make_vec("jumpers", actions="discrete").can_mask("jumper")


def test_who_is_out_and_worlds_that_begin_anew_have_option_0_alone():
    env = VectorEnv(game_of("shooters"), 8, actions="discrete")
    with pytest.raises(RuntimeError, match="call reset before action_masks"):
        env.action_masks()
    env.reset(seed=0)
    rng, nobody, over = np.random.default_rng(0), 0, 0
    for _ in range(120):
        *_, terminated, truncated, info = env.step(for_step(env, random_choices(env, rng)))
        masks, done = env.action_masks(), terminated | truncated
        for team, alive in info["alive"].items():
            out = ~alive | done[:, None]
            assert not masks[team][out][:, 1:9].any() if team == "red" else not masks[team][out][:, 1:5].any()
            assert masks[team][~out][:, :5].all()
            nobody += int((~alive).sum())
        over += int(done.sum())
    assert nobody > 0 < over


def test_numbers_leave_speech_as_the_only_choice():
    env = VectorEnv(game_of("shooters"), 3)
    env.reset(seed=0)
    masks = env.action_masks()
    assert {team: mask.shape for team, mask in masks.items()} == {"red": (3, 2, 3), "blue": (3, 1, 0)}
    assert masks["red"].all()
    assert not env.can_mask("red")
    assert env.can_mask("red", discrete=True)
    assert env.action_masks(["blue"], discrete=True)["blue"].shape == (3, 1, 14)
    with pytest.raises(KeyError, match=r"no team .*rad"):
        env.action_masks(["rad"])


def test_masks_are_fresh_and_move_nothing():
    env = VectorEnv(game_of("builders"), 20, actions="discrete")
    env.reset(seed=0)
    before, first = env.get_state(), env.action_masks()
    kept = {team: mask.copy() for team, mask in first.items()}
    env.step(for_step(env, random_choices(env, np.random.default_rng(0))))
    env.action_masks()
    for team, mask in first.items():
        np.testing.assert_array_equal(mask, kept[team])
        mask[:] = False
    env.set_state(before)
    for team, mask in env.action_masks().items():
        np.testing.assert_array_equal(mask, kept[team])
    assert env.get_state() == before


# --- doors ------------------------------------------------------------------------------------------------------------------------------------


def flat(mask):
    """A mask as spaces take it, side by side again."""
    return np.concatenate([flat(part) for part in mask]) if isinstance(mask, tuple) else mask.astype(bool)


@pytest.mark.parametrize("name", ["dodgeball", "warehouse", "tell_and_push", "shooters", "builders"])
def test_pettingzoo_samples_what_is_open(name):
    env, core = sandlot.make(game_of(name), actions="discrete"), VectorEnv(game_of(name), actions="discrete", autoreset="disabled")
    _, infos = env.reset(seed=2)
    core.reset(seed=2)
    for agent in env.possible_agents:
        env.action_space(agent).seed(0)
    for _ in range(60):
        masks = core.action_masks()
        actions = {agent: env.action_space(agent).sample(mask=infos[agent]["action_mask"]) for agent in env.agents}
        for agent, action in actions.items():
            team, _, i = agent.rpartition("_")
            np.testing.assert_array_equal(flat(infos[agent]["action_mask"]), masks[team][0, int(i)])
            first = 0
            for pick, options in zip(np.atleast_1d(action), next(one for one in core.game.teams if one.name == team).options, strict=True):
                assert masks[team][0, int(i), first + pick]
                first += options
        _, _, _, _, infos = env.step(actions)
        if not env.agents:
            break
        zeros = {team: np.zeros((1, len(core.agents(team)), *core.action_space(team).shape), int) for team in core.teams}
        for agent, action in actions.items():
            team, _, i = agent.rpartition("_")
            zeros[team][0, int(i)] = action
        core.step(zeros)


@pytest.mark.parametrize("seat", [{"team": "red"}, {"agent": "red_1"}, {"team": "blue"}])
def test_gymnasium_has_masks_of_one_and_of_a_team(seat):
    env = GameEnv(game_of("shooters"), actions="discrete", **seat)
    vec = GameVec(2, scenario=game_of("shooters"), actions="discrete", **seat)
    core = VectorEnv(game_of("shooters"), 2, actions="discrete")
    _, info = env.reset(seed=4)
    vec.reset(seed=4)
    core.reset(seed=4)
    team = seat.get("team", "red")
    mine = core.action_masks()[team][:, 1:2] if "agent" in seat else core.action_masks()[team]
    np.testing.assert_array_equal(vec.action_masks(), mine.reshape(2, -1))
    np.testing.assert_array_equal(env.action_masks(), mine[0].reshape(-1))
    np.testing.assert_array_equal(flat(info["action_mask"]), mine[0].reshape(-1))
    assert env.action_space.contains(env.action_space.sample(mask=info["action_mask"]))
    assert env.step(env.action_space.sample(mask=info["action_mask"]))[4].keys() == info.keys()
    if seat == {"team": "red"}:
        rows = GameVec(2, scenario=game_of("shooters"), actions="discrete", rows="agents", **seat)
        rows.reset(seed=4)
        np.testing.assert_array_equal(rows.action_masks(), mine.reshape(4, -1))


def test_where_actions_are_numbers_nothing_is_told():
    env = GameEnv("dodgeball", team="red")
    assert "action_mask" not in env.reset(seed=0)[1]
    with pytest.raises(ValueError, match='there are masks with actions="discrete"'):
        env.action_masks()
    _, infos = sandlot.make("dodgeball").reset(seed=0)
    assert "action_mask" not in infos["red_0"]


def test_who_has_one_choice_has_it_always():
    game = json.loads(OWN["carrier"])
    game["teams"]["flag"] = {"at": [0, 0], "radius": 0.1, "body": "sensor"}
    env = GameEnv(loads(json.dumps(game)), team="flag", actions="discrete")
    _, info = env.reset(seed=0)
    np.testing.assert_array_equal(info["action_mask"], [1])
    assert env.action_masks().tolist() == [True]
    assert env.core.action_masks()["flag"].shape == (1, 1, 0)
