"""Pictures that were shown before: by whom, how often, and how nearly the same."""

import pytest

from tests.spec.drawing import draw


def flipped(*bits: int) -> str:
    """The hash of no bits, with these bits set."""
    return f"{sum(1 << bit for bit in bits):016x}"


def test_picture_that_another_buyer_showed_counts(answer):
    """A picture travels from Ann to Bob: he shows what is not his, and from then on so does she."""
    drawing = draw("""
        known_at | kind        | buyer | evidence | = claim_pictures_of_others | = claim_nearest_picture_bits
        1d       | claim_filed | ann   | ..a7     | 0                          | missing
        2d       | claim_filed | bob   | ..a7     | 1                          | 0
        3d       | claim_filed | ann   | ..a7     | 1                          | 0
        4d       | claim_filed | cy    | ff..     | 0                          | missing
    """)
    assert answer(drawing) == drawing.expected


def test_picture_that_the_same_buyer_showed_does_not_count(answer):
    """Whoever claims twice about one broken mug may show it twice, or nearly so."""
    drawing = draw("""
        known_at | kind        | buyer | evidence | = claim_pictures_of_others | = claim_nearest_picture_bits
        1d       | claim_filed | ann   | ..a7     | 0                          | missing
        2d       | claim_filed | ann   | ..a7     | 0                          | missing
        3d       | claim_filed | ann   | ..a6     | 0                          | missing
    """)
    assert answer(drawing) == drawing.expected


@pytest.mark.parametrize(
    "bits",
    [
        (0,),
        (63,),
        (31, 32),
        (0, 63),
        (0, 1, 2),
        (61, 62, 63),
        (0, 31, 63),
        (12, 13, 26),
        (5, 20, 40),
        (25, 38, 51),
        (12, 38, 52),
    ],
)
def test_picture_within_three_bits_is_nearly_the_same(answer, bits):
    """One, two or three bits, wherever they lie; the claim says how many."""
    drawing = draw(f"""
        known_at | kind        | buyer | evidence         | = claim_pictures_of_others | = claim_nearest_picture_bits
        1d       | claim_filed | ann   | 0..0             |                            |
        2d       | claim_filed | bob   | {flipped(*bits)} | 1                          | {len(bits)}
    """)
    assert answer(drawing) == drawing.expected


@pytest.mark.parametrize("bits", [(0, 1, 2, 3), (60, 61, 62, 63), (0, 13, 26, 39), (13, 26, 39, 52), (0, 20, 40, 63)])
def test_picture_four_bits_away_is_another_one(answer, bits):
    """Past three bits, two pictures are two pictures."""
    drawing = draw(f"""
        known_at | kind        | buyer | evidence         | = claim_pictures_of_others | = claim_nearest_picture_bits
        1d       | claim_filed | ann   | ..0              |                            |
        2d       | claim_filed | bob   | {flipped(*bits)} | 0                          | missing
    """)
    assert answer(drawing) == drawing.expected


def test_several_pictures_are_counted_and_the_nearest_is_told(answer):
    """Each picture counts once, however many others it is near; the nearest of all says how near."""
    drawing = draw("""
        known_at | kind        | buyer | evidence
        1d       | claim_filed | ann   | ..00 ..07 f000..
        1d       | claim_filed | cy    | ..01 0f0f..
        2d       | claim_filed | bob   | ..03 f001.. ff.. 0f0f..7
            claim_pictures_of_others   = 3
            claim_nearest_picture_bits = 1
        3d       | claim_filed | bob   | 0f0f..3 ff..
            claim_pictures_of_others   = 1
            claim_nearest_picture_bits = 2
        4d       | claim_filed | bob   | ff.. f00f..
            claim_pictures_of_others   = 0
            claim_nearest_picture_bits = missing
    """)
    assert answer(drawing) == drawing.expected


def test_nearest_of_others_is_told_past_ones_own(answer):
    """Ann's own picture is nearer, but it is Bob's that counts."""
    drawing = draw("""
        known_at | kind        | buyer | evidence | = claim_pictures_of_others | = claim_nearest_picture_bits
        1d       | claim_filed | ann   | ..07     |                            |
        1d       | claim_filed | bob   | ..00     |                            |
        2d       | claim_filed | ann   | ..07     | 1                          | 3
        3d       | claim_filed | ann   | ..03     | 1                          | 2
    """)
    assert answer(drawing) == drawing.expected


def test_claim_without_a_buyer_neither_shows_nor_finds(answer):
    """Of a sale without an account, nobody can say whether it is another's picture."""
    drawing = draw("""
        known_at | kind        | buyer | evidence | = claim_pictures_of_others | = claim_nearest_picture_bits
        1d       | claim_filed | -     | ..a7     | 0                          | missing
        2d       | claim_filed | ann   | ..a7     | 0                          | missing
        3d       | claim_filed | -     | ..a7     | 0                          | missing
        4d       | claim_filed | bob   | ..a7     | 1                          | 0
    """)
    assert answer(drawing) == drawing.expected


def test_pictures_are_shown_when_their_claim_is_known(answer):
    """Two who show one picture at one moment don't see each other; where a claim stands in a file says nothing."""
    drawing = draw("""
        known_at | occurred_at | kind        | buyer | evidence
        3d       | 1d          | claim_filed | cy    | ..a7
            claim_pictures_of_others   = 1
            claim_nearest_picture_bits = 0
        2d       | 2d          | claim_filed | ann   | ..a7
            claim_pictures_of_others   = 0
            claim_nearest_picture_bits = missing
        2d       | 1d          | claim_filed | bob   | ..a7
            claim_pictures_of_others   = 0
            claim_nearest_picture_bits = missing
        2d+1ms   | 1d          | claim_filed | ann   | ..a7
            claim_pictures_of_others   = 1
            claim_nearest_picture_bits = 0
    """)
    assert answer(drawing) == drawing.expected


def test_pictures_of_other_events_are_not_shown_again(answer):
    """A ruling names the pictures of its claim; nobody shows them by that."""
    drawing = draw("""
        known_at | kind              | buyer | evidence | = claim_pictures_of_others
        1d       | claim_adjudicated | ann   | ..a7     |
        1d       | return_shipped    | ann   | ..a7     |
        2d       | claim_filed       | bob   | ..a7     | 0
    """)
    assert answer(drawing) == drawing.expected


@pytest.mark.parametrize("pictures", ["none", "-"])
def test_claim_without_pictures_has_none_of_others(answer, pictures):
    """No pictures, or none that anybody knows of, are near nothing and have no history."""
    drawing = draw(f"""
        known_at | kind              | buyer | evidence   | verdict
        1d       | claim_filed       | ann   | ..a7       |
        1d       | claim_filed       | bob   | {pictures} |
        1d       | claim_adjudicated | bob   | {pictures} | abusive
        2d       | claim_filed       | cy    | {pictures} |
            claim_pictures_of_others       = 0
            claim_nearest_picture_bits     = missing
            evidence_claims_ever           = 0
            evidence_claimants_ever        = 0
            evidence_abusive_verdicts_ever = 0
    """)
    assert answer(drawing) == drawing.expected


def test_history_of_a_picture_is_that_of_the_very_same_one(answer):
    """How often it was shown, by how many and how it was ruled: a picture one bit away has a history of its own."""
    drawing = draw("""
        known_at | kind              | buyer | evidence  | verdict
        0d       | claim_filed       | ann   | ..a7      |
        1d       | claim_filed       | ann   | ..a7      |
        2d       | claim_filed       | -     | ..a7      |
        3d       | claim_filed       | bob   | ..a7 ..01 |
        4d       | claim_adjudicated | bob   | ..a7 ..01 | abusive
        5d       | claim_filed       | cy    | ..a7      |
            evidence_claims_30d            = 4
            evidence_claims_ever           = 4
            evidence_claimants_ever        = 2
            evidence_abusive_verdicts_ever = 1
            claim_pictures_of_others       = 1
        5d       | claim_filed       | cy    | ..a6      |
            evidence_claims_ever           = 0
            evidence_claimants_ever        = 0
            evidence_abusive_verdicts_ever = 0
            claim_pictures_of_others       = 1
        32d      | claim_filed       | cy    | ..a7      |
            evidence_claims_30d            = 3
            evidence_claims_ever           = 5
            evidence_claimants_ever        = 3
    """)
    assert answer(drawing) == drawing.expected


def test_of_several_pictures_the_largest_total_counts(answer):
    """Each total by itself: one picture may have been shown most often, and another by most buyers."""
    drawing = draw("""
        known_at | kind              | buyer | evidence       | verdict
        0d       | claim_filed       | ann   | ..0f           |
        1d       | claim_filed       | ann   | ..0f           |
        2d       | claim_filed       | ann   | ..0f           |
        3d       | claim_filed       | ann   | ..f0           |
        3d       | claim_filed       | bob   | ..f0           |
        4d       | claim_adjudicated | ann   | ..ff           | abusive
        5d       | claim_filed       | cy    | ..0f ..f0 ..ff |
            evidence_claims_ever           = 3
            evidence_claimants_ever        = 2
            evidence_abusive_verdicts_ever = 1
    """)
    assert answer(drawing) == drawing.expected


def test_pictures_with_the_highest_bit_are_pictures_like_others(answer):
    """All 64 bits are taken as they are, the first and the last of all hashes included."""
    drawing = draw(f"""
        known_at | kind        | buyer | evidence
        1d       | claim_filed | ann   | 80.. ..0
        1d       | claim_filed | ann   | {"f" * 16} 7{"f" * 15}
        2d       | claim_filed | bob   | 80..
            claim_pictures_of_others   = 1
            claim_nearest_picture_bits = 0
        2d       | claim_filed | cy    | 7{"f" * 14}e {"f" * 16}
            claim_pictures_of_others   = 2
            claim_nearest_picture_bits = 0
    """)
    assert answer(drawing) == drawing.expected
