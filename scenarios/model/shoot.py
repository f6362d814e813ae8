"""The model of shooting: what a team fires, how often, how fast."""

from typing import Annotated, Any, Literal

from pydantic import Field

from ..text import limits
from .numbers import Number, Span, whole
from .part import Part
from .values import NameRef

Aim = Literal["heading", "free"]
STATE = "ammo"
"""The state variable that a team has on top where its ammunition is counted."""


class Shoot(Part):
    """What a team fires; action fire = a number, above 0 shoots (with free aim also aim = a direction)."""

    projectile: NameRef = Field(
        description="A kind under things: dynamic, absent until it is shot. It needs no count, at or place; there are pool x agents of it."
    )
    aim: Aim = Field(
        default="heading",
        description="heading: along the body's heading; free: in the direction of the action aim, two numbers (0, 0 is the heading).",
    )
    speed: Annotated[float, Span(0, limits.MAX_SPEED, "m/s")] = Field(
        default=10.0, description="Speed of a shot; the shooter's own velocity comes on top."
    )
    cooldown: Annotated[float, Span(0, limits.MAX_TIME, "s")] = Field(default=0.5, description="Least time between two shots of an agent.")
    ammo: Annotated[Number, Span(0, 1e6, random=True)] | None = Field(
        default=None, description="Shots at the start, a state variable that rules can change; absent: endless."
    )
    pool: Annotated[int, Span(1, limits.MAX_POOL, whole=True, limit="MAX_POOL")] = Field(
        default=4, description="How many shots of one agent can be in the air."
    )
    lifetime: Annotated[float, Span(0.001, limits.MAX_TIME, "s")] = Field(default=3.0, description="Seconds after which a shot is gone.")
    spread_deg: Annotated[float, Span(0, 360, "degrees")] = Field(
        default=0.0, description="Each shot goes off by up to half of it to either side, at random."
    )
    on_hit: Literal["vanish", "bounce"] = Field(
        default="vanish",
        description="vanish: gone once it has hit something solid, after the rules have seen it; bounce: flies on as any dynamic thing.",
    )
    knock_back: Annotated[float, Span(0, 1e6, "N s")] = Field(
        default=0.0,
        description="Impulse for the first dynamic thing that a shot hits, away from the shot, besides the shot's own momentum.",
    )


def fill_in_projectiles(data: dict[str, Any]) -> dict[str, Any]:
    """Return a scenario's data in which each projectile has a count (its pools), a body and a start; what is odd is left to the checks."""
    things = data.get("things")
    pools = pool_sizes(data)
    if not isinstance(things, dict) or not pools:
        return data
    filled: dict[str, Any] = dict(things)
    for name, count in pools.items():
        thing = filled.get(name)
        if isinstance(thing, dict):
            own = whole(thing.get("count", count))
            spots = [[0, 0]] * max(1, own if isinstance(own, int) and 0 < own <= limits.MAX_COUNT else count)
            filled[name] = {"count": count, "body": "dynamic"} | ({} if "place" in thing else {"at": spots}) | thing
    return data | {"things": filled}


def pool_sizes(data: dict[str, Any]) -> dict[str, int]:
    """How many there are of each projectile, by name: the pools of all agents that shoot it."""
    teams, found = data.get("teams"), dict[str, int]()
    for team in teams.values() if isinstance(teams, dict) else ():
        shoot = team.get("shoot") if isinstance(team, dict) else None
        if not isinstance(shoot, dict) or not isinstance(shoot.get("projectile"), str):
            continue
        at = team.get("at")
        listed = isinstance(at, list) and bool(at) and isinstance(at[0], list)
        agents, pool = whole(team.get("count", len(at) if listed else 1)), whole(shoot.get("pool", 4))
        if all(isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= limits.MAX_COUNT for value in (agents, pool)):
            found[shoot["projectile"]] = found.get(shoot["projectile"], 0) + agents * pool
    return found
