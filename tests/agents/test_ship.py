"""The policies that come with sandlot: they are there, small, of today's games, play what their cards say, and can be made anew."""

import json
import warnings
from pathlib import Path

import numpy as np
import pytest

import sandlot
from sandlot.agents import ship
from sandlot.agents.evaluation.evaluate import evaluate
from sandlot.agents.policies.policy_file import read_policy
from sandlot.agents.policies.specs import best
from sandlot.agents.policies.specs import shipped_path as path_of
from sandlot.agents.policies.trained import TrainedPolicy
from sandlot.scenarios import scenario_hash

ROOT = Path(__file__).parents[2]
LEARNT = [(recipe.game, team) for recipe in ship.RECIPES for team in recipe.teams]


@pytest.mark.parametrize("game", sandlot.names())
def test_every_game_has_its_best(game):
    env = sandlot.make_vec(game, 3)
    able = [team.name for team in env.game.teams if team.action_size]
    assert sorted(able) == sorted(team for name, team in LEARNT if name == game)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # that the game has changed would be one
        cast = {team: TrainedPolicy.load(path_of(game, team)) for team in able}
        for team in able:
            assert best(env, team).card == cast[team].card
    obs, info = env.reset(seed=0)
    rng = np.random.default_rng(0)
    for _ in range(5):
        moves = {}
        for team in able:
            n = obs[team].shape[0] * obs[team].shape[1]
            moves[team] = (
                cast[team].act(obs[team].reshape(n, -1), info["alive"][team].reshape(n), rng).reshape(3, len(env.agents(team)), -1)
            )
            assert env.action_space(team).contains(moves[team][0, 0])
        obs, _, _, _, info = env.step(moves)


@pytest.mark.parametrize(("game", "team"), LEARNT)
def test_files_are_small_and_say_what_they_are(game, team):
    path = path_of(game, team)
    assert path.stat().st_size < 300_000
    card, _ = read_policy(path)
    assert (card.game, card.team, card.scenario_hash) == (game, team, scenario_hash(sandlot.load(game, split="train"))), (
        "train it anew: see docs/agents.md"
    )
    found = card.results["game"]
    assert found["episodes"] == ship.EPISODES
    interval, par = found[found["judged_by"]], {"win_rate": 0.5, "above_scripted": 0.0}[found["judged_by"]]
    assert (
        found["beats_scripted"]
        == {(True, True): "yes", (False, True): "equal", (False, False): "no"}[interval["low"] > par, interval["high"] >= par]
    )
    assert json.loads(json.dumps(card.results)) == card.results


def test_no_file_without_a_recipe():
    assert sorted(path.name for path, _ in ship.shipped()) == sorted(path_of(game, team).name for game, team in LEARNT)


@pytest.mark.parametrize("name", ["tag-chaser", "lander-rocket"])
def test_cards_tell_the_truth(name):
    """The same episodes again, here."""
    game, team = name.split("-")
    card, _ = read_policy(path_of(game, team))
    result = evaluate(sandlot.load(game), {team: ["best"]}, episodes=ship.EPISODES, seed=ship.FIRST_SEED)
    told, found = card.results["game"]["score"], result["matches"][0]["teams"][team]["score"]
    assert told["low"] <= found["mean"] <= told["high"]  # to the bit only with the same NumPy


def test_docs_have_the_table():
    text = (ROOT / "docs" / "agents.md").read_text("utf-8")
    assert ship.table() in text, "print it anew: python -m sandlot.agents.ship --table"


def test_a_recipe_makes_its_files(tmp_path):
    pytest.importorskip("torch", reason="training needs sandlot[train]")
    recipe = ship.Recipe("spread", ("agent",), 1, clone=3000, settings={"worlds": 16, "horizon": 5, "hidden": (8,)})
    said = []
    (path,) = ship.ship(recipe, tmp_path, tell=said.append)
    card, _ = read_policy(path)
    assert path.name == "spread-agent.safetensors"
    assert (card.hidden, card.trained["clone"], card.trained["agent_decisions"]) == (
        (8,),
        3000,
        16 * 3,
    )  # one decision of each agent: a run ends where it was to
    assert set(card.results) == {"game"}
    assert said[0].startswith("spread-agent: cloned agent")


def test_what_there_is_no_recipe_for(capsys):
    assert ship.main(["tagg"]) == 2
    assert "no recipe 'tagg' (did you mean \"tag\"?)" in capsys.readouterr().err
    assert ship.main(["tag", "--list"]) == 0
    assert "tag-chaser: " in capsys.readouterr().out
