"""A pack holds everything on record, can be checked with sha256sum, and is the same for the same record."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from features.events import Event, EventKind
from features.plan import Plan
from features.store import Store
from features.store.log import events_of_claim, insert_events
from serving.cases.case import cases_of_claim, steps_of_case
from serving.evidence_pack.tables import makings_of_claim
from serving.evidence_pack.zipping import MANIFEST, SUMS
from serving.intake.adjudicating import UnknownClaimError
from serving.ledger import find_decision
from serving.ledger_seal.chain import RootHash
from serving.ledger_seal.tables import Seal
from serving.model import Model
from serving.policy import Policy, default_policy_path
from tests.unit.serving.claims import NOW_MS
from tests.unit.serving.evidence_pack.packing import NOTE, RULING, Pack, add_events, make_pack, put_on_record

MORE = 1_100  # events, so that they are read in several parts


@pytest.fixture(scope="module")
def recorded(plan: Plan, champion: Model, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store with one claim that has everything, and many events."""
    store = Store.open(f"sqlite:///{tmp_path_factory.mktemp('packs') / 'store.db'}", plan)
    put_on_record(store, champion)
    add_events(store, "C1", MORE)
    yield store
    store.close()


@pytest.fixture(scope="module")
def pack(recorded: Store, champion: Model, policy: Policy) -> Pack:
    """All of it, for a court."""
    return make_pack(recorded, champion, policy)


def test_decision_that_left_the_claim_to_a_person_does_not_read_as_a_refusal(pack: Pack) -> None:
    """No refund of nothing stands beside it; the value itself is in claim.json."""
    [decided] = [event for event in pack.json("claim.json")["events"] if event["kind"] == "claim_decided"]
    assert (decided["action"], decided["amount_minor"]) == ("manual_review", 0)
    row = pack.page.partition("claim decided by the service")[2].partition("</tr>")[0]
    assert "passed on to a person" in row
    assert "0.00" not in row


def test_pack_holds_each_event_and_each_step(pack: Pack, recorded: Store) -> None:
    """Nothing of a claim's life is missing, however much there is."""
    with recorded.reading() as connection:
        events = events_of_claim(connection, "C1", 10_000)
        cases = cases_of_claim(connection, "C1")
        steps = [step for case in cases for step in steps_of_case(connection, case.number)]
    told = pack.json("claim.json")["events"]
    assert len(told) == len(events) == MORE + 3
    for seen, event in zip(told, events, strict=True):
        said = {name: value for name, value in event.as_dict().items() if value is not None}
        assert {name: seen[name] for name in said} == said
    case = pack.json("cases.json")["cases"][0]
    assert [(step["step"], step["by"], step["at_ms"]) for step in case["steps"]] == [
        (step.step, step.by, step.at_ms) for step in steps
    ]
    assert case["ruling"] == RULING
    assert "These are the first 300 events. All of them are in claim.json." in pack.page


def test_pack_holds_what_the_decision_rests_on(pack: Pack, recorded: Store, champion: Model, plan: Plan) -> None:
    """The row, the vector by name, the policy's text, the model, the explanations, the messages and the note."""
    with recorded.reading() as connection:
        entry = find_decision(connection, "C1")
    assert entry is not None
    decision = pack.json("decision.json")["decision"]
    assert decision["as_stored"] == {"answer": entry.answer, "facts": entry.facts}
    assert (decision["action"], decision["abuse_probability"]) == (entry.action, entry.abuse_probability)
    vector = pack.json("vector.json")["vector"]
    assert [each["name"] for each in vector] == list(plan.names)
    assert {each["name"]: each["value"] for each in vector}["claim_quantity"] == 50.0
    assert pack.files["policy.toml"].decode() == default_policy_path().read_text()
    assert pack.json("model.json")["model_version"] == champion.version == entry.model_version
    assert pack.json("model.json")["training"] == {"seed": 11}
    assert set(pack.json("explanations.json")) == {"buyer", "merchant", "reviewer"}
    assert [each["kind"] for each in pack.json("notifications.json")["messages"]] == [
        "claim.decided",
        "claim.adjudicated",
    ]
    assert NOTE in [each.get("note") for each in pack.json("claim.json")["events"]]
    assert NOTE in pack.page


def test_seal_can_be_made_again_from_the_pack(pack: Pack) -> None:
    """Who has only the pack gets from the digests of the rows to the seal's hash."""
    sealed = pack.json("seal.json")
    decision, (seal,) = sealed["decision"], sealed["seals"]
    assert decision["now"] == {"decision": "as sealed", "vector": "as sealed", "event": "as sealed"}
    root = RootHash(Seal(**{name: seal[name] for name in Seal.__slots__}), None)
    for digest in seal["row_digests_in_order"]:
        root.add(bytes.fromhex(digest))
    assert decision["row_digest"] in seal["row_digests_in_order"]
    assert root.hexdigest() == seal["root_hash"]


def test_hashes_are_those_of_the_files(pack: Pack, tmp_path: Path) -> None:
    """The manifest lists all but itself and the sums, the sums all but themselves; sha256sum agrees."""
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in pack.files.items()}
    listed = {each["name"]: each["sha256"] for each in pack.json(MANIFEST)["files"]}
    assert listed == {name: digest for name, digest in hashes.items() if name not in {MANIFEST, SUMS}}
    assert pack.making.manifest_hash == hashes[MANIFEST]
    sums = dict(reversed(line.split("  ")) for line in pack.files[SUMS].decode().splitlines())
    assert sums == {name: digest for name, digest in hashes.items() if name != SUMS}
    program = shutil.which("sha256sum")
    if program is None:
        pytest.skip("no sha256sum on this machine; hashlib has checked the same")
    for name, content in pack.files.items():
        (tmp_path / name).write_bytes(content)
    assert subprocess.run([program, "-c", "--quiet", SUMS], cwd=tmp_path, check=False).returncode == 0
    (tmp_path / "claim.json").write_bytes(pack.files["claim.json"] + b" ")
    assert subprocess.run([program, "-c", "--status", SUMS], cwd=tmp_path, check=False).returncode == 1


def test_same_record_at_the_same_moment_gives_the_same_bytes(
    pack: Pack, recorded: Store, champion: Model, policy: Policy
) -> None:
    """That a pack was made before changes nothing; each making is on record, the newest first."""
    again = make_pack(recorded, champion, policy)
    assert again.zip == pack.zip
    later = make_pack(recorded, champion, policy, made_at_ms=NOW_MS)
    assert later.making.manifest_hash != pack.making.manifest_hash
    with recorded.reading() as connection:
        made = makings_of_claim(connection, "C1")
    assert made[0] == later.making
    assert (made[1].made_by, made[1].role, made[1].audience) == ("carla", "senior", "court")
    assert made[1].zip_bytes == len(again.zip)
    with zipfile.ZipFile(BytesIO(pack.zip)) as packed:
        assert {info.date_time for info in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize(("language", "said"), [("en", "What people ruled, and why"), ("zh-CN", "人工裁定及理由")])
def test_page_has_no_script_and_nothing_from_elsewhere(
    recorded: Store, champion: Model, policy: Policy, language: str, said: str
) -> None:
    """It is read offline, in either language, and what the buyer wrote stays text; the README is in both."""
    page = make_pack(recorded, champion, policy, language=language)
    assert said in page.page
    assert "<script" not in page.page
    assert "http:" not in page.page
    assert "https:" not in page.page
    assert "url(" not in page.page
    assert "&lt;b&gt;broken&lt;/b&gt;" in page.page
    readme = page.files["README.txt"].decode()
    assert "sha256sum -c SHA256SUMS" in readme
    assert "的证据包" in readme
    assert "Evidence pack of claim C1" in readme
    for name in page.files:
        assert f"  {name}: " in readme


def test_imported_claim_without_a_decision_has_a_pack(store: Store, policy: Policy) -> None:
    """There is no ledger, no case and no message; the files say so."""
    with store.writing() as connection:
        insert_events(connection, [_filed("C9")])
    pack = make_pack(store, None, policy, claim_id="C9")
    assert pack.json("decision.json")["decision"] is None
    assert pack.json("explanations.json") == {"buyer": None, "merchant": None, "reviewer": None}
    assert pack.json("vector.json")["vector"] is None
    assert pack.json("seal.json")["decision"]["sealed"] is False
    assert pack.json("cases.json") == {"people": [], "cases": []}
    assert len(pack.json("claim.json")["events"]) == 1
    assert "The service decided nothing on this claim" in pack.page


@pytest.mark.parametrize("claim_id", ["../../x", "a/b\\c", "<img src=x onerror=alert(1)>", "'; DROP TABLE event; --"])
def test_hostile_id_names_no_file_and_makes_no_element(store: Store, policy: Policy, claim_id: str) -> None:
    """Names in the zip are ours, and the id is text on the page and in JSON."""
    with store.writing() as connection:
        insert_events(connection, [_filed(claim_id, claim_text="</blockquote><script>alert(1)</script>")])
    pack = make_pack(store, None, policy, claim_id=claim_id)
    assert set(pack.files) == {*_COURT_FILES}
    assert "<script" not in pack.page
    assert "<img" not in pack.page
    assert pack.json("claim.json")["claim_id"] == claim_id


def test_unknown_claim_has_no_pack_and_no_making(store: Store, policy: Policy) -> None:
    """Nothing was taken out, so nothing is put on record."""
    with pytest.raises(UnknownClaimError, match="no claim 'C404' on record"):
        make_pack(store, None, policy, claim_id="C404")
    with store.reading() as connection:
        assert makings_of_claim(connection, "C404") == []


def test_record_that_was_changed_is_said_to_be(store: Store, champion: Model, policy: Policy) -> None:
    """A decision that isn't as it was sealed is told on the page."""
    put_on_record(store, champion)
    with store.writing() as connection:
        connection.exec_driver_sql("UPDATE decision SET abuse_probability = 0.5")
    pack = make_pack(store, champion, policy)
    assert pack.json("seal.json")["decision"]["now"]["decision"] == "changed since it was sealed"
    assert "NOT as it was sealed: decision" in pack.page


_COURT_FILES = (
    *("README.txt", "cases.json", "claim.json", "decision.json", "explanations.json", "index.html", "model.json"),
    *(
        "notifications.json",
        "policy.toml",
        "redactions.json",
        "rulings.json",
        "seal.json",
        "vector.json",
        MANIFEST,
        SUMS,
    ),
)


def _filed(claim_id: str, **changes: Any) -> Event:
    said = {"event_id": f"filed {claim_id}", "claim_id": claim_id, "merchant_id": "M1", "product_id": "P1"}
    facts = {"amount_minor": 500, "quantity": 1, "claim_type": "refund_only", "claim_reason": "damaged"}
    moments = {"occurred_at_ms": NOW_MS, "known_at_ms": NOW_MS}
    return Event(kind=EventKind.CLAIM_FILED, **{**said, **facts, **moments, "buyer_id": "buyer-1", **changes})
