"""Times: rules and ends keep the seconds that the file says, at any rate, and for as long as a game lasts; what happens at the start is there at once."""

import json
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import body_row, rows_of

from sandlot.envs.core.vector import VectorEnv
from sandlot.envs.kernels.world.layout.things import Body
from sandlot.envs.kernels.world.layout.world import CLOCK_ROUND
from sandlot.scenarios import ScenarioError, loads
from sandlot.scenarios.model.clock import decisions_in, end_decision, seconds_of, whole_decisions

RATES = [1, 4, 10, 29.97, 30, 60, 240]


def game(rules=None, rate=10, probes=None, end=None, things=None, **team):
    """A game of one agent that stands still and is paid what the probes say."""
    return {
        "format": "sandlot/1", "name": "clock", "world": {"decisions_per_second": rate}, "things": things or {},
        "teams": {"a": {"radius": 0.1, "at": [0, 4.5], "sees": ["self"], **team}}, "rules": rules or {}, "rewards": {"a": probes or {}}, "end": end or {},
    }  # fmt: skip


def make(worlds=1, **parts):
    env = VectorEnv(loads(json.dumps(game(**parts))), worlds, autoreset="disabled")
    env.reset(seed=0)
    return env


def step(env):
    """One decision in which nobody does anything: the rewards by term and the events of world 0, and whether it is over."""
    shape = env.num_envs, 1, *(env.action_space("a").shape or ())
    *_, terminated, truncated, info = env.step({"a": np.zeros(shape, np.float32)})
    found = {name.partition("/")[2]: float(value["a"][0, 0]) for name, value in info.items() if name.startswith("reward/")}
    found |= {name: int(value[0]) for name, value in info.items() if name.startswith("event/")}
    return {**found, "over": bool(terminated[0] or truncated[0])}


# --- periods ---


@pytest.mark.parametrize(
    ("seconds", "rate", "decisions"),
    [
        (0.1, 10, 1),
        (0.3, 10, 3),
        (0.25, 10, 3),
        (1 / 3, 30, 10),
        (2 / 3, 30, 20),
        (0.7, 10, 7),
        (20, 29.97, 600),
        (1e6, 240, 240_000_000),
        (0, 10, 0),
    ],
)
def test_seconds_become_decisions_by_their_decimals(seconds, rate, decisions):
    assert whole_decisions(float(seconds), float(rate)) == decisions
    assert end_decision(float(seconds), float(rate)) == max(1, decisions)
    assert seconds_of(decisions, float(rate)) == pytest.approx(decisions / rate, rel=1e-15)


def test_there_is_no_last_decision_without_an_end():
    assert end_decision(None, 10.0) == 0


@settings(max_examples=40, deadline=None)
@given(rate=st.sampled_from(RATES), decisions=st.floats(1, 9, allow_nan=False))
def test_every_keeps_its_mean_rate(rate, decisions):
    seconds = max(round(decisions / rate, 4), 1 / rate)
    period, env = decisions_in(seconds, float(rate)), make(rules={"beat": {"when": {"every": seconds}}}, rate=rate)
    fired = np.cumsum([step(env)["event/beat"] for _ in range(45)])
    assert fired.tolist() == [math.floor(Fraction(k) / period) for k in range(1, 46)]
    assert fired[-1] == pytest.approx(45 / rate / seconds, abs=1)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("decisions", [0.2, 1, 1.5, 2.5, 3.5, 4.4999, 7])
def test_at_and_the_end_are_one_decision_where_they_are_one_time(rate, decisions):
    seconds = max(0.001, round(decisions / rate, 5))
    env = make(rules={"bell": {"when": {"at": seconds}}}, rate=rate, end={"time": seconds})
    seen = [step(env)]
    while not seen[-1]["over"]:
        seen.append(step(env))
    assert [one["event/bell"] for one in seen] == [0] * (len(seen) - 1) + [1]
    assert len(seen) / rate >= seconds - 1e-9


def test_the_first_beat_is_no_sooner_than_its_period_and_at_0_is_the_first_decision():
    env = make(rules={"beat": {"when": {"every": 0.25}}, "first": {"when": {"at": 0}}})
    seen = [step(env) for _ in range(10)]
    assert [one["event/beat"] for one in seen] == [0, 0, 1, 0, 1, 0, 0, 1, 0, 1]
    assert [one["event/first"] for one in seen] == [1, *[0] * 9]


def test_a_cooldown_is_never_shorter_than_it_says():
    env = make(rules={"warm": {"when": "= time >= 0", "cooldown": 0.25}})
    assert [step(env)["event/warm"] for _ in range(10)] == [1, 0, 0, 1, 0, 0, 1, 0, 0, 1]


def test_a_period_of_less_than_a_decision_is_refused_at_its_place():
    text = json.dumps(game(rules={"beat": {"when": {"every": 0.03}}}))
    with pytest.raises(ScenarioError) as found:
        loads(text)
    (problem,) = found.value.problems
    assert problem.path == "$.rules.beat.when.every"
    assert problem.column == text.index("0.03") + 1
    assert problem.message == "expected 0.1 s or more (a decision, at 10 in a second), got 0.03"


def test_time_left_is_0_in_the_last_decision():
    env = make(probes={"left": "= time_left", "passed": "= time"}, end={"time": 0.25}, sees=["clock"])
    seen = [step(env) for _ in range(3)]
    assert [one["left"] for one in seen] == pytest.approx([0.2, 0.1, 0], abs=1e-6)
    assert seen[-1]["over"]
    assert env.seen()[0]["a"][0, 0, 0] == 1


# --- long games ---


def set_clock(env, decisions):
    """Let all episodes be as old as that."""
    rows, names = rows_of(env), env.game.names
    rows[:, names.clock], rows[:, names.rounds] = decisions % CLOCK_ROUND, decisions // CLOCK_ROUND


LIFT = {"lift": {"shape": "box", "size": [1, 0.2], "body": "kinematic", "at": [0, 0], "path": {"points": [[-2, 0], [2, 0]], "speed": 1}}}
BEATS = {"beat": {"when": {"every": 0.125}}, "odd": {"when": {"every": 0.0375}}}


@pytest.mark.parametrize("start", [2**23 - 20, 2**24 - 20, 3 * 2**23 - 20, 200_000_000])
def test_a_game_goes_on_where_float32_counts_no_further(start):
    env = make(rate=80, rules=BEATS, things=LIFT, probes={"now": "= time", "x": "= lift.x"})
    set_clock(env, start)
    seen = [step(env) for _ in range(80)]
    assert seen[-1]["now"] - seen[0]["now"] == pytest.approx(79 / 80, abs=0.3)  # at 29 days a float32 second is an eighth
    assert np.abs(np.diff([one["x"] for one in seen])) == pytest.approx(1 / 80, abs=2e-3)
    assert sum(one["event/beat"] for one in seen) == 8
    assert sum(one["event/odd"] for one in seen) == (start + 80) // 3 - start // 3
    assert env.frame().time == pytest.approx((start + 80) / 80, rel=1e-9)
    assert (rows_of(env)[:, env.game.names.clock] < CLOCK_ROUND).all()


@pytest.mark.parametrize("last", [2**23, 2**24 + 1, 240_000_000])
def test_an_end_that_late_still_comes(last):
    env = make(rate=240, rules={"bell": {"when": {"at": last / 240}}}, end={"time": last / 240}, sees=["clock"])
    set_clock(env, last - 3)
    seen = [step(env) for _ in range(3)]
    assert [one["over"] for one in seen] == [False, False, True]
    assert [one["event/bell"] for one in seen] == [0, 0, 1]


def test_a_snapshot_carries_the_whole_clock():
    env, other = make(), make()
    set_clock(env, 2**25 + 7)
    other.set_state(env.get_state())
    step(other)
    assert other.frame().time == pytest.approx((2**25 + 8) / 10)


def test_a_short_game_has_no_second_row():
    assert make(end={"time": 60}).game.names.rounds == 0
    assert make().game.names.rounds > 0


def test_the_state_of_an_endless_game_tells_its_times_apart():
    env, seen = make(), []
    for decisions in (0, 5_000, 10_000, 10_000_000, 2**24, 2**27):
        set_clock(env, decisions)
        seen.append(float(env.state()[0, -1]))
    assert seen == sorted(set(seen))
    assert seen[0] == 0
    assert seen[2] == 0.5
    assert seen[-1] < 1


# --- the start ---


def acted(**do):
    return {"go": {"when": {"start": True}, "do": do}}


BALL = {"ball": {"at": [0, 0], "radius": 0.2, "body": "dynamic"}}


def test_what_starts_is_there_in_the_first_observation():
    rules = acted(set={"a.goal": 0.5, "a.angle_deg": 90}, add={"a.goal": 0.25})
    env = make(rules=rules, state={"goal": 0}, drive={"type": "tank"}, sees=[{"self": ["heading", "goal"]}])
    obs, _ = env.reset(seed=1)
    assert obs["a"][0, 0] == pytest.approx([0, 1, 0.75], abs=1e-6)


@pytest.mark.parametrize("rate", [10, 30, 60])
def test_what_is_set_off_at_the_start_moves_in_the_first_decision(rate):
    env = make(rules=acted(set={"ball.velocity": [3, 0]}), rate=rate, things=BALL, probes={"x": "= ball.x"})
    assert step(env)["x"] == pytest.approx(3 / rate, abs=1e-6)


def test_a_start_is_an_event_of_the_first_decision_alone_and_pays_there():
    probes = {"go": 1, "often": "= count(go)", "now": "= 1 if happened(go) else 0"}
    env = make(rules=acted(set={"ball.velocity": [1, 0]}), things=BALL, probes=probes)
    for _ in range(2):
        seen = [step(env) for _ in range(3)]
        assert [one["event/go"] for one in seen] == [1, 0, 0]
        assert [one["go"] for one in seen] == [1, 0, 0]
        assert [one["now"] for one in seen] == [1, 0, 0]
        assert [one["often"] for one in seen] == [1, 1, 1]
        env.reset()


def test_progress_begins_where_the_start_leaves_it():
    env = make(rules=acted(set={"a.goal": 5}), state={"goal": 0}, probes={"more": {"progress": "= self.goal"}})
    assert step(env)["more"] == 0


def test_a_start_opens_doors_removes_and_ends():
    things = {"door": {"at": [2, 0], "state": {"open": False}, "solid_if": "= not open"}, "ghost": {"at": [-2, 0]}}
    env = make(rules=acted(set={"door.open": True}, remove="ghost"), things=things, end={"gone": "go"})
    rows = rows_of(env)[0, :, 0]
    assert rows[body_row(env, "door", 0, Body.SOLID)] == 0
    assert rows[body_row(env, "ghost", 0, Body.ALIVE)] == 0
    assert step(env)["over"]


@pytest.mark.parametrize("autoreset", ["next_step", "same_step"])
def test_every_episode_starts_alike_whoever_else_begins(autoreset):
    rules = acted(set={"a.goal": "= random()", "ball.velocity": "= vec(random(), 0)"}, place={"ball": {"in": "world"}})
    rules["go"] |= {"chance": 0.5}
    text = json.dumps(game(rules=rules, things=BALL, state={"goal": 0}, sees=[{"self": ["goal"]}, {"of": "ball"}], end={"time": 0.5}))

    def play(worlds):
        env = VectorEnv(loads(text), worlds, autoreset=autoreset)
        obs, _ = env.reset(seed=3)
        seen = [obs["a"][0].copy()]
        for _ in range(60):
            obs, *_ = env.step({"a": np.zeros((worlds, 1, 0), np.float32)})
            seen.append(obs["a"][0].copy())
        return np.array(seen)

    alone, among = play(1), play(19)
    assert (alone == among).all()
    assert len(np.unique(alone[:, 0, 0])) > 2  # one episode draws, another doesn't
