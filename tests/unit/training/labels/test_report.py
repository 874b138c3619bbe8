"""What the terminal and the file tell of labels, and what a model's card states of them."""

import json
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest

from features.event_file import from_events, write_events
from features.events import EventKind
from tests.unit.training.labels.conftest import event
from tests.unit.training.labels.worlds import APPEAL, AUDIT, DAY_MS, REVIEWER, START_MS, bench, look, platform
from training.labels.agreement import agreement
from training.labels.command import describe_labels
from training.labels.drawing import Drawn, Gap, Labelling, draw_labels, find_gap
from training.labels.ledger import draw_ledger
from training.labels.measured import MeasuredReviewers
from training.labels.reliability import estimate_reliability
from training.labels.report import label_table, report
from training.labels.statement import card_lines, facts, label_metrics, summary_lines

END_MS = START_MS + 130 * DAY_MS


@pytest.fixture(scope="module")
def events():
    return platform(np.random.default_rng(12), claims=6_000)[0]


@pytest.fixture(scope="module")
def rows(events):
    return events.rows_of(EventKind.CLAIM_FILED)


@pytest.fixture(scope="module")
def ledger(events, rows):
    return draw_ledger(events, rows, END_MS)


def test_agreement_counts_each_pair_of_votes_on_a_claim_once():
    """Three who ruled are three pairs; whoever ruled alone is in none."""
    world = bench(np.random.default_rng(0), claims=4)
    world.rule(np.array([0, 1, 2]), REVIEWER, np.array([1, 1, 0]), 0)
    world.rule(np.array([0, 1]), REVIEWER, np.array([1, 0]), 1)
    world.rule(np.array([0]), APPEAL, np.array([0]))
    found = agreement(world.rulings(2))
    assert (found.pairs[REVIEWER, REVIEWER], found.agreeing[REVIEWER, REVIEWER]) == (2, 1)
    assert (found.pairs[REVIEWER, APPEAL], found.agreeing[REVIEWER, APPEAL]) == (2, 0)
    assert found.pairs.sum() == 4


def test_report_tells_verdicts_delays_chances_and_weights(ledger):
    """Each number that decides what is learned has its line."""
    text = report(ledger)
    reviewed = ledger.rulings.verdict[ledger.rulings.source == REVIEWER]
    assert f"6,000 claims, {len(ledger.rulings):,} ruled on" in text
    legitimate, abusive = np.bincount(reviewed).tolist()
    assert f"\nreviewer{legitimate:>18,}{abusive:>12,}{0:>14,}\n" in text
    assert "no claim has two verdicts" in text
    assert "0.880 (assumed)" in text
    assert f"labels are waited for {ledger.maturity.gap_days():.1f} days" in text
    assert f"audits: a chance logged beside {int(ledger.propensities.logged.sum()):,} decisions" in text
    assert f"worth as many as {ledger.weights(ledger.weighable).effective:,.0f} equal ones" in text


def test_report_of_claims_ruled_on_twice_names_the_reviewers_furthest_off(draw, at):
    """Who errs more than the colleagues is seen, beside how often both agree."""
    random = np.random.default_rng(1)
    lines = []
    for number in range(60):
        truth = "abusive" if random.random() < 0.4 else "legitimate"
        wrong = "legitimate" if truth == "abusive" else "abusive"
        lines.append(f"{number / 10} filed ann 100 c{number}")
        lines += [f"20 adjudicated ann {truth} c{number} reviewer_id={name}" for name in ("rita", "tom")]
        lines.append(f"20 adjudicated ann {wrong if number % 2 else truth} c{number} reviewer_id=eve")
    drawn = draw("\n".join(lines))
    text = report(draw_ledger(drawn, drawn.rows_of(EventKind.CLAIM_FILED), at(40)))
    assert "reviewer and reviewer            180    66.7%" in text
    worst = text.split("those furthest off their source's rates:\n")[1].splitlines()[0]
    assert worst.startswith("eve ")


def test_report_without_verdicts_says_so_in_one_line(draw, at):
    """Nothing is known, and what to do is said."""
    drawn = draw("0 filed ann 100 c1\n0 filed ann 100 c2")
    text = report(draw_ledger(drawn, drawn.rows_of(EventKind.CLAIM_FILED), at(40)))
    assert text.startswith("no verdicts yet on 2 claims: ")
    assert "\n" not in text


def test_report_of_young_claims_alone_says_that_none_can_be_weighed(draw, at):
    """A verdict of yesterday is known, and not yet used."""
    drawn = draw("0 filed ann 100 c1\n1 adjudicated ann undetermined c1\n2 adjudicated ann abusive c1")
    text = report(draw_ledger(drawn, drawn.rows_of(EventKind.CLAIM_FILED), at(3)))
    assert "no label can be weighed yet: all 1 are of claims too young" in text
    assert "few" in text


def test_label_table_has_a_row_for_each_claim_and_null_where_nothing_is_known(events, rows, ledger):
    """What a file says is what the ledger holds."""
    table = label_table(events, rows, ledger)
    assert table.num_rows == 6_000
    known = ledger.labels.is_known
    assert table["abusive"].null_count == table["probability"].null_count == table["known_at_ms"].null_count
    assert table["abusive"].null_count == (~known).sum()
    assert table["weight"].null_count == (~ledger.weighable).sum()
    assert np.nanmean(table["weight"].to_numpy()) == pytest.approx(1)
    assert table["claim_id"][0].as_py() == "claim-0"


def test_describe_labels_knows_nothing_of_what_came_later(tmp_path):
    """A moment may be given; what was known then is told, and written."""
    lines = ["0 filed ann 100 c1", "1 filed bob 100 c2", "3 adjudicated ann abusive c1", "9 adjudicated bob abusive c2"]
    write_events(from_events([event(number, line) for number, line in enumerate(lines)]), tmp_path / "e.parquet")
    source, out = str(tmp_path / "e.parquet"), tmp_path / "new" / "labels.parquet"
    assert "2 claims, 2 ruled on" in describe_labels(source)
    assert "2 claims, 1 ruled on" in describe_labels(source, START_MS + 5 * DAY_MS, out)
    assert pq.read_table(out)["abusive"].to_pylist() == [True, None]
    assert "1 claims" in describe_labels(source, START_MS + DAY_MS)
    with pytest.raises(ValueError, match="no claim was known by then"):
        describe_labels(source, START_MS)


# what a training states


@pytest.fixture(scope="module")
def labelling(events, rows):
    drawn = draw_labels(events, rows, END_MS, 20.0)
    counted = {"train": drawn.ledger.weights(drawn.ledger.weighable, fitting=True)}
    return Labelling(Gap(20.0, "delays"), drawn, drawn, counted)


def test_statement_of_measured_reviewers_has_the_files_hash_and_no_names(labelling):
    """The card says that rates were measured, and by which file; a card travels, so names stay out of it."""
    known = replace(labelling, reviewers=MeasuredReviewers({"Zaphod": (0.9, 0.98)}, "f00d"))
    card, stated = "\n".join(card_lines(known)), facts(known)
    assert (stated["reviewers_hash"], stated["reviewers_measured"]) == ("f00d", 1)
    assert "f00d" in card
    assert "Zaphod" not in card + json.dumps(stated)
    assert "gold cases" not in "\n".join(card_lines(labelling))


def test_statement_of_labels_is_on_the_card_in_json_and_in_figures(labelling):
    """Sources with their rates, delays, clip and effective size, each in the three places."""
    card, stated, figures = "\n".join(card_lines(labelling)), facts(labelling), label_metrics(labelling)
    assert json.loads(json.dumps(stated, allow_nan=False)) == stated
    assert set(stated["sources"]) == {"reviewer", "audit"}
    assert stated["sources"]["audit"]["estimated"] is False
    assert f"| audit | {stated['sources']['audit']['rulings']:,} |" in card
    effective = stated["weights"]["train"]["effective"]
    assert f"| {effective:,.0f} |" in card
    assert figures["label_train_effective"] == effective
    assert figures["label_gap_days"] == stated["gap_days"] == 20
    clip = stated["weights"]["train"]["clip"]
    assert figures["label_train_clip"] == clip < 100
    assert f"| {clip:.1f} |" in card
    assert "for fitting\nit is lowered until the labels are worth 50% of their number" in card
    assert "Waited for 20.0 days" in card
    assert "Waited" not in summary_lines(labelling)[0]
    assert f"train {effective:,.0f} of" in summary_lines(labelling)[1]


def test_statement_of_silence_says_how_many_labels_it_made(events, rows):
    """Whoever takes silence for clean reads for how many claims."""
    drawn = draw_labels(events, rows, END_MS, 20.0, silence=True)
    assert drawn.silent_share == pytest.approx(
        (~drawn.ledger.labels.is_known).sum() / drawn.labels.is_known.sum(), abs=0.01
    )
    card = "\n".join(card_lines(Labelling(Gap(20.0, "given"), drawn, drawn, {})))
    assert f"Silence was taken for clean in {drawn.silent_share:.1%} of the labels known before the test" in card
    assert "Each label counts the same." in card
    assert "as it was set" in card


def test_statement_of_rates_tells_estimated_from_assumed():
    """Where several ruled, a rate comes with its error; where nobody looked after, it is called assumed."""
    random = np.random.default_rng(3)
    world = bench(random, claims=4_000)
    for number in (0, 1):
        world.rule(np.arange(3_000), REVIEWER, look(random, world.truth[:3_000], 0.9, 0.95), number)
    world.rule(np.arange(3_000, 4_000), AUDIT, look(random, world.truth[3_000:], 0.9, 0.95))
    events, _ = platform(random, claims=100)
    base = draw_ledger(events, events.rows_of(EventKind.CLAIM_FILED), END_MS, 20.0)
    reliability = estimate_reliability(world.rulings(2))
    drawn = Drawn(base.labels, replace(base, reliability=reliability))
    card = "\n".join(card_lines(Labelling(Gap(20.0, "delays"), drawn, drawn, {})))
    rate, error = reliability.rates[REVIEWER, 0], reliability.errors[REVIEWER, 0]
    assert f"{rate:.3f} ± {2 * error:.3f}" in card
    assert "0.900 (assumed)" in card
    assert "Too few of their claims were ruled on by others: audit; their rates are assumed." in card


def test_statement_of_a_proxy_is_its_gap_alone(ledger):
    """No verdicts, no rates."""
    drawn = Drawn(ledger.labels)
    proxy = Labelling(Gap(90.0, "given"), drawn, drawn, {})
    assert card_lines(proxy) == summary_lines(proxy) == card_lines(None) == []
    assert facts(proxy) == {"gap_days": 90.0, "gap_told_by": "given"}
    assert (facts(None), label_metrics(None)) == ({}, {})


@pytest.mark.parametrize(
    ("moment_ms", "given", "expected"),
    [
        (None, None, Gap(45.0, "too few verdicts")),
        (START_MS, None, Gap(45.0, "too few verdicts")),
        (END_MS, 12.5, Gap(12.5, "given")),
    ],
)
def test_gap_that_no_delays_tell_says_why(events, rows, moment_ms, given, expected):
    """Given, or fixed for want of verdicts."""
    assert find_gap(events, rows, moment_ms, given) == expected


def test_gap_that_delays_tell_is_theirs(events, rows):
    """Verdicts here take 1 to 19 days, all alike."""
    gap = find_gap(events, rows, END_MS, None)
    assert gap.told_by == "delays"
    assert 17 <= gap.days <= 19
