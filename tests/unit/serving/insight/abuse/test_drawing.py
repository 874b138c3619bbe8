"""A ring's drawing: alike each time, in its box, and apart."""

import numpy as np

from serving.insight.abuse.drawing import HEIGHT, WIDTH, draw
from serving.insight.abuse.finding_all import find_abuse
from tests.unit.serving.insight.abuse.test_findings import ring_town


def ring(size):
    return next(each for each in find_abuse(ring_town(size).record()) if each.kind == "ring")


def test_ring_is_drawn_alike_each_time_with_everybody_in_it():
    """A reload shows the same picture: circles numbered as the members, one shape, a line to each."""
    first, again = draw(ring(5)), draw(ring(5))
    assert first == again
    assert [(spot.kind, spot.label) for spot in first.spots] == [
        *(("buyer", str(number)) for number in range(1, 6)),
        ("device", "D1"),
    ]
    assert (len(first.lines), first.left_out) == (5, 0)


def test_circles_lie_in_the_box_and_apart():
    """Twenty members can be told apart."""
    spots = draw(ring(20)).spots
    place = np.array([(spot.x, spot.y) for spot in spots])
    assert (place >= 0).all()
    assert (place <= [WIDTH, HEIGHT]).all()
    apart = np.hypot(*(place[:, np.newaxis] - place).T) + 1e9 * np.eye(len(place))
    assert apart.min() > 30
