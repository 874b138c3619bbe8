"""Answers that the store couldn't take wait on disk, each once, until somebody brings them in."""

from dataclasses import replace
from pathlib import Path

import pytest

from serving.spool import REFUSED, Spool, Spooled, SpoolError

FIRST = Spooled("C/1", "hash", '{"claim": 1}', '{"answer": 1}', 1_000)


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")


def test_answer_is_found_by_its_claim_whatever_characters_that_has(spool: Spool) -> None:
    """An id may hold a slash, or be longer than a file's name can."""
    odd = [replace(FIRST, claim_id=name) for name in ("C/1", "../..", "字" * 128, "C/2")]
    for each in odd:
        assert not spool.has(each.claim_id)
        assert spool.keep(each) == each
    assert [spool.find(each.claim_id) for each in odd] == odd
    assert spool.find("C/3") is None
    assert all(path.parent == spool.folder for path in spool.folder.rglob("*.json"))


def test_first_answer_stands(spool: Spool) -> None:
    """Two workers that answer the same claim at once give the same answer."""
    assert spool.keep(FIRST) == FIRST
    assert spool.keep(replace(FIRST, answer='{"answer": 2}')) == FIRST
    assert spool.count() == 1


def test_waiting_come_oldest_first_and_go_when_done(spool: Spool) -> None:
    """They become history in the order in which they were answered."""
    assert list(spool.waiting()) == []
    later, sooner = replace(FIRST, claim_id="C2", at_ms=2_000), replace(FIRST, claim_id="C1", at_ms=500)
    for each in (later, FIRST, sooner):
        spool.keep(each)
    assert list(spool.waiting()) == [sooner, FIRST, later]
    for each in (sooner, sooner, later):  # another worker may have been quicker
        spool.done(each)
    assert list(spool.waiting()) == [FIRST]


def test_answer_that_is_refused_is_laid_aside_and_not_lost(spool: Spool) -> None:
    """A person looks at what no store will take."""
    spool.keep(FIRST)
    spool.refuse(FIRST)
    assert (spool.count(), spool.has(FIRST.claim_id)) == (0, False)
    assert len(list((spool.folder / REFUSED).glob("*.json"))) == 1


def test_folder_that_cannot_be_written_is_an_error_that_says_so(tmp_path: Path) -> None:
    """The caller has to be told to come again."""
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(SpoolError, match="can't keep an answer"):
        Spool(tmp_path / "file").keep(FIRST)
    assert not Spool(tmp_path / "file").has("C1")
