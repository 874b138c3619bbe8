"""`clearclaim ledger seal` and `ledger verify`, as an operator types them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from features.store import Store
from features.store.check_results import last_check
from serving.cli import main
from serving.ledger import DECISION
from serving.ledger_seal.tables import LEDGER_SEAL, LEDGER_SEAL_ROW
from tests.contract.decided import decide

Run = Callable[..., Result]


@pytest.fixture
def run(url: str) -> Run:
    """Run `clearclaim ledger` on the test's store."""
    return lambda *words: CliRunner().invoke(main, ["ledger", *map(str, words), "--store", url])


def test_ledger_is_sealed_anchored_and_verified(run: Run, store: Store, tmp_path: Path) -> None:
    """Each seal prints its head, the file gets each head once, and all is well: exit code 0."""
    decide(store, 3)
    heads = tmp_path / "heads.jsonl"
    first = run("seal", "--until", "2025-01-01T02:00:00")
    assert first.exit_code == 0
    assert "seal 1: 2 decisions before 2025-01-01T02:00:00.000+00:00; head: 1 " in first.output
    assert "no key: whoever can write the database could seal again" in first.output
    assert run("seal", "--anchor", heads).exit_code == 0
    kept = [json.loads(line) for line in heads.read_text().splitlines()]
    assert [each["number"] for each in kept] == [1, 2], "the head of before is kept too"
    assert run("seal", "--anchor", heads).exit_code == 0
    verified = run("verify", "--anchor", heads)
    assert verified.exit_code == 0
    assert "3 decisions under 3 seals, none with a key\n0 decisions since then are not sealed yet\n" in verified.output
    kept = [json.loads(line) for line in heads.read_text().splitlines()]
    assert f"head: 3 {kept[2]['hash']}\n" in verified.output


def test_what_was_changed_is_one_line_each_and_exit_code_one(run: Run, store: Store) -> None:
    """An auditor's script needs no more."""
    decide(store, 3)
    run("seal")
    with store.writing() as connection:
        connection.execute(sa.update(DECISION).where(DECISION.c.claim_id == "C001").values(action="auto_approve"))
        connection.execute(sa.delete(DECISION).where(DECISION.c.claim_id == "C002"))
    run("verify", "--no-record")
    with store.reading() as connection:
        assert last_check(connection, store, "ledger_verify") is None
    result = run("verify")
    with store.reading() as connection:
        left = last_check(connection, store, "ledger_verify")
    assert left is not None
    assert (left.verdict, left.findings) == ("differs", 2)
    assert result.exit_code == 1
    assert (
        "changed: the decision on claim 'C001' (seal 1)\nmissing: the decision on claim 'C002' (seal 1)\n"
        in result.output
    )
    assert "Error: 2 findings: the ledger is not as it was sealed" in result.output


def test_key_of_the_environment_seals_and_verifies(run: Run, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it, or with one that is too short, one line says what to set."""
    decide(store, 2)
    monkeypatch.setenv("CLEARCLAIM_SEAL_KEY", "0123456789abcdef")
    assert "no key" not in run("seal").output
    assert "under 1 seals, 1 of them with a key" in run("verify").output
    monkeypatch.setenv("CLEARCLAIM_SEAL_KEY", "short")
    assert "CLEARCLAIM_SEAL_KEY: a key has fewer than 16 characters" in run("verify").output
    monkeypatch.delenv("CLEARCLAIM_SEAL_KEY")
    result = run("verify")
    assert result.exit_code == 1
    assert "give that key in CLEARCLAIM_SEAL_KEY" in result.output


def test_late_decision_is_told_and_taken_in_where_somebody_says_so(run: Run, store: Store) -> None:
    """As from a host whose clock was far behind."""
    decide(store, 4)
    run("seal", "--until", "2025-01-01T05:00:00")
    with store.writing() as connection:
        row = dict(connection.execute(sa.select(DECISION).where(DECISION.c.claim_id == "C001")).mappings().one())
        connection.execute(sa.insert(DECISION).values({**row, "claim_id": "late"}))
    assert "1 decisions or rulings turned up" in run("seal", "--until", "2025-01-01T06:00:00").output
    assert run("verify").exit_code == 1
    assert "1 decisions (1 of them late)" in run("seal", "--late").output
    assert run("verify").exit_code == 0


def test_anchor_that_contradicts_the_store_is_not_written_on(run: Run, store: Store, tmp_path: Path) -> None:
    """A rewritten chain gets no new line behind the old heads."""
    decide(store, 2)
    heads = tmp_path / "heads.jsonl"
    run("seal", "--until", "2025-01-01T01:00:00", "--anchor", heads)
    before = heads.read_text()
    with store.writing() as connection:
        connection.execute(sa.delete(LEDGER_SEAL_ROW))
        connection.execute(sa.delete(LEDGER_SEAL))
    result = run("seal", "--anchor", heads)
    assert result.exit_code == 1
    assert "line 1: the store has another seal 1; run 'ledger verify' with this file" in result.output
    assert heads.read_text() == before


def test_store_without_decisions_has_nothing_to_seal(run: Run, store: Store) -> None:
    """Nor anything to verify, unless an anchor says that there was something."""
    assert run("seal").output.startswith("Error: store ")
    assert store.name in run("seal").output
    result = run("verify")
    assert (result.exit_code, result.output[:28]) == (0, "0 decisions under 0 seals, n")


@pytest.mark.parametrize("words", [("seal",), ("verify",), ("verify", "--anchor", "nowhere.jsonl")])
def test_store_or_file_that_is_not_there_is_refused_in_a_line(run: Run, words: tuple[str, ...]) -> None:
    """And nothing is made for a mistyped URL."""
    result = run(*words)
    assert result.exit_code == 1
    assert len(result.output.splitlines()) == 1
