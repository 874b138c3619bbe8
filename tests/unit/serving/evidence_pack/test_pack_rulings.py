"""A pack has the rulings that stand, under the references that the platform was told, and proves them by itself."""

from __future__ import annotations

import hashlib
import html
import json
import struct
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa

from features.plan import Plan
from features.store import Store
from serving.cases.appealing import Appeal, PartyDesk
from serving.cases.given_ruling import GivenRuling
from serving.cases.people import PeopleKey
from serving.cases.words import Role
from serving.intake.verdict import Adjudication
from serving.ledger_rulings import RULING
from serving.ledger_seal.running import Order, run_seal
from serving.ledger_seal.tables import LEDGER_SEAL
from tests.contract.ruling_room import APPROVE, DENY, LARGE_MINOR, Room
from tests.unit.serving.claims import HOUR_MS, NOW_MS
from tests.unit.serving.evidence_pack.packing import Pack, make_pack

NAMES = ANN, BOB, CARA, DORA, OLGA = "ann-li", "bob-wu", "cara-no", "dora-xu", "olga-ma"
NOTE = "the label is another shop's"
PART = GivenRuling(
    ruling="partly_approve", refund_minor=40_000, text_for_buyer="We refund 400.", merchant_at_fault=True
)
NO = GivenRuling(**{**DENY.as_json(), "note": NOTE})
PARTIES = [("buyer", "senior"), ("merchant", "senior"), ("buyer", "reviewer"), ("merchant", "reviewer")]
NAMELESS = [("court", "reviewer"), *PARTIES]


def _rule(room: Room, number: int, who: str, given: GivenRuling, role: Role = "reviewer") -> None:
    room.now_ms += HOUR_MS
    room.desk.rule(number, who, role, given)


def _seal(room: Room) -> None:
    room.now_ms += HOUR_MS
    run_seal(room.store, Order(until_ms=room.now_ms, now_ms=room.now_ms), lambda *_: None)


@pytest.fixture(scope="module")
def room(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """A claim that two people ruled on and whose merchant appealed; seals of each, and of another claim."""
    store = Store.open(f"sqlite:///{tmp_path_factory.mktemp('rulings') / 'store.db'}", plan)
    room = Room(store)
    for number, claim_id in enumerate(("C1", "C2"), 1):
        room.file(claim_id, LARGE_MINOR, order_id=f"order {number}")
    _seal(room)
    review = room.open(person=ANN, amount_minor=LARGE_MINOR).number
    _rule(room, review, ANN, PART)
    room.take(review, BOB)
    _rule(room, review, BOB, PART)
    other = room.open("C2", OLGA).number
    _rule(room, other, OLGA, APPROVE)
    assert room.release() == 2
    _seal(room)
    appeal = Appeal(appeal_id="a1", party="merchant", text="Our camera shows that it was whole.")
    parties = PartyDesk(store, room.adjudications, lambda: room.policy, room.now)
    number = parties.open_appeal("C1", appeal, "shop-key").case_number
    room.take(number, CARA)
    room.desk.ask_for_evidence(number, CARA, "reviewer", "merchant", "Send the film, please.")
    parties.bring_evidence("C1", "It lies at film.example.", "shop-key")
    room.take(number, CARA)
    _rule(room, number, CARA, NO)
    room.take(number, DORA)
    _rule(room, number, DORA, NO)
    assert room.release() == 1
    yield room
    store.close()


@pytest.fixture(scope="module")
def sealed(room: Room) -> Room:
    """The same with the last ruling under a seal too."""
    _seal(room)
    return room


def pack_of(room: Room, **asked: Any) -> Pack:
    return make_pack(room.store, None, room.policy, made_at_ms=NOW_MS + 99 * HOUR_MS, **asked)


def read_zip(content: bytes) -> dict[str, Any]:
    """All that a court has: the zip's JSON."""
    with zipfile.ZipFile(BytesIO(content)) as packed:
        return {name: json.loads(packed.read(name)) for name in packed.namelist() if name.endswith(".json")}


# What README.txt says, with nothing of clearclaim's:


def framed(*parts: Any) -> bytes:
    raw = [b"" if part is None else part if isinstance(part, bytes) else str(part).encode() for part in parts]
    return b"".join(struct.pack(">Q", len(part)) + part for part in raw)


def digest(*parts: Any) -> str:
    return hashlib.sha256(framed(*parts)).hexdigest()


def unhex(text: str | None) -> bytes | None:
    return None if text is None else bytes.fromhex(text)


def row_digest(table: str, row: Mapping[str, Any]) -> str:
    letters = {bool: ("b", int), int: ("i", str), str: ("s", str)}
    parts = [table]
    for name in sorted(name for name, value in row.items() if value is not None):
        letter, shown = letters[type(row[name])]
        parts += [name, f"{letter}{shown(row[name])}"]
    return digest(*parts)


def root_of(seal: Mapping[str, Any]) -> str:
    rows: Sequence[str] = seal["row_digests_in_order"]
    rulings: Sequence[str] = seal["ruling_digests_in_order"]
    content = framed(seal["head"]) + b"".join(map(bytes.fromhex, rows))
    if rulings:
        content += framed("rulings", len(rulings), *map(bytes.fromhex, rulings))
    return hashlib.sha256(content).hexdigest()


def test_roots_and_rulings_are_proven_by_the_zip_alone(sealed: Room) -> None:
    """From the stored rows to their digests, from these to the seals' hashes, and from seal to seal, as README says."""
    files = read_zip(pack_of(sealed).zip)
    proof, rulings = files["seal.json"], files["rulings.json"]["rulings"]
    with sealed.store.reading() as connection:
        stored = dict(connection.execute(sa.select(LEDGER_SEAL.c.number, LEDGER_SEAL.c.root_hash)).all())  # type: ignore[arg-type]
    assert {seal["number"]: root_of(seal) for seal in proof["seals"]} == stored
    seals = {seal["number"]: seal for seal in proof["seals"]}
    assert [len(seals[number]["ruling_digests_in_order"]) for number in (1, 2, 3)] == [0, 2, 1]
    assert [json.loads(seals[number]["head"])["previous_hash"] for number in (2, 3)] == [stored[1], stored[2]]
    decision = proof["decision"]
    parts = [unhex(decision[f"{name}_digest"]) for name in ("decision", "vector", "event")]
    assert digest("C1", decision["decided_at_ms"], *parts) == decision["row_digest"]
    assert decision["row_digest"] in seals[decision["seal"]]["row_digests_in_order"]
    assert [each["ruling_id"] for each in proof["rulings"]] == [each["ruling_id"] for each in rulings]
    for each, ruling in zip(proof["rulings"], rulings, strict=True):
        as_stored = ruling["as_stored"]
        assert row_digest("ruling", as_stored["ruling"]) == each["ruling_digest"]
        steps = [bytes.fromhex(row_digest("case_step", step)) for step in as_stored["steps"]]
        assert digest(*steps) == each["steps_digest"]
        own = [unhex(each[f"{name}_digest"]) for name in ("ruling", "steps")]
        whole = digest(each["ruling_id"], each["recorded_at_ms"], *own)
        assert whole == each["digest"]
        assert whole in seals[each["seal"]]["ruling_digests_in_order"]


@pytest.mark.parametrize("change", [{"refund_minor": 1}, {"recorded_at_ms": 5}, {"told": "{}"}, None])
def test_ruling_that_was_changed_does_not_match(sealed: Room, change: dict[str, Any] | None) -> None:
    """What is on record now gives another digest than the seal has; one that was taken away is still told of."""
    ruling_id = _ids(sealed)[0]
    with sealed.store.reading() as connection:
        before = dict(connection.execute(sa.select(RULING).where(RULING.c.ruling_id == ruling_id)).mappings().one())
    changing = sa.delete(RULING) if change is None else sa.update(RULING).values(change)
    with sealed.store.writing() as connection:
        connection.execute(changing.where(RULING.c.ruling_id == ruling_id))
    try:
        pack = pack_of(sealed)
    finally:
        with sealed.store.writing() as connection:
            connection.execute(sa.delete(RULING).where(RULING.c.ruling_id == ruling_id))
            connection.execute(sa.insert(RULING).values(before))
    files = read_zip(pack.zip)
    proof = {each["ruling_id"]: each for each in files["seal.json"]["rulings"]}[ruling_id]
    rows = [each["as_stored"]["ruling"] for each in files["rulings.json"]["rulings"] if each["ruling_id"] == ruling_id]
    assert [row for row in rows if row_digest("ruling", row) == proof["ruling_digest"]] == []
    said = "not on record any more" if change is None else "changed since it was sealed"
    assert proof["now"]["ruling"] == said
    assert "NOT as it was sealed: ruling" in pack.page
    assert [root_of(seal) for seal in files["seal.json"]["seals"]] == [
        seal["root_hash"] for seal in files["seal.json"]["seals"]
    ]


def _ids(room: Room) -> list[str]:
    return [each["ruling_id"] for each in room.told() if each["claim_id"] == "C1"]


def test_references_are_those_that_the_platform_was_told(sealed: Room) -> None:
    """A court lays the pack beside the platform's records; the full pack has each name beside its reference."""
    told = {each["ruling_id"]: each["ruled_by"] for each in sealed.told() if each["claim_id"] == "C1"}
    for audience, role in NAMELESS:
        pack = pack_of(sealed, audience=audience, role=role)
        assert {each["ruling_id"]: each["ruled_by"] for each in pack.json("rulings.json")["rulings"]} == told
        assert [each for each in told.values() if each not in pack.page] == []
        said = "\n".join(content.decode() for content in pack.files.values())
        assert [name for name in NAMES if name in said] == []
    full = pack_of(sealed)
    people = {each["name"]: each["reference"] for each in full.json("cases.json")["people"]}
    assert {people[BOB], people[DORA]} == set(told.values())
    for name in (ANN, BOB, CARA, DORA):
        assert people[name] == PeopleKey.of_store(sealed.store).reference(name)
        assert full.page.count(people[name]) == 1
    assert OLGA not in people


@pytest.mark.parametrize(("audience", "role"), PARTIES)
def test_party_sees_of_rulings_what_is_theirs(sealed: Room, audience: str, role: str) -> None:
    """What was ruled and refunded; the text for the buyer, the fault and the charge for the merchant; no note."""
    pack = pack_of(sealed, audience=audience, role=role)
    review, appeal = pack.json("rulings.json")["rulings"]
    assert (review["ruling"], review["refund_minor"], review["two_people"]) == ("partly_approve", 40_000, True)
    assert (appeal["kind"], appeal["ruling"], appeal["overturns"]) == ("appeal", "deny", True)
    own = {"text_for_buyer"} if audience == "buyer" else {"merchant_at_fault", "charged_to", "authority"}
    assert {*review} & {"text_for_buyer", "merchant_at_fault", "charged_to", "authority"} == own
    said = html.unescape("\n".join(content.decode() for content in pack.files.values()))
    assert [word for word in (NOTE, "goods_differ", "abusive", "as_stored", "proposed_by") if word in said] == []
    assert "row_digest = " not in pack.files["README.txt"].decode()
    proof = pack.json("seal.json")
    assert {seal["row_digests_in_order"] for seal in proof["seals"]} == {None}


@pytest.mark.parametrize(("audience", "role"), NAMELESS)
def test_no_digest_lets_names_be_tried_out(sealed: Room, audience: str, role: str) -> None:
    """A party gets digests over more than it knows; who knows all but ids and names gets none."""
    proof = pack_of(sealed, audience=audience, role=role).json("seal.json")
    records = [proof["decision"], *proof["rulings"]]
    given = {name for each in records for name, value in each.items() if name.endswith("digest") and value is not None}
    assert given == (set() if audience == "court" else {"digest", "row_digest"})
    assert {stands for each in records for stands in each["now"].values()} == {"as sealed"}


@pytest.mark.parametrize(("audience", "is_told"), [("court", True), ("merchant", True), ("buyer", False)])
def test_asking_for_evidence_is_told_to_whom_was_asked(sealed: Room, audience: str, is_told: bool) -> None:
    """The other party doesn't hear of it; of rulings both do."""
    messages = pack_of(sealed, audience=audience).json("notifications.json")["messages"]
    kinds = [each["kind"] for each in messages]
    assert ("claim.evidence_asked" in kinds) == is_told
    assert kinds.count("claim.ruled") == 2


def test_verdict_by_api_and_audit_are_told_only_where_they_are(store: Store) -> None:
    """The page says that a finding has no ruling if this claim has such a one, and no party learns of an audit."""
    room = Room(store)
    room.file("C1")
    room.desk.rule(room.open(kind="audit", person=OLGA).number, OLGA, "reviewer", APPROVE)
    assert room.release() == 1
    court, buyer = pack_of(room), pack_of(room, audience="buyer")
    assert [each["kind"] for each in court.json("rulings.json")["rulings"]] == ["audit"]
    assert buyer.json("rulings.json") == {"rulings": [], "not_by_console": []}
    assert buyer.json("seal.json")["rulings"] == []
    assert "came from the platform by API" not in court.page
    given = Adjudication(adjudication_id="by api", claim_id="C1", verdict="legitimate", source="appeal")
    room.adjudications.record(given, "shop-key")
    court = pack_of(room)
    assert court.json("rulings.json")["not_by_console"] == ["by api"]
    assert "came from the platform by API: 1." in court.page
