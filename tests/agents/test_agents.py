"""Games worth watching: scripted teams beat random ones, and what a game is about happens."""

import json
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest

from sandlot.agents.play.keyboard import keyboard_hand
from sandlot.agents.play.match import Match, PolicyError, parse_policies
from sandlot.envs import VectorEnv
from sandlot.scenarios import load, loads, names

SEEDS, SEEDS_OF_HUNDREDS = 64, 8
"""Episodes of each kind, in one batch; fewer where hundreds play."""


class Outcome(NamedTuple):
    """What happened in each of many episodes: times a rule fired, score of each team, how many terminated."""

    events: dict[str, np.ndarray]
    score: dict[str, np.ndarray]
    ended: np.ndarray


@cache
def outcome(name: str, random_teams: frozenset[str] = frozenset(), **params: float) -> Outcome:
    """Play a game to its end in many worlds."""
    game = load(name, **params)
    seeds = SEEDS if len(game.agents) <= 100 else SEEDS_OF_HUNDREDS
    env = VectorEnv(game, seeds, autoreset="disabled")
    env.reset(seed=1000)
    rng = np.random.default_rng(0)
    over, ended = np.zeros(seeds, bool), np.zeros(seeds, bool)
    events = {rule: np.zeros(seeds) for rule in game.rules}
    score = {team: np.zeros(seeds) for team in game.teams}
    while not over.all():
        actions = env.scripted_actions()
        for team in random_teams:
            actions[team] = rng.uniform(-1, 1, actions[team].shape).astype(np.float32)
        _, _, terminated, truncated, info = env.step(actions)
        for rule in game.rules:
            events[rule] += info[f"event/{rule}"] * ~over
        score = {team: np.where(over, score[team], values) for team, values in env.scores().items()}
        ended |= terminated & ~over
        over |= terminated | truncated
    return Outcome(events, score, ended)


@pytest.mark.parametrize(("name", "team"), [(name, team) for name in names() for team in load(name).teams])
def test_script_beats_random(name: str, team: str) -> None:
    scripted, random = outcome(name), outcome(name, frozenset({team}))
    assert scripted.score[team].mean() > random.score[team].mean()


def test_chasers_tag_but_not_at_will() -> None:
    tags = outcome("tag").events["tagged"]
    assert (tags > 0).mean() >= 0.8
    assert 2 <= tags.mean() <= 8
    assert tags.mean() < 0.5 * outcome("tag", frozenset({"runner"})).events["tagged"].mean()


def test_worker_delivers() -> None:
    played = outcome("tell_and_push")
    assert (played.events["delivered"] > 0).mean() >= 0.8
    assert played.events["misread"].mean() < 0.2
    assert (played.events["opened"] == 1).mean() >= 0.8


def test_worker_needs_the_guide() -> None:
    """What the guide says decides where the worker goes."""
    assert (outcome("tell_and_push", frozenset({"guide"})).events["misread"] > 0).mean() > 0.3


def test_goals_are_scored_on_both_sides() -> None:
    played = outcome("soccer")
    red, blue = played.events["red_scored"], played.events["blue_scored"]
    assert (red + blue > 0).mean() >= 0.8
    assert 1 <= (red + blue).mean() <= 8
    assert 0.5 < (red.mean() + 0.1) / (blue.mean() + 0.1) < 2  # the two sides play alike
    assert played.events["dropped"].mean() < 1  # the ball is seldom stuck


def test_rocket_lands() -> None:
    played = outcome("lander")
    assert (played.events["landed"] > 0).mean() >= 0.9
    assert played.ended.all()


def test_spread_covers() -> None:
    assert outcome("spread").score["agent"].mean() > -0.5
    assert outcome("spread").events == {}


def test_paddles_score_on_both_sides() -> None:
    played = outcome("air_hockey")
    red, blue = played.events["red_scored"], played.events["blue_scored"]
    assert (red + blue > 0).mean() >= 0.8
    assert 1 <= (red + blue).mean() <= 5
    assert 0.5 < red.mean() / blue.mean() < 2  # the two sides play alike
    assert played.events["held"].mean() < 0.1  # nobody keeps the puck
    lazy = outcome("air_hockey", frozenset({"blue"})).events
    assert lazy["red_scored"].mean() > 5 * lazy["blue_scored"].mean()


def test_load_is_too_heavy_for_one_and_for_two() -> None:
    assert (outcome("transport").events["delivered"] > 0).mean() >= 0.95
    assert outcome("transport", frozenset({"agent"})).events["delivered"].sum() == 0
    for agents in (1, 2):
        assert outcome("transport", agents=agents).events["delivered"].sum() == 0
        assert outcome("transport", agents=agents).score["agent"].max() < -3  # they hardly move it, from 4 m away at least


def test_fish_feed_and_sharks_hunt() -> None:
    played, lost = outcome("swarm").events, outcome("swarm", frozenset({"fish"})).events
    assert played["fed"].mean() > 3 * lost["fed"].mean()
    assert played["emptied"].mean() > 5  # the swarm moves on from patch to patch
    assert played["eaten"].mean() > 10 * outcome("swarm", frozenset({"shark"})).events["eaten"].mean()
    assert played["eaten"].mean() < 0.8 * lost["eaten"].mean()


def test_three_raise_the_ball_and_two_can_not() -> None:
    played = outcome("balance").events
    assert (played["raised"] > 0).mean() >= 0.95
    assert played["dropped"].mean() < 0.05
    assert outcome("balance", agents=2).events["raised"].sum() == 0


def test_either_side_wins_the_tug() -> None:
    played = outcome("tug")
    assert played.ended.mean() >= 0.8
    assert 0.3 < played.events["red_won"].sum() / played.ended.sum() < 0.7
    for side, other in (("red", "blue"), ("blue", "red")):
        assert outcome("tug", frozenset({side})).events[f"{other}_won"].mean() >= 0.95


@pytest.mark.parametrize(
    "alone",
    ["= vec(-1, 0)", "= vec(-1 if self.air > (0.3 if self.pull > 0.9 else 0.8) else 0, 0)"],
    ids=["always", "each_by_itself"],
)
def test_who_does_not_heave_together_loses_the_tug(alone: str) -> None:
    text = dict(load("tug").resolved)
    text["baseline"] = {**text["baseline"], "red": {"move": alone}}
    env = VectorEnv(loads(json.dumps(text)), SEEDS, autoreset="disabled")
    env.reset(seed=1000)
    won = {"red_won": np.zeros(SEEDS), "blue_won": np.zeros(SEEDS)}
    for _ in range(600):
        info = env.step(env.scripted_actions())[-1]
        for rule in won:
            won[rule] += info[f"event/{rule}"]
    assert won["blue_won"].mean() > 2 * won["red_won"].mean()


def test_boxes_are_delivered_without_bumping() -> None:
    played, lost = outcome("warehouse").events, outcome("warehouse", frozenset({"agent"})).events
    assert played["delivered"].min() >= 10
    assert played["delivered"].mean() > 15
    assert played["bumped"].mean() < 0.1 * lost["bumped"].mean()
    assert lost["delivered"].mean() < 1


def test_cars_drive_their_laps() -> None:
    played = outcome("race")
    assert played.ended.mean() >= 0.95  # within the time, however they bump
    assert 0.5 < played.events["red_won"].mean() / played.events["blue_won"].mean() < 2  # the two teams start alike
    passed = played.events["red_passed"] + played.events["blue_passed"]
    assert passed.mean() > 4 * 0.8 * 30  # nobody is left behind for long
    lost = outcome("race", frozenset({"red"}))
    assert lost.events["blue_won"].mean() >= 0.9
    assert lost.events["red_passed"].mean() < 3
    for grip in (0.6, 2):  # in the wet and on slicks
        assert outcome("race", grip=grip).ended.mean() >= 0.9


def test_jumpers_need_each_other() -> None:
    assert (outcome("jumpers").events["arrived"] > 0).mean() >= 0.95
    assert (outcome("jumpers", jumpers=3).events["arrived"] > 0).mean() >= 0.95
    assert outcome("jumpers", frozenset({"jumper"})).events["pressed"].mean() < 0.2
    assert outcome("jumpers", jumpers=1).events["pressed"].sum() == 0


def test_throwers_hit_and_dodge() -> None:
    played = outcome("dodgeball")
    red, blue = played.events["red_won"], played.events["blue_won"]
    assert played.ended.mean() >= 0.9
    assert 0.5 < red.mean() / blue.mean() < 2  # the two sides play alike
    thrown = played.events["red_took"] + played.events["blue_took"]
    hits = played.events["red_hit"] + played.events["blue_hit"]
    assert thrown.sum() > 4 * hits.sum()  # most balls are dodged
    for team, winner in (("red", "blue_won"), ("blue", "red_won")):
        assert outcome("dodgeball", frozenset({team})).events[winner].mean() >= 0.95


# --- a match --------------------------------------------------------------------------------------


def test_match_reports_what_happened() -> None:
    game = load("lander")
    match = Match(game, parse_policies(game, {}), seed=4)
    film = match.film()
    report = match.report
    assert report.end == "landed"
    assert report.events["landed"] == 1
    assert "noted" not in report.events  # rules that run by the clock are no news
    assert report.score == {"rocket": 1.0}
    assert report.seconds == pytest.approx(film.frames[-1].time)
    assert len(film) == round(report.seconds * 10) + 1
    assert report.reward["rocket"]["landed"] == 10
    assert match.step() is None  # over means over


def test_match_repeats_itself() -> None:
    game = load("tag")
    first, second = (Match(game, parse_policies(game, {"runner": "random"}), seed=7) for _ in range(2))
    assert first.film().frames[-1].pose.tobytes() == second.film().frames[-1].pose.tobytes()
    assert first.film().frames[-1].pose.tobytes() == second.film().frames[-1].pose.tobytes()  # and the episode after
    assert first.report.seed == 8


@pytest.mark.parametrize("specs", [{"runer": "random"}, {"runner": "no_such_policy"}])
def test_match_refuses_unknown_players(specs: Mapping[str, str]) -> None:
    game = load("tag")
    with pytest.raises(PolicyError, match=r"runn?er"):
        Match(game, parse_policies(game, specs))


@pytest.mark.parametrize(
    ("name", "team", "pressed", "expected"),
    [
        ("tag", "runner", {"x": 1.0, "y": -1.0, "keys": []}, [1, -1]),
        (
            "tell_and_push",
            "worker",
            {"x": 1.0, "y": 1.0, "keys": []},
            [1, -1],
        ),  # forward, and right is clockwise
        ("lander", "rocket", {"x": -1.0, "y": 0.0, "keys": []}, [-1, 1]),
        ("tell_and_push", "guide", {"x": 0.0, "y": 0.0, "keys": [2]}, [-1, -1, 1]),
        (
            "tell_and_push",
            "guide",
            {"x": 0.0, "y": 0.0, "keys": [9]},
            None,
        ),  # no such symbol: the script's word stands
    ],
)
def test_keys_become_actions(name: str, team: str, pressed: dict[str, float | list[int]], expected: list[float] | None) -> None:
    game = load(name)
    env = VectorEnv(game, 1)
    env.reset(seed=0)
    action = keyboard_hand(game, team, lambda: pressed)(env.scripted_actions()[team])
    assert action[0, 0].tolist() == (env.scripted_actions()[team][0, 0].tolist() if expected is None else expected)
    assert (action[0, 1:] == env.scripted_actions()[team][0, 1:]).all()


@pytest.mark.parametrize(
    ("drive", "pressed", "expected"),
    [
        ("car", {"x": 1.0, "y": 1.0, "keys": []}, [1, -1]),  # right is clockwise
        ("jump", {"x": 1.0, "y": 1.0, "keys": []}, [1, 1]),
        ("jump", {"x": -1.0, "y": 0.0, "keys": []}, [-1, -1]),
    ],
)
def test_keys_drive_cars_and_jumpers(drive: str, pressed: dict[str, float | list[int]], expected: list[float]) -> None:
    teams = {"a": {"drive": {"type": drive}}}
    game = loads(json.dumps({"format": "sandlot/1", "name": "keys", "world": {"gravity": 9.81}, "teams": teams}))
    action = keyboard_hand(game, "a", lambda: pressed)(np.zeros((1, 1, 2), np.float32))
    assert action[0, 0].tolist() == expected
