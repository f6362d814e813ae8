"""Notes of what agents see badly: squashed, coarse, one way only."""

import math

from ..checks.report import Report
from ..facts.ranges import Ranges
from ..model.numbers import reach
from ..model.scenario import Scenario
from ..model.senses import ObjectSense, RaySense, SelfSense
from ..model.shoot import STATE as AMMO
from .used import seen_states, senses_of

_COARSE = 100
"""A thing should be as many times wider than what float32 tells apart."""
_STEERED = ("tank", "rocket", "car")


def _shown(scenario: Scenario, key: tuple[str, str]) -> bool:
    """Return whether agents see a state variable, or what comes of a top_speed."""
    kind, variable = key
    if variable != "top_speed":
        return key in seen_states(scenario)
    for team, _, sense in senses_of(scenario):
        if isinstance(sense, SelfSense) and team == kind and "velocity" in scenario.self_fields(team, sense):
            return True
        if isinstance(sense, ObjectSense) and kind in (team, sense.of) and {"velocity", "motion"} & {*scenario.object_fields(sense)}:
            return True
    return False


def boundless_numbers(report: Report) -> None:
    """What agents see and rules may take beyond all bounds: it is squashed, since nothing says how great it gets."""
    scenario, ranges = report.scenario, Ranges(report.scenario)
    if scenario.world.observations == "raw":
        return
    for kind in scenario.kinds:
        for variable in (*scenario.states_of(kind), "top_speed"):
            if variable == "top_speed" and variable not in scenario.driven_fields(kind):
                continue
            if ranges.is_bounded(kind, variable) or not _shown(scenario, (kind, variable)):
                continue
            by = ranges.loosened_by(kind, variable)
            if variable in scenario.kind(kind).state:
                low, high = (f"{end:g}" if abs(end) < float("inf") else "..." for end in ranges.of(kind, variable))
                advice = f'{{ "default": ..., "min": {low}, "max": {high} }} gives it a range'
                report.complain(
                    (scenario.section_of(kind), kind, "state", variable),
                    f'agents see "{variable}" squashed, as "{by[1]}" may take it beyond all bounds: {advice}',
                    at_key=True,
                )
            else:
                what = "it" if variable == AMMO else "velocities"
                report.complain(
                    by, f'this may take "{variable}" beyond all bounds, so agents see {what} squashed: clamp(...) keeps it', at_key=True
                )


def coarse_places(report: Report) -> None:
    """Worlds so large that at their edge places are too far apart for the things in them."""
    scenario = report.scenario
    half = max(scenario.world.size) / 2
    step = 2.0 ** (math.floor(math.log2(half)) - 23)  # float32 has 24 bits
    for kind in scenario.kinds:
        thing = scenario.kind(kind)
        width = min(
            [*(reach(side)[0] for side in thing.size), math.inf] if thing.shape == "box" else [2 * reach(thing.radius)[0] or math.inf]
        )
        if thing.moves and thing.count and step > width / _COARSE:
            report.complain(
                ("world", "size"),
                f'at {half:g} m from the centre places are {step:.2g} m apart, which is coarse for a "{kind}" of {width:.2g} m',
            )
            return


def stiff_views(report: Report) -> None:
    """Fields of view, and shots ahead, of what moves about but never turns."""
    scenario = report.scenario
    for team, index, sense in senses_of(scenario):
        if isinstance(sense, ObjectSense | RaySense) and sense.fov_deg is not None and sense.fov_deg < 360 and _is_stiff(scenario, team):
            report.complain(("teams", team, "sees", index, "fov_deg"), f"{_stiff(scenario, team)}, so this field of view looks one way")
    for team, who in scenario.teams.items():
        if who.shoot is not None and who.shoot.aim != "free" and _is_stiff(scenario, team):
            report.complain(
                ("teams", team, "shoot"), f'{_stiff(scenario, team)}, so it shoots one way; "aim": "free" lets it choose', at_key=True
            )


def _stiff(scenario: Scenario, team: str) -> str:
    drive = scenario.teams[team].drive
    return f'"{team}" doesn\'t turn by itself (drive "{drive.type if drive is not None else ""}")'


def _is_stiff(scenario: Scenario, team: str) -> bool:
    """Return whether a team can go about, but nothing in the game is there to turn it."""
    who = scenario.teams[team]
    if who.drive is None or who.drive.type in (*_STEERED, "motor") or who.spin_deg_per_s != 0.0:
        return False
    turned = any(
        scenario.meant(rule, word) == team and variable in ("angle_deg", "spin_deg_per_s")
        for rule in scenario.rules.values()
        for word, _, variable in (target.partition(".") for target in (*rule.do.set, *rule.do.add))
    )
    joined = any(team == end.partition(".")[0] for joint in scenario.joints.values() for end in joint.between)
    return not (turned or joined or scenario.holders_of(team))
