"""Things and teams that are `like` others, merged over them."""

from collections.abc import Mapping

from ..text.limits import MAX_KINDS
from ..text.problems import ScenarioError, shown, suggestion
from ..text.tree import Tree
from .merge import merge_trees, without
from .resolved import Resolved

_TEAM_KEYS = ("drive", "hands", "shoot", "says", "sees")


def check_kind_count(tree: Tree) -> None:
    """Ask how many kinds there are before anything looks at each of them beside the others."""
    sections = [section for key in ("things", "teams") if (section := tree.get(key)) is not None and isinstance(section.value, dict)]
    kinds = sum(len(section.value) for section in sections)
    if kinds > MAX_KINDS:
        last = sections[-1]
        message = f"{kinds} kinds of things and teams, at most {MAX_KINDS} (MAX_KINDS)"
        raise ScenarioError([last.problem("$.teams" if last is tree.get("teams") else "$.things", message)])


def copy_likes(resolved: Resolved) -> None:
    """Merge every thing and team over the one it is like, in place."""
    kinds: dict[str, Tree] = {}
    sections: dict[str, dict[str, Tree]] = {}
    for section in ("things", "teams"):
        tree = resolved.tree.get(section)
        sections[section] = dict(tree.members()) if tree else {}
        kinds.update(sections[section])
    done: dict[str, Tree] = {}
    for section, members in sections.items():
        tree = resolved.tree.get(section)
        if tree is None or not isinstance(tree.value, dict):
            continue
        for name in members:
            copied = _like(name, kinds, done, resolved)
            members[name] = without(copied, *_TEAM_KEYS) if _is_copy_of_team(section, kinds[name], sections["teams"]) else copied
        tree.value = members


def _is_copy_of_team(section: str, tree: Tree, teams: Mapping[str, Tree]) -> bool:
    link = tree.get("like")
    name = link.value if link is not None else None
    return section == "things" and isinstance(name, str) and name in teams


def _like(name: str, kinds: Mapping[str, Tree], done: dict[str, Tree], resolved: Resolved) -> Tree:
    """Return a kind merged over its chain of parents."""
    chain: list[str] = []
    at = name
    while at not in done:
        if at in chain:
            _complain_of_circle(chain[chain.index(at) :], kinds, resolved)
            break
        chain.append(at)
        link = kinds[at].get("like")
        path = f"$.{'teams' if at in _names(resolved, 'teams') else 'things'}.{at}.like"
        if link is None or link.value is None:
            break
        if not isinstance(link.value, str) or link.value not in kinds:
            if not isinstance(link.value, str):
                message = f"expected the name of a thing or team, got {shown(link.plain())}"
            else:
                hint = suggestion(link.value, kinds.keys() - {at})
                message = f'there is no thing or team "{link.value}"{hint}'
            resolved.problems.append(link.problem(path, message))
            resolved.damaged.update(chain)
            break
        at = link.value
    for kid in reversed(chain):
        if kid in done:
            continue
        link = kinds[kid].get("like")
        own = without(kinds[kid], "like")
        if isinstance(kinds[kid].value, dict):
            parent = done.get(link.value) if link and isinstance(link.value, str) else None
            done[kid] = merge_trees(parent, own) if parent else own
        else:
            done[kid] = kinds[kid]
    return done[name]


def _names(resolved: Resolved, section: str) -> list[str]:
    tree = resolved.tree.get(section)
    return [name for name, _ in tree.members()] if tree else []


def _complain_of_circle(loop: list[str], kinds: Mapping[str, Tree], resolved: Resolved) -> None:
    first = loop[0]
    link = kinds[first].get("like")
    assert link is not None
    section = "teams" if first in _names(resolved, "teams") else "things"
    message = f"this goes in a circle: {' -> '.join([*loop, first])}"
    resolved.problems.append(link.problem(f"$.{section}.{first}.like", message))
    resolved.damaged.update(loop)
