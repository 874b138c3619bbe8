"""The odds that claims rose, in closed form.

Before anything is known, the claims of an entity are Poisson about its own factor times what is usual, and factors are
gamma with mean 1 (shape and rate alike). If its rate rose k times for some of its orders, the claims X among these
(usual: E) and T among all of its orders (usual: U) are by

    k^X * ((shape + U) / (shape + U - E + k E)) ^ (shape + T)

more likely than if it hadn't: the ratio of two integrals over the factor. The entity's own past is in it, drawn towards
its category's, and a new one's tail is heavy. The odds are the mean of that over several k. Where nothing rose and what
is usual is known, they are 1 on average, on any day, whatever was seen before (a test martingale), so they come to 120
once in 120 cases at most, for each day from which one might have looked.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from features.arrays import Floats


def log_odds(
    claims: Floats,
    usual: Floats,
    all_claims: float | Floats,
    all_usual: float | Floats,
    shape: float,
    rises: Sequence[float],
) -> Floats:
    """The logarithm of the odds that the rate rose for some of the orders, shape of `claims` and `usual` (of those).

    `all_claims` and `all_usual` are of all orders: one number for all, or one for each, of the same shape.
    """
    rise = np.asarray(rises)[:, np.newaxis]
    whole = shape + all_usual
    each = claims * np.log(rise) + (shape + all_claims) * (np.log(whole) - np.log(whole + (rise - 1.0) * usual))
    most = each.max(axis=0)
    return np.asarray(most + np.log(np.mean(np.exp(each - most), axis=0)))
