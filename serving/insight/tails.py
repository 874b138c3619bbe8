"""How often chance alone would count as many: exact tails, also where they are tiny."""

from __future__ import annotations

import math


def tail(count: int, expected: float, shape: float = math.inf) -> float:
    """The chance of `count` or more, of a negative binomial with this mean and shape (infinite: Poisson).

    The terms above are summed from the mean on, so that a tiny tail isn't lost in 1 - (nearly 1); those below it
    otherwise, as the first terms of a tail that begins far under the mean are too small for a float.

    >>> round(tail(2, 1.0), 6), tail(0, 1.0, 2.0), tail(1, 0.0, 2.0)
    (0.264241, 1.0, 0.0)
    >>> round(tail(3, 2.0, 1.0), 6) == round((2 / 3) ** 3, 6)  # a shape of 1 is the geometric one
    True
    """
    if count <= 0:
        return 1.0
    if expected <= 0.0:
        return 0.0
    if count <= expected:
        return max(0.0, 1.0 - math.fsum(math.exp(_log_chance(each, expected, shape)) for each in range(count)))
    term = math.exp(_log_chance(count, expected, shape))
    total, number = 0.0, count
    while term > total * 1e-15:  # after the mean, each term is a smaller part of the one before
        total += term
        term *= expected / (number + 1) if math.isinf(shape) else _step(number, expected, shape)
        number += 1
    return min(total, 1.0)


def _step(number: int, expected: float, shape: float) -> float:
    return (number + shape) / (number + 1) * expected / (shape + expected)


def _log_chance(count: int, expected: float, shape: float) -> float:
    if math.isinf(shape):
        return count * math.log(expected) - expected - math.lgamma(count + 1)
    spread = math.lgamma(count + shape) - math.lgamma(shape) - math.lgamma(count + 1)
    return spread + shape * math.log(shape / (shape + expected)) + count * math.log(expected / (shape + expected))
