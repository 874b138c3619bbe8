"""Claims wait together and are decided together; where the store fails, a person decides, and nothing is lost."""

import asyncio
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa

from features.store import Store
from features.store.bulk import rebuild_history
from serving.answer import Answer
from serving.claim import Claim
from serving.claim_desk import Answered, ClaimConflictError, ClaimDesk, Decided
from serving.clock import SteadyClock
from serving.counter import DOUBT_SECONDS, MOST_AT_ONCE, PAUSE_SECONDS, Counter, Result, UnavailableError, fold
from serving.ledger import DECISION
from serving.spool import Spool
from tests.spec.engines import history_of
from tests.unit.serving.claims import CONSENT, NOW_MS, make_claim

OpenDesk = Callable[..., ClaimDesk]


class Bench:
    """A counter whose store can be broken, with all that it tells."""

    def __init__(self, desk: ClaimDesk, folder: Path) -> None:
        self.desk, self.spool = desk, Spool(folder)
        self.told: list[Decided] = []
        self.batches: list[int] = []
        self.seconds = 0.0
        self.failing: Exception | None = None
        self._score_all = desk.score_all
        desk.score_all = self._watched  # type: ignore[method-assign]
        self.counter = Counter(desk, self.spool, self.told.extend, lambda: self.seconds)

    def _watched(self, claims: Sequence[object]) -> list[object]:
        self.batches.append(len(claims))
        if self.failing is not None:
            raise self.failing
        return self._score_all(claims)  # type: ignore[arg-type, return-value]

    def send(self, *claims: Claim) -> list[Result]:
        """Send claims at once; return what came of each."""

        async def all_at_once() -> list[Result]:
            return await asyncio.gather(*[self.counter.answer(each) for each in claims])

        return asyncio.run(all_at_once())

    def answer(self, claim: Claim) -> Answer:
        [result] = self.send(claim)
        assert isinstance(result, Answered), result
        return Answer.model_validate_json(result.body)

    def decisions(self) -> dict[str, str]:
        with self.desk.store.reading() as connection:
            rows = connection.execute(sa.select(DECISION.c.claim_id, DECISION.c.answer)).all()
            return {row.claim_id: row.answer for row in rows}


@pytest.fixture
def bench(desk: ClaimDesk, tmp_path: Path) -> Bench:
    return Bench(desk, tmp_path / "spool")


LOCKED = sa.exc.OperationalError("BEGIN", (), Exception("database is locked"))


def test_claims_that_wait_together_are_decided_together(bench: Bench) -> None:
    """One turn and one commit for all of them, up to a number."""
    results = bench.send(*[make_claim(f"C{number}") for number in range(MOST_AT_ONCE + 3)])
    assert bench.batches == [MOST_AT_ONCE, 3]
    assert all(isinstance(each, Answered) for each in results)
    assert len(bench.decisions()) == len(bench.told) == MOST_AT_ONCE + 3


def test_claims_decided_together_get_what_they_would_get_one_by_one(bench: Bench) -> None:
    """A claim sees those before it in the same turn: same answers, same history as from a rebuild."""
    claims = [make_claim(f"C{number}", amount_minor=2_000 + 500 * number) for number in range(6)]
    results = bench.send(*claims)
    answers = [Answer.model_validate_json(each.body) for each in results if isinstance(each, Answered)]
    # one buyer's claims: each later, and each finds more claims before it
    assert [answer.as_of_ms for answer in answers] == [NOW_MS + number for number in range(6)]
    store = bench.desk.store
    with store.reading() as connection:
        before = history_of(connection)
    rebuild_history(store)
    with store.reading() as connection:
        assert history_of(connection) == before


def test_same_claim_twice_at_once_is_decided_once(bench: Bench) -> None:
    """Whoever retries before the answer came gets the same one."""
    first, second = (Answer.model_validate_json(each.body) for each in bench.send(make_claim(), make_claim()))  # type: ignore[union-attr]
    assert (first.replayed, second.replayed) == (False, True)
    assert second.model_copy(update={"replayed": False}) == first


def test_conflict_harms_only_its_own_claim(bench: Bench) -> None:
    """What one caller does wrong isn't another one's business."""
    bench.answer(make_claim("C1"))
    wrong, right = bench.send(make_claim("C1", amount_minor=1), make_claim("C2"))
    assert isinstance(wrong, ClaimConflictError)
    assert isinstance(right, Answered)


def test_claim_goes_to_a_person_while_the_store_fails(bench: Bench) -> None:
    """Degraded, never approved, and kept on disk until it can be brought in."""
    bench.failing = LOCKED
    small = make_claim("C1", amount_minor=1, authority=CONSENT)
    answer = bench.answer(small)
    assert (answer.action, answer.cause, answer.degraded) == ("manual_review", "degraded", True)
    assert (answer.model_version, answer.abuse_probability, answer.entitlements is None) == (None, None, False)
    assert bench.answer(small) == answer.model_copy(update={"replayed": True})
    [conflict] = bench.send(make_claim("C1", amount_minor=2))
    assert isinstance(conflict, ClaimConflictError)
    assert (bench.decisions(), bench.told) == ({}, [])
    bench.failing = None
    bench.seconds += PAUSE_SECONDS
    assert bench.answer(small).replayed  # the answer that was given stands, also before it is folded in
    assert fold(bench.desk, bench.spool) == 1
    assert Answer.model_validate_json(bench.decisions()["C1"]) == answer
    assert (fold(bench.desk, bench.spool), bench.spool.count()) == (0, 0)
    assert bench.answer(small) == answer.model_copy(update={"replayed": True})


def test_store_that_failed_is_left_alone_for_a_while(bench: Bench) -> None:
    """Claims behind the first one don't each wait for the store."""
    bench.failing = LOCKED
    bench.answer(make_claim("C1"))
    bench.answer(make_claim("C2"))
    assert bench.batches == [1]
    assert bench.counter.store_fails
    bench.seconds += PAUSE_SECONDS
    bench.failing = None
    assert not bench.answer(make_claim("C3")).degraded
    assert bench.batches == [1, 1]
    assert not bench.counter.store_fails


def test_store_is_doubted_for_a_while_only(bench: Bench) -> None:
    """A balancer that sends no claims to a doubtful service has to try it again some time."""
    bench.failing = LOCKED
    bench.answer(make_claim("C1"))
    assert bench.counter.store_fails
    bench.seconds += DOUBT_SECONDS
    assert not bench.counter.store_fails


def test_claim_at_fault_takes_only_itself_down(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A claim on which the code breaks goes to a person; those that waited with it are decided."""
    prepared = bench.desk.prepare

    def broken(claims: Sequence[object]) -> list[object]:
        if any(each.claim.claim_id == "C1" for each in claims):  # type: ignore[attr-defined]
            raise RuntimeError("a mistake of ours")
        return bench._score_all(claims)  # type: ignore[arg-type, return-value]

    monkeypatch.setattr(bench.desk, "score_all", broken)
    results = bench.send(*[make_claim(f"C{number}") for number in range(3)])
    answers = [Answer.model_validate_json(each.body) for each in results if isinstance(each, Answered)]
    assert [answer.degraded for answer in answers] == [False, True, False]
    assert prepared(make_claim()).claim.claim_id == "C1"


def test_caller_is_told_to_come_again_when_nothing_can_be_kept(bench: Bench) -> None:
    """No store and no disk: better no answer than one that nobody will remember."""
    bench.failing = LOCKED
    bench.spool.folder.parent.joinpath("file").write_text("")
    bench.counter._spool = Spool(bench.spool.folder.parent / "file")
    [result] = bench.send(make_claim())
    assert isinstance(result, UnavailableError)


def test_answer_that_the_store_decided_otherwise_is_laid_aside(bench: Bench) -> None:
    """Another machine was quicker with the same claim: the ledger keeps one decision, a person looks at the other."""
    bench.failing = LOCKED
    degraded = bench.answer(make_claim())
    bench.failing = None
    bench.desk.score(make_claim())
    assert fold(bench.desk, bench.spool) == 0
    assert (bench.spool.count(), len(list(bench.spool.folder.rglob("*.json")))) == (0, 1)
    assert Answer.model_validate_json(bench.decisions()["C1"]) != degraded


def test_failure_in_telling_changes_no_answer(bench: Bench) -> None:
    """What is committed is committed, whoever fails to hear of it."""

    def deaf(_: Sequence[Decided]) -> None:
        raise RuntimeError("nobody listens")

    bench.counter._on_decided = deaf
    assert not bench.answer(make_claim()).degraded
    assert list(bench.decisions()) == ["C1"]


def test_claim_goes_to_a_person_while_the_clock_cannot_be_trusted(open_desk: OpenDesk) -> None:
    """With a wrong time every window is wrong."""
    hands = {"wall": NOW_MS, "counted": 0}
    clock = SteadyClock(lambda: hands["wall"], lambda: hands["counted"])
    desk = open_desk(clock=clock)
    hands["wall"] += 3_600_000
    clock(make_claim())
    answer = desk.score(make_claim(amount_minor=1, authority=CONSENT))
    assert (answer.action, answer.degraded, answer.as_of_ms) == ("manual_review", True, NOW_MS)


def test_model_that_breaks_sends_the_claim_to_a_person(open_desk: OpenDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a probability there is no approval; and the ledger says that no model spoke."""
    desk = open_desk()
    assert desk.model is not None

    def broken(*_: object) -> float:
        raise ValueError("not a number")

    monkeypatch.setattr(type(desk.model.scorer), "score", broken)
    answer = desk.score(make_claim(amount_minor=1, authority=CONSENT))
    assert (answer.action, answer.degraded, answer.model_version) == ("manual_review", True, None)


def test_full_disk_is_a_failure_of_the_store(store: Store, open_desk: OpenDesk, tmp_path: Path) -> None:
    """SQLite that may not grow any more: claims go to people, and come in once there is room."""
    bench = Bench(open_desk(), tmp_path / "spool")
    with store.reading() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    with store.engine.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    answers = (bench.answer(make_claim(f"C{number}")) for number in range(200))
    answer = next(each for each in answers if each.degraded)
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    assert fold(bench.desk, bench.spool) == 1
    assert Answer.model_validate_json(bench.decisions()[answer.claim_id]) == answer
    assert os.listdir(tmp_path / "spool") == []  # noqa: PTH208 - every name
