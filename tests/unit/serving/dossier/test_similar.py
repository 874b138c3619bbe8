"""Similar claims: of settled verdicts only, as the champion sees them, and never in a page's way."""

from __future__ import annotations

import numpy as np
import pytest

from features.store.vectors import log_vector
from serving.dossier.similar import SETTLED_AFTER_MS, SimilarClaims, similar_claims
from tests.unit.serving.claims import DAY_MS, NOW_MS
from tests.unit.serving.dossier.past import filed, ruled, tell


@pytest.fixture
def vectors(plan):
    """Vectors of claims: those of one unit are alike, those of many units are alike."""
    random = np.random.default_rng(1)
    rows = random.poisson(1.0, size=(6, len(plan.names))).astype(np.float64)
    rows[:, plan.names.index("claim_quantity")] = [1, 1, 1, 50, 50, 50]
    return rows


@pytest.fixture
def labelled(store, vectors):
    """Six claims with verdicts, the first three legitimate; the last one's verdict is of yesterday."""
    events = [filed("U", 50), ruled("U", 20.5, "undetermined"), filed("N", 50.5), ruled("N", 20, "abusive")]
    for number, vector in enumerate(vectors):
        verdict = "legitimate" if number < 3 else "abusive"
        events += [filed(f"S{number}", 60 - number), ruled(f"S{number}", 1 if number == 5 else 30 - number, verdict)]
        with store.writing() as connection:
            log_vector(connection, f"S{number}", NOW_MS, store.plan.catalog_hash, vector)
    tell(store, *events)
    return store


def names(found):
    return [claim_id for claim_id, *_ in found]


def test_nothing_is_said_until_the_log_was_read_through(labelled, champion, vectors):
    """A page that comes earlier says that it is being prepared; one thread reads on, some at a time."""
    similar = SimilarClaims(labelled, lambda: champion)
    assert similar.find(champion, vectors[0], "new", NOW_MS) is None
    assert not similar.refresh()
    assert similar.find(champion, vectors[0], "new", NOW_MS) is not None


def test_most_similar_come_first_by_the_share_of_common_leaves(labelled, champion, vectors):
    """The claim itself and verdicts that haven't settled are left out; so are claims without a verdict or a vector."""
    similar = SimilarClaims(labelled, lambda: champion)
    similar.refresh()
    found = similar.find(champion, vectors[3], "S3", NOW_MS)
    leaves = champion.scorer.leaves(vectors)
    shares = {f"S{number}": (leaves[number] == leaves[3]).mean() for number in (0, 1, 2, 4)}
    assert {claim_id: share for claim_id, share, *_ in found} == {own: share for own, share in shares.items() if share}
    units = similar.find(champion, vectors[0], "S0", NOW_MS)
    assert len(found) + len(units) == 3
    assert [share for _, share, *_ in units] == sorted((share for _, share, *_ in units), reverse=True)
    assert "S5" in names(similar.find(champion, vectors[3], "S3", NOW_MS - DAY_MS + SETTLED_AFTER_MS))


def test_new_verdict_is_taken_up_and_a_later_one_replaces_it(labelled, champion, vectors):
    """An appeal's finding stands in the place of the first, and settles anew."""
    similar = SimilarClaims(labelled, lambda: champion)
    similar.refresh()
    tell(labelled, ruled("S0", 0.5, "abusive", verdict_source="appeal"))
    similar.refresh()
    assert "S0" not in names(similar.find(champion, vectors[1], "new", NOW_MS))
    later = similar.find(champion, vectors[1], "new", NOW_MS + SETTLED_AFTER_MS)
    assert {claim_id: verdict for claim_id, _, verdict, _ in later}["S0"] == "abusive"


def test_oldest_make_room_for_newer_ones(labelled, champion, vectors):
    """Memory is bounded: the newest verdicts are kept."""
    similar = SimilarClaims(labelled, lambda: champion, most=4)
    similar.refresh()
    found = [similar.find(champion, vectors[number], "new", NOW_MS + SETTLED_AFTER_MS) for number in (0, 5)]
    assert sorted(names(found[0] + found[1])) == ["S2", "S3", "S4", "S5"]


def test_promotion_prepares_anew(labelled, champion, champion_that_recovers, vectors):
    """Leaves are of one model: another champion's view isn't mixed with them."""
    models = [champion]
    similar = SimilarClaims(labelled, lambda: models[0])
    similar.refresh()
    models[0] = champion_that_recovers
    assert similar.find(champion_that_recovers, vectors[0], "new", NOW_MS) is None
    similar.refresh()
    assert similar.find(champion_that_recovers, vectors[0], "new", NOW_MS)


def test_text_that_a_model_reads_counts(labelled, champion_that_reads):
    """Its leaves are those of the whole vector, with what the text says."""
    similar = SimilarClaims(labelled, lambda: champion_that_reads)
    similar.refresh()
    whole = champion_that_reads.scorer.complete(np.zeros(250), "it came broken", "damaged")
    assert similar.find(champion_that_reads, whole, "new", NOW_MS)


def test_what_was_claimed_stands_beside(labelled):
    """Amount, reason and moment come from the claim's own event."""
    with labelled.reading() as connection:
        [shown] = similar_claims(connection, [("S1", 0.5, "legitimate", NOW_MS)])
    assert (shown.amount_minor, shown.reason, shown.similarity) == (5_000, "damaged", 0.5)


def test_no_champion_prepares_nothing(labelled):
    """Before the first promotion there is nothing to see with."""
    assert not SimilarClaims(labelled, lambda: None).refresh()
