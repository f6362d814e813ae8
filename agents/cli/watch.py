"""`sandlot watch` and `sandlot play`: a match in a window, or as films."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import typer

from ...scenarios import Scenario
from ...scenarios.text.problems import suggestion
from ..play.keyboard import Hand, keyboard_hand
from ..play.match import Match, PolicyError, Report, parse_policies
from .options import FAILED, console, fail, plain


def watch(
    scenario: Scenario,
    policies: Mapping[str, str],
    seed: int,
    episodes: int | None,
    out: Path,
    film: bool,
    width: int,
) -> None:
    """Show a match: in a window where there is a display, else as films in a folder."""
    match = _match(scenario, policies, seed)
    from ...envs.view.window import NoDisplayError, has_display

    reason = "" if film else "no display"
    if has_display() and not film:
        try:
            _show(match, episodes)
        except NoDisplayError as error:  # one is named, but it isn't there
            reason, match = str(error), _match(scenario, policies, seed)
        else:
            return
    _write(match, episodes or 1, out, width, reason)


def play(scenario: Scenario, team: str, policies: Mapping[str, str], seed: int) -> None:
    """Let a person play the first agent of a team."""
    if team not in scenario.teams:
        fail(f"--as: no team {team!r}{suggestion(team, scenario.teams)}")
    if team not in scenario.acting_teams:
        fail(f"--as: {team!r} has nobody who could act")
    from ...envs.view.keyboard import KeyboardPilot
    from ...envs.view.window import NoDisplayError, Window, has_display

    if not has_display():
        fail("play needs a display, and there is none; `sandlot watch` works without", FAILED)
    pilot = KeyboardPilot()
    person = keyboard_hand(scenario, team, lambda: pilot.read())
    match = _match(scenario, {**policies, team: "scripted"}, seed, {team: person})
    match.policies[team] = "you"
    match.begin()
    try:
        with Window(match.scene) as window:
            pilot = KeyboardPilot(window=window)
            _run(match, window, None)
    except NoDisplayError as error:
        fail(str(error), FAILED)


def _match(scenario: Scenario, policies: Mapping[str, str], seed: int, hands: Mapping[str, Hand] | None = None) -> Match:
    try:
        return Match(scenario, parse_policies(scenario, policies), seed, hands)
    except PolicyError as error:
        fail(f"--policy: {error}")


def _show(match: Match, episodes: int | None) -> None:
    from ...envs.view.window import Window

    match.begin()
    with Window(match.scene) as window:
        _run(match, window, episodes)


def _run(match: Match, window: "object", episodes: int | None) -> None:
    """Play episodes in an open window (the first has begun) until it is closed or they are done."""
    from ...envs.view.window import Window

    assert isinstance(window, Window)
    played, frame = 0, match.env.frame(0)
    while window.show(frame):
        following = match.step()
        if window.take_restart():
            following = match.begin(match.report.seed)
            window.scene = match.scene
        elif following is None:
            print_report(match.report)
            played += 1
            if episodes is not None and played >= episodes:
                return
            following = match.begin()
            window.scene = match.scene
        frame = following


def _write(match: Match, episodes: int, out: Path, width: int, reason: str) -> None:
    """Write films, and say why rather than a window, if there is a reason."""
    name = match.scenario.name
    stems = [name if number == 1 else f"{name}_{number}" for number in range(1, episodes + 1)]
    _try_files(out, stems)
    if reason:
        typer.echo(f"{reason}: writing a film", err=True)
    for stem in stems:
        film = match.film()
        try:
            paths = [film.save_html(out / f"{stem}.html"), film.save_webp(out / f"{stem}.webp", width=width)]
        except OSError as error:
            fail(str(error), FAILED)
        for path in paths:
            typer.echo(str(path))
        print_report(match.report)


def _try_files(out: Path, stems: Sequence[str]) -> None:
    """Find out before a film is played and painted whether it can be written."""
    from ...envs.files import check_writable
    from ..records import make_folder

    try:
        make_folder(out)
        for path in [out / f"{stem}{kind}" for stem in stems for kind in (".html", ".webp")]:
            if path.is_dir() or path.stem == stems[0]:
                check_writable(path)
    except OSError as error:
        fail(f"--out: {error}", FAILED)


def print_report(report: Report) -> None:
    """Say what happened: how it ended, who scored, what fired, what was paid."""
    from rich.table import Table

    screen = console()
    fired = ", ".join(f"{name} {times}" for name, times in report.events.items()) or "none"
    end = "not over yet" if report.end == "stopped" else f"ended by {report.end}"
    screen.print(f"{report.game}, seed {report.seed}: {report.seconds:.1f} s, {end}; events: {fired}", markup=False)
    table = Table("team", "policy", "score", "reward (mean of its agents)", "by term", box=None, pad_edge=False, header_style="dim")
    for team, policy in report.policies.items():
        terms = report.reward.get(team, {})
        score = f"{report.score[team] + 0.0:g}" if team in report.score else "-"
        by_term = ", ".join(f"{name} {value:.4g}" for name, value in terms.items())
        table.add_row(team, plain(policy), score, f"{sum(terms.values()):.4g}", by_term)
    screen.print(table)
