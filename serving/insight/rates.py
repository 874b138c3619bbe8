"""Rates of few cases: intervals, and how far each is drawn to what all have in common.

Special functions are worked out here, for whole arrays, as serving has no SciPy; a test holds them to it. Everything
broadcasts; counts may be of any numeric type.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from features.arrays import Floats

Numbers: TypeAlias = npt.ArrayLike

Z95: Final = 1.959963984540054
LOW, MIDDLE, HIGH = 0.025, 0.5, 0.975  # what an interval of 95 % and its middle are read at
_ENDS: Final = np.array([LOW, MIDDLE, HIGH])[:, np.newaxis]
WEAKEST, STRONGEST = 0.25, 5_000.0  # priors worth fewer or more cases than these aren't told apart
_STRENGTHS: Final = np.geomspace(WEAKEST, STRONGEST, 121)
_TERMS: Final = 5_000  # of a series; about six square roots of the shape are needed
_STEPS: Final = 200
_TINY: Final = 1e-300
_CLOSE: Final = 1e-15
_EXACT: Final = 1e-11  # of a chance at which a quantile is looked for; a sum of a thousand terms is no more exact
# of Stirling's series: Bernoulli numbers over 2 n (2 n - 1)
_STIRLING: Final = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188)


@dataclass(frozen=True, slots=True)
class Shrunk:
    """A figure for each, between what its own cases say and what is usual: the posterior's median and 95 % interval.

    Attributes:
        value, low, high: shape (n,).
        strength: how many cases (expected claims, for a ratio) what is usual counts for.
        middle: what is usual.
        standing: for each of (low, value, high), the share of all that lie below it, by what was estimated of how they
            differ; 0.5 for who has no case. Shape (3, n).
    """

    value: Floats
    low: Floats
    high: Floats
    strength: float
    middle: float
    standing: Floats


def wilson(hits: Numbers, tries: Numbers, z: float = Z95) -> tuple[Floats, Floats]:
    """The interval of a share (Wilson 1927): its low and high end; NaN where nothing was tried.

    It holds the share itself, also at 0 and 1, where rounding would leave it a hair outside.

    >>> [float(end.round(4)) for end in wilson(9, 10)]
    [0.5958, 0.9821]
    """
    count = np.asarray(tries, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.asarray(hits, dtype=np.float64) / count
        centre = share + z * z / (2 * count)
        spread = z * np.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
        scale = 1 + z * z / count
        low, high = (centre - spread) / scale, (centre + spread) / scale
        return np.asarray(np.clip(low, 0, share)), np.asarray(np.clip(high, share, 1))


def wilson_of(hits: int, tries: int, z: float = Z95) -> tuple[float, float]:
    """The same of one share."""
    low, high = wilson(hits, tries, z)
    return float(low), float(high)


def difference_interval(
    share: float, bounds: tuple[float, float], other: float, other_bounds: tuple[float, float]
) -> tuple[float, float]:
    """The interval of `share - other` from the interval of each (Newcombe 1998, method 10).

    >>> [round(end, 3) for end in difference_interval(0.9, wilson_of(90, 100), 0.8, wilson_of(80, 100))]
    [0.0, 0.199]
    """
    gap, (low, high), (other_low, other_high) = share - other, bounds, other_bounds
    return gap - math.hypot(share - low, other_high - other), gap + math.hypot(high - share, other - other_low)


def log_gamma(x: Numbers) -> Floats:
    """The logarithm of the gamma function of positive numbers."""
    given = np.asarray(x, dtype=np.float64)
    product, up = np.ones_like(given), given.copy()
    for _ in range(9):  # Stirling's series is exact to the last digits from about 9 on
        small = up < 9
        product = np.where(small, product * up, product)
        up = np.where(small, up + 1, up)
    square = up * up
    rest = np.zeros_like(up)
    for number in reversed(_STIRLING):
        rest = rest / square + number
    return np.asarray((up - 0.5) * np.log(up) - up + 0.5 * np.log(2 * np.pi) + rest / up - np.log(product))


def gamma_cdf(x: Numbers, shape: Numbers) -> Floats:
    """P(X <= x) of a gamma variable of scale 1: by its series below shape + 1, by a continued fraction above."""
    at, of = np.broadcast_arrays(np.asarray(x, dtype=np.float64), np.asarray(shape, dtype=np.float64))
    is_low = at < of + 1
    safe = np.maximum(at, _TINY)
    front = np.exp(of * np.log(safe) - safe - log_gamma(of))
    low = front * _gamma_series(np.where(is_low, safe, 0.5 * of), of)
    high = 1 - front * _gamma_fraction(np.where(is_low, of + 2, safe), of)
    return np.where(at <= 0, 0.0, np.clip(np.where(is_low, low, high), 0, 1))


def gamma_quantile(p: Numbers, shape: Numbers) -> Floats:
    """Where gamma_cdf is p, for p in (0, 1). It is looked for on the log scale, as small shapes reach close to 0."""
    goal, of = np.broadcast_arrays(np.asarray(p, dtype=np.float64), np.asarray(shape, dtype=np.float64))
    log_of = log_gamma(of)

    def density(t: Floats) -> Floats:
        return np.asarray(np.exp(of * t - np.exp(t) - log_of))

    top = np.log(of + 12 * np.sqrt(of) + 60)
    cube = 1 - 1 / (9 * of) + _about_normal(goal) / (3 * np.sqrt(of))  # Wilson and Hilferty 1931, a start for all but
    start = np.log(of * np.where((of > 1) & (cube > 0.1), cube, 1) ** 3)  # small shapes
    found = _invert(lambda t: gamma_cdf(np.exp(t), of), density, goal, np.full(of.shape, -690.0), top, start)
    return np.asarray(np.exp(found))


def beta_cdf(x: Numbers, a: Numbers, b: Numbers) -> Floats:
    """P(X <= x) of a beta variable: by a continued fraction (Lentz), on the side where that converges quickly."""
    at, alpha, beta = np.broadcast_arrays(*(np.asarray(each, dtype=np.float64) for each in (x, a, b)))
    safe = np.clip(at, _TINY, 1 - 1e-16)
    front = np.exp(
        log_gamma(alpha + beta) - log_gamma(alpha) - log_gamma(beta) + alpha * np.log(safe) + beta * np.log1p(-safe)
    )
    is_low = safe < (alpha + 1) / (alpha + beta + 2)
    mine, other = np.where(is_low, alpha, beta), np.where(is_low, beta, alpha)
    part = front * _beta_fraction(np.where(is_low, safe, 1 - safe), mine, other) / mine
    inside = np.where(is_low, part, 1 - part)
    return np.where(at <= 0, 0.0, np.where(at >= 1, 1.0, np.clip(inside, 0, 1)))


def beta_quantile(p: Numbers, a: Numbers, b: Numbers) -> Floats:
    """Where beta_cdf is p, for p in (0, 1)."""
    goal, alpha, beta = np.broadcast_arrays(*(np.asarray(each, dtype=np.float64) for each in (p, a, b)))
    log_of = log_gamma(alpha + beta) - log_gamma(alpha) - log_gamma(beta)

    def density(x: Floats) -> Floats:
        inside = np.clip(x, _TINY, 1 - 1e-16)
        return np.asarray(np.exp(log_of + (alpha - 1) * np.log(inside) + (beta - 1) * np.log1p(-inside)))

    zeros, mean = np.zeros(goal.shape), alpha / (alpha + beta)
    spread = np.sqrt(mean * (1 - mean) / (alpha + beta + 1))
    start = np.clip(mean + _about_normal(goal) * spread, 0.1 * mean, 1 - 0.1 * (1 - mean))
    return _invert(lambda x: beta_cdf(x, alpha, beta), density, goal, zeros, zeros + 1, start)


def normal_cdf(z: Numbers) -> Floats:
    """P(Z <= z) of a standard normal variable."""
    at = np.asarray(z, dtype=np.float64)
    return np.asarray(0.5 * (1 + np.sign(at) * gamma_cdf(0.5 * at * at, 0.5)))


def share_interval(hits: Numbers, tries: Numbers) -> tuple[Floats, Floats]:
    """The exact 95 % interval of a share (Clopper and Pearson 1934); from 0 to 1 where nothing was tried."""
    hit, count = (np.asarray(each, dtype=np.float64) for each in (hits, tries))
    miss = count - hit
    low = np.where(hit > 0, beta_quantile(LOW, np.maximum(hit, 1), miss + 1), 0.0)
    high = np.where(miss > 0, beta_quantile(HIGH, hit + 1, np.maximum(miss, 1)), 1.0)
    return low, high


def count_interval(count: int) -> tuple[float, float]:
    """The exact 95 % interval of a Poisson mean of which `count` were seen (Garwood 1936).

    >>> [round(end, 3) for end in count_interval(5)]
    [1.623, 11.668]
    """
    return float(gamma_quantile(LOW, count)) if count else 0.0, float(gamma_quantile(HIGH, count + 1))


def shrink_ratios(counts: Numbers, expected: Numbers) -> Shrunk:
    """Counts over what was expected, as gamma-Poisson: each true ratio is drawn from Gamma(k, k), whose mean is 1.

    The strength k is the likeliest one by the negative binomial likelihood of all counts, on a grid; of fewer than two
    it is the strongest. The ratio's posterior is Gamma(k + count, k + expected).
    """
    seen, due = (np.asarray(each, dtype=np.float64) for each in (counts, expected))
    told = due > 0
    k = _STRENGTHS[:, np.newaxis]
    o, e = seen[told], due[told]
    likelihood = (log_gamma(k + o) - log_gamma(k) + k * np.log(k) - (k + o) * np.log(k + e)).sum(axis=1)
    strength = _likeliest(likelihood, int(told.sum()))
    quantiles = gamma_quantile(_ENDS, strength + seen) / (strength + due)
    return _shrunk(quantiles, strength, 1.0, gamma_cdf(quantiles * strength, strength))


def shrink_shares(hits: Numbers, tries: Numbers) -> Shrunk:
    """Shares, as beta-binomial: each true share is drawn from Beta(m k, (1 - m) k), m being the share of all cases.

    The strength k is the likeliest one by the beta-binomial likelihood, on a grid; of fewer than two it is the
    strongest. Half a hit and half a miss are added to m, so that it is never 0 or 1.
    """
    hit, count = (np.asarray(each, dtype=np.float64) for each in (hits, tries))
    middle = float((hit.sum() + 0.5) / (count.sum() + 1))
    told = count > 0
    h, n = hit[told], count[told]
    k = _STRENGTHS[:, np.newaxis]
    a, b = middle * k, (1 - middle) * k
    likelihood = (
        log_gamma(a + h) - log_gamma(a) + log_gamma(b + n - h) - log_gamma(b) + log_gamma(k) - log_gamma(k + n)
    ).sum(axis=1)
    strength = _likeliest(likelihood, int(told.sum()))
    first, second = middle * strength, (1 - middle) * strength
    quantiles = beta_quantile(_ENDS, first + hit, second + count - hit)
    return _shrunk(quantiles, strength, middle, beta_cdf(quantiles, first, second))


def shrink_means(sums: Numbers, squares: Numbers, counts: Numbers) -> Shrunk:
    """Means of values, as normal-normal: true means differ with variance t, values around them with variance s.

    s is the variance within, and t is estimated by moments (DerSimonian and Laird 1986). What is usual counts for
    k = s / t values. The posterior is Normal((sum + k m) / (n + k), s / (n + k)).

    `sums` and `squares` are those of the values and of their squares, `counts` how many there are; shape (n,).
    """
    total, square, count = (np.asarray(each, dtype=np.float64) for each in (sums, squares, counts))
    every, own = count.sum(), np.where(count > 0, total / np.maximum(count, 1), 0.0)
    middle = float(total.sum() / every) if every else 0.0
    groups = int((count > 0).sum())
    within = float((square - count * own * own).sum() / (every - groups)) if every > groups else 0.0
    within = max(within, 1e-9)
    strength = STRONGEST
    if groups > 1 and (room := every - (count * count).sum() / every) > 0:
        beyond = (count * (own - middle) ** 2).sum() / within - (groups - 1)
        strength = float(np.clip(room / beyond, WEAKEST, STRONGEST)) if beyond > 0 else STRONGEST
    centre, spread = (total + strength * middle) / (count + strength), np.sqrt(within / (count + strength))
    quantiles = np.stack([centre - Z95 * spread, centre, centre + Z95 * spread])
    return _shrunk(quantiles, strength, middle, normal_cdf((quantiles - middle) / np.sqrt(within / strength)))


def _about_normal(p: Floats) -> Floats:
    """The normal quantile to three digits (Abramowitz and Stegun 26.2.23), to begin a search at."""
    t = np.sqrt(-2 * np.log(np.minimum(p, 1 - p)))
    z = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)))
    return np.asarray(np.where(p < 0.5, -z, z))


def _shrunk(quantiles: Floats, strength: float, middle: float, standing: Floats) -> Shrunk:
    low, value, high = quantiles
    return Shrunk(value, low, high, strength, middle, standing)


def _likeliest(likelihood: Floats, groups: int) -> float:
    return float(_STRENGTHS[int(np.argmax(likelihood))]) if groups > 1 else STRONGEST


def _gamma_series(x: Floats, shape: Floats) -> Floats:
    term = 1 / shape
    total = term.copy()
    for number in range(1, _TERMS):
        term = term * x / (shape + number)
        total = total + term
        if np.all(term <= total * _CLOSE):
            break
    return np.asarray(total)


def _gamma_fraction(x: Floats, shape: Floats) -> Floats:
    b = x + 1 - shape
    c, d = np.full(x.shape, 1 / _TINY), 1 / b
    value = d.copy()
    for number in range(1, _TERMS):
        a = -number * (number - shape)
        b = b + 2
        d = 1 / _not_zero(a * d + b)
        c = _not_zero(b + a / c)
        value = value * d * c
        if np.all(np.abs(d * c - 1) <= _CLOSE * 20):
            break
    return np.asarray(value)


def _beta_fraction(x: Floats, a: Floats, b: Floats) -> Floats:
    c = np.ones(x.shape)
    d = 1 / _not_zero(1 - (a + b) * x / (a + 1))
    value = d.copy()
    for m in range(1, _TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d, c = 1 / _not_zero(1 + even * d), _not_zero(1 + even / c)
        value = value * d * c
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d, c = 1 / _not_zero(1 + odd * d), _not_zero(1 + odd / c)
        value = value * d * c
        if np.all(np.abs(d * c - 1) <= _CLOSE * 20):
            break
    return np.asarray(value)


def _not_zero(value: Floats) -> Floats:
    return np.where(np.abs(value) < _TINY, _TINY, value)


def _invert(
    cdf: Callable[[Floats], Floats],
    density: Callable[[Floats], Floats],
    p: Floats,
    low: Floats,
    high: Floats,
    start: Floats,
) -> Floats:
    """Where a rising function is p: Newton's steps, and halves of the bracket where these would leave it."""
    x = np.array(start, dtype=np.float64)
    for _ in range(_STEPS):
        off = cdf(x) - p
        low, high = np.where(off < 0, x, low), np.where(off < 0, high, x)
        if np.all((np.abs(off) < _EXACT) | (high - low < 1e-14)):
            break
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            newton = x - off / density(x)
        is_inside = (newton > low) & (newton < high)
        x = np.where(np.abs(off) < _EXACT, x, np.where(is_inside, newton, 0.5 * (low + high)))
    return x
