"""Evidence packs from every kind of database, as an operator makes them."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from features.store import Store
from serving.cli import main
from serving.evidence_pack.tables import makings_of_claim
from serving.ledger_rulings import RULING
from serving.ledger_seal.running import Order, run_seal
from serving.policy import default_policy_path, read_policy
from tests.contract.ruling_room import APPROVE, Room
from tests.unit.serving.evidence_pack.packing import IDS, add_events, make_pack, put_on_record

Run = Callable[..., Result]


@pytest.fixture
def run(url: str) -> Run:
    """Run `clearclaim evidence` on the test's store."""
    return lambda *words: CliRunner().invoke(main, ["evidence", *map(str, words), "--store", url])


def test_pack_is_whole_and_the_same_from_every_database(store: Store) -> None:
    """Events in parts, steps, messages and the proof; and the same bytes twice."""
    put_on_record(store, None)
    add_events(store, "C1", 700)
    policy = read_policy(default_policy_path())
    pack = make_pack(store, None, policy)
    assert make_pack(store, None, policy).zip == pack.zip
    assert len(pack.json("claim.json")["events"]) == 703
    assert len(pack.json("cases.json")["cases"][0]["steps"]) == 9
    assert set(pack.json("seal.json")["decision"]["now"].values()) == {"as sealed"}
    assert len(pack.json("notifications.json")["messages"]) == 2
    masked = make_pack(store, None, policy, role="reviewer")
    assert [each for each in IDS if each.encode() in b"".join(masked.files.values())] == []


def test_rulings_are_in_a_pack_with_their_seal_from_every_database(store: Store) -> None:
    """What was released, as it was sealed; a ruling that was taken away is still told of."""
    room = Room(store)
    room.file("C1")
    room.desk.rule(room.open("C1").number, "ann", "reviewer", APPROVE)
    assert room.release() == 1
    run_seal(store, Order(until_ms=room.now_ms + 1, now_ms=room.now_ms + 1))
    pack = make_pack(store, None, room.policy)
    (ruling,), proof = pack.json("rulings.json")["rulings"], pack.json("seal.json")
    assert (ruling["ruling_id"], ruling["told"]) == (room.told()[0]["ruling_id"], room.told()[0])
    assert [each["now"] for each in proof["rulings"]] == [{"ruling": "as sealed", "steps": "as sealed"}]
    assert proof["rulings"][0]["digest"] in proof["seals"][0]["ruling_digests_in_order"]
    with store.writing() as connection:
        connection.execute(sa.delete(RULING))
    (gone,) = make_pack(store, None, room.policy).json("seal.json")["rulings"]
    assert (gone["ruling_id"], gone["now"]["ruling"]) == (ruling["ruling_id"], "not on record any more")


def test_command_writes_a_pack_and_puts_it_on_record(run: Run, store: Store, tmp_path: Path) -> None:
    """The hash that it prints is that of the manifest, and `--made` lists it with who took the pack."""
    put_on_record(store, None)
    out = tmp_path / "C1.zip"
    made = run("C1", "--out", out, "--by", "olga", "--language", "en")
    assert made.exit_code == 0, made.output
    with zipfile.ZipFile(out) as packed:
        manifest = packed.read("MANIFEST.json")
    assert hashlib.sha256(manifest).hexdigest() in made.output
    assert json.loads(manifest)["made_by"] == "olga"
    assert "olga (operator)  for court" in run("C1", "--made").output
    assert [path.name for path in tmp_path.glob(".*")] == []
    assert out.stat().st_mode & 0o077 == 0


def test_command_refuses_in_one_line(run: Run, store: Store, tmp_path: Path) -> None:
    """A file that is there, a claim that isn't, and no file at all: nothing is written and nothing put on record."""
    put_on_record(store, None)
    out = tmp_path / "there.zip"
    out.write_text("mine")
    assert "is there already; name another file, or say --force" in run("C1", "--out", out).output
    assert out.read_text() == "mine"
    unknown = run("C404", "--out", tmp_path / "new.zip")
    assert (unknown.exit_code, unknown.output) == (
        1,
        "Error: no claim 'C404' on record; check the id, or file it first\n",
    )
    assert "no such folder" in run("C1", "--out", tmp_path / "none" / "new.zip").output
    assert "--out" in run("C1").output
    assert [path.name for path in tmp_path.iterdir() if path.suffix in {".zip", ".part"}] == ["there.zip"]
    with store.reading() as connection:
        assert makings_of_claim(connection, "C1") == []
    assert run("C1", "--out", out, "--force").exit_code == 0
    assert zipfile.is_zipfile(out)
