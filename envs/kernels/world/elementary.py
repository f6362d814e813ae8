"""Sine, cosine and arc tangent of our own: the C library's differ in the last bit between systems, and the same seed must give the same bits.

Only IEEE additions, multiplications, divisions and square roots are used, so every machine rounds alike.
"""

import numpy as np

from ...jit.kernel import inner, shared
from .layout.world import F

PI = F(3.14159265358979)
TAU = F(6.28318530717959)
HALF_PI = F(1.57079632679490)
INV_TAU = F(0.159154943091895)
ZERO, HALF, ONE, TWO = F(0), F(0.5), F(1), F(2)
DEGREE = F(0.0174532925199433)
INV_DEGREE = F(57.2957795130823)

# A whole turn in two parts: the first has so few bits that its multiples are exact (Cody and Waite, "Software Manual for the Elementary
# Functions", 1980).
_TAU_HIGH, _TAU_LOW = F(6.28125), F(0.001935307179586)

_SMALLER_12, _SMALLER_24, _SMALLER_36, _SMALLER_48 = F(2.0**-12), F(2.0**-24), F(2.0**-36), F(2.0**-48)
_LARGE_39, _LARGE_51, _LARGE_63, _LARGE_75, _LARGEST = F(2.0**39), F(2.0**51), F(2.0**63), F(2.0**75), F(3.4028235e38)
_FULL_TURN, _MANY_TURNS = F(360), F(360 * 2**13)

# Odd minimax polynomials of sin on [-pi/2, pi/2] and of atan on [-1, 1], fitted by Lawson's reweighted least squares; their errors (3e-9 and 3e-7)
# lie at or below what float32 rounds to.
_S1, _S3, _S5, _S7, _S9 = F(0.999999977), F(-0.166666476), F(8.33289982e-03), F(-1.98008978e-04), F(2.59048850e-06)
_A1, _A3, _A5, _A7 = F(0.99999611), F(-0.33317368), F(0.19807815), F(-0.13233342)
_A9, _A11, _A13 = F(0.07962366), F(-0.03360421), F(0.00681179)


@shared
def sin(angle):
    """Sine of an angle [rad], float32."""
    turns = np.floor(angle * INV_TAU + HALF)
    a = (angle - turns * _TAU_HIGH) - turns * _TAU_LOW
    a = PI - a if a > HALF_PI else a
    a = -PI - a if a < -HALF_PI else a
    q = a * a
    return a * (_S1 + q * (_S3 + q * (_S5 + q * (_S7 + q * _S9))))


@shared
def cos(angle):
    """Cosine of an angle [rad], float32."""
    return sin(angle + HALF_PI)


@shared
def atan2(y, x):
    """Angle of the vector (x, y) [rad] in (-pi, pi]; 0 for the null vector."""
    ax, ay = np.abs(x), np.abs(y)
    big, small = max(ax, ay), min(ax, ay)
    q = small / big if big > ZERO else ZERO
    s = q * q
    a = q * (_A1 + s * (_A3 + s * (_A5 + s * (_A7 + s * (_A9 + s * (_A11 + s * _A13))))))
    a = HALF_PI - a if ay > ax else a
    a = PI - a if x < ZERO else a
    return -a if y < ZERO else a


@inner
def in_a_turn(degrees):
    """The angle within half a turn of 0 that is the same as this one [degrees], exactly; 0 for infinity and nan.

    2^12 = 1 modulo 45, so multiples of 8 keep what they are modulo 360 when they are divided by 2^12: that makes an angle less than 2^39. Two
    steps take off whole turns, first 2^13 of them at once, then single ones: both products have no more bits than float32 holds.
    """
    size = np.abs(degrees)
    d = degrees * _SMALLER_48 if size >= _LARGE_75 else degrees
    d = d * _SMALLER_36 if np.abs(d) >= _LARGE_63 else d
    d = d * _SMALLER_24 if np.abs(d) >= _LARGE_51 else d
    d = d * _SMALLER_12 if np.abs(d) >= _LARGE_39 else d
    d = d - _MANY_TURNS * np.floor(d / _MANY_TURNS + HALF)
    d = d - _FULL_TURN * np.floor(d / _FULL_TURN + HALF)
    return d if size <= _LARGEST else ZERO


@inner
def within(value, most):
    """A number no greater than `most` in size, 0 for nan: what a formula says must not poison a world."""
    size = value if value < most else most
    size = size if size > -most else -most
    return size if value == value else ZERO
