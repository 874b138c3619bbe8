"""The walk from buyer to buyer, held against going through all meetings again and again."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from features.catalog.entities import ADDRESS, BUYER, DEVICE
from features.catalog.measures import BUYERS
from features.definition import Ring, Shared
from features.rings import Thing, ring_of

Meeting = tuple[str, int, str]  # a member, which sort of thing, and the thing


def gang(most: int = 3, most_things: int = 3, largest: int = 5) -> Ring:
    """A ring over devices and addresses with low limits."""
    shared = (Shared(DEVICE, BUYERS, most), Shared(ADDRESS, BUYERS, most - 1))
    return Ring("gang", BUYER, shared, most_things, largest)


class Known:
    """What is known, by looking through all meetings; notes what it was asked."""

    def __init__(self, ring: Ring, met: set[Meeting]) -> None:
        self.ring, self.met = ring, met
        self.asked_members: list[str] = []
        self.asked_things: list[Thing[str]] = []

    def things_of(self, members: Sequence[str]) -> Mapping[str, Sequence[Thing[str]]]:
        self.asked_members += members
        most = self.ring.most_things + 1
        return {one: sorted((sort, thing) for who, sort, thing in self.met if who == one)[:most] for one in members}

    def members_of(self, things: Sequence[Thing[str]]) -> Mapping[Thing[str], Sequence[str]]:
        self.asked_things += things
        return {
            one: sorted(who for who, *thing in self.met if tuple(thing) == one)[: self.ring.shared[one[0]].most + 1]
            for one in things
        }


def by_looking(member: str, ring: Ring, met: set[Meeting]) -> list[str]:
    """The members of a ring, by how many steps away they are: all of a step, or the first where there is no room."""
    distance, step = {member: 0}, 0
    members_of = {thing: {who for who, *its in met if tuple(its) == thing} for thing in {m[1:] for m in met}}
    things_of = {who: {m[1:] for m in met if m[0] == who} for who in {m[0] for m in met}}
    while len(distance) < ring.largest:
        reached = {
            other
            for who, away in distance.items()
            if away == step and len(things_of.get(who, ())) <= ring.most_things
            for thing in things_of.get(who, ())
            if len(members_of[thing]) <= ring.shared[thing[0]].most
            for other in members_of[thing]
        } - set(distance)
        step += 1
        distance |= dict.fromkeys(sorted(reached)[: ring.largest - len(distance)], step)
        if not reached:
            break
    return list(distance) if len(distance) > 1 else []


def walk(member: str, ring: Ring, met: set[Meeting]) -> list[str]:
    return ring_of(member, ring, Known(ring, met), str)[0]


def chain(*members: str) -> set[Meeting]:
    """Members of whom each shares a device with the next."""
    return {(who, 0, one + other) for one, other in pairwise(members) for who in (one, other)}


MEETINGS = st.sets(st.tuples(st.sampled_from("abcdefghij"), st.integers(0, 1), st.sampled_from("uvwxyz")), max_size=28)


@settings(max_examples=300)
@given(
    met=MEETINGS,
    member=st.sampled_from("abz"),
    most=st.integers(2, 5),
    most_things=st.integers(1, 5),
    largest=st.integers(2, 10),
)
def test_walk_finds_what_looking_at_everything_finds(met, member, most, most_things, largest):
    """Whatever was met and whatever the limits, the same members, the claim's own first."""
    ring = gang(most, most_things, largest)
    found, expected = walk(member, ring, met), by_looking(member, ring, met)
    assert sorted(found) == sorted(expected)
    assert found[:1] == expected[:1]
    assert len(found) <= largest


def test_walk_goes_over_every_sort_of_thing():
    """A device joins, and from there an address; one id of two sorts is two things."""
    met = {("ann", 0, "x"), ("bob", 0, "x"), ("bob", 1, "y"), ("cy", 1, "y"), ("di", 1, "x")}
    assert sorted(walk("cy", gang(), met)) == ["ann", "bob", "cy"]
    assert walk("di", gang(), met) == []


def test_walk_without_a_neighbour_finds_no_ring():
    """Alone, or unknown altogether."""
    assert walk("ann", gang(), {("ann", 0, "x"), ("bob", 0, "y")}) == []
    assert walk("nobody", gang(), {("ann", 0, "x"), ("bob", 0, "x")}) == []


def test_limits_are_in():
    """As many as the limit join; one more and it is a public place, or an agent."""
    three, two = {("a", 0, "x"), ("b", 0, "x"), ("c", 0, "x")}, {("a", 1, "y"), ("b", 1, "y")}
    assert sorted(walk("a", gang(most=3), three)) == ["a", "b", "c"]
    assert walk("a", gang(most=3), three | {("d", 0, "x")}) == []
    assert sorted(walk("a", gang(most=3), two)) == ["a", "b"]
    assert walk("a", gang(most=3), two | {("c", 1, "y")}) == []
    busy = three | {("a", 1, "own 1"), ("a", 1, "own 2")}
    assert sorted(walk("a", gang(most_things=3), busy)) == ["a", "b", "c"]
    assert walk("a", gang(most_things=2), busy) == []
    assert sorted(walk("b", gang(most_things=2), busy)) == ["a", "b", "c"]


def test_agent_is_reached_and_not_followed():
    """Who has met too much is a member, but nobody is found over it."""
    met = chain("a", "agent", "z") | {("agent", 1, f"own {number}") for number in range(2)}
    assert walk("a", gang(most_things=4), met) == ["a", "agent", "z"]
    assert walk("a", gang(most_things=3), met) == ["a", "agent"]


def test_nearest_are_taken_before_the_first_by_id():
    """A ring that is full has no room for those further away, whatever they are called."""
    met = chain("m", "y", "a", "b") | chain("m", "z")
    assert sorted(walk("m", gang(largest=3), met)) == ["m", "y", "z"]
    assert walk("m", gang(largest=2), met) == ["m", "y"]
    assert sorted(walk("m", gang(largest=4), met)) == ["a", "m", "y", "z"]


def test_walk_stops_where_the_ring_is_full():
    """Nobody is looked up who could not be taken any more."""
    ring = gang(largest=3)
    known = Known(ring, chain("a", "b", "c", "d", "e"))
    members, looked_at = ring_of("a", ring, known, str)
    assert members == ["a", "b", "c"]
    assert known.asked_members == ["a", "b"]
    assert looked_at == {(0, "ab"), (0, "bc")}


def test_walk_looks_each_thing_up_once():
    """Things that several share are asked about once, and all that was asked about is told."""
    ring = gang(most=5, largest=10)
    known = Known(ring, {(who, 0, thing) for who in "abc" for thing in "xy"})
    members, looked_at = ring_of("a", ring, known, str)
    assert sorted(members) == ["a", "b", "c"]
    assert sorted(known.asked_things) == [(0, "x"), (0, "y")] == sorted(looked_at)
    assert sorted(known.asked_members) == ["a", "b", "c"]


def test_public_place_is_looked_at_and_told():
    """What could still change the ring is among what was looked at, also where it joined nobody."""
    met = {(who, 0, "x") for who in "abcd"}
    assert ring_of("a", gang(most=3), Known(gang(most=3), met), str) == ([], {(0, "x")})
