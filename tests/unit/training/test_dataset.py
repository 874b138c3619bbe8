"""Nothing is learned from the future: how time is cut, what is in each period, and what can't change it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from features.events import Event, EventKind
from features.plan import Plan
from training.dataset import Dataset, DatasetError, Period, SplitConfig, build_dataset

DAY_MS = 86_400_000
GAP_MS = 45 * DAY_MS

Shop = tuple[Event, ...]
Build = Callable[..., Dataset]


@pytest.fixture(scope="module")
def build(plan: Plan, table_of: Callable[[Iterable[Event]], pa.Table]) -> Build:
    """Build a dataset from events; unless told otherwise, each label counts for 1 and the gap is 45 days."""
    usual = {"label": "verdict_unweighted", "gap_days": 45}
    return lambda events, **split: build_dataset(table_of(events), plan, SplitConfig(**usual | split))


@pytest.fixture(scope="module")
def dataset(build: Build, shop: Shop) -> Dataset:
    return build(shop)


def claims_in(dataset: Dataset, period: Period) -> list[int]:
    """The numbers of a period's claims, which the shop's amounts tell."""
    amounts = period.vectors[:, dataset.columns.index("claim_amount_minor")]
    return (amounts.astype(np.int64) - 1_000).tolist()


def filed(events: Iterable[Event]) -> list[Event]:
    claims = [event for event in events if event.kind is EventKind.CLAIM_FILED]
    return sorted(claims, key=lambda event: event.known_at_ms)


def verdicts(events: Iterable[Event], before_ms: int) -> dict[int, int]:
    """What was found on each claim, by its number, as known before a moment: 1 abusive, 0 not."""
    rulings = [event for event in events if event.kind is EventKind.CLAIM_ADJUDICATED]
    return {
        int(str(event.claim_id).split("-")[1]): int(event.verdict == "abusive")
        for event in rulings
        if event.known_at_ms < before_ms
    }


def contents(period: Period) -> tuple[bytes, ...]:
    return tuple(array.tobytes() for array in (period.vectors, period.abusive, period.weights, period.as_of_ms))


def move_verdict(events: Iterable[Event], number: int, known_at_ms: int) -> list[Event]:
    ruling = f"claim_adjudicated-{number}-0"
    moved = {"occurred_at_ms": known_at_ms, "known_at_ms": known_at_ms}
    return [replace(event, **moved) if event.event_id == ruling else event for event in events]


def change(event: Event, number: int) -> Event:
    """An event of the same kind and moment that says something else about everything."""
    other = {"merchant_id": f"other-{number % 3}", "product_id": f"other-{number % 4}", "buyer_id": f"b-{number % 7}"}
    if event.amount_minor is not None:
        other["amount_minor"] = event.amount_minor * 3 + number
    if event.verdict is not None:
        other["verdict"] = "legitimate" if event.verdict == "abusive" else "abusive"
    if event.claim_type is not None:
        other |= {"claim_type": "refund_only", "claim_reason": "damaged", "order_amount_minor": 7}
    return replace(event, **other)


def change_from(events: Iterable[Event], moment_ms: int) -> list[Event]:
    return [change(each, n) if each.known_at_ms >= moment_ms else each for n, each in enumerate(events)]


# how time is cut


def test_periods_of_a_long_history_lie_in_order_with_a_gap_before_the_test_and_after_it(dataset, shop):
    """train < calibration < gap < test < gap < end."""
    test_start_ms, end_ms = dataset.label_drawn_at_ms
    train, calibration, test = dataset.periods
    assert train.as_of_ms.max() < calibration.as_of_ms.min()
    assert calibration.as_of_ms.max() < test_start_ms - GAP_MS
    assert test_start_ms <= test.as_of_ms.min()
    assert test.as_of_ms.max() < end_ms - GAP_MS
    assert end_ms == max(event.known_at_ms for event in shop) + 1


def test_periods_of_a_long_history_take_their_shares_of_the_claims(dataset, shop):
    """A quarter of the claims old enough to have a label is the test, a quarter of those before the gap calibrates."""
    test_start_ms, end_ms = dataset.label_drawn_at_ms
    mature = [claim.known_at_ms for claim in filed(shop) if claim.known_at_ms < end_ms - GAP_MS]
    assert test_start_ms == mature[int(len(mature) * 0.75)]
    before_gap = [moment for moment in mature if moment < test_start_ms - GAP_MS]
    calibration_start_ms = before_gap[int(len(before_gap) * 0.75)]
    assert dataset.train.as_of_ms.max() < calibration_start_ms <= dataset.calibration.as_of_ms.min()


def test_test_share_when_smaller_starts_the_test_later(build, shop, dataset):
    """The shares are the caller's to choose."""
    smaller = build(shop, test_share=0.2)
    assert smaller.label_drawn_at_ms[0] > dataset.label_drawn_at_ms[0]
    assert smaller.label_drawn_at_ms[1] == dataset.label_drawn_at_ms[1]


def test_calibration_share_when_larger_leaves_the_test_as_it_was(build, shop, dataset):
    """Calibration is taken from what comes before the gap."""
    larger = build(shop, calibration_share=0.5)
    assert len(larger.calibration) > len(dataset.calibration)
    assert len(larger.train) < len(dataset.train)
    assert contents(larger.test) == contents(dataset.test)


def test_claims_of_a_shop_with_one_claim_a_moment_are_in_one_period_at_most(dataset):
    """No claim is both learned from and graded on."""
    every = [number for period in dataset.periods for number in claims_in(dataset, period)]
    assert len(every) == len(set(every)) > 0


# labels


def test_labels_of_train_and_calibration_are_exactly_those_known_before_the_test(dataset, shop):
    """A claim before the gap is in if and only if somebody had ruled on it before the test began."""
    test_start_ms, _ = dataset.label_drawn_at_ms
    known = verdicts(shop, test_start_ms)
    before_gap = [number for number, claim in enumerate(filed(shop)) if claim.known_at_ms < test_start_ms - GAP_MS]
    learned = claims_in(dataset, dataset.train) + claims_in(dataset, dataset.calibration)
    assert learned == [number for number in before_gap if number in known]
    assert set(learned) != set(before_gap), "the shop must have verdicts that came too late"
    labels = dataset.train.abusive.tolist() + dataset.calibration.abusive.tolist()
    assert labels == [known[number] for number in learned]


def test_labels_of_the_test_are_exactly_those_known_before_the_end(dataset, shop):
    """The test is graded by all verdicts that there are."""
    test_start_ms, end_ms = dataset.label_drawn_at_ms
    known = verdicts(shop, end_ms)
    numbers = claims_in(dataset, dataset.test)
    assert numbers == [
        number
        for number, claim in enumerate(filed(shop))
        if test_start_ms <= claim.known_at_ms < end_ms - GAP_MS and number in known
    ]
    assert dataset.test.abusive.tolist() == [known[number] for number in numbers]


@pytest.mark.parametrize(("after_test_start_ms", "stays"), [(-1, True), (0, False), (1, False), (30 * DAY_MS, False)])
def test_claim_whose_verdict_moves_to_the_test_start_or_later_leaves_train(
    build, shop, dataset, after_test_start_ms, stays
):
    """What was found out when the test had begun teaches nothing, to the millisecond."""
    number = claims_in(dataset, dataset.train)[50]
    moved = build(move_verdict(shop, number, dataset.label_drawn_at_ms[0] + after_test_start_ms))
    assert (number in claims_in(moved, moved.train)) is stays
    assert len(moved.train) == len(dataset.train) - (not stays)


def test_verdict_that_turns_after_the_test_started_leaves_the_earlier_one(build, shop, dataset):
    """A later finding on a claim doesn't reach back."""
    number = claims_in(dataset, dataset.train)[50]
    ruling = next(event for event in shop if event.event_id == f"claim_adjudicated-{number}-0")
    late_ms = dataset.label_drawn_at_ms[0] + 10
    turned = replace(ruling, event_id="turned", known_at_ms=late_ms, occurred_at_ms=late_ms)
    turned = replace(turned, verdict="legitimate" if ruling.verdict == "abusive" else "abusive")
    assert contents(build([*shop, turned]).train) == contents(dataset.train)


def test_silence_counts_as_clean_only_where_the_label_says_so(build, shop, dataset):
    """`verdict_or_silence` keeps the claims that `verdict` leaves out, as clean ones."""
    silent = build(shop, label="verdict_or_silence")
    known = verdicts(shop, silent.label_drawn_at_ms[0])
    numbers = claims_in(silent, silent.calibration)
    assert set(numbers) > set(claims_in(dataset, dataset.calibration))
    assert silent.calibration.abusive.tolist() == [known.get(number, 0) for number in numbers]


def within_a_month(events: Iterable[Event]) -> list[Event]:
    """The events without the verdicts that take seventy days: what is left takes 2, 10 or 30."""
    late = {f"claim_adjudicated-{number}-0" for number in range(3, 600, 4)}
    return [event for event in events if event.event_id not in late]


def test_gap_when_not_given_is_told_from_the_delays_of_verdicts(build, shop):
    """Labels are waited for as long as they take, before the test and after it."""
    dataset = build(within_a_month(shop), gap_days=None)
    gap = dataset.labelling.gap
    assert (round(gap.days, 3), gap.told_by) == (30.0, "delays")
    test_start_ms, end_ms = dataset.label_drawn_at_ms
    assert dataset.calibration.as_of_ms.max() < test_start_ms - gap.days * DAY_MS
    assert dataset.test.as_of_ms.max() < end_ms - gap.days * DAY_MS


def test_gap_told_from_delays_when_all_after_the_test_start_changes_stays_as_it_was(build, shop):
    """Nothing of the test decides where it begins."""
    events = within_a_month(shop)
    dataset = build(events, gap_days=None)
    start_ms = dataset.label_drawn_at_ms[0]
    hurried = [
        replace(each, known_at_ms=max(start_ms, each.known_at_ms - 20 * DAY_MS))
        if each.verdict and each.known_at_ms >= start_ms
        else each
        for each in events
    ]
    changed = build(hurried, gap_days=None)
    assert changed.labelling.gap == dataset.labelling.gap
    assert contents(changed.train) == contents(dataset.train)


@pytest.mark.parametrize("days", [0, -1, float("nan")])
def test_gap_of_no_length_is_refused(days):
    """Labels take time."""
    with pytest.raises(DatasetError, match="gap_days must be more than 0"):
        SplitConfig(gap_days=days)


def test_labels_by_chance_count_for_more_where_verdicts_are_rare(build, shop, dataset):
    """Without 171 verdicts of 383, the others of their type stand for them, and in all as many count as before."""
    dear = {claim.claim_id for claim in filed(shop) if claim.claim_type == "return_refund"}
    silent = {f"claim_adjudicated-{number}-0" for number in range(600) if number % 3 == 1}
    kept = [e for e in shop if not (e.event_id in silent and e.claim_id in dear)]
    period = build(kept, label="verdict").train
    is_dear = period.vectors[:, dataset.columns.index("claim_type_is_return_refund")] == 1
    ratio = period.label_weights[is_dear].mean() / period.label_weights[~is_dear].mean()
    assert ratio == pytest.approx(383 / 212, rel=0.1)
    assert period.weights.sum() == pytest.approx(period.filings)
    assert period.label_weights.mean() == pytest.approx(1)


# filings


def test_filing_of_several_lines_weighs_one_in_all(build, claim, shop):
    """Lines that a buyer claims at one moment are one decision of that buyer."""
    lines = [event for number in (20, 21, 22) for line in (1, 2, 3) for event in claim(number, line=line)]
    period = build([*shop, *lines]).train
    assert sorted(set(period.weights.tolist())) == [0.25, 1.0]
    assert (period.weights == 0.25).sum() == 12
    assert period.filings == len(period) - 9
    for moment in np.unique(period.as_of_ms):
        assert period.weights[period.as_of_ms == moment].sum() == 1


def test_filing_with_lines_that_nobody_ruled_on_weighs_one_still(build, claim, shop):
    """What is shared is shared among the lines that teach something."""
    silent = [e for line in (1, 2, 3) for e in claim(20, line=line) if e.kind is not EventKind.CLAIM_ADJUDICATED]
    period = build([*shop, *silent, *claim(21, line=1)]).train
    assert sorted(period.weights.tolist())[:3] == [0.5, 0.5, 1.0]
    assert period.filings == len(period) - 1


def test_claims_of_two_buyers_at_one_moment_are_two_filings(build, claim, shop):
    """A filing is one buyer's."""
    period = build([*shop, *claim(20, line=1, buyer="another")]).train
    assert period.weights.tolist() == [1.0] * len(period)


def test_abusive_share_of_a_period_counts_filings(build, claim, shop):
    """One filing of many abusive lines makes abuse no more frequent than one of a single line."""
    lines = [event for line in range(1, 30) for event in claim(21, line=line)]
    train = build([*shop, *lines]).train
    of_filings = dict(zip(train.as_of_ms.tolist(), train.abusive.tolist(), strict=True))
    assert train.abusive_share == pytest.approx(sum(of_filings.values()) / len(of_filings))
    assert train.abusive.mean() > train.abusive_share + 0.05


# what is left out


def test_claims_without_order_or_buyer_are_left_out_and_counted(build, claim, shop, dataset):
    """Nobody asks the service to score a claim without its order's facts, so nothing is learned from one."""
    bare = [*claim(20, line=1, has_order=False), *claim(22, line=1, has_order=False)]
    nobody = claim(23, line=1, buyer=None)
    neither = claim(25, line=1, buyer=None, has_order=False)
    with_them = build([*shop, *bare, *nobody, *neither])
    assert (with_them.claims, with_them.without_order, with_them.without_buyer) == (604, 3, 1)
    assert (dataset.claims, dataset.without_order, dataset.without_buyer) == (600, 0, 0)
    assert claims_in(with_them, with_them.train) == claims_in(dataset, dataset.train)


# too little, or wrong


def test_history_without_a_claim_is_refused(build, shop):
    """There is nothing to split."""
    with pytest.raises(DatasetError, match="no claim with a buyer and its order's facts"):
        build([event for event in shop if event.kind is EventKind.ORDER_PAID])


@pytest.mark.parametrize("days", [1, 44, 60, 90])
def test_history_of_too_few_days_is_refused_in_one_line(build, shop, days):
    """Without two gaps there is no honest test; the message says how long a gap is."""
    end_ms = shop[0].known_at_ms + days * DAY_MS
    with pytest.raises(DatasetError, match="span too little time: labels take 45 days") as caught:
        build([event for event in shop if event.known_at_ms < end_ms])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("verdict", ["abusive", "legitimate"])
def test_history_with_one_kind_of_verdict_is_refused_in_one_line(build, shop, verdict):
    """Where nothing is abusive, or everything, there is nothing to tell apart."""
    events = [replace(event, verdict=verdict) if event.verdict else event for event in shop]
    with pytest.raises(DatasetError, match=r"the train period has .* it needs 20 of each") as caught:
        build(events)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("abusive", "enough"), [(20, True), (19, False)])
def test_period_needs_twenty_of_each_kind(build, shop, dataset, abusive, enough):
    """Twenty do, nineteen don't."""
    numbers = claims_in(dataset, dataset.calibration)
    guilty = {f"claim_adjudicated-{number}-0" for number in numbers[:abusive]}
    innocent = {f"claim_adjudicated-{number}-0" for number in numbers[abusive:]}
    events = [
        replace(event, verdict="abusive" if event.event_id in guilty else "legitimate")
        if event.event_id in guilty | innocent
        else event
        for event in shop
    ]
    if enough:
        assert build(events).calibration.abusive.sum() == abusive
    else:
        with pytest.raises(DatasetError, match=f"the calibration period has {abusive} abusive"):
            build(events)


def test_label_that_nobody_makes_is_refused_with_those_that_exist():
    """A typing error never trains on something else."""
    with pytest.raises(DatasetError, match=r"'verdikt': use one of verdict, verdict_unweighted, verdict_or_silence"):
        SplitConfig(label="verdikt")


@pytest.mark.parametrize("shares", [{"test_share": 0}, {"test_share": 1}, {"calibration_share": 1.5}])
def test_share_that_leaves_a_period_empty_is_refused(shares):
    """Each period gets something."""
    with pytest.raises(DatasetError, match="between 0 and 1"):
        SplitConfig(**shares)


# the hash


@pytest.mark.parametrize("label", ["verdict", "verdict_unweighted", "verdict_or_silence"])
def test_data_hash_of_the_same_events_in_any_order_of_rows_is_the_same(shop, plan, table_of, label):
    """The hash names the data, not the file that it came in."""
    table, split = table_of(shop), SplitConfig(label=label, gap_days=45)
    expected = build_dataset(table, plan, split).data_hash
    for seed in range(3):
        shuffled = table.take(pa.array(np.random.default_rng(seed).permutation(len(table))))
        assert build_dataset(shuffled, plan, split).data_hash == expected


def test_data_hash_after_one_other_verdict_is_another(build, shop, dataset):
    """A label is part of the data."""
    number = claims_in(dataset, dataset.test)[-1]
    ruling = f"claim_adjudicated-{number}-0"
    flip = {"abusive": "legitimate", "legitimate": "abusive"}
    events = [replace(each, verdict=flip[each.verdict]) if each.event_id == ruling else each for each in shop]
    assert build(events).data_hash != dataset.data_hash


def test_data_hash_after_one_other_amount_is_another(build, shop, dataset):
    """So is every value that a column is made of, be it one cent."""
    number = claims_in(dataset, dataset.test)[-1]
    events = [
        replace(event, amount_minor=event.amount_minor + 1) if event.event_id == f"claim_filed-{number}-0" else event
        for event in shop
    ]
    assert build(events).data_hash != dataset.data_hash


def test_data_hash_with_another_label_is_another(build, shop, dataset):
    """What a label means belongs to it."""
    assert build(shop, label="verdict_or_silence").data_hash != dataset.data_hash


def test_data_hash_when_what_nothing_reads_changes_is_the_same(build, shop, dataset):
    """The words of a claim are in no column."""
    events = [replace(e, claim_text="please") if e.kind is EventKind.CLAIM_FILED else e for e in shop]
    assert build(events).data_hash == dataset.data_hash


# leakage


@pytest.mark.parametrize("label", ["verdict", "verdict_unweighted", "verdict_or_silence"])
def test_train_and_calibration_when_all_after_the_test_start_changes_stay_as_they_were(build, shop, label):
    """Vectors, labels and weights before the test depend on nothing that was known when it began."""
    dataset = build(shop, label=label)
    changed = build(change_from(shop, dataset.label_drawn_at_ms[0]), label=label)
    assert changed.label_drawn_at_ms == dataset.label_drawn_at_ms
    assert contents(changed.train) == contents(dataset.train)
    assert contents(changed.calibration) == contents(dataset.calibration)
    assert contents(changed.test) != contents(dataset.test)


def test_vectors_of_train_when_all_after_it_changes_stay_as_they_were(build, shop, dataset):
    """A vector is what was known just before its own claim; later claims, orders and verdicts are in none."""
    last = int(dataset.train.as_of_ms[-1])
    changed = build(change_from(shop, last + 1))
    known = np.isin(changed.train.as_of_ms, dataset.train.as_of_ms)
    again = np.isin(dataset.train.as_of_ms, changed.train.as_of_ms)
    assert known.sum() > 100
    assert changed.train.vectors[known].tobytes() == dataset.train.vectors[again].tobytes()


def test_vectors_of_every_period_when_events_come_in_after_the_test_stay_as_they_were(build, shop, claim, dataset):
    """More claims, orders and verdicts after the test's last claim change no vector."""
    _, end_ms = dataset.label_drawn_at_ms
    more = [event for number in range(512, 598) for event in claim(number, line=1)]
    more = [event for event in more if end_ms - GAP_MS <= event.known_at_ms < end_ms]
    grown = build([*shop, *more])
    assert len(more) > 100
    assert grown.claims > dataset.claims
    for one, other in zip(grown.periods, dataset.periods, strict=True):
        assert contents(one) == contents(other)


def test_vector_of_a_claim_when_events_of_its_own_moment_change_stays_as_it_was(build, shop, claim, dataset):
    """Windows end just before the claim: another claim of the same buyer at the same moment isn't in it."""
    twin = [event for event in claim(20, line=1) if event.kind is EventKind.CLAIM_FILED]
    grown = build([*shop, *twin])
    row = claims_in(dataset, dataset.train).index(20)
    again = claims_in(grown, grown.train).index(20)
    assert grown.train.vectors[again].tobytes() == dataset.train.vectors[row].tobytes()
