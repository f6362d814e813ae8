"""Teams shoot: flight, hits, who is paid, ammunition, pools; against mechanics done by hand."""

import json
import math

import numpy as np
import pytest
from scenes import Bench

from sandlot.agents.evaluation.notes import notes_on
from sandlot.envs.core.vector import VectorEnv
from sandlot.envs.kernels.world.layout.things import Body
from sandlot.scenarios import ScenarioError, loads

BALL = {"radius": 0.1, "mass": 0.2, "friction": 0, "drag": 0}
SHOOT = {"projectile": "ball", "speed": 10, "cooldown": 0.5}


def range_of(shoot=None, things=None, blue=None, red=None, rules=None, worlds=1, **world) -> Bench:
    """A red shooter at the origin that looks along x, and a blue target."""
    teams = {
        "red": {"at": [0, 0], "radius": 0.3, "body": "static", "shoot": SHOOT | (shoot or {})} | (red or {}),
        "blue": {"at": [5, 0], "radius": 0.4, "mass": 3, "friction": 0, "drag": 0} | (blue or {}),
    }
    return Bench({"ball": BALL} | (things or {}), worlds, teams=teams, rules=rules, **({"size": [40, 40]} | world))


def fire(bench: Bench, decisions: int, **extra) -> None:
    bench.run(decisions, {"red": [1.0, *extra.get("aim", ())]})


def flying(bench: Bench) -> np.ndarray:
    return bench.get("ball", Body.ALIVE)


# --- flight -----------------------------------------------------------------------------------------------------------------------------------


def test_a_shot_starts_at_the_shooter_and_flies_on() -> None:
    bench = range_of(red={"angle_deg": 90, "body": "dynamic", "velocity": [3, 0], "drag": 0, "friction": 0})
    fire(bench, 1)
    bench.run(59)
    assert flying(bench).tolist() == [[1, 0, 0, 0]]
    assert bench.velocity("ball")[0, 0] == pytest.approx([3, 10], abs=1e-5)  # the shooter's velocity on top
    assert bench.xy("ball")[0, 0] == pytest.approx([3, 10], abs=1e-4)


@pytest.mark.parametrize("per_second", [10, 60])
def test_it_falls_as_it_should(per_second: int) -> None:
    bench = range_of(red={"angle_deg": 30}, blue={"at": [0, 15]}, gravity=9.81, decisions_per_second=per_second, substeps=16)
    fire(bench, 1)
    bench.run(per_second - 1)
    want = [10 * math.cos(math.pi / 6), 10 * math.sin(math.pi / 6) - 9.81 / 2]
    assert bench.xy("ball")[0, 0] == pytest.approx(want, abs=9.81 / (2 * 16 * per_second) + 1e-3)  # semi-implicit: g h t / 2 too low


def test_spread_stays_within_its_angle_and_uses_it() -> None:
    bench = range_of({"spread_deg": 30}, worlds=200, blue={"at": [0, 15]})
    fire(bench, 1)
    angle = np.degrees(np.arctan2(*np.moveaxis(bench.velocity("ball")[:, 0], -1, 0)[::-1]))
    assert np.abs(angle).max() <= 15.01
    assert np.abs(angle).max() > 13
    assert abs(angle.mean()) < 2


def test_free_aim_goes_where_the_action_points() -> None:
    bench = range_of({"aim": "free"}, blue={"at": [0, 15]})
    fire(bench, 1, aim=(-0.3, -0.4))
    assert bench.velocity("ball")[0, 0] == pytest.approx([-6, -8], abs=1e-5)


def test_a_shot_is_gone_after_its_lifetime() -> None:
    bench = range_of({"lifetime": 0.5}, blue={"at": [0, 15]})
    fire(bench, 1)
    bench.run(28)
    assert flying(bench)[0, 0] == 1
    bench.run(1)
    assert flying(bench)[0, 0] == 0
    assert bench.xy("ball")[0, 0] == pytest.approx([0, 0])  # absent ones are all alike


# --- hits -------------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("on_hit", ["vanish", "bounce"])
@pytest.mark.parametrize("bounce", [0.0, 0.6, 1.0])
@pytest.mark.parametrize("speed", [5, 30, 100])
@pytest.mark.parametrize("knock", [0.0, 4.0])
def test_what_is_hit_takes_the_momentum(on_hit: str, bounce: float, speed: float, knock: float) -> None:
    bench = range_of({"on_hit": on_hit, "speed": speed, "knock_back": knock}, {"ball": BALL | {"bounce": bounce}}, walls="open")
    fire(bench, 1)
    bench.run(75)
    want = (1 + bounce) * 0.2 / 3.2 * speed + knock / 3
    assert bench.velocity("blue")[0, 0] == pytest.approx([want, 0], rel=1e-3, abs=1e-4)
    assert flying(bench)[0, 0] == (on_hit == "bounce")
    if on_hit == "bounce":
        assert bench.velocity("ball")[0, 0, 0] == pytest.approx(speed - (1 + bounce) * 3 / 3.2 * speed, rel=1e-3, abs=2e-3)


def test_a_shot_that_vanishes_hits_one_thing_once() -> None:
    """Two targets side by side, and the shot goes between them."""
    rules = {"hit": {"when": {"touch": ["ball", "blue"]}}}
    bench = range_of(blue={"count": 2, "at": [[5, 0.39], [5, -0.42]]}, rules=rules)
    env = bench.env
    hits = 0.0
    for k in range(60):
        hits += env.step({"red": np.full((1, 1, 1), float(k == 0), np.float32), "blue": np.zeros((1, 2), np.int64)})[4]["event/hit"][0]
    assert hits == 1
    assert bench.get("blue", Body.VX)[0, 1] == 0


def test_every_shot_of_a_machine_gun_counts() -> None:
    """The same projectile is shot again in the decision after it hit: that is another hit."""
    rules = {"hit": {"when": {"touch": ["ball", "blue"]}, "do": {"add": {"blue.hits": 1}}}}
    bench = range_of(
        {"cooldown": 0.1, "pool": 1, "speed": 50},
        blue={"at": [2, 0], "body": "static", "state": {"hits": 0}},
        rules=rules,
        decisions_per_second=10,
    )
    env, hits = bench.env, 0.0
    for _ in range(20):
        info = env.step({"red": np.ones((1, 1, 1), np.float32), "blue": np.zeros((1, 1), np.float32)})[4]
        hits += info["event/hit"][0]
    assert hits == 20


def test_no_wall_is_thin_enough_to_shoot_through_from_beside_it() -> None:
    wall = {"shape": "box", "size": [0.01, 10], "at": [0.31, 0], "body": "static"}
    bench = range_of({"speed": 100}, {"wall": wall})
    for _ in range(30):
        fire(bench, 1)
        assert bench.xy("ball")[0, :, 0].max() < 0.31
    assert bench.speed("blue")[0, 0] == 0


# --- who is paid ------------------------------------------------------------------------------------------------------------------------------

DUEL = {
    "format": "sandlot/1", "name": "duel", "world": {"size": [20, 20], "decisions_per_second": 20},
    "things": {"ball": BALL},
    "teams": {
        "red": {"count": 2, "at": [[-3, 0], [-3, 4]], "body": "static", "radius": 0.3, "state": {"kills": 0}, "shoot": SHOOT | {"ammo": 3, "speed": 20},
                "sees": [{"self": ["ammo", "cooldown"]}, {"of": "ball", "nearest": 1, "fields": ["offset", "velocity"]}]},
        "blue": {"count": 2, "at": [[3, 0], [3, -4]], "radius": 0.3, "mass": 5, "sees": [{"of": "ball", "nearest": 1}]},
    },
    "rules": {"hit": {"when": {"touch": ["ball", "blue"]}, "do": {"add": {"ball.owner.kills": 1}}}, "own": {"when": {"touch": ["ball", "red"]}}},
    "rewards": {"red": {"hit": 1, "kills": "= self.kills"}, "blue": {"hit": -1}},
    "baseline": {"red": {"fire": "= dist(self, nearest(blue)) < 7"}},
}  # fmt: skip


def play(env: VectorEnv, decisions: int, fires: tuple[float, float]):
    """Sums of rewards by term and team, and of events."""
    sums: dict[tuple[str, str], np.ndarray] = {}
    events: dict[str, float] = {}
    idle = np.zeros((env.num_envs, 2), np.int64)
    for _ in range(decisions):
        red = np.broadcast_to(np.array(fires, np.float32)[:, None], (env.num_envs, 2, 1))
        obs, _, _, _, info = env.step({"red": red, "blue": idle})
        for key, value in info.items():
            if key.startswith("reward/"):
                for team, values in value.items():
                    sums[key[7:], team] = sums.get((key[7:], team), 0) + values[0]
            elif key.startswith("event/"):
                events[key[6:]] = events.get(key[6:], 0.0) + value[0]
    return sums, events, obs, info


def test_the_shooter_is_paid_and_the_victim_pays() -> None:
    env = VectorEnv(loads(json.dumps(DUEL)), 2)
    env.reset(seed=0)
    sums, events, _, _ = play(env, 12, (1, 1))
    assert events == {"hit": 1, "own": 0}  # red_1 shoots past; nobody meets its own shot
    assert sums["hit", "red"].tolist() == [1, 0]
    assert sums["hit", "blue"].tolist() == [-1, 0]
    assert sums["kills", "red"][0] > 0
    assert sums["kills", "red"][1] == 0


def test_ammunition_and_cooldown_run_down_and_are_seen() -> None:
    env = VectorEnv(loads(json.dumps(DUEL)), 1)
    obs, _ = env.reset(seed=0)
    names = [name for name, _ in env.observation_names("red")]
    ammo, wait, there = (names.index(name) for name in ("self.ammo", "self.cooldown", "ball[nearest 0].present"))
    assert obs["red"][0, :, [ammo, wait, there]].T.tolist() == [[1, 0, 0], [1, 0, 0]]
    _, _, obs, _ = play(env, 1, (0, 1))
    assert obs["red"][0, 1, [ammo, wait]] == pytest.approx([2 / 3, 1])
    assert obs["red"][0, 0, there] == 1
    shots = 1
    for k in range(1, 60):
        _, _, obs, _ = play(env, 1, (0, 1))
        shots += k in (10, 20)  # every half second, until all three are gone
        assert obs["red"][0, 1, ammo] == pytest.approx(1 - shots / 3)
    assert shots == 3


def test_rules_give_ammunition() -> None:
    game = json.loads(json.dumps(DUEL))
    game["rules"]["found"] = {"when": {"at": 1}, "do": {"add": {"red.ammo": 2}}}
    env = VectorEnv(loads(json.dumps(game)), 1)
    env.reset(seed=0)
    _, _, obs, _ = play(env, 25, (0, 0))
    assert obs["red"][0, :, 0] == pytest.approx([1, 1])  # 5 of 3 at the start, clamped


def test_an_empty_pool_is_counted() -> None:
    game = json.loads(json.dumps(DUEL))
    game["teams"]["red"]["shoot"] |= {"pool": 1, "cooldown": 0, "lifetime": 1, "ammo": None}
    scenario = loads(
        json.dumps(game | {"end": {"time": 5}, "rules": {}, "rewards": {}, "baseline": {}, "teams": game["teams"]}).replace('"ammo", ', "")
    )
    env = VectorEnv(scenario, 1)
    env.reset(seed=0)
    info = play(env, 10, (0, 1))[3]
    assert info["unfired"][0] == 9  # one shot flies, nine were asked for in vain
    assert any("unfired" in note.message and note.path == "$.teams.red.shoot" for note in notes_on(scenario))


# --- doors ------------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("drive", "aim", "says", "want"), [
    (None, "heading", None, [2]), ("tank", "heading", None, [9, 2]), ("walk", "free", None, [9, 9]), ("walk", "free", {"symbols": 3}, [9, 9, 3]),
])  # fmt: skip
def test_discrete_choices(drive, aim, says, want) -> None:
    team = {"at": [0, 0], "radius": 0.3, "shoot": SHOOT | {"aim": aim}}
    team |= ({"drive": {"type": drive}} if drive else {}) | ({"says": says} if says else {})
    env = VectorEnv(
        loads(json.dumps({"format": "sandlot/1", "name": "a", "things": {"ball": BALL}, "teams": {"red": team}})), 1, actions="discrete"
    )
    space = env.action_space("red")
    assert (list(space.nvec) if hasattr(space, "nvec") else [space.n]) == want
    env.reset(seed=0)
    choice = np.zeros((1, 1, len(want)) if len(want) > 1 else (1, 1), np.int64)
    shoot = 0 if drive is None else 1
    choice[..., shoot] = 7 if aim == "free" else 1  # 7: south
    if says:
        choice[..., 2] = 2
    if len(want) == 1:
        choice[:] = 1
    env.step({"red": choice})
    rows = env._state.rows[0, :, 0]
    ball = env.game.names.first["ball"] * Body.ROWS
    assert rows[ball + Body.ALIVE] == 1
    assert rows[[ball + Body.VX, ball + Body.VY]] == pytest.approx([0, -10] if aim == "free" else [10, 0], abs=1e-5)
    said = rows[env.game.names.first["red"] * Body.ROWS + Body.SAID]
    assert said == (2 if says else -1)


@pytest.mark.parametrize("actions", ["continuous", "discrete"])
def test_a_baseline_fires_when_its_condition_holds(actions: str) -> None:
    env = VectorEnv(loads(json.dumps(DUEL)), 1, actions=actions)
    env.reset(seed=0)
    chosen = env.scripted_actions()["red"].reshape(-1)
    assert (chosen > 0).tolist() == [True, False]  # blue is 6 m and 7.2 m away


def test_shots_don_t_depend_on_neighbours() -> None:
    """Worlds in which others shoot at other times have the bits that they have alone."""
    game = json.loads(json.dumps(DUEL))
    game["world"] |= {"gravity": 3}
    game["teams"]["red"] |= {"body": "dynamic", "drive": {"type": "tank"}}
    game["teams"]["red"]["shoot"] |= {"on_hit": "bounce", "cooldown": 0.1, "ammo": 50, "spread_deg": 60}
    text = json.dumps(game)

    def story(num_envs, lane, seed):
        env = VectorEnv(loads(text), num_envs)
        env.reset(seed=seed)
        draws = [np.random.default_rng(seed + k) for k in range(num_envs)]
        for _ in range(80):
            red = np.stack([rng.uniform(-1, 1, (2, 3)).astype(np.float32) for rng in draws])
            env.step({"red": red, "blue": np.zeros((num_envs, 2), np.int64)})
        return env.state_hash(lane)

    assert story(20, 3, 5) == story(1, 0, 8)
    assert story(20, 18, 5) == story(1, 0, 23)


# --- the language -----------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("change", "message"), [
    ({"teams": {"red": {"shoot": {"projectile": "bal"}}}}, 'there is no thing "bal" (did you mean "ball"?)'),
    ({"things": {"ball": {"count": 3}}}, "there are 8 of this projectile, the pools of all who shoot it; leave count out"),
    ({"things": {"ball": {"body": "sensor"}}}, "a projectile is dynamic, this is sensor"),
    ({"things": {"ball": {"place": {"in": "world"}}}}, "a projectile is not in the world until it is shot"),
    ({"things": {"ball": {"solid_if": "= true"}}}, "a projectile is always solid"),
    ({"things": {"ball": {"state": {"owner": 1}}}}, '"owner" is who shot it; choose another name'),
    ({"teams": {"red": {"state": {"ammo": 1}}}}, 'a team that shoots has "ammo" already; choose another name'),
    ({"teams": {"red": {"shoot": {"pool": 65}}}}, "expected a whole number from 1 to 64 (MAX_POOL), got 65"),
    ({"rules": {"hit": {"do": {"add": {"ball.owner.kils": 1}}}}}, 'no state variable "kils" (did you mean "kills"?)'),
    ({"rules": {"own": {"when": {"start": True, "touch": None}, "do": {"add": {"ball.owner.kills": 1}}}}}, "so there is no owner to speak of"),
    ({"teams": {"blue": {"sees": [{"self": ["cooldown"]}]}}}, '"blue" has no field "cooldown" to see'),
])  # fmt: skip
def test_what_is_wrong_is_said(change, message) -> None:
    def over(old, new):
        out = dict(old)
        for key, value in new.items():
            if value is None:
                out.pop(key, None)
            else:
                out[key] = over(out[key], value) if isinstance(value, dict) and isinstance(out.get(key), dict) else value
        return out

    with pytest.raises(ScenarioError) as caught:
        loads(json.dumps(over(DUEL, change)))
    assert message in str(caught.value)


def test_what_show_full_writes_loads_again() -> None:
    from sandlot.agents.cli.show import full_text

    assert loads(full_text(loads(json.dumps(DUEL)))).states_of("red")["ammo"] == 3


def test_friendly_fire_is_told_apart() -> None:
    game = json.loads(json.dumps(DUEL))
    game["teams"]["blue"]["shoot"] = SHOOT
    game["rules"] = {"hit": {"when": {"touch": ["ball", "blue"], "if": "= ball.owner == nearest(red)"}}}
    loads(json.dumps(game | {"rewards": {}}))
