"""A page of results that needs no server: `python -m sandlot.agents.leaderboard docs/results/*.json -o docs/leaderboard.html`."""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, TypeAlias

from ..scenarios.text.problems import counted
from . import records
from .evaluation.evaluate import FORMAT, worth_in

Numbers: TypeAlias = dict[str, float]


class ResultError(ValueError):
    """A file that is no result of an evaluation: which, what was expected, what came."""


@dataclass(frozen=True)
class Row:
    """One team in one match.

    Attributes:
        result: The evaluation.
        match: One combination of policies in it.
        team: Whose numbers these are.
    """

    result: Mapping[str, Any]
    match: Mapping[str, Any]
    team: str

    @property
    def policy(self) -> str:
        """Who played it."""
        return str(self.match["policies"][self.team])

    @property
    def others(self) -> dict[str, str]:
        """Who played the other teams."""
        return {team: spec for team, spec in self.match["policies"].items() if team != self.team}

    @property
    def worth(self) -> Numbers:
        """What it is judged by."""
        return worth_in(self.match, self.team)

    @property
    def place(self) -> tuple[str, ...]:
        """What has to be equal for two scores to be comparable: game, params, split, team."""
        result = self.result
        return (result["game"], result["scenario_hash"], json.dumps([result["params"], result["split"]], sort_keys=True), self.team)


def read_result(path: str | Path) -> dict[str, Any]:
    """Read what `sandlot evaluate --out` wrote.

    Raises:
        ResultError: It is something else.
    """
    return records.read_result(Path(path), FORMAT, ResultError)


def page(results: Sequence[Mapping[str, Any]]) -> str:
    """The leaderboard as one HTML file, which loads nothing."""
    rows = [Row(result, match, team) for result in results for match in result["matches"] for team in match["teams"]]
    games = sorted({row.result["game"] for row in rows})
    spans: dict[tuple[str, ...], tuple[float, float]] = {}
    for row in rows:
        low, high = spans.get(row.place, (row.worth["low"], row.worth["high"]))
        spans[row.place] = min(low, row.worth["low"]), max(high, row.worth["high"])
    rows.sort(key=lambda row: (row.place, *row.others.values(), -row.worth["mean"]))
    head = "".join(
        f'<th{" class=number" if numbers else ""}><button>{name}</button></th>'
        for name, numbers in (("game", False), ("team", False), ("policy", False), ("others", False), ("score", True), ("of scripted", True),
                              ("win rate", True), ("return", True), ("decisions", True), ("more", False))
    )  # fmt: skip
    parts = {
        "files": f"{len(results)} evaluations",
        "games": "".join(f"<option>{escape(game)}</option>" for game in games),
        "head": head,
        "rows": "\n".join(_row(row, _of_scripted(row, rows), spans[row.place]) for row in rows),
    }
    text = Path(__file__).with_name("leaderboard.html").read_text("utf-8")
    for name, part in parts.items():
        text = text.replace("{{" + name + "}}", part)
    return text


def _of_scripted(row: Row, rows: Sequence[Row]) -> float | None:
    """0 for what random actions reach against the same others, 1 for what the script does."""
    known = {one.policy: one.worth["mean"] for one in rows if one.place == row.place and one.others == row.others}
    if not {"scripted", "random"} <= known.keys() or known["scripted"] == known["random"]:
        return None
    return (row.worth["mean"] - known["random"]) / (known["scripted"] - known["random"])


def _row(row: Row, share: float | None, span: tuple[float, float]) -> str:
    found, trained = row.match["teams"][row.team], row.result["policies"].get(row.policy, {}).get("trained", {})
    how = " ".join(str(trained[key]) for key in ("algorithm", "agent_decisions") if key in trained)
    others = ", ".join(f"{team}: {spec}" for team, spec in row.others.items())
    game = str(row.result["game"])
    cells = [
        _word(game, f"v{row.result['version']}" + (f", {row.result['split']}" if row.result["split"] else "")), _word(row.team), _word(row.policy, how),
        _word(others), _number(row.worth, span), _plain(share), _number(found["win_rate"], (0.0, 1.0)), _number(found["return"]), _number(row.match["length"]),
        f'<td data-sort="{row.result["seeds"]["count"]}">{_more(row)}</td>',
    ]  # fmt: skip
    return f'<tr data-game="{escape(game)}" data-policy="{escape(row.policy)}">{"".join(cells)}</tr>'


def _word(word: str, small: str = "") -> str:
    return f'<td data-sort="{escape(word)}">{escape(word)}{f"<small>{escape(small)}</small>" if small else ""}</td>'


def _plain(share: float | None) -> str:
    return (
        '<td class="number" data-sort="">&ndash;</td>' if share is None else f'<td class="number" data-sort="{share:.6g}">{share:.0%}</td>'
    )


def _number(found: Numbers | None, span: tuple[float, float] | None = None) -> str:
    """A mean, its interval, and where both lie in a span."""
    if found is None:
        return _plain(None)
    bar = ""
    if span is not None and span[1] > span[0]:
        low, mean, high = (100 * (found[key] - span[0]) / (span[1] - span[0]) for key in ("low", "mean", "high"))
        bar = f'<div class="range"><i style="left:{low:.1f}%;width:{high - low:.1f}%"></i><b style="left:{mean:.1f}%"></b></div>'
    ends = f"{_short(found['low'])} to {_short(found['high'])}"
    return f'<td class="number" data-sort="{found["mean"]}">{_short(found["mean"])}<small>{ends}</small>{bar}</td>'


def _short(number: float) -> str:
    return f"{number:.3g}".replace("-", "\u2212")


def _more(row: Row) -> str:
    found, match = row.match["teams"][row.team], row.match
    lines = [("ended by", ", ".join(f"{end} {share:.0%}" for end, share in match["ends"].items()))]
    lines += [(f"event {rule}", _short(value["mean"])) for rule, value in match["events"].items()]
    lines += [(f"reward {term}", _short(value["mean"])) for term, value in found["reward"].items()]
    lines += list(_heard(match))
    lines += list(_exploited(row))
    lines += [(name, value["sha256"][:16]) for name, value in _files(row).items()]
    table = "".join(f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in lines)
    hashed = escape(str(row.result["scenario_hash"])[:16])
    return (
        f"<details><summary>{counted(row.result['seeds']['count'], 'episode')}</summary><table>{table}</table>"
        f"<code>{escape(command(row.result, match))}</code><small>sandlot {escape(row.result['sandlot'])}, game {hashed}</small></details>"
    )


def _heard(match: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for agent, said in match.get("messages", {}).get("speakers", {}).items():
        for secret, bits in said["secret"].items():
            yield f"{agent} tells of {secret}", f"{bits['beyond']:.2f} bits"


def _exploited(row: Row) -> Iterator[tuple[str, str]]:
    """What a best response has gained against this policy."""
    for one in row.result.get("exploit", []):
        if row.team in one["policies"] and one["policies"].items() <= row.match["policies"].items():
            yield (
                f"{one['team']} that learnt against it gained",
                f"{_short(one['gain'][one['team']]['mean'])} in {one['agent_decisions']:,} decisions",
            )


def _files(row: Row) -> dict[str, Any]:
    known = row.result["policies"].get(row.policy, {})
    return (
        {row.policy: known}
        if "sha256" in known
        else {name: one for name, one in known.items() if isinstance(one, dict) and "sha256" in one}
    )


def command(result: Mapping[str, Any], match: Mapping[str, Any]) -> str:
    """What to run to see a match's numbers again."""
    options: list[tuple[str, Any]] = []
    for name, value in result["params"].items():
        if not isinstance(value, dict):
            options.append(("--set", f"{name}={json.dumps(value)}"))
        elif not result["split"]:  # the split says how others vary
            options += [
                ("--vary", f"{name}={mark.join(map(json.dumps, value[way]))}")
                for way, mark in (("uniform", ":"), ("one_of", ","))
                if way in value
            ]
    options += [("--policy", f"{team}={spec}") for team, spec in match["policies"].items()]
    options += [("--split", result["split"])] if result["split"] else []
    options += [("--episodes", result["seeds"]["count"]), ("--seed", result["seeds"]["first"])]
    return records.pasted("sandlot", "evaluate", result.get("file", result["game"]), *(word for option in options for word in option))


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the page; exit code 2 for files that are no results."""
    parser = argparse.ArgumentParser(
        prog="python -m sandlot.agents.leaderboard", description="Make a page of what `sandlot evaluate --out` wrote."
    )
    parser.add_argument("results", nargs="+", type=Path, help="JSON files")
    parser.add_argument("-o", "--out", type=Path, default=Path("leaderboard.html"), help="the page (default: leaderboard.html)")
    given = parser.parse_args(arguments)
    try:
        text = page([read_result(path) for path in given.results])
        records.write_text(given.out, text)
    except (ResultError, OSError) as error:
        print(f"sandlot: {error}", file=sys.stderr)
        return 2
    print(f"{given.out}: written, {len(given.results)} evaluations")
    return 0


if __name__ == "__main__":
    sys.exit(main())
