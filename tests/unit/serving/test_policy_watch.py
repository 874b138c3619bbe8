"""A policy file that changes while the service runs is taken up; one that can't be used changes nothing."""

import logging
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from serving.claim_desk import ClaimDesk
from serving.policy import PolicyError, default_policy_path, read_policy
from serving.policy_watch import LOOK_SECONDS, PolicyWatch
from tests.unit.serving.claims import CONSENT, make_claim

DEFAULT_TEXT = default_policy_path().read_text(encoding="utf-8")
DEARER = DEFAULT_TEXT.replace("review_cost_minor = 400 ", "review_cost_minor = 90000 ")


class Hand:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds

    def later(self) -> None:
        """Until the file is looked at again."""
        self.seconds += LOOK_SECONDS


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "policy.toml"
    path.write_text(DEFAULT_TEXT, encoding="utf-8")
    return path


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def watch(file: Path, hand: Hand) -> PolicyWatch:
    return PolicyWatch(file, hand)


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]


def test_changed_policy_is_in_force_after_the_next_look(file: Path, hand: Hand, watch: PolicyWatch) -> None:
    """No restart: what an operator saves counts within seconds, and no file is looked at for each claim."""
    before = watch()
    file.write_text(DEARER, encoding="utf-8")
    hand.seconds += LOOK_SECONDS - 0.01
    assert watch() is before
    hand.later()
    assert watch().costs.review_cost_minor == 90_000
    assert watch().version == read_policy(file).version != before.version


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (DEFAULT_TEXT.replace("delay_cost_minor", "delay_cost_minr"), ["costs.delay_cost_minr", "did you mean"]),
        (DEFAULT_TEXT.replace("[costs]", "[costs"), ["not TOML", "mend that line"]),
        (DEFAULT_TEXT.replace("advance_fee_minor = 50 ", "# "), ["costs.advance_fee_minor", "missing; add it"]),
        (DEFAULT_TEXT.replace("least_share = 0.002", "least_share = 0.5"), ["audit", "least_share is above share"]),
        ("", ["missing; add it"]),
        (None, ["can't be read"]),
    ],
)
def test_policy_that_is_refused_is_logged_in_one_line_and_the_old_one_stays(
    file: Path, hand: Hand, watch: PolicyWatch, caplog: pytest.LogCaptureFixture, text: str | None, said: list[str]
) -> None:
    """A typo, bad TOML, a missing cost, a file that is gone: the service decides as before, and says what to do."""
    before = watch()
    file.unlink() if text is None else file.write_text(text, encoding="utf-8")
    for _ in range(3):
        hand.later()
        assert watch() is before
    [line] = errors(caplog)
    assert watch.refused is not None
    assert line.startswith(watch.refused)
    assert "\n" not in line
    for each in (str(file), f"policy {before.version} stays in force", *said):
        assert each in line
    assert all(record.exc_info is None for record in caplog.records)


def test_policy_mended_after_a_refusal_is_taken_up(
    file: Path, hand: Hand, watch: PolicyWatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A refusal isn't for good; and a second mistake is told as the first was."""
    for text in ("nonsense", "more nonsense"):
        file.write_text(text, encoding="utf-8")
        hand.later()
        watch()
    assert len(errors(caplog)) == 2
    file.write_text(DEARER, encoding="utf-8")
    hand.later()
    assert watch().costs.review_cost_minor == 90_000
    assert len(errors(caplog)) == 2
    assert watch.refused is None


def test_file_put_in_the_place_of_another_is_seen_whatever_its_time(
    file: Path, hand: Hand, watch: PolicyWatch, tmp_path: Path
) -> None:
    """Careful editors and deployments write a new file and rename it; its time and size may be those of the old one."""
    new = tmp_path / "new.toml"
    new.write_text(DEFAULT_TEXT.replace("advance_fee_minor = 50 ", "advance_fee_minor = 51 "), encoding="utf-8")
    found = file.stat()
    os.utime(new, ns=(found.st_atime_ns, found.st_mtime_ns))
    new.rename(file)
    assert (file.stat().st_mtime_ns, file.stat().st_size) == (found.st_mtime_ns, found.st_size)
    hand.later()
    assert watch().costs.advance_fee_minor == 51


def test_file_that_says_the_same_in_other_words_changes_no_version(
    file: Path, hand: Hand, watch: PolicyWatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A comment more is no news."""
    caplog.set_level(logging.INFO)
    before = watch().version
    file.write_text(DEFAULT_TEXT + "\n# a thought\n", encoding="utf-8")
    hand.later()
    assert watch().version == before
    assert caplog.records == []


def test_policy_taken_up_is_logged_with_both_versions(
    file: Path, hand: Hand, watch: PolicyWatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever reads the log knows from when on which policy decided."""
    caplog.set_level(logging.INFO)
    before = watch().version
    file.write_text(DEARER, encoding="utf-8")
    hand.later()
    now = watch().version
    assert [record.getMessage() for record in caplog.records] == [
        f"{file}: policy {now} is in force now, in the place of {before}"
    ]


def test_service_does_not_start_without_a_policy(file: Path) -> None:
    """There is nothing in force yet that could stay."""
    file.write_text("nonsense", encoding="utf-8")
    with pytest.raises(PolicyError, match="not TOML"):
        PolicyWatch(file)


def test_decisions_name_the_policy_that_was_in_force(
    file: Path, hand: Hand, watch: PolicyWatch, open_desk: Callable[..., ClaimDesk]
) -> None:
    """The next claim is decided under the new policy, a refused one changes nothing, and a repeat keeps its answer."""
    desk = open_desk(policy=watch)
    claims = [
        make_claim(f"C{n}", quantity=50, authority=CONSENT, order={"buyer_id": f"B{n}", "merchant_id": f"M{n}"})
        for n in range(3)
    ]
    first = desk.score(claims[0])
    file.write_text(DEARER, encoding="utf-8")
    hand.later()
    second = desk.score(claims[1])
    file.write_text(DEARER.replace("[costs]", "[cost]"), encoding="utf-8")
    hand.later()
    third = desk.score(claims[2])
    assert first.policy_version == read_policy(default_policy_path()).version
    assert second.policy_version == third.policy_version == desk.policy.version != first.policy_version
    assert (first.action, second.action, third.action) == ("manual_review", "auto_approve", "auto_approve")
    repeated = desk.score(claims[0])
    assert (repeated.replayed, repeated.policy_version) == (True, first.policy_version)
