"""Evaluations against plain loops and plain-Python statistics: no PyTorch anywhere."""

import json
import re
import shlex
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from commands import hide_torch

import sandlot
from sandlot.agents import leaderboard
from sandlot.agents.cli import main as cli
from sandlot.agents.evaluation.evaluate import Judge, evaluate
from sandlot.agents.evaluation.league import league, standings
from sandlot.agents.evaluation.messages import words as words_of
from sandlot.agents.play.episodes import Episodes, play
from sandlot.agents.play.match import Match, parse_policies
from sandlot.agents.policies.policy_file import card_for, save_policy, shapes_of
from sandlot.scenarios import loads

ROOT = Path(__file__).resolve().parents[2]
RESULTS = sorted((ROOT / "docs" / "results").glob("*.json"))


def policy_file(folder, game, team, act="mode", memory=0, seed=0):
    """A network of random numbers."""
    card = card_for(sandlot.make_vec(game, 1), team, hidden=(8,), memory=memory, act=act, trained={"algorithm": "none"})
    rng = np.random.default_rng(seed)
    tensors = {name: rng.normal(0, 1, shape).astype(np.float32) for name, shape in shapes_of(card).items()}
    return str(save_policy(folder / f"{game}-{team}.safetensors", card, tensors))


# --- playing ---


def plain(scenario, seed):
    """One scripted episode in a world of its own."""
    env = sandlot.VectorEnv(scenario, 1, autoreset="disabled")
    env.reset(seed=seed)
    found, returns = Counter(), {team: np.zeros(len(env.agents(team))) for team in env.teams}
    terms = {}
    while True:
        _, reward, terminated, truncated, info = env.step(env.scripted_actions())
        found["length"] += 1
        for team in env.teams:
            returns[team] += reward[team][0]
        for name, values in info.items():
            if name.startswith("event/"):
                found[name] += float(values[0])
            if name.startswith("reward/"):
                for team, rewards in values.items():
                    terms[team, name[7:]] = terms.get((team, name[7:]), 0.0) + rewards[0].astype(np.float64)
        if terminated[0] or truncated[0]:
            return found, returns, terms, {team: float(values[0]) for team, values in info.get("score", {}).items()}, bool(terminated[0])


@pytest.mark.parametrize("name", [name for name in sandlot.names() if name != "swarm"])
def test_evaluation_is_a_plain_loop(name):
    scenario, seeds = sandlot.load(name), [5, 6, 7]
    found = play(scenario, {}, seeds, worlds=2)
    assert found.seeds == seeds
    for k, seed in enumerate(seeds):
        counted, returns, terms, score, terminated = plain(scenario, seed)
        assert found.length[k] == counted["length"]
        assert {team: values[k] for team, values in found.score.items()} == score
        assert {team: values[k] for team, values in found.returns.items()} == {team: values.mean() for team, values in returns.items()}
        assert {(team, term): values[k] for team, by_term in found.reward.items() for term, values in by_term.items()} == {
            key: values.mean() for key, values in terms.items()
        }
        assert all(values[k] == counted[f"event/{rule}"] for rule, values in found.events.items())
        assert (found.end[k] == "time") == (not terminated)
        assert terminated == (set(found.end[k].split(" and ")) <= scenario.end.rules.keys())


def same(a: Episodes, b: Episodes) -> bool:
    return all(
        json.dumps(one, default=np.ndarray.tolist) == json.dumps(two, default=np.ndarray.tolist)
        for one, two in zip(vars(a).values(), vars(b).values(), strict=True)
    )


@pytest.mark.parametrize("name", ["tag", "lander", "dodgeball", "tell_and_push", "jumpers"])
def test_worlds_and_threads_make_no_difference(name, tmp_path):
    """Not with chance, memory, partners and a scrambled channel either."""
    scenario = sandlot.load(name)
    teams = [team for team in scenario.teams if sandlot.make_vec(name, 1).action_space(team).shape != (0,)]
    specs = {teams[0]: policy_file(tmp_path, name, teams[0], act="sample", memory=4)} | {team: "random" for team in teams[1:]}
    partners = {team: "random" for team in teams[:1] if scenario.teams[team].count > 1}
    seeds = list(range(17))

    def run(worlds, threads=1):
        return play(scenario, specs, seeds, worlds=worlds, threads=threads, partners=partners, channel="scramble")

    base = run(17)
    assert same(base, run(1 if name == "lander" else 5))
    assert same(base, run(17, threads=2))
    assert not same(base, play(scenario, specs, seeds, partners=partners)) or not base.said


def test_seeds_are_played_once_whatever_their_order():
    scenario = sandlot.load("lander")
    one, two = play(scenario, {"rocket": "random"}, [3, 1, 2], worlds=2), play(scenario, {"rocket": "random"}, [1, 2, 3], worlds=3)
    assert len(set(one.length)) > 1  # some are shorter
    for k, seed in enumerate([3, 1, 2]):
        assert one.length[k] == two.length[seed - 1]
        assert one.returns["rocket"][k] == two.returns["rocket"][seed - 1]


class Moody:
    """Draws one number for all agents, and remembers how often it was asked."""

    def __init__(self):
        self.asked = []

    def reset(self, count):
        self.times = np.zeros(count)

    def restart(self, rows):
        self.times[rows] = 0

    def act(self, obs, mask, rng):
        self.asked.append(int(mask.sum()))
        self.times += 1
        return np.repeat(np.array([[rng.uniform(-1, 1), rng.choice(5) / 5]], np.float32), len(obs), 0) * np.cos(self.times)[:, None].astype(
            np.float32
        )


def test_policies_with_the_same_chance_for_all():
    scenario = sandlot.load("lander")
    policies = [Moody() for _ in range(3)]
    base, *others = (
        play(scenario, {"rocket": policy}, range(9), worlds=worlds) for policy, worlds in zip(policies, (9, 4, 1), strict=True)
    )
    assert all(same(base, other) for other in others)
    assert policies[0].asked[-1] < policies[0].asked[0]  # who is through is asked no more


def test_a_game_that_never_ends_is_stopped(monkeypatch):
    monkeypatch.setattr("sandlot.agents.play.episodes.MAX_FRAMES", 12)
    game = loads('{"format": "sandlot/1", "name": "idle", "teams": {"cat": {"drive": {"type": "walk", "top_speed": 1}}}}')
    found = play(game, {"cat": "random"}, [1, 2, 3], worlds=2)
    assert found.end == ["stopped"] * 3
    assert list(found.length) == [12] * 3


DUEL = """{
  "format": "sandlot/1", "name": "duel", "teams": { "a": { "count": 2 } },
  "rules": { "beat": { "when": { "every": 0.2 } }, "idle": { "when": { "every": 0.2 } }, "left": { "when": "= time > 0.9" }, "right": { "when": "= time > 0.9" } },
  "rewards": { "a": { "beat": 2 } }, "end": { "time": 5, "red": "left", "blue": "right" } }"""


def test_a_draw_is_no_win_and_what_is_paid_by_the_clock_is_told():
    game = loads(DUEL)
    found = play(game, {}, [1, 2])
    assert found.end == ["red and blue"] * 2
    assert list(found.events) == ["beat", "left", "right"]
    assert list(found.returns["a"]) == [2 * count for count in found.events["beat"]]  # each agent's, not both together
    match = Match(game, parse_policies(game, {}))
    list(match.frames())
    assert match.report.end == "red and blue"
    assert match.report.events == {rule: count[0] for rule, count in found.events.items()}


def test_a_word_in_silence_is_heard():
    """Who says 0 but for one decision has said the other symbol; who says one thing always, says the same in all episodes, however long."""
    votes = np.array([[9, 1, 0, 0], [5, 0, 1, 0], [19, 0, 0, 1], [7, 1, 0, 0]])
    assert list(words_of(votes)) == [1, 2, 3, 1]
    assert list(words_of(np.array([[10, 0, 0], [0, 10, 0], [0, 3, 7]]))) == [0, 1, 2]
    assert len(set(words_of(np.array([[0, 10, 0], [0, 3, 0], [0, 7, 0]])))) == 1
    assert len(set(words_of(np.array([[2, 1], [4, 2], [20, 10]])))) == 1


def test_agents_that_leave_are_counted(flock):
    found = play(flock, {}, [0, 1])
    assert list(found.events["eaten"]) == [2, 2]
    assert list(found.score["wolf"]) == [2, 2]


def test_partners_play_all_but_the_first():
    """Three scripted agents cover more of spread than one with two that act by chance, and that more than three such."""
    scenario, seeds = sandlot.load("spread"), range(32)
    whole, mixed, none = (
        play(scenario, {"agent": spec}, seeds, partners=partners).score["agent"].mean()
        for spec, partners in (("scripted", {}), ("scripted", {"agent": "random"}), ("random", {}))
    )
    assert whole > mixed > none
    assert same(play(scenario, {"agent": "scripted"}, seeds, partners={"agent": "scripted"}), play(scenario, {}, seeds))


# --- judging ---


def test_whose_roles_are_alike():
    """Not those who can do the same and want the opposite."""
    alike = {name for name in sandlot.names() if Judge(sandlot.load(name), [0]).alike}
    assert alike == {"air_hockey", "dodgeball", "race", "soccer", "tug"}
    assert not Judge(sandlot.load("tag", chasers=1), [0]).alike


def test_who_wins():
    soccer = sandlot.load("soccer")
    judge, found = Judge(soccer, range(6)), play(soccer, {}, range(6))
    assert judge.alike
    red, blue = judge.points("red", found), judge.points("blue", found)
    assert list(red) == [0.5 if a == b else float(a > b) for a, b in zip(found.score["red"], found.score["blue"], strict=True)]
    assert (red + blue == 1).all()

    tag = sandlot.load("tag")
    judge, found = Judge(tag, range(6)), play(tag, {"runner": "random"}, range(6))
    assert not judge.alike
    scripted = play(tag, {}, range(6))
    assert (judge.points("chaser", scripted) == 0.5).all()
    assert list(judge.points("chaser", found)) == [
        0.5 * (1 + np.sign(a - b)) for a, b in zip(found.score["chaser"], scripted.score["chaser"], strict=True)
    ]
    assert (judge.points("chaser", found) + judge.points("runner", found) == 1).all()

    alone = loads(
        '{"format": "sandlot/1", "name": "idle", "end": {"time": 1}, "teams": {"cat": {"drive": {"type": "walk", "top_speed": 1}}}}'
    )
    result = evaluate(alone, {"cat": ["random"]}, episodes=3)
    assert result["judged_by"] is None
    assert result["matches"][0]["teams"]["cat"]["win_rate"] is None
    assert result["matches"][0]["teams"]["cat"]["score"] is None


def test_an_evaluation_can_be_kept_and_repeated(tmp_path):
    file = policy_file(tmp_path, "tag", "chaser")
    arguments = {
        "policies": {"chaser": [file, "scripted"]},
        "episodes": 5,
        "seed": 3,
        "against": ["random", {"runner": "scripted"}, {"chaser": "random"}],
    }
    tag = sandlot.load("tag", chasers=3)
    result = evaluate(tag, **arguments)
    assert json.loads(json.dumps(result)) == result
    assert evaluate(tag, **arguments, worlds=2, threads=2) == result
    assert result["params"]["chasers"] == 3
    assert len(result["policies"][file]["sha256"]) == 64
    assert [match["policies"]["chaser"] for match in result["matches"]] == [file, "scripted"]
    above = result["matches"][1]["above_first"]["chaser"]["mean"]
    scores = [match["teams"]["chaser"]["score"]["mean"] for match in result["matches"]]
    assert above == pytest.approx(scores[1] - scores[0], abs=1e-4)
    cells = result["cross_play"]["cells"]
    assert len(cells) == 2
    assert len(cells[0]) == 3
    assert cells[1][1]["chaser"]["score"] == result["matches"][1]["teams"]["chaser"]["score"]
    assert cells[1][0]["chaser"]["score"]["mean"] > cells[1][1]["chaser"]["score"]["mean"]  # a runner by chance is caught more often
    assert cells[1][2]["chaser"]["score"]["mean"] < cells[1][1]["chaser"]["score"]["mean"]  # partners by chance are no help


def test_what_the_guide_says_decides():
    result = evaluate(sandlot.load("tell_and_push"), {"guide": ["scripted", "random"]}, episodes=24)
    true, noise = (match["messages"]["speakers"]["guide_0"] for match in result["matches"])
    assert true["secret"]["right"]["beyond"] > 1.2  # of log2(3) = 1.58 bits
    assert true["secret"]["right"]["p"] < 0.01
    assert noise["secret"]["right"]["beyond"] < 0.2
    assert sum(true["symbols"]) == pytest.approx(1, abs=1e-5)
    shut = result["matches"][0]["messages"]["shut"]
    assert shut["mute"]["worker"]["high"] < 0
    assert shut["scramble"]["worker"]["high"] < 0
    with_noise = result["matches"][1]["messages"]["shut"]["scramble"]["worker"]
    assert with_noise["low"] < 0 < with_noise["high"]  # noise instead of noise


# --- leagues ---


def test_a_league_of_equal_roles():
    result = league(sandlot.load("soccer"), {"red": ["scripted", "random"], "blue": ["scripted", "random"]}, episodes=6)
    (contest,) = result["contests"]
    assert contest["policies"] == ["scripted", "random"]
    share = contest["points"][0][1]["mean"]
    assert share > 0.7
    assert contest["points"][1][0]["mean"] == pytest.approx(1 - share, abs=1e-5)  # both are rounded to six digits
    assert contest["ratings"]["scripted"]["low"] > 1000 > contest["ratings"]["random"]["high"]
    assert result["nash"][0]["mass"]["scripted"]["mean"] == pytest.approx(1, abs=1e-4)
    assert result["alpha_rank"][0]["mass"]["scripted"]["mean"] > 0.9
    assert json.loads(json.dumps(result)) == result
    assert league(sandlot.load("soccer"), {"red": ["scripted", "random"], "blue": ["scripted", "random"]}, episodes=6, worlds=2) == result


def test_a_league_of_different_roles():
    result = league(sandlot.load("tag"), {"chaser": ["random", "scripted"], "runner": ["scripted", "random"]}, episodes=6)
    assert [contest["team"] for contest in result["contests"]] == ["chaser", "runner"]
    assert [row[:2] for row in standings(result)] == [
        ("chaser", "scripted"),
        ("chaser", "random"),
        ("runner", "scripted"),
        ("runner", "random"),
    ]
    known = next(line for line in result["payoffs"] if line["policies"] == {"chaser": "scripted", "runner": "scripted"})
    assert result["value"] == {"chaser": known["teams"]["chaser"]["score"]["mean"], "runner": known["teams"]["runner"]["score"]["mean"]}
    together = league(sandlot.load("tell_and_push"), {"guide": ["scripted", "random"]}, episodes=4)
    assert together["nash"] is None  # what one wins the other wins
    assert together["alpha_rank"][0]["mass"]["scripted"]["mean"] > 0.9


def test_weights_of_a_contest_add_up_to_one():
    """Also where all policies are in one contest, but each team has an equilibrium of its own."""
    result = league(sandlot.load("soccer"), {"red": ["scripted", "random"], "blue": ["best"]}, episodes=4)
    rows = standings(result)
    assert len(rows) == 3
    for column in (3, 4):
        assert sum(row[column]["mean"] for row in rows if row[column] is not None) == pytest.approx(1, abs=1e-4)


def test_a_league_of_one_team():
    result = league(sandlot.load("spread"), {"agent": ["random", "scripted"]}, episodes=6)
    assert standings(result)[0][:2] == ("agent", "scripted")
    ratings = result["contests"][0]["ratings"]["scripted"]
    assert ratings["low"] < ratings["mean"]  # even who has won everything may lose


# --- the command line ---


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def go(line):
        capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            cli.main(shlex.split(line))
        said = capsys.readouterr()
        return int(stop.value.code or 0), said.out, said.err

    return go


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("evaluate tag --policy chasr=scripted", "no team 'chasr' (did you mean \"chaser\"?); there is chaser, runner"),
        ("evaluate tag --policy chaser=scriptd", "policy of 'chaser': no policy 'scriptd' (did you mean \"scripted\"?)"),
        ("evaluate tag --policy chaser=none.safetensors", "policy of 'chaser': none.safetensors: there is no such file"),
        ("evaluate tag --policy planer:horizon=3", "policy of 'chaser': no policy 'planer:horizon=3'"),
        ("evaluate tag --policy =x", "--policy: expected SPEC or TEAM=SPEC, got '=x'"),
        ("evaluate tag --policy scripted --against random", "against: every team has a policy already"),
        ("evaluate tag --policy runner=scripted --against runner=random", "against: team 'runner' has a policy, and a single agent"),
        ("evaluate tag --against runer=random", "no team 'runer' (did you mean \"runner\"?)"),
        ("evaluate lander --against random", "against: lander has a single agent, who meets nobody"),
        ("evaluate spread --exploit 100 --episodes 2", "exploit: spread has a single team, which nobody plays against"),
        ("evaluate soccer --split test", "--split: soccer has no 'test', no params for judging alone"),
        ("evaluate tag --split best", "--split: expected train or test, got 'best'"),
        ("evaluate tag --out nowhere/x.json", "--out: there is no folder nowhere"),
        ("evaluate tag --episodes 1", "--episodes': Input should be greater than or equal to 2"),
        ("evaluate tg", 'no library game "tg" (did you mean "tug"?)'),
        ("league tag --policy chaser=scripted", "a league needs two policies at least"),
        ("league tag --policy chasr=random", "no team 'chasr' (did you mean \"chaser\"?)"),
    ],
)
def test_bad_input_is_refused(run, line, message):
    code, _, said = run(line)
    assert code == 2
    assert message in said
    assert "Traceback" not in said


def test_a_best_response_needs_torch(run, monkeypatch):
    hide_torch(monkeypatch)
    code, _, said = run("evaluate tag --policy chaser=scripted --episodes 2 --exploit 100")
    assert code == 2
    assert said == 'sandlot: torch is not installed: pip install "sandlot[train]"\n'


def test_evaluate_prints_and_writes(run, tmp_path):
    code, out, _ = run("evaluate tag --policy chaser=scripted --policy chaser=random --against random --episodes 3 --out r.json")
    assert code == 0
    for words in (
        "win rate",
        "above the first",
        "event tagged",
        "chaser: reward close_in",
        "chaser: score against",
        "runner: random",
        "r.json: written",
    ):
        assert words in out
    code, out, _ = run("evaluate tag --policy chaser=scripted --policy chaser=random --against random --episodes 3 --json")
    assert json.loads(out) == json.loads((tmp_path / "r.json").read_text("utf-8"))
    assert "what was said" in run("evaluate tell_and_push --episodes 2")[1]


def test_league_prints_and_writes(run, tmp_path):
    code, out, _ = run("league tag --episodes 2 --out all")
    assert code == 0
    assert "alpha-rank" in out
    assert {path.name for path in (tmp_path / "all").iterdir()} == {"league.json", "payoffs.csv", "ratings.csv", "payoffs.svg"}
    lines = (tmp_path / "all" / "payoffs.csv").read_text("utf-8").splitlines()
    assert lines[0].startswith("chaser,runner,chaser score,chaser score low,")
    assert len(lines) == 1 + 3 * 3  # scripted, random and best of each
    assert run("league spread --episodes 2")[0] == 0
    assert (tmp_path / "runs" / "spread-league-1" / "payoffs.svg").exists()


# --- the leaderboard ---


class Page(HTMLParser):
    """Counts elements, and finds out whether all are closed and what is loaded."""

    def __init__(self, text):
        super().__init__()
        self.open, self.rows, self.loads = [], 0, []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.loads += [value for name, value in attrs if name in ("src", "href")]
        self.rows += tag == "tr" and ("data-game" in dict(attrs))
        if tag not in ("meta", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_stands_alone(run, tmp_path):
    run("evaluate spread --policy scripted --policy random --episodes 3 --out a.json")
    result = leaderboard.read_result("a.json")
    result["matches"][0]["policies"]["agent"] = "<b>&.safetensors"
    text = leaderboard.page([result, leaderboard.read_result("a.json")])
    parsed = Page(text)
    assert parsed.open == []
    assert parsed.loads == []
    assert parsed.rows == 4
    assert "&lt;b&gt;&amp;.safetensors" in text
    assert "<b>&.safetensors" not in text
    assert "{{" not in text
    assert ">100%<" in text
    assert ">0%<" in text
    assert "sandlot evaluate spread --set agents=3" in text


def test_the_command_shown_gives_the_numbers_shown(run):
    run("evaluate tag --policy chaser=random --episodes 3 --seed 8 --set pillars=2 --vary shaping=0:0.5 --out a.json")
    result = leaderboard.read_result("a.json")
    assert result["params"] == {"chasers": 3, "runners": 1, "pillars": 2, "shaping": {"uniform": [0.0, 0.5]}}
    command = leaderboard.command(result, result["matches"][0])
    assert json.loads(run(command.removeprefix("sandlot ") + " --json")[1]) == result


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "can't read: no such file"),
        ("{", "expected JSON"),
        ("[]", "got 'list'"),
        ('{"format": "x"}', "expected format 'sandlot-evaluation/1', got 'x'"),
    ],
)
def test_what_is_no_result_is_refused(text, message, tmp_path, capsys):
    path = tmp_path / "bad.json"
    if text is not None:
        path.write_text(text, "utf-8")
    assert leaderboard.main([str(path), "-o", str(tmp_path / "page.html")]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "page.html").exists()


def test_the_committed_page_is_what_its_results_make():
    assert {path.stem for path in RESULTS} == set(sandlot.names())
    text = leaderboard.page([leaderboard.read_result(path) for path in RESULTS])
    assert (ROOT / "docs" / "leaderboard.html").read_text("utf-8") == text, "make it anew: see docs/evaluate.md"


@pytest.mark.parametrize("name", ["lander", "spread"])
def test_committed_results_come_out_again(name):
    kept = leaderboard.read_result(ROOT / "docs" / "results" / f"{name}.json")
    found = evaluate(
        sandlot.load(name),
        {team: ["scripted", "random"] for team in sandlot.load(name).teams},
        episodes=kept["seeds"]["count"],
        seed=kept["seeds"]["first"],
    )
    if found["scenario_hash"] != kept["scenario_hash"]:
        pytest.skip("the game has changed since: make the results anew, as docs/evaluate.md says")
    assert found["matches"] == kept["matches"][:2]  # a network's are the same only with the same NumPy


# --- the document ---

COMMANDS = [
    line
    for block in re.findall(r"^```bash\n(.*?)^```$", (ROOT / "docs" / "evaluate.md").read_text("utf-8"), re.M | re.S)
    for line in block.splitlines()
]


@pytest.mark.parametrize(
    "line", [line for line in COMMANDS if line.startswith("sandlot ") and "--exploit" not in line and "runs/" not in line]
)
def test_the_documents_commands_work(run, line):
    line = line.split("#")[0]
    assert run(re.sub(r"--episodes \d+", "", line.removeprefix("sandlot ")) + " --episodes 2")[0] == 0
