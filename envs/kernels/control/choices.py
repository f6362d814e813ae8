"""Discrete actions: how many options each choice has, what an option stands for, and which one is most like what numbers say.

Whoever knows the order of the options has it from here: kernels (`control`, `hands`, `shots`, `joints`, `baseline`), the tables that are compiled for
them, action masks, and the agents that plan in numbers.
"""

from ...jit.kernel import inner
from ..world.elementary import HALF, ONE, ZERO
from ..world.layout.things import Drive
from ..world.layout.world import F

DRIVES = {"thrust": Drive.THRUST, "walk": Drive.WALK, "tank": Drive.TANK, "rocket": Drive.ROCKET, "car": Drive.CAR, "jump": Drive.JUMP}
DRIVE_CHOICES = {"tank": 9, "rocket": 6, "car": 9, "jump": 6}
"""Those of thrust and walk have 5 or 9, as the game says."""
SHOOT_CHOICES = {"heading": 2, "free": 9}
"""Hold fire, or shoot; or shoot in one of 8 directions."""
MOTOR_CHOICES = 3
HAND_CHOICES = (2, 3)
"""Of grab: let go, grab; of lock: nothing, lock, unlock."""
_DIAGONAL = F(0.70710678)


@inner
def direction(k):
    """The k-th of eight unit vectors, counter-clockwise from east."""
    x = ONE if k == 0 or k == 1 or k == 7 else (-ONE if k == 3 or k == 4 or k == 5 else ZERO)
    y = ONE if k == 1 or k == 2 or k == 3 else (-ONE if k == 5 or k == 6 or k == 7 else ZERO)
    scale = _DIAGONAL if k % 2 == 1 else ONE
    return x * scale, y * scale


@inner
def driven(drive, a, choices):
    """What option `a` of a drive stands for: its two numbers.

    tank, car: 3 x 3. rocket: jets by three, the engine off, then on. jump: ways by three, without a jump, then with one. thrust, walk: nothing, then 8
    directions, or every other one of them.
    """
    if drive == Drive.TANK or drive == Drive.CAR:
        x, y = F(a // 3 - 1), F(a % 3 - 1)
    elif drive == Drive.ROCKET:
        x, y = (ONE if a >= 3 else -ONE), F(a % 3 - 1)
    elif drive == Drive.JUMP:
        x, y = F(a % 3 - 1), (ONE if a >= 3 else -ONE)
    else:
        x, y = direction((a - 1) * (2 if choices == 5 else 1))
        x, y = (x if a > 0 else ZERO), (y if a > 0 else ZERO)
    return x, y


@inner
def _third(x):
    """Which of -1, 0 and 1 is nearest, as 0, 1 and 2; of two equally near ones 0."""
    return (ONE if x > HALF else (-ONE if x < -HALF else ZERO)) + ONE


@inner
def steered(x, y):
    """The option of a tank or car most like its two numbers."""
    return F(3) * _third(x) + _third(y)


@inner
def burned(x, y):
    """That of a rocket."""
    return (F(3) if x > ZERO else ZERO) + _third(y)


@inner
def jumped(x, y):
    """That of a jumper."""
    return (F(3) if y > ZERO else ZERO) + _third(x)


@inner
def turned(x):
    """That of a motor, whose options stand for -1, 0 and 1."""
    return _third(x)


@inner
def lock_wish(a):
    """What an option of lock stands for: above 0 to lock, below 0 to unlock."""
    return ONE if a == ONE else (-ONE if a > ONE else ZERO)


@inner
def locked(x):
    """The option of lock most like a number."""
    return ONE if x > HALF else (F(2) if x < -HALF else ZERO)


def meanings(drive: str, choices: int) -> list[tuple[float, ...]]:
    """What each option of a drive stands for, for whoever isn't a kernel."""
    return [tuple(float(x) for x in driven(DRIVES[drive], a, choices)) for a in range(choices)]
