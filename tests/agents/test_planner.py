"""Planning with the worlds as their own model."""

import copy
import pickle

import numpy as np
import pytest

import sandlot
from sandlot.agents.play.match import Match
from sandlot.agents.policies.moves import Moves
from sandlot.agents.policies.planner import Planner, Search, parse_search
from sandlot.agents.policies.uniform import RandomPolicy
from sandlot.envs.doors.gymnasium import GameEnv
from sandlot.envs.policy import Cast, resolve
from sandlot.scenarios import loads

FETCH = """{
  "format": "sandlot/1", "name": "fetch", "about": "Go to the flag; the cat says which half counts.",
  "world": { "size": [6, 6], "decisions_per_second": 5 },
  "things": { "flag": { "shape": "circle", "radius": 0.3, "body": "sensor", "place": { "in": "world", "gap": 0 } } },
  "teams": {
    "dog": { "count": 2, "shape": "circle", "radius": 0.2, "drive": { "type": "walk", "top_speed": 2 }, "place": { "in": "world", "gap": 0 },
             "sees": ["self", { "of": "flag" }], "says": { "symbols": 3 } },
    "cat": { "shape": "circle", "radius": 0.2, "drive": { "type": "walk", "top_speed": 1 }, "place": { "in": "world", "gap": 0 },
             "sees": ["self", { "of": "dog", "nearest": 1 }] }
  },
  "rewards": { "dog": { "near": "= -dist(self, flag)" }, "cat": { "far": "= dist(self, flag)" } },
  "end": { "time": 4 },
  "baseline": { "cat": { "move": "= unit(self.position - flag.position)" } }
}"""
ONCE = """{
  "format": "sandlot/1", "name": "once", "about": "One decision: walk by (0.6, -0.3) exactly, and say 2.",
  "world": { "size": [6, 6], "decisions_per_second": 1 },
  "teams": { "dog": { "shape": "circle", "radius": 0.2, "drive": { "type": "walk", "top_speed": 1 }, "at": [0, 0], "sees": ["self"], "says": { "symbols": 4 } } },
  "rewards": { "dog": { "near": "= -dist(self, vec(0.6, -0.3))", "word": "= 1 if self.said == 2 else 0" } },
  "end": { "time": 1 }
}"""
QUICK = Search(horizon=6, samples=32, rounds=2)


def played(env, policies, decisions, seed=0):
    """Rewards of each team over some decisions, [E], and the hash of every world after each."""
    cast = Cast(env, policies, env.teams)
    obs, info = env.reset(seed=seed)
    cast.reset()
    rng, alive = np.random.default_rng(0), info["alive"]
    totals, marks = {team: np.zeros(env.num_envs) for team in env.teams}, []
    for _ in range(decisions):
        obs, reward, terminated, truncated, info = env.step(cast.act(obs, alive, rng))
        cast.restart(terminated | truncated)
        alive = info["alive"]
        for team, values in reward.items():
            totals[team] += values.mean(1)
        marks.append([env.state_hash(lane) for lane in range(env.num_envs)])
    return totals, marks


@pytest.mark.parametrize("actions", ["continuous", "discrete"])
def test_it_beats_chance_clearly(actions):
    env = sandlot.VectorEnv(loads(FETCH), 4, actions=actions)
    planned, _ = played(env, {"dog": Planner(env, "dog", QUICK)}, 20)
    drawn, _ = played(env, {"dog": "random"}, 20)
    assert (planned["dog"] > drawn["dog"] + 10).all()


def test_it_finds_the_best_of_a_single_decision():
    env = sandlot.VectorEnv(loads(ONCE), 2)
    planned, _ = played(env, {"dog": Planner(env, "dog", Search(horizon=1, samples=128, rounds=6))}, 1)
    assert (planned["dog"] > 0.98).all()


@pytest.mark.parametrize("name", sandlot.names())
@pytest.mark.parametrize("actions", ["continuous", "discrete"])
def test_it_plays_every_team_and_only_reads_the_worlds(name, actions):
    env = sandlot.make_vec(name, 2, actions=actions)
    obs, info = env.reset(seed=0)
    before = env.get_state()
    for team in env.teams:
        planner = Planner(env, team, Search(horizon=2, samples=4, rounds=2))
        planner.reset(2 * len(env.agents(team)))
        chosen = planner.act(obs[team].reshape(-1, obs[team].shape[2]), info["alive"][team].reshape(-1), np.random.default_rng(0))
        space = env.action_space(team)
        assert all(space.contains(one) if np.shape(one) else space.contains(int(one)) for one in chosen)
    assert env.get_state() == before
    assert all((env.seen()[0][team] == obs[team]).all() for team in env.teams)


@pytest.mark.parametrize("autoreset", ["next_step", "same_step"])
def test_a_world_is_planned_alike_alone_and_among_others(autoreset, monkeypatch):
    """Whatever else is planned, in one group or several, and through the ends of episodes."""

    def hashes(count, room, seed):
        monkeypatch.setattr("sandlot.agents.policies.planner.ROOM", room)
        env = sandlot.VectorEnv(loads(FETCH), count, autoreset=autoreset)
        return np.array(played(env, {"dog": Planner(env, "dog", QUICK)}, 24, seed)[1])

    together = hashes(3, 4096, 5)
    np.testing.assert_array_equal(together, hashes(3, 64, 5))
    np.testing.assert_array_equal(together[:, 1:2], hashes(1, 4096, 6))
    assert (together != hashes(3, 4096, 5)[:, ::-1]).any()


def test_plans_are_taken_along_and_forgotten_with_the_episode():
    env = sandlot.VectorEnv(loads(FETCH), 3)
    obs, _ = env.reset(seed=0)
    planner = Planner(env, "dog", QUICK)
    fresh = [plan.copy() for plan in (planner._mean, *planner._odds)]
    planner.act(obs["dog"].reshape(6, -1), np.ones(6, np.bool_), np.random.default_rng(0))
    assert all((plan[w] != start[w]).any() for w in range(3) for plan, start in zip((planner._mean, *planner._odds), fresh, strict=True))
    planner.restart(np.array([0, 0, 1, 1, 0, 0], np.bool_))
    for plan, start in zip((planner._mean, *planner._odds), fresh, strict=True):
        assert [(plan[w] == start[w]).all() for w in range(3)] == [False, True, False]
    planner.reset(6)
    assert all((plan == start).all() for plan, start in zip((planner._mean, *planner._odds), fresh, strict=True))


def test_twins_plan_on_alike():
    env = GameEnv("tag", team="chaser", others={"runner": "planner:horizon=3,samples=8,rounds=1"})
    env.reset(seed=0)
    step = lambda one: [one.step(np.zeros((3, 2), np.float32))[0].tobytes() for _ in range(3)]  # noqa: E731
    step(env)
    twins = [copy.deepcopy(env), pickle.loads(pickle.dumps(env))]
    expected = step(env)
    assert [step(twin) for twin in twins] == [expected, expected]


def test_chance_is_not_foreseen():
    """A guess that is right half of the time stays one: the copies throw other dice."""
    coin = """{
      "format": "sandlot/1", "name": "coin", "world": { "size": [6, 6], "decisions_per_second": 5 },
      "teams": { "dog": { "shape": "circle", "radius": 0.2, "at": [0, 0], "drive": { "type": "walk", "top_speed": 1 }, "sees": ["self"], "state": { "luck": 0 } } },
      "rules": { "thrown": { "when": { "every": 0.2 }, "cooldown": 0.2, "do": { "set": { "dog.luck": "= random() - 0.5" } } } },
      "rewards": { "dog": { "guessed": "= sign(self.luck) * sign(self.vx)" } },
      "end": { "time": 40 }
    }"""
    env = sandlot.VectorEnv(loads(coin), 4)
    planned, _ = played(env, {"dog": Planner(env, "dog", Search(horizon=1, samples=16, rounds=2))}, 100)
    assert (np.abs(planned["dog"]) < 40).all()


def test_others_are_played_as_is_assumed():
    env = sandlot.VectorEnv(loads(FETCH), 2)
    env.reset(seed=0)

    class Still:
        asked = 0

        def reset(self, count):
            assert count == 2 * 32

        def act(self, obs, mask, rng):
            Still.asked += 1
            assert obs.shape == (64, env.observation_space("cat").shape[0])
            assert mask.all()
            if Still.asked == 1:
                np.testing.assert_array_equal(obs, np.repeat(env.seen()[0]["cat"][:, 0], 32, 0))
            return np.zeros((len(obs), 2), np.float32)

    planner = Planner(env, "dog", QUICK, {"cat": Still()})
    planner.act(np.zeros((4, 1), np.float32), np.ones(4, np.bool_), np.random.default_rng(0))
    assert Still.asked == 12


GUIDED = """{
  "format": "sandlot/1", "name": "guided", "about": "Only who walks right and says 2 is paid.",
  "world": { "size": [6, 6], "decisions_per_second": 5 },
  "teams": { "dog": { "count": 2, "shape": "circle", "radius": 0.2, "drive": { "type": "walk", "top_speed": 2 }, "place": { "in": "world", "gap": 0 },
                      "sees": ["self"], "says": { "symbols": 3 } } },
  "rewards": { "dog": { "right": "= 1 if self.vx > 0.5 and self.said == 2 else 0" } },
  "end": { "time": 4 },
  "baseline": { "dog": { "move": "= vec(0.75, 0.25)", "say": "= 2" } }
}"""


def test_a_guess_is_one_of_the_plans():
    env = sandlot.VectorEnv(loads(GUIDED), 3)
    env.reset(seed=0)
    two = {"horizon": 2, "samples": 2, "rounds": 1}
    rows, yes, rng = np.zeros((6, 1), np.float32), np.ones(6, np.bool_), np.random.default_rng(0)
    wanted = env.scripted_actions()["dog"].reshape(6, 5)
    for planner in (Planner(env, "dog", Search(**two, guess="scripted")), Planner(env, "dog", Search(**two), guess=Echo())):
        chosen = planner.act(rows, yes, rng)
        np.testing.assert_array_equal(chosen[:, :2], wanted[:, :2])
        assert (chosen[:, 2:].argmax(1) == 2).all()
    assert (Planner(env, "dog", Search(**two)).act(rows, yes, rng) != chosen).any()


def test_a_guess_plays_on_where_plans_end():
    """What is far away is seen by who knows the way there: alone, nothing within the horizon pays."""
    env = sandlot.VectorEnv(loads(FAR), 4, autoreset="disabled")
    for spec, least, most in (
        ("planner:horizon=3,samples=16,rounds=2", -1, 0),
        ("planner:horizon=3,samples=16,rounds=2,guess=scripted,tail=40", 1, 99),
    ):
        planned, _ = played(env, {"dog": spec}, 39)
        assert (planned["dog"] >= least).all()
        assert (planned["dog"] <= most).all()


FAR = """{
  "format": "sandlot/1", "name": "far", "about": "Far to the right something is paid, and every effort costs a little.",
  "world": { "size": [12, 3], "decisions_per_second": 5 },
  "teams": { "dog": { "shape": "circle", "radius": 0.2, "at": [-5, 0], "drive": { "type": "walk", "top_speed": 2 }, "sees": ["self"] } },
  "rewards": { "dog": { "there": "= 1 if self.x > 3 else 0", "effort": "= -0.01 * speed(self)" } },
  "end": { "time": 8 },
  "baseline": { "dog": { "move": "= vec(1, 0)" } }
}"""


class Echo:
    """Does what GUIDED's script does."""

    def reset(self, count):
        pass

    def act(self, obs, mask, rng):
        return np.tile(np.array([0.75, 0.25, -1, -1, 1], np.float32), (len(obs), 1))


def test_who_is_out_is_not_planned_for(flock):
    env = sandlot.VectorEnv(flock, 2)
    planner = Planner(env, "sheep", QUICK)
    env.reset(seed=0)
    chosen = planner.act(np.zeros((4, 1), np.float32), np.array([False, False, True, False]), np.random.default_rng(0))
    assert (chosen[:2] == 0).all()
    assert (chosen[2] != 0).any()


def test_it_is_a_spec_wherever_policies_go():
    spec = "planner:horizon=2,samples=4,rounds=1"
    match = Match(sandlot.load("tag"), {"chaser": spec, "runner": "scripted"})
    match.begin()
    assert match.step() is not None
    planner = resolve("planner:discount=0.9,others=random", sandlot.make_vec("tag", 1), "chaser")
    assert isinstance(planner, Planner)
    assert planner.search.discount == 0.9
    assert (planner.search.horizon, planner.search.repeat) == (15, 2)
    assert isinstance(planner._cast.policies["runner"], RandomPolicy)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("horzon=3", r"planner: no option 'horzon' \(did you mean \"horizon\"\?\); there is horizon, samples"),
        ("horizon=far", "planner: horizon: expected a number, got 'far'"),
        ("horizon=-1", "planner: horizon: expected at least 1, got -1"),
        ("samples=1", "planner: samples: expected at least 2, got 1"),
        ("elites=9,samples=8", "planner: elites: expected at most samples"),
        ("discount=2", "planner: discount: expected a number above 0, at most 1, got 2"),
        ("others=nobody", "policy of 'runner': no policy 'nobody'"),
    ],
)
def test_bad_options_are_named(text, message):
    with pytest.raises(ValueError, match=f"policy of 'chaser': {message}"):
        resolve(f"planner:{text}", sandlot.make_vec("tag", 1), "chaser")


def test_wrong_rows_are_refused():
    planner = Planner(sandlot.make_vec("tag", 2), "chaser", QUICK)
    for ask in (lambda: planner.reset(3), lambda: planner.act(np.zeros((3, 1)), np.ones(3, np.bool_), np.random.default_rng(0))):
        with pytest.raises(ValueError, match="planner: expected 2 worlds with 3 of 'chaser' each, got 3 rows"):
            ask()


def test_options_are_read():
    assert parse_search("") == Search()
    assert parse_search("horizon=4,others=best") == Search(horizon=4, others="best")


@pytest.mark.parametrize("name", sandlot.names())
@pytest.mark.parametrize("actions", ["continuous", "discrete"])
def test_moves_go_there_and_back(name, actions):
    env = sandlot.make_vec(name, 1, actions=actions)
    for team in env.teams:
        moves, rng = Moves(env, team), np.random.default_rng(0)
        numbers = rng.uniform(-1, 1, (5, moves.box)).astype(np.float32)
        picks = np.stack([rng.integers(options, size=5) for options in moves.choices], 1) if moves.choices else np.zeros((5, 0), np.int64)
        actions_ = moves.for_worlds(numbers, picks)
        assert all(env.action_space(team).contains(one) for one in actions_)
        np.testing.assert_array_equal(moves.from_worlds(actions_), np.concatenate([numbers, picks], 1).astype(np.float32))
