"""Who belongs together, told by what they share."""

from __future__ import annotations

from serving.insight.abuse.links import Shared, components, dense_parts, neighbours_of


def test_dense_parts_of_families_with_one_visitor_each_hang_together():
    """Taking the visitor away cuts the families apart: two that share nothing are no ring."""
    families = [tuple(range(first, first + 4)) for first in (1, 5, 9)]
    visits = [Shared("address", f"door {family[0]}", (0, family[0])) for family in families]
    near = neighbours_of([*(Shared("device", f"tv {family[0]}", family) for family in families), *visits])
    parts = list(dense_parts(near, set(near), 3))
    assert sorted(one for part in parts for one in part) == list(range(13))
    assert [len(list(components(near, set(part)))) for part in parts] == [1] * len(parts)
